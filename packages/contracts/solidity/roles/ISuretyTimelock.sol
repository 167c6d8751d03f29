// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice A kind of act: the called contract and function.
/// @param target the contract, or the zero address for any contract
/// @param selector first four bytes of the call
struct KindOfAct {
    address target;
    bytes4 selector;
}

/// @title The governor of a deployment that holds other people's money
/// @notice OpenZeppelin's `TimelockController` with minimum delays that nobody can lower. An act waits 48 hours; or 7
///         days if it is of a slow kind or concerns the timelock itself. It is void 14 days after it became ready.
/// @dev Safety: no operation runs before its minimum delay or after its expiry, whoever made it. Only the timelock
///      administers its own roles, so each change of them waits 7 days. Cancellers cannot be proposers: a stolen
///      proposer key cannot keep itself in the role, and an attentive guardian stops what it schedules.
///      An act that loosens a limit runs only if it still replaces the value that it was scheduled to replace: a limit
///      that was lowered meanwhile stays.
///      Liveness: the last proposer, canceller and executor cannot be removed. A canceller can stop every act
///      indefinitely, with one exception: an act that k attesters signed cannot be cancelled again after it was
///      cancelled twice and scheduled anew. A canceller cannot start an act.
interface ISuretyTimelock {
    /// @notice The delay is outside its immutable limits.
    error DelayOutOfRange(uint256 delay, uint256 least, uint256 most);
    /// @notice Operations of this kind must wait longer.
    error DelayTooShort(address target, bytes4 selector, uint256 delay, uint256 least);
    /// @notice Only an operation of the timelock itself may do this.
    error NotTheTimelock(address caller);
    /// @notice Only the timelock administers itself.
    error AdminRefused(address account);
    /// @notice The zero address can hold only the executor role, where it means anyone.
    error RoleAddressMissing(bytes32 role);
    /// @notice A proposer cannot be a canceller, and a canceller cannot be a proposer.
    error RolesConflict(address account, bytes32 role, bytes32 held);
    /// @notice The role would lose its last holder, or the guardian's address would renounce its role.
    error LastHolder(bytes32 role, address account);
    /// @notice The operation can no longer be cancelled: k attesters signed its content, which was cancelled twice
    ///         before it was scheduled.
    error VetoesSpent(bytes32 id, bytes32 content);
    /// @notice The values that the operation replaces have changed since it was scheduled. Check it, and schedule it
    ///         again.
    /// @param before hash of what its targets returned then (`ILedgerTerms.replacedBy`)
    /// @param current hash of what they return now
    error ReplacedMeanwhile(bytes32 id, bytes32 before, bytes32 current);
    /// @notice The target had too little gas to return what the call replaces. Send more gas.
    error QuestionStarved(address target, uint256 gas);
    /// @notice A canceller froze the proposer until a time in seconds.
    error ProposerFrozen(address proposer, uint256 until);
    /// @notice A freeze must end within 30 days.
    error FreezeTooLong(uint256 until, uint256 most);
    /// @notice The address is not a proposer.
    error NotProposer(address account);
    /// @notice A kind of act must name a selector.
    error SelectorMissing(address target);

    /// @notice Acts of this kind wait at least 7 days from now on. This cannot be undone.
    event SlowKindAdded(address indexed target, bytes4 indexed selector);

    /// @notice A canceller froze a proposer until a time in seconds, or lifted its freeze if that time is not in the
    ///         future.
    event ProposerFreezeSet(address indexed proposer, uint256 until);

    /// @notice Cancels those operations of a list that wait or are ready, and that may be cancelled. Skips the others.
    /// @dev [canceller]
    /// @return cancelled how many were cancelled
    function cancelBatch(bytes32[] calldata ids) external returns (uint256 cancelled);

    /// @notice Until a time in seconds, a proposer can schedule only what k attesters signed. A time that is not in the
    ///         future lifts the freeze. It does not affect scheduled operations: cancel those.
    /// @dev [canceller] At most `FREEZE_MAX` ahead, and may be repeated; a canceller could cancel each operation as
    ///      well.
    function freezeProposer(address proposer, uint40 until) external;

    /// @notice Makes acts of a kind wait at least 7 days.
    /// @dev [the timelock itself] Operations that are already scheduled keep their time.
    function addSlowKind(KindOfAct calldata kind) external;

    /// @notice Returns the `RoleHolder` of this deployment's guardian, which cancels.
    function guardian() external view returns (address);

    /// @notice Returns whether acts of a kind wait at least 7 days.
    function isSlow(address target, bytes4 selector) external view returns (bool);

    /// @notice Returns the least delay in seconds with which a call can be scheduled now.
    function leastDelayOf(address target, bytes calldata data) external view returns (uint256);

    /// @notice Returns the time in seconds from which a scheduled operation is void; 0 if it is not scheduled or done.
    function expiryOf(bytes32 id) external view returns (uint256);

    /// @notice Returns the time in seconds until which a proposer is frozen; 0 if it never was.
    function frozenUntil(address proposer) external view returns (uint256);

    /// @notice Returns whether a scheduled operation cannot be cancelled: k attesters signed its one call, and the same
    ///         content was scheduled and cancelled twice before it.
    /// @dev Copies that wait at the same time are cancelled as one. The called target names the content, see
    ///      `IAttesterSet.rotationContentOf`; salt, date and signers are not part of it. A target that lies exempts
    ///      only calls to itself, without value, and gains nothing by them.
    function isBeyondVeto(bytes32 id) external view returns (bool);

    /// @notice Returns the operations that wait or are ready, in no fixed order.
    function pendingOperations() external view returns (bytes32[] memory ids);
}

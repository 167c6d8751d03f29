// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice A kind of act, by where it is called and what is called there.
/// @param target the contract, or the zero address for any contract
/// @param selector first four bytes of the call
struct KindOfAct {
    address target;
    bytes4 selector;
}

/// @title The governor of a deployment that holds other people's money
/// @notice OpenZeppelin's `TimelockController` with floors that nobody can lower: an act waits 48 hours, or 7 days if it is of
///         a slow kind or concerns the timelock itself; it is void 14 days after it became ready.
/// @dev Safety: no operation, of whoever's making, runs earlier than its floor or later than its end; nobody but the timelock
///      itself administers its roles, so each change of them waits 7 days. Cancellers are none of the proposers: a stolen
///      proposer cannot keep itself in, and a guardian that is awake stops whatever it schedules.
///      What loosens replaces what it was scheduled to replace, or does not run: a limit that was lowered meanwhile stays.
///      Liveness: the last proposer, canceller and executor cannot be removed. A canceller can stop every act forever, but for
///      those that k attesters signed too: what was cancelled twice and is scheduled again cannot be cancelled any more. It can
///      start none.
interface ISuretyTimelock {
    /// @notice The delay is outside its immutable limits.
    error DelayOutOfRange(uint256 delay, uint256 least, uint256 most);
    /// @notice Operations of this kind wait longer.
    error DelayTooShort(address target, bytes4 selector, uint256 delay, uint256 least);
    /// @notice Only an operation of the timelock itself may do this.
    error NotTheTimelock(address caller);
    /// @notice The timelock administers itself, alone and forever.
    error AdminRefused(address account);
    /// @notice The zero address holds a role only as an executor, where it stands for anyone.
    error RoleAddressMissing(bytes32 role);
    /// @notice Who proposes does not cancel, and the other way round.
    error RolesConflict(address account, bytes32 role, bytes32 held);
    /// @notice A role that acts start or end with keeps at least one holder, and the guardian's address does not renounce.
    error LastHolder(bytes32 role, address account);
    /// @notice k attesters signed this content, and it was cancelled twice before the operation was scheduled.
    error VetoesSpent(bytes32 id, bytes32 content);
    /// @notice The values that the operation replaces have changed since it was scheduled: check it, and schedule it again.
    /// @param before hash of what its targets told then (`ILedgerTerms.replacedBy`)
    /// @param current hash of what they tell now
    error ReplacedMeanwhile(bytes32 id, bytes32 before, bytes32 current);
    /// @notice The target was asked with too little gas what the call replaces: give more.
    error QuestionStarved(address target, uint256 gas);
    /// @notice A canceller froze the proposer until a time in seconds.
    error ProposerFrozen(address proposer, uint256 until);
    /// @notice A freeze ends within 30 days.
    error FreezeTooLong(uint256 until, uint256 most);
    /// @notice The address does not propose.
    error NotProposer(address account);
    /// @notice A kind has a selector.
    error SelectorMissing(address target);

    /// @notice Acts of this kind wait at least 7 days from now on; no act takes a kind back.
    event SlowKindAdded(address indexed target, bytes4 indexed selector);

    /// @notice A canceller froze a proposer until a time in seconds, or lifted its freeze if that time is not ahead.
    event ProposerFreezeSet(address indexed proposer, uint256 until);

    /// @notice Cancels those operations of a list that wait or are ready, and that may be cancelled; passes over the others.
    /// @dev [canceller]
    /// @return cancelled how many were cancelled
    function cancelBatch(bytes32[] calldata ids) external returns (uint256 cancelled);

    /// @notice Lets a proposer schedule nothing until a time in seconds, but what k attesters signed; a time that is not
    ///         ahead lifts it. What is scheduled already stays: cancel it.
    /// @dev [canceller] At most `FREEZE_MAX` ahead, and may be repeated: a canceller could cancel each operation just as well.
    function freezeProposer(address proposer, uint40 until) external;

    /// @notice Makes acts of a kind wait at least 7 days.
    /// @dev [the timelock itself] Operations that are scheduled already keep their time.
    function addSlowKind(KindOfAct calldata kind) external;

    /// @notice Returns the `RoleHolder` of this deployment's guardian, who cancels.
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
    /// @dev Copies that wait at the same time are cancelled as one. Content is told by the target that is called, see
    ///      `IAttesterSet.rotationContentOf`: it is neither salt, date nor signers. A target that lies exempts calls to itself
    ///      alone, without value, and these give it nothing.
    function isBeyondVeto(bytes32 id) external view returns (bool);

    /// @notice Returns the operations that wait or are ready, in no order.
    function pendingOperations() external view returns (bytes32[] memory ids);
}

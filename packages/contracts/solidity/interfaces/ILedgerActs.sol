// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a ledger keeps of one protocol's claim on one account.
/// @param reservedWad its initial requirement when it last passed the gate, WAD; senior up to here
/// @param maintenanceWad its maintenance requirement of that moment, WAD; counted while the protocol fails
/// @param positionNonce the position's number at that moment
/// @param recordedAt block time in seconds of that moment, 0 before the first gate
/// @param noticeAt block time in seconds at which the owner last gave notice, which lasts 14 days; 0 if a gate ended it, it was
///        refused, or none was given
/// @param observedWad its maintenance requirement when `ILedgerClaims.observe` last stored it after that moment, WAD, 0 if it did not; counted
///        while the protocol fails, if it is the larger
struct ClaimView {
    uint128 reservedWad;
    uint128 maintenanceWad;
    uint64 positionNonce;
    uint32 recordedAt;
    uint32 noticeAt;
    uint128 observedWad;
}

/// @title What owners, operators and protocols do at a ledger
/// @notice Releases, operators and opting in; the part of the ledger's surface that can lower a line.
/// @dev Answers at the ledger's own address: the ledger passes these calls on to a module.
///
///      Margin (I5): an act that takes enabled value away must leave A_I ≥ Q_I, where Q_I = Σ initial requirements of the
///      account's protocols, saturating at 2^256 − 1. An account that requires nothing needs nothing: the risk manager is
///      not even asked. Each protocol is read with `staticcall`, 3,900,000 gas (150,000 at its own gate, see
///      `IMarginRequirement`) and an answer of exactly 128 bytes; one that reverts, answers another size, or names a figure
///      above 2^128 − 1 (a nonce above 2^64 − 1) fails: initial is then 2^256 − 1 and maintenance the larger of what its last
///      gate recorded and what `ILedgerClaims.observe` stored
///      since. An initial figure below the maintenance figure counts as the latter.
///      Whoever calls with too little gas for a whole callback is refused with `GasTooLow`, so that nobody can make a protocol
///      fail by starving it.
///
///      Authority: owner = the first 20 bytes of an account whose home is 0. Operator rights are bits: 1 release to the
///      owner's own address without a fee, 2 (with 1) any recipient and any fee. A fee goes to whoever pays the release out,
///      so it counts as another recipient. Warning: a contract's address on the vault's chain may belong to somebody else.
///
///      EIP-712: domain name "Surety", version "1", the chain id and the ledger;
///      `Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)`.
interface ILedgerActs {
    // ------------------------------------------------------------------------------------------------- release errors
    /// @notice The caller is neither the account's owner nor an operator with this right.
    error RightMissing(address caller, bytes32 account, uint16 right);
    /// @notice An operator without the right for other recipients releases to the owner's address, without a fee.
    error RecipientNotOwner(bytes32 recipient, uint96 fee);
    /// @notice The signature is not the owner's, or the account has no owner on this chain.
    error SignatureRefused(bytes32 account);
    /// @notice The message is too old.
    error DeadlinePassed(uint40 deadline, uint256 blockTime);
    /// @notice The nonce was used or cancelled.
    error NonceUsed(bytes32 account, uint256 nonce);
    /// @notice The line has less than this that may leave: unseasoned units stay.
    error AmountUnavailable(uint128 amount, uint256 seasoned);
    /// @notice The smallest release is the smallest lock, or the whole line.
    error ReleaseTooSmall(uint128 amount, uint256 minimum);
    /// @notice A fee is part of the amount.
    error FeeAboveAmount(uint96 fee, uint128 amount);
    /// @notice Nobody could take this: 0, the vault itself, or upper bytes that are not 0.
    error RecipientRefused(bytes32 recipient);
    /// @notice The initial margin would be missing: assets below requirement, both WAD.
    error MarginTooLow(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice A protocol of the account does not say what it requires, so its requirement is infinite.
    error RequirementUnknown(bytes32 account, address protocol);
    /// @notice The risk manager does not say what the lines are worth.
    error MarginUnknown(bytes32 account);

    // ---------------------------------------------------------------------------------- operator and protocol errors
    /// @notice The zero address, or the owner itself, is no operator.
    error OperatorRefused(address operator);
    /// @notice Only rights that this version knows can be given.
    error RightsRefused(uint16 rights, uint16 accepted);
    /// @notice The address has no code, or is listed already.
    error ProtocolRefused(address protocol);
    /// @notice The governor has not listed this protocol, which sub-account 0 and an operator need, or has closed it.
    error ProtocolNotListed(address protocol);
    /// @notice Sub-account 0 holds at most 4 protocols, any other exactly one.
    error TooManyProtocols(uint256 count, uint256 max);
    /// @notice The account did not opt in to this protocol.
    error NotOptedIn(bytes32 account, address protocol);
    /// @notice The protocol still requires something of the account.
    error RequirementLeft(bytes32 account, address protocol, uint256 initialWad);
    /// @notice The notice has not run its seven days yet.
    error NoticeRunning(bytes32 account, address protocol, uint256 endsAt);
    /// @notice A closed protocol may not reserve more than it does.
    error ProtocolClosed(bytes32 account, address protocol, uint256 initialWad, uint256 reservedWad);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A line was debited and the vault told to pay; the journal's entry follows from this log alone.
    /// @param edge first name of the edge to the vault
    /// @param index number of the RELEASE entry, from 1
    /// @param assetId ledger-wide index
    /// @param vaultAsset index at the vault, the entry's `asset`
    /// @param amount token units debited, with the fee
    /// @param recipient address on the vault's chain, left-padded
    /// @param fee token units of `amount` that go to whoever executes the payment
    event Released(
        bytes32 indexed edge,
        uint64 indexed index,
        bytes32 indexed account,
        uint16 assetId,
        uint16 vaultAsset,
        uint128 amount,
        bytes32 recipient,
        uint96 fee
    );
    /// @notice An operator has these rights before `expiry`, none if they are 0.
    event OperatorSet(bytes32 indexed account, address indexed operator, uint16 rights, uint40 expiry);
    /// @notice A nonce can never be used any more.
    event NonceCancelled(bytes32 indexed account, uint256 nonce);
    /// @notice The governor listed a protocol, or closed it.
    event ProtocolListed(address indexed protocol, uint32 index, bool listed);
    /// @notice An account opted in to a protocol.
    event OptedIn(bytes32 indexed account, address indexed protocol);
    /// @notice The owner gave notice to a protocol that fails or is released; `optOut` ends it from `endsAt` on.
    event NoticeGiven(bytes32 indexed account, address indexed protocol, uint256 endsAt);
    /// @notice An account left a protocol.
    event OptedOut(bytes32 indexed account, address indexed protocol);
    /// @notice A protocol passed the gate; what it reserves is its initial requirement, WAD.
    event Gated(bytes32 indexed account, address indexed protocol, uint256 reserved);

    // ---------------------------------------------------------------------------------------------- owner, operator
    /// @notice Makes a line count in the account's margin, or not.
    /// @dev [owner] Repeating it changes nothing. At most 16 lines count. Ending it is an act under the margin gate.
    function setEnabled(bytes32 account, uint16 assetId, bool on) external;

    /// @notice Debits a line and tells the vault to pay; there is no other way out of a vault and nothing to cancel.
    /// @dev [owner, or operator with right 1] Refused while the source is quarantined or frozen. Only the seasoned part
    ///      leaves. An enabled line is released if A_I ≥ Q_I holds afterwards, any other without a margin check. A line that
    ///      becomes empty ceases to be enabled (`Enabled` false). What is debited is paid, claimable or refunded. At most
    ///      150,000 gas as a whole transaction without protocols.
    /// @param account whose line
    /// @param assetId ledger-wide index
    /// @param amount token units, with the fee; at least the smallest lock, or the whole line
    /// @param recipient address on the vault's chain, left-padded; not 0, not the vault
    /// @param fee token units of `amount` for whoever executes the payment at the vault, 0 allowed
    function requestRelease(bytes32 account, uint16 assetId, uint128 amount, bytes32 recipient, uint96 fee) external;

    /// @notice The same, signed by the owner; anyone may bring it, and its effects and limits are the same.
    /// @param nonce unordered, used once per account
    /// @param deadline last block time in seconds
    /// @param sig 65 bytes of the owner, or what its contract accepts (ERC-1271)
    function requestReleaseBySig(
        bytes32 account,
        uint16 assetId,
        uint128 amount,
        bytes32 recipient,
        uint96 fee,
        uint256 nonce,
        uint40 deadline,
        bytes calldata sig
    ) external;

    /// @notice Makes a nonce unusable, and so every message signed with it.
    /// @dev [owner]
    function cancelNonce(bytes32 account, uint256 nonce) external;

    /// @notice Gives an operator rights until a time; 0 rights take them away.
    /// @dev [owner]
    /// @param rights bits: 1 release to the owner without a fee, 2 (with 1) to others and with a fee
    /// @param expiry first block time in seconds at which they are void
    function setOperator(bytes32 account, address operator, uint16 rights, uint40 expiry) external;

    // -------------------------------------------------------------------------------------------------------- protocols
    /// @notice Lets a protocol require margin of the account.
    /// @dev [owner] Sub-account 0: listed protocols only, at most 4. Any other: exactly one, listed or not, but none that was
    ///      closed. The operator of an account whose owner lives elsewhere may not release to others, so it names no protocol:
    ///      it chooses among the listed ones, for any sub-account. Repeating it changes nothing.
    function optIn(bytes32 account, address protocol) external;

    /// @notice Ends that if the protocol requires nothing.
    /// @dev [owner] If the protocol fails or is released, the first call gives notice (`NoticeGiven`), and a call in the second
    ///      seven days after it, while that still holds, ends it; later a new notice is needed. The protocol is asked with all
    ///      the gas that is left, at least 8,000,000: about twice what every margin reading gives, so a notice is for a protocol
    ///      that does not answer at all. Passing the protocol's gate ends a notice, unless the protocol is released, and anyone
    ///      ends it by `ILedgerClaims.refuse`.
    function optOut(bytes32 account, address protocol) external;

    /// @notice Reverts with the reason unless A_I ≥ Q_I; records what the calling protocol reserves.
    /// @dev [a protocol of the account] Called after the protocol changed the position, in the same transaction. The calling
    ///      protocol is asked with 150,000 gas, so that what passes here can be read later from cold storage. A closed protocol
    ///      may not reserve more (`ProtocolClosed`). What was observed before is forgotten. Needs 160,000 gas, 4,000,000 for each
    ///      other protocol of the account, and 400,000 to be sure of the risk manager.
    function gate(bytes32 account) external;

    // -------------------------------------------------------------------------------------------------------- governor
    /// @notice Lists a protocol for sub-account 0.
    /// @dev [governor]
    function listProtocol(address protocol) external returns (uint32 index);

    // ------------------------------------------------------------------------------------------------------------ views
    /// @notice Gives an operator's rights and the first time in seconds at which they are void.
    function operatorOf(bytes32 account, address operator) external view returns (uint16 rights, uint40 expiry);

    /// @notice Says whether a nonce was used or cancelled.
    function nonceUsed(bytes32 account, uint256 nonce) external view returns (bool);

    /// @notice Gives the protocols that the account opted in to, in no fixed order.
    function protocolsOf(bytes32 account) external view returns (address[] memory);

    /// @notice Gives a protocol's number, 0 if no account ever opted in to it and it was never listed.
    function protocolOf(address protocol) external view returns (uint32 index, bool listed);

    /// @notice Gives what the ledger recorded of a protocol's claim on an account.
    function claimOf(bytes32 account, address protocol) external view returns (ClaimView memory);

    /// @notice Gives the record of a release, 0 if there is none: keccak256(vault asset u16 ‖ amount u128 ‖ account).
    /// @param source index of the source
    /// @param seq number of the release
    function releasedOf(uint16 source, uint96 seq) external view returns (bytes32);

    /// @notice Gives the EIP-712 domain separator of owners' messages.
    function domainSeparator() external view returns (bytes32);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IVaultLosses, IVaultPayments, IVaultReleases} from "./IVaultPayments.sol";
import {SourceState} from "../../edge/IEdge.sol";
import {ExitStatus, IVaultExit} from "./IVaultExit.sol";
import {LockRefusal, PauseWindow, Payment, VaultAsset} from "./VaultTypes.sol";
import {IVaultAdmin} from "./IVaultAdmin.sol";
import {IVaultRewind, IVaultWitnesses} from "./IVaultWitnesses.sol";

/// @title The vault of one collateral chain
/// @notice Receives tokens, appends each lock to its journal, and keeps the tokens until the ledger's journal releases
///         them.
/// @dev Safety: only a payment of a replayed release lowers what is accounted, by what it pays. Accounted never exceeds
///      what the vault received. Every lock is one entry of the journal, in the same transaction.
///      Liveness: only a pause, a cap or a missing balance refuses a lock. The way back is `IVaultReleases`.
///      Two edges are open from the constructor: the journal of (this chain, this vault) → (settlement chain, ledger),
///      and the replica of the edge back. `JournalLib` and `ReplicaLib` give their slots.
///      WARNING: tokens sent to the vault without `lock` belong to nobody and cannot be taken out.
///      Calls that this contract does not declare go to the module that declares them, which works on the vault's
///      storage. `IVault` is everything that answers at a vault's address. Errors and events that its sections share
///      are here; those that a ledger shares too are in `IEdge`.
interface IVaultCore is IVaultReleases {
    /// @notice A field of `VaultInit` that must be set is zero.
    error InitFieldMissing(string field);
    /// @notice Source 0 is the vault of the settlement chain, and only that one.
    error SourceMismatch(uint16 source, uint256 chainId, uint256 settlementChainId);
    /// @notice The caller does not hold the role that the call requires.
    error NotAuthorized(address caller, address needed);
    /// @notice No token has this index.
    error AssetUnknown(uint16 asset);
    /// @notice The token is listed already.
    error TokenListed(address token, uint16 asset);
    /// @notice The token does not return the vault's balance.
    error BalanceUnreadable(address token);
    /// @notice The token has no code.
    error TokenHasNoCode(address token);
    /// @notice The vault already has as many assets as one pause can reach.
    error AssetsFull(uint256 count, uint256 max);
    /// @notice A token may have at most 24 decimals.
    error DecimalsTooMany(uint8 decimals, uint8 max);
    /// @notice The token itself returns other decimals.
    error DecimalsMismatch(uint8 stated, uint256 token);
    /// @notice The payment limit must not be 0: closing a vault for locks must not stop payments.
    error LimitMissing();
    /// @notice The largest payment, 3 / 40 of the limit, must be at least the smallest lock; otherwise a small line
    ///         could never leave whole.
    error LimitBelowMinimum(uint256 largest, uint256 min);
    /// @notice The account names no owner.
    error OwnerMissing(bytes32 account);
    /// @notice An owner lives on the settlement chain (home 0) or on this one (home = the vault's source).
    error HomeNotSupported(uint16 home);
    /// @notice A contract locks for its own address, but someone else may control that address on the settlement chain.
    /// @dev Confirm with flag 0 if the same owner controls that address there.
    error OwnAddressUnconfirmed(address owner);
    /// @notice The flags include an unknown bit.
    error LockFlagsUnknown(uint8 flags, uint8 known);
    /// @notice The fee exceeds the received amount.
    error FeeAboveAmount(uint96 fee, uint256 amount);
    /// @notice The fee is less than the smallest that a lock of the asset must carry.
    error FeeBelowMinimum(uint96 fee, uint256 min);
    /// @notice The smallest fee may not exceed the smallest lock.
    error LockFeeOutOfRange(uint16 feeBp, uint16 max);
    /// @notice The vault received less than the smallest lock.
    error BelowMinimum(uint256 amount, uint256 min);
    /// @notice The lock would take accounted units above the asset's cap.
    error CapExceeded(uint256 accounted, uint256 cap);
    /// @notice The accounted units would not fit their field.
    error AccountedTooLarge(uint256 accounted, uint256 max);
    /// @notice The vault holds fewer tokens than it accounts for, or a shortage is still on record. A lock would share
    ///         the loss. A payment waits until the shortage has been on record for seven days and its report is up to
    ///         date.
    error AssetShort(uint16 asset, uint256 accounted, uint256 held);
    /// @notice The exit is open and has ended this asset, so nothing can be locked.
    error AssetEnded(uint16 asset);
    /// @notice Locking this asset is paused.
    error LockPaused(uint16 asset, uint40 until);
    /// @notice The coverage (WAD) is not below the last report. Such a report is accepted once a day, next at
    ///         `earliest`, in seconds.
    error ReportTooSoon(uint16 asset, uint256 coverage, uint256 earliest);
    /// @notice A payment of the small lane is stopped only while the edge is contested, quarantined or halted.
    error StopTooSmall(uint96 seq);
    /// @notice A payment of the account was stopped less than seven days ago.
    error StopTooSoon(bytes32 account, uint256 earliest);
    /// @notice The refund can be appended from `earliest` on, in seconds, or earlier once witnesses have confirmed the release.
    error RefundTooSoon(uint96 seq, uint256 earliest);
    /// @notice Accounts without a lock of their own have appointed too many operators. Wait until `earliest`, or lock
    ///         first.
    error AppointTooSoon(uint256 earliest);
    /// @notice The vault has no witness of this number.
    error WitnessUnknown(uint8 witness);
    /// @notice The witness has no code, or is already in another slot.
    error WitnessRefused(address at);
    /// @notice The witness does not answer `headAt` within the gas limit.
    error WitnessSilent(address at, uint256 gas);
    /// @notice The token needs more gas than a payment gives it.
    error TokenTooDear(address token, uint256 gas, uint256 max);
    /// @notice Fewer witnesses are set than must confirm; outside development at least one must.
    error WitnessesMissing(uint256 needed, uint256 set);
    /// @notice The fast limit is outside its bounds, in basis points of the limit.
    error FastLimitOutOfRange(uint16 fastBp, uint16 min, uint16 max);
    /// @notice A quarantine must end in the future and within 72 h. It can be extended once, and the next begins 72 h
    ///         after its end.
    error QuarantineRefused(uint40 until, uint256 earliest, uint256 latest);
    /// @notice The verifier is not in recovery; its last one froze it until this time.
    error NotInRecovery(uint40 frozenUntil);
    /// @notice A successor can be set once. It must be another contract, for the same ledger.
    error SuccessorRefused(address successor);
    /// @notice The flags include a bit that a vault cannot pause.
    error PauseFlagsUnknown(uint8 flags, uint8 known);
    /// @notice A pause must end in the future and within the maximum.
    error PauseLengthOutOfRange(uint40 until, uint256 earliest, uint256 latest);
    /// @notice The pause would end before the one in force.
    error PauseShortened(uint40 until, uint40 running);
    /// @notice The asset was paused as often in a row as is allowed. A new row may begin at `rowEnds`.
    error PauseStreakExhausted(uint16 asset, uint8 streak, uint256 rowEnds);

    /// @notice Tokens were locked: exactly one journal entry.
    /// @param edge name of the outbound edge
    /// @param index the entry's number, from 1
    /// @param asset index of the token
    /// @param account who is credited
    /// @param amount token units received
    /// @param party memo of the sender
    /// @param fee token units, part of `amount`, for the relayer that applies the entry
    event Locked(
        bytes32 indexed edge,
        uint64 indexed index,
        uint16 asset,
        bytes32 indexed account,
        uint128 amount,
        bytes32 party,
        uint96 fee
    );
    /// @notice A token was listed.
    /// @param asset index of the token, from 1
    /// @param token ERC-20 contract
    /// @param decimals of the token
    event AssetListed(uint16 indexed asset, address indexed token, uint8 decimals);
    /// @notice Limits of a token were set, in the units of `VaultAsset`.
    /// @param asset index of the token, from 1
    /// @param min smallest lock in millionths of a whole token
    /// @param cap largest accounted amount, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    event LimitsSet(uint16 indexed asset, uint64 min, uint64 cap, uint64 limit);
    /// @notice The fast limit of a token was set: payments up to it need no confirmation.
    /// @param asset index of the token, from 1
    /// @param fastBp basis points of the limit
    event FastLimitSet(uint16 indexed asset, uint16 fastBp);
    /// @notice The smallest fee of a lock of a token was set.
    /// @param asset index of the token, from 1
    /// @param feeBp basis points of the smallest lock
    event LockFeeSet(uint16 indexed asset, uint16 feeBp);
    /// @notice A witness was set or removed.
    /// @param witness slot of the witness, 0 … 3
    /// @param at an `IHeadWitness` of this chain, 0 for none
    /// @param conflicts whether a different head of it counts as a conflict
    event WitnessSet(uint8 indexed witness, address at, bool conflicts);
    /// @notice The number of witnesses that must confirm was set.
    /// @param m how many
    event WitnessPolicySet(uint8 m);
    /// @notice A head was stored at a count of the ledger's journal.
    /// @param count number of entries
    /// @param head head at that count
    event Marked(uint64 indexed count, bytes32 head);
    /// @notice Another vault succeeds this one: a payment to it is a lock there, for the same account.
    /// @param successor the new vault
    event SuccessorSet(address indexed successor);
    /// @notice Acts on a token were paused until a time in seconds.
    /// @param asset index of the token, from 1
    /// @param flags bit 0: lock; bit 3: pay
    /// @param until time in seconds
    event Paused(uint16 indexed asset, uint8 flags, uint40 until);
    /// @notice Pauses of a token were lifted.
    /// @param asset index of the token, from 1
    /// @param flags bit 0: lock; bit 3: pay
    event Unpaused(uint16 indexed asset, uint8 flags);
    /// @notice A payment was stopped and will never be made; its REFUND is `Journaled` now or later.
    /// @param seq number of the release
    /// @param by the guardian, the account that gave it back, or the vault itself
    /// @param reason what the guardian stated, "given back", "above the limit", "not accounted" or "refunded before"
    event Stopped(uint96 indexed seq, address indexed by, bytes32 reason);
    /// @notice The vault reported how much of its accounted units of a token it holds.
    /// @param asset index of the token, from 1
    /// @param deficit units without tokens, 0 for none
    /// @param coverage part of a unit that has tokens, WAD, rounded down; 0 for an asset that the exit ended
    event Shortfall(uint16 indexed asset, uint256 deficit, uint256 coverage);
    /// @notice An owner of this chain named an operator on the settlement chain.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on the settlement chain
    event Appointed(bytes32 indexed account, address indexed operator);

    /// @notice Locks tokens of the caller for an account.
    /// @dev The amount received is measured by balance difference, so it may be below `amount`. Calling it again locks
    ///      again.
    /// @param asset index of the token
    /// @param amount token units to take from the caller
    /// @param account account credited on the settlement chain
    /// @param memo kept in the entry, 0 if none
    /// @param fee token units of the received amount, for the relayer that applies the entry; at least `lockFeeOf`
    /// @param flags bit 0: "I own this address on the settlement chain too", required of contracts that lock for
    ///        themselves
    /// @return received token units that were credited to the journal
    function lock(
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external returns (uint128 received);

    /// @notice Returns the modules of this vault, in the order of `VaultRoutes`: they work on its storage.
    function modules() external view returns (address[] memory);
}

/// @title Views of a vault's tokens, payments, replica and immutables
/// @notice Available at the vault's own address.
interface IVaultViews {
    /// @notice Returns a token's limits in token units, the minimum rounded up, the others down.
    /// @dev A cap above 2^104 − 1 units is shown as that.
    /// @param asset index of the token, from 1
    /// @return minUnits smallest lock
    /// @return capUnits most that may be accounted
    /// @return limitUnits payments per day
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits);

    /// @notice Returns the pauses of a token.
    /// @param asset index of the token, from 1
    function pauseOf(uint16 asset) external view returns (PauseWindow memory);

    /// @notice Returns everything the vault keeps about a token.
    /// @param asset index of the token, from 1
    function assetOf(uint16 asset) external view returns (VaultAsset memory);

    /// @notice Returns whether a lock would be refused now, and the room for locks.
    /// @dev Assumes that the token transfers the full amount; does not check flags and fee.
    /// @param asset index of the token, from 1
    /// @param amount token units that would be taken
    /// @param account who would be credited
    /// @return refusal the first reason found, NONE if there is none
    /// @return minUnits smallest lock in token units
    /// @return roomUnits largest lock in token units, 0 for an unknown asset
    function quoteLock(
        uint16 asset,
        uint128 amount,
        bytes32 account
    ) external view returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits);

    /// @notice Returns the smallest fee that a lock must carry, in token units, rounded up.
    /// @param asset index of the token, from 1
    function lockFeeOf(uint16 asset) external view returns (uint256);

    /// @notice Returns the number of tokens listed; indexes run from 1 to it.
    function assetCount() external view returns (uint16);

    /// @notice Returns the chain of the ledger.
    function settlementChainId() external view returns (uint256);

    /// @notice Returns the ledger's address on the settlement chain.
    function ledger() external view returns (address);

    /// @notice Returns the vault's index at the ledger.
    function source() external view returns (uint16);

    /// @notice Returns the verifier of the ledger's statements.
    function attesterSet() external view returns (address);

    /// @notice Returns the role that lists, limits and lifts.
    function governor() external view returns (address);

    /// @notice Returns the role that may stop payments.
    function guardian() external view returns (address);

    /// @notice Returns the role that may pause.
    function pauser() external view returns (address);

    /// @notice Returns whether this is the vault of a development chain.
    function development() external view returns (bool);

    /// @notice Returns a replayed release; all fields are 0 if none was replayed under the number.
    /// @param seq number of the release
    function payment(uint96 seq) external view returns (Payment memory);

    /// @notice Returns the first time in seconds at which the last quarantine has lapsed, 0 if there was none. While a
    ///         rewind runs it returns the largest time; the rewind keeps the quarantine that it interrupted.
    function quarantinedUntil() external view returns (uint40);

    /// @notice Returns the head stored at a mark since the last rewind of the replica, 0 if none.
    /// @param count number of entries
    function markOf(uint64 count) external view returns (bytes32 head);

    /// @notice Returns how far the vault has replayed the ledger's journal; times in seconds.
    /// @return edge name of the inbound edge
    /// @return count entries applied
    /// @return head head after them
    /// @return asOf origin block time of the newest statement
    /// @return acceptedAt time of this chain's block that accepted it
    /// @return state the current one: a quarantine that has lapsed is LIVE
    function replicaState()
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state);

    /// @notice Returns the token units locked and not paid.
    /// @param asset index of the token, from 1
    function accounted(uint16 asset) external view returns (uint256);

    /// @notice Returns the token units of releases that were replayed and not paid.
    /// @param asset index of the token, from 1
    function owed(uint16 asset) external view returns (uint256);

    /// @notice Returns the index of a token, 0 if it is not listed.
    /// @param token ERC-20 contract
    function indexOf(address token) external view returns (uint16);

    /// @notice Returns the outbound journal's edge, count and head.
    /// @return edge name of the outbound edge
    /// @return count entries so far
    /// @return head head after them
    function journalHead() external view returns (bytes32 edge, uint64 count, bytes32 head);

    /// @notice Returns the first name of the edge to the ledger, under which this vault's journal is stored permanently.
    function outboundEdge() external view returns (bytes32);

    /// @notice Returns the name that statements about the ledger's journal carry now; another after each rewind
    ///         (`IVaultRewind`).
    function inboundEdge() external view returns (bytes32);

    /// @notice Returns the vault that succeeds this one, 0 for none.
    function successor() external view returns (address);

    /// @notice Returns the state of the exit.
    function exitStatus() external view returns (ExitStatus memory);

    /// @notice Returns how many token units of a line, parked credit, entry or stopped payment were claimed.
    /// @param leaf keccak256(abi.encode(1, account, assetId)) for a line, keccak256(abi.encode(2, index)) for a parked
    ///        credit, keccak256(abi.encode(3, edge, index)) for an entry of this vault's journal, keccak256(abi.encode(4, which))
    ///        for a stopped payment; for a protocol's share keccak256(abi.encode(leaf, index of the protocol))
    function claimedOf(bytes32 leaf) external view returns (uint256);
}

/// @title Everything that answers at a vault's address
/// @notice The core: locks (`IVaultCore`), releases and their payment (`IVaultReleases`). The module named like a
///         section answers it: `VaultPayments` answers `IVaultPayments`, and so on.
interface IVault is
    IVaultCore,
    IVaultPayments,
    IVaultLosses,
    IVaultRewind,
    IVaultWitnesses,
    IVaultExit,
    IVaultAdmin,
    IVaultViews
{}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IEdge, JournalHead, SourceState} from "../../edge/IEdge.sol";
import {ParkReason} from "./LedgerTypes.sol";
import {ILedgerAccounts, ILedgerProtocols} from "./ILedgerAccounts.sol";
import {ILedgerTerms} from "./ILedgerTerms.sol";
import {ILedgerLosses, ILedgerRewind} from "./ILedgerLosses.sol";
import {ILedgerViews} from "./ILedgerViews.sol";

/// @title The ledger of collateral on the settlement chain
/// @notice Replays the journals of vaults on other chains into lines, one storage slot per (account, asset), and returns
///         the worth of an account's collateral as margin.
/// @dev Safety: a line rises only through an entry of a journal whose head at an attested count was signed by k members
///      of one unexpired epoch (I3, I6). No proxy, no function outside this surface lowers a line. Liveness: anyone may
///      apply; an entry never blocks those after it. An account is owner (20 bytes) ‖ home (uint16) ‖ sub (uint80).
///
///      Every entry of a batch has exactly one of these effects, judged in this order:
///      1. refused — no kind or content that an honest vault emits (`ILedgerLosses` for kinds other than LOCK; for LOCK vault asset 0, amount above 2^104 − 1, fee above amount,
///         owner 0, home neither 0 nor this source, or an amount that takes the asset's credited and parked sum past 2^104 − 1): the
///         head advances, `EntryRefused` is emitted, nothing else happens, and the source is quarantined for 72 h when the
///         batch ends (entries after it in the same batch have their effects);
///      2. nothing — amount 0;
///      3. parked UNCONFIRMED — the source asks for witnesses, and the asset is not listed here or the amount takes what is
///         in use unconfirmed past the fast limit (a share of the cap, a quarter of it while the source is contested);
///      4. parked UNLISTED — the vault's asset is not listed here;
///      5. parked CAP — the whole amount does not fit under the cap of the asset, or
///         credit of the asset is paused, or the bucket is spoken for two days ahead;
///      6. parked SEASON — the account's part of what is unseasoned would put off the end of what its line holds unseasoned, and
///         is less than a sixteenth of it; it waits for its own end, in the place that it has in the bucket;
///      7. credited — the account's line rises by amount − fee; fees add up per asset and are credited to `feeTo` once when
///         the batch ends, assets in the order in which the batch first names them, zero sums skipped.
///      The fee of what is parked by 3, 5 or 6 is credited first, as those of 7, where the fast limit, the cap and the bucket let
///      the fee itself in and the batch has named at most 8 assets; what is parked is the rest, without a fee. Else it stays with the credit, for whoever unparks it.
///      What comes back from a stopped release (REFUND) is judged as a LOCK is.
///
///      Each asset has a bucket: burst a quarter of its cap, refilled by the cap a day, with a virtual time
///      tat = max(tat, now) + amount / rate. The season level is a quarter of the burst: what a credit takes of the bucket while
///      it is filled no further needs no season. All else is unseasoned: it counts for maintenance at once, so that a top-up
///      rescues whoever filled the bucket, and for initial and for leaving from its end on. That is an hour after the statement's
///      `asOf`, at least half an hour after it was applied and, where the bucket does not hold the amount, not before
///      tat − burst / rate. It joins what of the line is unseasoned already, with the later end. The fee bears it first. So of
///      what is credited from any moment on, at most level + rate · W needs no season W later, and at most burst + rate · W has
///      seasoned W later. What comes out of parking has its hour from when it was parked.
///      A credit (or a fee's credit) that takes a line from below ten times the minimum to that or more enables the line, if
///      it is not enabled and the account has fewer than 8 enabled lines. Fees whose line would pass 2^112 − 1, or whose
///      unseasoned part is dust beside that of `feeTo`'s line, are parked
///      FEE, under 2^95 + generation · 2^64 + the number of the last entry that paid into them.
///
///      After a rewind an entry that is an orphan's has none of these effects (`ILedgerRewind`).
///
///      What is in use unconfirmed is the sum that passed 3 past the newest checkpoint at or below the confirmed count; a
///      checkpoint is set at the count where a batch begins, so the sum is never understated.
///
///      Storage per source: replica slots of `ReplicaLib`; a batch writes head, count, anchor and asOf once, one word per
///      asset (two where witnesses are asked for), and one per credited line.
interface ILedgerCore is IEdge {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The statement speaks of an edge that no listed source has.
    error EdgeUnknown(bytes32 edge);
    /// @notice `refresh` needs one signature list per statement.
    error LengthsDiffer(uint256 first, uint256 second);
    /// @notice The source takes no entries in this state.
    error SourceNotAccepting(uint16 source, SourceState state, uint40 until);
    /// @notice Credit of this source is paused.
    error CreditPaused(uint16 source, uint40 until);
    /// @notice `feeTo` must have an owner and home 0.
    error FeeAccountRefused(bytes32 feeTo);
    /// @notice No m witnesses have confirmed the entry, and the time at which it counts without them has not come.
    error NotConfirmed(uint96 index, uint64 confirmed, uint256 opensAt);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice Entries from + 1 … to were applied; plain credits have no other event.
    event Applied(bytes32 indexed edge, uint64 from, uint64 to, bytes32 head, bytes32 feeTo);
    /// @notice An entry that no honest journal holds entered the head and had no other effect.
    event EntryRefused(uint16 indexed source, uint96 indexed index, uint8 kind);
    /// @notice A credit was parked.
    /// @param index number of the entry; for FEE 2^95 + generation · 2^64 + the number of the last entry that paid into the fees
    /// @param amount token units, with the fee
    event Parked(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint128 amount,
        uint96 fee,
        ParkReason reason
    );
    /// @notice A witness shows another head than the attested one and is read no more.
    event Conflict(uint16 indexed source, uint8 indexed witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice Sets the unseasoned part of a line and its end, after a credit above the season level or a seizure. A part
    ///         whose end has passed needs no event.
    /// @param unseasoned token units
    /// @param seasonEnd block time in seconds
    event Unseasoned(bytes32 indexed account, uint16 indexed assetId, uint104 unseasoned, uint32 seasonEnd);
    /// @notice A line began or ceased to count.
    event Enabled(bytes32 indexed account, uint16 indexed assetId, bool on);

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Replays entries up to an attested count.
    /// @dev Named so because `apply` is a reserved word of Solidity. Reverts with no effect unless the batch reaches a new attested (count, head). Repeating or racing it changes
    ///      nothing but who is paid the fees (I7). About 6,600 gas per existing line.
    /// @param source index of the source
    /// @param from count before the first entry given; may lie below the replica's count: that prefix is skipped unread
    /// @param entries packed 95-byte entries from + 1 … statement.count
    /// @param marks up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses. If one
    ///        of these has recorded another head there, that is put on record and nothing is applied
    /// @param statement the signed head; its count becomes the replica's
    /// @param sigs at least k signatures of one epoch, see `IAttesterSet.verify`
    /// @param feeTo account that the fees are credited to; needs an owner and home 0
    function applyEntries(
        uint16 source,
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs,
        bytes32 feeTo
    ) external;

    /// @notice Takes newer statements of the counts where replicas stand already, for freshness alone.
    /// @param statements signed heads with count = tip = the replica's count
    /// @param sigs one signature list per statement
    function refresh(JournalHead[] calldata statements, bytes[] calldata sigs) external;

    /// @notice Returns the modules of this ledger, in the order of `LedgerRoutes`: they work on its storage.
    function modules() external view returns (address[] memory);
}

/// @title The complete interface of a ledger, at one address
/// @notice By sections: applying journals (`ILedgerCore`), what owners and operators do (`ILedgerAccounts`), protocols and the
///         auction (`ILedgerProtocols`), terms (`ILedgerTerms`), losses and what judges a journal (`ILedgerLosses`), rewinds
///         (`ILedgerRewind`) and views (`ILedgerViews`, with margins in `ILedgerMargin`). One module of the ledger answers each
///         section but the first, which the core answers itself.
interface ILedger is
    ILedgerCore,
    ILedgerAccounts,
    ILedgerProtocols,
    ILedgerTerms,
    ILedgerLosses,
    ILedgerRewind,
    ILedgerViews
{}

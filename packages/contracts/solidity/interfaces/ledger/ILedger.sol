// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IEdge, JournalHead, SourceState} from "../../edge/IEdge.sol";
import {ParkReason} from "./LedgerTypes.sol";
import {ILedgerAccounts, ILedgerProtocols} from "./ILedgerAccounts.sol";
import {ILedgerTerms} from "./ILedgerTerms.sol";
import {ILedgerLosses, ILedgerRewind} from "./ILedgerLosses.sol";
import {ILedgerViews} from "./ILedgerViews.sol";

/// @title The ledger of collateral on the settlement chain
/// @notice Replays the journals of vaults on other chains into lines, one storage slot per (account, asset). Returns
///         the worth of an account's collateral as margin.
/// @dev Safety: a line rises only through an entry of a journal. The journal's head must be signed at an attested count
///      by k members of one unexpired epoch (I3, I6). There is no proxy, and no function outside this surface lowers a
///      line.
///      Liveness: anyone may apply, and no entry blocks those after it.
///      An account is owner (20 bytes) ‖ home (uint16) ‖ sub (uint80).
///
///      Every entry of a batch has exactly one of these effects, tested in this order:
///      1. Refused: no honest vault emits this kind or content. `ILedgerLosses` gives the rules for kinds other than
///         LOCK. A LOCK is refused if its vault asset is 0, its amount is above 2^104 − 1, its fee is above its amount,
///         its owner is 0, its home is neither 0 nor this source, or it would take the asset's credited and parked sum
///         above 2^104 − 1. The head advances, `EntryRefused` is emitted, and nothing else happens. When the batch
///         ends, the source is quarantined for 72 h; later entries of the same batch still have their effects.
///      2. Nothing: the amount is 0.
///      3. Parked UNCONFIRMED: the source requires witnesses, and either the asset is not listed here or the amount
///         takes unconfirmed use above the fast limit. That limit is a share of the cap, and a quarter of it while the
///         source is contested.
///      4. Parked UNLISTED: the vault's asset is not listed here.
///      5. Parked CAP: the whole amount does not fit under the asset's cap, credit of the asset is paused, or the
///         bucket is booked two days ahead.
///      6. Parked SEASON: the account's unseasoned part of the credit would delay the end of what its line already
///         holds unseasoned, and is less than a sixteenth of it. The credit waits for its own end and keeps its place
///         in the bucket.
///      7. Credited: the account's line rises by amount − fee. Fees add up per asset. When the batch ends, each sum
///         above 0 is credited to `feeTo` once, in the order in which the batch first named the assets.
///
///      Fees of parked credits: under 3, 5 and 6 the fee is credited first, like the fees of 7, if the fast limit, the
///      cap and the bucket have room for it and the batch has named at most 8 assets. The rest is then parked without a
///      fee. Otherwise the fee stays with the credit, for the account that unparks it.
///      A stopped release that comes back (REFUND) is treated like a LOCK.
///
///      Each asset has a bucket. Its burst is a quarter of the cap, it refills by the cap per day, and its virtual time
///      is tat = max(tat, now) + amount / rate. The season level is a quarter of the burst. Units taken from the bucket
///      while its use stays within this level need no season; all other units are unseasoned.
///      Unseasoned units count for maintenance at once, so that a top-up rescues an account even after somebody else
///      emptied the bucket. They count for initial margin, and may leave, from their end on. The end is an hour after
///      the statement's `asOf`, at least half an hour after the credit was applied and, if the bucket does not hold the
///      amount, not before tat − burst / rate. They join the line's other unseasoned units, and the later end applies
///      to all. The fee is unseasoned before the rest.
///      Of what is credited after any moment, at most level + rate · W needs no season within W, and at most burst +
///      rate · W has seasoned within W. For a credit that leaves parking, the hour began when it was parked.
///
///      A credit, or a fee's credit, that takes a line from below ten times the minimum to at least that enables the
///      line, if it is not enabled and the account has fewer than 8 enabled lines.
///      Fees whose line would pass 2^112 − 1, or whose unseasoned part is dust beside that of `feeTo`'s line, are
///      parked as FEE, under the number 2^95 + generation · 2^64 + the number of the last entry that paid into them.
///
///      After a rewind, an entry that matches an orphan has none of these effects (`ILedgerRewind`).
///
///      Unconfirmed use is the sum of what passed 3 since the newest checkpoint at or below the confirmed count. A
///      checkpoint is set at the count where a batch begins, so the sum is never understated.
///
///      Storage per source: the replica slots of `ReplicaLib`. A batch writes head, count, anchor and asOf once, one
///      word per asset (two if witnesses are required), and one word per credited line.
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
    /// @notice Source 0 takes only what its vault's journal shows in this call, never what attesters signed.
    error StatementNotLocal(uint32 epoch);
    /// @notice `feeTo` must have an owner and home 0.
    error FeeAccountRefused(bytes32 feeTo);
    /// @notice Fewer than m witnesses have confirmed the entry, and the time from which it counts without them has not
    ///         come.
    error NotConfirmed(uint96 index, uint64 confirmed, uint256 opensAt);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice Entries from + 1 … to were applied; plain credits have no other event.
    event Applied(bytes32 indexed edge, uint64 from, uint64 to, bytes32 head, bytes32 feeTo);
    /// @notice An entry that no honest journal holds was refused. It entered the head and had no other effect.
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
    /// @notice A witness recorded a head that differs from the attested one, and is no longer read.
    event Conflict(uint16 indexed source, uint8 indexed witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice Sets the unseasoned part of a line and its end, after a credit above the season level or a seizure. No
    ///         event marks the end itself.
    /// @param unseasoned token units
    /// @param seasonEnd block time in seconds
    event Unseasoned(bytes32 indexed account, uint16 indexed assetId, uint104 unseasoned, uint32 seasonEnd);
    /// @notice A line started or stopped counting in its account's margin.
    event Enabled(bytes32 indexed account, uint16 indexed assetId, bool on);

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Replays entries up to an attested count.
    /// @dev The name avoids `apply`, a reserved word of Solidity. Reverts with no effect unless the batch reaches a new
    ///      attested (count, head). Repeating or racing it changes only which account is paid the fees (I7). About
    ///      6,600 gas per existing line.
    /// @param source index of the source
    /// @param from count before the first entry given; may be below the replica's count, and that prefix is then
    ///        skipped unread
    /// @param entries packed 95-byte entries from + 1 … statement.count
    /// @param marks up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses.
    ///        If a witness has recorded a different head at one of them, the call records the conflict and applies
    ///        nothing
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

    /// @notice Accepts newer statements of the counts at which replicas already stand. Only their freshness changes.
    /// @param statements signed heads with count = tip = the replica's count
    /// @param sigs one signature list per statement
    function refresh(JournalHead[] calldata statements, bytes[] calldata sigs) external;

    /// @notice Returns the modules of this ledger, in the order of `LedgerRoutes`: they work on its storage.
    function modules() external view returns (address[] memory);
}

/// @title The complete interface of a ledger, at one address
/// @notice Its sections: applying journals (`ILedgerCore`), acts of owners and operators (`ILedgerAccounts`), protocols
///         and the auction (`ILedgerProtocols`), terms (`ILedgerTerms`), confirmation and losses (`ILedgerLosses`),
///         rewinds (`ILedgerRewind`) and views (`ILedgerViews`, with margins in `ILedgerMargin`). The core answers the
///         first section, and one module of the ledger each of the others.
interface ILedger is
    ILedgerCore,
    ILedgerAccounts,
    ILedgerProtocols,
    ILedgerTerms,
    ILedgerLosses,
    ILedgerRewind,
    ILedgerViews
{}

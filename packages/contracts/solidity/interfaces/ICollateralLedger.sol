// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "../libraries/Statements.sol";
import {SourceState} from "../libraries/ReplicaLib.sol";

/// @notice Why a credit is parked; the numbers are fixed for the whole protocol. LIMIT and SLOTS are never given.
enum ParkReason {
    NONE,
    UNCONFIRMED,
    CAP,
    LIMIT,
    UNLISTED,
    SLOTS,
    SEASON,
    FEE
}

/// @notice What a ledger is built with; none of it can change later.
/// @param attesterSet verifier of signed heads on this chain; the verifying contract of their EIP-712 domain
/// @param riskManager weighs lines at first; `ILedgerEdges.scheduleRiskManager` names another
/// @param governor lists and loosens; a timelock in production
/// @param guardian quarantines
/// @param pauser pauses for a while, cannot lift
/// @param riskAdmin may only tighten
/// @param development true only on chains where sources without witnesses (m = 0) may be listed
struct LedgerInit {
    address attesterSet;
    address riskManager;
    address governor;
    address guardian;
    address pauser;
    address riskAdmin;
    bool development;
}

/// @notice One (account, asset).
/// @param amount token units
/// @param unseasoned token units of `amount` that do not count for grade I, and cannot leave, before `seasonEnd`
/// @param seasonEnd block time in seconds; both stay as they are when it has come, and may then exceed the amount
/// @param enabled true if the line counts in the account's margin
struct Line {
    uint112 amount;
    uint104 unseasoned;
    uint32 seasonEnd;
    bool enabled;
}

/// @notice A credit that is applied and owned, but counts 0 until its reason is gone.
/// @param account owner of the credit
/// @param amount token units, with the fee
/// @param fee token units of `amount` that go to whoever unparks it; 0 if the fee was paid first
/// @param vaultAsset the asset's index at its vault
/// @param reason why it is parked
/// @param parkedAt block time of the parking in seconds
/// @param readyAt SEASON, and FEE for the same reason: block time in seconds from which it has seasoned. UNCONFIRMED: from which it counts without a confirmation, unless a witness conflicts before.
///        Else 0
/// @param flags bit 1: its asset was not listed; the others are free
struct ParkedCredit {
    bytes32 account;
    uint104 amount;
    uint96 fee;
    uint16 vaultAsset;
    ParkReason reason;
    uint32 parkedAt;
    uint40 readyAt;
    uint8 flags;
}

/// @notice What limits the credit of an asset now, in token units.
/// @param fastUnits most that may be in use unconfirmed; 2^256 − 1 for a source that needs no witness
/// @param unconfirmedUnits what is in use unconfirmed
/// @param capRoom what its own cap leaves; 0 while its credit is paused
/// @param burstUnits what the bucket holds when it is full: a quarter of the cap
/// @param bucketRoom what it holds now; it refills by the cap a day. What it does not hold is unseasoned until it does
/// @param seasonRoom what of it needs no season: all while it is filled no further than a quarter
struct CreditLimits {
    uint256 fastUnits;
    uint256 unconfirmedUnits;
    uint256 capRoom;
    uint256 burstUnits;
    uint256 bucketRoom;
    uint256 seasonRoom;
}

/// @notice What would happen to a credit of an account that arrived now.
/// @param reason NONE if it would be credited
/// @param limiter "" or what binds: "fast", "paused", "cap", "bucket" (spoken for two days ahead) or "season"
/// @param at block time in seconds at which it would pass; 0 if no time is known
/// @param unseasoned token units of it that would be unseasoned on the line, if it is credited
/// @param seasonEnd block time in seconds until which; 0 if nothing would be
struct CreditQuote {
    ParkReason reason;
    bytes32 limiter;
    uint256 at;
    uint256 unseasoned;
    uint256 seasonEnd;
}

/// @title The ledger of collateral on the settlement chain
/// @notice Replays the journals of vaults on other chains into lines, one storage slot per (account, asset), and answers
///         what an account's collateral is worth as margin.
/// @dev Safety: a line rises only through an entry of a journal whose head at an attested count was signed by k members
///      of one unexpired epoch (I3, I6). No proxy, no function outside this surface lowers a line. Liveness: anyone may
///      apply; an entry never blocks those after it. An account is owner (20 bytes) ‖ home (uint16) ‖ sub (uint80).
///
///      Every entry of a batch has exactly one of these effects, judged in this order:
///      1. refused — no kind or content that an honest vault emits (`ILedgerBadDays` for kinds other than LOCK; for LOCK vault asset 0, amount above 2^104 − 1, fee above amount,
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
interface ICollateralLedger {
    // ------------------------------------------------------------------------------------------------- replay errors
    /// @notice The statement speaks of another edge than this source's.
    error EdgeMismatch(bytes32 edge, bytes32 expected);
    /// @notice A statement's count must be its tip, or a cut (a multiple of 64) below its tip.
    error CountNeitherTipNorCut(uint64 count, uint64 tip);
    /// @notice The batch starts past the replica's count, so entries are missing between.
    error EntriesMissing(uint64 from, uint64 count);
    /// @notice The batch does not end at the statement's count.
    error EntriesEndElsewhere(uint256 end, uint64 count);
    /// @notice The statement's count is not above the replica's: nothing new to apply.
    error NothingNew(uint64 count, uint64 replicaCount);
    /// @notice The replayed head differs from the attested one.
    error HeadMismatch(bytes32 replayed, bytes32 attested);
    /// @notice `asOf` may lie at most 120 seconds in the future.
    error AsOfAhead(uint64 asOf, uint256 latestAccepted);
    /// @notice `asOf` may not fall.
    error AsOfFell(uint64 asOf, uint40 accepted);
    /// @notice `refresh` takes only a statement whose count is its tip and the replica's count, with the replica's head.
    error NotAtReplica(bytes32 edge, uint64 count, uint64 replicaCount);
    /// @notice The statement speaks of an edge that no listed source has.
    error EdgeUnknown(bytes32 edge);
    /// @notice `refresh` needs one signature list per statement.
    error LengthsDiffer(uint256 statements, uint256 sigs);
    /// @notice A batch stores the head at no more than 4 marks.
    error TooManyMarks(uint256 count, uint256 max);
    /// @notice Marks ascend strictly and lie past the replica's count, up to the statement's.
    error MarkOutOfRange(uint64 mark, uint64 after_, uint64 upTo);
    /// @notice The source takes no entries in this state.
    error SourceNotAccepting(uint16 source, SourceState state, uint40 until);
    /// @notice Credit of this source is paused.
    error CreditPaused(uint16 source, uint40 until);
    /// @notice `feeTo` must have an owner and home 0.
    error FeeAccountRefused(bytes32 feeTo);

    // ------------------------------------------------------------------------------------------------ account errors
    /// @notice Only the account's owner on this chain may do this.
    error NotOwner(address caller, bytes32 account);
    /// @notice At most 16 lines of an account count.
    error TooManyEnabledLines(uint256 count, uint256 max);
    /// @notice Nothing is parked under this number.
    error NotParked(uint16 source, uint96 index);
    /// @notice The asset is not listed here yet.
    error UnparkRefused(uint96 index, ParkReason reason);
    /// @notice No m witnesses have confirmed the entry, and the time at which it counts without them has not come.
    error NotConfirmed(uint96 index, uint64 confirmed, uint256 opensAt);
    /// @notice The limiter lets the credit in, or it has seasoned, from a later time on.
    error NotReady(uint96 index, uint256 readyAt);
    /// @notice The parked credit does not fit yet: the caps of its asset, source and underlying leave less room, or its bucket
    ///         is spoken for two days ahead (room 0).
    error CapExceeded(uint256 amount, uint256 room);
    /// @notice The line cannot hold the credit yet: it would pass 2^112 − 1.
    error LineFull(bytes32 account, uint16 assetId, uint256 amount);
    /// @notice Too little gas was given to tell a failing risk manager, or a failing protocol, from an empty tank.
    error GasTooLow(uint256 gasLeft, uint256 needed);

    /// @notice The place holds no witness, or one that has conflicted and is read no more.
    error WitnessNotRead(uint16 source, uint8 witness);
    /// @notice The witness has no record of this count.
    error WitnessSilent(uint16 source, uint8 witness, uint64 count);
    /// @notice A witness below finality shows another head; that confirms nothing and stops nothing.
    error WitnessDiffers(uint16 source, uint8 witness, uint64 count, bytes32 theirs);
    /// @notice No head is stored for this count.
    error NotMarked(uint16 source, uint64 count);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice Entries from + 1 … to were applied; plain credits have no other event.
    event Applied(bytes32 indexed edge, uint64 from, uint64 to, bytes32 head, bytes32 feeTo);
    /// @notice The replica stands at the journal's own (count, head) of time `asOf`.
    event Refreshed(bytes32 indexed edge, uint64 count, uint64 asOf);
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
    /// @notice A parked credit waits on for another reason: SEASON, until its line's unseasoned
    ///         part has seasoned; or UNCONFIRMED, its place in the schedule of an asset that was not listed when it came.
    /// @param readyAt block time in seconds from which that reason is gone
    event Postponed(uint16 indexed source, uint96 indexed index, ParkReason reason, uint40 readyAt);
    /// @notice A parked credit reached its line: amount − fee to `account`, fee to `feeTo`.
    event Unparked(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 assetId,
        uint128 amount,
        uint96 fee,
        bytes32 feeTo
    );
    /// @notice A witness confirmed a count.
    event Confirmed(uint16 indexed source, uint8 indexed witness, uint64 count);
    /// @notice A witness shows another head than the attested one and is read no more.
    event Conflict(uint16 indexed source, uint8 indexed witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice What of a line is unseasoned, and until when, is this from now on: a credit above the season level joined it, or a
    ///         seizure took of it. A part whose end has come needs no event.
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

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Gives one line.
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory);

    /// @notice Gives the replica of a source's journal, with the name that statements carry now.
    /// @param source index of the source
    function replicaOf(
        uint16 source
    )
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state);

    /// @notice Gives the head stored at a mark since the replica was rewound last, 0 if none.
    function markOf(uint16 source, uint64 count) external view returns (bytes32 head);

    /// @notice Gives the ledger's own journal toward a source's vault, with its edge's first name.
    function journalHead(uint16 source) external view returns (bytes32 edge, uint64 count, bytes32 head);

    /// @notice Gives a parked credit; all fields are 0 if nothing is parked under the number.
    function parkedOf(uint16 source, uint96 index) external view returns (ParkedCredit memory);

    /// @notice Gives the contract that weighs lines.
    function riskManager() external view returns (address);

    /// @notice Gives the verifier of signed heads.
    function attesterSet() external view returns (address);

    /// @notice Gives the modules of this ledger, in the order of `LedgerRoutes`: they work on its storage.
    function modules() external view returns (address[] memory);

    /// @notice Says whether sources without witnesses may be listed here.
    function development() external view returns (bool);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {JournalHead, SourceState} from "../../edge/IEdge.sol";

/// @title Confirmation of a source's journal, and the handling of losses
/// @notice Confirmations by witnesses, marks, halts, coverage of assets and losses written off; also the effects of a
///         vault's entries other than locks.
/// @dev Entries of a vault's journal other than LOCK have these effects (`ILedgerCore` gives those of LOCK):
///
///      REFUND (party = number of a stopped release). It has an effect only if the ledger's own record of that release
///      equals keccak256(asset ‖ amount ‖ account). The record is then deleted, so a release comes back at most once
///      (I4). The amount goes to the account that was debited. It counts against the fast limit, but never against
///      caps.
///      A REFUND that matches no record changes nothing (`RefundUnmatched`). Otherwise a guardian who stops a forged
///      payment would mint credit.
///
///      SHORTFALL (amount = units of the asset that have no tokens now; party = units that the vault accounts for, 104
///      bits, and from bit 128 on the number of the LOST that it answers, 96 bits, 0 for none). The reported coverage
///      is (accounted − amount) / accounted, WAD, rounded down; 1 if nothing is accounted.
///      A coverage below the one in force impairs the asset at once, until `cover` puts the reported coverage in force.
///      An impaired asset counts 0 at grade I, its maintenance freshness is frozen, its prices stay live, and its new
///      credit is parked (CAP). The first such report starts the clock; a worse one changes the figure but not the
///      date.
///      A coverage not below the one in force would add margin. It waits for `cover` until witnesses have confirmed it;
///      if none are required, it is in force at once. With it, the answer to the asset's open LOST settles the asset.
///      Refused: more units without tokens than accounted ones, and any other bit set in party.
///
///      APPOINT (account = owner ‖ the source ‖ sub-account, party = operator, asset and amount 0). The operator acts
///      for that account from 24 hours later, once m witnesses have confirmed the entry. It acts as an owner would,
///      with three exceptions: it releases only to the owner's own address and without a fee, it does not transfer, and
///      it appoints nobody. The operator appointed before loses its power at once. An appointment for an account of
///      another home is refused.
interface ILedgerLosses {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The last reported coverage is already in force; or it was unwound and the vault has not reported since.
    error NothingToCover(uint16 assetId);
    /// @notice Seven days have not passed yet by the source's own clock; times in seconds.
    error CoverTooEarly(uint16 assetId, uint256 coverFrom, uint40 asOf);
    /// @notice The source is already in this state, or the verifier has no state of its edge.
    error NothingToNote(uint16 source, SourceState state);
    /// @notice The asset still has orphans. Each must come again or be taken back first.
    error OrphansLeft(uint16 source, uint16 vaultAsset, uint256 units);
    /// @notice The vault already knows of every missing or found unit of the asset.
    error NothingMissing(uint16 source, uint16 vaultAsset);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A witness confirmed a count.
    event Confirmed(uint16 indexed source, uint8 indexed witness, uint64 count);
    /// @notice A stopped release came back to the account that was debited.
    /// @param source index of the source
    /// @param seq number of the release
    /// @param assetId ledger-wide index
    /// @param amount token units credited or parked: the release's amount
    event Refunded(uint16 indexed source, uint96 indexed seq, bytes32 indexed account, uint16 assetId, uint128 amount);
    /// @notice A refund matched no record of a release and changed nothing. Either the ledger never journaled what the
    ///         vault stopped, or the release had already come back.
    /// @param source index of the source
    /// @param seq number of the release that it names
    /// @param account that it names
    /// @param vaultAsset index at the vault
    /// @param amount units that it names
    event RefundUnmatched(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint128 amount
    );
    /// @notice A vault reported the coverage of an asset.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param coverageWad WAD, rounded down
    /// @param inForceWad WAD: what margins multiply by
    /// @param impairedSince block time in seconds of the first report of less than the coverage in force; 0 if this one
    ///        is in force
    event CoverageReported(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 coverageWad,
        uint256 inForceWad,
        uint40 impairedSince
    );
    /// @notice The reported coverage of an asset is in force: margins now count each of its units × coverage.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param coverageWad WAD
    event Covered(uint16 indexed source, uint16 indexed vaultAsset, uint256 coverageWad);
    /// @notice The vault has answered a reported loss, and the asset is settled. Emitted before `CoverageReported`, or
    ///         before `Covered` if a coverage comes into force too.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param lostSeq number of the LOST entry
    event LossSettled(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice An owner on a collateral chain appointed an operator, 0 for none; a previous operator loses its rights.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on this chain
    /// @param readyAt block time in seconds before which it may do nothing
    event Appointed(bytes32 indexed account, address indexed operator, uint40 readyAt);
    /// @notice A LOST entry reports to the vault that `units` are missing or, if `found`, that units reported missing
    ///         are not.
    /// @param lostSeq number of the LOST entry
    event WrittenOff(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 units,
        bool found,
        uint96 indexed lostSeq
    );

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Compares the head at a count with a witness's record, and records a difference as a conflict.
    /// @dev The confirmed count of a source is the m-th highest count of its four witnesses. Only a rewind lowers it.
    ///      Witnesses are asked under the edge's first name.
    /// @param source index of the source
    /// @param witness place of the witness, 0 … 3
    /// @param count the replica's, or one that was marked
    function confirm(uint16 source, uint8 witness, uint64 count) external;

    /// @notice Stores a head as a mark, if the given entries lead from it to a stored mark or to the replica's head. A
    ///         rewind clears marks.
    /// @param source index of the source
    /// @param count of the head, from 1
    /// @param head after `count` entries
    /// @param entries packed entries count + 1 … that mark's count
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the reported coverage of an asset in force: from then on margins count each unit × coverage.
    /// @dev [anyone] Only while the source is LIVE. If witnesses are required, the report must be confirmed, or seven
    ///      days old by the source's own clock (`NotConfirmed`).
    ///      A report below the coverage in force also waits seven days from the first such report: the source's `asOf`
    ///      must have passed that time (`CoverTooEarly`). By then the ledger knows of any report in between that ended
    ///      the shortage.
    ///      The answer to a LOST settles the asset as soon as it is confirmed or seven days old, by its own number and
    ///      date. No other report delays it, and it delays no coverage.
    /// @param assetId ledger-wide index
    function cover(uint16 assetId) external;

    /// @notice Reports to the vault how many units of an asset are lost for good, or found again, once the asset has no
    ///         orphan left.
    /// @dev [anyone] An asset has at most one open LOST.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    function writeOff(uint16 source, uint16 vaultAsset) external;

    /// @notice Updates a source from the verifier's state of its edge. HALTED: while the edge is halted. RECOVERY:
    ///         while the verifier is in recovery or waits for one. Otherwise the source returns to its earlier state.
    /// @dev [anyone] In both states nothing is credited or released, initial weight is 0, the maintenance weight is
    ///      frozen and prices stay live. Reverts with `NothingToNote` if nothing changed.
    /// @param source index of the source
    function noteHalt(uint16 source) external;
}

/// @title Rewinding a ledger's replica of a vault's journal
/// @notice A rewind is for attesters who signed entries that were never journaled, or for a chain that broke its
///         finality. The replica returns to the last point at which it agrees with the journal, under a new name. The
///         vault is not involved, and no journal ever changes.
/// @dev **Names.** A statement carries its edge's name. The first name is head[0] of the journal. Journal and replica
///      are stored under it, and witnesses always publish and answer under it. After g rewinds, the last of them to
///      head H, statements carry nameOf(…, g, H), and statements signed before no longer apply.
///
///      **Unwinding** (`rewind`, then `unwind` until the point is reached). Meanwhile the source is CLOSED: the ledger
///      takes no statement of it, and nothing of it is released or transferred. Entries past the point are unwound, the
///      last one first:
///      Refused entries are skipped.
///      LOCK or REFUND, still parked under its number: the parked credit is deleted. For a REFUND, the record of its
///      release is restored.
///      Other LOCK or REFUND: it becomes an *orphan*, and no line moves.
///      SHORTFALL: its asset is impaired until the vault reports again. A LOST that it answered is open again.
///      APPOINT: if it is the account's present appointment, the account has no appointed operator.
///
///      **Coming again.** While a source has orphans, an entry with the bytes of an orphan uses it up and has no other
///      effect.
///
///      **Taking back.** The wait is three days of the source's own clock, from when the replica is first known to
///      stand at its journal's tip again. After it anyone can take back a remaining orphan (`takeBack`): the line of
///      the account that it credited falls by its amount, as far as the line has it. The rest is *missing*. If the
///      entry comes after that, it is credited less what was missing of it. That part is *found*. The credit pays no
///      fee, since the fee was paid the first time.
///
///      **What is lost.** Once the asset has no orphan left, `ILedgerLosses.writeOff` reports to the vault with a LOST
///      entry how many units are missing, or were reported missing and are found.
///
///      The asset is unsettled until nothing is an orphan or missing and the vault has answered. Until then it counts
///      nothing for initial margin, its maintenance weight stands still or falls as its source's does, and nothing of
///      it is released or transferred. So nobody leaves before the loss is known.
interface ILedgerRewind {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice No orphan of the source has these bytes.
    error OrphanUnknown(uint16 source, bytes32 entryHash);
    /// @notice Under the new name the journal was not yet replayed to its tip, or was less than three days ago by the
    ///         source's clock. `asOfNeeded` is 0 before the tip is reached.
    error TakeBackTooEarly(uint16 source, uint256 asOfNeeded, uint40 asOf);
    /// @notice The asset has orphans or missing units, or its vault has not answered a loss. None of its units may
    ///         leave.
    error AssetUnsettled(uint16 assetId);

    /// @notice The source is not in a quarantine that a rewind could extend.
    error SourceNotQuarantined(uint16 source, SourceState state);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice The quarantine of a source now lasts until a day after a scheduled rewind is ready.
    /// @param operation the rewind's id at the governor
    event HeldForRewind(uint16 indexed source, bytes32 indexed operation);
    /// @notice The rewind of a replica has begun. It goes back to `count`, under the name `next`.
    event Rewinding(uint16 indexed source, bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are unwound.
    event Unwound(uint16 indexed source, uint64 count);
    /// @notice The replica has reached its point. From now on statements carry the name `edge`.
    /// @param generation how often the replica was rewound
    event EdgeOpened(uint16 indexed source, bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A credit past the point became an orphan. Its entry comes again, or it is taken back.
    /// @param seq number of the entry
    /// @param entryHash keccak256 of the packed entry
    event Orphaned(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed entryHash,
        uint16 vaultAsset,
        uint256 units
    );
    /// @notice An orphan's entry came again, and had no other effect.
    /// @param seq number under which it came
    event CameAgain(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed entryHash,
        uint16 vaultAsset,
        uint256 units
    );
    /// @notice An orphan was taken back: `taken` units from the account's line, `missing` were not there.
    event TakenBack(
        uint16 indexed source,
        bytes32 indexed entryHash,
        bytes32 indexed account,
        uint16 vaultAsset,
        uint256 taken,
        uint256 missing
    );
    /// @notice An entry came whose orphan was taken back with units missing. `units` of those are no longer missing.
    ///         The entry is credited less these, without a fee.
    /// @param seq number under which it came
    event Found(uint16 indexed source, uint96 indexed seq, bytes32 indexed entryHash, uint16 vaultAsset, uint256 units);
    /// @notice A parked credit of an entry that had come after its orphan was taken back was deleted. The `units` that
    ///         were found then are missing again.
    /// @param seq number of its entry
    event MissingAgain(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed entryHash,
        uint16 vaultAsset,
        uint256 units
    );
    /// @notice A parked credit was deleted because its entry was unwound.
    event ParkedVoided(uint16 indexed source, uint96 indexed index, bytes32 indexed account, uint256 amount);
    /// @notice A vault's report was unwound. The asset is impaired until the vault reports again.
    event ReportUnwound(uint16 indexed source, uint16 indexed vaultAsset);
    /// @notice The report that answered a loss was unwound, so the loss needs an answer again. Emitted before
    ///         `ReportUnwound`.
    /// @param lostSeq number of the LOST entry
    event LossReopened(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice A refund was undone, and the release's record restored.
    event RefundUndone(uint16 indexed source, uint96 indexed seq);
    /// @notice An appointment was undone. No operator acts for the account until its owner appoints one again.
    event AppointmentUndone(bytes32 indexed account);

    // ------------------------------------------------------------------------------------------------------- governor
    /// @notice Begins to rewind the replica of a source's journal.
    /// @dev [governor] `point.edge` must be the name that the replica takes at the point: the name of the next
    ///      generation and `point.head`. The replica must hold the point: as its own head, as a mark of this generation
    ///      (`ILedgerLosses.mark`), or as its beginning.
    /// @param source index of the source
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function rewind(uint16 source, JournalHead calldata point, bytes calldata sigs) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Returns the name that the replica would get at a point, if `rewind` would accept the point now.
    /// @dev The timelock uses it to identify what k attesters signed, so that an operation cancelled twice cannot be
    ///      cancelled a third time.
    function rewindContentOf(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs
    ) external view returns (bytes32);

    /// @notice Extends a quarantine until a day after a rewind that is scheduled at the governor is ready, so that
    ///         nothing resumes before.
    /// @dev [anyone] The rewind is an operation of one call, with the arguments given here, ABI-encoded. Repeat the
    ///      call for a later operation, or after another quarantine replaced the extended one.
    /// @param predecessor of the operation
    /// @param salt of the operation
    function holdForRewind(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs,
        bytes32 predecessor,
        bytes32 salt
    ) external;

    /// @notice Ends such an extension after the operation was cancelled or has expired. A quarantine that would already
    ///         be over ends in a day.
    /// @dev [anyone]
    function letGo(uint16 source) external;

    /// @notice Unwinds entries above the point, the last one first. After the last of them the replica opens under its
    ///         next name.
    /// @dev [anyone] If the replica is already at the point, a call without entries opens it.
    /// @param source index of the source
    /// @param headBefore head before the first given entry
    /// @param entries packed entries that end where the previous call began
    function unwind(uint16 source, bytes32 headBefore, bytes calldata entries) external;

    /// @notice Takes an orphan back from the account that it credited, as far as its line has the units.
    /// @dev [anyone]
    /// @param source index of the source
    /// @param entry the packed entry
    function takeBack(uint16 source, bytes calldata entry) external;

    // ---------------------------------------------------------------------------------------------- the ledger itself
    /// @notice Settles a replayed entry that a rewind left open: removes its orphan, or else reduces its missing units.
    /// @dev [the ledger itself]
    /// @param source index of the source
    /// @param seq number under which it is replayed
    /// @param entry the packed entry
    /// @return had units that its account already has: all of them if the entry was an orphan
    function comeAgain(uint16 source, uint96 seq, bytes calldata entry) external returns (uint256 had);
}

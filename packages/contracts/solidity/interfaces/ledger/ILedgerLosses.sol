// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {JournalHead, SourceState} from "../../edge/IEdge.sol";

/// @title Confirmation of a source's journal, and the handling of losses
/// @notice Confirmations by witnesses, marks, halts, coverage of assets, and what is written off; a vault's entries other
///         than locks.
/// @dev Entries of a vault's journal other than LOCK have these effects (`ILedgerCore` states those of LOCK):
///
///      REFUND (party = number of a stopped release). Takes effect only if the ledger's own record of that release
///      equals keccak256(asset ‖ amount ‖ account), and deletes it, so that a release comes back at most once (I4). The
///      amount goes to the account that was debited; it counts against the fast limit, never against caps. One that matches no record changes
///      nothing (`RefundUnmatched`): otherwise a guardian who stops a forged payment would mint credit.
///
///      SHORTFALL (amount = units of the asset without tokens now; party = units that the vault accounts for, 104 bits, and from bit
///      128 on the number of the LOST that it answers, 96 bits, 0 for none). Its coverage is (accounted − amount) / accounted, WAD,
///      rounded down; 1 if nothing is accounted. One that is less than the coverage in force impairs the
///      asset at once: it counts 0 at grade I, its maintenance freshness is frozen, prices live, and no new credit of it is taken
///      (parked CAP), until `cover` puts the reported coverage in force. The first such report starts the clock; a worse one
///      changes the figure and not the date. One that is no less gives margin, so it waits for `cover` too, until witnesses have
///      confirmed it; where none must, it is in force at once. With it the answer to the asset's open LOST settles the asset.
///      Refused: more units without tokens than accounted ones, and other bits.
///
///      APPOINT (account = owner ‖ the source ‖ sub-account, party = operator, asset and amount 0). From 24 hours later on, and
///      once m witnesses confirmed it, the operator acts for that account here as an owner would, but for this: it releases
///      to the owner's own address alone, without a fee, and neither transfers nor appoints others. An appointment takes
///      the power of the one before it at once. One for an account of another home is refused.
interface ILedgerLosses {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The last reported coverage is already in force, or was unwound and the vault has not reported since.
    error NothingToCover(uint16 assetId);
    /// @notice The source's own clock has not passed the seven days yet; times in seconds.
    error CoverTooEarly(uint16 assetId, uint256 coverFrom, uint40 asOf);
    /// @notice The source is already in this state, or the verifier has no state of its edge.
    error NothingToNote(uint16 source, SourceState state);
    /// @notice Orphans of the asset are left: they come again or are taken back first.
    error OrphansLeft(uint16 source, uint16 vaultAsset, uint256 units);
    /// @notice Nothing of the asset is missing or found that its vault does not know.
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
    /// @notice A refund matched no record of a release and changed nothing: its vault stopped what this ledger never journaled, or what
    ///         came back before.
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
    /// @param impairedSince block time in seconds of the first report of less than is in force; 0 if this one is in force
    event CoverageReported(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 coverageWad,
        uint256 inForceWad,
        uint40 impairedSince
    );
    /// @notice The reported coverage of an asset is in force: margins count each of its units × coverage from now on.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param coverageWad WAD
    event Covered(uint16 indexed source, uint16 indexed vaultAsset, uint256 coverageWad);
    /// @notice The vault has answered a reported loss: the asset is settled. Before `CoverageReported`, or `Covered` where
    ///         a figure comes into force too.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    /// @param lostSeq number of the LOST entry
    event LossSettled(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice An owner on a collateral chain appointed an operator, 0 for none; a previous operator loses its rights.
    /// @param account owner ‖ home ‖ sub-account
    /// @param operator address on this chain
    /// @param readyAt block time in seconds before which it may do nothing
    event Appointed(bytes32 indexed account, address indexed operator, uint40 readyAt);
    /// @notice The vault is informed by a LOST entry: `units` are missing or, if `found`, were reported missing but are
    ///         not.
    /// @param lostSeq number of the LOST entry
    event WrittenOff(
        uint16 indexed source,
        uint16 indexed vaultAsset,
        uint256 units,
        bool found,
        uint96 indexed lostSeq
    );

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Compares the head at a count with a witness's record; a difference is recorded as a conflict.
    /// @dev The confirmed count of a source is the m-th highest count of its four witnesses; it falls by a rewind alone.
    ///      Witnesses are asked under the edge's first name.
    /// @param source index of the source
    /// @param witness place of the witness, 0 … 3
    /// @param count the replica's, or one that was marked
    function confirm(uint16 source, uint8 witness, uint64 count) external;

    /// @notice Stores a head as a mark, if the entries lead from it to a stored mark or to the replica's head. Marks end with a rewind.
    /// @param source index of the source
    /// @param count of the head, from 1
    /// @param head after `count` entries
    /// @param entries packed entries count + 1 … that mark's count
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the reported coverage of an asset in force: margins count each unit × coverage from now on.
    /// @dev [anyone] Only while the source is LIVE. Where witnesses are asked for, the report must be confirmed, or seven days old
    ///      by the source's own clock (`NotConfirmed`). One of less than is in force waits for seven days from the first such report
    ///      too: the source's `asOf` must have passed that time (`CoverTooEarly`), so that a report that ended the shortage in
    ///      between is known here. The answer to a LOST settles the asset as soon as it is confirmed, or seven days old, by
    ///      its own number and date: no other report puts it off, nor it the figure.
    /// @param assetId ledger-wide index
    function cover(uint16 assetId) external;

    /// @notice Tells the vault how many units of an asset are missing for good, or found again, once no orphan of it is left.
    /// @dev [anyone] One LOST of an asset is open at a time.
    /// @param source index of the source
    /// @param vaultAsset index at the vault
    function writeOff(uint16 source, uint16 vaultAsset) external;

    /// @notice Updates a source from the verifier's state of its edge: HALTED while it is halted, RECOVERY while the
    ///         verifier is in recovery or waits for one, and what was before when neither holds any more.
    /// @dev [anyone] In both states nothing is credited or released, initial weight is 0, the maintenance weight is frozen and
    ///      prices live. Reverts with `NothingToNote` if nothing changed.
    /// @param source index of the source
    function noteHalt(uint16 source) external;
}

/// @title Rewinding a ledger's replica of a vault's journal
/// @notice If attesters signed entries that were never journaled, or a chain broke its finality, the replica is rewound to
///         the last point at which it agrees with the journal, under a new name. The vault is not involved, and no journal is ever
///         changed.
/// @dev **Names.** A statement carries its edge's name. The first is head[0] of the journal; under it journal and replica lie
///      in storage, and witnesses publish and are asked, forever. After g rewinds, the last of them to head H, statements carry
///      nameOf(…, g, H): what was signed before applies no more.
///
///      **Unwinding** (`rewind`, then `unwind` until the point is reached; the source is CLOSED meanwhile: no statement is taken and
///      nothing of it is released or transferred). Entries past the point, the last one first. One that was refused is skipped.
///      LOCK or REFUND, still parked under its number: the parked credit is deleted; of a REFUND the record of its release is written
///      again. Otherwise it becomes an *orphan*, and no line moves.
///      SHORTFALL: its asset is impaired until the vault is heard of again; a LOST that it answered is open again.
///      APPOINT: if it is the account's present appointment, nobody is appointed.
///
///      **Coming again.** While a source has orphans, an entry with the bytes of one uses it up and has no other effect.
///
///      **Taking back.** Three days of the source's own clock after the replica was first heard to stand at its journal's tip again,
///      anyone takes back an orphan that is left (`takeBack`): the line of the account that it credited falls by it, as far as it is
///      there. The rest is *missing*. If the entry comes after that it is credited less what was missing of it, which is *found*, and
///      without a fee, which was paid.
///
///      **What is lost.** Once no orphan of the asset is left, `ILedgerLosses.writeOff` tells the vault with a LOST entry: how many units are missing,
///      or were told missing and are found.
///
///      Until nothing is an orphan or missing and the vault has answered, the asset is unsettled: it counts nothing for initial, its
///      maintenance weight stands still or falls as its source's does, and nothing of it is released or transferred. So nobody leaves
///      before the loss is known.
interface ILedgerRewind {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice No orphan of the source has these bytes.
    error OrphanUnknown(uint16 source, bytes32 entryHash);
    /// @notice The journal was not replayed to its tip under the new name, or less than three days ago by the source's
    ///         clock. `asOfNeeded` is 0 before the tip is reached.
    error TakeBackTooEarly(uint16 source, uint256 asOfNeeded, uint40 asOf);
    /// @notice Entries of the asset are orphans or missing, or its vault has not answered a loss: nothing of it leaves.
    error AssetUnsettled(uint16 assetId);

    /// @notice The source is in no quarantine that a rewind could hold.
    error SourceNotQuarantined(uint16 source, SourceState state);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice The quarantine of a source lasts until a day after a scheduled rewind is ready.
    /// @param operation the rewind's name at the governor
    event HeldForRewind(uint16 indexed source, bytes32 indexed operation);
    /// @notice A replica is being rewound: it will reach `count` under the name `next`.
    event Rewinding(uint16 indexed source, bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are unwound.
    event Unwound(uint16 indexed source, uint64 count);
    /// @notice The replica has reached its point: statements carry the name `edge` from now on.
    /// @param generation how often the replica was rewound
    event EdgeOpened(uint16 indexed source, bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A credit past the point became an orphan: its entry comes again, or it is taken back.
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
    /// @notice The entry of an orphan that was taken back and was not all there came after all: `units` of it are not missing any more.
    ///         It is credited less these, without a fee.
    /// @param seq number under which it came
    event Found(uint16 indexed source, uint96 indexed seq, bytes32 indexed entryHash, uint16 vaultAsset, uint256 units);
    /// @notice A parked credit was deleted that had come after it was taken back: the `units` that were found then are missing again.
    /// @param seq number of its entry
    event MissingAgain(
        uint16 indexed source,
        uint96 indexed seq,
        bytes32 indexed entryHash,
        uint16 vaultAsset,
        uint256 units
    );
    /// @notice A parked credit was deleted: its entry was unwound.
    event ParkedVoided(uint16 indexed source, uint96 indexed index, bytes32 indexed account, uint256 amount);
    /// @notice A vault's report was unwound: the asset is impaired until the vault reports it again.
    event ReportUnwound(uint16 indexed source, uint16 indexed vaultAsset);
    /// @notice The report that answered a loss was unwound: the loss waits for an answer again. Before `ReportUnwound`.
    /// @param lostSeq number of the LOST entry
    event LossReopened(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice A refund was undone: the release's record is written again.
    event RefundUndone(uint16 indexed source, uint96 indexed seq);
    /// @notice An appointment was undone: no operator acts for the account until its owner appoints one again.
    event AppointmentUndone(bytes32 indexed account);

    // ------------------------------------------------------------------------------------------------------- governor
    /// @notice Begins to rewind the replica of a source's journal.
    /// @dev [governor] `point.edge` must be the name that the replica takes at the point: with the next generation and `point.head`.
    ///      The replica must hold the point: as its own head, as a mark of this generation (`ILedgerLosses.mark`), or as its beginning.
    /// @param source index of the source
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function rewind(uint16 source, JournalHead calldata point, bytes calldata sigs) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Returns the name that the replica would get at a point, if `rewind` would accept the point now.
    /// @dev The timelock uses it to identify what k attesters signed: an operation cancelled twice cannot be cancelled a third
    ///      time.
    function rewindContentOf(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs
    ) external view returns (bytes32);

    /// @notice Lets a quarantine last until a day after a rewind that is scheduled at the governor is ready, so that nothing thaws before.
    /// @dev [anyone] The rewind is an operation of one call, with the arguments given here, encoded as the ABI has it. Anyone does it
    ///      again for a later operation, or after another quarantine took its place.
    /// @param predecessor of the operation
    /// @param salt of the operation
    function holdForRewind(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs,
        bytes32 predecessor,
        bytes32 salt
    ) external;

    /// @notice Ends such a hold after the operation was cancelled or expired: a quarantine that would be over ends in a day.
    /// @dev [anyone]
    function letGo(uint16 source) external;

    /// @notice Unwinds the last remaining entries above the point; after the last of them the replica opens under its next
    ///         name.
    /// @dev [anyone] If the replica is already at the point, a call without entries opens it.
    /// @param source index of the source
    /// @param headBefore head before the first of them
    /// @param entries packed entries that end where the step before began
    function unwind(uint16 source, bytes32 headBefore, bytes calldata entries) external;

    /// @notice Takes an orphan back from the account that it credited, as far as it is there.
    /// @dev [anyone]
    /// @param source index of the source
    /// @param entry the packed entry
    function takeBack(uint16 source, bytes calldata entry) external;

    // ---------------------------------------------------------------------------------------------- the ledger itself
    /// @notice Settles a replayed entry that a rewind left open: removes its orphan, or else its spent units.
    /// @dev [the ledger itself]
    /// @param source index of the source
    /// @param seq number under which it is replayed
    /// @param entry the packed entry
    /// @return had units that its account already has: all of an orphan's
    function comeAgain(uint16 source, uint96 seq, bytes calldata entry) external returns (uint256 had);
}

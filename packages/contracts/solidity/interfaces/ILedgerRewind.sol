// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "../edge/Statements.sol";

/// @title Rewinding a ledger's replica of a vault's journal
/// @notice When attesters signed what was never journaled, or a chain broke its finality, the replica goes back to the last point at
///         which the journal agrees with it, under a new name. The vault takes no part, and no journal is ever touched.
/// @dev **Names.** A statement carries its edge's name. The first is head[0] of the journal; under it journal and replica lie in
///      storage, and witnesses publish and are asked, for ever. After g rewinds, the last of them to head H, statements carry
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
///      maintenance weight stands still, and nothing of it is released or transferred. So nobody leaves before the loss is known.
interface ILedgerRewind {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice No orphan of the source has these bytes.
    error OrphanUnknown(uint16 source, bytes32 entryHash);
    /// @notice The journal has not been heard to its tip under the new name, or not for three days of the source's clock. `asOfNeeded`
    ///         is 0 while it has not been heard.
    error TakeBackTooEarly(uint16 source, uint256 asOfNeeded, uint40 asOf);
    /// @notice Entries of the asset are orphans or missing, or its vault has not answered a loss: nothing of it leaves.
    error AssetUnsettled(uint16 assetId);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A replica is being rewound: it will stand at `count` under the name `next`.
    event Rewinding(uint16 indexed source, bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are unwound.
    event Unwound(uint16 indexed source, uint64 count);
    /// @notice The replica stands at its point: statements carry the name `edge` now.
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
    /// @notice A report of a vault was unwound: the asset is impaired until the vault is heard of it again.
    event ReportUnwound(uint16 indexed source, uint16 indexed vaultAsset);
    /// @notice The report that answered a loss was unwound: the loss waits for an answer again. Before `ReportUnwound`.
    /// @param lostSeq number of the LOST entry
    event LossReopened(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice A refund was undone: the release's record is written again.
    event RefundUndone(uint16 indexed source, uint96 indexed seq);
    /// @notice An appointment was undone: nobody acts for the account until its owner appoints again.
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
    /// @notice Unwinds the last entries that are left past the point; with the last of them the replica opens under its next name.
    /// @dev [anyone] If the replica stands at the point already, a call without entries opens it.
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
    /// @notice Counts off an entry that is replayed and is open: an orphan, which is none any more, else what of it was spent.
    /// @dev [the ledger itself]
    /// @param source index of the source
    /// @param seq number under which it is replayed
    /// @param entry the packed entry
    /// @return had units that its account has had: all of an orphan's
    function comeAgain(uint16 source, uint96 seq, bytes calldata entry) external returns (uint256 had);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceListing} from "./ILedgerTerms.sol";

/// @notice What an asset's lines still owe after entries of theirs were taken back.
/// @param owing units that were to be taken back and that no line has covered yet
/// @param since block time in seconds of the last that was added to them
/// @param seenAt the source's `asOf` at which the wait before they are written off began, 0 before
struct WriteOff {
    uint128 owing;
    uint40 since;
    uint40 seenAt;
}

/// @title Generations of a ledger's edges
/// @notice Closes an edge at a point that k attesters signed, and opens the next generation of it, when a chain lost blocks that
///         were final, or attesters signed what was never journaled.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does. Every edge is closed and opened at both of its ends, in any
///      order, by the same signed `Generation(edge, count, head, epoch)`, each end with signatures for its own verifier. The
///      next edge's name commits to the point, so if the ends named different points nothing applies.
///
///      **At the replica** (`closeEdge`, then `continueEdge` until all is undone; the source is CLOSED meanwhile). Entries past
///      the point are undone, the last one first:
///      LOCK: what is parked is deleted; what was credited is taken back from its account's line, what has not seasoned first.
///      What that line lacks, and the fee, which went to whoever applied it, are *owed*.
///      REFUND: taken back in the same way, and the record of the release is written again.
///      SHORTFALL: the coverage in force stays, and no report of less waits any more; the vault can report again once a day
///      though nothing changed. A LOST that the report answered is open again. APPOINT: nobody is appointed.
///      Entries that had no effect when they were applied have none now.
///
///      What is owed is a receivable on its account, since the surviving journal's entries come again: credit of any origin
///      repays it first, fees that which fees owe. Until it is repaid or the vault has taken it over the asset counts nothing for
///      initial, its weight for maintenance stands still, and nothing of it is released or transferred. Three days of the
///      source's own clock after the next generation has been heard of, anyone writes off what is left (`writeOff`): LOST tells
///      the vault of it, which accounts for as many more units, so that all units of the asset share the loss. Its SHORTFALL that
///      names the entry settles the asset. The receivables stay.
///
///      **At the journal** (`openGeneration`, then `continueGeneration` to its end): the entries past the point are appended
///      again, in order, as the first ones of the next generation, and nothing else is before they are (`JournalNotOpen`).
///      A release that came back meanwhile is not; the record of one that is moves to its new number.
interface ILedgerGenerations {
    /// @notice What entries that were taken back still owe of the asset is neither repaid nor taken over by its vault.
    error WriteOffUnsettled(uint16 assetId);
    /// @notice Nothing of the asset is owed.
    error NothingOwed(uint16 assetId);
    /// @notice The next generation has not been heard of, or not for long enough.
    error WriteOffTooEarly(uint16 assetId, uint256 asOfNeeded, uint40 asOf);

    /// @notice A replica is being closed at a point.
    event EdgeClosing(uint16 indexed source, bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are undone.
    event EdgeUndone(uint16 indexed source, bytes32 indexed edge, uint64 count);
    /// @notice A generation took the place of the one before: the ledger replays this edge now.
    event EdgeOpened(uint16 indexed source, bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A credit was taken back: `taken` token units from the account's line, `owed` are a receivable on it.
    /// @param index sequence number of the entry
    event TakenBack(
        uint16 indexed source,
        uint96 indexed index,
        bytes32 indexed account,
        uint16 assetId,
        uint256 taken,
        uint256 owed
    );
    /// @notice A parked credit was deleted.
    event ParkedVoided(uint16 indexed source, uint96 indexed index, bytes32 indexed account, uint256 amount);
    /// @notice A report of a shortage was undone: nothing is known to be missing of the asset.
    event AssetCleared(uint16 indexed source, uint16 indexed vaultAsset);
    /// @notice The report that answered a loss was undone: the loss waits for an answer again. Before `AssetCleared`.
    /// @param lostSeq number of the LOST entry
    event LossReopened(uint16 indexed source, uint16 indexed vaultAsset, uint96 lostSeq);
    /// @notice A refund was undone: the release's record is written again.
    event RefundUndone(uint16 indexed source, uint96 indexed seq);
    /// @notice An appointment was undone: nobody acts for the account until its owner appoints again.
    event AppointmentUndone(bytes32 indexed account);
    /// @notice A credit repaid what its account owed; account 0: fees.
    event Repaid(bytes32 indexed account, uint16 indexed assetId, uint256 units);
    /// @notice What is owed can be written off from this `asOf` of the source on.
    event WriteOffAnnounced(uint16 indexed assetId, uint40 asOf);
    /// @notice What was owed was written off.
    /// @param units on lines for which nothing was ever locked
    /// @param lostSeq number of the LOST entry that tells the vault: generation · 2^64 + index
    event WrittenOff(uint16 indexed assetId, uint256 units, uint96 lostSeq);
    /// @notice The ledger's journal toward a source goes on as the next generation.
    event GenerationOpened(uint16 indexed source, bytes32 indexed edge, bytes32 indexed previous, uint64 count);
    /// @notice An entry of the generation before was appended again.
    /// @param index its number in this generation
    /// @param before its sequence number before
    event Reappended(
        bytes32 indexed edge,
        uint64 index,
        uint96 indexed before,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 party,
        uint96 fee
    );

    /// @notice Begins to close the replica of a source's journal at a point.
    /// @dev [governor] The point is the replica's head, its beginning, or a mark (`ILedgerDuties.mark`).
    /// @param source index of the source
    /// @param count number of entries up to the point
    /// @param head head at `count`
    /// @param epoch attester set whose members signed
    /// @param sigs see `IAttesterSet.verifyGeneration`
    function closeEdge(uint16 source, uint64 count, bytes32 head, uint32 epoch, bytes calldata sigs) external;

    /// @notice Undoes the last entries that are left past the point; with the last of them the next generation opens.
    /// @dev [anyone] At most 64 entries fit in 8 M gas. With many assets a call or two without entries follow.
    /// @param source index of the source
    /// @param headBefore head before the first of them
    /// @param entries packed entries that end where the step before began
    function continueEdge(uint16 source, bytes32 headBefore, bytes calldata entries) external;

    /// @notice Opens the next generation of the ledger's journal toward a source, and appends entries past the point again.
    /// @dev [governor]
    /// @param source index of the source
    /// @param count number of entries up to the point
    /// @param head head at `count`
    /// @param epoch attester set whose members signed
    /// @param sigs see `IAttesterSet.verifyGeneration`
    /// @param entries packed entries from the point up to a mark (`markJournal`) or the journal's end
    function openGeneration(
        uint16 source,
        uint64 count,
        bytes32 head,
        uint32 epoch,
        bytes calldata sigs,
        bytes calldata entries
    ) external;

    /// @notice Appends the next entries again, up to a mark or the end.
    /// @dev [anyone]
    /// @param source index of the source
    /// @param entries packed entries from where the step before ended
    function continueGeneration(uint16 source, bytes calldata entries) external;

    /// @notice Stores a head of the ledger's journal toward a source if the entries lead from it to a head that is known, so
    ///         that a long journal is gone through in steps.
    /// @dev [anyone] While its next generation fills, of the journal before.
    /// @param source index of the source
    /// @param count number of entries
    /// @param head head at `count`
    /// @param entries packed entries from that count on
    function markJournal(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Writes off what is still owed of an asset: its vault takes the loss over, for all units of the asset alike.
    /// @dev [anyone] The first call begins the wait, once a statement of the next generation has been accepted; the second one,
    ///      three days of the source's own clock later, journals LOST. Only one LOST of an asset is open at a time: until the
    ///      vault has answered it, the second call reverts with `WriteOffUnsettled`.
    /// @param assetId ledger-wide index
    function writeOff(uint16 assetId) external;

    /// @notice Gives a source's terms, with the state's own fields left to `ILedgerTerms.stateOf`, and its edges of now.
    /// @param source index of the source
    /// @return terms on which it was listed
    /// @return edge from its vault to this ledger
    /// @return outboundEdge from this ledger to its vault
    function sourceOf(
        uint16 source
    ) external view returns (SourceListing memory terms, bytes32 edge, bytes32 outboundEdge);

    /// @notice Gives what is owed of an asset.
    /// @param assetId ledger-wide index
    function writeOffOf(uint16 assetId) external view returns (WriteOff memory);

    /// @notice Gives what an account owes of an asset, in token units; account 0 is what fees owe.
    /// @param account owner ‖ home ‖ sub-account
    /// @param assetId ledger-wide index
    function debtOf(bytes32 account, uint16 assetId) external view returns (uint256);

    /// @notice Gives how far an edge of this ledger has come on its way to its next generation.
    /// @param edge name of the edge, of a replica or of a journal
    /// @return next name of the edge that takes its place, 0 if none was named
    /// @return point count at which the generation ends
    /// @return count how far it has come: down to the point, or up to the journal's end
    /// @return head at `count`
    /// @return done whether the next generation is open
    function crossingOf(
        bytes32 edge
    ) external view returns (bytes32 next, uint64 point, uint64 count, bytes32 head, bool done);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReleaseRefusal} from "./VaultTypes.sol";

/// @title Generations of a vault's edges
/// @notice Closes an edge at a point that k attesters signed, and opens the next generation of it, when a chain lost blocks that
///         were final, or attesters signed what was never journaled. `ILedgerGenerations` is the other end's.
/// @dev Answers at the vault's own address. An edge's two ends act in any order; if they named different points, their next
///      edges have different names and nothing applies.
///
///      **At the journal** (`openGeneration`, then `continueGeneration` to its end): the entries past the point are appended
///      again, in order, as the first ones of the next generation, and nothing else is before they are: a lock, a report, an
///      appointment, a stop and a batch with one of them to journal revert with `JournalNotOpen`. After that each asset's
///      shortage can be reported once more though nothing changed, since the ledger may have forgotten it.
///
///      **At the replica** (`closeEdge`, then `continueEdge` until all is undone). Meanwhile no batch is taken and nothing past
///      the point is paid. Entries past the point are undone, the last one first:
///      RELEASE: a payment that is queued, claimable, or stopped without a REFUND is VOID for ever and no longer owed. What was paid stays paid: it is
///      accounted again, and missing; a release with the same bytes in a later generation is settled by it without a
///      transfer, and what nothing settles lowers the asset's coverage like any other shortage. Until it is settled, or reported
///      for seven days, the asset is short: nothing of it is locked or paid.
///      LOST: one that was taken over is accounted no more; one that waits is VOID.
interface IVaultGenerations {
    /// @notice A replica is being closed at a point.
    event EdgeClosing(bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are undone.
    event EdgeUndone(bytes32 indexed edge, uint64 count);
    /// @notice A generation took the place of the one before: the vault replays this edge now.
    event EdgeOpened(bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A payment is void: the release was journaled past the point.
    /// @param due token units that are no longer owed
    event Voided(uint96 indexed seq, uint256 due);
    /// @notice A payment had been made for a release past the point: its amount is accounted again, and missing.
    event PaidPastPoint(uint96 indexed seq, uint16 indexed asset, uint256 amount);
    /// @notice The ledger tells of units on its lines for which nothing was ever locked: the vault is to account for them too.
    /// @param seq sequence number of the LOST entry: generation · 2^64 + n
    /// @param asset index of the token, from 1
    /// @param amount units
    /// @param readyAt time in seconds from which anyone may have it taken over
    /// @param opensAt time in seconds from which it is taken over without a confirmation, 0 if it needs none
    event LossQueued(uint96 indexed seq, uint16 indexed asset, uint128 amount, uint40 readyAt, uint40 opensAt);
    /// @notice The vault accounts for as many more units, which have no tokens. Before `Shortfall`.
    /// @param seq sequence number of the LOST entry
    /// @param asset index of the token, from 1
    /// @param units at most the entry's amount
    event LossTaken(uint96 indexed seq, uint16 indexed asset, uint256 units);
    /// @notice A release is paid by a payment that was made for the same one past the point of an earlier generation.
    event Settled(uint96 indexed seq, uint256 amount);
    /// @notice The vault's journal goes on as the next generation.
    event GenerationOpened(bytes32 indexed edge, bytes32 indexed previous, uint64 count);
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

    /// @notice Begins to close the replica of the ledger's journal at a point. [governor]
    /// @dev The point is the replica's head, its beginning, or a mark (`ICollateralVaultActs.mark`).
    /// @param count number of entries up to the point
    /// @param head head at `count`
    /// @param epoch attester set whose members signed
    /// @param sigs see `IAttesterSet.verifyGeneration`
    function closeEdge(uint64 count, bytes32 head, uint32 epoch, bytes calldata sigs) external;

    /// @notice Undoes the last entries that are left past the point; with the last of them the next generation opens.
    /// @dev Anyone may. At most 64 entries fit in 8 M gas. With many assets calls without entries follow.
    /// @param headBefore head before the first of them
    /// @param entries packed entries that end where the step before began
    function continueEdge(bytes32 headBefore, bytes calldata entries) external;

    /// @notice Opens the next generation of this vault's journal, and appends entries past the point again. [governor]
    /// @param count number of entries up to the point
    /// @param head head at `count`
    /// @param epoch attester set whose members signed
    /// @param sigs see `IAttesterSet.verifyGeneration`
    /// @param entries packed entries from the point up to a mark (`markJournal`) or the journal's end
    function openGeneration(
        uint64 count,
        bytes32 head,
        uint32 epoch,
        bytes calldata sigs,
        bytes calldata entries
    ) external;

    /// @notice Appends the next entries again, up to a mark or the end. Anyone may.
    /// @param entries packed entries from where the step before ended
    function continueGeneration(bytes calldata entries) external;

    /// @notice Stores a head of this vault's journal if the entries lead from it to a head that is known, so that a long
    ///         journal is gone through in steps. Anyone may.
    /// @dev While its next generation fills, of the journal before.
    /// @param count number of entries
    /// @param head head at `count`
    /// @param entries packed entries from that count on
    function markJournal(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Takes over a loss that the ledger told of: as many more units are accounted, without tokens, so that all units of the
    ///         asset share it. Reports the coverage that results, as the answer to the entry. Anyone may.
    /// @dev A day after its replay and once it is confirmed, or seven days after it as a payment above the fast limit. The guardian may
    ///      stop it as any payment; the vault then reports without it.
    /// @param seq sequence number of the entry: generation · 2^64 + n
    /// @param packed the packed entry
    function takeLoss(uint96 seq, bytes calldata packed) external;

    /// @notice Takes note of a loss that is replayed. [the vault itself]
    /// @param seq sequence number of the entry: generation · 2^64 + n
    /// @param packed the packed entry
    /// @return refusal why it has no effect, NONE if it has
    function replayLost(uint96 seq, bytes calldata packed) external returns (ReleaseRefusal refusal);

    /// @notice Settles a replayed release by a payment that was made for the same one in an earlier generation, if there is
    ///         one. [the vault itself]
    /// @param seq sequence number of the release
    /// @param packed the packed entry
    /// @return settled whether it is paid by that
    function settleAgain(uint96 seq, bytes calldata packed) external returns (bool settled);

    /// @notice Gives what was paid for releases of these bytes past a point, and settles no release yet, in token units.
    /// @param entryHash keccak256 of the packed entry
    function paidPastPoint(bytes32 entryHash) external view returns (uint256);

    /// @notice Gives how far an edge of this vault has come on its way to its next generation.
    /// @param edge name of the edge, of the replica or of the journal
    /// @return next name of the edge that takes its place, 0 if none was named
    /// @return point count at which the generation ends
    /// @return count how far it has come: down to the point, or up to the journal's end
    /// @return head at `count`
    /// @return done whether the next generation is open
    function crossingOf(
        bytes32 edge
    ) external view returns (bytes32 next, uint64 point, uint64 count, bytes32 head, bool done);
}

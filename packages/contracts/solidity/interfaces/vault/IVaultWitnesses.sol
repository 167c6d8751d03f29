// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {VaultWitness} from "./VaultTypes.sol";
import {JournalHead, SourceState} from "../../edge/IEdge.sol";

/// @title Witnesses of the ledger's journal at a vault, and quarantines of the edge
/// @notice `IHeadWitness` says what a witness is, `IVaultReleases` what its records do to a vault.
/// @dev Available at the vault's own address; errors and events are those of `IVaultCore`. Liveness: quarantines end by
///      themselves; confirm, mark and noteAhead are open to anyone.
interface IVaultWitnesses {
    /// @notice Compares the head at a mark, or the replica's own, with a witness's record.
    /// @param witness slot, 0 … 3
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @dev A long journal takes several calls: each call's head is a mark for the next one.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on; none if the count is the replica's
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the edge into quarantine: no batch, and no payment above the confirmed count. [guardian]
    /// @dev It ends by itself. It may be extended once, and the next quarantine may begin 72 h after the end of this
    ///      one. A vault beside its ledger has none.
    /// @param until time in seconds, at most 72 h ahead
    function quarantine(uint40 until) external;

    /// @notice Records that the verifier is in recovery: no payment above the confirmed count until it ends.
    /// @dev Lasts at most 72 h, so that a withdrawn recovery blocks nothing for longer. Anyone may renew it.
    function noteRecovery() external;

    /// @notice Sets or removes the witness of a slot. [governor]
    /// @dev A new witness counts, whatever its predecessor showed, and has confirmed nothing yet. The confirmed count
    ///      stays. A vault beside its ledger takes none (`WitnessRefused`).
    /// @param witness slot, 0 … 3
    /// @param at an `IHeadWitness` of this chain that answers within 27,500 gas; 0 removes the present one, unless
    ///        fewer than m would be left
    /// @param conflicts true if it waits for finality, so that another head is a conflict
    function setWitness(uint8 witness, address at, bool conflicts) external;

    /// @notice Sets how many witnesses must confirm a count; what so many have confirmed is confirmed at once. [governor]
    /// @param m at most the number of witnesses set; 0 only on a development chain
    function setWitnessPolicy(uint8 m) external;

    /// @notice Returns the witness of a slot, and the highest count that it confirmed.
    /// @param witness slot, 0 … 3
    function witnessOf(uint8 witness) external view returns (VaultWitness memory kept, uint64 confirmed);

    /// @notice Returns the policy and its state.
    /// @return m witnesses that must confirm
    /// @return counting bit per slot: a witness that counts
    /// @return conflicted bit per slot: a witness that showed another head
    /// @return confirmed count that enough of them have confirmed
    function witnessPolicy() external view returns (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed);

    /// @notice Records that a witness has a count that the replica has not reached. Anyone may call it.
    /// @dev Attesters could keep an edge fresh by statements that hide its newer entries. Against that, the exit may be
    ///      announced once enough witnesses have been on record for 30 days: as many as must confirm, and at least two,
    ///      since one alone could lie. The announcement then stands until statements reach those counts. A rewind, or
    ///      another witness in the slot, restarts the 30 days.
    /// @param witness slot, 0 … 3, of a witness that counts
    /// @param count number of entries, above the count to which statements have carried the replica
    function noteAhead(uint8 witness, uint64 count) external;

    /// @notice Returns the record of a witness that is ahead of all statements, 0 if there is none.
    /// @param witness slot, 0 … 3
    function aheadOf(uint8 witness) external view returns (uint64 count, uint40 since);
}

/// @title Rewinding a vault's replica of the ledger's journal, and losses that the ledger reports
/// @notice A rewind is for attesters who signed entries that the ledger never journaled, or for a settlement chain that
///         broke its finality. The replica returns to the last point at which it agrees with the journal, under a new
///         name. The ledger is not involved. `ILedgerRewind` is the other end's interface, and explains names.
/// @dev Available at the vault's own address. During a rewind no statement is accepted, and no payment above the point
///      is executed, stopped or given back. Entries above the point are unwound, the last one first:
///      RELEASE, queued or claimable: the payment is VOID and no longer owed.
///      RELEASE, paid: the payment is VOID. Its amount is accounted for again, and so missing. A later release with the
///      same bytes counts as paid by it, without a transfer. If none comes, the amount lowers the asset's coverage like
///      any other shortage.
///      RELEASE, stopped: the payment is VOID unless a REFUND of it is journaled; then it stays stopped. A later
///      release with the same number, asset, amount and account also stays stopped, even if another entry had the
///      number in between (`Stopped`, "refunded before").
///      LOST: the loss is VOID. If it was taken over, this is undone: lost units are no longer accounted for, found
///      units are again.
///      A void entry frees its part of the fast limit, and no payment waits behind it. Its place in its lane is not
///      freed.
interface IVaultRewind {
    /// @notice The edge is not in a quarantine that a rewind could extend.
    error EdgeNotQuarantined(bytes32 edge, SourceState state);

    /// @notice The quarantine of the edge now lasts until a day after a scheduled rewind is ready.
    /// @param operation the rewind's id at the governor
    event HeldForRewind(bytes32 indexed edge, bytes32 indexed operation);
    /// @notice The rewind of a replica has begun. It goes back to `count`, under the name `next`.
    event Rewinding(bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are unwound.
    event Unwound(uint64 count);
    /// @notice The replica has reached its point. From now on statements carry the name `edge`.
    /// @param generation how often the replica was rewound
    event EdgeOpened(bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A payment is void: its release was unwound.
    /// @param due token units that are no longer owed
    event Voided(uint96 indexed seq, uint256 due);
    /// @notice A paid release was unwound. Its amount is accounted again, and missing.
    event PaidPastPoint(uint96 indexed seq, uint16 indexed asset, uint256 amount);
    /// @notice A release counts as paid by an earlier payment of the same bytes whose release was unwound.
    event Settled(uint96 indexed seq, uint256 amount);

    /// @notice Begins to rewind the replica of the ledger's journal. [governor]
    /// @dev `point.edge` must be the name that the replica takes at the point: the name of the next generation and
    ///      `point.head`. The replica must hold the point: as its own head, as a mark of this generation
    ///      (`IVaultWitnesses.mark`), or as its beginning. Refused while an exit is open. An announced exit stays
    ///      announced, but must be proven again in the point's block.
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function rewind(JournalHead calldata point, bytes calldata sigs) external;

    /// @notice Returns the name that the replica would get at a point, if `rewind` would accept the point now.
    /// @dev The timelock uses it to identify what k attesters signed, so that an operation cancelled twice cannot be
    ///      cancelled a third time.
    function rewindContentOf(JournalHead calldata point, bytes calldata sigs) external view returns (bytes32);

    /// @notice Extends a quarantine until a day after a rewind that is scheduled at the governor is ready, so that
    ///         nothing resumes before.
    /// @dev Anyone may call it. The rewind is an operation of one call, with the arguments given here, ABI-encoded.
    ///      Repeat the call for a later operation.
    /// @param predecessor of the operation
    /// @param salt of the operation
    function holdForRewind(JournalHead calldata point, bytes calldata sigs, bytes32 predecessor, bytes32 salt) external;

    /// @notice Ends such an extension after the operation was cancelled or has expired. A quarantine that would already
    ///         be over ends in a day.
    /// @dev Anyone may call it.
    function letGo() external;

    /// @notice Unwinds entries above the point, the last one first. After the last of them the replica opens under its
    ///         next name.
    /// @dev Anyone may call it. If the replica is already at the point, a call without entries opens it.
    /// @param headBefore head before the first given entry
    /// @param entries packed entries that end where the previous call began
    function unwind(bytes32 headBefore, bytes calldata entries) external;

    /// @notice Settles a release that is replayed after a rewind: one that was stopped before stays stopped, and one
    ///         that was paid before counts as paid. [the vault itself]
    /// @param seq number of the release
    /// @param packed the packed entry
    /// @return settled whether nothing more is to be done for it
    function settleAgain(uint96 seq, bytes calldata packed) external returns (bool settled);

    /// @notice Returns how many unwound payments were made for releases with these bytes and settle no release yet.
    /// @param entryHash keccak256 of the packed entry
    function paidOrphans(bytes32 entryHash) external view returns (uint256);

    /// @notice Returns how often the replica was rewound, and how far a rewind that runs has come.
    /// @return generation how often it was rewound
    /// @return next its name after the running rewind, 0 while none runs
    /// @return point count to which it goes
    /// @return count how far it has come
    /// @return head at `count`
    function rewindOf()
        external
        view
        returns (uint32 generation, bytes32 next, uint64 point, uint64 count, bytes32 head);
}

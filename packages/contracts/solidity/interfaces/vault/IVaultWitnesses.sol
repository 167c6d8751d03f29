// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {VaultWitness} from "./VaultTypes.sol";
import {JournalHead, SourceState} from "../../edge/IEdge.sol";

/// @title Witnesses of the ledger's journal at a vault, and quarantines of the edge
/// @notice `IHeadWitness` says what a witness is, `IVaultReleases` what a vault makes of it.
/// @dev Available at the vault's own address; errors and events are those of `IVaultCore`. Liveness: quarantines end by
///      themselves; confirm, mark and noteAhead are open to anyone.
interface IVaultWitnesses {
    /// @notice Compares the head at a mark, or the replica's own, with a witness's record.
    /// @param witness slot, 0 … 3
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @dev In steps if long: each step's head is a mark for the one before it.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on; none if the count is the replica's
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Puts the edge into quarantine: no batch, and no payment above the confirmed count. [guardian]
    /// @dev It expires by itself. It may be extended once; the next quarantine may begin 72 h after the end of the previous
    ///      one.
    /// @param until time in seconds, at most 72 h ahead
    function quarantine(uint40 until) external;

    /// @notice Records that the verifier is in recovery: no payment above the confirmed count until it ends.
    /// @dev Lasts at most 72 h, so that a withdrawn recovery blocks nothing for longer; anyone may renew it.
    function noteRecovery() external;

    /// @notice Sets or removes the witness of a slot. [governor]
    /// @dev A new one counts again, whatever its predecessor showed, and has confirmed nothing yet; the confirmed count stays.
    /// @param witness slot, 0 … 3
    /// @param at an `IHeadWitness` of this chain that answers within 27,500 gas, 0 to remove; never below the number that must confirm
    /// @param conflicts true if it waits for finality, so that another head is a conflict
    function setWitness(uint8 witness, address at, bool conflicts) external;

    /// @notice Sets how many witnesses must confirm a count. [governor]
    /// @param m at most the number that is set; 0 only on a development chain
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

    /// @notice Records that a witness has a count that the replica has not reached. Anyone may.
    /// @dev Statements that deny the tip keep an edge fresh without replaying anything. Once as many witnesses as must
    ///      confirm, and two at least, have stood on record for 30 days, such statements are no news: the exit may be announced,
    ///      and the announcement stands until statements reach those counts. One witness alone opens nothing. A rewind, or another
    ///      witness in the slot, restarts this.
    /// @param witness slot, 0 … 3, of a witness that counts
    /// @param count number of entries, above that to which statements carried the replica
    function noteAhead(uint8 witness, uint64 count) external;

    /// @notice Returns the record of a witness that is ahead of all statements, 0 if there is none.
    /// @param witness slot, 0 … 3
    function aheadOf(uint8 witness) external view returns (uint64 count, uint40 since);
}

/// @title Rewinding a vault's replica of the ledger's journal, and losses that the ledger reports
/// @notice If attesters signed entries that the ledger never journaled, or the settlement chain broke its finality, the
///         replica is rewound to the last point at which it agrees with the journal, under a new name. The ledger is not involved.
///         `ILedgerRewind` is the other end's interface, and explains names.
/// @dev Available at the vault's own address. During a rewind no statement is accepted, and no payment above the point is
///      executed, stopped or given back. Entries above the point are unwound, the last one first:
///      RELEASE, queued or claimable: VOID, and no longer owed.
///      RELEASE, paid: VOID; its amount is accounted for again, and therefore missing. A later release of the same bytes counts as
///      paid by it, without a transfer. An amount that nothing settles lowers the asset's coverage like any other shortage.
///      RELEASE, stopped: VOID unless a REFUND of it is journaled; otherwise it stays stopped. A release of the same number, asset,
///      amount and account that comes later stays stopped too, though another entry had the number in between (`Stopped`, "refunded
///      before"). LOST: VOID. A taken loss is undone: lost units are no longer accounted for, found units are again. A void entry
///      frees its part of the fast limit, and nothing waits behind it; its place in its lane is not freed.
interface IVaultRewind {
    /// @notice The edge is not in a quarantine that a rewind could extend.
    error EdgeNotQuarantined(bytes32 edge, SourceState state);

    /// @notice The quarantine of the edge lasts until a day after a scheduled rewind is ready.
    /// @param operation the rewind's name at the governor
    event HeldForRewind(bytes32 indexed edge, bytes32 indexed operation);
    /// @notice A replica is being rewound: it will reach `count` under the name `next`.
    event Rewinding(bytes32 indexed edge, bytes32 indexed next, uint64 count, bytes32 head);
    /// @notice The entries after `count` are unwound.
    event Unwound(uint64 count);
    /// @notice The replica has reached its point: statements carry the name `edge` from now on.
    /// @param generation how often the replica was rewound
    event EdgeOpened(bytes32 indexed edge, bytes32 indexed previous, uint32 generation);
    /// @notice A payment is void: its release was unwound.
    /// @param due token units that are no longer owed
    event Voided(uint96 indexed seq, uint256 due);
    /// @notice A payment had been made for a release that was unwound: its amount is accounted again, and missing.
    event PaidPastPoint(uint96 indexed seq, uint16 indexed asset, uint256 amount);
    /// @notice A release is paid by a payment that was made for one of the same bytes and unwound.
    event Settled(uint96 indexed seq, uint256 amount);

    /// @notice Begins to rewind the replica of the ledger's journal. [governor]
    /// @dev `point.edge` must be the name that the replica takes at the point: with the next generation and `point.head`. The
    ///      replica must hold the point: as its own head, as a mark of this generation (`IVaultWitnesses.mark`), or as its
    ///      beginning. Refused while an exit is open. An announced exit stays announced, but must be proven again in the point's
    ///      block.
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function rewind(JournalHead calldata point, bytes calldata sigs) external;

    /// @notice Returns the name that the replica would get at a point, if `rewind` would accept the point now.
    /// @dev The timelock uses it to identify what k attesters signed: an operation cancelled twice cannot be cancelled a third
    ///      time.
    function rewindContentOf(JournalHead calldata point, bytes calldata sigs) external view returns (bytes32);

    /// @notice Lets a quarantine last until a day after a rewind that is scheduled at the governor is ready, so that nothing thaws before.
    /// @dev Anyone may. The rewind is an operation of one call, with the arguments given here, encoded as the ABI has it. Anyone does it
    ///      again for a later operation.
    /// @param predecessor of the operation
    /// @param salt of the operation
    function holdForRewind(JournalHead calldata point, bytes calldata sigs, bytes32 predecessor, bytes32 salt) external;

    /// @notice Ends such a hold after the operation was cancelled or expired: a quarantine that would be over ends in a day.
    /// @dev Anyone may.
    function letGo() external;

    /// @notice Unwinds the last remaining entries above the point; after the last of them the replica opens under its next
    ///         name.
    /// @dev Anyone may. If the replica is already at the point, a call without entries opens it.
    /// @param headBefore head before the first of them
    /// @param entries packed entries that end where the step before began
    function unwind(bytes32 headBefore, bytes calldata entries) external;

    /// @notice Judges a release that is replayed after a rewind: one that was stopped before stays so, and one that was paid before is
    ///         paid. [the vault itself]
    /// @param seq number of the release
    /// @param packed the packed entry
    /// @return settled whether nothing is left to do for it
    function settleAgain(uint96 seq, bytes calldata packed) external returns (bool settled);

    /// @notice Returns how many payments were made for releases of these bytes, were unwound, and settle no release yet.
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

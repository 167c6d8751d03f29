// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EntryCodec} from "./EntryCodec.sol";
import {IEdge, SourceState} from "./IEdge.sol";

/// @notice A reader's copy of one journal.
/// @dev Slot +0: head. Slot +1, from the lowest bit: count u64 (0–63), confirmed u64 (64–127), asOf u40 (128–167),
///      acceptedAt u40 (168–207), state u8 (208–215), generation u32 (216–247). Slot +2: anchor. Slot +3: marks.
///      Slot +4: confirmedBy.
/// @param head commits to every entry applied so far; the edge's name while count is 0
/// @param count entries applied so far
/// @param confirmed the m-th highest count that witnesses confirmed; only a rewind lowers it
/// @param asOf origin block time in seconds of the newest accepted statement at its count; never falls
/// @param acceptedAt own block time in seconds at which `asOf` was last set
/// @param state see `SourceState`
/// @param generation how often the replica was rewound
/// @param anchor origin block hash of the last accepted statement
/// @param marks generation · 2^64 + count → head, kept for witnesses and for rewinds
/// @param confirmedBy four 64-bit lanes: highest confirmed count per witness
struct Replica {
    bytes32 head;
    uint64 count;
    uint64 confirmed;
    uint40 asOf;
    uint40 acceptedAt;
    SourceState state;
    uint32 generation;
    bytes32 anchor;
    mapping(uint96 key => bytes32 head) marks;
    uint256 confirmedBy;
}

/// @title The storage of replicas
library ReplicaLib {
    /// @notice ERC-7201 root of the namespace "surety.replica".
    /// @dev keccak256(abi.encode(uint256(keccak256("surety.replica")) - 1)) & ~bytes32(uint256(0xff)); tested.
    bytes32 internal constant NAMESPACE = 0x2a88bf9f6fa7601daf6610cda3966cfc24671115cb5296db3dae9297721a6800;

    /// @notice The replica of this edge already exists.
    error ReplicaExists(bytes32 edge, uint64 count);

    /// @notice Returns the first slot of the edge's replica: keccak256(edge ‖ NAMESPACE).
    /// @param edge name of the edge
    function slotOf(bytes32 edge) internal pure returns (bytes32 slot) {
        return keccak256(abi.encode(edge, NAMESPACE));
    }

    /// @notice Returns the storage of the edge's replica.
    /// @param edge name of the edge
    function locate(bytes32 edge) internal pure returns (Replica storage replica) {
        bytes32 slot = slotOf(edge);
        assembly ("memory-safe") {
            replica.slot := slot
        }
    }

    /// @notice Opens the replica: its head is the edge's name, its state LIVE, and no statement was accepted yet.
    /// @param edge first name of the edge
    function open(bytes32 edge) internal {
        Replica storage replica = locate(edge);
        if (replica.head != 0) revert ReplicaExists(edge, replica.count);
        replica.head = edge;
        replica.state = SourceState.LIVE;
    }

    /// @notice Returns the head that is stored for a count in the present generation, 0 for none.
    /// @param replica to ask
    /// @param count number of entries
    function markOf(Replica storage replica, uint64 count) internal view returns (bytes32) {
        return replica.marks[_keyOf(replica, count)];
    }

    /// @notice Stores the head at a count of the present generation.
    /// @param replica to store at
    /// @param count number of entries
    /// @param head at that count
    function mark(Replica storage replica, uint64 count, bytes32 head) internal {
        replica.marks[_keyOf(replica, count)] = head;
    }

    /// @notice Returns the head that the replica knows at a count: its own, or a stored mark.
    /// @param replica to ask
    /// @param count number of entries
    function headAt(Replica storage replica, uint64 count) internal view returns (bytes32 head) {
        uint64 end = replica.count;
        head = count == end ? replica.head : markOf(replica, count);
        if (head == 0 || count > end) revert IEdge.MarkMissing(count);
    }

    /// @notice Stores the head at a count if entries lead from it to a head that the replica knows.
    /// @param replica to store at
    /// @param count number of entries, above 0
    /// @param head at that count
    /// @param entries packed entries from that count on
    function markBy(Replica storage replica, uint64 count, bytes32 head, bytes calldata entries) internal {
        uint256 end = count + EntryCodec.countOf(entries);
        if (count == 0 || end > replica.count) revert IEdge.MarkOutOfRange(count, 0, replica.count);
        (bytes32 reached, bytes32 known) = (EntryCodec.fold(head, entries), headAt(replica, uint64(end)));
        if (reached != known) revert IEdge.HeadMismatch(reached, known);
        mark(replica, count, head);
    }

    function _keyOf(Replica storage replica, uint64 count) private view returns (uint96) {
        return (uint96(replica.generation) << 64) | count;
    }
}

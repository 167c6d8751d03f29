// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EntryCodec} from "./EntryCodec.sol";
import {Journal, JournalLib} from "./JournalLib.sol";
import {Replica, ReplicaLib} from "./ReplicaLib.sol";

/// @notice An edge on its way to its next generation, as it lies in the storage of one of its two ends.
/// @param next name of the edge that takes its place, 0 before
/// @param previous name of the edge whose place it took, 0 for generation 0
/// @param head at `count`
/// @param count how far the way has come: at a replica it falls to the point, at a journal it rises to the journal's end
/// @param point count at which the generation ends
/// @param heldUntil what the end had to keep meanwhile: at a vault the end of its quarantine in seconds
/// @param assets how many assets were gone through after the last entry
/// @param done the next generation is open
/// @param marks count → head, on the way to a journal's end
struct Crossing {
    bytes32 next;
    bytes32 previous;
    bytes32 head;
    uint64 count;
    uint64 point;
    uint40 heldUntil;
    uint16 assets;
    bool done;
    mapping(uint64 count => bytes32 head) marks;
}

/// @title Closing an edge at a point, and opening its next generation
/// @notice A replica goes back from its head to the point; a journal goes on from the point to its end, entry by entry, in steps.
/// @dev Safety: a step acts on no entry before the entries were shown to lead to a head that this end holds, so what is undone
///      was applied and what is appended again was appended. A head names the edge and all entries before it, so the two ends
///      agree on the next edge's name if and only if they name the same point.
library GenerationLib {
    /// @notice ERC-7201 root of the namespace "surety.generation".
    /// @dev keccak256(abi.encode(uint256(keccak256("surety.generation")) - 1)) & ~bytes32(uint256(0xff)); tested.
    bytes32 internal constant NAMESPACE = 0x5da95ba5114da5f75dfaebf162f1517a2f250ddfdc96364262fb97bb98a8ca00;

    /// @notice The edge's next generation was named already.
    error EdgeCrossed(bytes32 edge, bytes32 next);
    /// @notice The edge is not on its way to a next generation.
    error EdgeNotCrossing(bytes32 edge);
    /// @notice The head at this count is none that this end holds: mark it first, or the point is no prefix.
    error PointUnknown(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The step goes past the point at which the generation ends.
    error StepPastPoint(bytes32 edge, uint256 entries, uint64 left);

    /// @notice Gives the first slot of the edge's crossing: keccak256(edge ‖ NAMESPACE).
    /// @param edge name of the edge
    function slotOf(bytes32 edge) internal pure returns (bytes32 slot) {
        return keccak256(abi.encode(edge, NAMESPACE));
    }

    /// @notice Gives the storage of the edge's crossing.
    /// @param edge name of the edge
    function locate(bytes32 edge) internal pure returns (Crossing storage crossing) {
        bytes32 slot = slotOf(edge);
        assembly ("memory-safe") {
            crossing.slot := slot
        }
    }

    /// @notice Begins to close a replica at a point that lies on it: its own head, a stored mark, or its beginning.
    /// @param edge name of the replica's edge
    /// @param next name of the edge that takes its place
    /// @param count number of entries up to the point
    /// @param head head at `count`
    function close(
        bytes32 edge,
        bytes32 next,
        uint64 count,
        bytes32 head
    ) internal returns (Crossing storage crossing) {
        crossing = _begin(edge, next);
        Replica storage replica = ReplicaLib.locate(edge);
        bytes32 known = count == replica.count ? replica.head : (count == 0 ? edge : replica.marks[count]);
        if (known == 0 || head != known || count > replica.count) revert PointUnknown(edge, count, head);
        (crossing.head, crossing.count, crossing.point) = (replica.head, replica.count, count);
    }

    /// @notice Takes the last entries of what is left past the point.
    /// @param edge name of the replica's edge
    /// @param headBefore head before the first of them
    /// @param entries packed entries that lead from it to where the way has come
    /// @return before number of the entry before the first of them
    function retreat(bytes32 edge, bytes32 headBefore, bytes calldata entries) internal returns (uint64 before) {
        Crossing storage crossing = _underWay(edge);
        uint256 length = EntryCodec.countOf(entries);
        uint64 left = crossing.count - crossing.point;
        if (length > left) revert StepPastPoint(edge, length, left);
        if (length == 0) return crossing.count;
        if (EntryCodec.fold(headBefore, entries) != crossing.head) {
            revert PointUnknown(edge, crossing.count, crossing.head);
        }
        before = crossing.count - uint64(length);
        (crossing.head, crossing.count) = (headBefore, before);
    }

    /// @notice Begins to open a journal's next generation after a point, which the first step must show to lie on it.
    /// @param edge name of the journal's edge
    /// @param next name of the edge that takes its place
    /// @param count number of entries up to the point
    /// @param head head at `count`
    function open(bytes32 edge, bytes32 next, uint64 count, bytes32 head) internal returns (Crossing storage crossing) {
        crossing = _begin(edge, next);
        Journal storage journal = JournalLib.locate(edge);
        if (JournalLib.isFilling(journal)) revert JournalLib.JournalNotOpen(journal.head);
        if (count > journal.count) revert PointUnknown(edge, count, head);
        (crossing.head, crossing.count, crossing.point) = (head, count, count);
        JournalLib.close(journal);
        JournalLib.open(next, journal.generation + 1);
        JournalLib.setFilling(JournalLib.locate(next), true);
    }

    /// @notice Gives the edge whose journal is to be gone through: the one before while its next generation fills.
    /// @param edge name of the journal's edge as it is now
    function filledFrom(bytes32 edge) internal view returns (bytes32) {
        return JournalLib.isFilling(JournalLib.locate(edge)) ? locate(edge).previous : edge;
    }

    /// @notice Ends the way of a journal once it has come to its end.
    /// @param edge name of the journal's edge
    /// @return done whether it has
    function finish(bytes32 edge) internal returns (bool done) {
        Crossing storage crossing = locate(edge);
        Journal storage journal = JournalLib.locate(edge);
        if (crossing.count != journal.count) return false;
        crossing.done = true;
        JournalLib.setFilling(JournalLib.locate(crossing.next), false);
        return true;
    }

    /// @notice Takes the next entries that are to be appended again.
    /// @param edge name of the journal's edge
    /// @param entries packed entries from where the way has come, up to a mark or the journal's end
    /// @return before number of the entry before the first of them
    function advance(bytes32 edge, bytes calldata entries) internal returns (uint64 before) {
        Crossing storage crossing = _underWay(edge);
        before = crossing.count;
        uint64 end = before + uint64(EntryCodec.countOf(entries));
        bytes32 reached = EntryCodec.fold(crossing.head, entries);
        if (reached != _knownAt(crossing, edge, end)) revert PointUnknown(edge, end, reached);
        (crossing.head, crossing.count) = (reached, end);
    }

    /// @notice Stores a head of a journal, if the entries lead from it to one that is known: so a long journal goes on in steps.
    /// @param edge name of the journal's edge
    /// @param count number of entries
    /// @param head head at `count`
    /// @param entries packed entries from that count on, up to a mark or the journal's end
    function mark(bytes32 edge, uint64 count, bytes32 head, bytes calldata entries) internal {
        Crossing storage crossing = locate(edge);
        uint64 end = count + uint64(EntryCodec.countOf(entries));
        bytes32 reached = EntryCodec.fold(head, entries);
        if (reached != _knownAt(crossing, edge, end)) revert PointUnknown(edge, end, reached);
        crossing.marks[count] = head;
    }

    function _begin(bytes32 edge, bytes32 next) private returns (Crossing storage crossing) {
        crossing = locate(edge);
        if (crossing.next != 0) revert EdgeCrossed(edge, crossing.next);
        crossing.next = next;
        locate(next).previous = edge;
    }

    function _underWay(bytes32 edge) private view returns (Crossing storage crossing) {
        crossing = locate(edge);
        if (crossing.next == 0 || crossing.done) revert EdgeNotCrossing(edge);
    }

    /// @dev The journal's head, or one that was marked; it only grows, so a mark stays on it. 0 for none.
    function _knownAt(Crossing storage crossing, bytes32 edge, uint64 count) private view returns (bytes32 head) {
        Journal storage journal = JournalLib.locate(edge);
        head = count == journal.count ? journal.head : crossing.marks[count];
        // No head is 0, so neither is what entries reach.
    }
}

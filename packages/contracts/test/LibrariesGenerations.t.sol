// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {Crossing, GenerationLib} from "../solidity/libraries/GenerationLib.sol";
import {Journal, JournalLib} from "../solidity/libraries/JournalLib.sol";
import {Replica, ReplicaLib} from "../solidity/libraries/ReplicaLib.sol";

/// @notice The way of an edge of three entries to its next generation, at each of its ends.
contract LibrariesGenerationsTest is Test {
    bytes32 private constant EDGE = keccak256("an edge");
    bytes32 private constant NEXT = keccak256("the next edge");
    bytes32 private constant OTHER = keccak256("another head");

    bytes private packed;
    bytes32[] private heads;

    function setUp() public {
        heads.push(EDGE);
        for (uint8 i = 1; i <= 3; ++i) {
            Entry memory entry = Entry(i, 2, 3, bytes32(uint256(4)), bytes32(uint256(5)), 6);
            packed = bytes.concat(packed, EntryCodec.pack(entry));
            heads.push(EntryCodec.extend(heads[i - 1], entry));
        }
    }

    // A replica, back to the point

    function test_a_replica_is_closed_at_its_head_a_mark_or_its_beginning() public {
        uint256 snapshot = _openReplica();
        uint64[3] memory points = [uint64(3), 1, 0];
        for (uint256 i = 0; i < 3; ++i) {
            this.close(points[i], heads[points[i]]);
            _expectCrossing(heads[3], 3, points[i]);
            vm.revertToState(snapshot);
        }
    }

    function test_a_replica_is_closed_at_no_other_point() public {
        _openReplica();
        // Past the end, and marked all the same.
        ReplicaLib.locate(EDGE).marks[4] = OTHER;
        uint64[4] memory points = [uint64(2), 2, 1, 4];
        bytes32[4] memory named = [heads[2], bytes32(0), OTHER, OTHER];
        for (uint256 i = 0; i < 4; ++i) {
            _expectUnknown(points[i], named[i]);
            this.close(points[i], named[i]);
        }
    }

    function test_an_edge_has_one_next_generation() public {
        _openReplica();
        this.close(3, heads[3]);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeCrossed.selector, EDGE, NEXT));
        this.close(3, heads[3]);
    }

    function test_a_replica_goes_back_to_its_point_and_no_further() public {
        _openReplica();
        _expectNotCrossing();
        this.retreat(heads[2], _entries(2, 3));
        this.close(1, heads[1]);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.StepPastPoint.selector, EDGE, 3, 2));
        this.retreat(heads[0], _entries(0, 3));
        _expectUnknown(3, heads[3]);
        this.retreat(OTHER, _entries(2, 3));
        assertEq(this.retreat(OTHER, ""), 3, "no step");
        _expectCrossing(heads[3], 3, 1);
        assertEq(this.retreat(heads[2], _entries(2, 3)), 2);
        _expectCrossing(heads[2], 2, 1);
        assertEq(this.retreat(heads[1], _entries(1, 2)), 1);
        _expectCrossing(heads[1], 1, 1);
    }

    // A journal, on to its end

    function test_a_journal_that_is_opened_again_is_closed_and_the_next_one_fills() public {
        _openJournal();
        assertEq(this.filledFrom(EDGE), EDGE);
        this.open(1, heads[1]);
        _expectCrossing(heads[1], 1, 1);
        assertEq(this.filledFrom(NEXT), EDGE);
        Journal storage next = JournalLib.locate(NEXT);
        assertEq(
            abi.encode(next.head, next.count, next.generation, next.lastAppend),
            abi.encode(NEXT, 0, 5, block.timestamp)
        );
        vm.expectRevert(abi.encodeWithSelector(JournalLib.JournalNotOpen.selector, heads[3]));
        this.append(EDGE);
        vm.expectRevert(abi.encodeWithSelector(JournalLib.JournalNotOpen.selector, NEXT));
        this.append(NEXT);
    }

    function test_a_journal_is_not_opened_again_past_its_end_or_while_it_fills() public {
        uint256 snapshot = _openJournal();
        _expectUnknown(4, OTHER);
        this.open(4, OTHER);
        this.open(3, heads[3]);
        vm.revertToState(snapshot);
        JournalLib.setFilling(JournalLib.locate(EDGE), true);
        vm.expectRevert(abi.encodeWithSelector(JournalLib.JournalNotOpen.selector, heads[3]));
        this.open(1, heads[1]);
    }

    function test_a_journal_is_gone_through_from_mark_to_mark_up_to_its_end() public {
        _openJournal();
        this.open(1, heads[1]);
        _expectUnknown(2, heads[2]);
        this.advance(_entries(1, 2));
        bytes32 reached = EntryCodec.extend(OTHER, this.entryAt(packed, 2));
        _expectUnknown(3, reached);
        this.mark(2, OTHER, _entries(2, 3));
        this.mark(2, heads[2], _entries(2, 3));
        assertEq(this.advance(_entries(1, 2)), 1);
        _expectCrossing(heads[2], 2, 1);
        assertFalse(this.finish());
        assertEq(this.filledFrom(NEXT), EDGE, "one entry is to come");
        assertEq(this.advance(_entries(2, 3)), 2);
        _expectCrossing(heads[3], 3, 1);
        assertTrue(this.finish());
        assertEq(this.filledFrom(NEXT), NEXT);
        this.append(NEXT);
        _expectNotCrossing();
        this.advance("");
    }

    // The library, one frame further down

    function close(uint64 count, bytes32 head) external {
        GenerationLib.close(EDGE, NEXT, count, head);
    }

    function retreat(bytes32 headBefore, bytes calldata entries) external returns (uint64) {
        return GenerationLib.retreat(EDGE, headBefore, entries);
    }

    function open(uint64 count, bytes32 head) external {
        GenerationLib.open(EDGE, NEXT, count, head);
    }

    function advance(bytes calldata entries) external returns (uint64) {
        return GenerationLib.advance(EDGE, entries);
    }

    function mark(uint64 count, bytes32 head, bytes calldata entries) external {
        GenerationLib.mark(EDGE, count, head, entries);
    }

    function finish() external returns (bool) {
        return GenerationLib.finish(EDGE);
    }

    function filledFrom(bytes32 edge) external view returns (bytes32) {
        return GenerationLib.filledFrom(edge);
    }

    function append(bytes32 edge) external {
        JournalLib.append(JournalLib.locate(edge), 1, 2, 3, 0, 0, 0);
    }

    function entryAt(bytes calldata entries, uint256 index) external pure returns (Entry memory) {
        return EntryCodec.entryAt(entries, index);
    }

    /// @dev No call of its own, since these stand behind what a call is expected to do.
    function _entries(uint256 from, uint256 to) private view returns (bytes memory entries) {
        entries = new bytes((to - from) * EntryCodec.LENGTH);
        for (uint256 i = 0; i < entries.length; ++i) entries[i] = packed[from * EntryCodec.LENGTH + i];
    }

    /// @dev A replica at its third entry, the first of them marked.
    function _openReplica() private returns (uint256 snapshot) {
        ReplicaLib.open(EDGE, 4);
        Replica storage replica = ReplicaLib.locate(EDGE);
        (replica.head, replica.count, replica.marks[1]) = (heads[3], 3, heads[1]);
        return vm.snapshotState();
    }

    function _openJournal() private returns (uint256 snapshot) {
        JournalLib.open(EDGE, 4);
        Journal storage journal = JournalLib.locate(EDGE);
        (journal.head, journal.count) = (heads[3], 3);
        return vm.snapshotState();
    }

    function _expectUnknown(uint64 count, bytes32 head) private {
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, EDGE, count, head));
    }

    function _expectNotCrossing() private {
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, EDGE));
    }

    function _expectCrossing(bytes32 head, uint64 count, uint64 point) private view {
        Crossing storage crossing = GenerationLib.locate(EDGE);
        assertEq(
            abi.encode(crossing.next, crossing.head, crossing.count, crossing.point),
            abi.encode(NEXT, head, count, point)
        );
        assertEq(GenerationLib.locate(NEXT).previous, EDGE);
    }
}

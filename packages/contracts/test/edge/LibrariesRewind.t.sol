// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {IEdge} from "../../solidity/edge/IEdge.sol";
import {Replica, ReplicaLib} from "../../solidity/edge/ReplicaLib.sol";
import {Rewind, RewindLib} from "../../solidity/edge/RewindLib.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";

/// @notice The way back of a replica of three entries, which was rewound four times before.
contract LibrariesRewindTest is Test {
    bytes32 private constant EDGE = keccak256("an edge");
    bytes32 private constant NAME = keccak256("the present name");
    bytes32 private constant NEXT = keccak256("the next name");
    bytes32 private constant OTHER = keccak256("another head");
    bytes32 private constant ANCHOR = keccak256("a block");

    bytes private packed;
    bytes32[] private heads;

    function setUp() public {
        heads.push(EDGE);
        for (uint8 i = 1; i <= 3; ++i) {
            Entry memory entry = Entry(i, 2, 3, bytes32(uint256(4)), bytes32(uint256(5)), 6);
            packed = bytes.concat(packed, EntryCodec.pack(entry));
            heads.push(EntryCodec.extend(heads[i - 1], entry));
        }
        ReplicaLib.open(EDGE);
        Replica storage replica = ReplicaLib.locate(EDGE);
        (replica.head, replica.count, replica.generation) = (heads[3], 3, 4);
        ReplicaLib.mark(replica, 1, heads[1]);
        RewindLib.locate(EDGE).name = NAME;
    }

    function test_a_rewind_lies_where_its_description_says() public {
        Rewind storage rewind = RewindLib.locate(EDGE);
        (rewind.name, rewind.next, rewind.head) = (bytes32(uint256(1)), bytes32(uint256(2)), bytes32(uint256(3)));
        (rewind.count, rewind.point, rewind.heardAt, rewind.heldUntil) = (4, 5, 6, 7);
        uint256 base = uint256(keccak256(abi.encodePacked(EDGE, RewindLib.NAMESPACE)));
        for (uint256 i = 0; i < 3; ++i) assertEq(uint256(vm.load(address(this), bytes32(base + i))), i + 1);
        assertEq(
            uint256(vm.load(address(this), bytes32(base + 3))),
            4 | (5 << 64) | (uint256(6) << 128) | (uint256(7) << 168)
        );
    }

    function test_a_name_is_the_first_one_until_the_first_rewind() public {
        Replica storage replica = ReplicaLib.locate(EDGE);
        assertEq(RewindLib.nameOf(EDGE, replica), NAME);
        replica.generation = 0;
        assertEq(RewindLib.nameOf(EDGE, replica), EDGE);
    }

    function test_a_replica_is_rewound_to_its_head_a_mark_or_its_beginning() public {
        uint256 snapshot = vm.snapshotState();
        uint64[3] memory points = [uint64(3), 1, 0];
        for (uint256 i = 0; i < 3; ++i) {
            this.begin(_pointOf(points[i], heads[points[i]]), "signed");
            _expectRewind(heads[3], 3, points[i]);
            assertEq(ReplicaLib.locate(EDGE).anchor, ANCHOR);
            vm.revertToState(snapshot);
        }
    }

    function test_a_point_is_signed_in_time_under_the_next_name_and_within_its_tip() public {
        JournalHead memory point = _pointOf(3, heads[3]);
        point.tip = 2;
        vm.expectRevert(abi.encodeWithSelector(IEdge.PointPastTip.selector, 3, 2));
        this.begin(point, "signed");
        (point.tip, point.edge) = (4, NAME);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, NAME, NEXT));
        this.begin(point, "signed");
        (point.edge, point.asOf) = (NEXT, uint64(block.timestamp + 121));
        vm.expectRevert(abi.encodeWithSelector(IEdge.AsOfAhead.selector, point.asOf, block.timestamp + 120));
        this.begin(point, "signed");
        point.asOf -= 1;
        vm.expectRevert("not signed");
        this.begin(point, "forged");
        this.begin(point, "signed");
    }

    function test_a_replica_is_rewound_to_no_other_point() public {
        // Past the end, and marked all the same; and a mark of another generation.
        Replica storage replica = ReplicaLib.locate(EDGE);
        ReplicaLib.mark(replica, 4, OTHER);
        replica.generation = 5;
        ReplicaLib.mark(replica, 2, heads[2]);
        replica.generation = 4;
        uint64[6] memory points = [uint64(2), 2, 1, 4, 0, 3];
        bytes32[6] memory named = [heads[2], bytes32(0), OTHER, OTHER, heads[1], heads[2]];
        for (uint256 i = 0; i < 6; ++i) {
            _expectUnknown(points[i], named[i]);
            this.begin(_pointOf(points[i], named[i]), "signed");
        }
    }

    function test_one_rewind_runs_at_a_time() public {
        this.begin(_pointOf(3, heads[3]), "signed");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindRunning.selector, EDGE, NEXT));
        this.begin(_pointOf(3, heads[3]), "signed");
    }

    function test_a_replica_goes_back_to_its_point_and_no_further() public {
        _expectNotRunning();
        this.retreat(heads[2], _entries(2, 3));
        this.begin(_pointOf(1, heads[1]), "signed");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.StepPastPoint.selector, EDGE, 3, 2));
        this.retreat(heads[0], _entries(0, 3));
        _expectUnknown(3, heads[3]);
        this.retreat(OTHER, _entries(2, 3));
        _expectUnknown(3, heads[3]);
        this.retreat(heads[1], _entries(1, 2));
        bytes memory torn = bytes.concat(_entries(2, 3), hex"00");
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 96, 95));
        this.retreat(heads[2], torn);
        assertEq(this.retreat(OTHER, ""), 3, "no step");
        _expectRewind(heads[3], 3, 1);
        assertEq(this.retreat(heads[2], _entries(2, 3)), 2);
        _expectRewind(heads[2], 2, 1);
        assertEq(this.retreat(heads[1], _entries(1, 2)), 1);
        _expectRewind(heads[1], 1, 1);
    }

    function test_at_its_point_a_replica_has_its_next_name_and_nothing_past_it_is_confirmed() public {
        Replica storage replica = ReplicaLib.locate(EDGE);
        (replica.confirmed, replica.confirmedBy, replica.asOf) = (3, type(uint256).max, 8);
        RewindLib.locate(EDGE).heardAt = 9;
        this.begin(_pointOf(1, heads[1]), "signed");
        this.retreat(heads[1], _entries(1, 3));
        (bytes32 name, bytes32 previous, uint32 generation) = this.finish();
        assertEq(abi.encode(name, previous, generation), abi.encode(NEXT, NAME, 5));
        assertEq(RewindLib.nameOf(EDGE, replica), NEXT);
        assertEq(abi.encode(replica.head, replica.count, replica.generation), abi.encode(heads[1], 1, 5));
        assertEq(abi.encode(replica.confirmed, replica.confirmedBy, replica.asOf), abi.encode(1, 0, 8));
        assertEq(ReplicaLib.markOf(replica, 1), 0);
        assertEq(RewindLib.locate(EDGE).heardAt, 0);
        _expectNotRunning();
        this.retreat(heads[0], "");
    }

    // The library, one frame further down

    function begin(JournalHead calldata point, bytes calldata sigs) external {
        RewindLib.begin(EDGE, NEXT, address(this), point, sigs);
    }

    /// @dev The verifier, which takes whatever comes with these bytes.
    function verifyHead(JournalHead calldata, bytes calldata sigs) external pure {
        require(keccak256(sigs) == keccak256("signed"), "not signed");
    }

    function retreat(bytes32 headBefore, bytes calldata entries) external returns (uint64) {
        return RewindLib.retreat(EDGE, headBefore, entries);
    }

    function finish() external returns (bytes32, bytes32, uint32) {
        return RewindLib.finish(EDGE);
    }

    /// @dev No call of its own, since these stand behind what a call is expected to do.
    function _entries(uint256 from, uint256 to) private view returns (bytes memory entries) {
        entries = new bytes((to - from) * EntryCodec.LENGTH);
        for (uint256 i = 0; i < entries.length; ++i) entries[i] = packed[from * EntryCodec.LENGTH + i];
    }

    function _pointOf(uint64 count, bytes32 head) private view returns (JournalHead memory point) {
        (point.edge, point.count, point.tip, point.head) = (NEXT, count, count, head);
        (point.blockHash, point.asOf) = (ANCHOR, uint64(block.timestamp));
    }

    function _expectUnknown(uint64 count, bytes32 head) private {
        vm.expectRevert(abi.encodeWithSelector(RewindLib.PointUnknown.selector, EDGE, count, head));
    }

    function _expectNotRunning() private {
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotRunning.selector, EDGE));
    }

    function _expectRewind(bytes32 head, uint64 count, uint64 point) private view {
        Rewind storage rewind = RewindLib.locate(EDGE);
        assertEq(
            abi.encode(rewind.next, rewind.head, rewind.count, rewind.point),
            abi.encode(NEXT, head, count, point)
        );
        assertEq(
            abi.encode(rewind.name, ReplicaLib.locate(EDGE).count),
            abi.encode(NAME, 3),
            "until the point is reached"
        );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ISuretyTimelock, KindOfAct} from "../../../solidity/roles/ISuretyTimelock.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {ReplicaLib, SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {JournalHead, Statements} from "../../../solidity/edge/Statements.sol";
import {RoleHolder} from "../../../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../../../solidity/roles/SuretyTimelock.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice Who may rewind a replica, to which points, and which name it has then.
contract LedgerRewindTest is RewindFixture, LedgerReleaseFixture {
    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Who may, and what must be signed

    function test_refuses_a_rewind_of_anybody_but_the_governor() public {
        JournalHead memory point = pointOf(3);
        bytes memory sigs = sign(point);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, guardian, bytes32("governor")));
        vm.prank(guardian);
        ledger.rewind(SOURCE, point, sigs);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 99));
        vm.prank(governor);
        ledger.rewind(99, point, sigs);
    }

    function test_I6_refuses_a_rewind_without_k_signatures_of_that_statement() public {
        JournalHead memory point = pointOf(3);
        bytes memory sigs = sign(point);
        _expectRefused(point, signBy(point, 2), abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        // A statement of the same point at another block.
        JournalHead memory other = pointOf(3);
        other.blockHash = keccak256("another block");
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vm.prank(governor);
        ledger.rewind(SOURCE, other, sigs);
        other = pointOf(3);
        other.epoch = 2;
        vm.expectPartialRevert(IAttesterSet.EpochUnknown.selector);
        vm.prank(governor);
        ledger.rewind(SOURCE, other, sigs);
        endFirstEpoch();
        vm.expectPartialRevert(IAttesterSet.EpochExpired.selector);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
    }

    function test_refuses_a_statement_that_is_ahead_or_past_its_tip() public {
        JournalHead memory point = pointOf(3);
        point.asOf = uint64(START + 121);
        _expectRefused(point, sign(point), abi.encodeWithSelector(IEdge.AsOfAhead.selector, START + 121, START + 120));
        point = pointOf(3);
        point.tip = 2;
        _expectRefused(point, sign(point), abi.encodeWithSelector(IEdge.PointPastTip.selector, 3, 2));
        // At most so far ahead, and older than what is known here already: a chain that broke its finality has another clock.
        point = pointOf(3);
        (point.asOf, point.tip) = (uint64(START - 1), 9);
        _rewind(point);
        stateIs(SourceState.CLOSED);
    }

    /// @notice A halt of the present name holds nothing up that is said of the next one.
    function test_a_halted_edge_is_rewound_and_is_not_halted_under_its_next_name() public {
        bytes32 first = journal.edge;
        _halt(first);
        ledger.noteHalt(SOURCE);
        stateIs(SourceState.HALTED);
        rewindTo(3);
        stateIs(SourceState.LIVE);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToNote.selector, SOURCE, uint8(SourceState.LIVE)));
        ledger.noteHalt(SOURCE);
        _halt(journal.edge);
        ledger.noteHalt(SOURCE);
        stateIs(SourceState.HALTED);
    }

    /// @notice Behind the timelock a rewind waits for seven days at least, and the guardian's veto ends it.
    function test_the_guardian_vetoes_a_rewind_that_waits_in_the_timelock() public {
        KindOfAct[] memory slow = new KindOfAct[](1);
        slow[0] = KindOfAct(address(0), ILedgerRewind.rewind.selector);
        address[] memory proposers = new address[](1);
        proposers[0] = alice;
        SuretyTimelock timelock = new SuretyTimelock(48 hours, proposers, bob, new address[](1), slow);
        bytes memory act = abi.encodeCall(ILedgerRewind.rewind, (SOURCE, pointOf(3), sign(pointOf(3))));
        vm.startPrank(alice);
        vm.expectPartialRevert(ISuretyTimelock.DelayTooShort.selector);
        timelock.schedule(address(ledger), 0, act, 0, 0, 7 days - 1);
        timelock.schedule(address(ledger), 0, act, 0, 0, 7 days);
        vm.stopPrank();
        bytes32 id = timelock.hashOperation(address(ledger), 0, act, 0, 0);
        RoleHolder role = RoleHolder(timelock.guardian());
        vm.prank(bob);
        role.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
        vm.warp(START + 7 days);
        vm.expectRevert();
        timelock.execute(address(ledger), 0, act, 0, 0);
        stateIs(SourceState.LIVE);
    }

    // Names

    function test_I2_refuses_every_name_but_the_next_one_of_this_edge_at_this_head() public {
        bytes32 head = journal.heads[3];
        bytes32 expected = nameAt(1, head);
        bytes32[6] memory names = [
            journal.edge,
            nameAt(0, head),
            nameAt(2, head),
            nameAt(1, journal.heads[2]),
            EdgeLib.nameOf(block.chainid, address(ledger), ORIGIN, vault, 1, head),
            EdgeLib.nameOf(ORIGIN, alice, block.chainid, address(ledger), 1, head)
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            JournalHead memory point = pointOf(3);
            point.edge = names[i];
            _expectRefused(point, sign(point), abi.encodeWithSelector(IEdge.EdgeMismatch.selector, names[i], expected));
        }
        // Signed for this source, not for another one.
        SourceListing memory other = sourceListing(SOURCE + 1);
        other.vault = makeAddr("another vault");
        vm.prank(governor);
        ledger.listSource(other);
        JournalHead memory ours = pointOf(3);
        bytes memory sigs = sign(ours);
        vm.expectPartialRevert(IEdge.EdgeMismatch.selector);
        vm.prank(governor);
        ledger.rewind(SOURCE + 1, ours, sigs);
    }

    function test_a_rewind_changes_the_name_of_the_replica_alone() public {
        bytes32 first = journal.edge;
        bytes32 head = journal.heads[3];
        (bytes32 back, , ) = ledger.journalHead(SOURCE);
        JournalHead memory point = pointOf(3);
        bytes32 next = point.edge;
        bytes memory sigs = sign(point);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.CLOSED, 0, "rewinding");
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Rewinding(SOURCE, first, next, 3, head);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
        _expectRewind(0, next, 3, 3, head);
        bytes32 anchor = vm.load(address(ledger), bytes32(uint256(ReplicaLib.slotOf(first)) + 2));
        assertEq(anchor, point.blockHash, "the point's block");
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Unwound(SOURCE, 3);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.LIVE, 0, "rewound");
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.EdgeOpened(SOURCE, next, first, 1);
        vm.prank(makeAddr("anyone"));
        ledger.unwind(SOURCE, 0, "");
        _expectRewind(1, 0, 3, 3, head);
        (, bytes32 edge, bytes32 outbound) = ledger.sourceOf(SOURCE);
        assertEq(edge, next);
        assertEq(outbound, back);
        uint64 count;
        (edge, count, head, , , ) = ledger.replicaOf(SOURCE);
        assertEq(abi.encode(edge, count, head), abi.encode(next, 3, journal.heads[3]));
        (edge, , ) = ledger.journalHead(SOURCE);
        assertEq(edge, back, "the ledger's own journal takes no part");
    }

    /// @notice What was signed under a former name says nothing any more, and no signature rewinds twice.
    function test_I2_refuses_statements_of_a_former_name_and_a_point_that_was_used() public {
        bytes32 first = journal.edge;
        JournalHead memory used = pointOf(3);
        lock(USD, ONE_USD, accountOf(bob), 0);
        JournalHead memory stale = statementOf(journal, 4);
        bytes memory tail = entriesOf(journal, 3, 4);
        applyAll();
        rewindTo(3);
        _expectFormer(stale, tail, first);
        _expectRefused(
            used,
            sign(used),
            abi.encodeWithSelector(IEdge.EdgeMismatch.selector, used.edge, nameAt(2, used.head))
        );
        // A second rewind to the same point has a name of its own.
        lock(USD, ONE_USD, accountOf(bob), 0);
        stale = statementOf(journal, 4);
        applyAll();
        bytes32 second = journal.edge;
        rewindTo(3);
        assertNotEq(journal.edge, second);
        _expectFormer(stale, tail, second);
        comeAgain(tail);
        assertEq(amountOf(bob, USD), 6 * ONE_USD);
    }

    // Points

    function test_I2_refuses_a_point_that_the_replica_does_not_hold() public {
        bytes32 first = journal.edge;
        // A prefix, but nobody has shown it.
        _expectUnknown(first, pointOf(2));
        JournalHead memory point = pointOf(3);
        (point.head, point.edge) = (journal.heads[2], nameAt(1, journal.heads[2]));
        _expectUnknown(first, point);
        (point.count, point.tip) = (4, 4);
        _expectUnknown(first, point);
        (point.head, point.edge) = (0, nameAt(1, 0));
        _expectUnknown(first, point);
        // The beginning has one head.
        (point.count, point.head, point.edge) = (0, journal.heads[1], nameAt(1, journal.heads[1]));
        _expectUnknown(first, point);
        // A mark ends with its generation.
        ledger.mark(SOURCE, 2, journal.heads[2], entriesOf(journal, 2, 3));
        assertEq(ledger.markOf(SOURCE, 2), journal.heads[2]);
        rewindTo(3);
        assertEq(ledger.markOf(SOURCE, 2), 0);
        _expectUnknown(first, pointOf(2));
    }

    function test_rewinds_to_a_mark_the_head_or_the_beginning() public {
        uint64[3] memory points = [uint64(1), 3, 0];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            rewindTo(points[i]);
            (, uint64 count, bytes32 head, , , ) = ledger.replicaOf(SOURCE);
            assertEq(count, points[i]);
            assertEq(head, journal.heads[points[i]]);
            lock(USD, ONE_USD, accountOf(bob), 0);
            applyAll();
            vm.revertToState(snapshot);
        }
    }

    function test_one_rewind_runs_at_a_time() public {
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        bytes32 first = journal.edge;
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotRunning.selector, first));
        ledger.unwind(SOURCE, 0, "");
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 99));
        ledger.unwind(99, 0, "");
        begin(3);
        JournalHead memory point = pointOf(0);
        _expectRefused(
            point,
            sign(point),
            abi.encodeWithSelector(RewindLib.RewindRunning.selector, first, nameAt(1, journal.heads[3]))
        );
        unwind(3, 4);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotRunning.selector, first));
        ledger.unwind(SOURCE, 0, "");
    }

    // Helpers of the tests

    function _rewind(JournalHead memory point) private {
        bytes memory sigs = sign(point);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
    }

    function _expectRefused(JournalHead memory point, bytes memory sigs, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
    }

    function _expectUnknown(bytes32 first, JournalHead memory point) private {
        _expectRefused(
            point,
            sign(point),
            abi.encodeWithSelector(RewindLib.PointUnknown.selector, first, point.count, point.head)
        );
    }

    /// @dev Refused as a batch, and for freshness alone.
    function _expectFormer(JournalHead memory stale, bytes memory tail, bytes32 former) private {
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(stale);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, former, journal.edge));
        ledger.applyEntries(SOURCE, 3, tail, new uint64[](0), stale, sigs[0], accountOf(relayer));
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = stale;
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.EdgeUnknown.selector, former));
        ledger.refresh(statements, sigs);
    }

    function _expectRewind(uint32 generation_, bytes32 next, uint64 point, uint64 count, bytes32 head) private view {
        (uint32 g, bytes32 next_, uint64 point_, uint64 count_, bytes32 head_, uint40 heardAt) = ledger.rewindOf(
            SOURCE
        );
        assertEq(abi.encode(g, next_, point_), abi.encode(generation_, next, point));
        assertEq(abi.encode(count_, head_, heardAt), abi.encode(count, head, 0));
    }

    function _halt(bytes32 edge) private {
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), Statements.haltHashOf(edge, 0, 1));
        bytes memory sigs;
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        attesters.halt(edge, 0, 1, sigs, "test");
    }
}

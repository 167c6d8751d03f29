// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {Vm} from "forge-std/Vm.sol";
import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {IVaultRewind} from "../../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultRewindFixture} from "./VaultRewindFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice The act of a rewind: who may, what the point must be, what stands still while it runs, and what opens.
contract VaultRewindTest is VaultRewindFixture {
    // Who may, and what the point must be

    function testFuzz_nobody_but_the_governor_begins_a_rewind(address who) public {
        vm.assume(who != governor);
        replay(1);
        JournalHead memory point = pointOf(1);
        bytes memory sigs = sign(point);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, who, governor));
        vm.prank(who);
        vault.rewind(point, sigs);
    }

    function test_a_point_needs_k_signatures_of_one_accepted_epoch() public {
        replay(1);
        JournalHead memory point = pointOf(1);
        _refuse(point, signBy(point, 2), abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        bytes memory sigs = sign(point);
        point.asOf += 1;
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vm.prank(governor);
        vault.rewind(point, sigs);
        point.epoch = 2;
        vm.expectPartialRevert(IAttesterSet.EpochUnknown.selector);
        vm.prank(governor);
        vault.rewind(point, sigs);
    }

    /// @notice The name is the next one of this edge, and commits to the point's head: no other is used.
    function test_I2_a_point_carries_the_next_name_and_no_other() public {
        replay(2);
        vault.mark(1, heads[1], entriesOf(1, 2));
        bytes32 next = nameOf(1, heads[1]);
        bytes32[4] memory others = [heads[0], nameOf(2, heads[1]), nameOf(1, heads[2]), nameOf(0, heads[1])];
        for (uint256 i = 0; i < others.length; ++i) {
            JournalHead memory point = pointOf(1);
            point.edge = others[i];
            bytes memory refusal = abi.encodeWithSelector(IEdge.EdgeMismatch.selector, others[i], next);
            _refuse(point, sign(point), refusal);
        }
        JournalHead memory right = pointOf(1);
        assertEq(right.edge, next);
        beginAt(right);
    }

    function test_a_point_lies_at_most_at_its_tip() public {
        replay(1);
        JournalHead memory point = pointOf(1);
        point.tip = 0;
        _refuse(point, sign(point), abi.encodeWithSelector(IEdge.PointPastTip.selector, 1, 0));
    }

    function test_I11_a_point_is_of_the_past_or_two_minutes_ahead() public {
        replay(1);
        JournalHead memory point = pointOf(1);
        uint256 latest = block.timestamp + 120;
        point.asOf = uint64(latest + 1);
        _refuse(point, sign(point), abi.encodeWithSelector(IEdge.AsOfAhead.selector, latest + 1, latest));
        point.asOf = uint64(latest);
        beginAt(point);
    }

    /// @notice After a break of finality the chain's time may lie before what was heard of it.
    function test_a_point_may_be_older_than_what_was_heard_and_the_clock_stays() public {
        replay(1);
        (, , , uint40 asOf, uint40 acceptedAt, ) = vault.replicaState();
        JournalHead memory point = pointOf(1);
        (point.asOf, point.blockHash) = (asOf - 1 hours, "another block");
        skip(1 hours);
        beginAt(point);
        unwindTo(1);
        (, , , uint40 asOfAfter, uint40 acceptedAfter, ) = vault.replicaState();
        assertEq(abi.encode(asOfAfter, acceptedAfter), abi.encode(asOf, acceptedAt));
        assertEq(vault.exitStatus().anchor, point.blockHash);
    }

    function test_a_point_lies_on_the_replica_where_its_head_is_known() public {
        replay(3);
        _refusePoint(2, heads[2]);
        vault.mark(2, heads[2], entriesOf(2, 3));
        _refusePoint(2, heads[1]);
        _refusePoint(3, heads[2]);
        _refusePoint(4, heads[3]);
        _refusePoint(0, heads[1]);
        begin(2);
    }

    function test_a_rewind_that_runs_is_finished_before_another_begins() public {
        replay(2);
        begin(0);
        JournalHead memory point = pointOf(2);
        _refuse(
            point,
            sign(point),
            abi.encodeWithSelector(RewindLib.RewindRunning.selector, heads[0], nameOf(1, heads[0]))
        );
    }

    // What opens

    function test_a_rewind_is_told_from_its_beginning_to_its_end() public {
        replay(2);
        _assertRewind(0, 0, 0, 0, 0);
        vault.mark(1, heads[1], entriesOf(1, 2));
        bytes32 next = nameOf(1, heads[1]);
        JournalHead memory point = pointOf(1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.CLOSED, 0, "rewinding");
        vm.expectEmit(address(vault));
        emit IVaultRewind.Rewinding(heads[0], next, 1, heads[1]);
        beginAt(point);
        _assertRewind(0, next, 1, 2, heads[2]);
        assertEq(vault.inboundEdge(), heads[0], "the name is that of before");
        vm.expectEmit(address(vault));
        emit IVaultRewind.Unwound(1);
        vm.expectEmit(address(vault));
        emit IVaultRewind.EdgeOpened(next, heads[0], 1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(next, SourceState.LIVE, 0, "rewound");
        unwindTo(1);
        _assertRewind(1, 0, 1, 1, heads[1]);
        (bytes32 edge, uint64 count, bytes32 head, , , ) = vault.replicaState();
        assertEq(abi.encode(edge, count, head), abi.encode(next, 1, heads[1]));
        assertEq(vault.inboundEdge(), next);
        assertEq(next, EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[1]));
    }

    /// @notice Neither the vault's own journal nor its name takes part.
    function test_I2_the_vaults_own_journal_stays_as_it_is() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        replay(1);
        rewindTo(0);
        (bytes32 edgeAfter, uint64 countAfter, bytes32 headAfter) = vault.journalHead();
        assertEq(abi.encode(edgeAfter, countAfter, headAfter), abi.encode(edge, count, head));
        assertEq(vault.outboundEdge(), edge);
        assertEq(edge, EdgeLib.nameOf(block.chainid, address(vault), SETTLEMENT_CHAIN, ledger, 0, 0));
        lockFor(asset, token, ONE);
        (edgeAfter, countAfter, ) = vault.journalHead();
        assertEq(abi.encode(edgeAfter, countAfter), abi.encode(edge, count + 1));
    }

    function test_I2_a_statement_of_a_former_name_is_refused_for_ever() public {
        replay(2);
        JournalHead memory old = statementOf(2);
        bytes memory sigs = sign(old);
        bytes memory entries = entriesOf(0, 2);
        rewindTo(0);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, heads[0], edgeNow()));
        vault.applyReleases(0, entries, new uint64[](0), old, sigs);
        replay(1);
        rewindTo(0);
        vm.expectPartialRevert(IEdge.EdgeMismatch.selector);
        vault.applyReleases(0, entries, new uint64[](0), old, sigs);
    }

    /// @notice A name and a mark of before are of no use, and each rewind has another name, though it goes to the same point.
    function test_I2_marks_and_names_are_of_one_generation() public {
        replay(2);
        rewindTo(1);
        assertEq(vault.markOf(1), 0);
        bytes32 first = edgeNow();
        rewindTo(1);
        assertNotEq(edgeNow(), first);
        replay(1);
        _refusePoint(1, heads[1]);
    }

    function test_I6_the_point_confirms_and_witnesses_count_anew_in_whichever_place() public {
        TestWitness witness = needWitness(2);
        TestWitness other = new TestWitness();
        vm.prank(governor);
        vault.setWitness(0, address(other), true);
        limitFast();
        release(1_000 * ONE, bob, 0);
        release(600 * ONE, bob, 0);
        release(ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(2).flags & 1, 1, "it waits");
        witness.record(heads[0], 3, "another");
        vault.confirm(2, 3);
        (, uint8 counting, uint8 conflicted, uint64 confirmed) = vault.witnessPolicy();
        assertEq(abi.encode(counting, conflicted, confirmed), abi.encode(1, 4, 0));
        begin(2);
        unwindTo(2);
        (, counting, conflicted, confirmed) = vault.witnessPolicy();
        assertEq(abi.encode(counting, conflicted, confirmed), abi.encode(5, 0, 2));
        skip(3 hours);
        pay(2);
    }

    /// @notice Nothing is unwound, and k members signed all that the replica holds: it need not wait for witnesses as well.
    function test_I6_a_rewind_to_the_replicas_own_head_confirms_all_of_it() public {
        needWitness(0);
        limitFast();
        release(1_000 * ONE, bob, 0);
        release(600 * ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(2).flags & 1, 1, "it waits");
        rewindTo(2);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 2);
        skip(3 hours);
        pay(2);
    }

    function test_I6_a_lane_that_a_witness_confirmed_begins_anew() public {
        TestWitness witness = needWitness(0);
        replay(2);
        recordHead(witness, 2);
        vault.confirm(0, 2);
        rewindTo(0);
        (, uint64 lane) = vault.witnessOf(0);
        assertEq(lane, 0);
        replay(1);
        // Under the first name, for ever: the journal has no other.
        recordHead(witness, 1);
        vault.confirm(0, 1);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 1);
    }

    /// @notice A head of what was unwound is none of what is replayed in its place.
    function test_I6_marks_of_before_confirm_nothing() public {
        TestWitness witness = needWitness(0);
        replay(3);
        vault.mark(1, heads[1], entriesOf(1, 3));
        recordHead(witness, 1);
        rewindTo(0);
        release(2 * ONE, bob, 0);
        release(2 * ONE, bob, 0);
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 1));
        vault.confirm(0, 1);
    }

    function test_a_quarantine_that_a_rewind_interrupts_goes_on() public {
        replay(1);
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        begin(0);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(nameOf(1, heads[0]), SourceState.QUARANTINED, until, "rewound");
        unwindTo(0);
        assertEq(vault.quarantinedUntil(), until);
        assertEdgeState(SourceState.QUARANTINED);
    }

    function test_a_quarantine_that_ends_in_the_second_of_the_opening_is_over() public {
        replay(1);
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        begin(0);
        vm.warp(until);
        unwindTo(0);
        cutTo(0);
        release(ONE, bob, 0);
        vm.recordLogs();
        applyAll();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertNotEq(logs[i].topics[0], IVaultReleases.EdgeStateChanged.selector);
        }
    }

    function test_I14_a_refused_entry_quarantines_once_more_after_a_rewind() public {
        _refused();
        skip(73 hours);
        _refused();
        assertLt(vault.quarantinedUntil(), block.timestamp, "once in a generation");
        rewindTo(0);
        _refused();
        assertEq(vault.quarantinedUntil(), block.timestamp + 72 hours);
    }

    // Helpers of the tests

    function _refused() private {
        append(releaseEntry(asset, 0, bob, 0));
        applyAll();
    }

    function _refuse(JournalHead memory point, bytes memory sigs, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(governor);
        vault.rewind(point, sigs);
    }

    /// @dev A rightly signed point that is none of the replica's.
    function _refusePoint(uint64 count, bytes32 head) private {
        JournalHead memory point = pointOf(0);
        (point.count, point.tip, point.head) = (count, count, head);
        point.edge = nameOf(generation + 1, head);
        bytes memory refusal = abi.encodeWithSelector(RewindLib.PointUnknown.selector, heads[0], count, head);
        _refuse(point, sign(point), refusal);
    }

    function _assertRewind(uint32 times, bytes32 next, uint64 point, uint64 count, bytes32 head) private view {
        (uint32 g, bytes32 n, uint64 p, uint64 c, bytes32 h) = vault.rewindOf();
        assertEq(abi.encode(g, n, p, c, h), abi.encode(times, next, point, count, head));
    }
}

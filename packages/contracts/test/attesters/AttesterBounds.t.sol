// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "./AttesterFixture.sol";

/// @notice What no role can do to a verifier, and what evidence there is against a member that hides entries.
contract AttesterBoundsTest is AttesterFixture {
    // The newest epoch has no end

    function testFuzz_I9_the_newest_epoch_never_expires_by_time_alone(uint256 years_) public {
        vm.warp(START + bound(years_, 1, 1_000) * 365 days);
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        set.verifyHead(statement, sigs);
        uint32 next = rotateTo(makeKeys("second", 7), uint40(vm.getBlockTimestamp()) + set.ROTATION_NOTICE());
        assertEq(next, 2);
    }

    function test_an_older_epoch_ends_24_hours_after_its_successors_beginning() public {
        uint40 from = START + set.ROTATION_NOTICE();
        rotateTo(makeKeys("second", 7), from);
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        vm.warp(from + 24 hours - 1);
        set.verifyHead(statement, sigs);
        vm.warp(from + 24 hours);
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.EpochExpired.selector, 1, from + 24 hours, from + 24 hours)
        );
        set.verifyHead(statement, sigs);
        vm.warp(from + 3_650 days);
        (statement, sigs) = signedHead(2, 5);
        set.verifyHead(statement, sigs);
    }

    // Suspensions by the guardian end

    function test_I9_a_suspension_by_the_guardian_ends_after_30_days() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        _suspend(member(1, 0));
        assertEq(set.suspended(1), 1);
        assertEq(set.suspensionEnd(1), START + 30 days);
        vm.warp(START + 30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 0, member(1, 0), 1));
        set.verifyHead(statement, sigs);
        vm.warp(START + 30 days);
        set.verifyHead(statement, sigs);
        assertEq(set.suspended(1), 0);
        assertEq(set.suspensionEnd(1), 0);
        assertFalse(set.proven(member(1, 0)));
    }

    function test_a_suspension_by_evidence_does_not_end() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        _suspend(member(1, 0));
        vm.expectEmit(address(set));
        emit IAttesterSet.Suspended(1, member(1, 0), type(uint40).max);
        proveAgainst(keysOf[1][0], 1);
        assertEq(set.suspensionEnd(1), 0);
        vm.warp(START + 3_650 days);
        assertEq(set.suspended(1), 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 0, member(1, 0), 1));
        set.verifyHead(statement, sigs);
    }

    function test_I9_the_guardians_suspensions_rest_for_30_days_in_every_60() public {
        _suspend(member(1, 0));
        vm.warp(START + 20 days);
        // One round: the second ends with the first.
        _suspend(member(1, 1));
        assertEq(set.suspensionEnd(1), START + 30 days);
        vm.warp(START + 30 days);
        assertEq(set.suspended(1), 0);
        _refuseSuspension(START + 30 days);
        // Nor in an epoch that was written since.
        rotateTo(makeKeys("second", 7), START + 30 days + set.ROTATION_NOTICE());
        vm.warp(START + 60 days - 1);
        vm.prank(guardian);
        vm.expectPartialRevert(IAttesterSet.SuspensionTooSoon.selector);
        set.suspend(member(2, 3));
        vm.warp(START + 60 days);
        _suspend(member(2, 3));
        assertEq(set.suspended(2), 1 << 3);
        assertEq(set.suspensionEnd(2), START + 90 days);
    }

    function test_a_new_round_forgets_the_members_of_the_last() public {
        _suspend(member(1, 0));
        vm.warp(START + 60 days);
        _suspend(member(1, 1));
        assertEq(set.suspended(1), 1 << 1);
    }

    /// @dev Else a stolen guardian and one dishonest member would stop the verifier, which the guardian alone brings back.
    function test_I8_the_guardians_suspensions_take_no_room_from_evidence() public {
        _suspend(member(1, 2));
        _suspend(member(1, 3));
        vm.expectEmit(address(set));
        emit IAttesterSet.SuspensionLifted(1, member(1, 2));
        proveAgainst(keysOf[1][0], 1);
        assertFalse(set.stopped());
        assertEq(set.suspended(1), (1 << 0) | (1 << 3));
        // Against a member that the guardian suspended: nothing gives way.
        proveAgainst(keysOf[1][3], 1);
        assertEq(set.suspended(1), (1 << 0) | (1 << 3));
        vm.warp(START + 31 days);
        assertEq(set.suspended(1), (1 << 0) | (1 << 3));
        proveAgainst(keysOf[1][4], 1);
        assertTrue(set.stopped());
    }

    function test_a_halt_is_signed_without_whom_the_guardian_suspended() public {
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 3);
        _suspend(member(1, 0));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 0, member(1, 0), 1));
        set.halt(EDGE, 0, 1, sigs, "");
        vm.warp(START + 30 days);
        set.halt(EDGE, 0, 1, sigs, "");
    }

    // Hidden tips

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_later_statement_with_a_lower_tip_is_evidence(
        uint64 tip,
        uint64 lower,
        uint32 later,
        bool swap
    ) public {
        tip = uint64(bound(tip, 1, type(uint64).max));
        JournalHead memory a = _stated(tip, 100, START);
        JournalHead memory b = _stated(uint64(bound(lower, 0, tip - 1)), 90, START + 1 + later);
        vm.expectEmit(address(set));
        emit IAttesterSet.TipHidden(member(1, 0), EDGE, tip);
        _prove(swap ? b : a, swap ? a : b);
        assertTrue(set.proven(member(1, 0)));
        assertEq(set.suspended(1), 1);
    }

    function test_two_tips_at_one_block_or_at_a_higher_one_of_the_same_second_are_evidence() public {
        uint256 snapshot = vm.snapshotState();
        _prove(_stated(5, 100, START), _stated(4, 100, START));
        assertEq(set.suspended(1), 1);
        vm.revertToState(snapshot);
        _prove(_stated(5, 100, START), _stated(4, 101, START));
        assertEq(set.suspended(1), 1);
    }

    /// @dev What an honest attester signs at any two final blocks of one chain: heights, times and counts rise together, and
    ///      blocks of a fast chain may share a second.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I15_two_blocks_of_a_chain_whose_journal_grows_are_no_evidence(
        uint64 height,
        uint32 blocks,
        uint32 seconds_,
        uint64 tip,
        uint32 entries
    ) public {
        height = uint64(bound(height, 0, type(uint64).max - type(uint32).max));
        tip = uint64(bound(tip, 0, type(uint64).max - type(uint32).max));
        JournalHead memory a = _stated(tip, height, START);
        JournalHead memory b = blocks == 0 ? a : _stated(tip + entries, height + blocks, START + seconds_);
        _refuse(a, b);
        _refuse(b, a);
    }

    /// @dev A cut below the tip says no less of the tip than the tip's own head.
    function test_evidence_is_taken_from_cuts_as_well_and_only_of_one_edge_and_signer() public {
        JournalHead memory a = _stated(70, 100, START);
        (a.count, a.head) = (64, OTHER_HEAD);
        JournalHead memory b = _stated(64, 110, START + 12);
        b.edge = OTHER_EDGE;
        (bytes memory sigA, bytes memory sigB) = _signBoth(a, b);
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, EDGE, OTHER_EDGE, a.count, b.count)
        );
        set.prove(a, sigA, b, sigB);
        b.edge = EDGE;
        bytes memory others = signOne(keysOf[1][1], StatementHashes.hashOf(b));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoSigners.selector, member(1, 0), member(1, 1)));
        set.prove(a, sigA, b, others);
        _prove(a, b);
        assertEq(set.suspended(1), 1);
        (sigA, sigB) = _signBoth(a, b);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NothingToProve.selector, member(1, 0)));
        set.prove(a, sigA, b, sigB);
    }

    function _stated(uint64 tip, uint64 height, uint256 asOf) private pure returns (JournalHead memory) {
        bytes32 blockHash = keccak256(abi.encode("block", height));
        bytes32 head = keccak256(abi.encode("head", tip));
        return JournalHead(EDGE, tip, tip, head, height, blockHash, uint64(asOf), 1);
    }

    function _signBoth(
        JournalHead memory a,
        JournalHead memory b
    ) private view returns (bytes memory sigA, bytes memory sigB) {
        sigA = signOne(keysOf[1][0], StatementHashes.hashOf(a));
        sigB = signOne(keysOf[1][0], StatementHashes.hashOf(b));
    }

    function _prove(JournalHead memory a, JournalHead memory b) private {
        (bytes memory sigA, bytes memory sigB) = _signBoth(a, b);
        set.prove(a, sigA, b, sigB);
    }

    function _refuse(JournalHead memory a, JournalHead memory b) private {
        (bytes memory sigA, bytes memory sigB) = _signBoth(a, b);
        vm.expectPartialRevert(
            a.count == b.count ? IAttesterSet.EvidenceAgrees.selector : IAttesterSet.EvidenceOfTwoPlaces.selector
        );
        set.prove(a, sigA, b, sigB);
    }

    function _suspend(address who) private {
        vm.prank(guardian);
        set.suspend(who);
    }

    function _refuseSuspension(uint256 now_) private {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SuspensionTooSoon.selector, now_, START + 60 days));
        set.suspend(member(1, 0));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "./AttesterFixture.sol";

/// @notice What stops an edge, a member or the whole verifier, and what lets each go on.
contract AttesterHaltTest is AttesterFixture {
    // Heads

    function test_a_head_is_verified_under_the_epoch_that_it_names() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        set.verifyHead(statement, sigs);
        set.verify(StatementHashes.hashOf(statement), 1, sigs);
        statement.epoch = 2;
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochUnknown.selector, 2, 1));
        set.verifyHead(statement, sigs);
    }

    function testFuzz_I6_a_head_that_differs_in_any_field_is_refused(uint256 field, bytes32 other) public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 7);
        bytes32 before = StatementHashes.hashOf(statement);
        field = bound(field, 0, 6);
        if (field == 0) statement.edge = other;
        if (field == 1) statement.count = uint64(uint256(other));
        if (field == 2) statement.tip = uint64(uint256(other));
        if (field == 3) statement.head = other;
        if (field == 4) statement.blockNumber = uint64(uint256(other));
        if (field == 5) statement.blockHash = other;
        if (field == 6) statement.asOf = uint64(uint256(other));
        vm.assume(StatementHashes.hashOf(statement) != before);
        vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    // Halts

    function test_I8_refuses_a_halt_below_n_minus_k_plus_one_signatures() public {
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        set.halt(EDGE, 0, 1, sigs, "");
    }

    function test_refuses_a_halt_of_another_epoch_or_nonce_or_of_a_halted_edge() public {
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 3);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.HaltOfOtherEpoch.selector, 2, 1));
        set.halt(EDGE, 0, 2, sigs, "");
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.HaltNonceMismatch.selector, EDGE, 1, 0));
        set.halt(EDGE, 1, 1, sigs, "");
        set.halt(EDGE, 0, 1, sigs, "");
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeHalted.selector, EDGE));
        set.halt(EDGE, 0, 1, sigs, "");
        // The edge that was signed is halted and no other.
        vm.expectPartialRevert(bytes4(0));
        this.haltOrRefuse(OTHER_EDGE, 0, 1, sigs);
    }

    function test_refuses_a_halt_signed_for_the_epoch_before_the_active_one() public {
        rotateTo(makeKeys("second", 10), START + set.ROTATION_NOTICE());
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 7);
        vm.warp(set.activeFrom(2));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.HaltOfOtherEpoch.selector, 1, 2));
        set.halt(EDGE, 0, 1, sigs, "");
    }

    function test_I8_a_halt_stops_its_edge_under_every_epoch_and_no_other() public {
        rotateTo(makeKeys("second", 10), START + set.ROTATION_NOTICE());
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        bytes memory haltSigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 3);
        vm.expectEmit(address(set));
        emit IAttesterSet.Halted(EDGE, 0, "why");
        vm.prank(stranger);
        set.halt(EDGE, 0, 1, haltSigs, "why");
        (bool halted, uint64 nonce, uint40 since) = set.haltOf(EDGE);
        assertTrue(halted);
        assertEq(nonce, 0);
        assertEq(since, START);

        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeHalted.selector, EDGE));
        set.verifyHead(statement, sigs);
        JournalHead memory other = headAt(OTHER_EDGE, 64, HEAD, 1);
        set.verifyHead(other, signFirst(1, StatementHashes.hashOf(other), 5));
        // The set that was written before the halt, and one written after it.
        vm.warp(set.activeFrom(2));
        (statement, sigs) = signedHead(2, 7);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeHalted.selector, EDGE));
        set.verifyHead(statement, sigs);
        rotateTo(makeKeys("third", 4), set.activeFrom(2) + set.ROTATION_NOTICE());
        vm.warp(set.activeFrom(3));
        (statement, sigs) = signedHead(3, 3);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeHalted.selector, EDGE));
        set.verifyHead(statement, sigs);

        vm.prank(guardian);
        set.clearHalt(EDGE);
        set.verifyHead(statement, sigs);
    }

    function test_only_the_guardian_clears_a_halt_and_not_within_a_day() public {
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeNotHalted.selector, EDGE));
        vm.prank(guardian);
        set.clearHalt(EDGE);
        haltEdge(EDGE);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NotAuthorized.selector, governor, guardian));
        vm.prank(governor);
        set.clearHalt(EDGE);
        vm.warp(START + 24 hours - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.ClearingTooSoon.selector, EDGE, START + 1 days - 1, START + 1 days)
        );
        vm.prank(guardian);
        set.clearHalt(EDGE);
        vm.warp(START + 24 hours);
        vm.expectEmit(address(set));
        emit IAttesterSet.HaltCleared(EDGE, 1);
        vm.prank(guardian);
        set.clearHalt(EDGE);
        (bool halted, uint64 nonce, uint40 since) = set.haltOf(EDGE);
        assertFalse(halted);
        assertEq(nonce, 1);
        assertEq(since, 0);
    }

    function test_a_cleared_halt_is_void() public {
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 3);
        set.halt(EDGE, 0, 1, sigs, "");
        vm.warp(START + 1 days);
        vm.prank(guardian);
        set.clearHalt(EDGE);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.HaltNonceMismatch.selector, EDGE, 0, 1));
        set.halt(EDGE, 0, 1, sigs, "");
        // The same signatures do not fit the next nonce either.
        vm.expectPartialRevert(bytes4(0));
        this.haltOrRefuse(EDGE, 1, 1, sigs);
        haltEdge(EDGE);
    }

    function test_I8_suspension_takes_the_halts_from_those_who_sign_them_without_a_cause() public {
        haltEdge(EDGE);
        vm.warp(START + 1 days);
        vm.startPrank(guardian);
        set.clearHalt(EDGE);
        set.suspend(member(1, 0));
        set.suspend(member(1, 1));
        vm.stopPrank();
        bytes memory sigs = signFirst(1, Statements.haltHashOf(EDGE, 1, 1), 3);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 0, member(1, 0), 1));
        set.halt(EDGE, 1, 1, sigs, "");
        // The five others still verify and still can halt.
        JournalHead memory statement = headAt(EDGE, 64, HEAD, 1);
        set.verifyHead(statement, signSome(1, StatementHashes.hashOf(statement), 2, 5));
        set.halt(EDGE, 1, 1, signSome(1, Statements.haltHashOf(EDGE, 1, 1), 2, 3), "");
    }

    function test_a_set_that_was_never_halted_or_is_cleared_pays_nothing_for_the_question() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        // Once before, since only the verifier itself is cooled, not the code that keeps the members.
        _costOf(statement, sigs);
        uint256 never = _costOf(statement, sigs);
        haltEdge(OTHER_EDGE);
        uint256 during = _costOf(statement, sigs);
        vm.warp(START + 1 days);
        vm.prank(guardian);
        set.clearHalt(OTHER_EDGE);
        uint256 after_ = _costOf(statement, sigs);
        assertEq(after_, never);
        // Two cold slots: what is wrong at all, and this edge's own.
        assertGt(during, never + 4_000);
        proposeTogether(makeKeys("second", 4));
        vm.prank(governor);
        set.withdrawRecovery();
        assertEq(_costOf(statement, sigs), never);
    }

    function test_a_set_that_followed_by_a_recovery_pays_nothing_for_the_question() public {
        keysOf[2] = makeKeys("second", 4);
        proposeTogether(keysOf[2]);
        vm.warp(START + 14 days);
        set.recover(addressesOf(keysOf[2]));
        vm.warp(set.activeFrom(2));
        (JournalHead memory statement, bytes memory sigs) = signedHead(2, 3);
        _costOf(statement, sigs);
        uint256 before = _costOf(statement, sigs);
        // A halt that is cleared says anew that there is nothing to look up.
        haltEdge(OTHER_EDGE);
        skip(1 days);
        vm.prank(guardian);
        set.clearHalt(OTHER_EDGE);
        assertEq(_costOf(statement, sigs), before);
    }

    // Evidence

    function test_refuses_evidence_of_two_edges_counts_or_signers() public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        bytes memory sigA = signOne(keysOf[1][0], StatementHashes.hashOf(a));
        JournalHead memory b = headAt(OTHER_EDGE, 64, OTHER_HEAD, 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, EDGE, OTHER_EDGE, 64, 64));
        set.prove(a, sigA, b, sigA);
        b = headAt(EDGE, 65, OTHER_HEAD, 1);
        b.blockNumber = 101;
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, EDGE, EDGE, 64, 65));
        set.prove(a, sigA, b, sigA);
        b.count = 64;
        bytes memory sigB = signOne(keysOf[1][1], StatementHashes.hashOf(b));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoSigners.selector, member(1, 0), member(1, 1)));
        set.prove(a, sigA, b, sigB);
    }

    function test_refuses_evidence_against_who_is_no_member() public {
        uint256 key = uint256(keccak256("nobody"));
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, 1);
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes memory sigB = signOne(key, StatementHashes.hashOf(b));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerUnknown.selector, 0, vm.addr(key), 1));
        set.prove(a, sigA, b, sigB);
        // An epoch that nobody announced has no members either.
        a.epoch = 9;
        sigA = signOne(key, StatementHashes.hashOf(a));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerUnknown.selector, 0, vm.addr(key), 9));
        set.prove(a, sigA, b, sigB);
    }

    function test_refuses_evidence_of_more_or_less_than_one_signature() public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, 1);
        bytes memory sigA = signOne(keysOf[1][0], StatementHashes.hashOf(a));
        bytes memory sigB = signOne(keysOf[1][0], StatementHashes.hashOf(b));
        bytes[3] memory wrong = [bytes(""), bytes.concat(sigA, hex"00"), bytes.concat(sigA, sigA)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(IAttesterSet.SignaturesNotWhole.selector, wrong[i].length);
            vm.expectRevert(refusal);
            set.prove(a, wrong[i], b, sigB);
        }
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignatureInvalid.selector, 0));
        set.prove(a, new bytes(65), b, sigB);
        // The signer of the first is not taken for that of a second that nobody signed.
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignatureInvalid.selector, 0));
        set.prove(a, sigA, b, new bytes(65));
        set.prove(a, sigA, b, sigB);
    }

    /// @dev Whatever later block, time, tip or epoch a head is restated under, nobody is suspended for it.
    function testFuzz_I15_a_restated_head_is_no_evidence(
        uint64 tip,
        uint64 blockNumber,
        bytes32 blockHash,
        uint64 asOf,
        uint32 epoch
    ) public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        tip = uint64(bound(tip, a.tip, type(uint64).max));
        blockNumber = uint64(bound(blockNumber, a.blockNumber, type(uint64).max));
        asOf = uint64(bound(asOf, a.asOf, type(uint64).max));
        // One block has one tip: another one for it hides entries.
        if (asOf == a.asOf && blockNumber == a.blockNumber) tip = a.tip;
        JournalHead memory b = JournalHead(EDGE, 64, tip, HEAD, blockNumber, blockHash, asOf, epoch);
        bytes memory sigA = signOne(keysOf[1][0], StatementHashes.hashOf(a));
        bytes memory sigB = signOne(keysOf[1][0], StatementHashes.hashOf(b));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceAgrees.selector, EDGE, 64, HEAD));
        set.prove(a, sigA, b, sigB);
        assertEq(set.suspended(1), 0);
    }

    function test_I15_a_head_that_is_stated_at_another_block_is_no_evidence() public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, HEAD, 1);
        (b.blockNumber, b.blockHash) = (101, keccak256("the next block"));
        bytes memory sigA = signOne(keysOf[1][0], StatementHashes.hashOf(a));
        bytes memory sigB = signOne(keysOf[1][0], StatementHashes.hashOf(b));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceAgrees.selector, EDGE, 64, HEAD));
        set.prove(a, sigA, b, sigB);
    }

    /// @dev A member of a set to come signs for an epoch that it is not in: it contradicts itself all the same.
    function test_evidence_counts_whichever_epoch_it_names() public {
        uint32 next = rotateTo(makeKeys("second", 7), START + set.ROTATION_NOTICE());
        proveAgainst(keysOf[next][2], 1);
        assertTrue(set.proven(member(next, 2)));
        assertEq(set.suspended(1), 0);
        assertEq(set.suspended(next), 1 << 2);
    }

    function test_evidence_suspends_in_every_epoch_still_accepted_or_to_come() public {
        uint256 key = keysOf[1][3];
        uint256[] memory one = new uint256[](1);
        one[0] = key;
        uint256[] memory second = mixKeys(makeKeys("second", 9), 9, one, 1);
        rotateTo(second, START + set.ROTATION_NOTICE());
        vm.expectEmit(address(set));
        emit IAttesterSet.Equivocation(vm.addr(key), EDGE, 64);
        proveAgainst(key, 1);
        assertEq(set.suspended(1), 1 << 3);
        for (uint256 i = 0; i < 10; ++i) assertEq((set.suspended(2) >> i) & 1, second[i] == key ? 1 : 0);
        assertTrue(set.proven(vm.addr(key)));
        JournalHead memory statement = headAt(EDGE, 64, HEAD, 1);
        bytes memory sigs = signFirst(1, StatementHashes.hashOf(statement), 5);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignerSuspended.selector, 3, vm.addr(key), 1));
        set.verifyHead(statement, sigs);
    }

    function test_evidence_of_two_epochs_and_of_an_ended_one_counts() public {
        uint256 key = keysOf[1][0];
        rotateTo(makeKeys("second", 7), START + set.ROTATION_NOTICE());
        vm.warp(set.expires(1));
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, 2);
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes memory sigB = signOne(key, StatementHashes.hashOf(b));
        set.prove(a, sigA, b, sigB);
        assertTrue(set.proven(vm.addr(key)));
        assertEq(set.suspended(1), 0);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NothingToProve.selector, vm.addr(key)));
        set.prove(a, sigA, b, sigB);
    }

    function test_evidence_beyond_f_stops_the_verifier() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        bytes memory haltSigs = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 3);
        vm.prank(guardian);
        set.suspend(member(1, 6));
        proveAgainst(keysOf[1][5], 1);
        set.verifyHead(statement, sigs);
        assertFalse(set.stopped());
        // The guardian's suspension gives way to evidence, which alone stops the verifier.
        vm.expectEmit(address(set));
        emit IAttesterSet.SuspensionLifted(1, member(1, 6));
        proveAgainst(keysOf[1][4], 1);
        assertFalse(set.stopped());
        assertEq(set.suspended(1), (1 << 5) | (1 << 4));
        vm.expectEmit(address(set));
        emit IAttesterSet.VerifierStopped(1, member(1, 3));
        proveAgainst(keysOf[1][3], 1);
        assertTrue(set.stopped());
        assertEq(set.suspended(1), (1 << 5) | (1 << 4));
        vm.expectRevert(IAttesterSet.VerifierIsStopped.selector);
        set.verifyHead(statement, sigs);
        vm.expectRevert(IAttesterSet.VerifierIsStopped.selector);
        set.verify(StatementHashes.hashOf(statement), 1, sigs);
        vm.expectRevert(IAttesterSet.VerifierIsStopped.selector);
        set.halt(EDGE, 0, 1, haltSigs, "");
    }

    // Suspension

    function test_only_the_guardian_suspends_and_only_members() public {
        address last = member(1, 6);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NotAuthorized.selector, governor, guardian));
        vm.prank(governor);
        set.suspend(last);
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NothingToSuspend.selector, stranger));
        set.suspend(stranger);
        // What lies behind the members' list is nobody's place.
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NothingToSuspend.selector, address(0)));
        set.suspend(address(0));
        vm.expectEmit(address(set));
        emit IAttesterSet.Suspended(1, last, START + 30 days);
        set.suspend(last);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NothingToSuspend.selector, last));
        set.suspend(last);
        vm.stopPrank();
    }

    function test_I8_the_guardian_suspends_no_more_than_a_set_bears_and_stops_nothing() public {
        vm.startPrank(guardian);
        set.suspend(member(1, 0));
        set.suspend(member(1, 1));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SuspensionsExhausted.selector, 1, 2));
        set.suspend(member(1, 2));
        vm.stopPrank();
        assertEq(set.suspended(1), 3);
        assertFalse(set.stopped());
    }

    function testFuzz_I8_the_guardian_leaves_k_members_whatever_it_suspends(uint256 n, uint256 seed) public {
        n = bound(n, 4, 31);
        uint256[] memory keys = makeKeys("some", n);
        uint32 next = rotateTo(keys, START + set.ROTATION_NOTICE());
        uint256 f = n - set.k(next);
        uint256 refused = 0;
        for (uint256 i = 0; i < n; ++i) {
            address chosen = vm.addr(keys[(i + (seed % n)) % n]);
            vm.prank(guardian);
            try set.suspend(chosen) {} catch (bytes memory why) {
                assertEq(why, abi.encodeWithSelector(IAttesterSet.SuspensionsExhausted.selector, next, f));
                ++refused;
            }
        }
        assertEq(refused, n - f);
        assertFalse(set.stopped());
        // Those who are left are enough.
        vm.warp(set.activeFrom(next));
        JournalHead memory statement = headAt(EDGE, 64, HEAD, next);
        bytes memory sigs;
        for (uint256 i = 0; i < n; ++i) {
            if ((set.suspended(next) >> i) & 1 == 0) {
                sigs = bytes.concat(sigs, signOne(keys[i], StatementHashes.hashOf(statement)));
            }
        }
        set.verifyHead(statement, sigs);
    }

    function testFuzz_I6_a_choice_of_signers_counts_only_without_suspended_ones(
        uint256 n,
        uint32 signers,
        uint32 suspended
    ) public {
        n = bound(n, 4, 31);
        uint32 next = rotateTo(makeKeys("some", n), START + set.ROTATION_NOTICE());
        uint256 k = set.k(next);
        uint256 mask = 0;
        uint256 left = n - k;
        for (uint256 i = 0; i < n && left > 0; ++i) {
            if ((suspended >> i) & 1 == 0) continue;
            vm.prank(guardian);
            set.suspend(member(next, i));
            mask |= 1 << i;
            --left;
        }
        assertEq(set.suspended(next), mask);
        vm.warp(set.activeFrom(next));
        JournalHead memory statement = headAt(EDGE, 64, HEAD, next);
        bytes memory sigs;
        uint256 taken = 0;
        for (uint256 i = 0; i < n; ++i) {
            if ((signers >> i) & 1 == 0) continue;
            sigs = bytes.concat(sigs, signOne(keysOf[next][i], StatementHashes.hashOf(statement)));
            ++taken;
        }
        bool good = taken >= k && signers & mask == 0;
        if (!good) vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    function haltOrRefuse(bytes32 edge, uint64 nonce, uint32 epoch, bytes calldata sigs) external {
        try set.halt(edge, nonce, epoch, sigs, "") {} catch {
            assembly ("memory-safe") {
                mstore(0, 0)
                revert(0, 4)
            }
        }
    }

    function _costOf(JournalHead memory statement, bytes memory sigs) private returns (uint256 used) {
        vm.cool(address(set));
        bytes memory call_ = abi.encodeCall(IAttesterSet.verifyHead, (statement, sigs));
        (bool done, ) = address(set).call(call_);
        used = vm.lastCallGas().gasTotalUsed;
        assertTrue(done);
    }
}

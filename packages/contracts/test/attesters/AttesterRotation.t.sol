// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MemberCode} from "../../solidity/attesters/MemberCode.sol";
import {Vm} from "forge-std/Vm.sol";
import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "./AttesterFixture.sol";

/// @notice How one set follows another: by the old one's signatures, or, when all else fails, without them.
contract AttesterRotationTest is AttesterFixture {
    uint256[] private nextKeys;
    address[] private nextMembers;
    uint40 private from;

    function setUp() public override {
        super.setUp();
        nextKeys = makeKeys("second", 10);
        nextMembers = addressesOf(nextKeys);
        from = START + set.ROTATION_NOTICE();
    }

    // Rotation: refusals

    function test_refuses_a_rotation_by_anybody_but_the_governor() public {
        bytes memory sigs = signFirst(1, rotationOf(2, nextKeys, from), 5);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NotAuthorized.selector, guardian, governor));
        vm.prank(guardian);
        set.rotate(nextMembers, from, sigs);
    }

    function test_I6_refuses_a_rotation_below_k_signatures() public {
        _refuseRotation(
            from,
            signFirst(1, rotationOf(2, nextKeys, from), 4),
            abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 4, 5)
        );
    }

    function test_refuses_a_rotation_with_too_little_or_too_long_notice() public {
        uint40 last = START + set.ROTATION_NOTICE_MAX();
        for (uint256 i = 0; i < 2; ++i) {
            uint40 wrong = i == 0 ? from - 1 : last + 1;
            _refuseRotation(
                wrong,
                signFirst(1, rotationOf(2, nextKeys, wrong), 5),
                abi.encodeWithSelector(IAttesterSet.ActiveFromOutOfRange.selector, wrong, from, last)
            );
        }
        rotateTo(nextKeys, last);
        assertEq(set.activeFrom(2), last);
    }

    function test_refuses_a_rotation_whose_members_number_or_time_were_not_signed() public {
        uint256[] memory otherKeys = makeKeys("other", 10);
        bytes32[3] memory signed = [
            rotationOf(2, otherKeys, from),
            rotationOf(3, nextKeys, from),
            rotationOf(2, nextKeys, from + 1)
        ];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory sigs = signFirst(1, signed[i], 5);
            vm.expectPartialRevert(bytes4(0));
            this.rotateOrRefuse(nextMembers, from, sigs);
        }
    }

    function test_refuses_a_rotation_signed_by_a_set_that_is_not_the_newest() public {
        rotateTo(nextKeys, from);
        vm.warp(from);
        uint256[] memory thirdKeys = makeKeys("third", 7);
        uint40 later = from + set.ROTATION_NOTICE();
        // The first set is still accepted for heads, but its members cannot follow themselves again.
        bytes memory sigs = signFirst(1, rotationOf(3, thirdKeys, later), 7);
        vm.expectPartialRevert(bytes4(0));
        this.rotateOrRefuse(addressesOf(thirdKeys), later, sigs);
    }

    function test_refuses_a_second_rotation_before_the_first_is_active() public {
        rotateTo(nextKeys, from);
        uint256[] memory thirdKeys = makeKeys("third", 7);
        uint40 later = from + 1 days;
        bytes memory sigs = signFirst(2, rotationOf(3, thirdKeys, later), 7);
        nextMembers = addressesOf(thirdKeys);
        _refuseRotation(later, sigs, abi.encodeWithSelector(IAttesterSet.EpochNotActive.selector, 2, from, START));
    }

    function test_refuses_a_rotation_to_a_set_that_is_none_whoever_signed_it() public {
        uint256[] memory three = makeKeys("three", 3);
        nextMembers = addressesOf(three);
        _refuseRotation(
            from,
            signFirst(1, rotationOf(2, three, from), 5),
            abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, 3, 4, 31)
        );
    }

    function test_refuses_a_set_whose_members_cannot_be_written() public {
        // Something is where their list would be.
        vm.etch(vm.computeCreateAddress(address(set), vm.getNonce(address(set))), hex"00");
        _refuseRotation(
            from,
            signFirst(1, rotationOf(2, nextKeys, from), 5),
            abi.encodeWithSelector(MemberCode.MembersNotWritten.selector)
        );
        assertEq(set.newestEpoch(), 1);
    }

    function test_refuses_a_set_whose_members_lie_elsewhere() public {
        // A chain that gave the verifier's second contract the address of its third.
        vm.setNonce(address(set), 3);
        _refuseRotation(
            from,
            signFirst(1, rotationOf(2, nextKeys, from), 5),
            abi.encodeWithSelector(
                IAttesterSet.MembersElsewhere.selector,
                vm.computeCreateAddress(address(set), 3),
                vm.computeCreateAddress(address(set), 2)
            )
        );
        assertEq(set.newestEpoch(), 1);
    }

    // Rotation: effects

    function test_a_rotation_leaves_the_old_set_a_day_beside_its_successor() public {
        rotateTo(nextKeys, from);
        assertEq(set.newestEpoch(), 2);
        assertEq(set.epoch(), 1);
        assertEq(set.k(2), 7);
        assertEq(set.activeFrom(2), from);
        assertEq(set.expires(1), from + 24 hours);
        assertEq(set.expires(2), type(uint40).max);
        assertEq(abi.encode(set.members(2)), abi.encode(nextMembers));

        (JournalHead memory old, bytes memory oldSigs) = signedHead(1, 5);
        (JournalHead memory fresh, bytes memory freshSigs) = signedHead(2, 7);
        set.verifyHead(old, oldSigs);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochNotActive.selector, 2, from, from - 1));
        set.verifyHead(fresh, freshSigs);
        vm.warp(from);
        assertEq(set.epoch(), 2);
        set.verifyHead(fresh, freshSigs);
        set.verifyHead(old, oldSigs);
        vm.warp(from + 24 hours - 1);
        set.verifyHead(old, oldSigs);
        vm.warp(from + 24 hours);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochExpired.selector, 1, from + 1 days, from + 1 days));
        set.verifyHead(old, oldSigs);
        set.verifyHead(fresh, freshSigs);
    }

    function test_a_rotation_tells_of_the_end_and_the_beginning() public {
        bytes memory sigs = signFirst(1, rotationOf(2, nextKeys, from), 5);
        vm.expectEmit(address(set));
        emit IAttesterSet.EpochEndSet(1, from + 24 hours);
        vm.expectEmit(address(set));
        emit IAttesterSet.Rotated(2, nextMembers, 7);
        vm.prank(governor);
        set.rotate(nextMembers, from, sigs);
    }

    function testFuzz_I6_signatures_of_two_epochs_never_add_up(uint256 n, uint256 kept, uint256 split) public {
        n = bound(n, 4, 31);
        kept = bound(kept, 0, 6);
        kept = kept > n ? n : kept;
        uint256[] memory keys = mixKeys(keysOf[1], kept, makeKeys("second", n - kept), n - kept);
        rotateTo(keys, from);
        vm.warp(from);
        JournalHead memory statement = headAt(EDGE, 64, HEAD, 2);
        uint256 k = set.k(2);
        split = bound(split, 1, k);
        // `split` members of the second set sign for the first epoch, which is no signature of the second.
        JournalHead memory former = headAt(EDGE, 64, HEAD, 1);
        bytes memory sigs;
        for (uint256 i = 0; i < keys.length; ++i) {
            bytes32 structHash = StatementHashes.hashOf(i < split ? former : statement);
            sigs = bytes.concat(sigs, signOne(keys[i], structHash));
        }
        vm.expectRevert();
        set.verifyHead(statement, sigs);
        set.verifyHead(statement, signFirst(2, StatementHashes.hashOf(statement), k));
    }

    function testFuzz_at_most_three_epochs_are_accepted_or_to_come(uint256 seed) public {
        for (uint256 i = 0; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint40 now_ = uint40(vm.getBlockTimestamp());
            uint40 next = now_ + uint40(bound(seed, set.ROTATION_NOTICE(), set.ROTATION_NOTICE_MAX()));
            uint32 newest = rotateTo(makeKeys(vm.toString(seed), 4), next);
            uint256 live = 0;
            for (uint32 e = 1; e <= newest; ++e) {
                if (set.expires(e) > now_) ++live;
                if (e > 1) {
                    assertGt(set.activeFrom(e), set.activeFrom(e - 1));
                    assertGt(set.expires(e), set.expires(e - 1));
                }
            }
            assertLe(live, 3);
            vm.warp(next + (seed % 3) * 12 hours);
        }
    }

    function test_a_member_that_was_proven_starts_suspended_in_the_next_set() public {
        proveAgainst(keysOf[1][6], 1);
        uint256[] memory kept = mixKeys(makeKeys("second", 6), 6, _only(keysOf[1][6]), 1);
        vm.recordLogs();
        uint32 next = rotateTo(kept, from);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 told = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IAttesterSet.Suspended.selector) continue;
            assertEq(address(uint160(uint256(logs[i].topics[2]))), vm.addr(keysOf[1][6]));
            ++told;
        }
        assertEq(told, 1, "who starts suspended is told, and nobody else");
        for (uint256 i = 0; i < 7; ++i) {
            assertEq((set.suspended(next) >> i) & 1, kept[i] == keysOf[1][6] ? 1 : 0);
        }
    }

    function test_refuses_a_set_with_more_proven_members_than_it_bears() public {
        for (uint256 i = 5; i < 7; ++i) proveAgainst(keysOf[1][i], 1);
        uint256[] memory pair = new uint256[](2);
        (pair[0], pair[1]) = (keysOf[1][5], keysOf[1][6]);
        uint256[] memory four = mixKeys(makeKeys("second", 2), 2, pair, 2);
        nextMembers = addressesOf(four);
        _refuseRotation(
            from,
            signFirst(1, rotationOf(2, four, from), 5),
            abi.encodeWithSelector(IAttesterSet.TooManyProven.selector, 2, 1)
        );
        // As many as it bears.
        uint32 next = rotateTo(mixKeys(makeKeys("second", 3), 3, _only(keysOf[1][6]), 1), from);
        assertGt(set.suspended(next), 0);
    }

    // Recovery

    function test_refuses_a_proposal_by_a_stranger_and_of_a_set_that_is_none() public {
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NotAuthorized.selector, stranger, governor));
        vm.prank(stranger);
        set.proposeRecovery(nextMembers);
        address[] memory three = addressesOf(makeKeys("three", 3));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, 3, 4, 31));
        vm.prank(governor);
        set.proposeRecovery(three);
    }

    function test_neither_governor_nor_guardian_proposes_alone() public {
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(i == 0 ? governor : guardian);
            set.proposeRecovery(i == 0 ? nextMembers : addressesOf(makeKeys("other", 7)));
            assertFalse(set.inRecovery());
            vm.expectRevert(IAttesterSet.RecoveryNotProposed.selector);
            set.recover(nextMembers);
        }
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 5);
        set.verifyHead(statement, sigs);
    }

    function test_an_agreement_is_void_after_seven_days() public {
        vm.prank(governor);
        set.proposeRecovery(nextMembers);
        vm.warp(START + 7 days + 1);
        vm.prank(guardian);
        set.proposeRecovery(nextMembers);
        assertFalse(set.inRecovery());
        // The guardian's own agreement counts from now.
        vm.prank(governor);
        set.proposeRecovery(nextMembers);
        assertTrue(set.inRecovery());
    }

    function test_an_agreement_stands_for_seven_days() public {
        vm.prank(guardian);
        set.proposeRecovery(nextMembers);
        vm.warp(START + 7 days);
        vm.expectEmit(address(set));
        emit IAttesterSet.RecoveryProposed(nextMembers, START + 21 days, START + 28 days);
        vm.prank(governor);
        set.proposeRecovery(nextMembers);
        (bytes32 waiting, uint40 proposedAt, uint40 frozenUntil) = set.recovery();
        assertEq(waiting, keccak256(MemberCode.pack(nextMembers)));
        assertEq(proposedAt, START + 7 days);
        assertEq(frozenUntil, START + 28 days);
    }

    function test_nothing_verifies_from_the_proposal_until_the_new_set_is_active() public {
        (JournalHead memory old, bytes memory oldSigs) = signedHead(1, 5);
        bytes memory rotation = signFirst(1, rotationOf(2, nextKeys, from), 5);
        proposeTogether(nextKeys);
        assertTrue(set.inRecovery());
        bytes memory frozen = abi.encodeWithSelector(IAttesterSet.InRecovery.selector, START + 21 days);
        vm.expectRevert(frozen);
        set.verifyHead(old, oldSigs);
        vm.expectRevert(frozen);
        set.verify(StatementHashes.hashOf(old), 1, oldSigs);
        _refuseRotation(from, rotation, frozen);

        vm.warp(START + 14 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.RecoveryNotReady.selector, START + 14 days - 1, START + 14 days)
        );
        set.recover(nextMembers);
        vm.warp(START + 14 days);
        // Anyone installs what both agreed on, and nothing else.
        address[] memory others = addressesOf(makeKeys("other", 7));
        vm.expectPartialRevert(IAttesterSet.RecoveryMembersMismatch.selector);
        set.recover(others);
        vm.prank(stranger);
        set.recover(nextMembers);
        keysOf[2] = nextKeys;
        // Once, although the verifier stays frozen.
        vm.expectRevert(IAttesterSet.RecoveryNotProposed.selector);
        set.recover(nextMembers);

        uint40 active = START + 14 days + set.ROTATION_NOTICE();
        assertEq(set.newestEpoch(), 2);
        assertEq(set.activeFrom(2), active);
        assertEq(set.expires(1), START + 14 days);
        (JournalHead memory fresh, bytes memory freshSigs) = signedHead(2, 7);
        vm.warp(active - 1);
        assertTrue(set.inRecovery());
        vm.expectPartialRevert(IAttesterSet.EpochExpired.selector);
        set.verifyHead(old, oldSigs);
        vm.expectPartialRevert(IAttesterSet.EpochNotActive.selector);
        set.verifyHead(fresh, freshSigs);
        vm.warp(active);
        assertFalse(set.inRecovery());
        set.verifyHead(fresh, freshSigs);
        vm.expectRevert(IAttesterSet.RecoveryNotProposed.selector);
        set.recover(nextMembers);
    }

    function test_a_proposal_lapses_after_21_days_and_the_set_goes_on() public {
        (JournalHead memory old, bytes memory oldSigs) = signedHead(1, 5);
        proposeTogether(nextKeys);
        vm.warp(START + 21 days - 1);
        vm.expectPartialRevert(IAttesterSet.InRecovery.selector);
        set.verifyHead(old, oldSigs);
        vm.warp(START + 21 days);
        set.verifyHead(old, oldSigs);
        vm.expectRevert(IAttesterSet.RecoveryNotProposed.selector);
        set.recover(nextMembers);
        (bytes32 waiting, , ) = set.recovery();
        assertEq(waiting, 0);
    }

    function test_either_role_withdraws_a_proposal_and_the_next_waits_60_days() public {
        vm.expectRevert(IAttesterSet.RecoveryNotProposed.selector);
        vm.prank(guardian);
        set.withdrawRecovery();
        proposeTogether(nextKeys);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.NotAuthorized.selector, stranger, governor));
        vm.prank(stranger);
        set.withdrawRecovery();
        vm.prank(guardian);
        set.withdrawRecovery();
        assertFalse(set.inRecovery());
        (JournalHead memory old, bytes memory oldSigs) = signedHead(1, 5);
        set.verifyHead(old, oldSigs);
        vm.warp(START + 60 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAttesterSet.RecoveryTooSoon.selector, START + 60 days - 1, START + 60 days)
        );
        vm.prank(governor);
        set.proposeRecovery(nextMembers);
        vm.warp(START + 60 days);
        proposeTogether(nextKeys);
        assertTrue(set.inRecovery());
    }

    function test_recovery_ends_a_stop_and_keeps_every_halt() public {
        haltEdge(EDGE);
        for (uint256 i = 4; i < 7; ++i) proveAgainst(keysOf[1][i], 1);
        assertTrue(set.stopped());
        proposeTogether(nextKeys);
        vm.warp(START + 14 days);
        set.recover(nextMembers);
        keysOf[2] = nextKeys;
        assertFalse(set.stopped());
        vm.warp(set.activeFrom(2));
        (JournalHead memory statement, bytes memory sigs) = signedHead(2, 7);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EdgeHalted.selector, EDGE));
        set.verifyHead(statement, sigs);
        statement.edge = OTHER_EDGE;
        set.verifyHead(statement, signFirst(2, StatementHashes.hashOf(statement), 7));
    }

    /// @notice A member that sends a delegation (EIP-7702), or a contract that appears at its address, holds up nothing.
    function test_I8_no_member_holds_up_a_recovery_by_the_code_at_its_address() public {
        vm.prank(governor);
        set.proposeRecovery(nextMembers);
        vm.prank(guardian);
        set.proposeRecovery(nextMembers);
        vm.etch(nextMembers[0], abi.encodePacked(hex"ef0100", guardian));
        vm.etch(nextMembers[1], hex"00");
        vm.warp(vm.getBlockTimestamp() + 14 days);
        set.recover(nextMembers);
        assertEq(set.newestEpoch(), 2);
    }

    function test_a_member_with_a_delegation_is_listed_and_a_contract_is_not() public {
        vm.etch(nextMembers[0], abi.encodePacked(hex"ef0100", guardian));
        rotateTo(nextKeys, from);
        assertEq(set.newestEpoch(), 2);
        bytes[3] memory codes = [
            bytes(hex"00"),
            abi.encodePacked(hex"600100", guardian),
            abi.encodePacked(hex"600100", guardian, hex"00")
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.etch(nextMembers[1], codes[i]);
            vm.expectRevert(abi.encodeWithSelector(IAttesterSet.MemberIsContract.selector, nextMembers[1]));
            vm.prank(guardian);
            set.proposeRecovery(nextMembers);
        }
    }

    function test_recovery_follows_a_set_that_had_no_successor_for_years() public {
        vm.warp(START + 3_650 days);
        proposeTogether(nextKeys);
        vm.warp(START + 3_664 days);
        set.recover(nextMembers);
        keysOf[2] = nextKeys;
        vm.warp(set.activeFrom(2));
        (JournalHead memory statement, bytes memory sigs) = signedHead(2, 7);
        set.verifyHead(statement, sigs);
    }

    function test_a_recovery_set_never_begins_before_one_that_was_written_earlier() public {
        rotateTo(makeKeys("second", 7), START + set.ROTATION_NOTICE_MAX());
        nextKeys = makeKeys("third", 7);
        proposeTogether(nextKeys);
        vm.warp(START + 14 days);
        set.recover(addressesOf(nextKeys));
        assertGt(set.activeFrom(3), set.activeFrom(2));
        assertEq(set.expires(1), START + 14 days);
        assertEq(set.expires(2), START + 14 days);
    }

    function rotateOrRefuse(address[] calldata listed, uint40 activeFrom, bytes calldata sigs) external {
        vm.prank(governor);
        try set.rotate(listed, activeFrom, sigs) {} catch {
            assembly ("memory-safe") {
                mstore(0, 0)
                revert(0, 4)
            }
        }
    }

    function _refuseRotation(uint40 activeFrom, bytes memory sigs, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(governor);
        set.rotate(nextMembers, activeFrom, sigs);
    }

    function _only(uint256 key) private pure returns (uint256[] memory keys) {
        keys = new uint256[](1);
        keys[0] = key;
    }
}

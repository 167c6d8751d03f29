// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";

/// @notice What the guardian may stop, and what becomes of it.
contract VaultStopTest is VaultReleaseFixture {
    uint128 private constant SMALL = 500 * ONE;
    uint128 private constant MIDDLE = 501 * ONE;

    function setUp() public override {
        super.setUp();
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
    }

    // Refusals

    function testFuzz_refuses_to_stop_for_anyone_but_the_guardian(address who) public {
        vm.assume(who != guardian);
        release(MIDDLE, bob, 0);
        applyAll();
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, who, guardian));
        vm.prank(who);
        vault.stop(1, entry, "because");
    }

    function test_refuses_to_stop_for_the_governor_and_by_another_payments_entry() public {
        release(MIDDLE, bob, 0);
        release(MIDDLE, carol, 0);
        applyAll();
        (bytes memory own, bytes memory others) = (entryOf(1), entryOf(2));
        _expect(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, guardian));
        vm.prank(governor);
        vault.stop(1, own, "because");
        (bytes25 given, bytes25 expected) = (bytes25(keccak256(others)), bytes25(keccak256(own)));
        _expect(abi.encodeWithSelector(IVaultReleases.EntryMismatch.selector, 1, given, expected));
        vm.prank(guardian);
        vault.stop(1, others, "because");
    }

    function test_refuses_a_small_payment_and_takes_the_next_size() public {
        release(SMALL, bob, 0);
        release(SMALL + 1, bob, 0);
        applyAll();
        _expect(abi.encodeWithSelector(IVaultCore.StopTooSmall.selector, 1));
        _stop(1);
        _stop(2);
    }

    function test_refuses_a_second_stop_of_an_account_for_seven_days() public {
        for (uint256 i = 0; i < 3; ++i) {
            release(MIDDLE, bob, 0);
        }
        Entry memory others = releaseEntry(asset, MIDDLE, bob, 0);
        others.account = accountOf(carol);
        append(others);
        applyAll();
        uint256 start = vm.getBlockTimestamp();
        _stop(1);
        assertEq(vault.stoppedAt(accountOf(alice)), start);
        // Another account has its own.
        _stop(4);
        vm.warp(start + 7 days - 1);
        _expect(abi.encodeWithSelector(IVaultCore.StopTooSoon.selector, accountOf(alice), start + 7 days));
        _stop(2);
        vm.warp(start + 7 days);
        _stop(2);
        _expect(abi.encodeWithSelector(IVaultCore.StopTooSoon.selector, accountOf(alice), start + 14 days));
        _stop(3);
    }

    function test_I4_refuses_to_stop_what_was_paid_stopped_or_never_replayed() public {
        release(MIDDLE, bob, 0);
        release(MIDDLE, bob, 0);
        applyAll();
        skip(1 hours);
        pay(1);
        _expectState(1, PaymentState.PAID);
        _stop(1);
        _stop(2);
        skip(8 days);
        _expectState(2, PaymentState.STOPPED);
        _stop(2);
        release(MIDDLE, bob, 0);
        _expectState(3, PaymentState.NONE);
        _stop(3);
    }

    function testFuzz_I4_refuses_to_stop_by_any_other_entry(uint256 place, uint8 bit) public {
        release(MIDDLE, bob, 10);
        applyAll();
        bytes memory entry = entryOf(1);
        place = bound(place, 0, entry.length - 1);
        entry[place] ^= bytes1(uint8(1) << (bit % 8));
        vm.expectPartialRevert(IVaultReleases.EntryMismatch.selector);
        vm.prank(guardian);
        vault.stop(1, entry, "because");
    }

    // What a stop does

    function test_I4_a_stopped_payment_is_refunded_once_and_never_paid() public {
        release(MIDDLE, bob, 10);
        applyAll();
        assertBooks(asset, LOCKED, MIDDLE, 0);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes32 party = bytes32(uint256(1));
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(1, guardian, "forged");
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.REFUND, asset, MIDDLE, accountOf(alice), party);
        bytes memory entry = entryOf(1);
        vm.prank(guardian);
        vault.stop(1, entry, "forged");
        (, , bytes32 after_) = vault.journalHead();
        assertEq(after_, EntryCodec.extend(head, EntryCodec.REFUND, asset, MIDDLE, accountOf(alice), party, 0));
        assertState(1, PaymentState.STOPPED);
        assertBooks(asset, LOCKED, 0, 0);
        skip(1 days);
        _expectState(1, PaymentState.STOPPED, PaymentState.QUEUED);
        vault.pay(1, entry, relayer);
        _expectState(1, PaymentState.STOPPED, PaymentState.CLAIMABLE);
        vault.claim(1, entry);
        // What was refunded can be released again.
        release(LOCKED, bob, 0);
        assertEq(vault.owed(asset), 0);
    }

    function test_a_claimable_payment_can_be_stopped() public {
        release(MIDDLE, address(vault), 0);
        applyAll();
        assertState(1, PaymentState.CLAIMABLE);
        _stop(1);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_in_quarantine_the_guardian_stops_any_number_of_any_size() public {
        for (uint256 i = 0; i < 4; ++i) {
            release(SMALL, bob, 0);
        }
        append(releaseEntry(asset, 0, bob, 0));
        applyAll();
        for (uint96 seq = 1; seq <= 4; ++seq) {
            _stop(seq);
        }
        assertEq(vault.stoppedAt(accountOf(alice)), 0);
        assertBooks(asset, LOCKED, 0, 0);
        // Once it has lapsed, the rule is back.
        vm.warp(vault.quarantinedUntil());
        release(SMALL, bob, 0);
        applyAll();
        _expect(abi.encodeWithSelector(IVaultCore.StopTooSmall.selector, 6));
        _stop(6);
    }

    // The guardian's quarantine

    function test_the_guardian_quarantines_extends_once_and_rests() public {
        uint40 start = uint40(vm.getBlockTimestamp());
        _refuseQuarantine(start);
        _refuseQuarantine(start + 72 hours + 1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.QUARANTINED, start + 72 hours, "guardian");
        vm.prank(guardian);
        vault.quarantine(start + 72 hours);
        _refuseQuarantine(start + 72 hours);
        vm.warp(start + 71 hours);
        vm.prank(guardian);
        vault.quarantine(start + 143 hours);
        vm.warp(start + 142 hours);
        _refuseQuarantine(start + 144 hours);
        vm.warp(start + 143 hours);
        release(ONE, bob, 0);
        applyAll();
        pay(1);
        _refuseQuarantine(start + 144 hours);
        vm.warp(start + 143 hours + 72 hours);
        vm.prank(guardian);
        vault.quarantine(start + 216 hours);
    }

    function test_a_quarantine_is_extended_by_a_second_or_more_until_its_last_one() public {
        uint40 until = uint40(vm.getBlockTimestamp()) + 10 hours;
        vm.startPrank(guardian);
        vault.quarantine(until);
        vm.warp(until);
        vm.stopPrank();
        _refuseQuarantine(until + 1 hours);
        vm.warp(until - 1);
        vm.prank(guardian);
        vault.quarantine(until + 1);
        assertEq(vault.quarantinedUntil(), until + 1);
    }

    /// @dev Development chains count from where they like.
    function test_neither_stop_nor_quarantine_waits_for_an_earlier_one_that_never_was() public {
        release(MIDDLE, bob, 0);
        applyAll();
        vm.warp(1 hours);
        _stop(1);
        vm.prank(guardian);
        vault.quarantine(2 hours);
        assertEq(vault.quarantinedUntil(), 2 hours);
    }

    function test_a_quarantine_that_begins_by_itself_gives_no_second_extension() public {
        uint40 start = uint40(vm.getBlockTimestamp());
        vm.startPrank(guardian);
        vault.quarantine(start + 10 hours);
        vault.quarantine(start + 20 hours);
        vm.stopPrank();
        _recover(true, start + 30 hours);
        vault.noteRecovery();
        assertEq(vault.quarantinedUntil(), start + 30 hours);
        _refuseQuarantine(start + 40 hours);
        // The rest of 72 hours is the same, and then all begins anew.
        vm.warp(start + 30 hours + 72 hours);
        vm.startPrank(guardian);
        vault.quarantine(start + 110 hours);
        vault.quarantine(start + 120 hours);
    }

    function test_a_quarantine_that_begins_as_another_ends_may_be_extended() public {
        uint40 start = uint40(vm.getBlockTimestamp());
        vm.startPrank(guardian);
        vault.quarantine(start + 10 hours);
        vault.quarantine(start + 20 hours);
        vm.stopPrank();
        vm.warp(start + 20 hours);
        _recover(true, start + 30 hours);
        vault.noteRecovery();
        vm.prank(guardian);
        vault.quarantine(start + 40 hours);
        _refuseQuarantine(start + 50 hours);
    }

    function test_a_recovery_of_the_verifier_holds_payments_for_72_hours_at_a_time() public {
        release(ONE, bob, 0);
        applyAll();
        uint40 start = uint40(vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotInRecovery.selector, 0));
        vault.noteRecovery();
        _recover(true, start + 100 hours);
        vm.prank(carol);
        vault.noteRecovery();
        assertEq(vault.quarantinedUntil(), start + 72 hours);
        bytes memory entry = entryOf(1);
        vm.expectPartialRevert(IVaultReleases.PaymentQuarantined.selector);
        vault.pay(1, entry, relayer);
        vm.warp(start + 71 hours);
        vault.noteRecovery();
        assertEq(vault.quarantinedUntil(), start + 100 hours);
        vm.warp(start + 100 hours);
        _recover(false, start + 100 hours);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotInRecovery.selector, start + 100 hours));
        vault.noteRecovery();
        pay(1);
    }

    function test_a_recovery_of_the_verifier_shortens_no_quarantine() public {
        uint40 start = uint40(vm.getBlockTimestamp());
        vm.prank(guardian);
        vault.quarantine(start + 72 hours);
        _recover(true, start + 30 hours);
        vault.noteRecovery();
        assertEq(vault.quarantinedUntil(), start + 72 hours);
    }

    function test_while_the_edge_is_halted_the_guardian_stops_any_payment_and_the_others_are_paid() public {
        release(SMALL, bob, 0);
        release(SMALL, bob, 0);
        applyAll();
        vm.mockCall(
            address(attesters),
            abi.encodeCall(attesters.haltOf, (heads[0])),
            abi.encode(true, 0, uint40(vm.getBlockTimestamp()))
        );
        _stop(1);
        pay(2);
        vm.clearMockedCalls();
    }

    function _recover(bool runs, uint40 until) private {
        vm.mockCall(address(attesters), abi.encodeCall(attesters.inRecovery, ()), abi.encode(runs));
        vm.mockCall(address(attesters), abi.encodeCall(attesters.recovery, ()), abi.encode(bytes32(0), 0, until));
    }

    function test_refuses_a_quarantine_by_anyone_but_the_guardian() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, guardian));
        vm.prank(governor);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 1));
    }

    function _refuseQuarantine(uint40 until) private {
        vm.expectPartialRevert(IVaultCore.QuarantineRefused.selector);
        vm.prank(guardian);
        vault.quarantine(until);
    }

    function _stop(uint96 seq) private {
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
    }

    function _expectState(uint96 seq, PaymentState state) private {
        _expectState(seq, state, PaymentState.QUEUED);
    }

    function _expectState(uint96 seq, PaymentState state, PaymentState needed) private {
        _expect(abi.encodeWithSelector(IVaultReleases.PaymentStateMismatch.selector, seq, state, needed));
    }

    function _expect(bytes memory refusal) private {
        vm.expectRevert(refusal);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {Payment, PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Refunds of stopped payments: not before two of three witnesses confirmed the release, or 30 days have passed.
contract VaultRefundTest is VaultReleaseFixture {
    uint128 private constant MIDDLE = 501 * ONE;
    /// @dev Above 3 / 40 of the limit of 100,000 a day.
    uint128 private constant TOO_LARGE = 7_501 * ONE;

    TestWitness[3] private witnesses;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        for (uint8 slot = 0; slot < 3; ++slot) {
            witnesses[slot] = new TestWitness();
            vault.setWitness(slot, address(witnesses[slot]), true);
        }
        vault.setWitnessPolicy(2);
        vm.stopPrank();
    }

    // When

    function test_I4_a_stopped_release_comes_back_once_two_witnesses_confirm_it() public {
        _stopOne();
        uint256 stoppedAt = vm.getBlockTimestamp();
        assertBooks(asset, LOCKED, 0, 0);
        _assertJournaled(1, "the lock alone");
        assertEq(vault.payment(1).flags & 8, 0);
        assertEq(vault.payment(1).readyAt, stoppedAt + 30 days);
        _expectTooSoon(stoppedAt + 30 days);
        _refund();
        _confirm(0, 1);
        _expectTooSoon(stoppedAt + 30 days);
        _refund();
        _confirm(1, 1);
        _expectRefund(MIDDLE, 1);
        vm.prank(carol);
        _refund();
        _assertJournaled(2, "the refund");
        assertEq(vault.payment(1).flags & 8, 8);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_I4_a_release_that_is_confirmed_comes_back_when_it_is_stopped() public {
        release(MIDDLE, bob, 0);
        applyAll();
        _confirm(0, 1);
        _confirm(1, 1);
        _expectRefund(MIDDLE, 1);
        _stop(1);
    }

    function test_I9_a_release_that_nobody_confirms_comes_back_30_days_after_it_was_stopped() public {
        _stopOne();
        uint256 stoppedAt = vm.getBlockTimestamp();
        vm.warp(stoppedAt + 29 days);
        _expectTooSoon(stoppedAt + 30 days);
        _refund();
        vm.warp(stoppedAt + 30 days - 1);
        _expectTooSoon(stoppedAt + 30 days);
        _refund();
        vm.warp(stoppedAt + 30 days);
        _expectRefund(MIDDLE, 1);
        _refund();
    }

    /// @notice The ledger takes one; it may have journaled the release only after it applied the first.
    function test_I9_a_refund_comes_again_every_30_days_and_not_sooner() public {
        _stopOne();
        _confirm(0, 1);
        _confirm(1, 1);
        for (uint64 times = 1; times <= 3; ++times) {
            _expectRefund(MIDDLE, 1);
            _refund();
            uint256 earliest = vm.getBlockTimestamp() + 30 days;
            _expectTooSoon(earliest);
            _refund();
            vm.warp(earliest - 1);
            _expectTooSoon(earliest);
            _refund();
            vm.warp(earliest);
            _assertJournaled(1 + times, "one more");
        }
    }

    function test_I9_a_quarantine_keeps_no_refund_of_what_is_confirmed() public {
        _stopOne();
        _confirm(0, 1);
        _confirm(1, 1);
        vm.prank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 72 hours));
        _expectRefund(MIDDLE, 1);
        _refund();
    }

    // What the replay stops

    function test_I4_an_amount_above_the_limit_comes_back_once_it_is_confirmed() public {
        release(TOO_LARGE, bob, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(1, address(vault), "above the limit");
        applyAll();
        _requireStoppedWithoutRefund(TOO_LARGE);
    }

    /// @notice Lines for which nothing is accounted are no fault of the ledger's journal: it comes back, and stops nobody.
    function test_I4_more_than_is_accounted_comes_back_once_it_is_confirmed_and_quarantines_nothing() public {
        release(LOCKED + 1, bob, 0);
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(1, address(vault), "not accounted");
        applyAll();
        assertEq(vault.quarantinedUntil(), 0);
        _requireStoppedWithoutRefund(LOCKED + 1);
    }

    function test_I4_more_than_is_accounted_and_not_owed_is_stopped_to_the_unit() public {
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, UNBOUNDED);
        vault.setWitnessPolicy(0);
        vm.stopPrank();
        release(LOCKED - 10 * ONE, bob, 0);
        release(10 * ONE + 1, bob, 0);
        release(10 * ONE, bob, 0);
        release(1, bob, 0);
        uint64 last = release(type(uint104).max, bob, 0);
        uint64 refused = release(uint128(type(uint104).max) + 1, bob, 0);
        applyAll();
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.STOPPED);
        assertState(3, PaymentState.QUEUED);
        assertState(4, PaymentState.STOPPED);
        assertState(last, PaymentState.STOPPED);
        assertState(refused, PaymentState.NONE);
        assertBooks(asset, LOCKED, LOCKED, 0);
        _assertJournaled(4, "the lock and three refunds, at once where no witness must confirm");
    }

    /// @notice It takes nothing of the lanes, and nothing of the fast limit.
    function test_I10_what_is_not_accounted_takes_no_place_in_a_lane() public {
        release(LOCKED + 1, bob, 0);
        release(400 * ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(2).readyAt, vm.getBlockTimestamp());
        assertEq(vault.assetOf(asset).cumFast, 400 * ONE);
    }

    /// @notice Any number of forged releases above the limit puts nothing in the vault's own journal.
    function test_I13_what_was_forged_above_the_limit_enters_no_journal() public {
        for (uint256 i = 0; i < 192; ++i) release(TOO_LARGE, bob, 0);
        applyAll();
        _assertJournaled(1, "the lock alone");
        skip(30 days - 1);
        for (uint96 seq = 1; seq <= 192; seq += 64) {
            vm.expectPartialRevert(IVaultCore.RefundTooSoon.selector);
            vault.refund(seq, asset, TOO_LARGE, accountOf(alice));
        }
    }

    // What

    function testFuzz_I4_no_other_figures_are_refunded(
        uint16 which,
        uint128 amount,
        bytes32 account,
        uint8 way
    ) public {
        _stopOne();
        if (way % 4 != 0) which = asset;
        if (way % 4 != 1) amount = MIDDLE;
        if (way % 4 != 2) account = accountOf(alice);
        vm.assume(which != asset || amount != MIDDLE || account != accountOf(alice));
        skip(30 days);
        bytes25 given = bytes25(keccak256(abi.encodePacked(which, amount, account)));
        bytes25 kept = bytes25(keccak256(abi.encodePacked(asset, MIDDLE, accountOf(alice))));
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.EntryMismatch.selector, 1, given, kept));
        vault.refund(1, which, amount, account);
    }

    function test_I4_only_a_stopped_payment_is_refunded() public {
        release(400 * ONE, bob, 0);
        release(400 * ONE, address(vault), 0);
        release(100 * ONE, bob, 0);
        applyAll();
        pay(1);
        PaymentState[5] memory states = [
            PaymentState.NONE,
            PaymentState.PAID,
            PaymentState.CLAIMABLE,
            PaymentState.QUEUED,
            PaymentState.NONE
        ];
        for (uint96 seq = 0; seq < 5; ++seq) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IVaultReleases.PaymentStateMismatch.selector,
                    seq,
                    states[seq],
                    PaymentState.STOPPED
                )
            );
            vault.refund(seq, asset, 400 * ONE, accountOf(alice));
        }
    }

    function test_I4_a_loss_that_was_stopped_has_no_refund() public {
        append(lostEntry(MIDDLE));
        applyAll();
        _stop(1);
        skip(31 days);
        vm.expectPartialRevert(IVaultReleases.EntryMismatch.selector);
        vault.refund(1, asset, MIDDLE, 0);
    }

    function test_I4_what_was_stopped_is_never_paid_stopped_again_or_given_back() public {
        _stopOne();
        bytes memory entry = entryOf(1);
        for (uint256 round = 0; round < 2; ++round) {
            skip(31 days);
            _expectStopped(PaymentState.QUEUED);
            vault.pay(1, entry, relayer);
            _expectStopped(PaymentState.CLAIMABLE);
            vault.claim(1, entry);
            _expectStopped(PaymentState.CLAIMABLE);
            vault.giveBack(1, entry);
            _expectStopped(PaymentState.QUEUED);
            vm.prank(guardian);
            vault.stop(1, entry, "again");
            if (round == 0) _refund();
        }
    }

    // Helpers of the tests

    /// @dev Replays a release that nobody confirmed, and stops it.
    function _stopOne() private {
        release(MIDDLE, bob, 3);
        applyAll();
        _stop(1);
        assertState(1, PaymentState.STOPPED);
    }

    function _stop(uint96 seq) private {
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
    }

    /// @dev The replay stopped number 1 and journaled nothing; confirmed, it comes back.
    function _requireStoppedWithoutRefund(uint128 amount) private {
        assertState(1, PaymentState.STOPPED);
        Payment memory stopped = vault.payment(1);
        assertEq(stopped.entryHash, bytes25(keccak256(abi.encodePacked(asset, amount, accountOf(alice)))));
        assertEq(abi.encode(stopped.readyAt, stopped.flags), abi.encode(vm.getBlockTimestamp() + 30 days, 0));
        _assertJournaled(1, "the lock alone");
        assertBooks(asset, LOCKED, 0, 0);
        vm.expectPartialRevert(IVaultCore.RefundTooSoon.selector);
        vault.refund(1, asset, amount, accountOf(alice));
        _confirm(0, 1);
        _confirm(2, 1);
        _expectRefund(amount, 1);
        vault.refund(1, asset, amount, accountOf(alice));
    }

    function _refund() private {
        vault.refund(1, asset, MIDDLE, accountOf(alice));
    }

    function _confirm(uint8 slot, uint64 count) private {
        witnesses[slot].record(heads[0], count, heads[count]);
        vault.confirm(slot, count);
    }

    function _expectRefund(uint128 amount, uint96 seq) private {
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        bytes32 party = bytes32(uint256(seq));
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.REFUND, asset, amount, accountOf(alice), party);
    }

    function _expectTooSoon(uint256 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.RefundTooSoon.selector, 1, earliest));
    }

    function _expectStopped(PaymentState needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(IVaultReleases.PaymentStateMismatch.selector, 1, PaymentState.STOPPED, needed)
        );
    }

    function _assertJournaled(uint64 expected, string memory what) private view {
        (, uint64 count, ) = vault.journalHead();
        assertEq(count, expected, what);
    }
}

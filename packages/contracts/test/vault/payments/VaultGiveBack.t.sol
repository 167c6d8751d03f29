// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {MoodyToken} from "../../tokens/MoodyToken.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Payments that nobody can be paid go back to the account that was debited, 30 days after they became claimable.
contract VaultGiveBackTest is VaultReleaseFixture {
    function test_I9_what_nobody_can_be_paid_is_given_back_by_anyone_after_30_days() public {
        release(ONE, address(vault), 10);
        applyAll();
        uint256 since = vm.getBlockTimestamp();
        _expectNotReady(since + 30 days);
        vm.warp(since + 29 days);
        _expectNotReady(since + 30 days);
        vm.warp(since + 30 days - 1);
        _expectNotReady(since + 30 days);
        vm.warp(since + 30 days);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(1, carol, "given back");
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.REFUND, asset, ONE, accountOf(alice), bytes32(uint256(1)));
        _giveBack(1);
        assertState(1, PaymentState.STOPPED);
        assertBooks(asset, LOCKED, 0, 0);
        assertEq(vault.quarantinedUntil(), 0);
        // Its refund comes again, as that of any stopped payment.
        uint256 again = vm.getBlockTimestamp() + 30 days;
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.RefundTooSoon.selector, 1, again));
        vault.refund(1, asset, ONE, accountOf(alice));
        vm.warp(again);
        vault.refund(1, asset, ONE, accountOf(alice));
    }

    function test_I9_thirty_days_count_from_the_failed_payment() public {
        MoodyToken moody = new MoodyToken();
        uint16 which = list(address(moody), 6);
        lockFor(which, moody, LOCKED);
        append(releaseEntry(which, ONE, bob, 0));
        applyAll();
        skip(40 days);
        moody.blacklist(bob, true);
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        uint256 since = vm.getBlockTimestamp();
        vm.warp(since + 30 days - 1);
        _expectNotReady(since + 30 days);
        vm.warp(since + 30 days);
        _giveBack(1);
        assertBooks(which, LOCKED, 0, 0);
        assertEq(moody.balanceOf(address(vault)), LOCKED);
    }

    function test_I4_what_was_given_back_is_neither_claimed_nor_given_back_again() public {
        release(ONE, address(vault), 0);
        applyAll();
        skip(30 days);
        _giveBack(1);
        _expectState(PaymentState.STOPPED);
        _giveBack(1);
        bytes memory entry = entryOf(1);
        _expectState(PaymentState.STOPPED);
        vault.claim(1, entry);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_I4_only_a_claimable_payment_is_given_back() public {
        release(ONE, bob, 0);
        applyAll();
        skip(60 days);
        _expectState(PaymentState.QUEUED);
        _giveBack(1);
        pay(1);
        _expectState(PaymentState.PAID);
        _giveBack(1);
    }

    function testFuzz_I4_nothing_is_given_back_by_any_other_entry(uint256 place, uint8 bit) public {
        release(ONE, address(vault), 10);
        applyAll();
        skip(30 days);
        bytes memory entry = entryOf(1);
        place = bound(place, 0, entry.length - 1);
        entry[place] ^= bytes1(uint8(1) << (bit % 8));
        vm.expectPartialRevert(IVaultReleases.EntryMismatch.selector);
        vault.giveBack(1, entry);
    }

    function test_I6_what_is_not_confirmed_waits_for_the_end_of_a_quarantine_and_for_its_date() public {
        TestWitness witness = new TestWitness();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 10);
        vault.setWitness(0, address(witness), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        // 100 a day is the fast limit: the second opens 70 days after it was replayed, and a week after that.
        release(100 * ONE, address(vault), 0);
        release(7_000 * ONE, address(vault), 0);
        applyAll();
        uint40 opensAt = vault.openingOf(2).at;
        skip(32 days);
        uint40 until = uint40(vm.getBlockTimestamp() + 72 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        _expectQuarantined(1, until);
        _giveBack(1);
        vm.warp(until);
        _giveBack(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentUnconfirmed.selector, 2, opensAt));
        _giveBack(2);
        witness.record(heads[0], 2, heads[2]);
        vault.confirm(0, 2);
        _giveBack(2);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function _giveBack(uint96 seq) private {
        bytes memory entry = entryOf(seq);
        vm.prank(carol);
        vault.giveBack(seq, entry);
    }

    function _expectNotReady(uint256 earliest) private {
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentNotReady.selector, 1, earliest));
        vault.giveBack(1, entry);
    }

    function _expectQuarantined(uint96 seq, uint40 until) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentQuarantined.selector, seq, until));
    }

    function _expectState(PaymentState state) private {
        vm.expectRevert(
            abi.encodeWithSelector(IVaultReleases.PaymentStateMismatch.selector, 1, state, PaymentState.CLAIMABLE)
        );
    }
}

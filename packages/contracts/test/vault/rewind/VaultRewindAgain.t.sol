// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {IVaultRewind} from "../../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {Payment, PaymentState, ReleaseRefusal} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultRewindFixture} from "./VaultRewindFixture.sol";

/// @notice What comes again after a rewind: paid once, refunded once, never both, through one rewind and through more.
contract VaultRewindAgainTest is VaultRewindFixture {
    // Paid before

    function test_I1_I4_a_payment_that_was_unwound_pays_one_release_of_its_bytes() public {
        release(10 * ONE, bob, 3);
        applyAll();
        pay(1);
        rewindTo(0);
        release(10 * ONE, bob, 2);
        release(10 * ONE, bob, 3);
        release(10 * ONE, bob, 3);
        bytes32 entryHash = hashOf(2);
        vm.expectEmit(address(vault));
        emit IVaultRewind.Settled(2, 10 * ONE);
        applyAll();
        assertState(1, PaymentState.QUEUED);
        Payment memory paid = vault.payment(2);
        assertEq(paid.entryHash, bytes25(entryHash));
        assertEq(
            abi.encode(paid.readyAt, paid.state, paid.flags),
            abi.encode(vm.getBlockTimestamp(), PaymentState.PAID, 0)
        );
        assertState(3, PaymentState.QUEUED);
        assertEq(vault.paidOrphans(entryHash), 0);
        assertBooks(asset, LOCKED - 10 * ONE, 20 * ONE, 10 * ONE);
        // Nothing is missing any more, and nothing is paid twice.
        payLate(1);
        pay(3);
        assertEq(token.balanceOf(address(vault)), vault.accounted(asset));
        assertEq(vault.accounted(asset), LOCKED - 30 * ONE);
    }

    /// @notice Whatever the number, the bytes count; two of the same bytes settle two, in whichever order.
    function test_I4_each_payment_settles_once_though_its_number_is_another() public {
        release(10 * ONE, bob, 0);
        release(20 * ONE, carol, 0);
        release(10 * ONE, bob, 0);
        applyAll();
        for (uint96 seq = 1; seq <= 3; ++seq) pay(seq);
        rewindTo(0);
        release(20 * ONE, carol, 0);
        release(10 * ONE, bob, 0);
        release(10 * ONE, bob, 0);
        release(10 * ONE, bob, 0);
        applyAll();
        for (uint96 seq = 1; seq <= 3; ++seq) assertState(seq, PaymentState.PAID);
        assertState(4, PaymentState.QUEUED);
        assertBooks(asset, LOCKED - 40 * ONE, 10 * ONE, 40 * ONE);
    }

    function test_I1_what_nothing_settles_is_missing_and_shared() public {
        release(LOCKED / 2, bob, 0);
        applyAll();
        pay(1);
        rewindTo(0);
        expectShortfall(LOCKED / 2, LOCKED, 0);
        vault.report(asset);
        release(10 * ONE, carol, 0);
        applyAll();
        payLate(1);
        assertEq(token.balanceOf(carol), 5 * ONE);
    }

    /// @notice What comes again takes nothing of a lane, a fast limit or a date: it left before.
    function test_I6_what_settles_takes_nothing_of_any_limit() public {
        needWitness(0);
        limitFast();
        release(1_000 * ONE, bob, 0);
        applyAll();
        skip(3 hours);
        pay(1);
        rewindTo(0);
        bytes memory before = abi.encode(vault.assetOf(asset).cumFast, vault.assetOf(asset).tatMiddle);
        release(1_000 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.PAID);
        assertEq(abi.encode(vault.assetOf(asset).cumFast, vault.assetOf(asset).tatMiddle), before);
    }

    /// @notice One above a limit that was lowered since is settled too: else it would be refunded though it was paid.
    function test_I4_a_payment_settles_though_no_payment_may_be_so_large_any_more() public {
        release(10_000 * ONE, bob, 0);
        applyAll();
        pay(1);
        rewindTo(0);
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1_000);
        release(10_000 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.PAID);
    }

    /// @notice What every release must be is judged first: one with a fee above its amount is refused, whatever came before.
    function test_I4_a_release_that_no_honest_ledger_journals_is_refused_though_it_was_refunded_before() public {
        _refunded(10 * ONE);
        rewindTo(0);
        Entry memory entry = releaseEntry(asset, 10 * ONE, bob, 0);
        entry.fee = uint96(11 * ONE);
        append(entry);
        vm.expectEmit(address(vault));
        emit IVaultReleases.RefusedRelease(1, ReleaseRefusal.FEE);
        applyAll();
        assertState(1, PaymentState.STOPPED);
    }

    /// @notice A forged quorum pays all, and after the rewind has others owed all that is accounted: nothing is settled from that.
    function test_I1_what_others_are_owed_stays_accounted_for_them() public {
        release(LOCKED, bob, 0);
        applyAll();
        pay(1);
        rewindTo(0);
        release(10 * ONE, carol, 0);
        release(LOCKED, bob, 0);
        bytes32 entryHash = hashOf(2);
        applyAll();
        assertState(2, PaymentState.STOPPED);
        assertEq(vault.paidOrphans(entryHash), 1);
        assertBooks(asset, LOCKED, 10 * ONE, 0);
    }

    function test_I4_a_void_payment_is_queued_again_when_its_release_comes_again() public {
        release(10 * ONE, bob, 0);
        applyAll();
        rewindTo(0);
        bytes memory old = EntryCodec.pack(releaseEntry(asset, 10 * ONE, bob, 0));
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.pay(1, old, relayer);
        release(10 * ONE, bob, 0);
        applyAll();
        assertBooks(asset, LOCKED, 10 * ONE, 0);
        pay(1);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    function test_I14_64_releases_that_come_again_in_one_transaction() public {
        replay(64);
        for (uint96 seq = 1; seq <= 32; ++seq) pay(seq);
        rewindTo(0);
        for (uint256 i = 0; i < 64; ++i) release(ONE, bob, 0);
        JournalHead memory statement = statementOf(64);
        (bytes memory sigs, bytes memory entries) = (sign(statement), entriesOf(0, 64));
        uint256 gasBefore = gasleft();
        vault.applyReleases(0, entries, new uint64[](0), statement, sigs);
        uint256 used = gasBefore - gasleft() + 21_000 + (entries.length + 600) * 16;
        console.log("64 releases after a rewind, 32 of them paid before:", used);
        assertLt(used, 8_000_000);
        assertBooks(asset, LOCKED - 32 * ONE, 32 * ONE, 32 * ONE);
    }

    function test_only_the_vault_asks_itself_what_comes_again() public {
        bytes memory entry = EntryCodec.pack(releaseEntry(asset, ONE, bob, 0));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, address(vault)));
        vm.prank(governor);
        vault.settleAgain(1, entry);
    }

    // Refunded before

    function test_I4_a_release_that_was_refunded_stays_stopped_when_it_comes_again() public {
        _refunded(10 * ONE);
        Payment memory refunded = vault.payment(1);
        // A rewind takes its place in the lane away, and nothing else.
        refunded.flags = 8;
        rewindTo(0);
        // Of another memo, fee or recipient, and yet the same debit of the same number.
        release(10 * ONE, carol, 1);
        applyAll();
        assertEq(abi.encode(vault.payment(1)), abi.encode(refunded));
        assertBooks(asset, LOCKED, 0, 0);
        bytes memory entry = entryOf(1);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.pay(1, entry, relayer);
        // Its REFUND is journaled again, as any: the ledger may have forgotten the first.
        skip(30 days);
        vault.refund(1, asset, 10 * ONE, accountOf(alice));
    }

    function test_I4_another_number_amount_or_account_is_another_release() public {
        _refunded(10 * ONE);
        rewindTo(0);
        release(10 * ONE + 1, bob, 0);
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.QUEUED);
        rewindTo(0);
        Entry memory entry = releaseEntry(asset, 10 * ONE, bob, 0);
        entry.account = accountOf(bob);
        append(entry);
        applyAll();
        assertState(1, PaymentState.QUEUED);
    }

    /// @notice One that was stopped without a refund is void, and comes again as if it had never been stopped.
    function test_I4_a_release_that_was_stopped_and_not_refunded_is_queued_again() public {
        needWitness(0);
        release(10 * ONE, bob, 0);
        applyAll();
        _stop(1);
        rewindTo(0);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.refund(1, asset, 10 * ONE, accountOf(alice));
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.QUEUED);
    }

    /// @notice A release that is both, refunded under its number and paid by its bytes under another, stays stopped.
    function test_I4_a_refund_goes_before_a_payment_of_the_same_bytes() public {
        _refunded(10 * ONE);
        release(10 * ONE, bob, 0);
        applyAll();
        pay(2);
        rewindTo(0);
        release(10 * ONE, bob, 0);
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.STOPPED);
        assertState(2, PaymentState.PAID);
        assertBooks(asset, LOCKED - 10 * ONE, 0, 10 * ONE);
    }

    // More than one rewind

    /// @notice What was settled and is unwound again settles again: once.
    function test_I4_a_payment_settles_once_through_two_rewinds() public {
        release(10 * ONE, bob, 0);
        applyAll();
        pay(1);
        rewindTo(0);
        release(10 * ONE, bob, 0);
        applyAll();
        bytes32 entryHash = hashOf(1);
        begin(0);
        vm.expectEmit(address(vault));
        emit IVaultRewind.PaidPastPoint(1, asset, 10 * ONE);
        unwindTo(0);
        cutTo(0);
        assertEq(vault.paidOrphans(entryHash), 1);
        assertBooks(asset, LOCKED, 0, 0);
        release(ONE, bob, 0);
        release(10 * ONE, bob, 0);
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(2, PaymentState.PAID);
        assertState(3, PaymentState.QUEUED);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    /// @notice A rewind goes past the point of an earlier one; what lay before that is taken back too.
    function test_I4_a_rewind_goes_past_an_earlier_one() public {
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        applyAll();
        pay(1);
        rewindTo(1);
        release(30 * ONE, carol, 0);
        applyAll();
        pay(2);
        bytes32[2] memory paid = [hashOf(1), hashOf(2)];
        rewindTo(0);
        assertEq(vault.paidOrphans(paid[0]), 1);
        assertEq(vault.paidOrphans(paid[1]), 1);
        assertBooks(asset, LOCKED, 0, 0);
        release(30 * ONE, carol, 0);
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        applyAll();
        assertBooks(asset, LOCKED - 40 * ONE, 20 * ONE, 40 * ONE);
        pay(3);
        assertEq(token.balanceOf(bob), 30 * ONE);
        assertEq(token.balanceOf(carol), 30 * ONE);
        assertEq(token.balanceOf(address(vault)), LOCKED - 60 * ONE);
    }

    /// @notice Under its number another entry came in between, of whichever kind: the refund is not forgotten.
    function test_I4_a_refund_is_remembered_though_its_number_was_taken_in_between() public {
        _refunded(10 * ONE);
        rewindTo(0);
        Entry[3] memory between = [
            releaseEntry(asset, 7 * ONE, bob, 0),
            lostEntry(ONE),
            releaseEntry(asset, 0, bob, 0)
        ];
        for (uint256 i = 0; i < between.length; ++i) {
            uint256 before = vm.snapshotState();
            append(between[i]);
            applyAll();
            skip(73 hours);
            rewindTo(0);
            _requireRemembered(i < 2);
            vm.revertToState(before);
        }
    }

    /// @dev The release that was refunded comes again, and once more.
    function _requireRemembered(bool taken) private {
        release(10 * ONE, bob, 0);
        if (taken) {
            vm.expectEmit(address(vault));
            emit IVaultCore.Stopped(1, address(vault), "refunded before");
        }
        applyAll();
        Payment memory again = vault.payment(1);
        assertEq(again.entryHash, bytes25(keccak256(abi.encodePacked(asset, 10 * ONE, accountOf(alice)))));
        assertEq(abi.encode(again.state, again.flags), abi.encode(PaymentState.STOPPED, 8));
        if (taken) assertEq(again.readyAt, vm.getBlockTimestamp() + 30 days);
        assertBooks(asset, LOCKED, 0, 0);
        rewindTo(0);
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.STOPPED);
    }

    // Helpers of the tests

    /// @dev A release as the first entry, stopped and refunded.
    function _refunded(uint128 amount) private {
        release(amount, bob, 0);
        applyAll();
        _stop(1);
        assertEq(vault.payment(1).flags & 8, 8, "its refund is journaled");
    }

    function _stop(uint96 seq) private {
        vm.prank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "x");
        skip(72 hours + 1);
    }

    /// @dev I4: a refused entry has no payment, and takes nothing back of what had its number before.
    function test_I4_incident_unwinding_a_refused_loss_forgets_no_refund() public {
        release(10 * ONE, bob, 0);
        applyAll();
        vm.prank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        bytes memory entry = entryOf(1);
        vm.prank(guardian);
        vault.stop(1, entry, "in doubt");
        skip(72 hours + 1);
        rewindTo(0);
        Entry memory refused = lostEntry(ONE);
        refused.fee = 1;
        append(refused);
        applyAll();
        skip(73 hours);
        rewindTo(0);
        assertState(1, PaymentState.STOPPED);
        release(10 * ONE, bob, 0);
        applyAll();
        assertState(1, PaymentState.STOPPED);
    }

    function test_I9_incident_unwinding_a_refused_release_of_any_amount_gives_no_lane_back() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        for (uint256 i = 0; i < 10; ++i) release(500 * ONE, bob, 0);
        applyAll();
        pay(1);
        rewindTo(0);
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1_000_000);
        Entry memory refused = releaseEntry(asset, type(uint128).max - 3, bob, 0);
        refused.account = 0;
        append(refused);
        applyAll();
        skip(8 days);
        uint64 before = vault.assetOf(asset).tatSmall;
        rewindTo(0);
        assertEq(vault.assetOf(asset).tatSmall, before);
        assertEdgeState(SourceState.LIVE);
    }
}

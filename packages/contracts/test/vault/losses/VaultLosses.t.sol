// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultLosses, IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {Vm} from "forge-std/Vm.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {Opening, Payment, PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultRewindFixture} from "../rewind/VaultRewindFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice A loss that the ledger told of: when the vault takes it over, what that does to what is accounted, and who stops it.
contract VaultLossesTest is VaultRewindFixture {
    uint256 private constant DAY = 24 hours;
    uint256 private constant WAIT = 7 days;
    uint128 private constant LOST = LOCKED / 4;

    TestWitness private first;
    TestWitness private second;

    // Its dates

    function test_I10_a_loss_is_taken_over_a_day_after_its_replay_to_the_second() public {
        uint64 seq = append(lostEntry(LOST));
        uint40 readyAt = uint40(vm.getBlockTimestamp() + DAY);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossQueued(seq, asset, LOST, false, readyAt, 0);
        applyAll();
        Payment memory due = vault.payment(seq);
        assertEq(due.entryHash, bytes25(keccak256(entryOf(seq))));
        assertEq(abi.encode(due.readyAt, due.state, due.flags), abi.encode(readyAt, PaymentState.QUEUED, 6));
        assertBooks(asset, LOCKED, 0, 0);
        vm.warp(readyAt - 1);
        _refuse(seq, abi.encodeWithSelector(IVaultReleases.PaymentNotReady.selector, seq, readyAt));
        vm.warp(readyAt);
        _take(seq, LOST, LOCKED);
    }

    function test_I6_an_unconfirmed_loss_waits_for_seven_days_to_the_second() public {
        _askWitnesses();
        uint64 seq = append(lostEntry(LOST));
        uint256 start = vm.getBlockTimestamp();
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossQueued(seq, asset, LOST, false, uint40(start + DAY), uint40(start + WAIT));
        applyAll();
        assertEq(vault.payment(seq).flags, 7);
        Opening memory opening = vault.openingOf(seq);
        assertEq(abi.encode(opening.at, opening.conflicts), abi.encode(start + WAIT, 0));
        bytes memory refusal = abi.encodeWithSelector(IVaultReleases.PaymentUnconfirmed.selector, seq, start + WAIT);
        vm.warp(start + DAY);
        _refuse(seq, refusal);
        vm.warp(start + WAIT - 1);
        _refuse(seq, refusal);
        vm.warp(start + WAIT);
        _take(seq, LOST, LOCKED);
    }

    function test_I6_a_loss_that_enough_witnesses_confirm_is_taken_over_on_its_date() public {
        _askWitnesses();
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        _confirm(first, 0);
        bytes memory entry = entryOf(seq);
        vm.expectPartialRevert(IVaultReleases.PaymentUnconfirmed.selector);
        vault.takeLoss(seq, entry);
        _confirm(second, 1);
        _take(seq, LOST, LOCKED);
    }

    function test_I6_a_conflict_after_its_replay_puts_a_loss_off_by_seven_days() public {
        _askWitnesses();
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        uint256 start = vm.getBlockTimestamp();
        first.record(heads[0], tip(), "another");
        vault.confirm(0, tip());
        vm.warp(start + 2 * WAIT - 1);
        _refuse(seq, abi.encodeWithSelector(IVaultReleases.PaymentUnconfirmed.selector, seq, start + 2 * WAIT));
        vm.warp(start + 2 * WAIT);
        _take(seq, LOST, LOCKED);
    }

    function test_I6_a_quarantine_holds_a_loss_that_is_not_confirmed() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        _refuse(seq, abi.encodeWithSelector(IVaultReleases.PaymentQuarantined.selector, seq, until));
        vm.warp(until);
        _take(seq, LOST, LOCKED);
    }

    function test_I6_a_quarantine_does_not_hold_a_loss_that_is_confirmed() public {
        _askWitnesses();
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        _confirm(first, 0);
        _confirm(second, 1);
        skip(DAY);
        vm.prank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 1 hours));
        _take(seq, LOST, LOCKED);
    }

    // What it does

    /// @notice I1, I12: what is there is shared by all units, those of the loss too, and the report answers its number.
    function testFuzz_I1_I12_a_loss_lowers_coverage_to_what_is_there_for_all_units(uint104 units, uint104 gone) public {
        units = uint104(bound(units, 1, type(uint104).max - LOCKED));
        lose(bound(gone, 0, LOCKED));
        uint64 seq = append(lostEntry(units));
        applyAll();
        skip(DAY);
        _take(seq, units, LOCKED);
        uint256 held = token.balanceOf(address(vault));
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.coverage, (held * 1e18) / (uint256(LOCKED) + units));
        assertEq(abi.encode(kept.shortSince, kept.reportedAt), abi.encode(block.timestamp, block.timestamp));
        assertEq(kept.owed, 0);
    }

    /// @notice Tokens that nobody had a claim to, such as gifts, cover a loss before anybody bears it.
    function test_a_loss_that_is_covered_is_no_shortage() public {
        token.mint(address(vault), LOST);
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        _take(seq, LOST, LOCKED);
        assertEq(vault.assetOf(asset).flags, 0);
        lockFor(asset, token, ONE);
    }

    function test_what_a_loss_leaves_is_paid_after_seven_days_in_units() public {
        uint64 paid = release(100 * ONE, bob, 0);
        uint64 seq = append(lostEntry(LOCKED));
        applyAll();
        skip(DAY);
        _take(seq, LOCKED, LOCKED);
        bytes memory entry = entryOf(paid);
        expectShort(2 * LOCKED, LOCKED);
        vault.pay(paid, entry, relayer);
        skip(WAIT);
        pay(paid);
        assertEq(token.balanceOf(bob), 50 * ONE);
        assertBooks(asset, 2 * LOCKED - 100 * ONE, 0, 100 * ONE);
    }

    /// @notice The date of a shortage that is on record stands: a loss makes it worse, as a worse report does.
    function test_a_loss_keeps_the_date_of_a_shortage_on_record() public {
        lose(1);
        vault.report(asset);
        uint256 since = vm.getBlockTimestamp();
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        _take(seq, LOST, LOCKED);
        assertEq(vault.assetOf(asset).shortSince, since);
    }

    /// @notice The answer comes at once, however short ago somebody else reported.
    function test_I9_the_answer_to_a_loss_waits_for_no_day() public {
        token.mint(address(vault), LOST);
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        vault.report(asset);
        _take(seq, LOST, LOCKED);
    }

    function test_I1_no_more_is_accounted_than_fits() public {
        uint256 most = type(uint104).max;
        uint64 seq = append(lostEntry(most - LOCKED + 1));
        uint64 next = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(seq, asset, most - LOCKED, false);
        expectShortfall(most - LOCKED, most, seq);
        vault.takeLoss(seq, entryOf(seq));
        assertEq(vault.accounted(asset), most);
        // There is room for nothing of the next one, and the ledger has its answer all the same.
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(next, asset, 0, false);
        expectShortfall(most - LOCKED, most, next);
        vault.takeLoss(next, entryOf(next));
    }

    // What it is not

    function test_I4_a_loss_is_taken_over_once() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        _take(seq, LOST, LOCKED);
        _refuseState(seq, PaymentState.PAID);
        assertBooks(asset, LOCKED + LOST, 0, 0);
    }

    function test_I4_other_bytes_are_not_the_loss() public {
        uint64 seq = append(lostEntry(LOST));
        uint64 other = append(lostEntry(LOST + 1));
        applyAll();
        skip(DAY);
        bytes memory entry = entryOf(other);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultReleases.EntryMismatch.selector,
                seq,
                bytes25(keccak256(entry)),
                bytes25(keccak256(entryOf(seq)))
            )
        );
        vault.takeLoss(seq, entry);
        _refuseState(other + 1, PaymentState.NONE);
    }

    function test_I4_a_loss_is_no_payment() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        bytes memory entry = entryOf(seq);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultReleases.EntryKindMismatch.selector, seq, EntryCodec.LOST, EntryCodec.RELEASE)
        );
        vault.pay(seq, entry, relayer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultReleases.PaymentStateMismatch.selector,
                seq,
                PaymentState.QUEUED,
                PaymentState.CLAIMABLE
            )
        );
        vault.claim(seq, entry);
    }

    function test_I4_a_payment_is_no_loss() public {
        uint64 seq = release(ONE, bob, 0);
        applyAll();
        _refuse(
            seq,
            abi.encodeWithSelector(IVaultReleases.EntryKindMismatch.selector, seq, EntryCodec.RELEASE, EntryCodec.LOST)
        );
        pay(seq);
    }

    // The guardian

    function test_I9_the_guardian_stops_a_loss_and_the_ledger_has_its_answer() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        lose(LOCKED / 2);
        bytes memory entry = entryOf(seq);
        (, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(seq, guardian, "because");
        expectShortfall(LOCKED / 2, LOCKED, seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
        (, uint64 after_, ) = vault.journalHead();
        assertEq(after_, count + 1, "and no refund");
        assertState(seq, PaymentState.STOPPED);
        assertBooks(asset, LOCKED, 0, 0);
        _refuseState(seq, PaymentState.STOPPED);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
    }

    function test_I9_a_loss_that_is_stopped_takes_nothing_of_what_is_owed() public {
        release(LOCKED, bob, 0);
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        vm.prank(guardian);
        vault.stop(seq, entryOf(seq), "because");
        assertBooks(asset, LOCKED, LOCKED, 0);
        pay(1);
    }

    function test_nobody_but_the_guardian_stops_a_loss() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        bytes memory entry = entryOf(seq);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, carol, guardian));
        vm.prank(carol);
        vault.stop(seq, entry, "because");
    }

    function _askWitnesses() private {
        (first, second) = (new TestWitness(), new TestWitness());
        vm.startPrank(governor);
        vault.setWitness(0, address(first), true);
        vault.setWitness(1, address(second), true);
        vault.setWitnessPolicy(2);
        vm.stopPrank();
    }

    function _confirm(TestWitness witness, uint8 slot) private {
        witness.record(heads[0], tip(), heads[tip()]);
        vault.confirm(slot, tip());
    }

    /// @dev Takes a loss over, by anyone, and requires its events, the answer, and the books after it.
    function _take(uint96 seq, uint256 units, uint256 accounted) private {
        uint256 sum = accounted + units;
        uint256 held = token.balanceOf(address(vault));
        bytes memory entry = entryOf(seq);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(seq, asset, units, false);
        expectShortfall(held < sum ? sum - held : 0, sum, seq);
        vm.recordLogs();
        vm.prank(carol);
        vault.takeLoss(seq, entry);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 3);
        assertState(seq, PaymentState.PAID);
        assertEq(vault.accounted(asset), sum);
        assertEq(vault.assetOf(asset).paidCum, 0);
        assertEq(token.balanceOf(address(vault)), held, "no token moves");
    }

    function _refuse(uint96 seq, bytes memory refusal) private {
        bytes memory entry = entryOf(seq);
        vm.expectRevert(refusal);
        vault.takeLoss(seq, entry);
    }

    function _refuseState(uint96 seq, PaymentState state) private {
        vm.expectRevert(
            abi.encodeWithSelector(IVaultReleases.PaymentStateMismatch.selector, seq, state, PaymentState.QUEUED)
        );
        vault.takeLoss(seq, "");
    }
}

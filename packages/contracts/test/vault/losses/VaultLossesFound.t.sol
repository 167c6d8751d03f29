// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultLosses, IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultRewind} from "../../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {PaymentState, ReleaseRefusal} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry} from "../../../solidity/edge/EntryCodec.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {VaultRewindFixture} from "../rewind/VaultRewindFixture.sol";

/// @notice Units that were told as lost and are backed after all, and losses that a rewind takes back.
contract VaultLossesFoundTest is VaultRewindFixture {
    uint256 private constant DAY = 24 hours;
    uint256 private constant WAIT = 7 days;
    uint128 private constant LOST = LOCKED / 4;

    // Found again

    function test_I1_units_that_were_lost_and_are_found_are_accounted_no_more() public {
        _lose(LOST);
        uint64 seq = append(_foundEntry(LOST));
        uint40 readyAt = uint40(vm.getBlockTimestamp() + DAY);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossQueued(seq, asset, LOST, true, readyAt, 0);
        applyAll();
        vm.warp(readyAt - 1);
        bytes memory entry = entryOf(seq);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentNotReady.selector, seq, readyAt));
        vault.takeLoss(seq, entry);
        vm.warp(readyAt);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(seq, asset, LOST, true);
        expectShortfall(0, LOCKED, seq);
        vm.prank(carol);
        vault.takeLoss(seq, entry);
        assertState(seq, PaymentState.PAID);
        assertBooks(asset, LOCKED, 0, 0);
        assertEq(vault.assetOf(asset).flags, 0, "which ends the shortage");
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.takeLoss(seq, entry);
    }

    function test_I6_a_find_waits_for_a_confirmation_as_a_loss_does() public {
        needWitness(0);
        uint64 seq = append(_foundEntry(LOST));
        applyAll();
        bytes memory entry = entryOf(seq);
        uint256 opensAt = vm.getBlockTimestamp() + WAIT;
        vm.warp(opensAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentUnconfirmed.selector, seq, opensAt));
        vault.takeLoss(seq, entry);
        vm.warp(opensAt);
        vault.takeLoss(seq, entry);
        assertBooks(asset, LOCKED - LOST, 0, 0);
    }

    function test_I1_what_is_owed_stays_accounted_whatever_is_found() public {
        release(LOCKED - 10 * ONE, bob, 0);
        uint64 seq = append(_foundEntry(LOST));
        applyAll();
        skip(DAY);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(seq, asset, 10 * ONE, true);
        expectShortfall(0, LOCKED - 10 * ONE, seq);
        vault.takeLoss(seq, entryOf(seq));
        assertBooks(asset, LOCKED - 10 * ONE, LOCKED - 10 * ONE, 0);
        pay(1);
        assertEq(token.balanceOf(bob), LOCKED - 10 * ONE);
    }

    function test_I9_the_guardian_stops_a_find_and_the_ledger_has_its_answer() public {
        uint64 seq = append(_foundEntry(LOST));
        applyAll();
        bytes memory entry = entryOf(seq);
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(seq, guardian, "because");
        expectShortfall(0, LOCKED, seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_I4_no_third_meaning_of_a_loss_is_taken() public {
        Entry memory entry = _foundEntry(LOST);
        entry.party = bytes32(uint256(2));
        uint64 seq = append(entry);
        vm.expectEmit(address(vault));
        emit IVaultReleases.RefusedRelease(seq, ReleaseRefusal.ACCOUNT);
        applyAll();
        assertState(seq, PaymentState.NONE);
    }

    // Taken back by a rewind

    function test_I1_a_loss_past_the_point_is_taken_back_whatever_became_of_it() public {
        release(ONE, bob, 0);
        uint64 taken = append(lostEntry(LOST));
        uint64 waiting = append(lostEntry(LOST + 1));
        uint64 stopped = append(lostEntry(LOST + 2));
        applyAll();
        vm.prank(guardian);
        vault.stop(stopped, entryOf(stopped), "because");
        skip(DAY);
        vault.takeLoss(taken, entryOf(taken));
        assertBooks(asset, LOCKED + LOST, ONE, 0);
        begin(1);
        bytes memory entry = entryOf(waiting);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindRunning.selector, heads[0], nameOf(1, heads[1])));
        vault.takeLoss(waiting, entry);
        for (uint64 seq = stopped; seq >= taken; --seq) {
            vm.expectEmit(address(vault));
            emit IVaultRewind.Voided(seq, 0);
        }
        unwindTo(1);
        for (uint64 seq = taken; seq <= stopped; ++seq) assertState(seq, PaymentState.VOID);
        assertBooks(asset, LOCKED, ONE, 0);
        // All that is accounted is there again, which ends the shortage.
        vault.report(asset);
        assertEq(vault.assetOf(asset).flags, 0);
        // Told again, it is taken over again, under the number that it has.
        cutTo(1);
        append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        bytes memory again = entryOf(2);
        expectShortfall(LOST, LOCKED + LOST, 2);
        vault.takeLoss(2, again);
    }

    function test_a_loss_before_the_point_stays_and_is_taken_over_meanwhile() public {
        uint64 seq = append(lostEntry(LOST));
        release(ONE, bob, 0);
        applyAll();
        skip(DAY);
        begin(1);
        vault.takeLoss(seq, entryOf(seq));
        unwindTo(1);
        assertBooks(asset, LOCKED + LOST, 0, 0);
    }

    function test_I1_a_find_past_the_point_is_accounted_again_as_far_as_it_was_taken() public {
        release(LOCKED - 10 * ONE, bob, 0);
        uint64 seq = append(_foundEntry(LOST));
        applyAll();
        skip(DAY);
        vault.takeLoss(seq, entryOf(seq));
        assertBooks(asset, LOCKED - 10 * ONE, LOCKED - 10 * ONE, 0);
        rewindTo(1);
        assertState(seq, PaymentState.VOID);
        assertBooks(asset, LOCKED, LOCKED - 10 * ONE, 0);
    }

    /// @notice What was taken over is all that is taken back: a quorum that lies could else void every unit with one entry.
    function test_I1_a_loss_for_which_there_was_no_room_takes_nothing_else_back() public {
        uint256 most = type(uint104).max;
        uint64 seq = append(lostEntry(most));
        applyAll();
        skip(DAY);
        vault.takeLoss(seq, entryOf(seq));
        rewindTo(0);
        assertBooks(asset, LOCKED, 0, 0);
        release(LOCKED, bob, 0);
        applyAll();
        pay(1);
        assertEq(token.balanceOf(bob), LOCKED);
    }

    /// @notice Releases of what it made room for come after it, and are unwound before it.
    function test_I1_a_loss_is_taken_back_behind_the_releases_that_it_made_room_for() public {
        uint64 seq = append(lostEntry(LOST));
        applyAll();
        skip(DAY);
        vault.takeLoss(seq, entryOf(seq));
        uint64 last = release(LOCKED + LOST - ONE, bob, 0);
        applyAll();
        assertBooks(asset, LOCKED + LOST, LOCKED + LOST - ONE, 0);
        rewindTo(0);
        assertState(last, PaymentState.VOID);
        assertBooks(asset, LOCKED, 0, 0);
    }

    // Helpers of the tests

    function _foundEntry(uint256 units) private view returns (Entry memory entry) {
        entry = lostEntry(units);
        entry.party = bytes32(uint256(1));
    }

    /// @dev The ledger tells of a loss, and the vault takes it over.
    function _lose(uint128 units) private {
        uint64 seq = append(lostEntry(units));
        applyAll();
        skip(DAY);
        vault.takeLoss(seq, entryOf(seq));
        assertEq(vault.accounted(asset), LOCKED + units);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {Vm} from "forge-std/Vm.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";

/// @notice Payments of a vault that holds less than is accounted: what waits, for how long, and what share is paid.
contract VaultShortfallTest is VaultReleaseFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant WAIT = 7 days;

    // In full

    function test_a_payment_is_made_in_full_while_all_that_is_accounted_is_held_whatever_is_on_record() public {
        _release(ONE, 0);
        lose(7);
        vault.report(asset);
        token.mint(address(vault), 7);
        vm.recordLogs();
        pay(1);
        _requireNoLoss();
        assertEq(token.balanceOf(bob), ONE);
        assertEq(vault.assetOf(asset).flags, 4, "still on record");
    }

    // Waiting

    function test_I10_a_payment_waits_for_seven_days_from_the_first_report_to_the_second() public {
        _release(ONE, 0);
        lose(LOCKED / 10);
        vault.report(asset);
        uint256 start = vm.getBlockTimestamp();
        _refusePay(LOCKED - LOCKED / 10);
        // A worse report changes the share and not the date.
        vm.warp(start + WAIT - 1);
        lose(LOCKED / 10);
        vault.report(asset);
        _refusePay((LOCKED * 8) / 10);
        vm.warp(start + WAIT);
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, ONE / 5);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, relayer, 0);
        pay(1);
        assertEq(token.balanceOf(bob), (ONE * 8) / 10);
        assertBooks(asset, LOCKED - ONE, 0, ONE);
    }

    function test_I10_a_shortage_that_nobody_reported_is_not_shared_however_old() public {
        _release(ONE, 0);
        lose(1);
        skip(365 days);
        _refusePay(LOCKED - 1);
        vault.report(asset);
        _refusePay(LOCKED - 1);
        skip(WAIT);
        pay(1);
    }

    /// @notice The days of a shortage that ended do not count for the next one.
    function test_I10_the_next_shortage_waits_anew() public {
        _release(ONE, 0);
        lose(5);
        vault.report(asset);
        skip(WAIT);
        token.mint(address(vault), 5);
        vault.report(asset);
        lose(5);
        _refusePay(LOCKED - 5);
        vault.report(asset);
        skip(WAIT - 1);
        _refusePay(LOCKED - 5);
        skip(1);
        pay(1);
    }

    function test_I10_a_further_loss_is_reported_before_it_is_shared() public {
        _release(ONE, 0);
        lose(LOCKED / 10);
        vault.report(asset);
        skip(WAIT);
        lose(1);
        _refusePay(LOCKED - LOCKED / 10 - 1);
        vault.report(asset);
        pay(1);
        assertEq(token.balanceOf(bob), (uint256(ONE) * (LOCKED - LOCKED / 10 - 1)) / LOCKED);
    }

    /// @notice Tokens that came back since the report belong to those who are still there: nobody reports first.
    function test_tokens_that_came_back_in_part_raise_the_share_without_a_report() public {
        _release(100 * ONE, 0);
        release(100 * ONE, carol, 0);
        applyAll();
        lose(LOCKED / 2);
        vault.report(asset);
        skip(WAIT);
        pay(1);
        assertEq(token.balanceOf(bob), 50 * ONE);
        token.mint(address(vault), vault.accounted(asset) / 4);
        pay(2);
        assertEq(token.balanceOf(carol), 75 * ONE);
    }

    function test_tokens_that_came_back_whole_end_the_loss_and_a_report_opens_the_locks() public {
        _release(100 * ONE, 0);
        release(100 * ONE, carol, 0);
        applyAll();
        lose(LOCKED / 2);
        vault.report(asset);
        skip(WAIT);
        pay(1);
        deal(address(token), address(vault), vault.accounted(asset));
        pay(2);
        assertEq(token.balanceOf(carol), 100 * ONE);
        expectShortfall(0, LOCKED - 200 * ONE, 0);
        vault.report(asset);
        lockFor(asset, token, ONE);
    }

    function test_a_pause_of_payments_comes_before_a_shortage() public {
        _release(ONE, 0);
        lose(LOCKED / 2);
        vault.report(asset);
        skip(WAIT);
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.prank(pauser);
        vault.pause(8, asset, until);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PayPaused.selector, asset, until));
        vault.pay(1, entry, relayer);
        vm.warp(until);
        pay(1);
        assertEq(token.balanceOf(bob), ONE / 2);
        assertEq(vault.assetOf(asset).flags, 4, "the hint of the pause is gone");
    }

    // The share

    function test_I12_the_share_and_its_fee_are_rounded_down() public {
        // 2 of 3 are held, so of 10 units 6 are paid, and of a fee of 4 of them 2.
        _release(10, 4);
        deal(address(token), address(vault), (LOCKED / 3) * 2);
        vault.report(asset);
        skip(WAIT);
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, 4);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, relayer, 2);
        pay(1);
        assertEq(token.balanceOf(bob), 4);
        assertEq(token.balanceOf(relayer), 2);
        assertBooks(asset, LOCKED - 10, 0, 10);
    }

    function test_a_fee_of_the_whole_amount_takes_the_whole_share() public {
        _release(10, 10);
        _fallShort(LOCKED / 2);
        pay(1);
        assertEq(token.balanceOf(relayer), 5);
        assertEq(token.balanceOf(bob), 0);
    }

    function test_a_recipient_who_pays_for_himself_is_paid_the_whole_share_at_once() public {
        _release(10, 4);
        _fallShort(LOCKED / 2);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, bob, 2);
        vault.pay(1, entryOf(1), bob);
        assertEq(token.balanceOf(bob), 5);
    }

    function test_a_payment_of_one_unit_of_a_short_asset_pays_nothing_and_is_closed() public {
        _release(1, 1);
        _fallShort(1);
        _refuseTransfers();
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, 1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, relayer, 0);
        pay(1);
        assertState(1, PaymentState.PAID);
        assertBooks(asset, LOCKED - 1, 0, 1);
    }

    function test_a_payment_of_an_asset_of_which_nothing_is_left_pays_nothing_and_is_closed() public {
        _release(LOCKED, uint96(LOCKED / 4));
        _fallShort(LOCKED);
        _refuseTransfers();
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, LOCKED);
        pay(1);
        assertState(1, PaymentState.PAID);
        assertBooks(asset, 0, 0, LOCKED);
        // Nothing is accounted, so nothing is missing.
        expectShortfall(0, 0, 0);
        vault.report(asset);
    }

    /// @notice I10, I12: in whatever order payments are made, tokens are lost and come back, no payment lowers what is there for
    ///         a unit of those behind, none takes more than its share, and the last one is paid.
    function testFuzz_I10_I12_payments_in_any_order_leave_those_behind_no_less(
        uint128[6] memory asked,
        uint128[6] memory moved,
        uint256 order
    ) public {
        uint256 room = LOCKED;
        for (uint256 i = 0; i < 6; ++i) {
            asked[i] = uint128(bound(asked[i], 1, room - (5 - i)));
            room -= asked[i];
            release(asked[i], bob, uint96(asked[i] / 3));
        }
        applyAll();
        _fallShort(bound(order, 0, LOCKED));
        for (uint256 left = 6; left != 0; --left) {
            uint256 at = uint256(keccak256(abi.encode(order, left))) % left;
            uint96 seq = _takeOpen(at);
            // Lost and reported, or come back, or neither.
            _move(moved[left - 1]);
            _payOne(seq, asked[seq - 1]);
        }
        assertBooks(asset, room, 0, LOCKED - room);
    }

    function test_a_transfer_that_fails_while_short_leaves_the_books_as_they_were() public {
        _release(100 * ONE, uint96(ONE));
        _fallShort(LOCKED / 2);
        bytes memory before = abi.encode(vault.assetOf(asset));
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector, bob), "blocked");
        vm.recordLogs();
        pay(1);
        _requireNoLoss();
        assertState(1, PaymentState.CLAIMABLE);
        assertEq(abi.encode(vault.assetOf(asset)), before);
        vm.clearMockedCalls();
        // A claim is paid as any payment: what is there now, and not before a further loss was reported.
        lose(1);
        bytes memory entry = entryOf(1);
        expectShort(LOCKED, LOCKED / 2 - 1);
        vault.claim(1, entry);
        vault.report(asset);
        uint256 out = (100 * uint256(ONE) * (LOCKED / 2 - 1)) / LOCKED;
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, 100 * ONE - out);
        vm.prank(carol);
        vault.claim(1, entry);
        uint256 fee = (uint256(ONE) * out) / (100 * ONE);
        assertEq(token.balanceOf(carol), fee);
        assertEq(token.balanceOf(bob), out - fee);
        assertBooks(asset, LOCKED - 100 * ONE, 0, 100 * ONE);
    }

    // Units

    function test_a_stopped_payment_of_a_short_asset_refunds_all_its_units() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        _release(100_000 * ONE, 0);
        lose(LOCKED / 4);
        vault.report(asset);
        bytes memory entry = entryOf(1);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(
            edge,
            count + 1,
            EntryCodec.REFUND,
            asset,
            100_000 * ONE,
            accountOf(alice),
            bytes32(uint256(1))
        );
        vm.prank(guardian);
        vault.stop(1, entry, "because");
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_releases_of_a_short_asset_are_replayed_in_units() public {
        _fallShort(LOCKED / 2);
        // More than is held, no more than is accounted.
        release(LOCKED, bob, 0);
        applyAll();
        assertBooks(asset, LOCKED, LOCKED, 0);
        pay(1);
        assertEq(token.balanceOf(bob), LOCKED / 2);
    }

    uint96[] private _open;

    /// @dev Takes one of the six payments that were not taken yet.
    function _takeOpen(uint256 at) private returns (uint96 seq) {
        if (_open.length == 0) for (uint96 i = 1; i <= 6; ++i) _open.push(i);
        seq = _open[at];
        _open[at] = _open[_open.length - 1];
        _open.pop();
    }

    function _move(uint128 moved) private {
        uint256 held = token.balanceOf(address(vault));
        if (moved % 3 == 0) {
            lose(moved % (held + 1));
            if (coverageOf(token.balanceOf(address(vault)), vault.accounted(asset)) < vault.assetOf(asset).coverage)
                vault.report(asset);
            skip(WAIT);
        } else if (moved % 3 == 1) token.mint(address(vault), moved % (LOCKED / 2));
    }

    function _payOne(uint96 seq, uint256 amount) private {
        (uint256 sum, uint256 held) = (vault.accounted(asset), token.balanceOf(address(vault)));
        if (held < sum && vault.assetOf(asset).shortSince == 0) {
            vault.report(asset);
            skip(WAIT);
        }
        uint256 before = token.balanceOf(bob) + token.balanceOf(relayer);
        pay(seq);
        uint256 out = token.balanceOf(bob) + token.balanceOf(relayer) - before;
        assertEq(out, held < sum ? (amount * held) / sum : amount);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted, sum - amount);
        assertEq(token.balanceOf(address(vault)), held - out);
        // held / accounted did not fall.
        assertGe((held - out) * sum, (held < sum ? held : sum) * kept.accounted);
    }

    function _release(uint128 amount, uint96 fee) private {
        release(amount, bob, fee);
        applyAll();
    }

    /// @dev Lost, reported, and seven days ago.
    function _fallShort(uint256 units) private {
        lose(units);
        vault.report(asset);
        skip(WAIT);
    }

    function _refusePay(uint256 held) private {
        bytes memory entry = entryOf(1);
        expectShort(LOCKED, held);
        vault.pay(1, entry, relayer);
    }

    function _refuseTransfers() private {
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector), "blocked");
    }

    function _requireNoLoss() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertNotEq(logs[i].topics[0], IVaultReleases.LossBorne.selector);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {console} from "forge-std/console.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {Payment, PaymentQuote, PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {PaymentLane} from "../../../solidity/libraries/PaymentLanes.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";

/// @notice Payments with dates: a limit of 100,000 tokens a day, so lanes end at 500, 5,000 and 7,500.
contract VaultLanesTest is VaultReleaseFixture {
    uint128 private constant DAILY = 100_000 * ONE;
    uint128 private constant SMALL = 500 * ONE;
    uint128 private constant MIDDLE = 5_000 * ONE;
    uint128 private constant LARGE = 7_500 * ONE;

    function setUp() public override {
        super.setUp();
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, uint64(DAILY / ONE) * 1_000);
    }

    // Dates

    function test_each_lane_has_its_delay_and_its_bits() public {
        release(SMALL, bob, 0);
        release(MIDDLE, bob, 0);
        release(LARGE, bob, 0);
        applyAll();
        _assertDate(1, PaymentLane.SMALL, 0);
        _assertDate(2, PaymentLane.MIDDLE, 30 minutes);
        _assertDate(3, PaymentLane.LARGE, 24 hours);
        pay(1);
        bytes memory entry = entryOf(3);
        uint40 readyAt = vault.payment(3).readyAt;
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentNotReady.selector, 3, readyAt));
        vault.pay(3, entry, relayer);
        skip(24 hours);
        pay(3);
        pay(2);
        assertBooks(asset, LOCKED - SMALL - MIDDLE - LARGE, 0, SMALL + MIDDLE + LARGE);
    }

    function test_I9_no_queue_blocks_another_and_all_of_it_is_paid_in_time() public {
        // Ten times the large lane's burst, and the same of the middle one.
        for (uint256 i = 0; i < 16; ++i) {
            release(LARGE, bob, 0);
            release(MIDDLE, bob, 0);
        }
        uint64 small = release(SMALL, carol, 0);
        applyAll();
        assertEq(vault.payment(small).readyAt, block.timestamp);
        pay(small);
        // 16 · 7,500 at 50,000 a day, and 16 · 5,000 at 30,000 a day: within 2.7 days and the delay.
        uint40 last;
        for (uint96 seq = 1; seq < small; ++seq) {
            if (vault.payment(seq).readyAt > last) last = vault.payment(seq).readyAt;
        }
        assertLe(last, block.timestamp + 24 hours + (uint256(16 * LARGE) * 1 days) / (DAILY / 2));
        vm.warp(last);
        for (uint96 seq = 1; seq < small; ++seq) {
            pay(seq);
        }
        assertEq(token.balanceOf(bob), 16 * (LARGE + MIDDLE));
    }

    function test_a_changed_limit_moves_no_date_that_is_given_and_fills_no_lane_again() public {
        for (uint256 i = 0; i < 12; ++i) {
            release(SMALL, bob, 0);
        }
        applyAll();
        uint40 readyAt = vault.payment(12).readyAt;
        assertGt(readyAt, block.timestamp);
        uint64 tat = vault.assetOf(asset).tatSmall;
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1);
        vault.setLimits(asset, 0, UNBOUNDED, uint64(DAILY / ONE) * 1_000);
        vm.stopPrank();
        assertEq(vault.payment(12).readyAt, readyAt);
        assertEq(vault.assetOf(asset).tatSmall, tat);
        release(SMALL, bob, 0);
        applyAll();
        assertEq(vault.payment(13).readyAt, readyAt + 36 minutes);
    }

    function testFuzz_a_quote_says_what_becomes_of_the_release(uint128[8] memory asked, uint16[8] memory steps) public {
        for (uint256 i = 0; i < asked.length; ++i) {
            skip(steps[i]);
            uint128 amount = uint128(bound(asked[i], 1, LARGE + ONE));
            PaymentQuote memory quoted = vault.quotePayment(asset, amount);
            uint64 seq = release(amount, bob, 0);
            applyAll();
            Payment memory seen = vault.payment(seq);
            assertEq(quoted.largestUnits, LARGE);
            assertFalse(quoted.waits);
            if (quoted.lane == PaymentLane.NONE) {
                assertState(seq, PaymentState.STOPPED);
                assertEq(quoted.readyAt, 0);
            } else {
                assertEq(seen.readyAt, quoted.readyAt);
                assertEq(seen.flags >> 1, uint8(quoted.lane));
            }
        }
    }

    // Above the limit

    function test_I4_an_amount_above_the_limit_is_stopped_and_refunded_at_once() public {
        uint64 before = release(SMALL, bob, 0);
        uint64 large = release(LARGE + 1, bob, 77);
        uint64 behind = release(SMALL, bob, 0);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes32 account = accountOf(alice);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Queued(large, asset, account, bob, LARGE + 1, uint40(block.timestamp));
        vm.expectEmit(address(vault));
        emit IVaultCore.Stopped(large, address(vault), "above the limit");
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.REFUND, asset, LARGE + 1, account, bytes32(uint256(large)));
        applyAll();
        assertState(large, PaymentState.STOPPED);
        assertEq(vault.payment(large).flags, 8, "refunded");
        assertState(before, PaymentState.QUEUED);
        assertState(behind, PaymentState.QUEUED);
        // The refund is an entry like any other, and nothing else of the vault knows the payment.
        (, uint64 countAfter, bytes32 headAfter) = vault.journalHead();
        assertEq(countAfter, count + 1);
        assertEq(
            headAfter,
            EntryCodec.extend(head, EntryCodec.REFUND, asset, LARGE + 1, account, bytes32(uint256(large)), 0)
        );
        assertBooks(asset, LOCKED, 2 * SMALL, 0);
        bytes memory entry = entryOf(large);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.pay(large, entry, relayer);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.claim(large, entry);
    }

    function test_a_limit_that_is_less_than_a_unit_refunds_everything() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1);
        release(76, bob, 0);
        release(5, bob, 0);
        applyAll();
        // A thousandth of a token a day: 1,000 units, so at most 75.
        assertState(1, PaymentState.STOPPED);
        assertState(2, PaymentState.QUEUED);
        assertBooks(asset, LOCKED, 5, 0);
    }

    // The bound, through the vault

    /// @notice With the quorum's keys stolen, everything that is signed is replayed, and everything that is ready is paid: in
    ///         no window does more leave than burst + rate · W, and the thief comes within 5 % of it.
    function test_I10_stolen_keys_take_at_most_burst_and_rate_out_of_the_vault() public {
        uint256 start = block.timestamp;
        // What the lanes allow, asked for as long before the third day as each lane delays.
        _ask((LARGE / 6) * 5, 30);
        vm.warp(start + 24 hours - 30 minutes);
        _ask((MIDDLE / 4) * 3, 40);
        vm.warp(start + 24 hours);
        _ask(SMALL, 200);
        uint256 taken = 0;
        uint256 most = 0;
        for (uint256 hour = 0; hour <= 48; ++hour) {
            vm.warp(start + 24 hours + hour * 1 hours);
            for (uint96 seq = 1; seq <= tip(); ++seq) {
                Payment memory each = vault.payment(seq);
                if (each.state == PaymentState.QUEUED && each.readyAt <= vm.getBlockTimestamp()) pay(seq);
            }
            taken = token.balanceOf(carol);
            uint256 allowed = uint256(DAILY) / 4 + (uint256(DAILY) * hour) / 24;
            assertLe(taken, allowed, "I10");
            uint256 share = (taken * 10_000) / allowed;
            if (share > most) most = share;
            if (hour == 0 || hour == 24 || hour == 48) console.log("hour, share of the bound:", hour, share);
        }
        assertGe(most, 9_500);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted, LOCKED - taken);
    }

    function _ask(uint128 amount, uint256 times) private {
        for (uint256 i = 0; i < times; ++i) {
            release(amount, carol, 0);
        }
        uint64 to = replicaCount();
        while (to != tip()) {
            uint64 next = (to / 64 + 1) * 64;
            JournalHead memory statement = statementOf(next < tip() ? next : tip());
            post(to, statement);
            to = statement.count;
        }
    }

    function _assertDate(uint96 seq, PaymentLane lane, uint256 delay) private view {
        Payment memory seen = vault.payment(seq);
        assertEq(seen.readyAt, block.timestamp + delay);
        assertEq(seen.flags, uint8(lane) << 1);
        assertState(seq, PaymentState.QUEUED);
    }
}

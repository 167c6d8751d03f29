// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {PaymentLane} from "../../../solidity/libraries/PaymentLanes.sol";
import {VaultRewindFixture} from "../rewind/VaultRewindFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice What a limit, a stop and a rewind do to the lanes of a vault: 1,000 tokens a day, lanes end at 5, 50 and 75.
contract VaultPlacesTest is VaultRewindFixture {
    uint64 private constant LIMIT = 1_000_000;
    uint128 private constant SMALL = 5 * ONE;
    uint128 private constant MIDDLE = 50 * ONE;
    uint128 private constant LARGE = 75 * ONE;

    function setUp() public override {
        super.setUp();
        _setLimit(LIMIT);
    }

    /// @notice Lanes were moments: after hours of stolen keys an honest payment waited for weeks, whatever the limit.
    function test_I9_incident_a_raised_limit_shortens_a_queue_at_once() public {
        _queue(MIDDLE, 60);
        assertEq(_dateOf(MIDDLE), 30 minutes + 61 * 4 hours - 6 hours);
        _setLimit(LIMIT * 1_000);
        assertEq(_dateOf(1_000 * MIDDLE), 30 minutes);
        // And no room appears when it falls again.
        _setLimit(LIMIT);
        assertEq(_dateOf(MIDDLE), 30 minutes + 61 * 4 hours - 6 hours);
        assertEq(vault.payment(60).readyAt, vm.getBlockTimestamp() + 30 minutes + 60 * 4 hours - 6 hours);
    }

    /// @notice K keys book the lanes with forged payments; after the rewind the lanes are as they were before.
    function test_I9_incident_a_rewind_gives_the_places_of_forged_payments_back() public {
        _queue(MIDDLE, 2);
        _queue(LARGE, 1);
        (uint64 middle, uint64 large) = _tats();
        for (uint256 i = 0; i < 20; ++i) {
            release(MIDDLE, carol, 0);
            release(LARGE, carol, 0);
        }
        applyAll();
        // One that was stopped in between stays in its lane until then.
        _stop(14);
        rewindTo(3);
        (uint64 middleAfter, uint64 largeAfter) = _tats();
        assertEq(middleAfter, middle);
        // Three within the burst are what time frees.
        assertLe(largeAfter, large + 2 * 3_600 * 2 ** 20 * 3);
        assertEq(_dateOf(MIDDLE), 30 minutes + 3 * 4 hours - 6 hours);
        assertLe(_dateOf(LARGE), 24 hours + 3.6 hours);
    }

    /// @notice Each lane has its own limiter, the small one too.
    function test_a_rewind_gives_the_places_of_small_payments_back() public {
        // More than a burst is booked.
        _queue(SMALL, 12);
        uint64 before = vault.assetOf(asset).tatSmall;
        _queue(SMALL, 3);
        (uint64 middle, uint64 large) = _tats();
        assertGt(vault.assetOf(asset).tatSmall, before);
        rewindTo(12);
        assertEq(vault.assetOf(asset).tatSmall, before);
        (uint64 middleAfter, uint64 largeAfter) = _tats();
        assertEq(abi.encode(middleAfter, largeAfter), abi.encode(middle, large));
    }

    function test_I10_a_payment_that_was_made_keeps_its_place() public {
        _queue(MIDDLE, 3);
        skip(6 hours + 30 minutes);
        for (uint96 seq = 1; seq <= 3; ++seq) pay(seq);
        (uint64 before, ) = _tats();
        rewindTo(0);
        (uint64 kept, ) = _tats();
        assertEq(kept, before);
    }

    function test_the_last_payment_of_a_lane_that_is_stopped_gives_its_place_back() public {
        _queue(MIDDLE, 9);
        (uint64 before, ) = _tats();
        // The quarantine lets the guardian stop any number.
        vm.prank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 1 hours));
        _stop(5);
        (uint64 seen, ) = _tats();
        assertEq(seen, before, "others wait behind it");
        assertEq(vault.payment(5).flags & 6, uint8(PaymentLane.MIDDLE) << 1);
        _stop(9);
        _stop(8);
        (seen, ) = _tats();
        assertEq(seen, before - 2 * (4 hours << 20));
        assertEq(vault.payment(8).flags & 6, 0);
        // Neither is given back again by a rewind.
        rewindTo(4);
        (seen, ) = _tats();
        assertEq(seen, before - 5 * (4 hours << 20));
    }

    function test_what_was_replayed_under_another_limit_gives_nothing_back() public {
        _queue(MIDDLE, 9);
        _setLimit(LIMIT + 1);
        assertEq(vault.assetOf(asset).datedFrom, 9);
        (uint64 before, ) = _tats();
        _stop(9);
        rewindTo(0);
        (uint64 seen, ) = _tats();
        assertEq(seen, before);
    }

    function test_other_limits_leave_the_lanes_alone() public {
        _queue(MIDDLE, 9);
        (uint64 before, ) = _tats();
        vm.prank(governor);
        vault.setLimits(asset, 1, 1_000, LIMIT);
        (uint64 seen, ) = _tats();
        assertEq(seen, before);
        assertEq(vault.assetOf(asset).datedFrom, 0);
    }

    /// @notice One witness in conflict let a stolen guardian stop every payment for ever.
    function test_I9_incident_a_conflict_lifts_the_limits_of_a_stop_for_30_days() public {
        TestWitness witness = needWitness(0);
        _queue(5 * ONE, 3);
        witness.record(heads[0], 3, "another");
        vault.confirm(0, 3);
        skip(30 days - 1);
        _stop(3);
        skip(1);
        bytes memory entry = entryOf(2);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.StopTooSmall.selector, 2));
        vm.prank(guardian);
        vault.stop(2, entry, "for ever");
    }

    function _setLimit(uint64 limit) private {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, limit);
    }

    function _queue(uint128 amount, uint256 times) private {
        for (uint256 i = 0; i < times; ++i) release(amount, bob, 0);
        applyAll();
    }

    function _stop(uint96 seq) private {
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "forged");
    }

    /// @dev How far ahead a payment would be dated.
    function _dateOf(uint128 amount) private view returns (uint256) {
        return vault.quotePayment(asset, amount).readyAt - vm.getBlockTimestamp();
    }

    function _tats() private view returns (uint64 middle, uint64 large) {
        return (vault.assetOf(asset).tatMiddle, vault.assetOf(asset).tatLarge);
    }
}

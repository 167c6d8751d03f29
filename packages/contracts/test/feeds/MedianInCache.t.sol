// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CachedPrice} from "../../solidity/interfaces/IRiskManager.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {MedianFixture} from "./MedianFixture.sol";

/// @notice What the risk manager keeps of a median of two sources, of which one speaks once a day.
contract MedianInCacheTest is MedianFixture {
    RiskManager private risk;
    uint16[] private _slots;

    function setUp() public override {
        super.setUp();
        risk = new RiskManager(address(this));
        risk.listUnderlying(1, address(two), 1 days);
        _slots.push(1);
        feeds[0].set(2000e12, 0, uint40(NOW));
        feeds[1].set(2000e12, 500, uint40(NOW));
        risk.poke(_slots);
    }

    function test_a_source_that_becomes_unsure_is_heard_while_the_other_one_is_quiet() public {
        _speak(2000e12, 50_000, 1 hours);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.confPpm, 50_000);
        assertEq(kept.observedAt, NOW);
    }

    /// @dev The kept price has stood since its time: at another one the slow price would be where it has not been for a second.
    function test_a_move_of_the_same_time_is_doubt_about_the_kept_price_until_both_have_spoken() public {
        _speak(1961e12, 500, 1 hours);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.price, 2000e12);
        assertEq(kept.ema, 2000e12);
        // Half of the spread, 19.5 of 1,980.5, rounded up; the mean itself has moved by 19.5 of 2,000.
        assertEq(kept.confPpm, 9_846);
        assertEq(kept.observedAt, NOW);
        _speak(2000e12, 500, 2 hours);
        assertEq(risk.priceOf(1).confPpm, 500);
        _speak(1961e12, 500, 3 hours);
        feeds[0].set(1961e12, 0, uint40(NOW + 3 hours));
        risk.poke(_slots);
        kept = risk.priceOf(1);
        assertEq(kept.price, 1961e12);
        assertEq(kept.confPpm, 500);
        assertEq(kept.ema, 2000e12);
    }

    function test_the_middle_of_three_that_moves_while_two_are_quiet_is_doubt() public {
        risk.listUnderlying(2, address(three), 1 days);
        _slots[0] = 2;
        feeds[1].set(2030e12, 0, uint40(NOW));
        feeds[2].set(1995e12, 0, uint40(NOW));
        risk.poke(_slots);
        assertEq(risk.priceOf(2).price, 2000e12);
        vm.warp(NOW + 1 hours);
        feeds[2].set(2040e12, 0, uint40(NOW + 1 hours));
        risk.poke(_slots);
        CachedPrice memory kept = risk.priceOf(2);
        assertEq(kept.price, 2000e12);
        assertEq(kept.observedAt, NOW);
        // From 2,000 to 2,030.
        assertEq(kept.confPpm, 15_000);
    }

    function test_what_was_kept_already_costs_no_storage_and_no_event() public {
        vm.warp(NOW + 1 hours);
        vm.record();
        vm.recordLogs();
        risk.poke(_slots);
        (, bytes32[] memory writes) = vm.accesses(address(risk));
        assertEq(writes.length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_the_price_of_a_feed_that_takes_over_is_taken_though_it_is_of_the_kept_ones_time() public {
        feeds[1].set(1000e12, 500, uint40(NOW));
        risk.listUnderlying(1, address(feeds[1]), 1 days);
        risk.poke(_slots);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.price, 1000e12);
        assertEq(kept.confPpm, 500);
        assertEq(kept.observedAt, NOW);
        // Listed again, it is the same feed: another answer of that time is doubt.
        risk.listUnderlying(1, address(feeds[1]), 2 days);
        _speakOf(1010e12, NOW);
        assertEq(risk.priceOf(1).price, 1000e12);
        assertEq(risk.priceOf(1).confPpm, 10_000);
    }

    function test_a_slot_without_a_price_takes_another_feed() public {
        risk.listUnderlying(3, address(two), 1 days);
        risk.listUnderlying(3, address(feeds[0]), 1 days);
        _slots[0] = 3;
        risk.poke(_slots);
        assertEq(risk.priceOf(3).price, 2000e12);
    }

    /// @dev An answer that falls back to an earlier time is the feed's word now. Were it dropped, a source that names an earlier
    ///      time and the right price would hold the kept one up, unmarked, where a silent one marks it.
    function test_a_move_of_an_earlier_time_is_doubt_about_the_kept_price() public {
        feeds[0].set(1000e12, 0, uint40(NOW - 1));
        _speak(1000e12, 500, 5 minutes);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.price, 2000e12);
        assertEq(kept.ema, 2000e12);
        assertEq(kept.observedAt, NOW);
        assertEq(kept.confPpm, 500_000);
        assertFalse(kept.failing);
    }

    function test_doubt_of_an_earlier_time_ends_where_the_feed_is_back_at_the_kept_price() public {
        feeds[0].set(1990e12, 0, uint40(NOW - 1));
        _speak(1990e12, 500, 1 hours);
        assertEq(risk.priceOf(1).confPpm, 5_000);
        feeds[0].set(2000e12, 0, uint40(NOW - 1));
        _speak(2000e12, 500, 2 hours);
        assertEq(risk.priceOf(1).confPpm, 500);
        feeds[0].set(1000e12, 0, uint40(NOW + 3 hours));
        _speak(1000e12, 500, 3 hours);
        assertEq(risk.priceOf(1).price, 1000e12);
        assertEq(risk.priceOf(1).ema, 2000e12);
    }

    function test_an_earlier_time_at_the_kept_price_costs_no_storage_and_no_event() public {
        feeds[0].set(2000e12, 0, uint40(NOW - 1 hours));
        vm.record();
        vm.recordLogs();
        risk.poke(_slots);
        (, bytes32[] memory writes) = vm.accesses(address(risk));
        assertEq(writes.length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_a_source_of_three_that_leaves_takes_the_median_back_in_time_and_the_move_is_doubt() public {
        risk.listUnderlying(2, address(three), 1 days);
        _slots[0] = 2;
        vm.warp(NOW + 1 hours);
        feeds[1].set(2030e12, 500, uint40(NOW + 1 hours));
        feeds[2].set(2020e12, 500, uint40(NOW + 1 hours));
        risk.poke(_slots);
        assertEq(risk.priceOf(2).price, 2020e12);
        feeds[2].set(0, 0, 0);
        _speak(1970e12, 500, 2 hours);
        CachedPrice memory kept = risk.priceOf(2);
        assertEq(kept.price, 2020e12);
        assertEq(kept.observedAt, NOW + 1 hours);
        // From 2,020 to the mean of 2,000 and 1,970.
        assertEq(kept.confPpm, 17_327);
        feeds[2].set(1970e12, 500, uint40(NOW + 2 hours));
        risk.poke(_slots);
        assertEq(risk.priceOf(2).price, 1970e12);
        assertEq(risk.priceOf(2).confPpm, 7_615);
    }

    /// @dev A feed that takes a slot over and has seen nothing since the kept price's time: it doubts a price that it does not share.
    function test_a_feed_that_takes_over_with_an_older_observation_doubts_the_kept_price() public {
        feeds[2].set(1500e12, 500, uint40(NOW - 10 minutes));
        risk.listUnderlying(1, address(feeds[2]), 1 days);
        risk.poke(_slots);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.price, 2000e12);
        assertEq(kept.confPpm, 250_000);
        feeds[2].set(1500e12, 500, uint40(NOW));
        risk.poke(_slots);
        assertEq(risk.priceOf(1).price, 1500e12);
        assertEq(risk.priceOf(1).confPpm, 500);
    }

    function _speak(uint96 price, uint32 confPpm, uint256 afterS) private {
        vm.warp(NOW + afterS);
        feeds[1].set(price, confPpm, uint40(NOW + afterS));
        risk.poke(_slots);
    }

    function _speakOf(uint96 price, uint256 time) private {
        feeds[1].set(price, 500, uint40(time));
        risk.poke(_slots);
    }
}

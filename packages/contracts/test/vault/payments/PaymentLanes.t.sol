// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {LaneQuote, PaymentLane, PaymentLanes} from "../../../solidity/libraries/PaymentLanes.sol";

/// @notice Dates of payments, without a vault around them.
contract PaymentLanesTest is Test {
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant DAY = 1 days;
    /// @dev A limit of one million whole tokens of 6 decimals a day: 1e12 units.
    uint64 private constant LIMIT = 1_000_000_000;
    uint256 private constant WHOLE = 1e6;
    uint128 private constant DAILY = 1e12;

    uint64[3] private tats;
    uint128[] private amounts;
    uint40[] private dates;

    // Lanes

    function test_lanes_begin_and_end_where_section_8_says() public pure {
        _assertLane(1, PaymentLane.SMALL);
        _assertLane(DAILY / 200, PaymentLane.SMALL);
        _assertLane(DAILY / 200 + 1, PaymentLane.MIDDLE);
        _assertLane(DAILY / 20, PaymentLane.MIDDLE);
        _assertLane(DAILY / 20 + 1, PaymentLane.LARGE);
        _assertLane((DAILY * 3) / 40, PaymentLane.LARGE);
        _assertLane((DAILY * 3) / 40 + 1, PaymentLane.NONE);
        _assertLane(type(uint128).max, PaymentLane.NONE);
        assertEq(PaymentLanes.largestUnits(LIMIT, WHOLE), (DAILY * 3) / 40);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_lanes_are_exact_for_every_limit_and_every_number_of_decimals(
        uint64 limit,
        uint8 decimals,
        uint128 amount
    ) public pure {
        uint256 whole = 10 ** (decimals % 25);
        limit = uint64(bound(limit, 1, type(uint64).max));
        uint256 day = uint256(limit) * whole;
        uint256 asked = uint256(amount) * 1000;
        PaymentLane lane = PaymentLanes.laneOf(limit, whole, amount);
        assertEq(lane == PaymentLane.SMALL, asked * 200 <= day);
        assertEq(lane == PaymentLane.NONE, asked * 40 > day * 3);
        assertEq(lane == PaymentLane.NONE, amount > PaymentLanes.largestUnits(limit, whole));
    }

    // Dates

    function test_ten_small_payments_fill_the_burst_and_the_eleventh_waits_36_minutes() public {
        for (uint256 i = 0; i < 10; ++i) {
            assertEq(_take(DAILY / 200, NOW), NOW);
        }
        assertEq(_take(DAILY / 200, NOW), NOW + 36 minutes);
        // Other lanes know nothing of it.
        assertEq(_take(DAILY / 20, NOW), NOW + 30 minutes);
        assertEq(_take(DAILY / 20 + 1, NOW), NOW + 24 hours);
    }

    function test_the_middle_and_the_large_lane_have_a_rate_of_their_own() public {
        // A twentieth takes 4 h of 30 %, the largest 3.6 h of 50 %; six hours of each are at once.
        assertEq(_take(DAILY / 20, NOW), NOW + 30 minutes);
        assertEq(_take(DAILY / 20, NOW), NOW + 2 hours + 30 minutes);
        assertEq(_take((DAILY * 3) / 40, NOW), NOW + 24 hours);
        assertEq(_take((DAILY * 3) / 40, NOW), NOW + 72 minutes + 24 hours);
    }

    function test_what_is_above_the_largest_payment_has_no_date_and_takes_nothing() public view {
        LaneQuote memory quoted = PaymentLanes.quote(LIMIT, WHOLE, (DAILY * 3) / 40 + 1, tats, NOW);
        assertEq(abi.encode(quoted), abi.encode(PaymentLane.NONE, 0, 0));
    }

    function test_a_lane_that_rests_for_six_hours_is_full_again() public {
        for (uint256 i = 0; i < 10; ++i) {
            _take(DAILY / 200, NOW);
        }
        for (uint256 i = 0; i < 10; ++i) {
            assertEq(_take(DAILY / 200, NOW + 6 hours), NOW + 6 hours);
        }
    }

    function test_the_burst_is_six_hours_to_the_last_unit_of_time() public pure {
        // The last 36 minutes of six hours are left, and then a millionth of a second less.
        uint64 full = uint64((NOW + 6 hours - 36 minutes) << 20);
        (, uint40 readyAt) = PaymentLanes.schedule(PaymentLane.SMALL, LIMIT, WHOLE, DAILY / 200, full, NOW);
        assertEq(readyAt, NOW);
        (, readyAt) = PaymentLanes.schedule(PaymentLane.SMALL, LIMIT, WHOLE, DAILY / 200, full + 1, NOW);
        assertEq(readyAt, NOW + 1);
    }

    function test_a_remainder_is_rounded_against_the_payment() public pure {
        // A limit of one whole token of no decimals: a thousandth of it is a unit in 1,000 days of the whole rate.
        (uint64 tat, uint40 readyAt) = PaymentLanes.schedule(PaymentLane.SMALL, 7, 1, 1, 0, NOW);
        // 86,400 s · 2^20 · 10^5 / (7 · 20), rounded up.
        uint256 exact = (DAY << 20) * 1e5;
        assertEq(tat - (NOW << 20), (exact + 139) / 140);
        assertEq(readyAt, NOW + (exact + 139) / 140 / (1 << 20) + 1 - 6 hours);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_nothing_reverts_whatever_the_numbers(
        uint8 lane,
        uint64 limit,
        uint8 decimals,
        uint128 amount,
        uint64 tat,
        uint40 nowS
    ) public pure {
        limit = uint64(bound(limit, 1, type(uint64).max));
        PaymentLane which = PaymentLane(1 + (lane % 3));
        (uint64 next, uint40 readyAt) = PaymentLanes.schedule(which, limit, 10 ** (decimals % 25), amount, tat, nowS);
        assertGe(next, tat);
        if (readyAt != type(uint40).max) assertGe(readyAt, nowS);
    }

    // The bound

    /// @notice While nothing is given back and the limit stays, what becomes payable in any window W is at most burst + rate · W.
    function testFuzz_I10_no_window_holds_more_than_burst_and_rate(uint256 seed, uint64 limit, uint8 decimals) public {
        uint256 whole = 10 ** (decimals % 25);
        limit = uint64(bound(limit, 1, 1 << (8 + (seed % 50))));
        uint256 nowS = NOW;
        for (uint256 i = 0; i < 60; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            // Mostly at once, sometimes much later.
            if (word % 4 == 0) nowS += (word >> 8) % (1 << ((word >> 40) % 18));
            uint256 largest = PaymentLanes.largestUnits(limit, whole);
            uint256 size = largest >> ((word >> 80) % 8);
            uint128 amount = uint128(1 + ((word >> 96) % (size + 1)));
            if (amount <= largest) _takeOf(limit, whole, amount, nowS);
        }
        _assertBound(limit, whole);
    }

    /// @dev Every window that begins and ends with a date. burst + rate · W in exact numbers.
    function _assertBound(uint64 limit, uint256 whole) private {
        uint256 length = dates.length;
        for (uint256 i = 1; i < length; ++i) {
            for (uint256 j = i; j > 0 && dates[j - 1] > dates[j]; --j) {
                (dates[j], dates[j - 1]) = (dates[j - 1], dates[j]);
                (amounts[j], amounts[j - 1]) = (amounts[j - 1], amounts[j]);
            }
        }
        uint256 day = uint256(limit) * whole;
        for (uint256 i = 0; i < length; ++i) {
            uint256 sum = 0;
            for (uint256 j = i; j < length; ++j) {
                sum += amounts[j];
                assertLe(sum * 1000 * 4 * DAY, day * (DAY + 4 * (dates[j] - dates[i])), "I10");
            }
        }
    }

    function _take(uint128 amount, uint256 nowS) private returns (uint40) {
        return _takeOf(LIMIT, WHOLE, amount, nowS);
    }

    function _takeOf(uint64 limit, uint256 whole, uint128 amount, uint256 nowS) private returns (uint40) {
        LaneQuote memory quoted = PaymentLanes.quote(limit, whole, amount, tats, nowS);
        tats[uint8(quoted.lane) - 1] = quoted.tat;
        amounts.push(amount);
        dates.push(quoted.readyAt);
        return quoted.readyAt;
    }

    function _assertLane(uint128 amount, PaymentLane expected) private pure {
        assertEq(uint8(PaymentLanes.laneOf(LIMIT, WHOLE, amount)), uint8(expected));
    }
}

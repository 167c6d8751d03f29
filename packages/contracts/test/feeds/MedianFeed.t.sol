// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MedianFeed, SourceReading} from "../../solidity/prices/MedianFeed.sol";
import {IEdge} from "../../solidity/edge/IEdge.sol";
import {MedianFixture} from "./MedianFixture.sol";
import {HostileFeed, TestFeed} from "./TestFeed.sol";

/// @notice How prices of two and three sources become one.
contract MedianFeedTest is MedianFixture {
    // Refusals

    function test_refuses_one_and_four_sources() public {
        _expectRefused(_firstOf(1), SPREAD, GAS_EACH);
        address[] memory four = new address[](4);
        for (uint256 i = 0; i < 3; ++i) four[i] = address(feeds[i]);
        four[3] = address(two);
        _expectRefused(four, SPREAD, 1);
    }

    function test_refuses_a_source_without_code_and_one_that_is_named_twice() public {
        address[] memory list = _firstOf(3);
        list[2] = address(1);
        _expectRefused(list, SPREAD, GAS_EACH);
        for (uint256 i = 0; i < 3; ++i) {
            list = _firstOf(3);
            list[i] = list[(i + 1) % 3];
            _expectRefused(list, SPREAD, GAS_EACH);
        }
        list = _firstOf(2);
        list[1] = list[0];
        _expectRefused(list, SPREAD, GAS_EACH);
    }

    function test_refuses_a_spread_out_of_its_bounds_and_takes_their_ends() public {
        _expectRefused(_firstOf(2), 0, GAS_EACH);
        _expectRefused(_firstOf(2), 100_001, GAS_EACH);
        assertEq(new MedianFeed(_firstOf(2), 1, GAS_EACH).spreadMaxPpm(), 1);
        assertEq(new MedianFeed(_firstOf(2), 100_000, GAS_EACH).spreadMaxPpm(), 100_000);
    }

    function test_refuses_gas_that_the_risk_manager_does_not_give() public {
        _expectRefused(_firstOf(2), SPREAD, 0);
        _expectRefused(_firstOf(2), SPREAD, 105_001);
        _expectRefused(_firstOf(3), SPREAD, 70_001);
        _expectRefused(_firstOf(3), SPREAD, type(uint32).max);
        assertEq(new MedianFeed(_firstOf(2), SPREAD, 105_000).gasEach(), 105_000);
        assertEq(new MedianFeed(_firstOf(3), SPREAD, 70_000).gasEach(), 70_000);
    }

    function test_refuses_fewer_than_two_answers() public {
        feeds[0].set(2000e12, 0, uint40(NOW));
        _expectSourcesMissing(two, 1);
        _expectSourcesMissing(three, 1);
        feeds[0].set(0, 0, uint40(NOW));
        _expectSourcesMissing(two, 0);
        _expectSourcesMissing(three, 0);
    }

    function test_refuses_to_read_with_less_gas_than_its_sources_may_use() public {
        _setAll(2000e12, 0, uint40(NOW));
        // A call forwards 63/64 of the gas; 6,000 are kept for the call itself.
        uint256 needed = GAS_EACH + uint256(GAS_EACH) / 63 + 6_000;
        (bool ok, bytes memory answer) = address(two).staticcall{gas: needed}(abi.encodeCall(two.read, ()));
        assertFalse(ok);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
        (ok, ) = address(two).staticcall{gas: 2 * needed}(abi.encodeCall(two.read, ()));
        assertTrue(ok);
    }

    // Two sources

    function test_two_sources_give_their_mean_rounded_down_and_the_earlier_time() public {
        feeds[0].set(2001e12 + 1, 10, uint40(NOW - 5));
        feeds[1].set(2000e12, 20, uint40(NOW - 7));
        // Half of the spread: 1 of 4,001, rounded up.
        _assertRead(two, 2000.5e12, 250, uint40(NOW - 7));
        feeds[0].set(2001e12 + 1, 400, uint40(NOW - 9));
        _assertRead(two, 2000.5e12, 400, uint40(NOW - 9));
        feeds[1].set(2000e12, 500, uint40(NOW - 7));
        _assertRead(two, 2000.5e12, 500, uint40(NOW - 9));
    }

    function test_two_equal_prices_have_the_wider_confidence_alone() public {
        feeds[0].set(1, 0, uint40(NOW));
        feeds[1].set(1, 0, uint40(NOW));
        _assertRead(two, 1, 0, uint40(NOW));
        feeds[1].set(1, 1_000_000, uint40(NOW));
        _assertRead(two, 1, 1_000_000, uint40(NOW));
    }

    function test_two_sources_diverge_past_the_spread_of_the_lower_price() public {
        uint96 low = 2000e12;
        uint96 high = 2040e12;
        for (uint256 i = 0; i < 2; ++i) {
            feeds[i].set(low, 0, uint40(NOW));
            feeds[1 - i].set(high, 0, uint40(NOW));
            _assertRead(two, 2020e12, 9_901, uint40(NOW));
            feeds[1 - i].set(high + 1, 0, uint40(NOW));
            _expectDiverged(two, _list(low, high + 1));
        }
    }

    function test_prices_of_96_bits_do_not_overflow() public {
        _setAll(type(uint96).max, 1_000_000, uint40(NOW));
        _assertRead(two, type(uint96).max, 1_000_000, uint40(NOW));
        _setAll(type(uint96).max, 1_000_000, uint40(NOW));
        _assertRead(three, type(uint96).max, 1_000_000, uint40(NOW));
    }

    // Three sources

    function test_three_sources_give_the_middle_price_and_the_middle_time_in_every_order() public {
        uint96[3] memory prices = [uint96(1999e12), 2000e12, 2002e12];
        uint40[3] memory times = [uint40(NOW - 3), uint40(NOW - 2), uint40(NOW - 1)];
        uint8[3][6] memory orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < 6; ++j) {
                for (uint256 k = 0; k < 3; ++k) feeds[k].set(prices[orders[i][k]], 0, times[orders[j][k]]);
                // Half of 3 of 2,000.
                _assertRead(three, 2000e12, 750, uint40(NOW - 2));
            }
        }
    }

    function test_three_sources_count_the_confidence_of_those_near_the_middle() public {
        feeds[0].set(1900e12, 900_000, uint40(NOW));
        feeds[1].set(2000e12, 30, uint40(NOW));
        feeds[2].set(2001e12, 20, uint40(NOW));
        _assertRead(three, 2000e12, 250, uint40(NOW));
        feeds[2].set(2001e12, 300, uint40(NOW));
        _assertRead(three, 2000e12, 300, uint40(NOW));
        feeds[1].set(2000e12, 400, uint40(NOW));
        _assertRead(three, 2000e12, 400, uint40(NOW));
        feeds[0].set(2100e12, 900_000, uint40(NOW));
        feeds[1].set(1999e12, 499, uint40(NOW));
        _assertRead(three, 2001e12, 500, uint40(NOW));
    }

    function test_three_sources_need_one_neighbour_of_the_middle_within_the_spread() public {
        (uint96 low, uint96 middle, uint96 high) = (1000e12, 1020e12, 1040.4e12);
        feeds[0].set(low, 0, uint40(NOW));
        feeds[1].set(middle, 0, uint40(NOW));
        feeds[2].set(high, 0, uint40(NOW));
        _assertRead(three, middle, 19_804, uint40(NOW));
        feeds[2].set(high + 1, 0, uint40(NOW));
        _assertRead(three, middle, 9_804, uint40(NOW));
        feeds[0].set(low - 1, 0, uint40(NOW));
        _expectDiverged(three, _list(low - 1, middle, high + 1));
        feeds[2].set(high, 0, uint40(NOW));
        _assertRead(three, middle, 10_000, uint40(NOW));
    }

    function test_two_of_three_follow_the_rules_of_two() public {
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i].set(0, 0, uint40(NOW));
            feeds[(i + 1) % 3].set(2000e12, 0, uint40(NOW - 1));
            feeds[(i + 2) % 3].set(2002e12, 0, uint40(NOW - 2));
            _assertRead(three, 2001e12, 500, uint40(NOW - 2));
            feeds[(i + 2) % 3].set(2041e12, 0, uint40(NOW));
            _expectDiverged(three, _list(2000e12, 2041e12));
        }
    }

    // What each source says

    function test_tells_for_each_source_why_it_is_left_out() public {
        HostileFeed hostile = new HostileFeed();
        address[] memory list = _firstOf(3);
        list[1] = address(hostile);
        MedianFeed mixed = new MedianFeed(list, SPREAD, GAS_EACH);
        assertEq(mixed.feeds(), list);
        assertEq(two.feeds(), _firstOf(2));
        feeds[0].set(2000e12, 7, uint40(NOW - 1));
        feeds[2].set(2000e12, 7, uint40(NOW + 121));
        hostile.set(HostileFeed.Way.REVERT_TYPED, [uint256(0), 0, 0]);
        SourceReading[] memory readings = mixed.readSources();
        assertEq(readings.length, 3);
        _assertReading(readings[0], SourceReading(list[0], true, 0, 2000e12, 7, uint40(NOW - 1)));
        _assertReading(readings[1], SourceReading(list[1], false, HostileFeed.Broken.selector, 0, 0, 0));
        _assertReading(readings[2], SourceReading(list[2], false, "time", 0, 0, 0));
        assertEq(two.readSources().length, 2);
    }

    function test_leaves_out_words_that_are_no_price() public {
        HostileFeed hostile = new HostileFeed();
        address[] memory list = _firstOf(2);
        list[1] = address(hostile);
        MedianFeed mixed = new MedianFeed(list, SPREAD, GAS_EACH);
        uint256[3][7] memory words = [
            [uint256(0), 0, NOW],
            [uint256(1) << 96, 0, NOW],
            [uint256(2000e12), 1_000_001, NOW],
            [uint256(2000e12), uint256(1) << 32, NOW],
            [uint256(2000e12), 0, 0],
            [uint256(2000e12), 0, NOW + 121],
            [uint256(2000e12), 0, type(uint256).max]
        ];
        bytes4[7] memory reasons = [bytes4("form"), "form", "form", "form", "time", "time", "time"];
        for (uint256 i = 0; i < 7; ++i) {
            hostile.set(HostileFeed.Way.RETURN_WORDS, words[i]);
            _assertReading(mixed.readSources()[1], SourceReading(list[1], false, reasons[i], 0, 0, 0));
        }
        hostile.set(HostileFeed.Way.RETURN_WORDS, [uint256(2000e12), 1_000_000, NOW + 120]);
        _assertReading(mixed.readSources()[1], SourceReading(list[1], true, 0, 2000e12, 1_000_000, uint40(NOW + 120)));
    }

    function _assertReading(SourceReading memory reading, SourceReading memory expected) private pure {
        assertEq(abi.encode(reading), abi.encode(expected));
    }

    function _expectRefused(address[] memory list, uint32 spread, uint32 gasEach) private {
        vm.expectRevert(abi.encodeWithSelector(MedianFeed.TermsRefused.selector, list, spread, gasEach));
        this.build("MedianFeed.sol:MedianFeed", abi.encode(list, spread, gasEach));
    }

    function _expectSourcesMissing(MedianFeed feed, uint256 answered) private {
        vm.expectRevert(abi.encodeWithSelector(MedianFeed.SourcesMissing.selector, answered, 2));
        feed.read();
    }

    function _expectDiverged(MedianFeed feed, uint256[] memory prices) private {
        vm.expectRevert(abi.encodeWithSelector(MedianFeed.Diverged.selector, prices, SPREAD));
        feed.read();
    }

    function _assertRead(MedianFeed feed, uint96 price, uint32 confPpm, uint40 observedAt) private view {
        (uint96 read, uint32 conf, uint40 time) = feed.read();
        assertEq(read, price, "price");
        assertEq(conf, confPpm, "confidence");
        assertEq(time, observedAt, "time");
    }

    function _setAll(uint96 price, uint32 confPpm, uint40 observedAt) private {
        for (uint256 i = 0; i < 3; ++i) feeds[i].set(price, confPpm, observedAt);
    }

    function _list(uint256 a, uint256 b) private pure returns (uint256[] memory prices) {
        prices = new uint256[](2);
        (prices[0], prices[1]) = (a, b);
    }

    function _list(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory prices) {
        prices = new uint256[](3);
        (prices[0], prices[1], prices[2]) = (a, b, c);
    }
}

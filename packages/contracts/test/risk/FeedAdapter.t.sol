// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {Building} from "../harness/Building.sol";
import {TestAggregator} from "../feeds/TestAggregator.sol";

/// @notice Which answers of an aggregator are believed.
contract FeedAdapterTest is Test, Building {
    uint256 private constant NOW = 1_800_000_000;
    TestAggregator private aggregator;
    FeedAdapter private adapter;

    function setUp() public {
        vm.warp(NOW);
        aggregator = new TestAggregator(8);
        adapter = new FeedAdapter(_bounds());
    }

    function test_refuses_bounds_that_contradict_themselves() public {
        FeedBounds memory bounds = _bounds();
        bounds.maxAgeS = 0;
        _expectRefused(bounds, 8);
        bounds = _bounds();
        bounds.maxAheadS = 121;
        _expectRefused(bounds, 8);
        bounds = _bounds();
        bounds.minPrice1e12 = 0;
        _expectRefused(bounds, 8);
        bounds = _bounds();
        bounds.minPrice1e12 = bounds.maxPrice1e12 + 1;
        _expectRefused(bounds, 8);
        bounds = _bounds();
        bounds.aggregator = address(new TestAggregator(37));
        _expectRefused(bounds, 37);
    }

    function test_refuses_a_round_without_an_answer_or_carried_over() public {
        aggregator.setRound(5, 2000e8, 0, 5);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.RoundIncomplete.selector, 5, 5, 0));
        adapter.read();
        aggregator.setRound(5, 2000e8, NOW, 4);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.RoundIncomplete.selector, 5, 4, NOW));
        adapter.read();
    }

    function test_refuses_a_price_of_zero_or_below() public {
        aggregator.set(0, NOW);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.PriceNotPositive.selector, 0));
        adapter.read();
        aggregator.set(-1, NOW);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.PriceNotPositive.selector, -1));
        adapter.read();
    }

    function test_refuses_a_price_past_its_age_and_takes_one_exactly_that_old() public {
        aggregator.set(2000e8, NOW - 3_601);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.PriceStale.selector, NOW - 3_601, NOW - 3_600));
        adapter.read();
        aggregator.set(2000e8, NOW - 3_600);
        (, , uint40 observedAt) = adapter.read();
        assertEq(observedAt, NOW - 3_600);
    }

    function test_refuses_a_price_from_the_future_and_takes_one_just_ahead() public {
        aggregator.set(2000e8, NOW + 61);
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.PriceAhead.selector, NOW + 61, NOW + 60));
        adapter.read();
        aggregator.set(2000e8, NOW + 60);
        adapter.read();
    }

    function test_refuses_a_price_out_of_its_band_and_takes_its_ends() public {
        int256[4] memory refused = [int256(100e8 - 1), 10_000e8 + 1, int256(uint256(1) << 192), type(int256).max];
        for (uint256 i = 0; i < 4; ++i) {
            aggregator.set(refused[i], NOW);
            vm.expectRevert(
                abi.encodeWithSelector(
                    FeedAdapter.PriceOutOfBand.selector,
                    refused[i],
                    uint96(100e12),
                    uint96(10_000e12)
                )
            );
            adapter.read();
        }
        aggregator.set(100e8, NOW);
        (uint96 price, , ) = adapter.read();
        assertEq(price, 100e12);
        aggregator.set(10_000e8, NOW);
        (price, , ) = adapter.read();
        assertEq(price, 10_000e12);
    }

    function test_scales_6_8_12_and_18_decimals_and_rounds_down() public {
        uint8[4] memory decimals = [6, 8, 12, 18];
        int256[4] memory answers = [
            int256(2_000_123_456),
            200_012_345_678,
            2_000_123_456_789_012,
            2_000_123_456_789_012_999_999
        ];
        uint96[4] memory prices = [
            uint96(2_000_123_456_000_000),
            2_000_123_456_780_000,
            2_000_123_456_789_012,
            2_000_123_456_789_012
        ];
        for (uint256 i = 0; i < 4; ++i) {
            FeedBounds memory bounds = _bounds();
            TestAggregator scaled = new TestAggregator(decimals[i]);
            bounds.aggregator = address(scaled);
            scaled.set(answers[i], NOW);
            (uint96 price, uint32 confPpm, uint40 observedAt) = new FeedAdapter(bounds).read();
            assertEq(price, prices[i]);
            assertEq(confPpm, 0);
            assertEq(observedAt, NOW);
        }
    }

    function _bounds() private view returns (FeedBounds memory) {
        return
            FeedBounds({
                aggregator: address(aggregator),
                maxAgeS: 3_600,
                maxAheadS: 60,
                minPrice1e12: 100e12,
                maxPrice1e12: 10_000e12
            });
    }

    function _expectRefused(FeedBounds memory bounds, uint256 decimals) private {
        vm.expectRevert(abi.encodeWithSelector(FeedAdapter.BoundsRefused.selector, bounds, decimals));
        this.build("FeedAdapter.sol:FeedAdapter", abi.encode(bounds));
    }
}

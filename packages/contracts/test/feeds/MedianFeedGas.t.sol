// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {IPriceFeed} from "../../solidity/prices/IPriceFeed.sol";
import {MedianFeed} from "../../solidity/prices/MedianFeed.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {TestAggregator} from "./TestAggregator.sol";

/// @notice What a median costs beside the sum of its sources, and what a poke of it costs.
/// @dev A test is a transaction of its own, so what `setUp` built is cold in it. Each figure has sources of its own.
contract MedianFeedGasTest is Test {
    uint256 private constant NOW = 1_800_000_000;
    uint16 private constant SLOT = 1;

    address[] private alone;
    MedianFeed private two;
    MedianFeed private three;
    RiskManager private risk;
    uint16[] private slots;

    function setUp() public {
        vm.warp(NOW);
        alone = _sources(3);
        two = new MedianFeed(_sources(2), 20_000, 70_000);
        three = new MedianFeed(_sources(3), 20_000, 70_000);
        risk = new RiskManager(address(this));
        risk.listUnderlying(SLOT, address(three), 1 hours);
        slots.push(SLOT);
    }

    function test_a_median_of_two_costs_less_than_8_000_beside_its_sources() public view {
        (uint256 whole, uint256 sum) = _measure(two, 2);
        assertLt(whole, sum + 8_000);
    }

    function test_a_median_of_three_costs_at_most_a_fifth_more_than_its_sources() public view {
        (uint256 whole, uint256 sum) = _measure(three, 3);
        assertLe(whole * 5, sum * 6);
    }

    function test_a_poke_of_a_median_of_three_costs_less_than_100_000() public {
        uint16[] memory list = slots;
        RiskManager poked = risk;
        uint256 gas = gasleft();
        poked.poke(list);
        gas -= gasleft();
        console.log("poke of a median of three, first price:", gas);
        assertEq(poked.priceOf(SLOT).observedAt, NOW - 1);
        assertLt(gas, 100_000);
    }

    function _measure(MedianFeed median, uint256 count) private view returns (uint256 whole, uint256 sum) {
        address[] memory list = alone;
        for (uint256 i = 0; i < count; ++i) sum += _gasOf(IPriceFeed(list[i]));
        whole = _gasOf(median);
        console.log("sources, sum of their gas, median:", count, sum, whole);
    }

    function _gasOf(IPriceFeed feed) private view returns (uint256 gas) {
        gas = gasleft();
        feed.read();
        gas -= gasleft();
    }

    function _sources(uint256 count) private returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            TestAggregator aggregator = new TestAggregator(8);
            aggregator.set(int256(2000e8 + i * 1e8), NOW - i);
            list[i] = address(new FeedAdapter(FeedBounds(address(aggregator), 3_600, 60, 1e12, 1e18)));
        }
    }
}

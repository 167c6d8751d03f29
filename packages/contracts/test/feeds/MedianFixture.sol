// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {MedianFeed} from "../../solidity/prices/MedianFeed.sol";
import {Building} from "../harness/Building.sol";
import {TestFeed} from "./TestFeed.sol";

/// @notice A median of two and one of three over the same sources, none of which has an answer yet.
abstract contract MedianFixture is Test, Building {
    uint256 internal constant NOW = 1_800_000_000;
    uint32 internal constant SPREAD = 20_000;
    uint32 internal constant GAS_EACH = 70_000;

    TestFeed[3] internal feeds;
    MedianFeed internal two;
    MedianFeed internal three;

    function setUp() public virtual {
        vm.warp(NOW);
        for (uint256 i = 0; i < 3; ++i) feeds[i] = new TestFeed();
        two = new MedianFeed(_firstOf(2), SPREAD, GAS_EACH);
        three = new MedianFeed(_firstOf(3), SPREAD, GAS_EACH);
    }

    function _firstOf(uint256 count) internal view returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = address(feeds[i]);
    }
}

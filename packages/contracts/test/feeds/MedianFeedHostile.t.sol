// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {IRiskManager} from "../../solidity/interfaces/IRiskManager.sol";
import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {MedianFeed} from "../../solidity/prices/MedianFeed.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {MedianFixture} from "./MedianFixture.sol";
import {TestAggregator} from "./TestAggregator.sol";
import {HostileFeed, HungryFeed} from "./TestFeed.sol";

/// @notice L14: what one wrong source can do to a price, and what it can cost.
contract MedianFeedHostileTest is MedianFixture {
    uint256 private constant PPM = 1_000_000;
    uint96 private constant BASE = 2000e12;
    uint16 private constant SLOT = 1;

    HostileFeed private hostile;
    /// @dev The hostile source in front of two right ones, and beside one.
    MedianFeed private three_;
    MedianFeed private two_;

    function setUp() public override {
        super.setUp();
        hostile = new HostileFeed();
        address[] memory list = _firstOf(3);
        list[0] = address(hostile);
        three_ = new MedianFeed(list, SPREAD, GAS_EACH);
        list = _firstOf(2);
        list[0] = address(hostile);
        two_ = new MedianFeed(list, SPREAD, GAS_EACH);
        for (uint256 i = 0; i < 3; ++i) feeds[i].set(BASE, 0, uint40(NOW));
    }

    // What it costs

    function test_a_source_that_misbehaves_is_left_out_and_costs_no_more_than_its_gas() public {
        for (uint256 i = 0; i < 7; ++i) {
            hostile.set(HostileFeed.Way(i), [uint256(0), 0, 0]);
            uint256 before = gasleft();
            (uint96 price, , ) = three_.read();
            assertLt(before - gasleft(), 150_000, "gas");
            assertEq(price, BASE);
            vm.expectRevert(abi.encodeWithSelector(MedianFeed.SourcesMissing.selector, 1, 2));
            two_.read();
        }
    }

    function test_the_risk_manager_takes_a_price_beside_a_source_that_burns_its_gas() public {
        RiskManager risk = new RiskManager(address(this));
        risk.listUnderlying(SLOT, address(three_), 1 hours);
        hostile.set(HostileFeed.Way.BURN_GAS, [uint256(0), 0, 0]);
        risk.poke(_slots());
        assertEq(risk.priceOf(SLOT).price, BASE);
    }

    function test_three_sources_that_burn_their_gas_leave_room_for_the_reason() public {
        address[] memory list = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            HostileFeed burning = new HostileFeed();
            burning.set(HostileFeed.Way.BURN_GAS, [uint256(0), 0, 0]);
            list[i] = address(burning);
        }
        RiskManager risk = new RiskManager(address(this));
        risk.listUnderlying(SLOT, address(new MedianFeed(list, SPREAD, GAS_EACH)), 1 hours);
        vm.expectEmit(address(risk));
        emit IRiskManager.PokeSkipped(SLOT, MedianFeed.SourcesMissing.selector);
        risk.poke(_slots());
    }

    /// @dev The last source needs most of its gas. Starved, it would leave the price to the mean of the others.
    function test_nobody_leaves_a_source_out_by_bringing_too_little_gas() public {
        feeds[0].set(BASE, 0, uint40(NOW));
        feeds[1].set(BASE + 40e12, 0, uint40(NOW));
        address[] memory list = _firstOf(3);
        list[2] = address(new HungryFeed(68_000));
        MedianFeed starved = new MedianFeed(list, SPREAD, GAS_EACH);
        uint256 taken;
        for (uint256 gas = 60_000; gas < 110_000; gas += 200) {
            (bool ok, bytes memory answer) = address(starved).staticcall{gas: gas}(abi.encodeCall(starved.read, ()));
            if (ok) {
                (uint96 price, , ) = abi.decode(answer, (uint96, uint32, uint40));
                assertEq(price, BASE + 30e12);
                ++taken;
            } else {
                assertEq(bytes4(answer), IEdge.GasTooLow.selector);
            }
        }
        assertGt(taken, 0);
    }

    // What it does to the price

    /// @dev Two right sources within `SPREAD` of each other, one of which may be silent, and one that says anything.
    function testFuzz_L14_one_wrong_source_moves_no_price_past_the_nearest_right_one(
        uint256 first,
        uint256 apart,
        uint256 wrong,
        uint256 lag,
        uint256 wrongTime,
        uint256 conf,
        uint256 silent
    ) public {
        uint96[2] memory right;
        right[0] = uint96(bound(first, 1e6, 1e18));
        // Up to half more than the spread: right sources may disagree too.
        right[1] = uint96(right[0] + (right[0] * bound(apart, 0, 30_000)) / PPM);
        uint40[2] memory times = [uint40(NOW - bound(lag, 0, 3_600)), uint40(NOW - bound(lag >> 128, 0, 3_600))];
        for (uint256 i = 0; i < 2; ++i) feeds[i + 1].set(right[i], 0, times[i]);
        // One draw in two lies near the right prices, where it can matter; the others from 0.01 to 100 times.
        uint256 price =
            wrong % 2 == 0
                ? bound(wrong, (uint256(right[0]) * 96) / 100, (uint256(right[1]) * 104) / 100)
                : bound(wrong, right[0] / 100, uint256(right[0]) * 100);
        hostile.set(
            HostileFeed.Way.RETURN_WORDS,
            [price, bound(conf, 0, PPM + 1), bound(wrongTime, NOW - 86_400, NOW + 200)]
        );
        bool isSilent = silent % 3 == 0;
        if (isSilent) feeds[2].set(0, 0, uint40(NOW));
        _assertBounded(three_, right, times, isSilent ? 1 : 2);
        // Beside one right source alone.
        feeds[1].set(right[0], 0, times[0]);
        _assertBounded(two_, right, times, 1);
    }

    /// @dev Real adapters: a wrong aggregator is too old, ahead, at other decimals than it says, or behind a proxy that reverts.
    function testFuzz_L14_one_wrong_aggregator_behind_its_adapter(
        uint256 way,
        uint256 wrong,
        uint256 time,
        uint256 digits
    ) public {
        TestAggregator[3] memory aggregators;
        address[] memory list = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            aggregators[i] = new TestAggregator(8);
            list[i] = address(
                new FeedAdapter(FeedBounds(address(aggregators[i]), 3_600, 60, BASE / 1_000, BASE * 1_000))
            );
        }
        MedianFeed median = new MedianFeed(list, SPREAD, GAS_EACH);
        list = _firstOf(list, 2);
        MedianFeed pair = new MedianFeed(list, SPREAD, GAS_EACH);
        aggregators[1].set(2000e8, NOW - 10);
        aggregators[2].set(2010e8, NOW - 20);
        way %= 4;
        if (way == 0) aggregators[0].set(int256(bound(wrong, 20e8, 200_000e8)), NOW);
        else if (way == 1) aggregators[0].set(int256(bound(wrong, 1990e8, 2010e8)), bound(time, 0, 2 * NOW));
        else if (way == 2) aggregators[0].set(int256(2000 * 10 ** bound(digits, 0, 24)), NOW);
        else vm.etch(address(aggregators[0]), hex"fd");
        _assertBounded(median, [uint96(BASE), BASE + 10e12], [uint40(NOW - 10), uint40(NOW - 20)], 2);
        (uint96 price, , ) = median.read();
        assertGe(price, BASE);
        assertLe(price, BASE + 10e12);
        _assertBounded(pair, [uint96(BASE), BASE], [uint40(NOW - 10), uint40(NOW - 10)], 1);
    }

    /// @dev An accepted price lies within half of the spread of the nearest right source that answered, is no later than the
    ///      latest of them, and less its confidence is no higher than the highest of them.
    function _assertBounded(
        MedianFeed median,
        uint96[2] memory right,
        uint40[2] memory times,
        uint256 answering
    ) private view {
        try median.read() returns (uint96 price, uint32 conf, uint40 observedAt) {
            uint256 low = right[0];
            uint256 high = answering == 1 ? right[0] : right[1];
            uint256 latest = answering == 1 || times[0] > times[1] ? times[0] : times[1];
            // One unit of 10^-12 for rounding the mean down.
            if (price < low) assertLe((low - price) * 2 * PPM, low * SPREAD + 2 * PPM, "below");
            if (price > high) assertLe((price - high) * 2 * PPM, high * SPREAD, "above");
            assertLe(price * (PPM - conf), high * PPM, "less its confidence");
            assertLe(observedAt, latest, "time");
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            assertTrue(selector == MedianFeed.Diverged.selector || selector == MedianFeed.SourcesMissing.selector);
        }
    }

    function _slots() private pure returns (uint16[] memory slots) {
        slots = new uint16[](1);
        slots[0] = SLOT;
    }

    function _firstOf(address[] memory list, uint256 count) private pure returns (address[] memory some) {
        some = new address[](count);
        for (uint256 i = 0; i < count; ++i) some[i] = list[i];
    }
}

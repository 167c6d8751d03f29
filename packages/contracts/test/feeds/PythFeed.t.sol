// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IPyth as PythContract} from "@pythnetwork/pyth-sdk-solidity/IPyth.sol";
import {MockPyth} from "@pythnetwork/pyth-sdk-solidity/MockPyth.sol";
import {PythErrors} from "@pythnetwork/pyth-sdk-solidity/PythErrors.sol";
import {IPullFeed} from "../../solidity/prices/IPullFeed.sol";
import {IPyth} from "../../solidity/prices/IPyth.sol";
import {PythBounds, PythFeed} from "../../solidity/prices/PythFeed.sol";
import {Building} from "../harness/Building.sol";

/// @notice Which stored prices of Pyth are believed, and what becomes of an update's value.
/// @dev `MockPyth` stores what it is handed and checks no signature: these tests say nothing about Pyth's own verification.
contract PythFeedTest is Test, Building {
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant FEE = 3;
    bytes32 private constant ID = keccak256("ETH/USD");

    MockPyth private pyth;
    PythFeed private feed;
    bool private refusesValue;

    receive() external payable {
        require(!refusesValue, "no value");
    }

    function setUp() public {
        vm.warp(NOW);
        pyth = new MockPyth(60, FEE);
        feed = new PythFeed(_bounds());
        vm.deal(address(this), 1 ether);
    }

    // Bounds

    function test_refuses_bounds_that_contradict_themselves() public {
        PythBounds[8] memory refused;
        for (uint256 i = 0; i < 8; ++i) refused[i] = _bounds();
        refused[0].pyth = address(1);
        refused[1].maxAgeS = 0;
        refused[2].maxAheadS = 61;
        refused[3].confMaxPpm = 999;
        refused[4].confMaxPpm = 50_001;
        refused[5].minPrice1e12 = 0;
        refused[6].minPrice1e12 = refused[6].maxPrice1e12 + 1;
        refused[7].confMaxPpm = type(uint32).max;
        for (uint256 i = 0; i < 8; ++i) {
            vm.expectRevert(abi.encodeWithSelector(PythFeed.BoundsRefused.selector, refused[i]));
            this.build("PythFeed.sol:PythFeed", abi.encode(refused[i]));
        }
    }

    function test_keeps_the_bounds_that_it_was_built_with() public view {
        PythBounds memory bounds = _bounds();
        assertEq(address(feed.pyth()), bounds.pyth);
        assertEq(feed.feedId(), bounds.feedId);
        assertEq(feed.maxAgeS(), bounds.maxAgeS);
        assertEq(feed.maxAheadS(), bounds.maxAheadS);
        assertEq(feed.confMaxPpm(), bounds.confMaxPpm);
        assertEq(feed.minPrice1e12(), bounds.minPrice1e12);
        assertEq(feed.maxPrice1e12(), bounds.maxPrice1e12);
    }

    // Refusals

    function test_refuses_a_price_that_was_never_stored() public {
        vm.expectRevert(PythErrors.PriceFeedNotFound.selector);
        feed.read();
    }

    function test_refuses_a_price_of_zero_or_below() public {
        int64[3] memory refused = [int64(0), -1, type(int64).min];
        for (uint256 i = 0; i < 3; ++i) {
            _store(refused[i], 0, -8, NOW + i);
            vm.expectRevert(abi.encodeWithSelector(PythFeed.PriceNotPositive.selector, refused[i]));
            feed.read();
        }
    }

    function test_refuses_an_exponent_that_it_cannot_scale() public {
        int32[4] memory refused = [int32(-21), 13, type(int32).min, type(int32).max];
        for (uint256 i = 0; i < 4; ++i) {
            _store(2000e8, 0, refused[i], NOW + i);
            vm.expectRevert(
                abi.encodeWithSelector(PythFeed.ExponentOutOfRange.selector, refused[i], int32(-20), int32(12))
            );
            feed.read();
        }
    }

    function test_refuses_a_price_past_its_age_and_takes_one_exactly_that_old() public {
        _store(2000e8, 0, -8, NOW - 61);
        vm.expectRevert(abi.encodeWithSelector(PythFeed.PriceStale.selector, NOW - 61, NOW - 60));
        feed.read();
        _store(2000e8, 0, -8, NOW - 60);
        _assertRead(2000e12, 0, NOW - 60);
    }

    function test_refuses_a_price_from_the_future_and_takes_one_just_ahead() public {
        _store(2000e8, 0, -8, NOW + 10);
        _assertRead(2000e12, 0, NOW + 10);
        _store(2000e8, 0, -8, NOW + 11);
        vm.expectRevert(abi.encodeWithSelector(PythFeed.PriceAhead.selector, NOW + 11, NOW + 10));
        feed.read();
        _store(2000e8, 0, -8, type(uint64).max);
        vm.expectRevert(abi.encodeWithSelector(PythFeed.PriceAhead.selector, type(uint64).max, NOW + 10));
        feed.read();
    }

    function test_refuses_a_confidence_past_its_limit_and_takes_one_at_it() public {
        _store(2000e8, 40e8, -8, NOW);
        _assertRead(2000e12, 20_000, NOW);
        _store(2000e8, 40e8 + 1, -8, NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(PythFeed.PriceUncertain.selector, 20_001, 20_000));
        feed.read();
        _store(1, type(uint64).max, 3, NOW + 2);
        vm.expectRevert(
            abi.encodeWithSelector(PythFeed.PriceUncertain.selector, uint256(type(uint64).max) * 1e6, 20_000)
        );
        feed.read();
    }

    function test_refuses_a_price_out_of_its_band_and_takes_its_ends() public {
        int64[4] memory answers = [int64(100e8 - 1), 100e8, 10_000e8, 10_000e8 + 1];
        for (uint256 i = 0; i < 4; ++i) {
            _store(answers[i], 0, -8, NOW + i);
            uint256 price = uint256(uint64(answers[i])) * 1e4;
            if (i == 1 || i == 2) {
                _assertRead(price, 0, NOW + i);
                continue;
            }
            vm.expectRevert(
                abi.encodeWithSelector(PythFeed.PriceOutOfBand.selector, price, uint96(100e12), uint96(10_000e12))
            );
            feed.read();
        }
    }

    // What it gives

    function test_scales_every_exponent_and_rounds_the_price_down_and_the_confidence_up() public {
        int32[6] memory expos = [int32(-15), -13, -12, -8, 0, 3];
        int64[6] memory prices = [
            int64(200_012_345_678_901_299),
            2_000_123_456_789_012_999,
            2_000_123_456_789_012,
            200_012_345_678,
            2_000,
            2
        ];
        uint256[6] memory scaled = [
            uint256(200_012_345_678_901),
            200_012_345_678_901_299,
            2_000_123_456_789_012,
            2_000_123_456_780_000,
            2_000e12,
            2_000e12
        ];
        for (uint256 i = 0; i < 6; ++i) {
            // The first two lie outside the usual band.
            PythBounds memory bounds = _bounds();
            bounds.maxPrice1e12 = 1_000_000e12;
            feed = new PythFeed(bounds);
            _store(prices[i], i < 4 ? 1 : 0, expos[i], NOW + i);
            _assertRead(scaled[i], i < 4 ? 1 : 0, NOW + i);
        }
    }

    function testFuzz_gives_the_price_and_its_confidence_or_a_reason(
        int64 price,
        uint64 conf,
        int32 expo,
        uint64 time
    ) public {
        expo = int32(bound(expo, -22, 14));
        if (time % 2 == 0) time = uint64(bound(time, NOW - 70, NOW + 20));
        vm.assume(time != 0);
        _store(price, conf, expo, time);
        try feed.read() returns (uint96 read, uint32 confPpm, uint40 observedAt) {
            assertTrue(price > 0 && expo >= -20 && expo <= 12);
            assertEq(observedAt, time);
            assertTrue(time + 60 >= NOW && time <= NOW + 10);
            assertTrue(read >= 100e12 && read <= 10_000e12);
            // read = price · 10^(expo + 12), by products alone.
            (uint256 left, uint256 right) = (uint256(uint64(price)), uint256(read));
            if (expo >= -12) assertEq(right, left * 10 ** uint32(expo + 12));
            else {
                uint256 unit = 10 ** uint32(-12 - expo);
                assertLe(right * unit, left);
                assertGt((right + 1) * unit, left);
            }
            assertGe(uint256(confPpm) * left, uint256(conf) * 1e6);
            assertLe(confPpm, 20_000);
        } catch (bytes memory reason) {
            assertTrue(
                _isOneOf(
                    bytes4(reason),
                    [
                        PythFeed.PriceNotPositive.selector,
                        PythFeed.ExponentOutOfRange.selector,
                        PythFeed.PriceAhead.selector,
                        PythFeed.PriceStale.selector,
                        PythFeed.PriceUncertain.selector,
                        PythFeed.PriceOutOfBand.selector
                    ]
                )
            );
        }
    }

    // Updates

    function test_an_update_pays_the_fee_and_returns_the_rest() public {
        feed.update{value: 10}(_updates(2000e8, 0, -8, NOW));
        assertEq(address(pyth).balance, FEE);
        assertEq(address(this).balance, 1 ether - FEE);
        _assertRead(2000e12, 0, NOW);
        assertEq(feed.updateFee(new bytes[](7)), 7 * FEE);
    }

    function test_an_update_of_the_exact_fee_needs_nobody_who_takes_value() public {
        refusesValue = true;
        feed.update{value: FEE}(_updates(2000e8, 0, -8, NOW));
        bytes[] memory updates = _updates(2000e8, 0, -8, NOW + 1);
        vm.expectRevert("no value");
        feed.update{value: FEE + 1}(updates);
    }

    function test_an_update_without_its_fee_is_refused() public {
        bytes[] memory updates = _updates(2000e8, 0, -8, NOW);
        vm.expectRevert(abi.encodeWithSelector(IPullFeed.FeeNotCovered.selector, FEE - 1, FEE));
        feed.update{value: FEE - 1}(updates);
    }

    function test_an_update_returns_no_more_than_came_with_it() public {
        vm.deal(address(feed), 1 ether);
        feed.update{value: 10}(_updates(2000e8, 0, -8, NOW));
        assertEq(address(feed).balance, 1 ether);
        bytes[] memory updates = _updates(2000e8, 0, -8, NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IPullFeed.FeeNotCovered.selector, 0, FEE));
        feed.update(updates);
    }

    function test_an_update_that_came_before_changes_nothing_and_stops_nobody() public {
        bytes[] memory older = _updates(1000e8, 0, -8, NOW - 1);
        feed.update{value: FEE}(_updates(2000e8, 0, -8, NOW));
        feed.update{value: FEE}(older);
        feed.update{value: FEE}(_updates(2000e8, 0, -8, NOW));
        _assertRead(2000e12, 0, NOW);
    }

    function test_the_selectors_are_those_of_pyth() public pure {
        assertEq(IPyth.getPriceUnsafe.selector, PythContract.getPriceUnsafe.selector);
        assertEq(IPyth.getUpdateFee.selector, PythContract.getUpdateFee.selector);
        assertEq(IPyth.updatePriceFeeds.selector, PythContract.updatePriceFeeds.selector);
    }

    function _bounds() private view returns (PythBounds memory) {
        return
            PythBounds({
                pyth: address(pyth),
                feedId: ID,
                maxAgeS: 60,
                maxAheadS: 10,
                confMaxPpm: 20_000,
                minPrice1e12: 100e12,
                maxPrice1e12: 10_000e12
            });
    }

    function _updates(int64 price, uint64 conf, int32 expo, uint256 time) private view returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = pyth.createPriceFeedUpdateData(ID, price, conf, expo, price, conf, uint64(time), 0);
    }

    function _store(int64 price, uint64 conf, int32 expo, uint256 time) private {
        pyth.updatePriceFeeds{value: FEE}(_updates(price, conf, expo, time));
    }

    function _assertRead(uint256 price, uint256 confPpm, uint256 observedAt) private view {
        (uint96 read, uint32 conf, uint40 time) = feed.read();
        assertEq(read, price, "price");
        assertEq(conf, confPpm, "confidence");
        assertEq(time, observedAt, "time");
    }

    function _isOneOf(bytes4 selector, bytes4[6] memory list) private pure returns (bool) {
        for (uint256 i = 0; i < 6; ++i) if (selector == list[i]) return true;
        return false;
    }
}

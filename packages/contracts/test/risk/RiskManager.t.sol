// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {
    CachedPrice,
    Factors,
    Grades,
    IRiskManager,
    LineMargin,
    LineWords
} from "../../solidity/interfaces/IRiskManager.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {Building} from "../harness/Building.sol";
import {HostileFeed, TestFeed} from "../feeds/TestFeed.sol";

/// @notice What lines are worth, by hand and by property, and which prices are taken.
contract RiskManagerTest is Test, Building {
    uint256 private constant NOW = 1_800_000_000;
    uint16 private constant PRICE = 1;
    uint16 private constant OWN = 2;
    uint256 private constant STALE_S = 90 * 60;
    uint256 private constant DARK_S = 360 * 60;
    uint256 private constant FALLS_S = 4_320 * 60;

    address private governor = makeAddr("governor");
    RiskManager private risk;
    TestFeed private feed;
    TestFeed private own;
    HostileFeed private hostile;

    function setUp() public {
        vm.warp(NOW);
        risk = new RiskManager(governor);
        feed = new TestFeed();
        own = new TestFeed();
        hostile = new HostileFeed();
        vm.startPrank(governor);
        risk.listUnderlying(PRICE, address(feed), 1 hours);
        risk.listUnderlying(OWN, address(own), 2 hours);
        vm.stopPrank();
    }

    // Refusals

    function test_refuses_to_be_built_without_a_governor() public {
        vm.expectRevert(IRiskManager.GovernorMissing.selector);
        this.build("RiskManager.sol:RiskManager", abi.encode(address(0)));
    }

    function test_refuses_feeds_from_strangers_and_feeds_that_cannot_be_read() public {
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.NotGovernor.selector, address(this)));
        risk.listUnderlying(3, address(feed), 1);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.FeedRefused.selector, 0, address(feed), 1));
        risk.listUnderlying(0, address(feed), 1);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.FeedRefused.selector, 3, address(1), 1));
        risk.listUnderlying(3, address(1), 1);
        vm.expectRevert(abi.encodeWithSelector(IRiskManager.FeedRefused.selector, 3, address(feed), 0));
        risk.listUnderlying(3, address(feed), 0);
        vm.expectEmit(address(risk));
        emit IRiskManager.FeedListed(3, address(feed), 1);
        risk.listUnderlying(3, address(feed), 1);
        vm.stopPrank();
        assertEq(risk.feedOf(3), address(feed));
    }

    // Poking

    function test_skips_every_feed_that_misbehaves_and_takes_the_others() public {
        vm.prank(governor);
        risk.listUnderlying(3, address(hostile), 1 hours);
        bytes4[7] memory reasons = [
            bytes4("fail"),
            HostileFeed.Broken.selector,
            "fail",
            "form",
            bytes4(0),
            "form",
            "form"
        ];
        for (uint256 i = 0; i < 7; ++i) {
            hostile.set(HostileFeed.Way(i), [uint256(0), 0, 0]);
            feed.set(uint96(1e12 + i), 0, uint40(NOW + i));
            vm.warp(NOW + i);
            vm.expectEmit(address(risk));
            emit IRiskManager.PokeSkipped(3, reasons[i]);
            vm.expectEmit(address(risk));
            emit IRiskManager.PricePoked(PRICE, 1e12 + i, 0, NOW + i);
            uint256 before = gasleft();
            risk.poke(_slots(3, PRICE));
            assertLt(before - gasleft(), 500_000, "a feed's waste is bounded");
        }
        assertEq(risk.priceOf(3).observedAt, 0);
    }

    function test_skips_answers_out_of_range_and_slots_without_a_feed() public {
        vm.prank(governor);
        risk.listUnderlying(3, address(hostile), 1 hours);
        uint256[3][6] memory words = [
            [uint256(0), 0, NOW],
            [uint256(1) << 80, 0, NOW],
            [uint256(1), 1_000_001, NOW],
            [uint256(1), 0, 0],
            [uint256(1), 0, NOW + 121],
            [uint256(1), 0, type(uint256).max]
        ];
        for (uint256 i = 0; i < 6; ++i) {
            hostile.set(HostileFeed.Way.RETURN_WORDS, words[i]);
            vm.expectEmit(address(risk));
            emit IRiskManager.PokeSkipped(3, "form");
            risk.poke(_slots(3));
        }
        vm.expectEmit(address(risk));
        emit IRiskManager.PokeSkipped(4, "none");
        risk.poke(_slots(4));
        hostile.set(HostileFeed.Way.RETURN_WORDS, [uint256(type(uint80).max), 1_000_000, NOW + 120]);
        risk.poke(_slots(3));
        assertEq(risk.priceOf(3).price, type(uint80).max);
        assertEq(risk.priceOf(3).confPpm, 1_000_000);
    }

    function test_takes_nothing_twice_and_no_older_price() public {
        _poke(5e12, NOW);
        vm.recordLogs();
        risk.poke(_slots(PRICE));
        feed.set(5e12, 0, uint40(NOW - 1));
        risk.poke(_slots(PRICE));
        assertEq(vm.getRecordedLogs().length, 0);
        feed.set(6e12, 0, uint40(NOW - 1));
        vm.expectEmit(address(risk));
        emit IRiskManager.PricePoked(PRICE, 5e12, 200_000, NOW);
        risk.poke(_slots(PRICE));
        CachedPrice memory cached = risk.priceOf(PRICE);
        assertEq(cached.price, 5e12);
        assertEq(cached.observedAt, NOW);
    }

    function test_the_slow_price_follows_what_stood_over_an_hour_and_rounds_toward_the_old_one() public {
        _poke(1_000, NOW);
        assertEq(risk.priceOf(PRICE).ema, 1_000);
        _poke(2_000, NOW + 60);
        assertEq(risk.priceOf(PRICE).ema, 1_000);
        _poke(1, NOW + 120);
        // 1000 + 1000 · 60 / 3600 = 1016.67
        assertEq(risk.priceOf(PRICE).ema, 1_016);
        _poke(7, NOW + 180);
        // 1016 − 1015 · 60 / 3600 = 1016 − 16.9
        assertEq(risk.priceOf(PRICE).ema, 1_000);
        _poke(9, NOW + 3_780);
        assertEq(risk.priceOf(PRICE).ema, 7);
    }

    function test_another_feed_or_age_keeps_the_cached_price() public {
        _poke(5e12, NOW);
        vm.prank(governor);
        risk.listUnderlying(PRICE, address(own), 7);
        CachedPrice memory cached = risk.priceOf(PRICE);
        assertEq(cached.price, 5e12);
        assertEq(cached.observedAt, NOW - 1, "so that another price of its time is newer");
        assertEq(cached.maxAgeS, 7);
    }

    // Freshness, at each of its edges

    function test_freshness_falls_from_stale_to_dark_and_from_the_floor_age_on() public view {
        _expectFresh(0, 1_000_000, 1_000_000);
        _expectFresh(STALE_S, 1_000_000, 1_000_000);
        // 1,000,000 · 16,199 / 16,200 = 999,938.27
        _expectFresh(STALE_S + 1, 999_938, 1_000_000);
        _expectFresh((STALE_S + DARK_S) / 2, 500_000, 1_000_000);
        // 1,000,000 / 16,200 = 61.7
        _expectFresh(DARK_S - 1, 61, 1_000_000);
        _expectFresh(DARK_S, 0, 1_000_000);
        _expectFresh(FALLS_S, 0, 1_000_000);
        // One second costs 0.58 ppm, rounded up.
        _expectFresh(FALLS_S + 1, 0, 999_999);
        _expectFresh(FALLS_S + 1 days, 0, 950_000);
        _expectFresh(FALLS_S + 10 days - 1, 0, 500_001 - 1);
        _expectFresh(FALLS_S + 10 days, 0, 500_000);
        _expectFresh(FALLS_S + 1_000 days, 0, 500_000);
    }

    function test_a_time_ahead_of_this_chain_is_fresh() public view {
        Factors memory f = risk.factors(_asset(6), _source(NOW + 120, SourceState.LIVE, 0, 0), NOW);
        assertEq(f.freshI, 1_000_000);
    }

    function test_a_frozen_source_keeps_its_maintenance_weight_and_no_initial() public view {
        SourceState[3] memory frozen = [SourceState.HALTED, SourceState.RECOVERY, SourceState.CLOSED];
        for (uint256 i = 0; i < 3; ++i) {
            Factors memory f = risk.factors(_asset(6), _source(NOW, frozen[i], 0, 8_765), NOW);
            assertEq(f.freshI, 0);
            assertEq(f.freshM, 876_500);
        }
        Factors memory open = risk.factors(_asset(6), _source(NOW, SourceState.CONTESTED, 0, 8_765), NOW);
        assertEq(open.freshI, 1_000_000);
        assertEq(open.freshM, 1_000_000);
    }

    function test_a_quarantine_freezes_until_its_end_and_no_longer() public view {
        uint256 source = _source(NOW, SourceState.QUARANTINED, NOW + 10, 9_000);
        assertEq(risk.factors(_asset(6), source, NOW + 9).freshM, 900_000);
        assertEq(risk.factors(_asset(6), source, NOW + 9).freshI, 0);
        assertEq(risk.factors(_asset(6), source, NOW + 10).freshM, 1_000_000);
        assertEq(risk.factors(_asset(6), source, NOW + 10).freshI, 1_000_000);
    }

    // Values by hand

    function test_values_of_a_stablecoin_with_six_decimals() public {
        _poke(999_800_000_000, NOW);
        LineMargin memory one = _weigh(_line(1_234_567_891), _asset(6), _source(NOW, SourceState.LIVE, 0, 0));
        // 1234.567891 · 0.9998 = 1234.3209774218; times 0.80 · 0.90, 0.80 · 0.95, 0.85 · 0.95
        assertEq(one.price, 999_800_000_000);
        assertEq(one.initialWad, 888_711_103_743_696_000_000);
        assertEq(one.exitWad, 938_083_942_840_568_000_000);
        assertEq(one.maintenanceWad, 996_714_189_268_103_500_000);
        assertEq(one.status, 0);
    }

    function test_I12_every_value_is_rounded_down() public {
        _poke(1, NOW);
        // One unit of 24 decimals at 1e-12 is worth 1e-36: nothing.
        LineMargin memory one = _weigh(_line(1), _asset(24), _source(NOW, SourceState.LIVE, 0, 0));
        assertEq(one.maintenanceWad, 0);
        // 3 units without decimals at 1e-12: 3e6 wei, times 0.8075.
        one = _weigh(_line(3), _asset(0), _source(NOW, SourceState.LIVE, 0, 0));
        assertEq(one.maintenanceWad, 2_422_500);
    }

    function test_the_largest_line_at_the_highest_price_does_not_overflow() public {
        _poke(type(uint80).max, NOW);
        LineWords[] memory lines = new LineWords[](16);
        for (uint256 i = 0; i < 16; ++i) {
            lines[i] = LineWords(_line(type(uint112).max), _asset(0), _source(NOW, SourceState.LIVE, 0, 0));
        }
        Grades memory sums = risk.margin(lines);
        assertGt(sums.initialWad, type(uint112).max);
        assertLe(sums.initialWad, sums.exitWad);
        assertLe(sums.exitWad, sums.maintenanceWad);
    }

    function test_unseasoned_units_count_for_maintenance_at_once_and_for_initial_from_the_season_end() public {
        _poke(1e12, NOW);
        uint256 line = _line(100e6) | (uint256(40e6) << 112) | (uint256(NOW + 10) << 216);
        LineMargin memory one = _weigh(line, _asset(6), _source(NOW, SourceState.LIVE, 0, 0));
        assertEq(one.units, 100e6);
        assertEq(one.unitsInitial, 60e6);
        assertEq(one.initialWad, (60e18 * 72) / 100);
        assertEq(one.maintenanceWad, (100e18 * 8_075) / 10_000);
        vm.warp(NOW + 10);
        one = _weigh(line, _asset(6), _source(NOW, SourceState.LIVE, 0, 0));
        assertEq(one.initialWad, (100e18 * 72) / 100);
    }

    // Prices at the moment of weighing

    function test_a_price_that_was_never_taken_counts_nothing() public view {
        LineMargin memory one = _weigh(_line(100e6), _asset(6), _source(NOW, SourceState.LIVE, 0, 0));
        assertEq(one.maintenanceWad, 0);
        assertEq(one.price, 0);
        assertEq(one.status, 2);
    }

    function test_a_price_past_its_age_counts_nothing_for_initial_only() public {
        _poke(1e12, NOW);
        vm.warp(NOW + 1 hours);
        LineMargin memory one = _weigh(_line(100e6), _asset(6), _source(NOW + 1 hours, SourceState.LIVE, 0, 0));
        assertEq(one.status, 0);
        assertGt(one.initialWad, 0);
        vm.warp(NOW + 1 hours + 1);
        one = _weigh(_line(100e6), _asset(6), _source(NOW + 1 hours, SourceState.LIVE, 0, 0));
        assertEq(one.status, 1);
        assertEq(one.initialWad, 0);
        assertEq(one.exitWad, (100e18 * 76) / 100);
    }

    function test_the_lower_of_own_and_underlying_price_counts() public {
        uint256 asset = _asset(6) | (uint256(OWN) << 224);
        uint256 source = _source(NOW, SourceState.LIVE, 0, 0);
        _poke(2e12, NOW);
        LineMargin memory one = _weigh(_line(1e6), asset, source);
        assertEq(one.price, 0, "its own price is missing");
        assertEq(one.status, 2);
        own.set(3e12, 0, uint40(NOW));
        risk.poke(_slots(OWN));
        assertEq(_weigh(_line(1e6), asset, source).price, 2e12);
        own.set(1e12, 0, uint40(NOW + 1));
        vm.warp(NOW + 1);
        risk.poke(_slots(OWN));
        assertEq(_weigh(_line(1e6), asset, source).price, 1e12);
        // The underlying's price ages first.
        vm.warp(NOW + 1 hours + 1);
        assertEq(_weigh(_line(1e6), asset, source).status & 1, 1);
    }

    // Sums and status

    function test_sums_status_and_oldest_time_over_lines_with_an_amount() public {
        _poke(1e12, NOW);
        LineWords[] memory lines = new LineWords[](4);
        lines[0] = LineWords(_line(100e6), _asset(6), _source(NOW - STALE_S - 1, SourceState.LIVE, 0, 0));
        lines[1] = LineWords(_line(100e6), _asset(6), _source(NOW - DARK_S, SourceState.LIVE, 0, 0));
        lines[2] = LineWords(_line(100e6), _asset(6), _source(NOW - 5, SourceState.HALTED, 0, 10_000));
        lines[3] = LineWords(_line(0), _asset(6), _source(NOW - 900 days, SourceState.LIVE, 0, 0));
        Grades memory sums = risk.margin(lines);
        assertEq(sums.status, 4 | 8 | 16);
        assertEq(sums.oldestAsOf, NOW - DARK_S);
        LineMargin[] memory margins = risk.breakdown(lines);
        assertEq(margins[0].status, 4);
        assertEq(margins[1].status, 4 | 8);
        assertEq(margins[2].status, 16);
        assertEq(margins[3].status, 0);
        assertEq(margins[1].initialWad, 0);
        assertEq(
            sums.maintenanceWad,
            margins[0].maintenanceWad + margins[1].maintenanceWad + margins[2].maintenanceWad
        );
        assertEq(risk.margin(new LineWords[](0)).oldestAsOf, NOW);
    }

    // Properties

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I12_grades_are_ordered_and_never_above_the_price(
        uint112 amount,
        uint104 unseasoned,
        uint80 price,
        uint8 decimals,
        uint32 age,
        uint64 weights
    ) public {
        decimals = uint8(bound(decimals, 0, 24));
        price = uint80(bound(price, 1, type(uint80).max));
        age = uint32(bound(age, 0, NOW));
        _poke(price, NOW);
        uint256 line = uint256(amount) | (uint256(unseasoned) << 112) | (uint256(NOW + 1) << 216);
        uint256 source = _weighted(_source(NOW - age, SourceState.LIVE, 0, 0), uint32(weights), 88);
        LineMargin memory one = _weigh(line, _weighted(_asset(decimals), uint32(weights >> 32), 64), source);
        assertLe(one.initialWad, one.exitWad);
        assertLe(one.exitWad, one.maintenanceWad);
        // amount · price · 1e18 / (1e12 · 10^decimals), rounded down, without any weight.
        uint256 whole = uint256(amount) * price;
        assertLe(one.maintenanceWad, decimals <= 6 ? whole * 10 ** (6 - decimals) : whole / 10 ** (decimals - 6));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I12_splitting_a_line_adds_no_value(
        uint112 amount,
        uint112 part,
        uint80 price,
        uint8 decimals
    ) public {
        part = uint112(bound(part, 0, amount));
        decimals = uint8(bound(decimals, 0, 24));
        _poke(uint80(bound(price, 1, type(uint80).max)), NOW);
        uint256 source = _source(NOW - STALE_S - 77, SourceState.LIVE, 0, 0);
        LineMargin memory whole = _weigh(_line(amount), _asset(decimals), source);
        LineMargin memory a = _weigh(_line(part), _asset(decimals), source);
        LineMargin memory b = _weigh(_line(amount - part), _asset(decimals), source);
        assertLe(a.initialWad + b.initialWad, whole.initialWad);
        assertLe(a.exitWad + b.exitWad, whole.exitWad);
        assertLe(a.maintenanceWad + b.maintenanceWad, whole.maintenanceWad);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_older_knowledge_is_never_worth_more(uint32 age, uint32 later) public view {
        age = uint32(bound(age, 0, NOW));
        uint256 source = _source(NOW - age, SourceState.LIVE, 0, 0);
        Factors memory sooner = risk.factors(_asset(6), source, NOW);
        Factors memory after_ = risk.factors(_asset(6), source, NOW + later);
        assertLe(after_.freshI, sooner.freshI);
        assertLe(after_.freshM, sooner.freshM);
        assertLe(sooner.freshI, sooner.freshM);
        assertGe(after_.freshM, 500_000);
    }

    // Words as `LineWords` states them

    function _line(uint256 amount) private pure returns (uint256) {
        return amount;
    }

    function _asset(uint256 decimals) private pure returns (uint256) {
        return (uint256(PRICE) << 32) | (decimals << 48) | (uint256(8_000) << 64) | (uint256(8_500) << 80);
    }

    function _source(uint256 asOf, SourceState state, uint256 until, uint256 frozenBp) private pure returns (uint256) {
        return
            asOf |
            (uint256(state) << 40) |
            (until << 48) |
            (uint256(9_000) << 88) |
            (uint256(9_500) << 104) |
            (uint256(90) << 192) |
            (uint256(360) << 208) |
            (uint256(4_320) << 224) |
            (frozenBp << 240);
    }

    /// @dev Puts two weights in order into a word, the lower one first.
    function _weighted(uint256 word, uint32 weights, uint256 shift) private pure returns (uint256) {
        uint256 a = uint16(weights) % 10_001;
        uint256 b = (weights >> 16) % 10_001;
        if (a > b) (a, b) = (b, a);
        return (word & ~(uint256(type(uint32).max) << shift)) | ((a | (b << 16)) << shift);
    }

    function _weigh(uint256 line, uint256 asset, uint256 source) private view returns (LineMargin memory) {
        LineWords[] memory lines = new LineWords[](1);
        lines[0] = LineWords(line, asset, source);
        return risk.breakdown(lines)[0];
    }

    function _expectFresh(uint256 age, uint256 initialPpm, uint256 maintenancePpm) private view {
        Factors memory f = risk.factors(_asset(6), _source(NOW - age, SourceState.LIVE, 0, 0), NOW);
        assertEq(f.freshI, initialPpm, "initial");
        assertEq(f.freshM, maintenancePpm, "maintenance");
    }

    function _poke(uint80 price, uint256 observedAt) private {
        vm.warp(observedAt);
        feed.set(price, 0, uint40(observedAt));
        risk.poke(_slots(PRICE));
    }

    function _slots(uint16 a) private pure returns (uint16[] memory slots) {
        slots = new uint16[](1);
        slots[0] = a;
    }

    function _slots(uint16 a, uint16 b) private pure returns (uint16[] memory slots) {
        slots = new uint16[](2);
        (slots[0], slots[1]) = (a, b);
    }
}

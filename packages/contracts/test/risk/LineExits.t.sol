// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CachedPrice, Grades, IRiskManager, LineExit, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {IPriceFeed} from "../../solidity/prices/IPriceFeed.sol";
import {LineSale} from "../../solidity/risk/LineSale.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {TestFeed} from "../feeds/TestFeed.sol";

/// @notice What a line is worth to an auction, against a second calculation from `margin` and `priceOf`.
contract LineExitsTest is Test {
    uint256 private constant NOW = 1_800_000_000;
    uint16 private constant PRICE = 1;
    uint16 private constant OWN = 2;
    uint256 private constant PPM = 1_000_000;

    RiskManager private risk;

    function setUp() public {
        vm.warp(NOW);
        risk = new RiskManager(address(this));
        for (uint16 slot = PRICE; slot <= OWN; ++slot) {
            TestFeed feed = new TestFeed();
            feed.set(2e12, 0, uint40(NOW));
            risk.listUnderlying(slot, address(feed), 1 hours);
        }
    }

    function testFuzz_a_line_is_worth_what_margin_and_its_prices_say(
        uint256[2] memory prices,
        uint256 line,
        uint256 asset,
        uint256 source
    ) public {
        _keep(PRICE, _drawn(prices[0]));
        _keep(OWN, _drawn(prices[1]));
        _check(_lines(line & type(uint112).max, _assetOf(asset), _sourceOf(source)));
    }

    function test_an_empty_line_is_worth_nothing_and_pokes_nothing() public {
        LineWords[] memory lines = _lines(0, _asset(7, OWN), _source(NOW, 1));
        vm.expectCall(risk.feedOf(PRICE), abi.encodeCall(IPriceFeed.read, ()), 0);
        assertEq(abi.encode(risk.pokedExitOf(lines)[0]), abi.encode(LineExit(0, 0, 0, 0, 0, 0)));
        assertEq(risk.exitOf(new LineWords[](0)).length, 0);
    }

    function test_each_feed_is_asked_once_before_all_lines_are_weighed() public {
        LineWords[] memory lines = new LineWords[](3);
        for (uint256 i = 0; i < 3; ++i) lines[i] = LineWords(1e6, _asset(7, OWN), _source(NOW, 1));
        assertEq(risk.exitOf(lines)[0].class, LineSale.WAITS);
        vm.expectCall(risk.feedOf(PRICE), abi.encodeCall(IPriceFeed.read, ()), 1);
        vm.expectCall(risk.feedOf(OWN), abi.encodeCall(IPriceFeed.read, ()), 1);
        LineExit[] memory exits = risk.pokedExitOf(lines);
        assertEq(abi.encode(exits), abi.encode(risk.exitOf(lines)));
        // One token at 2, exit 2 · 0.8 · 0.95, maintenance 2 · 0.9 · 0.95.
        assertEq(abi.encode(exits[2]), abi.encode(LineExit(2e18, 1.52e18, 1.71e18, 1.71e18, 1, 0)));
    }

    function test_the_band_is_the_widest_of_the_prices_and_rounded_up() public {
        _keep(PRICE, CachedPrice(2e12, 2e12, 7_000, 3_600, uint32(NOW - 5), false));
        _keep(OWN, CachedPrice(3e12, 3e12, 20_000, 3_600, uint32(NOW - 9), false));
        LineExit memory one = _exit(1e6, OWN);
        assertEq(one.edgeWad, 1.7442e18);
        assertEq(one.ageS, 9);
        assertEq(_exit(1e6, 0).edgeWad, 1.72197e18);
        assertEq(_exit(1e6, 0).ageS, 5);
        // Three units without a fraction: 3e6 · 2 · 0.855 · 1.007 has one.
        assertEq(_exit(1, 0).maintenanceWad, 1.71e12);
        _keep(PRICE, CachedPrice(1, 1, 1, 3_600, uint32(NOW), false));
        LineExit memory least = _exit(100, 0);
        assertEq(least.maintenanceWad, 85);
        assertEq(least.edgeWad, 86);
    }

    function test_a_line_waits_from_just_past_each_limit_on() public {
        _expectClass(CachedPrice(2e12, 2e12, 20_000, 3_600, uint32(NOW), false), 1);
        _expectClass(CachedPrice(2e12, 2e12, 20_001, 3_600, uint32(NOW), false), LineSale.WAITS);
        _expectClass(CachedPrice(2e12, 2e12, 0, 3_600, uint32(NOW - 6 hours), false), 1);
        _expectClass(CachedPrice(2e12, 2e12, 0, 3_600, uint32(NOW - 6 hours - 1), false), LineSale.WAITS);
        _expectClass(CachedPrice(2.5e12, 2e12, 0, 3_600, uint32(NOW), false), 1);
        _expectClass(CachedPrice(2.5e12 + 1, 2e12, 0, 3_600, uint32(NOW), false), LineSale.WAITS);
        _expectClass(CachedPrice(1.5e12, 2e12, 0, 3_600, uint32(NOW), false), 1);
        _expectClass(CachedPrice(1.5e12 - 1, 2e12, 0, 3_600, uint32(NOW), false), LineSale.WAITS);
        _expectClass(CachedPrice(0, 0, 0, 3_600, 0, false), LineSale.WAITS);
    }

    /// @notice Sold by the age of its price, as one of a quiet feed: nobody stops sales by a feed that fails.
    function test_a_line_of_a_failing_feed_is_sold() public {
        _expectClass(CachedPrice(2e12, 2e12, 0, 3_600, uint32(NOW), true), 1);
    }

    function test_a_line_that_waits_may_be_worth_a_quarter_more() public {
        _keep(PRICE, CachedPrice(2e12, 2e12, 20_001, 3_600, uint32(NOW), false));
        assertEq(_exit(1e6, 0).edgeWad, 2.1375e18);
        // A quarter of what is 0 without a price.
        _keep(PRICE, CachedPrice(0, 0, 0, 3_600, 0, false));
        assertEq(_exit(1e6, 0).edgeWad, 0);
    }

    function test_nothing_is_sold_at_the_price_of_a_feed_for_half_an_hour_after_it_took_over() public {
        uint16[2] memory slots = [PRICE, OWN];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 time = NOW + i * 1 hours;
            vm.warp(time);
            TestFeed next = new TestFeed();
            risk.listUnderlying(slots[i], address(next), 1 hours);
            assertEq(risk.feedOf(slots[i]), address(next));
            assertEq(risk.sellsFrom(slots[i]), time + 30 minutes);
            _keepBoth(time);
            LineExit memory one = _exit(1e6, OWN);
            assertEq(one.class, LineSale.WAITS);
            assertEq(one.edgeWad, 2.1375e18, "a quarter in the account's favour");
            assertEq(_exit(1e6, 0).class, slots[i] == PRICE ? LineSale.WAITS : 1);
            vm.warp(time + 30 minutes - 1);
            assertEq(_exit(1e6, OWN).class, LineSale.WAITS);
            vm.warp(time + 30 minutes);
            assertEq(_exit(1e6, OWN).class, 1);
            assertEq(_exit(1e6, OWN).edgeWad, 1.71e18);
        }
    }

    function test_a_slots_first_feed_sells_at_once_and_so_does_one_that_stays() public {
        assertEq(risk.sellsFrom(PRICE), 0);
        risk.listUnderlying(PRICE, risk.feedOf(PRICE), 2 hours);
        assertEq(risk.sellsFrom(PRICE), 0, "another age, the same feed");
        _keepBoth(NOW);
        assertEq(_exit(1e6, OWN).class, 1);
    }

    function test_a_feed_that_is_listed_twice_waits_no_longer_than_once() public {
        TestFeed next = new TestFeed();
        risk.listUnderlying(PRICE, address(next), 1 hours);
        vm.warp(NOW + 10 minutes);
        risk.listUnderlying(PRICE, address(next), 2 hours);
        assertEq(risk.sellsFrom(PRICE), NOW + 30 minutes);
    }

    function test_the_class_of_a_line_follows_from_its_source() public pure {
        uint256 local = 0;
        uint256 remote = 7;
        assertEq(LineSale.classOf(local, 0), 0);
        assertEq(LineSale.classOf(local, 16), 3);
        assertEq(LineSale.classOf(remote, 0), 1);
        assertEq(LineSale.classOf(remote, 1), 1, "a price that is stale is no source that is");
        assertEq(LineSale.classOf(remote, 4), 2);
        assertEq(LineSale.classOf(remote, 12), 2);
        assertEq(LineSale.classOf(remote, 8), 2);
        assertEq(LineSale.classOf(remote, 16 | 4), 3);
    }

    function test_the_largest_line_at_the_highest_price_does_not_overflow() public {
        _keep(PRICE, CachedPrice(type(uint80).max, type(uint80).max, 20_000, 3_600, uint32(NOW), false));
        _check(_lines(type(uint112).max, _asset(7, 0) & ~(uint256(255) << 48), _source(NOW, 1)));
    }

    // Inside

    /// @dev The second calculation: each line by itself, as the auction did before it asked once.
    function _check(LineWords[] memory lines) private view {
        LineExit memory one = risk.exitOf(lines)[0];
        Grades memory grades = risk.margin(lines);
        LineWords memory words = lines[0];
        uint256 units = uint112(words.line);
        if (units == 0) return assertEq(abi.encode(one), abi.encode(LineExit(0, 0, 0, 0, 0, 0)));
        (uint256 price, uint256 conf, uint256 age, bool waits) = _judge(uint16(words.asset >> 32));
        uint16 own = uint16(words.asset >> 224);
        if (own != 0) {
            (uint256 ownPrice, uint256 ownConf, uint256 ownAge, bool ownWaits) = _judge(own);
            (price, waits) = (Math.min(price, ownPrice), waits || ownWaits);
            (conf, age) = (Math.max(conf, ownConf), Math.max(age, ownAge));
        }
        assertEq(one.grossWad, (units * price * PPM) / 10 ** uint8(words.asset >> 48), "gross");
        assertEq(one.exitWad, grades.exitWad, "exit");
        assertEq(one.maintenanceWad, grades.maintenanceWad, "maintenance");
        assertEq(one.edgeWad, Math.ceilDiv(grades.maintenanceWad * (PPM + (waits ? 250_000 : conf)), PPM), "edge");
        assertEq(one.class, waits ? 4 : LineSale.classOf(words.asset, grades.status), "class");
        assertEq(one.ageS, age, "age");
    }

    function _judge(uint16 slot) private view returns (uint256 price, uint256 conf, uint256 age, bool waits) {
        CachedPrice memory cached = risk.priceOf(slot);
        if (cached.observedAt == 0) return (0, 0, block.timestamp, true);
        (price, conf) = (cached.price, cached.confPpm);
        age = block.timestamp > cached.observedAt ? block.timestamp - cached.observedAt : 0;
        int256 gap = int256(price) - int256(uint256(cached.ema));
        uint256 slow = uint256(int256(uint256(cached.ema)) + (gap * int256(Math.min(age, 1 hours))) / 1 hours);
        uint256 apart = price > slow ? price - slow : slow - price;
        waits = age > 6 hours || conf > 20_000 || apart * 4 > slow;
    }

    /// @dev A price around each limit, or none.
    function _drawn(uint256 seed) private pure returns (CachedPrice memory drawn) {
        drawn.price = uint80(bound(seed, 1, 2 ** 79));
        drawn.ema = drawn.price;
        if ((seed >> 96) % 3 == 0)
            drawn.ema = uint80((uint256(drawn.price) * (7_600 + ((seed >> 80) % 6_000))) / 10_000);
        drawn.confPpm = uint24((seed >> 104) % 3 == 0 ? 19_990 + ((seed >> 112) % 20) : (seed >> 112) % 1_000_001);
        if ((seed >> 144) % 2 == 0) drawn.confPpm = 0;
        drawn.maxAgeS = 3_600;
        // Around the six hours of a sale, within the hour of the slow price, or anywhere.
        uint256[3] memory ages = [21_690 + ((seed >> 160) % 20), seed % 4_000, seed % 30_000];
        drawn.observedAt = uint32(NOW + 100 - ages[(seed >> 152) % 3]);
        if ((seed >> 192) % 9 == 0) drawn.observedAt = 0;
        drawn.failing = (seed >> 200) % 4 == 0;
    }

    function _assetOf(uint256 seed) private pure returns (uint256 asset) {
        asset = _asset(seed % 4 == 0 ? 0 : 7, (seed >> 8) % 2 == 0 ? OWN : 0);
        asset &= ~(uint256(255) << 48);
        asset |= ((seed >> 16) % 25) << 48;
    }

    function _sourceOf(uint256 seed) private pure returns (uint256) {
        return _source(NOW - (seed % 500_000), 1 + ((seed >> 32) % 6));
    }

    function _expectClass(CachedPrice memory cached, uint256 class) private {
        _keep(PRICE, CachedPrice(2e12, 2e12, 0, 3_600, uint32(NOW), false));
        _keep(OWN, cached);
        assertEq(_exit(1e6, OWN).class, class);
        // The other way round too.
        _keep(OWN, CachedPrice(2e12, 2e12, 0, 3_600, uint32(NOW), false));
        _keep(PRICE, cached);
        assertEq(_exit(1e6, OWN).class, class);
        assertEq(_exit(1e6, 0).class, class);
    }

    function _keepBoth(uint256 time) private {
        _keep(PRICE, CachedPrice(2e12, 2e12, 0, 3_600, uint32(time), false));
        _keep(OWN, CachedPrice(2e12, 2e12, 0, 3_600, uint32(time), false));
    }

    function _exit(uint256 amount, uint16 own) private view returns (LineExit memory) {
        return risk.exitOf(_lines(amount, _asset(7, own), _source(NOW, 1)))[0];
    }

    function _lines(uint256 line, uint256 asset, uint256 source) private pure returns (LineWords[] memory lines) {
        lines = new LineWords[](1);
        lines[0] = LineWords(line, asset, source);
    }

    /// @dev Writes a slot's word: `_prices` is the first variable.
    function _keep(uint16 slot, CachedPrice memory cached) private {
        uint256 word =
            cached.price |
                (uint256(cached.ema) << 80) |
                (uint256(cached.confPpm) << 160) |
                (uint256(cached.maxAgeS) << 184) |
                (uint256(cached.observedAt) << 208) |
                (cached.failing ? uint256(1) << 240 : 0);
        vm.store(address(risk), keccak256(abi.encode(slot, 0)), bytes32(word));
    }

    /// @dev Of 6 decimals with weights 8,000 and 9,000.
    function _asset(uint256 source, uint16 own) private pure returns (uint256) {
        return
            source |
            (uint256(PRICE) << 32) |
            (uint256(6) << 48) |
            (uint256(8_000) << 64) |
            (uint256(9_000) << 80) |
            (uint256(own) << 224);
    }

    /// @dev Weights 9,000 and 9,500; frozen it keeps 8,000.
    function _source(uint256 asOf, uint256 state) private pure returns (uint256) {
        return
            asOf |
            (state << 40) |
            ((NOW + 1) << 48) |
            (uint256(9_000) << 88) |
            (uint256(9_500) << 104) |
            (uint256(90) << 192) |
            (uint256(360) << 208) |
            (uint256(4_320) << 224) |
            (uint256(8_000) << 240);
    }
}

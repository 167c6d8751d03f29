// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {KeptTrades, StandardBound, TradesSinceReport} from "../../solidity/reports/TradesSinceReport.sol";

/// @notice The sum of the bounds of the trades since a report, against a plain list of them.
contract TradesSinceReportTest is Test {
    uint256 private constant UNIT = 1e12;

    KeptTrades private kept;
    KeptTrades private late;

    function test_nothing_is_added_where_nothing_was_traded() public view {
        _expectKnown(0, 0, StandardBound(0, 0));
        _expectKnown(77, 77, StandardBound(0, 0));
        _expectUnknown(1, 0);
    }

    function test_bounds_are_rounded_up_to_millionths_of_a_dollar() public {
        TradesSinceReport.add(kept, 1, StandardBound(1, UNIT));
        TradesSinceReport.add(kept, 2, StandardBound(UNIT + 1, 0));
        _expectKnown(0, 1, StandardBound(UNIT, UNIT));
        _expectKnown(0, 2, StandardBound(3 * UNIT, UNIT));
        _expectKnown(1, 2, StandardBound(2 * UNIT, 0));
    }

    function test_no_trade_however_large_lowers_a_sum() public {
        for (uint64 nonce = 1; nonce < 40; ++nonce) {
            TradesSinceReport.add(kept, nonce, StandardBound(type(uint256).max, type(uint256).max));
            (, StandardBound memory bound) = TradesSinceReport.since(kept, nonce < 32 ? 0 : nonce - 31, nonce);
            assertGt(bound.initialWad, uint256(type(uint128).max) * (nonce < 32 ? nonce : 31));
            assertEq(bound.initialWad, bound.maintenanceWad);
        }
    }

    /// forge-config: ring.fuzz.runs = 2000
    function testFuzz_sums_are_those_of_the_trades_in_between(uint128[70] memory bounds, uint64 reported) public {
        uint64 count = uint64(bounds.length);
        for (uint64 nonce = 1; nonce <= count; ++nonce) {
            TradesSinceReport.add(kept, nonce, StandardBound(bounds[nonce - 1], bounds[nonce - 1] / 3));
        }
        assertEq(TradesSinceReport.oldestOf(count), 39);
        reported = uint64(bound(reported, 0, count + 5));
        if (reported < 39 || reported > count) return _expectUnknown(reported, count);
        StandardBound memory sum;
        for (uint64 nonce = reported; nonce < count; ++nonce) {
            sum.initialWad += _up(bounds[nonce]);
            sum.maintenanceWad += _up(bounds[nonce] / 3);
        }
        _expectKnown(reported, count, sum);
    }

    /// @notice A number that was never recorded is never taken for one that was.
    function testFuzz_what_was_not_recorded_is_unknown(uint64 first, uint64 reported) public {
        first = uint64(bound(first, 33, type(uint64).max));
        reported = uint64(bound(reported, 0, first - 1));
        TradesSinceReport.add(late, first, StandardBound(1e18, 1e18));
        (bool known, ) = TradesSinceReport.since(late, reported, first);
        assertFalse(known);
    }

    function _expectKnown(uint64 reported, uint64 nonce, StandardBound memory expected) private view {
        (bool known, StandardBound memory bound) = TradesSinceReport.since(kept, reported, nonce);
        assertTrue(known);
        assertEq(abi.encode(bound), abi.encode(expected));
    }

    function _expectUnknown(uint64 reported, uint64 nonce) private view {
        (bool known, ) = TradesSinceReport.since(kept, reported, nonce);
        assertFalse(known);
    }

    function _up(uint256 wad) private pure returns (uint256) {
        return ((wad + UNIT - 1) / UNIT) * UNIT;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {MarketRate, RateCurve} from "../../solidity/markets/MarketRate.sol";

/// @notice The rate, against figures computed elsewhere and against the plain formula.
contract MarketRateTest is Test {
    /// @dev From integers of Python: debt, cash, seconds; utilisation, yearly rate, growth.
    uint256[6][7] private known = [
        [uint256(0), 5, 100, 0, 0.01e18, 0],
        [uint256(1), 0, 1, 1e18, 0.65e18, 0],
        [uint256(21000e6), 44000e6, 86400, 323076923076923077, 24358974358974359, 1401522],
        [uint256(58500e6), 6500e6, 31536000, 0.9e18, 0.05e18, 2999343749],
        [uint256(65000e6), 0, 12, 1e18, 0.65e18, 16076],
        [uint256(123456789), 987654321, 94608017, 111111110211111111, 14938271564938272, 5658519],
        [uint256(7), 3, 10, 0.7e18, 41111111111111112, 0]
    ];

    function test_gives_the_figures_that_were_computed_elsewhere() public view {
        RateCurve memory curve = RateCurve(0.01e18, 0.04e18, 0.6e18, 0.9e18);
        for (uint256 i = 0; i < known.length; ++i) {
            uint256[6] memory row = known[i];
            uint256 used = MarketRate.utilisationOf(row[0], row[1]);
            assertEq(used, row[3], "utilisation");
            assertEq(MarketRate.yearlyOf(curve, used), row[4], "rate");
            assertEq(MarketRate.growthOf(row[0], row[4], row[2]), row[5], "growth");
        }
    }

    function test_a_year_at_five_percent_stays_below_the_exponential() public pure {
        // e^0.05 − 1 = 0.0512710963760…
        uint256 growth = MarketRate.growthOf(1e18, 0.05e18, MarketRate.YEAR_S);
        assertEq(growth, 51270833333333333);
        assertLt(growth, 51271096376024039);
    }

    function testFuzz_is_the_plain_formula(
        uint64[3] memory rates,
        uint256 kinkBp,
        uint128 debt,
        uint128 cash,
        uint256 dt
    ) public pure {
        RateCurve memory curve = RateCurve(rates[0], rates[1], rates[2], bound(kinkBp, 1, 9_999) * 1e14);
        dt = bound(dt, 0, 3650 days);
        uint256 used = MarketRate.utilisationOf(debt, cash);
        if (debt != 0) {
            assertGe(used * (uint256(debt) + cash), uint256(debt) * 1e18);
            assertLt((used - 1) * (uint256(debt) + cash), uint256(debt) * 1e18);
        }
        uint256 rate = curve.rate0;
        if (used <= curve.kink) rate += _up(curve.rate1 * used, curve.kink);
        else rate += curve.rate1 + _up(curve.rate2 * (used - curve.kink), 1e18 - curve.kink);
        assertEq(MarketRate.yearlyOf(curve, used), rate);
        uint256 x = _up(rate * dt, 365 days);
        uint256 factor = x + (x * x) / 2e18 + (x * x * x) / 6e36;
        vm.assume(factor < 2 ** 127);
        assertEq(MarketRate.growthOf(debt, rate, dt), (uint256(debt) * factor) / 1e18);
    }

    function testFuzz_rises_with_utilisation(uint64[3] memory rates, uint256 kinkBp, uint256 a, uint256 b) public pure {
        RateCurve memory curve = RateCurve(rates[0], rates[1], rates[2], bound(kinkBp, 1, 9_999) * 1e14);
        b = bound(b, 0, 1e18);
        a = bound(a, 0, b);
        assertLe(MarketRate.yearlyOf(curve, a), MarketRate.yearlyOf(curve, b));
        assertEq(MarketRate.yearlyOf(curve, 1e18), uint256(rates[0]) + rates[1] + rates[2]);
    }

    function _up(uint256 x, uint256 y) private pure returns (uint256) {
        return x == 0 ? 0 : (x - 1) / y + 1;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice A rate with a kink, all WAD.
/// @param rate0 a year at utilisation 0
/// @param rate1 added up to the kink
/// @param rate2 added from the kink to 1
/// @param kink utilisation, above 0 and below 1e18
struct RateCurve {
    uint256 rate0;
    uint256 rate1;
    uint256 rate2;
    uint256 kink;
}

/// @title The rate of a market
/// @notice u = ceil(debt · 1e18 / (debt + cash)), k the kink;
///         r(u) = rate0 + rate1 · min(u, k) / k + rate2 · (u − k)⁺ / (1e18 − k), each quotient rounded up;
///         with x = ceil(r · dt / 31,536,000): growth = floor(debt · (x + floor(x² / 2e18) + floor(x³ / 6e36)) / 1e18).
/// @dev The first three terms of e^x − 1: what interest on interest adds between two accruals, from below.
library MarketRate {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant YEAR_S = 31_536_000;

    /// @notice Returns which part of a market's units is lent, WAD, rounded up.
    /// @param debt token units
    /// @param cash token units
    function utilisationOf(uint256 debt, uint256 cash) internal pure returns (uint256) {
        return debt == 0 ? 0 : Math.mulDiv(debt, WAD, debt + cash, Math.Rounding.Ceil);
    }

    /// @notice Returns the yearly rate, WAD, rounded up.
    /// @param utilisationWad at most 1e18
    function yearlyOf(RateCurve memory curve, uint256 utilisationWad) internal pure returns (uint256 rateWad) {
        uint256 below = Math.min(utilisationWad, curve.kink);
        rateWad = curve.rate0 + Math.mulDiv(curve.rate1, below, curve.kink, Math.Rounding.Ceil);
        if (utilisationWad == below) return rateWad;
        rateWad += Math.mulDiv(curve.rate2, utilisationWad - below, WAD - curve.kink, Math.Rounding.Ceil);
    }

    /// @notice Returns by how much a debt grows, rounded down.
    /// @param debt token units
    /// @param rateWad a year, at most 1e20
    /// @param seconds_ at most 2^40
    function growthOf(uint256 debt, uint256 rateWad, uint256 seconds_) internal pure returns (uint256) {
        // x is below 4e24, its cube below 2^248.
        uint256 x = Math.ceilDiv(rateWad * seconds_, YEAR_S);
        uint256 factor = x + (x * x) / (2 * WAD) + (x * x * x) / (6 * WAD * WAD);
        return Math.mulDiv(debt, factor, WAD);
    }
}

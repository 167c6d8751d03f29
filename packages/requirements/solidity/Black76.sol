// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {OptionKernel} from "@surety/requirements/OptionKernel.sol";

/// @title Options by Black's model of 1976, undiscounted
/// @notice The same integers as `black76.ts`. call − put = forward − strike holds exactly.
library Black76 {
    uint256 private constant WAD = 1e18;
    uint256 private constant SECONDS_YEAR = 365 days;

    /// @notice Gives σ√t with 96 bits, to the nearest.
    /// @param volWad annual volatility, WAD, below 2^128
    /// @param secondsToExpiry below 2^64
    function totalVolOf(uint256 volWad, uint256 secondsToExpiry) internal pure returns (uint256) {
        uint256 time = ((secondsToExpiry << OptionKernel.BITS) + SECONDS_YEAR / 2) / SECONDS_YEAR;
        return (volWad * Math.sqrt(time << OptionKernel.BITS) + WAD / 2) / WAD;
    }

    /// @notice Gives ln(forward/strike) with 96 bits; 0 if one of the two is 0.
    function logMoneynessOf(uint256 forward, uint256 strike) internal pure returns (int256) {
        if (forward == 0 || strike == 0) return 0;
        return OptionKernel.logarithmOf(forward) - OptionKernel.logarithmOf(strike);
    }

    /// @notice Gives the values of a call and a put in the unit of forward and strike.
    /// @param totalVol σ√t with 96 bits, see `totalVolOf`
    function pricesOf(
        uint256 forward,
        uint256 strike,
        uint256 totalVol
    ) internal pure returns (uint256 call, uint256 put) {
        uint256 outside = _outOfTheMoneyValue(forward, strike, totalVol);
        if (forward > strike) return (outside + (forward - strike), outside);
        return (outside, outside + (strike - forward));
    }

    /// @notice Gives the derivative of a call's value by its forward, WAD, rounded down; a put's is one less.
    /// @param totalVol σ√t with 96 bits, see `totalVolOf`
    function callDeltaOf(uint256 forward, uint256 strike, uint256 totalVol) internal pure returns (uint256) {
        if (forward == 0) return 0;
        if (strike == 0 || totalVol > OptionKernel.TOTAL_VOL_MAX) return WAD;
        if (totalVol == 0)
            return
                forward > strike
                    ? WAD
                    : forward < strike
                        ? 0
                        : WAD / 2;
        OptionKernel.TotalVol memory vol = OptionKernel.totalVolOf(totalVol);
        int256 d1 = OptionKernel.standardised(logMoneynessOf(forward, strike), vol);
        return Math.mulShr(OptionKernel.cumulativeShare(d1), WAD, uint8(OptionKernel.SHARE_BITS));
    }

    /// @dev The value of whichever of call and put is out of the money, rounded down.
    function _outOfTheMoneyValue(uint256 forward, uint256 strike, uint256 totalVol) private pure returns (uint256) {
        uint256 smaller = forward < strike ? forward : strike;
        if (totalVol == 0 || smaller == 0) return 0;
        if (totalVol > OptionKernel.TOTAL_VOL_MAX) return smaller;
        int256 m = logMoneynessOf(forward, strike);
        if (m > 0) m = -m;
        uint256 share = OptionKernel.outOfTheMoneyShare(m, OptionKernel.totalVolOf(totalVol));
        return Math.mulShr(smaller, share, uint8(OptionKernel.SHARE_BITS));
    }
}

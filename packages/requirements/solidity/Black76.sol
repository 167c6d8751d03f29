// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
import {OptionKernel} from "@surety/requirements/OptionKernel.sol";

/// @title Options by Black's model of 1976, undiscounted
/// @notice The same integers as `black76.ts`. call − put = forward − strike holds exactly.
library Black76 {
    /// @notice What options of one forward, volatility and expiry share, see `expiryOf`.
    /// @param logForward ln(forward) with 96 bits, 0 for a forward of 0
    /// @param vol σ√t, prepared if it lies within the kernel's bounds
    struct Expiry {
        uint256 forward;
        int256 logForward;
        OptionKernel.TotalVol vol;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant SECONDS_YEAR = 365 days;
    /// @dev −8 with 96 bits: nearer to the money hardly anything is worth less than a unit.
    int256 private constant NEAR = -(8 << 96);
    /// @dev ln 2 with 96 bits, rounded up.
    uint256 private constant LN2 = 0xb17217f7d1cf79abc9e3b399;

    /// @notice Gives σ√t with 96 bits, to the nearest.
    /// @param volWad annual volatility, WAD, below 2^128
    /// @param secondsToExpiry below 2^64
    function totalVolOf(uint256 volWad, uint256 secondsToExpiry) internal pure returns (uint256) {
        uint256 time = ((secondsToExpiry << OptionKernel.BITS) + SECONDS_YEAR / 2) / SECONDS_YEAR;
        return (volWad * Math.sqrt(time << OptionKernel.BITS) + WAD / 2) / WAD;
    }

    /// @notice Prepares a forward and a total volatility for many strikes.
    /// @param totalVol σ√t with 96 bits, see `totalVolOf`
    function expiryOf(
        KernelPages memory pages,
        uint256 forward,
        uint256 totalVol
    ) internal view returns (Expiry memory expiry) {
        expiry.forward = forward;
        if (forward != 0) expiry.logForward = OptionKernel.logarithmOf(pages, forward);
        if (totalVol != 0) expiry.vol = OptionKernel.totalVolOf(totalVol);
    }

    /// @notice Gives the values of a call and a put in the unit of forward and strike.
    function pricesOf(
        KernelPages memory pages,
        Expiry memory expiry,
        uint256 strike
    ) internal view returns (uint256 call, uint256 put) {
        uint256 outside = _outOfTheMoneyValue(pages, expiry, strike);
        if (expiry.forward > strike) return (outside + (expiry.forward - strike), outside);
        return (outside, outside + (strike - expiry.forward));
    }

    /// @notice Gives the derivative of a call's value by its forward, WAD, rounded down; a put's is one less.
    function callDeltaOf(
        KernelPages memory pages,
        Expiry memory expiry,
        uint256 strike
    ) internal view returns (uint256) {
        (uint256 forward, uint256 totalVol) = (expiry.forward, expiry.vol.value);
        if (forward == 0) return 0;
        if (strike == 0 || totalVol > OptionKernel.TOTAL_VOL_MAX) return WAD;
        if (totalVol == 0)
            return
                forward > strike
                    ? WAD
                    : forward < strike
                        ? 0
                        : WAD / 2;
        int256 m = expiry.logForward - OptionKernel.logarithmOf(pages, strike);
        uint256 share = OptionKernel.cumulativeShare(pages, OptionKernel.standardised(m, expiry.vol));
        return Math.mulShr(share, WAD, uint8(OptionKernel.SHARE_BITS));
    }

    /// @dev The value of whichever of call and put is out of the money, rounded down.
    function _outOfTheMoneyValue(
        KernelPages memory pages,
        Expiry memory expiry,
        uint256 strike
    ) private view returns (uint256) {
        uint256 smaller = expiry.forward < strike ? expiry.forward : strike;
        uint256 totalVol = expiry.vol.value;
        if (totalVol == 0 || smaller == 0) return 0;
        if (totalVol > OptionKernel.TOTAL_VOL_MAX) return smaller;
        int256 m = expiry.logForward - OptionKernel.logarithmOf(pages, strike);
        if (m > 0) m = -m;
        int256 d1 = OptionKernel.standardised(m, expiry.vol);
        if (d1 < NEAR && _isBelowOne(smaller, d1)) return 0;
        uint256 share = OptionKernel.shareAt(pages, d1, expiry.vol);
        return Math.mulShr(smaller, share, uint8(OptionKernel.SHARE_BITS));
    }

    /// @dev Whether a value is below 1 for certain: the share is at most N(d1), which is below e^(−d1²/2)/2 for d1 < 0.
    function _isBelowOne(uint256 smaller, int256 d1) private pure returns (bool) {
        // Beyond −40 the kernel says 0 itself; below 2^160 its last bit is worth nothing.
        if (d1 < -(40 << 96) || smaller >> 160 != 0) return false;
        return uint256(d1 * d1) >> (OptionKernel.BITS + 1) >= (Math.log2(smaller) + 1) * LN2;
    }
}

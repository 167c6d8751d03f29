// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {KernelTables} from "@surety/requirements/KernelTables.sol";
import {KernelPages, PageReader} from "@surety/requirements/OptionTables.sol";

/// @title The kernel that prices options
/// @notice The same integers as `black-kernel.ts`, which says what is computed and how exact it is.
/// @dev Numbers have 96 bits behind the point where nothing else is said, shares 192. Work is cheap where pages have the entries.
library OptionKernel {
    /// @notice σ√t, above 0 and at most 24, and its inverse to the nearest.
    struct TotalVol {
        uint256 value;
        uint256 inverse;
    }

    uint256 internal constant BITS = 96;
    uint256 internal constant SHARE_BITS = 192;
    /// @notice Total volatility beyond which a call is worth its forward and a put its strike.
    uint256 internal constant TOTAL_VOL_MAX = 24 << 96;

    int256 private constant ONE = 1 << 96;
    uint256 private constant SHARE_ONE = 1 << 192;
    /// @dev Below −40 the density is 1e-348.
    int256 private constant FAR = -(40 << 96);
    uint256 private constant CELL_BITS = 88;
    uint256 private constant REST_BITS = 76;
    uint256 private constant THIRD = 0x555555555555555555555555;
    int256 private constant LN2 = 0xb17217f7d1cf79abc9e3b398;
    int256 private constant FIFTH = 0x333333333333333333333333;

    /// @notice Prepares σ√t for many prices.
    function totalVolOf(uint256 value) internal pure returns (TotalVol memory) {
        return TotalVol(value, (SHARE_ONE + value / 2) / value);
    }

    /// @notice Gives what an option out of the money is worth as a share of the smaller of forward and strike.
    /// @param d1 of −|ln(forward/strike)|, see `standardised`
    function shareAt(KernelPages memory pages, int256 d1, TotalVol memory vol) internal view returns (uint256) {
        if (d1 < FAR) return 0;
        int256 d2 = d1 - int256(vol.value);
        // s is above 2 here: N(d1) is 1 − φ(d1)·Y(−d1), and nothing cancels that matters.
        if (d1 > ONE) return SHARE_ONE - _timesDensity(pages, uint256(_ratioOf(pages, -d1) + _ratioOf(pages, d2)), d1);
        int256 difference = _ratioOf(pages, d1) - _ratioOf(pages, d2);
        return difference > 0 ? _timesDensity(pages, uint256(difference), d1) : 0;
    }

    /// @notice Gives N(z) as a share; N(z) + N(−z) is 1 exactly.
    function cumulativeShare(KernelPages memory pages, int256 z) internal view returns (uint256) {
        if (z == 0) return SHARE_ONE >> 1;
        if (z > 0) return SHARE_ONE - cumulativeShare(pages, -z);
        return z < FAR ? 0 : _timesDensity(pages, uint256(_ratioOf(pages, z)), z);
    }

    /// @notice Gives d1 = x/s + s/2, or a number just as far out where x/s would not fit.
    function standardised(int256 x, TotalVol memory vol) internal pure returns (int256) {
        unchecked {
            uint256 size = x < 0 ? uint256(-x) : uint256(x);
            uint256 low = size * vol.inverse;
            // Logarithms have 104 bits at most, and 1/s as many while s is above 2^−8.
            if (size >> 127 != 0 || vol.inverse >> 128 != 0) {
                uint256 high;
                (high, low) = Math.mul512(size, vol.inverse);
                // Beyond 2^159 in 96 bits: 2^63, where the half of s, at most 12, changes nothing.
                if (high != 0 || low >> 255 != 0) return x < 0 ? -(int256(1) << 159) : int256(1) << 159;
            }
            return ((x < 0 ? -int256(low) : int256(low)) >> BITS) + int256(vol.value >> 1);
        }
    }

    /// @notice Gives ln of a whole number above 0.
    function logarithmOf(KernelPages memory pages, uint256 integer) internal view returns (int256) {
        uint256 exponent = Math.log2(integer);
        unchecked {
            // Below 2^97 from here on, so that no product passes 200 bits.
            int256 mantissa = int256(exponent > BITS ? integer >> (exponent - BITS) : integer << (BITS - exponent));
            (uint256 factor, int256 first) = PageReader.firstLogarithm(pages, (mantissa - ONE) >> 89);
            int256 near = (mantissa * int256(factor)) >> BITS;
            int256 second;
            (factor, second) = PageReader.secondLogarithm(pages, (near - ONE) >> 81);
            int256 r = ((near * int256(factor)) >> BITS) - ONE;
            return int256(exponent) * LN2 + first + second + r + _tailOf(r);
        }
    }

    /// @dev ln(1 + r) − r for |r| < 2^−15, with 96 bits.
    function _tailOf(int256 r) private pure returns (int256 tail) {
        (int256 fifth, int256 third) = (FIFTH, int256(THIRD));
        assembly ("memory-safe") {
            let sum := sub(sar(96, mul(fifth, r)), shl(94, 1))
            sum := add(sar(96, mul(sum, r)), third)
            sum := sub(sar(96, mul(sum, r)), shl(95, 1))
            tail := sar(96, mul(sar(96, mul(r, r)), sum))
        }
    }

    /// @dev Y(z) for z in [−64, 1].
    function _ratioOf(KernelPages memory pages, int256 z) private view returns (int256) {
        unchecked {
            uint256 below = uint256(ONE - z);
            uint256 cell = below >> CELL_BITS;
            int256 r = int256(below & ((uint256(1) << CELL_BITS) - 1)) - (int256(1) << (CELL_BITS - 1));
            return KernelTables.seriesOf(cell, PageReader.ratioAt(pages, cell), r);
        }
    }

    /// @dev value·φ(d) as a share, for |d| ≤ 40.
    function _timesDensity(KernelPages memory pages, uint256 value, int256 d) private view returns (uint256) {
        unchecked {
            // d²/2 is cut into whole, 1/1024, 1/1024² and a rest below 2^-20, whose series ends after the cube.
            uint256 exponent = uint256(d * d) >> (BITS + 1);
            uint256 index = exponent >> REST_BITS;
            (uint256 mantissa, uint256 places) = PageReader.densityAtWhole(pages, index >> 20);
            uint256 steps = PageReader.exponentialStep(pages, (index >> 10) & 1023);
            steps = (steps * smallStep(index & 1023)) >> BITS;
            uint256 rest = exponent & ((uint256(1) << REST_BITS) - 1);
            uint256 one = uint256(ONE);
            uint256 series = one - ((rest * THIRD) >> BITS);
            series = one - ((rest * series) >> (BITS + 1));
            series = one - ((rest * series) >> BITS);
            steps = (steps * series) >> BITS;
            return (((mantissa * steps) >> BITS) * value) >> places;
        }
    }

    /// @notice Gives e^(−index/2^20), the integer of `KernelTables.exponentialStep`, from the first eleven terms.
    /// @param index at most 1,023
    function smallStep(uint256 index) internal pure returns (uint256 sum) {
        // 1 − x·(1 − x/2·(1 − … x/10)) with 120 bits; the next term is below 2^-135.
        assembly ("memory-safe") {
            let one := shl(120, 1)
            let x := shl(100, index)
            sum := sub(one, div(x, 10))
            sum := sub(one, div(shr(120, mul(x, sum)), 9))
            sum := sub(one, div(shr(120, mul(x, sum)), 8))
            sum := sub(one, div(shr(120, mul(x, sum)), 7))
            sum := sub(one, div(shr(120, mul(x, sum)), 6))
            sum := sub(one, div(shr(120, mul(x, sum)), 5))
            sum := sub(one, div(shr(120, mul(x, sum)), 4))
            sum := sub(one, div(shr(120, mul(x, sum)), 3))
            sum := sub(one, div(shr(120, mul(x, sum)), 2))
            sum := sub(one, shr(120, mul(x, sum)))
            sum := shr(24, add(sum, shl(23, 1)))
        }
    }
}

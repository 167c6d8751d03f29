// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Products of numbers with 18 decimals, rounded once
/// @notice The same integers as `wad.ts`. The name of a function says where it rounds: `Up` to +∞, `Down` to −∞.
/// @dev Reverts where a figure does not fit; the product of the first two must fit 256 bits.
library WadMath {
    using SafeCast for uint256;

    uint256 internal constant WAD = 1e18;

    /// @notice Gives a·b.
    function productUp(uint256 a, uint256 b) internal pure returns (uint256) {
        return _dividedUp(a, b, WAD);
    }

    /// @notice Gives a·b·c.
    function productUp(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        return _dividedUp(a * b, c, WAD * WAD);
    }

    /// @notice Gives a·b for a signed a.
    function productDown(int256 a, uint256 b) internal pure returns (int256 product) {
        bool fits;
        assembly ("memory-safe") {
            product := mul(a, b)
            // Signed division takes a b of 2^255 and more for a negative number.
            fits := or(iszero(a), and(eq(sdiv(product, a), b), iszero(shr(255, b))))
            // Division cuts towards 0: one less below it.
            product := sub(sdiv(product, WAD), slt(smod(product, WAD), 0))
        }
        if (!fits) return a < 0 ? -productUp(uint256(-a), b).toInt256() : _dividedDown(uint256(a), b, WAD).toInt256();
    }

    /// @notice Gives a/b.
    function quotientDown(uint256 a, uint256 b) internal pure returns (uint256) {
        return _dividedDown(a, WAD, b);
    }

    /// @notice Gives √value.
    function rootUp(uint256 value) internal pure returns (uint256) {
        return Math.sqrt(value * WAD, Math.Rounding.Ceil);
    }

    /// @notice Gives value − less, or 0 below it.
    function above(uint256 value, uint256 less) internal pure returns (uint256) {
        return value > less ? value - less : 0;
    }

    /// @dev ⌈a·b/divisor⌉ for a divisor above 0; where the product fits a word, one division does it.
    function _dividedUp(uint256 a, uint256 b, uint256 divisor) private pure returns (uint256 quotient) {
        bool fits;
        assembly ("memory-safe") {
            let product := mul(a, b)
            fits := or(iszero(a), eq(div(product, a), b))
            quotient := add(div(product, divisor), iszero(iszero(mod(product, divisor))))
        }
        if (!fits) return Math.mulDiv(a, b, divisor, Math.Rounding.Ceil);
    }

    /// @dev ⌊a·b/divisor⌋ for a divisor above 0.
    function _dividedDown(uint256 a, uint256 b, uint256 divisor) private pure returns (uint256 quotient) {
        bool fits;
        assembly ("memory-safe") {
            let product := mul(a, b)
            fits := or(iszero(a), eq(div(product, a), b))
            quotient := div(product, divisor)
        }
        if (!fits) return Math.mulDiv(a, b, divisor);
    }
}

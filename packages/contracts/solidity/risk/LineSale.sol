// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarginMath} from "./MarginMath.sol";

/// @title What a line is worth to whoever sells it
/// @notice Classes of sale, bands, and the prices that sell nothing; see `IRiskManager.exitOf`.
library LineSale {
    /// @notice Class of a line whose source is frozen.
    uint256 internal constant FROZEN = 3;
    /// @notice Class of a line that waits for a price.
    uint256 internal constant WAITS = 4;
    /// @notice By how much more a line may be worth that waits for a price, parts per million.
    uint256 internal constant WAITING_BAND_PPM = 250_000;
    /// @notice Seconds after which a price sells nothing.
    uint256 internal constant PRICE_AGE_MOST_S = 6 hours;
    /// @notice Widest confidence of a price that sells, parts per million.
    uint256 internal constant CONF_MOST_PPM = 20_000;
    /// @notice Furthest that a price that sells lies off its slow price, in parts per million of the slow one.
    uint256 internal constant APART_MOST_PPM = 250_000;

    /// @notice Returns a line's class from its asset's word and its status, whatever its prices.
    function classOf(uint256 asset, uint256 status) internal pure returns (uint256) {
        if (status & MarginMath.STATUS_SOURCE_FROZEN != 0) return FROZEN;
        if (uint16(asset) == 0) return 0;
        return status & (MarginMath.STATUS_SOURCE_STALE | MarginMath.STATUS_SOURCE_DARK) == 0 ? 1 : 2;
    }

    /// @notice Returns whether nothing is sold at an accepted price.
    /// @dev No overflow: prices have at most 80 bits.
    function waitsAt(uint256 price, uint256 slow, uint256 confPpm, uint256 ageS) internal pure returns (bool) {
        if (ageS > PRICE_AGE_MOST_S || confPpm > CONF_MOST_PPM) return true;
        unchecked {
            return (price > slow ? price - slow : slow - price) * MarginMath.PPM > slow * APART_MOST_PPM;
        }
    }

    /// @notice Returns a line's value without weights, WAD, rounded down.
    /// @dev No overflow: units < 2^112, price < 2^80.
    function grossOf(uint256 units, uint256 price, uint256 decimals) internal pure returns (uint256) {
        unchecked {
            return (units * price * MarginMath.PPM) / 10 ** decimals;
        }
    }

    /// @notice Returns a value at the upper edge of a band, rounded up.
    /// @dev No overflow: a value of `MarginMath.valuesOf` has at most 221 bits, a band and one 21.
    function edgeOf(uint256 valueWad, uint256 bandPpm) internal pure returns (uint256) {
        unchecked {
            return (valueWad * (MarginMath.PPM + bandPpm) + (MarginMath.PPM - 1)) / MarginMath.PPM;
        }
    }
}

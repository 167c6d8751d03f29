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
    /// @notice Seconds after which a price sells nothing that is also older than its slot allows.
    uint256 internal constant PRICE_AGE_MOST_S = 6 hours;
    /// @notice Status bits of prices that sell nothing once they are older than that.
    uint256 internal constant DOUBTED = MarginMath.STATUS_PRICE_STALE | MarginMath.STATUS_PRICE_FAILING;
    /// @notice Status bits of prices that sell nothing.
    uint256 internal constant UNSALEABLE =
        MarginMath.STATUS_PRICE_MISSING | MarginMath.STATUS_PRICE_UNCERTAIN | MarginMath.STATUS_PRICE_DIVERGED;

    /// @notice Returns a line's class from its asset's word and its status, whatever its prices.
    function classOf(uint256 asset, uint256 status) internal pure returns (uint256) {
        if (status & MarginMath.STATUS_SOURCE_FROZEN != 0) return FROZEN;
        if (uint16(asset) == 0) return 0;
        return status & (MarginMath.STATUS_SOURCE_STALE | MarginMath.STATUS_SOURCE_DARK) == 0 ? 1 : 2;
    }

    /// @notice Returns whether nothing is sold at prices of a status, the oldest of which has this age in seconds.
    /// @dev A feed that speaks once a day while its price stands still is not silent after six hours. What reads it waits as long as the
    ///      governor lets its price be old, or nobody could sell such lines for most of a day. One that fails is not quiet.
    function waitsAt(uint256 status, uint256 ageS) internal pure returns (bool) {
        if (status & UNSALEABLE != 0) return true;
        return ageS > PRICE_AGE_MOST_S && status & DOUBTED != 0;
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

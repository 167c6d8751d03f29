// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title From stored limits to token units
/// @notice Limits are stored in thousandths and minimums in millionths of a whole token. These functions convert them
///         to token units.
/// @dev Safety: value < 2^64 and decimals ≤ 24, so no product exceeds 2^64 · 10^24 < 2^144 and unchecked arithmetic is
///      exact.
library TokenScale {
    /// @notice Most decimals that a listed token may have.
    uint8 internal constant DECIMALS_MAX = 24;

    /// @notice Returns 10^decimals: the token units of one whole token.
    /// @param decimals of the token
    function wholeOf(uint8 decimals) internal pure returns (uint256 whole) {
        unchecked {
            return 10 ** decimals;
        }
    }

    /// @notice Returns millionths of a whole token in token units, rounded up.
    /// @param value millionths of a whole token
    /// @param decimals of the token
    function millionthsUp(uint64 value, uint8 decimals) internal pure returns (uint256 units) {
        return millionthsOfWholeUp(value, wholeOf(decimals));
    }

    /// @notice Returns thousandths of a whole token in token units, rounded down, from the units of a whole token.
    /// @param value thousandths of a whole token
    /// @param whole token units of one whole token
    function thousandthsOfWholeDown(uint64 value, uint256 whole) internal pure returns (uint256 units) {
        unchecked {
            return (uint256(value) * whole) / 1e3;
        }
    }

    /// @notice Returns millionths of a whole token in token units, rounded up, from the units of a whole token.
    /// @param value millionths of a whole token
    /// @param whole token units of one whole token
    function millionthsOfWholeUp(uint64 value, uint256 whole) internal pure returns (uint256 units) {
        unchecked {
            return (uint256(value) * whole + (1e6 - 1)) / 1e6;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title From stored limits to token units
/// @notice Limits are stored in thousandths and minimums in millionths of a whole token; these give token units.
/// @dev Safety: value < 2^64 and decimals ≤ 24, so no product passes 2^64 · 10^24 < 2^144.
library TokenScale {
    /// @notice More decimals than any listed token may have.
    uint8 internal constant DECIMALS_MAX = 24;

    /// @notice Gives thousandths of a whole token in token units, rounded down.
    function thousandthsDown(uint64 value, uint8 decimals) internal pure returns (uint256 units) {
        return (uint256(value) * 10 ** decimals) / 1e3;
    }

    /// @notice Gives millionths of a whole token in token units, rounded up.
    function millionthsUp(uint64 value, uint8 decimals) internal pure returns (uint256 units) {
        return (uint256(value) * 10 ** decimals + (1e6 - 1)) / 1e6;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title The part of Pyth's contract that an adapter calls
interface IPyth {
    /// @notice A price as its publishers agree on it: `price · 10^expo`.
    /// @param price scaled by 10^-expo
    /// @param conf half-width of the confidence interval, in the unit of `price`
    /// @param expo exponent of ten
    /// @param publishTime time of the observation in seconds
    struct Price {
        int64 price;
        uint64 conf;
        int32 expo;
        uint256 publishTime;
    }

    /// @notice Returns the newest stored price, whatever its age.
    function getPriceUnsafe(bytes32 id) external view returns (Price memory price);

    /// @notice Returns the fee of updates in wei.
    function getUpdateFee(bytes[] calldata updateData) external view returns (uint256 feeAmount);

    /// @notice Verifies updates and stores those that are newer.
    function updatePriceFeeds(bytes[] calldata updateData) external payable;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title One price from one source, checked
/// @notice Returns a price with its confidence and the time of its observation, or reverts with the reason.
/// @dev Safety: never a price that is zero, negative, out of its band, too old, from the future or of an unfinished round.
interface IPriceFeed {
    /// @notice Returns the source's present price.
    /// @return price1e12 of a whole token, scaled 1e12, rounded down
    /// @return confPpm half-width of the confidence interval in parts per million of the price, 0 if the source has none
    /// @return observedAt time in seconds at which the source observed it
    function read() external view returns (uint96 price1e12, uint32 confPpm, uint40 observedAt);
}

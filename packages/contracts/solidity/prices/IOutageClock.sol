// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title Whether a chain runs, and since when
/// @notice Auctions wait while a chain's sequencer is down, and for a grace after its restart.
interface IOutageClock {
    /// @notice Returns whether the chain runs now.
    /// @dev Who reads this under a gas limit makes sure that the limit reaches it, or its caller could make the chain look up.
    /// @return isUp false during an outage; true if nobody knows
    /// @return since time in seconds at which that began, at most the block time; 0 if nobody knows
    function upSince() external view returns (bool isUp, uint40 since);
}

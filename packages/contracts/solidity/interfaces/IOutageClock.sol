// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title What is known of outages of this chain
interface IOutageClock {
    /// @notice Returns whether the chain counts as out of order, and from when on clocks run again.
    /// @dev Asked by `staticcall` with 100,000 gas and an answer of 64 bytes; anything else counts as in order.
    /// @return down true while nobody can rely on getting a transaction in
    /// @return resumesAt block time in seconds: the end of the last outage and the grace after it; may lie ahead, 0 for none
    function outage() external view returns (bool down, uint40 resumesAt);
}

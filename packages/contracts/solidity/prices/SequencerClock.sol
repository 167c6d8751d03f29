// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOutageClock} from "../interfaces/IOutageClock.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title The outages of a rollup's sequencer
/// @notice Reads an uptime feed: answer 0 is up, any other is down, and `startedAt` is when that began.
/// @dev Safety: a feed that fails counts as up, with no restart, since a dead feed must not stop liquidations. So does one that
///      never began, or began ahead of the clock by more than `MAX_AHEAD_S`. `updatedAt` is not read: a repeated status moves it.
///      A feed with an access list must admit this contract; off-chain calls pass such a list and prove nothing.
contract SequencerClock is IOutageClock {
    /// @notice Nothing answers at the feed's address.
    error FeedWithoutCode(address feed);

    /// @notice Gas that the feed may use.
    uint256 public constant FEED_GAS = 50_000;
    /// @notice Seconds by which a status may begin ahead of this chain's clock; it then began now.
    uint256 public constant MAX_AHEAD_S = 120;
    /// @notice Seconds after a restart for which discounts do not grow: owners may mend what the outage kept them from mending, and whoever
    ///         is sold meanwhile is sold near the price.
    uint256 public constant GRACE_S = 30 minutes;

    /// @notice The uptime feed.
    address public immutable feed;

    /// @param feed_ uptime feed of this chain's sequencer
    constructor(address feed_) {
        if (feed_.code.length == 0) revert FeedWithoutCode(feed_);
        feed = feed_;
    }

    /// @inheritdoc IOutageClock
    /// @dev Reverts with `IEdge.GasTooLow` alone.
    function outage() external view returns (bool down, uint40 resumesAt) {
        (uint256[5] memory words, bool answered, ) = BoundedCall.ask(
            feed,
            IAggregatorV3.latestRoundData.selector,
            FEED_GAS,
            5
        );
        (uint256 answer, uint256 startedAt) = (words[1], words[2]);
        if (!answered || startedAt == 0 || startedAt > block.timestamp + MAX_AHEAD_S) return (false, 0);
        if (answer != 0) return (true, 0);
        // The block time has 40 bits for 34,000 years.
        return (false, uint40((startedAt < block.timestamp ? startedAt : block.timestamp) + GRACE_S));
    }
}

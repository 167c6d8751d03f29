// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "./IPriceFeed.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @notice Bounds of one adapter; none can change later.
/// @param aggregator the feed that is read
/// @param maxAgeS oldest observation in seconds that is accepted: the feed's heartbeat and a margin
/// @param maxAheadS seconds that an observation may lie ahead of this chain's clock, at most 120
/// @param minPrice1e12 lowest price that is believed, scaled 1e12, above 0
/// @param maxPrice1e12 highest price that is believed, scaled 1e12
struct FeedBounds {
    address aggregator;
    uint32 maxAgeS;
    uint32 maxAheadS;
    uint96 minPrice1e12;
    uint96 maxPrice1e12;
}

/// @title A checked reading of a common aggregator
/// @notice Returns the aggregator's price scaled 1e12, or the reason why it cannot be believed.
/// @dev Safety: the band is our own, since an aggregator outside its band just stops at its last value. Liveness: a feed
///      that leaves the band needs a new adapter, listed by the governor.
contract FeedAdapter is IPriceFeed {
    /// @notice The bounds contradict themselves or the aggregator cannot be scaled.
    error BoundsRefused(FeedBounds bounds, uint256 decimals);
    /// @notice The price is zero or negative.
    error PriceNotPositive(int256 answer);
    /// @notice The price lies outside the band; the answer is the aggregator's own figure.
    error PriceOutOfBand(int256 answer, uint96 minPrice1e12, uint96 maxPrice1e12);
    /// @notice The price is older than accepted.
    error PriceStale(uint256 updatedAt, uint256 oldestAccepted);
    /// @notice The price lies too far in the future.
    error PriceAhead(uint256 updatedAt, uint256 latestAccepted);
    /// @notice The round has no answer yet, or carries one over from an older round.
    error RoundIncomplete(uint80 roundId, uint80 answeredInRound, uint256 updatedAt);

    /// @notice The feed that is read.
    IAggregatorV3 public immutable aggregator;
    /// @notice Decimals of its answers, read once.
    uint8 public immutable decimals;
    /// @notice Oldest observation in seconds that is accepted.
    uint32 public immutable maxAgeS;
    /// @notice Seconds that an observation may lie ahead.
    uint32 public immutable maxAheadS;
    /// @notice Lowest price that is believed, scaled 1e12.
    uint96 public immutable minPrice1e12;
    /// @notice Highest price that is believed, scaled 1e12.
    uint96 public immutable maxPrice1e12;

    uint256 private constant SCALE_DECIMALS = 12;
    uint256 private constant MAX_DECIMALS = 36;
    uint256 private constant MAX_AHEAD_S = 120;

    constructor(FeedBounds memory bounds) {
        uint8 digits = IAggregatorV3(bounds.aggregator).decimals();
        if (
            digits > MAX_DECIMALS ||
            bounds.maxAgeS == 0 ||
            bounds.maxAheadS > MAX_AHEAD_S ||
            bounds.minPrice1e12 == 0 ||
            bounds.minPrice1e12 > bounds.maxPrice1e12
        ) revert BoundsRefused(bounds, digits);
        aggregator = IAggregatorV3(bounds.aggregator);
        decimals = digits;
        maxAgeS = bounds.maxAgeS;
        maxAheadS = bounds.maxAheadS;
        minPrice1e12 = bounds.minPrice1e12;
        maxPrice1e12 = bounds.maxPrice1e12;
    }

    /// @inheritdoc IPriceFeed
    function read() external view returns (uint96 price1e12, uint32 confPpm, uint40 observedAt) {
        (uint80 roundId, int256 answer, , uint256 updatedAt, uint80 answeredInRound) = aggregator.latestRoundData();
        if (updatedAt == 0 || answeredInRound < roundId) revert RoundIncomplete(roundId, answeredInRound, updatedAt);
        if (answer <= 0) revert PriceNotPositive(answer);
        if (updatedAt > block.timestamp + maxAheadS) revert PriceAhead(updatedAt, block.timestamp + maxAheadS);
        if (block.timestamp > updatedAt && block.timestamp - updatedAt > maxAgeS) {
            revert PriceStale(updatedAt, block.timestamp - maxAgeS);
        }
        // The answer is positive; above 2^192 it is out of any band, below that scaling by 10^12 cannot overflow.
        uint256 scaled = uint256(answer);
        if (scaled > type(uint192).max) revert PriceOutOfBand(answer, minPrice1e12, maxPrice1e12);
        scaled =
            decimals > SCALE_DECIMALS
                ? scaled / 10 ** (decimals - SCALE_DECIMALS)
                : scaled * 10 ** (SCALE_DECIMALS - decimals);
        if (scaled < minPrice1e12 || scaled > maxPrice1e12) {
            revert PriceOutOfBand(answer, minPrice1e12, maxPrice1e12);
        }
        // The band's upper end has 96 bits, and updatedAt is at most the block time plus 120.
        return (uint96(scaled), 0, uint40(updatedAt));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {IPullFeed} from "./IPullFeed.sol";
import {IPyth} from "./IPyth.sol";

/// @notice Bounds of one adapter; none can change later.
/// @param pyth Pyth's contract on this chain
/// @param feedId Pyth's name of the price
/// @param maxAgeS oldest observation in seconds that is accepted
/// @param maxAheadS seconds that an observation may lie ahead of this chain's clock, at most 60
/// @param confMaxPpm widest confidence in parts per million of the price that is accepted, 1,000 to 50,000
/// @param minPrice1e12 lowest price that is believed, scaled 1e12, above 0
/// @param maxPrice1e12 highest price that is believed, scaled 1e12
struct PythBounds {
    address pyth;
    bytes32 feedId;
    uint32 maxAgeS;
    uint32 maxAheadS;
    uint32 confMaxPpm;
    uint96 minPrice1e12;
    uint96 maxPrice1e12;
}

/// @title A checked reading of a Pyth price
/// @notice Returns the stored price scaled 1e12 with its confidence, or the reason why it cannot be believed.
/// @dev Safety: none of Pyth's own age checks is used; they measure the distance to the clock in both directions, and a signed time
///      ahead of it would pass. Liveness: a signed time far ahead keeps Pyth from storing earlier ones until it has come; the
///      adapter refuses in that time.
contract PythFeed is IPriceFeed, IPullFeed {
    /// @notice The bounds contradict themselves, or nothing answers at the address.
    error BoundsRefused(PythBounds bounds);
    /// @notice The price is zero or negative.
    error PriceNotPositive(int256 answer);
    /// @notice The exponent is outside the range in which a price can be scaled.
    error ExponentOutOfRange(int32 expo, int32 min, int32 max);
    /// @notice The confidence interval is too wide; `confMaxPpm` is its limit.
    error PriceUncertain(uint256 confPpm, uint256 confMaxPpm);
    /// @notice The price, scaled 1e12, lies outside the band.
    error PriceOutOfBand(uint256 price1e12, uint96 minPrice1e12, uint96 maxPrice1e12);
    /// @notice The price is older than accepted.
    error PriceStale(uint256 publishTime, uint256 oldestAccepted);
    /// @notice The price lies too far in the future.
    error PriceAhead(uint256 publishTime, uint256 latestAccepted);

    /// @notice Pyth's contract.
    IPyth public immutable pyth;
    /// @notice Pyth's name of the price.
    bytes32 public immutable feedId;
    /// @notice Oldest observation in seconds that is accepted.
    uint32 public immutable maxAgeS;
    /// @notice Seconds that an observation may lie ahead.
    uint32 public immutable maxAheadS;
    /// @notice Widest confidence in parts per million of the price that is accepted.
    uint32 public immutable confMaxPpm;
    /// @notice Lowest price that is believed, scaled 1e12.
    uint96 public immutable minPrice1e12;
    /// @notice Highest price that is believed, scaled 1e12.
    uint96 public immutable maxPrice1e12;

    /// @notice Lowest exponent that is scaled.
    int32 public constant EXPO_MIN = -20;
    /// @notice Highest exponent that is scaled.
    int32 public constant EXPO_MAX = 12;
    int32 private constant SCALE_EXPO = 12;
    uint256 private constant MAX_AHEAD_S = 60;
    uint256 private constant CONF_LOWEST_PPM = 1_000;
    uint256 private constant CONF_HIGHEST_PPM = 50_000;
    uint256 private constant PPM = 1_000_000;

    constructor(PythBounds memory bounds) {
        if (
            bounds.pyth.code.length == 0 ||
            bounds.maxAgeS == 0 ||
            bounds.maxAheadS > MAX_AHEAD_S ||
            bounds.confMaxPpm < CONF_LOWEST_PPM ||
            bounds.confMaxPpm > CONF_HIGHEST_PPM ||
            bounds.minPrice1e12 == 0 ||
            bounds.minPrice1e12 > bounds.maxPrice1e12
        ) revert BoundsRefused(bounds);
        (pyth, feedId) = (IPyth(bounds.pyth), bounds.feedId);
        (maxAgeS, maxAheadS) = (bounds.maxAgeS, bounds.maxAheadS);
        confMaxPpm = bounds.confMaxPpm;
        (minPrice1e12, maxPrice1e12) = (bounds.minPrice1e12, bounds.maxPrice1e12);
    }

    /// @inheritdoc IPullFeed
    function update(bytes[] calldata updates) external payable {
        uint256 feeWei = pyth.getUpdateFee(updates);
        if (msg.value < feeWei) revert FeeNotCovered(msg.value, feeWei);
        pyth.updatePriceFeeds{value: feeWei}(updates);
        if (msg.value > feeWei) Address.sendValue(payable(msg.sender), msg.value - feeWei);
    }

    /// @inheritdoc IPullFeed
    function updateFee(bytes[] calldata updates) external view returns (uint256 feeWei) {
        return pyth.getUpdateFee(updates);
    }

    /// @inheritdoc IPriceFeed
    function read() external view returns (uint96 price1e12, uint32 confPpm, uint40 observedAt) {
        IPyth.Price memory stored = pyth.getPriceUnsafe(feedId);
        if (stored.price <= 0) revert PriceNotPositive(stored.price);
        if (stored.expo < EXPO_MIN || stored.expo > EXPO_MAX) {
            revert ExponentOutOfRange(stored.expo, EXPO_MIN, EXPO_MAX);
        }
        uint256 time = stored.publishTime;
        if (time > block.timestamp + maxAheadS) revert PriceAhead(time, block.timestamp + maxAheadS);
        if (block.timestamp > time && block.timestamp - time > maxAgeS) {
            revert PriceStale(time, block.timestamp - maxAgeS);
        }
        // Positive, so the cast keeps its value.
        uint256 price = uint64(stored.price);
        uint256 widthPpm = Math.ceilDiv(stored.conf * PPM, price);
        if (widthPpm > confMaxPpm) revert PriceUncertain(widthPpm, confMaxPpm);
        price = _scaled(price, stored.expo + SCALE_EXPO);
        if (price < minPrice1e12 || price > maxPrice1e12) revert PriceOutOfBand(price, minPrice1e12, maxPrice1e12);
        // The band's upper end has 96 bits, the widest confidence 16, and the time is at most the block time plus 60.
        return (uint96(price), uint32(widthPpm), uint40(time));
    }

    /// @dev Rounded down. A price of 64 bits times 10^24 stays below 2^144.
    function _scaled(uint256 price, int32 expo) private pure returns (uint256) {
        // The sign is known, so the casts keep the value.
        return expo < 0 ? price / 10 ** uint32(-expo) : price * 10 ** uint32(expo);
    }
}

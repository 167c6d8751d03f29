// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {IPriceFeed} from "./IPriceFeed.sol";

/// @notice The present reading of one source of a `MedianFeed`.
/// @param feed the source
/// @param answered false if it is left out; the figures are 0 then
/// @param reason why it is left out: the selector of its error, `fail`, `form` (no such price) or `time` (not observed, or ahead)
/// @param price1e12 of a whole token, scaled 1e12
/// @param confPpm half-width of its confidence interval in parts per million of the price
/// @param observedAt time of its observation in seconds
struct SourceReading {
    address feed;
    bool answered;
    bytes4 reason;
    uint96 price1e12;
    uint32 confPpm;
    uint40 observedAt;
}

/// @title One price from two or three independent sources
/// @notice Of two sources the mean, of three the middle one. Sources that fail are left out; fewer than two are refused, and so
///         are prices that lie too far apart.
/// @dev Safety: one wrong source, at any price and time, moves an accepted price past the nearest right one by at most half of
///      `spreadMaxPpm`, and the confidence covers that. Every source answers under the same rules; none is a fallback. Liveness:
///      with two sources both must answer, with three any two.
contract MedianFeed is IPriceFeed {
    /// @notice Fewer than 2 or more than 3 feeds, one without code or twice, a spread of 0 or above `SPREAD_LIMIT_PPM`, or gas of
    ///         0 or above `GAS_ALL` for all.
    error TermsRefused(address[] feeds, uint256 spreadMaxPpm, uint256 gasEach);
    /// @notice Too few sources answered; `readSources` says why.
    error SourcesMissing(uint256 answered, uint256 needed);
    /// @notice No two neighbours among the prices, which ascend, lie within the spread.
    error Diverged(uint256[] prices1e12, uint256 spreadMaxPpm);

    /// @notice Gas that all sources may use together: the risk manager gives 250,000 to a feed.
    uint256 public constant GAS_ALL = 210_000;
    /// @notice Seconds that an observation may lie ahead of this chain's clock, as at the risk manager.
    uint256 public constant MAX_AHEAD_S = 120;
    /// @notice Largest spread in parts per million that a feed may be built with.
    uint256 public constant SPREAD_LIMIT_PPM = 100_000;

    /// @notice Most by which one price may lie above the next lower one, in parts per million of the lower.
    uint32 public immutable spreadMaxPpm;
    /// @notice Gas that one source may use, cold reads of its own sources included.
    uint32 public immutable gasEach;
    address private immutable _first;
    address private immutable _second;
    /// @dev 0 if there are two.
    address private immutable _third;

    uint256 private constant NEEDED = 2;
    uint256 private constant PPM = 1_000_000;
    bytes4 private constant TIME = "time";

    /// @param feeds_ two or three, each of another network
    /// @param spreadMaxPpm_ see `spreadMaxPpm`
    /// @param gasEach_ see `gasEach`
    constructor(address[] memory feeds_, uint32 spreadMaxPpm_, uint32 gasEach_) {
        uint256 count = feeds_.length;
        if (
            count < NEEDED ||
            count > 3 ||
            spreadMaxPpm_ == 0 ||
            spreadMaxPpm_ > SPREAD_LIMIT_PPM ||
            gasEach_ == 0 ||
            gasEach_ * count > GAS_ALL
        ) revert TermsRefused(feeds_, spreadMaxPpm_, gasEach_);
        for (uint256 i = 0; i < count; ++i) {
            if (feeds_[i].code.length == 0 || feeds_[i] == feeds_[(i + 1) % count]) {
                revert TermsRefused(feeds_, spreadMaxPpm_, gasEach_);
            }
        }
        (_first, _second) = (feeds_[0], feeds_[1]);
        _third = count == 3 ? feeds_[2] : address(0);
        (spreadMaxPpm, gasEach) = (spreadMaxPpm_, gasEach_);
    }

    /// @inheritdoc IPriceFeed
    /// @dev Two prices: their mean, rounded down, and the earlier time. Three: the middle price and the middle time. The
    ///      confidence is the widest of those used or half of their spread, rounded up; those used are the middle price and what
    ///      lies within the spread of it.
    function read() external view returns (uint96 price1e12, uint32 confPpm, uint40 observedAt) {
        (SourceReading[3] memory ranked, uint256 count) = _ranked();
        if (count < NEEDED) revert SourcesMissing(count, NEEDED);
        (SourceReading memory low, SourceReading memory high) = (ranked[0], ranked[1]);
        if (count == NEEDED) {
            if (!_near(low, high)) revert Diverged(_pricesOf(ranked, count), spreadMaxPpm);
            // The mean of two numbers of 96 bits has 96 bits.
            price1e12 = uint96((uint256(low.price1e12) + high.price1e12) / 2);
            observedAt = low.observedAt < high.observedAt ? low.observedAt : high.observedAt;
            return (price1e12, _confidenceOf(low, high, 0, price1e12), observedAt);
        }
        SourceReading memory middle = ranked[1];
        low = _near(ranked[0], middle) ? ranked[0] : middle;
        high = _near(middle, ranked[2]) ? ranked[2] : middle;
        if (low.feed == high.feed) revert Diverged(_pricesOf(ranked, count), spreadMaxPpm);
        price1e12 = middle.price1e12;
        observedAt = _middleOf(ranked[0].observedAt, middle.observedAt, ranked[2].observedAt);
        return (price1e12, _confidenceOf(low, high, middle.confPpm, price1e12), observedAt);
    }

    /// @notice Returns the sources, in the order of the constructor.
    function feeds() public view returns (address[] memory list) {
        list = new address[](_third == address(0) ? 2 : 3);
        (list[0], list[1]) = (_first, _second);
        if (_third != address(0)) list[2] = _third;
    }

    /// @notice Returns what each source says now, in the order of the constructor.
    function readSources() external view returns (SourceReading[] memory readings) {
        address[] memory list = feeds();
        readings = new SourceReading[](list.length);
        for (uint256 i = 0; i < list.length; ++i) readings[i] = _readOne(list[i]);
    }

    /// @dev The sources that answered, by ascending price.
    function _ranked() private view returns (SourceReading[3] memory ranked, uint256 count) {
        count = _insert(ranked, 0, _readOne(_first));
        count = _insert(ranked, count, _readOne(_second));
        if (_third != address(0)) count = _insert(ranked, count, _readOne(_third));
    }

    /// @dev Returns the new count.
    function _insert(
        SourceReading[3] memory ranked,
        uint256 count,
        SourceReading memory reading
    ) private pure returns (uint256) {
        if (!reading.answered) return count;
        uint256 at = count;
        for (; at > 0 && ranked[at - 1].price1e12 > reading.price1e12; --at) ranked[at] = ranked[at - 1];
        ranked[at] = reading;
        return count + 1;
    }

    function _readOne(address feed) private view returns (SourceReading memory reading) {
        reading.feed = feed;
        (uint256[5] memory words, bool answered, bytes4 reason) = BoundedCall.ask(
            feed,
            IPriceFeed.read.selector,
            gasEach,
            3
        );
        (uint256 price, uint256 conf, uint256 time) = (words[0], words[1], words[2]);
        if (!answered) reading.reason = reason;
        else if (price == 0 || price > type(uint96).max || conf > PPM) reading.reason = BoundedCall.FORM;
        else if (time == 0 || time > block.timestamp + MAX_AHEAD_S) reading.reason = TIME;
        if (reading.reason != 0 || !answered) return reading;
        reading.answered = true;
        // Checked above: 96 bits, at most 10^6, and a block time plus 120.
        (reading.price1e12, reading.confPpm, reading.observedAt) = (uint96(price), uint32(conf), uint40(time));
    }

    /// @dev Exact: a price has 96 bits and the spread 17.
    function _near(SourceReading memory low, SourceReading memory high) private view returns (bool) {
        return (uint256(high.price1e12) - low.price1e12) * PPM <= uint256(low.price1e12) * spreadMaxPpm;
    }

    /// @dev Each confidence is at most 10^6. Both ends lie within 10 % of the middle price, so half of their spread is below that.
    function _confidenceOf(
        SourceReading memory low,
        SourceReading memory high,
        uint32 middlePpm,
        uint256 price
    ) private pure returns (uint32) {
        uint256 halfPpm = Math.ceilDiv((uint256(high.price1e12) - low.price1e12) * PPM, 2 * price);
        return uint32(Math.max(Math.max(low.confPpm, high.confPpm), Math.max(middlePpm, halfPpm)));
    }

    function _middleOf(uint40 a, uint40 b, uint40 c) private pure returns (uint40) {
        if (a > b) (a, b) = (b, a);
        return
            c < a
                ? a
                : c < b
                    ? c
                    : b;
    }

    function _pricesOf(SourceReading[3] memory ranked, uint256 count) private pure returns (uint256[] memory prices) {
        prices = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) prices[i] = ranked[i].price1e12;
    }
}

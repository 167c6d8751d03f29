// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceFeed} from "./IPriceFeed.sol";
import {IPullFeed} from "./IPullFeed.sol";

/// @notice Bounds of one adapter; none can change later.
/// @param feedId RedStone's name of the price: ASCII, padded with zeros on the right
/// @param signers 1 to 7 signers of the data service, each another address
/// @param threshold signers whose packages an update needs: more than half of them
/// @param decimals by which the network scales the price, 8 as a rule, at most 18
/// @param maxAgeS oldest observation in seconds that is accepted
/// @param confMaxPpm widest confidence in parts per million of the price that is accepted, 1,000 to 50,000
/// @param minPrice1e12 lowest price that is believed, scaled 1e12, above 0
/// @param maxPrice1e12 highest price that is believed, scaled 1e12
struct RedStoneBounds {
    bytes32 feedId;
    address[] signers;
    uint8 threshold;
    uint8 decimals;
    uint32 maxAgeS;
    uint32 confMaxPpm;
    uint96 minPrice1e12;
    uint96 maxPrice1e12;
}

/// @title A checked reading of RedStone's signed packages
/// @notice Keeps the median of what a majority of fixed signers sign for one time, and returns it scaled 1e12 or the reason why it
///         cannot be believed.
/// @dev The wire: a payload is packages ‖ their count (2 bytes) ‖ metadata ‖ its size (3) ‖ marker (9). A package of one point is feed
///      id (32) ‖ value (32) ‖ time in milliseconds (6) ‖ size of a value (4) ‖ number of points (3) ‖ signature (65), which signs
///      keccak256 of what stands before it.
///      Safety: all packages of an update have one time, and times only grow, so an update is taken once. Whoever brings it chooses
///      which signers it holds; since they are a majority, the median lies between prices of honest signers while fewer than half
///      of `threshold` lie. A price out of the band is kept and then refused by `read`, so an earlier one does not outlive it.
///      Liveness: an update whose time is far ahead would keep earlier ones out; it is refused above 60 s.
contract RedStoneFeed is IPriceFeed, IPullFeed {
    /// @notice An observation: the median in the network's own decimals, capped at 2^128 − 1, and its time in milliseconds.
    struct Observation {
        uint128 value;
        uint32 confPpm;
        uint48 timeMs;
    }

    /// @notice The bounds contradict themselves.
    error BoundsRefused(RedStoneBounds bounds);
    /// @notice The payload does not end with RedStone's marker.
    error MarkerUnknown(bytes9 marker, bytes9 expected);
    /// @notice The payload has another size than its own counts say, or too few bytes for them.
    error PayloadSizeRefused(uint256 size, uint256 expected);
    /// @notice A package has another form than one point of 32 bytes.
    error PackageFormRefused(uint256 valueSize, uint256 points);
    /// @notice A package speaks of another price.
    error FeedUnknown(bytes32 feedId, bytes32 expected);
    /// @notice Packages of one update have different times, in milliseconds.
    error TimesDiffer(uint256 timeMs, uint256 expectedMs);
    /// @notice The update is too old, in milliseconds.
    error UpdateStale(uint256 timeMs, uint256 oldestAcceptedMs);
    /// @notice The update lies too far in the future, in milliseconds.
    error UpdateAhead(uint256 timeMs, uint256 latestAcceptedMs);
    /// @notice The signature is by nobody who signs for this feed; 0 if it is malformed.
    error SignerUnknown(address signer);
    /// @notice Too few different signers.
    error SignersMissing(uint256 signed, uint256 needed);
    /// @notice No update was taken yet.
    error PriceMissing();
    /// @notice The price is zero.
    error PriceNotPositive(uint256 value);
    /// @notice The signers lie too far apart; `confMaxPpm` is the limit.
    error PriceUncertain(uint256 confPpm, uint256 confMaxPpm);
    /// @notice The price, scaled 1e12, lies outside the band.
    error PriceOutOfBand(uint256 price1e12, uint96 minPrice1e12, uint96 maxPrice1e12);
    /// @notice The price is older than accepted.
    error PriceStale(uint256 observedAt, uint256 oldestAccepted);

    /// @notice A newer observation is kept.
    event ObservationKept(uint128 value, uint32 confPpm, uint48 timeMs);

    /// @notice RedStone's name of the price.
    bytes32 public immutable feedId;
    /// @notice Signers whose packages an update needs.
    uint8 public immutable threshold;
    /// @notice Decimals of the network's values.
    uint8 public immutable decimals;
    /// @notice Oldest observation in seconds that is accepted.
    uint32 public immutable maxAgeS;
    /// @notice Widest confidence in parts per million of the price that is accepted.
    uint32 public immutable confMaxPpm;
    /// @notice Lowest price that is believed, scaled 1e12.
    uint96 public immutable minPrice1e12;
    /// @notice Highest price that is believed, scaled 1e12.
    uint96 public immutable maxPrice1e12;
    uint256 private immutable _count;
    address private immutable _signer0;
    address private immutable _signer1;
    address private immutable _signer2;
    address private immutable _signer3;
    address private immutable _signer4;
    address private immutable _signer5;
    address private immutable _signer6;

    /// @notice The newest observation, all 0 before the first.
    Observation public kept;

    /// @notice Seconds that an update may lie behind this chain's clock.
    uint256 public constant BEHIND_MAX_S = 180;
    /// @notice Seconds that an update may lie ahead of it.
    uint256 public constant AHEAD_MAX_S = 60;
    bytes9 private constant MARKER = 0x000002ed57011e0000;
    uint256 private constant PACKAGE_BYTES = 142;
    uint256 private constant SIGNED_BYTES = 77;
    uint256 private constant TAIL_BYTES = 14;
    uint256 private constant SIGNERS_MAX = 7;
    uint256 private constant SCALE_DECIMALS = 12;
    uint256 private constant DECIMALS_MAX = 18;
    uint256 private constant CONF_LOWEST_PPM = 1_000;
    uint256 private constant CONF_HIGHEST_PPM = 50_000;
    uint256 private constant PPM = 1_000_000;
    uint256 private constant MS = 1_000;

    constructor(RedStoneBounds memory bounds) {
        uint256 count = bounds.signers.length;
        if (
            bounds.feedId == 0 ||
            count == 0 ||
            count > SIGNERS_MAX ||
            bounds.threshold > count ||
            2 * uint256(bounds.threshold) <= count ||
            bounds.decimals > DECIMALS_MAX ||
            bounds.maxAgeS == 0 ||
            bounds.confMaxPpm < CONF_LOWEST_PPM ||
            bounds.confMaxPpm > CONF_HIGHEST_PPM ||
            bounds.minPrice1e12 == 0 ||
            bounds.minPrice1e12 > bounds.maxPrice1e12
        ) revert BoundsRefused(bounds);
        address[SIGNERS_MAX] memory list;
        for (uint256 i = 0; i < count; ++i) {
            address signer = bounds.signers[i];
            if (signer == address(0) || _indexOf(list, i, signer) < i) revert BoundsRefused(bounds);
            list[i] = signer;
        }
        (_signer0, _signer1, _signer2, _signer3) = (list[0], list[1], list[2], list[3]);
        (_signer4, _signer5, _signer6) = (list[4], list[5], list[6]);
        (_count, feedId) = (count, bounds.feedId);
        (threshold, decimals) = (bounds.threshold, bounds.decimals);
        (maxAgeS, confMaxPpm) = (bounds.maxAgeS, bounds.confMaxPpm);
        (minPrice1e12, maxPrice1e12) = (bounds.minPrice1e12, bounds.maxPrice1e12);
    }

    /// @inheritdoc IPullFeed
    /// @dev Each update is one payload. It costs nothing but gas.
    function update(bytes[] calldata updates) external payable {
        for (uint256 i = 0; i < updates.length; ++i) _update(updates[i]);
        if (msg.value != 0) Address.sendValue(payable(msg.sender), msg.value);
    }

    /// @inheritdoc IPullFeed
    function updateFee(bytes[] calldata) external pure returns (uint256 feeWei) {
        return 0;
    }

    /// @inheritdoc IPriceFeed
    function read() external view returns (uint96 price1e12, uint32 confPpm, uint40 observedAt) {
        Observation memory seen = kept;
        if (seen.timeMs == 0) revert PriceMissing();
        uint256 time = seen.timeMs / MS;
        // A sum, since an update may lie up to 60 s ahead.
        if (time + maxAgeS < block.timestamp) revert PriceStale(time, block.timestamp - maxAgeS);
        if (seen.value == 0) revert PriceNotPositive(0);
        if (seen.confPpm > confMaxPpm) revert PriceUncertain(seen.confPpm, confMaxPpm);
        uint256 price =
            decimals > SCALE_DECIMALS
                ? seen.value / 10 ** (decimals - SCALE_DECIMALS)
                : seen.value * 10 ** (SCALE_DECIMALS - decimals);
        // A capped value stays above 2^96 when scaled down by 10^6.
        if (price < minPrice1e12 || price > maxPrice1e12) revert PriceOutOfBand(price, minPrice1e12, maxPrice1e12);
        // The band's upper end has 96 bits, and milliseconds of 48 bits are less than 2^40 seconds.
        return (uint96(price), seen.confPpm, uint40(time));
    }

    /// @notice Returns the signers, in the order of the constructor.
    function signers() external view returns (address[] memory list) {
        list = new address[](_count);
        address[SIGNERS_MAX] memory all = _signers();
        for (uint256 i = 0; i < list.length; ++i) list[i] = all[i];
    }

    function _update(bytes calldata payload) private {
        uint256 packages = _countOf(payload);
        if (packages == 0) revert SignersMissing(0, threshold);
        uint256 timeMs = _timeOf(payload);
        if (timeMs <= kept.timeMs) return;
        _requireNear(timeMs);
        (uint256[SIGNERS_MAX] memory values, uint256 signed) = _valuesOf(payload, packages, timeMs);
        if (signed < threshold) revert SignersMissing(signed, threshold);
        (uint128 value, uint32 confPpm) = _medianOf(values, signed);
        // The time is read from 48 bits.
        kept = Observation(value, confPpm, uint48(timeMs));
        emit ObservationKept(value, confPpm, uint48(timeMs));
    }

    function _requireNear(uint256 timeMs) private view {
        uint256 now_ = block.timestamp;
        if (timeMs > (now_ + AHEAD_MAX_S) * MS) revert UpdateAhead(timeMs, (now_ + AHEAD_MAX_S) * MS);
        if (timeMs + BEHIND_MAX_S * MS < now_ * MS) revert UpdateStale(timeMs, (now_ - BEHIND_MAX_S) * MS);
    }

    /// @dev Returns the number of packages of a payload that ends as it should and has the size that its counts say.
    function _countOf(bytes calldata payload) private pure returns (uint256 count) {
        uint256 size = payload.length;
        if (size < TAIL_BYTES) revert PayloadSizeRefused(size, TAIL_BYTES);
        bytes9 marker = bytes9(payload[size - 9:]);
        if (marker != MARKER) revert MarkerUnknown(marker, MARKER);
        uint256 expected = TAIL_BYTES + uint24(bytes3(payload[size - 12:]));
        if (size < expected) revert PayloadSizeRefused(size, expected);
        count = uint16(bytes2(payload[size - expected:]));
        // The count stands at the head of the tail, in front of the metadata.
        expected += count * PACKAGE_BYTES;
        if (size != expected) revert PayloadSizeRefused(size, expected);
    }

    function _timeOf(bytes calldata package) private pure returns (uint256 timeMs) {
        return uint48(bytes6(package[64:]));
    }

    /// @dev The values of different signers, unordered. A signer's second package is left out.
    function _valuesOf(
        bytes calldata payload,
        uint256 packages,
        uint256 timeMs
    ) private view returns (uint256[SIGNERS_MAX] memory values, uint256 signed) {
        address[SIGNERS_MAX] memory list = _signers();
        uint256 seen = 0;
        for (uint256 i = 0; i < packages; ++i) {
            bytes calldata package = payload[i * PACKAGE_BYTES:(i + 1) * PACKAGE_BYTES];
            (bytes32 id, uint256 time) = (bytes32(package), _timeOf(package));
            (uint256 valueSize, uint256 points) = (uint32(bytes4(package[70:])), uint24(bytes3(package[74:])));
            if (valueSize != 32 || points != 1) revert PackageFormRefused(valueSize, points);
            if (id != feedId) revert FeedUnknown(id, feedId);
            if (time != timeMs) revert TimesDiffer(time, timeMs);
            address signer = _signerOf(package);
            uint256 index = _indexOf(list, _count, signer);
            if (index == _count) revert SignerUnknown(signer);
            if ((seen >> index) & 1 == 1) continue;
            // forge-lint: disable-next-line(incorrect-shift)
            seen |= 1 << index;
            values[signed++] = uint256(bytes32(package[32:]));
        }
    }

    /// @dev 0 if the signature has no signer, or is the second form of one that has.
    function _signerOf(bytes calldata package) private pure returns (address signer) {
        bytes32 digest = keccak256(package[:SIGNED_BYTES]);
        (signer, , ) = ECDSA.tryRecover(
            digest,
            uint8(package[141]),
            bytes32(package[SIGNED_BYTES:]),
            bytes32(package[109:])
        );
    }

    /// @dev The median, of an even number the mean of the middle two, rounded down. The confidence is the distance from it within
    ///      which most of the signers lie, rounded up: a minority makes it no wider.
    function _medianOf(
        uint256[SIGNERS_MAX] memory values,
        uint256 count
    ) private pure returns (uint128 median, uint32 confPpm) {
        for (uint256 i = 0; i < count; ++i) {
            uint256 value = Math.min(values[i], type(uint128).max);
            uint256 at = i;
            for (; at > 0 && values[at - 1] > value; --at) values[at] = values[at - 1];
            values[at] = value;
        }
        (uint256 low, uint256 high) = ((count - 1) / 2, count / 2);
        uint256 middle = (values[low] + values[high]) / 2;
        uint256 distance = values[high] - middle;
        // Takes the nearer neighbour until most are in.
        while (high - low < count / 2) {
            bool below = low > 0 && (high + 1 == count || middle - values[low - 1] < values[high + 1] - middle);
            distance = Math.max(distance, below ? middle - values[--low] : values[++high] - middle);
        }
        // A mean of values of 128 bits has 128 bits.
        median = uint128(middle);
        uint256 widthPpm = middle == 0 ? 0 : Math.ceilDiv(distance * PPM, middle);
        confPpm = uint32(Math.min(widthPpm, type(uint32).max));
    }

    /// @dev Returns `count` if the signer is not among the first `count`.
    function _indexOf(
        address[SIGNERS_MAX] memory list,
        uint256 count,
        address signer
    ) private pure returns (uint256 index) {
        while (index < count && list[index] != signer) ++index;
    }

    function _signers() private view returns (address[SIGNERS_MAX] memory) {
        return [_signer0, _signer1, _signer2, _signer3, _signer4, _signer5, _signer6];
    }
}

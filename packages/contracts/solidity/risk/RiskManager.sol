// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {
    CachedPrice,
    Factors,
    Grades,
    IRiskManager,
    LineExit,
    LineMargin,
    LineWords
} from "../interfaces/IRiskManager.sol";
import {IPriceFeed} from "../prices/IPriceFeed.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {LineSale} from "./LineSale.sol";
import {MarginMath} from "./MarginMath.sol";

/// @title The risk manager
/// @notice Weighs lines and keeps prices; `IRiskManager` is its manual.
contract RiskManager is IRiskManager {
    /// @notice Gas that one feed may use in `poke`.
    uint256 public constant FEED_GAS = 250_000;
    /// @dev Gas before the call of a feed that leaves it `FEED_GAS`: a call forwards 63/64, and 6,000 are spent on it before.
    uint256 private constant FEED_GAS_NEEDED = FEED_GAS + FEED_GAS / 63 + 6_000;
    /// @notice Seconds that an observation may lie ahead of this chain's clock.
    uint256 public constant MAX_AHEAD_S = 120;

    /// @notice The role that lists feeds.
    address public immutable governor;

    /// @notice Seconds from a feed's take-over of a slot in which nothing is sold at its price.
    uint256 public constant TAKE_OVER_S = 30 minutes;

    /// @dev A slot's feed, and the second from which on its price sells; 0 for the first feed of a slot.
    struct Feed {
        address feed;
        uint64 sellsFrom;
    }

    /// @dev A source's present freshness. `known` is false before the first source.
    struct Freshness {
        bool known;
        uint256 source;
        uint256 initialPpm;
        uint256 maintenancePpm;
        uint256 status;
    }

    /// @dev The prices of a line's slots, taken together.
    /// @param price the lowest; 0 if one was never accepted
    /// @param initial the lowest that counts at grade I, whatever the status says
    /// @param status bits of `IRiskManager`
    /// @param confPpm the widest confidence
    /// @param ageS the highest age in seconds
    struct Pricing {
        uint256 price;
        uint256 initial;
        uint256 status;
        uint256 confPpm;
        uint256 ageS;
    }

    mapping(uint16 slot => CachedPrice) private _prices;
    mapping(uint16 slot => Feed) private _feeds;

    constructor(address governor_) {
        if (governor_ == address(0)) revert GovernorMissing();
        governor = governor_;
    }

    /// @inheritdoc IRiskManager
    function poke(uint16[] calldata slots) external {
        for (uint256 i = 0; i < slots.length; ++i) {
            _poke(slots[i]);
        }
    }

    /// @inheritdoc IRiskManager
    function listUnderlying(uint16 slot, address feed, uint24 maxAgeS) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        if (slot == 0 || feed.code.length == 0 || maxAgeS == 0) revert FeedRefused(slot, feed, maxAgeS);
        Feed storage listed = _feeds[slot];
        CachedPrice storage kept = _prices[slot];
        if (listed.feed != address(0) && listed.feed != feed) {
            // Lines were weighed by the former feed. Should the new one be wrong, this is the time to stop it.
            listed.sellsFrom = uint64(block.timestamp + TAKE_OVER_S);
            // What the new one says of the kept price's time is its price, and no doubt about the former's.
            if (kept.observedAt != 0) --kept.observedAt;
        }
        listed.feed = feed;
        kept.maxAgeS = maxAgeS;
        emit FeedListed(slot, feed, maxAgeS);
    }

    /// @inheritdoc IRiskManager
    function pokedMargin(LineWords[] calldata lines) external returns (Grades memory) {
        _pokeAll(lines);
        return _sum(lines);
    }

    /// @inheritdoc IRiskManager
    function pokedExitOf(LineWords[] calldata lines) external returns (LineExit[] memory) {
        _pokeAll(lines);
        return _exits(lines);
    }

    /// @inheritdoc IRiskManager
    function margin(LineWords[] calldata lines) external view returns (Grades memory) {
        return _sum(lines);
    }

    /// @inheritdoc IRiskManager
    function exitOf(LineWords[] calldata lines) external view returns (LineExit[] memory) {
        return _exits(lines);
    }

    /// @inheritdoc IRiskManager
    function breakdown(LineWords[] calldata lines) external view returns (LineMargin[] memory margins) {
        margins = new LineMargin[](lines.length);
        Pricing memory pricing;
        for (uint256 i = 0; i < lines.length; ++i) {
            LineWords calldata words = lines[i];
            LineMargin memory one = margins[i];
            _fill(pricing, words.asset);
            (one.initialWad, one.exitWad, one.maintenanceWad, one.status) = _weigh(
                words.line,
                words.asset,
                pricing,
                _freshness(words.source)
            );
            one.price = pricing.price;
            if (pricing.status == 0) one.priceInitial = pricing.initial;
            (one.factors, ) = MarginMath.factorsOf(words.asset, words.source, block.timestamp);
            one.units = LedgerWords.amountOf(words.line);
            one.unitsInitial = _seasoned(words.line, block.timestamp);
            // An empty line counts nothing, so it sets no status bits.
            if (one.units == 0) one.status = 0;
        }
    }

    /// @inheritdoc IRiskManager
    function factors(uint256 asset, uint256 source, uint256 time) external pure returns (Factors memory all) {
        (all, ) = MarginMath.factorsOf(asset, source, time);
    }

    /// @inheritdoc IRiskManager
    function priceOf(uint16 slot) external view returns (CachedPrice memory) {
        return _prices[slot];
    }

    /// @inheritdoc IRiskManager
    function feedOf(uint16 slot) external view returns (address) {
        return _feeds[slot].feed;
    }

    /// @inheritdoc IRiskManager
    function sellsFrom(uint16 slot) external view returns (uint256) {
        return _feeds[slot].sellsFrom;
    }

    function _sum(LineWords[] calldata lines) private view returns (Grades memory sums) {
        sums.oldestAsOf = block.timestamp;
        Freshness memory fresh;
        Pricing memory pricing;
        // No overflow: a ledger has at most 16 lines for an account, and each value is below 2^220.
        unchecked {
            for (uint256 i = 0; i < lines.length; ++i) {
                LineWords calldata words = lines[i];
                (uint256 line, uint256 asset, uint256 source) = (words.line, words.asset, words.source);
                if (LedgerWords.amountOf(line) == 0) continue;
                // Lines of one source often lie beside each other, so its freshness is kept.
                if (!fresh.known || source != fresh.source) {
                    fresh = _freshness(source);
                    uint256 asOf = LedgerWords.asOfOf(source);
                    if (asOf < sums.oldestAsOf) sums.oldestAsOf = asOf;
                }
                _fill(pricing, asset);
                (uint256 initialWad, uint256 exitWad, uint256 maintenanceWad, uint256 status) = _weigh(
                    line,
                    asset,
                    pricing,
                    fresh
                );
                sums.initialWad += initialWad;
                sums.exitWad += exitWad;
                sums.maintenanceWad += maintenanceWad;
                sums.status |= status;
            }
        }
    }

    function _exits(LineWords[] calldata lines) private view returns (LineExit[] memory exits) {
        exits = new LineExit[](lines.length);
        Freshness memory fresh;
        Pricing memory pricing;
        for (uint256 i = 0; i < lines.length; ++i) {
            (uint256 asset, uint256 source) = (lines[i].asset, lines[i].source);
            uint256 units = LedgerWords.amountOf(lines[i].line);
            if (units == 0) continue;
            if (!fresh.known || source != fresh.source) fresh = _freshness(source);
            _fill(pricing, asset);
            bool waits = LineSale.waitsAt(pricing.status, pricing.ageS) || _takesOver(asset);
            LineExit memory one = exits[i];
            uint256 decimals = LedgerWords.decimalsOf(asset);
            one.grossWad = LineSale.grossOf(units, pricing.price, decimals);
            (, uint256 exit, uint256 maintenance) = MarginMath.weightsOf(asset, source, 0, fresh.maintenancePpm);
            (, one.exitWad, one.maintenanceWad) = MarginMath.valuesOf(
                0,
                units,
                pricing.price,
                0,
                decimals,
                0,
                exit,
                maintenance
            );
            one.edgeWad = LineSale.edgeOf(one.maintenanceWad, waits ? LineSale.WAITING_BAND_PPM : pricing.confPpm);
            one.class = waits ? LineSale.WAITS : LineSale.classOf(asset, fresh.status);
            one.ageS = pricing.ageS;
        }
    }

    /// @dev Returns whether a feed of the asset took its slot over less than half an hour ago.
    function _takesOver(uint256 asset) private view returns (bool) {
        if (block.timestamp < _feeds[LedgerWords.underlyingOf(asset)].sellsFrom) return true;
        uint16 own = LedgerWords.ownPriceOf(asset);
        return own != 0 && block.timestamp < _feeds[own].sellsFrom;
    }

    function _freshness(uint256 source) private view returns (Freshness memory fresh) {
        (fresh.known, fresh.source) = (true, source);
        (fresh.initialPpm, fresh.maintenancePpm, fresh.status) = MarginMath.freshnessOf(source, block.timestamp);
    }

    /// @dev Computes the values of one line. With any status of its prices, its initial value is 0.
    function _weigh(
        uint256 line,
        uint256 asset,
        Pricing memory pricing,
        Freshness memory fresh
    ) private view returns (uint256 initialWad, uint256 exitWad, uint256 maintenanceWad, uint256 status) {
        (uint256 initial, uint256 exit, uint256 maintenance) = MarginMath.weightsOf(
            asset,
            fresh.source,
            fresh.initialPpm,
            fresh.maintenancePpm
        );
        (initialWad, exitWad, maintenanceWad) = MarginMath.valuesOf(
            pricing.status == 0 ? _seasoned(line, block.timestamp) : 0,
            LedgerWords.amountOf(line),
            pricing.price,
            pricing.initial,
            LedgerWords.decimalsOf(asset),
            initial,
            exit,
            maintenance
        );
        status = pricing.status | fresh.status;
    }

    function _seasoned(uint256 line, uint256 time) private pure returns (uint256) {
        uint256 amount = LedgerWords.amountOf(line);
        uint256 unseasoned = LedgerWords.unseasonedOf(line, time);
        unchecked {
            return unseasoned < amount ? amount - unseasoned : 0;
        }
    }

    /// @dev Fills all of `pricing` for an asset. The lower of its own price and its underlying's counts.
    function _fill(Pricing memory pricing, uint256 asset) private view {
        _readPrice(pricing, LedgerWords.underlyingOf(asset));
        uint16 own = LedgerWords.ownPriceOf(asset);
        if (own == 0) return;
        Pricing memory other;
        _readPrice(other, own);
        pricing.status |= other.status;
        if (other.price < pricing.price) pricing.price = other.price;
        if (other.initial < pricing.initial) pricing.initial = other.initial;
        if (other.confPpm > pricing.confPpm) pricing.confPpm = other.confPpm;
        if (other.ageS > pricing.ageS) pricing.ageS = other.ageS;
    }

    function _readPrice(Pricing memory pricing, uint16 slot) private view {
        CachedPrice storage cached = _prices[slot];
        uint256 observedAt = cached.observedAt;
        if (observedAt == 0) {
            (pricing.price, pricing.initial, pricing.confPpm) = (0, 0, 0);
            (pricing.ageS, pricing.status) = (block.timestamp, MarginMath.STATUS_PRICE_MISSING);
            return;
        }
        uint256 ageS = 0;
        unchecked {
            if (block.timestamp > observedAt) ageS = block.timestamp - observedAt;
        }
        (uint256 price, uint256 slow, uint256 confPpm) = (cached.price, cached.ema, cached.confPpm);
        // Mostly they are equal, and 16 lines are weighed at once.
        if (slow != price) slow = MarginMath.slowAt(price, slow, ageS);
        uint256 status = MarginMath.boundsOf(price, slow, confPpm);
        if (ageS > cached.maxAgeS) status |= MarginMath.STATUS_PRICE_STALE;
        if (cached.failing) status |= MarginMath.STATUS_PRICE_FAILING;
        (pricing.price, pricing.status, pricing.confPpm, pricing.ageS) = (price, status, confPpm, ageS);
        pricing.initial = MarginMath.initialPriceOf(price, slow, confPpm);
    }

    /// @dev Lines of several sources share an underlying; its feed is asked once.
    function _pokeAll(LineWords[] calldata lines) private {
        uint256 poked;
        for (uint256 i = 0; i < lines.length; ++i) {
            if (LedgerWords.amountOf(lines[i].line) == 0) continue;
            poked = _pokeOnce(LedgerWords.underlyingOf(lines[i].asset), poked);
            uint16 own = LedgerWords.ownPriceOf(lines[i].asset);
            if (own != 0) poked = _pokeOnce(own, poked);
        }
    }

    /// @dev Pokes a slot unless its bit of `poked` is set; slots without a bit are poked each time.
    function _pokeOnce(uint16 slot, uint256 poked) private returns (uint256) {
        uint256 bit = slot < 256 ? uint256(1) << slot : 0;
        if (poked & bit == 0) _poke(slot);
        return poked | bit;
    }

    function _poke(uint16 slot) private {
        address feed = _feeds[slot].feed;
        if (feed == address(0)) {
            emit PokeSkipped(slot, "none");
            return;
        }
        uint256 gasBefore = gasleft();
        (bool answered, bytes4 reason, uint256 price, uint256 confPpm, uint256 observedAt) = _read(feed);
        CachedPrice memory cached = _prices[slot];
        if (!answered) {
            // Else a caller would choose the cached price, or mark a sound feed, by starving it.
            if (gasBefore < FEED_GAS_NEEDED) revert FeedStarved(slot, gasBefore, FEED_GAS_NEEDED);
            emit PokeSkipped(slot, reason);
            if (!cached.failing) _mark(slot, true);
            return;
        }
        if (cached.failing) _mark(slot, false);
        if (observedAt <= cached.observedAt) return _doubt(slot, cached, price, confPpm);
        // Until now the former price stood. Whatever the new one is, it has not stood at all.
        uint256 slow =
            cached.observedAt == 0
                ? price
                : MarginMath.slowAt(cached.price, cached.ema, observedAt - cached.observedAt);
        // Each field was checked in `_read`: price < 2^80, confidence ≤ 10^6 < 2^24; observedAt fits 32 bits until 2106.
        cached.ema = uint80(slow);
        cached.price = uint80(price);
        cached.confPpm = uint24(confPpm);
        cached.observedAt = uint32(observedAt);
        cached.failing = false;
        _prices[slot] = cached;
        emit PricePoked(slot, price, confPpm, observedAt);
    }

    /// @dev Takes an answer that is not newer than the kept price. A median is as old as its older source, which may be any age, and the younger
    ///      one speaks on: where it goes is doubt about what is kept, at once. The price itself would else stand without having stood at all.
    function _doubt(uint16 slot, CachedPrice memory cached, uint256 price, uint256 confPpm) private {
        uint256 apart = price > cached.price ? price - cached.price : cached.price - price;
        confPpm = Math.min(Math.max(confPpm, Math.ceilDiv(apart * MarginMath.PPM, cached.price)), MarginMath.PPM);
        if (confPpm == cached.confPpm) return;
        cached.confPpm = uint24(confPpm);
        cached.failing = false;
        _prices[slot] = cached;
        emit PricePoked(slot, cached.price, confPpm, cached.observedAt);
    }

    function _mark(uint16 slot, bool failing) private {
        _prices[slot].failing = failing;
        emit FeedMarked(slot, failing);
    }

    /// @dev Bounded on both sides: gas by FEED_GAS, answer by 96 bytes, error by its selector. So no feed blocks another.
    ///      An answer out of range is none.
    function _read(
        address feed
    ) private view returns (bool answered, bytes4 reason, uint256 price, uint256 confPpm, uint256 observedAt) {
        bytes4 selector = IPriceFeed.read.selector;
        uint256 gasLimit = FEED_GAS;
        bool ok;
        uint256 size;
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(answer, selector)
            mstore(0, 0)
            ok := staticcall(gasLimit, feed, answer, 4, answer, 0x60)
            size := returndatasize()
            price := mload(answer)
            confPpm := mload(add(answer, 0x20))
            observedAt := mload(add(answer, 0x40))
            reason := mload(answer)
        }
        if (!ok) return (false, size < 4 ? bytes4("fail") : bytes4(reason), 0, 0, 0);
        bool sound = size == 96 && price != 0 && price <= type(uint80).max && confPpm <= MarginMath.PPM;
        sound = sound && observedAt != 0 && observedAt <= block.timestamp + MAX_AHEAD_S;
        return sound ? (true, bytes4(0), price, confPpm, observedAt) : (false, bytes4("form"), 0, 0, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Stop} from "../interfaces/ILiquidationAuction.sol";
import {CachedPrice, Grades, IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {MarginMath} from "../risk/MarginMath.sol";

/// @notice One line of an account in liquidation.
/// @param assetId ledger-wide index
/// @param units token units on the line
/// @param grossWad value without weights, WAD, rounded down
/// @param exitWad value at the exit grade, WAD
/// @param class see `ILiquidationAuction`; `AuctionRows.WAITS` while it cannot be sold
/// @param ageS age in seconds of the oldest price that values it
/// @param key order of sale, lowest first
struct Row {
    uint16 assetId;
    uint256 units;
    uint256 grossWad;
    uint256 exitWad;
    uint256 class;
    uint256 ageS;
    uint256 key;
}

/// @notice What an account holds, as an auction sees it.
/// @param rows lines that hold something, in the order of their sale; those that wait come last
/// @param exitWad exit assets, WAD
/// @param maintenanceWad maintenance assets, WAD
/// @param edgeWad maintenance assets at the edge of the price bands that favours the account, WAD, rounded up
/// @param grossWad gross value of all lines, WAD
/// @param liquid how many of the rows have classes 0 to 2: they come first
/// @param liquidWad gross value of those, WAD
/// @param frozen how many come next, with class 3
/// @param waiting how many wait for a price; what is worth nothing is not among them
/// @param waitingWad gross value of those, WAD
struct Book {
    Row[] rows;
    uint256 exitWad;
    uint256 maintenanceWad;
    uint256 edgeWad;
    uint256 grossWad;
    uint256 liquid;
    uint256 liquidWad;
    uint256 frozen;
    uint256 waiting;
    uint256 waitingWad;
}

/// @notice What the ledger keeps of an account's lines that count.
/// @param words in the order of `assetIds`
struct Held {
    ILedger ledger;
    IRiskManager risk;
    bytes32 account;
    uint16[] assetIds;
    LineWords[] words;
}

/// @title The lines of an account in liquidation
/// @notice Reads them from the ledger and its risk manager, and puts them in the order of their sale.
library AuctionRows {
    /// @notice Class of a line that cannot be sold now.
    uint256 internal constant WAITS = 4;
    uint256 private constant FROZEN = 3;
    /// @dev A price that is older sells nothing, seconds.
    uint256 private constant PRICE_AGE_S = 6 hours;
    /// @dev Nor does one with a wider band, or further from its slow price, ppm.
    uint256 private constant BAND_PPM = 20_000;
    uint256 private constant APART_PPM = 250_000;
    /// @dev By how much such a line may be worth more, ppm.
    uint256 private constant WAITING_BAND_PPM = 250_000;
    uint256 private constant PPM = 1_000_000;
    /// @dev Flag in an asset's word, see `LineWords`: its lines count less than their units.
    uint256 private constant ASSET_SHORT = 8 << 56;

    /// @dev What the prices of a line say together: the lower one counts, as `IRiskManager` states.
    struct Pricing {
        uint256 price;
        uint256 bandPpm;
        uint256 ageS;
        bool waits;
    }

    /// @notice Returns what the ledger keeps of an account's lines.
    function heldBy(ILedger ledger, bytes32 account) internal view returns (Held memory held) {
        (held.assetIds, held.words) = ledger.lineWordsOf(account);
        (held.ledger, held.risk, held.account) = (ledger, IRiskManager(ledger.riskManager()), account);
    }

    /// @notice Returns what the lines are worth, in the order of their sale.
    /// @param stops of price slots
    function read(
        Held memory held,
        mapping(uint16 slot => Stop) storage stops
    ) internal view returns (Book memory book) {
        uint256 lines = held.words.length;
        book.rows = new Row[](lines);
        LineWords[] memory one = new LineWords[](1);
        uint256 count;
        for (uint256 i = 0; i < lines; ++i) {
            LineWords memory words = held.words[i];
            if (LedgerWords.amountOf(words.line) == 0) continue;
            one[0] = words;
            Grades memory grades = held.risk.margin(one);
            Pricing memory pricing = _pricingOf(held.risk, words.asset, stops);
            Row memory row = _rowOf(words, grades, pricing);
            row.assetId = held.assetIds[i];
            // A line of an asset that is short counts less than its units, and leaves with all of them.
            if (words.asset & ASSET_SHORT != 0) row.units = held.ledger.lineOf(held.account, row.assetId).amount;
            book.exitWad += row.exitWad;
            book.maintenanceWad += grades.maintenanceWad;
            book.edgeWad += Math.ceilDiv(grades.maintenanceWad * (PPM + pricing.bandPpm), PPM);
            _count(book, row, pricing.waits);
            _insert(book.rows, count++, row);
        }
        Row[] memory rows = book.rows;
        assembly ("memory-safe") {
            mstore(rows, count)
        }
    }

    /// @notice Returns a line's class from its asset's word and its status, whatever its prices.
    function classOf(uint256 asset, uint256 status) internal pure returns (uint256) {
        if (status & MarginMath.STATUS_SOURCE_FROZEN != 0) return FROZEN;
        if (uint16(asset) == 0) return 0;
        return status & (MarginMath.STATUS_SOURCE_STALE | MarginMath.STATUS_SOURCE_DARK) == 0 ? 1 : 2;
    }

    function _count(Book memory book, Row memory row, bool waits) private pure {
        book.grossWad += row.grossWad;
        if (row.class < FROZEN) (book.liquid, book.liquidWad) = (book.liquid + 1, book.liquidWad + row.grossWad);
        else if (row.class == FROZEN) ++book.frozen;
        if (waits) (book.waiting, book.waitingWad) = (book.waiting + 1, book.waitingWad + row.grossWad);
    }

    /// @dev No overflow: units have at most 112 bits, prices 88.
    function _rowOf(
        LineWords memory words,
        Grades memory grades,
        Pricing memory pricing
    ) private pure returns (Row memory row) {
        row.units = LedgerWords.amountOf(words.line);
        row.grossWad = (row.units * pricing.price * PPM) / 10 ** LedgerWords.decimalsOf(words.asset);
        row.exitWad = grades.exitWad;
        row.ageS = pricing.ageS;
        // What is worth nothing cannot be sold for anything.
        row.class = pricing.waits || row.grossWad == 0 ? WAITS : classOf(words.asset, grades.status);
        row.key = (row.class << 32) + PPM;
        if (row.grossWad != 0) row.key -= (row.exitWad * PPM) / row.grossWad;
    }

    function _pricingOf(
        IRiskManager risk,
        uint256 asset,
        mapping(uint16 slot => Stop) storage stops
    ) private view returns (Pricing memory pricing) {
        pricing.price = type(uint256).max;
        _readSlot(pricing, risk, LedgerWords.underlyingOf(asset), stops);
        uint16 own = LedgerWords.ownPriceOf(asset);
        if (own != 0) _readSlot(pricing, risk, own, stops);
        if (pricing.waits) pricing.bandPpm = WAITING_BAND_PPM;
    }

    function _readSlot(
        Pricing memory pricing,
        IRiskManager risk,
        uint16 slot,
        mapping(uint16 slot => Stop) storage stops
    ) private view {
        CachedPrice memory cached = risk.priceOf(slot);
        uint256 ageS = block.timestamp > cached.observedAt ? block.timestamp - cached.observedAt : 0;
        (uint256 price, uint256 slow) = (cached.price, cached.ema);
        uint256 apart = price > slow ? price - slow : slow - price;
        pricing.waits =
            pricing.waits ||
            ageS > PRICE_AGE_S ||
            cached.confPpm > BAND_PPM ||
            apart * PPM > slow * APART_PPM ||
            block.timestamp < stops[slot].until;
        if (price < pricing.price) pricing.price = price;
        if (cached.confPpm > pricing.bandPpm) pricing.bandPpm = cached.confPpm;
        if (ageS > pricing.ageS) pricing.ageS = ageS;
    }

    /// @dev Adds a row behind all whose key is not larger: ties stay in the order of their lanes.
    function _insert(Row[] memory rows, uint256 count, Row memory row) private pure {
        for (; count != 0 && rows[count - 1].key > row.key; --count) {
            rows[count] = rows[count - 1];
        }
        rows[count] = row;
    }
}

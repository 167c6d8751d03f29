// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Stop} from "../interfaces/ILiquidationAuction.sol";
import {IRiskManager, LineExit, LineWords} from "../interfaces/IRiskManager.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {LineSale} from "../risk/LineSale.sol";

/// @notice One line of an account in liquidation.
/// @param assetId ledger-wide index
/// @param units token units on the line
/// @param grossWad value without weights, WAD, rounded down
/// @param exitWad value at the exit grade, WAD
/// @param class see `ILiquidationAuction`; `LineSale.WAITS` while it cannot be sold
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

/// @notice An account's lines as an auction sees them.
/// @param rows lines that hold something, in the order of their sale; those that wait come last
/// @param exitWad exit assets, WAD
/// @param maintenanceWad maintenance assets, WAD
/// @param edgeWad maintenance assets at the edge of the price bands that favours the account, WAD, rounded up
/// @param grossWad gross value of all lines, WAD
/// @param liquid how many of the rows have classes 0 to 2: they come first
/// @param liquidWad gross value of those, WAD
/// @param frozen how many come next, with class 3
/// @param frozenWad gross value of those, WAD
/// @param waiting how many wait for a price; what is worth nothing is not among them
/// @param waitingWad gross value of those, WAD
/// @param sellableWad measure of what can be sold: `frozenWad` and twice `liquidWad`, so that it grows where lines thaw
struct Book {
    Row[] rows;
    uint256 exitWad;
    uint256 maintenanceWad;
    uint256 edgeWad;
    uint256 grossWad;
    uint256 liquid;
    uint256 liquidWad;
    uint256 frozen;
    uint256 frozenWad;
    uint256 waiting;
    uint256 waitingWad;
    uint256 sellableWad;
}

/// @notice The ledger's words of an account's lines that count, and the answer of its risk manager about them.
/// @param words in the order of `assetIds`
/// @param exits likewise
struct Held {
    ILedger ledger;
    bytes32 account;
    uint16[] assetIds;
    LineWords[] words;
    LineExit[] exits;
}

/// @title The lines of an account in liquidation
/// @notice Reads them from the ledger and its risk manager, and puts them in the order of their sale.
library AuctionRows {
    /// @dev Flag in an asset's word, see `LineWords`: its lines count less than their units.
    uint256 private constant ASSET_SHORT = 8 << 56;
    uint256 private constant PPM = 1_000_000;

    /// @notice Returns an account's lines, at the prices that the risk manager keeps.
    function heldBy(ILedger ledger, bytes32 account) internal view returns (Held memory held) {
        held = _linesOf(ledger, account);
        held.exits = IRiskManager(ledger.riskManager()).exitOf(held.words);
    }

    /// @notice Returns an account's lines, at the prices that the feeds hold now: else a caller could choose between the two.
    function heldPoked(ILedger ledger, bytes32 account) internal returns (Held memory held) {
        held = _linesOf(ledger, account);
        held.exits = IRiskManager(ledger.riskManager()).pokedExitOf(held.words);
    }

    /// @notice Returns what the lines are worth, in the order of their sale.
    /// @param stops of price slots
    function read(
        Held memory held,
        mapping(uint16 slot => Stop) storage stops
    ) internal view returns (Book memory book) {
        uint256 lines = held.words.length;
        book.rows = new Row[](lines);
        uint256 count;
        for (uint256 i = 0; i < lines; ++i) {
            LineWords memory words = held.words[i];
            uint256 units = LedgerWords.amountOf(words.line);
            if (units == 0) continue;
            LineExit memory exit = held.exits[i];
            if (_isStopped(words.asset, stops)) {
                exit.class = LineSale.WAITS;
                exit.edgeWad = LineSale.edgeOf(exit.maintenanceWad, LineSale.WAITING_BAND_PPM);
            }
            book.exitWad += exit.exitWad;
            book.maintenanceWad += exit.maintenanceWad;
            book.edgeWad += exit.edgeWad;
            Row memory row = _rowOf(exit);
            // A line of an asset that is short counts less than its units, and leaves with all of them.
            if (words.asset & ASSET_SHORT != 0) units = held.ledger.lineOf(held.account, held.assetIds[i]).amount;
            (row.assetId, row.units) = (held.assetIds[i], units);
            _count(book, row, exit.class == LineSale.WAITS);
            _insert(book.rows, count++, row);
        }
        book.sellableWad = 2 * book.liquidWad + book.frozenWad;
        Row[] memory rows = book.rows;
        assembly ("memory-safe") {
            mstore(rows, count)
        }
    }

    function _linesOf(ILedger ledger, bytes32 account) private view returns (Held memory held) {
        (held.assetIds, held.words) = ledger.lineWordsOf(account);
        (held.ledger, held.account) = (ledger, account);
    }

    function _isStopped(uint256 asset, mapping(uint16 slot => Stop) storage stops) private view returns (bool) {
        if (block.timestamp < stops[LedgerWords.underlyingOf(asset)].until) return true;
        uint16 own = LedgerWords.ownPriceOf(asset);
        return own != 0 && block.timestamp < stops[own].until;
    }

    function _count(Book memory book, Row memory row, bool waits) private pure {
        book.grossWad += row.grossWad;
        if (row.class < LineSale.FROZEN) {
            (book.liquid, book.liquidWad) = (book.liquid + 1, book.liquidWad + row.grossWad);
        } else if (row.class == LineSale.FROZEN) {
            (book.frozen, book.frozenWad) = (book.frozen + 1, book.frozenWad + row.grossWad);
        }
        if (waits) (book.waiting, book.waitingWad) = (book.waiting + 1, book.waitingWad + row.grossWad);
    }

    function _rowOf(LineExit memory exit) private pure returns (Row memory row) {
        (row.grossWad, row.exitWad, row.ageS) = (exit.grossWad, exit.exitWad, exit.ageS);
        // What is worth nothing cannot be sold for anything.
        row.class = row.grossWad == 0 ? LineSale.WAITS : exit.class;
        row.key = (row.class << 32) + PPM;
        if (row.grossWad != 0) row.key -= (row.exitWad * PPM) / row.grossWad;
    }

    /// @dev Adds a row behind all whose key is not larger: ties stay in the order of their lanes.
    function _insert(Row[] memory rows, uint256 count, Row memory row) private pure {
        for (; count != 0 && rows[count - 1].key > row.key; --count) {
            rows[count] = rows[count - 1];
        }
        rows[count] = row;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Auction} from "../interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../interfaces/ledger/ILedgerAccounts.sol";
import {AuctionClaims, Claims} from "./AuctionClaims.sol";
import {AuctionCurve} from "./AuctionCurve.sol";
import {AuctionRows, Book, Held, Row} from "./AuctionRows.sol";
import {AuctionSize, SaleLine, SaleSize, SaleTerms} from "./AuctionSize.sol";
import {AuctionStops} from "./AuctionStops.sol";

/// @title The plan of a bid
/// @notice The one path from an account to lines, share and price: quotes and bids both go along it.
abstract contract AuctionPlans is AuctionStops {
    using AuctionClaims for Claims;

    /// @dev Inputs and outcome of a bid.
    /// @param index position of the protocol among the account's
    /// @param sold how many of the book's rows are sold now
    /// @param complete no line waits behind them, or the clock has run out
    /// @param parts gross value given of each row that is sold, WAD
    struct Plan {
        Book book;
        Claims claims;
        uint256 index;
        uint256 sold;
        bool complete;
        int256 ppm;
        SaleSize size;
        uint256[] parts;
        uint16[] assetIds;
        uint128[] amounts;
    }

    /// @dev The most that a taker takes.
    /// @param shareWad of the protocol's burden
    /// @param assumedWad of burden
    struct Limits {
        uint256 shareWad;
        uint256 assumedWad;
    }

    /// @dev Seconds that an auction's clocks show, and what they follow from.
    /// @param bidsS on the clock of bids, which the discount follows
    /// @param lossS on the clock of losses, which complete bids and write-offs wait for
    /// @param countedS what counts for bids, before the head start and before it is slowed
    /// @param runS since the start, as far as it was witnessed
    struct Clocks {
        uint256 bidsS;
        uint256 lossS;
        uint256 countedS;
        uint256 runS;
    }

    /// @dev Findings of the last look at an account's auction, a touch or a fill; one storage slot.
    /// @param heldAt from when the clock of bids counts, seconds; 0 for the start
    /// @param runsFrom the start, moved on by all the time that nobody witnessed, seconds; 0 for the start
    /// @param sellable measure of what could be sold (`Book.sellableWad`), plus one; 0 before the first look
    struct Look {
        uint40 heldAt;
        uint40 runsFrom;
        uint176 sellable;
    }

    /// @dev A smaller burden is not left behind, WAD.
    uint256 private constant DUST = 500e18;
    /// @dev Lines that are worth less in all keep nothing waiting, WAD.
    uint256 internal constant NOTHING = 1e18;
    /// @dev More than can be sold now by a tenth at the next look is sold from the beginning of the curve.
    uint256 private constant GROWS_MOST_PARTS = 10;
    /// @dev Nobody waits for held lines that make up less than a twentieth of the requirement.
    uint256 private constant HELD_LEAST_PARTS = 20;
    /// @dev `flags` of an auction: something was taken.
    uint16 internal constant TAKEN = 1;
    /// @dev Its starter was named to a protocol.
    uint16 internal constant REWARDED = 2;

    mapping(bytes32 account => Auction) internal _auctions;
    mapping(bytes32 account => Look) internal _looks;
    /// @dev Burdens that takers assumed of each protocol of an account with several, by the start of its auction, WAD.
    mapping(bytes32 account => mapping(uint40 startedAt => mapping(address protocol => uint256))) internal _served;

    /// @dev Reads what a bid for a protocol follows from, and finds share and lines within a taker's limits.
    function _planOf(
        Held memory held,
        address protocol,
        Auction memory auction,
        Limits memory most
    ) internal view returns (Plan memory plan) {
        bytes32 account = held.account;
        plan.book = AuctionRows.read(held, _stops);
        plan.claims = _claimsOf(account);
        plan.claims.addBurdens(ledger, account);
        plan.claims.boundBurdens();
        _addServed(plan.claims, account, auction.startedAt);
        plan.index = _indexOf(plan.claims, account, protocol);
        if (!plan.claims.answered[plan.index]) revert BurdenUnknown(account, protocol);
        Clocks memory clocks = _clocksOf(account, auction, plan.book, plan.claims.requiredWad);
        plan.ppm = AuctionCurve.discountAt(clocks.bidsS);
        plan.sold = plan.book.liquid;
        if (_isFrozen(plan.book) && _allListed(plan.claims.protocols)) plan.sold += plan.book.frozen;
        bool waits = plan.book.waiting != 0 || plan.sold != plan.book.liquid + plan.book.frozen;
        plan.complete = !waits || clocks.lossS >= AuctionCurve.THIRD_LEG_S;
        _size(plan, most);
    }

    /// @dev Who limits the share leaves a small rest; who does not, takes it.
    function _size(Plan memory plan, Limits memory most) private pure {
        SaleLine[] memory lines = new SaleLine[](plan.sold);
        uint256 grossWad;
        for (uint256 i = 0; i < plan.sold; ++i) {
            Row memory row = plan.book.rows[i];
            lines[i] = SaleLine(row.grossWad, row.exitWad);
            grossWad += row.grossWad;
        }
        Claims memory claims = plan.claims;
        SaleTerms memory terms;
        // δ is at most 990,000 and at least −10,000.
        terms.pricePpm = uint256(int256(AuctionSize.PPM) - plan.ppm);
        terms.assetsWad = plan.book.exitWad;
        terms.requiredWad = claims.requiredWad;
        terms.ownWad = claims.requirementsWad[plan.index];
        terms.burdenWad = claims.burdensWad[plan.index];
        uint256 netWad = (AuctionSize.bounded(grossWad) * terms.pricePpm) / AuctionSize.PPM;
        terms.entitledWad = claims.entitlementOf(netWad, plan.index);
        terms.complete = plan.complete;
        uint256 whole = plan.complete ? terms.entitledWad : terms.burdenWad;
        uint256 shareMaxWad = most.shareWad;
        if (whole != 0 && most.assumedWad < whole) {
            shareMaxWad = Math.min(shareMaxWad, (most.assumedWad * AuctionSize.WAD) / whole);
        }
        (terms.shareMaxWad, terms.dustWad) = (shareMaxWad, shareMaxWad < AuctionSize.WAD ? 0 : DUST);
        plan.size = AuctionSize.sizeOf(lines, terms);
        plan.parts = AuctionSize.partsOf(lines, plan.size.grossWad);
        _cut(plan);
    }

    /// @dev Returns the seconds on both clocks.
    ///      Bids: slow while frozen lines alone can be sold, else with the head start. What can be sold since the last look, thawed or with
    ///      a price again, could not be bid for before: the clock begins.
    ///      Losses: slow from the start on while most of the value is frozen, which thaws, or waits for a price, which comes back: nobody
    ///      could bid for it. Else that of bids. A small line of another source, or one that is little beside the debt, changes
    ///      nothing of that, and a stop of a few hours makes no loss of what lines cover.
    function _clocksOf(
        bytes32 account,
        Auction memory auction,
        Book memory book,
        uint256 requiredWad
    ) internal view returns (Clocks memory clocks) {
        Look memory look = _looks[account];
        clocks.runS = _runOf(auction, look);
        clocks.countedS = clocks.bidsS = _countedOf(auction, look, book);
        if (_isFrozen(book)) clocks.bidsS /= AuctionCurve.FROZEN_TIMES;
        else clocks.bidsS += AuctionCurve.headStartOf(book.maintenanceWad, requiredWad);
        uint256 heldWad = book.frozenWad + book.waitingWad;
        bool waits = 2 * heldWad > book.grossWad && HELD_LEAST_PARTS * heldWad >= requiredWad;
        clocks.lossS = waits ? clocks.runS / AuctionCurve.FROZEN_TIMES : clocks.bidsS;
    }

    /// @dev Writes what a look finds. Time that nobody witnessed is left out of both clocks, or one look at an auction that recovered, was
    ///      forgotten and breached again would sell at the discount of all that time. The clock of bids begins where more can be sold
    ///      than at the last look, and while maintenance holds: the ledger may refuse to sell then.
    /// @param soldWad gross value of the lines that leave in the same act, WAD
    function _look(
        bytes32 account,
        Auction memory auction,
        Book memory book,
        uint256 requiredWad,
        uint256 soldWad
    ) internal {
        Clocks memory clocks = _clocksOf(account, auction, book, requiredWad);
        if (book.maintenanceWad >= requiredWad) clocks.countedS = 0;
        _looks[account] = Look(
            uint40(block.timestamp - clocks.countedS),
            uint40(block.timestamp - clocks.runS),
            uint176(Math.saturatingSub(book.sellableWad, 2 * soldWad) + 1)
        );
    }

    /// @dev Seconds that count for bids; none where more can be sold than at the last look, by more than a tenth.
    function _countedOf(Auction memory auction, Look memory look, Book memory book) private view returns (uint256) {
        uint256 seen = look.sellable;
        if (seen != 0 && book.sellableWad > seen + seen / GROWS_MOST_PARTS + NOTHING) return 0;
        uint256 base = Math.max(Math.max(auction.startedAt, look.heldAt), _resumedAt());
        return AuctionCurve.elapsedOf(block.timestamp, base, auction.seenAt);
    }

    /// @dev Seconds since the start that were witnessed.
    function _runOf(Auction memory auction, Look memory look) private view returns (uint256) {
        return AuctionCurve.elapsedOf(block.timestamp, Math.max(auction.startedAt, look.runsFrom), auction.seenAt);
    }

    /// @dev Whether frozen lines alone are left. What others hold below 1 in all is not waited for: a bid that must not book a loss
    ///      leaves units that nobody can take.
    function _isFrozen(Book memory book) internal pure returns (bool) {
        return book.frozen != 0 && book.liquidWad < NOTHING;
    }

    /// @dev The protocols of an account, and what they require.
    function _claimsOf(bytes32 account) internal view returns (Claims memory claims) {
        claims = AuctionClaims.listOf(ledger, account);
        claims.addRequirements(ledger, account);
    }

    /// @dev Reads what each protocol got in an auction. One that has the account for itself gets all there is.
    function _addServed(Claims memory claims, bytes32 account, uint40 startedAt) internal view {
        uint256 count = claims.protocols.length;
        for (uint256 i = 0; i < count && count != 1; ++i) {
            claims.servedWad[i] = _served[account][startedAt][claims.protocols[i]];
        }
    }

    /// @dev Assets that must cover the requirement for the auction to end: maintenance before, exit after something was taken.
    function _assetsFor(Auction memory auction, Book memory book) internal pure returns (uint256) {
        return auction.flags & TAKEN != 0 ? book.exitWad : book.maintenanceWad;
    }

    /// @dev Whether the starter is paid of a bid's fee: of the first that takes no dust, or leaves none. One for a unit would else take
    ///      the whole reward from it.
    function _isRewarding(Plan memory plan, Auction memory auction) internal pure returns (bool) {
        if (auction.flags & REWARDED != 0) return false;
        SaleSize memory size = plan.size;
        uint256 leftWad = (plan.claims.burdensWad[plan.index] * (AuctionSize.WAD - size.shareWad)) / AuctionSize.WAD;
        return size.atExit || size.assumedWad >= DUST || leftWad < DUST;
    }

    function _indexOf(Claims memory claims, bytes32 account, address protocol) internal pure returns (uint256 index) {
        index = claims.indexOf(protocol);
        if (index == claims.protocols.length) revert ILedgerProtocols.NotOptedIn(account, protocol);
    }

    function _started(bytes32 account) internal view returns (Auction memory auction) {
        auction = _auctions[account];
        if (auction.startedAt == 0) revert NotStarted(account);
    }

    /// @dev Units of each row that is sold, rounded down; rows of which none are given are left out.
    function _cut(Plan memory plan) private pure {
        uint256 count;
        (plan.assetIds, plan.amounts) = (new uint16[](plan.sold), new uint128[](plan.sold));
        for (uint256 i = 0; i < plan.sold; ++i) {
            Row memory row = plan.book.rows[i];
            // A whole line leaves to its last unit. Units have at most 112 bits, values at most 127.
            uint256 units = (row.units * plan.parts[i]) / row.grossWad;
            if (units == 0) continue;
            (plan.assetIds[count], plan.amounts[count]) = (row.assetId, uint128(units));
            ++count;
        }
        (uint16[] memory assetIds, uint128[] memory amounts) = (plan.assetIds, plan.amounts);
        assembly ("memory-safe") {
            mstore(assetIds, count)
            mstore(amounts, count)
        }
    }

    /// @dev An owner who names a protocol of its own could else use a seizure as the transfer that a quarantine forbids.
    function _allListed(address[] memory protocols) private view returns (bool listed) {
        listed = true;
        for (uint256 i = 0; i < protocols.length && listed; ++i) (, listed) = ledger.protocolOf(protocols[i]);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILedgerViews} from "@surety/contracts/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "@surety/contracts/interfaces/ledger/ILedgerAccounts.sol";
import {
    IMarginPositions,
    IMarginReports,
    IMarginRequirement,
    IReportedPositions,
    ReportedPosition
} from "@surety/contracts/interfaces/IMarginRequirement.sol";
import {CachedPrice, IRiskManager} from "@surety/contracts/interfaces/IRiskManager.sol";
import {AccountLib} from "@surety/contracts/libraries/AccountLib.sol";
import {ReportedRequirement, ReportedRequirements} from "@surety/contracts/reports/ReportedRequirements.sol";
import {KeptTrades, StandardBound, TradesSinceReport} from "@surety/contracts/reports/TradesSinceReport.sol";

/// @title A book of perpetuals whose margin is a simple bound on chain, and less by a signed report
/// @notice Owners of ledger accounts hold perpetuals against the risk manager's prices.
/// @dev An example of `IReportedPositions`, not a product: the book itself is the other side, there is no funding and no
///      liquidation, and what an account won or lost by closing stays a number here.
///
///        standard initial      = owed + Σ (loss + 40% of size · price)         each rounded up; gains are worth nothing
///        standard maintenance  = owed + Σ (loss + 30% of size · price)
///
///      The bound nets nothing: two positions that hedge each other need as much as two that do not. An account that takes
///      reports has what the engine says of the whole portfolio instead, within the limits of `ReportedRequirements`. What it
///      trades after a report adds the bound of that trade alone.
///
///      Safety: `trade` that adds changes the position first and then passes the ledger's gate. Liveness: `trade` that
///      reduces asks nobody.
contract PerpetualBook is IReportedPositions {
    /// @notice The ledger, the reports or the risk manager has no code.
    error PartRefused(address part);
    /// @notice Only the account's owner on this chain may act for it.
    error NotOwner(address caller, bytes32 account);
    /// @notice The slot has no price that counts now.
    error PriceMissing(uint16 slot);
    /// @notice Nothing to trade, or more than closes the position: close it first.
    error SizeRefused(int128 sizeWad, int128 heldWad);
    /// @notice The account trades on as many underlyings as it may.
    error TooManyPositions(uint256 count, uint256 max);

    /// @notice An account traded at a price.
    event Traded(bytes32 indexed account, uint16 indexed slot, int128 sizeWad, uint256 priceWad, uint64 positionNonce);
    /// @notice An account's owner decided until when reports count for it, time in seconds.
    event ReportsTaken(bytes32 indexed account, uint40 until);

    /// @notice A position on one underlying.
    struct Position {
        uint16 slot;
        int128 sizeWad;
        uint128 entryWad;
    }

    /// @notice An account in the book.
    struct Book {
        uint64 nonce;
        uint40 takesUntil;
        int256 balanceWad;
        Position[] positions;
        KeptTrades trades;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant BP = 10_000;
    uint256 private constant INITIAL_BP = 4_000;
    uint256 private constant MAINTENANCE_BP = 3_000;
    uint256 private constant POSITIONS_MAX = 4;
    /// @dev As long as a report counts at most: what asked for more than the bound is not escaped by leaving.
    uint40 private constant LEAVING = 15 minutes;
    /// @dev The risk manager's prices have 12 decimals.
    uint256 private constant WAD_PER_PRICE = 1e6;

    /// @notice The ledger whose margin counts.
    ILedgerProtocols public immutable ledger;
    /// @inheritdoc IReportedPositions
    address public immutable reports;
    mapping(bytes32 account => Book) private _books;

    constructor(ILedgerProtocols ledger_, IMarginReports reports_) {
        if (address(ledger_).code.length == 0) revert PartRefused(address(ledger_));
        if (address(reports_).code.length == 0) revert PartRefused(address(reports_));
        ledger = ledger_;
        reports = address(reports_);
    }

    modifier onlyOwner(bytes32 account) {
        if (AccountLib.ownerOf(account) != msg.sender || AccountLib.homeOf(account) != 0) {
            revert NotOwner(msg.sender, account);
        }
        _;
    }

    /// @notice Trades at the price that the underlying's feed holds now; the account must have opted in to this contract.
    /// @dev [owner] What adds to a position reverts with the ledger's reason if the initial margin would not hold.
    /// @param account see `ILedgerCore`
    /// @param slot price slot of the underlying
    /// @param sizeWad units, positive to buy
    function trade(bytes32 account, uint16 slot, int128 sizeWad) external onlyOwner(account) {
        _poke(slot);
        uint256 priceWad = _priceOf(slot, true);
        Book storage book = _books[account];
        uint256 at = _placeOf(book, slot);
        int128 held = at < book.positions.length ? book.positions[at].sizeWad : int128(0);
        if (sizeWad == 0 || sizeWad == type(int128).min) revert SizeRefused(sizeWad, held);
        bool adds = held == 0 || (held > 0) == (sizeWad > 0);
        StandardBound memory bound = _riskOf(sizeWad, priceWad);
        if (adds) {
            _add(book, at, Position(slot, sizeWad, uint128(priceWad)));
        } else {
            uint256 forfeitWad = _reduce(book, at, sizeWad, priceWad);
            bound = StandardBound(bound.initialWad + forfeitWad, bound.maintenanceWad + forfeitWad);
        }
        uint64 nonce = ++book.nonce;
        TradesSinceReport.add(book.trades, nonce, bound);
        emit Traded(account, slot, sizeWad, priceWad, nonce);
        if (adds) ledger.gate(account);
    }

    /// @notice Decides whether reports count for an account.
    /// @dev [owner] Leaving takes 15 minutes, whatever is reported meanwhile: neither can an account escape a report that asks
    ///      for more than the bound, nor can stolen keys keep it.
    function takeReports(bytes32 account, bool taken) external onlyOwner(account) {
        Book storage book = _books[account];
        uint40 leaves = uint40(block.timestamp) + LEAVING;
        if (taken) book.takesUntil = type(uint40).max;
        else if (book.takesUntil > leaves) book.takesUntil = leaves;
        emit ReportsTaken(account, book.takesUntil);
    }

    /// @inheritdoc IMarginRequirement
    function requirementOf(
        bytes32 account
    ) external view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf) {
        Book storage book = _books[account];
        StandardBound memory standard = standardOf(account);
        positionNonce = book.nonce;
        if (block.timestamp >= book.takesUntil) {
            return (standard.initialWad, standard.maintenanceWad, positionNonce, uint64(block.timestamp));
        }
        ReportedRequirement memory requirement = ReportedRequirements.read(
            IMarginReports(reports),
            account,
            positionNonce,
            standard,
            book.trades
        );
        return (requirement.initialWad, requirement.maintenanceWad, positionNonce, requirement.asOf);
    }

    /// @inheritdoc IMarginPositions
    /// @dev A balance above 0 is paid out nowhere, so it is not cash.
    function positionsOf(
        bytes32 account
    ) external view returns (uint64 positionNonce, int256 cashWad, ReportedPosition[] memory positions) {
        Book storage book = _books[account];
        positions = new ReportedPosition[](book.positions.length);
        for (uint256 i = 0; i < positions.length; ++i) {
            Position storage one = book.positions[i];
            positions[i] = ReportedPosition(one.slot, 0, 0, one.entryWad, one.sizeWad);
        }
        return (book.nonce, -int256(_owedOf(book)), positions);
    }

    /// @inheritdoc IReportedPositions
    function countsFrom(bytes32 account) external view returns (uint64 positionNonce) {
        return TradesSinceReport.oldestOf(_books[account].nonce);
    }

    /// @notice Gives the book's own bound, WAD, rounded up.
    function standardOf(bytes32 account) public view returns (StandardBound memory standard) {
        Book storage book = _books[account];
        uint256 owed = _owedOf(book);
        (standard.initialWad, standard.maintenanceWad) = (owed, owed);
        for (uint256 i = 0; i < book.positions.length; ++i) {
            Position storage one = book.positions[i];
            uint256 size = _sizeOf(one.sizeWad);
            uint256 price = _priceOf(one.slot, false);
            uint256 against =
                one.sizeWad > 0 ? Math.saturatingSub(one.entryWad, price) : Math.saturatingSub(price, one.entryWad);
            uint256 loss = Math.mulDiv(size, against, WAD, Math.Rounding.Ceil);
            StandardBound memory risk = _riskOf(one.sizeWad, price);
            standard.initialWad += loss + risk.initialWad;
            standard.maintenanceWad += loss + risk.maintenanceWad;
        }
    }

    /// @dev Adds to a position or opens it; the entry price is the average, rounded against the account.
    function _add(Book storage book, uint256 at, Position memory added) private {
        if (at == book.positions.length) {
            if (at == POSITIONS_MAX) revert TooManyPositions(at + 1, POSITIONS_MAX);
            book.positions.push(added);
            return;
        }
        Position storage one = book.positions[at];
        (uint256 before, uint256 more) = (_sizeOf(one.sizeWad), _sizeOf(added.sizeWad));
        uint256 cost = before * one.entryWad + more * added.entryWad;
        uint256 sum = before + more;
        // An average is at most the larger price, which has 128 bits.
        one.entryWad = uint128(added.sizeWad > 0 ? Math.ceilDiv(cost, sum) : cost / sum);
        one.sizeWad += added.sizeWad;
    }

    /// @dev Takes from a position; what that wins or loses enters the balance, rounded against the account.
    /// @return forfeitWad what was won beyond what is owed: a report counted it, and the balance is worth nothing
    function _reduce(
        Book storage book,
        uint256 at,
        int128 sizeWad,
        uint256 priceWad
    ) private returns (uint256 forfeitWad) {
        Position storage one = book.positions[at];
        uint256 closed = _sizeOf(sizeWad);
        if (closed > _sizeOf(one.sizeWad)) revert SizeRefused(sizeWad, one.sizeWad);
        bool won = (one.sizeWad > 0) == (priceWad > one.entryWad);
        uint256 move = priceWad > one.entryWad ? priceWad - one.entryWad : one.entryWad - priceWad;
        uint256 result = Math.mulDiv(closed, move, WAD, won ? Math.Rounding.Floor : Math.Rounding.Ceil);
        if (won) forfeitWad = Math.saturatingSub(result, _owedOf(book));
        // Sizes have 127 bits and prices 108, less 59 of the scale: no result passes 2^176.
        book.balanceWad += won ? int256(result) : -int256(result);
        one.sizeWad += sizeWad;
        if (one.sizeWad != 0) return forfeitWad;
        book.positions[at] = book.positions[book.positions.length - 1];
        book.positions.pop();
    }

    /// @dev Returns the bound of a position without its loss.
    function _riskOf(int128 sizeWad, uint256 priceWad) private pure returns (StandardBound memory) {
        uint256 notional = Math.mulDiv(_sizeOf(sizeWad), priceWad, WAD, Math.Rounding.Ceil);
        return
            StandardBound(
                Math.mulDiv(notional, INITIAL_BP, BP, Math.Rounding.Ceil),
                Math.mulDiv(notional, MAINTENANCE_BP, BP, Math.Rounding.Ceil)
            );
    }

    function _owedOf(Book storage book) private view returns (uint256) {
        return book.balanceWad < 0 ? uint256(-book.balanceWad) : 0;
    }

    /// @dev The place of an underlying among the positions, their number if it is not there.
    function _placeOf(Book storage book, uint16 slot) private view returns (uint256 at) {
        while (at < book.positions.length && book.positions[at].slot != slot) ++at;
    }

    /// @dev Takes the price that the feed holds now: else who trades would choose between that and the risk manager's last one, and the
    ///      book, which is the other side, would lose the difference.
    function _poke(uint16 slot) private {
        uint16[] memory slots = new uint16[](1);
        slots[0] = slot;
        IRiskManager(ILedgerViews(address(ledger)).riskManager()).poke(slots);
    }

    function _priceOf(uint16 slot, bool fresh) private view returns (uint256) {
        IRiskManager risk = IRiskManager(ILedgerViews(address(ledger)).riskManager());
        CachedPrice memory cached = risk.priceOf(slot);
        bool old = block.timestamp > uint256(cached.observedAt) + cached.maxAgeS;
        if (cached.price == 0 || (fresh && (old || cached.failing))) revert PriceMissing(slot);
        return cached.price * WAD_PER_PRICE;
    }

    function _sizeOf(int128 sizeWad) private pure returns (uint256) {
        return uint256(sizeWad < 0 ? -int256(sizeWad) : int256(sizeWad));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20, IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILiquidationAuction} from "../interfaces/ILiquidationAuction.sol";
import {IMarket, MarketTerms} from "../interfaces/IMarket.sol";
import {IMarketGate} from "../interfaces/IMarketGate.sol";
import {IMarginClaim, TakeOver} from "../interfaces/IMarginClaim.sol";
import {IMarginRequirement} from "../interfaces/IMarginRequirement.sol";
import {CachedPrice, Grades, IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {MarketRecoveries} from "./MarketRecoveries.sol";

/// @title Claims of a market on an account, and their payment by an auction
/// @notice Requirements and burdens at the asset's price, take-overs, losses and provisions.
abstract contract MarketClaims is MarketRecoveries {
    /// @dev A share of a position that an auction moves, token units.
    /// @param shares debt shares that leave
    /// @param owed debt that leaves
    /// @param assumed what the taker bears
    /// @param back of it, what pays for receivables
    /// @param fee of it, the fee
    /// @param loss debt that nobody bears
    struct Move {
        uint256 shares;
        uint256 owed;
        uint256 assumed;
        uint256 back;
        uint256 fee;
        uint256 loss;
    }

    /// @dev A price scaled 1e12 of a token that counts 1.00, and what makes such a price WAD.
    uint256 private constant PRICE_ONE = 1e12;
    uint256 private constant WAD_PER_PRICE = 1e6;
    /// @dev Twice the smallest burden that an auction leaves behind, WAD.
    uint256 private constant LEAST_WAD = 1_000e18;
    /// @dev An account with less than this left needs no auction for a loss to be foreseeable, WAD.
    uint256 private constant NOTHING_WAD = 1e18;
    /// @dev The auction forgives 1e15 for rounding; a few units must fit in, also at ten times the price of today.
    uint256 private constant UNIT_MOST_WAD = 1e14;
    /// @dev By how many units and wei of value roundings of burden and share may add up: of a cheap token a wei is many units.
    uint256 private constant ROUNDED = 3;

    /// @dev 10^decimals.
    uint256 private immutable _unitsPerToken;
    /// @dev The price last seen, scaled 1e12: counts if a later risk manager has none.
    uint96 private _lastPrice;

    constructor(
        ILedger ledger_,
        IERC20Metadata token,
        MarketTerms memory agreed
    ) MarketRecoveries(ledger_, token, agreed) {
        _atMost("decimals", token.decimals(), 18);
        _unitsPerToken = 10 ** token.decimals();
        uint256 price = PRICE_ONE;
        if (agreed.priceSlot != 0) {
            price = IRiskManager(ledger_.riskManager()).priceOf(agreed.priceSlot).price;
            _atLeast("priceSlot", price, 1);
            _lastPrice = uint96(price);
        }
        _atMost("decimals", (price * WAD_PER_PRICE) / 10 ** token.decimals(), UNIT_MOST_WAD);
        _atLeast("least", (agreed.least * price * WAD_PER_PRICE) / 10 ** token.decimals(), LEAST_WAD);
    }

    // Reading

    /// @inheritdoc IMarginRequirement
    /// @dev Debt at no price it ever had counts as the largest figure at the initial grade; no debt counts 0 whatever the price is.
    function requirementOf(
        bytes32 account
    ) public view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf) {
        (uint256 debt, uint256 lost, ) = positionOf(account);
        (positionNonce, asOf) = (_positions[account].nonce, uint64(block.timestamp));
        if (debt + lost == 0) return (0, 0, positionNonce, asOf);
        (uint256 price, uint256 initialPrice) = _prices();
        maintenanceWad = _valueUp(debt * _maintenanceBp + lost * BP, price, BP);
        initialWad = initialPrice == 0 ? type(uint128).max : _valueUp(debt * _initialBp + lost * BP, initialPrice, BP);
    }

    /// @inheritdoc IMarginClaim
    function burdenOf(bytes32 account) external view returns (uint256) {
        (uint256 debt, uint256 lost, ) = positionOf(account);
        if (debt + lost == 0) return 0;
        (uint256 price, ) = _prices();
        return _valueUp(debt * (BP + _feeBp) + lost * BP, price, BP);
    }

    /// @inheritdoc IMarket
    function positionOf(bytes32 account) public view returns (uint256 debt, uint256 writtenOff, uint256 provision) {
        Shortfall memory shortfall = _shortfalls[account];
        (writtenOff, provision) = (shortfall.writtenOff, shortfall.provision);
        uint256 shares = _positions[account].shares;
        if (shares != 0) debt = _debtUp(shares, _debt + _growth());
    }

    // The auction

    /// @inheritdoc IMarginClaim
    /// @dev The assumed units pay, in this order: the debt that left, the share of what was written off, the fee. Of the debt what is
    ///      not paid is a loss. The fee goes to starter and tranche as market shares.
    function takeOver(TakeOver calldata terms_) external nonReentrant returns (uint256 lossWad) {
        address auction = ledger.auction();
        if (msg.sender != auction) revert NotAuction(msg.sender, auction);
        if (terms_.shareWad > WAD) revert TakeOverTooLarge(terms_.shareWad, WAD);
        if (terms_.to != 0) _requireAdmitted(IMarketGate.mayTake.selector, terms_.to);
        _accrue();
        (uint256 price, ) = _prices();
        Move memory move = _moveOf(terms_, price);
        if (move.loss != 0) _bear(terms_.from, move.loss);
        _lower(terms_.from, move);
        uint256 paid = _payable(terms_.payer, move.assumed);
        _cash = SafeCast.toUint128(_cash + paid);
        _raise(terms_.to, move.assumed - paid);
        _recover(terms_.from, move.back);
        if (move.fee != 0) _share(move.fee, terms_.starter);
        uint256 provision = _shortfalls[terms_.from].provision;
        // The rest is renewed by `onAuction`: in the middle of a bid nobody may ask what falls to whom.
        _provide(terms_.from, provision - Math.mulDiv(provision, terms_.shareWad, WAD));
        emit TakenOver(terms_.from, terms_.to, move.owed, paid, move.assumed - paid, move.fee);
        if (move.assumed != paid) ledger.gate(terms_.to);
        if (paid != 0) _collect(terms_.payer, paid);
        return _valueUp(move.loss, price, 1);
    }

    /// @inheritdoc IMarginClaim
    /// @dev Sets the account's provision: max(0, debt − what of its maintenance assets falls to this market); 0 outside of an auction,
    ///      unless next to nothing is left: an auction ends then, and what it leaves may not be booked yet. All of the debt of an account
    ///      that was let go of this market (`releaseFrom`): no line of it can be sold for that.
    ///      Prices are taken from the feeds before, so that nobody chooses between those and the cached ones.
    function onAuction(bytes32 account) external nonReentrant {
        _accrue();
        _provide(account, _foreseeable(account));
    }

    // Inside

    /// @dev Splits what an auction moves.
    function _moveOf(TakeOver calldata terms_, uint256 price) private view returns (Move memory move) {
        uint256 lost = _shortfalls[terms_.from].writtenOff;
        move.shares = Math.mulDiv(_positions[terms_.from].shares, terms_.shareWad, WAD, Math.Rounding.Ceil);
        move.owed = _debtUp(move.shares);
        if (terms_.to != 0) move.assumed = _unitsUp(terms_.assumedWad, price);
        uint256 backMost = Math.mulDiv(lost, terms_.shareWad, WAD, Math.Rounding.Ceil);
        uint256 most = move.owed + backMost + Math.ceilDiv(move.owed * _feeBp, BP) + ROUNDED + _unitsUp(ROUNDED, price);
        if (move.assumed > most) revert TakeOverTooLarge(move.assumed, most);
        uint256 left = Math.saturatingSub(move.assumed, move.owed);
        move.loss = Math.saturatingSub(move.owed, move.assumed);
        move.back = Math.min(left, backMost);
        move.fee = left - move.back;
    }

    /// @dev Takes a share of an account's position off it; what is lost it owes still.
    function _lower(bytes32 account, Move memory move) private {
        _takeDebt(account, move.shares, move.owed);
        _writtenOff = _writtenOff + move.loss - move.back;
        Shortfall storage shortfall = _shortfalls[account];
        shortfall.writtenOff = SafeCast.toUint128(shortfall.writtenOff + move.loss - move.back);
    }

    /// @dev Lowers an account's debt. Shares and units are at most what is there.
    function _takeDebt(bytes32 account, uint256 shares, uint256 units) internal {
        Position memory position = _positions[account];
        _positions[account] = Position(SafeCast.toUint160(position.shares - shares), position.nonce + 1);
        _debtShares -= shares;
        _debt = SafeCast.toUint128(_debt - units);
    }

    /// @dev Raises an account's debt; shares are rounded up.
    function _raise(bytes32 account, uint256 units) internal {
        if (units == 0) return;
        uint256 sum = _debtShares + VIRTUAL_SHARES;
        uint256 shares = Math.mulDiv(units, sum, uint256(_debt) + 1, Math.Rounding.Ceil);
        Position memory position = _positions[account];
        _positions[account] = Position(SafeCast.toUint160(position.shares + shares), position.nonce + 1);
        _debtShares += shares;
        _debt = SafeCast.toUint128(_debt + units);
    }

    /// @dev Gives a fee that is in the books to starter and tranche, as shares at one price.
    function _share(uint256 fee, address starter) private {
        bool rewarded = starter != address(0) && mayLend(starter);
        uint256 reward = rewarded ? Math.min(fee, _keeperMost) : 0;
        uint256 shares = _sharesFor(fee);
        uint256 ofStarter = Math.mulDiv(shares, reward, fee);
        if (ofStarter != 0) _mint(starter, ofStarter);
        _mint(tranche, shares - ofStarter);
    }

    /// @dev The part of so many units that a payer allows the market to take.
    function _payable(address payer, uint256 units) private view returns (uint256) {
        if (payer == address(0) || units == 0) return 0;
        IERC20 token = IERC20(asset());
        return Math.min(units, Math.min(token.allowance(payer, address(this)), token.balanceOf(payer)));
    }

    /// @dev Debt that what falls to this market does not cover. Nobody is asked what cannot change the answer: starts in a crash pay for it.
    function _foreseeable(bytes32 account) private returns (uint256) {
        uint256 debt = _debtUp(_positions[account].shares);
        if (debt == 0) return 0;
        (Grades memory assets, IRiskManager risk) = _assetsOf(account);
        uint256 assetsWad = assets.maintenanceWad;
        uint256 wadPerUnits = _pokedPrice(risk) * WAD_PER_PRICE;
        (bool listed, bool alone) = _isOwed(account);
        bool covered = alone && Math.mulDiv(assetsWad, _unitsPerToken, wadPerUnits) >= debt;
        // A provision that stands is lowered only where the auction answers, which it does not in the middle of a bid.
        if (covered && _shortfalls[account].provision == 0) return 0;
        address auction = ledger.auction();
        if (auction == address(0)) return 0;
        if (!listed) return debt;
        if (assetsWad >= NOTHING_WAD && ILiquidationAuction(auction).auctionOf(account).startedAt == 0) return 0;
        if (!alone) {
            assetsWad = ILiquidationAuction(auction).entitlementOf(account, address(this), assetsWad);
        }
        return Math.saturatingSub(debt, Math.mulDiv(assetsWad, _unitsPerToken, wadPerUnits));
    }

    /// @dev Returns whether this market is a protocol of an account, and its only one: all that lines bring falls to it then, up to a
    ///      burden that is no less than the debt. To ask the auction for that would cost a start 10,000 gas.
    function _isOwed(bytes32 account) private view returns (bool listed, bool alone) {
        address[] memory protocols = ledger.protocolsOf(account);
        for (uint256 i = 0; i < protocols.length && !listed; ++i) listed = protocols[i] == address(this);
        alone = protocols.length == 1 && listed;
    }

    /// @dev Returns what an account's lines count at the prices that feeds hold now, and who says so.
    function _assetsOf(bytes32 account) internal returns (Grades memory assets, IRiskManager risk) {
        risk = IRiskManager(ledger.riskManager());
        (, LineWords[] memory words) = ledger.lineWordsOf(account);
        assets = risk.pokedMargin(words);
    }

    /// @dev Takes the price that the asset's feed holds now.
    function _poke() internal {
        if (_priceSlot != 0) _pokedPrice(IRiskManager(ledger.riskManager()));
    }

    /// @dev Takes the price that the asset's feed holds now, and returns what debt counts, scaled 1e12.
    function _pokedPrice(IRiskManager risk) private returns (uint256) {
        if (_priceSlot == 0) return PRICE_ONE;
        uint16[] memory slots = new uint16[](1);
        slots[0] = _priceSlot;
        risk.poke(slots);
        uint96 price = risk.priceOf(_priceSlot).price;
        if (price == 0) return _lastPrice;
        if (price != _lastPrice) _lastPrice = price;
        return price;
    }

    /// @dev The asset's price and the one that counts at the initial grade, scaled 1e12; the latter is 0 while nothing may be borrowed.
    function _prices() private view returns (uint256 price, uint256 initialPrice) {
        if (_priceSlot == 0) return (PRICE_ONE, PRICE_ONE);
        CachedPrice memory cached = IRiskManager(ledger.riskManager()).priceOf(_priceSlot);
        if (cached.observedAt == 0) return (_lastPrice, 0);
        uint256 ageS = Math.saturatingSub(block.timestamp, cached.observedAt);
        uint256 slow = MarginMath.slowAt(cached.price, cached.ema, ageS);
        (price, initialPrice) = (cached.price, Math.max(cached.price, slow));
        bool unsure = cached.failing || ageS > cached.maxAgeS || MarginMath.boundsOf(price, slow, cached.confPpm) != 0;
        if (unsure) return (price, 0);
        uint256 two = 2 * MarginMath.PPM;
        initialPrice = Math.mulDiv(initialPrice, two + 3 * cached.confPpm, two, Math.Rounding.Ceil);
    }

    /// @dev Value of parts of a unit, `parts` to one; WAD, rounded up, at most 2^128 − 1.
    function _valueUp(uint256 units, uint256 price, uint256 parts) private view returns (uint256) {
        uint256 whole = Math.mulDiv(units, price * WAD_PER_PRICE, _unitsPerToken * parts, Math.Rounding.Ceil);
        return Math.min(whole, type(uint128).max);
    }

    /// @dev Units of a value, rounded up.
    function _unitsUp(uint256 valueWad, uint256 price) private view returns (uint256) {
        return Math.mulDiv(valueWad, _unitsPerToken, price * WAD_PER_PRICE, Math.Rounding.Ceil);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
import {OptionRequirement} from "@surety/requirements/OptionRequirement.sol";
import {PerpRequirement} from "@surety/requirements/PerpRequirement.sol";
import {HeldOption, MarketState, MarketTerms, StandardBook} from "@surety/requirements/StandardBook.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";

/// @title What an account's derivatives on one underlying need by rules
/// @notice The same integers as `standardRequirementOf` of `packages/margin`, for a contract that must know a bound by itself: one
///         perpetual with its orders, and a few options.
/// @dev Reverts where a figure does not fit its words: sizes, prices and shares below 2^127 of which no two multiply past 2^256.
///      Monotone in what TypeScript's is; nothing here reads a chain or a clock.
library StandardRequirement {
    uint256 private constant WAD = 1e18;

    /// @dev What the grades share.
    struct Parts {
        uint256 worstSize;
        uint256 orders;
        uint256 shorts;
        uint256 gross;
        uint256 confidence;
        uint256 root;
        uint256 liquidityShare;
        uint256 optionInitial;
        uint256 optionMaintenance;
    }

    /// @notice Gives what is needed at each grade, WAD, maintenance ≤ exit ≤ initial, and the mark of all options.
    function standardRequirement(
        KernelPages memory pages,
        StandardBook memory book,
        MarketState memory market,
        MarketTerms memory terms
    ) internal view returns (uint256 initial, uint256 exit, uint256 maintenance, int256 optionMark) {
        Parts memory parts;
        (parts.worstSize, parts.orders) = PerpRequirement.worstOf(book.perpSize, book.orders, market.perpPrice);
        parts.orders += book.orders.length * terms.perp.orderCharge;
        (parts.optionInitial, parts.optionMaintenance, optionMark) = OptionRequirement.requirementOf(
            pages,
            book.options,
            market.spot,
            terms.option
        );
        _addGross(parts, book.options, market.confidence);
        parts.root = WadMath.rootUp(parts.worstSize);
        parts.liquidityShare = PerpRequirement.shareOf(terms.liquidity, market, parts.worstSize + parts.shorts);
        (initial, exit, maintenance) = _gradesOf(parts, market, terms);
    }

    function _gradesOf(
        Parts memory parts,
        MarketState memory market,
        MarketTerms memory terms
    ) private pure returns (uint256 initial, uint256 exit, uint256 maintenance) {
        uint256 mark = market.perpPrice;
        uint256 cost = _liquidityOf(mark, parts, market);
        maintenance = _requiredAt(PerpRequirement.Grade.MAINTENANCE, mark, parts, market, terms) + cost;
        exit = Math.max(_requiredAt(PerpRequirement.Grade.EXIT, mark, parts, market, terms) + cost, maintenance);
        uint256 price = Math.max(mark, market.debtPrice);
        initial = _requiredAt(PerpRequirement.Grade.INITIAL, price, parts, market, terms);
        initial += price == mark ? cost : _liquidityOf(price, parts, market);
        initial += _chargesOf(price, parts, market, terms);
        initial = Math.max(initial, exit);
    }

    /// @dev What is charged at initial for feeds of little confidence and for a token below its peg.
    function _chargesOf(
        uint256 price,
        Parts memory parts,
        MarketState memory market,
        MarketTerms memory terms
    ) private pure returns (uint256 charges) {
        charges = _confidenceOf(WadMath.productUp(parts.worstSize, price), market.confidence, terms);
        charges += _confidenceOf(WadMath.productUp(parts.gross, price), parts.confidence, terms);
        uint256 peg = WadMath.above(terms.pegThreshold, market.settlementPrice);
        if (peg == 0) return charges;
        charges += WadMath.productUp(WadMath.productUp(peg, terms.pegFactor), price, parts.worstSize + parts.shorts);
    }

    /// @dev What is needed but for the cost of closing.
    function _requiredAt(
        PerpRequirement.Grade grade,
        uint256 price,
        Parts memory parts,
        MarketState memory market,
        MarketTerms memory terms
    ) private pure returns (uint256) {
        bool maintained = grade == PerpRequirement.Grade.MAINTENANCE;
        uint256 ratio = PerpRequirement.ratioAt(terms.perp, parts.root, grade, market.openInterest);
        return
            WadMath.productUp(parts.worstSize, price, ratio) +
            parts.orders +
            (maintained ? parts.optionMaintenance : parts.optionInitial);
    }

    function _liquidityOf(uint256 price, Parts memory parts, MarketState memory market) private pure returns (uint256) {
        return PerpRequirement.liquidityAt(market, parts.worstSize + parts.shorts, price, parts.liquidityShare);
    }

    /// @dev Σ|quantity|, Σ of short quantities, and the lowest confidence of all feeds that touch the options.
    function _addGross(Parts memory parts, HeldOption[] memory options, uint256 confidence) private pure {
        (uint256 gross, uint256 shorts) = (0, 0);
        // The margins of options have bounded their quantities.
        unchecked {
            for (uint256 i = 0; i < options.length; ++i) {
                HeldOption memory option = options[i];
                if (option.quantity < 0) shorts += uint256(-option.quantity);
                else gross += uint256(option.quantity);
                if (option.confidence < confidence) confidence = option.confidence;
            }
            (parts.gross, parts.shorts) = (gross + shorts, shorts);
        }
        parts.confidence = confidence;
    }

    function _confidenceOf(
        uint256 notional,
        uint256 confidence,
        MarketTerms memory terms
    ) private pure returns (uint256) {
        if (confidence >= terms.confidenceThreshold) return 0;
        return WadMath.productUp(WAD - confidence, terms.confidenceMargin, notional);
    }
}

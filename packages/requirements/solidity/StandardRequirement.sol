// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
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
        uint256 optionInitial;
        uint256 optionMaintenance;
    }

    /// @notice Gives what is needed at each grade, WAD, maintenance ≤ exit ≤ initial, and the mark of all options.
    function standardRequirement(
        StandardBook memory book,
        MarketState memory market,
        MarketTerms memory terms
    ) internal pure returns (uint256 initial, uint256 exit, uint256 maintenance, int256 optionMark) {
        Parts memory parts;
        (parts.worstSize, parts.orders) = PerpRequirement.worstOf(book.perpSize, book.orders, market.perpPrice);
        parts.orders += book.orders.length * terms.perp.orderCharge;
        (parts.optionInitial, parts.optionMaintenance, optionMark) = OptionRequirement.requirementOf(
            book.options,
            market.spot,
            terms.option
        );
        (uint256 gross, uint256 shorts, uint256 confidence) = _grossOf(book.options, market.confidence);
        parts.shorts = shorts;
        uint256 mark = market.perpPrice;
        maintenance = _requiredAt(PerpRequirement.Grade.MAINTENANCE, mark, parts, market, terms);
        exit = Math.max(_requiredAt(PerpRequirement.Grade.EXIT, mark, parts, market, terms), maintenance);
        uint256 price = Math.max(mark, market.debtPrice);
        initial = _requiredAt(PerpRequirement.Grade.INITIAL, price, parts, market, terms);
        initial += _confidenceOf(WadMath.productUp(parts.worstSize, price), market.confidence, terms);
        initial += _confidenceOf(WadMath.productUp(gross, price), confidence, terms);
        uint256 peg = WadMath.above(terms.pegThreshold, market.settlementPrice);
        peg = WadMath.productUp(peg, terms.pegFactor);
        initial = Math.max(initial + WadMath.productUp(peg, price, parts.worstSize + shorts), exit);
    }

    function _requiredAt(
        PerpRequirement.Grade grade,
        uint256 price,
        Parts memory parts,
        MarketState memory market,
        MarketTerms memory terms
    ) private pure returns (uint256) {
        bool maintained = grade == PerpRequirement.Grade.MAINTENANCE;
        return
            PerpRequirement.requirementOf(terms.perp, parts.worstSize, price, grade, market.openInterest) +
            parts.orders +
            PerpRequirement.liquidityOf(terms.liquidity, market, parts.worstSize + parts.shorts, price) +
            (maintained ? parts.optionMaintenance : parts.optionInitial);
    }

    /// @dev Σ|quantity|, Σ of short quantities, and the lowest confidence of all feeds that touch the options.
    function _grossOf(
        HeldOption[] memory options,
        uint256 confidence
    ) private pure returns (uint256 gross, uint256 shorts, uint256 least) {
        least = confidence;
        for (uint256 i = 0; i < options.length; ++i) {
            int256 quantity = options[i].quantity;
            if (quantity < 0) shorts += uint256(-quantity);
            gross += quantity < 0 ? uint256(-quantity) : uint256(quantity);
            least = Math.min(least, options[i].confidence);
        }
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

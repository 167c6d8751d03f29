// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {LiquidityTerms, MarketState, PerpTerms, RestingOrder} from "@surety/requirements/StandardBook.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";

/// @title What a perpetual needs
/// @notice The same integers as `requirement-charges.ts` and `perpExposureOf`: WAD, rounded up.
library PerpRequirement {
    uint256 private constant WAD = 1e18;
    /// @dev Share of the price within which depth is measured.
    uint256 private constant DEPTH_SHARE = 2e16;

    /// @notice The three grades of a requirement.
    enum Grade {
        INITIAL,
        EXIT,
        MAINTENANCE
    }

    /// @notice Gives max(r, 0.8·r + factor·√size); at initial it then rises with open interest to 1, at maintenance never.
    function ratioOf(
        PerpTerms memory terms,
        uint256 size,
        Grade grade,
        uint256 openInterest
    ) internal pure returns (uint256 ratio) {
        return ratioAt(terms, WadMath.rootUp(size), grade, openInterest);
    }

    /// @notice Gives it from √size, rounded up.
    function ratioAt(
        PerpTerms memory terms,
        uint256 root,
        Grade grade,
        uint256 openInterest
    ) internal pure returns (uint256 ratio) {
        uint256 base = grade == Grade.MAINTENANCE ? terms.maintenanceRatio : terms.initialRatio;
        ratio = Math.ceilDiv(base * 4, 5) + WadMath.productUp(terms.sizeFactor, root);
        if (ratio < base) ratio = base;
        uint256 passed = WadMath.above(openInterest, terms.openInterestLower);
        uint256 span = WadMath.above(terms.openInterestUpper, terms.openInterestLower);
        if (grade != Grade.INITIAL || passed == 0 || span == 0) return ratio;
        uint256 share = passed < span ? passed : span;
        ratio += Math.mulDiv(WadMath.above(WAD, ratio), share, span, Math.Rounding.Ceil);
    }

    /// @notice Gives what a perpetual of a size needs at a price.
    function requirementOf(
        PerpTerms memory terms,
        uint256 size,
        uint256 price,
        Grade grade,
        uint256 openInterest
    ) internal pure returns (uint256) {
        return WadMath.productUp(size, price, ratioOf(terms, size, grade, openInterest));
    }

    /// @notice Gives the largest |size| if no order, all bids or all asks fill, and what is lost at once if they fill at prices
    ///         worse than the mark.
    function worstOf(
        int256 size,
        RestingOrder[] memory orders,
        uint256 mark
    ) internal pure returns (uint256 worstSize, uint256 loss) {
        int256 bids = 0;
        int256 asks = 0;
        uint256 askLoss = 0;
        for (uint256 i = 0; i < orders.length; ++i) {
            (int256 units, uint256 price) = (orders[i].size, orders[i].price);
            if (units > 0) {
                bids += units;
                loss += WadMath.productUp(uint256(units), WadMath.above(price, mark));
            } else {
                asks -= units;
                askLoss += WadMath.productUp(uint256(-units), WadMath.above(mark, price));
            }
        }
        if (askLoss > loss) loss = askLoss;
        worstSize = SignedMath.abs(size);
        worstSize = Math.max(worstSize, SignedMath.abs(size + bids));
        worstSize = Math.max(worstSize, SignedMath.abs(size - asks));
    }

    /// @notice Gives what closing so many units costs beyond the mark: value·min(most, least + impact·σ·√(size/volume)), at least
    ///         half of the depth consumed.
    function liquidityOf(
        LiquidityTerms memory terms,
        MarketState memory market,
        uint256 size,
        uint256 price
    ) internal pure returns (uint256) {
        return liquidityAt(market, size, price, shareOf(terms, market, size));
    }

    /// @notice Gives the share of its value that closing a size costs, whatever the price.
    function shareOf(
        LiquidityTerms memory terms,
        MarketState memory market,
        uint256 size
    ) internal pure returns (uint256 share) {
        // Without volume the position cannot be closed at all: the most is charged.
        share = terms.most;
        if (market.dailyVolume == 0) return share;
        uint256 shared = WadMath.rootUp(Math.mulDiv(size, WAD, market.dailyVolume, Math.Rounding.Ceil));
        return Math.min(share, terms.least + WadMath.productUp(terms.impact, market.dailyVol, shared));
    }

    /// @notice Gives `liquidityOf` from the share.
    function liquidityAt(
        MarketState memory market,
        uint256 size,
        uint256 price,
        uint256 share
    ) internal pure returns (uint256 charge) {
        if (size == 0) return 0;
        charge = WadMath.productUp(size, price, share);
        if (market.depth == 0) return charge;
        uint256 divisor = 2 * market.depth * WAD * WAD;
        return Math.max(charge, Math.mulDiv(size * size, price * DEPTH_SHARE, divisor, Math.Rounding.Ceil));
    }
}

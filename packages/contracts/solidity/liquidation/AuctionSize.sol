// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice One line that is sold: without weights, and at the exit grade.
/// @param grossWad units × price, WAD, rounded down
/// @param exitWad its value at the exit grade, WAD, at most `grossWad`
struct SaleLine {
    uint256 grossWad;
    uint256 exitWad;
}

/// @notice Inputs of the size of a bid, beside the lines. Each figure is at most 2^127 − 1.
/// @param assetsWad exit assets of all lines that count, sold or not, WAD
/// @param requiredWad maintenance requirement of all protocols, WAD
/// @param ownWad what of it the protocol requires that is bid for, WAD
/// @param burdenWad that protocol's burden, WAD
/// @param entitledWad what of the lines' net value falls to it, WAD
/// @param pricePpm price of the moment, ppm of the gross value, above 0
/// @param shareMaxWad most of the burden that the taker takes, WAD
/// @param dustWad a burden below this is not left behind, WAD
/// @param complete no line waits behind those that are sold: what they do not pay is a loss
struct SaleTerms {
    uint256 assetsWad;
    uint256 requiredWad;
    uint256 ownWad;
    uint256 burdenWad;
    uint256 entitledWad;
    uint256 pricePpm;
    uint256 shareMaxWad;
    uint256 dustWad;
    bool complete;
}

/// @notice The size of a bid.
/// @param shareWad part of the burden that moves, 1e18 is all
/// @param assumedWad burden that the taker assumes for it, WAD, rounded up
/// @param lossWad burden that nobody assumes, WAD; 0 while lines wait or the burden is covered
/// @param grossWad gross value of the lines given, WAD, rounded down
/// @param atExit the exit grade alone limited the share
struct SaleSize {
    uint256 shareWad;
    uint256 assumedWad;
    uint256 lossWad;
    uint256 grossWad;
    bool atExit;
}

/// @title The size of a bid
/// @notice The least share of a burden that brings an account to its exit grade, in exact integers.
/// @dev Pure. Every rounding is against the taker. Lines come in the order in which they are sold.
library AuctionSize {
    /// @notice A figure is above 2^127 − 1, so products of two would not fit.
    error FigureTooLarge(uint256 figure, uint256 most);

    /// @notice Largest figure.
    uint256 internal constant MOST = 2 ** 127 - 1;
    /// @notice Most that rounding of units at protocol and lines may take: a tenth of a cent, WAD.
    uint256 internal constant SLACK = 1e15;
    uint256 internal constant WAD = 1e18;
    uint256 internal constant PPM = 1_000_000;

    /// @notice Returns what of the lines' net value falls to one protocol, WAD: reserved parts first, pro rata, then the rest, pro
    ///         rata; rounded down.
    /// @param netWad net value of the lines, WAD
    /// @param burdensWad burdens of all protocols of the account, WAD
    /// @param reservedWad what each reserved when it last passed its gate, WAD
    /// @param index which protocol
    function entitlementOf(
        uint256 netWad,
        uint256[] memory burdensWad,
        uint256[] memory reservedWad,
        uint256 index
    ) internal pure returns (uint256) {
        uint256 total;
        uint256 senior;
        for (uint256 i = 0; i < burdensWad.length; ++i) {
            total = bounded(total + bounded(burdensWad[i]));
            senior += Math.min(burdensWad[i], reservedWad[i]);
        }
        uint256 burden = burdensWad[index];
        if (netWad >= total) return burden;
        uint256 own = Math.min(burden, reservedWad[index]);
        // No overflow: the total, and with it every factor here, is at most 2^127 − 1.
        unchecked {
            if (netWad < senior) return (netWad * own) / senior;
            return own + ((netWad - senior) * (burden - own)) / (total - senior);
        }
    }

    /// @notice Returns what a bid takes.
    /// @param lines that are sold, in their order
    /// @param terms see `SaleTerms`
    function sizeOf(SaleLine[] memory lines, SaleTerms memory terms) internal pure returns (SaleSize memory size) {
        _requireBounded(terms);
        uint256 whole = terms.complete ? terms.entitledWad : terms.burdenWad;
        uint256 cap =
            terms.complete || terms.entitledWad >= terms.burdenWad ? WAD : (terms.entitledWad * WAD) / terms.burdenWad;
        // Lines for a share of 1. At least one wei, so that a share can be named where nothing falls to the protocol. None are given
        // then: of a cheap token one wei is a unit, and a bid for that would book all that it owes as a loss.
        uint256 cost = bounded(Math.max(1, (whole * PPM) / terms.pricePpm));
        (bool found, uint256 valueWad) = _leastValue(lines, terms, cost, (cost * cap) / WAD);
        uint256 share = found ? Math.min(cap, Math.ceilDiv(valueWad * WAD, cost)) : cap;
        size.atExit = found;
        if (share > terms.shareMaxWad) {
            (share, size.atExit) = (terms.shareMaxWad, false);
        } else if ((terms.burdenWad * (cap - share)) / WAD < terms.dustWad) {
            if (share != cap) size.atExit = false;
            share = cap;
        }
        size.shareWad = share;
        size.grossWad = whole == 0 ? 0 : (share * cost) / WAD;
        size.assumedWad = Math.ceilDiv(share * whole, WAD);
        size.lossWad = Math.ceilDiv(share * terms.burdenWad, WAD) - size.assumedWad;
    }

    /// @notice Returns the gross value given of each line, WAD, for a value in all.
    function partsOf(SaleLine[] memory lines, uint256 grossWad) internal pure returns (uint256[] memory parts) {
        parts = new uint256[](lines.length);
        for (uint256 i = 0; i < lines.length && grossWad != 0; ++i) {
            parts[i] = Math.min(lines[i].grossWad, grossWad);
            grossWad -= parts[i];
        }
    }

    /// @notice Returns the figure; reverts if products of it would not fit.
    function bounded(uint256 figure) internal pure returns (uint256) {
        if (figure > MOST) revert FigureTooLarge(figure, MOST);
        return figure;
    }

    /// @dev The least gross value of lines, in order, that brings the account to its exit grade; none if `mostWad` does not.
    ///      Solves (G / C) · Q_p − W(G) ≥ H for G, where H is missing and W is the exit value that leaves with G.
    function _leastValue(
        SaleLine[] memory lines,
        SaleTerms memory terms,
        uint256 cost,
        uint256 mostWad
    ) private pure returns (bool found, uint256 valueWad) {
        if (terms.requiredWad <= terms.assetsWad) return (true, 0);
        uint256 missing = terms.requiredWad - terms.assetsWad + SLACK;
        (uint256 grossBefore, uint256 exitBefore) = (0, 0);
        for (uint256 i = 0; i < lines.length; ++i) {
            uint256 gross = bounded(lines[i].grossWad);
            if (gross == 0) continue;
            uint256 gain = terms.ownWad * WAD;
            uint256 given = cost * Math.ceilDiv(bounded(lines[i].exitWad) * WAD, gross);
            if (gain > given) {
                (uint256 need, uint256 had) = ((missing + exitBefore) * cost, grossBefore * terms.ownWad);
                uint256 x = need > had ? _quotientUp(need - had, gain - given) : 0;
                if (x <= gross) {
                    valueWad = grossBefore + x;
                    return valueWad < mostWad ? (true, valueWad) : (false, 0);
                }
            }
            grossBefore += gross;
            exitBefore = bounded(exitBefore + lines[i].exitWad);
            if (grossBefore >= mostWad) return (false, 0);
        }
    }

    /// @dev Returns ceil(value · 1e18 / divisor), or what no line holds if that is above 2^128.
    function _quotientUp(uint256 value, uint256 divisor) private pure returns (uint256) {
        if (value / divisor > type(uint128).max) return type(uint256).max;
        return Math.mulDiv(value, WAD, divisor, Math.Rounding.Ceil);
    }

    function _requireBounded(SaleTerms memory terms) private pure {
        bounded(terms.assetsWad);
        bounded(terms.requiredWad);
        bounded(terms.ownWad);
        bounded(terms.burdenWad);
        bounded(terms.entitledWad);
    }
}

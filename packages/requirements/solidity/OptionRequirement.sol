// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Black76} from "@surety/requirements/Black76.sol";
import {HeldOption, OptionTerms} from "@surety/requirements/StandardBook.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";

/// @title What options need by rules
/// @notice The same integers as `standard-margin.ts` has for options alone: each expiry by the rules of its single options or by
///         its greatest loss, whichever asks for less; a long option is worth nothing and needs nothing.
/// @dev Work grows with the square of the options.
library OptionRequirement {
    using SafeCast for uint256;

    /// @notice Margins of an expiry or of one option, WAD, 0 or below, and the mark, signed.
    struct Margin {
        int256 initial;
        int256 maintenance;
        int256 mark;
    }

    /// @notice Gives what all options need at initial and at maintenance, and their mark.
    /// @param spot mark of the underlying; 0 if it has none, then an expiry needs its greatest loss
    function requirementOf(
        HeldOption[] memory options,
        uint256 spot,
        OptionTerms memory terms
    ) internal pure returns (uint256 initial, uint256 maintenance, int256 mark) {
        Margin memory total;
        for (uint256 i = 0; i < options.length; ++i) {
            if (_isFirstOfExpiry(options, i)) _addExpiry(total, options, i, spot, terms);
        }
        return (_positive(-total.initial), _positive(-total.maintenance), total.mark);
    }

    function _addExpiry(
        Margin memory total,
        HeldOption[] memory options,
        uint256 first,
        uint256 spot,
        OptionTerms memory terms
    ) private pure {
        Margin memory isolated;
        uint256 expiry = options[first].secondsToExpiry;
        for (uint256 i = first; i < options.length; ++i) {
            if (options[i].secondsToExpiry == expiry) _addIsolated(isolated, options[i], spot, terms);
        }
        // Without a price no rule says less than the greatest loss.
        if (spot == 0) (isolated.initial, isolated.maintenance) = (type(int256).min, type(int256).min);
        (int256 worst, int256 unpaired, uint256 forward) = _greatestLoss(options, first);
        total.initial += SignedMath.max(
            isolated.initial,
            worst + _unpairedLoss(unpaired, forward, terms.unpairedInitialScale)
        );
        total.maintenance += SignedMath.max(
            isolated.maintenance,
            worst + _unpairedLoss(unpaired, forward, terms.unpairedMaintenanceScale)
        );
        total.mark += isolated.mark;
    }

    function _addIsolated(
        Margin memory isolated,
        HeldOption memory option,
        uint256 spot,
        OptionTerms memory terms
    ) private pure {
        int256 mark = _markOf(option);
        isolated.mark += mark;
        if (option.quantity >= 0 || spot == 0) return;
        uint256 size = uint256(-option.quantity);
        uint256 outside = option.isCall ? WadMath.above(option.strike, spot) : WadMath.above(spot, option.strike);
        // Rounded down: a smaller out-of-the-money share asks for more.
        uint256 share = WadMath.above(terms.maxSpotReq, Math.mulDiv(outside, WadMath.WAD, spot));
        if (share < terms.minSpotReq) share = terms.minSpotReq;
        int256 initial = mark - WadMath.productUp(share, spot, size).toInt256();
        int256 maintenance;
        if (option.isCall) {
            maintenance = mark - WadMath.productUp(terms.mmCallSpotReq, spot, size).toInt256();
        } else {
            int256 bySpot = -WadMath.productUp(terms.mmPutSpotReq, spot, size).toInt256();
            maintenance = mark + SignedMath.min(bySpot, WadMath.productDown(mark, terms.mmPutMtmReq));
            initial = SignedMath.min(initial, WadMath.productDown(maintenance, terms.imOverMmScale));
        }
        isolated.initial += initial;
        isolated.maintenance += maintenance;
    }

    /// @dev The greatest loss of an expiry at a price of 0 or a strike, ≤ 0; above them only net short calls lose more, which
    ///      are counted apart, with the highest forward.
    function _greatestLoss(
        HeldOption[] memory options,
        uint256 first
    ) private pure returns (int256 worst, int256 netCalls, uint256 forward) {
        uint256 expiry = options[first].secondsToExpiry;
        worst = SignedMath.min(0, _payoffAt(options, first, 0));
        for (uint256 i = first; i < options.length; ++i) {
            HeldOption memory option = options[i];
            if (option.secondsToExpiry != expiry) continue;
            worst = SignedMath.min(worst, _payoffAt(options, first, option.strike));
            if (option.isCall) netCalls += option.quantity;
            if (option.forward > forward) forward = option.forward;
        }
    }

    function _unpairedLoss(int256 netCalls, uint256 forward, uint256 scale) private pure returns (int256) {
        return netCalls < 0 ? -WadMath.productUp(uint256(-netCalls), forward, scale).toInt256() : int256(0);
    }

    /// @dev What all options of an expiry pay at a settlement price, rounded to −∞.
    function _payoffAt(
        HeldOption[] memory options,
        uint256 first,
        uint256 settlement
    ) private pure returns (int256 payoff) {
        uint256 expiry = options[first].secondsToExpiry;
        for (uint256 i = first; i < options.length; ++i) {
            HeldOption memory option = options[i];
            if (option.secondsToExpiry != expiry) continue;
            uint256 each =
                option.isCall ? WadMath.above(settlement, option.strike) : WadMath.above(option.strike, settlement);
            payoff += option.quantity * each.toInt256();
        }
        // The sum is rounded once, to −∞.
        int256 whole = payoff / int256(WadMath.WAD);
        return payoff < 0 && whole * int256(WadMath.WAD) != payoff ? whole - 1 : whole;
    }

    function _markOf(HeldOption memory option) private pure returns (int256) {
        uint256 totalVol = Black76.totalVolOf(option.vol, option.secondsToExpiry);
        (uint256 call, uint256 put) = Black76.pricesOf(option.forward, option.strike, totalVol);
        return WadMath.productDown(option.quantity, option.isCall ? call : put);
    }

    function _isFirstOfExpiry(HeldOption[] memory options, uint256 index) private pure returns (bool) {
        for (uint256 i = 0; i < index; ++i) {
            if (options[i].secondsToExpiry == options[index].secondsToExpiry) return false;
        }
        return true;
    }

    function _positive(int256 value) private pure returns (uint256) {
        return value > 0 ? uint256(value) : 0;
    }
}

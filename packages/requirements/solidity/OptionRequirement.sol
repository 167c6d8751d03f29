// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Black76} from "@surety/requirements/Black76.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
import {HeldOption, OptionTerms, emptyPlaces} from "@surety/requirements/StandardBook.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";

/// @title What options need by rules
/// @notice The same integers as `standard-margin.ts` has for options alone: each expiry by the rules of its single options or by
///         its greatest loss, whichever asks for less; a long option is worth nothing and needs nothing.
/// @dev Options are taken by expiry and strike: least work if they come in that order, and options of one expiry with one
///      volatility behind each other share what their prices have in common. A contract has gas for a dozen of them within the gate
///      of a ledger, so sums are unchecked: `_requireBounds` keeps every figure below 2^120, and with it every product below 2^241.
///      Loops read a list's places in assembly: an index would be checked by a call, and a struct that a function returns would first
///      be filled with zeros. Together that was a tenth of the gas.
library OptionRequirement {
    /// @notice A figure of an option is 2^120 or more, or there are more than 2^10 options: both beyond any market.
    error OptionBeyondBounds(HeldOption option, uint256 count);
    /// @notice The underlying's price is 2^120 or more.
    error SpotBeyondBounds(uint256 spot);

    /// @notice Margins of an expiry or of one option, WAD, 0 or below, and the mark, signed.
    struct Margin {
        int256 initial;
        int256 maintenance;
        int256 mark;
    }

    /// @dev The options of one expiry, from `first` to before `end` of all.
    struct Row {
        HeldOption[] sorted;
        uint256 first;
        uint256 end;
        uint256 spot;
    }

    /// @dev What the last priced option had: time, volatility, and what follows from them and its forward.
    struct Priced {
        uint256 secondsToExpiry;
        uint256 vol;
        uint256 totalVol;
        Black76.Expiry expiry;
    }

    /// @notice Gives what all options need at initial and at maintenance, and their mark.
    /// @param spot mark of the underlying; 0 if it has none, then an expiry needs its greatest loss
    function requirementOf(
        KernelPages memory pages,
        HeldOption[] memory options,
        uint256 spot,
        OptionTerms memory terms
    ) internal view returns (uint256 initial, uint256 maintenance, int256 mark) {
        if (spot >> 120 != 0) revert SpotBeyondBounds(spot);
        Row memory row = Row(_sorted(options), 0, 0, spot);
        Margin memory total;
        Priced memory priced;
        for (; row.end < row.sorted.length; row.first = row.end) {
            row.end = _endOf(row.sorted, row.first);
            _addExpiry(total, _isolatedOf(pages, priced, row, terms), row, terms);
        }
        return (_positive(-total.initial), _positive(-total.maintenance), total.mark);
    }

    /// @dev The first option behind those of one expiry.
    function _endOf(HeldOption[] memory sorted, uint256 first) private pure returns (uint256 end) {
        unchecked {
            uint256 expiry = sorted[first].secondsToExpiry;
            end = first + 1;
            while (end < sorted.length && sorted[end].secondsToExpiry == expiry) ++end;
        }
    }

    function _isolatedOf(
        KernelPages memory pages,
        Priced memory priced,
        Row memory row,
        OptionTerms memory terms
    ) private view returns (Margin memory isolated) {
        unchecked {
            for (uint256 i = row.first; i < row.end; ++i) {
                HeldOption memory option = row.sorted[i];
                int256 mark = _markOf(pages, priced, option);
                isolated.mark += mark;
                if (option.quantity < 0 && row.spot != 0) _addIsolated(isolated, option, mark, row.spot, terms);
            }
        }
    }

    function _addExpiry(
        Margin memory total,
        Margin memory isolated,
        Row memory row,
        OptionTerms memory terms
    ) private pure {
        unchecked {
            // Without a price no rule says less than the greatest loss.
            if (row.spot == 0) (isolated.initial, isolated.maintenance) = (type(int256).min, type(int256).min);
            (int256 worst, int256 unpaired, uint256 forward) = _greatestLoss(row.sorted, row.first, row.end);
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
    }

    /// @dev Adds what a written option needs by itself.
    function _addIsolated(
        Margin memory isolated,
        HeldOption memory option,
        int256 mark,
        uint256 spot,
        OptionTerms memory terms
    ) private pure {
        unchecked {
            uint256 size = uint256(-option.quantity);
            uint256 outside = option.isCall ? WadMath.above(option.strike, spot) : WadMath.above(spot, option.strike);
            // Rounded down: a smaller out-of-the-money share asks for more.
            uint256 share = WadMath.above(terms.maxSpotReq, WadMath.quotientDown(outside, spot));
            if (share < terms.minSpotReq) share = terms.minSpotReq;
            int256 initial = mark - int256(WadMath.productUp(share, spot, size));
            int256 maintenance;
            if (option.isCall) {
                maintenance = mark - int256(WadMath.productUp(terms.mmCallSpotReq, spot, size));
            } else {
                int256 bySpot = -int256(WadMath.productUp(terms.mmPutSpotReq, spot, size));
                maintenance = mark + SignedMath.min(bySpot, WadMath.productDown(mark, terms.mmPutMtmReq));
                initial = SignedMath.min(initial, WadMath.productDown(maintenance, terms.imOverMmScale));
            }
            isolated.initial += initial;
            isolated.maintenance += maintenance;
        }
    }

    /// @dev The greatest loss of an expiry at a price of 0 or a strike, ≤ 0; above them only net short calls lose more, which
    ///      are counted apart, with the highest forward. Each option adds its quantity to the slope of the payoff at its
    ///      strike: a call begins to pay there, a put ends.
    function _greatestLoss(
        HeldOption[] memory sorted,
        uint256 first,
        uint256 end
    ) private pure returns (int256 worst, int256 slope, uint256 forward) {
        unchecked {
            int256 payoff = 0;
            HeldOption memory option = sorted[first];
            for (uint256 i = first; i < end; ++i) {
                assembly ("memory-safe") {
                    option := mload(add(sorted, mul(0x20, add(i, 1))))
                }
                if (option.forward > forward) forward = option.forward;
                if (option.isCall) continue;
                payoff += option.quantity * int256(option.strike);
                slope -= option.quantity;
            }
            if (payoff < 0) worst = payoff;
            uint256 settlement = 0;
            for (uint256 i = first; i < end; ++i) {
                assembly ("memory-safe") {
                    option := mload(add(sorted, mul(0x20, add(i, 1))))
                }
                payoff += slope * int256(option.strike - settlement);
                if (payoff < worst) worst = payoff;
                settlement = option.strike;
                slope += option.quantity;
            }
            // The sum is rounded once, to −∞.
            worst = -int256(Math.ceilDiv(uint256(-worst), WadMath.WAD));
        }
    }

    function _unpairedLoss(int256 netCalls, uint256 forward, uint256 scale) private pure returns (int256) {
        unchecked {
            return netCalls < 0 ? -int256(WadMath.productUp(uint256(-netCalls), forward, scale)) : int256(0);
        }
    }

    function _markOf(
        KernelPages memory pages,
        Priced memory priced,
        HeldOption memory option
    ) private view returns (int256) {
        bool same = priced.secondsToExpiry == option.secondsToExpiry && priced.vol == option.vol;
        if (!same || priced.expiry.forward != option.forward) {
            if (!same) {
                (priced.secondsToExpiry, priced.vol) = (option.secondsToExpiry, option.vol);
                priced.totalVol = Black76.totalVolOf(option.vol, option.secondsToExpiry);
            }
            priced.expiry = Black76.expiryOf(pages, option.forward, priced.totalVol);
        }
        (uint256 call, uint256 put) = Black76.pricesOf(pages, priced.expiry, option.strike);
        return WadMath.productDown(option.quantity, option.isCall ? call : put);
    }

    /// @dev The options by expiry, then by strike.
    function _sorted(HeldOption[] memory options) private pure returns (HeldOption[] memory sorted) {
        unchecked {
            sorted = emptyPlaces(options.length);
            if (options.length == 0) return sorted;
            HeldOption memory option = options[0];
            for (uint256 i = 0; i < options.length; ++i) {
                assembly ("memory-safe") {
                    option := mload(add(options, mul(0x20, add(i, 1))))
                }
                _requireBounds(option, options.length);
                uint256 at = i;
                for (; at > 0 && _isBefore(option, sorted[at - 1]); --at) sorted[at] = sorted[at - 1];
                assembly ("memory-safe") {
                    mstore(add(sorted, mul(0x20, add(at, 1))), option)
                }
            }
        }
    }

    /// @dev Keeps sums that are not checked from passing a word.
    function _requireBounds(HeldOption memory option, uint256 count) private pure {
        int256 quantity = option.quantity;
        uint256 figures = uint256(quantity < 0 ? ~quantity : quantity) | option.strike | option.vol | option.forward;
        if ((figures | option.secondsToExpiry) >> 120 != 0 || count >> 10 != 0)
            revert OptionBeyondBounds(option, count);
    }

    function _isBefore(HeldOption memory a, HeldOption memory b) private pure returns (bool) {
        if (a.secondsToExpiry != b.secondsToExpiry) return a.secondsToExpiry < b.secondsToExpiry;
        return a.strike < b.strike;
    }

    function _positive(int256 value) private pure returns (uint256) {
        return value > 0 ? uint256(value) : 0;
    }
}

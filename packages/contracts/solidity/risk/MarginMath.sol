// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Factors} from "../interfaces/IRiskManager.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {SourceState} from "../edge/ReplicaLib.sol";

/// @title The formulas of `IRiskManager`
/// @dev Pure, so that the ledger freezes a weight with the same function that computes it.
library MarginMath {
    /// @notice One, in parts per million.
    uint256 internal constant PPM = 1_000_000;
    /// @notice Lowest maintenance freshness of a source that is old but was not frozen.
    uint256 internal constant FRESH_FLOOR_PPM = 500_000;
    /// @notice Loss of maintenance freshness per day above the source's floor age.
    uint256 internal constant FRESH_FALL_PPM_PER_DAY = 50_000;

    /// @notice A price is older than its longest age.
    uint256 internal constant STATUS_PRICE_STALE = 1;
    /// @notice A price was never accepted.
    uint256 internal constant STATUS_PRICE_MISSING = 2;
    /// @notice A source is older than `staleAfter`.
    uint256 internal constant STATUS_SOURCE_STALE = 4;
    /// @notice A source is at least as old as `darkAfter`.
    uint256 internal constant STATUS_SOURCE_DARK = 8;
    /// @notice A source is quarantined, halted, in recovery or closed.
    uint256 internal constant STATUS_SOURCE_FROZEN = 16;
    /// @notice The confidence of a price is wider than `CONF_MOST_PPM`.
    uint256 internal constant STATUS_PRICE_UNCERTAIN = 64;
    /// @notice A price lies further off its slow price than `APART_MOST_PPM`.
    uint256 internal constant STATUS_PRICE_DIVERGED = 128;
    /// @notice A feed gave no acceptable price when it was last asked.
    uint256 internal constant STATUS_PRICE_FAILING = 256;

    /// @notice Widest confidence of a price that opens anything, parts per million.
    uint256 internal constant CONF_MOST_PPM = 20_000;
    /// @notice Furthest that such a price lies off its slow price, in parts per million of the slow one.
    uint256 internal constant APART_MOST_PPM = 250_000;
    /// @notice Seconds within which the slow price reaches a price that stands still.
    uint256 internal constant SLOW_WINDOW_S = 3600;

    /// @notice Returns the slow price `elapsedS` seconds after it was `slow`, if `price` stood all that time: on a straight line that
    ///         reaches `price` after `SLOW_WINDOW_S`, cut toward `slow`.
    /// @dev No overflow: prices have at most 80 bits.
    function slowAt(uint256 price, uint256 slow, uint256 elapsedS) internal pure returns (uint256) {
        if (elapsedS >= SLOW_WINDOW_S) return price;
        unchecked {
            if (price > slow) return slow + ((price - slow) * elapsedS) / SLOW_WINDOW_S;
            return slow - ((slow - price) * elapsedS) / SLOW_WINDOW_S;
        }
    }

    /// @notice Returns the status bits that a price's confidence and slow price set.
    /// @dev No overflow: prices have at most 80 bits.
    function boundsOf(uint256 price, uint256 slow, uint256 confPpm) internal pure returns (uint256 status) {
        unchecked {
            if (confPpm > CONF_MOST_PPM) status = STATUS_PRICE_UNCERTAIN;
            uint256 apart = price > slow ? price - slow : slow - price;
            if (apart * PPM > slow * APART_MOST_PPM) status |= STATUS_PRICE_DIVERGED;
        }
    }

    /// @notice Returns the price that counts at grade I: the lower of price and slow price, less one and a half bands, rounded
    ///         down; at least 0.
    /// @dev No overflow: prices have at most 80 bits, a confidence 24.
    function initialPriceOf(uint256 price, uint256 slow, uint256 confPpm) internal pure returns (uint256) {
        unchecked {
            uint256 band = (3 * price * confPpm + (2 * PPM - 1)) / (2 * PPM);
            uint256 lower = _lower(price, slow);
            return lower > band ? lower - band : 0;
        }
    }

    /// @notice Returns a source's freshness at grades I and M (grade E uses M's) and its status bits.
    /// @param source the source's word
    /// @param time seconds
    function freshnessOf(
        uint256 source,
        uint256 time
    ) internal pure returns (uint256 initialPpm, uint256 maintenancePpm, uint256 status) {
        if (isFrozen(source, time)) return (0, LedgerWords.frozenOf(source) * 100, STATUS_SOURCE_FROZEN);

        // No overflow: block times have 40 bits, ages in minutes 16.
        unchecked {
            uint256 asOf = LedgerWords.asOfOf(source);
            uint256 age = time > asOf ? time - asOf : 0;
            (uint256 staleAt, uint256 darkAt, uint256 fallsAt) = LedgerWords.agesOf(source);
            (staleAt, darkAt, fallsAt) = (staleAt * 60, darkAt * 60, fallsAt * 60);

            if (age <= staleAt) return (PPM, PPM, 0);
            status = STATUS_SOURCE_STALE;
            if (age >= darkAt) status |= STATUS_SOURCE_DARK;
            else initialPpm = (PPM * (darkAt - age)) / (darkAt - staleAt);
            maintenancePpm = age <= fallsAt ? PPM : maintenanceOf(source, time);
        }
    }

    /// @notice Returns the maintenance freshness, in parts per million, of a source that is not frozen.
    /// @dev A frozen source cannot get newer. So after the freeze, its frozen freshness falls from the end of the
    ///      freeze on: the end makes no healthy account liquidatable in its own block.
    /// @param source the source's word
    /// @param time seconds
    function maintenanceOf(uint256 source, uint256 time) internal pure returns (uint256) {
        (, , uint256 fallsAt) = LedgerWords.agesOf(source);
        // No overflow: block times have 40 bits, ages and weights 16.
        unchecked {
            uint256 aged = _fallen(PPM, LedgerWords.asOfOf(source) + fallsAt * 60, time);
            if (aged < FRESH_FLOOR_PPM) aged = FRESH_FLOOR_PPM;
            uint256 thawedAt = LedgerWords.thawedOf(source);
            uint256 thawed = thawedAt == 0 ? 0 : _fallen(LedgerWords.frozenOf(source) * 100, thawedAt, time);
            return thawed > aged ? thawed : aged;
        }
    }

    /// @dev Returns a freshness that falls since a given time, at least 0.
    function _fallen(uint256 fromPpm, uint256 from, uint256 time) private pure returns (uint256) {
        if (time <= from) return fromPpm;
        // No overflow: block times have 40 bits.
        unchecked {
            uint256 fall = (FRESH_FALL_PPM_PER_DAY * (time - from) + (1 days - 1)) / 1 days;
            return fall < fromPpm ? fromPpm - fall : 0;
        }
    }

    /// @notice Returns whether a source's weights are frozen at a time; a quarantine past its end is over.
    function isFrozen(uint256 source, uint256 time) internal pure returns (bool) {
        (uint256 state, uint256 until) = LedgerWords.stateOf(source);
        if (state < uint256(SourceState.QUARANTINED)) return false;
        return state != uint256(SourceState.QUARANTINED) || time < until;
    }

    /// @notice Returns the factors of a line's weight and the source's status bits.
    function factorsOf(
        uint256 asset,
        uint256 source,
        uint256 time
    ) internal pure returns (Factors memory factors, uint256 status) {
        (uint256 baseI, uint256 baseM) = LedgerWords.baseOf(asset);
        (uint256 sourceI, uint256 sourceM) = LedgerWords.weightOf(source);
        uint256 freshI;
        uint256 freshM;
        (freshI, freshM, status) = freshnessOf(source, time);
        // Every factor is at most a million: basis points of 16 bits times 100 fit 32 bits.
        factors = Factors({
            baseI: uint32(baseI * 100),
            baseM: uint32(baseM * 100),
            sourceI: uint32(sourceI * 100),
            sourceM: uint32(sourceM * 100),
            freshI: uint32(freshI),
            freshM: uint32(freshM),
            size: uint32(PPM),
            volI: uint32(PPM),
            volM: uint32(PPM)
        });
    }

    /// @notice Returns the product of a line's factors at each grade, scaled 10^14; size and vol are one.
    /// @param asset the asset's word
    /// @param source the source's word
    /// @param freshI the source's freshness at grade I, see `freshnessOf`
    /// @param freshM the same at grades E and M
    function weightsOf(
        uint256 asset,
        uint256 source,
        uint256 freshI,
        uint256 freshM
    ) internal pure returns (uint256 initial, uint256 exit, uint256 maintenance) {
        (uint256 sourceI, uint256 sourceM) = LedgerWords.weightOf(source);
        (uint256 baseI, uint256 baseM) = LedgerWords.baseOf(asset);
        // No overflow: weights are basis points of 16 bits, freshness is ppm of at most 23.
        unchecked {
            initial = baseI * sourceI * freshI;
            exit = baseI * sourceM * freshM;
            maintenance = baseM * sourceM * freshM;
        }
    }

    /// @notice Returns the values of a line at three grades, each w_I ≤ w_E ≤ w_M by the minima; `initialPrice` is the price at
    ///         grade I, at most `price`.
    /// @dev No overflow: units < 2^112, price < 2^80 and weights < 2^55, so a product has at most 247 bits.
    function valuesOf(
        uint256 unitsInitial,
        uint256 units,
        uint256 price,
        uint256 initialPrice,
        uint256 decimals,
        uint256 initial,
        uint256 exit,
        uint256 maintenance
    ) internal pure returns (uint256 initialWad, uint256 exitWad, uint256 maintenanceWad) {
        unchecked {
            uint256 divisor = 10 ** (decimals + 8);
            maintenanceWad = (units * price * maintenance) / divisor;
            exitWad = _lower((units * price * exit) / divisor, maintenanceWad);
            if (initial != 0) initialWad = _lower((unitsInitial * initialPrice * initial) / divisor, exitWad);
        }
    }

    function _lower(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

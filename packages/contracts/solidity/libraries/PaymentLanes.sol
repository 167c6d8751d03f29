// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaymentLane} from "../interfaces/vault/VaultTypes.sol";

/// @notice The lane of an amount, and when it could be paid.
/// @param lane by the amount alone; NONE if it is above the largest payment, and then the other fields are 0
/// @param tat the lane's limiter after this amount, in units of 2^-20 s
/// @param readyAt block time in seconds from which it could be paid
struct LaneQuote {
    PaymentLane lane;
    uint64 tat;
    uint40 readyAt;
}

/// @title Dates of payments: three lanes of virtual scheduling
/// @notice For the payments of one asset at one vault: burst = limit / 4 at once, and rate = limit per day. The lanes
///         take 20, 30 and 50 percent of both, so that no payment blocks one of another size.
/// @dev With tat the lane's theoretical arrival time:
///
///          tat = max(tat, now) + amount / rate;    readyAt = max(now, tat − burst / rate) + delay(lane)
///
///      | lane   | amounts             | share of burst and rate | delay  |
///      | ------ | ------------------- | ----------------------- | ------ |
///      | SMALL  | ≤ burst / 50        | 20 %                    | 0      |
///      | MIDDLE | ≤ burst / 5         | 30 %                    | 30 min |
///      | LARGE  | ≤ 3 / 40 of limit   | 50 %                    | 24 h   |
///
///      burst / rate is six hours in every lane.
///      Safety: of what is replayed after any moment, at most burst + rate · W has become payable W seconds later. This
///      holds in each lane and so in all, with the largest limit since that moment.
///      Proof: a lane holds (tat − now) · rate units. Each replayed payment adds its units, time takes rate units a
///      second, and another limit keeps them (`rescale`). Only units that are wholly in the lane are taken out (`isLast`,
///      and last first in a rewind). So a payment that follows A units since that moment finds at least A − rate · time
///      in its lane. Its date lies as far ahead as the units beyond the burst take to flow off.
///      Amounts over rate are rounded up, and dates are rounded up to whole seconds. Nothing here reverts: times that
///      would not fit their fields stay at the largest value.
library PaymentLanes {
    /// @notice Units of a limiter in one second.
    uint256 internal constant UNITS_PER_SECOND = 1 << 20;
    /// @notice burst / rate, which is the same in every lane.
    uint256 internal constant BURST_S = 6 hours;
    uint256 internal constant MIDDLE_DELAY_S = 30 minutes;
    uint256 internal constant LARGE_DELAY_S = 24 hours;
    /// @dev Limits are stored in thousandths of a whole token, shares in percent.
    uint256 private constant THOUSANDTHS = 1_000;
    uint256 private constant PERCENT = 100;

    /// @notice Returns the lane of an amount.
    /// @dev Safety: limit < 2^64, whole ≤ 10^24 and amount < 2^128, so no product exceeds 2^150 and unchecked is exact.
    /// @param limit payments per day in thousandths of a whole token
    /// @param whole token units of one whole token
    /// @param amount token units
    function laneOf(uint64 limit, uint256 whole, uint128 amount) internal pure returns (PaymentLane) {
        unchecked {
            uint256 day = uint256(limit) * whole;
            uint256 asked = uint256(amount) * THOUSANDTHS;
            if (asked * 200 <= day) return PaymentLane.SMALL;
            if (asked * 20 <= day) return PaymentLane.MIDDLE;
            return asked * 40 <= day * 3 ? PaymentLane.LARGE : PaymentLane.NONE;
        }
    }

    /// @notice Returns the largest payment in token units, rounded down: 3 / 40 of the limit.
    /// @param limit payments per day in thousandths of a whole token
    /// @param whole token units of one whole token
    function largestUnits(uint64 limit, uint256 whole) internal pure returns (uint256) {
        unchecked {
            return (uint256(limit) * whole * 3) / (40 * THOUSANDTHS);
        }
    }

    /// @notice Returns the date of a payment that is being replayed, and the new state of its lane's limiter.
    /// @dev Safety: amount · 86,400 · 2^20 · 10^5 < 2^182; limit · whole · share < 2^151 and not 0, since limit is not.
    /// @param lane of the amount, not NONE
    /// @param limit payments per day in thousandths of a whole token, not 0
    /// @param whole token units of one whole token
    /// @param amount token units
    /// @param tat the lane's limiter before, in units of 2^-20 s
    /// @param nowS block time in seconds
    /// @return next the lane's limiter after
    /// @return readyAt block time in seconds from which the payment may be made
    function schedule(
        PaymentLane lane,
        uint64 limit,
        uint256 whole,
        uint128 amount,
        uint64 tat,
        uint256 nowS
    ) internal pure returns (uint64 next, uint40 readyAt) {
        (, uint256 delayS) = _termsOf(lane);
        uint256 time = timeOf(lane, limit, whole, amount);
        unchecked {
            uint256 start = nowS * UNITS_PER_SECOND;
            uint256 after_ = (tat > start ? tat : start) + time;
            uint256 burst = BURST_S * UNITS_PER_SECOND;
            uint256 ready = after_ > start + burst ? after_ - burst : start;
            uint256 readyS = (ready + UNITS_PER_SECOND - 1) / UNITS_PER_SECOND + delayS;
            next = after_ > type(uint64).max ? type(uint64).max : uint64(after_);
            readyAt = readyS > type(uint40).max ? type(uint40).max : uint40(readyS);
        }
    }

    /// @notice Returns a lane's limiter under another limit: it holds as many units as before, rounded up.
    /// @param tat the lane's limiter, in units of 2^-20 s
    /// @param limit payments per day in thousandths of a whole token until now
    /// @param next the same from now on, not 0
    /// @param nowS block time in seconds
    function rescale(uint64 tat, uint64 limit, uint64 next, uint256 nowS) internal pure returns (uint64) {
        unchecked {
            uint256 start = nowS * UNITS_PER_SECOND;
            if (tat <= start) return tat;
            // Safety: a product of two numbers below 2^64, and a time below 2^60.
            uint256 scaled = start + ((tat - start) * limit + next - 1) / next;
            return scaled > type(uint64).max ? type(uint64).max : uint64(scaled);
        }
    }

    /// @notice Returns whether a payment has the last place of its lane and all of that place is still in the lane, so
    ///         that it may be given back.
    /// @dev Payments behind a place keep their dates. So the part of it that time has already freed, or a place that is
    ///      not the last, would be counted twice if it were given back. With a place below a second, the date does not
    ///      show which payment is the last.
    /// @param lane of the payment, not NONE
    /// @param readyAt its date, under the present limit
    /// @param time the place that it takes in its lane, in units of 2^-20 s
    /// @param tat the lane's limiter, in units of 2^-20 s
    /// @param nowS block time in seconds
    function isLast(
        PaymentLane lane,
        uint40 readyAt,
        uint256 time,
        uint64 tat,
        uint256 nowS
    ) internal pure returns (bool) {
        (, uint256 delayS) = _termsOf(lane);
        // The delay is not part of the place: the payment leaves the lane that much earlier.
        if (readyAt <= nowS + delayS || time < UNITS_PER_SECOND) return false;
        return (readyAt - delayS + BURST_S) * UNITS_PER_SECOND >= tat;
    }

    /// @notice Returns whether the last place of a lane is still wholly in it, whichever payment has it: the lane holds
    ///         more than a burst.
    /// @param tat the lane's limiter, in units of 2^-20 s
    /// @param nowS block time in seconds
    function isAhead(uint64 tat, uint256 nowS) internal pure returns (bool) {
        return tat > (nowS + BURST_S) * UNITS_PER_SECOND;
    }

    /// @notice Returns the part of its lane that an amount uses, in units of 2^-20 s, rounded up.
    /// @param lane of the amount, not NONE
    /// @param limit payments per day in thousandths of a whole token, not 0
    /// @param whole token units of one whole token
    /// @param amount token units
    function timeOf(PaymentLane lane, uint64 limit, uint256 whole, uint128 amount) internal pure returns (uint256) {
        (uint256 share, ) = _termsOf(lane);
        unchecked {
            uint256 perDay = uint256(limit) * whole * share;
            uint256 asked = uint256(amount) * (1 days * UNITS_PER_SECOND * THOUSANDTHS * PERCENT);
            return (asked + perDay - 1) / perDay;
        }
    }

    /// @notice Returns lane, limiter and date of an amount, all zero if it is above the largest payment.
    /// @param limit payments per day in thousandths of a whole token, not 0
    /// @param whole token units of one whole token
    /// @param amount token units
    /// @param tats limiters of the small, the middle and the large lane, in units of 2^-20 s
    /// @param nowS block time in seconds
    function quote(
        uint64 limit,
        uint256 whole,
        uint128 amount,
        uint64[3] memory tats,
        uint256 nowS
    ) internal pure returns (LaneQuote memory quoted) {
        quoted.lane = laneOf(limit, whole, amount);
        if (quoted.lane == PaymentLane.NONE) return quoted;
        uint64 tat = tats[uint8(quoted.lane) - 1];
        (quoted.tat, quoted.readyAt) = schedule(quoted.lane, limit, whole, amount, tat, nowS);
    }

    function _termsOf(PaymentLane lane) private pure returns (uint256 share, uint256 delayS) {
        if (lane == PaymentLane.SMALL) return (20, 0);
        return lane == PaymentLane.MIDDLE ? (uint256(30), MIDDLE_DELAY_S) : (uint256(50), LARGE_DELAY_S);
    }
}

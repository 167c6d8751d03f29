// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A queue of its own for payments of one size; the numbers are fixed for the whole protocol.
/// @dev NONE: above the largest payment.
enum PaymentLane {
    NONE,
    SMALL,
    MIDDLE,
    LARGE
}

/// @notice Where a payment of some amount goes, and when it could be made.
/// @param lane by the amount alone; NONE if it is above the largest payment, and then the rest is 0
/// @param tat the lane's limiter after it, in units of 2^-20 s
/// @param readyAt block time in seconds from which it may be made
struct LaneQuote {
    PaymentLane lane;
    uint64 tat;
    uint40 readyAt;
}

/// @title Dates of payments: three lanes of virtual scheduling
/// @notice What one vault lets go of one asset: burst = limit / 4 at once, and rate = limit a day. The lanes take 20, 30
///         and 50 percent of both, so that no payment blocks one of another size.
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
///      burst / rate is six hours in every lane. Safety: what becomes payable in any window of W seconds is at most
///      burst + rate · W, in each lane and so in all: amounts over rate are rounded up, dates are rounded up to whole
///      seconds, and no amount takes more than 6 h − 1 s of its lane (the rounded second would need them): SMALL 36 min,
///      MIDDLE 4 h, LARGE 3.6 h. Nothing here reverts: times that would not fit their fields stay at the largest value.
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

    /// @notice Gives the lane of an amount.
    /// @dev Safety: limit < 2^64, whole ≤ 10^24 and amount < 2^128, so no product passes 2^150 and unchecked is exact.
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

    /// @notice Gives the largest payment in token units, rounded down: 3 / 40 of the limit.
    /// @param limit payments per day in thousandths of a whole token
    /// @param whole token units of one whole token
    function largestUnits(uint64 limit, uint256 whole) internal pure returns (uint256) {
        unchecked {
            return (uint256(limit) * whole * 3) / (40 * THOUSANDTHS);
        }
    }

    /// @notice Gives the date of a payment that is replayed now, and what its lane's limiter becomes.
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
        (uint256 share, uint256 delayS) = _termsOf(lane);
        unchecked {
            uint256 perDay = uint256(limit) * whole * share;
            uint256 asked = uint256(amount) * (1 days * UNITS_PER_SECOND * THOUSANDTHS * PERCENT);
            uint256 start = nowS * UNITS_PER_SECOND;
            uint256 after_ = (tat > start ? tat : start) + (asked + perDay - 1) / perDay;
            uint256 burst = BURST_S * UNITS_PER_SECOND;
            uint256 ready = after_ > start + burst ? after_ - burst : start;
            uint256 readyS = (ready + UNITS_PER_SECOND - 1) / UNITS_PER_SECOND + delayS;
            next = after_ > type(uint64).max ? type(uint64).max : uint64(after_);
            readyAt = readyS > type(uint40).max ? type(uint40).max : uint40(readyS);
        }
    }

    /// @notice Gives lane, limiter and date of an amount, all zero if it is above the largest payment.
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

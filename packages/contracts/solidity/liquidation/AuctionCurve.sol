// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The clock of an auction
/// @notice The time that an auction has run, and the discount on the gross value of lines that follows from it.
/// @dev Pure. Discounts are parts per million of the gross value, negative above it, and rounded down: against the taker.
library AuctionCurve {
    /// @notice Seconds from 1 % above the price to 2 % below it.
    uint256 internal constant FIRST_LEG_S = 120;
    /// @notice Seconds to 12 % below it.
    uint256 internal constant SECOND_LEG_S = 1_800;
    /// @notice Seconds after which the last leg would have reached 0; the clock stands 225 s earlier, 99 % below the price.
    uint256 internal constant THIRD_LEG_S = 21_600;
    /// @notice The clock runs so many times slower while frozen lines alone are left.
    uint256 internal constant FROZEN_TIMES = 12;
    /// @notice Highest discount, ppm.
    int256 internal constant MOST_PPM = 990_000;
    /// @dev Seconds for which the breach counts without another witness.
    uint256 private constant UNSEEN_S = 600;
    /// @dev Seconds of head start for missing all of maintenance, and the most of them.
    uint256 private constant HEAD_START_S = 2_000;
    uint256 private constant HEAD_START_MOST_S = 80;

    /// @notice Returns the seconds that an auction has run, with no more than was witnessed, doubled, and ten minutes.
    /// @param time now, seconds
    /// @param base from when the clock runs: the start, or the end of the last stop; may lie ahead
    /// @param seenAt when the account was last seen unhealthy, seconds
    function elapsedOf(uint256 time, uint256 base, uint256 seenAt) internal pure returns (uint256) {
        if (time <= base) return 0;
        uint256 witnessed = (seenAt > base ? 2 * (seenAt - base) : 0) + UNSEEN_S;
        return time - base < witnessed ? time - base : witnessed;
    }

    /// @notice Returns the seconds by which the clock is ahead: 20 for each percent by which maintenance is missed, at most 80.
    /// @param assetsWad maintenance assets, WAD, at most 2^127 − 1
    /// @param requiredWad maintenance requirement, WAD, at most 2^127 − 1
    function headStartOf(uint256 assetsWad, uint256 requiredWad) internal pure returns (uint256 head) {
        if (assetsWad >= requiredWad) return 0;
        head = (HEAD_START_S * (requiredWad - assetsWad)) / requiredWad;
        if (head > HEAD_START_MOST_S) head = HEAD_START_MOST_S;
    }

    /// @notice Returns the discount at a reading of the clock, ppm of the gross value: −10,000 to 990,000.
    /// @param t seconds on the clock, head start and slow class included, below 2^200
    function discountAt(uint256 t) internal pure returns (int256) {
        if (t < FIRST_LEG_S) return -10_000 + int256((30_000 * t) / FIRST_LEG_S);
        if (t < SECOND_LEG_S) {
            return 20_000 + int256((100_000 * (t - FIRST_LEG_S)) / (SECOND_LEG_S - FIRST_LEG_S));
        }
        int256 third = 120_000 + int256((880_000 * (t - SECOND_LEG_S)) / (THIRD_LEG_S - SECOND_LEG_S));
        return third < MOST_PPM ? third : MOST_PPM;
    }
}

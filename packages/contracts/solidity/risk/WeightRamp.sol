// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ramp} from "../interfaces/ledger/LedgerTypes.sol";

/// @title Maintenance weights that fall slowly
/// @notice A maintenance weight that fell at once would make healthy accounts liquidatable in the same block. It falls
///         in a straight line instead, over at least 24 hours and by at most 2.5 points a day. A line's weight is the
///         product of two such weights, which may fall together, so it loses at most 5 points a day.
/// @dev The present weight is rounded up to a whole basis point. Rounded down, a ramp that is restarted in every block
///      would lose a basis point each time, and so fall too fast. At its end the weight is exactly the target.
library WeightRamp {
    /// @notice Shortest time in seconds over which a maintenance weight falls.
    uint256 internal constant LEAST_S = 24 hours;
    /// @notice Most basis points that a maintenance weight loses in a day.
    uint256 internal constant FALL_BP_PER_DAY = 250;

    /// @notice Returns the seconds over which a weight falls by so many basis points.
    function durationOf(uint256 fallBp) internal pure returns (uint256 seconds_) {
        seconds_ = (fallBp * 1 days + FALL_BP_PER_DAY - 1) / FALL_BP_PER_DAY;
        if (seconds_ < LEAST_S) seconds_ = LEAST_S;
    }

    /// @notice Returns a ramp's weight at a time in seconds: `toBp` after its end.
    function weightAt(Ramp memory ramp, uint256 time) internal pure returns (uint256 weightBp) {
        if (time >= ramp.end) return ramp.toBp;
        if (time <= ramp.start) return ramp.fromBp;
        return
            ramp.fromBp - (uint256(ramp.fromBp - ramp.toBp) * (time - ramp.start)) / (uint256(ramp.end) - ramp.start);
    }
}

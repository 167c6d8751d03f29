// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The credit bucket of an asset
/// @notice Burst is a quarter of the cap, refill is the cap per day. Both are kept as one virtual time `tat`: the
///         bucket is full when `tat` is past and empty when it lies six hours ahead.
/// @dev Times are in ticks of 2^-16 s and fit 48 bits until 2106. Spending rounds up and room rounds down, so at most
///      burst + rate · W is let in within any time W.
library BucketMath {
    uint256 internal constant DAY = 86_400 << 16;
    uint256 internal constant BURST = DAY / 4;
    /// @notice The season level, a quarter of the burst: units taken while no more than this is in use need no season.
    uint256 internal constant SEASON = BURST / 4;
    /// @notice A credit is refused if it would move `tat` further ahead than this: more than a cap's worth on top of an
    ///         empty bucket.
    uint256 internal constant AHEAD_MAX = 2 * DAY;

    /// @notice Returns the token units that the bucket holds now.
    /// @param tat virtual time in ticks
    /// @param cap token units
    function roomOf(uint256 tat, uint256 cap) internal view returns (uint256) {
        return _roomBelow(BURST, tat, cap);
    }

    /// @notice Returns the token units that a credit may take from the bucket now without a season.
    /// @param tat virtual time in ticks
    /// @param cap token units
    function seasonRoomOf(uint256 tat, uint256 cap) internal view returns (uint256) {
        return _roomBelow(SEASON, tat, cap);
    }

    /// @notice Returns the virtual time after an amount, whether or not the bucket holds it.
    /// @dev With a cap of 0 the caller must refuse the amount before. Safety: amount · DAY is below 2^138.
    /// @param tat virtual time in ticks
    /// @param amount token units, at most 2^104
    /// @param cap token units, above 0
    function after_(uint256 tat, uint256 amount, uint256 cap) internal view returns (uint256) {
        unchecked {
            return _from(tat) + (amount * DAY + cap - 1) / cap;
        }
    }

    /// @notice Returns the time in seconds from which a bucket with this virtual time is no longer overdrawn, rounded up.
    function readyAt(uint256 tat) internal pure returns (uint256) {
        return (tat - BURST + 0xffff) >> 16;
    }

    /// @notice Returns whether an amount with this virtual time may take a place.
    function isNear(uint256 tat) internal view returns (bool) {
        return tat <= _now() + AHEAD_MAX;
    }

    /// @notice Returns the virtual time under another cap. The bucket gains no units, with or without a season, and
    ///         holds at most its burst.
    /// @param tat virtual time in ticks
    /// @param cap token units before
    /// @param next token units after
    function rescale(uint256 tat, uint256 cap, uint256 next) internal view returns (uint256) {
        uint256 ahead = _from(tat) - _now();
        uint256 scaled = _least(BURST, roomOf(tat, cap), next);
        uint256 seasoned = _least(SEASON, seasonRoomOf(tat, cap), next);
        if (seasoned > scaled) scaled = seasoned;
        // Places beyond the burst stay: they already have dates.
        if (ahead > BURST && ahead > scaled) scaled = ahead;
        return _now() + scaled;
    }

    /// @dev Returns the token units between the level of use and another level, in ticks, at most `BURST`. Safety: a cap is
    ///      at most 2^104, so no product reaches 2^144.
    function _roomBelow(uint256 level, uint256 tat, uint256 cap) private view returns (uint256) {
        unchecked {
            uint256 used = _from(tat) - _now();
            return used < level ? ((level - used) * cap) / DAY : 0;
        }
    }

    /// @dev Returns how far ahead the virtual time must lie at least, so that `room` units are left below a level in
    ///      ticks.
    function _least(uint256 level, uint256 room, uint256 cap) private pure returns (uint256) {
        uint256 kept = cap == 0 ? 0 : (room * DAY) / cap;
        return kept < level ? level - kept : 0;
    }

    function _now() private view returns (uint256) {
        return block.timestamp << 16;
    }

    function _from(uint256 tat) private view returns (uint256) {
        return tat > _now() ? tat : _now();
    }
}

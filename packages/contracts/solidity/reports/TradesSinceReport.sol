// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A protocol's own simple bound, computed on chain; WAD, rounded up.
struct StandardBound {
    uint256 initialWad;
    uint256 maintenanceWad;
}

/// @notice Bounds of an account's last trades, by position number.
/// @dev Each word: position number (64 bits), sum of the maintenance bounds of all trades so far, sum of their initial bounds (96 bits
///      each, in `UNIT`). Sums wrap: only their differences are used.
struct KeptTrades {
    uint256[32] words;
}

/// @title Bounds of the trades that came after a report
/// @notice A report about the position of some trades ago counts with the bounds of those trades alone on top. Scenarios, the worst of
///         them and bounds are subadditive: what a portfolio requires with a trade is at most what it requires without it and what the
///         trade requires by itself.
/// @dev A protocol calls `add` at every change of a position number, from the first on. A trade's bound must contain what the trade takes
///      away from what a report counts, such as a gain that is worth nothing once it is realised.
library TradesSinceReport {
    /// @notice A report counts as long as fewer trades than this have followed it.
    uint256 internal constant KEPT = 32;
    /// @dev A millionth of a dollar in WAD.
    uint256 private constant UNIT = 1e12;
    /// @dev A trade that asks for more than any assets cover. `KEPT` of them do not wrap a sum.
    uint256 private constant MOST = type(uint128).max / UNIT + 1;

    /// @notice Records a trade's own bound.
    /// @param nonce number of the position after the trade: one more than before it
    /// @param bound what the trade requires by itself, WAD; rounded up to millionths of a dollar
    function add(KeptTrades storage kept, uint64 nonce, StandardBound memory bound) internal {
        uint256 last;
        unchecked {
            last = kept.words[uint64(nonce - 1) % KEPT];
        }
        uint96 initial;
        uint96 maintenance;
        unchecked {
            initial = uint96(last) + _unitsOf(bound.initialWad);
            maintenance = uint96(last >> 96) + _unitsOf(bound.maintenanceWad);
        }
        kept.words[nonce % KEPT] = (uint256(nonce) << 192) | (uint256(maintenance) << 96) | initial;
    }

    /// @notice Returns what the trades after a report require, each by itself.
    /// @param reported number of the position that was reported
    /// @param nonce number of the present position
    /// @return known whether all those trades are kept
    function since(
        KeptTrades storage kept,
        uint64 reported,
        uint64 nonce
    ) internal view returns (bool known, StandardBound memory bound) {
        if (reported == nonce) return (true, bound);
        if (reported > nonce || nonce - reported >= KEPT) return (false, bound);
        (uint256 before, uint256 last) = (kept.words[reported % KEPT], kept.words[nonce % KEPT]);
        if (before >> 192 != reported || last >> 192 != nonce) return (false, bound);
        unchecked {
            bound.initialWad = uint256(uint96(last) - uint96(before)) * UNIT;
            bound.maintenanceWad = uint256(uint96(last >> 96) - uint96(before >> 96)) * UNIT;
        }
        return (true, bound);
    }

    /// @notice Returns the oldest position number whose report still counts.
    function oldestOf(uint64 nonce) internal pure returns (uint64) {
        return nonce < KEPT ? 0 : uint64(nonce - KEPT + 1);
    }

    function _unitsOf(uint256 wad) private pure returns (uint96) {
        uint256 units = wad / UNIT + (wad % UNIT == 0 ? 0 : 1);
        return uint96(units < MOST ? units : MOST);
    }
}

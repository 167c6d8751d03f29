// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How much of a fast limit there is by the witnesses that count
/// @notice PROTOCOL.md, section 6: degradation is a curve. All of the limit while as many witnesses are alive as must confirm, a
///         quarter with none, and between them in even steps: of two that must confirm, one leaves 5 / 8. One that has told nothing
///         for a day of what waits is not alive until it tells. While one contradicts the journal it is a quarter too, however
///         many are left. Nobody can lower it further, so what is small goes on.
library FastShare {
    /// @notice All of it, in basis points.
    uint256 internal constant WHOLE = 10_000;
    /// @notice What is left at least.
    uint256 internal constant FLOOR = 2_500;

    /// @notice Gives the share in basis points, rounded down.
    /// @param counting bit per slot, 0 … 3: a witness that is alive; other bits are ignored
    /// @param needed witnesses that must confirm, not 0
    /// @param contradicted true while one shows another head
    function shareBp(uint256 counting, uint256 needed, bool contradicted) internal pure returns (uint256) {
        if (contradicted) return FLOOR;
        uint256 alive = (counting & 1) + ((counting >> 1) & 1) + ((counting >> 2) & 1) + ((counting >> 3) & 1);
        if (alive >= needed) return WHOLE;
        unchecked {
            // Safety: fewer than `needed`, which is not 0 then.
            return FLOOR + ((WHOLE - FLOOR) * alive) / needed;
        }
    }
}

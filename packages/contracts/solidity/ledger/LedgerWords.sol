// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../edge/ReplicaLib.sol";

/// @title The packed words of lines, assets and sources
/// @notice Reads the fields that weighing needs. `LineWords` gives their positions.
/// @dev The structs of `LedgerStorage` have the same layout; a test compares the two.
library LedgerWords {
    /// @notice Bits of a line's amount.
    uint256 internal constant AMOUNT_MASK = type(uint112).max;

    /// @notice Returns a line's token units.
    function amountOf(uint256 line) internal pure returns (uint256) {
        return line & AMOUNT_MASK;
    }

    /// @notice Returns the token units of a line that do not count for grade I at a time.
    function unseasonedOf(uint256 line, uint256 time) internal pure returns (uint256) {
        return time < uint32(line >> 216) ? uint104(line >> 112) : 0;
    }

    /// @notice Returns the price slot of an asset's underlying.
    function underlyingOf(uint256 asset) internal pure returns (uint16) {
        return uint16(asset >> 32);
    }

    /// @notice Returns the price slot of an asset's own feed, 0 for none.
    function ownPriceOf(uint256 asset) internal pure returns (uint16) {
        return uint16(asset >> 224);
    }

    /// @notice Returns a token's decimals.
    function decimalsOf(uint256 asset) internal pure returns (uint256) {
        return uint8(asset >> 48);
    }

    /// @notice Returns an asset's base weights in basis points.
    function baseOf(uint256 asset) internal pure returns (uint256 initialBp, uint256 maintenanceBp) {
        return (uint16(asset >> 64), uint16(asset >> 80));
    }

    /// @notice Returns a source's weights in basis points.
    function weightOf(uint256 source) internal pure returns (uint256 initialBp, uint256 maintenanceBp) {
        return (uint16(source >> 88), uint16(source >> 104));
    }

    /// @notice Returns the time in seconds for which a source's state is known.
    function asOfOf(uint256 source) internal pure returns (uint256) {
        return uint40(source);
    }

    /// @notice Returns a source's state as stored and the end of it in seconds.
    function stateOf(uint256 source) internal pure returns (uint256 state, uint256 until) {
        return (uint8(source >> 40), uint40(source >> 48));
    }

    /// @notice Returns a source's ages in minutes.
    function agesOf(
        uint256 source
    ) internal pure returns (uint256 staleAfterMin, uint256 darkAfterMin, uint256 floorAfterMin) {
        return (uint16(source >> 192), uint16(source >> 208), uint16(source >> 224));
    }

    /// @notice Returns the time in seconds at which a source's last freeze ended, 0 if it was never frozen. Only for a
    ///         source that is not frozen now. A quarantine that is over ended at its stored end, even if no call
    ///         recorded that.
    function thawedOf(uint256 source) internal pure returns (uint256) {
        (uint256 state, uint256 until) = stateOf(source);
        return state == uint256(SourceState.QUARANTINED) ? until : uint40(source >> 152);
    }

    /// @notice Returns the maintenance freshness that a frozen source keeps, in basis points.
    function frozenOf(uint256 source) internal pure returns (uint256) {
        return source >> 240;
    }
}

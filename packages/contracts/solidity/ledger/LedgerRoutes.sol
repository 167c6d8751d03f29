// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralLedger` answers a function
/// @notice 1: `LedgerActs`, 2: `LedgerDuties`, 3: `LedgerEdges`, 4: `LedgerRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library LedgerRoutes {
    uint256 internal constant COUNT = 4;
    uint256 private constant FACTOR = 37111;
    uint256 private constant CELLS_0 = 0x0030003004300200010004000011000220040300012021040100100000000024;
    uint256 private constant CELLS_1 = 0x0200002100130000010020003000130010001201400000000001002330010210;
    uint256 private constant CELLS_2 = 0x0040000030200000110002101100000000000401000000003014230010000021;
    uint256 private constant CELLS_3 = 0x0100000000003000000100011000020103000000000010320000000000000001;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

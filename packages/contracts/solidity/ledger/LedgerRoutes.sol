// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralLedger` answers a function
/// @notice 1: `LedgerActs`, 2: `LedgerDuties`, 3: `LedgerEdges`, 4: `LedgerRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library LedgerRoutes {
    uint256 internal constant COUNT = 4;
    uint256 private constant FACTOR = 3141;
    uint256 private constant CELLS_0 = 0x0044000011002000010000040003042230300010002000020030000000400000;
    uint256 private constant CELLS_1 = 0x0003000020003000001000120000000001040000032130000130001001011000;
    uint256 private constant CELLS_2 = 0x0004011000000000000200003312101002300000011000000121130000012000;
    uint256 private constant CELLS_3 = 0x0001000100000200203000200000100031001000110401000000000000010000;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

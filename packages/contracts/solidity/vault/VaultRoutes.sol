// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultActs`, 2: `VaultExit`, 3: `VaultRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 3;
    uint256 private constant FACTOR = 285;
    uint256 private constant CELLS_0 = 0x0000202000000003000000002030100030100003000000303230000030001003;
    uint256 private constant CELLS_1 = 0x3010000000000030000000030000002001000003303000003100000000100000;
    uint256 private constant CELLS_2 = 0x0000000000003100003110010000000000303200003003002001000100010020;
    uint256 private constant CELLS_3 = 0x0330000310002031013233000000200000000010000201001010000000030000;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

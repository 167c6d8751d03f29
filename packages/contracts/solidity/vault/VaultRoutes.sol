// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultActs`, 2: `VaultExit`, 3: `VaultRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 3;
    uint256 private constant FACTOR = 841;
    uint256 private constant CELLS_0 = 0x0100300300010000000000001200003320300003031000000003001000023030;
    uint256 private constant CELLS_1 = 0x3001000031030100020000300000000010000030001000000000200030000302;
    uint256 private constant CELLS_2 = 0x0002110000000000011000000000100000020013000003001003200000003100;
    uint256 private constant CELLS_3 = 0x1300200300030300000000000230000210000100003000002000001000003310;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

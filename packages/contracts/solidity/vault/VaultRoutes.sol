// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultActs`, 2: `VaultExit`, 3: `VaultRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 3;
    uint256 private constant FACTOR = 31;
    uint256 private constant CELLS_0 = 0x0000000000000000130000000010310113010001000000030000102002010010;
    uint256 private constant CELLS_1 = 0x0300010000110001000300100000000100110120300130000000000030000000;
    uint256 private constant CELLS_2 = 0x0000000000000000000002000000020000000000001000001013000000201100;
    uint256 private constant CELLS_3 = 0x0100000001001000000002200000021011100000210021000000100000001000;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

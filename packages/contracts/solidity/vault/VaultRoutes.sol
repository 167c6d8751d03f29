// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultActs`, 2: `VaultExit`, 3: `VaultRewind`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 3;
    uint256 private constant FACTOR = 229;
    uint256 private constant CELLS_0 = 0x0000030003300000000001000300033012102003010000300100300030000002;
    uint256 private constant CELLS_1 = 0x0031000000002003200000000020010330020300000300110000000000000301;
    uint256 private constant CELLS_2 = 0x0002000000020003111000000000300300000001000010010013030000003002;
    uint256 private constant CELLS_3 = 0x1003010000302300000003030002020030010000000000002001030100000000;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

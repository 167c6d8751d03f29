// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultPayments`, 2: `VaultLosses`, 3: `VaultRewind`, 4: `VaultWitnesses`, 5: `VaultExit`, 6: `VaultAdmin`, 7: `VaultViews`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 7;
    uint256 private constant FACTOR = 10641;
    uint256 private constant CELLS_0 = 0x7070400000000000000020000000000000076000005405300000707000000010;
    uint256 private constant CELLS_1 = 0x0000107000670000007000000000000007601706000000000400000307003000;
    uint256 private constant CELLS_2 = 0x7000006000060050000000000700070070000670010100600000404000000001;
    uint256 private constant CELLS_3 = 0x0710700457000600207700503000507043007000060500000010014254700004;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralVault` answers a function
/// @notice 1: `VaultPayments`, 2: `VaultLosses`, 3: `VaultRewind`, 4: `VaultWitnesses`, 5: `VaultExit`, 6: `VaultAdmin`, 7: `VaultViews`.
/// @dev Written by `contracts:check -- --write` from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library VaultRoutes {
    uint256 internal constant COUNT = 7;
    uint256 private constant FACTOR = 16519;
    uint256 private constant CELLS_0 = 0x0000600000000000775000000000700007000000016701040005000000007304;
    uint256 private constant CELLS_1 = 0x1000010070005070000600300750000000002760000000750710530003007007;
    uint256 private constant CELLS_2 = 0x3000000700060000760030170000000707500500000060006000070630000200;
    uint256 private constant CELLS_3 = 0x0000040060004004400500020000000070000006707100740414070000004300;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

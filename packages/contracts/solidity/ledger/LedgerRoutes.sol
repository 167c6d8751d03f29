// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralLedger` answers a function
/// @notice 1: `LedgerAccounts`, 2: `LedgerProtocols`, 3: `LedgerTerms`, 4: `LedgerLosses`, 5: `LedgerRewind`, 6: `LedgerViews`.
/// @dev Written by `contracts:check -- --write` from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library LedgerRoutes {
    uint256 internal constant COUNT = 6;
    uint256 private constant FACTOR = 15673;
    uint256 private constant CELLS_0 = 0x0066500660000066000000600000500606300000020400006000000000210000;
    uint256 private constant CELLS_1 = 0x0500000300060600100004610010000000400000600660004000006000050000;
    uint256 private constant CELLS_2 = 0x1063000060200002000336003600405000011630330000602062655030600026;
    uint256 private constant CELLS_3 = 0x0066060200660000060200000100006000300600006000000630002020036006;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

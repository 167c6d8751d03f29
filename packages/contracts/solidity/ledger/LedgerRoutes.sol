// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which module of a `CollateralLedger` answers a function
/// @notice 1: `LedgerAccounts`, 2: `LedgerProtocols`, 3: `LedgerTerms`, 4: `LedgerLosses`, 5: `LedgerRewind`, 6: `LedgerViews`.
/// @dev Written by tools/check-contracts.mjs from the compiled modules, and compared with them; do not edit. A selector's cell is
///      the top byte of its product with `FACTOR`; no two modules share a cell. A selector that nobody declares finds an empty
///      cell, or a module that refuses it.
library LedgerRoutes {
    uint256 internal constant COUNT = 6;
    uint256 private constant FACTOR = 11941;
    uint256 private constant CELLS_0 = 0x0060060060603006403006060400000010066666000106003000020000000000;
    uint256 private constant CELLS_1 = 0x0602010210065000600600306302066305000000606600000000010006000006;
    uint256 private constant CELLS_2 = 0x0000060000300041100300010006000000600000000000200003200000006002;
    uint256 private constant CELLS_3 = 0x0066000204006200000040000000606200006002603000060000600050500003;

    /// @notice Gives the number of the module to ask, 0 if none declares the function.
    function moduleOf(bytes4 selector) internal pure returns (uint256) {
        unchecked {
            uint256 cell = uint32(uint32(selector) * FACTOR) >> 24;
            uint256 word = cell < 128 ? (cell < 64 ? CELLS_0 : CELLS_1) : (cell < 192 ? CELLS_2 : CELLS_3);
            return (word >> ((cell % 64) * 4)) & 0xf;
        }
    }
}

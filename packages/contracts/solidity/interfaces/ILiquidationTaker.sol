// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title A contract that bids and acts between the lines and the burden
interface ILiquidationTaker {
    /// @notice The lines are on the taker's account, the burden is not there yet.
    /// @dev [the auction] Must answer its own selector. What it cannot pay by the end of the call is owed, under the ledger's gate.
    /// @param account in liquidation
    /// @param to account that got the lines
    /// @param assetIds ledger-wide indices of the lines
    /// @param amounts token units of each
    /// @param assumedWad burden that follows, WAD
    /// @param data as given to the bid
    /// @return this function's selector
    function onLinesTaken(
        bytes32 account,
        bytes32 to,
        uint16[] calldata assetIds,
        uint128[] calldata amounts,
        uint256 assumedWad,
        bytes calldata data
    ) external returns (bytes4);
}

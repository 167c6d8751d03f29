// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title The gate of a market
/// @notice A market asks by `staticcall` with 200,000 gas; an answer that is not exactly the word 1 refuses. It is never asked about a
///         repayment, a redemption or a write-off.
interface IMarketGate {
    /// @notice Returns whether an address may get shares of the market or of its tranche.
    function mayLend(address lender) external view returns (bool);

    /// @notice Returns whether an account may borrow.
    /// @param account see `ILedgerCore`
    function mayOwe(bytes32 account) external view returns (bool);

    /// @notice Returns whether an account may take over what another one owes.
    /// @param account see `ILedgerCore`
    function mayTake(bytes32 account) external view returns (bool);
}

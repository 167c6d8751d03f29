// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What is done to a ledger's edges beside replaying them
/// @notice Freeing what is parked.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does; errors and events are those of `ICollateralLedger` where this
///      interface declares none.
interface ILedgerEdges {
    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Credits what was parked, once its reason is gone; its fee goes to the caller's account.
    /// @dev Reverts while the reason stands, and says until when where a time is known. An amount that the bucket does not hold
    ///      now takes its place in it instead (`Postponed`) and is credited by a later call.
    /// @param source index of the source
    /// @param index the number that `Parked` named
    function unpark(uint16 source, uint96 index) external;
}

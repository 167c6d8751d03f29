// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a protocol implements to tell what it requires of an account
/// @notice Called by the ledger with `staticcall`, at most 150,000 gas, and an answer of exactly 128 bytes.
/// @dev A revert, another size, a figure above 2^128 − 1 or a nonce above 2^64 − 1 counts as a failure: the initial requirement
///      is then infinite and maintenance what the last gate recorded. After a change of the position the protocol calls
///      `ILedgerActs.gate`, which asks this function and refuses the change if the margin does not cover it.
interface IMarginRequirement {
    /// @notice Gives the account's requirement.
    /// @param account see `ICollateralLedger`
    /// @return initialWad WAD, rounded up
    /// @return maintenanceWad WAD, rounded up, at most `initialWad`: a lower initial figure counts as this one
    /// @return positionNonce rises with every change of the position
    /// @return asOf time in seconds of the oldest input
    function requirementOf(
        bytes32 account
    ) external view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf);
}

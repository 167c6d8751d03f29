// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a protocol implements to tell what it requires of an account
/// @notice Called by the ledger with `staticcall`, limited gas, and an answer of exactly 128 bytes.
/// @dev A revert, another size, a figure above 2^128 − 1 or a nonce above 2^64 − 1 counts as a failure: the initial requirement
///      is then infinite, and maintenance the larger of what the last gate recorded and what was observed since. After a change
///      of the position the protocol calls `ILedgerProtocols.gate`, which asks this function and refuses the change if the margin
///      does not cover it.
///
///      Gas: 150,000 at the protocol's own gate, 3,900,000 in every other reading. What a position has just written is warm at the
///      gate and cold ever after: a slot costs 100 gas there and 2,100 later, another contract 100 and 2,600. 3,900,000 is 26
///      times 150,000, so an answer that passed the gate can be read for as long as the position stays as it is. Two things are
///      the protocol's own: a position that grows without the gate, and a call inside this function that it limits to a fixed
///      amount of gas. Forge runs a test as one transaction, in which everything is warm: `ColdReadings` in `testing` reads as
///      the ledger does later, from cold storage.
///
///      Do not let this function revert while a call into the protocol runs (a reentrancy lock on views): the ledger then takes
///      the protocol for one that fails. Return the figures from before the call, or the larger ones.
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

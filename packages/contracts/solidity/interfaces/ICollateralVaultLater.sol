// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What later releases add to the vault
/// @dev Nothing inherits this yet. Signatures are fixed here so that later code adds and does not move; the events are in
///      `ICollateralVault`, the storage in `VaultBase`.
interface ICollateralVaultLater {
    /// @notice Lets an operator of the settlement chain act for the caller's sub-account.
    /// @param sub number of the caller's sub-account
    /// @param operator address on the settlement chain, 0 for none
    function appoint(uint80 sub, address operator) external;

    /// @notice Records that the vault holds less of a token than is accounted, or that it no longer does.
    /// @param asset index of the token, from 1
    function report(uint16 asset) external;

    /// @notice Stops a payment and appends its refund. [guardian]
    /// @param seq sequence number of the release: generation · 2^64 + n
    /// @param reason why, kept in the event
    function stop(uint96 seq, bytes32 reason) external;

    /// @notice Compares a stored mark with what a witness recorded.
    /// @param witness number of the witness
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title One independent way to learn the head of a remote journal
/// @notice The contract on the journal's chain publishes (count, head) of a journal; its twin on the destination
///         records what arrives.
/// @dev Safety: a record comes from the transport, never from a caller. There is one permanent record per (edge,
///      count).
interface IHeadWitness {
    /// @notice A head was sent.
    event HeadPublished(bytes32 indexed edge, uint64 count, bytes32 head);
    /// @notice A head arrived.
    event HeadRecorded(bytes32 indexed edge, uint64 count, bytes32 head);

    /// @notice Sends the journal's present (count, head). Anyone may call it and pay the transport's fee.
    function publish(bytes32 edge) external payable;

    /// @notice Returns the current cost of `publish`, in wei.
    function quotePublish(bytes32 edge) external view returns (uint256 wei_);

    /// @notice Returns the head recorded for a count, 0 if none.
    function headAt(bytes32 edge, uint64 count) external view returns (bytes32 head);

    /// @notice Returns the highest count recorded, its head, and when it arrived in seconds.
    function latest(bytes32 edge) external view returns (uint64 count, bytes32 head, uint40 arrivedAt);

    /// @notice Returns the transport: "layerzero", "wormhole" or "state-proof".
    function kind() external pure returns (bytes32);

    /// @notice Returns the finality that the transport waits for, in its own words.
    function finality() external view returns (bytes32);
}

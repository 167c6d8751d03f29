// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A set of Wormhole's guardians.
/// @param keys addresses of their keys, by index
/// @param expirationTime block time in seconds until which a replaced set still signs; 0 if it was not replaced
struct GuardianSet {
    address[] keys;
    uint32 expirationTime;
}

/// @title The part of Wormhole's core contract that a witness calls
interface IWormholeCore {
    /// @notice Publishes a message; the value must equal `messageFee`.
    function publishMessage(
        uint32 nonce,
        bytes calldata payload,
        uint8 consistencyLevel
    ) external payable returns (uint64 sequence);

    /// @notice Returns what a message costs, in wei.
    function messageFee() external view returns (uint256 wei_);

    /// @notice Returns a set of guardians; an unknown set has no keys.
    function getGuardianSet(uint32 index) external view returns (GuardianSet memory set);

    /// @notice Returns the index of the present set.
    function getCurrentGuardianSetIndex() external view returns (uint32 index);
}

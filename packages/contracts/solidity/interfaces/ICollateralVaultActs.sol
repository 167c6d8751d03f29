// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Rare acts on a vault: what governor, guardian, pauser and anyone may do beside locking, replaying and paying
/// @notice Answers at the vault's own address; errors and events are those of `ICollateralVault`.
/// @dev Safety: nothing here moves a token or changes what is accounted. Liveness: pauses end by themselves.
interface ICollateralVaultActs {
    /// @notice Lists a token. [governor]
    /// @param token ERC-20 contract; it must state these decimals if it states any
    /// @param decimals at most 24
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    /// @return asset the token's index, from 1
    function listAsset(
        address token,
        uint8 decimals,
        uint64 min,
        uint64 cap,
        uint64 limit
    ) external returns (uint16 asset);

    /// @notice Sets the limits of a token, in the units of `listAsset`. [governor]
    /// @param asset index of the token, from 1
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    function setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) external;

    /// @notice Pauses acts on one token, or on every token listed now. [pauser]
    /// @dev Ends by itself at `until`, at most 72 h ahead. A pause that begins less than 72 h after the end of the one
    ///      before is in a row with it, and at most two are. With asset 0, tokens whose row is used up and tokens that are
    ///      paused for longer are left as they are.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    /// @param until time in seconds
    function pause(uint8 flags, uint16 asset, uint40 until) external;

    /// @notice Lifts pauses of one token, or of every token. [governor]
    /// @dev Rows of pauses are not forgotten.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    function unpause(uint8 flags, uint16 asset) external;
}

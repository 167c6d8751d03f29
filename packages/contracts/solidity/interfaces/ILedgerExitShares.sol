// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a protocol may claim in an exit
/// @notice A vault whose attesters are gone pays by storage proof of this ledger (`IVaultExit`). What belongs to whom of an
///         account with protocols is what those registered here before: nobody can ask them then.
interface ILedgerExitShares {
    /// @notice No share can be registered like that: above 10,000 basis points, or nobody to claim it.
    error ExitShareRefused(address claimant, uint16 shareBp);

    /// @notice A protocol registered its share of an account.
    event ExitShareSet(bytes32 indexed account, address indexed protocol, address claimant, uint16 shareBp);

    /// @notice Registers the calling protocol's share of every line and parked credit of an account, at every vault.
    /// @dev [protocol that the account opted in to] Counts in exits alone, and only as of the block that a vault's exit proves. It
    ///      lapses when the account opts out. Shares of several protocols that sum to more than the whole are scaled to it.
    /// @param account owner ‖ home ‖ sub-account
    /// @param claimant address on the vaults' chains that claims the share; the protocol answers for being that on each
    /// @param shareBp basis points, at most 10,000; 0 takes the registration back
    function setExitShare(bytes32 account, address claimant, uint16 shareBp) external;

    /// @notice Gives what a protocol registered: who claims, and basis points.
    function exitShareOf(bytes32 account, address protocol) external view returns (address claimant, uint16 shareBp);
}

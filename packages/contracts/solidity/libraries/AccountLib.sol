// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Accounts as 32 bytes
/// @notice account = owner address (20 bytes) ‖ home (uint16) ‖ sub-account (uint80).
library AccountLib {
    /// @notice Builds an account.
    /// @param owner address that owns it
    /// @param home 0: the owner lives on the settlement chain; h: on the chain of source h
    /// @param sub 0: cross margin; any other: isolated
    function encode(address owner, uint16 home, uint80 sub) internal pure returns (bytes32 account) {
        return bytes32(abi.encodePacked(owner, home, sub));
    }

    /// @notice Returns the address that owns the account.
    /// @param account owner ‖ home ‖ sub-account
    function ownerOf(bytes32 account) internal pure returns (address) {
        return address(bytes20(account));
    }

    /// @notice Returns the source on whose chain the owner lives, 0 for the settlement chain.
    /// @param account owner ‖ home ‖ sub-account
    function homeOf(bytes32 account) internal pure returns (uint16) {
        return uint16(bytes2(account << 160));
    }

    /// @notice Returns the sub-account's number.
    /// @param account owner ‖ home ‖ sub-account
    function subOf(bytes32 account) internal pure returns (uint80) {
        return uint80(uint256(account));
    }

    /// @notice Returns whether an address is a contract without a key of its own.
    /// @dev An account with a delegation (EIP-7702) has 23 bytes of code and still has its key on every chain.
    function isContract(address owner) internal view returns (bool) {
        uint256 length = owner.code.length;
        if (length == 0) return false;
        return length != 23 || bytes3(owner.code) != 0xef0100;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Passing a call on to another part of the same contract
/// @notice A vault and a ledger are each built of parts with one storage layout (compared in the build); what one part does not
///         declare it passes on to the next.
library Forwarding {
    /// @notice The part has no code: the caller was called directly, and not through the contract that it is a part of.
    error PartMissing(address part);

    /// @notice Carries out the call at hand with another part's code, on this contract's storage, and ends it with that
    ///         part's answer. Never returns.
    /// @dev Safety: the caller names an address that is fixed for ever.
    function pass(address part) internal {
        assembly ("memory-safe") {
            let place := mload(0x40)
            calldatacopy(place, 0, calldatasize())
            let done := delegatecall(gas(), part, place, calldatasize(), 0, 0)
            returndatacopy(place, 0, returndatasize())
            if iszero(done) {
                revert(place, returndatasize())
            }
            return(place, returndatasize())
        }
    }

    /// @notice Gives the first contract that a contract created, by the address alone.
    /// @dev A contract's nonce begins at 1 (EIP-161); the address is the hash of the RLP list (creator, 1).
    /// @param creator a contract that has created one
    function firstOf(address creator) internal view returns (address part) {
        part = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", creator, hex"01")))));
        if (part.code.length == 0) revert PartMissing(part);
    }
}

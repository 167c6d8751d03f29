// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead} from "./IEdge.sol";

/// @title EIP-712 struct hashes of the messages that attesters sign
/// @dev The domain belongs to the verifier: name "Surety", version "1", chain id of the destination, its address.
library Statements {
    /// @notice The epoch of a statement that nobody signs: its journal is read on this chain, see `LocalHeads`.
    uint32 internal constant LOCAL_EPOCH = type(uint32).max;
    /// @notice EIP-712 type of `JournalHead`.
    bytes32 internal constant JOURNAL_HEAD_TYPE = keccak256(
        "JournalHead(bytes32 edge,uint64 count,uint64 tip,bytes32 head,uint64 blockNumber,bytes32 blockHash,uint64 asOf,uint32 epoch)"
    );
    /// @notice EIP-712 type of a rotation; `members` is keccak256 of the sorted packed addresses.
    bytes32 internal constant ROTATION_TYPE = keccak256("Rotation(uint32 epoch,bytes32 members,uint64 activeFrom)");
    /// @notice EIP-712 type of a halt.
    bytes32 internal constant HALT_TYPE = keccak256("Halt(bytes32 edge,uint64 nonce,uint32 epoch)");
    /// @notice EIP-712 type of a verifier's domain.
    bytes32 internal constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice Returns the struct hash of a journal head.
    /// @dev In calldata the eight fields are the eight words that EIP-712 hashes after the type. Bits outside a field are
    ///      hashed as given: nobody signs such a statement.
    /// @param statement what attesters sign
    function hashOf(JournalHead calldata statement) internal pure returns (bytes32 structHash) {
        bytes32 typeHash = JOURNAL_HEAD_TYPE;
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, typeHash)
            calldatacopy(add(words, 0x20), statement, 0x100)
            structHash := keccak256(words, 0x120)
        }
    }

    /// @notice Returns the struct hash of a rotation.
    /// @param epoch number of the new set
    /// @param members keccak256 of the sorted packed addresses
    /// @param activeFrom time in seconds
    function rotationHashOf(uint32 epoch, bytes32 members, uint64 activeFrom) internal pure returns (bytes32) {
        return keccak256(abi.encode(ROTATION_TYPE, epoch, members, activeFrom));
    }

    /// @notice Returns the struct hash of a halt.
    /// @param edge name of the edge
    /// @param nonce how often the edge was cleared before
    /// @param epoch the active set
    function haltHashOf(bytes32 edge, uint64 nonce, uint32 epoch) internal pure returns (bytes32) {
        return keccak256(abi.encode(HALT_TYPE, edge, nonce, epoch));
    }

    /// @notice Returns the domain separator of a verifier.
    /// @param chainId chain of the verifier
    /// @param verifyingContract the verifier
    function domainSeparatorOf(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPE, keccak256(bytes("Surety")), keccak256(bytes("1")), chainId, verifyingContract)
            );
    }

    /// @notice Returns the 32 bytes that are signed: keccak256(0x1901 ‖ domain separator ‖ struct hash).
    /// @param domainSeparator of the verifier
    /// @param structHash EIP-712 struct hash
    function digestOf(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, shl(240, 0x1901))
            mstore(add(words, 2), domainSeparator)
            mstore(add(words, 34), structHash)
            digest := keccak256(words, 66)
        }
    }
}

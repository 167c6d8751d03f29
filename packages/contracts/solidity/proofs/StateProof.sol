// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rlp} from "./Rlp.sol";
import {TrieProof} from "./TrieProof.sol";

/// @notice The fields of a block's header.
/// @param hash of the block
/// @param stateRoot of all accounts after the block
/// @param number height of the block
/// @param timestamp of the block in seconds
struct BlockFacts {
    bytes32 hash;
    bytes32 stateRoot;
    uint64 number;
    uint64 timestamp;
}

/// @notice The fields of an account under a state root.
/// @param storageRoot of its slots
/// @param codeHash of its code
struct AccountFacts {
    bytes32 storageRoot;
    bytes32 codeHash;
}

/// @title Headers, accounts and storage slots of another chain
/// @notice Reads the results of `eth_getProof` and a header's RLP, under a block hash that the caller trusts.
/// @dev Safety: nothing here shows that a hash belongs to a real block; the caller must know that.
library StateProof {
    /// @dev Fields that every header has had since the first block; later forks append others.
    uint256 private constant HEADER_FIELDS_MIN = 15;

    /// @notice The header has fewer fields than the first block's.
    error HeaderTooShort(uint256 fields, uint256 expected);
    /// @notice The account does not exist in that block.
    error AccountMissing(address account);

    /// @notice Reads a header. Fields are found by position, so fields that later forks append do not matter.
    /// @param header RLP of the header
    function readHeader(bytes calldata header) internal pure returns (BlockFacts memory facts) {
        facts.hash = keccak256(header);
        bytes calldata rest = Rlp.listOf(header);
        uint256 value;
        uint256 field = 0;
        for (; rest.length != 0; ++field) {
            if (field == 3) {
                (facts.stateRoot, rest) = Rlp.takeWord(rest);
            } else if (field == 8) {
                (value, rest) = Rlp.takeInteger(rest, 8);
                facts.number = uint64(value);
            } else if (field == 11) {
                (value, rest) = Rlp.takeInteger(rest, 8);
                facts.timestamp = uint64(value);
            } else {
                (, , uint256 end) = Rlp.first(rest);
                rest = rest[end:];
            }
        }
        if (field < HEADER_FIELDS_MIN) revert HeaderTooShort(field, HEADER_FIELDS_MIN);
    }

    /// @notice Returns an account's storage root and code hash; reverts if the account provably does not exist.
    /// @param stateRoot of the block
    /// @param account address
    /// @param nodes account proof
    function readAccount(
        bytes32 stateRoot,
        address account,
        bytes[] calldata nodes
    ) internal pure returns (AccountFacts memory facts) {
        bytes calldata leaf = TrieProof.read(stateRoot, _keyOf(abi.encodePacked(account)), nodes);
        if (leaf.length == 0) revert AccountMissing(account);
        bytes calldata rest = Rlp.listOf(leaf);
        (, rest) = Rlp.takeInteger(rest, 8);
        (, rest) = Rlp.takeInteger(rest, 32);
        (facts.storageRoot, rest) = Rlp.takeWord(rest);
        (facts.codeHash, rest) = Rlp.takeWord(rest);
        if (rest.length != 0) revert Rlp.RlpTrailing(leaf.length, leaf.length - rest.length);
    }

    /// @notice Returns the word in a storage slot, 0 if the slot is provably empty.
    /// @dev A chain's trie drops a slot that becomes 0; a local node's may keep it, with 0.
    /// @param storageRoot of the account
    /// @param slot number of the slot
    /// @param nodes storage proof
    function readSlot(bytes32 storageRoot, bytes32 slot, bytes[] calldata nodes) internal pure returns (uint256 word) {
        bytes calldata leaf = TrieProof.read(storageRoot, _keyOf(abi.encodePacked(slot)), nodes);
        if (leaf.length == 0) return 0;
        bytes calldata rest;
        (word, rest) = Rlp.takeInteger(leaf, 32);
        if (rest.length != 0) revert Rlp.RlpTrailing(leaf.length, leaf.length - rest.length);
    }

    /// @dev State tries are keyed by hashes.
    function _keyOf(bytes memory preimage) private pure returns (bytes memory) {
        return abi.encodePacked(keccak256(preimage));
    }
}

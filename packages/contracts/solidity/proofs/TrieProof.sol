// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rlp} from "./Rlp.sol";

/// @title Proofs of the value under a key of a Merkle-Patricia trie
/// @notice Walks the nodes of a proof from the root along the key. The nodes on that path prove a value, or its
///         absence. Each must hash to what its parent names, and a node that the walk does not use is refused.
/// @dev Ethereum Yellow Paper, appendix D. Safety: whatever the nodes hold, a value is returned only if a trie with
///      that root holds it there, and absence only if the trie holds none. This assumes that keccak256 has no
///      collisions and that the root is a trie's. Every step uses at least one nibble of the key, so a walk has at most
///      2 · key length + 1 steps. Children below 32 bytes lie in their parents and are walked in place.
library TrieProof {
    /// @notice keccak256 of the RLP of an empty string: the root of a trie without entries.
    bytes32 internal constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;

    uint256 private constant BRANCH_ITEMS = 17;
    uint256 private constant PREFIX_ODD = 0x10;
    uint256 private constant PREFIX_LEAF = 0x20;
    uint256 private constant PREFIX_END = 0x40;

    /// @notice The walk needs more nodes than were given.
    error NodeMissing(uint256 given);
    /// @notice A node is not the one that its parent, or the root, names.
    error NodeHashMismatch(uint256 index, bytes32 hash, bytes32 expected);
    /// @notice The walk ended before it used every node.
    error NodesUnused(uint256 used, uint256 given);
    /// @notice The node is invalid in a trie: neither 2 nor 17 items, a path without a valid prefix, an extension that is
    ///         empty or leads to no branch, a child of the wrong length, or a leaf without a value.
    error NodeMalformed(uint256 index);

    /// @dev Position of a walk: the node, the nodes used, and the nibbles used.
    struct Walk {
        uint256 used;
        uint256 at;
        bool branchNeeded;
    }

    /// @notice Returns the bytes stored under a key; empty if the trie provably holds none, since a trie never holds an
    ///         empty value.
    /// @dev Reverts for anything else.
    /// @param root of the trie
    /// @param key as the trie has it: already hashed if the trie hashes its keys
    /// @param nodes on the key's path, top down; for an empty trie none, or the one empty node
    function read(bytes32 root, bytes memory key, bytes[] calldata nodes) internal pure returns (bytes calldata value) {
        value = _nothing();
        Walk memory walk;
        if (root == EMPTY_ROOT) {
            if (nodes.length != 0) {
                _take(walk, nodes, root);
                _finish(walk, nodes);
            }
            return value;
        }
        bytes calldata node = _take(walk, nodes, root);
        uint256 nibbles = key.length * 2;
        while (true) {
            bytes calldata items = Rlp.listOf(node);
            (bool isList, uint256 start, uint256 end) = Rlp.first(items);
            (, , uint256 second) = Rlp.first(items[end:]);
            bytes calldata child;
            if (end + second == items.length) {
                if (isList || walk.branchNeeded) revert NodeMalformed(walk.used - 1);
                (bool matches, bool leaf) = _followPath(walk, items[start:end], key);
                child = items[end:];
                if (leaf) {
                    value = _valueOf(walk, child);
                    if (value.length == 0) revert NodeMalformed(walk.used - 1);
                    _finish(walk, nodes);
                    return matches && walk.at == nibbles ? value : _nothing();
                }
                if (!matches) {
                    _finish(walk, nodes);
                    return value;
                }
                walk.branchNeeded = true;
            } else {
                child = _childOf(walk, items, walk.at == nibbles ? BRANCH_ITEMS - 1 : _nibbleOf(key, walk.at));
                if (walk.at == nibbles || uint8(child[0]) == 0x80) {
                    value = _valueOf(walk, child);
                    _finish(walk, nodes);
                    return value;
                }
                ++walk.at;
                walk.branchNeeded = false;
            }
            node = _follow(walk, nodes, child);
        }
    }

    /// @dev Uses the next node, which must hash to the word.
    function _take(
        Walk memory walk,
        bytes[] calldata nodes,
        bytes32 expected
    ) private pure returns (bytes calldata node) {
        if (walk.used == nodes.length) revert NodeMissing(nodes.length);
        node = nodes[walk.used];
        bytes32 hash = keccak256(node);
        if (hash != expected) revert NodeHashMismatch(walk.used, hash, expected);
        ++walk.used;
    }

    /// @dev Moves to a child: in place if it lies in its parent, else to the next node.
    function _follow(
        Walk memory walk,
        bytes[] calldata nodes,
        bytes calldata child
    ) private pure returns (bytes calldata) {
        (bool isList, uint256 start, uint256 end) = Rlp.first(child);
        if (isList) {
            // A node of 32 bytes or more is always referenced by its hash.
            if (end >= 32) revert NodeMalformed(walk.used - 1);
            return child;
        }
        if (end - start != 32) revert NodeMalformed(walk.used - 1);
        bytes calldata node = _take(walk, nodes, bytes32(child[start:end]));
        if (node.length < 32) revert NodeMalformed(walk.used - 1);
        return node;
    }

    /// @dev Returns one whole item of a branch, which must have 17.
    function _childOf(
        Walk memory walk,
        bytes calldata items,
        uint256 index
    ) private pure returns (bytes calldata child) {
        child = items;
        uint256 count = 0;
        for (; items.length != 0; ++count) {
            (, , uint256 end) = Rlp.first(items);
            if (count == index) child = items[:end];
            items = items[end:];
        }
        if (count != BRANCH_ITEMS) revert NodeMalformed(walk.used - 1);
    }

    /// @dev Compares a hex-prefix path with the key from the walk's position, and advances it as far as both agree.
    function _followPath(
        Walk memory walk,
        bytes calldata path,
        bytes memory key
    ) private pure returns (bool matches, bool leaf) {
        if (path.length == 0) revert NodeMalformed(walk.used - 1);
        uint256 prefix = uint8(path[0]);
        leaf = prefix & PREFIX_LEAF != 0;
        uint256 odd = prefix & PREFIX_ODD == 0 ? 0 : 1;
        if (prefix >= PREFIX_END || (odd == 0 && prefix & 0x0f != 0) || (!leaf && path.length + odd == 1)) {
            revert NodeMalformed(walk.used - 1);
        }
        (uint256 at, uint256 nibbles, uint256 end) = (walk.at, key.length * 2, path.length * 2);
        for (uint256 i = 2 - odd; i < end; ++i) {
            if (at == nibbles) return (false, leaf);
            uint256 pair = uint8(path[i / 2]);
            if ((i % 2 == 0 ? pair >> 4 : pair & 0x0f) != _nibbleOf(key, at)) return (false, leaf);
            ++at;
        }
        walk.at = at;
        return (true, leaf);
    }

    /// @dev Returns the payload of an item, which must be one string.
    function _valueOf(Walk memory walk, bytes calldata item) private pure returns (bytes calldata) {
        (bool isList, uint256 start, uint256 end) = Rlp.first(item);
        if (isList) revert NodeMalformed(walk.used - 1);
        return item[start:end];
    }

    function _finish(Walk memory walk, bytes[] calldata nodes) private pure {
        if (walk.used != nodes.length) revert NodesUnused(walk.used, nodes.length);
    }

    function _nibbleOf(bytes memory key, uint256 at) private pure returns (uint256) {
        uint256 pair = uint8(key[at / 2]);
        return at % 2 == 0 ? pair >> 4 : pair & 0x0f;
    }

    function _nothing() private pure returns (bytes calldata) {
        return msg.data[0:0];
    }
}

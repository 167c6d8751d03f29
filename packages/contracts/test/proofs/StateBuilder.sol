// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Builds a block's header, one account and its storage, and proves slots of it: what a node answers to `eth_getProof`.
/// @dev Written apart from the libraries that read proofs, so that each is a check of the other.
contract StateBuilder {
    struct Leaf {
        bytes32 key;
        bytes value;
    }

    address public immutable account;
    uint64 public number = 1_000;
    uint64 public timestamp;
    bytes32[] private slots;
    mapping(bytes32 slot => uint256) private words;
    mapping(bytes32 slot => bool) private known;
    bytes[] private trail;

    constructor(address account_, uint64 timestamp_) {
        (account, timestamp) = (account_, timestamp_);
    }

    function setTimestamp(uint64 timestamp_) external {
        timestamp = timestamp_;
    }

    function set(bytes32 slot, uint256 word) external {
        if (!known[slot]) slots.push(slot);
        (known[slot], words[slot]) = (true, word);
    }

    function header() public returns (bytes memory) {
        bytes memory fields = bytes.concat(
            _word(bytes32(uint256(1))),
            _word(bytes32(uint256(2))),
            string_(abi.encodePacked(address(3))),
            _word(stateRoot()),
            _word(bytes32(uint256(5))),
            _word(bytes32(uint256(6))),
            string_(new bytes(256)),
            string_(""),
            integer(number),
            integer(60_000_000)
        );
        return
            list(
                bytes.concat(
                    fields,
                    integer(21_000),
                    integer(timestamp),
                    string_("built"),
                    _word(bytes32(uint256(13))),
                    string_(new bytes(8)),
                    integer(7),
                    _word(bytes32(uint256(16))),
                    string_(""),
                    string_(""),
                    _word(bytes32(uint256(19))),
                    _word(bytes32(uint256(20)))
                )
            );
    }

    function stateRoot() public returns (bytes32) {
        return _rootOf(_accounts());
    }

    function proveAccount() external returns (bytes[] memory) {
        return _prove(_accounts(), keccak256(abi.encodePacked(account)));
    }

    function prove(bytes32 slot) external returns (bytes[] memory) {
        return _prove(_storage(), keccak256(abi.encode(slot)));
    }

    function _accounts() private returns (Leaf[] memory leaves) {
        bytes32 storageRoot = _rootOf(_storage());
        leaves = new Leaf[](3);
        for (uint160 i = 0; i < 3; ++i) {
            address at = i == 0 ? account : address(0x1000 + i);
            leaves[i] = Leaf({
                key: keccak256(abi.encodePacked(at)),
                value: list(
                    bytes.concat(integer(i + 1), integer(0), _word(storageRoot), _word(keccak256(abi.encode(i))))
                )
            });
        }
    }

    function _storage() private view returns (Leaf[] memory leaves) {
        uint256 count = 0;
        for (uint256 i = 0; i < slots.length; ++i) if (words[slots[i]] != 0) ++count;
        leaves = new Leaf[](count);
        for (uint256 i = slots.length; i > 0; --i) {
            uint256 word = words[slots[i - 1]];
            if (word != 0) leaves[--count] = Leaf({key: keccak256(abi.encode(slots[i - 1])), value: integer(word)});
        }
    }

    function _rootOf(Leaf[] memory leaves) private returns (bytes32) {
        if (leaves.length == 0) return keccak256(hex"80");
        return keccak256(_node(leaves, 0, 0, false));
    }

    function _prove(Leaf[] memory leaves, bytes32 target) private returns (bytes[] memory nodes) {
        delete trail;
        if (leaves.length == 0) return new bytes[](0);
        bytes memory top = _node(leaves, 0, target, true);
        if (top.length < 32) trail.push(top);
        nodes = new bytes[](trail.length);
        for (uint256 i = 0; i < nodes.length; ++i) nodes[i] = trail[trail.length - 1 - i];
    }

    /// @dev Encodes the node of some leaves below a depth. Keeps the nodes on the target's path, lowest first.
    function _node(
        Leaf[] memory leaves,
        uint256 depth,
        bytes32 target,
        bool onPath
    ) private returns (bytes memory node) {
        if (leaves.length == 1) {
            node = list(bytes.concat(string_(_path(leaves[0].key, depth, 64, true)), string_(leaves[0].value)));
        } else {
            uint256 end = depth;
            while (_allShare(leaves, end)) ++end;
            bool below = onPath;
            for (uint256 i = depth; i < end; ++i) below = below && nibble(target, i) == nibble(leaves[0].key, i);
            node = _branch(leaves, end, target, below);
            if (end != depth) {
                if (below && node.length >= 32) trail.push(node);
                node = list(bytes.concat(string_(_path(leaves[0].key, depth, end, false)), _reference(node)));
            }
        }
        if (onPath && node.length >= 32) trail.push(node);
    }

    function _branch(Leaf[] memory leaves, uint256 depth, bytes32 target, bool onPath) private returns (bytes memory) {
        bytes memory items;
        for (uint256 at = 0; at < 16; ++at) {
            Leaf[] memory group = _groupOf(leaves, depth, at);
            if (group.length == 0) {
                items = bytes.concat(items, hex"80");
                continue;
            }
            bytes memory child = _node(group, depth + 1, target, onPath && nibble(target, depth) == at);
            items = bytes.concat(items, _reference(child));
        }
        return list(bytes.concat(items, hex"80"));
    }

    function _groupOf(Leaf[] memory leaves, uint256 depth, uint256 at) private pure returns (Leaf[] memory group) {
        uint256 count = 0;
        for (uint256 i = 0; i < leaves.length; ++i) if (nibble(leaves[i].key, depth) == at) ++count;
        group = new Leaf[](count);
        for (uint256 i = leaves.length; i > 0; --i) {
            if (nibble(leaves[i - 1].key, depth) == at) group[--count] = leaves[i - 1];
        }
    }

    function _allShare(Leaf[] memory leaves, uint256 depth) private pure returns (bool) {
        for (uint256 i = 1; i < leaves.length; ++i) {
            if (nibble(leaves[i].key, depth) != nibble(leaves[0].key, depth)) return false;
        }
        return true;
    }

    function _path(bytes32 key, uint256 from, uint256 to, bool leaf) private pure returns (bytes memory path) {
        uint256 odd = (to - from) % 2;
        path = new bytes((to - from) / 2 + 1);
        path[0] = bytes1(uint8((leaf ? 0x20 : 0) + (odd == 1 ? 0x10 + nibble(key, from) : 0)));
        for (uint256 i = 1; i < path.length; ++i) {
            uint256 at = from + odd + 2 * (i - 1);
            path[i] = bytes1(uint8(nibble(key, at) * 16 + nibble(key, at + 1)));
        }
    }

    function _reference(bytes memory node) private pure returns (bytes memory) {
        return node.length < 32 ? node : _word(keccak256(node));
    }

    function nibble(bytes32 key, uint256 at) public pure returns (uint256) {
        return (uint256(key) >> (252 - 4 * at)) & 0x0f;
    }

    function integer(uint256 value) public pure returns (bytes memory) {
        bytes memory whole = abi.encodePacked(value);
        uint256 zeros = 0;
        while (zeros < 32 && whole[zeros] == 0) ++zeros;
        bytes memory short = new bytes(32 - zeros);
        for (uint256 i = 0; i < short.length; ++i) short[i] = whole[zeros + i];
        return string_(short);
    }

    function string_(bytes memory payload) public pure returns (bytes memory) {
        if (payload.length == 1 && uint8(payload[0]) < 0x80) return payload;
        return bytes.concat(_prefix(0x80, payload.length), payload);
    }

    function list(bytes memory payload) public pure returns (bytes memory) {
        return bytes.concat(_prefix(0xc0, payload.length), payload);
    }

    function _word(bytes32 word) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(0xa0), word);
    }

    function _prefix(uint256 base, uint256 length) private pure returns (bytes memory) {
        if (length < 56) return abi.encodePacked(uint8(base + length));
        if (length < 256) return abi.encodePacked(uint8(base + 56), uint8(length));
        return abi.encodePacked(uint8(base + 57), uint16(length));
    }
}

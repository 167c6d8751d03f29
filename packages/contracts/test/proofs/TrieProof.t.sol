// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Rlp} from "../../solidity/proofs/Rlp.sol";
import {TrieProof} from "../../solidity/proofs/TrieProof.sol";
import {ProofReader} from "../harness/ProofReader.sol";

/// @notice Trie proofs against the official trie tests and against tries that a maintained library built.
/// @dev vectors/trie-proofs.json is written by `npm run contracts:vectors`, which reproduces the official roots first.
contract TrieProofTest is Test {
    struct Case {
        bytes key;
        bytes[] nodes;
        bytes32 root;
        bytes value;
    }

    ProofReader private reader;
    Case[] private cases;

    function setUp() public {
        reader = ProofReader(vm.deployCode("ProofReader.sol:ProofReader"));
        string memory json = vm.readFile("vectors/trie-proofs.json");
        bytes memory parsed = vm.parseJsonTypeArray(
            json,
            ".cases",
            "Case(bytes key,bytes[] nodes,bytes32 root,bytes value)"
        );
        Case[] memory all = abi.decode(parsed, (Case[]));
        for (uint256 i = 0; i < all.length; ++i) cases.push(all[i]);
    }

    function test_gives_what_the_official_tries_hold_and_that_they_hold_nothing_else() public view {
        uint256 absent = 0;
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory each = cases[i];
            bytes memory value = reader.read(each.root, each.key, each.nodes);
            assertEq(value, each.value, vm.toString(i));
            if (value.length == 0) ++absent;
        }
        assertGt(cases.length, 300, "cases");
        assertGt(absent, 100, "absent keys");
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_proof_with_one_bit_changed_is_refused(uint256 which, uint256 node, uint256 bit) public {
        Case memory each = _withNodes(which);
        bytes memory changed = each.nodes[node % each.nodes.length];
        bit %= changed.length * 8;
        changed[bit / 8] = bytes1(uint8(changed[bit / 8]) ^ uint8(1 << (bit % 8)));
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        reader.read(each.root, each.key, each.nodes);
    }

    function testFuzz_a_proof_with_a_node_too_few_too_many_or_elsewhere_is_refused(uint256 which, uint256 at) public {
        Case memory each = _withNodes(which);
        bytes[] memory fewer = new bytes[](each.nodes.length - 1);
        bytes[] memory more = new bytes[](each.nodes.length + 1);
        for (uint256 i = 0; i < each.nodes.length; ++i) {
            if (i < fewer.length) fewer[i] = each.nodes[i];
            more[i] = each.nodes[i];
        }
        more[each.nodes.length] = each.nodes[at % each.nodes.length];
        vm.expectRevert(abi.encodeWithSelector(TrieProof.NodeMissing.selector, fewer.length));
        reader.read(each.root, each.key, fewer);
        vm.expectRevert(
            abi.encodeWithSelector(TrieProof.NodesUnused.selector, each.nodes.length, each.nodes.length + 1)
        );
        reader.read(each.root, each.key, more);
        if (each.nodes.length == 1) return;
        (more[0], more[1]) = (more[1], more[0]);
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        reader.read(each.root, each.key, more);
    }

    /// @dev A proof made for one key says nothing wrong about another: it is refused, or it shows what the trie holds.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_proof_of_one_key_shows_nothing_false_about_another(uint256 which, uint256 other) public view {
        Case memory one = cases[which % cases.length];
        Case memory two = cases[other % cases.length];
        if (one.root != two.root) return;
        try reader.read(one.root, two.key, one.nodes) returns (bytes memory value) {
            assertEq(value, two.value);
        } catch {}
    }

    /// @dev Every single byte of the last node is set to a value of the fuzzer, and the root follows: whatever that makes, a
    ///      second reading along the same path must not find what the node does not say.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_made_up_node_never_breaks_the_reader(bytes memory node, bytes32 key) public view {
        bytes[] memory nodes = new bytes[](1);
        nodes[0] = node;
        try reader.read(keccak256(node), abi.encode(key), nodes) returns (bytes memory value) {
            assertLt(value.length, node.length + 1);
        } catch {}
    }

    function test_an_empty_trie_holds_nothing_with_no_node_or_the_empty_one() public {
        bytes[] memory nodes = new bytes[](0);
        assertEq(reader.read(TrieProof.EMPTY_ROOT, hex"01", nodes).length, 0);
        nodes = new bytes[](1);
        nodes[0] = hex"80";
        assertEq(reader.read(TrieProof.EMPTY_ROOT, hex"01", nodes).length, 0);
        nodes[0] = hex"8180";
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        reader.read(TrieProof.EMPTY_ROOT, hex"01", nodes);
        nodes = new bytes[](2);
        (nodes[0], nodes[1]) = (bytes(hex"80"), bytes(hex"80"));
        vm.expectRevert(abi.encodeWithSelector(TrieProof.NodesUnused.selector, 1, 2));
        reader.read(TrieProof.EMPTY_ROOT, hex"01", nodes);
    }

    function test_refuses_nodes_that_no_trie_holds() public {
        // leaf [path, value] of key 0x11: 0x20 0x11
        _malformed(hex"c482401101", "an unknown prefix");
        _malformed(hex"c482211101", "an even path with a stray nibble");
        _malformed(hex"c4c1110101", "three items");
        _malformed(hex"c3821111", "a leaf of one nibble without a value item");
        _malformed(hex"c482201180", "a leaf without a value");
        _malformed(hex"c4822011c0", "a leaf that holds a list");
        _malformed(hex"c28001", "a path without a prefix");
        _malformed(hex"c20001", "an extension without a path");
        _malformed(hex"c21101", "an extension to neither a hash nor a node");
        _malformed(hex"c411c23101", "an extension to a leaf");
        _malformed(hex"c2c001", "a path that is a list");
        _malformed(
            abi.encodePacked(hex"e1", hex"8080808080808080808080808080808080", hex"80808080808080808080808080808080"),
            "a branch of 33 items"
        );
        _malformed(abi.encodePacked(hex"d0", hex"80808080808080808080808080808080"), "a branch of 16 items");
        // A branch whose child 1 is one of 32 bytes that should have been named by its hash.
        bytes memory child = abi.encodePacked(hex"df", new bytes(31));
        _malformed(
            abi.encodePacked(hex"f0", hex"80", child, hex"808080808080808080808080808080"),
            "a child of 32 bytes in place"
        );
    }

    function test_refuses_a_child_below_32_bytes_that_is_named_by_its_hash() public {
        bytes memory child = abi.encodePacked(hex"d1", hex"8080808080808080808080808080808080");
        bytes[] memory nodes = new bytes[](2);
        nodes[0] = abi.encodePacked(hex"e211a0", keccak256(child));
        nodes[1] = child;
        vm.expectRevert(abi.encodeWithSelector(TrieProof.NodeMalformed.selector, 1));
        reader.read(keccak256(nodes[0]), hex"11", nodes);
    }

    /// @dev Branches one below another, as deep as the key is long, and one deeper than that.
    function test_the_depth_of_a_walk_is_bounded_by_the_key() public {
        uint256 depth = 64;
        bytes[] memory nodes = new bytes[](depth + 1);
        nodes[depth] = abi.encodePacked(hex"f1", hex"80808080808080808080808080808080", hex"a0", bytes32(uint256(7)));
        for (uint256 i = depth; i > 0; --i) {
            nodes[i - 1] = abi.encodePacked(
                hex"f1",
                hex"a0",
                keccak256(nodes[i]),
                hex"80808080808080808080808080808080"
            );
        }
        assertEq(
            reader.read(keccak256(nodes[0]), new bytes(depth / 2), nodes),
            abi.encode(uint256(7)),
            "a value at the end of every nibble"
        );
        vm.expectRevert(abi.encodeWithSelector(TrieProof.NodesUnused.selector, depth - 1, depth + 1));
        reader.read(keccak256(nodes[0]), new bytes(depth / 2 - 1), nodes);
    }

    function _malformed(bytes memory node, string memory what) private {
        bytes[] memory nodes = new bytes[](1);
        nodes[0] = node;
        (bool read, bytes memory answer) = address(reader).staticcall(
            abi.encodeCall(ProofReader.read, (keccak256(node), hex"11", nodes))
        );
        assertFalse(read, what);
        bytes4 error_ = bytes4(answer);
        assertTrue(
            error_ == TrieProof.NodeMalformed.selector ||
                error_ == Rlp.RlpTruncated.selector ||
                error_ == Rlp.RlpTrailing.selector,
            what
        );
    }

    /// @dev A case that has nodes: an empty trie may have none.
    function _withNodes(uint256 which) private view returns (Case memory each) {
        each = cases[which % cases.length];
        if (each.nodes.length == 0) each = cases[0];
    }
}

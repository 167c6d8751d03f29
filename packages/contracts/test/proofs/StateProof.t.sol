// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Rlp} from "../../solidity/proofs/Rlp.sol";
import {AccountFacts, BlockFacts, StateProof} from "../../solidity/proofs/StateProof.sol";
import {TrieProof} from "../../solidity/proofs/TrieProof.sol";
import {ProofReader} from "../harness/ProofReader.sol";
import {StateBuilder} from "./StateBuilder.sol";

/// @notice RLP, headers, accounts and slots: what is read is what was built, and nothing else is read at all.
contract StateProofTest is Test {
    address private constant LEDGER = address(0xbeef);
    ProofReader private reader;
    StateBuilder private chain;

    function setUp() public {
        reader = ProofReader(vm.deployCode("ProofReader.sol:ProofReader"));
        chain = new StateBuilder(LEDGER, 1_800_000_000);
    }

    /// forge-config: ring.fuzz.runs = 48
    function testFuzz_reads_the_slots_that_were_built_and_the_absence_of_all_others(
        uint256[8] memory slots,
        uint256[8] memory words,
        uint256 other
    ) public {
        for (uint256 i = 0; i < slots.length; ++i) chain.set(bytes32(slots[i]), words[i]);
        bytes memory header = chain.header();
        BlockFacts memory block_ = reader.readHeader(header);
        assertEq(block_.hash, keccak256(header));
        AccountFacts memory account = reader.readAccount(block_.stateRoot, LEDGER, chain.proveAccount());
        for (uint256 i = 0; i < slots.length; ++i) {
            bytes32 slot = bytes32(slots[i]);
            uint256 expected = 0;
            for (uint256 j = 0; j < slots.length; ++j) if (slots[j] == slots[i]) expected = words[j];
            assertEq(reader.readSlot(account.storageRoot, slot, chain.prove(slot)), expected);
            if (other == slots[i]) return;
        }
        bytes[] memory absent = chain.prove(bytes32(other));
        assertEq(reader.readSlot(account.storageRoot, bytes32(other), absent), 0);
    }

    /// forge-config: ring.fuzz.runs = 128
    function testFuzz_a_proof_of_one_slot_never_gives_another_word(uint256 slot, uint256 other, uint256 word) public {
        vm.assume(slot != other);
        chain.set(bytes32(slot), word);
        chain.set(bytes32(uint256(1)), 5);
        chain.set(bytes32(uint256(2)), 6);
        AccountFacts memory account = reader.readAccount(chain.stateRoot(), LEDGER, chain.proveAccount());
        bytes[] memory nodes = chain.prove(bytes32(slot));
        try reader.readSlot(account.storageRoot, bytes32(other), nodes) returns (uint256 read) {
            assertEq(
                read,
                other == 1
                    ? 5
                    : other == 2
                        ? 6
                        : 0
            );
        } catch {}
    }

    function test_a_slot_that_a_local_node_keeps_with_0_is_0() public view {
        bytes memory path = abi.encodePacked(uint8(0x20), keccak256(abi.encode(uint256(3))));
        bytes[] memory nodes = new bytes[](1);
        nodes[0] = chain.list(bytes.concat(chain.string_(path), chain.string_(hex"80")));
        assertEq(reader.readSlot(keccak256(nodes[0]), bytes32(uint256(3)), nodes), 0);
    }

    /// @notice An account has four fields and a slot one word: a leaf with more in it is none of this format.
    function test_refuses_leaves_that_hold_more_than_their_fields() public {
        bytes memory word = bytes.concat(hex"a0", bytes32(uint256(7)));
        bytes memory account = chain.list(bytes.concat(hex"0180", word, word, hex"05"));
        bytes memory path = abi.encodePacked(uint8(0x20), keccak256(abi.encodePacked(LEDGER)));
        bytes[] memory nodes = new bytes[](1);
        nodes[0] = chain.list(bytes.concat(chain.string_(path), chain.string_(account)));
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpTrailing.selector, account.length, account.length - 1));
        reader.readAccount(keccak256(nodes[0]), LEDGER, nodes);
        path = abi.encodePacked(uint8(0x20), keccak256(abi.encode(uint256(3))));
        nodes[0] = chain.list(bytes.concat(chain.string_(path), chain.string_(hex"0506")));
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpTrailing.selector, 2, 1));
        reader.readSlot(keccak256(nodes[0]), bytes32(uint256(3)), nodes);
    }

    function test_reads_a_header_by_position_whatever_follows() public {
        bytes memory header = chain.header();
        BlockFacts memory facts = reader.readHeader(header);
        assertEq(abi.encode(facts.number, facts.timestamp), abi.encode(1_000, 1_800_000_000));
        assertEq(facts.stateRoot, chain.stateRoot());
        // Two fields that no fork has added yet.
        bytes memory later = chain.list(bytes.concat(reader.listOf(header), hex"8405060708", hex"c3010203"));
        facts = reader.readHeader(later);
        assertEq(facts.hash, keccak256(later));
        assertEq(facts.stateRoot, chain.stateRoot());
    }

    function test_refuses_headers_that_are_cut_or_followed_by_something() public {
        bytes memory header = chain.header();
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpTrailing.selector, header.length + 1, header.length));
        reader.readHeader(bytes.concat(header, hex"00"));
        bytes memory cut = new bytes(header.length - 1);
        for (uint256 i = 0; i < cut.length; ++i) cut[i] = header[i];
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpTruncated.selector, header.length, cut.length));
        reader.readHeader(cut);
        bytes memory short = chain.list(abi.encodePacked(hex"8080", hex"80a0", bytes32(uint256(9))));
        vm.expectRevert(abi.encodeWithSelector(StateProof.HeaderTooShort.selector, 4, 15));
        reader.readHeader(short);
        short = chain.list(hex"80808080");
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpLengthMismatch.selector, 0, 32));
        reader.readHeader(short);
    }

    function test_refuses_an_account_that_does_not_exist() public {
        chain.set(0, 1);
        bytes32 root = chain.stateRoot();
        StateBuilder other = new StateBuilder(address(0xdead), 1);
        other.set(0, 1);
        bytes[] memory nodes = chain.proveAccount();
        (bool read, ) = address(reader).staticcall(
            abi.encodeCall(ProofReader.readAccount, (root, address(0xdead), nodes))
        );
        assertFalse(read);
        // The empty trie's root shows that nobody exists.
        bytes[] memory none = new bytes[](1);
        none[0] = hex"80";
        vm.expectRevert(abi.encodeWithSelector(StateProof.AccountMissing.selector, LEDGER));
        reader.readAccount(keccak256(hex"80"), LEDGER, none);
        nodes = other.proveAccount();
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        reader.readAccount(root, LEDGER, nodes);
    }

    function test_RLP_has_one_encoding_of_everything() public {
        _refused(hex"", abi.encodeWithSelector(Rlp.RlpTruncated.selector, 1, 0));
        _refused(hex"8105", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0x81));
        _refused(hex"b801ff", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0xb8));
        _refused(hex"b90038", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0xb9));
        _refused(hex"f800", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0xf8));
        _refused(hex"bc0000000100", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0xbc));
        _refused(hex"bf0000000000000001", abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0xbf));
        _refused(hex"b9ff", abi.encodeWithSelector(Rlp.RlpTruncated.selector, 3, 2));
        _refused(hex"82ff", abi.encodeWithSelector(Rlp.RlpTruncated.selector, 3, 2));
        _refused(hex"c3ff", abi.encodeWithSelector(Rlp.RlpTruncated.selector, 4, 2));
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpKindMismatch.selector, false, true));
        reader.listOf(hex"80");
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpTrailing.selector, 2, 1));
        reader.listOf(hex"c080");
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpKindMismatch.selector, true, false));
        reader.takeInteger(hex"c0", 32);
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0));
        reader.takeInteger(hex"00", 32);
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpNotCanonical.selector, 0));
        reader.takeInteger(hex"820001", 32);
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpLengthMismatch.selector, 3, 2));
        reader.takeInteger(hex"83010203", 2);
        vm.expectRevert(abi.encodeWithSelector(Rlp.RlpLengthMismatch.selector, 2, 32));
        reader.takeWord(hex"820102");
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_RLP_reads_back_every_integer(uint256 value, bytes calldata after_) public view {
        (uint256 read, bytes memory rest) = reader.takeInteger(bytes.concat(chain.integer(value), after_), 32);
        assertEq(read, value);
        assertEq(rest, after_);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_RLP_reads_back_every_string(bytes calldata payload, bytes calldata after_) public view {
        bytes memory encoded = chain.string_(payload);
        (bool isList, uint256 start, uint256 end) = reader.first(bytes.concat(encoded, after_));
        assertFalse(isList);
        assertEq(end, encoded.length);
        assertEq(end - start, payload.length);
    }

    function _refused(bytes memory input, bytes memory reason) private {
        vm.expectRevert(reason);
        reader.first(input);
    }
}

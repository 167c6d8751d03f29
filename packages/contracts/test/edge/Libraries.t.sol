// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {Journal, JournalLib} from "../../solidity/edge/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {RewindLib} from "../../solidity/edge/RewindLib.sol";
import {Statements} from "../../solidity/edge/Statements.sol";
import {TokenScale} from "../../solidity/libraries/TokenScale.sol";

/// @notice What both sides of an edge stand on: codec, names, slots, accounts, limits.
contract LibrariesTest is Test {
    bytes32 private constant EDGE = keccak256("an edge");
    bytes32 private constant OTHER = keccak256("another word");

    function test_refuses_bytes_that_are_no_whole_number_of_entries() public {
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 94, 95));
        this.countOf(new bytes(94));
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 96, 95));
        this.fold(EDGE, new bytes(96));
    }

    function test_refuses_to_open_a_journal_twice() public {
        JournalLib.open(EDGE);
        vm.expectRevert(abi.encodeWithSelector(JournalLib.JournalExists.selector, EDGE, 0));
        this.openJournal(EDGE);
    }

    function test_refuses_to_open_a_replica_twice() public {
        ReplicaLib.open(EDGE);
        vm.expectRevert(abi.encodeWithSelector(ReplicaLib.ReplicaExists.selector, EDGE, 0));
        this.openReplica(EDGE);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_an_entry_survives_packing(Entry memory entry, uint8 before, uint8 behind) public view {
        uint256 index = before % 5;
        bytes memory packed = EntryCodec.pack(entry);
        assertEq(packed.length, EntryCodec.LENGTH);
        bytes memory entries = bytes.concat(
            new bytes(index * EntryCodec.LENGTH),
            packed,
            new bytes((behind % 5) * EntryCodec.LENGTH)
        );
        assertEq(abi.encode(this.entryAt(entries, index)), abi.encode(entry));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_two_ways_to_extend_a_head_agree(bytes32 head, Entry memory entry) public view {
        bytes32 expected = keccak256(bytes.concat(head, EntryCodec.pack(entry)));
        assertEq(EntryCodec.extend(head, entry), expected);
        assertEq(
            EntryCodec.extend(head, entry.kind, entry.asset, entry.amount, entry.account, entry.party, entry.fee),
            expected
        );
        assertEq(this.fold(head, EntryCodec.pack(entry)), expected);
    }

    function test_two_ways_to_extend_a_head_agree_to_the_last_bit() public pure {
        Entry[2] memory entries = [
            Entry(1, 2, 3, bytes32(uint256(4)), bytes32(uint256(5)), 6),
            Entry(
                type(uint8).max,
                type(uint16).max,
                type(uint128).max,
                bytes32(type(uint256).max),
                bytes32(type(uint256).max),
                type(uint96).max
            )
        ];
        for (uint256 i = 0; i < 2; ++i) {
            Entry memory e = entries[i];
            bytes32 expected = keccak256(bytes.concat(EDGE, EntryCodec.pack(e)));
            assertEq(EntryCodec.extend(EDGE, e.kind, e.asset, e.amount, e.account, e.party, e.fee), expected);
        }
    }

    function test_a_vaults_journal_holds_four_kinds_and_none_of_the_ledgers() public pure {
        for (uint256 kind = 0; kind < 256; ++kind) {
            assertEq(EntryCodec.isVaultKind(uint8(kind)), kind >= 1 && kind <= 4);
        }
    }

    function test_an_account_is_its_owner_its_home_and_a_number() public pure {
        address owner = 0x00112233445566778899AaBBCCDdEefF01234567;
        bytes32 account = 0x00112233445566778899aabbccddeeff0123456789abcdef0011223344556677;
        assertEq(AccountLib.encode(owner, 0x89ab, 0xcdef0011223344556677), account);
        assertEq(AccountLib.ownerOf(account), owner);
        assertEq(AccountLib.homeOf(account), 0x89ab);
        assertEq(AccountLib.subOf(account), 0xcdef0011223344556677);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_an_account_survives_encoding(address owner, uint16 home, uint80 sub) public pure {
        bytes32 account = AccountLib.encode(owner, home, sub);
        assertEq(AccountLib.ownerOf(account), owner);
        assertEq(AccountLib.homeOf(account), home);
        assertEq(AccountLib.subOf(account), sub);
        assertEq(uint256(account), (uint256(uint160(owner)) << 96) | (uint256(home) << 80) | sub);
    }

    function test_namespaces_follow_erc7201() public pure {
        assertEq(JournalLib.NAMESPACE, _erc7201("surety.journal"));
        assertEq(ReplicaLib.NAMESPACE, _erc7201("surety.replica"));
        assertEq(RewindLib.NAMESPACE, _erc7201("surety.rewind"));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_journal_lies_where_a_proof_looks_for_it(uint40 at) public {
        // Times fit 40 bits for 34,000 years.
        vm.assume(at < type(uint40).max - 7);
        vm.warp(at);
        JournalLib.open(EDGE);
        uint256 base = uint256(keccak256(abi.encodePacked(EDGE, JournalLib.NAMESPACE)));
        assertEq(vm.load(address(this), bytes32(base)), EDGE);
        assertEq(uint256(vm.load(address(this), bytes32(base + 1))), uint256(at) << 64);

        vm.warp(uint256(at) + 7);
        // In a call of its own: the optimizer reads the block time once per call.
        (uint64 index, bytes32 head) = this.appendOne();
        Entry memory entry = Entry(1, 2, 3, bytes32(uint256(4)), bytes32(uint256(5)), 6);
        assertEq(index, 1);
        assertEq(head, EntryCodec.extend(EDGE, entry));
        assertEq(vm.load(address(this), bytes32(base)), head);
        assertEq(uint256(vm.load(address(this), bytes32(base + 1))), ((uint256(at) + 7) << 64) | 1);
    }

    function test_a_replica_lies_where_its_description_says() public {
        ReplicaLib.open(EDGE);
        Replica storage replica = ReplicaLib.locate(EDGE);
        replica.generation = 5;
        (replica.count, replica.confirmed, replica.asOf, replica.acceptedAt) = (1, 2, 3, 4);
        (replica.anchor, replica.confirmedBy) = (bytes32(uint256(6)), 7);
        ReplicaLib.mark(replica, 9, bytes32(uint256(8)));
        assertEq(uint256(ReplicaLib.markOf(replica, 9)), 8);
        uint256 base = uint256(keccak256(abi.encodePacked(EDGE, ReplicaLib.NAMESPACE)));
        assertEq(vm.load(address(this), bytes32(base)), EDGE);
        assertEq(
            uint256(vm.load(address(this), bytes32(base + 1))),
            1 | (2 << 64) | (3 << 128) | (4 << 168) | (uint256(SourceState.LIVE) << 208) | (5 << 216)
        );
        assertEq(uint256(vm.load(address(this), bytes32(base + 2))), 6);
        assertEq(uint256(vm.load(address(this), keccak256(abi.encode((uint256(5) << 64) | 9, base + 3)))), 8);
        assertEq(uint256(vm.load(address(this), bytes32(base + 4))), 7);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_edges_differ_in_every_field(uint256 chain, address a, address b, uint32 generation) public pure {
        vm.assume(a != b && chain < type(uint256).max && generation < type(uint32).max);
        bytes32 name = EdgeLib.nameOf(chain, a, chain, b, generation, 0);
        assertNotEq(name, EdgeLib.nameOf(chain + 1, a, chain, b, generation, 0));
        assertNotEq(name, EdgeLib.nameOf(chain, b, chain, a, generation, 0));
        assertNotEq(name, EdgeLib.nameOf(chain, a, chain + 1, b, generation, 0));
        assertNotEq(name, EdgeLib.nameOf(chain, a, chain, b, generation + 1, 0));
        assertNotEq(name, EdgeLib.nameOf(chain, a, chain, b, generation, name));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_minimums_round_up_and_limits_down(uint64 value, uint8 decimals) public pure {
        decimals = uint8(bound(decimals, 0, TokenScale.DECIMALS_MAX));
        uint256 product = uint256(value) * 10 ** decimals;
        uint256 down = TokenScale.thousandthsOfWholeDown(value, TokenScale.wholeOf(decimals));
        assertLe(down * 1e3, product);
        assertGt((down + 1) * 1e3, product);
        uint256 up = TokenScale.millionthsUp(value, decimals);
        assertGe(up * 1e6, product);
        if (up != 0) assertLt((up - 1) * 1e6, product);
    }

    function test_limits_round_down_and_minimums_up_at_the_last_unit() public pure {
        assertEq(TokenScale.wholeOf(2), 100);
        assertEq(TokenScale.thousandthsOfWholeDown(1_999, 1), 1);
        assertEq(TokenScale.thousandthsOfWholeDown(1_999, 100), 199);
        assertEq(TokenScale.millionthsUp(1, 0), 1);
        assertEq(TokenScale.millionthsUp(1_000_000, 0), 1);
        assertEq(TokenScale.millionthsUp(1_000_001, 0), 2);
        assertEq(TokenScale.millionthsUp(1_000_001, 2), 101);
    }

    function test_what_attesters_sign_is_hashed_as_its_type_says() public pure {
        bytes32 kind = keccak256("Rotation(uint32 epoch,bytes32 members,uint64 activeFrom)");
        assertEq(Statements.rotationHashOf(2, OTHER, 3), keccak256(abi.encode(kind, 2, OTHER, 3)));
        kind = keccak256("Halt(bytes32 edge,uint64 nonce,uint32 epoch)");
        assertEq(Statements.haltHashOf(EDGE, 4, 5), keccak256(abi.encode(kind, EDGE, 4, 5)));
    }

    function countOf(bytes calldata entries) external pure returns (uint256) {
        return EntryCodec.countOf(entries);
    }

    function entryAt(bytes calldata entries, uint256 index) external pure returns (Entry memory) {
        return EntryCodec.entryAt(entries, index);
    }

    function fold(bytes32 head, bytes calldata entries) external pure returns (bytes32) {
        return EntryCodec.fold(head, entries);
    }

    function appendOne() external returns (uint64 index, bytes32 head) {
        Journal storage journal = JournalLib.locate(EDGE);
        return JournalLib.append(journal, 1, 2, 3, bytes32(uint256(4)), bytes32(uint256(5)), 6);
    }

    function openJournal(bytes32 edge) external {
        JournalLib.open(edge);
    }

    function openReplica(bytes32 edge) external {
        ReplicaLib.open(edge);
    }

    function _erc7201(string memory name) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256(bytes(name))) - 1)) & ~bytes32(uint256(0xff));
    }
}

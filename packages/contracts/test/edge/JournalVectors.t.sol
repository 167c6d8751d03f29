// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {stdJson} from "forge-std/StdJson.sol";
import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "./StatementHashes.sol";

/// @notice The worked journals that TypeScript and Solidity share, recomputed from their inputs alone.
contract JournalVectorsTest is Test {
    struct Worked {
        string id;
        bytes32 edge;
        Entry[] entries;
        JournalHead statement;
        address verifier;
        uint256 destinationChainId;
        bytes packed;
        bytes32[] heads;
        bytes32 digest;
    }

    using stdJson for string;

    uint256 private caseCount;

    function setUp() public {
        string memory json = vm.readFile("vectors/journal.json");
        while (json.keyExists(string.concat(".cases[", vm.toString(caseCount), "].id"))) ++caseCount;
        assertGt(caseCount, 0, "the vector file has no cases");
    }

    function test_entries_pack_to_the_expected_bytes() public view {
        for (uint256 i = 0; i < caseCount; ++i) {
            Worked memory worked = this.read(i);
            bytes memory packed;
            for (uint256 j = 0; j < worked.entries.length; ++j) {
                packed = bytes.concat(packed, EntryCodec.pack(worked.entries[j]));
            }
            assertEq(packed, worked.packed, worked.id);
        }
    }

    function test_packed_bytes_read_back_as_the_entries() public view {
        for (uint256 i = 0; i < caseCount; ++i) {
            Worked memory worked = this.read(i);
            assertEq(this.countOf(worked.packed), worked.entries.length, worked.id);
            for (uint256 j = 0; j < worked.entries.length; ++j) {
                assertEq(abi.encode(this.entryAt(worked.packed, j)), abi.encode(worked.entries[j]), worked.id);
            }
        }
    }

    function test_every_head_follows_from_the_edge_and_its_entries() public view {
        for (uint256 i = 0; i < caseCount; ++i) {
            Worked memory worked = this.read(i);
            bytes32 head = worked.edge;
            assertEq(worked.heads.length, worked.entries.length + 1, worked.id);
            assertEq(head, worked.heads[0], worked.id);
            for (uint256 j = 0; j < worked.entries.length; ++j) {
                head = EntryCodec.extend(head, worked.entries[j]);
                assertEq(head, worked.heads[j + 1], worked.id);
            }
            assertEq(this.fold(worked.edge, worked.packed), head, worked.id);
        }
    }

    function test_statement_digests_are_the_expected_ones() public view {
        for (uint256 i = 0; i < caseCount; ++i) {
            Worked memory worked = this.read(i);
            bytes32 domain = Statements.domainSeparatorOf(worked.destinationChainId, worked.verifier);
            assertEq(Statements.digestOf(domain, StatementHashes.hashOf(worked.statement)), worked.digest, worked.id);
        }
    }

    function test_an_attester_set_at_the_verifying_address_asks_for_the_same_digest() public {
        address[] memory members = new address[](4);
        for (uint160 i = 0; i < 4; ++i) members[i] = address(0x1000 + i);
        AttesterSet original = new AttesterSet(members, 0, address(1), address(2));
        for (uint256 i = 0; i < caseCount; ++i) {
            Worked memory worked = this.read(i);
            vm.etch(worked.verifier, address(original).code);
            vm.chainId(worked.destinationChainId);
            assertEq(AttesterSet(worked.verifier).hashOf(worked.statement), worked.digest, worked.id);
        }
    }

    /// @dev A call of its own, so that the memory of parsing is given back.
    function read(uint256 i) external view returns (Worked memory worked) {
        string memory json = vm.readFile("vectors/journal.json");
        string memory at = string.concat(".cases[", vm.toString(i), "]");
        worked.id = json.readString(string.concat(at, ".id"));
        worked.packed = json.readBytes(string.concat(at, ".expected.packed"));
        worked.heads = json.readBytes32Array(string.concat(at, ".expected.heads"));
        worked.digest = json.readBytes32(string.concat(at, ".expected.digest"));
        worked.verifier = json.readAddress(string.concat(at, ".input.verifyingContract"));
        worked.destinationChainId = json.readUint(string.concat(at, ".input.edge.destinationChainId"));
        worked.edge = _edge(json, string.concat(at, ".input.edge"));
        worked.statement = _statement(json, string.concat(at, ".input.statement"));
        worked.entries = new Entry[](worked.heads.length - 1);
        for (uint256 j = 0; j < worked.entries.length; ++j) {
            worked.entries[j] = this.readEntry(string.concat(at, ".input.entries[", vm.toString(j), "]"));
        }
        assertFalse(json.keyExists(string.concat(at, ".input.entries[", vm.toString(worked.entries.length), "]")));
    }

    /// @dev As `read`.
    function readEntry(string calldata at) external view returns (Entry memory) {
        string memory json = vm.readFile("vectors/journal.json");
        return
            Entry({
                kind: _kind(json.readString(string.concat(at, ".kind"))),
                asset: uint16(json.readUint(string.concat(at, ".asset"))),
                amount: uint128(json.readUint(string.concat(at, ".amount"))),
                account: json.readBytes32(string.concat(at, ".account")),
                party: json.readBytes32(string.concat(at, ".party")),
                fee: uint96(json.readUint(string.concat(at, ".fee")))
            });
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

    function _edge(string memory json, string memory at) private pure returns (bytes32) {
        return
            EdgeLib.nameOf(
                json.readUint(string.concat(at, ".originChainId")),
                address(uint160(uint256(json.readBytes32(string.concat(at, ".journal"))))),
                json.readUint(string.concat(at, ".destinationChainId")),
                address(uint160(uint256(json.readBytes32(string.concat(at, ".replica"))))),
                uint32(json.readUint(string.concat(at, ".generation"))),
                json.readBytes32(string.concat(at, ".previousHead"))
            );
    }

    /// @dev The numbers of the protocol, written out again.
    function _kind(string memory name) private pure returns (uint8) {
        bytes32 hash = keccak256(bytes(name));
        if (hash == keccak256("LOCK")) return 1;
        if (hash == keccak256("REFUND")) return 2;
        if (hash == keccak256("SHORTFALL")) return 3;
        if (hash == keccak256("APPOINT")) return 4;
        if (hash == keccak256("RELEASE")) return 16;
        if (hash == keccak256("LOST")) return 18;
        revert(string.concat("the vectors hold an unknown kind: ", name));
    }

    function _statement(string memory json, string memory at) private pure returns (JournalHead memory) {
        return
            JournalHead({
                edge: json.readBytes32(string.concat(at, ".edge")),
                count: uint64(json.readUint(string.concat(at, ".count"))),
                tip: uint64(json.readUint(string.concat(at, ".tip"))),
                head: json.readBytes32(string.concat(at, ".head")),
                blockNumber: uint64(json.readUint(string.concat(at, ".blockNumber"))),
                blockHash: json.readBytes32(string.concat(at, ".blockHash")),
                asOf: uint64(json.readUint(string.concat(at, ".asOf"))),
                epoch: uint32(json.readUint(string.concat(at, ".epoch")))
            });
    }
}

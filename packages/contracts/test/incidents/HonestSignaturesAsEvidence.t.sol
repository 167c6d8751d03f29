// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";

/// @notice Fraud proofs have slashed the innocent: wherever evidence compared whole messages, or was keyed too coarsely, two
///         honest signatures (of two journals, of two moments, of two sets) were made to look like a contradiction.
/// @dev The signatures below are all that an honest attester makes; any two of them are handed in against it.
contract HonestSignaturesAsEvidenceTest is AttesterFixture {
    /// @dev Two journals with as many entries each, and different heads.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I15_two_journals_at_one_count(bytes32 edge, bytes32 other, uint64 count, bytes32 head) public {
        vm.assume(edge != other);
        JournalHead memory a = headAt(edge, count, head, 1);
        JournalHead memory b = headAt(other, count, keccak256(abi.encode(head)), 1);
        _refuse(a, b, abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, edge, other, count, count));
    }

    /// @dev A journal that grew from one block to a later one, which may be of the same second.
    function testFuzz_I15_one_journal_at_two_counts(uint64 count, uint64 later, bytes32 head, uint16 seconds_) public {
        vm.assume(count < later);
        JournalHead memory a = headAt(EDGE, count, head, 1);
        JournalHead memory b = headAt(EDGE, later, keccak256(abi.encode(head)), 1);
        (b.blockNumber, b.blockHash, b.asOf) = (101, keccak256("a later block"), a.asOf + seconds_);
        _refuse(a, b, abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, EDGE, EDGE, count, later));
    }

    /// @dev A cut restated under a later block by the heartbeat of a new day, and under the next epoch by that of a new set.
    function test_I15_a_cut_restated_under_another_block_and_epoch() public {
        uint256[] memory keys = keysOf[1];
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        rotateTo(keys, START + set.ROTATION_NOTICE());
        vm.warp(set.activeFrom(2) + 1 days);
        JournalHead memory b = headAt(EDGE, 64, HEAD, 2);
        (b.tip, b.blockNumber, b.blockHash) = (90, 20_000, keccak256("a later block"));
        assertTrue(StatementHashes.hashOf(a) != StatementHashes.hashOf(b));
        _refuse(a, b, abi.encodeWithSelector(IAttesterSet.EvidenceAgrees.selector, EDGE, 64, HEAD));
    }

    /// @dev Finality broke: the count is reached again on the new branch, but the replica was rewound, and the edge has another name
    ///      by then. On the old name the attester's own rows refuse.
    function test_I15_the_same_count_under_the_next_name() public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(keccak256(abi.encode(EDGE, "the next name")), 64, OTHER_HEAD, 1);
        _refuse(a, b, abi.encodeWithSelector(IAttesterSet.EvidenceOfTwoPlaces.selector, a.edge, b.edge, 64, 64));
    }

    /// @dev A key that serves two verifiers: what was signed for the other one has another domain, so another signer here.
    function test_I15_a_statement_that_was_made_for_another_verifier() public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, 1);
        uint256 key = keysOf[1][0];
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes32 elsewhere = Statements.domainSeparatorOf(block.chainid, address(0xbeef));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, Statements.digestOf(elsewhere, StatementHashes.hashOf(b)));
        vm.expectPartialRevert(IAttesterSet.EvidenceOfTwoSigners.selector);
        set.prove(a, sigA, b, abi.encodePacked(r, s, v));
        assertFalse(set.proven(vm.addr(key)));
    }

    /// @dev Signatures of other types: a halt and a rotation say nothing about a head.
    function testFuzz_I15_signatures_of_other_types(uint256 type_) public {
        JournalHead memory a = headAt(EDGE, 64, HEAD, 1);
        JournalHead memory b = headAt(EDGE, 64, OTHER_HEAD, 1);
        bytes32[2] memory others = [Statements.haltHashOf(EDGE, 64, 1), Statements.rotationHashOf(1, OTHER_HEAD, 64)];
        uint256 key = keysOf[1][0];
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes memory sigB = signOne(key, others[type_ % 2]);
        vm.expectPartialRevert(IAttesterSet.EvidenceOfTwoSigners.selector);
        set.prove(a, sigA, b, sigB);
    }

    /// @dev The control: two heads for one count of one edge are evidence.
    function test_I15_and_a_real_contradiction_is_evidence() public {
        proveAgainst(keysOf[1][0], 1);
        assertTrue(set.proven(member(1, 0)));
        assertEq(set.suspended(1), 1);
    }

    function _refuse(JournalHead memory a, JournalHead memory b, bytes memory refusal) private {
        uint256 key = keysOf[1][0];
        bytes memory sigA = signOne(key, StatementHashes.hashOf(a));
        bytes memory sigB = signOne(key, StatementHashes.hashOf(b));
        vm.expectRevert(refusal);
        set.prove(a, sigA, b, sigB);
        assertFalse(set.proven(vm.addr(key)));
        assertEq(set.suspended(1), 0);
    }
}

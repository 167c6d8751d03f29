// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice Marks within a batch, and what is noted of each witness.
contract LedgerMarksTest is WitnessFixture {
    function setUp() public override {
        super.setUp();
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        for (uint128 i = 1; i <= 6; ++i) lock(USD, i, accountOf(alice), 0);
    }

    /// @notice Entries before the batch, between marks and after the last one.
    function test_I6_a_batch_with_marks_among_its_entries_is_applied_where_witnesses_agree() public {
        witnesses[0].record(journal.edge, 3, journal.heads[3]);
        witnesses[1].record(journal.edge, 5, journal.heads[5]);
        _applyWithMarks();
        assertEq(amountOf(alice, USD), 21);
        assertEq(ledger.markOf(SOURCE, 3), journal.heads[3]);
        assertEq(ledger.markOf(SOURCE, 5), journal.heads[5]);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
    }

    function test_I6_a_conflict_is_told_with_both_heads_of_its_mark() public {
        witnesses[0].record(journal.edge, 3, journal.heads[3]);
        witnesses[1].record(journal.edge, 5, "another");
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Conflict(SOURCE, 1, 5, journal.heads[5], "another");
        _applyWithMarks();
        assertEq(amountOf(alice, USD), 0);
    }

    function test_I6_each_conflict_is_noted_of_its_witness_alone() public {
        assertEq(_mask(), 7, "three are read");
        witnesses[1].record(journal.edge, 3, "another");
        _applyWithMarks();
        assertEq(_mask(), 5 | (2 << 4));
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        witnesses[0].record(journal.edge, 5, "another");
        _applyWithMarks();
        assertEq(_mask(), 4 | (3 << 4));
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
        vm.warp(START + 72 hours);
        // The lane above those of reading says that the first one has conflicted.
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 4));
        ledger.confirm(SOURCE, 4, 1);
    }

    function test_I6_the_first_witness_alone_is_asked_too() public {
        vm.startPrank(governor);
        ledger.setWitness(SOURCE, 1, address(0), false);
        ledger.setWitness(SOURCE, 2, address(0), false);
        vm.stopPrank();
        witnesses[0].record(journal.edge, 5, "another");
        _applyWithMarks();
        assertEq(amountOf(alice, USD), 0);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
    }

    function _applyWithMarks() private {
        uint64[] memory marks = new uint64[](2);
        (marks[0], marks[1]) = (3, 5);
        postMarked(1, statementOf(journal, tip(journal)), marks);
    }

    /// @dev Four bits each: read, conflicted.
    function _mask() private view returns (uint16) {
        (, uint256 source) = ledger.termWordsOf(USD);
        return uint16(source >> 128);
    }
}

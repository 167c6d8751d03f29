// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {VaultWitness} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice What a vault keeps of each of its witnesses, and that it keeps them apart: three of four places are taken.
contract VaultWitnessPlacesTest is VaultReleaseFixture {
    TestWitness[3] private witnesses;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        for (uint8 slot = 0; slot < 3; ++slot) {
            witnesses[slot] = new TestWitness();
            vault.setWitness(slot, address(witnesses[slot]), slot != 2);
        }
        vault.setWitnessPolicy(2);
        vm.stopPrank();
    }

    function test_I6_a_new_witness_begins_with_nothing_and_the_others_keep_what_they_told() public {
        _replayMarked(3);
        for (uint8 slot = 0; slot < 3; ++slot) _confirm(slot, 3);
        address next = address(new TestWitness());
        vm.prank(governor);
        vault.setWitness(1, next, false);
        _requireWitness(0, address(witnesses[0]), true, 3);
        _requireWitness(1, next, false, 0);
        _requireWitness(2, address(witnesses[2]), false, 3);
        _requireWitness(3, address(0), false, 0);
        _requireWitness(4, address(0), false, 0);
    }

    function test_I6_an_empty_place_does_not_count() public {
        vm.prank(governor);
        vault.setWitness(2, address(0), false);
        (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed) = vault.witnessPolicy();
        assertEq(abi.encode(m, counting, conflicted, confirmed), abi.encode(2, 3, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessUnknown.selector, 2));
        vault.confirm(2, 0);
    }

    function test_I6_what_a_witness_told_is_replaced_by_more_and_by_nothing_else() public {
        _replayMarked(3);
        _confirm(1, 1);
        _confirm(1, 2);
        _requireWitness(1, address(witnesses[1]), true, 2);
        vm.recordLogs();
        vault.confirm(1, 1);
        vault.confirm(1, 2);
        assertEq(vm.getRecordedLogs().length, 0, "nothing new is told");
        _requireWitness(1, address(witnesses[1]), true, 2);
        _requireWitness(0, address(witnesses[0]), true, 0);
    }

    function test_I8_two_conflicts_hold_payments_for_72_hours_to_the_second() public {
        _replayMarked(1);
        _contradict(0);
        _contradict(1);
        assertEq(vault.quarantinedUntil(), vm.getBlockTimestamp() + 72 hours);
    }

    function test_I8_neither_a_conflict_nor_a_new_witness_ends_a_quarantine() public {
        _replayMarked(1);
        uint40 until = uint40(vm.getBlockTimestamp() + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        _contradict(0);
        _requireState(SourceState.QUARANTINED);
        vm.recordLogs();
        vm.prank(governor);
        vault.setWitness(0, address(witnesses[0]), true);
        assertEq(vm.getRecordedLogs().length, 1, "a witness was set");
        _requireState(SourceState.QUARANTINED);
        _contradict(1);
        _requireState(SourceState.QUARANTINED);
        vm.warp(until);
        _requireState(SourceState.CONTESTED);
    }

    /// @dev They are counted in 8 bits.
    function test_I8_a_conflict_is_noted_however_many_there_were() public {
        _replayMarked(1);
        for (uint256 i = 0; i < 257; ++i) {
            _contradict(0);
            _requireState(SourceState.CONTESTED);
            vm.prank(governor);
            vault.setWitness(0, address(witnesses[0]), true);
        }
        _requireState(SourceState.LIVE);
    }

    /// @dev A batch that a witness contradicts replays nothing, however much gas the caller gives; too little is said to be so.
    function test_nobody_silences_a_witness_at_the_vault_with_too_little_gas() public {
        uint64[] memory marks = new uint64[](1);
        marks[0] = release(ONE, bob, 0);
        witnesses[0].record(heads[0], 1, "another");
        JournalHead memory statement = statementOf(1);
        bytes memory call_ = abi.encodeCall(
            vault.applyReleases,
            (0, entriesOf(0, 1), marks, statement, sign(statement))
        );
        bool told = false;
        uint256 snapshot = vm.snapshotState();
        for (uint256 gas = 60_000; gas < 200_000; gas += 1_000) {
            (bool ok, bytes memory answer) = address(vault).call{gas: gas}(call_);
            assertEq(replicaCount(), 0);
            told = told || (!ok && bytes4(answer) == IEdge.GasTooLow.selector);
            vm.revertToState(snapshot);
        }
        assertTrue(told);
    }

    function test_nothing_is_marked_past_the_last_number() public {
        release(ONE, bob, 0);
        uint64 last = type(uint64).max;
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, last - 1, 0, 0));
        vault.mark(last - 1, heads[0], entry);
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, last, 0, 0));
        vault.mark(last, heads[0], entry);
    }

    /// @dev Replays as many releases, and marks the count after each.
    function _replayMarked(uint64 count) private {
        uint64[] memory marks = new uint64[](count);
        for (uint64 i = 1; i <= count; ++i) marks[i - 1] = release(ONE, bob, 0);
        postMarked(0, statementOf(count), marks);
    }

    function _confirm(uint8 slot, uint64 count) private {
        witnesses[slot].record(heads[0], count, heads[count]);
        vault.confirm(slot, count);
    }

    function _contradict(uint8 slot) private {
        witnesses[slot].record(heads[0], 1, "another");
        vault.confirm(slot, 1);
    }

    function _requireWitness(uint8 slot, address at, bool conflicts, uint64 confirmed) private view {
        (VaultWitness memory kept, uint64 told) = vault.witnessOf(slot);
        assertEq(abi.encode(kept, told), abi.encode(at, conflicts, confirmed));
    }

    function _requireState(SourceState expected) private view {
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(expected));
    }
}

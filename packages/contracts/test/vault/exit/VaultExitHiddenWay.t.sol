// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitHiddenFixture} from "./VaultExitHiddenFixture.sol";

/// @notice An exit that stands by hidden tips alone, and a way of four entries that is replayed in parts: what the exit replays itself
///         is no word of attesters.
contract VaultExitHiddenWayTest is VaultExitHiddenFixture {
    LedgerProof private _proof;
    uint40 private _notedAt;

    function setUp() public override {
        super.setUp();
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        note(0, 2);
        note(1, 2);
        _notedAt = uint40(vm.getBlockTimestamp());
    }

    function test_I9_incident_a_strangers_partial_replay_ends_no_exit_of_hidden_tips() public {
        _prove();
        uint40 announcedAt = vault.exitStatus().announcedAt;
        vm.prank(carol);
        vault.replayExit(entriesOf(0, 2));
        assertEq(vault.exitStatus().announcedAt, announcedAt);
        vault.replayExit(entriesOf(2, 4));
        _assertOpen();
        claimLine(alice, ONE, alice);
    }

    function test_I9_a_way_in_three_transactions_opens_past_what_was_noted() public {
        _prove();
        vault.replayExit(entriesOf(0, 1));
        vault.replayExit(entriesOf(1, 3));
        vault.replayExit(entriesOf(3, 4));
        _assertOpen();
    }

    function test_I9_the_exit_is_proven_again_between_parts_of_its_way_and_in_the_same_block() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        // Who hides goes on, and names another block.
        deny(1 hours);
        vault.openExit(_proof, rest);
        vault.replayExit(entriesOf(3, 4));
        _assertOpen();
    }

    /// @notice A statement at what the exit replayed says nothing that the proof had not shown.
    function test_I9_incident_a_statement_at_what_the_exit_replayed_ends_nothing() public {
        _prove();
        vault.replayExit(entriesOf(0, 2));
        deny(1 days);
        assertGt(vault.exitStatus().announcedAt, 0);
        assertEq(vault.exitStatus().anchor, keccak256(_proof.header));
        vault.replayExit(entriesOf(2, 4));
        _assertOpen();
    }

    /// @notice A higher count in the place of the noted one would begin its 30 days anew, and end what stands by it.
    function test_I9_incident_what_was_noted_is_not_noted_anew_past_what_the_exit_replayed() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        witnesses[0].record(heads[0], 4, heads[4]);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAheadNoted.selector, 0, 2, _notedAt));
        vm.prank(carol);
        vault.noteAhead(0, 4);
        (uint64 count, uint40 since) = vault.aheadOf(0);
        assertEq(abi.encode(count, since), abi.encode(2, _notedAt));
        vault.replayExit(entriesOf(3, 4));
        _assertOpen();
    }

    /// @notice Announced anew after a recovery ended it: nobody has said meanwhile what the exit had replayed.
    function test_I9_what_the_exit_replayed_under_a_former_announcement_is_no_word_either() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        vm.mockCall(
            attesterSet,
            abi.encodeWithSignature("recovery()"),
            abi.encode(bytes32(0), uint40(0), uint40(vm.getBlockTimestamp() + 1 days))
        );
        assertEq(vault.exitStatus().announcedAt, 0);
        skip(1 days);
        vault.announceExit();
        assertGt(vault.exitStatus().announcedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 3, 4));
        vault.replayExit(entriesOf(3, 4));
        skip(7 days);
        vault.openExit(ledgerProof(), rest);
        vault.replayExit(entriesOf(3, 4));
        _assertOpen();
    }

    // Statements that are accepted meanwhile

    function test_statements_past_what_was_noted_end_it_wherever_the_exit_had_come() public {
        _prove();
        vault.replayExit(entriesOf(0, 1));
        post(1, anchoredStatement(4));
        _assertEnded();
    }

    function test_statements_past_what_was_noted_and_replayed_end_it() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        post(3, anchoredStatement(4));
        _assertEnded();
    }

    function test_I9_a_statement_that_does_not_reach_what_was_noted_ends_nothing_between_two_parts() public {
        note(2, 4);
        vm.prank(governor);
        vault.setWitness(0, address(0), true);
        vm.prank(governor);
        vault.setWitness(1, address(0), true);
        _renote(4);
        _prove();
        vault.replayExit(entriesOf(0, 1));
        JournalHead memory statement = anchoredStatement(2);
        statement.tip = 2;
        post(1, statement);
        assertGt(vault.exitStatus().announcedAt, 0);
        vault.replayExit(entriesOf(2, 3));
        assertGt(vault.exitStatus().announcedAt, 0);
        vault.replayExit(entriesOf(3, 4));
        _assertOpen();
    }

    // A rewind in the middle

    function test_a_rewind_between_two_parts_begins_anew() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        JournalHead memory point = _rewindTo(1);
        assertEq(vault.exitStatus().announcedAt, 0);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotAhead.selector, 1, 1));
        vault.noteAhead(0, 1);
        // A count that the exit had replayed is said by attesters now: it is no hidden one.
        JournalHead memory statement = anchoredStatement(3);
        (statement.edge, statement.tip) = (point.edge, 3);
        post(1, statement);
        witnesses[0].record(heads[0], 3, heads[3]);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotAhead.selector, 3, 3));
        vault.noteAhead(0, 3);
        expectTooEarly();
    }

    function test_a_rewind_to_what_the_exit_replayed_says_that_much() public {
        _prove();
        vault.replayExit(entriesOf(0, 3));
        _rewindTo(3);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotAhead.selector, 2, 3));
        vault.noteAhead(0, 2);
        expectTooEarly();
    }

    // Helpers of the tests

    /// @dev Announces after 30 days of hiding, proves after seven more, and marks the way's every count.
    function _prove() private {
        deny(30 days);
        vault.announceExit();
        _keep(ledgerProof());
        deny(7 days);
        vault.openExit(_proof, rest);
        for (uint64 count = 3; count > 0; --count) {
            vault.markExit(heads[0], count, heads[count], entriesOf(count, count + 1));
        }
    }

    function _keep(LedgerProof memory proof) private {
        (_proof.header, _proof.account) = (proof.header, proof.account);
        (_proof.head, _proof.count) = (proof.head, proof.count);
        (_proof.replicaHead, _proof.replica) = (proof.replicaHead, proof.replica);
    }

    /// @dev Two other witnesses, which both show this count.
    function _renote(uint64 count) private {
        for (uint8 slot = 0; slot < 2; ++slot) {
            vm.prank(governor);
            vault.setWitness(slot, address(witnesses[slot]), true);
            note(slot, count);
        }
    }

    function _rewindTo(uint64 count) private returns (JournalHead memory point) {
        uint64 end = replicaCount();
        if (count != end) vault.mark(count, heads[count], entriesOf(count, end));
        point = statementOf(count);
        point.edge = EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[count]);
        bytes memory sigs = sign(point);
        vm.prank(governor);
        vault.rewind(point, sigs);
        vault.unwind(heads[count], entriesOf(count, end));
    }

    function _assertOpen() private view {
        assertGt(vault.exitStatus().openedAt, 0);
        assertEq(vault.owed(asset), 4 * ONE);
        for (uint96 seq = 1; seq <= 4; ++seq) assertState(seq, PaymentState.QUEUED);
    }

    /// @dev Attesters are back: nothing of the exit goes on, and what it replayed stands once.
    function _assertEnded() private {
        assertEq(vault.exitStatus().announcedAt, 0);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        assertEq(vault.owed(asset), 4 * ONE);
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.replayExit(entriesOf(3, 4));
        expectTooEarly();
    }
}

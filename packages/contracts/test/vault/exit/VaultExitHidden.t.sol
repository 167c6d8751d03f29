// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitHiddenFixture} from "./VaultExitHiddenFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice k attesters sign that nothing is new: what two witnesses show for 30 days opens the exit, what one shows does not.
contract VaultExitHiddenTest is VaultExitHiddenFixture {
    function test_I9_incident_attesters_that_deny_the_tip_open_the_exit_after_30_days() public {
        note(0, 2);
        note(1, 2);
        deny(30 days);
        vault.announceExit();
        LedgerProof memory proof = ledgerProof();
        // They go on, and move the anchor in each block: the one of the announcement counts.
        deny(7 days);
        assertEq(vault.exitStatus().anchor, keccak256(proof.header));
        vault.openExit(proof, rest);
        vault.replayExit(entriesOf(0, 2));
        assertGt(vault.exitStatus().openedAt, 0);
        assertState(1, PaymentState.QUEUED);
        claimLine(alice, ONE, alice);
    }

    function test_I8_one_lying_witness_opens_no_exit() public {
        witnesses[0].record(heads[0], 1_000_000, "a lie");
        vault.noteAhead(0, 1_000_000);
        deny(60 days);
        expectTooEarly();
        // Nor does one of two that must confirm, with a second one of which nobody showed anything for 30 days.
        note(1, 2);
        deny(30 days - 1);
        expectTooEarly();
    }

    function test_I8_as_many_as_must_confirm_must_show_it() public {
        vm.prank(governor);
        vault.setWitnessPolicy(3);
        note(0, 2);
        note(1, 1);
        deny(31 days);
        expectTooEarly();
        note(2, 2);
        deny(30 days);
        vault.announceExit();
    }

    function test_statements_that_reach_what_was_shown_end_the_announcement() public {
        note(0, 1);
        note(1, 2);
        deny(30 days);
        vault.announceExit();
        assertGt(vault.exitStatus().announcedAt, 0);
        JournalHead memory statement = anchoredStatement(1);
        statement.tip = 1;
        post(0, statement);
        assertEq(vault.exitStatus().announcedAt, 0);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        expectTooEarly();
    }

    function test_a_block_of_before_what_was_shown_opens_nothing() public {
        note(0, 2);
        note(1, 2);
        skip(30 days);
        setJournal(0);
        denyNow();
        vault.announceExit();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectPartialRevert(IVaultExit.ExitJournalMismatch.selector);
        vault.openExit(proof, rest);
    }

    function test_a_witness_that_conflicts_or_is_replaced_shows_nothing() public {
        note(0, 2);
        note(1, 2);
        deny(30 days);
        address other = address(new TestWitness());
        vm.prank(governor);
        vault.setWitness(1, other, true);
        (uint64 count, uint40 since) = vault.aheadOf(1);
        assertEq(abi.encode(count, since), abi.encode(0, 0));
        expectTooEarly();
    }

    function test_a_rewind_begins_anew() public {
        note(0, 2);
        note(1, 2);
        deny(30 days);
        JournalHead memory point = statementOf(0);
        point.edge = EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[0]);
        bytes memory sigs = sign(point);
        vm.prank(governor);
        vault.rewind(point, sigs);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        expectTooEarly();
    }

    function test_what_is_noted_is_ahead_recorded_counted_and_noted_once() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotAhead.selector, 0, 0));
        vault.noteAhead(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IEdge.RecordMissing.selector, 0, 2));
        vault.noteAhead(0, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 3));
        vault.noteAhead(3, 2);
        witnesses[0].record(heads[0], 2, heads[2]);
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitAheadSeen(0, 2);
        vault.noteAhead(0, 2);
        (uint64 count, uint40 since) = vault.aheadOf(0);
        assertEq(abi.encode(count, since), abi.encode(2, vm.getBlockTimestamp()));
        skip(1 days);
        // A later, higher count does not begin the 30 days anew.
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAheadNoted.selector, 0, 2, since));
        vault.noteAhead(0, 2);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice k attesters sign that nothing is new: what two witnesses show for 30 days opens the exit, what one shows does not.
contract VaultExitHiddenTest is VaultExitFixture {
    TestWitness[3] private witnesses;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        for (uint8 slot = 0; slot < 3; ++slot) {
            witnesses[slot] = new TestWitness();
            vault.setWitness(slot, address(witnesses[slot]), true);
        }
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        anchor();
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        setJournal(2);
    }

    function test_I9_incident_attesters_that_deny_the_tip_open_the_exit_after_30_days() public {
        _note(0, 2);
        _note(1, 2);
        _deny(30 days);
        vault.announceExit();
        LedgerProof memory proof = ledgerProof();
        // They go on, and move the anchor in each block: the one of the announcement counts.
        _deny(7 days);
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
        _deny(60 days);
        _expectTooEarly();
        // Nor does one of two that must confirm, with a second one of which nobody showed anything for 30 days.
        _note(1, 2);
        _deny(30 days - 1);
        _expectTooEarly();
    }

    function test_I8_as_many_as_must_confirm_must_show_it() public {
        vm.prank(governor);
        vault.setWitnessPolicy(3);
        _note(0, 2);
        _note(1, 1);
        _deny(31 days);
        _expectTooEarly();
        _note(2, 2);
        _deny(30 days);
        vault.announceExit();
    }

    function test_statements_that_reach_what_was_shown_end_the_announcement() public {
        _note(0, 1);
        _note(1, 2);
        _deny(30 days);
        vault.announceExit();
        assertGt(vault.exitStatus().announcedAt, 0);
        JournalHead memory statement = anchoredStatement(1);
        statement.tip = 1;
        post(0, statement);
        assertEq(vault.exitStatus().announcedAt, 0);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        _expectTooEarly();
    }

    function test_a_block_of_before_what_was_shown_opens_nothing() public {
        _note(0, 2);
        _note(1, 2);
        skip(30 days);
        setJournal(0);
        _denyNow();
        vault.announceExit();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectPartialRevert(IVaultExit.ExitJournalMismatch.selector);
        vault.openExit(proof, rest);
    }

    function test_a_witness_that_conflicts_or_is_replaced_shows_nothing() public {
        _note(0, 2);
        _note(1, 2);
        _deny(30 days);
        address other = address(new TestWitness());
        vm.prank(governor);
        vault.setWitness(1, other, true);
        (uint64 count, uint40 since) = vault.aheadOf(1);
        assertEq(abi.encode(count, since), abi.encode(0, 0));
        _expectTooEarly();
    }

    function test_a_rewind_begins_anew() public {
        _note(0, 2);
        _note(1, 2);
        _deny(30 days);
        JournalHead memory point = statementOf(0);
        point.edge = EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[0]);
        bytes memory sigs = sign(point);
        vm.prank(governor);
        vault.rewind(point, sigs);
        (uint64 count, ) = vault.aheadOf(0);
        assertEq(count, 0);
        _expectTooEarly();
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

    function _note(uint8 slot, uint64 count) private {
        witnesses[slot].record(heads[0], count, heads[count]);
        vault.noteAhead(slot, count);
    }

    /// @dev Time goes by, and the quorum says at its end that the ledger's journal has no entry.
    function _deny(uint256 time) private {
        skip(time);
        setJournal(2);
        _denyNow();
    }

    function _denyNow() private {
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
    }

    function _expectTooEarly() private {
        vm.expectPartialRevert(IVaultExit.ExitTooEarly.selector);
        vault.announceExit();
    }
}

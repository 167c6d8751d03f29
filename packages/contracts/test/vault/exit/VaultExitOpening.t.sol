// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ExitStatus, IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice When an exit opens, and when it must not: while nobody could say that the vault is alive, and on another journal.
contract VaultExitOpeningTest is VaultExitFixture {
    // Recoveries and quarantines: times in which nobody can answer

    function test_I9_no_exit_opens_while_a_recovery_runs_or_within_seven_days_of_it() public {
        anchor();
        uint256 made = vm.getBlockTimestamp();
        _propose();
        // Announced before the proposal was withdrawn or carried out, it would open before anybody could sign.
        vm.warp(made + 20 days);
        attesters.recover(members);
        (, , uint40 until) = attesters.recovery();
        assertLt(until, made + 30 days);
        vm.warp(made + 30 days);
        vault.announceExit();
        vm.warp(made + 60 days);
        _propose();
        (, , until) = attesters.recovery();
        LedgerProof memory proof = ledgerProof();
        // What was announced before the freeze cannot be answered in it.
        assertEq(vault.exitStatus().announcedAt, 0);
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, until));
        vault.announceExit();
        vm.warp(made + 75 days);
        attesters.recover(members);
        (, , until) = attesters.recovery();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, until));
        vault.announceExit();
        vm.warp(until);
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
        vault.announceExit();
        vm.warp(until + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, until + 7 days));
        vault.openExit(proof, rest);
        vm.warp(until + 7 days);
        vault.openExit(proof, rest);
        assertEq(vault.exitStatus().openedAt, until + 7 days);
    }

    function test_I9_a_withdrawn_recovery_costs_an_announcement_its_notice_and_no_more() public {
        anchor();
        announceLate();
        skip(6 days);
        _propose();
        skip(1 days);
        vm.prank(guardian);
        attesters.withdrawRecovery();
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
        vault.announceExit();
        skip(7 days);
        vault.openExit(proof, rest);
    }

    /// @dev The anchor is a word of k keys; whom they made it up for must wait until a recovered set could take it back.
    function test_I10_a_made_up_anchor_opens_nothing_while_a_recovery_runs() public {
        anchor();
        skip(1 hours);
        setLine(accountOf(carol), LOCKED);
        anchor();
        announceLate();
        skip(2 days);
        _propose();
        skip(5 days);
        LedgerProof memory forged = ledgerProof();
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(forged, rest);
        skip(10 days);
        attesters.recover(members);
        (, , uint40 until) = attesters.recovery();
        vm.warp(until);
        vault.announceExit();
        setLine(accountOf(carol), 0);
        JournalHead memory statement = anchoredStatement(0);
        statement.epoch = 2;
        vault.refresh(statement, sign(statement));
        skip(7 days);
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(forged, rest);
        assertEq(vault.exitStatus().anchor, statement.blockHash);
    }

    function test_I9_two_days_to_answer_in_are_left_after_a_quarantine() public {
        anchor();
        announceLate();
        uint40 announced = uint40(vm.getBlockTimestamp());
        skip(1 days);
        vm.startPrank(guardian);
        vault.quarantine(announced + 4 days);
        vm.warp(announced + 4 days - 1);
        vault.quarantine(announced + 7 days - 1);
        vm.stopPrank();
        vm.warp(announced + 7 days);
        LedgerProof memory proof = ledgerProof();
        uint256 earliest = announced + 9 days - 1;
        assertEq(vault.exitStatus().openableAt, earliest);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, earliest));
        vault.openExit(proof, rest);
        vm.warp(earliest);
        vault.openExit(proof, rest);
    }

    // The ledger's replica

    function test_I10_a_ledger_that_applied_another_journal_than_this_vaults_opens_nothing() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        // Its quorum signed one lock more, for an account of the thief's.
        bytes32 foreign = EntryCodec.extend(head, _lockEntry(LOCKED));
        lockFor(asset, IERC20(address(token)), ONE);
        setApplied(count + 1, foreign, "");
        anchor();
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitHeadUnknown.selector, edge, count + 1, foreign));
        vault.openExit(proof, "");
        bytes memory more = EntryCodec.pack(_lockEntry(ONE));
        vm.expectPartialRevert(IVaultExit.ExitHeadUnknown.selector);
        vault.openExit(proof, more);
        assertEq(vault.exitStatus().provenAt, 0);
    }

    function test_I2_a_ledger_that_never_heard_of_this_vault_opens_nothing() public {
        setApplied(0, 0, "");
        anchor();
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectPartialRevert(IVaultExit.ExitHeadUnknown.selector);
        vault.openExit(proof, "");
    }

    function test_I9_a_long_rest_of_the_vaults_journal_is_marked_first() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes memory all;
        for (uint128 i = 1; i <= 3; ++i) {
            lockFor(asset, IERC20(address(token)), i * ONE);
            all = bytes.concat(all, EntryCodec.pack(_lockEntry(i * ONE)));
        }
        setApplied(count, head, all);
        anchor();
        announceLate();
        skip(7 days);
        bytes memory first = EntryCodec.pack(_lockEntry(ONE));
        bytes32 after_ = keccak256(bytes.concat(head, first));
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitHeadUnknown.selector, edge, count + 1, after_));
        vault.openExit(proof, first);
        vault.markExit(edge, count + 1, after_, _tail(all));
        vault.openExit(proof, first);
        assertEq(vault.exitStatus().applied, count);
        assertGt(vault.exitStatus().openedAt, 0);
    }

    // A replica that the proven journal does not go on from

    function test_I9_a_replica_that_cannot_reach_the_proven_head_is_not_closed() public {
        // All keys sign an entry that the ledger never made, and name a true block of its.
        Entry memory forged = releaseEntry(asset, ONE, carol, 0);
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        bytes32 forgedHead = EntryCodec.extend(heads[0], forged);
        setJournal(tip());
        JournalHead memory statement = anchoredStatement(1);
        (statement.head, statement.tip) = (forgedHead, 1);
        vault.applyReleases(0, EntryCodec.pack(forged), new uint64[](0), statement, sign(statement));

        openLate();
        ExitStatus memory status = vault.exitStatus();
        assertEq(abi.encode(status.count, status.openedAt), abi.encode(2, 0));
        bytes memory rest_ = entriesOf(1, 2);
        vm.expectPartialRevert(IVaultExit.ExitHeadUnknown.selector);
        vault.replayExit(rest_);
        // It is proven again at will, nothing is closed, and whoever may sign at the verifier ends it.
        vault.openExit(ledgerProof(), rest);
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.LIVE));
        statement.asOf = uint64(vm.getBlockTimestamp());
        vault.refresh(statement, sign(statement));
        assertEq(vault.exitStatus().announcedAt, 0);
        rest_ = entriesOf(1, 2);
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.replayExit(rest_);
    }

    function test_I2_what_was_proven_under_an_announcement_that_ended_opens_nothing() public {
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        setJournal(2);
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
        openLate();
        assertGt(vault.exitStatus().provenAt, 0);
        // Alive again: one entry is applied, at a block of its own.
        statement = anchoredStatement(1);
        (statement.tip, statement.blockHash) = (1, keccak256("another"));
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sign(statement));
        announceLate();
        assertEq(vault.exitStatus().provenAt, 0);
        assertEq(vault.exitStatus().anchor, statement.blockHash);
        skip(7 days);
        bytes memory last = entriesOf(1, 2);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 1, 2));
        vault.replayExit(last);
        LedgerProof memory stale = ledgerProof();
        vm.expectPartialRevert(IVaultExit.ExitAnchorMismatch.selector);
        vault.openExit(stale, rest);
    }

    /// @dev Posted between the proof and the rest of the replay, it moves the replica, not what was proven.
    function test_I9_a_statement_held_back_until_the_proof_does_not_end_the_exit() public {
        for (uint256 i = 0; i < 70; ++i) release(ONE, bob, 0);
        setJournal(70);
        JournalHead memory first = anchoredStatement(0);
        first.tip = 0;
        vault.refresh(first, sign(first));
        skip(1 hours);
        JournalHead memory cut = anchoredStatement(64);
        chain.setTimestamp(uint64(first.asOf));
        openLate();
        vault.applyReleases(0, entriesOf(0, 64), new uint64[](0), cut, sign(cut));
        assertEq(vault.exitStatus().anchor, first.blockHash);
        vault.replayExit(entriesOf(64, 70));
        assertEq(vault.exitStatus().openedAt, vm.getBlockTimestamp());
        // In parts the replay would be overtaken, and proven again at the new anchor: not here, where it is open.
        JournalHead memory late = statementOf(70);
        bytes memory sigs = sign(late);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]));
        vault.refresh(late, sigs);
    }

    function _propose() private {
        vm.prank(governor);
        attesters.proposeRecovery(members);
        vm.prank(guardian);
        attesters.proposeRecovery(members);
    }

    function _lockEntry(uint128 amount) private view returns (Entry memory) {
        return
            Entry({kind: EntryCodec.LOCK, asset: asset, amount: amount, account: accountOf(alice), party: 0, fee: 0});
    }

    /// @dev All but the first entry.
    function _tail(bytes memory entries) private pure returns (bytes memory tail) {
        tail = new bytes(entries.length - EntryCodec.LENGTH);
        for (uint256 i = 0; i < tail.length; ++i) tail[i] = entries[i + EntryCodec.LENGTH];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExitClaim, IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {VaultRewindFixture} from "../rewind/VaultRewindFixture.sol";

/// @notice The exit of a vault whose replica was rewound, before it, on the way to it, and in it.
contract VaultExitRewindTest is VaultExitFixture, VaultRewindFixture {
    function setUp() public override(VaultExitFixture, VaultRewindFixture) {
        super.setUp();
    }

    function edgeNow() internal view override(VaultReleaseFixture, VaultRewindFixture) returns (bytes32) {
        return VaultRewindFixture.edgeNow();
    }

    // Which of the two goes on

    function test_I9_no_exit_opens_while_a_rewind_runs_and_unwinding_it_is_open_to_anyone() public {
        release(ONE, bob, 0);
        applyAll();
        anchor();
        announceLate();
        skip(7 days);
        // The ledger's journal is as long as the point, whatever was signed.
        setJournal(0);
        _beginAnchored(0);
        assertEq(vault.exitStatus().openableAt, type(uint40).max);
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindRunning.selector, heads[0], nameOf(1, heads[0])));
        vault.openExit(proof, rest);
        unwindTo(0);
        cutTo(0);
        assertEq(vault.exitStatus().openableAt, vm.getBlockTimestamp());
        _open();
        assertEdgeState(SourceState.CLOSED);
    }

    function test_I9_nothing_is_rewound_in_an_open_exit() public {
        release(ONE, bob, 0);
        anchor();
        openLate();
        JournalHead memory point = pointOf(1);
        bytes memory sigs = sign(point);
        uint40 announcedAt = vault.exitStatus().announcedAt;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitUnderWay.selector, announcedAt));
        vm.prank(governor);
        vault.rewind(point, sigs);
    }

    /// @notice What was proven was proven in a block that the rewind may have taken back: it is proven anew in the point's.
    function test_I2_a_rewind_voids_what_was_proven_and_not_the_announcement() public {
        anchor();
        release(ONE, bob, 0);
        setJournal(1);
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
        announceLate();
        skip(7 days);
        _open();
        assertEq(vault.exitStatus().provenAt, vm.getBlockTimestamp());
        uint40 announcedAt = vault.exitStatus().announcedAt;
        _beginAnchored(0);
        bytes memory dead = entryOf(1);
        vault.unwind(heads[0], "");
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 0, 1));
        vault.replayExit(dead);
        cutTo(0);
        assertEq(vault.exitStatus().announcedAt, announcedAt);
        assertEq(vault.exitStatus().provenAt, 0);
        // In the point's block the journal holds another entry.
        release(2 * ONE, bob, 0);
        setJournal(1);
        statement = anchoredStatement(0);
        statement.tip = 1;
        _anchorPoint(statement.blockHash);
        _open();
        vm.expectPartialRevert(IVaultExit.ExitHeadUnknown.selector);
        vault.replayExit(dead);
        vault.replayExit(entryOf(1));
        assertEq(vault.owed(asset), 2 * ONE);
        assertEdgeState(SourceState.CLOSED);
    }

    // What comes again in the exit's own replay

    function test_I4_what_the_exit_replays_after_a_rewind_comes_again_as_any() public {
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        applyAll();
        pay(2);
        _stop(1);
        assertEq(vault.payment(1).flags & 8, 8);
        rewindTo(0);
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        setJournal(2);
        JournalHead memory statement = anchoredStatement(0);
        vault.refresh(_atTip(statement), sign(_atTip(statement)));
        openLate();
        vault.replayExit(entriesOf(0, 2));
        assertState(1, PaymentState.STOPPED);
        assertState(2, PaymentState.PAID);
        assertBooks(asset, LOCKED - 20 * ONE, 0, 20 * ONE);
    }

    /// @notice Journals and replicas lie under their first names, whatever statements are called.
    function test_I9_an_exit_reads_under_the_first_names_through_two_rewinds() public {
        replay(3);
        rewindTo(1);
        replay(2);
        rewindTo(2);
        setLine(accountOf(alice), LINE - 2 * ONE);
        anchor();
        openLate();
        vault.markExit(heads[0], 2, heads[2], "");
        uint96 seq = claimLine(alice, ONE, alice);
        assertEq(seq, (uint96(type(uint32).max) << 64) + 1);
        payExit(seq, accountOf(alice), ONE, alice);
        assertEq(token.balanceOf(alice), ONE);
        assertBooks(asset, LOCKED - ONE, 2 * ONE, ONE);
    }

    // Claims

    function test_I1_a_loss_that_was_unwound_takes_nothing_from_a_claim() public {
        append(lostEntry(LOCKED));
        applyAll();
        skip(24 hours);
        vault.takeLoss(1, entryOf(1));
        rewindTo(0);
        anchor();
        openLate();
        uint96 seq = claimLine(alice, LINE, alice);
        payExit(seq, accountOf(alice), LINE, alice);
        assertEq(token.balanceOf(alice), LINE);
    }

    /// @notice What was paid past the point settles releases of the ledger alone: a claim of as much for the same recipient is paid.
    function test_I9_a_claim_is_settled_by_nothing_that_was_paid_past_the_point() public {
        release(10 * ONE, carol, 0);
        applyAll();
        pay(1);
        bytes32 entryHash = hashOf(1);
        rewindTo(0);
        token.mint(address(vault), 10 * ONE);
        anchor();
        openLate();
        uint96 seq = claimLine(alice, 10 * ONE, carol);
        assertState(seq, PaymentState.QUEUED);
        payExit(seq, accountOf(alice), 10 * ONE, carol);
        assertEq(token.balanceOf(carol), 20 * ONE);
        assertEq(vault.paidOrphans(entryHash), 1);
    }

    /// @notice One that stayed stopped after a rewind, and did not come again, is none that the ledger debited.
    function test_I4_a_stopped_payment_that_did_not_come_again_is_no_claim() public {
        release(10 * ONE, bob, 0);
        applyAll();
        _stop(1);
        rewindTo(0);
        anchor();
        openLate();
        assertState(1, PaymentState.STOPPED);
        ExitClaim memory claim = claimOf(accountOf(alice), 10 * ONE, alice);
        bytes[] memory record = proveRecord(1);
        bytes32 given = keccak256(abi.encodePacked(asset, 10 * ONE, accountOf(alice)));
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitRecordMismatch.selector, 0, given));
        vm.prank(alice, alice);
        vault.claimStopped(claim, 1, asset, 10 * ONE, record);
    }

    // Helpers of the tests

    function _open() private {
        vault.openExit(ledgerProof(), rest);
    }

    /// @dev Begins a rewind with the block as it is built now.
    function _beginAnchored(uint64 count) private {
        JournalHead memory point = anchoredStatement(count);
        point.edge = nameOf(generation + 1, heads[count]);
        beginAt(point);
    }

    /// @dev One more rewind, to where the replica stands, so that this block is the anchor.
    function _anchorPoint(bytes32 blockHash) private {
        JournalHead memory point = pointOf(0);
        point.blockHash = blockHash;
        beginAt(point);
        vault.unwind(0, "");
    }

    function _atTip(JournalHead memory statement) private pure returns (JournalHead memory) {
        statement.tip = statement.count;
        return statement;
    }

    function _stop(uint96 seq) private {
        vm.prank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "x");
        skip(72 hours + 1);
    }
}

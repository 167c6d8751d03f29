// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ExitClaim, IVaultExit, LedgerProof} from "../solidity/interfaces/IVaultExit.sol";
import {PaymentState} from "../solidity/interfaces/VaultTypes.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";

/// @notice The exit of a vault whose edges went on as their next generations.
contract VaultExitGenerationsTest is VaultExitFixture, VaultGenerationFixture {
    function setUp() public override(VaultReleaseFixture, VaultExitFixture) {
        super.setUp();
    }

    /// @notice An announcement that was answered stays answered: the next generation begins without a statement at its tip, and
    ///         that is no silence of thirty days.
    function test_I9_a_new_generation_revives_no_announcement_that_was_answered() public {
        anchor();
        announceLate();
        anchor();
        assertEq(vault.exitStatus().announcedAt, 0);
        skip(60 days);
        closeTo(0);
        follow(0, 1);
        assertEq(vault.exitStatus().announcedAt, 0, "nothing was announced");
        // The first statement of the new edge is one of a cut: it names a block, and no time.
        for (uint256 i = 0; i < 65; ++i) release(ONE, bob, 0);
        setJournal(tip());
        JournalHead memory statement = anchoredStatement(64);
        post(0, statement);
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
    }

    /// @notice A refund of a stopped release that goes on under another number is worth nothing: the payment is.
    function test_I4_a_refund_of_a_release_that_was_journaled_again_is_no_claim() public {
        release(10 * ONE, bob, 0);
        applyAll();
        vm.startPrank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        vault.stop(1, entryOf(1), "x");
        vm.stopPrank();
        skip(1);
        closeTo(0);
        follow(0, 1);
        // The ledger heard of no refund before it journaled the release again.
        release(10 * ONE, bob, 0);
        bytes memory refund = _refundOf(1);
        bytes32 edge = vault.outboundEdge();
        bytes32 before = EntryCodec.extend(edge, _ownLock());
        setApplied(1, before, refund);
        setLine(accountOf(alice), LINE - 10 * ONE);
        anchor();
        uint96 again = EdgeLib.sequenceOf(1, 1);
        assertState(again, PaymentState.QUEUED);
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), 10 * ONE, alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitEntryRefused.selector, 2, EntryCodec.REFUND, 1));
        vm.prank(alice, alice);
        vault.claimEntry(claim, 2, before, refund);
        vault.pay(again, entryOf(1), relayer);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    /// @notice What was stopped before the point of a generation comes back as ever.
    function test_I9_a_refund_of_before_the_point_is_claimed() public {
        release(10 * ONE, bob, 0);
        applyAll();
        vm.startPrank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        vault.stop(1, entryOf(1), "x");
        vm.stopPrank();
        skip(1);
        closeTo(1);
        follow(1, 1);
        release(ONE, bob, 0);
        bytes memory refund = _refundOf(1);
        bytes32 before = EntryCodec.extend(vault.outboundEdge(), _ownLock());
        setApplied(1, before, refund);
        setLine(accountOf(alice), LINE - 11 * ONE);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), 10 * ONE, alice);
        vm.prank(alice, alice);
        uint96 seq = vault.claimEntry(claim, 2, before, refund);
        assertState(seq, PaymentState.QUEUED);
    }

    /// @notice A loss that was undone with its generation reaches no claim: the ledger knows nothing of it.
    function test_I1_a_loss_that_was_undone_takes_nothing_from_a_claim() public {
        append(lostEntry(LOCKED));
        applyAll();
        skip(24 hours);
        vault.takeLoss(1, entryOf(1));
        closeTo(0);
        follow(0, 1);
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
        bytes32 entryHash = keccak256(entryOf(1));
        closeTo(0);
        follow(0, 1);
        token.mint(address(vault), 10 * ONE);
        anchor();
        openLate();
        uint96 seq = claimLine(alice, 10 * ONE, carol);
        assertState(seq, PaymentState.QUEUED);
        payExit(seq, accountOf(alice), 10 * ONE, carol);
        assertEq(token.balanceOf(carol), 20 * ONE);
        assertEq(vault.paidPastPoint(entryHash), 10 * ONE);
    }

    /// @notice Once the exit is open the vault's journal goes on as no other edge: entries of a new one could be claimed again.
    function test_I4_no_generation_of_the_journal_opens_in_an_open_exit() public {
        anchor();
        openLate();
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes memory sigs = signPoint(edge, count, head, 3);
        uint40 announcedAt = vault.exitStatus().announcedAt;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitUnderWay.selector, announcedAt));
        vm.prank(governor);
        vault.openGeneration(count, head, 1, sigs, "");
    }

    /// @notice A release of this generation lies past no point, whatever was closed before it.
    function test_I9_a_refund_of_a_release_of_a_later_generation_is_claimed() public {
        closeTo(0);
        follow(0, 1);
        release(10 * ONE, bob, 0);
        applyAll();
        uint96 seq = EdgeLib.sequenceOf(1, 1);
        vm.startPrank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 1));
        vault.stop(seq, entryOf(1), "x");
        vm.stopPrank();
        skip(1);
        bytes memory refund = _refundOf(seq);
        bytes32 before = EntryCodec.extend(vault.outboundEdge(), _ownLock());
        setApplied(1, before, refund);
        setLine(accountOf(alice), LINE - 10 * ONE);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), 10 * ONE, alice);
        vm.prank(alice, alice);
        assertState(vault.claimEntry(claim, 2, before, refund), PaymentState.QUEUED);
    }

    /// @notice What the exit proves is the journal of now: no head of one that went on as another is known.
    function test_I4_no_head_of_a_journal_that_went_on_as_another_is_known() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes memory sigs = signPoint(edge, count, head, 3);
        vm.prank(governor);
        vault.openGeneration(count, head, 1, sigs, "");
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitHeadUnknown.selector, edge, count, head));
        vault.markExit(edge, count, head, "");
    }

    function _ownLock() private view returns (Entry memory) {
        return Entry(EntryCodec.LOCK, asset, LOCKED, accountOf(alice), 0, 0);
    }

    function _refundOf(uint96 seq) private view returns (bytes memory) {
        return EntryCodec.pack(Entry(EntryCodec.REFUND, asset, 10 * ONE, accountOf(alice), bytes32(uint256(seq)), 0));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {Vm} from "forge-std/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAttesterSet} from "../solidity/interfaces/IAttesterSet.sol";
import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {IVaultGenerations} from "../solidity/interfaces/IVaultGenerations.sol";
import {PaymentState, VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {Forwarding} from "../solidity/libraries/Forwarding.sol";
import {GenerationLib} from "../solidity/libraries/GenerationLib.sol";
import {JournalLib} from "../solidity/libraries/JournalLib.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {CollateralVault} from "../solidity/vault/CollateralVault.sol";
import {VaultActs} from "../solidity/vault/VaultActs.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";
import {TestWitness} from "./witnesses/TestWitness.sol";

/// @notice Closing a vault's replica at a point, and opening its journal's next generation.
contract VaultClosingTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;
    /// @dev The vault's journal as it was when it was opened again: packed entries, and the head after each.
    bytes private own;
    bytes32[] private ownHeads;

    // Who may, and what must be signed

    function test_refuses_to_close_or_open_unless_the_governor_comes_with_k_signatures_of_that_point() public {
        release(ONE, bob, 0);
        applyAll();
        bytes memory sigs = signPoint(heads[0], 1, heads[1], 3);
        bytes memory few = signPoint(heads[0], 1, heads[1], 2);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NotAuthorized.selector, guardian, governor));
        vm.prank(guardian);
        vault.closeEdge(1, heads[1], 1, sigs);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NotAuthorized.selector, guardian, governor));
        vm.prank(guardian);
        vault.openGeneration(1, heads[1], 1, sigs, "");
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        vault.closeEdge(1, heads[1], 1, few);
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vault.closeEdge(0, heads[1], 1, sigs);
        vm.expectPartialRevert(IAttesterSet.EpochUnknown.selector);
        vault.closeEdge(1, heads[1], 2, sigs);
        // Signed for the edge from the ledger, not for the vault's own.
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vault.openGeneration(1, heads[1], 1, sigs, "");
        sigs = signPoint(heads[0], 1, heads[0], 3);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, heads[0], 1, heads[0]));
        vault.closeEdge(1, heads[0], 1, sigs);
        sigs = signPoint(heads[0], 2, heads[1], 3);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, heads[0], 2, heads[1]));
        vault.closeEdge(2, heads[1], 1, sigs);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, heads[0]));
        vault.continueEdge(0, "");
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NotAuthorized.selector, address(this), address(vault)));
        vault.settleAgain(1, "");
    }

    // The replica

    function test_I4_payments_past_the_point_are_void_and_those_before_it_stand() public {
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        release(30 * ONE, address(0), 0);
        release(40 * ONE, bob, 0);
        applyAll();
        vm.startPrank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        vault.stop(4, entryOf(4), "x");
        vm.stopPrank();
        skip(1);
        beginClosing(1);
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.CLOSED));
        // Whoever is first between the two acts is paid nothing past the point, and no batch is taken.
        bytes memory entry = entryOf(2);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVaultReleases.PaymentQuarantined.selector, 2, type(uint40).max)
        );
        vault.pay(2, entry, relayer);
        bytes memory sigs = sign(statementOf(4));
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVaultReleases.EdgeQuarantined.selector, heads[0], type(uint40).max)
        );
        vault.refresh(statementOf(4), sigs);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVaultReleases.EdgeClosed.selector, heads[0]));
        vm.prank(governor);
        vault.closeEdge(1, heads[1], 1, sigs);

        vm.expectEmit(address(vault));
        emit IVaultGenerations.Voided(3, 30 * ONE);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.Voided(2, 20 * ONE);
        vault.continueEdge(heads[1], entriesOf(1, 4));
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.VOID);
        assertState(3, PaymentState.VOID);
        assertState(4, PaymentState.STOPPED);
        assertBooks(asset, LOCKED, 10 * ONE, 0);
        pay(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICollateralVaultReleases.PaymentStateMismatch.selector,
                2,
                PaymentState.VOID,
                PaymentState.QUEUED
            )
        );
        vm.prank(guardian);
        vault.stop(2, entry, "x");
        follow(1, 1);
        release(5 * ONE, bob, 0);
        applyAll();
        skip(3 hours);
        vault.pay(EdgeLib.sequenceOf(1, 1), entryOf(1), relayer);
        assertBooks(asset, LOCKED - 15 * ONE, 0, 15 * ONE);
    }

    function test_I14_undoes_in_steps_from_the_end() public {
        for (uint256 i = 0; i < 70; ++i) release(ONE, bob, 0);
        post(0, statementOf(64));
        applyAll();
        beginClosing(0);
        bytes memory entries = entriesOf(0, 64);
        bytes32 wrong = heads[0];
        vm.expectPartialRevert(GenerationLib.PointUnknown.selector);
        vault.continueEdge(wrong, entries);
        uint256 gasBefore = gasleft();
        vault.continueEdge(heads[6], entriesOf(6, 70));
        uint256 used = gasBefore - gasleft() + 21_000 + 64 * 95 * 16;
        console.log("void 64 payments:", used);
        assertLt(used, 8_000_000);
        assertEq(vault.owed(asset), 6 * ONE);
        vault.continueEdge(0, "");
        vault.continueEdge(heads[0], entriesOf(0, 6));
        assertEq(vault.owed(asset), 0);
        assertEq(
            vault.inboundEdge(),
            EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[0])
        );
    }

    /// @notice What was paid past the point settles the same release once, and what settles none is missing.
    function test_I1_I4_what_was_paid_past_the_point_settles_the_same_release_once() public {
        release(10 * ONE, bob, 3);
        release(10 * ONE, bob, 3);
        applyAll();
        pay(1);
        pay(2);
        beginClosing(0);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.PaidPastPoint(1, asset, 10 * ONE);
        undoTo(0);
        assertBooks(asset, LOCKED, 0, 0);
        bytes memory entry = entryOf(1);
        assertEq(vault.paidPastPoint(keccak256(entry)), 20 * ONE);
        // Missing: nothing is locked or paid before it is told or settled.
        uint256 held = token.balanceOf(address(vault));
        assertEq(held, LOCKED - 20 * ONE);
        deal(address(token), alice, ONE);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetShort.selector, asset, LOCKED, held));
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);

        follow(0, 1);
        release(10 * ONE, bob, 2);
        release(10 * ONE, bob, 3);
        applyAll();
        assertState(EdgeLib.sequenceOf(1, 1), PaymentState.QUEUED);
        assertState(EdgeLib.sequenceOf(1, 2), PaymentState.PAID);
        assertBooks(asset, LOCKED - 10 * ONE, 10 * ONE, 10 * ONE);
        assertEq(vault.paidPastPoint(keccak256(entry)), 10 * ONE);
        expectShortfall(10 * ONE, LOCKED - 10 * ONE, 0);
        vault.report(asset);
        // The next one like it settles the rest: nothing is missing any more, and the next report says so.
        release(10 * ONE, bob, 3);
        applyAll();
        assertEq(vault.paidPastPoint(keccak256(entry)), 0);
        expectShortfall(0, LOCKED - 20 * ONE, 0);
        vault.report(asset);
        payLate(EdgeLib.sequenceOf(1, 1), entryOf(1));
        release(10 * ONE, bob, 3);
        applyAll();
        assertState(EdgeLib.sequenceOf(1, 4), PaymentState.QUEUED);
    }

    function test_I4_a_forged_reroute_is_undone() public {
        release(10 * ONE, address(0), 0);
        applyAll();
        skip(31 days);
        Entry memory entry = releaseEntry(asset, 1, carol, 0);
        entry.kind = EntryCodec.REROUTE;
        append(entry);
        applyAll();
        assertEq(vault.rerouteOf(1).to, carol);
        beginClosing(1);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.RerouteUndone(2, 1);
        undoTo(1);
        assertEq(vault.rerouteOf(1).to, address(0));
        assertEq(vault.payment(1).flags >> 3, 0);
        vm.expectPartialRevert(ICollateralVaultReleases.TransferFailed.selector);
        vault.claim(1, firstEntry);
    }

    function test_I4_a_reroute_that_changed_nothing_is_undone_without_effect() public {
        release(10 * ONE, bob, 0);
        Entry memory entry = releaseEntry(asset, 1, carol, 0);
        entry.kind = EntryCodec.REROUTE;
        append(entry);
        applyAll();
        assertEq(vault.rerouteOf(1).to, address(0), "it is not claimable");
        beginClosing(1);
        vm.recordLogs();
        undoTo(1);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertNotEq(logs[i].topics[0], IVaultGenerations.RerouteUndone.selector);
        }
        payLate(1, firstEntry);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    /// @notice What was paid past the point is accounted again, as far as the books go: the room that it left was locked anew.
    function test_I1_what_is_accounted_again_never_passes_what_the_books_hold() public {
        PlainToken fine = new PlainToken("FINE", 18);
        uint16 which = list(address(fine), 18);
        uint256 most = type(uint104).max;
        lockFor(which, IERC20(address(fine)), most);
        append(releaseEntry(which, 1e18, bob, 0));
        applyAll();
        vault.pay(1, entryOf(1), relayer);
        lockFor(which, IERC20(address(fine)), 1e18 - 1);
        assertEq(vault.accounted(which), most - 1);
        closeTo(0);
        assertEq(vault.accounted(which), most);
        assertEq(vault.paidPastPoint(keccak256(firstEntry)), 1e18);
    }

    function test_I6_witnesses_count_anew_and_nothing_is_in_use_unconfirmed() public {
        TestWitness witness = new TestWitness();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        vault.setWitness(0, address(witness), true);
        vault.setWitness(1, address(new TestWitness()), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        release(500 * ONE, bob, 0);
        release(501 * ONE, bob, 0);
        release(500 * ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(2).flags & 1, 1, "it waits");
        witness.record(heads[0], 3, bytes32(uint256(1)));
        vault.confirm(0, 3);
        (, , uint8 conflicted, ) = vault.witnessPolicy();
        assertEq(conflicted, 1);
        skip(3 hours);
        beginClosing(2);
        // The point confirms once all past it is undone, and nobody confirms what is about to be.
        bytes memory second = entryOf(2);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVaultReleases.PaymentQuarantined.selector, 2, type(uint40).max)
        );
        vault.pay(2, second, relayer);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVaultReleases.EdgeClosed.selector, heads[0]));
        vault.confirm(1, 3);
        vault.continueEdge(heads[2], entriesOf(2, 3));
        uint8 counting;
        (, counting, conflicted, ) = vault.witnessPolicy();
        assertEq(counting, 3);
        assertEq(conflicted, 0);
        // The point confirmed it.
        vault.pay(2, second, relayer);
        follow(2, 1);
        release(1_000 * ONE, bob, 0);
        release(ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(EdgeLib.sequenceOf(1, 1)).flags & 1, 0, "a full fast limit");
        assertEq(vault.payment(EdgeLib.sequenceOf(1, 2)).flags & 1, 1, "and not a unit more");
    }

    function test_a_quarantine_that_runs_goes_on_after_the_closing() public {
        release(ONE, bob, 0);
        applyAll();
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        beginClosing(0);
        vm.expectPartialRevert(ICollateralVault.QuarantineRefused.selector);
        vm.prank(guardian);
        vault.quarantine(until + 1);
        vault.continueEdge(heads[0], entriesOf(0, 1));
        assertEq(vault.quarantinedUntil(), until);
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
    }

    function test_I6_no_more_is_confirmed_than_the_point_agreed_on() public {
        TestWitness witness = new TestWitness();
        vm.startPrank(governor);
        vault.setWitness(0, address(witness), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        for (uint256 i = 0; i < 3; ++i) release(10 * ONE, bob, 0);
        applyAll();
        witness.record(heads[0], 3, heads[3]);
        vault.confirm(0, 3);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 3);
        beginClosing(1);
        (, , , confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 1);
    }

    function test_a_recovery_of_the_verifier_reopens_no_edge_that_is_being_closed() public {
        release(10 * ONE, bob, 0);
        applyAll();
        beginClosing(0);
        vm.mockCall(address(attesters), abi.encodeCall(attesters.inRecovery, ()), abi.encode(true));
        bytes memory recovery = abi.encode(bytes32(0), 0, vm.getBlockTimestamp() + 10 hours);
        vm.mockCall(address(attesters), abi.encodeCall(attesters.recovery, ()), recovery);
        vault.noteRecovery();
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.CLOSED));
        assertEq(vault.quarantinedUntil(), type(uint40).max);
    }

    function test_only_the_vault_may_ask_itself_to_settle() public {
        bytes memory entry = EntryCodec.pack(releaseEntry(asset, ONE, bob, 0));
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NotAuthorized.selector, governor, address(vault)));
        vm.prank(governor);
        vault.settleAgain(1, entry);
    }

    /// @notice A release of all that is locked was paid past the point; what others are owed since stays accounted for them.
    function test_I1_what_was_paid_past_the_point_settles_no_more_than_is_free() public {
        release(LOCKED, bob, 0);
        applyAll();
        pay(1);
        closeTo(0);
        bytes memory entry = entryOf(1);
        follow(0, 1);
        assertEq(vault.paidPastPoint(keccak256(entry)), LOCKED);
        release(10 * ONE, carol, 0);
        release(LOCKED, bob, 0);
        applyAll();
        assertState(EdgeLib.sequenceOf(1, 2), PaymentState.PAID);
        assertEq(vault.paidPastPoint(keccak256(entry)), 10 * ONE);
        assertBooks(asset, 10 * ONE, 10 * ONE, LOCKED - 10 * ONE);
    }

    // The journal

    function test_I2_appends_again_in_steps_and_nothing_else_before() public {
        _lockMany(20);
        (bytes32 old, uint64 count, ) = vault.journalHead();
        assertEq(count, 21);
        // In two steps: the first must end where somebody has shown the journal to be.
        bytes memory sigs = signPoint(old, 3, ownHeads[3], 3);
        bytes memory first = _ownEntries(3, 10);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, old, 10, ownHeads[10]));
        vault.openGeneration(3, ownHeads[3], 1, sigs, first);
        vm.stopPrank();
        bytes memory rest = _ownEntries(10, 21);
        vm.expectRevert();
        vault.markJournal(9, ownHeads[10], rest);
        vault.markJournal(10, ownHeads[10], rest);
        vm.prank(governor);
        vault.openGeneration(3, ownHeads[3], 1, sigs, first);
        bytes32 next = EdgeLib.nameOf(block.chainid, address(vault), SETTLEMENT_CHAIN, ledger, 1, ownHeads[3]);
        assertEq(vault.outboundEdge(), next);
        (bytes32 to, uint64 point, uint64 reachedCount, bytes32 reachedHead, bool done) = vault.crossingOf(old);
        assertEq(abi.encode(to, point, reachedCount), abi.encode(next, 3, 10));
        assertEq(abi.encode(reachedHead, done), abi.encode(ownHeads[10], false));
        _expectClosedToAll(next);

        first = _ownEntries(11, 21);
        vm.expectPartialRevert(GenerationLib.PointUnknown.selector);
        vault.continueGeneration(first);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.Reappended(next, 8, 11, EntryCodec.LOCK, asset, ONE + 9, accountOf(alice), 0, 0);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.Reappended(next, 9, 12, EntryCodec.LOCK, asset, ONE + 10, accountOf(alice), 0, 0);
        vault.continueGeneration(rest);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, next));
        vault.continueGeneration("");
        bytes32 head = next;
        for (uint64 i = 3; i < 21; ++i) head = keccak256(bytes.concat(head, _ownEntries(i, i + 1)));
        (bytes32 edge, uint64 now_, bytes32 reached) = vault.journalHead();
        assertEq(abi.encode(edge, now_, reached), abi.encode(next, uint64(18), head));
        assertEq(vault.accounted(asset), LOCKED + 20 * uint256(ONE) + 190, "nothing is accounted again");

        // Locks go on there, at a price.
        deal(address(token), alice, ONE);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Locked(next, 19, asset, accountOf(alice), ONE, 0, 0);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
    }

    function test_the_point_may_be_the_journals_end_or_its_beginning() public {
        _lockMany(2);
        (bytes32 old, uint64 count, bytes32 head) = vault.journalHead();
        bytes memory sigs = signPoint(old, count, head, 3);
        vm.prank(governor);
        vault.openGeneration(count, head, 1, sigs, "");
        (bytes32 edge, uint64 now_, ) = vault.journalHead();
        assertEq(now_, 0);
        sigs = signPoint(edge, 0, edge, 3);
        vm.prank(governor);
        vault.openGeneration(0, edge, 1, sigs, "");
        bytes32 last = vault.outboundEdge();
        assertEq(last, EdgeLib.nameOf(block.chainid, address(vault), SETTLEMENT_CHAIN, ledger, 2, edge));
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vm.prank(governor);
        vault.openGeneration(0, edge, 1, sigs, "");
        _lockMany(1);
        (, now_, ) = vault.journalHead();
        assertEq(now_, 1);
    }

    function test_the_part_for_generations_is_the_first_that_a_vault_creates() public {
        address part = CollateralVault(payable(address(vault))).generations();
        assertEq(Forwarding.firstOf(address(vault)), part);
        // Called directly, acts and exit are no vault whose part they could pass a call on to.
        address acts = vault.acts();
        address exitPart = VaultActs(acts).exitPart();
        vm.expectRevert(abi.encodeWithSelector(Forwarding.PartMissing.selector, exitPart));
        IVaultGenerations(acts).paidPastPoint(0);
        address missing = vm.computeCreateAddress(exitPart, 1);
        vm.expectRevert(abi.encodeWithSelector(Forwarding.PartMissing.selector, missing));
        IVaultGenerations(exitPart).paidPastPoint(0);
    }

    // Helpers of the tests

    /// @dev Locks of growing amounts, after which the whole journal is kept as the vault's own.
    function _lockMany(uint256 times) private {
        bytes32 edge = vault.outboundEdge();
        if (ownHeads.length == 0) {
            ownHeads.push(edge);
            _keep(LOCKED);
        }
        for (uint256 i = 0; i < times; ++i) {
            lockFor(asset, IERC20(address(token)), ONE + i);
            _keep(uint128(ONE + i));
        }
    }

    function _keep(uint128 amount) private {
        Entry memory entry = Entry(EntryCodec.LOCK, asset, amount, accountOf(alice), 0, 0);
        own = bytes.concat(own, EntryCodec.pack(entry));
        ownHeads.push(EntryCodec.extend(ownHeads[ownHeads.length - 1], entry));
    }

    function _ownEntries(uint64 from, uint64 to) private view returns (bytes memory slice) {
        slice = new bytes((to - from) * EntryCodec.LENGTH);
        for (uint256 i = 0; i < slice.length; ++i) slice[i] = own[from * EntryCodec.LENGTH + i];
    }

    /// @dev Nothing else is appended before the entries of the generation before.
    function _expectClosedToAll(bytes32 edge) private {
        (bytes32 named, uint64 count, bytes32 head) = vault.journalHead();
        assertEq(named, edge);
        assertEq(count, 7);
        bytes memory refusal = abi.encodeWithSelector(JournalLib.JournalNotOpen.selector, head);
        deal(address(token), alice, ONE);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        vm.expectRevert(refusal);
        vm.prank(alice);
        vault.appoint(0, bob);
        lose(1);
        vm.expectRevert(refusal);
        vault.report(asset);
        token.mint(address(vault), 1);
        bytes memory sigs = signPoint(edge, count, head, 3);
        release(ONE, bob, 0);
        applyAll();
        vm.startPrank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        vm.expectRevert(refusal);
        vault.stop(1, entryOf(1), "x");
        vm.stopPrank();
        // Nor is a generation opened that is not filled.
        vm.expectRevert(refusal);
        vm.prank(governor);
        vault.openGeneration(count, head, 1, sigs, "");
    }
}

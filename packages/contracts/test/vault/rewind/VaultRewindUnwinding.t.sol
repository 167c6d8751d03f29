// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultRewind} from "../../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {Payment, PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultRewindFixture} from "./VaultRewindFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice What unwinding makes of each entry past the point, in steps of any length, and of the limits that it had used.
contract VaultRewindUnwindingTest is VaultRewindFixture {
    // Payments

    function test_I4_a_payment_that_is_queued_or_claimable_is_void_and_no_longer_owed() public {
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        release(30 * ONE, address(0), 0);
        applyAll();
        assertState(3, PaymentState.CLAIMABLE);
        begin(1);
        vm.expectEmit(address(vault));
        emit IVaultRewind.Voided(3, 30 * ONE);
        vm.expectEmit(address(vault));
        emit IVaultRewind.Voided(2, 20 * ONE);
        unwindTo(1);
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.VOID);
        assertState(3, PaymentState.VOID);
        assertBooks(asset, LOCKED, 10 * ONE, 0);
        pay(1);
    }

    function test_I1_I4_a_payment_that_was_made_is_void_and_accounted_again() public {
        release(10 * ONE, bob, 3);
        release(10 * ONE, bob, 3);
        release(10 * ONE, bob, 4);
        applyAll();
        for (uint96 seq = 1; seq <= 3; ++seq) pay(seq);
        assertBooks(asset, LOCKED - 30 * ONE, 0, 30 * ONE);
        bytes32 twice = hashOf(1);
        begin(0);
        for (uint96 seq = 3; seq >= 1; --seq) {
            vm.expectEmit(address(vault));
            emit IVaultRewind.PaidPastPoint(seq, asset, 10 * ONE);
        }
        unwindTo(0);
        for (uint96 seq = 1; seq <= 3; ++seq) assertState(seq, PaymentState.VOID);
        assertBooks(asset, LOCKED, 0, 0);
        assertEq(vault.paidOrphans(twice), 2);
        assertEq(vault.paidOrphans(hashOf(3)), 1);
        // Missing: nothing is locked before it is told or settled.
        deal(address(token), alice, ONE);
        expectShort(LOCKED, LOCKED - 30 * ONE);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
    }

    /// @notice A payment at a coverage below 1 moved fewer tokens than units; the units are accounted again.
    function test_I1_I12_what_a_short_payment_took_is_accounted_again_in_units() public {
        lose(LOCKED / 2);
        vault.report(asset);
        release(10 * ONE, bob, 0);
        applyAll();
        skip(7 days);
        pay(1);
        assertEq(token.balanceOf(bob), 5 * ONE);
        rewindTo(0);
        assertBooks(asset, LOCKED, 0, 0);
        assertEq(token.balanceOf(address(vault)), LOCKED / 2 - 5 * ONE);
    }

    function test_I1_what_is_accounted_again_never_passes_what_the_books_hold() public {
        PlainToken fine = new PlainToken("FINE", 18);
        uint16 which = list(address(fine), 18);
        uint256 most = type(uint104).max;
        lockFor(which, IERC20(address(fine)), most);
        append(releaseEntry(which, 1e18, bob, 0));
        applyAll();
        pay(1);
        lockFor(which, IERC20(address(fine)), 1e18 - 1);
        assertEq(vault.accounted(which), most - 1);
        bytes32 paid = hashOf(1);
        rewindTo(0);
        assertEq(vault.accounted(which), most);
        assertEq(vault.paidOrphans(paid), 1);
    }

    function test_I4_a_payment_that_was_stopped_is_void_unless_its_refund_is_journaled() public {
        TestWitness witness = needWitness(0);
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        applyAll();
        vault.mark(1, heads[1], entriesOf(1, 2));
        recordHead(witness, 1);
        vault.confirm(0, 1);
        _stop(1);
        _stop(2);
        assertEq(vault.payment(1).flags & 8, 8, "refunded");
        Payment memory refunded = vault.payment(1);
        // A rewind takes its place in the lane away, and nothing else.
        refunded.flags = 8;
        begin(0);
        vm.expectEmit(address(vault));
        emit IVaultRewind.Voided(2, 0);
        unwindTo(0);
        assertEq(abi.encode(vault.payment(1)), abi.encode(refunded));
        assertState(2, PaymentState.VOID);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_an_entry_that_was_refused_is_skipped() public {
        release(10 * ONE, bob, 0);
        append(releaseEntry(asset, 0, bob, 0));
        append(releaseEntry(asset + 1, ONE, bob, 0));
        applyAll();
        rewindTo(0);
        assertState(1, PaymentState.VOID);
        assertState(2, PaymentState.NONE);
        assertState(3, PaymentState.NONE);
        assertBooks(asset, LOCKED, 0, 0);
    }

    // Steps

    /// @notice Whatever the steps, the state is the same, to the last word.
    function testFuzz_steps_of_any_length_lead_to_the_same_state(uint256 seed) public {
        _mixed();
        begin(2);
        uint256 before = vm.snapshotState();
        unwindTo(2);
        bytes32 whole = _digest();
        vm.revertToState(before);
        uint64 from = tip();
        while (from > 2) {
            uint64 to = from - uint64(1 + (seed % (from - 2)));
            seed = uint256(keccak256(abi.encode(seed)));
            vm.prank(address(uint160(seed)));
            vault.unwind(heads[to], entriesOf(to, from));
            from = to;
        }
        assertEq(_digest(), whole);
    }

    function test_a_step_leads_from_its_head_to_where_the_way_has_come_and_no_further_than_the_point() public {
        replay(5);
        bytes memory all = entriesOf(0, 5);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotRunning.selector, heads[0]));
        vault.unwind(heads[0], all);
        begin(1);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.StepPastPoint.selector, heads[0], 5, 4));
        vault.unwind(heads[0], all);
        bytes memory unknown = abi.encodeWithSelector(RewindLib.PointUnknown.selector, heads[0], 5, heads[5]);
        bytes memory entries = entriesOf(3, 5);
        bytes32 wrong = heads[2];
        vm.expectRevert(unknown);
        vault.unwind(wrong, entries);
        entries = entriesOf(2, 4);
        vm.expectRevert(unknown);
        vault.unwind(wrong, entries);
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 94, 95));
        vault.unwind(wrong, new bytes(94));
        vm.expectEmit(address(vault));
        emit IVaultRewind.Unwound(3);
        vault.unwind(heads[3], entriesOf(3, 5));
        (, , , uint64 count, bytes32 head) = vault.rewindOf();
        assertEq(abi.encode(count, head), abi.encode(3, heads[3]));
        // The same step again leads elsewhere.
        entries = entriesOf(3, 5);
        wrong = heads[3];
        vm.expectRevert(abi.encodeWithSelector(RewindLib.PointUnknown.selector, heads[0], 3, heads[3]));
        vault.unwind(wrong, entries);
        vault.unwind(heads[1], entriesOf(1, 3));
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotRunning.selector, heads[0]));
        vault.unwind(wrong, "");
    }

    function test_a_step_of_no_entries_goes_nowhere_and_opens_where_the_point_is_the_end() public {
        replay(2);
        begin(1);
        vault.unwind(0, "");
        assertEq(vault.owed(asset), 2 * ONE);
        assertEq(vault.inboundEdge(), heads[0]);
        unwindTo(1);
        cutTo(1);
        begin(1);
        vault.unwind(0, "");
        assertEq(vault.inboundEdge(), nameOf(2, heads[1]));
        assertEq(vault.owed(asset), ONE);
    }

    function test_I14_64_payments_are_unwound_in_one_step() public {
        replay(64);
        begin(0);
        bytes memory entries = entriesOf(0, 64);
        uint256 gasBefore = gasleft();
        vault.unwind(heads[0], entries);
        uint256 used = gasBefore - gasleft() + 21_000 + entries.length * 16;
        console.log("void 64 payments:", used);
        assertLt(used, 2_000_000);
        assertEq(vault.owed(asset), 0);
    }

    // Limits

    /// @notice Nothing of what is void is in use, and what lies before the point is confirmed: a full fast limit, and not a unit more.
    function test_I6_nothing_is_in_use_unconfirmed_and_nothing_waits_after_a_rewind() public {
        needWitness(0);
        limitFast();
        release(500 * ONE, bob, 0);
        release(400 * ONE, bob, 0);
        release(500 * ONE, bob, 0);
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.openBy, kept.openAt > 0), abi.encode(3, true));
        assertEq(abi.encode(kept.cumFast, kept.cumFastBase, kept.openCount), abi.encode(900 * ONE, 0, 1));
        assertGt(vault.openingOf(3).at, 0);
        rewindTo(0);
        kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.openCount, kept.openBy, kept.openAt), abi.encode(0, 0, 0));
        assertEq(abi.encode(kept.cumFastBase, kept.cumFastOpen), abi.encode(900 * ONE, 900 * ONE));
        assertEq(vault.openingOf(3).at, 0, "of a void number no opening is left");
        release(1_000 * ONE, bob, 0);
        release(1, bob, 0);
        applyAll();
        assertEq(vault.payment(1).flags & 1, 0, "a full fast limit");
        assertEq(vault.payment(2).flags & 1, 1, "and not a unit more");
        // Alone in the queue, though numbers above it waited for long before the rewind.
        uint256 alone = block.timestamp + 7 days + uint256(1 days) / (1_000 * ONE) + 1;
        assertEq(vault.openingOf(2).at, alone);
    }

    /// @notice Neither does a checkpoint above the replica's count hold anything of another asset.
    function test_I6_an_asset_without_an_entry_past_the_point_goes_on_with_what_was_confirmed() public {
        needWitness(0);
        limitFast();
        PlainToken other = new PlainToken("OTHER", 6);
        uint16 which = list(address(other), 6);
        lockFor(which, IERC20(address(other)), LOCKED);
        release(600 * ONE, bob, 0);
        append(releaseEntry(which, ONE, bob, 0));
        release(600 * ONE, bob, 0);
        append(releaseEntry(which, ONE, bob, 0));
        applyAll();
        assertEq(vault.payment(3).flags & 1, 1, "it waits");
        rewindTo(3);
        // The point confirmed what was in use and what waited.
        release(1_000 * ONE, bob, 0);
        release(1, bob, 0);
        applyAll();
        assertEq(vault.payment(4).flags & 1, 0);
        assertEq(vault.payment(5).flags & 1, 1);
        assertEq(vault.openingOf(5).at, block.timestamp + 7 days + 1);
    }

    /// @notice A date beyond all years, which stopped entries left, does not hold the entries that come in their place.
    function test_I9_a_stopped_payment_that_waited_puts_off_nobody_after_a_rewind() public {
        needWitness(0);
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        vault.setFastLimit(asset, 10);
        vm.stopPrank();
        release(uint128(500_000 * ONE), bob, 0);
        applyAll();
        uint256 far = vault.openingOf(1).at;
        assertGt(far, block.timestamp + 50 days);
        _stop(1);
        rewindTo(0);
        release(11_000 * ONE, bob, 0);
        applyAll();
        assertLt(vault.openingOf(1).at, block.timestamp + 9 days);
    }

    // Helpers of the tests

    function _stop(uint96 seq) private {
        vm.prank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "x");
        skip(72 hours + 1);
    }

    /// @dev Entries of every kind and state: paid, queued, claimable, stopped, refused, losses taken over and not.
    function _mixed() private {
        release(10 * ONE, bob, 1);
        release(20 * ONE, bob, 0);
        release(10 * ONE, bob, 1);
        release(30 * ONE, address(0), 0);
        append(lostEntry(50 * ONE));
        append(releaseEntry(asset, 0, bob, 0));
        release(40 * ONE, bob, 0);
        append(lostEntry(60 * ONE));
        applyAll();
        skip(7 days);
        pay(1);
        pay(3);
        _stop(7);
        vault.takeLoss(5, entryOf(5));
    }

    function _digest() private view returns (bytes32 digest) {
        (, uint64 count, bytes32 head, uint40 asOf, , ) = vault.replicaState();
        digest = keccak256(abi.encode(vault.inboundEdge(), count, head, asOf, vault.assetOf(asset)));
        for (uint96 seq = 1; seq <= 8; ++seq) {
            bytes32 orphans = bytes32(vault.paidOrphans(hashOf(seq)));
            digest = keccak256(abi.encode(digest, vault.payment(seq), vault.openingOf(seq), orphans));
        }
    }
}

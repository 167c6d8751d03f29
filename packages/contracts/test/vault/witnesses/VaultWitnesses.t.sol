// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {Opening, PaymentQuote, PaymentState, VaultInit} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {deployVault} from "../VaultFixture.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Witnesses of the ledger's journal at a vault: a limit of 100,000 tokens a day, of which 1,000 may go unconfirmed.
contract VaultWitnessesTest is VaultReleaseFixture {
    uint128 private constant FAST = 1_000 * ONE;
    uint128 private constant SMALL = 500 * ONE;

    TestWitness[4] private witnesses;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        for (uint8 slot = 0; slot < 4; ++slot) {
            witnesses[slot] = new TestWitness();
        }
        vault.setWitness(0, address(witnesses[0]), true);
        vault.setWitness(1, address(witnesses[1]), true);
        vault.setWitness(2, address(witnesses[2]), false);
        vault.setWitnessPolicy(2);
        vm.stopPrank();
    }

    // The policy

    function test_I6_refuses_a_policy_that_the_witnesses_cannot_meet() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessesMissing.selector, 4, 3));
        vault.setWitnessPolicy(4);
        vault.setWitness(2, address(0), false);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessesMissing.selector, 2, 1));
        vault.setWitness(1, address(0), false);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessRefused.selector, address(witnesses[0])));
        vault.setWitness(1, address(witnesses[0]), false);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessRefused.selector, bob));
        vault.setWitness(1, bob, false);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessUnknown.selector, 4));
        vault.setWitness(4, address(witnesses[3]), false);
        for (uint16 bad = 9; bad <= 10_001; bad += 9_992) {
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.FastLimitOutOfRange.selector, bad, 10, 10_000));
            vault.setFastLimit(asset, bad);
        }
    }

    function test_I6_a_vault_outside_development_lists_nothing_before_a_witness_must_confirm() public {
        VaultInit memory init = initOf();
        init.development = false;
        vault = deployVault(init);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessesMissing.selector, 1, 0));
        vault.listAsset(address(token), 6, 0, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessesMissing.selector, 1, 0));
        vault.setWitnessPolicy(0);
        vault.setWitness(3, address(witnesses[3]), true);
        vault.setWitnessPolicy(1);
        assertEq(vault.listAsset(address(token), 6, 0, 1, 1), 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessesMissing.selector, 1, 1));
        vault.setWitnessPolicy(0);
    }

    function test_I6_where_no_witness_must_confirm_none_does() public {
        vm.prank(governor);
        vault.setWitnessPolicy(0);
        release(SMALL, bob, 0);
        _applyMarked();
        _record(0, 1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Confirmed(0, 1, 0);
        vault.confirm(0, 1);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 0);
        // It counts once one is asked for, with the next that it tells.
        vm.prank(governor);
        vault.setWitnessPolicy(1);
        release(SMALL, bob, 0);
        _applyMarked();
        _record(0, 2);
        vault.confirm(0, 2);
        (, , , confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 2);
    }

    function test_refuses_policies_from_anyone_but_the_governor() public {
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, guardian, governor);
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        vault.setWitness(0, address(0), false);
        vm.expectRevert(refusal);
        vault.setWitnessPolicy(1);
        vm.expectRevert(refusal);
        vault.setFastLimit(asset, 10);
        vm.expectRevert(refusal);
        vault.setSuccessor(address(this));
    }

    // The fast limit

    function test_I6_a_payment_past_the_fast_limit_waits_for_a_confirmation_and_splitting_helps_nobody() public {
        for (uint256 i = 0; i < 5; ++i) {
            release(SMALL, bob, 0);
        }
        _applyMarked();
        pay(1);
        pay(2);
        uint256 opensAt = vm.getBlockTimestamp() + 7 days + 12 hours;
        for (uint96 seq = 3; seq <= 5; ++seq) {
            assertEq(vault.payment(seq).flags & 1, 1);
            bytes memory entry = entryOf(seq);
            vm.expectRevert(abi.encodeWithSelector(_unconfirmed(), seq, opensAt + (seq - 3) * 12 hours));
            vault.pay(seq, entry, relayer);
        }
        _record(0, 5);
        vault.confirm(0, 5);
        bytes memory third = entryOf(3);
        vm.expectPartialRevert(_unconfirmed());
        vault.pay(3, third, relayer);
        _record(2, 5);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Confirmed(2, 5, 5);
        vault.confirm(2, 5);
        for (uint96 seq = 3; seq <= 5; ++seq) {
            pay(seq);
        }
        // What was confirmed leaves room again.
        release(SMALL, bob, 0);
        release(SMALL, bob, 0);
        release(1, bob, 0);
        applyAll();
        pay(6);
        pay(7);
        assertEq(vault.payment(8).flags & 1, 1);
    }

    function test_I6_any_two_of_the_witnesses_confirm_whatever_their_places() public {
        for (uint256 i = 0; i < 5; ++i) {
            release(SMALL, bob, 0);
        }
        _applyMarked();
        _record(1, 5);
        vault.confirm(1, 5);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 0);
        _record(2, 5);
        vault.confirm(2, 5);
        (, , , confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 5);
    }

    function test_what_waits_takes_no_room_from_what_fits() public {
        release(FAST + 1, bob, 0);
        release(SMALL, bob, 0);
        applyAll();
        assertEq(vault.payment(1).flags & 1, 1);
        pay(2);
    }

    function test_I9_without_a_confirmation_payments_open_in_order_after_seven_days() public {
        uint256 start = vm.getBlockTimestamp();
        release(3 * FAST, bob, 0);
        release(FAST / 2, bob, 0);
        release(FAST, bob, 0);
        applyAll();
        // 3 days for the first, although it is above the limit; the second fits and does not wait.
        assertEq(vault.openingOf(1).at, start + 10 days);
        assertEq(vault.openingOf(2).at, 0);
        assertEq(vault.openingOf(3).at, start + 11 days);
        vm.warp(start + 10 days - 1);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(_unconfirmed(), 1, start + 10 days));
        vault.pay(1, entry, relayer);
        vm.warp(start + 10 days);
        pay(1);
        vm.warp(start + 11 days);
        pay(3);
        pay(2);
    }

    function test_I8_a_witness_that_conflicts_counts_no_more_whichever_it_is() public {
        release(FAST + 1, bob, 0);
        _applyMarked();
        witnesses[1].record(heads[0], 1, "another");
        vault.confirm(1, 1);
        (, uint8 counting, uint8 conflicted, ) = vault.witnessPolicy();
        assertEq(counting, 5);
        assertEq(conflicted, 2);
    }

    function test_a_conflict_counts_the_seven_days_again() public {
        uint256 start = vm.getBlockTimestamp();
        release(FAST + 1, bob, 0);
        _applyMarked();
        uint40 opensAt = vault.openingOf(1).at;
        vm.warp(start + 6 days);
        witnesses[0].record(heads[0], 1, "another");
        vault.confirm(0, 1);
        vm.warp(opensAt);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(_unconfirmed(), 1, opensAt + 7 days));
        vault.pay(1, entry, relayer);
        vm.warp(opensAt + 7 days);
        pay(1);
    }

    function test_a_conflict_moves_the_whole_schedule_so_nothing_overtakes() public {
        // Six fast limits wait: the last opens on day 13.
        for (uint256 i = 0; i < 6; ++i) release(FAST, bob, 0);
        release(FAST, bob, 0);
        _applyMarked();
        skip(1 days);
        witnesses[0].record(heads[0], 7, "another");
        vault.confirm(0, 7);
        uint64 seq = release(FAST, bob, 0);
        applyAll();
        uint256 last = 0;
        for (uint96 each = 2; each <= seq; ++each) {
            Opening memory opening = vault.openingOf(each);
            uint256 opensAt = uint256(opening.at) + 7 days * (1 - opening.conflicts);
            assertGt(opensAt, last);
            last = opensAt;
        }
        // A quarter of the limit is left: four days behind the one before it.
        uint256 before = uint256(vault.openingOf(seq - 1).at) + 7 days;
        assertEq(last, before + 4 days);
        release(FAST, bob, 0);
        applyAll();
        assertEq(vault.openingOf(seq + 1).at, before + 8 days);
        // A conflict of before moves nothing that came after it.
        bytes memory entry = entryOf(seq);
        vm.warp(last - 1);
        vm.expectRevert(abi.encodeWithSelector(_unconfirmed(), seq, last));
        vault.pay(seq, entry, relayer);
        vm.warp(last);
        pay(seq);
    }

    function test_what_waits_for_a_confirmation_waits_on_when_a_quarantine_ends() public {
        release(FAST + 1, bob, 0);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Waits(1, uint40(block.timestamp + 8 days + 1));
        applyAll();
        uint40 opensAt = vault.openingOf(1).at;
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        bytes memory entry = entryOf(1);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentQuarantined.selector, 1, until));
        vault.pay(1, entry, relayer);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(_unconfirmed(), 1, opensAt));
        vault.pay(1, entry, relayer);
    }

    /// @dev Without this, a year of days on which all was confirmed would put the way out of a day without witnesses years off.
    function test_I9_what_was_confirmed_is_forgotten_by_the_schedule() public {
        for (uint64 i = 1; i <= 30; ++i) {
            release(FAST + 1, bob, 0);
            _applyMarked();
            assertEq(vault.payment(i).flags & 1, 1);
            _record(0, i);
            _record(1, i);
            vault.confirm(0, i);
            vault.confirm(1, i);
        }
        release(FAST + 1, bob, 0);
        applyAll();
        uint256 opensAt = vault.openingOf(31).at;
        assertLe(opensAt, vm.getBlockTimestamp() + 9 days);
        // What is not confirmed still stands before it.
        release(FAST + 1, bob, 0);
        applyAll();
        assertGt(vault.openingOf(32).at, opensAt + 1 days);
    }

    /// @notice Whatever is replayed and confirmed in whatever order: what was paid and is not confirmed stays within the fast
    ///         limit, for seven days.
    function testFuzz_I6_what_is_paid_and_not_confirmed_stays_within_the_fast_limit(
        uint128[12] memory asked,
        uint8[12] memory confirmed
    ) public {
        for (uint256 i = 0; i < asked.length; ++i) {
            release(uint128(bound(asked[i], 1, SMALL)), bob, 0);
            _applyMarked();
            uint64 count = uint64(bound(confirmed[i], 0, tip() * 2));
            if (count != 0 && count <= tip()) {
                for (uint8 slot = 0; slot < 2; ++slot) {
                    _record(slot, count);
                    vault.confirm(slot, count);
                }
            }
            (, , , uint64 known) = vault.witnessPolicy();
            uint256 open = 0;
            for (uint96 seq = 1; seq <= tip(); ++seq) {
                bool done = stateOf(seq) == PaymentState.PAID;
                if (!done && vault.payment(seq).readyAt <= vm.getBlockTimestamp()) {
                    bytes memory entry = entryOf(seq);
                    (done, ) = address(vault).call(abi.encodeCall(vault.pay, (seq, entry, relayer)));
                }
                if (done && seq > known) open += bound(asked[seq - 1], 1, SMALL);
            }
            assertLe(open, FAST, "I6");
        }
    }

    function testFuzz_a_quote_tells_that_a_payment_would_wait(uint128 first, uint128 second) public {
        first = uint128(bound(first, 1, 2 * FAST));
        second = uint128(bound(second, 1, 2 * FAST));
        release(first, bob, 0);
        applyAll();
        PaymentQuote memory quoted = vault.quotePayment(asset, second);
        release(second, bob, 0);
        applyAll();
        assertEq(quoted.waits, vault.payment(2).flags & 1 == 1);
        assertEq(quoted.readyAt, vault.payment(2).readyAt);
        Opening memory opening = vault.openingOf(2);
        assertEq(quoted.opensAt, opening.at);
    }

    // Confirming

    function test_refuses_to_confirm_what_nobody_marked_or_recorded() public {
        for (uint256 i = 0; i < 3; ++i) {
            release(ONE, bob, 0);
        }
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 2));
        vault.confirm(0, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.RecordMissing.selector, 0, 3));
        vault.confirm(0, 3);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessUnknown.selector, 3));
        vault.confirm(3, 3);
    }

    function test_anyone_marks_a_count_that_nobody_named() public {
        for (uint256 i = 0; i < 5; ++i) {
            release(ONE, bob, 0);
        }
        applyAll();
        vm.expectPartialRevert(IEdge.HeadMismatch.selector);
        vault.mark(2, "another", entriesOf(2, 5));
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 4));
        vault.mark(2, heads[2], entriesOf(2, 4));
        vm.expectEmit(address(vault));
        emit IVaultCore.Marked(4, heads[4]);
        vault.mark(4, heads[4], entriesOf(4, 5));
        // From a mark to the one before it.
        vault.mark(2, heads[2], entriesOf(2, 4));
        assertEq(vault.markOf(2), heads[2]);
        _record(0, 2);
        vault.confirm(0, 2);
        (, uint64 seen) = vault.witnessOf(0);
        assertEq(seen, 2);
        vault.mark(5, heads[5], "");
        assertEq(vault.markOf(5), heads[5]);
    }

    /// @dev The other bridge is dead: what this one confirmed is confirmed, without a release or a record to come.
    function test_what_enough_have_confirmed_counts_once_fewer_must() public {
        release(ONE, bob, 0);
        _applyMarked();
        _record(0, 1);
        vault.confirm(0, 1);
        _assertConfirmed(0);
        vm.prank(governor);
        vault.setWitnessPolicy(1);
        _assertConfirmed(1);
    }

    function test_what_is_confirmed_never_falls() public {
        for (uint256 i = 0; i < 4; ++i) {
            release(ONE, bob, 0);
        }
        _applyMarked();
        _record(0, 4);
        _record(1, 4);
        vault.confirm(0, 4);
        vault.confirm(1, 4);
        _assertConfirmed(4);
        vm.startPrank(governor);
        vault.setWitness(0, address(witnesses[3]), true);
        vault.setWitnessPolicy(3);
        vm.stopPrank();
        _assertConfirmed(4);
        release(ONE, bob, 0);
        _applyMarked();
        for (uint8 slot = 1; slot < 3; ++slot) {
            _record(slot, 5);
            vault.confirm(slot, 5);
        }
        _assertConfirmed(4);
        witnesses[3].record(heads[0], 5, heads[5]);
        vault.confirm(0, 5);
        _assertConfirmed(5);
    }

    function test_a_batch_confirms_at_its_marks_what_witnesses_recorded_before() public {
        for (uint256 i = 0; i < 4; ++i) {
            release(SMALL, bob, 0);
        }
        for (uint8 slot = 0; slot < 2; ++slot) {
            _record(slot, 3);
        }
        uint64[] memory marks = new uint64[](2);
        (marks[0], marks[1]) = (3, 4);
        postMarked(0, statementOf(4), marks);
        _assertConfirmed(3);
        pay(3);
        bytes memory entry = entryOf(4);
        vm.expectPartialRevert(_unconfirmed());
        vault.pay(4, entry, relayer);
    }

    function test_a_batch_confirms_its_first_entry_by_the_only_witness() public {
        vm.startPrank(governor);
        vault.setWitnessPolicy(1);
        vault.setWitness(1, address(0), false);
        vault.setWitness(2, address(0), false);
        vm.stopPrank();
        release(SMALL, bob, 0);
        _record(0, 1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Confirmed(0, 1, 1);
        _applyMarked();
        _assertConfirmed(1);
    }

    function test_hostile_witnesses_confirm_and_stop_nothing() public {
        for (uint8 manner = 1; manner <= 4; ++manner) {
            witnesses[0].behave(TestWitness.Manner(manner));
            uint64 seq = release(ONE, bob, 0);
            _applyMarked();
            pay(seq);
            vm.expectRevert(abi.encodeWithSelector(IEdge.RecordMissing.selector, 0, seq));
            vault.confirm(0, seq);
        }
        assertEq(uint8(_edgeState()), uint8(SourceState.LIVE));
    }

    // Conflicts

    function test_I8_one_witness_that_shows_another_head_makes_the_edge_contested_and_counts_no_more() public {
        release(SMALL, bob, 0);
        witnesses[0].record(heads[0], 1, "another");
        vm.expectEmit(address(vault));
        emit IVaultReleases.Conflict(0, 1, heads[1], "another");
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.CONTESTED, 0, "a witness");
        _applyMarked();
        // Nothing was applied; the same batch is taken now, and nobody asks that witness again.
        assertEq(replicaCount(), 0);
        assertState(1, PaymentState.NONE);
        _applyMarked();
        assertEq(replicaCount(), 1);
        assertEq(uint8(_edgeState()), uint8(SourceState.CONTESTED));
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 0));
        vault.confirm(0, 1);
        // A quarter of the fast limit: 250 tokens.
        assertEq(vault.payment(1).flags & 1, 1);
        uint64 fits = release(FAST / 4, bob, 0);
        release(1, bob, 0);
        applyAll();
        pay(fits);
        assertEq(vault.payment(3).flags & 1, 1);
        // The guardian may stop any payment now.
        bytes memory entry = entryOf(3);
        vm.prank(guardian);
        vault.stop(3, entry, "because");
        // A new witness in its place ends it.
        vm.prank(governor);
        vault.setWitness(0, address(witnesses[3]), true);
        assertEq(uint8(_edgeState()), uint8(SourceState.LIVE));
    }

    function test_I8_two_conflicting_witnesses_quarantine_the_edge_and_what_is_confirmed_is_still_paid() public {
        release(SMALL, bob, 0);
        release(SMALL, bob, 0);
        uint64[] memory marks = new uint64[](2);
        (marks[0], marks[1]) = (1, 2);
        postMarked(0, statementOf(2), marks);
        _record(0, 1);
        _record(1, 1);
        vault.confirm(0, 1);
        vault.confirm(1, 1);
        witnesses[0].record(heads[0], 2, "another");
        witnesses[1].record(heads[0], 2, "a third");
        vault.confirm(0, 2);
        vault.confirm(1, 2);
        assertEq(uint8(_edgeState()), uint8(SourceState.QUARANTINED));
        pay(1);
        bytes memory entry = entryOf(2);
        vm.expectPartialRevert(IVaultReleases.PaymentQuarantined.selector);
        vault.pay(2, entry, relayer);
        // It lapses to contested, and the second payment was within the fast limit.
        vm.warp(vault.quarantinedUntil());
        assertEq(uint8(_edgeState()), uint8(SourceState.CONTESTED));
        refreshNow();
        assertEq(uint8(_edgeState()), uint8(SourceState.CONTESTED));
        pay(2);
    }

    function test_a_witness_below_finality_confirms_and_cannot_conflict() public {
        release(ONE, bob, 0);
        witnesses[2].record(heads[0], 1, "another");
        _applyMarked();
        assertEq(replicaCount(), 1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.RecordDiffers.selector, 2, 1, heads[1], bytes32("another")));
        vault.confirm(2, 1);
        assertEq(uint8(_edgeState()), uint8(SourceState.LIVE));
        _record(2, 1);
        vault.confirm(2, 1);
        (, uint64 seen) = vault.witnessOf(2);
        assertEq(seen, 1);
    }

    function _applyMarked() private {
        uint64[] memory marks = new uint64[](1);
        marks[0] = tip();
        postMarked(replicaCount(), statementOf(tip()), marks);
    }

    function _record(uint8 slot, uint64 count) private {
        witnesses[slot].record(heads[0], count, heads[count]);
    }

    function _assertConfirmed(uint64 expected) private view {
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, expected);
    }

    function _edgeState() private view returns (SourceState state) {
        (, , , , , state) = vault.replicaState();
    }

    function _unconfirmed() private pure returns (bytes4) {
        return IVaultReleases.PaymentUnconfirmed.selector;
    }
}

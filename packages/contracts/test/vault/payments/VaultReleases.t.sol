// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {Vm} from "forge-std/Vm.sol";
import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {
    ClaimableReason,
    Payment,
    PaymentState,
    ReleaseRefusal
} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";

/// @notice Replaying the ledger's journal at a vault.
contract VaultReleasesTest is VaultReleaseFixture {
    // Refusals

    function test_refuses_a_statement_of_another_edge() public {
        release(ONE, bob, 0);
        JournalHead memory statement = statementOf(1);
        statement.edge = keccak256("another");
        bytes memory sigs = sign(statement);
        bytes memory refusal = abi.encodeWithSelector(IEdge.EdgeMismatch.selector, statement.edge, vault.inboundEdge());
        vm.expectRevert(refusal);
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sigs);
        vm.expectRevert(refusal);
        vault.refresh(statement, sigs);
    }

    function test_refuses_a_count_that_is_neither_tip_nor_cut() public {
        for (uint256 i = 0; i < 66; ++i) {
            release(ONE, bob, 0);
        }
        JournalHead memory statement = statementOf(65);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.CountNeitherTipNorCut.selector, 65, 66));
        vault.applyReleases(0, entriesOf(0, 65), new uint64[](0), statement, sigs);
        statement = statementOf(66);
        statement.tip = 65;
        sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.CountNeitherTipNorCut.selector, 66, 65));
        vault.applyReleases(0, entriesOf(0, 66), new uint64[](0), statement, sigs);
        post(0, statementOf(64));
        assertEq(replicaCount(), 64);
    }

    function test_I7_refuses_what_is_replayed_already() public {
        release(ONE, bob, 0);
        applyAll();
        JournalHead memory statement = statementOf(1);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.NothingNew.selector, 1, 1));
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sigs);
        assertBooks(asset, LOCKED, ONE, 0);
    }

    function test_refuses_a_batch_with_a_gap_another_end_or_another_order() public {
        release(ONE, bob, 0);
        release(2 * ONE, bob, 0);
        JournalHead memory statement = statementOf(2);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EntriesMissing.selector, 1, 0));
        vault.applyReleases(1, entriesOf(1, 2), new uint64[](0), statement, sigs);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EntriesEndElsewhere.selector, 1, 2));
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sigs);
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 94, 95));
        vault.applyReleases(0, new bytes(94), new uint64[](0), statement, sigs);
        bytes32 other = EntryCodec.extend(heads[0], EntryCodec.RELEASE, asset, 2 * ONE, accountOf(alice), _toBob(), 0);
        other = EntryCodec.extend(other, EntryCodec.RELEASE, asset, ONE, accountOf(alice), _toBob(), 0);
        bytes memory turned = bytes.concat(entryOf(2), entryOf(1));
        vm.expectRevert(abi.encodeWithSelector(IEdge.HeadMismatch.selector, other, heads[2]));
        vault.applyReleases(0, turned, new uint64[](0), statement, sigs);
    }

    function testFuzz_I2_only_the_ledgers_own_entries_are_replayed(uint256 place, uint8 bit) public {
        release(ONE, bob, 3);
        release(2 * ONE, carol, 4);
        bytes memory entries = entriesOf(0, 2);
        place = bound(place, 0, entries.length - 1);
        entries[place] ^= bytes1(uint8(1) << (bit % 8));
        JournalHead memory statement = statementOf(2);
        bytes memory sigs = sign(statement);
        vm.expectPartialRevert(IEdge.HeadMismatch.selector);
        vault.applyReleases(0, entries, new uint64[](0), statement, sigs);
        assertEq(replicaCount(), 0);
        assertState(1, PaymentState.NONE);
    }

    function test_refuses_times_ahead_and_times_that_fall() public {
        release(ONE, bob, 0);
        JournalHead memory statement = statementOf(1);
        statement.asOf = uint64(block.timestamp + 121);
        bytes memory sigs = sign(statement);
        bytes memory refusal = abi.encodeWithSelector(
            IEdge.AsOfAhead.selector,
            block.timestamp + 121,
            block.timestamp + 120
        );
        vm.expectRevert(refusal);
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sigs);
        statement.asOf = uint64(block.timestamp + 120);
        post(0, statement);
        statement.asOf -= 1;
        sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.AsOfFell.selector, statement.asOf, statement.asOf + 1));
        vault.refresh(statement, sigs);
    }

    function test_I6_I8_refuses_a_batch_below_k_signatures() public {
        release(LOCKED, carol, 0);
        JournalHead memory statement = statementOf(1);
        bytes memory sigs = signBy(statement, 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        vault.applyReleases(0, entriesOf(0, 1), new uint64[](0), statement, sigs);
        assertBooks(asset, LOCKED, 0, 0);
    }

    function test_refuses_marks_out_of_order_out_of_range_or_too_many() public {
        for (uint256 i = 0; i < 6; ++i) {
            release(ONE, bob, 0);
        }
        post(0, _asTip(statementOf(2)));
        _expectMarks([uint64(3), 3, 0, 0], 2, abi.encodeWithSelector(_outOfRange(), 3, 3, 6));
        _expectMarks([uint64(4), 3, 0, 0], 2, abi.encodeWithSelector(_outOfRange(), 3, 4, 6));
        _expectMarks([uint64(2), 0, 0, 0], 1, abi.encodeWithSelector(_outOfRange(), 2, 2, 6));
        _expectMarks([uint64(7), 0, 0, 0], 1, abi.encodeWithSelector(_outOfRange(), 7, 2, 6));
        JournalHead memory statement = statementOf(6);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.TooManyMarks.selector, 5, 4));
        vault.applyReleases(2, entriesOf(2, 6), new uint64[](5), statement, sigs);
    }

    function test_refuses_to_refresh_anywhere_but_at_the_replica() public {
        release(ONE, bob, 0);
        JournalHead memory statement = statementOf(1);
        bytes memory sigs = sign(statement);
        bytes4 refusal = IEdge.NotAtReplica.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, statement.edge, 1, 0));
        vault.refresh(statement, sigs);
        applyAll();
        statement.tip = 2;
        sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(refusal, statement.edge, 1, 1));
        vault.refresh(statement, sigs);
        statement.tip = 1;
        statement.head = keccak256("another");
        sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(refusal, statement.edge, 1, 1));
        vault.refresh(statement, sigs);
    }

    // What a replay does

    function testFuzz_a_release_becomes_one_payment(uint128 amount, uint96 fee) public {
        amount = uint128(bound(amount, 1, LOCKED));
        fee = uint96(bound(fee, 0, amount));
        release(amount, bob, fee);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Queued(1, asset, accountOf(alice), bob, amount, uint40(block.timestamp));
        vm.expectEmit(address(vault));
        emit IEdge.Refreshed(heads[0], 1, uint64(block.timestamp));
        vm.expectEmit(address(vault));
        emit IVaultReleases.Applied(heads[0], 0, 1, heads[1], relayer);
        applyAll();
        Payment memory queued = vault.payment(1);
        assertEq(queued.entryHash, bytes25(keccak256(entryOf(1))));
        assertEq(queued.readyAt, block.timestamp);
        // The small lane.
        assertEq(queued.flags, 2);
        assertState(1, PaymentState.QUEUED);
        assertBooks(asset, LOCKED, amount, 0);
        assertEq(vault.owed(asset), amount);
        assertEq(token.balanceOf(bob), 0);
    }

    function testFuzz_I7_batches_and_known_prefixes_change_nothing(uint8 length, uint8 first, uint8 from) public {
        length = uint8(bound(length, 1, 12));
        for (uint256 i = 1; i <= length; ++i) {
            release(uint128(i), i % 3 == 0 ? address(0) : bob, uint96(i % 2));
        }
        first = uint8(bound(first, 0, length));
        if (first != 0) post(0, _asTip(statementOf(first)));
        if (first != length) post(uint64(bound(from, 0, first)), statementOf(length));
        (, uint64 count, bytes32 head, , , ) = vault.replicaState();
        assertEq(count, length);
        assertEq(head, heads[length]);
        assertBooks(asset, LOCKED, (uint256(length) * (length + 1)) / 2, 0);
        for (uint96 seq = 1; seq <= length; ++seq) {
            assertEq(vault.payment(seq).entryHash, bytes25(keccak256(entryOf(seq))));
        }
        assertState(uint96(length) + 1, PaymentState.NONE);
    }

    function test_a_batch_of_one_release_tells_of_nothing_else() public {
        release(ONE, bob, 0);
        vm.recordLogs();
        applyAll();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 3);
        assertEq(logs[0].topics[0], IVaultReleases.Queued.selector);
        assertEq(logs[1].topics[0], IEdge.Refreshed.selector);
        assertEq(logs[2].topics[0], IVaultReleases.Applied.selector);
    }

    function test_the_known_prefix_is_skipped_unread() public {
        release(ONE, bob, 0);
        applyAll();
        release(ONE, carol, 0);
        JournalHead memory statement = statementOf(2);
        bytes memory sigs = sign(statement);
        vault.applyReleases(0, bytes.concat(new bytes(95), entryOf(2)), new uint64[](0), statement, sigs);
        assertEq(replicaCount(), 2);
    }

    function test_stores_the_head_at_every_mark() public {
        for (uint256 i = 0; i < 5; ++i) {
            release(ONE, bob, 0);
        }
        uint64[] memory marks = new uint64[](4);
        (marks[0], marks[1], marks[2], marks[3]) = (1, 2, 4, 5);
        postMarked(0, statementOf(5), marks);
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(vault.markOf(marks[i]), heads[marks[i]]);
        }
        assertEq(vault.markOf(3), 0);
    }

    function test_a_cut_below_the_tip_is_no_freshness_and_a_refresh_is() public {
        for (uint256 i = 0; i < 65; ++i) {
            release(ONE, bob, 0);
        }
        post(0, statementOf(64));
        (, , , uint40 asOf, uint40 acceptedAt, ) = vault.replicaState();
        assertEq(asOf, 0);
        assertEq(acceptedAt, 0);
        applyAll();
        skip(600);
        refreshNow();
        (, , , asOf, acceptedAt, ) = vault.replicaState();
        assertEq(asOf, vm.getBlockTimestamp());
        assertEq(acceptedAt, vm.getBlockTimestamp());
    }

    function test_recipients_that_cannot_be_paid_wait_and_block_nothing() public {
        bytes32[4] memory parties = [
            bytes32(0),
            bytes32(uint256(uint160(address(vault)))),
            bytes32(uint256(uint160(address(token)))),
            bytes32(uint256(uint160(bob)) | (1 << 160))
        ];
        for (uint96 i = 0; i < 4; ++i) {
            Entry memory entry = releaseEntry(asset, ONE, bob, 0);
            entry.party = parties[i];
            append(entry);
        }
        uint64 good = release(ONE, bob, 0);
        for (uint96 i = 1; i <= 4; ++i) {
            vm.expectEmit(address(vault));
            emit IVaultReleases.Claimable(i, ClaimableReason.RECIPIENT);
        }
        applyAll();
        for (uint96 i = 1; i <= 4; ++i) {
            assertState(i, PaymentState.CLAIMABLE);
            bytes memory entry = entryOf(i);
            vm.expectPartialRevert(IVaultReleases.TransferFailed.selector);
            vault.claim(i, entry);
        }
        pay(good);
        assertState(good, PaymentState.PAID);
        assertBooks(asset, LOCKED - ONE, 4 * ONE, ONE);
    }

    // Entries that no honest ledger journals

    function testFuzz_I4_an_entry_that_no_honest_ledger_journals_has_no_effect(uint8 kind, uint256 choice) public {
        uint64 before = release(ONE, bob, 0);
        (Entry memory entry, ReleaseRefusal reason) = _forged(kind, choice % 5);
        uint64 forged = append(entry);
        uint64 behind = release(ONE, bob, 0);
        uint40 until = uint40(block.timestamp + 72 hours);
        vm.expectEmit(address(vault));
        emit IVaultReleases.RefusedRelease(forged, reason);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.QUARANTINED, until, "refused entry");
        applyAll();
        assertState(before, PaymentState.QUEUED);
        assertState(forged, PaymentState.NONE);
        assertState(behind, PaymentState.QUEUED);
        assertBooks(asset, LOCKED, 2 * ONE, 0);
        assertEq(replicaCount(), 3);
        assertEq(vault.quarantinedUntil(), until);
    }

    function test_I4_every_refusal_tells_its_reason() public {
        release(ONE, bob, 0);
        for (uint256 choice = 0; choice < 5; ++choice) {
            for (uint8 kind = 0; kind < 2; ++kind) {
                (Entry memory entry, ReleaseRefusal reason) = _forged(kind, choice);
                uint64 forged = append(entry);
                vm.expectEmit(address(vault));
                emit IVaultReleases.RefusedRelease(forged, reason);
            }
        }
        applyAll();
        for (uint96 seq = 2; seq <= tip(); ++seq) assertState(seq, PaymentState.NONE);
        assertBooks(asset, LOCKED, ONE, 0);
    }

    /// @dev What the vault asks itself in the exit, where a refusal is told and stops nothing.
    function test_a_replay_without_a_statement_says_where_it_ends_and_whether_it_refused() public {
        release(ONE, bob, 0);
        append(releaseEntry(asset, 0, bob, 0));
        vm.startPrank(address(vault));
        (bytes32 head, bool refused) = vault.replayProven(heads[0], 0, entryOf(1));
        assertEq(abi.encode(head, refused), abi.encode(heads[1], false));
        (head, refused) = vault.replayProven(heads[1], 1, entryOf(2));
        assertEq(abi.encode(head, refused), abi.encode(heads[2], true));
        vm.stopPrank();
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.NONE);
    }

    function test_I4_releases_never_sum_past_what_is_accounted() public {
        release(LOCKED, bob, 0);
        release(1, bob, 0);
        applyAll();
        assertState(1, PaymentState.QUEUED);
        assertState(2, PaymentState.STOPPED);
        assertBooks(asset, LOCKED, LOCKED, 0);
        assertEq(vault.quarantinedUntil(), 0);
    }

    function test_a_quarantine_takes_no_statement_pays_nothing_and_lapses() public {
        release(ONE, bob, 0);
        append(releaseEntry(asset, 0, bob, 0));
        applyAll();
        uint40 until = vault.quarantinedUntil();
        assertEq(until, block.timestamp + 72 hours);
        _assertEdge(SourceState.QUARANTINED);
        release(ONE, bob, 0);
        JournalHead memory statement = statementOf(3);
        bytes memory sigs = sign(statement);
        bytes memory refusal = abi.encodeWithSelector(IVaultReleases.EdgeQuarantined.selector, heads[0], until);
        vm.expectRevert(refusal);
        vault.applyReleases(2, entriesOf(2, 3), new uint64[](0), statement, sigs);
        vm.expectRevert(refusal);
        vault.refresh(statement, sigs);
        bytes memory entry = entryOf(1);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentQuarantined.selector, 1, until));
        vault.pay(1, entry, relayer);

        vm.warp(until);
        _assertEdge(SourceState.LIVE);
        pay(1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.LIVE, 0, "lapsed");
        applyAll();
        pay(3);
        assertEq(token.balanceOf(bob), 2 * ONE);
    }

    /// @notice Whoever may put forged entries in the ledger's journal does so once for all: each later one is told, and stops nothing.
    function test_I9_refused_entries_quarantine_the_edge_once() public {
        append(releaseEntry(asset, 0, bob, 0));
        applyAll();
        uint40 until = vault.quarantinedUntil();
        assertEq(until, block.timestamp + 72 hours);
        vm.warp(until);
        for (uint256 i = 0; i < 3; ++i) {
            uint64 refused = append(releaseEntry(asset, 0, bob, 0));
            uint64 behind = release(ONE, bob, 0);
            vm.expectEmit(address(vault));
            emit IVaultReleases.RefusedRelease(refused, ReleaseRefusal.AMOUNT);
            applyAll();
            _assertEdge(SourceState.LIVE);
            pay(behind);
        }
        assertEq(vault.quarantinedUntil(), until);
        // The guardian's own is another matter, after its rest of 72 hours.
        vm.warp(until + 72 hours);
        vm.prank(guardian);
        vault.quarantine(until + 100 hours);
        _assertEdge(SourceState.QUARANTINED);
    }

    function test_what_witnesses_confirmed_is_paid_through_a_quarantine() public {
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        append(releaseEntry(asset, 0, bob, 0));
        applyAll();
        // Nobody confirms yet: the count lies in bits 64 to 127 of the replica's second word.
        bytes32 slot = bytes32(uint256(keccak256(abi.encode(heads[0], _replicaNamespace()))) + 1);
        vm.store(address(vault), slot, bytes32(uint256(vm.load(address(vault), slot)) | (uint256(1) << 64)));
        pay(1);
        bytes memory entry = entryOf(2);
        vm.expectPartialRevert(IVaultReleases.PaymentQuarantined.selector);
        vault.pay(2, entry, relayer);
    }

    function _forged(uint8 kind, uint256 choice) private view returns (Entry memory entry, ReleaseRefusal reason) {
        entry = releaseEntry(asset, ONE, bob, 0);
        if (choice == 0) {
            entry.kind = kind == EntryCodec.RELEASE || kind == EntryCodec.LOST ? EntryCodec.LOCK : kind;
            return (entry, ReleaseRefusal.KIND);
        }
        if (choice == 1) {
            entry.asset = kind % 2 == 0 ? 0 : asset + 1 + kind;
            return (entry, ReleaseRefusal.ASSET);
        }
        if (choice == 2) {
            entry.account = bytes32(uint256(kind));
            return (entry, ReleaseRefusal.ACCOUNT);
        }
        if (choice == 3) {
            entry.amount = kind % 2 == 0 ? 0 : uint128(type(uint104).max) + kind;
            return (entry, ReleaseRefusal.AMOUNT);
        }
        entry.fee = uint96(ONE) + 1;
        return (entry, ReleaseRefusal.FEE);
    }

    function _toBob() private view returns (bytes32) {
        return bytes32(uint256(uint160(bob)));
    }

    /// @dev As if the journal had ended there.
    function _asTip(JournalHead memory statement) private pure returns (JournalHead memory) {
        statement.tip = statement.count;
        return statement;
    }

    function _assertEdge(SourceState expected) private view {
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(expected));
    }

    function _outOfRange() private pure returns (bytes4) {
        return IEdge.MarkOutOfRange.selector;
    }

    function _replicaNamespace() private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256("surety.replica")) - 1)) & ~bytes32(uint256(0xff));
    }

    function _expectMarks(uint64[4] memory given, uint256 count, bytes memory refusal) private {
        uint64[] memory marks = new uint64[](count);
        for (uint256 i = 0; i < count; ++i) {
            marks[i] = given[i];
        }
        JournalHead memory statement = statementOf(6);
        bytes memory sigs = sign(statement);
        vm.expectRevert(refusal);
        vault.applyReleases(2, entriesOf(2, 6), marks, statement, sigs);
    }
}

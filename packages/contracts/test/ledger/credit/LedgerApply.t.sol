// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Line, ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {ReplicaLib, SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture, feesAt} from "../LedgerFixture.sol";

/// @notice What a batch may do to the ledger, and which batches are refused.
contract LedgerApplyTest is LedgerFixture {
    uint64[] private noMarks;

    // Refusals of batches

    function test_refuses_a_source_that_is_not_listed() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 8));
        ledger.applyEntries(8, 0, journal.packed, noMarks, statement, "", accountOf(relayer));
    }

    function test_refuses_an_edge_of_another_source() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        statement.edge = keccak256("another");
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, statement.edge, journal.edge));
        ledger.applyEntries(SOURCE, 0, journal.packed, noMarks, statement, "", accountOf(relayer));
    }

    function test_refuses_a_count_that_is_neither_tip_nor_cut() public {
        _lockMany(66);
        JournalHead memory statement = statementOf(journal, 63);
        vm.expectRevert(abi.encodeWithSelector(IEdge.CountNeitherTipNorCut.selector, 63, 66));
        this.postExternal(0, statement);
        statement = statementOf(journal, 66);
        statement.tip = 65;
        vm.expectRevert(abi.encodeWithSelector(IEdge.CountNeitherTipNorCut.selector, 66, 65));
        this.postExternal(0, statement);
        post(0, statementOf(journal, 64));
    }

    function test_refuses_a_batch_that_reaches_nothing_new() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(IEdge.NothingNew.selector, 1, 1));
        this.postExternal(0, statementOf(journal, 1));
    }

    function test_refuses_a_batch_that_starts_past_the_replica() public {
        _lockMany(3);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EntriesMissing.selector, 1, 0));
        this.postExternal(1, statementOf(journal, 3));
    }

    function test_refuses_entries_that_end_before_or_after_the_statement() public {
        _lockMany(3);
        JournalHead memory statement = statementOf(journal, 3);
        bytes memory sigs = sign(statement);
        bytes memory two = entriesOf(journal, 0, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EntriesEndElsewhere.selector, 2, 3));
        ledger.applyEntries(SOURCE, 0, two, noMarks, statement, sigs, accountOf(relayer));
        bytes memory four = bytes.concat(entriesOf(journal, 0, 3), entriesOf(journal, 0, 1));
        vm.expectRevert(abi.encodeWithSelector(IEdge.EntriesEndElsewhere.selector, 4, 3));
        ledger.applyEntries(SOURCE, 0, four, noMarks, statement, sigs, accountOf(relayer));
    }

    function test_refuses_bytes_that_are_no_whole_entries() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        bytes memory cut = bytes.concat(journal.packed, hex"00");
        vm.expectRevert(abi.encodeWithSelector(EntryCodec.EntriesNotWhole.selector, 96, 95));
        ledger.applyEntries(SOURCE, 0, cut, noMarks, statementOf(journal, 1), "", accountOf(relayer));
    }

    function test_refuses_entries_that_do_not_fold_to_the_attested_head() public {
        _lockMany(2);
        JournalHead memory statement = statementOf(journal, 2);
        bytes memory sigs = sign(statement);
        bytes memory swapped = bytes.concat(entriesOf(journal, 1, 2), entriesOf(journal, 0, 1));
        bytes32 head = EntryCodec.extend(
            EntryCodec.extend(journal.edge, lockEntry(USD, 2, accountOf(alice), 0)),
            lockEntry(USD, 1, accountOf(alice), 0)
        );
        vm.expectRevert(abi.encodeWithSelector(IEdge.HeadMismatch.selector, head, journal.heads[2]));
        ledger.applyEntries(SOURCE, 0, swapped, noMarks, statement, sigs, accountOf(relayer));
        assertEq(amountOf(alice, USD), 0);
    }

    function test_I6_refuses_a_batch_below_k_signatures() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = signBy(statement, 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        ledger.applyEntries(SOURCE, 0, journal.packed, noMarks, statement, sigs, accountOf(relayer));
        assertEq(amountOf(alice, USD), 0);
    }

    function test_I6_refuses_a_statement_that_differs_from_what_was_signed() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = sign(statement);
        statement.blockNumber += 1;
        // The signatures now recover other addresses, in no order.
        vm.expectRevert();
        ledger.applyEntries(SOURCE, 0, journal.packed, noMarks, statement, sigs, accountOf(relayer));
    }

    function test_I6_refuses_an_epoch_that_has_expired() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        endFirstEpoch();
        JournalHead memory statement = statementOf(journal, 1);
        vm.expectPartialRevert(IAttesterSet.EpochExpired.selector);
        this.postExternal(0, statement);
    }

    function test_refuses_a_statement_more_than_120_seconds_ahead() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        statement.asOf = uint64(START + 121);
        vm.expectRevert(abi.encodeWithSelector(IEdge.AsOfAhead.selector, START + 121, START + 120));
        this.postExternal(0, statement);
        statement.asOf = uint64(START + 120);
        post(0, statement);
    }

    function test_refuses_a_statement_older_than_the_accepted_one() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 2);
        statement.asOf = uint64(START - 1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.AsOfFell.selector, START - 1, START));
        this.postExternal(1, statement);
        // Two blocks of one second are honest.
        statement.asOf = uint64(START);
        post(1, statement);
    }

    function test_refuses_a_fee_account_that_nobody_here_owns() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = sign(statement);
        bytes32[2] memory refused = [bytes32(uint256(1)), AccountLib.encode(relayer, 7, 0)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerCore.FeeAccountRefused.selector, refused[i]));
            ledger.applyEntries(SOURCE, 0, journal.packed, noMarks, statement, sigs, refused[i]);
        }
    }

    function test_refuses_five_marks_and_marks_out_of_order_or_range() public {
        _lockMany(8);
        JournalHead memory statement = statementOf(journal, 8);
        vm.expectRevert(abi.encodeWithSelector(IEdge.TooManyMarks.selector, 5, 4));
        this.postMarkedExternal(0, statement, _marks(1, 2, 3, 4, 5));
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, 2, 2, 8));
        this.postMarkedExternal(0, statement, _marks(2, 2));
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, 9, 0, 8));
        this.postMarkedExternal(0, statement, _marks(9));
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, 0, 0, 8));
        this.postMarkedExternal(0, statement, _marks(0));
    }

    // Effects

    function test_credits_locks_and_names_only_the_batch() public {
        lock(USD, 5 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 2 * ONE_ETH, accountOf(bob), 0);
        lock(USD, 3 * ONE_USD, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit IEdge.Refreshed(journal.edge, 3, uint64(START));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Applied(journal.edge, 0, 3, journal.heads[3], accountOf(relayer));
        vm.recordLogs();
        applyAll();
        assertEq(vm.getRecordedLogs().length, 2, "no event per plain credit");
        assertEq(amountOf(alice, USD), 8 * ONE_USD);
        assertEq(amountOf(bob, ETH), 2 * ONE_ETH);
        assertEq(ledger.assetOf(USD).credited, 8 * ONE_USD);
        assertEq(ledger.assetOf(ETH).credited, 2 * ONE_ETH);
        (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state) = ledger
            .replicaOf(SOURCE);
        assertEq(edge, journal.edge);
        assertEq(count, 3);
        assertEq(head, journal.heads[3]);
        assertEq(asOf, START);
        assertEq(acceptedAt, START);
        assertEq(uint8(state), uint8(SourceState.LIVE));
    }

    function test_replica_lies_at_the_documented_slots() public {
        _lockMany(3);
        applyAll();
        bytes32 slot = ReplicaLib.slotOf(journal.edge);
        assertEq(vm.load(address(ledger), slot), journal.heads[3]);
        assertEq(uint64(uint256(vm.load(address(ledger), bytes32(uint256(slot) + 1)))), 3);
        assertEq(vm.load(address(ledger), bytes32(uint256(slot) + 2)), keccak256(abi.encode("block", uint64(3))));
    }

    function test_a_replica_keeps_nothing_of_the_time_before() public {
        // Every bit of the times changes from one to the other: 2^31 − 1 and 2^31.
        uint256[2] memory times = [uint256(type(uint32).max) >> 1, uint256(1) << 31];
        vm.mockCall(address(attesters), abi.encodeWithSelector(attesters.verifyHead.selector), "");
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(times[i]);
            lock(USD, 1, accountOf(alice), 0);
            applyAll();
            uint256 word = (i + 1) | (times[i] << 128) | (times[i] << 168) | (uint256(SourceState.LIVE) << 208);
            assertEq(uint256(vm.load(address(ledger), bytes32(uint256(ReplicaLib.slotOf(journal.edge)) + 1))), word);
        }
    }

    function test_skips_the_known_prefix_unread() public {
        _lockMany(5);
        post(0, _asTip(statementOf(journal, 2)));
        bytes memory entries = entriesOf(journal, 0, 5);
        // Nobody reads the first two entries again: they may even be wrong.
        for (uint256 i = 0; i < 2 * EntryCodec.LENGTH; ++i) {
            entries[i] = 0xff;
        }
        JournalHead memory statement = statementOf(journal, 5);
        ledger.applyEntries(SOURCE, 0, entries, noMarks, statement, sign(statement), accountOf(relayer));
        assertEq(amountOf(alice, USD), 1 + 2 + 3 + 4 + 5);
    }

    function test_stores_the_running_head_at_marks() public {
        _lockMany(8);
        postMarked(0, statementOf(journal, 8), _marks(1, 4, 5, 8));
        assertEq(ledger.markOf(SOURCE, 1), journal.heads[1]);
        assertEq(ledger.markOf(SOURCE, 4), journal.heads[4]);
        assertEq(ledger.markOf(SOURCE, 5), journal.heads[5]);
        assertEq(ledger.markOf(SOURCE, 8), journal.heads[8]);
        assertEq(ledger.markOf(SOURCE, 2), 0);
    }

    function test_a_cut_moves_the_count_and_the_anchor_but_not_the_time() public {
        _lockMany(70);
        post(0, statementOf(journal, 64));
        (, uint64 count, , uint40 asOf, , ) = ledger.replicaOf(SOURCE);
        assertEq(count, 64);
        assertEq(asOf, 0);
        (, , uint40 told) = ledger.stateOf(SOURCE);
        assertEq(told, 0);
        bytes32 anchor = bytes32(uint256(ReplicaLib.slotOf(journal.edge)) + 2);
        assertEq(vm.load(address(ledger), anchor), keccak256(abi.encode("block", uint64(64))));
        post(64, statementOf(journal, 70));
        (, count, , asOf, , ) = ledger.replicaOf(SOURCE);
        assertEq(count, 70);
        assertEq(asOf, START);
    }

    function test_sums_fees_per_asset_and_credits_them_once() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 3);
        lock(ETH, ONE_ETH, accountOf(alice), 5);
        lock(USD, 10 * ONE_USD, accountOf(bob), 4);
        lock(USD, 9, accountOf(bob), 9);
        applyAll();
        assertEq(amountOf(alice, USD), 10 * ONE_USD - 3);
        assertEq(amountOf(bob, USD), 10 * ONE_USD - 4);
        assertEq(amountOf(alice, ETH), ONE_ETH - 5);
        assertEq(amountOf(relayer, USD), 16);
        assertEq(amountOf(relayer, ETH), 5);
        assertEq(ledger.assetOf(USD).credited, 20 * ONE_USD + 9);
    }

    function test_parks_fees_that_their_line_cannot_hold() public {
        // Both fees are taken by the fast loop.
        lock(USD, 10 * ONE_USD, accountOf(alice), 3);
        lock(USD, 9 * ONE_USD, accountOf(bob), 4);
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        _setLine(accountOf(relayer), USD, type(uint112).max - 6);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Parked(SOURCE, feesAt(2), accountOf(relayer), USD, 7, 0, ParkReason.FEE);
        applyAll();
        assertEq(ledger.assetOf(USD).credited, 29 * ONE_USD - 7);
        assertEq(ledger.assetOf(USD).parked, 7);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.LineFull.selector, accountOf(relayer), USD, 7));
        ledger.unpark(SOURCE, feesAt(2));
        _setLine(accountOf(relayer), USD, type(uint112).max - 7);
        ledger.unpark(SOURCE, feesAt(2));
        Line memory line = ledger.lineOf(accountOf(relayer), USD);
        assertEq(line.amount, type(uint112).max);
        assertEq(line.unseasoned, 0, "it was within the level");
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_parks_what_does_not_fit_under_the_cap_whole() public {
        fill(USD, 800 * ONE_USD, accountOf(alice));
        lock(USD, 200 * ONE_USD + 1, accountOf(bob), 2);
        lock(USD, 200 * ONE_USD - 2, accountOf(bob), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Parked(SOURCE, 5, accountOf(bob), USD, 200 * ONE_USD - 1, 0, ParkReason.CAP);
        applyAll();
        assertEq(amountOf(alice, USD), 800 * ONE_USD);
        assertEq(amountOf(bob, USD), 200 * ONE_USD - 2, "the next still fits");
        assertEq(amountOf(relayer, USD), 2, "and so does the fee");
        ParkedCredit memory expected;
        (expected.account, expected.amount) = (accountOf(bob), uint104(200 * ONE_USD - 1));
        (expected.vaultAsset, expected.reason) = (USD, ParkReason.CAP);
        expected.parkedAt = uint32(vm.getBlockTimestamp());
        assertEq(abi.encode(ledger.parkedOf(SOURCE, 5)), abi.encode(expected));
        assertEq(ledger.assetOf(USD).parked, 200 * ONE_USD - 1);
    }

    function test_parks_an_asset_that_is_not_listed() public {
        lock(3, 17, accountOf(alice), 2);
        lock(USD, 5, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Parked(SOURCE, 1, accountOf(alice), 3, 17, 2, ParkReason.UNLISTED);
        applyAll();
        assertEq(amountOf(alice, USD), 5);
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.UNLISTED));
    }

    function test_an_amount_of_zero_has_no_effect() public {
        lock(USD, 0, accountOf(alice), 0);
        lock(3, 0, accountOf(alice), 0);
        vm.recordLogs();
        applyAll();
        assertEq(vm.getRecordedLogs().length, 2);
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), 0);
    }

    // Entries that no honest journal holds

    /// @notice A refund of what was never released changes nothing, see `LedgerRefund.t.sol`.
    function test_every_kind_but_lock_and_refund_is_refused_and_quarantines() public {
        for (uint256 kind = 0; kind < 256; ++kind) {
            if (kind == EntryCodec.LOCK || kind == EntryCodec.REFUND) continue;
            uint256 snapshot = vm.snapshotState();
            Entry memory entry = lockEntry(USD, ONE_USD, accountOf(alice), 0);
            entry.kind = uint8(kind);
            _expectRefusal(entry);
            vm.revertToState(snapshot);
        }
    }

    function test_vault_asset_zero_is_refused_and_quarantines() public {
        _expectRefusal(lockEntry(0, ONE_USD, accountOf(alice), 0));
    }

    function test_an_amount_above_104_bits_is_refused_and_quarantines() public {
        _expectRefusal(lockEntry(USD, uint128(1) << 104, accountOf(alice), 0));
    }

    function test_a_fee_above_its_amount_is_refused_and_quarantines() public {
        _expectRefusal(lockEntry(USD, 5, accountOf(alice), 6));
    }

    function test_owner_zero_is_refused_and_quarantines() public {
        _expectRefusal(lockEntry(USD, 5, AccountLib.encode(address(0), 0, 9), 0));
    }

    function test_a_home_elsewhere_is_refused_and_quarantines() public {
        uint256 snapshot = vm.snapshotState();
        _expectRefusal(lockEntry(USD, 5, AccountLib.encode(alice, SOURCE + 1, 0), 0));
        vm.revertToState(snapshot);
        _expectRefusal(lockEntry(USD, 5, AccountLib.encode(address(2), 1, 0), 0));
    }

    function test_an_amount_past_what_a_vault_can_hold_is_refused_and_quarantines() public {
        // The first two are within 104 bits, the other above the cap; a third unit is more than any vault accounts for.
        lock(USD, type(uint104).max - 1, accountOf(bob), 0);
        applyAll();
        _expectRefusal(lockEntry(USD, 1, accountOf(alice), 0));
    }

    function test_entries_around_a_refused_one_keep_their_effects() public {
        lock(USD, 1, accountOf(alice), 0);
        append(journal, Entry(EntryCodec.RELEASE, USD, 100, accountOf(alice), 0, 0));
        lock(USD, 2, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, 2, EntryCodec.RELEASE);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(
            SOURCE,
            SourceState.QUARANTINED,
            uint40(START + 72 hours),
            "refused entry"
        );
        applyAll();
        assertEq(amountOf(alice, USD), 3);
        lock(USD, 4, accountOf(alice), 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerCore.SourceNotAccepting.selector,
                SOURCE,
                SourceState.QUARANTINED,
                START + 72 hours
            )
        );
        this.postExternal(3, statementOf(journal, 4));
        vm.warp(START + 72 hours);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.LIVE, 0, "lapsed");
        applyAll();
        assertEq(amountOf(alice, USD), 7);
    }

    // Refresh

    function test_refresh_refuses_lists_of_different_length() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.LengthsDiffer.selector, 1, 0));
        ledger.refresh(new JournalHead[](1), new bytes[](0));
    }

    function test_refresh_refuses_an_edge_that_no_source_has() public {
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0].edge = keccak256("none");
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.EdgeUnknown.selector, keccak256("none")));
        ledger.refresh(statements, new bytes[](1));
    }

    function test_refresh_refuses_a_statement_of_another_count_tip_or_head() public {
        _lockMany(64);
        applyAll();
        vm.warp(START + 60);
        _expectNotAtReplica(statementOf(journal, 63), 63);
        JournalHead memory cut = statementOf(journal, 64);
        cut.tip = 65;
        _expectNotAtReplica(cut, 64);
        JournalHead memory other = statementOf(journal, 64);
        other.head = keccak256("other");
        _expectNotAtReplica(other, 64);
        refreshNow();
    }

    function test_refresh_refuses_below_k_signatures() public {
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, 0);
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = signBy(statements[0], 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        ledger.refresh(statements, sigs);
    }

    function test_refresh_refuses_a_source_in_quarantine() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        vm.expectPartialRevert(ILedgerCore.SourceNotAccepting.selector);
        this.refreshExternal();
    }

    function test_refresh_advances_the_time_alone() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 600);
        vm.expectEmit(address(ledger));
        emit IEdge.Refreshed(journal.edge, 1, uint64(START + 600));
        refreshNow();
        (, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, ) = ledger.replicaOf(SOURCE);
        assertEq(count, 1);
        assertEq(head, journal.heads[1]);
        assertEq(asOf, START + 600);
        assertEq(acceptedAt, START + 600);
        assertEq(amountOf(alice, USD), ONE_USD);
    }

    // Idempotence

    function test_I7_a_second_relayer_that_lost_the_race_changes_nothing() public {
        _lockMany(4);
        JournalHead memory statement = statementOf(journal, 4);
        post(0, statement);
        uint256 before = amountOf(alice, USD);
        vm.expectRevert(abi.encodeWithSelector(IEdge.NothingNew.selector, 4, 4));
        this.postExternal(0, statement);
        assertEq(amountOf(alice, USD), before);
    }

    // Calls that must revert one frame further down

    function postExternal(uint64 from, JournalHead memory statement) external {
        post(from, statement);
    }

    function postMarkedExternal(uint64 from, JournalHead memory statement, uint64[] memory marks) external {
        postMarked(from, statement, marks);
    }

    function refreshExternal() external {
        refreshNow();
    }

    /// @dev Amounts 1, 2, 3, … of asset 1 for alice.
    function _lockMany(uint256 count) private {
        for (uint256 i = 1; i <= count; ++i) {
            lock(USD, uint128(i), accountOf(alice), 0);
        }
    }

    function _asTip(JournalHead memory statement) private pure returns (JournalHead memory) {
        statement.tip = statement.count;
        return statement;
    }

    /// @dev A plain credit stands before the entry, so that the fast loop meets it.
    function _expectRefusal(Entry memory entry) private {
        lock(USD, 1, accountOf(bob), 0);
        uint64 index = tip(journal) + 1;
        uint256 credited = ledger.assetOf(USD).credited;
        uint256 parked = ledger.assetOf(USD).parked;
        append(journal, entry);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, index, entry.kind);
        applyAll();
        (SourceState state, uint40 until, ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
        assertEq(until, START + 72 hours);
        (, uint64 count, bytes32 head, , , ) = ledger.replicaOf(SOURCE);
        assertEq(count, index);
        assertEq(head, journal.heads[index]);
        assertEq(ledger.assetOf(USD).credited, credited + 1);
        assertEq(ledger.assetOf(USD).parked, parked);
        assertEq(uint8(ledger.parkedOf(SOURCE, index).reason), 0);
        assertEq(ledger.lineOf(entry.account, USD).amount, 0);
    }

    function _expectNotAtReplica(JournalHead memory statement, uint64 count) private {
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statement;
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.NotAtReplica.selector, journal.edge, count, 64));
        ledger.refresh(statements, sigs);
    }

    /// @dev Writes a line's word, as no act can: lines are the ledger's first mapping.
    function _setLine(bytes32 account, uint16 assetId, uint256 word) private {
        bytes32 slot = keccak256(abi.encode(assetId, keccak256(abi.encode(account, 0))));
        vm.store(address(ledger), slot, bytes32(word));
        Line memory line = ledger.lineOf(account, assetId);
        assertEq(line.amount, uint112(word));
    }

    function _marks(uint64 a) private pure returns (uint64[] memory marks) {
        marks = new uint64[](1);
        marks[0] = a;
    }

    function _marks(uint64 a, uint64 b) private pure returns (uint64[] memory marks) {
        marks = new uint64[](2);
        (marks[0], marks[1]) = (a, b);
    }

    function _marks(uint64 a, uint64 b, uint64 c, uint64 d) private pure returns (uint64[] memory marks) {
        marks = new uint64[](4);
        (marks[0], marks[1], marks[2], marks[3]) = (a, b, c, d);
    }

    function _marks(uint64 a, uint64 b, uint64 c, uint64 d, uint64 e) private pure returns (uint64[] memory marks) {
        marks = new uint64[](5);
        (marks[0], marks[1], marks[2], marks[3], marks[4]) = (a, b, c, d, e);
    }
}

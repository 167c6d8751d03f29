// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {CreditLimits, CreditQuote, ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {console} from "forge-std/console.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture, feesAt} from "../LedgerFixture.sol";
import {TestProofWitness, TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice A source that asks for two of three witnesses; a tenth of the cap of 1,000 tokens may be in use unconfirmed.
abstract contract WitnessFixture is LedgerFixture {
    uint128 internal constant FAST = 100 * ONE_USD;

    TestWitness[3] internal witnesses;

    function setUp() public virtual override {
        super.setUp();
        vm.startPrank(governor);
        ledger.setFast(USD, 1_000);
        ledger.setFast(ETH, 1_000);
        for (uint8 i = 0; i < 3; ++i) {
            witnesses[i] = new TestWitness();
            ledger.setWitness(SOURCE, i, address(witnesses[i]), true);
        }
        vm.stopPrank();
    }

    function witnessesNeeded() internal pure virtual override returns (uint8) {
        return 2;
    }

    /// @dev A witness records the journal's own head at a count, under the edge's first name, and somebody confirms it.
    function confirmBy(uint8 witness, uint64 count) internal {
        witnesses[witness].record(journal.heads[0], count, journal.heads[count]);
        ledger.confirm(SOURCE, witness, count);
    }

    function confirmAll() internal {
        confirmBy(0, tip(journal));
        confirmBy(1, tip(journal));
    }

    function markOne(uint64 count) internal pure returns (uint64[] memory marks) {
        marks = new uint64[](1);
        marks[0] = count;
    }

    function applyMarked(uint64 count) internal {
        (, uint64 from, , , , ) = ledger.replicaOf(SOURCE);
        postMarked(from, statementOf(journal, tip(journal)), markOne(count));
    }

    function reasonAt(uint96 index) internal view returns (ParkReason) {
        return ledger.parkedOf(SOURCE, index).reason;
    }

    function stateNow() internal view returns (SourceState state) {
        (state, , ) = ledger.stateOf(SOURCE);
    }
}

/// @notice What is in use unconfirmed, confirmations, conflicts, and the opening after seven days.
contract LedgerWitnessesTest is WitnessFixture {
    // The sum

    function test_I9_incident_a_witness_that_cannot_answer_a_question_is_not_named() public {
        TestWitness silent = new TestWitness();
        TestWitness.Manner[3] memory manners = [
            TestWitness.Manner.REVERTS,
            TestWitness.Manner.BURNS_GAS,
            TestWitness.Manner.ANSWERS_NOTHING
        ];
        for (uint256 i = 0; i < 3; ++i) {
            silent.behave(manners[i]);
            vm.prank(governor);
            vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessRefused.selector, SOURCE, 3, address(silent)));
            ledger.setWitness(SOURCE, 3, address(silent), true);
        }
        silent.behave(TestWitness.Manner.HONEST);
        vm.prank(governor);
        ledger.setWitness(SOURCE, 3, address(silent), true);
    }

    function test_I6_the_fast_limit_is_whole_while_live_however_few_witnesses_are_left() public {
        for (uint8 gone = 0; gone < 3; ++gone) {
            vm.prank(governor);
            ledger.setWitness(SOURCE, gone, address(0), false);
            assertEq(ledger.limitsOf(USD).fastUnits, FAST);
        }
        // What is small goes on without any, and what is above the limit waits for its date.
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), FAST);
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
    }

    function test_I6_the_fast_limit_is_a_quarter_while_a_source_is_contested_and_no_less() public {
        lock(ETH, 1, accountOf(alice), 0);
        applyAll();
        witnesses[0].record(journal.edge, 1, "another");
        ledger.confirm(SOURCE, 0, 1);
        assertEq(ledger.limitsOf(USD).fastUnits, FAST / 4);
        // Those that are left do not lower it further, nor does one of them that is taken out.
        vm.prank(governor);
        ledger.setWitness(SOURCE, 1, address(0), false);
        assertEq(ledger.limitsOf(USD).fastUnits, FAST / 4);
        lock(USD, FAST / 4, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), FAST / 4);
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED));
        // Without the witness that contradicts, the source is live and has all of it again.
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(0), false);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        assertEq(ledger.limitsOf(USD).fastUnits, FAST);
    }

    function test_I6_the_sum_in_use_unconfirmed_stops_at_the_fast_limit() public {
        assertEq(uint8(ledger.quoteCredit(accountOf(alice), USD, FAST).reason), uint8(ParkReason.NONE));
        lock(USD, 60 * ONE_USD, accountOf(alice), 0);
        lock(USD, 40 * ONE_USD, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), FAST);
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED));
        CreditLimits memory limits = ledger.limitsOf(USD);
        assertEq(limits.fastUnits, FAST);
        assertEq(limits.unconfirmedUnits, FAST);
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, 1);
        assertEq(uint8(quote.reason), uint8(ParkReason.UNCONFIRMED));
        assertEq(quote.limiter, "fast");
        assertEq(quote.at, START + 7 days + 1, "a unit takes its time after the one before, rounded up");
    }

    function test_I6_credits_that_wait_for_a_cap_use_the_fast_limit_too() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        lock(USD, 90 * ONE_USD, accountOf(alice), 0);
        lock(USD, 11 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(reasonAt(1)), uint8(ParkReason.CAP));
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
    }

    function test_I6_an_asset_that_is_not_listed_waits_for_confirmation_first() public {
        lock(3, 5 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(reasonAt(1)), uint8(ParkReason.UNCONFIRMED));
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.UnparkRefused.selector, 1, ParkReason.UNCONFIRMED));
        ledger.unpark(SOURCE, 1);
        vm.startPrank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        ledger.setFast(assetId, 1_000);
        vm.stopPrank();
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 1);
        uint256 snapshot = vm.snapshotState();
        confirmAll();
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, assetId), 5 * ONE_USD);
        assertEq(ledger.assetOf(assetId).parked, 0);

        vm.revertToState(snapshot);
        vm.warp(START + 7 days);
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 14 days, "it joins the schedule of its asset");
        assertEq(ledger.assetOf(assetId).parked, 5 * ONE_USD);
        vm.warp(START + 14 days);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, assetId), 5 * ONE_USD);
    }

    // Confirmations

    function test_I6_m_witnesses_confirm_and_one_alone_does_not() public {
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 5 * ONE_USD, accountOf(bob), 2);
        applyAll();
        confirmBy(0, 2);
        (uint64 confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 2, 0, START + 7 days));
        ledger.unpark(SOURCE, 2);
        witnesses[2].record(journal.edge, 2, journal.heads[2]);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Confirmed(SOURCE, 2, 2);
        ledger.confirm(SOURCE, 2, 2);
        (confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 2);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 0);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(bob, USD), 5 * ONE_USD - 2);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_the_confirmed_count_is_the_second_highest_and_never_falls() public {
        for (uint256 i = 0; i < 6; ++i) {
            lock(USD, 1, accountOf(alice), 0);
            applyAll();
        }
        for (uint64 count = 1; count < 6; ++count) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, 6));
        }
        confirmBy(0, 5);
        confirmBy(1, 2);
        confirmBy(2, 3);
        (uint64 confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 3);
        address fresh = address(new TestWitness());
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, fresh, true);
        (confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 3, "what is confirmed stays confirmed");
        confirmBy(1, 4);
        (confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 3, "the new witness has confirmed nothing yet");
    }

    function test_refuses_confirmations_that_say_nothing() public {
        lock(USD, 1, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 3));
        ledger.confirm(SOURCE, 3, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 4));
        ledger.confirm(SOURCE, 4, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 1));
        ledger.confirm(SOURCE, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 3));
        ledger.confirm(SOURCE, 0, 3);
        vm.expectRevert(abi.encodeWithSelector(IEdge.RecordMissing.selector, 0, 2));
        ledger.confirm(SOURCE, 0, 2);
        confirmBy(0, 2);
        vm.expectRevert(abi.encodeWithSelector(IEdge.NothingNew.selector, 2, 2));
        ledger.confirm(SOURCE, 0, 2);
        witnesses[1].behave(TestWitness.Manner.BURNS_GAS);
        vm.expectRevert(abi.encodeWithSelector(IEdge.RecordMissing.selector, 1, 2));
        ledger.confirm(SOURCE, 1, 2);
    }

    function test_a_mark_is_set_only_for_a_head_that_leads_to_a_known_one() public {
        for (uint256 i = 0; i < 5; ++i) {
            lock(USD, uint128(i + 1), accountOf(alice), 0);
        }
        applyAll();
        ledger.mark(SOURCE, 4, journal.heads[4], entriesOf(journal, 4, 5));
        ledger.mark(SOURCE, 2, journal.heads[2], entriesOf(journal, 2, 4));
        assertEq(ledger.markOf(SOURCE, 2), journal.heads[2], "in steps");
        bytes memory rest = entriesOf(journal, 3, 5);
        vm.expectPartialRevert(IEdge.HeadMismatch.selector);
        ledger.mark(SOURCE, 3, keccak256("other"), rest);
        vm.expectPartialRevert(IEdge.MarkOutOfRange.selector);
        ledger.mark(SOURCE, 4, journal.heads[4], rest);
        rest = entriesOf(journal, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 3));
        ledger.mark(SOURCE, 2, 0, rest);
    }

    /// @notice What counts as unconfirmed is never less than what is, whatever order batches and confirmations come in.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I6_the_unconfirmed_sum_is_never_understated(uint256 seed) public {
        uint256[] memory passed = new uint256[](60);
        for (uint256 step = 0; step < 40; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint64 last = tip(journal);
            if (random % 3 != 0 || last == 0) {
                uint128 amount = uint128(1 + ((random >> 8) % (40 * ONE_USD)));
                uint256 before = amountOf(alice, USD);
                lock(USD, amount, accountOf(alice), 0);
                applyAll();
                bool waits = reasonAt(last + 1) == ParkReason.UNCONFIRMED;
                if (!waits) passed[last + 1] = amount;
                else assertEq(amountOf(alice, USD), before);
            } else {
                uint64 count = uint64(1 + ((random >> 8) % last));
                if (count < last) ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, last));
                uint8 witness = uint8((random >> 80) % 3);
                witnesses[witness].record(journal.heads[0], count, journal.heads[count]);
                (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerLosses.confirm, (SOURCE, witness, count)));
                ok;
            }
            _compareUnconfirmed(passed);
        }
    }

    // Conflicts

    function test_I6_a_head_that_a_witness_contradicts_applies_nothing_and_is_put_on_record() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        witnesses[1].record(journal.edge, 1, keccak256("another history"));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Conflict(SOURCE, 1, 1, journal.heads[1], keccak256("another history"));
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.CONTESTED, 0, "conflict");
        applyMarked(1);
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        assertEq(count, 0, "nothing applied");
        assertEq(amountOf(alice, USD), 0);
        assertEq(ledger.limitsOf(USD).fastUnits, FAST / 4);
        (, , bool conflicted, ) = ledger.witnessOf(SOURCE, 1);
        assertTrue(conflicted);
        vm.expectRevert(abi.encodeWithSelector(IEdge.WitnessNotCounting.selector, 1));
        ledger.confirm(SOURCE, 1, 1);
        applyMarked(1);
        assertEq(amountOf(alice, USD), ONE_USD, "all else goes on");
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
    }

    function test_I6_two_conflicts_are_a_quarantine_that_lapses_into_a_contest() public {
        lock(USD, FAST, accountOf(alice), 0);
        applyAll();
        confirmAll();
        lock(USD, 2, accountOf(alice), 0);
        for (uint8 i = 0; i < 2; ++i) {
            witnesses[i].record(journal.edge, 2, keccak256("another history"));
            applyMarked(2);
        }
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
        (uint64 confirmed, uint40 conflictAt) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 1, "what they had confirmed stays confirmed");
        assertEq(conflictAt, START);
        vm.warp(START + 72 hours);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        applyMarked(2);
        assertEq(amountOf(alice, USD), FAST + 2);
        address fresh = address(new TestWitness());
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, fresh, true);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED), "the other has conflicted as well");
        vm.prank(governor);
        ledger.setWitness(SOURCE, 1, address(0), false);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
    }

    function test_I6_a_state_proof_alone_is_a_quarantine() public {
        TestProofWitness proof = new TestProofWitness();
        vm.prank(governor);
        ledger.setWitness(SOURCE, 3, address(proof), true);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        proof.record(journal.edge, 1, keccak256("another history"));
        ledger.confirm(SOURCE, 3, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
    }

    function test_a_witness_below_finality_confirms_and_stops_nothing() public {
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(0), false);
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(witnesses[0]), false);
        lock(USD, 1, accountOf(alice), 0);
        witnesses[0].record(journal.edge, 1, keccak256("a fork"));
        applyMarked(1);
        assertEq(amountOf(alice, USD), 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEdge.RecordDiffers.selector, 0, 1, journal.heads[1], keccak256("a fork"))
        );
        ledger.confirm(SOURCE, 0, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
    }

    function test_nobody_forges_a_conflict_with_entries_of_their_own() public {
        lock(USD, 1, accountOf(alice), 0);
        witnesses[0].record(journal.edge, 1, journal.heads[1]);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = sign(statement);
        bytes memory forged = EntryCodec.pack(lockEntry(USD, 2, accountOf(alice), 0));
        uint64[] memory marks = markOne(1);
        vm.expectPartialRevert(IEdge.HeadMismatch.selector);
        ledger.applyEntries(SOURCE, 0, forged, marks, statement, sigs, accountOf(relayer));
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
    }

    function test_nobody_silences_a_witness_with_too_little_gas() public {
        lock(USD, 1, accountOf(alice), 0);
        witnesses[0].record(journal.edge, 1, keccak256("another history"));
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(journal, 0, 1);
        uint256 snapshot = vm.snapshotState();
        for (uint256 gas = 60_000; gas < 400_000; gas += 4_000) {
            bytes memory call_ = abi.encodeCall(
                ILedgerCore.applyEntries,
                (SOURCE, 0, entries, markOne(1), statement, sigs, accountOf(relayer))
            );
            (bool ok, ) = address(ledger).call{gas: gas}(call_);
            ok;
            assertEq(amountOf(alice, USD), 0);
            vm.revertToState(snapshot);
        }
    }

    function test_refuses_witnesses_that_are_none_or_stand_twice() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("governor"))
        );
        ledger.setWitness(SOURCE, 3, address(witnesses[0]), true);
        vm.startPrank(governor);
        address twice = address(witnesses[0]);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessRefused.selector, SOURCE, 3, twice));
        ledger.setWitness(SOURCE, 3, twice, true);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessRefused.selector, SOURCE, 4, alice));
        ledger.setWitness(SOURCE, 4, alice, true);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessRefused.selector, SOURCE, 3, alice));
        ledger.setWitness(SOURCE, 3, alice, true);
    }

    // Seven days

    function test_I9_without_a_confirmation_value_opens_after_seven_days_in_order() public {
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 7 days);
        assertEq(ledger.parkedOf(SOURCE, 3).readyAt, START + 9 days, "twice the fast limit: two days after");
        vm.warp(START + 7 days - 1);
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 2);
        vm.warp(START + 7 days);
        ledger.unpark(SOURCE, 2);
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 3);
        vm.warp(START + 9 days);
        ledger.unpark(SOURCE, 3);
        assertEq(amountOf(alice, USD), FAST + 250 * ONE_USD);
    }

    function test_I9_what_came_much_later_waits_for_no_more_than_its_own_seven_days() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 2 days);
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 7 days);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 9 days, "a day after the first would be sooner");
    }

    function test_I6_nobody_makes_a_witness_silent_by_giving_too_little_gas() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
        witnesses[0].record(journal.edge, 1, journal.heads[1]);
        bytes memory call_ = abi.encodeCall(ledger.confirm, (SOURCE, 0, 1));
        (bool ok, bytes memory answer) = address(ledger).call{gas: 115_000}(call_);
        assertFalse(ok);
        uint256 needed;
        assembly ("memory-safe") {
            needed := mload(add(answer, 0x44))
        }
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
        // A call gets 63/64 of what is left.
        assertEq(needed, 100_000 + uint256(100_000) / 63 + 5_000);
    }

    function test_I6_a_conflict_puts_the_opening_off_by_seven_days() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 6 days);
        witnesses[0].record(journal.edge, 1, keccak256("another history"));
        ledger.confirm(SOURCE, 0, 1);
        vm.warp(START + 14 days - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, START + 14 days));
        ledger.unpark(SOURCE, 1);
        vm.warp(START + 14 days);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), FAST + 1);
    }

    function test_I6_without_a_fast_limit_nothing_opens_but_by_confirmation() public {
        vm.prank(riskAdmin);
        ledger.setFast(USD, 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 3650 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, type(uint256).max));
        ledger.unpark(SOURCE, 1);
    }

    function test_I9_what_was_confirmed_puts_nothing_off() public {
        vm.prank(governor);
        ledger.setCap(USD, 1_000_000_000);
        vm.prank(governor);
        ledger.setFast(USD, 1);
        for (uint256 day = 0; day < 30; ++day) {
            vm.warp(START + day * 1 days);
            lock(USD, 200 * ONE_USD, accountOf(alice), 0);
            applyAll();
            confirmAll();
            ledger.unpark(SOURCE, uint96(tip(journal)));
        }
        lock(USD, 101 * ONE_USD, accountOf(alice), 0);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        uint256 at = ledger.quoteCredit(accountOf(alice), USD, 101 * ONE_USD).at;
        assertEq(at, START + 36 days, "the quote says the same");
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 31).readyAt, START + 36 days);
        assertEq(ledger.parkedOf(SOURCE, 32).readyAt, START + 38 days, "and in order from there");
    }

    /// @notice Confirmed in part: the last of those that are not counts on.
    function test_I6_what_is_not_confirmed_keeps_its_place_in_the_schedule() public {
        for (uint256 i = 0; i < 3; ++i) lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        ledger.mark(SOURCE, 2, journal.heads[2], entriesOf(journal, 2, 3));
        confirmBy(0, 2);
        confirmBy(1, 2);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 4).readyAt, START + 13 days);
        confirmBy(0, 4);
        confirmBy(1, 4);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 5).readyAt, START + 7 days);
    }

    function test_I9_a_credit_parked_without_a_fast_limit_gets_a_date_once_there_is_one() public {
        vm.prank(riskAdmin);
        ledger.setFast(USD, 0);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, type(uint256).max));
        ledger.unpark(SOURCE, 1);
        vm.prank(governor);
        ledger.setFast(USD, 1_000);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Postponed(SOURCE, 1, ParkReason.UNCONFIRMED, uint40(START + 17 days));
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.assetOf(USD).parked, 50 * ONE_USD, "in the sum once");
        vm.warp(START + 17 days - 1);
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 1);
        vm.warp(START + 17 days);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), 50 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    /// @notice Listed, and its fast limit set by a later act: in between nobody takes the date of what waits.
    function test_I9_nobody_takes_the_date_of_a_credit_while_there_is_no_fast_limit() public {
        lock(3, 5 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 days);
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, type(uint256).max));
        vm.prank(bob);
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 7 days);
        vm.prank(governor);
        ledger.setFast(assetId, 1_000);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Postponed(SOURCE, 1, ParkReason.UNCONFIRMED, uint40(START + 17 days));
        ledger.unpark(SOURCE, 1);
    }

    // The attack

    /// @notice The whole quorum forges, one witness of two confirms anything, caps move and time passes up to six days: what
    ///         is in use past the last true confirmation reaches the fast limit, and never passes the highest that stood.
    /// forge-config: ring.fuzz.runs = 48
    function testFuzz_I10_no_attack_gets_more_into_use_unconfirmed_than_the_fast_limit(uint256 seed) public {
        uint256 reached = 0;
        for (uint256 i = 0; i < 60; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 way = random % 8;
            uint64 last = tip(journal);
            CreditLimits memory limits = ledger.limitsOf(USD);
            if (way < 4) {
                // Exactly what is left, a part of it, or more.
                uint256 room = limits.fastUnits - limits.unconfirmedUnits;
                uint256 amount =
                    way == 0
                        ? room
                        : way == 1
                            ? room + 1
                            : 1 + ((random >> 8) % (FAST / 3));
                if (amount == 0) amount = 1;
                lock(USD, uint128(amount), accountOf(alice), uint96((random >> 200) % amount));
                applyMarked(last + 1);
            } else if (way == 4 && last != 0) {
                // The corrupt witness.
                _attempt(abi.encodeCall(ILedgerLosses.confirm, (SOURCE, 0, last)));
                witnesses[0].record(journal.edge, last, journal.heads[last]);
                _attempt(abi.encodeCall(ILedgerLosses.confirm, (SOURCE, 0, last)));
            } else if (way == 5 && last != 0) {
                _attempt(abi.encodeCall(ILedgerAccounts.unpark, (SOURCE, uint96(1 + ((random >> 8) % last)))));
            } else if (way == 6) {
                // Six days at most in all: seven without a confirmation are another rule.
                vm.warp(vm.getBlockTimestamp() + ((random >> 8) % 100 minutes));
            } else if (way == 7 && last != 0) {
                _attempt(abi.encodeCall(ILedgerLosses.mark, (SOURCE, last, journal.heads[last], "")));
            }
            uint256 used = ledger.assetOf(USD).credited;
            assertLe(used, FAST, "I6, I10");
            // Dust beside what is unseasoned waits, and has its part of the limit all the same.
            used += _parkedFor(ParkReason.SEASON) + _parkedFor(ParkReason.FEE);
            assertLe(used, FAST, "I6, I10");
            if (used > reached) reached = used;
        }
        assertGe(reached * 100, uint256(FAST) * 95, "the attack is not idle");
    }

    function _parkedFor(ParkReason reason) private view returns (uint256 sum) {
        for (uint96 index = 1; index <= tip(journal); ++index) {
            uint96 number = reason == ParkReason.FEE ? feesAt(index) : index;
            if (ledger.parkedOf(SOURCE, number).reason == reason) sum += ledger.parkedOf(SOURCE, number).amount;
        }
    }

    // Gas

    /// @dev What the production path costs beside a development source's: printed, and within I14.
    function test_I14_64_marked_entries_of_a_source_with_witnesses() public {
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 0; i < 64; ++i) {
                lock(USD, 1000, accountOf(address(uint160(1000 + i))), 0);
            }
            uint64 last = tip(journal);
            JournalHead memory statement = statementOf(journal, last);
            bytes memory sigs = sign(statement);
            bytes memory entries = entriesOf(journal, last - 64, last);
            vm.cool(address(ledger));
            uint256 before = gasleft();
            ledger.applyEntries(SOURCE, last - 64, entries, markOne(last), statement, sigs, accountOf(relayer));
            console.log("64 entries, three witnesses asked, gas of the call:", before - gasleft());
            confirmAll();
        }
        for (uint256 i = 0; i < 64; ++i) {
            lock(USD, FAST, accountOf(address(uint160(1000 + i))), 1);
        }
        uint64 tip_ = tip(journal);
        JournalHead memory parked = statementOf(journal, tip_);
        bytes memory signatures = sign(parked);
        bytes memory packed = entriesOf(journal, tip_ - 64, tip_);
        vm.cool(address(ledger));
        uint256 start = gasleft();
        ledger.applyEntries(SOURCE, tip_ - 64, packed, markOne(tip_), parked, signatures, accountOf(relayer));
        uint256 used = start - gasleft();
        console.log("64 parked UNCONFIRMED, gas of the call:", used);
        assertLt(used, 7_500_000, "I14");
        assertEq(uint8(reasonAt(tip_)), uint8(ParkReason.UNCONFIRMED));
    }

    function _attempt(bytes memory call_) private {
        (bool ok, ) = address(ledger).call(call_);
        ok;
    }

    function _compareUnconfirmed(uint256[] memory passed) private view {
        (uint64 confirmed, ) = ledger.confirmedOf(SOURCE);
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint256 truth = 0;
        for (uint256 i = confirmed + 1; i < passed.length; ++i) {
            truth += passed[i];
        }
        uint256 counted = ledger.limitsOf(USD).unconfirmedUnits;
        assertGe(counted, truth, "never understated");
        assertLe(truth, FAST, "I6");
        if (confirmed == count) assertEq(counted, 0);
    }
}

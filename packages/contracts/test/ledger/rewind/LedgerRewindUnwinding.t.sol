// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice What becomes of each entry past the point, and of the source meanwhile.
contract LedgerRewindUnwindingTest is RewindFixture, LedgerReleaseFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Steps

    function test_I14_unwinds_in_steps_from_the_end_and_stands_still_meanwhile() public {
        for (uint256 i = 0; i < 130; ++i) lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        (, , , , uint256 maintenance, , , ) = ledger.marginOf(accountOf(bob));
        begin(3);
        stateIs(SourceState.CLOSED);
        (uint256 initial, , , , uint256 frozen, , , ) = ledger.marginOf(accountOf(bob));
        assertEq(initial, 0);
        assertEq(frozen, maintenance, "weights are frozen, prices live");
        _expectStepsRefused();
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Unwound(SOURCE, 69);
        vm.prank(makeAddr("anyone"));
        unwind(69, 133);
        _expectHeldUp();
        // An empty step changes nothing.
        ledger.unwind(SOURCE, 0, "");
        stateIs(SourceState.CLOSED);
        unwind(3, 69);
        stateIs(SourceState.LIVE);
        assertEq(amountOf(alice, USD), 230 * ONE_USD, "no line moves");
        expectLeft(USD, 130 * ONE_USD, 0, 0);
        follow(3);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, ETH), ONE_ETH);
    }

    /// @notice Whoever unwinds, in whatever steps: the ledger is the same afterwards.
    function testFuzz_I14_any_steps_unwind_the_same(uint256 seed) public {
        _appendOneOfEachKind();
        uint256 snapshot = vm.snapshotState();
        rewindTo(3);
        bytes32 whole = _digest();
        vm.revertToState(snapshot);
        begin(3);
        for (uint64 end = tip(journal); end > 3; seed = uint256(keccak256(abi.encode(seed)))) {
            uint64 from = end - uint64(seed % (end - 2));
            unwind(from, end);
            end = from;
        }
        follow(3);
        assertEq(_digest(), whole);
    }

    function test_a_quarantine_that_runs_goes_on_after_the_rewind() public {
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        rewindTo(3);
        stateIs(SourceState.QUARANTINED);
        vm.warp(until);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        stateIs(SourceState.LIVE);
    }

    /// @notice Steps may be as short as one entry, so each fits in a block; this is what the longest of use costs.
    function test_I14_64_credits_are_unwound_within_5_M_gas() public {
        for (uint256 i = 0; i < 64; ++i) lock(USD, ONE_USD, AccountLib.encode(address(uint160(1_000 + i)), 0, 0), 1);
        applyAll();
        begin(3);
        bytes memory entries = entriesOf(journal, 3, 67);
        bytes32 head = journal.heads[3];
        uint256 gasBefore = gasleft();
        ledger.unwind(SOURCE, head, entries);
        uint256 used = gasBefore - gasleft() + 21_000 + entries.length * 16;
        console.log("unwind 64 credits:", used);
        assertLt(used, 5_000_000);
    }

    // Credit

    function test_I9_a_credit_past_the_point_is_an_orphan_and_moves_no_line() public {
        Entry memory entry = lockEntry(USD, 95 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        append(journal, entry);
        append(journal, entry);
        applyAll();
        uint256 lines = amountOf(alice, USD);
        begin(3);
        assertFalse(isWatched());
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Orphaned(SOURCE, 5, hashOf(entry), USD, 95 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Orphaned(SOURCE, 4, hashOf(entry), USD, 95 * ONE_USD);
        unwind(3, 5);
        follow(3);
        expectOrphans(entry, 2, 0);
        expectLeft(USD, 190 * ONE_USD, 0, 0);
        expectLeft(ETH, 0, 0, 0);
        assertTrue(isWatched());
        assertEq(amountOf(alice, USD), lines);
        assertEq(amountOf(relayer, USD), 2 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 295 * ONE_USD);
        assertEq(assetFlags(USD), UNSETTLED);
        assertEq(assetFlags(ETH), 0);
    }

    /// @notice An entry of nothing, and one that was refused, had no effect: there is none to unwind, however large it was.
    function test_I12_unwinding_what_had_no_effect_changes_nothing() public {
        lock(USD, type(uint104).max, accountOf(alice), 0);
        lock(USD, type(uint128).max, accountOf(alice), 0);
        append(journal, Entry(EntryCodec.REFUND, USD, ONE_USD, accountOf(alice), bytes32(uint256(9)), 0));
        append(journal, Entry(9, USD, ONE_USD, accountOf(alice), 0, 0));
        lock(USD, 0, accountOf(alice), 0);
        applyAll();
        begin(3);
        vm.recordLogs();
        unwind(3, 8);
        assertEq(vm.getRecordedLogs().length, 3, "unwound, resumed, opened");
        follow(3);
        expectLeft(USD, 0, 0, 0);
        assertFalse(isWatched());
        assertEq(assetFlags(USD), 0);
        assertEq(ledger.releasedOf(SOURCE, 9), 0);
        // What has their numbers now is on record as refused no more.
        vm.warp(START + 73 hours);
        for (uint256 i = 0; i < 5; ++i) lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        rewindTo(3);
        expectLeft(USD, 5 * ONE_USD, 0, 0);
    }

    /// @notice The first refused entry after a rewind counts again.
    function test_I9_a_refused_entry_quarantines_once_under_each_name() public {
        append(journal, Entry(9, 0, 0, 0, 0, 0));
        applyAll();
        stateIs(SourceState.QUARANTINED);
        vm.warp(START + 72 hours);
        append(journal, Entry(9, 0, 0, 0, 0, 0));
        applyAll();
        stateIs(SourceState.LIVE);
        rewindTo(5);
        append(journal, Entry(9, 0, 0, 0, 0, 0));
        applyAll();
        stateIs(SourceState.QUARANTINED);
    }

    // Appointments

    function test_a_forged_appointment_ends_and_an_older_one_stands() public {
        bytes32 here = AccountLib.encode(alice, SOURCE, 0);
        bytes32 there = AccountLib.encode(bob, SOURCE, 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, there, wordOf(alice), 0));
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, here, wordOf(bob), 0));
        applyAll();
        begin(4);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.AppointmentUndone(here);
        unwind(4, 5);
        (address operator, , ) = ledger.appointmentOf(here);
        assertEq(operator, address(0));
        vm.warp(vm.getBlockTimestamp() + 1 days);
        bool active;
        (operator, , active) = ledger.appointmentOf(there);
        assertEq(operator, alice);
        assertTrue(active, "what the point agreed on stays said");
    }

    /// @notice An appointment that another took the place of is not there to be undone.
    function test_of_two_appointments_the_one_that_stands_is_undone_once() public {
        bytes32 account = AccountLib.encode(alice, SOURCE, 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(bob), 0));
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(relayer), 0));
        applyAll();
        begin(3);
        vm.recordLogs();
        unwind(3, 5);
        assertEq(vm.getRecordedLogs().length, 4, "one appointment, unwound, resumed, opened");
    }

    // Helpers of the tests

    function _expectStepsRefused() private {
        bytes memory entries = entriesOf(journal, 69, 133);
        bytes32 wrong = journal.heads[70];
        vm.expectPartialRevert(RewindLib.PointUnknown.selector);
        ledger.unwind(SOURCE, wrong, entries);
        entries = entriesOf(journal, 2, 133);
        wrong = journal.heads[2];
        vm.expectRevert(abi.encodeWithSelector(RewindLib.StepPastPoint.selector, journal.edge, 131, 130));
        ledger.unwind(SOURCE, wrong, entries);
    }

    /// @dev While a rewind runs nothing is released, transferred, replayed or refreshed.
    function _expectHeldUp() private {
        bytes memory closed = abi.encodeWithSelector(
            ILedgerCore.SourceNotAccepting.selector,
            SOURCE,
            SourceState.CLOSED,
            0
        );
        vm.startPrank(alice);
        vm.expectRevert(closed);
        ledger.requestRelease(accountOf(alice), ETH, ONE_ETH, wordOf(alice), 0);
        vm.expectRevert(closed);
        ledger.transfer(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        vm.stopPrank();
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, tip(journal));
        bytes[] memory signed = new bytes[](1);
        signed[0] = sign(statements[0]);
        vm.expectRevert(closed);
        ledger.refresh(statements, signed);
        vm.expectRevert(closed);
        ledger.takeBack(SOURCE, EntryCodec.pack(lockEntry(USD, ONE_USD, accountOf(alice), 0)));
        vm.expectRevert(closed);
        ledger.writeOff(SOURCE, USD);
        vm.expectPartialRevert(ILedgerLosses.NothingToNote.selector);
        ledger.noteHalt(SOURCE);
    }

    function _appendOneOfEachKind() private {
        release(alice, USD, 40 * ONE_USD, 0);
        lock(USD, 30 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        append(journal, _refund(40 * ONE_USD, 1));
        append(journal, _refund(40 * ONE_USD, 1));
        lock(UNLISTED, 5, accountOf(bob), 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, AccountLib.encode(bob, SOURCE, 0), wordOf(alice), 0));
        append(journal, Entry(EntryCodec.SHORTFALL, USD, ONE_USD, 0, bytes32(uint256(105 * ONE_USD)), 0));
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 2 * ONE_USD, 0, bytes32(uint256(105 * ONE_USD)), 0));
        lock(USD, 30 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        applyAll();
    }

    /// @dev What those entries touch.
    function _digest() private view returns (bytes32) {
        bytes32 sums = keccak256(abi.encode(leftOf(USD), leftOf(UNLISTED), ledger.assetOf(USD), _refundedOf(USD)));
        (address operator, , ) = ledger.appointmentOf(AccountLib.encode(bob, SOURCE, 0));
        (uint256 inForce, uint256 reported, uint40 since, , ) = ledger.coverageOf(SOURCE, USD);
        bytes32 others = keccak256(abi.encode(operator, inForce, reported, since, ledger.releasedOf(SOURCE, 1)));
        (bytes32 edge, uint64 count, bytes32 head, , , SourceState state) = ledger.replicaOf(SOURCE);
        return keccak256(abi.encode(sums, others, edge, count, head, state, isWatched(), assetFlags(USD)));
    }

    function _refund(uint128 amount, uint256 seq) private view returns (Entry memory) {
        return Entry(EntryCodec.REFUND, USD, amount, accountOf(alice), bytes32(seq), 0);
    }

    /// @dev Kept for whoever reads the ledger's storage: no function tells it.
    function _refundedOf(uint16 assetId) private view returns (uint256) {
        return uint256(vm.load(address(ledger), bytes32(uint256(LedgerSlots.assetOf(assetId)) + 4))) >> 128;
    }
}

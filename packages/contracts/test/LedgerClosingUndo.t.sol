// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {LedgerSlots} from "../solidity/proofs/LedgerSlots.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice What is undone to the last unit and bit, what is told of it, and what stays as it was.
contract LedgerClosingUndoTest is ClosingFixture, LedgerReleaseFixture {
    uint256 private constant PAUSED = 1;
    uint256 private constant IMPAIRED = 4;
    uint256 private constant SHORT = 8;
    uint256 private constant OWING = 16;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // What is told

    function test_undoing_a_credit_that_is_all_there_tells_that_alone_and_owes_nothing() public {
        lock(USD, 95 * ONE_USD, accountOf(alice), 0);
        applyAll();
        begin(3);
        vm.recordLogs();
        undo(3, 4);
        assertEq(vm.getRecordedLogs().length, 4, "taken back, undone, resumed, opened");
        assertEq(ledger.lineOf(accountOf(alice), USD).flags, 0);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 0);
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled, "a part is left");
        assertEq(_flagsOf(USD), 0);
    }

    function test_I1_a_credit_of_one_unit_is_taken_back() public {
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 5 * ONE_USD + 1);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.TakenBack(SOURCE, 4, accountOf(bob), USD, 1, 0);
        undo(3, 4);
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
    }

    function test_undoing_an_entry_of_nothing_tells_nothing_of_it() public {
        lock(USD, 0, accountOf(alice), 0);
        applyAll();
        begin(3);
        vm.recordLogs();
        undo(3, 4);
        assertEq(vm.getRecordedLogs().length, 3, "undone, resumed, opened");
    }

    function test_undoing_what_is_all_parked_takes_nothing_of_a_line() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 7 * ONE_USD, accountOf(bob), 0);
        applyAll();
        begin(3);
        vm.recordLogs();
        undo(3, 4);
        assertEq(vm.getRecordedLogs().length, 4, "voided, undone, resumed, opened");
    }

    /// @notice A fee of one unit is owed by nobody's line.
    function test_I1_a_fee_of_one_unit_is_owed() public {
        lock(USD, 7 * ONE_USD, accountOf(bob), 1);
        applyAll();
        close(3);
        assertEq(ledger.debtOf(0, USD), 1);
        assertEq(ledger.writeOffOf(USD).owing, 1);
        assertEq(ledger.writeOffOf(USD).since, block.timestamp);
        assertEq(ledger.writeOffOf(USD).seenAt, 0);
        assertEq(_flagsOf(USD), OWING);
    }

    /// @notice An appointment that another took the place of is not there to be undone.
    function test_of_two_appointments_the_one_that_stands_is_undone_once() public {
        bytes32 account = AccountLib.encode(alice, SOURCE, 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(bob), 0));
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(relayer), 0));
        applyAll();
        begin(3);
        vm.recordLogs();
        undo(3, 5);
        assertEq(vm.getRecordedLogs().length, 4, "one appointment, undone, resumed, opened");
    }

    /// @notice A refund of an asset of which nothing is left is undone like any other.
    function test_a_refund_after_a_total_loss_is_undone_with_its_record() public {
        release(alice, USD, 50 * ONE_USD, 0);
        append(journal, _shortfall(105 * ONE_USD, 105 * ONE_USD));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        append(journal, Entry(EntryCodec.REFUND, USD, 50 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        begin(4);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.RefundUndone(SOURCE, 1);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.TakenBack(SOURCE, 5, accountOf(alice), USD, 50 * ONE_USD, 0);
        undo(4, 5);
        assertTrue(ledger.releasedOf(SOURCE, 1) != 0);
    }

    function test_I16_the_end_of_what_is_unseasoned_goes_with_its_last_unit() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        uint256 seasonEnd = START + 1 hours;
        _setLine(accountOf(alice), USD, (110 * ONE_USD) | (uint256(10 * ONE_USD) << 112) | (seasonEnd << 216));
        begin(3);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Unseasoned(accountOf(alice), USD, 0, 0);
        undo(3, 4);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 0);
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, 0);
    }

    // Lanes

    function test_a_line_of_which_all_is_taken_back_leaves_its_lane() public {
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(ledger.linesOf(accountOf(relayer)).length, 1);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Enabled(accountOf(relayer), USD, false);
        undo(3, 4);
        assertEq(ledger.linesOf(accountOf(relayer)).length, 0);
    }

    // Flags and frozen weights

    function test_writing_off_lifts_no_pause_and_leaves_cap_and_coverage() public {
        _spend(30 * ONE_USD);
        _pause();
        close(3);
        follow(3, 1);
        assertEq(_flagsOf(USD), PAUSED | OWING);
        _writeOff();
        assertEq(_flagsOf(USD), PAUSED | OWING, "until the vault answers");
        assertEq(ledger.assetOf(USD).terms.capThousandths, capOfAssets());
        append(journal, Entry(EntryCodec.SHORTFALL, 1, 0, 0, bytes32(uint256(105 * ONE_USD) | (_lost() << 128)), 0));
        applyAll();
        assertEq(_flagsOf(USD), PAUSED);
    }

    function test_an_undone_shortfall_lifts_no_pause() public {
        _pause();
        append(journal, _shortfall(20 * ONE_USD, 105 * ONE_USD));
        applyAll();
        assertEq(_flagsOf(USD), PAUSED | IMPAIRED);
        close(3);
        assertEq(_flagsOf(USD), PAUSED);
    }

    function test_undoing_a_shortfall_leaves_what_is_in_force() public {
        append(journal, _shortfall(21 * ONE_USD, 105 * ONE_USD));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        append(journal, _shortfall(22 * ONE_USD, 105 * ONE_USD));
        applyAll();
        assertEq(_flagsOf(USD), IMPAIRED | SHORT);
        close(4);
        follow(4, 1);
        assertEq(_flagsOf(USD), SHORT);
        (uint256 inForceWad, uint256 reportedWad, uint40 since, , ) = ledger.coverageOf(SOURCE, 1);
        assertEq(abi.encode(inForceWad, reportedWad, since), abi.encode(0.8e18, 0.8e18, 0));
        // The clock of another report begins anew.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        append(journal, _shortfall(22 * ONE_USD, 105 * ONE_USD));
        applyAll();
        (, , since, , ) = ledger.coverageOf(SOURCE, 1);
        assertEq(since, vm.getBlockTimestamp());
    }

    /// @notice The weight stands still as the source's did when the asset began to owe, paused or not, and whatever it owes later.
    function test_I6_what_owes_keeps_the_maintenance_weight_of_its_first_closing() public {
        _spend(30 * ONE_USD);
        // A day past the 72 hours: 5 % less.
        vm.warp(START + 96 hours);
        _pause();
        close(3);
        follow(3, 1);
        assertEq(_frozenOf(USD), 9_500);
        vm.prank(governor);
        ledger.unpause(0, USD);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        applyAll();
        assertEq(_frozenOf(USD), 9_500, "the source is as fresh as can be by now");
        close(0);
        assertEq(ledger.debtOf(0, USD), 2);
        assertEq(_frozenOf(USD), 9_500);
    }

    function test_I6_what_was_impaired_before_it_owes_keeps_the_weight_of_then() public {
        release(alice, USD, 100 * ONE_USD, 0);
        append(journal, _shortfall(ONE_USD, 105 * ONE_USD));
        append(journal, Entry(EntryCodec.REFUND, USD, 100 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        release(alice, USD, 100 * ONE_USD, 0);
        vm.warp(START + 96 hours);
        close(4);
        assertEq(ledger.debtOf(accountOf(alice), USD), 100 * ONE_USD);
        assertEq(_flagsOf(USD), IMPAIRED | OWING);
        assertEq(_frozenOf(USD), 10_000);
    }

    // Helpers of the tests

    /// @dev A lock that never was, of which nothing is there any more when it is undone.
    function _spend(uint128 amount) private {
        lock(USD, amount, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, amount, 0);
    }

    function _writeOff() private {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshNow();
        ledger.writeOff(USD);
        vm.warp(vm.getBlockTimestamp() + 72 hours);
        refreshNow();
        ledger.writeOff(USD);
    }

    /// @dev Number of the LOST that is open.
    function _lost() private view returns (uint256 lostSeq) {
        (, , , , lostSeq) = ledger.coverageOf(SOURCE, 1);
        assertGt(lostSeq, 0);
    }

    function _pause() private {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(vm.getBlockTimestamp() + 1 hours));
    }

    function _shortfall(uint128 deficit, uint128 accounted) private pure returns (Entry memory) {
        return Entry(EntryCodec.SHORTFALL, 1, deficit, 0, bytes32(uint256(accounted)), 0);
    }

    function _flagsOf(uint16 assetId) private view returns (uint256) {
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        return uint8(asset >> 56);
    }

    /// @dev The freshness in basis points that the asset's source keeps for it.
    function _frozenOf(uint16 assetId) private view returns (uint256) {
        (, uint256 source) = ledger.termWordsOf(assetId);
        return source >> 240;
    }
}

/// @notice Undoing beside credit that stays parked.
contract LedgerClosingParkedTest is ClosingFixture {
    /// @notice Fees that a batch parked are their relayer's own: undoing what was parked before the listing takes none of them.
    function test_I1_a_credit_from_before_the_listing_is_in_no_sum_when_it_is_undone() public {
        lock(3, 9 * ONE_USD, accountOf(bob), 0);
        applyAll();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        // 62.5 is the level: 32 are unseasoned, so a fee of one is dust beside them.
        lock(3, 94_500_000, accountOf(relayer), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        lock(3, 10 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.FEE));
        assertEq(ledger.assetOf(assetId).parked, ONE_USD);
        close(0);
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.NONE));
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.FEE));
        assertEq(ledger.assetOf(assetId).parked, ONE_USD);
    }
}

/// @notice What a closing forgets of the counts of a generation.
contract LedgerClosingForgetsTest is ClosingFixture, WitnessFixture {
    function setUp() public override(LedgerFixture, WitnessFixture) {
        super.setUp();
    }

    function witnessesNeeded() internal pure override(LedgerFixture, WitnessFixture) returns (uint8) {
        return 2;
    }

    function test_I14_a_step_goes_through_256_assets_and_the_last_ones_are_forgotten_too() public {
        vm.startPrank(governor);
        for (uint16 i = 3; i <= 257; ++i) ledger.listAsset(assetListing(SOURCE, i, 1, 6));
        ledger.setFast(256, 1_000);
        ledger.setFast(257, 1_000);
        vm.stopPrank();
        lock(256, ONE_USD, accountOf(alice), 0);
        lock(257, ONE_USD, accountOf(alice), 0);
        applyAll();
        bytes32 edge = journal.edge;
        close(0);
        assertFalse(_isDone(edge));
        assertEq(ledger.limitsOf(256).unconfirmedUnits, 0);
        assertEq(ledger.limitsOf(257).unconfirmedUnits, ONE_USD);
        ledger.continueEdge(SOURCE, 0, "");
        assertTrue(_isDone(edge));
        assertEq(ledger.limitsOf(257).unconfirmedUnits, 0);
    }

    /// @notice The schedule of what waited for a confirmation begins anew; only the slot stays written, so that it costs less.
    function test_I6_numbers_and_dates_of_the_generation_before_are_forgotten() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        bytes32 slot = bytes32(uint256(LedgerSlots.assetOf(USD)) + 3);
        vm.store(address(ledger), slot, bytes32(type(uint256).max));
        close(0);
        // Count u40, sum u112, date u32, and when that was set.
        assertEq(uint256(vm.load(address(ledger), slot)), uint256(1) << 184);
    }

    function test_I6_witnesses_that_there_are_are_read_anew_and_no_others() public {
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(0), false);
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        close(0);
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(uint16(source >> 128), 6);
    }

    function _isDone(bytes32 edge) private view returns (bool done) {
        (, , , , done) = ledger.crossingOf(edge);
    }
}

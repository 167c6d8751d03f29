// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice What has not come again three days after the journal was heard of to its tip is taken back from whom it credited.
contract LedgerTakeBackTest is RewindFixture, LedgerReleaseFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // When

    function test_I9_nothing_is_taken_back_before_the_journal_was_heard_of_for_three_days() public {
        Entry memory entry = _unwound(lockEntry(USD, 30 * ONE_USD, accountOf(bob), 0));
        _expectTooEarly(entry, 0, uint40(START));
        // A statement of a cut is none of the tip.
        for (uint256 i = 0; i < 62; ++i) lock(USD, ONE_USD, accountOf(bob), 0);
        JournalHead memory cut = statementOf(journal, 64);
        vm.warp(START + 1);
        cut.asOf = uint64(START + 1);
        post(3, cut);
        _expectTooEarly(entry, 0, uint40(START));
        assertEq(_heardAt(), 0);
        applyAll();
        assertEq(_heardAt(), START + 1);
        // Time alone is not enough: the source must have spoken since.
        vm.warp(START + 100 hours);
        _expectTooEarly(entry, START + 1 + 72 hours, uint40(START + 1));
        vm.warp(START + 72 hours);
        refreshNow();
        _expectTooEarly(entry, START + 1 + 72 hours, uint40(START + 72 hours));
        assertEq(_heardAt(), START + 1, "the first time counts");
        vm.warp(START + 72 hours + 1);
        refreshNow();
        vm.prank(makeAddr("anyone"));
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(amountOf(bob, USD), 67 * ONE_USD);
    }

    function test_a_replica_that_was_never_rewound_is_not_watched_for_its_tip() public {
        refreshNow();
        assertEq(_heardAt(), 0);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(_heardAt(), 0);
    }

    /// @notice Another rewind begins the three days anew, for what the first one left too.
    function test_I9_the_three_days_begin_anew_with_the_next_rewind() public {
        Entry memory entry = _unwound(lockEntry(USD, 30 * ONE_USD, accountOf(bob), 0));
        passThreeDays();
        rewindTo(3);
        assertEq(_heardAt(), 0);
        _expectTooEarly(entry, 0, uint40(START + 72 hours));
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
    }

    function test_nothing_is_taken_back_while_the_source_takes_no_entries() public {
        Entry memory entry = _unwound(lockEntry(USD, 30 * ONE_USD, accountOf(bob), 0));
        passThreeDays();
        uint40 until = uint40(vm.getBlockTimestamp() + 1 days);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        bytes memory refusal = abi.encodeWithSelector(
            ILedgerCore.SourceNotAccepting.selector,
            SOURCE,
            SourceState.QUARANTINED,
            until
        );
        vm.expectRevert(refusal);
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        vm.expectRevert(refusal);
        ledger.writeOff(SOURCE, USD);
    }

    function test_refuses_to_take_back_what_is_no_orphan() public {
        Entry memory entry = _unwound(lockEntry(USD, 30 * ONE_USD, accountOf(bob), 0));
        passThreeDays();
        bytes memory packed = EntryCodec.pack(entry);
        _expectUnknown(bytes.concat(packed, hex"00"));
        _expectUnknown("");
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 99));
        ledger.takeBack(99, packed);
        ledger.takeBack(SOURCE, packed);
        _expectUnknown(packed);
    }

    // What

    function test_I1_what_is_there_is_taken_from_the_line_and_settles_the_asset() public {
        Entry memory entry = _unwound(lockEntry(USD, 30 * ONE_USD, accountOf(relayer), 0));
        assertEq(ledger.linesOf(accountOf(relayer)).length, 1);
        passThreeDays();
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(relayer), USD, false);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.TakenBack(SOURCE, hashOf(entry), accountOf(relayer), USD, 30 * ONE_USD, 0);
        vm.recordLogs();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(vm.getRecordedLogs().length, 2);
        assertEq(amountOf(relayer, USD), 0);
        assertEq(ledger.linesOf(accountOf(relayer)).length, 0, "an empty line counts no more");
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
        expectLeft(USD, 0, 0, 0);
        expectOrphans(entry, 0, 0);
        assertEq(assetFlags(USD), 0);
        assertFalse(isWatched());
        release(alice, USD, ONE_USD, 0);
    }

    /// @notice The fee is on lines of relayers, who took it in good faith: nobody's line is charged for it.
    function test_I1_a_fee_and_what_was_spent_are_missing() public {
        Entry memory entry = lockEntry(USD, 30 * ONE_USD, accountOf(bob), uint96(2 * ONE_USD));
        append(journal, entry);
        applyAll();
        release(bob, USD, 20 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.TakenBack(SOURCE, hashOf(entry), accountOf(bob), USD, 13 * ONE_USD, 17 * ONE_USD);
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(amountOf(bob, USD), 0);
        assertEq(amountOf(relayer, USD), 2 * ONE_USD);
        expectLeft(USD, 0, 17 * ONE_USD, 0);
        expectOrphans(entry, 0, 17 * ONE_USD);
        assertEq(assetFlags(USD), UNSETTLED);
        assertTrue(isWatched());
    }

    function test_I1_of_a_line_that_is_gone_all_is_missing() public {
        Entry memory entry = lockEntry(USD, 30 * ONE_USD, accountOf(relayer), 0);
        append(journal, entry);
        applyAll();
        release(relayer, USD, 30 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        vm.recordLogs();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(vm.getRecordedLogs().length, 1);
        expectLeft(USD, 0, 30 * ONE_USD, 0);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
    }

    /// @notice What has not seasoned is taken first, and what is left of it keeps its season; the end goes with the last unit.
    function test_I16_takes_what_has_not_seasoned_first() public {
        uint128[2] memory unseasoned = [30 * ONE_USD, 10 * ONE_USD];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 snapshot = vm.snapshotState();
            Entry memory entry = _unwound(lockEntry(USD, 20 * ONE_USD, accountOf(alice), 0));
            passThreeDays();
            uint256 seasonEnd = vm.getBlockTimestamp() + 1 hours;
            _setLine(accountOf(alice), USD, (120 * ONE_USD) | (uint256(unseasoned[i]) << 112) | (seasonEnd << 216));
            vm.expectEmit(address(ledger));
            emit ILedgerCore.Unseasoned(
                accountOf(alice),
                USD,
                i == 0 ? uint104(10 * ONE_USD) : 0,
                i == 0 ? uint32(seasonEnd) : 0
            );
            ledger.takeBack(SOURCE, EntryCodec.pack(entry));
            assertEq(amountOf(alice, USD), 100 * ONE_USD);
            vm.revertToState(snapshot);
        }
    }

    /// @notice What an asset is short of changes no unit, so all of a credit is taken back.
    function test_I1_a_credit_of_an_asset_that_is_short_is_taken_back_whole() public {
        lock(USD, 95 * ONE_USD, accountOf(bob), 0);
        append(journal, Entry(EntryCodec.SHORTFALL, 1, 100 * ONE_USD, 0, bytes32(uint256(200 * ONE_USD)), 0));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(lockEntry(USD, 95 * ONE_USD, accountOf(bob), 0)));
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        (uint256 inForce, , , , ) = ledger.coverageOf(SOURCE, USD);
        assertEq(inForce, 0.5e18);
    }

    function test_I4_a_refund_is_taken_back_with_its_record() public {
        release(alice, USD, 40 * ONE_USD, 0);
        bytes32 record = ledger.releasedOf(SOURCE, 1);
        Entry memory entry = Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0);
        _unwound(entry);
        passThreeDays();
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.RefundUndone(SOURCE, 1);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.TakenBack(SOURCE, hashOf(entry), accountOf(alice), USD, 40 * ONE_USD, 0);
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        expectLeft(USD, 0, 0, 0);
        // It may come back once more, by its own entry.
        append(journal, entry);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    /// @notice Nobody holds a line of an asset that is not listed: what left parking is missing.
    function test_I1_of_an_asset_that_is_not_listed_all_is_missing() public {
        Entry memory entry = lockEntry(UNLISTED, 80, accountOf(alice), 1);
        append(journal, entry);
        applyAll();
        vm.warp(START + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        Entry memory back = Entry(EntryCodec.REFUND, UNLISTED, 80, accountOf(alice), bytes32(uint256(1)), 0);
        append(journal, back);
        applyAll();
        vm.warp(START + 130 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 5, wordOf(alice));
        rewindTo(3);
        expectLeft(UNLISTED, 160, 0, 0);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        ledger.takeBack(SOURCE, EntryCodec.pack(back));
        assertTrue(ledger.releasedOf(SOURCE, 1) != 0);
        expectLeft(UNLISTED, 0, 160, 0);
        assertEq(assetFlags(USD), 0);
    }

    // Helpers of the tests

    /// @dev Applied as the entry after the point, and unwound.
    function _unwound(Entry memory entry) private returns (Entry memory) {
        append(journal, entry);
        applyAll();
        rewindTo(3);
        return entry;
    }

    function _heardAt() private view returns (uint40 heardAt) {
        (, , , , , heardAt) = ledger.rewindOf(SOURCE);
    }

    function _expectTooEarly(Entry memory entry, uint256 needed, uint40 asOf) private {
        bytes memory packed = EntryCodec.pack(entry);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.TakeBackTooEarly.selector, SOURCE, needed, asOf));
        ledger.takeBack(SOURCE, packed);
    }

    function _expectUnknown(bytes memory packed) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.OrphanUnknown.selector, SOURCE, keccak256(packed)));
        ledger.takeBack(SOURCE, packed);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {CreditLimits, SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice Entries that come again after a rewind.
contract LedgerRewindAgainTest is RewindFixture, LedgerReleaseFixture {
    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    function test_I1_I3_an_entry_that_comes_again_has_no_other_effect() public {
        Entry memory entry = lockEntry(USD, 95 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        append(journal, entry);
        applyAll();
        bytes memory tail = rewindTo(3);
        // No limit takes part, and none is used.
        vm.prank(governor);
        ledger.setCap(USD, 1);
        CreditLimits memory before = ledger.limitsOf(USD);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        append(journal, this.decode(tail, 0));
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.CameAgain(SOURCE, 5, hashOf(entry), USD, 95 * ONE_USD);
        applyAll();
        assertEq(abi.encode(ledger.limitsOf(USD)), abi.encode(before));
        assertEq(amountOf(bob, USD), 99 * ONE_USD);
        assertEq(amountOf(relayer, USD), ONE_USD, "one fee");
        assertEq(ledger.assetOf(USD).credited, 200 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 0);
        expectOrphans(entry, 0, 0);
        expectLeft(USD, 0, 0, 0);
        assertEq(assetFlags(USD), 0, "settled");
        assertFalse(isWatched(), "nothing is left that an entry could match");
        assertEq(amountOf(bob, ETH), ONE_ETH, "an entry that is no orphan's is credited");
    }

    /// @notice One orphan uses up one entry, and only one of the same bytes.
    function test_I1_as_many_come_again_as_were_unwound() public {
        Entry memory entry = lockEntry(USD, 10 * ONE_USD, accountOf(bob), 0);
        append(journal, entry);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        Entry memory other = lockEntry(USD, 10 * ONE_USD, accountOf(bob), 0);
        other.party = bytes32(uint256(1));
        append(journal, other);
        applyAll();
        assertEq(amountOf(bob, USD), 35 * ONE_USD, "another memo is another lock");
        for (uint256 i = 0; i < 2; ++i) {
            append(journal, entry);
            applyAll();
            expectOrphans(entry, 1 - i, 0);
            assertEq(amountOf(bob, USD), 35 * ONE_USD);
        }
        append(journal, entry);
        applyAll();
        assertEq(amountOf(bob, USD), 45 * ONE_USD);
    }

    /// @notice A refund of an orphan's bytes comes again though the record of its release is gone.
    function test_I4_a_refund_that_comes_again_comes_back_once() public {
        release(alice, USD, 40 * ONE_USD, 0);
        Entry memory entry = Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.CameAgain(SOURCE, 4, hashOf(entry), USD, 40 * ONE_USD);
        append(journal, entry);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        expectLeft(USD, 0, 0, 0);
        // The second one had no effect, so there is none to unwind.
        rewindTo(3);
        expectLeft(USD, 40 * ONE_USD, 0, 0);
        expectOrphans(entry, 1, 0);
    }

    /// @notice Dearer than a plain credit: each is a call of the ledger to itself.
    function test_I14_64_entries_that_come_again_in_one_transaction() public {
        for (uint256 i = 0; i < 64; ++i) lock(USD, ONE_USD, AccountLib.encode(address(uint160(1_000 + i)), 0, 0), 1);
        applyAll();
        bytes memory tail = rewindTo(3);
        for (uint256 i = 0; i < 64; ++i) append(journal, this.decode(tail, i));
        JournalHead memory statement = statementOf(journal, 67);
        bytes memory sigs = sign(statement);
        uint256 gasBefore = gasleft();
        ledger.applyEntries(SOURCE, 3, tail, new uint64[](0), statement, sigs, accountOf(relayer));
        uint256 used = gasBefore - gasleft() + 21_000 + (tail.length + sigs.length) * 16;
        console.log("64 entries that come again:", used);
        assertLt(used, 3_000_000);
        expectLeft(USD, 0, 0, 0);
    }

    function test_only_the_ledger_counts_an_orphan_off() public {
        Entry memory entry = lockEntry(USD, 10 * ONE_USD, accountOf(bob), 0);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, governor, bytes32("ledger")));
        vm.prank(governor);
        ledger.comeAgain(SOURCE, 4, EntryCodec.pack(entry));
    }

    /// @notice An orphan of one source is none of another one, whatever its bytes.
    function test_I13_an_orphan_is_its_sources_own() public {
        Entry memory entry = lockEntry(1, 10 * ONE_USD, accountOf(bob), 0);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        SourceListing memory other = sourceListing(SOURCE + 1);
        other.vault = makeAddr("another vault");
        vm.startPrank(governor);
        ledger.listSource(other);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE + 1, 1, 1, 6));
        vm.stopPrank();
        bytes32 edge = EdgeLib.nameOf(ORIGIN, other.vault, block.chainid, address(ledger), 0, 0);
        JournalHead memory statement = statementOf(journal, 3);
        (statement.edge, statement.count, statement.tip) = (edge, 1, 1);
        statement.head = EntryCodec.extend(edge, entry);
        bytes memory sigs = sign(statement);
        ledger.applyEntries(
            SOURCE + 1,
            0,
            EntryCodec.pack(entry),
            new uint64[](0),
            statement,
            sigs,
            accountOf(relayer)
        );
        assertEq(amountOf(bob, assetId), 10 * ONE_USD);
        expectOrphans(entry, 1, 0);
    }

    // Two rewinds

    /// @notice What came again and is unwound once more is an orphan of its whole amount once more.
    function test_I1_I17_what_came_again_is_unwound_like_any_other() public {
        Entry memory entry = lockEntry(USD, 50 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        append(journal, entry);
        applyAll();
        bytes memory tail = rewindTo(3);
        comeAgain(tail);
        tail = rewindTo(3);
        expectOrphans(entry, 1, 0);
        expectLeft(USD, 50 * ONE_USD, 0, 0);
        comeAgain(tail);
        expectLeft(USD, 0, 0, 0);
        assertEq(amountOf(bob, USD), 54 * ONE_USD);
        assertEq(amountOf(relayer, USD), ONE_USD);
    }

    /// @notice The second goes past the point of the first, while orphans of that are left.
    function test_I1_I2_I17_a_rewind_goes_past_an_earlier_one() public {
        Entry memory first = lockEntry(USD, 50 * ONE_USD, accountOf(bob), 0);
        Entry memory second = lockEntry(USD, 20 * ONE_USD, accountOf(bob), 0);
        append(journal, first);
        append(journal, second);
        applyAll();
        rewindTo(4);
        expectLeft(USD, 20 * ONE_USD, 0, 0);
        append(journal, lockEntry(ETH, ONE_ETH, accountOf(bob), 0));
        applyAll();
        bytes memory tail = rewindTo(3);
        expectOrphans(first, 1, 0);
        expectOrphans(second, 1, 0);
        expectLeft(USD, 70 * ONE_USD, 0, 0);
        expectLeft(ETH, ONE_ETH, 0, 0);
        assertEq(journal.edge, nameAt(2, journal.heads[3]));
        append(journal, second);
        comeAgain(tail);
        expectLeft(USD, 0, 0, 0);
        expectLeft(ETH, 0, 0, 0);
        assertFalse(isWatched());
        assertEq(amountOf(bob, USD), 75 * ONE_USD);
        assertEq(amountOf(bob, ETH), ONE_ETH);
    }

    // What was taken back and comes after all

    function test_I1_what_comes_after_it_was_taken_back_is_credited_less_what_was_spent() public {
        Entry memory entry = _spendAndTakeBack(30 * ONE_USD, 10 * ONE_USD);
        expectOrphans(entry, 0, 11 * ONE_USD);
        expectLeft(USD, 0, 11 * ONE_USD, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.Found(SOURCE, 4, hashOf(entry), USD, 11 * ONE_USD);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(bob, USD), 19 * ONE_USD, "the fee was paid already");
        assertEq(amountOf(relayer, USD), ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 120 * ONE_USD);
        expectOrphans(entry, 0, 0);
        expectLeft(USD, 0, 0, 0);
        assertEq(assetFlags(USD), 0);
        assertFalse(isWatched());
    }

    /// @notice Of two of one content the first that comes has what was spent of both; together they have what both are worth.
    function test_I1_what_was_spent_of_two_is_counted_once() public {
        Entry memory entry = lockEntry(USD, 30 * ONE_USD, accountOf(bob), 0);
        append(journal, entry);
        append(journal, entry);
        applyAll();
        release(bob, USD, 65 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        expectOrphans(entry, 0, 60 * ONE_USD);
        append(journal, entry);
        applyAll();
        expectOrphans(entry, 0, 30 * ONE_USD);
        expectLeft(USD, 0, 30 * ONE_USD, 0);
        assertEq(amountOf(bob, USD), 0);
        assertTrue(isWatched());
        append(journal, entry);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(bob, USD), 30 * ONE_USD, "the third is new");
        assertFalse(isWatched());
    }

    /// @notice Nor is a fee paid twice: of two of one content that come after they were taken back, neither pays one.
    function test_I1_I17_a_fee_that_was_paid_is_not_paid_again() public {
        Entry memory entry = lockEntry(USD, 30 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        append(journal, entry);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        expectOrphans(entry, 0, 2 * ONE_USD);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(bob, USD), 33 * ONE_USD);
        expectLeft(USD, 0, 0, 0);
        assertTrue(isWatched(), "the second is to come");
        // Parked meanwhile and unwound, it still is to come without a fee.
        vm.prank(governor);
        ledger.setCap(USD, 1);
        append(journal, entry);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 5).fee, 0);
        assertFalse(isWatched());
        rewindTo(4);
        expectLeft(USD, 0, 0, 0);
        assertTrue(isWatched());
        vm.prank(governor);
        ledger.setCap(USD, capOfAssets());
        vm.warp(vm.getBlockTimestamp() + 1 days);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(bob, USD), 63 * ONE_USD);
        assertEq(amountOf(relayer, USD), 2 * ONE_USD);
        assertFalse(isWatched());
    }

    function test_I1_I17_what_was_credited_less_is_unwound_whole() public {
        Entry memory entry = _spendAndTakeBack(30 * ONE_USD, 10 * ONE_USD);
        append(journal, entry);
        applyAll();
        rewindTo(3);
        expectOrphans(entry, 1, 0);
        expectLeft(USD, 30 * ONE_USD, 0, 0);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        expectOrphans(entry, 0, 11 * ONE_USD);
        expectLeft(USD, 0, 11 * ONE_USD, 0);
        assertEq(amountOf(bob, USD), 0);
    }

    /// @notice A credit that was parked less what was found is deleted, and that is missing again.
    function test_I1_I17_what_was_parked_less_is_missing_again() public {
        Entry memory entry = _spendAndTakeBack(30 * ONE_USD, 10 * ONE_USD);
        vm.prank(governor);
        ledger.setCap(USD, 1);
        append(journal, entry);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 4).amount, 19 * ONE_USD);
        assertEq(ledger.parkedOf(SOURCE, 4).fee, 0);
        assertEq(assetFlags(USD), 0);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.MissingAgain(SOURCE, 4, hashOf(entry), USD, 11 * ONE_USD);
        unwind(3, 4);
        follow(3);
        expectOrphans(entry, 0, 11 * ONE_USD);
        expectLeft(USD, 0, 11 * ONE_USD, 0);
        assertEq(assetFlags(USD), UNSETTLED);
        assertTrue(isWatched());
        assertEq(ledger.assetOf(USD).parked, 0);
        // Told as lost, it is found when the entry comes.
        passThreeDays();
        ledger.writeOff(SOURCE, USD);
        append(journal, entry);
        applyAll();
        expectLeft(USD, 0, 0, 11 * ONE_USD);
        rewindTo(3);
        expectLeft(USD, 0, 11 * ONE_USD, 11 * ONE_USD);
    }

    /// @notice A refund that was taken back comes back less what of it was spent, once.
    function test_I4_a_refund_that_comes_after_it_was_taken_back_is_credited_less() public {
        release(alice, USD, 40 * ONE_USD, 0);
        bytes32 record = ledger.releasedOf(SOURCE, 1);
        Entry memory entry = Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0);
        append(journal, entry);
        applyAll();
        release(alice, USD, 75 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(amountOf(alice, USD), 0);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        expectLeft(USD, 0, 15 * ONE_USD, 0);
        append(journal, entry);
        append(journal, entry);
        applyAll();
        assertEq(amountOf(alice, USD), 25 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        expectLeft(USD, 0, 0, 0);
    }

    /// @dev A lock of Bob's with a fee of one, of which he releases a part, with the five that he had, before it is unwound as the
    ///      fourth entry; what is there is taken back.
    function _spendAndTakeBack(uint128 amount, uint128 spent) private returns (Entry memory entry) {
        entry = lockEntry(USD, amount, accountOf(bob), uint96(ONE_USD));
        append(journal, entry);
        applyAll();
        release(bob, USD, spent + 5 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        assertEq(amountOf(bob, USD), 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerCoverageFixture} from "../losses/LedgerCoverageFixture.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice Reports of a vault that are unwound: the asset is impaired until the vault is heard of again.
contract LedgerRewindReportsTest is RewindFixture, LedgerCoverageFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    function test_I1_an_asset_whose_report_was_unwound_is_impaired_until_its_vault_is_heard_of() public {
        report(0, ALL);
        applyAll();
        assertEq(assetFlags(USD), 0);
        vm.warp(START + 1 hours);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.ReportUnwound(SOURCE, USD);
        unwind(3, 4);
        follow(3);
        _expectWaiting(WAD, START + 1 hours);
        assertEq(assetFlags(ETH), 0);
        // No figure stands that could be put in force, however long it takes.
        pass(30 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
        report(0, ALL);
        applyAll();
        expectCoverage(WAD, WAD, 0);
        assertEq(assetFlags(USD), 0);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 6 * ONE_USD, "and takes credit again");
    }

    /// @notice What is in force stays, whatever is unwound; what is told anew has its own seven days.
    function test_I17_unwinding_a_report_leaves_what_is_in_force_and_begins_the_clock_anew() public {
        shortAndCover(21 * ONE_USD, ALL);
        uint256 firstSince = vm.getBlockTimestamp();
        report(42 * ONE_USD, ALL);
        applyAll();
        expectCoverage(0.8e18, 0.6e18, firstSince);
        vm.warp(firstSince + 1 days);
        rewindTo(4);
        _expectWaiting(0.8e18, firstSince);
        assertEq(assetFlags(USD), IMPAIRED | SHORT);
        // It comes again, as the first one of less that is heard.
        vm.warp(firstSince + 2 days);
        report(42 * ONE_USD, ALL);
        applyAll();
        expectCoverage(0.8e18, 0.6e18, firstSince + 2 days);
        // A worse one changes the figure and not the date.
        vm.warp(firstSince + 3 days);
        report(63 * ONE_USD, ALL);
        applyAll();
        expectCoverage(0.8e18, 0.4e18, firstSince + 2 days);
        pass(6 days - 1);
        vm.expectPartialRevert(ILedgerLosses.CoverTooEarly.selector);
        ledger.cover(USD);
        pass(1);
        ledger.cover(USD);
        expectCoverage(0.4e18, 0.4e18, 0);
    }

    /// @notice Of several the last one that is unwound leaves no more and no less than the first.
    function test_several_reports_are_unwound_like_one() public {
        report(21 * ONE_USD, ALL);
        report(0, ALL);
        report(42 * ONE_USD, ALL);
        applyAll();
        rewindTo(3);
        _expectWaiting(WAD, START);
        report(0, ALL);
        applyAll();
        expectCoverage(WAD, WAD, 0);
    }

    function test_an_unwound_report_lifts_no_pause_and_keeps_the_weight_of_the_rewind() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 70 hours));
        report(0, ALL);
        applyAll();
        // A day past the 72 hours: 5 % less.
        vm.warp(START + 96 hours);
        rewindTo(3);
        assertEq(assetFlags(USD), 1 | IMPAIRED);
        refreshNow();
        assertEq(lens.weightsOf(USD).freshM, 950_000);
        assertEq(lens.weightsOf(ETH).freshM, 1_000_000);
        // The first report of less keeps that weight.
        report(1, ALL);
        applyAll();
        assertEq(lens.weightsOf(USD).freshM, 950_000);
    }

    function test_a_report_of_an_asset_that_is_not_listed_is_unwound_for_its_listing_too() public {
        reportOf(UNLISTED, 0, 80, 0);
        applyAll();
        rewindTo(3);
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
        assertEq(assetFlags(assetId), IMPAIRED);
        reportOf(UNLISTED, 0, 80, 0);
        applyAll();
        assertEq(assetFlags(assetId), 0);
    }

    // Answers

    /// @notice A forged answer settles nothing for good: the LOST is open again when the entry is unwound.
    function test_I1_an_answer_that_is_unwound_leaves_its_lost_open() public {
        uint96 lostSeq = _lose();
        vm.warp(vm.getBlockTimestamp() + 1 days);
        reportOf(USD, 0, ALL, lostSeq);
        // The same again answers nothing, and takes nothing from the first when it is unwound.
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        assertEq(assetFlags(USD), 0);
        begin(3);
        unwind(4, 5);
        assertEq(toldOf(USD).lostSeq, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.LossReopened(SOURCE, USD, lostSeq);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.ReportUnwound(SOURCE, USD);
        unwind(3, 4);
        follow(3);
        assertEq(toldOf(USD).lostSeq, lostSeq);
        assertEq(assetFlags(USD), IMPAIRED | OWING);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD));
        release(alice, USD, ONE_USD, 0);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, lostSeq);
        applyAll();
        assertEq(assetFlags(USD), IMPAIRED);
        // So is the next one.
        rewindTo(3);
        assertEq(toldOf(USD).lostSeq, lostSeq);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, lostSeq);
        // Another report has its number now, and answers nothing when it is unwound.
        report(0, ALL);
        applyAll();
        assertEq(toldOf(USD).lostSeq, 0);
        rewindTo(4);
        assertEq(toldOf(USD).lostSeq, 0, "answered by an entry of before the point");
    }

    /// @notice Where a later LOST is open, an earlier one whose answer is unwound does not take its place.
    function test_I1_an_older_lost_does_not_take_the_place_of_an_open_one() public {
        uint96 first = _lose();
        reportOf(USD, 0, ALL, first);
        applyAll();
        lock(USD, 9 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, 9 * ONE_USD, 0);
        rewindTo(4);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(lockEntry(USD, 9 * ONE_USD, accountOf(relayer), 0)));
        ledger.writeOff(SOURCE, USD);
        uint96 second = toldOf(USD).lostSeq;
        assertGt(second, first);
        rewindTo(3);
        assertEq(toldOf(USD).lostSeq, second);
        reportOf(USD, 0, ALL, first);
        applyAll();
        assertEq(toldOf(USD).lostSeq, second);
        assertEq(assetFlags(USD), OWING);
        reportOf(USD, 0, ALL, second);
        applyAll();
        assertEq(assetFlags(USD), 0);
    }

    // Inside

    /// @dev Impaired, without a figure that could be put in force.
    function _expectWaiting(uint256 inForceWad, uint256 since) private view {
        Told memory told = toldOf(USD);
        assertEq(
            abi.encode(told.inForceWad, told.reportedWad, told.since, told.coverFrom),
            abi.encode(inForceWad, inForceWad, since, 0)
        );
        assertEq(assetFlags(USD) & IMPAIRED, IMPAIRED);
    }

    /// @dev A lock that never was, spent, taken back and told to the vault.
    function _lose() private returns (uint96) {
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, 30 * ONE_USD, 0);
        rewindTo(3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(lockEntry(USD, 30 * ONE_USD, accountOf(relayer), 0)));
        ledger.writeOff(SOURCE, USD);
        return toldOf(USD).lostSeq;
    }
}

/// @notice The same where witnesses must confirm a report.
contract LedgerRewindReportsWitnessesTest is RewindFixture, WitnessFixture {
    function setUp() public override(LedgerFixture, WitnessFixture) {
        super.setUp();
    }

    function witnessesNeeded() internal pure override(LedgerFixture, WitnessFixture) returns (uint8) {
        return 2;
    }

    /// @notice A report of no less than is in force ends that once it is confirmed, as any other does.
    function test_I1_after_a_report_was_unwound_the_next_one_is_confirmed_first() public {
        _report();
        confirmAll();
        ledger.cover(USD);
        rewindTo(0);
        assertEq(assetFlags(USD), 4);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
        _report();
        assertEq(assetFlags(USD), 4);
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.cover(USD);
        confirmAll();
        ledger.cover(USD);
        assertEq(assetFlags(USD), 0);
    }

    /// @dev Whole, and yet something to put in force: it was less before.
    function _report() private {
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 1, 0, bytes32(uint256(10)), 0));
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 0, 0, bytes32(uint256(10)), 0));
        applyAll();
    }
}

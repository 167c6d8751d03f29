// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LineWords} from "../../../solidity/interfaces/IRiskManager.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";

/// @notice When the reported coverage is in force, and what it changes: margins, and nothing else.
contract LedgerCoverTest is LedgerCoverageFixture {
    // When

    function test_covers_seven_days_after_the_first_report_by_the_sources_own_clock() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
        report(21 * ONE_USD, ALL);
        applyAll();
        vm.warp(START + 7 days - 1);
        refreshNow();
        // A pause holds up no cover.
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 8 days));
        bytes memory early = abi.encodeWithSelector(
            ILedgerLosses.CoverTooEarly.selector,
            USD,
            START + 7 days,
            START + 7 days - 1
        );
        vm.expectRevert(early);
        ledger.cover(USD);
        // Time alone is not enough: the source must have spoken since.
        vm.warp(START + 8 days - 1);
        vm.expectRevert(early);
        ledger.cover(USD);
        expectCoverage(WAD, 0.8e18, START);
        refreshNow();
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Covered(SOURCE, 1, 0.8e18);
        vm.prank(makeAddr("anyone"));
        ledger.cover(USD);
        expectCoverage(0.8e18, 0.8e18, 0);
        assertEq(ledger.assetOf(USD).creditPausedUntil, START + 8 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
    }

    function test_covers_at_the_very_second() public {
        report(21 * ONE_USD, ALL);
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        expectCoverage(0.8e18, 0.8e18, 0);
    }

    function test_refuses_to_cover_an_asset_that_is_not_listed() public {
        reportOf(3, 1, 10, 0);
        applyAll();
        passWeek();
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 3));
        ledger.cover(3);
    }

    function test_does_not_cover_while_the_source_is_quarantined() public {
        report(21 * ONE_USD, ALL);
        applyAll();
        passWeek();
        uint40 until = uint40(vm.getBlockTimestamp() + 1 days);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        _expectNotAccepting(SourceState.QUARANTINED, until);
        vm.warp(until);
        ledger.cover(USD);
        expectCoverage(0.8e18, 0.8e18, 0);
    }

    function test_does_not_cover_while_the_verifier_has_halted_the_edge() public {
        report(21 * ONE_USD, ALL);
        applyAll();
        passWeek();
        bytes memory question = abi.encodeCall(IAttesterSet.haltOf, (journal.edge));
        vm.mockCall(address(attesters), question, abi.encode(true, uint64(0), uint40(0)));
        ledger.noteHalt(SOURCE);
        _expectNotAccepting(SourceState.HALTED, 0);
        vm.clearMockedCalls();
        ledger.noteHalt(SOURCE);
        ledger.cover(USD);
    }

    /// @notice Nobody could confirm it sooner, so a worse report puts nothing off.
    function test_I9_a_source_without_witnesses_is_covered_by_the_first_reports_date() public {
        report(20 * ONE_USD, ALL);
        applyAll();
        vm.warp(START + 7 days);
        report(21 * ONE_USD, ALL);
        applyAll();
        ledger.cover(USD);
        expectCoverage(0.8e18, 0.8e18, 0);
    }

    // What comes after

    function test_a_worse_report_after_a_cover_impairs_again_from_then_on() public {
        shortAndCover(21 * ONE_USD, ALL);
        uint256 aM = maintenanceOf(alice);
        uint256 since = vm.getBlockTimestamp() + 1 days;
        vm.warp(since);
        report(42 * ONE_USD, ALL);
        applyAll();
        expectCoverage(0.8e18, 0.6e18, since);
        assertEq(maintenanceOf(alice), aM, "what is in force counts");
        vm.warp(since + 7 days - 1);
        refreshNow();
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerLosses.CoverTooEarly.selector, USD, since + 7 days, vm.getBlockTimestamp())
        );
        ledger.cover(USD);
        vm.warp(since + 7 days);
        refreshNow();
        ledger.cover(USD);
        expectCoverage(0.6e18, 0.6e18, 0);
    }

    function test_a_better_report_raises_the_coverage_at_once_and_a_whole_one_ends_it() public {
        (, LineWords[] memory before) = ledger.lineWordsOf(accountOf(alice));
        shortAndCover(42 * ONE_USD, ALL);
        assertEq(_counted(alice), 60 * ONE_USD);
        report(21 * ONE_USD, ALL);
        applyAll();
        expectCoverage(0.8e18, 0.8e18, 0);
        assertEq(_counted(alice), 80 * ONE_USD);
        report(0, ALL);
        applyAll();
        expectCoverage(WAD, WAD, 0);
        assertEq(flagsOf(USD), 0);
        (, LineWords[] memory whole) = ledger.lineWordsOf(accountOf(alice));
        assertEq(whole[0].line, before[0].line);
        assertEq(whole[0].asset, before[0].asset);
    }

    function test_a_total_loss_counts_nothing_and_leaves_the_units() public {
        shortAndCover(ALL, ALL);
        expectCoverage(0, 0, 0);
        assertEq(_counted(alice), 0);
        // 20 ETH · 2,000 · 0.8 · 0.9.
        assertEq(initialOf(alice), 28_800e18);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        release(alice, USD, 100 * ONE_USD, 0);
        assertEq(amountOf(alice, USD), 0);
    }

    // What it changes

    function test_margins_count_units_at_the_coverage_in_force() public {
        (uint256 aI, uint256 aM) = (initialOf(alice), maintenanceOf(alice));
        shortAndCover(21 * ONE_USD, ALL);
        // A fifth of 100 USD · 0.8 · 0.9, and of 100 USD · 0.85 · 0.95.
        assertEq(aI - initialOf(alice), 14.4e18);
        assertEq(aM - maintenanceOf(alice), 16.15e18);
        (, , , , , , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(status & 16, 0, "it is not frozen any more");
    }

    function test_a_cover_moves_no_unit_and_journals_nothing() public {
        vm.prank(governor);
        ledger.setCap(USD, 105_000);
        lock(USD, 10 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        applyAll();
        bytes32 before = _books();
        shortAndCover(23 * ONE_USD, 115 * ONE_USD);
        assertEq(_books(), before);
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, 4);
        assertEq(abi.encode(parked.amount, parked.fee), abi.encode(10 * ONE_USD, ONE_USD));
    }

    function test_a_release_and_its_refund_are_of_whole_units() public {
        release(alice, USD, 50 * ONE_USD, 0);
        shortAndCover(21 * ONE_USD, ALL);
        release(alice, USD, 10 * ONE_USD, 0);
        assertEq(amountOf(alice, USD), 40 * ONE_USD);
        append(journal, Entry(EntryCodec.REFUND, 1, 50 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        append(journal, Entry(EntryCodec.REFUND, 1, 10 * ONE_USD, accountOf(alice), bytes32(uint256(2)), 0));
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Refunded(SOURCE, 1, accountOf(alice), USD, 50 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, ALL, "I1");
    }

    /// @notice Transferred, enabled and capped by units; ten tokens enable a line though they are worth eight.
    function test_transfers_enabling_and_caps_count_units() public {
        shortAndCover(21 * ONE_USD, ALL);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(relayer), USD, 10 * ONE_USD);
        assertEq(amountOf(relayer, USD), 10 * ONE_USD);
        assertTrue(ledger.lineOf(accountOf(relayer), USD).enabled);
        vm.prank(governor);
        ledger.setCap(USD, 110_000);
        lock(USD, 5 * ONE_USD + 1, accountOf(bob), 0);
        lock(USD, 5 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.CAP));
        assertEq(amountOf(bob, USD), 10 * ONE_USD);
    }

    function test_what_is_parked_is_freed_and_goes_back_in_whole_units() public {
        vm.prank(governor);
        ledger.setCap(USD, 105_000);
        lock(USD, 10 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        lock(USD, 12 * ONE_USD, accountOf(bob), 0);
        applyAll();
        shortAndCover(42 * ONE_USD, ALL);
        vm.prank(bob);
        ledger.releaseParked(SOURCE, 5, wordOf(bob));
        assertEq(ledger.releasedOf(SOURCE, 1), keccak256(abi.encodePacked(uint16(1), 12 * ONE_USD, accountOf(bob))));
        vm.prank(governor);
        ledger.setCap(USD, 16_000_000);
        // A cap that is raised puts nothing into the bucket.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.prank(relayer);
        ledger.unpark(SOURCE, 4);
        assertEq(amountOf(bob, USD), 14 * ONE_USD);
        assertEq(amountOf(relayer, USD), ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_a_seizure_takes_whole_units() public {
        address auction = makeAddr("auction");
        vm.prank(governor);
        ledger.setAuction(auction);
        shortAndCover(ALL / 2, ALL);
        _openPosition(alice, 28_000e18);
        protocol.place(accountOf(alice), 60_000e18, 50_000e18);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), USD, 100 * ONE_USD);
        assertEq(amountOf(alice, USD), 0);
        assertEq(amountOf(bob, USD), ALL);
    }

    // Inside

    function _expectNotAccepting(SourceState state, uint40 until) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.SourceNotAccepting.selector, SOURCE, state, until));
        ledger.cover(USD);
    }

    /// @dev The amount of an owner's first line as margins count it.
    function _counted(address owner) private view returns (uint256) {
        (, LineWords[] memory words) = ledger.lineWordsOf(accountOf(owner));
        return uint112(words[0].line);
    }

    /// @dev Lines and sums of USD, and the journal toward the vault.
    function _books() private view returns (bytes32) {
        (bytes32 edge, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        bytes32 lines = keccak256(abi.encode(ledger.lineOf(accountOf(alice), USD), ledger.lineOf(accountOf(bob), USD)));
        return keccak256(abi.encode(edge, count, head, lines, ledger.assetOf(USD)));
    }
}

/// @notice What a quorum alone reports is in force once two of three witnesses confirmed it, or seven days later.
contract LedgerCoverWitnessesTest is WitnessFixture {
    function test_I10_an_unconfirmed_report_covers_nothing_for_seven_days_more() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(1);
        applyAll();
        confirmAll();
        vm.warp(START + 7 days);
        refreshNow();
        // A false quorum says the last word at the last moment.
        _report(FAST);
        applyAll();
        _expectWaits(3, 2, START + 14 days);
        uint256 snapshot = vm.snapshotState();
        confirmBy(0, 3);
        _expectWaits(3, 2, START + 14 days);
        confirmBy(1, 3);
        ledger.cover(USD);
        _expectInForce(0);

        vm.revertToState(snapshot);
        vm.warp(START + 14 days - 1);
        refreshNow();
        _expectWaits(3, 2, START + 14 days);
        // By the source's own clock.
        vm.warp(START + 15 days);
        _expectWaits(3, 2, START + 14 days);
        vm.warp(START + 14 days);
        refreshNow();
        ledger.cover(USD);
        _expectInForce(0);
        assertEq(amountOf(alice, USD), FAST);
    }

    /// @notice A better report gives margin: k dishonest attesters would else lift a worthless asset to 1 and borrow against it at once.
    function test_I6_a_better_report_waits_for_its_confirmation() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST - FAST / 100);
        applyAll();
        confirmAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        _expectInForce(0.01e18);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, USD, 1e18, 0.01e18, 0);
        _report(0);
        applyAll();
        _expectInForce(0.01e18);
        _expectWaits(3, 2, START + 14 days);
        uint256 snapshot = vm.snapshotState();
        confirmAll();
        ledger.cover(USD);
        _expectInForce(1e18);

        // Without a word of the witnesses after seven days of the source's own clock.
        vm.revertToState(snapshot);
        vm.warp(START + 14 days - 1);
        refreshNow();
        _expectWaits(3, 2, START + 14 days);
        vm.warp(START + 14 days);
        refreshNow();
        ledger.cover(USD);
        _expectInForce(1e18);
    }

    /// @notice Nor does an unconfirmed report end the impairment: that gives margin too.
    function test_I6_an_impaired_asset_stays_impaired_until_a_better_report_is_confirmed() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST / 2);
        _report(0);
        applyAll();
        (uint256 inForceWad, uint256 reportedWad, uint40 since, uint40 coverFrom, ) = ledger.coverageOf(SOURCE, USD);
        assertEq(inForceWad, 1e18);
        assertEq(reportedWad, 1e18);
        assertEq(since, START);
        assertEq(coverFrom, 0);
        _expectWaits(3, 0, START + 7 days);
        confirmAll();
        ledger.cover(USD);
        _expectInForce(1e18);
    }

    /// @notice Whoever repeats a report each day cannot put it off.
    function test_I9_the_same_report_again_puts_no_cover_off() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST / 2);
        applyAll();
        confirmAll();
        vm.warp(START + 7 days);
        _report(FAST / 2);
        applyAll();
        ledger.cover(USD);
        _expectInForce(0.5e18);
    }

    /// @notice A figure that nobody confirmed is not put in force on the word that another one had.
    function test_I10_a_milder_report_waits_for_its_own_confirmation() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST / 2);
        applyAll();
        confirmAll();
        vm.warp(START + 7 days);
        _report(1);
        applyAll();
        _expectWaits(3, 2, START + 14 days);
        confirmAll();
        ledger.cover(USD);
        _expectInForce(1e18 - 1e18 / uint256(FAST));
    }

    /// @notice Without confirmations each figure waits for seven days of its own, and the date of the first report holds.
    function test_I10_an_unconfirmed_figure_waits_for_seven_days_of_its_own() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(1);
        applyAll();
        vm.warp(START + 3 days);
        _report(FAST / 2);
        applyAll();
        vm.warp(START + 5 days);
        _report(FAST / 4);
        applyAll();
        vm.warp(START + 12 days - 1);
        refreshNow();
        _expectWaits(4, 0, START + 12 days);
        vm.warp(START + 12 days);
        refreshNow();
        ledger.cover(USD);
        _expectInForce(0.75e18);
    }

    /// @notice Worse than the last is enough: what came back in between may be lost again, and nobody confirmed that.
    function test_I10_a_report_that_is_worse_than_the_last_waits_though_one_before_was_worse_still() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST);
        _report(1);
        applyAll();
        vm.warp(START + 7 days);
        _report(FAST - 1);
        applyAll();
        _expectWaits(4, 0, START + 14 days);
    }

    /// @notice A shortage that ended takes its worst report with it.
    function test_I10_another_shortage_waits_for_its_own_report() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST);
        _report(0);
        applyAll();
        confirmAll();
        ledger.cover(USD);
        _expectInForce(1e18);
        vm.warp(START + 1 days);
        _report(FAST / 2);
        applyAll();
        vm.warp(START + 8 days - 1);
        refreshNow();
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerLosses.CoverTooEarly.selector, USD, START + 8 days, START + 8 days - 1)
        );
        ledger.cover(USD);
        vm.warp(START + 8 days);
        refreshNow();
        ledger.cover(USD);
        _expectInForce(0.5e18);
    }

    /// @notice A contested source may be speaking of a shortfall that its vault never reported.
    function test_I8_does_not_cover_while_the_source_is_contested() public {
        lock(USD, FAST, accountOf(alice), 0);
        _report(FAST / 2);
        applyAll();
        confirmAll();
        vm.warp(START + 7 days);
        refreshNow();
        witnesses[2].record(journal.edge, 2, keccak256("another head"));
        ledger.confirm(SOURCE, 2, 2);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerCore.SourceNotAccepting.selector, SOURCE, SourceState.CONTESTED, 0)
        );
        ledger.cover(USD);
    }

    function _report(uint128 deficit) private {
        append(journal, Entry(EntryCodec.SHORTFALL, USD, deficit, 0, bytes32(uint256(FAST)), 0));
    }

    function _expectWaits(uint96 number, uint64 confirmed, uint256 opensAt) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, number, confirmed, opensAt));
        ledger.cover(USD);
    }

    function _expectInForce(uint256 expected) private view {
        (uint256 inForceWad, , uint40 since, , ) = ledger.coverageOf(SOURCE, USD);
        assertEq(inForceWad, expected);
        assertEq(since, 0);
    }
}

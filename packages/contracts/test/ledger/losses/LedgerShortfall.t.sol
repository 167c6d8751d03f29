// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";

/// @notice What a report of a vault that has too few tokens means, and what it does to the asset at once.
contract LedgerShortfallTest is LedgerCoverageFixture {
    // The figure

    function test_I12_coverage_is_rounded_down_to_the_wad() public {
        _expectCoverage(0, 0, WAD);
        _expectCoverage(0, 1, WAD);
        _expectCoverage(1, 1, 0);
        _expectCoverage(ALL, ALL, 0);
        _expectCoverage(21 * ONE_USD, ALL, 0.8e18);
        _expectCoverage(1, 3, 666_666_666_666_666_666);
        _expectCoverage(2, 3, 333_333_333_333_333_333);
        // A unit of so many that its part is below a wad is missing all the same.
        _expectCoverage(1, 1e24, WAD - 1);
        _expectCoverage(1e24 - 1, 1e24, 0);
        _expectCoverage(1, type(uint104).max, WAD - 1);
        _expectCoverage(type(uint104).max, type(uint104).max, 0);
        _expectCoverage(0, type(uint104).max, WAD);
    }

    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I12_coverage_never_promises_more_than_there_is(uint104 accounted, uint104 held) public {
        if (held > accounted) (accounted, held) = (held, accounted);
        report(accounted - held, accounted);
        applyAll();
        Told memory told = toldOf(USD);
        assertEq(told.reportedWad, accounted == held ? WAD : (uint256(held) * WAD) / accounted);
        assertLe(told.reportedWad * accounted, uint256(held) * WAD + (accounted == 0 ? WAD : 0));
        assertEq(told.inForceWad, WAD);
    }

    // In force at once, or impaired

    function test_a_report_of_no_less_than_is_in_force_holds_at_once() public {
        shortAndCover(42 * ONE_USD, ALL);
        expectCoverage(0.6e18, 0.6e18, 0);
        // The same part of another sum.
        _applyReport(80, 200);
        expectCoverage(0.6e18, 0.6e18, 0);
        _applyReport(79, 200);
        expectCoverage(0.605e18, 0.605e18, 0);
        _applyReport(0, 200);
        expectCoverage(WAD, WAD, 0);
        assertEq(flagsOf(USD), 0);
    }

    function test_a_report_of_less_than_is_in_force_impairs_and_leaves_it_in_force() public {
        shortAndCover(42 * ONE_USD, ALL);
        _applyReport(20, 100);
        expectCoverage(0.8e18, 0.8e18, 0);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        _applyReport(200_000_000_000_000_001, WAD);
        expectCoverage(0.8e18, 0.8e18 - 1, vm.getBlockTimestamp());
    }

    /// @notice What is in force is where the shortage ends, whatever is missing of the whole.
    function test_an_impaired_asset_is_cleared_by_a_report_of_what_is_in_force() public {
        shortAndCover(42 * ONE_USD, ALL);
        _applyReport(41, 100);
        assertEq(flagsOf(USD), IMPAIRED | SHORT);
        _applyReport(40, 100);
        expectCoverage(0.6e18, 0.6e18, 0);
        _applyReport(41, 100);
        _applyReport(39, 100);
        expectCoverage(0.61e18, 0.61e18, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
    }

    function test_the_first_report_of_less_starts_the_clock_and_a_worse_one_keeps_it() public {
        report(20 * ONE_USD, 100 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, 1, 0.8e18, WAD, uint40(START));
        applyAll();
        expectCoverage(WAD, 0.8e18, START);
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(uint8(source >> 40), uint8(SourceState.HALTED), "as risk managers weigh it");
        vm.warp(START + 1 days);
        report(25 * ONE_USD, 100 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, 1, 0.75e18, WAD, uint40(START));
        applyAll();
        expectCoverage(WAD, 0.75e18, START);
        vm.warp(START + 2 days);
        _applyReport(1, 100);
        expectCoverage(WAD, 0.99e18, START);
        report(0, 100);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, 1, WAD, WAD, 0);
        applyAll();
        expectCoverage(WAD, WAD, 0);
        // Another shortage has another beginning.
        vm.warp(START + 3 days);
        _applyReport(1, 100);
        expectCoverage(WAD, 0.99e18, START + 3 days);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    function test_I13_a_report_of_one_asset_says_nothing_of_another() public {
        report(1, ALL);
        applyAll();
        assertEq(toldOf(ETH).reportedWad, WAD);
        assertEq(flagsOf(ETH), 0);
        (uint256 inForceWad, uint256 reportedWad, , , ) = ledger.coverageOf(SOURCE + 1, 1);
        assertEq(abi.encode(inForceWad, reportedWad), abi.encode(WAD, WAD), "nor of another vault's");
    }

    // What no honest vault reports

    /// @notice Each bit that says nothing, asset 0, more missing than there is, more than a vault can hold, a fee.
    function test_refuses_each_report_that_no_honest_vault_makes() public {
        uint256 refused = 0;
        for (uint256 bit = 104; bit < 256; ++bit) {
            if (bit == 128) bit = 224;
            report(1, ALL | (1 << bit));
            ++refused;
        }
        reportOf(0, 1, ALL, 0);
        report(ALL + 1, ALL);
        report(1, 0);
        append(journal, Entry(EntryCodec.SHORTFALL, 1, 1, 0, bytes32(uint256(ALL)), 1));
        for (uint96 i = 0; i < refused + 4; ++i) {
            vm.expectEmit(address(ledger));
            emit ILedgerCore.EntryRefused(SOURCE, 4 + i, EntryCodec.SHORTFALL);
        }
        applyAll();
        expectCoverage(WAD, WAD, 0);
        assertEq(toldOf(0).reportedWad, WAD);
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
    }

    /// @notice A number that the ledger does not wait for is no reason to refuse what is true beside it.
    function test_each_bit_of_a_number_that_is_answered_may_be_set() public {
        for (uint256 bit = 0; bit < 96; ++bit) {
            reportOf(USD, uint128(1 + bit), ALL, 1 << bit);
        }
        applyAll();
        assertEq(toldOf(USD).reportedWad, ((uint256(ALL) - 96) * WAD) / ALL);
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE));
    }

    // What impaired means

    function test_an_impaired_asset_counts_nothing_for_initial_and_keeps_its_maintenance_weight() public {
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertGt(aI, 0);
        report(1, ALL);
        applyAll();
        (uint256 impairedI, , uint256 impairedE, , uint256 impairedM, , uint256 status, ) = ledger.marginOf(
            accountOf(alice)
        );
        // 100 USD · 0.8 · 0.9 = 72 less for initial, nothing less for maintenance.
        assertEq(aI - impairedI, 72e18);
        assertEq(impairedM, aM);
        assertGt(impairedE, 0);
        assertEq(status, 16);
        // Prices live.
        vm.warp(START + 1);
        setPrices(5e11, 2000e12);
        assertEq(aM - maintenanceOf(alice), (100e18 * 85 * 95) / 10_000 / 2);
        // It stands still for as long as the source's other assets keep theirs, see `LedgerStandingTest`.
        vm.warp(START + 72 hours);
        setPrices(1e12, 2000e12);
        assertEq(lens.weightsOf(USD).freshM, 1_000_000);
        assertEq(maintenanceOf(alice), aM);
        vm.warp(START + 20 days);
        assertEq(lens.weightsOf(USD).freshM, 500_000);
        assertEq(lens.weightsOf(ETH).freshM, 500_000);
        refreshNow();
        assertEq(lens.weightsOf(USD).freshM, 1_000_000);
    }

    /// @notice The weight is that of the first report, also where a worse one comes from a source that is fresher by then.
    function test_an_impaired_asset_keeps_the_freshness_of_its_first_report() public {
        // Four days without a word, a day past the 72 hours: 5 % less.
        vm.warp(START + 96 hours);
        report(1, ALL);
        _applyStale(START);
        assertEq(lens.weightsOf(USD).freshM, 950_000);
        report(2, ALL);
        applyAll();
        assertEq(lens.weightsOf(USD).freshM, 950_000, "of the first");
        assertEq(lens.weightsOf(ETH).freshM, 1_000_000, "the source is as fresh as can be by now");
        report(0, ALL);
        report(1, ALL);
        applyAll();
        assertEq(lens.weightsOf(USD).freshM, 1_000_000, "another shortage has its own");
    }

    function test_an_impaired_asset_takes_no_new_credit_until_it_is_covered_again() public {
        lock(USD, 2 * ONE_USD, accountOf(bob), 0);
        report(1, 107 * ONE_USD);
        lock(USD, 3 * ONE_USD, accountOf(bob), 0);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 7 * ONE_USD, "within the batch");
        assertEq(amountOf(bob, ETH), ONE_ETH, "I13: another asset of the source goes on");
        lock(USD, 3 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 7 * ONE_USD, "and after it");
        assertEq(uint8(ledger.parkedOf(SOURCE, 6).reason), uint8(ParkReason.CAP));
        assertEq(uint8(ledger.parkedOf(SOURCE, 8).reason), uint8(ParkReason.CAP));
        vm.expectPartialRevert(ILedgerAccounts.CapExceeded.selector);
        ledger.unpark(SOURCE, 6);
        report(0, 113 * ONE_USD);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        ledger.unpark(SOURCE, 6);
        assertEq(amountOf(bob, USD), 11 * ONE_USD);
    }

    /// @notice Whose account owes nothing takes its units out, as many as it has: the vault pays what there is for them.
    function test_an_impaired_asset_is_released_in_whole_units() public {
        report(50 * ONE_USD, ALL);
        applyAll();
        release(bob, USD, 5 * ONE_USD, 0);
        assertEq(amountOf(bob, USD), 0);
        assertEq(ledger.releasedOf(SOURCE, 1), keccak256(abi.encodePacked(uint16(1), 5 * ONE_USD, accountOf(bob))));
    }

    function test_an_asset_that_is_listed_while_it_is_short_is_impaired_at_once_and_covered_in_its_time() public {
        reportOf(3, 1, 10, 0);
        applyAll();
        vm.warp(START + 1 days);
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        assertEq(flagsOf(assetId) & (IMPAIRED | SHORT), IMPAIRED);
        lock(3, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, assetId), 0);
        assertEq(amountOf(bob, USD), 5 * ONE_USD, "I13");
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(assetId);
        assertEq(toldOf(3).inForceWad, 0.9e18);
        assertEq(flagsOf(assetId) & (IMPAIRED | SHORT), SHORT);
    }

    /// @notice It was short, and is not when it is listed.
    function test_an_asset_that_is_listed_after_a_shortage_is_as_any_other() public {
        reportOf(3, 1, 10, 0);
        reportOf(3, 0, 10, 0);
        applyAll();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        assertEq(flagsOf(assetId), 0);
    }

    // Inside

    /// @dev Applies all, by a statement of a time before.
    function _applyStale(uint256 asOf) private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        JournalHead memory statement = statementOf(journal, tip(journal));
        statement.asOf = uint64(asOf);
        post(count, statement);
    }

    function _applyReport(uint128 deficit, uint256 accounted) private {
        report(deficit, accounted);
        applyAll();
    }

    /// @dev Of the asset, whose coverage in force is 1 all the time.
    function _expectCoverage(uint128 deficit, uint256 accounted, uint256 coverageWad) private {
        report(deficit, accounted);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, 1, coverageWad, WAD, uint40(coverageWad == WAD ? 0 : START));
        applyAll();
        assertEq(toldOf(USD).reportedWad, coverageWad);
    }
}

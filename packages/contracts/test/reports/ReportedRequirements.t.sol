// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpetualBook} from "@surety/examples/perpetual-book/solidity/PerpetualBook.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {IMarginReports, ReportedPosition, StoredReport} from "../../solidity/interfaces/IMarginRequirement.sol";
import {ReportedRequirement, ReportedRequirements} from "../../solidity/reports/ReportedRequirements.sol";
import {KeptTrades, StandardBound} from "../../solidity/reports/TradesSinceReport.sol";
import {MarginReportFixture} from "./MarginReportFixture.sol";

/// @notice What a protocol and the ledger make of a report: never less than half of the bound, the bound without one, and no
///         figure at which the margin reverts.
contract ReportedRequirementsTest is MarginReportFixture {
    KeptTrades private noTrades;

    // The rules alone

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_report_never_lowers_a_requirement_below_half_of_the_bound(
        StoredReport memory report,
        StandardBound memory standard,
        uint128[2] memory trades,
        bool counts,
        bool known
    ) public view {
        if (counts) report.expiry = uint40(bound(report.expiry, block.timestamp + 1, type(uint40).max));
        StandardBound memory traded = StandardBound(trades[0], trades[1]);
        ReportedRequirement memory requirement = ReportedRequirements.judge(report, known, traded, standard);
        assertGe(requirement.maintenanceWad, standard.maintenanceWad / 2 + (standard.maintenanceWad % 2));
        // Infinite is enough, however large a bound is.
        if (requirement.initialWad < INFINITE) assertGe(requirement.initialWad, standard.initialWad / 2);
        if (block.timestamp >= report.expiry) {
            assertEq(requirement.initialWad, standard.initialWad);
            assertEq(requirement.maintenanceWad, standard.maintenanceWad);
            assertEq(requirement.asOf, block.timestamp);
            return;
        }
        assertGe(requirement.maintenanceWad, report.maintenanceWad);
        assertEq(requirement.asOf, report.asOf);
        uint256 larger = standard.maintenanceWad;
        if (larger < report.maintenanceWad) larger = report.maintenanceWad;
        assertLe(requirement.maintenanceWad, larger);
        if (known) {
            assertGe(requirement.initialWad, requirement.maintenanceWad);
            uint256 least = uint256(report.initialWad) + traded.initialWad;
            assertGe(requirement.initialWad, least < INFINITE ? least : INFINITE);
            least = uint256(report.maintenanceWad) + traded.maintenanceWad;
            assertGe(requirement.maintenanceWad, least < larger ? least : larger);
        } else {
            assertEq(requirement.initialWad, INFINITE);
            assertEq(requirement.maintenanceWad, larger);
        }
    }

    function test_a_protocol_reads_its_own_report_of_the_account() public {
        StandardBound memory standard = StandardBound(8e18, 6e18);
        ReportedRequirement memory requirement = ReportedRequirements.read(reports, account, 0, standard, noTrades);
        assertEq(abi.encode(requirement), abi.encode(ReportedRequirement(8e18, 6e18, uint64(block.timestamp))));
        StoredReport memory report = StoredReport(7e18, 5e18, 3, 1, uint40(block.timestamp), type(uint40).max);
        vm.mockCall(address(reports), abi.encodeCall(reports.reportOf, (address(this), account)), abi.encode(report));
        requirement = ReportedRequirements.read(reports, account, 3, standard, noTrades);
        assertEq(abi.encode(requirement), abi.encode(ReportedRequirement(7e18, 5e18, uint64(block.timestamp))));
        requirement = ReportedRequirements.read(reports, account, 4, standard, noTrades);
        assertEq(abi.encode(requirement), abi.encode(ReportedRequirement(INFINITE, 6e18, uint64(block.timestamp))));
    }

    // At the ledger

    function test_without_a_report_the_bound_counts() public {
        tradeEth(5e18);
        _expectRequired(4_000e18, 3_000e18);
        tradeEth(1e18);
        _expectRequired(4_800e18, 3_600e18);
    }

    function test_a_report_of_the_position_counts_instead_of_the_bound() public {
        tradeEth(5e18);
        submitFigures(2_500e18, 1_800e18);
        _expectRequired(2_500e18, 1_800e18);
        laterBy(60);
        submitFigures(7_000e18, 6_000e18);
        _expectRequired(7_000e18, 6_000e18);
    }

    function test_a_report_below_half_of_the_bound_counts_half_of_it() public {
        tradeEth(5e18);
        submitFigures(0, 0);
        _expectRequired(2_000e18, 1_500e18);
    }

    function test_a_report_that_expired_leaves_the_bound_and_never_nothing() public {
        tradeEth(5e18);
        submitFigures(2_500e18, 1_800e18);
        laterBy(15 minutes - 1);
        _expectRequired(2_500e18, 1_800e18);
        laterBy(1);
        _expectRequired(4_000e18, 3_000e18);
    }

    function test_a_trade_after_a_report_adds_its_own_bound_until_the_next_report() public {
        tradeEth(5e18);
        submitFigures(2_500e18, 1_000e18);
        // One ether asks for 800 and 600 by itself, bought or sold.
        tradeEth(1e18);
        _expectRequired(3_300e18, 1_800e18);
        tradeEth(-1e18);
        _expectRequired(4_100e18, 2_200e18);
        laterBy(60);
        submitFigures(2_500e18, 1_800e18);
        _expectRequired(2_500e18, 1_800e18);
        tradeEth(-3e18);
        _expectRequired(4_900e18, 1_800e18);
        laterBy(15 minutes);
        _expectRequired(1_600e18, 1_200e18);
    }

    function test_the_maintenance_of_a_trade_is_at_most_the_larger_of_report_and_bound() public {
        tradeEth(5e18);
        submitFigures(2_500e18, 2_400e18);
        tradeEth(1e18);
        _expectRequired(3_600e18 - 300e18, 3_000e18);
        tradeEth(1e18);
        _expectRequired(4_200e18 - 100e18, 3_600e18);
        // A report above the bound stays what it is.
        laterBy(60);
        submitFigures(9_000e18, 8_000e18);
        tradeEth(-4e18);
        _expectRequired(12_200e18, 8_000e18);
    }

    function test_a_gain_that_is_realised_after_a_report_counts_no_more() public {
        tradeEth(5e18);
        vm.warp(START + 60);
        vm.roll(vm.getBlockNumber() + 5);
        setPrices(1e12, 2100e12);
        submitFigures(2_200e18, 1_700e18);
        tradeEth(-1e18);
        // 840 and 630 for one ether at 2,100, and the 100 that it won, which a report had counted.
        _expectRequired(2_200e18 + 940e18, 1_700e18 + 730e18);
    }

    function test_what_is_traded_after_a_report_is_gated_by_the_report_and_the_trade() public {
        // By the bound 36 ether need all of 28,872; the report says half of it.
        tradeEth(36e18);
        submitFigures(14_400e18, 10_800e18);
        tradeEth(18.05e18);
        _expectRequired(28_840e18, 21_630e18);
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 28_872e18, 29_640e18));
        tradeEth(1e18);
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 28_800e18, 28_840e18));
        vm.prank(alice);
        ledger.requestRelease(account, USD, 100 * ONE_USD, wordOf(alice), 0);
    }

    function test_a_report_counts_while_fewer_than_32_trades_follow_it() public {
        tradeEth(2e18);
        submitFigures(500e18, 400e18);
        for (uint256 i = 0; i < 31; ++i) tradeEth(i % 2 == 0 ? int128(-1e18) : int128(1e18));
        assertEq(book.countsFrom(account), 1);
        _expectRequired(500e18 + 31 * 800e18, 600e18);
        tradeEth(-0.5e18);
        assertEq(book.countsFrom(account), 2);
        _expectRequired(INFINITE, 400e18);
    }

    function test_what_a_report_frees_may_leave() public {
        tradeEth(36.09e18);
        // All of 28,872 is required: with the report half of it.
        uint128 all = 100 * ONE_USD;
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 28_800e18, 28_872e18));
        vm.prank(alice);
        ledger.requestRelease(account, USD, all, wordOf(alice), 0);
        submitFigures(14_436e18, 10_827e18);
        vm.prank(alice);
        ledger.requestRelease(account, USD, all, wordOf(alice), 0);
    }

    /// @notice The sum of an infinite figure and others neither overflows nor reverts, and maintenance stays what it is.
    function test_infinite_passes_the_gate_of_nobody_and_the_margin_answers() public {
        tradeEth(5e18);
        _openPosition(alice, 1_000e18);
        submitFigures(type(uint128).max, type(uint128).max);
        (, uint256 qI, , uint256 qE, , uint256 qM, , ) = ledger.marginOf(account);
        assertEq(qI, INFINITE + 1_000e18);
        assertEq(qE, INFINITE + 500e18);
        assertEq(qM, INFINITE + 500e18);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        protocol.trade(account, 1, 1);
    }

    function testFuzz_the_margin_answers_whatever_a_report_says(
        uint128 initialWad,
        uint128 maintenanceWad,
        int64 move
    ) public {
        vm.assume(initialWad >= maintenanceWad);
        tradeEth(5e18);
        submitFigures(initialWad, maintenanceWad);
        if (move < 0) tradeEth(-1e18 - (int128(-int256(move)) % 4e18));
        (uint256 aI, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf(account);
        assertEq(aI, 28_872e18);
        assertGe(qI, qM);
        assertGe(qM, maintenanceWad);
        assertGe(qM, book.standardOf(account).maintenanceWad / 2);
    }

    function test_whoever_holds_k_keys_liquidates_by_reports_and_frees_no_more_than_half() public {
        tradeEth(5e18);
        submitFigures(type(uint128).max, 28_872e21);
        (, , , , uint256 aM, uint256 qM, , ) = ledger.marginOf(account);
        assertGt(qM, aM, "a lie upwards liquidates who takes reports, for 15 minutes at most");
        laterBy(15 minutes);
        (, , , , aM, qM, , ) = ledger.marginOf(account);
        assertGt(aM, qM);
    }

    function test_the_answer_fits_the_gas_that_the_ledger_gives() public {
        tradeEth(5e18);
        vm.prank(alice);
        book.trade(account, USD, 1e18);
        submitFigures(2_500e18, 1_800e18);
        tradeEth(1e18);
        vm.cool(address(book));
        vm.cool(address(reports));
        vm.cool(address(ledger));
        vm.cool(address(risk));
        uint256 before = gasleft();
        book.requirementOf(account);
        emit log_named_uint("gas of requirementOf, cold, two positions, a trade after the report", before - gasleft());
        assertLt(before - gasleft(), 75_000);
    }

    // Who takes reports

    function test_who_takes_no_reports_is_not_touched_by_one() public {
        vm.prank(alice);
        book.takeReports(account, false);
        laterBy(15 minutes);
        tradeEth(5e18);
        submitFigures(type(uint128).max, type(uint128).max);
        _expectRequired(4_000e18, 3_000e18);
    }

    function test_leaving_reports_takes_15_minutes_whatever_is_reported_meanwhile() public {
        tradeEth(5e18);
        submitFigures(9_000e18, 8_000e18);
        uint40 leaves = uint40(vm.getBlockTimestamp() + 15 minutes);
        vm.startPrank(alice);
        vm.expectEmit(address(book));
        emit PerpetualBook.ReportsTaken(account, leaves);
        book.takeReports(account, false);
        laterBy(10 minutes);
        // Asking again puts nothing off.
        vm.expectEmit(address(book));
        emit PerpetualBook.ReportsTaken(account, leaves);
        book.takeReports(account, false);
        vm.stopPrank();
        submitFigures(9_500e18, 8_500e18);
        _expectRequired(9_500e18, 8_500e18);
        laterBy(5 minutes);
        _expectRequired(4_000e18, 3_000e18);
        vm.expectEmit(address(book));
        emit PerpetualBook.ReportsTaken(account, type(uint40).max);
        vm.prank(alice);
        book.takeReports(account, true);
        _expectRequired(9_500e18, 8_500e18);
    }

    // The example itself

    function test_the_book_refuses_parts_strangers_and_sizes_that_make_no_trade() public {
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.PartRefused.selector, alice));
        new PerpetualBook(ILedgerProtocols(alice), IMarginReports(address(reports)));
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.PartRefused.selector, alice));
        new PerpetualBook(ILedgerProtocols(address(ledger)), IMarginReports(alice));
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.NotOwner.selector, bob, account));
        vm.prank(bob);
        book.trade(account, ETH, 1e18);
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.SizeRefused.selector, 0, 0));
        tradeEth(0);
        tradeEth(1e18);
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.SizeRefused.selector, -2e18, 1e18));
        tradeEth(-2e18);
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.PriceMissing.selector, 9));
        vm.prank(alice);
        book.trade(account, 9, 1e18);
        vm.warp(vm.getBlockTimestamp() + 1 hours + 1);
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.PriceMissing.selector, ETH));
        tradeEth(1e18);
    }

    function test_a_trade_is_at_the_price_that_the_feed_holds_now() public {
        vm.warp(START + 60);
        // Nobody has brought this one to the risk manager: at 2,000 whoever buys wins 100 with each ether.
        ethFeed.set(2_100e12, 0, uint40(vm.getBlockTimestamp()));
        tradeEth(5e18);
        (, , ReportedPosition[] memory positions) = book.positionsOf(account);
        assertEq(positions[0].priceWad, 2_100e18);
        _expectRequired(4_200e18, 3_150e18);
        vm.warp(START + 120);
        ethFeed.set(1_900e12, 0, uint40(vm.getBlockTimestamp()));
        tradeEth(-5e18);
        (, int256 cashWad, ) = book.positionsOf(account);
        assertEq(cashWad, -1_000e18, "who sells at 2,100 has lost nothing");
    }

    function test_the_book_holds_four_underlyings_and_no_fifth() public {
        uint16[] memory slots = new uint16[](3);
        (slots[0], slots[1], slots[2]) = (3, 4, 5);
        vm.startPrank(governor);
        for (uint256 i = 0; i < 3; ++i) risk.listUnderlying(slots[i], address(usdFeed), 1 days);
        vm.stopPrank();
        risk.poke(slots);
        vm.startPrank(alice);
        for (uint16 slot = 1; slot < 5; ++slot) book.trade(account, slot, 1e18);
        vm.expectRevert(abi.encodeWithSelector(PerpetualBook.TooManyPositions.selector, 5, 4));
        book.trade(account, 5, 1e18);
        book.trade(account, 1, -1e18);
        book.trade(account, 5, 1e18);
        // What was last has taken the closed one's place.
        (, , ReportedPosition[] memory positions) = book.positionsOf(account);
        assertEq(positions[0].slot, 4);
        assertEq(positions[3].slot, 5);
    }

    function test_the_book_tells_the_position_that_a_report_weighs() public {
        tradeEth(2e18);
        vm.warp(START + 60);
        setPrices(1e12, 2200e12);
        tradeEth(2e18);
        (uint64 nonce, int256 cash, ReportedPosition[] memory positions) = book.positionsOf(account);
        assertEq(nonce, 2);
        assertEq(cash, 0);
        assertEq(abi.encode(positions[0]), abi.encode(ReportedPosition(ETH, 0, 0, 2_100e18, 4e18)));
        // Half closed at a loss of 200 each, which stays owed; the rest has lost as much.
        vm.warp(START + 120);
        setPrices(1e12, 1900e12);
        tradeEth(-2e18);
        (nonce, cash, positions) = book.positionsOf(account);
        assertEq(cash, -400e18);
        _expectRequired(400e18 + 400e18 + 1_520e18, 400e18 + 400e18 + 1_140e18);
        tradeEth(-2e18);
        (, cash, positions) = book.positionsOf(account);
        assertEq(cash, -800e18);
        assertEq(positions.length, 0);
    }

    function _expectRequired(uint256 initialWad, uint256 maintenanceWad) private view {
        (, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf(account);
        assertEq(qI, initialWad, "initial");
        assertEq(qM, maintenanceWad, "maintenance");
    }
}

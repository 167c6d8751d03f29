// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {Conduct, TestLender} from "./TestLender.sol";

/// @notice Accounts whose lines do not pay what they owe, and lines of sources that take no entries.
contract AuctionLossesTest is AuctionFixture {
    function setUp() public override {
        super.setUp();
        fund(bob, 100_000e6, lender);
    }

    // Losses

    function test_L4_a_bid_that_shows_a_loss_books_it_at_once() public {
        breach(1_000e12);
        wait_(60);
        uint256 gross = grossOf(debtor);
        (int256 ppm, ) = auction.discountOf(debtor);
        (uint256 shareWad, uint256 assumedWad) = bidOf(bob, all(true));
        assertEq(shareWad, 1e18, "all that falls to the lender");
        assertApproxEqAbs(assumedWad, (gross * uint256(1_000_000 - ppm)) / 1e6, 2);
        assertEq(lender.debtOf(debtor), 0);
        assertEq(lender.lossUnits(), DEBT - assumedWad / 1e12);
        assertEq(grossOf(debtor), 0);
        assertFalse(isRunning(), "no line holds anything");
    }

    /// @dev Rounding may leave units of next to no value. Nothing is sold for them, and the clock must not run on for later lines.
    function test_an_auction_ends_when_lines_of_next_to_no_value_are_left() public {
        lock(ETH, 123_456_789_012_345_679, debtor, 0);
        applyAll();
        breach(999_999_999_999_989);
        wait_(67);
        bidOf(bob, all(true));
        assertGt(grossOf(debtor), 0);
        assertLt(grossOf(debtor), 1e6);
        assertFalse(isRunning());
    }

    function test_a_receivable_is_sold_for_once_and_never_lost_twice() public {
        breach(1_000e12);
        wait_(60);
        bidOf(bob, all(true));
        uint256 loss = lender.lossUnits();
        assertEq(lender.writtenOff(debtor), loss);
        lock(ETH, 2 * ONE_ETH, debtor, 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(debtor, ETH, true);
        crash(1_000e12);
        auction.start(debtor);
        wait_(60);
        bidOf(bob, all(true));
        assertEq(lender.lossUnits(), loss);
        assertLt(lender.writtenOff(debtor), loss);
        assertEq(unitsOf(debtor, ETH), 0);
    }

    function test_a_bid_books_no_loss_while_a_line_waits() public {
        breach(1_000e12);
        wait_(60);
        vm.prank(riskAdmin);
        auction.stopSlot(1, uint40(vm.getBlockTimestamp() + 1 hours));
        bidOf(bob, all(true));
        assertEq(lender.lossUnits(), 0);
        assertGt(lender.debtOf(debtor), 0);
        assertEq(unitsOf(debtor, USD), 900 * ONE_USD);
        wait_(1 hours);
        setPrices(1e12, 1_000e12);
        bidOf(bob, all(true));
        assertGt(lender.lossUnits(), 0);
        assertEq(lender.debtOf(debtor), 0);
    }

    function test_L1_a_bid_with_a_loss_ends_no_auction_of_an_account_that_still_requires_what_was_lost() public {
        lock(USD, 4_000 * ONE_USD, debtor, 0);
        applyAll();
        breach(1_000e12);
        waitSeen(T3 + 600);
        vm.prank(riskAdmin);
        auction.stopSlot(1, uint40(vm.getBlockTimestamp() + 1 hours));
        (uint256 shareWad, ) = bidOf(bob, all(true));
        assertLt(shareWad, 1e18, "the size counts on the line that waits");
        assertGt(lender.lossUnits(), 0);
        (uint256 assets, uint256 required) = exitOf(debtor);
        assertLt(assets, required, "what was lost stays required");
        assertTrue(isRunning());
    }

    /// @dev At 0.9 for a whole token a wei of value is a unit of it: what the size of a bid is named by must not become one.
    function test_no_bid_books_the_loss_of_a_protocol_to_which_nothing_falls() public {
        TestLender second = newLender(true);
        optIn(alice, second);
        optIn(bob, second);
        second.setConduct(Conduct.REQUIRES_NOTHING);
        second.borrow(debtor, 5_000e6);
        second.setConduct(Conduct.HONEST);
        breach(0.9e12);
        assertEq(auction.quote(debtor, address(second)).wait, "nothing");
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
        vm.prank(bob);
        auction.bid(debtor, address(second), taker, all(false), "");
        assertEq(second.lossUnits(), 0);
        waitSeen(T3);
        auction.writeOff(debtor, address(second));
        assertEq(second.lossUnits(), 5_000e6, "six hours later, by whoever asks for it");
    }

    // Write-offs

    function test_anybody_writes_off_what_no_line_pays_without_an_auction() public {
        breach(1_000e12);
        wait_(60);
        bidOf(bob, upTo(0.5e18, true));
        (uint256 owed, uint256 lost) = (lender.debtOf(debtor), lender.lossUnits());
        assertGt(lost, 0);
        _refuseWriteOff();
        _breachAway();
        vm.expectEmit(address(auction));
        emit ILiquidationAuction.WrittenOff(debtor, address(lender), owed * 1e12);
        auction.writeOff(debtor, address(lender));
        assertEq(lender.debtOf(debtor), 0);
        assertEq(lender.writtenOff(debtor), lost + owed);
        assertFalse(isRunning());
    }

    function test_a_write_off_waits_for_the_end_of_the_clock() public {
        breach(1_500e12);
        waitSeen(T3 - 200);
        _refuseWriteOff();
        waitSeen(200);
        auction.writeOff(debtor, address(lender));
        assertEq(lender.lossUnits(), DEBT);
        assertEq(lender.writtenOff(debtor), DEBT);
        assertTrue(isRunning(), "its lines are sold for the receivable");
        crash(1_400e12);
        bidOf(bob, all(true));
        assertLt(lender.writtenOff(debtor), DEBT);
    }

    function test_L2_a_write_off_of_a_healthy_account_is_refused() public {
        breach(1_539e12);
        waitSeen(T3);
        crash(1_600e12);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        auction.writeOff(debtor, address(lender));
    }

    function test_refuses_to_write_off_what_nobody_started_or_owes() public {
        crash(1_500e12);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NotStarted.selector, debtor));
        auction.writeOff(debtor, address(lender));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, debtor, bob));
        auction.writeOff(debtor, bob);
    }

    /// @dev Most of what is left waits for six hours: none of them counts once it can be sold again.
    function test_a_line_without_a_price_delays_a_write_off_until_it_could_be_sold_for_all_of_the_clock() public {
        breach(1_000e12);
        vm.prank(riskAdmin);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
        bidOf(bob, all(true));
        _refuseWriteOff();
        waitSeen(T3 - 1);
        _refuseWriteOff();
        waitSeen(T3 - 81);
        _refuseWriteOff();
        // The first look at what can be sold again is at most ten minutes late.
        waitSeen(681);
        auction.writeOff(debtor, address(lender));
        assertGt(lender.writtenOff(debtor), 0);
    }

    // Frozen lines

    function test_L6_L12_frozen_lines_are_sold_last_and_slowly_and_stay_where_they_are() public {
        _quarantine();
        vm.prank(keeper);
        auction.start(debtor);
        wait_(600);
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, 50);
        assertEq(ppm, -10_000 + 12_500);
        uint256 before = unitsOf(debtor, BEST);
        bidOf(bob, all(true));
        assertLt(unitsOf(debtor, BEST), before);
        // Nothing leaves a frozen source, whoever holds it.
        vm.expectRevert();
        vm.prank(bob);
        ledger.requestRelease(taker, BEST, ONE_ETH, bytes32(uint256(uint160(bob))), 0);
    }

    /// @dev A line of another source, which nobody has heard of for long: class 2.
    function test_L6_a_frozen_line_is_sold_only_after_all_others_and_after_what_they_leave_in_rounding() public {
        uint16 other = holdElsewhere(4 * ONE_ETH);
        _quarantineAt(1_200e12);
        auction.start(debtor);
        wait_(60);
        uint256 frozen = grossOf(debtor);
        (int256 before, ) = auction.discountOf(debtor);
        bidOf(bob, all(true));
        assertEq(grossOf(debtor), frozen, "a frozen line before another");
        assertLt(unitsOf(debtor, other), 1e6);
        assertGt(unitsOf(debtor, other), 0, "a bid that must not book a loss leaves what it rounds");
        assertEq(lender.lossUnits(), 0);
        (int256 later, ) = auction.discountOf(debtor);
        assertLt(later, before, "the clock of frozen lines is slow");
        bidOf(bob, all(true));
        assertEq(unitsOf(debtor, BEST), 0);
        assertEq(unitsOf(debtor, other), 0);
    }

    function test_attack_5_an_own_protocol_moves_no_frozen_line() public {
        lender.repay(debtor, 5_000e6);
        TestLender own = newLender(false);
        bytes32 isolated = AccountLib.encode(alice, 0, 1);
        vm.startPrank(alice);
        ledger.optIn(isolated, address(own));
        ledger.transfer(debtor, isolated, WORST, 2 * ONE_ETH);
        ledger.setEnabled(isolated, WORST, true);
        vm.stopPrank();
        own.borrow(isolated, 1_000e6);
        vm.prank(bob);
        ledger.optIn(AccountLib.encode(bob, 0, 1), address(own));
        _quarantineAt(900e12);
        auction.start(isolated);
        wait_(600);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, isolated));
        vm.prank(bob);
        auction.bid(isolated, address(own), AccountLib.encode(bob, 0, 1), all(false), "");
    }

    /// @dev They thaw after 72 hours, and are offered for six more.
    function test_frozen_lines_that_nobody_takes_wait_twelve_times_as_long() public {
        _quarantine();
        auction.start(debtor);
        for (uint256 i = 0; i < 12; ++i) {
            _refuseWriteOff();
            _waitSeenFrozen(6 hours);
        }
        _refuseWriteOff();
        _waitSeenFrozen(6 hours + 10 minutes);
        auction.writeOff(debtor, address(lender));
        assertEq(lender.lossUnits(), DEBT);
    }

    /// @dev What is frozen thaws; a small line that is not frozen must not shorten the time for that, whoever brings it.
    function test_a_small_line_beside_frozen_ones_makes_no_loss_due_sooner() public {
        _quarantine();
        auction.start(debtor);
        _waitSeenFrozen(6 hours);
        _refuseWriteOff();
        holdElsewhere(ONE_ETH / 100);
        _refuseWriteOff();
        // The small line itself is sold at its own price, and what it does not pay is no loss yet.
        bidOf(bob, all(true));
        assertEq(lender.lossUnits(), 0);
        assertGt(lender.debtOf(debtor), 0);
    }

    /// @dev Nobody could buy them as what they are now: they are offered from the beginning of the curve, and not at 99 %.
    function test_the_clock_begins_when_lines_thaw() public {
        _quarantineFor(12 hours);
        auction.start(debtor);
        _waitSeenFrozen(12 hours - 10 minutes);
        (int256 slowPpm, uint256 slowS) = auction.discountOf(debtor);
        assertEq(slowS, (12 hours - 10 minutes) / 12);
        assertGt(slowPpm, 120_000);
        _thaw();
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 80);
        assertLt(ppm, 20_000);
        _refuseWriteOff();
        auction.touch(debtor);
        wait_(300);
        (, elapsed) = auction.discountOf(debtor);
        assertGe(elapsed, 300);
        assertLe(elapsed, 380);
    }

    /// @dev Neither by a bid of frozen lines instead of a touch, nor by a small line of another source, which ends the slow sale.
    function test_no_bid_and_no_small_line_makes_frozen_time_count_in_full() public {
        _quarantineFor(12 hours);
        auction.start(debtor);
        holdElsewhere(ONE_ETH / 100);
        for (uint256 i = 0; i < 71; ++i) {
            wait_(10 minutes);
            setPrices(1e12, uint96(risk.priceOf(2).price));
            if (i % 2 == 0) auction.touch(debtor);
            else bidOf(bob, upTo(0.0001e18, true));
        }
        _thaw();
        (int256 ppm, ) = auction.discountOf(debtor);
        assertLt(ppm, 250_000);
        _refuseWriteOff();
    }

    /// @dev And a small frozen line does not lengthen it.
    function test_a_small_frozen_line_makes_no_loss_due_later() public {
        holdElsewhere(20 * ONE_ETH);
        _quarantineAt(500e12);
        auction.start(debtor);
        _waitSeenFrozen(6 hours);
        auction.writeOff(debtor, address(lender));
        assertEq(lender.lossUnits(), DEBT);
    }

    function _refuseWriteOff() private {
        vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
        auction.writeOff(debtor, address(lender));
    }

    /// @dev Prices fall so far that all lines are worth nothing.
    function _breachAway() private {
        wait_(2 hours);
        setPrices(0.0001e12, 0.00001e12);
        refreshNow();
        wait_(2 hours);
        setPrices(0.0001e12, 0.00001e12);
        refreshNow();
    }

    function _quarantine() private {
        _quarantineAt(1_500e12);
    }

    function _quarantineAt(uint96 eth) private {
        crash(eth);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
    }

    function _quarantineFor(uint256 seconds_) private {
        crash(1_500e12);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + seconds_));
    }

    function _thaw() private {
        wait_(10 minutes);
        setPrices(1e12, uint96(risk.priceOf(2).price));
        refreshNow();
    }

    function _waitSeenFrozen(uint256 seconds_) private {
        uint256 end = vm.getBlockTimestamp() + seconds_;
        while (vm.getBlockTimestamp() < end) {
            wait_(10 minutes);
            setPrices(1e12, uint96(risk.priceOf(2).price));
            auction.touch(debtor);
        }
    }
}

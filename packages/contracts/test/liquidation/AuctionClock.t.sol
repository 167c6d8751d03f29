// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {IOutageClock} from "../../solidity/interfaces/IOutageClock.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Building} from "../harness/Building.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice A clock of outages that says what it was told, or nothing.
contract TestClock is IOutageClock {
    bool private down;
    uint40 private resumesAt;
    bool private dead;

    function set(bool down_, uint40 resumesAt_, bool dead_) external {
        (down, resumesAt, dead) = (down_, resumesAt_, dead_);
    }

    function outage() external view returns (bool, uint40) {
        require(!dead, "dead");
        return (down, resumesAt);
    }
}

/// @notice Start, touch, close, and what holds the clock up.
contract AuctionClockTest is AuctionFixture, Building {
    TestClock private outages;

    function clock() internal override returns (IOutageClock) {
        outages = new TestClock();
        return outages;
    }

    // Starting

    function test_anybody_starts_an_auction_below_maintenance() public {
        crash(1_500e12);
        (uint256 assets, uint256 required) = maintenanceOf(debtor);
        vm.expectEmit(address(auction));
        emit ILiquidationAuction.Started(debtor, keeper, required, assets);
        vm.prank(keeper);
        auction.start(debtor);
        assertEq(auction.auctionOf(debtor).starter, keeper);
        assertEq(auction.auctionOf(debtor).startedAt, vm.getBlockTimestamp());
        assertEq(lender.notices(), 1);
        assertGt(lender.provisionWad(), 0, "it may ask what falls to it at once");
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationAuction.AlreadyStarted.selector, debtor, uint40(vm.getBlockTimestamp()))
        );
        auction.start(debtor);
    }

    function test_L2_no_auction_of_a_healthy_account_starts() public {
        crash(1_541e12);
        _refuseStart();
        crash(1_539e12);
        auction.start(debtor);
    }

    function test_L2_the_band_of_a_price_counts_for_the_account() public {
        crash(1_539e12);
        ethFeed.set(1_530e12, 20_000, uint40(vm.getBlockTimestamp() + 1));
        _refuseStart();
        ethFeed.set(1_530e12, 6_300, uint40(vm.getBlockTimestamp() + 2));
        _refuseStart();
        ethFeed.set(1_530e12, 6_100, uint40(vm.getBlockTimestamp() + 3));
        auction.start(debtor);
    }

    function test_L2_a_price_that_lines_wait_for_counts_a_quarter_more() public {
        crash(1_300e12);
        ethFeed.set(1_300e12, 20_001, uint40(vm.getBlockTimestamp() + 1));
        _refuseStart();
        ethFeed.set(1_220e12, 20_001, uint40(vm.getBlockTimestamp() + 2));
        auction.start(debtor);
    }

    /// @dev What the cache holds is low, the feed has recovered: a start takes the price of the feed.
    function test_L2_nobody_starts_at_a_price_that_the_feed_has_left() public {
        crash(1_500e12);
        ethFeed.set(1_600e12, 0, uint40(vm.getBlockTimestamp() + 1));
        _refuseStart();
    }

    function test_refuses_to_start_for_an_account_that_holds_nothing() public {
        vm.startPrank(alice);
        lender.repay(debtor, DEBT);
        for (uint16 id = 1; id <= 4; ++id) ledger.setEnabled(debtor, id, false);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
        auction.start(debtor);
    }

    // The clock

    function test_the_clock_starts_above_the_price_and_ahead_by_what_is_missing() public {
        breach(1_500e12);
        (uint256 assets, uint256 required) = maintenanceOf(debtor);
        uint256 head = (2_000 * (required - assets)) / required;
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, head);
        assertEq(ppm, -10_000 + int256((30_000 * head) / 120));
        wait_(10);
        (, elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, head + 10);
    }

    function test_attack_3_who_hides_meets_ten_minutes_on_the_next_breach() public {
        breach(1_539e12);
        // It recovers without anybody closing, and breaches again hours later.
        crash(1_800e12);
        crash(1_539e12);
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, 600);
        assertLt(ppm, 50_000);
        auction.touch(debtor);
        (, elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, 600, "who looks now has seen nothing of the time before");
        wait_(90);
        (, elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, 690);
    }

    function test_attack_3_a_month_that_nobody_saw_sells_nothing_and_writes_nothing_off() public {
        breach(1_539e12);
        crash(1_800e12);
        wait_(30 days);
        crash(1_539e12);
        auction.touch(debtor);
        wait_(1);
        auction.touch(debtor);
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertEq(elapsed, 601);
        assertLt(ppm, 50_000);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.WriteOffTooEarly.selector, debtor, 601, T3));
        auction.writeOff(debtor, address(lender));
    }

    function test_attack_3_a_bid_is_no_witness_of_the_time_before_it() public {
        breach(1_539e12);
        crash(1_800e12);
        wait_(30 days);
        crash(1_500e12);
        (int256 ppm, ) = auction.discountOf(debtor);
        bidOf(bob, upTo(0.05e18, false));
        (int256 next, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(next, ppm);
        assertLe(elapsed, 680);
    }

    function test_the_clock_runs_with_all_of_its_time_while_it_is_witnessed() public {
        breach(1_500e12);
        (, uint256 head) = auction.discountOf(debtor);
        uint256 start = vm.getBlockTimestamp();
        // Each look comes at the last second at which all of the time before it counts.
        for (uint256 due = 600; due < 10_000; due = 2 * due + 600) {
            vm.warp(start + due);
            setPrices(1e12, 1_500e12);
            refreshNow();
            auction.touch(debtor);
            (, uint256 elapsed) = auction.discountOf(debtor);
            assertEq(elapsed, head + due);
        }
        // One second late: that second does not count.
        vm.warp(start + 18_601);
        setPrices(1e12, 1_500e12);
        refreshNow();
        auction.touch(debtor);
        (, uint256 last) = auction.discountOf(debtor);
        assertEq(last, head + 18_600);
    }

    function test_an_auction_ends_once_all_of_the_only_burden_has_moved() public {
        breach(1_500e12);
        waitSeen(4_350);
        (uint256 share, ) = bidOf(bob, all(false));
        assertEq(share, 1e18, "what a smaller share would leave is dust");
        assertGt(grossOf(debtor), 1e18);
        assertFalse(isRunning());
    }

    function test_attack_3_anybody_closes_what_has_recovered_and_the_next_breach_starts_anew() public {
        breach(1_539e12);
        crash(1_800e12);
        vm.expectEmit(address(auction));
        emit ILiquidationAuction.Closed(debtor, "recovered");
        auction.close(debtor);
        assertEq(lender.provisionWad(), 0);
        crash(1_539e12);
        auction.start(debtor);
        (int256 ppm, ) = auction.discountOf(debtor);
        assertLt(ppm, -9_000);
    }

    function test_attack_4_nobody_resets_the_clock_while_the_account_is_unhealthy() public {
        breach(1_500e12);
        wait_(300);
        vm.expectPartialRevert(ILiquidationAuction.StillUnhealthy.selector);
        auction.close(debtor);
        // Something was taken: now the exit grade is what ends it, not maintenance.
        bidOf(bob, upTo(0.05e18, false));
        lender.repay(debtor, 900e6);
        (uint256 assets, uint256 required) = maintenanceOf(debtor);
        assertGe(assets, required);
        vm.expectPartialRevert(ILiquidationAuction.StillUnhealthy.selector);
        auction.close(debtor);
        auction.touch(debtor);
        lender.repay(debtor, 5_000e6);
        vm.expectEmit(address(auction));
        emit ILiquidationAuction.Closed(debtor, "exit");
        auction.close(debtor);
    }

    function test_nobody_witnesses_what_is_healthy() public {
        breach(1_539e12);
        crash(1_600e12);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        auction.touch(debtor);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NotStarted.selector, taker));
        auction.touch(taker);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NotStarted.selector, taker));
        auction.close(taker);
    }

    function test_what_waited_for_a_price_is_not_sold_at_a_discount_that_nobody_could_bid() public {
        breach(1_300e12);
        waitSeen(300);
        vm.prank(riskAdmin);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
        waitSeen(6 hours);
        assertEq(auction.quote(debtor, address(lender)).wait, bytes32(0), "the dollars are sold on");
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 680);
        assertLt(ppm, 60_000);
    }

    // Stops

    function test_attack_20_a_stop_lasts_six_hours_twice_and_then_rests() public {
        breach(1_500e12);
        uint40 time = uint40(vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, riskAdmin, bytes32("pauser")));
        vm.prank(riskAdmin);
        auction.stop(time + 1 hours);
        vm.startPrank(pauser);
        bytes memory reason = abi.encodeWithSelector(
            ILiquidationAuction.StopRefused.selector,
            uint16(0),
            time + 6 hours + 1,
            uint256(time) + 6 hours
        );
        vm.expectRevert(reason);
        auction.stop(time + 6 hours + 1);
        auction.stop(time + 6 hours);
        wait_(6 hours - 1);
        auction.stop(time + 12 hours - 1);
        wait_(6 hours + 72 hours - 1);
        time = uint40(vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.StopRefused.selector, uint16(0), time + 1, 0));
        auction.stop(time + 1);
        wait_(1);
        auction.stop(time + 2);
        vm.stopPrank();
        assertEq(auction.stopOf(0).streak, 1);
    }

    function test_a_stop_holds_starts_bids_and_write_offs_and_starts_the_clock_again() public {
        breach(1_500e12);
        wait_(200);
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.prank(pauser);
        auction.stop(until);
        bytes memory stopped = abi.encodeWithSelector(ILiquidationAuction.AuctionsStopped.selector, until);
        refuseBid(bob, all(false), stopped);
        vm.expectRevert(stopped);
        auction.start(taker);
        vm.expectRevert(stopped);
        auction.writeOff(debtor, address(lender));
        assertEq(auction.quote(debtor, address(lender)).wait, bytes32("stopped"));
        wait_(1 hours + 7);
        (, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 7 + 80);
        setPrices(1e12, 1_500e12);
        refreshNow();
        bidOf(bob, all(false));
    }

    function test_the_pauser_ends_its_stop() public {
        breach(1_500e12);
        vm.startPrank(pauser);
        auction.stop(uint40(vm.getBlockTimestamp() + 1 hours));
        wait_(10);
        auction.stop(0);
        vm.stopPrank();
        assertEq(auction.stopOf(0).until, vm.getBlockTimestamp());
        bidOf(bob, all(false));
    }

    function test_a_stop_of_a_slot_keeps_its_lines_and_sells_the_others() public {
        breach(1_500e12);
        wait_(60);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, bob, bytes32("riskAdmin")));
        vm.prank(bob);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 1 hours));
        vm.expectPartialRevert(ILiquidationAuction.StopRefused.selector);
        vm.prank(pauser);
        auction.stopSlot(0, uint40(vm.getBlockTimestamp() + 1 hours));
        vm.prank(riskAdmin);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 1 hours));
        (, uint256 assumedWad) = bidOf(bob, all(false));
        // Rounding against the taker leaves a unit while lines wait.
        assertLe(unitsOf(debtor, USD), 1);
        assertEq(unitsOf(debtor, ETH), 10 * ONE_ETH);
        assertLt(assumedWad, 920e18);
        assertEq(lender.lossUnits(), 0, "no loss while lines wait");
        assertTrue(isRunning());
        refuseBid(bob, all(false), abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
    }

    // Outages

    function test_attack_19_a_chain_out_of_order_stops_sales_and_the_clock_starts_after_the_grace() public {
        breach(1_500e12);
        wait_(100);
        outages.set(true, 0, false);
        bytes memory down = abi.encodeWithSelector(ILiquidationAuction.ChainDown.selector);
        refuseBid(bob, all(false), down);
        vm.expectRevert(down);
        auction.start(taker);
        assertEq(auction.quote(debtor, address(lender)).wait, bytes32("down"));
        uint40 resumesAt = uint40(vm.getBlockTimestamp() + 30 minutes);
        outages.set(false, resumesAt, false);
        (, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 80);
        vm.warp(resumesAt + 5);
        (, uint256 later) = auction.discountOf(debtor);
        assertEq(later, elapsed + 5);
    }

    function test_a_dead_clock_stops_nothing() public {
        outages.set(true, 0, true);
        breach(1_500e12);
        bidOf(bob, all(false));
    }

    function test_refuses_a_ledger_without_code() public {
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.LedgerRefused.selector, bob));
        this.build("LiquidationAuction.sol:LiquidationAuction", abi.encode(bob, address(0)));
        // A ledger with code is enough.
        this.build("LiquidationAuction.sol:LiquidationAuction", abi.encode(ledger, address(0)));
    }

    function _refuseStart() private {
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        auction.start(debtor);
    }
}

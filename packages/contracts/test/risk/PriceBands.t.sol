// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {LineMargin} from "../../solidity/interfaces/IRiskManager.sol";
import {LedgerAuctionFixture} from "../protocols/LedgerAuctionFixture.sol";

/// @notice What a price opens: the lower of itself and its slow one, one and a half bands down, and nothing outside of its limits.
/// @dev Alice has 100 USD, 72 at initial, and 20 ETH, 0.72 of their price at initial.
contract PriceBandsTest is LedgerAuctionFixture {
    uint256 private constant UNCERTAIN = 64;
    uint256 private constant DIVERGED = 128;

    function setUp() public override {
        super.setUp();
        _nameAuction();
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
    }

    /// @notice Whoever moves a price up for a minute cannot borrow against it: the slow price has gone a sixtieth of the way.
    function test_I5_a_price_that_has_just_risen_opens_nothing_more() public {
        _feedSays(2_400e12, 0);
        _expectEth(2_000e12, 2_400e12, 0);
        vm.warp(vm.getBlockTimestamp() + 60);
        // 2,000 and a sixtieth of 400.
        uint256 slow = 2_006_666_666_666_666;
        _expectEth(slow, 2_400e12, 0);
        uint256 most = 72e18 + slow * 14_400_000;
        protocol.trade(accountOf(alice), most, most / 2);
        _expectTooLow(most, most + 1);
        protocol.trade(accountOf(alice), most + 1, most / 2);
    }

    /// @notice A quiet feed helps nobody: only the time for which the new price stands moves the slow one, to the second.
    function test_I5_a_jump_after_quiet_hours_opens_only_what_it_has_stood_for() public {
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        refreshNow();
        _feedSays(2_400e12, 0);
        uint256 jumpedAt = vm.getBlockTimestamp();
        _expectEth(2_000e12, 2_400e12, 0);
        vm.warp(jumpedAt + 30 minutes);
        _expectEth(2_200e12, 2_400e12, 0);
        // 2,000 + 400 · 3,599 / 3,600.
        vm.warp(jumpedAt + 1 hours - 1);
        _expectEth(2_399_888_888_888_888, 2_400e12, 0);
        vm.warp(jumpedAt + 1 hours);
        _expectEth(2_400e12, 2_400e12, 0);
    }

    function test_I5_a_price_that_has_fallen_counts_at_once() public {
        _feedSays(1_600e12, 0);
        _expectEth(1_600e12, 1_600e12, 0);
    }

    function test_I5_a_band_counts_one_and_a_half_times_against_what_is_opened() public {
        _feedSays(2_000e12, 10_000);
        _expectEth(1_970e12, 2_000e12, 0);
        _feedSays(2_000e12, 20_000);
        _expectEth(1_940e12, 2_000e12, 0);
    }

    function test_I5_an_uncertain_price_opens_nothing_and_liquidates_nobody() public {
        (, , , , uint256 before, , , ) = ledger.marginOf(accountOf(alice));
        _feedSays(2_000e12, 20_001);
        _expectEth(0, 2_000e12, UNCERTAIN);
        (uint256 aI, , , , uint256 aM, , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, 72e18);
        assertEq(aM, before);
        assertEq(status, UNCERTAIN);
        _expectTooLow(72e18, 73e18);
        protocol.trade(accountOf(alice), 73e18, 1e18);
    }

    function test_I5_a_price_that_left_its_slow_one_opens_nothing_until_that_has_followed() public {
        _feedSays(1_400e12, 0);
        uint256 fellAt = vm.getBlockTimestamp();
        // 1,400 is a quarter below 1,866.67, which the slow price passes after 800 s; nobody needs to poke meanwhile.
        vm.warp(fellAt + 800);
        _expectEth(0, 1_400e12, DIVERGED);
        vm.warp(fellAt + 801);
        _expectEth(1_400e12, 1_400e12, 0);
    }

    /// @notice Poking more often makes the slow price no faster.
    function test_I5_pokes_between_do_not_quicken_the_slow_price() public {
        _feedSays(2_400e12, 0);
        for (uint256 i = 0; i < 30; ++i) _feedSays(2_400e12, 0);
        uint256 slow = lens.marginBreakdown(accountOf(alice))[1].margin.priceInitial;
        assertGt(slow, 2_150e12);
        assertLt(slow, 2_200e12);
    }

    function test_I5_two_faults_of_a_price_are_both_told() public {
        _feedSays(3_000e12, 30_000);
        _expectEth(0, 3_000e12, UNCERTAIN | DIVERGED);
    }

    function _feedSays(uint96 price, uint32 confPpm) private {
        vm.warp(vm.getBlockTimestamp() + 60);
        ethFeed.set(price, confPpm, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](1);
        slots[0] = 2;
        risk.poke(slots);
    }

    function _expectEth(uint256 priceInitial, uint256 price, uint256 status) private view {
        LineMargin memory eth = lens.marginBreakdown(accountOf(alice))[1].margin;
        assertEq(eth.priceInitial, priceInitial, "price at initial");
        assertEq(eth.price, price, "price");
        assertEq(eth.status, status, "status");
        assertEq(eth.initialWad, priceInitial * 14_400_000, "initial");
        assertEq(eth.exitWad, price * 15_200_000, "exit");
        assertEq(eth.maintenanceWad, price * 15_200_000 + price * 950_000, "maintenance");
    }

    function _expectTooLow(uint256 assetsWad, uint256 requiredWad) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), assetsWad, requiredWad)
        );
    }
}

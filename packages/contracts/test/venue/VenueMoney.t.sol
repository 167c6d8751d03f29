// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {Kind, Position} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice Gains become margin in the block in which they arise, and losses are borne by whom they should be.
contract VenueMoneyTest is VenueFixture {
    // One balance

    function test_a_gain_at_one_venue_pays_for_a_loss_at_another_in_the_same_block() public {
        perp(venue, 64e18, 2_000e18);
        perp(other, -64e18, 2_000e18);
        priceAt(2_500e12);
        (uint256 assets, uint256 required) = maintenanceOf(taker);
        assertLt(assets, required, "the loss alone");
        uint256 paid = settle(venue, taker);
        assertGt(paid, 10_000e6);
        assertEq(amountOf(alice, LOCAL), paid, "a line of source 0");
        (assets, required) = maintenanceOf(taker);
        assertGt(assets, required, "with the gain");
        (uint256 initialWad, , , ) = venue.requirementOf(taker);
        assertEq(initialWad, 1, "what is paid out is beyond the requirement here, but the wei of a position");
        requireWhole(venue, 2_500e18);
        requireWhole(other, 2_500e18);
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.NothingToMove.selector, taker));
        this.settleNow(venue, taker);
    }

    function test_advances_no_more_than_its_share_and_realised_gains_in_full() public {
        perp(venue, 40e18, 2_000e18);
        priceAt(2_450e12);
        (int256 cashWad, ) = venue.bookOf(taker);
        assertEq(cashWad, 0);
        uint256 advanced = settle(venue, taker);
        // Of 18,000 what the requirement of 98,000 at its initial grade leaves, which is less than 80 %.
        assertApproxEqAbs(advanced, 8_024e6, 1e6);
        perp(venue, -40e18, 2_450e18);
        uint64 from = applied();
        // Beyond the cap of the asset, too.
        vm.prank(alice);
        assertEq(venue.settle(taker, from, ""), 18_000e6 - advanced);
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.NothingToMove.selector, maker));
        this.settleNow(venue, maker);
        requireWhole(venue, 2_450e18);
    }

    function test_a_venue_that_holds_too_little_pays_what_it_holds() public {
        perp(venue, 100e18, 2_000e18);
        priceAt(2_400e12);
        perp(venue, -100e18, 2_400e18);
        uint64 from = applied();
        // Beyond the cap of the asset: nobody else has that parked.
        vm.prank(alice);
        assertEq(venue.settle(taker, from, ""), FUND);
        (int256 cashWad, ) = venue.bookOf(taker);
        assertEq(cashWad, 10_000e18);
        payIn(venue, bob, maker, 60_000e6);
        assertEq(settle(venue, taker), 10_000e6);
    }

    function settleNow(PerpsAndOptions at, bytes32 account) external {
        settle(at, account);
    }

    // Losses

    function test_a_taker_assumes_the_share_of_the_debt_and_of_every_position() public {
        _lose();
        (uint256 initialWad, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        uint256 burdenWad = venue.burdenOf(taker);
        (int256 before, ) = venue.bookOf(maker);
        assertEq(takeOver(maker, 25e16, burdenWad / 4), 0);
        (uint256 initialAfter, uint256 maintenanceAfter, , ) = venue.requirementOf(taker);
        assertLe(initialAfter, (initialWad * 3) / 4 + 1e15);
        assertLe(maintenanceAfter, (maintenanceWad * 3) / 4 + 1e15);
        assertApproxEqAbs(venue.burdenOf(taker), (burdenWad * 3) / 4, 1e15);
        (, Position[] memory positions) = venue.bookOf(taker);
        assertEq(positions[0].sizeWad, 375e17);
        assertEq(positions[1].sizeWad, -75e17);
        (int256 then, ) = venue.bookOf(maker);
        // A quarter of its gain of 25,000 is cash, and a quarter of Alice's debt is its own: 25,000 less a premium of 1,000.
        assertApproxEqAbs(then, before + 6_250e18 - 6_000e18, 1e6);
        requireWhole(venue, 1_500e18);
    }

    function test_a_loss_takes_the_fund_then_all_positive_cash_alike_and_is_owed_still() public {
        _lose();
        payIn(venue, bob, maker, 10_000e6);
        (int256 makersWad, ) = venue.bookOf(maker);
        assertGt(makersWad, 0);
        uint256 requiredBefore = venue.burdenOf(taker);
        uint256 lossWad = takeOver(0, WAD, 0);
        assertGt(lossWad, 20_000e18);
        assertLt(lossWad, requiredBefore);
        assertEq(venue.writtenOffWad(taker), lossWad);
        assertEq(venue.burdenOf(taker), lossWad, "once, and no more than that");
        (uint256 initialWad, , , ) = venue.requirementOf(taker);
        assertEq(initialWad, lossWad);
        assertEq(venue.fundWad(), 6_000e18, "it bore 24,000, and got the mark of the calls with them");
        requireWhole(venue, 1_500e18);
        // It is repaid to the fund.
        payIn(venue, alice, taker, lossWad / 1e12 + 1);
        assertEq(venue.writtenOffWad(taker), 0);
        assertEq(venue.fundWad(), 6_000e18 + int256(lossWad));
    }

    function test_what_the_fund_lacks_every_winner_bears_by_the_same_share() public {
        perp(venue, 100e18, 2_000e18);
        payIn(venue, bob, maker, 40_000e6);
        priceAt(1_600e12);
        assertEq(takeOver(0, WAD, 0), 40_000e18);
        assertEq(venue.fundWad(), 0);
        (int256 cashWad, ) = venue.bookOf(maker);
        assertEq(cashWad, 30_000e18, "40,000 less what the fund of 30,000 did not bear");
        (, Position[] memory positions) = venue.bookOf(0);
        assertEq(positions[0].sizeWad, 100e18, "the venue's own now");
        requireWhole(venue, 1_600e18);
    }

    /// @dev Cash that came after a loss of everything bears the next one like any other.
    function test_a_loss_of_all_cash_leaves_a_venue_that_shares_the_next_one() public {
        lock(ETH, 100 * ONE_ETH, taker, 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        setPrices(1e12, 1_999e12);
        perp(venue, 100e18, 2_000e18);
        payIn(venue, bob, maker, 5_000e6);
        priceAt(1_600e12);
        takeOver(0, WAD, 0);
        (int256 cashWad, ) = venue.bookOf(maker);
        assertEq(cashWad, 0, "all that there was");
        assertEq(venue.fundWad(), -5_000e18);
        payIn(venue, bob, 0, 5_000e6);
        payIn(venue, bob, maker, 40_000e6);
        perp(venue, 50e18, 1_600e18);
        priceAt(1_400e12);
        assertEq(takeOver(0, WAD, 0), 10_000e18);
        (cashWad, ) = venue.bookOf(maker);
        assertEq(cashWad, 30_000e18, "40,000 less what nobody else bore");
        requireWhole(venue, 1_400e18);
    }

    function test_the_real_auction_sells_lines_for_the_burden() public {
        _lose();
        auction.start(taker);
        vm.warp(vm.getBlockTimestamp() + 60);
        (uint256 assets, uint256 required) = maintenanceOf(taker);
        assertLt(assets, required);
        vm.prank(bob);
        auction.bid(taker, address(venue), maker, BidTerms(1e18, 0, -10_000, false), "");
        (assets, required) = maintenanceOf(taker);
        assertGe(assets, required);
        assertGt(amountOf(bob, USD), 0, "lines of Alice");
        requireWhole(venue, 1_500e18);
    }

    /// @dev Nothing leaves until one of the dates is realised, and yet the ledger must have an answer that it can sell lines for.
    function test_a_loser_with_options_of_two_dates_that_are_over_stays_and_is_sold() public {
        uint40 soon = uint40(vm.getBlockTimestamp() + 600);
        payIn(venue, alice, taker, 12_000e6);
        take(venue, quoteOf(Kind.CALL, soon, 2_000e18, -1e15, 5e18));
        take(venue, quoteOf(Kind.CALL, soon + 1, 2_000e18, -1e15, 5e18));
        perp(venue, 100e18, 2_000e18);
        vm.warp(soon + 10);
        refreshNow();
        setPrices(1e12, 1_500e12);
        (uint256 initialWad, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        assertGt(initialWad, 1e36);
        (uint256 assets, uint256 required) = maintenanceOf(taker);
        assertEq(required, maintenanceWad, "lost 50,000, of which 12,000 were paid in");
        assertLt(assets, required);
        vm.expectPartialRevert(ILedgerProtocols.RequirementLeft.selector);
        vm.prank(alice);
        ledger.optOut(taker, address(venue));
        auction.start(taker);
        venue.priceExpiry(soon);
        venue.priceExpiry(soon + 1);
        // Bob's own are of two dates, too; what is over of Alice's becomes cash in the bid.
        venue.realise(maker);
        vm.prank(bob);
        auction.bid(taker, address(venue), maker, BidTerms(1e18, 0, -10_000, false), "");
        (, Position[] memory positions) = venue.bookOf(taker);
        for (uint256 i = 0; i < positions.length; ++i) assertEq(positions[i].expiry, 0, "over");
        (, positions) = venue.bookOf(maker);
        assertEq(positions.length, 0, "he had sold the perpetuals, and what is over is nobody's");
        requireWhole(venue, 1_500e18);
    }

    function test_only_the_auction_moves_positions() public {
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.NotAuction.selector, address(this), address(auction)));
        venue.takeOver(TakeOver(taker, maker, WAD, 0, address(0), address(0)));
    }

    /// @dev Alice is long 50 perpetuals and short 10 calls, and ETH falls from 2,000 to 1,500.
    function _lose() private {
        perp(venue, 50e18, 2_000e18);
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, 10e18, 100e18));
        priceAt(1_500e12);
    }

    function test_a_winner_settles_at_the_price_that_the_feed_holds_now() public {
        perp(venue, 40e18, 2_000e18);
        priceAt(2_450e12);
        vm.warp(vm.getBlockTimestamp() + 12);
        refreshNow();
        // Nobody has brought this one to the risk manager.
        ethFeed.set(1_900e12, 0, uint40(vm.getBlockTimestamp()));
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.NothingToMove.selector, taker));
        this.settleNow();
    }

    function settleNow() external {
        settle(venue, taker);
    }
}

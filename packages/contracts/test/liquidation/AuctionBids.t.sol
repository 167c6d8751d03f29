// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms, ILiquidationAuction, Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice What bids take from an account that can pay all that it owes.
contract AuctionBidsTest is AuctionFixture {
    uint256 private constant SLACK = 1e15;

    function test_L1_a_bid_for_all_ends_at_the_exit_grade_and_ends_the_auction() public {
        breach(1_500e12);
        wait_(60);
        (uint256 shareWad, uint256 assumedWad) = bidOf(bob, all(false));
        (uint256 assets, uint256 required) = exitOf(debtor);
        assertGe(assets, required);
        assertLe(assets - required, 2 * SLACK, "more than was needed");
        assertLt(shareWad, 1e18);
        assertFalse(isRunning());
        assertApproxEqAbs(lender.debtOf(taker), assumedWad / 1e12, 1);
        assertEq(lender.lossUnits(), 0);
        assertEq(lender.rewarded(), keeper);
        assertEq(lender.provisionWad(), 0, "told that it is over");
    }

    function test_L1_a_millionth_less_would_not_have_done() public {
        breach(1_500e12);
        wait_(60);
        uint256 shareWad = auction.quote(debtor, address(lender)).shareWad;
        bidOf(bob, upTo(shareWad - shareWad / 1e6, false));
        (uint256 assets, uint256 required) = exitOf(debtor);
        assertLt(assets, required);
        assertTrue(isRunning());
        bidOf(bob, all(false));
        assertFalse(isRunning());
    }

    function test_L3_lines_are_never_given_below_the_price_of_the_moment() public {
        uint256[6] memory moments = [uint256(0), 39, 60, 119, 400, 1_800];
        for (uint256 i = 0; i < moments.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            breach(1_500e12);
            waitSeen(moments[i]);
            (int256 ppm, ) = auction.discountOf(debtor);
            uint256 before = grossOf(debtor);
            (, uint256 assumedWad) = bidOf(bob, all(false));
            assertLe((before - grossOf(debtor)) * uint256(1_000_000 - ppm), assumedWad * 1e6);
            // Nor is it far above: units of lines and of the lender's token are all that is rounded.
            assertApproxEqRel((before - grossOf(debtor)) * uint256(1_000_000 - ppm), assumedWad * 1e6, 1e12);
            vm.revertToState(snapshot);
        }
    }

    function test_L3_attack_2_three_bids_in_one_second_give_no_more_than_one() public {
        breach(1_500e12);
        wait_(60);
        uint256 gross = grossOf(debtor);
        uint256 snapshot = vm.snapshotState();
        (uint256 shareWad, uint256 onceWad) = bidOf(bob, all(false));
        uint256 once = gross - grossOf(debtor);
        vm.revertToState(snapshot);
        uint256 paidWad;
        for (uint256 i = 0; i < 3 && isRunning(); ++i) {
            (, uint256 assumedWad) = bidOf(bob, i == 2 ? all(false) : upTo(shareWad / 3, false));
            paidWad += assumedWad;
        }
        uint256 thrice = gross - grossOf(debtor);
        // What is bought costs at least as much each.
        assertGe((paidWad * 1e18) / thrice, (onceWad * 1e18) / once - 1e9);
    }

    function test_L4_a_bid_moves_units_and_burdens_and_keeps_nothing() public {
        fund(bob, 30_000e6, lender);
        breach(1_500e12);
        wait_(60);
        uint256[5] memory sums;
        for (uint16 id = 1; id <= 4; ++id) sums[id] = unitsOf(debtor, id) + unitsOf(taker, id);
        uint256 owed = lender.debtOf(debtor);
        (uint256 shareWad, uint256 assumedWad) = bidOf(bob, all(true));
        for (uint16 id = 1; id <= 4; ++id) {
            assertEq(unitsOf(debtor, id) + unitsOf(taker, id), sums[id]);
            assertEq(unitsOf(accountOf(address(auction)), id), 0);
        }
        assertEq(token.balanceOf(address(auction)), 0);
        assertEq(token.allowance(address(auction), address(lender)), 0);
        // Relieved = assumed but for the fee of a hundredth.
        uint256 relieved = owed - lender.debtOf(debtor);
        assertApproxEqAbs(relieved, (shareWad * owed) / 1e18, 1);
        assertApproxEqAbs((relieved * 101) / 100, assumedWad / 1e12, 2);
    }

    function test_cash_pays_the_burden_off_in_the_call() public {
        fund(bob, 30_000e6, lender);
        breach(1_500e12);
        wait_(60);
        (, uint256 assumedWad) = bidOf(bob, all(true));
        assertEq(lender.debtOf(taker), 0);
        assertEq(lender.paidUnits(), assumedWad / 1e12);
        assertEq(token.balanceOf(bob), 30_000e6 - assumedWad / 1e12);
        assertGt(lender.feeUnits(), 0);
    }

    function test_what_cash_does_not_cover_is_owed() public {
        fund(bob, 100e6, lender);
        breach(1_500e12);
        wait_(60);
        (, uint256 assumedWad) = bidOf(bob, all(true));
        assertEq(lender.debtOf(taker), assumedWad / 1e12 - 100e6);
    }

    function test_L11_a_taker_without_margin_is_refused_by_the_gate() public {
        address poor = makeAddr("poor");
        optIn(poor, lender);
        breach(1_500e12);
        wait_(60);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        bidOf(poor, all(false));
        fund(poor, 30_000e6, lender);
        bidOf(poor, all(true));
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(poor));
        assertGe(aI, qI);
    }

    function test_L11_a_taker_that_owes_more_has_its_initial_margin() public {
        breach(1_500e12);
        wait_(60);
        bidOf(bob, all(false));
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(taker);
        assertGt(qI, 0);
        assertGe(aI, qI);
    }

    function test_L6_the_smallest_haircut_goes_first_and_nothing_before_it_is_left() public {
        fund(bob, 30_000e6, lender);
        breach(1_500e12);
        wait_(60);
        Quote memory offer = auction.quote(debtor, address(lender));
        uint16[4] memory order = [BEST, USD, ETH, WORST];
        uint256 cut;
        for (uint256 i = 0; i < offer.assetIds.length; ++i) {
            assertEq(offer.assetIds[i], order[i]);
            bool whole = offer.amounts[i] == unitsOf(debtor, order[i]);
            if (!whole) ++cut;
            assertTrue(whole || i == offer.assetIds.length - 1, "a line after one that is left");
        }
        assertLe(cut, 1);
        bidOf(bob, all(true));
        assertEq(unitsOf(debtor, BEST), 0);
        assertEq(unitsOf(debtor, WORST), 4 * ONE_ETH);
    }

    function test_a_quote_says_what_the_bid_does() public {
        breach(1_500e12);
        wait_(100);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.wait, bytes32(0));
        vm.prank(bob);
        (uint256 shareWad, uint256 assumedWad, uint16[] memory ids, uint128[] memory amounts) = auction.bid(
            debtor,
            address(lender),
            taker,
            all(false),
            ""
        );
        assertEq(shareWad, offer.shareWad);
        assertEq(assumedWad, offer.assumedWad);
        assertEq(abi.encode(ids), abi.encode(offer.assetIds));
        assertEq(abi.encode(amounts), abi.encode(offer.amounts));
    }

    function test_a_taker_gets_no_less_than_it_asked_for() public {
        breach(1_500e12);
        (int256 ppm, ) = auction.discountOf(debtor);
        BidTerms memory terms = BidTerms(1e18, 0, int32(ppm) + 1, false);
        refuseBid(bob, terms, abi.encodeWithSelector(ILiquidationAuction.DiscountTooSmall.selector, ppm, ppm + 1));
        uint256 shareWad = auction.quote(debtor, address(lender)).shareWad;
        terms = BidTerms(1e18, uint64(shareWad + 1), int32(ppm), false);
        bytes memory reason = abi.encodeWithSelector(
            ILiquidationAuction.ShareTooSmall.selector,
            shareWad,
            shareWad + 1
        );
        refuseBid(bob, terms, reason);
        terms.shareMinWad = uint64(shareWad);
        bidOf(bob, terms);
    }

    function test_attack_2_a_fill_of_a_rival_clamps_the_next_bid_and_blocks_nobody() public {
        breach(1_500e12);
        wait_(60);
        // The smallest bid that takes a unit.
        bidOf(bob, upTo(1e9, false));
        assertTrue(isRunning());
        bidOf(bob, all(false));
        assertFalse(isRunning());
    }

    function test_attack_2_a_small_rest_goes_with_the_bid_unless_the_taker_limits_its_share() public {
        lender.repay(debtor, DEBT - 400e6);
        crash(2_000e12);
        // Only the two worst lines are left to her, and they are worth little.
        vm.prank(alice);
        ledger.setEnabled(debtor, ETH, false);
        vm.startPrank(alice);
        ledger.setEnabled(debtor, BEST, false);
        ledger.setEnabled(debtor, WORST, false);
        vm.stopPrank();
        lender.borrow(debtor, 160e6);
        wait_(2 hours);
        setPrices(0.8e12, 2_000e12);
        refreshNow();
        auction.start(debtor);
        wait_(60);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.shareWad, 1e18, "less than 500 would be left");
        uint256 snapshot = vm.snapshotState();
        bidOf(bob, upTo(0.1e18, false));
        assertGt(lender.debtOf(debtor), 0);
        vm.revertToState(snapshot);
        bidOf(bob, all(false));
        assertEq(lender.debtOf(debtor), 0);
    }

    function test_refuses_a_bid_for_what_no_auction_sells() public {
        crash(1_500e12);
        refuseBid(bob, all(false), abi.encodeWithSelector(ILiquidationAuction.NotStarted.selector, debtor));
        auction.start(debtor);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, debtor, bob));
        vm.prank(bob);
        auction.bid(debtor, bob, taker, all(false), "");
        refuseBid(bob, upTo(0, false), abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.TakerRefused.selector, bob, debtor));
        vm.prank(bob);
        auction.bid(debtor, address(lender), debtor, all(false), "");
    }

    function test_attack_1_nobody_takes_its_own_lines() public {
        breach(1_500e12);
        wait_(60);
        vm.expectPartialRevert(bytes4(keccak256("AccountRefused(bytes32)")));
        bidOf(alice, all(false));
    }

    function test_L2_a_bid_is_refused_once_the_account_is_healthy_again() public {
        breach(1_500e12);
        wait_(60);
        // A deposit that nobody told the auction of.
        lender.repay(debtor, 6_000e6);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        bidOf(bob, all(false));
    }

    /// @dev The feed has recovered, the cache has not: whoever bids takes the price of the feed.
    function test_L2_a_bid_at_a_price_that_the_feed_has_left_is_refused() public {
        breach(1_500e12);
        wait_(60);
        ethFeed.set(2_000e12, 0, uint40(vm.getBlockTimestamp()));
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        bidOf(bob, all(false));
    }

    function test_L12_what_has_not_seasoned_keeps_its_season_at_the_taker() public {
        lender.borrow(debtor, 800e6);
        // A top-up above the season level: it counts for maintenance at once and does not leave.
        lock(BEST, 3_000 * ONE_ETH, accountOf(makeAddr("crowd")), 0);
        applyAll();
        lock(BEST, 1 * ONE_ETH, debtor, 0);
        applyAll();
        assertEq(ledger.lineOf(debtor, BEST).unseasoned, 1 * ONE_ETH);
        uint256 end = ledger.lineOf(debtor, BEST).seasonEnd;
        wait_(1);
        setPrices(1e12, 1_501e12);
        auction.start(debtor);
        wait_(60);
        fund(bob, 30_000e6, lender);
        bidOf(bob, all(true));
        assertEq(ledger.lineOf(taker, BEST).unseasoned, 1 * ONE_ETH);
        assertEq(ledger.lineOf(taker, BEST).seasonEnd, end);
    }
}

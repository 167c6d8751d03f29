// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Single moves of `takeOver`, to the unit, as the auction calls it.
contract MarketTakeOverTest is MarketFixture {
    function test_a_loss_of_one_unit_is_booked_and_none_where_all_is_assumed() public {
        borrow(alice, DEBT);
        takeOver(0.5e18, DEBT / 2);
        assertEq(market.lossCount(), 0);
        takeOver(1e18, DEBT / 2 - 1);
        assertEq(market.lossCount(), 1);
        assertEq(lostOf(debtor), 1);
    }

    function test_all_of_a_debt_of_more_shares_than_a_share_has_parts_leaves_none() public {
        lend(carol, 2_000_000e6);
        crash(200_000e12);
        borrow(alice, 1_500_000e6);
        takeOver(1e18, 1_500_000e6);
        assertEq(debtOf(debtor), 0);
    }

    function test_all_of_a_position_leaves_no_provision() public {
        borrow(alice, DEBT);
        breach(1_000e12);
        assertGt(provisionOf(debtor), 0);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, 1e18, 0, address(0), address(0)));
        assertEq(provisionOf(debtor), 0);
    }

    function test_what_nobody_assumes_is_lost_whatever_value_the_auction_names() public {
        borrow(alice, DEBT);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, 1e18, 5e18, address(0), address(0)));
        assertEq(lostOf(debtor), DEBT);
    }

    function test_losses_of_an_asset_with_eighteen_decimals_come_back_to_the_unit() public {
        token = new PlainToken("USDY", 18);
        MarketTerms memory terms = termsOf();
        (terms.keeperMost, terms.least, terms.debtCap) = (50e18, 1_000e18, 1e27);
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        optIn(bob, market);
        lend(carol, 60_000e18);
        borrow(alice, 21_000e18);
        takeOver(1e18, 0);
        assertEq(lostOf(debtor), 21_000e18);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 1e18, 21_000e18, address(0), address(0)));
        assertEq(lostOf(debtor), 0);
    }

    function test_a_single_unit_is_paid_by_a_payer_that_allows_it() public {
        borrow(alice, DEBT);
        uint256 balance = token.balanceOf(bob);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 1, 1e12, bob, address(0)));
        assertEq(balance - token.balanceOf(bob), 1);
        assertEq(debtOf(taker), 0);
    }

    /// @dev Lets the taker assume units for a share of what the debtor owes.
    function takeOver(uint256 shareWad, uint256 units) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, shareWad, units * 1e12, address(0), address(0)));
    }
}

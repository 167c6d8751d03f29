// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketFixture} from "./MarketFixture.sol";

/// @notice Who starts an auction is paid out of the fee of the first bid that counts.
contract MarketStarterTest is MarketFixture {
    function test_attack_2_a_bid_for_next_to_nothing_takes_no_starter_its_reward() public {
        borrow(alice, DEBT);
        breach(1_300e12);
        wait_(60);
        bidUpTo(1, true);
        bidUpTo(1e12, true);
        assertEq(market.balanceOf(keeper), 0);
        bidAll(true);
        uint256 reward = market.previewRedeem(market.balanceOf(keeper));
        assertApproxEqAbs(reward, 50e6, 1, "all that it was promised");
    }

    function test_a_starter_is_paid_once_by_the_first_bid_that_takes_no_dust() public {
        borrow(alice, DEBT);
        breach(1_300e12);
        wait_(60);
        bidUpTo(0.1e18, true);
        uint256 shares = market.balanceOf(keeper);
        assertApproxEqAbs(market.previewRedeem(shares), 21e6, 0.1e6, "the fee of a tenth of the debt");
        bidAll(true);
        assertEq(market.balanceOf(keeper), shares);
    }

    function test_a_starter_is_paid_by_a_bid_for_little_that_leaves_nothing_to_do() public {
        borrow(alice, DEBT);
        breach(1_365e12);
        wait_(60);
        vm.prank(alice);
        market.repay(debtor, 20_600e6);
        crash(25e12);
        (, uint256 assumed) = bidAll(true);
        assertLt(assumed, 500e18);
        assertGt(market.balanceOf(keeper), 0);
    }
}

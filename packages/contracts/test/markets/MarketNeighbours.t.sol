// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Market} from "../../solidity/markets/Market.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Alice owes two markets, and her lines are worth nothing.
contract MarketNeighboursTest is MarketFixture {
    Market private other;

    function setUp() public override {
        super.setUp();
        other = newMarket(termsOf());
        list(other);
        optIn(alice, other);
        borrow(alice, 8_000e6);
        token.mint(carol, 60_000e6);
        vm.startPrank(carol);
        token.approve(address(other), type(uint256).max);
        other.deposit(60_000e6, carol);
        vm.stopPrank();
        vm.prank(alice);
        other.borrow(debtor, 8_000e6, alice);
    }

    /// @dev Who tells one market of its loss ends the auction; what the other will lose stays foreseeable.
    function test_attack_10_the_loss_of_one_market_hides_that_of_another_from_nobody() public {
        breach(1_000e12);
        crash(0.01e12);
        market.onAuction(debtor);
        other.onAuction(debtor);
        assertGt(provisionOf(debtor), 7_990e6);
        (, , uint256 before) = other.positionOf(debtor);
        assertGt(before, 7_990e6);
        crash(0.01e12);
        auction.writeOff(debtor, address(market));
        assertEq(auction.auctionOf(debtor).startedAt, 0);
        (, , uint256 then) = other.positionOf(debtor);
        assertGe(then, before, "its lenders could leave before its loss is booked");
        assertEq(provisionOf(debtor), 0, "what is booked is foreseeable no longer");
        auction.writeOff(debtor, address(other));
        (, , then) = other.positionOf(debtor);
        assertEq(then, 0);
    }
}

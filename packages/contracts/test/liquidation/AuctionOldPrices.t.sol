// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice A price above six hours old of a feed that fails.
contract AuctionOldPricesTest is AuctionFixture {
    /// @dev The feed has reverted for seven hours, and the risk manager knows it. It is not a feed that is quiet.
    function test_nothing_is_sold_for_a_day_at_the_last_price_of_a_feed_that_fails() public {
        breach(1_500e12);
        vm.etch(address(usdFeed), hex"60006000fd");
        wait_(7 hours);
        refreshNow();
        ethFeed.set(1_500e12, 0, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](2);
        (slots[0], slots[1]) = (1, 2);
        risk.poke(slots);
        assertTrue(risk.priceOf(1).failing);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertGt(offer.assetIds.length, 0);
        for (uint256 i = 0; i < offer.assetIds.length; ++i) assertNotEq(offer.assetIds[i], USD);
    }
}

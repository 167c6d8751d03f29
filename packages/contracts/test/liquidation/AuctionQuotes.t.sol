// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms, Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {IOutageClock} from "../../solidity/interfaces/IOutageClock.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {IEdge} from "../../solidity/edge/IEdge.sol";
import {TestClock} from "./AuctionClock.t.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice A quote says what a bid would do, or the one reason why nobody can bid.
contract AuctionQuotesTest is AuctionFixture {
    TestClock private outages;

    function clock() internal override returns (IOutageClock) {
        outages = new TestClock();
        return outages;
    }

    function test_a_quote_is_what_a_bid_takes() public {
        breach(1_500e12);
        wait_(60);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.wait, 0);
        vm.prank(bob);
        (uint256 shareWad, uint256 assumedWad, uint16[] memory ids, uint128[] memory amounts) = auction.bid(
            debtor,
            address(lender),
            taker,
            BidTerms(1e18, uint64(offer.shareWad), int32(offer.ppm), false),
            ""
        );
        assertEq(shareWad, offer.shareWad);
        assertEq(assumedWad, offer.assumedWad);
        assertEq(abi.encode(ids, amounts), abi.encode(offer.assetIds, offer.amounts));
        assertEq(offer.lossWad, 0);
    }

    /// @dev The first auction ended at the exit grade, and in the six hours after it the ledger would let lines go up to that grade. A second
    ///      one that anybody starts in a dip sells nothing once the account is above maintenance again: nothing was taken in it.
    function test_a_bid_is_refused_where_a_quote_says_that_the_account_is_healthy() public {
        breach(1_500e12);
        wait_(60);
        bidOf(bob, all(false));
        assertFalse(isRunning());
        crash(1_350e12);
        auction.start(debtor);
        crash(1_440e12);
        (uint256 assets, uint256 required) = maintenanceOf(debtor);
        assertGe(assets, required);
        _expectWait("healthy");
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, debtor, assets, required));
        bidOf(bob, all(false));
    }

    function test_a_quote_names_a_stop_before_anything_else() public {
        breach(1_500e12);
        vm.prank(pauser);
        auction.stop(uint40(vm.getBlockTimestamp() + 1 hours));
        outages.set(true, 0, false);
        _expectWait("stopped");
    }

    function test_a_quote_names_an_outage_of_the_chain() public {
        breach(1_500e12);
        outages.set(true, 0, false);
        _expectWait("down");
    }

    function test_a_quote_says_that_nobody_started() public {
        crash(1_500e12);
        _expectWait("unstarted");
    }

    function test_a_quote_says_that_the_account_is_healthy_again() public {
        breach(1_500e12);
        setPricesAfter(1_600e12);
        _expectWait("healthy");
    }

    function test_a_quote_says_that_every_line_waits() public {
        breach(1_500e12);
        // Ether's price is older than its slot allows, and than six hours. The dollar's may be a day old, and sells until then.
        wait_(7 hours);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.assetIds.length, 1);
        assertEq(offer.assetIds[0], USD);
        wait_(risk.priceOf(1).maxAgeS);
        _expectWait("nothing");
    }

    /// @dev A caller who brings too little gas must not make a clock look dead.
    function test_a_clock_is_asked_with_enough_gas_or_not_at_all() public {
        breach(1_500e12);
        outages.set(true, 0, false);
        // Below what the guard needs and above what reaching it costs.
        (bool done, bytes memory answer) = address(auction).call{gas: 45_000}(
            abi.encodeCall(auction.quote, (debtor, address(lender)))
        );
        assertFalse(done);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
    }

    function setPricesAfter(uint96 eth) private {
        wait_(1 minutes);
        setPrices(1e12, eth);
    }

    function _expectWait(bytes32 reason) private view {
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.wait, reason);
        assertEq(offer.shareWad, 0);
        assertEq(offer.assetIds.length, 0);
    }
}

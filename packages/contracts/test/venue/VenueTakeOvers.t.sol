// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {Kind} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {BidTerms, ILiquidationAuction, Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {TestTaker} from "../liquidation/TestTaker.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice A taker owes what it was given lines for, whatever it does between the size of its bid and the venue's part in it.
/// @dev Alice is long 50 perpetuals and short 10 calls, and ETH fell from 2,000 to 1,500. The taker is a contract with 40 ETH.
contract VenueTakeOversTest is VenueFixture {
    TestTaker private buyer;
    bytes32 private mine;

    function setUp() public override {
        super.setUp();
        buyer = new TestTaker(ledger, auction);
        mine = accountOf(address(buyer));
        lock(ETH, 40 * ONE_ETH, mine, 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        setPrices(1e12, 2_000e12);
        buyer.call(address(ledger), abi.encodeCall(ledger.optIn, (mine, address(venue))));
        perp(venue, 50e18, 2_000e18);
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, 10e18, 100e18));
        priceAt(1_500e12);
        auction.start(taker);
        vm.warp(vm.getBlockTimestamp() + 60);
    }

    /// @dev The test's feed as one that takes whichever newer price was signed.
    function bringPrice(uint96 eth) external {
        setPrices(1e12, eth);
    }

    function test_a_taker_that_brings_a_price_in_its_callback_owes_no_less_than_it_got_lines_for() public {
        uint256 mostWad = _burdenAt(1_900e12);
        Quote memory offer = auction.quote(taker, address(venue));
        mostWad = Math.mulDiv(mostWad, offer.shareWad, WAD, Math.Rounding.Ceil);
        buyer.prepare(address(this), abi.encodeCall(this.bringPrice, (1_900e12)), false);
        vm.expectRevert(_tooLarge(offer.assumedWad, mostWad));
        _bid();
        // By what it brings first its bid is sized.
        this.bringPrice(1_505e12);
        offer = auction.quote(taker, address(venue));
        buyer.prepare(address(0), "", false);
        _bid();
        assertApproxEqAbs(venue.burdenOf(mine), offer.assumedWad, 1e6);
    }

    function test_a_taker_that_brings_a_worse_price_is_refused_by_the_auction() public {
        buyer.prepare(address(this), abi.encodeCall(this.bringPrice, (1_499e12)), false);
        vm.expectPartialRevert(ILiquidationAuction.NoRelief.selector);
        _bid();
    }

    function test_a_taker_that_pays_for_the_account_in_its_callback_is_refused() public {
        token.mint(address(buyer), 2_000e6);
        buyer.call(address(token), abi.encodeCall(token.approve, (address(venue), 2_000e6)));
        buyer.prepare(address(venue), abi.encodeCall(venue.pay, (taker, 1_000e6)), false);
        vm.expectPartialRevert(PerpsAndOptions.TakeOverTooLarge.selector);
        _bid();
        Quote memory offer = auction.quote(taker, address(venue));
        buyer.prepare(address(venue), abi.encodeCall(venue.pay, (mine, 1_000e6)), false);
        _bid();
        assertApproxEqAbs(venue.burdenOf(mine), offer.assumedWad - 1_000e18, 1e6, "for itself it may");
    }

    function test_a_share_moves_at_the_price_that_the_feed_holds_now() public {
        uint256 cachedWad = venue.burdenOf(taker);
        uint256 presentWad = _burdenAt(1_900e12);
        // Nobody has brought this one to the risk manager.
        ethFeed.set(1_900e12, 0, uint40(vm.getBlockTimestamp()));
        vm.expectRevert(_tooLarge(cachedWad, presentWad));
        takeOver(maker, WAD, cachedWad);
        assertEq(takeOver(maker, WAD, presentWad), 0);
        requireWhole(venue, 1_900e18);
    }

    function test_a_loss_is_booked_at_the_price_that_the_feed_holds_now() public {
        uint256 state = vm.snapshotState();
        this.bringPrice(1_900e12);
        uint256 lossWad = takeOver(0, WAD, 0);
        vm.revertToState(state);
        ethFeed.set(1_900e12, 0, uint40(vm.getBlockTimestamp()));
        assertEq(takeOver(0, WAD, 0), lossWad);
        assertLt(lossWad, 10_000e18, "more than 20,000 were lost at the former price");
    }

    function testFuzz_an_auction_asks_for_no_more_than_the_venue_takes(uint64 share, uint64 written) public {
        takeOver(0, bound(written, 0, 3e17), 0);
        uint256 shareWad = bound(share, 1, WAD);
        uint256 assumedWad = Math.mulDiv(venue.burdenOf(taker), shareWad, WAD, Math.Rounding.Ceil);
        vm.expectRevert(_tooLarge(assumedWad + 1, assumedWad));
        takeOver(maker, shareWad, assumedWad + 1);
        assertEq(takeOver(maker, shareWad, assumedWad), 0);
        requireWhole(venue, 1_500e18);
    }

    /// @dev Whoever wins here asks nothing of the account's lines: a bid for this venue would take them for nothing.
    function test_a_position_that_needs_nothing_burdens_nobody() public {
        this.bringPrice(2_450e12);
        (, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        assertEq(maintenanceWad, 0, "won 22,500");
        assertEq(venue.burdenOf(taker), 0);
        assertEq(takeOver(maker, WAD, 0), 0);
    }

    function test_nobody_assumes_nothing() public {
        vm.expectRevert(_tooLarge(1, 0));
        takeOver(0, WAD, 1);
    }

    function _burdenAt(uint96 eth) private returns (uint256 burdenWad) {
        uint256 state = vm.snapshotState();
        this.bringPrice(eth);
        burdenWad = venue.burdenOf(taker);
        vm.revertToState(state);
    }

    function _tooLarge(uint256 assumedWad, uint256 mostWad) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PerpsAndOptions.TakeOverTooLarge.selector, assumedWad, mostWad);
    }

    function _bid() private {
        buyer.bid(taker, address(venue), mine, BidTerms(1e18, 0, -10_000, false), "callback");
    }
}

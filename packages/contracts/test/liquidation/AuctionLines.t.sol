// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {TestFeed} from "../feeds/TestFeed.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice Lines that are not plain: priced twice, of an asset that is short of tokens, emptied, and sixteen of them.
contract AuctionLinesTest is AuctionFixture {
    uint16 private constant WRAPPED = 5;
    uint16 private constant OWN_SLOT = 3;
    TestFeed private ownFeed;

    // A wrapper has a price of its own beside the underlying's

    function test_the_lower_of_two_prices_values_a_line() public {
        _holdWrapped(1_900e12);
        _breachWrapped(1_300e12, 1_200e12);
        wait_(60);
        Quote memory offer = auction.quote(debtor, address(lender));
        uint256 units = _takenOf(offer, WRAPPED);
        assertGt(units, 0, "the wrapper is sold");
        uint256 grossWad = units * 1_200 + (_takenOf(offer, USD) * 1e12);
        grossWad += (_takenOf(offer, ETH) + _takenOf(offer, BEST) + _takenOf(offer, WORST)) * 1_300;
        assertApproxEqAbs((grossWad * uint256(1e6 - offer.ppm)) / 1e6, offer.assumedWad, 1e13, "at the lower price");
        bidOf(bob, all(false));
        (uint256 assets, uint256 required) = exitOf(debtor);
        assertGe(assets, required);
    }

    function test_a_line_waits_for_the_price_of_its_own() public {
        _holdWrapped(1_900e12);
        _breachWrapped(1_300e12, 1_200e12);
        wait_(60);
        assertGt(_takenOf(auction.quote(debtor, address(lender)), WRAPPED), 0, "sold while its price is narrow");
        ownFeed.set(1_200e12, 20_001, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](1);
        slots[0] = OWN_SLOT;
        risk.poke(slots);
        assertEq(_takenOf(auction.quote(debtor, address(lender)), WRAPPED), 0, "too wide a band");
        assertGt(_takenOf(auction.quote(debtor, address(lender)), BEST), 0, "other lines of the underlying are sold");
    }

    // A feed takes a slot over from another, and errs by less than what makes a price diverged

    function test_a_new_feed_that_errs_starts_nothing_before_somebody_can_stop_it() public {
        uint40 takenOverAt = _takeOverEth(1_530e12);
        (uint256 assets, uint256 required) = maintenanceOf(debtor);
        assertLt(assets, required, "unhealthy at the new feed's price");
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        auction.start(debtor);
        vm.warp(takenOverAt + 30 minutes);
        _pokeEth(1_530e12);
        auction.start(debtor);
        assertTrue(isRunning());
    }

    function test_an_auction_that_runs_sells_none_of_a_slot_whose_feed_is_new() public {
        breach(1_500e12);
        wait_(60);
        assertGt(_takenOf(auction.quote(debtor, address(lender)), BEST), 0);
        uint40 takenOverAt = _takeOverEth(1_400e12);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(_takenOf(offer, BEST) + _takenOf(offer, ETH) + _takenOf(offer, WORST), 0);
        assertGt(_takenOf(offer, USD), 0, "the dollars are sold on");
        vm.warp(takenOverAt + 30 minutes);
        _pokeEth(1_400e12);
        assertGt(_takenOf(auction.quote(debtor, address(lender)), BEST), 0);
    }

    // An asset that is short of tokens

    function test_a_line_of_a_short_asset_leaves_with_all_of_its_units() public {
        _shortEth(0.5e18);
        lender.repay(debtor, DEBT / 3);
        breach(1_100e12);
        Quote memory offer = auction.quote(debtor, address(lender));
        uint128 held = uint128(unitsOf(debtor, ETH));
        uint256 share = _takenOf(offer, ETH);
        assertEq(share, held, "half counts, and all of them leave");
        bidOf(bob, all(false));
        assertEq(unitsOf(debtor, ETH), 0);
    }

    // Lines that hold nothing

    function test_an_emptied_line_takes_no_part() public {
        breach(1_500e12);
        wait_(90);
        bidOf(bob, upTo(0.3e18, false));
        assertEq(unitsOf(debtor, BEST), 0, "the first in order is gone");
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(_takenOf(offer, BEST), 0);
        for (uint256 i = 0; i < offer.amounts.length; ++i) assertGt(offer.amounts[i], 0);
    }

    // Sixteen lines

    function test_L16_a_bid_takes_sixteen_lines_at_once() public {
        for (uint16 id = 5; id <= 16; ++id) {
            vm.prank(governor);
            ledger.listAsset(_listing(id, 8_000, 8_500));
            lock(id, ONE_ETH, debtor, 0);
            vm.prank(alice);
            ledger.setEnabled(debtor, id, true);
        }
        applyAll();
        lender.borrow(debtor, 12_000e6);
        breach(700e12);
        Quote memory offer = auction.quote(debtor, address(lender));
        assertEq(offer.assetIds.length, 16);
        bidOf(bob, all(false));
        for (uint16 id = 1; id <= 16; ++id) assertEq(unitsOf(debtor, id), 0);
        assertFalse(isRunning());
    }

    // What the tests are made of

    function _holdWrapped(uint96 ownPrice) private {
        ownFeed = new TestFeed();
        ownFeed.set(ownPrice, 0, uint40(vm.getBlockTimestamp()));
        AssetListing memory one = _listing(WRAPPED, 8_000, 8_500);
        one.ownPrice = OWN_SLOT;
        vm.prank(governor);
        risk.listUnderlying(OWN_SLOT, address(ownFeed), 1 hours);
        _pokeOwn(ownPrice);
        vm.prank(governor);
        ledger.listAsset(one);
        lock(WRAPPED, 6 * ONE_ETH, debtor, 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(debtor, WRAPPED, true);
        lender.borrow(debtor, 6_000e6);
    }

    function _takeOverEth(uint96 price) private returns (uint40 at) {
        at = uint40(vm.getBlockTimestamp());
        ethFeed = new TestFeed();
        vm.prank(governor);
        risk.listUnderlying(2, address(ethFeed), 1 hours);
        vm.warp(at + 1);
        _pokeEth(price);
    }

    function _pokeEth(uint96 price) private {
        setPrices(1e12, price);
        refreshNow();
    }

    function _breachWrapped(uint96 eth, uint96 ownPrice) private {
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        _pokeOwn(ownPrice);
        crash(eth);
        _pokeOwn(ownPrice);
        auction.start(debtor);
    }

    function _pokeOwn(uint96 price) private {
        ownFeed.set(price, 0, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](1);
        slots[0] = OWN_SLOT;
        risk.poke(slots);
    }

    /// @dev The vault reports that a part of what it accounts for in ETH has no tokens; a week later that is in force.
    function _shortEth(uint256 coverageWad) private {
        uint128 accounted = 70 * ONE_ETH;
        uint128 deficit = uint128(accounted - (accounted * coverageWad) / 1e18);
        append(journal, Entry(EntryCodec.SHORTFALL, ETH, deficit, 0, bytes32(uint256(accounted)), 0));
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        setPrices(1e12, 2000e12);
        refreshNow();
        ledger.cover(ETH);
    }

    function _takenOf(Quote memory offer, uint16 assetId) private pure returns (uint256 units) {
        for (uint256 i = 0; i < offer.assetIds.length; ++i) {
            if (offer.assetIds[i] == assetId) units = offer.amounts[i];
        }
    }
}

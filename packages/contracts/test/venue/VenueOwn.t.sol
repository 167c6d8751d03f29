// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {VenueBooks} from "@surety/examples/perps-and-options/solidity/VenueBooks.sol";
import {Quote} from "@surety/examples/perps-and-options/solidity/VenueQuotes.sol";
import {Kind, Position} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice Positions that nobody took over are closed at mark by whoever wants them; the fund wins and loses by them.
contract VenueOwnTest is VenueFixture {
    /// @dev Alice's 100 perpetuals, bought at 2,000, are the venue's own at 1,950: a loss of 5,000, and the fund has 25,000 left.
    function _throw() private {
        perp(venue, 100e18, 2_000e18);
        priceAt(1_950e12);
        assertEq(takeOver(0, WAD, 0), 5_000e18);
        assertEq(venue.fundWad(), 25_000e18);
    }

    function test_what_the_venues_own_position_loses_the_fund_bears_then_all_cash_alike() public {
        payIn(venue, bob, maker, 40_000e6);
        _throw();
        priceAt(1_900e12);
        takeOwn(bob, Kind.PERPETUAL, 0, 0, -40e18, 1_900e18);
        assertEq(venue.fundWad(), 23_000e18, "40 of them lost 50 each");
        priceAt(1_500e12);
        takeOwn(bob, Kind.PERPETUAL, 0, 0, -60e18, 1_500e18);
        assertEq(venue.fundWad(), 0);
        (int256 cashWad, Position[] memory positions) = venue.bookOf(maker);
        assertEq(positions.length, 0);
        // 40,000 of his own and won 4,000 + 30,000; the fund lacked 4,000.
        assertApproxEqAbs(cashWad, 70_000e18, 1);
        (cashWad, positions) = venue.bookOf(0);
        assertEq(cashWad, 0, "what is the venue's own is the fund");
        assertEq(positions.length, 0);
        requireWhole(venue, 1_500e18);
    }

    function test_what_the_venues_own_position_wins_is_the_funds() public {
        _throw();
        priceAt(2_010e12);
        assertEq(venue.payableOf(0), 0, "nobody settles for the venue itself");
        takeOwn(bob, Kind.PERPETUAL, 0, 0, -100e18, 2_010e18);
        assertEq(venue.fundWad(), 31_000e18);
        requireWhole(venue, 2_010e18);
    }

    function test_what_expires_of_the_venues_own_is_the_funds() public {
        take(venue, quoteOf(Kind.FUTURE, quarter, 0, -100e18, 2_000e18));
        priceAt(1_950e12);
        takeOver(0, WAD, 0);
        vm.warp(quarter);
        refreshNow();
        setPrices(1e12, 1_900e12);
        venue.priceExpiry(quarter);
        venue.realise(0);
        assertEq(venue.fundWad(), 20_000e18, "5,000 that Alice owes, and as much since");
        venue.realise(maker);
        requireWhole(venue, 1_900e18);
    }

    function test_the_venues_own_position_is_closed_alone_and_not_below_mark() public {
        _throw();
        bytes memory more = abi.encodeWithSelector(VenueBooks.ClosesOnly.selector, 100e18, 1e18);
        vm.expectRevert(more);
        this.takeOwnNow(1e18, 1_950e18);
        vm.expectRevert(abi.encodeWithSelector(VenueBooks.ClosesOnly.selector, 100e18, -101e18));
        this.takeOwnNow(-101e18, 1_950e18);
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.PriceRefused.selector, 10e18, 0));
        this.takeOwnNow(-10e18, 1_949e18);
        this.takeOwnNow(-10e18, 1_951e18);
        assertEq(venue.fundWad(), 25_010e18, "whoever pays more pays the fund");
    }

    function takeOwnNow(int120 ownWad, uint128 priceWad) external {
        takeOwn(bob, Kind.PERPETUAL, 0, 0, ownWad, priceWad);
    }

    function test_options_of_the_venues_own_are_bought_and_sold_at_mark() public {
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, -10e18, 157e18));
        take(venue, quoteOf(Kind.PUT, quarter, 1_500e18, 10e18, 93e18));
        takeOver(0, WAD, 0);
        int256 fundWad = venue.fundWad();
        assertApproxEqAbs(fundWad, 30_000e18 - 640e18, 20e18, "a call of 157 bought and a put of 93 written, by ten");
        takeOwn(bob, Kind.CALL, quarter, 2_500e18, -10e18, 158e18);
        takeOwn(bob, Kind.PUT, quarter, 1_500e18, 10e18, 93e18);
        assertApproxEqAbs(venue.fundWad(), 30_000e18, 20e18);
        assertGe(venue.fundWad(), 30_000e18 - 1e18);
        (, Position[] memory positions) = venue.bookOf(0);
        assertEq(positions.length, 0);
        requireWhole(venue, 2_000e18);
    }

    /// @dev Of an account with next to no lines anybody may write off at once: its owner would close at mark for nothing.
    function test_who_leaves_a_position_to_the_venue_pays_the_fund_what_a_taker_would_get() public {
        bytes32 apart = AccountLib.encode(alice, 0, 1);
        vm.startPrank(alice);
        ledger.optIn(apart, address(venue));
        ledger.transfer(taker, apart, USD, 3 * uint128(ONE_USD));
        ledger.setEnabled(apart, USD, true);
        vm.stopPrank();
        priceAt(2_000e12);
        payIn(venue, alice, apart, 25_000e6);
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -100e18, 2_000e18);
        bytes memory sig = signedBy("bob", venue, quote);
        vm.startPrank(alice);
        venue.trade(apart, quote, sig, 100e18);
        ledger.transfer(apart, taker, USD, (5 * uint128(ONE_USD)) / 2);
        vm.stopPrank();
        priceAt(1_840e12);
        uint256 burdenWad = venue.burdenOf(apart);
        assertGt(burdenWad, 200e18);
        auction.writeOff(apart, address(venue));
        (int256 cashWad, Position[] memory positions) = venue.bookOf(apart);
        assertEq(positions.length, 0);
        assertEq(cashWad, 9_000e18 - 1_840e18, "25,000 less a loss of 16,000 and the premium");
        assertEq(venue.fundWad(), 31_840e18);
    }

    /// @dev At the venue's one volatility: options bought below their mark would else be the fund's to pay.
    function test_who_leaves_options_to_the_venue_gets_for_them_what_none_can_be_bought_below() public {
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, -10e18, 78e18));
        payIn(venue, alice, taker, 780e6);
        assertEq(venue.burdenOf(taker), 0);
        takeOver(0, WAD, 0);
        (int256 cashWad, ) = venue.bookOf(taker);
        assertLe(cashWad, 780e18, "no more than was paid for them");
        assertGe(cashWad, 765e18);
        assertEq(int256(venue.fundWad()), 30_000e18 - cashWad);
        (, Position[] memory positions) = venue.bookOf(0);
        assertEq(positions.length, 1, "the calls");
        requireWhole(venue, 2_000e18);
    }

    /// @dev Anybody can leave the venue any number of options, for next to nothing each.
    function test_the_venues_own_positions_cost_as_much_however_many_there_are() public {
        uint256 first = _throwOptions(1);
        for (uint64 round = 2; round < 6; ++round) _throwOptions(round);
        assertLt(_throwOptions(6), (first * 21) / 20);
        (, Position[] memory positions) = venue.bookOf(0);
        assertEq(positions.length, 72);
        // Each is found, wherever the ones that went before moved it.
        for (uint88 strike = 2_501; strike <= 2_572; strike += 6)
            takeOwn(bob, Kind.CALL, quarter, strike * 1e18, -1e12, 158e18);
        vm.warp(quarter);
        refreshNow();
        setPrices(1e12, 2_000e12);
        venue.priceExpiry(quarter);
        for (uint256 left = 60; left > 0; --left) venue.realiseAt(0, left - 1);
        (, positions) = venue.bookOf(0);
        assertEq(positions.length, 0);
    }

    /// @dev Alice buys twelve calls of an account of Bob's, which become the venue's own. Gas of that.
    function _throwOptions(uint64 round) private returns (uint256 used) {
        bytes32 writer = AccountLib.encode(bob, 0, round);
        vm.startPrank(bob);
        ledger.optIn(writer, address(venue));
        ledger.transfer(maker, writer, ETH, uint128(ONE_ETH));
        ledger.setEnabled(writer, ETH, true);
        vm.stopPrank();
        priceAt(2_000e12);
        for (uint64 i = 0; i < 12; ++i) {
            Quote memory quote = quoteOf(Kind.CALL, quarter, uint88(2_489 + round * 12 + i) * 1e18, -1e12, 157e18);
            quote.maker = writer;
            bytes memory sig = signedBy("bob", venue, quote);
            vm.prank(alice);
            venue.trade(taker, quote, sig, 1e12);
        }
        vm.cool(address(venue));
        used = gasleft();
        takeOver(0, WAD, 0);
        used -= gasleft();
    }
}

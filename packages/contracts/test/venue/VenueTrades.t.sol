// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {VenueBooks} from "@surety/examples/perps-and-options/solidity/VenueBooks.sol";
import {Quote, VenueQuotes} from "@surety/examples/perps-and-options/solidity/VenueQuotes.sol";
import {Kind, Position} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ColdReadings} from "../../solidity/testing/ColdReadings.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice Quotes are taken once and within their limits; expiries pay what they must; a full account is read in time.
contract VenueTradesTest is VenueFixture, ColdReadings {
    // Quotes

    function test_a_trade_gives_one_account_what_it_takes_from_the_other() public {
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -5e18, 2_010e18);
        bytes memory sig = signedBy("bob", venue, quote);
        vm.startPrank(alice);
        venue.trade(taker, quote, sig, 2e18);
        venue.trade(taker, quote, sig, 3e18);
        vm.expectRevert(abi.encodeWithSelector(VenueQuotes.QuoteUsedUp.selector, 1, 0));
        venue.trade(taker, quote, sig, 1);
        vm.stopPrank();
        (int256 cashWad, Position[] memory positions) = venue.bookOf(taker);
        assertEq(cashWad, 0);
        assertEq(positions.length, 1);
        assertEq(positions[0].sizeWad, 5e18);
        assertEq(positions[0].costWad, 10_050e18);
        (, positions) = venue.bookOf(maker);
        assertEq(positions[0].sizeWad, -5e18);
        assertEq(positions[0].costWad, -10_050e18);
        requireWhole(venue, 2_000e18);
    }

    function test_a_quote_that_ended_or_was_cancelled_is_not_taken() public {
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_000e18);
        bytes memory sig = signedBy("bob", venue, quote);
        vm.prank(bob);
        venue.cancelBelow(maker, quote.nonce + 1);
        _refuse(quote, sig, abi.encodeWithSelector(VenueQuotes.QuoteCancelled.selector, quote.nonce, quote.nonce + 1));
        quote = quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_000e18);
        sig = signedBy("bob", venue, quote);
        vm.warp(quote.deadline + 1);
        refreshNow();
        setPrices(1e12, 2000e12);
        bytes memory reason = abi.encodeWithSelector(
            VenueQuotes.QuoteEnded.selector,
            quote.deadline,
            quote.deadline + 1
        );
        _refuse(quote, sig, reason);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(VenueQuotes.NotOwner.selector, alice, maker));
        venue.cancelBelow(maker, 9);
    }

    function test_only_the_makers_own_words_for_this_venue_are_taken() public {
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_000e18);
        bytes memory refused = abi.encodeWithSelector(VenueQuotes.SignatureRefused.selector, maker);
        _refuse(quote, signedBy("alice", venue, quote), refused);
        _refuse(quote, signedBy("bob", other, quote), refused);
        bytes memory sig = signedBy("bob", venue, quote);
        quote.priceWad = 1e18;
        _refuse(quote, sig, refused);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(PerpsAndOptions.OwnQuote.selector, maker));
        venue.trade(maker, quote, sig, 1e18);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(VenueQuotes.NotOwner.selector, bob, taker));
        venue.trade(taker, quote, sig, 1e18);
    }

    function test_neither_side_trades_beyond_its_margin_or_at_an_old_price() public {
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -400e18, 2_000e18);
        bytes memory sig = signedBy("bob", venue, quote);
        vm.prank(alice);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        venue.trade(taker, quote, sig, 400e18);
        vm.warp(vm.getBlockTimestamp() + 3_500);
        refreshNow();
        vm.warp(vm.getBlockTimestamp() + 101);
        quote = quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_000e18);
        _refuse(quote, signedBy("bob", venue, quote), abi.encodeWithSelector(VenueBooks.PriceMissing.selector, 2));
    }

    /// @dev Cash here may cover all that a position needs. Its owner could leave then, and nobody would sell anything for a later loss.
    function test_nobody_leaves_the_venue_with_a_position() public {
        perp(venue, 10e18, 2_000e18);
        payIn(venue, alice, taker, 10_000e6);
        (, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        assertEq(maintenanceWad, 0, "covered, and a position still");
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.RequirementLeft.selector, taker, address(venue), 1));
        vm.prank(alice);
        ledger.optOut(taker, address(venue));
        perp(venue, -10e18, 2_000e18);
        vm.prank(alice);
        ledger.optOut(taker, address(venue));
        assertEq(ledger.protocolsOf(taker).length, 1, "the other venue alone");
    }

    function test_no_other_instrument_is_traded() public {
        _refuseInstrument(Kind.PERPETUAL, quarter, 0);
        _refuseInstrument(Kind.PERPETUAL, 0, 1);
        _refuseInstrument(Kind.FUTURE, 0, 0);
        _refuseInstrument(Kind.FUTURE, quarter, 1);
        _refuseInstrument(Kind.CALL, quarter, 0);
        _refuseInstrument(Kind.PUT, uint40(vm.getBlockTimestamp()), 2_000e18);
        _refuseInstrument(Kind.PUT, uint40(vm.getBlockTimestamp() + 731 days), 2_000e18);
    }

    function test_no_price_is_further_from_mark_than_the_underlying_moves_in_a_day() public {
        // 4 % of 2,000.
        perp(venue, 1e18, 2_080e18);
        perp(venue, -1e18, 1_920e18);
        _refusePrice(quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_081e18), -81e18);
        _refusePrice(quoteOf(Kind.PERPETUAL, 0, 0, -2e18, 1_900e18), 200e18);
        _refusePrice(quoteOf(Kind.FUTURE, quarter, 0, 1e18, 1_919e18), -81e18);
        // Worth nothing, for more than the venue's fund.
        _refusePrice(quoteOf(Kind.CALL, quarter, 1_000_000e18, 1e18, 30_001e18), 30_001e18);
        _refusePrice(quoteOf(Kind.CALL, quarter, 1_000_000e18, -1e18, 30_001e18), -30_001e18);
        requireWhole(venue, 2_000e18);
    }

    // Below the initial margin

    /// @dev Alice is long 50 perpetuals and 5 calls, short 5 calls of a higher strike, and ETH falls from 2,000 to 1,500.
    function test_an_account_below_its_initial_margin_trades_what_needs_no_more_of_it() public {
        perp(venue, 50e18, 2_000e18);
        take(venue, quoteOf(Kind.CALL, quarter, 2_300e18, -5e18, 205e18));
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, 5e18, 157e18));
        priceAt(1_500e12);
        (uint256 before, , , ) = venue.requirementOf(taker);
        _refuseMargin(quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 1_500e18));
        perp(venue, -10e18, 1_505e18);
        perp(venue, -10e18, 1_500e18);
        (uint256 then, , , ) = venue.requirementOf(taker);
        assertLt(then, before - 2_900e18);
        // It needs less by far than it gives away, and what it owes here grows all the same.
        _refuseMargin(quoteOf(Kind.PERPETUAL, 0, 0, 10e18, 1_499e18));
        // Nearer to zero, but what is left would need more.
        _refuseMargin(quoteOf(Kind.CALL, quarter, 2_300e18, 5e18, 52e18));
        perp(venue, -30e18, 1_500e18);
        requireWhole(venue, 1_500e18);
    }

    /// @dev Alice has 38,000 more here than she needs, and less than she needs at the other venue: that is what `settle` would bring there.
    function test_an_account_below_its_initial_margin_gives_nothing_away() public {
        take(venue, quoteOf(Kind.CALL, quarter, 2_300e18, -5e18, 205e18));
        payIn(venue, alice, taker, 40_000e6);
        perp(other, 100e18, 2_000e18);
        priceAt(1_780e12);
        _refuseMargin(quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 1_840e18));
        // Worth more than nothing, and nothing was needed for it.
        _refuseMargin(quoteOf(Kind.CALL, quarter, 2_900e18, -1e18, 71e18));
        perp(other, -10e18, 1_780e18);
    }

    /// @dev By a premium on options that are worth nothing one venue would take what falls to the other.
    function test_an_account_below_its_initial_margin_makes_no_burden_larger() public {
        payIn(venue, alice, taker, 18_000e6);
        perp(venue, 60e18, 2_000e18);
        perp(other, 130e18, 2_000e18);
        priceAt(1_700e12);
        auction.start(taker);
        uint256 burdenWad = venue.burdenOf(taker);
        _refuseMargin(quoteOf(Kind.PUT, quarter, 1, -1_000e18, 0));
        perp(venue, -10e18, 1_700e18);
        assertLt(venue.burdenOf(taker), burdenWad);
    }

    // Prices

    /// @dev Neither what is further off the slow price than the risk manager believes, nor what its feed doubts.
    function test_nothing_is_traded_paid_out_or_ended_at_a_price_that_counts_for_no_margin() public {
        uint40 soon = uint40(vm.getBlockTimestamp() + 600);
        payIn(venue, alice, taker, 5_000e6);
        take(venue, quoteOf(Kind.FUTURE, soon, 0, -10e18, 2_000e18));
        perp(venue, 10e18, 2_000e18);
        vm.warp(soon + 12);
        refreshNow();
        setPrices(1e12, 2_600e12);
        _refuseAnyUse(soon);
        vm.warp(vm.getBlockTimestamp() + 12);
        refreshNow();
        setPrices(1e12, 2_100e12);
        ethFeed.set(2_100e12, 20_001, uint40(vm.getBlockTimestamp() + 1));
        vm.warp(vm.getBlockTimestamp() + 1);
        _poke();
        _refuseAnyUse(soon);
        vm.warp(vm.getBlockTimestamp() + 12);
        refreshNow();
        setPrices(1e12, 2_100e12);
        venue.priceExpiry(soon);
        assertEq(venue.expiryPriceWad(soon), 2_100e18);
        assertGt(settle(venue, taker), 0);
    }

    function _poke() private {
        uint16[] memory slots = new uint16[](1);
        slots[0] = 2;
        risk.poke(slots);
    }

    function _refuseAnyUse(uint40 expiry) private {
        bytes memory reason = abi.encodeWithSelector(VenueBooks.PriceMissing.selector, 2);
        uint64 from = applied();
        vm.expectRevert(reason);
        venue.priceExpiry(expiry);
        vm.expectRevert(reason);
        venue.settle(taker, from, "");
        Quote memory quote = quoteOf(Kind.PERPETUAL, 0, 0, -1e18, 2_100e18);
        _refuse(quote, signedBy("bob", venue, quote), reason);
    }

    // Expiries

    /// @dev Options that are over would else be netted as if they ended at one price, and their owner could leave.
    function test_nothing_leaves_while_options_of_two_dates_are_over_and_not_realised() public {
        take(venue, quoteOf(Kind.CALL, quarter, 2_000e18, 2e18, 315e18));
        take(venue, quoteOf(Kind.CALL, quarter + 1, 2_000e18, -2e18, 315e18));
        vm.warp(quarter + 1);
        refreshNow();
        setPrices(1e12, 2_000e12);
        (uint256 initialWad, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        assertGt(initialWad, 1e36);
        assertLt(maintenanceWad, 1_000e18, "nobody is sold for that");
        venue.priceExpiry(quarter);
        venue.realise(taker);
        (initialWad, , , ) = venue.requirementOf(taker);
        assertLt(initialWad, 1_000e18, "one date is left");
    }

    function test_an_expiry_pays_from_the_first_price_after_it() public {
        take(venue, quoteOf(Kind.CALL, quarter, 2_100e18, -2e18, 250e18));
        take(venue, quoteOf(Kind.PUT, quarter, 1_900e18, 1e18, 240e18));
        take(venue, quoteOf(Kind.FUTURE, quarter, 0, -3e18, 2_005e18));
        requireWhole(venue, 2_000e18);
        vm.warp(quarter - 1);
        setPrices(1e12, 2_350e12);
        vm.expectRevert(abi.encodeWithSelector(VenueBooks.PriceMissing.selector, 2));
        venue.priceExpiry(quarter);
        vm.warp(quarter);
        vm.expectRevert(abi.encodeWithSelector(VenueBooks.PriceMissing.selector, 2));
        venue.priceExpiry(quarter);
        setPrices(1e12, 2_400e12);
        venue.priceExpiry(quarter);
        setPrices(1e12, 1_000e12);
        vm.expectRevert(abi.encodeWithSelector(VenueBooks.PriceMissing.selector, 2));
        venue.priceExpiry(quarter);
        venue.realise(taker);
        venue.realise(maker);
        (int256 cashWad, Position[] memory positions) = venue.bookOf(taker);
        // Premiums −500 + 240; the calls 2 · 300; the put 0; the future 3 · 395.
        assertEq(cashWad, -500e18 + 240e18 + 600e18 + 1_185e18);
        assertEq(positions.length, 0);
        (int256 makersWad, ) = venue.bookOf(maker);
        assertEq(makersWad, -cashWad);
        requireWhole(venue, 0);
    }

    // Readings

    function test_a_perpetual_and_twelve_written_options_are_read_warm_and_cold() public {
        perp(venue, 1e18, 2_000e18);
        // Of calls and puts in turn; their marks rise by less than the band of 80 until the last expiry.
        uint128[4] memory prices = [uint128(504e18), 303e18, 320e18, 555e18];
        for (uint256 i = 0; i < 12; ++i) {
            uint40 expiry = quarter + uint40((i / 4) * 30 days);
            uint88 strike = uint88(1_700e18 + (i % 4) * 200e18);
            take(venue, quoteOf(i % 2 == 0 ? Kind.CALL : Kind.PUT, expiry, strike, 5e17, prices[i % 4]));
        }
        address[] memory others = new address[](7);
        (others[0], others[1], others[2]) = (address(ledger), address(risk), address(tables));
        others[3] = tables.pages().steps;
        (others[4], others[5], others[6]) = (tables.pages().ratios0, tables.pages().ratios1, tables.pages().ratios2);
        (uint256 warm, uint256 cold) = readCold(address(venue), taker, others);
        emit log_named_uint("gas of the venue, warm", warm);
        emit log_named_uint("gas of the venue, cold", cold);
        assertLt(warm, 148_000);
        assertLt(cold, 200_000);
        Quote memory quote = quoteOf(Kind.CALL, quarter, 3_000e18, 1e17, 100e18);
        bytes memory sig = signedBy("bob", venue, quote);
        _refuse(quote, sig, abi.encodeWithSelector(VenueBooks.TooManyPositions.selector, taker, true));
    }

    function _refuseInstrument(Kind kind, uint40 expiry, uint88 strikeWad) private {
        Quote memory quote = quoteOf(kind, expiry, strikeWad, -1e18, 100e18);
        bytes memory sig = signedBy("bob", venue, quote);
        _refuse(quote, sig, abi.encodeWithSelector(VenueBooks.InstrumentRefused.selector, kind, expiry, strikeWad));
    }

    function _refuseMargin(Quote memory quote) private {
        bytes memory sig = signedBy("bob", venue, quote);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        vm.prank(alice);
        venue.trade(taker, quote, sig, sizeOf(quote));
    }

    function _refusePrice(Quote memory quote, int256 wonWad) private {
        uint256 mostWad = sizeOf(quote) * 80;
        bytes memory reason = abi.encodeWithSelector(PerpsAndOptions.PriceRefused.selector, wonWad, mostWad);
        _refuse(quote, signedBy("bob", venue, quote), reason);
    }

    function _refuse(Quote memory quote, bytes memory sig, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(alice);
        venue.trade(taker, quote, sig, sizeOf(quote));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Kind, Position} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {ReportedPosition} from "../../solidity/interfaces/IMarginRequirement.sol";
import {RequirementView} from "../../solidity/lens/ILedgerLens.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice `positionsOf` shows what an account holds and is owed, so that somebody else can weigh the whole account.
contract VenueViewsTest is VenueFixture {
    function test_an_account_that_never_traded_shows_nothing() public view {
        (uint64 nonce, int256 cashWad, ReportedPosition[] memory positions) = venue.positionsOf(taker);
        assertEq(nonce, 0);
        assertEq(cashWad, 0);
        assertEq(positions.length, 0);
    }

    function test_positions_are_shown_with_their_entry_and_options_with_their_strike() public {
        perp(venue, 2e18, 2_010e18);
        perp(venue, 1e18, 1_980e18);
        take(venue, quoteOf(Kind.FUTURE, quarter, 0, 4e18, 2_050e18));
        take(venue, quoteOf(Kind.CALL, quarter, 2_500e18, 1e18, 90e18));
        take(venue, quoteOf(Kind.PUT, quarter, 1_500e18, -2e18, 40e18));
        (uint64 nonce, int256 cashWad, ReportedPosition[] memory positions) = venue.positionsOf(taker);
        assertEq(nonce, 5);
        // 90 for the call that was sold, 80 for two puts.
        assertEq(cashWad, 10e18);
        assertEq(abi.encode(positions[0]), abi.encode(ReportedPosition(2, 0, 0, 2_000e18, 3e18)));
        assertEq(abi.encode(positions[1]), abi.encode(ReportedPosition(2, 0, quarter, 2_050e18, -4e18)));
        assertEq(abi.encode(positions[2]), abi.encode(ReportedPosition(2, 1, quarter, 2_500e18, -1e18)));
        assertEq(abi.encode(positions[3]), abi.encode(ReportedPosition(2, 2, quarter, 1_500e18, 2e18)));
    }

    function test_an_expiry_that_has_its_price_is_cash_before_and_after_it_is_realised() public {
        perp(venue, 1e18, 2_000e18);
        take(venue, quoteOf(Kind.FUTURE, quarter, 0, -2e18, 2_050e18));
        take(venue, quoteOf(Kind.CALL, quarter, 1_900e18, -1e18, 350e18));
        vm.warp(quarter);
        refreshNow();
        setPrices(1e12, 2100e12);
        (, int256 open, ReportedPosition[] memory listed) = venue.positionsOf(taker);
        assertEq(listed.length, 3, "an expiry without a price stays a position");
        venue.priceExpiry(quarter);
        (, int256 shown, ReportedPosition[] memory positions) = venue.positionsOf(taker);
        assertEq(shown, open + 100e18 + 200e18);
        assertEq(positions.length, 1);
        assertEq(positions[0].expiry, 0);
        venue.realise(taker);
        (, int256 realised, ) = venue.positionsOf(taker);
        assertEq(realised, shown);
    }

    function test_what_was_written_off_is_owed() public {
        perp(venue, 10e18, 2_000e18);
        priceAt(1_500e12);
        takeOver(0, WAD, 0);
        (, int256 cashWad, ReportedPosition[] memory positions) = venue.positionsOf(taker);
        assertEq(positions.length, 0);
        assertEq(cashWad, -int256(venue.writtenOffWad(taker)));
        assertEq(cashWad, -5_000e18);
    }

    function test_the_net_value_is_all_lines_at_the_mark_less_all_burdens() public {
        (int256 net, uint256 lines, uint256 burdens) = lens.netValueOf(taker);
        assertEq(lines, 10_000e18 + 15 * 2_000e18);
        assertEq(burdens, 0);
        perp(venue, 10e18, 2_000e18);
        perp(other, -4e18, 2_000e18);
        priceAt(1_900e12);
        RequirementView[] memory seen = lens.requirementsOf(taker);
        assertTrue(seen[0].claims && seen[1].claims);
        assertEq(seen[0].burdenWad, venue.burdenOf(taker));
        // Lost 1,000 at one and won 400 at the other: what is won counts once it is a line.
        assertEq(seen[0].burdenWad, 1_000e18 + 190e18);
        (net, lines, burdens) = lens.netValueOf(taker);
        assertEq(lines, 10_000e18 + 15 * 1_900e18);
        assertEq(burdens, uint256(seen[0].burdenWad) + seen[1].burdenWad);
        assertEq(net, int256(lines) - int256(burdens));
        perp(other, 4e18, 1_900e18);
        (int256 closed, , ) = lens.netValueOf(taker);
        settle(other, taker);
        (int256 settled, , ) = lens.netValueOf(taker);
        assertEq(settled, closed + 400e18);
        priceAt(100e12);
        (net, lines, burdens) = lens.netValueOf(taker);
        assertLt(net, 0, "below 0 is what nobody can pay");
    }

    /// @dev Books of perpetuals, futures and options on both sides, with cash.
    function testFuzz_a_burden_is_covered_by_what_is_required_for_maintenance(
        int64[5] calldata sizes,
        uint32 paid,
        uint96 price
    ) public {
        uint88[5] memory strikes = [uint88(0), 0, 2_500e18, 1_900e18, 1_500e18];
        uint128[5] memory prices = [uint128(2_000e18), 2_000e18, 157e18, 359e18, 93e18];
        for (uint256 i = 0; i < 5; ++i) {
            int120 size = int120(bound(sizes[i], -2e18, 2e18));
            if (size == 0) continue;
            Kind kind =
                i == 0
                    ? Kind.PERPETUAL
                    : i == 1
                        ? Kind.FUTURE
                        : i == 4
                            ? Kind.PUT
                            : Kind.CALL;
            take(venue, quoteOf(kind, i == 0 ? 0 : quarter, strikes[i], size, prices[i]));
        }
        uint256 units = bound(paid, 0, 1_500e6);
        if (units != 0) payIn(venue, alice, taker, units);
        priceAt(uint96(bound(price, 1_550e12, 2_450e12)));
        (, uint256 maintenanceWad, , ) = venue.requirementOf(taker);
        uint256 burdenWad = venue.burdenOf(taker);
        assertLe(burdenWad, maintenanceWad);
        assertEq(takeOver(maker, WAD, burdenWad), 0, "all that is owed is in the burden");
    }

    /// @dev Whoever reads the view counts the same gains as the venue does, within the rounding of an entry price.
    function testFuzz_cash_and_entries_give_what_the_venue_counts(
        int64[4] calldata sizes,
        uint64[4] calldata prices,
        uint96 mark
    ) public {
        for (uint256 i = 0; i < 4; ++i) {
            int120 size = int120(bound(sizes[i], -3e18, 3e18));
            uint128 price = uint128(bound(prices[i], 1_921e18, 2_079e18));
            if (size != 0) perp(venue, size, price);
        }
        uint256 priceWad = bound(mark, 1_700e18, 2_300e18);
        (int256 netWad, Position[] memory held) = venue.bookOf(taker);
        for (uint256 i = 0; i < held.length; ++i)
            netWad += (int256(held[i].sizeWad) * int256(priceWad)) / int256(WAD) - held[i].costWad;
        (, int256 shownWad, ReportedPosition[] memory shown) = venue.positionsOf(taker);
        for (uint256 i = 0; i < shown.length; ++i) {
            int256 gain = int256(priceWad) - int256(uint256(shown[i].priceWad));
            shownWad += (int256(shown[i].sizeWad) * gain) / int256(WAD);
        }
        assertApproxEqAbs(shownWad, netWad, 40);
        assertLe(shownWad, netWad + 2, "rounded against the account");
    }
}

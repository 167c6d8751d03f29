// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AuctionCurve} from "../../solidity/liquidation/AuctionCurve.sol";

/// @notice The clock: where its legs meet, that it never runs back, and what nobody witnessed.
contract AuctionCurveTest is Test {
    function test_the_legs_meet_where_they_should() public pure {
        assertEq(AuctionCurve.discountAt(0), -10_000);
        assertEq(AuctionCurve.discountAt(40), 0);
        assertEq(AuctionCurve.discountAt(119), 19_750);
        assertEq(AuctionCurve.discountAt(120), 20_000);
        assertEq(AuctionCurve.discountAt(1_799), 119_940);
        assertEq(AuctionCurve.discountAt(1_800), 120_000);
        assertEq(AuctionCurve.discountAt(21_374), 989_955);
        assertEq(AuctionCurve.discountAt(21_375), 990_000);
        assertEq(AuctionCurve.discountAt(21_600), 990_000);
        assertEq(AuctionCurve.discountAt(1e12), 990_000);
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L3_the_discount_never_falls(uint32 t, uint16 more) public pure {
        t = uint32(bound(t, 0, 40_000));
        assertLe(AuctionCurve.discountAt(t), AuctionCurve.discountAt(uint256(t) + more));
        assertGe(AuctionCurve.discountAt(t), -10_000);
    }

    function test_the_head_start_is_20_seconds_for_each_percent_that_is_missing() public pure {
        assertEq(AuctionCurve.headStartOf(100e18, 100e18), 0);
        assertEq(AuctionCurve.headStartOf(101e18, 100e18), 0);
        assertEq(AuctionCurve.headStartOf(0, 0), 0);
        assertEq(AuctionCurve.headStartOf(99e18, 100e18), 20);
        assertEq(AuctionCurve.headStartOf(99e18 + 1, 100e18), 19);
        assertEq(AuctionCurve.headStartOf(96e18, 100e18), 80);
        assertEq(AuctionCurve.headStartOf(95.95e18, 100e18), 80, "81 would be one too many");
        assertEq(AuctionCurve.headStartOf(95e18, 100e18), 80);
        assertEq(AuctionCurve.headStartOf(0, 100e18), 80);
    }

    function test_attack_3_who_waits_in_hiding_meets_ten_minutes_or_twice_what_was_seen() public pure {
        assertEq(AuctionCurve.elapsedOf(1_600, 1_000, 1_000), 600);
        assertEq(AuctionCurve.elapsedOf(1_601, 1_000, 1_000), 600);
        assertEq(AuctionCurve.elapsedOf(1_000_000, 1_000, 1_000), 600);
        assertEq(AuctionCurve.elapsedOf(1_000_000, 1_000, 1_300), 1_200);
        assertEq(AuctionCurve.elapsedOf(2_199, 1_000, 1_300), 1_199);
    }

    function test_a_clock_that_starts_later_stands_until_then() public pure {
        assertEq(AuctionCurve.elapsedOf(999, 1_000, 500), 0);
        assertEq(AuctionCurve.elapsedOf(1_000, 1_000, 500), 0);
        assertEq(AuctionCurve.elapsedOf(1_001, 1_000, 500), 1);
        assertEq(AuctionCurve.elapsedOf(9_000, 1_000, 500), 600, "what was seen before the base witnesses nothing");
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L3_time_and_witnesses_alone_move_the_clock_and_never_back(
        uint32 base,
        uint16 seen,
        uint16 later,
        uint16 more
    ) public pure {
        uint256 seenAt = uint256(base) + seen;
        uint256 before = AuctionCurve.elapsedOf(seenAt + later, base, seenAt);
        assertLe(before, AuctionCurve.elapsedOf(seenAt + later + more, base, seenAt));
        // A touch at that moment takes nothing away either.
        assertLe(before, AuctionCurve.elapsedOf(seenAt + later + more, base, seenAt + later));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BucketMath} from "../../../solidity/ledger/BucketMath.sol";

/// @notice The bucket to the tick and to the unit. Under a cap of as many units as a day has ticks, a unit takes a tick.
contract LedgerBucketsTest is Test {
    uint256 private constant CAP = BucketMath.DAY;
    uint256 private constant BURST = BucketMath.BURST;
    uint256 private constant SEASON = BucketMath.SEASON;
    /// @dev In ticks.
    uint256 private constant NOW = 1_800_000_000 << 16;

    function setUp() public {
        vm.warp(NOW >> 16);
    }

    function test_I10_a_full_bucket_holds_the_burst_and_an_empty_one_nothing() public view {
        assertEq(BucketMath.roomOf(0, CAP), BURST);
        assertEq(BucketMath.roomOf(NOW, CAP), BURST);
        assertEq(BucketMath.roomOf(NOW + BURST - 1, CAP), 1);
        assertEq(BucketMath.roomOf(NOW + BURST, CAP), 0);
        assertEq(BucketMath.roomOf(NOW + BURST + 1, CAP), 0);
    }

    function test_I16_a_sixteenth_of_the_cap_needs_no_season() public view {
        assertEq(BucketMath.seasonRoomOf(0, CAP), CAP / 16);
        assertEq(BucketMath.seasonRoomOf(NOW + SEASON - 1, CAP), 1);
        assertEq(BucketMath.seasonRoomOf(NOW + SEASON, CAP), 0);
        assertEq(BucketMath.seasonRoomOf(NOW + SEASON + 1, CAP), 0);
    }

    function test_I12_what_is_spent_is_rounded_up_to_the_tick() public view {
        assertEq(BucketMath.after_(0, 1, CAP), NOW + 1);
        assertEq(BucketMath.after_(NOW + 5, CAP, CAP), NOW + 5 + BucketMath.DAY);
        // A tick and the smallest part of another.
        assertEq(BucketMath.after_(0, 1, CAP - 1), NOW + 2);
    }

    function test_a_bucket_is_ready_in_the_second_in_which_it_is_no_longer_overdrawn() public pure {
        assertEq(BucketMath.readyAt(NOW + BURST), NOW >> 16);
        assertEq(BucketMath.readyAt(NOW + BURST + 1), (NOW >> 16) + 1);
    }

    function test_I10_no_place_lies_more_than_two_days_ahead() public view {
        assertTrue(BucketMath.isNear(NOW + 2 * BucketMath.DAY));
        assertFalse(BucketMath.isNear(NOW + 2 * BucketMath.DAY + 1));
    }

    // Another cap

    function test_a_bucket_under_the_same_cap_stays_as_it_is() public view {
        assertEq(BucketMath.rescale(0, CAP, CAP), NOW);
        assertEq(BucketMath.rescale(NOW + BURST, CAP, CAP), NOW + BURST);
    }

    function test_I10_a_cap_that_is_raised_adds_no_unit_to_the_bucket() public view {
        // The units are the same and take half the time.
        assertEq(BucketMath.rescale(0, CAP, 2 * CAP), NOW + BURST / 2);
        assertEq(BucketMath.roomOf(NOW + BURST / 2, 2 * CAP), BURST);
        // A tick is left: the units are rounded down.
        assertEq(BucketMath.rescale(0, CAP, CAP + 1), NOW + 1);
    }

    function test_I16_a_cap_that_is_lowered_adds_no_unit_that_needs_no_season() public view {
        // All of the burst is there again, and nothing of the level.
        assertEq(BucketMath.rescale(NOW + SEASON, CAP, CAP / 2), NOW + SEASON);
        assertEq(BucketMath.rescale(NOW + BURST / 2, CAP, CAP / 2), NOW + SEASON);
    }

    function test_a_cap_of_nothing_empties_the_bucket() public view {
        assertEq(BucketMath.rescale(0, CAP, 0), NOW + BURST);
    }

    function test_I9_places_past_the_burst_keep_their_dates_under_another_cap() public view {
        assertEq(BucketMath.rescale(NOW + BURST + 1, CAP, 2 * CAP), NOW + BURST + 1);
        assertEq(BucketMath.rescale(NOW + BucketMath.DAY, CAP, CAP / 2), NOW + BucketMath.DAY);
    }
}

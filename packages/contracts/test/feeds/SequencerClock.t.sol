// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IEdge} from "../../solidity/edge/IEdge.sol";
import {SequencerClock} from "../../solidity/prices/SequencerClock.sol";
import {Building} from "../harness/Building.sol";
import {HostileFeed} from "./TestFeed.sol";
import {TestUptimeFeed} from "./TestUptimeFeed.sol";

/// @notice What an uptime feed's answer means, and that a broken one stops nothing.
contract SequencerClockTest is Test, Building {
    uint256 private constant NOW = 1_800_000_000;
    TestUptimeFeed private feed;
    SequencerClock private clock;

    function setUp() public {
        vm.warp(NOW);
        feed = new TestUptimeFeed();
        clock = new SequencerClock(address(feed));
    }

    function test_refuses_a_feed_without_code() public {
        vm.expectRevert(abi.encodeWithSelector(SequencerClock.FeedWithoutCode.selector, address(1)));
        this.build("SequencerClock.sol:SequencerClock", abi.encode(address(1)));
    }

    function test_answer_0_is_up_and_clocks_run_again_30_minutes_after_it_began_and_any_other_is_down() public {
        feed.set(0, NOW - 100, NOW - 1);
        _assertClock(clock, false, NOW - 100 + 30 minutes);
        int256[4] memory others = [int256(1), 2, -1, type(int256).min];
        for (uint256 i = 0; i < 4; ++i) {
            feed.set(others[i], NOW - 50, NOW - 1);
            _assertClock(clock, true, 0);
        }
    }

    function test_a_repeated_status_does_not_begin_again() public {
        feed.set(0, NOW - 100, NOW - 100);
        _assertClock(clock, false, NOW - 100 + 30 minutes);
        feed.set(0, NOW - 100, NOW);
        _assertClock(clock, false, NOW - 100 + 30 minutes);
    }

    function test_a_status_from_just_ahead_began_now_and_one_from_far_ahead_is_unknown() public {
        feed.set(0, NOW, NOW);
        _assertClock(clock, false, NOW + 30 minutes);
        feed.set(0, NOW + 120, NOW);
        _assertClock(clock, false, NOW + 30 minutes);
        feed.set(0, NOW + 121, NOW);
        _assertClock(clock, false, 0);
        feed.set(1, NOW + 120, NOW);
        _assertClock(clock, true, 0);
        feed.set(1, type(uint256).max, NOW);
        _assertClock(clock, false, 0);
    }

    function test_a_feed_that_never_began_counts_as_up() public {
        feed.set(1, 0, NOW);
        _assertClock(clock, false, 0);
    }

    function test_a_feed_that_fails_in_any_way_counts_as_up() public {
        HostileFeed hostile = new HostileFeed();
        SequencerClock failing = new SequencerClock(address(hostile));
        for (uint256 i = 0; i < 7; ++i) {
            hostile.set(HostileFeed.Way(i), [uint256(1), 1, NOW]);
            uint256 before = gasleft();
            _assertClock(failing, false, 0);
            assertLt(before - gasleft(), 75_000, "gas");
        }
    }

    function test_a_feed_with_an_access_list_must_admit_the_clock() public {
        feed.set(1, NOW - 50, NOW);
        feed.admitOnly(address(this));
        _assertClock(clock, false, 0);
        feed.admitOnly(address(clock));
        _assertClock(clock, true, 0);
    }

    /// @dev The feed needs most of its gas. Starved of some of it, the clock would have just enough left to say *up*.
    function test_nobody_makes_a_chain_look_up_by_bringing_too_little_gas() public {
        feed.set(1, NOW - 50, NOW);
        feed.setAppetite(36_000);
        uint256 seen;
        for (uint256 gas = 36_000; gas < 60_000; gas += 100) {
            (bool ok, bytes memory answer) = address(clock).staticcall{gas: gas}(abi.encodeCall(clock.outage, ()));
            if (!ok) {
                assertEq(bytes4(answer), IEdge.GasTooLow.selector);
                continue;
            }
            (bool down, ) = abi.decode(answer, (bool, uint40));
            assertTrue(down);
            ++seen;
        }
        assertGt(seen, 0);
    }

    function test_58_000_gas_suffice_whatever_the_feed_does() public {
        HostileFeed hostile = new HostileFeed();
        SequencerClock failing = new SequencerClock(address(hostile));
        for (uint256 i = 0; i < 7; ++i) {
            hostile.set(HostileFeed.Way(i), [uint256(1), 1, NOW]);
            vm.cool(address(hostile));
            vm.cool(address(failing));
            (bool ok, ) = address(failing).staticcall{gas: 58_000}(abi.encodeCall(failing.outage, ()));
            assertTrue(ok);
        }
    }

    function _assertClock(SequencerClock asked, bool down, uint256 resumesAt) private view {
        (bool isDown, uint40 at) = asked.outage();
        assertEq(isDown, down, "down");
        assertEq(at, resumesAt, "resumes");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Grades, IRiskManager, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {IPriceFeed} from "../../solidity/prices/IPriceFeed.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {HostileFeed, TestFeed} from "../feeds/TestFeed.sol";

/// @notice A margin at the prices that the feeds hold now.
contract PokedMarginTest is Test {
    uint256 private constant NOW = 1_800_000_000;
    uint16 private constant PRICE = 1;
    uint16 private constant OWN = 2;
    /// @dev The first slot number that has no bit in the list of what is poked.
    uint16 private constant HIGH = 256;

    address private governor = makeAddr("governor");
    RiskManager private risk;
    TestFeed[3] private feeds;

    function setUp() public {
        vm.warp(NOW);
        risk = new RiskManager(governor);
        uint16[3] memory slots = [PRICE, OWN, HIGH];
        for (uint256 i = 0; i < 3; ++i) {
            feeds[i] = new TestFeed();
            feeds[i].set(2e12, 0, uint40(NOW));
            vm.prank(governor);
            risk.listUnderlying(slots[i], address(feeds[i]), 1 hours);
        }
    }

    function test_every_slot_of_a_line_is_poked_before_it_is_weighed() public {
        // One token: min(2, 2) · 0.9 · 0.95
        assertEq(risk.pokedMargin(_lines(_words(PRICE, OWN))).maintenanceWad, 171e16);
        vm.warp(NOW + 1);
        feeds[1].set(1e12, 0, uint40(NOW + 1));
        assertEq(risk.margin(_lines(_words(PRICE, OWN))).maintenanceWad, 171e16);
        assertEq(risk.pokedMargin(_lines(_words(PRICE, OWN))).maintenanceWad, 855e15);
        feeds[0].set(5e11, 0, uint40(NOW + 1));
        Grades memory poked = risk.pokedMargin(_lines(_words(PRICE, OWN)));
        assertEq(poked.maintenanceWad, 427_500_000_000_000_000);
        assertEq(abi.encode(poked), abi.encode(risk.margin(_lines(_words(PRICE, OWN)))));
    }

    function test_a_slot_that_lines_share_is_poked_once_and_the_highest_of_the_list_too() public {
        LineWords[] memory lines = new LineWords[](4);
        (lines[0], lines[1]) = (_words(PRICE, OWN), _words(OWN, PRICE));
        (lines[2], lines[3]) = (_words(HIGH, PRICE), _words(HIGH, OWN));
        bytes memory question = abi.encodeCall(IPriceFeed.read, ());
        vm.expectCall(address(feeds[0]), question, 1);
        vm.expectCall(address(feeds[1]), question, 1);
        vm.expectCall(address(feeds[2]), question, 2);
        risk.pokedMargin(lines);
    }

    function test_slots_of_which_no_line_holds_anything_are_left_alone() public {
        LineWords memory empty = _words(PRICE, OWN);
        empty.line = uint256(1) << 112;
        vm.expectCall(address(feeds[0]), abi.encodeCall(IPriceFeed.read, ()), 0);
        vm.expectCall(address(feeds[1]), abi.encodeCall(IPriceFeed.read, ()), 0);
        assertEq(risk.pokedMargin(_lines(empty)).status, 0);
        assertEq(risk.pokedMargin(new LineWords[](0)).oldestAsOf, NOW);
    }

    function test_a_feed_that_fails_is_skipped_and_its_price_stays() public {
        risk.pokedMargin(_lines(_words(PRICE, OWN)));
        HostileFeed hostile = new HostileFeed();
        hostile.set(HostileFeed.Way.BURN_GAS, [uint256(0), 0, 0]);
        vm.prank(governor);
        risk.listUnderlying(PRICE, address(hostile), 1 hours);
        vm.expectEmit(address(risk));
        emit IRiskManager.PokeSkipped(PRICE, "fail");
        assertEq(risk.pokedMargin(_lines(_words(PRICE, OWN))).maintenanceWad, 171e16);
    }

    /// @notice A feed that burns whatever it gets is skipped with all of its gas, and with less nobody calls it a failure.
    function test_nobody_skips_a_feed_by_giving_it_too_little_gas() public {
        HostileFeed hostile = new HostileFeed();
        hostile.set(HostileFeed.Way.BURN_GAS, [uint256(0), 0, 0]);
        vm.prank(governor);
        risk.listUnderlying(PRICE, address(hostile), 1 hours);
        uint16[] memory slots = new uint16[](1);
        slots[0] = PRICE;
        bytes memory call_ = abi.encodeCall(risk.poke, (slots));
        for (uint256 gas_ = 60_000; gas_ < 250_000; gas_ += 10_000) {
            (bool ok, bytes memory reason) = address(risk).call{gas: gas_}(call_);
            assertFalse(ok, "the feed was starved");
            // With the least of them not even the reason can be told.
            if (gas_ > 200_000) assertEq(bytes4(reason), IRiskManager.FeedStarved.selector);
        }
        risk.poke{gas: 300_000}(slots);
    }

    function _lines(LineWords memory one) private pure returns (LineWords[] memory lines) {
        lines = new LineWords[](1);
        lines[0] = one;
    }

    /// @dev One token of 6 decimals with weights 8,000 and 9,000 of a source with 9,000 and 9,500.
    function _words(uint16 underlying, uint16 own) private pure returns (LineWords memory words) {
        words.line = 1e6;
        words.asset =
            7 |
            (uint256(underlying) << 32) |
            (uint256(6) << 48) |
            (uint256(8_000) << 64) |
            (uint256(9_000) << 80) |
            (uint256(own) << 224);
        words.source =
            NOW |
            (uint256(9_000) << 88) |
            (uint256(9_500) << 104) |
            (uint256(90) << 192) |
            (uint256(360) << 208) |
            (uint256(4_320) << 224);
    }
}

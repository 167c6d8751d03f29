// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Grades, IRiskManager, LineMargin, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {IPriceFeed} from "../../solidity/prices/IPriceFeed.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {HostileFeed, HungryFeed, TestFeed} from "../feeds/TestFeed.sol";

/// @notice A sound feed that answers nonsense when it gets little gas.
contract GasShyFeed is IPriceFeed {
    function read() external view returns (uint96, uint32, uint40) {
        return gasleft() < 200_000 ? (0, uint32(0), 0) : (2e12, uint32(0), uint40(block.timestamp));
    }
}

/// @notice Finding M2: a feed that fails is not one that is quiet. What its slot values counts nothing for initial at once.
contract FailingFeedsTest is Test {
    uint256 private constant NOW = 1_800_000_000;
    uint16 private constant SOUND = 1;
    uint16 private constant SHAKY = 2;
    uint256 private constant FAILING = 256;
    /// @dev One token at 2: initial 2 · 0.8 · 0.9, exit 2 · 0.8 · 0.95, maintenance 2 · 0.9 · 0.95.
    uint256 private constant INITIAL = 1.44e18;
    uint256 private constant EXIT = 1.52e18;
    uint256 private constant MAINTENANCE = 1.71e18;

    address private governor = makeAddr("governor");
    RiskManager private risk;
    TestFeed private sound;
    HostileFeed private shaky;

    function setUp() public {
        vm.warp(NOW);
        risk = new RiskManager(governor);
        (sound, shaky) = (new TestFeed(), new HostileFeed());
        _list(SOUND, address(sound));
        _list(SHAKY, address(shaky));
        sound.set(2e12, 0, uint40(NOW));
        _answer(2e12, NOW);
        risk.poke(_slots(SOUND));
        risk.poke(_slots(SHAKY));
    }

    function test_a_feed_that_fails_in_any_way_marks_its_slot_at_once() public {
        for (uint256 way = 0; way < 6; ++way) {
            _answer(2e12, NOW);
            risk.poke(_slots(SHAKY));
            _expectSound();
            shaky.set(HostileFeed.Way(way), [uint256(2e12), 0, NOW]);
            _expectMark(true);
            risk.poke(_slots(SHAKY));
            _expectFailing();
        }
    }

    function test_an_answer_out_of_range_marks_its_slot_too() public {
        uint256[3][6] memory words = [
            [uint256(0), 0, NOW],
            [uint256(1) << 80, 0, NOW],
            [uint256(1), 1_000_001, NOW],
            [uint256(1), 0, 0],
            [uint256(1), 0, NOW + 121],
            [uint256(1), 0, type(uint256).max]
        ];
        for (uint256 i = 0; i < words.length; ++i) {
            shaky.set(HostileFeed.Way.RETURN_WORDS, words[i]);
            _expectMark(true);
            risk.poke(_slots(SHAKY));
            _expectFailing();
            _answer(2e12, NOW);
            risk.poke(_slots(SHAKY));
            _expectSound();
        }
    }

    function test_the_mark_is_told_once_and_leaves_with_the_next_acceptable_answer() public {
        _break();
        vm.recordLogs();
        risk.poke(_slots(SHAKY));
        assertEq(vm.getRecordedLogs().length, 1, "PokeSkipped alone");
        // The same observation again is an answer.
        _answer(2e12, NOW);
        _expectMark(false);
        risk.poke(_slots(SHAKY));
        _expectSound();
        vm.recordLogs();
        risk.poke(_slots(SHAKY));
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_a_newer_observation_ends_the_mark_and_is_taken() public {
        _break();
        vm.warp(NOW + 1);
        _answer(3e12, NOW + 1);
        _expectMark(false);
        vm.expectEmit(address(risk));
        emit IRiskManager.PricePoked(SHAKY, 3e12, 0, NOW + 1);
        risk.poke(_slots(SHAKY));
        assertFalse(risk.priceOf(SHAKY).failing);
        assertEq(risk.priceOf(SHAKY).price, 3e12);
    }

    function test_another_feed_takes_the_mark_over_until_it_answers() public {
        _break();
        _list(SHAKY, address(sound));
        _expectFailing();
        risk.poke(_slots(SHAKY));
        _expectSound();
    }

    function test_a_line_is_marked_by_its_own_feed_and_by_its_underlyings() public {
        _break();
        assertEq(_weigh(SHAKY, SOUND).initialWad, 0);
        assertEq(_weigh(SOUND, SHAKY).initialWad, 0);
        assertEq(_weigh(SOUND, 0).initialWad, INITIAL);
        assertEq(_weigh(SOUND, 0).status, 0);
    }

    function test_a_mark_joins_what_else_is_said_of_a_line() public {
        _break();
        vm.warp(NOW + 1 hours + 1);
        assertEq(_weigh(SHAKY, 0).status, FAILING | 1);
        assertEq(_weigh(SHAKY, 0).maintenanceWad, MAINTENANCE);
    }

    function test_a_poked_margin_finds_the_failure_itself() public {
        shaky.set(HostileFeed.Way.REVERT_PLAIN, [uint256(0), 0, 0]);
        Grades memory poked = risk.pokedMargin(_lines(SHAKY, 0));
        assertEq(poked.initialWad, 0);
        assertEq(poked.exitWad, EXIT);
        assertEq(poked.maintenanceWad, MAINTENANCE);
        assertEq(poked.status, FAILING);
        _expectFailing();
    }

    // Nobody marks a sound feed

    function test_no_gas_marks_a_sound_feed() public {
        _list(SHAKY, address(new HungryFeed(200_000)));
        uint256 refused;
        for (uint256 gas_ = 5_000; gas_ < 600_000; gas_ += 2_500) {
            uint256 state = vm.snapshotState();
            (bool poked, ) = address(risk).call{gas: gas_}(abi.encodeCall(risk.poke, (_slots(SHAKY))));
            assertFalse(risk.priceOf(SHAKY).failing, "poke");
            (bool weighed, ) = address(risk).call{gas: gas_}(abi.encodeCall(risk.pokedMargin, (_lines(SHAKY, 0))));
            assertFalse(risk.priceOf(SHAKY).failing, "pokedMargin");
            if (!poked || !weighed) ++refused;
            vm.revertToState(state);
        }
        assertGt(refused, 50, "too few were starved");
    }

    function test_nonsense_for_want_of_gas_is_no_failure() public {
        _list(SHAKY, address(new GasShyFeed()));
        bytes memory call_ = abi.encodeCall(risk.poke, (_slots(SHAKY)));
        (bool ok, bytes memory reason) = address(risk).call{gas: 180_000}(call_);
        assertFalse(ok);
        assertEq(bytes4(reason), IRiskManager.FeedStarved.selector);
        risk.poke(_slots(SHAKY));
        _expectSound();
    }

    function test_a_slot_without_a_feed_is_not_marked() public {
        risk.poke(_slots(9));
        assertFalse(risk.priceOf(9).failing);
    }

    // Inside

    function _break() private {
        shaky.set(HostileFeed.Way.REVERT_TYPED, [uint256(0), 0, 0]);
        risk.poke(_slots(SHAKY));
        _expectFailing();
    }

    function _expectMark(bool failing) private {
        vm.expectEmit(address(risk));
        emit IRiskManager.FeedMarked(SHAKY, failing);
    }

    function _expectFailing() private view {
        assertTrue(risk.priceOf(SHAKY).failing);
        LineMargin memory one = _weigh(SHAKY, 0);
        assertEq(one.initialWad, 0);
        assertEq(one.exitWad, EXIT);
        assertEq(one.maintenanceWad, MAINTENANCE);
        assertEq(one.status, FAILING);
        assertEq(risk.margin(_lines(SHAKY, 0)).initialWad, 0);
    }

    function _expectSound() private view {
        assertFalse(risk.priceOf(SHAKY).failing);
        assertEq(_weigh(SHAKY, 0).initialWad, INITIAL);
        assertEq(_weigh(SHAKY, 0).status, 0);
    }

    function _answer(uint256 price, uint256 observedAt) private {
        shaky.set(HostileFeed.Way.RETURN_WORDS, [price, 0, observedAt]);
    }

    function _list(uint16 slot, address feed) private {
        vm.prank(governor);
        risk.listUnderlying(slot, feed, 1 hours);
    }

    function _weigh(uint16 underlying, uint16 own) private view returns (LineMargin memory) {
        return risk.breakdown(_lines(underlying, own))[0];
    }

    /// @dev One token of 6 decimals with weights 8,000 and 9,000 of a source with 9,000 and 9,500.
    function _lines(uint16 underlying, uint16 own) private view returns (LineWords[] memory lines) {
        lines = new LineWords[](1);
        lines[0].line = 1e6;
        lines[0].asset =
            7 |
            (uint256(underlying) << 32) |
            (uint256(6) << 48) |
            (uint256(8_000) << 64) |
            (uint256(9_000) << 80) |
            (uint256(own) << 224);
        lines[0].source =
            block.timestamp |
            (uint256(9_000) << 88) |
            (uint256(9_500) << 104) |
            (uint256(90) << 192) |
            (uint256(360) << 208) |
            (uint256(4_320) << 224);
    }

    function _slots(uint16 slot) private pure returns (uint16[] memory slots) {
        slots = new uint16[](1);
        slots[0] = slot;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CachedPrice} from "../../solidity/interfaces/IRiskManager.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {MedianFixture} from "./MedianFixture.sol";

/// @notice What the risk manager keeps of a median of two sources, of which one speaks once a day.
contract MedianInCacheTest is MedianFixture {
    RiskManager private risk;
    uint16[] private _slots;

    function setUp() public override {
        super.setUp();
        risk = new RiskManager(address(this));
        risk.listUnderlying(1, address(two), 1 days);
        _slots.push(1);
        feeds[0].set(2000e12, 0, uint40(NOW));
        feeds[1].set(2000e12, 500, uint40(NOW));
        risk.poke(_slots);
    }

    function test_a_source_that_becomes_unsure_is_heard_while_the_other_one_is_quiet() public {
        _speak(2000e12, 50_000, 1 hours);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.confPpm, 50_000);
        assertEq(kept.observedAt, NOW);
    }

    function test_a_price_of_the_same_time_counts_and_moves_no_slow_price() public {
        _speak(1961e12, 500, 1 hours);
        CachedPrice memory kept = risk.priceOf(1);
        assertEq(kept.price, 1980.5e12);
        assertEq(kept.ema, 2000e12);
        assertEq(kept.observedAt, NOW);
        _speak(1961e12, 500, 2 hours);
        assertEq(risk.priceOf(1).ema, 2000e12);
        // Both have spoken: what was kept last has stood since the time that it is of.
        feeds[0].set(1961e12, 0, uint40(NOW + 2 hours));
        risk.poke(_slots);
        kept = risk.priceOf(1);
        assertEq(kept.price, 1961e12);
        assertEq(kept.ema, 1980.5e12);
    }

    function test_what_was_kept_already_costs_no_storage_and_no_event() public {
        vm.warp(NOW + 1 hours);
        vm.record();
        vm.recordLogs();
        risk.poke(_slots);
        (, bytes32[] memory writes) = vm.accesses(address(risk));
        assertEq(writes.length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_an_earlier_time_changes_nothing() public {
        _speak(2000e12, 500, 0);
        feeds[0].set(1900e12, 0, uint40(NOW - 1));
        risk.poke(_slots);
        assertEq(risk.priceOf(1).price, 2000e12);
    }

    function _speak(uint96 price, uint32 confPpm, uint256 afterS) private {
        vm.warp(NOW + afterS);
        feeds[1].set(price, confPpm, uint40(NOW + afterS));
        risk.poke(_slots);
    }
}

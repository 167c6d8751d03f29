// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {PaymentLane} from "../solidity/interfaces/VaultTypes.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";
import {TestWitness} from "./witnesses/TestWitness.sol";

/// @notice Witnesses of the ledger's journal that tell nothing while payments wait for them: a limit of 100,000 tokens a day, of which
///         1,000 may go unconfirmed while both are alive.
contract VaultSilenceTest is VaultReleaseFixture {
    uint128 private constant FAST = 1_000 * ONE;

    TestWitness[2] private witnesses;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, type(uint64).max, 100_000_000);
        vault.setFastLimit(asset, 100);
        for (uint8 slot = 0; slot < 2; ++slot) {
            witnesses[slot] = new TestWitness();
            vault.setWitness(slot, address(witnesses[slot]), true);
        }
        vault.setWitnessPolicy(2);
        vm.stopPrank();
    }

    function test_I6_witnesses_that_fall_silent_lower_the_fast_limit_in_even_steps_and_bring_it_back() public {
        uint256 silentAt = _wait();
        vm.warp(silentAt);
        uint128[3] memory left = [FAST, (FAST * 5) / 8, FAST / 4];
        for (uint8 silent = 0; silent < 3; ++silent) {
            _requireFast(left[silent]);
            if (silent == 2) continue;
            vm.expectEmit(address(vault));
            emit ICollateralVault.SilenceNoted(silent, 1);
            vm.prank(bob);
            vault.noteSilence(silent, 1);
        }
        assertEq(vault.silentWitnesses(), 3);
        (, uint8 counting, uint8 conflicted, ) = vault.witnessPolicy();
        assertEq(abi.encode(counting, conflicted), abi.encode(3, 0), "both are read all the same");
        _confirm(1);
        _requireFast(left[1]);
        _confirm(0);
        _requireFast(FAST);
        assertEq(vault.silentWitnesses(), 0);
        pay(1);
    }

    function test_I6_nobody_makes_a_witness_silent_that_had_no_day_or_has_told_or_is_not_waited_for() public {
        release(ONE, bob, 0);
        uint256 silentAt = _wait();
        vm.warp(silentAt - 1);
        _requireHeard(0, 2, silentAt, "a second too early");
        vm.warp(silentAt);
        _requireHeard(0, 1, vault.payment(1).readyAt + 1 days, "a payment that does not wait");
        _requireHeard(0, 3, 1 days, "no payment");
        _confirm(0);
        _requireHeard(0, 2, silentAt, "it has confirmed it");
        vault.noteSilence(1, 2);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.WitnessNotCounting.selector, 1));
        vault.noteSilence(1, 2);
        for (uint8 slot = 2; slot < 9; slot += 3) {
            vm.expectRevert(abi.encodeWithSelector(ICollateralVault.WitnessNotCounting.selector, slot));
            vault.noteSilence(slot, 2);
        }
        _confirm(1);
        pay(2);
        _requireHeard(1, 2, silentAt, "a payment that was made");
    }

    function test_I6_whoever_has_told_is_not_silent_in_whichever_place() public {
        uint256 silentAt = _wait();
        vm.warp(silentAt);
        _confirm(1);
        _requireHeard(1, 1, silentAt, "it has confirmed it");
        vault.noteSilence(0, 1);
        assertEq(vault.silentWitnesses(), 1);
        // Its bit is no fifth witness.
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.WitnessNotCounting.selector, 4));
        vault.noteSilence(4, 1);
    }

    function test_I8_a_silent_witness_that_contradicts_is_a_conflict_like_any_other() public {
        vm.warp(_wait());
        vault.noteSilence(0, 1);
        witnesses[0].record(heads[0], 1, "another");
        vault.confirm(0, 1);
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.CONTESTED));
        _requireFast(FAST / 4);
        TestWitness next = new TestWitness();
        vm.prank(governor);
        vault.setWitness(0, address(next), true);
        assertEq(vault.silentWitnesses(), 0, "a new one is alive");
        _requireFast(FAST);
    }

    function test_I6_nobody_is_silent_about_what_enough_others_have_confirmed() public {
        uint256 silentAt = _wait();
        vm.prank(governor);
        vault.setWitnessPolicy(1);
        _confirm(0);
        vm.warp(silentAt);
        _requireHeard(1, 1, silentAt, "one is enough");
        assertEq(vault.silentWitnesses(), 0);
    }

    function test_I6_a_quote_has_the_whole_fast_limit_once_all_is_confirmed() public {
        release(ONE, bob, 0);
        applyAll();
        _requireFast(FAST - ONE);
        _confirm(0);
        _confirm(1);
        _requireFast(FAST);
    }

    function test_a_quote_above_the_largest_payment_names_no_date() public view {
        uint128 largest = uint128(vault.quotePayment(asset, 1).largestUnits);
        assertEq(uint8(vault.quotePayment(asset, largest + 1).lane), uint8(PaymentLane.NONE));
        assertEq(vault.quotePayment(asset, largest + 1).readyAt, 0);
        assertGt(vault.quotePayment(asset, largest).readyAt, 0);
    }

    /// @dev A payment above the fast limit; gives from when on whoever has not confirmed it is silent.
    function _wait() private returns (uint256 silentAt) {
        release(FAST + ONE, bob, 0);
        applyAll();
        uint96 last = uint96(tip());
        assertEq(vault.payment(last).flags & 1, 1);
        return vault.payment(last).readyAt + 1 days;
    }

    function _confirm(uint8 slot) private {
        witnesses[slot].record(heads[0], tip(), heads[tip()]);
        vault.confirm(slot, tip());
    }

    function _requireFast(uint128 units) private view {
        assertFalse(vault.quotePayment(asset, units).waits);
        assertTrue(vault.quotePayment(asset, units + 1).waits);
    }

    function _requireHeard(uint8 witness, uint96 seq, uint256 silentAt, string memory why) private {
        (bool ok, bytes memory answer) = address(vault).call(abi.encodeCall(vault.noteSilence, (witness, seq)));
        assertFalse(ok, why);
        assertEq(answer, abi.encodeWithSelector(ICollateralVault.NothingUnheard.selector, witness, seq, silentAt), why);
    }
}

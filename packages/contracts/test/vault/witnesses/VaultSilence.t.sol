// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentLane} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Witnesses of the ledger's journal that tell nothing while payments wait for them: a limit of 100,000 tokens a day, of which
///         1,000 may go unconfirmed.
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

    function test_I6_silent_witnesses_leave_the_fast_limit_as_it_is() public {
        _wait();
        for (uint256 day = 0; day < 7; ++day) {
            skip(1 days);
            _requireFast(FAST);
        }
        uint64 fits = release(FAST, bob, 0);
        applyAll();
        assertEq(vault.payment(fits).flags & 1, 0, "it waits for no confirmation");
        _requireFast(0);
    }

    function test_I9_what_waits_for_silent_witnesses_opens_at_its_date() public {
        uint64 seq = _wait();
        uint256 opensAt = vault.openingOf(seq).at;
        // Seven days, and the time that its amount takes of the fast limit a day.
        assertEq(opensAt, vm.getBlockTimestamp() + 7 days + ((uint256(FAST) + ONE) * 1 days + FAST - 1) / FAST);
        bytes memory entry = entryOf(seq);
        vm.warp(opensAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentUnconfirmed.selector, seq, opensAt));
        vault.pay(seq, entry, relayer);
        vm.warp(opensAt);
        pay(seq);
        _requireFast(FAST);
    }

    function test_I8_a_witness_that_was_silent_contradicts_like_any_other() public {
        _wait();
        skip(3 days);
        witnesses[0].record(heads[0], 1, "another");
        vault.confirm(0, 1);
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(SourceState.CONTESTED));
        _requireFast(FAST / 4);
        (, uint8 counting, uint8 conflicted, ) = vault.witnessPolicy();
        assertEq(abi.encode(counting, conflicted), abi.encode(2, 1));
        TestWitness next = new TestWitness();
        vm.prank(governor);
        vault.setWitness(0, address(next), true);
        _requireFast(FAST);
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

    /// @dev A payment above the fast limit, which waits for a confirmation.
    function _wait() private returns (uint64 seq) {
        seq = release(FAST + ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(seq).flags & 1, 1);
    }

    function _confirm(uint8 slot) private {
        witnesses[slot].record(heads[0], tip(), heads[tip()]);
        vault.confirm(slot, tip());
    }

    function _requireFast(uint128 units) private view {
        assertFalse(vault.quotePayment(asset, units).waits);
        assertTrue(vault.quotePayment(asset, units + 1).waits);
    }
}

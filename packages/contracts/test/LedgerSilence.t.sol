// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerEdges} from "../solidity/interfaces/ILedgerEdges.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";
import {TestWitness} from "./witnesses/TestWitness.sol";

/// @notice Witnesses that tell nothing while something waits for them: the fast limit falls by the curve, and comes back.
contract LedgerSilenceTest is WitnessFixture {
    uint128 private constant LARGE = FAST + ONE_USD;

    function test_I6_witnesses_that_fall_silent_lower_the_fast_limit_in_even_steps_and_bring_it_back() public {
        uint256 parkedAt = _park();
        vm.warp(parkedAt + 1 days);
        uint256[4] memory left = [uint256(FAST), FAST, (FAST * 5) / 8, FAST / 4];
        for (uint8 silent = 0; silent < 3; ++silent) {
            assertEq(ledger.limitsOf(USD).fastUnits, left[silent]);
            vm.expectEmit(address(ledger));
            emit ILedgerEdges.SilenceNoted(SOURCE, silent, 1);
            vm.prank(bob);
            ledger.noteSilence(SOURCE, silent, 1);
        }
        assertEq(ledger.limitsOf(USD).fastUnits, left[3]);
        assertEq(ledger.silentWitnessesOf(SOURCE), 7);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE), "nothing else changes");
        // What is small goes on, what is above the lower limit waits.
        refreshNow();
        lock(USD, FAST / 4, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), FAST / 4);
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED));
        // Who is silent is read all the same, and counts again once it has told.
        confirmBy(0, tip(journal));
        assertEq(ledger.silentWitnessesOf(SOURCE), 6);
        assertEq(ledger.limitsOf(USD).fastUnits, left[2]);
        confirmBy(1, tip(journal));
        assertEq(ledger.limitsOf(USD).fastUnits, FAST);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), FAST / 4 + LARGE);
    }

    function test_I6_nobody_makes_a_witness_silent_that_had_no_day_or_has_told_or_is_not_waited_for() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        uint256 parkedAt = _park();
        _requireHeard(0, 1, 0, "a credit that was not parked");
        vm.warp(parkedAt + 1 days - 1);
        _requireHeard(0, 2, parkedAt + 1 days, "a second too early");
        skip(1);
        confirmBy(0, 2);
        _requireHeard(0, 2, parkedAt + 1 days, "it has confirmed it");
        ledger.noteSilence(SOURCE, 1, 2);
        _requireHeard(1, 2, 0, "once is enough");
        confirmBy(1, 2);
        _requireHeard(2, 2, 0, "two others have confirmed it: nothing waits for the third");
        for (uint8 slot = 3; slot < 5; ++slot) {
            vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.WitnessNotRead.selector, SOURCE, slot));
            ledger.noteSilence(SOURCE, slot, 2);
        }
    }

    function test_I6_whoever_has_told_is_not_silent_in_whichever_place() public {
        uint256 parkedAt = _park();
        vm.warp(parkedAt + 1 days);
        confirmBy(2, 1);
        _requireHeard(2, 1, parkedAt + 1 days, "it has confirmed it");
        ledger.noteSilence(SOURCE, 1, 1);
        assertEq(ledger.silentWitnessesOf(SOURCE), 2);
    }

    function test_I6_a_record_of_less_than_what_waits_ends_a_silence_until_it_is_noted_again() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        uint256 parkedAt = _park();
        vm.warp(parkedAt + 1 days);
        ledger.noteSilence(SOURCE, 0, 2);
        witnesses[0].record(journal.edge, 1, journal.heads[1]);
        ledger.mark(SOURCE, 1, journal.heads[1], entriesOf(journal, 1, 2));
        ledger.confirm(SOURCE, 0, 1);
        assertEq(ledger.silentWitnessesOf(SOURCE), 0);
        ledger.noteSilence(SOURCE, 0, 2);
        assertEq(ledger.silentWitnessesOf(SOURCE), 1);
    }

    function test_I6_a_new_witness_in_the_place_of_a_silent_one_is_alive() public {
        uint256 parkedAt = _park();
        vm.warp(parkedAt + 1 days);
        ledger.noteSilence(SOURCE, 0, 1);
        ledger.noteSilence(SOURCE, 1, 1);
        TestWitness next = new TestWitness();
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(next), true);
        assertEq(ledger.silentWitnessesOf(SOURCE), 2);
        assertEq(ledger.limitsOf(USD).fastUnits, FAST);
    }

    function test_I8_a_silent_witness_that_contradicts_is_a_conflict_like_any_other() public {
        uint256 parkedAt = _park();
        vm.warp(parkedAt + 1 days);
        for (uint8 slot = 0; slot < 3; ++slot) ledger.noteSilence(SOURCE, slot, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        witnesses[2].record(journal.edge, 1, "another");
        ledger.confirm(SOURCE, 2, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.WitnessNotRead.selector, SOURCE, 2));
        ledger.noteSilence(SOURCE, 2, 1);
        TestWitness next = new TestWitness();
        vm.prank(governor);
        ledger.setWitness(SOURCE, 2, address(next), true);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE), "others' silence is no contest");
    }

    /// @dev A credit above the fast limit, and when it was parked.
    function _park() private returns (uint256 parkedAt) {
        lock(USD, LARGE, accountOf(alice), 0);
        applyAll();
        return vm.getBlockTimestamp();
    }

    function _requireHeard(uint8 witness, uint96 index, uint256 silentAt, string memory why) private {
        bytes memory refusal = abi.encodeWithSelector(
            ILedgerEdges.NothingUnheard.selector,
            SOURCE,
            witness,
            index,
            silentAt
        );
        (bool ok, bytes memory answer) = address(ledger).call(
            abi.encodeCall(ledger.noteSilence, (SOURCE, witness, index))
        );
        assertFalse(ok, why);
        assertEq(answer, refusal, why);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {ReplicaLib, SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {Factors} from "../../../solidity/interfaces/IRiskManager.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice What the verifier's halt and recovery mean at the ledger, and the table of ages.
contract LedgerHaltTest is LedgerReleaseFixture {
    function setUp() public override {
        super.setUp();
        _tell(false, false);
    }

    function test_I8_a_halt_is_noted_by_anyone_and_lifted_by_anyone_once_it_is_cleared() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToNote.selector, SOURCE, SourceState.LIVE));
        ledger.noteHalt(SOURCE);
        _tell(true, false);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.HALTED, 0, "halted");
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.HALTED, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToNote.selector, SOURCE, SourceState.HALTED));
        ledger.noteHalt(SOURCE);
        _tell(false, false);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.LIVE, 0, "resumed");
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.LIVE, 0);
        _creditAgain();
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 9));
        ledger.noteHalt(9);
    }

    function test_I8_a_halted_source_takes_no_entry_and_releases_nothing_and_another_goes_on() public {
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        lock(USD, ONE_USD, accountOf(bob), 0);
        JournalHead memory statement = statementOf(journal, tip(journal));
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(journal, 3, 4);
        bytes memory refusal = abi.encodeWithSelector(
            ILedgerCore.SourceNotAccepting.selector,
            SOURCE,
            SourceState.HALTED,
            0
        );
        vm.expectRevert(refusal);
        ledger.applyEntries(SOURCE, 3, entries, new uint64[](0), statement, sigs, accountOf(relayer));
        vm.expectRevert(refusal);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        vm.expectRevert(refusal);
        ledger.unpark(SOURCE, 1);
        vm.expectRevert(refusal);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 days));
    }

    function test_recovery_freezes_as_a_halt_does_and_a_halt_goes_before_it() public {
        _tell(false, true);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.RECOVERY, 0, "recovery");
        ledger.noteHalt(SOURCE);
        _expectWeights(0, 1_000_000);
        _tell(true, true);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.HALTED, 0);
        _tell(false, true);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.RECOVERY, 0);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.LIVE, 0);
        _expectWeights(1_000_000, 1_000_000);
    }

    function test_a_halt_keeps_the_quarantine_that_it_interrupts() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 2 days));
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 1 days);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.QUARANTINED, uint40(START + 2 days));
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 2 days);
        _expectState(SourceState.HALTED, uint40(START + 2 days));
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.LIVE, 0);
    }

    function test_a_quarantine_goes_on_after_a_halt_that_became_a_recovery() public {
        uint40 until = uint40(START + 2 days);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        _tell(false, true);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.RECOVERY, until);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.QUARANTINED, until);
    }

    function test_a_halt_keeps_nothing_of_a_quarantine_that_is_over() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        vm.warp(START + 1 hours);
        _tell(true, false);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.HALTED, 0, "halted");
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.HALTED, 0);
    }

    function test_I9_nobody_lifts_a_quarantine_by_noting_that_nothing_is_halted() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToNote.selector, SOURCE, SourceState.QUARANTINED));
        ledger.noteHalt(SOURCE);
        _expectState(SourceState.QUARANTINED, uint40(START + 1 hours));
    }

    function test_weights_are_frozen_at_what_they_were_and_prices_live() public {
        // Eight days without a word: 72 h + 5 days past the floor age.
        vm.warp(START + 8 days);
        setPrices(1e12, 2000e12);
        _expectWeights(0, 750_000);
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 30 days - 1 hours);
        setPrices(1e12, 1000e12);
        vm.warp(START + 30 days);
        setPrices(1e12, 1000e12);
        _expectWeights(0, 750_000);
        (uint256 aI, , , , uint256 aM, , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, 0);
        // (100 · 1 + 20 · 1,000) · 0.85 · 0.95 · 0.75
        assertEq(aM, ((uint256(20_100e18 * 85 * 95) / 10_000) * 75) / 100);
        assertEq(status, 16);
        // It went on ageing meanwhile, and could not become younger: what it was frozen at falls from here.
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectWeights(0, 750_000);
        vm.warp(START + 31 days);
        _expectWeights(0, 700_000);
        vm.warp(START + 35 days);
        _expectWeights(0, 500_000);
        vm.warp(START + 50 days);
        _expectWeights(0, 500_000);
    }

    /// @notice A recovery takes 15 days and longer; the first statement of the new set comes after its end.
    function test_I5_the_end_of_a_freeze_is_no_cliff() public {
        vm.warp(START + 1 days);
        _tell(false, true);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 16 days);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectWeights(0, 1_000_000);
        vm.warp(START + 16 days + 6 hours);
        _expectWeights(0, 987_500);
        refreshNow();
        _expectWeights(1_000_000, 1_000_000);
        // It ages as ever from then on.
        vm.warp(START + 19 days + 6 hours + 1 days);
        _expectWeights(0, 950_000);
    }

    /// @notice A quarantine ends by itself: whether anybody notes it changes nothing.
    function test_I5_the_end_of_a_quarantine_is_no_cliff() public {
        _quarantineToTheLast();
        _expectWeights(0, 1_000_000);
        vm.warp(START + 144 hours - 1 + 12 hours);
        _expectWeights(0, 975_000);
        _tell(true, false);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 10 days);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        _expectWeights(0, 975_000);
        vm.warp(START + 11 days);
        _expectWeights(0, 925_000);
    }

    /// @notice A cut is accepted without telling a newer time.
    function test_I5_the_first_statement_after_a_quarantine_is_no_cliff() public {
        for (uint256 i = 0; i < 62; ++i) {
            lock(USD, 1, accountOf(bob), 0);
        }
        _quarantineToTheLast();
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.LIVE, 0, "lapsed");
        post(3, statementOf(journal, 64));
        _expectWeights(0, 1_000_000);
        vm.warp(START + 144 hours - 1 + 12 hours);
        _expectWeights(0, 975_000);
    }

    function test_I5_a_conflict_after_a_freeze_is_no_cliff() public {
        TestWitness witness = new TestWitness();
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(witness), true);
        _tell(false, true);
        ledger.noteHalt(SOURCE);
        vm.warp(START + 16 days);
        _tell(false, false);
        ledger.noteHalt(SOURCE);
        witness.record(journal.edge, 3, keccak256("another history"));
        ledger.confirm(SOURCE, 0, 3);
        _expectState(SourceState.CONTESTED, 0);
        _expectWeights(0, 1_000_000);
        vm.warp(START + 17 days);
        _expectWeights(0, 950_000);
    }

    /// @notice The table of ages, row by row.
    function test_the_table_of_ages() public {
        _expectWeightsAt(0, 1_000_000, 1_000_000);
        _expectWeightsAt(90 minutes, 1_000_000, 1_000_000);
        _expectWeightsAt(90 minutes + 27 minutes, 900_000, 1_000_000);
        _expectWeightsAt(6 hours - 27 minutes, 100_000, 1_000_000);
        _expectWeightsAt(6 hours, 0, 1_000_000);
        _expectWeightsAt(72 hours, 0, 1_000_000);
        _expectWeightsAt(72 hours + 1 days, 0, 950_000);
        _expectWeightsAt(72 hours + 10 days, 0, 500_000);
        _expectWeightsAt(72 hours + 100 days, 0, 500_000);
    }

    // Inside

    /// @dev As long as a guardian can without a pause, and up to its end.
    function _quarantineToTheLast() private {
        vm.startPrank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 72 hours));
        vm.warp(START + 72 hours - 1);
        ledger.quarantine(SOURCE, uint40(START + 144 hours - 1));
        vm.stopPrank();
        vm.warp(START + 144 hours - 1);
    }

    function _creditAgain() private {
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 6 * ONE_USD);
    }

    function _tell(bool halted, bool recovering) private {
        vm.mockCall(
            address(attesters),
            abi.encodeCall(IAttesterSet.haltOf, (journal.edge)),
            abi.encode(halted, uint64(0), uint40(0))
        );
        vm.mockCall(address(attesters), abi.encodeCall(IAttesterSet.inRecovery, ()), abi.encode(recovering));
    }

    function _expectState(SourceState expected, uint40 expectedUntil) private view {
        (SourceState state, uint40 until, ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(expected));
        assertEq(until, expectedUntil);
        (, , , , , SourceState kept) = ledger.replicaOf(SOURCE);
        assertEq(uint8(kept), uint8(expected));
        assertEq(
            uint8(uint256(vm.load(address(ledger), bytes32(uint256(ReplicaLib.slotOf(journal.edge)) + 1))) >> 208),
            uint8(expected)
        );
    }

    function _expectWeightsAt(uint256 age, uint256 initial, uint256 maintenance) private {
        vm.warp(START + age);
        _expectWeights(initial, maintenance);
    }

    function _expectWeights(uint256 initial, uint256 maintenance) private view {
        Factors memory factors = lens.weightsOf(USD);
        assertEq(factors.freshI, initial, "initial");
        assertEq(factors.freshM, maintenance, "maintenance");
    }
}

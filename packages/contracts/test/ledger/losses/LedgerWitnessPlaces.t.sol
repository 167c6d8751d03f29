// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Each witness has a place of its own: what one confirms or contradicts is no word of another.
contract LedgerWitnessPlacesTest is WitnessFixture {
    function test_I6_a_witness_confirms_more_in_its_own_place_and_never_less() public {
        _lockSix();
        confirmBy(1, 3);
        _expectWitness(1, true, false, 3);
        witnesses[1].record(journal.edge, 2, journal.heads[2]);
        vm.expectRevert(abi.encodeWithSelector(IEdge.NothingNew.selector, 2, 3));
        ledger.confirm(SOURCE, 1, 2);
        confirmBy(1, 4);
        _expectWitness(1, true, false, 4);
        _expectWitness(0, true, false, 0);
        _expectWitness(2, true, false, 0);
    }

    function test_I6_a_new_witness_begins_anew_and_the_others_keep_what_they_confirmed() public {
        _lockSix();
        for (uint8 place = 0; place < 3; ++place) confirmBy(place, place == 2 ? 1 : 5);
        witnesses[1] = new TestWitness();
        vm.recordLogs();
        vm.prank(governor);
        ledger.setWitness(SOURCE, 1, address(witnesses[1]), false);
        assertEq(vm.getRecordedLogs().length, 1, "a calm source changes no state");
        _expectWitness(0, true, false, 5);
        _expectWitness(1, false, false, 0);
        _expectWitness(2, true, false, 1);
        confirmBy(1, 2);
        (uint64 confirmed, ) = ledger.confirmedOf(SOURCE);
        assertEq(confirmed, 5, "what is confirmed stays confirmed");
    }

    function test_there_is_no_fifth_place() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
        witnesses[0].record(journal.edge, 1, "another");
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Conflict(SOURCE, 0, 1, journal.heads[1], "another");
        ledger.confirm(SOURCE, 0, 1);
        _expectWitness(0, true, true, 0);
        address another = address(new TestWitness());
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessRefused.selector, SOURCE, 4, another));
        vm.prank(governor);
        ledger.setWitness(SOURCE, 4, another, true);
    }

    function test_a_contest_ends_for_good_with_its_witness() public {
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        witnesses[2].record(journal.edge, 1, "another");
        ledger.confirm(SOURCE, 2, 1);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.WitnessSet(SOURCE, 2, address(0), false);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(SOURCE, SourceState.LIVE, 0, "witness");
        vm.prank(governor);
        ledger.setWitness(SOURCE, 2, address(0), false);
        (, uint40 until, ) = ledger.stateOf(SOURCE);
        assertEq(until, 0);
    }

    function test_a_mark_of_nothing_is_none() public {
        for (uint256 i = 0; i < 2; ++i) lock(USD, 1, accountOf(alice), 0);
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkMissing.selector, 1));
        ledger.mark(SOURCE, 1, 0, "");
        bytes memory all = entriesOf(journal, 0, 2);
        bytes32 edge = journal.edge;
        vm.expectRevert(abi.encodeWithSelector(IEdge.MarkOutOfRange.selector, 0, 0, 2));
        ledger.mark(SOURCE, 0, edge, all);
    }

    function _lockSix() private {
        for (uint256 i = 0; i < 6; ++i) lock(USD, 1, accountOf(alice), 0);
        applyAll();
        for (uint64 count = 1; count < 6; ++count) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, 6));
        }
    }

    function _expectWitness(uint8 place, bool mayConflict, bool conflicted, uint64 confirmed) private view {
        (address at, bool may, bool has, uint64 told) = ledger.witnessOf(SOURCE, place);
        assertEq(
            abi.encode(at, may, has, told),
            abi.encode(address(witnesses[place]), mayConflict, conflicted, confirmed)
        );
    }
}

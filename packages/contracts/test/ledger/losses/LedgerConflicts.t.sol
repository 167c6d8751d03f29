// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";

/// @notice Which conflicts put off the opening of what is parked unconfirmed, and to when.
contract LedgerConflictsTest is WitnessFixture {
    function test_I6_a_conflict_in_the_second_of_parking_puts_the_opening_off() public {
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        _contradict();
        _park();
        _expectOpening(START + 14 days);
    }

    function test_I9_a_conflict_a_second_before_puts_nothing_off() public {
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        _contradict();
        vm.warp(START + 1);
        _park();
        _expectOpening(START + 1 + 7 days);
    }

    /// @notice What could have opened and was not freed waits from the conflict on.
    function test_I6_a_conflict_after_the_opening_puts_it_off_from_then() public {
        _park();
        vm.warp(START + 8 days);
        _contradict();
        _expectOpening(START + 15 days);
    }

    function _park() private {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyAll();
    }

    function _contradict() private {
        witnesses[0].record(journal.edge, 1, keccak256("another history"));
        ledger.confirm(SOURCE, 0, 1);
    }

    /// @dev The last entry is the one that is parked.
    function _expectOpening(uint256 at) private {
        uint96 index = uint96(tip(journal));
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, index, 0, at));
        ledger.unpark(SOURCE, index);
        vm.warp(at);
        ledger.unpark(SOURCE, index);
        assertEq(amountOf(alice, USD), FAST + 1);
    }
}

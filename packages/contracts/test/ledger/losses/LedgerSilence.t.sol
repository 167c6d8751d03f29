// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";

/// @notice Witnesses that tell nothing: the fast limit stays whole, and what is above it waits for its date.
contract LedgerSilenceTest is WitnessFixture {
    uint128 private constant LARGE = FAST + ONE_USD;

    function test_I6_silent_witnesses_leave_the_fast_limit_as_it_is() public {
        _park();
        for (uint256 day = 0; day < 7; ++day) {
            skip(1 days);
            assertEq(ledger.limitsOf(USD).fastUnits, FAST);
        }
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        refreshNow();
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), FAST);
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED));
    }

    function test_I9_what_waits_for_silent_witnesses_opens_at_its_date() public {
        uint256 opensAt = _park() + 7 days;
        vm.warp(opensAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, opensAt));
        ledger.unpark(SOURCE, 1);
        vm.warp(opensAt);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), LARGE);
        assertEq(ledger.limitsOf(USD).fastUnits, FAST, "nothing was confirmed, and the limit is whole");
    }

    function test_I6_a_witness_that_was_silent_confirms_like_any_other() public {
        vm.warp(_park() + 3 days);
        confirmAll();
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), LARGE);
    }

    function test_I8_a_witness_that_was_silent_contradicts_like_any_other() public {
        vm.warp(_park() + 3 days);
        witnesses[2].record(journal.edge, 1, "another");
        ledger.confirm(SOURCE, 2, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        assertEq(ledger.limitsOf(USD).fastUnits, FAST / 4);
    }

    /// @dev A credit above the fast limit, and when it was parked.
    function _park() private returns (uint256 parkedAt) {
        lock(USD, LARGE, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(reasonAt(1)), uint8(ParkReason.UNCONFIRMED));
        return vm.getBlockTimestamp();
    }
}

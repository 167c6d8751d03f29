// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultRewind} from "../../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {Timelocked} from "../../roles/Timelocked.sol";
import {VaultRewindFixture} from "./VaultRewindFixture.sol";

/// @notice A rewind of a vault's replica that waits in the timelock, and the quarantine that it holds meanwhile.
contract VaultRewindHoldTest is VaultRewindFixture, Timelocked {
    JournalHead private point;
    bytes private sigs;
    bytes private call_;

    function setUp() public override {
        governor = makeTimelock();
        super.setUp();
        replay(2);
        vault.mark(1, heads[1], entriesOf(1, 2));
        point = pointOf(1);
        sigs = sign(point);
        call_ = abi.encodeCall(IVaultRewind.rewind, (point, sigs));
    }

    function test_I9_a_scheduled_rewind_holds_a_quarantine_until_it_is_executed() public {
        quarantine();
        bytes32 id = schedule(address(vault), call_, "a");
        vm.expectEmit(address(vault));
        emit IVaultRewind.HeldForRewind(heads[0], id);
        hold("a");
        skip(7 days - 1);
        assertEdgeState(SourceState.QUARANTINED);
        skip(1);
        timelock.execute(address(vault), 0, call_, 0, "a");
        assertEdgeState(SourceState.CLOSED);
        unwindTo(1);
        // The quarantine would have been over.
        assertEdgeState(SourceState.LIVE);
    }

    function test_I9_without_a_hold_the_quarantine_thaws_before_the_rewind() public {
        quarantine();
        schedule(address(vault), call_, "a");
        skip(72 hours);
        assertEdgeState(SourceState.LIVE);
    }

    function test_I9_a_hold_ends_a_day_after_the_rewind_is_ready() public {
        quarantine();
        schedule(address(vault), call_, "a");
        hold("a");
        skip(8 days - 1);
        assertEdgeState(SourceState.QUARANTINED);
        skip(1);
        assertEdgeState(SourceState.LIVE);
        vm.expectRevert(abi.encodeWithSelector(IVaultRewind.EdgeNotQuarantined.selector, heads[0], SourceState.LIVE));
        hold("a");
    }

    function test_I9_a_hold_is_let_go_once_its_rewind_is_cancelled_and_not_before() public {
        quarantine();
        bytes32 id = schedule(address(vault), call_, "a");
        hold("a");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindScheduled.selector, id));
        vault.letGo();
        skip(4 days);
        cancel(id);
        vault.letGo();
        skip(1 days - 1);
        assertEdgeState(SourceState.QUARANTINED);
        skip(1);
        assertEdgeState(SourceState.LIVE);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.NothingHeld.selector, heads[0]));
        vault.letGo();
    }

    function test_I13_nothing_is_held_without_a_quarantine_a_schedule_and_k_signatures() public {
        schedule(address(vault), call_, "a");
        vm.expectRevert(abi.encodeWithSelector(IVaultRewind.EdgeNotQuarantined.selector, heads[0], SourceState.LIVE));
        hold("a");
        quarantine();
        bytes32 unknown = timelock.hashOperation(address(vault), 0, call_, 0, "b");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotScheduled.selector, unknown));
        hold("b");
        vm.expectRevert();
        vault.holdForRewind(point, "", 0, "a");
    }

    function test_I9_a_rewind_that_k_signed_and_was_cancelled_twice_cannot_be_cancelled_a_third_time() public {
        for (uint256 round = 0; round < 2; ++round) cancel(schedule(address(vault), call_, bytes32(round)));
        assertTrue(timelock.isBeyondVeto(schedule(address(vault), call_, "third")));
        skip(7 days);
        timelock.execute(address(vault), 0, call_, 0, "third");
        assertEdgeState(SourceState.CLOSED);
    }

    function quarantine() private {
        vm.prank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 72 hours));
    }

    function hold(bytes32 salt) private {
        vault.holdForRewind(point, sigs, 0, salt);
    }
}

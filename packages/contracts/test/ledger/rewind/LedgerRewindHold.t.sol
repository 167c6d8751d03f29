// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ISuretyTimelock} from "../../../solidity/roles/ISuretyTimelock.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";
import {Timelocked} from "../../roles/Timelocked.sol";

/// @notice A rewind that waits in the timelock, and the quarantine that it holds meanwhile.
contract LedgerRewindHoldTest is RewindFixture, Timelocked {
    JournalHead private point;
    bytes private sigs;
    bytes private call_;

    function setUp() public override {
        governor = makeTimelock();
        super.setUp();
        lock(USD, 80 * ONE_USD, accountOf(alice), 0);
        lock(USD, 50 * ONE_USD, accountOf(bob), 0);
        applyAll();
        ledger.mark(SOURCE, 1, journal.heads[1], entriesOf(journal, 1, 2));
        point = pointOf(1);
        sigs = sign(point);
        call_ = abi.encodeCall(ILedgerRewind.rewind, (SOURCE, point, sigs));
    }

    function test_I9_a_scheduled_rewind_holds_a_quarantine_until_it_is_executed() public {
        quarantine();
        bytes32 id = schedule(address(ledger), call_, "a");
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.HeldForRewind(SOURCE, id);
        hold("a");
        skip(7 days - 1);
        stateIs(SourceState.QUARANTINED);
        skip(1);
        timelock.execute(address(ledger), 0, call_, 0, "a");
        stateIs(SourceState.CLOSED);
        unwind(1, 2);
        // The quarantine would have been over.
        stateIs(SourceState.LIVE);
    }

    /// @dev The freeze that the hold kept must not be judged by the end that the quarantine would have had without it.
    function test_I9_incident_executing_a_held_rewind_lowers_no_maintenance() public {
        (, , , , uint256 before, , , ) = ledger.marginOf(accountOf(alice));
        quarantine();
        vm.prank(PROPOSER);
        timelock.schedule(address(ledger), 0, call_, 0, "a", 20 days);
        hold("a");
        skip(20 days);
        timelock.execute(address(ledger), 0, call_, 0, "a");
        (, , , , uint256 executed, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(executed, before);
        unwind(1, 2);
        follow(1);
        refreshNow();
        (, , , , uint256 opened, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(opened, before);
    }

    function test_I9_incident_an_operation_that_can_never_run_holds_nothing() public {
        quarantine();
        bytes32 never = "never scheduled";
        vm.prank(PROPOSER);
        timelock.schedule(address(ledger), 0, call_, never, "a", 30 days);
        bytes32 id = timelock.hashOperation(address(ledger), 0, call_, never, "a");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotScheduled.selector, id));
        ledger.holdForRewind(SOURCE, point, sigs, never, "a");
    }

    function test_I9_incident_an_older_operation_shortens_no_hold() public {
        bytes32 older = schedule(address(ledger), call_, "older");
        skip(6 days);
        quarantine();
        bytes32 id = schedule(address(ledger), call_, "a");
        hold("a");
        skip(1 days);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindScheduled.selector, id));
        hold("older");
        cancel(older);
        skip(7 days - 1);
        stateIs(SourceState.QUARANTINED);
    }

    function test_I9_incident_a_quarantine_is_put_off_by_31_days_however_many_rewinds_are_scheduled() public {
        quarantine();
        uint256 latest = vm.getBlockTimestamp() + 72 hours + 31 days;
        schedule(address(ledger), call_, "a");
        hold("a");
        skip(7 days);
        vm.prank(PROPOSER);
        timelock.schedule(address(ledger), 0, call_, 0, "b", 29 days);
        vm.expectRevert(
            abi.encodeWithSelector(RewindLib.HoldTooLong.selector, vm.getBlockTimestamp() + 30 days, latest)
        );
        hold("b");
    }

    function test_incident_a_point_of_long_ago_rewinds_and_holds_nothing() public {
        schedule(address(ledger), call_, "a");
        skip(45 days);
        assertEq(ledger.rewindContentOf(SOURCE, point, sigs), point.edge);
        skip(1);
        bytes memory refusal = abi.encodeWithSelector(RewindLib.PointTooOld.selector, point.asOf, point.asOf + 1);
        vm.expectRevert(refusal);
        ledger.rewindContentOf(SOURCE, point, sigs);
        vm.prank(governor);
        vm.expectRevert(refusal);
        ledger.rewind(SOURCE, point, sigs);
    }

    function test_I9_without_a_hold_the_quarantine_thaws_before_the_rewind() public {
        quarantine();
        schedule(address(ledger), call_, "a");
        skip(72 hours);
        stateIs(SourceState.LIVE);
    }

    function test_I9_a_quarantine_that_began_during_the_hold_goes_on_after_the_rewind() public {
        quarantine();
        schedule(address(ledger), call_, "a");
        hold("a");
        skip(7 days);
        // As when a second witness contradicts the journal: the source's own quarantine takes the hold's place.
        skip(1 days);
        quarantine();
        timelock.execute(address(ledger), 0, call_, 0, "a");
        unwind(1, 2);
        stateIs(SourceState.QUARANTINED);
        skip(72 hours);
        stateIs(SourceState.LIVE);
    }

    function test_I9_a_hold_ends_a_day_after_the_rewind_is_ready() public {
        quarantine();
        schedule(address(ledger), call_, "a");
        hold("a");
        skip(8 days - 1);
        stateIs(SourceState.QUARANTINED);
        skip(1);
        stateIs(SourceState.LIVE);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.SourceNotQuarantined.selector, SOURCE, SourceState.LIVE));
        hold("a");
    }

    function test_I9_a_hold_is_let_go_once_its_rewind_is_cancelled_and_not_before() public {
        quarantine();
        bytes32 id = schedule(address(ledger), call_, "a");
        hold("a");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindScheduled.selector, id));
        ledger.letGo(SOURCE);
        skip(4 days);
        cancel(id);
        ledger.letGo(SOURCE);
        skip(1 days - 1);
        stateIs(SourceState.QUARANTINED);
        skip(1);
        stateIs(SourceState.LIVE);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.NothingHeld.selector, journal.heads[0]));
        ledger.letGo(SOURCE);
    }

    function test_a_hold_that_is_let_go_early_leaves_the_quarantine_its_own_end() public {
        quarantine();
        bytes32 id = schedule(address(ledger), call_, "a");
        hold("a");
        cancel(id);
        ledger.letGo(SOURCE);
        skip(72 hours - 1);
        stateIs(SourceState.QUARANTINED);
        skip(1);
        stateIs(SourceState.LIVE);
    }

    function test_a_later_operation_takes_the_hold_over_and_no_quarantine_gets_shorter() public {
        quarantine();
        bytes32 first = schedule(address(ledger), call_, "a");
        hold("a");
        cancel(first);
        skip(2 days);
        bytes32 second = schedule(address(ledger), call_, "b");
        hold("b");
        skip(8 days - 1);
        stateIs(SourceState.QUARANTINED);
        cancel(second);
        ledger.letGo(SOURCE);
        skip(1);
        stateIs(SourceState.LIVE);
    }

    function test_I13_nothing_is_held_without_a_quarantine_a_schedule_and_k_signatures() public {
        schedule(address(ledger), call_, "a");
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.SourceNotQuarantined.selector, SOURCE, SourceState.LIVE));
        hold("a");
        quarantine();
        bytes32 unknown = timelock.hashOperation(address(ledger), 0, call_, 0, "b");
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindNotScheduled.selector, unknown));
        hold("b");
        JournalHead memory wrong = point;
        wrong.edge = journal.edge;
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, wrong.edge, point.edge));
        ledger.holdForRewind(SOURCE, wrong, sigs, 0, "a");
        wrong = point;
        wrong.head = keccak256("no head of the replica");
        wrong.edge = nameAt(1, wrong.head);
        bytes memory signed = sign(wrong);
        vm.expectRevert(abi.encodeWithSelector(RewindLib.PointUnknown.selector, journal.edge, uint64(1), wrong.head));
        ledger.holdForRewind(SOURCE, wrong, signed, 0, "a");
        vm.expectRevert();
        ledger.holdForRewind(SOURCE, point, "", 0, "a");
    }

    function test_I9_a_rewind_that_k_signed_and_was_cancelled_twice_cannot_be_cancelled_a_third_time() public {
        for (uint256 round = 0; round < 2; ++round) cancel(schedule(address(ledger), call_, bytes32(round)));
        bytes32 third = schedule(address(ledger), call_, "third");
        assertTrue(timelock.isBeyondVeto(third));
        bytes memory unsigned = abi.encodeCall(ILedgerRewind.rewind, (SOURCE, point, ""));
        for (uint256 round = 0; round < 3; ++round) cancel(schedule(address(ledger), unsigned, bytes32(round)));
        skip(7 days);
        timelock.execute(address(ledger), 0, call_, 0, "third");
        stateIs(SourceState.CLOSED);
    }

    function quarantine() private {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
    }

    function hold(bytes32 salt) private {
        ledger.holdForRewind(SOURCE, point, sigs, 0, salt);
    }
}

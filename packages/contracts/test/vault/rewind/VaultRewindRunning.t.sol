// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {RewindLib} from "../../../solidity/edge/RewindLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultRewindFixture} from "./VaultRewindFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice What stands still while a rewind runs, and what does not.
contract VaultRewindRunningTest is VaultRewindFixture {
    function test_I4_past_the_point_nothing_is_paid_refunded_taken_over_or_given_back() public {
        needWitness(0);
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        release(30 * ONE, address(0), 0);
        release(40 * ONE, bob, 0);
        append(lostEntry(ONE));
        applyAll();
        vm.startPrank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        vault.stop(4, entryOf(4), "x");
        vm.stopPrank();
        skip(31 days);
        begin(1);
        bytes memory running = abi.encodeWithSelector(RewindLib.RewindRunning.selector, heads[0], nameOf(1, heads[1]));
        (bytes memory second, bytes memory third, bytes memory loss) = (entryOf(2), entryOf(3), entryOf(5));
        vm.expectRevert(running);
        vault.pay(2, second, relayer);
        vm.expectRevert(running);
        vault.claim(3, third);
        vm.expectRevert(running);
        vault.giveBack(3, third);
        vm.expectRevert(running);
        vault.refund(4, asset, 40 * ONE, accountOf(alice));
        vm.expectRevert(running);
        vault.takeLoss(5, loss);
        pay(1);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    function test_a_payment_past_the_point_is_not_stopped_and_one_before_it_is() public {
        limitFast();
        release(600 * ONE, bob, 0);
        release(600 * ONE, carol, 0);
        applyAll();
        begin(1);
        (bytes memory first, bytes memory second) = (entryOf(1), entryOf(2));
        vm.expectRevert(abi.encodeWithSelector(RewindLib.RewindRunning.selector, heads[0], nameOf(1, heads[1])));
        vm.prank(guardian);
        vault.stop(2, second, "x");
        vm.prank(guardian);
        vault.stop(1, first, "x");
        assertState(1, PaymentState.STOPPED);
    }

    /// @notice What lies up to the point waits, or not, as it did before.
    function test_I6_up_to_the_point_a_quarantine_holds_what_is_not_confirmed() public {
        TestWitness witness = needWitness(0);
        release(10 * ONE, bob, 0);
        release(20 * ONE, bob, 0);
        release(30 * ONE, bob, 0);
        applyAll();
        vault.mark(1, heads[1], entriesOf(1, 3));
        recordHead(witness, 1);
        vault.confirm(0, 1);
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        begin(2);
        pay(1);
        bytes memory second = entryOf(2);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentQuarantined.selector, 2, until));
        vault.pay(2, second, relayer);
        vm.warp(until);
        pay(2);
    }

    function test_I2_no_statement_is_taken_while_a_rewind_runs() public {
        release(10 * ONE, bob, 0);
        applyAll();
        begin(0);
        release(10 * ONE, bob, 0);
        JournalHead memory statement = statementOf(2);
        (bytes memory sigs, bytes memory entries) = (sign(statement), entriesOf(1, 2));
        bytes memory closed = abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]);
        vm.expectRevert(closed);
        vault.applyReleases(1, entries, new uint64[](0), statement, sigs);
        statement = statementOf(1);
        sigs = sign(statement);
        vm.expectRevert(closed);
        vault.refresh(statement, sigs);
        // Nor one under the name that comes.
        statement.edge = nameOf(1, heads[0]);
        sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, statement.edge, heads[0]));
        vault.refresh(statement, sigs);
    }

    function test_I6_nothing_is_confirmed_and_nothing_past_the_point_counts_as_confirmed() public {
        TestWitness witness = needWitness(0);
        replay(3);
        recordHead(witness, 3);
        vault.confirm(0, 3);
        (, , , uint64 confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 3);
        begin(1);
        (, , , confirmed) = vault.witnessPolicy();
        assertEq(confirmed, 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]));
        vault.confirm(0, 3);
    }

    function test_a_recovery_or_the_guardian_begins_no_quarantine_meanwhile() public {
        replay(1);
        begin(0);
        vm.mockCall(address(attesters), abi.encodeCall(attesters.inRecovery, ()), abi.encode(true));
        bytes memory recovery = abi.encode(bytes32(0), 0, vm.getBlockTimestamp() + 10 hours);
        vm.mockCall(address(attesters), abi.encodeCall(attesters.recovery, ()), recovery);
        vault.noteRecovery();
        vm.expectPartialRevert(IVaultCore.QuarantineRefused.selector);
        vm.prank(guardian);
        vault.quarantine(uint40(block.timestamp + 1));
        assertEdgeState(SourceState.CLOSED);
        assertEq(vault.quarantinedUntil(), type(uint40).max);
        unwindTo(0);
        assertEdgeState(SourceState.LIVE);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice What leaves parking, to a line or to its vault, and what that leaves alone.
contract LedgerUnparkTest is LedgerFixture {
    function setUp() public override {
        super.setUp();
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        vm.warp(START + 62 minutes);
    }

    function test_I14_who_asks_for_a_credit_without_a_fee_has_no_line_written() public {
        vm.record();
        vm.prank(relayer);
        ledger.unpark(SOURCE, 2);
        (, bytes32[] memory writes) = vm.accesses(address(ledger));
        bytes32 line = LedgerSlots.lineOf(accountOf(relayer), USD);
        for (uint256 i = 0; i < writes.length; ++i) assertNotEq(writes[i], line);
        assertEq(amountOf(bob, USD), ONE_USD);
    }

    function test_I9_a_pause_of_credit_keeps_nothing_from_leaving() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 2 hours));
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, 250 * ONE_USD, bytes32(uint256(uint160(alice))), 0);
        vm.prank(bob);
        ledger.releaseParked(SOURCE, 2, bytes32(uint256(uint160(bob))));
        assertEq(ledger.assetOf(USD).releasedCum, 251 * ONE_USD);
    }
}

/// @notice The same where witnesses must confirm.
contract LedgerUnparkWitnessedTest is WitnessFixture {
    function test_I9_a_refund_that_gets_its_date_late_comes_back_at_that_date() public {
        _refundUnder(0);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, 0);
        vm.prank(governor);
        ledger.setFast(USD, 1_000);
        vm.warp(START + 10 days);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Postponed(SOURCE, 2, ParkReason.UNCONFIRMED, uint40(START + 17 days));
        ledger.unpark(SOURCE, 2);
        assertEq(ledger.parkedOf(SOURCE, 2).parkedAt, START + 10 days, "it waits from now on");
        vm.warp(START + 17 days);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), FAST);
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, START + 60 minutes, "it has no season of its own");
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.NONE));
    }

    function test_I16_a_refund_that_is_confirmed_leaves_after_a_season_as_any_credit() public {
        _refundUnder(0);
        confirmAll();
        uint256 seasonEnd = START + 2 hours + 62 minutes;
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 2, seasonEnd));
        _release(2);
        vm.warp(seasonEnd);
        _release(2);
        assertEq(ledger.assetOf(USD).releasedCum, FAST);
    }

    function test_I9_a_refund_that_nobody_confirms_leaves_at_its_date() public {
        _refundUnder(100);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 7 days + 2 hours);
        vm.warp(START + 7 days + 2 hours);
        _release(2);
    }

    function test_I6_what_has_no_place_in_the_schedule_leaves_by_confirmation_alone() public {
        vm.prank(riskAdmin);
        ledger.setFast(USD, 0);
        lock(USD, 5, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 3650 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, type(uint256).max));
        _release(1);
        confirmAll();
        _release(1);
    }

    function test_I16_what_is_not_listed_leaves_not_before_it_would_have_seasoned() public {
        lock(3, 5, accountOf(alice), 0);
        applyAll();
        confirmAll();
        vm.warp(START + 62 minutes - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 1, START + 62 minutes));
        _release(1);
        vm.warp(START + 62 minutes);
        _release(1);
    }

    // Appointments

    function test_I3_nobody_acts_for_an_account_of_another_chain_before_witnesses_have_heard_of_it() public {
        bytes32 account = AccountLib.encode(makeAddr("carol"), SOURCE, 0);
        // Whom the ledger could take for nobody.
        address operator = address(1);
        _refuse(operator, account);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, bytes32(uint256(uint160(operator))), 0));
        applyAll();
        _refuse(operator, account);
        vm.warp(START + 1 days);
        _refuse(operator, account);
        (, , bool active) = ledger.appointmentOf(account);
        assertFalse(active);
        confirmAll();
        (, , active) = ledger.appointmentOf(account);
        assertTrue(active);
        vm.prank(operator);
        ledger.setEnabled(account, USD, false);
    }

    /// @dev Alice's first lock, of the fast limit, is released in half and comes back under a lower one.
    function _refundUnder(uint16 fastBp) private {
        lock(USD, FAST, accountOf(alice), 0);
        applyAll();
        confirmAll();
        vm.warp(START + 2 hours);
        refreshNow();
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, FAST / 2, bytes32(uint256(uint160(alice))), 0);
        vm.prank(riskAdmin);
        ledger.setFast(USD, fastBp);
        append(journal, Entry(EntryCodec.REFUND, 1, FAST / 2, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
    }

    function _release(uint96 index) private {
        vm.prank(alice);
        ledger.releaseParked(SOURCE, index, bytes32(uint256(uint160(alice))));
    }

    function _refuse(address caller, bytes32 account) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, caller, account));
        vm.prank(caller);
        ledger.setEnabled(account, USD, false);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {TestProtocol} from "./TestProtocol.sol";

/// @notice What protocols register for exits, of accounts that opted in to them and of no other.
contract LedgerExitSharesTest is LedgerReleaseFixture {
    address private claimant = makeAddr("claimant");

    function test_I13_a_protocol_registers_for_who_opted_in_and_for_nobody_else() public {
        _openPosition(alice, 1e18);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.ExitShareSet(accountOf(alice), address(protocol), claimant, 2_500);
        vm.startPrank(address(protocol));
        ledger.setExitShare(accountOf(alice), claimant, 2_500);
        _expectShare(claimant, 2_500);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(bob), address(protocol))
        );
        ledger.setExitShare(accountOf(bob), claimant, 1);
        // One that is not even numbered here.
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), bob));
        ledger.setExitShare(accountOf(alice), bob, 1);
    }

    function test_I13_one_protocol_registers_nothing_where_another_was_opted_in_to() public {
        _openPosition(alice, 1e18);
        TestProtocol other = new TestProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(other));
        bytes memory refusal = abi.encodeWithSelector(
            ILedgerProtocols.NotOptedIn.selector,
            accountOf(alice),
            address(other)
        );
        vm.expectRevert(refusal);
        vm.prank(address(other));
        ledger.setExitShare(accountOf(alice), claimant, 1);
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(other));
        vm.prank(address(other));
        ledger.setExitShare(accountOf(alice), claimant, 1);
        (, uint16 shareBp) = ledger.exitShareOf(accountOf(alice), address(other));
        assertEq(shareBp, 1);
        _expectShare(address(0), 0);
    }

    function test_refuses_more_than_the_whole_and_a_share_of_nobody() public {
        _openPosition(alice, 1e18);
        vm.startPrank(address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ExitShareRefused.selector, claimant, 10_001));
        ledger.setExitShare(accountOf(alice), claimant, 10_001);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ExitShareRefused.selector, address(0), 1));
        ledger.setExitShare(accountOf(alice), address(0), 1);
        ledger.setExitShare(accountOf(alice), claimant, 1);
        _expectShare(claimant, 1);
        ledger.setExitShare(accountOf(alice), claimant, 10_000);
        ledger.setExitShare(accountOf(alice), claimant, 0);
        _expectShare(address(0), 0);
    }

    function test_a_share_ends_when_the_account_leaves() public {
        _openPosition(alice, 1e18);
        vm.prank(address(protocol));
        ledger.setExitShare(accountOf(alice), claimant, 2_500);
        protocol.trade(accountOf(alice), 0, 0);
        vm.startPrank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        ledger.optIn(accountOf(alice), address(protocol));
        _expectShare(address(0), 0);
    }

    function _expectShare(address at, uint16 expected) private view {
        (address read, uint16 shareBp) = ledger.exitShareOf(accountOf(alice), address(protocol));
        assertEq(abi.encode(read, shareBp), abi.encode(at, expected));
    }
}

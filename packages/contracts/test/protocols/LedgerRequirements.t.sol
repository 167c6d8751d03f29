// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ClaimView} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IMarginRequirement} from "../../solidity/interfaces/IMarginRequirement.sol";
import {RequirementView} from "../../solidity/lens/ILedgerLens.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {Answer, TestProtocol} from "./TestProtocol.sol";

/// @notice What counts as an answer of a protocol, at the bounds of its figures, and whose answer is recorded.
contract LedgerRequirementsTest is LedgerReleaseFixture {
    function setUp() public override {
        super.setUp();
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
    }

    function test_the_largest_figures_and_the_last_number_are_an_answer() public {
        (uint256 largest, uint256 last) = (type(uint128).max, type(uint64).max);
        _answer(abi.encode(largest, largest - 1, last, START));
        RequirementView memory seen = _seen();
        assertTrue(seen.answered);
        assertEq(seen.initialWad, largest);
        assertEq(seen.maintenanceWad, largest - 1);
        assertEq(seen.positionNonce, last);
        (, uint256 qI, , uint256 qE, , uint256 qM, , ) = ledger.marginOf(accountOf(alice));
        assertEq(qI, largest);
        assertEq(qE, largest - 1);
        assertEq(qM, largest - 1);
    }

    function test_figures_and_numbers_above_that_are_none() public {
        (uint256 largest, uint256 last) = (type(uint128).max, type(uint64).max);
        _expectUnanswered(abi.encode(largest + 1, largest, last, START));
        _expectUnanswered(abi.encode(largest, largest + 1, last, START));
        _expectUnanswered(abi.encode(largest, largest, last + 1, START));
        _expectUnanswered(abi.encode(1, 1, 1));
        _expectUnanswered(abi.encode(1, 1, 1, START, 1));
        _expectUnanswered(abi.encodePacked(abi.encode(1, 1, 1, START), uint8(1)));
    }

    function test_the_gate_records_what_its_own_caller_requires_whoever_is_asked_beside_it() public {
        TestProtocol other = new TestProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(other));
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(other));
        other.trade(accountOf(alice), 5e18, 3e18);
        protocol.trade(accountOf(alice), 7e18, 2e18);
        ClaimView memory claim = ledger.claimOf(accountOf(alice), address(protocol));
        assertEq(claim.reservedWad, 7e18);
        assertEq(claim.maintenanceWad, 2e18);
        claim = ledger.claimOf(accountOf(alice), address(other));
        assertEq(claim.reservedWad, 5e18);
        assertEq(claim.maintenanceWad, 3e18);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), bob));
        vm.prank(bob);
        ledger.gate(accountOf(alice));
    }

    // Observing

    function test_while_it_fails_the_larger_of_the_gate_and_the_last_observation_counts() public {
        bytes32 account = accountOf(alice);
        protocol.trade(account, 5e18, 3e18);
        protocol.place(account, 12e18, 9e18);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.Observed(account, address(protocol), 9e18);
        vm.prank(bob);
        ledger.observe(account, address(protocol));
        assertEq(ledger.claimOf(account, address(protocol)).observedWad, 9e18);
        assertEq(ledger.claimOf(account, address(protocol)).maintenanceWad, 3e18);
        _expectMaintained(9e18);
        // A later lower reading takes its place, but never counts below the gate's.
        protocol.place(account, 12e18, 4e18);
        ledger.observe(account, address(protocol));
        _expectMaintained(4e18);
        protocol.place(account, 1e18, 1e18);
        ledger.observe(account, address(protocol));
        _expectMaintained(3e18);
        // The gate clears it.
        protocol.place(account, 12e18, 9e18);
        ledger.observe(account, address(protocol));
        protocol.trade(account, 2e18, 1e18);
        assertEq(ledger.claimOf(account, address(protocol)).observedWad, 0);
        _expectMaintained(1e18);
        // And so does leaving.
        ledger.observe(account, address(protocol));
        protocol.place(account, 0, 0);
        vm.prank(alice);
        ledger.optOut(account, address(protocol));
        assertEq(ledger.claimOf(account, address(protocol)).observedWad, 0);
    }

    function test_only_a_good_reading_of_a_protocol_of_the_account_is_stored() public {
        bytes32 account = accountOf(alice);
        protocol.trade(account, 5e18, 3e18);
        protocol.place(account, 12e18, 9e18);
        ledger.observe(account, address(protocol));
        protocol.setAnswer(Answer.REVERTS);
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.RequirementUnknown.selector, account, address(protocol)));
        ledger.observe(account, address(protocol));
        assertEq(ledger.claimOf(account, address(protocol)).observedWad, 9e18, "what was stored stays");
        // One that outgrew the gas of margins fails there, and is stored all the same.
        protocol.setAnswer(Answer.NEEDS_8_MILLION);
        protocol.place(account, 12e18, 10e18);
        ledger.observe(account, address(protocol));
        (, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf(account);
        assertEq(qI, type(uint256).max);
        assertEq(qM, 10e18);
        bytes32 other = accountOf(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, other, address(protocol)));
        ledger.observe(other, address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, account, bob));
        ledger.observe(account, bob);
        vm.expectPartialRevert(IEdge.GasTooLow.selector);
        ledger.observe{gas: 8_000_000}(account, address(protocol));
    }

    /// @dev Counted for maintenance while the protocol fails, in the margin and in the lens.
    function _expectMaintained(uint256 maintenanceWad) private {
        protocol.setAnswer(Answer.REVERTS);
        (, , , uint256 qE, , uint256 qM, , ) = ledger.marginOf(accountOf(alice));
        assertEq(qE, maintenanceWad);
        assertEq(qM, maintenanceWad);
        assertEq(_seen().maintenanceWad, maintenanceWad);
        protocol.setAnswer(Answer.HONEST);
    }

    function _expectUnanswered(bytes memory answer) private {
        _answer(answer);
        assertFalse(_seen().answered);
        (, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq(qI, type(uint256).max);
    }

    function _answer(bytes memory answer) private {
        vm.mockCall(address(protocol), abi.encodeCall(IMarginRequirement.requirementOf, (accountOf(alice))), answer);
    }

    function _seen() private view returns (RequirementView memory) {
        return lens.requirementsOf(accountOf(alice))[0];
    }
}

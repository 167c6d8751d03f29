// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimView, ILedgerActs} from "../solidity/interfaces/ILedgerActs.sol";
import {IMarginRequirement} from "../solidity/interfaces/IMarginRequirement.sol";
import {RequirementView} from "../solidity/interfaces/ILedgerLens.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";
import {TestProtocol} from "./protocols/TestProtocol.sol";

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
        vm.expectRevert(abi.encodeWithSelector(ILedgerActs.NotOptedIn.selector, accountOf(alice), bob));
        vm.prank(bob);
        ledger.gate(accountOf(alice));
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

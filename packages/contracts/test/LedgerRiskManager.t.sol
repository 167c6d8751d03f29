// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerEdges} from "../solidity/interfaces/ILedgerEdges.sol";
import {ILedgerTerms} from "../solidity/interfaces/ILedgerTerms.sol";
import {IRiskManager, LineWords} from "../solidity/interfaces/IRiskManager.sol";
import {RiskManager} from "../solidity/risk/RiskManager.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @notice Another risk manager weighs from its second on, and not before.
contract LedgerRiskManagerTest is LedgerFixture {
    RiskManager private next;

    function setUp() public override {
        super.setUp();
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        next = new RiskManager(governor);
    }

    function test_another_risk_manager_weighs_seven_days_later() public {
        vm.expectCall(address(next), abi.encodeCall(IRiskManager.margin, (new LineWords[](0))));
        vm.expectEmit(address(ledger));
        emit ILedgerEdges.RiskManagerScheduled(address(next), uint40(START + 7 days));
        vm.prank(governor);
        ledger.scheduleRiskManager(address(next));
        (address named, uint40 at) = ledger.riskManagerNext();
        assertEq(named, address(next));
        assertEq(at, START + 7 days);

        // The next one knows no price, so a line is worth nothing to it.
        vm.warp(START + 7 days - 1);
        refreshNow();
        setPrices(1e12, 2000e12);
        assertEq(ledger.riskManager(), address(risk));
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertGt(aI, 0);
        assertGt(aM, 0);
        vm.warp(START + 7 days);
        assertEq(ledger.riskManager(), address(next));
        (aI, , , , aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aI + aM, 0);
        (named, at) = ledger.riskManagerNext();
        assertEq(uint160(named) + at, 0, "it is the present one");

        // It is told as the present one from now on, whoever is named after it.
        vm.prank(governor);
        ledger.scheduleRiskManager(address(risk));
        assertEq(ledger.riskManager(), address(next));
        vm.warp(START + 14 days);
        assertEq(ledger.riskManager(), address(risk));
    }

    function test_naming_the_present_one_takes_a_change_back() public {
        vm.startPrank(governor);
        ledger.scheduleRiskManager(address(next));
        vm.warp(START + 6 days);
        ledger.scheduleRiskManager(address(risk));
        vm.warp(START + 30 days);
        assertEq(ledger.riskManager(), address(risk));
    }

    function test_only_the_governor_names_one_and_only_one_that_answers() public {
        bytes memory refusal = abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, alice, bytes32("governor"));
        vm.expectRevert(refusal);
        vm.prank(alice);
        ledger.scheduleRiskManager(address(next));
        address[3] memory others = [address(0), makeAddr("nobody"), address(usdFeed)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerEdges.RiskManagerRefused.selector, others[i]));
            vm.prank(governor);
            ledger.scheduleRiskManager(others[i]);
        }
        assertEq(ledger.riskManager(), address(risk));
    }
}

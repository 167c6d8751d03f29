// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DEPLOYER} from "../harness/Deployer.sol";
import {ILedger, ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {TestLedger, Worth} from "../../solidity/testing/TestLedger.sol";
import {LedgerAuctionFixture} from "./LedgerAuctionFixture.sol";
import {CreditLineTest} from "./CreditLine.t.sol";
import {FirstProtocolTest} from "./FirstProtocol.t.sol";
import {LedgerExitSharesTest} from "./LedgerExitShares.t.sol";
import {LedgerNoticeTest} from "./LedgerNotice.t.sol";
import {LedgerProtocolsTest} from "./LedgerProtocols.t.sol";
import {LedgerRequirementsTest} from "./LedgerRequirements.t.sol";
import {LedgerSeizuresTest} from "./LedgerSeizures.t.sol";

/// @dev `TestLedger` in the place of the fixture's ledger, with the same collateral. Weights as the fixture lists them: 0.8 and
///      0.85 of the assets, times 0.9 and 0.95 of the source.
function deployLikeFixture(address governor, bytes32 alice, bytes32 bob) returns (ILedger) {
    DEPLOYER.prank(governor);
    TestLedger made = new TestLedger();
    made.addAsset(6, Worth(0.72e18, 0.76e18, 0.8075e18));
    made.addAsset(18, Worth(1_440e18, 1_520e18, 1_615e18));
    made.setLine(alice, 1, 100e6);
    made.setLine(alice, 2, 20e18);
    made.setLine(bob, 1, 5e6);
    // What some suites do to the source of the collateral; here there is none.
    DEPLOYER.mockCall(address(made), abi.encodeWithSelector(ILedgerCore.refresh.selector), "");
    DEPLOYER.mockCall(address(made), abi.encodeWithSelector(ILedgerTerms.quarantine.selector), "");
    return ILedger(address(made));
}

contract CreditLineOnTestLedgerTest is CreditLineTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

contract FirstProtocolOnTestLedgerTest is FirstProtocolTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

contract ExitSharesOnTestLedgerTest is LedgerExitSharesTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

contract NoticeOnTestLedgerTest is LedgerNoticeTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

contract RequirementsOnTestLedgerTest is LedgerRequirementsTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

contract ProtocolsOnTestLedgerTest is LedgerProtocolsTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }

    function test_the_gate_needs_a_risk_manager_that_answers_only_if_something_is_required() public override {
        _openPosition(alice, 1e18);
        TestLedger(address(ledger)).setStatus(accountOf(alice), 2, START - 60);
        (uint256 aI, , uint256 aE, , uint256 aM, , uint256 status, uint256 oldestAsOf) = ledger.marginOf(
            accountOf(alice)
        );
        assertEq(aI + aE + aM, 0);
        assertEq(status, 34);
        assertEq(oldestAsOf, START - 60);
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice)));
        protocol.trade(accountOf(alice), 1, 0);
        protocol.trade(accountOf(alice), 0, 0);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).reservedWad, 0);
    }

    function test_I13_a_hostile_protocol_reaches_only_accounts_that_chose_it() public override {
        _openPosition(alice, 1e18);
        protocol.place(accountOf(bob), 1e30, 1e30);
        release(bob, USD, 5 * ONE_USD, 0);
        assertEq(amountOf(bob, USD), 0);
    }
}

/// @notice Lines as tests say them, and what an auction may take of them.
contract SeizuresOnTestLedgerTest is LedgerSeizuresTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }

    function test_I16_a_seizure_takes_what_has_seasoned_first_and_the_rest_with_its_end() public override {
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, 20 * ONE_ETH);
        assertEq(amountOf(alice, ETH), 0);
        assertEq(amountOf(bob, ETH), 20 * ONE_ETH);
        assertEq(ledger.linesOf(accountOf(alice)).length, 1);
        assertEq(ledger.linesOf(accountOf(bob))[1], ETH);
    }

    function test_assets_besides_lines_and_a_new_worth_count_at_once() public {
        TestLedger(address(ledger)).setAssets(accountOf(alice), 1e18, 2e18, 3e18);
        TestLedger(address(ledger)).setWorth(ETH, Worth(1_000e18, 1_100e18, 1_200e18));
        (uint256 aI, , uint256 aE, , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, 72e18 + 20_000e18 + 1e18);
        assertEq(aE, 76e18 + 22_000e18 + 2e18);
        assertEq(aM, 80.75e18 + 24_000e18 + 3e18);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 3));
        TestLedger(address(ledger)).setWorth(3, Worth(0, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 0));
        TestLedger(address(ledger)).setLine(accountOf(alice), 0, 1);
    }

    function test_a_seizure_is_the_auctions_alone() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, bob, bytes32("auction")));
        vm.prank(bob);
        seizeOne(accountOf(alice), accountOf(bob), ETH, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.LinesMissing.selector, accountOf(alice)));
        vm.prank(auction);
        ledger.seize(accountOf(alice), accountOf(bob), new uint16[](0), new uint128[](0));
    }
}

/// @notice What no protocol's suite asks of releases and seizures, on the real ledger first.
contract RefusalsTest is LedgerAuctionFixture {
    function setUp() public virtual override {
        super.setUp();
        _nameAuction();
    }

    function test_refuses_releases_of_others_to_nobody_and_of_more_than_there_is() public {
        bytes32 account = accountOf(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, account, 1));
        vm.prank(bob);
        ledger.requestRelease(account, USD, ONE_USD, wordOf(bob), 0);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 9));
        ledger.requestRelease(account, 9, 1, wordOf(alice), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.FeeAboveAmount.selector, 2, 1));
        ledger.requestRelease(account, USD, 1, wordOf(alice), 2);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, bytes32(0)));
        ledger.requestRelease(account, USD, ONE_USD, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, account));
        ledger.requestRelease(account, USD, ONE_USD, account, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 100 * ONE_USD + 1, 100 * ONE_USD)
        );
        ledger.requestRelease(account, USD, 100 * ONE_USD + 1, wordOf(alice), 0);
        vm.expectPartialRevert(ILedgerAccounts.ReleaseTooSmall.selector);
        ledger.requestRelease(account, USD, 0, wordOf(alice), 0);
        // Nothing is required, so all of it may leave.
        ledger.requestRelease(account, USD, 100 * ONE_USD, wordOf(alice), 0);
        assertEq(amountOf(alice, USD), 0);
    }

    function test_refuses_seizures_of_healthy_accounts_and_lists_that_do_not_match() public {
        bytes32 account = accountOf(alice);
        (uint16[] memory assetIds, uint128[] memory amounts) = oneLine(ETH, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, bob, bytes32("governor")));
        vm.prank(bob);
        ledger.setAuction(bob);
        assertEq(ledger.auction(), auction);
        vm.startPrank(auction);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.LengthsDiffer.selector, 1, 0));
        ledger.seize(account, accountOf(bob), assetIds, new uint128[](0));
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, account));
        ledger.seize(account, account, assetIds, amounts);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        ledger.seize(account, accountOf(bob), assetIds, amounts);
    }
}

contract RefusalsOnTestLedgerTest is RefusalsTest {
    function ledgerUnderTest() internal override returns (ILedger) {
        return deployLikeFixture(governor, accountOf(alice), accountOf(bob));
    }
}

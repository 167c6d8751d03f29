// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarginRequirement} from "../../solidity/interfaces/IMarginRequirement.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {ColdReadings} from "../../solidity/testing/ColdReadings.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";

/// @notice Notes debts in dollars. They need 120 % of initial margin and 110 % of maintenance margin.
contract FirstProtocol is IMarginRequirement {
    ILedgerProtocols internal immutable ledger;
    mapping(bytes32 account => uint256 wad) public debtOf;
    mapping(bytes32 account => uint64) internal nonceOf;

    constructor(ILedgerProtocols ledger_) {
        ledger = ledger_;
    }

    function draw(bytes32 account, uint256 wad) external {
        require(address(bytes20(account)) == msg.sender && uint16(uint256(account) >> 80) == 0, "not the owner");
        debtOf[account] += wad;
        ++nonceOf[account];
        ledger.gate(account);
        // Tokens leave here, after the gate.
    }

    function repay(bytes32 account, uint256 wad) public virtual {
        // Tokens arrive here, at most what is owed. Nobody is asked: a repayment must always work, also behind somebody else's.
        uint256 debt = debtOf[account];
        debtOf[account] = debt - (wad < debt ? wad : debt);
        ++nonceOf[account];
    }

    function requirementOf(bytes32 account) public view virtual returns (uint256, uint256, uint64, uint64) {
        uint256 debt = debtOf[account];
        return ((debt * 12 + 9) / 10, (debt * 11 + 9) / 10, nonceOf[account], uint64(block.timestamp));
    }
}

/// @notice The first protocol of docs/INTEGRATE.md works against a real ledger. 100 USD and 20 ETH at 2,000 count for Alice.
contract FirstProtocolTest is LedgerReleaseFixture, ColdReadings {
    FirstProtocol private first;
    bytes32 private account;

    function setUp() public override {
        super.setUp();
        first = new FirstProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(first));
        account = accountOf(alice);
    }

    function test_draws_as_far_as_the_initial_margin_reaches() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, account, first));
        first.draw(account, 1e18);
        ledger.optIn(account, address(first));
        (uint256 assets, , , , , , , ) = ledger.marginOf(account);
        uint256 most = (assets * 10) / 12;
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        first.draw(account, most + 1);
        first.draw(account, most);
        (, uint256 initial, , , , uint256 maintenance, , ) = ledger.marginOf(account);
        assertLe(initial, assets);
        assertApproxEqAbs(maintenance, (most * 11) / 10, 1);
    }

    function test_holds_the_collateral_until_the_debt_is_repaid() public {
        vm.startPrank(alice);
        ledger.optIn(account, address(first));
        first.draw(account, 20_000e18);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        ledger.requestRelease(account, ETH, 20 * ONE_ETH, wordOf(alice), 0);
        first.repay(account, 20_000e18);
        ledger.requestRelease(account, ETH, 20 * ONE_ETH, wordOf(alice), 0);
        ledger.optOut(account, address(first));
    }

    function test_repays_all_though_somebody_repaid_a_part_before() public {
        vm.startPrank(alice);
        ledger.optIn(account, address(first));
        first.draw(account, 20_000e18);
        vm.stopPrank();
        vm.prank(bob);
        first.repay(account, 1);
        vm.prank(alice);
        first.repay(account, 20_000e18);
        assertEq(first.debtOf(account), 0);
    }

    function test_draws_for_no_account_of_somebody_else_or_of_another_chain() public {
        vm.prank(bob);
        vm.expectRevert("not the owner");
        first.draw(account, 1);
        vm.prank(alice);
        vm.expectRevert("not the owner");
        first.draw(AccountLib.encode(alice, SOURCE, 0), 1);
    }

    function test_answers_with_cold_storage() public {
        vm.startPrank(alice);
        ledger.optIn(account, address(first));
        first.draw(account, 1e18);
        vm.stopPrank();
        (, uint256 cold) = readCold(address(first), account, new address[](0));
        assertLt(cold, 20_000);
    }
}

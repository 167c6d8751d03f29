// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarginRequirement} from "../../solidity/interfaces/IMarginRequirement.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {TestLedger} from "../../solidity/testing/TestLedger.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Two contracts on one underlying at 2,000, which are netted: 10 % of the net for initial margin, 5 % for maintenance.
contract NettingVenue is IMarginRequirement {
    ILedgerProtocols private immutable ledger;
    mapping(bytes32 account => int256) public perpOf;
    mapping(bytes32 account => int256) public futureOf;
    mapping(bytes32 account => uint64) private nonceOf;

    constructor(ILedgerProtocols ledger_) {
        ledger = ledger_;
    }

    /// @notice Changes both legs; asks the ledger only for what raises a requirement, whatever it does to a leg.
    function trade(bytes32 account, int256 perp, int256 future) external {
        (uint256 initial, uint256 maintenance, , ) = requirementOf(account);
        perpOf[account] += perp;
        futureOf[account] += future;
        ++nonceOf[account];
        (uint256 nextInitial, uint256 nextMaintenance, , ) = requirementOf(account);
        if (nextInitial > initial || nextMaintenance > maintenance) ledger.gate(account);
    }

    function requirementOf(bytes32 account) public view returns (uint256, uint256, uint64, uint64) {
        int256 net = perpOf[account] + futureOf[account];
        uint256 value = uint256(net < 0 ? -net : net) * 2_000;
        return ((value + 9) / 10, (value + 19) / 20, nonceOf[account], uint64(block.timestamp));
    }
}

/// @notice What docs/INTEGRATE.md says of reductions: those that raise what is required pass the gate.
contract NettingVenueTest is Test {
    TestLedger private ledger;
    NettingVenue private venue;
    bytes32 private account;

    function setUp() public {
        ledger = new TestLedger();
        venue = new NettingVenue(ledger);
        ledger.listProtocol(address(venue));
        account = bytes32(bytes20(address(this)));
        ledger.setAssets(account, 100e18, 100e18, 100e18);
        ledger.optIn(account, address(venue));
        venue.trade(account, 100e18, -100e18);
    }

    function test_closing_one_leg_of_a_hedge_needs_margin_though_it_is_a_reduction() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 100e18, 20_000e18));
        venue.trade(account, -100e18, 0);
        assertEq(venue.perpOf(account), 100e18);
    }

    function test_what_raises_no_requirement_asks_nobody_whatever_the_margin_is() public {
        ledger.setAssets(account, 0, 0, 0);
        ledger.setStatus(account, 32, 0);
        venue.trade(account, -60e18, 60e18);
        assertEq(venue.perpOf(account), 40e18);
        assertEq(venue.futureOf(account), -40e18);
    }
}

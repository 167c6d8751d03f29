// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {CreditLine, CreditTerms} from "@surety/examples/credit-line/solidity/CreditLine.sol";
import {DevelopmentToken} from "../../solidity/development/DevelopmentToken.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Requirements} from "../../solidity/ledger/Requirements.sol";
import {ColdReadings} from "../../solidity/testing/ColdReadings.sol";
import {MarginReportFixture} from "../reports/MarginReportFixture.sol";
import {TestFeed} from "../feeds/TestFeed.sol";
import {LenderOfMany} from "./HardToRead.sol";

/// @notice The examples answer within the gas of their gates and of later readings; what does not is told.
contract ColdReadingsTest is MarginReportFixture, ColdReadings {
    function test_the_credit_line_is_read_warm_and_cold() public {
        DevelopmentToken dollar = new DevelopmentToken("Dollar", "DLR", 6);
        CreditLine line = new CreditLine(
            ILedgerProtocols(address(ledger)),
            IERC20Metadata(address(dollar)),
            CreditTerms(12_000, 11_000, 1_000, 100, address(0))
        );
        vm.prank(governor);
        ledger.listProtocol(address(line));
        dollar.mint(address(line), 1_000e6);
        vm.startPrank(alice);
        ledger.optIn(account, address(line));
        line.borrow(account, 1_000e6, alice);
        vm.stopPrank();
        (uint256 warm, uint256 cold) = readCold(address(line), account, new address[](0));
        emit log_named_uint("gas of the credit line, warm", warm);
        emit log_named_uint("gas of the credit line, cold", cold);
        assertLt(warm, 10_000);
        assertLt(cold, 20_000);
    }

    function test_the_perpetual_book_is_read_warm_and_cold_with_all_positions_and_a_report() public {
        uint16[] memory slots = new uint16[](2);
        (slots[0], slots[1]) = (3, 4);
        for (uint16 slot = 3; slot <= 4; ++slot) {
            TestFeed feed = new TestFeed();
            feed.set(100e12, 0, uint40(vm.getBlockTimestamp()));
            vm.prank(governor);
            risk.listUnderlying(slot, address(feed), 1 days);
        }
        risk.poke(slots);
        vm.startPrank(alice);
        for (uint16 slot = 1; slot <= 4; ++slot) book.trade(account, slot, 1e18);
        vm.stopPrank();
        submitFigures(2_500e18, 1_800e18);
        address[] memory others = new address[](3);
        (others[0], others[1], others[2]) = (address(reports), address(ledger), address(risk));
        (uint256 warm, uint256 cold) = readCold(address(book), account, others);
        emit log_named_uint("gas of the perpetual book, warm", warm);
        emit log_named_uint("gas of the perpetual book, cold", cold);
        assertLt(warm, 60_000);
        assertLt(cold, 100_000);
    }

    function test_tells_a_protocol_that_is_too_dear_for_its_gate() public {
        LenderOfMany lender = new LenderOfMany(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(lender));
        vm.prank(alice);
        ledger.optIn(account, address(lender));
        lender.borrow(account, 20, 1e18);
        (uint256 warm, uint256 cold) = readCold(address(lender), account, new address[](0));
        assertLt(warm, Requirements.GATE_GAS);
        assertGt(cold, warm + 20 * 2_000, "cold storage");
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.RequirementUnknown.selector, account, address(lender)));
        lender.borrow(account, 300, 1e18);
        // Positions that came to be without the gate are told too.
        lender.push(account, 300, 1e18);
        vm.expectRevert(abi.encodeWithSelector(ColdReadings.NotReadable.selector, address(lender), account, false));
        this.tell(address(lender));
    }

    function test_tells_a_protocol_that_can_be_read_warm_alone() public {
        WarmAlone protocol = new WarmAlone();
        vm.expectRevert(abi.encodeWithSelector(ColdReadings.NotReadable.selector, address(protocol), account, true));
        this.tell(address(protocol));
    }

    function tell(address protocol_) external {
        readCold(protocol_, account, new address[](0));
    }
}

/// @notice A protocol that refuses to be read where its storage is cold.
contract WarmAlone {
    uint256 private kept = 1;

    function requirementOf(bytes32) external view returns (uint256, uint256, uint64, uint64) {
        uint256 before = gasleft();
        uint256 read = kept;
        if (before - gasleft() > 1_000) revert("cold");
        return (read, read, 1, uint64(block.timestamp));
    }
}

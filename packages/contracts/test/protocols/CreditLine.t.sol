// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {CreditLine, CreditTerms} from "@surety/examples/credit-line/solidity/CreditLine.sol";
import {DevelopmentToken} from "../../solidity/development/DevelopmentToken.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";

/// @notice The example lends against the unified margin of a real ledger, and never stands in the way of a repayment.
contract CreditLineTest is LedgerReleaseFixture {
    CreditLine private line;
    DevelopmentToken private dollar;
    address private lender = makeAddr("lender");
    address private claimant = makeAddr("claimant of the lenders");
    bytes32 private account;

    function setUp() public override {
        super.setUp();
        dollar = new DevelopmentToken("Dollar", "DLR", 6);
        line = _line(CreditTerms(12_000, 11_000, 1_000, 100, claimant));
        vm.prank(governor);
        ledger.listProtocol(address(line));
        account = accountOf(alice);
        dollar.mint(lender, 50_000e6);
        vm.startPrank(lender);
        dollar.approve(address(line), type(uint256).max);
        line.deposit(50_000e6, lender);
        vm.stopPrank();
        vm.prank(alice);
        dollar.approve(address(line), type(uint256).max);
    }

    function test_refuses_terms_and_parts_that_make_no_line() public {
        vm.expectRevert(abi.encodeWithSelector(CreditLine.TermsRefused.selector, 11_000, 12_000, 0, 100));
        _line(CreditTerms(11_000, 12_000, 0, 100, claimant));
        vm.expectRevert(abi.encodeWithSelector(CreditLine.TermsRefused.selector, 11_000, 10_099, 0, 100));
        _line(CreditTerms(11_000, 10_099, 0, 100, claimant));
        vm.expectRevert(abi.encodeWithSelector(CreditLine.TermsRefused.selector, 12_000, 11_000, 10_001, 100));
        _line(CreditTerms(12_000, 11_000, 10_001, 100, claimant));
        vm.expectRevert(abi.encodeWithSelector(CreditLine.PartRefused.selector, address(0xdead)));
        new CreditLine(
            ILedgerProtocols(address(0xdead)),
            IERC20Metadata(address(dollar)),
            CreditTerms(12_000, 11_000, 0, 100, claimant)
        );
        _refuseToken(5);
        _refuseToken(19);
    }

    function test_refuses_to_borrow_for_others_nothing_more_than_there_is_or_without_opting_in() public {
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NotOwner.selector, bob, account));
        vm.prank(bob);
        line.borrow(account, 1, bob);
        vm.startPrank(alice);
        bytes32 elsewhere = AccountLib.encode(alice, SOURCE, 0);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NotOwner.selector, alice, elsewhere));
        line.borrow(elsewhere, 1, alice);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NothingToMove.selector, account));
        line.borrow(account, 0, alice);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NotEnoughCash.selector, 50_000e6 + 1, 50_000e6));
        line.borrow(account, 50_000e6 + 1, alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, account, address(line)));
        line.borrow(account, 1, alice);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NothingToMove.selector, account));
        line.repay(account, 1);
    }

    function test_lends_up_to_the_initial_margin_and_not_a_unit_more() public {
        _optIn();
        // 28,872 of initial margin carry 24,060 of debt at 1.2.
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 28_872e18, uint256(28_872e18) + 1.2e12)
        );
        line.borrow(account, 24_060e6 + 1, alice);
        vm.expectEmit(address(line));
        emit CreditLine.Borrowed(account, bob, 24_060e6, 24_060e6);
        line.borrow(account, 24_060e6, bob);
        vm.stopPrank();
        assertEq(dollar.balanceOf(bob), 24_060e6);
        (uint256 aI, uint256 qI, , uint256 qE, , uint256 qM, , ) = ledger.marginOf(account);
        assertEq(aI, qI);
        assertEq(qE, 26_466e18);
        assertEq(qM, 26_466e18);
        assertEq(ledger.claimOf(account, address(line)).reservedWad, 28_872e18);
        assertEq(ledger.claimOf(account, address(line)).positionNonce, 1);
    }

    function test_borrow_refused_withdrawal_repay_withdraw() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 24_060e6, alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, account, 28_871.28e18, 28_872e18));
        vm.prank(alice);
        ledger.requestRelease(account, USD, ONE_USD, wordOf(alice), 0);

        vm.startPrank(alice);
        vm.expectEmit(address(line));
        emit CreditLine.Repaid(account, alice, 24_060e6, 0);
        assertEq(line.repay(account, type(uint256).max), 24_060e6, "no more than the debt");
        line.renew(account);
        assertEq(ledger.claimOf(account, address(line)).reservedWad, 0);
        ledger.requestRelease(account, USD, 100 * ONE_USD, wordOf(alice), 0);
        ledger.optOut(account, address(line));
        vm.stopPrank();
        assertEq(line.totalDebtShares(), 0);
        assertEq(amountOf(alice, USD), 0);
    }

    function test_what_the_lenders_may_claim_in_an_exit_follows_the_debt() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 12_030e6, alice);
        _expectShare(14_436e18);
        vm.startPrank(alice);
        line.repay(account, 6_015e6);
        line.renew(account);
        _expectShare(7_218e18);
        line.repay(account, type(uint256).max);
        line.renew(account);
        (address at, uint16 shareBp) = ledger.exitShareOf(account, address(line));
        assertEq(abi.encode(at, shareBp), abi.encode(address(0), 0));
    }

    function test_a_refused_gate_leaves_the_registered_share_as_it_was() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 24_060e6, alice);
        (, uint16 before) = ledger.exitShareOf(account, address(line));
        // Interest has eaten the initial margin.
        vm.warp(START + 30 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        line.renew(account);
        (, uint16 shareBp) = ledger.exitShareOf(account, address(line));
        assertEq(shareBp, before);
    }

    function test_without_a_claimant_nothing_is_registered() public {
        claimant = address(0);
        line = _line(CreditTerms(12_000, 11_000, 1_000, 100, claimant));
        vm.prank(governor);
        ledger.listProtocol(address(line));
        _optIn();
        line.renew(account);
        (, uint16 shareBp) = ledger.exitShareOf(account, address(line));
        assertEq(shareBp, 0);
    }

    function test_interest_is_linear_and_goes_to_the_lenders() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 10_000e6, alice);
        vm.warp(START + 365 days);
        assertEq(line.debtOf(account), 11_000e6);
        assertEq(line.totalAssets(), 51_000e6);
        vm.warp(START + 730 days);
        assertEq(line.debtOf(account), 12_000e6, "no interest on interest");
        (uint256 initialWad, uint256 maintenanceWad, uint64 nonce, uint64 asOf) = line.requirementOf(account);
        assertEq(initialWad, 14_400e18);
        assertEq(maintenanceWad, 13_200e18);
        assertEq(nonce, 1);
        assertEq(asOf, block.timestamp);
        dollar.mint(alice, 2_000e6);
        vm.prank(alice);
        line.repay(account, 12_000e6);
        vm.startPrank(lender);
        line.redeem(line.balanceOf(lender), lender, lender);
        assertApproxEqAbs(dollar.balanceOf(lender), 52_000e6, 1);
    }

    function test_lenders_take_out_at_most_what_is_there() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 20_000e6, alice);
        assertEq(line.maxWithdraw(lender), 30_000e6);
        uint256 most = line.maxRedeem(lender);
        vm.startPrank(lender);
        line.redeem(most, lender, lender);
        assertApproxEqAbs(dollar.balanceOf(lender), 30_000e6, 1);
        assertLe(line.maxWithdraw(lender), 1);
    }

    /// @notice I12: a gift to an empty line does not make the deposits of those who come later round to nothing.
    function test_I12_a_gift_before_the_first_deposits_takes_nothing_from_them() public {
        line = _line(CreditTerms(12_000, 11_000, 1_000, 100, claimant));
        dollar.mint(bob, 2_000e6 + 1);
        vm.startPrank(bob);
        dollar.approve(address(line), type(uint256).max);
        line.deposit(1, bob);
        dollar.transfer(address(line), 2_000e6);
        vm.stopPrank();
        for (uint160 i = 1; i <= 3; ++i) {
            dollar.mint(address(i), 1_000e6);
            vm.startPrank(address(i));
            dollar.approve(address(line), type(uint256).max);
            line.deposit(1_000e6, address(i));
            vm.stopPrank();
        }
        for (uint160 i = 1; i <= 3; ++i) {
            assertGe(line.maxWithdraw(address(i)), 999e6);
        }
        assertLt(line.maxWithdraw(bob), 2_000e6);
    }

    function test_anyone_repays_whatever_the_ledger_and_the_sources_do() public {
        _optIn();
        vm.prank(alice);
        line.borrow(account, 10_000e6, bob);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 72 hours));
        vm.etch(address(ledger), hex"fe");
        vm.etch(address(risk), hex"fe");
        vm.startPrank(bob);
        dollar.approve(address(line), type(uint256).max);
        line.repay(account, 4_000e6);
        assertEq(line.debtOf(account), 6_000e6);
        line.repay(account, 6_000e6);
        assertEq(line.debtOf(account), 0);
    }

    /// @notice I12: no order of borrowing, waiting and repaying leaves the lenders with less than they put in.
    function testFuzz_I12_rounding_never_goes_against_the_lenders(uint256 seed) public {
        _optIn();
        dollar.mint(alice, 10_000e6);
        uint256 before = line.totalAssets();
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(block.timestamp + (random % 10 days));
            refreshNow();
            setPrices(1e12, 2000e12);
            vm.startPrank(alice);
            if (random % 2 == 0) line.borrow(account, 1 + ((random >> 8) % 1_000e6), alice);
            else if (line.debtOf(account) != 0) line.repay(account, 1 + ((random >> 8) % 1_000e6));
            vm.stopPrank();
            assertGe(line.totalAssets(), before);
            before = line.totalAssets();
        }
        if (line.debtOf(account) != 0) {
            vm.prank(alice);
            line.repay(account, type(uint256).max);
        }
        assertEq(line.totalDebtShares(), 0);
        assertGe(dollar.balanceOf(address(line)), 50_000e6);
    }

    function _optIn() private {
        vm.prank(alice);
        ledger.optIn(account, address(line));
    }

    /// @dev The share of the collateral, as maintenance counts it, that a requirement is, rounded up.
    function _expectShare(uint256 required) private view {
        (, , , , uint256 assets, , , ) = ledger.marginOf(account);
        (address at, uint16 shareBp) = ledger.exitShareOf(account, address(line));
        assertEq(abi.encode(at, shareBp), abi.encode(claimant, (required * 10_000 + assets - 1) / assets));
    }

    function _refuseToken(uint8 decimals) private {
        dollar = new DevelopmentToken("Other", "OTHER", decimals);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.PartRefused.selector, address(dollar)));
        _line(CreditTerms(12_000, 11_000, 0, 100, claimant));
    }

    function _line(CreditTerms memory terms) private returns (CreditLine) {
        return new CreditLine(ILedgerProtocols(address(ledger)), IERC20Metadata(address(dollar)), terms);
    }
}

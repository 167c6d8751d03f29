// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {CreditLine, CreditTerms} from "@surety/examples/credit-line/solidity/CreditLine.sol";
import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {TestTaker} from "./TestTaker.sol";

/// @notice The example is paid by the real auction of a real ledger, and its lenders carry what nobody assumes.
/// @dev Alice owes the line 21,000 at 5 % a year; its lender put 100,000 in.
contract CreditLineAuctionTest is AuctionFixture {
    uint256 private constant WAD_PER_UNIT = 1e12;
    uint256 private constant DEPOSIT = 100_000e6;

    CreditLine private line;
    address private saver = makeAddr("saver");
    address private claimant = makeAddr("claimant of the lenders");

    function setUp() public override {
        super.setUp();
        lender.repay(debtor, DEBT);
        vm.prank(alice);
        ledger.optOut(debtor, address(lender));
        _open(100);
    }

    // Bids

    function test_a_taker_assumes_the_burden_and_the_account_is_at_its_exit_grade() public {
        breach(1_500e12);
        wait_(60);
        (uint256 debt, uint256 assets) = (line.debtOf(debtor), line.totalAssets());
        (uint256 shareWad, uint256 assumedWad) = _bid(bob, all(false));
        (uint256 exitAssets, uint256 required) = exitOf(debtor);
        assertGe(exitAssets, required);
        assertFalse(isRunning());
        uint256 relieved = debt - line.debtOf(debtor);
        assertApproxEqAbs(relieved, (debt * shareWad) / 1e18, 2);
        assertApproxEqAbs(line.debtOf(taker), assumedWad / WAD_PER_UNIT, 2, "the fee included");
        assertApproxEqAbs(line.totalAssets() - assets, relieved / 100, 3, "the fee is the lenders'");
        assertEq(token.balanceOf(address(line)), DEPOSIT - DEBT, "without a token moved");
        assertEq(line.writtenOff(debtor), 0);
        (address at, uint16 shareBp) = ledger.exitShareOf(taker, address(line));
        assertEq(at, claimant, "the lenders may claim of the taker's collateral");
        assertGt(shareBp, 0);
    }

    function test_a_payer_pays_all_of_it_in_the_call() public {
        _fund(bob, 30_000e6, type(uint256).max);
        breach(1_500e12);
        wait_(60);
        (uint256 cash, uint256 debt) = (token.balanceOf(address(line)), line.debtOf(debtor));
        (, uint256 assumedWad) = _bid(bob, all(true));
        assertEq(line.debtOf(taker), 0);
        uint256 paid = token.balanceOf(address(line)) - cash;
        assertApproxEqAbs(paid, assumedWad / WAD_PER_UNIT, 1);
        assertApproxEqAbs(paid, ((debt - line.debtOf(debtor)) * 101) / 100, 3);
        assertEq(token.balanceOf(bob), 30_000e6 - paid);
    }

    function test_what_the_payer_does_not_allow_or_hold_the_taker_owes() public {
        breach(1_500e12);
        wait_(60);
        uint256 snapshot = vm.snapshotState();
        _fund(bob, 1_000e6, type(uint256).max);
        (, uint256 assumedWad) = _bid(bob, all(true));
        assertApproxEqAbs(line.debtOf(taker), assumedWad / WAD_PER_UNIT - 1_000e6, 2);
        vm.revertToState(snapshot);
        _fund(bob, 30_000e6, 700e6);
        _bid(bob, all(true));
        assertApproxEqAbs(line.debtOf(taker), assumedWad / WAD_PER_UNIT - 700e6, 2);
        assertEq(token.balanceOf(bob), 30_000e6 - 700e6);
    }

    function test_the_gate_asks_a_taker_that_owes_and_nobody_who_pays() public {
        address carol = makeAddr("carol");
        breach(1_500e12);
        wait_(60);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(carol), address(line)));
        _bid(carol, all(false));
        uint256 snapshot = vm.snapshotState();
        _optIn(carol);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        _bid(carol, all(false));
        vm.revertToState(snapshot);
        _fund(carol, 30_000e6, type(uint256).max);
        _bid(carol, all(true));
        assertEq(line.debtOf(accountOf(carol)), 0);
        assertGt(grossOf(accountOf(carol)), 0);
    }

    function test_a_contract_raises_what_it_pays_between_the_lines_and_the_burden() public {
        TestTaker bot = new TestTaker(ledger, auction);
        token.mint(address(bot), 30_000e6);
        bot.prepare(address(token), abi.encodeCall(token.approve, (address(line), type(uint256).max)), false);
        breach(1_500e12);
        wait_(60);
        bytes32 to = accountOf(address(bot));
        bot.bid(debtor, address(line), to, all(true), "raise it");
        assertApproxEqAbs(30_000e6 - token.balanceOf(address(bot)), bot.seenAssumedWad() / WAD_PER_UNIT, 1);
        assertEq(line.debtOf(to), 0);
        assertFalse(isRunning());
    }

    // Losses

    function test_L8_a_loss_lowers_the_lenders_price_at_once_and_is_owed_still() public {
        _fund(bob, 30_000e6, type(uint256).max);
        breach(1_000e12);
        wait_(60);
        (uint256 debt, uint256 assets) = (line.debtOf(debtor), line.totalAssets());
        uint256 owned = line.convertToAssets(line.balanceOf(saver));
        (, uint256 assumedWad) = _bid(bob, all(true));
        uint256 loss = line.writtenOff(debtor);
        assertApproxEqAbs(loss, debt - assumedWad / WAD_PER_UNIT, 2, "all that nobody assumed");
        assertApproxEqAbs(assets - line.totalAssets(), loss, 2);
        assertApproxEqAbs(owned - line.convertToAssets(line.balanceOf(saver)), loss, 3);
        assertEq(line.debtOf(debtor), loss);
        (uint256 initialWad, uint256 maintenanceWad, , ) = line.requirementOf(debtor);
        assertEq(initialWad, loss * WAD_PER_UNIT, "required once");
        assertEq(maintenanceWad, loss * WAD_PER_UNIT);
        assertEq(line.burdenOf(debtor), loss * WAD_PER_UNIT);
        vm.warp(vm.getBlockTimestamp() + 365 days);
        assertEq(line.debtOf(debtor), loss, "without interest");
    }

    function test_a_repayment_clears_what_was_written_off_first() public {
        _fund(bob, 30_000e6, type(uint256).max);
        breach(1_000e12);
        wait_(60);
        _bid(bob, upTo(0.5e18, true));
        (uint256 loss, uint256 debt) = (line.writtenOff(debtor), line.debtOf(debtor));
        assertGt(loss, 0);
        assertGt(debt, loss);
        uint256 assets = line.totalAssets();
        vm.prank(bob);
        line.repay(debtor, loss - 1);
        assertEq(line.writtenOff(debtor), 1);
        assertEq(line.debtOf(debtor), debt - loss + 1);
        assertEq(line.totalAssets(), assets + loss - 1, "for whoever lends now");
        vm.prank(bob);
        line.repay(debtor, 11);
        assertEq(line.writtenOff(debtor), 0);
        assertApproxEqAbs(line.debtOf(debtor), debt - loss - 10, 1);
        assertApproxEqAbs(line.totalAssets(), assets + loss, 1);
    }

    function test_what_was_written_off_is_sold_for_later_and_never_lost_twice() public {
        _fund(bob, 30_000e6, type(uint256).max);
        breach(1_000e12);
        wait_(60);
        _bid(bob, all(true));
        (uint256 loss, uint256 assets) = (line.writtenOff(debtor), line.totalAssets());
        _creditAgain();
        (, uint256 assumedWad) = _bid(bob, all(true));
        assertApproxEqAbs(line.writtenOff(debtor), loss - assumedWad / WAD_PER_UNIT, 1);
        assertApproxEqAbs(line.totalAssets(), assets + assumedWad / WAD_PER_UNIT, 1);
        assertEq(unitsOf(debtor, ETH), 0);
        assertFalse(isRunning());
    }

    function test_a_share_of_a_bid_clears_no_more_than_its_share_of_what_was_written_off() public {
        _fund(bob, 60_000e6, type(uint256).max);
        breach(1_000e12);
        wait_(60);
        _bid(bob, upTo(0.5e18, true));
        uint256 loss = line.writtenOff(debtor);
        // Now its lines pay all of the burden again: the fee is not what clears the rest.
        crash(1_400e12);
        (uint256 shareWad, ) = _bid(bob, upTo(0.25e18, true));
        assertEq(shareWad, 0.25e18);
        assertApproxEqAbs(line.writtenOff(debtor), loss - loss / 4, 1);
    }

    function test_anybody_writes_off_what_nobody_took() public {
        breach(1_500e12);
        waitSeen(T3);
        (uint256 debt, uint256 assets) = (line.debtOf(debtor), line.totalAssets());
        vm.expectEmit(address(line));
        emit CreditLine.TakenOver(debtor, 0, 0, 0, debt);
        assertEq(auction.writeOff(debtor, address(line)), debt * WAD_PER_UNIT);
        assertEq(line.writtenOff(debtor), debt);
        assertEq(line.debtOf(debtor), debt);
        assertEq(line.totalDebtShares(), 0);
        assertApproxEqAbs(line.totalAssets(), assets - debt, 1);
        crash(1_400e12);
        assertEq(auction.writeOff(debtor, address(line)), 0, "a loss once");
    }

    /// @notice A burden that is covered costs the lenders nothing at any share, price and age, even without a fee; and what is relieved
    ///         always satisfies the auction, which refuses a bid that relieves too little.
    function testFuzz_L5_a_covered_burden_costs_the_lenders_nothing(uint256 share, uint256 eth, uint256 age) public {
        vm.startPrank(alice);
        line.repay(debtor, type(uint256).max);
        ledger.optOut(debtor, address(line));
        vm.stopPrank();
        _open(0);
        vm.warp(vm.getBlockTimestamp() + bound(age, 0, 700 days));
        breach(uint96(bound(eth, 700e12, 1_500e12)));
        wait_(60);
        (, uint256 before, , ) = line.requirementOf(debtor);
        (uint256 assets, uint256 burdenWad) = (line.totalAssets(), line.burdenOf(debtor));
        (uint256 shareWad, uint256 assumedWad) = _bid(bob, upTo(bound(share, 1e14, 1e18), false));
        uint256 loss = line.writtenOff(debtor);
        (, uint256 left, , ) = line.requirementOf(debtor);
        assertLe(left, before - (shareWad * before) / 1e18 + loss * WAD_PER_UNIT + 3 * WAD_PER_UNIT, "L5");
        if (loss == 0) assertGe(line.totalAssets(), assets);
        else assertApproxEqAbs(assets - line.totalAssets(), loss, 2);
        uint256 relievedWad = (burdenWad * shareWad) / 1e18;
        if (assumedWad >= relievedWad) assertEq(loss, 0, "L4");
        else assertApproxEqAbs(loss, (relievedWad - assumedWad) / WAD_PER_UNIT, 3, "L4");
    }

    // Roles

    function test_only_the_auction_of_the_ledger_moves_a_debt() public {
        TakeOver memory terms = TakeOver(debtor, taker, 1e18, 0, address(0), address(0));
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NotAuction.selector, bob, address(auction)));
        vm.prank(bob);
        line.takeOver(terms);
        vm.prank(governor);
        ledger.setAuction(keeper);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        vm.expectRevert(abi.encodeWithSelector(CreditLine.NotAuction.selector, address(auction), keeper));
        vm.prank(address(auction));
        line.takeOver(terms);
    }

    // Inside

    /// @dev Opens a line with a fee in basis points, from which Alice borrows.
    function _open(uint16 feeBp) private {
        line = new CreditLine(
            ILedgerProtocols(address(ledger)),
            IERC20Metadata(address(token)),
            CreditTerms(11_500, 10_500, 500, feeBp, claimant)
        );
        vm.prank(governor);
        ledger.listProtocol(address(line));
        _fund(saver, DEPOSIT, type(uint256).max);
        vm.prank(saver);
        line.deposit(DEPOSIT, saver);
        _optIn(alice);
        _optIn(bob);
        vm.startPrank(alice);
        token.approve(address(line), type(uint256).max);
        line.borrow(debtor, DEBT, alice);
        vm.stopPrank();
    }

    function _optIn(address owner) private {
        vm.prank(owner);
        ledger.optIn(accountOf(owner), address(line));
    }

    function _fund(address owner, uint256 units, uint256 allowance) private {
        token.mint(owner, units);
        vm.prank(owner);
        token.approve(address(line), allowance);
    }

    function _bid(address owner, BidTerms memory terms) private returns (uint256 shareWad, uint256 assumedWad) {
        vm.prank(owner);
        (shareWad, assumedWad, , ) = auction.bid(debtor, address(line), accountOf(owner), terms, "");
    }

    /// @dev Two ethers come to the account whose debt was written off, and its auction begins again.
    function _creditAgain() private {
        lock(ETH, 2 * ONE_ETH, debtor, 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(debtor, ETH, true);
        breach(1_000e12);
        wait_(60);
    }
}

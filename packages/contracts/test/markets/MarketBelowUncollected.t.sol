// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice A market that lost debt which stood for payments that nobody had collected: it is worth less than what it owes to those who
///         wait for them.
/// @dev The keeper's account keeps half of Alice's receivable as a debt, all cash is lent to Bob, and both debts are lost.
contract MarketBelowUncollectedTest is MarketFixture {
    address private erin = makeAddr("erin");
    bytes32 private kept;

    function setUp() public override {
        super.setUp();
        kept = accountOf(keeper);
        borrow(alice, DEBT);
        fund(keeper, 0, market);
    }

    function test_interest_fills_what_is_missing_before_it_makes_shares() public {
        _lose();
        assertLt(books().debt + books().cash, books().uncollected);
        uint256 supply = market.totalSupply();
        for (uint256 i = 0; i < 100; ++i) {
            wait_(12);
            market.accrue();
        }
        assertEq(market.totalSupply(), supply);
        assertEq(books().shares, supply);
        wait_(4 * 365 days);
        market.accrue();
        assertGt(books().debt + books().cash, books().uncollected, "filled");
        assertEq(market.totalSupply(), supply);
        wait_(1 days);
        market.accrue();
        assertGt(market.totalSupply(), supply, "the tranche's part of what is the shares' own");
        assertLt(market.totalSupply(), (supply * 102) / 100);
    }

    function test_fees_of_bids_fill_it_too() public {
        _lose();
        uint256 supply = market.totalSupply();
        for (uint256 bid = 0; bid < 20; ++bid) {
            uint256 debt = debtOf(kept);
            // A tenth of the debt, of what was written off, and the fee of 1 %, which Bob keeps as a debt.
            uint256 units = debt / 10 + lostOf(kept) / 10 + 1 + debt / 1_000;
            vm.prank(address(auction));
            market.takeOver(TakeOver(kept, taker, 0.1e18, units * 1e12, address(0), keeper));
        }
        assertEq(market.totalSupply(), supply);
        assertEq(market.balanceOf(keeper), 0);
        // Erin's are worth what she pays, though older ones are worth next to nothing: none are sold.
        assertEq(market.maxDeposit(erin), 0);
    }

    /// @dev All that Erin's shares are worth is Bob's debt; what the keeper owes is what Carol waits for, who left.
    function test_who_waits_for_a_payment_and_lost_it_gets_what_is_paid_of_that() public {
        _loseOf(debtor, 1e18);
        uint256 lost = lostOf(debtor);
        leave(carol);
        lend(erin, 44_000e6);
        _openKeeper();
        borrow(bob, books().cash);
        _take(debtor, lost / 2);
        uint256 carols = market.collectableOf(carol, 1);
        assertApproxEqAbs(carols, lost / 2, 2, "paid, and kept as the keeper's debt");
        _loseOf(taker, 1e18);
        _loseOf(kept, 1e18);
        uint256 owed = lostOf(kept);
        assertApproxEqAbs(owed, lost / 2, 20e6);
        assertLe(market.lossOf(3).lenderUnits, 1, "Erin's shares were worth nothing by then");
        _repay(kept, owed);
        assertLe(_collect(erin, 3), 1);
        assertApproxEqAbs(_collect(carol, 1), carols, 1);
        // What is paid of Bob's is Erin's.
        _repay(taker, lostOf(taker));
        assertApproxEqAbs(_collect(erin, 2), market.lossOf(2).lenderUnits, 1);
        assertLe(books().uncollected, 10);
    }

    /// @dev Of the second loss half is the shares' and half is waited for: the part that is waited for is paid first.
    function test_a_loss_of_both_is_paid_to_those_who_wait_first() public {
        _loseOf(debtor, 1e18);
        uint256 lost = lostOf(debtor);
        leave(carol);
        lend(erin, 44_000e6);
        _openKeeper();
        borrow(bob, books().cash);
        _take(debtor, lost / 2);
        // First what Carol waits for, of what Erin's shares are worth then; Bob's is more than is left of that.
        _loseOf(kept, 1e18);
        _loseOf(taker, 1e18);
        uint256 ofErin = market.lossOf(3).lenderUnits;
        uint256 ofWaiting = lostOf(taker) - ofErin;
        assertApproxEqAbs(ofWaiting, lost / 2, 20e6);
        _repay(taker, ofWaiting);
        assertEq(market.collectableOf(erin, 3), 0);
        assertApproxEqAbs(_collect(carol, 1), lost / 2, 20e6);
        _repay(taker, 1_000e6);
        assertApproxEqAbs(market.collectableOf(erin, 3), 1_000e6, 1);
    }

    /// @dev Next to no shares are there, so none of them is worth too little.
    function test_nobody_who_deposits_fills_what_others_wait_for() public {
        _loseAndLeave();
        assertEq(market.maxDeposit(erin), 0);
        assertEq(market.maxMint(erin), 0);
    }

    /// @dev Interest of years filled the hole; what is paid then of what made it is the tranche's, and not of a deposit for a moment.
    function test_a_deposit_for_a_moment_gets_nothing_of_what_filled_a_hole() public {
        _loseAndLeave();
        wait_(40 * 365 days);
        market.accrue();
        assertGt(books().cash + books().debt, books().uncollected);
        uint256 owed = lostOf(kept);
        fund(keeper, 1_000_000e6 + owed, market);
        uint256 before = token.balanceOf(keeper);
        vm.startPrank(keeper);
        market.deposit(1_000_000e6, keeper);
        market.repay(kept, owed);
        market.redeem(market.maxRedeem(keeper), keeper, keeper);
        vm.stopPrank();
        assertGt(before - token.balanceOf(keeper), (owed * 99) / 100, "a receivable is paid by who pays it");
    }

    // Acts

    /// @dev As `_lose`, and Carol has left: next to no shares are there.
    function _loseAndLeave() private {
        _loseOf(debtor, 1e18);
        leave(carol);
        uint256 lost = lostOf(debtor);
        _openKeeper();
        _take(debtor, lost / 2);
        _loseOf(kept, 0.5e18);
        assertLt(books().cash + books().debt, books().uncollected);
        assertLt(market.totalSupply(), 1e12, "a millionth of a dollar's shares at the opening is more");
    }

    function _lose() private {
        _loseOf(debtor, 1e18);
        uint256 lost = lostOf(debtor);
        _openKeeper();
        borrow(bob, books().cash);
        _take(debtor, lost / 2);
        _loseOf(taker, 1e18);
        // Of the keeper's debt half is left: less than what is uncollected.
        _loseOf(kept, 0.5e18);
    }

    function _openKeeper() private {
        lock(ETH, 60 * ONE_ETH, kept, 0);
        applyAll();
        optIn(keeper, market);
    }

    function _loseOf(bytes32 account, uint256 shareWad) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(account, 0, shareWad, 0, address(0), address(0)));
    }

    function _take(bytes32 account, uint256 units) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(account, kept, 0.5e18, units * 1e12, address(0), keeper));
    }

    function _repay(bytes32 account, uint256 units) private {
        vm.prank(bob);
        market.repay(account, units);
    }

    function _collect(address holder, uint256 loss) private returns (uint256) {
        uint256[] memory losses = new uint256[](1);
        losses[0] = loss;
        return market.collect(holder, losses);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {BookedLoss, IMarket} from "../../solidity/interfaces/IMarket.sol";
import {MarketTranche} from "../../solidity/markets/MarketTranche.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice What is paid of a receivable belongs to those who bore its loss, and to nobody who came later.
contract MarketRecoveriesTest is MarketFixture {
    address private erin = makeAddr("erin");

    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
        fund(keeper, 0, market);
    }

    function test_attack_a_deposit_for_a_moment_gets_nothing_of_a_receivable() public {
        _lose(1e18);
        // A hundred times of what all lenders have, for the time of one repayment.
        fund(erin, 6_000_000e6 + DEBT, market);
        uint256 before = token.balanceOf(erin);
        vm.startPrank(erin);
        uint256 shares = market.deposit(6_000_000e6, erin);
        uint256 paid = market.repay(debtor, type(uint256).max);
        market.redeem(shares, erin, erin);
        assertEq(_collect(erin, 1), 0);
        vm.stopPrank();
        assertLe(token.balanceOf(erin) + paid, before, "it pays all of it");
        assertApproxEqAbs(market.collectableOf(carol, 1) + market.collectableOf(dave, 1), paid, 2);
    }

    function test_lenders_collect_before_the_tranche_and_each_its_part() public {
        _lose(1e18);
        BookedLoss memory loss = market.lossOf(1);
        assertEq(loss.account, debtor);
        assertApproxEqAbs(loss.trancheUnits, 5_000e6, 1e6);
        assertEq(uint256(loss.lenderUnits) + loss.trancheUnits, lostOf(debtor));
        _repay(debtor, loss.lenderUnits / 2);
        assertApproxEqAbs(market.collectableOf(carol, 1), loss.lenderUnits / 2, 1);
        assertEq(market.collectableOf(dave, 1), 0);
        _repay(debtor, type(uint256).max);
        assertApproxEqAbs(market.collectableOf(carol, 1), loss.lenderUnits, 1);
        assertApproxEqAbs(market.collectableOf(dave, 1), loss.trancheUnits, 1);
        uint256 price = exitPrice();
        vm.expectEmit(true, false, false, false, address(market));
        emit IMarket.Collected(carol, loss.lenderUnits);
        assertApproxEqAbs(_collect(carol, 1), loss.lenderUnits, 1);
        assertApproxEqAbs(_collect(dave, 1), loss.trancheUnits, 1);
        assertEq(_collect(carol, 1) + _collect(dave, 1), 0, "once");
        assertLe(books().uncollected, 2);
        assertEq(exitPrice(), price, "shares are worth what they were");
    }

    function test_a_single_unit_of_a_receivable_is_paid_too() public {
        _lose(1e18);
        (uint256 lost, uint256 writtenOff) = (lostOf(debtor), books().writtenOff);
        _repay(debtor, 1);
        assertEq(lostOf(debtor), lost - 1);
        assertEq(books().writtenOff, writtenOff - 1);
        assertEq(_collect(carol, 1), 1, "by the only lender");
        _repay(debtor, market.lossOf(1).lenderUnits);
        assertEq(_collect(dave, 1), 1, "by the only one in the tranche");
    }

    function test_collecting_nothing_moves_and_tells_nothing() public {
        _lose(1e18);
        vm.recordLogs();
        assertEq(_collect(carol, 1) + market.collect(carol, new uint256[](0)), 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_a_loss_names_those_who_bore_it_alone() public {
        _assume(DEBT - 1);
        BookedLoss memory loss = market.lossOf(1);
        assertEq(loss.trancheUnits, 1);
        assertEq(loss.lenderUnits, 0);
        assertEq(loss.shares, 0);
        assertEq(loss.trancheSupply, tranche.totalSupply());
        _beAlone();
        loss = _loseAll();
        assertEq(loss.lenderUnits, DEBT);
        assertEq(loss.shares, market.totalSupply());
        assertEq(loss.trancheSupply, 0);
    }

    function test_a_bid_without_a_receivable_tells_of_no_recovery() public {
        vm.recordLogs();
        _assume(DEBT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertGt(logs.length, 0);
        for (uint256 i = 0; i < logs.length; ++i) assertNotEq(logs[i].topics[0], IMarket.Recovered.selector);
    }

    function test_the_holder_of_the_only_share_collects_all_of_a_loss() public {
        _beAlone();
        join(carol, market.balanceOf(carol) - 1);
        BookedLoss memory loss = _loseAll();
        assertEq(loss.shares, 1);
        assertGt(loss.lenderUnits, 0);
        _repay(debtor, type(uint256).max);
        assertEq(market.collectableOf(address(tranche), 1), 0, "it was not in the tranche");
        assertEq(_collect(carol, 1), DEBT);
    }

    function test_the_holder_of_the_tranche_s_only_share_collects_all_of_its_part() public {
        _beAlone();
        vm.startPrank(carol);
        market.transfer(address(tranche), 5_000e12);
        market.transfer(dave, 6e9);
        vm.stopPrank();
        assertEq(join(dave, 6e9), 1);
        BookedLoss memory loss = _loseAll();
        assertEq(loss.trancheSupply, 1);
        _repay(debtor, type(uint256).max);
        assertEq(_collect(dave, 1), loss.trancheUnits);
    }

    /// @dev Interest is the lenders' in part, and so is its loss; when all of their shares are in the tranche, no lender is left.
    function test_what_no_lender_bore_is_nobody_s_and_the_tranche_collects_its_part() public {
        _beAlone();
        join(carol, market.balanceOf(carol));
        borrow(alice, DEBT);
        pass(30 days);
        _lose(1e18);
        BookedLoss memory loss = market.lossOf(1);
        assertGt(loss.lenderUnits, 0);
        assertEq(loss.shares, 0);
        _repay(debtor, type(uint256).max);
        assertEq(_collect(carol, 1), loss.trancheUnits);
    }

    function test_what_an_empty_tranche_bore_is_nobody_s_and_lenders_collect_their_part() public {
        _beAlone();
        vm.prank(carol);
        market.transfer(address(tranche), 5_000e12);
        BookedLoss memory loss = _loseAll();
        assertGt(loss.trancheUnits, 0);
        assertEq(loss.trancheSupply, 0);
        _repay(debtor, type(uint256).max);
        assertEq(_collect(carol, 1), loss.lenderUnits);
    }

    function test_who_held_at_the_loss_collects_whatever_it_does_with_its_shares_later() public {
        lend(erin, 20_000e6);
        _lose(1e18);
        BookedLoss memory loss = market.lossOf(1);
        vm.startPrank(carol);
        market.transfer(keeper, market.balanceOf(carol) / 2);
        market.redeem(market.maxRedeem(carol), carol, carol);
        vm.stopPrank();
        lend(keeper, 1_000e6);
        _repay(debtor, type(uint256).max);
        assertEq(market.collectableOf(keeper, 1), 0);
        assertApproxEqAbs(market.collectableOf(carol, 1), (uint256(loss.lenderUnits) * 3) / 4, 2e6);
        assertApproxEqAbs(market.collectableOf(erin, 1), loss.lenderUnits / 4, 2e6);
        assertApproxEqAbs(_collect(carol, 1) + _collect(erin, 1), loss.lenderUnits, 2);
    }

    /// @dev Whoever owns the account and lends could else make losses of its own, in front of which nobody else is paid.
    function test_of_an_accounts_losses_the_oldest_is_paid_first() public {
        _lose(0.4e18);
        lend(erin, 500_000e6);
        _lose(1e18);
        (BookedLoss memory first, BookedLoss memory second) = (market.lossOf(1), market.lossOf(2));
        uint256 ofFirst = uint256(first.lenderUnits) + first.trancheUnits;
        assertEq(second.owedBefore, ofFirst);
        _repay(debtor, ofFirst);
        assertEq(market.collectableOf(erin, 2) + market.collectableOf(carol, 2), 0);
        assertApproxEqAbs(market.collectableOf(carol, 1) + market.collectableOf(dave, 1), ofFirst, 2);
        _repay(debtor, type(uint256).max);
        assertApproxEqAbs(
            market.collectableOf(erin, 2) + market.collectableOf(carol, 2),
            uint256(second.lenderUnits),
            2
        );
    }

    /// @dev A later loss of the same account comes after what was paid of an earlier one.
    function test_a_loss_after_a_repayment_is_not_paid_by_that_repayment() public {
        _lose(0.4e18);
        _repay(debtor, lostOf(debtor));
        _lose(1e18);
        assertEq(market.collectableOf(carol, 2) + market.collectableOf(dave, 2), 0);
        _repay(debtor, 100e6);
        assertApproxEqAbs(market.collectableOf(carol, 2) + market.collectableOf(dave, 2), 100e6, 2);
    }

    function test_what_is_uncollected_is_neither_lent_nor_redeemed() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.LossUnknown.selector, 1, 0));
        _collect(carol, 1);
        _lose(1e18);
        vm.expectRevert(abi.encodeWithSelector(IMarket.LossUnknown.selector, 0, 1));
        market.collectableOf(carol, 0);
        _repay(debtor, type(uint256).max);
        uint256 due = market.collectableOf(carol, 1);
        uint256 waits = books().uncollected;
        uint256 free = books().cash - waits;
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotEnoughCash.selector, free + 1, free));
        borrow(bob, free + 1);
        borrow(bob, free / 2);
        leave(carol);
        assertApproxEqAbs(books().cash, waits, 1);
        assertEq(market.maxWithdraw(carol), 0);
        assertEq(_collect(carol, 1), due);
    }

    /// @dev A taker kept a burden with what was paid of a receivable as debt, and all cash was lent before: that debt is lost as well.
    function test_a_market_that_lost_what_was_uncollected_too_refuses_no_bid_and_pays_what_there_is() public {
        _lose(1e18);
        uint256 lost = lostOf(debtor);
        borrow(bob, books().cash);
        lock(ETH, 60 * ONE_ETH, accountOf(keeper), 0);
        applyAll();
        optIn(keeper, market);
        _take(debtor, lost / 2);
        uint256 waits = books().uncollected;
        assertApproxEqAbs(waits, lost / 2, 2);
        assertEq(books().cash, 0);
        assertEq(_collect(carol, 1), 0, "no cash yet");
        vm.startPrank(address(auction));
        market.takeOver(TakeOver(taker, 0, 1e18, 0, address(0), address(0)));
        market.takeOver(TakeOver(accountOf(keeper), 0, 1e18, 0, address(0), address(0)));
        vm.stopPrank();
        assertEq(books().cash + books().debt, 0);
        assertEq(books().uncollected, waits);
        assertEq(market.totalAssets(), 0);
        // What is paid now, with a fee above all, is taken.
        _take(taker, lostOf(taker) / 2);
        assertEq(_collect(carol, 1), 0);
        _repay(accountOf(keeper), 1_000e6);
        assertEq(_collect(carol, 1), 1_000e6);
    }

    function test_cash_that_is_short_pays_several_losses_once() public {
        _lose(0.4e18);
        _lose(1e18);
        borrow(bob, books().cash);
        lock(ETH, 60 * ONE_ETH, accountOf(keeper), 0);
        applyAll();
        optIn(keeper, market);
        _take(debtor, lostOf(debtor) / 2);
        _repay(accountOf(keeper), 4_000e6);
        uint256[] memory losses = new uint256[](2);
        (losses[0], losses[1]) = (1, 2);
        assertLt(market.collectableOf(carol, 1), 4_000e6);
        assertGt(market.collectableOf(carol, 1) + market.collectableOf(carol, 2), 4_000e6);
        assertEq(market.collect(carol, losses), 4_000e6);
    }

    /// @notice Whatever holders do around two losses, they collect no more than was paid, and no more than a unit each less.
    function testFuzz_L8_collecting_pays_what_came_back_and_no_more(uint256 seed) public {
        address[4] memory who = [carol, dave, erin, keeper];
        uint256 paid;
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 0; i < 4; ++i)
                _moveSome(who[i], who[(i + 1) % 4], uint256(keccak256(abi.encode(seed, round, i))));
            _lose(round == 0 ? 0.1e18 + (seed % 0.8e18) : 1e18);
            for (uint256 i = 0; i < 4; ++i)
                _moveSome(who[i], who[(i + 2) % 4], uint256(keccak256(abi.encode(seed, i, round))));
            uint256 owed = lostOf(debtor);
            paid += _repay(debtor, round == 0 ? (owed * (seed % 100)) / 100 + 1 : type(uint256).max);
        }
        uint256 got;
        for (uint256 i = 0; i < 4; ++i) got += _collect(who[i], 1) + _collect(who[i], 2);
        assertLe(got, paid);
        assertApproxEqAbs(got, paid, 20);
        assertEq(books().uncollected, paid - got);
    }

    /// @dev A lender comes, leaves a part, or hands shares on.
    function _moveSome(address one, address other, uint256 draw) private {
        if (draw % 3 == 0 && market.maxDeposit(one) != 0) {
            lend(one, 1 + ((draw >> 8) % 30_000e6));
        } else if (draw % 3 != 2) {
            uint256 shares = (market.maxRedeem(one) * ((draw >> 8) % 100)) / 100;
            vm.prank(one);
            market.redeem(shares, one, one);
        } else {
            uint256 shares = (market.balanceOf(one) * ((draw >> 8) % 100)) / 100;
            vm.prank(one);
            market.transfer(other, shares);
        }
    }

    /// @dev A market that only Carol lends to, exactly what Alice borrows then.
    function _beAlone() private {
        _repay(debtor, type(uint256).max);
        market = newMarket(termsOf());
        tranche = MarketTranche(market.tranche());
        list(market);
        optIn(alice, market);
        fund(bob, 0, market);
        lend(carol, DEBT);
    }

    /// @dev The auction books a share of what Alice owes as lost.
    function _lose(uint256 shareWad) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, shareWad, 0, address(0), address(0)));
    }

    /// @dev Alice borrows, and nobody assumes anything of it.
    function _loseAll() private returns (BookedLoss memory) {
        borrow(alice, DEBT);
        _lose(1e18);
        return market.lossOf(1);
    }

    /// @dev Bob assumes so many units of all that Alice owes.
    function _assume(uint256 units) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 1e18, units * 1e12, address(0), address(0)));
    }

    /// @dev Somebody assumes so many units of what an account owes, as a debt of its own.
    function _take(bytes32 account, uint256 units) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(account, accountOf(keeper), 0.5e18, units * 1e12, address(0), keeper));
    }

    function _repay(bytes32 account, uint256 units) private returns (uint256 paid) {
        token.mint(bob, 100_000e6);
        vm.prank(bob);
        return market.repay(account, units);
    }

    function _collect(address holder, uint256 loss) private returns (uint256) {
        uint256[] memory losses = new uint256[](1);
        losses[0] = loss;
        return market.collect(holder, losses);
    }
}

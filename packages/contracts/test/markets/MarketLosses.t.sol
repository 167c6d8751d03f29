// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket, MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {IMarketGate} from "../../solidity/interfaces/IMarketGate.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {TestGate} from "./TestGate.sol";

/// @notice Bids, write-offs, receivables and provisions of a market, with the real auction over a real ledger.
contract MarketLossesTest is MarketFixture {
    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
    }

    // Bids

    function test_a_bid_in_cash_relieves_the_account_and_pays_keeper_and_tranche() public {
        breach(1_300e12);
        wait_(60);
        (uint256 debt, uint256 whole) = (debtOf(debtor), wholeOf(market));
        uint256 ofTranche = tranche.totalAssets();
        uint256 balance = token.balanceOf(bob);
        (uint256 share, uint256 assumed) = bidAll(true);
        assertApproxEqAbs(debtOf(debtor), debt - (debt * share) / 1e18, 2);
        assertEq(balance - token.balanceOf(bob), assumed / 1e12 + 1, "units are rounded up");
        assertEq(debtOf(taker), 0);
        uint256 fee = assumed / 1e12 + 1 - (debt * share) / 1e18;
        assertApproxEqAbs(wholeOf(market), whole + fee, 2);
        assertApproxEqAbs(fee, (debt * share) / 100e18, 3);
        assertEq(market.previewRedeem(market.balanceOf(keeper)), 50e6 - 1, "the keeper's most");
        uint256 gained = market.previewRedeem(tranche.totalAssets() - ofTranche);
        assertApproxEqAbs(gained, fee - 50e6, 3);
        assertEq(lostOf(debtor), 0);
    }

    function test_L11_a_burden_that_is_assumed_becomes_debt_of_the_taker_under_its_gate() public {
        breach(1_300e12);
        wait_(60);
        uint256 cash = books().cash;
        (, uint256 assumed) = bidAll(false);
        assertApproxEqAbs(debtOf(taker), assumed / 1e12 + 1, 1, "units and shares are rounded up");
        assertEq(books().cash, cash);
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(taker);
        assertGe(aI, qI);
        assertEq(ledger.claimOf(taker, address(market)).reservedWad, qI);
    }

    function test_what_the_taker_does_not_allow_it_owes() public {
        breach(1_300e12);
        wait_(60);
        vm.prank(bob);
        token.approve(address(market), 3_000e6);
        (, uint256 assumed) = bidAll(true);
        assertApproxEqAbs(debtOf(taker), assumed / 1e12 + 1 - 3_000e6, 1);
    }

    function test_a_taker_without_margin_or_opt_in_is_refused_the_burden() public {
        address erin = makeAddr("erin");
        breach(1_300e12);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(erin), address(market)));
        vm.startPrank(address(auction));
        market.takeOver(TakeOver(debtor, accountOf(erin), 0.5e18, 10_500e18, address(0), address(0)));
        vm.stopPrank();
        vm.prank(erin);
        ledger.optIn(accountOf(erin), address(market));
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, accountOf(erin), 0.5e18, 10_500e18, address(0), address(0)));
    }

    // Losses

    function test_L8_the_tranche_bears_a_loss_first_and_lenders_lose_nothing() public {
        breach(1_000e12);
        wait_(60);
        (uint256 price, uint256 ofTranche, uint256 debt) = (entryPrice(), tranche.totalAssets(), debtOf(debtor));
        (uint256 share, uint256 assumed) = bidAll(true);
        uint256 loss = debt - (assumed / 1e12 + 1);
        assertEq(share, 1e18);
        // 2.1 % below the oracle: the head start is 80 s.
        assertApproxEqAbs(loss, 1_424e6, 1e6);
        assertApproxEqAbs(lostOf(debtor), loss, 1);
        assertEq(debtOf(debtor), 0);
        assertGe(entryPrice(), price);
        assertLe(entryPrice(), price + price / 1e9);
        uint256 burned = ofTranche - tranche.totalAssets();
        assertApproxEqAbs(market.previewRedeem(burned), loss, 2);
    }

    function test_L8_what_the_tranche_cannot_bear_lenders_bear_by_their_shares() public {
        uint256 ofErin = lend(makeAddr("erin"), 20_000e6);
        breach(700e12);
        wait_(60);
        (uint256 before, uint256 whole) = (entryPrice(), wholeOf(market));
        uint256 ofTranche = market.previewMint(tranche.totalAssets());
        bidAll(true);
        uint256 loss = lostOf(debtor);
        assertGt(loss, 6_000e6);
        assertEq(tranche.totalAssets(), 0, "whole until it is gone");
        assertApproxEqAbs(wholeOf(market), whole - loss, 1);
        uint256 borne = loss - ofTranche;
        uint256 price = entryPrice();
        assertApproxEqRel(before - price, (before * borne) / 80_000e6, 1e15);
        uint256 ofCarol = market.previewRedeem(market.balanceOf(carol));
        assertApproxEqAbs(ofCarol, 3 * market.previewRedeem(ofErin), 3, "pro rata");
    }

    function test_L8_a_loss_at_one_market_changes_no_number_of_another() public {
        Market other = borrowElsewhere(1_000e6);
        breach(700e12);
        wait_(60);
        MarketBooks memory before = other.booksOf();
        (uint256 debt, , uint256 provision) = other.positionOf(debtor);
        assertGt(provision, 0, "senior parts are shared, so it loses too");
        bidAll(true);
        assertGt(lostOf(debtor), 0);
        MarketBooks memory after_ = other.booksOf();
        assertEq(after_.cash, before.cash);
        assertEq(after_.debt, before.debt);
        assertEq(after_.writtenOff, 0);
        assertEq(after_.shares, before.shares);
        (uint256 debtAfter, , ) = other.positionOf(debtor);
        assertEq(debtAfter, debt);
    }

    function test_a_write_off_books_all_of_the_burden_and_asks_nobody() public {
        breach(1_300e12);
        waitSeen(T3);
        uint256 debt = debtOf(debtor);
        auction.writeOff(debtor, address(market));
        assertEq(lostOf(debtor), debt);
        assertEq(debtOf(debtor), 0);
        assertEq(books().debt, 0);
        assertEq(books().writtenOff, debt);
        (uint256 initial, uint256 maintenance, , ) = market.requirementOf(debtor);
        assertEq(initial, debt * 1e12, "once, at both grades");
        assertEq(maintenance, debt * 1e12);
        assertEq(market.burdenOf(debtor), debt * 1e12);
    }

    function test_a_receivable_is_paid_by_what_the_account_is_credited_later() public {
        breach(1_000e12);
        wait_(60);
        bidAll(true);
        uint256 lost = lostOf(debtor);
        uint256 held = market.balanceOf(carol);
        uint256 worth = market.previewRedeem(held);
        lock(ETH, ONE_ETH / 2, debtor, 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(debtor, ETH, true);
        breach(1_000e12);
        wait_(60);
        (uint256 cash, uint256 written) = (books().cash, books().writtenOff);
        (, uint256 assumed) = bidAll(true);
        uint256 back = lost - lostOf(debtor);
        assertApproxEqAbs(back, assumed / 1e12, 1, "never lost twice");
        assertApproxEqAbs(back, 500e6, 20e6);
        assertEq(books().writtenOff, written - back);
        assertEq(books().cash, cash + back);
        assertApproxEqAbs(market.previewRedeem(held), worth, 2e6, "no income of those who are there");
        assertApproxEqAbs(market.collectableOf(dave, 1), back, 1, "but of the tranche, which bore it");
    }

    function test_a_repayment_clears_a_receivable_first() public {
        breach(1_300e12);
        waitSeen(T3);
        auction.writeOff(debtor, address(market));
        crash(4_000e12);
        borrow(alice, 1_000e6);
        uint256 lost = lostOf(debtor);
        vm.expectEmit(address(market));
        emit IMarket.Recovered(debtor, 700e6);
        vm.prank(alice);
        market.repay(debtor, 700e6);
        assertEq(lostOf(debtor), lost - 700e6);
        assertEq(debtOf(debtor), 1_000e6);
        vm.prank(alice);
        assertEq(market.repay(debtor, type(uint256).max), lost + 300e6);
        assertEq(books().writtenOff, 0);
    }

    // Provisions

    function test_a_provision_is_written_at_the_start_follows_prices_and_ends_with_the_auction() public {
        breach(1_000e12);
        // 16,150 of maintenance assets fall to the market.
        assertEq(provisionOf(debtor), debtOf(debtor) - 16_150e6);
        assertEq(books().provisions, provisionOf(debtor));
        crash(900e12);
        market.onAuction(debtor);
        assertEq(provisionOf(debtor), debtOf(debtor) - 14_535e6);
        crash(1_500e12);
        auction.close(debtor);
        assertEq(provisionOf(debtor), 0);
        assertEq(books().provisions, 0);
        assertEq(market.heldSeconds(), 4 hours);
    }

    function test_a_repayment_leaves_no_provision_above_the_debt() public {
        breach(700e12);
        assertGt(provisionOf(debtor), 5_000e6);
        vm.startPrank(alice);
        market.repay(debtor, debtOf(debtor) - 5_000e6);
        assertEq(provisionOf(debtor), 5_000e6);
        market.repay(debtor, type(uint256).max);
        vm.stopPrank();
        assertEq(books().provisions, 0);
    }

    function test_attack_10_who_runs_before_a_loss_gets_less_than_who_stays() public {
        breach(700e12);
        uint256 provision = provisionOf(debtor);
        assertGt(provision, 9_600e6);
        uint256 erins = market.balanceOf(carol) / 3;
        vm.prank(carol);
        market.transfer(bob, erins);
        uint256 expected = market.previewRedeem(erins);
        assertLt(expected, (20_000e6 * uint256(935)) / 1_000, "less the part that the tranche does not bear");
        vm.prank(bob);
        uint256 fled = market.redeem(erins, bob, bob);
        assertEq(fled, expected);
        wait_(60);
        bidAll(true);
        assertEq(books().provisions, 0);
        assertGt(market.previewRedeem(erins), fled);
    }

    function test_attack_10_a_provision_that_the_tranche_bears_costs_no_lender_anything() public {
        breach(1_000e12);
        assertGt(books().provisions, 4_800e6);
        assertLe(exitPrice(), entryPrice());
        assertApproxEqRel(exitPrice(), entryPrice(), 1e9);
    }

    function test_attack_10_who_enters_before_a_provision_ends_gains_nothing() public {
        breach(700e12);
        address erin = makeAddr("erin");
        uint256 shares = lend(erin, 30_000e6);
        assertLt(market.previewRedeem(shares), 29_000e6);
        crash(1_500e12);
        auction.close(debtor);
        assertEq(books().provisions, 0);
        assertLe(market.previewRedeem(shares), 30_000e6 + 30e6, "but the interest of two hours");
        uint256 left = leave(erin);
        assertLt(left, 30_001e6);
    }

    function test_attack_10_nobody_chooses_an_old_price_for_a_provision() public {
        breach(1_000e12);
        uint256 before = provisionOf(debtor);
        wait_(60);
        ethFeed.set(900e12, 0, uint40(vm.getBlockTimestamp()));
        vm.prank(carol);
        market.onAuction(debtor);
        assertGt(provisionOf(debtor), before + 1_600e6);
    }

    function test_attack_10_nor_an_old_price_of_the_asset() public {
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        MarketTerms memory terms = termsOf();
        terms.priceSlot = 1;
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        lend(carol, 60_000e6);
        borrow(alice, DEBT);
        breach(1_000e12);
        uint256 before = provisionOf(debtor);
        wait_(60);
        usdFeed.set(1.05e12, 0, uint40(vm.getBlockTimestamp()));
        market.onAuction(debtor);
        // 16,150 pay for less of a dearer asset.
        assertApproxEqAbs(provisionOf(debtor), before + 769e6, 1e6);
    }

    function test_an_account_that_no_auction_sells_gets_no_provision() public {
        crash(700e12);
        market.onAuction(debtor);
        assertEq(books().provisions, 0);
        market.onAuction(taker);
        assertEq(books().provisions, 0);
    }

    // What others do

    function test_attack_21_a_gate_that_refuses_all_takers_leaves_the_write_off() public {
        TestGate gate = new TestGate();
        MarketTerms memory terms = termsOf();
        terms.gate = address(gate);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        optIn(bob, market);
        gate.list(carol, true);
        gate.list(debtor, true);
        gate.list(taker, true);
        gate.refuseTakers(true);
        lend(carol, 60_000e6);
        fund(bob, 60_000e6, market);
        borrow(alice, DEBT);
        breach(1_300e12);
        wait_(60);
        bytes4 question = IMarketGate.mayTake.selector;
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAdmitted.selector, question, taker));
        bidAll(true);
        waitSeen(T3);
        gate.setConduct(TestGate.Conduct.BURNS_ITS_GAS);
        auction.writeOff(debtor, address(market));
        assertGt(lostOf(debtor), DEBT);
        gate.setConduct(TestGate.Conduct.HONEST);
        gate.refuseTakers(false);
        uint256 ofTranche = market.balanceOf(market.tranche());
        bidAll(true);
        assertEq(market.balanceOf(keeper), 0, "a starter who is not admitted gets no shares");
        assertGe(market.balanceOf(market.tranche()), ofTranche);
    }

    function test_only_the_auction_of_the_ledger_takes_over() public {
        TakeOver memory all = TakeOver(debtor, 0, 1e18, 0, address(0), address(0));
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAuction.selector, governor, address(auction)));
        vm.prank(governor);
        market.takeOver(all);
        vm.prank(governor);
        ledger.setAuction(address(0));
        wait_(7 days);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotAuction.selector, address(auction), address(0)));
        vm.prank(address(auction));
        market.takeOver(all);
        market.onAuction(debtor);
        assertEq(books().provisions, 0);
    }

    function test_an_auction_that_lies_takes_no_more_from_a_payer_than_the_share_is_worth() public {
        vm.startPrank(address(auction));
        vm.expectRevert(abi.encodeWithSelector(IMarket.TakeOverTooLarge.selector, 1e18 + 1, 1e18));
        market.takeOver(TakeOver(debtor, taker, 1e18 + 1, 0, bob, address(0)));
        uint256 most = 10_500e6 + 105e6 + 4;
        vm.expectRevert(abi.encodeWithSelector(IMarket.TakeOverTooLarge.selector, most + 1, most));
        market.takeOver(TakeOver(debtor, taker, 0.5e18, (most + 1) * 1e12, bob, address(0)));
        market.takeOver(TakeOver(debtor, taker, 0.5e18, most * 1e12, bob, address(0)));
        vm.stopPrank();
        assertEq(debtOf(debtor), 10_500e6);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TakeOverTooLarge.selector, 5, 4));
        vm.prank(address(auction));
        market.takeOver(TakeOver(accountOf(carol), taker, 1e18, 5e12, bob, address(0)));
    }

    function test_a_share_that_is_worth_next_to_nothing_takes_no_deposit() public {
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        leave(carol);
        vm.startPrank(dave);
        tranche.requestExit(tranche.balanceOf(dave));
        wait_(10 days);
        tranche.exit(dave);
        vm.stopPrank();
        leave(dave);
        setPrices(1e12, 2000e12);
        refreshNow();
        lend(carol, 5_000e6);
        borrow(alice, 5_000e6);
        assertEq(books().cash, 0);
        uint256 price = entryPrice();
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, 1e18, 0, address(0), address(0)));
        assertLt(entryPrice(), price / 1e6);
        assertEq(market.maxDeposit(bob), 0);
        assertEq(market.maxMint(bob), 0);
        vm.prank(alice);
        market.repay(debtor, 5_000e6);
        assertEq(market.maxDeposit(bob), 0, "what came back belongs to whoever bore it");
        assertApproxEqAbs(market.collectableOf(carol, 1), 5_000e6, 1);
    }
}

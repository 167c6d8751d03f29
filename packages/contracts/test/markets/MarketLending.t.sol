// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarket, MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {IMarketGate} from "../../solidity/interfaces/IMarketGate.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketTranche} from "../../solidity/markets/MarketTranche.sol";
import {Building} from "../harness/Building.sol";
import {FeeToken} from "../tokens/FeeToken.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {ReentrantToken} from "../tokens/ReentrantToken.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {TestGate} from "./TestGate.sol";

/// @notice Terms, lending, borrowing and the gate of a market over a real ledger.
contract MarketLendingTest is MarketFixture, Building {
    // Terms

    function test_refuses_terms_outside_of_their_limits() public {
        MarketTerms memory terms = termsOf();
        terms.initialBp = 10_499;
        _refuse(terms, refusal("initialBp", 10_499, 10_500));
        terms = termsOf();
        terms.maintenanceBp = 10_099;
        _refuse(terms, refusal("maintenanceBp", 10_099, 10_100));
        terms = termsOf();
        terms.feeBp = 24;
        _refuse(terms, refusal("feeBp", 24, 25));
        terms = termsOf();
        terms.feeBp = 201;
        _refuse(terms, refusal("feeBp", 201, 200));
        terms = termsOf();
        terms.reserveBp = 5_001;
        _refuse(terms, refusal("reserveBp", 5_001, 5_000));
        terms = termsOf();
        terms.rate2 = 9.95e18 + 1;
        _refuse(terms, refusal("rates", 10e18 + 1, 10e18));
        terms = termsOf();
        terms.kinkBp = 0;
        _refuse(terms, refusal("kinkBp", 0, 1));
        terms = termsOf();
        terms.kinkBp = 10_000;
        _refuse(terms, refusal("kinkBp", 10_000, 9_999));
        terms = termsOf();
        terms.debtCap = 1_000e6 - 1;
        _refuse(terms, refusal("debtCap", 1_000e6 - 1, 1_000e6));
        terms = termsOf();
        terms.least = 1_000e6 - 1;
        _refuse(terms, refusal("least", 1_000e18 - 1e12, 1_000e18));
        terms = termsOf();
        terms.priceSlot = 9;
        _refuse(terms, refusal("priceSlot", 0, 1));
        terms = termsOf();
        terms.gate = address(0xdead);
        _refuse(terms, abi.encodeWithSelector(IMarket.PartRefused.selector, address(0xdead)));
    }

    function test_refuses_a_ledger_without_code_and_a_token_that_is_too_coarse() public {
        vm.expectRevert(abi.encodeWithSelector(IMarket.PartRefused.selector, address(0xdead)));
        _build(ILedger(address(0xdead)), token, termsOf());
        PlainToken wide = new PlainToken("WIDE", 19);
        vm.expectRevert(refusal("decimals", 19, 18));
        _build(ledger, wide, termsOf());
        PlainToken coarse = new PlainToken("COARSE", 3);
        vm.expectRevert(refusal("decimals", 1e15, 1e14));
        _build(ledger, coarse, termsOf());
    }

    function test_keeps_its_terms_and_its_tranche() public view {
        assertEq(keccak256(abi.encode(market.terms())), keccak256(abi.encode(termsOf())));
        assertEq(address(tranche.market()), address(market));
        assertEq(tranche.asset(), address(market));
        assertEq(market.decimals(), 12);
        assertEq(tranche.decimals(), 18);
        assertEq(market.symbol(), "smUSDX");
        assertEq(tranche.symbol(), "jtUSDX");
    }

    // Borrowing

    function test_borrows_up_to_the_initial_margin_and_not_a_unit_more() public {
        // 28,800 of initial margin carry 24,000 of debt at 1.2.
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, debtor, 28_800e18, 28_800e18 + 1.2e12)
        );
        borrow(alice, 24_000e6 + 1);
        vm.expectEmit(address(market));
        emit IMarket.Borrowed(debtor, alice, 24_000e6, 24_000e6);
        borrow(alice, 24_000e6);
        assertEq(token.balanceOf(alice), 124_000e6);
        assertEq(books().cash, 41_000e6);
        assertEq(ledger.claimOf(debtor, address(market)).reservedWad, 28_800e18);
        assertEq(market.burdenOf(debtor), 24_240e18);
    }

    function test_refuses_to_borrow_for_others_too_little_too_much_or_without_opting_in() public {
        bytes32 elsewhere = AccountLib.encode(alice, SOURCE, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotOwner.selector, bob, debtor));
        vm.prank(bob);
        market.borrow(debtor, 1_000e6, bob);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotOwner.selector, alice, elsewhere));
        market.borrow(elsewhere, 1_000e6, alice);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NothingToMove.selector, debtor));
        market.borrow(debtor, 0, alice);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DebtTooSmall.selector, 999e6, 1_000e6));
        market.borrow(debtor, 999e6, alice);
        vm.expectRevert(abi.encodeWithSelector(IMarket.NotEnoughCash.selector, 65_000e6 + 1, 65_000e6));
        market.borrow(debtor, 65_000e6 + 1, alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, isolatedOf(alice), market));
        market.borrow(isolatedOf(alice), 1_000e6, alice);
    }

    function test_refuses_more_debt_than_its_cap() public {
        MarketTerms memory terms = termsOf();
        terms.debtCap = 5_000e6;
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        lend(carol, 10_000e6);
        borrow(alice, 5_000e6);
        vm.expectRevert(abi.encodeWithSelector(IMarket.DebtCapExceeded.selector, 5_000e6 + 1, 5_000e6));
        borrow(alice, 1);
    }

    function test_an_unlisted_market_serves_isolated_accounts_alone() public {
        market = newMarket(termsOf());
        lend(carol, 10_000e6);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(market)));
        optIn(alice, market);
        bytes32 isolated = isolatedOf(alice);
        vm.startPrank(alice);
        ledger.optIn(isolated, address(market));
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, isolated, 0, 1_200e18));
        market.borrow(isolated, 1_000e6, alice);
        ledger.transfer(debtor, isolated, ETH, 5 * ONE_ETH);
        ledger.setEnabled(isolated, ETH, true);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, isolated, 7_200e18, 7_200e18 + 1.2e12)
        );
        market.borrow(isolated, 6_000e6 + 1, alice);
        market.borrow(isolated, 6_000e6, alice);
        vm.stopPrank();
        (, uint256 required, , , , , , ) = ledger.marginOf(debtor);
        assertEq(required, 0, "nothing else of hers is reachable");
    }

    function test_anybody_repays_and_no_more_than_is_owed_is_taken() public {
        borrow(alice, DEBT);
        pass(365 days);
        uint256 debt = debtOf(debtor);
        assertGt(debt, DEBT);
        fund(carol, 1_000e6, market);
        vm.prank(carol);
        assertEq(market.repay(debtor, 1_000e6), 1_000e6);
        assertApproxEqAbs(debtOf(debtor), debt - 1_000e6, 1);
        vm.expectEmit(address(market));
        emit IMarket.Repaid(debtor, alice, debtOf(debtor), 0);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        assertEq(debtOf(debtor), 0);
        assertLe(books().debt, 1, "nobody owes it");
        vm.expectRevert(abi.encodeWithSelector(IMarket.NothingToMove.selector, debtor));
        vm.prank(alice);
        market.repay(debtor, 1);
        market.renew(debtor);
        vm.prank(alice);
        ledger.optOut(debtor, address(market));
    }

    function test_renewing_reserves_what_interest_added_and_names_nobody_where_no_claimant_is() public {
        borrow(alice, DEBT);
        pass(60 days);
        (uint256 required, , , ) = market.requirementOf(debtor);
        assertLt(ledger.claimOf(debtor, address(market)).reservedWad, required);
        market.renew(debtor);
        assertEq(ledger.claimOf(debtor, address(market)).reservedWad, required);
        (address claimant, uint16 shareBp) = ledger.exitShareOf(debtor, address(market));
        assertEq(claimant, address(0));
        assertEq(shareBp, 0);
    }

    // Lending

    /// @dev Interest of the time before is what the cash of that time made it.
    function test_who_comes_or_leaves_changes_no_interest_of_the_past() public {
        borrow(alice, DEBT);
        for (uint256 i = 0; i < 4; ++i) {
            pass(30 days);
            uint256 debt = debtOf(debtor);
            vm.startPrank(bob);
            if (i == 0) market.deposit(50_000e6, bob);
            else if (i == 1) market.mint(1e15, bob);
            else if (i == 2) market.withdraw(10_000e6, bob, bob);
            else market.redeem(market.balanceOf(bob), bob, bob);
            vm.stopPrank();
            assertEq(debtOf(debtor), debt);
        }
    }

    function test_interest_goes_to_lenders_and_a_tenth_of_it_to_the_tranche() public {
        borrow(alice, DEBT);
        uint256 ofCarol = market.convertToAssets(market.balanceOf(carol));
        uint256 ofTranche = market.convertToAssets(tranche.totalAssets());
        uint256 rate = market.rateNow();
        assertEq(rate, 24358974358974359, "as in MarketRateTest");
        pass(1 days);
        uint256 growth = 1_401_522;
        assertEq(debtOf(debtor), DEBT + growth);
        MarketBooks memory seen = books();
        vm.expectEmit(address(market));
        emit IMarket.Accrued(growth, seen.trancheShares - 5_000e12);
        market.accrue();
        assertEq(keccak256(abi.encode(books())), keccak256(abi.encode(seen)), "views include what was not written yet");
        uint256 reserve = growth / 10;
        uint256 rest = growth - reserve;
        ofTranche = market.convertToAssets(tranche.totalAssets()) - ofTranche;
        assertApproxEqAbs(ofTranche, reserve + (rest * 5_000) / 65_000, 2);
        assertApproxEqAbs(market.convertToAssets(market.balanceOf(carol)) - ofCarol, (rest * 60_000) / 65_000, 2);
    }

    function testFuzz_previews_are_what_acts_do(uint256 units, uint256 seconds_) public {
        borrow(alice, DEBT);
        pass(bound(seconds_, 0, 60 days));
        units = bound(units, 1, 1e13);
        fund(bob, units * 2 + 2e6, market);
        vm.startPrank(bob);
        uint256 expected = market.previewDeposit(units);
        assertEq(market.deposit(units, bob), expected, "deposit");
        wait_(60);
        uint256 shares = expected / 2 + 1;
        expected = market.previewMint(shares);
        assertEq(market.mint(shares, bob), expected, "mint");
        wait_(60);
        uint256 out = market.maxWithdraw(bob) / 2;
        expected = market.previewWithdraw(out);
        assertEq(market.withdraw(out, bob, bob), expected, "withdraw");
        wait_(60);
        shares = market.maxRedeem(bob);
        expected = market.previewRedeem(shares);
        assertEq(market.redeem(shares, bob, bob), expected, "redeem");
        vm.stopPrank();
    }

    function test_leaving_is_limited_by_cash_alone() public {
        lend(bob, 10_000e6);
        for (uint256 i = 0; i < 2; ++i) borrow(i == 0 ? alice : bob, i == 0 ? 24_000e6 : 50_000e6);
        assertEq(books().cash, 1_000e6);
        assertEq(market.maxWithdraw(carol), 1_000e6);
        assertEq(leave(carol), 1_000e6);
        assertEq(market.maxRedeem(carol), 0);
        uint256 shares = market.previewWithdraw(1);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, carol, shares, 0));
        vm.prank(carol);
        market.redeem(shares, carol, carol);
    }

    function test_attack_13_a_gift_moves_no_price_and_no_utilisation() public {
        borrow(alice, DEBT);
        (uint256 price, uint256 rate) = (entryPrice(), market.rateNow());
        token.mint(address(market), 1_000_000e6);
        assertEq(entryPrice(), price);
        assertEq(exitPrice(), price);
        assertEq(market.rateNow(), rate);
        assertEq(books().cash, 44_000e6);
    }

    function test_attack_13_the_first_lender_gains_nothing_by_raising_the_price_of_a_share() public {
        market = newMarket(termsOf());
        lend(bob, 1);
        uint256 before = token.balanceOf(bob);
        vm.prank(bob);
        token.transfer(address(market), 50_000e6);
        uint256 shares = lend(carol, 1_000e6);
        assertEq(market.previewRedeem(shares), 1_000e6);
        assertEq(leave(bob), 1);
        assertEq(token.balanceOf(bob), before - 50_000e6 + 1);
    }

    function test_refuses_a_token_that_keeps_a_fee() public {
        FeeToken feeToken = new FeeToken();
        market = new Market(ledger, feeToken, termsOf());
        feeToken.mint(carol, 1_000e6);
        vm.startPrank(carol);
        feeToken.approve(address(market), 1_000e6);
        vm.expectRevert(abi.encodeWithSelector(IMarket.TransferShort.selector, 990e6, 1_000e6));
        market.deposit(1_000e6, carol);
        vm.stopPrank();
    }

    function test_a_token_with_hooks_finds_every_door_locked() public {
        ReentrantToken hooked = new ReentrantToken();
        MarketTerms memory terms = termsOf();
        (terms.least, terms.debtCap) = (1_000e18, 1e30);
        market = new Market(ledger, hooked, terms);
        hooked.mint(carol, 10e18);
        vm.startPrank(carol);
        hooked.approve(address(market), type(uint256).max);
        bytes[7] memory calls = [
            abi.encodeCall(market.deposit, (1, carol)),
            abi.encodeCall(market.mint, (1, carol)),
            abi.encodeCall(market.withdraw, (0, carol, carol)),
            abi.encodeCall(market.redeem, (0, carol, carol)),
            abi.encodeCall(market.repay, (debtor, 1)),
            abi.encodeCall(market.onAuction, (debtor)),
            abi.encodeCall(market.accrue, ())
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            hooked.arm(address(market), calls[i]);
            market.deposit(1e18, carol);
            assertFalse(hooked.callSucceeded());
            assertEq(bytes4(hooked.callAnswer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        vm.stopPrank();
    }

    // The gate

    function test_a_gate_admits_lenders_borrowers_and_receivers_of_shares() public {
        TestGate gate = _gated();
        fund(carol, 2_000e6, market);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, carol, 2_000e6, 0));
        vm.prank(carol);
        market.deposit(2_000e6, carol);
        gate.list(carol, true);
        lend(carol, 60_000e6);
        vm.expectRevert(_notAdmitted(IMarketGate.mayLend.selector, bytes32(uint256(uint160(dave)))));
        vm.prank(carol);
        market.transfer(dave, 1);
        vm.expectRevert(_notAdmitted(IMarketGate.mayOwe.selector, debtor));
        borrow(alice, DEBT);
        gate.list(debtor, true);
        borrow(alice, DEBT);
        gate.list(dave, true);
        vm.prank(carol);
        market.transfer(dave, 1_000e12);
        gate.list(debtor, false);
        gate.list(dave, false);
        leave(dave);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        assertEq(debtOf(debtor), 0, "who is in may always leave");
    }

    function test_a_gate_that_does_not_answer_refuses() public {
        TestGate gate = _gated();
        gate.list(carol, true);
        assertTrue(market.mayLend(carol));
        for (uint8 i = 1; i <= uint8(type(TestGate.Conduct).max); ++i) {
            gate.setConduct(TestGate.Conduct(i));
            assertFalse(market.mayLend(carol));
            assertEq(market.maxDeposit(carol), 0);
            assertEq(tranche.maxMint(carol), 0);
        }
    }

    // Inside

    function _gated() private returns (TestGate gate) {
        gate = new TestGate();
        MarketTerms memory terms = termsOf();
        terms.gate = address(gate);
        market = newMarket(terms);
        tranche = MarketTranche(market.tranche());
        list(market);
        optIn(alice, market);
        fund(alice, 1_000e6, market);
    }

    function _refuse(MarketTerms memory terms, bytes memory reason) private {
        vm.expectRevert(reason);
        _build(ledger, token, terms);
    }

    function _build(ILedger ledger_, PlainToken asset, MarketTerms memory terms) private {
        this.build("Market.sol:Market", abi.encode(ledger_, asset, terms));
    }

    function _notAdmitted(bytes4 question, bytes32 who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarket.NotAdmitted.selector, question, who);
    }
}

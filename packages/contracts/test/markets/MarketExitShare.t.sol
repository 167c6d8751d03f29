// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice What the lenders may claim of an account's collateral should a vault's attesters be gone.
contract MarketExitShareTest is MarketFixture {
    /// @dev A market without a claimant.
    Market private _plain;

    function setUp() public override {
        super.setUp();
        _plain = market;
        MarketTerms memory terms = termsOf();
        terms.exitClaimant = keeper;
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        fund(alice, 0, market);
        lend(carol, 60_000e6);
    }

    function test_it_follows_the_debt() public {
        borrow(alice, DEBT);
        (address claimant, ) = ledger.exitShareOf(debtor, address(market));
        assertEq(claimant, keeper);
        // 22,050 of 32,300.
        assertEq(_share(), 6_827);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        market.renew(debtor);
        assertEq(_share(), 0);
        vm.prank(alice);
        ledger.transfer(debtor, isolatedOf(alice), ETH, 20 * ONE_ETH);
        market.renew(debtor);
        assertEq(_share(), 0, "nothing of nothing");
    }

    function test_a_loan_registers_it_and_interest_raises_it_though_the_gate_refuses_the_account() public {
        borrow(alice, 1_000e6);
        assertEq(_share(), 326);
        borrow(alice, _most() - 1_000e6);
        assertEq(_share(), 7_802);
        pass(30 days);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        vm.prank(address(market));
        ledger.gate(debtor);
        market.renew(debtor);
        assertGt(_share(), 7_802);
    }

    function test_whoever_lowers_it_by_collateral_of_a_moment_cannot_keep_it_low() public {
        borrow(alice, _most());
        vm.prank(bob);
        ledger.transfer(taker, debtor, ETH, 60 * ONE_ETH);
        market.renew(debtor);
        vm.prank(alice);
        ledger.transfer(debtor, taker, ETH, 60 * ONE_ETH);
        assertEq(_share(), 1_951);
        pass(12);
        market.renew(debtor);
        assertEq(_share(), 7_802);
    }

    function test_a_price_in_doubt_keeps_nobody_from_raising_it() public {
        borrow(alice, _most());
        vm.prank(address(market));
        ledger.setExitShare(debtor, keeper, 1);
        wait_(2 days);
        refreshNow();
        (, , , , , , uint256 status, ) = ledger.marginOf(debtor);
        assertNotEq(status, 0);
        market.renew(debtor);
        assertGe(_share(), 7_802);
    }

    /// @dev Else whoever comes first once a source is dark, and counts for nothing, could register all of it.
    function test_a_dark_source_raises_nothing() public {
        borrow(alice, DEBT);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        setPrices(1e12, 2000e12);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        market.renew(debtor);
        assertEq(_share(), 6_827);
    }

    function test_without_a_claimant_the_gate_has_the_last_word() public {
        uint256 most = _most();
        vm.prank(alice);
        _plain.borrow(debtor, most, alice);
        pass(60);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        _plain.renew(debtor);
        (address claimant, uint16 shareBp) = ledger.exitShareOf(debtor, address(_plain));
        assertEq(claimant, address(0));
        assertEq(shareBp, 0);
    }

    /// @dev All that initial margin allows, token units.
    function _most() private view returns (uint256) {
        (uint256 assetsWad, , , , , , , ) = ledger.marginOf(debtor);
        return ((assetsWad / 1e12) * 10_000) / 12_000 - 1;
    }

    function _share() private view returns (uint16 shareBp) {
        (, shareBp) = ledger.exitShareOf(debtor, address(market));
    }
}

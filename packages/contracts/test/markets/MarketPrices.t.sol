// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice What debt counts at the prices of a market's asset, over a real ledger.
contract MarketPricesTest is MarketFixture {
    function test_debt_counts_at_the_price_of_its_asset_and_at_the_worse_one_for_the_initial_grade() public {
        _priced();
        borrow(alice, 10_000e6);
        usdFeed.set(1.1e12, 10_000, uint40(vm.getBlockTimestamp() + 1));
        wait_(1);
        _poke();
        (uint256 initial, uint256 maintenance) = _required();
        // 1.5 bands of 1 % above 1.10, which is above the slow price.
        assertEq(maintenance, 11_550e18);
        assertEq(initial, _up(10_000e6 * 12_000, 1.1165e12));
        usdFeed.set(1e12, 10_000, uint40(vm.getBlockTimestamp() + 1));
        wait_(1);
        _poke();
        (initial, maintenance) = _required();
        assertEq(maintenance, 10_500e18);
        uint256 slow = risk.priceOf(1).ema;
        assertGt(slow, 1e12);
        assertEq(initial, _up(10_000e6 * 12_000, (slow * 2_030_000 + 1_999_999) / 2_000_000));
    }

    function test_nothing_is_borrowed_at_a_price_that_is_stale_wide_failing_or_far_from_its_slow_one() public {
        _priced();
        borrow(alice, 10_000e6);
        wait_(1 days + 1);
        _initialIsEndless("stale");
        setPrices(1e12, 2000e12);
        refreshNow();
        (uint256 initial, ) = _required();
        assertLt(initial, 13_000e18);
        wait_(2);
        usdFeed.set(1e12, 20_001, uint40(vm.getBlockTimestamp()));
        _poke();
        _initialIsEndless("uncertain");
        wait_(2);
        usdFeed.set(1e12, 0, uint40(vm.getBlockTimestamp()));
        _poke();
        wait_(2);
        usdFeed.set(0, 0, uint40(vm.getBlockTimestamp()));
        _poke();
        _initialIsEndless("failing");
        wait_(2);
        usdFeed.set(1.3e12, 0, uint40(vm.getBlockTimestamp()));
        _poke();
        _initialIsEndless("diverged");
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        borrow(alice, 1_000e6);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        (initial, ) = _required();
        assertEq(initial, 0, "no debt needs nothing at any price");
    }

    function test_the_last_price_counts_when_the_risk_manager_has_none() public {
        _priced();
        usdFeed.set(1.05e12, 0, uint40(vm.getBlockTimestamp() + 1));
        wait_(1);
        borrow(alice, 10_000e6);
        _forgetPrice();
        (uint256 initial, uint256 maintenance) = _required();
        assertEq(initial, type(uint128).max);
        assertEq(maintenance, 11_025e18);
        assertEq(market.burdenOf(debtor), 10_605e18);
    }

    function test_a_feed_that_has_no_price_either_leaves_the_last_one() public {
        _priced();
        borrow(alice, 10_000e6);
        breach(500e12);
        _forgetPrice();
        usdFeed.set(0, 0, uint40(vm.getBlockTimestamp()));
        market.onAuction(debtor);
        (, uint256 maintenance) = _required();
        assertEq(maintenance, 10_500e18);
        assertGt(provisionOf(debtor), 0);
    }

    function test_a_market_that_never_lent_moves_nothing_at_the_price_it_was_made_at() public {
        _priced();
        _forgetPrice();
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 1e18, 0, address(0), address(0)));
        assertEq(debtOf(taker), 0);
    }

    function test_a_requirement_names_the_position_and_the_moment_it_speaks_of() public {
        _isOf(0);
        borrow(alice, DEBT);
        _isOf(1);
        wait_(60);
        vm.prank(alice);
        market.repay(debtor, type(uint256).max);
        _isOf(2);
    }

    // Inside

    function _priced() private {
        MarketTerms memory terms = termsOf();
        (terms.priceSlot, terms.rate0, terms.rate1, terms.rate2) = (1, 0, 0, 0);
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        fund(alice, 0, market);
        lend(carol, 60_000e6);
    }

    function _poke() private {
        uint16[] memory slots = new uint16[](1);
        slots[0] = 1;
        risk.poke(slots);
    }

    function _required() private view returns (uint256 initial, uint256 maintenance) {
        (initial, maintenance, , ) = market.requirementOf(debtor);
    }

    function _initialIsEndless(string memory why) private view {
        (uint256 initial, uint256 maintenance) = _required();
        assertEq(initial, type(uint128).max, why);
        assertLt(maintenance, 14_000e18, why);
    }

    /// @dev Requirement of parts of a unit in basis points, WAD.
    function _up(uint256 parts, uint256 price) private pure returns (uint256) {
        return (parts * price + 9_999) / 10_000;
    }

    /// @dev As a later risk manager that has not been asked for the price yet.
    function _forgetPrice() private {
        bytes32 slot = keccak256(abi.encode(uint256(1), uint256(0)));
        assertNotEq(vm.load(address(risk), slot), 0, "the cached price of slot 1");
        vm.store(address(risk), slot, 0);
    }

    /// @dev The requirement is of now and of a position that changed so many times.
    function _isOf(uint64 changes) private view {
        (, , uint64 positionNonce, uint64 asOf) = market.requirementOf(debtor);
        assertEq(positionNonce, changes);
        assertEq(asOf, vm.getBlockTimestamp());
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarket, MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice L8, L9 and L10 of a market for any figures: what an auction may name, and who comes and leaves around it.
contract MarketPropertiesTest is MarketFixture {
    /// @dev Slots of `_debtShares` and `_positions`, see `storage-layout.json`.
    uint256 private constant SHARES_SLOT = 8;
    uint256 private constant POSITIONS_SLOT = 11;
    /// @dev Debt shares that nobody has.
    uint256 private constant VIRTUAL_SHARES = 1e6;

    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
    }

    /// @dev What a move found.
    struct Before {
        MarketBooks books;
        uint256 debt;
        uint256 lost;
        uint256 price;
        uint256 required;
        uint256 burden;
    }

    /// @dev Any share and any burden, in two moves, with interest before them.
    function testFuzz_L8_what_nobody_assumes_is_lost_once_by_the_tranche_first(
        uint256 share,
        uint256 assumed,
        uint256 seconds_
    ) public {
        pass(bound(seconds_, 0, 60 days));
        uint256 sum;
        for (uint256 i = 0; i < 2; ++i) {
            share = bound(uint256(keccak256(abi.encode(share, i))), 0, 1e18);
            sum += _move(share, uint256(keccak256(abi.encode(assumed, i))));
            assertEq(books().writtenOff, sum);
        }
    }

    /// @dev Real bids for any share, for a debt in an asset of any price near 1.00.
    function testFuzz_L5_L11_bids_pass_at_any_price_of_the_asset(uint256 price, uint256 eth, uint256 share) public {
        _repay(debtor, type(uint256).max);
        MarketTerms memory terms = termsOf();
        terms.priceSlot = 1;
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        optIn(bob, market);
        lend(carol, 60_000e6);
        fund(bob, 60_000e6, market);
        borrow(alice, 20_000e6);
        crash(uint96(bound(price, 0.95e12, 1.1e12)), uint96(bound(eth, 600e12, 1_200e12)));
        vm.prank(keeper);
        auction.start(debtor);
        for (uint256 i = 0; i < 3 && auction.auctionOf(debtor).startedAt != 0; ++i) {
            wait_(60);
            share = bound(uint256(keccak256(abi.encode(share, i))), 0.01e18, 1e18);
            (uint256 before, uint256 taken) = (debtOf(debtor), debtOf(taker));
            uint256 lost = lostOf(debtor);
            (, uint256 assumed) = bidUpTo(share, i == 1);
            uint256 units = (assumed * 1e6) / (uint256(risk.priceOf(1).price) * 1e6);
            uint256 owed = before - debtOf(debtor);
            assertLe(debtOf(taker), taken + units + 2);
            if (lostOf(debtor) > lost) assertApproxEqAbs(lostOf(debtor) - lost + units, owed, 3, "L8");
            (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(taker);
            assertGe(aI, qI, "L11");
        }
    }

    /// @dev By the auction's own word, whether the account owes to this market alone or to another one besides.
    function testFuzz_L9_a_provision_is_what_falls_to_nobody(
        uint256 price,
        uint256 seconds_,
        bool alone,
        uint256 share
    ) public {
        Market other = alone ? market : borrowElsewhere(1_000e6);
        pass(bound(seconds_, 0, 60 days));
        breach(uint96(bound(price, 1e12, 1_300e12)));
        _requireProvided(market);
        _requireProvided(other);
        // A receivable raises the burden, not the debt.
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, bound(share, 0, 1e18), 0, address(0), address(0)));
        market.onAuction(debtor);
        _requireProvided(market);
    }

    function _requireProvided(Market one) private view {
        (uint256 debt, , uint256 provision) = one.positionOf(debtor);
        (, , , , uint256 assets, , , ) = ledger.marginOf(debtor);
        uint256 falls = auction.entitlementOf(debtor, address(one), assets) / 1e12;
        assertEq(provision, Math.saturatingSub(debt, falls));
    }

    /// @dev A deposit at any moment, before, in and after a provision, and a redemption at any later one.
    function testFuzz_L9_deposit_and_redeem_never_profit(uint256 units, uint256 price, uint256 moment) public {
        units = bound(units, 1, 1e12);
        if (moment % 3 == 1) breach(uint96(bound(price, 500e12, 1_300e12)));
        address erin = makeAddr("erin");
        uint256 shares = lend(erin, units);
        assertLe(market.previewRedeem(shares), units);
        if (moment % 3 == 0) breach(uint96(bound(price, 500e12, 1_300e12)));
        assertLe(market.previewRedeem(shares), units + (2 * units) / 1e4, "no more than interest of two hours");
        MarketBooks memory now_ = books();
        uint256 most = now_.cash + now_.debt - now_.provisions;
        assertLe(market.previewRedeem(now_.shares - now_.trancheShares), most);
        assertLe(market.totalAssets(), most);
        assertLe(leave(erin), units + (2 * units) / 1e4);
    }

    /// @dev Leaving at a provision gives no more than staying through the loss that it foresaw.
    function testFuzz_L9_leaving_costs_what_is_foreseeable(uint256 price, uint256 part) public {
        breach(uint96(bound(price, 400e12, 1_280e12)));
        uint256 foreseen = provisionOf(debtor);
        uint256 shares = market.balanceOf(carol) / 2;
        uint256 leaving = market.previewRedeem(shares);
        uint256 fled = bound(part, 0, market.balanceOf(carol) / 4);
        vm.prank(carol);
        market.redeem(fled, carol, carol);
        uint256 debt = debtOf(debtor);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 1e18, (debt - foreseen) * 1e12, bob, address(0)));
        assertApproxEqAbs(lostOf(debtor), foreseen, 1);
        assertGe(market.previewRedeem(shares) + 1, leaving);
    }

    /// @dev Debt that many hands borrow and repay stays the sum of what each owes.
    function testFuzz_L9_debts_are_the_sum_of_what_accounts_owe(uint256 seed) public {
        for (uint256 i = 0; i < 10; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            pass(draw % 20 days);
            if (draw % 3 == 0) borrow(bob, 1_000e6 + (draw % 3_000e6));
            else if (draw % 3 == 1 && debtOf(debtor) != 0) _repay(debtor, 1 + (draw % 4_000e6));
            else if (debtOf(taker) != 0) _repay(taker, 1 + (draw % 4_000e6));
            uint256 sum = debtOf(debtor) + debtOf(taker);
            assertApproxEqAbs(sum, books().debt, 3);
        }
        uint256 lent = books().cash + books().debt;
        if (debtOf(debtor) != 0) _repay(debtor, type(uint256).max);
        if (debtOf(taker) != 0) _repay(taker, type(uint256).max);
        assertLe(books().debt, 3, "units that nobody owes");
        assertEq(books().cash + books().debt, lent);
    }

    /// @dev Rounded down: who pays in part bears the rounding, and no other debtor owes more for it.
    function testFuzz_L9_a_payment_takes_the_shares_that_it_pays_for(
        uint256 ofBob,
        uint256 seconds_,
        uint256 amount
    ) public {
        borrow(bob, bound(ofBob, 1_000e6, 20_000e6));
        pass(bound(seconds_, 0, 60 days));
        market.accrue();
        amount = bound(amount, 1, debtOf(debtor) - 1);
        (uint256 owned, uint256 all, uint256 debt) = (_sharesOf(debtor), _allShares(), books().debt);
        uint256 taken = Math.min(owned, (amount * (all + VIRTUAL_SHARES)) / (debt + 1));
        uint256 rest = Math.ceilDiv((owned - taken) * (debt - amount + 1), all - taken + VIRTUAL_SHARES);
        vm.expectEmit(address(market));
        emit IMarket.Repaid(debtor, alice, amount, rest);
        _repay(debtor, amount);
        assertEq(_sharesOf(debtor), owned - taken);
        assertEq(_allShares(), all - taken);
        assertEq(debtOf(debtor), rest);
    }

    /// @dev Without interest nothing hides what a take-over rounded: a share that stays would owe a unit of what others borrow later.
    function testFuzz_L9_who_pays_all_keeps_no_share_of_the_debt(uint256 share, uint256 owed) public {
        MarketTerms memory terms = termsOf();
        (terms.rate0, terms.rate1, terms.rate2) = (0, 0, 0);
        _repay(debtor, type(uint256).max);
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        lend(carol, 60_000e6);
        fund(alice, 0, market);
        borrow(alice, bound(owed, 1_000e6, DEBT));
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, bound(share, 1, 1e18 - 1), 0, address(0), address(0)));
        _repay(debtor, type(uint256).max);
        assertEq(_sharesOf(debtor), 0);
        assertEq(_allShares(), 0);
        assertEq(books().debt, 0);
    }

    /// @dev Moves a share for some part of its burden, and judges what that did. Returns what was lost.
    function _move(uint256 share, uint256 draw) private returns (uint256 loss) {
        market.accrue();
        Before memory before = _before();
        uint256 least = (before.debt * share) / 1e18;
        uint256 units = bound(draw, 0, least);
        vm.prank(address(auction));
        uint256 lossWad = market.takeOver(TakeOver(debtor, taker, share, units * 1e12, bob, keeper));
        loss = lostOf(debtor) - before.lost;
        assertEq(lossWad, loss * 1e12);
        assertApproxEqAbs(loss + units, least, 2, "what is not assumed");
        assertApproxEqAbs(before.debt - debtOf(debtor), least, 2);
        _judge(before, loss);
        (, uint256 required, , ) = market.requirementOf(debtor);
        uint256 unassumed = (before.burden * share) / 1e18 - units * 1e12;
        uint256 most = before.required - (share * before.required) / 1e18 + unassumed + 1e15;
        assertLe(required, most, "L5: as the auction judges it");
    }

    function _judge(Before memory before, uint256 loss) private view {
        MarketBooks memory now_ = books();
        uint256 bearing = (loss * (before.books.shares + 1e6)) / (before.books.cash + before.books.debt + 1);
        if (bearing < before.books.trancheShares) {
            uint256 burned = before.books.trancheShares - now_.trancheShares;
            assertApproxEqAbs(burned, bearing, 1, "the tranche first");
            assertGe(entryPrice(), before.price, "lenders lose nothing");
        } else {
            assertEq(now_.trancheShares, 0);
        }
        uint256 whole = before.books.cash + before.books.debt + before.books.writtenOff;
        assertEq(now_.cash + now_.debt + now_.writtenOff, whole);
    }

    function _before() private view returns (Before memory before) {
        (before.books, before.price) = (books(), entryPrice());
        (before.debt, before.lost) = (debtOf(debtor), lostOf(debtor));
        (, before.required, , ) = market.requirementOf(debtor);
        before.burden = market.burdenOf(debtor);
    }

    function _sharesOf(bytes32 account) private view returns (uint256) {
        return uint160(uint256(vm.load(address(market), keccak256(abi.encode(account, POSITIONS_SLOT)))));
    }

    function _allShares() private view returns (uint256) {
        return uint256(vm.load(address(market), bytes32(SHARES_SLOT)));
    }

    function _repay(bytes32 account, uint256 units) private {
        vm.prank(alice);
        market.repay(account, units);
    }
}

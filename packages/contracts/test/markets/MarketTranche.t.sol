// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {IMarket, MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {IMarketGate} from "../../solidity/interfaces/IMarketGate.sol";
import {IMarketTranche} from "../../solidity/interfaces/IMarketTranche.sol";
import {MarketTranche} from "../../solidity/markets/MarketTranche.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {TestGate} from "./TestGate.sol";

/// @notice Who is in the junior tranche, and how they leave it.
contract MarketTrancheTest is MarketFixture {
    uint256 private shares;
    uint256 private asked;

    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
        shares = tranche.balanceOf(dave);
    }

    function test_L10_no_share_leaves_before_ten_days_or_after_four_more() public {
        _request(shares);
        _closedAt(asked + 10 days - 1, 0);
        vm.warp(asked + 10 days);
        assertTrue(_open());
        vm.warp(asked + 14 days);
        assertTrue(_open());
        _closedAt(asked + 14 days + 1, 0);
        _request(shares);
        vm.warp(asked + 10 days);
        vm.prank(dave);
        uint256 marketShares = tranche.exit(dave);
        assertEq(market.balanceOf(dave), marketShares);
        assertEq(tranche.balanceOf(dave), 0);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.ExitMissing.selector, dave));
        vm.prank(dave);
        tranche.exit(dave);
    }

    function test_without_a_request_nothing_leaves() public {
        vm.startPrank(dave);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.ExitMissing.selector, dave));
        tranche.exit(dave);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.ExitMissing.selector, dave));
        tranche.cancelExit();
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, dave, 1, 0));
        tranche.redeem(1, dave, dave);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.SharesLocked.selector, dave, 0, shares));
        tranche.requestExit(0);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.SharesLocked.selector, dave, shares + 1, shares));
        tranche.requestExit(shares + 1);
        vm.stopPrank();
    }

    function test_who_requested_nothing_has_no_dates_and_a_single_share_has() public {
        _is(0, 0, 0);
        _request(1);
        _is(1, asked + 10 days, asked + 14 days);
        vm.warp(asked + 10 days);
        vm.prank(dave);
        tranche.exit(dave);
        assertEq(tranche.balanceOf(dave), shares - 1);
        _is(0, 0, 0);
    }

    function test_an_exit_may_go_to_another_and_a_last_share_stays_requested() public {
        _request(shares);
        vm.warp(asked + 10 days);
        vm.startPrank(dave);
        uint256 got = tranche.redeem(shares - 1, bob, dave);
        assertGt(got, 0);
        assertEq(market.balanceOf(bob), got);
        assertEq(market.balanceOf(dave), 0);
        _is(1, asked + 10 days, asked + 14 days);
        assertEq(tranche.exit(bob), 0, "worth less than a share of the market");
        vm.stopPrank();
    }

    function test_requested_shares_stay_where_they_are_until_the_request_is_cancelled() public {
        _request(shares - 10);
        vm.startPrank(dave);
        tranche.transfer(bob, 10);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.SharesLocked.selector, dave, 1, 0));
        tranche.transfer(bob, 1);
        vm.expectEmit(address(tranche));
        emit IMarketTranche.ExitCancelled(dave, shares - 10);
        tranche.cancelExit();
        tranche.transfer(bob, 1);
        vm.stopPrank();
    }

    function test_part_of_a_request_may_leave_as_shares_of_a_vault_do() public {
        _request(shares);
        vm.warp(asked + 11 days);
        vm.startPrank(dave);
        tranche.redeem(shares / 4, dave, dave);
        (uint256 left, , , ) = tranche.exitOf(dave);
        assertEq(left, shares - shares / 4);
        assertEq(tranche.maxRedeem(dave), left);
        tranche.withdraw(tranche.maxWithdraw(dave), dave, dave);
        vm.stopPrank();
        assertLt(tranche.balanceOf(dave), 2e6, "less than a share of the market");
    }

    function test_a_later_request_replaces_the_earlier_one_and_its_dates() public {
        _request(shares);
        vm.warp(asked + 9 days);
        _request(shares / 2);
        _closedAt(asked + 9 days, 0);
        vm.warp(asked + 10 days);
        assertEq(tranche.maxRedeem(dave), shares / 2);
    }

    function test_attack_11_nothing_leaves_while_a_loss_is_foreseeable_and_all_of_it_is_burned_first() public {
        _request(shares);
        vm.warp(asked + 10 days - 2 hours);
        breach(700e12);
        uint256 foreseeable = books().provisions;
        assertGt(foreseeable, 9_000e6);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketTranche.ExitClosed.selector,
                dave,
                asked + 10 days,
                asked + 14 days,
                foreseeable
            )
        );
        vm.prank(dave);
        tranche.exit(dave);
        wait_(60);
        bidAll(true);
        assertTrue(_open());
        vm.prank(dave);
        // Shares that the fee of the bid was worth, if there was one; the rest is gone.
        assertEq(tranche.exit(dave), 0);
    }

    function test_L10_a_window_moves_with_what_holds_it_up_and_for_thirty_days_at_the_most() public {
        _request(shares);
        vm.warp(asked + 10 days + 22 hours);
        breach(1_300e12);
        assertGt(books().provisions, 0);
        _closedAt(asked + 14 days, books().provisions);
        (, , uint256 until, ) = tranche.exitOf(dave);
        assertEq(until, asked + 17 days, "three days of hold so far");
        _closedAt(asked + 30 days - 1, books().provisions);
        vm.warp(asked + 30 days);
        assertTrue(_open());
        (, , until, ) = tranche.exitOf(dave);
        assertEq(until, asked + 33 days, "of the four days one was open before");
        vm.warp(until);
        assertTrue(_open());
        vm.prank(dave);
        tranche.exit(dave);
        assertGt(market.balanceOf(dave), 0);
    }

    function test_L10_the_latest_window_ends_with_the_thirty_fourth_day() public {
        breach(1_300e12);
        _request(shares);
        _closedAt(asked + 30 days - 1, books().provisions);
        vm.warp(asked + 34 days);
        assertTrue(_open());
        _closedAt(asked + 34 days + 1, books().provisions);
    }

    function test_interest_up_to_now_belongs_to_who_was_there() public {
        pass(30 days);
        uint256 worth = tranche.previewRedeem(shares);
        uint256 bought = lend(bob, 5_000e6);
        join(bob, bought);
        assertApproxEqAbs(tranche.previewRedeem(shares), worth, 2);
        assertApproxEqAbs(tranche.previewRedeem(tranche.balanceOf(bob)), bought, 2);
        lend(bob, 1e6);
        uint256 held = market.balanceOf(bob);
        uint256 expected = tranche.previewMint(TRANCHE_UNIT);
        vm.prank(bob);
        assertEq(tranche.mint(TRANCHE_UNIT, bob), expected);
        assertEq(market.balanceOf(bob), held - expected);
    }

    function test_interest_up_to_now_may_be_withdrawn() public {
        _request(shares);
        vm.warp(asked + 10 days);
        uint256 most = tranche.maxWithdraw(dave);
        assertGt(most, market.balanceOf(address(tranche)), "interest is not in its shares yet");
        vm.prank(dave);
        tranche.withdraw(most, dave, dave);
        assertEq(market.balanceOf(dave), most);
    }

    function test_who_was_in_at_a_loss_is_kept_when_shares_move() public {
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, 1e18, 20_000e18, address(0), address(0)));
        vm.prank(dave);
        tranche.transfer(bob, shares);
        assertEq(tranche.heldAt(dave, 1), shares);
        assertEq(tranche.heldAt(bob, 1), 0);
    }

    function test_attack_13_a_gift_to_the_tranche_is_shared_by_who_is_there() public {
        uint256 gift = lend(bob, 1_000e6);
        vm.prank(bob);
        market.transfer(address(tranche), gift);
        uint256 bought = lend(carol, 100e6);
        uint256 got = join(carol, bought);
        assertApproxEqAbs(tranche.previewRedeem(got), bought, 2);
    }

    /// @dev Below a millionth of what it was a share buys so many others that who comes would take all that is earned later.
    function test_a_share_below_a_millionth_of_the_first_takes_no_deposit() public {
        uint256 all = 2e18 - 1;
        lend(carol, 2_100_000e6);
        join(carol, all - market.balanceOf(address(tranche)));
        assertEq(tranche.totalSupply(), all * 1e6);
        _say(2e12 - 1);
        assertGt(tranche.maxDeposit(carol), 0);
        _say(2e12 - 2);
        assertEq(tranche.maxDeposit(carol), 0);
    }

    function test_a_tranche_that_lost_all_takes_no_deposit_until_it_earned_again() public {
        breach(700e12);
        wait_(60);
        bidAll(true);
        assertEq(tranche.totalAssets(), 0);
        assertEq(tranche.maxDeposit(carol), 0);
        lend(carol, 10_000e6);
        uint256 some = market.balanceOf(carol) / 100;
        vm.prank(carol);
        market.approve(address(tranche), some);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, carol, some, 0));
        vm.prank(carol);
        tranche.deposit(some, carol);
        // Two hours pass, so that the slow price follows; who borrows is asked at the lower of both.
        crash(2000e12);
        borrow(bob, 50_000e6);
        pass(10 days);
        market.accrue();
        assertGt(tranche.maxDeposit(carol), 0);
        join(carol, some);
    }

    function test_shares_come_only_to_whom_the_gate_admits_and_leaving_to_oneself_asks_nobody() public {
        TestGate gate = new TestGate();
        MarketTerms memory terms = termsOf();
        terms.gate = address(gate);
        market = newMarket(terms);
        tranche = MarketTranche(market.tranche());
        gate.list(dave, true);
        join(dave, lend(dave, 5_000e6));
        shares = tranche.balanceOf(dave);
        bytes memory refusal_ = abi.encodeWithSelector(
            IMarket.NotAdmitted.selector,
            IMarketGate.mayLend.selector,
            bytes32(uint256(uint160(bob)))
        );
        vm.expectRevert(refusal_);
        vm.prank(dave);
        tranche.transfer(bob, 1);
        _request(shares);
        vm.warp(asked + 10 days);
        vm.expectRevert(refusal_);
        vm.prank(dave);
        tranche.exit(bob);
        gate.setConduct(TestGate.Conduct.REVERTS);
        vm.prank(dave);
        tranche.exit(dave);
        assertEq(leave(dave), 5_000e6);
    }

    function testFuzz_L10_an_exit_is_open_exactly_when_the_rule_says_so(uint256 seed) public {
        vm.prank(alice);
        market.repay(debtor, 1_000e6);
        _request(shares);
        uint256 held;
        bool holds;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 dt = 1 + (uint256(keccak256(abi.encode(seed, i))) % 5 days);
            vm.warp(vm.getBlockTimestamp() + dt);
            if (holds) held += dt;
            uint256 age = vm.getBlockTimestamp() - asked;
            uint256 until = 14 days + held;
            if (until > 34 days) until = 34 days;
            bool inTime = age >= 10 days && age <= until;
            assertEq(_open(), inTime && (!holds || age >= 30 days));
            bool next = uint256(keccak256(abi.encode(seed, i, "hold"))) % 2 == 0;
            if (next == holds) continue;
            holds = next;
            setPrices(1e12, holds ? 700e12 : 2000e12);
            refreshNow();
            if (holds) auction.start(debtor);
            else auction.close(debtor);
            assertEq(books().provisions != 0, holds);
        }
    }

    /// @dev Dave's request, with the block times between which it is open.
    function _is(uint256 left, uint256 from, uint256 until) private view {
        (uint256 requested, uint256 from_, uint256 until_, bool open) = tranche.exitOf(dave);
        assertEq(requested, left);
        assertEq(from_, from);
        assertEq(until_, until);
        assertEq(open, left != 0 && vm.getBlockTimestamp() >= from && vm.getBlockTimestamp() <= until);
    }

    /// @dev Lets the market say that so many of its shares are in the tranche.
    function _say(uint128 trancheShares) private {
        MarketBooks memory told = books();
        told.trancheShares = trancheShares;
        vm.mockCall(address(market), abi.encodeCall(IMarket.booksOf, ()), abi.encode(told));
    }

    function _request(uint256 amount) private {
        asked = vm.getBlockTimestamp();
        vm.expectEmit(address(tranche));
        emit IMarketTranche.ExitRequested(dave, amount, asked + 10 days);
        vm.prank(dave);
        tranche.requestExit(amount);
    }

    function _open() private view returns (bool open) {
        (, , , open) = tranche.exitOf(dave);
    }

    function _closedAt(uint256 time, uint256 foreseeable) private {
        vm.warp(time);
        (, uint256 from, uint256 until, bool open) = tranche.exitOf(dave);
        assertFalse(open);
        vm.expectRevert(abi.encodeWithSelector(IMarketTranche.ExitClosed.selector, dave, from, until, foreseeable));
        vm.prank(dave);
        tranche.exit(dave);
    }
}

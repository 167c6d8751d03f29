// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms, ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {TestTaker} from "../liquidation/TestTaker.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Asks a market for a provision and keeps what it shows then.
contract Peeker {
    bool public answered;

    function peek(Market market, bytes32 account) external {
        try market.onAuction(account) {
            answered = true;
        } catch {}
    }
}

/// @notice Loans while nobody can bid for what secures them, while a bid is under way, and after the market was let go.
contract MarketWaitsTest is MarketFixture {
    address private erin = makeAddr("erin");

    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
    }

    /// @dev 27,200 of ETH stand for 21,000. Of twelve hours' stop nobody makes a loss of the debt; when bids are taken again there is
    ///      nothing to lose.
    function test_a_stop_of_a_price_makes_no_loss_of_a_debt_that_lines_cover() public {
        breach(1_360e12);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(riskAdmin);
            auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
            waitSeen(T3 - 1);
            vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
            auction.writeOff(debtor, address(market));
            waitSeen(1);
        }
        vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
        auction.writeOff(debtor, address(market));
        pass(60);
        auction.touch(debtor);
        vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
        auction.writeOff(debtor, address(market));
        bidAll(true);
        assertLt(debtOf(debtor), DEBT);
        assertEq(market.lossCount(), 0);
    }

    /// @dev Nobody ever says the price again: three days on the clock make the loss due.
    function test_three_days_of_waiting_make_a_loss_due() public {
        breach(1_360e12);
        uint256 end = vm.getBlockTimestamp() + 72 hours;
        ethFeed.set(uint96(1_360e12), 0, uint40(vm.getBlockTimestamp()));
        wait_(7 hours);
        while (vm.getBlockTimestamp() < end + 7 hours) {
            wait_(600);
            refreshNow();
            auction.touch(debtor);
        }
        auction.writeOff(debtor, address(market));
        assertGt(lostOf(debtor), DEBT);
    }

    function test_nobody_asks_for_a_provision_between_lines_and_burden() public {
        TestTaker contractTaker = new TestTaker(ledger, auction);
        Peeker peeker = new Peeker();
        bytes32 to = accountOf(address(contractTaker));
        token.mint(address(contractTaker), 100_000e6);
        contractTaker.call(address(token), abi.encodeCall(token.approve, (address(market), type(uint256).max)));
        contractTaker.prepare(address(peeker), abi.encodeCall(Peeker.peek, (market, debtor)), false);
        breach(1_150e12);
        wait_(60);
        contractTaker.bid(debtor, address(market), to, BidTerms(1e18, 0, type(int32).min, true), "x");
        assertFalse(peeker.answered(), "in the middle of a bid");
        peeker.peek(market, debtor);
        assertTrue(peeker.answered(), "behind it");
    }

    /// @dev Who left by `releaseFrom` has no line that anybody could sell for the debt.
    function test_what_left_by_a_release_is_foreseeably_lost_and_the_tranche_bears_it_first() public {
        lend(erin, 30_000e6);
        vm.prank(governor);
        ledger.releaseFrom(address(market));
        vm.prank(alice);
        ledger.optOut(debtor, address(market));
        market.onAuction(debtor);
        assertEq(provisionOf(debtor), 0, "on notice its lines still stand for it");
        pass(7 days);
        vm.prank(alice);
        ledger.optOut(debtor, address(market));
        market.onAuction(debtor);
        assertEq(provisionOf(debtor), debtOf(debtor));
        // Of 90,000 of lenders 16,000 are lost, behind the tranche's 5,000.
        assertApproxEqAbs(leave(erin), 24_667e6, 10e6, "who runs first leaves no loss to the others");
        // It may still pay.
        vm.startPrank(alice);
        market.repay(debtor, type(uint256).max);
        assertEq(provisionOf(debtor), 0);
    }
}

/// @notice Dollars of a feed that speaks once a day secure a loan of ether.
contract MarketDailyFeedTest is MarketFixture {
    address private frank = makeAddr("frank");
    Market private ethMarket;
    bytes32 private account;

    function setUp() public override {
        super.setUp();
        account = accountOf(frank);
        fill(USD, 10_000 * ONE_USD, account);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        PlainToken weth = new PlainToken("WETH", 18);
        MarketTerms memory terms = termsOf();
        (terms.priceSlot, terms.keeperMost, terms.debtCap, terms.least) = (2, 0.02e18, 1e24, 1e18);
        ethMarket = new Market(ledger, weth, terms);
        list(ethMarket);
        optIn(frank, ethMarket);
        optIn(bob, ethMarket);
        weth.mint(carol, 10e18);
        vm.startPrank(carol);
        weth.approve(address(ethMarket), type(uint256).max);
        ethMarket.deposit(10e18, carol);
        vm.stopPrank();
        weth.mint(bob, 10e18);
        vm.prank(bob);
        weth.approve(address(ethMarket), type(uint256).max);
        // 5,800 of 7,200 / 1.2.
        vm.prank(frank);
        ethMarket.borrow(account, 2.9e18, frank);
    }

    function test_a_price_as_old_as_its_slot_allows_is_sold_at_and_an_older_one_is_not() public {
        uint32 allowedS = risk.priceOf(1).maxAgeS;
        assertGt(allowedS, 7 hours, "the fixture's dollar is allowed a day");
        _passQuiet(7 hours);
        auction.start(account);
        wait_(60);
        uint256 snapshot = vm.snapshotState();
        (uint256 shareWad, ) = _bid();
        assertGt(shareWad, 0);
        vm.revertToState(snapshot);
        _passQuiet(allowedS - 7 hours);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, account));
        _bid();
    }

    function test_a_price_older_than_its_slot_allows_lets_nothing_begin() public {
        _passQuiet(uint256(risk.priceOf(1).maxAgeS) + 1);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        auction.start(account);
    }

    /// @dev The dollar's feed says nothing; ether has risen by 45 %.
    function _passQuiet(uint256 seconds_) private {
        vm.warp(vm.getBlockTimestamp() + seconds_);
        refreshNow();
        ethFeed.set(2_900e12, 0, uint40(vm.getBlockTimestamp()));
        uint16[] memory slots = new uint16[](1);
        slots[0] = 2;
        risk.poke(slots);
    }

    function _bid() private returns (uint256 shareWad, uint256 assumedWad) {
        vm.prank(bob);
        (shareWad, assumedWad, , ) = auction.bid(
            account,
            address(ethMarket),
            taker,
            BidTerms(1e18, 0, type(int32).min, true),
            ""
        );
    }
}

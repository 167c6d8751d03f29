// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {IMarket, MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {IOutageClock} from "../../solidity/interfaces/IOutageClock.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LiquidationAuction} from "../../solidity/liquidation/LiquidationAuction.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketTranche} from "../../solidity/markets/MarketTranche.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice A listed market of a dollar: Carol lends 60,000, Dave 5,000 of it in the tranche. Alice has 20 ETH on a remote chain, Bob 60.
/// @dev ETH weighs 72 % at the initial grade, 76 % at exit, 80.75 % at maintenance. Who owes 21,000 needs 25,200 and 22,050, and is
///      below maintenance under 1,366, short under 1,061.
abstract contract MarketFixture is LedgerFixture {
    uint256 internal constant DEBT = 21_000e6;
    uint256 internal constant T3 = 21_600;
    uint256 internal constant DOLLAR = 1e6;
    /// @dev Tranche shares for a unit of the asset at the opening.
    uint256 internal constant TRANCHE_UNIT = 1e12;

    LiquidationAuction internal auction;
    PlainToken internal token;
    Market internal market;
    MarketTranche internal tranche;
    address internal carol = makeAddr("carol");
    address internal dave = makeAddr("dave");
    address internal keeper = makeAddr("keeper");
    bytes32 internal debtor;
    bytes32 internal taker;

    function setUp() public virtual override {
        super.setUp();
        (debtor, taker) = (accountOf(alice), accountOf(bob));
        auction = new LiquidationAuction(ledger, IOutageClock(address(0)));
        vm.prank(governor);
        ledger.setAuction(address(auction));
        lock(ETH, 20 * ONE_ETH, debtor, 0);
        lock(ETH, 60 * ONE_ETH, taker, 0);
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        token = new PlainToken("USDX", 6);
        market = newMarket(termsOf());
        tranche = MarketTranche(market.tranche());
        list(market);
        optIn(alice, market);
        optIn(bob, market);
        lend(carol, 60_000e6);
        lend(dave, 5_000e6);
        join(dave, market.balanceOf(dave));
        fund(alice, 100_000e6, market);
        fund(bob, 200_000e6, market);
    }

    function capOfAssets() internal pure virtual override returns (uint64) {
        return 16_000_000;
    }

    function termsOf() internal pure virtual returns (MarketTerms memory) {
        return
            MarketTerms({
                initialBp: 12_000,
                maintenanceBp: 10_500,
                feeBp: 100,
                keeperMost: 50e6,
                priceSlot: 0,
                reserveBp: 1_000,
                rate0: 0.01e18,
                rate1: 0.04e18,
                rate2: 0.6e18,
                kinkBp: 9_000,
                debtCap: 1e15,
                least: 1_000e6,
                gate: address(0),
                exitClaimant: address(0)
            });
    }

    // Making

    function newMarket(MarketTerms memory terms) internal returns (Market) {
        return new Market(ledger, token, terms);
    }

    function list(Market one) internal {
        vm.prank(governor);
        ledger.listProtocol(address(one));
    }

    function optIn(address owner, Market one) internal {
        vm.prank(owner);
        ledger.optIn(accountOf(owner), address(one));
    }

    function fund(address owner, uint256 units, Market one) internal {
        token.mint(owner, units);
        vm.prank(owner);
        token.approve(address(one), type(uint256).max);
    }

    // Acts

    function lend(address who, uint256 units) internal returns (uint256 shares) {
        fund(who, units, market);
        vm.prank(who);
        shares = market.deposit(units, who);
    }

    function join(address who, uint256 marketShares) internal returns (uint256 shares) {
        vm.startPrank(who);
        market.approve(address(tranche), type(uint256).max);
        shares = tranche.deposit(marketShares, who);
        vm.stopPrank();
    }

    function leave(address who) internal returns (uint256 units) {
        uint256 shares = market.maxRedeem(who);
        vm.prank(who);
        units = market.redeem(shares, who, who);
    }

    function borrow(address owner, uint256 units) internal {
        vm.prank(owner);
        market.borrow(accountOf(owner), units, owner);
    }

    /// @dev Alice owes to a second market, too, where Carol lends 10,000.
    function borrowElsewhere(uint256 units) internal returns (Market other) {
        other = newMarket(termsOf());
        list(other);
        optIn(alice, other);
        fund(carol, 10_000e6, other);
        vm.prank(carol);
        other.deposit(10_000e6, carol);
        vm.prank(alice);
        other.borrow(debtor, units, alice);
    }

    /// @dev Two hours pass, so that the slow price follows at once; sources are fresh again.
    function crash(uint96 eth) internal {
        crash(1e12, eth);
    }

    function crash(uint96 usd, uint96 eth) internal {
        // The prices stand until the slow ones have followed.
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(vm.getBlockTimestamp() + 1 hours);
            setPrices(usd, eth);
        }
        refreshNow();
    }

    function breach(uint96 eth) internal {
        crash(eth);
        vm.prank(keeper);
        auction.start(debtor);
    }

    function wait_(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    /// @dev Time passes at fresh prices.
    function pass(uint256 seconds_) internal {
        wait_(seconds_);
        setPrices(1e12, uint96(risk.priceOf(2).price));
        refreshNow();
    }

    /// @dev Lets the clock run on with witnesses.
    function waitSeen(uint256 seconds_) internal {
        uint256 end = vm.getBlockTimestamp() + seconds_;
        while (vm.getBlockTimestamp() < end) {
            uint256 left = end - vm.getBlockTimestamp();
            pass(left < 600 ? left : 600);
            auction.touch(debtor);
        }
    }

    function bidUpTo(uint256 shareWad, bool pays) internal returns (uint256 takenWad, uint256 assumedWad) {
        BidTerms memory terms = BidTerms(uint64(shareWad), 0, type(int32).min, pays);
        vm.prank(bob);
        (takenWad, assumedWad, , ) = auction.bid(debtor, address(market), taker, terms, "");
    }

    function bidAll(bool pays) internal returns (uint256 takenWad, uint256 assumedWad) {
        return bidUpTo(1e18, pays);
    }

    // Reading

    function debtOf(bytes32 account) internal view returns (uint256 debt) {
        (debt, , ) = market.positionOf(account);
    }

    function lostOf(bytes32 account) internal view returns (uint256 lost) {
        (, lost, ) = market.positionOf(account);
    }

    function provisionOf(bytes32 account) internal view returns (uint256 provision) {
        (, , provision) = market.positionOf(account);
    }

    function books() internal view returns (MarketBooks memory) {
        return market.booksOf();
    }

    /// @dev Units of all lenders and the tranche, before provisions.
    function wholeOf(Market one) internal view returns (uint256) {
        MarketBooks memory now_ = one.booksOf();
        return now_.cash + now_.debt - now_.uncollected;
    }

    /// @dev What a million of shares would cost now.
    function entryPrice() internal view returns (uint256) {
        return market.previewMint(1e24);
    }

    function exitPrice() internal view returns (uint256) {
        return market.previewRedeem(1e24);
    }

    function isolatedOf(address owner) internal pure returns (bytes32) {
        return AccountLib.encode(owner, 0, 1);
    }

    function refusal(bytes32 term, uint256 value, uint256 limit) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarket.TermsRefused.selector, term, value, limit);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerProtocols} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AssetListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {CachedPrice, IRiskManager} from "../../../solidity/interfaces/IRiskManager.sol";
import {ILedger} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {HostileFeed, TestFeed} from "../../feeds/TestFeed.sol";
import {LedgerAuctionFixture} from "../../protocols/LedgerAuctionFixture.sol";

/// @notice A protocol whose requirement is a debt in ETH at the risk manager's price of slot 2.
contract DebtInEth {
    ILedger private immutable ledger;
    uint256 public debt;

    constructor(ILedger ledger_) {
        ledger = ledger_;
    }

    function trade(bytes32 account, uint256 tokens) external {
        debt = tokens;
        ledger.gate(account);
    }

    function requirementOf(bytes32) external view returns (uint256, uint256, uint64, uint64) {
        CachedPrice memory cached = IRiskManager(ledger.riskManager()).priceOf(2);
        uint256 required = (debt * cached.price) / 1e12;
        return (required, required, 1, uint64(block.timestamp));
    }
}

/// @notice Finding M3: which price counts was the caller's choice, since nobody had to poke. Alice has 100 USD and 20 ETH.
contract PokedMarginsTest is LedgerAuctionFixture {
    /// @dev 100 · 0.8 · 0.9 + 20 · 1,600 · 0.8 · 0.9
    uint256 private constant AT_1600 = 72e18 + 23_040e18;

    function setUp() public override {
        super.setUp();
        _nameAuction();
    }

    // Each act

    function test_I5_incident_a_debtor_opens_nothing_at_a_price_that_its_feed_no_longer_gives() public {
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        _feedSays(1600e12);
        _expectTooLow(AT_1600, 28_000e18);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
    }

    function test_I5_incident_a_debtor_releases_nothing_at_a_price_that_its_feed_no_longer_gives() public {
        _openPosition(alice, AT_1600);
        _feedSays(1600e12);
        vm.startPrank(alice);
        _expectTooLow(AT_1600 - 72e16, AT_1600);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        _expectTooLow(AT_1600 - 72e16, AT_1600);
        ledger.transfer(accountOf(alice), accountOf(bob), USD, ONE_USD);
        _expectTooLow(AT_1600 - 72e18, AT_1600);
        ledger.setEnabled(accountOf(alice), USD, false);
    }

    function test_I5_incident_the_auction_takes_nothing_at_a_price_that_its_feed_no_longer_gives() public {
        _openPosition(alice, 28_000e18);
        protocol.place(accountOf(alice), 28_000e18, 28_000e18);
        vm.warp(vm.getBlockTimestamp() + 1);
        setPrices(1e12, 1600e12);
        (, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertLt(aM, 28_000e18, "by the cache she may be seized");
        // The feed has been back for three days, and nobody poked.
        vm.warp(vm.getBlockTimestamp() + 3 days);
        refreshNow();
        _feedSays(2000e12);
        // 100 · 0.8 · 0.95 + 20 · 2,000 · 0.8 · 0.95
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerProtocols.AccountHealthy.selector,
                accountOf(alice),
                76e18 + 30_400e18,
                28_000e18
            )
        );
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    function test_I5_the_auction_needs_nobody_to_poke_before_it() public {
        _openPosition(alice, 28_000e18);
        _feedSays(500e12);
        vm.expectEmit(address(risk));
        emit IRiskManager.PricePoked(2, 500e12, 0, vm.getBlockTimestamp());
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        assertEq(risk.priceOf(2).price, 500e12, "what was read is kept");
    }

    /// @notice A price of its own counts beside the underlying's, so both are poked.
    function test_I5_an_assets_own_price_is_poked_too() public {
        TestFeed own = new TestFeed();
        own.set(2000e12, 0, uint40(vm.getBlockTimestamp()));
        AssetListing memory listing = assetListing(SOURCE, 3, 2, 18);
        // A slot number without a bit of its own in the risk manager's list of what is poked.
        listing.ownPrice = 300;
        uint16[] memory slots = new uint16[](1);
        slots[0] = 300;
        vm.startPrank(governor);
        risk.listUnderlying(300, address(own), 1 days);
        risk.poke(slots);
        ledger.listAsset(listing);
        vm.stopPrank();
        lock(3, 20 * ONE_ETH, accountOf(alice), 0);
        applyAll();
        vm.startPrank(alice);
        ledger.setEnabled(accountOf(alice), 3, true);
        ledger.setEnabled(accountOf(alice), ETH, false);
        ledger.optIn(accountOf(alice), address(protocol));
        vm.stopPrank();
        own.set(1600e12, 0, uint40(vm.getBlockTimestamp() + 1));
        _expectTooLow(AT_1600, 28_000e18);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
    }

    // Order

    /// @notice A protocol that reads the same price is asked after it was renewed: a debt in ETH is not taken at the old price
    ///         while collateral in ETH counts at the new one.
    function test_I5_protocols_are_asked_after_prices_were_renewed() public {
        DebtInEth lender = new DebtInEth(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(lender));
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(lender));
        _feedSays(2400e12);
        // 20 · 0.72 · the slow price, 2,000 still, + 72; 28 ETH were 56,000 before and are 67,200 now.
        _expectTooLow(28_872e18, 67_200e18);
        lender.trade(accountOf(alice), 28e18);
    }

    // Feeds and risk managers that fail

    /// @notice The gate finds the failure itself: 72 is what the USD counts. Before finding M2 it passed at the cached price.
    function test_I5_a_feed_that_fails_opens_nothing() public {
        HostileFeed hostile = new HostileFeed();
        hostile.set(HostileFeed.Way.BURN_GAS, [uint256(0), 0, 0]);
        vm.prank(governor);
        risk.listUnderlying(2, address(hostile), 1 hours);
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        _expectTooLow(72e18, 28_000e18);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
        vm.expectEmit(address(risk));
        emit IRiskManager.PokeSkipped(2, "fail");
        protocol.trade(accountOf(alice), 72e18, 36e18);
    }

    /// @notice With any amount of gas the gate either fails or takes the feed's price: nobody starves the feed.
    function test_I5_no_gas_makes_a_feed_fail() public {
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        protocol.trade(accountOf(alice), 1e18, 1e18);
        _feedSays(1600e12);
        bytes memory call_ = abi.encodeCall(protocol.trade, (accountOf(alice), 28_000e18, 14_000e18));
        for (uint256 gas_ = 20_000; gas_ < 900_000; gas_ += 1_000) {
            (bool ok, ) = address(protocol).call{gas: gas_}(call_);
            assertFalse(ok);
        }
    }

    function test_I5_a_risk_manager_that_cannot_be_poked_leaves_the_margin_unknown() public {
        _openPosition(alice, 28_000e18);
        bytes memory unknown = abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice));
        vm.mockCallRevert(address(risk), abi.encodeWithSelector(IRiskManager.pokedMargin.selector), "");
        vm.expectRevert(unknown);
        protocol.trade(accountOf(alice), 1e18, 1e18);
        vm.expectRevert(unknown);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        // Who owes nothing needs no price.
        protocol.trade(accountOf(alice), 0, 0);
        release(alice, ETH, ONE_ETH, 0);
    }

    // Inside

    /// @dev A newer observation that nobody has poked yet.
    function _feedSays(uint96 price) private {
        vm.warp(vm.getBlockTimestamp() + 1);
        ethFeed.set(price, 0, uint40(vm.getBlockTimestamp()));
    }

    function _expectTooLow(uint256 assetsWad, uint256 requiredWad) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), assetsWad, requiredWad)
        );
    }
}

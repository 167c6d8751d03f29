// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerMargin} from "../../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AssetListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IRiskManager, LineWords} from "../../../solidity/interfaces/IRiskManager.sol";
import {RiskManager} from "../../../solidity/risk/RiskManager.sol";
import {LedgerAuctionFixture} from "../../protocols/LedgerAuctionFixture.sol";

/// @notice Another risk manager weighs once it is adopted: from its date on, with a price of every listed asset.
contract LedgerRiskManagerTest is LedgerAuctionFixture {
    RiskManager private next;

    function setUp() public override {
        super.setUp();
        next = new RiskManager(governor);
    }

    function test_another_risk_manager_weighs_once_it_is_adopted_seven_days_later() public {
        _listSlots();
        vm.expectCall(address(next), abi.encodeCall(IRiskManager.margin, (new LineWords[](0))));
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.RiskManagerScheduled(address(next), uint40(START + 7 days));
        vm.prank(governor);
        ledger.scheduleRiskManager(address(next));
        _expectNext(address(next), START + 7 days, 0);

        vm.warp(START + 7 days - 1);
        refreshNow();
        setPrices(1e12, 2000e12);
        _poke(1, 2);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.RiskManagerNotDue.selector, address(next), START + 7 days));
        ledger.adopt(2);
        vm.warp(START + 7 days);
        (uint256 before, , , , uint256 beforeM, , , ) = ledger.marginOf(accountOf(alice));
        assertGt(beforeM, before);
        assertEq(ledger.riskManager(), address(risk), "its time alone changes nothing");
        _expectNext(address(next), START + 7 days, 0);

        vm.expectEmit(address(ledger));
        emit ILedgerTerms.RiskManagerAdopted(address(next));
        vm.prank(bob);
        ledger.adopt(2);
        assertEq(ledger.riskManager(), address(next));
        (uint256 aI, , , , uint256 aM, , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, before);
        assertEq(aM, beforeM);
        assertEq(status, 0);
        _expectNext(address(0), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.RiskManagerNotDue.selector, address(0), 0));
        ledger.adopt(2);

        // And back, by the same way.
        vm.prank(governor);
        ledger.scheduleRiskManager(address(risk));
        vm.warp(START + 14 days);
        setPrices(1e12, 2000e12);
        ledger.adopt(type(uint16).max);
        assertEq(ledger.riskManager(), address(risk));
    }

    function test_naming_the_present_one_takes_a_change_back_at_once() public {
        _listSlots();
        vm.startPrank(governor);
        ledger.scheduleRiskManager(address(next));
        vm.warp(START + 7 days);
        setPrices(1e12, 2000e12);
        _poke(1, 2);
        ledger.adopt(1);
        _expectNext(address(next), START + 7 days, 1);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.RiskManagerScheduled(address(risk), 0);
        ledger.scheduleRiskManager(address(risk));
        _expectNext(address(0), 0, 0);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.RiskManagerNotDue.selector, address(0), 0));
        ledger.adopt(1);
        assertEq(ledger.riskManager(), address(risk));
    }

    function test_only_the_governor_names_one_and_only_one_that_answers() public {
        bytes memory refusal = abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, alice, bytes32("governor"));
        vm.expectRevert(refusal);
        vm.prank(alice);
        ledger.scheduleRiskManager(address(next));
        address[3] memory others = [address(0), makeAddr("nobody"), address(usdFeed)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.RiskManagerRefused.selector, others[i]));
            vm.prank(governor);
            ledger.scheduleRiskManager(others[i]);
        }
        assertEq(ledger.riskManager(), address(risk));
    }

    /// @notice LL1: the change alone takes nothing from anybody, whoever brings it about.
    function test_I5_a_missing_or_stale_price_keeps_the_present_one_in_force() public {
        _openPosition(alice, 5e18);
        vm.startPrank(governor);
        ledger.scheduleRiskManager(address(next));
        ledger.setAuction(auction);
        vm.stopPrank();
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        _expectUnpriced(USD, 2 | 32);
        ledger.adopt(2);
        _listSlots();
        _poke(1, 1);
        _expectUnpriced(ETH, 2 | 32);
        ledger.adopt(2);
        vm.expectPartialRevert(bytes4(keccak256("AccountHealthy(bytes32,uint256,uint256)")));
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        _poke(2, 2);
        // One more second than the slot's age of an hour.
        vm.warp(vm.getBlockTimestamp() + 1 hours + 1);
        _expectUnpriced(ETH, 1);
        ledger.adopt(2);
        assertEq(ledger.riskManager(), address(risk));
        setPrices(1e12, 2000e12);
        _poke(2, 2);
        ledger.adopt(2);
        assertEq(ledger.riskManager(), address(next));
    }

    function test_many_assets_are_checked_in_steps_and_what_is_listed_meanwhile_is_too() public {
        _listSlots();
        vm.startPrank(governor);
        for (uint16 i = 3; i <= 40; ++i) ledger.listAsset(assetListing(SOURCE, i, (i % 2) + 1, 6));
        ledger.scheduleRiskManager(address(next));
        vm.stopPrank();
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        _poke(1, 2);
        ledger.adopt(0);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.RiskManagerChecked(address(next), 30);
        ledger.adopt(30);
        _expectNext(address(next), START + 7 days, 30);
        _listOwn(41);
        ledger.adopt(10);
        _expectNext(address(next), START + 7 days, 40);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, 41, address(next), 2 | 32));
        ledger.adopt(10);
        vm.prank(governor);
        next.listUnderlying(9, address(usdFeed), 1 days);
        _poke(9, 9);
        ledger.adopt(10);
        assertEq(ledger.riskManager(), address(next));

        // What was checked was checked of that one alone.
        RiskManager third = new RiskManager(governor);
        vm.prank(governor);
        ledger.scheduleRiskManager(address(third));
        _expectNext(address(third), START + 14 days, 0);
    }

    /// @notice 65,535 assets take some fifty transactions of 30 million gas.
    function test_a_step_costs_20_000_gas_an_asset() public {
        _listSlots();
        vm.startPrank(governor);
        for (uint16 i = 3; i <= 102; ++i) ledger.listAsset(assetListing(SOURCE, i, 1, 6));
        ledger.scheduleRiskManager(address(next));
        vm.stopPrank();
        vm.warp(START + 7 days);
        setPrices(1e12, 2000e12);
        _poke(1, 2);
        vm.cool(address(ledger));
        vm.cool(address(next));
        uint256 before = gasleft();
        ledger.adopt(100);
        uint256 gas = before - gasleft();
        emit log_named_uint("gas of a hundred assets", gas);
        assertLt(gas, 2_000_000);
    }

    // Missing prices

    /// @notice A line without a price would hide its account from the auction, so no asset is listed without.
    function test_I5_no_asset_is_listed_without_a_price() public {
        AssetListing memory listing = assetListing(SOURCE, 3, 9, 6);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, 3, address(risk), 2 | 32));
        ledger.listAsset(listing);
        (listing.underlying, listing.ownPrice) = (1, 9);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, 3, address(risk), 2 | 32));
        ledger.listAsset(listing);
        risk.listUnderlying(9, address(usdFeed), 1 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, 3, address(risk), 2 | 32));
        ledger.listAsset(listing);
        uint16[] memory slots = new uint16[](1);
        slots[0] = 9;
        risk.poke(slots);
        // An old one will do: it counts for maintenance.
        vm.warp(START + 2 days);
        assertEq(ledger.listAsset(listing), 3);
        vm.etch(address(risk), hex"5f5ffd");
        listing.vaultAsset = 4;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, 4, address(risk), 32));
        ledger.listAsset(listing);
    }

    /// @notice Whatever a risk manager is that loses a price: nobody is seized by it, and who owes nothing leaves.
    function test_I5_a_margin_with_a_missing_price_is_unavailable_and_never_0() public {
        _openPosition(alice, 5e18);
        _nameAuction();
        // A price that was accepted stays for ever in this build's risk manager; one that is blank shows what if not.
        RiskManager blank = new RiskManager(governor);
        vm.etch(address(risk), address(blank).code);
        for (uint16 slot = 1; slot <= 2; ++slot) vm.store(address(risk), keccak256(abi.encode(slot, 0)), 0);
        // Nor do the feeds give any, so that no act renews them.
        usdFeed.set(0, 0, 0);
        ethFeed.set(0, 0, 0);
        (uint256 aI, uint256 qI, uint256 aE, , uint256 aM, uint256 qM, uint256 status, uint256 oldest) = ledger
            .marginOf(accountOf(alice));
        assertEq(aI + aE + aM, 0);
        assertEq(qI, 5e18);
        assertEq(qM, 2.5e18);
        assertEq(status, 2 | 32);
        assertEq(oldest, vm.getBlockTimestamp());
        bytes memory unknown = abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice));
        vm.expectRevert(unknown);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        vm.expectRevert(unknown);
        protocol.trade(accountOf(alice), 4e18, 2e18);
        protocol.trade(accountOf(alice), 0, 0);
        release(alice, USD, ONE_USD, 0);
    }

    function _expectNext(address named, uint256 at, uint256 checked) private view {
        (address seen, uint40 seenAt, uint16 seenChecked) = ledger.riskManagerNext();
        assertEq(seen, named);
        assertEq(seenAt, at);
        assertEq(seenChecked, checked);
    }

    function _expectUnpriced(uint16 assetId, uint256 status) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnpriced.selector, assetId, address(next), status));
    }

    function _listSlots() private {
        vm.startPrank(governor);
        next.listUnderlying(1, address(usdFeed), 1 days);
        next.listUnderlying(2, address(ethFeed), 1 hours);
        vm.stopPrank();
    }

    /// @dev An asset with a price slot of its own, 9, which the present risk manager has.
    function _listOwn(uint16 vaultAsset) private {
        AssetListing memory listing = assetListing(SOURCE, vaultAsset, 1, 6);
        listing.ownPrice = 9;
        vm.prank(governor);
        risk.listUnderlying(9, address(usdFeed), 1 days);
        uint16[] memory slots = new uint16[](1);
        slots[0] = 9;
        risk.poke(slots);
        vm.prank(governor);
        ledger.listAsset(listing);
    }

    function _poke(uint16 from, uint16 to) private {
        uint16[] memory slots = new uint16[](to - from + 1);
        for (uint16 slot = from; slot <= to; ++slot) slots[slot - from] = slot;
        next.poke(slots);
    }
}

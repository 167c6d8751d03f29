// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger, ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerMargin} from "../../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Line} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerAuctionFixture} from "../../protocols/LedgerAuctionFixture.sol";
import {deployLedger} from "../LedgerFixture.sol";

/// @notice Moves between lines of one asset: by the owner under the margin gate, by the auction from unhealthy accounts alone.
contract LedgerMovesTest is LedgerAuctionFixture {
    // Transfers

    function test_a_transfer_enables_no_dust_and_no_line_that_its_owner_took_out() public {
        bytes32 to = AccountLib.encode(bob, 0, 3);
        vm.startPrank(alice);
        ledger.transfer(accountOf(alice), to, USD, ONE_USD);
        assertFalse(ledger.lineOf(to, USD).enabled);
        ledger.transfer(accountOf(alice), to, USD, 20 * ONE_USD);
        assertTrue(ledger.lineOf(to, USD).enabled);
        vm.stopPrank();
        vm.prank(bob);
        ledger.setEnabled(to, USD, false);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), to, USD, ONE_USD);
        assertFalse(ledger.lineOf(to, USD).enabled);
    }

    function test_I3_a_transfer_moves_units_and_nothing_else() public {
        bytes32 to = AccountLib.encode(bob, 0, 3);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(to, USD, true);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Transferred(accountOf(alice), to, USD, 40 * ONE_USD, "transfer");
        vm.prank(alice);
        ledger.transfer(accountOf(alice), to, USD, 40 * ONE_USD);
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        assertEq(ledger.lineOf(to, USD).amount, 40 * ONE_USD);
        assertEq(ledger.lineOf(to, USD).unseasoned, 0);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
        assertEq(ledger.assetOf(USD).releasedCum, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(alice), USD, false);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), to, USD, 60 * ONE_USD);
        assertEq(amountOf(alice, USD), 0);
    }

    function test_I3_only_the_owner_transfers_and_only_what_is_there() public {
        bytes32 to = accountOf(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(alice)));
        vm.prank(bob);
        ledger.transfer(accountOf(alice), to, USD, ONE_USD);
        vm.startPrank(alice);
        ledger.setOperator(accountOf(alice), bob, 3, uint40(START + 1));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(alice)));
        vm.prank(bob);
        ledger.transfer(accountOf(alice), to, USD, ONE_USD);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 100 * ONE_USD + 1, 100 * ONE_USD)
        );
        ledger.transfer(accountOf(alice), to, USD, 100 * ONE_USD + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, ONE_USD - 1, ONE_USD));
        ledger.transfer(accountOf(alice), to, USD, ONE_USD - 1);
        bytes32[4] memory impossible = [
            accountOf(alice),
            accountOf(address(0)),
            AccountLib.encode(bob, SOURCE + 1, 0),
            AccountLib.encode(address(0), SOURCE, 0)
        ];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, impossible[i]));
            ledger.transfer(accountOf(alice), impossible[i], USD, ONE_USD);
        }
        ledger.transfer(accountOf(alice), AccountLib.encode(bob, SOURCE, 0), USD, ONE_USD);
    }

    function test_I5_a_transfer_keeps_the_initial_margin() public {
        // 100 · 0.8 · 0.9 + 20 · 2,000 · 0.8 · 0.9 = 72 + 28,800
        _openPosition(alice, 28_800e18);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerMargin.MarginTooLow.selector,
                accountOf(alice),
                28_872e18 - 1_440e18,
                28_800e18
            )
        );
        ledger.transfer(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        ledger.transfer(accountOf(alice), accountOf(bob), USD, 100 * ONE_USD);
        vm.stopPrank();
        assertEq(amountOf(bob, USD), 105 * ONE_USD);
    }

    function test_I5_units_that_do_not_count_move_whatever_the_protocol_says() public {
        vm.prank(bob);
        ledger.optIn(accountOf(bob), address(protocol));
        protocol.place(accountOf(bob), 1e30, 1e30);
        vm.prank(bob);
        ledger.transfer(accountOf(bob), accountOf(alice), USD, 5 * ONE_USD);
        assertEq(amountOf(alice, USD), 105 * ONE_USD);
    }

    function test_I16_unseasoned_units_are_not_transferred_and_a_quarantined_source_moves_nothing() public {
        _setLine(
            accountOf(alice),
            USD,
            uint256(100 * ONE_USD) | (uint256(60 * ONE_USD) << 112) | ((START + 60) << 216)
        );
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 40 * ONE_USD + 1, 40 * ONE_USD)
        );
        ledger.transfer(accountOf(alice), accountOf(bob), USD, 40 * ONE_USD + 1);
        ledger.transfer(accountOf(alice), accountOf(bob), USD, 40 * ONE_USD);
        vm.stopPrank();
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 days));
        vm.warp(START + 60);
        vm.expectPartialRevert(ILedgerCore.SourceNotAccepting.selector);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(bob), USD, 60 * ONE_USD);
    }

    /// @notice Any transfers between any accounts, with any seasons: the sum of an asset stays, and nothing seasons early.
    function testFuzz_I1_I16_transfers_keep_the_sum(uint256 seed) public {
        address[3] memory owners = [alice, bob, relayer];
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            bytes32 from = accountOf(owners[random % 3]);
            bytes32 to = accountOf(owners[(random >> 8) % 3]);
            uint128 amount = uint128((random >> 16) % (60 * ONE_USD));
            vm.prank(owners[random % 3]);
            (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerAccounts.transfer, (from, to, USD, amount)));
            if (from == to) assertFalse(ok);
        }
        assertEq(amountOf(alice, USD) + amountOf(bob, USD) + amountOf(relayer, USD), 105 * ONE_USD, "I1");
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD, "I1");
    }

    // Seizure

    function test_I5_the_auction_takes_nothing_from_a_healthy_account() public {
        _nameAuction();
        _openPosition(alice, 28_000e18);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(bob), 0, 0));
        vm.prank(auction);
        seizeOne(accountOf(bob), accountOf(alice), USD, 1);
    }

    function test_I5_the_auction_takes_nothing_while_the_margin_is_unknown() public {
        _nameAuction();
        _openPosition(alice, 28_000e18);
        vm.etch(address(risk), hex"5f5ffd");
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice)));
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    /// @notice An initial weight falls at once, and with it grade E: that makes nobody fit for an auction.
    function test_I5_an_initial_weight_of_zero_lets_no_auction_begin() public {
        _nameAuction();
        _openPosition(alice, 28_000e18);
        vm.startPrank(riskAdmin);
        ledger.setWeights(ETH, 0, 8_500);
        ledger.setWeights(USD, 0, 8_500);
        vm.stopPrank();
        (, , uint256 aE, uint256 qE, uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertLt(aE, qE);
        bytes memory healthy = abi.encodeWithSelector(
            ILedgerProtocols.AccountHealthy.selector,
            accountOf(alice),
            aM,
            14_000e18
        );
        vm.prank(auction);
        vm.expectRevert(healthy);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        // One that began below maintenance goes on up to the exit grade, for six hours.
        protocol.place(accountOf(alice), 60_000e18, 50_000e18);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        protocol.place(accountOf(alice), 28_000e18, 14_000e18);
        uint256 began = vm.getBlockTimestamp();
        vm.warp(began + 6 hours - 1);
        setPrices(1e12, 2000e12);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
        vm.warp(began + 6 hours);
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    function test_a_seizure_moves_collateral_at_once_whatever_the_source_does() public {
        _nameAuction();
        _openPosition(alice, 28_000e18);
        protocol.place(accountOf(alice), 60_000e18, 50_000e18);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 1 days));
        vm.startPrank(auction);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, accountOf(alice)));
        seizeOne(accountOf(alice), accountOf(alice), ETH, ONE_ETH);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 20 * ONE_ETH + 1, 20 * ONE_ETH)
        );
        seizeOne(accountOf(alice), accountOf(bob), ETH, 20 * ONE_ETH + 1);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Transferred(accountOf(alice), accountOf(bob), ETH, 20 * ONE_ETH, "seize");
        seizeOne(accountOf(alice), accountOf(bob), ETH, 20 * ONE_ETH);
        vm.stopPrank();
        assertEq(amountOf(bob, ETH), 20 * ONE_ETH);
        assertEq(ledger.assetOf(ETH).credited, 20 * ONE_ETH);
        assertEq(ledger.linesOf(accountOf(alice)).length, 1);
    }

    /// @notice What has not seasoned goes last and seasons no earlier at the winner.
    function testFuzz_I16_a_seizure_carries_the_season(uint256 seed) public {
        _nameAuction();
        _openPosition(alice, 28_000e18);
        protocol.place(accountOf(alice), 60_000e18, 50_000e18);
        uint256 unseasoned = (seed >> 8) % (20 * ONE_ETH + 1);
        uint256 at = vm.getBlockTimestamp();
        _setLine(accountOf(alice), ETH, uint256(20 * ONE_ETH) | (unseasoned << 112) | ((at + 60) << 216));
        _setLine(accountOf(bob), ETH, uint256(2 * ONE_ETH) | (uint256(ONE_ETH) << 112) | ((at + (seed % 120)) << 216));
        uint128 amount = uint128(1 + ((seed >> 128) % (20 * ONE_ETH)));
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, amount);
        Line memory left = ledger.lineOf(accountOf(alice), ETH);
        Line memory won = ledger.lineOf(accountOf(bob), ETH);
        assertEq(uint256(left.amount) + won.amount, 22 * ONE_ETH, "I1");
        uint256 waiting = seed % 120 == 0 ? 0 : ONE_ETH;
        // A part that has seasoned stays written until another joins.
        uint256 fresh = at < won.seasonEnd ? won.unseasoned : 0;
        assertEq(uint256(left.unseasoned) + fresh, unseasoned + waiting, "I16");
        assertLe(left.unseasoned, left.amount);
        assertLe(won.unseasoned, won.amount);
        if (fresh > waiting) assertGe(won.seasonEnd, at + 60, "I16");
        if (waiting != 0) assertGe(won.seasonEnd, at + (seed % 120), "I16");
    }

    function test_I3_nobody_but_the_auction_seizes_and_it_waits_seven_days() public {
        assertEq(ledger.auction(), address(0));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, governor, bytes32("auction")));
        vm.prank(governor);
        seizeOne(accountOf(alice), accountOf(bob), ETH, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, bob, bytes32("governor")));
        vm.prank(bob);
        ledger.setAuction(bob);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.AuctionScheduled(auction, uint40(START + 7 days));
        vm.prank(governor);
        ledger.setAuction(auction);
        vm.warp(START + 7 days - 1);
        assertEq(ledger.auction(), address(0));
        vm.warp(START + 7 days);
        assertEq(ledger.auction(), auction);
        vm.prank(governor);
        ledger.setAuction(address(0));
        assertEq(ledger.auction(), auction);
        vm.warp(START + 14 days);
        assertEq(ledger.auction(), address(0));
    }

    /// @notice No account holds a line yet, so nobody needs time to leave.
    function test_the_auction_is_there_at_once_while_no_asset_is_listed() public {
        ILedger fresh = deployLedger(initOf(true));
        vm.startPrank(governor);
        fresh.listSource(sourceListing(SOURCE));
        vm.expectEmit(address(fresh));
        emit ILedgerProtocols.AuctionScheduled(auction, uint40(START));
        fresh.setAuction(auction);
        assertEq(fresh.auction(), auction);
        fresh.setAuction(bob);
        assertEq(fresh.auction(), bob);
        fresh.listAsset(assetListing(SOURCE, USD, 1, 6));
        fresh.setAuction(auction);
        vm.stopPrank();
        assertEq(fresh.auction(), bob, "from the first asset on it waits");
        vm.warp(START + 7 days);
        assertEq(fresh.auction(), auction);
    }

    // Appointments

    function test_an_appointed_operator_acts_a_day_later_and_releases_to_the_owner_alone() public {
        address carol = makeAddr("carol");
        bytes32 account = AccountLib.encode(carol, SOURCE, 0);
        lock(USD, 50 * ONE_USD, account, 0);
        (, , bool appointed) = ledger.appointmentOf(account);
        assertFalse(appointed, "nobody is");
        _appoint(account, bob);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Appointed(account, bob, uint40(START + 1 days));
        applyAll();
        assertEq(ledger.lineOf(account, USD).amount, 50 * ONE_USD);
        vm.warp(START + 1 days - 1);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, account));
        ledger.optIn(account, address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, account, 1));
        ledger.requestRelease(account, USD, ONE_USD, wordOf(carol), 0);
        vm.warp(START + 1 days);
        (address operator, , bool active) = ledger.appointmentOf(account);
        assertEq(operator, bob);
        assertTrue(active);
        ledger.optIn(account, address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientNotOwner.selector, wordOf(bob), 0));
        ledger.requestRelease(account, USD, ONE_USD, wordOf(bob), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientNotOwner.selector, wordOf(carol), 1));
        ledger.requestRelease(account, USD, ONE_USD, wordOf(carol), 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, account));
        ledger.transfer(account, accountOf(bob), USD, ONE_USD);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.OperatorRefused.selector, alice));
        ledger.setOperator(account, alice, 3, uint40(START + 9 days));
        ledger.requestRelease(account, USD, ONE_USD, wordOf(carol), 0);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, carol, account, 1));
        vm.prank(carol);
        ledger.requestRelease(account, USD, ONE_USD, wordOf(carol), 0);
        // Another appointment ends this one at once.
        _appoint(account, address(0));
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, account, 1));
        vm.prank(bob);
        ledger.requestRelease(account, USD, ONE_USD, wordOf(carol), 0);
    }

    function test_an_owner_elsewhere_may_have_any_address_but_none() public {
        bytes32 account = AccountLib.encode(address(1), SOURCE, 0);
        lock(USD, 50 * ONE_USD, account, 0);
        _appoint(account, bob);
        applyAll();
        vm.warp(START + 1 days);
        vm.prank(bob);
        ledger.requestRelease(account, USD, ONE_USD, wordOf(address(1)), 0);
        assertEq(ledger.lineOf(account, USD).amount, 49 * ONE_USD);
    }

    /// @notice A vault appoints for accounts of its own chain alone: anything else is none that an honest vault journals.
    function testFuzz_I3_I13_no_vault_appoints_for_accounts_of_another_home(uint256 seed) public {
        Entry memory entry = Entry(EntryCodec.APPOINT, 0, 0, AccountLib.encode(alice, SOURCE, 0), wordOf(bob), 0);
        uint256 way = seed % 5;
        if (way == 0) entry.account = AccountLib.encode(alice, uint16(seed >> 8), uint80(seed >> 32));
        if (way == 0 && uint16(seed >> 8) == SOURCE) return;
        if (way == 1) entry.account = AccountLib.encode(address(0), SOURCE, 0);
        if (way == 2) entry.party |= bytes32(uint256(1) << (160 + ((seed >> 8) % 96)));
        if (way == 3) entry.amount = 1;
        if (way == 4) entry.asset = 1;
        append(journal, entry);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, 4, EntryCodec.APPOINT);
        applyAll();
        (address operator, , ) = ledger.appointmentOf(entry.account);
        assertEq(operator, address(0));
    }

    // Inside

    function _appoint(bytes32 account, address operator) private {
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(operator), 0));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AssetListing, ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice Lines that count, lines that do not, and credits that wait.
contract LedgerLinesTest is LedgerFixture {
    // Enabling

    function test_refuses_to_enable_for_anyone_but_the_owner() public {
        _fill(alice, USD, 5);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(alice)));
        vm.prank(bob);
        ledger.setEnabled(accountOf(alice), USD, true);
        // Alice's address on the chain of source 7 is somebody else.
        bytes32 elsewhere = AccountLib.encode(alice, SOURCE, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, alice, elsewhere));
        vm.prank(alice);
        ledger.setEnabled(elsewhere, USD, true);
    }

    function test_refuses_to_enable_an_asset_that_is_not_listed() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 9));
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), 9, true);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 0));
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), 0, true);
    }

    function test_a_line_enables_itself_at_ten_times_the_minimum() public {
        lock(USD, 10 * ONE_USD - 1, accountOf(alice), 0);
        applyAll();
        assertFalse(ledger.lineOf(accountOf(alice), USD).enabled);
        lock(USD, 1, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(alice), USD, true);
        applyAll();
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
    }

    function test_a_fee_can_enable_the_line_it_is_paid_to() public {
        lock(USD, 20 * ONE_USD, accountOf(alice), uint96(10 * ONE_USD));
        applyAll();
        assertTrue(ledger.lineOf(accountOf(relayer), USD).enabled);
    }

    function test_eight_lines_enable_themselves_and_the_owner_adds_up_to_sixteen() public {
        _listMore(17);
        for (uint16 i = 1; i <= 17; ++i) {
            lock(i, 10 * ONE_ETH, accountOf(alice), 0);
        }
        applyAll();
        assertEq(ledger.linesOf(accountOf(alice)).length, 8);
        for (uint16 i = 9; i <= 16; ++i) {
            vm.prank(alice);
            ledger.setEnabled(accountOf(alice), i, true);
        }
        uint16[] memory lines = ledger.linesOf(accountOf(alice));
        assertEq(lines.length, 16);
        for (uint16 i = 0; i < 16; ++i) {
            assertEq(lines[i], i + 1);
        }
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.TooManyEnabledLines.selector, 17, 16));
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), 17, true);
        assertEq(ledger.lineOf(accountOf(alice), 17).amount, 10 * ONE_ETH, "the line exists");
        assertFalse(ledger.lineOf(accountOf(alice), 17).enabled);
    }

    function test_repeating_an_enabling_changes_nothing() public {
        _fill(alice, USD, 20);
        vm.recordLogs();
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), USD, true);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(ledger.linesOf(accountOf(alice)).length, 1);
    }

    function test_a_line_that_its_owner_enabled_below_the_level_takes_one_lane() public {
        _fill(alice, USD, 5);
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), USD, true);
        _fill(alice, USD, 5);
        assertEq(ledger.linesOf(accountOf(alice)).length, 1);
    }

    function test_disabling_keeps_the_other_lines_without_a_gap() public {
        _listMore(16);
        for (uint16 i = 1; i <= 16; ++i) {
            lock(i, ONE_ETH, accountOf(alice), 0);
        }
        applyAll();
        vm.startPrank(alice);
        for (uint16 i = 1; i <= 16; ++i) {
            if (!ledger.lineOf(accountOf(alice), i).enabled) ledger.setEnabled(accountOf(alice), i, true);
        }
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(alice), 3, false);
        ledger.setEnabled(accountOf(alice), 3, false);
        ledger.setEnabled(accountOf(alice), 16, false);
        vm.stopPrank();
        uint16[] memory lines = ledger.linesOf(accountOf(alice));
        assertEq(lines.length, 14);
        uint256 sum = 0;
        for (uint256 i = 0; i < 14; ++i) {
            sum += lines[i];
        }
        assertEq(sum, 136 - 3 - 16);
        assertFalse(ledger.lineOf(accountOf(alice), 3).enabled);
        assertTrue(ledger.lineOf(accountOf(alice), 15).enabled);
    }

    // Parked credits

    function test_refuses_to_unpark_what_is_not_parked() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotParked.selector, SOURCE, 1));
        ledger.unpark(SOURCE, 1);
    }

    function test_refuses_to_unpark_above_the_cap() public {
        lock(USD, 1000 * ONE_USD + 1, accountOf(alice), 0);
        applyAll();
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, 1000 * ONE_USD + 1, 1000 * ONE_USD)
        );
        ledger.unpark(SOURCE, 1);
    }

    function test_refuses_to_unpark_an_asset_that_is_not_listed_yet() public {
        lock(3, 5, accountOf(alice), 0);
        applyAll();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.UnparkRefused.selector, 1, ParkReason.UNLISTED));
        ledger.unpark(SOURCE, 1);
    }

    function test_refuses_to_unpark_in_quarantine_and_while_credit_is_paused() public {
        lock(USD, 1001 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setCap(USD, 2_000_000);
        vm.prank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 100));
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.CreditPaused.selector, SOURCE, START + 100));
        ledger.unpark(SOURCE, 1);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 200));
        vm.warp(START + 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, 1001 * ONE_USD, 0));
        ledger.unpark(SOURCE, 1);
        vm.warp(START + 200);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 300));
        vm.expectPartialRevert(ILedgerCore.SourceNotAccepting.selector);
        ledger.unpark(SOURCE, 1);
        vm.warp(START + 300);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), 1001 * ONE_USD);
        // Half of the raised cap's burst was there, and 1,001 of 2,000 tokens a day take half a day.
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 1001 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, START + 32_444);
    }

    function test_unparks_a_credit_once_its_cap_leaves_room() public {
        vm.prank(governor);
        ledger.setCap(USD, 0);
        lock(USD, 1000 * ONE_USD + 1, accountOf(alice), 7);
        applyAll();
        vm.prank(governor);
        ledger.setCap(USD, 1_001_000);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(alice), USD, true);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Unparked(SOURCE, 1, accountOf(alice), USD, 1000 * ONE_USD + 1, 7, accountOf(bob));
        vm.prank(bob);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), 1000 * ONE_USD - 6);
        assertEq(amountOf(bob, USD), 7, "the fee goes to whoever unparks");
        assertEq(ledger.assetOf(USD).credited, 1000 * ONE_USD + 1);
        assertEq(ledger.assetOf(USD).parked, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotParked.selector, SOURCE, 1));
        ledger.unpark(SOURCE, 1);
    }

    function test_unparks_a_credit_once_its_asset_is_listed() public {
        lock(3, 50, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 0));
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, assetId), 50);
        assertEq(ledger.assetOf(assetId).credited, 50);
        assertEq(ledger.assetOf(assetId).parked, 0);
    }

    /// @notice What was parked before the listing is in no sum, so it is judged by what an honest vault can still have locked.
    function test_I1_refuses_to_unpark_more_than_any_vault_can_have_locked() public {
        lock(3, type(uint104).max, accountOf(alice), 0);
        applyAll();
        _listWithTheLargestCap();
        uint256 room = type(uint104).max - 1;
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, room + 1, room));
        ledger.unpark(SOURCE, 1);
    }

    function test_I1_what_a_vault_can_have_locked_is_judged_by_the_cap() public {
        uint128 most = type(uint104).max - 1;
        lock(3, most, accountOf(alice), 0);
        applyAll();
        _listWithTheLargestCap();
        // Bob has the first of them.
        uint256 room = type(uint64).max / 1000 - 1;
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, most, room));
        ledger.unpark(SOURCE, 1);
    }

    function test_a_credit_from_before_the_listing_joins_the_sum_when_it_waits_on() public {
        lock(3, 10, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 0));
        lock(3, 900, accountOf(alice), 0);
        applyAll();
        // Dust beside what the line holds unseasoned, and of a later place in the bucket.
        ledger.unpark(SOURCE, 1);
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.SEASON));
        assertEq(ledger.assetOf(assetId).parked, 10);
        vm.warp(ledger.parkedOf(SOURCE, 1).readyAt);
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.assetOf(assetId).parked, 0);
        assertEq(amountOf(alice, assetId), 910);
    }

    function test_unparking_one_leaves_the_sum_of_the_others() public {
        lock(3, 50, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 0));
        lock(3, 2000, accountOf(bob), 0);
        lock(3, 3000, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.assetOf(assetId).parked, 5000);
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.assetOf(assetId).parked, 5000, "what came before the listing was never in the sum");
        vm.prank(governor);
        ledger.setCap(assetId, 4_000_000);
        ledger.unpark(SOURCE, 3);
        assertEq(ledger.assetOf(assetId).parked, 2000);
        assertEq(ledger.assetOf(assetId).credited, 3050);
    }

    /// @dev Of vault asset 3, of which something more is locked then.
    function _listWithTheLargestCap() private {
        vm.startPrank(governor);
        ledger.setCap(ledger.listAsset(assetListing(SOURCE, 3, 1, 0)), type(uint64).max);
        vm.stopPrank();
        lock(3, 1, accountOf(bob), 0);
        applyAll();
    }

    function _fill(address owner, uint16 asset, uint128 whole) private {
        lock(asset, whole * ONE_USD, accountOf(owner), 0);
        applyAll();
    }

    /// @dev Lists vault assets 3 … last with 18 decimals, so that their asset ids equal their vault indices.
    function _listMore(uint16 last) private {
        for (uint16 i = 3; i <= last; ++i) {
            AssetListing memory listing = assetListing(SOURCE, i, 2, 18);
            vm.prank(governor);
            assertEq(ledger.listAsset(listing), i);
        }
        vm.startPrank(governor);
        ledger.setCap(USD, type(uint64).max);
        vm.stopPrank();
        // A higher cap fills its bucket in six hours.
        vm.warp(vm.getBlockTimestamp() + 6 hours);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Line, ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";

/// @notice What strangers can do to a rescue: fill the bucket, and fill the lines that enable themselves.
/// @dev Cap of each asset 16,000 tokens: burst 4,000, and 5.4 s for a token. Alice has 100 USD and 20 ETH.
contract LedgerRescueTest is LedgerReleaseFixture {
    address private mallory = makeAddr("mallory");

    /// @notice The review's attack: twelve thousand tokens ahead of her, and her own three thousand counted nothing for 16 hours.
    function test_I9_a_rescue_counts_for_maintenance_whoever_filled_the_bucket() public {
        lock(USD, 4_000 * ONE_USD, accountOf(mallory), 0);
        lock(USD, 8_000 * ONE_USD, accountOf(mallory), 0);
        applyAll();
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        lock(USD, 3_000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        (uint256 initial, , , , uint256 maintenance, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(maintenance - aM, (3_000e18 * 8_500 * 9_500) / 1e8, "it rescues in the block in which it is applied");
        assertEq(initial, aI, "and opens nothing");
        Line memory line = ledger.lineOf(accountOf(alice), USD);
        assertEq(line.amount, 3_100 * ONE_USD);
        assertEq(line.unseasoned, 3_000 * ONE_USD);
        // 15,105 tokens take 22 hours, 39 minutes and 27 seconds, of which the burst is six.
        assertEq(line.seasonEnd, START + 59_967, "its place in the bucket");
        _refuse(3_100 * ONE_USD, 100 * ONE_USD);
        vm.warp(line.seasonEnd - 1);
        _refuse(3_100 * ONE_USD, 100 * ONE_USD);
        vm.warp(line.seasonEnd);
        release(alice, USD, 3_100 * ONE_USD, 0);
    }

    function test_I16_what_the_bucket_holds_in_part_waits_as_a_whole_for_its_place() public {
        lock(USD, 5_000 * ONE_USD, accountOf(mallory), 0);
        applyAll();
        // The setup took 105 of the level of 1,000.
        assertEq(ledger.lineOf(accountOf(mallory), USD).unseasoned, 4_105 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(mallory), USD).seasonEnd, START + 5_967);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_I9_a_stranger_puts_off_no_date_with_a_small_lock_and_an_equal_date_is_no_later_one() public {
        lock(USD, 5_000 * ONE_USD, accountOf(mallory), 0);
        lock(USD, 32 * ONE_USD, accountOf(alice), 0);
        applyAll();
        uint32 seasonEnd = ledger.lineOf(accountOf(alice), USD).seasonEnd;
        lock(USD, 2 * ONE_USD - 1, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, seasonEnd);
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, tip(journal));
        assertEq(uint8(parked.reason), uint8(ParkReason.SEASON));
        assertGt(parked.readyAt, seasonEnd);
        vm.warp(parked.readyAt);
        ledger.unpark(SOURCE, tip(journal));
        assertEq(amountOf(alice, USD), 134 * ONE_USD - 1);
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, seasonEnd, "it has no date of its own any more");
        // Within the burst both have the date of the batch.
        vm.warp(vm.getBlockTimestamp() + 6 hours);
        lock(USD, 2_000 * ONE_USD, accountOf(bob), 0);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 2_006 * ONE_USD);
    }

    // Lines that enable themselves

    /// @notice The review's attack: strangers' lines take the eight that enable themselves, and a rescue in another asset counts
    ///         nothing until its owner sends a transaction here.
    function test_I9_a_line_that_its_owner_enabled_in_advance_counts_whatever_strangers_lock() public {
        uint16 rescue = _listMore();
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), rescue, true);
        _stuff();
        lock(rescue, 900 * ONE_USD, accountOf(alice), 0);
        (, , , , uint256 before, , , ) = ledger.marginOf(accountOf(alice));
        applyAll();
        assertTrue(ledger.lineOf(accountOf(alice), rescue).enabled);
        (, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aM - before, (900e18 * 8_500 * 9_500) / 1e8);
    }

    function test_I9_strangers_leave_half_of_the_lines_to_their_owner() public {
        uint16 rescue = _listMore();
        _stuff();
        assertEq(ledger.linesOf(accountOf(alice)).length, 8);
        vm.startPrank(alice);
        for (uint16 assetId = rescue; assetId > rescue - 8; --assetId) {
            ledger.setEnabled(accountOf(alice), assetId, true);
        }
        // And of those that only strangers filled it drops which it will.
        ledger.setEnabled(accountOf(alice), 3, false);
        vm.stopPrank();
        assertEq(ledger.linesOf(accountOf(alice)).length, 15);
    }

    function test_an_empty_line_that_counts_is_worth_nothing_and_takes_no_gate_from_anybody() public {
        uint16 empty = _listMore();
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), empty, true);
        _openPosition(alice, 1_000e18);
        (uint256 aI, , , , uint256 aM, , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(status, 0);
        assertGt(aM, aI);
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), empty, false);
        (uint256 after_, , , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq(after_, aI);
    }

    /// @dev Lists assets 3 … 20, and gives the last one.
    function _listMore() private returns (uint16) {
        vm.startPrank(governor);
        for (uint16 i = 3; i <= 20; ++i) ledger.listAsset(assetListing(SOURCE, i, 1, 6));
        vm.stopPrank();
        return 20;
    }

    /// @dev Strangers lock ten minima of each of nine assets for Alice.
    function _stuff() private {
        for (uint16 i = 3; i <= 11; ++i) lock(i, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
    }

    function _refuse(uint128 amount, uint256 left) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, amount, left));
        release(alice, USD, amount, 0);
    }
}

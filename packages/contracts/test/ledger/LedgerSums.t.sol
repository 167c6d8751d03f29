// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AssetListing, Line, ParkReason, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {LedgerFixture, feesAt} from "./LedgerFixture.sol";

/// @notice What a batch takes of the sums and limits of the assets that it names, to the last unit.
/// @dev Cap of each asset a thousand tokens: burst 250 tokens, season level 62.5.
contract LedgerSumsTest is LedgerFixture {
    uint128 private constant UNITS_MAX = type(uint104).max;
    uint16 private constant THIRD = 3;

    // Single units

    function test_a_unit_alone_counts_in_every_sum() public {
        assertEq(ledger.limitsOf(USD).fastUnits, type(uint256).max, "no witness is asked");
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).credited, 1);
        // Spending rounds up, room rounds down.
        assertEq(ledger.limitsOf(USD).seasonRoom, 62_500_000 - 2);
        assertEq(ledger.limitsOf(USD).bucketRoom, 250_000_000 - 2);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 0);
    }

    function test_a_fee_of_one_unit_is_credited_whichever_way_its_entry_goes() public {
        lock(USD, 5 * ONE_USD, accountOf(alice), 1);
        applyAll();
        assertEq(amountOf(alice, USD), 5 * ONE_USD - 1);
        assertEq(amountOf(relayer, USD), 1);
        // Above the season level, which the fast loop leaves to its plain twin.
        lock(USD, 100 * ONE_USD, accountOf(alice), 1);
        applyAll();
        assertEq(amountOf(alice, USD), 105 * ONE_USD - 2);
        assertEq(amountOf(relayer, USD), 2);
    }

    function test_a_batch_of_a_hundred_entries_is_counted_to_its_end() public {
        for (uint256 i = 0; i < 100; ++i) lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 100);
    }

    /// @notice A line of just what would enable it was enabled already: its owner took it out.
    function test_a_line_that_reached_its_enabling_amount_before_is_not_enabled_again() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), USD, false);
        // Above the season level, which the fast loop leaves to its plain twin.
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertFalse(ledger.lineOf(accountOf(alice), USD).enabled);
    }

    // What a vault can hold

    function test_no_batch_takes_more_of_an_asset_than_a_vault_can_hold() public {
        lock(ETH, UNITS_MAX, accountOf(bob), 0);
        lock(USD, UNITS_MAX - 5, accountOf(bob), 0);
        lock(USD, 4, accountOf(alice), 0);
        // In the same batch, and in one of its own.
        _applyRefused(2);
        _applyRefused(2);
        lock(USD, 1, accountOf(alice), 0);
        _applyRefused(1);
        _applyRefused(1);
        assertEq(ledger.assetOf(ETH).parked, UNITS_MAX);
        assertEq(ledger.assetOf(USD).parked, UNITS_MAX - 5);
        assertEq(ledger.assetOf(USD).credited, 5);
        assertEq(amountOf(alice, USD), 5);
    }

    function test_a_vault_may_lack_all_that_it_can_hold_and_pays_no_fee_to_report_it() public {
        Entry memory report = Entry(EntryCodec.SHORTFALL, USD, UNITS_MAX, 0, bytes32(uint256(UNITS_MAX)), 0);
        append(journal, report);
        report.fee = 1;
        append(journal, report);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, 2, EntryCodec.SHORTFALL);
        vm.recordLogs();
        applyAll();
        // The report, the refusal, the quarantine, and the two events of any batch.
        assertEq(vm.getRecordedLogs().length, 5);
        (, uint256 reportedWad, , , ) = ledger.coverageOf(SOURCE, USD);
        assertEq(reportedWad, 0);
    }

    /// @notice No amount is above all sums, whatever its release.
    function test_a_refund_of_what_no_vault_can_hold_is_refused_whatever_its_release() public {
        append(journal, Entry(EntryCodec.REFUND, USD, UNITS_MAX, accountOf(alice), bytes32(uint256(9)), 0));
        append(journal, Entry(EntryCodec.REFUND, USD, UNITS_MAX + 1, accountOf(alice), bytes32(uint256(9)), 0));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, 2, EntryCodec.REFUND);
        vm.recordLogs();
        applyAll();
        // One that matches no record, the refusal, the quarantine, and the two events of any batch.
        assertEq(vm.getRecordedLogs().length, 5);
    }

    // Parking

    function test_what_a_cap_keeps_out_is_parked_in_a_batch_of_its_own() public {
        lock(USD, 1001 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).parked, 1001 * ONE_USD);
    }

    function test_an_asset_that_is_not_listed_is_parked_with_its_fee() public {
        lock(THIRD, 5, accountOf(alice), 2);
        applyAll();
        ParkedCredit memory expected;
        (expected.account, expected.amount, expected.fee, expected.vaultAsset) = (accountOf(alice), 5, 2, THIRD);
        (expected.reason, expected.parkedAt) = (ParkReason.UNLISTED, uint32(START));
        assertEq(abi.encode(ledger.parkedOf(SOURCE, 1)), abi.encode(expected));
    }

    function test_what_a_bucket_that_is_spoken_for_does_not_hold_waits_on_its_line() public {
        lock(USD, 1000 * ONE_USD - 1, accountOf(alice), 0);
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        _expectUnseasoned(USD, alice, 1000 * ONE_USD - 62_500_001, START + 18 hours);
        _expectUnseasoned(USD, bob, 1, START + 18 hours);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_a_cap_of_one_unit_is_a_cap_and_its_unit_waits_for_the_bucket() public {
        _list(THIRD, 1, 0);
        vm.prank(governor);
        ledger.setCap(THIRD, 1_000);
        lock(THIRD, 1, accountOf(alice), 0);
        applyAll();
        _expectUnseasoned(THIRD, alice, 1, START + 18 hours);
    }

    function test_entries_of_one_batch_share_the_room_under_a_cap() public {
        vm.prank(governor);
        ledger.setCap(USD, 100_000);
        fill(USD, 90 * ONE_USD, accountOf(alice));
        lock(USD, 6 * ONE_USD, accountOf(bob), 0);
        lock(USD, 6 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 6 * ONE_USD);
        assertEq(uint8(ledger.parkedOf(SOURCE, tip(journal)).reason), uint8(ParkReason.CAP));
    }

    function test_fees_that_are_all_of_a_batch_and_are_parked_leave_nothing_in_a_sum() public {
        bytes32 slot = keccak256(abi.encode(USD, keccak256(abi.encode(accountOf(relayer), 0))));
        vm.store(address(ledger), slot, bytes32(uint256(type(uint112).max)));
        lock(USD, 100 * ONE_USD, accountOf(alice), uint96(100 * ONE_USD));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, feesAt(1)).reason), uint8(ParkReason.FEE));
        assertEq(ledger.assetOf(USD).credited, 0);
    }

    // Order

    /// @notice Whatever else a batch tells of an asset, and whether or not a lock that names it is refused.
    function test_assets_are_settled_in_the_order_in_which_locks_name_them() public {
        _list(THIRD, 1, 6);
        append(journal, Entry(EntryCodec.REFUND, THIRD, 1, accountOf(alice), 0, 0));
        lock(USD, 1, accountOf(alice), 0);
        lock(ETH, 1, accountOf(alice), 2);
        lock(THIRD, 30 * ONE_USD, accountOf(alice), uint96(15 * ONE_USD));
        lock(ETH, 30 * ONE_ETH, accountOf(alice), uint96(15 * ONE_ETH));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(relayer), ETH, true);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(relayer), THIRD, true);
        applyAll();
    }

    /// @dev Ends the batch with a lock that is refused, and waits for the end of the quarantine.
    function _applyRefused(uint128 amount) private {
        lock(USD, amount, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, tip(journal), EntryCodec.LOCK);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 72 hours);
    }

    function _expectUnseasoned(uint16 assetId, address owner, uint256 units, uint256 seasonEnd) private view {
        Line memory line = ledger.lineOf(accountOf(owner), assetId);
        assertEq(line.unseasoned, units);
        assertEq(line.seasonEnd, seasonEnd);
    }

    function _list(uint16 vaultAsset, uint16 underlying, uint8 decimals) private {
        AssetListing memory terms = assetListing(SOURCE, vaultAsset, underlying, decimals);
        vm.prank(governor);
        assertEq(ledger.listAsset(terms), vaultAsset);
    }
}

/// @notice A set as large as one can be.
contract LedgerManySignersTest is LedgerFixture {
    function memberCount() internal pure override returns (uint256) {
        return 31;
    }

    /// @notice What a call was given before leaves words in memory: none of them becomes part of a line's place.
    function test_a_lock_reaches_its_line_however_many_signatures_it_comes_with() public {
        lock(USD, 1, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory entries = journal.packed;
        for (uint256 signers = attesters.k(1); signers <= 31; ++signers) {
            uint256 snapshot = vm.snapshotState();
            bytes memory sigs = signBy(statement, signers);
            ledger.applyEntries(SOURCE, 0, entries, new uint64[](0), statement, sigs, accountOf(relayer));
            assertEq(amountOf(alice, USD), 1);
            vm.revertToState(snapshot);
        }
    }
}

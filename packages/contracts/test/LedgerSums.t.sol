// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditQuote, ICollateralLedger, ParkedCredit, ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {AssetListing} from "../solidity/interfaces/ILedgerTerms.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
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
        emit ICollateralLedger.EntryRefused(SOURCE, 2, EntryCodec.SHORTFALL);
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
        emit ICollateralLedger.EntryRefused(SOURCE, 2, EntryCodec.REFUND);
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

    function test_an_asset_that_is_not_listed_is_parked_whatever_the_cap_of_its_source() public {
        _capSource(1e18);
        lock(THIRD, 5, accountOf(alice), 2);
        applyAll();
        ParkedCredit memory expected;
        (expected.account, expected.amount, expected.fee, expected.vaultAsset) = (accountOf(alice), 5, 2, THIRD);
        (expected.reason, expected.parkedAt) = (ParkReason.UNLISTED, uint32(START));
        assertEq(abi.encode(ledger.parkedOf(SOURCE, 1)), abi.encode(expected));
    }

    function test_nothing_passes_a_bucket_that_is_spoken_for() public {
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        ParkedCredit memory expected;
        (expected.account, expected.amount, expected.vaultAsset) = (accountOf(bob), 1, USD);
        (expected.reason, expected.parkedAt) = (ParkReason.LIMIT, uint32(START));
        expected.readyAt = uint40(START + 18 hours + 1);
        assertEq(abi.encode(ledger.parkedOf(SOURCE, 2)), abi.encode(expected));
    }

    function test_a_cap_of_one_unit_is_a_cap_and_its_unit_waits_for_the_bucket() public {
        _list(THIRD, 1, 0);
        vm.prank(governor);
        ledger.setCap(THIRD, 1_000);
        lock(THIRD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.LIMIT));
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 18 hours);
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

    // Caps over several assets

    function test_I10_assets_of_one_underlying_share_its_cap_within_a_batch() public {
        // Those behind the third are named by nobody.
        for (uint16 vaultAsset = THIRD; vaultAsset < 8; ++vaultAsset) _list(vaultAsset, 1, 6);
        vm.startPrank(governor);
        ledger.setUnderlyingCap(1, 100e18);
        ledger.setUnderlyingCap(2, 100e18);
        vm.stopPrank();
        lock(USD, 60 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 60 * ONE_ETH, accountOf(alice), 0);
        lock(THIRD, 40 * ONE_USD + 1, accountOf(alice), 0);
        lock(THIRD, 40 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.CAP));
        assertEq(ledger.limitsOf(USD).underlyingTotalWad, 100e18);
        assertEq(ledger.limitsOf(ETH).underlyingTotalWad, 60e18);
        assertEq(amountOf(alice, THIRD), 40 * ONE_USD);
    }

    /// @notice With a cap of one sort alone, whoever was credited before: the last of all addresses, and more than 2^96 WAD.
    function test_a_sum_under_one_cap_leaves_alone_what_is_under_none() public {
        AssetListing memory terms = assetListing(SOURCE, THIRD, 1, 0);
        terms.capThousandths = type(uint64).max;
        vm.prank(governor);
        ledger.listAsset(terms);
        lock(THIRD, 10, accountOf(address(type(uint160).max)), 0);
        lock(THIRD, 1e12, accountOf(alice), 0);
        uint256 snapshot = vm.snapshotState();
        _capSource(type(uint128).max);
        applyAll();
        assertEq(ledger.limitsOf(THIRD).sourceTotalWad, 1e30 + 10e18);
        vm.revertToState(snapshot);
        vm.prank(governor);
        ledger.setUnderlyingCap(1, type(uint128).max);
        applyAll();
        assertEq(ledger.limitsOf(THIRD).underlyingTotalWad, 1e30 + 10e18);
    }

    function test_the_narrowest_cap_binds_and_the_assets_own_among_equals() public {
        uint128[2] memory caps = [uint128(1000e18), 2000e18];
        for (uint256 i = 0; i < 2; ++i) {
            _capSource(caps[i]);
            assertEq(_limiterAbove(1000 * ONE_USD), "cap");
        }
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(governor);
            ledger.setUnderlyingCap(1, caps[i]);
            assertEq(_limiterAbove(1000 * ONE_USD), "cap");
        }
    }

    function test_a_source_cap_leaves_room_to_the_last_unit_whatever_the_decimals() public {
        _list(THIRD, 1, 0);
        _capSource(300e18);
        assertEq(ledger.limitsOf(THIRD).sourceRoom, 300);
        lock(ETH, 100 * ONE_ETH, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(THIRD).sourceRoom, 200);
        assertEq(ledger.limitsOf(USD).sourceRoom, 200 * ONE_USD);
        assertEq(ledger.limitsOf(ETH).sourceRoom, 200 * ONE_ETH);
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 20 * ONE_ETH, accountOf(alice), 0);
        lock(THIRD, 30, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(THIRD).sourceTotalWad, 160e18);
    }

    function test_a_source_cap_that_is_reached_leaves_no_room_whatever_the_decimals() public {
        _list(THIRD, 1, 24);
        _capSource(100e18);
        lock(THIRD, 100e24, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(THIRD).sourceRoom, 0);
        _capSource(50e18);
        assertEq(ledger.limitsOf(THIRD).sourceRoom, 0, "passed");
    }

    function test_fees_that_are_all_of_a_batch_and_are_parked_leave_nothing_in_a_sum() public {
        _capSource(300e18);
        bytes32 slot = keccak256(abi.encode(USD, keccak256(abi.encode(accountOf(relayer), 0))));
        vm.store(address(ledger), slot, bytes32(uint256(type(uint112).max)));
        lock(USD, 100 * ONE_USD, accountOf(alice), uint96(100 * ONE_USD));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, feesAt(1)).reason), uint8(ParkReason.FEE));
        assertEq(ledger.limitsOf(USD).sourceTotalWad, 0);
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
        emit ICollateralLedger.Enabled(accountOf(relayer), ETH, true);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Enabled(accountOf(relayer), THIRD, true);
        applyAll();
    }

    /// @dev Ends the batch with a lock that is refused, and waits for the end of the quarantine.
    function _applyRefused(uint128 amount) private {
        lock(USD, amount, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.EntryRefused(SOURCE, tip(journal), EntryCodec.LOCK);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 72 hours);
    }

    function _limiterAbove(uint128 amount) private view returns (bytes32) {
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, amount + 1);
        assertEq(uint8(quote.reason), uint8(ParkReason.CAP));
        return quote.limiter;
    }

    function _capSource(uint128 capWad) private {
        vm.prank(governor);
        ledger.setSourceCap(SOURCE, capWad);
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

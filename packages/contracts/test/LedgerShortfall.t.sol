// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, Line, ParkedCredit} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice What happens to an asset of which its vault has too little: frozen, then shared out pro rata.
/// @dev The vault accounts for 105 USD at first: 100 of Alice, 5 of Bob.
contract LedgerShortfallTest is LedgerReleaseFixture {
    // Reports

    function test_a_shortfall_is_recorded_and_ends_with_zero() public {
        _report(20 * ONE_USD, 105 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.AssetImpaired(SOURCE, 1, 20 * ONE_USD, 105 * ONE_USD);
        applyAll();
        (uint256 deficit, uint256 accounted, uint40 scaleFrom, uint8 scalings) = ledger.impairmentOf(SOURCE, 1);
        assertEq(deficit, 20 * ONE_USD);
        assertEq(accounted, 105 * ONE_USD);
        assertEq(scaleFrom, START + 7 days);
        assertEq(scalings, 0);
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(uint8(source >> 40), uint8(SourceState.HALTED), "as risk managers weigh it");
        vm.warp(START + 1 days);
        _report(25 * ONE_USD, 105 * ONE_USD);
        applyAll();
        (deficit, , scaleFrom, ) = ledger.impairmentOf(SOURCE, 1);
        assertEq(deficit, 25 * ONE_USD, "absolute, not added");
        assertEq(scaleFrom, START + 7 days, "a worse report does not put the date off");
        _report(0, 105 * ONE_USD);
        applyAll();
        (deficit, , scaleFrom, ) = ledger.impairmentOf(SOURCE, 1);
        assertEq(deficit + scaleFrom, 0);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    /// @notice More missing than there is, a total beyond what a vault can hold, asset 0, or a fee: no honest vault says so.
    function testFuzz_a_shortfall_that_no_honest_vault_reports_quarantines(uint256 seed) public {
        Entry memory entry = Entry(EntryCodec.SHORTFALL, 1, 20 * ONE_USD, 0, bytes32(uint256(105 * ONE_USD)), 0);
        uint256 way = seed % 8;
        if (way == 0) entry.amount = uint128(bound(seed >> 8, 105 * ONE_USD + 1, type(uint128).max));
        if (way == 1) entry.party = bytes32(bound(seed >> 8, uint256(type(uint104).max) + 1, type(uint256).max));
        if (way == 2) entry.asset = 0;
        if (way == 3) entry.fee = uint96(bound(seed >> 8, 1, type(uint96).max));
        // More scalings than the ledger made, and bits that say nothing.
        if (way == 4) entry.party |= bytes32(bound(seed >> 8, 1, 254) << 128);
        if (way == 5) entry.party |= bytes32(uint256(1) << (104 + ((seed >> 8) % 24)));
        if (way == 6) entry.party |= bytes32(uint256(1) << (136 + ((seed >> 8) % 120)));
        // Fewer than the report before it.
        if (way == 7) {
            _reportAfter(1, 105 * ONE_USD, 255);
            applyAll();
            entry.asset = 1;
        }
        append(journal, entry);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.EntryRefused(SOURCE, tip(journal), EntryCodec.SHORTFALL);
        applyAll();
        (uint256 deficit, , , ) = ledger.impairmentOf(SOURCE, entry.asset);
        assertEq(deficit, way == 7 ? 1 : 0);
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
    }

    function test_an_impaired_asset_counts_nothing_for_initial_and_keeps_its_maintenance_weight() public {
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertGt(aI, 0);
        _report(1, 105 * ONE_USD);
        applyAll();
        (uint256 impairedI, , uint256 impairedE, , uint256 impairedM, , uint256 status, ) = ledger.marginOf(
            accountOf(alice)
        );
        // 100 USD · 0.8 · 0.9 = 72 less for initial, nothing less for maintenance.
        assertEq(aI - impairedI, 72e18);
        assertEq(impairedM, aM);
        assertGt(impairedE, 0);
        assertEq(status, 16);
        // Prices live.
        vm.warp(START + 1);
        setPrices(5e11, 2000e12);
        (, , , , impairedM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aM - impairedM, (100e18 * 85 * 95) / 10_000 / 2);
        // Old age does not lower a frozen weight.
        vm.warp(START + 20 days);
        setPrices(1e12, 2000e12);
        assertEq(_maintenanceOf(USD), 1_000_000);
        assertEq(_maintenanceOf(ETH), 500_000);
    }

    function test_an_impaired_asset_takes_no_new_credit_until_it_is_whole() public {
        lock(USD, 2 * ONE_USD, accountOf(bob), 0);
        _report(1, 107 * ONE_USD);
        lock(USD, 3 * ONE_USD, accountOf(bob), 0);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 7 * ONE_USD);
        assertEq(amountOf(bob, ETH), ONE_ETH, "I13: another asset of the source goes on");
        lock(USD, 3 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 7 * ONE_USD);
        vm.expectPartialRevert(ICollateralLedger.CapExceeded.selector);
        ledger.unpark(SOURCE, 6);
        _report(0, 113 * ONE_USD);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        ledger.unpark(SOURCE, 6);
        assertEq(amountOf(bob, USD), 11 * ONE_USD);
    }

    function test_an_asset_that_is_listed_while_it_is_short_is_impaired_at_once() public {
        append(journal, Entry(EntryCodec.SHORTFALL, 3, 1, 0, bytes32(uint256(10)), 0));
        applyAll();
        vm.startPrank(governor);
        // Being capped takes nothing from being impaired.
        ledger.setUnderlyingCap(1, 1_000e18);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        vm.stopPrank();
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        assertEq((asset >> 56) & 4, 4);
        lock(3, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, assetId), 0);
        assertEq(amountOf(bob, USD), 5 * ONE_USD, "I13");
    }

    // Scaling

    function test_scales_seven_days_after_the_report_by_the_sources_own_clock() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.NotImpaired.selector, USD));
        ledger.scale(USD);
        _report(21 * ONE_USD, 105 * ONE_USD);
        applyAll();
        vm.warp(START + 7 days - 1);
        refreshNow();
        bytes memory early = abi.encodeWithSelector(
            ILedgerBadDays.ScalingTooEarly.selector,
            USD,
            START + 7 days,
            START + 7 days - 1
        );
        vm.expectRevert(early);
        ledger.scale(USD);
        vm.warp(START + 8 days);
        vm.expectRevert(early);
        ledger.scale(USD);
        refreshNow();
        (bytes32 edge, , bytes32 head) = ledger.journalHead(SOURCE);
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.Journaled(edge, 1, EntryCodec.SCALED, 1, 0.8e18, 0, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.AssetScaled(USD, 1, 0.8e18);
        ledger.scale(USD);
        (, uint64 count, bytes32 scaled) = ledger.journalHead(SOURCE);
        assertEq(count, 1);
        assertEq(scaled, EntryCodec.extend(head, Entry(EntryCodec.SCALED, 1, 0.8e18, 0, 0, 0)));
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        assertEq(amountOf(bob, USD), 4 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 84 * ONE_USD);
        assertEq(amountOf(alice, ETH), 20 * ONE_ETH, "I13");
        (, , , , , , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(status & 16, 0, "it counts again");
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.NotImpaired.selector, USD));
        ledger.scale(USD);
    }

    function test_does_not_scale_while_the_source_is_not_live() public {
        _report(21 * ONE_USD, 105 * ONE_USD);
        applyAll();
        vm.warp(START + 8 days);
        refreshNow();
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 9 days));
        vm.expectPartialRevert(ICollateralLedger.SourceNotAccepting.selector);
        ledger.scale(USD);
        vm.warp(START + 9 days);
        ledger.scale(USD);
        assertEq(amountOf(bob, USD), 4 * ONE_USD);
    }

    function test_a_pause_holds_up_no_scaling_and_goes_on_after_it() public {
        _report(21 * ONE_USD, 105 * ONE_USD);
        applyAll();
        _passWeek();
        uint40 until = uint40(START + 8 days);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, until);
        ledger.scale(USD);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        assertEq(ledger.assetOf(USD).creditPausedUntil, until);
    }

    /// @notice Nobody could confirm it sooner, so a worse report puts nothing off.
    function test_I9_a_source_without_witnesses_is_scaled_by_the_first_reports_date() public {
        _report(20 * ONE_USD, 105 * ONE_USD);
        applyAll();
        vm.warp(START + 1 days);
        _report(21 * ONE_USD, 105 * ONE_USD);
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.scale(USD);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
    }

    function test_a_report_from_before_the_vaults_own_scaling_changes_nothing() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        // The vault has not replayed SCALED yet: it still accounts for 105, and what it lacks was shared out.
        _reportAfter(20 * ONE_USD, 105 * ONE_USD, 0);
        _reportAfter(21 * ONE_USD, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(0);
        // It has: 84 are accounted for, 9 are still missing.
        _reportAfter(9 * ONE_USD, 84 * ONE_USD, 1);
        applyAll();
        _expectImpaired(9 * ONE_USD);
    }

    /// @notice More is gone than was shared out: it counts for nothing again, and waits for the vault before it is shared out.
    function test_I1_a_worse_report_from_before_the_vaults_own_scaling_impairs_again() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        (uint256 before, , , , , , , ) = ledger.marginOf(accountOf(alice));
        _reportAfter(105 * ONE_USD, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(105 * ONE_USD);
        (uint256 aI, , , , , , , ) = ledger.marginOf(accountOf(alice));
        // 80 USD · 0.8 · 0.9 less.
        assertEq(before - aI, 57.6e18);
        _passWeek();
        _expectUnacknowledged(1, 0);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        // The vault has written off what was shared out; the rest is missing on.
        _reportAfter(84 * ONE_USD, 84 * ONE_USD, 1);
        applyAll();
        ledger.scale(USD);
        assertEq(amountOf(alice, USD), 0);
    }

    /// @notice The vault pays with a share of the loss before it has replayed SCALED, and somebody sends it a unit.
    function test_I1_one_loss_is_not_shared_out_twice() public {
        release(bob, USD, 5 * ONE_USD, 0);
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        _reportAfter(20 * ONE_USD - 1, 100 * ONE_USD, 0);
        // The payment took its part once.
        _reportAfter(20 * ONE_USD, 100 * ONE_USD, 0);
        applyAll();
        _expectImpaired(0);
        _passWeek();
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.NotImpaired.selector, USD));
        ledger.scale(USD);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        // A unit above the share that payments left of it is a loss of its own; so it is after locks, since they are whole.
        _reportAfter(20 * ONE_USD + 1, 120 * ONE_USD, 0);
        applyAll();
        _expectImpaired(20 * ONE_USD + 1);
        _passWeek();
        _expectUnacknowledged(1, 0);
    }

    function test_I1_the_end_of_an_asset_is_heard_after_a_scaling_that_the_vault_did_not_replay() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        _reportAfter(105 * ONE_USD, 105 * ONE_USD, 255);
        applyAll();
        _expectImpaired(105 * ONE_USD);
        _passWeek();
        ledger.scale(USD);
        assertEq(amountOf(alice, USD), 0, "what the exit pays is no collateral");
        _expectImpaired(0);
    }

    function test_tokens_that_came_back_before_the_vault_replayed_a_scaling_cover_it() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        // Writes nothing off then, and accounts for 105 on: 84 are on lines.
        _reportAfter(0, 105 * ONE_USD, 0);
        _reportAfter(21 * ONE_USD, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(0);
        _reportAfter(22 * ONE_USD, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(22 * ONE_USD);
        // All of it came back once more; what was shared out is not told apart any more.
        _reportAfter(0, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(0);
        _reportAfter(1, 105 * ONE_USD, 0);
        applyAll();
        _expectImpaired(1);
        _reportAfter(0, 105 * ONE_USD, 1);
        applyAll();
        _expectImpaired(0);
    }

    function test_an_asset_is_scaled_at_most_127_times() public {
        uint128 accounted = 105 * ONE_USD;
        // The fixture's attesters sign for a year, and this takes two and a half.
        vm.mockCall(address(attesters), abi.encodeWithSelector(attesters.verifyHead.selector), "");
        for (uint256 i = 0; i < 128; ++i) {
            _reportAfter(0, accounted, i);
            _reportAfter(1, accounted, i);
            applyAll();
            vm.warp(vm.getBlockTimestamp() + 7 days);
            refreshNow();
            if (i == 127) vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.TooManyScalings.selector, USD, 127));
            ledger.scale(USD);
        }
        (, , , uint8 scalings) = ledger.impairmentOf(SOURCE, 1);
        assertEq(scalings, 127);
        (uint256 rhoWad, uint96 outboundSeq) = ledger.scalingOf(USD, 126);
        assertEq(outboundSeq, 127);
        assertLt(rhoWad, 1e18);
    }

    function test_I9_an_asset_of_which_nothing_is_left_is_reported_on() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        _reportAfter(0, 0, 0);
        _reportAfter(0, 0, 0);
        _reportAfter(1, 1, 0);
        applyAll();
        _expectImpaired(1);
    }

    function test_lines_touched_after_a_scaling_hold_what_a_view_said_before() public {
        _shortAndScale(1, 105 * ONE_USD);
        uint256 seen = amountOf(alice, USD);
        (uint256 rhoWad, ) = ledger.scalingOf(USD, 0);
        assertEq(rhoWad, (uint256(105 * ONE_USD - 1) * 1e18) / (105 * ONE_USD), "rounded down");
        assertEq(seen, (uint256(100 * ONE_USD) * rhoWad) / 1e18);
        lock(USD, 7, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), seen + 7);
        assertEq(ledger.lineOf(accountOf(alice), USD).flags, 2, "one scaling");
        release(alice, USD, uint128(seen + 7), 0);
        assertEq(amountOf(alice, USD), 0);
    }

    function test_a_credit_to_a_new_line_is_not_scaled_by_what_was_before_it() public {
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        address carol = makeAddr("carol");
        for (uint256 i = 0; i < 3; ++i) lock(USD, 20 * ONE_USD, accountOf(carol), 0);
        applyAll();
        assertEq(amountOf(carol, USD), 60 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 144 * ONE_USD);
    }

    function test_parked_credit_from_before_a_scaling_is_scaled_and_later_one_is_not() public {
        vm.prank(governor);
        ledger.setCap(USD, 0);
        lock(USD, 10 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        applyAll();
        _shortAndScale(23 * ONE_USD, 115 * ONE_USD);
        lock(USD, 10 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        applyAll();
        ParkedCredit memory before = ledger.parkedOf(SOURCE, 4);
        assertEq(before.amount, 8 * ONE_USD);
        assertEq(before.fee, (8 * ONE_USD) / 10);
        assertEq(ledger.parkedOf(SOURCE, 6).amount, 10 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 18 * ONE_USD);
        vm.prank(governor);
        ledger.setCap(USD, 1_000_000);
        // A cap that is raised puts nothing into the bucket: both take their places first.
        vm.startPrank(relayer);
        for (uint256 i = 0; i < 2; ++i) {
            ledger.unpark(SOURCE, 4);
            ledger.unpark(SOURCE, 6);
            vm.warp(ledger.parkedOf(SOURCE, 6).readyAt);
        }
        vm.stopPrank();
        assertEq(amountOf(relayer, USD), ONE_USD + (8 * ONE_USD) / 10);
        assertEq(amountOf(bob, USD), 4 * ONE_USD + 8 * ONE_USD - (8 * ONE_USD) / 10 + 9 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_a_release_from_before_a_scaling_comes_back_scaled_and_a_later_one_whole() public {
        release(alice, USD, 50 * ONE_USD, 0);
        _shortAndScale(21 * ONE_USD, 105 * ONE_USD);
        release(alice, USD, 10 * ONE_USD, 0);
        assertEq(amountOf(alice, USD), 30 * ONE_USD);
        append(journal, Entry(EntryCodec.REFUND, 1, 50 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        append(journal, Entry(EntryCodec.REFUND, 1, 10 * ONE_USD, accountOf(alice), bytes32(uint256(3)), 0));
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.Refunded(SOURCE, 1, accountOf(alice), USD, 40 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.Refunded(SOURCE, 3, accountOf(alice), USD, 10 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 84 * ONE_USD, "I1");
    }

    function test_a_total_loss_takes_everything_and_the_line_can_be_used_again() public {
        _shortAndScale(105 * ONE_USD, 105 * ONE_USD);
        assertEq(amountOf(alice, USD), 0);
        lock(USD, 3 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 3 * ONE_USD);
    }

    /// @notice However often an asset is scaled, and whenever which line is touched: a line that was touched holds what one that
    ///         was not reads, and lines never sum to more than the asset's own sum.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I12_touching_changes_nothing_and_the_parts_never_pass_the_sum(uint256 seed) public {
        // Twins: the same words, but only the second's is touched.
        bytes32 twin = accountOf(makeAddr("twin"));
        bytes32 still = accountOf(makeAddr("still"));
        uint128 amount = uint128(1 + (seed % (70 * ONE_USD)));
        lock(USD, amount, twin, 0);
        lock(USD, amount, still, 0);
        applyAll();
        uint256 accounted = ledger.assetOf(USD).credited;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 deficit = 1 + (random % accounted);
            if (deficit == accounted) --deficit;
            if (deficit == 0) return;
            _shortAndScale(uint128(deficit), uint128(accounted));
            if ((random >> 128) % 2 == 0) {
                lock(USD, 1, twin, 0);
                lock(USD, 1, still, 0);
                append(journal, Entry(EntryCodec.LOCK, 1, 0, still, 0, 0));
                applyAll();
            }
            assertEq(ledger.lineOf(twin, USD).amount, ledger.lineOf(still, USD).amount);
            accounted = ledger.assetOf(USD).credited;
            uint256 sum =
                amountOf(alice, USD) +
                    amountOf(bob, USD) +
                    ledger.lineOf(twin, USD).amount +
                    ledger.lineOf(still, USD).amount;
            assertLe(sum, accounted, "I12");
            assertGe(sum + 4 * (i + 1), accounted, "and never lose more than a unit each");
            if (accounted < 2) return;
        }
    }

    /// @notice A line's unseasoned part is scaled with it, up, and never passes it.
    function testFuzz_I16_no_unit_seasons_by_being_scaled(uint256 seed) public {
        uint256 amount = 1 + (seed % (100 * ONE_USD));
        uint256 unseasoned = (seed >> 64) % (amount + 1);
        uint256 deficit = 1 + ((seed >> 128) % (105 * ONE_USD));
        _setLine(accountOf(alice), USD, amount | (unseasoned << 112) | ((START + 30 days) << 216));
        _shortAndScale(uint128(deficit), 105 * ONE_USD);
        Line memory line = ledger.lineOf(accountOf(alice), USD);
        uint256 rhoWad = ((105 * ONE_USD - deficit) * 1e18) / (105 * ONE_USD);
        assertEq(line.amount, (amount * rhoWad) / 1e18);
        assertLe(line.unseasoned, line.amount);
        assertLe(uint256(line.amount) - line.unseasoned, ((amount - unseasoned) * rhoWad) / 1e18);
        assertEq(line.seasonEnd, START + 30 days);
    }

    // Inside

    /// @dev The vault has replayed every SCALED of the ledger.
    function _report(uint128 deficit, uint128 accounted) private {
        (, , , uint8 scalings) = ledger.impairmentOf(SOURCE, 1);
        _reportAfter(deficit, accounted, scalings);
    }

    /// @dev The vault has replayed so many SCALED; 255: its exit has ended the asset.
    function _reportAfter(uint128 deficit, uint128 accounted, uint256 scalings) private {
        append(journal, Entry(EntryCodec.SHORTFALL, 1, deficit, 0, bytes32(accounted | (scalings << 128)), 0));
    }

    /// @dev The vault reports, seven days pass, anyone scales.
    function _shortAndScale(uint128 deficit, uint128 accounted) private {
        (, , , uint8 scalings) = ledger.impairmentOf(SOURCE, 1);
        // The vault says that it has scaled its own.
        if (scalings != 0) _report(0, accounted);
        _report(deficit, accounted);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        setPrices(1e12, 2000e12);
        refreshNow();
        ledger.scale(USD);
    }

    /// @dev Seven days, by the source's clock too.
    function _passWeek() private {
        vm.warp(vm.getBlockTimestamp() + 7 days);
        setPrices(1e12, 2000e12);
        refreshNow();
    }

    /// @dev What is missing, and the flag of the word that the risk manager weighs.
    function _expectImpaired(uint256 expected) private view {
        (uint256 deficit, , uint40 scaleFrom, ) = ledger.impairmentOf(SOURCE, 1);
        assertEq(deficit, expected);
        assertEq(scaleFrom != 0, expected != 0);
        (uint256 asset, ) = ledger.termWordsOf(USD);
        assertEq((asset >> 56) & 4 != 0, expected != 0);
    }

    function _expectUnacknowledged(uint8 scalings, uint8 told) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.ScalingUnacknowledged.selector, USD, scalings, told));
        ledger.scale(USD);
    }

    function _maintenanceOf(uint16 assetId) private view returns (uint256) {
        return lens.weightsOf(assetId).freshM;
    }
}

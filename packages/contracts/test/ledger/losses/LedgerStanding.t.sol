// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "../rewind/LedgerRewindFixture.sol";
import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";

/// @notice An asset that is impaired or unsettled never has more maintenance weight than its source's other assets, nor more than when
///         that began. So nothing that begins, ends or settles it lowers a weight in one block: who is healthy stays so.
/// @dev USD is the asset, ETH another one of its source. Ages: 72 hours, then 5 % a day.
contract LedgerStandingTest is RewindFixture, LedgerCoverageFixture {
    /// @dev What a freshness loses by being kept in whole basis points.
    uint256 private constant ROUNDED = 100;

    bytes private _orphan;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Nothing falls in one block

    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I9_incident_a_freeze_that_is_noted_late_lowers_no_weight(uint256 silence) public {
        report(1, ALL);
        applyAll();
        _silence(bound(silence, 0, 40 days));
        uint256 before = maintenanceOf(alice);
        _quarantine();
        // In whole basis points, as of an asset that was never short.
        assertApproxEqRel(maintenanceOf(alice), before, 2e14);
        assertEq(_weightOf(USD), _weightOf(ETH));
    }

    function test_I9_incident_covering_while_the_source_is_silent_lowers_no_weight() public {
        report(1, ALL);
        applyAll();
        passWeek();
        _silence(20 days);
        uint256 before = _weightOf(USD);
        ledger.cover(USD);
        assertEq(flagsOf(USD), SHORT);
        assertEq(_weightOf(USD), before);
    }

    function test_I9_incident_taking_back_while_the_source_is_silent_lowers_no_weight() public {
        _leaveOrphan();
        passThreeDays();
        _silence(20 days);
        uint256 before = maintenanceOf(alice);
        ledger.takeBack(SOURCE, _orphan);
        assertEq(flagsOf(USD), 0);
        assertEq(maintenanceOf(alice), before);
    }

    /// @notice What comes again settles the asset too, under a statement as old as it likes: no entry can be refused.
    function test_I9_incident_what_comes_again_under_an_old_statement_lowers_no_weight() public {
        _leaveOrphan();
        uint256 heardAt = vm.getBlockTimestamp();
        refreshNow();
        _silence(20 days);
        uint256 before = maintenanceOf(alice);
        append(journal, this.decode(_orphan, 0));
        JournalHead memory statement = statementOf(journal, tip(journal));
        statement.asOf = uint64(heardAt + 1);
        post(tip(journal) - 1, statement);
        assertEq(flagsOf(USD), 0);
        assertGe(maintenanceOf(alice), before);
    }

    /// @notice The weight is that of the day on which the asset became unsettled, though it is unsettled again later.
    function test_I9_incident_another_rewind_of_a_silent_source_notes_no_lower_weight() public {
        lock(USD, ONE_USD, accountOf(bob), 0);
        _leaveOrphan();
        _silence(20 days);
        assertLt(_weightOf(ETH), 1_000_000);
        rewindTo(tip(journal) - 1);
        expectLeft(USD, 2 * ONE_USD, 0, 0);
        refreshNow();
        assertEq(_weightOf(ETH), 1_000_000);
        assertEq(_weightOf(USD), 1_000_000);
    }

    /// @notice A source that is frozen with more weight than the asset has gives it none: it would lose that again at the end.
    function test_I9_incident_the_end_of_a_freeze_lowers_no_weight_of_an_asset_that_has_less() public {
        _silence(96 hours);
        report(1, ALL);
        _applyAsOf(START);
        assertEq(_weightOf(USD), 950_000);
        refreshNow();
        _quarantine();
        assertEq(_weightOf(ETH), 1_000_000);
        assertEq(_weightOf(USD), 950_000);
        skip(72 hours);
        assertEq(_weightOf(USD), 950_000);
    }

    // Who lends is not held by it

    /// @notice Of a source that nobody hears any more the short asset counts no more than the whole ones.
    function test_I6_a_silent_source_loses_its_weight_of_an_asset_that_stands_still_too() public {
        report(1, ALL);
        applyAll();
        _silence(72 hours);
        assertEq(_weightOf(USD), 1_000_000);
        _silence(1 days);
        assertEq(_weightOf(USD), 950_000);
        _silence(30 days);
        assertEq(_weightOf(USD), 500_000);
        assertEq(_weightOf(ETH), 500_000);
        // Heard again it has what it had when it fell short, and no more.
        refreshNow();
        assertEq(_weightOf(USD), 1_000_000);
    }

    // Both, whatever happens

    /// @notice In any order of freezes, reports, covers, rewinds and silences no act lowers a weight, time lowers it by 5 % a day at
    ///         most, and an asset that stands still never has more than another one.
    /// forge-config: ring.fuzz.runs = 96
    function testFuzz_I9_no_act_lowers_a_weight_that_stands_still(uint256[20] memory seeds) public {
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 before = _weightOf(USD);
            uint256 time = (seeds[i] >> 8) % 8 == 0 ? 0 : (seeds[i] >> 16) % 6 days;
            skip(time);
            uint256 now_ = _weightOf(USD);
            assertGe(now_ + (50_000 * time) / 1 days + ROUNDED, before, "time");
            _act(uint8(seeds[i]) % 8);
            assertGe(_weightOf(USD) + ROUNDED, now_, "act");
            assertLe(_weightOf(USD), _weightOf(ETH), "another asset");
        }
    }

    // Inside

    function _act(uint256 kind) private {
        if (kind == 1) {
            vm.prank(guardian);
            try ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours)) {} catch {}
        } else if (kind == 2) {
            try ledger.cover(USD) {} catch {}
        } else if (kind == 3) {
            try ledger.takeBack(SOURCE, _orphan) {} catch {}
        }
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        if (state != SourceState.LIVE) return;
        if (kind == 4) refreshNow();
        if (kind == 5 || kind == 6) {
            report(kind == 5 ? ONE_USD : 0, ALL);
            applyAll();
        }
        if (kind == 7) _leaveOrphan();
    }

    /// @dev A lock of Bob that is applied and unwound.
    function _leaveOrphan() private {
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        _orphan = rewindTo(tip(journal) - 1);
        assertEq(_orphan.length, EntryCodec.LENGTH);
    }

    function _quarantine() private {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
    }

    /// @dev Time passes without a word of the source.
    function _silence(uint256 time) private {
        skip(time);
        setPrices(1e12, 2000e12);
    }

    /// @dev Applies the journal under a statement of an earlier time.
    function _applyAsOf(uint256 asOf) private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        JournalHead memory statement = statementOf(journal, tip(journal));
        statement.asOf = uint64(asOf);
        post(count, statement);
    }

    function _weightOf(uint16 assetId) private view returns (uint256) {
        return lens.weightsOf(assetId).freshM;
    }
}

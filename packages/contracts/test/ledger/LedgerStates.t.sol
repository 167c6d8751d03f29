// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger, ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {
    AssetListing,
    AssetStatus,
    LedgerInit,
    ParkReason,
    SourceListing
} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerViews} from "../../solidity/ledger/LedgerViews.sol";
import {LedgerRoutes} from "../../solidity/ledger/LedgerRoutes.sol";
import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Modules} from "../../solidity/libraries/Modules.sol";
import {JournalLib} from "../../solidity/edge/JournalLib.sol";
import {ReplicaLib, SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {Building} from "../harness/Building.sol";
import {LedgerFixture, deployLedger, deployLedgerModules} from "./LedgerFixture.sol";

/// @notice Who may list, cap, pause and quarantine, and what that does.
contract LedgerStatesTest is LedgerFixture, Building {
    // Construction

    function test_refuses_to_be_built_without_a_role_or_a_contract() public {
        bytes32[6] memory names = [
            bytes32("attesterSet"),
            "riskManager",
            "governor",
            "guardian",
            "pauser",
            "riskAdmin"
        ];
        address[] memory modules = ledger.modules();
        for (uint256 i = 0; i < 6; ++i) {
            LedgerInit memory init = initOf(true);
            if (i == 0) init.attesterSet = address(0xdead);
            if (i == 1) init.riskManager = address(0xdead);
            if (i == 2) init.governor = address(0);
            if (i == 3) init.guardian = address(0);
            if (i == 4) init.pauser = address(0);
            if (i == 5) init.riskAdmin = address(0);
            vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AddressMissing.selector, names[i]));
            this.build("CollateralLedger.sol:CollateralLedger", abi.encode(init, modules));
            vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AddressMissing.selector, names[i]));
            this.build("LedgerTerms.sol:LedgerTerms", abi.encode(init));
        }
    }

    function test_refuses_to_be_built_without_its_modules_or_with_those_of_another_ledger() public {
        bytes32 expected = keccak256(abi.encode(initOf(true)));
        address[] memory others = deployLedgerModules(initOf(false));
        for (uint256 i = 0; i < LedgerRoutes.COUNT; ++i) {
            address[] memory named = ledger.modules();
            named[i] = makeAddr("none");
            _refuseModules(
                named,
                abi.encodeWithSelector(Modules.ModuleMismatch.selector, named[i], bytes32(0), expected)
            );
            named[i] = others[i];
            bytes32 seen = keccak256(abi.encode(initOf(false)));
            _refuseModules(named, abi.encodeWithSelector(Modules.ModuleMismatch.selector, named[i], seen, expected));
        }
        uint256 few = LedgerRoutes.COUNT - 1;
        _refuseModules(
            new address[](few),
            abi.encodeWithSelector(Modules.ModulesMissing.selector, few, LedgerRoutes.COUNT)
        );
    }

    function _refuseModules(address[] memory named, bytes memory reason) private {
        vm.expectRevert(reason);
        this.build("CollateralLedger.sol:CollateralLedger", abi.encode(initOf(true), named));
    }

    function test_a_ledger_answers_for_its_modules_on_its_own_storage_alone() public {
        LedgerViews views = LedgerViews(ledger.modules()[5]);
        assertEq(ledger.assetCount(), 2);
        assertEq(views.assetCount(), 0, "a module keeps nothing");
        assertEq(ledger.governor(), governor);
        assertEq(ledger.guardian(), guardian);
        assertEq(ledger.pauser(), pauser);
        assertEq(ledger.riskAdmin(), riskAdmin);
        assertEq(ledger.attesterSet(), address(attesters));
        assertTrue(ledger.development());
        // What none of them declares is refused by name, or by the module on whose cell of the table it falls.
        uint256 named;
        for (uint32 selector = 1; selector < 2_000; ++selector) {
            (bool ok, bytes memory answer) = address(ledger).call(abi.encodePacked(selector));
            assertFalse(ok);
            bytes memory unknown = abi.encodeWithSelector(Modules.FunctionUnknown.selector, bytes4(selector));
            if (answer.length == 0) continue;
            assertEq(answer, unknown);
            ++named;
        }
        assertGt(named, 1_000);
    }

    // Listing sources

    function test_refuses_a_source_from_anyone_but_the_governor() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("governor"))
        );
        ledger.listSource(sourceListing(8));
    }

    function test_refuses_source_zero_of_another_chain_and_a_source_listed_twice() public {
        _expectSource(sourceListing(0), abi.encodeWithSelector(ILedgerTerms.OriginRefused.selector, ORIGIN));
        _expectSource(sourceListing(SOURCE), abi.encodeWithSelector(ILedgerTerms.SourceRefused.selector, SOURCE));
    }

    function test_refuses_one_vault_under_two_sources() public {
        _expectSource(sourceListing(8), abi.encodeWithSelector(ReplicaLib.ReplicaExists.selector, journal.edge, 0));
    }

    function test_refuses_a_source_without_a_vault_or_on_this_chain() public {
        SourceListing memory terms = _source();
        terms.vault = address(0);
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.AddressMissing.selector, bytes32("vault")));
        terms = _source();
        terms.originChainId = uint64(block.chainid);
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.OriginRefused.selector, block.chainid));
        terms.originChainId = 0;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.OriginRefused.selector, 0));
    }

    function test_I6_refuses_a_source_without_witnesses_unless_both_are_development() public {
        SourceListing memory terms = _source();
        terms.development = false;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.WitnessesMissing.selector, 8, 0));
        ILedger production = deployLedger(initOf(false));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessesMissing.selector, 8, 0));
        vm.prank(governor);
        production.listSource(_source());
    }

    function test_I6_refuses_a_source_that_asks_for_more_witnesses_than_it_can_have() public {
        SourceListing memory terms = _source();
        terms.m = 5;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.WitnessesTooMany.selector, 5, 4));
    }

    function test_I6_refuses_a_development_source_with_witnesses_on_a_ledger_that_is_none() public {
        ILedger production = deployLedger(initOf(false));
        SourceListing memory terms = _source();
        terms.m = 1;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessesMissing.selector, 8, 1));
        vm.prank(governor);
        production.listSource(terms);
        terms.development = false;
        vm.prank(governor);
        production.listSource(terms);
        (SourceListing memory kept, , ) = production.sourceOf(8);
        assertEq(abi.encode(kept), abi.encode(terms));
    }

    function test_refuses_weights_above_one_or_out_of_order() public {
        SourceListing memory terms = _source();
        terms.maintenanceBp = 10_001;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.WeightOutOfRange.selector, 9_000, 10_001));
        terms.maintenanceBp = 8_999;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.WeightOutOfRange.selector, 9_000, 8_999));
    }

    function test_refuses_ages_out_of_order() public {
        SourceListing memory terms = _source();
        terms.staleAfterMin = 0;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.AgesOutOfOrder.selector, 0, 360, 4320));
        terms.staleAfterMin = 360;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.AgesOutOfOrder.selector, 360, 360, 4320));
        terms.staleAfterMin = 90;
        terms.floorAfterMin = 359;
        _expectSource(terms, abi.encodeWithSelector(ILedgerTerms.AgesOutOfOrder.selector, 90, 360, 359));
    }

    function test_lists_a_source_and_opens_both_edges() public {
        SourceListing memory terms = _source();
        bytes32 edge = EdgeLib.nameOf(ORIGIN, terms.vault, block.chainid, address(ledger), 0, 0);
        bytes32 outbound = EdgeLib.nameOf(block.chainid, address(ledger), ORIGIN, terms.vault, 0, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceListed(8, edge, outbound, terms);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.SourceStateChanged(8, SourceState.LIVE, 0, "listed");
        vm.prank(governor);
        ledger.listSource(terms);
        (SourceListing memory kept, bytes32 keptEdge, bytes32 keptOutbound) = ledger.sourceOf(8);
        assertEq(abi.encode(kept), abi.encode(terms));
        assertEq(keptEdge, edge);
        assertEq(keptOutbound, outbound);
        assertEq(vm.load(address(ledger), ReplicaLib.slotOf(edge)), edge);
        assertEq(vm.load(address(ledger), JournalLib.slotOf(outbound)), outbound);
        (bytes32 journalEdge, uint64 count, bytes32 head) = ledger.journalHead(8);
        assertEq(journalEdge, outbound);
        assertEq(count, 0);
        assertEq(head, outbound);
    }

    function test_lists_a_source_of_four_witnesses_whose_floor_is_no_later_than_its_dark_age() public {
        SourceListing memory terms = _source();
        (terms.m, terms.development, terms.floorAfterMin) = (4, false, terms.darkAfterMin);
        vm.prank(governor);
        ledger.listSource(terms);
        (SourceListing memory kept, , ) = ledger.sourceOf(8);
        assertEq(abi.encode(kept), abi.encode(terms));
    }

    // Listing assets

    function test_refuses_an_asset_from_anyone_but_the_governor() public {
        vm.expectPartialRevert(ILedgerTerms.NotAuthorized.selector);
        ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
    }

    function test_refuses_assets_that_cannot_be_listed() public {
        _expectAsset(assetListing(9, 3, 1, 6), abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 9));
        bytes memory refused = abi.encodeWithSelector(ILedgerTerms.AssetRefused.selector, SOURCE, USD);
        _expectAsset(assetListing(SOURCE, USD, 1, 6), refused);
        _expectAsset(
            assetListing(SOURCE, 0, 1, 6),
            abi.encodeWithSelector(ILedgerTerms.AssetRefused.selector, SOURCE, 0)
        );
        refused = abi.encodeWithSelector(ILedgerTerms.AssetRefused.selector, SOURCE, 3);
        _expectAsset(assetListing(SOURCE, 3, 0, 6), refused);
        AssetListing memory terms = assetListing(SOURCE, 3, 1, 6);
        terms.minMillionths = 0;
        _expectAsset(terms, refused);
        _expectAsset(
            assetListing(SOURCE, 3, 1, 25),
            abi.encodeWithSelector(ILedgerTerms.DecimalsOutOfRange.selector, 25, 24)
        );
        terms = assetListing(SOURCE, 3, 1, 6);
        terms.initialBp = 8_501;
        _expectAsset(terms, abi.encodeWithSelector(ILedgerTerms.WeightOutOfRange.selector, 8_501, 8_500));
    }

    function test_lists_assets_across_lanes_of_sixteen() public {
        AssetListing memory terms = assetListing(SOURCE, 65_535, 2, 24);
        terms.ownPrice = 1;
        terms.capThousandths = type(uint64).max;
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.AssetListed(3, terms);
        vm.prank(governor);
        assertEq(ledger.listAsset(terms), 3);
        assertEq(ledger.assetIdOf(SOURCE, 65_535), 3);
        assertEq(ledger.assetIdOf(SOURCE, 65_534), 0);
        assertEq(ledger.assetIdOf(SOURCE, 15), 0);
        assertEq(ledger.assetCount(), 3);
        AssetStatus memory asset = ledger.assetOf(3);
        assertEq(abi.encode(asset.terms), abi.encode(terms));
        assertEq(asset.capUnits, type(uint104).max, "never above what a vault can account for");
        assertEq(asset.enableUnits, 10e24);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 4));
        ledger.assetOf(4);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 4));
        ledger.termWordsOf(4);
    }

    function test_I12_limits_in_token_units_round_the_cap_down_and_the_minimum_up() public {
        AssetListing memory terms = assetListing(SOURCE, 3, 1, 0);
        (terms.capThousandths, terms.minMillionths) = (1_999, 50_001);
        vm.prank(governor);
        ledger.listAsset(terms);
        assertEq(ledger.assetOf(3).capUnits, 1);
        assertEq(ledger.assetOf(3).enableUnits, 1);
    }

    // Caps

    function test_refuses_a_cap_from_strangers_and_a_higher_one_from_the_risk_admin() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("riskAdmin"))
        );
        ledger.setCap(USD, 1);
        vm.startPrank(riskAdmin);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.CapNotLower.selector, 1_000_000, 1_000_000));
        ledger.setCap(USD, 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 9));
        ledger.setCap(9, 1);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.CapSet(USD, 999_999, riskAdmin);
        ledger.setCap(USD, 999_999);
        vm.stopPrank();
        vm.prank(governor);
        ledger.setCap(USD, 2_000_000);
        assertEq(ledger.assetOf(USD).capUnits, 2_000 * ONE_USD);
    }

    function test_a_cap_below_what_is_credited_takes_nothing_and_parks_what_comes() public {
        fill(USD, 600 * ONE_USD, accountOf(alice));
        vm.prank(riskAdmin);
        ledger.setCap(USD, 100_000);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 600 * ONE_USD);
        assertEq(uint8(ledger.parkedOf(SOURCE, uint96(tip(journal))).reason), uint8(ParkReason.CAP));
    }

    // Pauses

    function test_refuses_pauses_of_strangers_of_two_targets_and_of_other_flags() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("pauser")));
        ledger.pause(SOURCE, 0, 2, uint40(START + 1));
        vm.startPrank(pauser);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.PauseTargetUnclear.selector, SOURCE, USD));
        ledger.pause(SOURCE, USD, 2, uint40(START + 1));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.PauseTargetUnclear.selector, 0, 0));
        ledger.pause(0, 0, 2, uint40(START + 1));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.PauseFlagsRefused.selector, 3, 2));
        ledger.pause(SOURCE, 0, 3, uint40(START + 1));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 8));
        ledger.pause(8, 0, 2, uint40(START + 1));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 8));
        ledger.pause(0, 8, 2, uint40(START + 1));
        vm.stopPrank();
    }

    function test_refuses_pauses_that_end_too_early_too_late_or_before_the_running_one() public {
        vm.startPrank(pauser);
        uint256 latest = START + 72 hours;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.UntilOutOfRange.selector, START, START + 1, latest));
        ledger.pause(SOURCE, 0, 2, uint40(START));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.UntilOutOfRange.selector, latest + 1, START + 1, latest));
        ledger.pause(SOURCE, 0, 2, uint40(latest + 1));
        ledger.pause(SOURCE, 0, 2, uint40(START + 100));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.UntilOutOfRange.selector, START + 99, START + 100, latest));
        ledger.pause(SOURCE, 0, 2, uint40(START + 99));
        vm.stopPrank();
    }

    function test_refuses_a_third_pause_in_a_row_and_allows_one_after_a_rest() public {
        vm.startPrank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 72 hours));
        vm.warp(START + 100 hours);
        ledger.pause(0, USD, 2, uint40(START + 172 hours));
        vm.warp(START + 244 hours - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.TooManyInARow.selector, 2, 2));
        ledger.pause(0, USD, 2, uint40(START + 245 hours));
        vm.warp(START + 244 hours);
        ledger.pause(0, USD, 2, uint40(START + 245 hours));
        vm.stopPrank();
    }

    /// @notice Whoever changes between a source and its assets rests all the same.
    function test_I9_a_source_and_its_assets_share_one_row_of_pauses() public {
        vm.startPrank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 72 hours));
        vm.warp(START + 72 hours);
        ledger.pause(SOURCE, 0, 2, uint40(START + 144 hours));
        vm.warp(START + 144 hours);
        ledger.pause(0, USD, 2, uint40(START + 216 hours));
        ledger.pause(0, ETH, 2, uint40(START + 216 hours));
        vm.warp(START + 216 hours);
        uint16[2] memory targets = [SOURCE, 0];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ILedgerTerms.UntilOutOfRange.selector,
                    START + 217 hours,
                    START + 216 hours + 1,
                    START + 216 hours
                )
            );
            ledger.pause(targets[i], i == 0 ? 0 : USD, 2, uint40(START + 217 hours));
        }
        vm.warp(START + 288 hours);
        ledger.pause(SOURCE, 0, 2, uint40(START + 360 hours));
        vm.stopPrank();
    }

    function test_a_paused_source_takes_no_entries_until_the_pause_ends_by_itself() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.Paused(SOURCE, 0, 2, uint40(START + 100));
        vm.prank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 100));
        (uint8 flags, uint40 until) = ledger.pauseOf(SOURCE, 0);
        assertEq(flags, 2);
        assertEq(until, START + 100);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.CreditPaused.selector, SOURCE, START + 100));
        this.applyExternal();
        vm.warp(START + 100);
        applyAll();
        assertEq(amountOf(alice, USD), ONE_USD);
        (flags, until) = ledger.pauseOf(SOURCE, 0);
        assertEq(flags, 0);
        assertEq(until, 0);
    }

    function test_a_paused_asset_parks_its_entries_and_blocks_no_other() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 100));
        assertEq(ledger.assetOf(USD).creditPausedUntil, START + 100);
        lock(USD, ONE_USD, accountOf(alice), 0);
        lock(ETH, ONE_ETH, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 0);
        assertEq(amountOf(alice, ETH), ONE_ETH);
        vm.warp(START + 100);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), ONE_USD);
    }

    function test_only_the_governor_lifts_a_pause() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        vm.startPrank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 100));
        ledger.pause(0, USD, 2, uint40(START + 100));
        vm.expectPartialRevert(ILedgerTerms.NotAuthorized.selector);
        ledger.unpause(SOURCE, 0);
        vm.stopPrank();
        vm.startPrank(governor);
        vm.expectEmit(address(ledger));
        emit ILedgerTerms.Unpaused(SOURCE, 0);
        ledger.unpause(SOURCE, 0);
        ledger.unpause(0, USD);
        vm.stopPrank();
        applyAll();
        assertEq(amountOf(alice, USD), ONE_USD);
        // What was lifted still counts as a pause in the row, and sets no end to the next one.
        vm.startPrank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 50));
        vm.expectPartialRevert(ILedgerTerms.TooManyInARow.selector);
        ledger.pause(SOURCE, 0, 2, uint40(START + 101));
        vm.stopPrank();
    }

    // Quarantine

    function test_refuses_a_quarantine_of_strangers_of_unknown_sources_and_beyond_72_hours() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("guardian"))
        );
        ledger.quarantine(SOURCE, uint40(START + 1));
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 8));
        ledger.quarantine(8, uint40(START + 1));
        vm.expectPartialRevert(ILedgerTerms.UntilOutOfRange.selector);
        ledger.quarantine(SOURCE, uint40(START + 72 hours + 1));
        vm.expectPartialRevert(ILedgerTerms.UntilOutOfRange.selector);
        ledger.quarantine(SOURCE, uint40(START));
        vm.stopPrank();
    }

    function test_a_quarantine_is_extended_once_never_shortened_and_lapses() public {
        vm.startPrank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 10));
        vm.expectPartialRevert(ILedgerTerms.UntilOutOfRange.selector);
        ledger.quarantine(SOURCE, uint40(START + 9));
        ledger.quarantine(SOURCE, uint40(START + 20));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.TooManyInARow.selector, 2, 2));
        ledger.quarantine(SOURCE, uint40(START + 30));
        (SourceState state, uint40 until, ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
        assertEq(until, START + 20);
        vm.warp(START + 20);
        (state, until, ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE));
        assertEq(until, 0);
        // A new one may be extended again.
        ledger.quarantine(SOURCE, uint40(START + 30));
        ledger.quarantine(SOURCE, uint40(START + 40));
        vm.stopPrank();
    }

    function applyExternal() external {
        applyAll();
    }

    /// @dev Terms of a second source: another vault on the same chain.
    function _source() private returns (SourceListing memory terms) {
        terms = sourceListing(8);
        terms.vault = makeAddr("second vault");
    }

    function _expectSource(SourceListing memory terms, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(governor);
        ledger.listSource(terms);
    }

    function _expectAsset(AssetListing memory terms, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(governor);
        ledger.listAsset(terms);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AssetListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerWords} from "../../../solidity/ledger/LedgerWords.sol";
import {Ramp, WeightRamp} from "../../../solidity/risk/WeightRamp.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice Weights that change after listing: tightened by the risk admin, loosened by the governor, never at once for
///         maintenance, never above their maximum. Assets of the fixture weigh 8,000 / 8,500, its source 9,000 / 9,500.
contract LedgerWeightsTest is LedgerFixture {
    using stdJson for string;

    function test_refuses_weights_of_anybody_but_governor_and_risk_admin() public {
        address[3] memory others = [guardian, pauser, alice];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                ILedgerTerms.NotAuthorized.selector,
                others[i],
                bytes32("riskAdmin")
            );
            vm.startPrank(others[i]);
            vm.expectRevert(refusal);
            ledger.setWeights(USD, 1, 1);
            vm.expectRevert(refusal);
            ledger.setSourceWeights(SOURCE, 1, 1);
            vm.stopPrank();
        }
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_the_risk_admin_lowers_only(uint16 initialBp, uint16 maintenanceBp) public {
        maintenanceBp = uint16(bound(maintenanceBp, 0, 9_800));
        initialBp = uint16(bound(initialBp, 0, maintenanceBp < 9_500 ? maintenanceBp : 9_500));
        bool tighter = initialBp <= 8_000 && maintenanceBp <= 8_500 && (initialBp < 8_000 || maintenanceBp < 8_500);
        vm.prank(riskAdmin);
        if (!tighter) {
            vm.expectRevert(
                abi.encodeWithSelector(ILedgerTerms.WeightsNotTighter.selector, initialBp, maintenanceBp, 8_000, 8_500)
            );
        }
        ledger.setWeights(USD, initialBp, maintenanceBp);
        (uint256 initialNow, uint256 maintenanceNow) = _weights(USD);
        assertEq(initialNow, tighter ? initialBp : 8_000, "an initial weight changes at once");
        assertEq(maintenanceNow, 8_500, "a maintenance weight never falls at once");
    }

    function test_the_risk_admin_never_takes_back_what_it_tightened() public {
        vm.startPrank(riskAdmin);
        ledger.setWeights(USD, 7_000, 8_000);
        // The weight is still 8,500; where it is falling to is what counts.
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WeightsNotTighter.selector, 7_000, 8_001, 7_000, 8_000));
        ledger.setWeights(USD, 7_000, 8_001);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WeightsNotTighter.selector, 7_000, 8_000, 7_000, 8_000));
        ledger.setWeights(USD, 7_000, 8_000);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_no_weight_passes_its_maximum(uint16 initialBp, uint16 maintenanceBp) public {
        // Half of the runs lie near the two maxima.
        if (initialBp % 2 == 0) {
            initialBp = uint16(bound(initialBp, 9_400, 9_600));
            maintenanceBp = uint16(bound(maintenanceBp, 9_501, 10_050));
        }
        vm.assume(initialBp > 9_500 || maintenanceBp > 9_800 || initialBp > maintenanceBp);
        bytes memory refusal =
            initialBp > maintenanceBp || maintenanceBp > 10_000
                ? abi.encodeWithSelector(ILedgerTerms.WeightOutOfRange.selector, initialBp, maintenanceBp)
                : abi.encodeWithSelector(ILedgerTerms.WeightAboveMax.selector, initialBp, maintenanceBp, 9_500, 9_800);
        AssetListing memory listing = assetListing(SOURCE, 3, 1, 6);
        (listing.initialBp, listing.maintenanceBp) = (initialBp, maintenanceBp);
        vm.startPrank(governor);
        vm.expectRevert(refusal);
        ledger.setWeights(USD, initialBp, maintenanceBp);
        vm.expectRevert(refusal);
        ledger.listAsset(listing);
        ledger.setWeights(USD, 9_500, 9_800);
    }

    function test_a_source_weighs_at_most_the_whole() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WeightOutOfRange.selector, 10_000, 10_001));
        ledger.setSourceWeights(SOURCE, 10_000, 10_001);
        ledger.setSourceWeights(SOURCE, 10_000, 10_000);
        (, uint256 source) = ledger.termWordsOf(USD);
        (uint256 initialBp, uint256 maintenanceBp) = LedgerWords.weightOf(source);
        assertEq(initialBp, 10_000);
        assertEq(maintenanceBp, 10_000);
    }

    function test_a_maintenance_weight_falls_in_a_line_and_tells_its_end() public {
        vm.expectEmit();
        emit ILedgerTerms.ParamsScheduled(SOURCE, USD, 1, 7_000, 8_500, 7_500, uint40(START), uint40(START + 4 days));
        vm.prank(riskAdmin);
        ledger.setWeights(USD, 7_000, 7_500);
        (uint256 seconds_, uint256 expected) = (0, 8_500);
        for (; seconds_ <= 6 days; seconds_ += 12 hours) {
            vm.warp(START + seconds_);
            (uint256 initialBp, uint256 maintenanceBp) = _weights(USD);
            assertEq(initialBp, 7_000);
            assertEq(maintenanceBp, expected);
            if (expected > 7_500) expected -= 125;
        }
        assertEq(ledger.assetOf(USD).terms.maintenanceBp, 7_500);
        assertEq(ledger.rampOf(USD).version, 1);
        (, uint256 other) = _weights(ETH);
        assertEq(other, 8_500, "another asset's weight fell");
    }

    function test_a_way_is_over_in_the_second_of_its_end() public {
        vm.startPrank(riskAdmin);
        ledger.setWeights(USD, 7_000, 7_500);
        uint40 end = uint40(START + 4 days);
        vm.warp(end);
        vm.expectEmit();
        emit ILedgerTerms.ParamsScheduled(SOURCE, USD, 2, 6_000, 7_500, 7_500, end, end);
        ledger.setWeights(USD, 6_000, 7_500);
        vm.stopPrank();
    }

    function test_a_way_that_keeps_its_target_goes_on_as_it_was() public {
        uint40 end = uint40(START + 4 days);
        vm.startPrank(riskAdmin);
        ledger.setWeights(USD, 7_000, 7_500);
        vm.warp(START + 1 days);
        vm.expectEmit();
        emit ILedgerTerms.ParamsScheduled(SOURCE, USD, 2, 6_000, 8_500, 7_500, uint40(START), end);
        ledger.setWeights(USD, 6_000, 7_500);
        vm.stopPrank();
        assertEq(ledger.rampOf(USD).end, end);
    }

    function test_a_sources_weight_falls_as_an_assets_does() public {
        uint40 end = uint40(START + 2 days);
        vm.expectEmit();
        emit ILedgerTerms.ParamsScheduled(SOURCE, 0, 1, 8_000, 9_500, 9_000, uint40(START), end);
        vm.prank(riskAdmin);
        ledger.setSourceWeights(SOURCE, 8_000, 9_000);
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(START + i * 1 days);
            (, uint256 source) = ledger.termWordsOf(USD);
            (uint256 initialBp, uint256 maintenanceBp) = LedgerWords.weightOf(source);
            assertEq(initialBp, 8_000);
            assertEq(maintenanceBp, 9_500 - i * 250);
        }
    }

    function test_an_asset_weighs_at_most_what_the_best_of_the_base_table_does() public {
        uint16[2][2] memory above = [[uint16(9_501), 9_800], [uint16(9_500), 9_801]];
        vm.startPrank(governor);
        for (uint256 i = 0; i < 2; ++i) {
            (uint16 initialBp, uint16 maintenanceBp) = (above[i][0], above[i][1]);
            vm.expectRevert(
                abi.encodeWithSelector(ILedgerTerms.WeightAboveMax.selector, initialBp, maintenanceBp, 9_500, 9_800)
            );
            ledger.setWeights(USD, initialBp, maintenanceBp);
        }
        ledger.setWeights(USD, 9_500, 9_800);
        vm.stopPrank();
        (uint256 initialNow, uint256 maintenanceNow) = _weights(USD);
        assertEq(initialNow, 9_500);
        assertEq(maintenanceNow, 9_800);
    }

    function test_a_small_step_takes_24_hours() public {
        vm.prank(riskAdmin);
        ledger.setSourceWeights(SOURCE, 9_000, 9_400);
        assertEq(ledger.sourceRampOf(SOURCE).end, START + 24 hours);
        vm.warp(START + 12 hours);
        (, uint256 source) = ledger.termWordsOf(USD);
        (, uint256 maintenanceBp) = LedgerWords.weightOf(source);
        assertEq(maintenanceBp, 9_450);
    }

    function test_the_margin_follows_the_ramp() public {
        setPrices(1e12, 2000e12);
        bytes32 account = _fund(200 * ONE_USD);
        (, , , , uint256 before, , , ) = ledger.marginOf(account);
        assertEq(before, (200e18 * 8_500 * 9_500) / 1e8);
        vm.prank(riskAdmin);
        ledger.setWeights(USD, 8_000, 8_000);
        // The source is stale after 90 minutes: look at the margin inside of them.
        vm.warp(START + 72 minutes);
        (, , , , uint256 after_, , , ) = ledger.marginOf(account);
        // 12.5 basis points, and the weight is rounded up.
        assertEq(after_, (200e18 * 8_488 * 9_500) / 1e8);
        assertEq(lens.marginBreakdown(account)[0].margin.maintenanceWad, after_);
        assertEq(lens.weightsOf(USD).baseM, 848_800);
    }

    function test_loosening_is_the_governors_and_ends_a_ramp() public {
        vm.prank(riskAdmin);
        ledger.setWeights(USD, 7_000, 7_000);
        vm.warp(START + 2 days);
        (, uint256 present) = _weights(USD);
        assertEq(present, 8_000);
        // Halfway back: still below the weight of the moment, so it goes on falling, more slowly.
        vm.prank(governor);
        ledger.setWeights(USD, 7_000, 7_800);
        (, present) = _weights(USD);
        assertEq(present, 8_000);
        assertEq(ledger.rampOf(USD).end, START + 2 days + 24 hours);
        vm.prank(governor);
        ledger.setWeights(USD, 8_100, 8_600);
        (, present) = _weights(USD);
        assertEq(present, 8_600);
        assertEq(ledger.rampOf(USD).version, 3);
    }

    function test_a_governor_that_lowers_a_weight_waits_too() public {
        vm.prank(governor);
        ledger.setWeights(USD, 0, 0);
        (uint256 initialBp, uint256 maintenanceBp) = _weights(USD);
        assertEq(initialBp, 0);
        assertEq(maintenanceBp, 8_500);
        assertEq(ledger.rampOf(USD).end, START + 34 days);
    }

    /// @notice However often and to whatever targets it is tightened, a weight loses at most 2.5 points in any 24 hours.
    function testFuzz_I5_no_sequence_of_tightenings_falls_faster_than_five_points_a_day(
        uint16[24] memory steps,
        uint32[24] memory waits
    ) public {
        uint256[24] memory at;
        uint256[24] memory weights;
        uint256 target = 8_500;
        uint256 time = START;
        for (uint256 i = 0; i < 24; ++i) {
            time += bound(waits[i], 1, 16 hours);
            vm.warp(time);
            uint256 step = bound(steps[i], 1, 700);
            target = step < target ? target - step : 0;
            if (target < ledger.assetOf(USD).terms.maintenanceBp) {
                vm.prank(riskAdmin);
                ledger.setWeights(USD, 0, uint16(target));
            }
            (at[i], weights[i]) = (time, _maintenance());
            for (uint256 j = 0; j < i; ++j) {
                assertLe(weights[i], weights[j], "a weight rose");
                // A straight line through the window, and one basis point for the rounding of either end.
                uint256 most = (250 * (at[i] - at[j])) / 1 days + 1;
                assertLe(weights[j] - weights[i], most, "a weight fell too fast");
            }
        }
    }

    /// @notice A line's weight is the product of its asset's and its source's, and both dials are the risk admin's.
    function test_I5_both_dials_together_fall_by_at_most_five_points_a_day() public {
        vm.startPrank(governor);
        ledger.setWeights(USD, 8_000, 9_800);
        ledger.setSourceWeights(SOURCE, 9_000, 10_000);
        vm.stopPrank();
        vm.startPrank(riskAdmin);
        ledger.setWeights(USD, 0, 0);
        ledger.setSourceWeights(SOURCE, 0, 0);
        vm.stopPrank();
        uint256 before = 98_000_000;
        for (uint256 day = 1; day <= 10; ++day) {
            vm.warp(START + day * 1 days);
            (, uint256 asset) = _weights(USD);
            (, uint256 word) = ledger.termWordsOf(USD);
            (, uint256 source) = LedgerWords.weightOf(word);
            assertGe(asset * source + 5_000_000, before);
            before = asset * source;
        }
    }

    function testFuzz_I5_a_ramp_started_anew_in_every_block_falls_no_faster(uint16 blocks) public {
        uint256 count = bound(blocks, 1, 300);
        for (uint256 i = 1; i <= count; ++i) {
            vm.prank(riskAdmin);
            ledger.setWeights(USD, 0, uint16(7_000 - i));
            vm.warp(START + i * 12);
        }
        assertGe(_maintenance(), 8_500 - (250 * count * 12) / 1 days - 1);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_ramp_lies_between_its_ends_and_ends_at_its_target(
        uint16 from,
        uint16 to,
        uint40 start,
        uint256 time
    ) public pure {
        from = uint16(bound(from, 1, 10_000));
        to = uint16(bound(to, 0, from - 1));
        start = uint40(bound(start, 1, type(uint40).max - 41 days));
        uint256 duration = WeightRamp.durationOf(from - to);
        assertGe(duration, 24 hours);
        assertLe((uint256(from - to) * 1 days), 250 * duration, "steeper than 2.5 points a day");
        Ramp memory ramp = Ramp(from, to, start, uint40(start + duration), 1);
        uint256 weight = WeightRamp.weightAt(ramp, time);
        assertGe(weight, to);
        assertLe(weight, from);
        assertEq(WeightRamp.weightAt(ramp, ramp.end), to);
        assertEq(WeightRamp.weightAt(ramp, ramp.start), from);
    }

    function test_every_worked_ramp_has_the_expected_weights() public view {
        string memory json = vm.readFile("vectors/weight-ramp.json");
        uint256 count;
        while (vm.keyExistsJson(json, _path(count, "id"))) ++count;
        assertGe(count, 12, "the vector file has lost cases");
        for (uint256 i = 0; i < count; ++i) {
            Ramp memory ramp = Ramp({
                fromBp: uint16(_read(json, i, "fromBp")),
                toBp: uint16(_read(json, i, "toBp")),
                start: uint40(_read(json, i, "start")),
                end: uint40(_read(json, i, "end")),
                version: 1
            });
            assertEq(
                WeightRamp.weightAt(ramp, _read(json, i, "time")),
                _read(json, i, "expectedBp"),
                json.readString(_path(i, "id"))
            );
        }
    }

    function _fund(uint128 amount) private returns (bytes32 account) {
        account = accountOf(alice);
        lock(USD, amount, account, 0);
        applyAll();
    }

    function _weights(uint16 assetId) private view returns (uint256 initialBp, uint256 maintenanceBp) {
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        return LedgerWords.baseOf(asset);
    }

    function _maintenance() private view returns (uint256 maintenanceBp) {
        (, maintenanceBp) = _weights(USD);
    }

    function _path(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "].", field);
    }

    function _read(string memory json, uint256 i, string memory field) private pure returns (uint256) {
        return vm.parseUint(json.readString(_path(i, field)));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AssetListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {ILedgerLens, LineView} from "../../solidity/lens/ILedgerLens.sol";
import {Factors, LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {LedgerLens} from "../../solidity/lens/LedgerLens.sol";
import {LedgerWords} from "../../solidity/ledger/LedgerWords.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {Building} from "../harness/Building.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @notice What the ledger says an account is worth, and that it always answers.
contract LedgerMarginTest is LedgerFixture, Building {
    /// @dev So high that none of these credits is above the season level.
    function capOfAssets() internal pure override returns (uint64) {
        return 16_000_000;
    }

    function setUp() public override {
        super.setUp();
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 20 * ONE_ETH, accountOf(alice), 0);
        lock(USD, 5 * ONE_USD, accountOf(bob), 0);
        applyAll();
    }

    function test_refuses_a_lens_without_a_ledger() public {
        vm.expectRevert(ILedgerLens.LedgerMissing.selector);
        this.build("LedgerLens.sol:LedgerLens", abi.encode(address(1)));
    }

    function test_refuses_to_answer_with_too_little_gas() public {
        vm.etch(address(risk), hex"fe");
        bytes memory question = abi.encodeCall(ILedgerMargin.marginOf, (accountOf(alice)));
        (bool ok, bytes memory answer) = address(ledger).staticcall{gas: 300_000}(question);
        assertFalse(ok);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
    }

    /// @dev Of a unit that is given, at most one arrives: no amount is passed over.
    function test_refuses_up_to_the_last_unit_of_gas_that_is_too_little() public {
        vm.etch(address(risk), hex"5f5ffd");
        bytes memory question = abi.encodeCall(ILedgerMargin.marginOf, (accountOf(alice)));
        uint256 needed = 400_000;
        uint256 given = 300_000;
        uint256 left;
        (bool ok, bytes memory answer) = address(ledger).staticcall{gas: given}(question);
        while (!ok) {
            assembly ("memory-safe") {
                left := mload(add(answer, 0x24))
            }
            assertEq(answer, abi.encodeWithSelector(IEdge.GasTooLow.selector, left, needed));
            assertLt(left, needed);
            given += left < needed - 1 ? needed - 1 - left : 1;
            (ok, answer) = address(ledger).staticcall{gas: given}(question);
        }
        assertEq(left, needed - 1);
    }

    function test_answers_that_nothing_is_known_when_the_risk_manager_fails() public {
        // Consumes all gas; reverts; answers nothing; answers four words; answers a megabyte.
        bytes[5] memory broken = [bytes(hex"fe"), hex"5f5ffd", hex"00", hex"60805ff3", hex"620f42405ff3"];
        for (uint256 i = 0; i < 5; ++i) {
            vm.etch(address(risk), broken[i]);
            (
                uint256 aI,
                uint256 qI,
                uint256 aE,
                uint256 qE,
                uint256 aM,
                uint256 qM,
                uint256 status,
                uint256 asOf
            ) = ledger.marginOf{gas: 5_000_000}(accountOf(alice));
            assertEq(aI + qI + aE + qE + aM + qM + asOf, 0);
            assertEq(status, 32);
        }
    }

    function test_sums_haircut_values_over_lines_at_three_grades() public view {
        (uint256 aI, uint256 qI, uint256 aE, uint256 qE, uint256 aM, uint256 qM, uint256 status, uint256 asOf) = ledger
            .marginOf(accountOf(alice));
        // 100 + 20 · 2000 = 40,100; weights 0.80 · 0.90, 0.80 · 0.95, 0.85 · 0.95
        assertEq(aI, 28_872e18);
        assertEq(aE, 30_476e18);
        assertEq(aM, 32_380.75e18);
        assertEq(qI + qE + qM, 0);
        assertEq(status, 0);
        assertEq(asOf, START);
    }

    function test_lines_that_are_not_enabled_count_nothing() public {
        (uint256 aI, , , , uint256 aM, , uint256 status, uint256 asOf) = ledger.marginOf(accountOf(bob));
        assertEq(aI + aM + status, 0);
        assertEq(asOf, START);
        vm.prank(bob);
        ledger.setEnabled(accountOf(bob), USD, true);
        (aI, , , , , , , ) = ledger.marginOf(accountOf(bob));
        assertEq(aI, 3.6e18);
    }

    function test_margin_follows_price_and_age() public {
        vm.warp(START + 165 minutes);
        setPrices(1e12, 1000e12);
        // The slow price follows within the hour.
        vm.warp(START + 225 minutes);
        setPrices(1e12, 1000e12);
        (uint256 aI, , uint256 aE, , uint256 aM, , uint256 status, uint256 asOf) = ledger.marginOf(accountOf(alice));
        // Halfway between stale (90 min) and dark (360 min).
        assertEq(aI, (20_100e18 * 72) / 200);
        assertEq(aE, 15_276e18);
        assertEq(aM, 16_230.75e18);
        assertEq(status, 4);
        assertEq(asOf, START);
        refreshNow();
        (aI, , , , , , status, asOf) = ledger.marginOf(accountOf(alice));
        assertEq(aI, 14_472e18);
        assertEq(status, 0);
        assertEq(asOf, START + 225 minutes);
    }

    function test_quarantine_takes_initial_freezes_maintenance_and_keeps_prices_live() public {
        vm.warp(START + 72 hours + 2 days);
        setPrices(1e12, 2000e12);
        (, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aM, (32_380.75e18 * 9) / 10);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(block.timestamp + 72 hours));
        vm.warp(block.timestamp + 71 hours);
        setPrices(1e12, 2000e12);
        uint256 aI;
        uint256 status;
        (aI, , , , aM, , status, ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, 0);
        assertEq(aM, (32_380.75e18 * 9) / 10, "frozen");
        assertEq(status, 16);
        setPrices(1e12, 1000e12);
        vm.warp(block.timestamp + 1);
        setPrices(1e12, 1000e12);
        (, , , , aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aM, (16_230.75e18 * 9) / 10, "live price");
    }

    function test_extending_a_quarantine_keeps_the_frozen_weight() public {
        vm.warp(START + 72 hours + 1 days);
        vm.startPrank(guardian);
        ledger.quarantine(SOURCE, uint40(block.timestamp + 72 hours));
        vm.warp(block.timestamp + 71 hours);
        ledger.quarantine(SOURCE, uint40(block.timestamp + 72 hours));
        vm.stopPrank();
        assertEq(lens.weightsOf(USD).freshM, 950_000);
        assertEq(lens.weightsOf(USD).freshI, 0);
    }

    function test_breakdown_sums_to_the_margin_to_the_last_integer() public {
        vm.warp(START + 200 minutes + 7);
        setPrices(999_877_123_456, 2_345_678_912_345_678);
        LineView[] memory lines = lens.marginBreakdown(accountOf(alice));
        assertEq(lines.length, 2);
        (uint256 aI, , uint256 aE, , uint256 aM, , uint256 status, ) = ledger.marginOf(accountOf(alice));
        assertEq(lines[0].margin.initialWad + lines[1].margin.initialWad, aI);
        assertEq(lines[0].margin.exitWad + lines[1].margin.exitWad, aE);
        assertEq(lines[0].margin.maintenanceWad + lines[1].margin.maintenanceWad, aM);
        assertEq(lines[0].margin.status | lines[1].margin.status, status);
        assertEq(lines[1].assetId, ETH);
        assertEq(lines[1].source, SOURCE);
        assertEq(lines[1].vaultAsset, ETH);
        assertEq(lines[1].underlying, 2);
        assertEq(lines[1].decimals, 18);
        assertEq(lines[1].asOf, START);
        assertEq(lines[1].margin.units, 20 * ONE_ETH);
        assertEq(lines[1].margin.price, 2_345_678_912_345_678);
        assertEq(lens.ledger(), address(ledger));
    }

    function test_words_lie_as_line_words_state() public {
        AssetListing memory terms = assetListing(SOURCE, 300, 2, 24);
        (terms.initialBp, terms.maintenanceBp, terms.ownPrice) = (1_234, 5_678, 1);
        (terms.minMillionths, terms.capThousandths) = (type(uint64).max - 1, type(uint64).max - 2);
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(terms);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 5));
        (uint256 asset, uint256 source) = ledger.termWordsOf(assetId);
        assertEq(uint16(asset), SOURCE);
        assertEq(uint16(asset >> 16), 300);
        assertEq(LedgerWords.underlyingOf(asset), 2);
        assertEq(LedgerWords.decimalsOf(asset), 24);
        assertEq(uint8(asset >> 56), 0);
        (uint256 initialBp, uint256 maintenanceBp) = LedgerWords.baseOf(asset);
        assertEq(initialBp, 1_234);
        assertEq(maintenanceBp, 5_678);
        assertEq(uint64(asset >> 96), type(uint64).max - 1);
        assertEq(uint64(asset >> 160), type(uint64).max - 2);
        assertEq(LedgerWords.ownPriceOf(asset), 1);
        assertEq(asset >> 240, 0);
        assertEq(LedgerWords.asOfOf(source), START);
        (uint256 state, uint256 until) = LedgerWords.stateOf(source);
        assertEq(state, uint256(SourceState.QUARANTINED));
        assertEq(until, START + 5);
        (initialBp, maintenanceBp) = LedgerWords.weightOf(source);
        assertEq(initialBp, 9_000);
        assertEq(maintenanceBp, 9_500);
        (uint256 stale, uint256 dark, uint256 falls) = LedgerWords.agesOf(source);
        assertEq(stale, 90);
        assertEq(dark, 360);
        assertEq(falls, 4_320);
        assertEq(LedgerWords.frozenOf(source), 10_000);
        (uint16[] memory assetIds, LineWords[] memory words) = ledger.lineWordsOf(accountOf(alice));
        assertEq(assetIds[0], USD);
        assertEq(LedgerWords.amountOf(words[0].line), 100 * ONE_USD);
        assertEq(words[0].source, source);
    }

    function test_weights_of_an_asset_are_those_of_its_lines() public view {
        Factors memory f = lens.weightsOf(USD);
        assertEq(abi.encode(f), abi.encode(lens.marginBreakdown(accountOf(alice))[0].margin.factors));
        assertEq(f.baseI, 800_000);
        assertEq(f.baseM, 850_000);
        assertEq(f.sourceI, 900_000);
        assertEq(f.sourceM, 950_000);
        assertEq(f.size, 1_000_000);
        assertEq(f.volI, 1_000_000);
        assertEq(f.volM, 1_000_000);
    }

    /// @notice Whatever the line's word and the time, the view answers, grades in order.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_margin_never_reverts(uint256 usd, uint256 eth, uint40 time, bytes32 account) public {
        vm.warp(time);
        _setWord(account, USD, usd);
        _setWord(account, ETH, eth);
        vm.store(address(ledger), keccak256(abi.encode(account, 1)), bytes32(uint256(USD) | (uint256(ETH) << 16)));
        (uint256 aI, , uint256 aE, , uint256 aM, , uint256 status, ) = ledger.marginOf(account);
        assertLe(aI, aE);
        assertLe(aE, aM);
        assertLt(status, 32);
    }

    function _setWord(bytes32 account, uint16 assetId, uint256 word) private {
        vm.store(address(ledger), keccak256(abi.encode(assetId, keccak256(abi.encode(account, 0)))), bytes32(word));
    }
}

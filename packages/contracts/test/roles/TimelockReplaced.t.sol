// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {ISuretyTimelock} from "../../solidity/roles/ISuretyTimelock.sol";
import {IVaultAdmin} from "../../solidity/interfaces/vault/IVaultAdmin.sol";
import {IVaultWitnesses} from "../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {Timelocked} from "./Timelocked.sol";
import {VaultFixture} from "../vault/VaultFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice What the governor of a ledger scheduled in calm, and what other roles tightened before it is ready.
contract TimelockReplacedLedgerTest is LedgerFixture, Timelocked {
    uint40 private hence;

    function setUp() public override {
        governor = makeTimelock();
        super.setUp();
        hence = uint40(vm.getBlockTimestamp());
        vm.startPrank(governor);
        ledger.setFast(USD, 1_000);
        vm.stopPrank();
    }

    function test_incident_a_loosening_that_was_scheduled_in_calm_undoes_nothing_that_was_tightened_in_a_crisis()
        public
    {
        bytes[4] memory acts = [
            abi.encodeCall(ILedgerTerms.setCap, (USD, 2_000_000)),
            abi.encodeCall(ILedgerTerms.setFast, (USD, 2_000)),
            abi.encodeCall(ILedgerTerms.setWeights, (USD, 9_400, 9_700)),
            abi.encodeCall(ILedgerTerms.setSourceWeights, (SOURCE, 9_900, 9_900))
        ];
        for (uint256 i = 0; i < 4; ++i) schedule(address(ledger), acts[i], bytes32(i));
        skip(7 days);
        vm.startPrank(riskAdmin);
        ledger.setCap(USD, 900_000);
        ledger.setFast(USD, 900);
        ledger.setWeights(USD, 5_000, 6_000);
        ledger.setSourceWeights(SOURCE, 5_000, 6_000);
        vm.stopPrank();
        for (uint256 i = 0; i < 4; ++i) expectReplaced(acts[i], bytes32(i));
    }

    function test_what_nobody_changed_runs_and_another_asset_is_another_value() public {
        bytes memory act = abi.encodeCall(ILedgerTerms.setCap, (USD, 2_000_000));
        schedule(address(ledger), act, 0);
        skip(7 days);
        vm.prank(riskAdmin);
        ledger.setCap(ETH, 900_000);
        timelock.execute(address(ledger), 0, act, 0, 0);
    }

    function test_incident_an_unpause_lifts_the_pause_that_it_was_scheduled_for_and_no_later_one() public {
        bytes memory act = abi.encodeCall(ILedgerTerms.unpause, (0, USD));
        schedule(address(ledger), act, "calm");
        skip(6 days);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(vm.getBlockTimestamp() + 72 hours));
        skip(1 days);
        expectReplaced(act, "calm");
    }

    function test_incident_a_witness_is_named_with_the_code_that_it_had_when_the_act_was_scheduled() public {
        address at = makeAddr("witness to be");
        bytes memory act = abi.encodeCall(ILedgerTerms.setWitness, (SOURCE, 0, at, true));
        schedule(address(ledger), act, "empty");
        vm.etch(at, address(new TestWitness()).code);
        schedule(address(ledger), act, "built");
        skip(7 days);
        expectReplaced(act, "empty");
        timelock.execute(address(ledger), 0, act, 0, "built");
    }

    function test_an_operation_of_several_calls_replaces_what_all_of_them_replace() public {
        (address[] memory targets, bytes[] memory payloads) = (new address[](2), new bytes[](2));
        (targets[0], targets[1]) = (address(ledger), address(ledger));
        payloads[0] = abi.encodeCall(ILedgerTerms.setCap, (USD, 2_000_000));
        payloads[1] = abi.encodeCall(ILedgerTerms.setFast, (USD, 2_000));
        vm.startPrank(PROPOSER);
        timelock.scheduleBatch(targets, new uint256[](2), payloads, 0, "one", 7 days);
        timelock.scheduleBatch(targets, new uint256[](2), payloads, 0, "other", 7 days);
        vm.stopPrank();
        skip(7 days);
        timelock.executeBatch(targets, new uint256[](2), payloads, 0, "one");
        vm.expectPartialRevert(ISuretyTimelock.ReplacedMeanwhile.selector);
        timelock.executeBatch(targets, new uint256[](2), payloads, 0, "other");
    }

    function test_an_act_on_what_is_listed_later_replaces_nothing() public {
        bytes memory act = abi.encodeCall(ILedgerTerms.setCap, (3, 2_000_000));
        schedule(address(ledger), act, 0);
        vm.prank(governor);
        ledger.listAsset(assetListing(SOURCE, 3, 1, 6));
        skip(7 days);
        timelock.execute(address(ledger), 0, act, 0, 0);
    }

    function test_other_acts_replace_nothing() public {
        assertEq(ledger.replacedBy(abi.encodeCall(ILedgerTerms.quarantine, (SOURCE, hence))), 0);
    }

    function expectReplaced(bytes memory act, bytes32 salt) private {
        vm.expectPartialRevert(ISuretyTimelock.ReplacedMeanwhile.selector);
        timelock.execute(address(ledger), 0, act, 0, salt);
    }
}

/// @notice The same at a vault.
contract TimelockReplacedVaultTest is VaultFixture, Timelocked {
    function setUp() public override {
        governor = makeTimelock();
        super.setUp();
        list(address(new PlainToken("USD", 6)), 6);
        list(address(new PlainToken("USD", 6)), 6);
    }

    function test_incident_an_unpause_lifts_the_pauses_that_it_was_scheduled_for_and_no_later_ones() public {
        for (uint16 asset = 0; asset < 3; ++asset) {
            schedule(address(vault), abi.encodeCall(IVaultAdmin.unpause, (9, asset)), "a");
        }
        skip(6 days);
        vm.prank(pauser);
        vault.pause(8, 2, uint40(vm.getBlockTimestamp() + 72 hours));
        skip(1 days);
        expectReplaced(abi.encodeCall(IVaultAdmin.unpause, (9, 0)), "a");
        timelock.execute(address(vault), 0, abi.encodeCall(IVaultAdmin.unpause, (9, 1)), 0, "a");
        expectReplaced(abi.encodeCall(IVaultAdmin.unpause, (9, 2)), "a");
    }

    function test_incident_a_witness_is_named_with_the_code_that_it_had_when_the_act_was_scheduled() public {
        address at = makeAddr("witness to be");
        bytes memory act = abi.encodeCall(IVaultWitnesses.setWitness, (0, at, true));
        schedule(address(vault), act, "empty");
        vm.etch(at, address(new TestWitness()).code);
        schedule(address(vault), act, "built");
        skip(7 days);
        expectReplaced(act, "empty");
        timelock.execute(address(vault), 0, act, 0, "built");
    }

    function test_incident_a_question_without_gas_leaves_no_act_unbound() public {
        for (uint256 i = 0; i < 120; ++i) list(address(new PlainToken("T", 6)), 6);
        bytes memory act = abi.encodeCall(IVaultAdmin.unpause, (9, 0));
        bytes memory call_ = abi.encodeCall(timelock.schedule, (address(vault), 0, act, 0, "s", 48 hours));
        (uint256 scheduled, uint256 starved) = (0, 0);
        for (uint256 gas_ = 200_000; gas_ < 900_000; gas_ += 25_000) {
            uint256 snap = vm.snapshotState();
            vm.cool(address(vault));
            vm.prank(PROPOSER);
            (bool done, bytes memory answer) = address(timelock).call{gas: gas_}(call_);
            if (bytes4(answer) == ISuretyTimelock.QuestionStarved.selector) ++starved;
            if (done) {
                ++scheduled;
                vm.prank(pauser);
                vault.pause(9, 0, uint40(vm.getBlockTimestamp() + 72 hours));
                skip(48 hours);
                expectReplaced(act, "s");
            }
            vm.revertToState(snap);
        }
        assertGt(scheduled, 0);
        assertGt(starved, 0);
    }

    function expectReplaced(bytes memory act, bytes32 salt) private {
        vm.expectPartialRevert(ISuretyTimelock.ReplacedMeanwhile.selector);
        timelock.execute(address(vault), 0, act, 0, salt);
    }
}

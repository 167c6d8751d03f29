// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {IVaultGenerations} from "../solidity/interfaces/IVaultGenerations.sol";
import {Payment, PaymentState, ReleaseRefusal, VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";
import {TestWitness} from "./witnesses/TestWitness.sol";

/// @notice What is left of a replica that was closed, to the last field: its way, its limits, its payments, its reports.
contract VaultClosingStepsTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;

    // The way

    function test_a_way_is_told_from_its_beginning_to_its_end() public {
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        applyAll();
        beginClosing(1);
        bytes32 next = EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 1, heads[1]);
        _assertCrossing(next, 1, 2, heads[2], false);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.EdgeUndone(heads[0], 1);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.EdgeStateChanged(next, SourceState.LIVE, 0, "generation");
        vm.expectEmit(address(vault));
        emit IVaultGenerations.EdgeOpened(next, heads[0], 1);
        undoTo(1);
        _assertCrossing(next, 1, 1, heads[1], true);
    }

    /// @notice Each step goes through 256 assets, and the edge opens with the one that goes through the last.
    function test_I14_a_vault_of_257_assets_is_closed_in_two_steps() public {
        _needWitness(0);
        PlainToken last = new PlainToken("LAST", 6);
        // What a token answers does not matter here.
        for (uint160 i = 0; i < 255; ++i) {
            address other = address(0x10000 + i);
            vm.etch(other, hex"00");
            list(other, 6);
        }
        uint16 which = list(address(last), 6);
        assertEq(which, 257);
        lockFor(which, IERC20(address(last)), LOCKED);
        release(ONE, bob, 0);
        append(releaseEntry(which, 2 * ONE, bob, 0));
        applyAll();
        beginClosing(0);
        undoTo(0);
        assertEq(vault.inboundEdge(), heads[0], "one asset is left");
        assertEq(vault.assetOf(asset).cumFastBase, ONE);
        assertEq(vault.assetOf(which).cumFastBase, 0);
        vault.continueEdge(0, "");
        follow(0, 1);
        assertEq(vault.assetOf(which).cumFastBase, 2 * ONE);
    }

    // What was in use unconfirmed

    function test_I6_numbers_of_the_fast_limit_begin_anew() public {
        _needWitness(0);
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        vm.stopPrank();
        release(400 * ONE, bob, 0);
        release(500 * ONE, bob, 0);
        release(500 * ONE, bob, 0);
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.openCount, kept.openBy, kept.openAt > 0), abi.encode(1, 3, true));
        assertEq(abi.encode(kept.cumFast, kept.cumFastBase, kept.cumFastOpen), abi.encode(900 * ONE, 0, 400 * ONE));
        closeTo(0);
        kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.openCount, kept.openBy, kept.openAt), abi.encode(0, 0, 0));
        assertEq(
            abi.encode(kept.cumFast, kept.cumFastBase, kept.cumFastOpen),
            abi.encode(900 * ONE, 900 * ONE, 900 * ONE)
        );
    }

    function test_I6_a_witness_counts_anew_in_whichever_place() public {
        _needWitness(2);
        release(ONE, bob, 0);
        applyAll();
        closeTo(0);
        (, uint8 counting, uint8 conflicted, ) = vault.witnessPolicy();
        assertEq(abi.encode(counting, conflicted), abi.encode(4, 0));
    }

    // The quarantine

    function test_a_quarantine_that_ends_in_the_second_of_the_opening_is_over() public {
        release(ONE, bob, 0);
        applyAll();
        uint40 until = uint40(vm.getBlockTimestamp() + 10 hours);
        vm.prank(guardian);
        vault.quarantine(until);
        beginClosing(0);
        vm.warp(until);
        undoTo(0);
        _expectLive();
    }

    function test_an_edge_that_opens_without_a_quarantine_is_in_none() public {
        release(ONE, bob, 0);
        applyAll();
        closeTo(0);
        _expectLive();
    }

    // Payments

    function test_a_release_that_a_payment_settled_is_paid_and_nothing_else() public {
        release(ONE, bob, 0);
        applyAll();
        pay(1);
        closeTo(0);
        follow(0, 1);
        release(ONE, bob, 0);
        uint96 again = EdgeLib.sequenceOf(1, 1);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.Settled(again, ONE);
        applyAll();
        Payment memory paid = vault.payment(again);
        assertEq(paid.entryHash, bytes25(keccak256(entryOf(1))));
        assertEq(paid.readyAt, vm.getBlockTimestamp());
        assertEq(uint8(paid.state), uint8(PaymentState.PAID));
        assertEq(paid.flags, 0);
    }

    function test_a_payment_that_waits_goes_on_waiting_where_its_reroute_is_undone() public {
        _needWitness(0);
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        vm.stopPrank();
        release(1_001 * ONE, address(vault), 0);
        applyAll();
        uint8 flags = vault.payment(1).flags;
        assertEq(flags & 1, 1, "it waits");
        skip(31 days);
        _reroute(1, carol);
        applyAll();
        assertEq(vault.payment(1).flags, flags | 8);
        closeTo(1);
        assertEq(vault.payment(1).flags, flags);
    }

    function test_a_reroute_to_any_address_is_undone() public {
        release(ONE, address(0), 0);
        applyAll();
        skip(31 days);
        _reroute(1, address(1));
        applyAll();
        assertEq(vault.rerouteOf(1).to, address(1));
        beginClosing(1);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.RerouteUndone(2, 1);
        undoTo(1);
        assertEq(abi.encode(vault.rerouteOf(1)), abi.encode(address(0), bytes12(0)));
    }

    /// @notice No other entry takes a reroute back, whatever it names.
    function test_a_reroute_stands_where_an_entry_that_is_none_is_undone() public {
        release(ONE, address(0), 0);
        applyAll();
        skip(31 days);
        _reroute(1, carol);
        Entry memory other = releaseEntry(asset, 1, carol, 0);
        other.kind = EntryCodec.LOCK;
        append(other);
        applyAll();
        skip(73 hours);
        closeTo(2);
        assertEq(vault.rerouteOf(1).to, carol);
        assertEq(vault.payment(1).flags >> 3, 1);
    }

    function _needWitness(uint8 slot) private {
        TestWitness witness = new TestWitness();
        vm.startPrank(governor);
        vault.setWitness(slot, address(witness), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
    }

    function _reroute(uint128 which, address to) private {
        Entry memory entry = releaseEntry(asset, which, to, 0);
        entry.kind = EntryCodec.REROUTE;
        append(entry);
    }

    function _assertCrossing(bytes32 next, uint64 point, uint64 count, bytes32 head, bool done) private view {
        (bytes32 to, uint64 at, uint64 reached, bytes32 reachedHead, bool ended) = vault.crossingOf(heads[0]);
        assertEq(abi.encode(to, at, reached), abi.encode(next, point, count));
        assertEq(abi.encode(reachedHead, ended), abi.encode(head, done));
    }

    /// @dev No batch finds a quarantine that has lapsed.
    function _expectLive() private {
        follow(0, 1);
        release(ONE, bob, 0);
        vm.recordLogs();
        applyAll();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertNotEq(logs[i].topics[0], ICollateralVaultReleases.EdgeStateChanged.selector);
        }
    }
}

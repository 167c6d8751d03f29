// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IVaultReleases} from "../../solidity/interfaces/vault/IVaultPayments.sol";
import {EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {Packet} from "./LayerZeroStack.sol";
import {Observation} from "./WormholeStack.sol";
import {WormholeFixture} from "./WormholeFixture.sol";

/// @notice Bridges that are late, and one that tells of a block which its chain has dropped.
contract BridgeBadDaysTest is LayerZeroFixture, WormholeFixture {
    uint8 private constant LAYERZERO = 0;
    uint8 private constant WORMHOLE = 1;
    uint128 private constant FAST = 100 * ONE_USD;

    function setUp() public override(LayerZeroFixture, WormholeFixture) {
        super.setUp();
    }

    function test_I7_what_both_bridges_deliver_six_days_late_confirms_as_on_time() public {
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
        lockAtVault(alice, USD, FAST, accountOf(alice), 0);
        lockAtVault(alice, USD, 5 * ONE_USD, accountOf(alice), 0);
        applyMarked();
        Packet memory packet = lzPublish(true);
        bytes memory vaa = ledgerCore.sign(whPublish(true));
        skip(6 days);
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.UNCONFIRMED));
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 2);
        whAtLedger.deliver(vaa);
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
        ledger.confirm(SOURCE, WORMHOLE, 2);
        ledger.confirm(SOURCE, LAYERZERO, 2);
        assertEq(confirmedCount(), 2);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), FAST + 5 * ONE_USD);
    }

    function test_I6_a_bridge_below_finality_tells_of_a_dropped_block_and_contests_nothing() public {
        vm.prank(governor);
        ledger.setWitness(SOURCE, LAYERZERO, address(lzAtLedger), false);
        _tellOfDroppedBlock();
        lockOne();
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        assertEq(amountOf(alice, USD), ONE_USD);
        vm.expectPartialRevert(IEdge.RecordDiffers.selector);
        ledger.confirm(SOURCE, LAYERZERO, 1);
        // The place of the dropped packet is taken: the same one of the branch that stayed is lost, and the next gets through.
        Packet memory lost = lzPublish(true);
        vm.expectRevert();
        this.carryFromOutside(lost);
        lockOne();
        lzConvey();
        applyMarked();
        ledger.confirm(SOURCE, LAYERZERO, 2);
        assertEq(amountOf(alice, USD), 2 * ONE_USD);
    }

    function test_I8_a_dropped_block_over_a_bridge_that_may_contradict_contests_its_source_and_no_more() public {
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
        _tellOfDroppedBlock();
        lockOne();
        whConvey();
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        assertEq(amountOf(alice, USD), 0, "the first batch is put on record instead");
        applyMarked();
        assertEq(amountOf(alice, USD), ONE_USD);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
    }

    function test_I9_bridges_silent_past_seven_days_hold_nothing_longer_and_confirm_when_they_come() public {
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
        lockAtVault(alice, USD, FAST, accountOf(alice), 0);
        lockAtVault(alice, USD, 5 * ONE_USD, accountOf(alice), 0);
        applyMarked();
        Packet memory packet = lzPublish(true);
        bytes memory vaa = ledgerCore.sign(whPublish(true));
        uint256 opensAt = ledger.parkedOf(SOURCE, 2).readyAt;
        assertGe(opensAt, vm.getBlockTimestamp() + 7 days);
        vm.warp(opensAt - 1);
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 2);
        vm.warp(opensAt);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), FAST + 5 * ONE_USD);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, FAST, "what opened by its date takes nothing of it");
        skip(3 days);
        whAtLedger.deliver(vaa);
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
        ledger.confirm(SOURCE, WORMHOLE, 2);
        ledger.confirm(SOURCE, LAYERZERO, 2);
        assertEq(confirmedCount(), 2);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 0, "the fast limit is free again");
    }

    function test_I9_a_payment_waits_for_bridges_that_are_days_late_and_is_made_when_they_come() public {
        lockAtVault(alice, USD, 10 * ONE_USD, accountOf(alice), 0);
        applyMarked();
        vm.startPrank(governor);
        origin.setWitness(LAYERZERO, address(lzAtVault), true);
        origin.setWitness(WORMHOLE, address(whAtVault), true);
        origin.setWitnessPolicy(2);
        origin.setLimits(1, 0, type(uint64).max, 200_000);
        origin.setFastLimit(1, 10);
        vm.stopPrank();
        releaseOne();
        bytes memory entry = EntryCodec.pack(releaseEntry(bob));
        replayAtVault(0);
        Packet memory packet = lzPublish(false);
        bytes memory vaa = vaultCore.sign(whPublish(false));
        skip(5 days);
        vm.expectPartialRevert(IVaultReleases.PaymentUnconfirmed.selector);
        origin.pay(1, entry, relayer);
        whAtVault.deliver(vaa);
        origin.confirm(WORMHOLE, 1);
        vm.expectPartialRevert(IVaultReleases.PaymentUnconfirmed.selector);
        origin.pay(1, entry, relayer);
        vaultSide.carry(packet, LEDGER_BLOCKS, lzAtVault.RECEIVE_GAS());
        origin.confirm(LAYERZERO, 1);
        origin.pay(1, entry, relayer);
        assertEq(tokens[0].balanceOf(bob), ONE_USD);
    }

    function test_I6_guardians_who_sign_a_dropped_block_and_the_one_that_stayed_disqualify_themselves_alone() public {
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
        uint256 fork = vm.snapshotState();
        lockAtVault(bob, USD, 7 * ONE_USD, accountOf(bob), 0);
        bytes memory dropped = ledgerCore.sign(whPublish(true));
        vm.revertToState(fork);
        whAtLedger.deliver(dropped);
        lockOne();
        whConvey();
        assertTrue(whAtLedger.isContradicted(journal.edge));
        lzConvey();
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE), "neither record of it is read");
        assertEq(amountOf(alice, USD), ONE_USD);
        vm.expectPartialRevert(IEdge.RecordMissing.selector);
        ledger.confirm(SOURCE, WORMHOLE, 1);
        ledger.confirm(SOURCE, LAYERZERO, 1);
    }

    function test_I8_a_message_below_finality_of_a_dropped_block_is_not_even_recorded() public {
        setWitness(WORMHOLE, address(whAtLedger));
        uint256 fork = vm.snapshotState();
        lockAtVault(bob, USD, 7 * ONE_USD, accountOf(bob), 0);
        Observation memory seen = whPublish(true);
        vm.revertToState(fork);
        // What guardians sign at once, at the newest block.
        seen.consistencyLevel = 200;
        bytes memory vaa = ledgerCore.sign(seen);
        vm.expectRevert(abi.encodeWithSelector(WormholeWitness.NotFinalized.selector, 200, 1));
        whAtLedger.deliver(vaa);
        lockOne();
        whConvey();
        applyMarked();
        ledger.confirm(SOURCE, WORMHOLE, 1);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
    }

    function carryFromOutside(Packet memory packet) external {
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
    }

    /// @dev A block of the vault's chain with another lock, published, carried, and dropped.
    function _tellOfDroppedBlock() private {
        uint256 fork = vm.snapshotState();
        lockAtVault(bob, USD, 7 * ONE_USD, accountOf(bob), 0);
        Packet memory packet = lzPublish(true);
        vm.revertToState(fork);
        ledgerSide.carry(packet, VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
    }
}

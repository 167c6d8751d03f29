// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkReason} from "../../solidity/interfaces/ICollateralLedger.sol";
import {SourceState} from "../../solidity/libraries/ReplicaLib.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {Packet} from "./LayerZeroStack.sol";
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
        vm.expectPartialRevert(ICollateralLedger.NotConfirmed.selector);
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
        vm.expectPartialRevert(ICollateralLedger.WitnessDiffers.selector);
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

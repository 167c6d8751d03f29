// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IVaultReleases} from "../../solidity/interfaces/vault/IVaultPayments.sol";
import {EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {LayerZeroFixture} from "./LayerZeroFixture.sol";
import {WormholeFixture} from "./WormholeFixture.sol";

/// @notice Two bridges as second opinions about one vault and one ledger, each on its own contracts.
contract BridgeConflictsTest is LayerZeroFixture, WormholeFixture {
    uint8 private constant LAYERZERO = 0;
    uint8 private constant WORMHOLE = 1;
    uint128 private constant FAST = 100 * ONE_USD;
    bytes32 private constant OTHER = keccak256("another history");

    uint64 private forged;

    function setUp() public override(LayerZeroFixture, WormholeFixture) {
        super.setUp();
        setWitness(LAYERZERO, address(lzAtLedger));
        setWitness(WORMHOLE, address(whAtLedger));
    }

    function test_I6_value_past_the_fast_limit_counts_once_both_bridges_have_confirmed_it() public {
        lockAtVault(alice, USD, FAST, accountOf(alice), 0);
        lockAtVault(alice, USD, 5 * ONE_USD, accountOf(alice), 0);
        applyMarked();
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.UNCONFIRMED));
        lzConvey();
        ledger.confirm(SOURCE, LAYERZERO, 2);
        assertEq(confirmedCount(), 0, "one bridge is one opinion");
        vm.expectPartialRevert(ILedgerCore.NotConfirmed.selector);
        ledger.unpark(SOURCE, 2);
        whConvey();
        ledger.confirm(SOURCE, WORMHOLE, 2);
        assertEq(confirmedCount(), 2);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), FAST + 5 * ONE_USD);
    }

    function test_I8_one_bridge_that_lies_is_contested_and_two_are_a_quarantine() public {
        lockOne();
        _lieOverLayerZero(1, OTHER);
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        whAtLedger.deliver(ledgerCore.sign(forgedSeen(0, messageOf(journal.edge, 1, OTHER))));
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
        assertEq(amountOf(alice, USD), 0, "nothing of it was applied");
        vm.expectPartialRevert(ILedgerCore.SourceNotAccepting.selector);
        this.applyFromOutside();
    }

    function test_I6_two_honest_bridges_quarantine_a_source_whose_quorum_lies() public {
        lockOne();
        lzConvey();
        whConvey();
        // The quorum signs a journal that the vault never had.
        delete journal.packed;
        journal.heads.pop();
        lock(USD, FAST, accountOf(bob), 0);
        applyMarked();
        applyMarked();
        assertEq(uint8(stateNow()), uint8(SourceState.QUARANTINED));
        assertEq(amountOf(bob, USD), 0);
    }

    function test_I6_a_quorum_that_lies_at_the_vault_is_paid_nothing_once_both_bridges_differ() public {
        lockOne();
        lockOne();
        applyMarked();
        releaseOne();
        vm.startPrank(governor);
        origin.setWitness(LAYERZERO, address(lzAtVault), true);
        origin.setWitness(WORMHOLE, address(whAtVault), true);
        origin.setWitnessPolicy(2);
        vm.stopPrank();
        vaultSide.carry(lzPublish(false), LEDGER_BLOCKS, lzAtVault.RECEIVE_GAS());
        whAtVault.deliver(vaultCore.sign(whPublish(false)));
        // Another release than the ledger's stands in the journal that the quorum signs.
        delete back.packed;
        back.heads.pop();
        append(back, releaseEntry(alice));
        bytes memory entry = EntryCodec.pack(releaseEntry(alice));
        replayAtVault(0);
        origin.confirm(LAYERZERO, 1);
        origin.confirm(WORMHOLE, 1);
        uint256 before = tokens[0].balanceOf(alice);
        vm.expectPartialRevert(IVaultReleases.PaymentQuarantined.selector);
        origin.pay(1, entry, relayer);
        assertEq(tokens[0].balanceOf(alice), before);
    }

    /// @notice One bridge lies as it likes, whatever else happens: every line is what was locked, nothing is confirmed that the
    ///         honest bridge did not confirm, and the source is never stopped.
    /// forge-config: ring.fuzz.runs = 24
    function testFuzz_I8_any_one_bridge_that_lies_moves_no_collateral(uint256 seed, bool layerZeroLies) public {
        uint64 honest = 0;
        for (uint256 step = 0; step < 24; ++step) {
            uint256 random = uint256(keccak256(abi.encode(seed, step)));
            uint64 last = tip(journal);
            if (random % 4 == 0 || last == 0) {
                lockOne();
            } else if (random % 4 == 1) {
                uint64 count = uint64(1 + ((random >> 8) % (last + 1)));
                if (layerZeroLies) _lieOverLayerZero(count, bytes32(random | 1));
                else _lieOverWormhole(count, bytes32(random | 1));
            } else if (random % 4 == 2) {
                _tryApply();
            } else {
                _conveyHonestly(layerZeroLies);
                _tryApply();
                (bool ok, ) = address(ledger).call(
                    abi.encodeCall(ledger.confirm, (SOURCE, layerZeroLies ? WORMHOLE : LAYERZERO, last))
                );
                if (ok) honest = last;
                _tryConfirm(layerZeroLies ? LAYERZERO : WORMHOLE, last);
            }
            _requireUnmoved(honest);
        }
    }

    function applyFromOutside() external {
        applyMarked();
    }

    function guardians() internal pure override returns (uint256) {
        return 4;
    }

    function _requireUnmoved(uint64 honest) private view {
        (, uint64 applied, bytes32 head, , , ) = ledger.replicaOf(SOURCE);
        assertEq(head, journal.heads[applied], "I2");
        assertEq(amountOf(alice, USD), applied * ONE_USD, "I3");
        assertLe(confirmedCount(), honest, "two must confirm, and one of them is honest");
        assertTrue(stateNow() == SourceState.LIVE || stateNow() == SourceState.CONTESTED);
    }

    /// @dev Twice, since the first batch that meets another head is put on record instead of applied.
    function _tryApply() private {
        for (uint256 i = 0; i < 2; ++i) {
            (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
            if (applied == tip(journal)) return;
            applyMarked();
        }
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        assertEq(count, tip(journal), "a bridge alone stops nothing");
    }

    function _conveyHonestly(bool layerZeroLies) private {
        if (!layerZeroLies) return lzConvey();
        bytes memory vaa = ledgerCore.sign(whPublish(true));
        (bool ok, ) = address(whAtLedger).call(abi.encodeCall(whAtLedger.deliver, (vaa)));
        ok;
    }

    function _tryConfirm(uint8 witness, uint64 count) private {
        (bool ok, ) = address(ledger).call(abi.encodeCall(ledger.confirm, (SOURCE, witness, count)));
        ok;
    }

    function _lieOverLayerZero(uint64 count, bytes32 head) private {
        bytes memory message = messageOf(journal.edge, count, head);
        ledgerSide.carry(forgedPacket(++forged, message), VAULT_BLOCKS, lzAtLedger.RECEIVE_GAS());
    }

    function _lieOverWormhole(uint64 count, bytes32 head) private {
        bytes memory vaa = ledgerCore.sign(forgedSeen(++forged, messageOf(journal.edge, count, head)));
        (bool ok, ) = address(whAtLedger).call(abi.encodeCall(whAtLedger.deliver, (vaa)));
        ok;
    }
}

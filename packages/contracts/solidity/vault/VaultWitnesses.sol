// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {IVaultWitnesses} from "../interfaces/vault/IVaultWitnesses.sol";
import {VaultInit, VaultWitness} from "../interfaces/vault/VaultTypes.sol";
import {IEdge} from "../edge/IEdge.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {WitnessLib} from "../edge/WitnessLib.sol";
import {Ahead, Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Witnesses of the ledger's journal, marks, and quarantines of the edge
/// @dev Runs by delegatecall on the vault's storage. It has no state: called directly, it uses its own, empty storage.
contract VaultWitnesses is IVaultWitnesses, VaultBase {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultWitnesses
    function confirm(uint8 witness, uint64 count) external nonReentrant {
        VaultWitness memory kept = _knownWitness(witness);
        if ((_counting >> witness) & 1 == 0) revert IEdge.WitnessNotCounting(witness);
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        if (replica.state == SourceState.CLOSED) revert IVaultReleases.EdgeClosed(_inboundNow());
        (bytes32 ours, bytes32 theirs) = WitnessLib.compareAt(
            replica,
            witness,
            kept.at,
            WITNESS_GAS,
            edge,
            count,
            kept.conflicts
        );
        if (theirs == ours) _confirmBy(replica, witness, count);
        else _contest(replica, witness, count, ours, theirs);
    }

    /// @inheritdoc IVaultWitnesses
    function mark(uint64 count, bytes32 head, bytes calldata entries) external {
        ReplicaLib.markBy(ReplicaLib.locate(_inbound()), count, head, entries);
        emit IVaultCore.Marked(count, head);
    }

    /// @inheritdoc IVaultWitnesses
    function quarantine(uint40 until) external onlyRole(_guardian) nonReentrant {
        (uint256 earliest, uint256 latest) = (block.timestamp + 1, block.timestamp + QUARANTINE_S);
        uint40 running = _quarantinedUntil;
        bool runs = block.timestamp < running;
        // An extension must end later than the present quarantine. Nobody extends twice, and the next quarantine waits
        // as long as one may last.
        if (runs) earliest = _edgeFlags & EDGE_EXTENDED != 0 ? type(uint256).max : uint256(running) + 1;
        else if (running != 0 && block.timestamp < running + QUARANTINE_S) earliest = type(uint256).max;
        // What the ledger of this chain shows cannot be doubted.
        if (_source == 0) earliest = type(uint256).max;
        if (until < earliest || until > latest) revert IVaultCore.QuarantineRefused(until, earliest, latest);
        _quarantine(ReplicaLib.locate(_inbound()), until, "guardian");
        if (runs) _edgeFlags |= EDGE_EXTENDED;
        else _edgeFlags &= ~EDGE_EXTENDED;
    }

    /// @inheritdoc IVaultWitnesses
    function noteRecovery() external nonReentrant {
        IAttesterSet verifier = IAttesterSet(_attesterSet);
        (, , uint40 until) = verifier.recovery();
        if (!verifier.inRecovery()) revert IVaultCore.NotInRecovery(until);
        uint256 latest = block.timestamp + QUARANTINE_S;
        // Both fit 40 bits for 34,000 years.
        _quarantine(ReplicaLib.locate(_inbound()), until < latest ? until : uint40(latest), "recovery");
    }

    /// @inheritdoc IVaultWitnesses
    function noteAhead(uint8 witness, uint64 count) external nonReentrant {
        if ((_counting >> witness) & 1 == 0) revert IEdge.WitnessNotCounting(witness);
        bytes32 edge = _inbound();
        Exit storage exit = ExitStorage.locate();
        uint64 heard = ExitStorage.heardOf(exit, ReplicaLib.locate(edge));
        Ahead storage kept = exit.ahead[witness];
        // The first record stays until statements reach it. Replacing it by a higher count would restart the 30 days.
        if (kept.count > heard) revert IVaultExit.ExitAheadNoted(witness, kept.count, kept.since);
        if (count <= heard) revert IVaultExit.ExitNotAhead(count, heard);
        if (WitnessLib.recordOf(_witnesses[witness].at, WITNESS_GAS, edge, count) == 0) {
            revert IEdge.RecordMissing(witness, count);
        }
        // Block times fit 40 bits for 34,000 years.
        (kept.count, kept.since) = (count, uint40(block.timestamp));
        emit IVaultExit.ExitAheadSeen(witness, count);
    }

    /// @inheritdoc IVaultWitnesses
    function setWitness(uint8 witness, address at, bool conflicts) external onlyRole(_governor) {
        if (witness >= WITNESSES_MAX) revert IVaultCore.WitnessUnknown(witness);
        if (at != address(0)) {
            if (_source == 0) revert IVaultCore.WitnessRefused(at);
            _requireAnswer(at);
        }
        uint256 set = at == address(0) ? 0 : 1;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            address other = _witnesses[slot].at;
            if (slot == witness || other == address(0)) continue;
            if (other == at) revert IVaultCore.WitnessRefused(at);
            ++set;
        }
        if (set < _witnessesNeeded) revert IVaultCore.WitnessesMissing(_witnessesNeeded, set);
        _witnesses[witness] = VaultWitness({at: at, conflicts: conflicts});
        // forge-lint: disable-next-line(incorrect-shift)
        uint8 bit = uint8(1 << witness);
        uint8 others = _counting & ~bit;
        _counting = at == address(0) ? others : others | bit;
        _conflicted &= ~bit;
        Replica storage replica = ReplicaLib.locate(_inbound());
        replica.confirmedBy &= ~(uint256(type(uint64).max) << (uint256(witness) * 64));
        delete ExitStorage.locate().ahead[witness];
        emit IVaultCore.WitnessSet(witness, at, conflicts);
        if (replica.state == SourceState.CONTESTED && _conflicted == 0) {
            replica.state = SourceState.LIVE;
            emit IVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.LIVE, 0, "witnesses replaced");
        }
    }

    /// @inheritdoc IVaultWitnesses
    function setWitnessPolicy(uint8 m) external onlyRole(_governor) {
        uint256 set = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            if (_witnesses[slot].at != address(0)) ++set;
        }
        if (m > set || (m == 0 && !_mayLackWitnesses())) revert IVaultCore.WitnessesMissing(m == 0 ? 1 : m, set);
        _witnessesNeeded = m;
        // Enough may have confirmed already what waited for one more: no later confirmation of the same count would be news.
        Replica storage replica = ReplicaLib.locate(_inbound());
        uint64 confirmed = WitnessLib.highest(replica.confirmedBy, m);
        if (confirmed > replica.confirmed) replica.confirmed = confirmed;
        emit IVaultCore.WitnessPolicySet(m);
    }

    /// @inheritdoc IVaultWitnesses
    function witnessOf(uint8 witness) external view returns (VaultWitness memory kept, uint64 confirmed) {
        kept = _witnesses[witness];
        if (witness < WITNESSES_MAX) {
            confirmed = uint64(ReplicaLib.locate(_inbound()).confirmedBy >> (uint256(witness) * 64));
        }
    }

    /// @inheritdoc IVaultWitnesses
    function witnessPolicy() external view returns (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed) {
        return (_witnessesNeeded, _counting, _conflicted, ReplicaLib.locate(_inbound()).confirmed);
    }

    /// @inheritdoc IVaultWitnesses
    function aheadOf(uint8 witness) external view returns (uint64 count, uint40 since) {
        Exit storage exit = ExitStorage.locate();
        Ahead memory kept = exit.ahead[witness];
        uint64 heard = ExitStorage.heardOf(exit, ReplicaLib.locate(_inbound()));
        return kept.count > heard ? (kept.count, kept.since) : (0, 0);
    }

    function _knownWitness(uint8 witness) private view returns (VaultWitness memory kept) {
        kept = _witnesses[witness];
        if (kept.at == address(0)) revert IVaultCore.WitnessUnknown(witness);
    }

    /// @dev A witness that needs more gas than a call allows would stay silent without an error. It is called before
    ///      anything else touches it, so that its storage is as cold as it will be later.
    function _requireAnswer(address at) private view {
        bytes memory call_ = abi.encodeCall(IHeadWitness.headAt, (_inbound(), 1));
        bool answered;
        assembly ("memory-safe") {
            answered := staticcall(WITNESS_GAS, at, add(call_, 0x20), mload(call_), 0, 0)
            answered := and(answered, gt(returndatasize(), 0x1f))
        }
        if (answered) return;
        if (at.code.length == 0) revert IVaultCore.WitnessRefused(at);
        revert IVaultCore.WitnessSilent(at, WITNESS_GAS);
    }
}

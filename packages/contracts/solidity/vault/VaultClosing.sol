// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {IVaultGenerations} from "../interfaces/IVaultGenerations.sol";
import {Payment, PaymentState, VaultAsset} from "../interfaces/VaultTypes.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {Crossing, GenerationLib} from "../libraries/GenerationLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Closing the replica of the ledger's journal at a point
/// @notice Voids what was not paid past the point, and accounts again what was; `IVaultGenerations` is the manual.
/// @dev Safety: no token moves. What is owed falls by what is void alone, so what is owed stays covered.
abstract contract VaultClosing is VaultBase, IVaultGenerations {
    /// @dev Assets that one step goes through after the last entry.
    uint256 private constant ASSETS_PER_STEP = 256;

    /// @inheritdoc IVaultGenerations
    function closeEdge(
        uint64 count,
        bytes32 head,
        uint32 epoch,
        bytes calldata sigs
    ) external onlyRole(_governor) nonReentrant {
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        if (replica.state == SourceState.CLOSED) revert ICollateralVaultReleases.EdgeClosed(edge);
        IAttesterSet(_attesterSet).verifyGeneration(edge, count, head, epoch, sigs);
        bytes32 next = EdgeLib.nameOf(
            _settlementChainId,
            _ledger,
            block.chainid,
            address(this),
            replica.generation + 1,
            head
        );
        Crossing storage crossing = GenerationLib.close(edge, next, count, head);
        // Until all is undone no batch is taken, and no payment made past the point whoever confirmed it.
        (crossing.heldUntil, _quarantinedUntil) = (_quarantinedUntil, type(uint40).max);
        replica.state = SourceState.CLOSED;
        if (replica.confirmed > count) replica.confirmed = count;
        emit ICollateralVaultReleases.EdgeStateChanged(edge, SourceState.CLOSED, 0, "closing");
        emit EdgeClosing(edge, next, count, head);
    }

    /// @inheritdoc IVaultGenerations
    function continueEdge(bytes32 headBefore, bytes calldata entries) external nonReentrant {
        bytes32 edge = _inbound();
        uint64 before = GenerationLib.retreat(edge, headBefore, entries);
        uint32 generation = ReplicaLib.locate(edge).generation;
        for (uint256 i = entries.length / EntryCodec.LENGTH; i != 0; --i) {
            uint96 seq = EdgeLib.sequenceOf(generation, before + uint64(i));
            _undo(seq, entries[(i - 1) * EntryCodec.LENGTH:i * EntryCodec.LENGTH]);
        }
        emit EdgeUndone(edge, before);
        Crossing storage crossing = GenerationLib.locate(edge);
        if (before != crossing.point || !_forgetFast(crossing)) return;
        crossing.done = true;
        _openNext(edge, crossing, generation + 1);
    }

    /// @inheritdoc IVaultGenerations
    function settleAgain(uint96 seq, bytes calldata packed) external returns (bool settled) {
        if (msg.sender != address(this)) revert ICollateralVault.NotAuthorized(msg.sender, address(this));
        bytes32 entryHash = keccak256(packed);
        uint256 left = _paidPastPoint[entryHash];
        if (left == 0) return false;
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        VaultAsset storage kept = _assets[entry.asset];
        uint256 free = kept.accounted - kept.owed;
        uint256 units = left < entry.amount ? left : entry.amount;
        // What is owed to others stays accounted.
        if (units > free) units = free;
        _paidPastPoint[entryHash] = left - units;
        kept.accounted -= uint104(units);
        kept.paidCum += uint128(units);
        _payments[seq] = Payment({
            entryHash: bytes25(entryHash),
            readyAt: uint40(block.timestamp),
            state: PaymentState.PAID,
            flags: 0
        });
        emit Settled(seq, units);
        return true;
    }

    /// @inheritdoc IVaultGenerations
    function paidPastPoint(bytes32 entryHash) external view returns (uint256) {
        return _paidPastPoint[entryHash];
    }

    /// @inheritdoc IVaultGenerations
    function crossingOf(
        bytes32 edge
    ) external view returns (bytes32 next, uint64 point, uint64 count, bytes32 head, bool done) {
        Crossing storage crossing = GenerationLib.locate(edge);
        return (crossing.next, crossing.point, crossing.count, crossing.head, crossing.done);
    }

    function _undo(uint96 seq, bytes calldata packed) private {
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (entry.kind == EntryCodec.RELEASE) _undoRelease(seq, entry, keccak256(packed));
        else if (entry.kind == EntryCodec.LOST) _undoLost(seq, entry);
    }

    /// @dev One that was refused, or stopped at its replay or later, owes nothing; a stopped one whose REFUND is not journaled yet
    ///      has none any more.
    function _undoRelease(uint96 seq, Entry memory entry, bytes32 entryHash) private {
        Payment storage made = _payments[seq];
        PaymentState state = made.state;
        VaultAsset storage kept = _assets[entry.asset];
        if (state == PaymentState.QUEUED || state == PaymentState.CLAIMABLE) {
            kept.owed -= uint104(entry.amount);
            made.state = PaymentState.VOID;
            emit Voided(seq, entry.amount);
        } else if (state == PaymentState.PAID) {
            _paidPastPoint[entryHash] += entry.amount;
            _accountAgain(kept, entry.amount);
            emit PaidPastPoint(seq, entry.asset, entry.amount);
        } else if (state == PaymentState.STOPPED && made.flags & PAYMENT_REFUNDED == 0) {
            made.state = PaymentState.VOID;
            emit Voided(seq, 0);
        }
    }

    /// @dev What was taken over is accounted no more; what is owed stays covered.
    function _undoLost(uint96 seq, Entry memory entry) private {
        Payment storage made = _payments[seq];
        PaymentState state = made.state;
        if (state == PaymentState.PAID) {
            VaultAsset storage kept = _assets[entry.asset];
            uint256 free = kept.accounted - kept.owed;
            kept.accounted -= uint104(entry.amount < free ? entry.amount : free);
        } else if (state != PaymentState.QUEUED) return;
        made.state = PaymentState.VOID;
        emit Voided(seq, 0);
    }

    /// @dev Takes units into the books that are not in the vault: from now on they are missing.
    function _accountAgain(VaultAsset storage kept, uint256 units) private {
        uint256 room = ACCOUNTED_MAX - kept.accounted;
        if (units > room) units = room;
        kept.accounted += uint104(units);
        // A settled release may have been booked for less than its amount.
        uint128 paid = kept.paidCum;
        kept.paidCum = units < paid ? paid - uint128(units) : 0;
    }

    /// @dev What the point confirmed is in use unconfirmed no more, and numbers begin anew. Says whether all assets are done.
    function _forgetFast(Crossing storage crossing) private returns (bool) {
        uint256 end = uint256(crossing.assets) + ASSETS_PER_STEP;
        if (end > _assetCount) end = _assetCount;
        for (uint256 asset = uint256(crossing.assets) + 1; asset <= end; ++asset) {
            VaultAsset storage kept = _assets[uint16(asset)];
            uint112 cum = kept.cumFast;
            (kept.cumFastBase, kept.cumFastOpen, kept.openCount) = (cum, cum, 0);
            (kept.openAt, kept.openBy) = (0, 0);
        }
        // At most the number of assets.
        crossing.assets = uint16(end);
        return end == _assetCount;
    }

    /// @dev From here on the vault replays the next generation. Witnesses count anew: what they recorded of the generation
    ///      before was settled by those who agreed on the point.
    function _openNext(bytes32 edge, Crossing storage crossing, uint32 generation) private {
        bytes32 next = crossing.next;
        ReplicaLib.open(next, generation);
        _edgesNow[1] = next;
        _quarantinedUntil = crossing.heldUntil;
        if (block.timestamp < crossing.heldUntil) ReplicaLib.locate(next).state = SourceState.QUARANTINED;
        uint8 counting = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            // forge-lint: disable-next-line(incorrect-shift)
            if (_witnesses[slot].at != address(0)) counting |= uint8(1 << slot);
        }
        (_counting, _conflicted) = (counting, 0);
        _edgeFlags &= ~EDGE_REFUSAL_COUNTED;
        emit ICollateralVaultReleases.EdgeStateChanged(next, _stateOf(ReplicaLib.locate(next)), 0, "generation");
        emit EdgeOpened(next, edge, generation);
    }
}

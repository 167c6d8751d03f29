// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {IVaultRewind} from "../interfaces/vault/IVaultWitnesses.sol";
import {Payment, PaymentState, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {Rewind, RewindLib} from "../edge/RewindLib.sol";
import {JournalHead} from "../edge/Statements.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultCoverage} from "./VaultCoverage.sol";
import {VaultPlaces} from "./VaultPlaces.sol";

/// @title Rewinding the replica of the ledger's journal to a point
/// @notice Voids unpaid payments past the point, and accounts again for paid ones. `IVaultRewind` is the manual.
/// @dev Runs by delegatecall on the vault's storage. Safety: no token moves. What is owed falls only by what is void,
///      and never exceeds what is accounted.
contract VaultRewind is IVaultRewind, VaultCoverage, VaultPlaces {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultRewind
    function rewind(JournalHead calldata point, bytes calldata sigs) external onlyRole(_governor) nonReentrant {
        Exit storage exit = _requireNoExit();
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        bytes32 next = _inboundAt(replica.generation + 1, point.head);
        bytes32 name = RewindLib.nameOf(edge, replica);
        Rewind storage kept = RewindLib.locate(edge);
        (kept.heldUntil, _quarantinedUntil) = (RewindLib.unheldEnd(kept, _quarantinedUntil), REWINDING);
        RewindLib.begin(edge, next, _attesterSet, point, sigs);
        // Proofs in the former anchor's block must be repeated in this one.
        (exit.provenAt, exit.anchor) = (0, point.blockHash);
        // The exit replays again from the point, which k members signed. Earlier counts are no longer evidence of
        // hidden entries: the rewind takes the replica below them.
        (exit.heard, exit.replayed) = (0, 0);
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) delete exit.ahead[slot];
        replica.state = SourceState.CLOSED;
        if (replica.confirmed > point.count) replica.confirmed = point.count;
        emit IVaultReleases.EdgeStateChanged(name, SourceState.CLOSED, 0, "rewinding");
        emit Rewinding(name, next, point.count, point.head);
    }

    /// @inheritdoc IVaultRewind
    function rewindContentOf(JournalHead calldata point, bytes calldata sigs) external view returns (bytes32) {
        _requirePoint(point, sigs);
        return point.edge;
    }

    /// @inheritdoc IVaultRewind
    function holdForRewind(
        JournalHead calldata point,
        bytes calldata sigs,
        bytes32 predecessor,
        bytes32 salt
    ) external nonReentrant {
        bytes32 edge = _inbound();
        SourceState state = _stateOf(ReplicaLib.locate(edge));
        if (state != SourceState.QUARANTINED) revert EdgeNotQuarantined(edge, state);
        _requirePoint(point, sigs);
        (uint40 held, bytes32 operation) = RewindLib.hold(
            edge,
            _governor,
            abi.encodeCall(this.rewind, (point, sigs)),
            predecessor,
            salt,
            _quarantinedUntil
        );
        _quarantinedUntil = held;
        emit HeldForRewind(edge, operation);
        emit IVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.QUARANTINED, held, "rewind scheduled");
    }

    /// @inheritdoc IVaultRewind
    function letGo() external nonReentrant {
        bytes32 edge = _inbound();
        uint40 left = RewindLib.letGo(edge, _governor, _quarantinedUntil);
        _quarantinedUntil = left;
        emit IVaultReleases.EdgeStateChanged(_inboundNow(), _stateOf(ReplicaLib.locate(edge)), left, "no rewind");
    }

    /// @inheritdoc IVaultRewind
    function unwind(bytes32 headBefore, bytes calldata entries) external nonReentrant {
        bytes32 edge = _inbound();
        uint64 before = RewindLib.retreat(edge, headBefore, entries);
        for (uint256 i = entries.length / EntryCodec.LENGTH; i != 0; --i) {
            _unwindOne(before + uint64(i), entries[(i - 1) * EntryCodec.LENGTH:i * EntryCodec.LENGTH]);
        }
        emit Unwound(before);
        if (before == RewindLib.locate(edge).point) _open(edge);
    }

    /// @inheritdoc IVaultRewind
    function settleAgain(uint96 seq, bytes calldata packed) external returns (bool settled) {
        if (msg.sender != address(this)) revert IVaultCore.NotAuthorized(msg.sender, address(this));
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        return _staysStopped(seq, entry) || _settles(seq, entry, keccak256(packed));
    }

    /// @inheritdoc IVaultRewind
    function paidOrphans(bytes32 entryHash) external view returns (uint256) {
        return _paidOrphans[entryHash];
    }

    /// @inheritdoc IVaultRewind
    function rewindOf()
        external
        view
        returns (uint32 generation, bytes32 next, uint64 point, uint64 count, bytes32 head)
    {
        bytes32 edge = _inbound();
        Rewind storage kept = RewindLib.locate(edge);
        return (ReplicaLib.locate(edge).generation, kept.next, kept.point, kept.count, kept.head);
    }

    /// @dev Reverts unless k members signed a point that the replica holds, under the name that it takes there, and no exit is open.
    function _requirePoint(JournalHead calldata point, bytes calldata sigs) private view {
        _requireNoExit();
        bytes32 edge = _inbound();
        bytes32 next = _inboundAt(ReplicaLib.locate(edge).generation + 1, point.head);
        RewindLib.requirePoint(edge, next, _attesterSet, point, sigs);
    }

    function _requireNoExit() private view returns (Exit storage exit) {
        exit = ExitStorage.locate();
        if (exit.openedAt != 0) revert IVaultExit.ExitUnderWay(exit.announcedAt);
    }

    /// @dev Undoes one entry. An entry that was refused has no payment, so there is nothing to undo.
    function _unwindOne(uint96 seq, bytes calldata packed) private {
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        // A payment that takes the number later has its own opening.
        delete _openings[seq];
        bytes32 entryHash = keccak256(packed);
        if (!_isOf(_payments[seq], entry, entryHash)) return;
        if (entry.kind == EntryCodec.RELEASE) _unwindRelease(seq, entry, entryHash);
        else if (entry.kind == EntryCodec.LOST) _unwindLost(seq, entry);
    }

    /// @dev Returns whether the record under the number is this entry's. A refused entry left an earlier entry's record
    ///      there.
    function _isOf(Payment storage made, Entry memory entry, bytes32 entryHash) private view returns (bool) {
        bytes25 kept = made.entryHash;
        if (kept == bytes25(entryHash)) return true;
        return
            entry.kind == EntryCodec.RELEASE &&
            made.state == PaymentState.STOPPED &&
            kept == _refundHash(entry.asset, entry.amount, entry.account);
    }

    function _unwindRelease(uint96 seq, Entry memory entry, bytes32 entryHash) private {
        Payment storage made = _payments[seq];
        PaymentState state = made.state;
        VaultAsset storage kept = _assets[entry.asset];
        _freeLimits(kept);
        if (state != PaymentState.PAID) _freeUnwound(kept, seq, made, entry.amount);
        made.flags &= ~PAYMENT_LANE;
        if (state == PaymentState.QUEUED || state == PaymentState.CLAIMABLE) {
            kept.owed -= uint104(entry.amount);
            made.state = PaymentState.VOID;
            emit Voided(seq, entry.amount);
        } else if (state == PaymentState.PAID) {
            _paidOrphans[entryHash] += 1;
            _accountMore(kept, entry.amount);
            kept.paidCum -= entry.amount;
            made.state = PaymentState.VOID;
            emit PaidPastPoint(seq, entry.asset, entry.amount);
        } else if (state == PaymentState.STOPPED && made.flags & PAYMENT_REFUNDED == 0) {
            made.state = PaymentState.VOID;
            emit Voided(seq, 0);
        }
    }

    /// @dev Clears the asset's fast limit. When the rewind ends, payments up to the point are confirmed, and the others
    ///      are void. So nothing is in use unconfirmed, and nothing waits.
    function _freeLimits(VaultAsset storage kept) private {
        uint112 cum = kept.cumFast;
        (kept.cumFastBase, kept.cumFastOpen, kept.openCount) = (cum, cum, 0);
        (kept.openAt, kept.openBy) = (0, 0);
    }

    /// @dev Undoes a taken LOST as far as it was booked. The owed units stay accounted for.
    function _unwindLost(uint96 seq, Entry memory entry) private {
        Payment storage made = _payments[seq];
        PaymentState state = made.state;
        if (state == PaymentState.PAID) {
            VaultAsset storage kept = _assets[entry.asset];
            if (entry.party == 0) _accountLess(kept, _lossOf[seq]);
            else _accountMore(kept, _lossOf[seq]);
        } else if (state != PaymentState.QUEUED && state != PaymentState.STOPPED) return;
        made.state = PaymentState.VOID;
        emit Voided(seq, 0);
    }

    /// @dev Returns whether a release stays stopped: its REFUND is in this vault's journal, so it is never paid,
    ///      whatever entry had its number in between.
    function _staysStopped(uint96 seq, Entry memory entry) private returns (bool) {
        Payment memory kept = _payments[seq];
        bytes25 refundHash = _refundHash(entry.asset, entry.amount, entry.account);
        if (kept.state == PaymentState.STOPPED && kept.entryHash == refundHash) return true;
        _keepRefund(seq);
        if (!_refundedBefore[seq][refundHash]) return false;
        // Block times fit 40 bits for 34,000 years.
        _payments[seq] = Payment({
            entryHash: refundHash,
            readyAt: uint40(block.timestamp + REFUND_AFTER_S),
            state: PaymentState.STOPPED,
            flags: PAYMENT_REFUNDED
        });
        emit IVaultCore.Stopped(seq, address(this), "refunded before");
        return true;
    }

    /// @dev Counts a release as paid by the unwound payment of an identical one. Amounts owed to others stay accounted for.
    function _settles(uint96 seq, Entry memory entry, bytes32 entryHash) private returns (bool) {
        VaultAsset storage kept = _assets[entry.asset];
        uint256 left = _paidOrphans[entryHash];
        if (left == 0 || entry.amount > kept.accounted - kept.owed) return false;
        _paidOrphans[entryHash] = left - 1;
        kept.accounted -= uint104(entry.amount);
        kept.paidCum += entry.amount;
        // Block times fit 40 bits for 34,000 years.
        _payments[seq] = Payment({
            entryHash: bytes25(entryHash),
            readyAt: uint40(block.timestamp),
            state: PaymentState.PAID,
            flags: 0
        });
        emit Settled(seq, entry.amount);
        return true;
    }

    /// @dev Statements carry the next name from here on. All witnesses count again: those that agreed on the point have
    ///      settled earlier contradictions.
    function _open(bytes32 edge) private {
        (bytes32 name, bytes32 previous, uint32 generation) = RewindLib.finish(edge);
        uint40 heldUntil = RewindLib.locate(edge).heldUntil;
        _quarantinedUntil = heldUntil;
        bool held = block.timestamp < heldUntil;
        SourceState state = held ? SourceState.QUARANTINED : SourceState.LIVE;
        ReplicaLib.locate(edge).state = state;
        uint8 counting = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            // forge-lint: disable-next-line(incorrect-shift)
            if (_witnesses[slot].at != address(0)) counting |= uint8(1 << slot);
        }
        (_counting, _conflicted) = (counting, 0);
        _edgeFlags &= ~EDGE_REFUSAL_COUNTED;
        emit EdgeOpened(name, previous, generation);
        emit IVaultReleases.EdgeStateChanged(name, state, held ? heldUntil : 0, "rewound");
    }
}

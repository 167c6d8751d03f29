// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {
    ClaimableReason,
    Payment,
    PaymentState,
    ReleaseRefusal,
    VaultAsset,
    VaultWitness
} from "../interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {BatchLib} from "../edge/BatchLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {PaymentLane} from "../libraries/PaymentLanes.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {JournalHead} from "../edge/Statements.sol";
import {WitnessLib} from "../edge/WitnessLib.sol";
import {VaultDates} from "./VaultDates.sol";

/// @title Replaying the ledger's journal into payments
/// @dev Safety: no token moves here. No entry can revert here, so none blocks those after it.
abstract contract VaultReleases is IVaultCore, VaultDates {
    /// @notice A batch in progress.
    /// @param seq number of the last entry that was replayed
    /// @param confirmed count that witnesses have confirmed
    /// @param rewound whether the replica was rewound, so entries may come again
    /// @param refused true once an entry was refused
    struct Batch {
        uint96 seq;
        uint64 confirmed;
        bool rewound;
        bool refused;
    }

    /// @dev First name of the edge from the ledger.
    bytes32 private immutable _inboundName;

    constructor() {
        _inboundName = _inboundAt(0, 0);
        ReplicaLib.open(_inboundName);
    }

    /// @inheritdoc IVaultReleases
    function applyReleases(
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs
    ) external nonReentrant {
        Replica storage replica = _acceptingReplica(statement.edge);
        uint64 count = replica.count;
        BatchLib.requireBatch(count, from, EntryCodec.countOf(entries), statement);
        BatchLib.requireMarks(marks, count, statement.count);
        BatchLib.verify(replica, _attesterSet, statement, sigs);

        bytes calldata fresh = entries[uint256(count - from) * EntryCodec.LENGTH:];
        bytes32[] memory heads = BatchLib.headsAt(replica, fresh, marks, statement);
        (bool conflict, uint64[4] memory agreed) = _compare(replica, marks, heads);
        if (conflict) return;

        Batch memory batch = Batch({
            seq: count,
            confirmed: replica.confirmed,
            rewound: replica.generation != 0,
            refused: false
        });
        for (uint256 at = 0; at < fresh.length; at += EntryCodec.LENGTH) {
            _replayOne(batch, fresh[at:at + EntryCodec.LENGTH]);
        }
        for (uint256 i = 0; i < marks.length; ++i) ReplicaLib.mark(replica, marks[i], heads[i]);
        replica.head = statement.head;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            if (agreed[slot] != 0) _confirmBy(replica, slot, agreed[slot]);
        }
        _accept(replica, statement);
        emit Applied(statement.edge, count, statement.count, statement.head, msg.sender);
        // Only once per generation: later refused entries were signed by the same quorum, and would block the edge for years.
        if (batch.refused && _edgeFlags & EDGE_REFUSAL_COUNTED == 0) {
            _edgeFlags |= EDGE_REFUSAL_COUNTED;
            _quarantine(replica, uint40(block.timestamp + QUARANTINE_S), "refused entry");
        }
    }

    /// @inheritdoc IVaultReleases
    function refresh(JournalHead calldata statement, bytes calldata sigs) external nonReentrant {
        Replica storage replica = _acceptingReplica(statement.edge);
        BatchLib.requireAtReplica(replica, statement);
        BatchLib.verify(replica, _attesterSet, statement, sigs);
        _accept(replica, statement);
    }

    /// @inheritdoc IVaultReleases
    function replayProven(bytes32 head, uint96 before, bytes calldata entries) external returns (bytes32, bool) {
        if (msg.sender != address(this)) revert NotAuthorized(msg.sender, address(this));
        // A state proof needs no other witness. An exit's claim is not an entry, so it cannot come again.
        bool rewound = before < CLAIMS && ReplicaLib.locate(_inbound()).generation != 0;
        Batch memory batch = Batch({seq: before, confirmed: PROVEN, rewound: rewound, refused: false});
        for (uint256 at = 0; at < entries.length; at += EntryCodec.LENGTH) {
            _replayOne(batch, entries[at:at + EntryCodec.LENGTH]);
        }
        return (EntryCodec.fold(head, entries), batch.refused);
    }

    /// @dev Returns the replica if the statement is for it and it accepts statements now.
    function _acceptingReplica(bytes32 edge) private view returns (Replica storage replica) {
        bytes32 first = _inbound();
        replica = ReplicaLib.locate(first);
        RewindLib.requireName(first, replica, edge);
        if (replica.state == SourceState.CLOSED) revert EdgeClosed(edge);
        if (block.timestamp < _quarantinedUntil) revert EdgeQuarantined(edge, _quarantinedUntil);
    }

    /// @dev Compares the heads at marks with the records of the witnesses that count. If one differs, only the
    ///      conflicts are written. Returns for each slot the highest mark at which the record agrees.
    function _compare(
        Replica storage replica,
        uint64[] calldata marks,
        bytes32[] memory heads
    ) private returns (bool conflict, uint64[4] memory agreed) {
        if (marks.length == 0 || _counting == 0) return (false, agreed);
        bytes32 edge = _inbound();
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            if ((_counting >> slot) & 1 == 0) continue;
            VaultWitness memory witness = _witnesses[slot];
            (uint64 upTo, uint256 i, bytes32 theirs) = WitnessLib.compare(witness.at, WITNESS_GAS, edge, marks, heads);
            agreed[slot] = upTo;
            if (theirs == 0 || !witness.conflicts) continue;
            conflict = true;
            _contest(replica, slot, marks[i], heads[i], theirs);
        }
    }

    /// @dev Replays one entry of any kind.
    function _replayOne(Batch memory batch, bytes calldata packed) private {
        uint96 seq = ++batch.seq;
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        ReleaseRefusal refusal = ReleaseRefusal.KIND;
        if (entry.kind == EntryCodec.RELEASE) refusal = _replayRelease(batch, seq, entry, packed);
        else if (entry.kind == EntryCodec.LOST) refusal = IVault(address(this)).replayLost(seq, packed);
        if (refusal == ReleaseRefusal.NONE) return;
        batch.refused = true;
        emit RefusedRelease(seq, refusal);
    }

    /// @dev Turns a release into a payment with a date. Stops it at once if it exceeds the largest payment, or the accounted
    ///      units that are not owed.
    function _replayRelease(
        Batch memory batch,
        uint96 seq,
        Entry memory entry,
        bytes calldata packed
    ) private returns (ReleaseRefusal refusal) {
        VaultAsset storage kept = _assets[entry.asset];
        refusal = _refusalOf(kept, entry);
        if (refusal != ReleaseRefusal.NONE) return refusal;
        if (batch.rewound && IVault(address(this)).settleAgain(seq, packed)) return refusal;
        PaymentLane lane = PaymentLane.NONE;
        (uint40 readyAt, bool waits) = (uint40(block.timestamp), false);
        bool accountedFor = uint256(kept.owed) + entry.amount <= kept.accounted;
        if (accountedFor) (lane, readyAt, waits) = _takeDate(kept, seq, batch.confirmed, entry.amount);
        address recipient = address(uint160(uint256(entry.party)));
        emit Queued(seq, entry.asset, entry.account, recipient, entry.amount, readyAt);
        if (lane == PaymentLane.NONE) {
            bool confirmed = _witnessesNeeded == 0 || batch.confirmed >= seq;
            bytes32 reason = accountedFor ? bytes32("above the limit") : bytes32("not accounted");
            _stop(seq, entry.asset, entry.amount, entry.account, confirmed, address(this), reason);
            return refusal;
        }
        bool canReceive = _canReceive(entry.party, kept.token);
        _payments[seq] = Payment({
            entryHash: bytes25(keccak256(packed)),
            readyAt: readyAt,
            state: canReceive ? PaymentState.QUEUED : PaymentState.CLAIMABLE,
            flags: (uint8(lane) << PAYMENT_LANE_SHIFT) | (waits ? PAYMENT_WAITS : 0)
        });
        // At most the accounted units, so it fits.
        kept.owed += uint104(entry.amount);
        if (waits) emit Waits(seq, _openings[seq].at);
        if (!canReceive) emit Claimable(seq, ClaimableReason.RECIPIENT);
    }

    /// @dev Checks what every honest ledger guarantees about a RELEASE for this vault, as far as the vault can verify
    ///      it.
    function _refusalOf(VaultAsset storage kept, Entry memory entry) private view returns (ReleaseRefusal) {
        if (kept.token == address(0)) return ReleaseRefusal.ASSET;
        if (AccountLib.ownerOf(entry.account) == address(0)) return ReleaseRefusal.ACCOUNT;
        // The ledger refuses a REFUND of more than any vault accounts for, so a larger amount must not be stopped here.
        if (entry.amount == 0 || entry.amount > ACCOUNTED_MAX) return ReleaseRefusal.AMOUNT;
        return entry.fee > entry.amount ? ReleaseRefusal.FEE : ReleaseRefusal.NONE;
    }

    /// @dev Accepts the statement. If a quarantine was in force, it is over.
    function _accept(Replica storage replica, JournalHead calldata statement) private {
        BatchLib.accept(replica, statement);
        if (replica.state == SourceState.QUARANTINED) {
            // In this state, only a lapsed quarantine accepts statements.
            replica.state = _stateOf(replica);
            emit EdgeStateChanged(statement.edge, replica.state, 0, "lapsed");
        }
    }

    function _inbound() internal view override returns (bytes32 edge) {
        return _inboundName;
    }
}

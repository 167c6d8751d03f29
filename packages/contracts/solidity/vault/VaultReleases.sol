// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {ClaimableReason, Payment, PaymentState, ReleaseRefusal, VaultAsset} from "../interfaces/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {JournalHead, Statements} from "../libraries/Statements.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Replaying the ledger's journal into payments
/// @dev Safety: no token moves here. No entry can revert here, so none blocks those after it.
abstract contract VaultReleases is ICollateralVault, VaultBase {
    /// @notice A batch on its way.
    /// @param head after `count` entries
    /// @param count entries replayed so far, in this generation
    /// @param generation of the edge
    /// @param refused true once an entry was none that an honest ledger journals
    struct Batch {
        bytes32 head;
        uint64 count;
        uint32 generation;
        bool refused;
    }

    /// @inheritdoc ICollateralVault
    bytes32 public immutable inboundEdge;

    uint256 private constant CUT = 64;
    uint256 private constant MARKS_MAX = 4;
    uint256 private constant MAX_AHEAD_S = 120;
    uint256 private constant QUARANTINE_S = 72 hours;

    constructor() {
        inboundEdge = EdgeLib.nameOf(_settlementChainId, _ledger, block.chainid, address(this), 0, 0);
        ReplicaLib.open(inboundEdge, 0);
    }

    /// @inheritdoc ICollateralVaultReleases
    function applyReleases(
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs
    ) external nonReentrant {
        Replica storage replica = _acceptingReplica(statement.edge);
        uint64 count = replica.count;
        _requireBatch(from, EntryCodec.countOf(entries), count, statement);
        _verify(replica, statement, sigs);

        Batch memory batch = Batch({head: replica.head, count: count, generation: replica.generation, refused: false});
        _replayMarks(batch, replica, entries[uint256(count - from) * EntryCodec.LENGTH:], marks, statement.count);
        if (batch.head != statement.head) revert HeadMismatch(batch.head, statement.head);
        replica.head = batch.head;
        replica.count = batch.count;
        _accept(replica, statement);
        emit Applied(statement.edge, count, batch.count, batch.head, msg.sender);
        if (batch.refused) _quarantine(replica, statement.edge);
    }

    /// @inheritdoc ICollateralVaultReleases
    function refresh(JournalHead calldata statement, bytes calldata sigs) external nonReentrant {
        Replica storage replica = _acceptingReplica(statement.edge);
        if (statement.count != statement.tip || statement.count != replica.count || statement.head != replica.head) {
            revert NotAtReplica(statement.edge, statement.count, replica.count);
        }
        _verify(replica, statement, sigs);
        _accept(replica, statement);
    }

    /// @inheritdoc ICollateralVaultReleases
    function replayProven(
        bytes32 head,
        uint64 count,
        uint32 generation,
        bytes calldata entries
    ) external returns (bytes32, bool) {
        if (msg.sender != address(this)) revert NotAuthorized(msg.sender, address(this));
        Batch memory batch = Batch({head: head, count: count, generation: generation, refused: false});
        for (uint256 at = 0; at < entries.length; at += EntryCodec.LENGTH) {
            _replayOne(batch, entries[at:at + EntryCodec.LENGTH]);
        }
        return (batch.head, batch.refused);
    }

    /// @inheritdoc ICollateralVaultReleases
    function payment(uint96 seq) external view returns (Payment memory) {
        return _payments[seq];
    }

    /// @inheritdoc ICollateralVaultReleases
    function quarantinedUntil() external view returns (uint40) {
        return _quarantinedUntil;
    }

    /// @inheritdoc ICollateralVaultReleases
    function markOf(uint64 count) external view returns (bytes32) {
        return ReplicaLib.locate(inboundEdge).marks[count];
    }

    /// @inheritdoc ICollateralVaultReleases
    function replicaState()
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state)
    {
        edge = inboundEdge;
        Replica storage replica = ReplicaLib.locate(edge);
        state = replica.state;
        if (state == SourceState.QUARANTINED && block.timestamp >= _quarantinedUntil) state = SourceState.LIVE;
        return (edge, replica.count, replica.head, replica.asOf, replica.acceptedAt, state);
    }

    /// @dev True if tokens can be sent there: an address, and none that would lock them up for good.
    function _canReceive(bytes32 party, address token) internal view returns (bool) {
        address recipient = address(uint160(uint256(party)));
        return
            uint256(party) >> 160 == 0 && recipient != address(0) && recipient != address(this) && recipient != token;
    }

    /// @dev The replica if the statement is for it and it takes statements now.
    function _acceptingReplica(bytes32 edge) private view returns (Replica storage replica) {
        if (edge != inboundEdge) revert EdgeMismatch(edge, inboundEdge);
        if (block.timestamp < _quarantinedUntil) revert EdgeQuarantined(edge, _quarantinedUntil);
        replica = ReplicaLib.locate(edge);
        if (replica.state == SourceState.CLOSED) revert EdgeClosed(edge);
    }

    /// @dev Judges the batch against the replica before anything is verified or replayed.
    function _requireBatch(uint64 from, uint256 length, uint64 count, JournalHead calldata statement) private pure {
        if (statement.count > statement.tip || (statement.count != statement.tip && statement.count % CUT != 0)) {
            revert CountNeitherTipNorCut(statement.count, statement.tip);
        }
        if (statement.count <= count) revert NothingNew(statement.count, count);
        if (from > count) revert EntriesMissing(from, count);
        if (from + length != statement.count) revert EntriesEndElsewhere(from + length, statement.count);
    }

    /// @dev The statement's time and its signatures.
    function _verify(Replica storage replica, JournalHead calldata statement, bytes calldata sigs) private view {
        if (statement.asOf > block.timestamp + MAX_AHEAD_S) {
            revert AsOfAhead(statement.asOf, block.timestamp + MAX_AHEAD_S);
        }
        if (statement.asOf < replica.asOf) revert AsOfFell(statement.asOf, replica.asOf);
        IAttesterSet(_attesterSet).verify(Statements.hashOf(statement), statement.epoch, sigs);
    }

    /// @dev Replays the entries past the replica's count and stores the running head at each mark.
    function _replayMarks(
        Batch memory batch,
        Replica storage replica,
        bytes calldata fresh,
        uint64[] calldata marks,
        uint64 upTo
    ) private {
        if (marks.length > MARKS_MAX) revert TooManyMarks(marks.length, MARKS_MAX);
        uint64 after_ = batch.count;
        uint256 next = 0;
        for (uint256 at = 0; at < fresh.length; at += EntryCodec.LENGTH) {
            _replayOne(batch, fresh[at:at + EntryCodec.LENGTH]);
            if (next == marks.length || marks[next] > batch.count) continue;
            if (marks[next] <= after_) revert MarkOutOfRange(marks[next], after_, upTo);
            after_ = marks[next++];
            replica.marks[after_] = batch.head;
        }
        if (next != marks.length) revert MarkOutOfRange(marks[next], after_, upTo);
    }

    /// @dev Replays one entry, whatever it is.
    function _replayOne(Batch memory batch, bytes calldata packed) private {
        batch.head = keccak256(abi.encodePacked(batch.head, packed));
        uint96 seq = EdgeLib.sequenceOf(batch.generation, ++batch.count);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        ReleaseRefusal refusal = _refusalOf(entry);
        if (refusal != ReleaseRefusal.NONE) {
            batch.refused = true;
            emit RefusedRelease(seq, refusal);
            return;
        }
        VaultAsset storage kept = _assets[entry.asset];
        kept.owed += entry.amount;
        bool canReceive = _canReceive(entry.party, kept.token);
        // Safety of the cast: block times fit 40 bits for 34,000 years.
        uint40 readyAt = uint40(block.timestamp);
        _payments[seq] = Payment({
            entryHash: bytes25(keccak256(packed)),
            readyAt: readyAt,
            state: canReceive ? PaymentState.QUEUED : PaymentState.CLAIMABLE,
            flags: 0
        });
        address recipient = address(uint160(uint256(entry.party)));
        emit Queued(seq, entry.asset, entry.account, recipient, entry.amount, readyAt);
        if (!canReceive) emit Claimable(seq, ClaimableReason.RECIPIENT);
    }

    /// @dev What every ledger guarantees of what it journals for this vault, as far as the vault can see it. An amount
    ///      above what is accounted and not owed was never locked here, so no line can have covered it (I4).
    function _refusalOf(Entry memory entry) private view returns (ReleaseRefusal) {
        if (entry.kind != EntryCodec.RELEASE) return ReleaseRefusal.KIND;
        VaultAsset storage kept = _assets[entry.asset];
        if (kept.token == address(0)) return ReleaseRefusal.ASSET;
        if (AccountLib.ownerOf(entry.account) == address(0)) return ReleaseRefusal.ACCOUNT;
        if (entry.amount == 0 || uint256(kept.owed) + entry.amount > kept.accounted) return ReleaseRefusal.AMOUNT;
        return entry.fee > entry.amount ? ReleaseRefusal.FEE : ReleaseRefusal.NONE;
    }

    /// @dev Takes the statement's block as the anchor and, if the replica stands at the tip, its time as known.
    function _accept(Replica storage replica, JournalHead calldata statement) private {
        replica.anchor = statement.blockHash;
        if (statement.count == statement.tip) {
            // At most the block time plus 120 seconds, which fits 40 bits.
            replica.asOf = uint40(statement.asOf);
            replica.acceptedAt = uint40(block.timestamp);
            emit Refreshed(statement.edge, statement.count, statement.asOf);
        }
        if (replica.state == SourceState.QUARANTINED) {
            // Only a lapsed one is accepted in this state.
            replica.state = SourceState.LIVE;
            emit EdgeStateChanged(statement.edge, SourceState.LIVE, 0, "lapsed");
        }
    }

    function _quarantine(Replica storage replica, bytes32 edge) private {
        uint40 until = uint40(block.timestamp + QUARANTINE_S);
        replica.state = SourceState.QUARANTINED;
        _quarantinedUntil = until;
        emit EdgeStateChanged(edge, SourceState.QUARANTINED, until, "refused entry");
    }
}

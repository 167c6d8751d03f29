// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CreditLimits,
    CreditQuote,
    ICollateralLedger,
    LedgerInit,
    ParkReason
} from "../interfaces/ICollateralLedger.sol";
import {ILedgerDuties} from "../interfaces/ILedgerDuties.sol";
import {ILedgerTerms} from "../interfaces/ILedgerTerms.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerBadDays} from "./LedgerBadDays.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWitnesses} from "./LedgerWitnesses.sol";

/// @title Limits and witnesses: setting them, asking them, explaining them; and bad days
/// @notice Called through the ledger, on the ledger's storage; `ILedgerDuties` and `ILedgerBadDays` are the manuals.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerDuties is LedgerReplay, LedgerWitnesses, LedgerBadDays, ILedgerDuties {
    /// @dev No more than a quarter of a cap may ever be in use unconfirmed.
    uint16 private constant FAST_BP_MAX = 2_500;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerDuties
    function confirm(uint16 source, uint8 witness, uint64 count) external {
        SourceRecord storage record = _acceptingSource(source);
        if (!_isRead(record, witness)) revert ICollateralLedger.WitnessNotRead(source, witness);
        Replica storage replica = ReplicaLib.locate(record.edge);
        bytes32 ours = count == replica.count ? replica.head : ReplicaLib.markOf(replica, count);
        if (ours == 0 || count > replica.count) revert ICollateralLedger.NotMarked(source, count);
        bytes32 theirs = _recordOf(_witnesses[source][witness].at, record.edge, count);
        if (theirs == 0) revert ICollateralLedger.WitnessSilent(source, witness, count);
        if (theirs != ours) {
            if (!_witnesses[source][witness].mayConflict)
                revert ICollateralLedger.WitnessDiffers(source, witness, count, theirs);
            return _noteConflict(source, record, witness, count, ours, theirs);
        }
        uint256 lanes = replica.confirmedBy;
        uint256 shift = uint256(witness) * 64;
        if (uint64(lanes >> shift) >= count) revert ICollateralLedger.NothingNew(count, uint64(lanes >> shift));
        lanes = (lanes & ~(uint256(type(uint64).max) << shift)) | (uint256(count) << shift);
        replica.confirmedBy = lanes;
        emit ICollateralLedger.Confirmed(source, witness, count);
        uint64 reached = _highest(lanes, record.m);
        if (reached > replica.confirmed) replica.confirmed = reached;
    }

    /// @inheritdoc ILedgerDuties
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external {
        SourceRecord storage record = _listedSource(source);
        Replica storage replica = ReplicaLib.locate(record.edge);
        uint256 end = count + EntryCodec.countOf(entries);
        if (count == 0 || end > replica.count) revert ICollateralLedger.MarkOutOfRange(count, 0, replica.count);
        bytes32 known = end == replica.count ? replica.head : ReplicaLib.markOf(replica, uint64(end));
        bytes32 reached = EntryCodec.fold(head, entries);
        if (known == 0 || reached != known) revert ICollateralLedger.HeadMismatch(reached, known);
        ReplicaLib.mark(replica, count, head);
    }

    /// @inheritdoc ILedgerDuties
    function witnessOf(
        uint16 source,
        uint8 witness
    ) external view returns (address at, bool mayConflict, bool conflicted, uint64 confirmed) {
        SourceRecord storage record = _listedSource(source);
        WitnessRecord storage kept = _witnesses[source][witness];
        // forge-lint: disable-next-line(incorrect-shift)
        conflicted = record.witnessMask & (WITNESS_CONFLICTED << witness) != 0;
        confirmed = uint64(ReplicaLib.locate(record.edge).confirmedBy >> (uint256(witness) * 64));
        return (kept.at, kept.mayConflict, conflicted, confirmed);
    }

    /// @inheritdoc ILedgerDuties
    function confirmedOf(uint16 source) external view returns (uint64 confirmed, uint40 conflictAt) {
        return (ReplicaLib.locate(_listedSource(source).edge).confirmed, _conflictAt[source]);
    }

    /// @inheritdoc ILedgerDuties
    function setFast(uint16 assetId, uint16 fastBp) external {
        AssetRecord storage record = _listedAsset(assetId);
        if (fastBp > FAST_BP_MAX) revert ILedgerTerms.FastTooHigh(fastBp, FAST_BP_MAX);
        _onlyLowering(fastBp, record.fastBp);
        record.fastBp = fastBp;
        emit ILedgerTerms.FastSet(assetId, fastBp, msg.sender);
    }

    /// @inheritdoc ILedgerDuties
    function setWitness(uint16 source, uint8 slot, address at, bool mayConflict) external {
        _only(_governor, "governor");
        SourceRecord storage record = _listedSource(source);
        if (slot >= WITNESSES_MAX || (at != address(0) && at.code.length == 0))
            revert ILedgerTerms.WitnessRefused(source, slot, at);
        for (uint8 other = 0; other < WITNESSES_MAX; ++other) {
            if (at != address(0) && _witnesses[source][other].at == at)
                revert ILedgerTerms.WitnessRefused(source, slot, at);
        }
        _witnesses[source][slot] = WitnessRecord(at, mayConflict);
        // forge-lint: disable-next-item(incorrect-shift)
        uint16 mask = record.witnessMask & ~((WITNESS_READ | WITNESS_CONFLICTED) << slot);
        // forge-lint: disable-next-line(incorrect-shift)
        if (at != address(0)) mask |= WITNESS_READ << slot;
        record.witnessMask = mask;
        // What another contract confirmed in this place is no word of the new one; what is confirmed stays confirmed.
        ReplicaLib.locate(record.edge).confirmedBy &= ~(uint256(type(uint64).max) << (uint256(slot) * 64));
        emit ILedgerTerms.WitnessSet(source, slot, at, mayConflict);
        if (record.state == SourceState.CONTESTED && mask & WITNESSES_CONFLICTED == 0) {
            _setState(source, record, SourceState.LIVE, 0, "witness");
        }
    }

    /// @inheritdoc ILedgerDuties
    function limitsOf(uint16 assetId) external view returns (CreditLimits memory limits) {
        (Batch memory batch, AssetRun memory run) = _openLimits(assetId);
        limits.fastUnits = run.fastUnits;
        if (batch.m != 0) {
            (uint112 cum, uint112 base, , ) = _fastOf(_assets[assetId], batch.start, batch.confirmed);
            unchecked {
                limits.unconfirmedUnits = uint112(cum - base);
            }
        }
        limits.capRoom = run.capRoom;
        limits.burstUnits = run.cap / 4;
        limits.bucketRoom = run.bucketRoom;
        limits.seasonRoom = run.seasonRoom;
    }

    /// @inheritdoc ILedgerDuties
    function quoteCredit(
        bytes32 account,
        uint16 assetId,
        uint128 amount
    ) external view returns (CreditQuote memory quote) {
        (Batch memory batch, AssetRun memory run) = _openLimits(assetId);
        (quote.reason, quote.limiter, quote.at) = _limitedBy(batch, run, assetId, amount);
        if (quote.reason != ParkReason.NONE) return quote;
        uint256 fresh = _freshOf(run, amount);
        if (fresh == 0) return quote;
        uint256 end = _max(_placeInBucket(run, amount), block.timestamp + SEASON_S);
        uint256 until = _dustUntil(account, run, fresh, end);
        if (until != 0) return CreditQuote(ParkReason.SEASON, "season", until, 0, 0);
        (quote.unseasoned, quote.seasonEnd) = (fresh, _endWith(_lines[account][assetId], end));
    }

    /// @dev What a batch of one entry of the asset would begin with.
    function _openLimits(uint16 assetId) private view returns (Batch memory batch, AssetRun memory run) {
        AssetRecord storage asset = _listedAsset(assetId);
        SourceRecord storage source = _sources[asset.source];
        batch = _openBatch(asset.source, source, ReplicaLib.locate(source.edge), 1);
        _selectRun(batch, asset.vaultAsset);
        run = batch.run;
    }

    /// @dev What keeps an amount that arrives now from its line, the season left out, and until when.
    function _limitedBy(
        Batch memory batch,
        AssetRun memory run,
        uint16 assetId,
        uint256 amount
    ) private view returns (ParkReason reason, bytes32 limiter, uint256 at) {
        if (amount > run.fastRoom) {
            return (ParkReason.UNCONFIRMED, "fast", _opensAt(batch, run, _assets[assetId], amount));
        }
        at = _creditPausedUntil(assetId, _assets[assetId]);
        if (at != 0) return (ParkReason.CAP, "paused", at);
        if (amount > run.capRoom) return (ParkReason.CAP, "cap", 0);
        if (amount <= run.bucketRoom) return (ParkReason.NONE, "", block.timestamp);
        uint256 tat = BucketMath.after_(run.bucketTat, amount, run.cap);
        if (BucketMath.isNear(tat)) return (ParkReason.NONE, "", block.timestamp);
        return (ParkReason.CAP, "bucket", (tat - BucketMath.AHEAD_MAX + 0xffff) >> 16);
    }

    /// @dev The governor sets what it will, the risk admin only what is lower.
    function _onlyLowering(uint256 next, uint256 current) private view {
        if (msg.sender == _governor) return;
        _only(_riskAdmin, "riskAdmin");
        if (next >= current) revert ILedgerTerms.LimitNotLower(next, current);
    }

    /// @dev The m-th highest of four lanes of 64 bits.
    function _highest(uint256 lanes, uint256 m) private pure returns (uint64 reached) {
        for (uint256 i = 0; i < WITNESSES_MAX; ++i) {
            uint64 candidate = uint64(lanes >> (i * 64));
            uint256 atLeast = 0;
            for (uint256 j = 0; j < WITNESSES_MAX; ++j) {
                if (uint64(lanes >> (j * 64)) >= candidate) ++atLeast;
            }
            if (atLeast >= m && candidate > reached) reached = candidate;
        }
    }
}

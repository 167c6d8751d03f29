// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {ILedgerGenerations, WriteOff} from "../interfaces/ILedgerGenerations.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {Crossing, GenerationLib} from "../libraries/GenerationLib.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Closing the replica of a vault's journal at a point
/// @notice Undoes what was applied past the point, on the assets that it named; `ILedgerGenerations` is the manual.
/// @dev Safety: an entry is undone at most once, in the reverse order, and only as far as it had an effect: what was refused is
///      on record. What is taken back never passes what the entry credited; all lines and parked credit fall by exactly that
///      sum, or owe the rest.
abstract contract LedgerClosing is LedgerReplay, LedgerGate, ILedgerGenerations {
    /// @dev Assets that one step goes through after the last entry.
    uint256 private constant ASSETS_PER_STEP = 256;
    uint40 private constant WRITE_OFF_AFTER = 72 hours;

    /// @inheritdoc ILedgerGenerations
    function closeEdge(uint16 source, uint64 count, bytes32 head, uint32 epoch, bytes calldata sigs) external {
        _only(_governor, "governor");
        SourceRecord storage record = _listedSource(source);
        bytes32 edge = record.edge;
        IAttesterSet(_attesterSet).verifyGeneration(edge, count, head, epoch, sigs);
        bytes32 next = EdgeLib.nameOf(
            record.originChainId,
            record.vault,
            block.chainid,
            address(this),
            ReplicaLib.locate(edge).generation + 1,
            head
        );
        GenerationLib.close(edge, next, count, head);
        _interrupt(source, record, SourceState.CLOSED, "closing");
        emit EdgeClosing(source, edge, next, count, head);
    }

    /// @inheritdoc ILedgerGenerations
    function continueEdge(uint16 source, bytes32 headBefore, bytes calldata entries) external {
        SourceRecord storage record = _listedSource(source);
        bytes32 edge = record.edge;
        uint64 before = GenerationLib.retreat(edge, headBefore, entries);
        uint32 generation = ReplicaLib.locate(edge).generation;
        for (uint256 i = entries.length / EntryCodec.LENGTH; i != 0; --i) {
            _undo(source, EdgeLib.sequenceOf(generation, before + uint64(i)), EntryCodec.entryAt(entries, i - 1));
        }
        emit EdgeUndone(source, edge, before);
        Crossing storage crossing = GenerationLib.locate(edge);
        if (before != crossing.point || !_forgetFast(source, crossing)) return;
        crossing.done = true;
        _openNext(source, record, edge, crossing.next, generation + 1);
    }

    /// @inheritdoc ILedgerGenerations
    function writeOff(uint16 assetId) external {
        AssetRecord storage record = _listedAsset(assetId);
        SourceRecord storage source = _acceptingSource(record.source);
        WriteOff memory kept = _writeOffs[assetId];
        if (kept.owing == 0) revert NothingOwed(assetId);
        uint40 asOf = source.asOf;
        if (kept.seenAt == 0) {
            // While the edge is closed no statement is taken, so a later one is of the next generation.
            if (asOf <= kept.since) revert WriteOffTooEarly(assetId, kept.since + 1, asOf);
            _writeOffs[assetId].seenAt = asOf;
            emit WriteOffAnnounced(assetId, asOf + WRITE_OFF_AFTER);
            return;
        }
        if (asOf < kept.seenAt + WRITE_OFF_AFTER) revert WriteOffTooEarly(assetId, kept.seenAt + WRITE_OFF_AFTER, asOf);
        delete _writeOffs[assetId];
        // Until the vault answers, the asset stays unsettled: no release overtakes the loss.
        uint96 lostSeq = _journalLost(source.outboundEdge, record.vaultAsset, kept.owing);
        _coverages[record.source][record.vaultAsset].lostSeq = lostSeq;
        emit WrittenOff(assetId, kept.owing, lostSeq);
    }

    /// @inheritdoc ILedgerGenerations
    function writeOffOf(uint16 assetId) external view returns (WriteOff memory) {
        return _writeOffs[assetId];
    }

    /// @inheritdoc ILedgerGenerations
    function debtOf(bytes32 account, uint16 assetId) external view returns (uint256) {
        return _debts[account][assetId];
    }

    /// @inheritdoc ILedgerGenerations
    function crossingOf(
        bytes32 edge
    ) external view returns (bytes32 next, uint64 point, uint64 count, bytes32 head, bool done) {
        Crossing storage crossing = GenerationLib.locate(edge);
        return (crossing.next, crossing.point, crossing.count, crossing.head, crossing.done);
    }

    /// @dev Everything before the point is confirmed by those who agreed on it, so nothing is in use unconfirmed any more, and
    ///      numbers begin anew. Says whether all assets are done.
    function _forgetFast(uint16 source, Crossing storage crossing) private returns (bool) {
        uint256 end = _min(crossing.assets + ASSETS_PER_STEP, _assetCount);
        for (uint256 assetId = crossing.assets + 1; assetId <= end; ++assetId) {
            AssetRecord storage record = _assets[uint16(assetId)];
            if (record.source != source) continue;
            if (record.cumFastBase != record.cumFast) record.cumFastBase = record.cumFast;
            (record.openCount, record.cumFastOpen, record.openAt, record.openSetAt, record.openFor) = (0, 0, 0, 1, 0);
        }
        // At most the number of assets.
        crossing.assets = uint16(end);
        return end == _assetCount;
    }

    /// @dev From here on the ledger replays the next generation. Witnesses are read anew: what they recorded of the generation
    ///      before was settled by those who agreed on the point.
    function _openNext(
        uint16 source,
        SourceRecord storage record,
        bytes32 edge,
        bytes32 next,
        uint32 generation
    ) private {
        ReplicaLib.open(next, generation);
        delete _sourceOfEdge[edge];
        _sourceOfEdge[next] = source;
        record.edge = next;
        uint16 mask = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            // forge-lint: disable-next-line(incorrect-shift)
            if (_witnesses[source][slot].at != address(0)) mask |= WITNESS_READ << slot;
        }
        record.witnessMask = mask;
        record.flags &= ~SOURCE_REFUSAL_COUNTED;
        _resume(source, record, "generation");
        emit EdgeOpened(source, next, edge, generation);
    }

    function _undo(uint16 source, uint96 seq, Entry memory entry) private {
        if (_ineffective[source][seq]) return;
        if (entry.kind == EntryCodec.LOCK) _undoLock(source, seq, entry);
        else if (entry.kind == EntryCodec.REFUND) _undoRefund(source, seq, entry);
        else if (entry.kind == EntryCodec.SHORTFALL) _undoShortfall(source, entry.asset);
        else if (_appointments[entry.account].seq == seq) {
            delete _appointments[entry.account];
            emit AppointmentUndone(entry.account);
        }
    }

    /// @dev A credit that is parked no more was credited: whoever freed it earned its fee.
    function _undoLock(uint16 source, uint96 seq, Entry memory entry) private {
        if (entry.amount == 0) return;
        if (_voidParked(source, seq)) return;
        uint16 assetId = _assetIdOf(source, entry.asset);
        if (assetId == 0) return;
        _takeBack(source, seq, entry.account, assetId, entry.amount - entry.fee);
        if (entry.fee != 0) _owe(0, assetId, entry.fee);
    }

    /// @dev Its record is gone if it had an effect.
    function _undoRefund(uint16 source, uint96 seq, Entry memory entry) private {
        uint96 which = uint96(uint256(entry.party));
        if (_released[source][which] != 0) return;
        uint16 assetId = _assetIdOf(source, entry.asset);
        _released[source][which] = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
        AssetRecord storage asset = _assets[assetId];
        // Less is in there if the asset was listed after it.
        if (assetId != 0) asset.refundedCum -= uint128(_min(entry.amount, asset.refundedCum));
        emit RefundUndone(source, which);
        if (_voidParked(source, seq) || assetId == 0) return;
        _takeBack(source, seq, entry.account, assetId, entry.amount);
    }

    /// @dev What the vault lacks is not known any more, and the coverage in force stays until its next report.
    function _undoShortfall(uint16 source, uint16 vaultAsset) private {
        Coverage storage kept = _coverages[source][vaultAsset];
        (kept.uncoveredReported, kept.since) = (kept.uncoveredInForce, 0);
        uint16 assetId = _assetIdOf(source, vaultAsset);
        if (assetId != 0) _assets[assetId].flags &= ~ASSET_IMPAIRED;
        emit AssetCleared(source, vaultAsset);
    }

    /// @dev Deletes what an entry parked, and says whether it had. Fees that a batch parked under the entry's number are their
    ///      account's, and count as credited.
    function _voidParked(uint16 source, uint96 seq) private returns (bool) {
        ParkedCredit memory parked = _parked[source][seq];
        if (parked.reason == ParkReason.NONE || parked.reason == ParkReason.FEE) return false;
        if (parked.reason != ParkReason.UNLISTED && parked.flags & PARKED_UNLISTED == 0) {
            _assets[_assetIdOf(source, parked.vaultAsset)].parked -= parked.amount;
        }
        delete _parked[source][seq];
        emit ParkedVoided(source, seq, parked.account, parked.amount);
        return true;
    }

    /// @dev Tells the vault of units on lines for which nothing was ever locked, and gives the entry's number.
    function _journalLost(bytes32 edge, uint16 vaultAsset, uint128 units) private returns (uint96) {
        Journal storage journal = JournalLib.locate(edge);
        (uint64 index, ) = JournalLib.append(journal, EntryCodec.LOST, vaultAsset, units, 0, 0, 0);
        emit ILedgerBadDays.Journaled(edge, index, EntryCodec.LOST, vaultAsset, units, 0, 0);
        return EdgeLib.sequenceOf(journal.generation, index);
    }

    /// @dev Takes units of a line as far as they are there, what has not seasoned first; the account owes the rest.
    function _takeBack(uint16 source, uint96 seq, bytes32 account, uint16 assetId, uint256 units) private {
        uint256 line = _lines[account][assetId];
        uint256 held = LedgerWords.amountOf(line);
        uint256 taken = _min(units, held);
        if (taken != 0) {
            uint256 unseasoned = _min(LedgerWords.unseasonedOf(line, block.timestamp), held);
            uint256 left = unseasoned > taken ? unseasoned - taken : 0;
            line -= taken;
            if (left != unseasoned) line = _withSeason(line, account, assetId, left, uint32(line >> 216));
            _lowerCredited(_assets[assetId], taken);
            _leaveLane(account, assetId, taken == held);
        }
        if (units > taken) {
            line |= LINE_OWES;
            _owe(account, assetId, units - taken);
        }
        _lines[account][assetId] = line;
        emit TakenBack(source, seq, account, assetId, taken, units - taken);
    }

    /// @dev Notes what lines of an asset lack. From the first unit on the asset's maintenance weight stands still.
    function _owe(bytes32 account, uint16 assetId, uint256 units) private {
        AssetRecord storage record = _assets[assetId];
        _debts[account][assetId] += units;
        if (record.flags & ASSET_OWING == 0) {
            record.flags |= ASSET_OWING;
            // The source is closed, hence frozen, with the weight of that moment.
            if (record.flags & ASSET_IMPAIRED == 0) {
                _coverages[record.source][record.vaultAsset].frozenBp = _sources[record.source].frozenBp;
            }
        }
        WriteOff memory kept = _writeOffs[assetId];
        // Sums of an asset stay below 2^104.
        _writeOffs[assetId] = WriteOff(kept.owing + uint128(units), uint40(block.timestamp), 0);
    }
}

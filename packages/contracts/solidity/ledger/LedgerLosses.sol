// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {LedgerInit} from "../interfaces/ledger/LedgerTypes.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {IEdge} from "../edge/IEdge.sol";
import {JournalLib} from "../edge/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {WitnessLib} from "../edge/WitnessLib.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWitnesses} from "./LedgerWitnesses.sol";

/// @title Confirmation of a source's journal, and the handling of losses
/// @notice Runs by delegatecall on the ledger's storage; `ILedgerLosses` is the manual.
/// @dev It has no state: called directly, it uses its own, empty storage.
contract LedgerLosses is LedgerWitnesses, LedgerGate, ILedgerLosses {
    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerLosses
    function confirm(uint16 source, uint8 witness, uint64 count) external {
        SourceRecord storage record = _acceptingSource(source);
        if (!_isRead(record, witness)) revert IEdge.WitnessNotCounting(witness);
        (Replica storage replica, WitnessRecord memory kept) = (
            ReplicaLib.locate(record.edge),
            _witnesses[source][witness]
        );
        (bytes32 ours, bytes32 theirs) = WitnessLib.compareAt(
            replica,
            witness,
            kept.at,
            WITNESS_GAS,
            record.edge,
            count,
            kept.mayConflict
        );
        if (theirs != ours) return _noteConflict(source, record, witness, count, ours, theirs);
        uint64 before = WitnessLib.confirm(replica, witness, count, record.m);
        if (count <= before) revert IEdge.NothingNew(count, before);
        emit Confirmed(source, witness, count);
    }

    /// @inheritdoc ILedgerLosses
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external {
        ReplicaLib.markBy(ReplicaLib.locate(_listedSource(source).edge), count, head, entries);
    }

    /// @inheritdoc ILedgerLosses
    function cover(uint16 assetId) external {
        AssetRecord storage record = _listedAsset(assetId);
        SourceRecord storage source = _sources[record.source];
        SourceState state = _stateOf(source);
        // A contested source may report a shortfall that its vault never reported.
        if (state != SourceState.LIVE) {
            revert ILedgerCore.SourceNotAccepting(record.source, state, source.stateUntil);
        }
        Coverage memory kept = _coverages[record.source][record.vaultAsset];
        // If the last report was unwound, the vault must report first. An earlier answer to a LOST settles it anyway.
        bool isSaid = kept.said != 0;
        if (!isSaid && kept.answer == 0) revert NothingToCover(assetId);
        bool isLess = kept.uncoveredReported > kept.uncoveredInForce;
        bool isMore = kept.uncoveredReported < kept.uncoveredInForce || (kept.since != 0 && !isLess);
        if (!isLess && !isMore && kept.answer == 0) revert NothingToCover(assetId);
        uint40 coverFrom = isLess ? kept.since + COVER_AFTER : 0;
        uint40 asOf = record.source == 0 ? uint40(block.timestamp) : source.asOf;
        // The figure and the answer have separate dates, so changing one by a unit a day cannot delay the other.
        bool due = isSaid && (isLess || isMore) && asOf >= coverFrom && _isDue(source, kept.said);
        if (kept.answer != 0 && _isDue(source, kept.answer)) {
            _settleLoss(kept, record.source, record.vaultAsset, assetId);
        } else if (!due) {
            if (kept.answer == 0 && asOf < coverFrom) revert CoverTooEarly(assetId, coverFrom, asOf);
            uint104 told = kept.answer != 0 ? kept.answer : kept.said;
            revert ILedgerCore.NotConfirmed(
                uint64(told >> 40),
                ReplicaLib.locate(source.edge).confirmed,
                _openOf(told)
            );
        }
        if (due) {
            (kept.uncoveredInForce, kept.since) = (kept.uncoveredReported, 0);
            emit Covered(record.source, record.vaultAsset, WAD - kept.uncoveredInForce);
        }
        _coverages[record.source][record.vaultAsset] = kept;
        _noteCoverage(record, kept);
    }

    /// @inheritdoc ILedgerLosses
    function writeOff(uint16 source, uint16 vaultAsset) external {
        SourceRecord storage record = _acceptingSource(source);
        Unsettled storage left = _unsettled[source][vaultAsset];
        (uint104 orphaned, uint104 units) = (left.orphaned, left.missing);
        if (orphaned != 0) revert OrphansLeft(source, vaultAsset, orphaned);
        // One at a time: an answer settles the asset, so no LOST may be open before this one.
        Coverage storage coverage = _coverages[source][vaultAsset];
        if (coverage.lostSeq != 0) revert ILedgerRewind.AssetUnsettled(_assetIdOf(source, vaultAsset));
        bool found = units == 0;
        if (found) {
            units = left.found;
            if (units == 0) revert NothingMissing(source, vaultAsset);
            left.found = 0;
        } else {
            // Units of a parked credit that are missing after it is unwound come again as orphans do.
            _requireHeard(source, record);
            // The asset stays unsettled until the vault answers: no release overtakes the loss.
            left.missing = 0;
        }
        bytes32 party = bytes32(uint256(found ? 1 : 0));
        uint64 index = JournalLib.tell(record.outboundEdge, EntryCodec.LOST, vaultAsset, units, 0, party);
        (coverage.lostSeq, coverage.answer) = (index, 0);
        emit WrittenOff(source, vaultAsset, units, found, index);
    }

    /// @inheritdoc ILedgerLosses
    function noteHalt(uint16 source) external {
        SourceRecord storage record = _remoteSource(source);
        SourceState state = _stateOf(record);
        SourceState told = _toldOf(_nameOf(record));
        bool stopped = state == SourceState.HALTED || state == SourceState.RECOVERY;
        if (state == told || state == SourceState.CLOSED || (told == SourceState.LIVE && !stopped)) {
            revert NothingToNote(source, state);
        }
        if (told == SourceState.LIVE) return _resume(source, record, "resumed");
        _interrupt(source, record, told, told == SourceState.HALTED ? bytes32("halted") : bytes32("recovery"));
    }

    /// @dev Returns whether a report is confirmed by the witnesses that the source requires, or is seven days old by
    ///      the source's own clock: a quorum alone must not take everything at the last moment.
    function _isDue(SourceRecord storage source, uint104 told) private view returns (bool) {
        return source.m == 0 || _isSaid(source, uint64(told >> 40)) || source.asOf >= _openOf(told);
    }

    /// @dev Returns the time of the source's clock from which a report needs no confirmation.
    function _openOf(uint104 told) private pure returns (uint40) {
        return uint40(told) + COVER_AFTER;
    }

    /// @dev Returns the verifier's state of an edge: HALTED, RECOVERY, or LIVE otherwise. The verifier never changes and is
    ///      only read.
    function _toldOf(bytes32 edge) private view returns (SourceState) {
        IAttesterSet verifier = IAttesterSet(_attesterSet);
        (bool halted, , ) = verifier.haltOf(edge);
        if (halted) return SourceState.HALTED;
        return verifier.inRecovery() || verifier.stopped() ? SourceState.RECOVERY : SourceState.LIVE;
    }
}

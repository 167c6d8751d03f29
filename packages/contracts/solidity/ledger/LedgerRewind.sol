// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {LedgerInit, ParkReason, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {JournalHead} from "../edge/Statements.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Rewinding a ledger's replica of a vault's journal
/// @notice Runs by delegatecall on the ledger's storage; `ILedgerRewind` is the manual.
/// @dev Safety: no act here raises a line. An entry is unwound at most once for each time that it was applied, in
///      reverse order, and only if it had an effect; entries without effect are on record. What is taken back never
///      exceeds what the entry credited.
///      It has no state: called directly, it uses its own, empty storage.
contract LedgerRewind is LedgerGate, ILedgerRewind {
    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerRewind
    function rewind(uint16 source, JournalHead calldata point, bytes calldata sigs) external {
        _only(_governor, "governor");
        SourceRecord storage record = _remoteSource(source);
        bytes32 edge = record.edge;
        Replica storage replica = ReplicaLib.locate(edge);
        bytes32 next = _nextName(record, point.head);
        uint40 left = RewindLib.unheldEnd(RewindLib.locate(edge), record.stateUntil);
        RewindLib.begin(edge, next, _attesterSet, point, sigs);
        _interrupt(source, record, SourceState.CLOSED, "rewinding");
        // Only now: an extended quarantine has frozen the weights until this moment, and they stay frozen.
        if (record.stateUntil > left) record.stateUntil = left;
        emit Rewinding(source, RewindLib.nameOf(edge, replica), next, point.count, point.head);
    }

    /// @inheritdoc ILedgerRewind
    function rewindContentOf(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs
    ) external view returns (bytes32) {
        SourceRecord storage record = _remoteSource(source);
        RewindLib.requirePoint(record.edge, _nextName(record, point.head), _attesterSet, point, sigs);
        return point.edge;
    }

    /// @inheritdoc ILedgerRewind
    function holdForRewind(
        uint16 source,
        JournalHead calldata point,
        bytes calldata sigs,
        bytes32 predecessor,
        bytes32 salt
    ) external {
        SourceRecord storage record = _remoteSource(source);
        SourceState state = _stateOf(record);
        if (state != SourceState.QUARANTINED) revert SourceNotQuarantined(source, state);
        RewindLib.requirePoint(record.edge, _nextName(record, point.head), _attesterSet, point, sigs);
        (uint40 held, bytes32 operation) = RewindLib.hold(
            record.edge,
            _governor,
            abi.encodeCall(this.rewind, (source, point, sigs)),
            predecessor,
            salt,
            record.stateUntil
        );
        emit HeldForRewind(source, operation);
        _setState(source, record, SourceState.QUARANTINED, held, "rewind scheduled");
    }

    /// @inheritdoc ILedgerRewind
    function letGo(uint16 source) external {
        SourceRecord storage record = _listedSource(source);
        uint40 left = RewindLib.letGo(record.edge, _governor, record.stateUntil);
        _setState(source, record, record.state, left, "no rewind");
    }

    /// @inheritdoc ILedgerRewind
    function unwind(uint16 source, bytes32 headBefore, bytes calldata entries) external {
        SourceRecord storage record = _listedSource(source);
        bytes32 edge = record.edge;
        uint64 before = RewindLib.retreat(edge, headBefore, entries);
        for (uint256 i = entries.length / EntryCodec.LENGTH; i != 0; --i) {
            _unwindOne(source, before + uint64(i), entries[(i - 1) * EntryCodec.LENGTH:i * EntryCodec.LENGTH]);
        }
        emit Unwound(source, before);
        if (before == RewindLib.locate(edge).point) _open(source, record, edge);
    }

    /// @inheritdoc ILedgerRewind
    function takeBack(uint16 source, bytes calldata entry) external {
        SourceRecord storage record = _acceptingSource(source);
        bytes32 entryHash = keccak256(entry);
        if (_orphans[source][entryHash].count == 0) revert OrphanUnknown(source, entryHash);
        _requireHeard(source, record);
        // An orphan was replayed, so it is one whole entry.
        Entry memory one = EntryCodec.entryAt(entry, 0);
        uint16 assetId = _assetIdOf(source, one.asset);
        // The fee lies on lines of relayers, who took it in good faith.
        uint256 taken = assetId == 0 ? 0 : _takeFrom(one.account, assetId, one.amount - one.fee);
        _countOff(source, entryHash, one);
        if (taken != one.amount) _miss(source, entryHash, one.asset, one.amount - taken);
        if (one.kind == EntryCodec.REFUND) _writeRecord(source, assetId, one);
        _settle(source, one.asset);
        emit TakenBack(source, entryHash, one.account, one.asset, taken, one.amount - taken);
    }

    /// @inheritdoc ILedgerRewind
    function comeAgain(uint16 source, uint96 seq, bytes calldata entry) external returns (uint256 had) {
        _only(address(this), "ledger");
        bytes32 entryHash = keccak256(entry);
        Entry memory one = EntryCodec.entryAt(entry, 0);
        if (_countOff(source, entryHash, one)) {
            had = one.amount;
            emit CameAgain(source, seq, entryHash, one.asset, had);
        } else {
            had = _find(source, entryHash, one);
            emit Found(source, seq, entryHash, one.asset, had);
        }
        _settle(source, one.asset);
    }

    /// @dev The name that the replica takes at a head.
    function _nextName(SourceRecord storage record, bytes32 head) private view returns (bytes32) {
        uint32 generation = ReplicaLib.locate(record.edge).generation + 1;
        return EdgeLib.nameOf(record.originChainId, record.vault, block.chainid, address(this), generation, head);
    }

    /// @dev Undoes the effect of one entry.
    function _unwindOne(uint16 source, uint96 seq, bytes calldata packed) private {
        if (_ineffective[source][seq]) {
            delete _ineffective[source][seq];
            return;
        }
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (entry.kind == EntryCodec.LOCK || entry.kind == EntryCodec.REFUND) {
            _unwindCredit(source, seq, keccak256(packed), entry);
        } else if (entry.kind == EntryCodec.SHORTFALL) {
            _unwindReport(source, seq, entry.asset);
        } else if (_appointments[entry.account].seq == seq) {
            delete _appointments[entry.account];
            emit AppointmentUndone(entry.account);
        }
    }

    /// @dev Deletes the credit if it is still parked under the entry's number; otherwise the entry becomes an orphan.
    function _unwindCredit(uint16 source, uint96 seq, bytes32 entryHash, Entry memory entry) private {
        if (entry.amount == 0) return;
        ParkedCredit memory parked = _parked[source][seq];
        if (parked.reason == ParkReason.NONE) return _orphan(source, seq, entryHash, entry);
        uint16 assetId = _assetIdOf(source, entry.asset);
        if (_isSummed(parked)) _assets[assetId].parked -= parked.amount;
        delete _parked[source][seq];
        emit ParkedVoided(source, seq, parked.account, parked.amount);
        if (entry.kind == EntryCodec.REFUND) _writeRecord(source, assetId, entry);
        uint256 rest = entry.amount - parked.amount;
        if (rest == 0 && parked.fee == entry.fee) return;
        // It was taken back before it came, and was parked without the found units.
        if (rest != 0) _unsettle(source, entry.asset);
        _miss(source, entryHash, entry.asset, rest);
        emit MissingAgain(source, seq, entryHash, entry.asset, rest);
    }

    /// @dev The vault's shortage is no longer known, and the coverage in force stays until the vault reports. A LOST
    ///      that the report answered is open again, unless a later LOST is open.
    function _unwindReport(uint16 source, uint96 seq, uint16 vaultAsset) private {
        Coverage storage kept = _coverages[source][vaultAsset];
        uint16 assetId = _assetIdOf(source, vaultAsset);
        uint96 answered = _answers[source][seq];
        if (answered != 0) {
            delete _answers[source][seq];
            if (answered >= kept.lostSeq) {
                _unsettle(source, vaultAsset);
                (kept.lostSeq, kept.answer) = (uint64(answered), 0);
                emit LossReopened(source, vaultAsset, answered);
            }
        }
        if (kept.since == 0) {
            // The source is closed, hence frozen at its present weight. An unsettled asset's weight is already frozen.
            if (!_isUnsettled(source, vaultAsset, assetId)) kept.frozenBp = _sources[source].frozenBp;
            kept.since = uint40(block.timestamp);
            if (assetId != 0) _assets[assetId].flags |= ASSET_IMPAIRED;
        }
        (kept.uncoveredReported, kept.said) = (kept.uncoveredInForce, 0);
        emit ReportUnwound(source, vaultAsset);
    }

    /// @dev Restores the record of the release that a refund had ended.
    function _writeRecord(uint16 source, uint16 assetId, Entry memory entry) private {
        uint96 seq = uint96(uint256(entry.party));
        if (_released[source][seq] != 0) return;
        _released[source][seq] = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
        AssetRecord storage asset = _assets[assetId];
        // The sum is lower if the asset was listed after the refund.
        if (assetId != 0) asset.refundedCum -= uint128(_min(entry.amount, asset.refundedCum));
        emit RefundUndone(source, seq);
    }

    /// @dev Debits a line as far as it has units, unseasoned ones first.
    function _takeFrom(bytes32 account, uint16 assetId, uint256 units) private returns (uint256 taken) {
        uint256 line = _lines[account][assetId];
        uint256 held = LedgerWords.amountOf(line);
        taken = _min(units, held);
        if (taken == 0) return 0;
        uint256 unseasoned = _min(LedgerWords.unseasonedOf(line, block.timestamp), held);
        uint256 left = unseasoned > taken ? unseasoned - taken : 0;
        line -= taken;
        if (left != unseasoned) line = _withSeason(line, account, assetId, left, uint32(line >> 216));
        _lines[account][assetId] = line;
        _lowerCredited(_assets[assetId], taken);
        _leaveLane(account, assetId, taken == held);
    }

    /// @dev Starts the replay under the next name. All witnesses count again: those that agreed on the point have
    ///      settled earlier contradictions.
    function _open(uint16 source, SourceRecord storage record, bytes32 edge) private {
        (bytes32 name, bytes32 previous, uint32 generation) = RewindLib.finish(edge);
        delete _sourceOfEdge[previous];
        _sourceOfEdge[name] = source;
        uint16 mask = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            // forge-lint: disable-next-line(incorrect-shift)
            if (_witnesses[source][slot].at != address(0)) mask |= WITNESS_READ << slot;
        }
        record.witnessMask = mask;
        record.flags &= ~SOURCE_REFUSAL_COUNTED;
        _resume(source, record, "rewound");
        emit EdgeOpened(source, name, previous, generation);
    }
}

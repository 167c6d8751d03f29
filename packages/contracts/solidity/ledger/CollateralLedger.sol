// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralLedger, LedgerInit, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {JournalHead, Statements} from "../libraries/Statements.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerViews} from "./LedgerViews.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title The collateral ledger
/// @notice Takes attested journals of vaults and keeps what every account holds; `ICollateralLedger` is its manual.
contract CollateralLedger is LedgerViews {
    uint256 private constant CUT = 64;
    uint256 private constant MARKS_MAX = 4;
    uint256 private constant MAX_AHEAD_S = 120;

    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ICollateralLedger
    function applyEntries(
        uint16 source,
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs,
        bytes32 feeTo
    ) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        if (!_isOwnable(feeTo)) revert FeeAccountRefused(feeTo);
        if (statement.edge != record.edge) revert EdgeMismatch(statement.edge, record.edge);
        Replica storage replica = ReplicaLib.locate(statement.edge);
        uint64 count = replica.count;
        _requireBatch(from, EntryCodec.countOf(entries), count, statement);
        _verify(replica, statement, sigs);

        Batch memory batch;
        batch.head = replica.head;
        batch.count = count;
        batch.source = source;
        batch.generation = replica.generation;
        batch.runs = new uint256[](statement.count - count);
        uint256 skipped = uint256(count - from) * EntryCodec.LENGTH;
        uint256 cursor;
        assembly ("memory-safe") {
            cursor := add(entries.offset, skipped)
        }
        batch.cursor = cursor;

        _replayMarks(batch, replica, marks, statement.count);
        if (batch.head != statement.head) revert HeadMismatch(batch.head, statement.head);
        _settleRuns(batch, feeTo);
        replica.head = batch.head;
        replica.count = statement.count;
        _accept(source, record, replica, statement);
        emit Applied(statement.edge, count, statement.count, batch.head, feeTo);
        if (batch.refused) _quarantine(source, record, uint40(block.timestamp + FREEZE_MAX), "refused entry");
    }

    /// @inheritdoc ICollateralLedger
    function refresh(JournalHead[] calldata statements, bytes[] calldata sigs) external {
        if (statements.length != sigs.length) revert LengthsDiffer(statements.length, sigs.length);
        for (uint256 i = 0; i < statements.length; ++i) {
            JournalHead calldata statement = statements[i];
            uint16 source = _sourceOfEdge[statement.edge];
            if (source == 0) revert EdgeUnknown(statement.edge);
            SourceRecord storage record = _acceptingSource(source);
            Replica storage replica = ReplicaLib.locate(statement.edge);
            if (
                statement.count != statement.tip || statement.count != replica.count || statement.head != replica.head
            ) {
                revert NotAtReplica(statement.edge, statement.count, replica.count);
            }
            _verify(replica, statement, sigs[i]);
            _accept(source, record, replica, statement);
        }
    }

    /// @inheritdoc ICollateralLedger
    function unpark(uint16 source, uint96 index) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        ParkedCredit memory parked = _parked[source][index];
        if (parked.reason == ParkReason.NONE) revert NotParked(source, index);
        AssetRun memory run = _openRun(source, parked.vaultAsset);
        if (
            run.assetId == 0 ||
            (parked.reason != ParkReason.CAP && parked.reason != ParkReason.UNLISTED && parked.reason != ParkReason.FEE)
        ) revert UnparkRefused(index, parked.reason);
        if (parked.amount > run.capRoom) revert CapExceeded(parked.amount, run.capRoom);

        uint16 assetId = uint16(run.assetId);
        delete _parked[source][index];
        AssetRecord storage asset = _assets[assetId];
        asset.credited += parked.amount;
        // What was parked before the asset was listed was never in its sum.
        if (parked.reason != ParkReason.UNLISTED) asset.parked -= parked.amount;
        bytes32 feeTo = AccountLib.encode(msg.sender, 0, 0);
        _creditWhole(parked.account, assetId, parked.amount - parked.fee, run.enableUnits);
        if (parked.fee != 0) _creditWhole(feeTo, assetId, parked.fee, run.enableUnits);
        emit Unparked(source, index, parked.account, assetId, parked.amount, parked.fee, feeTo);
    }

    /// @notice See `ILedgerActs`.
    function setEnabled(bytes32 account, uint16 assetId, bool on) external {
        if (!_isOwnable(account) || AccountLib.ownerOf(account) != msg.sender) revert NotOwner(msg.sender, account);
        _listedAsset(assetId);
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (on == (lane != LANES)) return;
        if (on) {
            if (LedgerWords.amountOf(_lines[account][assetId]) == 0) revert LineEmpty(account, assetId);
            if (used == LANES) revert TooManyEnabledLines(used + 1, LANES);
            lanes |= uint256(assetId) << (used * LANE_BITS);
        } else {
            // The last lane moves into the gap, so the lanes stay without one.
            uint256 last = (used - 1) * LANE_BITS;
            uint256 moved = uint16(lanes >> last);
            lanes &= ~(uint256(type(uint16).max) << (lane * LANE_BITS));
            lanes |= moved << (lane * LANE_BITS);
            lanes &= ~(uint256(type(uint16).max) << last);
        }
        _enabled[account] = lanes;
        emit Enabled(account, assetId, on);
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

    /// @dev The statement's time and its signatures. Reading the verifier changes nothing, so order does not matter.
    function _verify(Replica storage replica, JournalHead calldata statement, bytes calldata sigs) private view {
        if (statement.asOf > block.timestamp + MAX_AHEAD_S) {
            revert AsOfAhead(statement.asOf, block.timestamp + MAX_AHEAD_S);
        }
        if (statement.asOf < replica.asOf) revert AsOfFell(statement.asOf, replica.asOf);
        IAttesterSet(attesterSet).verify(Statements.hashOf(statement), statement.epoch, sigs);
    }

    /// @dev Replays up to `upTo` and stores the running head at each mark.
    function _replayMarks(Batch memory batch, Replica storage replica, uint64[] calldata marks, uint64 upTo) private {
        if (marks.length > MARKS_MAX) revert TooManyMarks(marks.length, MARKS_MAX);
        uint64 after_ = uint64(batch.count);
        for (uint256 i = 0; i < marks.length; ++i) {
            uint64 mark = marks[i];
            if (mark <= after_ || mark > upTo) revert MarkOutOfRange(mark, after_, upTo);
            _replaySpan(batch, mark);
            replica.marks[mark] = batch.head;
            after_ = mark;
        }
        _replaySpan(batch, upTo);
    }

    /// @dev Takes the statement's block as the anchor and, if the replica stands at the tip, its time as known.
    function _accept(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica,
        JournalHead calldata statement
    ) private {
        replica.anchor = statement.blockHash;
        if (statement.count == statement.tip) {
            // At most the block time plus 120 seconds, which fits 40 bits.
            replica.asOf = uint40(statement.asOf);
            replica.acceptedAt = uint40(block.timestamp);
            record.asOf = uint40(statement.asOf);
            emit Refreshed(statement.edge, statement.count, statement.asOf);
        }
        // Only an ended quarantine is accepted in this state.
        if (record.state == SourceState.QUARANTINED) _setState(source, record, SourceState.LIVE, 0, "lapsed");
    }

    /// @dev As `_credit`, but refuses a line that would pass 2^112 − 1.
    function _creditWhole(bytes32 account, uint16 assetId, uint256 units, uint256 enableUnits) private {
        if (LedgerWords.amountOf(_lines[account][assetId]) + units > type(uint112).max) {
            revert LineFull(account, assetId, units);
        }
        _credit(account, assetId, units, enableUnits);
    }
}

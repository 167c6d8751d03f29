// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerRuns} from "./LedgerRuns.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Schedule and seasons of new credit
/// @notice Unconfirmed credit has a place in a schedule. Credit above the season level is unseasoned: it counts for
///         maintenance at once, but before its end it neither counts for initial margin nor leaves.
/// @dev A line's season is written only where units join it or are seized with it, each time with an event.
abstract contract LedgerSeasons is LedgerRuns {
    /// @dev From the time of the statement that brought the entry.
    uint256 internal constant SEASON_S = 60 minutes;
    /// @dev From the time at which the entry was applied.
    uint256 internal constant SEASON_HERE_S = 30 minutes;
    /// @dev From the time of parking: a statement is at most 120 seconds ahead.
    uint256 internal constant SEASON_PARKED_S = SEASON_S + 120;
    /// @dev Units below this part of a line's unseasoned units do not postpone their end.
    uint256 private constant DUST_PART = 16;

    /// @dev Gives an unconfirmed amount of the batch's asset its time in the schedule: seven days from now, and after
    ///      the previous one by at least the time that the amount takes at one fast limit per day. Returns 0, and gives
    ///      no place, if there is no fast limit.
    /// @param count the entry's number
    function _schedule(Batch memory batch, uint256 amount, uint256 count) internal returns (uint256 opensAt) {
        AssetRecord storage record = _assets[uint16(batch.run.assetId)];
        opensAt = _opensAt(batch, batch.run, record, amount);
        if (opensAt == 0) return 0;
        record.openAt = uint32(opensAt);
        record.openSetAt = uint32(block.timestamp);
        uint256 openFor = _openFor(batch, record);
        // Also if this lowers it: places beyond the replica's end were unwound.
        record.openFor = uint40(count > openFor ? count : openFor);
    }

    function _opensAt(
        Batch memory batch,
        AssetRun memory run,
        AssetRecord storage record,
        uint256 amount
    ) internal view returns (uint256 opensAt) {
        if (run.fastUnits == 0) return 0;
        opensAt = block.timestamp + OPENS_AFTER;
        // If all scheduled credits are confirmed, none of them waits.
        if (batch.confirmed < _openFor(batch, record)) {
            uint256 last = record.openAt;
            last =
                _delayed(batch.source, record.openSetAt, last) + (amount * 1 days + run.fastUnits - 1) / run.fastUnits;
            if (last > opensAt) opensAt = last;
        }
        // Times after 2106 do not fit; the last second that fits represents them.
        return _min(opensAt, type(uint32).max);
    }

    /// @dev Returns the part of an amount above the season level, before the amount takes its place in the bucket.
    function _freshOf(AssetRun memory run, uint256 amount) internal pure returns (uint256) {
        return amount - _min(amount, run.seasonRoom);
    }

    /// @dev Returns the end of unseasoned units that are dust beside those of a line but would postpone their end; 0
    ///      otherwise.
    function _dustUntil(
        bytes32 account,
        AssetRun memory run,
        uint256 fresh,
        uint256 end
    ) internal view returns (uint256) {
        if (fresh == 0) return 0;
        uint256 line = _lines[account][uint16(run.assetId)];
        if (fresh * DUST_PART >= LedgerWords.unseasonedOf(line, block.timestamp)) return 0;
        return end > uint32(line >> 216) ? end : 0;
    }

    /// @dev Returns the highest count that has a place in the schedule. After a rewind, places beyond the replica's end
    ///      do not exist.
    function _openFor(Batch memory batch, AssetRecord storage record) private view returns (uint256 count) {
        count = record.openFor;
        if (count > batch.count) count = 0;
    }

    /// @dev Raises a line by units that are already in the asset's sum, some of them unseasoned until `end`. Safety:
    ///      the caller has shown that the line stays below 2^112 and the asset's sum below 2^104. An unseasoned part is
    ///      part of that sum.
    function _credit(AssetRun memory run, bytes32 account, uint256 units, uint256 fresh, uint256 end) internal {
        uint16 assetId = uint16(run.assetId);
        uint256 line = _lines[account][assetId];
        uint256 before = LedgerWords.amountOf(line);
        if (fresh != 0) line = _joined(line, account, assetId, fresh, end);
        _lines[account][assetId] = line + units;
        if (before < run.enableUnits && before + units >= run.enableUnits) _enableSelf(account, assetId);
    }

    /// @dev Returns when a parked credit has seasoned: at its own date if it has one, else an hour after it was parked.
    function _seasonEndOf(ParkedCredit memory parked) internal pure returns (uint256) {
        bool dated = parked.reason == ParkReason.SEASON || parked.reason == ParkReason.FEE;
        return dated && parked.readyAt != 0 ? parked.readyAt : parked.parkedAt + SEASON_PARKED_S;
    }

    function _max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }

    /// @dev Returns the initial state of a batch with one entry of the asset.
    function _openLimits(uint16 assetId) internal view returns (Batch memory batch, AssetRun memory run) {
        AssetRecord storage asset = _listedAsset(assetId);
        SourceRecord storage source = _sources[asset.source];
        batch = _openBatch(asset.source, source, ReplicaLib.locate(source.edge));
        _selectRun(batch, asset.vaultAsset);
        run = batch.run;
    }

    /// @dev Returns the limit that keeps an amount arriving now from its line, seasons apart, and until when.
    function _limitedBy(
        Batch memory batch,
        AssetRun memory run,
        uint16 assetId,
        uint256 amount
    ) internal view returns (ParkReason reason, bytes32 limiter, uint256 at) {
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
}

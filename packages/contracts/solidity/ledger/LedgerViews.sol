// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLimits, ICollateralLedger, Line, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {Grades, LineWords} from "../interfaces/IRiskManager.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerReplay} from "./LedgerReplay.sol";

/// @title Reading the ledger
abstract contract LedgerViews is LedgerReplay, ICollateralLedger {
    /// @inheritdoc ICollateralLedger
    function marginOf(
        bytes32 account
    )
        external
        view
        returns (
            uint256 aI,
            uint256 qI,
            uint256 aE,
            uint256 qE,
            uint256 aM,
            uint256 qM,
            uint256 status,
            uint256 oldestAsOf
        )
    {
        Grades memory grades = _weigh(account);
        Required memory required = _requiredOf(account, address(0));
        (aI, aE, aM) = (grades.initialWad, grades.exitWad, grades.maintenanceWad);
        (qI, qE, qM) = (required.initialWad, required.maintenanceWad, required.maintenanceWad);
        (status, oldestAsOf) = (grades.status, grades.oldestAsOf);
    }

    /// @inheritdoc ICollateralLedger
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory line) {
        uint256 word = _lines[account][assetId];
        line.amount = uint112(word);
        line.unseasoned = uint104(word >> 112);
        line.seasonEnd = uint32(word >> 216);
        line.flags = uint8(word >> 248);
        (uint256 lane, ) = _laneOf(_enabled[account], assetId);
        line.enabled = assetId != 0 && lane != LANES;
    }

    /// @inheritdoc ICollateralLedger
    function linesOf(bytes32 account) external view returns (uint16[] memory) {
        return _idsOf(_enabled[account]);
    }

    /// @inheritdoc ICollateralLedger
    function lineWordsOf(bytes32 account) external view returns (uint16[] memory, LineWords[] memory) {
        uint256 lanes = _enabled[account];
        return (_idsOf(lanes), _wordsOf(account, lanes));
    }

    /// @inheritdoc ICollateralLedger
    function replicaOf(
        uint16 source
    )
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state)
    {
        SourceRecord storage record = _listedSource(source);
        Replica storage replica = ReplicaLib.locate(record.edge);
        return (record.edge, replica.count, replica.head, replica.asOf, replica.acceptedAt, _stateOf(record));
    }

    /// @inheritdoc ICollateralLedger
    function markOf(uint16 source, uint64 count) external view returns (bytes32) {
        return ReplicaLib.locate(_listedSource(source).edge).marks[count];
    }

    /// @inheritdoc ICollateralLedger
    function journalHead(uint16 source) external view returns (bytes32 edge, uint64 count, bytes32 head) {
        edge = _listedSource(source).outboundEdge;
        Journal storage journal = JournalLib.locate(edge);
        return (edge, journal.count, journal.head);
    }

    /// @inheritdoc ICollateralLedger
    function parkedOf(uint16 source, uint96 index) external view returns (ParkedCredit memory) {
        return _parked[source][index];
    }

    /// @inheritdoc ICollateralLedger
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
        limits.sourceRoom = batch.pool == 0 ? type(uint256).max : _poolRoom(run, batch.pool);
        limits.underlyingRoom = run.pool == 0 ? type(uint256).max : _poolRoom(run, run.pool);
        limits.burstUnits = run.cap / 4;
        limits.bucketRoom = run.bucketRoom;
        if (batch.pool != 0) {
            (limits.sourceTotalWad, limits.sourceCapWad) = (
                _sources[batch.source].totalWad,
                _sources[batch.source].capWad
            );
        }
        if (run.pool != 0) {
            UnderlyingRecord storage underlying = _underlyings[_assets[assetId].underlying];
            (limits.underlyingTotalWad, limits.underlyingCapWad) = (underlying.totalWad, underlying.capWad);
        }
    }

    /// @inheritdoc ICollateralLedger
    function quoteCredit(
        uint16 assetId,
        uint128 amount
    ) external view returns (ParkReason reason, bytes32 limiter, uint256 at) {
        (Batch memory batch, AssetRun memory run) = _openLimits(assetId);
        if (amount > run.fastRoom) {
            return (ParkReason.UNCONFIRMED, "fast", _opensAt(batch.source, run, _assets[assetId], amount));
        }
        at = _creditPausedUntil(assetId, _assets[assetId]);
        if (at != 0) return (ParkReason.CAP, "paused", at);
        uint256 room;
        (room, limiter) = _capRoomOf(batch, run);
        if (amount > room) return (ParkReason.CAP, limiter, 0);
        if (amount <= run.bucketRoom) return (ParkReason.NONE, "", block.timestamp);
        uint256 tat = BucketMath.after_(run.bucketTat, amount, run.cap);
        if (BucketMath.isNear(tat)) return (ParkReason.LIMIT, "bucket", BucketMath.readyAt(tat));
        return (ParkReason.CAP, "bucket", (tat - BucketMath.AHEAD_MAX + 0xffff) >> 16);
    }

    /// @inheritdoc ICollateralLedger
    function riskManager() external view returns (address) {
        return _riskManager;
    }

    /// @inheritdoc ICollateralLedger
    function attesterSet() external view returns (address) {
        return _attesterSet;
    }

    /// @inheritdoc ICollateralLedger
    function development() external view returns (bool) {
        return _development;
    }

    /// @dev What a batch of one entry of the asset would begin with.
    function _openLimits(uint16 assetId) private view returns (Batch memory batch, AssetRun memory run) {
        AssetRecord storage asset = _listedAsset(assetId);
        SourceRecord storage source = _sources[asset.source];
        batch = _openBatch(asset.source, source, ReplicaLib.locate(source.edge), 1);
        _selectRun(batch, asset.vaultAsset);
        run = batch.run;
    }

    function _idsOf(uint256 lanes) private pure returns (uint16[] memory assetIds) {
        assetIds = new uint16[](_usedOf(lanes));
        for (uint256 i = 0; i < assetIds.length; ++i) {
            assetIds[i] = uint16(lanes >> (i * LANE_BITS));
        }
    }
}

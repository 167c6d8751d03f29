// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, Line, ParkedCredit} from "../interfaces/ICollateralLedger.sol";
import {Grades, LineWords} from "../interfaces/IRiskManager.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerKinds} from "./LedgerKinds.sol";

/// @title Reading the ledger
abstract contract LedgerViews is LedgerKinds, ICollateralLedger {
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
        uint256 word = _lineOf(account, assetId);
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
        return _parkedOf(source, index);
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

    function _idsOf(uint256 lanes) private pure returns (uint16[] memory assetIds) {
        assetIds = new uint16[](_usedOf(lanes));
        for (uint256 i = 0; i < assetIds.length; ++i) {
            assetIds[i] = uint16(lanes >> (i * LANE_BITS));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, Line, ParkedCredit} from "../interfaces/ICollateralLedger.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerKinds} from "./LedgerKinds.sol";

/// @title Reading the ledger
abstract contract LedgerViews is LedgerKinds, ICollateralLedger {
    /// @inheritdoc ICollateralLedger
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory line) {
        uint256 word = _lines[account][assetId];
        line.amount = uint112(word);
        line.unseasoned = uint104(word >> 112);
        line.seasonEnd = uint32(word >> 216);
        (uint256 lane, ) = _laneOf(_enabled[account], assetId);
        line.enabled = assetId != 0 && lane != LANES;
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
        return (_nameOf(record), replica.count, replica.head, replica.asOf, replica.acceptedAt, _stateOf(record));
    }

    /// @inheritdoc ICollateralLedger
    function markOf(uint16 source, uint64 count) external view returns (bytes32) {
        return ReplicaLib.markOf(ReplicaLib.locate(_listedSource(source).edge), count);
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
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, Line, ParkedCredit} from "../interfaces/ICollateralLedger.sol";
import {AssetListing, AssetStatus, ILedgerTerms, SourceListing} from "../interfaces/ILedgerTerms.sol";
import {IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Reading the ledger
abstract contract LedgerViews is LedgerReplay {
    /// @notice Gas below which a failing risk manager cannot be told from an empty tank.
    uint256 public constant MARGIN_GAS = 400_000;
    /// @notice Status of `marginOf` when the risk manager did not answer.
    uint256 internal constant STATUS_UNAVAILABLE = 32;

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
        LineWords[] memory words = _wordsOf(account, _enabled[account]);
        bytes memory call_ = abi.encodeCall(IRiskManager.margin, (words));
        address target = riskManager;
        uint256 gasBefore = gasleft();
        bool answered;
        assembly ("memory-safe") {
            // The answer of five words overwrites the call, which is longer than that only when there are lines.
            let answer := mload(0x40)
            answered := staticcall(gas(), target, add(call_, 0x20), mload(call_), answer, 0xa0)
            answered := and(answered, eq(returndatasize(), 0xa0))
            if answered {
                aI := mload(answer)
                aE := mload(add(answer, 0x20))
                aM := mload(add(answer, 0x40))
                status := mload(add(answer, 0x60))
                oldestAsOf := mload(add(answer, 0x80))
            }
        }
        if (!answered) {
            if (gasBefore < MARGIN_GAS) revert GasTooLow(gasBefore, MARGIN_GAS);
            status = STATUS_UNAVAILABLE;
        }
        // Without debts nothing is required.
        (qI, qE, qM) = (0, 0, 0);
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

    /// @inheritdoc ILedgerTerms
    function termWordsOf(uint16 assetId) external view returns (uint256 asset, uint256 source) {
        AssetRecord storage record = _listedAsset(assetId);
        return (_assetWord(record), _sourceWord(_sources[record.source]));
    }

    /// @inheritdoc ILedgerTerms
    function stateOf(uint16 source) external view returns (SourceState state, uint40 until, uint40 asOf) {
        SourceRecord storage record = _listedSource(source);
        state = _stateOf(record);
        return (state, state == record.state ? record.stateUntil : 0, record.asOf);
    }

    /// @inheritdoc ILedgerTerms
    function sourceOf(
        uint16 source
    ) external view returns (SourceListing memory terms, bytes32 edge, bytes32 outboundEdge) {
        SourceRecord storage record = _listedSource(source);
        terms = SourceListing({
            source: source,
            originChainId: record.originChainId,
            vault: record.vault,
            initialBp: record.initialBp,
            maintenanceBp: record.maintenanceBp,
            staleAfterMin: record.staleAfterMin,
            darkAfterMin: record.darkAfterMin,
            floorAfterMin: record.floorAfterMin,
            m: record.m,
            development: record.flags & SOURCE_DEVELOPMENT != 0
        });
        return (terms, record.edge, record.outboundEdge);
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

    /// @inheritdoc ILedgerTerms
    function assetOf(uint16 assetId) external view returns (AssetStatus memory asset) {
        AssetRecord storage record = _listedAsset(assetId);
        asset.terms = AssetListing({
            source: record.source,
            vaultAsset: record.vaultAsset,
            underlying: record.underlying,
            ownPrice: record.ownPrice,
            decimals: record.decimals,
            initialBp: record.initialBp,
            maintenanceBp: record.maintenanceBp,
            minMillionths: record.minMillionths,
            capThousandths: record.capThousandths
        });
        asset.credited = record.credited;
        asset.parked = record.parked;
        asset.capUnits = uint104(_capUnits(record));
        asset.enableUnits = _enableUnits(record);
        asset.creditPausedUntil = _creditPausedUntil(assetId, record);
    }

    /// @inheritdoc ILedgerTerms
    function assetIdOf(uint16 source, uint16 vaultAsset) external view returns (uint16) {
        return _assetIdOf(source, vaultAsset);
    }

    /// @inheritdoc ICollateralLedger
    function parkedOf(uint16 source, uint96 index) external view returns (ParkedCredit memory) {
        return _parked[source][index];
    }

    /// @inheritdoc ILedgerTerms
    function pauseOf(uint16 source, uint16 assetId) external view returns (uint8 flags, uint40 until) {
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (block.timestamp < window.until) (flags, until) = (window.flags, window.until);
    }

    function _idsOf(uint256 lanes) private pure returns (uint16[] memory assetIds) {
        assetIds = new uint16[](_usedOf(lanes));
        for (uint256 i = 0; i < assetIds.length; ++i) {
            assetIds[i] = uint16(lanes >> (i * LANE_BITS));
        }
    }

    function _usedOf(uint256 lanes) private pure returns (uint256 used) {
        for (; lanes != 0; lanes >>= LANE_BITS) {
            ++used;
        }
    }

    function _wordsOf(bytes32 account, uint256 lanes) private view returns (LineWords[] memory words) {
        words = new LineWords[](_usedOf(lanes));
        for (uint256 i = 0; i < words.length; ++i) {
            uint16 assetId = uint16(lanes >> (i * LANE_BITS));
            LineWords memory one = words[i];
            one.line = _lines[account][assetId];
            one.asset = _assetWord(_assets[assetId]);
            // The lowest 16 bits of an asset's word are its source.
            one.source = _sourceWord(_sources[uint16(one.asset)]);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetListing, ILedgerTerms, SourceListing} from "../interfaces/ILedgerTerms.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {JournalLib} from "../libraries/JournalLib.sol";
import {ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title Listing, pausing and quarantine
/// @notice The acts of governor, risk admin, pauser and guardian; none of them moves an amount.
abstract contract LedgerStates is LedgerStorage {
    uint256 internal constant FREEZE_MAX = 72 hours;
    uint8 internal constant IN_A_ROW_MAX = 2;
    uint8 internal constant DECIMALS_MAX = 24;
    uint16 internal constant BP = 10_000;

    /// @inheritdoc ILedgerTerms
    function listSource(SourceListing calldata terms) external {
        _only(governor, "governor");
        uint16 source = terms.source;
        SourceRecord storage record = _sources[source];
        if (source == 0 || record.edge != 0) revert SourceRefused(source);
        if (terms.vault == address(0)) revert AddressMissing("vault");
        if (terms.originChainId == 0 || terms.originChainId == block.chainid) {
            revert OriginRefused(terms.originChainId);
        }
        if (terms.m != 0) revert WitnessesUnsupported(source, terms.m);
        if (!terms.development || !development) revert WitnessesMissing(source, terms.m);
        _requireWeights(terms.initialBp, terms.maintenanceBp);
        if (
            terms.staleAfterMin == 0 ||
            terms.darkAfterMin <= terms.staleAfterMin ||
            terms.floorAfterMin < terms.darkAfterMin
        ) revert AgesOutOfOrder(terms.staleAfterMin, terms.darkAfterMin, terms.floorAfterMin);

        bytes32 edge = EdgeLib.nameOf(terms.originChainId, terms.vault, block.chainid, address(this), 0, 0);
        bytes32 outbound = EdgeLib.nameOf(block.chainid, address(this), terms.originChainId, terms.vault, 0, 0);
        ReplicaLib.open(edge, 0);
        JournalLib.open(outbound, 0);

        record.state = SourceState.LIVE;
        record.initialBp = terms.initialBp;
        record.maintenanceBp = terms.maintenanceBp;
        record.flags = SOURCE_DEVELOPMENT;
        record.staleAfterMin = terms.staleAfterMin;
        record.darkAfterMin = terms.darkAfterMin;
        record.floorAfterMin = terms.floorAfterMin;
        record.edge = edge;
        record.outboundEdge = outbound;
        record.vault = terms.vault;
        record.originChainId = terms.originChainId;
        _sourceOfEdge[edge] = source;
        emit SourceListed(source, edge, outbound, terms);
        emit SourceStateChanged(source, SourceState.LIVE, 0, "listed");
    }

    /// @inheritdoc ILedgerTerms
    function listAsset(AssetListing calldata terms) external returns (uint16 assetId) {
        _only(governor, "governor");
        _listedSource(terms.source);
        if (
            terms.vaultAsset == 0 ||
            terms.underlying == 0 ||
            terms.minMillionths == 0 ||
            _assetIdOf(terms.source, terms.vaultAsset) != 0
        ) revert AssetRefused(terms.source, terms.vaultAsset);
        if (terms.decimals > DECIMALS_MAX) revert DecimalsOutOfRange(terms.decimals, DECIMALS_MAX);
        _requireWeights(terms.initialBp, terms.maintenanceBp);

        assetId = assetCount + 1;
        assetCount = assetId;
        AssetRecord storage record = _assets[assetId];
        record.source = terms.source;
        record.vaultAsset = terms.vaultAsset;
        record.underlying = terms.underlying;
        record.decimals = terms.decimals;
        record.initialBp = terms.initialBp;
        record.maintenanceBp = terms.maintenanceBp;
        record.minMillionths = terms.minMillionths;
        record.capThousandths = terms.capThousandths;
        record.ownPrice = terms.ownPrice;
        _assetIds[terms.source][terms.vaultAsset / LANES] |=
            uint256(assetId) << ((terms.vaultAsset % LANES) * LANE_BITS);
        emit AssetListed(assetId, terms);
    }

    /// @inheritdoc ILedgerTerms
    function setCap(uint16 assetId, uint64 capThousandths) external {
        AssetRecord storage record = _listedAsset(assetId);
        if (msg.sender != governor) {
            _only(riskAdmin, "riskAdmin");
            if (capThousandths >= record.capThousandths) revert CapNotLower(capThousandths, record.capThousandths);
        }
        record.capThousandths = capThousandths;
        emit CapSet(assetId, capThousandths, msg.sender);
    }

    /// @inheritdoc ILedgerTerms
    function pause(uint16 source, uint16 assetId, uint8 flags, uint40 until) external {
        _only(pauser, "pauser");
        if (flags != PAUSE_CREDIT) revert PauseFlagsRefused(flags, PAUSE_CREDIT);
        PauseRecord storage window = _pauseWindow(source, assetId);
        // Pausing cannot shorten a pause: that would lift it.
        _requireUntil(until, window.until);
        if (window.until != 0 && block.timestamp < window.until + FREEZE_MAX) {
            if (window.streak >= IN_A_ROW_MAX) revert TooManyInARow(window.streak, IN_A_ROW_MAX);
            ++window.streak;
        } else {
            window.streak = 1;
        }
        window.flags = flags;
        window.until = until;
        if (source != 0) _sources[source].flags |= SOURCE_PAUSE_HINT;
        else _assets[assetId].flags |= ASSET_PAUSE_HINT;
        emit Paused(source, assetId, flags, until);
    }

    /// @inheritdoc ILedgerTerms
    function unpause(uint16 source, uint16 assetId) external {
        _only(governor, "governor");
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (window.until > block.timestamp) window.until = uint40(block.timestamp);
        window.flags = 0;
        if (source != 0) _sources[source].flags &= ~SOURCE_PAUSE_HINT;
        else _assets[assetId].flags &= ~ASSET_PAUSE_HINT;
        emit Unpaused(source, assetId);
    }

    /// @inheritdoc ILedgerTerms
    function quarantine(uint16 source, uint40 until) external {
        _only(guardian, "guardian");
        SourceRecord storage record = _listedSource(source);
        if (_stateOf(record) == SourceState.QUARANTINED) {
            _requireUntil(until, record.stateUntil);
            if (record.flags & SOURCE_EXTENDED != 0) revert TooManyInARow(IN_A_ROW_MAX, IN_A_ROW_MAX);
            record.flags |= SOURCE_EXTENDED;
        } else {
            _acceptingSource(source);
            _requireUntil(until, 0);
        }
        _quarantine(source, record, until, "guardian");
    }

    /// @dev Freezes the maintenance weight as it is now, unless it is frozen already.
    function _quarantine(uint16 source, SourceRecord storage record, uint40 until, bytes32 cause) internal {
        if (_stateOf(record) != SourceState.QUARANTINED) {
            (, uint256 maintenancePpm, ) = MarginMath.freshnessOf(_sourceWord(record), block.timestamp);
            // At most 10,000 basis points.
            record.frozenBp = uint16(maintenancePpm / 100);
            record.flags &= ~SOURCE_EXTENDED;
        }
        _setState(source, record, SourceState.QUARANTINED, until, cause);
    }

    function _setState(
        uint16 source,
        SourceRecord storage record,
        SourceState state,
        uint40 until,
        bytes32 cause
    ) internal {
        record.state = state;
        record.stateUntil = until;
        ReplicaLib.locate(record.edge).state = state;
        emit SourceStateChanged(source, state, until, cause);
    }

    /// @dev The state as it is now: a quarantine past its end is over.
    function _stateOf(SourceRecord storage record) internal view returns (SourceState state) {
        state = record.state;
        if (state == SourceState.QUARANTINED && block.timestamp >= record.stateUntil) state = SourceState.LIVE;
    }

    /// @dev The source if it takes entries now.
    function _acceptingSource(uint16 source) internal view returns (SourceRecord storage record) {
        record = _listedSource(source);
        SourceState state = _stateOf(record);
        if (state != SourceState.LIVE && state != SourceState.CONTESTED) {
            revert SourceNotAccepting(source, state, record.stateUntil);
        }
    }

    /// @dev Reverts while the source's credit is paused.
    function _requireCredit(uint16 source, SourceRecord storage record) internal view {
        if (record.flags & SOURCE_PAUSE_HINT == 0) return;
        uint40 until = _sourcePauses[source].until;
        if (block.timestamp < until) revert CreditPaused(source, until);
    }

    function _pauseWindow(uint16 source, uint16 assetId) internal view returns (PauseRecord storage) {
        if ((source == 0) == (assetId == 0)) revert PauseTargetUnclear(source, assetId);
        if (source != 0) {
            _listedSource(source);
            return _sourcePauses[source];
        }
        _listedAsset(assetId);
        return _assetPauses[assetId];
    }

    function _requireUntil(uint40 until, uint40 running) private view {
        uint256 earliest = block.timestamp + 1;
        if (running > earliest) earliest = running;
        uint256 latest = block.timestamp + FREEZE_MAX;
        if (until < earliest || until > latest) revert UntilOutOfRange(until, earliest, latest);
    }

    function _requireWeights(uint16 initialBp, uint16 maintenanceBp) private pure {
        if (initialBp > maintenanceBp || maintenanceBp > BP) revert WeightOutOfRange(initialBp, maintenanceBp);
    }
}

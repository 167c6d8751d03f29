// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetListing, AssetStatus, ILedgerTerms, SourceListing} from "../interfaces/ILedgerTerms.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {JournalLib} from "../libraries/JournalLib.sol";
import {ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerWeightLimits} from "./LedgerWeightLimits.sol";

/// @title Listing, pausing and quarantine, and what was said
/// @notice The acts of governor, risk admin, pauser and guardian; none of them moves an amount.
abstract contract LedgerTerms is LedgerWeightLimits, ILedgerTerms {
    uint8 internal constant IN_A_ROW_MAX = 2;
    /// @dev Two pauses of one target with the longest time between them that is no rest.
    uint256 private constant ROW_MAX = 3 * FREEZE_MAX;
    uint8 internal constant DECIMALS_MAX = 24;

    /// @inheritdoc ILedgerTerms
    function listSource(SourceListing calldata terms) external {
        _only(_governor, "governor");
        uint16 source = terms.source;
        SourceRecord storage record = _sources[source];
        if (source == 0 || record.edge != 0) revert SourceRefused(source);
        if (terms.vault == address(0)) revert AddressMissing("vault");
        if (terms.originChainId == 0 || terms.originChainId == block.chainid) {
            revert OriginRefused(terms.originChainId);
        }
        if (terms.m > WITNESSES_MAX) revert WitnessesTooMany(terms.m, WITNESSES_MAX);
        // Without witnesses both must be for development; with them a development source needs such a ledger all the same.
        if (terms.m == 0 ? !(terms.development && _development) : (terms.development && !_development)) {
            revert WitnessesMissing(source, terms.m);
        }
        _requireWeights(terms.initialBp, terms.maintenanceBp);
        if (
            terms.staleAfterMin == 0 ||
            terms.darkAfterMin <= terms.staleAfterMin ||
            terms.floorAfterMin < terms.darkAfterMin
        ) revert AgesOutOfOrder(terms.staleAfterMin, terms.darkAfterMin, terms.floorAfterMin);

        bytes32 edge = EdgeLib.nameOf(terms.originChainId, terms.vault, block.chainid, address(this), 0, 0);
        bytes32 outbound = EdgeLib.nameOf(block.chainid, address(this), terms.originChainId, terms.vault, 0, 0);
        ReplicaLib.open(edge);
        JournalLib.open(outbound);

        record.state = SourceState.LIVE;
        record.initialBp = terms.initialBp;
        record.maintenanceBp = terms.maintenanceBp;
        record.m = terms.m;
        if (terms.development) record.flags = SOURCE_DEVELOPMENT;
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
        _only(_governor, "governor");
        _listedSource(terms.source);
        if (
            terms.vaultAsset == 0 ||
            terms.underlying == 0 ||
            terms.minMillionths == 0 ||
            _assetIdOf(terms.source, terms.vaultAsset) != 0
        ) revert AssetRefused(terms.source, terms.vaultAsset);
        if (terms.decimals > DECIMALS_MAX) revert DecimalsOutOfRange(terms.decimals, DECIMALS_MAX);
        _requireAssetWeights(terms.initialBp, terms.maintenanceBp);

        assetId = _assetCount + 1;
        _assetCount = assetId;
        uint8 flags;
        // What the vault reported before the listing holds for it too, and so does what a rewind left open.
        if (_coverages[terms.source][terms.vaultAsset].since != 0) flags |= ASSET_IMPAIRED;
        if (_isUnsettled(terms.source, terms.vaultAsset, 0)) flags |= ASSET_UNSETTLED;
        AssetRecord storage record = _assets[assetId];
        // As `LineWords` states them.
        uint256 word =
            uint256(terms.source) |
                (uint256(terms.vaultAsset) << 16) |
                (uint256(terms.underlying) << 32) |
                (uint256(terms.decimals) << 48) |
                (uint256(flags) << 56) |
                (uint256(terms.initialBp) << 64) |
                (uint256(terms.maintenanceBp) << 80) |
                (uint256(terms.minMillionths) << 96) |
                (uint256(terms.capThousandths) << 160) |
                (uint256(terms.ownPrice) << 224);
        assembly ("memory-safe") {
            sstore(record.slot, word)
        }
        _warm(record);
        _assetIds[terms.source][terms.vaultAsset / LANES] |=
            uint256(assetId) << ((terms.vaultAsset % LANES) * LANE_BITS);
        // A line whose price nobody knows would make its account's margin unavailable, and so hold up an auction.
        _requirePriced(_riskManager, assetId, STATUS_UNAVAILABLE);
        emit AssetListed(assetId, terms);
    }

    /// @inheritdoc ILedgerTerms
    function setCap(uint16 assetId, uint64 capThousandths) external {
        AssetRecord storage record = _listedAsset(assetId);
        if (msg.sender != _governor) {
            _only(_riskAdmin, "riskAdmin");
            if (capThousandths >= record.capThousandths) revert CapNotLower(capThousandths, record.capThousandths);
        }
        uint256 before = _capUnits(record);
        record.capThousandths = capThousandths;
        record.bucketTat = uint48(BucketMath.rescale(record.bucketTat, before, _capUnits(record)));
        emit CapSet(assetId, capThousandths, msg.sender);
    }

    /// @inheritdoc ILedgerTerms
    function pause(uint16 source, uint16 assetId, uint8 flags, uint40 until) external {
        _only(_pauser, "pauser");
        if (flags != PAUSE_CREDIT) revert PauseFlagsRefused(flags, PAUSE_CREDIT);
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (window.until != 0 && block.timestamp < window.until + FREEZE_MAX) {
            if (window.streak >= IN_A_ROW_MAX) revert TooManyInARow(window.streak, IN_A_ROW_MAX);
            ++window.streak;
        } else {
            window.streak = 1;
        }
        // A source and its assets share one row of pauses: whoever changes from one to the other rests all the same.
        PauseRecord storage row = _sourcePauses[source != 0 ? source : _assets[assetId].source];
        if (block.timestamp >= row.rowUntil + FREEZE_MAX) row.rowFrom = uint40(block.timestamp);
        // Pausing cannot shorten a pause: that would lift it.
        _requireUntil(until, window.until, row.rowFrom + ROW_MAX);
        if (until > row.rowUntil) row.rowUntil = until;
        window.flags = flags;
        window.until = until;
        if (source != 0) _sources[source].flags |= SOURCE_PAUSE_HINT;
        else _assets[assetId].flags |= ASSET_PAUSE_HINT;
        emit Paused(source, assetId, flags, until);
    }

    /// @inheritdoc ILedgerTerms
    function unpause(uint16 source, uint16 assetId) external {
        _only(_governor, "governor");
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (window.until > block.timestamp) window.until = uint40(block.timestamp);
        window.flags = 0;
        if (source != 0) _sources[source].flags &= ~SOURCE_PAUSE_HINT;
        else _assets[assetId].flags &= ~ASSET_PAUSE_HINT;
        emit Unpaused(source, assetId);
    }

    /// @inheritdoc ILedgerTerms
    function quarantine(uint16 source, uint40 until) external {
        _only(_guardian, "guardian");
        SourceRecord storage record = _listedSource(source);
        if (_stateOf(record) == SourceState.QUARANTINED) {
            _requireUntil(until, record.stateUntil, type(uint256).max);
            if (record.flags & SOURCE_EXTENDED != 0) revert TooManyInARow(IN_A_ROW_MAX, IN_A_ROW_MAX);
            record.flags |= SOURCE_EXTENDED;
        } else {
            _acceptingSource(source);
            _requireUntil(until, 0, type(uint256).max);
        }
        _quarantine(source, record, until, "guardian");
    }

    /// @inheritdoc ILedgerTerms
    function termWordsOf(uint16 assetId) external view returns (uint256 asset, uint256 source) {
        _listedAsset(assetId);
        asset = _assetWordNow(assetId);
        source = _weighedSource(asset);
    }

    /// @inheritdoc ILedgerTerms
    function stateOf(uint16 source) external view returns (SourceState state, uint40 until, uint40 asOf) {
        SourceRecord storage record = _listedSource(source);
        state = _stateOf(record);
        return (state, state == record.state ? record.stateUntil : 0, record.asOf);
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
        asset.releasedCum = record.releasedCum;
        asset.capUnits = uint104(_capUnits(record));
        asset.enableUnits = _enableUnits(record);
        asset.creditPausedUntil = _creditPausedUntil(assetId, record);
    }

    /// @inheritdoc ILedgerTerms
    function assetIdOf(uint16 source, uint16 vaultAsset) external view returns (uint16) {
        return _assetIdOf(source, vaultAsset);
    }

    /// @inheritdoc ILedgerTerms
    function pauseOf(uint16 source, uint16 assetId) external view returns (uint8 flags, uint40 until) {
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (block.timestamp < window.until) (flags, until) = (window.flags, window.until);
    }

    /// @inheritdoc ILedgerTerms
    function assetCount() external view returns (uint16) {
        return _assetCount;
    }

    /// @inheritdoc ILedgerTerms
    function governor() external view returns (address) {
        return _governor;
    }

    /// @inheritdoc ILedgerTerms
    function guardian() external view returns (address) {
        return _guardian;
    }

    /// @inheritdoc ILedgerTerms
    function pauser() external view returns (address) {
        return _pauser;
    }

    /// @inheritdoc ILedgerTerms
    function riskAdmin() external view returns (address) {
        return _riskAdmin;
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

    function _requireUntil(uint40 until, uint40 running, uint256 latest) private view {
        uint256 earliest = block.timestamp + 1;
        if (running > earliest) earliest = running;
        latest = _min(latest, block.timestamp + FREEZE_MAX);
        if (until < earliest || until > latest) revert UntilOutOfRange(until, earliest, latest);
    }

    /// @dev Writes the slots that credits write, so that the first credit of an asset pays for no new one: 64 first credits of 64
    ///      assets are one transaction (I14). The values mean what 0 means: a bucket that is full, nothing taken, no schedule.
    function _warm(AssetRecord storage record) private {
        record.bucketTat = 1;
        (record.cumFast, record.cumFastBase) = (1, 1);
        record.openSetAt = 1;
    }
}

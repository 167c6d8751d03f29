// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {AssetListing, LedgerInit, SourceListing} from "../interfaces/ledger/LedgerTypes.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {JournalLib} from "../edge/JournalLib.sol";
import {ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {Ramp, WeightRamp} from "../risk/WeightRamp.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerMargin} from "./LedgerMargin.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title Listing, limits, weights, witnesses, pausing and quarantine, and the next risk manager
/// @notice The acts of governor, risk admin, pauser and guardian; none of them moves an amount. Runs by delegatecall on
///         the ledger's storage; `ILedgerTerms` is the manual.
/// @dev A record holds the target of its maintenance weight; `_assetWordNow` and `_sourceWordNow` insert the present
///      weight. It has no state: called directly, it uses its own, empty storage.
contract LedgerTerms is LedgerMargin, ILedgerTerms {
    uint8 private constant IN_A_ROW_MAX = 2;
    /// @dev Two pauses of one target, and the longest time between them that still counts as in a row.
    uint256 private constant ROW_MAX = 3 * FREEZE_MAX;
    uint8 private constant DECIMALS_MAX = 24;
    uint16 private constant BP = 10_000;
    uint16 private constant ASSET_INITIAL_MAX_BP = 9_500;
    uint16 private constant ASSET_MAINTENANCE_MAX_BP = 9_800;
    /// @dev No more than a quarter of a cap may ever be in use unconfirmed.
    uint16 private constant FAST_BP_MAX = 2_500;
    uint256 private constant RISK_MANAGER_DELAY = 7 days;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerTerms
    function listSource(SourceListing calldata terms) external {
        _only(_governor, "governor");
        uint16 source = terms.source;
        SourceRecord storage record = _sources[source];
        if (record.edge != 0) revert SourceRefused(source);
        if (terms.vault == address(0)) revert AddressMissing("vault");
        // Source 0 is the vault of this chain, and no other source is.
        bool isLocal = terms.originChainId == block.chainid;
        if (terms.originChainId == 0 || isLocal != (source == 0)) revert OriginRefused(terms.originChainId);
        if (terms.m > WITNESSES_MAX) revert WitnessesTooMany(terms.m, WITNESSES_MAX);
        // Without witnesses both must be for development. With them, a development source still needs a development
        // ledger. Source 0 has no witnesses: its journal is read.
        if (isLocal ? terms.m != 0 : terms.m == 0 && !(terms.development && _development)) {
            revert WitnessesMissing(source, terms.m);
        }
        if (terms.development && !_development) revert WitnessesMissing(source, terms.m);
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
        // Reports of the vault from before the listing apply too, and so do amounts that a rewind left open.
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
        // A line without a price would make its account's margin unavailable, and so block an auction.
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
    function setFast(uint16 assetId, uint16 fastBp) external {
        AssetRecord storage record = _listedAsset(assetId);
        if (fastBp > FAST_BP_MAX) revert FastTooHigh(fastBp, FAST_BP_MAX);
        _onlyLowering(fastBp, record.fastBp);
        record.fastBp = fastBp;
        emit FastSet(assetId, fastBp, msg.sender);
    }

    /// @inheritdoc ILedgerTerms
    function setWeights(uint16 assetId, uint16 initialBp, uint16 maintenanceBp) external {
        AssetRecord storage record = _listedAsset(assetId);
        _requireMayWeigh(initialBp, maintenanceBp, record.initialBp, record.maintenanceBp);
        _requireAssetWeights(initialBp, maintenanceBp);
        uint16 source = record.source;
        bool falls = _setRamp(_assetRamps[assetId], [source, assetId, initialBp, record.maintenanceBp, maintenanceBp]);
        (record.initialBp, record.maintenanceBp) = (initialBp, maintenanceBp);
        if (falls) record.flags |= ASSET_RAMP_HINT;
        else record.flags &= ~ASSET_RAMP_HINT;
    }

    /// @inheritdoc ILedgerTerms
    function setSourceWeights(uint16 source, uint16 initialBp, uint16 maintenanceBp) external {
        SourceRecord storage record = _listedSource(source);
        _requireMayWeigh(initialBp, maintenanceBp, record.initialBp, record.maintenanceBp);
        _requireWeights(initialBp, maintenanceBp);
        bool falls = _setRamp(_sourceRamps[source], [source, 0, initialBp, record.maintenanceBp, maintenanceBp]);
        (record.initialBp, record.maintenanceBp) = (initialBp, maintenanceBp);
        if (falls) record.flags |= SOURCE_RAMP_HINT;
        else record.flags &= ~SOURCE_RAMP_HINT;
    }

    /// @inheritdoc ILedgerTerms
    function setWitness(uint16 source, uint8 slot, address at, bool mayConflict) external {
        _only(_governor, "governor");
        SourceRecord storage record = _remoteSource(source);
        if (slot >= WITNESSES_MAX) revert WitnessRefused(source, slot, at);
        if (at != address(0)) {
            // A witness that needs more gas than a call allows would stay silent without an error.
            bytes memory question = abi.encodeCall(IHeadWitness.headAt, (record.edge, 1));
            (bool answered, bytes memory answer) = at.staticcall{gas: WITNESS_GAS}(question);
            if (!answered || answer.length < 32) revert WitnessRefused(source, slot, at);
        }
        for (uint8 other = 0; other < WITNESSES_MAX; ++other) {
            if (at != address(0) && _witnesses[source][other].at == at) revert WitnessRefused(source, slot, at);
        }
        _witnesses[source][slot] = WitnessRecord(at, mayConflict);
        // forge-lint: disable-next-item(incorrect-shift)
        uint16 mask = record.witnessMask & ~((WITNESS_READ | WITNESS_CONFLICTED) << slot);
        // forge-lint: disable-next-line(incorrect-shift)
        if (at != address(0)) mask |= WITNESS_READ << slot;
        record.witnessMask = mask;
        // The new contract has not confirmed what the previous one did; the confirmed count stays.
        ReplicaLib.locate(record.edge).confirmedBy &= ~(uint256(type(uint64).max) << (uint256(slot) * 64));
        emit WitnessSet(source, slot, at, mayConflict);
        if (record.state == SourceState.CONTESTED && mask & WITNESSES_CONFLICTED == 0) {
            _setState(source, record, SourceState.LIVE, 0, "witness");
        }
    }

    /// @inheritdoc ILedgerTerms
    function replacedBy(bytes calldata act) external view returns (bytes32) {
        bytes4 kind = bytes4(act[:4]);
        bytes calldata words = act[4:];
        if (kind == this.setCap.selector) {
            return keccak256(abi.encode(kind, words[:32], _listedAsset(abi.decode(words, (uint16))).capThousandths));
        }
        if (kind == this.setFast.selector) {
            return keccak256(abi.encode(kind, words[:32], _listedAsset(abi.decode(words, (uint16))).fastBp));
        }
        if (kind == this.setWeights.selector) {
            AssetRecord storage asset = _listedAsset(abi.decode(words, (uint16)));
            return keccak256(abi.encode(kind, words[:32], asset.initialBp, asset.maintenanceBp));
        }
        if (kind == this.setSourceWeights.selector) {
            SourceRecord storage record = _listedSource(abi.decode(words, (uint16)));
            return keccak256(abi.encode(kind, words[:32], record.initialBp, record.maintenanceBp));
        }
        if (kind == this.unpause.selector) {
            (uint16 source, uint16 assetId) = abi.decode(words, (uint16, uint16));
            PauseRecord storage window = _pauseWindow(source, assetId);
            return keccak256(abi.encode(kind, words, window.flags, window.until));
        }
        if (kind == this.setWitness.selector) {
            (uint16 source, uint8 slot, address at) = abi.decode(words, (uint16, uint8, address));
            return keccak256(abi.encode(kind, words[:96], _witnesses[source][slot].at, at.codehash));
        }
        return 0;
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
        // A source and its assets share one sequence of pauses, so switching between them does not avoid the wait.
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
        SourceRecord storage record = _remoteSource(source);
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
    function scheduleRiskManager(address next) external {
        _only(_governor, "governor");
        bytes memory question = abi.encodeCall(IRiskManager.margin, (new LineWords[](0)));
        (bool answered, bytes memory answer) = next.staticcall(question);
        // No lines are worth nothing, in the five words of `Grades`.
        if (!answered || answer.length != 0xa0) revert RiskManagerRefused(next);
        bool takesBack = next == _riskManager;
        uint40 at = takesBack ? 0 : uint40(block.timestamp + RISK_MANAGER_DELAY);
        _nameRiskManager(takesBack ? address(0) : next, at);
        emit RiskManagerScheduled(next, at);
    }

    /// @inheritdoc ILedgerTerms
    function adopt(uint16 most) external {
        (address next, uint256 at) = (_riskManagerNext, _riskManagerNextAt);
        if (at == 0 || block.timestamp < at) revert RiskManagerNotDue(next, at);
        uint256 checked = _riskManagerChecked;
        uint256 end = _min(checked + most, _assetCount);
        while (checked < end) {
            // At most `_assetCount`, which has 16 bits.
            _requirePriced(next, uint16(++checked), STATUS_UNAVAILABLE | STATUS_PRICE_STALE);
        }
        if (checked < _assetCount) {
            _riskManagerChecked = uint16(checked);
            emit RiskManagerChecked(next, uint16(checked));
            return;
        }
        _riskManager = next;
        _nameRiskManager(address(0), 0);
        emit RiskManagerAdopted(next);
    }

    function _requireUntil(uint40 until, uint40 running, uint256 latest) private view {
        uint256 earliest = block.timestamp + 1;
        if (running > earliest) earliest = running;
        latest = _min(latest, block.timestamp + FREEZE_MAX);
        if (until < earliest || until > latest) revert UntilOutOfRange(until, earliest, latest);
    }

    /// @dev Writes the slots that credits write, so that an asset's first credit does not pay for new ones: 64 first
    ///      credits of 64 assets are one transaction (I14). The values mean the same as 0: a full bucket, nothing
    ///      taken, no schedule.
    function _warm(AssetRecord storage record) private {
        record.bucketTat = 1;
        (record.cumFast, record.cumFastBase) = (1, 1);
        record.openSetAt = 1;
    }

    /// @dev The governor may set any value, the risk admin only a lower one.
    function _onlyLowering(uint256 next, uint256 current) private view {
        if (msg.sender == _governor) return;
        _only(_riskAdmin, "riskAdmin");
        if (next >= current) revert LimitNotLower(next, current);
    }

    function _requireWeights(uint16 initialBp, uint16 maintenanceBp) private pure {
        if (initialBp > maintenanceBp || maintenanceBp > BP) revert WeightOutOfRange(initialBp, maintenanceBp);
    }

    /// @dev No asset weighs more than a stablecoin of the base table, whoever sets it.
    function _requireAssetWeights(uint16 initialBp, uint16 maintenanceBp) private pure {
        _requireWeights(initialBp, maintenanceBp);
        if (initialBp > ASSET_INITIAL_MAX_BP || maintenanceBp > ASSET_MAINTENANCE_MAX_BP) {
            revert WeightAboveMax(initialBp, maintenanceBp, ASSET_INITIAL_MAX_BP, ASSET_MAINTENANCE_MAX_BP);
        }
    }

    function _requireMayWeigh(
        uint16 initialBp,
        uint16 maintenanceBp,
        uint16 initialNow,
        uint16 maintenanceTarget
    ) private view {
        if (msg.sender == _governor) return;
        _only(_riskAdmin, "riskAdmin");
        if (
            initialBp > initialNow ||
            maintenanceBp > maintenanceTarget ||
            (initialBp == initialNow && maintenanceBp == maintenanceTarget)
        ) revert WeightsNotTighter(initialBp, maintenanceBp, initialNow, maintenanceTarget);
    }

    /// @dev Starts the ramp from the present maintenance weight to the new one. A ramp with an unchanged target continues.
    /// @param what source, assetId, new initial weight, target so far, new target
    /// @return falls whether the present weight differs from its target
    function _setRamp(Ramp storage kept, uint16[5] memory what) private returns (bool falls) {
        Ramp memory ramp = kept;
        uint16 target = what[4];
        bool running = block.timestamp < ramp.end;
        // Safety of the casts here: weights of ramps are two of 16 bits or lie between them; block times fit 40 bits for 34,000
        // years, and a ramp lasts 40 days at most.
        uint16 present = running ? uint16(WeightRamp.weightAt(ramp, block.timestamp)) : what[3];
        if (!running || target != ramp.toBp) {
            (ramp.fromBp, ramp.toBp, ramp.start) = (present, target, uint40(block.timestamp));
            ramp.end = ramp.start;
            if (target < present) ramp.end += uint40(WeightRamp.durationOf(present - target));
        }
        ++ramp.version;
        (kept.fromBp, kept.toBp, kept.start, kept.end) = (ramp.fromBp, ramp.toBp, ramp.start, ramp.end);
        kept.version = ramp.version;
        emit ParamsScheduled(what[0], what[1], ramp.version, what[2], ramp.fromBp, target, ramp.start, ramp.end);
        return block.timestamp < ramp.end;
    }

    function _nameRiskManager(address next, uint40 at) private {
        (_riskManagerNext, _riskManagerNextAt, _riskManagerChecked) = (next, at, 0);
    }
}

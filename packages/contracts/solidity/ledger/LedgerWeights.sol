// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerWeights} from "../interfaces/ILedgerWeights.sol";
import {Ramp, WeightRamp} from "../risk/WeightRamp.sol";
import {LedgerWeightLimits} from "./LedgerWeightLimits.sol";

/// @title Changing what assets and sources weigh
/// @dev A record holds the target of its maintenance weight; `_assetWordNow` and `_sourceWordNow` put in the weight of the moment.
abstract contract LedgerWeights is LedgerWeightLimits, ILedgerWeights {
    /// @inheritdoc ILedgerWeights
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

    /// @inheritdoc ILedgerWeights
    function setSourceWeights(uint16 source, uint16 initialBp, uint16 maintenanceBp) external {
        SourceRecord storage record = _listedSource(source);
        _requireMayWeigh(initialBp, maintenanceBp, record.initialBp, record.maintenanceBp);
        _requireWeights(initialBp, maintenanceBp);
        bool falls = _setRamp(_sourceRamps[source], [source, 0, initialBp, record.maintenanceBp, maintenanceBp]);
        (record.initialBp, record.maintenanceBp) = (initialBp, maintenanceBp);
        if (falls) record.flags |= SOURCE_RAMP_HINT;
        else record.flags &= ~SOURCE_RAMP_HINT;
    }

    /// @inheritdoc ILedgerWeights
    function rampOf(uint16 assetId) external view returns (Ramp memory) {
        return _assetRamps[assetId];
    }

    /// @inheritdoc ILedgerWeights
    function sourceRampOf(uint16 source) external view returns (Ramp memory) {
        return _sourceRamps[source];
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

    /// @dev Starts the way from the present maintenance weight to the new one. A way that keeps its target goes on as it was.
    /// @param what source, assetId, new initial weight, target so far, new target
    /// @return falls whether the weight of the moment differs from its target
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
}

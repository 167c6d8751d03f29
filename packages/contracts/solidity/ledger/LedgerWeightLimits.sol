// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerTerms} from "../interfaces/ILedgerTerms.sol";
import {ILedgerWeights} from "../interfaces/ILedgerWeights.sol";
import {LedgerMargin} from "./LedgerMargin.sol";

/// @title What no weight passes
/// @notice Asked at listing and at every change.
abstract contract LedgerWeightLimits is LedgerMargin {
    uint16 internal constant BP = 10_000;
    uint16 private constant ASSET_INITIAL_MAX_BP = 9_500;
    uint16 private constant ASSET_MAINTENANCE_MAX_BP = 9_800;

    function _requireWeights(uint16 initialBp, uint16 maintenanceBp) internal pure {
        if (initialBp > maintenanceBp || maintenanceBp > BP)
            revert ILedgerTerms.WeightOutOfRange(initialBp, maintenanceBp);
    }

    /// @dev No asset weighs more than a stablecoin of the base table, whoever asks.
    function _requireAssetWeights(uint16 initialBp, uint16 maintenanceBp) internal pure {
        _requireWeights(initialBp, maintenanceBp);
        if (initialBp > ASSET_INITIAL_MAX_BP || maintenanceBp > ASSET_MAINTENANCE_MAX_BP) {
            revert ILedgerWeights.WeightAboveMax(
                initialBp,
                maintenanceBp,
                ASSET_INITIAL_MAX_BP,
                ASSET_MAINTENANCE_MAX_BP
            );
        }
    }
}

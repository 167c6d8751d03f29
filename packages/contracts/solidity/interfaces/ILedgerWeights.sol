// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ramp} from "../risk/WeightRamp.sol";

/// @title What collateral weighs, and how that changes
/// @notice Weights of assets and sources after they were listed. An initial weight changes at once: it bounds new risk,
///         and how far an auction goes that has begun.
///         A maintenance weight rises at once and falls in a straight line over at least 24 hours, by at most 2.5 points a
///         day, so that a line, which weighs by its asset and its source, loses at most 5, whoever lowers it: nobody becomes liquidatable without a day to act in.
/// @dev Answers at the ledger's own address. Safety: nobody sets a weight above its immutable maximum. Liveness: a ramp needs
///      no further act; `termWordsOf` and every margin hold the weight of the moment.
interface ILedgerWeights {
    /// @notice The risk admin lowers only: no weight above the present one (for maintenance: above where it is falling to),
    ///         and one below.
    error WeightsNotTighter(uint16 initialBp, uint16 maintenanceBp, uint16 initialNow, uint16 maintenanceTarget);
    /// @notice A weight is above what any asset or source may weigh.
    error WeightAboveMax(uint16 initialBp, uint16 maintenanceBp, uint16 initialMax, uint16 maintenanceMax);

    /// @notice Weights were changed; the maintenance weight goes from `fromBp` at `start` to `maintenanceBp` at `end`.
    /// @param source index of the source
    /// @param assetId index of the asset, 0 for the source's own weights
    /// @param version counts the changes of these weights, from 1
    /// @param start block time in seconds
    /// @param end block time in seconds, equal to `start` if the weight changed at once
    event ParamsScheduled(
        uint16 indexed source,
        uint16 indexed assetId,
        uint32 version,
        uint16 initialBp,
        uint16 fromBp,
        uint16 maintenanceBp,
        uint40 start,
        uint40 end
    );

    /// @notice Sets an asset's base weights in basis points, at most 9,500 and 9,800.
    /// @dev [governor, or risk admin if lower]
    function setWeights(uint16 assetId, uint16 initialBp, uint16 maintenanceBp) external;

    /// @notice Sets a source's weights in basis points, at most 10,000 each.
    /// @dev [governor, or risk admin if lower]
    function setSourceWeights(uint16 source, uint16 initialBp, uint16 maintenanceBp) external;

    /// @notice Gives the newest change of an asset's base weights, all 0 if they are as listed; past its end it is done.
    function rampOf(uint16 assetId) external view returns (Ramp memory);

    /// @notice Gives the newest change of a source's weights, all 0 if they are as listed; past its end it is done.
    function sourceRampOf(uint16 source) external view returns (Ramp memory);
}

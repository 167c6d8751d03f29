// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarginRequirement} from "./IMarginRequirement.sol";

/// @notice One position, as the inputs of a report name it.
/// @param slot price slot of its underlying at the risk manager
/// @param kind 0 perpetual, 1 call, 2 put
/// @param expiry time in seconds; 0 for a perpetual
/// @param priceWad entry price of a perpetual, strike of an option
/// @param sizeWad units, positive long
struct ReportedPosition {
    uint16 slot;
    uint8 kind;
    uint40 expiry;
    uint128 priceWad;
    int128 sizeWad;
}

/// @title What a protocol that takes reports tells, so that anyone can compare a report's inputs with the chain
interface IReportedPositions is IMarginRequirement {
    /// @notice Gives the contract whose reports it takes.
    function reports() external view returns (address);

    /// @notice Gives the position that a report weighs.
    /// @param account see `ICollateralLedger`
    /// @return positionNonce rises with every change of what is returned here
    /// @return owedWad losses taken and not yet paid, WAD
    /// @return positions in any order, no two of one contract
    function positionsOf(
        bytes32 account
    ) external view returns (uint64 positionNonce, uint256 owedWad, ReportedPosition[] memory positions);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {Factors, LineMargin} from "../interfaces/IRiskManager.sol";

/// @notice One enabled line of an account, explained.
/// @param assetId ledger-wide index
/// @param source index of the source
/// @param vaultAsset index at the vault
/// @param underlying price slot
/// @param decimals of the token
/// @param asOf time in seconds for which the source's state is known
/// @param margin amount, price, factors and values
struct LineView {
    uint16 assetId;
    uint16 source;
    uint16 vaultAsset;
    uint16 underlying;
    uint8 decimals;
    uint40 asOf;
    LineMargin margin;
}

/// @notice The current requirement of one protocol of an account, as the ledger counts it.
/// @param protocol contract that the account opted in to
/// @param answered false if it fails: its initial requirement is then infinite, and the ledger's record replaces its
///        maintenance requirement
/// @param initialWad WAD, 0 if it fails
/// @param maintenanceWad WAD; if it fails, the larger of the recorded and the observed one
/// @param positionNonce the position's number; if it fails, the recorded one
/// @param reservedWad its initial requirement when it last passed the gate
/// @param claims true if it answers its burden, so that the ledger's auction can sell lines for it
/// @param burdenWad what a taker would assume for all of the position; of one that does not answer, the maintenance requirement
struct RequirementView {
    address protocol;
    bool answered;
    uint128 initialWad;
    uint128 maintenanceWad;
    uint64 positionNonce;
    uint128 reservedWad;
    bool claims;
    uint128 burdenWad;
}

/// @title Longer answers about a ledger
/// @notice Stateless views that would not fit into the ledger's code.
/// @dev The values of `marginBreakdown` sum to `marginOf` of the same block, to the last integer.
interface ILedgerLens {
    /// @notice The ledger or its risk manager is the zero address.
    error LedgerMissing();

    /// @notice Returns how the margin of an account is computed, line by line, in the order of `linesOf`.
    function marginBreakdown(bytes32 account) external view returns (LineView[] memory);

    /// @notice Returns how the requirement of an account is computed, protocol by protocol.
    /// @dev Reverts with `GasTooLow` when called with less than 4,300,000 gas for each protocol.
    function requirementsOf(bytes32 account) external view returns (RequirementView[] memory);

    /// @notice Returns what would be left of an account if all its lines were sold at the mark and all burdens were paid.
    /// @dev Without weights, and without gains that protocols have not paid into a line yet. Gas as for `requirementsOf`.
    /// @return netWad WAD, below 0 if the lines do not suffice
    /// @return linesWad value of all lines at the prices of grade M, WAD, each rounded down
    /// @return burdensWad sum of the burdens, WAD
    function netValueOf(bytes32 account) external view returns (int256 netWad, uint256 linesWad, uint256 burdensWad);

    /// @notice Returns the factors with which an asset counts at this block's time.
    function weightsOf(uint16 assetId) external view returns (Factors memory);

    /// @notice Returns the ledger that this lens reads.
    function ledger() external view returns (address);
}

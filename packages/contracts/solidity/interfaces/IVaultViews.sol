// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LockRefusal, PauseWindow, VaultAsset} from "./VaultTypes.sol";

/// @title What a vault tells of its tokens and of what it was built with
/// @notice Answers at the vault's own address.
interface IVaultViews {
    /// @notice Gives a token's limits in token units, the minimum rounded up, the others down.
    /// @dev A cap above 2^104 − 1 units is shown as that.
    /// @param asset index of the token, from 1
    /// @return minUnits smallest lock
    /// @return capUnits most that may be accounted
    /// @return limitUnits payments per day
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits);

    /// @notice Gives the pauses of a token.
    /// @param asset index of the token, from 1
    function pauseOf(uint16 asset) external view returns (PauseWindow memory);

    /// @notice Gives everything the vault keeps about a token.
    /// @param asset index of the token, from 1
    function assetOf(uint16 asset) external view returns (VaultAsset memory);

    /// @notice Says whether a lock would be refused now, and how much there is room for.
    /// @dev Assumes that the token delivers what is asked for; flags and fee are not judged.
    /// @param asset index of the token, from 1
    /// @param amount token units that would be taken
    /// @param account who would be credited
    /// @return refusal the first reason found, NONE if there is none
    /// @return minUnits smallest lock in token units
    /// @return roomUnits largest lock in token units, 0 for an unknown asset
    function quoteLock(
        uint16 asset,
        uint128 amount,
        bytes32 account
    ) external view returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits);

    /// @notice Gives the smallest fee that a lock must carry, in token units, rounded up.
    /// @param asset index of the token, from 1
    function lockFeeOf(uint16 asset) external view returns (uint256);

    /// @notice Gives the number of tokens listed; indexes run from 1 to it.
    function assetCount() external view returns (uint16);

    /// @notice Gives the chain of the ledger.
    function settlementChainId() external view returns (uint256);

    /// @notice Gives the ledger's address on the settlement chain.
    function ledger() external view returns (address);

    /// @notice Gives the vault's index at the ledger.
    function source() external view returns (uint16);

    /// @notice Gives the verifier of the ledger's statements.
    function attesterSet() external view returns (address);

    /// @notice Gives who lists, limits and lifts.
    function governor() external view returns (address);

    /// @notice Gives who may stop payments.
    function guardian() external view returns (address);

    /// @notice Gives who may pause.
    function pauser() external view returns (address);

    /// @notice Gives the token that wraps the native coin, 0 if there is none.
    function wrappedNative() external view returns (address);

    /// @notice Says whether this is the vault of a development chain.
    function development() external view returns (bool);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {IMarginRequirement} from "../interfaces/IMarginRequirement.sol";

/// @notice What one protocol requires of an account.
/// @param answered false if the protocol failed; the figures are 0 then and mean nothing
/// @param initialWad WAD, at least `maintenanceWad`
/// @param maintenanceWad WAD
/// @param positionNonce the position's number
struct Requirement {
    bool answered;
    uint128 initialWad;
    uint128 maintenanceWad;
    uint64 positionNonce;
}

/// @title Asking a protocol what it requires, whatever it does
/// @notice `ILedgerActs` states what counts as an answer.
library Requirements {
    /// @notice Gas that a protocol may use.
    uint256 internal constant CALLBACK_GAS = 150_000;
    /// @notice Gas that must be left for all of `CALLBACK_GAS` to reach the protocol.
    /// @dev A call hands on 63/64 of what is left: 150,000 · 64/63 = 152,381, and 2,600 for a cold address before it.
    uint256 internal constant CALLBACK_GAS_MIN = 160_000;

    /// @notice Asks the protocol; reverts for too little gas alone.
    /// @param protocol contract that the account opted in to
    /// @param account see `ICollateralLedger`
    function read(address protocol, bytes32 account) internal view returns (Requirement memory requirement) {
        bytes memory question = abi.encodeCall(IMarginRequirement.requirementOf, (account));
        if (gasleft() < CALLBACK_GAS_MIN) revert ICollateralLedger.GasTooLow(gasleft(), CALLBACK_GAS_MIN);
        bool answered;
        uint256 initialWad;
        uint256 maintenanceWad;
        uint256 nonce;
        assembly ("memory-safe") {
            // Beyond the free pointer: four words of scratch, however much the protocol returns.
            let answer := mload(0x40)
            answered := staticcall(CALLBACK_GAS, protocol, add(question, 0x20), mload(question), answer, 0x80)
            answered := and(answered, eq(returndatasize(), 0x80))
            initialWad := mload(answer)
            maintenanceWad := mload(add(answer, 0x20))
            nonce := mload(add(answer, 0x40))
        }
        if (!answered || (initialWad | maintenanceWad) > type(uint128).max || nonce > type(uint64).max) {
            return requirement;
        }
        if (initialWad < maintenanceWad) initialWad = maintenanceWad;
        // Both were found to be at most 2^128 − 1, the nonce at most 2^64 − 1.
        return Requirement(true, uint128(initialWad), uint128(maintenanceWad), uint64(nonce));
    }
}

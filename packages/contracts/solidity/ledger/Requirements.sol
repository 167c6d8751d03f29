// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {IEdge} from "../edge/IEdge.sol";
import {IMarginRequirement} from "../interfaces/IMarginRequirement.sol";

/// @notice One protocol's requirement of an account.
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

/// @title Reading a protocol's requirement, safe against any behaviour
/// @notice `ILedgerMargin` says which answers are accepted.
library Requirements {
    /// @notice Gas that a protocol may use at its own gate, where the storage that it has just written is warm.
    /// @dev Room for what a contract can compute by itself. Measured warm and cold: the credit line 7,000 and 12,000;
    ///      the perpetual book with four positions and a report 49,000 and 85,000; a perpetual and twelve written options by
    ///      `StandardRequirement`, all of it in storage, 143,000 and 186,000.
    uint256 internal constant GATE_GAS = 150_000;
    /// @notice Largest ratio of an operation's cold to warm cost: 2,600 against 100 for an account, 2,100 against 100
    ///         for a slot (EIP-2929).
    uint256 internal constant COLD_OVER_WARM = 26;
    /// @notice Gas that a protocol may use in every other reading: enough to read cold what a gate read warm.
    uint256 internal constant CALLBACK_GAS = GATE_GAS * COLD_OVER_WARM;
    /// @notice Least gas that reaches a protocol when it is asked with all that is left.
    uint256 internal constant NOTICE_GAS = 8_000_000;
    /// @dev Gas spent between the check and the call: 2,600 for a cold address, and the call itself.
    uint256 private constant CALL_GAS = 6_000;

    /// @notice Asks the protocol with `CALLBACK_GAS`. Reverts only for too little gas.
    /// @param protocol contract that the account opted in to
    /// @param account see `ILedgerCore`
    function read(address protocol, bytes32 account) internal view returns (Requirement memory) {
        return read(protocol, account, CALLBACK_GAS, CALLBACK_GAS);
    }

    /// @notice Asks the protocol with all the gas that is left, of which at least `NOTICE_GAS` reaches it.
    function readWithAll(address protocol, bytes32 account) internal view returns (Requirement memory) {
        return read(protocol, account, type(uint256).max, NOTICE_GAS);
    }

    /// @notice Asks the protocol. Reverts only for too little gas.
    /// @param most gas that the protocol may use
    /// @param least gas that must reach it
    function read(
        address protocol,
        bytes32 account,
        uint256 most,
        uint256 least
    ) internal view returns (Requirement memory requirement) {
        bytes memory question = abi.encodeCall(IMarginRequirement.requirementOf, (account));
        // A call forwards 63/64 of the remaining gas.
        least += least / 63 + CALL_GAS;
        if (gasleft() < least) revert IEdge.GasTooLow(gasleft(), least);
        bool answered;
        uint256 initialWad;
        uint256 maintenanceWad;
        uint256 nonce;
        assembly ("memory-safe") {
            // Beyond the free pointer: four words of scratch, however much the protocol returns.
            let answer := mload(0x40)
            answered := staticcall(most, protocol, add(question, 0x20), mload(question), answer, 0x80)
            answered := and(answered, eq(returndatasize(), 0x80))
            initialWad := mload(answer)
            maintenanceWad := mload(add(answer, 0x20))
            nonce := mload(add(answer, 0x40))
        }
        if (!answered || (initialWad | maintenanceWad) > type(uint128).max || nonce > type(uint64).max) {
            return requirement;
        }
        if (initialWad < maintenanceWad) initialWad = maintenanceWad;
        // The checks above bound both figures by 2^128 − 1 and the nonce by 2^64 − 1.
        return Requirement(true, uint128(initialWad), uint128(maintenanceWad), uint64(nonce));
    }
}

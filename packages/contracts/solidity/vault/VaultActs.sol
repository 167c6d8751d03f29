// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultInit} from "../interfaces/VaultTypes.sol";
import {VaultAdmin} from "./VaultAdmin.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultExit} from "./VaultExit.sol";

/// @title The rare acts of a vault
/// @notice Called through the vault, on the vault's storage; `ICollateralVaultActs` is its manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultActs is VaultAdmin {
    /// @notice keccak256 of the values that this contract was built with; the vault compares it with its own.
    bytes32 public immutable initHash;
    /// @notice The contract that carries out the exit on the vault's storage; every call that is none of the acts goes there.
    address public immutable exitPart;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {
        initHash = keccak256(abi.encode(init));
        exitPart = address(new VaultExit(init));
    }

    /// @notice Passes every other call on to the exit part, which works on the vault's storage too.
    /// @dev Safety: the address is fixed for ever and its code has the same storage layout (compared in the build).
    fallback() external {
        address target = exitPart;
        assembly ("memory-safe") {
            let place := mload(0x40)
            calldatacopy(place, 0, calldatasize())
            let done := delegatecall(gas(), target, place, calldatasize(), 0, 0)
            returndatacopy(place, 0, returndatasize())
            if iszero(done) {
                revert(place, returndatasize())
            }
            return(place, returndatasize())
        }
    }
}

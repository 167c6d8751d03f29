// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultInit} from "../interfaces/VaultTypes.sol";
import {VaultAdmin} from "./VaultAdmin.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title The rare acts of a vault
/// @notice Called through the vault, on the vault's storage; `ICollateralVaultActs` is its manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultActs is VaultAdmin {
    /// @notice keccak256 of the values that this contract was built with; the vault compares it with its own.
    bytes32 public immutable initHash;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {
        initHash = keccak256(abi.encode(init));
    }
}

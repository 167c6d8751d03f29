// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultInit} from "../interfaces/VaultTypes.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultClosing} from "./VaultClosing.sol";
import {VaultReopening} from "./VaultReopening.sol";

/// @title Generations of a vault's edges
/// @notice Called through the vault and its other parts, on the vault's storage; `IVaultGenerations` is its manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultGenerations is VaultClosing, VaultReopening {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}
}

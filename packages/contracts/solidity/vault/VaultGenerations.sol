// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultInit} from "../interfaces/VaultTypes.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultClosing} from "./VaultClosing.sol";
import {VaultKinds} from "./VaultKinds.sol";
import {VaultReopening} from "./VaultReopening.sol";
import {VaultTokenCode} from "./VaultTokenCode.sol";

/// @title Generations of a vault's edges, what is rare in the ledger's journal, and the pins of its tokens
/// @notice Called through the vault and its other parts, on the vault's storage; `IVaultGenerations` and `IVaultTokens` are its
///         manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultGenerations is VaultClosing, VaultReopening, VaultKinds, VaultTokenCode {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}
}

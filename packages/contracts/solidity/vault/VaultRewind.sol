// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VaultInit} from "../interfaces/VaultTypes.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultKinds} from "./VaultKinds.sol";
import {VaultTokenCode} from "./VaultTokenCode.sol";
import {VaultUnwinding} from "./VaultUnwinding.sol";
import {VaultViews} from "./VaultViews.sol";

/// @title Rewinds of a vault's replica, what is rare in the ledger's journal, the pins of its tokens, and what it tells
/// @notice Called through the vault, on the vault's storage; `IVaultRewind`, `IVaultTokens` and `IVaultViews` are its manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultRewind is VaultUnwinding, VaultKinds, VaultTokenCode, VaultViews {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "./ICollateralVault.sol";
import {ICollateralVaultActs} from "./ICollateralVaultActs.sol";
import {IVaultExit} from "./IVaultExit.sol";
import {IVaultGenerations} from "./IVaultGenerations.sol";
import {IVaultTokens} from "./IVaultTokens.sol";

/// @title Everything that answers at a vault's address
/// @notice Locks (`ICollateralVault`), releases (`ICollateralVaultReleases`) rare acts (`ICollateralVaultActs`)
///         the exit (`IVaultExit`), generations of edges (`IVaultGenerations`) and pins of tokens (`IVaultTokens`).
interface IVault is ICollateralVault, ICollateralVaultActs, IVaultExit, IVaultGenerations, IVaultTokens {}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "./ICollateralVault.sol";
import {ICollateralVaultActs} from "./ICollateralVaultActs.sol";
import {IVaultExit} from "./IVaultExit.sol";
import {IVaultRewind} from "./IVaultRewind.sol";
import {IVaultTokens} from "./IVaultTokens.sol";
import {IVaultViews} from "./IVaultViews.sol";

/// @title Everything that answers at a vault's address
/// @notice Locks (`ICollateralVault`), releases (`ICollateralVaultReleases`), rare acts (`ICollateralVaultActs`), the exit
///         (`IVaultExit`), rewinds of the replica (`IVaultRewind`), pins of tokens (`IVaultTokens`) and what it tells (`IVaultViews`).
interface IVault is ICollateralVault, ICollateralVaultActs, IVaultExit, IVaultRewind, IVaultTokens, IVaultViews {}

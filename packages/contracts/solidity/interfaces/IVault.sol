// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "./ICollateralVault.sol";
import {IVaultAdmin} from "./IVaultAdmin.sol";
import {IVaultExit} from "./IVaultExit.sol";
import {IVaultLosses} from "./IVaultLosses.sol";
import {IVaultPayments} from "./IVaultPayments.sol";
import {IVaultRewind} from "./IVaultRewind.sol";
import {IVaultViews} from "./IVaultViews.sol";
import {IVaultWitnesses} from "./IVaultWitnesses.sol";

/// @title Everything that answers at a vault's address
/// @notice The core: locks (`ICollateralVault`), releases and their payment (`IVaultReleases`). Each other section is answered by the
///         module of its name: `VaultPayments` answers `IVaultPayments`, and so on.
interface IVault is
    ICollateralVault,
    IVaultPayments,
    IVaultLosses,
    IVaultRewind,
    IVaultWitnesses,
    IVaultExit,
    IVaultAdmin,
    IVaultViews
{}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IVaultTokens} from "../interfaces/IVaultTokens.sol";
import {VaultAsset} from "../interfaces/VaultTypes.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title The pins of tokens' code
/// @notice `IVaultTokens` is the manual.
/// @dev Safety: no token moves and nothing is accounted. Liveness: what is noted stops locks alone.
abstract contract VaultTokenCode is VaultBase, IVaultTokens {
    /// @inheritdoc IVaultTokens
    function noteCode(uint16 asset) external nonReentrant {
        VaultAsset storage kept = _listed(asset);
        bytes32 seen = kept.token.codehash;
        bool pinned = seen == _codeOf[asset];
        if (pinned == (kept.flags & HINT_CODE == 0)) revert NothingToNote(asset, seen);
        kept.flags ^= HINT_CODE;
        emit TokenCodeNoted(asset, seen, pinned);
    }

    /// @inheritdoc IVaultTokens
    function pinCode(address token, bytes32 codeHash) external onlyRole(_governor) nonReentrant {
        uint16 asset = _indexOf[token];
        VaultAsset storage kept = _listed(asset);
        if (token.code.length == 0) revert ICollateralVault.TokenHasNoCode(token);
        if (token.codehash != codeHash) revert TokenCodeDiffers(token, token.codehash, codeHash);
        _codeOf[asset] = codeHash;
        kept.flags &= ~HINT_CODE;
        emit TokenCodePinned(asset, codeHash);
    }

    /// @inheritdoc IVaultTokens
    function codeOf(uint16 asset) external view returns (bytes32 pinned, bytes32 codeHash) {
        return (_codeOf[asset], _listed(asset).token.codehash);
    }
}

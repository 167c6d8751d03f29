// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/vault/IVault.sol";
import {DevelopmentToken} from "./DevelopmentToken.sol";

/// @title Many locks in one transaction
/// @notice For development chains and measurements only: mints what it locks.
contract DevelopmentBulkLocker {
    /// @notice Locks `units` token units `count` times, for consecutive owners, starting again after `owners` of them.
    /// @param vault where to lock
    /// @param token a token that anyone may mint
    /// @param units token units of each lock
    /// @param firstOwner address of owner number 0, as a number
    /// @param start number of the first lock, so that a call can continue an earlier one
    /// @param count locks in this call
    /// @param owners how many different owners there are
    function lockMany(
        IVault vault,
        DevelopmentToken token,
        uint128 units,
        uint160 firstOwner,
        uint256 start,
        uint256 count,
        uint256 owners
    ) external {
        uint16 asset = vault.indexOf(address(token));
        token.mint(address(this), units * count);
        token.approve(address(vault), units * count);
        for (uint256 i = start; i < start + count; ++i) {
            bytes32 account = bytes32(bytes20(address(firstOwner + uint160(i % owners))));
            vault.lock(asset, units, account, 0, 0, 0);
        }
    }
}

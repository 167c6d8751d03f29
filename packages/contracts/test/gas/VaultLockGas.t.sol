// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {VaultFixture} from "../vault/VaultFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice What a lock costs as a whole transaction.
contract VaultLockGasTest is VaultFixture {
    uint256 private constant LOCK_GAS_MAX = 64_000;

    /// @dev Plain ERC-20, infinite allowance, every slot non-zero before, cold access as in a transaction of its own.
    /// forge-config: default.isolate = true
    function test_lock_costs_at_most_64000_gas_as_a_whole_transaction() public {
        _measure("lock", 0);
    }

    /// @dev A memo without a zero byte: 384 gas of calldata more.
    /// forge-config: default.isolate = true
    function test_lock_with_a_memo_costs_at_most_64000_gas_as_a_whole_transaction() public {
        _measure("lock with a memo", bytes32(type(uint256).max));
    }

    function _measure(string memory what, bytes32 memo) private {
        PlainToken token = new PlainToken("PLAIN", 6);
        uint16 asset = list(address(token), 6);
        fund(token, alice, 1e18);
        token.mint(address(vault), 1);
        vm.startPrank(alice, alice);
        vault.lock(asset, 1_000_000, accountOf(alice), 0, 0, 0);
        vault.lock(asset, 123_456_789, accountOf(alice), memo, 0, 0);
        vm.stopPrank();
        uint256 used = vm.lastCallGas().gasTotalUsed;
        console.log(what, "whole transaction:", used);
        assertLe(used, LOCK_GAS_MAX);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {VaultFixture} from "../VaultFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice The smallest fee of a lock: who carries the journal is paid for each entry.
contract VaultLockFeeTest is VaultFixture {
    uint64 private constant MIN = 2_000_001;
    PlainToken private token;
    uint16 private asset;

    function setUp() public override {
        super.setUp();
        token = new PlainToken("SIX", 6);
        asset = list(address(token), 6);
        fund(IERC20(address(token)), alice, 1e12);
        vm.startPrank(governor);
        vault.setLimits(asset, MIN, UNBOUNDED, UNBOUNDED);
        vault.setLockFee(asset, 25);
        vm.stopPrank();
    }

    function test_I14_a_lock_with_less_than_the_smallest_fee_is_refused() public {
        // A quarter of a percent of 2,000,001 units, rounded up.
        assertEq(vault.lockFeeOf(asset), 5_001);
        _expectTooSmall(0);
        _expectTooSmall(5_000);
        assertEq(_lock(5_001), MIN);
        (, uint64 count, ) = vault.journalHead();
        assertEq(count, 1);
    }

    function test_the_smallest_lock_pays_the_largest_fee() public {
        vm.prank(governor);
        vault.setLockFee(asset, 10_000);
        assertEq(vault.lockFeeOf(asset), MIN);
        _expectTooSmall(uint96(MIN) - 1);
        assertEq(_lock(uint96(MIN)), MIN);
    }

    function test_without_a_smallest_fee_none_is_asked() public {
        vm.expectEmit(address(vault));
        emit IVaultCore.LockFeeSet(asset, 0);
        vm.prank(governor);
        vault.setLockFee(asset, 0);
        assertEq(vault.lockFeeOf(asset), 0);
        assertEq(_lock(0), MIN);
    }

    function test_the_smallest_fee_follows_the_smallest_lock_and_leaves_the_other_fields() public {
        vm.prank(governor);
        vault.setLimits(asset, 4_000_000, UNBOUNDED, UNBOUNDED);
        assertEq(vault.lockFeeOf(asset), 10_000);
        assertEq(vault.assetOf(asset).feeBp, 25);
        assertEq(vault.assetOf(asset).min, 4_000_000);
        assertEq(vault.assetOf(asset).token, address(token));
    }

    function test_only_the_governor_sets_it_up_to_the_whole_smallest_lock() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, alice, governor));
        vm.prank(alice);
        vault.setLockFee(asset, 1);
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LockFeeOutOfRange.selector, 10_001, 10_000));
        vault.setLockFee(asset, 10_001);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 9));
        vault.setLockFee(9, 1);
        vm.stopPrank();
    }

    function _expectTooSmall(uint96 fee) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.FeeBelowMinimum.selector, fee, vault.lockFeeOf(asset)));
        _lock(fee);
    }

    function _lock(uint96 fee) private returns (uint128) {
        vm.prank(alice, alice);
        return vault.lock(asset, MIN, accountOf(alice), 0, fee, 0);
    }
}

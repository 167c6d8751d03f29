// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultLosses} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {VaultFixture} from "../VaultFixture.sol";
import {FeeToken} from "../../tokens/FeeToken.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {RebasingToken} from "../../tokens/RebasingToken.sol";
import {ReentrantToken} from "../../tokens/ReentrantToken.sol";
import {LyingToken, RefusingToken, SilentToken} from "../../tokens/SilentTokens.sol";

/// @notice Locks of tokens that do not behave like most.
contract VaultTokensTest is VaultFixture {
    function testFuzz_a_token_that_takes_a_fee_credits_what_arrived(uint128 amount) public {
        amount = uint128(bound(amount, 2, 1e18));
        FeeToken token = new FeeToken();
        uint16 asset = list(address(token), 6);
        fund(token, alice, amount);
        uint128 arrives = amount - (amount + 99) / 100;
        vm.prank(alice);
        assertEq(vault.lock(asset, amount, accountOf(alice), 0, 0, 0), arrives);
        _assertCovered(asset, token, arrives);
    }

    function test_a_fee_to_the_applier_is_part_of_what_arrived() public {
        FeeToken token = new FeeToken();
        uint16 asset = list(address(token), 6);
        fund(token, alice, 100);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.FeeAboveAmount.selector, 100, 99));
        vm.prank(alice);
        vault.lock(asset, 100, accountOf(alice), 0, 100, 0);
    }

    function test_refuses_a_token_whose_fee_leaves_nothing() public {
        FeeToken token = new FeeToken();
        uint16 asset = list(address(token), 6);
        fund(token, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 0, 1));
        vm.prank(alice);
        vault.lock(asset, 1, accountOf(alice), 0, 0, 0);
    }

    function test_refuses_a_transfer_that_answers_false() public {
        RefusingToken token = new RefusingToken();
        uint16 asset = list(address(token), 18);
        token.mint(alice, 10);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        vm.prank(alice);
        vault.lock(asset, 10, accountOf(alice), 0, 0, 0);
    }

    function test_refuses_a_transfer_that_only_claims_to_have_happened() public {
        LyingToken token = new LyingToken();
        uint16 asset = list(address(token), 18);
        token.pretend(5, 5);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 0, 1));
        vault.lock(asset, 10, accountOf(alice), 0, 0, 0);
    }

    function test_refuses_a_transfer_that_lowers_the_balance() public {
        LyingToken token = new LyingToken();
        uint16 asset = list(address(token), 18);
        token.pretend(5, 4);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 0, 1));
        vault.lock(asset, 10, accountOf(alice), 0, 0, 0);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_token_cannot_pretend_more_than_every_field_holds(uint256 held) public {
        LyingToken token = new LyingToken();
        uint16 asset = list(address(token), 18);
        token.pretend(0, 7);
        vault.lock(asset, 7, accountOf(alice), 0, 0, 0);
        held = bound(held, uint256(type(uint104).max) + 8, type(uint256).max);
        token.pretend(7, held);
        vm.expectPartialRevert(IVaultCore.AccountedTooLarge.selector);
        vault.lock(asset, 10, accountOf(alice), 0, 0, 0);
        assertEq(vault.accounted(asset), 7);
    }

    function test_passes_on_why_a_token_refused() public {
        PlainToken token = new PlainToken("PLAIN", 18);
        uint16 asset = list(address(token), 18);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(vault), 0, 10)
        );
        vm.prank(alice);
        vault.lock(asset, 10, accountOf(alice), 0, 0, 0);
    }

    function test_takes_a_token_that_returns_nothing() public {
        SilentToken token = new SilentToken();
        uint16 asset = list(address(token), 18);
        token.mint(alice, 10);
        vm.startPrank(alice);
        token.approve(address(vault), 10);
        assertEq(vault.lock(asset, 10, accountOf(alice), 0, 0, 0), 10);
        assertEq(token.balanceOf(address(vault)), vault.accounted(asset));
    }

    function test_refuses_every_call_from_inside_a_lock() public {
        ReentrantToken token = new ReentrantToken();
        uint16 asset = list(address(token), 18);
        fund(token, alice, 20);
        bytes[2] memory calls = [
            abi.encodeCall(IVaultCore.lock, (asset, 5, accountOf(bob), 0, 0, 0)),
            abi.encodeCall(IVaultLosses.report, (asset))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            token.arm(address(vault), calls[i]);
            vm.prank(alice);
            assertEq(vault.lock(asset, 10, accountOf(alice), 0, 0, 0), 10);
            assertFalse(token.callSucceeded());
            assertEq(bytes4(token.callAnswer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        _assertCovered(asset, token, 20);
        (, uint64 count, ) = vault.journalHead();
        assertEq(count, 2);
    }

    function test_a_reentrant_gift_is_credited_to_the_lock_it_arrived_in() public {
        ReentrantToken token = new ReentrantToken();
        uint16 asset = list(address(token), 18);
        fund(token, alice, 10);
        // The token mints to the vault in the middle of the transfer: the giver pays, nothing is counted twice.
        token.arm(address(token), abi.encodeCall(PlainToken.mint, (address(vault), 3)));
        vm.prank(alice);
        assertEq(vault.lock(asset, 10, accountOf(alice), 0, 0, 0), 13);
        _assertCovered(asset, token, 13);
    }

    function testFuzz_every_listable_decimals_locks_and_limits(uint8 decimals, uint64 whole) public {
        decimals = uint8(bound(decimals, 0, 24));
        whole = uint64(bound(whole, 1, 1e6));
        PlainToken token = new PlainToken("ANY", decimals);
        vm.prank(governor);
        uint16 asset = vault.listAsset(address(token), decimals, 1e6, whole * 1_000, 13_334);
        uint128 unit = uint128(10 ** decimals);
        fund(token, alice, uint256(unit) * (whole + 1));
        vm.startPrank(alice);
        if (unit > 1) {
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, unit - 1, unit));
            vault.lock(asset, unit - 1, accountOf(alice), 0, 0, 0);
        }
        uint256 cap = uint256(unit) * whole;
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.CapExceeded.selector, cap + 1, cap));
        vault.lock(asset, uint128(cap + 1), accountOf(alice), 0, 0, 0);
        assertEq(vault.lock(asset, uint128(cap), accountOf(alice), 0, 0, 0), cap);
        vm.stopPrank();
        _assertCovered(asset, token, cap);
    }

    function test_a_token_that_shrank_takes_no_new_locks_until_it_is_whole() public {
        RebasingToken token = new RebasingToken();
        uint16 asset = list(address(token), 18);
        fund(token, alice, 0);
        token.mint(alice, 1_000);
        vm.prank(alice);
        vault.lock(asset, 400, accountOf(alice), 0, 0, 0);
        token.rebase(900_000);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, 400, 360));
        vm.prank(alice);
        vault.lock(asset, 100, accountOf(alice), 0, 0, 0);
        token.rebase(1_000_000);
        vm.prank(alice);
        vault.lock(asset, 100, accountOf(alice), 0, 0, 0);
        assertEq(vault.accounted(asset), 500);
    }

    function test_one_token_in_trouble_leaves_the_others_alone() public {
        RebasingToken shrinking = new RebasingToken();
        PlainToken plain = new PlainToken("PLAIN", 6);
        uint16 bad = list(address(shrinking), 18);
        uint16 good = list(address(plain), 6);
        shrinking.mint(alice, 1_000);
        vm.startPrank(alice);
        shrinking.approve(address(vault), type(uint256).max);
        vault.lock(bad, 1_000, accountOf(alice), 0, 0, 0);
        vm.stopPrank();
        shrinking.rebase(1);
        fund(plain, alice, 5);
        vm.prank(alice);
        assertEq(vault.lock(good, 5, accountOf(alice), 0, 0, 0), 5);
        assertEq(vault.accounted(bad), 1_000);
    }

    function _assertCovered(uint16 asset, IERC20 token, uint256 amount) private view {
        assertEq(vault.accounted(asset), amount);
        assertEq(token.balanceOf(address(vault)), amount);
    }
}

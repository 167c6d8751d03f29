// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultAdmin} from "../../../solidity/interfaces/vault/IVaultAdmin.sol";
import {LockRefusal, PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {MoodyToken} from "../../tokens/MoodyToken.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice Tokens whose code is replaced after they were listed.
contract VaultTokenCodeTest is VaultReleaseFixture {
    PlainToken private plain;
    uint16 private plainAsset;
    bytes private before;
    bytes private other;

    function setUp() public override {
        super.setUp();
        plain = new PlainToken("PIN", 6);
        plainAsset = list(address(plain), 6);
        lockFor(plainAsset, plain, LOCKED);
        (before, other) = (address(plain).code, address(new MoodyToken()).code);
    }

    function test_a_listing_pins_the_code_that_is_there() public view {
        (bytes32 pinned, bytes32 seen) = vault.codeOf(plainAsset);
        assertEq(pinned, keccak256(before));
        assertEq(seen, keccak256(before));
    }

    function test_T23_other_code_stops_locks_until_the_pinned_one_is_back() public {
        vm.etch(address(plain), other);
        vm.expectEmit(address(vault));
        emit IVaultAdmin.TokenCodeNoted(plainAsset, keccak256(other), false);
        vault.noteCode(plainAsset);
        _assertStopped();

        vm.etch(address(plain), before);
        // Until anyone looks again, it stays as it was noted.
        _assertStopped();
        vm.expectEmit(address(vault));
        emit IVaultAdmin.TokenCodeNoted(plainAsset, keccak256(before), true);
        vault.noteCode(plainAsset);
        lockFor(plainAsset, plain, ONE);
    }

    function test_T23_other_code_stops_no_payment_and_no_other_token() public {
        append(releaseEntry(plainAsset, ONE, bob, 0));
        applyAll();
        vm.etch(address(plain), other);
        vault.noteCode(plainAsset);
        // The same balances, under code that the governor has not seen.
        vm.etch(address(plain), before);
        pay(1);
        assertState(1, PaymentState.PAID);
        PlainToken next = new PlainToken("TWO", 6);
        lockFor(list(address(next), 6), next, ONE);
        _assertStopped();
    }

    function test_T23_the_governor_pins_what_is_there_and_nothing_else() public {
        vm.etch(address(plain), other);
        vault.noteCode(plainAsset);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultAdmin.TokenCodeDiffers.selector,
                address(plain),
                keccak256(other),
                keccak256(before)
            )
        );
        vm.prank(governor);
        vault.pinCode(address(plain), keccak256(before));

        vm.expectEmit(address(vault));
        emit IVaultAdmin.TokenCodePinned(plainAsset, keccak256(other));
        vm.prank(governor);
        vault.pinCode(address(plain), keccak256(other));
        (bytes32 pinned, ) = vault.codeOf(plainAsset);
        assertEq(pinned, keccak256(other));
        (LockRefusal refusal, , ) = vault.quoteLock(plainAsset, ONE, accountOf(alice));
        assertTrue(refusal != LockRefusal.TOKEN_CODE_CHANGED);
        // And the code of before is the other one now.
        vm.etch(address(plain), before);
        vault.noteCode(plainAsset);
        _assertStopped();
    }

    function test_T23_a_pin_lifts_no_pause() public {
        vm.prank(pauser);
        vault.pause(1, plainAsset, uint40(block.timestamp + 1 hours));
        vm.etch(address(plain), other);
        vault.noteCode(plainAsset);
        vm.prank(governor);
        vault.pinCode(address(plain), keccak256(other));
        (LockRefusal refusal, , ) = vault.quoteLock(plainAsset, ONE, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.LOCK_PAUSED));
    }

    function test_T23_nothing_is_noted_that_is_known_already() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultAdmin.NothingToNote.selector, plainAsset, keccak256(before)));
        vault.noteCode(plainAsset);
        vm.etch(address(plain), other);
        vault.noteCode(plainAsset);
        vm.expectRevert(abi.encodeWithSelector(IVaultAdmin.NothingToNote.selector, plainAsset, keccak256(other)));
        vault.noteCode(plainAsset);
    }

    function test_T23_a_token_without_code_is_noted_and_never_pinned() public {
        vm.etch(address(plain), "");
        vault.noteCode(plainAsset);
        _assertStopped();
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.TokenHasNoCode.selector, address(plain)));
        vm.prank(governor);
        vault.pinCode(address(plain), address(plain).codehash);
    }

    function test_only_the_governor_pins_and_only_listed_tokens() public {
        bytes32 hash = keccak256(before);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, alice, governor));
        vm.prank(alice);
        vault.pinCode(address(plain), hash);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 0));
        vm.prank(governor);
        vault.pinCode(bob, hash);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 9));
        vault.noteCode(9);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 9));
        vault.codeOf(9);
    }

    function _assertStopped() private {
        (LockRefusal refusal, , ) = vault.quoteLock(plainAsset, ONE, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.TOKEN_CODE_CHANGED));
        vm.expectRevert(abi.encodeWithSelector(IVaultAdmin.TokenCodeChanged.selector, plainAsset));
        vm.prank(alice);
        vault.lock(plainAsset, ONE, accountOf(alice), 0, 0, 0);
    }
}

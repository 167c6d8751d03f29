// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {LockGateway} from "../../solidity/gateway/LockGateway.sol";
import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {ILockGateway} from "../../solidity/gateway/ILockGateway.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {VaultFixture} from "../vault/VaultFixture.sol";
import {WrappedNative} from "../tokens/WrappedNative.sol";

/// @notice A contract that locks native coin for whoever it is told to.
contract NativeLocker {
    function lock(LockGateway gateway, address vault, bytes32 account, uint8 flags) external payable {
        gateway.lockNative{value: msg.value}(vault, account, 0, 0, flags);
    }
}

/// @notice Takes half of what it may, and calls back into the gateway.
contract GreedyVault {
    IERC20 private immutable token;
    bytes public answer;

    constructor(IERC20 token_) {
        token = token_;
    }

    function indexOf(address) external pure returns (uint16) {
        return 1;
    }

    function lock(uint16, uint128 amount, bytes32, bytes32, uint96, uint8) external returns (uint128) {
        (, answer) = msg.sender.call(abi.encodeCall(ILockGateway.lockNative, (address(this), 0, 0, 0, 0)));
        token.transferFrom(msg.sender, address(this), amount / 2);
        return amount / 2;
    }
}

/// @notice Calls the gateway in the middle of wrapping.
contract ReentrantNative is WrappedNative {
    bytes public answer;

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0)) return;
        (, answer) = msg.sender.call(abi.encodeCall(ILockGateway.lockNative, (msg.sender, 0, 0, 0, 0)));
    }
}

/// @notice Locks of the native coin through the gateway. Those by Permit2 are in LockGatewayPermit2.t.sol.
contract LockGatewayTest is VaultFixture {
    function test_shows_what_it_was_built_with() public view {
        assertEq(gateway.wrappedNative(), address(wrapped));
    }

    function test_refuses_coin_without_a_lock() public {
        (bool sent, ) = address(gateway).call{value: 1}("");
        assertFalse(sent);
    }

    function test_refuses_a_contract_that_locks_native_coin_for_itself_unconfirmed() public {
        list(address(wrapped), 18);
        NativeLocker locker = new NativeLocker();
        bytes32 own = accountOf(address(locker));
        vm.deal(address(this), 4);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnAddressUnconfirmed.selector, address(locker)));
        locker.lock{value: 1}(gateway, address(vault), own, 0);
        locker.lock{value: 1}(gateway, address(vault), own, 1);
        locker.lock{value: 1}(gateway, address(vault), AccountLib.encode(address(locker), SOURCE, 0), 0);
        locker.lock{value: 1}(gateway, address(vault), accountOf(alice), 0);
        assertEq(vault.accounted(1), 3);
    }

    function test_asks_no_key_about_its_own_address() public {
        list(address(wrapped), 18);
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(wrapped)));
        vm.deal(alice, 2);
        vm.prank(alice);
        gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0);
        vm.etch(alice, hex"00");
        vm.prank(alice, alice);
        gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0);
        assertEq(vault.accounted(1), 2);
    }

    function test_nobody_locks_for_the_gateway_unconfirmed() public {
        list(address(wrapped), 18);
        bytes32 own = accountOf(address(gateway));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnAddressUnconfirmed.selector, address(gateway)));
        gateway.lockNative{value: 1}(address(vault), own, 0, 0, 0);
    }

    function test_what_a_vault_leaves_goes_back_to_the_payer() public {
        GreedyVault greedy = new GreedyVault(IERC20(wrapped));
        vm.deal(alice, 11);
        vm.prank(alice);
        assertEq(gateway.lockNative{value: 10}(address(greedy), accountOf(alice), 0, 0, 0), 5);
        assertEq(wrapped.balanceOf(alice), 5);
        assertEq(wrapped.balanceOf(address(greedy)), 5);
        assertEq(wrapped.balanceOf(address(gateway)), 0);
        assertEq(wrapped.allowance(address(gateway), address(greedy)), 0);
        assertEq(bytes4(greedy.answer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        // Half of one unit is none: it comes back too.
        vm.prank(alice);
        assertEq(gateway.lockNative{value: 1}(address(greedy), accountOf(alice), 0, 0, 0), 0);
        assertEq(wrapped.balanceOf(alice), 6);
        assertEq(wrapped.balanceOf(address(gateway)), 0);
    }

    function test_what_lies_at_the_gateway_is_locked_for_nobody() public {
        uint16 index = list(address(wrapped), 18);
        wrapped.deposit{value: 7}();
        wrapped.transfer(address(gateway), 7);
        assertEq(gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0), 1);
        assertEq(vault.accounted(index), 1);
        assertEq(wrapped.balanceOf(address(gateway)), 7);
    }

    function test_refuses_a_call_from_inside_the_wrapping() public {
        ReentrantNative hooked = new ReentrantNative();
        list(address(hooked), 18);
        gateway = new LockGateway(address(hooked));
        assertEq(gateway.lockNative{value: 3}(address(vault), accountOf(alice), 0, 0, 0), 3);
        assertEq(bytes4(hooked.answer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function test_refuses_native_coin_while_its_token_is_not_listed() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILockGateway.NativeNotListed.selector, address(vault), address(wrapped))
        );
        gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0);
        gateway = new LockGateway(address(0));
        vm.expectRevert(abi.encodeWithSelector(ILockGateway.NativeNotListed.selector, address(vault), address(0)));
        gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0);
    }

    function testFuzz_native_coin_is_wrapped_and_locked(uint128 value, uint96 fee) public {
        uint16 index = list(address(wrapped), 18);
        value = uint128(bound(value, 1, type(uint96).max));
        fee = uint96(bound(fee, 0, value));
        vm.deal(alice, value);
        (bytes32 edge, , bytes32 head) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IVaultCore.Locked(edge, 1, index, accountOf(bob), value, "gift", fee);
        vm.prank(alice);
        assertEq(gateway.lockNative{value: value}(address(vault), accountOf(bob), "gift", fee, 0), value);
        assertEq(wrapped.balanceOf(address(vault)), value);
        assertEq(address(vault).balance, 0);
        assertEq(address(gateway).balance, 0);
        assertEq(wrapped.balanceOf(address(gateway)), 0);
        assertEq(wrapped.allowance(address(gateway), address(vault)), 0);
        assertEq(vault.accounted(index), value);
        (, , bytes32 headNow) = vault.journalHead();
        assertEq(headNow, EntryCodec.extend(head, Entry(1, index, value, accountOf(bob), "gift", fee)));
    }

    function test_native_coin_is_one_entry_with_its_memo_and_fee() public {
        vm.prank(governor);
        uint16 index = vault.listAsset(address(wrapped), 18, 1, UNBOUNDED, UNBOUNDED);
        uint128 value = 0.5 ether;
        vm.deal(alice, value);
        (bytes32 edge, , bytes32 head) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IVaultCore.Locked(edge, 1, index, accountOf(bob), value, "gift", 7);
        vm.prank(alice);
        assertEq(gateway.lockNative{value: value}(address(vault), accountOf(bob), "gift", 7, 0), value);
        assertEq(wrapped.balanceOf(address(vault)), value);
        assertEq(vault.accounted(index), value);
        (, , bytes32 headNow) = vault.journalHead();
        assertEq(headNow, EntryCodec.extend(head, EntryCodec.LOCK, index, value, accountOf(bob), "gift", 7));
    }

    function test_a_pause_of_native_coin_refuses_native_locks() public {
        uint16 index = list(address(wrapped), 18);
        vm.prank(pauser);
        vault.pause(1, index, uint40(block.timestamp + 1 hours));
        vm.expectRevert(
            abi.encodeWithSelector(IVaultCore.LockPaused.selector, index, uint40(block.timestamp + 1 hours))
        );
        gateway.lockNative{value: 1}(address(vault), accountOf(alice), 0, 0, 0);
    }
}

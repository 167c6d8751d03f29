// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {LockGateway} from "../../solidity/gateway/LockGateway.sol";
import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {VaultReturnBooks} from "./VaultReturnBooks.sol";
import {VaultRefundHandler} from "./VaultRefundHandler.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {WrappedNative} from "../tokens/WrappedNative.sol";

/// @notice Does to a vault what users, governor and pauser may do, and keeps its own books beside. The way back is its base.
contract VaultHandler is VaultRefundHandler {
    address private immutable governor;
    address private immutable pauser;
    LockGateway private immutable gateway;
    WrappedNative private immutable wrapped;

    uint256 public lockRefusals;

    constructor(
        IVault vault_,
        LockGateway gateway_,
        address[] memory tokens_,
        address governor_,
        address pauser_,
        uint256[] memory keys_
    ) VaultReturnBooks(vault_, tokens_, keys_) {
        (governor, pauser) = (governor_, pauser_);
        gateway = gateway_;
        wrapped = WrappedNative(gateway_.wrappedNative());
    }

    /// @notice Locks some of a token for somebody.
    function lock(
        uint256 who,
        uint256 which,
        uint128 amount,
        bytes32 memo,
        uint96 fee,
        uint80 sub
    ) external counted("lock") {
        uint16 asset = uint16(which % tokens.length) + 1;
        address user = _user(who);
        PlainToken token = PlainToken(tokens[asset - 1]);
        if (address(token) == address(wrapped)) return;
        // Hashed, since the fuzzer prefers tiny numbers, which the minimum refuses.
        amount = uint128(uint256(keccak256(abi.encode(amount))) % (100 * 10 ** token.decimals()));
        fee = fee % (uint96(amount) + 1);
        token.mint(user, amount);
        minted[user][asset] += amount;
        vm.startPrank(user);
        token.approve(address(vault), amount);
        bytes32 account = AccountLib.encode(_user(who / 7), 0, sub);
        uint256 before = token.balanceOf(user);
        try vault.lock(asset, amount, account, memo, fee, 0) returns (uint128 received) {
            spent[user][asset] += before - token.balanceOf(user);
            _record(asset, received, account, memo, fee);
        } catch {
            ++lockRefusals;
        }
        vm.stopPrank();
    }

    /// @notice Locks native coin for somebody.
    function lockNative(uint256 who, uint96 value, bytes32 memo) external counted("lockNative") {
        value = uint96(uint256(keccak256(abi.encode(value))) % 100e18);
        address user = _user(who);
        vm.deal(user, value);
        vm.prank(user);
        try gateway.lockNative{value: value}(address(vault), accountOf(user), memo, value / 2, 0) returns (
            uint128 received
        ) {
            _record(vault.indexOf(address(wrapped)), received, accountOf(user), memo, value / 2);
        } catch {
            ++lockRefusals;
        }
    }

    /// @notice Sends tokens to the vault without a lock.
    function give(uint256 which, uint128 amount) external counted("give") {
        uint16 asset = uint16(which % tokens.length) + 1;
        if (tokens[asset - 1] == address(wrapped)) return;
        // Little, or no loss would ever be felt.
        amount = uint128(uint256(keccak256(abi.encode(amount))) % (10 ** PlainToken(tokens[asset - 1]).decimals()));
        PlainToken(tokens[asset - 1]).mint(address(vault), amount);
        given[asset] += amount;
        _hit("gift");
    }

    /// @notice Moves the limits, also below what is accounted.
    function limit(uint256 which, uint64 min, uint64 cap) external counted("limit") {
        vm.prank(governor);
        // Payments are mostly small; now and then a limit is so low that they wait, or are refunded.
        uint64[4] memory days_ = [uint64(100_000), 1_000_000, 100_000_000_000, 100_000_000_000];
        uint64 daily = days_[cap % 4];
        vault.setLimits(uint16(which % tokens.length) + 1, min % 10_000, 100_000 + (cap % 10_000_000), daily);
        _hit("limits");
    }

    /// @notice Pauses or tries to.
    function pause(uint256 which, uint8 flags, uint40 length) external counted("pause") {
        // Now and then, or nothing else would happen.
        if (length % 3 != 0) return;
        vm.prank(pauser);
        uint40 until = uint40(vm.getBlockTimestamp() + bound(length, 1, 10 minutes));
        try vault.pause(flags & 9, uint16(which % (tokens.length + 1)), until) {
            _hit("pause");
        } catch {}
    }

    /// @notice Lifts pauses.
    function unpause(uint256 which) external counted("unpause") {
        vm.prank(governor);
        vault.unpause(9, uint16(which % (tokens.length + 1)));
        _hit("unpause");
    }

    /// @notice Lets time pass.
    function wait(uint40 length) external counted("wait") {
        vm.warp(
            vm.getBlockTimestamp() +
                bound(length, 0, length % 4 == 0 ? 30 hours : 2 hours) +
                (length % 16 == 0 ? 31 days : 0)
        );
        _hit("wait");
    }

    function _record(uint16 asset, uint128 received, bytes32 account, bytes32 memo, uint96 fee) private {
        locked[asset] += received;
        _hit("lock");
        lines[asset] += received;
        _fold(Entry(EntryCodec.LOCK, asset, received, account, memo, fee));
    }
}

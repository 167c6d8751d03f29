// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVault, LockRefusal, PauseWindow, VaultAsset, VaultInit} from "../interfaces/ICollateralVault.sol";
import {IWrappedNative} from "../interfaces/IWrappedNative.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultAdmin} from "./VaultAdmin.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title The vault of one collateral chain
contract CollateralVault is VaultAdmin {
    using SafeERC20 for IERC20;

    uint8 private constant LOCK_OWNS_ADDRESS = 1;

    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc ICollateralVault
    function lock(uint16 asset, uint128 amount, bytes32 account, bytes32 memo, uint96 fee, uint8 flags)
        external
        nonReentrant
        returns (uint128 received)
    {
        VaultAsset storage kept = _listed(asset);
        _requireLockable(kept, asset, account, flags);
        IERC20 token = IERC20(kept.token);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        received = _credit(kept, asset, before, token.balanceOf(address(this)), fee);
        _append(asset, received, account, memo, fee);
    }

    /// @inheritdoc ICollateralVault
    function lockNative(bytes32 account, bytes32 memo, uint96 fee, uint8 flags)
        external
        payable
        nonReentrant
        returns (uint128 received)
    {
        uint16 asset = _indexOf[wrappedNative];
        if (asset == 0) revert NativeNotListed(wrappedNative);
        VaultAsset storage kept = _assets[asset];
        _requireLockable(kept, asset, account, flags);
        IERC20 token = IERC20(wrappedNative);
        uint256 before = token.balanceOf(address(this));
        IWrappedNative(wrappedNative).deposit{value: msg.value}();
        received = _credit(kept, asset, before, token.balanceOf(address(this)), fee);
        _append(asset, received, account, memo, fee);
    }

    /// @inheritdoc ICollateralVault
    function accounted(uint16 asset) external view returns (uint256) {
        VaultAsset storage kept = _listed(asset);
        return kept.lockedCum - kept.paidCum;
    }

    /// @inheritdoc ICollateralVault
    function owed(uint16 asset) external view returns (uint256) {
        return _listed(asset).owed;
    }

    /// @inheritdoc ICollateralVault
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits) {
        VaultAsset storage kept = _listed(asset);
        minUnits = _minUnits(kept.min, kept.decimals);
        capUnits = TokenScale.thousandthsDown(kept.cap, kept.decimals);
        if (capUnits > ACCOUNTED_MAX) capUnits = ACCOUNTED_MAX;
        limitUnits = TokenScale.thousandthsDown(kept.limit, kept.decimals);
    }

    /// @inheritdoc ICollateralVault
    function pauseOf(uint16 asset) external view returns (PauseWindow memory) {
        _listed(asset);
        return _pauses[asset];
    }

    /// @inheritdoc ICollateralVault
    function assetOf(uint16 asset) external view returns (VaultAsset memory) {
        return _listed(asset);
    }

    /// @inheritdoc ICollateralVault
    function indexOf(address token) external view returns (uint16) {
        return _indexOf[token];
    }

    /// @inheritdoc ICollateralVault
    function journalHead() external view returns (bytes32 edge, uint64 count, bytes32 head) {
        edge = outboundEdge;
        Journal storage journal = JournalLib.locate(edge);
        return (edge, journal.count, journal.head);
    }

    /// @inheritdoc ICollateralVault
    function replicaState()
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state)
    {
        edge = inboundEdge;
        Replica storage replica = ReplicaLib.locate(edge);
        return (edge, replica.count, replica.head, replica.asOf, replica.acceptedAt, replica.state);
    }

    /// @inheritdoc ICollateralVault
    function quoteLock(uint16 asset, uint128 amount, bytes32 account)
        external
        view
        returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits)
    {
        VaultAsset storage kept = _assets[asset];
        if (kept.token == address(0)) return (LockRefusal.ASSET_UNKNOWN, 0, 0);
        minUnits = _minUnits(kept.min, kept.decimals);
        uint256 sum = kept.lockedCum - kept.paidCum;
        uint256 cap = TokenScale.thousandthsDown(kept.cap, kept.decimals);
        uint256 top = cap < ACCOUNTED_MAX ? cap : ACCOUNTED_MAX;
        roomUnits = top > sum ? top - sum : 0;
        refusal = _refusalOf(kept, asset, amount, account, minUnits, sum, cap);
    }

    function _refusalOf(
        VaultAsset storage kept,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        uint256 minUnits,
        uint256 sum,
        uint256 cap
    ) private view returns (LockRefusal) {
        if (kept.flags & HINT_LOCK != 0 && block.timestamp < _pauses[asset].lockUntil) return LockRefusal.LOCK_PAUSED;
        if (AccountLib.ownerOf(account) == address(0)) return LockRefusal.OWNER_MISSING;
        if (AccountLib.homeOf(account) != 0) return LockRefusal.HOME_NOT_SUPPORTED;
        if (kept.deficit != 0 || IERC20(kept.token).balanceOf(address(this)) < sum) return LockRefusal.ASSET_SHORT;
        if (amount < minUnits) return LockRefusal.BELOW_MINIMUM;
        if (sum + amount > ACCOUNTED_MAX) return LockRefusal.ACCOUNTED_TOO_LARGE;
        return sum + amount > cap ? LockRefusal.CAP_EXCEEDED : LockRefusal.NONE;
    }

    /// @dev Everything that can be judged before tokens move.
    function _requireLockable(VaultAsset storage kept, uint16 asset, bytes32 account, uint8 flags) private {
        if (kept.flags & HINT_LOCK != 0) {
            uint40 until = _pauses[asset].lockUntil;
            if (block.timestamp < until) revert LockPaused(asset, until);
            // The window is over: forgetting the hint spares the next lock the read.
            kept.flags &= ~HINT_LOCK;
        }
        if (flags & ~LOCK_OWNS_ADDRESS != 0) revert LockFlagsUnknown(flags, LOCK_OWNS_ADDRESS);
        address owner = AccountLib.ownerOf(account);
        if (owner == address(0)) revert OwnerMissing(account);
        uint16 home = AccountLib.homeOf(account);
        if (home != 0) revert HomeNotSupported(home);
        if (owner == msg.sender && flags & LOCK_OWNS_ADDRESS == 0 && source != 0 && _isContract(owner)) {
            revert OwnAddressUnconfirmed(owner);
        }
    }

    /// @dev Measures what came in and accounts it. Checks what can only be judged now.
    function _credit(VaultAsset storage kept, uint16 asset, uint256 before, uint256 afterwards, uint96 fee)
        private
        returns (uint128)
    {
        (uint128 lockedCum, uint128 paidCum) = (kept.lockedCum, kept.paidCum);
        (uint64 cap, uint104 deficit) = (kept.cap, kept.deficit);
        (uint64 min, uint8 decimals) = (kept.min, kept.decimals);
        uint256 sum = lockedCum - paidCum;
        if (deficit != 0) revert AssetShort(asset, sum, sum > deficit ? sum - deficit : 0);
        if (before < sum) revert AssetShort(asset, sum, before);

        uint256 received = afterwards > before ? afterwards - before : 0;
        uint256 minUnits = _minUnits(min, decimals);
        if (received < minUnits) revert BelowMinimum(received, minUnits);
        if (fee > received) revert FeeAboveAmount(fee, received);
        // A hostile token may state any balance: the sum saturates, and is within 2^104 − 1 after this line.
        sum = received > ACCOUNTED_MAX ? type(uint256).max : sum + received;
        if (sum > ACCOUNTED_MAX) revert AccountedTooLarge(sum, ACCOUNTED_MAX);
        uint256 capUnits = TokenScale.thousandthsDown(cap, decimals);
        if (sum > capUnits) revert CapExceeded(sum, capUnits);
        kept.lockedCum = lockedCum + uint128(received);
        return uint128(received);
    }

    function _append(uint16 asset, uint128 amount, bytes32 account, bytes32 memo, uint96 fee) private {
        bytes32 edge = outboundEdge;
        (uint64 index,) = JournalLib.append(edge, EntryCodec.LOCK, asset, amount, account, memo, fee);
        emit Locked(edge, index, asset, account, amount, memo, fee);
    }

    /// @dev An account with a delegation (EIP-7702) has 23 bytes of code and still its own key on every chain.
    function _isContract(address account) private view returns (bool) {
        bytes memory code = account.code;
        if (code.length == 0) return false;
        return !(code.length == 23 && bytes3(code) == 0xef0100);
    }
}

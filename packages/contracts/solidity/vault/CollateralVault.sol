// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {LockRefusal, PauseWindow, VaultAsset, VaultInit} from "../interfaces/VaultTypes.sol";
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
    function lock(
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external nonReentrant returns (uint128 received) {
        return _lock(asset, amount, account, memo, fee, flags, false);
    }

    /// @inheritdoc ICollateralVault
    function lockNative(
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external payable nonReentrant returns (uint128 received) {
        uint16 asset = _indexOf[wrappedNative];
        if (asset == 0) revert NativeNotListed(wrappedNative);
        return _lock(asset, msg.value, account, memo, fee, flags, true);
    }

    /// @inheritdoc ICollateralVault
    function accounted(uint16 asset) external view returns (uint256) {
        return _listed(asset).accounted;
    }

    /// @inheritdoc ICollateralVault
    function owed(uint16 asset) external view returns (uint256) {
        return _listed(asset).owed;
    }

    /// @inheritdoc ICollateralVault
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits) {
        VaultAsset storage kept = _listed(asset);
        uint256 whole = TokenScale.wholeOf(kept.decimals);
        minUnits = _minUnits(kept.min, whole);
        capUnits = TokenScale.thousandthsOfWholeDown(kept.cap, whole);
        if (capUnits > ACCOUNTED_MAX) capUnits = ACCOUNTED_MAX;
        limitUnits = TokenScale.thousandthsOfWholeDown(kept.limit, whole);
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
    function quoteLock(
        uint16 asset,
        uint128 amount,
        bytes32 account
    ) external view returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits) {
        VaultAsset storage kept = _assets[asset];
        if (kept.token == address(0)) return (LockRefusal.ASSET_UNKNOWN, 0, 0);
        uint256 whole = TokenScale.wholeOf(kept.decimals);
        minUnits = _minUnits(kept.min, whole);
        uint256 sum = kept.accounted;
        uint256 cap = TokenScale.thousandthsOfWholeDown(kept.cap, whole);
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
        if (kept.flags & HINT_SHORT != 0 || IERC20(kept.token).balanceOf(address(this)) < sum)
            return LockRefusal.ASSET_SHORT;
        if (amount < minUnits) return LockRefusal.BELOW_MINIMUM;
        if (sum + amount > ACCOUNTED_MAX) return LockRefusal.ACCOUNTED_TOO_LARGE;
        return sum + amount > cap ? LockRefusal.CAP_EXCEEDED : LockRefusal.NONE;
    }

    /// @dev The one way in: judge, take, measure, account, append. Its parts are used here only.
    function _lock(
        uint16 asset,
        uint256 amount,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags,
        bool native
    ) private returns (uint128 received) {
        VaultAsset storage kept = _assets[asset];
        (address token, uint256 minUnits, uint256 whole) = _requireLockable(kept, asset, account, flags);
        uint256 heldBefore = IERC20(token).balanceOf(address(this));
        if (native) IWrappedNative(token).deposit{value: amount}();
        else IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = _credit(kept, asset, IERC20(token).balanceOf(address(this)), heldBefore, minUnits, whole);
        if (fee > received) revert FeeAboveAmount(fee, received);
        (uint64 index, ) = JournalLib.append(
            JournalLib.locateSlot(_journalSlot),
            EntryCodec.LOCK,
            asset,
            received,
            account,
            memo,
            fee
        );
        emit Locked(outboundEdge, index, asset, account, received, memo, fee);
    }

    /// @dev Everything that can be judged before tokens move. Reads the asset's first slot once.
    function _requireLockable(
        VaultAsset storage kept,
        uint16 asset,
        bytes32 account,
        uint8 flags
    ) private returns (address token, uint256 minUnits, uint256 whole) {
        uint8 hints = kept.flags;
        uint64 min = kept.min;
        token = kept.token;
        whole = TokenScale.wholeOf(kept.decimals);
        if (token == address(0)) revert AssetUnknown(asset);
        if (hints != 0) _judgeHints(kept, asset, hints);
        minUnits = _minUnits(min, whole);
        if (flags & ~LOCK_OWNS_ADDRESS != 0) revert LockFlagsUnknown(flags, LOCK_OWNS_ADDRESS);
        address owner = AccountLib.ownerOf(account);
        if (owner == address(0)) revert OwnerMissing(account);
        uint16 home = AccountLib.homeOf(account);
        if (home != 0) revert HomeNotSupported(home);
        // The origin of a transaction holds a key, which is good on every chain: only other callers may be contracts.
        if (owner == msg.sender && msg.sender != tx.origin && flags == 0 && source != 0 && _isContract(owner)) {
            revert OwnAddressUnconfirmed(owner);
        }
    }

    /// @dev The rare part of what stands before a lock: a pause that was recorded, a deficit that was reported.
    function _judgeHints(VaultAsset storage kept, uint16 asset, uint8 hints) private {
        if (hints & HINT_LOCK != 0) {
            uint40 until = _pauses[asset].lockUntil;
            if (block.timestamp < until) revert LockPaused(asset, until);
            // The window is over: forgetting the hint spares the next lock the read.
            kept.flags = hints & ~HINT_LOCK;
        }
        if (hints & HINT_SHORT != 0) {
            (uint256 sum, uint256 deficit) = (kept.accounted, kept.deficit);
            revert AssetShort(asset, sum, sum > deficit ? sum - deficit : 0);
        }
    }

    /// @dev Measures what came in and accounts it. Checks what can only be judged now. Reads and writes one slot.
    function _credit(
        VaultAsset storage kept,
        uint16 asset,
        uint256 held,
        uint256 heldBefore,
        uint256 minUnits,
        uint256 whole
    ) private returns (uint128) {
        uint256 sum = kept.accounted;
        uint256 capUnits = TokenScale.thousandthsOfWholeDown(kept.cap, whole);
        if (heldBefore < sum) revert AssetShort(asset, sum, heldBefore);
        uint256 received;
        // sum ≤ heldBefore, so the new sum is at most `held`, whatever a hostile token answers.
        unchecked {
            received = held > heldBefore ? held - heldBefore : 0;
            sum += received;
        }
        if (received < minUnits) revert BelowMinimum(received, minUnits);
        if (sum > ACCOUNTED_MAX) revert AccountedTooLarge(sum, ACCOUNTED_MAX);
        if (sum > capUnits) revert CapExceeded(sum, capUnits);
        kept.accounted = uint104(sum);
        return uint128(received);
    }

    /// @dev Gives the smallest lock in token units; a lock of nothing is never one.
    function _minUnits(uint64 min, uint256 whole) private pure returns (uint256 units) {
        units = TokenScale.millionthsOfWholeUp(min, whole);
        return units == 0 ? 1 : units;
    }

    /// @dev An account with a delegation (EIP-7702) has 23 bytes of code and still its own key on every chain.
    function _isContract(address account) private view returns (bool) {
        uint256 length = account.code.length;
        if (length == 0) return false;
        return length != 23 || bytes3(account.code) != 0xef0100;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IVault, IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {IVaultWitnesses} from "../interfaces/vault/IVaultWitnesses.sol";
import {IVaultAdmin} from "../interfaces/vault/IVaultAdmin.sol";
import {PauseWindow, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {PaymentLanes} from "../libraries/PaymentLanes.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultPlaces} from "./VaultPlaces.sol";

/// @title Powers of governor and pauser at a vault
/// @dev Runs by delegatecall on the vault's storage. Safety: nothing here moves a token or changes what is accounted.
contract VaultAdmin is IVaultAdmin, VaultPlaces {
    /// @dev One pause of all assets writes at most three slots each; 512 of them stay below 12 M gas.
    uint16 private constant ASSETS_MAX = 512;
    uint256 private constant PAUSE_MAX = 72 hours;
    /// @dev At this lowest limit, a payment of the largest size opens without a confirmation after 75 days.
    uint16 private constant FAST_MIN_BP = 10;
    uint16 private constant FAST_MAX_BP = 10_000;
    uint16 private constant FAST_START_BP = 2_500;
    /// @dev Two slots that were 0 before.
    uint256 private constant NEW_BALANCES_GAS = 40_000;
    uint8 private constant PAUSES_IN_A_ROW = 2;
    uint8 private constant PAUSE_KNOWN = PAUSE_LOCK | PAUSE_PAY;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultAdmin
    function listAsset(
        address token,
        uint8 decimals,
        uint64 min,
        uint64 cap,
        uint64 limit
    ) external onlyRole(_governor) returns (uint16 asset) {
        if (_indexOf[token] != 0) revert IVaultCore.TokenListed(token, _indexOf[token]);
        if (token.code.length == 0) revert IVaultCore.TokenHasNoCode(token);
        if (decimals > TokenScale.DECIMALS_MAX) revert IVaultCore.DecimalsTooMany(decimals, TokenScale.DECIMALS_MAX);
        _requireDecimals(token, decimals);
        _requireCheap(token);
        if (_assetCount == ASSETS_MAX) revert IVaultCore.AssetsFull(_assetCount, ASSETS_MAX);
        asset = ++_assetCount;
        _indexOf[token] = asset;
        VaultAsset storage kept = _assets[asset];
        if (_witnessesNeeded == 0 && !_mayLackWitnesses()) revert IVaultCore.WitnessesMissing(1, 0);
        (kept.token, kept.decimals, kept.fastBp) = (token, decimals, FAST_START_BP);
        _codeOf[asset] = token.codehash;
        emit IVaultCore.AssetListed(asset, token, decimals);
        _setLimits(asset, min, cap, limit);
    }

    /// @inheritdoc IVaultAdmin
    function setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) external onlyRole(_governor) {
        _listed(asset);
        _setLimits(asset, min, cap, limit);
    }

    /// @inheritdoc IVaultAdmin
    function setFastLimit(uint16 asset, uint16 fastBp) external onlyRole(_governor) {
        if (fastBp < FAST_MIN_BP || fastBp > FAST_MAX_BP) {
            revert IVaultCore.FastLimitOutOfRange(fastBp, FAST_MIN_BP, FAST_MAX_BP);
        }
        _listed(asset).fastBp = fastBp;
        emit IVaultCore.FastLimitSet(asset, fastBp);
    }

    /// @inheritdoc IVaultAdmin
    function setLockFee(uint16 asset, uint16 feeBp) external onlyRole(_governor) {
        if (feeBp > BP) revert IVaultCore.LockFeeOutOfRange(feeBp, uint16(BP));
        _listed(asset).feeBp = feeBp;
        emit IVaultCore.LockFeeSet(asset, feeBp);
    }

    /// @inheritdoc IVaultAdmin
    function pause(uint8 flags, uint16 asset, uint40 until) external onlyRole(_pauser) {
        _requirePauseFlags(flags);
        (uint256 earliest, uint256 latest) = (block.timestamp + 1, block.timestamp + PAUSE_MAX);
        if (until < earliest || until > latest) revert IVaultCore.PauseLengthOutOfRange(until, earliest, latest);
        if (asset != 0) {
            _listed(asset);
            _pauseOne(flags, asset, until, true);
            return;
        }
        uint16 count = _assetCount;
        for (uint16 each = 1; each <= count; ++each) {
            _pauseOne(flags, each, until, false);
        }
    }

    /// @inheritdoc IVaultAdmin
    function unpause(uint8 flags, uint16 asset) external onlyRole(_governor) {
        _requirePauseFlags(flags);
        if (asset != 0) {
            _listed(asset);
            _unpauseOne(flags, asset);
            return;
        }
        uint16 count = _assetCount;
        for (uint16 each = 1; each <= count; ++each) {
            _unpauseOne(flags, each);
        }
    }

    /// @inheritdoc IVaultAdmin
    function replacedBy(bytes calldata act) external view returns (bytes32 replaced) {
        bytes4 kind = bytes4(act[:4]);
        bytes calldata words = act[4:];
        if (kind == IVaultWitnesses.setWitness.selector) {
            (uint8 slot, address at) = abi.decode(words, (uint8, address));
            return keccak256(abi.encode(kind, words[:64], _witnesses[slot].at, at.codehash));
        }
        if (kind != this.unpause.selector) return 0;
        (uint8 flags, uint16 asset) = abi.decode(words, (uint8, uint16));
        replaced = keccak256(abi.encode(kind, flags, asset));
        (uint16 first, uint16 last) = asset == 0 ? (1, _assetCount) : (asset, asset);
        for (uint16 each = first; each <= last; ++each) {
            PauseWindow storage window = _pauses[each];
            if (flags & PAUSE_LOCK != 0) replaced = keccak256(abi.encode(replaced, window.lockUntil));
            if (flags & PAUSE_PAY != 0) replaced = keccak256(abi.encode(replaced, window.payUntil));
        }
    }

    /// @inheritdoc IVaultAdmin
    function setSuccessor(address next) external onlyRole(_governor) {
        if (_successor != address(0) || next == address(this) || next.code.length == 0) {
            revert IVaultCore.SuccessorRefused(next);
        }
        IVault vault = IVault(next);
        if (vault.ledger() != _ledger || vault.settlementChainId() != _settlementChainId || vault.source() == _source) {
            revert IVaultCore.SuccessorRefused(next);
        }
        _successor = next;
        emit IVaultCore.SuccessorSet(next);
    }

    /// @inheritdoc IVaultAdmin
    function noteCode(uint16 asset) external nonReentrant {
        VaultAsset storage kept = _listed(asset);
        bytes32 seen = kept.token.codehash;
        bool pinned = seen == _codeOf[asset];
        if (pinned == (kept.flags & HINT_CODE == 0)) revert NothingToNote(asset, seen);
        kept.flags ^= HINT_CODE;
        emit TokenCodeNoted(asset, seen, pinned);
    }

    /// @inheritdoc IVaultAdmin
    function pinCode(address token, bytes32 codeHash) external onlyRole(_governor) nonReentrant {
        uint16 asset = _indexOf[token];
        VaultAsset storage kept = _listed(asset);
        if (token.code.length == 0) revert IVaultCore.TokenHasNoCode(token);
        if (token.codehash != codeHash) revert TokenCodeDiffers(token, token.codehash, codeHash);
        _codeOf[asset] = codeHash;
        kept.flags &= ~HINT_CODE;
        emit TokenCodePinned(asset, codeHash);
    }

    /// @inheritdoc IVaultAdmin
    function codeOf(uint16 asset) external view returns (bytes32 pinned, bytes32 codeHash) {
        return (_codeOf[asset], _listed(asset).token.codehash);
    }

    function _setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) private {
        if (limit == 0) revert IVaultCore.LimitMissing();
        VaultAsset storage kept = _assets[asset];
        uint256 whole = TokenScale.wholeOf(kept.decimals);
        (uint256 minUnits, uint256 largest) = (_minUnits(min, whole), PaymentLanes.largestUnits(limit, whole));
        if (largest < minUnits) revert IVaultCore.LimitBelowMinimum(largest, minUnits);
        _rescaleLanes(kept, limit);
        kept.min = min;
        (kept.cap, kept.limit) = (cap, limit);
        emit IVaultCore.LimitsSet(asset, min, cap, limit);
    }

    /// @dev A token need not return its decimals. If it does, they must agree.
    function _requireDecimals(address token, uint8 decimals) private view {
        (bool answered, bytes memory answer) = token.staticcall(abi.encodeCall(IERC20Metadata.decimals, ()));
        if (!answered || answer.length < 32) return;
        uint256 stated = abi.decode(answer, (uint256));
        if (stated != decimals) revert IVaultCore.DecimalsMismatch(decimals, stated);
    }

    /// @dev Transfers zero tokens to the vault itself, like a payment, with the gas that a payment has left after it writes
    ///      two new balances. If the token reverts, the gas it used shows whether it ran out.
    function _requireCheap(address token) private {
        uint256 held = _heldOf(token);
        uint256 max = TRANSFER_GAS - NEW_BALANCES_GAS;
        uint256 left = gasleft();
        bool moved = true;
        try IVaultReleases(address(this)).transferExactly{gas: max}(token, address(this), 0, held) {} catch {
            moved = false;
        }
        uint256 used = left - gasleft();
        // A call that runs out of gas returns a 64th of what it had.
        if (!moved && used > max - max / 32) revert IVaultCore.TokenTooDear(token, used, max);
    }

    function _requirePauseFlags(uint8 flags) private pure {
        if (flags == 0 || flags & ~PAUSE_KNOWN != 0) revert IVaultCore.PauseFlagsUnknown(flags, PAUSE_KNOWN);
    }

    /// @dev Pauses the acts of the flags. A pause that is refused reverts if `strict`; otherwise it is left unchanged.
    function _pauseOne(uint8 flags, uint16 asset, uint40 until, bool strict) private {
        PauseWindow storage window = _pauses[asset];
        VaultAsset storage kept = _assets[asset];
        uint8 taken = 0;
        if (flags & PAUSE_LOCK != 0) {
            uint8 streak = _nextStreak(asset, until, window.lockUntil, window.lockStreak, strict);
            if (streak != 0) {
                (window.lockUntil, window.lockStreak) = (until, streak);
                kept.flags |= HINT_LOCK;
                taken |= PAUSE_LOCK;
            }
        }
        if (flags & PAUSE_PAY != 0) {
            uint8 streak = _nextStreak(asset, until, window.payUntil, window.payStreak, strict);
            if (streak != 0) {
                (window.payUntil, window.payStreak) = (until, streak);
                kept.flags |= HINT_PAY;
                taken |= PAUSE_PAY;
            }
        }
        if (taken != 0) emit IVaultCore.Paused(asset, taken, until);
    }

    /// @dev Returns the number of pauses in a row, with the new one. Returns 0 for a pause that is refused without a
    ///      revert.
    function _nextStreak(
        uint16 asset,
        uint40 until,
        uint40 running,
        uint8 streak,
        bool strict
    ) private view returns (uint8) {
        if (until < running) {
            if (strict) revert IVaultCore.PauseShortened(until, running);
            return 0;
        }
        uint256 rowEnds = running == 0 ? 0 : running + PAUSE_MAX;
        if (block.timestamp >= rowEnds) return 1;
        if (streak >= PAUSES_IN_A_ROW) {
            if (strict) revert IVaultCore.PauseStreakExhausted(asset, streak, rowEnds);
            return 0;
        }
        return streak + 1;
    }

    function _unpauseOne(uint8 flags, uint16 asset) private {
        PauseWindow storage window = _pauses[asset];
        VaultAsset storage kept = _assets[asset];
        // Safety of the cast: block times fit 40 bits for 34,000 years.
        uint40 nowTime = uint40(block.timestamp);
        if (flags & PAUSE_LOCK != 0) {
            if (window.lockUntil > nowTime) window.lockUntil = nowTime;
            kept.flags &= ~HINT_LOCK;
        }
        if (flags & PAUSE_PAY != 0) {
            if (window.payUntil > nowTime) window.payUntil = nowTime;
            kept.flags &= ~HINT_PAY;
        }
        emit IVaultCore.Unpaused(asset, flags);
    }
}

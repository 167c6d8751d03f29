// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExitStatus} from "../interfaces/vault/IVaultExit.sol";
import {IVaultViews} from "../interfaces/vault/IVault.sol";
import {LockRefusal, PauseWindow, Payment, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Journal, JournalLib} from "../edge/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultExitNotice} from "./VaultExitNotice.sol";

/// @title Views of a vault's tokens, payments, replica and exit
/// @dev Runs by delegatecall on the vault's storage.
contract VaultViews is IVaultViews, VaultExitNotice {
    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultViews
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits) {
        VaultAsset storage kept = _listed(asset);
        uint256 whole = TokenScale.wholeOf(kept.decimals);
        minUnits = _minUnits(kept.min, whole);
        capUnits = TokenScale.thousandthsOfWholeDown(kept.cap, whole);
        if (capUnits > ACCOUNTED_MAX) capUnits = ACCOUNTED_MAX;
        limitUnits = TokenScale.thousandthsOfWholeDown(kept.limit, whole);
    }

    /// @inheritdoc IVaultViews
    function lockFeeOf(uint16 asset) external view returns (uint256) {
        VaultAsset storage kept = _listed(asset);
        return _minFee(kept.feeBp, _minUnits(kept.min, TokenScale.wholeOf(kept.decimals)));
    }

    /// @inheritdoc IVaultViews
    function pauseOf(uint16 asset) external view returns (PauseWindow memory) {
        _listed(asset);
        return _pauses[asset];
    }

    /// @inheritdoc IVaultViews
    function assetOf(uint16 asset) external view returns (VaultAsset memory) {
        return _listed(asset);
    }

    /// @inheritdoc IVaultViews
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

    /// @inheritdoc IVaultViews
    function assetCount() external view returns (uint16) {
        return _assetCount;
    }

    /// @inheritdoc IVaultViews
    function settlementChainId() external view returns (uint256) {
        return _settlementChainId;
    }

    /// @inheritdoc IVaultViews
    function ledger() external view returns (address) {
        return _ledger;
    }

    /// @inheritdoc IVaultViews
    function source() external view returns (uint16) {
        return _source;
    }

    /// @inheritdoc IVaultViews
    function attesterSet() external view returns (address) {
        return _attesterSet;
    }

    /// @inheritdoc IVaultViews
    function governor() external view returns (address) {
        return _governor;
    }

    /// @inheritdoc IVaultViews
    function guardian() external view returns (address) {
        return _guardian;
    }

    /// @inheritdoc IVaultViews
    function pauser() external view returns (address) {
        return _pauser;
    }

    /// @inheritdoc IVaultViews
    function development() external view returns (bool) {
        return _development;
    }

    /// @inheritdoc IVaultViews
    function payment(uint96 seq) external view returns (Payment memory) {
        return _payments[seq];
    }

    /// @inheritdoc IVaultViews
    function quarantinedUntil() external view returns (uint40) {
        return _quarantinedUntil;
    }

    /// @inheritdoc IVaultViews
    function markOf(uint64 count) external view returns (bytes32) {
        return ReplicaLib.markOf(ReplicaLib.locate(_inbound()), count);
    }

    /// @inheritdoc IVaultViews
    function replicaState()
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state)
    {
        Replica storage replica = ReplicaLib.locate(_inbound());
        return (_inboundNow(), replica.count, replica.head, replica.asOf, replica.acceptedAt, _stateOf(replica));
    }

    /// @inheritdoc IVaultViews
    function accounted(uint16 asset) external view returns (uint256) {
        return _listed(asset).accounted;
    }

    /// @inheritdoc IVaultViews
    function owed(uint16 asset) external view returns (uint256) {
        return _listed(asset).owed;
    }

    /// @inheritdoc IVaultViews
    function indexOf(address token) external view returns (uint16) {
        return _indexOf[token];
    }

    /// @inheritdoc IVaultViews
    function journalHead() external view returns (bytes32 edge, uint64 count, bytes32 head) {
        edge = _outbound();
        Journal storage journal = JournalLib.locate(edge);
        return (edge, journal.count, journal.head);
    }

    /// @inheritdoc IVaultViews
    function outboundEdge() external view returns (bytes32) {
        return _outbound();
    }

    /// @inheritdoc IVaultViews
    function inboundEdge() external view returns (bytes32) {
        return _inboundNow();
    }

    /// @inheritdoc IVaultViews
    function successor() external view returns (address) {
        return _successor;
    }

    /// @inheritdoc IVaultViews
    function exitStatus() external view returns (ExitStatus memory status) {
        Exit storage exit = ExitStorage.locate();
        Replica storage replica = ReplicaLib.locate(_inbound());
        status.anchor = replica.anchor;
        if (exit.openedAt == 0 && !_isStanding(exit, replica)) return status;
        (status.announcedAt, status.openableAt) = (exit.announcedAt, uint40(_openableAt(exit)));
        if (exit.provenAt == 0) {
            if (_hiddenFrom(exit, replica) != 0) status.anchor = exit.anchor;
            return status;
        }
        (status.provenAt, status.openedAt) = (exit.provenAt, exit.openedAt);
        (status.anchor, status.storageRoot) = (exit.anchor, exit.storageRoot);
        (status.count, status.applied, status.claims) = (exit.count, exit.applied, exit.claims);
    }

    /// @inheritdoc IVaultViews
    function claimedOf(bytes32 leaf) external view returns (uint256) {
        return ExitStorage.locate().claimed[leaf];
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
        if (kept.flags & HINT_EXIT != 0) return LockRefusal.ASSET_ENDED;
        if (kept.flags & HINT_CODE != 0) return LockRefusal.TOKEN_CODE_CHANGED;
        if (kept.flags & HINT_LOCK != 0 && block.timestamp < _pauses[asset].lockUntil) return LockRefusal.LOCK_PAUSED;
        if (AccountLib.ownerOf(account) == address(0)) return LockRefusal.OWNER_MISSING;
        uint16 home = AccountLib.homeOf(account);
        if (home != 0 && home != _source) return LockRefusal.HOME_NOT_SUPPORTED;
        if (kept.flags & HINT_SHORT != 0 || IERC20(kept.token).balanceOf(address(this)) < sum)
            return LockRefusal.ASSET_SHORT;
        if (amount < minUnits) return LockRefusal.BELOW_MINIMUM;
        if (sum + amount > ACCOUNTED_MAX) return LockRefusal.ACCOUNTED_TOO_LARGE;
        return sum + amount > cap ? LockRefusal.CAP_EXCEEDED : LockRefusal.NONE;
    }
}

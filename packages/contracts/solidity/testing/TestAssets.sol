// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {Line} from "../interfaces/ledger/LedgerTypes.sol";

/// @notice Worth at the three grades, WAD, after all weights.
/// @param initialWad grade I, at most `exitWad`
/// @param exitWad grade E, at most `maintenanceWad`
/// @param maintenanceWad grade M
struct Worth {
    uint256 initialWad;
    uint256 exitWad;
    uint256 maintenanceWad;
}

/// @title What accounts have, as a test says it
/// @notice The part of `TestLedger` that no real ledger has: anyone may set anything.
abstract contract TestAssets {
    struct Asset {
        uint8 decimals;
        Worth one;
    }

    uint256 internal constant STATUS_UNAVAILABLE = 32;
    uint256 private constant STATUS_PRICE_MISSING = 2;

    /// @notice Returns how many assets there are; their indices are 1 … this.
    uint16 public assetCount;

    mapping(uint16 => Asset) private _assets;
    mapping(bytes32 => mapping(uint16 => uint112)) private _lines;
    mapping(bytes32 => uint16[]) private _held;
    mapping(bytes32 => Worth) private _given;
    mapping(bytes32 => uint256) private _status;
    mapping(bytes32 => uint256) private _oldestAsOf;

    /// @notice Sets what an account has besides its lines: enough for a test that seizes and releases nothing.
    function setAssets(bytes32 account, uint256 initialWad, uint256 exitWad, uint256 maintenanceWad) external {
        _given[account] = Worth(initialWad, exitWad, maintenanceWad);
    }

    /// @notice Adds an asset.
    /// @param decimals of its token, at most 24
    /// @param one what a whole token is worth
    /// @return assetId its index, from 1
    function addAsset(uint8 decimals, Worth calldata one) external returns (uint16 assetId) {
        assetId = ++assetCount;
        _assets[assetId] = Asset(decimals, one);
    }

    /// @notice Sets what a whole token is worth from now on.
    function setWorth(uint16 assetId, Worth calldata one) external {
        _listedAsset(assetId);
        _assets[assetId].one = one;
    }

    /// @notice Sets an account's line.
    /// @param amount token units; 0 ends the line
    function setLine(bytes32 account, uint16 assetId, uint112 amount) external {
        _listedAsset(assetId);
        _write(account, assetId, amount);
    }

    /// @notice Sets the status bits of an account, see `IRiskManager`, and the age of the oldest knowledge behind its figures.
    /// @param oldestAsOf block time in seconds; 0: the present one, whatever it is
    function setStatus(bytes32 account, uint256 status, uint256 oldestAsOf) external {
        _status[account] = status;
        _oldestAsOf[account] = oldestAsOf;
    }

    /// @notice See `ILedgerMargin.linesOf`.
    function linesOf(bytes32 account) external view returns (uint16[] memory) {
        return _held[account];
    }

    /// @notice See `ILedgerViews.lineOf`.
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory line) {
        line.amount = _lines[account][assetId];
        line.enabled = line.amount != 0;
    }

    function _write(bytes32 account, uint16 assetId, uint112 amount) internal {
        uint16[] storage held = _held[account];
        if (_lines[account][assetId] == 0 && amount != 0) held.push(assetId);
        if (_lines[account][assetId] != 0 && amount == 0) {
            uint256 at = 0;
            while (held[at] != assetId) ++at;
            held[at] = held[held.length - 1];
            held.pop();
        }
        _lines[account][assetId] = amount;
    }

    /// @dev Assets and status of an account; each line's worth is rounded down.
    function _weigh(bytes32 account) internal view returns (Worth memory sum, uint256 status) {
        status = _status[account];
        if (status & STATUS_PRICE_MISSING != 0) status |= STATUS_UNAVAILABLE;
        if (status & STATUS_UNAVAILABLE != 0) return (sum, status);
        sum = _given[account];
        uint16[] storage held = _held[account];
        for (uint256 i = 0; i < held.length; ++i) {
            Asset storage asset = _assets[held[i]];
            (uint256 amount, uint256 whole) = (_lines[account][held[i]], 10 ** asset.decimals);
            sum.initialWad += (amount * asset.one.initialWad) / whole;
            sum.exitWad += (amount * asset.one.exitWad) / whole;
            sum.maintenanceWad += (amount * asset.one.maintenanceWad) / whole;
        }
    }

    function _amountOf(bytes32 account, uint16 assetId) internal view returns (uint112) {
        return _lines[account][assetId];
    }

    function _oldest(bytes32 account) internal view returns (uint256) {
        return _oldestAsOf[account] == 0 ? block.timestamp : _oldestAsOf[account];
    }

    function _listedAsset(uint16 assetId) internal view {
        if (assetId == 0 || assetId > assetCount) revert ILedgerTerms.AssetUnknown(assetId);
    }
}

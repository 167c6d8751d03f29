// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerLosses} from "../interfaces/ledger/ILedgerLosses.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {SourceState} from "../edge/ReplicaLib.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {LedgerOrphans} from "./LedgerOrphans.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Coverage of assets, and lines as margins count them
/// @notice Amounts on lines, in parked credit and in releases are units. The coverage of an asset is the part of a unit
///         for which its vault has tokens. It multiplies units only where a margin is computed: no line is ever
///         rewritten.
/// @dev Rounded down (I12). An asset that was never short costs one bit of a word that is read anyway.
abstract contract LedgerCoverage is LedgerOrphans {
    uint40 internal constant COVER_AFTER = 7 days;
    uint256 internal constant AUTO_ENABLED_MAX = 8;
    uint256 internal constant WAD = 1e18;
    /// @dev `flags` in an asset's word.
    uint256 private constant FLAGS_SHIFT = 56;
    /// @dev `state` and `frozenM` in a source's word.
    uint256 private constant STATE_SHIFT = 40;
    uint256 private constant FROZEN_SHIFT = 240;
    /// @dev The bits of a line's word other than its amount and its unseasoned part.
    uint256 private constant LINE_REST = uint256(type(uint40).max) << 216;

    /// @dev Returns a line's word as margins count it: its units times the coverage in force. `asset` is the asset's
    ///      word.
    function _counted(uint256 line, uint256 asset) internal view returns (uint256) {
        if (asset & (uint256(ASSET_SHORT) << FLAGS_SHIFT) == 0) return line;
        uint256 coverage = WAD - _coverageOf(asset).uncoveredInForce;
        // No product passes 2^112 · 2^60.
        uint256 amount = (LedgerWords.amountOf(line) * coverage) / WAD;
        // Rounded up, but never above the amount: a shortage does not season units.
        uint256 unseasoned = _min((uint104(line >> 112) * coverage + (WAD - 1)) / WAD, amount);
        return (line & LINE_REST) | amount | (unseasoned << 112);
    }

    /// @dev Settles a loss that the vault has answered.
    function _settleLoss(Coverage memory kept, uint16 source, uint16 vaultAsset, uint16 assetId) internal {
        if (kept.answer == 0) return;
        emit ILedgerLosses.LossSettled(source, vaultAsset, kept.lostSeq);
        (kept.answer, kept.lostSeq) = (0, 0);
        if (assetId != 0 && !_isOpen(_unsettled[source][vaultAsset])) _assets[assetId].flags &= ~ASSET_UNSETTLED;
    }

    /// @dev Writes the coverage flags that margins and credits need into the asset's own word.
    function _noteCoverage(AssetRecord storage record, Coverage memory kept) internal {
        uint8 flags = record.flags & ~(ASSET_IMPAIRED | ASSET_SHORT);
        if (kept.since != 0) flags |= ASSET_IMPAIRED;
        if (kept.uncoveredInForce != 0) flags |= ASSET_SHORT;
        record.flags = flags;
    }

    /// @dev Returns a source's present word as the risk manager weighs it for one of its assets. `asset` is the asset's
    ///      word. While the asset is impaired or unsettled, the source is marked as frozen. The maintenance freshness
    ///      is then the lower of two: the asset's when this began, and the source's own. So the end of this state never
    ///      lowers a weight, whatever act ends it and however old the source is. And a source without news loses its
    ///      weight for this asset as for any other.
    function _weighedSource(uint256 asset, uint256 source) internal view returns (uint256) {
        uint256 standing = uint256(ASSET_IMPAIRED | ASSET_UNSETTLED) << FLAGS_SHIFT;
        if (asset & standing == 0) return source;
        uint256 bp = source >> FROZEN_SHIFT;
        if (!MarginMath.isFrozen(source, block.timestamp)) {
            bp = MarginMath.maintenanceOf(source, block.timestamp) / 100;
            source &= ~(uint256(type(uint8).max) << STATE_SHIFT);
            source |= uint256(SourceState.HALTED) << STATE_SHIFT;
        }
        bp = _min(bp, _coverageOf(asset).frozenBp);
        return (source & (type(uint256).max >> 16)) | (bp << FROZEN_SHIFT);
    }

    /// @dev Returns the coverage of an asset by the asset's word: source and vault asset are its two lowest fields.
    function _coverageOf(uint256 asset) private view returns (Coverage storage) {
        return _coverages[uint16(asset)][uint16(asset >> 16)];
    }

    /// @dev Returns whether an account may hold a line of a source: its owner lives on this chain, or on the source's
    ///      own.
    function _isCreditable(bytes32 account, uint16 source) internal pure returns (bool) {
        uint16 home = AccountLib.homeOf(account);
        return AccountLib.ownerOf(account) != address(0) && (home == 0 || home == source);
    }

    /// @dev Returns the line's word after fresh units joined its unseasoned part, with the later end.
    function _joined(
        uint256 line,
        bytes32 account,
        uint16 assetId,
        uint256 fresh,
        uint256 seasonEnd
    ) internal returns (uint256) {
        uint256 waiting = LedgerWords.unseasonedOf(line, block.timestamp);
        return _withSeason(line, account, assetId, waiting + fresh, _endWith(line, seasonEnd));
    }

    /// @dev Returns the end after units join a line's unseasoned part: the later one.
    function _endWith(uint256 line, uint256 seasonEnd) internal view returns (uint256) {
        if (LedgerWords.unseasonedOf(line, block.timestamp) == 0) return seasonEnd;
        return uint32(line >> 216) > seasonEnd ? uint32(line >> 216) : seasonEnd;
    }

    /// @dev Returns the line's word with another unseasoned part, and logs it. Nothing else writes these bits. A part
    ///      that has seasoned stays in them without effect.
    function _withSeason(
        uint256 line,
        bytes32 account,
        uint16 assetId,
        uint256 unseasoned,
        uint256 seasonEnd
    ) internal returns (uint256) {
        if (unseasoned == 0) seasonEnd = 0;
        // An unseasoned part is at most its asset's sum, which is below 2^104, and no end is after 2106.
        emit ILedgerCore.Unseasoned(account, assetId, uint104(unseasoned), uint32(seasonEnd));
        return (line & ~(uint256(type(uint136).max) << 112)) | (unseasoned << 112) | (seasonEnd << 216);
    }

    /// @dev Enables the line, unless it is already enabled or eight other lines are.
    function _enableSelf(bytes32 account, uint16 assetId) internal {
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (lane != LANES || used >= AUTO_ENABLED_MAX) return;
        _enabled[account] = lanes | (uint256(assetId) << (used * LANE_BITS));
        emit ILedgerCore.Enabled(account, assetId, true);
    }
}

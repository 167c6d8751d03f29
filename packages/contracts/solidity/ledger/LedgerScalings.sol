// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkedCredit} from "../interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {LedgerSources} from "./LedgerSources.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Assets that a vault has too little of
/// @notice Shares a loss out pro rata: a line, a parked credit or a refund catches up with its asset's scalings when it is
///         touched or read.
/// @dev Every step rounds down, so the parts never sum to more than the scaled sum of the asset (I12). Catching up gives the
///      same integer whenever it is done: the steps are the same, in the same order. An asset that was never scaled costs
///      one bit of a word that is read anyway.
abstract contract LedgerScalings is LedgerSources {
    uint256 internal constant AUTO_ENABLED_MAX = 8;
    uint256 internal constant WAD = 1e18;
    /// @dev Bits 1–7 of a line's flags count the scalings that it has had.
    uint256 internal constant SCALINGS_SHIFT = 249;
    uint256 internal constant SCALINGS_MAX = 127;
    /// @dev `flags` in an asset's word.
    uint256 private constant FLAGS_SHIFT = 56;
    /// @dev `state` and `frozenM` in a source's word.
    uint256 private constant STATE_SHIFT = 40;
    uint256 private constant FROZEN_SHIFT = 240;

    /// @dev The line as it is now.
    function _lineOf(bytes32 account, uint16 assetId) internal view returns (uint256) {
        return _caughtUp(_lines[account][assetId], assetId, _assetWord(_assets[assetId]));
    }

    /// @dev A line's word with the scalings that it still lacks; `asset` is the asset's word.
    function _caughtUp(uint256 line, uint16 assetId, uint256 asset) internal view returns (uint256) {
        if (asset & (uint256(ASSET_SCALED) << FLAGS_SHIFT) == 0) return line;
        uint256 scalings = _impairmentOf(asset).scalings;
        uint256 amount = LedgerWords.amountOf(line);
        uint256 unseasoned = uint104(line >> 112);
        // Of nothing there is nothing to scale.
        uint256 first = amount == 0 ? scalings : line >> SCALINGS_SHIFT;
        for (uint256 number = first; number < scalings; ++number) {
            uint256 rhoWad = _scalings[assetId][number].rhoWad;
            amount = _scaled(amount, rhoWad);
            // Rounded up, but never above the amount: no unit seasons by being scaled.
            unseasoned = _min((unseasoned * rhoWad + (WAD - 1)) / WAD, amount);
        }
        // Bit 0 of the flags and the season's end stay. No product above passes 2^112 · 2^60.
        uint256 kept = line & ((uint256(1) << 248) | (uint256(type(uint32).max) << 216));
        return kept | amount | (unseasoned << 112) | (scalings << SCALINGS_SHIFT);
    }

    /// @dev The parked credit as it is now. One that was parked before its asset was listed had none of its scalings.
    function _parkedOf(uint16 source, uint96 index) internal view returns (ParkedCredit memory parked) {
        parked = _parked[source][index];
        uint16 assetId = _assetIdOf(source, parked.vaultAsset);
        uint8 scalings = _scalingsOf(source, parked.vaultAsset);
        for (; parked.scalings < scalings; ++parked.scalings) {
            uint256 rhoWad = _scalings[assetId][parked.scalings].rhoWad;
            // Neither rises, and the fee stays within the amount: both are rounded the same way.
            parked.amount = uint104(_scaled(parked.amount, rhoWad));
            parked.fee = uint96(_scaled(parked.fee, rhoWad));
        }
    }

    /// @dev How often an asset was scaled; one that is not listed never was.
    function _scalingsOf(uint16 source, uint16 vaultAsset) internal view returns (uint8) {
        if (_assets[_assetIdOf(source, vaultAsset)].flags & ASSET_SCALED == 0) return 0;
        return _impairments[source][vaultAsset].scalings;
    }

    /// @dev What is left of a release's amount: the scalings journaled after it reached it at the vault.
    function _releasedNow(uint16 assetId, uint96 seq, uint256 units) internal view returns (uint256) {
        AssetRecord storage record = _assets[assetId];
        if (record.flags & ASSET_SCALED == 0) return units;
        uint256 scalings = _impairments[record.source][record.vaultAsset].scalings;
        uint256 first = scalings;
        // Their numbers ascend, but for those that reach no release: those that reached this one are among the last ones.
        for (; first != 0; --first) {
            uint96 outboundSeq = _scalings[assetId][first - 1].outboundSeq;
            if (outboundSeq != 0 && outboundSeq <= seq) break;
        }
        for (; first < scalings; ++first) {
            Scaling memory scaling = _scalings[assetId][first];
            if (scaling.outboundSeq != 0) units = _scaled(units, scaling.rhoWad);
        }
        return units;
    }

    /// @dev What the vault lacks where it never had what an entry of its journal credited: scalings after it reached what the vault
    ///      accounts for too, but for those of lines alone, in which others bore what this entry's line did not.
    function _creditedNow(uint16 assetId, uint96 seq, uint256 units) internal view returns (uint256) {
        AssetRecord storage record = _assets[assetId];
        if (record.flags & ASSET_SCALED == 0) return units;
        uint256 scalings = _impairments[record.source][record.vaultAsset].scalings;
        for (uint256 number = 0; number < scalings; ++number) {
            Scaling memory scaling = _scalings[assetId][number];
            if (scaling.inboundSeq >= seq && scaling.outboundSeq != 0) units = _scaled(units, scaling.rhoWad);
        }
        return units;
    }

    /// @dev Shares a loss out over all lines and all parked credit of an asset, and tells its vault.
    /// @param linesOnly whether releases that were debited before bear nothing of it
    function _scaleAll(uint16 assetId, AssetRecord storage record, uint256 rhoWad, bool linesOnly) internal {
        SourceRecord storage source = _sources[record.source];
        Impairment storage impairment = _impairments[record.source][record.vaultAsset];
        uint8 number = impairment.scalings;
        if (number == SCALINGS_MAX) revert ILedgerBadDays.TooManyScalings(assetId, SCALINGS_MAX);
        impairment.scalings = number + 1;
        record.flags |= ASSET_SCALED;
        _lowerCredited(record, record.credited - _scaled(record.credited, rhoWad));
        record.parked = uint104(_scaled(record.parked, rhoWad));

        Replica storage replica = ReplicaLib.locate(source.edge);
        _scalings[assetId][number] = Scaling({
            rhoWad: uint64(rhoWad),
            outboundSeq: _journalScaled(source.outboundEdge, record.vaultAsset, rhoWad, linesOnly),
            inboundSeq: EdgeLib.sequenceOf(replica.generation, replica.count)
        });
        emit ILedgerBadDays.AssetScaled(assetId, number + 1, rhoWad);
    }

    /// @dev Tells the vault of a scaling, and gives the entry's number as the scaling keeps it: none where lines alone bear it.
    function _journalScaled(bytes32 edge, uint16 vaultAsset, uint256 rhoWad, bool linesOnly) private returns (uint96) {
        Journal storage journal = JournalLib.locate(edge);
        bytes32 party = bytes32(uint256(linesOnly ? 1 : 0));
        (uint64 index, ) = JournalLib.append(journal, EntryCodec.SCALED, vaultAsset, uint128(rhoWad), 0, party, 0);
        emit ILedgerBadDays.Journaled(edge, index, EntryCodec.SCALED, vaultAsset, uint128(rhoWad), 0, party);
        return linesOnly ? 0 : EdgeLib.sequenceOf(journal.generation, index);
    }

    /// @dev A source's word as the risk manager weighs it for an asset of it; `asset` is the asset's word. While the asset is
    ///      impaired, or owes what was taken back, and its source is not frozen, it says frozen, with the maintenance freshness
    ///      of the moment at which that began.
    function _weighedSource(uint256 asset) internal view returns (uint256 source) {
        // The lowest 16 bits of an asset's word are its source.
        source = _sourceWordNow(uint16(asset));
        uint256 unsettled = uint256(ASSET_IMPAIRED | ASSET_OWING) << FLAGS_SHIFT;
        if (asset & unsettled == 0 || MarginMath.isFrozen(source, block.timestamp)) return source;
        uint256 frozenBp = _impairmentOf(asset).frozenBp;
        source &= ~((uint256(type(uint8).max) << STATE_SHIFT) | (uint256(type(uint16).max) << FROZEN_SHIFT));
        source |= (uint256(SourceState.HALTED) << STATE_SHIFT) | (frozenBp << FROZEN_SHIFT);
    }

    /// @dev What is known of an asset's shortages, by the asset's word: source and vault asset are its two lowest lanes.
    function _impairmentOf(uint256 asset) private view returns (Impairment storage) {
        return _impairments[uint16(asset)][uint16(asset >> 16)];
    }

    /// @dev An account that may hold a line of a source: its owner lives on this chain, or on the source's own.
    function _isCreditable(bytes32 account, uint16 source) internal pure returns (bool) {
        uint16 home = AccountLib.homeOf(account);
        return AccountLib.ownerOf(account) != address(0) && (home == 0 || home == source);
    }

    /// @dev The line's word once fresh units have joined what of it is unseasoned, with the later end.
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

    /// @dev The end of what joins a line's unseasoned part: the later one.
    function _endWith(uint256 line, uint256 seasonEnd) internal view returns (uint256) {
        if (LedgerWords.unseasonedOf(line, block.timestamp) == 0) return seasonEnd;
        return uint32(line >> 216) > seasonEnd ? uint32(line >> 216) : seasonEnd;
    }

    /// @dev The line's word with another unseasoned part, which is told: nothing else writes these bits. A part that has
    ///      seasoned stays in them and says nothing any more.
    function _withSeason(
        uint256 line,
        bytes32 account,
        uint16 assetId,
        uint256 unseasoned,
        uint256 seasonEnd
    ) internal returns (uint256) {
        if (unseasoned == 0) seasonEnd = 0;
        // An unseasoned part is at most its asset's sum, which is below 2^104, and no end is past 2106.
        emit ICollateralLedger.Unseasoned(account, assetId, uint104(unseasoned), uint32(seasonEnd));
        return (line & ~(uint256(type(uint136).max) << 112)) | (unseasoned << 112) | (seasonEnd << 216);
    }

    /// @dev Enables the line unless it is enabled or eight others are.
    function _enableSelf(bytes32 account, uint16 assetId) internal {
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (lane != LANES || used >= AUTO_ENABLED_MAX) return;
        _enabled[account] = lanes | (uint256(assetId) << (used * LANE_BITS));
        emit ICollateralLedger.Enabled(account, assetId, true);
    }

    function _scaled(uint256 units, uint256 rhoWad) internal pure returns (uint256) {
        return (units * rhoWad) / WAD;
    }
}

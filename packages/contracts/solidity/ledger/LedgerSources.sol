// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {ParkReason, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title The current state of sources, assets and lanes
/// @notice Reads that the core and the modules share about a source, an asset or an account's enabled lines.
abstract contract LedgerSources is LedgerStorage {
    uint256 internal constant PROTOCOLS_MAX = 4;
    uint256 internal constant FREEZE_MAX = 72 hours;
    uint256 internal constant ENABLE_FACTOR = 10;
    /// @dev Time without a confirmation after which unconfirmed value begins to count.
    uint256 internal constant OPENS_AFTER = 7 days;

    /// @dev Reverts unless the caller is the address of the role.
    function _only(address holder, bytes32 role) internal view {
        if (msg.sender != holder) revert ILedgerTerms.NotAuthorized(msg.sender, role);
    }

    /// @dev Returns a source on another chain, or reverts: nobody halts, quarantines, rewinds or witnesses source 0.
    function _remoteSource(uint16 source) internal view returns (SourceRecord storage) {
        if (source == 0) revert ILedgerTerms.SourceIsLocal();
        return _listedSource(source);
    }

    /// @dev Returns the name that statements about the source's journal carry now.
    function _nameOf(SourceRecord storage record) internal view returns (bytes32) {
        bytes32 edge = record.edge;
        return RewindLib.nameOf(edge, ReplicaLib.locate(edge));
    }

    /// @dev Freezes the maintenance weight at its present value, unless it is already frozen.
    function _quarantine(uint16 source, SourceRecord storage record, uint40 until, bytes32 cause) internal {
        if (_stateOf(record) != SourceState.QUARANTINED) {
            record.frozenBp = _maintenanceBp(record);
            record.flags &= ~SOURCE_EXTENDED;
        }
        _setState(source, record, SourceState.QUARANTINED, until, cause);
    }

    /// @dev Returns the source's present maintenance freshness in basis points. A freeze that begins keeps it.
    function _maintenanceBp(SourceRecord storage record) internal view returns (uint16) {
        // At most 10,000.
        return uint16(MarginMath.maintenanceOf(_sourceWord(record), block.timestamp) / 100);
    }

    /// @dev Ends a quarantine that is over, or switches between LIVE and CONTESTED.
    function _calm(uint16 source, SourceRecord storage record, bytes32 cause) internal {
        if (record.state == SourceState.QUARANTINED) record.thawedAt = record.stateUntil;
        _setState(source, record, _calmOf(record), 0, cause);
    }

    /// @dev Moves the source to a state that stops it and freezes its weights. A running quarantine resumes afterwards.
    function _interrupt(uint16 source, SourceRecord storage record, SourceState next, bytes32 cause) internal {
        SourceState state = _stateOf(record);
        uint40 until = record.stateUntil;
        if (state != SourceState.HALTED && state != SourceState.RECOVERY) {
            if (!MarginMath.isFrozen(_sourceWord(record), block.timestamp)) record.frozenBp = _maintenanceBp(record);
            if (state == SourceState.QUARANTINED) record.flags |= SOURCE_INTERRUPTED;
            else until = 0;
        }
        _setState(source, record, next, until, cause);
    }

    /// @dev Restores the interrupted state. A quarantine keeps its end.
    function _resume(uint16 source, SourceRecord storage record, bytes32 cause) internal {
        SourceState state = _calmOf(record);
        uint40 until = 0;
        if (record.flags & SOURCE_INTERRUPTED != 0 && block.timestamp < record.stateUntil) {
            (state, until) = (SourceState.QUARANTINED, record.stateUntil);
        } else {
            record.thawedAt = uint40(block.timestamp);
        }
        record.flags &= ~SOURCE_INTERRUPTED;
        _setState(source, record, state, until, cause);
    }

    function _setState(
        uint16 source,
        SourceRecord storage record,
        SourceState state,
        uint40 until,
        bytes32 cause
    ) internal {
        record.state = state;
        record.stateUntil = until;
        ReplicaLib.locate(record.edge).state = state;
        emit ILedgerTerms.SourceStateChanged(source, state, until, cause);
    }

    /// @dev Returns the present state: a quarantine past its end is over.
    function _stateOf(SourceRecord storage record) internal view returns (SourceState state) {
        state = record.state;
        if (state == SourceState.QUARANTINED && block.timestamp >= record.stateUntil) state = _calmOf(record);
    }

    /// @dev Returns the source, or reverts unless it takes entries now.
    function _acceptingSource(uint16 source) internal view returns (SourceRecord storage record) {
        record = _listedSource(source);
        SourceState state = _stateOf(record);
        if (state != SourceState.LIVE && state != SourceState.CONTESTED) {
            revert ILedgerCore.SourceNotAccepting(source, state, record.stateUntil);
        }
    }

    /// @dev Reverts while the source's credit is paused.
    function _requireCredit(uint16 source, SourceRecord storage record) internal view {
        if (record.flags & SOURCE_PAUSE_HINT == 0) return;
        uint40 until = _sourcePauses[source].until;
        if (block.timestamp < until) revert ILedgerCore.CreditPaused(source, until);
    }

    /// @dev Returns the state of a source that nothing blocks: CONTESTED while one of its witnesses has shown another
    ///      head, else LIVE.
    function _calmOf(SourceRecord storage record) internal view returns (SourceState) {
        return record.witnessMask & WITNESSES_CONFLICTED == 0 ? SourceState.LIVE : SourceState.CONTESTED;
    }

    /// @dev Returns the time at which something unconfirmed opens, delayed if a witness conflicted since it was set.
    function _delayed(uint16 source, uint256 setAt, uint256 opensAt) internal view returns (uint256) {
        uint256 conflictAt = _conflictAt[source];
        if (conflictAt < setAt || conflictAt == 0) return opensAt;
        return (opensAt > conflictAt ? opensAt : conflictAt) + OPENS_AFTER;
    }

    /// @dev Lowers the sum of an asset's lines. Safety: the caller has shown that the amount is part of that sum.
    function _lowerCredited(AssetRecord storage record, uint256 amount) internal {
        record.credited -= uint104(amount);
    }

    /// @dev Returns whether a parked credit is in its asset's sum: credits parked before their asset was listed are not.
    function _isSummed(ParkedCredit memory parked) internal pure returns (bool) {
        return parked.reason != ParkReason.UNLISTED && parked.flags & PARKED_UNLISTED == 0;
    }

    function _capUnits(AssetRecord storage record) internal view returns (uint256) {
        return _capOf(_assetWord(record), 10 ** record.decimals);
    }

    function _enableUnits(AssetRecord storage record) internal view returns (uint256) {
        return _enableOf(_assetWord(record), 10 ** record.decimals);
    }

    /// @dev The cap in an asset's word in token units. Safety: 2^64 · 10^24 < 2^144.
    function _capOf(uint256 terms, uint256 whole) internal pure returns (uint256) {
        unchecked {
            return _min((uint64(terms >> 160) * whole) / 1000, UNITS_MAX);
        }
    }

    /// @dev Ten times the minimum in an asset's word in token units, rounded up. Safety: 2^64 · 10 · 10^24 < 2^148.
    function _enableOf(uint256 terms, uint256 whole) internal pure returns (uint256) {
        unchecked {
            return (uint64(terms >> 96) * ENABLE_FACTOR * whole + 999_999) / 1_000_000;
        }
    }

    /// @dev Returns the end of the pause in force, 0 if none is.
    function _creditPausedUntil(uint16 assetId, AssetRecord storage record) internal view returns (uint40 until) {
        if (record.flags & ASSET_PAUSE_HINT == 0) return 0;
        until = _assetPauses[assetId].until;
        if (block.timestamp >= until) until = 0;
    }

    /// @dev Returns the lane of an asset, 16 if it has none, and how many lanes are used.
    function _laneOf(uint256 lanes, uint16 assetId) internal pure returns (uint256 lane, uint256 used) {
        lane = LANES;
        for (; used < LANES && uint16(lanes >> (used * LANE_BITS)) != 0; ++used) {
            if (uint16(lanes >> (used * LANE_BITS)) == assetId) lane = used;
        }
    }

    /// @dev Takes an asset out of the lanes; the last lane moves into the gap, so the lanes stay without one.
    function _dropLane(uint256 lanes, uint256 lane, uint256 used) internal pure returns (uint256) {
        uint256 last = (used - 1) * LANE_BITS;
        uint256 moved = uint16(lanes >> last);
        lanes &= ~(uint256(type(uint16).max) << (lane * LANE_BITS));
        lanes |= moved << (lane * LANE_BITS);
        return lanes & ~(uint256(type(uint16).max) << last);
    }

    function _pauseWindow(uint16 source, uint16 assetId) internal view returns (PauseRecord storage) {
        if ((source == 0) == (assetId == 0)) revert ILedgerTerms.PauseTargetUnclear(source, assetId);
        if (source != 0) {
            _listedSource(source);
            return _sourcePauses[source];
        }
        _listedAsset(assetId);
        return _assetPauses[assetId];
    }

    /// @dev Returns the lane of a protocol, 4 if it has none, and how many lanes are used.
    function _protocolLaneOf(uint256 lanes, uint32 index) internal pure returns (uint256 lane, uint256 used) {
        lane = PROTOCOLS_MAX;
        for (; used < PROTOCOLS_MAX && uint32(lanes >> (used * PROTOCOL_LANE_BITS)) != 0; ++used) {
            if (uint32(lanes >> (used * PROTOCOL_LANE_BITS)) == index) lane = used;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {LedgerReplay} from "./LedgerReplay.sol";

/// @title What a vault tells besides locks
/// @notice The effects of REFUND, SHORTFALL and APPOINT; `ILedgerBadDays` states them.
abstract contract LedgerKinds is LedgerReplay {
    uint256 private constant APPOINT_DELAY = 24 hours;

    /// @dev Gives the entry its effect, or refuses what no honest vault journals.
    function _replayKind(Batch memory batch, Entry memory entry) internal override {
        bool plausible;
        if (entry.kind == EntryCodec.REFUND) plausible = _refund(batch, entry);
        else if (entry.kind == EntryCodec.SHORTFALL) plausible = _shortfall(batch, entry);
        else if (entry.kind == EntryCodec.APPOINT) plausible = _appoint(batch, entry);
        if (!plausible) _refuse(batch, entry.kind);
    }

    /// @dev A stopped release comes back to the account that was debited. The record is what the ledger itself wrote when it
    ///      debited, so a refund of anything else (a payment that was forged at the vault) finds none.
    function _refund(Batch memory batch, Entry memory entry) private returns (bool) {
        if (uint256(entry.party) > type(uint96).max) return false;
        uint96 seq = uint96(uint256(entry.party));
        // It goes on in the next generation; whatever became of it in the one before counts no more.
        if (_released[batch.source][seq] == RELEASE_MOVED) return true;
        bytes32 record = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
        // A vault that stops a forged payment is right to say so, and no line changes.
        if (_released[batch.source][seq] != record) {
            _withoutEffect(batch);
            emit ILedgerBadDays.RefundUnmatched(batch.source, seq, entry.account, entry.asset, entry.amount);
            return true;
        }

        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        _selectRun(batch, entry.asset);
        if (entry.amount > batch.run.totalRoom) return false;
        delete _released[batch.source][seq];
        // What came out of parking may be of an asset that is not listed, or was not when it was released.
        if (assetId != 0) _assets[assetId].refundedCum += entry.amount;
        _creditEntry(batch, entry, _fromParking[batch.source][seq]);
        emit ILedgerBadDays.Refunded(batch.source, seq, entry.account, assetId, entry.amount);
        return true;
    }

    /// @dev The vault reports how many of its units have no tokens. What covers no less than is in force holds at once; less impairs
    ///      the asset until `cover`, or until a better report.
    function _shortfall(Batch memory batch, Entry memory entry) private returns (bool) {
        (uint256 accounted, uint256 answered) = (uint128(uint256(entry.party)), uint256(entry.party) >> 128);
        if (entry.asset == 0 || accounted > UNITS_MAX || entry.amount > accounted || answered > type(uint96).max)
            return false;
        // Rounded up, so that the coverage is rounded down.
        uint256 uncovered = entry.amount == 0 ? 0 : WAD - ((accounted - entry.amount) * WAD) / accounted;
        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        Coverage memory kept = _coverages[batch.source][entry.asset];
        if (uncovered <= kept.uncoveredInForce) (kept.uncoveredInForce, kept.since) = (uint64(uncovered), 0);
        else _impair(batch, kept, uncovered, assetId);
        kept.uncoveredReported = uint64(uncovered);
        if (answered != 0 && answered == kept.lostSeq) {
            kept.lostSeq = 0;
            if (_writeOffs[assetId].owing == 0) _assets[assetId].flags &= ~ASSET_OWING;
        }
        _coverages[batch.source][entry.asset] = kept;
        emit ILedgerBadDays.CoverageReported(batch.source, entry.asset, WAD - uncovered, kept.since);
        if (assetId != 0) _noteCoverage(batch, entry.asset, assetId, kept);
        return true;
    }

    /// @dev The first report of less starts the clock; a worse one moves no more than its number and its time. A milder one keeps
    ///      those of the worse one: a unit given to the vault in every block would else put `cover` off for ever.
    function _impair(Batch memory batch, Coverage memory kept, uint256 uncovered, uint16 assetId) private view {
        bool begins = kept.since == 0;
        if (begins) {
            kept.since = uint40(block.timestamp);
            // While entries are taken back its weight stands still already.
            if (_assets[assetId].flags & ASSET_OWING == 0) kept.frozenBp = _maintenanceBp(_sources[batch.source]);
        }
        if (!begins && uncovered <= kept.uncoveredReported) return;
        kept.worstAt = uint40(block.timestamp);
        kept.worstSeq = EdgeLib.sequenceOf(batch.generation, uint64(batch.count));
    }

    /// @dev An impaired asset takes no new credit, from this entry of the batch on.
    function _noteCoverage(Batch memory batch, uint16 vaultAsset, uint16 assetId, Coverage memory kept) private {
        AssetRecord storage record = _assets[assetId];
        uint8 flags = record.flags & ~(ASSET_IMPAIRED | ASSET_SHORT);
        if (kept.since != 0) flags |= ASSET_IMPAIRED;
        if (kept.uncoveredInForce != 0) flags |= ASSET_SHORT;
        record.flags = flags;
        _selectRun(batch, vaultAsset);
        AssetRun memory run = batch.run;
        uint256 held = run.held + run.credited;
        run.capRoom = _takesCredit(assetId, record) && run.cap > held ? run.cap - held : 0;
    }

    /// @dev An owner that lives on the vault's chain says who may act for one of its accounts here; whoever could before
    ///      cannot from now on.
    function _appoint(Batch memory batch, Entry memory entry) private returns (bool) {
        address operator = address(uint160(uint256(entry.party)));
        if (
            entry.asset != 0 ||
            entry.amount != 0 ||
            uint256(entry.party) >> 160 != 0 ||
            AccountLib.homeOf(entry.account) != batch.source ||
            AccountLib.ownerOf(entry.account) == address(0)
        ) return false;
        uint40 readyAt = uint40(block.timestamp + APPOINT_DELAY);
        uint96 seq = EdgeLib.sequenceOf(batch.generation, uint64(batch.count));
        _appointments[entry.account] = Appointment(operator, readyAt, seq);
        emit ILedgerBadDays.Appointed(entry.account, operator, readyAt);
        return true;
    }
}

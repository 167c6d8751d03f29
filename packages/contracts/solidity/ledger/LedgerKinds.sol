// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {MarginMath} from "../risk/MarginMath.sol";
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
        bytes32 record = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
        if (_released[batch.source][seq] != record) return false;

        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        uint128 debited = entry.amount;
        // It never rises, so it still fits.
        entry.amount = uint128(_releasedNow(assetId, seq, debited));
        _selectRun(batch, entry.asset);
        if (entry.amount > batch.run.totalRoom) return false;
        delete _released[batch.source][seq];
        _assets[assetId].refundedCum += debited;
        _creditEntry(batch, entry, false);
        emit ILedgerBadDays.Refunded(batch.source, seq, entry.account, assetId, entry.amount);
        return true;
    }

    /// @dev The vault says what it lacks now, out of what it accounts for.
    function _shortfall(Batch memory batch, Entry memory entry) private returns (bool) {
        uint256 accounted = uint256(entry.party);
        if (entry.asset == 0 || accounted > UNITS_MAX || entry.amount > accounted) return false;
        Impairment storage impairment = _impairments[batch.source][entry.asset];
        if (impairment.unacknowledged) {
            // Nothing is locked or paid while an asset is short: the same total is from before the vault scaled its own.
            // Once nothing is missing there any more, the next shortage is another one.
            if (entry.amount != 0 && accounted == impairment.accounted) return true;
            impairment.unacknowledged = false;
        }
        // Both were found to be at most 2^104 − 1.
        (impairment.deficit, impairment.accounted) = (uint104(entry.amount), uint104(accounted));
        if (entry.amount == 0) {
            impairment.since = 0;
        } else if (impairment.since == 0) {
            impairment.since = uint40(block.timestamp);
            (, uint256 maintenancePpm, ) = MarginMath.freshnessOf(_sourceWord(_sources[batch.source]), block.timestamp);
            // At most 10,000 basis points.
            impairment.frozenBp = uint16(maintenancePpm / 100);
        }
        emit ILedgerBadDays.AssetImpaired(batch.source, entry.asset, entry.amount, accounted);
        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        if (assetId != 0) _closeOrOpen(batch, entry.asset, assetId, entry.amount != 0);
        return true;
    }

    /// @dev An impaired asset takes no new credit, from this entry of the batch on.
    function _closeOrOpen(Batch memory batch, uint16 vaultAsset, uint16 assetId, bool impaired) private {
        AssetRecord storage record = _assets[assetId];
        record.flags = impaired ? record.flags | ASSET_IMPAIRED : record.flags & ~ASSET_IMPAIRED;
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

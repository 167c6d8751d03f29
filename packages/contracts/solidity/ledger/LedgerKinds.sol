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
    /// @dev What a vault says in place of a count of scalings once its exit has ended an asset.
    uint256 private constant ENDED = 255;

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
        if (_released[batch.source][seq] != record) return false;

        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        uint128 debited = entry.amount;
        // It never rises, so it still fits.
        entry.amount = uint128(_releasedNow(assetId, seq, debited));
        _selectRun(batch, entry.asset);
        if (entry.amount > batch.run.totalRoom) return false;
        delete _released[batch.source][seq];
        // What came out of parking may be of an asset that is not listed, or was not when it was released.
        if (assetId != 0) _assets[assetId].refundedCum += debited;
        _creditEntry(batch, entry, _fromParking[batch.source][seq]);
        emit ILedgerBadDays.Refunded(batch.source, seq, entry.account, assetId, entry.amount);
        return true;
    }

    /// @dev The vault says what it lacks now, out of what it accounts for, and how many scalings it has replayed.
    function _shortfall(Batch memory batch, Entry memory entry) private returns (bool) {
        (uint256 accounted, uint256 told) = (uint128(uint256(entry.party)), uint256(entry.party) >> 128);
        Impairment memory kept = _impairments[batch.source][entry.asset];
        if (
            entry.asset == 0 ||
            accounted > UNITS_MAX ||
            entry.amount > accounted ||
            kept.told == ENDED ||
            (told > kept.scalings && told != ENDED)
        ) return false;
        // Fewer than before: the vault's edge was closed past a scaling, which comes again.
        kept.told = uint8(told);
        bool impaired = entry.amount != 0;
        if (told < kept.scalings && kept.since == 0) {
            // From before the vault's own scaling: what was shared out here is missing there still. Payments take their part
            // of it; locks are not scaled, so they bear nothing of it.
            if (accounted < kept.accounted) {
                kept.deficit = uint104((uint256(kept.deficit) * accounted) / kept.accounted);
                kept.accounted = uint104(accounted);
            }
            impaired = entry.amount > kept.deficit;
        }
        if (impaired) _impair(batch, entry.amount, accounted, kept);
        else if (told >= kept.scalings || kept.since != 0) {
            (kept.deficit, kept.accounted, kept.since) = (0, uint104(accounted), 0);
        }
        _impairments[batch.source][entry.asset] = kept;
        emit ILedgerBadDays.AssetImpaired(batch.source, entry.asset, impaired ? entry.amount : 0, accounted);
        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        if (assetId != 0) _closeOrOpen(batch, entry.asset, assetId, impaired);
        return true;
    }

    /// @dev Takes a deficit down. Both amounts were found to be at most 2^104 − 1.
    function _impair(Batch memory batch, uint256 deficit, uint256 accounted, Impairment memory kept) private view {
        bool begins = kept.since == 0;
        if (begins) {
            kept.since = uint40(block.timestamp);
            kept.frozenBp = _maintenanceBp(_sources[batch.source]);
        }
        // A milder report keeps the number of the worse one: a unit given to the vault in every block would else put a scaling
        // off for ever.
        if (begins || deficit * kept.accounted > accounted * kept.deficit) {
            kept.saidAt = uint40(block.timestamp);
            kept.saidSeq = EdgeLib.sequenceOf(batch.generation, uint64(batch.count));
        }
        (kept.deficit, kept.accounted) = (uint104(deficit), uint104(accounted));
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

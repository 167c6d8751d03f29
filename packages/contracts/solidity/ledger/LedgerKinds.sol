// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerLosses} from "../interfaces/ledger/ILedgerLosses.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {LedgerReplay} from "./LedgerReplay.sol";

/// @title A vault's entries other than locks
/// @notice The effects of REFUND, SHORTFALL and APPOINT. `ILedgerLosses` is the manual.
abstract contract LedgerKinds is LedgerReplay {
    uint256 private constant APPOINT_DELAY = 24 hours;

    /// @dev Applies the entry, or refuses one that no honest vault journals.
    function _replayKind(Batch memory batch, Entry memory entry) internal override {
        bool plausible;
        if (entry.kind == EntryCodec.REFUND) plausible = _refund(batch, entry);
        else if (entry.kind == EntryCodec.SHORTFALL) plausible = _shortfall(batch, entry);
        else if (entry.kind == EntryCodec.APPOINT) plausible = _appoint(batch, entry);
        if (!plausible) _refuse(batch, entry.kind);
    }

    /// @dev Credits a stopped release back to the debited account. The ledger wrote the record when it debited the
    ///      account, so a refund of anything else, such as a payment forged at the vault, finds none.
    function _refund(Batch memory batch, Entry memory entry) private returns (bool) {
        if (uint256(entry.party) > type(uint96).max) return false;
        uint96 seq = uint96(uint256(entry.party));
        bytes32 record = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
        // No line changes. An honest vault may report a stopped forged payment, or a stopped release that continues in
        // the next generation.
        if (_released[batch.source][seq] != record) {
            _withoutEffect(batch);
            emit ILedgerLosses.RefundUnmatched(batch.source, seq, entry.account, entry.asset, entry.amount);
            return true;
        }

        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        _selectRun(batch, entry.asset);
        if (entry.amount > batch.run.totalRoom) return false;
        delete _released[batch.source][seq];
        // The asset may be unlisted, or have been unlisted when the credit was released from parking.
        uint128 amount = entry.amount;
        if (assetId != 0) _assets[assetId].refundedCum += amount;
        // Every limit applies, as for any credit: the ledger never learns which releases were paid, and a lying quorum
        // may report each of them as stopped. If it had been taken back, the units that were missing are left out of
        // the entry.
        _creditEntry(batch, entry);
        emit ILedgerLosses.Refunded(batch.source, seq, entry.account, assetId, amount);
        return true;
    }

    /// @dev The vault reports how many of its units have no tokens. A coverage below the one in force impairs the asset
    ///      at once. Any other adds margin: it waits for `cover`, or is in force at once if no witness must confirm.
    function _shortfall(Batch memory batch, Entry memory entry) private returns (bool) {
        (uint256 accounted, uint256 answered) = (uint128(uint256(entry.party)), uint256(entry.party) >> 128);
        if (entry.asset == 0 || accounted > UNITS_MAX || entry.amount > accounted || answered > type(uint96).max)
            return false;
        uint256 uncovered = 0;
        // Rounded up, so that the coverage is rounded down. Safety: 0 < amount ≤ accounted < 2^104, and WAD < 2^60.
        unchecked {
            if (entry.amount != 0) uncovered = WAD - ((accounted - entry.amount) * WAD) / accounted;
        }
        uint16 assetId = _assetIdOf(batch.source, entry.asset);
        Coverage memory kept = _coverages[batch.source][entry.asset];
        // Both fit: journals count their entries in 64 bits.
        uint104 told = uint104((batch.count << 40) | block.timestamp);
        bool isLess = uncovered > kept.uncoveredInForce;
        if (isLess) _impair(batch, kept, entry.asset, assetId);
        // The same figure again keeps its date; otherwise anyone could delay `cover` with a report a day.
        if (uncovered != kept.uncoveredReported || kept.said == 0) {
            (kept.uncoveredReported, kept.said) = (uint64(uncovered), told);
        }
        // A LOST has one answer. A second answer must not take its date, nor reopen the LOST when it is unwound.
        if (answered != 0 && answered == kept.lostSeq && kept.answer == 0) {
            kept.answer = told;
            _answers[batch.source][uint96(batch.count)] = uint96(answered);
        }
        if (batch.m == 0) {
            _settleLoss(kept, batch.source, entry.asset, assetId);
            if (!isLess) (kept.uncoveredInForce, kept.since) = (uint64(uncovered), 0);
        }
        _coverages[batch.source][entry.asset] = kept;
        emit ILedgerLosses.CoverageReported(
            batch.source,
            entry.asset,
            WAD - uncovered,
            WAD - kept.uncoveredInForce,
            kept.since
        );
        if (assetId == 0) return true;
        _noteCoverage(_assets[assetId], kept);
        _closeOrOpen(batch, entry.asset, assetId);
        return true;
    }

    /// @dev The first report of less starts the clock, even if the asset is impaired because a report was unwound. A
    ///      worse one changes the figure but not the date.
    function _impair(Batch memory batch, Coverage memory kept, uint16 vaultAsset, uint16 assetId) private view {
        // While the asset is impaired or unsettled, its weight is already frozen.
        if (kept.since == 0 && !_isUnsettled(batch.source, vaultAsset, assetId)) {
            // The vault of this chain is known as it is now.
            kept.frozenBp = batch.source == 0 ? 10_000 : _maintenanceBp(_sources[batch.source]);
        }
        if (kept.since == 0 || kept.said == 0) kept.since = uint40(block.timestamp);
    }

    /// @dev An impaired asset takes no new credit, from this entry of the batch on.
    function _closeOrOpen(Batch memory batch, uint16 vaultAsset, uint16 assetId) private view {
        _selectRun(batch, vaultAsset);
        AssetRun memory run = batch.run;
        uint256 held = run.held + run.credited;
        run.capRoom = _takesCredit(assetId, _assets[assetId]) && run.cap > held ? run.cap - held : 0;
    }

    /// @dev An owner on the vault's chain appoints an operator for one of its accounts here. The previous operator
    ///      loses its rights.
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
        _appointments[entry.account] = Appointment(operator, readyAt, uint96(batch.count));
        emit ILedgerLosses.Appointed(entry.account, operator, readyAt);
        return true;
    }
}

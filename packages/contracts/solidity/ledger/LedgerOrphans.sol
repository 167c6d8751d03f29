// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {Entry} from "../edge/EntryCodec.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {LedgerSources} from "./LedgerSources.sol";

/// @title The amounts that a rewind leaves open
/// @notice Orphans, missing units, found units, and the assets that wait for them. `ILedgerRewind` is the manual.
/// @dev Safety: each orphan is one entry that had an effect when it was unwound, so it is removed once, when it comes
///      again or is taken back. Sums stop at 2^104 − 1: no honest vault accounts for more, and a sum that reverted
///      would block a rewind permanently.
abstract contract LedgerOrphans is LedgerSources {
    uint256 private constant TAKE_BACK_AFTER = 72 hours;

    /// @dev Reverts until three days of the source's own clock after its replica was known at the journal's tip under
    ///      the present name. By then, the entries that a rewind unwound have had time to come again.
    function _requireHeard(uint16 source, SourceRecord storage record) internal view {
        uint256 heardAt = RewindLib.locate(record.edge).heardAt;
        uint256 needed = heardAt == 0 ? 0 : heardAt + TAKE_BACK_AFTER;
        if (needed == 0 || record.asOf < needed) {
            revert ILedgerRewind.TakeBackTooEarly(source, needed, record.asOf);
        }
    }

    /// @dev Returns whether no units of an asset may leave. An asset that is not listed (assetId 0) has no flag.
    function _isUnsettled(uint16 source, uint16 vaultAsset, uint16 assetId) internal view returns (bool) {
        if (assetId != 0) return _assets[assetId].flags & ASSET_UNSETTLED != 0;
        return _isOpen(_unsettled[source][vaultAsset]) || _coverages[source][vaultAsset].lostSeq != 0;
    }

    /// @dev Returns whether an asset has orphans, or missing units that were not reported to the vault.
    function _isOpen(Unsettled storage left) internal view returns (bool) {
        return left.orphaned | left.missing != 0;
    }

    /// @dev Stops units of the asset from leaving and freezes its maintenance weight. Its source is closed, hence
    ///      frozen at its present weight. Called before the sums rise.
    function _unsettle(uint16 source, uint16 vaultAsset) internal {
        uint16 assetId = _assetIdOf(source, vaultAsset);
        if (_isUnsettled(source, vaultAsset, assetId)) return;
        Coverage storage coverage = _coverages[source][vaultAsset];
        // While the asset is impaired, its weight is already frozen.
        if (coverage.since == 0) coverage.frozenBp = _sources[source].frozenBp;
        if (assetId != 0) _assets[assetId].flags |= ASSET_UNSETTLED;
    }

    /// @dev Ends this state once nothing of the asset is an orphan or missing and its vault has answered every loss.
    function _settle(uint16 source, uint16 vaultAsset) internal {
        if (_isOpen(_unsettled[source][vaultAsset]) || _coverages[source][vaultAsset].lostSeq != 0) return;
        uint16 assetId = _assetIdOf(source, vaultAsset);
        if (assetId != 0) _assets[assetId].flags &= ~ASSET_UNSETTLED;
    }

    /// @dev Makes an entry that was in effect an orphan.
    function _orphan(uint16 source, uint96 seq, bytes32 entryHash, Entry memory entry) internal {
        _unsettle(source, entry.asset);
        ++_orphans[source][entryHash].count;
        Unsettled storage left = _unsettled[source][entry.asset];
        left.orphaned = _plus(left.orphaned, entry.amount);
        _watch(source);
        emit ILedgerRewind.Orphaned(source, seq, entryHash, entry.asset, entry.amount);
    }

    /// @dev Removes one orphan. Returns false if there is none.
    function _countOff(uint16 source, bytes32 entryHash, Entry memory entry) internal returns (bool) {
        Orphan storage orphan = _orphans[source][entryHash];
        uint40 count = orphan.count;
        if (count == 0) return false;
        orphan.count = count - 1;
        Unsettled storage left = _unsettled[source][entry.asset];
        left.orphaned = _minus(left.orphaned, entry.amount);
        _unwatch(source);
        return true;
    }

    /// @dev Records that this many units of an entry were no longer on the line that it credited.
    function _miss(uint16 source, bytes32 entryHash, uint16 vaultAsset, uint256 units) internal {
        Orphan storage orphan = _orphans[source][entryHash];
        ++orphan.taken;
        orphan.spent = _plus(orphan.spent, units);
        Unsettled storage left = _unsettled[source][vaultAsset];
        left.missing = _plus(left.missing, units);
        _watch(source);
    }

    /// @dev Reduces the missing units of an entry that came after it was taken back, and returns by how much. If they
    ///      were already reported to the vault they are found, otherwise no longer missing. The first of several
    ///      identical entries takes what is missing of all, up to its amount.
    function _find(uint16 source, bytes32 entryHash, Entry memory entry) internal returns (uint256 found) {
        Orphan storage orphan = _orphans[source][entryHash];
        uint256 spent = orphan.spent;
        found = _min(spent, entry.amount);
        orphan.spent = _minus(spent, found);
        --orphan.taken;
        Unsettled storage left = _unsettled[source][entry.asset];
        uint104 missing = left.missing;
        if (found > missing) left.found = _plus(left.found, found - missing);
        left.missing = _minus(missing, found);
        _unwatch(source);
    }

    /// @dev Makes the replay compare entries with open orphans.
    function _watch(uint16 source) private {
        SourceRecord storage record = _sources[source];
        ++record.orphans;
        record.flags |= SOURCE_ORPHANS;
    }

    /// @dev Ends the comparison with the last orphan: no entry can match any more.
    function _unwatch(uint16 source) private {
        SourceRecord storage record = _sources[source];
        if (--record.orphans == 0) record.flags &= ~SOURCE_ORPHANS;
    }

    function _plus(uint256 sum, uint256 units) private pure returns (uint104) {
        return uint104(_min(sum + units, UNITS_MAX));
    }

    function _minus(uint256 sum, uint256 units) private pure returns (uint104) {
        return uint104(sum - _min(sum, units));
    }
}

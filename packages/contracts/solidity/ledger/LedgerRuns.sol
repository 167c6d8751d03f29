// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Replica, SourceState} from "../edge/ReplicaLib.sol";
import {BucketMath} from "./BucketMath.sol";
import {LedgerMargin} from "./LedgerMargin.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title The sums and limits of a batch
/// @notice For each asset in a batch, loads the room under its cap, bucket and fast limit, counts what the batch uses,
///         and writes the sums back once.
abstract contract LedgerRuns is LedgerMargin {
    /// @dev A fast limit is a share of the cap in basis points.
    uint256 private constant FAST_SCALE = 10_000;
    /// @dev Divisor of a fast limit while a witness contradicts the journal.
    uint256 private constant FAST_CONTESTED = 4;

    /// @notice The effect of a batch on one asset.
    /// @dev `_replayRun` reads and writes these words by their position.
    /// @param vaultAsset index at the vault
    /// @param assetId ledger-wide index, 0 if it is not listed
    /// @param enableUnits amount at which a line enables itself
    /// @param capRoom token units that still fit under the asset's cap
    /// @param totalRoom token units that an honest vault can still have locked
    /// @param credited token units credited by this batch, with fees
    /// @param parked token units parked by this batch; units taken out of parking count as a negative number modulo
    ///        2^256
    /// @param fees token units of `credited` that go to the caller's account
    /// @param lastFee number of the last entry that paid into `fees`
    /// @param cap token units
    /// @param held token units on lines when the batch began
    /// @param bucketTat virtual time of the bucket when the batch began
    /// @param bucketRoom token units still in the bucket
    /// @param bucketed token units that took a place in it
    /// @param fastUnits most that may be in use unconfirmed
    /// @param fastRoom token units of `fastUnits` that are left
    /// @param fastSpent token units of `fastUnits` that this batch took
    /// @param waiting token units parked when the batch began
    /// @param slot first slot of the asset's record
    /// @param seasonRoom token units of `bucketRoom` that need no season
    /// @param freshFees token units of `fees` that are unseasoned
    /// @param feesEnd block time in seconds at which the last of these has seasoned
    /// @param next memory position of the asset that the batch met after this one, 0 if it is the last
    struct AssetRun {
        uint256 vaultAsset;
        uint256 assetId;
        uint256 enableUnits;
        uint256 capRoom;
        uint256 totalRoom;
        uint256 credited;
        uint256 parked;
        uint256 fees;
        uint256 lastFee;
        uint256 cap;
        uint256 held;
        uint256 bucketTat;
        uint256 bucketRoom;
        uint256 bucketed;
        uint256 fastUnits;
        uint256 fastRoom;
        uint256 fastSpent;
        uint256 waiting;
        uint256 slot;
        uint256 seasonRoom;
        uint256 freshFees;
        uint256 feesEnd;
        uint256 next;
    }

    /// @notice A batch in progress.
    /// @dev `_replayRun` reads and writes `head`, `count` and `cursor` by their position.
    /// @param head after `count` entries
    /// @param count entries replayed so far
    /// @param cursor calldata position of the next entry
    /// @param source index of the source
    /// @param orphans whether the source has orphans, so entries may match one
    /// @param refused true once an entry was refused
    /// @param start count when the batch began
    /// @param confirmed count that witnesses had confirmed then
    /// @param m witnesses that must confirm, 0 for none
    /// @param fastScale divisor of a cap times an asset's basis points for its fast limit; four times as large while
    ///        contested
    /// @param first memory position of the asset that it met first, 0 if it met none
    /// @param runCount how many assets it met
    /// @param run the asset of the previous entry
    /// @param seasonEnd block time in seconds before which no unseasoned unit of this batch has seasoned
    struct Batch {
        bytes32 head;
        uint256 count;
        uint256 cursor;
        uint16 source;
        bool orphans;
        bool refused;
        uint256 start;
        uint256 confirmed;
        uint256 m;
        uint256 fastScale;
        uint256 first;
        uint256 runCount;
        AssetRun run;
        uint256 seasonEnd;
    }

    /// @dev Returns a batch that starts at the replica's count.
    function _openBatch(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica
    ) internal view returns (Batch memory batch) {
        batch.head = replica.head;
        batch.start = batch.count = replica.count;
        batch.source = source;
        uint256 word = _sourceWord(record);
        // Bits 120–127 are m, bits 144–151 its flags, see `LineWords`.
        batch.m = uint8(word >> 120);
        if (batch.m != 0) {
            batch.confirmed = replica.confirmed;
            batch.fastScale = _stateOf(record) == SourceState.CONTESTED ? FAST_SCALE * FAST_CONTESTED : FAST_SCALE;
        }
        batch.orphans = uint8(word >> 144) & SOURCE_ORPHANS != 0;
    }

    /// @dev Selects an asset's sums, and opens them when the batch first names it. The first asset takes the record that
    ///      the batch came with. The search is in assembly because a Solidity function that returns a struct allocates one
    ///      per step.
    function _selectRun(Batch memory batch, uint16 vaultAsset) internal view {
        AssetRun memory run = batch.run;
        if (run.vaultAsset == vaultAsset) return;
        uint256 found = batch.first;
        uint256 last = 0;
        assembly ("memory-safe") {
            for {} found {} {
                if eq(mload(found), vaultAsset) {
                    run := found
                    break
                }
                last := found
                // The word after the 22 others.
                found := mload(add(found, 0x2c0))
            }
        }
        if (found == 0) {
            if (last != 0) run = _newRun();
            _openRun(batch, run, vaultAsset);
            assembly ("memory-safe") {
                found := run
                if last {
                    mstore(add(last, 0x2c0), found)
                }
            }
            if (last == 0) batch.first = found;
            ++batch.runCount;
        }
        batch.run = run;
    }

    function _newRun() private pure returns (AssetRun memory run) {}

    /// @dev Reads an asset's sums and limits. An asset that is not listed has no sums: all its entries are parked.
    function _openRun(Batch memory batch, AssetRun memory run, uint16 vaultAsset) private view {
        run.vaultAsset = vaultAsset;
        uint16 assetId = _assetIdOf(batch.source, vaultAsset);
        if (assetId == 0) {
            run.totalRoom = UNITS_MAX;
            return;
        }
        AssetRecord storage record = _assets[assetId];
        run.assetId = assetId;
        (uint256 terms, uint256 sums, uint256 slot) = (_assetWord(record), 0, 0);
        assembly ("memory-safe") {
            slot := record.slot
            sums := sload(add(slot, 1))
        }
        // Bits 56–63 are its flags, see `LineWords`.
        uint8 flags = uint8(terms >> 56);
        run.slot = slot;
        uint256 whole = 10 ** LedgerWords.decimalsOf(terms);
        run.enableUnits = _enableOf(terms, whole);
        uint256 cap = _capOf(terms, whole);
        (uint256 credited, uint256 parked) = (uint104(sums), uint104(sums >> 104));
        (run.cap, run.held, run.waiting, run.bucketTat) = (cap, credited, parked, sums >> 208);
        bool taken = flags & (ASSET_PAUSE_HINT | ASSET_IMPAIRED) == 0 || _takesCredit(assetId, record);
        if (taken && cap > credited) run.capRoom = cap - credited;
        run.totalRoom = UNITS_MAX > credited + parked ? UNITS_MAX - credited - parked : 0;
        run.bucketRoom = BucketMath.roomOf(run.bucketTat, cap);
        // Credit of source 0 is younger than any season: all of it counts for initial margin from the next second.
        if (batch.source != 0) run.seasonRoom = BucketMath.seasonRoomOf(run.bucketTat, cap);
        (run.fastUnits, run.fastRoom) = (type(uint256).max, type(uint256).max);
        if (batch.m != 0) _openFast(batch, run, record);
    }

    /// @dev Returns whether the asset takes new credit: it is neither paused nor impaired.
    function _takesCredit(uint16 assetId, AssetRecord storage record) internal view returns (bool) {
        return record.flags & ASSET_IMPAIRED == 0 && _creditPausedUntil(assetId, record) == 0;
    }

    function _openFast(Batch memory batch, AssetRun memory run, AssetRecord storage record) private view {
        run.fastUnits = (run.cap * record.fastBp) / batch.fastScale;
        (uint112 cum, uint112 base, , ) = _fastOf(record, batch.start, batch.confirmed);
        unchecked {
            uint256 unconfirmed = uint112(cum - base);
            run.fastRoom = run.fastUnits > unconfirmed ? run.fastUnits - unconfirmed : 0;
        }
    }

    /// @dev Counts units that reach lines of the asset.
    function _hold(AssetRun memory run, uint256 units) internal pure {
        run.capRoom -= _min(units, run.capRoom);
        run.credited += units;
    }

    function _takeFast(Batch memory batch, AssetRun memory run, uint256 units) internal pure {
        if (batch.m != 0) (run.fastRoom, run.fastSpent) = (run.fastRoom - units, run.fastSpent + units);
    }

    function _takeBucket(AssetRun memory run, uint256 units) internal pure {
        run.bucketRoom -= units;
        run.seasonRoom -= _min(units, run.seasonRoom);
        run.bucketed += units;
    }

    /// @dev Gives an amount its place in the bucket and returns the time in seconds at which it is due. Returns 0, and
    ///      gives no place, if the bucket is booked too far ahead. Safety: the caller has shown that the amount fits
    ///      under the cap, so the cap is above 0.
    function _placeInBucket(AssetRun memory run, uint256 amount) internal view returns (uint256 readyAt) {
        if (amount <= run.bucketRoom) {
            _takeBucket(run, amount);
            return block.timestamp;
        }
        uint256 tat = BucketMath.after_(run.bucketTat, run.bucketed + amount, run.cap);
        if (!BucketMath.isNear(tat)) return 0;
        (run.bucketRoom, run.seasonRoom) = (0, 0);
        run.bucketed += amount;
        // The amount exceeds the room, so this lies ahead.
        readyAt = BucketMath.readyAt(tat);
    }

    /// @dev Returns the units taken from the fast limit and how many of them are known to be confirmed, for a batch that
    ///      begins at `start`; `checkpoint` is the count at which `cum` can next be known to be confirmed, 0 for none.
    function _fastOf(
        AssetRecord storage record,
        uint256 start,
        uint256 confirmed
    ) internal view returns (uint112 cum, uint112 base, uint64 checkpoint, uint112 atCheckpoint) {
        (cum, base, checkpoint, atCheckpoint) = (
            record.cumFast,
            record.cumFastBase,
            record.openCount,
            record.cumFastOpen
        );
        if (confirmed >= start) return (cum, cum, 0, 0);
        // A checkpoint above the replica's end is from before a rewind: units taken up to it wait for the entries
        // applied now.
        if (checkpoint > start) (checkpoint, atCheckpoint) = (0, 0);
        if (checkpoint != 0 && confirmed >= checkpoint) (base, checkpoint, atCheckpoint) = (atCheckpoint, 0, 0);
        if (checkpoint == 0 && cum != base) (checkpoint, atCheckpoint) = (uint64(start), cum);
    }

    function _settleRun(Batch memory batch, AssetRun memory run) internal {
        AssetRecord storage record;
        uint256 slot = run.slot;
        assembly ("memory-safe") {
            record.slot := slot
        }
        uint256 tat = run.bucketTat;
        if (run.bucketed != 0) tat = BucketMath.after_(tat, run.bucketed, run.cap);
        unchecked {
            // Both sums stay below 2^104: totalRoom bounds them, and units that leave parking were part of its sum. The
            // three fields are one slot, so one write.
            uint256 word = (run.held + run.credited) | ((run.waiting + run.parked) << 104) | (tat << 208);
            assembly ("memory-safe") {
                sstore(add(slot, 1), word)
            }
        }
        if (run.fastSpent != 0) _settleFast(batch, run, record);
    }

    /// @dev Adds to the sum taken from the fast limit, modulo 2^112.
    function _settleFast(Batch memory batch, AssetRun memory run, AssetRecord storage record) private {
        (uint112 cum, uint112 base, uint64 checkpoint, uint112 atCheckpoint) = _fastOf(
            record,
            batch.start,
            batch.confirmed
        );
        unchecked {
            record.cumFast = cum + uint112(run.fastSpent);
        }
        record.cumFastBase = base;
        if (checkpoint != record.openCount) {
            (record.openCount, record.cumFastOpen) = (uint40(checkpoint), atCheckpoint);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {LedgerMargin} from "./LedgerMargin.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Replaying a vault's journal into lines
/// @notice Walks over packed entries, folds the head and gives each entry its effect; `ICollateralLedger` states them.
/// @dev `_replayRun` is the only assembly that writes lines: it takes plain credits of one asset until it meets an entry that
///      is anything else, and leaves that one to `_replayOne`, which knows every effect. Replaying with `_replayOne` alone
///      gives the same result: fuzzing compares the two (test/LedgerReplay.t.sol). No entry can revert here.
abstract contract LedgerReplay is LedgerMargin {
    /// @notice What a batch does to one asset.
    /// @dev `_replayRun` reads and writes these words by their position.
    /// @param vaultAsset index at the vault
    /// @param assetId ledger-wide index, 0 if it is not listed
    /// @param enableUnits amount at which a line enables itself
    /// @param capRoom token units that still fit under the cap
    /// @param totalRoom token units that an honest vault can still have locked
    /// @param credited token units credited by this batch, with fees
    /// @param parked token units parked by this batch
    /// @param fees token units of `credited` that go to the caller's account
    /// @param lastFee number of the last entry that paid into `fees`
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
    }

    /// @notice A batch on its way.
    /// @dev `_replayRun` reads and writes `head`, `count` and `cursor` by their position.
    /// @param head after `count` entries
    /// @param count entries replayed so far, in this generation
    /// @param cursor calldata position of the next entry
    /// @param source index of the source
    /// @param generation of the edge
    /// @param refused true once an entry was none that an honest journal holds
    /// @param runs memory positions of the assets met so far, in order
    /// @param runCount how many of them there are
    /// @param run the asset of the entry before
    struct Batch {
        bytes32 head;
        uint256 count;
        uint256 cursor;
        uint16 source;
        uint32 generation;
        bool refused;
        uint256[] runs;
        uint256 runCount;
        AssetRun run;
    }

    uint256 internal constant AUTO_ENABLED_MAX = 8;

    /// @dev Replays the entries up to a count. Virtual so that tests can replay with the plain twin alone.
    function _replaySpan(Batch memory batch, uint256 upTo) internal virtual {
        while (batch.count < upTo) {
            _replayRun(batch, upTo);
            if (batch.count < upTo) _replayOne(batch);
        }
    }

    /// @dev Takes entries while they are plain credits of the current asset: LOCK, ownable account, fee within amount,
    ///      amount within both rooms and not 0, and no line that enables itself.
    ///      Safety of the additions: amount ≤ totalRoom keeps the asset's sum, hence every line of it, below 2^104; so the
    ///      sum never carries out of the line's 112 bits.
    function _replayRun(Batch memory batch, uint256 upTo) private {
        AssetRun memory run = batch.run;
        if (run.assetId == 0) return;
        uint256 room = _min(run.capRoom, run.totalRoom);
        uint256 left = room;
        assembly ("memory-safe") {
            // Beyond the free pointer, as scratch: head ‖ entry (127 bytes of 128), account ‖ the mapping's slot, and
            // assetId ‖ the hash of those two. What stays the same for all entries is written once.
            let scratch := mload(0x40)
            let outer := add(scratch, 0x80)
            let inner := add(scratch, 0xc0)
            mstore(add(outer, 0x20), _lines.slot)
            mstore(inner, mload(add(run, 0x20)))
            let head := mload(batch)
            let count := mload(add(batch, 0x20))
            let cursor := mload(add(batch, 0x40))
            let enableUnits := mload(add(run, 0x40))
            // Kind LOCK and the asset: the first three bytes of every entry that may pass.
            let tag := or(shl(16, 1), mload(run))
            for {} lt(count, upTo) {} {
                let word := calldataload(cursor)
                let amount := and(shr(104, word), 0xffffffffffffffffffffffffffffffff)
                let account := calldataload(add(cursor, 19))
                let fee := shr(160, calldataload(add(cursor, 83)))
                // amount − 1 wraps for 0, so one comparison refuses 0 and what exceeds the room.
                if or(
                    or(xor(shr(232, word), tag), gt(fee, amount)),
                    or(or(iszero(shr(96, account)), and(shr(80, account), 0xffff)), iszero(lt(sub(amount, 1), left)))
                ) {
                    break
                }

                mstore(outer, account)
                mstore(add(inner, 0x20), keccak256(outer, 0x40))
                let slot := keccak256(inner, 0x40)
                let line := sload(slot)
                let before := and(line, 0xffffffffffffffffffffffffffff)
                if lt(before, enableUnits) {
                    if iszero(lt(add(before, sub(amount, fee)), enableUnits)) {
                        break
                    }
                }
                sstore(slot, add(line, sub(amount, fee)))

                left := sub(left, amount)
                count := add(count, 1)
                if fee {
                    mstore(add(run, 0xe0), add(mload(add(run, 0xe0)), fee))
                    mstore(add(run, 0x100), count)
                }
                mstore(scratch, head)
                calldatacopy(add(scratch, 0x20), cursor, 95)
                head := keccak256(scratch, 127)
                cursor := add(cursor, 95)
            }
            mstore(batch, head)
            mstore(add(batch, 0x20), count)
            mstore(add(batch, 0x40), cursor)
        }
        uint256 spent = room - left;
        run.capRoom -= spent;
        run.totalRoom -= spent;
        run.credited += spent;
    }

    /// @dev Replays one entry, whatever it is.
    function _replayOne(Batch memory batch) internal {
        Entry memory entry = _readEntry(batch.cursor);
        batch.head = EntryCodec.extend(batch.head, entry);
        batch.cursor += EntryCodec.LENGTH;
        ++batch.count;

        if (entry.kind == EntryCodec.LOCK) {
            if (!_isPlausible(entry)) return _refuse(batch, entry.kind);
            return _creditEntry(batch, entry, true);
        }
        if (!EntryCodec.isVaultKind(entry.kind) || entry.fee != 0 || entry.amount > UNITS_MAX) {
            return _refuse(batch, entry.kind);
        }
        _replayKind(batch, entry);
    }

    /// @dev Gives an entry of a vault's other kinds its effect. Called with a known kind, no fee and an amount of at most
    ///      2^104 − 1; what else the kind asks for is judged here. Must not revert, and must leave `batch.head`, `count` and
    ///      `cursor` alone, which stand after the entry.
    function _replayKind(Batch memory batch, Entry memory entry) internal virtual {
        _refuse(batch, entry.kind);
    }

    /// @dev Credits the amount of an entry to its account, or parks it; the limits of the ledger are judged here and nowhere
    ///      else. `entry.asset` is above 0, the account ownable, the fee within the amount, the amount at most 2^104 − 1.
    /// @param batch on its way; `batch.count` is the entry's number
    /// @param entry whose asset, amount, fee and account count
    /// @param countsAgainstCaps false for what comes back from a stopped release: caps let it in always
    function _creditEntry(Batch memory batch, Entry memory entry, bool countsAgainstCaps) internal {
        _selectRun(batch, entry.asset);
        AssetRun memory run = batch.run;
        if (entry.amount > run.totalRoom) return _refuse(batch, entry.kind);
        if (entry.amount == 0) return;
        if (run.assetId == 0) return _park(batch, entry, ParkReason.UNLISTED);
        run.totalRoom -= entry.amount;
        if (countsAgainstCaps && entry.amount > run.capRoom) {
            run.parked += entry.amount;
            return _park(batch, entry, ParkReason.CAP);
        }
        run.capRoom -= _min(entry.amount, run.capRoom);
        run.credited += entry.amount;
        if (entry.fee != 0) {
            run.fees += entry.fee;
            run.lastFee = batch.count;
        }
        _credit(entry.account, uint16(run.assetId), entry.amount - entry.fee, run.enableUnits);
    }

    /// @dev Writes each asset's sums once and credits its fees once, in the order in which the batch met the assets.
    function _settleRuns(Batch memory batch, bytes32 feeTo) internal {
        for (uint256 i = 0; i < batch.runCount; ++i) {
            AssetRun memory run = batch.run;
            uint256 position = batch.runs[i];
            assembly ("memory-safe") {
                run := position
            }
            if (run.assetId == 0) continue;
            if (run.fees != 0) _settleFees(batch, run, feeTo);
            if (run.credited == 0 && run.parked == 0) continue;
            AssetRecord storage record = _assets[uint16(run.assetId)];
            // Both sums stay below 2^104 + 2^104: totalRoom bounds them.
            record.credited += uint112(run.credited);
            record.parked += uint112(run.parked);
        }
    }

    /// @dev Credits the fees of one asset, or parks them under the last entry that paid into them.
    function _settleFees(Batch memory batch, AssetRun memory run, bytes32 feeTo) private {
        uint16 assetId = uint16(run.assetId);
        if (LedgerWords.amountOf(_lines[feeTo][assetId]) + run.fees <= type(uint112).max) {
            return _credit(feeTo, assetId, run.fees, run.enableUnits);
        }
        run.credited -= run.fees;
        run.parked += run.fees;
        Entry memory owed;
        owed.asset = uint16(run.vaultAsset);
        owed.account = feeTo;
        // Fees are parts of credited amounts, whose sum is below 2^104.
        owed.amount = uint128(run.fees);
        _parkAt(batch.source, EdgeLib.sequenceOf(batch.generation, uint64(run.lastFee)), owed, ParkReason.FEE);
    }

    /// @dev Notes an entry that no honest journal holds: the source is quarantined when the batch ends.
    function _refuse(Batch memory batch, uint8 kind) internal {
        batch.refused = true;
        emit ICollateralLedger.EntryRefused(
            batch.source,
            EdgeLib.sequenceOf(batch.generation, uint64(batch.count)),
            kind
        );
    }

    function _park(Batch memory batch, Entry memory entry, ParkReason reason) internal {
        _parkAt(batch.source, EdgeLib.sequenceOf(batch.generation, uint64(batch.count)), entry, reason);
    }

    function _parkAt(uint16 source, uint96 index, Entry memory entry, ParkReason reason) private {
        _parked[source][index] = ParkedCredit({
            account: entry.account,
            // Every parked amount was found to be at most 2^104 − 1.
            amount: uint104(entry.amount),
            fee: entry.fee,
            vaultAsset: entry.asset,
            reason: reason,
            parkedAt: uint32(block.timestamp)
        });
        emit ICollateralLedger.Parked(source, index, entry.account, entry.asset, entry.amount, entry.fee, reason);
    }

    /// @dev Raises a line. Safety: the caller has shown that the line stays below 2^112.
    function _credit(bytes32 account, uint16 assetId, uint256 units, uint256 enableUnits) internal {
        uint256 line = _lines[account][assetId];
        uint256 before = LedgerWords.amountOf(line);
        _lines[account][assetId] = line + units;
        if (before < enableUnits && before + units >= enableUnits) _enableSelf(account, assetId);
    }

    /// @dev Enables the line unless it is enabled or eight others are.
    function _enableSelf(bytes32 account, uint16 assetId) private {
        uint256 lanes = _enabled[account];
        (uint256 lane, uint256 used) = _laneOf(lanes, assetId);
        if (lane != LANES || used >= AUTO_ENABLED_MAX) return;
        _enabled[account] = lanes | (uint256(assetId) << (used * LANE_BITS));
        emit ICollateralLedger.Enabled(account, assetId, true);
    }

    /// @dev What every vault guarantees of the locks that it journals, as far as one entry shows it.
    function _isPlausible(Entry memory entry) private pure returns (bool) {
        return
            entry.asset != 0 &&
            entry.amount <= UNITS_MAX &&
            entry.fee <= entry.amount &&
            _isOwnable(entry.account);
    }

    /// @dev Makes an asset's sums the current ones, opened when the batch first names it.
    ///      The search is in assembly because a Solidity function that returns a struct allocates one per step.
    function _selectRun(Batch memory batch, uint16 vaultAsset) internal view {
        if (batch.run.vaultAsset == vaultAsset) return;
        uint256[] memory runs = batch.runs;
        uint256 runCount = batch.runCount;
        uint256 found;
        assembly ("memory-safe") {
            let cursor := add(runs, 0x20)
            for {
                let end := add(cursor, shl(5, runCount))
            } lt(cursor, end) {
                cursor := add(cursor, 0x20)
            } {
                if eq(mload(mload(cursor)), vaultAsset) {
                    found := mload(cursor)
                    break
                }
            }
        }
        AssetRun memory run = batch.run;
        if (found == 0) {
            run = _openRun(batch.source, vaultAsset);
            assembly ("memory-safe") {
                found := run
            }
            runs[runCount] = found;
            batch.runCount = runCount + 1;
        } else {
            assembly ("memory-safe") {
                run := found
            }
        }
        batch.run = run;
    }

    /// @dev Reads an asset's sums and limits. An asset that is not listed has no sums: all its entries are parked.
    function _openRun(uint16 source, uint16 vaultAsset) internal view returns (AssetRun memory run) {
        run.vaultAsset = vaultAsset;
        uint16 assetId = _assetIdOf(source, vaultAsset);
        if (assetId == 0) {
            run.totalRoom = UNITS_MAX;
            return run;
        }
        AssetRecord storage record = _assets[assetId];
        run.assetId = assetId;
        run.enableUnits = _enableUnits(record);
        (uint256 credited, uint256 parked) = (record.credited, record.parked);
        uint256 cap = _creditPausedUntil(assetId, record) == 0 ? _capUnits(record) : 0;
        run.capRoom = cap > credited ? cap - credited : 0;
        run.totalRoom = UNITS_MAX > credited + parked ? UNITS_MAX - credited - parked : 0;
    }

    /// @dev Reads the entry at a calldata position. Safety: `applyEntries` has checked that it lies within the entries.
    function _readEntry(uint256 cursor) private pure returns (Entry memory) {
        bytes calldata one;
        assembly ("memory-safe") {
            one.offset := cursor
            one.length := 95
        }
        return EntryCodec.entryAt(one, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {BucketMath} from "./BucketMath.sol";
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
    /// @param capRoom token units that still fit under the asset's cap
    /// @param totalRoom token units that an honest vault can still have locked
    /// @param credited token units credited by this batch, with fees
    /// @param parked token units parked by this batch, or taken out of parking as a negative number modulo 2^256
    /// @param fees token units of `credited` that go to the caller's account
    /// @param lastFee number of the last entry that paid into `fees`
    /// @param cap token units
    /// @param whole token units of one whole token
    /// @param held token units on lines when the batch began
    /// @param bucketTat virtual time of the bucket when the batch began
    /// @param bucketRoom token units that the bucket still holds
    /// @param bucketed token units that took a place in it
    /// @param fastUnits most that may be in use unconfirmed
    /// @param fastRoom token units of it that are left
    /// @param fastSpent token units that this batch took of it
    /// @param pool memory position of the underlying's `Pool`, 0 if it has no cap
    /// @param scalings how often the asset was scaled; a line that was scaled less often catches up first
    /// @param waiting token units parked when the batch began
    /// @param slot first slot of the asset's record
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
        uint256 whole;
        uint256 held;
        uint256 bucketTat;
        uint256 bucketRoom;
        uint256 bucketed;
        uint256 fastUnits;
        uint256 fastRoom;
        uint256 fastSpent;
        uint256 pool;
        uint256 scalings;
        uint256 waiting;
        uint256 slot;
    }

    /// @notice A cap over several assets.
    struct Pool {
        uint256 totalWad;
        uint256 capWad;
    }

    /// @notice A batch on its way.
    /// @dev `_replayRun` reads and writes `head`, `count` and `cursor` by their position.
    /// @param head after `count` entries
    /// @param count entries replayed so far, in this generation
    /// @param cursor calldata position of the next entry
    /// @param source index of the source
    /// @param generation of the edge
    /// @param refused true once an entry was none that an honest journal holds
    /// @param start count when the batch began
    /// @param confirmed count that witnesses had confirmed then
    /// @param m witnesses that must confirm, 0 for none
    /// @param contested true if the source is contested
    /// @param pool memory position of the source's `Pool`, 0 if it has no cap
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
        uint256 start;
        uint256 confirmed;
        uint256 m;
        bool contested;
        uint256 pool;
        uint256[] runs;
        uint256 runCount;
        AssetRun run;
    }

    /// @dev Time without a confirmation after which unconfirmed value begins to count.
    uint256 internal constant OPENS_AFTER = 7 days;
    /// @dev Flags of a parked credit.
    uint8 internal constant PARKED_REFUND = 1;
    uint8 internal constant PARKED_UNLISTED = 2;

    /// @dev Replays the entries up to a count. Virtual so that tests can replay with the plain twin alone.
    function _replaySpan(Batch memory batch, uint256 upTo) internal virtual {
        while (batch.count < upTo) {
            _replayRun(batch, upTo);
            if (batch.count < upTo) _replayOne(batch);
        }
    }

    /// @dev Takes entries while they are plain credits of the current asset: LOCK, ownable account, fee within amount,
    ///      amount within every limit and not 0, no line that enables itself, and none that has a scaling to catch up with.
    ///      Safety of the additions: amount ≤ totalRoom keeps the asset's sum, hence every line of it, below 2^104; so the
    ///      sum never carries out of the line's 112 bits.
    function _replayRun(Batch memory batch, uint256 upTo) private {
        uint256 next = _tagAt(batch.cursor);
        if (next >> 16 != EntryCodec.LOCK) return;
        _selectRun(batch, uint16(next));
        AssetRun memory run = batch.run;
        if (run.assetId == 0) return;
        (uint256 room, ) = _capRoomOf(batch, run);
        room = _min(_min(room, run.totalRoom), _min(run.bucketRoom, run.fastRoom));
        uint256 spent = room - _creditRun(batch, run, upTo, room);
        if (spent == 0) return;
        run.totalRoom -= spent;
        _takeFast(batch, run, spent);
        _takeBucket(run, spent);
        _hold(batch, run, spent);
    }

    /// @dev The loop itself, in a frame of its own so that what it uses stays on the stack. Gives what is left of the room.
    function _creditRun(
        Batch memory batch,
        AssetRun memory run,
        uint256 upTo,
        uint256 room
    ) private returns (uint256 left) {
        left = room;
        assembly ("memory-safe") {
            // Beyond the free pointer, as scratch: head ‖ entry (127 bytes of 128), account ‖ the mapping's slot, and
            // assetId ‖ the hash of those two. What stays the same for all entries is written once.
            let scratch := mload(0x40)
            let outer := add(scratch, 0x80)
            let inner := add(scratch, 0xc0)
            mstore(add(outer, 0x20), _lines.slot)
            mstore(inner, mload(add(run, 0x20)))
            let head := mload(batch)
            let cursor := mload(add(batch, 0x40))
            let end := add(cursor, mul(95, sub(upTo, mload(add(batch, 0x20)))))
            // The least that a line must be to be raised without a second look: the asset's scalings, and the amount that
            // enables a line (below 2^128).
            let least := or(shl(249, mload(add(run, 0x260))), mload(add(run, 0x40)))
            // Kind LOCK and the asset: the first three bytes of every entry that may pass.
            let tag := or(shl(16, 1), mload(run))
            for {} lt(cursor, end) {} {
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
                // Amount and scalings in one comparison: as many scalings as the asset, and nothing left to enable.
                if shr(112, sub(and(line, 0xfe0000000000000000000000000000000000ffffffffffffffffffffffffffff), least)) {
                    if xor(shr(249, line), shr(249, least)) {
                        break
                    }
                    let before := and(line, 0xffffffffffffffffffffffffffff)
                    let enableUnits := mload(add(run, 0x40))
                    if lt(before, enableUnits) {
                        if iszero(lt(add(before, sub(amount, fee)), enableUnits)) {
                            break
                        }
                    }
                }
                sstore(slot, add(line, sub(amount, fee)))

                left := sub(left, amount)
                if fee {
                    mstore(add(run, 0xe0), add(mload(add(run, 0xe0)), fee))
                    mstore(add(run, 0x100), sub(add(upTo, 1), div(sub(end, cursor), 95)))
                }
                mstore(scratch, head)
                calldatacopy(add(scratch, 0x20), cursor, 95)
                head := keccak256(scratch, 127)
                cursor := add(cursor, 95)
            }
            mstore(batch, head)
            mstore(add(batch, 0x20), sub(upTo, div(sub(end, cursor), 95)))
            mstore(add(batch, 0x40), cursor)
        }
    }

    /// @dev Replays one entry, whatever it is.
    function _replayOne(Batch memory batch) internal {
        Entry memory entry = _readEntry(batch.cursor);
        batch.head = EntryCodec.extend(batch.head, entry);
        batch.cursor += EntryCodec.LENGTH;
        ++batch.count;

        if (entry.kind == EntryCodec.LOCK) {
            // Named first, judged then, as the fast loop does: the order of assets is that in which locks name them.
            _selectRun(batch, entry.asset);
            if (!_isPlausible(entry, batch.source)) return _refuse(batch, entry.kind);
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
        uint8 flags = countsAgainstCaps ? 0 : PARKED_REFUND;
        if (run.assetId == 0) return _parkUnlisted(batch, entry, flags);
        run.totalRoom -= entry.amount;
        if (batch.m != 0) {
            if (entry.amount > run.fastRoom) {
                run.parked += entry.amount;
                uint256 opensAt = _schedule(batch.source, run, entry.amount);
                return _parkAt(batch, batch.count, entry, ParkReason.UNCONFIRMED, opensAt, flags);
            }
            _takeFast(batch, run, entry.amount);
        }
        if (countsAgainstCaps && !_passesCaps(batch, run, entry)) return;
        _hold(batch, run, entry.amount);
        if (entry.fee != 0) {
            run.fees += entry.fee;
            run.lastFee = batch.count;
        }
        _credit(entry.account, uint16(run.assetId), entry.amount - entry.fee, run.enableUnits);
    }

    /// @dev Takes the entry's place in the bucket; parks the entry and says false if a cap or the bucket does not let it in.
    function _passesCaps(Batch memory batch, AssetRun memory run, Entry memory entry) private returns (bool) {
        (uint256 room, ) = _capRoomOf(batch, run);
        uint256 readyAt = entry.amount > room ? 0 : _placeInBucket(run, entry.amount);
        if (readyAt != 0 && readyAt <= block.timestamp) return true;
        run.parked += entry.amount;
        _parkAt(batch, batch.count, entry, readyAt == 0 ? ParkReason.CAP : ParkReason.LIMIT, readyAt, 0);
        return false;
    }

    /// @dev Without witnesses nothing but the listing is waited for; with them the entry is unconfirmed before all else.
    function _parkUnlisted(Batch memory batch, Entry memory entry, uint8 flags) private {
        if (batch.m == 0) return _parkAt(batch, batch.count, entry, ParkReason.UNLISTED, 0, flags);
        uint256 opensAt = block.timestamp + OPENS_AFTER;
        _parkAt(batch, batch.count, entry, ParkReason.UNCONFIRMED, opensAt, flags | PARKED_UNLISTED);
    }

    /// @dev Token units that fit under the caps of the asset, its source and its underlying, and which of them binds.
    function _capRoomOf(
        Batch memory batch,
        AssetRun memory run
    ) internal pure returns (uint256 room, bytes32 limiter) {
        (room, limiter) = (run.capRoom, "cap");
        if (batch.pool != 0) {
            uint256 other = _poolRoom(run, batch.pool);
            if (other < room) (room, limiter) = (other, "source cap");
        }
        if (run.pool != 0) {
            uint256 other = _poolRoom(run, run.pool);
            if (other < room) (room, limiter) = (other, "underlying cap");
        }
    }

    /// @dev Most token units that may be added to the asset's lines so that the sum over all assets stays within the cap.
    ///      An asset counts its units in WAD of whole tokens, rounded down.
    function _poolRoom(AssetRun memory run, uint256 position) internal pure returns (uint256) {
        Pool memory pool = _poolAt(position);
        if (pool.totalWad >= pool.capWad) return 0;
        uint256 held = run.held + run.credited;
        uint256 reach = (held * WAD) / run.whole + (pool.capWad - pool.totalWad);
        return ((reach + 1) * run.whole - 1) / WAD - held;
    }

    /// @dev Notes units that reach lines of the asset: under its cap, its source's and its underlying's.
    function _hold(Batch memory batch, AssetRun memory run, uint256 units) internal pure {
        run.capRoom -= _min(units, run.capRoom);
        uint256 before = run.held + run.credited;
        run.credited += units;
        _shift(batch, run, before, before + units);
    }

    /// @dev Moves the sums of source and underlying by what the asset's own sum moves.
    function _shift(Batch memory batch, AssetRun memory run, uint256 before, uint256 afterwards) private pure {
        if (batch.pool == 0 && run.pool == 0) return;
        (uint256 less, uint256 more) = ((before * WAD) / run.whole, (afterwards * WAD) / run.whole);
        if (batch.pool != 0) _move(_poolAt(batch.pool), less, more);
        if (run.pool != 0) _move(_poolAt(run.pool), less, more);
    }

    function _move(Pool memory pool, uint256 less, uint256 more) private pure {
        uint256 total = pool.totalWad + more;
        pool.totalWad = total > less ? total - less : 0;
    }

    function _takeFast(Batch memory batch, AssetRun memory run, uint256 units) internal pure {
        if (batch.m == 0) return;
        run.fastRoom -= units;
        run.fastSpent += units;
    }

    function _takeBucket(AssetRun memory run, uint256 units) internal pure {
        run.bucketRoom -= units;
        run.bucketed += units;
    }

    /// @dev Gives an amount its place in the bucket and the time in seconds at which it passes; 0, and no place, if the bucket
    ///      is spoken for too far ahead.
    function _placeInBucket(AssetRun memory run, uint256 amount) internal view returns (uint256 readyAt) {
        if (amount <= run.bucketRoom) {
            _takeBucket(run, amount);
            return block.timestamp;
        }
        if (run.cap == 0) return 0;
        uint256 tat = BucketMath.after_(run.bucketTat, run.bucketed + amount, run.cap);
        if (!BucketMath.isNear(tat)) return 0;
        run.bucketRoom = 0;
        run.bucketed += amount;
        // More than the room was left, so this lies ahead.
        readyAt = BucketMath.readyAt(tat);
    }

    /// @dev Gives an unconfirmed amount its time in the asset's schedule: seven days from now, and no sooner after the one
    ///      before it than the amount takes at a fast limit a day. 0, and no place, if there is no fast limit.
    function _schedule(uint16 source, AssetRun memory run, uint256 amount) internal returns (uint256 opensAt) {
        AssetRecord storage record = _assets[uint16(run.assetId)];
        opensAt = _opensAt(source, run, record, amount);
        if (opensAt == 0) return 0;
        record.openAt = uint32(opensAt);
        record.openSetAt = uint32(block.timestamp);
    }

    function _opensAt(
        uint16 source,
        AssetRun memory run,
        AssetRecord storage record,
        uint256 amount
    ) internal view returns (uint256 opensAt) {
        if (run.fastUnits == 0) return 0;
        opensAt = block.timestamp + OPENS_AFTER;
        uint256 last = record.openAt;
        if (last != 0) {
            last = _delayed(source, record.openSetAt, last) + (amount * 1 days + run.fastUnits - 1) / run.fastUnits;
            if (last > opensAt) opensAt = last;
        }
        // Times past 2106 are no times any more; the last second of them stands for all.
        return _min(opensAt, type(uint32).max);
    }

    /// @dev A time at which something unconfirmed opens, put off by a witness that conflicted since it was set.
    function _delayed(uint16 source, uint256 setAt, uint256 opensAt) internal view returns (uint256) {
        uint256 conflictAt = _conflictAt[source];
        if (conflictAt < setAt || conflictAt == 0) return opensAt;
        return (opensAt > conflictAt ? opensAt : conflictAt) + OPENS_AFTER;
    }

    /// @dev What was taken from the fast limit, and how much of it is known to be confirmed, as a batch that begins at `start`
    ///      finds them; `checkpoint` is the count at which `cum` can next be known to be confirmed, 0 for none.
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
        if (checkpoint != 0 && confirmed >= checkpoint) (base, checkpoint, atCheckpoint) = (atCheckpoint, 0, 0);
        if (checkpoint == 0 && cum != base) (checkpoint, atCheckpoint) = (uint64(start), cum);
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
            if (run.credited != 0 || run.parked != 0 || run.bucketed != 0) _settleRun(batch, run);
        }
        if (batch.pool != 0) _sources[batch.source].totalWad = _poolTotal(batch.pool);
    }

    function _settleRun(Batch memory batch, AssetRun memory run) private {
        AssetRecord storage record;
        uint256 slot = run.slot;
        assembly ("memory-safe") {
            record.slot := slot
        }
        uint256 tat = run.bucketTat;
        if (run.bucketed != 0) tat = BucketMath.after_(tat, run.bucketed, run.cap);
        unchecked {
            // Both sums stay below 2^104: totalRoom bounds them, and what leaves parking was in its sum. One write for the
            // three fields: they are a slot.
            uint256 word = (run.held + run.credited) | ((run.waiting + run.parked) << 104) | (tat << 208);
            assembly ("memory-safe") {
                sstore(add(slot, 1), word)
            }
        }
        if (run.fastSpent != 0) _settleFast(batch, run, record);
        if (run.pool != 0) _underlyings[record.underlying].totalWad = _poolTotal(run.pool);
    }

    /// @dev Adds to what was taken from the fast limit, modulo 2^112.
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
        if (checkpoint != record.openCount) (record.openCount, record.cumFastOpen) = (checkpoint, atCheckpoint);
    }

    function _poolTotal(uint256 position) private pure returns (uint128) {
        return uint128(_min(_poolAt(position).totalWad, type(uint128).max));
    }

    function _poolAt(uint256 position) private pure returns (Pool memory pool) {
        assembly ("memory-safe") {
            pool := position
        }
    }

    /// @dev Credits the fees of one asset, or parks them under the last entry that paid into them.
    function _settleFees(Batch memory batch, AssetRun memory run, bytes32 feeTo) private {
        uint16 assetId = uint16(run.assetId);
        if (LedgerWords.amountOf(_lines[feeTo][assetId]) + run.fees <= type(uint112).max) {
            return _credit(feeTo, assetId, run.fees, run.enableUnits);
        }
        uint256 held = run.held + run.credited;
        _shift(batch, run, held, held - run.fees);
        run.credited -= run.fees;
        run.parked += run.fees;
        Entry memory owed;
        owed.asset = uint16(run.vaultAsset);
        owed.account = feeTo;
        // Fees are parts of credited amounts, whose sum is below 2^104.
        owed.amount = uint128(run.fees);
        _parkAt(batch, run.lastFee, owed, ParkReason.FEE, 0, 0);
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

    /// @dev Says whether m witnesses have confirmed a count at or past the entry.
    function _isConfirmed(Batch memory batch, uint96 index) internal pure returns (bool) {
        return index >> 64 == batch.generation && uint64(index) <= batch.confirmed;
    }

    /// @dev Keeps a credit until its reason is gone. Its amount was found to be at most 2^104 − 1.
    function _parkAt(
        Batch memory batch,
        uint256 count,
        Entry memory entry,
        ParkReason reason,
        uint256 readyAt,
        uint8 flags
    ) private {
        uint96 index = EdgeLib.sequenceOf(batch.generation, uint64(count));
        _parked[batch.source][index] = ParkedCredit({
            account: entry.account,
            amount: uint104(entry.amount),
            fee: entry.fee,
            vaultAsset: entry.asset,
            reason: reason,
            parkedAt: uint32(block.timestamp),
            readyAt: uint40(readyAt),
            flags: flags,
            scalings: _scalingsOf(batch.source, entry.asset)
        });
        emit ICollateralLedger.Parked(
            batch.source,
            index,
            entry.account,
            entry.asset,
            entry.amount,
            entry.fee,
            reason
        );
    }

    /// @dev Raises a line. Safety: the caller has shown that the line stays below 2^112.
    function _credit(bytes32 account, uint16 assetId, uint256 units, uint256 enableUnits) internal {
        uint256 line = _lineOf(account, assetId);
        uint256 before = LedgerWords.amountOf(line);
        _lines[account][assetId] = line + units;
        if (before < enableUnits && before + units >= enableUnits) _enableSelf(account, assetId);
    }

    /// @dev What every vault guarantees of the locks that it journals, as far as one entry shows it.
    function _isPlausible(Entry memory entry, uint16 source) private pure returns (bool) {
        return
            entry.asset != 0 &&
            entry.amount <= UNITS_MAX &&
            entry.fee <= entry.amount &&
            _isCreditable(entry.account, source);
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
            run = _openRun(batch, vaultAsset);
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

    /// @dev A batch that begins where the replica stands.
    /// @param assetsMax most assets that it can name
    function _openBatch(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica,
        uint256 assetsMax
    ) internal view returns (Batch memory batch) {
        batch.head = replica.head;
        batch.start = batch.count = replica.count;
        batch.source = source;
        batch.generation = replica.generation;
        batch.runs = new uint256[](assetsMax);
        uint256 word = _sourceWord(record);
        // Bits 120–127 are m, bits 144–151 its flags, see `LineWords`.
        batch.m = uint8(word >> 120);
        if (batch.m != 0) {
            batch.confirmed = replica.confirmed;
            batch.contested = _stateOf(record) == SourceState.CONTESTED;
        }
        if (uint8(word >> 144) & SOURCE_CAPPED != 0) batch.pool = _openPool(record.totalWad, record.capWad);
    }

    function _openPool(uint256 totalWad, uint256 capWad) private pure returns (uint256 position) {
        Pool memory pool = Pool(totalWad, capWad);
        assembly ("memory-safe") {
            position := pool
        }
    }

    /// @dev Reads an asset's sums and limits. An asset that is not listed has no sums: all its entries are parked.
    function _openRun(Batch memory batch, uint16 vaultAsset) internal view returns (AssetRun memory run) {
        run.vaultAsset = vaultAsset;
        uint16 assetId = _assetIdOf(batch.source, vaultAsset);
        if (assetId == 0) {
            run.totalRoom = UNITS_MAX;
            return run;
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
        run.whole = 10 ** LedgerWords.decimalsOf(terms);
        run.enableUnits = _enableOf(terms, run.whole);
        if (flags & ASSET_SCALED != 0) run.scalings = _impairments[batch.source][vaultAsset].scalings;
        uint256 cap = _capOf(terms, run.whole);
        (uint256 credited, uint256 parked) = (uint104(sums), uint104(sums >> 104));
        (run.cap, run.held, run.waiting, run.bucketTat) = (cap, credited, parked, sums >> 208);
        bool taken = flags & (ASSET_PAUSE_HINT | ASSET_IMPAIRED) == 0 || _takesCredit(assetId, record);
        if (taken && cap > credited) run.capRoom = cap - credited;
        run.totalRoom = UNITS_MAX > credited + parked ? UNITS_MAX - credited - parked : 0;
        run.bucketRoom = BucketMath.roomOf(run.bucketTat, cap);
        (run.fastUnits, run.fastRoom) = (type(uint256).max, type(uint256).max);
        if (batch.m != 0) _openFast(batch, run, record);
        if (flags & ASSET_UNDERLYING_CAPPED != 0) run.pool = _poolOf(batch, LedgerWords.underlyingOf(terms));
    }

    /// @dev Says whether new credit of the asset is taken: it is neither paused nor impaired.
    function _takesCredit(uint16 assetId, AssetRecord storage record) internal view returns (bool) {
        return record.flags & ASSET_IMPAIRED == 0 && _creditPausedUntil(assetId, record) == 0;
    }

    function _openFast(Batch memory batch, AssetRun memory run, AssetRecord storage record) private view {
        run.fastUnits = (run.cap * record.fastBp) / (batch.contested ? 40_000 : 10_000);
        (uint112 cum, uint112 base, , ) = _fastOf(record, batch.start, batch.confirmed);
        unchecked {
            uint256 unconfirmed = uint112(cum - base);
            run.fastRoom = run.fastUnits > unconfirmed ? run.fastUnits - unconfirmed : 0;
        }
    }

    /// @dev The underlying's sum as the batch has left it, read when the batch first meets the underlying.
    function _poolOf(Batch memory batch, uint16 underlying) private view returns (uint256) {
        for (uint256 i = 0; i < batch.runCount; ++i) {
            AssetRun memory other = batch.run;
            uint256 position = batch.runs[i];
            assembly ("memory-safe") {
                other := position
            }
            if (other.pool != 0 && _assets[uint16(other.assetId)].underlying == underlying) return other.pool;
        }
        UnderlyingRecord storage record = _underlyings[underlying];
        return _openPool(record.totalWad, record.capWad);
    }

    /// @dev Kind and asset of the entry at a calldata position: its first three bytes.
    function _tagAt(uint256 cursor) private pure returns (uint256 tag) {
        assembly ("memory-safe") {
            tag := shr(232, calldataload(cursor))
        }
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

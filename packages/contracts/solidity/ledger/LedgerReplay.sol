// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerRewind} from "../interfaces/ledger/ILedgerLosses.sol";
import {ParkReason, ParkedCredit} from "../interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {LedgerSeasons} from "./LedgerSeasons.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Replaying a vault's journal into lines
/// @notice Walks over packed entries, folds the head and applies each entry's effect. `ILedgerCore` is the manual.
/// @dev `_creditRun` is the only assembly that writes lines. It takes plain credits of one asset until it meets any
///      other entry, and leaves that one to `_replayOne`, which handles every kind. Replaying with `_replayOne` alone
///      gives the same result: fuzzing compares the two (test/LedgerReplay.t.sol). No entry can revert here.
abstract contract LedgerReplay is LedgerSeasons {
    /// @dev A batch that names more assets leaves fees with the credits that it parks. Each asset's first fee may write
    ///      a new line, and 64 of them beside 64 parked credits would exceed 8 M gas (I14).
    uint256 private constant PAID_FIRST_ASSETS = 8;

    /// @dev Replays the entries up to a count. Virtual so that tests can replay with `_replayOne` alone.
    function _replaySpan(Batch memory batch, uint256 upTo) internal virtual {
        while (batch.count < upTo) {
            if (!batch.orphans) _replayRun(batch, upTo);
            if (batch.count < upTo) _replayOne(batch);
        }
    }

    /// @dev Takes entries while they are plain credits of the current asset: LOCK, ownable account, fee within amount,
    ///      amount not 0 and within every limit and the season level, and no line that enables itself.
    ///      Safety of the additions: amount ≤ totalRoom keeps the asset's sum, hence every line of it, below 2^104. So
    ///      the sum never carries out of the line's 112 bits.
    function _replayRun(Batch memory batch, uint256 upTo) private {
        uint256 next = _tagAt(batch.cursor);
        if (next >> 16 != EntryCodec.LOCK) return;
        _selectRun(batch, uint16(next));
        AssetRun memory run = batch.run;
        if (run.assetId == 0) return;
        uint256 room = _min(_min(run.capRoom, run.totalRoom), _min(run.seasonRoom, run.fastRoom));
        uint256 spent = room - _creditRun(batch, run, upTo, room);
        if (spent == 0) return;
        run.totalRoom -= spent;
        _takeFast(batch, run, spent);
        _takeBucket(run, spent);
        _hold(run, spent);
    }

    /// @dev The replay loop, in a separate frame so that its variables stay on the stack. Returns the remaining room.
    function _creditRun(
        Batch memory batch,
        AssetRun memory run,
        uint256 upTo,
        uint256 room
    ) private returns (uint256 left) {
        left = room;
        assembly ("memory-safe") {
            // Memory below 0x80 holds head ‖ entry (127 bytes), later account ‖ the mapping's slot over the entry's end: fixed
            // positions cost less than those beyond the free pointer, which is put back below with the zero after it.
            // Beyond it: assetId ‖ the hash of those two, and the position of the last entry with a fee.
            let pair := mload(0x40)
            mstore(0x00, mload(batch))
            mstore(pair, mload(add(run, 0x20)))
            mstore(add(pair, 0x40), 0)
            let cursor := mload(add(batch, 0x40))
            let end := add(cursor, mul(95, sub(upTo, mload(add(batch, 0x20)))))
            // Kind LOCK and the asset: the first three bytes of every entry that this loop accepts.
            let tag := shl(232, or(shl(16, 1), mload(run)))
            // The line amount from which a line enables itself, in the upper 112 bits. One above 2^112 is out of any line's reach;
            // cut like this it leaves more entries to `_replayOne`, which knows it.
            let least := shl(144, mload(add(run, 0x40)))
            for {} 1 {} {
                calldatacopy(0x20, cursor, 95)
                // Above 2^128, hence above the room, if the tag differs.
                let amount := shr(104, xor(mload(0x20), tag))
                let fee := shr(160, mload(0x73))
                let owner := shr(80, mload(0x33))
                // Left to `_replayOne`: a fee of the whole amount, hence also an amount of 0; what exceeds the room; an account
                // with a home or without an owner. Without a home, the rest of the account's upper bits is its owner.
                if or(
                    iszero(and(gt(amount, fee), lt(cursor, end))),
                    or(gt(amount, left), or(iszero(owner), and(owner, 0xffff)))
                ) {
                    break
                }
                let head := keccak256(0x00, 127)
                mstore(0x53, _lines.slot)
                mstore(add(pair, 0x20), keccak256(0x33, 0x40))
                let slot := keccak256(pair, 0x40)
                {
                    let line := sload(slot)
                    let next := add(line, sub(amount, fee))
                    if lt(shl(144, line), least) {
                        if iszero(lt(shl(144, next), least)) {
                            break
                        }
                    }
                    sstore(slot, next)
                }
                mstore(0x00, head)
                left := sub(left, amount)
                if fee {
                    mstore(add(run, 0xe0), add(mload(add(run, 0xe0)), fee))
                    mstore(add(pair, 0x40), cursor)
                }
                cursor := add(cursor, 95)
            }
            // From a calldata position to the number of an entry.
            let paid := mload(add(pair, 0x40))
            if paid {
                mstore(add(run, 0x100), sub(add(upTo, 1), div(sub(end, paid), 95)))
            }
            mstore(batch, mload(0x00))
            mstore(add(batch, 0x20), sub(upTo, div(sub(end, cursor), 95)))
            mstore(add(batch, 0x40), cursor)
            mstore(0x40, pair)
            mstore(0x60, 0)
        }
    }

    /// @dev Replays one entry of any kind.
    function _replayOne(Batch memory batch) internal {
        Entry memory entry = EntryCodec.entryAt(EntryCodec.spanAt(batch.cursor, 1), 0);
        batch.head = EntryCodec.extend(batch.head, entry);
        batch.cursor += EntryCodec.LENGTH;
        ++batch.count;

        if (batch.orphans) {
            bytes calldata packed = _last(batch);
            // An orphan that comes again already had its effect. Kinds that credit nothing have no orphans.
            if (_orphans[batch.source][keccak256(packed)].count != 0) {
                ILedgerRewind(address(this)).comeAgain(batch.source, uint96(batch.count), packed);
                return;
            }
        }
        if (entry.kind == EntryCodec.LOCK) {
            // Selected before it is judged, as in the fast loop: assets are ordered as locks name them.
            _selectRun(batch, entry.asset);
            if (!_isPlausible(entry, batch.source)) return _refuse(batch, entry.kind);
            return _creditEntry(batch, entry);
        }
        if (!EntryCodec.isVaultKind(entry.kind) || entry.fee != 0 || entry.amount > UNITS_MAX) {
            return _refuse(batch, entry.kind);
        }
        _replayKind(batch, entry);
    }

    /// @dev Applies an entry of a kind other than LOCK. Called with a known kind, no fee and an amount of at most 2^104
    ///      − 1; other conditions of the kind are checked here. Must not revert. Must not change `batch.head`, `count`
    ///      and `cursor`, which already stand after the entry.
    function _replayKind(Batch memory batch, Entry memory entry) internal virtual {
        _refuse(batch, entry.kind);
    }

    /// @dev Credits the amount of an entry to its account, or parks it. The ledger's limits are checked only here.
    ///      `entry.asset` is above 0, the account ownable, the fee within the amount, and the amount at most 2^104 − 1.
    /// @param batch on its way; `batch.count` is the entry's number
    /// @param entry whose asset, amount, fee and account are used
    function _creditEntry(Batch memory batch, Entry memory entry) internal {
        _selectRun(batch, entry.asset);
        AssetRun memory run = batch.run;
        if (entry.amount > run.totalRoom) return _refuse(batch, entry.kind);
        if (batch.orphans) _lessSpent(batch, entry);
        if (entry.amount == 0) return;
        if (run.assetId == 0) return _parkUnlisted(batch, entry);
        run.totalRoom -= entry.amount;
        if (batch.m != 0) {
            if (entry.amount > run.fastRoom) {
                if (entry.fee <= run.fastRoom) _takeFast(batch, run, _payFirst(batch, run, entry));
                uint256 opensAt = _schedule(batch, entry.amount, batch.count);
                return _park(batch, run, entry, ParkReason.UNCONFIRMED, opensAt);
            }
            _takeFast(batch, run, entry.amount);
        }
        uint256 fresh = _freshOf(run, entry.amount);
        uint256 end = entry.amount > run.capRoom ? 0 : _placeInBucket(run, entry.amount);
        if (end == 0) {
            _payFirst(batch, run, entry);
            return _park(batch, run, entry, ParkReason.CAP, 0);
        }
        end = _max(end, batch.seasonEnd);
        // The fee is unseasoned first, so that no fee leaves before its time.
        uint256 freshFee = _min(entry.fee, fresh);
        fresh -= freshFee;
        uint256 readyAt = _dustUntil(entry.account, run, fresh, end);
        if (entry.fee != 0 && (readyAt == 0 || batch.runCount <= PAID_FIRST_ASSETS)) {
            _noteFee(batch, run, entry, freshFee, end);
        }
        if (readyAt != 0) return _park(batch, run, entry, ParkReason.SEASON, readyAt);
        _hold(run, entry.amount);
        _credit(run, entry.account, entry.amount, fresh, end);
    }

    /// @dev Takes the fee of a credit that will be parked under the cap and into the bucket, if they have room for the
    ///      fee itself: relayers are paid for parked credits too. Returns the units of the fee taken; fewer than the
    ///      entry's amount, which is above a limit.
    function _payFirst(Batch memory batch, AssetRun memory run, Entry memory entry) private view returns (uint256 fee) {
        fee = entry.fee;
        if (fee == 0 || fee > run.capRoom || batch.runCount > PAID_FIRST_ASSETS) return 0;
        uint256 fresh = _freshOf(run, fee);
        uint256 end = _placeInBucket(run, fee);
        if (end == 0) return 0;
        _noteFee(batch, run, entry, fresh, _max(end, batch.seasonEnd));
    }

    /// @dev Records the fee of an entry, part of it unseasoned until `end`, and leaves the rest in the entry.
    function _noteFee(
        Batch memory batch,
        AssetRun memory run,
        Entry memory entry,
        uint256 fresh,
        uint256 end
    ) private pure {
        _hold(run, entry.fee);
        run.fees += entry.fee;
        run.lastFee = batch.count;
        if (fresh != 0) (run.freshFees, run.feesEnd) = (run.freshFees + fresh, _max(run.feesEnd, end));
        (entry.amount, entry.fee) = (entry.amount - entry.fee, 0);
    }

    /// @dev Parks an entry of a listed asset.
    function _park(
        Batch memory batch,
        AssetRun memory run,
        Entry memory entry,
        ParkReason reason,
        uint256 readyAt
    ) private {
        run.parked += entry.amount;
        _parkAt(batch, uint96(batch.count), entry, reason, readyAt, 0);
    }

    /// @dev Without witnesses the entry waits only for the listing. With them it is unconfirmed first.
    function _parkUnlisted(Batch memory batch, Entry memory entry) private {
        uint96 index = uint96(batch.count);
        if (batch.m == 0) return _parkAt(batch, index, entry, ParkReason.UNLISTED, 0, 0);
        uint256 opensAt = block.timestamp + OPENS_AFTER;
        _parkAt(batch, index, entry, ParkReason.UNCONFIRMED, opensAt, PARKED_UNLISTED);
    }

    /// @dev Writes each asset's sums once and credits its fees once, in the order in which the batch met the assets.
    function _settleRuns(Batch memory batch, bytes32 feeTo) internal {
        for (uint256 position = batch.first; position != 0;) {
            AssetRun memory run = batch.run;
            assembly ("memory-safe") {
                run := position
            }
            position = run.next;
            if (run.assetId == 0) continue;
            if (run.fees != 0) _settleFees(batch, run, feeTo);
            if (run.credited | run.parked | run.bucketed | run.fastSpent != 0) _settleRun(batch, run);
        }
    }

    /// @dev Credits the fees of one asset, or parks them under the last entry that paid into them.
    function _settleFees(Batch memory batch, AssetRun memory run, bytes32 feeTo) private {
        uint256 readyAt = _dustUntil(feeTo, run, run.freshFees, run.feesEnd);
        uint256 before = LedgerWords.amountOf(_lines[feeTo][uint16(run.assetId)]);
        if (readyAt == 0) {
            if (before + run.fees <= type(uint112).max)
                return _credit(run, feeTo, run.fees, run.freshFees, run.feesEnd);
            readyAt = run.feesEnd;
        }
        run.credited -= run.fees;
        run.parked += run.fees;
        Entry memory owed;
        owed.asset = uint16(run.vaultAsset);
        owed.account = feeTo;
        // Fees are parts of credited amounts, whose sum is below 2^104.
        owed.amount = uint128(run.fees);
        uint96 generation = ReplicaLib.locate(_sources[batch.source].edge).generation;
        uint96 index = PARKED_FEES | (generation << 64) | uint96(run.lastFee);
        _parkAt(batch, index, owed, ParkReason.FEE, readyAt, 0);
    }

    /// @dev Records an entry that no honest journal holds. The source is quarantined when the batch ends.
    function _refuse(Batch memory batch, uint8 kind) internal {
        batch.refused = true;
        emit ILedgerCore.EntryRefused(batch.source, _withoutEffect(batch), kind);
    }

    /// @dev Records that the entry changed nothing, so that unwinding it changes nothing. Returns its number.
    function _withoutEffect(Batch memory batch) internal returns (uint96 index) {
        index = uint96(batch.count);
        _ineffective[batch.source][index] = true;
    }

    /// @dev Reduces an entry that was taken back by the units that were missing: the account already had those, and its
    ///      relayer the fee.
    function _lessSpent(Batch memory batch, Entry memory entry) private {
        bytes calldata packed = _last(batch);
        if (_orphans[batch.source][keccak256(packed)].taken == 0) return;
        uint256 had = ILedgerRewind(address(this)).comeAgain(batch.source, uint96(batch.count), packed);
        // At most the amount.
        entry.amount -= uint128(had);
        entry.fee = 0;
    }

    /// @dev The entry that was replayed last.
    function _last(Batch memory batch) private pure returns (bytes calldata) {
        return EntryCodec.spanAt(batch.cursor - EntryCodec.LENGTH, 1);
    }

    /// @dev Keeps a credit until the reason for parking is gone. Its amount is at most 2^104 − 1.
    function _parkAt(
        Batch memory batch,
        uint96 index,
        Entry memory entry,
        ParkReason reason,
        uint256 readyAt,
        uint8 flags
    ) private {
        _parked[batch.source][index] = ParkedCredit({
            account: entry.account,
            amount: uint104(entry.amount),
            fee: entry.fee,
            vaultAsset: entry.asset,
            reason: reason,
            parkedAt: uint32(block.timestamp),
            readyAt: uint40(readyAt),
            flags: flags
        });
        emit ILedgerCore.Parked(batch.source, index, entry.account, entry.asset, entry.amount, entry.fee, reason);
    }

    /// @dev Checks what every honest vault guarantees about its locks, as far as one entry shows it.
    function _isPlausible(Entry memory entry, uint16 source) private pure returns (bool) {
        return
            entry.asset != 0 &&
            entry.amount <= UNITS_MAX &&
            entry.fee <= entry.amount &&
            _isCreditable(entry.account, source);
    }

    /// @dev Kind and asset of the entry at a calldata position: its first three bytes.
    function _tagAt(uint256 cursor) private pure returns (uint256 tag) {
        assembly ("memory-safe") {
            tag := shr(232, calldataload(cursor))
        }
    }
}

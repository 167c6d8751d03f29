// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Replica, ReplicaLib} from "../libraries/ReplicaLib.sol";
import {JournalHead} from "../libraries/Statements.sol";
import {LedgerSources} from "./LedgerSources.sol";

/// @title What witnesses know of a source's journal
/// @notice Confirms stored marks, and stops for a witness that recorded another head; `ICollateralLedger` is the manual.
/// @dev Safety: the attested head alone decides what is ours, so nobody can make a witness conflict with anything but a head
///      that k attesters signed. A witness is asked by `staticcall` with bounded gas: one that fails is silent.
abstract contract LedgerWitnesses is LedgerSources, ICollateralLedger {
    uint256 private constant WITNESS_GAS = 100_000;
    bytes32 private constant STATE_PROOF = "state-proof";

    /// @inheritdoc ICollateralLedger
    function confirm(uint16 source, uint8 witness, uint64 count) external {
        SourceRecord storage record = _acceptingSource(source);
        if (!_isRead(record, witness)) revert WitnessNotRead(source, witness);
        Replica storage replica = ReplicaLib.locate(record.edge);
        bytes32 ours = count == replica.count ? replica.head : replica.marks[count];
        if (ours == 0 || count > replica.count) revert NotMarked(source, count);
        bytes32 theirs = _recordOf(_witnesses[source][witness].at, record.edge, count);
        if (theirs == 0) revert WitnessSilent(source, witness, count);
        if (theirs != ours) {
            if (!_witnesses[source][witness].mayConflict) revert WitnessDiffers(source, witness, count, theirs);
            return _noteConflict(source, record, witness, count, ours, theirs);
        }
        uint256 lanes = replica.confirmedBy;
        uint256 shift = uint256(witness) * 64;
        if (uint64(lanes >> shift) >= count) revert NothingNew(count, uint64(lanes >> shift));
        lanes = (lanes & ~(uint256(type(uint64).max) << shift)) | (uint256(count) << shift);
        replica.confirmedBy = lanes;
        emit Confirmed(source, witness, count);
        uint64 reached = _highest(lanes, record.m);
        if (reached > replica.confirmed) replica.confirmed = reached;
    }

    /// @inheritdoc ICollateralLedger
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external {
        SourceRecord storage record = _listedSource(source);
        Replica storage replica = ReplicaLib.locate(record.edge);
        uint256 end = count + EntryCodec.countOf(entries);
        if (count == 0 || end > replica.count) revert MarkOutOfRange(count, 0, replica.count);
        bytes32 known = end == replica.count ? replica.head : replica.marks[uint64(end)];
        bytes32 reached = EntryCodec.fold(head, entries);
        if (known == 0 || reached != known) revert HeadMismatch(reached, known);
        replica.marks[count] = head;
    }

    /// @inheritdoc ICollateralLedger
    function witnessOf(
        uint16 source,
        uint8 witness
    ) external view returns (address at, bool mayConflict, bool conflicted, uint64 confirmed) {
        SourceRecord storage record = _listedSource(source);
        WitnessRecord storage kept = _witnesses[source][witness];
        // forge-lint: disable-next-line(incorrect-shift)
        conflicted = record.witnessMask & (WITNESS_CONFLICTED << witness) != 0;
        confirmed = uint64(ReplicaLib.locate(record.edge).confirmedBy >> (uint256(witness) * 64));
        return (kept.at, kept.mayConflict, conflicted, confirmed);
    }

    /// @inheritdoc ICollateralLedger
    function confirmedOf(uint16 source) external view returns (uint64 confirmed, uint40 conflictAt) {
        return (ReplicaLib.locate(_listedSource(source).edge).confirmed, _conflictAt[source]);
    }

    /// @dev Compares the heads at the marks with what witnesses recorded, before anything is applied. True if one of them
    ///      shows another head: that is on record then, and nothing else may happen.
    ///      Entries that do not lead to the attested head revert: else a caller could forge a conflict.
    function _isContradicted(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica,
        uint256 cursor,
        uint64[] calldata marks,
        JournalHead calldata statement
    ) internal returns (bool) {
        if (record.witnessMask & 0xf == 0) return false;
        bytes32[] memory heads = new bytes32[](marks.length);
        (bytes32 head, uint64 count) = (replica.head, replica.count);
        for (uint256 i = 0; i < marks.length; ++i) {
            heads[i] = head = _foldAt(head, cursor, marks[i] - count);
            cursor += (marks[i] - count) * EntryCodec.LENGTH;
            count = marks[i];
        }
        head = _foldAt(head, cursor, statement.count - count);
        if (head != statement.head) revert HeadMismatch(head, statement.head);
        for (uint8 witness = 0; witness < WITNESSES_MAX; ++witness) {
            if (!_isRead(record, witness) || !_witnesses[source][witness].mayConflict) continue;
            for (uint256 i = 0; i < marks.length; ++i) {
                bytes32 theirs = _recordOf(_witnesses[source][witness].at, record.edge, marks[i]);
                if (theirs == 0 || theirs == heads[i]) continue;
                _noteConflict(source, record, witness, marks[i], heads[i], theirs);
                return true;
            }
        }
        return false;
    }

    /// @dev One conflict makes the source contested; a second one, or a state proof, puts it into quarantine. The witness is
    ///      not read again; what it confirmed stays.
    function _noteConflict(
        uint16 source,
        SourceRecord storage record,
        uint8 witness,
        uint64 count,
        bytes32 ours,
        bytes32 theirs
    ) private {
        // forge-lint: disable-next-line(incorrect-shift)
        uint16 mask = (record.witnessMask & ~(WITNESS_READ << witness)) | (WITNESS_CONFLICTED << witness);
        record.witnessMask = mask;
        _conflictAt[source] = uint40(block.timestamp);
        emit Conflict(source, witness, count, ours, theirs);
        uint256 conflicts = mask >> 4;
        bool several = conflicts & (conflicts - 1) != 0;
        if (several || _kindOf(_witnesses[source][witness].at) == STATE_PROOF) {
            _quarantine(source, record, uint40(block.timestamp + FREEZE_MAX), "conflict");
        } else {
            _setState(source, record, _calmOf(record), 0, "conflict");
        }
    }

    function _isRead(SourceRecord storage record, uint8 witness) private view returns (bool) {
        // forge-lint: disable-next-line(incorrect-shift)
        return witness < WITNESSES_MAX && record.witnessMask & (WITNESS_READ << witness) != 0;
    }

    /// @dev What a witness recorded, 0 if nothing or if it fails. Nobody makes one fail by giving too little gas.
    function _recordOf(address witness, bytes32 edge, uint64 count) private view returns (bytes32) {
        return _ask(witness, abi.encodeCall(IHeadWitness.headAt, (edge, count)));
    }

    function _kindOf(address witness) private view returns (bytes32) {
        return _ask(witness, abi.encodeCall(IHeadWitness.kind, ()));
    }

    function _ask(address witness, bytes memory question) private view returns (bytes32 answer) {
        uint256 needed = WITNESS_GAS + WITNESS_GAS / 63 + 5_000;
        if (gasleft() < needed) revert GasTooLow(gasleft(), needed);
        assembly ("memory-safe") {
            let answered := staticcall(WITNESS_GAS, witness, add(question, 0x20), mload(question), 0, 0x20)
            if and(answered, gt(returndatasize(), 0x1f)) {
                answer := mload(0)
            }
        }
    }

    /// @dev The m-th highest of four lanes of 64 bits.
    function _highest(uint256 lanes, uint256 m) private pure returns (uint64 reached) {
        for (uint256 i = 0; i < WITNESSES_MAX; ++i) {
            uint64 candidate = uint64(lanes >> (i * 64));
            uint256 atLeast = 0;
            for (uint256 j = 0; j < WITNESSES_MAX; ++j) {
                if (uint64(lanes >> (j * 64)) >= candidate) ++atLeast;
            }
            if (atLeast >= m && candidate > reached) reached = candidate;
        }
    }

    /// @dev The head after `count` entries of the batch, from a calldata position on. Safety: `applyEntries` has checked that
    ///      they lie within the entries.
    function _foldAt(bytes32 head, uint256 cursor, uint256 count) private pure returns (bytes32) {
        bytes calldata span;
        assembly ("memory-safe") {
            span.offset := cursor
            span.length := mul(count, 95)
        }
        return EntryCodec.fold(head, span);
    }
}

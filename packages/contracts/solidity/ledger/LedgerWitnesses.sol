// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Replica} from "../libraries/ReplicaLib.sol";
import {JournalHead} from "../libraries/Statements.sol";
import {LedgerSources} from "./LedgerSources.sol";

/// @title What witnesses recorded of a source's journal
/// @notice Asks them, and stops for one that recorded another head.
/// @dev Safety: the attested head alone decides what is ours, so nobody can make a witness conflict with anything but a head
///      that k attesters signed. A witness is asked by `staticcall` with bounded gas: one that fails is silent.
abstract contract LedgerWitnesses is LedgerSources {
    bytes32 private constant STATE_PROOF = "state-proof";

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
        if (head != statement.head) revert ICollateralLedger.HeadMismatch(head, statement.head);
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
    ) internal {
        // forge-lint: disable-next-line(incorrect-shift)
        uint16 mask = (record.witnessMask & ~(WITNESS_READ << witness)) | (WITNESS_CONFLICTED << witness);
        record.witnessMask = mask;
        _conflictAt[source] = uint40(block.timestamp);
        emit ICollateralLedger.Conflict(source, witness, count, ours, theirs);
        uint256 conflicts = mask & WITNESSES_CONFLICTED;
        bool several = conflicts & (conflicts - 1) != 0;
        if (several || _kindOf(_witnesses[source][witness].at) == STATE_PROOF) {
            _quarantine(source, record, uint40(block.timestamp + FREEZE_MAX), "conflict");
        } else {
            _calm(source, record, "conflict");
        }
    }

    function _isRead(SourceRecord storage record, uint8 witness) internal view returns (bool) {
        // forge-lint: disable-next-line(incorrect-shift)
        return witness < WITNESSES_MAX && record.witnessMask & (WITNESS_READ << witness) != 0;
    }

    /// @dev What a witness recorded, 0 if nothing or if it fails. Nobody makes one fail by giving too little gas.
    function _recordOf(address witness, bytes32 edge, uint64 count) internal view returns (bytes32) {
        return _ask(witness, abi.encodeCall(IHeadWitness.headAt, (edge, count)));
    }

    function _kindOf(address witness) private view returns (bytes32) {
        return _ask(witness, abi.encodeCall(IHeadWitness.kind, ()));
    }

    function _ask(address witness, bytes memory question) private view returns (bytes32 answer) {
        uint256 needed = WITNESS_GAS + WITNESS_GAS / 63 + 5_000;
        if (gasleft() < needed) revert ICollateralLedger.GasTooLow(gasleft(), needed);
        assembly ("memory-safe") {
            let answered := staticcall(WITNESS_GAS, witness, add(question, 0x20), mload(question), 0, 0x20)
            if and(answered, gt(returndatasize(), 0x1f)) {
                answer := mload(0)
            }
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

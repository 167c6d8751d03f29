// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ILedgerGenerations} from "../interfaces/ILedgerGenerations.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {GenerationLib} from "../libraries/GenerationLib.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {LedgerSources} from "./LedgerSources.sol";

/// @title Opening the next generation of the ledger's journal toward a source
/// @notice `ILedgerGenerations` is the manual.
/// @dev Safety: every entry that is appended again was appended before, once, and a release only while its record stands; the
///      record moves with it, so a release comes back or is paid under one number alone (I4).
abstract contract LedgerReopening is LedgerSources, ILedgerGenerations {
    /// @inheritdoc ILedgerGenerations
    function openGeneration(
        uint16 source,
        uint64 count,
        bytes32 head,
        uint32 epoch,
        bytes calldata sigs,
        bytes calldata entries
    ) external {
        _only(_governor, "governor");
        SourceRecord storage record = _listedSource(source);
        bytes32 edge = record.outboundEdge;
        IAttesterSet(_attesterSet).verifyGeneration(edge, count, head, epoch, sigs);
        bytes32 next = EdgeLib.nameOf(
            block.chainid,
            address(this),
            record.originChainId,
            record.vault,
            JournalLib.locate(edge).generation + 1,
            head
        );
        GenerationLib.open(edge, next, count, head);
        record.outboundEdge = next;
        emit GenerationOpened(source, next, edge, count);
        _appendAgain(source, edge, next, entries);
    }

    /// @inheritdoc ILedgerGenerations
    function continueGeneration(uint16 source, bytes calldata entries) external {
        bytes32 next = _listedSource(source).outboundEdge;
        bytes32 edge = GenerationLib.filledFrom(next);
        if (edge == next) revert GenerationLib.EdgeNotCrossing(edge);
        _appendAgain(source, edge, next, entries);
    }

    /// @inheritdoc ILedgerGenerations
    function markJournal(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external {
        GenerationLib.mark(GenerationLib.filledFrom(_listedSource(source).outboundEdge), count, head, entries);
    }

    function _appendAgain(uint16 source, bytes32 edge, bytes32 next, bytes calldata entries) private {
        uint64 before = GenerationLib.advance(edge, entries);
        uint32 generation = JournalLib.locate(edge).generation;
        JournalLib.setFilling(JournalLib.locate(next), false);
        for (uint256 i = 0; i < entries.length / EntryCodec.LENGTH; ++i) {
            uint96 seq = EdgeLib.sequenceOf(generation, before + 1 + uint64(i));
            _appendOne(source, next, seq, EntryCodec.entryAt(entries, i));
        }
        if (!GenerationLib.finish(edge)) JournalLib.setFilling(JournalLib.locate(next), true);
    }

    function _appendOne(uint16 source, bytes32 next, uint96 before, Entry memory entry) private {
        bytes32 record = _released[source][before];
        // It came back by a refund meanwhile.
        if (entry.kind == EntryCodec.RELEASE && record == 0) return;
        Journal storage journal = JournalLib.locate(next);
        (uint64 index, ) = JournalLib.append(
            journal,
            entry.kind,
            entry.asset,
            entry.amount,
            entry.account,
            entry.party,
            entry.fee
        );
        uint96 seq = EdgeLib.sequenceOf(journal.generation, index);
        if (entry.kind == EntryCodec.RELEASE) {
            (_released[source][seq], _released[source][before]) = (record, RELEASE_MOVED);
            if (_fromParking[source][before]) _fromParking[source][seq] = true;
        } else if (entry.kind == EntryCodec.LOST) {
            // The vault answers it under the number that it has now.
            Coverage storage coverage = _coverages[source][entry.asset];
            if (coverage.lostSeq == before) coverage.lostSeq = seq;
        }
        emit Reappended(
            next,
            index,
            before,
            entry.kind,
            entry.asset,
            entry.amount,
            entry.account,
            entry.party,
            entry.fee
        );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IVaultExit} from "../interfaces/IVaultExit.sol";
import {IVaultGenerations} from "../interfaces/IVaultGenerations.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {GenerationLib} from "../libraries/GenerationLib.sol";
import {JournalLib} from "../libraries/JournalLib.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Opening the next generation of the vault's journal
/// @notice `IVaultGenerations` is the manual.
/// @dev Safety: every entry that is appended again was appended before, once; nothing is accounted again for it.
abstract contract VaultReopening is VaultBase, IVaultGenerations {
    /// @inheritdoc IVaultGenerations
    function openGeneration(
        uint64 count,
        bytes32 head,
        uint32 epoch,
        bytes calldata sigs,
        bytes calldata entries
    ) external onlyRole(_governor) nonReentrant {
        Exit storage exit = ExitStorage.locate();
        // Entries that were claimed would have other numbers.
        if (exit.openedAt != 0) revert IVaultExit.ExitUnderWay(exit.announcedAt);
        bytes32 edge = _outbound();
        IAttesterSet(_attesterSet).verifyGeneration(edge, count, head, epoch, sigs);
        bytes32 next = EdgeLib.nameOf(
            block.chainid,
            address(this),
            _settlementChainId,
            _ledger,
            JournalLib.locate(edge).generation + 1,
            head
        );
        GenerationLib.open(edge, next, count, head);
        _edgesNow[0] = next;
        emit GenerationOpened(next, edge, count);
        _appendAgain(edge, next, entries);
    }

    /// @inheritdoc IVaultGenerations
    function continueGeneration(bytes calldata entries) external nonReentrant {
        bytes32 next = _outbound();
        bytes32 edge = GenerationLib.filledFrom(next);
        if (edge == next) revert GenerationLib.EdgeNotCrossing(edge);
        _appendAgain(edge, next, entries);
    }

    /// @inheritdoc IVaultGenerations
    function markJournal(uint64 count, bytes32 head, bytes calldata entries) external {
        GenerationLib.mark(GenerationLib.filledFrom(_outbound()), count, head, entries);
    }

    function _appendAgain(bytes32 edge, bytes32 next, bytes calldata entries) private {
        uint64 before = GenerationLib.advance(edge, entries);
        uint32 generation = JournalLib.locate(edge).generation;
        JournalLib.setFilling(JournalLib.locate(next), false);
        for (uint256 i = 0; i < entries.length / EntryCodec.LENGTH; ++i) {
            uint96 seq = EdgeLib.sequenceOf(generation, before + 1 + uint64(i));
            _appendOne(next, seq, EntryCodec.entryAt(entries, i));
        }
        if (!GenerationLib.finish(edge)) JournalLib.setFilling(JournalLib.locate(next), true);
    }

    function _appendOne(bytes32 next, uint96 before, Entry memory entry) private {
        (uint64 index, ) = JournalLib.append(
            JournalLib.locate(next),
            entry.kind,
            entry.asset,
            entry.amount,
            entry.account,
            entry.party,
            entry.fee
        );
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

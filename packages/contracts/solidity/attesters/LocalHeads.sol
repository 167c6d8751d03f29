// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerViews} from "../interfaces/ledger/ILedgerViews.sol";
import {IVaultViews} from "../interfaces/vault/IVault.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {JournalHead} from "../edge/Statements.sol";
import {ILocalHeads} from "./ILocalHeads.sol";

/// @title Statements about a journal on this chain
/// @notice Journal and replica share a chain, so the journal itself shows its head in the call that uses it.
/// @dev Safety: an edge's name is a hash of both contracts and both chains, and the replica is the caller. So the name in
///      the statement proves which journal must be asked, and a replica checks the name against its own. No role, halt
///      or recovery takes part. Only the first name is accepted: a local replica cannot go astray, so nothing rewinds it.
abstract contract LocalHeads is ILocalHeads {
    uint256 private constant PROOF_LENGTH = 64;

    mapping(bytes32 edge => mapping(uint64 count => bytes32 head)) private _kept;

    /// @inheritdoc ILocalHeads
    function keepHead(
        address journal,
        bool ofVault,
        address replica,
        uint64 count,
        bytes32 head,
        bytes calldata entries
    ) external {
        bytes32 edge = _edgeOf(journal, replica);
        uint256 end = count + EntryCodec.countOf(entries);
        (uint64 tip, bytes32 known) = _tipOf(journal, ofVault);
        // Safety of the cast: a count above 64 bits is no tip, and nothing is kept above a tip.
        if (end != tip) known = end < tip ? _kept[edge][uint64(end)] : bytes32(0);
        if (known == 0 || count == 0 || head == 0) revert LocalHeadUnknown(edge, end);
        bytes32 reached = EntryCodec.fold(head, entries);
        if (reached != known) revert LocalHeadDiffers(edge, count, reached, known);
        _kept[edge][count] = head;
        emit HeadKept(edge, count, head);
    }

    /// @inheritdoc ILocalHeads
    function keptHead(bytes32 edge, uint64 count) external view returns (bytes32) {
        return _kept[edge][count];
    }

    /// @dev Reverts unless the statement is true in this block and its replica is the caller.
    /// @param statement whose `epoch` is `Statements.LOCAL_EPOCH`
    /// @param proof abi.encode(address journal, bool ofVault)
    function _requireLocal(JournalHead calldata statement, bytes calldata proof) internal view {
        if (proof.length != PROOF_LENGTH) revert LocalProofMalformed(proof.length);
        (address journal, bool ofVault) = abi.decode(proof, (address, bool));
        bytes32 edge = _edgeOf(journal, msg.sender);
        if (edge != statement.edge) revert EdgeNotLocal(statement.edge, edge);
        (uint64 tip, bytes32 known) = _tipOf(journal, ofVault);
        if (
            statement.tip != tip ||
            statement.asOf != block.timestamp ||
            statement.blockNumber != block.number ||
            statement.blockHash != blockhash(block.number - 1)
        ) {
            revert StatementNotOfNow(statement.tip, tip, statement.asOf, statement.blockNumber, statement.blockHash);
        }
        if (statement.count != tip) known = _kept[edge][statement.count];
        if (known == 0 || statement.head != known) {
            revert LocalHeadDiffers(edge, statement.count, statement.head, known);
        }
    }

    function _edgeOf(address journal, address replica) private view returns (bytes32) {
        return EdgeLib.nameOf(block.chainid, journal, block.chainid, replica, 0, 0);
    }

    function _tipOf(address journal, bool ofVault) private view returns (uint64 tip, bytes32 head) {
        (, tip, head) = ofVault ? IVaultViews(journal).journalHead() : ILedgerViews(journal).journalHead(0);
    }
}

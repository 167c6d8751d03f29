// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {EntryCodec} from "./EntryCodec.sol";
import {IEdge} from "./IEdge.sol";
import {Replica} from "./ReplicaLib.sol";
import {JournalHead} from "./Statements.sol";

/// @title Validating a batch of entries and its statement, and accepting them
/// @notice Checks of a statement and its entries that both ends of an edge share. Each end decides the effect of an
///         entry.
library BatchLib {
    /// @dev A statement below its journal's tip must be at a multiple of this count.
    uint64 private constant CUT = 64;
    uint256 private constant MARKS_MAX = 4;
    uint256 private constant MAX_AHEAD_S = 120;

    /// @notice Checks a batch against the replica's count before anything is verified or replayed.
    /// @param count of the replica
    /// @param from count before the first entry given
    /// @param length how many entries are given
    /// @param statement given with the entries
    function requireBatch(uint64 count, uint64 from, uint256 length, JournalHead calldata statement) internal pure {
        (uint64 upTo, uint64 tip) = (statement.count, statement.tip);
        if (upTo > tip || (upTo != tip && upTo % CUT != 0)) revert IEdge.CountNeitherTipNorCut(upTo, tip);
        if (upTo <= count) revert IEdge.NothingNew(upTo, count);
        if (from > count) revert IEdge.EntriesMissing(from, count);
        if (from + length != upTo) revert IEdge.EntriesEndElsewhere(from + length, upTo);
    }

    /// @notice Reverts unless the marks ascend, above the replica's count and up to the statement's.
    /// @param marks counts
    /// @param after_ count of the replica
    /// @param upTo count of the statement
    function requireMarks(uint64[] calldata marks, uint64 after_, uint64 upTo) internal pure {
        if (marks.length > MARKS_MAX) revert IEdge.TooManyMarks(marks.length, MARKS_MAX);
        for (uint256 i = 0; i < marks.length; ++i) {
            uint64 mark = marks[i];
            if (mark <= after_ || mark > upTo) revert IEdge.MarkOutOfRange(mark, after_, upTo);
            after_ = mark;
        }
    }

    /// @notice Returns the heads at the marks, or reverts if the entries do not lead from the replica to the attested
    ///         head. Writes nothing.
    /// @dev Safety: `requireBatch` and `requireMarks` have passed. So the entries reach from the replica's count to the
    ///      statement's, and every mark lies between.
    /// @param replica where the entries begin
    /// @param fresh packed entries beyond its count
    /// @param marks counts
    /// @param statement attested head
    function headsAt(
        Replica storage replica,
        bytes calldata fresh,
        uint64[] calldata marks,
        JournalHead calldata statement
    ) internal view returns (bytes32[] memory heads) {
        heads = new bytes32[](marks.length);
        (bytes32 head, uint256 count, uint256 at) = (replica.head, replica.count, 0);
        for (uint256 i = 0; i < marks.length; ++i) {
            uint256 next = (marks[i] - count) * EntryCodec.LENGTH;
            heads[i] = head = EntryCodec.fold(head, fresh[at:next]);
            at = next;
        }
        head = EntryCodec.fold(head, fresh[at:]);
        if (head != statement.head) revert IEdge.HeadMismatch(head, statement.head);
    }

    /// @notice Reverts unless members have signed the statement, and its time is not ahead of this chain's.
    /// @param verifier the attester set
    /// @param statement what was signed
    /// @param sigs see `IAttesterSet.verifyHead`
    function requireSigned(address verifier, JournalHead calldata statement, bytes calldata sigs) internal view {
        uint256 latest = block.timestamp + MAX_AHEAD_S;
        if (statement.asOf > latest) revert IEdge.AsOfAhead(statement.asOf, latest);
        bytes4 selector = IAttesterSet.verifyHead.selector;
        assembly ("memory-safe") {
            // The call as the compiler would encode it, from the words of calldata as they are. Bits outside a field fail at
            // the verifier: nobody signs such a statement.
            let words := mload(0x40)
            mstore(words, selector)
            calldatacopy(add(words, 0x04), statement, 0x100)
            mstore(add(words, 0x104), 0x120)
            mstore(add(words, 0x124), sigs.length)
            calldatacopy(add(words, 0x144), sigs.offset, sigs.length)
            let ok := staticcall(gas(), verifier, words, add(0x144, sigs.length), 0, 0)
            // An address without code answers every call.
            if iszero(mul(ok, extcodesize(verifier))) {
                returndatacopy(words, 0, returndatasize())
                revert(words, returndatasize())
            }
        }
    }

    /// @notice Reverts unless the statement is signed and not older than the replica's.
    /// @param replica that will accept it
    /// @param verifier the attester set
    /// @param statement what was signed
    /// @param sigs see `IAttesterSet.verifyHead`
    function verify(
        Replica storage replica,
        address verifier,
        JournalHead calldata statement,
        bytes calldata sigs
    ) internal view {
        if (statement.asOf < replica.asOf) revert IEdge.AsOfFell(statement.asOf, replica.asOf);
        requireSigned(verifier, statement, sigs);
    }

    /// @notice Reverts unless the replica is at the statement's head, and that is its journal's tip.
    /// @param replica that will accept it
    /// @param statement what was signed
    function requireAtReplica(Replica storage replica, JournalHead calldata statement) internal view {
        if (statement.count != statement.tip || statement.count != replica.count || statement.head != replica.head) {
            revert IEdge.NotAtReplica(statement.edge, statement.count, replica.count);
        }
    }

    /// @notice Stores the statement's count, its block as the anchor and, at the tip, its time.
    /// @param replica whose head is the statement's
    /// @param statement that was verified
    /// @return atTip whether the replica is at its journal's tip
    function accept(Replica storage replica, JournalHead calldata statement) internal returns (bool atTip) {
        replica.anchor = statement.blockHash;
        (uint64 count, uint64 asOf) = (statement.count, statement.asOf);
        uint256 word;
        assembly ("memory-safe") {
            word := sload(add(replica.slot, 1))
        }
        // One write for count (bits 0–63), asOf (128–167) and acceptedAt (168–207), as `Replica` describes them.
        word = (word & ~uint256(type(uint64).max)) | count;
        atTip = count == statement.tip;
        if (atTip) {
            // At most the block time plus 120 seconds, which fits 40 bits.
            word &= ~(uint256(type(uint80).max) << 128);
            word |= (uint256(asOf) << 128) | (block.timestamp << 168);
            emit IEdge.Refreshed(statement.edge, count, asOf);
        }
        assembly ("memory-safe") {
            sstore(add(replica.slot, 1), word)
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EntryCodec} from "./EntryCodec.sol";
import {IEdge} from "./IEdge.sol";

/// @notice One journal in storage, provable by two slots.
/// @dev Slot +0: head. Slot +1, from the lowest bit: count u64 (bits 0–63), lastAppend u40 (64–103), the rest 0.
/// @param head commits to every entry so far; the edge's first name while count is 0
/// @param count entries so far
/// @param lastAppend block time of the last entry in seconds; while count is 0, of the opening
struct Journal {
    bytes32 head;
    uint64 count;
    uint40 lastAppend;
}

/// @title An append-only, hash-chained log per edge
/// @dev Safety: entries are only ever added; nothing here lowers a count or rewrites a head.
library JournalLib {
    /// @notice ERC-7201 root of the namespace "surety.journal".
    /// @dev keccak256(abi.encode(uint256(keccak256("surety.journal")) - 1)) & ~bytes32(uint256(0xff)); tested.
    bytes32 internal constant NAMESPACE = 0x5ca9289e0303c79f103ae8d4a7b86d9e976d530ee6d4556c58435964bfdd5d00;

    /// @notice The journal of this edge already exists.
    error JournalExists(bytes32 edge, uint64 count);

    /// @notice Returns the first of the journal's two slots: keccak256(edge ‖ NAMESPACE).
    /// @param edge name of the edge
    function slotOf(bytes32 edge) internal pure returns (bytes32 slot) {
        return keccak256(abi.encode(edge, NAMESPACE));
    }

    /// @notice Returns the storage of the edge's journal.
    /// @param edge name of the edge
    function locate(bytes32 edge) internal pure returns (Journal storage journal) {
        return locateSlot(slotOf(edge));
    }

    /// @notice Returns the storage of the journal whose first slot is known, as `slotOf` gives it.
    /// @param slot as `slotOf` gives it
    function locateSlot(bytes32 slot) internal pure returns (Journal storage journal) {
        assembly ("memory-safe") {
            journal.slot := slot
        }
    }

    /// @notice Opens the journal. Its first head is the edge's first name.
    /// @param edge first name of the edge
    function open(bytes32 edge) internal {
        Journal storage journal = locate(edge);
        if (journal.head != 0) revert JournalExists(edge, journal.count);
        journal.head = edge;
        journal.lastAppend = uint40(block.timestamp);
    }

    /// @notice Appends one entry.
    /// @dev Writes both slots once each. Safety: the journal was opened, so its head is not 0; a count of 2^64 − 1 cannot
    ///      be reached.
    /// @param journal where to append
    /// @param kind a constant of `EntryCodec`
    /// @param asset index of the token, from 1
    /// @param amount token units
    /// @param account owner ‖ home ‖ sub-account
    /// @param party meaning by kind
    /// @param fee token units
    /// @return index the entry's number, from 1
    /// @return head the head after it
    function append(
        Journal storage journal,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 party,
        uint96 fee
    ) internal returns (uint64 index, bytes32 head) {
        head = EntryCodec.extend(journal.head, kind, asset, amount, account, party, fee);
        assembly ("memory-safe") {
            // count u64 and, from bit 64, lastAppend. The compiler would write the word twice. Block times fit.
            index := add(and(sload(add(journal.slot, 1)), 0xffffffffffffffff), 1)
            sstore(journal.slot, head)
            sstore(add(journal.slot, 1), or(index, shl(64, timestamp())))
        }
    }

    /// @notice Appends an entry without a fee, and logs it.
    /// @param edge first name of the journal's edge
    /// @param kind a constant of `EntryCodec`
    /// @param asset index of the token, from 1
    /// @param amount token units
    /// @param account owner ‖ home ‖ sub-account
    /// @param party meaning by kind
    /// @return index the entry's number, from 1
    function tell(
        bytes32 edge,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 party
    ) internal returns (uint64 index) {
        (index, ) = append(locate(edge), kind, asset, amount, account, party, 0);
        emit IEdge.Journaled(edge, index, kind, asset, amount, account, party);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One journal entry, decoded.
/// @param kind one of the constants of `EntryCodec`
/// @param asset index of the token at its vault, from 1, in both directions
/// @param amount token units
/// @param account owner address (20 bytes) ‖ home (uint16) ‖ sub-account (uint80)
/// @param party meaning by kind: memo, sequence number, accounted total, operator or recipient
/// @param fee token units, part of `amount`
struct Entry {
    uint8 kind;
    uint16 asset;
    uint128 amount;
    bytes32 account;
    bytes32 party;
    uint96 fee;
}

/// @title The packed form of journal entries
/// @notice Packs, reads and hashes entries: 95 bytes each, big-endian, no gaps.
/// @dev kind u8 @0 ‖ asset u16 @1 ‖ amount u128 @3 ‖ account b32 @19 ‖ party b32 @51 ‖ fee u96 @83.
///      The codec checks structure only; the contract that applies an entry checks its meaning.
library EntryCodec {
    /// @notice Bytes of one packed entry.
    uint256 internal constant LENGTH = 95;

    /// @notice Vault to ledger: tokens were locked for an account; `party` is the sender's memo.
    uint8 internal constant LOCK = 1;
    /// @notice Vault to ledger: a release was stopped; `party` is its sequence number.
    uint8 internal constant REFUND = 2;
    /// @notice Vault to ledger: `amount` units have no tokens now. The low 128 bits of `party` are the accounted units;
    ///         the bits above are the number of the LOST that this answers, 0 for none.
    uint8 internal constant SHORTFALL = 3;
    /// @notice Vault to ledger: an owner on the collateral chain appoints `party` as operator at the ledger.
    uint8 internal constant APPOINT = 4;
    /// @notice Ledger to vault: pay `amount` to `party`.
    uint8 internal constant RELEASE = 16;
    /// @notice Ledger to vault: nothing was ever locked for `amount` units on lines or, if `party` is 1, they are
    ///         backed after all.
    uint8 internal constant LOST = 18;

    /// @notice The length of the bytes is not a multiple of an entry's.
    error EntriesNotWhole(uint256 length, uint256 entryLength);

    /// @notice Returns how many whole entries the bytes hold.
    /// @dev Reverts with `EntriesNotWhole` when bytes are left over.
    /// @param entries packed entries
    function countOf(bytes calldata entries) internal pure returns (uint256 count) {
        if (entries.length % LENGTH != 0) revert EntriesNotWhole(entries.length, LENGTH);
        return entries.length / LENGTH;
    }

    /// @notice Returns whether the kind is one that a vault's journal may hold.
    /// @param kind a constant of this library
    function isVaultKind(uint8 kind) internal pure returns (bool) {
        return kind >= LOCK && kind <= APPOINT;
    }

    /// @notice Returns the 95 bytes of an entry.
    /// @param entry what to pack
    function pack(Entry memory entry) internal pure returns (bytes memory) {
        return abi.encodePacked(entry.kind, entry.asset, entry.amount, entry.account, entry.party, entry.fee);
    }

    /// @notice Reads the entry at `index` (from 0) of packed entries.
    /// @dev Safety: the caller keeps index < countOf(entries); the slice bounds are checked again here.
    /// @param entries packed entries
    /// @param index number of the entry, from 0
    function entryAt(bytes calldata entries, uint256 index) internal pure returns (Entry memory entry) {
        bytes calldata one = entries[index * LENGTH:(index + 1) * LENGTH];
        entry.kind = uint8(one[0]);
        entry.asset = uint16(bytes2(one[1:3]));
        entry.amount = uint128(bytes16(one[3:19]));
        entry.account = bytes32(one[19:51]);
        entry.party = bytes32(one[51:83]);
        entry.fee = uint96(bytes12(one[83:95]));
    }

    /// @notice Returns the entries at a position of calldata.
    /// @dev Safety: the caller knows that `count` entries lie there.
    /// @param cursor calldata position of the first one
    /// @param count how many
    function spanAt(uint256 cursor, uint256 count) internal pure returns (bytes calldata entries) {
        assembly ("memory-safe") {
            entries.offset := cursor
            entries.length := mul(count, 95)
        }
    }

    /// @notice Returns the head after one entry: keccak256(head ‖ entry).
    /// @param head head before the entry
    /// @param entry what to add
    function extend(bytes32 head, Entry memory entry) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, pack(entry)));
    }

    /// @notice Returns the head after one entry given by its fields, without building it in memory twice.
    /// @param head head before the entry
    /// @param kind a constant of this library
    /// @param asset index of the token, from 1
    /// @param amount token units
    /// @param account owner ‖ home ‖ sub-account
    /// @param party meaning by kind
    /// @param fee token units
    function extend(
        bytes32 head,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 party,
        uint96 fee
    ) internal pure returns (bytes32 extended) {
        assembly ("memory-safe") {
            // Beyond the free pointer: head ‖ entry, 127 bytes. Written from its end, so that each word overwrites the
            // zeros, and any uncleared bits, before the previously written field.
            let start := mload(0x40)
            mstore(add(start, 95), fee)
            mstore(add(start, 83), party)
            mstore(add(start, 51), account)
            mstore(add(start, 19), amount)
            mstore(add(start, 3), or(shl(16, kind), and(asset, 0xffff)))
            mstore(start, head)
            extended := keccak256(start, 127)
        }
    }

    /// @notice Returns the head after all entries of the batch, in order. Faster replay loops must give the same.
    /// @param head head before the first entry
    /// @param entries packed entries
    function fold(bytes32 head, bytes calldata entries) internal pure returns (bytes32) {
        uint256 count = countOf(entries);
        for (uint256 i = 0; i < count; ++i) {
            head = keccak256(abi.encodePacked(head, entries[i * LENGTH:(i + 1) * LENGTH]));
        }
        return head;
    }
}

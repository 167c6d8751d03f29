// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Reading RLP in calldata
/// @notice Finds items without copying them. Accepts only an item's canonical encoding: shortest length, no leading
///         zeros, a small byte as itself.
/// @dev Ethereum Yellow Paper, appendix B. An item is given by positions in the bytes that hold it: payload = [start,
///      end), whole item = [0, end).
library Rlp {
    /// @notice Most bytes of a length field. 2^32 − 1 bytes is more than any header, account or trie node needs.
    uint256 private constant LENGTH_WIDTH_MAX = 4;

    /// @notice An item extends beyond the bytes that hold it.
    error RlpTruncated(uint256 needed, uint256 length);
    /// @notice The item has a shorter encoding, or its length has too many bytes.
    error RlpNotCanonical(uint8 prefix);
    /// @notice More bytes follow the single expected item.
    error RlpTrailing(uint256 length, uint256 expected);
    /// @notice The item is a list where a string was expected, or the other way round.
    error RlpKindMismatch(bool isList, bool expected);
    /// @notice A string is longer than its field, or shorter than a field of fixed length.
    error RlpLengthMismatch(uint256 length, uint256 expected);

    /// @notice Finds the first item.
    /// @param input bytes that begin with it
    /// @return isList true for a list, false for a string
    /// @return start position of its payload's first byte
    /// @return end position after its last byte
    function first(bytes calldata input) internal pure returns (bool isList, uint256 start, uint256 end) {
        if (input.length == 0) revert RlpTruncated(1, 0);
        uint8 prefix = uint8(input[0]);
        if (prefix < 0x80) return (false, 0, 1);
        isList = prefix >= 0xc0;
        uint256 length = prefix - (isList ? 0xc0 : 0x80);
        start = 1;
        if (length > 55) {
            uint256 width = length - 55;
            start += width;
            if (width > LENGTH_WIDTH_MAX) revert RlpNotCanonical(prefix);
            if (start > input.length) revert RlpTruncated(start, input.length);
            length = uint256(bytes32(input[1:start])) >> (256 - 8 * width);
            if (input[1] == 0 || length < 56) revert RlpNotCanonical(prefix);
        }
        end = start + length;
        if (end > input.length) revert RlpTruncated(end, input.length);
        if (!isList && length == 1 && uint8(input[start]) < 0x80) revert RlpNotCanonical(prefix);
    }

    /// @notice Returns the payload of a list; the bytes must hold nothing else.
    /// @param input a list and nothing else
    function listOf(bytes calldata input) internal pure returns (bytes calldata payload) {
        (bool isList, uint256 start, uint256 end) = first(input);
        if (!isList) revert RlpKindMismatch(false, true);
        if (end != input.length) revert RlpTrailing(input.length, end);
        return input[start:end];
    }

    /// @notice Returns the payload of the first item, which must be a string, and the bytes after it.
    /// @param input bytes that begin with a string
    function takeString(bytes calldata input) internal pure returns (bytes calldata payload, bytes calldata rest) {
        (bool isList, uint256 start, uint256 end) = first(input);
        if (isList) revert RlpKindMismatch(true, false);
        return (input[start:end], input[end:]);
    }

    /// @notice Reads a string of exactly 32 bytes, and returns it and the bytes after it.
    /// @param input bytes that begin with it
    function takeWord(bytes calldata input) internal pure returns (bytes32 word, bytes calldata rest) {
        bytes calldata payload;
        (payload, rest) = takeString(input);
        if (payload.length != 32) revert RlpLengthMismatch(payload.length, 32);
        return (bytes32(payload), rest);
    }

    /// @notice Reads an integer: at most `width` bytes, big-endian, no leading zeros. Returns it and the bytes after
    ///         it.
    /// @param input bytes that begin with it
    /// @param width most bytes it may have, 1 … 32
    function takeInteger(
        bytes calldata input,
        uint256 width
    ) internal pure returns (uint256 value, bytes calldata rest) {
        bytes calldata payload;
        (payload, rest) = takeString(input);
        if (payload.length > width) revert RlpLengthMismatch(payload.length, width);
        if (payload.length == 0) return (0, rest);
        if (payload[0] == 0) revert RlpNotCanonical(0);
        return (uint256(bytes32(payload)) >> (256 - 8 * payload.length), rest);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Address lists kept as the code of a contract
/// @notice Reading a list costs one code copy instead of one storage read per address.
/// @dev The code is one STOP byte and then 20 bytes per address, so nobody can run it.
library MemberCode {
    /// @notice The list could not be written.
    error MembersNotWritten();

    /// @notice Writes the list and returns the address that stores it.
    /// @dev Safety: at most 31 addresses, so the code is at most 621 bytes.
    /// @param members addresses, at most 31
    function write(address[] memory members) internal returns (address memberCode) {
        bytes memory packed = pack(members);
        // PUSH2 size, DUP1, PUSH1 offset, PUSH1 0, CODECOPY, PUSH1 0, RETURN, then STOP and the list: twelve bytes first.
        bytes memory creation = abi.encodePacked(
            hex"61",
            uint16(packed.length + 1),
            hex"80600c6000396000f3",
            hex"00",
            packed
        );
        assembly ("memory-safe") {
            memberCode := create(0, add(creation, 32), mload(creation))
        }
        if (memberCode == address(0)) revert MembersNotWritten();
    }

    /// @notice Returns the address of the contract that a creator deploys at a nonce: the last 20 bytes of
    ///         keccak256(rlp(creator, nonce)), Yellow Paper section 7. A contract's first is its nonce 1.
    /// @param creator a contract
    /// @param nonce from 1
    function addressOf(address creator, uint32 nonce) internal pure returns (address memberCode) {
        // RLP: a nonce below 0x80 is its own encoding; before a higher one stands 0x80 plus its length.
        (uint256 length, uint256 encoded) = (1, nonce);
        if (nonce > 0x7f) {
            length =
                nonce < 1 << 8
                    ? 2
                    : nonce < 1 << 16
                        ? 3
                        : nonce < 1 << 24
                            ? 4
                            : 5;
            encoded |= (0x7f + length) << (8 * (length - 1));
        }
        assembly ("memory-safe") {
            // The list's length ‖ 0x94 and the creator ‖ the nonce, from the highest byte.
            mstore(0, or(shl(248, add(0xd5, length)), or(shl(240, 0x94), shl(80, creator))))
            mstore(22, shl(sub(256, shl(3, length)), encoded))
            memberCode := and(keccak256(0, add(22, length)), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    /// @notice Returns 20 bytes per address, in order.
    /// @param members addresses
    function pack(address[] memory members) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < members.length; ++i) {
            packed = abi.encodePacked(packed, members[i]);
        }
    }

    /// @notice Returns the list that `write` stored.
    /// @param memberCode address that stores the list
    function read(address memberCode) internal view returns (address[] memory members) {
        uint256 count = (memberCode.code.length - 1) / 20;
        bytes memory packed = readPacked(memberCode, count);
        members = new address[](count);
        for (uint256 i = 0; i < count; ++i) members[i] = memberAt(packed, i);
    }

    /// @notice Returns the list that `write` stored, still packed.
    /// @param memberCode address that stores the list
    /// @param count how many addresses were stored
    function readPacked(address memberCode, uint256 count) internal view returns (bytes memory packed) {
        assembly ("memory-safe") {
            packed := mload(0x40)
            let length := mul(count, 20)
            mstore(packed, length)
            // A copy beyond the code gives zeros. The free pointer goes up by whole words, and one more for `memberAt`.
            extcodecopy(memberCode, add(packed, 0x20), 1, add(length, 0x20))
            mstore(0x40, add(packed, and(add(length, 0x5f), not(0x1f))))
        }
    }

    /// @notice Returns one address of a packed list.
    /// @dev Safety: the caller keeps index below the number of addresses. The word read may reach up to 12 bytes beyond
    ///      the list; its upper 20 bytes are the address.
    /// @param packed as `readPacked` returned it
    /// @param index from 0
    function memberAt(bytes memory packed, uint256 index) internal pure returns (address member) {
        assembly ("memory-safe") {
            member := shr(96, mload(add(add(packed, 32), mul(index, 20))))
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Address lists kept as the code of a contract
/// @notice Reading a list costs one code copy instead of one storage read per address.
/// @dev The code is one STOP byte and then 20 bytes per address, so nobody can run it.
library MemberCode {
    /// @notice The list could not be written.
    error MembersNotWritten();

    /// @notice Writes the list and gives the address that keeps it.
    /// @dev Safety: at most 31 addresses, so the code is at most 621 bytes.
    /// @param members addresses, at most 31
    function write(address[] memory members) internal returns (address memberCode) {
        bytes memory packed;
        for (uint256 i = 0; i < members.length; ++i) {
            packed = abi.encodePacked(packed, members[i]);
        }
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

    /// @notice Gives the list that `write` stored.
    /// @param memberCode address that keeps the list
    function read(address memberCode) internal view returns (address[] memory members) {
        uint256 count = (memberCode.code.length - 1) / 20;
        members = new address[](count);
        assembly ("memory-safe") {
            // The packed bytes are copied to the end of the array's own memory and spread forward from there: word i is
            // written at 32·i, which never passes the packed address i at 12·count + 20·i.
            let data := add(members, 32)
            let packed := add(data, mul(count, 12))
            extcodecopy(memberCode, packed, 1, mul(count, 20))
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                mstore(add(data, mul(i, 32)), shr(96, mload(add(packed, mul(i, 20)))))
            }
        }
    }
}

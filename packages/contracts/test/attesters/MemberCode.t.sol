// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {MemberCode} from "../../solidity/attesters/MemberCode.sol";

/// @notice Lists of addresses kept as code, and where the contracts are that keep them.
contract MemberCodeTest is Test {
    function test_refuses_a_member_list_that_could_not_be_written() public {
        // Code already lies where the list's contract would be.
        vm.etch(vm.computeCreateAddress(address(this), vm.getNonce(address(this))), hex"00");
        vm.expectRevert(abi.encodeWithSelector(MemberCode.MembersNotWritten.selector));
        this.writeMembers(new address[](4));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_member_list_survives_being_code(uint8 size, bytes32 seed) public {
        address[] memory members = new address[](size % 32);
        for (uint256 i = 0; i < members.length; ++i) {
            members[i] = address(uint160(uint256(keccak256(abi.encode(seed, i)))));
        }
        address kept = MemberCode.write(members);
        assertEq(kept.code.length, 1 + 20 * members.length);
        assertEq(uint8(kept.code[0]), 0);
        assertEq(abi.encode(MemberCode.read(kept)), abi.encode(members));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_created_contract_is_where_its_nonce_says(address creator, uint32 nonce) public pure {
        nonce = nonce == 0 ? 1 : nonce;
        assertEq(MemberCode.addressOf(creator, nonce), vm.computeCreateAddress(creator, nonce));
    }

    function test_a_created_contract_is_found_at_both_ends_of_each_length_of_a_nonce() public pure {
        uint32[10] memory nonces = [
            uint32(1),
            0x7f,
            0x80,
            0xff,
            0x100,
            0xffff,
            0x10000,
            0xffffff,
            0x1000000,
            type(uint32).max
        ];
        for (uint256 i = 0; i < nonces.length; ++i) {
            testFuzz_a_created_contract_is_where_its_nonce_says(address(0xa11ce), nonces[i]);
            testFuzz_a_created_contract_is_where_its_nonce_says(address(type(uint160).max), nonces[i]);
        }
    }

    function writeMembers(address[] memory members) external returns (address) {
        return MemberCode.write(members);
    }
}

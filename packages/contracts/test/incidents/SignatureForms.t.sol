// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";

/// @notice More than one contract has counted a signer twice: the same signature handed in again, its other form with s and v
///         turned over, the 64-byte form beside the 65-byte one, or the zero address that a failed recovery yields.
contract SignatureFormsTest is AttesterFixture {
    JournalHead private statement;
    bytes32 private structHash;

    function setUp() public override {
        super.setUp();
        statement = headAt(EDGE, 64, HEAD, 1);
        structHash = StatementHashes.hashOf(statement);
    }

    /// @dev Four members and, as the fifth, one of them again in any form.
    function testFuzz_I6_nobody_counts_twice(uint256 who, uint256 place, bool turned) public {
        who = bound(who, 0, 3);
        place = bound(place, 0, 4);
        bytes memory again = turned ? _turned(who) : signOne(keysOf[1][who], structHash);
        bytes memory sigs;
        for (uint256 i = 0; i < 5; ++i) {
            if (i == place) sigs = bytes.concat(sigs, again);
            if (i < 4) sigs = bytes.concat(sigs, signOne(keysOf[1][i], structHash));
        }
        assertEq(sigs.length, 5 * 65);
        vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    function testFuzz_I6_the_other_form_is_no_signature(uint256 who) public {
        who = bound(who, 0, 4);
        bytes memory sigs;
        for (uint256 i = 0; i < 5; ++i) {
            sigs = bytes.concat(sigs, i == who ? _turned(i) : signOne(keysOf[1][i], structHash));
        }
        vm.expectPartialRevert(IAttesterSet.SignatureMalleable.selector);
        set.verifyHead(statement, sigs);
    }

    function test_I6_the_64_byte_form_is_no_signature() public {
        bytes memory sigs;
        for (uint256 i = 0; i < 5; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = _parts(i);
            sigs = bytes.concat(sigs, r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        }
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignaturesNotWhole.selector, 320));
        set.verifyHead(statement, sigs);
    }

    /// @dev k − 1 good signatures and 65 bytes of anything.
    function testFuzz_I6_garbage_completes_no_quorum(bytes32 r, bytes32 s, uint8 v, uint256 place) public {
        place = bound(place, 0, 4);
        bytes memory sigs;
        for (uint256 i = 0; i < 5; ++i) {
            if (i == place) sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
            if (i < 4) sigs = bytes.concat(sigs, signOne(keysOf[1][i], structHash));
        }
        vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    /// @dev A failed recovery yields address 0, which is nobody: neither a signer nor ever a member.
    function test_I6_a_failed_recovery_is_nobody() public {
        bytes memory sigs = bytes.concat(new bytes(65), signFirst(1, structHash, 4));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.SignatureInvalid.selector, 0));
        set.verifyHead(statement, sigs);
        uint256[] memory keys = makeKeys("second", 4);
        address[] memory members = addressesOf(keys);
        members[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.MembersNotAscending.selector, address(0), address(0)));
        vm.prank(governor);
        set.proposeRecovery(members);
    }

    /// @dev Every signature that is handed in has to be good, so nothing hides behind a full quorum.
    function test_I6_a_stranger_beside_a_full_quorum_spoils_it() public {
        bytes memory sigs = signFirst(1, structHash, 5);
        set.verifyHead(statement, sigs);
        sigs = bytes.concat(sigs, signOne(uint256(keccak256("stray")), structHash));
        vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    /// @dev The other form of one signature is not a second statement of its signer.
    function test_I15_two_forms_of_one_signature_are_no_evidence() public {
        bytes memory sig = signOne(keysOf[1][0], structHash);
        bytes memory turned = _turned(0);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EvidenceAgrees.selector, EDGE, 64, HEAD));
        set.prove(statement, sig, statement, turned);
    }

    function _parts(uint256 who) private view returns (uint8 v, bytes32 r, bytes32 s) {
        return vm.sign(keysOf[1][who], Statements.digestOf(set.domainSeparator(), structHash));
    }

    /// @dev The same signature with s in the upper half and the other v.
    function _turned(uint256 who) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = _parts(who);
        return abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }
}

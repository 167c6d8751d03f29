// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";
import {Building} from "../harness/Building.sol";

/// @notice In April 2026 KelpDAO lost 116,500 rsETH, about 292 million dollars, although no key was stolen and no contract
///         was wrong: one verifier alone vouched for each message, and the nodes it read from had been made to lie to it.
/// @dev Here a verifier with fewer than four members cannot exist, none asks for fewer than two thirds and one, and none can
///      be brought there later, whoever signs.
contract OneOfOneVerifierTest is AttesterFixture, Building {
    function testFuzz_I6_no_set_of_fewer_than_four_can_be_built(uint256 n) public {
        n = bound(n, 0, 3);
        address[] memory members = addressesOf(makeKeys("few", n));
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, n, 4, 31));
        this.build("AttesterSet.sol:AttesterSet", abi.encode(members, START, governor, guardian));
    }

    function testFuzz_I6_no_rotation_or_recovery_leads_to_fewer_than_four(uint256 n) public {
        n = bound(n, 0, 3);
        uint256[] memory few = makeKeys("few", n);
        address[] memory members = addressesOf(few);
        uint40 from = START + set.ROTATION_NOTICE();
        bytes memory sigs = signFirst(1, rotationOf(2, few, from), 7);
        bytes memory refusal = abi.encodeWithSelector(IAttesterSet.MemberCountOutOfRange.selector, n, 4, 31);
        vm.expectRevert(refusal);
        vm.prank(governor);
        set.rotate(members, from, sigs);
        vm.expectRevert(refusal);
        vm.prank(governor);
        set.proposeRecovery(members);
    }

    function testFuzz_I8_what_fewer_than_k_members_were_made_to_believe_is_not_taken(uint256 n, uint256 fooled) public {
        n = bound(n, 4, 31);
        uint32 next = rotateTo(makeKeys("many", n), START + set.ROTATION_NOTICE());
        vm.warp(set.activeFrom(next));
        uint256 k = set.k(next);
        assertGt(3 * k, 2 * n);
        fooled = bound(fooled, 1, k - 1);
        JournalHead memory forged = headAt(EDGE, 64, keccak256("a burn that never happened"), next);
        bytes memory sigs = signFirst(next, StatementHashes.hashOf(forged), fooled);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, fooled, k));
        set.verifyHead(forged, sigs);
    }
}

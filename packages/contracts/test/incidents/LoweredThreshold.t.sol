// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";

/// @notice Bridges that judge old attestations by the threshold of today promote them when it is lowered: what had too few
///         signatures yesterday, for a good reason, has enough after an innocent change of the settings.
/// @dev Here k belongs to its epoch for ever, there is no function that sets one, and a signature counts under the epoch that
///      its statement names and no other.
contract LoweredThresholdTest is AttesterFixture {
    function test_I6_a_smaller_set_to_come_promotes_no_signature_of_a_larger_one() public {
        // Four of the seven signed a head that the others refused: one below k = 5. All four are in the next set, k = 3.
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 4);
        uint256[] memory smaller = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) smaller[i] = keysOf[1][i];
        uint32 next = rotateTo(smaller, START + set.ROTATION_NOTICE());
        assertEq(set.k(next), 3);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 4, 5));
            set.verifyHead(statement, sigs);
            vm.warp(set.activeFrom(next));
        }
        // Under the next epoch's number the same signatures are those of somebody else.
        statement.epoch = next;
        vm.expectRevert();
        set.verifyHead(statement, sigs);
        assertEq(set.k(1), 5);
    }

    function test_I6_suspension_never_lowers_a_threshold() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 4);
        vm.startPrank(guardian);
        set.suspend(member(1, 5));
        set.suspend(member(1, 6));
        vm.stopPrank();
        assertEq(set.k(1), 5);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 4, 5));
        set.verifyHead(statement, sigs);
    }

    function test_I6_recovery_promotes_no_old_signature() public {
        (JournalHead memory statement, bytes memory sigs) = signedHead(1, 4);
        uint256[] memory smaller = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) smaller[i] = keysOf[1][i];
        proposeTogether(smaller);
        vm.warp(START + 14 days);
        set.recover(addressesOf(smaller));
        vm.warp(set.activeFrom(2));
        vm.expectPartialRevert(IAttesterSet.EpochExpired.selector);
        set.verifyHead(statement, sigs);
        statement.epoch = 2;
        vm.expectRevert();
        set.verifyHead(statement, sigs);
    }

    /// @dev The keys of a set that is over leak: whatever they sign, also in its name and for its time, is too late.
    function test_I6_keys_that_leak_after_their_set_sign_nothing_that_counts() public {
        uint32 next = rotateTo(makeKeys("second", 7), START + set.ROTATION_NOTICE());
        vm.warp(set.expires(1));
        JournalHead memory forged = headAt(EDGE, 64, OTHER_HEAD, 1);
        forged.asOf = START;
        bytes memory sigs = signFirst(1, StatementHashes.hashOf(forged), 7);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.EpochExpired.selector, 1, set.expires(1), set.expires(1)));
        set.verifyHead(forged, sigs);
        forged.epoch = next;
        bytes memory again = signFirst(1, StatementHashes.hashOf(forged), 7);
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        set.verifyHead(forged, again);
    }
}

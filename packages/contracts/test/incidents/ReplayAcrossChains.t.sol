// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "../edge/StatementHashes.sol";
import {AttesterFixture} from "../attesters/AttesterFixture.sol";

/// @notice In September 2022 the OmniBridge read the chain's number from its storage instead of from the chain, so messages
///         that had been signed for Ethereum could be handed in again on the fork that kept mining.
/// @dev Whatever was signed for one verifier (a head, a halt, a rotation, evidence) is refused by every other
///      one: on another chain, after a split of this one, at another address, under another epoch and as another type. Beside
///      each refusal stands the same bytes where they belong.
contract ReplayAcrossChainsTest is AttesterFixture {
    struct Signed {
        JournalHead statement;
        JournalHead contradiction;
        uint256[] nextKeys;
        uint40 from;
        bytes head;
        bytes halt;
        bytes rotation;
        bytes one;
        bytes other;
    }

    /// @dev Kept in storage: the compiler takes a chain's number for a constant and would ask for it again after a change.
    uint64 private home;

    function setUp() public override {
        super.setUp();
        home = uint64(block.chainid);
    }

    function test_I6_nothing_signed_here_counts_after_a_split_of_the_chain() public {
        Signed memory made = _sign();
        vm.chainId(home + 1);
        _refuseAll(set, made);
        vm.chainId(home);
        _takeAll(made);
    }

    function testFuzz_I6_nothing_signed_here_counts_on_another_chain(uint64 chainId) public {
        vm.assume(chainId != 0 && chainId != home);
        Signed memory made = _sign();
        // The same code with the same members, built on the other chain.
        vm.chainId(chainId);
        address built = address(new AttesterSet(addressesOf(keysOf[1]), START, governor, guardian));
        _refuseAll(AttesterSet(built), made);
        vm.chainId(home);
        _takeAll(made);
    }

    function test_I6_nothing_signed_here_counts_at_another_deployment() public {
        Signed memory made = _sign();
        _refuseAll(new AttesterSet(addressesOf(keysOf[1]), START, governor, guardian), made);
        _takeAll(made);
    }

    /// @dev No type's signature is another's, though all of them share the domain.
    function test_I6_no_type_of_statement_stands_for_another() public {
        Signed memory made = _sign();
        bytes[3] memory sigs = [made.head, made.halt, made.rotation];
        for (uint256 i = 0; i < 3; ++i) {
            if (i != 0) assertFalse(_takesHead(set, made, sigs[i]));
            if (i != 1) assertFalse(_takesHalt(set, sigs[i]));
            if (i != 2) assertFalse(_takesRotation(set, made, sigs[i]));
        }
        _takeAll(made);
    }

    function _sign() private view returns (Signed memory made) {
        made.statement = headAt(EDGE, 64, HEAD, 1);
        made.contradiction = headAt(EDGE, 64, OTHER_HEAD, 1);
        made.nextKeys = makeKeys("second", 7);
        made.from = START + set.ROTATION_NOTICE();
        made.head = signFirst(1, StatementHashes.hashOf(made.statement), 5);
        made.halt = signFirst(1, Statements.haltHashOf(EDGE, 0, 1), 5);
        made.rotation = signFirst(1, rotationOf(2, made.nextKeys, made.from), 5);
        made.one = signOne(keysOf[1][6], StatementHashes.hashOf(made.statement));
        made.other = signOne(keysOf[1][6], StatementHashes.hashOf(made.contradiction));
    }

    function _refuseAll(AttesterSet other, Signed memory made) private {
        assertFalse(_takesHead(other, made, made.head));
        assertFalse(_takesHalt(other, made.halt));
        assertFalse(_takesRotation(other, made, made.rotation));
        assertFalse(_takesEvidence(other, made));
    }

    function _takeAll(Signed memory made) private {
        assertTrue(_takesHead(set, made, made.head));
        assertTrue(_takesRotation(set, made, made.rotation));
        assertTrue(_takesHalt(set, made.halt));
        assertTrue(_takesEvidence(set, made));
    }

    function _takesHead(AttesterSet at_, Signed memory made, bytes memory sigs) private view returns (bool) {
        try at_.verifyHead(made.statement, sigs) {
            return true;
        } catch {
            return false;
        }
    }

    function _takesHalt(AttesterSet at_, bytes memory sigs) private returns (bool) {
        try at_.halt(EDGE, 0, 1, sigs, "") {
            return true;
        } catch {
            return false;
        }
    }

    function _takesRotation(AttesterSet at_, Signed memory made, bytes memory sigs) private returns (bool) {
        vm.prank(governor);
        try at_.rotate(addressesOf(made.nextKeys), made.from, sigs) {
            return true;
        } catch {
            return false;
        }
    }

    function _takesEvidence(AttesterSet at_, Signed memory made) private returns (bool) {
        try at_.prove(made.statement, made.one, made.contradiction, made.other) {
            return true;
        } catch {
            return false;
        }
    }
}

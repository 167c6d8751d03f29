// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../../solidity/attesters/AttesterSet.sol";
import {AttesterFixture} from "./AttesterFixture.sol";
import {Book} from "./AttesterBook.sol";
import {AttesterHandler} from "./AttesterHandler.sol";
import {GhostWriter} from "../harness/Ghosts.sol";

/// @notice I6, I8 and I15 at the verifier, over random orders of everything that can be done to it.
contract AttesterInvariantsTest is AttesterFixture, GhostWriter {
    AttesterHandler private handler;

    function setUp() public override {
        super.setUp();
        uint256[] memory keys = makeKeys("pool", 24);
        uint256[] memory first = new uint256[](7);
        address[] memory members = new address[](7);
        for (uint256 i = 0; i < 7; ++i) (first[i], members[i]) = (3 * i, vm.addr(keys[3 * i]));
        set = new AttesterSet(members, START, governor, guardian);
        handler = new AttesterHandler(set, governor, guardian, keys, first);
        targetContract(address(handler));
    }

    /// @notice One campaign checks all of them, since each campaign costs seconds.
    /// forge-config: default.invariant.depth = 128
    function invariant_I6_I8_I15_hold_at_the_verifier() public view {
        _I6_every_answer_is_the_one_the_books_predict();
        uint256 newest = handler.epochCount();
        _epochsAreTheBooks(uint32(newest > 3 ? newest - 3 : 1));
        _I8_only_halted_edges_are_halted();
        _I15_no_honest_key_is_ever_proven();
        _the_hint_never_hides_anything();
    }

    /// @notice What never changes is looked at once a run; the counts are handed on.
    function afterInvariant() external {
        _epochsAreTheBooks(1);
        for (uint256 place = 0; place < handler.POOL(); ++place) {
            assertEq(set.proven(handler.memberOf(place)), handler.proven(place));
        }
        _write(handler, "AttesterInvariantsTest");
    }

    /// @notice The campaign would prove nothing if its acts did nothing: here each of them takes effect.
    function test_every_act_of_the_verifiers_campaign_takes_effect() public {
        for (uint256 i = 0; i < 2_500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("act", i)));
            uint256 other = uint256(keccak256(abi.encode(seed)));
            uint256 act = (seed >> 240) % 13;
            if (act < 2) handler.verify(seed, other);
            else if (act == 2) handler.halt(seed, other);
            else if (act == 3) handler.prove(seed, other);
            else if (act == 4) handler.rotate(seed, other, seed >> 8);
            else if (act == 5) handler.clear(seed);
            else if (act == 6) handler.suspend(seed);
            else if (act < 9) handler.propose(seed, other % 2 == 0);
            else if (act == 9) handler.withdraw(seed, other % 2 == 0);
            else if (act == 10) handler.recover(other % 2 == 0);
            else handler.pass(seed);
        }
        bytes32[12] memory paths = [
            bytes32("head taken"),
            "halted",
            "cleared",
            "suspended",
            "proven",
            "hidden tip proven",
            "stopped",
            "rotated",
            "agreed",
            "recovery proposed",
            "withdrawn",
            "recovered"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
        invariant_I6_I8_I15_hold_at_the_verifier();
    }

    /// @dev I6, I8: enough unsuspended members of one epoch that is accepted now, no halt of that edge, no stop, no freeze:
    ///      then and only then a head is taken; and likewise every other act.
    function _I6_every_answer_is_the_one_the_books_predict() private view {
        assertEq(handler.surprises(), 0);
        assertEq(set.newestEpoch(), handler.epochCount());
        assertEq(set.stopped(), handler.stopped());
        assertEq(set.inRecovery(), vm.getBlockTimestamp() < handler.frozenUntil());
    }

    /// @dev I6: k is what its n says for ever; begins and ends ascend; at most three epochs are not over. I8: whoever suspends,
    ///      k members are left.
    function _epochsAreTheBooks(uint32 first) private view {
        uint256 live = 0;
        for (uint32 e = first; e <= handler.epochCount(); ++e) {
            Book memory book = handler.bookOf(e);
            address[] memory members = set.members(e);
            assertEq(members.length, book.pool.length);
            for (uint256 i = 0; i < members.length; ++i) {
                assertEq(members[i], handler.memberOf(book.pool[i]));
            }
            assertEq(set.k(e), book.k);
            assertGt(3 * book.k, 2 * members.length);
            assertEq(set.activeFrom(e), book.from);
            assertEq(set.expires(e), book.until);
            bool isTemporary = book.temporary != 0 && vm.getBlockTimestamp() < book.temporaryUntil;
            assertEq(set.suspended(e), book.suspended | (isTemporary ? book.temporary : 0));
            assertEq(set.suspensionEnd(e), isTemporary ? book.temporaryUntil : 0);
            uint256 left = members.length;
            for (uint256 bits = set.suspended(e); bits != 0; bits &= bits - 1) --left;
            assertGe(left, book.k);
            if (e > 1) assertGt(book.from, set.activeFrom(e - 1));
            if (e > 1) assertGe(book.until, set.expires(e - 1));
            if (book.until > vm.getBlockTimestamp()) ++live;
        }
        assertLe(live, 3);
    }

    /// @dev I8: an edge is halted from its own halt to its own clearing.
    function _I8_only_halted_edges_are_halted() private view {
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 edge = handler.edges(i);
            (bool halted, uint64 nonce, uint40 since) = set.haltOf(edge);
            assertEq(halted, handler.haltedSince(edge) != 0);
            assertEq(since, handler.haltedSince(edge));
            assertEq(nonce, handler.nonces(edge));
        }
    }

    /// @dev I15: those at even places sign one head for a count, under any number of blocks and epochs.
    function _I15_no_honest_key_is_ever_proven() private view {
        for (uint256 place = 0; place < handler.POOL(); place += 2) {
            assertFalse(set.proven(handler.memberOf(place)));
        }
    }

    /// @dev Where anything is halted, stopped or frozen, every epoch that could be used says that there is something to read.
    function _the_hint_never_hides_anything() private view {
        bool wrong = set.stopped() || set.inRecovery();
        for (uint256 i = 0; i < 3; ++i) wrong = wrong || handler.haltedSince(handler.edges(i)) != 0;
        if (!wrong) return;
        uint256 newest = handler.epochCount();
        for (uint256 e = newest > 3 ? newest - 3 : 1; e <= newest; ++e) {
            if (vm.getBlockTimestamp() < set.activeFrom(uint32(e)) || vm.getBlockTimestamp() >= set.expires(uint32(e)))
                continue;
            uint256 word = uint256(vm.load(address(set), keccak256(abi.encode(e, uint256(0)))));
            assertEq((word >> 128) & 0xff, 1);
        }
    }
}

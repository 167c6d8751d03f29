// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLimits, ParkReason, SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice Witnesses, the fast limit and the schedule of what waits for a confirmation, over a rewind.
contract LedgerRewindLimitsTest is RewindFixture, WitnessFixture {
    function setUp() public override(LedgerFixture, WitnessFixture) {
        super.setUp();
    }

    function witnessesNeeded() internal pure override(LedgerFixture, WitnessFixture) returns (uint8) {
        return 2;
    }

    function test_I6_what_the_point_agreed_on_is_confirmed_and_witnesses_are_read_anew() public {
        lock(USD, 80 * ONE_USD, accountOf(alice), 0);
        lock(USD, 50 * ONE_USD, accountOf(bob), 0);
        lock(USD, 20 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        confirmBy(1, 3);
        witnesses[0].record(journal.heads[0], 3, bytes32(uint256(1)));
        ledger.confirm(SOURCE, 0, 3);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        rewindTo(2);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        for (uint8 i = 0; i < 3; ++i) {
            (, , bool conflicted, uint64 confirmed) = ledger.witnessOf(SOURCE, i);
            assertFalse(conflicted);
            assertEq(confirmed, 0);
        }
        (uint64 reached, ) = ledger.confirmedOf(SOURCE);
        assertEq(reached, 2, "and nothing past it");
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(bob, USD), 70 * ONE_USD);
        // They are asked under the edge's first name.
        comeAgain(EntryCodec.pack(lockEntry(USD, 20 * ONE_USD, accountOf(bob), 0)));
        confirmBy(0, 3);
        confirmBy(2, 3);
        (reached, ) = ledger.confirmedOf(SOURCE);
        assertEq(reached, 3);
    }

    function test_I6_witnesses_that_there_are_are_read_anew_and_no_others() public {
        vm.prank(governor);
        ledger.setWitness(SOURCE, 0, address(0), false);
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        rewindTo(0);
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(uint16(source >> 128), 6);
    }

    function test_I13_a_rewind_changes_nothing_of_another_source() public {
        SourceListing memory other = sourceListing(SOURCE + 1);
        other.vault = makeAddr("another vault");
        vm.startPrank(governor);
        ledger.listSource(other);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE + 1, 1, 1, 6));
        ledger.setFast(assetId, 1_000);
        vm.stopPrank();
        CreditLimits memory before = ledger.limitsOf(assetId);
        lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        rewindTo(0);
        assertEq(abi.encode(ledger.limitsOf(assetId)), abi.encode(before));
        assertEq(assetFlags(assetId), 0);
    }

    function test_I1_a_refund_that_was_parked_is_deleted_with_its_sum() public {
        uint128 amount = 80 * ONE_USD;
        lock(USD, amount, accountOf(alice), 0);
        applyAll();
        confirmAll();
        skip(1 days);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, amount, bytes32(uint256(uint160(alice))), 0);
        bytes32 record = ledger.releasedOf(SOURCE, 1);
        lock(USD, FAST, accountOf(bob), 0);
        append(journal, Entry(EntryCodec.REFUND, USD, amount, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED));
        assertEq(ledger.assetOf(USD).parked, amount);
        rewindTo(1);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        expectLeft(USD, FAST, 0, 0);
    }

    // The fast limit

    /// @notice What comes again takes nothing of the fast limit, however little is left of it.
    function test_I6_what_comes_again_is_never_parked() public {
        lock(USD, 90 * ONE_USD, accountOf(alice), 0);
        applyAll();
        bytes memory tail = rewindTo(0);
        lock(USD, FAST, accountOf(bob), 0);
        comeAgain(tail);
        assertEq(amountOf(alice, USD), 90 * ONE_USD);
        assertEq(amountOf(bob, USD), FAST);
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.NONE));
    }

    /// @notice A checkpoint past the replica's end never comes: what was taken until then is free again once what the replica
    ///         holds is confirmed, and not before.
    function test_I6_I9_a_checkpoint_past_the_point_neither_frees_the_fast_limit_nor_holds_it() public {
        _leaveCheckpointAt(20);
        rewindTo(1);
        // Entries of another asset, of which one is not confirmed.
        lock(ETH, ONE_ETH / 100, accountOf(bob), 0);
        lock(ETH, ONE_ETH / 100, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 90 * ONE_USD, "not free before it is confirmed");
        // Enough for a unit, which sets the checkpoint at the three entries that there are.
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        ledger.mark(SOURCE, 3, journal.heads[3], entriesOf(journal, 3, 4));
        confirmBy(0, 3);
        confirmBy(1, 3);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 1, "though twenty entries never come");
    }

    /// @notice In the journal's first batch after the rewind all that it holds is confirmed: a full fast limit, and no unit more.
    function test_I6_at_the_point_the_fast_limit_is_whole() public {
        lock(USD, 80 * ONE_USD, accountOf(alice), 0);
        applyAll();
        rewindTo(0);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 0);
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 180 * ONE_USD);
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        confirmBy(0, 2);
        confirmBy(1, 2);
        vm.warp(vm.getBlockTimestamp() + 6 hours);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), 180 * ONE_USD + 1);
    }

    // The schedule

    /// @notice A place in the schedule of an entry that was unwound puts nobody off, and the places after it are kept apart.
    function test_I6_I9_the_schedule_forgets_what_was_unwound_and_no_more() public {
        lock(USD, ONE_USD, accountOf(alice), 0);
        for (uint256 i = 0; i < 8; ++i) lock(USD, FAST, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 9).readyAt, START + 14 days);
        rewindTo(1);
        uint256 start = vm.getBlockTimestamp();
        lock(USD, FAST + 1, accountOf(bob), 0);
        lock(USD, FAST, accountOf(bob), 0);
        lock(USD, FAST, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, start + 7 days, "none is before it");
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.NONE), "it is within the limit");
        assertEq(ledger.parkedOf(SOURCE, 4).readyAt, start + 8 days, "one a day");
        assertEq(ledger.quoteCredit(accountOf(bob), USD, FAST).at, start + 9 days);
    }

    /// @dev A batch of USD that begins at a count of which nothing is confirmed, and uses 90 of the fast limit.
    function _leaveCheckpointAt(uint64 count) private {
        lock(USD, 40 * ONE_USD, accountOf(alice), 0);
        applyAll();
        for (uint64 i = 1; i < count; ++i) lock(ETH, ONE_ETH / 100, accountOf(bob), 0);
        applyAll();
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 90 * ONE_USD);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {ILedgerTerms} from "../solidity/interfaces/ILedgerTerms.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {JournalLib} from "../solidity/libraries/JournalLib.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {LedgerFixture, TestJournal} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice The ledger's own journal goes on as its next generation: what is appended again, and what moves with it.
contract LedgerReopeningTest is ClosingFixture, LedgerReleaseFixture {
    /// @dev The ledger's journal, and what its next generation must be.
    TestJournal private back;
    TestJournal private next;
    address private carol = makeAddr("carol");

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
        (back.edge, , ) = ledger.journalHead(SOURCE);
        back.heads.push(back.edge);
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    function test_refuses_to_open_a_journal_for_anybody_but_the_governor() public {
        bytes memory sigs = signPoint(back.edge, 0, back.edge, 3);
        bytes32 edge = back.edge;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, guardian, bytes32("governor")));
        vm.prank(guardian);
        ledger.openGeneration(SOURCE, 0, edge, 1, sigs, "");
    }

    function test_I2_a_journal_is_filled_in_steps_between_marks_and_takes_nothing_new_before_its_end() public {
        for (uint128 i = 1; i <= 4; ++i) _release(alice, USD, i * ONE_USD);
        ledger.markJournal(SOURCE, 1, back.heads[1], entriesOf(back, 1, 4));
        _open(0, 1);
        ledger.markJournal(SOURCE, 3, back.heads[3], entriesOf(back, 3, 4));
        _expectClosed();
        ledger.continueGeneration(SOURCE, entriesOf(back, 1, 3));
        _expectClosed();
        ledger.continueGeneration(SOURCE, entriesOf(back, 3, 4));
        for (uint64 i = 1; i <= 4; ++i) {
            append(next, _releaseOf(alice, USD, i * ONE_USD));
            assertEq(ledger.releasedOf(SOURCE, i), bytes32(uint256(1)), "it moved");
            assertEq(ledger.releasedOf(SOURCE, EdgeLib.sequenceOf(1, i)), _recordOf(alice, USD, i * ONE_USD));
        }
        append(next, _releaseOf(alice, USD, 5 * ONE_USD));
        release(alice, USD, 5 * ONE_USD, 0);
        _expectJournal();
    }

    /// @notice Only a reroute names a release by its amount, and only one that is appended again has another number.
    function test_I4_a_reroute_of_what_stays_keeps_its_number_and_an_amount_is_no_number() public {
        lock(USD, 1, accountOf(carol), 0);
        applyAll();
        _release(alice, USD, 10 * ONE_USD);
        _release(alice, USD, 20 * ONE_USD);
        // One unit, as the number of a release that moves.
        _release(carol, USD, 1);
        _reroute(1, 10 * ONE_USD);
        _reroute(2, 20 * ONE_USD);
        _open(1, 5);
        append(next, _releaseOf(alice, USD, 20 * ONE_USD));
        append(next, _releaseOf(carol, USD, 1));
        append(next, _rerouteOf(1));
        append(next, _rerouteOf(EdgeLib.sequenceOf(1, 1)));
        _expectJournal();
        for (uint64 i = 3; i <= 4; ++i) {
            assertEq(ledger.releasedOf(SOURCE, i + 1), 0, "a reroute has no record, here");
            assertEq(ledger.releasedOf(SOURCE, EdgeLib.sequenceOf(1, i)), 0, "nor there");
        }
    }

    function test_an_amount_that_is_the_number_of_a_release_stays_an_amount() public {
        lock(USD, 1, accountOf(carol), 0);
        applyAll();
        _release(alice, USD, 10 * ONE_USD);
        _release(carol, USD, 1);
        _open(0, 2);
        append(next, _releaseOf(alice, USD, 10 * ONE_USD));
        append(next, _releaseOf(carol, USD, 1));
        _expectJournal();
    }

    function test_a_release_that_was_rerouted_waits_for_the_next_time_under_its_new_number() public {
        _release(alice, USD, 10 * ONE_USD);
        _reroute(1, 10 * ONE_USD);
        uint256 rerouted = vm.getBlockTimestamp();
        vm.warp(rerouted + 1);
        _open(0, 2);
        uint96 seq = EdgeLib.sequenceOf(1, 1);
        bytes memory call_ = abi.encodeCall(
            ledger.reroute,
            (SOURCE, seq, USD, 10 * ONE_USD, accountOf(alice), wordOf(carol))
        );
        vm.prank(alice);
        (bool ok, bytes memory answer) = address(ledger).call(call_);
        assertFalse(ok);
        assertEq(bytes4(answer), ILedgerBadDays.RerouteTooSoon.selector);
    }

    /// @notice No cap had let in what left parking, so it comes back as new credit does, under its new number too; what left a
    ///         line comes back whatever the cap.
    function test_I9_what_left_parking_is_known_as_that_under_its_new_number() public {
        lock(3, 80, accountOf(alice), 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        append(back, Entry(EntryCodec.RELEASE, 3, 80, accountOf(alice), wordOf(alice), 0));
        _release(alice, USD, 10 * ONE_USD);
        _open(0, 2);
        vm.prank(governor);
        ledger.setCap(USD, 0);
        append(journal, Entry(EntryCodec.REFUND, 3, 80, accountOf(alice), _numberOf(1), 0));
        append(journal, Entry(EntryCodec.REFUND, USD, 10 * ONE_USD, accountOf(alice), _numberOf(2), 0));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.UNLISTED));
        assertEq(ledger.parkedOf(SOURCE, 5).flags, 0, "it counts against caps");
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    /// @notice The vault answers LOST under the number that it replays it by.
    function test_I1_a_lost_that_is_appended_again_is_answered_by_its_new_number() public {
        _leaveDebt();
        _release(alice, ETH, ONE_ETH);
        _lose(30 * ONE_USD);
        _open(2, 3);
        append(next, Entry(EntryCodec.LOST, USD, 30 * ONE_USD, 0, 0, 0));
        _expectJournal();
        uint96 moved = EdgeLib.sequenceOf(1, 1);
        assertEq(_lostOf(), moved);
        _answer(3);
        assertEq(_lostOf(), moved, "the number of before settles nothing");
        _answer(moved);
        assertEq(_lostOf(), 0);
    }

    /// @notice One that stays before the point keeps its number, and one of another asset keeps its own.
    function test_I1_a_lost_that_stays_keeps_its_number() public {
        _leaveDebt();
        _lose(30 * ONE_USD);
        _release(alice, ETH, ONE_ETH);
        _open(2, 3);
        append(next, _releaseOf(alice, ETH, ONE_ETH));
        _expectJournal();
        assertEq(_lostOf(), 2);
        _answer(2);
        assertEq(_lostOf(), 0);
    }

    /// @notice What was answered before its journal was reopened stays answered.
    function test_I1_a_lost_that_was_answered_is_not_open_again_when_it_is_appended_again() public {
        _leaveDebt();
        _lose(30 * ONE_USD);
        _answer(2);
        _open(1, 2);
        append(next, Entry(EntryCodec.LOST, USD, 30 * ONE_USD, 0, 0, 0));
        _expectJournal();
        assertEq(_lostOf(), 0);
    }

    // Helpers of the tests

    /// @dev Opens the next generation after a point, with the entries up to a count as its first ones.
    function _open(uint64 point, uint64 count) private {
        bytes memory sigs = signPoint(back.edge, point, back.heads[point], 3);
        next.edge = EdgeLib.nameOf(block.chainid, address(ledger), ORIGIN, vault, 1, back.heads[point]);
        next.heads.push(next.edge);
        bytes memory entries = entriesOf(back, point, count);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.GenerationOpened(SOURCE, next.edge, back.edge, point);
        vm.prank(governor);
        ledger.openGeneration(SOURCE, point, back.heads[point], 1, sigs, entries);
    }

    function _expectClosed() private {
        (, , bytes32 head) = ledger.journalHead(SOURCE);
        vm.expectRevert(abi.encodeWithSelector(JournalLib.JournalNotOpen.selector, head));
        release(alice, USD, 5 * ONE_USD, 0);
    }

    function _expectJournal() private view {
        (bytes32 edge, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(abi.encode(edge, count, head), abi.encode(next.edge, tip(next), next.heads[tip(next)]));
    }

    function _release(address owner, uint16 asset, uint128 amount) private {
        release(owner, asset, amount, 0);
        append(back, _releaseOf(owner, asset, amount));
    }

    function _reroute(uint96 seq, uint128 amount) private {
        vm.prank(alice);
        ledger.reroute(SOURCE, seq, USD, amount, accountOf(alice), wordOf(carol));
        append(back, _rerouteOf(seq));
    }

    function _releaseOf(address owner, uint16 asset, uint128 amount) private pure returns (Entry memory) {
        return Entry(EntryCodec.RELEASE, asset, amount, accountOf(owner), wordOf(owner), 0);
    }

    function _rerouteOf(uint96 seq) private view returns (Entry memory) {
        return Entry(EntryCodec.REROUTE, USD, seq, accountOf(alice), wordOf(carol), 0);
    }

    function _recordOf(address owner, uint16 asset, uint128 amount) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(asset, amount, accountOf(owner)));
    }

    function _numberOf(uint64 index) private pure returns (bytes32) {
        return bytes32(uint256(EdgeLib.sequenceOf(1, index)));
    }

    /// @dev A lock that never was, of which nothing is left when it is undone.
    function _leaveDebt() private {
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        _release(relayer, USD, 30 * ONE_USD);
        close(3);
        follow(3, 1);
    }

    /// @dev Writes off what is owed.
    function _lose(uint128 units) private {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshNow();
        ledger.writeOff(USD);
        vm.warp(vm.getBlockTimestamp() + 72 hours);
        refreshNow();
        ledger.writeOff(USD);
        append(back, Entry(EntryCodec.LOST, USD, units, 0, 0, 0));
    }

    /// @dev The vault has taken over a loss.
    function _answer(uint96 seq) private {
        uint256 party = uint256(135 * ONE_USD) | (uint256(seq) << 128);
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 0, 0, bytes32(party), 0));
        applyAll();
    }

    /// @dev Number of the LOST that is open, 0 if none is: then nothing is unsettled any more.
    function _lostOf() private view returns (uint96 lostSeq) {
        (, , , , lostSeq) = ledger.coverageOf(SOURCE, USD);
        (uint256 asset, ) = ledger.termWordsOf(USD);
        assertEq((asset >> 56) & 16 == 0, lostSeq == 0, "settled");
    }
}

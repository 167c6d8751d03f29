// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IAttesterSet} from "../solidity/interfaces/IAttesterSet.sol";
import {CreditLimits, ICollateralLedger, ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {ILedgerTerms, SourceListing} from "../solidity/interfaces/ILedgerTerms.sol";
import {ISuretyTimelock, KindOfAct} from "../solidity/interfaces/ISuretyTimelock.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {GenerationLib} from "../solidity/libraries/GenerationLib.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {JournalHead, Statements} from "../solidity/libraries/Statements.sol";
import {LedgerSlots} from "../solidity/proofs/LedgerSlots.sol";
import {RoleHolder} from "../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../solidity/roles/SuretyTimelock.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";
import {LedgerFixture} from "./LedgerFixture.sol";

/// @notice Closing a ledger's replica at a point.
abstract contract ClosingFixture is LedgerFixture {
    function signPoint(
        bytes32 edge,
        uint64 count,
        bytes32 head,
        uint256 signers
    ) internal view returns (bytes memory s) {
        bytes32 structHash = Statements.generationHashOf(edge, count, head, 1);
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), structHash);
        for (uint256 i = 0; i < signers; ++i) {
            (uint8 v, bytes32 r, bytes32 sig) = vm.sign(keys[i], digest);
            s = bytes.concat(s, abi.encodePacked(r, sig, v));
        }
    }

    function begin(uint64 count) internal {
        if (count != 0 && count != tip(journal)) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, tip(journal)));
        }
        bytes memory sigs = signPoint(journal.edge, count, journal.heads[count], 3);
        vm.prank(governor);
        ledger.closeEdge(SOURCE, count, journal.heads[count], 1, sigs);
    }

    function undo(uint64 from, uint64 to) internal {
        ledger.continueEdge(SOURCE, journal.heads[from], entriesOf(journal, from, to));
    }

    /// @dev All in one step.
    function close(uint64 count) internal {
        begin(count);
        undo(count, tip(journal));
    }

    function follow(uint64 count, uint32 generation) internal {
        bytes32 edge = EdgeLib.nameOf(ORIGIN, vault, block.chainid, address(ledger), generation, journal.heads[count]);
        journal.edge = edge;
        journal.packed = "";
        delete journal.heads;
        journal.heads.push(edge);
    }

    function stateIs(SourceState expected) internal view {
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(expected));
    }
}

contract LedgerClosingTest is ClosingFixture, LedgerReleaseFixture {
    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Who may, and what must be signed

    function test_refuses_to_close_unless_the_governor_comes_with_k_signatures_of_that_point() public {
        bytes32 head = journal.heads[3];
        bytes memory sigs = signPoint(journal.edge, 3, head, 3);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, guardian, bytes32("governor")));
        vm.prank(guardian);
        ledger.closeEdge(SOURCE, 3, head, 1, sigs);
        vm.startPrank(governor);
        bytes memory few = signPoint(journal.edge, 3, head, 2);
        vm.expectRevert(abi.encodeWithSelector(IAttesterSet.TooFewSignatures.selector, 2, 3));
        ledger.closeEdge(SOURCE, 3, head, 1, few);
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        ledger.closeEdge(SOURCE, 2, head, 1, sigs);
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        ledger.closeEdge(SOURCE, 3, journal.heads[2], 1, sigs);
        vm.expectPartialRevert(IAttesterSet.EpochUnknown.selector);
        ledger.closeEdge(SOURCE, 3, head, 2, sigs);
        // Signed for this edge, not for that of another source.
        ledger.listSource(_otherSource());
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        ledger.closeEdge(SOURCE + 1, 3, head, 1, sigs);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 99));
        ledger.closeEdge(99, 3, head, 1, sigs);
        // Nor for the journal of the ledger.
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        ledger.openGeneration(SOURCE, 3, head, 1, sigs, "");
        endFirstEpoch();
        vm.prank(governor);
        vm.expectPartialRevert(IAttesterSet.EpochExpired.selector);
        ledger.closeEdge(SOURCE, 3, head, 1, sigs);
    }

    function test_I2_refuses_a_point_that_is_no_prefix_of_the_replica() public {
        bytes memory sigs = signPoint(journal.edge, 2, journal.heads[2], 3);
        vm.startPrank(governor);
        // A prefix, but nobody has shown it.
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, journal.edge, 2, journal.heads[2]));
        ledger.closeEdge(SOURCE, 2, journal.heads[2], 1, sigs);
        sigs = signPoint(journal.edge, 3, journal.heads[2], 3);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, journal.edge, 3, journal.heads[2]));
        ledger.closeEdge(SOURCE, 3, journal.heads[2], 1, sigs);
        sigs = signPoint(journal.edge, 4, bytes32(0), 3);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, journal.edge, 4, bytes32(0)));
        ledger.closeEdge(SOURCE, 4, bytes32(0), 1, sigs);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, journal.edge));
        ledger.continueEdge(SOURCE, 0, "");
    }

    function test_one_signature_closes_one_edge_once() public {
        bytes memory sigs = signPoint(journal.edge, 3, journal.heads[3], 3);
        bytes32 old = journal.edge;
        bytes32 head = journal.heads[3];
        vm.prank(governor);
        ledger.closeEdge(SOURCE, 3, head, 1, sigs);
        (bytes32 next, , , , ) = ledger.crossingOf(old);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeCrossed.selector, old, next));
        vm.prank(governor);
        ledger.closeEdge(SOURCE, 3, head, 1, sigs);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.EdgeOpened(SOURCE, next, old, 1);
        ledger.continueEdge(SOURCE, 0, "");
        vm.expectPartialRevert(IAttesterSet.SignerUnknown.selector);
        vm.prank(governor);
        ledger.closeEdge(SOURCE, 3, head, 1, sigs);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, next));
        ledger.continueEdge(SOURCE, 0, "");
        // What was signed of the old edge says nothing here any more.
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, 3);
        bytes[] memory signed = new bytes[](1);
        signed[0] = sign(statements[0]);
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.EdgeUnknown.selector, old));
        ledger.refresh(statements, signed);
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.EdgeMismatch.selector, old, next));
        ledger.applyEntries(SOURCE, 3, "", new uint64[](0), statements[0], signed[0], accountOf(relayer));
    }

    /// @notice Behind the timelock an edge is closed after seven days at the earliest, and the guardian's veto ends it.
    function test_the_guardian_vetoes_a_close_that_waits_in_the_timelock() public {
        KindOfAct[] memory slow = new KindOfAct[](1);
        slow[0] = KindOfAct(address(0), ILedgerGenerations.closeEdge.selector);
        address[] memory proposers = new address[](1);
        proposers[0] = alice;
        SuretyTimelock timelock = new SuretyTimelock(48 hours, proposers, bob, new address[](1), slow);
        bytes memory sigs = signPoint(journal.edge, 3, journal.heads[3], 3);
        bytes memory act = abi.encodeCall(ILedgerGenerations.closeEdge, (SOURCE, 3, journal.heads[3], 1, sigs));
        vm.startPrank(alice);
        vm.expectPartialRevert(ISuretyTimelock.DelayTooShort.selector);
        timelock.schedule(address(ledger), 0, act, 0, 0, 7 days - 1);
        timelock.schedule(address(ledger), 0, act, 0, 0, 7 days);
        vm.stopPrank();
        bytes32 id = timelock.hashOperation(address(ledger), 0, act, 0, 0);
        RoleHolder role = RoleHolder(timelock.guardian());
        vm.prank(bob);
        role.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
        vm.warp(START + 7 days);
        vm.expectRevert();
        timelock.execute(address(ledger), 0, act, 0, 0);
        stateIs(SourceState.LIVE);
    }

    // Steps

    function test_I14_undoes_in_steps_from_the_end_and_stands_still_meanwhile() public {
        for (uint256 i = 0; i < 130; ++i) lock(USD, ONE_USD, accountOf(alice), 0);
        applyAll();
        (, , , , uint256 maintenance, , , ) = ledger.marginOf(accountOf(bob));
        begin(3);
        stateIs(SourceState.CLOSED);
        (uint256 initial, , , , uint256 frozen, , , ) = ledger.marginOf(accountOf(bob));
        assertEq(initial, 0);
        assertEq(frozen, maintenance, "weights are frozen, prices live");
        bytes memory entries = entriesOf(journal, 69, 133);
        bytes32 wrong = journal.heads[70];
        vm.expectPartialRevert(GenerationLib.PointUnknown.selector);
        ledger.continueEdge(SOURCE, wrong, entries);
        entries = entriesOf(journal, 2, 133);
        wrong = journal.heads[2];
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.StepPastPoint.selector, journal.edge, 131, 130));
        ledger.continueEdge(SOURCE, wrong, entries);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.EdgeUndone(SOURCE, journal.edge, 69);
        undo(69, 133);
        assertEq(amountOf(alice, USD), 166 * ONE_USD);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralLedger.SourceNotAccepting.selector, SOURCE, SourceState.CLOSED, 0)
        );
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, tip(journal));
        bytes[] memory signed = new bytes[](1);
        signed[0] = sign(statements[0]);
        vm.expectPartialRevert(ICollateralLedger.SourceNotAccepting.selector);
        ledger.refresh(statements, signed);
        vm.expectPartialRevert(ILedgerBadDays.NothingToNote.selector);
        ledger.noteHalt(SOURCE);
        // An empty step changes nothing.
        ledger.continueEdge(SOURCE, 0, "");
        undo(3, 69);
        stateIs(SourceState.LIVE);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        follow(3, 1);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, USD), 6 * ONE_USD);
    }

    function test_a_quarantine_that_runs_goes_on_after_the_closing() public {
        uint40 until = uint40(block.timestamp + 10 hours);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        close(3);
        stateIs(SourceState.QUARANTINED);
        vm.warp(until);
        follow(3, 1);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        stateIs(SourceState.LIVE);
    }

    // Effects

    /// @notice A refused entry had no effect, so there is none to take back, however large it was.
    function test_I12_undoing_what_was_refused_takes_nothing() public {
        lock(USD, type(uint104).max, accountOf(alice), 0);
        lock(USD, type(uint128).max, accountOf(alice), 0);
        append(journal, Entry(EntryCodec.REFUND, USD, ONE_USD, accountOf(alice), bytes32(uint256(9)), 0));
        append(journal, Entry(9, USD, ONE_USD, accountOf(alice), 0, 0));
        lock(USD, 0, accountOf(alice), 0);
        applyAll();
        close(3);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.debtOf(accountOf(alice), USD), 0);
        assertEq(ledger.writeOffOf(USD).owing, 0);
        assertEq(ledger.releasedOf(SOURCE, 9), 0);
    }

    function test_I1_what_was_parked_is_deleted_with_its_sum() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        lock(3, 9, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).parked, 7 * ONE_USD);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.ParkedVoided(SOURCE, 5, accountOf(bob), 9);
        undo(3, 5);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(uint8(ledger.parkedOf(SOURCE, 4).reason), uint8(ParkReason.NONE));
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.NONE));
        assertEq(ledger.writeOffOf(USD).owing, 0);
    }

    /// @notice A credit that was parked and freed is taken back from its line; the fee went to whoever freed it.
    function test_I1_what_was_freed_is_taken_back_as_what_was_credited() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        applyAll();
        vm.prank(governor);
        ledger.setCap(USD, 1_000_000);
        // The bucket fills up again.
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.prank(relayer);
        ledger.unpark(SOURCE, 4);
        close(3);
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        assertEq(amountOf(relayer, USD), 2);
        assertEq(ledger.writeOffOf(USD).owing, 2);
        assertEq(ledger.debtOf(0, USD), 2);
    }

    function test_I4_a_refund_is_undone_with_its_record() public {
        release(alice, USD, 40 * ONE_USD, 0);
        bytes32 record = ledger.releasedOf(SOURCE, 1);
        append(journal, Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        // The same again finds no record and is refused.
        append(journal, Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        assertEq(_refundedOf(USD), 40 * ONE_USD);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.RefundUndone(SOURCE, 1);
        undo(3, 5);
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(ledger.assetOf(USD).credited, 65 * ONE_USD);
        assertEq(_refundedOf(USD), 0);
        // In the next generation it may come back once.
        vm.warp(vm.getBlockTimestamp() + 73 hours);
        follow(3, 1);
        append(journal, Entry(EntryCodec.REFUND, USD, 40 * ONE_USD, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    function test_a_forged_shortfall_neither_stays_nor_gags_the_vault() public {
        append(journal, _shortfall(20 * ONE_USD));
        applyAll();
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.AssetCleared(SOURCE, 1);
        undo(3, 4);
        _expectCoverage(1e18, 1e18, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.NothingToCover.selector, USD));
        ledger.cover(USD);
        follow(3, 1);
        append(journal, _shortfall(ONE_USD));
        applyAll();
        stateIs(SourceState.LIVE);
        _expectCoverage(1e18, 0.995e18, uint40(block.timestamp));
    }

    function test_a_forged_appointment_is_undone_and_an_older_one_is_not_touched() public {
        bytes32 here = AccountLib.encode(alice, SOURCE, 0);
        bytes32 there = AccountLib.encode(bob, SOURCE, 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, there, wordOf(alice), 0));
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, here, wordOf(bob), 0));
        applyAll();
        begin(4);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.AppointmentUndone(here);
        undo(4, 5);
        (address operator, , ) = ledger.appointmentOf(here);
        assertEq(operator, address(0));
        (operator, , ) = ledger.appointmentOf(there);
        assertEq(operator, alice);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        bool active;
        (, , active) = ledger.appointmentOf(there);
        assertTrue(active, "what the point agreed on stays said");
    }

    /// @notice What has not seasoned is taken first, and what is left of it keeps its season.
    function test_I16_takes_what_has_not_seasoned_first() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        uint256 seasonEnd = block.timestamp + 1 hours;
        _setLine(accountOf(alice), USD, (110 * ONE_USD) | (uint256(30 * ONE_USD) << 112) | (seasonEnd << 216));
        close(3);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 20 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, seasonEnd);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
    }

    /// @notice What an asset is short of changes no unit, so all of a credit is taken back.
    function test_I1_a_credit_of_an_asset_that_is_short_is_taken_back_whole() public {
        lock(USD, 95 * ONE_USD, accountOf(bob), 0);
        append(journal, _shortfall(100 * ONE_USD));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        close(3);
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.writeOffOf(USD).owing, 0);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
        _expectCoverage(0.5e18, 0.5e18, 0);
    }

    // Gas

    /// @notice Steps may be as short as one entry, so each fits in a block; this is what the longest of use costs.
    function test_I14_64_credits_that_are_gone_are_undone_within_8_M_gas() public {
        for (uint256 i = 0; i < 64; ++i) lock(USD, ONE_USD, AccountLib.encode(address(uint160(1_000 + i)), 0, 0), 1);
        applyAll();
        for (uint256 i = 0; i < 64; ++i) {
            address who = address(uint160(1_000 + i));
            vm.startPrank(who);
            ledger.transfer(accountOf(who), accountOf(bob), USD, ONE_USD - 1);
            vm.stopPrank();
        }
        begin(3);
        bytes memory entries = entriesOf(journal, 3, 67);
        bytes32 head = journal.heads[3];
        uint256 gasBefore = gasleft();
        ledger.continueEdge(SOURCE, head, entries);
        uint256 used = gasBefore - gasleft() + 21_000 + entries.length * 16;
        console.log("undo 64 credits that are gone:", used);
        assertLt(used, 8_000_000);
        assertEq(ledger.writeOffOf(USD).owing, 64 * ONE_USD);
    }

    // Helpers of the tests

    /// @dev Kept for whoever reads the ledger's storage: no function tells it.
    function _refundedOf(uint16 assetId) private view returns (uint256) {
        return uint256(vm.load(address(ledger), bytes32(uint256(LedgerSlots.assetOf(assetId)) + 4))) >> 128;
    }

    function _expectCoverage(uint256 inForceWad, uint256 reportedWad, uint40 since) private view {
        (uint256 inForce, uint256 reported, uint40 at, , ) = ledger.coverageOf(SOURCE, 1);
        assertEq(abi.encode(inForce, reported, at), abi.encode(inForceWad, reportedWad, since));
    }

    /// @dev Of 200 that the vault accounts for.
    function _shortfall(uint128 deficit) private pure returns (Entry memory) {
        return Entry(EntryCodec.SHORTFALL, 1, deficit, 0, bytes32(uint256(200 * ONE_USD)), 0);
    }

    function _otherSource() private returns (SourceListing memory listing) {
        listing = sourceListing(SOURCE + 1);
        listing.vault = makeAddr("another vault");
    }
}

/// @notice Witnesses and the fast limit over a change of generation.
contract LedgerClosingWitnessesTest is ClosingFixture, WitnessFixture {
    function setUp() public override(LedgerFixture, WitnessFixture) {
        super.setUp();
    }

    function witnessesNeeded() internal pure override(LedgerFixture, WitnessFixture) returns (uint8) {
        return 2;
    }

    function test_I13_closing_an_edge_forgets_nothing_of_another_source() public {
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
        close(0);
        (, , , , bool done) = ledger.crossingOf(journal.edge);
        assertTrue(done);
        assertEq(abi.encode(ledger.limitsOf(assetId)), abi.encode(before));
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
        close(1);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(ledger.debtOf(accountOf(alice), USD), 0);
    }

    function test_I6_what_the_point_agreed_on_is_confirmed_and_witnesses_are_read_anew() public {
        lock(USD, 80 * ONE_USD, accountOf(alice), 0);
        lock(USD, 50 * ONE_USD, accountOf(bob), 0);
        lock(USD, 20 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        witnesses[0].record(journal.edge, 3, bytes32(uint256(1)));
        ledger.confirm(SOURCE, 0, 3);
        assertEq(uint8(stateNow()), uint8(SourceState.CONTESTED));
        close(2);
        assertEq(uint8(stateNow()), uint8(SourceState.LIVE));
        (, , bool conflicted, uint64 confirmed) = ledger.witnessOf(SOURCE, 0);
        assertFalse(conflicted);
        assertEq(confirmed, 0);
        assertEq(amountOf(bob, USD), 0);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(bob, USD), 50 * ONE_USD);

        // Numbers begin anew, and so does the sum: a full fast limit, and not a unit more.
        CreditLimits memory limits = ledger.limitsOf(USD);
        assertEq(limits.unconfirmedUnits, 0);
        follow(2, 1);
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 180 * ONE_USD);
        assertEq(uint8(reasonAt(EdgeLib.sequenceOf(1, 2))), uint8(ParkReason.UNCONFIRMED));
        confirmBy(0, 2);
        confirmBy(1, 2);
        vm.warp(vm.getBlockTimestamp() + 6 hours);
        ledger.unpark(SOURCE, EdgeLib.sequenceOf(1, 2));
        assertEq(amountOf(alice, USD), 180 * ONE_USD + 1);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerRewind} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {RoundTripRewindFixture} from "./RoundTripRewindFixture.sol";

/// @notice A real vault and a real ledger whose quorums lied or whose chains broke, brought together again by rewinds.
contract RoundTripRewindTest is RoundTripRewindFixture {
    uint128 private constant USD_100 = 100 * ONE_USD;
    address private payer = makeAddr("payer");

    function setUp() public override {
        super.setUp();
        lockAtVault(alice, USD, USD_100, accountOf(alice), 0);
        lockAtVault(bob, ETH, 50 * ONE_ETH, accountOf(bob), 0);
        applyAll();
    }

    // The ledger's replica

    /// @notice A forged lock is credited and partly spent: what is there is taken from its account alone, what is not is told to the
    ///         vault as lost, and lowers the coverage of that asset for all.
    function test_I1_I12_I13_a_forged_credit_that_was_spent_is_shared_by_all_units_of_its_asset() public {
        Entry memory forged = lockEntry(USD, 60 * ONE_USD, accountOf(mallory), 0);
        _forgeAndSpend(forged, 20 * ONE_USD);
        bytes32 eth = _other();
        rewindLedger(2);
        // No line moves before the journal was heard to its tip again, and nothing of the asset leaves.
        assertEq(amountOf(mallory, USD), 40 * ONE_USD);
        assertEq(orphanedOf(USD), 60 * ONE_USD);
        _requireUnsettled();
        passTakeBack();
        ledger.takeBack(SOURCE, EntryCodec.pack(forged));
        assertEq(amountOf(mallory, USD), 0);
        assertEq(amountOf(alice, USD), USD_100);
        _requireUnsettled();
        uint96 seq = writeOff(USD);
        assertEq(seq, 2);
        _requireUnsettled();
        replayAtVault(1);
        takeLoss(seq);
        assertEq(origin.accounted(USD), linesOf(USD));
        (, uint256 reported, , , uint96 open) = ledger.coverageOf(SOURCE, USD);
        assertEq(abi.encode(reported, open), abi.encode(8e17, 0));
        assertEq(_other(), eth, "I13");
        releaseReally(alice, USD, USD_100, 0);
        replayAtVault(2);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        origin.pay(3, packedOf(back, 3), payer);
        assertEq(tokens[0].balanceOf(alice), 80 * ONE_USD);
        assertJournals();
    }

    /// @notice The chain of a vault loses blocks, and all of them come again: nobody loses anything, and no line ever falls.
    function test_I1_I9_a_break_after_which_everything_comes_again_costs_nobody_anything() public {
        // On the branch that is lost, in another order and with a fee; on the other one, a little later.
        forge(lockEntry(USD, 30 * ONE_USD, accountOf(carol), 1e6));
        forge(lockEntry(USD, 40 * ONE_USD, accountOf(bob), 0));
        applyAll();
        lockReally(bob, USD, 40 * ONE_USD, 0);
        lockReally(carol, USD, 30 * ONE_USD, 1e6);
        lockReally(alice, USD, 7 * ONE_USD, 0);
        releaseReally(carol, USD, 20 * ONE_USD, 0);
        replayAtVault(0);
        origin.pay(1, packedOf(back, 1), payer);
        bytes memory lines = _lines();
        rewindLedger(2);
        assertEq(_lines(), lines);
        assertEq(orphanedOf(USD), 70 * ONE_USD);
        applyAll();
        assertEq(orphanedOf(USD), 0);
        assertEq(amountOf(bob, USD), 40 * ONE_USD);
        assertEq(amountOf(carol, USD), 9 * ONE_USD);
        assertEq(amountOf(alice, USD), 107 * ONE_USD);
        assertEq(amountOf(relayer, USD), ONE_USD, "the fee is paid once");
        _requireUnits(0);
        // At once: nothing waits for three days, and nothing is written off.
        releaseReally(alice, USD, 107 * ONE_USD, 0);
        assertJournals();
    }

    /// @notice Governor and k members rewind without a cause and have everything taken back: all of it comes back with what is true.
    function test_I17_what_was_taken_back_and_lost_comes_back_when_it_comes_after_all() public {
        releaseReally(alice, USD, 30 * ONE_USD, 0);
        replayAtVault(0);
        origin.pay(1, packedOf(back, 1), payer);
        bytes memory first = packedOf(journal, 1);
        rewindLedger(0);
        // Members withhold the rest: the journal seems to end there.
        part();
        _withhold();
        refreshNow();
        vm.warp(vm.getBlockTimestamp() + TAKE_BACK_AFTER);
        refreshNow();
        ledger.takeBack(SOURCE, first);
        assertEq(amountOf(alice, USD), 0);
        (, uint256 missing, , ) = ledger.unsettledOf(SOURCE, USD);
        assertEq(missing, 30 * ONE_USD);
        uint96 seq = writeOff(USD);
        replayAtVault(1);
        vm.warp(origin.payment(seq).readyAt);
        origin.takeLoss(seq, packedOf(back, seq));
        happened(answerOf(USD, seq));
        assertEq(origin.accounted(USD), USD_100);
        // Now it comes after all: less what the account has had.
        _tellTheTruth();
        applyAll();
        assertEq(amountOf(alice, USD), 70 * ONE_USD);
        (, , uint256 found, uint96 open) = ledger.unsettledOf(SOURCE, USD);
        assertEq(abi.encode(found, open), abi.encode(30 * ONE_USD, 0));
        seq = writeOff(USD);
        replayAtVault(2);
        takeLoss(seq);
        assertEq(origin.accounted(USD), 70 * ONE_USD);
        assertEq(tokens[0].balanceOf(vault), 70 * ONE_USD);
        _requireUnits(0);
        assertEq(orphanedOf(ETH), 0);
        releaseReally(alice, USD, 70 * ONE_USD, 0);
        assertJournals();
    }

    function test_I2_statements_of_a_former_name_reach_neither_end() public {
        releaseReally(alice, USD, ONE_USD, 0);
        JournalHead memory old = statementOf(journal, tip(journal));
        JournalHead memory oldBack = statementOf(back, tip(back));
        replayAtVault(0);
        rewindLedger(1);
        rewindVault(0);
        bytes memory sigs = sign(old);
        bytes memory entries = entriesOf(journal, 1, 2);
        vm.expectRevert();
        ledger.applyEntries(SOURCE, 1, entries, new uint64[](0), old, sigs, accountOf(relayer));
        sigs = signAtOrigin(oldBack);
        entries = entriesOf(back, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, oldBack.edge, origin.inboundEdge()));
        origin.applyReleases(0, entries, new uint64[](0), oldBack, sigs);
        applyAll();
        replayAtVault(0);
        _requireUnits(ONE_USD);
    }

    // The vault's replica

    /// @notice Unpaid releases of a dead branch are void, paid ones settle the same release of the other branch, and one that never
    ///         was journaled again is missing at the vault.
    function test_I1_I4_releases_of_a_dead_branch_are_paid_once_or_void() public {
        forgeBack(releaseOf(alice, USD, 10 * ONE_USD, 0));
        forgeBack(releaseOf(alice, USD, 20 * ONE_USD, 0));
        forgeBack(releaseOf(alice, USD, 5 * ONE_USD, 0));
        replayAtVault(0);
        origin.pay(1, packedOf(back, 1), payer);
        origin.pay(3, packedOf(back, 3), payer);
        releaseReally(alice, USD, 20 * ONE_USD, 0);
        releaseReally(alice, USD, 10 * ONE_USD, 0);
        rewindVault(0);
        assertEq(origin.owed(USD), 0);
        assertEq(origin.accounted(USD), USD_100, "what was paid for nobody's line is accounted again");
        replayAtVault(0);
        assertEq(uint8(origin.payment(1).state), uint8(PaymentState.QUEUED));
        assertEq(uint8(origin.payment(2).state), uint8(PaymentState.PAID), "settled without a transfer");
        assertEq(tokens[0].balanceOf(alice), 15 * ONE_USD);
        _requireUnits(20 * ONE_USD);
        // 5 left for a release that never happened: that is a shortage like any other.
        assertEq(origin.accounted(USD) - tokens[0].balanceOf(vault), 5 * ONE_USD);
        origin.report(USD);
        assertEq(origin.assetOf(USD).coverage, uint256(85e18) / 90);
    }

    /// @notice A release that was stopped and came back stays stopped when it comes again, and its refund comes back once.
    function test_I4_a_release_is_refunded_once_through_rewinds_of_both_ends() public {
        releaseReally(alice, USD, 10 * ONE_USD, 0);
        replayAtVault(0);
        vm.startPrank(guardian);
        origin.quarantine(uint40(block.timestamp + 1));
        origin.stop(1, packedOf(back, 1), "x");
        vm.stopPrank();
        vm.warp(vm.getBlockTimestamp() + 1);
        Entry memory refund = releaseOf(alice, USD, 10 * ONE_USD, 0);
        (refund.kind, refund.party) = (EntryCodec.REFUND, bytes32(uint256(1)));
        happened(refund);
        applyAll();
        assertEq(amountOf(alice, USD), USD_100);
        rewindVault(0);
        rewindLedger(2);
        assertEq(orphanedOf(USD), 10 * ONE_USD);
        applyAll();
        replayAtVault(0);
        assertEq(uint8(origin.payment(1).state), uint8(PaymentState.STOPPED));
        assertEq(amountOf(alice, USD), USD_100);
        _requireUnits(0);
        // Its REFUND may be journaled again, and brings back nothing.
        vm.warp(vm.getBlockTimestamp() + 30 days);
        origin.refund(1, USD, 10 * ONE_USD, accountOf(alice));
        happened(refund);
        applyAll();
        assertEq(amountOf(alice, USD), USD_100);
        _requireUnits(0);
        releaseReally(alice, USD, USD_100, 0);
    }

    /// @notice A loss that was taken over and unwound is taken over again, under the number that it has for ever.
    function test_I1_a_loss_is_taken_over_once_through_a_rewind_of_the_vault() public {
        Entry memory forged = lockEntry(USD, 20 * ONE_USD, accountOf(mallory), 0);
        _forgeAndSpend(forged, 20 * ONE_USD);
        rewindLedger(2);
        passTakeBack();
        ledger.takeBack(SOURCE, EntryCodec.pack(forged));
        uint96 seq = writeOff(USD);
        replayAtVault(1);
        takeLoss(seq);
        assertEq(origin.accounted(USD), USD_100);
        rewindVault(1);
        assertEq(origin.accounted(USD), 80 * ONE_USD);
        replayAtVault(1);
        takeLoss(seq);
        assertEq(origin.accounted(USD), USD_100);
        (, uint256 reported, , , uint96 open) = ledger.coverageOf(SOURCE, USD);
        assertEq(abi.encode(reported, open), abi.encode(8e17, 0));
        releaseReally(alice, USD, ONE_USD, 0);
    }

    // Anything

    /// @notice I1, I4: whatever was paid on which branch, after a rewind what lines hold and what is owed is what the vault accounts
    ///         for; what it lacks is what it paid for releases that never came again.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I4_every_release_is_paid_once_or_missing(uint256 seed) public {
        for (uint256 i = 0; i < seed % 5; ++i) releaseReally(alice, USD, _small(seed, i), 0);
        uint64 common = tip(back);
        partBack();
        for (uint256 i = 0; i < (seed >> 8) % 5; ++i) forgeBack(releaseOf(alice, USD, _small(seed, 100 + i), 0));
        if (tip(back) != 0) replayAtVault(0);
        for (uint64 i = 0; i < tip(back); ++i) {
            if ((seed >> (16 + i)) % 2 == 0) origin.pay(i + 1, packedOf(back, i + 1), payer);
        }
        for (uint256 i = 0; i < (seed >> 32) % 5; ++i) releaseReally(alice, USD, _small(seed, 200 + i), 0);
        uint64 point = uint64((seed >> 40) % (common + 1));
        beginAtVault(point);
        unwindAtVault(point, 1 + uint64((seed >> 48) % 4));
        if (tip(back) != point) replayAtVault(point);
        if ((seed >> 56) % 2 == 0) {
            // Once more, past the beginning of the first.
            rewindVault(uint64((seed >> 57) % (point + 1)));
            (, uint64 applied, , , , ) = origin.replicaState();
            if (tip(back) != applied) replayAtVault(applied);
        }
        assertEq(origin.quarantinedUntil(), 0);
        assertEq(linesOf(USD) + origin.owed(USD), origin.accounted(USD), "I1");
        uint256 unsettled = 0;
        for (uint128 units = 1; units <= 4; ++units) {
            Entry memory entry = releaseOf(alice, USD, units * ONE_USD, 0);
            unsettled += units * ONE_USD * origin.paidOrphans(keccak256(EntryCodec.pack(entry)));
        }
        assertEq(origin.accounted(USD), tokens[0].balanceOf(vault) + unsettled, "I4");
        for (uint64 i = 1; i <= tip(back); ++i) {
            PaymentState state = origin.payment(i).state;
            assertTrue(state == PaymentState.QUEUED || state == PaymentState.PAID);
        }
        assertJournals();
    }

    // Helpers of the tests

    /// @dev A forged lock for mallory, of which she is paid a part.
    function _forgeAndSpend(Entry memory forged, uint128 units) private {
        forge(forged);
        applyAll();
        releaseReally(mallory, USD, units, 0);
        replayAtVault(0);
        origin.pay(1, packedOf(back, 1), payer);
    }

    function _requireUnsettled() private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD));
        this.releaseByOwner(alice, USD, ONE_USD);
    }

    /// @dev I1 where nothing is open: lines and releases on their way are what is accounted.
    function _requireUnits(uint256 underWay) private view {
        assertEq(linesOf(USD) + underWay, origin.accounted(USD), "I1");
    }

    /// @dev What attesters sign of the vault's journal ends where the replica stands.
    function _withhold() private {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        journal.packed = entriesOf(journal, 0, applied);
        while (tip(journal) != applied) journal.heads.pop();
    }

    function _tellTheTruth() private {
        (journal.packed, journal.heads, parted) = (truth.packed, truth.heads, false);
    }

    function _small(uint256 seed, uint256 salt) private pure returns (uint128) {
        return uint128(1 + (uint256(keccak256(abi.encode(seed, salt))) % 4)) * ONE_USD;
    }

    function _lines() private view returns (bytes memory lines) {
        for (uint256 i = 0; i < everybody.length; ++i)
            lines = bytes.concat(lines, abi.encode(amountOf(everybody[i], USD)));
    }

    function _other() private view returns (bytes32) {
        return keccak256(abi.encode(ledger.assetOf(ETH), ledger.lineOf(accountOf(bob), ETH), origin.assetOf(ETH)));
    }
}

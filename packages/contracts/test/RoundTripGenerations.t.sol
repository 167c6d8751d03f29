// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, Line} from "../solidity/interfaces/ICollateralLedger.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {PaymentState} from "../solidity/interfaces/VaultTypes.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {GenerationLib} from "../solidity/libraries/GenerationLib.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {GenerationFixture} from "./GenerationFixture.sol";

/// @notice A real vault and a real ledger whose edges parted, brought together again by generations.
contract RoundTripGenerationsTest is GenerationFixture {
    uint128 private constant USD_100 = 100 * ONE_USD;
    address private payer = makeAddr("payer");

    function setUp() public override {
        super.setUp();
        lockAtVault(alice, USD, USD_100, accountOf(alice), 0);
        lockAtVault(bob, ETH, 50 * ONE_ETH, accountOf(bob), 0);
        applyAll();
    }

    // A chain of a vault loses blocks

    /// @notice Locks on a dead branch are taken back, those that happened again count once, and what lines hold is what the
    ///         vault holds.
    function test_I1_I2_locks_on_both_branches_count_once() public {
        part();
        // The dead branch: carol's lock is never seen again, bob's is; with fees.
        lock(USD, 30 * ONE_USD, accountOf(carol), 1e6);
        lock(USD, 40 * ONE_USD, accountOf(bob), 2e6);
        applyAll();
        assertEq(amountOf(relayer, USD), 3 * ONE_USD);
        lockReally(bob, USD, 40 * ONE_USD, 2e6);
        lockReally(alice, USD, 7 * ONE_USD, 0);

        closeAtLedger(2);
        assertEq(amountOf(carol, USD), 0);
        assertEq(amountOf(bob, USD), 0);
        assertEq(amountOf(alice, USD), USD_100);
        // The fees went to whoever applied them.
        assertEq(ledger.writeOffOf(USD).owing, 3 * ONE_USD);
        assertHeld(USD, USD_100);
        openAtVault(2);
        applyAll();

        assertEq(amountOf(bob, USD), 38 * ONE_USD);
        assertEq(amountOf(alice, USD), 107 * ONE_USD);
        // The fee that came again is the one that was paid; the other is still owed.
        assertEq(amountOf(relayer, USD), 3 * ONE_USD);
        assertEq(ledger.writeOffOf(USD).owing, ONE_USD);
        assertHeld(USD, origin.accounted(USD));
        _writeOff(USD, ONE_USD);
        assertEq(linesOf(USD), origin.accounted(USD) + ONE_USD, "lines keep their units");
        _takeLoss(0);
        assertHeld(USD, origin.accounted(USD));
        // I13: another asset saw nothing of it.
        assertEq(amountOf(bob, ETH), 50 * ONE_ETH);
        assertHeld(ETH, 50 * ONE_ETH);
    }

    /// @notice Who released what a dead branch had locked owes it, and the same lock on the surviving branch repays it: it is
    ///         not counted twice, and nobody else loses anything.
    function test_I1_I4_what_was_released_of_a_dead_lock_is_repaid_by_the_same_lock() public {
        part();
        lock(USD, 30 * ONE_USD, accountOf(carol), 0);
        applyAll();
        lockReally(carol, USD, 30 * ONE_USD, 0);
        releaseReally(carol, USD, 30 * ONE_USD, 0);
        replayAtVault(0);
        origin.pay(1, entriesOf(back, 0, 1), payer);

        closeAtLedger(2);
        assertEq(ledger.debtOf(accountOf(carol), USD), 30 * ONE_USD);
        assertHeld(USD, USD_100 - 30 * ONE_USD);
        openAtVault(2);
        applyAll();
        assertEq(ledger.debtOf(accountOf(carol), USD), 0);
        assertEq(ledger.writeOffOf(USD).owing, 0);
        assertEq(amountOf(carol, USD), 0);
        assertEq(amountOf(alice, USD), USD_100);
        assertHeld(USD, origin.accounted(USD));
        // Nothing is owed any more, so the asset moves again.
        releaseReally(alice, USD, USD_100, 0);
    }

    // A forged batch

    /// @notice A forged batch is closed and written off: what the forger still holds is taken from it alone, and what it has
    ///         moved out is taken over by the vault, and lowers the coverage of that asset.
    function test_I1_I12_I13_a_forged_batch_is_written_off_on_its_own_asset_alone() public {
        part();
        lock(USD, 60 * ONE_USD, accountOf(mallory), 0);
        applyAll();
        releaseReally(mallory, USD, 20 * ONE_USD, 0);
        replayAtVault(0);
        origin.pay(1, entriesOf(back, 0, 1), payer);
        assertEq(origin.accounted(USD), 80 * ONE_USD);

        bytes32 eth = keccak256(abi.encode(ledger.assetOf(ETH), ledger.lineOf(accountOf(bob), ETH)));
        closeAtLedger(2);
        openAtVault(2);
        assertEq(amountOf(mallory, USD), 0);
        assertEq(ledger.debtOf(accountOf(mallory), USD), 20 * ONE_USD);
        assertEq(amountOf(alice, USD), USD_100);
        // Until it is written off and answered nobody is first: nothing of the asset leaves, and none of it counts for initial.
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD));
        this.releaseByOwner(alice, ONE_USD);
        (uint256 initialWad, , , , uint256 maintenanceWad, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(initialWad, 0);
        assertGt(maintenanceWad, 0);

        _writeOff(USD, 20 * ONE_USD);
        assertEq(amountOf(alice, USD), USD_100, "lines keep their units");
        assertEq(keccak256(abi.encode(ledger.assetOf(ETH), ledger.lineOf(accountOf(bob), ETH))), eth, "I13");
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD));
        this.releaseByOwner(alice, ONE_USD);
        // The vault learns of the loss, takes it over, and answers.
        _takeLoss(1);
        assertEq(origin.quarantinedUntil(), 0);
        assertEq(origin.accounted(USD), linesOf(USD));
        (, uint256 reported, , , uint96 lostSeq) = ledger.coverageOf(SOURCE, USD);
        assertEq(abi.encode(reported, lostSeq), abi.encode(8e17, 0));
        assertEq(keccak256(abi.encode(ledger.assetOf(ETH), ledger.lineOf(accountOf(bob), ETH))), eth, "I13");
        releaseReally(alice, USD, USD_100, 0);
        replayAtVault(2);
        assertEq(origin.owed(USD), USD_100);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        origin.pay(3, entriesOf(back, 2, 3), payer);
        assertEq(tokens[0].balanceOf(alice), 80 * ONE_USD);
    }

    // A chain of the ledger loses blocks

    /// @notice Unpaid releases of a dead branch are void, paid ones settle the same release of the surviving branch, and one
    ///         that nobody journaled again is missing at the vault.
    function test_I1_I4_releases_of_a_dead_branch_are_paid_once_or_void() public {
        partBack();
        Entry memory paid = releaseOf(alice, USD, 10 * ONE_USD, 0);
        Entry memory unpaid = releaseOf(alice, USD, 20 * ONE_USD, 0);
        Entry memory lost = releaseOf(alice, USD, 5 * ONE_USD, 0);
        append(back, paid);
        append(back, unpaid);
        append(back, lost);
        replayAtVault(0);
        origin.pay(1, entriesOf(back, 0, 1), payer);
        origin.pay(3, entriesOf(back, 2, 3), payer);
        // The surviving branch: another order, and one of them never happened.
        releaseAlone(alice, USD, 20 * ONE_USD);
        releaseAlone(alice, USD, 10 * ONE_USD);

        closeAtVault(0);
        assertEq(uint256(origin.payment(2).state), uint256(PaymentState.VOID));
        assertEq(origin.owed(USD), 0);
        assertEq(origin.accounted(USD), USD_100, "what was paid for nobody's line is accounted again");
        bytes memory entry = entriesOf(back, 1, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICollateralVaultReleases.PaymentStateMismatch.selector,
                2,
                PaymentState.VOID,
                PaymentState.QUEUED
            )
        );
        origin.pay(2, entry, payer);
        openAtLedger(0);
        replayAtVault(0);

        uint96 first = EdgeLib.sequenceOf(1, 1);
        assertEq(uint256(origin.payment(first).state), uint256(PaymentState.QUEUED));
        assertEq(uint256(origin.payment(first + 1).state), uint256(PaymentState.PAID), "settled without a transfer");
        assertEq(tokens[0].balanceOf(alice), 15 * ONE_USD);
        assertEq(origin.owed(USD), 20 * ONE_USD);
        // 5 left for a release that never happened: that is a shortage like any other.
        assertEq(origin.accounted(USD) - tokens[0].balanceOf(vault), 5 * ONE_USD);
        entry = entriesOf(back, 0, 1);
        vm.expectRevert();
        origin.pay(first, entry, payer);
        origin.report(USD);
        assertEq(origin.assetOf(USD).coverage, uint256(85e18) / 90);
        assertHeld(USD, 70 * ONE_USD);
        assertEq(origin.accounted(USD) - origin.owed(USD), 70 * ONE_USD);
    }

    /// @notice A release that came back by a refund before its journal was opened again is not journaled again, and a refund
    ///         of one that was brings nothing back: the release lives on under its new number.
    function test_I4_a_release_comes_back_or_is_journaled_again_and_never_both() public {
        releaseReally(alice, USD, 10 * ONE_USD, 0);
        releaseReally(alice, USD, 20 * ONE_USD, 0);
        replayAtVault(0);
        partBack();
        vm.startPrank(guardian);
        origin.quarantine(uint40(block.timestamp + 1 hours));
        origin.stop(1, entriesOf(back, 0, 1), "x");
        origin.stop(2, entriesOf(back, 1, 2), "y");
        vm.stopPrank();
        append(journal, _refundOf(1));
        append(journal, _refundOf(2));
        JournalHead memory statement = statementOf(journal, 3);
        statement.tip = 3;
        post(2, statement);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);

        // Only the second is journaled again; then its old refund arrives.
        bytes memory sigs = signPoint(attesters, back.edge, 0, back.edge, 3);
        vm.prank(governor);
        ledger.openGeneration(SOURCE, 0, back.edge, 1, sigs, entriesOf(back, 0, 2));
        (, uint64 count, ) = ledger.journalHead(SOURCE);
        assertEq(count, 1);
        applyAll();
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        (, , , , , SourceState state) = ledger.replicaOf(SOURCE);
        assertEq(uint256(state), uint256(SourceState.LIVE), "an honest refund quarantines nothing");
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        assertEq(
            ledger.releasedOf(SOURCE, EdgeLib.sequenceOf(1, 1)),
            keccak256(abi.encodePacked(USD, uint128(20 * ONE_USD), accountOf(alice)))
        );
        // Undoing a refund that had no effect takes nothing, and its release does not come back to life.
        closeAtLedger(3);
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 2), bytes32(uint256(1)));
    }

    /// @notice A reroute names its release by the number that this has in the journal that is opened again.
    function test_I4_reroutes_follow_what_is_journaled_again() public {
        releaseReally(alice, USD, 10 * ONE_USD, 0);
        append(back, Entry(EntryCodec.REROUTE, 1, 1, accountOf(alice), bytes32(uint256(uint160(carol))), 0));
        vm.prank(alice);
        ledger.reroute(SOURCE, 1, 1, 10 * ONE_USD, accountOf(alice), bytes32(uint256(uint160(carol))));

        bytes memory sigs = signPoint(attesters, back.edge, 0, back.edge, 3);
        bytes32 next = EdgeLib.nameOf(SETTLEMENT, address(ledger), ORIGIN, vault, 1, back.edge);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.Reappended(
            next,
            2,
            2,
            EntryCodec.REROUTE,
            1,
            uint128(EdgeLib.sequenceOf(1, 1)),
            accountOf(alice),
            bytes32(uint256(uint160(carol))),
            0
        );
        vm.prank(governor);
        ledger.openGeneration(SOURCE, 0, back.edge, 1, sigs, entriesOf(back, 0, 2));
    }

    /// @notice A loss goes on under its own new number, which is the one that the vault answers; what was taken over under the old
    ///         one is accounted no more.
    function test_I1_a_loss_is_taken_over_under_the_number_that_it_has_in_the_end() public {
        part();
        lock(USD, 20 * ONE_USD, accountOf(mallory), 0);
        applyAll();
        releaseReally(mallory, USD, 20 * ONE_USD, 0);
        replayAtVault(0);
        origin.pay(1, entriesOf(back, 0, 1), payer);
        closeAtLedger(2);
        openAtVault(2);
        _writeOff(USD, 20 * ONE_USD);
        replayAtVault(1);
        vm.warp(origin.payment(2).readyAt);
        origin.takeLoss(2, entriesOf(back, 1, 2));
        partBack();
        closeAtVault(1);
        assertEq(origin.accounted(USD), 80 * ONE_USD);
        openAtLedger(1);
        (, , , , uint96 lostSeq) = ledger.coverageOf(SOURCE, USD);
        assertEq(lostSeq, EdgeLib.sequenceOf(1, 1));
        replayAtVault(0);
        vm.warp(origin.payment(lostSeq).readyAt);
        origin.takeLoss(lostSeq, entriesOf(back, 0, 1));
        assertEq(origin.accounted(USD), linesOf(USD));
        // The first answer named the old number, which the ledger does not wait for any more.
        append(journal, _shortfall(20 * ONE_USD, 100 * ONE_USD, 2));
        applyAll();
        (, , , , lostSeq) = ledger.coverageOf(SOURCE, USD);
        assertEq(lostSeq, EdgeLib.sequenceOf(1, 1));
        append(journal, _shortfall(20 * ONE_USD, 100 * ONE_USD, lostSeq));
        applyAll();
        (, , , , lostSeq) = ledger.coverageOf(SOURCE, USD);
        assertEq(lostSeq, 0);
        releaseReally(alice, USD, ONE_USD, 0);
    }

    function test_I2_the_ledger_opens_no_journal_past_its_end_and_goes_on_with_none_that_is_whole() public {
        bytes32 edge = back.edge;
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.EdgeNotCrossing.selector, edge));
        ledger.continueGeneration(SOURCE, "");
        bytes memory sigs = signPoint(attesters, edge, 1, "nowhere", 3);
        vm.expectRevert(abi.encodeWithSelector(GenerationLib.PointUnknown.selector, edge, 1, bytes32("nowhere")));
        vm.prank(governor);
        ledger.openGeneration(SOURCE, 1, "nowhere", 1, sigs, "");
    }

    // Both, again, and apart

    function test_I2_sides_that_name_different_points_agree_on_nothing() public {
        part();
        lock(USD, 30 * ONE_USD, accountOf(carol), 0);
        applyAll();
        closeAtLedger(2);
        openAtVault(1);
        lockAtVault(bob, USD, ONE_USD, accountOf(bob), 0);
        (bytes32 edge, , , , , ) = ledger.replicaOf(SOURCE);
        assertTrue(edge != journal.edge);
        JournalHead memory statement = statementOf(journal, tip(journal));
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.EdgeMismatch.selector, journal.edge, edge));
        ledger.applyEntries(
            SOURCE,
            0,
            entriesOf(journal, 0, tip(journal)),
            new uint64[](0),
            statement,
            sigs,
            accountOf(relayer)
        );
        assertHeld(USD, USD_100);
    }

    function test_I1_I2_a_second_change_of_generation_is_like_the_first() public {
        part();
        lock(USD, 30 * ONE_USD, accountOf(carol), 0);
        applyAll();
        lockReally(carol, USD, 12 * ONE_USD, 0);
        closeAtLedger(2);
        openAtVault(2);
        applyAll();
        lockAtVault(bob, USD, 5 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertHeld(USD, origin.accounted(USD));

        part();
        lock(USD, 3 * ONE_USD, accountOf(mallory), 0);
        applyAll();
        lockReally(alice, USD, ONE_USD, 0);
        closeAtLedger(2);
        bytes memory sigs = signAtOrigin(survived.edge, 2, survived.heads[2]);
        bytes memory entries = entriesOf(survived, 2, 3);
        vm.chainId(ORIGIN);
        vm.prank(governor);
        origin.openGeneration(2, survived.heads[2], 1, sigs, entries);
        vm.chainId(SETTLEMENT);
        followOrigin(2, 2);
        applyAll();
        assertHeld(USD, origin.accounted(USD));
        assertEq(amountOf(alice, USD), 101 * ONE_USD);
        assertEq(amountOf(carol, USD), 12 * ONE_USD);
    }

    /// @notice Whatever was applied and whatever survived, after both sides went through a point the ledger holds what the vault
    ///         accounts for and does not owe, or owes the rest; sharing that out leaves no more.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I12_I13_lines_never_pass_what_the_vault_holds(uint256 seed) public {
        uint64 shared = tip(journal);
        for (uint256 i = 0; i < 1 + (seed % 6); ++i) {
            _lockSome(uint256(keccak256(abi.encode(seed, "before", i))), true);
        }
        applyAll();
        shared += uint64((seed >> 8) % (tip(journal) - shared + 1));
        part();
        // The survivors past the shared point are those that the vault has, whatever the point is.
        uint64 common = tip(journal);
        for (uint256 i = 0; i < (seed >> 16) % 8; ++i) {
            _lockSome(uint256(keccak256(abi.encode(seed, "dead", i))), false);
        }
        if (tip(journal) != common) applyAll();
        for (uint256 i = 0; i < (seed >> 24) % 5; ++i) {
            _releaseSome(uint256(keccak256(abi.encode(seed, "release", i))));
        }
        if (tip(back) != 0) replayAtVault(0);
        for (uint256 i = 0; i < (seed >> 32) % 6; ++i) {
            uint256 one = uint256(keccak256(abi.encode(seed, "alive", i)));
            lockReally(everybody[one % 4], USD, uint128(1 + ((one >> 8) % USD_100)), 0);
        }
        uint64 point = uint64((seed >> 40) % (common + 1));
        bytes32 eth = keccak256(abi.encode(ledger.assetOf(ETH)));
        closeAtLedger(point);
        openAtVault(point);
        if (tip(journal) != 0) applyAll();
        if (point >= 2) assertEq(keccak256(abi.encode(ledger.assetOf(ETH))), eth, "I13");
        uint256 inFlight = origin.owed(USD);
        // Releases that the vault could not take were never covered, and it refused them.
        if (origin.quarantinedUntil() != 0) return;
        uint256 covered = origin.accounted(USD) - inFlight;
        assertHeld(USD, covered);
        if (ledger.writeOffOf(USD).owing == 0) return;
        uint128 owing = ledger.writeOffOf(USD).owing;
        _writeOff(USD, owing);
        _takeLoss(tip(back) - 1);
        uint256 held = ledger.assetOf(USD).parked;
        for (uint256 i = 0; i < everybody.length; ++i) held += amountOf(everybody[i], USD);
        assertEq(held, origin.accounted(USD) - origin.owed(USD), "I1: to the unit");
        assertEq(origin.accounted(USD) - origin.owed(USD), covered + owing);
    }

    /// @notice Whatever was paid on which branch, after both sides went through a point what lines hold and what is owed is what
    ///         the vault accounts for; what it lacks is what it paid for releases that never came again.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I4_every_release_is_paid_once_or_missing(uint256 seed) public {
        for (uint256 i = 0; i < seed % 5; ++i) releaseReally(alice, USD, _small(seed, i), 0);
        uint64 common = tip(back);
        partBack();
        for (uint256 i = 0; i < (seed >> 8) % 5; ++i) append(back, releaseOf(alice, USD, _small(seed, 100 + i), 0));
        if (tip(back) != 0) replayAtVault(0);
        for (uint64 i = 0; i < tip(back); ++i) {
            if ((seed >> (16 + i)) % 2 == 0) origin.pay(i + 1, entriesOf(back, i, i + 1), payer);
        }
        for (uint256 i = 0; i < (seed >> 32) % 5; ++i) releaseAlone(alice, USD, _small(seed, 200 + i));
        uint64 point = uint64((seed >> 40) % (common + 1));
        closeAtVault(point);
        openAtLedger(point);
        if (tip(back) != 0) replayAtVault(0);

        assertEq(origin.quarantinedUntil(), 0);
        assertEq(linesOf(USD) + origin.owed(USD), origin.accounted(USD), "I1");
        uint256 unsettled = 0;
        for (uint128 units = 1; units <= 4; ++units) {
            Entry memory entry = releaseOf(alice, USD, units * ONE_USD, 0);
            unsettled += origin.paidPastPoint(keccak256(EntryCodec.pack(entry)));
        }
        assertEq(origin.accounted(USD), tokens[0].balanceOf(vault) + unsettled, "I4");
        for (uint64 i = 0; i < tip(back); ++i) {
            PaymentState state = origin.payment(EdgeLib.sequenceOf(1, i + 1)).state;
            assertTrue(state == PaymentState.QUEUED || state == PaymentState.PAID);
        }
    }

    // Helpers of the tests

    /// @notice An owner's release, in a call of its own.
    function releaseByOwner(address owner, uint128 amount) external {
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), USD, amount, bytes32(uint256(uint160(owner))), 0);
    }

    function _lockSome(uint256 seed, bool really) private {
        address who = everybody[seed % 4];
        uint128 amount = uint128(1 + ((seed >> 8) % USD_100));
        if (really) lockAtVault(who, USD, amount, accountOf(who), 0);
        else lock(USD, amount, accountOf(who), uint96((seed >> 200) % (amount / 10 + 1)));
    }

    function _small(uint256 seed, uint256 salt) private pure returns (uint128) {
        return uint128(1 + (uint256(keccak256(abi.encode(seed, salt))) % 4)) * ONE_USD;
    }

    function _releaseSome(uint256 seed) private {
        address who = everybody[seed % 4];
        Line memory line = ledger.lineOf(accountOf(who), USD);
        // What came in above the season's level in one batch leaves an hour later.
        uint128 held = uint128(line.amount - (vm.getBlockTimestamp() < line.seasonEnd ? line.unseasoned : 0));
        if (held >= ONE_USD) releaseReally(who, USD, held, 0);
    }

    /// @dev Writes off what is owed, and takes the entry down with which the ledger tells the vault.
    function _writeOff(uint16 assetId, uint128 units) private {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshNow();
        ledger.writeOff(assetId);
        vm.warp(vm.getBlockTimestamp() + 72 hours);
        refreshNow();
        ledger.writeOff(assetId);
        assertEq(ledger.writeOffOf(assetId).owing, 0);
        append(back, Entry(EntryCodec.LOST, assetId, units, 0, 0, 0));
        (, uint64 length, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(abi.encode(length, head), abi.encode(tip(back), back.heads[tip(back)]));
    }

    /// @dev The vault replays from a count, takes the loss over that is the last entry, and the ledger applies its answer.
    function _takeLoss(uint64 from) private {
        replayAtVault(from);
        uint96 seq = tip(back);
        vm.warp(origin.payment(seq).readyAt);
        origin.takeLoss(seq, entriesOf(back, tip(back) - 1, tip(back)));
        (uint256 accounted, uint256 held) = (origin.accounted(USD), tokens[0].balanceOf(vault));
        append(journal, _shortfall(held < accounted ? accounted - held : 0, accounted, seq));
        (, uint64 length, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(length, head), abi.encode(tip(journal), journal.heads[tip(journal)]));
        applyAll();
    }

    function _shortfall(uint256 deficit, uint256 accounted, uint96 answers) private pure returns (Entry memory) {
        bytes32 party = bytes32(accounted | (uint256(answers) << 128));
        return Entry(EntryCodec.SHORTFALL, USD, uint128(deficit), 0, party, 0);
    }

    function _refundOf(uint64 which) private view returns (Entry memory refund) {
        refund = entryOf(back, which - 1);
        refund.kind = EntryCodec.REFUND;
        refund.party = bytes32(uint256(which));
    }
}

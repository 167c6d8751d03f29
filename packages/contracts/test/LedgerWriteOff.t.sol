// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {ICollateralLedger} from "../solidity/interfaces/ICollateralLedger.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice What a closed edge left owing is told to the vault, and nothing of the asset leaves before the vault has answered.
contract LedgerWriteOffTest is ClosingFixture, LedgerCoverageFixture {
    address private carol = makeAddr("carol");
    uint32 private generation;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Two calls

    function test_writes_off_three_days_of_the_sources_clock_after_the_next_generation_is_heard_of() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.NothingOwed.selector, USD));
        ledger.writeOff(USD);
        _leaveDebt(30 * ONE_USD);
        uint40 asOf = uint40(vm.getBlockTimestamp());
        _expectTooEarly(asOf + 1, asOf);
        vm.warp(asOf + 1);
        refreshNow();
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.WriteOffAnnounced(USD, asOf + 1 + 72 hours);
        ledger.writeOff(USD);
        // Time alone is not enough: the source must have spoken since.
        vm.warp(asOf + 100 hours);
        _expectTooEarly(asOf + 1 + 72 hours, asOf + 1);
        vm.warp(asOf + 72 hours);
        refreshNow();
        _expectTooEarly(asOf + 1 + 72 hours, asOf + 72 hours);
        vm.warp(asOf + 1 + 72 hours);
        refreshNow();
        (bytes32 edge, , bytes32 head) = ledger.journalHead(SOURCE);
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.Journaled(edge, 2, EntryCodec.LOST, 1, 30 * ONE_USD, 0, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.WrittenOff(USD, 30 * ONE_USD, 2);
        vm.prank(makeAddr("anyone"));
        ledger.writeOff(USD);
        (, uint64 count, bytes32 after_) = ledger.journalHead(SOURCE);
        assertEq(count, 2);
        assertEq(after_, EntryCodec.extend(head, Entry(EntryCodec.LOST, 1, 30 * ONE_USD, 0, 0, 0)));
        assertEq(ledger.writeOffOf(USD).owing, 0);
        assertEq(toldOf(USD).lostSeq, 2);
        assertEq(ledger.assetOf(USD).credited, ALL, "no unit of anybody's");
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.NothingOwed.selector, USD));
        ledger.writeOff(USD);
    }

    function test_does_not_write_off_while_the_source_is_quarantined() public {
        _leaveDebt(30 * ONE_USD);
        _announce();
        uint40 until = uint40(vm.getBlockTimestamp() + 1 days);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, until);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICollateralLedger.SourceNotAccepting.selector,
                SOURCE,
                SourceState.QUARANTINED,
                until
            )
        );
        ledger.writeOff(USD);
    }

    /// @notice More than there is, and of an asset that nobody holds any more: the vault takes all of it over.
    function test_I1_writes_off_whatever_is_owed() public {
        release(alice, USD, 100 * ONE_USD, 0);
        release(bob, USD, 5 * ONE_USD, 0);
        _leaveDebt(30 * ONE_USD);
        _announce();
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.WrittenOff(USD, 30 * ONE_USD, 4);
        ledger.writeOff(USD);
        assertEq(ledger.assetOf(USD).credited, 0);
        assertEq(ledger.assetOf(USD).terms.capThousandths, capOfAssets(), "newcomers have what they lock");
    }

    // Until the vault has answered

    function test_I1_nothing_of_the_asset_leaves_before_its_vault_has_answered() public {
        _park(12 * ONE_USD);
        _oweFees(7 * ONE_USD);
        _pass(62 minutes);
        uint256 aM = maintenanceOf(alice);
        _expectHeld(aM);
        _writeOff();
        _expectHeld(aM);
        uint96 lostSeq = toldOf(USD).lostSeq;
        // Numbers that are none, of another generation, or of another entry.
        uint256[5] memory wrong = [0, uint256(lostSeq) - 1, lostSeq + 1, (1 << 64) | lostSeq, 1 << 95];
        for (uint256 i = 0; i < 5; ++i) {
            reportOf(USD, 0, ALL, wrong[i]);
            applyAll();
            assertEq(toldOf(USD).lostSeq, lostSeq);
            _expectHeld(aM);
        }
        // Nor does the number of the answer settle another asset, or another asset's report this one.
        reportOf(ETH, 0, ALL, lostSeq);
        applyAll();
        _expectHeld(aM);
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        assertEq(toldOf(USD).lostSeq, 0);
        assertEq(flagsOf(USD), 0);
        assertEq(initialOf(alice), 28_872e18, "of her USD too");
        release(alice, USD, ONE_USD, 0);
        vm.prank(carol);
        ledger.releaseParked(SOURCE, 4, wordOf(carol));
    }

    /// @notice The answer reports the loss in the same entry, so nobody leaves in between.
    function test_I1_the_answer_impairs_the_asset_as_it_settles_it() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        uint256 aM = maintenanceOf(alice);
        _pass(96 hours);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, toldOf(USD).lostSeq);
        applyAll();
        expectCoverage(WAD, uint256(105e18) / 135, vm.getBlockTimestamp());
        assertEq(flagsOf(USD), IMPAIRED);
        assertEq(initialOf(alice), 28_800e18, "of her ETH");
        assertEq(maintenanceOf(alice), aM, "the weight of the closing stands on");
        passWeek();
        ledger.cover(USD);
        expectCoverage(uint256(105e18) / 135, uint256(105e18) / 135, 0);
    }

    function test_coverage_is_put_in_force_while_something_is_owed() public {
        _leaveDebt(30 * ONE_USD);
        report(21 * ONE_USD, ALL);
        applyAll();
        assertEq(flagsOf(USD), IMPAIRED | OWING);
        uint256 aM = maintenanceOf(alice);
        passWeek();
        ledger.cover(USD);
        assertEq(flagsOf(USD), SHORT | OWING);
        // A fifth of 100 USD · 0.85 · 0.95.
        assertEq(aM - maintenanceOf(alice), 16.15e18);
        report(0, ALL);
        applyAll();
        assertEq(flagsOf(USD), OWING, "a report settles nothing that is owed");
    }

    /// @notice The weight is that of the closing, also where the first report of a shortage comes later.
    function test_I6_what_owes_keeps_the_weight_of_its_closing_when_it_is_reported_short() public {
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, 30 * ONE_USD, 0);
        // A day past the 72 hours: 5 % less.
        vm.warp(START + 96 hours);
        close(3);
        follow(3, 1);
        refreshNow();
        report(1, ALL);
        applyAll();
        assertEq(lens.weightsOf(USD).freshM, 950_000);
        assertEq(lens.weightsOf(ETH).freshM, 1_000_000);
    }

    // Repaid, and owed again

    function test_repaying_what_is_owed_settles_the_asset_only_while_no_lost_is_open() public {
        _leaveDebt(30 * ONE_USD);
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(flagsOf(USD), 0, "repaid, and nothing was told to the vault");
        assertEq(amountOf(relayer, USD), 0);

        _oweFees(7 * ONE_USD);
        _writeOff();
        uint96 lostSeq = toldOf(USD).lostSeq;
        _oweFees(9 * ONE_USD);
        lock(USD, 9 * ONE_USD, accountOf(bob), uint96(9 * ONE_USD));
        applyAll();
        assertEq(ledger.writeOffOf(USD).owing, 0, "repaid");
        assertEq(flagsOf(USD), OWING, "the vault has not answered");
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        assertEq(flagsOf(USD), 0);
    }

    /// @notice An answer does not settle what was owed after the entry that it answers.
    function test_I1_an_answer_leaves_the_asset_unsettled_while_more_is_owed() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        _oweFees(9 * ONE_USD);
        reportOf(USD, 0, ALL, toldOf(USD).lostSeq);
        applyAll();
        assertEq(toldOf(USD).lostSeq, 0);
        assertEq(flagsOf(USD), OWING);
        _announce();
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.WrittenOff(USD, 9 * ONE_USD, 3);
        ledger.writeOff(USD);
        reportOf(USD, 0, ALL, 3);
        applyAll();
        assertEq(flagsOf(USD), 0);
    }

    /// @notice The vault may take two losses over in any order: the ledger tells of one at a time, so that no answer settles an
    ///         asset of which another loss is not accounted for yet.
    function test_I1_a_second_loss_waits_for_the_answer_to_the_first() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        _oweFees(9 * ONE_USD);
        _announce();
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD));
        ledger.writeOff(USD);
        assertEq(ledger.writeOffOf(USD).owing, 9 * ONE_USD);
        reportOf(USD, 0, ALL, toldOf(USD).lostSeq);
        applyAll();
        ledger.writeOff(USD);
        assertEq(toldOf(USD).lostSeq, 3);
    }

    /// @notice Credit of an account repays what it owes though it was written off; fees are their relayers' own from then on.
    function test_fees_repay_nothing_once_what_they_owed_is_written_off() public {
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(2 * ONE_USD));
        applyAll();
        close(3);
        follow(3, 1);
        assertEq(ledger.debtOf(0, USD), 2 * ONE_USD);
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(ONE_USD));
        applyAll();
        assertEq(ledger.debtOf(0, USD), ONE_USD);
        _writeOff();
        uint256 before = amountOf(relayer, USD);
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), before + ONE_USD, "before the answer");
        reportOf(USD, 0, ALL, toldOf(USD).lostSeq);
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), before + 2 * ONE_USD, "and after it");
    }

    /// @notice What was written off is still owed: locks repay it, and what others transfer is the account's own.
    function test_a_line_that_owes_keeps_what_was_transferred_to_it() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        reportOf(USD, 0, ALL, toldOf(USD).lostSeq);
        applyAll();
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(relayer), USD, ONE_USD + 1);
        lock(USD, 20 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(ledger.debtOf(accountOf(relayer), USD), 10 * ONE_USD);
        lock(USD, 25 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(ledger.debtOf(accountOf(relayer), USD), 0);
        assertEq(amountOf(relayer, USD), 16 * ONE_USD + 1);
    }

    // Answers that never were

    /// @notice A forged answer settles nothing for good: the LOST is open again when the entry is undone.
    function test_I1_an_answer_that_is_undone_leaves_its_lost_open() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        uint96 lostSeq = toldOf(USD).lostSeq;
        reportOf(USD, 0, ALL, lostSeq);
        // The same again answers nothing, and takes nothing from the first when it is undone.
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        assertEq(flagsOf(USD), 0);
        begin(1);
        undo(1, 2);
        assertEq(toldOf(USD).lostSeq, 0);
        assertEq(flagsOf(USD), 0);
        follow(1, 2);

        // In the generation after, the point is before the answer.
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        close(0);
        assertEq(toldOf(USD).lostSeq, 0, "answered by an entry of the generation before");
    }

    function test_I1_a_forged_answer_is_undone_with_its_effect() public {
        _leaveDebt(30 * ONE_USD);
        _writeOff();
        uint96 lostSeq = toldOf(USD).lostSeq;
        vm.warp(vm.getBlockTimestamp() + 1 days);
        reportOf(USD, 0, ALL, lostSeq);
        applyAll();
        close(0);
        follow(0, 2);
        assertEq(toldOf(USD).lostSeq, lostSeq);
        assertEq(flagsOf(USD), OWING);
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD));
        release(alice, USD, ONE_USD, 0);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, lostSeq);
        applyAll();
        assertEq(flagsOf(USD), IMPAIRED);
        // So is the next one.
        close(0);
        assertEq(toldOf(USD).lostSeq, lostSeq);
        assertEq(flagsOf(USD), OWING);
    }

    // Inside

    /// @dev Unsettled: nothing counts for initial, what counts for maintenance stands still, nothing leaves.
    function _expectHeld(uint256 aM) private {
        bytes memory unsettled = abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD);
        assertEq(flagsOf(USD), OWING);
        assertEq(initialOf(alice), 28_800e18, "of her ETH alone");
        assertEq(maintenanceOf(alice), aM);
        vm.expectRevert(unsettled);
        release(alice, USD, ONE_USD, 0);
        vm.expectRevert(unsettled);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(bob), USD, ONE_USD);
        vm.expectRevert(unsettled);
        vm.prank(carol);
        ledger.releaseParked(SOURCE, 4, wordOf(carol));
    }

    function _expectTooEarly(uint256 needed, uint40 asOf) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffTooEarly.selector, USD, needed, asOf));
        ledger.writeOff(USD);
    }

    /// @dev A lock that never was, released before it is undone; the journal is the next generation then.
    function _leaveDebt(uint128 amount) private {
        lock(USD, amount, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, amount, 0);
        close(3);
        follow(3, ++generation);
    }

    /// @dev A lock that never was, all of it a fee that went to the relayer; the journal is the next generation then.
    function _oweFees(uint128 units) private {
        uint64 point = tip(journal);
        lock(USD, units, accountOf(bob), uint96(units));
        applyAll();
        close(point);
        follow(point, ++generation);
    }

    /// @dev Parks a credit of Carol's as the fourth entry.
    function _park(uint128 amount) private {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        lock(USD, amount, accountOf(carol), 0);
        applyAll();
        vm.prank(governor);
        ledger.unpause(0, USD);
        assertEq(ledger.assetOf(USD).parked, amount);
    }

    /// @dev Begins the wait, and lets it pass.
    function _announce() private {
        _pass(1);
        ledger.writeOff(USD);
        _pass(72 hours);
    }

    function _writeOff() private {
        _announce();
        ledger.writeOff(USD);
    }

    /// @dev Time passes, by the source's clock too.
    function _pass(uint256 time) private {
        vm.warp(vm.getBlockTimestamp() + time);
        setPrices(1e12, 2000e12);
        refreshNow();
    }
}

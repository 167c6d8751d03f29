// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerLosses, ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerCoverageFixture} from "../losses/LedgerCoverageFixture.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice What is missing, or found, is told to the vault, and nothing of the asset leaves before the vault has answered.
contract LedgerRewindLostTest is RewindFixture, LedgerCoverageFixture {
    uint16 private constant UNLISTED = 3;

    address private carol = makeAddr("carol");

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // What is told

    function test_I1_tells_what_is_missing_once_no_orphan_of_the_asset_is_left() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingMissing.selector, SOURCE, USD));
        ledger.writeOff(SOURCE, USD);
        Entry memory other = lockEntry(USD, 7 * ONE_USD, accountOf(bob), 0);
        append(journal, other);
        _unwindSpent(30 * ONE_USD, 3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(_spent(30 * ONE_USD)));
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.OrphansLeft.selector, SOURCE, USD, 7 * ONE_USD));
        ledger.writeOff(SOURCE, USD);
        append(journal, other);
        applyAll();
        (bytes32 edge, , bytes32 head) = ledger.journalHead(SOURCE);
        vm.expectEmit(address(ledger));
        emit IEdge.Journaled(edge, 2, EntryCodec.LOST, 1, 30 * ONE_USD, 0, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.WrittenOff(SOURCE, USD, 30 * ONE_USD, false, 2);
        vm.prank(makeAddr("anyone"));
        ledger.writeOff(SOURCE, USD);
        (, uint64 count, bytes32 after_) = ledger.journalHead(SOURCE);
        assertEq(count, 2);
        assertEq(after_, EntryCodec.extend(head, Entry(EntryCodec.LOST, 1, 30 * ONE_USD, 0, 0, 0)));
        expectLeft(USD, 0, 0, 0);
        assertEq(leftOf(USD).lostSeq, 2);
        assertEq(toldOf(USD).lostSeq, 2);
        assertEq(ledger.assetOf(USD).credited, ALL + 7 * ONE_USD, "no unit of anybody's");
    }

    function test_I1_tells_what_is_found_after_it_was_told_as_lost() public {
        _lose(30 * ONE_USD);
        append(journal, _spent(30 * ONE_USD));
        applyAll();
        expectLeft(USD, 0, 0, 30 * ONE_USD);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD));
        ledger.writeOff(SOURCE, USD);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, 2);
        applyAll();
        assertEq(assetFlags(USD), IMPAIRED);
        (bytes32 edge, , ) = ledger.journalHead(SOURCE);
        vm.expectEmit(address(ledger));
        emit IEdge.Journaled(edge, 3, EntryCodec.LOST, 1, 30 * ONE_USD, 0, bytes32(uint256(1)));
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.WrittenOff(SOURCE, USD, 30 * ONE_USD, true, 3);
        ledger.writeOff(SOURCE, USD);
        expectLeft(USD, 0, 0, 0);
        assertEq(leftOf(USD).lostSeq, 3);
        assertEq(assetFlags(USD), IMPAIRED, "what is found holds nobody up");
        reportOf(USD, 0, 105 * ONE_USD, 3);
        applyAll();
        assertEq(leftOf(USD).lostSeq, 0);
        assertEq(assetFlags(USD), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingMissing.selector, SOURCE, USD));
        ledger.writeOff(SOURCE, USD);
    }

    /// @notice Of what comes, what is missing and was not told falls first.
    function test_I1_what_comes_lowers_what_is_missing_before_it_is_found() public {
        _lose(30 * ONE_USD);
        _missFee(20 * ONE_USD);
        expectLeft(USD, 0, 20 * ONE_USD, 0);
        append(journal, _spent(30 * ONE_USD));
        applyAll();
        expectLeft(USD, 0, 0, 10 * ONE_USD);
        assertEq(assetFlags(USD), OWING, "the first loss is not answered");
    }

    /// @notice The vault may take two losses over in any order: the ledger tells of one at a time, so that no answer settles an
    ///         asset of which another loss is not accounted for yet.
    function test_I1_a_second_loss_waits_for_the_answer_to_the_first() public {
        _lose(30 * ONE_USD);
        _missFee(9 * ONE_USD);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD));
        ledger.writeOff(SOURCE, USD);
        reportOf(USD, 0, ALL, 2);
        applyAll();
        assertEq(toldOf(USD).lostSeq, 0);
        assertEq(assetFlags(USD), OWING, "an answer leaves the asset unsettled while more is missing");
        ledger.writeOff(SOURCE, USD);
        assertEq(toldOf(USD).lostSeq, 3);
        reportOf(USD, 0, ALL, 3);
        applyAll();
        assertEq(assetFlags(USD), 0);
    }

    /// @notice What is missing of an asset that is not listed is told too, and holds the asset from its listing on.
    function test_I1_an_asset_that_is_listed_while_it_is_unsettled_is_unsettled() public {
        Entry memory entry = _loseUnlisted();
        uint256 snapshot = vm.snapshotState();
        assertEq(assetFlags(_listThird()), OWING, "orphans");
        vm.revertToState(snapshot);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        snapshot = vm.snapshotState();
        assertEq(assetFlags(_listThird()), OWING, "missing");
        vm.revertToState(snapshot);
        ledger.writeOff(SOURCE, UNLISTED);
        assertEq(leftOf(UNLISTED).lostSeq, 2);
        snapshot = vm.snapshotState();
        uint16 assetId = _listThird();
        assertEq(assetFlags(assetId), OWING, "not answered");
        assertEq(_frozenOf(assetId), 10_000, "the weight of the closing");
        reportOf(UNLISTED, 0, 80, 2);
        applyAll();
        assertEq(assetFlags(assetId), 0);
        vm.revertToState(snapshot);
        reportOf(UNLISTED, 0, 80, 2);
        applyAll();
        assertEq(assetFlags(_listThird()), 0);
    }

    // Until all is settled

    function test_I1_nothing_of_an_unsettled_asset_leaves_before_its_vault_has_answered() public {
        _park(12 * ONE_USD);
        vm.warp(START + 62 minutes);
        setPrices(1e12, 2000e12);
        refreshNow();
        _unwindSpent(30 * ONE_USD, 4);
        uint256 aM = maintenanceOf(alice);
        _expectHeld(aM);
        passThreeDays();
        _expectHeld(aM);
        ledger.takeBack(SOURCE, EntryCodec.pack(_spent(30 * ONE_USD)));
        _expectHeld(aM);
        ledger.writeOff(SOURCE, USD);
        _expectHeld(aM);
        uint96 lostSeq = toldOf(USD).lostSeq;
        // Numbers that are none, or of another entry.
        uint256[4] memory wrong = [0, uint256(lostSeq) - 1, lostSeq + 1, (1 << 64) | lostSeq];
        for (uint256 i = 0; i < wrong.length; ++i) {
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
        assertEq(assetFlags(USD), 0);
        assertEq(initialOf(alice), 28_872e18, "of her USD too");
        release(alice, USD, ONE_USD, 0);
        vm.prank(carol);
        ledger.releaseParked(SOURCE, 4, wordOf(carol));
    }

    /// @notice What waits of an asset that is not listed may not leave either.
    function test_I1_nothing_of_an_unsettled_asset_leaves_parking_before_it_is_listed() public {
        Entry memory entry = _loseUnlisted();
        lock(UNLISTED, 9, accountOf(carol), 0);
        applyAll();
        pass(62 minutes);
        _expectParkedHeld();
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
        _expectParkedHeld();
        ledger.writeOff(SOURCE, UNLISTED);
        _expectParkedHeld();
        reportOf(UNLISTED, 0, 80, 2);
        applyAll();
        vm.prank(carol);
        ledger.releaseParked(SOURCE, 4, wordOf(carol));
    }

    /// @notice The other assets of the source go on.
    function test_I13_an_unsettled_asset_holds_no_other_one() public {
        _unwindSpent(30 * ONE_USD, 3);
        release(alice, ETH, ONE_ETH, 0);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    /// @notice The answer reports the loss in the same entry, so nobody leaves in between.
    function test_I1_the_answer_impairs_the_asset_as_it_settles_it() public {
        _lose(30 * ONE_USD);
        uint256 aM = maintenanceOf(alice);
        pass(96 hours);
        reportOf(USD, 30 * ONE_USD, 135 * ONE_USD, toldOf(USD).lostSeq);
        applyAll();
        expectCoverage(WAD, uint256(105e18) / 135, vm.getBlockTimestamp());
        assertEq(assetFlags(USD), IMPAIRED);
        assertEq(initialOf(alice), 28_800e18, "of her ETH");
        assertEq(maintenanceOf(alice), aM, "the weight of the closing stands on");
        passWeek();
        ledger.cover(USD);
        expectCoverage(uint256(105e18) / 135, uint256(105e18) / 135, 0);
    }

    function test_coverage_is_put_in_force_while_something_is_missing() public {
        _unwindSpent(30 * ONE_USD, 3);
        refreshNow();
        report(21 * ONE_USD, ALL);
        applyAll();
        assertEq(assetFlags(USD), IMPAIRED | OWING);
        uint256 aM = maintenanceOf(alice);
        passWeek();
        ledger.cover(USD);
        assertEq(assetFlags(USD), SHORT | OWING);
        // A fifth of 100 USD · 0.85 · 0.95.
        assertEq(aM - maintenanceOf(alice), 16.15e18);
        report(0, ALL);
        applyAll();
        assertEq(assetFlags(USD), OWING, "a report settles nothing that is missing");
    }

    // Flags and weights

    /// @notice The weight stands still as the source's did when the rewind began, and whatever is unwound later.
    function test_I6_what_is_unsettled_keeps_the_maintenance_weight_of_its_first_rewind() public {
        append(journal, _spent(30 * ONE_USD));
        applyAll();
        release(relayer, USD, 30 * ONE_USD, 0);
        // A day past the 72 hours: 5 % less.
        vm.warp(START + 96 hours);
        rewindTo(3);
        assertEq(_frozenOf(USD), 9_500);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        applyAll();
        assertEq(_frozenOf(USD), 9_500, "the source is as fresh as can be by now");
        report(1, ALL);
        applyAll();
        assertEq(_frozenOf(USD), 9_500, "reported short, too");
        rewindTo(0);
        assertEq(_frozenOf(USD), 9_500);
        assertEq(_frozenOf(ETH), 10_000);
    }

    function test_I6_what_was_impaired_before_it_is_unsettled_keeps_the_weight_of_then() public {
        lock(USD, 5 * ONE_USD, accountOf(bob), 0);
        report(ONE_USD, ALL);
        applyAll();
        vm.warp(START + 96 hours);
        rewindTo(3);
        assertEq(assetFlags(USD), IMPAIRED | OWING);
        assertEq(_frozenOf(USD), 9_500, "no more than another asset of a silent source");
        refreshNow();
        assertEq(_frozenOf(USD), 10_000);
    }

    function test_telling_a_loss_lifts_no_pause_and_leaves_the_cap() public {
        _missFee(30 * ONE_USD);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(vm.getBlockTimestamp() + 1 hours));
        ledger.writeOff(SOURCE, USD);
        assertEq(assetFlags(USD), 1 | OWING);
        assertEq(ledger.assetOf(USD).terms.capThousandths, capOfAssets());
        reportOf(USD, 0, ALL, toldOf(USD).lostSeq);
        applyAll();
        assertEq(assetFlags(USD), 1);
    }

    // Inside

    function _expectHeld(uint256 aM) private {
        bytes memory unsettled = abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD);
        assertEq(assetFlags(USD), OWING);
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

    function _expectParkedHeld() private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, 0));
        vm.prank(carol);
        ledger.releaseParked(SOURCE, 4, wordOf(carol));
    }

    /// @dev A lock that never was.
    function _spent(uint128 amount) private view returns (Entry memory) {
        return lockEntry(USD, amount, accountOf(relayer), 0);
    }

    /// @dev Applies such a lock, which is released before it is unwound with all that is past the point.
    function _unwindSpent(uint128 amount, uint64 point) private {
        append(journal, _spent(amount));
        applyAll();
        release(relayer, USD, amount, 0);
        rewindTo(point);
    }

    /// @dev A lock that never was, all of it a fee that went to the relayer, is unwound and taken back.
    function _missFee(uint128 units) private {
        uint64 point = tip(journal);
        Entry memory entry = lockEntry(USD, units, accountOf(bob), uint96(units));
        append(journal, entry);
        applyAll();
        rewindTo(point);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(entry));
    }

    /// @dev It is told to the vault as lost.
    function _lose(uint128 amount) private {
        _unwindSpent(amount, 3);
        passThreeDays();
        ledger.takeBack(SOURCE, EntryCodec.pack(_spent(amount)));
        ledger.writeOff(SOURCE, USD);
    }

    /// @dev Eighty units of an asset that is not listed are released from parking, and unwound.
    function _loseUnlisted() private returns (Entry memory entry) {
        entry = lockEntry(UNLISTED, 80, accountOf(alice), 0);
        append(journal, entry);
        applyAll();
        vm.warp(START + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        rewindTo(3);
    }

    function _listThird() private returns (uint16) {
        vm.prank(governor);
        return ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
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

    /// @dev The freshness in basis points that the asset's source keeps for it.
    function _frozenOf(uint16 assetId) private view returns (uint256) {
        (, uint256 source) = ledger.termWordsOf(assetId);
        return source >> 240;
    }
}

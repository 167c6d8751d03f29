// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice Closing a ledger's replica past what a loss was shared out over, and past refunds of assets that were not listed.
contract LedgerClosingScaledTest is ClosingFixture, LedgerReleaseFixture {
    uint16 private constant UNLISTED = 3;
    address private carol = makeAddr("carol");

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    // Losses that were shared over a line that must not be

    /// @notice What lines shared out was borne by a line that never was: the others have borne too little, and its account owes
    ///         the rest.
    function test_I1_a_credit_that_bore_others_losses_is_taken_back_whole() public {
        _leaveDebt();
        lock(USD, 45 * ONE_USD, accountOf(carol), 0);
        applyAll();
        _shareOut(30 * ONE_USD);
        assertEq(amountOf(carol, USD), 36 * ONE_USD);
        close(0);
        assertEq(amountOf(carol, USD), 0);
        assertEq(ledger.debtOf(accountOf(carol), USD), 9 * ONE_USD);
        // 105 were locked and 30 have left.
        assertEq(ledger.assetOf(USD).credited - ledger.writeOffOf(USD).owing, 75 * ONE_USD);
    }

    function test_I1_a_parked_credit_that_bore_others_losses_is_taken_back_whole() public {
        _leaveDebt();
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 45 * ONE_USD, accountOf(carol), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).parked, 45 * ONE_USD);
        _shareOut(30 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 36 * ONE_USD);
        close(0);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(ledger.debtOf(accountOf(carol), USD), 9 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited - ledger.writeOffOf(USD).owing, 75 * ONE_USD);
    }

    /// @notice The last entry that the ledger had replayed when it scaled bore its part, those after it did not.
    function test_I1_a_credit_bears_what_was_scaled_up_to_its_own_entry() public {
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 21 * ONE_USD, 0, bytes32(uint256(105 * ONE_USD)), 0));
        lock(USD, 10 * ONE_USD, accountOf(carol), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).parked, 10 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.scale(USD);
        lock(USD, 10 * ONE_USD, accountOf(carol), 0);
        applyAll();
        assertEq(amountOf(carol, USD), 10 * ONE_USD);
        close(4);
        assertEq(amountOf(carol, USD), 0);
        assertEq(ledger.debtOf(accountOf(carol), USD), 0);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    /// @notice What lines alone bear reaches no release, so one that comes back is whole.
    function test_I1_a_release_of_before_bears_nothing_of_what_lines_shared_out() public {
        release(bob, USD, 5 * ONE_USD, 0);
        _leaveDebt();
        _shareOut(30 * ONE_USD);
        append(journal, Entry(EntryCodec.REFUND, USD, 5 * ONE_USD, accountOf(bob), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
    }

    /// @notice Until it is shared out nobody is first: what is parked leaves no sooner than what is on lines.
    function test_I1_nothing_parked_leaves_while_something_is_owed() public {
        _leaveDebt();
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 45 * ONE_USD, accountOf(carol), 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.startPrank(carol);
        vm.expectRevert(abi.encodeWithSelector(ILedgerGenerations.WriteOffUnsettled.selector, USD));
        ledger.releaseParked(SOURCE, EdgeLib.sequenceOf(1, 1), wordOf(carol));
        vm.stopPrank();
        _shareOut(30 * ONE_USD);
        vm.prank(carol);
        ledger.releaseParked(SOURCE, EdgeLib.sequenceOf(1, 1), wordOf(carol));
    }

    // Refunds of what was never listed

    /// @notice Nothing that somebody locks of an asset that is not listed keeps an edge from being closed.
    function test_I9_an_edge_closes_past_a_refund_of_an_asset_that_is_not_listed() public {
        bytes32 record = _refundUnlisted();
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.NONE));
    }

    function test_I9_an_edge_closes_past_a_refund_of_before_the_listing() public {
        bytes32 record = _refundUnlisted();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(ledger.writeOffOf(assetId).owing, 0);
    }

    /// @notice One that was released once more leaves no debt of an asset that the ledger does not have.
    function test_a_refund_that_was_released_again_owes_nothing_of_no_asset() public {
        _refundUnlisted();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 5, wordOf(alice));
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.writeOffOf(0).owing, 0);
        assertEq(ledger.debtOf(accountOf(alice), 0), 0);
    }

    /// @notice Nor does the lock that it was released of, the first time.
    function test_a_lock_that_was_released_of_parking_owes_nothing_of_no_asset() public {
        _refundUnlisted();
        close(3);
        stateIs(SourceState.LIVE);
        assertEq(ledger.writeOffOf(0).owing, 0);
        assertEq(ledger.debtOf(accountOf(alice), 0), 0);
    }

    function _refundUnlisted() private returns (bytes32 record) {
        lock(UNLISTED, 80, accountOf(alice), 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        record = ledger.releasedOf(SOURCE, 1);
        append(journal, Entry(EntryCodec.REFUND, UNLISTED, 80, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.UNLISTED));
    }

    /// @notice What fees were owed has been borne by then: later ones are their relayers' own.
    function test_fees_repay_nothing_once_what_was_owed_is_shared_out() public {
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(2 * ONE_USD));
        applyAll();
        close(3);
        follow(3, 1);
        assertEq(ledger.debtOf(0, USD), 2 * ONE_USD);
        _shareOut(2 * ONE_USD);
        // A pause that is over leaves a mark beside that of a debt.
        uint40 until = uint40(vm.getBlockTimestamp() + 1);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, until);
        vm.warp(until);
        uint256 before = amountOf(relayer, USD);
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), before + ONE_USD);
    }

    /// @notice What was shared out is still owed: locks repay it, and what others transfer is the account's own.
    function test_a_line_that_owes_keeps_what_was_transferred_to_it() public {
        _leaveDebt();
        _shareOut(30 * ONE_USD);
        vm.prank(alice);
        ledger.transfer(accountOf(alice), accountOf(relayer), USD, ONE_USD + 1);
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        assertEq(ledger.debtOf(accountOf(relayer), USD), 0);
        assertEq(amountOf(relayer, USD), ONE_USD + 1);
    }

    /// @dev A lock of 30 that never was, released before it is undone; the journal is the next generation then.
    function _leaveDebt() private {
        lock(USD, 30 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        release(relayer, USD, 30 * ONE_USD, 0);
        close(3);
        follow(3, 1);
    }

    function _shareOut(uint256 units) private {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshNow();
        ledger.shareOut(USD);
        vm.warp(vm.getBlockTimestamp() + 72 hours);
        refreshNow();
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.SharedOut(USD, units, 0);
        ledger.shareOut(USD);
    }
}

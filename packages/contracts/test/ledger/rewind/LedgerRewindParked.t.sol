// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {RewindFixture} from "./LedgerRewindFixture.sol";

/// @notice Credit that is unwound while it is parked, or after it left parking, and refunds.
contract LedgerRewindParkedTest is RewindFixture, LedgerReleaseFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    /// @dev The fee of a parked credit was paid, so it is missing at once; told as lost, it would be short at the vault for a week.
    function test_I9_incident_what_is_missing_is_told_only_after_it_had_time_to_come_again() public {
        uint128 amount = uint128(ledger.assetOf(USD).capUnits) + ONE_USD;
        append(journal, lockEntry(USD, amount, accountOf(bob), uint96(3 * ONE_USD)));
        applyAll();
        bytes memory tail = rewindTo(3);
        expectLeft(USD, 0, 3 * ONE_USD, 0);
        (, , , uint40 asOf, , ) = ledger.replicaOf(SOURCE);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.TakeBackTooEarly.selector, SOURCE, 0, asOf));
        ledger.writeOff(SOURCE, USD);
        comeAgain(tail);
        expectLeft(USD, 0, 0, 0);
    }

    function test_I1_what_was_parked_is_deleted_with_its_sum() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        lock(UNLISTED, 9, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).parked, 7 * ONE_USD);
        begin(3);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.ParkedVoided(SOURCE, 5, accountOf(bob), 9);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.ParkedVoided(SOURCE, 4, accountOf(bob), 7 * ONE_USD);
        vm.recordLogs();
        unwind(3, 5);
        assertEq(vm.getRecordedLogs().length, 5, "two voided, unwound, resumed, opened");
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(uint8(ledger.parkedOf(SOURCE, 4).reason), uint8(ParkReason.NONE));
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.NONE));
        expectLeft(USD, 0, 0, 0);
        expectLeft(UNLISTED, 0, 0, 0);
        assertFalse(isWatched());
    }

    /// @notice A credit that was freed from parking is an orphan like any other, and so is one that was released from it.
    function test_I1_what_was_parked_and_left_parking_is_an_orphan() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 7 * ONE_USD, accountOf(bob), 2);
        lock(UNLISTED, 9, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setCap(USD, capOfAssets());
        vm.warp(START + 1 days);
        ledger.unpark(SOURCE, 4);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 5, wordOf(alice));
        rewindTo(3);
        expectOrphans(lockEntry(USD, 7 * ONE_USD, accountOf(bob), 2), 1, 0);
        expectOrphans(lockEntry(UNLISTED, 9, accountOf(alice), 0), 1, 0);
        expectLeft(USD, 7 * ONE_USD, 0, 0);
        expectLeft(UNLISTED, 9, 0, 0);
        assertEq(amountOf(bob, USD), 12 * ONE_USD - 2);
    }

    /// @notice Fees that a batch parked are their relayer's own, and lie under numbers that no entry has.
    function test_I1_fees_that_wait_stay_parked_under_a_number_of_their_own() public {
        lock(USD, 1_100 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        lock(USD, 10 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        uint96 number = (1 << 95) | 5;
        assertEq(uint8(ledger.parkedOf(SOURCE, number).reason), uint8(ParkReason.FEE));
        bytes memory tail = rewindTo(3);
        assertEq(ledger.parkedOf(SOURCE, number).amount, ONE_USD);
        assertEq(ledger.assetOf(USD).parked, ONE_USD);
        expectLeft(USD, 1_110 * ONE_USD, 0, 0);
        // The next fees of the fifth entry do not take their place.
        comeAgain(entriesOf(tail, 0, 1));
        lock(USD, 20 * ONE_USD, accountOf(alice), uint96(2 * ONE_USD));
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, number).amount, ONE_USD);
        assertEq(ledger.parkedOf(SOURCE, number | (1 << 64)).amount, 2 * ONE_USD);
        vm.warp(START + 2 hours);
        vm.startPrank(relayer);
        ledger.unpark(SOURCE, number);
        ledger.unpark(SOURCE, number | (1 << 64));
        assertEq(amountOf(relayer, USD), 1_103 * ONE_USD);
    }

    /// @notice The relayer took it in good faith, and has it once.
    function test_I1_I17_a_fee_that_was_paid_first_is_missing_until_its_entry_comes_again() public {
        Entry memory entry = lockEntry(USD, 16_000 * ONE_USD, accountOf(bob), uint96(3 * ONE_USD));
        append(journal, entry);
        applyAll();
        assertEq(amountOf(relayer, USD), 3 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 15_997 * ONE_USD);
        bytes memory tail = rewindTo(3);
        assertEq(ledger.assetOf(USD).parked, 0);
        expectOrphans(entry, 0, 3 * ONE_USD);
        expectLeft(USD, 0, 3 * ONE_USD, 0);
        comeAgain(tail);
        assertEq(amountOf(relayer, USD), 3 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited + ledger.assetOf(USD).parked, 16_105 * ONE_USD, "I1");
        expectLeft(USD, 0, 0, 0);
        assertFalse(isWatched());
    }

    // Refunds

    function test_I4_a_refund_that_was_credited_is_an_orphan_and_its_record_stays_gone() public {
        release(alice, USD, 40 * ONE_USD, 0);
        Entry memory entry = _refund(40 * ONE_USD, 1);
        append(journal, entry);
        // The same again finds no record.
        append(journal, entry);
        applyAll();
        assertEq(_refundedOf(USD), 40 * ONE_USD);
        rewindTo(3);
        expectOrphans(entry, 1, 0);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        assertEq(_refundedOf(USD), 40 * ONE_USD);
    }

    function test_I4_of_a_refund_that_is_parked_the_record_is_written_again() public {
        _expectRecordAgain(_refundUnlisted());
    }

    /// @notice Also where its asset was listed meanwhile: what is parked was in no sum.
    function test_I4_of_a_refund_of_before_the_listing_the_record_is_written_again() public {
        bytes32 record = _refundUnlisted();
        vm.prank(governor);
        ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
        _expectRecordAgain(record);
    }

    /// @notice The refund in the asset's own sum is taken out of it again.
    function test_I1_a_refund_that_was_parked_is_deleted_with_its_sums() public {
        vm.prank(governor);
        ledger.setCap(USD, 1);
        lock(USD, 80 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        append(journal, _refund(80 * ONE_USD, 1));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.CAP));
        assertEq(_refundedOf(USD), 80 * ONE_USD);
        rewindTo(4);
        assertEq(_refundedOf(USD), 0);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    // Helpers of the tests

    function _expectRecordAgain(bytes32 record) private {
        begin(4);
        vm.expectEmit(address(ledger));
        emit ILedgerRewind.RefundUndone(SOURCE, 1);
        unwind(4, 5);
        follow(4);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.NONE));
        expectLeft(UNLISTED, 0, 0, 0);
        // The lock that it was released of had left parking.
        rewindTo(3);
        expectLeft(UNLISTED, 80, 0, 0);
    }

    function _refund(uint128 amount, uint256 seq) private view returns (Entry memory) {
        return Entry(EntryCodec.REFUND, USD, amount, accountOf(alice), bytes32(seq), 0);
    }

    /// @dev Locked as the fourth entry, released from parking, and come back as the fifth.
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

    function entriesOf(bytes memory packed, uint256 from, uint256 to) internal view returns (bytes memory) {
        return this.cut(packed, from, to);
    }

    /// @notice Gives some of packed entries.
    function cut(bytes calldata packed, uint256 from, uint256 to) external pure returns (bytes memory) {
        return packed[from * EntryCodec.LENGTH:to * EntryCodec.LENGTH];
    }

    /// @dev Kept for whoever reads the ledger's storage: no function tells it.
    function _refundedOf(uint16 assetId) private view returns (uint256) {
        return uint256(vm.load(address(ledger), bytes32(uint256(LedgerSlots.assetOf(assetId)) + 4))) >> 128;
    }
}

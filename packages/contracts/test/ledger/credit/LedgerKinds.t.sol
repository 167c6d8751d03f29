// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";

/// @notice What a vault tells besides locks, at the edge of what an honest one can say, and between locks of one batch.
/// @dev The vault accounts for 105 USD at first: 100 of Alice, 5 of Bob.
contract LedgerKindsTest is LedgerReleaseFixture {
    uint256 private constant MOST = type(uint104).max;
    uint16 private constant UNLISTED = 3;

    // What no honest vault says

    function test_I3_refuses_each_appointment_that_no_honest_vault_journals() public {
        bytes32 account = AccountLib.encode(alice, SOURCE, 0);
        _appoint(0, 0, AccountLib.encode(address(1), SOURCE, 0), uint160(bob));
        _appoint(0, 0, AccountLib.encode(alice, SOURCE + 1, 0), uint160(bob));
        _appoint(0, 0, AccountLib.encode(address(0), SOURCE, 0), uint160(bob));
        _appoint(0, 0, account, (uint256(1) << 160) | uint160(bob));
        _appoint(0, 1, account, uint160(bob));
        _appoint(1, 0, account, uint160(bob));
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Appointed(AccountLib.encode(address(1), SOURCE, 0), bob, uint40(START + 1 days));
        for (uint96 number = 5; number <= 9; ++number) _expectRefusal(number, EntryCodec.APPOINT);
        applyAll();
        (address operator, , ) = ledger.appointmentOf(account);
        assertEq(operator, address(0));
    }

    function test_I4_refuses_a_refund_whose_number_is_none() public {
        release(alice, USD, 40 * ONE_USD, 0);
        append(journal, _refund(1, 40 * ONE_USD, (1 << 96) | 1));
        _expectRefusal(4, EntryCodec.REFUND);
        applyAll();
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        assertTrue(ledger.releasedOf(SOURCE, 1) != 0);
    }

    function test_I1_a_refund_fills_all_that_a_vault_can_have_locked() public {
        release(alice, USD, 40 * ONE_USD, 0);
        uint256 credited = ledger.assetOf(USD).credited;
        lock(USD, uint128(MOST - credited - 40 * ONE_USD), accountOf(bob), 0);
        append(journal, _refund(1, 40 * ONE_USD, 1));
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Refunded(SOURCE, 1, accountOf(alice), USD, 40 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE));
    }

    // What is refused again

    /// @notice Whoever may put forged entries in a journal does so once for all: each later one is told, and stops nothing.
    function test_I9_refused_entries_quarantine_a_source_once() public {
        _refuseOne();
        (SourceState state, uint40 until, ) = ledger.stateOf(SOURCE);
        assertEq(abi.encode(state, until), abi.encode(SourceState.QUARANTINED, START + 72 hours));
        vm.warp(until);
        for (uint256 i = 0; i < 3; ++i) {
            _refuseOne();
            (state, , ) = ledger.stateOf(SOURCE);
            assertEq(uint8(state), uint8(SourceState.LIVE));
        }
        // The guardian's own quarantine is another matter.
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
        (state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.QUARANTINED));
    }

    function _refuseOne() private {
        append(journal, Entry(EntryCodec.RELEASE, 1, ONE_USD, accountOf(alice), 0, 0));
        _expectRefusal(tip(journal), EntryCodec.RELEASE);
        applyAll();
    }

    // Reports between locks

    function test_a_report_of_nothing_missing_changes_nothing() public {
        (uint256 before, ) = ledger.termWordsOf(USD);
        _report(1, 0, 105 * ONE_USD);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.CoverageReported(SOURCE, 1, 1e18, 1e18, 0);
        applyAll();
        (uint256 inForceWad, uint256 reportedWad, uint40 since, uint40 from, uint96 lostSeq) = ledger.coverageOf(
            SOURCE,
            1
        );
        assertEq(abi.encode(inForceWad, reportedWad, since, from, lostSeq), abi.encode(1e18, 1e18, 0, 0, 0));
        (uint256 word, ) = ledger.termWordsOf(USD);
        assertEq(word, before);
    }

    function test_an_impaired_asset_is_noted_as_such_and_as_nothing_else() public {
        (uint256 before, ) = ledger.termWordsOf(USD);
        _report(1, 1, 105 * ONE_USD);
        applyAll();
        (uint256 impaired, ) = ledger.termWordsOf(USD);
        assertEq(impaired, before | (4 << 56));
    }

    function test_a_pause_outlasts_the_end_of_a_shortfall() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 200));
        _report(1, 1, 105 * ONE_USD);
        _report(1, 0, 105 * ONE_USD);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 6).reason), uint8(ParkReason.CAP));
        assertEq(ledger.quoteCredit(accountOf(bob), USD, ONE_USD).limiter, "paused");
    }

    /// @notice The batch stands at another asset when the report comes.
    function test_I13_a_report_closes_its_own_asset_within_a_batch_and_no_other() public {
        lock(USD, 2 * ONE_USD, accountOf(bob), 0);
        lock(ETH, ONE_ETH, accountOf(bob), 0);
        _report(1, 1, 107 * ONE_USD);
        lock(ETH, 2 * ONE_ETH, accountOf(bob), 0);
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(bob, ETH), 3 * ONE_ETH);
        assertEq(amountOf(bob, USD), 7 * ONE_USD);
        assertEq(uint8(ledger.parkedOf(SOURCE, 8).reason), uint8(ParkReason.CAP));
    }

    function test_an_asset_that_is_whole_again_within_a_batch_has_the_room_that_is_left() public {
        vm.prank(governor);
        ledger.setCap(USD, 130_000);
        lock(USD, 10 * ONE_USD, accountOf(bob), 0);
        _report(1, 1, 115 * ONE_USD);
        _report(1, 0, 115 * ONE_USD);
        lock(USD, 15 * ONE_USD + 1, accountOf(bob), 0);
        lock(USD, 15 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 7).reason), uint8(ParkReason.CAP));
        assertEq(amountOf(bob, USD), 30 * ONE_USD);
    }

    /// @notice Released, refunded and reported: what is not listed has no sums that any of it could change.
    function test_nothing_is_kept_of_an_asset_that_is_not_listed() public {
        lock(UNLISTED, 80, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        append(journal, _refund(UNLISTED, 80, 1));
        _report(UNLISTED, 1, 80);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 5).amount, 80);
        for (uint256 i = 0; i < 6; ++i) {
            assertEq(vm.load(address(ledger), bytes32(uint256(LedgerSlots.assetOf(0)) + i)), 0);
        }
    }

    function _report(uint16 asset, uint128 deficit, uint256 party) private {
        append(journal, Entry(EntryCodec.SHORTFALL, asset, deficit, 0, bytes32(party), 0));
    }

    function _appoint(uint16 asset, uint128 amount, bytes32 account, uint256 party) private {
        append(journal, Entry(EntryCodec.APPOINT, asset, amount, account, bytes32(party), 0));
    }

    function _refund(uint16 asset, uint128 amount, uint256 party) private view returns (Entry memory) {
        return Entry(EntryCodec.REFUND, asset, amount, accountOf(alice), bytes32(party), 0);
    }

    function _expectRefusal(uint96 number, uint8 kind) private {
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, number, kind);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";

/// @notice A stopped release comes back once, to whom it was debited from, and nothing else comes back.
contract LedgerRefundTest is LedgerReleaseFixture {
    function test_I4_a_refund_credits_whom_the_release_debited_and_forgets_the_release() public {
        release(alice, USD, 40 * ONE_USD, 1);
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Refunded(SOURCE, 1, accountOf(alice), USD, 40 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 0);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD, "I1");
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        assertEq(uint8(_state()), uint8(SourceState.LIVE));
    }

    function test_I4_no_release_comes_back_twice() public {
        release(alice, USD, 40 * ONE_USD, 0);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.RefundUnmatched(SOURCE, 1, accountOf(alice), 1, 40 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(uint8(_state()), uint8(SourceState.LIVE));
    }

    /// @notice A vault stopped what was forged there under the number of a release that this ledger journaled later.
    function test_I4_a_refund_that_came_before_its_release_was_journaled_comes_again() public {
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        applyAll();
        release(alice, USD, 40 * ONE_USD, 0);
        assertEq(amountOf(alice, USD), 60 * ONE_USD);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD, "I1");
    }

    /// @notice Another asset, amount, account or number than the ledger wrote changes no line; only one that is no number at all
    ///         is what no vault journals, and quarantines.
    function testFuzz_I4_a_refund_that_matches_no_release_changes_no_line(uint256 seed) public {
        release(alice, USD, 40 * ONE_USD, 0);
        release(alice, ETH, 5 * ONE_ETH, 0);
        Entry memory entry = _refundEntry(1, 40 * ONE_USD, accountOf(alice), 1);
        uint256 way = seed % 6;
        if (way == 0) entry.asset = 2;
        if (way == 1) entry.amount = uint128(bound(seed >> 8, 0, type(uint104).max));
        if (way == 2) entry.account = accountOf(bob);
        if (way == 3) entry.party = bytes32(bound(seed >> 8, 2, type(uint256).max));
        if (way == 4) entry.party = bytes32((uint256(1) << 96) | 1);
        if (way == 5) entry.account = AccountLib.encode(alice, 0, 1);
        if (way == 1 && entry.amount == 40 * ONE_USD) return;
        append(journal, entry);
        bytes32 before = _lines();
        bool isNumber = uint256(entry.party) <= type(uint96).max;
        vm.expectEmit(address(ledger));
        if (isNumber) {
            uint96 seq = uint96(uint256(entry.party));
            emit ILedgerLosses.RefundUnmatched(SOURCE, seq, entry.account, entry.asset, entry.amount);
        } else emit ILedgerCore.EntryRefused(SOURCE, tip(journal), EntryCodec.REFUND);
        applyAll();
        assertEq(_lines(), before);
        assertEq(uint8(_state()), uint8(isNumber ? SourceState.LIVE : SourceState.QUARANTINED));
        assertTrue(ledger.releasedOf(SOURCE, 1) != 0, "the true refund can still come");
    }

    /// @notice No honest vault has more locked than fits, whatever comes back.
    function test_I1_a_refund_above_all_that_a_vault_can_have_locked_is_refused() public {
        release(alice, USD, 40 * ONE_USD, 0);
        uint256 credited = ledger.assetOf(USD).credited;
        lock(USD, uint128(type(uint104).max - credited), accountOf(bob), 0);
        applyAll();
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        bytes32 before = _lines();
        vm.expectEmit(address(ledger));
        emit ILedgerCore.EntryRefused(SOURCE, tip(journal), EntryCodec.REFUND);
        applyAll();
        assertEq(_lines(), before);
        assertTrue(ledger.releasedOf(SOURCE, 1) != 0, "it can still come");
    }

    /// @notice The ledger cannot know that a release was paid, so a quorum that lies may tell of each one that it was stopped.
    function test_I10_forged_refunds_of_paid_releases_pass_no_cap_and_no_pause() public {
        for (uint96 number = 1; number <= 5; ++number) {
            release(alice, USD, 20 * ONE_USD, 0);
            lock(USD, 20 * ONE_USD, accountOf(alice), 0);
            applyAll();
        }
        vm.prank(governor);
        // 105 are on lines.
        ledger.setCap(USD, 125_000);
        for (uint96 number = 1; number <= 4; ++number) _refund(1, 20 * ONE_USD, accountOf(alice), number);
        applyAll();
        assertEq(ledger.assetOf(USD).credited, 125 * ONE_USD);
        assertEq(ledger.assetOf(USD).parked, 60 * ONE_USD);
        assertEq(uint8(ledger.parkedOf(SOURCE, tip(journal)).reason), uint8(ParkReason.CAP));
        vm.prank(governor);
        ledger.setCap(USD, 16_000_000);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1 hours));
        _refund(1, 20 * ONE_USD, accountOf(alice), 5);
        applyAll();
        assertEq(ledger.assetOf(USD).credited, 125 * ONE_USD, "credit of the asset is paused");
    }

    function test_I16_a_refund_above_the_level_has_a_season() public {
        release(alice, USD, 40 * ONE_USD, 0);
        lock(USD, uint128(ledger.limitsOf(USD).seasonRoom), accountOf(bob), 0);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, 40 * ONE_USD);
    }

    function test_I9_a_refund_finds_the_room_that_its_release_left() public {
        vm.prank(governor);
        ledger.setCap(USD, 105_000);
        vm.warp(START + 6 hours);
        refreshNow();
        release(alice, USD, 20 * ONE_USD, 0);
        _refund(1, 20 * ONE_USD, accountOf(alice), 1);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(amountOf(bob, USD), 5 * ONE_USD, "a lock beside it is parked");
    }

    function test_I9_a_refund_that_found_no_room_goes_back_by_its_owner() public {
        release(alice, USD, 40 * ONE_USD, 0);
        vm.prank(governor);
        ledger.setCap(USD, 0);
        _refund(1, 40 * ONE_USD, accountOf(alice), 1);
        applyAll();
        uint96 index = tip(journal);
        assertEq(ledger.parkedOf(SOURCE, index).flags, 0);
        assertEq(ledger.assetOf(USD).credited + ledger.assetOf(USD).parked, 105 * ONE_USD, "I1");
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, 40 * ONE_USD, 0));
        ledger.unpark(SOURCE, index);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, index, START + 62 minutes));
        ledger.releaseParked(SOURCE, index, wordOf(alice));
        vm.warp(START + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, index, wordOf(alice));
        assertEq(ledger.assetOf(USD).parked, 0);
        bytes32 record = keccak256(abi.encodePacked(uint16(1), 40 * ONE_USD, accountOf(alice)));
        assertEq(ledger.releasedOf(SOURCE, 2), record, "as any release it can come back");
    }

    function test_an_emptied_line_counts_again_when_its_release_comes_back() public {
        release(alice, USD, 100 * ONE_USD, 0);
        assertFalse(ledger.lineOf(accountOf(alice), USD).enabled);
        _refund(1, 100 * ONE_USD, accountOf(alice), 1);
        applyAll();
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
    }

    /// @notice Whatever was released and whichever of it comes back: lines and open releases sum to what was locked.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I4_releases_and_refunds_keep_the_sum(uint256 seed) public {
        uint256 open;
        uint128[] memory amounts = new uint128[](6);
        for (uint256 i = 0; i < 6; ++i) {
            amounts[i] = uint128(ONE_USD + (uint256(keccak256(abi.encode(seed, i))) % (15 * ONE_USD)));
            release(alice, USD, amounts[i], 0);
            open += amounts[i];
        }
        for (uint256 i = 0; i < 6; ++i) {
            uint256 at = uint256(keccak256(abi.encode(seed, "back", i))) % 6;
            if (amounts[at] == 0) continue;
            _refund(1, amounts[at], accountOf(alice), uint96(at + 1));
            open -= amounts[at];
            amounts[at] = 0;
            if ((seed >> i) % 2 == 0) applyAll();
        }
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(amountOf(alice, USD) + open, 100 * ONE_USD, "I1");
        assertEq(ledger.assetOf(USD).credited, amountOf(alice, USD) + amountOf(bob, USD), "I1");
    }

    function _refundEntry(
        uint16 asset,
        uint128 amount,
        bytes32 account,
        uint96 seq
    ) private pure returns (Entry memory) {
        return Entry(EntryCodec.REFUND, asset, amount, account, bytes32(uint256(seq)), 0);
    }

    function _refund(uint16 asset, uint128 amount, bytes32 account, uint96 seq) private {
        append(journal, _refundEntry(asset, amount, account, seq));
    }

    function _state() private view returns (SourceState state) {
        (state, , ) = ledger.stateOf(SOURCE);
    }

    function _lines() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    ledger.lineOf(accountOf(alice), USD),
                    ledger.lineOf(accountOf(alice), ETH),
                    ledger.lineOf(accountOf(bob), USD),
                    ledger.lineOf(accountOf(bob), ETH),
                    ledger.assetOf(USD),
                    ledger.assetOf(ETH)
                )
            );
    }
}

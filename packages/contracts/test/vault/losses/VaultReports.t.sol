// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {LockRefusal, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {ReentrantToken} from "../../tokens/ReentrantToken.sol";

/// @notice What a report records and journals, when one is refused, and what is locked while a shortage is on record.
contract VaultReportsTest is VaultReleaseFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant DAY = 1 days;

    // What is recorded and journaled

    function test_a_report_is_one_entry_with_the_absolute_deficit_and_what_is_accounted() public {
        lose(LOCKED / 4);
        (, uint64 count, bytes32 head) = vault.journalHead();
        expectShortfall(LOCKED / 4, LOCKED, 0);
        vm.prank(carol);
        vault.report(asset);
        (, uint64 after_, bytes32 reached) = vault.journalHead();
        bytes32 party = bytes32(uint256(LOCKED));
        assertEq(reached, EntryCodec.extend(head, EntryCodec.SHORTFALL, asset, LOCKED / 4, 0, party, 0));
        assertEq(after_, count + 1);
        _requireRecord((WAD * 3) / 4, vm.getBlockTimestamp());
        // More is lost: the amount is absolute.
        lose(LOCKED / 4);
        expectShortfall(LOCKED / 2, LOCKED, 0);
        vault.report(asset);
    }

    function test_I12_coverage_is_rounded_down() public {
        _listFew(3);
        lose(1);
        expectShortfall(1, 3, 0);
        vault.report(asset);
        assertEq(vault.assetOf(asset).coverage, 666_666_666_666_666_666);
    }

    function testFuzz_I12_coverage_is_never_above_what_is_there(uint104 units, uint104 lost) public {
        units = uint104(bound(units, 1, type(uint104).max));
        lost = uint104(bound(lost, 0, units));
        _listFew(units);
        lose(lost);
        expectShortfall(lost, units, 0);
        vault.report(asset);
        uint256 coverage = vault.assetOf(asset).coverage;
        assertLe(coverage * units, uint256(units - lost) * WAD);
        assertGt((coverage + 1) * units, uint256(units - lost) * WAD);
    }

    /// @notice No amount is so large that a unit of it is missing unseen.
    function test_a_unit_that_is_missing_of_the_most_that_may_be_accounted_is_on_record() public {
        _listFew(type(uint104).max);
        lose(1);
        vault.report(asset);
        _requireRecord(WAD - 1, vm.getBlockTimestamp());
        assertEq(vault.assetOf(asset).flags, 4);
    }

    function test_an_asset_of_which_nothing_is_accounted_is_covered() public {
        asset = list(address(new PlainToken("NONE", 6)), 6);
        expectShortfall(0, 0, 0);
        vault.report(asset);
        _requireRecord(WAD, 0);
    }

    function test_tokens_that_were_given_cover_no_unit_twice() public {
        token.mint(address(vault), LOCKED);
        expectShortfall(0, LOCKED, 0);
        vault.report(asset);
        _requireRecord(WAD, 0);
    }

    // When a report is refused

    function test_I14_a_report_that_finds_no_less_is_refused_for_a_day_to_the_second() public {
        lose(LOCKED / 2);
        vault.report(asset);
        uint256 start = vm.getBlockTimestamp();
        _refuse(WAD / 2, start + DAY);
        token.mint(address(vault), 1);
        vm.warp(start + DAY - 1);
        _refuse(coverageOf(LOCKED / 2 + 1, LOCKED), start + DAY);
        vm.warp(start + DAY);
        vault.report(asset);
        _requireRecord(coverageOf(LOCKED / 2 + 1, LOCKED), start);
        // The day counts from the last report, whatever it found.
        _refuse(coverageOf(LOCKED / 2 + 1, LOCKED), start + 2 * DAY);
    }

    function test_I10_a_report_of_less_is_taken_at_once_and_keeps_the_date_of_the_first() public {
        lose(LOCKED / 2);
        vault.report(asset);
        uint256 start = vm.getBlockTimestamp();
        lose(1);
        vault.report(asset);
        skip(DAY - 1);
        lose(1);
        vault.report(asset);
        _requireRecord(coverageOf(LOCKED / 2 - 2, LOCKED), start);
        assertEq(vault.assetOf(asset).reportedAt, start + DAY - 1);
        _refuse(coverageOf(LOCKED / 2 - 2, LOCKED), start + 2 * DAY - 1);
    }

    function test_the_end_of_a_shortage_is_taken_at_once_and_what_ends_none_once_a_day() public {
        lose(7);
        vault.report(asset);
        token.mint(address(vault), 7);
        expectShortfall(0, LOCKED, 0);
        vault.report(asset);
        _requireRecord(WAD, 0);
        assertEq(vault.assetOf(asset).flags, 0);
        uint256 start = vm.getBlockTimestamp();
        _refuse(WAD, start + DAY);
        vm.warp(start + DAY - 1);
        _refuse(WAD, start + DAY);
        vm.warp(start + DAY);
        vault.report(asset);
        _refuse(WAD, start + 2 * DAY);
        // The next shortage is taken at once, with a date of its own.
        skip(1);
        lose(7);
        vault.report(asset);
        _requireRecord(coverageOf(LOCKED - 7, LOCKED), start + DAY + 1);
    }

    function test_nothing_missing_and_nothing_on_record_is_reported_once_a_day() public {
        vault.report(asset);
        _refuse(WAD, vm.getBlockTimestamp() + DAY);
        skip(DAY);
        vault.report(asset);
    }

    function test_other_hints_are_no_shortage_on_record() public {
        vm.prank(pauser);
        vault.pause(9, asset, uint40(vm.getBlockTimestamp() + 1 hours));
        vault.report(asset);
        _refuse(WAD, vm.getBlockTimestamp() + DAY);
        assertEq(vault.assetOf(asset).flags, 3);
    }

    function test_refuses_to_report_an_unknown_asset_and_one_whose_balance_is_unreadable() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 77));
        vault.report(77);
        vm.mockCallRevert(address(token), abi.encodeCall(IERC20.balanceOf, (address(vault))), "no");
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BalanceUnreadable.selector, address(token)));
        vault.report(asset);
    }

    function test_I7_a_token_that_reports_in_the_middle_of_a_payment_is_refused() public {
        ReentrantToken hooked = new ReentrantToken();
        uint16 which = list(address(hooked), 18);
        lockFor(which, hooked, 10e18);
        append(releaseEntry(which, 1e18, bob, 0));
        applyAll();
        hooked.arm(address(vault), abi.encodeCall(vault.report, (which)));
        vault.pay(1, entryOf(1), relayer);
        assertFalse(hooked.callSucceeded());
        bytes4 guarded = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        assertEq(bytes4(hooked.callAnswer()), guarded);
        assertEq(vault.assetOf(which).reportedAt, 0);
    }

    /// @notice A report is refused exactly if it finds no less than the last one, ends no shortage, and comes within a day of it.
    function testFuzz_I14_a_report_is_refused_by_this_rule_alone(
        uint128[8] memory held,
        uint32[8] memory waits
    ) public {
        (uint256 coverage, uint256 since, uint256 at) = (WAD, 0, 0);
        for (uint256 i = 0; i < held.length; ++i) {
            if (waits[i] % 3 != 0) skip(bound(waits[i], 0, 2 * DAY));
            // Half of them around what was found last.
            if (held[i] % 2 == 0) held[i] = uint128(bound(held[i], LOCKED - LOCKED / 8, LOCKED + LOCKED / 8));
            else held[i] = uint128((LOCKED * coverage) / WAD + (held[i] % 3));
            deal(address(token), address(vault), held[i]);
            uint256 found = coverageOf(held[i], LOCKED);
            bool ends = since != 0 && found == WAD;
            if (found >= coverage && !ends && at != 0 && vm.getBlockTimestamp() < at + DAY) {
                _refuse(found, at + DAY);
                continue;
            }
            vault.report(asset);
            (coverage, at) = (found, vm.getBlockTimestamp());
            if (found == WAD) since = 0;
            else if (since == 0) since = at;
            _requireRecord(coverage, since);
            assertEq(vault.assetOf(asset).reportedAt, at);
        }
    }

    // Locks

    function test_I1_nothing_is_locked_while_units_have_no_tokens_whether_reported_or_not() public {
        lose(1);
        _refuseLock(LOCKED - 1);
        vault.report(asset);
        _refuseLock(LOCKED - 1);
        // Whole again, but still on record.
        token.mint(address(vault), 3);
        _refuseLock(LOCKED + 2);
        vault.report(asset);
        (LockRefusal refusal, , ) = vault.quoteLock(asset, ONE, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.NONE));
        lockFor(asset, token, ONE);
        assertEq(vault.accounted(asset), LOCKED + ONE);
    }

    function _refuseLock(uint256 held) private {
        fund(token, alice, ONE);
        (LockRefusal refusal, , ) = vault.quoteLock(asset, ONE, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.ASSET_SHORT));
        expectShort(LOCKED, held);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
    }

    function _refuse(uint256 coverage, uint256 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.ReportTooSoon.selector, asset, coverage, earliest));
        vault.report(asset);
    }

    function _requireRecord(uint256 coverage, uint256 since) private view {
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.coverage, kept.shortSince), abi.encode(coverage, since));
        assertEq(kept.flags & 4 != 0, since != 0);
    }

    function _listFew(uint256 units) private {
        token = new PlainToken("FEW", 24);
        asset = list(address(token), 24);
        lockFor(asset, IERC20(address(token)), units);
    }
}

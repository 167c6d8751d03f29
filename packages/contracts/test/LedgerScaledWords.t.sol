// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {Line} from "../solidity/interfaces/ICollateralLedger.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice Scaled lines to the last unit and bit, and the words that the risk manager weighs of an asset that is short.
contract LedgerScaledWordsTest is LedgerReleaseFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant END = START + 30 days + 1;

    // Lines

    function test_I16_a_scaled_line_keeps_its_end_and_the_mark_of_what_it_owes() public {
        _setLine(accountOf(alice), USD, (100 * ONE_USD) | (uint256(30 * ONE_USD) << 112) | (END << 216) | (1 << 248));
        _shortAndScale(21 * ONE_USD);
        Line memory line = ledger.lineOf(accountOf(alice), USD);
        assertEq(line.amount, 80 * ONE_USD);
        assertEq(line.unseasoned, 24 * ONE_USD, "no rounding where none is needed");
        assertEq(line.seasonEnd, END);
        assertEq(line.flags, 3, "owes; scaled once");
    }

    /// @notice A third, and an unseasoned part of which the share is the smallest fraction above whole units.
    function test_I16_what_is_unseasoned_rounds_up_from_the_smallest_fraction() public {
        uint256 unseasoned = WAD - 3;
        _setLine(accountOf(alice), USD, WAD | (unseasoned << 112) | (END << 216));
        _shortAndScale(70 * ONE_USD);
        (uint256 rhoWad, ) = ledger.scalingOf(USD, 0);
        assertEq(mulmod(unseasoned, rhoWad, WAD), 1);
        assertEq(ledger.lineOf(accountOf(alice), USD).amount, rhoWad);
        assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, (unseasoned * rhoWad) / WAD + 1);
    }

    function test_I12_a_line_of_one_unit_rounds_down_to_nothing() public {
        _setLine(accountOf(bob), USD, 1);
        _shortAndScale(21 * ONE_USD);
        assertEq(amountOf(bob, USD), 0);
    }

    // Releases

    /// @notice The ledger's first entry is the scaling: no release of later is reached by it.
    function test_I1_a_release_after_the_very_first_entry_comes_back_whole() public {
        _shortAndScale(21 * ONE_USD);
        release(alice, USD, 10 * ONE_USD, 0);
        append(journal, Entry(EntryCodec.REFUND, 1, 10 * ONE_USD, accountOf(alice), bytes32(uint256(2)), 0));
        vm.expectEmit(address(ledger));
        emit ILedgerBadDays.Refunded(SOURCE, 2, accountOf(alice), USD, 10 * ONE_USD);
        applyAll();
        assertEq(amountOf(alice, USD), 80 * ONE_USD);
    }

    // Words

    /// @notice State and frozen weight are replaced whole; all else is the source's own.
    function test_an_impaired_asset_is_weighed_with_its_sources_word_but_for_state_and_weight() public {
        append(journal, _shortfall(ONE_USD));
        applyAll();
        // Of an earlier freeze: an odd weight, and an end of all ones.
        uint256 old = (uint256(0x5555) << 240) | (uint256(type(uint40).max) << 48);
        bytes32 slot = keccak256(abi.encode(SOURCE, 8));
        vm.store(address(ledger), slot, bytes32(uint256(vm.load(address(ledger), slot)) | old));
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(own >> 240, 0x5555);
        assertEq(uint8(own >> 40), uint8(SourceState.LIVE));
        uint256 rest = ~((uint256(0xff) << 40) | (uint256(0xffff) << 240));
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(source, (own & rest) | (uint256(SourceState.HALTED) << 40) | (uint256(10_000) << 240));
    }

    function test_an_impaired_asset_of_a_frozen_source_is_weighed_with_its_sources_word() public {
        append(journal, _shortfall(ONE_USD));
        applyAll();
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(uint8(own >> 40), uint8(SourceState.QUARANTINED));
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(source, own);
    }

    function test_a_paused_asset_is_weighed_as_any_other() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1 hours));
        (, uint256 source) = ledger.termWordsOf(USD);
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(source, own);
    }

    // Inside

    /// @dev Of the 105 that the vault accounts for.
    function _shortfall(uint128 deficit) private pure returns (Entry memory) {
        return Entry(EntryCodec.SHORTFALL, 1, deficit, 0, bytes32(uint256(105 * ONE_USD)), 0);
    }

    function _shortAndScale(uint128 deficit) private {
        append(journal, _shortfall(deficit));
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.scale(USD);
    }
}

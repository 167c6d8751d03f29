// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice How pauses follow each other: ends to the second, and rows of one source alone.
contract LedgerPausesTest is LedgerFixture {
    uint16 private constant SECOND = 8;

    function test_a_pause_may_end_in_the_next_second_or_with_the_running_one() public {
        vm.startPrank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        ledger.pause(0, ETH, 2, uint40(START + 100));
        ledger.pause(0, ETH, 2, uint40(START + 100));
        vm.stopPrank();
        assertEq(ledger.assetOf(USD).creditPausedUntil, START + 1);
        assertEq(ledger.assetOf(ETH).creditPausedUntil, START + 100);
    }

    function test_lifting_what_is_over_is_no_pause_of_the_row() public {
        _pause(0, USD, START + 1 hours);
        vm.warp(START + 80 hours);
        vm.prank(governor);
        ledger.unpause(0, USD);
        _pause(0, USD, START + 90 hours);
        _pause(0, USD, START + 100 hours);
        assertEq(ledger.assetOf(USD).creditPausedUntil, START + 100 hours);
    }

    /// @notice I9: a pause that ends sooner than another of the row makes no rest of what is left of it.
    function test_I9_a_row_lasts_as_long_as_its_longest_pause() public {
        _pause(SOURCE, 0, START + 72 hours);
        _pause(0, USD, START + 1 hours);
        vm.warp(START + 80 hours);
        _pause(SOURCE, 0, START + 152 hours);
        vm.warp(START + 152 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerTerms.UntilOutOfRange.selector,
                START + 216 hours + 1,
                START + 152 hours + 1,
                START + 216 hours
            )
        );
        _pause(0, USD, START + 216 hours + 1);
    }

    function test_I13_the_row_of_one_source_is_none_of_another() public {
        SourceListing memory terms = sourceListing(SECOND);
        terms.vault = makeAddr("second vault");
        vm.startPrank(governor);
        ledger.listSource(terms);
        uint16 other = ledger.listAsset(assetListing(SECOND, 1, 1, 6));
        vm.stopPrank();
        _pause(SOURCE, 0, START + 72 hours);
        vm.warp(START + 72 hours);
        _pause(SOURCE, 0, START + 144 hours);
        vm.warp(START + 144 hours);
        _pause(0, USD, START + 216 hours);
        vm.warp(START + 200 hours);
        _pause(SECOND, 0, START + 272 hours);
        _pause(0, other, START + 272 hours);
        assertEq(ledger.assetOf(other).creditPausedUntil, START + 272 hours);
    }

    function _pause(uint16 source, uint16 assetId, uint256 until) private {
        vm.prank(pauser);
        ledger.pause(source, assetId, 2, uint40(until));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LineWords} from "../../../solidity/interfaces/IRiskManager.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";

/// @notice The words that the risk manager weighs of an asset that is short, to the last unit and bit.
contract LedgerCoverWordsTest is LedgerCoverageFixture {
    uint256 private constant END = START + 30 days + 1;

    // Lines

    function test_I16_a_line_that_is_short_keeps_its_end() public {
        uint256 rest = END << 216;
        _setLine(accountOf(alice), USD, (100 * ONE_USD) | (uint256(30 * ONE_USD) << 112) | rest);
        shortAndCover(21 * ONE_USD, ALL);
        // No rounding where none is needed.
        assertEq(_wordOf(alice), (80 * ONE_USD) | (uint256(24 * ONE_USD) << 112) | rest);
        Line memory line = ledger.lineOf(accountOf(alice), USD);
        assertEq(line.amount, 100 * ONE_USD, "units");
        assertEq(line.unseasoned, 30 * ONE_USD, "units");
        assertEq(line.seasonEnd, END);
    }

    /// @notice An unseasoned part whose share is the smallest fraction above whole units, and one just below them.
    function test_I16_what_is_unseasoned_rounds_up_from_the_smallest_fraction() public {
        shortAndCover(70 * ONE_USD, ALL);
        uint256 coverage = toldOf(USD).inForceWad;
        assertEq(coverage, WAD / 3);
        uint256 unseasoned = WAD - 3;
        assertEq(mulmod(unseasoned, coverage, WAD), 1);
        _setLine(accountOf(alice), USD, WAD | (unseasoned << 112) | (END << 216));
        assertEq(_wordOf(alice), coverage | (((unseasoned * coverage) / WAD + 1) << 112) | (END << 216));
        unseasoned = 3;
        assertEq(mulmod(unseasoned, coverage, WAD), WAD - 1);
        _setLine(accountOf(alice), USD, WAD | (unseasoned << 112) | (END << 216));
        assertEq(_wordOf(alice), coverage | (1 << 112) | (END << 216));
    }

    function test_I12_a_line_of_one_unit_counts_as_nothing() public {
        shortAndCover(1, ALL);
        _setLine(accountOf(alice), USD, 1 | (1 << 112) | (END << 216));
        assertEq(_wordOf(alice), END << 216, "no more unseasoned than there is");
        assertEq(amountOf(alice, USD), 1);
    }

    /// @notice All bits that a line's word has, at any coverage.
    /// forge-config: ring.fuzz.runs = 256
    function testFuzz_I12_I16_a_word_is_its_units_at_the_coverage_and_nothing_else(
        uint104 accounted,
        uint104 held,
        uint112 amount,
        uint104 unseasoned,
        uint40 rest
    ) public {
        if (accounted == 0) accounted = 1;
        held %= accounted;
        shortAndCover(accounted - held, accounted);
        uint256 coverage = (uint256(held) * WAD) / accounted;
        uint256 stored = amount | (uint256(unseasoned) << 112) | (uint256(rest) << 216);
        _setLine(accountOf(alice), USD, stored);
        uint256 word = _wordOf(alice);
        assertEq(uint112(word), (uint256(amount) * coverage) / WAD);
        uint256 up = (uint256(unseasoned) * coverage + WAD - 1) / WAD;
        assertEq(uint104(word >> 112), up < uint112(word) ? up : uint112(word));
        assertEq(word >> 216, rest);
        if (unseasoned <= amount) {
            uint256 seasoned = uint112(word) - uint104(word >> 112);
            assertLe(seasoned, (uint256(amount - unseasoned) * coverage) / WAD, "no unit seasons by being short");
        }
        // While nothing is in force a line is its word.
        report(0, accounted);
        applyAll();
        assertEq(_wordOf(alice), stored);
    }

    /// @notice What waits to be in force changes no line's word.
    function test_a_line_of_an_impaired_asset_is_its_word() public {
        uint256 before = _wordOf(alice);
        report(ALL, ALL);
        applyAll();
        assertEq(_wordOf(alice), before);
    }

    function test_I13_lines_of_other_assets_are_their_words() public {
        (, LineWords[] memory before) = ledger.lineWordsOf(accountOf(alice));
        shortAndCover(ALL, ALL);
        (, LineWords[] memory words) = ledger.lineWordsOf(accountOf(alice));
        assertEq(words[1].line, before[1].line);
        assertEq(words[1].asset, before[1].asset);
    }

    // Sources

    /// @notice State and frozen weight are replaced whole; all else is the source's own.
    function test_an_impaired_asset_is_weighed_with_its_sources_word_but_for_state_and_weight() public {
        report(ONE_USD, ALL);
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
        report(ONE_USD, ALL);
        applyAll();
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(uint8(own >> 40), uint8(SourceState.QUARANTINED));
        (, uint256 source) = ledger.termWordsOf(USD);
        assertEq(source, own);
    }

    function test_an_asset_whose_coverage_is_in_force_is_weighed_with_its_sources_word() public {
        shortAndCover(21 * ONE_USD, ALL);
        (, uint256 source) = ledger.termWordsOf(USD);
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(source, own);
    }

    function test_a_paused_asset_is_weighed_as_any_other() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1 hours));
        (, uint256 source) = ledger.termWordsOf(USD);
        (, uint256 own) = ledger.termWordsOf(ETH);
        assertEq(source, own);
    }

    /// @dev The word of an owner's first line, as the risk manager gets it.
    function _wordOf(address owner) private view returns (uint256) {
        (, LineWords[] memory words) = ledger.lineWordsOf(accountOf(owner));
        return words[0].line;
    }
}

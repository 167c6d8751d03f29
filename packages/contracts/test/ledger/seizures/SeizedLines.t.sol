// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Line} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IRiskManager} from "../../../solidity/interfaces/IRiskManager.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {SeizureFixture} from "./SeizureFixture.sol";

/// @notice Several lines in one seizure: what is refused, what moves, and that health is read once.
contract SeizedLinesTest is SeizureFixture {
    // Refusals

    function test_refuses_lists_of_different_lengths_and_empty_ones() public {
        _ruin();
        (uint16[] memory assetIds, ) = oneLine(ETH, 1);
        _refuse(assetIds, new uint128[](2), abi.encodeWithSelector(ILedgerCore.LengthsDiffer.selector, 1, 2));
        _refuse(assetIds, new uint128[](0), abi.encodeWithSelector(ILedgerCore.LengthsDiffer.selector, 1, 0));
        _refuse(
            new uint16[](0),
            new uint128[](0),
            abi.encodeWithSelector(ILedgerProtocols.LinesMissing.selector, accountOf(alice))
        );
    }

    function test_refuses_the_account_itself_as_the_winner() public {
        _ruin();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, accountOf(alice)));
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(alice), ETH, 1);
    }

    function test_I5_takes_no_line_that_does_not_count() public {
        _ruin();
        _unenable(ETH);
        (uint16[] memory assetIds, uint128[] memory amounts) = _twoLines(USD, 1, ETH, 1);
        bytes memory uncounted = abi.encodeWithSelector(
            ILedgerProtocols.LineNotEnabled.selector,
            accountOf(alice),
            ETH
        );
        _refuse(assetIds, amounts, uncounted);
        // A whole line leaves its lane, so nothing is left to take a second time.
        (assetIds, amounts) = _twoLines(USD, 100 * ONE_USD, USD, 1);
        _refuse(assetIds, amounts, abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 1, 0));
    }

    /// @notice The last of sixteen lines is wrong in one way after another: the fifteen before it stay where they are.
    function test_I3_one_bad_line_undoes_all_others() public {
        _ruin();
        (uint16[] memory assetIds, uint128[] memory amounts) = _everyLine(false);
        bytes32 before = _digest();
        amounts[LAST - 1] = 0;
        _refuse(assetIds, amounts, abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 0, TEN));
        amounts[LAST - 1] = TEN + 1;
        _refuse(assetIds, amounts, abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, TEN + 1, TEN));
        (assetIds[LAST - 1], amounts[LAST - 1]) = (LAST + 1, 1);
        _refuse(assetIds, amounts, abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, LAST + 1));
        assertEq(_digest(), before, "nothing moved");
        assetIds[LAST - 1] = LAST;
        _seize(assetIds, amounts);
        assertNotEq(_digest(), before, "all of them do");
    }

    /// @notice A winner elsewhere takes lines of its own home alone.
    function test_refuses_a_winner_that_can_hold_some_of_the_lines_alone() public {
        _ruin();
        (uint16[] memory assetIds, uint128[] memory amounts) = _twoLines(USD, 1, ETH, 1);
        bytes32 there = AccountLib.encode(bob, SOURCE + 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, there));
        vm.prank(auction);
        ledger.seize(accountOf(alice), there, assetIds, amounts);
        bytes32 home = AccountLib.encode(bob, SOURCE, 0);
        vm.prank(auction);
        ledger.seize(accountOf(alice), home, assetIds, amounts);
        assertEq(ledger.lineOf(home, ETH).amount, 1);
    }

    // Moves

    function test_I1_sixteen_whole_lines_move_each_with_its_event() public {
        _ruin();
        (uint16[] memory assetIds, uint128[] memory amounts) = _everyLine(true);
        for (uint256 i = 0; i < LAST; ++i) {
            vm.expectEmit(address(ledger));
            emit ILedgerAccounts.Transferred(accountOf(alice), accountOf(bob), assetIds[i], amounts[i], "seize");
        }
        _seize(assetIds, amounts);
        assertEq(ledger.linesOf(accountOf(alice)).length, 0);
        for (uint256 i = 0; i < LAST; ++i) {
            assertEq(amountOf(alice, assetIds[i]), 0);
            assertEq(amountOf(bob, assetIds[i]), amounts[i] + (assetIds[i] == USD ? 5 * ONE_USD : 0), "I1");
        }
    }

    /// @notice A line that is named twice loses the sum, as in one piece: seasoned units first.
    function testFuzz_I16_a_line_that_is_named_twice_moves_as_in_one_piece(uint256 seed) public {
        _ruin();
        uint256 unseasoned = (seed >> 8) % (20 * ONE_ETH + 1);
        uint256 end = vm.getBlockTimestamp() + 60;
        uint128 first = uint128(1 + ((seed >> 64) % (20 * ONE_ETH - 1)));
        uint128 second = uint128(1 + ((seed >> 160) % (20 * ONE_ETH - first)));
        _setLine(accountOf(alice), ETH, uint256(20 * ONE_ETH) | (unseasoned << 112) | (end << 216));
        uint256 state = vm.snapshotState();
        (uint16[] memory assetIds, uint128[] memory amounts) = oneLine(ETH, first + second);
        _seize(assetIds, amounts);
        bytes32 once = _digest();
        assertTrue(vm.revertToState(state));
        (assetIds, amounts) = _twoLines(ETH, first, ETH, second);
        _seize(assetIds, amounts);
        assertEq(_digest(), once, "I16");
    }

    function test_I16_each_line_carries_its_own_season() public {
        _ruin();
        uint256 end = vm.getBlockTimestamp() + 60;
        _setLine(accountOf(alice), USD, uint256(100 * ONE_USD) | (uint256(40 * ONE_USD) << 112) | (end << 216));
        _setLine(accountOf(alice), ETH, uint256(20 * ONE_ETH) | (uint256(5 * ONE_ETH) << 112) | ((end + 60) << 216));
        (uint16[] memory assetIds, uint128[] memory amounts) = _twoLines(USD, 70 * ONE_USD, ETH, 16 * ONE_ETH);
        _seize(assetIds, amounts);
        _expectSeason(alice, USD, 30 * ONE_USD, end);
        _expectSeason(bob, USD, 10 * ONE_USD, end);
        _expectSeason(alice, ETH, 4 * ONE_ETH, end + 60);
        _expectSeason(bob, ETH, ONE_ETH, end + 60);
    }

    // Health

    function test_I5_health_is_read_once_for_sixteen_lines() public {
        _ruin();
        (uint16[] memory assetIds, uint128[] memory amounts) = _everyLine(true);
        vm.expectCall(address(risk), abi.encodeWithSelector(IRiskManager.pokedMargin.selector), 1);
        vm.expectCall(address(risk), abi.encodeWithSelector(IRiskManager.margin.selector), 0);
        vm.expectCall(address(protocol), abi.encodeWithSelector(protocol.requirementOf.selector), 1);
        _seize(assetIds, amounts);
    }

    /// @notice The window of six hours opens at the reading, whatever lines follow.
    function test_I5_the_window_of_six_hours_opens_once_for_all_lines() public {
        _ruin();
        (uint16[] memory assetIds, uint128[] memory amounts) = _twoLines(USD, 1, ETH, 1);
        _seize(assetIds, amounts);
        // Between maintenance and exit grade it goes on, up to the sixth hour.
        (, , uint256 aE, , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        protocol.place(accountOf(alice), aE + 1, aE + 1);
        assertGt(aM, aE + 1);
        uint256 began = vm.getBlockTimestamp();
        vm.warp(began + 6 hours - 1);
        setPrices(1e12, 2000e12);
        refreshNow();
        _seize(assetIds, amounts);
        vm.warp(began + 6 hours);
        (, , , , aM, , , ) = ledger.marginOf(accountOf(alice));
        _refuse(assetIds, amounts, _healthy(aM, aE + 1));
    }

    function test_I5_an_account_without_protocols_is_healthy_whatever_lines_are_named() public {
        vm.prank(auction);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(bob), 0, 0));
        seizeOne(accountOf(bob), accountOf(alice), USD, 1);
    }

    // Inside

    /// @dev Her debt is gone for a moment, so that a line may cease to count.
    function _unenable(uint16 assetId) private {
        protocol.place(accountOf(alice), 0, 0);
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), assetId, false);
        _ruin();
    }

    function _expectSeason(address owner, uint16 assetId, uint256 unseasoned, uint256 seasonEnd) private view {
        Line memory line = ledger.lineOf(accountOf(owner), assetId);
        assertEq(line.unseasoned, unseasoned);
        assertEq(line.seasonEnd, seasonEnd);
    }

    /// @dev Every line of both, as the ledger tells them.
    function _digest() private view returns (bytes32 digest) {
        for (uint16 i = 1; i <= LAST; ++i) {
            digest = keccak256(
                abi.encode(digest, ledger.lineOf(accountOf(alice), i), ledger.lineOf(accountOf(bob), i))
            );
        }
    }
}

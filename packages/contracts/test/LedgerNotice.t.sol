// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerActs} from "../solidity/interfaces/ILedgerActs.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";
import {Answer} from "./protocols/TestProtocol.sol";

/// @notice How long a notice lasts, and who may end it.
contract LedgerNoticeTest is LedgerReleaseFixture {
    function test_a_notice_that_was_not_used_is_over_after_as_long_again() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.REVERTS);
        vm.startPrank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        // It answered meanwhile: its next failure is no reason to leave at once.
        vm.warp(START + 14 days);
        vm.expectEmit(address(ledger));
        emit ILedgerActs.NoticeGiven(accountOf(alice), address(protocol), START + 21 days);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 1);
        vm.warp(START + 28 days - 1);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
    }

    /// @notice I9: a delisted protocol that passes its own gate again and again holds nobody.
    function test_I9_no_gate_of_a_delisted_protocol_ends_a_notice_or_reserves_more() public {
        _openPosition(alice, 2e18);
        vm.prank(governor);
        ledger.delistProtocol(address(protocol));
        // Who has given no notice goes on with it.
        protocol.trade(accountOf(alice), 3e18, 1e18);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        protocol.trade(accountOf(alice), 1e18, 1e18);
        // As much as it holds is no more.
        protocol.trade(accountOf(alice), 1e18, 1e18);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, START);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerActs.NoticeRunning.selector,
                accountOf(alice),
                address(protocol),
                START + 7 days
            )
        );
        protocol.trade(accountOf(alice), 1e18 + 1, 1e18);
        vm.warp(START + 7 days);
        protocol.place(accountOf(alice), 28_872e18, 28_872e18);
        vm.startPrank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
        ledger.requestRelease(accountOf(alice), USD, 100 * ONE_USD, wordOf(alice), 0);
    }

    function test_a_gate_of_a_protocol_that_is_listed_again_ends_a_notice() public {
        _openPosition(alice, 1e18);
        vm.prank(governor);
        ledger.delistProtocol(address(protocol));
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        vm.prank(governor);
        ledger.listProtocol(address(protocol));
        protocol.trade(accountOf(alice), 3e18, 1e18);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {Answer, TestProtocol} from "./TestProtocol.sol";

/// @notice How long a notice lasts, who may end it, and what closing and releasing a protocol do.
contract LedgerNoticeTest is LedgerReleaseFixture {
    function test_a_notice_that_was_not_used_is_over_after_as_long_again() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.REVERTS);
        vm.startPrank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        // It answered meanwhile: its next failure is no reason to leave at once.
        vm.warp(START + 14 days);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.NoticeGiven(accountOf(alice), address(protocol), START + 21 days);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 1);
        vm.warp(START + 28 days - 1);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
    }

    /// @notice I9: a released protocol that passes its own gate again and again holds nobody.
    function test_I9_no_gate_of_a_released_protocol_ends_a_notice_or_reserves_more() public {
        _openPosition(alice, 2e18);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.ProtocolListed(address(protocol), 1, false);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.ProtocolReleased(address(protocol));
        vm.prank(governor);
        ledger.releaseFrom(address(protocol));
        // Who has given no notice goes on with what it has.
        protocol.trade(accountOf(alice), 2e18, 1e18);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        protocol.trade(accountOf(alice), 1e18, 1e18);
        // As much as it holds is no more.
        protocol.trade(accountOf(alice), 1e18, 1e18);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, START);
        _expectClosed(1e18 + 1, 1e18);
        protocol.trade(accountOf(alice), 1e18 + 1, 1e18);
        // Nor is the notice refused, though the protocol answers above 0.
        _expectNothingToRefuse();
        ledger.refuse(accountOf(alice), address(protocol));
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
        ledger.releaseFrom(address(protocol));
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        vm.prank(governor);
        ledger.listProtocol(address(protocol));
        protocol.trade(accountOf(alice), 3e18, 1e18);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, 0);
    }

    // Closing and releasing

    function test_refuses_to_close_or_release_for_anyone_but_the_governor_or_what_was_never_listed() public {
        bytes memory reason = abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, alice, bytes32("governor"));
        vm.startPrank(alice);
        vm.expectRevert(reason);
        ledger.closeProtocol(address(protocol));
        vm.expectRevert(reason);
        ledger.releaseFrom(address(protocol));
        TestProtocol unlisted = new TestProtocol(ledger);
        ledger.optIn(AccountLib.encode(alice, 0, 1), address(unlisted));
        vm.stopPrank();
        vm.startPrank(governor);
        reason = abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(unlisted));
        vm.expectRevert(reason);
        ledger.closeProtocol(address(unlisted));
        vm.expectRevert(reason);
        ledger.releaseFrom(address(unlisted));
        ledger.releaseFrom(address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(protocol)));
        ledger.releaseFrom(address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(protocol)));
        ledger.closeProtocol(address(protocol));
    }

    /// @notice LM6: an ordinary sunset takes nothing from lenders.
    function test_debts_stand_when_a_protocol_is_closed() public {
        _openPosition(alice, 28_000e18);
        vm.startPrank(governor);
        ledger.closeProtocol(address(protocol));
        vm.stopPrank();
        bytes memory stands = abi.encodeWithSelector(
            ILedgerProtocols.RequirementLeft.selector,
            accountOf(alice),
            address(protocol),
            uint256(28_000e18)
        );
        vm.expectRevert(stands);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        vm.warp(START + 8 days);
        vm.expectRevert(stands);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, 0, "no notice was taken");
        // Repaid, the account leaves at once.
        protocol.place(accountOf(alice), 0, 0);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
    }

    function test_nobody_opts_in_to_a_closed_protocol_and_what_it_reserves_only_falls() public {
        _openPosition(alice, 2e18);
        vm.prank(governor);
        ledger.closeProtocol(address(protocol));
        bytes memory closed = abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(protocol));
        vm.startPrank(bob);
        vm.expectRevert(closed);
        ledger.optIn(accountOf(bob), address(protocol));
        bytes32 isolated = AccountLib.encode(bob, 0, 1);
        vm.expectRevert(closed);
        ledger.optIn(isolated, address(protocol));
        vm.stopPrank();
        _expectClosed(2e18 + 1, 2e18);
        protocol.trade(accountOf(alice), 2e18 + 1, 1e18);
        protocol.trade(accountOf(alice), 1e18, 1e18);
        _expectClosed(2e18, 1e18);
        protocol.trade(accountOf(alice), 2e18, 1e18);
        // A protocol that fails may be left by notice as any other, and released later.
        protocol.setAnswer(Answer.REVERTS);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        vm.prank(governor);
        ledger.releaseFrom(address(protocol));
        vm.prank(governor);
        ledger.listProtocol(address(protocol));
        vm.prank(bob);
        ledger.optIn(isolated, address(protocol));
        protocol.setAnswer(Answer.HONEST);
        protocol.trade(accountOf(alice), 2e18, 1e18);
    }

    // Refusing a notice

    function test_refuses_to_refuse_without_a_notice_or_an_answer_above_0() public {
        _openPosition(alice, 1e18);
        _expectNothingToRefuse();
        ledger.refuse(accountOf(alice), address(protocol));
        protocol.setAnswer(Answer.REVERTS);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        _expectNothingToRefuse();
        ledger.refuse(accountOf(alice), address(protocol));
        protocol.setAnswer(Answer.HONEST);
        protocol.place(accountOf(alice), 0, 0);
        _expectNothingToRefuse();
        ledger.refuse(accountOf(alice), address(protocol));
        protocol.place(accountOf(alice), 1, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.NoticeRefused(accountOf(alice), address(protocol));
        vm.prank(bob);
        ledger.refuse(accountOf(alice), address(protocol));
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, 0);
        // The next failure begins the seven days anew.
        vm.warp(START + 7 days);
        protocol.setAnswer(Answer.REVERTS);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.NoticeGiven(accountOf(alice), address(protocol), START + 14 days);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
    }

    /// @notice A notice is for a protocol that does not answer at all: it is asked with more than any margin reading gives.
    function testFuzz_a_notice_asks_with_all_the_gas_and_never_with_too_little(uint256 gas) public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.NEEDS_8_MILLION);
        (, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq(qI, type(uint256).max, "too much for a margin");
        gas = bound(gas, 50_000, 16_000_000);
        vm.prank(alice);
        (bool ok, bytes memory answer) = address(ledger).call{gas: gas}(
            abi.encodeCall(ILedgerProtocols.optOut, (accountOf(alice), address(protocol)))
        );
        assertFalse(ok, "a notice was taken though it answers");
        if (gas > 100_000 && gas < 8_000_000) assertEq(bytes4(answer), IEdge.GasTooLow.selector);
        if (gas > 8_300_000) assertEq(bytes4(answer), ILedgerProtocols.RequirementLeft.selector);
    }

    function _expectClosed(uint256 initialWad, uint256 reservedWad) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerProtocols.ProtocolClosed.selector,
                accountOf(alice),
                address(protocol),
                initialWad,
                reservedWad
            )
        );
    }

    function _expectNothingToRefuse() private {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.NothingToRefuse.selector, accountOf(alice), address(protocol))
        );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {ClaimView} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {RequirementView} from "../../solidity/lens/ILedgerLens.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {Answer, TestProtocol} from "./TestProtocol.sol";

/// @notice Opting in and out, the gate, and that a hostile protocol hurts nobody but who chose it.
contract LedgerProtocolsTest is LedgerReleaseFixture {
    uint256 private constant UNKNOWN = type(uint256).max;

    // Listing

    function test_refuses_to_list_for_anyone_but_the_governor() public {
        bytes memory reason = abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, alice, bytes32("governor"));
        vm.startPrank(alice);
        vm.expectRevert(reason);
        ledger.listProtocol(address(protocol));
    }

    function test_refuses_to_list_what_has_no_code_or_is_listed_and_to_close_what_is_not() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolRefused.selector, alice));
        ledger.listProtocol(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolRefused.selector, address(protocol)));
        ledger.listProtocol(address(protocol));
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.ProtocolListed(address(protocol), 1, false);
        ledger.closeProtocol(address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(protocol)));
        ledger.closeProtocol(address(protocol));
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.ProtocolListed(address(protocol), 1, true);
        assertEq(ledger.listProtocol(address(protocol)), 1, "a protocol keeps its number");
    }

    // Opting in

    function test_refuses_to_opt_in_or_out_for_anyone_but_the_owner() public {
        bytes memory reason = abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(alice));
        vm.startPrank(bob);
        vm.expectRevert(reason);
        ledger.optIn(accountOf(alice), address(protocol));
        vm.expectRevert(reason);
        ledger.optOut(accountOf(alice), address(protocol));
    }

    function test_cross_margin_holds_four_listed_protocols_at_most() public {
        TestProtocol unlisted = new TestProtocol(ledger);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(unlisted)));
        ledger.optIn(accountOf(alice), address(unlisted));
        vm.stopPrank();
        address[5] memory more;
        for (uint256 i = 0; i < 5; ++i) {
            more[i] = _listed();
            vm.startPrank(alice);
            if (i == 4) {
                vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.TooManyProtocols.selector, 5, 4));
            } else {
                vm.expectEmit(address(ledger));
                emit ILedgerProtocols.OptedIn(accountOf(alice), more[i]);
            }
            ledger.optIn(accountOf(alice), more[i]);
            vm.stopPrank();
        }
        vm.recordLogs();
        vm.startPrank(alice);
        ledger.optIn(accountOf(alice), more[2]);
        assertEq(vm.getRecordedLogs().length, 0, "repeating it changes nothing");
        ledger.optOut(accountOf(alice), more[1]);
        ledger.optIn(accountOf(alice), more[4]);
        vm.stopPrank();
        address[] memory held = ledger.protocolsOf(accountOf(alice));
        assertEq(held.length, 4);
        assertEq(held[0], more[0]);
        assertEq(held[1], more[3], "the last moved into the gap");
        assertEq(held[2], more[2]);
        assertEq(held[3], more[4]);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), more[3]);
        assertEq(ledger.protocolsOf(accountOf(alice))[1], more[4], "nothing is left of the one that was there");
    }

    function test_a_sub_account_holds_exactly_one_protocol_listed_or_not() public {
        TestProtocol unlisted = new TestProtocol(ledger);
        bytes32 account = AccountLib.encode(alice, 0, 1);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolRefused.selector, bob));
        ledger.optIn(account, bob);
        ledger.optIn(account, address(unlisted));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.TooManyProtocols.selector, 2, 1));
        ledger.optIn(account, address(protocol));
        (uint32 index, bool listed) = ledger.protocolOf(address(unlisted));
        assertEq(index, 2);
        assertFalse(listed);
        ledger.optOut(account, address(unlisted));
        ledger.optIn(account, address(protocol));
        ledger.optIn(account, address(protocol));
        (index, listed) = ledger.protocolOf(address(protocol));
        assertEq(index, 1);
        assertTrue(listed);
        assertEq(ledger.protocolsOf(account).length, 1, "repeating it changes nothing");
        assertEq(ledger.protocolsOf(account)[0], address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
    }

    // The gate

    function test_refuses_the_gate_to_a_protocol_that_the_account_did_not_choose() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), address(protocol))
        );
        protocol.trade(accountOf(alice), 1, 1);
        _openPosition(alice, 1e18);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), bob));
        vm.prank(bob);
        ledger.gate(accountOf(alice));
    }

    function test_I5_the_gate_refuses_what_the_margin_does_not_cover_and_records_what_it_does() public {
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerMargin.MarginTooLow.selector,
                accountOf(alice),
                28_872e18,
                uint256(28_872e18) + 1
            )
        );
        protocol.trade(accountOf(alice), 28_872e18 + 1, 20_000e18);
        assertEq(protocol.nonceOf(accountOf(alice)), 0, "the protocol's own act is undone");

        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.Gated(accountOf(alice), address(protocol), 28_872e18);
        protocol.trade(accountOf(alice), 28_872e18, 20_000e18);
        ClaimView memory claim = ledger.claimOf(accountOf(alice), address(protocol));
        assertEq(claim.reservedWad, 28_872e18);
        assertEq(claim.maintenanceWad, 20_000e18);
        assertEq(claim.positionNonce, 1);
        assertEq(claim.recordedAt, START);
        assertEq(claim.noticeAt, 0);
    }

    function test_I5_the_gate_counts_what_the_other_protocols_require() public {
        _openPosition(alice, 20_000e18);
        TestProtocol other = TestProtocol(_listed());
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(other));
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), 28_872e18, 28_873e18)
        );
        other.trade(accountOf(alice), 8_873e18, 0);
        other.trade(accountOf(alice), 8_872e18, 0);
        (, uint256 qI, , uint256 qE, , uint256 qM, , ) = ledger.marginOf(accountOf(alice));
        assertEq(qI, 28_872e18);
        assertEq(qE, 10_000e18);
        assertEq(qM, 10_000e18);
        other.setAnswer(Answer.REVERTS);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.RequirementUnknown.selector, accountOf(alice), address(other))
        );
        protocol.trade(accountOf(alice), 1, 1);
    }

    function test_the_gate_needs_a_risk_manager_that_answers_only_if_something_is_required() public virtual {
        _openPosition(alice, 1e18);
        vm.etch(address(risk), hex"5f5ffd");
        vm.expectRevert(abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice)));
        protocol.trade(accountOf(alice), 1, 0);
        protocol.trade(accountOf(alice), 0, 0);
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).reservedWad, 0);
    }

    function test_an_initial_figure_below_the_maintenance_figure_counts_as_the_latter() public {
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
        protocol.place(accountOf(alice), 1e18, 7e18);
        (, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf(accountOf(alice));
        assertEq(qI, 7e18);
        assertEq(qM, 7e18);
    }

    // Containment

    function test_I13_a_protocol_that_fails_in_any_way_is_counted_infinite_and_the_margin_still_answers() public {
        _openPosition(alice, 20_000e18);
        protocol.place(accountOf(alice), 5e18, 4e18);
        for (uint8 i = 1; i <= uint8(Answer.RETURNS_A_MEGABYTE); ++i) {
            protocol.setAnswer(Answer(i));
            (uint256 aI, uint256 qI, , uint256 qE, uint256 aM, uint256 qM, uint256 status, ) = ledger.marginOf{
                gas: 4_900_000
            }(accountOf(alice));
            assertEq(qI, UNKNOWN);
            assertEq(qE, 10_000e18, "what the last gate recorded");
            assertEq(qM, 10_000e18);
            assertEq(aI, 28_872e18);
            assertEq(aM, 32_380.75e18);
            assertEq(status, 0);
            vm.expectRevert(
                abi.encodeWithSelector(ILedgerMargin.RequirementUnknown.selector, accountOf(alice), address(protocol))
            );
            vm.prank(alice);
            ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
            RequirementView[] memory seen = lens.requirementsOf(accountOf(alice));
            assertFalse(seen[0].answered);
            assertEq(seen[0].initialWad, 0);
            assertEq(seen[0].maintenanceWad, 10_000e18);
            assertEq(seen[0].positionNonce, 1);
            assertEq(seen[0].reservedWad, 20_000e18);
            assertFalse(seen[0].claims);
            assertEq(seen[0].burdenWad, 10_000e18);
        }
        protocol.setAnswer(Answer.ASKS_FOR_THE_MARGIN);
        (, uint256 required, , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq(required, 5e18, "asking back is answered, or refused, within its own gas");
        protocol.setAnswer(Answer.HONEST);
        RequirementView[] memory views = lens.requirementsOf(accountOf(alice));
        assertEq(views.length, 1);
        assertEq(views[0].protocol, address(protocol));
        assertTrue(views[0].answered);
        assertEq(views[0].initialWad, 5e18);
        assertEq(views[0].maintenanceWad, 4e18);
        assertEq(views[0].positionNonce, 2);
    }

    function test_I13_four_protocols_that_burn_their_gas_leave_the_margin_answerable() public {
        bytes32 account = accountOf(alice);
        TestProtocol[4] memory four;
        for (uint256 i = 0; i < 4; ++i) {
            four[i] = TestProtocol(_listed());
            vm.prank(alice);
            ledger.optIn(account, address(four[i]));
            four[i].trade(account, 100e18, 50e18);
        }
        for (uint256 i = 0; i < 4; ++i) {
            four[i].setAnswer(Answer.BURNS_ITS_GAS);
        }
        uint256 before = gasleft();
        (, uint256 qI, , , , uint256 qM, , ) = ledger.marginOf{gas: 16_700_000}(account);
        assertLe(before - gasleft(), 15_800_000);
        assertEq(qI, UNKNOWN);
        assertEq(qM, 200e18);
    }

    function test_I13_a_hostile_protocol_reaches_only_accounts_that_chose_it() public virtual {
        _openPosition(alice, 1e18);
        protocol.place(accountOf(bob), 1e30, 1e30);
        protocol.setAnswer(Answer.BURNS_ITS_GAS);
        vm.prank(bob);
        ledger.setEnabled(accountOf(bob), USD, true);
        release(bob, USD, 5 * ONE_USD, 0);
        bytes32 isolated = AccountLib.encode(alice, 0, 1);
        (, uint256 qI, , , , , , ) = ledger.marginOf(isolated);
        assertEq(qI, 0);
        lock(USD, 7 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(amountOf(alice, USD), 107 * ONE_USD, "credit never asks a protocol");
    }

    /// @notice Whatever gas a caller gives, a protocol hears all of its 3,900,000 or is not asked at all.
    function testFuzz_I13_nobody_makes_a_protocol_fail_by_starving_it(uint256 gas) public {
        _openPosition(alice, 28_872e18);
        protocol.setAnswer(Answer.LESS_WHEN_STARVED);
        gas = bound(gas, 30_000, 6_000_000);
        vm.prank(alice);
        (bool ok, ) = address(ledger).call{gas: gas}(
            abi.encodeCall(ILedgerAccounts.requestRelease, (accountOf(alice), USD, ONE_USD, wordOf(alice), 0))
        );
        assertFalse(ok, "released below the requirement");
        bytes memory answer;
        (ok, answer) = address(ledger).staticcall{gas: gas}(abi.encodeCall(ILedgerMargin.marginOf, (accountOf(alice))));
        if (!ok) return;
        (, uint256 qI) = abi.decode(answer, (uint256, uint256));
        assertEq(qI, 28_872e18);
    }

    function test_refuses_too_little_gas_for_a_callback() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.REVERTS);
        bytes memory call_ = abi.encodeCall(ILedgerProtocols.gate, (accountOf(alice)));
        vm.prank(address(protocol));
        (bool ok, bytes memory answer) = address(ledger).call{gas: 155_000}(call_);
        assertFalse(ok);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
        (ok, answer) = address(ledger).staticcall{gas: 3_960_000}(
            abi.encodeCall(ILedgerMargin.marginOf, (accountOf(alice)))
        );
        assertFalse(ok);
        assertEq(bytes4(answer), IEdge.GasTooLow.selector);
    }

    // Opting out

    function test_leaves_a_protocol_that_requires_nothing_at_once() public {
        _openPosition(alice, 1e18);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerProtocols.RequirementLeft.selector,
                accountOf(alice),
                address(protocol),
                uint256(1e18)
            )
        );
        ledger.optOut(accountOf(alice), address(protocol));
        protocol.place(accountOf(alice), 0, 0);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.OptedOut(accountOf(alice), address(protocol));
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).reservedWad, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), address(protocol))
        );
        ledger.optOut(accountOf(alice), address(protocol));
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, accountOf(alice), bob));
        ledger.optOut(accountOf(alice), bob);
    }

    function test_leaves_a_failing_protocol_seven_days_after_notice() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.BURNS_ITS_GAS);
        vm.startPrank(alice);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.NoticeGiven(accountOf(alice), address(protocol), START + 7 days);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.claimOf(accountOf(alice), address(protocol)).noticeAt, START);
        vm.warp(START + 7 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerProtocols.NoticeRunning.selector,
                accountOf(alice),
                address(protocol),
                START + 7 days
            )
        );
        ledger.optOut(accountOf(alice), address(protocol));
        vm.warp(START + 7 days);
        // A protocol that answers again keeps its claim.
        protocol.setAnswer(Answer.HONEST);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedgerProtocols.RequirementLeft.selector,
                accountOf(alice),
                address(protocol),
                uint256(1e18)
            )
        );
        ledger.optOut(accountOf(alice), address(protocol));
        protocol.setAnswer(Answer.REVERTS);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
        ledger.requestRelease(accountOf(alice), USD, 100 * ONE_USD, wordOf(alice), 0);
    }

    function test_a_passed_gate_ends_a_notice() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.REVERTS);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        protocol.setAnswer(Answer.HONEST);
        protocol.trade(accountOf(alice), 2e18, 1e18);
        vm.warp(START + 7 days);
        protocol.setAnswer(Answer.REVERTS);
        vm.expectEmit(address(ledger));
        emit ILedgerProtocols.NoticeGiven(accountOf(alice), address(protocol), START + 14 days);
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 1);
    }

    function test_leaves_a_released_protocol_by_notice_and_an_unlisted_one_only_without_requirement() public {
        _openPosition(alice, 1e18);
        TestProtocol unlisted = new TestProtocol(ledger);
        bytes32 isolated = AccountLib.encode(bob, 0, 1);
        vm.prank(bob);
        ledger.optIn(isolated, address(unlisted));
        unlisted.place(isolated, 3, 3);
        vm.prank(governor);
        ledger.releaseFrom(address(protocol));
        vm.prank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.RequirementLeft.selector, isolated, address(unlisted), 3)
        );
        vm.prank(bob);
        ledger.optOut(isolated, address(unlisted));
        vm.warp(START + 7 days);
        vm.startPrank(alice);
        ledger.optOut(accountOf(alice), address(protocol));
        assertEq(ledger.protocolsOf(accountOf(alice)).length, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(protocol)));
        ledger.optIn(accountOf(alice), address(protocol));
    }

    function _listed() private returns (address at) {
        at = address(new TestProtocol(ledger));
        vm.prank(governor);
        ledger.listProtocol(at);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {RiskManager} from "../../solidity/risk/RiskManager.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {LeavingDebtor, LenderOfMany, LockedLender, PointerProtocol} from "../protocols/HardToRead.sol";
import {Answer, TestProtocol} from "../protocols/TestProtocol.sol";

/// @notice Debtors that make their protocol fail, and what nobody but a debtor or a hostile operator gains from.
contract ProtocolFailuresTest is LedgerReleaseFixture {
    /// @notice What a gate certifies from warm storage is read again from cold storage, however the protocol reads it.
    function test_I13_incident_a_position_that_only_warm_storage_carries_passes_no_gate() public {
        PointerProtocol pointers = new PointerProtocol(ledger);
        LenderOfMany lender = new LenderOfMany(ledger);
        bytes32 account = AccountLib.encode(alice, 0, 1);
        bytes32 other = accountOf(alice);
        vm.prank(governor);
        ledger.listProtocol(address(lender));
        vm.startPrank(alice);
        ledger.optIn(account, address(pointers));
        ledger.optIn(other, address(lender));
        vm.stopPrank();
        vm.store(
            address(ledger),
            keccak256(abi.encode(account, 1)),
            vm.load(address(ledger), keccak256(abi.encode(other, 1)))
        );
        _setLine(account, ETH, 20 * ONE_ETH);
        uint256 passed = 0;
        for (uint256 slots = 8; slots < 2_000; slots += 48) {
            try pointers.open(account, slots) {
                ++passed;
            } catch {
                continue;
            }
            vm.cool(address(pointers));
            (, uint256 qI, , , , , , ) = ledger.marginOf(account);
            assertEq(qI, 1000, "the gate let pass what nobody can read");
        }
        assertGt(passed, 1);
        passed = 0;
        for (uint256 sum = 8; sum < 500; sum += 8) {
            try lender.borrow(other, 8, 1e18) {
                ++passed;
            } catch {
                break;
            }
            vm.cool(address(lender));
            (, uint256 qI, , , , , , ) = ledger.marginOf(other);
            assertEq(qI, sum * 1e18, "the gate let pass what nobody can read");
        }
        assertGt(passed, 1);
    }

    /// @notice A debtor gives notice from inside the lender's callback, where its views revert.
    function test_I13_incident_a_notice_from_inside_a_callback_is_void_once_anyone_asks_from_outside() public {
        LockedLender lender = new LockedLender(ledger);
        LeavingDebtor debtor = new LeavingDebtor(ledger, lender);
        vm.prank(governor);
        ledger.listProtocol(address(lender));
        bytes32 account = accountOf(address(debtor));
        lock(ETH, 20 * ONE_ETH, account, 0);
        applyAll();
        debtor.optIn(account);
        lender.borrow(account, 20_000e18);
        debtor.leave();
        ledger.refuse(account, address(lender));
        vm.warp(START + 7 days);
        debtor.leave();
        assertEq(ledger.protocolsOf(account).length, 1, "left with 20,000 unpaid");
    }

    /// @notice A position that lost everything since its last gate is seized, though its protocol fails now.
    function test_I5_incident_a_protocol_that_fails_hides_no_loss_that_anybody_observed() public {
        address auction = makeAddr("auction");
        vm.prank(governor);
        ledger.setAuction(auction);
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        _openPosition(alice, 20_000e18);
        // Its requirement rises by itself.
        protocol.place(accountOf(alice), 80_000e18, 70_000e18);
        vm.prank(bob);
        ledger.observe(accountOf(alice), address(protocol));
        protocol.setAnswer(Answer.REVERTS);
        (, , , , uint256 aM, uint256 qM, , ) = ledger.marginOf(accountOf(alice));
        assertEq(qM, 70_000e18);
        assertGt(qM, aM);
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    /// @notice The change of the risk manager alone takes nothing from anybody.
    function test_I5_incident_a_risk_manager_without_prices_seizes_nothing() public {
        address auction = makeAddr("auction");
        vm.prank(governor);
        ledger.setAuction(auction);
        _openPosition(alice, 5e18);
        RiskManager next = new RiskManager(governor);
        vm.prank(governor);
        ledger.scheduleRiskManager(address(next));
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        vm.expectPartialRevert(bytes4(keccak256("AccountHealthy(bytes32,uint256,uint256)")));
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, 20 * ONE_ETH);
    }

    /// @notice An operator that an owner elsewhere appointed brings a protocol of its own.
    function test_incident_an_operator_names_no_protocol_of_its_own() public {
        TestProtocol own = new TestProtocol(ledger);
        address carol = makeAddr("carol");
        bytes32 account = AccountLib.encode(carol, SOURCE, 1);
        lock(USD, 50 * ONE_USD, account, 0);
        append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(bob), 0));
        applyAll();
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.ProtocolNotListed.selector, address(own)));
        vm.prank(bob);
        ledger.optIn(account, address(own));
        vm.prank(bob);
        ledger.optIn(account, address(protocol));
        assertEq(ledger.protocolsOf(account)[0], address(protocol), "what the governor listed is no name of its own");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVault, IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ClaimableReason, PaymentState, VaultInit} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {deployVault} from "../VaultFixture.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {MoodyToken} from "../../tokens/MoodyToken.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice Owners that live on the vault's chain, and a vault that takes another's place.
contract VaultMovesTest is VaultReleaseFixture {
    // Owners of this chain

    function test_an_owner_of_this_chain_locks_and_names_an_operator() public {
        bytes32 account = AccountLib.encode(alice, SOURCE, 7);
        fund(token, alice, ONE);
        vm.prank(alice);
        vault.lock(asset, ONE, account, 0, 0, 0);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes32 operator = bytes32(uint256(uint160(carol)));
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.APPOINT, 0, 0, account, operator);
        vm.expectEmit(address(vault));
        emit IVaultCore.Appointed(account, carol);
        vm.prank(alice);
        vault.appoint(7, carol);
        (, , bytes32 after_) = vault.journalHead();
        assertEq(after_, EntryCodec.extend(head, EntryCodec.APPOINT, 0, 0, account, operator, 0));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I3_nobody_appoints_for_another_owner(address who, uint80 sub, address operator) public {
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        bytes32 party = bytes32(uint256(uint160(operator)));
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.APPOINT, 0, 0, AccountLib.encode(who, SOURCE, sub), party);
        vm.prank(who);
        vault.appoint(sub, operator);
    }

    function test_I14_appointments_are_bounded() public {
        uint256 start = vm.getBlockTimestamp();
        for (uint80 sub = 1; sub <= 64; ++sub) _appoint(bob, sub);
        _refuseAppointment(bob, 65, start + 57);
        // Whoever flooded it keeps nobody from appointing for an account that tokens were just locked for: once each.
        fund(token, alice, ONE);
        vm.startPrank(alice);
        vault.lock(asset, ONE / 2, AccountLib.encode(alice, SOURCE, 7), 0, 0, 0);
        vm.stopPrank();
        _refuseAppointment(alice, 8, start + 57);
        _appoint(alice, 7);
        _refuseAppointment(alice, 7, start + 57);
        vm.prank(alice);
        vault.lock(asset, ONE / 2, AccountLib.encode(alice, SOURCE, 7), 0, 0, 0);
        _appoint(alice, 7);
        vm.warp(start + 56);
        _refuseAppointment(bob, 65, start + 57);
        vm.warp(start + 57);
        _appoint(bob, 65);
        _refuseAppointment(carol, 0, start + 113);
    }

    function testFuzz_I14_no_window_holds_more_appointments_than_the_bucket(uint16[100] memory waits) public {
        uint256 start = vm.getBlockTimestamp();
        uint256 made = 0;
        for (uint80 i = 0; i < 100; ++i) {
            skip(waits[i] % 90);
            vm.prank(bob);
            try vault.appoint(i, carol) {
                ++made;
            } catch {}
            assertLe(made, 64 + (64 * (vm.getBlockTimestamp() - start)) / 1 hours);
        }
        assertGe(made, 64);
    }

    function test_a_contract_of_this_chain_needs_no_confirmation_for_its_own_account_here() public {
        fund(token, address(this), ONE);
        vault.lock(asset, ONE, AccountLib.encode(address(this), SOURCE, 0), 0, 0, 0);
    }

    function test_on_the_settlement_chain_nobody_appoints_and_nobody_has_another_home() public {
        VaultInit memory init = initOf();
        (init.source, init.settlementChainId) = (0, block.chainid);
        vault = deployVault(init);
        vm.prank(governor);
        uint16 which = vault.listAsset(address(token), 6, 0, UNBOUNDED, UNBOUNDED);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.HomeNotSupported.selector, 0));
        vault.appoint(0, carol);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.HomeNotSupported.selector, 1));
        vault.lock(which, ONE, AccountLib.encode(alice, 1, 0), 0, 0, 0);
    }

    function _appoint(address who, uint80 sub) private {
        vm.prank(who);
        vault.appoint(sub, carol);
    }

    function _refuseAppointment(address who, uint80 sub, uint256 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AppointTooSoon.selector, earliest));
        vm.prank(who);
        vault.appoint(sub, carol);
    }

    // A vault that takes this one's place

    function test_a_payment_to_the_successor_is_a_lock_for_the_same_account() public {
        (IVault next, uint16 there) = _succeed(token);
        release(ONE, address(next), 10);
        applyAll();
        bytes memory entry = entryOf(1);
        vm.expectEmit(address(next));
        emit IVaultCore.Locked(next.outboundEdge(), 1, there, accountOf(alice), ONE - 10, 0, 0);
        vm.prank(relayer);
        vault.pay(1, entry, relayer);
        assertState(1, PaymentState.PAID);
        assertEq(next.accounted(there), ONE - 10);
        assertEq(token.balanceOf(address(next)), ONE - 10);
        assertEq(token.balanceOf(relayer), 10);
        assertEq(token.allowance(address(vault), address(next)), 0);
        assertBooks(asset, LOCKED - ONE, 0, ONE);
    }

    function test_a_successor_that_takes_no_lock_leaves_the_payment_claimable() public {
        (IVault next, uint16 there) = _succeed(token);
        vm.prank(pauser);
        next.pause(1, there, uint40(vm.getBlockTimestamp() + 1 hours));
        release(ONE, address(next), 0);
        applyAll();
        vm.expectEmit(address(vault));
        emit IVaultReleases.Claimable(1, ClaimableReason.TRANSFER);
        pay(1);
        assertEq(token.allowance(address(vault), address(next)), 0);
        assertBooks(asset, LOCKED, ONE, 0);
        skip(1 hours);
        bytes memory entry = entryOf(1);
        vault.claim(1, entry);
        assertEq(next.accounted(there), ONE);
    }

    function test_a_token_that_the_successor_has_not_listed_waits() public {
        (IVault next, ) = _succeed(token);
        MoodyToken moody = new MoodyToken();
        uint16 which = list(address(moody), 6);
        lockFor(which, moody, LOCKED);
        append(releaseEntry(which, ONE, address(next), 0));
        applyAll();
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        vm.prank(governor);
        next.listAsset(address(moody), 6, 0, UNBOUNDED, UNBOUNDED);
        bytes memory entry = entryOf(1);
        vault.claim(1, entry);
        assertEq(moody.balanceOf(address(next)), ONE);
    }

    function test_refuses_successors_that_are_none() public {
        VaultInit memory init = initOf();
        IVault same = deployVault(init);
        init.source = SOURCE + 1;
        init.ledger = carol;
        IVault stranger = deployVault(init);
        address[4] memory refused = [address(vault), bob, address(same), address(stranger)];
        vm.startPrank(governor);
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.SuccessorRefused.selector, refused[i]));
            vault.setSuccessor(refused[i]);
        }
        vm.stopPrank();
        (IVault next, ) = _succeed(token);
        assertEq(vault.successor(), address(next));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.SuccessorRefused.selector, address(next)));
        vm.prank(governor);
        vault.setSuccessor(address(next));
    }

    function test_only_the_vault_may_ask_itself_for_a_lock_at_the_successor() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, address(vault)));
        vm.prank(governor);
        vault.lockExactly(address(token), 1, accountOf(governor), LOCKED - 1);
    }

    function test_a_lock_at_the_successor_takes_and_counts_exactly_the_amount() public {
        (IVault next, ) = _succeed(token);
        vm.startPrank(address(vault));
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.TransferInexact.selector, LOCKED - ONE, LOCKED));
        vault.lockExactly(address(token), ONE, accountOf(alice), LOCKED);
        vm.mockCall(address(next), abi.encodeWithSelector(next.lock.selector), abi.encode(ONE - 1));
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.TransferInexact.selector, ONE - 1, ONE));
        vault.lockExactly(address(token), ONE, accountOf(alice), LOCKED - ONE);
    }

    function test_says_how_much_gas_a_lock_at_the_successor_needs() public {
        (IVault next, ) = _succeed(token);
        release(ONE, address(next), 0);
        applyAll();
        bytes memory call_ = abi.encodeCall(vault.pay, (1, entryOf(1), relayer));
        assertGasNeeded(call_, 500_000, 600_000 + uint256(600_000) / 63 + 20_000);
        assertState(1, PaymentState.PAID);
    }

    function test_only_the_vault_may_ask_itself_to_replay() public {
        bytes memory entry = EntryCodec.pack(lostEntry(ONE));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, address(vault)));
        vm.prank(governor);
        vault.replayLost(2, entry);
    }

    function _succeed(PlainToken of_) private returns (IVault next, uint16 there) {
        VaultInit memory init = initOf();
        init.source = SOURCE + 1;
        next = deployVault(init);
        vm.startPrank(governor);
        there = next.listAsset(address(of_), 6, 0, UNBOUNDED, UNBOUNDED);
        vault.setSuccessor(address(next));
        vm.stopPrank();
    }
}

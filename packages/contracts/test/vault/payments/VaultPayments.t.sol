// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {Mood, MoodyToken} from "../../tokens/MoodyToken.sol";

/// @notice Paying and claiming with a token that behaves.
contract VaultPaymentsTest is VaultReleaseFixture {
    // Refusals

    function test_I4_refuses_what_was_never_replayed() public {
        release(ONE, bob, 0);
        bytes memory entry = entryOf(1);
        _expectState(1, PaymentState.NONE, PaymentState.QUEUED);
        vault.pay(1, entry, relayer);
        _expectState(1, PaymentState.NONE, PaymentState.CLAIMABLE);
        vault.claim(1, entry);
    }

    function test_I4_I7_pays_once_whoever_races() public {
        release(ONE, bob, 10);
        applyAll();
        pay(1);
        bytes memory entry = entryOf(1);
        for (uint256 i = 0; i < 3; ++i) {
            _expectState(1, PaymentState.PAID, PaymentState.QUEUED);
            vault.pay(1, entry, carol);
        }
        _expectState(1, PaymentState.PAID, PaymentState.CLAIMABLE);
        vault.claim(1, entry);
        assertEq(token.balanceOf(bob), ONE - 10);
        assertEq(token.balanceOf(relayer), 10);
        assertEq(token.balanceOf(carol), 0);
        assertBooks(asset, LOCKED - ONE, 0, ONE);
    }

    function test_who_loses_nothing_is_told_of_no_loss() public {
        release(ONE, bob, 0);
        applyAll();
        vm.recordLogs();
        pay(1);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "a transfer and a payment");
        assertEq(logs[1].topics[0], IVaultReleases.Paid.selector);
    }

    function testFuzz_I4_refuses_any_other_entry(uint256 place, uint8 bit) public {
        release(ONE, bob, 10);
        applyAll();
        bytes memory entry = entryOf(1);
        bytes25 expected = bytes25(keccak256(entry));
        place = bound(place, 0, entry.length - 1);
        entry[place] ^= bytes1(uint8(1) << (bit % 8));
        bytes25 given = bytes25(keccak256(entry));
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.EntryMismatch.selector, 1, given, expected));
        vault.pay(1, entry, relayer);
    }

    function test_refuses_another_payments_entry_and_bytes_around_it() public {
        release(ONE, bob, 0);
        release(2 * ONE, bob, 0);
        applyAll();
        bytes[3] memory wrong = [entryOf(2), bytes.concat(entryOf(1), hex"00"), bytes("")];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectPartialRevert(IVaultReleases.EntryMismatch.selector);
            vault.pay(1, wrong[i], relayer);
        }
    }

    function test_refuses_before_the_time() public {
        release(ONE, bob, 0);
        applyAll();
        bytes memory entry = entryOf(1);
        uint40 readyAt = vault.payment(1).readyAt;
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentNotReady.selector, 1, readyAt));
        vault.pay(1, entry, relayer);
        vm.warp(readyAt);
        pay(1);
    }

    function test_refuses_to_give_the_fee_to_nobody_the_vault_or_the_token() public {
        release(ONE, bob, 0);
        applyAll();
        bytes memory entry = entryOf(1);
        address[3] memory refused = [address(0), address(vault), address(token)];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IVaultReleases.FeeRecipientRefused.selector, refused[i]));
            vault.pay(1, entry, refused[i]);
        }
    }

    function test_refuses_while_paying_is_paused_and_pays_after() public {
        release(ONE, bob, 0);
        applyAll();
        bytes memory entry = entryOf(1);
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.prank(pauser);
        vault.pause(8, asset, until);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PayPaused.selector, asset, until));
        vault.pay(1, entry, relayer);
        vm.warp(until);
        pay(1);
        assertState(1, PaymentState.PAID);
        assertEq(vault.assetOf(asset).flags, 0);
    }

    function test_a_pause_of_locking_pauses_no_payment_and_replaying_is_never_paused() public {
        vm.startPrank(pauser);
        vault.pause(1, asset, uint40(block.timestamp + 1 hours));
        vm.stopPrank();
        release(ONE, bob, 0);
        applyAll();
        pay(1);
        vm.prank(pauser);
        vault.pause(8, asset, uint40(block.timestamp + 1 hours));
        release(ONE, bob, 0);
        applyAll();
        assertState(2, PaymentState.QUEUED);
    }

    function test_refuses_while_the_vault_holds_less_than_is_accounted() public {
        _payWhileShort();
        deal(address(token), address(vault), LOCKED);
        pay(1);
    }

    function test_a_pause_of_locking_hides_no_shortage() public {
        vm.prank(pauser);
        vault.pause(1, asset, uint40(block.timestamp + 1 hours));
        _payWhileShort();
    }

    function test_only_the_vault_may_ask_itself_for_a_transfer() public {
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, address(vault));
        vm.expectRevert(refusal);
        vm.prank(governor);
        vault.transferExactly(address(token), governor, 1, LOCKED - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.TransferInexact.selector, LOCKED - 1, LOCKED));
        vm.prank(address(vault));
        vault.transferExactly(address(token), bob, 1, LOCKED);
    }

    // What a payment does

    function testFuzz_pays_the_amount_less_the_fee_and_the_fee(uint128 amount, uint96 fee) public {
        amount = uint128(bound(amount, 1, LOCKED));
        fee = uint96(bound(fee, 0, amount));
        release(amount, bob, fee);
        applyAll();
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, relayer, fee);
        pay(1);
        assertEq(token.balanceOf(bob), amount - fee);
        assertEq(token.balanceOf(relayer), fee);
        assertEq(token.balanceOf(address(vault)), LOCKED - amount);
        assertState(1, PaymentState.PAID);
        assertBooks(asset, LOCKED - amount, 0, amount);
    }

    function testFuzz_a_recipient_that_earns_the_fee_receives_all_at_once(uint128 amount, uint96 fee) public {
        amount = uint128(bound(amount, 1, LOCKED));
        fee = uint96(bound(fee, 0, amount));
        release(amount, bob, fee);
        applyAll();
        bytes memory entry = entryOf(1);
        vm.expectCall(address(token), abi.encodeCall(token.transfer, (bob, amount)), 1);
        vault.pay(1, entry, bob);
        assertEq(token.balanceOf(bob), amount);
    }

    function test_a_recipient_that_earns_the_fee_receives_one_transfer() public {
        release(ONE, bob, 10);
        applyAll();
        bytes memory entry = entryOf(1);
        vm.expectCall(address(token), abi.encodeCall(token.transfer, (bob, ONE)), 1);
        vault.pay(1, entry, bob);
        assertEq(token.balanceOf(bob), ONE);
    }

    function test_payments_are_made_in_any_order() public {
        for (uint128 i = 1; i <= 4; ++i) {
            release(i * ONE, bob, 0);
        }
        applyAll();
        uint96[4] memory order = [uint96(3), 1, 4, 2];
        for (uint256 i = 0; i < 4; ++i) {
            pay(order[i]);
        }
        assertBooks(asset, LOCKED - 10 * ONE, 0, 10 * ONE);
        assertEq(token.balanceOf(bob), 10 * ONE);
    }

    function test_room_that_a_payment_makes_can_be_locked_again() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, 1_000_000_000, UNBOUNDED);
        fund(token, alice, ONE);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.CapExceeded.selector, LOCKED + ONE, LOCKED));
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        release(ONE, bob, 0);
        applyAll();
        pay(1);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        assertBooks(asset, LOCKED, 0, ONE);
    }

    function test_gifts_are_never_paid_out() public {
        token.mint(address(vault), 77);
        release(LOCKED, bob, 0);
        applyAll();
        pay(1);
        assertEq(token.balanceOf(address(vault)), 77);
        assertBooks(asset, 0, 0, LOCKED);
    }

    // A loss at its bounds

    function test_the_smallest_payment_bears_the_smallest_loss_whole() public {
        release(1, bob, 0);
        applyAll();
        _fallShort(1);
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(1, 1);
        pay(1);
        assertEq(token.balanceOf(bob), 0);
        assertBooks(asset, LOCKED - 1, 0, 1);
    }

    function test_a_transfer_that_fails_while_a_unit_is_short_leaves_the_books_as_they_were() public {
        release(ONE, bob, 0);
        applyAll();
        _fallShort(1);
        bytes memory before = abi.encode(vault.assetOf(asset));
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector, bob), "blocked");
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        assertEq(abi.encode(vault.assetOf(asset)), before);
    }

    function test_a_payment_of_which_nothing_is_left_is_made() public {
        release(ONE, bob, 10);
        applyAll();
        _fallShort(LOCKED);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Paid(1, relayer, 0);
        pay(1);
        assertState(1, PaymentState.PAID);
        assertBooks(asset, LOCKED - ONE, 0, ONE);
    }

    // Gas: 63 / 64

    /// @dev With too little gas a call reverts; no amount of gas turns a payment of a good token into a claimable one.
    function test_I7_no_amount_of_gas_makes_a_good_transfer_fail() public {
        MoodyToken dear = new MoodyToken();
        uint16 dearAsset = list(address(dear), 6);
        lockFor(dearAsset, dear, LOCKED);
        dear.feel(Mood.DEAR);
        append(releaseEntry(dearAsset, ONE, bob, 10));
        applyAll();
        bytes memory entry = entryOf(1);
        uint256 reverted;
        uint256 paid;
        for (uint256 gas = 20_000; gas <= 700_000; gas += 1_700) {
            uint256 snapshot = vm.snapshotState();
            try vault.pay{gas: gas}(1, entry, relayer) {
                ++paid;
                assertState(1, PaymentState.PAID);
                assertEq(dear.balanceOf(bob), ONE - 10);
            } catch {
                ++reverted;
                assertState(1, PaymentState.QUEUED);
            }
            vm.revertToState(snapshot);
        }
        assertGt(paid, 10);
        assertGt(reverted, 100);
    }

    function test_I7_no_amount_of_gas_makes_a_bad_transfer_succeed() public {
        MoodyToken burning = new MoodyToken();
        uint16 burningAsset = list(address(burning), 6);
        lockFor(burningAsset, burning, LOCKED);
        burning.feel(Mood.BURNS_GAS);
        append(releaseEntry(burningAsset, ONE, bob, 10));
        applyAll();
        bytes memory entry = entryOf(1);
        uint256 claimable;
        for (uint256 gas = 20_000; gas <= 700_000; gas += 1_700) {
            uint256 snapshot = vm.snapshotState();
            try vault.pay{gas: gas}(1, entry, relayer) {
                ++claimable;
                assertState(1, PaymentState.CLAIMABLE);
                assertBooks(burningAsset, LOCKED, ONE, 0);
            } catch {
                assertState(1, PaymentState.QUEUED);
            }
            vm.revertToState(snapshot);
        }
        assertGt(claimable, 10);
    }

    function test_says_how_much_gas_a_payment_needs() public {
        release(ONE, bob, 0);
        applyAll();
        bytes memory call_ = abi.encodeCall(vault.pay, (1, entryOf(1), relayer));
        assertGasNeeded(call_, 300_000, 300_000 + uint256(300_000) / 63 + 20_000);
        assertState(1, PaymentState.PAID);
    }

    /// @dev One unit is missing of all that is accounted.
    function _payWhileShort() private {
        release(ONE, bob, 0);
        applyAll();
        deal(address(token), address(vault), LOCKED - 1);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, LOCKED, LOCKED - 1));
        vault.pay(1, entry, relayer);
    }

    /// @dev That much is lost and reported, and payments have waited for an answer as long as they do.
    function _fallShort(uint256 units) private {
        deal(address(token), address(vault), LOCKED - units);
        vault.report(asset);
        skip(7 days);
    }

    function _expectState(uint96 seq, PaymentState state, PaymentState needed) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.PaymentStateMismatch.selector, seq, state, needed));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {PaymentState, ReleaseRefusal} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry} from "../../../solidity/edge/EntryCodec.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";

/// @notice Losses and releases at their bounds: what is refused and why.
contract VaultKindsTest is VaultReleaseFixture {
    uint40 private stoppedUntil;

    function test_I4_a_loss_of_an_unknown_asset_is_refused() public {
        Entry memory entry = lostEntry(ONE);
        entry.asset = 77;
        _requireRefused(entry, ReleaseRefusal.ASSET);
        entry.asset = 0;
        _requireRefused(entry, ReleaseRefusal.ASSET);
    }

    function test_I4_a_loss_names_no_account_and_no_party_but_that_of_what_is_found() public {
        Entry memory entry = lostEntry(ONE);
        entry.account = accountOf(alice);
        _requireRefused(entry, ReleaseRefusal.ACCOUNT);
        entry.account = 0;
        entry.party = bytes32(uint256(2));
        _requireRefused(entry, ReleaseRefusal.ACCOUNT);
    }

    function test_I4_a_loss_is_of_something_and_of_no_more_than_can_be_accounted() public {
        _requireRefused(lostEntry(0), ReleaseRefusal.AMOUNT);
        _requireRefused(lostEntry(uint256(type(uint104).max) + 1), ReleaseRefusal.AMOUNT);
        append(lostEntry(1));
        append(lostEntry(type(uint104).max));
        applyAll();
        assertState(tip() - 1, PaymentState.QUEUED);
        assertState(tip(), PaymentState.QUEUED);
        assertEq(vault.quarantinedUntil(), stoppedUntil, "of the first one refused");
    }

    /// @notice Nobody could refund it: the ledger takes no amount above 2^104 - 1 for any entry of an honest vault.
    function test_I4_a_release_of_more_than_can_be_accounted_is_refused_and_never_refunded() public {
        uint128 most = type(uint104).max;
        _requireRefused(releaseEntry(asset, most + 1, bob, 0), ReleaseRefusal.AMOUNT);
        _requireRefused(releaseEntry(asset, type(uint128).max, bob, 0), ReleaseRefusal.AMOUNT);
        skip(30 days);
        vm.expectPartialRevert(IVaultReleases.PaymentStateMismatch.selector);
        vault.refund(1, asset, most + 1, accountOf(alice));
        (, uint64 journaled, ) = vault.journalHead();
        assertEq(journaled, 1, "the lock alone");
        // The largest that fits is stopped like any that is not accounted.
        append(releaseEntry(asset, most, bob, 0));
        applyAll();
        assertState(tip(), PaymentState.STOPPED);
        assertEq(vault.quarantinedUntil(), stoppedUntil, "of the first one refused");
    }

    function test_I4_a_loss_pays_no_fee() public {
        Entry memory entry = lostEntry(ONE);
        entry.fee = 1;
        _requireRefused(entry, ReleaseRefusal.FEE);
    }

    /// @notice Kind 17 once gave a payment another recipient, past every limit: k stolen keys took all that was claimable at once.
    function test_I6_I10_no_entry_gives_a_claimable_payment_another_recipient() public {
        release(100_000 * ONE, address(vault), 0);
        release(100_000 * ONE, address(token), 0);
        applyAll();
        skip(31 days);
        for (uint128 which = 1; which <= 2; ++which) {
            Entry memory entry = releaseEntry(asset, which, carol, 0);
            entry.kind = 17;
            _expectRefusal(append(entry), ReleaseRefusal.KIND);
        }
        applyAll();
        skip(73 hours);
        for (uint96 which = 1; which <= 2; ++which) {
            bytes memory entry = entryOf(which);
            vm.expectPartialRevert(IVaultReleases.TransferFailed.selector);
            vm.prank(carol);
            vault.claim(which, entry);
        }
        assertEq(token.balanceOf(carol), 0);
        assertBooks(asset, LOCKED, 200_000 * ONE, 0);
    }

    /// @dev The entry is refused for that reason and is no payment; the first one quarantines the edge. Waits until that is over.
    function _requireRefused(Entry memory entry, ReleaseRefusal reason) private {
        uint64 seq = append(entry);
        _expectRefusal(seq, reason);
        applyAll();
        assertState(seq, PaymentState.NONE);
        if (stoppedUntil == 0) stoppedUntil = uint40(vm.getBlockTimestamp() + 72 hours);
        assertEq(vault.quarantinedUntil(), stoppedUntil);
        assertBooks(asset, LOCKED, 0, 0);
        skip(73 hours);
    }

    function _expectRefusal(uint64 seq, ReleaseRefusal reason) private {
        vm.expectEmit(address(vault));
        emit IVaultReleases.RefusedRelease(seq, reason);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {PaymentState, ReleaseRefusal} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";

/// @notice Losses and reroutes at their bounds: what is refused and why.
contract VaultKindsTest is VaultReleaseFixture {
    function test_I4_a_loss_of_an_unknown_asset_is_refused() public {
        Entry memory entry = lostEntry(ONE);
        entry.asset = 77;
        _requireRefused(entry, ReleaseRefusal.ASSET);
        entry.asset = 0;
        _requireRefused(entry, ReleaseRefusal.ASSET);
    }

    function test_I4_a_loss_names_no_account_and_no_party() public {
        Entry memory entry = lostEntry(ONE);
        entry.account = accountOf(alice);
        _requireRefused(entry, ReleaseRefusal.ACCOUNT);
        entry.account = 0;
        entry.party = bytes32(uint256(1));
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
        assertEq(vault.quarantinedUntil(), vm.getBlockTimestamp() - 1 hours, "of the last one refused");
    }

    function test_I4_a_loss_pays_no_fee() public {
        Entry memory entry = lostEntry(ONE);
        entry.fee = 1;
        _requireRefused(entry, ReleaseRefusal.FEE);
    }

    /// @notice The number of a payment has 96 bits, and what is above them is none of it.
    function test_I4_a_reroute_of_no_number_is_refused() public {
        release(ONE, address(0), 0);
        applyAll();
        skip(31 days);
        Entry memory entry = releaseEntry(asset, uint128(1 << 96) + 1, carol, 0);
        entry.kind = EntryCodec.REROUTE;
        _expectRefusal(append(entry), ReleaseRefusal.AMOUNT);
        applyAll();
        assertEq(vault.rerouteOf(1).to, address(0));
    }

    /// @dev The entry is refused for that reason, is no payment, and quarantines the edge; waits until that is over.
    function _requireRefused(Entry memory entry, ReleaseRefusal reason) private {
        uint64 seq = append(entry);
        _expectRefusal(seq, reason);
        applyAll();
        assertState(seq, PaymentState.NONE);
        assertEq(vault.quarantinedUntil(), vm.getBlockTimestamp() + 72 hours);
        assertBooks(asset, LOCKED, 0, 0);
        skip(73 hours);
    }

    function _expectRefusal(uint64 seq, ReleaseRefusal reason) private {
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(seq, reason);
    }
}

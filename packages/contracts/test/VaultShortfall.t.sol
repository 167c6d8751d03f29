// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {PaymentState, ReleaseRefusal, VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";

/// @notice A vault that holds less than is accounted: what is reported, what waits, and who bears it.
contract VaultShortfallTest is VaultReleaseFixture {
    uint256 private constant WAD = 1e18;

    // Reports

    function test_refuses_to_report_what_is_on_record() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 0));
        vault.report(asset);
        _lose(5);
        vault.report(asset);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 5));
        vault.report(asset);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetUnknown.selector, 77));
        vault.report(77);
    }

    function test_a_pause_of_locks_gives_nothing_to_report() public {
        vm.prank(pauser);
        vault.pause(1, asset, uint40(vm.getBlockTimestamp() + 1 hours));
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 0));
        vault.report(asset);
    }

    function test_a_report_is_one_entry_with_the_absolute_deficit_and_what_is_accounted() public {
        _lose(LOCKED / 4);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes32 party = bytes32(uint256(LOCKED));
        vm.expectEmit(address(vault));
        emit ICollateralVault.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, LOCKED / 4, 0, party);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, LOCKED / 4, (WAD * 3) / 4);
        vault.report(asset);
        (, , bytes32 after_) = vault.journalHead();
        assertEq(after_, EntryCodec.extend(head, EntryCodec.SHORTFALL, asset, LOCKED / 4, 0, party, 0));
        // More is lost: the amount is absolute, and the clock runs on from the first report.
        uint32 since = vault.assetOf(asset).deficitAt;
        skip(1 days);
        _lose(LOCKED / 4);
        vault.report(asset);
        assertEq(vault.assetOf(asset).deficit, LOCKED / 2);
        assertEq(vault.assetOf(asset).deficitAt, since);
    }

    function test_a_whole_vault_clears_the_record() public {
        release(ONE, bob, 0);
        applyAll();
        _lose(7);
        vault.report(asset);
        token.mint(address(vault), 7);
        bytes memory entry = entryOf(1);
        // Whole again, but nobody has said so.
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetShort.selector, asset, LOCKED, LOCKED - 7));
        vault.pay(1, entry, relayer);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 0, WAD);
        vault.report(asset);
        pay(1);
        lockFor(asset, token, ONE);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.flags, 0);
        assertEq(kept.deficitAt, 0);
    }

    function test_a_report_tells_how_many_scalings_were_replayed() public {
        _lose(LOCKED / 4);
        vault.report(asset);
        _scale((WAD * 3) / 4);
        uint256 left = LOCKED - LOCKED / 4;
        // Told anew after the scaling, and in every report from then on.
        _expectShortfall(0, left, 1);
        applyAll();
        _lose(LOCKED / 4);
        _expectShortfall(LOCKED / 4, left, 1);
        vault.report(asset);
    }

    // Waiting

    function test_nothing_is_locked_or_paid_while_short_for_seven_days() public {
        release(ONE, bob, 0);
        applyAll();
        _lose(LOCKED / 10);
        vault.report(asset);
        uint256 start = vm.getBlockTimestamp();
        bytes memory refusal = abi.encodeWithSelector(
            ICollateralVault.AssetShort.selector,
            asset,
            LOCKED,
            LOCKED - LOCKED / 10
        );
        bytes memory entry = entryOf(1);
        fund(token, alice, ONE);
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(start + i * (7 days - 1));
            vm.expectRevert(refusal);
            vault.pay(1, entry, relayer);
            vm.expectRevert(refusal);
            vm.prank(alice);
            vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        }
        // Then payments bear their share, and a lock still never pays for an old loss.
        vm.warp(start + 7 days);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.LossBorne(1, ONE / 10);
        vault.pay(1, entry, relayer);
        assertEq(token.balanceOf(bob), ONE - ONE / 10);
        vm.expectPartialRevert(ICollateralVault.AssetShort.selector);
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
    }

    function testFuzz_I12_whoever_is_paid_first_takes_nothing_from_those_behind(
        uint128 lost,
        uint128[5] memory asked
    ) public {
        lost = uint128(bound(lost, 1, LOCKED));
        uint256 room = LOCKED;
        for (uint256 i = 0; i < asked.length; ++i) {
            asked[i] = uint128(bound(asked[i], 1, room - (asked.length - 1 - i)));
            room -= asked[i];
            release(asked[i], bob, uint96(asked[i] / 3));
        }
        applyAll();
        _lose(lost);
        vault.report(asset);
        skip(7 days);
        uint256 owedOut = 0;
        for (uint96 seq = 1; seq <= asked.length; ++seq) {
            uint256 before = token.balanceOf(bob) + token.balanceOf(relayer);
            pay(seq);
            uint256 out = token.balanceOf(bob) + token.balanceOf(relayer) - before;
            // The share of the first report; what each payment before it rounded up is a unit more for this one.
            uint256 share = (uint256(asked[seq - 1]) * (LOCKED - lost)) / LOCKED;
            assertLe(out, share + seq);
            assertGe(out + 2 * seq, share);
            owedOut += asked[seq - 1];
        }
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted, LOCKED - owedOut);
        assertEq(kept.owed, 0);
        assertEq(kept.paidCum, owedOut);
        // What is there covers what is left, less what is missing.
        assertEq(token.balanceOf(address(vault)), uint256(kept.accounted) - kept.deficit);
        assertEq(uint256(kept.deficit) + kept.writtenOff, lost);
    }

    /// @dev Rounding up, payments bear a small deficit whole, long before the ledger has answered.
    function test_a_shortage_that_payments_have_borne_ends() public {
        release(ONE, bob, 0);
        applyAll();
        _lose(1);
        vault.report(asset);
        skip(7 days);
        pay(1);
        assertEq(vault.assetOf(asset).deficit, 0);
        _expectShortfall(0, LOCKED - ONE, 0);
        vault.report(asset);
        lockFor(asset, token, ONE);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 0));
        vault.report(asset);
    }

    function test_the_answer_to_a_shortage_that_payments_have_borne_ends_it_too() public {
        release(ONE, bob, 0);
        release(ONE, carol, 0);
        applyAll();
        _lose(1);
        vault.report(asset);
        skip(7 days);
        pay(1);
        _scale(((LOCKED - 1) * WAD) / LOCKED);
        applyAll();
        pay(2);
        assertEq(token.balanceOf(carol), ONE);
        lockFor(asset, token, ONE);
    }

    function test_a_payment_bears_only_what_is_missing_now() public {
        release(100 * ONE, bob, 0);
        release(100 * ONE, carol, 0);
        applyAll();
        _lose(LOCKED / 10);
        vault.report(asset);
        skip(7 days);
        token.mint(address(vault), LOCKED / 10);
        pay(1);
        assertEq(token.balanceOf(bob), 100 * ONE);
        // A part of it is gone again: only that is shared, although more is on record.
        _lose((LOCKED - 100 * ONE) / 20);
        pay(2);
        assertEq(token.balanceOf(carol), 95 * ONE);
        vault.report(asset);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted - kept.deficit, token.balanceOf(address(vault)));
    }

    function test_a_transfer_that_fails_while_short_leaves_the_books_as_they_were() public {
        release(LOCKED - ONE, bob, 0);
        applyAll();
        _lose(LOCKED / 2);
        vault.report(asset);
        skip(7 days);
        // All but a unit is back: the record would be cut to what is left in the books.
        token.mint(address(vault), LOCKED / 2 - 1);
        bytes memory before = abi.encode(vault.assetOf(asset));
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector, bob), "blocked");
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        assertEq(abi.encode(vault.assetOf(asset)), before);
        vm.clearMockedCalls();
        vault.claim(1, entryOf(1));
        assertEq(token.balanceOf(bob), LOCKED - ONE - 1);
        assertEq(vault.assetOf(asset).deficit, ONE);
        assertEq(vault.assetOf(asset).writtenOff, 1);
    }

    /// @dev The deficit on record stays within what is accounted, or the next answer of the ledger could not be replayed.
    function test_payments_after_the_tokens_came_back_leave_a_record_that_can_be_scaled() public {
        release(LOCKED - ONE, bob, 0);
        release(ONE / 2, carol, 0);
        applyAll();
        _lose(LOCKED / 2);
        vault.report(asset);
        skip(7 days);
        token.mint(address(vault), LOCKED / 2);
        pay(1);
        assertEq(vault.assetOf(asset).deficit, ONE);
        _scale(WAD / 2);
        applyAll();
        assertEq(vault.quarantinedUntil(), 0);
        vault.report(asset);
        pay(2);
        assertLe(vault.accounted(asset), token.balanceOf(address(vault)));
    }

    function testFuzz_I12_tokens_that_come_and_go_unreported_leave_every_payment_covered(
        uint128[5] memory moved,
        uint128[5] memory asked
    ) public {
        for (uint256 i = 0; i < 5; ++i) release(uint128(bound(asked[i], 1, LOCKED / 5)), bob, 0);
        applyAll();
        _lose(LOCKED / 2);
        vault.report(asset);
        skip(7 days);
        for (uint96 seq = 1; seq <= 5; ++seq) {
            VaultAsset memory kept = vault.assetOf(asset);
            // What a payment takes as given is at least what was on record as held.
            uint256 least = kept.accounted - kept.deficit;
            deal(address(token), address(vault), bound(moved[seq - 1], least, uint256(kept.accounted) + ONE));
            uint256 share = (token.balanceOf(address(vault)) * WAD) / kept.accounted;
            pay(seq);
            kept = vault.assetOf(asset);
            assertLe(kept.deficit, kept.accounted);
            assertGe(kept.deficit + token.balanceOf(address(vault)), kept.accounted);
            if (share < WAD && kept.accounted != 0) {
                assertGe((token.balanceOf(address(vault)) * WAD) / kept.accounted, share);
            }
        }
    }

    // Scaling

    function test_payments_before_a_scaling_are_scaled_and_those_after_it_are_not() public {
        release(100 * ONE, bob, uint96(30 * ONE));
        applyAll();
        _lose(LOCKED / 4);
        vault.report(asset);
        (, uint64 count, ) = vault.journalHead();
        uint64 scaled = _scale((WAD * 3) / 4);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.Scaled(scaled, asset, 1, (WAD * 3) / 4, true);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 0, WAD);
        applyAll();
        (, uint64 countAfter, ) = vault.journalHead();
        assertEq(countAfter, count + 1);
        uint256 left = LOCKED - LOCKED / 4;
        assertBooks(asset, left, 75 * ONE, LOCKED / 4);
        assertEq(vault.assetOf(asset).writtenOff, LOCKED / 4);
        assertEq(vault.dueOf(1, asset, 100 * ONE), 75 * ONE);
        assertEq(vault.dueOf(scaled, asset, 100 * ONE), 100 * ONE, "from its own number on nothing is");
        uint64 after_ = release(100 * ONE, carol, 0);
        applyAll();
        pay(1);
        pay(after_);
        // The fee shrinks with its payment: 22.5 of 30.
        assertEq(token.balanceOf(relayer), (30 * ONE * 3) / 4);
        assertEq(token.balanceOf(bob), (70 * ONE * 3) / 4);
        assertEq(token.balanceOf(carol), 100 * ONE);
        assertBooks(asset, left - 175 * ONE, 0, LOCKED / 4 + 175 * ONE);
        lockFor(asset, token, ONE);
    }

    function test_a_stopped_payment_before_a_scaling_refunds_the_amount_of_its_record() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        release(100_000 * ONE, bob, 0);
        applyAll();
        _lose(LOCKED / 4);
        vault.report(asset);
        _scale((WAD * 3) / 4);
        applyAll();
        bytes memory entry = entryOf(1);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit ICollateralVault.Journaled(
            edge,
            count + 1,
            EntryCodec.REFUND,
            asset,
            100_000 * ONE,
            accountOf(alice),
            bytes32(uint256(1))
        );
        vm.prank(guardian);
        vault.stop(1, entry, "because");
        assertBooks(asset, LOCKED - LOCKED / 4, 0, LOCKED / 4);
    }

    function testFuzz_I4_a_ratio_that_the_vault_did_not_report_scales_nothing(uint128 rho, bool short) public {
        release(100 * ONE, bob, 0);
        if (short) {
            _lose(LOCKED / 4);
            vault.report(asset);
            vm.assume(rho != (WAD * 3) / 4);
        }
        uint64 scaled = _scale(rho);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(scaled, ReleaseRefusal.AMOUNT);
        applyAll();
        assertEq(vault.scalingsOf(asset).length, 0);
        assertEq(vault.owed(asset), 100 * ONE);
        assertGt(vault.quarantinedUntil(), vm.getBlockTimestamp());
    }

    function test_I4_a_scaling_of_no_asset_or_with_a_fee_scales_nothing() public {
        release(100 * ONE, bob, 0);
        _lose(LOCKED / 4);
        vault.report(asset);
        uint128 rho = uint128((WAD * 3) / 4);
        uint64 unknown = append(Entry(EntryCodec.SCALED, 77, rho, 0, 0, 0));
        uint64 paid = append(Entry(EntryCodec.SCALED, asset, rho, 0, 0, 1));
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(unknown, ReleaseRefusal.ASSET);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(paid, ReleaseRefusal.FEE);
        applyAll();
        assertEq(vault.scalingsOf(asset).length, 0);
        assertEq(vault.owed(asset), 100 * ONE);
        assertEq(vault.accounted(asset), LOCKED);
    }

    function test_a_ratio_scales_once() public {
        _lose(LOCKED / 4);
        vault.report(asset);
        _scale((WAD * 3) / 4);
        applyAll();
        uint64 again = _scale((WAD * 3) / 4);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(again, ReleaseRefusal.AMOUNT);
        applyAll();
        assertEq(vault.accounted(asset), LOCKED - LOCKED / 4);
    }

    function test_a_scaling_of_an_older_report_leaves_the_rest_on_record_and_tells_it() public {
        _lose(LOCKED / 4);
        vault.report(asset);
        _lose(LOCKED / 4);
        vault.report(asset);
        // The ledger had seen the first report alone.
        _scale((WAD * 3) / 4);
        uint256 left = LOCKED - LOCKED / 4;
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, LOCKED / 4, ((left - LOCKED / 4) * WAD) / left);
        applyAll();
        assertEq(vault.accounted(asset), left);
        assertEq(vault.assetOf(asset).deficit, LOCKED / 4);
        _scale(uint128(((left - LOCKED / 4) * WAD) / left));
        applyAll();
        assertEq(vault.accounted(asset), token.balanceOf(address(vault)));
        assertEq(vault.assetOf(asset).flags, 0);
    }

    function test_a_scaling_that_comes_after_the_tokens_did_takes_no_new_lock_with_it() public {
        _lose(LOCKED / 4);
        vault.report(asset);
        token.mint(address(vault), LOCKED / 4);
        vault.report(asset);
        lockFor(asset, token, LOCKED);
        _scale((WAD * 3) / 4);
        applyAll();
        // The ledger's lines are worth less than what is here; nobody's claim passes it.
        assertEq(vault.accounted(asset), 2 * LOCKED);
        assertEq(vault.assetOf(asset).writtenOff, 0);
    }

    /// @dev Whoever made it appear short for an hour, years ago, must not have loaded a ratio for a stolen quorum.
    function test_I4_a_ratio_of_an_ended_shortage_takes_nothing_from_payments() public {
        _lose((LOCKED * 99) / 100);
        vault.report(asset);
        token.mint(address(vault), (LOCKED * 99) / 100);
        vault.report(asset);
        release(100 * ONE, bob, 0);
        uint64 scaled = _scale(WAD / 100);
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.Scaled(scaled, asset, 1, WAD / 100, false);
        applyAll();
        assertEq(vault.dueOf(1, asset, 100 * ONE), 100 * ONE);
        assertEq(vault.owed(asset), 100 * ONE);
        // The ledger has scaled its lines, so its number counts.
        assertEq(vault.scalingsOf(asset).length, 1);
        pay(1);
        assertEq(token.balanceOf(bob), 100 * ONE);
        // The same in a later shortage, whose own ratio still scales.
        _lose(LOCKED / 4);
        vault.report(asset);
        token.mint(address(vault), LOCKED / 4);
        vault.report(asset);
        uint256 old = _rhoOf(LOCKED / 4);
        uint64 seq = release(100 * ONE, carol, 0);
        _lose(LOCKED / 2);
        vault.report(asset);
        uint256 current = _rhoOf(LOCKED / 2);
        _scale(old);
        applyAll();
        assertEq(vault.dueOf(seq, asset, 100 * ONE), 100 * ONE);
        _scale(current);
        applyAll();
        assertEq(vault.dueOf(seq, asset, 100 * ONE), (100 * ONE * current) / WAD);
        assertEq(vault.scalingsOf(asset).length, 3);
    }

    /// @notice I1, I12: after any losses and scalings, lines that the ledger scaled and payments never sum past what the vault
    ///         holds, and every payment is made.
    function testFuzz_I1_I12_scaled_lines_and_payments_are_covered(
        uint128[3] memory lost,
        uint128[6] memory asked
    ) public {
        // The ledger's own sum of lines, scaled as it scales, each line rounded down.
        uint256 lines = LOCKED;
        uint256 held = LOCKED;
        for (uint256 i = 0; i < 6; ++i) {
            asked[i] = uint128(bound(asked[i], 0, lines / 3));
            if (asked[i] != 0) {
                lines -= asked[i];
                release(asked[i], bob, uint96(asked[i] / 7));
            }
            if (i % 2 == 1) continue;
            applyAllIfNew();
            uint128 gone = uint128(bound(lost[i / 2], 0, held / 2));
            if (gone == 0) continue;
            held -= gone;
            _lose(gone);
            vault.report(asset);
            VaultAsset memory kept = vault.assetOf(asset);
            uint256 rho = ((uint256(kept.accounted) - kept.deficit) * WAD) / kept.accounted;
            _scale(uint128(rho));
            lines = (lines * rho) / WAD;
            applyAll();
        }
        applyAllIfNew();
        assertEq(vault.quarantinedUntil(), 0, "an honest entry was refused");
        for (uint96 seq = 1; seq <= tip(); ++seq) {
            if (stateOf(seq) == PaymentState.QUEUED) pay(seq);
        }
        assertGe(token.balanceOf(address(vault)), lines);
        assertGe(vault.accounted(asset) - vault.owed(asset), lines);
        // The owner takes the rest.
        if (lines == 0) return;
        uint64 last = release(uint128(lines), carol, 0);
        applyAll();
        pay(last);
        assertEq(token.balanceOf(carol), lines);
    }

    function applyAllIfNew() internal {
        if (replicaCount() != tip()) applyAll();
    }

    function _rhoOf(uint256 missing) private view returns (uint256) {
        uint256 sum = vault.accounted(asset);
        return ((sum - missing) * WAD) / sum;
    }

    function _expectShortfall(uint128 deficit, uint256 accounted, uint256 scalings) private {
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        bytes32 party = bytes32(accounted | (scalings << 128));
        vm.expectEmit(address(vault));
        emit ICollateralVault.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, deficit, 0, party);
    }

    function _lose(uint256 units) private {
        deal(address(token), address(vault), token.balanceOf(address(vault)) - units);
    }

    function _scale(uint256 rho) private returns (uint64) {
        return
            append(Entry({kind: EntryCodec.SCALED, asset: asset, amount: uint128(rho), account: 0, party: 0, fee: 0}));
    }
}

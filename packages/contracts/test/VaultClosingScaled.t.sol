// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {IVaultGenerations} from "../solidity/interfaces/IVaultGenerations.sol";
import {PaymentState, VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @notice Closing a vault's replica past scalings: what was scaled, in which order, and what was paid before it.
contract VaultClosingScaledTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;

    /// @notice Scalings round in the order in which they came; a payment that keeps an undone one must not be worth a unit more
    ///         than is owed, or nobody could ever pay it.
    function test_I4_a_payment_that_kept_an_undone_scaling_is_paid_whatever_came_after() public {
        _keepAnUndoneScaling();
        payLate(1, firstEntry);
        assertState(1, PaymentState.PAID);
        assertEq(vault.owed(asset), 0);
        assertEq(token.balanceOf(bob), 0);
    }

    /// @notice Nor may it keep the guardian from stopping it.
    function test_I9_a_payment_that_kept_an_undone_scaling_is_stopped_whatever_came_after() public {
        _keepAnUndoneScaling();
        vm.startPrank(guardian);
        vault.quarantine(uint40(vm.getBlockTimestamp() + 1));
        vault.stop(1, firstEntry, "x");
        vm.stopPrank();
        assertEq(vault.owed(asset), 0);
    }

    /// @notice Nor an edge from being closed: both scalings are undone before the payment is.
    function test_I9_an_edge_closes_past_two_scalings_however_they_round() public {
        release(3, bob, 0);
        applyAll();
        _scaleBy(LOCKED / 2);
        _scaleBy((LOCKED * 3) / 20);
        assertEq(vault.owed(asset), 0);
        closeTo(0);
        assertEq(vault.owed(asset), 0);
        assertState(1, PaymentState.VOID);
        assertEq(vault.accounted(asset), LOCKED);
    }

    /// @notice What was paid before a scaling left the vault whole: all of it is accounted again.
    function test_I1_what_was_paid_before_a_scaling_past_the_point_is_accounted_again_whole() public {
        release(100 * ONE, bob, 0);
        release(60 * ONE, bob, 0);
        applyAll();
        payLate(1, entryOf(1));
        uint256 lost = (LOCKED - 100 * ONE) / 2;
        _scaleBy(lost);
        payLate(2, entryOf(2));
        uint256 left = token.balanceOf(address(vault));
        assertEq(left, LOCKED - 100 * ONE - lost - 30 * ONE);
        closeTo(0);
        VaultAsset memory kept = vault.assetOf(asset);
        // The second took half of its due, and may be missing whole: no line can claim what is not there.
        assertEq(kept.accounted, LOCKED + 30 * ONE, "the ledger's lines are whole again");
        assertEq(vault.paidPastPoint(keccak256(firstEntry)), 100 * ONE);
        assertEq(vault.paidPastPoint(keccak256(entryOf(2))), 60 * ONE);
        assertEq(kept.owed, 0);
    }

    /// @notice A scaling of the generation before has the same number in its own: it is none of this generation's.
    function test_I1_a_refused_scaling_takes_back_none_of_an_earlier_generation() public {
        release(10 * ONE, bob, 0);
        applyAll();
        _scaleBy(LOCKED / 2);
        append(scaledEntry(WAD / 4, 1));
        applyAll();
        closeTo(3);
        follow(3, 1);
        VaultAsset memory before = vault.assetOf(asset);
        assertEq(before.scalings, 2);
        // Forged: neither may be used, and both have the number and the ratio of one that was.
        release(ONE, bob, 0);
        append(scaledEntry(WAD / 2, 0));
        append(scaledEntry(WAD / 4, 2));
        applyAll();
        assertGt(vault.quarantinedUntil(), block.timestamp);
        closeTo(0);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.scalings, 2);
        assertEq(vault.scalingsOf(asset)[0].lossExponent, 0);
        assertEq(vault.scalingsOf(asset)[1].lossExponent, 0);
        assertEq(abi.encode(kept.accounted, kept.deficit), abi.encode(before.accounted, before.deficit));
    }

    /// @notice A loss is noted rounded up; undoing it takes no more out of what was paid than is in there.
    function test_I9_a_loss_that_was_noted_rounded_up_is_undone_whatever_was_paid() public {
        token = new PlainToken("EIGHTEEN", 18);
        asset = list(address(token), 18);
        uint256 locked = 1_000_000e18 + 7;
        lockFor(asset, IERC20(address(token)), locked);
        release(100e18, bob, 0);
        applyAll();
        lose(locked / 4);
        uint256 rho = ((locked - locked / 4) * WAD) / locked;
        vault.report(asset);
        // The payment bears its part of what is missing.
        payLate(1, entryOf(1));
        append(scaledEntry(rho, 0));
        applyAll();
        closeTo(0);
        assertEq(vault.assetOf(asset).paidCum, 0);
        assertGe(vault.accounted(asset), locked);
    }

    /// @notice A scaling of a shortage that was over when it came took nothing from payments; it takes nothing when it comes
    ///         again, whatever is missing then.
    function test_I12_a_scaling_that_no_payment_shared_is_shared_by_none_when_it_comes_again() public {
        _scaleAfterTheShortage();
        assertEq(vault.dueOf(1, asset, uint128(60 * ONE)), 60 * ONE);
        beginClosing(1);
        vm.expectEmit(address(vault));
        emit IVaultGenerations.ScalingUndone(2, asset, 0);
        undoTo(1);
        follow(1, 1);
        lose(ONE);
        vault.report(asset);
        append(scaledEntry(WAD / 2, 0));
        applyAll();
        assertEq(vault.quarantinedUntil(), 0);
        assertEq(vault.assetOf(asset).scalings, 1);
        assertEq(vault.dueOf(1, asset, uint128(60 * ONE)), 60 * ONE);
        assertEq(vault.assetOf(asset).deficit, ONE);
    }

    /// @notice The same where another shortage is on record by the time it is undone.
    function test_I12_nor_where_another_shortage_is_on_record_when_it_is_undone() public {
        _scaleAfterTheShortage();
        lose(ONE);
        vault.report(asset);
        closeTo(1);
        follow(1, 1);
        append(scaledEntry(WAD / 2, 0));
        applyAll();
        assertEq(vault.quarantinedUntil(), 0);
        assertEq(vault.assetOf(asset).scalings, 1);
        assertEq(vault.dueOf(1, asset, uint128(60 * ONE)), 60 * ONE);
        assertEq(vault.assetOf(asset).deficit, ONE);
        assertEq(vault.accounted(asset), LOCKED);
    }

    /// @notice Lines of since did not bear it, and a payment past the point is no loss: its own release settles it.
    function test_I1_a_scaling_that_comes_again_writes_off_what_it_wrote_off_before() public {
        _scaleBy(LOCKED / 2);
        lockFor(asset, IERC20(address(token)), LOCKED);
        release(10 * ONE, bob, 0);
        applyAll();
        payLate(2, entryOf(2));
        closeTo(0);
        follow(0, 1);
        assertEq(vault.accounted(asset), 2 * LOCKED);
        append(scaledEntry(WAD / 2, 0));
        release(10 * ONE, bob, 0);
        uint256 scaled = LOCKED / 2 + LOCKED;
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 10 * ONE, ((scaled - 10 * ONE) * WAD) / scaled);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 0, WAD);
        applyAll();
        assertEq(vault.accounted(asset), LOCKED / 2 + LOCKED - 10 * ONE, "what the ledger's lines sum to");
        assertEq(token.balanceOf(address(vault)), vault.accounted(asset));
        assertEq(vault.assetOf(asset).deficit, 0);
        assertEq(vault.assetOf(asset).writtenOff, LOCKED / 2);
    }

    /// @notice Anyone may report before the scaling comes again, and make the ratio what it was by a lock or a gift.
    function test_I1_a_report_of_the_same_ratio_in_between_changes_nothing() public {
        _scaleBy(LOCKED / 2);
        lockFor(asset, IERC20(address(token)), 20 * ONE);
        release(10 * ONE, bob, 0);
        applyAll();
        payLate(2, entryOf(2));
        closeTo(0);
        follow(0, 1);
        // Half of what is accounted is missing, as before.
        vault.report(asset);
        append(scaledEntry(WAD / 2, 0));
        release(10 * ONE, bob, 0);
        release(uint128(LOCKED / 2), bob, 0);
        release(10 * ONE, alice, 0);
        applyAll();
        assertEq(vault.quarantinedUntil(), 0, "each release of what the ledger's lines hold is taken");
        assertEq(vault.accounted(asset), LOCKED / 2 + 10 * ONE);
        assertEq(vault.owed(asset), vault.accounted(asset));
    }

    /// @notice What was paid past the point was not on record when it was reported.
    function test_I1_a_settled_payment_ends_no_shortage_that_it_was_no_part_of() public {
        release(20 * ONE, bob, 0);
        applyAll();
        payLate(1, entryOf(1));
        lose(10 * ONE);
        vault.report(asset);
        closeTo(0);
        follow(0, 1);
        assertEq(vault.assetOf(asset).deficit, 10 * ONE);
        (, uint64 told, ) = vault.journalHead();
        release(20 * ONE, bob, 0);
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted - token.balanceOf(address(vault)), 10 * ONE, "missing");
        assertEq(kept.deficit, 10 * ONE, "on record");
        (, uint64 count, ) = vault.journalHead();
        assertEq(count, told, "and nothing new is told");
    }

    /// @notice What is missing beyond what was told is told by who reports it.
    function test_I1_a_settled_payment_puts_nothing_new_on_record() public {
        release(20 * ONE, bob, 0);
        applyAll();
        payLate(1, entryOf(1));
        lose(1);
        vault.report(asset);
        closeTo(0);
        follow(0, 1);
        uint256 snapshot = vm.snapshotState();
        lose(ONE);
        release(20 * ONE, bob, 0);
        applyAll();
        assertEq(vault.assetOf(asset).deficit, 1);
        // And a unit that came back is told.
        vm.revertToState(snapshot);
        token.mint(address(vault), 1);
        release(20 * ONE, bob, 0);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 0, WAD);
        applyAll();
    }

    /// @notice The record is what is missing, whatever was settled between two scalings that come again.
    function test_I12_what_is_on_record_is_missing_after_two_scalings_and_a_settled_payment_between() public {
        _scaleBy(LOCKED / 2);
        release(100_000 * ONE, bob, 0);
        applyAll();
        payLate(2, entryOf(2));
        _scaleBy(100_000 * ONE);
        uint256 rho = vault.scalingsOf(asset)[1].rhoWad;
        closeTo(0);
        follow(0, 1);
        append(scaledEntry(WAD / 2, 0));
        release(100_000 * ONE, bob, 0);
        append(scaledEntry(rho, 0));
        applyAll();
        _assertLevel(300_000 * ONE);
    }

    /// @notice The same where somebody reports after the change, and the ledger hears of what is settled.
    function test_I12_what_is_settled_after_a_report_is_on_record_and_told() public {
        release(200_000 * ONE, bob, 0);
        applyAll();
        payLate(1, entryOf(1));
        _scaleBy(400_000 * ONE);
        closeTo(0);
        follow(0, 1);
        vault.report(asset);
        release(200_000 * ONE, bob, 0);
        append(scaledEntry(WAD / 2, 0));
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 400_000 * ONE, WAD / 2);
        applyAll();
        _assertLevel(400_000 * ONE);
    }

    function test_I12_a_report_between_two_steps_of_closing_leaves_no_loss_behind() public {
        release(60 * ONE, bob, 0);
        applyAll();
        payLate(1, entryOf(1));
        _scaleBy(50 * ONE);
        uint256 rho = vault.scalingsOf(asset)[0].rhoWad;
        beginClosing(0);
        vault.continueEdge(heads[1], entriesOf(1, 2)); // SCALED is undone
        vault.report(asset); // 50 is missing
        vault.continueEdge(heads[0], entriesOf(0, 1)); // the release is undone: 110 is missing
        follow(0, 1);
        release(60 * ONE, bob, 0);
        append(scaledEntry(rho, 0));
        applyAll();
        uint256 missing = vault.accounted(asset) - token.balanceOf(address(vault));
        assertEq(missing, 0, "the scaling came again, so its loss is not missing any more");
    }

    /// @notice The tokens come back, a payment is made, and a quorum that lies has all released that is left before all is lost.
    function test_I4_a_scaling_that_comes_again_writes_off_nothing_that_is_owed() public {
        release(uint128(LOCKED / 2), bob, 0);
        applyAll();
        _scaleBy(LOCKED / 2);
        closeTo(1);
        follow(1, 1);
        token.mint(address(vault), LOCKED / 2);
        payLate(1, firstEntry);
        assertEq(vault.accounted(asset), (LOCKED * 3) / 4);
        lose((LOCKED * 3) / 4);
        release(uint128((LOCKED * 3) / 4), bob, 0);
        append(scaledEntry(WAD / 2, 0));
        applyAll();
        assertEq(vault.owed(asset), (LOCKED * 3) / 8);
        assertEq(vault.accounted(asset), vault.owed(asset));
    }

    function test_I1_a_loss_that_was_noted_rounded_up_is_undone_to_the_unit() public {
        lockFor(asset, IERC20(address(token)), 10e18);
        uint256 before = vault.accounted(asset);
        _scaleBy(25e17 + 1);
        assertLt(vault.accounted(asset), before);
        closeTo(0);
        assertEq(vault.accounted(asset), before);
        assertEq(vault.assetOf(asset).writtenOff, 0);
    }

    /// @dev All that is accounted is there, and nothing is on record as missing.
    function _assertLevel(uint256 units) private view {
        assertEq(vault.accounted(asset), units);
        assertEq(token.balanceOf(address(vault)), units);
        assertEq(vault.assetOf(asset).deficit, 0);
    }

    /// @dev A release waits; half is missing, is told, and comes back before the scaling that answers is replayed.
    function _scaleAfterTheShortage() private {
        release(60 * ONE, bob, 0);
        applyAll();
        lose(LOCKED / 2);
        vault.report(asset);
        token.mint(address(vault), LOCKED / 2);
        vault.report(asset);
        append(scaledEntry(WAD / 2, 0));
        applyAll();
    }

    /// @dev Loses units, tells of it, and replays the scaling with which the ledger answers.
    function _scaleBy(uint256 units) private {
        lose(units);
        VaultAsset memory kept = vault.assetOf(asset);
        uint256 rho = ((kept.accounted - units) * WAD) / kept.accounted;
        vault.report(asset);
        append(scaledEntry(rho, 0));
        applyAll();
        assertEq(vault.assetOf(asset).deficit, 0);
    }

    /// @dev 3 x 0.5 x 0.7 is owed, and the payment is worth 3 x 0.7 x 0.5.
    function _keepAnUndoneScaling() private {
        release(3, bob, 0);
        applyAll();
        _scaleBy(LOCKED / 2);
        closeTo(1);
        follow(1, 1);
        // 70 % of what is accounted is held.
        token.mint(address(vault), LOCKED / 5);
        vault.report(asset);
        append(scaledEntry((WAD * 7) / 10, 0));
        applyAll();
        assertEq(vault.quarantinedUntil(), 0);
        assertEq(vault.owed(asset), 0);
        assertEq(vault.dueOf(1, asset, 3), 0);
    }
}

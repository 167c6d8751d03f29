// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {IAttesterSet} from "../solidity/interfaces/IAttesterSet.sol";
import {ExitClaim, IVaultExit} from "../solidity/interfaces/IVaultExit.sol";
import {PaymentState} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {LedgerSlots} from "../solidity/proofs/LedgerSlots.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice Losses and the exit: what was scaled is claimed scaled, and what is lost later is shared by those it belongs to.
contract VaultExitSharesTest is VaultExitFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant SCALINGS_SHIFT = 249;

    /// @notice A claim that is not paid yet.
    struct Claim {
        uint64 number;
        uint128 paid;
        address owner;
    }

    Claim[] private _open;

    // What lags behind a scaling

    function test_I1_a_line_that_lags_behind_a_scaling_is_claimed_scaled() public {
        _halve();
        setLine(accountOf(alice), (LINE / 2) | (uint256(1) << SCALINGS_SHIFT));
        anchor();
        openLate();
        uint128 bobs = (LOCKED - LINE) / 2;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, bobs + 1, bobs));
        this.claimOne(bob, bobs + 1);
        payExit(claimLine(bob, bobs, bob), accountOf(bob), bobs, bob);
        payExit(claimLine(alice, LINE / 2, alice), accountOf(alice), LINE / 2, alice);
        assertEq(token.balanceOf(alice) + token.balanceOf(bob), LOCKED / 2);
        assertEq(vault.accounted(asset), 0);
    }

    /// @dev The ledger's own steps: each scaling in its order, rounded down each time.
    function testFuzz_I12_a_line_catches_up_as_the_ledger_would_have_done(uint128[3] memory lost, uint8 had) public {
        had = uint8(bound(had, 0, 3));
        uint256 expected = LINE;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 held = token.balanceOf(address(vault));
            uint256 rho = _scaleAfter(bound(lost[i], 1, held / 2));
            if (i >= had) expected = (expected * rho) / WAD;
        }
        setLine(accountOf(alice), LINE | (uint256(had) << SCALINGS_SHIFT));
        setLine(accountOf(bob), 0);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, expected + 1, expected));
        this.claimOne(alice, uint128(expected + 1));
    }

    function test_I1_a_refund_of_before_a_scaling_is_claimed_scaled() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        uint128 amount = 100_000 * ONE;
        uint64 seq = release(amount, bob, 0);
        applyAll();
        setLine(accountOf(bob), LOCKED - LINE - amount);
        _halve();
        (, uint64 count, bytes32 before) = vault.journalHead();
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
        bytes memory refund = _refundEntry(amount, seq);
        setApplied(count, before, refund);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, amount / 2 + 1, amount / 2));
        this.claimEntry(count + 1, before, refund, amount / 2 + 1);
        this.claimEntry(count + 1, before, refund, amount / 2);
        claimLine(alice, LINE / 2, alice);
        claimLine(bob, (LOCKED - LINE - amount) / 2, bob);
        assertEq(vault.owed(asset), vault.accounted(asset));
    }

    function test_I1_a_parked_credit_that_lags_behind_a_scaling_is_claimed_scaled() public {
        setLine(accountOf(bob), 0);
        _park(0);
        _halve();
        setLine(accountOf(alice), (LINE / 2) | (uint256(1) << SCALINGS_SHIFT));
        anchor();
        openLate();
        uint128 bobs = LOCKED - LINE;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, bobs, bobs / 2));
        this.claimParked(bobs);
        this.claimParked(bobs / 2);
        claimLine(alice, LINE / 2, alice);
        assertEq(vault.owed(asset), vault.accounted(asset));
    }

    function test_a_parked_credit_that_had_a_scaling_is_not_scaled_again() public {
        _park(1);
        _halve();
        anchor();
        openLate();
        uint128 bobs = LOCKED - LINE;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, bobs + 1, bobs));
        this.claimParked(bobs + 1);
    }

    // The end of an asset

    function test_anyone_ends_the_locks_of_an_asset_once_the_exit_is_open() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 0, 0));
        vault.endAsset(asset);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetUnknown.selector, 77));
        vault.endAsset(77);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit ICollateralVault.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, LOCKED, 0, _ended(LOCKED));
        vm.prank(carol);
        vault.endAsset(asset);
        fund(IERC20(address(token)), alice, ONE);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetEnded.selector, asset));
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.AssetEnded.selector, asset));
        vault.endAsset(asset);
        claimLine(alice, LINE, alice);
        (, uint64 after_, ) = vault.journalHead();
        assertEq(after_, count + 1);
    }

    /// @dev A ledger that scaled by a report of before, unheard by the vault, must hear this one.
    function test_I1_the_end_of_an_asset_is_told_with_more_scalings_than_any_ledger_counts() public {
        _lose(LOCKED / 2);
        vault.report(asset);
        anchor();
        openLate();
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit ICollateralVault.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, LOCKED, 0, _ended(LOCKED));
        this.claimOne(alice, 100 * ONE);
        assertEq(vault.owed(asset), 50 * ONE);
        assertEq(vault.assetOf(asset).flags, 128);
        assertEq(vault.assetOf(asset).deficit, 0);
    }

    // The guardian

    function test_I9_nobody_stops_what_the_exit_pays() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        uint64 queued = release(100_000 * ONE, carol, 0);
        applyAll();
        anchor();
        openLate();
        uint96 seq = claimLine(alice, 100_000 * ONE, alice);
        // A halt that attesters left behind let the guardian stop any payment.
        vm.mockCall(attesterSet, abi.encodeCall(IAttesterSet.haltOf, (heads[0])), abi.encode(true, 0, 1));
        bytes memory entry = exitEntry(accountOf(alice), 100_000 * ONE, alice);
        bytes memory refusal = abi.encodeWithSelector(ICollateralVaultReleases.EdgeClosed.selector, heads[0]);
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        vault.stop(seq, entry, "because");
        entry = entryOf(queued);
        vm.expectRevert(refusal);
        vault.stop(queued, entry, "because");
        vm.stopPrank();
        payExit(seq, accountOf(alice), 100_000 * ONE, alice);
        pay(queued);
        assertEq(token.balanceOf(alice) + token.balanceOf(carol), 200_000 * ONE);
    }

    /// @dev Its refund would be nobody's where the account has protocols, and its recipient has waited for it.
    function test_I9_a_release_above_a_lowered_limit_is_paid_by_the_exit_and_not_refunded() public {
        uint128 amount = 100_000 * ONE;
        release(amount, carol, 0);
        setJournal(1);
        setLine(accountOf(alice), LINE - amount);
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
        // The largest payment is 75,000 from now on.
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1_000_000_000);
        openLate();
        vault.replayExit(entriesOf(0, 1));
        assertState(1, PaymentState.QUEUED);
        // A day of the large lane; the 17,280 s that it takes of the lane's rate fit the six hours of burst.
        assertEq(vault.payment(1).readyAt, vm.getBlockTimestamp() + 24 hours);
        assertBooks(asset, LOCKED, amount, 0);
        // A claim goes in parts, so none is larger than a payment.
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitPaymentRefused.selector, amount, alice));
        this.claimOne(alice, amount);
        skip(24 hours);
        pay(1);
        assertEq(token.balanceOf(carol), amount);
    }

    // What is lost after the first claim

    function test_I9_a_loss_after_all_was_claimed_freezes_nobody() public {
        anchor();
        openLate();
        uint96 first = claimLine(alice, LINE, alice);
        uint96 second = claimLine(bob, LOCKED - LINE, bob);
        _lose(1);
        payExit(first, accountOf(alice), LINE, alice);
        payExit(second, accountOf(bob), LOCKED - LINE, bob);
        assertEq(token.balanceOf(alice) + token.balanceOf(bob), LOCKED - 1);
        assertEq(token.balanceOf(alice), LINE - 1);
        assertBooks(asset, 0, 0, LOCKED);
        assertEq(vault.assetOf(asset).writtenOff, 1);
    }

    function test_I4_nothing_is_claimed_of_what_is_all_owed_and_short() public {
        setLine(accountOf(carol), LINE);
        anchor();
        openLate();
        claimLine(alice, LINE, alice);
        claimLine(bob, LOCKED - LINE, bob);
        _lose(1);
        ExitClaim memory claim = claimOf(accountOf(carol), ONE, carol);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, ONE, 0));
        vm.prank(carol, carol);
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function test_a_transfer_that_fails_in_an_open_exit_leaves_the_books_as_they_were() public {
        anchor();
        openLate();
        uint96 seq = claimLine(alice, LINE, carol);
        _lose(LOCKED - LINE / 2);
        bytes memory before = abi.encode(vault.assetOf(asset));
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector, carol), "blocked");
        payExit(seq, accountOf(alice), LINE, carol);
        assertState(seq, PaymentState.CLAIMABLE);
        assertEq(abi.encode(vault.assetOf(asset)), before);
        vm.clearMockedCalls();
        vault.claim(seq, exitEntry(accountOf(alice), LINE, carol));
        assertEq(token.balanceOf(carol), LINE / 2);
        assertEq(vault.assetOf(asset).writtenOff, LINE / 2);
    }

    function test_I9_what_nobody_claimed_bears_a_loss_before_what_was_claimed() public {
        anchor();
        openLate();
        uint96 seq = claimLine(alice, LINE, alice);
        _lose(LOCKED - LINE);
        payExit(seq, accountOf(alice), LINE, alice);
        assertEq(token.balanceOf(alice), LINE);
    }

    /// @notice I9, I12: whatever is lost and in whatever order claims are paid, each is paid its share of what is there.
    function testFuzz_I9_I12_a_loss_in_an_open_exit_is_shared_by_every_payment(
        uint128 lost,
        uint128[4] memory parts
    ) public {
        anchor();
        openLate();
        uint256 left = LINE;
        uint96[4] memory seqs;
        for (uint256 i = 0; i < 4; ++i) {
            parts[i] = uint128(bound(parts[i], 1, left - (3 - i)));
            left -= parts[i];
            seqs[i] = claimLine(alice, parts[i], carol);
        }
        uint256 owed = LINE - left;
        _lose(bound(lost, LOCKED - owed, LOCKED));
        uint256 held = token.balanceOf(address(vault));
        for (uint256 i = 0; i < 4; ++i) {
            uint256 before = token.balanceOf(carol);
            payExit(seqs[i], accountOf(alice), parts[i], carol);
            uint256 share = (uint256(parts[i]) * held) / owed;
            uint256 out = token.balanceOf(carol) - before;
            // Rounded down for those before it, which is a unit more each for those behind.
            assertLe(out, share + i);
            assertGe(out, share);
        }
        assertEq(vault.owed(asset), 0);
        assertLe(token.balanceOf(address(vault)), 3);
    }

    /// @notice I1, I4, I9: in whatever order value is claimed, lost, given back and paid, what is owed stays accounted, every
    ///         payment is made on its date, and nothing is owed in the end.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I4_I9_any_order_of_claims_losses_and_payments_ends(uint256 seed) public {
        anchor();
        openLate();
        for (uint256 step = 0; step < 20; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 held = token.balanceOf(address(vault));
            if (seed % 4 == 0) _claimSome(seed >> 8);
            else if (seed % 4 == 1) _lose((seed >> 8) % (held / 3 + 1));
            else if (seed % 4 == 2) token.mint(address(vault), (seed >> 8) % (LOCKED - LOCKED / 2));
            else if (_open.length != 0) _payOne((seed >> 8) % _open.length);
            assertLe(vault.owed(asset), vault.accounted(asset));
        }
        while (_open.length != 0) _payOne(seed % _open.length);
        assertEq(vault.owed(asset), 0);
    }

    /// @dev A claim may find nothing left, and then takes nothing.
    function _claimSome(uint256 seed) private {
        (address owner, uint128 line) = seed % 2 == 0 ? (alice, LINE) : (bob, LOCKED - LINE);
        uint256 owed = vault.owed(asset);
        uint128 amount = uint128(1 + ((seed >> 1) % (line / 3)));
        try this.claimOne(owner, amount) {
            _open.push(Claim(vault.exitStatus().claims, uint128(vault.owed(asset) - owed), owner));
        } catch {
            assertEq(vault.owed(asset), owed);
        }
    }

    function _payOne(uint256 which) private {
        Claim memory claim = _open[which];
        _open[which] = _open[_open.length - 1];
        _open.pop();
        uint96 seq = (uint96(type(uint32).max) << 64) + claim.number;
        (uint256 owed, uint256 held) = (vault.owed(asset), token.balanceOf(address(vault)));
        uint256 before = token.balanceOf(claim.owner);
        payExit(seq, accountOf(claim.owner), claim.paid, claim.owner);
        uint256 whole = held < owed ? (uint256(claim.paid) * held) / owed : claim.paid;
        assertEq(token.balanceOf(claim.owner) - before, whole);
    }

    // What a test expects to revert is one call

    function claimOne(address owner, uint128 amount) external {
        claimLine(owner, amount, owner);
    }

    function claimEntry(uint64 index, bytes32 before, bytes calldata entries, uint128 amount) external {
        ExitClaim memory claim = claimOf(accountOf(alice), amount, alice);
        vm.prank(alice, alice);
        vault.claimEntry(claim, index, before, entries);
    }

    function claimParked(uint128 amount) external {
        (bytes32 first, bytes32 second, bytes32 third) = LedgerSlots.parkedOf(SOURCE, 12);
        bytes[][3] memory proofs = [chain.prove(first), chain.prove(second), chain.prove(third)];
        ExitClaim memory claim = claimOf(accountOf(bob), amount, bob);
        vm.prank(bob, bob);
        vault.claimParked(claim, 12, proofs[0], proofs[1], proofs[2]);
    }

    /// @dev All that is not Alice's is parked for Bob, with the scalings that it has had.
    function _park(uint256 scalings) private {
        (bytes32 first, bytes32 second, bytes32 third) = LedgerSlots.parkedOf(SOURCE, 12);
        chain.set(first, uint256(accountOf(bob)));
        chain.set(second, uint256(LOCKED - LINE) | (uint256(asset) << 200) | (uint256(2) << 216));
        chain.set(third, vm.getBlockTimestamp() | (scalings << 48));
    }

    function _ended(uint256 accounted) private pure returns (bytes32) {
        return bytes32(accounted | (uint256(255) << 128));
    }

    function _halve() private {
        assertEq(_scaleAfter(LOCKED / 2), WAD / 2);
    }

    function _lose(uint256 units) private {
        deal(address(token), address(vault), token.balanceOf(address(vault)) - units);
    }

    /// @dev Loses some, reports it, and replays the ledger's answer. Gives the ratio.
    function _scaleAfter(uint256 lost) private returns (uint256 rho) {
        _lose(lost);
        vault.report(asset);
        uint256 accounted = vault.accounted(asset);
        rho = ((accounted - lost) * WAD) / accounted;
        append(Entry({kind: EntryCodec.SCALED, asset: asset, amount: uint128(rho), account: 0, party: 0, fee: 0}));
        applyAll();
    }

    function _refundEntry(uint128 amount, uint96 seq) private view returns (bytes memory) {
        return
            EntryCodec.pack(
                Entry({
                    kind: EntryCodec.REFUND,
                    asset: asset,
                    amount: amount,
                    account: accountOf(alice),
                    party: bytes32(uint256(seq)),
                    fee: 0
                })
            );
    }
}

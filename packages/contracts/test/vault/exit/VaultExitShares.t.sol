// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IVaultLosses, IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {ExitClaim, IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice Losses and the exit: claims are of units, and each is paid its share of what is there when it is paid.
contract VaultExitSharesTest is VaultExitFixture {
    uint256 private constant DAY = 24 hours;

    /// @notice A claim that is not paid yet.
    struct Claim {
        uint64 number;
        uint128 units;
        address owner;
    }

    Claim[] private _open;

    // Units

    /// @notice I9, I12: whatever is lost before and after claims are made, and in whatever order they are made and paid, every
    ///         unit is paid the same, but for the rounding of those before it.
    function testFuzz_I9_I12_early_and_late_claims_are_worth_the_same(
        uint128[2] memory lost,
        uint128[4] memory parts,
        uint256 order
    ) public {
        anchor();
        openLate();
        lose(bound(lost[0], 0, LOCKED));
        uint256 held = token.balanceOf(address(vault));
        uint256 left = LOCKED - LINE;
        // Bob claims all he has at the end; alice first, in parts.
        for (uint256 i = 0; i < 4; ++i) {
            parts[i] = uint128(bound(parts[i], 1, LINE / 4));
            _open.push(Claim(uint64(i + 1), parts[i], alice));
            claimLine(alice, parts[i], alice);
            if ((order >> i) % 2 == 0) _payAnyOf(order >> (8 * i), held);
        }
        claimLine(bob, uint128(left), bob);
        _open.push(Claim(5, uint128(left), bob));
        while (_open.length != 0) _payAnyOf(order >> (8 * _open.length), held);
        // A further loss is borne by those who come later alone: what is paid is paid.
        assertLe(token.balanceOf(alice) + token.balanceOf(bob), held);
    }

    function test_I1_a_line_is_claimed_in_units_and_paid_its_share_in_full_when_nothing_is_missing() public {
        lose(LOCKED / 2);
        vault.report(asset);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, LINE + 1, LINE));
        this.claimOne(alice, LINE + 1);
        uint96 first = claimLine(alice, LINE / 2, alice);
        uint96 second = claimLine(alice, LINE / 2, alice);
        payExit(first, accountOf(alice), LINE / 2, alice);
        assertEq(token.balanceOf(alice), LINE / 4);
        // What came back belongs to those who are still there.
        deal(address(token), address(vault), vault.accounted(asset));
        payExit(second, accountOf(alice), LINE / 2, alice);
        assertEq(token.balanceOf(alice), LINE / 4 + LINE / 2);
    }

    function test_I1_a_parked_credit_is_claimed_in_units_with_two_proofs() public {
        setLine(accountOf(bob), 0);
        _park();
        lose(LOCKED / 2);
        anchor();
        openLate();
        uint128 bobs = LOCKED - LINE;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, bobs + 1, bobs));
        this.claimParked(bobs + 1);
        this.claimParked(bobs);
        claimLine(alice, LINE, alice);
        assertBooks(asset, LOCKED, LOCKED, 0);
        payExit((uint96(type(uint32).max) << 64) + 1, accountOf(bob), bobs, bob);
        assertEq(token.balanceOf(bob), bobs / 2);
    }

    // What the ledger lost

    /// @notice A loss that the exit replays is taken over as any, and lowers what is paid from then on.
    function test_I1_a_loss_that_the_exit_replays_is_shared_by_all_units() public {
        _replayLossInExit();
        uint96 seq = claimLine(alice, LINE, alice);
        skip(DAY);
        vm.expectEmit(address(vault));
        emit IVaultLosses.LossTaken(1, asset, LOCKED, false);
        vault.takeLoss(1, entryOf(1));
        payExit(seq, accountOf(alice), LINE, alice);
        assertEq(token.balanceOf(alice), LINE / 2);
    }

    /// @notice The answer to a loss says again that nothing is left of an ended asset: a ledger that lives on may count none of
    ///         what claims are paid from.
    function test_I1_a_loss_of_an_ended_asset_is_answered_with_all_that_is_accounted() public {
        _replayLossInExit();
        vault.endAsset(asset, unsettledProof(asset));
        _requireEnded();
        skip(DAY);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        bytes32 party = bytes32((uint256(1) << 128) | (2 * LOCKED));
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, 2 * LOCKED, 0, party);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, 2 * LOCKED, 0);
        vault.takeLoss(1, entryOf(1));
        _requireEnded();
    }

    function _requireEnded() private view {
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.flags, kept.shortSince, kept.coverage), abi.encode(128, 0, 0));
    }

    function _replayLossInExit() private {
        append(lostEntry(LOCKED));
        setJournal(1);
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
        openLate();
        vault.replayExit(entriesOf(0, 1));
        assertState(1, PaymentState.QUEUED);
    }

    // The end of an asset

    function test_anyone_ends_the_locks_of_an_asset_once_the_exit_is_open() public {
        bytes[] memory proof = unsettledProof(asset);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 0, 0));
        vault.endAsset(asset, proof);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 77));
        vault.endAsset(77, proof);
        proof = unsettledProof(asset);
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, LOCKED, 0, _ended(LOCKED));
        vm.prank(carol);
        vault.endAsset(asset, proof);
        fund(IERC20(address(token)), alice, ONE);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetEnded.selector, asset));
        vm.prank(alice);
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetEnded.selector, asset));
        vault.endAsset(asset, proof);
        claimLine(alice, LINE, alice);
        (, uint64 after_, ) = vault.journalHead();
        assertEq(after_, count + 1);
    }

    /// @notice The end of an asset ends its shortage: nothing waits, and nothing is reported any more.
    function test_I1_the_end_of_an_asset_is_told_as_the_loss_of_all_that_is_accounted() public {
        lose(LOCKED / 2);
        vault.report(asset);
        anchor();
        openLate();
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, LOCKED, 0, _ended(LOCKED));
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, LOCKED, 0);
        this.claimOne(alice, 100 * ONE);
        assertEq(vault.owed(asset), 100 * ONE);
        _requireEnded();
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetEnded.selector, asset));
        vault.report(asset);
    }

    /// @notice What the exit pays waits for no seven days and for no report; what was queued before it is paid as claims are.
    function test_I9_an_ended_asset_pays_what_is_there_without_a_wait() public {
        uint64 queued = release(100 * ONE, carol, 0);
        applyAll();
        setLine(accountOf(alice), LINE - 100 * ONE);
        anchor();
        openLate();
        lose(LOCKED / 2);
        bytes memory entry = entryOf(queued);
        expectShort(LOCKED, LOCKED / 2);
        vault.pay(queued, entry, relayer);
        vault.endAsset(asset, unsettledProof(asset));
        pay(queued);
        assertEq(token.balanceOf(carol), 50 * ONE);
        // And after a further loss.
        lose(token.balanceOf(address(vault)) / 2);
        uint96 seq = claimLine(alice, 100 * ONE, alice);
        payExit(seq, accountOf(alice), 100 * ONE, alice);
        assertEq(token.balanceOf(alice), 25 * ONE);
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
        bytes memory refusal = abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]);
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
        lose(1);
        payExit(first, accountOf(alice), LINE, alice);
        payExit(second, accountOf(bob), LOCKED - LINE, bob);
        // Rounded down, which leaves nothing less to the one behind.
        assertEq(token.balanceOf(alice), LINE - 1);
        assertEq(token.balanceOf(bob), LOCKED - LINE);
        assertBooks(asset, 0, 0, LOCKED);
    }

    function test_I4_nothing_is_claimed_of_what_is_all_owed_and_short() public {
        setLine(accountOf(carol), LINE);
        anchor();
        openLate();
        claimLine(alice, LINE, alice);
        claimLine(bob, LOCKED - LINE, bob);
        lose(1);
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
        lose(LOCKED - LINE / 2);
        bytes memory before = abi.encode(vault.assetOf(asset));
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.transfer.selector, carol), "blocked");
        payExit(seq, accountOf(alice), LINE, carol);
        assertState(seq, PaymentState.CLAIMABLE);
        assertEq(abi.encode(vault.assetOf(asset)), before);
        vm.clearMockedCalls();
        vault.claim(seq, exitEntry(accountOf(alice), LINE, carol));
        assertEq(token.balanceOf(carol), (uint256(LINE) * (LINE / 2)) / LOCKED);
        assertBooks(asset, LOCKED - LINE, 0, LINE);
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
            else if (seed % 4 == 1) lose((seed >> 8) % (held / 3 + 1));
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
            _open.push(Claim(vault.exitStatus().claims, amount, owner));
            assertEq(vault.owed(asset), owed + amount);
        } catch {
            assertEq(vault.owed(asset), owed);
        }
    }

    function _payOne(uint256 which) private {
        Claim memory claim = _open[which];
        _open[which] = _open[_open.length - 1];
        _open.pop();
        uint96 seq = (uint96(type(uint32).max) << 64) + claim.number;
        (uint256 sum, uint256 held) = (vault.accounted(asset), token.balanceOf(address(vault)));
        uint256 before = token.balanceOf(claim.owner);
        payExit(seq, accountOf(claim.owner), claim.units, claim.owner);
        uint256 whole = held < sum ? (uint256(claim.units) * held) / sum : claim.units;
        assertEq(token.balanceOf(claim.owner) - before, whole);
    }

    /// @dev Pays one of the open claims, which must be worth what all of them were: each rounds down for those behind it.
    function _payAnyOf(uint256 which, uint256 held) private {
        which = which % _open.length;
        (address owner, uint256 units) = (_open[which].owner, _open[which].units);
        uint256 before = token.balanceOf(owner);
        _payOne(which);
        uint256 out = token.balanceOf(owner) - before;
        assertGe(out, (units * held) / LOCKED);
        // At most four were paid before.
        assertLe(out, (units * held) / LOCKED + 4);
    }

    // What a test expects to revert is one call

    function claimOne(address owner, uint128 amount) external {
        claimLine(owner, amount, owner);
    }

    function claimParked(uint128 amount) external {
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(SOURCE, 12);
        bytes[][2] memory proofs = [chain.prove(first), chain.prove(second)];
        ExitClaim memory claim = claimOf(accountOf(bob), amount, bob);
        vm.prank(bob, bob);
        vault.claimParked(claim, 12, proofs[0], proofs[1]);
    }

    /// @dev All that is not Alice's is parked for Bob.
    function _park() private {
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(SOURCE, 12);
        chain.set(first, uint256(accountOf(bob)));
        chain.set(second, uint256(LOCKED - LINE) | (uint256(asset) << 200) | (uint256(2) << 216));
    }

    function _ended(uint256 accounted) private pure returns (bytes32) {
        return bytes32(accounted);
    }
}

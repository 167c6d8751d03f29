// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ExitClaim, ExitStatus, IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {LockRefusal, PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {TrieProof} from "../../../solidity/proofs/TrieProof.sol";
import {ExitStorage} from "../../../solidity/vault/ExitStorage.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice The exit: what owners get with proofs alone once nobody attests any more, and what nobody gets.
contract VaultExitTest is VaultExitFixture {
    function test_I9_an_owner_leaves_with_a_proof_alone_37_days_after_the_last_statement() public {
        anchor();
        openLate();
        ExitStatus memory status = vault.exitStatus();
        assertEq(status.openedAt, vm.getBlockTimestamp());
        assertEq(abi.encode(status.count, status.applied, status.claims), abi.encode(0, 1, 0));
        uint96 seq = claimLine(alice, 100 * ONE, carol);
        payExit(seq, accountOf(alice), 100 * ONE, carol);
        assertEq(token.balanceOf(carol), 100 * ONE);
        assertBooks(asset, LOCKED - 100 * ONE, 0, 100 * ONE);
        assertEq(vault.claimedOf(keccak256(abi.encode(1, accountOf(alice), ASSET_ID))), 100 * ONE);
    }

    function test_I9_the_exit_needs_its_30_and_7_days() public {
        vm.expectRevert(IVaultExit.ExitAnchorMissing.selector);
        vault.announceExit();
        anchor();
        uint256 made = vm.getBlockTimestamp();
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
        skip(30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, made + 30 days));
        vault.announceExit();
        skip(1);
        vault.announceExit();
        assertEq(vault.exitStatus().openableAt, made + 37 days);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitUnderWay.selector, made + 30 days));
        vault.announceExit();
        skip(7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitTooEarly.selector, made + 37 days));
        vault.openExit(proof, rest);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 0, 0));
        this.claimOne(alice, 1);
        skip(1);
        vault.openExit(proof, rest);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitUnderWay.selector, made + 30 days));
        vault.openExit(proof, rest);
    }

    function test_I9_a_statement_made_since_ends_the_announcement() public {
        anchor();
        announceLate();
        skip(6 days);
        anchor();
        assertEq(vault.exitStatus().announcedAt, 0);
        skip(1 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(IVaultExit.ExitNotAnnounced.selector);
        vault.openExit(proof, rest);
        // A quiet vault is not an abandoned one; one that falls silent again is.
        openLate();
    }

    /// @dev Whoever holds statements of before the end back could post one a week for years.
    function test_I9_statements_made_before_the_end_and_posted_late_do_not_put_the_exit_off() public {
        anchor();
        skip(1 hours);
        chain.set(bytes32(uint256(5)), 5);
        JournalHead memory heldBack = anchoredStatement(0);
        bytes memory sigs = sign(heldBack);
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectPartialRevert(IVaultExit.ExitAnchorMismatch.selector);
        vault.openExit(proof, rest);
        vault.refresh(heldBack, sigs);
        vault.openExit(proof, rest);
        assertEq(vault.exitStatus().anchor, heldBack.blockHash);
    }

    function test_I9_from_the_opening_on_no_statement_is_taken() public {
        anchor();
        openLate();
        JournalHead memory statement = statementOf(0);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]));
        vault.refresh(statement, sigs);
    }

    function test_I4_the_rest_of_the_ledgers_journal_is_replayed_first() public {
        for (uint256 i = 0; i < 70; ++i) release(ONE, bob, 0);
        setJournal(0);
        JournalHead memory first = statementOf(0);
        (first.tip, first.blockHash) = (0, keccak256(chain.header()));
        vault.refresh(first, sign(first));
        setJournal(70);
        setLine(accountOf(alice), LINE - 70 * ONE);
        JournalHead memory cut = anchoredStatement(64);
        vault.applyReleases(0, entriesOf(0, 64), new uint64[](0), cut, sign(cut));

        openLate();
        assertEq(vault.exitStatus().openedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 64, 70));
        this.claimOne(alice, ONE);
        // Neither other entries nor a part that nobody has marked.
        bytes memory part = entriesOf(64, 67);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitHeadUnknown.selector, heads[0], 67, heads[67]));
        vault.replayExit(part);
        vm.expectPartialRevert(IVaultExit.ExitHeadUnknown.selector);
        this.markWrongly(67, heads[66]);
        vault.markExit(heads[0], 67, heads[67], entriesOf(67, 70));
        vault.replayExit(part);
        assertEq(replicaCount(), 67);
        assertEq(vault.exitStatus().openedAt, 0);
        vault.replayExit(entriesOf(67, 70));
        assertEq(vault.exitStatus().openedAt, vm.getBlockTimestamp());
        assertBooks(asset, LOCKED, 70 * ONE, 0);
        assertState(70, PaymentState.QUEUED);
        part = entriesOf(69, 70);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 70, 70));
        vault.replayExit(part);
        claimLine(alice, ONE, alice);
    }

    function test_I4_a_line_is_claimed_up_to_what_it_holds_and_no_unit_more() public {
        anchor();
        openLate();
        claimLine(alice, 3 * ONE, alice);
        claimLine(alice, 4 * ONE, carol);
        setLine(accountOf(alice), LINE);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, LINE - 7 * ONE + 1, LINE - 7 * ONE)
        );
        this.claimOne(alice, LINE - 7 * ONE + 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, 0, LINE - 7 * ONE));
        this.claimOne(alice, 0);
    }

    function test_I4_claims_together_never_pass_what_is_accounted_and_not_owed() public {
        // A ledger that shows more than the vault holds: only a forged one does.
        setLine(accountOf(alice), 2 * LOCKED);
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, LOCKED + 1, LOCKED));
        this.claimOne(alice, LOCKED + 1);
        claimLine(alice, 10 * ONE, alice);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, LOCKED - 10 * ONE + 1, LOCKED - 10 * ONE)
        );
        this.claimOne(alice, LOCKED - 10 * ONE + 1);
    }

    function test_I9_a_claim_that_could_never_be_paid_is_refused_and_takes_nothing() public {
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, address(vault));
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitPaymentRefused.selector, ONE, address(vault)));
        vm.prank(alice, alice);
        vault.claimLine(claim, ASSET_ID, line, where);
        // The whole line is still there to claim.
        claimLine(alice, LINE, alice);
    }

    function test_I9_only_the_owners_key_claims() public {
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, bob);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        bytes memory refusal = abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, bob, claim.account);
        vm.prank(bob, bob);
        vm.expectRevert(refusal);
        vault.claimLine(claim, ASSET_ID, line, where);
        // A contract at the owner's address, which somebody else may have put there.
        refusal = abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, alice, claim.account);
        vm.prank(alice, bob);
        vm.expectRevert(refusal);
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function test_I9_a_contract_claims_for_an_account_that_lives_here() public {
        bytes32 account = AccountLib.encode(alice, SOURCE, 0);
        setLine(account, ONE);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, alice);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.prank(alice, bob);
        vault.claimLine(claim, ASSET_ID, line, where);
        assertEq(vault.exitStatus().claims, 1);
    }

    function test_I9_an_operator_claims_if_the_ledger_gave_it_both_rights_and_they_have_not_ended() public {
        bytes32 account = accountOf(alice);
        uint256 end = vm.getBlockTimestamp() + 38 days;
        chain.set(LedgerSlots.operatorOf(account, bob), 3 | (end << 16));
        chain.set(LedgerSlots.operatorOf(account, carol), 1 | (end << 16));
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, bob);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(account, carol));
        vm.prank(carol, carol);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, carol, account));
        vault.claimLine(claim, ASSET_ID, line, where);
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(account, bob));
        vm.prank(bob, bob);
        vault.claimLine(claim, ASSET_ID, line, where);
        vm.warp(end);
        vm.prank(bob, bob);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, bob, account));
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function test_I13_an_asset_of_another_vault_is_refused() public {
        chain.set(LedgerSlots.assetOf(ASSET_ID), uint256(SOURCE + 1) | (uint256(asset) << 16));
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAssetMismatch.selector, SOURCE + 1, asset));
        this.claimOne(alice, ONE);
    }

    function test_I9_a_parked_credit_is_claimed_with_its_fee() public {
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(SOURCE, 12);
        chain.set(first, uint256(accountOf(alice)));
        chain.set(second, uint256(9 * ONE) | (uint256(ONE) << 104) | (uint256(asset) << 200) | (uint256(2) << 216));
        anchor();
        openLate();
        bytes[] memory who = chain.prove(first);
        bytes[] memory what = chain.prove(second);
        ExitClaim memory claim = claimOf(accountOf(bob), ONE, bob);
        vm.prank(bob, bob);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultExit.ExitAccountMismatch.selector, accountOf(alice), accountOf(bob))
        );
        vault.claimParked(claim, 12, who, what);
        claim = claimOf(accountOf(alice), 9 * ONE, alice);
        vm.prank(alice, alice);
        uint96 seq = vault.claimParked(claim, 12, who, what);
        payExit(seq, accountOf(alice), 9 * ONE, alice);
        assertEq(token.balanceOf(alice), 9 * ONE);
        claim.amount = 1;
        vm.prank(alice, alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, 1, 0));
        vault.claimParked(claim, 12, who, what);
    }

    function test_I9_locks_that_the_ledger_had_not_applied_are_claimed_and_applied_ones_are_not() public {
        (bytes32 edge, , bytes32 before) = vault.journalHead();
        lockFor(asset, IERC20(address(token)), 5 * ONE);
        lockFor(asset, IERC20(address(token)), 6 * ONE);
        bytes memory second = _lockEntry(5 * ONE);
        bytes memory third = _lockEntry(6 * ONE);
        bytes32 between = keccak256(bytes.concat(before, second));
        setApplied(1, before, bytes.concat(second, third));
        anchor();
        openLate();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitEntryRefused.selector, 1, 0, 1));
        this.claimEntry(1, edge, bytes.concat(_lockEntry(LOCKED), second, third), ONE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultExit.ExitHeadUnknown.selector,
                edge,
                3,
                keccak256(bytes.concat(keccak256(bytes.concat(before, third)), second))
            )
        );
        this.claimEntry(2, before, bytes.concat(third, second), ONE);
        this.claimEntry(2, before, bytes.concat(second, third), 2 * ONE);
        // The first claim appended to the journal; the count at which the exit opened is still known.
        this.claimEntry(2, before, bytes.concat(second, third), 3 * ONE);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, 1, 0));
        this.claimEntry(2, before, bytes.concat(second, third), 1);
        this.claimEntry(3, between, third, 6 * ONE);
        vault.markExit(edge, 2, between, third);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, 1, 0));
        this.claimEntry(2, before, second, 1);
    }

    function test_I4_a_lock_that_the_ledger_had_not_applied_is_claimed_for_its_own_account_alone() public {
        (, uint64 count, bytes32 before) = vault.journalHead();
        lockFor(asset, IERC20(address(token)), 5 * ONE);
        bytes memory entry = _lockEntry(5 * ONE);
        setApplied(count, before, entry);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(bob), ONE, bob);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultExit.ExitAccountMismatch.selector, accountOf(alice), accountOf(bob))
        );
        vm.prank(bob, bob);
        vault.claimEntry(claim, count + 1, before, entry);
    }

    function test_I9_an_entry_of_another_kind_is_no_claim() public {
        anchor();
        openLate();
        (bytes32 edge, uint64 count, bytes32 before) = vault.journalHead();
        claimLine(alice, ONE, alice);
        bytes memory shortfall = EntryCodec.pack(
            Entry({
                kind: EntryCodec.SHORTFALL,
                asset: asset,
                amount: LOCKED,
                account: 0,
                party: bytes32(uint256(LOCKED)),
                fee: 0
            })
        );
        (, uint64 now_, bytes32 head) = vault.journalHead();
        assertEq(abi.encode(now_, head), abi.encode(count + 1, keccak256(bytes.concat(before, shortfall))));
        edge;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitEntryRefused.selector, count + 1, 3, 1));
        this.claimEntry(count + 1, before, shortfall, 1);
    }

    function test_I3_the_first_claim_ends_locking_and_tells_the_ledger_that_nothing_is_left() public {
        anchor();
        openLate();
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        lockFor(asset, IERC20(address(token)), ONE);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, LOCKED + ONE, 0);
        this.claimOne(alice, ONE);
        (, uint64 now_, ) = vault.journalHead();
        assertEq(now_, count + 2);
        edge;
        fund(IERC20(address(token)), alice, ONE);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetEnded.selector, asset));
        vault.lock(asset, ONE, accountOf(alice), 0, 0, 0);
        (LockRefusal refusal, , ) = vault.quoteLock(asset, ONE, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.ASSET_ENDED));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetEnded.selector, asset));
        vault.report(asset);
        claimLine(alice, ONE, alice);
        (, now_, ) = vault.journalHead();
        assertEq(now_, count + 2);
    }

    function test_I1_a_loss_is_shared_by_all_claims_alike() public {
        anchor();
        openLate();
        deal(address(token), address(vault), LOCKED / 4);
        uint96 seq = claimLine(alice, 100 * ONE, alice);
        payExit(seq, accountOf(alice), 100 * ONE, alice);
        seq = claimLine(bob, 100 * ONE, bob);
        payExit(seq, accountOf(bob), 100 * ONE, bob);
        assertEq(token.balanceOf(alice), 25 * ONE);
        assertEq(token.balanceOf(bob), 25 * ONE);
        assertBooks(asset, LOCKED - 200 * ONE, 0, 200 * ONE);
        // It loses half of the rest: every unit is paid by an eighth from now on.
        deal(address(token), address(vault), (LOCKED / 4 - 50 * ONE) / 2);
        seq = claimLine(bob, 80 * ONE, bob);
        payExit(seq, accountOf(bob), 80 * ONE, bob);
        assertEq(token.balanceOf(bob), 35 * ONE);
    }

    function test_I9_wrong_blocks_and_wrong_journals_open_nothing() public {
        anchor();
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        bytes32 expected = keccak256(proof.header);
        chain.set(bytes32(uint256(77)), 77);
        proof.header = chain.header();
        vm.expectRevert(
            abi.encodeWithSelector(IVaultExit.ExitAnchorMismatch.selector, keccak256(proof.header), expected)
        );
        vault.openExit(proof, rest);
    }

    function test_I4_a_ledger_that_shows_another_journal_than_was_replayed_opens_nothing() public {
        release(ONE, bob, 0);
        applyAll();
        setJournal(0);
        JournalHead memory statement = anchoredStatement(1);
        vault.refresh(statement, sign(statement));
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitJournalMismatch.selector, 0, heads[0], 1, heads[1]));
        vault.openExit(proof, rest);
    }

    /// forge-config: ring.fuzz.runs = 48
    function testFuzz_I4_a_claim_with_a_changed_proof_is_refused(uint256 where, uint256 bit) public {
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, alice);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory at = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        bytes[] memory changed =
            where % 3 == 0
                ? line
                : where % 3 == 1
                    ? at
                    : claim.headerProof;
        bytes memory node = changed[(where / 3) % changed.length];
        bit %= node.length * 8;
        node[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        vm.prank(alice, alice);
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        vault.claimLine(claim, ASSET_ID, line, at);
    }

    function test_nobody_but_the_vault_replays_without_a_statement() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, address(this), address(vault)));
        vault.replayProven(0, 0, "");
    }

    function test_the_namespace_of_the_exit_has_its_root() public pure {
        bytes32 root = keccak256(abi.encode(uint256(keccak256("surety.exit")) - 1)) & ~bytes32(uint256(0xff));
        assertEq(ExitStorage.NAMESPACE, root);
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

    function markWrongly(uint64 count, bytes32 head) external {
        vault.markExit(heads[0], count, head, entriesOf(67, 70));
    }

    function _lockEntry(uint128 amount) private view returns (bytes memory) {
        return
            EntryCodec.pack(
                Entry({
                    kind: EntryCodec.LOCK,
                    asset: asset,
                    amount: amount,
                    account: accountOf(alice),
                    party: 0,
                    fee: 0
                })
            );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ExitClaim, ExitStatus, IVaultExit, LedgerProof} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {TrieProof} from "../../../solidity/proofs/TrieProof.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice Claims of the exit to the unit: who may, under which key they count, what they are paid, and what they leave.
contract VaultExitClaimsTest is VaultExitFixture {
    uint32 private constant LENDER = 4;
    uint32 private constant VENUE = 9;

    // What is told of the opening

    function test_the_proof_and_the_opening_are_told_with_the_ledgers_head() public {
        release(ONE, bob, 0);
        anchor();
        announceLate();
        skip(7 days);
        LedgerProof memory proof = ledgerProof();
        _expectOpening(1);
        vault.openExit(proof, rest);
        ExitStatus memory status = vault.exitStatus();
        assertEq(status.anchor, keccak256(proof.header));
        assertEq(abi.encode(status.count, status.applied, status.claims), abi.encode(1, 1, 0));
    }

    function test_a_replay_that_opens_is_told_with_the_ledgers_head() public {
        for (uint256 i = 0; i < 2; ++i) release(ONE, bob, 0);
        setJournal(2);
        JournalHead memory statement = anchoredStatement(0);
        statement.tip = 0;
        vault.refresh(statement, sign(statement));
        openLate();
        bytes memory entries = entriesOf(0, 2);
        vm.expectEmit(address(vault));
        emit IVaultReleases.Applied(heads[0], 0, 2, heads[2], address(this));
        _expectOpening(2);
        vault.replayExit(entries);
    }

    // Who may

    function test_who_shows_no_right_is_told_so_before_the_exit_opens() public {
        anchor();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, carol);
        _expectRefusal(carol, claim, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, carol, claim.account));
        bytes memory closed = abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 0, 0);
        _expectRefusal(alice, claim, closed);
        // Who might have a right learns that first.
        claim.protocol = LENDER;
        _expectRefusal(carol, claim, closed);
        claim.protocol = 0;
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(claim.account, carol));
        _expectRefusal(carol, claim, closed);
    }

    function test_I9_no_operator_without_both_rights_claims_a_lock_that_the_ledger_had_not_applied() public {
        bytes32 account = accountOf(alice);
        chain.set(LedgerSlots.operatorOf(account, carol), 1 | ((vm.getBlockTimestamp() + 90 days) << 16));
        (, uint64 count, bytes32 before) = vault.journalHead();
        bytes memory entry = _lock(5 * ONE);
        setApplied(count, before, entry);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, carol);
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(account, carol));
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, carol, account));
        vm.prank(carol, carol);
        vault.claimEntry(claim, count + 1, before, entry);
    }

    function test_I9_no_operator_that_is_a_contract_claims() public {
        bytes32 account = accountOf(alice);
        chain.set(LedgerSlots.operatorOf(account, carol), 3 | ((vm.getBlockTimestamp() + 90 days) << 16));
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, ONE, carol);
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(account, carol));
        (bytes[] memory line, bytes[] memory where) = _proofs(account);
        // A contract at the operator's address, which somebody else may have put there.
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, carol, account));
        vm.prank(carol, bob);
        vault.claimLine(claim, ASSET_ID, line, where);
        vm.prank(carol, carol);
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function test_I9_a_proof_of_an_operator_that_is_none_is_refused_whatever_its_length() public {
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, carol);
        (bytes[] memory line, bytes[] memory where) = _proofs(claim.account);
        for (uint256 length = 1; length <= 2; ++length) {
            claim.operatorProof = new bytes[](length);
            vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
            vm.prank(carol, carol);
            vault.claimLine(claim, ASSET_ID, line, where);
        }
    }

    // Shares

    function test_I13_each_of_two_protocols_takes_its_own_share() public {
        bytes32 account = accountOf(alice);
        addProtocol(account, LENDER, carol, 6_000);
        addProtocol(account, VENUE, relayer, 1_000);
        anchor();
        openLate();
        _expectLeft(carol, LENDER, (LINE * 6) / 10);
        _expectLeft(relayer, VENUE, LINE / 10);
        _expectLeft(alice, 0, (LINE * 3) / 10);
    }

    function test_I13_the_first_protocol_of_all_takes_its_share_like_any_other() public {
        addProtocol(accountOf(alice), LENDER, carol, 6_000);
        addProtocol(accountOf(alice), 1, relayer, 1_000);
        anchor();
        openLate();
        _expectLeft(relayer, 1, LINE / 10);
        _expectLeft(alice, 0, (LINE * 3) / 10);
    }

    // What counts as claimed

    function test_I4_parked_credits_and_entries_are_counted_under_keys_of_their_own() public {
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(SOURCE, 12);
        chain.set(first, uint256(accountOf(alice)));
        chain.set(second, uint256(9 * ONE) | (uint256(asset) << 200) | (uint256(2) << 216));
        (bytes32 edge, uint64 count, bytes32 before) = vault.journalHead();
        bytes memory entry = _lock(5 * ONE);
        setApplied(count, before, entry);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), 2 * ONE, alice);
        bytes[][2] memory proofs = [chain.prove(first), chain.prove(second)];
        vm.prank(alice, alice);
        vault.claimParked(claim, 12, proofs[0], proofs[1]);
        assertEq(vault.claimedOf(keccak256(abi.encode(2, 12))), 2 * ONE);
        claim.amount = 3 * ONE;
        vm.prank(alice, alice);
        vault.claimEntry(claim, count + 1, before, entry);
        assertEq(vault.claimedOf(keccak256(abi.encode(3, edge, count + 1))), 3 * ONE);
    }

    function test_an_assets_place_is_proven_once() public {
        anchor();
        openLate();
        claimLine(alice, ONE, alice);
        ExitClaim memory claim = claimOf(accountOf(bob), ONE, bob);
        (bytes[] memory line, ) = _proofs(claim.account);
        vm.prank(bob, bob);
        vault.claimLine(claim, ASSET_ID, line, new bytes[](0));
        assertEq(vault.exitStatus().claims, 2);
    }

    function test_no_entries_are_no_claim() public {
        (, uint64 count, bytes32 before) = vault.journalHead();
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, alice);
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitEntryRefused.selector, count + 1, 0, count));
        vm.prank(alice, alice);
        vault.claimEntry(claim, count + 1, before, "");
    }

    function test_I4_a_head_is_known_at_its_own_count_alone() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitHeadUnknown.selector, edge, count + 1, head));
        vault.markExit(edge, count + 1, head, "");
    }

    // What is paid

    function test_a_claim_is_paid_to_the_unit_where_nothing_is_missing() public {
        uint128 large = 5e18;
        lockFor(asset, IERC20(address(token)), large);
        setLine(accountOf(alice), large);
        anchor();
        openLate();
        // What was given to the vault is nobody's.
        token.mint(address(vault), 5);
        _expectPaid(alice, large / 2, large / 2);
        deal(address(token), address(vault), vault.accounted(asset));
        _expectPaid(alice, large / 2, large / 2);
        assertBooks(asset, LOCKED, 0, large);
    }

    /// @notice A claim is of units: what is missing when it is made takes nothing from it, and comes back to it if it comes back.
    function test_I12_a_claim_of_a_short_asset_is_of_all_its_units() public {
        anchor();
        openLate();
        deal(address(token), address(vault), LOCKED / 4);
        bytes32 leaf = keccak256(abi.encode(uint8(1), accountOf(alice), ASSET_ID));
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitClaimed(leaf, (uint96(type(uint32).max) << 64) + 1, LINE);
        this.claimOne(alice, LINE);
        assertBooks(asset, LOCKED, LINE, 0);
        assertEq(vault.claimedOf(leaf), LINE);
        token.mint(address(vault), (LOCKED * 3) / 4);
        payExit((uint96(type(uint32).max) << 64) + 1, accountOf(alice), LINE, alice);
        assertEq(token.balanceOf(alice), LINE);
    }

    function test_a_unit_of_which_nothing_is_left_is_claimed_and_closed() public {
        anchor();
        openLate();
        uint96 seq = claimLine(alice, 1, alice);
        deal(address(token), address(vault), LOCKED / 2);
        vm.expectEmit(address(vault));
        emit IVaultReleases.LossBorne(seq, 1);
        payExit(seq, accountOf(alice), 1, alice);
        assertBooks(asset, LOCKED - 1, 0, 1);
    }

    function test_a_claim_of_a_unit_is_paid() public {
        anchor();
        openLate();
        claimLine(alice, 1, alice);
        assertEq(vault.owed(asset), 1);
    }

    function test_the_largest_payment_is_claimed_at_once_and_no_unit_more() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 1_000_000_000);
        anchor();
        openLate();
        uint128 largest = 75_000 * ONE;
        vm.expectRevert(abi.encodeWithSelector(IVaultExit.ExitPaymentRefused.selector, largest + 1, alice));
        this.claimOne(alice, largest + 1);
        claimLine(alice, largest, alice);
        assertEq(vault.owed(asset), largest);
    }

    // The end of an asset

    function test_a_pause_of_locks_is_no_end_of_an_asset() public {
        PlainToken other = new PlainToken("OTHER", 6);
        uint16 which = list(address(other), 6);
        anchor();
        openLate();
        vm.prank(pauser);
        vault.pause(1, 0, uint40(vm.getBlockTimestamp() + 1 hours));
        bytes[] memory proof = unsettledProof(which);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(which, 0, 0);
        vault.endAsset(which, proof);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, LOCKED, 0);
        this.claimOne(alice, ONE);
    }

    function _expectOpening(uint64 count) private {
        vm.expectEmit(address(vault));
        emit IVaultReleases.EdgeStateChanged(heads[0], SourceState.CLOSED, 0, "exit");
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitOpened(count, heads[count]);
    }

    // What a test expects to revert is one call

    function claimOne(address owner, uint128 amount) external {
        claimLine(owner, amount, owner);
    }

    /// @dev A claim that is paid to the unit.
    function _expectPaid(address owner, uint128 amount, uint128 paid) private {
        uint256 owed = vault.owed(asset);
        uint96 seq = claimLine(owner, amount, owner);
        assertEq(vault.owed(asset) - owed, paid);
        uint256 before = token.balanceOf(owner);
        payExit(seq, accountOf(owner), amount, owner);
        assertEq(token.balanceOf(owner) - before, paid);
    }

    /// @dev One unit more than is left of alice's line is refused.
    function _expectLeft(address by, uint32 protocol, uint128 left) private {
        ExitClaim memory claim = claimOf(accountOf(alice), left + 1, by);
        claim.protocol = protocol;
        _expectRefusal(by, claim, abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, left + 1, left));
    }

    function _expectRefusal(address by, ExitClaim memory claim, bytes memory refusal) private {
        (bytes[] memory line, bytes[] memory where) = _proofs(claim.account);
        vm.expectRevert(refusal);
        vm.prank(by, by);
        vault.claimLine(claim, ASSET_ID, line, where);
    }

    function _proofs(bytes32 account) private returns (bytes[] memory line, bytes[] memory where) {
        line = chain.prove(LedgerSlots.lineOf(account, ASSET_ID));
        where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
    }

    /// @dev Locks units for alice, and gives the entry.
    function _lock(uint128 units) private returns (bytes memory) {
        lockFor(asset, IERC20(address(token)), units);
        return
            EntryCodec.pack(
                Entry({kind: EntryCodec.LOCK, asset: asset, amount: units, account: accountOf(alice), party: 0, fee: 0})
            );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ExitClaim, IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice Payments that were stopped before an exit: what the ledger's record shows comes back, once, and nothing else.
contract VaultExitStoppedTest is VaultExitFixture {
    uint128 private constant STOPPED = 100_000 * ONE;

    uint96 private seq;

    function setUp() public override {
        super.setUp();
        TestWitness witness = new TestWitness();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 10_000_000_000);
        vault.setWitness(0, address(witness), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        seq = release(STOPPED, bob, 0);
        applyAll();
        setLine(accountOf(bob), LOCKED - LINE - STOPPED);
        _setRecord(keccak256(abi.encodePacked(asset, STOPPED, accountOf(alice))));
    }

    function test_I4_I9_what_was_stopped_and_never_refunded_is_claimed_once_to_the_unit() public {
        _stop();
        anchor();
        openLate();
        _expect(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, STOPPED + 1, STOPPED));
        this.claim(STOPPED + 1);
        uint96 first = this.claim(STOPPED - 1);
        assertState(first, PaymentState.QUEUED);
        this.claim(1);
        _expect(abi.encodeWithSelector(IVaultExit.ExitAmountRefused.selector, 1, 0));
        this.claim(1);
        assertEq(vault.claimedOf(keccak256(abi.encode(4, seq))), STOPPED);
        claimLine(alice, LINE, alice);
        claimLine(bob, LOCKED - LINE - STOPPED, bob);
        assertBooks(asset, LOCKED, LOCKED, 0);
        payExit(first, accountOf(alice), STOPPED - 1, alice);
        assertEq(token.balanceOf(alice), STOPPED - 1);
    }

    /// @notice A REFUND is journaled again every 30 days, so one lies past what the ledger applied although the line has its units.
    function test_I4_a_refund_that_was_journaled_again_is_claimed_by_nobody() public {
        vm.prank(governor);
        vault.setWitnessPolicy(0);
        _stop();
        _refundApplied();
        (, uint64 applied, bytes32 before) = vault.journalHead();
        skip(30 days);
        vault.refund(seq, asset, STOPPED, accountOf(alice));
        bytes memory again = EntryCodec.pack(
            Entry(EntryCodec.REFUND, asset, STOPPED, accountOf(alice), bytes32(uint256(seq)), 0)
        );
        setApplied(applied, before, again);
        anchor();
        openLate();
        _expect(abi.encodeWithSelector(IVaultExit.ExitEntryRefused.selector, applied + 1, EntryCodec.REFUND, applied));
        this.claimEntry(applied + 1, before, again);
        bytes32 given = keccak256(abi.encodePacked(asset, STOPPED, accountOf(alice)));
        _expect(abi.encodeWithSelector(IVaultExit.ExitRecordMismatch.selector, 0, given));
        this.claim(STOPPED);
        // All of it is on lines.
        claimLine(alice, LINE + STOPPED, alice);
        claimLine(bob, LOCKED - LINE - STOPPED, bob);
        assertBooks(asset, LOCKED, LOCKED, 0);
    }

    function test_I4_an_open_exit_journals_no_refund_and_gives_nothing_back() public {
        vm.prank(governor);
        vault.setWitnessPolicy(0);
        uint64 toVault = release(ONE, address(vault), 0);
        applyAll();
        _stop();
        anchor();
        openLate();
        skip(30 days);
        bytes memory closed = abi.encodeWithSelector(IVaultReleases.EdgeClosed.selector, heads[0]);
        _expect(closed);
        vault.refund(seq, asset, STOPPED, accountOf(alice));
        bytes memory entry = entryOf(toVault);
        _expect(closed);
        vault.giveBack(toVault, entry);
    }

    function test_I4_only_what_was_stopped_and_what_its_record_says_is_claimed() public {
        anchor();
        openLate();
        _expect(
            abi.encodeWithSelector(
                IVaultReleases.PaymentStateMismatch.selector,
                seq,
                PaymentState.QUEUED,
                PaymentState.STOPPED
            )
        );
        this.claim(STOPPED);
    }

    /// @notice A record that says less than the claim, another asset or account, one that moved, none.
    /// forge-config: ring.fuzz.runs = 24
    function testFuzz_I4_any_other_record_is_refused(uint256 way, bytes32 word) public {
        _stop();
        bytes32 given = keccak256(abi.encodePacked(asset, STOPPED, accountOf(alice)));
        way = way % 5;
        if (way == 0) word = keccak256(abi.encodePacked(asset, STOPPED - 1, accountOf(alice)));
        if (way == 1) word = keccak256(abi.encodePacked(asset + 1, STOPPED, accountOf(alice)));
        if (way == 2) word = keccak256(abi.encodePacked(asset, STOPPED, accountOf(bob)));
        if (way == 3) word = bytes32(uint256(1));
        vm.assume(word != given);
        _setRecord(word);
        anchor();
        openLate();
        _expect(abi.encodeWithSelector(IVaultExit.ExitRecordMismatch.selector, word, given));
        this.claim(STOPPED);
    }

    function test_I9_only_the_account_itself_claims_it_and_only_in_an_open_exit() public {
        _stop();
        anchor();
        _expect(abi.encodeWithSelector(IVaultExit.ExitNotOpen.selector, 1, 0));
        this.claim(STOPPED);
        openLate();
        ExitClaim memory claim_ = claimOf(accountOf(alice), STOPPED, carol);
        bytes[] memory proof = chain.prove(LedgerSlots.releasedOf(SOURCE, seq));
        bytes memory notOwner = abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, carol, claim_.account);
        _expect(notOwner);
        vm.prank(carol, carol);
        vault.claimStopped(claim_, seq, asset, STOPPED, proof);
        // A protocol has no part in it.
        claim_.protocol = 4;
        _expect(notOwner);
        vm.prank(carol, carol);
        vault.claimStopped(claim_, seq, asset, STOPPED, proof);
    }

    // Helpers of the tests, called from outside so that a refusal is theirs

    function claim(uint128 amount) external returns (uint96) {
        ExitClaim memory claim_ = claimOf(accountOf(alice), amount, alice);
        bytes[] memory proof = chain.prove(LedgerSlots.releasedOf(SOURCE, seq));
        vm.prank(alice, alice);
        return vault.claimStopped(claim_, seq, asset, STOPPED, proof);
    }

    function claimEntry(uint64 index, bytes32 before, bytes calldata entries) external {
        ExitClaim memory claim_ = claimOf(accountOf(alice), STOPPED, alice);
        vm.prank(alice, alice);
        vault.claimEntry(claim_, index, before, entries);
    }

    function _setRecord(bytes32 record) private {
        chain.set(LedgerSlots.releasedOf(SOURCE, seq), uint256(record));
    }

    /// @dev The ledger took the refund: the units are on the line again and the record is gone.
    function _refundApplied() private {
        setLine(accountOf(alice), LINE + STOPPED);
        _setRecord(0);
    }

    function _stop() private {
        bytes memory entry = entryOf(seq);
        vm.prank(guardian);
        vault.stop(seq, entry, "because");
        assertState(seq, PaymentState.STOPPED);
    }

    /// @dev The next call is refused; a helper of the tests passes the refusal on.
    function _expect(bytes memory refusal) private {
        vm.expectRevert(refusal);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerLosses} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {RoundTripFixture} from "./RoundTripFixture.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice What comes back, over a real vault and a real ledger; and what k stolen keys cannot make of it.
contract RoundTripRefundsTest is RoundTripFixture {
    uint128 private constant LOCKED = 1_000 * ONE_USD;
    /// @dev Above 3 / 40 of the vault's limit of 1,000 a day.
    uint128 private constant TOO_LARGE = 76 * ONE_USD;

    TestWitness private witness;
    address private carol = makeAddr("carol");
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        witness = new TestWitness();
        vm.startPrank(governor);
        origin.setLimits(USD, 0, 1_000_000_000, 1_000_000);
        origin.setWitness(0, address(witness), true);
        vm.stopPrank();
        lockAtVault(alice, USD, LOCKED, accountOf(alice), 0);
        lockAtVault(bob, ETH, 20 * ONE_ETH, accountOf(bob), 0);
        applyAll();
    }

    /// @dev So high that no credit of these tests is above the season level.
    function capOfAssets() internal pure override returns (uint64) {
        return 1_000_000_000;
    }

    /// @notice Attack VH1 A of 2026-11-22: k keys of the vault's verifier had the vault's own journal filled with refunds of what
    ///         they made up, and each batch of those stopped the source for 72 hours, for years, when nobody held a stolen key.
    function test_I9_I13_forged_releases_above_the_limit_stop_neither_edge_and_fill_no_journal() public {
        _askForWitness();
        uint64 own = _journaled();
        for (uint256 i = 0; i < 8; ++i) _forgeRelease(USD, TOO_LARGE);
        replayAtVault(0);
        assertEq(_journaled(), own, "nobody has confirmed what they signed");
        assertEq(origin.quarantinedUntil(), 0);
        // A month passes and nobody took the edge back: anyone may journal the refunds, which then change nothing here either.
        vm.warp(vm.getBlockTimestamp() + 30 days);
        for (uint64 seq = 1; seq <= 8; ++seq) {
            _refund(seq);
            vm.expectEmit(address(ledger));
            emit ILedgerLosses.RefundUnmatched(SOURCE, seq, accountOf(alice), USD, TOO_LARGE);
            applyAll();
            assertEq(uint8(_stateOfSource()), uint8(SourceState.LIVE));
            // Each batch of them left the source as it was, for every account and asset of it.
            vm.prank(bob);
            ledger.transfer(accountOf(bob), accountOf(carol), ETH, ONE_ETH);
        }
        assertEq(amountOf(alice, USD), LOCKED);
    }

    /// @notice Attack VH1 B: locks that never were, released in smallest parts, are true entries of the ledger's journal for ever;
    ///         each cut of them stopped the vault for 72 hours.
    function test_I9_I13_releases_of_false_lines_stop_no_honest_payment_behind_them() public {
        // The vault holds twenty ETH, of which bob asked for nineteen; mallory's ten were never locked.
        lock(ETH, 10 * ONE_ETH, accountOf(mallory), 0);
        applyAll();
        _release(bob, ETH, 19 * ONE_ETH, bob);
        _release(mallory, ETH, ONE_ETH, mallory);
        replayAtVault(0);
        for (uint64 i = 0; i < 5; ++i) {
            _release(mallory, ETH, ONE_ETH, mallory);
            _release(alice, USD, ONE_USD, alice);
            replayAtVault(tip(back) - 2);
            assertEq(uint8(origin.payment(tip(back) - 1).state), uint8(PaymentState.STOPPED));
            _pay(tip(back));
            assertEq(origin.quarantinedUntil(), 0);
        }
        assertEq(tokens[0].balanceOf(alice), 5 * ONE_USD);
    }

    /// @notice A release whose recipient can never be paid comes back to its line, and is released to another one.
    function test_I1_I9_what_nobody_can_be_paid_reaches_another_recipient() public {
        _release(alice, USD, 5 * ONE_USD, address(tokens[0]));
        replayAtVault(0);
        assertEq(uint8(origin.payment(1).state), uint8(PaymentState.CLAIMABLE));
        vm.warp(origin.payment(1).readyAt + 30 days);
        setPrices(1e12, 2000e12);
        origin.giveBack(1, entriesOf(back, 0, 1));
        append(journal, _refundOf(1));
        applyAll();
        assertEq(amountOf(alice, USD), LOCKED, "I1");
        _release(alice, USD, 5 * ONE_USD, carol);
        replayAtVault(1);
        _pay(2);
        assertEq(tokens[0].balanceOf(carol), 5 * ONE_USD);
        // What is journaled again comes back to nobody.
        vm.warp(vm.getBlockTimestamp() + 30 days);
        _refund(1);
        applyAll();
        assertEq(amountOf(alice, USD), LOCKED - 5 * ONE_USD, "I4");
        assertEq(uint8(_stateOfSource()), uint8(SourceState.LIVE));
    }

    /// @notice An honest release that the guardian stopped before its confirmation comes back once the witness agrees.
    function test_I1_I4_what_was_stopped_unconfirmed_comes_back_when_the_witness_agrees() public {
        _askForWitness();
        _release(alice, USD, 60 * ONE_USD, carol);
        replayAtVault(0);
        bytes memory entry = entriesOf(back, 0, 1);
        vm.prank(guardian);
        origin.stop(1, entry, "because");
        vm.expectPartialRevert(IVaultCore.RefundTooSoon.selector);
        origin.refund(1, USD, 60 * ONE_USD, accountOf(alice));
        witness.record(back.edge, 1, back.heads[1]);
        origin.confirm(0, 1);
        _refund(1);
        applyAll();
        assertEq(amountOf(alice, USD), LOCKED, "I1");
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
    }

    /// @notice Reads one packed entry.
    function decode(bytes calldata packed) external pure returns (Entry memory) {
        return EntryCodec.entryAt(packed, 0);
    }

    function _askForWitness() private {
        vm.prank(governor);
        origin.setWitnessPolicy(1);
    }

    /// @dev What k dishonest attesters sign, and the ledger never journaled.
    function _forgeRelease(uint16 asset, uint128 amount) private {
        append(back, Entry(EntryCodec.RELEASE, asset, amount, accountOf(alice), _wordOf(mallory), 0));
    }

    function _release(address owner, uint16 asset, uint128 amount, address to) private {
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), asset, amount, _wordOf(to), 0);
        append(back, Entry(EntryCodec.RELEASE, asset, amount, accountOf(owner), _wordOf(to), 0));
    }

    function _pay(uint64 seq) private {
        origin.pay(seq, entriesOf(back, seq - 1, seq), relayer);
    }

    /// @dev Anyone has the refund journaled.
    function _refund(uint64 seq) private {
        Entry memory entry = _refundOf(seq);
        vm.prank(mallory);
        origin.refund(seq, entry.asset, entry.amount, entry.account);
        append(journal, entry);
    }

    function _refundOf(uint64 seq) private view returns (Entry memory refund) {
        refund = this.decode(entriesOf(back, seq - 1, seq));
        (refund.kind, refund.party, refund.fee) = (EntryCodec.REFUND, bytes32(uint256(seq)), 0);
    }

    function _journaled() private view returns (uint64 count) {
        (, count, ) = origin.journalHead();
    }

    function _stateOfSource() private view returns (SourceState state) {
        (state, , ) = ledger.stateOf(SOURCE);
    }

    function _wordOf(address at) private pure returns (bytes32) {
        return bytes32(uint256(uint160(at)));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILocalHeads} from "../../../solidity/attesters/ILocalHeads.sol";
import {LocalVerifier} from "../../../solidity/attesters/LocalVerifier.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {JournalHead, Statements} from "../../../solidity/edge/Statements.sol";
import {ILocalDesk} from "../../../solidity/gateway/ILocalDesk.sol";
import {ILedger, ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AssetStatus, ParkReason, SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Building} from "../../harness/Building.sol";
import {deployLedger} from "../LedgerFixture.sol";
import {LocalFixture} from "./LocalFixture.sol";

/// @notice A journal of this chain that says whatever its maker likes.
contract LyingJournal {
    bytes32 private immutable edge;
    bytes32 private immutable head;

    constructor(bytes32 edge_, bytes32 head_) {
        (edge, head) = (edge_, head_);
    }

    function journalHead() external view returns (bytes32, uint64, bytes32) {
        return (edge, 1, head);
    }
}

/// @notice Source 0: the vault of the settlement chain, credited by what its journal shows and by nothing else.
contract LocalSourceTest is LocalFixture, Building {
    // Credit

    function test_credits_in_the_transaction_of_the_lock() public {
        lockAndCredit(alice, 100 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 100 * ONE_USD);
        (uint256 initial, uint256 maintenance) = _assetsOf(alice);
        // 100 USD · 0.85 · 0.95: for maintenance at once, for initial margin from the next second.
        assertEq(maintenance, 80.75e18);
        assertEq(initial, 0);
        vm.warp(vm.getBlockTimestamp() + 1);
        (initial, ) = _assetsOf(alice);
        // 100 USD · 0.8 · 0.9.
        assertEq(initial, 72e18);
    }

    function test_stays_fresh_without_any_heartbeat() public {
        lockAndCredit(alice, 100 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        setPrices(1e12, 2000e12);
        (uint256 initial, uint256 maintenance) = _assetsOf(alice);
        assertEq(initial, 72e18);
        assertEq(maintenance, 80.75e18);
    }

    function test_credits_locks_of_others_that_wait_before_ones_own() public {
        lockOnly(bob, 40 * ONE_USD);
        lockOnly(bob, 2 * ONE_USD);
        lockAndCredit(alice, 100 * ONE_USD);
        assertEq(amountOf(bob, LOCAL), 42 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 100 * ONE_USD);
    }

    function test_refuses_a_lock_whose_predecessors_are_left_out() public {
        lockOnly(bob, 40 * ONE_USD);
        fund(alice, 10 * ONE_USD);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILocalDesk.EntriesEndBelowTip.selector, 1, 2));
        desk.lockAndCredit(address(token), 10 * ONE_USD, accountOf(alice), 0, "");
        assertEq(token.balanceOf(alice), 10 * ONE_USD);
    }

    function test_skips_what_another_credited_first() public {
        lockOnly(bob, 40 * ONE_USD);
        bytes memory pending = entriesOf(locks, 0, 1);
        desk.credit(0, pending, accountOf(bob));
        fund(alice, 10 * ONE_USD);
        vm.prank(alice);
        desk.lockAndCredit(address(token), 10 * ONE_USD, accountOf(alice), 0, pending);
        assertEq(amountOf(bob, LOCAL), 40 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 10 * ONE_USD);
    }

    function test_parks_above_the_cap_like_any_source() public {
        lockAndCredit(alice, 1_001 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 0);
        assertEq(uint8(ledger.parkedOf(0, 1).reason), uint8(ParkReason.CAP));
    }

    function test_a_pause_of_the_asset_stops_new_credit() public {
        vm.prank(pauser);
        ledger.pause(0, LOCAL, 2, uint40(vm.getBlockTimestamp() + 1 hours));
        lockAndCredit(alice, 10 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 0);
    }

    // A long backlog

    function test_I14_source_0_catches_up_in_steps_with_heads_that_anyone_keeps() public {
        for (uint256 i = 0; i < 150; ++i) lockOnly(bob, ONE_USD / 1000);
        vm.expectRevert(abi.encodeWithSelector(ILocalDesk.EntriesEndBelowTip.selector, 64, 150));
        desk.credit(0, entriesOf(locks, 0, 64), accountOf(bob));

        attesters.keepHead(address(own), true, address(ledger), 128, locks.heads[128], entriesOf(locks, 128, 150));
        attesters.keepHead(address(own), true, address(ledger), 64, locks.heads[64], entriesOf(locks, 64, 128));
        desk.credit(0, entriesOf(locks, 0, 64), accountOf(bob));
        desk.credit(64, entriesOf(locks, 64, 128), accountOf(bob));
        desk.credit(128, entriesOf(locks, 128, 150), accountOf(bob));
        assertEq(amountOf(bob, LOCAL), (150 * ONE_USD) / 1000);
    }

    function test_keeps_only_heads_that_lead_to_the_tip() public {
        lockOnly(bob, 5 * ONE_USD);
        lockOnly(bob, 6 * ONE_USD);
        bytes memory last = entriesOf(locks, 1, 2);
        bytes32 forged = keccak256("forged");
        vm.expectPartialRevert(ILocalHeads.LocalHeadDiffers.selector);
        attesters.keepHead(address(own), true, address(ledger), 1, forged, last);
        vm.expectRevert(abi.encodeWithSelector(ILocalHeads.LocalHeadUnknown.selector, locks.edge, 3));
        attesters.keepHead(address(own), true, address(ledger), 2, forged, last);
        vm.expectRevert(abi.encodeWithSelector(ILocalHeads.LocalHeadUnknown.selector, locks.edge, 1));
        attesters.keepHead(address(own), true, address(ledger), 0, locks.edge, entriesOf(locks, 0, 1));
        // As a ledger's journal the vault does not answer.
        vm.expectRevert();
        attesters.keepHead(address(own), false, address(ledger), 1, locks.heads[1], last);
        assertEq(attesters.keptHead(locks.edge, 1), 0);
    }

    // Nothing but the journal credits it

    function test_I6_a_quorum_cannot_sign_a_credit_of_source_0() public {
        append(locks, lockEntry(LOCAL_ASSET, 500 * ONE_USD, accountOf(bob), 0));
        JournalHead memory statement = localStatement(1);
        statement.epoch = 1;
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(locks, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.StatementNotLocal.selector, 1));
        ledger.applyEntries(0, 0, entries, new uint64[](0), statement, sigs, accountOf(bob));
    }

    function test_I6_a_quorum_cannot_sign_a_payment_of_source_0() public {
        JournalHead memory statement = localStatement(0);
        (statement.edge, statement.count, statement.tip, statement.epoch) = (releases.edge, 1, 1, 1);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(LocalVerifier.StatementNotLocal.selector, 1));
        own.applyReleases(0, new bytes(95), new uint64[](0), statement, sigs);
    }

    function test_refuses_what_the_journal_does_not_show() public {
        lockOnly(bob, 5 * ONE_USD);
        JournalHead memory statement = localStatement(1);
        append(locks, lockEntry(LOCAL_ASSET, 500 * ONE_USD, accountOf(bob), 0));
        JournalHead memory forged = localStatement(2);
        _refused(forged, vaultProof(), ILocalHeads.StatementNotOfNow.selector);
        forged.tip = forged.count = 1;
        _refused(forged, vaultProof(), ILocalHeads.LocalHeadDiffers.selector);
        // Below the tip, only what was kept.
        (statement.count, statement.head) = (0, locks.edge);
        JournalHead memory other = localStatement(1);
        (other.tip, other.asOf) = (1, other.asOf - 1);
        _refused(other, vaultProof(), ILocalHeads.StatementNotOfNow.selector);
        (other.asOf, other.blockNumber) = (other.asOf + 1, other.blockNumber + 1);
        _refused(other, vaultProof(), ILocalHeads.StatementNotOfNow.selector);
        (other.blockNumber, other.blockHash) = (other.blockNumber - 1, bytes32(uint256(1)));
        _refused(other, vaultProof(), ILocalHeads.StatementNotOfNow.selector);
    }

    function test_no_other_contract_passes_for_the_vault() public {
        append(locks, lockEntry(LOCAL_ASSET, 500 * ONE_USD, accountOf(bob), 0));
        LyingJournal liar = new LyingJournal(locks.edge, locks.heads[1]);
        _refused(localStatement(1), abi.encode(address(liar), true), ILocalHeads.EdgeNotLocal.selector);
        _refused(localStatement(1), "", ILocalHeads.LocalProofMalformed.selector);
        // Nor does the liar's own edge help: the ledger knows another name.
        JournalHead memory statement = localStatement(1);
        statement.edge = EdgeLib.nameOf(block.chainid, address(liar), block.chainid, address(ledger), 0, 0);
        _refused(statement, abi.encode(address(liar), true), IEdge.EdgeMismatch.selector);
    }

    function test_a_local_statement_credits_no_source_of_another_chain() public {
        lock(USD, 5 * ONE_USD, accountOf(bob), 0);
        JournalHead memory statement = statementOf(journal, 1);
        statement.epoch = Statements.LOCAL_EPOCH;
        bytes memory entries = entriesOf(journal, 0, 1);
        LyingJournal liar = new LyingJournal(journal.edge, journal.heads[1]);
        vm.expectPartialRevert(ILocalHeads.EdgeNotLocal.selector);
        ledger.applyEntries(
            SOURCE,
            0,
            entries,
            new uint64[](0),
            statement,
            abi.encode(address(liar), true),
            accountOf(bob)
        );
    }

    // Nobody stops it

    function test_I8_no_halt_guardian_or_rewind_reaches_source_0() public {
        JournalHead memory point = localStatement(0);
        bytes memory none;
        bytes4 refused = ILedgerTerms.SourceIsLocal.selector;
        vm.expectRevert(refused);
        ledger.noteHalt(0);
        vm.prank(guardian);
        vm.expectRevert(refused);
        ledger.quarantine(0, uint40(vm.getBlockTimestamp() + 1 hours));
        vm.startPrank(governor);
        vm.expectRevert(refused);
        ledger.rewind(0, point, none);
        vm.expectRevert(refused);
        ledger.setWitness(0, 0, address(usdFeed), true);
        point.edge = own.inboundEdge();
        vm.expectRevert();
        own.rewind(point, abi.encode(address(ledger), false));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.WitnessRefused.selector, address(usdFeed)));
        own.setWitness(0, address(usdFeed), true);
        vm.stopPrank();
        vm.expectRevert(refused);
        ledger.holdForRewind(0, point, none, 0, 0);
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultCore.QuarantineRefused.selector,
                until,
                type(uint256).max,
                vm.getBlockTimestamp() + 72 hours
            )
        );
        own.quarantine(until);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotInRecovery.selector, 0));
        own.noteRecovery();
    }

    function test_I8_the_verifier_of_the_vault_knows_no_halt_stop_or_recovery() public view {
        (bool halted, uint64 nonce, uint40 since) = verifier.haltOf(releases.edge);
        assertFalse(halted || verifier.stopped() || verifier.inRecovery());
        assertEq(uint256(nonce) + since, 0);
        (bytes32 membersHash, uint40 proposedAt, uint40 frozenUntil) = verifier.recovery();
        assertEq(membersHash, 0);
        assertEq(uint256(proposedAt) + frozenUntil, 0);
    }

    function test_I8_source_0_goes_on_while_attesters_are_halted_and_in_recovery() public {
        bytes32 haltHash = Statements.haltHashOf(locks.edge, 0, 1);
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), haltHash);
        bytes memory sigs;
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
        attesters.halt(locks.edge, 0, 1, sigs, "");
        vm.prank(governor);
        attesters.proposeRecovery(members);
        vm.prank(guardian);
        attesters.proposeRecovery(members);
        assertTrue(attesters.inRecovery());
        lockAndCredit(alice, 100 * ONE_USD);
        assertEq(amountOf(alice, LOCAL), 100 * ONE_USD);
    }

    // Listing

    function test_source_0_and_no_other_is_a_vault_of_this_chain() public {
        ILedger fresh = deployLedger(initOf(false));
        SourceListing memory listing = localListing();
        vm.startPrank(governor);
        listing.source = 1;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.OriginRefused.selector, listing.originChainId));
        fresh.listSource(listing);
        (listing.source, listing.originChainId) = (0, ORIGIN);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.OriginRefused.selector, ORIGIN));
        fresh.listSource(listing);
        listing = localListing();
        listing.m = 1;
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessesMissing.selector, 0, 1));
        fresh.listSource(listing);
        (listing.m, listing.development) = (0, true);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.WitnessesMissing.selector, 0, 0));
        fresh.listSource(listing);
        listing.development = false;
        fresh.listSource(listing);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceRefused.selector, 0));
        fresh.listSource(listing);
    }

    function test_a_desk_stands_between_a_ledger_and_its_own_vault_only() public {
        bytes memory args = abi.encode(ledger, vault);
        bytes32 expected = EdgeLib.nameOf(block.chainid, address(ledger), block.chainid, vault, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILocalDesk.VaultNotLocal.selector, vault, releases.edge, expected));
        this.build("LocalDesk.sol:LocalDesk", args);
    }

    // Whatever the order of acts

    function testFuzz_I1_units_of_source_0_are_credited_parked_or_on_their_way(uint256[24] calldata acts) public {
        uint256 waiting;
        for (uint256 i = 0; i < acts.length; ++i) {
            address who = acts[i] % 2 == 0 ? alice : bob;
            uint128 amount = uint128(1 + ((acts[i] >> 8) % (300 * ONE_USD)));
            uint256 act = (acts[i] >> 1) % 5;
            vm.warp(vm.getBlockTimestamp() + ((acts[i] >> 200) % 2 hours));
            if (act == 0) {
                lockOnly(who, amount);
                waiting += amount;
            } else if (act == 1) {
                lockAndCredit(who, amount);
                waiting = 0;
            } else if (act == 2 && applied() != tip(locks)) {
                desk.credit(applied(), entriesOf(locks, applied(), tip(locks)), accountOf(bob));
                waiting = 0;
            } else if (act == 3) {
                _tryRelease(who, amount);
            } else if (act == 4) {
                _deliverAll();
            }
            AssetStatus memory sums = ledger.assetOf(LOCAL);
            VaultAsset memory kept = own.assetOf(LOCAL_ASSET);
            uint256 unpaid = sums.releasedCum - kept.paidCum;
            assertEq(uint256(sums.credited) + sums.parked + waiting + unpaid, kept.accounted);
            assertEq(amountOf(alice, LOCAL) + amountOf(bob, LOCAL), sums.credited);
        }
    }

    function _tryRelease(address who, uint128 amount) private {
        bytes32 recipient = bytes32(uint256(uint160(who)));
        vm.prank(who);
        try ledger.requestRelease(accountOf(who), LOCAL, amount, recipient, 0) {
            append(releases, Entry(EntryCodec.RELEASE, LOCAL_ASSET, amount, accountOf(who), recipient, 0));
        } catch {}
    }

    function _deliverAll() private {
        (, uint64 count, , , , ) = own.replicaState();
        if (count == tip(releases)) return;
        desk.deliver(count, entriesOf(releases, count, tip(releases)));
        for (uint64 seq = count + 1; seq <= tip(releases); ++seq) {
            if (own.payment(seq).readyAt > vm.getBlockTimestamp()) continue;
            if (own.payment(seq).state != PaymentState.QUEUED) continue;
            own.pay(seq, entriesOf(releases, seq - 1, seq), relayer);
        }
    }

    function _assetsOf(address owner) private view returns (uint256 initial, uint256 maintenance) {
        (initial, , , , maintenance, , , ) = ledger.marginOf(accountOf(owner));
    }

    function _refused(JournalHead memory statement, bytes memory proof, bytes4 by) private {
        bytes memory entries = entriesOf(locks, 0, statement.count);
        vm.expectPartialRevert(by);
        ledger.applyEntries(0, 0, entries, new uint64[](0), statement, proof, accountOf(bob));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {ExitClaim, IVaultExit, LedgerProof} from "../interfaces/vault/IVaultExit.sol";
import {PaymentState, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {Journal, JournalLib} from "../edge/JournalLib.sol";
import {PaymentLanes} from "../libraries/PaymentLanes.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {RewindLib} from "../edge/RewindLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {LedgerSlots} from "../proofs/LedgerSlots.sol";
import {BlockFacts, StateProof} from "../proofs/StateProof.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultCoverage} from "./VaultCoverage.sol";
import {VaultExitNotice} from "./VaultExitNotice.sol";
import {VaultExitParties} from "./VaultExitParties.sol";

/// @title The exit by storage proof
/// @notice Called through the vault, on the vault's storage; `IVaultExit` is its manual.
contract VaultExit is IVaultExit, VaultExitParties, VaultExitNotice, VaultCoverage {
    uint8 private constant LEAF_LINE = 1;
    uint8 private constant LEAF_PARKED = 2;
    uint8 private constant LEAF_ENTRY = 3;
    uint8 private constant LEAF_STOPPED = 4;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultExit
    /// @dev The vault of the ledger's own chain reads it, so nobody can keep statements from it: silence says that nobody released.
    function announceExit() external {
        if (_source == 0) revert ExitNeedless();
        Exit storage exit = ExitStorage.locate();
        Replica storage replica = ReplicaLib.locate(_inbound());
        uint256 made = replica.asOf;
        if (made == 0) revert ExitAnchorMissing();
        if (exit.openedAt != 0 || _isStanding(exit, replica)) revert ExitUnderWay(exit.announcedAt);
        (uint256 earliest, uint256 frozenUntil) = (made + SILENCE_S, _frozenUntil());
        if (_aheadSince(exit, replica, block.timestamp) != 0) earliest = 0;
        if (earliest < frozenUntil) earliest = frozenUntil;
        if (block.timestamp < earliest) revert ExitTooEarly(earliest);
        exit.anchor = replica.anchor;
        // Proofs under an announcement that has ended must be repeated.
        (exit.announcedAt, exit.provenAt) = (uint40(block.timestamp), 0);
        emit ExitAnnounced(uint40(block.timestamp + NOTICE_S));
    }

    /// @inheritdoc IVaultExit
    function openExit(LedgerProof calldata proof, bytes calldata entries) external nonReentrant {
        Exit storage exit = ExitStorage.locate();
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        if (exit.openedAt != 0) revert ExitUnderWay(exit.announcedAt);
        _requireNoRewind(edge);
        _requireDue(exit, replica);

        (bytes32 head, bytes32 appliedHead) = _proveLedger(exit, replica, edge, proof);
        // What the ledger applied must lie on this vault's journal; otherwise its lines do not belong to this vault.
        _requireLeadsOn(exit, _outbound(), exit.applied, appliedHead, entries);
        exit.provenAt = uint40(block.timestamp);
        exit.marks[exit.storageRoot][exit.count] = head;
        emit ExitProven(exit.anchor, exit.storageRoot, exit.count, head, exit.applied);
        if (replica.count == exit.count) _open(exit, replica, head);
    }

    /// @inheritdoc IVaultExit
    function replayExit(bytes calldata entries) external nonReentrant {
        Exit storage exit = ExitStorage.locate();
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        uint64 from = replica.count;
        if (exit.provenAt == 0 || exit.openedAt != 0) revert ExitNotOpen(from, exit.count);
        _requireDue(exit, replica);
        uint64 count = from + uint64(EntryCodec.countOf(entries));
        (bytes32 head, ) = _self().replayProven(replica.head, from, entries);
        // Only counts up to the proven one have marks here.
        if (count == from || exit.marks[exit.storageRoot][count] != head) revert ExitHeadUnknown(edge, count, head);
        if (exit.replayed != from) exit.heard = from;
        exit.replayed = count;
        (replica.head, replica.count) = (head, count);
        emit IVaultReleases.Applied(_inboundNow(), from, count, head, msg.sender);
        if (count == exit.count) _open(exit, replica, head);
    }

    /// @inheritdoc IVaultExit
    function markExit(bytes32 edge, uint64 count, bytes32 head, bytes calldata entries) external {
        Exit storage exit = ExitStorage.locate();
        _requireLeadsOn(exit, edge, count, head, entries);
        exit.marks[_bookOf(exit, edge)][count] = head;
    }

    /// @inheritdoc IVaultExit
    function endAsset(uint16 asset, bytes[] calldata unsettledProof) external nonReentrant {
        Exit storage exit = ExitStorage.locate();
        if (exit.openedAt == 0) revert ExitNotOpen(ReplicaLib.locate(_inbound()).count, exit.count);
        VaultAsset storage kept = _listed(asset);
        if (kept.flags & HINT_EXIT != 0) revert IVaultCore.AssetEnded(asset);
        _endAsset(exit, kept, asset, unsettledProof);
    }

    /// @inheritdoc IVaultExit
    function claimLine(
        ExitClaim calldata claim,
        uint16 assetId,
        bytes[] calldata lineProof,
        bytes[] calldata assetProof
    ) external nonReentrant returns (uint96 seq) {
        Exit storage exit = _openFor(claim);
        uint16 asset = exit.vaultAssets[assetId];
        if (asset == 0) {
            uint16 at;
            (at, asset) = LedgerSlots.readAsset(_slot(exit, LedgerSlots.assetOf(assetId), assetProof));
            if (asset == 0 || at != _source) revert ExitAssetMismatch(at, asset);
            exit.vaultAssets[assetId] = asset;
        }
        uint128 held = LedgerSlots.readLine(_slot(exit, LedgerSlots.lineOf(claim.account, assetId), lineProof));
        bytes32 leaf = keccak256(abi.encode(LEAF_LINE, claim.account, assetId));
        return _claimPart(exit, leaf, asset, held, claim);
    }

    /// @inheritdoc IVaultExit
    function claimParked(
        ExitClaim calldata claim,
        uint96 index,
        bytes[] calldata accountProof,
        bytes[] calldata amountProof
    ) external nonReentrant returns (uint96 seq) {
        Exit storage exit = _openFor(claim);
        (bytes32 first, bytes32 second) = LedgerSlots.parkedOf(_source, index);
        bytes32 account = bytes32(_slot(exit, first, accountProof));
        if (account != claim.account) revert ExitAccountMismatch(account, claim.account);
        (uint128 held, uint16 asset) = LedgerSlots.readParked(_slot(exit, second, amountProof));
        return _claimPart(exit, keccak256(abi.encode(LEAF_PARKED, index)), asset, held, claim);
    }

    /// @inheritdoc IVaultExit
    function claimEntry(
        ExitClaim calldata claim,
        uint64 index,
        bytes32 headBefore,
        bytes calldata entries
    ) external nonReentrant returns (uint96 seq) {
        Exit storage exit = _openFor(claim);
        _requireWhole(exit, claim);
        bytes32 edge = _outbound();
        if (index <= exit.applied || entries.length == 0) revert ExitEntryRefused(index, 0, exit.applied);
        _requireLeadsOn(exit, edge, index - 1, headBefore, entries);
        Entry memory entry = EntryCodec.entryAt(entries, 0);
        if (entry.kind != EntryCodec.LOCK) revert ExitEntryRefused(index, entry.kind, exit.applied);
        if (entry.account != claim.account) revert ExitAccountMismatch(entry.account, claim.account);
        return _claim(exit, keccak256(abi.encode(LEAF_ENTRY, edge, index)), entry.asset, entry.amount, claim);
    }

    /// @inheritdoc IVaultExit
    function claimStopped(
        ExitClaim calldata claim,
        uint96 which,
        uint16 asset,
        uint128 released,
        bytes[] calldata recordProof
    ) external nonReentrant returns (uint96 seq) {
        Exit storage exit = _openFor(claim);
        _requireWhole(exit, claim);
        PaymentState state = _payments[which].state;
        if (state != PaymentState.STOPPED) {
            revert IVaultReleases.PaymentStateMismatch(which, state, PaymentState.STOPPED);
        }
        bytes32 record = bytes32(_slot(exit, LedgerSlots.releasedOf(_source, which), recordProof));
        bytes32 given = keccak256(abi.encodePacked(asset, released, claim.account));
        if (record != given) revert ExitRecordMismatch(record, given);
        return _claim(exit, keccak256(abi.encode(LEAF_STOPPED, which)), asset, released, claim);
    }

    /// @dev Reads the ledger in the anchor block and keeps what the exit needs. Returns the head of the ledger's
    ///      journal, and the head of this vault's journal at the count that the ledger had applied.
    function _proveLedger(
        Exit storage exit,
        Replica storage replica,
        bytes32 edge,
        LedgerProof calldata proof
    ) private returns (bytes32 head, bytes32 appliedHead) {
        BlockFacts memory facts = StateProof.readHeader(proof.header);
        // Attesters that hide newer entries keep signing, and so would move the anchor before every proof.
        uint64 least = _hiddenFrom(exit, replica);
        bytes32 anchor = least == 0 ? replica.anchor : exit.anchor;
        if (facts.hash != anchor) revert ExitAnchorMismatch(facts.hash, anchor);
        bytes32 root = StateProof.readAccount(facts.stateRoot, _ledger, proof.account).storageRoot;
        bytes32 slot = JournalLib.slotOf(edge);
        head = bytes32(StateProof.readSlot(root, slot, proof.head));
        uint64 count = uint64(StateProof.readSlot(root, _after(slot), proof.count));
        if (head == 0 || count < least || count < replica.count || (count == replica.count && head != replica.head)) {
            revert ExitJournalMismatch(count, head, replica.count, replica.head);
        }
        (exit.storageRoot, exit.anchor) = (root, facts.hash);
        exit.count = count;
        slot = ReplicaLib.slotOf(_outbound());
        appliedHead = bytes32(StateProof.readSlot(root, slot, proof.replicaHead));
        exit.applied = uint64(StateProof.readSlot(root, _after(slot), proof.replica));
    }

    /// @dev Opens the exit: the replica has reached the ledger's proven journal. From now on the vault accepts no
    ///      statement.
    function _open(Exit storage exit, Replica storage replica, bytes32 head) private {
        exit.openedAt = uint40(block.timestamp);
        replica.state = SourceState.CLOSED;
        bytes32 journalEdge = _outbound();
        Journal storage journal = JournalLib.locate(journalEdge);
        exit.marks[journalEdge][journal.count] = journal.head;
        emit IVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.CLOSED, 0, "exit");
        emit ExitOpened(exit.count, head);
    }

    /// @dev Takes a claim on the claimant's part of `held` token units.
    function _claimPart(
        Exit storage exit,
        bytes32 leaf,
        uint16 asset,
        uint128 held,
        ExitClaim calldata claim
    ) private returns (uint96) {
        (bytes32 key, uint256 part) = _partOf(exit, claim, leaf, held);
        return _claim(exit, key, asset, part, claim);
    }

    /// @dev Takes a claim on `held` token units of an asset and makes a payment of it.
    function _claim(
        Exit storage exit,
        bytes32 leaf,
        uint16 asset,
        uint256 held,
        ExitClaim calldata claim
    ) private returns (uint96 seq) {
        uint256 left = held - exit.claimed[leaf];
        if (claim.amount == 0 || claim.amount > left) revert ExitAmountRefused(claim.amount, left);
        exit.claimed[leaf] += claim.amount;
        VaultAsset storage kept = _listed(asset);
        // The first claim ends locking and informs the ledger.
        if (kept.flags & HINT_EXIT == 0) _endAsset(exit, kept, asset, claim.unsettledProof);
        uint256 room = kept.accounted - kept.owed;
        if (claim.amount > room) revert ExitAmountRefused(claim.amount, room);
        // An earlier release gets a date whatever its size. A claim is made in parts, none larger than the largest
        // payment.
        uint256 largest = PaymentLanes.largestUnits(kept.limit, TokenScale.wholeOf(kept.decimals));
        if (claim.amount > largest) revert ExitPaymentRefused(claim.amount, claim.recipient);
        seq = CLAIMS + ++exit.claims;
        exit.claimants[seq] = msg.sender;
        bytes memory packed = EntryCodec.pack(
            Entry({
                kind: EntryCodec.RELEASE,
                asset: asset,
                amount: claim.amount,
                account: claim.account,
                party: bytes32(uint256(uint160(claim.recipient))),
                fee: 0
            })
        );
        _self().replayProven(0, seq - 1, packed);
        // A payment to the vault or its token could never be made.
        if (_payments[seq].state != PaymentState.QUEUED) revert ExitPaymentRefused(claim.amount, claim.recipient);
        emit ExitClaimed(leaf, seq, claim.amount);
    }

    /// @dev Ends locking of an asset, and reports to the ledger that none of it is left for its lines: from now on the
    ///      vault's tokens pay claims. Units that a rewind of the ledger had not settled are on lines, or may be
    ///      claimed as a lock, without tokens here. The vault accounts for them, so that all claimants share the loss.
    function _endAsset(Exit storage exit, VaultAsset storage kept, uint16 asset, bytes[] calldata proof) private {
        kept.flags |= HINT_EXIT;
        uint256 unsettled = LedgerSlots.readUnsettled(_slot(exit, LedgerSlots.unsettledOf(_source, asset), proof));
        if (unsettled != 0) emit ExitUnsettled(asset, _accountMore(kept, unsettled));
        _report(kept, asset, 0);
    }

    /// @dev Reverts unless the entries lead from a head at a count to a known head.
    function _requireLeadsOn(
        Exit storage exit,
        bytes32 edge,
        uint64 count,
        bytes32 head,
        bytes calldata entries
    ) private view {
        uint64 end = count + uint64(EntryCodec.countOf(entries));
        bytes32 reached = EntryCodec.fold(head, entries);
        bytes32 known = exit.marks[_bookOf(exit, edge)][end];
        if (known == 0 && edge == _outbound()) {
            Journal storage journal = JournalLib.locate(edge);
            if (journal.count == end) known = journal.head;
        }
        if (known == 0 || reached != known) revert ExitHeadUnknown(edge, end, reached);
    }

    /// @dev Returns the key under which `marks` keeps heads of a journal.
    function _bookOf(Exit storage exit, bytes32 edge) private view returns (bytes32) {
        return edge == _inbound() ? exit.storageRoot : edge;
    }

    /// @dev Reverts during a rewind, in which nothing is replayed or proven.
    function _requireNoRewind(bytes32 edge) private view {
        bytes32 next = RewindLib.locate(edge).next;
        if (next != 0) revert RewindLib.RewindRunning(edge, next);
    }

    function _after(bytes32 slot) private pure returns (bytes32) {
        unchecked {
            return bytes32(uint256(slot) + 1);
        }
    }
}

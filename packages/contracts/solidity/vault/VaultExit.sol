// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {ExitClaim, ExitStatus, IVaultExit, LedgerProof} from "../interfaces/IVaultExit.sol";
import {PaymentState, VaultAsset, VaultInit} from "../interfaces/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerSlots} from "../proofs/LedgerSlots.sol";
import {BlockFacts, StateProof} from "../proofs/StateProof.sol";
import {Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title The exit by storage proof
/// @notice Called through the vault, on the vault's storage; `IVaultExit` is its manual.
contract VaultExit is VaultBase, IVaultExit {
    uint256 private constant SILENCE_S = 30 days;
    uint256 private constant NOTICE_S = 7 days;
    /// @dev Payments of claims have numbers of a generation that no edge reaches.
    uint32 private constant GENERATION = type(uint32).max;
    /// @dev Rights of an operator at the ledger: release, and to other recipients.
    uint16 private constant RIGHTS_NEEDED = 3;
    uint8 private constant LEAF_LINE = 1;
    uint8 private constant LEAF_PARKED = 2;
    uint8 private constant LEAF_ENTRY = 3;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc IVaultExit
    function announceExit() external {
        Exit storage exit = ExitStorage.locate();
        uint256 made = ReplicaLib.locate(_edgeIn()).asOf;
        if (made == 0) revert ExitAnchorMissing();
        if (exit.provenAt != 0 || _isStanding(exit, made)) revert ExitUnderWay(exit.announcedAt);
        if (block.timestamp < made + SILENCE_S) revert ExitTooEarly(made + SILENCE_S);
        exit.announcedAt = uint40(block.timestamp);
        emit ExitAnnounced(uint40(block.timestamp + NOTICE_S));
    }

    /// @inheritdoc IVaultExit
    function openExit(LedgerProof calldata proof) external nonReentrant {
        Exit storage exit = ExitStorage.locate();
        bytes32 edge = _edgeIn();
        Replica storage replica = ReplicaLib.locate(edge);
        if (exit.provenAt != 0) revert ExitUnderWay(exit.announcedAt);
        if (!_isStanding(exit, replica.asOf)) revert ExitNotAnnounced();
        if (block.timestamp < exit.announcedAt + NOTICE_S) revert ExitTooEarly(exit.announcedAt + NOTICE_S);

        (bytes32 head, bytes32 journalEdge) = (_proveLedger(exit, replica, edge, proof), _edgeOut());
        exit.provenAt = uint40(block.timestamp);
        exit.marks[edge][exit.count] = head;
        Journal storage journal = JournalLib.locate(journalEdge);
        exit.marks[journalEdge][journal.count] = journal.head;
        replica.state = SourceState.CLOSED;
        emit ICollateralVaultReleases.EdgeStateChanged(edge, SourceState.CLOSED, 0, "exit");
        emit ExitProven(replica.anchor, exit.storageRoot, exit.count, head, exit.applied);
        if (replica.count == exit.count) _open(exit, head);
    }

    /// @inheritdoc IVaultExit
    function replayExit(bytes calldata entries) external nonReentrant {
        Exit storage exit = ExitStorage.locate();
        bytes32 edge = _edgeIn();
        Replica storage replica = ReplicaLib.locate(edge);
        uint64 from = replica.count;
        if (exit.provenAt == 0 || exit.openedAt != 0) revert ExitNotOpen(from, exit.count);
        uint64 count = from + uint64(EntryCodec.countOf(entries));
        (bytes32 head, ) = _self().replayProven(replica.head, from, replica.generation, entries);
        // Only counts up to the proven one have marks here.
        if (count == from || exit.marks[edge][count] != head) revert ExitHeadUnknown(edge, count, head);
        (replica.head, replica.count) = (head, count);
        emit ICollateralVaultReleases.Applied(edge, from, count, head, msg.sender);
        if (count == exit.count) _open(exit, head);
    }

    /// @inheritdoc IVaultExit
    function markExit(bytes32 edge, uint64 count, bytes32 head, bytes calldata entries) external {
        Exit storage exit = ExitStorage.locate();
        _requireLeadsOn(exit, edge, count, head, entries);
        exit.marks[edge][count] = head;
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
        (uint128 held, ) = LedgerSlots.readLine(_slot(exit, LedgerSlots.lineOf(claim.account, assetId), lineProof));
        return _claim(exit, keccak256(abi.encode(LEAF_LINE, claim.account, assetId)), asset, held, claim);
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
        return _claim(exit, keccak256(abi.encode(LEAF_PARKED, index)), asset, held, claim);
    }

    /// @inheritdoc IVaultExit
    function claimEntry(
        ExitClaim calldata claim,
        uint64 index,
        bytes32 headBefore,
        bytes calldata entries
    ) external nonReentrant returns (uint96 seq) {
        Exit storage exit = _openFor(claim);
        bytes32 edge = _edgeOut();
        if (index <= exit.applied || entries.length == 0) revert ExitEntryRefused(index, 0, exit.applied);
        _requireLeadsOn(exit, edge, index - 1, headBefore, entries);
        Entry memory entry = EntryCodec.entryAt(entries, 0);
        if (entry.kind != EntryCodec.LOCK && entry.kind != EntryCodec.REFUND) {
            revert ExitEntryRefused(index, entry.kind, exit.applied);
        }
        if (entry.account != claim.account) revert ExitAccountMismatch(entry.account, claim.account);
        return _claim(exit, keccak256(abi.encode(LEAF_ENTRY, edge, index)), entry.asset, entry.amount, claim);
    }

    /// @inheritdoc IVaultExit
    function exitStatus() external view returns (ExitStatus memory status) {
        Exit storage exit = ExitStorage.locate();
        Replica storage replica = ReplicaLib.locate(_edgeIn());
        bool counts = exit.provenAt != 0 || _isStanding(exit, replica.asOf);
        status.announcedAt = counts ? exit.announcedAt : 0;
        status.openableAt = counts ? uint40(exit.announcedAt + NOTICE_S) : 0;
        (status.provenAt, status.openedAt) = (exit.provenAt, exit.openedAt);
        (status.anchor, status.storageRoot) = (replica.anchor, exit.storageRoot);
        (status.count, status.applied, status.claims) = (exit.count, exit.applied, exit.claims);
    }

    /// @inheritdoc IVaultExit
    function claimedOf(bytes32 leaf) external view returns (uint256) {
        return ExitStorage.locate().claimed[leaf];
    }

    /// @dev Reads the ledger in the anchor block, keeps what the exit needs and gives the head of the ledger's journal.
    function _proveLedger(
        Exit storage exit,
        Replica storage replica,
        bytes32 edge,
        LedgerProof calldata proof
    ) private returns (bytes32 head) {
        BlockFacts memory facts = StateProof.readHeader(proof.header);
        if (facts.hash != replica.anchor) revert ExitAnchorMismatch(facts.hash, replica.anchor);
        bytes32 root = StateProof.readAccount(facts.stateRoot, _ledger, proof.account).storageRoot;
        bytes32 slot = JournalLib.slotOf(edge);
        head = bytes32(StateProof.readSlot(root, slot, proof.head));
        uint64 count = uint64(StateProof.readSlot(root, _after(slot), proof.count));
        if (head == 0 || count < replica.count || (count == replica.count && head != replica.head)) {
            revert ExitJournalMismatch(count, head, replica.count, replica.head);
        }
        exit.storageRoot = root;
        exit.count = count;
        exit.applied = uint64(StateProof.readSlot(root, _after(ReplicaLib.slotOf(_edgeOut())), proof.replica));
    }

    function _open(Exit storage exit, bytes32 head) private {
        exit.openedAt = uint40(block.timestamp);
        emit ExitOpened(exit.count, head);
    }

    /// @dev Takes a claim of `held` token units of an asset and makes a payment of it.
    function _claim(
        Exit storage exit,
        bytes32 leaf,
        uint16 asset,
        uint128 held,
        ExitClaim calldata claim
    ) private returns (uint96 seq) {
        uint256 left = held - exit.claimed[leaf];
        if (claim.amount == 0 || claim.amount > left) revert ExitAmountRefused(claim.amount, left);
        exit.claimed[leaf] += claim.amount;
        VaultAsset storage kept = _listed(asset);
        // The share is at most 1, so it is at most the amount.
        uint128 paid = uint128((claim.amount * _shareOf(exit, kept, asset)) / WAD);
        uint256 room = kept.accounted - kept.owed;
        if (paid == 0 || paid > room) revert ExitAmountRefused(paid, room);
        seq = EdgeLib.sequenceOf(GENERATION, ++exit.claims);
        bytes memory packed = EntryCodec.pack(
            Entry({
                kind: EntryCodec.RELEASE,
                asset: asset,
                amount: paid,
                account: claim.account,
                party: bytes32(uint256(uint160(claim.recipient))),
                fee: 0
            })
        );
        _self().replayProven(0, exit.claims - 1, GENERATION, packed);
        // Above the vault's limit it was stopped at once, and one to the vault or its token can never be paid.
        if (_payments[seq].state != PaymentState.QUEUED) revert ExitPaymentRefused(paid, claim.recipient);
        emit ExitClaimed(leaf, seq, claim.amount, paid);
    }

    /// @dev The exit if claims are taken and the caller may claim for the account, which has no protocols.
    function _openFor(ExitClaim calldata claim) private view returns (Exit storage exit) {
        exit = ExitStorage.locate();
        bool isOwner = _isOwner(claim.account);
        if (!isOwner && claim.operatorProof.length == 0) revert ExitNotOwner(msg.sender, claim.account);
        if (exit.openedAt == 0) revert ExitNotOpen(ReplicaLib.locate(_edgeIn()).count, exit.count);
        if (!isOwner && !_isOperator(exit, claim)) revert ExitNotOwner(msg.sender, claim.account);
        if (LedgerSlots.hasProtocols(_slot(exit, LedgerSlots.headerOf(claim.account), claim.headerProof))) {
            revert ExitAccountHasProtocols(claim.account);
        }
    }

    /// @dev A caller that is the transaction's origin holds a key, and a key has the same address on every chain; a contract
    ///      at the owner's address here says nothing about the owner, unless the owner lives here.
    function _isOwner(bytes32 account) private view returns (bool) {
        return
            AccountLib.ownerOf(account) == msg.sender &&
            (msg.sender == tx.origin || AccountLib.homeOf(account) == _source);
    }

    /// @dev The ledger gave the caller's key the rights, and they have not ended.
    function _isOperator(Exit storage exit, ExitClaim calldata claim) private view returns (bool) {
        (uint16 rights, uint40 expiry) = LedgerSlots.readOperator(
            _slot(exit, LedgerSlots.operatorOf(claim.account, msg.sender), claim.operatorProof)
        );
        return msg.sender == tx.origin && rights & RIGHTS_NEEDED == RIGHTS_NEEDED && block.timestamp < expiry;
    }

    /// @dev The share of a claim that is paid, scaled 1e18. What the vault lacks of a token is shared by all claims from now
    ///      on: (held − owed) / (accounted − owed); payments that were queued before are paid in full first. The first claim
    ///      ends locking and tells the ledger.
    function _shareOf(Exit storage exit, VaultAsset storage kept, uint16 asset) private returns (uint256 share) {
        share = exit.shares[asset];
        if (share == 0) {
            _endAsset(kept, asset);
            share = 1 + WAD;
        }
        --share;
        (uint256 held, uint256 accounted, uint256 owed) = (_heldOf(kept.token), kept.accounted, kept.owed);
        if (held < accounted) {
            uint256 covered = held > owed ? held : owed;
            if (accounted > owed) share = (share * (covered - owed)) / (accounted - owed);
            kept.accounted = uint104(covered);
            kept.paidCum += uint128(accounted - covered);
            kept.writtenOff += uint120(accounted - covered);
            emit ExitScaled(asset, accounted - covered, share);
        }
        exit.shares[asset] = share + 1;
    }

    /// @dev Ends locking of an asset, and tells the ledger that none of it is left for its lines: what the vault holds is paid
    ///      to claims from here on.
    function _endAsset(VaultAsset storage kept, uint16 asset) private {
        kept.flags = (kept.flags | HINT_EXIT) & ~HINT_SHORT;
        uint104 accounted = kept.accounted;
        _journal(EntryCodec.SHORTFALL, asset, accounted, 0, bytes32(uint256(accounted)));
        emit ICollateralVault.Shortfall(asset, accounted, 0);
    }

    /// @dev Reverts unless the entries lead from a head at a count to one that is known.
    function _requireLeadsOn(
        Exit storage exit,
        bytes32 edge,
        uint64 count,
        bytes32 head,
        bytes calldata entries
    ) private view {
        uint64 end = count + uint64(EntryCodec.countOf(entries));
        bytes32 reached = EntryCodec.fold(head, entries);
        bytes32 known = exit.marks[edge][end];
        if (known == 0 && edge == _edgeOut()) {
            Journal storage journal = JournalLib.locate(edge);
            if (journal.count == end) known = journal.head;
        }
        if (reached != known) revert ExitHeadUnknown(edge, end, reached);
    }

    /// @dev True while an announcement counts: no statement made within the 30 days before it has been accepted since. One
    ///      that was made before is older than what the announcement waited for, whoever holds it back and when.
    function _isStanding(Exit storage exit, uint256 made) private view returns (bool) {
        return exit.announcedAt != 0 && made + SILENCE_S <= exit.announcedAt;
    }

    function _slot(Exit storage exit, bytes32 slot, bytes[] calldata nodes) private view returns (uint256) {
        return StateProof.readSlot(exit.storageRoot, slot, nodes);
    }

    function _self() private view returns (ICollateralVault) {
        return ICollateralVault(address(this));
    }

    /// @dev Name of the edge that this vault replays. The code runs at the vault's address.
    function _edgeIn() private view returns (bytes32) {
        return _self().inboundEdge();
    }

    /// @dev Name of the edge of this vault's journal.
    function _edgeOut() private view returns (bytes32) {
        return _self().outboundEdge();
    }

    function _after(bytes32 slot) private pure returns (bytes32) {
        unchecked {
            return bytes32(uint256(slot) + 1);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice A claim by an owner, or by a protocol's claimant.
/// @param account owner ‖ home ‖ sub-account that holds it
/// @param amount units to claim, at most what is left of the claimed item
/// @param recipient address that is paid on this chain
/// @param headerProof storage proof of the account's header at the ledger
/// @param operatorProof storage proof of the caller's rights at the ledger, empty if the caller is the owner or a protocol's
///        claimant
/// @param protocol 0 for the account's own part, else the ledger's index of the protocol whose share is claimed
/// @param shareProofs storage proofs of the share that each protocol of the account registered (`setExitShare`), in the
///        order of its header; empty if it has none. `claimEntry` and `claimStopped` read neither these nor the header
/// @param unsettledProof storage proof of the units of the asset that a rewind of the ledger had not settled, the first
///        of its slots; may be empty once the asset is ended
struct ExitClaim {
    bytes32 account;
    uint128 amount;
    address recipient;
    bytes[] headerProof;
    bytes[] operatorProof;
    uint32 protocol;
    bytes[][] shareProofs;
    bytes[] unsettledProof;
}

/// @notice The ledger in the anchor block.
/// @param header RLP of the block's header
/// @param account proof of the ledger's account
/// @param head storage proof of the head of the ledger's journal for this vault
/// @param count storage proof of its count, the slot after that
/// @param replicaHead storage proof of the head of the ledger's replica of this vault's journal
/// @param replica storage proof of its count, the slot after that
struct LedgerProof {
    bytes header;
    bytes[] account;
    bytes[] head;
    bytes[] count;
    bytes[] replicaHead;
    bytes[] replica;
}

/// @notice The state of the exit.
/// @param announcedAt block time in seconds of the present announcement, 0 for none
/// @param openableAt first time in seconds at which it can be opened if no newer statement comes
/// @param provenAt block time in seconds of the last proof under this announcement, 0 if there is none
/// @param openedAt block time in seconds from which claims are open, 0 before. Once open, an exit stays open
/// @param anchor hash of the settlement chain's block in which everything is proven: the block of the last accepted
///        statement, and after a proof the proven one
/// @param storageRoot of the ledger in that block
/// @param count of the ledger's journal in that block; claims wait until the replica has reached it
/// @param applied entries of this vault's journal that the ledger had applied in that block
/// @param claims number of claims taken
struct ExitStatus {
    uint40 announcedAt;
    uint40 openableAt;
    uint40 provenAt;
    uint40 openedAt;
    bytes32 anchor;
    bytes32 storageRoot;
    uint64 count;
    uint64 applied;
    uint64 claims;
}

/// @title The exit of a vault whose attesters have stopped
/// @notice Owners withdraw their tokens by storage proofs alone, against the settlement chain's block of the last
///         accepted statement.
/// @dev Steps:
///      1. `announceExit`, 30 days after the newest accepted statement was made, or after two witnesses were shown to
///         be ahead (`noteAhead`).
///      2. `openExit`, 7 days later, unless a statement made since has been accepted.
///      3. `replayExit`, until the replica stands where the ledger's journal stood in that block. So nothing is paid
///         twice and no debited release is lost.
///      4. Claims.
///      Anyone may do everything except claim. Once the replica has reached that count, the exit is open and the vault
///      never accepts a statement again. Until then a statement made since the announcement ends it, and `openExit` may
///      be repeated.
///      While a recovery freezes the verifier, nobody could answer an announcement: none is taken, and an earlier one
///      is void. After a quarantine there are 48 hours left in which to answer.
///
///      Safety: a claim becomes a payment like that of a replayed release. It waits in the same lanes, anyone executes
///      it by `pay`, and nobody can stop it. A line, a parked credit, an entry and a stopped payment can each be
///      claimed up to the units that they hold. Together the claims never exceed what is accounted and not owed. What
///      the ledger had applied must lie on this vault's own journal.
///      The first claim of an asset, or `endAsset`, ends its locks, and the vault's journal reports to the ledger that
///      nothing of it is left there. Units of the asset that a rewind of the ledger had not settled in the anchor block
///      are accounted from then on, so all claimants share that loss. From then on each payment of the asset is made at
///      the present coverage, without a wait: in full while the vault holds everything accounted, else its share of
///      what is there.
///      Liveness: no signature and no role is needed. What is needed is a node that keeps the state of the anchor
///      block. Anyone can store its answers beforehand, see `packages/chain`.
///
///      These may claim for an account: its owner, if the owner lives on this chain; the key of the owner's address,
///      which is the same on every chain; and the key of an operator with the right to release to other recipients at
///      the ledger. A contract that owns an account of another chain should name such an operator while it can, since
///      someone else may deploy code at its address here.
///
///      Lines and parked credits of an account with protocols are split. Each protocol's claimant takes the share that
///      it registered at the ledger (`ILedgerProtocols.setExitShare`), and the account the rest. Shares that sum to
///      more than the whole are scaled down to it. A protocol without a registered share takes nothing. Locks that the
///      ledger had not applied and stopped payments no longer counted for any protocol; they belong to the account
///      alone.
///
///      A stopped payment is claimed by the ledger's own record of its release. That record exists from the debit until
///      the ledger applies a REFUND. So it does not matter whether the REFUND was never journaled, was journaled twice,
///      or had not reached the ledger. A REFUND itself cannot be claimed.
interface IVaultExit {
    /// @notice No statement was ever accepted, so there is no anchor block.
    error ExitAnchorMissing();
    /// @notice The vault is on the ledger's own chain: release at the ledger, which no attester can stop (`LocalDesk`).
    error ExitNeedless();
    /// @notice The newest statement is not old enough for an announcement, a recovery runs, or there was no time to
    ///         answer the announcement.
    error ExitTooEarly(uint256 earliest);
    /// @notice The exit is announced already, or open.
    error ExitUnderWay(uint40 announcedAt);
    /// @notice Statements have already carried the replica to this count, so the witness shows nothing hidden.
    error ExitNotAhead(uint64 count, uint64 heard);
    /// @notice A count of this witness is already on record, and no statement has reached it.
    error ExitAheadNoted(uint8 witness, uint64 count, uint40 since);
    /// @notice No announcement is in force: none was made, a statement made since was accepted, or a recovery froze the
    ///         verifier. Announce again.
    error ExitNotAnnounced();
    /// @notice The header is not that of the anchor block.
    error ExitAnchorMismatch(bytes32 hash, bytes32 anchor);
    /// @notice The ledger's journal in the anchor block is not the one that this vault replays: it has fewer entries,
    ///         or another edge.
    error ExitJournalMismatch(uint64 count, bytes32 head, uint64 replicaCount, bytes32 replicaHead);
    /// @notice Claims are not open yet, or the ledger's journal cannot be replayed now.
    error ExitNotOpen(uint64 replicaCount, uint64 count);
    /// @notice The entries do not lead to a known head.
    error ExitHeadUnknown(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The caller may not claim for the account.
    error ExitNotOwner(address caller, bytes32 account);
    /// @notice The claim lacks the proof of the share that a protocol of the account registered; the protocol is given
    ///         by its index at the ledger.
    error ExitShareMissing(bytes32 account, uint32 protocol);
    /// @notice The asset is not one of this vault.
    error ExitAssetMismatch(uint16 source, uint16 vaultAsset);
    /// @notice The entry cannot be claimed: the ledger applied it, or it is not a LOCK.
    error ExitEntryRefused(uint64 index, uint8 kind, uint64 applied);
    /// @notice The claim is zero, or exceeds what is left of the claimed item.
    error ExitAmountRefused(uint256 amount, uint256 left);
    /// @notice The proven record of the release differs from the given figures. It is 0 if the release already came
    ///         back.
    error ExitRecordMismatch(bytes32 proven, bytes32 given);
    /// @notice The proof shows another account.
    error ExitAccountMismatch(bytes32 proven, bytes32 account);
    /// @notice The claim cannot become a payment: the recipient cannot be paid, or the amount is above the vault's
    ///         limit.
    error ExitPaymentRefused(uint256 amount, address recipient);

    /// @notice The exit was announced.
    /// @param openableAt first time in seconds at which it can be opened if no newer statement comes
    event ExitAnnounced(uint40 openableAt);
    /// @notice A witness showed a count that no statement has reached.
    event ExitAheadSeen(uint8 indexed witness, uint64 count);
    /// @notice The ledger was proven in the anchor block.
    /// @param anchor hash of the block
    /// @param storageRoot of the ledger
    /// @param count of the ledger's journal
    /// @param head of the ledger's journal
    /// @param applied entries of this vault's journal that the ledger had applied
    event ExitProven(bytes32 anchor, bytes32 storageRoot, uint64 count, bytes32 head, uint64 applied);
    /// @notice The replica has reached the ledger's proven journal: claims are open, and statements are no longer accepted.
    /// @param count of the ledger's journal
    /// @param head of the ledger's journal
    event ExitOpened(uint64 count, bytes32 head);
    /// @notice The vault now accounts for `units` more, which a rewind of the ledger had not settled. Emitted before
    ///         `Shortfall`.
    event ExitUnsettled(uint16 indexed asset, uint256 units);
    /// @notice A claim was made; a payment under `seq` follows.
    /// @param leaf the claimed item: keccak256 of its kind and its key, see `claimedOf`
    /// @param seq number of the payment
    /// @param amount units claimed, which is the payment's amount
    event ExitClaimed(bytes32 indexed leaf, uint96 indexed seq, uint128 amount);

    /// @notice The claimant set another recipient of its claim.
    /// @param seq number of the payment
    /// @param recipient the new recipient
    event ExitRedirected(uint96 indexed seq, address recipient);

    /// @notice Announces the exit. Anyone may call it.
    function announceExit() external;

    /// @notice Proves the ledger in the anchor block, and opens the exit if the replica is at the end of the proven
    ///         journal. Anyone may call it. It may be repeated until the exit is open, since a withheld statement may
    ///         have moved the anchor.
    /// @param proof what a node of the settlement chain answers for the anchor block
    /// @param entries packed entries of this vault's journal from what the ledger had applied there, up to a mark
    ///        (`markExit`) or the journal's end
    function openExit(LedgerProof calldata proof, bytes calldata entries) external;

    /// @notice Replays the rest of the ledger's journal, up to the proven count or a mark before it. Anyone may call
    ///         it.
    /// @dev Entries replayed here do not count as heard by statement: a witness that is ahead of all statements stays
    ///      ahead.
    /// @param entries packed entries from the replica's count on
    function replayExit(bytes calldata entries) external;

    /// @notice Stores the head at a count if the entries lead from it to a known head. So a long journal can be
    ///         processed in steps. Anyone may call it.
    /// @param edge first name of the edge of this vault's journal, or of the ledger's
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on
    function markExit(bytes32 edge, uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Ends locks of an asset in an open exit, as its first claim would, and informs the ledger. Anyone may call
    ///         it.
    /// @param asset index of the token at this vault
    /// @param unsettledProof see `ExitClaim`
    function endAsset(uint16 asset, bytes[] calldata unsettledProof) external;

    /// @notice Claims a line, or a part of it.
    /// @param claim the account, the amount and the claimant's proofs
    /// @param assetId ledger-wide index of the asset
    /// @param lineProof storage proof of the line
    /// @param assetProof storage proof of the asset's first slot; may be empty once anyone has shown it
    /// @return seq number of the payment
    function claimLine(
        ExitClaim calldata claim,
        uint16 assetId,
        bytes[] calldata lineProof,
        bytes[] calldata assetProof
    ) external returns (uint96 seq);

    /// @notice Claims a parked credit with its fee, or a part of it.
    /// @param claim the account, the amount and the claimant's proofs
    /// @param index number of the entry that was parked
    /// @param accountProof storage proof of its first slot
    /// @param amountProof storage proof of its second slot
    /// @return seq number of the payment
    function claimParked(
        ExitClaim calldata claim,
        uint96 index,
        bytes[] calldata accountProof,
        bytes[] calldata amountProof
    ) external returns (uint96 seq);

    /// @notice Claims a lock that the ledger had not applied in the anchor block, with its fee, or a part of it.
    /// @param claim the account, the amount and the claimant's proofs
    /// @param index number of the entry
    /// @param headBefore head of this vault's journal before it
    /// @param entries packed entries from it on, up to a mark, the count at which the exit opened, or the journal's end
    /// @return seq number of the payment
    function claimEntry(
        ExitClaim calldata claim,
        uint64 index,
        bytes32 headBefore,
        bytes calldata entries
    ) external returns (uint96 seq);

    /// @notice Claims a stopped payment that had not come back to its line in the anchor block, or a part of it.
    /// @param claim the account of the release, the amount and the claimant's proofs
    /// @param which number of the release
    /// @param asset the release's asset at this vault
    /// @param released the release's amount
    /// @param recordProof storage proof of the ledger's record of the release
    /// @return seq number of the payment
    function claimStopped(
        ExitClaim calldata claim,
        uint96 which,
        uint16 asset,
        uint128 released,
        bytes[] calldata recordProof
    ) external returns (uint96 seq);
}

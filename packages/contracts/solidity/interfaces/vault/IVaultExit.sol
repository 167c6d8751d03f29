// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice The claim of an owner, or of a protocol's claimant.
/// @param account owner ‖ home ‖ sub-account that holds it
/// @param amount units of what is claimed; a part is fine
/// @param recipient who is paid on this chain
/// @param headerProof storage proof of the account's header at the ledger
/// @param operatorProof storage proof of the caller's rights at the ledger, empty if the caller is the owner or a protocol's
///        claimant
/// @param protocol 0 for the account's own part, else the index at the ledger of the protocol whose share is claimed
/// @param shareProofs storage proofs of what each protocol of the account registered (`setExitShare`), in the order of its
///        header; empty if it has none. Of an entry (`claimEntry`) and of a stopped payment (`claimStopped`) neither these nor
///        the header are looked at
/// @param unsettledProof storage proof of what a rewind of the ledger had not settled of the asset, the first of its slots; may be
///        empty once the asset is ended
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
/// @param announcedAt block time in seconds of the announcement that counts, 0 for none
/// @param openableAt first time in seconds at which it can be opened if no newer statement comes
/// @param provenAt block time in seconds of the last proof under this announcement, 0 before
/// @param openedAt block time in seconds from which claims are open, 0 before; this cannot be undone
/// @param anchor hash of the settlement chain's block that everything is proven in: before a proof that of the last accepted
///        statement, then the proven one
/// @param storageRoot of the ledger in that block
/// @param count the ledger's journal in that block; claims wait until the replica stands there
/// @param applied entries of this vault's journal that the ledger had applied in that block
/// @param claims how many were taken
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
/// @notice Owners withdraw their tokens with storage proofs only, in the settlement chain's block of the last accepted
///         statement.
/// @dev Order of acts: `announceExit` 30 days after the newest accepted statement was made, or after two witnesses were shown to be
///      ahead (`noteAhead`); `openExit` 7 days later, unless a
///      statement made since has been accepted; `replayExit` until the replica stands where the ledger's journal stood in
///      that block, so that nothing is paid twice and no debited release is lost; then claims. Anyone may do everything but
///      claim. When the replica stands there, the exit is open and the vault takes no statement again; until then one that
///      was made since ends the announcement, and `openExit` may be repeated.
///      While a recovery freezes the verifier nobody could answer an announcement: none is taken, and one of before is void.
///      After a quarantine 48 hours are left to answer in.
///
///      Safety: a claim is a payment like a replayed release: it waits in the same lanes, anyone executes it by `pay`, and nobody
///      stops it. A line, a parked credit, an entry and a stopped payment are claimed up to the units that they hold, together never more than is
///      accounted and not owed. What the ledger had applied must lie on this vault's own journal. At the first claim of an asset, or by `endAsset`, its locks end, and the vault's journal tells the ledger that
///      nothing of it is left there. What a rewind of the ledger had not settled of it in the anchor block is accounted from then on, so
///      that all who claim bear it. From then on each payment of the asset is made at the coverage of the moment, without a wait:
///      in full while the vault holds all that is accounted, else its share of what is there.
///      Liveness: no signature and no role is needed. A node that keeps the state of the anchor block is; what it answers can
///      be kept by anyone, see `packages/chain`.
///
///      Who may claim for an account: its owner, if it lives on this chain; or the key of the owner's address, which is the
///      same on every chain; or the key of an operator that the owner gave the right to release to other recipients at the
///      ledger. A contract that owns an account of another chain names such an operator while it can: whoever deploys code
///      at its address here need not be its owner.
///      Lines and parked credits of an account that has opted in to protocols are split: each protocol's claimant takes the share
///      that it registered at the ledger (`ILedgerProtocols.setExitShare`), the account the rest; together never more than the whole, and
///      shares that sum to more are scaled to it. A protocol that registered nothing takes nothing. Locks that the ledger had not
///      applied and payments that were stopped counted for no protocol any more, and are the account's alone.
///
///      A stopped payment is claimed by the ledger's own record of its release, which is there from the debit until a REFUND of it
///      is applied: so neither a REFUND that the ledger had not heard of, nor one that was journaled again, nor one that was never
///      journaled decides what comes back. No REFUND is claimed itself.
interface IVaultExit {
    /// @notice No statement was ever accepted, so there is no block to prove anything in.
    error ExitAnchorMissing();
    /// @notice The newest statement is not old enough for an announcement, a recovery runs, or there was no time to answer one.
    error ExitTooEarly(uint256 earliest);
    /// @notice The exit is announced already, or open.
    error ExitUnderWay(uint40 announcedAt);
    /// @notice The count is not above that to which statements carried the replica: nothing is hidden.
    error ExitNotAhead(uint64 count, uint64 heard);
    /// @notice A count of the witness is on record, and no statement has reached it.
    error ExitAheadNoted(uint8 witness, uint64 count, uint40 since);
    /// @notice Nothing was announced, a statement made since was accepted, or a recovery froze the verifier: announce again.
    error ExitNotAnnounced();
    /// @notice The header is not that of the anchor block.
    error ExitAnchorMismatch(bytes32 hash, bytes32 anchor);
    /// @notice The ledger's journal in the anchor block is not the one that this vault replays: it holds less, or no edge.
    error ExitJournalMismatch(uint64 count, bytes32 head, uint64 replicaCount, bytes32 replicaHead);
    /// @notice Claims are not taken yet, or the ledger's journal is not to be replayed now.
    error ExitNotOpen(uint64 replicaCount, uint64 count);
    /// @notice The entries lead to no head that is known.
    error ExitHeadUnknown(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The caller may not claim for the account.
    error ExitNotOwner(address caller, bytes32 account);
    /// @notice The account has opted in to a protocol, by its index at the ledger, whose registered share is not shown.
    error ExitShareMissing(bytes32 account, uint32 protocol);
    /// @notice The asset is not one of this vault.
    error ExitAssetMismatch(uint16 source, uint16 vaultAsset);
    /// @notice Its account cannot claim this entry: the ledger applied it, or it is not a LOCK.
    error ExitEntryRefused(uint64 index, uint8 kind, uint64 applied);
    /// @notice The claim is zero, or exceeds what is left of the claimed item.
    error ExitAmountRefused(uint256 amount, uint256 left);
    /// @notice The proof shows another record of the release, 0 for none: it came back, or other figures were given.
    error ExitRecordMismatch(bytes32 proven, bytes32 given);
    /// @notice The proof shows another account.
    error ExitAccountMismatch(bytes32 proven, bytes32 account);
    /// @notice No payment can be made of that: the recipient cannot be paid, or the amount is above the vault's limit.
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
    /// @notice The vault accounts for as many more units, which a rewind of the ledger had not settled. Before `Shortfall`.
    event ExitUnsettled(uint16 indexed asset, uint256 units);
    /// @notice A claim was made; a payment under `seq` follows.
    /// @param leaf what was claimed: keccak256 of its kind and its key, see `claimedOf`
    /// @param seq number of the payment
    /// @param amount units claimed, and of the payment
    event ExitClaimed(bytes32 indexed leaf, uint96 indexed seq, uint128 amount);

    /// @notice The claimant set another recipient of its claim.
    /// @param seq number of the payment
    /// @param recipient who is paid now
    event ExitRedirected(uint96 indexed seq, address recipient);

    /// @notice Announces the exit. Anyone may.
    function announceExit() external;

    /// @notice Proves the ledger in the anchor block, and opens the exit if the replica is at its journal's end. Anyone may
    ///         call it, and again until it is open: a withheld statement may have moved the anchor.
    /// @param proof what a node of the settlement chain answers for the anchor block
    /// @param entries packed entries of this vault's journal from what the ledger had applied there, up to a mark
    ///        (`markExit`) or the journal's end
    function openExit(LedgerProof calldata proof, bytes calldata entries) external;

    /// @notice Replays the rest of the ledger's journal, up to the proven count or a mark before it. Anyone may.
    /// @dev Entries replayed this way are not statements: witnesses that are ahead of all statements stay ahead.
    /// @param entries packed entries from the replica's count on
    function replayExit(bytes calldata entries) external;

    /// @notice Stores the head at a count if the entries lead from it to a head that is known, so that a long journal is
    ///         gone through in steps. Anyone may.
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
    /// @param claim who claims how much for whom
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
    /// @param claim who claims how much for whom
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

    /// @notice Claims a lock, with its fee, that the ledger had not applied in the anchor block, or a part of it.
    /// @param claim who claims how much for whom
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

    /// @notice Claims a payment that was stopped and had not come back to its line in the anchor block, or a part of it.
    /// @param claim who claims how much for whom; its account is the release's
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

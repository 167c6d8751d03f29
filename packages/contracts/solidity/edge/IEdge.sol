// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice The state of a source's replica; the numbers are fixed for the whole protocol.
/// @dev 0 none. Stale and dark follow from `asOf`; impaired is a flag of the asset.
enum SourceState {
    NONE,
    LIVE,
    CONTESTED,
    QUARANTINED,
    HALTED,
    RECOVERY,
    CLOSED
}

/// @notice The statement that attesters sign about a journal at a final frame block B of its chain.
/// @param edge name of the journal's edge
/// @param count number of entries that `head` commits to: the tip, or a cut passed since the previous frame
/// @param tip the journal's count at B
/// @param head the journal's head at `count`
/// @param blockNumber height of B
/// @param blockHash hash of B
/// @param asOf time of B in seconds
/// @param epoch attester set of the destination that was active at `asOf`
struct JournalHead {
    bytes32 edge;
    uint64 count;
    uint64 tip;
    bytes32 head;
    uint64 blockNumber;
    bytes32 blockHash;
    uint64 asOf;
    uint32 epoch;
}

/// @title Errors and events common to both ends of an edge
/// @notice A vault and a ledger each append one journal and replay the other's. The libraries of this folder define the
///         rules.
interface IEdge {
    /// @notice The statement names another edge than the one replayed here, or uses an earlier or later name of it.
    error EdgeMismatch(bytes32 edge, bytes32 expected);
    /// @notice The statement's count is neither its tip nor a cut (a multiple of 64) below its tip.
    error CountNeitherTipNorCut(uint64 count, uint64 tip);
    /// @notice The batch starts above the replica's count, so entries are missing.
    error EntriesMissing(uint64 from, uint64 count);
    /// @notice The batch does not end at the statement's count.
    error EntriesEndElsewhere(uint256 end, uint64 count);
    /// @notice The count is not above the one already known.
    error NothingNew(uint64 count, uint64 knownCount);
    /// @notice The replayed head differs from the attested one.
    error HeadMismatch(bytes32 replayed, bytes32 attested);
    /// @notice The statement's `asOf` lies more than 120 seconds in the future.
    error AsOfAhead(uint64 asOf, uint256 latestAccepted);
    /// @notice The statement's `asOf` is below the one accepted last.
    error AsOfFell(uint64 asOf, uint40 accepted);
    /// @notice `refresh` accepts only a statement whose count is its tip and the replica's count, with the replica's
    ///         head.
    error NotAtReplica(bytes32 edge, uint64 count, uint64 replicaCount);
    /// @notice A batch may store the head at no more than 4 marks.
    error TooManyMarks(uint256 count, uint256 max);
    /// @notice Marks must ascend strictly, above the replica's count and up to the statement's. A count given to `mark`
    ///         must be above 0 and at most the replica's.
    error MarkOutOfRange(uint64 mark, uint64 after_, uint64 upTo);
    /// @notice No head is known at that count: name it as a mark of a batch, or `mark` it from a known head.
    error MarkMissing(uint64 count);
    /// @notice The witness does not count: it has shown another head before, or its place is empty.
    error WitnessNotCounting(uint8 witness);
    /// @notice The witness has no record of that count.
    error RecordMissing(uint8 witness, uint64 count);
    /// @notice The witness recorded another head, but does not wait for enough finality to contradict.
    error RecordDiffers(uint8 witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice The point's `count` is above its tip.
    error PointPastTip(uint64 count, uint64 tip);
    /// @notice With this little gas, a contract that fails cannot be told from one that runs out of gas.
    error GasTooLow(uint256 gasLeft, uint256 needed);

    /// @notice A newer statement of the replica's own (count, head) was accepted.
    /// @param edge name that the statement carried
    /// @param count number of entries
    /// @param asOf time in seconds of the journal's block
    event Refreshed(bytes32 indexed edge, uint64 count, uint64 asOf);
    /// @notice An entry without an event of its own was appended. Its fee is 0.
    /// @param edge first name of the journal's edge
    /// @param index number of the entry, from 1
    /// @param kind a constant of `EntryCodec`
    /// @param asset index of the token at its vault, 0 if the kind has none
    /// @param amount meaning by kind
    /// @param account owner ‖ home ‖ sub-account, 0 if the kind has none
    /// @param party meaning by kind
    event Journaled(
        bytes32 indexed edge,
        uint64 indexed index,
        uint8 kind,
        uint16 asset,
        uint128 amount,
        bytes32 indexed account,
        bytes32 party
    );
}

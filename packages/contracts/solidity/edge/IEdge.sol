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

/// @notice What attesters sign about a journal at a final frame block B of its chain.
/// @param edge name of the journal's edge
/// @param count number of entries that `head` commits to: the tip, or a cut passed since the frame before
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
/// @notice A vault and a ledger each append one journal and replay the other's. The rules are the libraries of this folder.
interface IEdge {
    /// @notice The statement speaks of another edge than the one that is replayed here, or carries another name of it.
    error EdgeMismatch(bytes32 edge, bytes32 expected);
    /// @notice A statement's count must be its tip, or a cut (a multiple of 64) below its tip.
    error CountNeitherTipNorCut(uint64 count, uint64 tip);
    /// @notice The batch starts past the replica's count, so entries are missing between.
    error EntriesMissing(uint64 from, uint64 count);
    /// @notice The batch does not end at the statement's count.
    error EntriesEndElsewhere(uint256 end, uint64 count);
    /// @notice The count is not above the one that is known: nothing new to take.
    error NothingNew(uint64 count, uint64 knownCount);
    /// @notice The replayed head differs from the attested one.
    error HeadMismatch(bytes32 replayed, bytes32 attested);
    /// @notice `asOf` may lie at most 120 seconds in the future.
    error AsOfAhead(uint64 asOf, uint256 latestAccepted);
    /// @notice `asOf` may not fall.
    error AsOfFell(uint64 asOf, uint40 accepted);
    /// @notice `refresh` takes only a statement whose count is its tip and the replica's count, with the replica's head.
    error NotAtReplica(bytes32 edge, uint64 count, uint64 replicaCount);
    /// @notice A batch stores the head at no more than 4 marks.
    error TooManyMarks(uint256 count, uint256 max);
    /// @notice Marks ascend strictly and lie past the replica's count, up to the statement's. One that `mark` stores lies after 0, up to
    ///         the replica's count.
    error MarkOutOfRange(uint64 mark, uint64 after_, uint64 upTo);
    /// @notice No head is known at that count: name it as a mark, or `mark` it from one that is known.
    error MarkMissing(uint64 count);
    /// @notice The witness has shown another head before, or its place is empty: it does not count.
    error WitnessNotCounting(uint8 witness);
    /// @notice The witness has no record of that count.
    error RecordMissing(uint8 witness, uint64 count);
    /// @notice The witness recorded another head, but waits for too little finality to contradict.
    error RecordDiffers(uint8 witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice The point's head has another count than its tip allows: `count` is above the tip.
    error PointPastTip(uint64 count, uint64 tip);
    /// @notice Too little gas was given to tell a contract that fails from an empty tank.
    error GasTooLow(uint256 gasLeft, uint256 needed);

    /// @notice The replica is at the journal's (count, head) of time `asOf`.
    /// @param edge name that the statement carried
    /// @param count number of entries
    /// @param asOf time in seconds of the journal's block
    event Refreshed(bytes32 indexed edge, uint64 count, uint64 asOf);
    /// @notice An entry without an event of its own was appended. Its fee is 0.
    /// @param edge first name of the journal's edge
    /// @param index number of the entry, from 1
    /// @param kind a constant of `EntryCodec`
    /// @param asset index of the token at its vault, 0 if none is meant
    /// @param amount meaning by kind
    /// @param account owner ‖ home ‖ sub-account, 0 if none is meant
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

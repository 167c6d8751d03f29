// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {JournalHead} from "../edge/IEdge.sol";

/// @title The verifier of signed statements on one destination chain
/// @notice Stores the attesters of each epoch and verifies that enough of one epoch signed a statement. Also handles
///         rotations, halts, evidence, suspensions and, as a last resort, a recovery set.
/// @dev Safety: with at most f = n − k dishonest members nothing false verifies (k = floor(2n/3) + 1). Signatures of two
///      epochs never add up, and n, k and the members of an epoch never change: only its end, its suspended members and a
///      hint do. The floors (k from n, notices, delays) are constants.
///      Liveness: with at most n − k members silent, k signatures can be had. n − k + 1 members can halt every edge, the
///      guardian clears a halt after a day and suspends up to f of them for 30 days, and governor and guardian together can
///      install a set without anybody's signature. The newest epoch has no end: it is accepted until 24 h after a
///      successor's beginning, whatever keeps the successor away. The EIP-712 domain is this contract's: name "Surety", version "1", the chain id
///      and this address.
interface IAttesterSet {
    /// @notice The set must have 4 to 31 members.
    error MemberCountOutOfRange(uint256 count, uint256 min, uint256 max);
    /// @notice Members must ascend strictly by address, so none is zero or listed twice.
    error MembersNotAscending(address previous, address member);
    /// @notice A member is a contract, which cannot sign. A key that delegated its code (EIP-7702) does not count as one.
    error MemberIsContract(address member);
    /// @notice A role was given the zero address.
    error RoleMissing();
    /// @notice No such epoch was written.
    error EpochUnknown(uint32 epoch, uint32 newest);
    /// @notice The epoch is not active yet at this block's time.
    error EpochNotActive(uint32 epoch, uint40 activeFrom, uint256 blockTime);
    /// @notice The epoch has expired at this block's time.
    error EpochExpired(uint32 epoch, uint40 expires, uint256 blockTime);
    /// @notice The bytes are no whole number of 65-byte signatures.
    error SignaturesNotWhole(uint256 length);
    /// @notice Fewer signatures than the epoch asks for.
    error TooFewSignatures(uint256 count, uint256 needed);
    /// @notice The signature's s lies in the upper half, so a second form of it exists.
    error SignatureMalleable(uint256 index, bytes32 s);
    /// @notice The signature recovers no address: r, s or v is out of range.
    error SignatureInvalid(uint256 index);
    /// @notice Signatures must ascend strictly by signer, so that no signer counts twice.
    error SignersNotAscending(uint256 index, address previous, address signer);
    /// @notice The signer is no member of the epoch.
    error SignerUnknown(uint256 index, address signer, uint32 epoch);
    /// @notice The signer is suspended in the epoch.
    error SignerSuspended(uint256 index, address signer, uint32 epoch);

    /// @notice The caller does not hold the role that the function asks for.
    error NotAuthorized(address caller, address needed);
    /// @notice A new epoch must begin after the notice that every attester needs, and within what a signature may promise.
    error ActiveFromOutOfRange(uint40 activeFrom, uint256 earliest, uint256 latest);
    /// @notice Evidence was taken against more members of the new set than a set may bear.
    error TooManyProven(uint256 proven, uint256 max);
    /// @notice The edge is halted.
    error EdgeHalted(bytes32 edge);
    /// @notice The edge is not halted.
    error EdgeNotHalted(bytes32 edge);
    /// @notice A halt is signed for the epoch that is active when it is submitted.
    error HaltOfOtherEpoch(uint32 epoch, uint32 active);
    /// @notice A halt names how often the edge was cleared before, so a cleared one is void.
    error HaltNonceMismatch(bytes32 edge, uint64 nonce, uint64 expected);
    /// @notice A halt lasts at least a day.
    error ClearingTooSoon(bytes32 edge, uint256 blockTime, uint256 earliest);
    /// @notice More members were shown to be dishonest than the set bears: nothing verifies until a recovery set is active.
    error VerifierIsStopped();
    /// @notice A recovery set is on its way: nothing verifies before this time.
    error InRecovery(uint40 until);
    /// @notice The two statements are about different edges; or about different counts, and neither tip denies the other.
    error EvidenceOfTwoPlaces(bytes32 edge, bytes32 otherEdge, uint64 count, uint64 otherCount);
    /// @notice The two statements name one head, and neither tip denies the other: a restatement, which is no evidence.
    error EvidenceAgrees(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The two statements have different signers.
    error EvidenceOfTwoSigners(address signer, address otherSigner);
    /// @notice The evidence changes nothing: its signer is known and suspended wherever it is a member.
    error NothingToProve(address member);
    /// @notice The address is no unsuspended member of an epoch that is still accepted.
    error NothingToSuspend(address member);
    /// @notice An epoch bears no further suspension, since k members would not be left.
    error SuspensionsExhausted(uint32 epoch, uint256 max);
    /// @notice The guardian's last suspensions have ended, and its next ones begin at the earliest 60 days after the last began.
    error SuspensionTooSoon(uint256 blockTime, uint256 earliest);
    /// @notice Proposals of a recovery set begin at least 60 days apart.
    error RecoveryTooSoon(uint256 blockTime, uint256 earliest);
    /// @notice No recovery set is proposed, or its time has passed.
    error RecoveryNotProposed();
    /// @notice A recovery set waits 14 days.
    error RecoveryNotReady(uint256 blockTime, uint256 readyAt);
    /// @notice These are not the members that governor and guardian agreed on.
    error RecoveryMembersMismatch(bytes32 members, bytes32 agreed);

    /// @notice A set became part of the verifier.
    /// @param epoch number of the set, from 1
    /// @param members addresses, ascending
    /// @param k signatures needed
    event Rotated(uint32 indexed epoch, address[] members, uint8 k);
    /// @notice The end of an epoch was set by its successor.
    /// @param epoch number of the set, from 1
    /// @param expires first time in seconds at which it is refused
    event EpochEndSet(uint32 indexed epoch, uint40 expires);
    /// @notice An edge was stopped; the reason is unsigned.
    /// @param edge name of the edge
    /// @param nonce how often the edge was cleared before
    /// @param reason unsigned, what the caller stated
    event Halted(bytes32 indexed edge, uint64 nonce, bytes32 reason);
    /// @notice The guardian cleared the halt of an edge.
    /// @param edge name of the edge
    /// @param nonce what the next halt of the edge must name
    event HaltCleared(bytes32 indexed edge, uint64 nonce);
    /// @notice A member signed two heads for one count of one edge.
    /// @param member address of the attester
    /// @param edge name of the edge
    /// @param count number of entries
    event Equivocation(address indexed member, bytes32 indexed edge, uint64 count);
    /// @notice A member signed a lower tip of an edge for a later block than a higher one.
    /// @param member address of the attester
    /// @param edge name of the edge
    /// @param tip the higher tip, which the later statement denies
    event TipHidden(address indexed member, bytes32 indexed edge, uint64 tip);
    /// @notice A member's signatures are refused in an epoch from now on.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    /// @param until first time in seconds at which they count again; the largest value for good, on evidence
    event Suspended(uint32 indexed epoch, address indexed member, uint40 until);
    /// @notice A member that the guardian suspended signs again before that time, since evidence against another one took
    ///         its place.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    event SuspensionLifted(uint32 indexed epoch, address indexed member);
    /// @notice Evidence against a member passed what its epoch bears: nothing verifies until a recovery set is active.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    event VerifierStopped(uint32 indexed epoch, address indexed member);
    /// @notice One of governor and guardian agreed to a recovery set.
    /// @param by who agreed
    /// @param members keccak256 of the sorted packed addresses
    event RecoveryAgreed(address indexed by, bytes32 members);
    /// @notice Governor and guardian proposed a recovery set: nothing verifies until it is active, withdrawn or lapsed.
    /// @param members addresses, ascending
    /// @param readyAt first time in seconds at which it can be installed
    /// @param lapsesAt first time in seconds at which it cannot any more
    event RecoveryProposed(address[] members, uint40 readyAt, uint40 lapsesAt);
    /// @notice A proposed recovery set was withdrawn.
    /// @param by who withdrew it
    event RecoveryWithdrawn(address indexed by);
    /// @notice A set was installed without old signatures; every older epoch ended.
    /// @param epoch number of the set, from 1
    /// @param members addresses, ascending
    event Recovered(uint32 indexed epoch, address[] members);

    /// @notice Accepts the struct hash if at least k members of the epoch signed it, else reverts with a typed error.
    /// @dev Every signature given must be valid: one bad signature refuses the whole. The epoch must be active and not
    ///      expired at this block's time.
    /// @param structHash EIP-712 struct hash, see `Statements`
    /// @param epoch the one set whose members signed
    /// @param sigs concatenated r ‖ s ‖ v of 65 bytes, ascending by signer address, s in the lower half, v 27 or 28
    function verify(bytes32 structHash, uint32 epoch, bytes calldata sigs) external view;

    /// @notice As `verify` for a journal's head under the epoch that it names, and refuses heads of a halted edge.
    /// @param statement what attesters sign
    /// @param sigs see `verify`
    function verifyHead(JournalHead calldata statement, bytes calldata sigs) external view;

    /// @notice Installs the next epoch, signed by the newest one, which must be active: so one waits at most. [governor]
    /// @dev Signed is `Rotation` with the new epoch's number, one above the newest. The newest then ends 24 h after its
    ///      successor's beginning. Members against whom evidence was taken start suspended.
    /// @param members addresses, ascending
    /// @param activeFrom time in seconds, between `ROTATION_NOTICE` and `ROTATION_NOTICE_MAX` ahead
    /// @param sigs see `verify`
    function rotate(address[] calldata members, uint40 activeFrom, bytes calldata sigs) external;

    /// @notice Returns the name of what k members of the newest epoch agreed to with a rotation: the number of the next
    ///         epoch and its members, whatever the date and whoever signed. Arguments as for `rotate`.
    /// @dev Reverts as `rotate` does unless k valid signatures are given now. A timelock asks it to know an operation again.
    /// @param members addresses, ascending
    /// @param activeFrom time in seconds
    /// @param sigs see `verify`
    function rotationContentOf(
        address[] calldata members,
        uint40 activeFrom,
        bytes calldata sigs
    ) external view returns (bytes32 content);

    /// @notice Stops an edge with n − k + 1 signatures of the active epoch. Anyone may submit them.
    /// @param edge name of the edge
    /// @param nonce how often the edge was cleared before, see `haltOf`
    /// @param epoch the active epoch, see `epoch()`
    /// @param sigs as `verify` takes them, but n − k + 1 suffice
    /// @param reason unsigned, kept in the event
    function halt(bytes32 edge, uint64 nonce, uint32 epoch, bytes calldata sigs, bytes32 reason) external;

    /// @notice Lets a halted edge go on, a day after its halt at the earliest. [guardian]
    /// @param edge name of the edge
    function clearHalt(bytes32 edge) external;

    /// @notice Suspends a member that contradicted itself at one edge, for good, in every epoch still accepted or to come.
    /// @dev Anyone may submit it. Two statements of one member and edge are evidence if
    ///      - they name two heads for one count, or
    ///      - the later one has the lower tip: `asOf` is greater, or the same and `blockNumber` not lower.
    ///
    ///      No honest attester makes either. It signs the journal's count at final blocks of one chain; along a chain the
    ///      count never falls, and no block is older than its parent, so a later time means a higher block and a tip at least
    ///      as high. Blocks that share a second are told apart by their heights. A replica that was rewound has another edge name. A chain
    ///      that broke its finality latches a halt in the attester before anything is signed, and its signing history refuses
    ///      such a pair by itself.
    ///
    ///      Beyond n − k members suspended by evidence in one epoch the verifier stops until recovery. Where guardian and
    ///      evidence together pass n − k, a suspension by the guardian ends. An older epoch's member is remembered: it starts
    ///      suspended in any set to come.
    /// @param a one statement, by a member of the epoch that it names or of one still accepted or to come
    /// @param sigA the member's signature of it
    /// @param b another statement for the same edge
    /// @param sigB the member's signature of that
    function prove(JournalHead calldata a, bytes calldata sigA, JournalHead calldata b, bytes calldata sigB) external;

    /// @notice Suspends a member in every epoch, still accepted or to come, that bears it; guardian and evidence together
    ///         reach at most n − k of an epoch. [guardian]
    /// @dev It ends by itself: all suspensions by the guardian end `SUSPENSION_LENGTH` after the first of a round, and rounds
    ///      begin `SUSPENSION_INTERVAL` apart at least. So a guardian that suspends whom it can leaves k signatures harder to
    ///      have for half of the time at most.
    /// @param member address of the attester
    function suspend(address member) external;

    /// @notice Agrees to a set that needs no old signatures; the second of the two agreements, at most 7 days after the
    ///         first, proposes it and freezes the verifier. [governor and guardian]
    /// @param members addresses, ascending
    function proposeRecovery(address[] calldata members) external;

    /// @notice Withdraws a proposed set and ends its freeze. [governor or guardian]
    function withdrawRecovery() external;

    /// @notice Installs the proposed set, 14 to 21 days after its proposal; older epochs end now. Anyone may call it.
    /// @dev The verifier stays frozen until the new epoch is active, `ROTATION_NOTICE` later.
    /// @param members addresses, ascending, as proposed
    function recover(address[] calldata members) external;

    /// @notice Returns whether an edge is halted, how often it was cleared before, and since when in seconds (0 if not).
    /// @param edge name of the edge
    function haltOf(bytes32 edge) external view returns (bool halted, uint64 nonce, uint40 since);

    /// @notice Returns whether nothing verifies until recovery, since too many members were shown to be dishonest.
    function stopped() external view returns (bool);

    /// @notice Returns whether a recovery set is proposed or not active yet: credit, payment and weights stand still.
    function inRecovery() external view returns (bool);

    /// @notice Returns the last or running recovery: what was proposed and the times in seconds, all 0 before the first.
    /// @return membersHash keccak256 of the sorted packed addresses, 0 if none waits
    /// @return proposedAt when governor and guardian had both agreed
    /// @return frozenUntil first time at which it freezes nothing any more
    function recovery() external view returns (bytes32 membersHash, uint40 proposedAt, uint40 frozenUntil);

    /// @notice Returns whether evidence was ever taken against an address.
    /// @param member address of an attester
    function proven(address member) external view returns (bool);

    /// @notice Returns the newest epoch that is active at this block's time, 0 before the first one is.
    function epoch() external view returns (uint32);

    /// @notice Returns the newest epoch that was written.
    function newestEpoch() external view returns (uint32);

    /// @notice Returns the members of an epoch, ascending.
    /// @param epoch number of the set, from 1
    function members(uint32 epoch) external view returns (address[] memory);

    /// @notice Returns how many signatures an epoch asks for.
    /// @param epoch number of the set, from 1
    function k(uint32 epoch) external view returns (uint8);

    /// @notice Returns the time in seconds from which an epoch's statements are made.
    /// @param epoch number of the set, from 1
    function activeFrom(uint32 epoch) external view returns (uint40);

    /// @notice Returns the first time in seconds at which an epoch is refused; the largest value while it has no successor.
    /// @param epoch number of the set, from 1
    function expires(uint32 epoch) external view returns (uint40);

    /// @notice Returns the members of an epoch that are suspended at this block's time, bit i for `members(epoch)[i]`.
    /// @param epoch number of the set, from 1
    function suspended(uint32 epoch) external view returns (uint32 bitmap);

    /// @notice Returns the first time in seconds at which the members that the guardian suspended sign again; 0 if none
    ///         waits.
    /// @param epoch number of the set, from 1
    function suspensionEnd(uint32 epoch) external view returns (uint40);

    /// @notice Returns the EIP-712 domain separator of this verifier.
    function domainSeparator() external view returns (bytes32);

    /// @notice Returns the 32-byte digest that attesters sign for this verifier.
    /// @param statement what attesters sign
    function hashOf(JournalHead calldata statement) external view returns (bytes32);
}

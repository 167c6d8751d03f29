// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {JournalHead} from "../edge/IEdge.sol";

/// @title The verifier of signed statements on one destination chain
/// @notice Stores the attesters of each epoch and verifies that enough of one epoch signed a statement. Also handles
///         rotations, halts, evidence, suspensions and, as a last resort, a recovery set.
/// @dev Safety: with at most f = n − k dishonest members, nothing false verifies (k = floor(2n/3) + 1). Signatures of
///      two epochs never add up. An epoch's n, k and members never change; only its end, its suspended members and a
///      hint do. The floors (k from n, notices, delays) are constants.
///      Liveness: with at most n − k members silent, k signatures can be had. n − k + 1 members can halt every edge.
///      The guardian clears a halt after a day, and suspends up to f members for 30 days. Governor and guardian
///      together can install a set without any member's signature. The newest epoch has no end: it is accepted until 24
///      h after its successor begins, however late that is.
///      The EIP-712 domain is this contract's: name "Surety", version "1", the chain id and this address.
interface IAttesterSet {
    /// @notice The set must have 4 to 31 members.
    error MemberCountOutOfRange(uint256 count, uint256 min, uint256 max);
    /// @notice Members must ascend strictly by address, so none is zero or listed twice.
    error MembersNotAscending(address previous, address member);
    /// @notice A member is a contract, which cannot sign. A key that delegated its code (EIP-7702) does not count as one.
    error MemberIsContract(address member);
    /// @notice A role was given the zero address.
    error RoleMissing();
    /// @notice This chain gives a created contract another address than Ethereum does.
    error MembersElsewhere(address written, address expected);
    /// @notice No epoch has this number.
    error EpochUnknown(uint32 epoch, uint32 newest);
    /// @notice The epoch is not active yet at this block's time.
    error EpochNotActive(uint32 epoch, uint40 activeFrom, uint256 blockTime);
    /// @notice The epoch has expired at this block's time.
    error EpochExpired(uint32 epoch, uint40 expires, uint256 blockTime);
    /// @notice The length of the bytes is not a multiple of 65, the size of one signature.
    error SignaturesNotWhole(uint256 length);
    /// @notice There are fewer signatures than the epoch requires.
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

    /// @notice The caller does not hold the role that the function requires.
    error NotAuthorized(address caller, address needed);
    /// @notice A new epoch must begin after `ROTATION_NOTICE` and within `ROTATION_NOTICE_MAX` from now.
    error ActiveFromOutOfRange(uint40 activeFrom, uint256 earliest, uint256 latest);
    /// @notice Evidence was taken against more than n − k members of the new set.
    error TooManyProven(uint256 proven, uint256 max);
    /// @notice The edge is halted.
    error EdgeHalted(bytes32 edge);
    /// @notice The edge is not halted.
    error EdgeNotHalted(bytes32 edge);
    /// @notice A halt must be signed for the epoch that is active when it is submitted.
    error HaltOfOtherEpoch(uint32 epoch, uint32 active);
    /// @notice The halt must name how often the edge was cleared before. Clearing so voids older halts.
    error HaltNonceMismatch(bytes32 edge, uint64 nonce, uint64 expected);
    /// @notice A halt can be cleared only after a day.
    error ClearingTooSoon(bytes32 edge, uint256 blockTime, uint256 earliest);
    /// @notice Evidence was taken against more members than the set tolerates: nothing verifies until a recovery set is
    ///         active.
    error VerifierIsStopped();
    /// @notice A recovery set is proposed or not active yet: nothing verifies before this time.
    error InRecovery(uint40 until);
    /// @notice The two statements are about different edges; or about different counts, and neither tip contradicts the
    ///         other.
    error EvidenceOfTwoPlaces(bytes32 edge, bytes32 otherEdge, uint64 count, uint64 otherCount);
    /// @notice The two statements name one head, and neither tip contradicts the other: a restatement, which is no
    ///         evidence.
    error EvidenceAgrees(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The two statements have different signers.
    error EvidenceOfTwoSigners(address signer, address otherSigner);
    /// @notice The evidence changes nothing: its signer is already known and suspended in every epoch of which it is a
    ///         member.
    error NothingToProve(address member);
    /// @notice The address is no unsuspended member of an epoch that is still accepted.
    error NothingToSuspend(address member);
    /// @notice Another suspension in this epoch would leave fewer than k members.
    error SuspensionsExhausted(uint32 epoch, uint256 max);
    /// @notice The guardian's last round of suspensions has ended. The next may begin 60 days after the last one began.
    error SuspensionTooSoon(uint256 blockTime, uint256 earliest);
    /// @notice Proposals of a recovery set must begin at least 60 days apart.
    error RecoveryTooSoon(uint256 blockTime, uint256 earliest);
    /// @notice No recovery set is proposed, or the proposal has lapsed.
    error RecoveryNotProposed();
    /// @notice A recovery set can be installed only 14 days after its proposal.
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
    /// @param reason stated by the caller, not signed
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
    /// @notice A member signed a tip for a later block that is lower than one that it signed for an earlier block.
    /// @param member address of the attester
    /// @param edge name of the edge
    /// @param tip the higher tip, which the later statement contradicts
    event TipHidden(address indexed member, bytes32 indexed edge, uint64 tip);
    /// @notice A member's signatures are refused in an epoch from now on.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    /// @param until first time in seconds at which they count again; the largest value for good, on evidence
    event Suspended(uint32 indexed epoch, address indexed member, uint40 until);
    /// @notice A suspension by the guardian ended early, because evidence against another member took its place.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    event SuspensionLifted(uint32 indexed epoch, address indexed member);
    /// @notice Evidence was taken against more members than an epoch tolerates: nothing verifies until a recovery set
    ///         is active.
    /// @param epoch number of the set, from 1
    /// @param member address of the attester
    event VerifierStopped(uint32 indexed epoch, address indexed member);
    /// @notice One of governor and guardian agreed to a recovery set.
    /// @param by the role that agreed
    /// @param members keccak256 of the sorted packed addresses
    event RecoveryAgreed(address indexed by, bytes32 members);
    /// @notice Governor and guardian proposed a recovery set: nothing verifies until it is active, withdrawn or lapsed.
    /// @param members addresses, ascending
    /// @param readyAt first time in seconds at which it can be installed
    /// @param lapsesAt first time in seconds at which it can no longer be installed
    event RecoveryProposed(address[] members, uint40 readyAt, uint40 lapsesAt);
    /// @notice A proposed recovery set was withdrawn.
    /// @param by the role that withdrew it
    event RecoveryWithdrawn(address indexed by);
    /// @notice A set was installed without signatures of an older one. Every older epoch ended.
    /// @param epoch number of the set, from 1
    /// @param members addresses, ascending
    event Recovered(uint32 indexed epoch, address[] members);

    /// @notice Returns if at least k members of the epoch signed the struct hash; else reverts with a typed error.
    /// @dev Every signature must be valid: one bad signature refuses all. The epoch must be active and not expired at
    ///      this block's time.
    /// @param structHash EIP-712 struct hash, see `Statements`
    /// @param epoch the one set whose members signed
    /// @param sigs concatenated r ‖ s ‖ v of 65 bytes, ascending by signer address, s in the lower half, v 27 or 28
    function verify(bytes32 structHash, uint32 epoch, bytes calldata sigs) external view;

    /// @notice As `verify`, for a journal's head under the epoch that it names. Refuses heads of a halted edge.
    /// @param statement what attesters sign
    /// @param sigs see `verify`
    function verifyHead(JournalHead calldata statement, bytes calldata sigs) external view;

    /// @notice Installs the next epoch, signed by the newest one. [governor]
    /// @dev The newest epoch must be active, so at most one epoch waits for its beginning. The signed struct is
    ///      `Rotation`, with the new epoch's number, which is one above the newest. The newest then ends 24 h after its
    ///      successor begins. Members against whom evidence was taken start suspended.
    /// @param members addresses, ascending
    /// @param activeFrom time in seconds, between `ROTATION_NOTICE` and `ROTATION_NOTICE_MAX` ahead
    /// @param sigs see `verify`
    function rotate(address[] calldata members, uint40 activeFrom, bytes calldata sigs) external;

    /// @notice Returns a name for what k members of the newest epoch agreed to with a rotation: the next epoch's number
    ///         and members, whatever the date and the signers. Arguments as for `rotate`.
    /// @dev Reverts as `rotate` does unless k valid signatures are given now. A timelock uses the name to recognise an
    ///      operation.
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

    /// @notice Resumes a halted edge, at the earliest a day after its halt. [guardian]
    /// @param edge name of the edge
    function clearHalt(bytes32 edge) external;

    /// @notice Suspends a member that contradicted itself at one edge, permanently, in every epoch that is accepted now
    ///         or later.
    /// @dev Anyone may submit it. Two statements of one member at one edge are evidence if
    ///      - they name two heads for one count, or
    ///      - the later one has the lower tip. Later means: `asOf` is greater, or equal with `blockNumber` not lower.
    ///
    ///      No honest attester signs such a pair. It signs the journal's count at final blocks of one chain. Along a
    ///      chain the count never falls and no block is older than its parent, so a later time means a higher block and
    ///      a tip at least as high. Block numbers order the blocks of one second. A replica that was rewound has
    ///      another edge name. If a chain breaks its finality, the attester halts before it signs anything, and its
    ///      signing history refuses such a pair anyway.
    ///
    ///      If evidence suspends more than n − k members of one epoch, the verifier stops until recovery. If
    ///      suspensions by guardian and evidence together would exceed n − k, one by the guardian ends. A member of an
    ///      older epoch is remembered: it starts suspended in any later set.
    /// @param a one statement, by a member of the epoch that it names or of one accepted now or later
    /// @param sigA the member's signature of it
    /// @param b another statement about the same edge
    /// @param sigB the member's signature of `b`
    function prove(JournalHead calldata a, bytes calldata sigA, JournalHead calldata b, bytes calldata sigB) external;

    /// @notice Suspends a member in every epoch, accepted now or later, that tolerates one more suspension. [guardian]
    /// @dev Guardian and evidence together suspend at most n − k members of an epoch. All suspensions by the guardian
    ///      end `SUSPENSION_LENGTH` after the first of a round, and rounds begin at least `SUSPENSION_INTERVAL` apart.
    ///      So a hostile guardian makes k signatures harder to have for at most half of the time.
    /// @param member address of the attester
    function suspend(address member) external;

    /// @notice Agrees to a set that needs no signatures of the old one. The second of the two agreements, at most 7
    ///         days after the first, proposes the set and freezes the verifier. [governor and guardian]
    /// @param members addresses, ascending
    function proposeRecovery(address[] calldata members) external;

    /// @notice Withdraws a proposed set and ends its freeze. [governor or guardian]
    function withdrawRecovery() external;

    /// @notice Installs the proposed set, 14 to 21 days after its proposal. Older epochs end at once. Anyone may call
    ///         it.
    /// @dev The verifier stays frozen until the new epoch is active, `ROTATION_NOTICE` later.
    /// @param members addresses, ascending, as proposed
    function recover(address[] calldata members) external;

    /// @notice Returns whether an edge is halted, how often it was cleared before, and since when in seconds (0 if not).
    /// @param edge name of the edge
    function haltOf(bytes32 edge) external view returns (bool halted, uint64 nonce, uint40 since);

    /// @notice Returns whether nothing verifies until recovery, because evidence was taken against too many members.
    function stopped() external view returns (bool);

    /// @notice Returns whether a recovery set is proposed or not active yet. Meanwhile credit, payment and weights
    ///         stand still.
    function inRecovery() external view returns (bool);

    /// @notice Returns the last or running recovery, all 0 before the first; times in seconds.
    /// @return membersHash keccak256 of the sorted packed addresses of the proposed set, 0 if none is proposed
    /// @return proposedAt when both governor and guardian had agreed
    /// @return frozenUntil first time at which the verifier is no longer frozen
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

    /// @notice Returns how many signatures an epoch requires.
    /// @param epoch number of the set, from 1
    function k(uint32 epoch) external view returns (uint8);

    /// @notice Returns the time in seconds from which an epoch is active.
    /// @param epoch number of the set, from 1
    function activeFrom(uint32 epoch) external view returns (uint40);

    /// @notice Returns the first time in seconds at which an epoch is refused; the largest value while it has no successor.
    /// @param epoch number of the set, from 1
    function expires(uint32 epoch) external view returns (uint40);

    /// @notice Returns the members of an epoch that are suspended at this block's time, bit i for `members(epoch)[i]`.
    /// @param epoch number of the set, from 1
    function suspended(uint32 epoch) external view returns (uint32 bitmap);

    /// @notice Returns the first time in seconds at which members suspended by the guardian sign again; 0 if there are
    ///         none.
    /// @param epoch number of the set, from 1
    function suspensionEnd(uint32 epoch) external view returns (uint40);

    /// @notice Returns the EIP-712 domain separator of this verifier.
    function domainSeparator() external view returns (bytes32);

    /// @notice Returns the 32-byte digest that attesters sign for this verifier.
    /// @param statement what attesters sign
    function hashOf(JournalHead calldata statement) external view returns (bytes32);
}

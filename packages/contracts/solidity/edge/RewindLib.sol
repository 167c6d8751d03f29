// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {EntryCodec} from "./EntryCodec.sol";
import {BatchLib} from "./BatchLib.sol";
import {IEdge} from "./IEdge.sol";
import {Replica, ReplicaLib} from "./ReplicaLib.sol";
import {JournalHead} from "./Statements.sol";

/// @notice The rewinds of a replica, and the progress of a running one, stored under the edge's first name.
/// @dev Slot +0: name. Slot +1: next. Slot +2: head. Slot +3, from the lowest bit: count u64 (0–63), point u64 (64–127), heardAt u40
///      (128–167), heldUntil u40 (168–207), holdsUntil u40 (208–247). Slot +4: operation.
/// @param name that statements carry now, 0 while the replica was never rewound
/// @param next its name after the running rewind, 0 while none runs
/// @param head at `count`
/// @param count progress of the rewind: falls to the point
/// @param point count to which it goes
/// @param heardAt `asOf` of the first statement that found the replica at the journal's tip under the present name, 0
///        before
/// @param heldUntil end of a quarantine, in seconds, without the hold that extends it; at a vault also of the
///        quarantine that a rewind interrupted
/// @param holdsUntil end of that hold
/// @param operation id at the governor of the scheduled rewind for which the quarantine is extended, 0 for none
struct Rewind {
    bytes32 name;
    bytes32 next;
    bytes32 head;
    uint64 count;
    uint64 point;
    uint40 heardAt;
    uint40 heldUntil;
    uint40 holdsUntil;
    bytes32 operation;
}

/// @title Rewinding a replica to a point at which its journal agrees with it
/// @notice The journal never changes. The replica is unwound from its end to the point, entry by entry, in steps. Then
///         statements carry its next name.
/// @dev Safety: a step unwinds entries only if they lead from a given head to the rewind's present head, so everything
///      unwound was applied. The next name commits to the generation and to the point's head, so no name is used twice.
library RewindLib {
    /// @notice ERC-7201 root of the namespace "surety.rewind".
    /// @dev keccak256(abi.encode(uint256(keccak256("surety.rewind")) - 1)) & ~bytes32(uint256(0xff)); tested.
    bytes32 internal constant NAMESPACE = 0x4220d58bb906b878e99390e8e89e375a874e2890c94f838661bd0162baf29b00;

    /// @dev Seconds that a hold lasts after its rewind is ready, or after the hold is ended.
    uint256 private constant READY_S = 1 days;
    /// @dev The longest delay of a timelock, plus a day.
    uint256 private constant HOLD_MAX_S = 31 days;
    /// @dev Maximum age of a point: the longest delay of a timelock plus the time for which an operation stays ready.
    uint256 private constant POINT_MAX_S = 45 days;

    /// @notice A rewind of this replica is already running.
    error RewindRunning(bytes32 edge, bytes32 next);
    /// @notice The governor has no such operation that waits or is ready.
    error RewindNotScheduled(bytes32 operation);
    /// @notice The rewind for which the quarantine is extended is still scheduled. Execute or cancel it first.
    error RewindScheduled(bytes32 operation);
    /// @notice A quarantine may be extended by at most 31 days.
    error HoldTooLong(uint256 held, uint256 latest);
    /// @notice The point was signed too long ago.
    error PointTooOld(uint64 asOf, uint256 earliest);
    /// @notice No quarantine is extended for a rewind.
    error NothingHeld(bytes32 edge);
    /// @notice No rewind of this replica runs.
    error RewindNotRunning(bytes32 edge);
    /// @notice The replica does not hold this head at this count: mark it first, or the point is not a prefix.
    error PointUnknown(bytes32 edge, uint64 count, bytes32 head);
    /// @notice The step unwinds more entries than are left above the point.
    error StepPastPoint(bytes32 edge, uint256 entries, uint64 left);

    /// @notice Returns the first slot of the replica's rewind: keccak256(edge ‖ NAMESPACE).
    /// @param edge first name of the edge
    function slotOf(bytes32 edge) internal pure returns (bytes32 slot) {
        return keccak256(abi.encode(edge, NAMESPACE));
    }

    /// @notice Returns the storage of the replica's rewind.
    /// @param edge first name of the edge
    function locate(bytes32 edge) internal pure returns (Rewind storage rewind) {
        bytes32 slot = slotOf(edge);
        assembly ("memory-safe") {
            rewind.slot := slot
        }
    }

    /// @notice Returns the name that statements for the replica carry now.
    /// @param edge first name of the edge
    /// @param replica of that edge
    function nameOf(bytes32 edge, Replica storage replica) internal view returns (bytes32 name) {
        // The generation is stored beside the count, which every caller reads anyway.
        return replica.generation == 0 ? edge : locate(edge).name;
    }

    /// @notice Reverts unless statements for the replica carry this name now.
    /// @param edge first name of the edge
    /// @param replica of that edge
    /// @param name that a statement carries
    function requireName(bytes32 edge, Replica storage replica, bytes32 name) internal view {
        bytes32 expected = nameOf(edge, replica);
        if (name != expected) revert IEdge.EdgeMismatch(name, expected);
    }

    /// @notice Reverts unless k members signed a point that lies on the replica, under the name that it takes there.
    ///         The point is its own head, a mark of this generation, or its beginning.
    /// @param edge first name of the edge
    /// @param next name that it takes at the point
    /// @param verifier the attester set
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function requirePoint(
        bytes32 edge,
        bytes32 next,
        address verifier,
        JournalHead calldata point,
        bytes calldata sigs
    ) internal view {
        (uint64 count, bytes32 head) = (point.count, point.head);
        if (count > point.tip) revert IEdge.PointPastTip(count, point.tip);
        if (point.edge != next) revert IEdge.EdgeMismatch(point.edge, next);
        if (point.asOf + POINT_MAX_S < block.timestamp) {
            revert PointTooOld(point.asOf, block.timestamp - POINT_MAX_S);
        }
        BatchLib.requireSigned(verifier, point, sigs);
        Replica storage replica = ReplicaLib.locate(edge);
        bytes32 known = count == 0 ? edge : ReplicaLib.markOf(replica, count);
        if (count == replica.count) known = replica.head;
        if (known == 0 || head != known || count > replica.count) revert PointUnknown(edge, count, head);
    }

    /// @notice Extends a quarantine until a day after a scheduled rewind is ready.
    /// @param edge first name of the edge
    /// @param governor timelock at which the rewind is scheduled, as an operation of one call
    /// @param act the call of the rewind at this contract
    /// @param predecessor of the operation
    /// @param salt of the operation
    /// @param until present end of the quarantine, in seconds
    /// @return held end of the hold, in seconds
    /// @return operation the rewind's id at the governor
    function hold(
        bytes32 edge,
        address governor,
        bytes memory act,
        bytes32 predecessor,
        bytes32 salt,
        uint40 until
    ) internal returns (uint40 held, bytes32 operation) {
        TimelockController timelock = TimelockController(payable(governor));
        operation = timelock.hashOperation(address(this), 0, act, predecessor, salt);
        // An operation that waits for one that never comes would never be ready.
        bool isOrdered = predecessor == 0 || timelock.isOperationDone(predecessor);
        if (!isOrdered || !timelock.isOperationPending(operation)) revert RewindNotScheduled(operation);
        // Anyone executes what is ready. Delays are at most 30 days, and block times fit 40 bits for 34,000 years.
        held = uint40(timelock.getTimestamp(operation) + READY_S);
        Rewind storage rewind = locate(edge);
        uint40 unheld = unheldEnd(rewind, until);
        // One quarantine is extended by no more than this, however many operations follow each other.
        if (held > unheld + HOLD_MAX_S) revert HoldTooLong(held, unheld + HOLD_MAX_S);
        if (held < until) {
            if (unheld != until) revert RewindScheduled(rewind.operation);
            held = until;
        }
        (rewind.operation, rewind.heldUntil, rewind.holdsUntil) = (operation, unheld, held);
    }

    /// @notice Ends a hold whose rewind is no longer scheduled.
    /// @param edge first name of the edge
    /// @param governor timelock at which the rewind was scheduled
    /// @param until present end of the quarantine, in seconds
    /// @return left its new end: the end without the hold, but at least a day from now, since a quarantine that began
    ///         meanwhile and would have ended earlier was not recorded
    function letGo(bytes32 edge, address governor, uint40 until) internal returns (uint40 left) {
        Rewind storage rewind = locate(edge);
        bytes32 operation = rewind.operation;
        if (operation == 0) revert NothingHeld(edge);
        if (TimelockController(payable(governor)).isOperationPending(operation)) revert RewindScheduled(operation);
        left = unheldEnd(rewind, until);
        if (left < block.timestamp + READY_S) left = uint40(block.timestamp + READY_S);
        if (left > until) left = until;
        (rewind.operation, rewind.holdsUntil) = (0, 0);
    }

    /// @notice Returns the end, in seconds, that a quarantine would have without a hold.
    /// @param rewind of the edge
    /// @param until present end of the quarantine, in seconds
    function unheldEnd(Rewind storage rewind, uint40 until) internal view returns (uint40) {
        return rewind.operation != 0 && until == rewind.holdsUntil ? rewind.heldUntil : until;
    }

    /// @notice Begins to rewind a replica to a point, see `requirePoint`.
    /// @param edge first name of the edge
    /// @param next name that it takes at the point
    /// @param verifier the attester set
    /// @param point statement of the point
    /// @param sigs see `IAttesterSet.verifyHead`
    function begin(
        bytes32 edge,
        bytes32 next,
        address verifier,
        JournalHead calldata point,
        bytes calldata sigs
    ) internal returns (Rewind storage rewind) {
        requirePoint(edge, next, verifier, point, sigs);
        rewind = locate(edge);
        if (rewind.next != 0) revert RewindRunning(edge, rewind.next);
        Replica storage replica = ReplicaLib.locate(edge);
        (rewind.next, rewind.head, rewind.count, rewind.point) = (next, replica.head, replica.count, point.count);
        (rewind.operation, rewind.holdsUntil) = (0, 0);
        replica.anchor = point.blockHash;
    }

    /// @notice Unwinds entries above the point, the last one first.
    /// @param edge first name of the edge
    /// @param headBefore head before the first given entry
    /// @param entries packed entries that lead from it to the rewind's present head
    /// @return before number of the entry before the first given one
    function retreat(bytes32 edge, bytes32 headBefore, bytes calldata entries) internal returns (uint64 before) {
        Rewind storage rewind = locate(edge);
        if (rewind.next == 0) revert RewindNotRunning(edge);
        uint256 length = EntryCodec.countOf(entries);
        uint64 left = rewind.count - rewind.point;
        if (length > left) revert StepPastPoint(edge, length, left);
        if (length == 0) return rewind.count;
        if (EntryCodec.fold(headBefore, entries) != rewind.head) revert PointUnknown(edge, rewind.count, rewind.head);
        before = rewind.count - uint64(length);
        (rewind.head, rewind.count) = (headBefore, before);
    }

    /// @notice Ends a rewind that has reached its point: the replica opens there under its next name. Confirmed counts
    ///         of witnesses above the point no longer count.
    /// @param edge first name of the edge
    /// @return name that statements carry from now on
    /// @return previous name that they carried before
    /// @return generation how often the replica was rewound
    function finish(bytes32 edge) internal returns (bytes32 name, bytes32 previous, uint32 generation) {
        Rewind storage rewind = locate(edge);
        Replica storage replica = ReplicaLib.locate(edge);
        previous = nameOf(edge, replica);
        (name, rewind.next, rewind.heardAt) = (rewind.next, 0, 0);
        rewind.name = name;
        generation = replica.generation + 1;
        (replica.head, replica.count, replica.generation) = (rewind.head, rewind.count, generation);
        (replica.confirmed, replica.confirmedBy) = (rewind.count, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../libraries/Statements.sol";
import {AttesterEpochs, Agreement, Epoch, HaltRecord} from "./AttesterEpochs.sol";
import {MemberCode} from "./MemberCode.sol";

/// @title The verifier of signed statements on one destination chain
/// @dev Every delay below is a constant: nobody can shorten one, and none depends on who asks.
contract AttesterSet is AttesterEpochs {
    /// @notice How long before its beginning an epoch is written at least, in seconds: the 24 h of notice that every
    ///         attester counts on, and 6 h for the block to become final.
    uint40 public constant ROTATION_NOTICE = 30 hours;
    /// @notice How long before its beginning an epoch is written at most, in seconds. No longer than a recovery waits, so a
    ///         recovery set never begins before one that was written earlier.
    uint40 public constant ROTATION_NOTICE_MAX = 14 days;
    /// @notice How long an epoch is accepted beside its active successor, in seconds.
    uint40 public constant ROTATION_OVERLAP = 24 hours;
    /// @notice How long a halt stands at least, in seconds.
    uint40 public constant HALT_MIN = 24 hours;
    /// @notice How long a proposed recovery set waits, in seconds.
    uint40 public constant RECOVERY_DELAY = 14 days;
    /// @notice How long it can be installed after that, in seconds.
    uint40 public constant RECOVERY_WINDOW = 7 days;
    /// @notice How far apart two proposals begin at least, in seconds.
    uint40 public constant RECOVERY_INTERVAL = 60 days;
    /// @notice How long one role's agreement waits for the other's, in seconds.
    uint40 public constant AGREEMENT_WINDOW = 7 days;

    /// @param firstMembers members of epoch 1, ascending by address
    /// @param firstActiveFrom time in seconds from which epoch 1's statements are made
    /// @param firstExpires first time in seconds at which epoch 1 is refused, unless a successor moves it
    /// @param governor_ see `governor`
    /// @param guardian_ see `guardian`
    constructor(
        address[] memory firstMembers,
        uint40 firstActiveFrom,
        uint40 firstExpires,
        address governor_,
        address guardian_
    ) AttesterEpochs(governor_, guardian_) {
        _requireMembers(firstMembers);
        _writeEpoch(firstMembers, firstActiveFrom, firstExpires);
    }

    /// @inheritdoc IAttesterSet
    function verify(bytes32 structHash, uint32 epochNumber, bytes calldata sigs) external view {
        uint256 word = _usableEpoch(epochNumber);
        _requireSignatures(structHash, epochNumber, word, _kOf(word), sigs);
    }

    /// @inheritdoc IAttesterSet
    function verifyHead(JournalHead calldata statement, bytes calldata sigs) external view {
        uint256 word = _usableEpoch(statement.epoch);
        if (_isHinted(word) && _halts[statement.edge].since != 0) revert EdgeHalted(statement.edge);
        _requireSignatures(Statements.hashOf(statement), statement.epoch, word, _kOf(word), sigs);
    }

    /// @inheritdoc IAttesterSet
    function verifyGeneration(
        bytes32 edge,
        uint64 count,
        bytes32 head,
        uint32 epochNumber,
        bytes calldata sigs
    ) external view {
        uint256 word = _usableEpoch(epochNumber);
        bytes32 structHash = Statements.generationHashOf(edge, count, head, epochNumber);
        _requireSignatures(structHash, epochNumber, word, _kOf(word), sigs);
    }

    /// @inheritdoc IAttesterSet
    function rotate(address[] calldata listed, uint40 from, bytes calldata sigs) external onlyRole(governor) {
        uint256 earliest = block.timestamp + ROTATION_NOTICE;
        uint256 latest = block.timestamp + ROTATION_NOTICE_MAX;
        if (from < earliest || from > latest) revert ActiveFromOutOfRange(from, earliest, latest);
        uint32 old = _newestEpoch;
        uint256 word = _usableEpoch(old);
        bytes32 structHash = Statements.rotationHashOf(old + 1, keccak256(MemberCode.pack(listed)), from);
        _requireSignatures(structHash, old, word, _kOf(word), sigs);
        _requireMembers(listed);
        _endEpoch(old, from + ROTATION_OVERLAP);
        _writeEpoch(listed, from, type(uint40).max);
    }

    /// @inheritdoc IAttesterSet
    function halt(bytes32 edge, uint64 nonce, uint32 epochNumber, bytes calldata sigs, bytes32 reason) external {
        uint32 active = epoch();
        if (epochNumber != active) revert HaltOfOtherEpoch(epochNumber, active);
        HaltRecord storage record = _halts[edge];
        if (record.since != 0) revert EdgeHalted(edge);
        if (nonce != record.nonce) revert HaltNonceMismatch(edge, nonce, record.nonce);
        uint256 word = _usableEpoch(epochNumber);
        bytes32 structHash = Statements.haltHashOf(edge, nonce, epochNumber);
        _requireSignatures(structHash, epochNumber, word, _nOf(word) - _kOf(word) + 1, sigs);
        record.since = uint40(block.timestamp);
        ++_haltedEdges;
        _writeHints();
        emit Halted(edge, nonce, reason);
    }

    /// @inheritdoc IAttesterSet
    function clearHalt(bytes32 edge) external onlyRole(guardian) {
        HaltRecord storage record = _halts[edge];
        uint256 since = record.since;
        if (since == 0) revert EdgeNotHalted(edge);
        if (block.timestamp < since + HALT_MIN) revert ClearingTooSoon(edge, block.timestamp, since + HALT_MIN);
        uint64 next = record.nonce + 1;
        (record.nonce, record.since) = (next, 0);
        --_haltedEdges;
        _writeHints();
        emit HaltCleared(edge, next);
    }

    /// @inheritdoc IAttesterSet
    function prove(JournalHead calldata a, bytes calldata sigA, JournalHead calldata b, bytes calldata sigB) external {
        if (a.edge != b.edge || a.count != b.count) revert EvidenceOfTwoPlaces(a.edge, b.edge, a.count, b.count);
        // A head says everything about the entries: with one head, nothing was contradicted, whatever block, time or epoch
        // the statements name.
        if (a.head == b.head) revert EvidenceAgrees(a.edge, a.count, a.head);
        address member = _signerOf(a, sigA);
        address other = _signerOf(b, sigB);
        if (member != other) revert EvidenceOfTwoSigners(member, other);

        bool known = _proven[member];
        (bool listed, bool changed, ) = _suspendWhere(member, true);
        if (!listed && _placeOf(a.epoch, member) == 0) revert SignerUnknown(0, member, a.epoch);
        if (known && !changed) revert NothingToProve(member);
        _proven[member] = true;
        emit Equivocation(member, a.edge, a.count);
    }

    /// @inheritdoc IAttesterSet
    function suspend(address member) external onlyRole(guardian) {
        (, bool changed, uint32 full) = _suspendWhere(member, false);
        if (changed) return;
        if (full == 0) revert NothingToSuspend(member);
        revert SuspensionsExhausted(full, _epochs[full].n - _epochs[full].k);
    }

    /// @inheritdoc IAttesterSet
    function proposeRecovery(address[] calldata listed) external {
        if (msg.sender != governor && msg.sender != guardian) revert NotAuthorized(msg.sender, governor);
        uint40 proposedAt = _recoveryProposedAt;
        if (proposedAt != 0 && block.timestamp < uint256(proposedAt) + RECOVERY_INTERVAL) {
            revert RecoveryTooSoon(block.timestamp, uint256(proposedAt) + RECOVERY_INTERVAL);
        }
        _requireMembers(listed);
        bytes32 agreed = keccak256(MemberCode.pack(listed));
        _agreements[msg.sender] = Agreement(agreed, uint40(block.timestamp));
        emit RecoveryAgreed(msg.sender, agreed);
        if (!_isAgreed(governor, agreed) || !_isAgreed(guardian, agreed)) return;

        delete _agreements[governor];
        delete _agreements[guardian];
        _recoveryMembers = agreed;
        _recoveryProposedAt = uint40(block.timestamp);
        _frozenUntil = uint40(block.timestamp) + RECOVERY_DELAY + RECOVERY_WINDOW;
        _writeHints();
        emit RecoveryProposed(listed, uint40(block.timestamp) + RECOVERY_DELAY, _frozenUntil);
    }

    /// @inheritdoc IAttesterSet
    function withdrawRecovery() external {
        if (msg.sender != governor && msg.sender != guardian) revert NotAuthorized(msg.sender, governor);
        _requireProposed();
        _recoveryMembers = 0;
        _frozenUntil = uint40(block.timestamp);
        _writeHints();
        emit RecoveryWithdrawn(msg.sender);
    }

    /// @inheritdoc IAttesterSet
    function recover(address[] calldata listed) external {
        _requireProposed();
        uint256 readyAt = uint256(_recoveryProposedAt) + RECOVERY_DELAY;
        if (block.timestamp < readyAt) revert RecoveryNotReady(block.timestamp, readyAt);
        bytes32 given = keccak256(MemberCode.pack(listed));
        if (given != _recoveryMembers) revert RecoveryMembersMismatch(given, _recoveryMembers);

        for (uint32 number = _newestEpoch; number != 0 && _isLive(number); --number) {
            _endEpoch(number, uint40(block.timestamp));
        }
        // The new epoch is not active before the freeze ends, so its hint must not tell of freeze or stop.
        _recoveryMembers = 0;
        _stopped = false;
        _frozenUntil = 0;
        uint40 from = uint40(block.timestamp) + ROTATION_NOTICE;
        uint32 epochNumber = _writeEpoch(listed, from, type(uint40).max);
        _frozenUntil = from;
        emit Recovered(epochNumber, listed);
    }

    /// @dev Suspends a member wherever it is listed and not suspended, in epochs still accepted or to come. An epoch that
    ///      bears no more is left as it is for the guardian, and stops the verifier for evidence.
    /// @return listed whether any such epoch has the member
    /// @return changed whether anything was written
    /// @return full oldest epoch that bore no more, 0 if none
    function _suspendWhere(address member, bool onEvidence) private returns (bool listed, bool changed, uint32 full) {
        for (uint32 number = _newestEpoch; number != 0 && _isLive(number); --number) {
            uint256 place = _placeOf(number, member);
            if (place == 0) continue;
            listed = true;
            Epoch storage set = _epochs[number];
            uint32 bitmap = set.suspended;
            // Safety of the cast: place is at most 31.
            // forge-lint: disable-next-line(incorrect-shift)
            uint32 bit = uint32(1 << (place - 1));
            if (bitmap & bit != 0) continue;
            if (_countBits(bitmap) < set.n - set.k) {
                set.suspended = bitmap | bit;
                changed = true;
                emit Suspended(number, member);
                continue;
            }
            full = number;
            if (!onEvidence || _stopped) continue;
            _stopped = true;
            changed = true;
            _writeHints();
            emit VerifierStopped(number, member);
        }
    }

    /// @dev Reverts unless a recovery set waits to be installed.
    function _requireProposed() private view {
        if (_recoveryMembers == 0 || !inRecovery()) revert RecoveryNotProposed();
    }

    function _isAgreed(address role, bytes32 agreed) private view returns (bool) {
        Agreement storage agreement = _agreements[role];
        return agreement.members == agreed && block.timestamp <= uint256(agreement.agreedAt) + AGREEMENT_WINDOW;
    }

    function _countBits(uint32 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap &= bitmap - 1) ++count;
    }
}

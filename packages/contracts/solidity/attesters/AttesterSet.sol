// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {JournalHead, Statements} from "../edge/Statements.sol";
import {AttesterEpochs, Agreement, Epoch, HaltRecord} from "./AttesterEpochs.sol";
import {LocalHeads} from "./LocalHeads.sol";
import {MemberCode} from "./MemberCode.sol";

/// @title The verifier of signed statements on one destination chain
/// @dev Every delay below is a constant: nobody can shorten it, and none depends on the caller.
contract AttesterSet is AttesterEpochs, LocalHeads {
    /// @notice Least time in seconds between writing an epoch and its beginning: 24 h of notice for every attester, and
    ///         6 h for the block to become final.
    uint40 public constant ROTATION_NOTICE = 30 hours;
    /// @notice Most time in seconds between writing an epoch and its beginning. No longer than a recovery waits, so a
    ///         recovery set never begins before an epoch that was written earlier.
    uint40 public constant ROTATION_NOTICE_MAX = 14 days;
    /// @notice Time in seconds for which an epoch is accepted beside its active successor.
    uint40 public constant ROTATION_OVERLAP = 24 hours;
    /// @notice Shortest duration of a halt in seconds.
    uint40 public constant HALT_MIN = 24 hours;
    /// @notice Time in seconds for which a proposed recovery set waits.
    uint40 public constant RECOVERY_DELAY = 14 days;
    /// @notice Time in seconds, after that, within which it can be installed.
    uint40 public constant RECOVERY_WINDOW = 7 days;
    /// @notice Least time in seconds between two proposals.
    uint40 public constant RECOVERY_INTERVAL = 60 days;
    /// @notice Time in seconds within which the second role must agree.
    uint40 public constant AGREEMENT_WINDOW = 7 days;
    /// @notice Length in seconds of a round of suspensions by the guardian.
    uint40 public constant SUSPENSION_LENGTH = 30 days;
    /// @notice Least time in seconds between the beginnings of two rounds of suspensions.
    uint40 public constant SUSPENSION_INTERVAL = 60 days;

    /// @param firstMembers members of epoch 1, ascending by address
    /// @param firstActiveFrom time in seconds from which epoch 1 is active
    /// @param governor_ see `governor`
    /// @param guardian_ see `guardian`
    constructor(
        address[] memory firstMembers,
        uint40 firstActiveFrom,
        address governor_,
        address guardian_
    ) AttesterEpochs(governor_, guardian_) {
        _requireMembers(firstMembers);
        _writeEpoch(firstMembers, firstActiveFrom);
    }

    /// @inheritdoc IAttesterSet
    function verify(bytes32 structHash, uint32 epochNumber, bytes calldata sigs) external view {
        uint256 word = _usableEpoch(epochNumber);
        _requireSignatures(structHash, epochNumber, word, _kOf(word), sigs);
    }

    /// @inheritdoc IAttesterSet
    function verifyHead(JournalHead calldata statement, bytes calldata sigs) external view {
        if (statement.epoch == Statements.LOCAL_EPOCH) return _requireLocal(statement, sigs);
        uint256 word = _usableEpoch(statement.epoch);
        if (_isHinted(word) && _halts[statement.edge].since != 0) revert EdgeHalted(statement.edge);
        _requireSignatures(Statements.hashOf(statement), statement.epoch, word, _kOf(word), sigs);
    }

    /// @inheritdoc IAttesterSet
    function rotate(address[] calldata listed, uint40 from, bytes calldata sigs) external onlyRole(governor) {
        uint256 earliest = block.timestamp + ROTATION_NOTICE;
        uint256 latest = block.timestamp + ROTATION_NOTICE_MAX;
        if (from < earliest || from > latest) revert ActiveFromOutOfRange(from, earliest, latest);
        uint32 old = _newestEpoch;
        _requireRotation(old, keccak256(MemberCode.pack(listed)), from, sigs);
        _requireMembers(listed);
        _endEpoch(old, from + ROTATION_OVERLAP);
        _writeEpoch(listed, from);
    }

    /// @inheritdoc IAttesterSet
    function rotationContentOf(
        address[] calldata listed,
        uint40 from,
        bytes calldata sigs
    ) external view returns (bytes32) {
        uint32 old = _newestEpoch;
        bytes32 packed = keccak256(MemberCode.pack(listed));
        _requireRotation(old, packed, from, sigs);
        return keccak256(abi.encode(old + 1, packed));
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
        _requireEvidence(a, b);
        address member = _signerOf(a, sigA);
        address other = _signerOf(b, sigB);
        if (member != other) revert EvidenceOfTwoSigners(member, other);

        bool known = _proven[member];
        (bool listed, bool changed) = _suspendForGood(member);
        if (!listed && _placeOf(a.epoch, member) == 0) revert SignerUnknown(0, member, a.epoch);
        if (known && !changed) revert NothingToProve(member);
        _proven[member] = true;
        if (_hasTwoHeads(a, b)) emit Equivocation(member, a.edge, a.count);
        else emit TipHidden(member, a.edge, a.tip > b.tip ? a.tip : b.tip);
    }

    /// @inheritdoc IAttesterSet
    function suspend(address member) external onlyRole(guardian) {
        uint256 from = _suspensionsFrom;
        if (block.timestamp >= from + SUSPENSION_INTERVAL) from = block.timestamp;
        else if (block.timestamp >= from + SUSPENSION_LENGTH) {
            revert SuspensionTooSoon(block.timestamp, from + SUSPENSION_INTERVAL);
        }
        // Safety of the cast: block times fit 40 bits for 34,000 years.
        _suspensionsFrom = uint40(from);
        (bool changed, uint32 full) = _suspendUntil(member, uint40(from) + SUSPENSION_LENGTH);
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
        // The new epoch is not active before the freeze ends, so its hint must not be set for the freeze or the stop.
        _recoveryMembers = 0;
        _stopped = false;
        _frozenUntil = 0;
        uint40 from = uint40(block.timestamp) + ROTATION_NOTICE;
        uint32 epochNumber = _writeEpoch(listed, from);
        _frozenUntil = from;
        emit Recovered(epochNumber, listed);
    }

    /// @dev Reverts unless k members of the newest epoch signed the rotation to a set.
    function _requireRotation(uint32 old, bytes32 packed, uint40 from, bytes calldata sigs) private view {
        uint256 word = _usableEpoch(old);
        _requireSignatures(Statements.rotationHashOf(old + 1, packed, from), old, word, _kOf(word), sigs);
    }

    /// @dev Suspends a member permanently in every epoch that lists it, accepted now or later. If an epoch tolerates no
    ///      more suspensions by evidence, it is left unchanged and the verifier stops. Suspensions by the guardian make
    ///      room for evidence; otherwise a guardian and one dishonest member could stop the verifier.
    /// @return listed whether any such epoch has the member
    /// @return changed whether anything was written
    function _suspendForGood(address member) private returns (bool listed, bool changed) {
        for (uint32 number = _newestEpoch; number != 0 && _isLive(number); --number) {
            uint256 place = _placeOf(number, member);
            if (place == 0) continue;
            listed = true;
            Epoch storage set = _epochs[number];
            uint32 bit = _bitOf(place);
            if (set.suspended & bit != 0) continue;
            uint256 most = set.n - set.k;
            if (_countBits(set.suspended) < most) {
                set.suspended |= bit;
                set.temporary &= ~bit;
                changed = true;
                emit Suspended(number, member, type(uint40).max);
                if (_countBits(_suspendedOf(set)) > most) _liftOne(number, set);
                continue;
            }
            if (_stopped) continue;
            _stopped = true;
            changed = true;
            _writeHints();
            emit VerifierStopped(number, member);
        }
    }

    /// @dev Ends the guardian's suspension of the first member that has one.
    function _liftOne(uint32 number, Epoch storage set) private {
        uint32 left = set.temporary & (set.temporary - 1);
        uint32 bit = set.temporary ^ left;
        set.temporary = left;
        uint256 place = 0;
        while (bit >> place > 1) ++place;
        emit SuspensionLifted(number, _membersOf(number)[place]);
    }

    /// @dev Suspends a member until a time in every epoch that lists it unsuspended, accepted now or later, and
    ///      tolerates one more.
    /// @return changed whether anything was written
    /// @return full oldest epoch that tolerated no more, 0 if none
    function _suspendUntil(address member, uint40 until) private returns (bool changed, uint32 full) {
        for (uint32 number = _newestEpoch; number != 0 && _isLive(number); --number) {
            uint256 place = _placeOf(number, member);
            if (place == 0) continue;
            Epoch storage set = _epochs[number];
            uint32 bit = _bitOf(place);
            uint32 now_ = _suspendedOf(set);
            if (now_ & bit != 0) continue;
            if (_countBits(now_) == set.n - set.k) {
                full = number;
                continue;
            }
            (set.temporary, set.temporaryUntil) = (_temporaryOf(set) | bit, until);
            changed = true;
            emit Suspended(number, member, until);
        }
    }

    function _bitOf(uint256 place) private pure returns (uint32) {
        // Safety of the cast: place is at most 31.
        // forge-lint: disable-next-line(incorrect-shift)
        return uint32(1 << (place - 1));
    }

    /// @dev Reverts unless two statements contradict each other. Two statements of one head agree about all its
    ///      entries, whatever block, time or epoch they name, unless the later one denies entries that the earlier one
    ///      knew.
    function _requireEvidence(JournalHead calldata a, JournalHead calldata b) private pure {
        bool isEvidence = _hasTwoHeads(a, b) || _isTipHidden(a, b) || _isTipHidden(b, a);
        if (a.edge != b.edge || (!isEvidence && a.count != b.count)) {
            revert EvidenceOfTwoPlaces(a.edge, b.edge, a.count, b.count);
        }
        if (!isEvidence) revert EvidenceAgrees(a.edge, a.count, a.head);
    }

    function _hasTwoHeads(JournalHead calldata a, JournalHead calldata b) private pure returns (bool) {
        return a.count == b.count && a.head != b.head;
    }

    /// @dev Returns whether the later of two statements denies entries that the earlier one knew. A journal only grows,
    ///      so of two blocks of one chain the higher one never has the lower tip. Times never fall with heights. Two
    ///      blocks of a fast chain may share a second; then the heights show which was first.
    function _isTipHidden(JournalHead calldata earlier, JournalHead calldata later) private pure returns (bool) {
        if (earlier.tip <= later.tip || earlier.asOf > later.asOf) return false;
        return earlier.asOf < later.asOf || earlier.blockNumber <= later.blockNumber;
    }

    /// @dev Reverts unless a recovery set is proposed and can still be installed.
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

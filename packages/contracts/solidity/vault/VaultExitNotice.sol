// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IVaultExit} from "../interfaces/IVaultExit.sol";
import {Replica, ReplicaLib} from "../libraries/ReplicaLib.sol";
import {Ahead, Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title When an exit may be announced, and how long an announcement counts
abstract contract VaultExitNotice is VaultBase, IVaultExit {
    uint256 private constant SILENCE_S = 30 days;
    uint256 private constant NOTICE_S = 7 days;
    /// @dev What is left after a quarantine to answer an announcement in; quarantines are 72 h apart.
    uint256 private constant ANSWER_S = 48 hours;

    /// @inheritdoc IVaultExit
    function announceExit() external {
        Exit storage exit = ExitStorage.locate();
        Replica storage replica = ReplicaLib.locate(_inbound());
        uint256 made = replica.asOf;
        if (made == 0) revert ExitAnchorMissing();
        if (exit.openedAt != 0 || _isStanding(exit, replica)) revert ExitUnderWay(exit.announcedAt);
        (uint256 earliest, uint256 frozenUntil) = (made + SILENCE_S, _frozenUntil());
        if (_aheadSince(exit, replica, block.timestamp) != 0) earliest = 0;
        if (earliest < frozenUntil) earliest = frozenUntil;
        if (block.timestamp < earliest) revert ExitTooEarly(earliest);
        exit.anchor = replica.anchor;
        // What was proven under an announcement that ended is proven anew.
        (exit.announcedAt, exit.provenAt) = (uint40(block.timestamp), 0);
        emit ExitAnnounced(uint40(block.timestamp + NOTICE_S));
    }

    /// @inheritdoc IVaultExit
    function noteAhead(uint8 witness, uint64 count) external nonReentrant {
        if ((_counting >> witness) & 1 == 0) revert ICollateralVault.WitnessNotCounting(witness);
        bytes32 edge = _inbound();
        uint64 replayed = ReplicaLib.locate(edge).count;
        Ahead storage kept = ExitStorage.locate().ahead[witness];
        // What was noted first stands until the replica reaches it: a higher count would begin the 30 days anew.
        if (kept.count > replayed) revert ExitAheadNoted(witness, kept.count, kept.since);
        if (count <= replayed) revert ExitNotAhead(count, replayed);
        if (_recordOf(_witnesses[witness].at, edge, count) == 0) revert ICollateralVault.RecordMissing(witness, count);
        // Block times fit 40 bits for 34,000 years.
        (kept.count, kept.since) = (count, uint40(block.timestamp));
        emit ExitAheadSeen(witness, count);
    }

    /// @inheritdoc IVaultExit
    function aheadOf(uint8 witness) external view returns (uint64 count, uint40 since) {
        Ahead memory kept = ExitStorage.locate().ahead[witness];
        return kept.count > ReplicaLib.locate(_inbound()).count ? (kept.count, kept.since) : (0, 0);
    }

    /// @dev An announcement counts, and there was time enough to answer it.
    function _requireDue(Exit storage exit, Replica storage replica) internal view {
        if (!_isStanding(exit, replica)) revert ExitNotAnnounced();
        uint256 earliest = _openableAt(exit);
        if (block.timestamp < earliest) revert ExitTooEarly(earliest);
    }

    /// @dev A quarantine refuses the statement that would answer, so some time is left behind it. While a rewind runs there is no time.
    function _openableAt(Exit storage exit) internal view returns (uint256) {
        uint256 quarantined = _quarantinedUntil;
        if (quarantined == REWINDING) return REWINDING;
        (uint256 noticed, uint256 answerable) = (exit.announcedAt + NOTICE_S, quarantined + ANSWER_S);
        return noticed > answerable ? noticed : answerable;
    }

    /// @dev True while an announcement counts: no statement made within the 30 days before it has been accepted since, or those
    ///      that were hide what witnesses show; and no recovery froze the verifier, so that one could have been. A statement that was
    ///      made before is older than what the announcement waited for, whoever holds it back and when. An edge that has not been
    ///      heard of is none that fell silent. A rewind hears of nothing, so an announcement goes on; what was proven is proven anew.
    function _isStanding(Exit storage exit, Replica storage replica) internal view returns (bool) {
        (uint256 announcedAt, uint256 made) = (exit.announcedAt, replica.asOf);
        if (announcedAt == 0 || made == 0 || _frozenUntil() > announcedAt) return false;
        return made + SILENCE_S <= announcedAt || _aheadSince(exit, replica, announcedAt) != 0;
    }

    /// @dev The least count that a proof must show where an announcement stands by what witnesses show alone, else 0.
    function _hiddenFrom(Exit storage exit, Replica storage replica) internal view returns (uint64) {
        uint256 announcedAt = exit.announcedAt;
        return replica.asOf + SILENCE_S <= announcedAt ? 0 : _aheadSince(exit, replica, announcedAt);
    }

    /// @dev The lowest of the counts above the replica's that enough witnesses had shown for 30 days, 0 if too few had: as many as must
    ///      confirm, and two at least, since one alone would open every exit by a lie.
    function _aheadSince(Exit storage exit, Replica storage replica, uint256 at) private view returns (uint64 least) {
        uint256 shown = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            Ahead memory one = exit.ahead[slot];
            if ((_counting >> slot) & 1 == 0 || one.count <= replica.count || one.since + SILENCE_S > at) continue;
            ++shown;
            if (least == 0 || one.count < least) least = one.count;
        }
        if (shown < 2 || shown < _witnessesNeeded) return 0;
    }

    /// @dev Until when the verifier's last recovery froze it, or will.
    function _frozenUntil() private view returns (uint40 until) {
        (, , until) = IAttesterSet(_attesterSet).recovery();
    }
}

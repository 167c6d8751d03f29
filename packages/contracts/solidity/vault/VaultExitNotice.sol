// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {Replica} from "../edge/ReplicaLib.sol";
import {Ahead, Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title When an exit may be announced, and how long an announcement stands
abstract contract VaultExitNotice is VaultBase {
    uint256 internal constant SILENCE_S = 30 days;
    uint256 internal constant NOTICE_S = 7 days;
    /// @dev Time left after a quarantine to answer an announcement; quarantines are 72 h apart.
    uint256 private constant ANSWER_S = 48 hours;

    /// @dev Reverts unless an announcement stands and there was time enough to answer it.
    function _requireDue(Exit storage exit, Replica storage replica) internal view {
        if (!_isStanding(exit, replica)) revert IVaultExit.ExitNotAnnounced();
        uint256 earliest = _openableAt(exit);
        if (block.timestamp < earliest) revert IVaultExit.ExitTooEarly(earliest);
    }

    /// @dev Returns the time from which the exit can be opened. A quarantine refuses the statement that would answer,
    ///      so 48 hours must follow its end. While a rewind runs, the exit cannot be opened.
    function _openableAt(Exit storage exit) internal view returns (uint256) {
        uint256 quarantined = _quarantinedUntil;
        if (quarantined == REWINDING) return REWINDING;
        (uint256 noticed, uint256 answerable) = (exit.announcedAt + NOTICE_S, quarantined + ANSWER_S);
        return noticed > answerable ? noticed : answerable;
    }

    /// @dev Returns whether an announcement stands.
    ///      It ends when a statement is accepted that was made later than 30 days before it, unless such statements
    ///      hide entries that witnesses show. An older statement does not answer it, whoever held it back.
    ///      It also ends when a recovery froze the verifier, since statements could not be accepted then. An edge
    ///      without any statement did not fall silent, so it has no announcement. During a rewind an announcement stays
    ///      valid, but proofs must be repeated.
    function _isStanding(Exit storage exit, Replica storage replica) internal view returns (bool) {
        (uint256 announcedAt, uint256 made) = (exit.announcedAt, replica.asOf);
        if (announcedAt == 0 || made == 0 || _frozenUntil() > announcedAt) return false;
        return made + SILENCE_S <= announcedAt || _aheadSince(exit, replica, announcedAt) != 0;
    }

    /// @dev Returns the least count that a proof must show, if the announcement stands only because of what witnesses
    ///      show; else 0.
    function _hiddenFrom(Exit storage exit, Replica storage replica) internal view returns (uint64) {
        uint256 announcedAt = exit.announcedAt;
        return replica.asOf + SILENCE_S <= announcedAt ? 0 : _aheadSince(exit, replica, announcedAt);
    }

    /// @dev Returns the lowest of the counts that enough witnesses had shown for 30 days and no statement has reached,
    ///      0 if there are too few. Enough are as many as must confirm, and at least two: a single lying witness could
    ///      otherwise open every exit.
    function _aheadSince(Exit storage exit, Replica storage replica, uint256 at) internal view returns (uint64 least) {
        (uint256 shown, uint64 heard) = (0, ExitStorage.heardOf(exit, replica));
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            Ahead memory one = exit.ahead[slot];
            if ((_counting >> slot) & 1 == 0 || one.count <= heard || one.since + SILENCE_S > at) continue;
            ++shown;
            if (least == 0 || one.count < least) least = one.count;
        }
        if (shown < 2 || shown < _witnessesNeeded) return 0;
    }

    /// @dev Returns the time until which the verifier's last or running recovery freezes it.
    function _frozenUntil() internal view returns (uint40 until) {
        (, , until) = IAttesterSet(_attesterSet).recovery();
    }
}

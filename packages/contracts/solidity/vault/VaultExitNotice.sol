// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IVaultExit} from "../interfaces/vault/IVaultExit.sol";
import {Replica} from "../edge/ReplicaLib.sol";
import {Ahead, Exit, ExitStorage} from "./ExitStorage.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title When an exit may be announced, and how long an announcement counts
abstract contract VaultExitNotice is VaultBase {
    uint256 internal constant SILENCE_S = 30 days;
    uint256 internal constant NOTICE_S = 7 days;
    /// @dev Time left after a quarantine to respond to an announcement; quarantines are 72 h apart.
    uint256 private constant ANSWER_S = 48 hours;

    /// @dev An announcement counts, and there was time enough to answer it.
    function _requireDue(Exit storage exit, Replica storage replica) internal view {
        if (!_isStanding(exit, replica)) revert IVaultExit.ExitNotAnnounced();
        uint256 earliest = _openableAt(exit);
        if (block.timestamp < earliest) revert IVaultExit.ExitTooEarly(earliest);
    }

    /// @dev A quarantine refuses the statement that would answer, so some time is left behind it. While a rewind runs there is no time.
    function _openableAt(Exit storage exit) internal view returns (uint256) {
        uint256 quarantined = _quarantinedUntil;
        if (quarantined == REWINDING) return REWINDING;
        (uint256 noticed, uint256 answerable) = (exit.announcedAt + NOTICE_S, quarantined + ANSWER_S);
        return noticed > answerable ? noticed : answerable;
    }

    /// @dev True while an announcement is valid: since then no statement was accepted that was made within the 30 days before
    ///      it, unless such statements hide what witnesses show; and no recovery froze the verifier, so statements could have been
    ///      accepted. A statement that was made before is older than what the announcement waited for, whoever holds it back and
    ///      when. An edge without any statement did not fall silent. A rewind accepts no statements, so an announcement stays
    ///      valid; proofs must be repeated.
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

    /// @dev The lowest of the counts that enough witnesses had shown for 30 days and no statement has reached, 0 if too few had: as many
    ///      as must confirm, and two at least, since one alone would open every exit by a lie.
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

    /// @dev Until when the verifier's last recovery froze it, or will.
    function _frozenUntil() internal view returns (uint40 until) {
        (, , until) = IAttesterSet(_attesterSet).recovery();
    }
}

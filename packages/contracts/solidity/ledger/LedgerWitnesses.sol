// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {BatchLib} from "../edge/BatchLib.sol";
import {Replica} from "../edge/ReplicaLib.sol";
import {JournalHead} from "../edge/Statements.sol";
import {WitnessLib} from "../edge/WitnessLib.sol";
import {LedgerSources} from "./LedgerSources.sol";

/// @title Witnesses' records of a source's journal
/// @notice Reads witnesses' records, and detects one that differs from the attested head.
abstract contract LedgerWitnesses is LedgerSources {
    bytes32 private constant STATE_PROOF = "state-proof";

    /// @dev Compares the heads at the marks with the witnesses' records, before anything is applied. Returns true if a
    ///      witness recorded another head; the conflict is then recorded, and the caller must do nothing else. Entries
    ///      that do not lead to the attested head revert; otherwise a caller could forge a conflict.
    function _isContradicted(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica,
        bytes calldata fresh,
        uint64[] calldata marks,
        JournalHead calldata statement
    ) internal returns (bool) {
        if (record.witnessMask & 0xf == 0) return false;
        bytes32[] memory heads = BatchLib.headsAt(replica, fresh, marks, statement);
        for (uint8 witness = 0; witness < WITNESSES_MAX; ++witness) {
            WitnessRecord memory kept = _witnesses[source][witness];
            if (!_isRead(record, witness) || !kept.mayConflict) continue;
            (, uint256 i, bytes32 theirs) = WitnessLib.compare(kept.at, WITNESS_GAS, record.edge, marks, heads);
            if (theirs == 0) continue;
            _noteConflict(source, record, witness, marks[i], heads[i], theirs);
            return true;
        }
        return false;
    }

    /// @dev One conflict makes the source contested. A second one, or a state proof, puts it into quarantine. The
    ///      witness is not read again, and what it confirmed stays confirmed.
    function _noteConflict(
        uint16 source,
        SourceRecord storage record,
        uint8 witness,
        uint64 count,
        bytes32 ours,
        bytes32 theirs
    ) internal {
        // forge-lint: disable-next-line(incorrect-shift)
        uint16 mask = (record.witnessMask & ~(WITNESS_READ << witness)) | (WITNESS_CONFLICTED << witness);
        record.witnessMask = mask;
        _conflictAt[source] = uint40(block.timestamp);
        emit ILedgerCore.Conflict(source, witness, count, ours, theirs);
        uint256 conflicts = mask & WITNESSES_CONFLICTED;
        bool several = conflicts & (conflicts - 1) != 0;
        bytes memory question = abi.encodeCall(IHeadWitness.kind, ());
        if (several || WitnessLib.ask(_witnesses[source][witness].at, WITNESS_GAS, question) == STATE_PROOF) {
            _quarantine(source, record, uint40(block.timestamp + FREEZE_MAX), "conflict");
        } else {
            _calm(source, record, "conflict");
        }
    }

    function _isRead(SourceRecord storage record, uint8 witness) internal view returns (bool) {
        // forge-lint: disable-next-line(incorrect-shift)
        return witness < WITNESSES_MAX && record.witnessMask & (WITNESS_READ << witness) != 0;
    }
}

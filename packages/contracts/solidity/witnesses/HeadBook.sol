// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../interfaces/IHeadWitness.sol";

/// @notice The newest record of an edge.
/// @param count highest count recorded
/// @param arrivedAt block time in seconds at which it was recorded
/// @param contradicted true once two heads arrived for one count; the edge then reads as empty
struct LatestRecord {
    uint64 count;
    uint40 arrivedAt;
    bool contradicted;
}

/// @title A witness's records of remote journals
/// @dev Safety: a record never changes. A second, different head for a count shows that the transport lied or that the
///      origin broke its finality. The edge then reads as if nothing was recorded, which neither confirms nor
///      contradicts anything.
abstract contract HeadBook is IHeadWitness {
    mapping(bytes32 edge => mapping(uint64 count => bytes32 head)) private _heads;
    mapping(bytes32 edge => LatestRecord) private _latest;

    /// @notice Two heads arrived for one count. The edge reads as empty from now on.
    event HeadContradicted(bytes32 indexed edge, uint64 count, bytes32 recorded, bytes32 arrived);

    /// @notice The journal has no entry yet, so there is nothing to publish.
    error JournalEmpty(bytes32 edge);
    /// @notice The deployment needs a contract at an address that is zero.
    error AddressMissing(bytes32 what);

    /// @inheritdoc IHeadWitness
    function headAt(bytes32 edge, uint64 count) external view returns (bytes32 head) {
        return _latest[edge].contradicted ? bytes32(0) : _heads[edge][count];
    }

    /// @inheritdoc IHeadWitness
    function latest(bytes32 edge) external view returns (uint64 count, bytes32 head, uint40 arrivedAt) {
        LatestRecord memory record = _latest[edge];
        if (record.contradicted) return (0, 0, 0);
        return (record.count, _heads[edge][record.count], record.arrivedAt);
    }

    /// @notice Returns whether two heads arrived for one count of the edge.
    /// @param edge name of the edge
    function isContradicted(bytes32 edge) external view returns (bool) {
        return _latest[edge].contradicted;
    }

    /// @dev Records a head. Safety: the deriving contract has checked its origin.
    /// @return isNew true if this end knows more than before
    function _recordHead(bytes32 edge, uint64 count, bytes32 head) internal returns (bool isNew) {
        bytes32 known = _heads[edge][count];
        if (known == head) return false;
        LatestRecord storage record = _latest[edge];
        if (known != 0) {
            if (record.contradicted) return false;
            record.contradicted = true;
            emit HeadContradicted(edge, count, known, head);
            return true;
        }
        _heads[edge][count] = head;
        if (count > record.count) (record.count, record.arrivedAt) = (count, uint40(block.timestamp));
        emit HeadRecorded(edge, count, head);
        return true;
    }
}

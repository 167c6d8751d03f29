// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";

/// @notice What arrived last for an edge.
/// @param count highest count recorded
/// @param arrivedAt block time in seconds at which it was recorded
/// @param contradicted two heads arrived for one count: the edge is not answered for any more
struct LatestRecord {
    uint64 count;
    uint40 arrivedAt;
    bool contradicted;
}

/// @title What a witness sends of its own journal, and what it keeps of the other side's
/// @notice One end of a pair. An end stands beside a vault or beside the ledger, reads that contract's journal itself, and
///         records what its twin read on the other chain.
/// @dev Safety: nobody gives a count or a head. They are read from the journal's contract when they are sent, and come in
///      through a transport that a deriving contract checks. A record is never changed. A second, different head for a count
///      shows that the transport lied or that the origin's finality broke: the edge then reads as if nothing was recorded,
///      which neither confirms nor contradicts anything. Liveness: messages may come late, twice and in any order.
abstract contract HeadRecords is IHeadWitness {
    /// @notice edge ‖ count u64 ‖ head, packed.
    uint256 internal constant MESSAGE_LENGTH = 72;

    /// @notice Contract whose journal this end publishes: a vault, or the ledger.
    address public immutable journal;
    /// @notice Source toward whose vault the ledger's journal leads; 0 if `journal` is a vault.
    uint16 public immutable ledgerSource;

    mapping(bytes32 edge => mapping(uint64 count => bytes32 head)) private _heads;
    mapping(bytes32 edge => LatestRecord) private _latest;

    /// @notice Two heads arrived for one count: nothing of this edge is answered any more.
    event HeadContradicted(bytes32 indexed edge, uint64 count, bytes32 recorded, bytes32 arrived);

    /// @notice The journal's contract keeps another edge than the one asked for: a closed generation, or none of its own.
    error WrongEdge(bytes32 edge, bytes32 expected);
    /// @notice The journal has no entry yet: there is nothing to tell.
    error JournalEmpty(bytes32 edge);
    /// @notice The message is not 72 bytes long.
    error MessageMalformed(uint256 length, uint256 expected);
    /// @notice The deployment names no contract where one is needed.
    error AddressMissing(bytes32 what);

    /// @param journal_ vault or ledger on this chain
    /// @param ledgerSource_ source whose journal the ledger keeps; 0 if `journal_` is a vault
    constructor(address journal_, uint16 ledgerSource_) {
        if (journal_ == address(0)) revert AddressMissing("journal");
        (journal, ledgerSource) = (journal_, ledgerSource_);
    }

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

    /// @notice Tells whether two heads arrived for one count of the edge.
    /// @param edge name of the edge
    function isContradicted(bytes32 edge) external view returns (bool) {
        return _latest[edge].contradicted;
    }

    /// @dev The message about the journal as it stands in this block.
    function _messageOf(bytes32 edge) internal view returns (uint64 count, bytes32 head, bytes memory message) {
        bytes32 kept;
        (kept, count, head) = ledgerSource == 0
            ? ICollateralVault(journal).journalHead()
            : ICollateralLedger(journal).journalHead(ledgerSource);
        if (kept != edge) revert WrongEdge(edge, kept);
        if (count == 0) revert JournalEmpty(edge);
        message = abi.encodePacked(edge, count, head);
    }

    /// @dev Records what the twin sent. Safety: the deriving contract has checked that it was the twin, and nobody else.
    /// @return isNew true if this end knows more than before
    function _record(bytes calldata message) internal returns (bool isNew) {
        if (message.length != MESSAGE_LENGTH) revert MessageMalformed(message.length, MESSAGE_LENGTH);
        bytes32 edge = bytes32(message[0:32]);
        uint64 count = uint64(bytes8(message[32:40]));
        bytes32 head = bytes32(message[40:72]);

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

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {LedgerInit} from "../interfaces/ledger/LedgerTypes.sol";
import {BatchLib} from "../edge/BatchLib.sol";
import {EntryCodec} from "../edge/EntryCodec.sol";
import {Modules} from "../libraries/Modules.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {Rewind, RewindLib} from "../edge/RewindLib.sol";
import {JournalHead, Statements} from "../edge/Statements.sol";
import {LedgerKinds} from "./LedgerKinds.sol";
import {LedgerRoutes} from "./LedgerRoutes.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWitnesses} from "./LedgerWitnesses.sol";

/// @title The collateral ledger
/// @notice Takes attested journals of vaults and keeps what every account holds. `ILedger` is its manual. Functions
///         that this contract does not declare are answered by one of its modules.
contract CollateralLedger is LedgerKinds, LedgerWitnesses, ILedgerCore {
    address private immutable _accountsAt;
    address private immutable _protocolsAt;
    address private immutable _termsAt;
    address private immutable _lossesAt;
    address private immutable _rewindAt;
    address private immutable _viewsAt;

    /// @param init constructor arguments of the ledger
    /// @param modules_ built with the same `init`, in the order of `LedgerRoutes`
    constructor(LedgerInit memory init, address[] memory modules_) LedgerStorage(init) {
        Modules.requireOwn(modules_, LedgerRoutes.COUNT, keccak256(abi.encode(init)));
        (_accountsAt, _protocolsAt, _termsAt) = (modules_[0], modules_[1], modules_[2]);
        (_lossesAt, _rewindAt, _viewsAt) = (modules_[3], modules_[4], modules_[5]);
        _riskManager = init.riskManager;
    }

    /// @inheritdoc ILedgerCore
    function modules() external view returns (address[] memory) {
        address[] memory all = new address[](LedgerRoutes.COUNT);
        for (uint256 i = 0; i < all.length; ++i) all[i] = _moduleAt(i + 1);
        return all;
    }

    /// @inheritdoc ILedgerCore
    function applyEntries(
        uint16 source,
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs,
        bytes32 feeTo
    ) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        if (!_isOwnable(feeTo)) revert FeeAccountRefused(feeTo);
        Replica storage replica = ReplicaLib.locate(record.edge);
        RewindLib.requireName(record.edge, replica, statement.edge);
        uint64 count = replica.count;
        BatchLib.requireBatch(count, from, EntryCodec.countOf(entries), statement);
        BatchLib.requireMarks(marks, count, statement.count);
        // Nothing that attesters sign credits the vault of this chain.
        if (source == 0 && statement.epoch != Statements.LOCAL_EPOCH) revert StatementNotLocal(statement.epoch);
        BatchLib.verify(replica, _attesterSet, statement, sigs);

        Batch memory batch = _openBatch(source, record, replica);
        bytes calldata fresh = entries[uint256(count - from) * EntryCodec.LENGTH:];
        uint256 cursor;
        assembly ("memory-safe") {
            cursor := fresh.offset
        }
        batch.cursor = cursor;
        batch.seasonEnd =
            source == 0 ? block.timestamp + 1 : _max(statement.asOf + SEASON_S, block.timestamp + SEASON_HERE_S);

        if (marks.length != 0 && _isContradicted(source, record, replica, fresh, marks, statement)) return;
        _replayMarks(batch, replica, marks, statement.count);
        if (batch.head != statement.head) revert HeadMismatch(batch.head, statement.head);
        _settleRuns(batch, feeTo);
        replica.head = batch.head;
        _accept(source, record, replica, statement);
        emit Applied(statement.edge, count, statement.count, batch.head, feeTo);
        // Only once per generation: later refused entries were signed by the same quorum, and would block the source for years.
        if (batch.refused && record.flags & SOURCE_REFUSAL_COUNTED == 0) {
            record.flags |= SOURCE_REFUSAL_COUNTED;
            _quarantine(source, record, uint40(block.timestamp + FREEZE_MAX), "refused entry");
        }
    }

    /// @inheritdoc ILedgerCore
    function refresh(JournalHead[] calldata statements, bytes[] calldata sigs) external {
        if (statements.length != sigs.length) revert LengthsDiffer(statements.length, sigs.length);
        for (uint256 i = 0; i < statements.length; ++i) {
            JournalHead calldata statement = statements[i];
            uint16 source = _sourceOfEdge[statement.edge];
            if (source == 0) revert EdgeUnknown(statement.edge);
            SourceRecord storage record = _acceptingSource(source);
            Replica storage replica = ReplicaLib.locate(record.edge);
            BatchLib.requireAtReplica(replica, statement);
            BatchLib.verify(replica, _attesterSet, statement, sigs[i]);
            _accept(source, record, replica, statement);
        }
    }

    /// @notice Delegates every other call to the module that declares the function.
    /// @dev Safety: the addresses are immutable, and their code has the same storage layout (compared in the build).
    fallback() external {
        uint256 number = LedgerRoutes.moduleOf(msg.sig);
        if (number == 0) revert Modules.FunctionUnknown(msg.sig);
        Modules.pass(_moduleAt(number));
    }

    /// @dev A module by its number in `LedgerRoutes`.
    function _moduleAt(uint256 number) private view returns (address) {
        if (number < 4)
            return
                number == 1
                    ? _accountsAt
                    : number == 2
                        ? _protocolsAt
                        : _termsAt;
        return
            number == 4
                ? _lossesAt
                : number == 5
                    ? _rewindAt
                    : _viewsAt;
    }

    /// @dev Replays up to `upTo` and stores the running head at each mark.
    function _replayMarks(Batch memory batch, Replica storage replica, uint64[] calldata marks, uint64 upTo) private {
        for (uint256 i = 0; i < marks.length; ++i) {
            _replaySpan(batch, marks[i]);
            ReplicaLib.mark(replica, marks[i], batch.head);
        }
        _replaySpan(batch, upTo);
    }

    /// @dev Accepts the statement. If the replica stands at the tip, the source's time is known.
    function _accept(
        uint16 source,
        SourceRecord storage record,
        Replica storage replica,
        JournalHead calldata statement
    ) private {
        bool atTip = BatchLib.accept(replica, statement);
        // Only a replica that was rewound waits to be known at the tip.
        if (atTip && replica.generation != 0) _noteHeard(record, uint40(statement.asOf));
        SourceState state = record.state;
        if (atTip) record.asOf = uint40(statement.asOf);
        // Only an ended quarantine is accepted in this state.
        if (state == SourceState.QUARANTINED) _calm(source, record, "lapsed");
    }

    /// @dev Starts the time after which orphans can be taken back.
    function _noteHeard(SourceRecord storage record, uint40 asOf) private {
        Rewind storage rewind_ = RewindLib.locate(record.edge);
        if (rewind_.heardAt == 0) rewind_.heardAt = asOf;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ICollateralVaultActs} from "../interfaces/ICollateralVaultActs.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {IHeadWitness} from "../interfaces/IHeadWitness.sol";
import {IVault} from "../interfaces/IVault.sol";
import {
    Opening,
    Payment,
    PaymentQuote,
    PaymentState,
    VaultAsset,
    VaultInit,
    VaultWitness
} from "../interfaces/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {PaymentLane, PaymentLanes} from "../libraries/PaymentLanes.sol";
import {Replica, ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {RewindLib} from "../libraries/RewindLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {ExitStorage} from "./ExitStorage.sol";
import {VaultAdmin} from "./VaultAdmin.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultCoverage} from "./VaultCoverage.sol";
import {VaultDates} from "./VaultDates.sol";

/// @title The rare acts of a vault
/// @notice Called through the vault, on the vault's storage; `ICollateralVaultActs` is its manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract VaultActs is VaultAdmin, VaultDates, VaultCoverage {
    uint256 private constant STOP_EVERY_S = 7 days;
    /// @dev Between two reports of which the second finds no less.
    uint256 private constant REPORT_EVERY_S = 1 days;
    /// @dev Appointments of accounts without a lock of their own: 64 at once, then 64 an hour, 50,000 gas each at the ledger.
    uint256 private constant APPOINTS = 64;
    uint256 private constant APPOINTS_S = 1 hours;

    /// @param init the same values as the vault's
    constructor(VaultInit memory init) VaultBase(init) {}

    /// @inheritdoc ICollateralVaultActs
    function stop(uint96 seq, bytes calldata packed, bytes32 reason) external onlyRole(_guardian) nonReentrant {
        Payment memory due = _payments[seq];
        if (due.state != PaymentState.QUEUED && due.state != PaymentState.CLAIMABLE) {
            revert ICollateralVaultReleases.PaymentStateMismatch(seq, due.state, PaymentState.QUEUED);
        }
        bytes25 given = bytes25(keccak256(packed));
        if (given != due.entryHash) revert ICollateralVaultReleases.EntryMismatch(seq, given, due.entryHash);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        if (!_isEdgeDoubted()) {
            if (_laneOf(due) == PaymentLane.SMALL) revert ICollateralVault.StopTooSmall(seq);
            uint256 last = _stoppedAt[entry.account];
            if (last != 0 && block.timestamp < last + STOP_EVERY_S) {
                revert ICollateralVault.StopTooSoon(entry.account, last + STOP_EVERY_S);
            }
            // Safety of the cast: block times fit 40 bits for 34,000 years.
            _stoppedAt[entry.account] = uint40(block.timestamp);
        }
        _requireMovable(seq);
        VaultAsset storage kept = _assets[entry.asset];
        if (entry.kind == EntryCodec.LOST) {
            _payments[seq].state = PaymentState.STOPPED;
            emit ICollateralVault.Stopped(seq, msg.sender, reason);
            return _report(kept, entry.asset, seq);
        }
        kept.owed -= uint104(entry.amount);
        bool freed = _freeLast(kept, seq, due, entry.amount);
        _stop(seq, entry.asset, entry.amount, entry.account, _isSettled(seq), msg.sender, reason);
        // A place that is not the last stays in its lane, and a rewind may give it back.
        if (!freed) _payments[seq].flags |= due.flags & PAYMENT_LANE;
    }

    /// @inheritdoc ICollateralVaultActs
    function giveBack(uint96 seq, bytes calldata packed) external nonReentrant {
        _requireDue(seq, packed, PaymentState.CLAIMABLE, EntryCodec.RELEASE);
        _requireMovable(seq);
        // Claimable since then. Times fit 40 bits for 34,000 years.
        uint40 earliest = uint40(_payments[seq].readyAt + REFUND_AFTER_S);
        if (block.timestamp < earliest) revert ICollateralVaultReleases.PaymentNotReady(seq, earliest);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        _assets[entry.asset].owed -= uint104(entry.amount);
        // It was replayed at least as long ago as a refund waits for a confirmation.
        _stop(seq, entry.asset, entry.amount, entry.account, true, msg.sender, "given back");
    }

    /// @inheritdoc ICollateralVaultActs
    function refund(uint96 seq, uint16 asset, uint128 amount, bytes32 account) external nonReentrant {
        Payment memory stopped = _payments[seq];
        if (stopped.state != PaymentState.STOPPED) {
            revert ICollateralVaultReleases.PaymentStateMismatch(seq, stopped.state, PaymentState.STOPPED);
        }
        bytes25 given = _refundHash(asset, amount, account);
        if (given != stopped.entryHash) revert ICollateralVaultReleases.EntryMismatch(seq, given, stopped.entryHash);
        bool first = stopped.flags & PAYMENT_REFUNDED == 0;
        if (block.timestamp < stopped.readyAt && !(first && _isSettled(seq))) {
            revert ICollateralVault.RefundTooSoon(seq, stopped.readyAt);
        }
        // In an open exit the release is claimed by the ledger's record of it, and no ledger hears of a refund.
        _requireMovable(seq);
        _refund(seq, asset, amount, account);
    }

    /// @inheritdoc ICollateralVaultActs
    function quarantine(uint40 until) external onlyRole(_guardian) nonReentrant {
        (uint256 earliest, uint256 latest) = (block.timestamp + 1, block.timestamp + QUARANTINE_S);
        uint40 running = _quarantinedUntil;
        bool runs = block.timestamp < running;
        // An extension is longer than what it extends; another one waits as long as one may last.
        if (runs) earliest = _edgeFlags & EDGE_EXTENDED != 0 ? type(uint256).max : uint256(running) + 1;
        else if (running != 0 && block.timestamp < running + QUARANTINE_S) earliest = type(uint256).max;
        if (until < earliest || until > latest) revert ICollateralVault.QuarantineRefused(until, earliest, latest);
        _quarantine(ReplicaLib.locate(_inbound()), until, "guardian");
        if (runs) _edgeFlags |= EDGE_EXTENDED;
        else _edgeFlags &= ~EDGE_EXTENDED;
    }

    /// @inheritdoc ICollateralVaultActs
    function noteRecovery() external nonReentrant {
        IAttesterSet verifier = IAttesterSet(_attesterSet);
        (, , uint40 until) = verifier.recovery();
        if (!verifier.inRecovery()) revert ICollateralVault.NotInRecovery(until);
        uint256 latest = block.timestamp + QUARANTINE_S;
        // Both fit 40 bits for 34,000 years.
        _quarantine(ReplicaLib.locate(_inbound()), until < latest ? until : uint40(latest), "recovery");
    }

    /// @inheritdoc ICollateralVaultActs
    function report(uint16 asset) external nonReentrant {
        VaultAsset storage kept = _listed(asset);
        // The exit pays what there is, and the ledger's lines are worth nothing.
        if (kept.flags & HINT_EXIT != 0) revert ICollateralVault.AssetEnded(asset);
        (uint256 deficit, uint256 coverage) = _coverageOf(kept);
        bool recorded = kept.flags & HINT_SHORT != 0;
        if (coverage >= (recorded ? kept.coverage : WAD) && !(recorded && deficit == 0)) {
            uint256 earliest = kept.reportedAt + REPORT_EVERY_S;
            if (block.timestamp < earliest) revert ICollateralVault.ReportTooSoon(asset, coverage, earliest);
        }
        _report(kept, asset, 0);
    }

    /// @inheritdoc ICollateralVaultActs
    function confirm(uint8 witness, uint64 count) external nonReentrant {
        VaultWitness memory kept = _knownWitness(witness);
        if ((_counting >> witness) & 1 == 0) revert ICollateralVault.WitnessNotCounting(witness);
        bytes32 edge = _inbound();
        Replica storage replica = ReplicaLib.locate(edge);
        if (replica.state == SourceState.CLOSED) revert ICollateralVaultReleases.EdgeClosed(_inboundNow());
        bytes32 ours = _headAt(replica, count);
        bytes32 theirs = _recordOf(kept.at, edge, count);
        if (theirs == 0) revert ICollateralVault.RecordMissing(witness, count);
        if (theirs == ours) {
            _confirmBy(replica, witness, count);
        } else {
            if (!kept.conflicts) revert ICollateralVault.RecordDiffers(witness, count, ours, theirs);
            _contest(replica, witness, count, ours, theirs);
        }
    }

    /// @inheritdoc ICollateralVaultActs
    function mark(uint64 count, bytes32 head, bytes calldata entries) external {
        Replica storage replica = ReplicaLib.locate(_inbound());
        uint256 end = count + EntryCodec.countOf(entries);
        // Beyond 2^64 no head is known.
        bytes32 known = end > type(uint64).max ? bytes32(0) : _headAt(replica, uint64(end));
        bytes32 seen = EntryCodec.fold(head, entries);
        if (seen != known) revert ICollateralVaultReleases.HeadMismatch(seen, known);
        ReplicaLib.mark(replica, count, head);
        emit ICollateralVault.Marked(count, head);
    }

    /// @inheritdoc ICollateralVaultActs
    function appoint(uint80 sub, address operator) external nonReentrant {
        if (_source == 0) revert ICollateralVault.HomeNotSupported(0);
        bytes32 account = AccountLib.encode(msg.sender, _source, sub);
        if (_appointable[account]) delete _appointable[account];
        else _takeAppointment();
        _journal(EntryCodec.APPOINT, 0, 0, account, bytes32(uint256(uint160(operator))));
        emit ICollateralVault.Appointed(account, operator);
    }

    /// @inheritdoc ICollateralVaultActs
    function setWitness(uint8 witness, address at, bool conflicts) external onlyRole(_governor) {
        if (witness >= WITNESSES_MAX) revert ICollateralVault.WitnessUnknown(witness);
        if (at != address(0)) _requireAnswer(at);
        uint256 set = at == address(0) ? 0 : 1;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            address other = _witnesses[slot].at;
            if (slot == witness || other == address(0)) continue;
            if (other == at) revert ICollateralVault.WitnessRefused(at);
            ++set;
        }
        if (set < _witnessesNeeded) revert ICollateralVault.WitnessesMissing(_witnessesNeeded, set);
        _witnesses[witness] = VaultWitness({at: at, conflicts: conflicts});
        // forge-lint: disable-next-line(incorrect-shift)
        uint8 bit = uint8(1 << witness);
        uint8 others = _counting & ~bit;
        _counting = at == address(0) ? others : others | bit;
        _conflicted &= ~bit;
        Replica storage replica = ReplicaLib.locate(_inbound());
        replica.confirmedBy &= ~(uint256(type(uint64).max) << (uint256(witness) * 64));
        delete ExitStorage.locate().ahead[witness];
        emit ICollateralVault.WitnessSet(witness, at, conflicts);
        if (replica.state == SourceState.CONTESTED && _conflicted == 0) {
            replica.state = SourceState.LIVE;
            emit ICollateralVaultReleases.EdgeStateChanged(_inboundNow(), SourceState.LIVE, 0, "witnesses replaced");
        }
    }

    /// @inheritdoc ICollateralVaultActs
    function setWitnessPolicy(uint8 m) external onlyRole(_governor) {
        uint256 set = 0;
        for (uint8 slot = 0; slot < WITNESSES_MAX; ++slot) {
            if (_witnesses[slot].at != address(0)) ++set;
        }
        if (m > set || (m == 0 && !_development)) revert ICollateralVault.WitnessesMissing(m == 0 ? 1 : m, set);
        _witnessesNeeded = m;
        emit ICollateralVault.WitnessPolicySet(m);
    }

    /// @inheritdoc ICollateralVaultActs
    function setSuccessor(address next) external onlyRole(_governor) {
        if (_successor != address(0) || next == address(this) || next.code.length == 0) {
            revert ICollateralVault.SuccessorRefused(next);
        }
        IVault vault = IVault(next);
        if (vault.ledger() != _ledger || vault.settlementChainId() != _settlementChainId || vault.source() == _source) {
            revert ICollateralVault.SuccessorRefused(next);
        }
        _successor = next;
        emit ICollateralVault.SuccessorSet(next);
    }

    /// @inheritdoc ICollateralVaultActs
    function quotePayment(uint16 asset, uint128 amount) external view returns (PaymentQuote memory quoted) {
        VaultAsset storage kept = _listed(asset);
        Replica storage replica = ReplicaLib.locate(_inbound());
        Dating memory one = _date(kept, replica.count + 1, replica.confirmed, amount);
        quoted.lane = one.lane;
        quoted.largestUnits = PaymentLanes.largestUnits(kept.limit, TokenScale.wholeOf(kept.decimals));
        if (one.lane == PaymentLane.NONE) return quoted;
        (quoted.readyAt, quoted.waits, quoted.opensAt) = (one.readyAt, one.waits, one.opensAt);
    }

    /// @inheritdoc ICollateralVaultActs
    function openingOf(uint96 seq) external view returns (Opening memory) {
        return _openings[seq];
    }

    /// @inheritdoc ICollateralVaultActs
    function witnessOf(uint8 witness) external view returns (VaultWitness memory kept, uint64 confirmed) {
        kept = _witnesses[witness];
        if (witness < WITNESSES_MAX) {
            confirmed = uint64(ReplicaLib.locate(_inbound()).confirmedBy >> (uint256(witness) * 64));
        }
    }

    /// @inheritdoc ICollateralVaultActs
    function witnessPolicy() external view returns (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed) {
        return (_witnessesNeeded, _counting, _conflicted, ReplicaLib.locate(_inbound()).confirmed);
    }

    /// @inheritdoc ICollateralVaultActs
    function stoppedAt(bytes32 account) external view returns (uint40) {
        return _stoppedAt[account];
    }

    /// @inheritdoc ICollateralVaultActs
    function successor() external view returns (address) {
        return _successor;
    }

    /// @dev An appointment costs its sender next to nothing and the settlement chain two slots. One that comes with a lock has
    ///      the lock's minimum against it, the others share a bucket: so flooding it keeps nobody with a token from appointing.
    function _takeAppointment() private {
        uint256 nowTat = block.timestamp * APPOINTS;
        uint256 tat = _appointTat;
        tat = (tat > nowTat ? tat : nowTat) + APPOINTS_S;
        uint256 latest = nowTat + APPOINTS_S * APPOINTS;
        if (tat > latest) {
            revert ICollateralVault.AppointTooSoon((tat - APPOINTS_S * APPOINTS + APPOINTS - 1) / APPOINTS);
        }
        // Block times fit 40 bits for 34,000 years, a 64th of a second takes 6 more.
        _appointTat = uint64(tat);
    }

    function _knownWitness(uint8 witness) private view returns (VaultWitness memory kept) {
        kept = _witnesses[witness];
        if (kept.at == address(0)) revert ICollateralVault.WitnessUnknown(witness);
    }

    /// @dev A witness that cannot answer within what a question may use would be silent for ever, without an error. It is asked before
    ///      anything else touches it, so that it is as cold as it will be.
    function _requireAnswer(address at) private view {
        bytes memory call_ = abi.encodeCall(IHeadWitness.headAt, (_inbound(), 1));
        bool answered;
        assembly ("memory-safe") {
            answered := staticcall(WITNESS_GAS, at, add(call_, 0x20), mload(call_), 0, 0)
            answered := and(answered, gt(returndatasize(), 0x1f))
        }
        if (answered) return;
        if (at.code.length == 0) revert ICollateralVault.WitnessRefused(at);
        revert ICollateralVault.WitnessSilent(at, WITNESS_GAS);
    }

    /// @dev The head at a stored mark, or the replica's own.
    function _headAt(Replica storage replica, uint64 count) private view returns (bytes32 head) {
        head = count == replica.count ? replica.head : ReplicaLib.markOf(replica, count);
        if (head == 0) revert ICollateralVault.MarkMissing(count);
    }

    /// @dev What an open exit pays was proven, and nobody could void it. What lies past the point of a rewind that runs is unwound,
    ///      and is left alone until then.
    function _requireMovable(uint96 seq) private view {
        bytes32 edge = _inbound();
        if (ReplicaLib.locate(edge).state != SourceState.CLOSED) return;
        if (RewindLib.locate(edge).next == 0) revert ICollateralVaultReleases.EdgeClosed(_inboundNow());
        _requireNotPastPoint(seq);
    }

    /// @dev Something speaks against the journal that is replayed here.
    function _isEdgeDoubted() private view returns (bool) {
        SourceState state = _stateOf(ReplicaLib.locate(_inbound()));
        // A conflict ends by another witness alone, which the guardian may cancel: it lifts the limits of a stop for 30 days.
        bool contested = state == SourceState.CONTESTED && block.timestamp < _contestedAt + REFUND_AFTER_S;
        return contested || state == SourceState.QUARANTINED || _isHalted(_inboundNow());
    }

    /// @dev Attesters have stopped the edge at their verifier.
    function _isHalted(bytes32 edge) private view returns (bool halted) {
        (halted, , ) = IAttesterSet(_attesterSet).haltOf(edge);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {IVaultLosses, IVaultReleases} from "../../solidity/interfaces/vault/IVaultPayments.sol";
import {Vm} from "forge-std/Vm.sol";
import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {IVaultRewind} from "../../solidity/interfaces/vault/IVaultWitnesses.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {Ghosts} from "../harness/Ghosts.sol";
import {RoundTripRewindFixture} from "./RoundTripRewindFixture.sol";

/// @notice What a handler of rewinds knows of both edges, taken down from what the contracts tell.
abstract contract RewindBooks is RoundTripRewindFixture, Ghosts {
    uint64 internal _common;
    uint64 internal _commonBack;
    /// @dev Packed entries that the vault replayed last under each number.
    mapping(uint96 seq => bytes) internal _packed;
    uint96[] internal _seqs;
    /// @dev Packed entries that the ledger applied last under each number.
    mapping(uint96 seq => bytes) internal _applied;
    /// @dev Packed entries that ever were orphans, each once.
    bytes[] internal _orphans;
    mapping(bytes32 entryHash => bytes) private _bytesOf;
    /// @notice What payments that were unwound took and no release has settled.
    mapping(uint16 asset => uint256) public unsettled;
    /// @notice Units that the ledger told as lost, less those that it told as found.
    mapping(uint16 asset => uint256) public told;
    /// @notice Units by which losses and finds changed what the vault accounts for.
    mapping(uint16 asset => int256) public taken;
    /// @notice Tokens that vanished and did not come back.
    mapping(uint16 asset => uint256) public lost;
    /// @notice Units of payments for which no token left, because the asset was short.
    mapping(uint16 asset => uint256) public borne;
    /// @dev Units of payments that the act at hand unwound.
    mapping(uint16 asset => uint256) internal _unwoundNow;
    mapping(bytes32 entryHash => uint256) private _seen;

    /// @dev Reads what an act made either contract tell, and takes it down.
    modifier heard(bytes32 act) {
        vm.recordLogs();
        _;
        _hear(vm.getRecordedLogs());
    }

    // What the invariants read

    function theLedger() external view returns (ILedger) {
        return ledger;
    }

    function theVault() external view returns (IVault) {
        return origin;
    }

    /// @notice Names that attesters sign now.
    function edges() external view returns (bytes32 fromVault, bytes32 fromLedger) {
        return (journal.edge, back.edge);
    }

    /// @notice Reverts unless each contract's journal is what really happened.
    function requireJournals() external view {
        assertJournals();
    }

    function linesSum(uint16 assetId) external view returns (uint256 units) {
        for (uint256 i = 0; i < everybody.length; ++i) units += ledger.lineOf(accountOf(everybody[i]), assetId).amount;
    }

    function held(uint16 asset) external view returns (uint256) {
        return tokens[asset - 1].balanceOf(address(origin));
    }

    /// @notice What the vault journaled and the ledger has not applied: locks, and refunds that come again.
    function locksUnderWay(uint16 asset) external returns (uint256 units) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        for (uint64 i = count; i < tip(journal); ++i) {
            Entry memory entry = entryOf(journal, i);
            if (entry.asset != asset) continue;
            if (entry.kind == EntryCodec.LOCK) units += entry.amount;
            if (entry.kind != EntryCodec.REFUND) continue;
            bytes32 entryHash = keccak256(entriesOf(journal, i, i + 1));
            (uint256 left, ) = ledger.orphansOf(SOURCE, entryHash);
            if (_seen[entryHash]++ < left) units += entry.amount;
        }
        for (uint64 i = count; i < tip(journal); ++i) delete _seen[keccak256(entriesOf(journal, i, i + 1))];
    }

    /// @notice What was debited, and neither paid nor came back: releases whose record stands at the ledger.
    function debited(uint16 asset) external view returns (uint256 units) {
        (, uint64 count, , , , ) = origin.replicaState();
        for (uint64 n = 1; n <= tip(back); ++n) {
            Entry memory entry = entryOf(back, n - 1);
            if (entry.asset != asset || entry.kind != EntryCodec.RELEASE) continue;
            if (ledger.releasedOf(SOURCE, n) == 0) continue;
            if (n > count || origin.payment(n).state != PaymentState.PAID) units += entry.amount;
        }
    }

    function duesOf(uint16 asset) external view returns (uint256 units) {
        for (uint256 i = 0; i < _seqs.length; ++i) {
            if (!_isOpen(_seqs[i])) continue;
            Entry memory entry = this.decode(_packed[_seqs[i]]);
            if (entry.asset == asset) units += entry.amount;
        }
    }

    /// @dev A release that is neither paid nor stopped nor void.
    function _isOpen(uint96 seq) internal view returns (bool) {
        return _waits(seq) && !_isLoss(seq);
    }

    function _waits(uint96 seq) internal view returns (bool) {
        PaymentState state = origin.payment(seq).state;
        return state == PaymentState.QUEUED || state == PaymentState.CLAIMABLE;
    }

    function _isLoss(uint96 seq) internal view returns (bool) {
        return uint8(_packed[seq][0]) == EntryCodec.LOST;
    }

    /// @dev The vault replayed an entry of that number: whatever had it before is void, or was the same.
    function _take(uint96 seq, bytes memory packed) internal {
        if (_packed[seq].length == 0) _seqs.push(seq);
        _packed[seq] = packed;
    }

    /// @dev What a rewind of the vault changed beside payments is what it took back of losses and finds.
    function _noteUnwound(uint16 asset, uint256 accountedBefore) internal {
        int256 change = int256(origin.accounted(asset)) - int256(accountedBefore) - int256(_unwoundNow[asset]);
        taken[asset] += change;
        if (change != 0) _hit("loss taken back");
        _unwoundNow[asset] = 0;
    }

    function _hear(Vm.Log[] memory logs) internal {
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IEdge.Journaled.selector) _hearJournaled(logs[i]);
            else if (topic == IVaultRewind.PaidPastPoint.selector) {
                uint16 asset = uint16(uint256(logs[i].topics[2]));
                uint256 units = abi.decode(logs[i].data, (uint256));
                unsettled[asset] += units;
                _unwoundNow[asset] += units;
                _hit("paid past the point");
            } else if (topic == IVaultRewind.Settled.selector) {
                Entry memory paid = entryOf(back, uint64(uint256(logs[i].topics[1])) - 1);
                unsettled[paid.asset] -= abi.decode(logs[i].data, (uint256));
                _hit("settled");
            } else if (topic == IVaultRewind.Voided.selector) _hit("void");
            else if (topic == IVaultLosses.LossTaken.selector) {
                (uint256 units, bool found) = abi.decode(logs[i].data, (uint256, bool));
                taken[uint16(uint256(logs[i].topics[2]))] += found ? -int256(units) : int256(units);
                _hit(found ? bytes32("find taken over") : bytes32("loss taken over"));
            } else if (topic == IVaultReleases.LossBorne.selector) {
                Entry memory paid = this.decode(_packed[uint96(uint256(logs[i].topics[1]))]);
                borne[paid.asset] += abi.decode(logs[i].data, (uint256));
                _hit("payment with a loss");
            } else if (topic == ILedgerLosses.WrittenOff.selector) {
                (uint256 units, bool found) = abi.decode(logs[i].data, (uint256, bool));
                uint16 asset = uint16(uint256(logs[i].topics[2]));
                told[asset] = found ? told[asset] - units : told[asset] + units;
                _hit(found ? bytes32("find told") : bytes32("loss told"));
            } else if (topic == ILedgerRewind.Orphaned.selector) _hearOrphan(logs[i].topics[2], logs[i].topics[3]);
            else _hearMore(topic);
        }
    }

    function _hearMore(bytes32 topic) private {
        if (topic == ILedgerRewind.CameAgain.selector) _hit("came again");
        else if (topic == ILedgerRewind.Found.selector) _hit("found");
        else if (topic == ILedgerRewind.TakenBack.selector) _hit("taken back");
        else if (topic == ILedgerRewind.ParkedVoided.selector) _hit("parked void");
        else if (topic == ILedgerRewind.RefundUndone.selector) _hit("refund undone");
        else if (topic == ILedgerLosses.Refunded.selector) _hit("refund");
    }

    /// @dev An entry of the ledger's journal or of the vault's, which tell of it by one event.
    function _hearJournaled(Vm.Log memory log) private {
        (uint8 kind, uint16 asset, uint128 amount, bytes32 party) = abi.decode(
            log.data,
            (uint8, uint16, uint128, bytes32)
        );
        Entry memory entry = Entry(kind, asset, amount, log.topics[3], party, 0);
        if (log.emitter == address(ledger)) happenedBack(entry);
        else happened(entry);
    }

    /// @dev The entry of that number was in what attesters signed when it was unwound.
    function _hearOrphan(bytes32 seq, bytes32 entryHash) private {
        _hit("orphan");
        if (_bytesOf[entryHash].length != 0) return;
        bytes memory packed = _applied[uint96(uint256(seq))];
        assertEq(keccak256(packed), entryHash);
        _bytesOf[entryHash] = packed;
        _orphans.push(packed);
    }
}

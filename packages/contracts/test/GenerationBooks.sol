// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {ILedger} from "../solidity/interfaces/ILedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {ILedgerGenerations} from "../solidity/interfaces/ILedgerGenerations.sol";
import {IVault} from "../solidity/interfaces/IVault.sol";
import {IVaultGenerations} from "../solidity/interfaces/IVaultGenerations.sol";
import {PaymentState} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {Ghosts} from "./Ghosts.sol";
import {GenerationFixture} from "./GenerationFixture.sol";

/// @notice What a handler of generations knows of both edges, taken down from what the contracts tell.
abstract contract GenerationBooks is GenerationFixture, Ghosts {
    /// @dev A quorum signed what never happened, and the edge was not closed since.
    bool public parted;
    bool public partedBack;
    uint32 internal _generation;
    uint32 internal _generationBack;
    uint64 internal _common;
    uint64 internal _commonBack;
    /// @dev Packed releases that the vault may have to pay, by number.
    mapping(uint96 seq => bytes) internal _packed;
    uint96[] internal _seqs;
    /// @dev What payments past a point took and no release has settled.
    mapping(uint16 asset => uint256) public unsettled;
    /// @notice Units that the ledger wrote off, and those that the vault took over and did not undo since.
    mapping(uint16 asset => uint256) public writtenOff;
    mapping(uint16 asset => uint256) public taken;
    mapping(uint96 seq => uint256) private _takenBy;
    /// @notice Tokens that vanished and did not come back.
    mapping(uint16 asset => uint256) public lost;
    /// @notice Units of payments for which no token left, because the asset was short.
    mapping(uint16 asset => uint256) public borne;

    /// @dev The ledger journals again what is left of its journal past a point.
    bool internal _rest;

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

    /// @notice Names of the edges that attesters sign now.
    function edges() external view returns (bytes32 fromVault, bytes32 fromLedger) {
        return (journal.edge, back.edge);
    }

    function linesSum(uint16 assetId) external view returns (uint256 units) {
        for (uint256 i = 0; i < everybody.length; ++i) units += ledger.lineOf(accountOf(everybody[i]), assetId).amount;
    }

    function held(uint16 asset) external view returns (uint256) {
        return tokens[asset - 1].balanceOf(address(origin));
    }

    /// @notice What is on its way: locks and refunds that the ledger will take, releases that the vault will.
    function underWay(uint16 asset) external view returns (uint256 units) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        for (uint64 i = count; i < tip(journal); ++i) {
            Entry memory entry = entryOf(journal, i);
            if (entry.asset != asset) continue;
            bool taken = entry.kind == EntryCodec.LOCK;
            if (entry.kind == EntryCodec.REFUND) {
                bytes32 record = keccak256(abi.encodePacked(entry.asset, entry.amount, entry.account));
                taken = ledger.releasedOf(SOURCE, uint96(uint256(entry.party))) == record;
            }
            if (taken) units += entry.amount;
        }
        (, count, , , , ) = origin.replicaState();
        for (uint64 i = count; i < tip(back); ++i) {
            Entry memory entry = entryOf(back, i);
            if (entry.asset == asset && entry.kind == EntryCodec.RELEASE) units += entry.amount;
        }
    }

    function duesOf(uint16 asset) external view returns (uint256 units) {
        for (uint256 i = 0; i < _seqs.length; ++i) {
            if (!_isOpen(_seqs[i])) continue;
            Entry memory entry = this.decode(_packed[_seqs[i]]);
            if (entry.asset == asset) units += entry.amount;
        }
    }

    /// @dev A release that is neither paid nor refunded nor void.
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

    function _hear(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            bytes memory data = logs[i].data;
            if (topic == ILedgerBadDays.Journaled.selector) {
                (uint8 kind, uint16 asset, uint128 amount, bytes32 party) = abi.decode(
                    data,
                    (uint8, uint16, uint128, bytes32)
                );
                Entry memory entry = Entry(kind, asset, amount, logs[i].topics[3], party, 0);
                if (logs[i].emitter == address(ledger)) append(partedBack ? survivedBack : back, entry);
                else append(parted ? survived : journal, entry);
            } else if (topic == ILedgerGenerations.Reappended.selector && logs[i].emitter == address(ledger)) {
                _hearAgain(data);
            } else if (topic == IVaultGenerations.PaidPastPoint.selector) {
                unsettled[uint16(uint256(logs[i].topics[2]))] += abi.decode(data, (uint256));
                _hit("paid past the point");
            } else if (topic == IVaultGenerations.Settled.selector) {
                Entry memory paid = entryOf(back, uint64(uint256(logs[i].topics[1])) - 1);
                unsettled[paid.asset] -= abi.decode(data, (uint256));
                _hit("settled");
            } else if (topic == IVaultGenerations.Voided.selector) {
                _hearVoid(uint96(uint256(logs[i].topics[1])));
            } else if (topic == IVaultGenerations.LossTaken.selector) {
                uint256 units = abi.decode(data, (uint256));
                taken[uint16(uint256(logs[i].topics[2]))] += units;
                _takenBy[uint96(uint256(logs[i].topics[1]))] = units;
                _hit("loss taken over");
            } else if (topic == ICollateralVaultReleases.LossBorne.selector) {
                Entry memory paid = this.decode(_packed[uint96(uint256(logs[i].topics[1]))]);
                borne[paid.asset] += abi.decode(data, (uint256));
                _hit("payment with a loss");
            } else if (topic == ILedgerGenerations.WrittenOff.selector) {
                (uint256 units, ) = abi.decode(data, (uint256, uint96));
                writtenOff[uint16(uint256(logs[i].topics[1]))] += units;
            } else if (topic == ILedgerGenerations.Repaid.selector) _hit("repaid");
            else if (topic == ILedgerGenerations.ParkedVoided.selector) _hit("parked void");
            else if (topic == ILedgerGenerations.RefundUndone.selector) _hit("refund undone");
            else if (topic == ILedgerBadDays.Refunded.selector) _hit("refund");
        }
        _rest = false;
    }

    function _hearVoid(uint96 seq) private {
        if (!_isLoss(seq)) {
            _hit("void");
            return;
        }
        taken[this.decode(_packed[seq]).asset] -= _takenBy[seq];
        if (_takenBy[seq] != 0) _hit("loss undone");
        _takenBy[seq] = 0;
    }

    function _hearAgain(bytes memory data) private {
        if (!_rest) return;
        (, uint8 kind, uint16 asset, uint128 amount, bytes32 account, bytes32 party, uint96 fee) = abi.decode(
            data,
            (uint64, uint8, uint16, uint128, bytes32, bytes32, uint96)
        );
        append(back, Entry(kind, asset, amount, account, party, fee));
    }
}

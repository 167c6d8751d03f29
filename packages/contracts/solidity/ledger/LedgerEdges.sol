// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, LedgerInit, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {ILedgerEdges} from "../interfaces/ILedgerEdges.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {ReplicaLib} from "../libraries/ReplicaLib.sol";
import {LedgerExitShares} from "./LedgerExitShares.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title What is done to an edge beside replaying it
/// @notice Called through the ledger, its acts and its duties, on the ledger's storage; `ILedgerEdges` is the manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerEdges is LedgerReplay, LedgerExitShares, ILedgerEdges {
    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerEdges
    function unpark(uint16 source, uint96 index) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        ParkedCredit memory parked = _parkedOf(source, index);
        ParkReason reason = parked.reason;
        if (reason == ParkReason.NONE) revert ICollateralLedger.NotParked(source, index);
        Batch memory batch = _openBatch(source, record, ReplicaLib.locate(record.edge), 1);
        _selectRun(batch, parked.vaultAsset);
        if (batch.run.assetId == 0) revert ICollateralLedger.UnparkRefused(index, reason);
        if (_isCredited(batch, index, parked)) {
            uint16 assetId = uint16(batch.run.assetId);
            bytes32 feeTo = AccountLib.encode(msg.sender, 0, 0);
            delete _parked[source][index];
            _creditWhole(parked.account, assetId, parked.amount - parked.fee, batch.run.enableUnits);
            if (parked.fee != 0) _creditWhole(feeTo, assetId, parked.fee, batch.run.enableUnits);
            emit ICollateralLedger.Unparked(source, index, parked.account, assetId, parked.amount, parked.fee, feeTo);
        }
        _settleRuns(batch, 0);
    }

    /// @dev Judges a parked credit: true if it reaches its line now, false if it waits on in another place. Reverts while
    ///      its reason stands. What was parked before its asset was listed was never in the asset's sum.
    function _isCredited(Batch memory batch, uint96 index, ParkedCredit memory parked) private returns (bool) {
        AssetRun memory run = batch.run;
        bool summed = parked.reason != ParkReason.UNLISTED && parked.flags & PARKED_UNLISTED == 0;
        if (!summed && parked.amount > run.totalRoom)
            revert ICollateralLedger.CapExceeded(parked.amount, run.totalRoom);
        if (parked.reason == ParkReason.UNCONFIRMED && !_isConfirmed(batch, index)) {
            uint256 opensAt = _delayed(batch.source, parked.parkedAt, parked.readyAt);
            // Listed now, or parked while there was no fast limit: it waits in its asset's schedule as the others do.
            bool unscheduled = !summed || parked.readyAt == 0;
            if (unscheduled && run.fastUnits == 0) opensAt = type(uint256).max;
            if (block.timestamp < opensAt)
                revert ICollateralLedger.NotConfirmed(index, uint64(batch.confirmed), opensAt);
            if (unscheduled) {
                parked.readyAt = uint40(_schedule(batch, parked.amount, uint64(index)));
                return _parkAgain(batch, index, parked, summed);
            }
        }
        if (parked.reason == ParkReason.LIMIT && block.timestamp < parked.readyAt) {
            revert ICollateralLedger.NotReady(index, parked.readyAt);
        }
        if (parked.flags & PARKED_REFUND == 0) {
            (uint256 room, ) = _capRoomOf(batch, run);
            if (parked.amount > room) revert ICollateralLedger.CapExceeded(parked.amount, room);
            // LIMIT and FEE have had their place in the bucket.
            if (parked.reason != ParkReason.LIMIT && parked.reason != ParkReason.FEE) {
                uint256 readyAt = _placeInBucket(run, parked.amount);
                if (readyAt == 0) revert ICollateralLedger.CapExceeded(parked.amount, 0);
                if (readyAt > block.timestamp) {
                    (parked.reason, parked.readyAt) = (ParkReason.LIMIT, uint40(readyAt));
                    return _parkAgain(batch, index, parked, summed);
                }
            }
        }
        unchecked {
            if (summed) run.parked -= parked.amount;
        }
        _hold(batch, run, parked.amount);
        return true;
    }

    function _parkAgain(
        Batch memory batch,
        uint96 index,
        ParkedCredit memory parked,
        bool summed
    ) private returns (bool) {
        if (!summed) batch.run.parked += parked.amount;
        parked.flags &= ~PARKED_UNLISTED;
        parked.parkedAt = uint32(block.timestamp);
        _parked[batch.source][index] = parked;
        emit ICollateralLedger.Postponed(batch.source, index, parked.reason, parked.readyAt);
        return false;
    }

    /// @dev As `_credit`, but refuses a line that would pass 2^112 − 1.
    function _creditWhole(bytes32 account, uint16 assetId, uint256 units, uint256 enableUnits) private {
        if (LedgerWords.amountOf(_lines[account][assetId]) + units > type(uint112).max) {
            revert ICollateralLedger.LineFull(account, assetId, units);
        }
        _credit(account, assetId, units, enableUnits);
    }
}

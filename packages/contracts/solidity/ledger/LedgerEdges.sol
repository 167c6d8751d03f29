// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger, LedgerInit, ParkedCredit, ParkReason} from "../interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {ILedgerEdges} from "../interfaces/ILedgerEdges.sol";
import {ILedgerRewind} from "../interfaces/ILedgerRewind.sol";
import {IRiskManager, LineWords} from "../interfaces/IRiskManager.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {ReplicaLib} from "../libraries/ReplicaLib.sol";
import {LedgerClaims} from "./LedgerClaims.sol";
import {LedgerReleases} from "./LedgerReleases.sol";
import {LedgerReplay} from "./LedgerReplay.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWeights} from "./LedgerWeights.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title What is done to parked credit, exit shares, claims of protocols and weights
/// @notice Called through the ledger, on the ledger's storage; `ILedgerEdges`, `ILedgerExitShares`,
///         `ILedgerClaims` and `ILedgerWeights` are the manuals.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerEdges is LedgerReplay, LedgerReleases, LedgerClaims, LedgerWeights, ILedgerEdges {
    uint256 private constant RISK_MANAGER_DELAY = 7 days;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerEdges
    function unpark(uint16 source, uint96 index) external {
        SourceRecord storage record = _acceptingSource(source);
        _requireCredit(source, record);
        ParkedCredit memory parked = _parked[source][index];
        ParkReason reason = parked.reason;
        if (reason == ParkReason.NONE) revert ICollateralLedger.NotParked(source, index);
        Batch memory batch = _openBatch(source, record, ReplicaLib.locate(record.edge), 1);
        _selectRun(batch, parked.vaultAsset);
        AssetRun memory run = batch.run;
        if (run.assetId == 0) revert ICollateralLedger.UnparkRefused(index, reason);
        bool summed = _isSummed(parked);
        if (!summed && parked.amount > run.totalRoom) {
            revert ICollateralLedger.CapExceeded(parked.amount, run.totalRoom);
        }
        (bool passes, uint256 fresh, uint256 end) = _judge(batch, index, parked, summed);
        if (passes) {
            unchecked {
                if (summed) run.parked -= parked.amount;
            }
            _hold(run, parked.amount);
            _free(batch, index, parked, fresh, end);
        } else {
            if (!summed) run.parked += parked.amount;
            parked.flags &= ~PARKED_UNLISTED;
            _parked[source][index] = parked;
            emit ICollateralLedger.Postponed(source, index, parked.reason, parked.readyAt);
        }
        _settleRuns(batch, 0);
    }

    /// @inheritdoc ILedgerEdges
    function releaseParked(uint16 source, uint96 index, bytes32 recipient) external {
        SourceRecord storage record = _acceptingSource(source);
        ParkedCredit memory parked = _parked[source][index];
        if (parked.amount == 0) revert ICollateralLedger.NotParked(source, index);
        _requireReleaser(parked.account, recipient, 0);
        _requireRecipient(record, recipient);
        _requireReleasable(source, record, index, parked);
        delete _parked[source][index];
        uint16 assetId = _assetIdOf(source, parked.vaultAsset);
        if (_isUnsettled(source, parked.vaultAsset, assetId)) revert ILedgerRewind.AssetUnsettled(assetId);
        if (assetId != 0) {
            AssetRecord storage asset = _assets[assetId];
            if (_isSummed(parked)) asset.parked -= parked.amount;
            asset.releasedCum += parked.amount;
        }
        (bytes32 account, uint16 vaultAsset, uint128 amount) = (parked.account, parked.vaultAsset, parked.amount);
        uint64 number = _journalRelease(source, vaultAsset, account, amount, recipient, 0);
        emit ILedgerBadDays.Journaled(
            record.outboundEdge,
            number,
            EntryCodec.RELEASE,
            vaultAsset,
            amount,
            account,
            recipient
        );
        emit ParkedReleased(source, index, account, vaultAsset, amount, number);
    }

    /// @inheritdoc ILedgerEdges
    function scheduleRiskManager(address next) external {
        _only(_governor, "governor");
        bytes memory question = abi.encodeCall(IRiskManager.margin, (new LineWords[](0)));
        (bool answered, bytes memory answer) = next.staticcall(question);
        // Nothing is worth nothing, in the five words of `Grades`.
        if (!answered || answer.length != 0xa0) revert RiskManagerRefused(next);
        bool takesBack = next == _riskManager;
        uint40 at = takesBack ? 0 : uint40(block.timestamp + RISK_MANAGER_DELAY);
        _nameRiskManager(takesBack ? address(0) : next, at);
        emit RiskManagerScheduled(next, at);
    }

    /// @inheritdoc ILedgerEdges
    function adopt(uint16 most) external {
        (address next, uint256 at) = (_riskManagerNext, _riskManagerNextAt);
        if (at == 0 || block.timestamp < at) revert RiskManagerNotDue(next, at);
        uint256 checked = _riskManagerChecked;
        uint256 end = _min(checked + most, _assetCount);
        while (checked < end) {
            // At most `_assetCount`, which has 16 bits.
            _requirePriced(next, uint16(++checked), STATUS_UNAVAILABLE | STATUS_PRICE_STALE);
        }
        if (checked < _assetCount) {
            _riskManagerChecked = uint16(checked);
            emit RiskManagerChecked(next, uint16(checked));
            return;
        }
        _riskManager = next;
        _nameRiskManager(address(0), 0);
        emit RiskManagerAdopted(next);
    }

    /// @inheritdoc ILedgerEdges
    function riskManagerNext() external view returns (address next, uint40 at, uint16 checked) {
        return (_riskManagerNext, _riskManagerNextAt, _riskManagerChecked);
    }

    function _nameRiskManager(address next, uint40 at) private {
        (_riskManagerNext, _riskManagerNextAt, _riskManagerChecked) = (next, at, 0);
    }

    /// @dev Reverts while a parked credit may not leave: before it has seasoned, and before it is confirmed where what is parked
    ///      was above the fast limit. What waits for a cap or for its season was within that limit.
    function _requireReleasable(
        uint16 source,
        SourceRecord storage record,
        uint96 index,
        ParkedCredit memory parked
    ) private view {
        if (parked.reason == ParkReason.UNCONFIRMED) {
            uint256 opensAt = _delayed(source, parked.parkedAt, parked.readyAt);
            // Without a place in its asset's schedule it opens by a confirmation alone: else a flood would open at once.
            if (parked.flags & PARKED_UNLISTED != 0 || parked.readyAt == 0) opensAt = type(uint256).max;
            if (!_isSaid(record, index) && block.timestamp < opensAt) {
                revert ICollateralLedger.NotConfirmed(index, ReplicaLib.locate(record.edge).confirmed, opensAt);
            }
        } else if (parked.reason == ParkReason.FEE) revert ParkedReleaseRefused(index, parked.reason);
        uint256 seasonEnd = _seasonEndOf(parked);
        if (block.timestamp < seasonEnd) revert ICollateralLedger.NotReady(index, seasonEnd);
    }

    /// @dev Judges a parked credit: true if it reaches its line now, and what of it is unseasoned then, until when; false if it
    ///      waits on in the place that it was given. Reverts while its reason stands.
    function _judge(
        Batch memory batch,
        uint96 index,
        ParkedCredit memory parked,
        bool summed
    ) private returns (bool passes, uint256 fresh, uint256 end) {
        if (!_opens(batch, index, parked, summed)) return (false, 0, 0);
        AssetRun memory run = batch.run;
        // These have had their place in the bucket, and wait for nothing else.
        bool placed = parked.reason == ParkReason.SEASON || parked.reason == ParkReason.FEE;
        if (placed && block.timestamp < parked.readyAt) revert ICollateralLedger.NotReady(index, parked.readyAt);
        if (parked.amount > run.capRoom) revert ICollateralLedger.CapExceeded(parked.amount, run.capRoom);
        if (placed) return (true, 0, 0);
        uint256 seasonEnd = _seasonEndOf(parked);
        // Where its hour is past, only what the bucket does not hold is unseasoned.
        fresh = block.timestamp < seasonEnd ? run.seasonRoom : run.bucketRoom;
        fresh = parked.amount - _min(parked.amount, fresh);
        end = _placeInBucket(run, parked.amount);
        if (end == 0) revert ICollateralLedger.CapExceeded(parked.amount, 0);
        end = _max(end, seasonEnd);
        uint256 until = _dustUntil(parked.account, run, fresh - _min(parked.fee, fresh), end);
        if (until == 0) return (true, fresh, end);
        (parked.reason, parked.readyAt) = (ParkReason.SEASON, uint40(until));
        return (false, 0, 0);
    }

    /// @dev Says whether no confirmation is waited for any more; false if the credit is given its place in the schedule only now.
    function _opens(Batch memory batch, uint96 index, ParkedCredit memory parked, bool summed) private returns (bool) {
        if (parked.reason != ParkReason.UNCONFIRMED || index <= batch.confirmed) return true;
        uint256 opensAt = _delayed(batch.source, parked.parkedAt, parked.readyAt);
        // Listed now, or parked while there was no fast limit: it waits in its asset's schedule as the others do.
        bool unscheduled = !summed || parked.readyAt == 0;
        if (unscheduled && batch.run.fastUnits == 0) opensAt = type(uint256).max;
        if (block.timestamp < opensAt) {
            revert ICollateralLedger.NotConfirmed(index, uint64(batch.confirmed), opensAt);
        }
        if (!unscheduled) return true;
        parked.parkedAt = uint32(block.timestamp);
        parked.readyAt = uint40(_schedule(batch, parked.amount, uint64(index)));
        return false;
    }

    /// @dev Raises the lines of a parked credit's account and of the caller. What of the excess the fee does not bear is the
    ///      account's; on the line of whoever asks for the fee even dust joins.
    function _free(Batch memory batch, uint96 index, ParkedCredit memory parked, uint256 fresh, uint256 end) private {
        bytes32 feeTo = AccountLib.encode(msg.sender, 0, 0);
        uint256 freshFee = _min(parked.fee, fresh);
        delete _parked[batch.source][index];
        _creditWhole(batch, parked.account, parked.amount - parked.fee, fresh - freshFee, end);
        if (parked.fee != 0) _creditWhole(batch, feeTo, parked.fee, freshFee, end);
        emit ICollateralLedger.Unparked(
            batch.source,
            index,
            parked.account,
            uint16(batch.run.assetId),
            parked.amount,
            parked.fee,
            feeTo
        );
    }

    /// @dev As `_credit`, but refuses a line that would pass 2^112 − 1.
    function _creditWhole(Batch memory batch, bytes32 account, uint256 units, uint256 fresh, uint256 end) private {
        uint16 assetId = uint16(batch.run.assetId);
        if (LedgerWords.amountOf(_lines[account][assetId]) + units > type(uint112).max) {
            revert ICollateralLedger.LineFull(account, assetId, units);
        }
        _credit(batch.run, account, units, fresh, end);
    }
}

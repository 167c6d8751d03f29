// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {ICollateralLedger} from "../interfaces/ICollateralLedger.sol";
import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {ILedgerBadDays} from "../interfaces/ILedgerBadDays.sol";
import {ILedgerTerms} from "../interfaces/ILedgerTerms.sol";
import {Grades} from "../interfaces/IRiskManager.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {ReplicaLib, SourceState} from "../libraries/ReplicaLib.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerWords} from "./LedgerWords.sol";

/// @title Bad days: shortfalls, halts, moves of lines
/// @notice `ILedgerBadDays` is the manual.
abstract contract LedgerBadDays is LedgerGate, ILedgerBadDays {
    uint40 private constant COVER_AFTER = 7 days;
    uint256 private constant AUCTION_DELAY = 7 days;
    /// @dev No auction takes longer to bring an account from below its maintenance grade up to its exit grade.
    uint256 private constant SEIZE_WINDOW = 6 hours;

    /// @inheritdoc ILedgerBadDays
    function cover(uint16 assetId) external {
        AssetRecord storage record = _listedAsset(assetId);
        SourceRecord storage source = _sources[record.source];
        SourceState state = _stateOf(source);
        // A contested source may be speaking of a shortfall that its vault never reported.
        if (state != SourceState.LIVE) {
            revert ICollateralLedger.SourceNotAccepting(record.source, state, source.stateUntil);
        }
        Coverage memory kept = _coverages[record.source][record.vaultAsset];
        // Where the last report was unwound, the vault is heard of first.
        if (kept.saidSeq == 0) revert NothingToCover(assetId);
        bool isLess = kept.uncoveredReported > kept.uncoveredInForce;
        bool isMore = kept.uncoveredReported < kept.uncoveredInForce || (kept.since != 0 && !isLess);
        if (!isLess && !isMore && !kept.answered) revert NothingToCover(assetId);
        uint40 coverFrom = isLess ? kept.since + COVER_AFTER : 0;
        bool due = source.asOf >= coverFrom;
        // A loss that the vault has answered is settled as soon as that is confirmed.
        if (!due && !kept.answered) revert CoverTooEarly(assetId, coverFrom, source.asOf);
        _requireSaid(source, kept);
        _settleLoss(kept, record.source, record.vaultAsset, assetId);
        if (due) {
            (kept.uncoveredInForce, kept.since) = (kept.uncoveredReported, 0);
            emit Covered(record.source, record.vaultAsset, WAD - kept.uncoveredInForce);
        }
        _coverages[record.source][record.vaultAsset] = kept;
        _noteCoverage(record, kept);
    }

    /// @inheritdoc ILedgerBadDays
    function noteHalt(uint16 source) external {
        SourceRecord storage record = _listedSource(source);
        SourceState state = _stateOf(record);
        SourceState told = _toldOf(_nameOf(record));
        bool stopped = state == SourceState.HALTED || state == SourceState.RECOVERY;
        if (state == told || state == SourceState.CLOSED || (told == SourceState.LIVE && !stopped)) {
            revert NothingToNote(source, state);
        }
        if (told == SourceState.LIVE) return _resume(source, record, "resumed");
        _interrupt(source, record, told, told == SourceState.HALTED ? bytes32("halted") : bytes32("recovery"));
    }

    /// @inheritdoc ILedgerBadDays
    function transfer(bytes32 from, bytes32 to, uint16 assetId, uint128 amount) external {
        if (!_isOwnable(from) || AccountLib.ownerOf(from) != msg.sender) {
            revert ICollateralLedger.NotOwner(msg.sender, from);
        }
        AssetRecord storage asset = _listedAsset(assetId);
        _acceptingSource(asset.source);
        if (to == from || !_isCreditable(to, asset.source)) revert AccountRefused(to);
        bool counted = _debit(from, assetId, amount, asset);
        _raise(to, assetId, amount, 0, 0);
        if (counted) _requireInitial(from);
        emit Transferred(from, to, assetId, amount, "transfer");
    }

    /// @inheritdoc ILedgerBadDays
    function seize(bytes32 account, bytes32 to, uint16 assetId, uint128 amount) external {
        if (msg.sender != auction()) revert ILedgerTerms.NotAuthorized(msg.sender, "auction");
        AssetRecord storage asset = _listedAsset(assetId);
        if (to == account || !_isCreditable(to, asset.source)) revert AccountRefused(to);
        Grades memory grades = _weigh(account);
        if (grades.status & STATUS_UNAVAILABLE != 0) revert ILedgerActs.MarginUnknown(account);
        uint256 requiredWad = _requiredOf(account, address(0)).maintenanceWad;
        if (grades.exitWad >= requiredWad) revert AccountHealthy(account, grades.exitWad, requiredWad);
        // Grade E alone moves at once with an initial weight, so it only says how far an auction goes, not where one begins.
        Header storage header = _headers[account];
        if (grades.maintenanceWad < requiredWad) header.seizedAt = uint40(block.timestamp);
        else if (block.timestamp >= header.seizedAt + SEIZE_WINDOW) {
            revert AccountHealthy(account, grades.maintenanceWad, requiredWad);
        }

        uint256 line = _lines[account][assetId];
        uint256 held = LedgerWords.amountOf(line);
        if (amount == 0 || amount > held) revert ILedgerActs.AmountUnavailable(amount, held);
        uint256 unseasoned = _min(LedgerWords.unseasonedOf(line, block.timestamp), held);
        // What has seasoned goes first; what has not keeps its season at the winner.
        uint256 moved = amount > held - unseasoned ? amount - (held - unseasoned) : 0;
        uint256 seasonEnd = uint32(line >> 216);
        line -= amount;
        if (moved != 0) line = _withSeason(line, account, assetId, unseasoned - moved, seasonEnd);
        _lines[account][assetId] = line;
        _leaveLane(account, assetId, amount == held);
        _raise(to, assetId, amount, moved, seasonEnd);
        emit Transferred(account, to, assetId, amount, "seize");
    }

    /// @inheritdoc ILedgerBadDays
    function setAuction(address next) external {
        if (msg.sender != _governor) revert ILedgerTerms.NotAuthorized(msg.sender, "governor");
        _auction = auction();
        _auctionNext = next;
        _auctionNextAt = uint40(block.timestamp + AUCTION_DELAY);
        emit AuctionScheduled(next, _auctionNextAt);
    }

    /// @inheritdoc ILedgerBadDays
    function auction() public view returns (address) {
        return _auctionNextAt != 0 && block.timestamp >= _auctionNextAt ? _auctionNext : _auction;
    }

    /// @inheritdoc ILedgerBadDays
    function appointmentOf(bytes32 account) external view returns (address operator, uint40 readyAt, bool active) {
        Appointment storage appointment = _appointments[account];
        operator = appointment.operator;
        return (operator, appointment.readyAt, operator != address(0) && operator == _appointedOf(account));
    }

    /// @inheritdoc ILedgerBadDays
    function coverageOf(
        uint16 source,
        uint16 vaultAsset
    )
        external
        view
        returns (uint256 inForceWad, uint256 reportedWad, uint40 impairedSince, uint40 coverFrom, uint96 lostSeq)
    {
        Coverage storage kept = _coverages[source][vaultAsset];
        (inForceWad, reportedWad) = (WAD - kept.uncoveredInForce, WAD - kept.uncoveredReported);
        impairedSince = kept.since;
        if (kept.uncoveredReported > kept.uncoveredInForce) coverFrom = impairedSince + COVER_AFTER;
        return (inForceWad, reportedWad, impairedSince, coverFrom, kept.lostSeq);
    }

    /// @dev Reverts while the report is neither confirmed by the witnesses that the source asks for nor seven days old by the
    ///      source's own clock: what a quorum alone says may not take everything at the last moment.
    function _requireSaid(SourceRecord storage source, Coverage memory kept) private view {
        if (source.m == 0 || _isSaid(source, kept.saidSeq)) return;
        uint256 opensAt = kept.saidAt + COVER_AFTER;
        if (source.asOf >= opensAt) return;
        uint64 confirmed = ReplicaLib.locate(source.edge).confirmed;
        revert ICollateralLedger.NotConfirmed(kept.saidSeq, confirmed, opensAt);
    }

    /// @dev Raises a line by units that another line of the asset lost, of which some are unseasoned until a time. All lines
    ///      of an asset sum to less than 2^104.
    function _raise(bytes32 to, uint16 assetId, uint256 units, uint256 unseasoned, uint256 seasonEnd) private {
        uint256 line = _lines[to][assetId];
        uint256 before = LedgerWords.amountOf(line);
        if (unseasoned != 0) line = _joined(line, to, assetId, unseasoned, seasonEnd);
        _lines[to][assetId] = line + units;
        uint256 enableUnits = _enableUnits(_assets[assetId]);
        if (before < enableUnits && before + units >= enableUnits) _enableSelf(to, assetId);
    }

    /// @dev What the verifier says of an edge: HALTED, RECOVERY, or LIVE if it says nothing. The verifier is part of the
    ///      ledger for ever and is only read.
    function _toldOf(bytes32 edge) private view returns (SourceState) {
        IAttesterSet verifier = IAttesterSet(_attesterSet);
        (bool halted, , ) = verifier.haltOf(edge);
        if (halted) return SourceState.HALTED;
        return verifier.inRecovery() || verifier.stopped() ? SourceState.RECOVERY : SourceState.LIVE;
    }
}

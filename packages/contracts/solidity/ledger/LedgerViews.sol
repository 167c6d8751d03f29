// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerMargin, ILedgerViews} from "../interfaces/ledger/ILedgerViews.sol";
import {Grades, LineWords} from "../interfaces/IRiskManager.sol";
import {
    AssetListing,
    AssetStatus,
    ClaimView,
    CreditLimits,
    CreditQuote,
    LedgerInit,
    Line,
    ParkReason,
    ParkedCredit,
    SourceListing
} from "../interfaces/ledger/LedgerTypes.sol";
import {Journal, JournalLib} from "../edge/JournalLib.sol";
import {Replica, ReplicaLib, SourceState} from "../edge/ReplicaLib.sol";
import {Rewind, RewindLib} from "../edge/RewindLib.sol";
import {Statements} from "../edge/Statements.sol";
import {Ramp} from "../risk/WeightRamp.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerSeasons} from "./LedgerSeasons.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title Reading the ledger
/// @notice Runs by delegatecall on the ledger's storage; `ILedgerViews` is the manual.
/// @dev It has no state: called directly, it uses its own, empty storage.
contract LedgerViews is LedgerSeasons, LedgerGate, ILedgerViews {
    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerMargin
    function marginOf(
        bytes32 account
    )
        external
        view
        returns (
            uint256 aI,
            uint256 qI,
            uint256 aE,
            uint256 qE,
            uint256 aM,
            uint256 qM,
            uint256 status,
            uint256 oldestAsOf
        )
    {
        Grades memory grades = _weigh(account);
        Required memory required = _requiredOf(account, address(0));
        (aI, aE, aM) = (grades.initialWad, grades.exitWad, grades.maintenanceWad);
        (qI, qE, qM) = (required.initialWad, required.maintenanceWad, required.maintenanceWad);
        (status, oldestAsOf) = (grades.status, grades.oldestAsOf);
    }

    /// @inheritdoc ILedgerMargin
    function linesOf(bytes32 account) external view returns (uint16[] memory) {
        return _idsOf(_enabled[account]);
    }

    /// @inheritdoc ILedgerMargin
    function lineWordsOf(bytes32 account) external view returns (uint16[] memory, LineWords[] memory) {
        uint256 lanes = _enabled[account];
        return (_idsOf(lanes), _wordsOf(account, lanes));
    }

    /// @inheritdoc ILedgerViews
    function lineOf(bytes32 account, uint16 assetId) external view returns (Line memory line) {
        uint256 word = _lines[account][assetId];
        line.amount = uint112(word);
        line.unseasoned = uint104(word >> 112);
        line.seasonEnd = uint32(word >> 216);
        (uint256 lane, ) = _laneOf(_enabled[account], assetId);
        line.enabled = assetId != 0 && lane != LANES;
    }

    /// @inheritdoc ILedgerViews
    function parkedOf(uint16 source, uint96 index) external view returns (ParkedCredit memory) {
        return _parked[source][index];
    }

    /// @inheritdoc ILedgerViews
    function operatorOf(bytes32 account, address operator) external view returns (uint16 rights, uint40 expiry) {
        Operator storage record = _operators[account][operator];
        return (record.rights, record.expiry);
    }

    /// @inheritdoc ILedgerViews
    function appointmentOf(bytes32 account) external view returns (address operator, uint40 readyAt, bool active) {
        Appointment storage appointment = _appointments[account];
        operator = appointment.operator;
        return (operator, appointment.readyAt, operator != address(0) && operator == _appointedOf(account));
    }

    /// @inheritdoc ILedgerViews
    function nonceUsed(bytes32 account, uint256 nonce) external view returns (bool) {
        // The shifted 1 is the bit of this nonce in its word.
        // forge-lint: disable-next-line(incorrect-shift)
        return _nonces[account][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @inheritdoc ILedgerViews
    function domainSeparator() external view returns (bytes32) {
        return Statements.domainSeparatorOf(block.chainid, address(this));
    }

    /// @inheritdoc ILedgerViews
    function releasedOf(uint16 source, uint96 seq) external view returns (bytes32) {
        return _released[source][seq];
    }

    /// @inheritdoc ILedgerViews
    function protocolsOf(bytes32 account) external view returns (address[] memory protocols) {
        uint256 lanes = _headers[account].protocols;
        (, uint256 used) = _protocolLaneOf(lanes, 0);
        protocols = new address[](used);
        for (uint256 i = 0; i < used; ++i) {
            protocols[i] = _protocols[uint32(lanes >> (i * PROTOCOL_LANE_BITS))].at;
        }
    }

    /// @inheritdoc ILedgerViews
    function protocolOf(address protocol) external view returns (uint32 index, bool listed) {
        index = _protocolIndices[protocol];
        listed = _protocols[index].listed;
    }

    /// @inheritdoc ILedgerViews
    function claimOf(bytes32 account, address protocol) external view returns (ClaimView memory) {
        Claim storage claim = _claims[account][protocol];
        return
            ClaimView({
                reservedWad: claim.reserved,
                maintenanceWad: claim.maintenance,
                positionNonce: claim.positionNonce,
                recordedAt: claim.recordedAt,
                noticeAt: claim.noticeAt,
                observedWad: claim.observed
            });
    }

    /// @inheritdoc ILedgerViews
    function exitShareOf(bytes32 account, address protocol) external view returns (address claimant, uint16 shareBp) {
        ExitShare storage share = _exitShares[account][_protocolIndices[protocol]];
        return (share.claimant, share.shareBp);
    }

    /// @inheritdoc ILedgerViews
    function auction() external view returns (address) {
        return _auctionNow();
    }

    /// @inheritdoc ILedgerViews
    function sourceOf(
        uint16 source
    ) external view returns (SourceListing memory terms, bytes32 edge, bytes32 outboundEdge) {
        SourceRecord storage record = _listedSource(source);
        terms = SourceListing({
            source: source,
            originChainId: record.originChainId,
            vault: record.vault,
            initialBp: record.initialBp,
            maintenanceBp: record.maintenanceBp,
            staleAfterMin: record.staleAfterMin,
            darkAfterMin: record.darkAfterMin,
            floorAfterMin: record.floorAfterMin,
            m: record.m,
            development: record.flags & SOURCE_DEVELOPMENT != 0
        });
        return (terms, _nameOf(record), record.outboundEdge);
    }

    /// @inheritdoc ILedgerViews
    function stateOf(uint16 source) external view returns (SourceState state, uint40 until, uint40 asOf) {
        SourceRecord storage record = _listedSource(source);
        state = _stateOf(record);
        return (state, state == record.state ? record.stateUntil : 0, record.asOf);
    }

    /// @inheritdoc ILedgerViews
    function replicaOf(
        uint16 source
    )
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state)
    {
        SourceRecord storage record = _listedSource(source);
        Replica storage replica = ReplicaLib.locate(record.edge);
        return (_nameOf(record), replica.count, replica.head, replica.asOf, replica.acceptedAt, _stateOf(record));
    }

    /// @inheritdoc ILedgerViews
    function markOf(uint16 source, uint64 count) external view returns (bytes32) {
        return ReplicaLib.markOf(ReplicaLib.locate(_listedSource(source).edge), count);
    }

    /// @inheritdoc ILedgerViews
    function journalHead(uint16 source) external view returns (bytes32 edge, uint64 count, bytes32 head) {
        edge = _listedSource(source).outboundEdge;
        Journal storage journal = JournalLib.locate(edge);
        return (edge, journal.count, journal.head);
    }

    /// @inheritdoc ILedgerViews
    function witnessOf(
        uint16 source,
        uint8 witness
    ) external view returns (address at, bool mayConflict, bool conflicted, uint64 confirmed) {
        SourceRecord storage record = _listedSource(source);
        WitnessRecord storage kept = _witnesses[source][witness];
        // forge-lint: disable-next-line(incorrect-shift)
        conflicted = record.witnessMask & (WITNESS_CONFLICTED << witness) != 0;
        confirmed = uint64(ReplicaLib.locate(record.edge).confirmedBy >> (uint256(witness) * 64));
        return (kept.at, kept.mayConflict, conflicted, confirmed);
    }

    /// @inheritdoc ILedgerViews
    function confirmedOf(uint16 source) external view returns (uint64 confirmed, uint40 conflictAt) {
        return (ReplicaLib.locate(_listedSource(source).edge).confirmed, _conflictAt[source]);
    }

    /// @inheritdoc ILedgerViews
    function assetOf(uint16 assetId) external view returns (AssetStatus memory asset) {
        AssetRecord storage record = _listedAsset(assetId);
        asset.terms = AssetListing({
            source: record.source,
            vaultAsset: record.vaultAsset,
            underlying: record.underlying,
            ownPrice: record.ownPrice,
            decimals: record.decimals,
            initialBp: record.initialBp,
            maintenanceBp: record.maintenanceBp,
            minMillionths: record.minMillionths,
            capThousandths: record.capThousandths
        });
        asset.credited = record.credited;
        asset.parked = record.parked;
        asset.releasedCum = record.releasedCum;
        asset.capUnits = uint104(_capUnits(record));
        asset.enableUnits = _enableUnits(record);
        asset.creditPausedUntil = _creditPausedUntil(assetId, record);
    }

    /// @inheritdoc ILedgerViews
    function assetIdOf(uint16 source, uint16 vaultAsset) external view returns (uint16) {
        return _assetIdOf(source, vaultAsset);
    }

    /// @inheritdoc ILedgerViews
    function assetCount() external view returns (uint16) {
        return _assetCount;
    }

    /// @inheritdoc ILedgerViews
    function pauseOf(uint16 source, uint16 assetId) external view returns (uint8 flags, uint40 until) {
        PauseRecord storage window = _pauseWindow(source, assetId);
        if (block.timestamp < window.until) (flags, until) = (window.flags, window.until);
    }

    /// @inheritdoc ILedgerViews
    function termWordsOf(uint16 assetId) external view returns (uint256 asset, uint256 source) {
        _listedAsset(assetId);
        asset = _assetWordNow(assetId);
        source = _weighedSource(asset, _sourceWordNow(uint16(asset)));
    }

    /// @inheritdoc ILedgerViews
    function rampOf(uint16 assetId) external view returns (Ramp memory) {
        return _assetRamps[assetId];
    }

    /// @inheritdoc ILedgerViews
    function sourceRampOf(uint16 source) external view returns (Ramp memory) {
        return _sourceRamps[source];
    }

    /// @inheritdoc ILedgerViews
    function limitsOf(uint16 assetId) external view returns (CreditLimits memory limits) {
        (Batch memory batch, AssetRun memory run) = _openLimits(assetId);
        limits.fastUnits = run.fastUnits;
        if (batch.m != 0) {
            (uint112 cum, uint112 base, , ) = _fastOf(_assets[assetId], batch.start, batch.confirmed);
            unchecked {
                limits.unconfirmedUnits = uint112(cum - base);
            }
        }
        limits.capRoom = run.capRoom;
        limits.burstUnits = run.cap / 4;
        limits.bucketRoom = run.bucketRoom;
        limits.seasonRoom = run.seasonRoom;
    }

    /// @inheritdoc ILedgerViews
    function quoteCredit(
        bytes32 account,
        uint16 assetId,
        uint128 amount
    ) external view returns (CreditQuote memory quote) {
        (Batch memory batch, AssetRun memory run) = _openLimits(assetId);
        (quote.reason, quote.limiter, quote.at) = _limitedBy(batch, run, assetId, amount);
        if (quote.reason != ParkReason.NONE) return quote;
        uint256 fresh = _freshOf(run, amount);
        if (fresh == 0) return quote;
        uint256 least = block.timestamp + (batch.source == 0 ? 1 : SEASON_S);
        uint256 end = _max(_placeInBucket(run, amount), least);
        uint256 until = _dustUntil(account, run, fresh, end);
        if (until != 0) return CreditQuote(ParkReason.SEASON, "season", until, 0, 0);
        (quote.unseasoned, quote.seasonEnd) = (fresh, _endWith(_lines[account][assetId], end));
    }

    /// @inheritdoc ILedgerViews
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

    /// @inheritdoc ILedgerViews
    function unsettledOf(
        uint16 source,
        uint16 vaultAsset
    ) external view returns (uint256 orphaned, uint256 missing, uint256 found, uint96 lostSeq) {
        Unsettled storage left = _unsettled[source][vaultAsset];
        return (left.orphaned, left.missing, left.found, _coverages[source][vaultAsset].lostSeq);
    }

    /// @inheritdoc ILedgerViews
    function orphansOf(uint16 source, bytes32 entryHash) external view returns (uint256 orphans, uint256 spentUnits) {
        Orphan storage orphan = _orphans[source][entryHash];
        return (orphan.count, orphan.spent);
    }

    /// @inheritdoc ILedgerViews
    function rewindOf(
        uint16 source
    )
        external
        view
        returns (uint32 generation, bytes32 next, uint64 point, uint64 count, bytes32 head, uint40 heardAt)
    {
        bytes32 edge = _listedSource(source).edge;
        Rewind storage kept = RewindLib.locate(edge);
        generation = ReplicaLib.locate(edge).generation;
        return (generation, kept.next, kept.point, kept.count, kept.head, kept.heardAt);
    }

    /// @inheritdoc ILedgerViews
    function riskManager() external view returns (address) {
        return _riskManager;
    }

    /// @inheritdoc ILedgerViews
    function riskManagerNext() external view returns (address next, uint40 at, uint16 checked) {
        return (_riskManagerNext, _riskManagerNextAt, _riskManagerChecked);
    }

    /// @inheritdoc ILedgerViews
    function attesterSet() external view returns (address) {
        return _attesterSet;
    }

    /// @inheritdoc ILedgerViews
    function governor() external view returns (address) {
        return _governor;
    }

    /// @inheritdoc ILedgerViews
    function guardian() external view returns (address) {
        return _guardian;
    }

    /// @inheritdoc ILedgerViews
    function pauser() external view returns (address) {
        return _pauser;
    }

    /// @inheritdoc ILedgerViews
    function riskAdmin() external view returns (address) {
        return _riskAdmin;
    }

    /// @inheritdoc ILedgerViews
    function development() external view returns (bool) {
        return _development;
    }
}

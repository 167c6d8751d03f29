// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../interfaces/ledger/ILedger.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";
import {Grades} from "../interfaces/IRiskManager.sol";
import {LedgerInit} from "../interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerStorage} from "./LedgerStorage.sol";
import {LedgerWords} from "./LedgerWords.sol";
import {Requirement, Requirements} from "./Requirements.sol";

/// @title Protocols that require margin, and the auction
/// @notice Runs by delegatecall on the ledger's storage; `ILedgerProtocols` is the manual.
/// @dev A protocol is asked by `staticcall` alone, so nothing it does while it answers can change a slot.
///      It has no state: called directly, it uses its own, empty storage.
contract LedgerProtocols is LedgerGate, ILedgerProtocols {
    uint256 private constant NOTICE = 7 days;
    uint16 private constant WHOLE_BP = 10_000;
    uint256 private constant AUCTION_DELAY = 7 days;
    /// @dev No auction takes longer to bring an account from below its maintenance grade up to its exit grade.
    uint256 private constant SEIZE_WINDOW = 6 hours;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    /// @inheritdoc ILedgerProtocols
    function optIn(bytes32 account, address protocol) external {
        _onlyOwner(account);
        bool isolated = AccountLib.subOf(account) != 0;
        uint32 index = _protocolIndices[protocol];
        ProtocolRecord storage record = _protocols[index];
        // An operator appointed by an owner elsewhere may not release to others, and a protocol of its own would claim
        // everything for it.
        bool named = isolated && AccountLib.homeOf(account) == 0 && !record.closed;
        if (!named && !record.listed) revert ProtocolNotListed(protocol);
        uint256 lanes = _headers[account].protocols;
        (uint256 lane, uint256 used) = _protocolLaneOf(lanes, index);
        if (index != 0 && lane != PROTOCOLS_MAX) return;
        uint256 max = isolated ? 1 : PROTOCOLS_MAX;
        if (used >= max) revert TooManyProtocols(used + 1, max);
        if (index == 0) index = _numberProtocol(protocol);
        // At most four lanes of 32 bits.
        _headers[account].protocols = uint128(lanes | (uint256(index) << (used * PROTOCOL_LANE_BITS)));
        emit OptedIn(account, protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function optOut(bytes32 account, address protocol) external {
        _onlyOwner(account);
        uint32 index = _protocolIndices[protocol];
        uint256 lanes = _headers[account].protocols;
        (uint256 lane, uint256 used) = _protocolLaneOf(lanes, index);
        if (index == 0 || lane == PROTOCOLS_MAX) revert NotOptedIn(account, protocol);
        if (!_mayLeave(account, protocol, index)) return;

        // The last lane moves into the gap, so the lanes stay without one.
        uint256 last = (used - 1) * PROTOCOL_LANE_BITS;
        uint256 moved = uint32(lanes >> last);
        lanes &= ~(uint256(type(uint32).max) << (lane * PROTOCOL_LANE_BITS));
        lanes |= moved << (lane * PROTOCOL_LANE_BITS);
        _headers[account].protocols = uint128(lanes & ~(uint256(type(uint32).max) << last));
        delete _claims[account][protocol];
        delete _exitShares[account][index];
        emit OptedOut(account, protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function gate(bytes32 account) external {
        // Prices are renewed before the protocols are asked, since some of them read the same prices.
        Grades memory grades = _weighPoked(account);
        Required memory required = _requiredOf(account, msg.sender);
        if (required.index == 0) revert NotOptedIn(account, msg.sender);
        _requireMargin(account, grades, required);
        Claim storage claim = _claims[account][msg.sender];
        ProtocolRecord storage record = _protocols[required.index];
        if (record.closed && required.own.initialWad > claim.reserved) {
            revert ProtocolClosed(account, msg.sender, required.own.initialWad, claim.reserved);
        }
        // Ending a notice here would let a released protocol hold the account forever.
        if (!record.released) claim.noticeAt = 0;
        (claim.reserved, claim.observed) = (required.own.initialWad, 0);
        claim.maintenance = required.own.maintenanceWad;
        claim.positionNonce = required.own.positionNonce;
        claim.recordedAt = uint32(block.timestamp);
        emit Gated(account, msg.sender, required.own.initialWad);
    }

    /// @inheritdoc ILedgerProtocols
    function setExitShare(bytes32 account, address claimant, uint16 shareBp) external {
        uint32 index = _protocolIndices[msg.sender];
        if (!_isOptedIn(account, index)) revert NotOptedIn(account, msg.sender);
        if (shareBp > WHOLE_BP || (claimant == address(0) && shareBp != 0)) {
            revert ExitShareRefused(claimant, shareBp);
        }
        _exitShares[account][index] = ExitShare(shareBp == 0 ? address(0) : claimant, shareBp);
        emit ExitShareSet(account, msg.sender, claimant, shareBp);
    }

    /// @inheritdoc ILedgerProtocols
    function seize(bytes32 account, bytes32 to, uint16[] calldata assetIds, uint128[] calldata amounts) external {
        if (msg.sender != _auctionNow()) revert ILedgerTerms.NotAuthorized(msg.sender, "auction");
        if (assetIds.length != amounts.length) revert ILedgerCore.LengthsDiffer(assetIds.length, amounts.length);
        if (assetIds.length == 0) revert LinesMissing(account);
        if (to == account) revert ILedgerAccounts.AccountRefused(to);
        _requireUnhealthy(account);
        // Each line only lowers what the account has, so it is as unhealthy before the last one as before the first.
        for (uint256 i = 0; i < assetIds.length; ++i) {
            _seizeLine(account, to, assetIds[i], amounts[i]);
        }
    }

    /// @inheritdoc ILedgerProtocols
    function refuse(bytes32 account, address protocol) external {
        Claim storage claim = _claims[account][protocol];
        bool stands = claim.noticeAt == 0 || _protocols[_protocolIndices[protocol]].released;
        if (stands || Requirements.readWithAll(protocol, account).initialWad == 0) {
            revert NothingToRefuse(account, protocol);
        }
        claim.noticeAt = 0;
        emit NoticeRefused(account, protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function observe(bytes32 account, address protocol) external {
        if (!_isOptedIn(account, _protocolIndices[protocol])) revert NotOptedIn(account, protocol);
        Requirement memory requirement = Requirements.readWithAll(protocol, account);
        if (!requirement.answered) revert ILedgerMargin.RequirementUnknown(account, protocol);
        _claims[account][protocol].observed = requirement.maintenanceWad;
        emit Observed(account, protocol, requirement.maintenanceWad);
    }

    /// @inheritdoc ILedgerProtocols
    function listProtocol(address protocol) external returns (uint32 index) {
        _only(_governor, "governor");
        index = _protocolIndices[protocol];
        if (index == 0) index = _numberProtocol(protocol);
        if (_protocols[index].listed) revert ProtocolRefused(protocol);
        _protocols[index] = ProtocolRecord(protocol, true, false, false);
        emit ProtocolListed(protocol, index, true);
    }

    /// @inheritdoc ILedgerProtocols
    function closeProtocol(address protocol) external {
        _only(_governor, "governor");
        uint32 index = _protocolIndices[protocol];
        if (!_protocols[index].listed) revert ProtocolNotListed(protocol);
        _protocols[index] = ProtocolRecord(protocol, false, true, false);
        emit ProtocolListed(protocol, index, false);
    }

    /// @inheritdoc ILedgerProtocols
    function releaseFrom(address protocol) external {
        _only(_governor, "governor");
        uint32 index = _protocolIndices[protocol];
        ProtocolRecord storage record = _protocols[index];
        if (record.released || (!record.listed && !record.closed)) revert ProtocolNotListed(protocol);
        if (record.listed) emit ProtocolListed(protocol, index, false);
        _protocols[index] = ProtocolRecord(protocol, false, true, true);
        emit ProtocolReleased(protocol);
    }

    /// @inheritdoc ILedgerProtocols
    function setAuction(address next) external {
        if (msg.sender != _governor) revert ILedgerTerms.NotAuthorized(msg.sender, "governor");
        _auction = _auctionNow();
        _auctionNext = next;
        // Before the first asset is listed, no account holds a line that an auction could take.
        _auctionNextAt = uint40(block.timestamp + (_assetCount == 0 ? 0 : AUCTION_DELAY));
        emit AuctionScheduled(next, _auctionNextAt);
    }

    /// @dev Reverts unless an auction may take from the account now; notes when it was below its maintenance grade.
    function _requireUnhealthy(bytes32 account) private {
        Grades memory grades = _weighPoked(account);
        if (grades.status & STATUS_UNAVAILABLE != 0) revert ILedgerMargin.MarginUnknown(account);
        uint256 requiredWad = _requiredOf(account, address(0)).maintenanceWad;
        if (grades.exitWad >= requiredWad) revert AccountHealthy(account, grades.exitWad, requiredWad);
        // Only grade E changes at once with an initial weight, so it only limits how far an auction goes, not when one begins.
        Header storage header = _headers[account];
        if (grades.maintenanceWad < requiredWad) header.seizedAt = uint40(block.timestamp);
        else if (block.timestamp >= header.seizedAt + SEIZE_WINDOW) {
            revert AccountHealthy(account, grades.maintenanceWad, requiredWad);
        }
    }

    /// @dev Moves units of a line that counts. Seasoned units go first; unseasoned ones keep their season at the winner.
    function _seizeLine(bytes32 account, bytes32 to, uint16 assetId, uint128 amount) private {
        if (!_isCreditable(to, _listedAsset(assetId).source)) revert ILedgerAccounts.AccountRefused(to);
        uint256 line = _lines[account][assetId];
        uint256 held = LedgerWords.amountOf(line);
        if (amount == 0 || amount > held) revert ILedgerAccounts.AmountUnavailable(amount, held);
        if (!_leaveLane(account, assetId, amount == held)) revert LineNotEnabled(account, assetId);
        uint256 unseasoned = _min(LedgerWords.unseasonedOf(line, block.timestamp), held);
        uint256 moved = amount > held - unseasoned ? amount - (held - unseasoned) : 0;
        uint256 seasonEnd = uint32(line >> 216);
        line -= amount;
        if (moved != 0) line = _withSeason(line, account, assetId, unseasoned - moved, seasonEnd);
        _lines[account][assetId] = line;
        _raise(to, assetId, amount, moved, seasonEnd);
        emit ILedgerAccounts.Transferred(account, to, assetId, amount, "seize");
    }

    /// @dev Returns true if the account may leave now. Returns false if the notice begins now. Otherwise reverts.
    function _mayLeave(bytes32 account, address protocol, uint32 index) private returns (bool) {
        Requirement memory requirement = Requirements.readWithAll(protocol, account);
        if (requirement.answered && requirement.initialWad == 0) return true;
        if (requirement.answered && !_protocols[index].released)
            revert RequirementLeft(account, protocol, requirement.initialWad);
        Claim storage claim = _claims[account][protocol];
        uint256 endsAt = _noticeEnd(claim);
        if (endsAt == 0) {
            claim.noticeAt = uint32(block.timestamp);
            emit NoticeGiven(account, protocol, block.timestamp + NOTICE);
            return false;
        }
        if (block.timestamp < endsAt) revert NoticeRunning(account, protocol, endsAt);
        return true;
    }

    /// @dev Returns the first time at which the notice lets the account leave, 0 if there is none. A notice that was
    ///      not used in that time again has lapsed: the reason for it may have ended long ago.
    function _noticeEnd(Claim storage claim) private view returns (uint256 endsAt) {
        uint256 noticeAt = claim.noticeAt;
        if (noticeAt != 0 && block.timestamp < noticeAt + 2 * NOTICE) endsAt = noticeAt + NOTICE;
    }

    function _numberProtocol(address protocol) private returns (uint32 index) {
        if (protocol.code.length == 0) revert ProtocolRefused(protocol);
        index = ++_protocolCount;
        _protocolIndices[protocol] = index;
        _protocols[index].at = protocol;
    }

    function _isOptedIn(bytes32 account, uint32 index) private view returns (bool) {
        if (index == 0) return false;
        for (uint256 lanes = _headers[account].protocols; lanes != 0; lanes >>= PROTOCOL_LANE_BITS) {
            if (uint32(lanes) == index) return true;
        }
        return false;
    }
}

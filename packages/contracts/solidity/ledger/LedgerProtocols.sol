// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimView, ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {LedgerGate} from "./LedgerGate.sol";
import {LedgerTerms} from "./LedgerTerms.sol";
import {Requirement, Requirements} from "./Requirements.sol";

/// @title Protocols that require margin
/// @notice Opting in and out, and the gate; `ILedgerActs` is the manual.
/// @dev A protocol is asked by `staticcall` alone, so nothing it does while it answers can change a slot.
abstract contract LedgerProtocols is LedgerTerms, LedgerGate, ILedgerActs {
    uint256 internal constant PROTOCOLS_MAX = 4;
    uint256 internal constant NOTICE = 7 days;

    /// @inheritdoc ILedgerActs
    function optIn(bytes32 account, address protocol) external {
        _onlyOwner(account);
        bool isolated = AccountLib.subOf(account) != 0;
        uint32 index = _protocolIndices[protocol];
        ProtocolRecord storage record = _protocols[index];
        // Whom an owner elsewhere appointed may not release to others, and a protocol of its own would claim everything for it.
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

    /// @inheritdoc ILedgerActs
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

    /// @inheritdoc ILedgerActs
    function gate(bytes32 account) external {
        Required memory required = _requiredOf(account, msg.sender);
        if (required.index == 0) revert NotOptedIn(account, msg.sender);
        _requireMargin(account, required);
        Claim storage claim = _claims[account][msg.sender];
        ProtocolRecord storage record = _protocols[required.index];
        if (record.closed && required.own.initialWad > claim.reserved) {
            revert ProtocolClosed(account, msg.sender, required.own.initialWad, claim.reserved);
        }
        // Ending a notice here would let a released protocol hold the account for ever.
        if (!record.released) claim.noticeAt = 0;
        (claim.reserved, claim.observed) = (required.own.initialWad, 0);
        claim.maintenance = required.own.maintenanceWad;
        claim.positionNonce = required.own.positionNonce;
        claim.recordedAt = uint32(block.timestamp);
        emit Gated(account, msg.sender, required.own.initialWad);
    }

    /// @inheritdoc ILedgerActs
    function listProtocol(address protocol) external returns (uint32 index) {
        _only(_governor, "governor");
        index = _protocolIndices[protocol];
        if (index == 0) index = _numberProtocol(protocol);
        if (_protocols[index].listed) revert ProtocolRefused(protocol);
        _protocols[index] = ProtocolRecord(protocol, true, false, false);
        emit ProtocolListed(protocol, index, true);
    }

    /// @inheritdoc ILedgerActs
    function protocolsOf(bytes32 account) external view returns (address[] memory protocols) {
        uint256 lanes = _headers[account].protocols;
        (, uint256 used) = _protocolLaneOf(lanes, 0);
        protocols = new address[](used);
        for (uint256 i = 0; i < used; ++i) {
            protocols[i] = _protocols[uint32(lanes >> (i * PROTOCOL_LANE_BITS))].at;
        }
    }

    /// @inheritdoc ILedgerActs
    function protocolOf(address protocol) external view returns (uint32 index, bool listed) {
        index = _protocolIndices[protocol];
        listed = _protocols[index].listed;
    }

    /// @inheritdoc ILedgerActs
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

    /// @dev True if the account may leave now; gives notice and says false if the notice begins now; else reverts.
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

    /// @dev First time at which the notice lets the account go, 0 if there is none. One that was not used for as long again
    ///      is over: what it was given for may have ended long ago.
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

    /// @dev Gives the lane of a protocol, 4 if it has none, and how many lanes are used.
    function _protocolLaneOf(uint256 lanes, uint32 index) private pure returns (uint256 lane, uint256 used) {
        lane = PROTOCOLS_MAX;
        for (; used < PROTOCOLS_MAX && uint32(lanes >> (used * PROTOCOL_LANE_BITS)) != 0; ++used) {
            if (uint32(lanes >> (used * PROTOCOL_LANE_BITS)) == index) lane = used;
        }
    }
}

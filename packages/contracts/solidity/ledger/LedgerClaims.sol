// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {ILedgerClaims} from "../interfaces/ILedgerClaims.sol";
import {LedgerExitShares} from "./LedgerExitShares.sol";
import {LedgerSources} from "./LedgerSources.sol";
import {Requirement, Requirements} from "./Requirements.sol";

/// @title What anyone does about protocols that fail, and the governor about protocols that end
/// @notice `ILedgerClaims` is the manual.
abstract contract LedgerClaims is LedgerSources, LedgerExitShares, ILedgerClaims {
    /// @inheritdoc ILedgerClaims
    function closeProtocol(address protocol) external {
        _only(_governor, "governor");
        uint32 index = _protocolIndices[protocol];
        if (!_protocols[index].listed) revert ILedgerActs.ProtocolNotListed(protocol);
        _protocols[index] = ProtocolRecord(protocol, false, true, false);
        emit ILedgerActs.ProtocolListed(protocol, index, false);
    }

    /// @inheritdoc ILedgerClaims
    function releaseFrom(address protocol) external {
        _only(_governor, "governor");
        uint32 index = _protocolIndices[protocol];
        ProtocolRecord storage record = _protocols[index];
        if (record.released || (!record.listed && !record.closed)) revert ILedgerActs.ProtocolNotListed(protocol);
        if (record.listed) emit ILedgerActs.ProtocolListed(protocol, index, false);
        _protocols[index] = ProtocolRecord(protocol, false, true, true);
        emit ProtocolReleased(protocol);
    }

    /// @inheritdoc ILedgerClaims
    function refuse(bytes32 account, address protocol) external {
        Claim storage claim = _claims[account][protocol];
        bool stands = claim.noticeAt == 0 || _protocols[_protocolIndices[protocol]].released;
        if (stands || Requirements.readWithAll(protocol, account).initialWad == 0) {
            revert NothingToRefuse(account, protocol);
        }
        claim.noticeAt = 0;
        emit NoticeRefused(account, protocol);
    }

    /// @inheritdoc ILedgerClaims
    function observe(bytes32 account, address protocol) external {
        if (!_isOptedIn(account, _protocolIndices[protocol])) revert ILedgerActs.NotOptedIn(account, protocol);
        Requirement memory requirement = Requirements.readWithAll(protocol, account);
        if (!requirement.answered) revert ILedgerActs.RequirementUnknown(account, protocol);
        _claims[account][protocol].observed = requirement.maintenanceWad;
        emit Observed(account, protocol, requirement.maintenanceWad);
    }
}

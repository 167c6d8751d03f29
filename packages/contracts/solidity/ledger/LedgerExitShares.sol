// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerActs} from "../interfaces/ILedgerActs.sol";
import {ILedgerExitShares} from "../interfaces/ILedgerExitShares.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title Shares that protocols register for exits
/// @notice `ILedgerExitShares` is the manual; vaults read the words in storage proofs (`LedgerSlots.exitShareOf`).
abstract contract LedgerExitShares is LedgerStorage, ILedgerExitShares {
    uint16 private constant WHOLE_BP = 10_000;

    /// @inheritdoc ILedgerExitShares
    function setExitShare(bytes32 account, address claimant, uint16 shareBp) external {
        uint32 index = _protocolIndices[msg.sender];
        if (!_isOptedIn(account, index)) revert ILedgerActs.NotOptedIn(account, msg.sender);
        if (shareBp > WHOLE_BP || (claimant == address(0) && shareBp != 0)) {
            revert ExitShareRefused(claimant, shareBp);
        }
        _exitShares[account][index] = ExitShare(shareBp == 0 ? address(0) : claimant, shareBp);
        emit ExitShareSet(account, msg.sender, claimant, shareBp);
    }

    /// @inheritdoc ILedgerExitShares
    function exitShareOf(bytes32 account, address protocol) external view returns (address claimant, uint16 shareBp) {
        ExitShare storage share = _exitShares[account][_protocolIndices[protocol]];
        return (share.claimant, share.shareBp);
    }

    function _isOptedIn(bytes32 account, uint32 index) internal view returns (bool) {
        if (index == 0) return false;
        for (uint256 lanes = _headers[account].protocols; lanes != 0; lanes >>= PROTOCOL_LANE_BITS) {
            if (uint32(lanes) == index) return true;
        }
        return false;
    }
}

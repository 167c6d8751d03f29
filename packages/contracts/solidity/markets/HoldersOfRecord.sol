// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Holders of shares at each booked loss
/// @notice Balances at each loss, kept when a balance first changes after it. Whoever holds still, or a token without losses, writes nothing.
abstract contract HoldersOfRecord {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev By the number of the last loss before a change: the balance at it, and at those before it back to the previous one kept.
    mapping(address holder => Checkpoints.Trace208) private _records;

    /// @dev Call it before a balance changes.
    /// @param losses how many were booked so far
    /// @param balance before the change
    function _keepRecord(address holder, uint256 losses, uint256 balance) internal {
        if (holder == address(0) || losses == 0) return;
        (bool kept, uint48 last, ) = _records[holder].latestCheckpoint();
        if (kept && last == losses) return;
        // Shares of more than 208 bits are worth nothing; they must not keep anybody from leaving.
        uint208 held = balance > type(uint208).max ? type(uint208).max : uint208(balance);
        _records[holder].push(SafeCast.toUint48(losses), held);
    }

    /// @dev Returns what a holder had at a loss.
    /// @param loss number, the first is 1
    /// @param balance of now
    function _recordOf(address holder, uint256 loss, uint256 balance) internal view returns (uint256) {
        (bool kept, uint48 last, ) = _records[holder].latestCheckpoint();
        return !kept || last < loss ? balance : _records[holder].lowerLookup(SafeCast.toUint48(loss));
    }
}

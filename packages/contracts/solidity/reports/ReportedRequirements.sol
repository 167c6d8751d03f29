// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarginReports, StoredReport} from "../interfaces/IMarginRequirement.sol";

/// @notice A protocol's own simple bound, computed on chain; WAD, rounded up.
struct StandardBound {
    uint256 initialWad;
    uint256 maintenanceWad;
}

/// @notice A protocol's requirement, see `IMarginRequirement`.
struct ReportedRequirement {
    uint256 initialWad;
    uint256 maintenanceWad;
    uint64 asOf;
}

/// @title How a protocol uses a report
/// @notice | report about the account | initial | maintenance |
///         | --- | --- | --- |
///         | none, or expired | the bound's | the bound's |
///         | of this position | the report's, at least half of the bound's and at least maintenance | the report's, at least half of the bound's |
///         | of another position | infinite | the larger of the report's and the bound's |
/// @dev Infinite is 2^128 − 1, the largest figure that the ledger accepts as an answer. Above it, maintenance would be
///      what the last gate recorded instead of what is returned here. No account has assets for it. Halves round up.
///      Never reverts, and costs 7,000 gas or less, of the 150,000 that the ledger gives at the gate.
library ReportedRequirements {
    /// @notice An initial requirement that no assets cover.
    uint256 internal constant INFINITE = type(uint128).max;

    /// @notice Returns the requirement of an account at the calling protocol.
    /// @param reports contract that stores reports; the protocol must trust its code permanently
    /// @param account see `ILedgerCore`
    /// @param positionNonce number of the present position
    /// @param standard the protocol's own bound for that position
    function read(
        IMarginReports reports,
        bytes32 account,
        uint64 positionNonce,
        StandardBound memory standard
    ) internal view returns (ReportedRequirement memory) {
        return judge(reports.reportOf(address(this), account), positionNonce, standard);
    }

    /// @notice Returns the requirement that follows from a report at this block's time.
    /// @param report the newest one
    /// @param positionNonce number of the present position
    /// @param standard the protocol's own bound for that position
    function judge(
        StoredReport memory report,
        uint64 positionNonce,
        StandardBound memory standard
    ) internal view returns (ReportedRequirement memory requirement) {
        if (block.timestamp >= report.expiry) {
            return ReportedRequirement(standard.initialWad, standard.maintenanceWad, uint64(block.timestamp));
        }
        requirement.asOf = report.asOf;
        if (report.positionNonce != positionNonce) {
            requirement.initialWad = INFINITE;
            requirement.maintenanceWad = _max(report.maintenanceWad, standard.maintenanceWad);
            return requirement;
        }
        requirement.maintenanceWad = _max(report.maintenanceWad, _halfUp(standard.maintenanceWad));
        requirement.initialWad = _max(
            _max(report.initialWad, _halfUp(standard.initialWad)),
            requirement.maintenanceWad
        );
    }

    function _halfUp(uint256 value) private pure returns (uint256) {
        return value / 2 + (value % 2);
    }

    function _max(uint256 left, uint256 right) private pure returns (uint256) {
        return left > right ? left : right;
    }
}

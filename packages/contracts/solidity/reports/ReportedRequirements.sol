// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarginReports, StoredReport} from "../interfaces/IMarginRequirement.sol";
import {KeptTrades, StandardBound, TradesSinceReport} from "./TradesSinceReport.sol";

/// @notice A protocol's requirement, see `IMarginRequirement`.
struct ReportedRequirement {
    uint256 initialWad;
    uint256 maintenanceWad;
    uint64 asOf;
}

/// @title The use of a report by a protocol
/// @notice | report about the account | initial | maintenance |
///         | --- | --- | --- |
///         | none, or expired | the bound's | the bound's |
///         | of this position | the report's, at least half of the bound's and at least maintenance | the report's, at least half of the bound's |
///         | of the position some kept trades ago | as above, with the report's and the trades' own bounds | the report's and the trades' own bounds, at most the larger of the report's and the bound's, at least half of the bound's |
///         | of another position | infinite | the larger of the report's and the bound's |
/// @dev Infinite is 2^128 − 1, the largest figure that the ledger accepts as an answer. Above it, maintenance would be
///      what the last gate recorded instead of what is returned here. No account has assets for it. Halves round up.
///      Never reverts, and costs 12,000 gas or less, of the 150,000 that the ledger gives at the gate.
library ReportedRequirements {
    /// @notice An initial requirement that no assets cover.
    uint256 internal constant INFINITE = type(uint128).max;

    /// @notice Returns the requirement of an account at the calling protocol.
    /// @param reports contract that stores reports; the protocol must trust its code permanently
    /// @param account see `ILedgerCore`
    /// @param positionNonce number of the present position
    /// @param standard the protocol's own bound for that position
    /// @param kept the account's trades; where none are ever added, a report counts for the present position alone
    function read(
        IMarginReports reports,
        bytes32 account,
        uint64 positionNonce,
        StandardBound memory standard,
        KeptTrades storage kept
    ) internal view returns (ReportedRequirement memory) {
        StoredReport memory report = reports.reportOf(address(this), account);
        (bool known, StandardBound memory traded) = TradesSinceReport.since(kept, report.positionNonce, positionNonce);
        return judge(report, known, traded, standard);
    }

    /// @notice Returns the requirement that follows from a report at this block's time.
    /// @param report the newest one
    /// @param known whether it is about the present position, or all trades since then are known
    /// @param traded the sum of those trades' own bounds
    /// @param standard the protocol's own bound for the present position
    function judge(
        StoredReport memory report,
        bool known,
        StandardBound memory traded,
        StandardBound memory standard
    ) internal view returns (ReportedRequirement memory requirement) {
        if (block.timestamp >= report.expiry) {
            return ReportedRequirement(standard.initialWad, standard.maintenanceWad, uint64(block.timestamp));
        }
        requirement.asOf = report.asOf;
        uint256 larger = Math.max(report.maintenanceWad, standard.maintenanceWad);
        if (!known) {
            (requirement.initialWad, requirement.maintenanceWad) = (INFINITE, larger);
            return requirement;
        }
        requirement.maintenanceWad = Math.max(
            Math.min(report.maintenanceWad + traded.maintenanceWad, larger),
            _halfUp(standard.maintenanceWad)
        );
        uint256 initialWad = Math.max(report.initialWad + traded.initialWad, _halfUp(standard.initialWad));
        requirement.initialWad = Math.max(Math.min(initialWad, INFINITE), requirement.maintenanceWad);
    }

    function _halfUp(uint256 value) private pure returns (uint256) {
        return value / 2 + (value % 2);
    }
}

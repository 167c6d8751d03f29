// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../interfaces/IAttesterSet.sol";
import {IMarginReports, MarginReport, StoredReport} from "../interfaces/IMarginRequirement.sol";

/// @title The newest margin report about each account at each protocol
/// @notice `IMarginReports` is the manual.
contract MarginReports is IMarginReports {
    /// @notice EIP-712 type of `MarginReport`.
    bytes32 public constant REPORT_TYPE = keccak256(
        "MarginReport(address reports,address protocol,bytes32 account,uint64 positionNonce,uint64 blockNumber,bytes32 blockHash,uint64 asOf,bytes32 inputsHash,bytes32 parameterVersion,uint128 initialWad,uint128 maintenanceWad,uint64 expiry,uint32 epoch)"
    );
    /// @notice Longest time in seconds for which a report counts after it was stored.
    uint256 public constant LIFETIME_MAX = 15 minutes;
    /// @notice Longest time in seconds that a block may take to become final before that. A report never outlives its
    ///         block by more than the sum of both.
    uint256 public constant FINALITY_MAX = 30 minutes;

    /// @inheritdoc IMarginReports
    address public immutable attesterSet;

    mapping(address protocol => mapping(bytes32 account => StoredReport)) private _reports;

    constructor(address attesterSet_) {
        if (attesterSet_.code.length == 0) revert VerifierRefused(attesterSet_);
        attesterSet = attesterSet_;
    }

    /// @inheritdoc IMarginReports
    function submit(MarginReport calldata report, bytes calldata sigs) external {
        _requireTimely(report);
        if (report.initialWad < report.maintenanceWad) {
            revert ReportUnordered(report.initialWad, report.maintenanceWad);
        }
        StoredReport storage stored = _reports[report.protocol][report.account];
        if (report.blockNumber <= stored.blockNumber) revert ReportNotNewer(report.blockNumber, stored.blockNumber);
        IAttesterSet(attesterSet).verify(hashOf(report), report.epoch, sigs);
        // Safety of the casts: both are at most 15 minutes from this block's time.
        _reports[report.protocol][report.account] = StoredReport({
            initialWad: report.initialWad,
            maintenanceWad: report.maintenanceWad,
            positionNonce: report.positionNonce,
            blockNumber: report.blockNumber,
            asOf: uint40(report.asOf),
            expiry: uint40(report.expiry)
        });
        emit Reported(
            report.protocol,
            report.account,
            report.positionNonce,
            report.blockNumber,
            report.inputsHash,
            report.parameterVersion,
            report.initialWad,
            report.maintenanceWad,
            report.expiry
        );
    }

    /// @inheritdoc IMarginReports
    function reportOf(address protocol, bytes32 account) external view returns (StoredReport memory) {
        return _reports[protocol][account];
    }

    /// @inheritdoc IMarginReports
    function hashOf(MarginReport calldata report) public pure returns (bytes32) {
        return keccak256(abi.encode(REPORT_TYPE, report));
    }

    /// @dev Reverts unless the report is meant for this contract, is about a past block, has not expired and does not
    ///      expire too late.
    function _requireTimely(MarginReport calldata report) private view {
        if (report.reports != address(this)) revert ReportOfOtherContract(report.reports, address(this));
        if (report.blockNumber >= block.number || report.asOf > block.timestamp) {
            revert ReportFromFuture(report.blockNumber, report.asOf, block.number, block.timestamp);
        }
        // Zero once the block is more than 256 blocks old. Then only the signers vouch for the hash.
        bytes32 known = blockhash(report.blockNumber);
        if (known != 0 && known != report.blockHash) {
            revert ReportOfOtherBlock(report.blockNumber, report.blockHash, known);
        }
        if (report.expiry <= block.timestamp) revert ReportExpired(report.expiry, block.timestamp);
        uint256 latest = block.timestamp + LIFETIME_MAX;
        uint256 latestOfBlock = report.asOf + FINALITY_MAX + LIFETIME_MAX;
        if (latestOfBlock < latest) latest = latestOfBlock;
        if (report.expiry > latest) revert ReportTooLong(report.expiry, latest);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerMargin} from "../interfaces/ILedgerMargin.sol";
import {Grades, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerMargin} from "./LedgerMargin.sol";

/// @title Reading margins
abstract contract LedgerMarginViews is LedgerMargin, ILedgerMargin {
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

    function _idsOf(uint256 lanes) private pure returns (uint16[] memory assetIds) {
        assetIds = new uint16[](_usedOf(lanes));
        for (uint256 i = 0; i < assetIds.length; ++i) {
            assetIds[i] = uint16(lanes >> (i * LANE_BITS));
        }
    }
}

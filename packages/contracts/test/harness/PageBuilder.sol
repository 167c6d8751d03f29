// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RatioPage, StepPage} from "@surety/requirements/OptionTables.sol";

/// @notice Deploys pages of tables as a transaction would, compiled as for a deployment, and weighs that.
contract PageBuilder {
    function weighRatios(uint256 first) external returns (uint256 gas, address page) {
        uint256 before = gasleft();
        page = address(new RatioPage(first));
        gas = before - gasleft();
    }

    function weighSteps() external returns (uint256 gas, address page) {
        uint256 before = gasleft();
        page = address(new StepPage());
        gas = before - gasleft();
    }
}

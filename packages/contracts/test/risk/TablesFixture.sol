// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KernelPages, OptionTables, PageReader} from "@surety/requirements/OptionTables.sol";
import {DEPLOYER} from "../harness/Deployer.sol";

/// @dev Deploys the pages of the option kernel's tables, from what the compiler makes of them for a deployment.
function deployPages() returns (KernelPages memory pages) {
    pages.steps = DEPLOYER.deployCode("OptionTables.sol:StepPage");
    pages.ratios0 = deployRatios(0);
    pages.ratios1 = deployRatios(1);
    pages.ratios2 = deployRatios(2);
}

/// @dev Deploys the page of ratios of so many five units of z below 1.
function deployRatios(uint256 place) returns (address) {
    return DEPLOYER.deployCode("OptionTables.sol:RatioPage", abi.encode(place * PageReader.CELLS));
}

/// @dev Deploys the tables.
function deployTables() returns (OptionTables) {
    return OptionTables(DEPLOYER.deployCode("OptionTables.sol:OptionTables", abi.encode(deployPages())));
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

/// @dev Forge's cheat codes for free functions, which cannot see those of `Test`.
Vm constant DEPLOYER = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

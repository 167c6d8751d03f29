// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {KindOfAct} from "../../solidity/roles/ISuretyTimelock.sol";
import {RoleHolder} from "../../solidity/roles/RoleHolder.sol";
import {SuretyTimelock} from "../../solidity/roles/SuretyTimelock.sol";

/// @notice A timelock as governor of what a test builds, with one proposer; anyone executes.
abstract contract Timelocked is Test {
    address internal constant PROPOSER = address(0x2000);
    address internal constant CANCELLER = address(0x2002);

    SuretyTimelock internal timelock;

    function makeTimelock() internal returns (address) {
        address[] memory proposers = new address[](1);
        proposers[0] = PROPOSER;
        timelock = new SuretyTimelock(48 hours, proposers, CANCELLER, new address[](1), new KindOfAct[](0));
        return address(timelock);
    }

    /// @dev Schedules one call, to be ready after 7 days.
    function schedule(address target, bytes memory data, bytes32 salt) internal returns (bytes32) {
        vm.prank(PROPOSER);
        timelock.schedule(target, 0, data, 0, salt, 7 days);
        return timelock.hashOperation(target, 0, data, 0, salt);
    }

    function cancel(bytes32 id) internal {
        RoleHolder role = RoleHolder(timelock.guardian());
        vm.prank(CANCELLER);
        role.act(address(timelock), abi.encodeCall(timelock.cancel, (id)));
    }
}

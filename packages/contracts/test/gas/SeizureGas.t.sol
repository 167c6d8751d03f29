// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {SeizureFixture} from "../ledger/seizures/SeizureFixture.sol";

/// @notice What a seizure costs with the lines that it takes: whole transactions, to a winner that holds none of them yet.
/// @dev Sixteen lines are weighed whatever is taken, at two price slots that are poked.
contract SeizureGasTest is SeizureFixture {
    /// forge-config: default.isolate = true
    function test_a_further_line_costs_at_most_40_000_gas_and_no_reading_of_health() public {
        _ruin();
        uint256 state = vm.snapshotState();
        uint256 one = _gasOf(1);
        assertTrue(vm.revertToState(state));
        uint256 four = _gasOf(4);
        assertTrue(vm.revertToState(state));
        uint256 sixteen = _gasOf(LAST);
        uint256 further = (sixteen - one) / (LAST - 1);
        console.log("seizure of 1, 4 and 16 of 16 lines:", one, four, sixteen);
        console.log("a further line:", further);
        assertLe(further, 40_000);
        assertLe(one, 260_000);
    }

    /// @dev The last lines, in parts, so that none leaves its lane.
    function _gasOf(uint256 count) private returns (uint256) {
        (uint16[] memory assetIds, uint128[] memory amounts) = (new uint16[](count), new uint128[](count));
        for (uint16 i = 0; i < count; ++i) (assetIds[i], amounts[i]) = (LAST - i, 1e6);
        bytes memory call_ = abi.encodeCall(ledger.seize, (accountOf(alice), accountOf(bob), assetIds, amounts));
        vm.prank(auction, auction);
        (bool ok, ) = address(ledger).call(call_);
        assertTrue(ok);
        return vm.lastCallGas().gasTotalUsed;
    }
}

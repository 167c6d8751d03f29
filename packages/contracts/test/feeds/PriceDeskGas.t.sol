// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {PriceDesk} from "../../solidity/prices/PriceDesk.sol";

/// @notice What the desk adds to a call that is almost nothing itself, without updates and slots.
/// @dev A test is a transaction of its own, so what `setUp` built is cold in it.
contract PriceDeskGasTest is Test {
    address private known = makeAddr("known");
    PriceDesk private desk;

    function setUp() public {
        desk = new PriceDesk(address(1));
        _gasOf(known);
    }

    function test_the_desk_adds_less_than_20_000_to_a_call() public {
        uint256 gas = _gasOf(known);
        console.log("call through the desk:", gas);
        assertLt(gas, 20_000);
    }

    function test_the_first_call_of_a_caller_adds_less_than_60_000() public {
        uint256 gas = _gasOf(makeAddr("new"));
        console.log("first call of a caller through the desk:", gas);
        assertLt(gas, 60_000);
    }

    function _gasOf(address caller) private returns (uint256 gas) {
        PriceDesk asked = desk;
        (address[] memory feeds, bytes[][] memory updates) = (new address[](0), new bytes[][](0));
        uint16[] memory slots = new uint16[](0);
        bytes memory data = abi.encodeCall(asked.ledger, ());
        vm.prank(caller);
        gas = gasleft();
        asked.updateAndCall(feeds, updates, slots, address(asked), data);
        gas -= gasleft();
    }
}

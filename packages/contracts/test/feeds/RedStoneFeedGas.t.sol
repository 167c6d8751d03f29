// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {RedStoneFixture} from "./RedStoneFixture.sol";

/// @notice What an update by three signers costs, over a price that is kept already.
/// @dev A test is a transaction of its own, so the kept price is cold in it.
contract RedStoneFeedGasTest is RedStoneFixture {
    function setUp() public override {
        super.setUp();
        feed.update(_list(_vector("three")));
    }

    function test_an_update_by_three_signers_costs_less_than_37_000() public {
        bytes[] memory updates = _list(_vector("later"));
        uint256 gas = gasleft();
        feed.update(updates);
        gas -= gasleft();
        console.log("update by 3 of 5 signers:", gas);
        assertLt(gas, 37_000);
    }

    function test_a_reading_costs_less_than_9_000() public view {
        uint256 gas = gasleft();
        feed.read();
        gas -= gasleft();
        console.log("reading:", gas);
        assertLt(gas, 9_000);
    }
}

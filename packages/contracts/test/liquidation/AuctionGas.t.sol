// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice What whole transactions cost: four lines, one protocol, everything cold.
contract AuctionGasTest is AuctionFixture {
    /// forge-config: default.isolate = true
    function test_gas_of_a_start() public {
        crash(1_500e12);
        vm.prank(keeper, keeper);
        auction.start(debtor);
        _report("start", 240_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_touch_and_a_close() public {
        breach(1_539e12);
        wait_(60);
        auction.touch(debtor);
        _report("touch", 185_000);
        crash(1_800e12);
        auction.close(debtor);
        _report("close", 165_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_bid_that_is_paid() public {
        _holdAll();
        fund(bob, 30_000e6, lender);
        breach(1_000e12);
        wait_(60);
        bidOf(bob, all(true));
        _report("bid, 4 lines, taker has lines, pays", 425_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_bid_for_some_of_the_lines() public {
        _holdAll();
        fund(bob, 30_000e6, lender);
        breach(1_500e12);
        wait_(60);
        bidOf(bob, upTo(0.2e18, true));
        _report("bid, part of 1 of 4 lines, the same", 415_000);
        assertGt(unitsOf(debtor, BEST), 0);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_bid_for_new_lines() public {
        address carol = makeAddr("carol");
        fund(carol, 30_000e6, lender);
        optIn(carol, lender);
        breach(1_000e12);
        wait_(60);
        bidOf(carol, all(true));
        _report("bid, 4 lines new to the taker, pays", 520_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_bid_whose_burden_is_kept() public {
        _holdAll();
        breach(1_000e12);
        wait_(60);
        bidOf(bob, all(false));
        _report("bid, 4 lines, burden kept", 485_000);
    }

    /// @dev Bob has some of each asset.
    function _holdAll() private {
        for (uint16 id = 1; id <= 4; ++id) lock(id, id == USD ? 20 * ONE_USD : 1 * ONE_ETH, taker, 0);
        applyAll();
    }

    function _report(string memory act, uint256 most) private view {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        console.log(act, gas);
        assertLt(gas, most, act);
    }
}

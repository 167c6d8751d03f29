// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {DevelopmentWrappedNative} from "../../solidity/development/DevelopmentWrappedNative.sol";

/// @notice The wrapped coin of development chains; this contract has no `receive`, so it cannot be paid out to.
contract DevelopmentWrappedNativeTest is Test {
    DevelopmentWrappedNative private token;

    function setUp() public {
        token = new DevelopmentWrappedNative();
        vm.deal(address(this), 10 ether);
    }

    function test_refuses_a_payout_that_its_caller_cannot_take() public {
        token.deposit{value: 1 ether}();
        vm.expectRevert(abi.encodeWithSelector(DevelopmentWrappedNative.PayoutFailed.selector, address(this), 1 ether));
        token.withdraw(1 ether);
    }

    function test_gives_one_unit_for_each_wei_and_back() public {
        address owner = makeAddr("owner");
        vm.deal(owner, 3 ether);
        vm.startPrank(owner);
        token.deposit{value: 2 ether}();
        assertEq(token.balanceOf(owner), 2 ether);
        token.withdraw(2 ether);
        assertEq(owner.balance, 3 ether);
        assertEq(token.totalSupply(), 0);
    }
}

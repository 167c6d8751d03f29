// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {ILocalDesk} from "../../solidity/gateway/ILocalDesk.sol";
import {LocalFixture} from "../ledger/local/LocalFixture.sol";

/// @notice What a deposit costs that is locked and credited in one transaction.
/// @dev A test is a transaction of its own, so what `setUp` touched is cold in it.
contract LocalDeskGasTest is LocalFixture {
    uint256 private constant AIM = 175_000;

    function setUp() public override {
        super.setUp();
        lockAndCredit(alice, 100 * ONE_USD);
        fund(alice, 10 * ONE_USD);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
    }

    function test_locks_and_credits_an_existing_line_within_its_aim() public {
        bytes memory call_ = abi.encodeCall(
            ILocalDesk.lockAndCredit,
            (address(token), 10 * ONE_USD, accountOf(alice), 1, "")
        );
        vm.prank(alice);
        (bool done, ) = address(desk).call(call_);
        Vm.Gas memory gas = vm.lastCallGas();
        uint256 used = gas.gasTotalUsed + 21_000 + 16 * call_.length;
        // The desk's balance and its allowance are 0 again. A transaction gets back at most a fifth (EIP-3529).
        uint256 refund = uint64(gas.gasRefunded);
        used -= refund < used / 5 ? refund : used / 5;
        assertTrue(done);
        emit log_named_uint("lockAndCredit, transaction included", used);
        assertLe(used, AIM);
    }
}

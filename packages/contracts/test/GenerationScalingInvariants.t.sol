// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GenerationHandler} from "./GenerationHandler.sol";
import {GenerationInvariants} from "./GenerationInvariants.t.sol";
import {GenerationScalingHandler} from "./GenerationScalingHandler.sol";

/// @notice I1, I2, I4 and I12 over a vault that loses tokens while the edge from the ledger changes its generation.
contract GenerationScalingInvariantsTest is GenerationInvariants {
    GenerationScalingHandler private handler;

    function setUp() public {
        handler = new GenerationScalingHandler();
        handler.begin();
        bytes4[] memory acts = new bytes4[](19);
        acts[0] = GenerationHandler.doLock.selector;
        acts[1] = GenerationHandler.doForgeLock.selector;
        acts[2] = acts[3] = GenerationHandler.doApply.selector;
        acts[4] = GenerationHandler.doRelease.selector;
        acts[5] = GenerationHandler.doForgeRelease.selector;
        acts[6] = acts[7] = GenerationHandler.doReplay.selector;
        acts[8] = GenerationHandler.doPay.selector;
        acts[9] = GenerationHandler.doStop.selector;
        acts[10] = GenerationHandler.doChangeBack.selector;
        acts[11] = GenerationHandler.doMove.selector;
        acts[12] = GenerationHandler.doWait.selector;
        acts[13] = GenerationScalingHandler.doLose.selector;
        acts[14] = GenerationScalingHandler.doReturn.selector;
        acts[15] = GenerationScalingHandler.doReport.selector;
        acts[16] = GenerationScalingHandler.doScale.selector;
        acts[17] = GenerationScalingHandler.doForgeScale.selector;
        acts[18] = GenerationScalingHandler.doChangeUnscaled.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
    }

    /// @notice The campaign would prove nothing if its acts did nothing.
    function test_the_acts_of_losses_between_generations_take_effect() public {
        for (uint256 i = 0; i < 160; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("scalings", i)));
            handler.doLock(seed);
            if (i % 11 == 1) handler.doForgeLock(seed >> 1);
            if (i % 2 == 0) handler.doApply(seed);
            handler.doMove(seed >> 2);
            handler.doRelease(seed >> 3);
            if (i % 6 == 2) handler.doForgeRelease(seed >> 4);
            if (i % 3 == 0) handler.doReplay();
            handler.doPay(seed >> 5);
            if (i % 4 == 1) handler.doStop(seed >> 6);
            if (i % 9 == 4) handler.doChangeBack(seed >> 7);
            if (i % 12 == 5) handler.doChangeUnscaled(seed >> 8);
            if (i > 40 && i % 8 == 1) handler.doLose(seed >> 9);
            if (i % 16 == 7) handler.doReturn(seed >> 10);
            if (i % 3 == 1) handler.doReport(seed >> 11);
            if (i > 80 && i % 3 == 2) handler.doScale(seed >> 12);
            if (i % 5 == 3) handler.doForgeScale(seed >> 13);
            handler.doWait(seed >> 14);
            if (i % 4 == 0) invariant_I1_I2_I4_I12_hold_over_losses_and_generations();
        }
        bytes32[12] memory paths = [
            bytes32("lock"),
            "apply",
            "release",
            "replay",
            "payment",
            "loss",
            "return",
            "report",
            "scaling",
            "forged scaling",
            "change of the ledger's edge",
            "scaling undone"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "GenerationScalingInvariantsTest");
    }

    function invariant_I1_I2_I4_I12_hold_over_losses_and_generations() public view {
        _requireHeld(handler);
    }
}

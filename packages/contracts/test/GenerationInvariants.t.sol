// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../solidity/interfaces/ILedger.sol";
import {IVault} from "../solidity/interfaces/IVault.sol";
import {GhostWriter} from "./Ghosts.sol";
import {GenerationHandler} from "./GenerationHandler.sol";

/// @notice What holds over both edges of a vault whatever its quorums sign and whatever it loses.
abstract contract GenerationInvariants is GhostWriter {
    function _requireHeld(GenerationHandler handler) internal view {
        (ILedger ledger, IVault vault) = (handler.theLedger(), handler.theVault());
        (bytes32 fromVault, bytes32 fromLedger) = handler.edges();
        (bytes32 edge, , , , , ) = ledger.replicaOf(7);
        assertEq(edge, fromVault, "I2: the ledger replays what attesters sign");
        assertEq(vault.inboundEdge(), fromLedger, "I2: so does the vault");
        for (uint16 asset = 1; asset <= 2; ++asset) {
            (uint256 accounted, uint256 owed) = (vault.accounted(asset), vault.owed(asset));
            uint256 credited = ledger.assetOf(asset).credited;
            assertLe(handler.linesSum(asset), credited, "I12: lines");
            assertEq(handler.duesOf(asset), owed, "I4: what is owed is what waits, in units");
            assertLe(owed, accounted, "I4");
            uint256 claimed =
                handler.held(asset) + handler.unsettled(asset) + handler.lost(asset) + handler.taken(asset);
            assertEq(accounted + handler.borne(asset), claimed, "I4: what left was a payment or a loss");
            if (handler.parted() || handler.partedBack()) continue;
            uint256 claims = credited + ledger.assetOf(asset).parked + owed + handler.underWay(asset);
            // What the ledger wrote off is accounted once the vault has taken it over.
            uint256 lacking = ledger.writeOffOf(asset).owing + handler.writtenOff(asset);
            assertLe(claims + handler.taken(asset), accounted + lacking, "I1: what is claimed is there, or was told");
        }
    }
}

/// @notice I1, I2, I4 and I12 over both edges of a vault whose quorums lie and whose generations change.
contract GenerationInvariantsTest is GenerationInvariants {
    GenerationHandler private handler;

    function setUp() public {
        handler = new GenerationHandler();
        handler.begin();
        bytes4[] memory acts = new bytes4[](16);
        acts[0] = acts[14] = GenerationHandler.doLock.selector;
        acts[1] = GenerationHandler.doForgeLock.selector;
        acts[2] = acts[15] = GenerationHandler.doApply.selector;
        acts[3] = GenerationHandler.doChange.selector;
        acts[4] = GenerationHandler.doRelease.selector;
        acts[5] = GenerationHandler.doReleaseParked.selector;
        acts[6] = GenerationHandler.doForgeRelease.selector;
        acts[7] = GenerationHandler.doReplay.selector;
        acts[8] = GenerationHandler.doPay.selector;
        acts[9] = GenerationHandler.doStop.selector;
        acts[10] = GenerationHandler.doChangeBack.selector;
        acts[11] = GenerationHandler.doWriteOff.selector;
        acts[12] = GenerationHandler.doMove.selector;
        acts[13] = GenerationHandler.doCap.selector;
        bytes4[] memory all = new bytes4[](25);
        for (uint256 i = 0; i < 16; ++i) all[i] = acts[i];
        (all[16], all[17]) = (GenerationHandler.doUnpark.selector, GenerationHandler.doWait.selector);
        (all[18], all[19]) = (GenerationHandler.doTakeLoss.selector, GenerationHandler.doForgeLoss.selector);
        (all[20], all[21]) = (GenerationHandler.doLose.selector, GenerationHandler.doReturn.selector);
        (all[22], all[23]) = (GenerationHandler.doReport.selector, GenerationHandler.doCover.selector);
        all[24] = GenerationHandler.doReturn.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector({addr: address(handler), selectors: all}));
    }

    /// @notice The campaign would prove nothing if its acts did nothing.
    function test_the_acts_of_the_generations_take_effect() public {
        for (uint256 i = 0; i < 160; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("generations", i)));
            handler.doLock(seed);
            if (i % 5 == 1) handler.doForgeLock(seed >> 1);
            if (i % 2 == 0) handler.doApply(seed);
            if (i % 7 == 3) handler.doCap(seed);
            handler.doMove(seed >> 2);
            handler.doRelease(seed >> 3);
            if (i % 6 == 2) handler.doForgeRelease(seed >> 4);
            if (i % 3 == 0) handler.doReplay();
            handler.doPay(seed >> 5);
            if (i % 4 == 1) handler.doStop(seed >> 6);
            if (i % 3 == 2) handler.doReleaseParked(seed >> 7);
            if (i % 4 == 2) handler.doUnpark(seed >> 8);
            if (i % 9 == 8) handler.doChange(seed >> 9);
            if (i % 9 == 4) handler.doChangeBack(seed >> 10);
            if (i % 10 == 9) handler.doWriteOff(seed >> 11);
            if (i % 3 == 1) handler.doTakeLoss(seed >> 12);
            if (i % 17 == 5) handler.doForgeLoss(seed >> 13);
            if (i % 5 == 4) handler.doLose(seed >> 14);
            if (i % 6 == 5) handler.doReturn(seed >> 15);
            if (i % 4 == 3) handler.doReport(seed >> 16);
            if (i % 12 == 7) handler.doCover(seed >> 17);
            handler.doWait(seed >> 18);
            if (i % 4 == 0) invariant_I1_I2_I4_I12_hold_over_generations();
        }
        bytes32[24] memory paths = [
            bytes32("lock"),
            "apply",
            "change of the vault's edge",
            "release",
            "release of what is parked",
            "replay",
            "payment",
            "stop",
            "refund",
            "change of the ledger's edge",
            "write off",
            "loss taken over",
            "loss undone",
            "forged loss",
            "loss",
            "return",
            "report",
            "covered",
            "payment with a loss",
            "paid past the point",
            "settled",
            "void",
            "repaid",
            "parked void"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "GenerationInvariantsTest");
    }

    function invariant_I1_I2_I4_I12_hold_over_generations() public view {
        _requireHeld(handler);
    }
}

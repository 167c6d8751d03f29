// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../../solidity/interfaces/ledger/ILedger.sol";
import {IVault} from "../../solidity/interfaces/vault/IVault.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {RewindHandler} from "./RewindHandler.sol";

/// @notice I1, I2, I4 and I12 over both edges of a vault whose quorums lie, whose chains break, which loses tokens, and whose replicas
///         are rewound at both ends.
contract RewindInvariantsTest is GhostWriter {
    RewindHandler private handler;

    function setUp() public {
        handler = new RewindHandler();
        handler.begin();
        // The acts that everything else rests on come twice.
        bytes4[27] memory acts = [
            RewindHandler.doLock.selector,
            RewindHandler.doLock.selector,
            RewindHandler.doForgeLock.selector,
            RewindHandler.doApply.selector,
            RewindHandler.doApply.selector,
            RewindHandler.doRewind.selector,
            RewindHandler.doTakeBack.selector,
            RewindHandler.doWriteOff.selector,
            RewindHandler.doRelease.selector,
            RewindHandler.doReleaseParked.selector,
            RewindHandler.doForgeRelease.selector,
            RewindHandler.doForgeLoss.selector,
            RewindHandler.doReplay.selector,
            RewindHandler.doPay.selector,
            RewindHandler.doStop.selector,
            RewindHandler.doRefund.selector,
            RewindHandler.doTakeLoss.selector,
            RewindHandler.doRewindBack.selector,
            RewindHandler.doMove.selector,
            RewindHandler.doCap.selector,
            RewindHandler.doUnpark.selector,
            RewindHandler.doWait.selector,
            RewindHandler.doLose.selector,
            RewindHandler.doReturn.selector,
            RewindHandler.doReturn.selector,
            RewindHandler.doReport.selector,
            RewindHandler.doCover.selector
        ];
        bytes4[] memory all = new bytes4[](acts.length);
        for (uint256 i = 0; i < acts.length; ++i) all[i] = acts[i];
        targetContract(address(handler));
        targetSelector(FuzzSelector({addr: address(handler), selectors: all}));
    }

    /// @notice The campaign would prove nothing if its acts did nothing.
    function test_the_acts_of_the_rewinds_take_effect() public {
        for (uint256 i = 0; i < 160; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("rewinds", i)));
            handler.doLock(seed);
            if (i % 5 == 1) handler.doForgeLock(seed >> 1);
            if (i % 2 == 0) handler.doApply();
            if (i % 7 == 3) handler.doCap(seed);
            handler.doMove(seed >> 2);
            handler.doRelease(seed >> 3);
            if (i % 6 == 2) handler.doForgeRelease(seed >> 4);
            if (i % 3 == 0) handler.doReplay();
            handler.doPay(seed >> 5);
            if (i % 4 == 1) handler.doStop(seed >> 6);
            if (i % 20 == 9) handler.doRefund(seed >> 19);
            if (i % 3 == 2) handler.doReleaseParked(seed >> 7);
            if (i % 4 == 2) handler.doUnpark(seed >> 8);
            if (i % 9 == 8) handler.doRewind(seed >> 9);
            if (i % 18 == 17) handler.doTakeBack(seed >> 20);
            if (i % 9 == 4) handler.doRewindBack(seed >> 10);
            if (i % 5 == 4) handler.doWriteOff(seed >> 11);
            if (i % 3 == 1) handler.doTakeLoss(seed >> 12);
            if (i % 17 == 5) handler.doForgeLoss(seed >> 13);
            if (i % 5 == 4) handler.doLose(seed >> 14);
            if (i % 6 == 5) handler.doReturn(seed >> 15);
            if (i % 4 == 3) handler.doReport(seed >> 16);
            if (i % 12 == 7) handler.doCover(seed >> 17);
            handler.doWait(seed >> 18);
            if (i % 4 == 0) this.invariant_I1_I2_I4_I12_hold_over_rewinds();
        }
        bytes32[26] memory paths = [
            bytes32("lock"),
            "apply",
            "rewind of the ledger",
            "orphan",
            "came again",
            "taken back",
            "loss told",
            "release",
            "release of what is parked",
            "replay",
            "payment",
            "stop",
            "refund",
            "rewind of the vault",
            "loss taken over",
            "loss taken back",
            "forged loss",
            "loss",
            "return",
            "report",
            "covered",
            "payment with a loss",
            "paid past the point",
            "settled",
            "void",
            "parked void"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "RewindInvariantsTest");
    }

    function invariant_I1_I2_I4_I12_hold_over_rewinds() public {
        (ILedger ledger, IVault vault) = (handler.theLedger(), handler.theVault());
        (bytes32 fromVault, bytes32 fromLedger) = handler.edges();
        (bytes32 edge, , , , , ) = ledger.replicaOf(7);
        assertEq(edge, fromVault, "I2: the ledger replays what attesters sign");
        assertEq(vault.inboundEdge(), fromLedger, "I2: so does the vault");
        handler.requireJournals();
        for (uint16 asset = 1; asset <= 2; ++asset) {
            (uint256 accounted, uint256 owed) = (vault.accounted(asset), vault.owed(asset));
            assertLe(handler.linesSum(asset), ledger.assetOf(asset).credited, "I12: lines");
            assertEq(handler.duesOf(asset), owed, "I4: what is owed is what waits, in units");
            assertLe(owed, accounted, "I4");
            uint256 there = handler.held(asset) + handler.unsettled(asset) + handler.lost(asset);
            assertEq(
                int256(accounted + handler.borne(asset)),
                int256(there) + handler.taken(asset),
                "I4: what left was a payment or a loss"
            );
            if (!handler.parted() && !handler.partedBack()) _requireUnits(ledger, asset, accounted);
        }
    }

    /// @dev I1 in units: what lines and parked credit hold, what is on its way between the two ends, and what was debited and neither
    ///      paid nor came back is what the vault accounts for, what a rewind left open, and what was told as lost.
    function _requireUnits(ILedger ledger, uint16 asset, uint256 accounted) private {
        uint256 claims = ledger.assetOf(asset).credited + ledger.assetOf(asset).parked;
        claims += handler.debited(asset) + handler.locksUnderWay(asset);
        (uint256 orphaned, uint256 missing, uint256 found, ) = ledger.unsettledOf(7, asset);
        int256 backed = int256(accounted + orphaned + missing + handler.told(asset)) - int256(found);
        assertEq(
            int256(claims),
            backed - handler.taken(asset),
            "I1: every unit that is claimed is there, or is known not to be"
        );
    }
}

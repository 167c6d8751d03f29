// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CreditLine} from "@surety/examples/credit-line/solidity/CreditLine.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {SettlementHandler} from "./SettlementHandler.sol";

/// @notice What holds between ledger, auction and a lender in any order of acts, by the number of the property in the design of
///         settlement (L2 health, L3 price, L4 conservation, L8 losses, L11 gate).
contract SettlementInvariantsTest is GhostWriter {
    SettlementHandler private handler;
    CreditLine private line;

    function setUp() public {
        handler = new SettlementHandler();
        line = handler.line();
        bytes4[] memory acts = new bytes4[](18);
        acts[0] = SettlementHandler.deposit.selector;
        acts[1] = SettlementHandler.borrow.selector;
        acts[2] = SettlementHandler.borrow.selector;
        acts[3] = SettlementHandler.repay.selector;
        acts[4] = SettlementHandler.save.selector;
        acts[5] = SettlementHandler.movePrice.selector;
        acts[6] = SettlementHandler.poke.selector;
        acts[7] = SettlementHandler.pass.selector;
        acts[8] = SettlementHandler.quarantine.selector;
        acts[9] = SettlementHandler.start.selector;
        acts[10] = SettlementHandler.start.selector;
        acts[11] = SettlementHandler.start.selector;
        acts[12] = SettlementHandler.touch.selector;
        acts[13] = SettlementHandler.bidSome.selector;
        acts[14] = SettlementHandler.bidSome.selector;
        acts[15] = SettlementHandler.bidForStanding.selector;
        acts[16] = SettlementHandler.close.selector;
        acts[17] = SettlementHandler.writeOff.selector;
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
        targetContract(address(handler));
    }

    /// @notice The handler judges each act; here are the sums that hold between acts.
    function invariant_L2_L3_L4_L8_L11_hold_in_any_order() public view {
        assertEq(handler.wrongHealth(), 0, "L2");
        assertEq(handler.wrongPrices(), 0, "L3");
        assertEq(handler.wrongSums(), 0, "L4");
        assertFalse(handler.auctionHolds(), "L4: the auction holds nothing");
        assertEq(handler.wrongLosses(), 0, "L8");
        assertEq(handler.wrongGates(), 0, "L11");
        assertEq(handler.wrongEnds(), 0, "no auction ends below the exit grade with lines left");
        uint256 sum = Math.mulDiv(line.totalDebtShares(), line.index(), 1e18);
        // Each of four accounts rounds its own debt up.
        assertApproxEqAbs(handler.owed(), sum, 4, "L9: all that accounts owe is the lenders'");
    }

    /// @notice Hands on what the handler counted.
    function afterInvariant() public {
        _write(handler, "SettlementInvariantsTest");
    }

    /// @notice The campaign would prove nothing if its acts did nothing: here each of them takes effect.
    function test_every_act_of_settlement_takes_effect() public {
        for (uint256 i = 0; i < 1_500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("settlement", i)));
            uint256 act = (seed >> 240) % 16;
            if (act == 0) handler.deposit(seed);
            else if (act == 1) handler.borrow(seed);
            else if (act == 2) handler.repay(seed);
            else if (act == 3) handler.save(seed);
            else if (act == 4) handler.movePrice(seed);
            else if (act == 5) handler.poke(seed);
            else if (act == 6) handler.pass(seed);
            else if (act == 7) handler.quarantine(seed);
            else if (act < 10) handler.start(seed);
            else if (act == 10) handler.touch(seed);
            else if (act < 13) handler.bidSome(seed);
            else if (act == 13) handler.bidForStanding(seed);
            else if (act == 14) handler.close(seed);
            else handler.writeOff(seed);
            if (i % 20 == 0) invariant_L2_L3_L4_L8_L11_hold_in_any_order();
        }
        invariant_L2_L3_L4_L8_L11_hold_in_any_order();
        bytes32[19] memory paths = [
            bytes32("collateral"),
            "save",
            "redeem",
            "borrow",
            "repay",
            "repay what was written off",
            "price",
            "poke",
            "time",
            "quarantine",
            "start",
            "touch",
            "bid, paid",
            "bid, assumed",
            "bid, standing",
            "bid with a loss",
            "bid for frozen lines",
            "close",
            "write-off"
        ];
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(handler.done(paths[i]), 0, string(abi.encodePacked(paths[i])));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketBooks} from "../../solidity/interfaces/IMarket.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice What holds at a market over random orders of everything that can be done to it, by the number of the property.
contract MarketInvariantsTest is GhostWriter {
    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
        bytes4[] memory acts = _acts();
        targetSelector(FuzzSelector({addr: address(handler), selectors: acts}));
        targetContract(address(handler));
    }

    /// @notice Books, losses, exits and burdens, after every act.
    /// forge-config: default.invariant.depth = 128
    function invariant_L8_L9_L10_L11_hold_at_a_market() public view {
        _holds();
    }

    function afterInvariant() public {
        _write(handler, "MarketInvariantsTest");
    }

    function test_every_act_of_the_markets_campaign_takes_effect() public {
        bytes4[] memory acts = _acts();
        for (uint256 i = 0; i < 1_500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("market", i)));
            bytes4 act = acts[seed % acts.length];
            bytes memory arguments = abi.encode(seed / acts.length, seed / 97);
            (bool done, ) = address(handler).call(bytes.concat(act, arguments));
            assertTrue(done);
        }
        _holds();
        _tookEffect();
        bytes32[22] memory paths = [
            bytes32("lent"),
            "lent while a loss was near",
            "left",
            "left while a loss was near",
            "given",
            "joined",
            "requested",
            "left the tranche",
            "held up",
            "closed",
            "borrowed",
            "repaid",
            "repaid what was lost",
            "started",
            "started short",
            "taken over",
            "a receivable was paid",
            "the tranche lost",
            "lenders lost",
            "written off",
            "ended",
            "collected"
        ];
        string memory counts = handler.ghosts("MarketInvariantsTest");
        for (uint256 i = 0; i < paths.length; ++i) {
            assertGt(
                handler.done(paths[i]),
                0,
                string.concat(string(abi.encode(paths[i])), " never happened: ", counts)
            );
        }
    }

    /// @dev Each act takes effect in at least three of a hundred tries.
    function _tookEffect() private view {
        string memory counts = handler.ghosts("MarketInvariantsTest");
        string[17] memory names = [
            "lend",
            "leave",
            "give",
            "join",
            "request",
            "exit",
            "borrow",
            "repay",
            "top up",
            "start",
            "bid",
            "write off",
            "end",
            "provide",
            "move price",
            "wait",
            "collect"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            uint256[] memory tried = vm.parseJsonUintArray(counts, string.concat(".acts['", names[i], "']"));
            assertGe(tried[1] * 100, tried[0] * 3, string.concat(names[i], " is idle: ", counts));
        }
    }

    function _holds() private view {
        assertEq(handler.wrong("L8"), 0, "L8: losses");
        assertEq(handler.wrong("L9"), 0, "L9: books");
        assertEq(handler.wrong("L10"), 0, "L10: exits");
        assertEq(handler.wrong("L11"), 0, "L11: burdens");
        MarketBooks memory books = handler.books_();
        (uint256 debts, uint256 provisions, uint256 lost) = handler.sums();
        assertEq(provisions, books.provisions, "L9: provisions");
        assertEq(lost, books.writtenOff, "L9: receivables");
        assertApproxEqAbs(debts, books.debt, 5, "L9: debts, each rounded up");
    }

    function _acts() private pure returns (bytes4[] memory acts) {
        acts = new bytes4[](21);
        acts[0] = MarketHandler.lend.selector;
        acts[1] = MarketHandler.leaveSome.selector;
        acts[2] = MarketHandler.give.selector;
        acts[3] = MarketHandler.joinSome.selector;
        acts[4] = MarketHandler.request.selector;
        acts[5] = MarketHandler.exitSome.selector;
        acts[6] = MarketHandler.borrowSome.selector;
        acts[7] = MarketHandler.borrowSome.selector;
        acts[8] = MarketHandler.repaySome.selector;
        acts[9] = MarketHandler.topUp.selector;
        acts[10] = MarketHandler.startOne.selector;
        acts[11] = MarketHandler.startOne.selector;
        acts[12] = MarketHandler.writeOffOne.selector;
        acts[13] = MarketHandler.bidOne.selector;
        acts[14] = MarketHandler.writeOffOne.selector;
        acts[15] = MarketHandler.endOne.selector;
        acts[16] = MarketHandler.provide.selector;
        acts[17] = MarketHandler.movePrice.selector;
        acts[18] = MarketHandler.movePrice.selector;
        acts[19] = MarketHandler.wait.selector;
        acts[20] = MarketHandler.collect.selector;
    }
}

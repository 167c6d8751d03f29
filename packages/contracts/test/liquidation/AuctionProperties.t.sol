// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Quote} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice What holds of every bid on a ledger, at any price, moment and share.
contract AuctionPropertiesTest is AuctionFixture {
    uint256 private gross;
    uint256 private owed;
    uint256[5] private units;

    function setUp() public override {
        super.setUp();
        fund(bob, 100_000e6, lender);
    }

    /// forge-config: default.fuzz.runs = 2000
    /// forge-config: ring.fuzz.runs = 300
    /// forge-config: short.fuzz.runs = 20
    function testFuzz_L1_L3_L4_L5_L6_every_bid(uint256 eth, uint256 delay, uint256 shareMax, bool pays) public {
        breach(uint96(bound(eth, 800e12, 1_539e12)));
        wait_(bound(delay, 0, 600));
        shareMax = bound(shareMax, 0, 3) == 0 ? 1e18 : bound(shareMax, 1e12, 1e18);
        // A burden that is kept needs its margin.
        pays = pays || risk.priceOf(2).price < 1_300e12;
        _note();
        (int256 ppm, ) = auction.discountOf(debtor);
        Quote memory offer = auction.quote(debtor, address(lender));
        (uint256 shareWad, uint256 assumedWad) = bidOf(bob, upTo(shareMax, pays));
        assertLe(shareWad, offer.shareWad);
        assertLe(shareWad, shareMax);
        uint256 given = gross - grossOf(debtor);
        // L3. The line's value is rounded down when it is weighed, before and after.
        assertLe(given * uint256(1_000_000 - ppm), assumedWad * 1e6 + 4e6);
        _expectConserved(shareWad, assumedWad);
        _expectOrder();
        if (shareMax < 1e18) return;
        (uint256 assets, uint256 required) = exitOf(debtor);
        // L1. Or all that falls to the lender was taken.
        if (assets < required)
            assertEq(shareWad, 1e18);
            // Who takes a small rest too may leave the end to be noted by anyone.
        else if (isRunning()) auction.close(debtor);
    }

    function _note() private {
        (gross, owed) = (grossOf(debtor), lender.debtOf(debtor));
        for (uint16 id = 1; id <= 4; ++id) units[id] = unitsOf(debtor, id) + unitsOf(taker, id);
    }

    /// @dev Units stay the same in sum; what is relieved is assumed or lost, to two units of the lender's token.
    function _expectConserved(uint256 shareWad, uint256 assumedWad) private view {
        for (uint16 id = 1; id <= 4; ++id) assertEq(unitsOf(debtor, id) + unitsOf(taker, id), units[id]);
        uint256 relieved = owed - lender.debtOf(debtor);
        assertGe(relieved, (shareWad * owed) / 1e18);
        assertApproxEqAbs(relieved + lender.feeUnits(), assumedWad / 1e12 + lender.lossUnits(), 2);
        assertEq(token.balanceOf(address(auction)), 0);
    }

    /// @dev No unit of a line is taken while one of a smaller haircut is left.
    function _expectOrder() private view {
        uint16[4] memory order = [BEST, USD, ETH, WORST];
        uint128[4] memory before = [4 * ONE_ETH, 900 * ONE_USD, 10 * ONE_ETH, 4 * ONE_ETH];
        for (uint256 i = 1; i < 4; ++i) {
            if (unitsOf(debtor, order[i]) < before[i]) assertEq(unitsOf(debtor, order[i - 1]), 0);
        }
    }
}

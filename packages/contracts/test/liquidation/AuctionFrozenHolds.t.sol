// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice Frozen lines beside time in which something waited, and beside lines that can be sold.
contract AuctionFrozenHoldsTest is AuctionFixture {
    function setUp() public override {
        super.setUp();
        fund(bob, 100_000e6, lender);
    }

    /// @dev Frozen ETH whose slot is stopped for twelve hours, seen every ten minutes.
    function test_time_in_which_frozen_lines_waited_counts_nothing_for_bids() public {
        vm.prank(alice);
        ledger.setEnabled(debtor, USD, false);
        _waitFrozen();
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 60);
        assertLt(ppm, 20_000, "nobody could have bid for them");
    }

    /// @dev One look that sees them frozen brings no time back in which they waited; then they thaw.
    function test_one_look_at_frozen_lines_brings_no_waiting_time_back() public {
        uint256 start = vm.getBlockTimestamp();
        _waitFrozen();
        auction.touch(debtor);
        vm.warp(start + 2 hours + 13 hours);
        setPrices(1e12, 1_500e12);
        refreshNow();
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 600 + 80);
        assertLt(ppm, 80_000);
    }

    /// @dev 20,700 frozen, 13,200 that could be sold for all of an hour.
    function test_touches_beside_frozen_lines_put_no_sale_of_others_off() public {
        holdElsewhere(12 * ONE_ETH);
        crash(1_100e12);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 72 hours));
        auction.start(debtor);
        for (uint256 i = 0; i < 60; ++i) {
            wait_(60);
            setPrices(1e12, 1_100e12);
            auction.touch(debtor);
        }
        (int256 ppm, uint256 elapsed) = auction.discountOf(debtor);
        assertGe(elapsed, 3_600);
        assertGt(ppm, 200_000);
    }

    /// @dev Ether's feed is silent for 71 hours and 40 minutes and then speaks: what it values is offered for six hours before a loss is due.
    function test_L17_a_loss_is_due_after_78_hours_whatever_waited() public {
        breach(1_500e12);
        uint256 start = vm.getBlockTimestamp();
        uint256[9] memory seenAt = [uint256(600), 1_800, 4_200, 9_000, 18_600, 37_800, 76_200, 153_000, 258_000];
        for (uint256 i = 0; i < seenAt.length; ++i) {
            vm.warp(start + seenAt[i]);
            auction.touch(debtor);
        }
        vm.warp(start + 12 * T3);
        setPrices(1e12, 1_500e12);
        refreshNow();
        vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
        auction.writeOff(debtor, address(lender));
        auction.touch(debtor);
        waitSeen(T3);
        auction.writeOff(debtor, address(lender));
    }

    function _waitFrozen() private {
        crash(1_500e12);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(vm.getBlockTimestamp() + 13 hours));
        auction.start(debtor);
        for (uint256 i = 0; i < 72; ++i) {
            if (i % 36 == 0) {
                vm.prank(riskAdmin);
                auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
            }
            // The last look is one second before the end of the stop.
            wait_(i == 71 ? 599 : 600);
            setPrices(1e12, 1_500e12);
            auction.touch(debtor);
        }
        wait_(1);
        setPrices(1e12, 1_500e12);
    }
}

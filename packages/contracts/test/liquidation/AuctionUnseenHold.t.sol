// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice One look, and time that nobody witnessed counts, once the clock runs from a hold or from the end of a stop.
contract AuctionUnseenHoldTest is AuctionFixture {
    function setUp() public override {
        super.setUp();
        fund(bob, 100_000e6, lender);
    }

    /// @dev Eighteen hours of quarantine, touched when a keeper touches: 60 seconds before the clock stands still.
    function test_one_look_at_the_thaw_counts_no_frozen_time_in_full() public {
        crash(1_500e12);
        uint256 start = vm.getBlockTimestamp();
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(start + 18 hours));
        auction.start(debtor);
        uint256[6] memory seenAt = [uint256(540), 1_620, 3_780, 8_100, 16_740, 34_020];
        for (uint256 i = 0; i < seenAt.length; ++i) {
            vm.warp(start + seenAt[i]);
            setPrices(1e12, 1_500e12);
            auction.touch(debtor);
        }
        vm.warp(start + 18 hours);
        setPrices(1e12, 1_500e12);
        refreshNow();
        (int256 before, ) = auction.discountOf(debtor);
        assertLt(before, 330_000);
        auction.touch(debtor);
        (int256 then, ) = auction.discountOf(debtor);
        assertEq(then, before, "who looks now has seen nothing of the time before");
        _refuseWriteOff();
    }

    /// @dev `test_attack_3_who_hides_…` with a stop of a slot before: it recovers without anybody closing, and breaches again.
    function test_who_hides_after_a_wait_meets_ten_minutes_on_the_next_breach() public {
        breach(1_500e12);
        vm.prank(riskAdmin);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
        _recoverUnseen();
    }

    /// @dev The same behind a stop of everything, and so behind an outage: `_see` counts from the start, the clock from the end of the stop.
    function test_who_hides_after_a_stop_meets_ten_minutes_on_the_next_breach() public {
        breach(1_500e12);
        vm.prank(pauser);
        auction.stop(uint40(vm.getBlockTimestamp() + 6 hours));
        _recoverUnseen();
    }

    function _recoverUnseen() private {
        waitSeen(T3 - 1);
        wait_(60);
        setPrices(1e12, 1_800e12);
        // Healthy: nobody can touch, nobody closes.
        wait_(T3 - 59);
        setPrices(1e12, 1_500e12);
        refreshNow();
        (, uint256 elapsed) = auction.discountOf(debtor);
        assertLe(elapsed, 600 + 80);
        auction.touch(debtor);
        (int256 ppm, uint256 later) = auction.discountOf(debtor);
        assertLe(later, 600 + 80);
        assertLt(ppm, 60_000);
        _refuseWriteOff();
    }

    function _refuseWriteOff() private {
        vm.expectPartialRevert(ILiquidationAuction.WriteOffTooEarly.selector);
        auction.writeOff(debtor, address(lender));
    }
}

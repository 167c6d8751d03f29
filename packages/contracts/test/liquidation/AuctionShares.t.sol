// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {AuctionFixture} from "./AuctionFixture.sol";
import {TestLender} from "./TestLender.sol";

/// @notice Alice owes two lenders 10,000 each, and her lines do not pay both.
contract AuctionSharesTest is AuctionFixture {
    TestLender private second;

    function setUp() public override {
        super.setUp();
        lender.repay(debtor, 11_000e6);
        second = newLender(true);
        optIn(alice, second);
        optIn(bob, second);
        second.borrow(debtor, 10_000e6);
        fund(bob, 100_000e6, lender);
        fund(bob, 100_000e6, second);
    }

    /// @dev What a bid leaves as a loss is owed still, and is no claim on what falls to the other.
    function test_L7_who_is_bid_for_again_gets_nothing_of_what_falls_to_another() public {
        breach(700e12);
        wait_(60);
        uint256 part = _bidFor(lender, 1e18);
        for (uint256 i = 0; i < 6; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
            _bidFor(lender, 1e18);
        }
        assertApproxEqAbs(auction.entitlementOf(debtor, address(second), part), part, 1, "all of the rest");
        assertApproxEqRel(_bidFor(second, 1e18), part, 0.01e18, "both owed the same");
        assertLt(grossOf(debtor), 1e6);
    }

    function test_L7_many_small_bids_give_a_protocol_no_more_than_its_part() public {
        breach(700e12);
        wait_(60);
        uint256 snapshot = vm.snapshotState();
        uint256 part = _bidFor(lender, 1e18);
        vm.revertToState(snapshot);
        uint256 taken;
        for (uint256 i = 0; i < 8; ++i) taken += _bidFor(lender, 0.4e18);
        assertLe(taken, part + part / 100);
        assertGe(_bidFor(second, 1e18), part - part / 100);
    }

    /// @dev While a line waits no loss is booked, and a share is all that a bid moves.
    function test_L7_while_a_line_waits_bids_leave_another_its_part() public {
        lock(USD, 900 * ONE_USD, debtor, 0);
        applyAll();
        breach(600e12);
        wait_(60);
        vm.prank(riskAdmin);
        auction.stopSlot(1, uint40(vm.getBlockTimestamp() + 1 hours));
        uint256 part = _bidFor(lender, 1e18);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NothingToTake.selector, debtor));
        _bidFor(lender, 1e18);
        assertApproxEqRel(_bidFor(second, 1e18), part, 0.01e18);
        assertEq(lender.lossUnits() + second.lossUnits(), 0);
    }

    /// @dev The first was paid at 900. At 700 it has more than falls to it, and the second takes all that is left and no more.
    function test_L7_who_got_more_than_falls_to_it_now_gives_nothing_back() public {
        breach(900e12);
        wait_(60);
        uint256 part = _bidFor(lender, 1e18);
        setPrices(1e12, 700e12);
        uint256 left = auction.entitlementOf(debtor, address(second), 2_000e18);
        assertEq(left, 2_000e18);
        assertEq(auction.entitlementOf(debtor, address(lender), 2_000e18), 0);
        assertLt(_bidFor(second, 1e18), part);
        assertLt(grossOf(debtor), 1e6);
    }

    /// @dev A new auction begins without what an earlier one brought.
    function test_what_a_protocol_got_counts_in_its_auction_alone() public {
        breach(700e12);
        wait_(60);
        _bidFor(lender, 1e18);
        _bidFor(second, 1e18);
        if (isRunning()) auction.writeOff(debtor, address(lender));
        assertFalse(isRunning());
        uint256 ofFirst = lender.burdenOf(debtor);
        uint256 ofSecond = second.burdenOf(debtor);
        uint256 net = 1_000e18;
        assertEq(
            auction.entitlementOf(debtor, address(lender), net),
            (net * ofFirst) / (ofFirst + ofSecond),
            "by what is owed still"
        );
    }

    function _bidFor(TestLender one, uint256 shareWad) private returns (uint256 assumedWad) {
        vm.prank(bob);
        (, assumedWad, , ) = auction.bid(debtor, address(one), taker, upTo(shareWad, true), "");
    }
}

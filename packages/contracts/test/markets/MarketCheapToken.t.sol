// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {IMarket, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice A market of a token of 18 decimals that is worth little: a burden is rounded up to a wei of value, which is many units.
contract MarketCheapTokenTest is MarketFixture {
    uint96 private constant HUNDREDTH_OF_A_MILL = 1e7;
    uint256 private constant BLOCKS = 40;

    function test_bids_pass_at_ten_cents() public {
        _bidsPassAt(0.1e12);
    }

    function test_bids_pass_at_a_yen() public {
        _bidsPassAt(0.0065e12);
    }

    function test_bids_pass_at_a_hundredth_of_a_mill() public {
        _bidsPassAt(HUNDREDTH_OF_A_MILL);
    }

    /// @dev From 1e-7 to 10 dollars, any debt that breaches, any share.
    function testFuzz_a_bid_passes_at_any_price(uint256 price, uint256 cents, uint256 share) public {
        price = bound(price, 1e5, 1e13);
        uint256 dollar = _open(uint96(price));
        borrow(alice, (dollar * bound(cents, 2_080_000, 2_180_000)) / 100 + (share % 1e6));
        _breach(uint96(price));
        bidUpTo(bound(share, 0.05e18, 1e18), false);
        assertEq(market.lossCount(), 0, "the lines cover the debt");
    }

    function test_no_more_than_three_wei_of_value_and_three_units_are_rounding() public {
        uint256 dollar = _open(HUNDREDTH_OF_A_MILL);
        borrow(alice, 21_000 * dollar);
        uint256 wei_ = dollar / 1e18;
        assertEq(wei_, 100_000, "units that a wei is worth");
        uint256 most = 21_210 * dollar + 3 * wei_ + 3;
        TakeOver memory all = TakeOver(debtor, taker, 1e18, 21_210e18 + 4, address(0), address(0));
        vm.startPrank(address(auction));
        vm.expectRevert(abi.encodeWithSelector(IMarket.TakeOverTooLarge.selector, most + wei_ - 3, most));
        market.takeOver(all);
        --all.assumedWad;
        market.takeOver(all);
        vm.stopPrank();
        assertEq(debtOf(debtor), 0);
        assertEq(debtOf(taker), most - 3);
    }

    // Inside

    /// @dev In each of so many blocks a bid for all passes, and so does one for a part; neither books a loss.
    function _bidsPassAt(uint96 price) private {
        borrow(alice, 21_000 * _open(price) + 12_345);
        _breach(price);
        for (uint256 i = 0; i < BLOCKS; ++i) {
            wait_(12);
            setPrices(price, 1_350e12);
            _bidPasses(1e18);
            _bidPasses(0.1e18);
        }
    }

    /// @dev Undoes the bid, so that the next one meets the same auction.
    function _bidPasses(uint256 shareWad) private {
        uint256 before = vm.snapshotState();
        bidUpTo(shareWad, false);
        assertEq(market.lossCount(), 0, "the lines cover the debt");
        assertGt(ledger.lineOf(debtor, ETH).amount, ONE_ETH, "the debtor keeps what need not be sold");
        vm.revertToState(before);
    }

    /// @dev Makes the market at that price, and returns what a dollar is worth in units, rounded down.
    function _open(uint96 price) private returns (uint256 dollar) {
        crash(price, 2_000e12);
        dollar = 1e30 / price;
        token = new PlainToken("CHEAP", 18);
        MarketTerms memory terms = termsOf();
        (terms.priceSlot, terms.debtCap) = (1, type(uint128).max);
        (terms.least, terms.keeperMost) = (uint96(2_000 * dollar), uint96(50 * dollar));
        market = newMarket(terms);
        list(market);
        optIn(alice, market);
        optIn(bob, market);
        lend(carol, 60_000 * dollar);
    }

    /// @dev Maintenance needs 22,050 dollars for a debt of 21,000, and the lines are worth 21,802.
    function _breach(uint96 price) private {
        crash(price, 1_350e12);
        vm.prank(keeper);
        auction.start(debtor);
        wait_(150);
        setPrices(price, 1_350e12);
    }
}

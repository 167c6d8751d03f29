// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction, Standing} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice Accounts that take burdens whenever anybody bids for them, and what keeps them from being picked off.
contract AuctionStandingTest is AuctionFixture {
    Standing private offer;

    function setUp() public override {
        super.setUp();
        offer = Standing({
            leastPpm: 5_000,
            mostWad: 100_000e18,
            expiry: uint32(START + 365 days),
            classMax: 1,
            priceAgeS: 600,
            pays: false
        });
    }

    function test_anybody_bids_for_an_account_that_stands() public {
        _stand();
        breach(1_500e12);
        wait_(60);
        (, uint256 assumedWad) = _bidForBob();
        assertApproxEqAbs(lender.debtOf(taker), assumedWad / 1e12, 1);
        assertEq(auction.standingOf(taker).mostWad, 100_000e18 - assumedWad);
        assertFalse(isRunning());
    }

    function test_only_the_owner_of_an_account_stands() public {
        vm.expectRevert(abi.encodeWithSelector(ILiquidationAuction.NotAccountOwner.selector, keeper, taker));
        vm.prank(keeper);
        auction.stand(taker, offer);
    }

    function test_attack_9_no_smaller_discount_than_it_asks_for() public {
        _stand();
        breach(1_500e12);
        (int256 ppm, ) = auction.discountOf(debtor);
        _refuse(abi.encodeWithSelector(ILiquidationAuction.DiscountTooSmall.selector, ppm, int256(5_000)));
        wait_(20);
        _bidForBob();
    }

    function test_attack_9_no_price_older_than_it_trusts() public {
        _stand();
        breach(1_500e12);
        wait_(599);
        uint256 snapshot = vm.snapshotState();
        _bidForBob();
        vm.revertToState(snapshot);
        wait_(2);
        _refuse(abi.encodeWithSelector(ILiquidationAuction.StandingRefused.selector, taker, 1, 601));
    }

    function test_attack_9_no_class_above_the_one_it_takes() public {
        _stand();
        breach(1_500e12);
        // No statement for longer than the source's first age.
        wait_(91 minutes);
        setPrices(1e12, 1_500e12);
        _refuse(abi.encodeWithSelector(ILiquidationAuction.StandingRefused.selector, taker, 2, 0));
        offer.classMax = 2;
        offer.mostWad = 1_000e18;
        _stand();
        _bidForBob();
    }

    function test_attack_9_no_more_burden_than_it_offers() public {
        offer.mostWad = 1_000e18;
        _stand();
        breach(1_500e12);
        wait_(60);
        (, uint256 assumedWad) = _bidForBob();
        assertLe(assumedWad, 1_000e18);
        assertApproxEqAbs(assumedWad, 1_000e18, 1e6);
        uint256 left = auction.standingOf(taker).mostWad;
        assertEq(left, 1_000e18 - assumedWad);
        assertTrue(isRunning());
    }

    function test_attack_8_an_offer_that_is_over_takes_nothing() public {
        breach(1_500e12);
        bytes memory refused = abi.encodeWithSelector(ILiquidationAuction.TakerRefused.selector, keeper, taker);
        _refuse(refused);
        offer.expiry = uint32(vm.getBlockTimestamp() + 60);
        _stand();
        wait_(60);
        _refuse(refused);
        (offer.expiry, offer.mostWad) = (offer.expiry + 1, 1_000e18);
        _stand();
        _bidForBob();
        offer.mostWad = 0;
        _stand();
        _refuse(refused);
    }

    function test_the_owners_tokens_pay_only_if_the_offer_says_so() public {
        fund(bob, 30_000e6, lender);
        _stand();
        breach(1_500e12);
        wait_(60);
        uint256 snapshot = vm.snapshotState();
        _bidForBob();
        assertEq(token.balanceOf(bob), 30_000e6);
        vm.revertToState(snapshot);
        offer.pays = true;
        _stand();
        _bidForBob();
        assertLt(token.balanceOf(bob), 30_000e6);
        assertEq(lender.debtOf(taker), 0);
    }

    function test_L11_a_standing_account_without_margin_is_passed_over() public {
        address poor = makeAddr("poor");
        optIn(poor, lender);
        vm.prank(poor);
        auction.stand(accountOf(poor), offer);
        _stand();
        breach(1_500e12);
        wait_(60);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        vm.prank(keeper);
        auction.bid(debtor, address(lender), accountOf(poor), all(false), "");
        _bidForBob();
    }

    function _stand() private {
        vm.prank(bob);
        auction.stand(taker, offer);
    }

    function _bidForBob() private returns (uint256 shareWad, uint256 assumedWad) {
        vm.prank(keeper);
        (shareWad, assumedWad, , ) = auction.bid(debtor, address(lender), taker, all(true), "");
    }

    function _refuse(bytes memory reason) private {
        vm.expectRevert(reason);
        _bidForBob();
    }
}

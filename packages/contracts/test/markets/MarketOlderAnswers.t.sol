// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CachedPrice} from "../../solidity/interfaces/IRiskManager.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {MedianFeed} from "../../solidity/prices/MedianFeed.sol";
import {TestAggregator} from "../feeds/TestAggregator.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice ETH falls from 2,000 to 900 in five minutes behind a median of two sources, of which one is not honest. Whatever that one
///         does, nobody borrows at the price that was.
contract MarketOlderAnswersTest is MarketFixture {
    TestAggregator private liar;
    TestAggregator private honest;
    uint256 private keptAt;

    function setUp() public override {
        super.setUp();
        (liar, honest) = (new TestAggregator(8), new TestAggregator(8));
        _bothSay(2000e8);
        address[] memory list = new address[](2);
        (list[0], list[1]) = (_adapterOf(liar), _adapterOf(honest));
        MedianFeed median = new MedianFeed(list, 20_000, 70_000);
        vm.prank(risk.governor());
        risk.listUnderlying(2, address(median), 1 hours);
        _poke();
        // The slow price is the price, and no feed has just taken over.
        wait_(2 hours);
        _bothSay(2000e8);
        usdFeed.set(1e12, 0, uint40(vm.getBlockTimestamp()));
        _poke();
        refreshNow();
        keptAt = vm.getBlockTimestamp();
        wait_(5 minutes);
    }

    function test_both_are_honest() public {
        _bothSay(900e8);
        _expectNothingLent();
    }

    function test_the_other_one_is_silent() public {
        honest.set(900e8, vm.getBlockTimestamp());
        liar.set(0, 0);
        _expectNothingLent();
    }

    function test_the_other_one_disagrees() public {
        honest.set(900e8, vm.getBlockTimestamp());
        _expectNothingLent();
    }

    function test_the_other_one_agrees_at_the_kept_prices_time() public {
        honest.set(900e8, vm.getBlockTimestamp());
        liar.set(900e8, keptAt);
        _expectNothingLent();
    }

    function test_the_other_one_agrees_a_second_earlier() public {
        honest.set(900e8, vm.getBlockTimestamp());
        liar.set(900e8, keptAt - 1);
        _expectNothingLent();
        _poke();
        CachedPrice memory kept = risk.priceOf(2);
        assertEq(kept.price, 2000e12);
        assertEq(kept.confPpm, 550_000);
    }

    function test_an_earlier_time_at_the_kept_price_keeps_nobody_from_borrowing() public {
        honest.set(2000e8, vm.getBlockTimestamp());
        liar.set(2000e8, keptAt - 1 hours);
        borrow(alice, 22_000e6);
        assertEq(debtOf(debtor), 22_000e6);
    }

    function _expectNothingLent() private {
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        borrow(alice, 22_000e6);
    }

    function _bothSay(int256 price) private {
        liar.set(price, vm.getBlockTimestamp());
        honest.set(price, vm.getBlockTimestamp());
    }

    function _adapterOf(TestAggregator one) private returns (address) {
        return address(new FeedAdapter(FeedBounds(address(one), 3900, 60, 1e8, 1e17)));
    }

    function _poke() private {
        uint16[] memory slots = new uint16[](2);
        (slots[0], slots[1]) = (1, 2);
        risk.poke(slots);
    }
}

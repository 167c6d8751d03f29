// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FeedAdapter, FeedBounds} from "../../solidity/prices/FeedAdapter.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {TestAggregator} from "../feeds/TestAggregator.sol";
import {LedgerAuctionFixture} from "../protocols/LedgerAuctionFixture.sol";

/// @notice Venus and LUNA, 12 May 2022: the price left the band in which the feed reports it, and the last price inside the band
///         went on lending. Here the adapter's own band is the one that is left: ETH falls from 2,000 to 20 below a floor of 1,000.
contract FrozenFeedTest is LedgerAuctionFixture {
    uint256 private constant FAILING = 256;
    /// @dev 100 USD at initial; 20 ETH at 2,000 count 28,800 beside them.
    uint256 private constant USD_INITIAL = 72e18;
    TestAggregator private aggregator;

    function setUp() public override {
        super.setUp();
        _nameAuction();
        aggregator = new TestAggregator(8);
        FeedBounds memory bounds = FeedBounds(address(aggregator), 90_000, 0, 1_000e12, 4_000e12);
        address adapter = address(new FeedAdapter(bounds));
        vm.prank(governor);
        risk.listUnderlying(2, adapter, 90_000);
        _feedSays(2_000e8);
        _poke();
        vm.prank(alice);
        ledger.optIn(accountOf(alice), address(protocol));
    }

    function test_I5_incident_nothing_is_lent_at_the_last_price_of_a_feed_that_left_its_band() public {
        _feedSays(20e8);
        _poke();
        // 20 ETH are worth 400; 28,000 was let out against them.
        _expectTooLow(USD_INITIAL, 28_000e18);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
        _expectStatus(FAILING);
        _feedSays(2_000e8);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
        _expectStatus(0);
    }

    function test_I5_incident_the_gate_needs_nobody_to_poke_the_failing_feed_before_it() public {
        _feedSays(20e8);
        _expectTooLow(USD_INITIAL, 28_000e18);
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
    }

    function test_I5_incident_what_secures_a_debt_does_not_leave_while_its_feed_fails() public {
        protocol.trade(accountOf(alice), 28_000e18, 14_000e18);
        _feedSays(20e8);
        vm.startPrank(alice);
        _expectTooLow(USD_INITIAL - 72e16, 28_000e18);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        _expectTooLow(USD_INITIAL, 28_000e18);
        ledger.transfer(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    /// @notice Nobody knows the price, so nobody is liquidated by it.
    function test_I5_a_failing_feed_leaves_maintenance_at_the_last_price() public {
        protocol.trade(accountOf(alice), 28_000e18, 28_000e18);
        (, , , , uint256 before, , , ) = ledger.marginOf(accountOf(alice));
        _feedSays(20e8);
        _poke();
        (uint256 aI, , uint256 aE, , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, USD_INITIAL);
        assertEq(aM, before);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(alice), aE, 28_000e18)
        );
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, ONE_ETH);
    }

    function _feedSays(int256 answer) private {
        vm.warp(vm.getBlockTimestamp() + 60);
        aggregator.set(answer, vm.getBlockTimestamp());
    }

    function _poke() private {
        uint16[] memory slots = new uint16[](1);
        slots[0] = 2;
        risk.poke(slots);
    }

    function _expectStatus(uint256 status) private view {
        (, , , , , , uint256 seen, ) = ledger.marginOf(accountOf(alice));
        assertEq(seen, status);
        assertEq(lens.marginBreakdown(accountOf(alice))[1].margin.status, status);
        assertEq(lens.marginBreakdown(accountOf(alice))[0].margin.status, 0);
    }

    function _expectTooLow(uint256 assetsWad, uint256 requiredWad) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), assetsWad, requiredWad)
        );
    }
}

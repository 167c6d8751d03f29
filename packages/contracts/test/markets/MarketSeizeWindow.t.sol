// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Between maintenance and exit grade, six hours after the last fill: the ledger lets nothing be seized, the auction does not close,
///         and its clock runs.
contract MarketSeizeWindowTest is MarketFixture {
    function setUp() public override {
        super.setUp();
        borrow(alice, DEBT);
    }

    /// @dev 20 ETH: maintenance needs 1,366, exit 1,451. A stop outlasts the six hours; then ether stands at 1,400 for six hours.
    function test_time_in_which_the_ledger_refuses_every_bid_does_not_count() public {
        breach(1_360e12);
        wait_(60);
        bidUpTo(0.0001e18, true);
        vm.prank(riskAdmin);
        auction.stopSlot(2, uint40(vm.getBlockTimestamp() + 6 hours));
        waitSeen(T3);
        wait_(1);
        setPrices(1e12, 1_400e12);
        refreshNow();
        // Neither passes, a touch does, and `quote` names an offer.
        vm.expectPartialRevert(ILedgerProtocols.AccountHealthy.selector);
        bidAll(true);
        vm.expectPartialRevert(ILiquidationAuction.StillUnhealthy.selector);
        auction.close(debtor);
        assertEq(auction.quote(debtor, address(market)).wait, bytes32(0));
        waitSeen(T3 + 600);
        wait_(1);
        setPrices(1e12, 1_360e12);
        refreshNow();
        (int256 ppm, ) = auction.discountOf(debtor);
        assertLt(ppm, 60_000, "nobody could bid for six hours");
        bidAll(true);
        assertEq(market.lossCount(), 0);
    }
}

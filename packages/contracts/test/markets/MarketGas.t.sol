// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice What whole transactions cost, everything cold; and what the contracts weigh.
contract MarketGasTest is MarketFixture {
    function test_both_contracts_stay_below_the_limits_of_code() public view {
        assertLt(address(market).code.length, 24_576);
        assertLt(address(tranche).code.length, 24_576);
        assertLt(type(Market).creationCode.length, 48_128);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_deposit_and_a_redemption() public {
        borrow(alice, DEBT);
        fund(carol, 1_000e6, market);
        pass(60);
        vm.prank(carol);
        market.deposit(1_000e6, carol);
        _report("deposit", 90_000);
        pass(60);
        vm.prank(carol);
        market.redeem(1e15, carol, carol);
        _report("redeem", 110_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_borrow_and_a_repayment() public {
        borrow(bob, DEBT);
        pass(60);
        borrow(alice, DEBT);
        _report("borrow, 1 line", 210_000);
        pass(60);
        vm.prank(alice);
        market.repay(debtor, 1_000e6);
        _report("repay", 100_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_take_over() public {
        borrow(alice, DEBT);
        crash(1_300e12);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 0.5e18, 10_600e18, bob, keeper));
        _report("takeOver, paid", 150_000);
        pass(60);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, taker, 0.5e18, 5_300e18, address(0), address(0)));
        _report("takeOver, kept", 220_000);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, 0, 1e18, 0, address(0), address(0)));
        _report("takeOver, lost", 250_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_start_with_a_provision_and_a_bid() public {
        borrow(alice, DEBT);
        breach(1_000e12);
        _report("start, 1 line, provision", 215_000);
        assertGt(provisionOf(debtor), 0);
        wait_(60);
        bidAll(true);
        _report("bid, 1 line, paid, with a loss", 395_000);
        market.onAuction(debtor);
        _report("onAuction", 50_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_start_in_a_batch() public {
        _startMany("start in a batch of 10, 1 line", 10, 1_360e12, 102_000);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_a_start_with_a_provision_in_a_batch() public {
        _startMany("the same, with a provision", 10, 1_000e12, 135_000);
    }

    /// @dev What keepers send in a crash.
    /// forge-config: default.isolate = true
    function test_gas_of_a_start_in_a_large_batch_at_a_market_whose_asset_has_a_price() public {
        MarketTerms memory terms = termsOf();
        terms.priceSlot = 1;
        market = newMarket(terms);
        list(market);
        _startMany("start in a batch of 32, 1 line, of a priced asset", 32, 1_360e12, 108_000);
    }

    function _startMany(string memory act, uint256 count, uint96 eth, uint256 most) private {
        bytes32[] memory batch = new bytes32[](count);
        lend(carol, DEBT * count);
        for (uint256 i = 0; i < batch.length; ++i) {
            address owner = makeAddr(string(abi.encode("owner", i)));
            batch[i] = accountOf(owner);
            lock(ETH, 10 * ONE_ETH, batch[i], 0);
            applyAll();
            pass(7 days);
            optIn(owner, market);
            borrow(owner, DEBT / 2);
        }
        crash(eth);
        vm.prank(keeper);
        auction.startMany(batch);
        uint256 gas = vm.lastCallGas().gasTotalUsed / batch.length;
        console.log(act, gas);
        assertLt(gas, most, act);
        for (uint256 i = 0; i < batch.length; ++i) assertEq(auction.auctionOf(batch[i]).starter, keeper);
    }

    function _report(string memory act, uint256 most) private view {
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        console.log(act, gas);
        assertLt(gas, most, act);
    }
}

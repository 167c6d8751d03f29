// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {Black76} from "@surety/requirements/Black76.sol";
import {PerpRequirement} from "@surety/requirements/PerpRequirement.sol";
import {
    HeldOption,
    LiquidityTerms,
    MarketState,
    MarketTerms,
    OptionTerms,
    PerpTerms,
    RestingOrder,
    StandardBook
} from "@surety/requirements/StandardBook.sol";
import {StandardRequirement} from "@surety/requirements/StandardRequirement.sol";

/// @notice What prices and requirements cost a contract that works them out itself, and that they stay below a bound.
contract PricingGasTest is Test {
    uint256 private constant WAD = 1e18;

    function test_an_option_near_the_money_costs_less_than_50_000() public view {
        uint256 before = gasleft();
        uint256 totalVol = Black76.totalVolOf(65e16, 30 days);
        (uint256 call, uint256 put) = Black76.pricesOf(60_000e18, 62_000e18, totalVol);
        uint256 gas = before - gasleft();
        assertEq(put - call, 2_000e18);
        _tell("gas.margin.option-price", gas, 50_000);
        before = gasleft();
        uint256 delta = Black76.callDeltaOf(60_000e18, 62_000e18, totalVol);
        gas = before - gasleft();
        assertLt(delta, WAD / 2);
        _tell("gas.margin.option-delta", gas, 40_000);
    }

    function test_a_perpetual_costs_less_than_5_000() public view {
        PerpTerms memory terms = _terms().perp;
        uint256 before = gasleft();
        uint256 required = PerpRequirement.requirementOf(
            terms,
            12e17,
            60_000e18,
            PerpRequirement.Grade.INITIAL,
            750_000_000e18
        );
        uint256 gas = before - gasleft();
        assertGt(required, 36_000e18);
        _tell("gas.margin.perp-requirement", gas, 5_000);
    }

    function test_an_account_of_a_perpetual_and_four_options_costs_less_than_250_000() public view {
        StandardBook memory book;
        book.perpSize = 12e17;
        book.orders = new RestingOrder[](1);
        book.orders[0] = RestingOrder(-1e17, 61_000e18);
        book.options = new HeldOption[](4);
        for (uint256 i = 0; i < 4; ++i) {
            int256 quantity = i % 2 == 0 ? -int256(WAD) : int256(WAD);
            book.options[i] = HeldOption(i < 2, (55 + 5 * i) * 1_000e18, quantity, 65e16, 30 days, 60_100e18, WAD);
        }
        MarketTerms memory terms = _terms();
        MarketState memory market = MarketState(
            60_000e18,
            60_000e18,
            60_100e18,
            750_000_000e18,
            3e16,
            1_000e18,
            100e18,
            WAD,
            WAD
        );
        uint256 before = gasleft();
        (uint256 initial, uint256 exit, uint256 maintenance, ) = StandardRequirement.standardRequirement(
            book,
            market,
            terms
        );
        uint256 gas = before - gasleft();
        assertGt(initial, exit);
        assertGe(exit, maintenance);
        _tell("gas.margin.standard-requirement", gas, 250_000);
    }

    /// @dev The terms of majors that packages/margin ships.
    function _terms() private pure returns (MarketTerms memory terms) {
        terms.perp = PerpTerms(1e17, 5e16, 5e14, 500_000_000e18, 1_000_000_000e18, 1e16);
        terms.option = OptionTerms(15e16, 1e17, 75e15, 75e15, 75e15, 105e16, 12e17, 11e17);
        terms.liquidity = LiquidityTerms(1e15, 5e17, WAD);
        (terms.confidenceThreshold, terms.confidenceMargin) = (55e16, 4e17);
        (terms.pegThreshold, terms.pegFactor) = (98e16, 12e17);
    }

    function _tell(string memory id, uint256 gas, uint256 most) private pure {
        console.log("GAS", id, gas);
        assertLt(gas, most, id);
    }
}

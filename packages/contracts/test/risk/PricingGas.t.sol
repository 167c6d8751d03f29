// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {Black76} from "@surety/requirements/Black76.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
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

import {PricingHarness} from "../harness/PricingHarness.sol";
import {deployTables} from "./TablesFixture.sol";

/// @notice What prices and requirements cost a contract that works them out itself, and that they stay below a bound.
contract PricingGasTest is Test {
    uint256 private constant WAD = 1e18;

    KernelPages private pages;
    PricingHarness private harness;

    function setUp() public {
        pages = deployTables().pages();
        harness = PricingHarness(vm.deployCode("PricingHarness.sol:PricingHarness"));
    }

    function test_an_option_near_the_money_costs_less_than_6_000() public {
        uint256[] memory strikes = new uint256[](3);
        (strikes[0], strikes[1], strikes[2]) = (62_000e18, 63_000e18, 50_000e18);
        _cool();
        (uint256[] memory gas, uint256[] memory calls, uint256[] memory puts) = harness.weighPrices(
            pages,
            60_000e18,
            65e16,
            30 days,
            strikes
        );
        assertEq(puts[0] - calls[0], 2_000e18);
        _tell("gas.margin.first-option-price", gas[0], 15_000);
        _tell("gas.margin.option-price", gas[1], 6_000);
        assertLt(gas[2], 8_600);
        (uint256 deltaGas, uint256 delta) = harness.weighDelta(
            pages,
            60_000e18,
            Black76.totalVolOf(65e16, 30 days),
            62_000e18
        );
        assertLt(delta, WAD / 2);
        _tell("gas.margin.option-delta", deltaGas, 5_000);
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

    function test_an_account_of_a_perpetual_and_twelve_written_options_costs_less_than_135_000_cold() public {
        StandardBook memory book;
        book.perpSize = 12e17;
        book.orders = new RestingOrder[](1);
        book.orders[0] = RestingOrder(-1e17, 61_000e18);
        book.options = new HeldOption[](12);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 time = (1 + i / 4) * 30 days;
            book.options[i] = HeldOption(i % 2 == 0, (50 + 6 * (i % 4)) * 1_000e18, -1e18, 65e16, time, 60_100e18, WAD);
        }
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
        _cool();
        (uint256 gas, uint256 initial, uint256 exit, uint256 maintenance, ) = harness.weighBook(
            pages,
            book,
            market,
            _terms()
        );
        assertGt(initial, exit);
        assertGe(exit, maintenance);
        _tell("gas.margin.standard-requirement", gas, 135_000);
    }

    function _cool() private {
        vm.cool(pages.steps);
        vm.cool(pages.ratios0);
        vm.cool(pages.ratios1);
        vm.cool(pages.ratios2);
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

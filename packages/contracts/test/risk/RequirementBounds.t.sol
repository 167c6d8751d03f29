// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {OptionRequirement} from "@surety/requirements/OptionRequirement.sol";
import {KernelPages} from "@surety/requirements/OptionTables.sol";
import {HeldOption, MarketState, MarketTerms, StandardBook} from "@surety/requirements/StandardBook.sol";
import {PricingHarness} from "../harness/PricingHarness.sol";

/// @notice Figures that unchecked sums could not bear are refused in front of them.
contract RequirementBoundsTest is Test {
    uint256 private constant BOUND = 1 << 120;

    PricingHarness private harness = PricingHarness(vm.deployCode("PricingHarness.sol:PricingHarness"));

    function test_figures_of_2_to_120_are_refused() public {
        _refuse(HeldOption(true, BOUND, 1, 1, 1, 1, 1));
        _refuse(HeldOption(true, 1, int256(BOUND), 1, 1, 1, 1));
        _refuse(HeldOption(true, 1, -int256(BOUND) - 1, 1, 1, 1, 1));
        _refuse(HeldOption(false, 1, 1, BOUND, 1, 1, 1));
        _refuse(HeldOption(false, 1, 1, 1, BOUND, 1, 1));
        _refuse(HeldOption(false, 1, 1, 1, 1, BOUND, 1));
        StandardBook memory book;
        vm.expectRevert(abi.encodeWithSelector(OptionRequirement.SpotBeyondBounds.selector, BOUND));
        _weigh(book, BOUND);
    }

    function _refuse(HeldOption memory option) private {
        StandardBook memory book;
        book.options = new HeldOption[](1);
        book.options[0] = option;
        vm.expectRevert(abi.encodeWithSelector(OptionRequirement.OptionBeyondBounds.selector, option, 1));
        _weigh(book, 1);
    }

    function _weigh(StandardBook memory book, uint256 spot) private view {
        KernelPages memory pages;
        MarketTerms memory terms;
        MarketState memory market;
        market.spot = spot;
        harness.weighBook(pages, book, market, terms);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AuctionSize, SaleLine, SaleSize, SaleTerms} from "../../solidity/liquidation/AuctionSize.sol";

/// @notice Sizes at which one wei decides, in figures that can be computed by hand. Each fails with one rule of `AuctionSize` changed.
contract AuctionSizeEdgesTest is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant SLACK = AuctionSize.SLACK;

    function test_no_burden_takes_no_lines() public pure {
        SaleTerms memory terms = _terms(0, 10, WAD);
        SaleSize memory size = AuctionSize.sizeOf(_lines(100, 50), terms);
        assertEq(size.assumedWad, 0);
        assertEq(size.lossWad, 0);
        assertEq(size.grossWad, 0);
    }

    function test_no_lines_go_where_nothing_falls_to_the_protocol() public pure {
        SaleTerms memory terms = _terms(100, 1e18, 1e18);
        (terms.entitledWad, terms.complete) = (0, true);
        SaleSize memory size = AuctionSize.sizeOf(_lines(100, 50), terms);
        assertEq(size.shareWad, WAD);
        assertEq(size.grossWad, 0);
        assertEq(size.lossWad, 100);
    }

    /// @dev The share that the exit grade asks for is no smaller one than the taker's most.
    function test_a_taker_of_exactly_the_least_share_reaches_the_exit_grade() public pure {
        uint256 missing = SLACK + 5;
        SaleTerms memory terms = _terms(6, 5, 2 * missing);
        SaleSize memory least = AuctionSize.sizeOf(_lines(100, 0), terms);
        assertEq(least.shareWad, 0.5e18);
        assertTrue(least.atExit);
        terms.shareMaxWad = least.shareWad;
        assertTrue(AuctionSize.sizeOf(_lines(100, 0), terms).atExit);
        --terms.shareMaxWad;
        assertFalse(AuctionSize.sizeOf(_lines(100, 0), terms).atExit);
    }

    /// @dev The least value is one wei short of all, which rounds to the whole share.
    function test_a_whole_share_may_be_the_least_one() public pure {
        uint256 own = 1e21;
        SaleTerms memory terms = _terms(1.5e21, own - 1 - SLACK, own);
        terms.dustWad = 5e18;
        SaleSize memory size = AuctionSize.sizeOf(_lines(1e22, 0), terms);
        assertEq(size.shareWad, WAD);
        assertTrue(size.atExit);
    }

    /// @dev The whole line, and no wei more.
    function test_a_line_may_be_just_large_enough() public pure {
        uint256 missing = SLACK + 5;
        SaleSize memory size = AuctionSize.sizeOf(_lines(3, 0), _terms(6, 5, 2 * missing));
        assertEq(size.shareWad, 0.5e18);
        assertTrue(size.atExit);
    }

    /// @dev Just as much brings the account to its exit grade as falls to the protocol at all, so that the exit grade limits nothing.
    function test_a_whole_share_that_is_all_there_is_is_not_limited_by_the_exit_grade() public pure {
        uint256 own = 1e21;
        SaleSize memory size = AuctionSize.sizeOf(_lines(1e22, 0), _terms(own, own - SLACK, own));
        assertEq(size.shareWad, WAD);
        assertFalse(size.atExit);
    }

    /// @dev The first line is worth all that a bid may take, so that nobody asks for the second, whose figure would be refused.
    function test_lines_behind_all_that_may_be_taken_are_not_looked_at() public pure {
        uint256 own = 1e21;
        SaleLine[] memory lines = new SaleLine[](2);
        (lines[0], lines[1]) = (SaleLine(own, own / 2), SaleLine(2 ** 127, 0));
        SaleSize memory size = AuctionSize.sizeOf(lines, _terms(own, own, own));
        assertEq(size.shareWad, WAD);
        assertEq(size.grossWad, own);
        assertFalse(size.atExit);
    }

    /// @dev By rounding the first line of 3 seems to be one short, and nothing of the second is needed.
    function test_a_line_of_which_nothing_is_needed_gives_nothing() public pure {
        uint256 missing = SLACK + 5;
        SaleLine[] memory lines = new SaleLine[](2);
        (lines[0], lines[1]) = (SaleLine(3, 1), SaleLine(10, 1));
        SaleSize memory size = AuctionSize.sizeOf(lines, _terms(6, 5, 2 * (missing + 1)));
        assertEq(size.grossWad, 3);
        assertTrue(size.atExit);
    }

    function test_the_last_wei_is_given_and_what_no_line_holds_is_not() public pure {
        SaleLine[] memory lines = new SaleLine[](2);
        (lines[0], lines[1]) = (SaleLine(5, 0), SaleLine(7, 0));
        uint256[2][4] memory expected = [[uint256(1), 0], [uint256(5), 1], [uint256(5), 7], [uint256(5), 7]];
        uint256[4] memory given = [uint256(1), 6, 12, 13];
        for (uint256 i = 0; i < 4; ++i) {
            uint256[] memory parts = AuctionSize.partsOf(lines, given[i]);
            assertEq(parts[0], expected[i][0]);
            assertEq(parts[1], expected[i][1]);
        }
    }

    /// @dev At a price of 1, with nothing at the exit grade before; the lines cover the burden.
    function _terms(uint256 burden, uint256 required, uint256 own) private pure returns (SaleTerms memory) {
        return SaleTerms(0, required, own, burden, burden, AuctionSize.PPM, WAD, 0, false);
    }

    function _lines(uint256 gross, uint256 exit) private pure returns (SaleLine[] memory lines) {
        lines = new SaleLine[](1);
        lines[0] = SaleLine(gross, exit);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AuctionCurve} from "../../solidity/liquidation/AuctionCurve.sol";
import {AuctionSize, SaleLine, SaleSize, SaleTerms} from "../../solidity/liquidation/AuctionSize.sol";

/// @notice What must hold of every bid, over random accounts: the properties of the design's model.
contract AuctionSizeTest is Test {
    uint256 private constant WAD = 1e18;
    uint256 private constant MOST = 2 ** 127 - 1;

    /// @dev An account in liquidation: lines in their order, what one protocol of up to three requires, and a moment.
    struct Drawn {
        SaleLine[] lines;
        uint256[] burdens;
        uint256[] reserved;
        uint256[] requirements;
        uint256 index;
        uint256 grossWad;
        SaleTerms terms;
    }

    uint256 private seed;

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L3_no_line_is_given_below_the_price_of_the_moment(uint256 from) public {
        Drawn memory drawn = _draw(from);
        SaleSize memory size = AuctionSize.sizeOf(drawn.lines, drawn.terms);
        uint256 given = _sum(AuctionSize.partsOf(drawn.lines, size.grossWad));
        assertEq(given, Math.min(size.grossWad, drawn.grossWad));
        if (drawn.terms.complete && drawn.terms.entitledWad == 0) assertEq(given, 0);
        // One wei of lines goes where next to nothing falls to the protocol.
        if (given > 1) assertLe(given * drawn.terms.pricePpm, size.assumedWad * 1e6);
        assertLe(size.shareWad, WAD);
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L1_a_bid_ends_at_the_exit_grade_or_takes_all_that_falls_to_the_protocol(uint256 from) public {
        Drawn memory drawn = _draw(from);
        SaleTerms memory terms = drawn.terms;
        SaleSize memory size = AuctionSize.sizeOf(drawn.lines, terms);
        uint256 cap = _capOf(terms);
        if (!size.atExit) {
            assertEq(size.shareWad, cap);
            return;
        }
        assertGe(_exitAfter(drawn, size) + drawn.burdens.length + 2, _requiredAfter(terms, size.shareWad));
        // A millionth less does not: the slack and what rounding can take are all that is between.
        if (size.shareWad < 1e12) return;
        uint256 less = size.shareWad - size.shareWad / 1e6 - 1;
        SaleSize memory smaller = _sizeUpTo(drawn, less);
        uint256 room = AuctionSize.SLACK + size.grossWad / 1e9 + 10;
        assertLt(_exitAfter(drawn, smaller), _requiredAfter(terms, less) + room);
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L4_what_is_relieved_is_assumed_or_lost_and_the_solvent_lose_nothing(uint256 from) public {
        Drawn memory drawn = _draw(from);
        SaleTerms memory terms = drawn.terms;
        SaleSize memory size = AuctionSize.sizeOf(drawn.lines, terms);
        uint256 relieved = Math.mulDiv(size.shareWad, terms.burdenWad, WAD);
        assertApproxEqAbs(size.assumedWad + size.lossWad, relieved, 2);
        bool short = terms.complete && terms.entitledWad < terms.burdenWad;
        if (!short) assertEq(size.lossWad, 0, "a loss of a solvent account, or while lines wait");
        assertLe(size.assumedWad, (terms.complete ? terms.entitledWad : terms.burdenWad) + 1);
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L3_three_bids_never_give_more_for_less_than_one(uint256 from) public {
        Drawn memory drawn = _draw(from);
        SaleTerms memory terms = drawn.terms;
        if (!terms.complete || terms.entitledWad < terms.burdenWad) return;
        uint256 part = AuctionSize.sizeOf(drawn.lines, terms).shareWad / 3;
        if (part == 0) return;
        (uint256 given, uint256 paid) = (0, 0);
        for (uint256 i = 0; i < 3 && terms.requiredWad > terms.assetsWad; ++i) {
            SaleSize memory size = _sizeUpTo(drawn, part);
            given += _sum(AuctionSize.partsOf(drawn.lines, size.grossWad));
            paid += size.assumedWad;
            _settle(drawn, size);
        }
        if (given > 9) assertLe(given * terms.pricePpm, paid * 1e6, "splitting pays");
    }

    /// forge-config: default.fuzz.runs = 20000
    /// forge-config: ring.fuzz.runs = 2000
    /// forge-config: short.fuzz.runs = 200
    function testFuzz_L7_no_junior_wad_is_served_before_every_reserved_one(uint256 from) public {
        Drawn memory drawn = _draw(from);
        uint256 net = (drawn.grossWad * drawn.terms.pricePpm) / 1e6;
        uint256[] memory falls = new uint256[](drawn.burdens.length);
        bool junior;
        bool unserved;
        for (uint256 i = 0; i < falls.length; ++i) {
            falls[i] = AuctionSize.entitlementOf(net, drawn.burdens, drawn.reserved, i);
            uint256 senior = Math.min(drawn.burdens[i], drawn.reserved[i]);
            assertLe(falls[i], drawn.burdens[i]);
            junior = junior || falls[i] > senior;
            unserved = unserved || falls[i] < senior;
        }
        assertFalse(junior && unserved);
        assertLe(_sum(falls), Math.max(net, 0));
        if (net < _sum(drawn.burdens))
            assertGe(_sum(falls) + falls.length, net, "what the lines bring is kept from nobody");
    }

    function test_one_protocol_gets_what_there_is_whatever_it_reserved() public pure {
        (uint256[] memory burdens, uint256[] memory reserved) = (new uint256[](1), new uint256[](1));
        burdens[0] = 100e18;
        for (uint256 i = 0; i < 3; ++i) {
            reserved[0] = i * 70e18;
            assertEq(AuctionSize.entitlementOf(80e18, burdens, reserved, 0), 80e18);
            assertEq(AuctionSize.entitlementOf(100e18, burdens, reserved, 0), 100e18);
        }
    }

    function test_the_reserved_part_goes_first_and_the_rest_pro_rata() public pure {
        (uint256[] memory burdens, uint256[] memory reserved) = (new uint256[](2), new uint256[](2));
        (burdens[0], burdens[1]) = (100e18, 60e18);
        (reserved[0], reserved[1]) = (40e18, 200e18);
        // 40 and 60 are reserved; of 130 the other 30 are all the first one's.
        assertEq(AuctionSize.entitlementOf(130e18, burdens, reserved, 0), 70e18);
        assertEq(AuctionSize.entitlementOf(130e18, burdens, reserved, 1), 60e18);
        assertEq(AuctionSize.entitlementOf(50e18, burdens, reserved, 0), 20e18);
        assertEq(AuctionSize.entitlementOf(50e18, burdens, reserved, 1), 30e18);
    }

    function test_a_small_rest_is_taken_with_the_bid() public pure {
        (SaleLine[] memory lines, SaleTerms memory terms) = _plain(1_000e18);
        terms.dustWad = 0;
        SaleSize memory exact = AuctionSize.sizeOf(lines, terms);
        assertTrue(exact.atExit);
        terms.dustWad = (terms.burdenWad * (WAD - exact.shareWad)) / WAD;
        assertEq(AuctionSize.sizeOf(lines, terms).shareWad, exact.shareWad, "no less than dust is left");
        ++terms.dustWad;
        SaleSize memory whole = AuctionSize.sizeOf(lines, terms);
        assertEq(whole.shareWad, WAD);
        assertFalse(whole.atExit);
        terms.shareMaxWad = exact.shareWad - 1;
        assertEq(AuctionSize.sizeOf(lines, terms).shareWad, terms.shareMaxWad, "who limits its share leaves dust");
    }

    /// forge-config: default.allow_internal_expect_revert = true
    /// @dev The auction asks only below the exit grade; whoever else asks is told that nothing needs to be sold.
    function test_an_account_at_its_exit_grade_sells_nothing() public pure {
        (SaleLine[] memory lines, SaleTerms memory terms) = _plain(10_000e18);
        terms.assetsWad = terms.requiredWad;
        SaleSize memory size = AuctionSize.sizeOf(lines, terms);
        assertEq(size.shareWad, 0);
        assertEq(size.grossWad, 0);
    }

    function test_refuses_every_figure_whose_products_would_not_fit() public {
        for (uint256 i = 0; i < 9; ++i) {
            (SaleLine[] memory lines, SaleTerms memory terms) = _plain(1_000e18);
            if (i == 0) terms.assetsWad = MOST + 1;
            if (i == 1) terms.requiredWad = MOST + 1;
            if (i == 2) terms.ownWad = MOST + 1;
            if (i == 3) terms.burdenWad = MOST + 1;
            if (i == 4) terms.entitledWad = MOST + 1;
            if (i == 5) (lines[0].grossWad, lines[0].exitWad) = (MOST + 1, MOST);
            if (i == 6) lines[0].exitWad = MOST + 1;
            if (i == 7) (terms.burdenWad, terms.entitledWad, terms.pricePpm) = (MOST, MOST, 999_999);
            if (i == 8) {
                (terms.burdenWad, terms.entitledWad, terms.pricePpm, terms.ownWad) = (MOST, MOST, 1e6, 1);
                (lines[0].exitWad, lines[1].exitWad) = (MOST, 1);
            }
            uint256 figure = i == 7 ? Math.mulDiv(MOST, 1e6, 999_999) : MOST + 1;
            vm.expectRevert(abi.encodeWithSelector(AuctionSize.FigureTooLarge.selector, figure, MOST));
            this.sizeOf(lines, terms);
        }
        uint256[] memory burdens = new uint256[](2);
        (burdens[0], burdens[1]) = (MOST, 1);
        vm.expectRevert(abi.encodeWithSelector(AuctionSize.FigureTooLarge.selector, MOST + 1, MOST));
        this.entitlementOf(1, burdens);
    }

    function test_the_largest_figures_fit() public pure {
        SaleLine[] memory lines = new SaleLine[](2);
        (lines[0], lines[1]) = (SaleLine(MOST / 2, MOST / 2), SaleLine(MOST / 2, 0));
        SaleTerms memory terms = SaleTerms(MOST / 2, MOST, MOST, MOST, MOST, 1e6, WAD, 0, true);
        assertLe(AuctionSize.sizeOf(lines, terms).shareWad, WAD);
        (lines[0], lines[1]) = (SaleLine(1, 1), SaleLine(MOST - 1, 1));
        assertLe(AuctionSize.sizeOf(lines, terms).shareWad, WAD);
        // A line that gains one part in 10^38 would have to be larger than 2^256.
        (lines[0], lines[1]) = (SaleLine(1e18, 1), SaleLine(1e18, 1));
        terms = SaleTerms(0, MOST, 1e20, 1e38 - 1, 1e38 - 1, 1e6, WAD, 0, true);
        assertEq(AuctionSize.sizeOf(lines, terms).shareWad, WAD);
    }

    function sizeOf(SaleLine[] memory lines, SaleTerms memory terms) external pure returns (SaleSize memory) {
        return AuctionSize.sizeOf(lines, terms);
    }

    function entitlementOf(uint256 netWad, uint256[] memory burdens) external pure returns (uint256) {
        return AuctionSize.entitlementOf(netWad, burdens, burdens, 0);
    }

    /// @dev Two lines of a value each, at weights of 80 and 50 %; the account misses a little.
    function _plain(uint256 value) private pure returns (SaleLine[] memory lines, SaleTerms memory terms) {
        lines = new SaleLine[](2);
        (lines[0], lines[1]) = (SaleLine(value, (value * 8) / 10), SaleLine(value, value / 2));
        uint256 assets = (value * 13) / 10;
        uint256 required = (assets * 101) / 100;
        terms = SaleTerms(assets, required, required, assets, assets, 980_000, WAD, 500e18, true);
    }

    function _draw(uint256 from) private returns (Drawn memory drawn) {
        seed = from;
        uint256 others;
        (drawn.lines, drawn.terms.assetsWad) = _drawLines();
        for (uint256 i = 0; i < drawn.lines.length; ++i) drawn.grossWad += drawn.lines[i].grossWad;
        bool complete = _next(0, 4) != 0;
        if (!complete) others = drawn.terms.assetsWad / _next(2, 20);
        uint256 target = ((drawn.terms.assetsWad + others) * _next(10_001, 16_000)) / 10_000;
        uint256 count = _next(0, 4) < 3 ? 1 : _next(2, 3);
        (drawn.requirements, drawn.burdens, drawn.reserved) = (
            new uint256[](count),
            new uint256[](count),
            new uint256[](count)
        );
        for (uint256 i = 0; i < count; ++i) {
            uint256 own = 1 + (target * _next(1, 100)) / (100 * count);
            drawn.requirements[i] = own;
            drawn.burdens[i] = (own * 10_000) / _next(10_300, 12_500);
            drawn.reserved[i] = (own * _next(8_000, 13_000)) / 10_000;
            drawn.terms.requiredWad += own;
        }
        // What is missing to a breach is the first protocol's.
        if (drawn.terms.requiredWad <= drawn.terms.assetsWad + others) {
            uint256 more = drawn.terms.assetsWad + others + 1 + _next(0, 1e18) - drawn.terms.requiredWad;
            drawn.requirements[0] += more;
            drawn.terms.requiredWad += more;
        }
        drawn.index = _next(0, count - 1);
        uint256[12] memory moments = [uint256(0), 10, 30, 60, 119, 120, 121, 600, 1_799, 5_000, 21_599, 30_000];
        drawn.terms.pricePpm = uint256(1_000_000 - AuctionCurve.discountAt(moments[_next(0, 11)]));
        drawn.terms.ownWad = drawn.requirements[drawn.index];
        drawn.terms.burdenWad = drawn.burdens[drawn.index];
        drawn.terms.assetsWad += others;
        (drawn.terms.shareMaxWad, drawn.terms.complete) = (WAD, complete);
        drawn.terms.entitledWad = AuctionSize.entitlementOf(
            (drawn.grossWad * drawn.terms.pricePpm) / 1e6,
            drawn.burdens,
            drawn.reserved,
            drawn.index
        );
    }

    /// @dev Up to six lines from a cent to ten billion, the smallest haircut first.
    function _drawLines() private returns (SaleLine[] memory lines, uint256 exitWad) {
        lines = new SaleLine[](_next(1, 6));
        uint256 weight = 95;
        for (uint256 i = 0; i < lines.length; ++i) {
            weight = _next(20, weight);
            uint256 gross = _next(1, 1e6) * 10 ** _next(12, 19);
            lines[i] = SaleLine(gross, (gross * weight) / 100);
            exitWad += lines[i].exitWad;
        }
    }

    function _sizeUpTo(Drawn memory drawn, uint256 shareMaxWad) private pure returns (SaleSize memory size) {
        uint256 before = drawn.terms.shareMaxWad;
        drawn.terms.shareMaxWad = shareMaxWad;
        size = AuctionSize.sizeOf(drawn.lines, drawn.terms);
        drawn.terms.shareMaxWad = before;
    }

    /// @dev Takes a bid's lines and burden off the account.
    function _settle(Drawn memory drawn, SaleSize memory size) private pure {
        drawn.terms.assetsWad = _exitAfter(drawn, size);
        uint256[] memory parts = AuctionSize.partsOf(drawn.lines, size.grossWad);
        for (uint256 i = 0; i < parts.length; ++i) {
            drawn.lines[i].exitWad -= _exitOf(drawn.lines[i], parts[i]);
            drawn.lines[i].grossWad -= parts[i];
            drawn.grossWad -= parts[i];
        }
        uint256 relieved = Math.mulDiv(size.shareWad, drawn.terms.ownWad, WAD);
        drawn.requirements[drawn.index] -= relieved;
        drawn.terms.ownWad -= relieved;
        drawn.terms.requiredWad -= relieved;
        drawn.burdens[drawn.index] -= Math.mulDiv(size.shareWad, drawn.terms.burdenWad, WAD, Math.Rounding.Ceil);
        drawn.terms.burdenWad = drawn.burdens[drawn.index];
        drawn.terms.entitledWad = AuctionSize.entitlementOf(
            (drawn.grossWad * drawn.terms.pricePpm) / 1e6,
            drawn.burdens,
            drawn.reserved,
            drawn.index
        );
    }

    function _exitAfter(Drawn memory drawn, SaleSize memory size) private pure returns (uint256 exitWad) {
        exitWad = drawn.terms.assetsWad;
        uint256[] memory parts = AuctionSize.partsOf(drawn.lines, size.grossWad);
        for (uint256 i = 0; i < parts.length; ++i) exitWad -= _exitOf(drawn.lines[i], parts[i]);
    }

    /// @dev The exit value that leaves with a part of a line, rounded up.
    function _exitOf(SaleLine memory line, uint256 part) private pure returns (uint256) {
        return
            part == line.grossWad ? line.exitWad : Math.mulDiv(line.exitWad, part, line.grossWad, Math.Rounding.Ceil);
    }

    function _requiredAfter(SaleTerms memory terms, uint256 shareWad) private pure returns (uint256) {
        return terms.requiredWad - Math.mulDiv(shareWad, terms.ownWad, WAD);
    }

    function _capOf(SaleTerms memory terms) private pure returns (uint256) {
        if (terms.complete || terms.entitledWad >= terms.burdenWad) return WAD;
        return (terms.entitledWad * WAD) / terms.burdenWad;
    }

    function _next(uint256 least, uint256 most) private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return least + (seed % (most - least + 1));
    }

    function _sum(uint256[] memory figures) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < figures.length; ++i) sum += figures[i];
    }
}

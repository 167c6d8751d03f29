// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AuctionCurve} from "../../solidity/liquidation/AuctionCurve.sol";
import {AuctionSize, SaleLine, SaleSize, SaleTerms} from "../../solidity/liquidation/AuctionSize.sol";

/// @notice The worked bids that TypeScript and Solidity share, recomputed from their inputs alone.
contract AuctionVectorsTest is Test {
    struct Worked {
        Expected expected;
        string id;
        Inputs inputs;
    }

    struct Expected {
        uint256 assumedWad;
        int256 discountPpm;
        uint256[] givenWad;
        uint256 lossWad;
        uint256 shareWad;
    }

    struct Inputs {
        uint256[] burdensWad;
        uint256 dustWad;
        uint256 elapsedS;
        bool complete;
        Offered[] lines;
        uint256 otherExitWad;
        uint256 protocol;
        uint256[] requirementsWad;
        uint256[] reservedWad;
        uint256 shareMaxWad;
    }

    struct Offered {
        uint256 exitWad;
        uint256 grossWad;
    }

    /// @dev The structs above under other names: the file has a field whose name Solidity reserves (`complete` here).
    string private constant FORM =
        "VectorCase(VectorBid expected,string id,VectorAccount inputs)"
        "VectorBid(uint256 assumedWad,int256 discountPpm,uint256[] givenWad,uint256 lossWad,uint256 shareWad)"
        "VectorAccount(uint256[] burdensWad,uint256 dustWad,uint256 elapsedS,bool final,VectorLine[] lines,uint256 otherExitWad,"
        "uint256 protocol,uint256[] requirementsWad,uint256[] reservedWad,uint256 shareMaxWad)"
        "VectorLine(uint256 exitWad,uint256 grossWad)";

    function test_L15_every_worked_bid_has_the_same_integers() public view {
        bytes memory packed = vm.parseJsonTypeArray(vm.readFile("vectors/line-auction.json"), ".cases", FORM);
        Worked[] memory cases = abi.decode(packed, (Worked[]));
        assertEq(cases.length, 400, "worked bids");
        for (uint256 i = 0; i < cases.length; ++i) _check(cases[i]);
    }

    function _check(Worked memory worked) private pure {
        Inputs memory inputs = worked.inputs;
        int256 ppm = AuctionCurve.discountAt(inputs.elapsedS);
        assertEq(ppm, worked.expected.discountPpm, string.concat(worked.id, " discount"));
        (SaleLine[] memory lines, SaleTerms memory terms) = _termsOf(inputs, uint256(1_000_000 - ppm));
        SaleSize memory size = AuctionSize.sizeOf(lines, terms);
        assertEq(size.shareWad, worked.expected.shareWad, string.concat(worked.id, " share"));
        assertEq(size.assumedWad, worked.expected.assumedWad, string.concat(worked.id, " assumed"));
        assertEq(size.lossWad, worked.expected.lossWad, string.concat(worked.id, " loss"));
        assertEq(
            AuctionSize.partsOf(lines, size.grossWad),
            worked.expected.givenWad,
            string.concat(worked.id, " given")
        );
    }

    function _termsOf(
        Inputs memory inputs,
        uint256 pricePpm
    ) private pure returns (SaleLine[] memory lines, SaleTerms memory terms) {
        lines = new SaleLine[](inputs.lines.length);
        uint256 grossWad;
        terms.assetsWad = inputs.otherExitWad;
        for (uint256 i = 0; i < lines.length; ++i) {
            lines[i] = SaleLine(inputs.lines[i].grossWad, inputs.lines[i].exitWad);
            grossWad += lines[i].grossWad;
            terms.assetsWad += lines[i].exitWad;
        }
        for (uint256 i = 0; i < inputs.requirementsWad.length; ++i) terms.requiredWad += inputs.requirementsWad[i];
        terms.ownWad = inputs.requirementsWad[inputs.protocol];
        terms.burdenWad = inputs.burdensWad[inputs.protocol];
        uint256 netWad = (grossWad * pricePpm) / 1_000_000;
        terms.entitledWad = AuctionSize.entitlementOf(netWad, inputs.burdensWad, inputs.reservedWad, inputs.protocol);
        (terms.pricePpm, terms.shareMaxWad, terms.dustWad) = (pricePpm, inputs.shareMaxWad, inputs.dustWad);
        terms.complete = inputs.complete;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {Black76} from "@surety/requirements/Black76.sol";
import {OptionKernel} from "@surety/requirements/OptionKernel.sol";
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
import {StandardRequirement} from "@surety/requirements/StandardRequirement.sol";
import {deployTables} from "../risk/TablesFixture.sol";
import {TwinReader} from "./TwinReader.sol";

/// @notice Random options, perpetuals and accounts that the TypeScript engine priced: the libraries give the same integers.
/// @dev The file is written by `npm run margin:twin -- --write`; SURETY_TWIN_PRICING names others, with commas.
contract PricingTwinTest is TwinReader {
    uint256[5] private counts;
    KernelPages private deployed;

    function setUp() public {
        deployed = deployTables().pages();
    }

    function test_every_case_has_the_integers_of_the_engine() public {
        string[] memory files = new string[](1);
        files[0] = "vectors/margin-pricing.bin";
        files = vm.envOr("SURETY_TWIN_PRICING", ",", files);
        for (uint256 i = 0; i < files.length; ++i) this.checkFile(files[i]);
        uint256 all = counts[0] + counts[1] + counts[2] + counts[3] + counts[4];
        string memory each = string.concat(vm.toString(counts[2]), " ", vm.toString(counts[3]));
        console.log("TWIN COUNTS", all, each, counts[4]);
        assertGe(all, vm.envExists("SURETY_TWIN_PRICING") ? 1 : 10_000, "the vector file has lost cases");
    }

    /// @dev External, so that each file starts with empty memory.
    function checkFile(string calldata path) external {
        (uint256 at, uint256 end) = open(path);
        for (uint256 chunk = 0; at < end; ++chunk) {
            uint256 count;
            (count, at) = take(at, 2);
            for (uint256 index = 0; index < count; ++index) {
                uint256 free = mark();
                at = _checkCase(path, chunk, index, at);
                release(free);
            }
        }
    }

    function _checkCase(string calldata path, uint256 chunk, uint256 index, uint256 at) private returns (uint256) {
        uint256 kind;
        uint256 expected;
        (kind, at) = take(at, 1);
        ++counts[kind];
        (bytes memory answers, uint256 next) = _answersOf(kind, at, deployed);
        (expected, at) = take(next, DIGEST_BITS / 8);
        if (uint256(keccak256(answers)) >> (256 - DIGEST_BITS) != expected) {
            console.log("TWIN DIFFERS", path, chunk, index);
            console.logBytes(answers);
            revert("the engine has other integers");
        }
        return at;
    }

    function _answersOf(
        uint256 kind,
        uint256 at,
        KernelPages memory pages
    ) private view returns (bytes memory, uint256) {
        if (kind == 0) return _logarithm(pages, at);
        if (kind == 1) return _cumulative(pages, at);
        if (kind == 2) return _option(pages, at);
        if (kind == 3) return _perp(at);
        return _standard(pages, at);
    }

    function _logarithm(KernelPages memory pages, uint256 at) private view returns (bytes memory, uint256) {
        uint256 integer;
        (integer, at) = take(at, 32);
        return (abi.encode(OptionKernel.logarithmOf(pages, integer)), at);
    }

    function _cumulative(KernelPages memory pages, uint256 at) private view returns (bytes memory, uint256) {
        uint256 z;
        (z, at) = take(at, 32);
        return (abi.encode(OptionKernel.cumulativeShare(pages, int256(z))), at);
    }

    function _option(KernelPages memory pages, uint256 at) private view returns (bytes memory, uint256) {
        uint256[3] memory figures;
        uint256 time;
        for (uint256 i = 0; i < 3; ++i) (figures[i], at) = take(at, 16);
        (time, at) = take(at, 8);
        uint256 totalVol = Black76.totalVolOf(figures[2], time);
        Black76.Expiry memory expiry = Black76.expiryOf(pages, figures[0], totalVol);
        (uint256 call, uint256 put) = Black76.pricesOf(pages, expiry, figures[1]);
        return (abi.encode(call, put, Black76.callDeltaOf(pages, expiry, figures[1])), at);
    }

    function _perp(uint256 at) private pure returns (bytes memory answers, uint256) {
        PerpTerms memory terms;
        uint256[3] memory figures;
        (terms, at) = _perpTerms(at);
        for (uint256 i = 0; i < 3; ++i) (figures[i], at) = take(at, 16);
        for (uint256 grade = 0; grade < 3; ++grade) {
            PerpRequirement.Grade one = PerpRequirement.Grade(grade);
            answers = abi.encodePacked(
                answers,
                PerpRequirement.ratioOf(terms, figures[0], one, figures[2]),
                PerpRequirement.requirementOf(terms, figures[0], figures[1], one, figures[2])
            );
        }
        return (answers, at);
    }

    function _standard(KernelPages memory pages, uint256 at) private view returns (bytes memory, uint256) {
        MarketTerms memory terms;
        MarketState memory market;
        StandardBook memory book;
        (terms, at) = _marketTerms(at);
        uint256[9] memory state;
        for (uint256 i = 0; i < 9; ++i) (state[i], at) = take(at, 16);
        // Nine words in the order of the struct's fields.
        assembly ("memory-safe") {
            market := state
        }
        (book, at) = _book(at);
        (uint256 initial, uint256 exit, uint256 maintenance, int256 optionMark) = StandardRequirement
            .standardRequirement(pages, book, market, terms);
        return (abi.encode(initial, exit, maintenance, optionMark), at);
    }

    function _perpTerms(uint256 at) private pure returns (PerpTerms memory terms, uint256) {
        uint256[6] memory figures;
        for (uint256 i = 0; i < 6; ++i) (figures[i], at) = take(at, 16);
        assembly ("memory-safe") {
            terms := figures
        }
        return (terms, at);
    }

    function _marketTerms(uint256 at) private pure returns (MarketTerms memory terms, uint256) {
        (terms.perp, at) = _perpTerms(at);
        uint256[8] memory figures;
        for (uint256 i = 0; i < 8; ++i) (figures[i], at) = take(at, 16);
        OptionTerms memory option;
        assembly ("memory-safe") {
            option := figures
        }
        terms.option = option;
        LiquidityTerms memory liquidity = terms.liquidity;
        (liquidity.least, at) = take(at, 16);
        (liquidity.most, at) = take(at, 16);
        (liquidity.impact, at) = take(at, 16);
        (terms.confidenceThreshold, at) = take(at, 16);
        (terms.confidenceMargin, at) = take(at, 16);
        (terms.pegThreshold, at) = take(at, 16);
        (terms.pegFactor, at) = take(at, 16);
        return (terms, at);
    }

    function _book(uint256 at) private pure returns (StandardBook memory book, uint256) {
        uint256 word;
        (word, at) = take(at, 32);
        book.perpSize = int256(word);
        (word, at) = take(at, 1);
        book.orders = new RestingOrder[](word);
        for (uint256 i = 0; i < book.orders.length; ++i) {
            (word, at) = take(at, 32);
            book.orders[i].size = int256(word);
            (book.orders[i].price, at) = take(at, 16);
        }
        (word, at) = take(at, 1);
        book.options = new HeldOption[](word);
        for (uint256 i = 0; i < book.options.length; ++i) {
            HeldOption memory option = book.options[i];
            (word, at) = take(at, 1);
            option.isCall = word == 1;
            (option.strike, at) = take(at, 16);
            (word, at) = take(at, 32);
            option.quantity = int256(word);
            (option.vol, at) = take(at, 16);
            (option.secondsToExpiry, at) = take(at, 8);
            (option.forward, at) = take(at, 16);
            (option.confidence, at) = take(at, 16);
        }
        return (book, at);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {KernelTables} from "@surety/requirements/KernelTables.sol";
import {OptionKernel} from "@surety/requirements/OptionKernel.sol";
import {KernelPages, OptionTables, PageReader} from "@surety/requirements/OptionTables.sol";
import {deployPages, deployTables} from "../risk/TablesFixture.sol";
import {PageBuilder} from "../harness/PageBuilder.sol";
import {TwinReader} from "./TwinReader.sol";

/// @notice Every entry that the option kernel may ever ask for is the same integer as in TypeScript's tables.
/// @dev The file holds the first bytes of a hash for every 64 entries; `npm run margin:twin -- --write` renews it.
contract KernelTablesTwinTest is TwinReader {
    uint256 private constant GROUP = 64;
    uint256 private constant CELLS = 66 * 256;
    uint256 private constant WHOLES = 802;
    uint256 private constant STEPS = 1024;

    bytes private group;
    uint256 private entries;
    uint256 private read;
    bytes private file;

    function test_every_entry_of_the_tables_is_the_engines() public {
        file = vm.readFileBinary("vectors/kernel-tables.bin");
        for (uint256 cell = 0; cell < CELLS; ++cell) {
            uint256 free = mark();
            _add(abi.encode(KernelTables.cellOf(cell)));
            release(free);
        }
        for (uint256 whole = 0; whole < WHOLES; ++whole) {
            (uint256 mantissa, uint256 places) = KernelTables.densityAtWhole(whole);
            _add(abi.encode(mantissa, places));
        }
        for (uint256 bits = 10; bits <= 20; bits += 10) {
            for (uint256 index = 0; index < STEPS; ++index) _add(abi.encode(KernelTables.exponentialStep(index, bits)));
        }
        for (int256 index = 0; index < 128; ++index) _addLogarithm(index, 7);
        for (int256 index = -128; index < 128; ++index) _addLogarithm(index, 15);
        _compareGroup();
        assertEq(read, file.length, "the file has other entries");
        assertEq(entries, CELLS + WHOLES + 2 * STEPS + 128 + 256);
    }

    function test_every_entry_that_pages_keep_is_the_one_that_is_worked_out() public {
        KernelPages memory pages = deployTables().pages();
        for (uint256 cell = 0; cell <= 3 * PageReader.CELLS; ++cell) {
            uint256 free = mark();
            bytes memory expected = abi.encode(KernelTables.cellOf(cell));
            assertEq(abi.encode(KernelTables.coefficientsOf(cell, PageReader.ratioAt(pages, cell))), expected);
            release(free);
        }
        for (uint256 whole = 0; whole <= PageReader.WHOLES; ++whole) {
            (uint256 mantissa, uint256 places) = KernelTables.densityAtWhole(whole);
            (uint256 kept, uint256 keptPlaces) = PageReader.densityAtWhole(pages, whole);
            assertEq(abi.encode(kept, keptPlaces), abi.encode(mantissa, places));
        }
        for (uint256 index = 0; index < STEPS; ++index) {
            assertEq(PageReader.exponentialStep(pages, index), KernelTables.exponentialStep(index, 10));
            assertEq(OptionKernel.smallStep(index), KernelTables.exponentialStep(index, 20));
        }
        for (int256 index = 0; index < 128; ++index) {
            (, int256 logarithm) = PageReader.firstLogarithm(pages, index);
            (, int256 expected) = KernelTables.logarithmStep(index, 7);
            assertEq(logarithm, expected);
        }
        for (int256 index = -128; index < 128; ++index) {
            (, int256 logarithm) = PageReader.secondLogarithm(pages, index);
            (, int256 expected) = KernelTables.logarithmStep(index, 15);
            assertEq(logarithm, expected);
        }
    }

    function test_tables_take_their_own_pages_and_no_other() public {
        KernelPages memory pages = deployPages();
        OptionTables tables = new OptionTables(pages);
        pages.tables = tables;
        assertEq(abi.encode(tables.pages()), abi.encode(pages));
        bytes32 expected = pages.ratios1.codehash;
        pages.ratios1 = pages.ratios2;
        bytes32 found = pages.ratios1.codehash;
        vm.expectRevert(abi.encodeWithSelector(OptionTables.PageRefused.selector, pages.ratios1, found, expected));
        new OptionTables(pages);
    }

    function test_a_page_is_deployed_in_one_transaction_and_cannot_be_run() public {
        PageBuilder builder = PageBuilder(vm.deployCode("PageBuilder.sol:PageBuilder"));
        (uint256 gas, address page) = builder.weighRatios(2 * PageReader.CELLS);
        console.log("GAS", "gas.margin.ratio-page", gas);
        assertLt(gas, 16_000_000);
        (uint256 stepsGas, address steps) = builder.weighSteps();
        console.log("GAS", "gas.margin.step-page", stepsGas);
        assertLt(stepsGas, 16_000_000);
        (bool done, bytes memory answer) = page.call("");
        assertTrue(done && answer.length == 0);
        assertEq(page.code[0], bytes1(0));
        assertEq(steps.code[0], bytes1(0));
    }

    function _addLogarithm(int256 index, uint256 bits) private {
        (uint256 factor, int256 logarithm) = KernelTables.logarithmStep(index, bits);
        _add(abi.encode(factor, logarithm));
    }

    function _add(bytes memory entry) private {
        if (entries != 0 && entries % GROUP == 0) _compareGroup();
        group = bytes.concat(group, entry);
        ++entries;
    }

    function _compareGroup() private {
        uint256 expected = 0;
        for (uint256 i = 0; i < DIGEST_BITS / 8; ++i) expected = (expected << 8) | uint8(file[read++]);
        assertEq(uint256(keccak256(group)) >> (256 - DIGEST_BITS), expected, vm.toString(entries));
        delete group;
    }
}

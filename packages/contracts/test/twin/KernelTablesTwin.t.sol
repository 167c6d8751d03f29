// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KernelTables} from "@surety/requirements/KernelTables.sol";
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

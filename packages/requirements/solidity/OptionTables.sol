// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KernelTables} from "@surety/requirements/KernelTables.sol";

/// @notice Where the kernel's tables lie.
/// @param tables works out what no page has
/// @param steps code of a `StepPage`
/// @param ratios0 code of the `RatioPage` of z from 1 to −4, and so on
struct KernelPages {
    IOptionTables tables;
    address steps;
    address ratios0;
    address ratios1;
    address ratios2;
}

/// @notice Works out entries that no page has.
interface IOptionTables {
    /// @notice See `KernelTables.ratioAt`.
    function ratioAt(uint256 cell) external view returns (int256);

    /// @notice See `KernelTables.densityAtWhole`.
    function densityAtWhole(uint256 whole) external view returns (uint256 mantissa, uint256 places);
}

/// @title Reading what pages keep
/// @notice A page is code that cannot run: a 0, then entries of one size. What no page has is worked out by the contract that names
///         them, to the same integer, so that no protocol carries the code for it.
library PageReader {
    /// @notice Cells of a page of ratios: five units of z.
    uint256 internal constant CELLS = 1280;
    /// @notice Wholes of e^−whole/√(2π) that the page of steps has.
    uint256 internal constant WHOLES = 128;

    uint256 internal constant RATIO_BYTES = 16;
    /// @dev From 224 bits to the 126 of an entry.
    uint256 internal constant RATIO_CUT = 98;
    uint256 internal constant STEP_BYTES = 12;
    uint256 internal constant WHOLE_BYTES = 14;
    uint256 internal constant STEPS_AT = 1;
    uint256 internal constant WHOLES_AT = STEPS_AT + STEP_BYTES * 1024;
    uint256 internal constant FIRST_AT = WHOLES_AT + WHOLE_BYTES * WHOLES;
    uint256 internal constant SECOND_AT = FIRST_AT + STEP_BYTES * 128;
    uint256 internal constant STEPS_END = SECOND_AT + STEP_BYTES * 256;

    uint256 private constant ONE = 1 << 96;

    /// @notice See `KernelTables.ratioAt`; with 126 bits where a page has it.
    function ratioAt(KernelPages memory pages, uint256 cell) internal view returns (int256 ratio) {
        if (cell >= 3 * CELLS) return pages.tables.ratioAt(cell);
        assembly ("memory-safe") {
            let page := mload(add(pages, mul(0x20, add(div(cell, 1280), 2))))
            extcodecopy(page, 0, add(1, mul(16, mod(cell, 1280))), 0x20)
            ratio := shl(98, shr(128, mload(0)))
        }
    }

    /// @notice See `KernelTables.densityAtWhole`.
    function densityAtWhole(
        KernelPages memory pages,
        uint256 whole
    ) internal view returns (uint256 mantissa, uint256 places) {
        if (whole >= WHOLES) return pages.tables.densityAtWhole(whole);
        unchecked {
            uint256 word = _word(pages.steps, WHOLES_AT + whole * WHOLE_BYTES);
            return (word >> 160, uint16(word >> 144));
        }
    }

    /// @notice See `KernelTables.exponentialStep`, for steps of 1/1024.
    function exponentialStep(KernelPages memory pages, uint256 index) internal view returns (uint256) {
        unchecked {
            return ONE - (_word(pages.steps, STEPS_AT + index * STEP_BYTES) >> 160);
        }
    }

    /// @notice See `KernelTables.logarithmStep`, for widths of 2^−7.
    function firstLogarithm(
        KernelPages memory pages,
        int256 index
    ) internal view returns (uint256 factor, int256 logarithm) {
        factor = KernelTables.logarithmFactor(index, 7);
        unchecked {
            logarithm = int256(_word(pages.steps, FIRST_AT + uint256(index) * STEP_BYTES) >> 160);
        }
    }

    /// @notice See `KernelTables.logarithmStep`, for widths of 2^−15.
    function secondLogarithm(
        KernelPages memory pages,
        int256 index
    ) internal view returns (uint256 factor, int256 logarithm) {
        factor = KernelTables.logarithmFactor(index, 15);
        unchecked {
            // Negative entries have their sign in the highest bit.
            logarithm = int256(_word(pages.steps, SECOND_AT + uint256(index + 128) * STEP_BYTES)) >> 160;
        }
    }

    /// @dev The word at a place in code.
    function _word(address page, uint256 at) private view returns (uint256 word) {
        assembly ("memory-safe") {
            extcodecopy(page, 0, at, 0x20)
            word := mload(0)
        }
    }
}

/// @title Ratios N(z)/φ(z) of 1,280 cells, as code
/// @notice Its constructor works them out and leaves them as its code, the same wherever it is deployed.
contract RatioPage {
    /// @param first its first cell
    constructor(uint256 first) {
        bytes memory code = new bytes(1 + PageReader.CELLS * PageReader.RATIO_BYTES + 32);
        int256 ratio = KernelTables.ratioAt(first + PageReader.CELLS - 1);
        for (uint256 i = PageReader.CELLS; i > 0;) {
            // To the nearest of 126 bits, which leaves two before the point: Y(1) is 3.48.
            uint256 entry = (uint256(ratio) + (uint256(1) << (PageReader.RATIO_CUT - 1))) >> PageReader.RATIO_CUT;
            --i;
            _write(code, 1 + i * PageReader.RATIO_BYTES, entry);
            if (i != 0) ratio = KernelTables.ratioAbove(first + i, ratio);
        }
        assembly ("memory-safe") {
            return(add(code, 0x20), sub(mload(code), 0x20))
        }
    }

    /// @dev Writes an entry at a place, without touching the one behind it.
    function _write(bytes memory code, uint256 at, uint256 entry) private pure {
        assembly ("memory-safe") {
            let place := add(add(code, 0x20), at)
            mstore(place, or(shl(128, entry), shr(128, shl(128, mload(place)))))
        }
    }
}

/// @title Steps of exponentials and logarithms, as code
/// @notice See `RatioPage`.
contract StepPage {
    constructor() {
        bytes memory code = new bytes(PageReader.STEPS_END + 32);
        for (uint256 i = 0; i < 1024; ++i) {
            uint256 less = (1 << 96) - KernelTables.exponentialStep(i, 10);
            _write(code, PageReader.STEPS_AT + i * PageReader.STEP_BYTES, less << 160);
        }
        for (uint256 i = 0; i < PageReader.WHOLES; ++i) {
            (uint256 mantissa, uint256 places) = KernelTables.densityAtWhole(i);
            _write(code, PageReader.WHOLES_AT + i * PageReader.WHOLE_BYTES, (mantissa << 160) | (places << 144));
        }
        for (uint256 i = 0; i < 128; ++i) {
            (, int256 logarithm) = KernelTables.logarithmStep(int256(i), 7);
            _write(code, PageReader.FIRST_AT + i * PageReader.STEP_BYTES, uint256(logarithm) << 160);
        }
        for (uint256 i = 0; i < 256; ++i) {
            (, int256 logarithm) = KernelTables.logarithmStep(int256(i) - 128, 15);
            _write(code, PageReader.SECOND_AT + i * PageReader.STEP_BYTES, uint256(logarithm) << 160);
        }
        assembly ("memory-safe") {
            return(add(code, 0x20), sub(mload(code), 0x20))
        }
    }

    /// @dev Writes a word at a place; the entry after it overwrites its end.
    function _write(bytes memory code, uint256 at, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(code, 0x20), at), word)
        }
    }
}

/// @title The tables of the option kernel on one chain
/// @notice Names the four pages for every protocol that prices options. It has no owner and nothing to set.
/// @dev Each page is checked against the hash of the only code that it may be, so anyone may deploy pages and this contract:
///      neither can be other than it should.
contract OptionTables is IOptionTables {
    /// @notice The contract does not hold the entries that it should.
    error PageRefused(address page, bytes32 codehash, bytes32 expected);

    /// @notice Hashes of the code of the pages.
    bytes32 public constant STEPS_HASH = 0x569367cfd8686f1057e08d42b4c2741a6fd19af73c2c71f5d1b3ceee0f63ae96;
    bytes32 public constant RATIOS_0_HASH = 0x1dc7db9b799a73e9f1b0523d624dd56ab032d52d6595abe381018c638e2f9399;
    bytes32 public constant RATIOS_1_HASH = 0x3d414b1869f513186e95cb6dda715bbaaae41313c11b5fe22bafe3552f84e0e0;
    bytes32 public constant RATIOS_2_HASH = 0x369f3afcba6fdb5bc85f749434b60abfb04063bad720113deab7168bf3e91ed4;

    address private immutable _steps;
    address private immutable _ratios0;
    address private immutable _ratios1;
    address private immutable _ratios2;

    /// @param pages_ where they lie; `tables` is this contract, whatever is named
    constructor(KernelPages memory pages_) {
        _steps = _checked(pages_.steps, STEPS_HASH);
        _ratios0 = _checked(pages_.ratios0, RATIOS_0_HASH);
        _ratios1 = _checked(pages_.ratios1, RATIOS_1_HASH);
        _ratios2 = _checked(pages_.ratios2, RATIOS_2_HASH);
    }

    /// @notice Gives where the tables lie.
    function pages() external view returns (KernelPages memory) {
        return KernelPages(this, _steps, _ratios0, _ratios1, _ratios2);
    }

    /// @inheritdoc IOptionTables
    function ratioAt(uint256 cell) external pure returns (int256) {
        return KernelTables.ratioAt(cell);
    }

    /// @inheritdoc IOptionTables
    function densityAtWhole(uint256 whole) external pure returns (uint256 mantissa, uint256 places) {
        return KernelTables.densityAtWhole(whole);
    }

    function _checked(address page, bytes32 expected) private view returns (address) {
        if (page.codehash != expected) revert PageRefused(page, page.codehash, expected);
        return page;
    }
}

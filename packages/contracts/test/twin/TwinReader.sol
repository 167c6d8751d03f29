// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @notice Reads a vector file of `test/src/twin`: numbers of 1 to 32 bytes behind each other, highest byte first.
abstract contract TwinReader is Test {
    /// @notice Bytes of the hash that stands for all answers of a case.
    uint256 internal constant DIGEST_BITS = 64;

    /// @dev Gives the number of so many bytes at a place in memory, and the place behind it.
    function take(uint256 at, uint256 size) internal pure returns (uint256 value, uint256 next) {
        assembly ("memory-safe") {
            value := shr(sub(256, mul(8, size)), mload(at))
            next := add(at, size)
        }
    }

    /// @dev Gives the place of a file's first byte in memory and that behind its last one. Only what fits a frame of its own is
    ///      read at once: every file is read in a call of its own.
    function open(string calldata path) internal view returns (uint256 at, uint256 end) {
        bytes memory file = vm.readFileBinary(path);
        assembly ("memory-safe") {
            at := add(file, 0x20)
            end := add(at, mload(file))
        }
    }

    /// @dev The memory that is free now, to be given back after a case.
    function mark() internal pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }

    /// @dev Gives back all memory that was taken since a mark; nothing of it may be read any more.
    function release(uint256 free) internal pure {
        assembly {
            mstore(0x40, free)
        }
    }
}

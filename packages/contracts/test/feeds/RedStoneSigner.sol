// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

/// @notice Signs packages as RedStone's signers do; the keys are those of `vectors/redstone-payloads.json`.
library RedStoneSigner {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice What stands behind the packages: their count, metadata, its size, the marker.
    function tail(uint256 count) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(count), uint24(0), hex"000002ed57011e0000");
    }

    /// @notice Signer `number`, from 1.
    function signerOf(uint256 number) internal pure returns (address) {
        return vm.addr(keyOf(number));
    }

    function keyOf(uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(number)));
    }

    /// @notice One package of one point.
    function package(uint256 number, bytes32 id, uint256 value, uint256 timeMs) internal pure returns (bytes memory) {
        return packageOf(number, abi.encodePacked(id, value, uint48(timeMs), uint32(32), uint24(1)));
    }

    /// @notice A package that says what it is told.
    function packageOf(uint256 number, bytes memory said) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(number), keccak256(said));
        return abi.encodePacked(said, r, s, v);
    }
}

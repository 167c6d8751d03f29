// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {RedStoneBounds, RedStoneFeed} from "../../solidity/prices/RedStoneFeed.sol";
import {RedStoneSigner} from "./RedStoneSigner.sol";

/// @notice A feed of three among five signers.
abstract contract RedStoneFixture is Test {
    uint256 internal constant NOW = 1_800_000_000;
    uint256 internal constant NOW_MS = NOW * 1_000;
    bytes32 internal constant ID = "ETH";

    RedStoneFeed internal feed;

    function setUp() public virtual {
        vm.warp(NOW);
        feed = new RedStoneFeed(_bounds());
    }

    function _bounds() internal pure returns (RedStoneBounds memory) {
        return
            RedStoneBounds({
                feedId: ID,
                signers: _signers(5),
                threshold: 3,
                decimals: 8,
                maxAgeS: 300,
                confMaxPpm: 20_000,
                minPrice1e12: 100e12,
                maxPrice1e12: 10_000e12
            });
    }

    function _signers(uint256 count) internal pure returns (address[] memory list) {
        list = new address[](count);
        for (uint256 i = 0; i < count; ++i) list[i] = RedStoneSigner.signerOf(i + 1);
    }

    /// @dev Signers 1, 2, … sign these values for one time.
    function _payload(uint256[] memory values, uint256 timeMs) internal pure returns (bytes memory payload) {
        for (uint256 i = 0; i < values.length; ++i) {
            payload = bytes.concat(payload, RedStoneSigner.package(i + 1, ID, values[i], timeMs));
        }
        return bytes.concat(payload, RedStoneSigner.tail(values.length));
    }

    function _three(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory values) {
        values = new uint256[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    function _list(bytes memory payload) internal pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = payload;
    }

    /// @dev A payload of RedStone's own signer.
    function _vector(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(vm.readFile("vectors/redstone-payloads.json"), string.concat(".", name));
    }
}

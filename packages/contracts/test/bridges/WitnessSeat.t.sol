// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {HeadBook} from "../../solidity/witnesses/HeadBook.sol";
import {WitnessSeat} from "../../solidity/witnesses/WitnessSeat.sol";
import {WormholeInit, WormholeWitness} from "../../solidity/witnesses/WormholeWitness.sol";

/// @notice Two ends of a pair that are built knowing each other.
contract WitnessSeatTest is Test {
    address private constant JOURNAL = address(0x10);
    address private constant CORE = address(0x20);
    address private builder = makeAddr("builder");
    WitnessSeat private atVault;
    WitnessSeat private atLedger;

    function setUp() public {
        atVault = new WitnessSeat{salt: 0}(builder, "at vault");
        atLedger = new WitnessSeat{salt: 0}(builder, "at ledger");
    }

    function test_two_ends_are_built_that_name_each_other() public {
        address[2] memory seats = [atVault.seatOf(), atLedger.seatOf()];
        vm.startPrank(builder);
        vm.expectEmit(address(atVault));
        emit WitnessSeat.Built(seats[0]);
        assertEq(atVault.build(_creation(seats[1])), seats[0]);
        assertEq(atLedger.build(_creation(seats[0])), seats[1]);
        assertEq(WormholeWitness(seats[0]).peer(), bytes32(uint256(uint160(seats[1]))));
        assertEq(WormholeWitness(seats[1]).peer(), bytes32(uint256(uint160(seats[0]))));
    }

    function test_only_the_builder_builds_and_only_once() public {
        address seat = atVault.seatOf();
        bytes memory creation = _creation(atLedger.seatOf());
        vm.expectRevert(abi.encodeWithSelector(WitnessSeat.NotBuilder.selector, address(this), builder));
        atVault.build(creation);
        vm.startPrank(builder);
        bytes memory refused = _creation(address(0));
        vm.expectRevert(abi.encodeWithSelector(HeadBook.AddressMissing.selector, bytes32("peer")));
        atVault.build(refused);
        assertEq(atVault.build(creation), seat, "a build that failed takes no place");
        vm.expectRevert(abi.encodeWithSelector(WitnessSeat.SeatTaken.selector, seat));
        atVault.build(creation);
    }

    function _creation(address peer) private view returns (bytes memory) {
        bytes memory code = vm.getCode("WormholeWitness.sol:WormholeWitness");
        return bytes.concat(code, abi.encode(WormholeInit(JOURNAL, 0, CORE, 30, peer)));
    }
}

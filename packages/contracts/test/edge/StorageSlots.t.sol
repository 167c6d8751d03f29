// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {stdJson} from "forge-std/StdJson.sol";
import {Test} from "forge-std/Test.sol";
import {JournalLib} from "../../solidity/edge/JournalLib.sol";
import {ReplicaLib} from "../../solidity/edge/ReplicaLib.sol";
import {RewindLib} from "../../solidity/edge/RewindLib.sol";

/// @notice The slots that storage proofs name, against the vectors that the TypeScript side reads too.
contract StorageSlotsTest is Test {
    using stdJson for string;

    string private json;

    function setUp() public {
        json = vm.readFile("vectors/slots.json");
    }

    function test_namespaces_have_the_roots_of_the_vectors() public view {
        assertEq(JournalLib.NAMESPACE, json.readBytes32(".namespaces['surety.journal']"));
        assertEq(ReplicaLib.NAMESPACE, json.readBytes32(".namespaces['surety.replica']"));
        assertEq(RewindLib.NAMESPACE, json.readBytes32(".namespaces['surety.rewind']"));
    }

    function test_every_edge_has_the_slots_of_the_vectors() public view {
        uint256 count = 0;
        for (; json.keyExists(_at(count, ".edge")); ++count) {
            bytes32 edge = json.readBytes32(_at(count, ".edge"));
            assertEq(JournalLib.slotOf(edge), json.readBytes32(_at(count, ".journal.head")));
            assertEq(_after(JournalLib.slotOf(edge), 1), json.readBytes32(_at(count, ".journal.count")));
            assertEq(ReplicaLib.slotOf(edge), json.readBytes32(_at(count, ".replica.head")));
            assertEq(_after(ReplicaLib.slotOf(edge), 2), json.readBytes32(_at(count, ".replica.anchor")));
            assertEq(RewindLib.slotOf(edge), json.readBytes32(_at(count, ".rewind.name")));
            assertEq(_after(RewindLib.slotOf(edge), 1), json.readBytes32(_at(count, ".rewind.next")));
        }
        assertGt(count, 0, "the vector file has no cases");
    }

    function _at(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(index), "]", field);
    }

    function _after(bytes32 slot, uint256 offset) private pure returns (bytes32) {
        unchecked {
            return bytes32(uint256(slot) + offset);
        }
    }
}

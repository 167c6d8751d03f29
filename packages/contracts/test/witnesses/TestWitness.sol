// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../../solidity/interfaces/IHeadWitness.sol";

/// @notice A witness that records what a test tells it, and fails when told to.
contract TestWitness is IHeadWitness {
    mapping(bytes32 edge => mapping(uint64 count => bytes32)) private _heads;
    bool public failing;
    uint64 private _count;
    bytes32 private _head;

    function record(bytes32 edge, uint64 count, bytes32 head) external {
        _heads[edge][count] = head;
        (_count, _head) = (count, head);
    }

    function setFailing(bool on) external {
        failing = on;
    }

    function publish(bytes32) external payable {}

    function quotePublish(bytes32) external pure returns (uint256) {
        return 0;
    }

    function headAt(bytes32 edge, uint64 count) external view returns (bytes32) {
        if (failing) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        return _heads[edge][count];
    }

    function latest(bytes32) external view returns (uint64, bytes32, uint40) {
        return (_count, _head, 0);
    }

    function kind() external pure virtual returns (bytes32) {
        return "layerzero";
    }

    function finality() external pure returns (bytes32) {
        return "test";
    }
}

/// @notice A witness whose word alone puts a source into quarantine.
contract TestProofWitness is TestWitness {
    function kind() external pure override returns (bytes32) {
        return "state-proof";
    }
}

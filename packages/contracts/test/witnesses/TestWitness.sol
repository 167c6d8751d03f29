// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHeadWitness} from "../../solidity/interfaces/IHeadWitness.sol";

/// @notice A witness that records what a test tells it, and answers in every way that a hostile one could.
contract TestWitness is IHeadWitness {
    /// @notice How it answers.
    enum Manner {
        HONEST,
        REVERTS,
        BURNS_GAS,
        ANSWERS_NOTHING,
        ANSWERS_A_BOMB
    }

    mapping(bytes32 edge => mapping(uint64 count => bytes32)) private _heads;
    Manner public manner;

    /// @notice Records a head.
    function record(bytes32 edge, uint64 count, bytes32 head) external {
        _heads[edge][count] = head;
        emit HeadRecorded(edge, count, head);
    }

    /// @notice Changes how it answers.
    function behave(Manner manner_) external {
        manner = manner_;
    }

    /// @inheritdoc IHeadWitness
    function headAt(bytes32 edge, uint64 count) external view returns (bytes32) {
        if (manner == Manner.REVERTS) revert("no answer");
        if (manner == Manner.BURNS_GAS) while (true) {}
        if (manner == Manner.ANSWERS_NOTHING) {
            assembly {
                return(0, 0)
            }
        }
        if (manner == Manner.ANSWERS_A_BOMB) {
            assembly {
                return(0, 1000000)
            }
        }
        return _heads[edge][count];
    }

    /// @inheritdoc IHeadWitness
    function publish(bytes32) external payable {}

    /// @inheritdoc IHeadWitness
    function quotePublish(bytes32) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IHeadWitness
    function latest(bytes32) external pure returns (uint64, bytes32, uint40) {
        return (0, 0, 0);
    }

    /// @inheritdoc IHeadWitness
    function kind() external pure virtual returns (bytes32) {
        return "layerzero";
    }

    /// @inheritdoc IHeadWitness
    function finality() external pure returns (bytes32) {
        return "at once";
    }
}

/// @notice A witness whose word alone puts a source into quarantine.
contract TestProofWitness is TestWitness {
    function kind() external pure override returns (bytes32) {
        return "state-proof";
    }
}

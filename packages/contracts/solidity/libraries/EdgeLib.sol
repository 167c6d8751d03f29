// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Names of edges
/// @notice An edge is one journal and its one reader; its name is the journal's first head.
library EdgeLib {
    /// @notice First word of every edge's preimage.
    bytes32 internal constant EDGE_TAG = keccak256("surety.edge.v1");

    /// @notice Gives the edge's name, which is head[0] of its journal.
    /// @param originChainId chain of the journal's contract
    /// @param journal contract that appends
    /// @param destinationChainId chain of the replica's contract
    /// @param replica contract that replays
    /// @param generation 0 at first; one more each time the edge is opened again
    /// @param previousHead head at which the generation before was closed, 0 for generation 0
    function nameOf(
        uint256 originChainId,
        address journal,
        uint256 destinationChainId,
        address replica,
        uint32 generation,
        bytes32 previousHead
    ) internal pure returns (bytes32 edge) {
        return
            keccak256(
                abi.encode(EDGE_TAG, originChainId, journal, destinationChainId, replica, generation, previousHead)
            );
    }

    /// @notice Gives the protocol-wide number of the n-th entry of a generation: generation · 2^64 + n.
    /// @param generation 0 at first; one more each time the edge is opened again
    /// @param n number of the entry in its generation, from 1
    function sequenceOf(uint32 generation, uint64 n) internal pure returns (uint96 seq) {
        return (uint96(generation) << 64) | n;
    }
}

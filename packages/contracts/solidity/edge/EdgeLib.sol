// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Names of edges
/// @notice An edge is one journal and its one reader. Its first name is always its journal's first head. Each rewind
///         gives the reader a new name.
library EdgeLib {
    /// @notice First word of every edge's preimage.
    bytes32 internal constant EDGE_TAG = keccak256("surety.edge.v1");

    /// @notice Returns a name of the edge: with generation 0 and head 0 its first one, which is head[0] of its journal.
    /// @param originChainId chain of the journal's contract
    /// @param journal contract that appends
    /// @param destinationChainId chain of the replica's contract
    /// @param replica contract that replays
    /// @param generation how often the replica was rewound
    /// @param previousHead head to which it was rewound last, 0 for generation 0
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
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Replica} from "../edge/ReplicaLib.sol";

/// @notice A count that a witness had recorded when no statement had carried the replica to it.
/// @param count number of entries; noted until statements carry the replica there
/// @param since block time in seconds at which anyone showed it
struct Ahead {
    uint64 count;
    uint40 since;
}

/// @notice The exit as it lies in storage.
/// @param announcedAt block time in seconds of the announcement, 0 for none
/// @param provenAt block time in seconds of the last proof under this announcement, 0 before
/// @param openedAt block time in seconds from which claims are open, 0 before
/// @param applied entries of this vault's journal that the ledger had applied in the proven block
/// @param count the ledger's journal in the proven block
/// @param claims how many were taken
/// @param heard count to which statements had carried the replica when the exit began to replay from it
/// @param replayed count to which the exit then replayed; while the replica stands there, no statement has carried it on
/// @param storageRoot of the ledger in the proven block
/// @param anchor hash of the proven block; before the proof that of the replica's anchor when the exit was announced
/// @param marks where the journals of the exit were gone through: edge → count → head for this vault's own, the ledger's
///        storage root in place of the edge for the ledger's, so that another proof trusts none of them
/// @param vaultAssets ledger-wide index → index at this vault, once shown
/// @param claimed what was claimed → token units
/// @param claimants number of a claim's payment → who made the claim
/// @param ahead slot of a witness → what it showed past the replica
struct Exit {
    uint40 announcedAt;
    uint40 provenAt;
    uint40 openedAt;
    uint64 applied;
    uint64 count;
    // slot 1
    uint64 claims;
    uint64 heard;
    uint64 replayed;
    // slot 2
    bytes32 storageRoot;
    // slot 3
    bytes32 anchor;
    mapping(bytes32 book => mapping(uint64 count => bytes32 head)) marks;
    mapping(uint16 assetId => uint16 asset) vaultAssets;
    mapping(bytes32 leaf => uint256 units) claimed;
    mapping(uint96 seq => address claimant) claimants;
    mapping(uint8 witness => Ahead) ahead;
}

/// @title The storage of the exit
/// @dev In a namespace of its own, so that it is apart from what the vault keeps day by day.
library ExitStorage {
    /// @notice ERC-7201 root of the namespace "surety.exit".
    /// @dev keccak256(abi.encode(uint256(keccak256("surety.exit")) - 1)) & ~bytes32(uint256(0xff)); tested.
    bytes32 internal constant NAMESPACE = 0xc4468c1577730dfd16fc8d690f79e46bc3c6598b645d04fcbd6c273ca2790800;

    /// @notice Returns the storage of the exit.
    function locate() internal pure returns (Exit storage exit) {
        bytes32 slot = NAMESPACE;
        assembly ("memory-safe") {
            exit.slot := slot
        }
    }

    /// @notice Returns the count to which statements, or a rewind's point, carried the replica. What the exit itself
    ///         replays is no word of attesters: a way of several parts would end what it stands by, and anyone could end it by a
    ///         part.
    /// @dev Safety: statements carry a replica on alone, so it comes to `replayed` a second time by a rewind alone, which forgets both.
    /// @param exit of the vault
    /// @param replica of the ledger's journal
    function heardOf(Exit storage exit, Replica storage replica) internal view returns (uint64 count) {
        count = replica.count;
        if (count == exit.replayed) return exit.heard;
    }
}

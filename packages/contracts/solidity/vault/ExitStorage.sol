// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Replica} from "../edge/ReplicaLib.sol";

/// @notice A count that a witness recorded before statements had carried the replica to it.
/// @param count number of entries; on record until statements carry the replica to it
/// @param since block time in seconds at which `noteAhead` recorded it
struct Ahead {
    uint64 count;
    uint40 since;
}

/// @notice The exit in storage.
/// @param announcedAt block time in seconds of the announcement, 0 for none
/// @param provenAt block time in seconds of the last proof under this announcement, 0 if there is none
/// @param openedAt block time in seconds from which claims are open, 0 before
/// @param applied entries of this vault's journal that the ledger had applied in the proven block
/// @param count of the ledger's journal in the proven block
/// @param claims number of claims taken
/// @param heard count to which statements had carried the replica when the exit began its replay
/// @param replayed count to which the exit then replayed; no statement has carried the replica further while it stands
///        there
/// @param storageRoot of the ledger in the proven block
/// @param anchor hash of the proven block; before a proof, the replica's anchor when the exit was announced
/// @param marks heads of the exit's journals: edge → count → head for this vault's own; for the ledger's, its storage
///        root in place of the edge, so that another proof trusts none of them
/// @param vaultAssets ledger-wide index → index at this vault, once proven
/// @param claimed claimed item → token units
/// @param claimants number of a claim's payment → its claimant
/// @param ahead slot of a witness → the count that it showed beyond the replica
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
/// @dev In a namespace of its own, apart from the vault's other storage.
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

    /// @notice Returns the count to which statements, or a rewind's point, carried the replica. Entries that the exit
    ///         itself replayed do not count: otherwise replaying a first part would end the announcement, and anyone
    ///         could do that.
    /// @dev Safety: statements only carry a replica forward. So it can reach `replayed` a second time only after a
    ///      rewind, which clears both fields.
    /// @param exit of the vault
    /// @param replica of the ledger's journal
    function heardOf(Exit storage exit, Replica storage replica) internal view returns (uint64 count) {
        count = replica.count;
        if (count == exit.replayed) return exit.heard;
    }
}

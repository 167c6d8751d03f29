// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A count that a witness had recorded when the replica stood below it.
/// @param count number of entries; noted until the replica reaches it
/// @param since block time in seconds at which anyone showed it
struct Ahead {
    uint64 count;
    uint40 since;
}

/// @notice The exit as it lies in storage.
/// @param announcedAt block time in seconds of the announcement, 0 for none
/// @param provenAt block time in seconds of the last proof under this announcement, 0 before
/// @param openedAt block time in seconds from which claims are taken, 0 before
/// @param applied entries of this vault's journal that the ledger had applied in the proven block
/// @param count the ledger's journal in the proven block
/// @param claims how many were taken
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

    /// @notice Gives the storage of the exit.
    function locate() internal pure returns (Exit storage exit) {
        bytes32 slot = NAMESPACE;
        assembly ("memory-safe") {
            exit.slot := slot
        }
    }
}

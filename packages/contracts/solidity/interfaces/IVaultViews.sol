// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../edge/ReplicaLib.sol";
import {ExitStatus} from "./IVaultExit.sol";
import {LockRefusal, PauseWindow, Payment, VaultAsset} from "./VaultTypes.sol";

/// @title What a vault tells of its tokens, its payments, its replica, and of what it was built with
/// @notice Answers at the vault's own address.
interface IVaultViews {
    /// @notice Gives a token's limits in token units, the minimum rounded up, the others down.
    /// @dev A cap above 2^104 − 1 units is shown as that.
    /// @param asset index of the token, from 1
    /// @return minUnits smallest lock
    /// @return capUnits most that may be accounted
    /// @return limitUnits payments per day
    function limits(uint16 asset) external view returns (uint256 minUnits, uint256 capUnits, uint256 limitUnits);

    /// @notice Gives the pauses of a token.
    /// @param asset index of the token, from 1
    function pauseOf(uint16 asset) external view returns (PauseWindow memory);

    /// @notice Gives everything the vault keeps about a token.
    /// @param asset index of the token, from 1
    function assetOf(uint16 asset) external view returns (VaultAsset memory);

    /// @notice Says whether a lock would be refused now, and how much there is room for.
    /// @dev Assumes that the token delivers what is asked for; flags and fee are not judged.
    /// @param asset index of the token, from 1
    /// @param amount token units that would be taken
    /// @param account who would be credited
    /// @return refusal the first reason found, NONE if there is none
    /// @return minUnits smallest lock in token units
    /// @return roomUnits largest lock in token units, 0 for an unknown asset
    function quoteLock(
        uint16 asset,
        uint128 amount,
        bytes32 account
    ) external view returns (LockRefusal refusal, uint256 minUnits, uint256 roomUnits);

    /// @notice Gives the smallest fee that a lock must carry, in token units, rounded up.
    /// @param asset index of the token, from 1
    function lockFeeOf(uint16 asset) external view returns (uint256);

    /// @notice Gives the number of tokens listed; indexes run from 1 to it.
    function assetCount() external view returns (uint16);

    /// @notice Gives the chain of the ledger.
    function settlementChainId() external view returns (uint256);

    /// @notice Gives the ledger's address on the settlement chain.
    function ledger() external view returns (address);

    /// @notice Gives the vault's index at the ledger.
    function source() external view returns (uint16);

    /// @notice Gives the verifier of the ledger's statements.
    function attesterSet() external view returns (address);

    /// @notice Gives who lists, limits and lifts.
    function governor() external view returns (address);

    /// @notice Gives who may stop payments.
    function guardian() external view returns (address);

    /// @notice Gives who may pause.
    function pauser() external view returns (address);

    /// @notice Says whether this is the vault of a development chain.
    function development() external view returns (bool);

    /// @notice Gives a replayed release; all fields are 0 if none was replayed under the number.
    /// @param seq number of the release
    function payment(uint96 seq) external view returns (Payment memory);

    /// @notice Gives the first time in seconds at which the last quarantine has lapsed, 0 if there was none; the largest time while a rewind
    ///         runs, which keeps the one that it interrupted.
    function quarantinedUntil() external view returns (uint40);

    /// @notice Gives the head stored at a mark since the replica was rewound last, 0 if none.
    /// @param count number of entries
    function markOf(uint64 count) external view returns (bytes32 head);

    /// @notice Gives how far the vault has replayed the ledger's journal; times in seconds.
    /// @return edge name of the inbound edge
    /// @return count entries applied
    /// @return head head after them
    /// @return asOf origin block time of the newest statement
    /// @return acceptedAt own block time when that was taken
    /// @return state as it is now: a quarantine that has lapsed is LIVE
    function replicaState()
        external
        view
        returns (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, uint40 acceptedAt, SourceState state);

    /// @notice Gives the token units locked and not paid.
    /// @param asset index of the token, from 1
    function accounted(uint16 asset) external view returns (uint256);

    /// @notice Gives the token units of releases that were replayed and not paid.
    /// @param asset index of the token, from 1
    function owed(uint16 asset) external view returns (uint256);

    /// @notice Gives the index of a token, 0 if it is not listed.
    /// @param token ERC-20 contract
    function indexOf(address token) external view returns (uint16);

    /// @notice Gives the name of the edge to the ledger: where this vault's journal lies, for ever.
    function outboundEdge() external view returns (bytes32);

    /// @notice Gives the name that statements about the ledger's journal carry now; another after each rewind (`IVaultRewind`).
    function inboundEdge() external view returns (bytes32);

    /// @notice Gives the vault that takes this one's place, 0 for none.
    function successor() external view returns (address);

    /// @notice Says where the exit stands.
    function exitStatus() external view returns (ExitStatus memory);

    /// @notice Says how many token units of a line, parked credit, entry or stopped payment were claimed.
    /// @param leaf keccak256(abi.encode(1, account, assetId)) for a line, keccak256(abi.encode(2, index)) for a parked
    ///        credit, keccak256(abi.encode(3, edge, index)) for an entry of this vault's journal, keccak256(abi.encode(4, which))
    ///        for a stopped payment; for a protocol's share keccak256(abi.encode(leaf, index of the protocol))
    function claimedOf(bytes32 leaf) external view returns (uint256);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment} from "./VaultTypes.sol";
import {JournalHead} from "../libraries/Statements.sol";

/// @notice Tokens that an owner lets Permit2 hand over; the tuple of Permit2's own `PermitTransferFrom`.
/// @param token ERC-20 contract
/// @param amount token units
/// @param nonce unordered nonce of Permit2
/// @param deadline time in seconds
struct PermitTransferFrom {
    address token;
    uint256 amount;
    uint256 nonce;
    uint256 deadline;
}

/// @notice What an owner signs beside a permit, so that nobody can redirect the lock.
/// @dev The fields are those of `ICollateralVault.lock`.
struct PermitLock {
    uint16 asset;
    bytes32 account;
    bytes32 memo;
    uint96 fee;
    uint8 flags;
}

/// @title What later releases add to the vault
/// @dev Nothing inherits this yet. Signatures are fixed here so that later code adds and does not move; the events are in
///      `ICollateralVault`, the storage in `VaultBase`.
interface ICollateralVaultLater {
    /// @notice Locks tokens that the owner permitted and bound to an account by signature.
    /// @param permit what the owner permits, in Permit2's own form
    /// @param bound what the owner bound the permit to
    /// @param owner who signed
    /// @param sig the owner's signature
    function lockWithPermit2(
        PermitTransferFrom calldata permit,
        PermitLock calldata bound,
        address owner,
        bytes calldata sig
    ) external returns (uint128 received);

    /// @notice Lets an operator of the settlement chain act for the caller's sub-account.
    /// @param sub number of the caller's sub-account
    /// @param operator address on the settlement chain, 0 for none
    function appoint(uint80 sub, address operator) external;

    /// @notice Records that the vault holds less of a token than is accounted, or that it no longer does.
    /// @param asset index of the token, from 1
    function report(uint16 asset) external;

    /// @notice Replays entries of the ledger's journal: each release becomes a payment with a date.
    /// @param from count at which the entries begin, at or below the replica's
    /// @param entries packed entries
    /// @param marks counts at which the running head is stored, at most 4
    /// @param statement what attesters sign
    /// @param sigs signatures as `IAttesterSet.verify` takes them
    /// @param feeTo account that earns the fees
    function applyReleases(
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs,
        bytes32 feeTo
    ) external;

    /// @notice Executes a payment that is ready; its fee goes to `feeTo`.
    /// @param seq sequence number of the release: generation · 2^64 + n
    /// @param entry the packed entry that was replayed
    /// @param feeTo account that earns the fee
    function pay(uint96 seq, bytes calldata entry, bytes32 feeTo) external;

    /// @notice Executes a payment whose transfer failed before. [recipient]
    /// @param seq sequence number of the release: generation · 2^64 + n
    /// @param entry the packed entry that was replayed
    function claim(uint96 seq, bytes calldata entry) external;

    /// @notice Stops a payment and appends its refund. [guardian]
    /// @param seq sequence number of the release: generation · 2^64 + n
    /// @param reason why, kept in the event
    function stop(uint96 seq, bytes32 reason) external;

    /// @notice Compares a stored mark with what a witness recorded.
    /// @param witness number of the witness
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Takes a newer statement that equals the replica's own count and head.
    /// @param statement what attesters sign
    /// @param sigs signatures as `IAttesterSet.verify` takes them
    function refresh(JournalHead calldata statement, bytes calldata sigs) external;

    /// @notice Announces the exit of a vault that accepted no statement for 30 days.
    function announceExit() external;

    /// @notice Replays the rest of the ledger's journal, proven in the anchor block, and opens the exit.
    /// @param header RLP of the block header
    /// @param proofs account and storage proofs
    /// @param entries packed entries
    function openExit(bytes calldata header, bytes[] calldata proofs, bytes calldata entries) external;

    /// @notice Pays one line of the caller's account by proof in the anchor block.
    /// @param header RLP of the block header
    /// @param accountProof proof of the ledger's account
    /// @param lineProof proof of the line
    /// @param recipient who is paid
    function claimExit(
        bytes calldata header,
        bytes[] calldata accountProof,
        bytes[] calldata lineProof,
        address recipient
    ) external;

    /// @notice Gives a replayed release.
    /// @param seq sequence number of the release: generation · 2^64 + n
    function payment(uint96 seq) external view returns (Payment memory);
}

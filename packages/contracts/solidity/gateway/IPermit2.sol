// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title The part of Permit2 that the gateway calls
/// @notice Permit2's `ISignatureTransfer`, as far as one transfer with a witness needs it.
interface IPermit2 {
    /// @notice A token and the largest amount that a permit allows.
    /// @param token ERC-20 contract
    /// @param amount token units
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice The message that an owner signs.
    /// @param permitted token and amount
    /// @param nonce unordered, used once
    /// @param deadline last block time in seconds
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice The transfer that the spender requests.
    /// @param to receives the tokens
    /// @param requestedAmount token units, at most what is permitted
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves tokens of an owner who signed the permit for the caller, together with a witness.
    /// @param permit what the owner signed
    /// @param transferDetails the requested transfer
    /// @param owner signed the permit
    /// @param witness EIP-712 struct hash of the other signed fields
    /// @param witnessTypeString the end of the signed type, from the witness on
    /// @param signature the owner's
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}

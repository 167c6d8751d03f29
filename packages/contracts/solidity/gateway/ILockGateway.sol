// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice Tokens that an owner permits to move through Permit2; the words of Permit2's own `PermitTransferFrom`, in
///         its order.
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

/// @notice The message that an owner signs with a permit, so that the lock cannot be redirected.
/// @dev The other fields are those of `IVaultCore.lock`.
/// @param vault that locks the tokens
struct PermitLock {
    address vault;
    uint16 asset;
    bytes32 account;
    bytes32 memo;
    uint96 fee;
    uint8 flags;
}

/// @title The gateway of one chain: locks of the native coin and of Permit2 transfers
/// @notice Turns the native coin or a permit into tokens, and locks them at a vault that the payer names.
/// @dev It has no storage and keeps no balance and no allowance between calls. What a vault did not take goes back to
///      the payer, as the token. A vault sees the gateway as the payer. So contracts that lock for themselves must
///      confirm to the gateway what they would confirm to a vault. The payer must trust the vault that it names:
///      another contract could keep the tokens.
///      WARNING: tokens sent to the gateway without a lock belong to nobody and cannot be taken out. If a token keeps a
///      part of each transfer, it keeps two parts, since the tokens move twice.
interface ILockGateway {
    /// @notice The vault does not list the wrapped native coin, or the chain has none.
    error NativeNotListed(address vault, address wrappedNative);
    /// @notice The permit is for another token than the vault's asset.
    error PermitTokenMismatch(address permitted, uint16 asset);

    /// @notice Wraps the value sent and locks it for an account, as `IVaultCore.lock` does.
    /// @param vault that locks the tokens
    /// @param account account credited on the settlement chain
    /// @param memo kept in the entry, 0 if none
    /// @param fee token units of the received amount, for the relayer that applies the entry
    /// @param flags as for `lock`
    /// @return received token units that were credited to the vault's journal
    function lockNative(
        address vault,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external payable returns (uint128 received);

    /// @notice Locks tokens that their owner permitted through Permit2 and bound to a lock by the same signature.
    /// @dev Open to anyone who holds the signature. It names this gateway as the only spender, the token, the amount
    ///      and, as its witness, the vault and every field of the lock. So nothing of it can be changed, and its nonce
    ///      is used once.
    ///      The signed type is Permit2's `PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256
    ///      nonce,
    ///      uint256 deadline,Lock witness)Lock(address vault,uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8
    ///      flags)
    ///      TokenPermissions(address token,uint256 amount)`, without line breaks. Permit2 is the contract at
    ///      0x000000000022D473030F116dDEE9F6B43aC78BA3. On a chain without it, the call reverts.
    /// @param permit what the owner permits; the whole amount is taken
    /// @param bound the lock to which the owner bound the permit
    /// @param owner signs and pays
    /// @param sig the owner's signature, as Permit2 accepts it
    /// @return received token units that were credited to the vault's journal
    function lockWithPermit2(
        PermitTransferFrom calldata permit,
        PermitLock calldata bound,
        address owner,
        bytes calldata sig
    ) external returns (uint128 received);

    /// @notice Returns the token that wraps the native coin, 0 if there is none.
    function wrappedNative() external view returns (address);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @title Lock and credit, release and payment, each in one transaction on the settlement chain
/// @notice Carries entries between a ledger and the vault beside it, which need no attester. Anyone may use it; it has
///         no right and no owner, and holds nothing between two calls.
/// @dev `entries` and `pending` are packed entries of the journal that nobody carried over yet, from the count `from`
///      on. `from` may be below the replica's count: what it has already is skipped. A call reverts whole if an entry
///      was appended that the caller did not know of.
interface ILocalDesk {
    /// @notice A release that its owner signed for anyone to submit, see `ILedgerAccounts.requestReleaseBySig`.
    /// @param account owner ‖ home ‖ sub-account
    /// @param assetId index at the ledger
    /// @param vaultAsset the same asset's index at the vault
    /// @param amount token units
    /// @param recipient address on this chain, left-padded
    /// @param fee part of the amount for who pays it out
    /// @param nonce as signed
    /// @param deadline as signed, block time in seconds
    struct SignedRelease {
        bytes32 account;
        uint16 assetId;
        uint16 vaultAsset;
        uint128 amount;
        bytes32 recipient;
        uint96 fee;
        uint256 nonce;
        uint40 deadline;
    }

    /// @notice The vault is not the ledger's vault of this chain.
    error VaultNotLocal(address vault, bytes32 edge, bytes32 expected);
    /// @notice Nothing is known at the count that the entries reach: it is neither the tip nor kept by `keepHead`.
    error EntriesEndBelowTip(uint64 end, uint64 tip);

    /// @notice Locks tokens of the caller for an account and credits them at once.
    /// @dev The caller approves this contract for `amount` first. The credit counts for maintenance at once and for
    ///      initial margin from the next second, unless a limit of the asset parks it.
    /// @param token to lock; the vault lists it
    /// @param amount token units
    /// @param account owner ‖ home 0 ‖ sub-account
    /// @param from count before the first of `pending`
    /// @param pending entries of the vault's journal before this lock
    /// @return received token units locked; less than `amount` for a token that takes a fee
    function lockAndCredit(
        address token,
        uint128 amount,
        bytes32 account,
        uint64 from,
        bytes calldata pending
    ) external returns (uint128 received);

    /// @notice Credits locks that were made at the vault itself.
    /// @param from count before the first entry
    /// @param entries of the vault's journal, up to its tip or to a count kept by `keepHead`
    /// @param feeTo account that the locks' fees are credited to; needs an owner and home 0
    function credit(uint64 from, bytes calldata entries, bytes32 feeTo) external;

    /// @notice Submits a signed release and pays it out if it is due now.
    /// @dev It is due at once up to what the vault's small lane has left; above that it is queued as on any vault. The
    ///      caller earns its fee if it is paid here.
    /// @param order what the owner signed
    /// @param sig its signature
    /// @param from count before the first of `pending`
    /// @param pending entries of the ledger's journal before this release
    /// @return paid whether it was paid
    function releaseAndPay(
        SignedRelease calldata order,
        bytes calldata sig,
        uint64 from,
        bytes calldata pending
    ) external returns (bool paid);

    /// @notice Queues payments for releases that were requested at the ledger itself. Anyone pays them when due.
    /// @param from count before the first entry
    /// @param entries of the ledger's journal, up to its tip or to a count kept by `keepHead`
    function deliver(uint64 from, bytes calldata entries) external;
}

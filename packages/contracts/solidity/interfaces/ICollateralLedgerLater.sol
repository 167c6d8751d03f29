// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The ledger's acts that later steps build
/// @notice Fixes names and signatures; nothing inherits it, and no contract answers to it yet.
interface ICollateralLedgerLater {
    /// @notice One side of an exchange of lines.
    /// @param account gives `giveAmount` of `giveAsset` and takes `takeAmount` of `takeAsset`
    /// @param nonce unordered, used once
    /// @param deadline last block time in seconds
    struct SwapIntent {
        bytes32 account;
        uint16 giveAsset;
        uint128 giveAmount;
        uint16 takeAsset;
        uint128 takeAmount;
        uint256 nonce;
        uint40 deadline;
        bytes sig;
    }

    /// @notice A protocol was paid from an account.
    event Claimed(bytes32 indexed account, address indexed protocol, uint256 paid, uint256 owed);

    /// @notice Exchanges lines of two consenting accounts.
    function swap(SwapIntent calldata a, SwapIntent calldata b) external;

    /// @notice Pays the calling protocol from the account.
    function claim(bytes32 account, uint256 amountWad, bytes32 to) external;

    /// @notice Marks a source contested.
    function contest(uint16 source, uint40 until) external;

    /// @notice Gives the sums of one asset that conservation compares.
    function solvencyOf(
        uint16 assetId
    ) external view returns (uint256 lines, uint256 parked, uint256 debited, uint256 feesOwed);

    /// @notice Gives what a release would cost and when it could be paid.
    function quoteRelease(
        bytes32 account,
        uint16 assetId,
        uint128 amount
    ) external view returns (uint96 fee, bytes32 limiter, uint40 readyAt, uint128 missing);

    /// @notice Gives where an item stands, why, and who may act next.
    function explain(bytes32 id) external view returns (bytes32 stage, bytes32 reason, bytes32 nextAct, uint40 eta);
}

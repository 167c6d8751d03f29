// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LineWords} from "./IRiskManager.sol";

/// @title What an account has and what is required of it
/// @dev Answers at the ledger's own address.
///
///      Margin (I5): an act that takes enabled value away must leave A_I ≥ Q_I, where Q_I = Σ initial requirements of the
///      account's protocols, saturating at 2^256 − 1. An account that requires nothing needs nothing: the risk manager is
///      not even asked. Each protocol is read with `staticcall`, 3,900,000 gas (150,000 at its own gate, see
///      `IMarginRequirement`) and an answer of exactly 128 bytes; one that reverts, answers another size, or names a figure
///      above 2^128 − 1 (a nonce above 2^64 − 1) fails: initial is then 2^256 − 1 and maintenance the larger of what its last
///      gate recorded and what `ILedgerProtocols.observe` stored
///      since. An initial figure below the maintenance figure counts as the latter.
///      Whoever calls with too little gas for a whole callback is refused with `GasTooLow`, so that nobody can make a protocol
///      fail by starving it.
interface ILedgerMargin {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The initial margin would be missing: assets below requirement, both WAD.
    error MarginTooLow(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice A protocol of the account does not say what it requires, so its requirement is infinite.
    error RequirementUnknown(bytes32 account, address protocol);
    /// @notice The risk manager does not say what the lines are worth.
    error MarginUnknown(bytes32 account);

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Gives an account's weighted assets A and requirement Q at three grades, WAD (1e18).
    /// @dev Never reverts, but for `GasTooLow` when called with too little gas: 400,000 for the risk manager, 4,000,000 for each
    ///      protocol, of which an honest one spends a small part. A is `IRiskManager`'s sum over enabled lines. Q is the sum over
    ///      the protocols that the account opted in to (`ILedgerProtocols`), grade E as M; a protocol that fails makes qI 2^256 − 1 and
    ///      counts in qE and qM the larger of what its last gate recorded and what `ILedgerProtocols.observe` stored since. With
    ///      `status & 32 != 0` the risk manager did not answer, or never accepted a price of a line that counts: aI, aE and aM are
    ///      0 and mean nothing, and gates and seizures are refused (`MarginUnknown`). Whoever takes risk requires
    ///      `status & 32 == 0`; may take risk ⇔ aI ≥ qI; liquidatable ⇔ qM > aM and `status & 32 == 0`.
    /// @return aI initial assets
    /// @return qI initial requirement
    /// @return aE exit-liquidation assets
    /// @return qE exit-liquidation requirement
    /// @return aM maintenance assets
    /// @return qM maintenance requirement
    /// @return status bits of `IRiskManager`, 0 when every line counts in full
    /// @return oldestAsOf lowest `asOf` of the sources of lines that count and hold something; the block time if none does
    function marginOf(
        bytes32 account
    )
        external
        view
        returns (
            uint256 aI,
            uint256 qI,
            uint256 aE,
            uint256 qE,
            uint256 aM,
            uint256 qM,
            uint256 status,
            uint256 oldestAsOf
        );

    /// @notice Gives the assets of the account's enabled lines, in no fixed order.
    function linesOf(bytes32 account) external view returns (uint16[] memory assetIds);

    /// @notice Gives the words that the risk manager weighs, in the order of `linesOf`.
    function lineWordsOf(bytes32 account) external view returns (uint16[] memory assetIds, LineWords[] memory words);
}

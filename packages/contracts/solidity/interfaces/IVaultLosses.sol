// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReleaseRefusal} from "./VaultTypes.sol";

/// @title What a vault lacks: reports of a token's coverage, and losses that the ledger tells of
/// @dev Answers at the vault's own address; other errors and events are those of `ICollateralVault`. Safety: no token moves. Reporting and
///      taking over are open to anyone.
interface IVaultLosses {
    /// @notice The ledger tells of units on its lines for which nothing was ever locked, or which were backed after all.
    /// @param seq number of the LOST entry
    /// @param asset index of the token, from 1
    /// @param amount units
    /// @param found whether they are backed after all
    /// @param readyAt time in seconds from which anyone may have it taken over
    /// @param opensAt time in seconds from which it is taken over without a confirmation, 0 if it needs none
    event LossQueued(
        uint96 indexed seq,
        uint16 indexed asset,
        uint128 amount,
        bool found,
        uint40 readyAt,
        uint40 opensAt
    );
    /// @notice The vault accounts for as many more units, which have no tokens, or for fewer. Before `Shortfall`.
    /// @param seq number of the LOST entry
    /// @param asset index of the token, from 1
    /// @param units at most the entry's amount
    /// @param found whether it accounts for fewer
    event LossTaken(uint96 indexed seq, uint16 indexed asset, uint256 units, bool found);

    /// @notice Records which part of the accounted units of a token the vault holds tokens for, its coverage.
    /// @dev Appends SHORTFALL with the units that have none, and those that are accounted. While a shortage is on record nothing of
    ///      the asset is locked; while tokens are missing, payments wait for seven days from the first report on, then each is paid
    ///      its share of what is there. A report that nothing is missing ends the shortage. One that finds no less than the last
    ///      report, and does not end a shortage, is refused for a day (`ReportTooSoon`).
    /// @param asset index of the token, from 1
    function report(uint16 asset) external;

    /// @notice Takes over a loss that the ledger told of, or gives one up that was none: as many more, or fewer, units are accounted, so
    ///         that all units of the asset share it. Reports the coverage that results, as the answer to the entry. Anyone may.
    /// @dev A day after its replay and once it is confirmed, or seven days after it as a payment above the fast limit. The guardian may
    ///      stop it as any payment; the vault then reports without it.
    /// @param seq number of the entry
    /// @param packed the packed entry
    function takeLoss(uint96 seq, bytes calldata packed) external;

    /// @notice Takes note of a loss that is replayed. [the vault itself]
    /// @param seq number of the entry
    /// @param packed the packed entry
    /// @return refusal why it has no effect, NONE if it has
    function replayLost(uint96 seq, bytes calldata packed) external returns (ReleaseRefusal refusal);
}

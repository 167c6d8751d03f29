// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IMarginRequirement} from "./IMarginRequirement.sol";

/// @notice The burden that moves in one bid, or is lost in a write-off.
/// @param from account in liquidation
/// @param to the taker's account, 0: nobody takes it, all of it is a loss
/// @param shareWad part of the position that moves, 1e18 is all
/// @param assumedWad burden that `to` assumes for it, WAD
/// @param payer whose tokens pay for what `to` assumed, as far as it allows the protocol to take them; 0 for nobody
/// @param starter gets the keeper's reward, 0 if it was paid, or if the bid takes less than 500 and leaves as much
struct TakeOver {
    bytes32 from;
    bytes32 to;
    uint256 shareWad;
    uint256 assumedWad;
    address payer;
    address starter;
}

/// @title A protocol that is paid by the ledger's auction
/// @notice Functions that a protocol adds to `IMarginRequirement` so that a taker can assume what an account owes it.
/// @dev Burden: what a taker assumes who takes all of the account's position: what is owed, and what taking the position over is
///      worth. A protocol without these functions closes by its own means: its requirement stays in the account's sum and its part of
///      the lines is kept for it, while the auction serves the others.
interface IMarginClaim is IMarginRequirement {
    /// @notice Returns the account's burden.
    /// @dev Asked by `staticcall` with 300,000 gas and an answer of 32 bytes; anything else, or a figure above 2^125 − 1, is no answer.
    ///      A protocol that does not answer counts with what it recorded at the ledger, and nobody can bid for it.
    /// @param account see `ILedgerCore`
    /// @return burdenWad WAD, rounded up
    function burdenOf(bytes32 account) external view returns (uint256 burdenWad);

    /// @notice Moves a share of a position.
    /// @dev [the ledger's auction] Must lower what `from` requires by at least the share of it, but for the loss, which stays required
    ///      once, and for 1e15 wad of rounding; raise what `to` owes by no more than `assumedWad`; book as its own loss what share ·
    ///      burden exceeds `assumedWad`, of a burden no more than it requires for maintenance; and pass the gate of `to` if `to` owes
    ///      more than before. May keep part of `assumedWad` above what was owed: its fee. What `from` owes beside what was ever written off is a loss once.
    /// @return lossWad WAD, what it booked as a loss now
    function takeOver(TakeOver calldata terms) external returns (uint256 lossWad);

    /// @notice The account's auction started, took from it, or ended.
    /// @dev [anyone] Called with 1,500,000 gas, outside the auction's lock; result and failure are ignored.
    /// @param account see `ILedgerCore`
    function onAuction(bytes32 account) external;
}

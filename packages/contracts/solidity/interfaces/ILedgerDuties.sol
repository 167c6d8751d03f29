// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLimits, CreditQuote} from "./ICollateralLedger.sol";

/// @title Limits and witnesses of a ledger
/// @notice What governor and risk admin say about limits, what anybody may ask of witnesses, and what limits credit now.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does; errors and events are those of `ICollateralLedger` and
///      `ILedgerTerms`. Safety: none of these acts moves an amount.
interface ILedgerDuties {
    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Compares the head at a count with what a witness recorded; on a difference that is put on record instead.
    /// @dev The confirmed count of a source is the m-th highest count of its four witnesses; it falls by a rewind alone.
    ///      Witnesses are asked under the edge's first name.
    /// @param source index of the source
    /// @param witness place of the witness, 0 … 3
    /// @param count the replica's, or one that was marked
    function confirm(uint16 source, uint8 witness, uint64 count) external;

    /// @notice Stores a head as a mark, if the entries lead from it to a stored mark or to the replica's head. Marks end with a rewind.
    /// @param source index of the source
    /// @param count of the head, from 1
    /// @param head after `count` entries
    /// @param entries packed entries count + 1 … that mark's count
    function mark(uint16 source, uint64 count, bytes32 head, bytes calldata entries) external;

    // ------------------------------------------------------------------------------------------- governor, risk admin
    /// @notice Sets which share of its cap may be in use without a confirmation, in basis points; 0 at first.
    /// @dev [governor, or risk admin if lower] At most 2,500. Counts only for sources with m above 0.
    function setFast(uint16 assetId, uint16 fastBp) external;

    /// @notice Sets the witness in one of a source's four places; address 0 empties it.
    /// @dev [governor] A new witness has confirmed nothing yet; what is confirmed stays so until a rewind.
    ///      Replacing the only witness that has conflicted ends the contest.
    /// @param slot 0 … 3
    /// @param mayConflict false for a witness below finality: it confirms, and its differences stop nothing
    function setWitness(uint16 source, uint8 slot, address at, bool mayConflict) external;

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Gives a witness of a source, whether it has conflicted, and the highest count it confirmed.
    function witnessOf(
        uint16 source,
        uint8 witness
    ) external view returns (address at, bool mayConflict, bool conflicted, uint64 confirmed);

    /// @notice Gives the count that m witnesses have confirmed, and when one of them conflicted last, 0 if never.
    function confirmedOf(uint16 source) external view returns (uint64 confirmed, uint40 conflictAt);

    /// @notice Gives what limits an asset's credit now.
    function limitsOf(uint16 assetId) external view returns (CreditLimits memory);

    /// @notice Says what would happen to a credit of an account, without a fee, that arrived now.
    function quoteCredit(bytes32 account, uint16 assetId, uint128 amount) external view returns (CreditQuote memory);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {SourceState} from "../../edge/IEdge.sol";
import {AssetListing, SourceListing} from "./LedgerTypes.sol";

/// @title The terms on which a ledger accepts collateral
/// @notice Powers of governor, risk admin, pauser and guardian over sources and assets: listing, caps, fast limits,
///         weights, witnesses, pauses, quarantine and the next risk manager.
/// @dev Safety: no act here moves an amount or lets anyone else act for an account, and nobody sets a weight above its
///      immutable maximum.
///      Liveness: pauses and quarantines end by themselves. A ramp needs no further act: `termWordsOf` and every margin
///      use the weight at the current block time.
///
///      Weights after the listing: an initial weight changes at once; it bounds new risk, and how far an auction goes
///      that has begun.
///      A maintenance weight rises at once. It falls in a straight line over at least 24 hours, by at most 2.5 points a
///      day. A line is weighed by its asset and its source, so it loses at most 5 points a day, whoever lowers the
///      weights. Nobody becomes liquidatable without a day to act in.
interface ILedgerTerms {
    // ------------------------------------------------------------------------------------------------- listing errors
    /// @notice A role or contract was given the zero address, or a contract has no code.
    error AddressMissing(bytes32 name);
    /// @notice The caller does not have the role that this act needs.
    error NotAuthorized(address caller, bytes32 role);
    /// @notice The source is already listed.
    error SourceRefused(uint16 source);
    /// @notice Nobody halts, quarantines, rewinds or witnesses source 0: its journal is read on this chain.
    error SourceIsLocal();
    /// @notice The index names no listed source.
    error SourceUnknown(uint16 source);
    /// @notice Source 0, and no other, is a vault of this chain.
    error OriginRefused(uint64 originChainId);
    /// @notice Sources of other chains without witnesses are allowed only as development sources on a development
    ///         ledger. Source 0 has no witnesses.
    error WitnessesMissing(uint16 source, uint8 m);
    /// @notice A source has at most 4 witnesses, so no more can be required.
    error WitnessesTooMany(uint8 m, uint256 max);
    /// @notice The witness does not answer `headAt` within 100,000 gas, its place is not one of four, or it is already
    ///         in another place of the source.
    error WitnessRefused(uint16 source, uint8 slot, address at);
    /// @notice A weight is above its limit: initial at most maintenance, maintenance at most 10,000.
    error WeightOutOfRange(uint16 initialBp, uint16 maintenanceBp);
    /// @notice A weight is above the maximum for any asset or source.
    error WeightAboveMax(uint16 initialBp, uint16 maintenanceBp, uint16 initialMax, uint16 maintenanceMax);
    /// @notice The risk admin may only lower weights: none may exceed the present one (for maintenance, the one it is
    ///         falling to), and at least one must be lower.
    error WeightsNotTighter(uint16 initialBp, uint16 maintenanceBp, uint16 initialNow, uint16 maintenanceTarget);
    /// @notice The ages must satisfy 0 < staleAfter < darkAfter ≤ floorAfter.
    error AgesOutOfOrder(uint16 staleAfterMin, uint16 darkAfterMin, uint16 floorAfterMin);
    /// @notice The asset is listed already, or its vault index, price slot or minimum is 0.
    error AssetRefused(uint16 source, uint16 vaultAsset);
    /// @notice The index names no listed asset.
    error AssetUnknown(uint16 assetId);
    /// @notice The risk manager returned this status for a unit of the asset (`ILedgerMargin`): a price is stale (1) or
    ///         was never accepted (2), or the risk manager did not answer (32 alone).
    error AssetUnpriced(uint16 assetId, address riskManager, uint256 status);
    /// @notice The token has more than 24 decimals.
    error DecimalsOutOfRange(uint8 decimals, uint8 max);
    /// @notice The risk admin may only lower a cap.
    error CapNotLower(uint64 capThousandths, uint64 current);
    /// @notice The risk admin may only lower a limit.
    error LimitNotLower(uint256 limit, uint256 current);
    /// @notice The fast limit is above the largest share of a cap that may be in use unconfirmed.
    error FastTooHigh(uint16 fastBp, uint16 max);
    /// @notice The address does not answer like a risk manager.
    error RiskManagerRefused(address next);
    /// @notice No risk manager is scheduled (`at` 0), or the scheduled one may be adopted only from `at` on.
    error RiskManagerNotDue(address next, uint256 at);

    // ------------------------------------------------------------------------------------------------- pausing errors
    /// @notice Name exactly one of source and asset.
    error PauseTargetUnclear(uint16 source, uint16 assetId);
    /// @notice The flags include one that this contract does not pause.
    error PauseFlagsRefused(uint8 flags, uint8 accepted);
    /// @notice The end must be in the future, within the maximum, and not before the end of a pause or quarantine
    ///         already in force.
    error UntilOutOfRange(uint40 until, uint256 earliest, uint256 latest);
    /// @notice A pause may be set at most twice in a row, and a quarantine extended once.
    error TooManyInARow(uint8 count, uint8 max);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice A source was listed and its two edges opened.
    event SourceListed(uint16 indexed source, bytes32 indexed edge, bytes32 indexed outboundEdge, SourceListing terms);
    /// @notice An asset was listed.
    event AssetListed(uint16 indexed assetId, AssetListing terms);
    /// @notice An asset's cap changed.
    event CapSet(uint16 indexed assetId, uint64 capThousandths, address by);
    /// @notice The share of an asset's cap that may be in use unconfirmed changed.
    event FastSet(uint16 indexed assetId, uint16 fastBp, address by);
    /// @notice A witness took a place, or (address 0) left it.
    event WitnessSet(uint16 indexed source, uint8 indexed slot, address at, bool mayConflict);
    /// @notice Weights changed. The maintenance weight goes from `fromBp` at `start` to `maintenanceBp` at `end`.
    /// @param source index of the source
    /// @param assetId index of the asset, 0 for the source's own weights
    /// @param version counts the changes of these weights, from 1
    /// @param start block time in seconds
    /// @param end block time in seconds, equal to `start` if the weight changed at once
    event ParamsScheduled(
        uint16 indexed source,
        uint16 indexed assetId,
        uint32 version,
        uint16 initialBp,
        uint16 fromBp,
        uint16 maintenanceBp,
        uint40 start,
        uint40 end
    );
    /// @notice Another risk manager may be adopted from `at` on. `at` is 0 if the present one was named, which cancels
    ///         the change.
    event RiskManagerScheduled(address indexed next, uint40 at);
    /// @notice The first `checked` assets have a price in the scheduled risk manager.
    event RiskManagerChecked(address indexed next, uint16 checked);
    /// @notice Another risk manager weighs lines from now on.
    event RiskManagerAdopted(address indexed next);
    /// @notice A source changed its state.
    /// @param cause "listed", "refused entry", "guardian", "conflict", "witness" or "lapsed"
    event SourceStateChanged(uint16 indexed source, SourceState state, uint40 until, bytes32 cause);
    /// @notice The acts of the flags are paused for a source or an asset until a time.
    event Paused(uint16 indexed source, uint16 indexed assetId, uint8 flags, uint40 until);
    /// @notice A pause was lifted before its end.
    event Unpaused(uint16 indexed source, uint16 indexed assetId);

    // ----------------------------------------------------------------------------------------------- guardian, pauser
    /// @notice Puts a source into quarantine: no entries, no refresh, initial weight 0, maintenance weight frozen.
    /// @dev [guardian] Ends by itself, at most 72 h ahead. May be extended once before it has ended.
    function quarantine(uint16 source, uint40 until) external;

    /// @notice Pauses acts of a source or of an asset.
    /// @dev [pauser] Flags: 2 credit (1 lock, 4 request, 8 pay and 16 liquidate belong to other contracts or later
    ///      acts). At most 72 h ahead, and at most twice in a row. A pause within 72 h of the previous one's end is in
    ///      a row with it.
    /// @param source index, or 0 if an asset is named
    /// @param assetId index, or 0 if a source is named
    function pause(uint16 source, uint16 assetId, uint8 flags, uint40 until) external;

    // ------------------------------------------------------------------------------------------- governor, risk admin
    /// @notice Lifts a pause before its end.
    /// @dev [governor]
    function unpause(uint16 source, uint16 assetId) external;

    /// @notice Returns what an act of the governor would replace now. For `setCap`, `setFast`, `setWeights` and
    ///         `setSourceWeights`: the value. For `unpause`: the pause that it lifts. For `setWitness`: the present
    ///         witness, and the code of the next one.
    /// @dev A timelock asks when it schedules the act and again when it executes it. So an older act cannot undo what
    ///      another role tightened in between.
    /// @param act its call data
    /// @return replaced a hash; 0 if the act replaces nothing that another role can tighten
    function replacedBy(bytes calldata act) external view returns (bytes32 replaced);

    /// @notice Lists a source and opens its edges: vault → ledger (replica) and ledger → vault (journal).
    /// @dev [governor]
    function listSource(SourceListing calldata terms) external;

    /// @notice Lists an asset of a source.
    /// @dev [governor] The risk manager must have a price for each of its slots (`AssetUnpriced`): poke it first.
    /// @return assetId ledger-wide index, from 1
    function listAsset(AssetListing calldata terms) external returns (uint16 assetId);

    /// @notice Sets an asset's cap.
    /// @dev [governor, or risk admin if lower] The call adds no units to the credit bucket: a higher cap refills it at
    ///      its new rate, a lower one cuts it to its new burst.
    function setCap(uint16 assetId, uint64 capThousandths) external;

    /// @notice Sets the share of an asset's cap that may be in use without a confirmation, in basis points; 0 at first.
    /// @dev [governor, or risk admin if lower] At most 2,500. Counts only for sources with m above 0.
    function setFast(uint16 assetId, uint16 fastBp) external;

    /// @notice Sets an asset's base weights in basis points, at most 9,500 and 9,800.
    /// @dev [governor, or risk admin if lower]
    function setWeights(uint16 assetId, uint16 initialBp, uint16 maintenanceBp) external;

    /// @notice Sets a source's weights in basis points, at most 10,000 each.
    /// @dev [governor, or risk admin if lower]
    function setSourceWeights(uint16 source, uint16 initialBp, uint16 maintenanceBp) external;

    /// @notice Sets the witness in one of a source's four places; address 0 empties it.
    /// @dev [governor] A new witness has confirmed nothing yet; the confirmed count stays until a rewind.
    ///      Replacing the only witness that has conflicted ends the contest.
    /// @param slot 0 … 3
    /// @param mayConflict false for a witness below finality: it confirms, but its differences stop nothing
    function setWitness(uint16 source, uint8 slot, address at, bool mayConflict) external;

    /// @notice Schedules another risk manager. From seven days later anyone may put it in force (`adopt`).
    /// @dev [governor] Another call replaces the scheduled one; naming the present one cancels the change at once.
    ///      Margins and gates change in the transaction that adopts it.
    /// @param next a contract that answers `IRiskManager.margin`
    function scheduleRiskManager(address next) external;

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Puts the scheduled risk manager in force: from its date on, once it has a price that is not stale for
    ///         every listed asset.
    /// @dev Until then the present one stays in force. Poke the next one first: `AssetUnpriced` names the first asset
    ///      that it cannot weigh.
    ///      A ledger of many assets takes several calls. Each continues where the last one ended, and the last one puts
    ///      the risk manager in force. An accepted price never goes missing again, so earlier checks for a price hold.
    ///      That the price is not stale holds only at the time of each call.
    ///      An asset whose feed is dead keeps the present risk manager in force until the governor lists another feed,
    ///      or a longer age, in the next one.
    /// @param most assets to check in this call; about 20,000 gas each
    function adopt(uint16 most) external;
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceState} from "../libraries/ReplicaLib.sol";

/// @notice Terms on which the governor lists a source.
/// @param source ledger-wide index of (collateral chain, vault), from 1
/// @param originChainId chain of the vault, not this chain
/// @param vault the vault's address on its chain
/// @param initialBp source weight for grade I in basis points, at most `maintenanceBp`
/// @param maintenanceBp source weight for grades E and M in basis points, at most 10,000
/// @param staleAfterMin age in minutes up to which the source counts in full for grade I
/// @param darkAfterMin age in minutes from which it counts nothing for grade I; above `staleAfterMin`
/// @param floorAfterMin age in minutes from which its maintenance weight falls toward the floor; at least `darkAfterMin`
/// @param m witnesses that must confirm, at most 4; 0 is allowed only with `development`
/// @param development the origin is a development chain
struct SourceListing {
    uint16 source;
    uint64 originChainId;
    address vault;
    uint16 initialBp;
    uint16 maintenanceBp;
    uint16 staleAfterMin;
    uint16 darkAfterMin;
    uint16 floorAfterMin;
    uint8 m;
    bool development;
}

/// @notice Terms on which the governor lists an asset of a source.
/// @param source index of the source
/// @param vaultAsset the asset's index at its vault, from 1
/// @param underlying price slot in the risk manager that values the asset, from 1
/// @param ownPrice price slot of the asset's own feed, 0 for none; the lower of the two prices counts
/// @param decimals of the token, at most 24
/// @param initialBp base weight for grades I and E in basis points, at most `maintenanceBp`
/// @param maintenanceBp base weight for grade M in basis points, at most 10,000
/// @param minMillionths smallest lock in millionths of a whole token, above 0; ten times it enables a line
/// @param capThousandths most that lines of this asset may sum to, in thousandths of a whole token
struct AssetListing {
    uint16 source;
    uint16 vaultAsset;
    uint16 underlying;
    uint16 ownPrice;
    uint8 decimals;
    uint16 initialBp;
    uint16 maintenanceBp;
    uint64 minMillionths;
    uint64 capThousandths;
}

/// @notice What the ledger keeps of an asset: its terms, and what it holds.
/// @param credited token units that the lines of this asset sum to
/// @param parked token units parked since the asset was listed
/// @param capUnits the cap in token units, rounded down, never above 2^104 − 1
/// @param enableUnits token units at which a line enables itself: ten times the minimum, rounded up
/// @param releasedCum token units debited for releases so far
/// @param creditPausedUntil block time in seconds before which its entries are parked, 0 for none
struct AssetStatus {
    AssetListing terms;
    uint112 credited;
    uint112 parked;
    uint104 capUnits;
    uint256 enableUnits;
    uint128 releasedCum;
    uint40 creditPausedUntil;
}

/// @title The terms on which a ledger takes collateral
/// @notice What governor, risk admin, pauser and guardian may say about sources and assets, and what they have said.
/// @dev Answers at the ledger's own address, as `ILedgerActs` does. Safety: none of these acts moves an amount or lets anyone else act for an account.
///      Liveness: pauses and quarantines end by themselves.
interface ILedgerTerms {
    // ------------------------------------------------------------------------------------------------- listing errors
    /// @notice A role or contract was given the zero address, or a contract has no code.
    error AddressMissing(bytes32 name);
    /// @notice The caller does not have the role that this act needs.
    error NotAuthorized(address caller, bytes32 role);
    /// @notice Source 0 is the vault of this chain and is not listed by this act; a source is listed once.
    error SourceRefused(uint16 source);
    /// @notice The index names no listed source.
    error SourceUnknown(uint16 source);
    /// @notice The vault's chain must be another chain than this one.
    error OriginRefused(uint64 originChainId);
    /// @notice Sources without witnesses are allowed only as development sources on a development ledger.
    error WitnessesMissing(uint16 source, uint8 m);
    /// @notice A source has at most 4 witnesses, so no more can be asked for.
    error WitnessesTooMany(uint8 m, uint256 max);
    /// @notice A witness is a contract, in one of four places, and stands in no other place of the source.
    error WitnessRefused(uint16 source, uint8 slot, address at);
    /// @notice A weight is above its limit: initial at most maintenance, maintenance at most 10,000.
    error WeightOutOfRange(uint16 initialBp, uint16 maintenanceBp);
    /// @notice The ages must satisfy 0 < staleAfter < darkAfter ≤ floorAfter.
    error AgesOutOfOrder(uint16 staleAfterMin, uint16 darkAfterMin, uint16 floorAfterMin);
    /// @notice The asset is listed already, or its vault index, price slot or minimum is 0.
    error AssetRefused(uint16 source, uint16 vaultAsset);
    /// @notice The index names no listed asset.
    error AssetUnknown(uint16 assetId);
    /// @notice The risk manager weighs a unit of the asset with this status (`ILedgerMargin`): a price is stale (1) or was never
    ///         accepted (2), or it did not answer (32 alone).
    error AssetUnpriced(uint16 assetId, address riskManager, uint256 status);
    /// @notice No more than 24 decimals are listed.
    error DecimalsOutOfRange(uint8 decimals, uint8 max);
    /// @notice The risk admin may only lower a cap.
    error CapNotLower(uint64 capThousandths, uint64 current);
    /// @notice The risk admin may only lower a limit.
    error LimitNotLower(uint256 limit, uint256 current);
    /// @notice At most this share of a cap may be in use unconfirmed.
    error FastTooHigh(uint16 fastBp, uint16 max);

    // ------------------------------------------------------------------------------------------------- pausing errors
    /// @notice Exactly one of source and asset is named.
    error PauseTargetUnclear(uint16 source, uint16 assetId);
    /// @notice Only flags that this contract obeys can be paused.
    error PauseFlagsRefused(uint8 flags, uint8 accepted);
    /// @notice A pause or quarantine ends after now and within its longest time, and none shortens one that runs.
    error UntilOutOfRange(uint40 until, uint256 earliest, uint256 latest);
    /// @notice A pause may be set at most twice in a row, a quarantine extended once.
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
    /// @notice A source changed its state.
    /// @param cause "listed", "refused entry", "guardian", "conflict", "witness" or "lapsed"
    event SourceStateChanged(uint16 indexed source, SourceState state, uint40 until, bytes32 cause);
    /// @notice Acts of the flags are paused for a source or an asset until a time.
    event Paused(uint16 indexed source, uint16 indexed assetId, uint8 flags, uint40 until);
    /// @notice A pause was lifted before its end.
    event Unpaused(uint16 indexed source, uint16 indexed assetId);

    // ------------------------------------------------------------------------------------------------ guardian, pauser
    /// @notice Puts a source into quarantine: no entries, no refresh, initial weight 0, maintenance weight frozen.
    /// @dev [guardian] Lapses by itself. At most 72 h ahead; may be set again once before it has lapsed.
    function quarantine(uint16 source, uint40 until) external;

    /// @notice Pauses acts of a source or of an asset.
    /// @dev [pauser] Flags: 2 credit (1 lock, 4 request, 8 pay, 16 liquidate belong to other contracts or later acts). At
    ///      most 72 h ahead and twice in a row (a pause within 72 h of the end of the one before is in a row).
    /// @param source index, or 0 if an asset is named
    /// @param assetId index, or 0 if a source is named
    function pause(uint16 source, uint16 assetId, uint8 flags, uint40 until) external;

    /// @notice Lifts a pause before its end.
    /// @dev [governor]
    function unpause(uint16 source, uint16 assetId) external;

    // ------------------------------------------------------------------------------------------- governor, risk admin
    /// @notice Lists a source and opens its edges: vault → ledger (replica) and ledger → vault (journal).
    /// @dev [governor]
    function listSource(SourceListing calldata terms) external;

    /// @notice Lists an asset of a source.
    /// @dev [governor] The risk manager must have a price for each of its slots (`AssetUnpriced`): poke it first.
    /// @return assetId ledger-wide index, from 1
    function listAsset(AssetListing calldata terms) external returns (uint16 assetId);

    /// @notice Sets an asset's cap.
    /// @dev [governor, or risk admin if lower] The credit bucket holds no unit more for it: a higher cap fills it at its new
    ///      rate, a lower one cuts it to its new burst.
    function setCap(uint16 assetId, uint64 capThousandths) external;

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Gives an asset's word and its source's word, see `LineWords`.
    function termWordsOf(uint16 assetId) external view returns (uint256 asset, uint256 source);

    /// @notice Gives a source's state as it is now (a lapsed quarantine reads LIVE), its end, and its `asOf`.
    function stateOf(uint16 source) external view returns (SourceState state, uint40 until, uint40 asOf);

    /// @notice Gives an asset's terms and sums.
    function assetOf(uint16 assetId) external view returns (AssetStatus memory);

    /// @notice Gives the ledger-wide index of a vault's asset, 0 if it is not listed.
    function assetIdOf(uint16 source, uint16 vaultAsset) external view returns (uint16 assetId);

    /// @notice Gives how many assets are listed; their indices are 1 … this.
    function assetCount() external view returns (uint16);

    /// @notice Gives the end of a pause and its flags, 0 if none is in force.
    function pauseOf(uint16 source, uint16 assetId) external view returns (uint8 flags, uint40 until);

    /// @notice Gives who lists and loosens.
    function governor() external view returns (address);

    /// @notice Gives who quarantines.
    function guardian() external view returns (address);

    /// @notice Gives who pauses for a while.
    function pauser() external view returns (address);

    /// @notice Gives who may only tighten.
    function riskAdmin() external view returns (address);
}

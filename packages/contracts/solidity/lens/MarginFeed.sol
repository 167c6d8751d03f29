// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {SourceState} from "../edge/IEdge.sol";
import {ILedgerViews} from "../interfaces/ledger/ILedgerViews.sol";
import {AssetStatus} from "../interfaces/ledger/LedgerTypes.sol";
import {IAggregatorV3} from "../prices/IAggregatorV3.sol";

/// @title A total of an asset's collateral, in the common aggregator form
/// @notice Answers in units of the token what the ledger knows of one asset on one chain. Anyone deploys one; it has no owner.
/// @dev 0 is an amount and never stands for a missing answer: while the total is in doubt the reading reverts. `updatedAt` is the time
///      up to which attesters have signed the source's journal, so a reader bounds its age as that of any other feed.
contract MarginFeed is IAggregatorV3 {
    /// @notice Which total: on lines, parked, both together, or the part of both for which the vault has no tokens.
    enum Total {
        LOCKED,
        CREDITED,
        PARKED,
        DEFICIT
    }

    /// @notice The source is quarantined, contested, halted or closed: its journal may be false.
    error SourceNotLive(uint16 source, SourceState state);
    /// @notice Credits wait to be replayed, or the vault has not answered a loss yet (`ILedgerViews.unsettledOf`).
    error AssetUnsettled(uint16 assetId, uint256 orphaned, uint256 missing, uint96 lostSeq);

    /// @notice The ledger that is read.
    ILedgerViews public immutable ledger;
    /// @notice The ledger's number of the asset.
    uint16 public immutable assetId;
    /// @notice The source of the asset: a vault on another chain.
    uint16 public immutable source;
    /// @notice The vault's own number of the asset.
    uint16 public immutable vaultAsset;
    /// @notice Which total this feed answers.
    Total public immutable total;
    /// @notice Decimals of the token, by which answers are scaled.
    uint8 public immutable decimals;

    /// @param ledger_ of the settlement chain
    /// @param assetId_ a listed asset; the ledger refuses others
    /// @param total_ which total it answers
    constructor(ILedgerViews ledger_, uint16 assetId_, Total total_) {
        AssetStatus memory asset = ledger_.assetOf(assetId_);
        (ledger, assetId, total) = (ledger_, assetId_, total_);
        (source, vaultAsset, decimals) = (asset.terms.source, asset.terms.vaultAsset, asset.terms.decimals);
    }

    /// @notice Returns a name such as `source 1 asset 2 deficit`; indices are the ledger's and the vault's own.
    function description() external view returns (string memory) {
        string memory named = ["locked", "credited", "parked", "deficit"][uint256(total)];
        return string.concat("source ", Strings.toString(source), " asset ", Strings.toString(vaultAsset), " ", named);
    }

    /// @inheritdoc IAggregatorV3
    /// @dev The round's number is its time. Reverts with `SourceNotLive` and `AssetUnsettled`.
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        (SourceState state, , uint40 asOf) = ledger.stateOf(source);
        if (state != SourceState.LIVE) revert SourceNotLive(source, state);
        (uint256 orphaned, uint256 missing, , uint96 lostSeq) = ledger.unsettledOf(source, vaultAsset);
        if (orphaned + missing + lostSeq != 0) revert AssetUnsettled(assetId, orphaned, missing, lostSeq);
        // Each sum has 112 bits.
        return (asOf, int256(_units()), asOf, asOf, asOf);
    }

    /// @dev The deficit takes the lower of the coverage in force and the one last reported, and rounds up.
    function _units() private view returns (uint256 units) {
        AssetStatus memory asset = ledger.assetOf(assetId);
        if (total == Total.CREDITED) return asset.credited;
        if (total == Total.PARKED) return asset.parked;
        units = uint256(asset.credited) + asset.parked;
        if (total == Total.LOCKED) return units;
        (uint256 inForceWad, uint256 reportedWad, , , ) = ledger.coverageOf(source, vaultAsset);
        return Math.mulDiv(units, 1e18 - Math.min(inForceWad, reportedWad), 1e18, Math.Rounding.Ceil);
    }
}

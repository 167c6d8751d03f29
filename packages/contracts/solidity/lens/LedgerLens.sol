// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {ClaimView} from "../interfaces/ledger/LedgerTypes.sol";
import {ILedgerLens, LineView, RequirementView} from "./ILedgerLens.sol";
import {Factors, IRiskManager, LineMargin, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {AuctionClaims} from "../liquidation/AuctionClaims.sol";
import {Requirement, Requirements} from "../ledger/Requirements.sol";

/// @title The ledger's lens
/// @notice Explains how the ledger computes margins; see `ILedgerLens`.
contract LedgerLens is ILedgerLens {
    /// @dev The risk manager's prices have 12 decimals.
    uint256 private constant WAD_PER_PRICE = 1e6;

    ILedger private immutable _ledger;

    constructor(address ledger_) {
        if (ledger_.code.length == 0) revert LedgerMissing();
        _ledger = ILedger(ledger_);
    }

    /// @inheritdoc ILedgerLens
    function marginBreakdown(bytes32 account) public view returns (LineView[] memory lines) {
        (uint16[] memory assetIds, LineWords[] memory words) = _ledger.lineWordsOf(account);
        LineMargin[] memory margins = IRiskManager(_ledger.riskManager()).breakdown(words);
        lines = new LineView[](assetIds.length);
        for (uint256 i = 0; i < assetIds.length; ++i) {
            lines[i] = LineView({
                assetId: assetIds[i],
                // The two lowest lanes of an asset's word, see `LineWords`.
                source: uint16(words[i].asset),
                vaultAsset: uint16(words[i].asset >> 16),
                underlying: LedgerWords.underlyingOf(words[i].asset),
                decimals: uint8(LedgerWords.decimalsOf(words[i].asset)),
                asOf: uint40(LedgerWords.asOfOf(words[i].source)),
                margin: margins[i]
            });
        }
    }

    /// @inheritdoc ILedgerLens
    function requirementsOf(bytes32 account) public view returns (RequirementView[] memory requirements) {
        address[] memory protocols = _ledger.protocolsOf(account);
        requirements = new RequirementView[](protocols.length);
        for (uint256 i = 0; i < protocols.length; ++i) {
            Requirement memory now_ = Requirements.read(protocols[i], account);
            ClaimView memory claim = _ledger.claimOf(account, protocols[i]);
            (bool claims, uint256 burdenWad) = AuctionClaims.burdenOf(protocols[i], account);
            uint128 counted = now_.answered ? now_.maintenanceWad : _larger(claim.maintenanceWad, claim.observedWad);
            requirements[i] = RequirementView({
                protocol: protocols[i],
                answered: now_.answered,
                initialWad: now_.initialWad,
                maintenanceWad: counted,
                positionNonce: now_.answered ? now_.positionNonce : claim.positionNonce,
                reservedWad: claim.reservedWad,
                claims: claims,
                burdenWad: claims ? uint128(burdenWad) : counted
            });
        }
    }

    /// @inheritdoc ILedgerLens
    function netValueOf(bytes32 account) external view returns (int256 netWad, uint256 linesWad, uint256 burdensWad) {
        LineView[] memory lines = marginBreakdown(account);
        for (uint256 i = 0; i < lines.length; ++i) {
            // Units have 112 bits, prices 96 and 12 decimals.
            linesWad += (lines[i].margin.units * lines[i].margin.price * WAD_PER_PRICE) / 10 ** lines[i].decimals;
        }
        RequirementView[] memory requirements = requirementsOf(account);
        for (uint256 i = 0; i < requirements.length; ++i) burdensWad += requirements[i].burdenWad;
        netWad = int256(linesWad) - int256(burdensWad);
    }

    /// @inheritdoc ILedgerLens
    function weightsOf(uint16 assetId) external view returns (Factors memory) {
        (uint256 asset, uint256 source) = _ledger.termWordsOf(assetId);
        return IRiskManager(_ledger.riskManager()).factors(asset, source, block.timestamp);
    }

    /// @inheritdoc ILedgerLens
    function ledger() external view returns (address) {
        return address(_ledger);
    }

    function _larger(uint128 a, uint128 b) private pure returns (uint128) {
        return a > b ? a : b;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {ClaimView} from "../interfaces/ledger/LedgerTypes.sol";
import {ILedgerLens, LineView, RequirementView} from "./ILedgerLens.sol";
import {Factors, IRiskManager, LineMargin, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";
import {Requirement, Requirements} from "../ledger/Requirements.sol";

/// @title The ledger's lens
/// @notice Explains how the ledger computes margins; see `ILedgerLens`.
contract LedgerLens is ILedgerLens {
    ILedger private immutable _ledger;

    constructor(address ledger_) {
        if (ledger_.code.length == 0) revert LedgerMissing();
        _ledger = ILedger(ledger_);
    }

    /// @inheritdoc ILedgerLens
    function marginBreakdown(bytes32 account) external view returns (LineView[] memory lines) {
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
    function requirementsOf(bytes32 account) external view returns (RequirementView[] memory requirements) {
        address[] memory protocols = _ledger.protocolsOf(account);
        requirements = new RequirementView[](protocols.length);
        for (uint256 i = 0; i < protocols.length; ++i) {
            Requirement memory now_ = Requirements.read(protocols[i], account);
            ClaimView memory claim = _ledger.claimOf(account, protocols[i]);
            requirements[i] = RequirementView({
                protocol: protocols[i],
                answered: now_.answered,
                initialWad: now_.initialWad,
                maintenanceWad: now_.answered ? now_.maintenanceWad : _larger(claim.maintenanceWad, claim.observedWad),
                positionNonce: now_.answered ? now_.positionNonce : claim.positionNonce,
                reservedWad: claim.reservedWad
            });
        }
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

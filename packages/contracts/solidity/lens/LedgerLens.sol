// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedger} from "../interfaces/ILedger.sol";
import {ILedgerLens, LineView} from "../interfaces/ILedgerLens.sol";
import {Factors, IRiskManager, LineMargin, LineWords} from "../interfaces/IRiskManager.sol";
import {LedgerWords} from "../ledger/LedgerWords.sol";

/// @title The ledger's lens
/// @notice Explains what the ledger counts; `ILedgerLens` is its manual.
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
    function weightsOf(uint16 assetId) external view returns (Factors memory) {
        (uint256 asset, uint256 source) = _ledger.termWordsOf(assetId);
        return IRiskManager(_ledger.riskManager()).factors(asset, source, block.timestamp);
    }

    /// @inheritdoc ILedgerLens
    function ledger() external view returns (address) {
        return address(_ledger);
    }
}

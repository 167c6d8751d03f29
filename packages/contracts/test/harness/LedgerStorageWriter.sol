// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerInit, ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerStorage} from "../../solidity/ledger/LedgerStorage.sol";

/// @notice Writes through the ledger's own storage, whatever its layout is.
contract LedgerStorageWriter is LedgerStorage {
    constructor(LedgerInit memory init) LedgerStorage(init) {}

    function setLine(bytes32 account, uint16 assetId, uint256 word) external {
        _lines[account][assetId] = word;
    }

    function setHeader(bytes32 account, Header calldata header) external {
        _headers[account] = header;
    }

    function setOperator(bytes32 account, address operator, Operator calldata rights) external {
        _operators[account][operator] = rights;
    }

    function setExitShare(bytes32 account, uint32 protocol, ExitShare calldata share) external {
        _exitShares[account][protocol] = share;
    }

    function setAsset(uint16 assetId, uint16 source, uint16 vaultAsset) external {
        AssetRecord storage record = _assets[assetId];
        (record.source, record.vaultAsset) = (source, vaultAsset);
        (record.underlying, record.decimals, record.capThousandths) = (65_535, 255, type(uint64).max);
    }

    function setReleased(uint16 source, uint96 seq, bytes32 record) external {
        _released[source][seq] = record;
    }

    function setUnsettled(uint16 source, uint16 vaultAsset, Unsettled calldata left) external {
        _unsettled[source][vaultAsset] = left;
    }

    function setParked(uint16 source, uint96 index, ParkedCredit calldata parked) external {
        _parked[source][index] = parked;
    }
}

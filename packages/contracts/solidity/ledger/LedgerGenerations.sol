// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerInit} from "../interfaces/ICollateralLedger.sol";
import {ILedgerGenerations} from "../interfaces/ILedgerGenerations.sol";
import {SourceListing} from "../interfaces/ILedgerTerms.sol";
import {LedgerClosing} from "./LedgerClosing.sol";
import {LedgerReopening} from "./LedgerReopening.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @title Generations of a ledger's edges
/// @notice Called through the ledger and its other parts, on the ledger's storage; `ILedgerGenerations` is the manual.
/// @dev Holds nothing of its own: called directly it reads and writes its own, empty storage, which nobody reads.
contract LedgerGenerations is LedgerClosing, LedgerReopening {
    /// @notice keccak256 of the values that this contract was built with; the ledger compares it with its own.
    bytes32 public immutable initHash;

    /// @param init the same values as the ledger's
    constructor(LedgerInit memory init) LedgerStorage(init) {
        initHash = keccak256(abi.encode(init));
    }

    /// @inheritdoc ILedgerGenerations
    function sourceOf(
        uint16 source
    ) external view returns (SourceListing memory terms, bytes32 edge, bytes32 outboundEdge) {
        SourceRecord storage record = _listedSource(source);
        terms = SourceListing({
            source: source,
            originChainId: record.originChainId,
            vault: record.vault,
            initialBp: record.initialBp,
            maintenanceBp: record.maintenanceBp,
            staleAfterMin: record.staleAfterMin,
            darkAfterMin: record.darkAfterMin,
            floorAfterMin: record.floorAfterMin,
            m: record.m,
            development: record.flags & SOURCE_DEVELOPMENT != 0
        });
        return (terms, record.edge, record.outboundEdge);
    }
}

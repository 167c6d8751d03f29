// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerInit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {CollateralLedger} from "../../solidity/ledger/CollateralLedger.sol";

/// @notice The ledger with nothing but plain Solidity in its replay loop.
contract PlainLedger is CollateralLedger {
    constructor(LedgerInit memory init, address[] memory modules_) CollateralLedger(init, modules_) {}

    function _replaySpan(Batch memory batch, uint256 upTo) internal override {
        while (batch.count < upTo) _replayOne(batch);
    }
}

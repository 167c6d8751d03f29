// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead, Statements} from "../../solidity/edge/Statements.sol";
import {StatementHashes} from "./StatementHashes.sol";

/// @notice The struct hash of a statement in memory, by the compiler's own encoding: the twin of `Statements.hashOf`.
library StatementHashes {
    function hashOf(JournalHead memory statement) internal pure returns (bytes32) {
        return keccak256(abi.encode(Statements.JOURNAL_HEAD_TYPE, statement));
    }
}

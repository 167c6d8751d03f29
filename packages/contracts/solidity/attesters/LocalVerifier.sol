// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JournalHead, Statements} from "../edge/Statements.sol";
import {LocalHeads} from "./LocalHeads.sol";

/// @title The verifier of a vault on the settlement chain
/// @notice Stands where other vaults have an attester set. It accepts what the ledger's journal shows now, and nothing
///         that anybody signed. It has no member, role, halt or recovery.
contract LocalVerifier is LocalHeads {
    /// @notice The statement was made for signatures; this verifier reads the journal instead.
    error StatementNotLocal(uint32 epoch);

    /// @notice Reverts unless the journal on this chain shows the statement now and the caller is its replica.
    /// @param statement with epoch 2^32 − 1
    /// @param proof abi.encode(address journal, bool ofVault)
    function verifyHead(JournalHead calldata statement, bytes calldata proof) external view {
        if (statement.epoch != Statements.LOCAL_EPOCH) revert StatementNotLocal(statement.epoch);
        _requireLocal(statement, proof);
    }

    /// @notice Returns that the edge is not halted: no edge is here.
    function haltOf(bytes32) external pure returns (bool halted, uint64 nonce, uint40 since) {
        return (false, 0, 0);
    }

    /// @notice Returns that nothing is stopped.
    function stopped() external pure returns (bool) {
        return false;
    }

    /// @notice Returns that no recovery runs.
    function inRecovery() external pure returns (bool) {
        return false;
    }

    /// @notice Returns that there was never a recovery.
    function recovery() external pure returns (bytes32 membersHash, uint40 proposedAt, uint40 frozenUntil) {
        return (0, 0, 0);
    }
}

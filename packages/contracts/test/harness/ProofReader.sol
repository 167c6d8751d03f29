// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rlp} from "../../solidity/proofs/Rlp.sol";
import {AccountFacts, BlockFacts, StateProof} from "../../solidity/proofs/StateProof.sol";
import {TrieProof} from "../../solidity/proofs/TrieProof.sol";

/// @notice The proof libraries behind external functions, since they read calldata.
contract ProofReader {
    function read(bytes32 root, bytes calldata key, bytes[] calldata nodes) external pure returns (bytes memory) {
        return TrieProof.read(root, key, nodes);
    }

    function readHeader(bytes calldata header) external pure returns (BlockFacts memory) {
        return StateProof.readHeader(header);
    }

    function readAccount(
        bytes32 stateRoot,
        address account,
        bytes[] calldata nodes
    ) external pure returns (AccountFacts memory) {
        return StateProof.readAccount(stateRoot, account, nodes);
    }

    function readSlot(bytes32 storageRoot, bytes32 slot, bytes[] calldata nodes) external pure returns (uint256) {
        return StateProof.readSlot(storageRoot, slot, nodes);
    }

    function first(bytes calldata input) external pure returns (bool isList, uint256 start, uint256 end) {
        return Rlp.first(input);
    }

    function listOf(bytes calldata input) external pure returns (bytes memory) {
        return Rlp.listOf(input);
    }

    function takeInteger(bytes calldata input, uint256 width) external pure returns (uint256 value, bytes memory rest) {
        return Rlp.takeInteger(input, width);
    }

    function takeWord(bytes calldata input) external pure returns (bytes32 word, bytes memory rest) {
        return Rlp.takeWord(input);
    }
}

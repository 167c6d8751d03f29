// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../edge/IEdge.sol";

/// @title Reading a contract that may misbehave
/// @notice Bounds the gas, the answer and the error of a contract that is asked without arguments.
/// @dev Safety: what the contract may use does not depend on the gas that the caller brought, so no caller decides by its gas
///      which sources fail.
library BoundedCall {
    /// @notice Most words that an answer may have.
    uint256 internal constant WORDS_MAX = 5;
    /// @notice Reason of an answer that has another size than asked for.
    bytes4 internal constant FORM = "form";
    /// @notice Reason of a failure that names none.
    bytes4 internal constant FAIL = "fail";
    /// @dev Gas spent between the check and the call: 2,600 for a cold address, and the call itself.
    uint256 private constant CALL_GAS = 6_000;

    /// @notice Asks a contract; reverts with `IEdge.GasTooLow` alone.
    /// @param target contract that is asked
    /// @param selector of a function without arguments
    /// @param gasLimit gas that the contract may use
    /// @param wordCount exact size of an answer, at most `WORDS_MAX`
    /// @return words the answer, meaningless if there is none
    /// @return answered whether the call succeeded with `wordCount` words
    /// @return reason why there is no answer: the error's selector, `FORM` or `FAIL`
    function ask(
        address target,
        bytes4 selector,
        uint256 gasLimit,
        uint256 wordCount
    ) internal view returns (uint256[WORDS_MAX] memory words, bool answered, bytes4 reason) {
        // A call forwards 63/64 of the remaining gas.
        uint256 needed = gasLimit + gasLimit / 63 + CALL_GAS;
        if (gasleft() < needed) revert IEdge.GasTooLow(gasleft(), needed);
        uint256 size;
        bytes32 first;
        assembly ("memory-safe") {
            mstore(0, selector)
            answered := staticcall(gasLimit, target, 0, 4, words, mul(wordCount, 0x20))
            size := returndatasize()
            first := mload(words)
        }
        if (answered && size != wordCount * 32) return (words, false, FORM);
        // The cast keeps the first four bytes, where an error has its selector.
        if (!answered) reason = size < 4 ? FAIL : bytes4(first);
    }
}

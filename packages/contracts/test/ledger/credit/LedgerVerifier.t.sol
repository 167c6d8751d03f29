// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../../solidity/interfaces/IAttesterSet.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice How the ledger asks its verifier about a statement.
contract LedgerVerifierTest is LedgerFixture {
    /// @dev Words of a call before the statement's `blockNumber`: source, from, and where entries and marks begin, then
    ///      edge, count, tip and head.
    uint256 private constant BLOCK_NUMBER_WORD = 8;

    function test_I6_the_verifier_is_asked_about_the_statement_and_the_signatures_as_they_came() public {
        (bytes memory call_, bytes memory asked) = _batch();
        vm.expectCall(address(attesters), asked, 1);
        (bool ok, ) = address(ledger).call(call_);
        assertTrue(ok);
        assertEq(amountOf(alice, USD), ONE_USD);
    }

    function test_I6_refuses_a_statement_with_bits_outside_a_field() public {
        (bytes memory call_, ) = _batch();
        uint256 place = 4 + 32 * BLOCK_NUMBER_WORD;
        assertEq(uint8(call_[place]), 0);
        call_[place] = 0x01;
        (bool ok, bytes memory error) = address(ledger).call(call_);
        assertFalse(ok);
        // Other words were signed, so the signatures recover other addresses, in no order.
        bytes4 name = bytes4(error);
        assertTrue(
            name == IAttesterSet.SignerUnknown.selector || name == IAttesterSet.SignersNotAscending.selector,
            "not refused for its signatures"
        );
        assertEq(amountOf(alice, USD), 0);
    }

    function test_I6_a_verifier_without_code_approves_nothing() public {
        (bytes memory call_, ) = _batch();
        vm.etch(address(attesters), "");
        (bool ok, bytes memory error) = address(ledger).call(call_);
        assertFalse(ok);
        assertEq(error.length, 0);
        assertEq(amountOf(alice, USD), 0);
    }

    /// @dev Returns a call with one credit, and the call of the verifier that it leads to: without the padding of a
    ///      compiler's encoding.
    function _batch() private returns (bytes memory call_, bytes memory asked) {
        lock(USD, ONE_USD, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        bytes memory sigs = sign(statement);
        call_ = abi.encodeCall(
            ledger.applyEntries,
            (SOURCE, 0, journal.packed, new uint64[](0), statement, sigs, accountOf(relayer))
        );
        bytes memory padded = abi.encodeCall(IAttesterSet.verifyHead, (statement, sigs));
        asked = new bytes(4 + 32 * 10 + sigs.length);
        for (uint256 i = 0; i < asked.length; ++i) asked[i] = padded[i];
    }
}

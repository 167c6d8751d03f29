// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture, feesAt} from "../LedgerFixture.sol";

/// @notice Batches that every member of the largest set signed: their signatures lie in memory that the replay uses next.
contract LedgerManySignaturesTest is LedgerFixture {
    function memberCount() internal pure override returns (uint256) {
        return 31;
    }

    function test_fees_are_parked_under_the_entry_that_paid_them_and_not_under_what_lies_in_memory() public {
        // Enables a line, so the loop leaves it and its fee; the next has no fee and stays in the loop.
        lock(USD, 20 * ONE_USD, accountOf(alice), 3);
        lock(USD, ONE_USD, accountOf(bob), 0);
        // The relayer's line has room for two units.
        bytes32 slot = keccak256(abi.encode(USD, keccak256(abi.encode(accountOf(relayer), 0))));
        vm.store(address(ledger), slot, bytes32(uint256(type(uint112).max - 2)));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Parked(SOURCE, feesAt(1), accountOf(relayer), USD, 3, 0, ParkReason.FEE);
        JournalHead memory statement = statementOf(journal, 2);
        bytes memory sigs = signBy(statement, memberCount());
        ledger.applyEntries(SOURCE, 0, journal.packed, new uint64[](0), statement, sigs, accountOf(relayer));
        assertEq(ledger.assetOf(USD).parked, 3);
        assertEq(amountOf(bob, USD), ONE_USD);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice A ledger's journal of which k attesters sign that nothing is new, and three witnesses that know better.
abstract contract VaultExitHiddenFixture is VaultExitFixture {
    TestWitness[3] internal witnesses;

    function setUp() public virtual override {
        super.setUp();
        vm.startPrank(governor);
        for (uint8 slot = 0; slot < 3; ++slot) {
            witnesses[slot] = new TestWitness();
            vault.setWitness(slot, address(witnesses[slot]), true);
        }
        vault.setWitnessPolicy(1);
        vm.stopPrank();
        anchor();
        release(ONE, bob, 0);
        release(ONE, bob, 0);
        setJournal(2);
    }

    /// @dev The witness shows that so many entries are there.
    function note(uint8 slot, uint64 count) internal {
        witnesses[slot].record(heads[0], count, heads[count]);
        vault.noteAhead(slot, count);
    }

    /// @dev Time goes by, and the quorum says at its end that the ledger's journal has nothing past the replica.
    function deny(uint256 time) internal {
        skip(time);
        setJournal(tip());
        denyNow();
    }

    function denyNow() internal {
        uint64 count = replicaCount();
        JournalHead memory statement = anchoredStatement(count);
        statement.tip = count;
        vault.refresh(statement, sign(statement));
    }

    function expectTooEarly() internal {
        vm.expectPartialRevert(IVaultExit.ExitTooEarly.selector);
        vault.announceExit();
    }
}

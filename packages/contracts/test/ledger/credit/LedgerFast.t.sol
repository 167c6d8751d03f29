// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice What is counted as unconfirmed and when it opens, to the last unit and second, where one witness must confirm.
contract LedgerFastTest is WitnessFixture {
    function witnessesNeeded() internal pure override returns (uint8) {
        return 1;
    }

    // The sum

    function test_I6_one_witness_that_must_confirm_is_asked_for() public {
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).fastUnits, FAST);
        _expectUnconfirmed(FAST);
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(reasonAt(3)), uint8(ParkReason.UNCONFIRMED), "in a batch of its own too");
    }

    function test_I6_a_unit_alone_is_unconfirmed() public {
        lock(USD, 1, accountOf(alice), 0);
        applyAll();
        _expectUnconfirmed(1);
    }

    /// @notice What a confirmation takes out of the sum is what was in it at the last checkpoint before: where a batch began.
    function test_I6_a_confirmation_takes_out_what_was_there_at_the_checkpoint() public {
        _lockAlone(10, 10);
        // The first of these begins behind the first entry, and sets the checkpoint there.
        _lockAlone(20, 30);
        _lockAlone(30, 60);
        _confirm(1);
        _expectUnconfirmed(50 * ONE_USD);
        // The next checkpoint, behind the third entry.
        _lockAlone(5, 55);
        _confirm(2);
        _expectUnconfirmed(55 * ONE_USD);
        _confirm(3);
        _expectUnconfirmed(5 * ONE_USD);
        _lockAlone(7, 12);
        _confirm(4);
        _expectUnconfirmed(7 * ONE_USD);
        _confirm(5);
        _expectUnconfirmed(0);
        // Where all was confirmed there is no checkpoint.
        _lockAlone(11, 11);
        _lockAlone(13, 24);
        _confirm(6);
        _expectUnconfirmed(13 * ONE_USD);
    }

    function test_I6_a_batch_that_takes_nothing_sets_no_checkpoint() public {
        _lockAlone(10, 10);
        _lockAlone(900, 10);
        _lockAlone(20, 30);
        // It would have stood behind the first entry; it stands behind the second.
        _confirm(1);
        _expectUnconfirmed(30 * ONE_USD);
        _confirm(2);
        _expectUnconfirmed(20 * ONE_USD);
    }

    function test_I6_what_is_parked_before_its_listing_waits_for_both() public {
        lock(3, 5, accountOf(alice), 2);
        applyAll();
        ParkedCredit memory expected;
        (expected.account, expected.amount, expected.fee, expected.vaultAsset) = (accountOf(alice), 5, 2, 3);
        (expected.reason, expected.parkedAt) = (ParkReason.UNCONFIRMED, uint32(START));
        // Bit 1 of its flags: it is in no sum.
        (expected.readyAt, expected.flags) = (uint40(START + 7 days), 2);
        assertEq(abi.encode(ledger.parkedOf(SOURCE, 1)), abi.encode(expected));
    }

    // The schedule

    function test_a_place_in_the_schedule_is_rounded_up_to_the_second() public {
        vm.startPrank(governor);
        ledger.setCap(USD, 1);
        ledger.setFast(USD, 70);
        vm.stopPrank();
        assertEq(ledger.limitsOf(USD).fastUnits, 7);
        lock(USD, 8, accountOf(alice), 0);
        // 13 days in sevenths are a seventh of a second more than 160,457 seconds.
        lock(USD, 13, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 7 days);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 7 days + 160_458);
    }

    /// @notice A conflict puts off what had its date by then, and nothing that came later.
    function test_a_conflict_of_before_puts_no_later_place_off() public {
        lock(ETH, 1, accountOf(alice), 0);
        applyAll();
        witnesses[0].record(journal.edge, 1, keccak256("another history"));
        ledger.confirm(SOURCE, 0, 1);
        vm.warp(START + 1 days);
        // A quarter of the limit is left: 25 tokens a day.
        lock(USD, 26 * ONE_USD, accountOf(alice), 0);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 8 days);
        assertEq(ledger.parkedOf(SOURCE, 3).readyAt, START + 10 days);
    }

    function test_what_has_no_place_in_the_schedule_puts_nothing_off() public {
        vm.prank(riskAdmin);
        ledger.setFast(USD, 0);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        witnesses[0].record(journal.edge, 1, keccak256("another history"));
        ledger.confirm(SOURCE, 0, 1);
        vm.prank(governor);
        ledger.setFast(USD, 1_000);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, 0);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 7 days);
    }

    function test_a_place_that_is_given_late_leaves_the_last_one_where_it_is() public {
        vm.prank(riskAdmin);
        ledger.setFast(USD, 0);
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setFast(USD, 1_000);
        lock(USD, 150 * ONE_USD, accountOf(alice), 0);
        applyAll();
        ledger.unpark(SOURCE, 1);
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 7.5 days, "behind the second");
        _confirm(1);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 3).readyAt, START + 9.5 days, "the second is not confirmed");
    }

    /// @dev A batch of one entry, and what counts as unconfirmed then.
    function _lockAlone(uint128 tokens, uint256 unconfirmed) private {
        lock(USD, tokens * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expectUnconfirmed(unconfirmed * ONE_USD);
    }

    function _confirm(uint64 count) private {
        if (count != tip(journal)) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, tip(journal)));
        }
        confirmBy(0, count);
    }

    function _expectUnconfirmed(uint256 units) private view {
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, units);
    }
}

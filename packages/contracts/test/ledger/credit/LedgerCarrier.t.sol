// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerReleaseFixture} from "../accounts/LedgerReleaseFixture.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice Who carries a journal is paid, also where what it carries waits.
contract LedgerCarrierTest is LedgerReleaseFixture {
    function test_I9_a_fee_is_paid_first_where_the_cap_keeps_out_the_rest() public {
        lock(USD, 16_000 * ONE_USD, accountOf(bob), uint96(3 * ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), 3 * ONE_USD);
        _expectParked(15_997 * ONE_USD, 0, ParkReason.CAP);
        assertEq(ledger.assetOf(USD).credited + ledger.assetOf(USD).parked, 16_105 * ONE_USD, "I1");
        // Each batch rounds what it takes of the bucket up.
        assertApproxEqAbs(ledger.limitsOf(USD).bucketRoom, 3_892 * ONE_USD, 3, "it took its place as any unit");
    }

    function test_I10_a_fee_that_no_cap_lets_in_waits_with_its_credit() public {
        vm.prank(governor);
        ledger.setCap(USD, 105_001);
        lock(USD, 10 * ONE_USD, accountOf(bob), 2_000);
        applyAll();
        assertEq(amountOf(relayer, USD), 0);
        _expectParked(10 * ONE_USD, 2_000, ParkReason.CAP);
    }

    /// @notice Places are given for two days ahead; a higher cap makes room, and moves none of them.
    function test_I10_a_fee_that_finds_no_place_in_the_bucket_waits_with_its_credit() public {
        uint128[3] memory locks = [15_890 * ONE_USD, 16_000 * ONE_USD, 32_000 * ONE_USD];
        for (uint256 i = 0; i < 3; ++i) {
            lock(USD, locks[i], accountOf(bob), 0);
            applyAll();
            vm.prank(governor);
            ledger.setCap(USD, uint64(32_000_000 << i));
        }
        assertEq(amountOf(bob, USD), 63_895 * ONE_USD);
        lock(USD, 10_000 * ONE_USD, accountOf(bob), uint96(5_000 * ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), 0);
        _expectParked(10_000 * ONE_USD, 5_000 * ONE_USD, ParkReason.CAP);
    }

    function test_I10_a_fee_of_a_paused_asset_waits_with_its_credit() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1 hours));
        lock(USD, 10 * ONE_USD, accountOf(bob), 2_000);
        applyAll();
        assertEq(amountOf(relayer, USD), 0);
        _expectParked(10 * ONE_USD, 2_000, ParkReason.CAP);
    }

    function test_I9_a_fee_is_paid_first_where_the_rest_is_dust() public {
        lock(USD, 16_000 * ONE_USD, accountOf(bob), uint96(ONE_USD));
        lock(USD, 7_000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        // Dust beside what Alice's line holds unseasoned, but for its fee.
        lock(USD, 3 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        _expectParked(2 * ONE_USD, 0, ParkReason.SEASON);
        Line memory line = ledger.lineOf(accountOf(relayer), USD);
        assertEq(line.amount, 2 * ONE_USD);
        assertEq(line.unseasoned, ONE_USD, "the second fee was above the level");
    }

    function _expectParked(uint256 amount, uint256 fee, ParkReason reason) private view {
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, tip(journal));
        assertEq(parked.amount, amount);
        assertEq(parked.fee, fee);
        assertEq(uint8(parked.reason), uint8(reason));
    }
}

/// @notice The same where witnesses must confirm.
contract LedgerCarrierWitnessedTest is WitnessFixture {
    function test_I6_I9_a_fee_is_paid_first_where_the_fast_limit_keeps_out_the_rest() public {
        lock(USD, FAST + 1, accountOf(alice), uint96(ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), ONE_USD);
        assertEq(ledger.parkedOf(SOURCE, 1).amount, FAST + 1 - ONE_USD);
        assertEq(ledger.parkedOf(SOURCE, 1).fee, 0);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, ONE_USD, "I6: it is in use unconfirmed as any unit");
        lock(USD, FAST - ONE_USD, accountOf(bob), 0);
        lock(USD, 5 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        assertEq(amountOf(relayer, USD), ONE_USD, "nothing is left of the limit");
        assertEq(ledger.parkedOf(SOURCE, 3).fee, ONE_USD, "who unparks it is paid");
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, FAST);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLimits, CreditQuote, ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {WitnessFixture} from "./losses/LedgerWitnesses.t.sol";

/// @notice What the ledger tells in advance, to the last field: the limits of an asset, and what would become of a credit.
/// @dev Cap of each asset a thousand tokens: a burst of 250, a season level of 62.5; two of three witnesses, a tenth unconfirmed.
contract LedgerQuotesTest is WitnessFixture {
    // Limits

    function test_limits_tell_what_is_left_of_each() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expectLimits(USD, _limits(10 * ONE_USD, ONE_USD));
        _expectLimits(ETH, _limits(0, ONE_ETH));
    }

    function test_what_is_unconfirmed_is_told_without_what_is_confirmed() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        confirmAll();
        lock(USD, 5 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 5 * ONE_USD);
    }

    // Quotes

    function test_a_quote_tells_the_first_unit_above_a_cap_and_no_time_for_it() public {
        vm.prank(governor);
        ledger.setFast(USD, 2_500);
        lock(USD, 200 * ONE_USD, accountOf(bob), 0);
        applyAll();
        confirmAll();
        vm.prank(governor);
        ledger.setCap(USD, 205_000);
        vm.warp(START + 6 hours);
        _expectQuote(5 * ONE_USD, CreditQuote(ParkReason.NONE, "", vm.getBlockTimestamp(), 0, 0));
        _expectQuote(5 * ONE_USD + 1, CreditQuote(ParkReason.CAP, "cap", 0, 0, 0));
    }

    function test_a_quote_tells_the_first_unit_that_is_unseasoned() public {
        _expectQuote(62_500_000, CreditQuote(ParkReason.NONE, "", START, 0, 0));
        _expectQuote(62_500_001, CreditQuote(ParkReason.NONE, "", START, 1, START + 60 minutes));
    }

    function test_a_quote_tells_what_is_above_the_bucket_and_when_it_has_seasoned() public {
        vm.prank(governor);
        ledger.setFast(USD, 2_500);
        uint128 burst = 250 * ONE_USD;
        _expectQuote(burst, CreditQuote(ParkReason.NONE, "", START, burst - 62_500_000, START + 60 minutes));
        lock(USD, burst, accountOf(bob), 0);
        applyAll();
        confirmAll();
        vm.warp(START + 1 hours);
        // 41.67 tokens have come back; 100 take 8,640 seconds.
        CreditQuote memory quote = CreditQuote(ParkReason.NONE, "", START + 1 hours, 100 * ONE_USD, START + 8_640);
        _expectQuote(100 * ONE_USD, quote);
    }

    function test_a_quote_tells_nothing_of_a_season_where_a_confirmation_is_waited_for() public {
        _expectQuote(FAST + 1, CreditQuote(ParkReason.UNCONFIRMED, "fast", START + 7 days, 0, 0));
    }

    function test_a_quote_of_dust_tells_when_it_may_join_and_no_more() public {
        vm.prank(governor);
        ledger.setFast(USD, 2_500);
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        _expectQuote(ONE_USD, CreditQuote(ParkReason.SEASON, "season", START + 70 minutes, 0, 0));
    }

    /// @dev With so much of an asset on lines, unconfirmed and in its bucket.
    function _limits(uint256 used, uint256 one) private pure returns (CreditLimits memory limits) {
        (limits.fastUnits, limits.unconfirmedUnits) = (100 * one, used);
        limits.capRoom = 1_000 * one - used;
        (limits.burstUnits, limits.bucketRoom) = (250 * one, 250 * one - used);
        limits.seasonRoom = (125 * one) / 2 - used;
    }

    function _expectLimits(uint16 assetId, CreditLimits memory expected) private view {
        assertEq(abi.encode(ledger.limitsOf(assetId)), abi.encode(expected));
    }

    function _expectQuote(uint128 amount, CreditQuote memory expected) private view {
        assertEq(abi.encode(ledger.quoteCredit(accountOf(alice), USD, amount)), abi.encode(expected));
    }
}

/// @notice A source for which one witness is enough.
contract LedgerOneWitnessTest is WitnessFixture {
    function witnessesNeeded() internal pure override returns (uint8) {
        return 1;
    }

    function test_I6_one_witness_is_enough_where_one_is_asked_for() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 10 * ONE_USD);
        confirmBy(2, 1);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 0);
    }
}

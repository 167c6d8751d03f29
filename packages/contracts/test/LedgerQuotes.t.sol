// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditLimits, CreditQuote, ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {LedgerSlots} from "../solidity/proofs/LedgerSlots.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";

/// @notice What the ledger tells in advance, to the last field: the limits of an asset, and what would become of a credit.
/// @dev Cap of each asset a thousand tokens: a burst of 250, a season level of 62.5; two of three witnesses, a tenth unconfirmed.
contract LedgerQuotesTest is WitnessFixture {
    uint256 private constant NO_LIMIT = type(uint256).max;

    // Limits

    function test_limits_without_a_cap_over_several_assets_tell_of_none() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expectLimits(USD, _limits(10 * ONE_USD, ONE_USD));
        _expectLimits(ETH, _limits(0, ONE_ETH));
    }

    function test_limits_tell_every_cap_and_what_counted_under_it_from_the_start() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 20 * ONE_ETH, accountOf(alice), 0);
        applyAll();
        vm.startPrank(governor);
        ledger.setSourceCap(SOURCE, 300e18);
        ledger.setUnderlyingCap(1, 50e18);
        vm.stopPrank();
        CreditLimits memory limits = _limits(10 * ONE_USD, ONE_USD);
        (limits.sourceRoom, limits.underlyingRoom) = (270 * ONE_USD, 40 * ONE_USD);
        (limits.sourceTotalWad, limits.sourceCapWad) = (30e18, 300e18);
        (limits.underlyingTotalWad, limits.underlyingCapWad) = (10e18, 50e18);
        _expectLimits(USD, limits);
        limits = _limits(20 * ONE_ETH, ONE_ETH);
        limits.sourceRoom = 270 * ONE_ETH;
        (limits.sourceTotalWad, limits.sourceCapWad) = (30e18, 300e18);
        _expectLimits(ETH, limits);
    }

    function test_what_is_unconfirmed_is_told_without_what_is_confirmed() public {
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        confirmAll();
        lock(USD, 5 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, 5 * ONE_USD);
    }

    function test_a_cap_over_several_assets_changes_nothing_else_of_them() public {
        (uint256 usd, uint256 source) = ledger.termWordsOf(USD);
        (uint256 eth, ) = ledger.termWordsOf(ETH);
        vm.startPrank(governor);
        ledger.setSourceCap(SOURCE, 300e18);
        ledger.setUnderlyingCap(1, 50e18);
        vm.stopPrank();
        (uint256 usdAfter, uint256 sourceAfter) = ledger.termWordsOf(USD);
        (uint256 ethAfter, ) = ledger.termWordsOf(ETH);
        assertEq(usdAfter, usd | (2 << 56), "capped, and neither paused nor impaired");
        assertEq(ethAfter, eth, "another underlying");
        assertEq(sourceAfter, source | (8 << 144), "capped, and no development source");
    }

    /// @notice However many assets there are: the sum is kept from the first cap on.
    function test_I14_a_cap_that_is_set_again_reads_no_asset() public {
        vm.startPrank(governor);
        ledger.setSourceCap(SOURCE, 300e18);
        ledger.setUnderlyingCap(1, 50e18);
        vm.record();
        ledger.setSourceCap(SOURCE, 200e18);
        ledger.setUnderlyingCap(1, 40e18);
        (bytes32[] memory reads, ) = vm.accesses(address(ledger));
        bytes32 asset = LedgerSlots.assetOf(USD);
        for (uint256 i = 0; i < reads.length; ++i) assertNotEq(reads[i], asset);
    }

    // Quotes

    function test_a_quote_tells_the_first_unit_above_a_cap_and_no_time_for_it() public {
        vm.prank(governor);
        ledger.setSourceCap(SOURCE, 5e18);
        _expectQuote(5 * ONE_USD, CreditQuote(ParkReason.NONE, "", START, 0, 0));
        _expectQuote(5 * ONE_USD + 1, CreditQuote(ParkReason.CAP, "source cap", 0, 0, 0));
    }

    function test_a_quote_tells_the_first_unit_that_is_unseasoned() public {
        _expectQuote(62_500_000, CreditQuote(ParkReason.NONE, "", START, 0, 0));
        _expectQuote(62_500_001, CreditQuote(ParkReason.NONE, "", START, 1, START + 60 minutes));
    }

    function test_a_quote_tells_the_first_unit_above_the_bucket_and_when_it_passes() public {
        vm.prank(governor);
        ledger.setFast(USD, 2_500);
        uint128 burst = 250 * ONE_USD;
        _expectQuote(burst, CreditQuote(ParkReason.NONE, "", START, burst - 62_500_000, START + 60 minutes));
        lock(USD, burst, accountOf(bob), 0);
        applyAll();
        confirmAll();
        _expectQuote(ONE_USD, CreditQuote(ParkReason.LIMIT, "bucket", START + 87, 0, 0));
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

    /// @dev With so much of an asset on lines, unconfirmed and in its bucket, and no cap over several assets.
    function _limits(uint256 used, uint256 one) private pure returns (CreditLimits memory limits) {
        (limits.fastUnits, limits.unconfirmedUnits) = (100 * one, used);
        limits.capRoom = 1_000 * one - used;
        (limits.sourceRoom, limits.underlyingRoom) = (NO_LIMIT, NO_LIMIT);
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

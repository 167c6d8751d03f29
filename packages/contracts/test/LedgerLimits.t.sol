// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerDuties} from "../solidity/interfaces/ILedgerDuties.sol";
import {console} from "forge-std/console.sol";
import {
    CreditLimits,
    CreditQuote,
    ICollateralLedger,
    ParkedCredit,
    ParkReason
} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerTerms, SourceListing} from "../solidity/interfaces/ILedgerTerms.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {LedgerFixture, TestJournal, feesAt} from "./LedgerFixture.sol";

/// @notice Caps over several assets and the credit bucket, of a source that needs no witness.
/// @dev Cap of each asset a thousand tokens: burst 250 tokens, a token refills in 86.4 s.
contract LedgerLimitsTest is LedgerFixture {
    uint16 private constant SECOND = 8;
    uint16 private constant SECOND_USD = 3;

    TestJournal private second;

    // The bucket

    function test_I10_parks_what_the_bucket_does_not_hold_until_it_does() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        lock(USD, ONE_USD, accountOf(bob), 3);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Parked(SOURCE, 2, accountOf(bob), USD, ONE_USD, 3, ParkReason.LIMIT);
        applyAll();
        assertEq(amountOf(alice, USD), 250 * ONE_USD);
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 87, "86.4 s, rounded up");
        assertEq(ledger.assetOf(USD).parked, ONE_USD);
        vm.warp(START + 86);
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.NotReady.selector, 2, START + 87));
        ledger.unpark(SOURCE, 2);
        vm.warp(START + 87);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Unparked(SOURCE, 2, accountOf(bob), USD, ONE_USD, 3, accountOf(relayer));
        vm.prank(relayer);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(bob, USD), ONE_USD - 3);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_I9_an_entry_above_the_burst_waits_longer_and_not_for_ever() public {
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.parkedOf(SOURCE, 1).readyAt, START + 18 hours);
        vm.warp(START + 18 hours);
        ledger.unpark(SOURCE, 1);
        assertEq(amountOf(alice, USD), 1000 * ONE_USD);
    }

    function test_I9_a_bucket_spoken_for_two_days_ahead_gives_no_more_places() public {
        for (uint256 i = 0; i < 3; ++i) {
            lock(USD, 900 * ONE_USD, accountOf(alice), 0);
        }
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.LIMIT));
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.LIMIT));
        assertEq(ledger.parkedOf(SOURCE, 2).readyAt, START + 43.2 hours - 6 hours);
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.CAP));
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, 900 * ONE_USD);
        uint256 at = quote.at;
        assertEq(uint8(quote.reason), uint8(ParkReason.CAP));
        assertEq(quote.limiter, "bucket");
        assertEq(at, START + 64.8 hours - 48 hours);
        // A tick more than 60,492 seconds.
        assertEq(ledger.quoteCredit(accountOf(alice), USD, 900_138_889).at, START + 60_493, "rounded up");
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.CapExceeded.selector, 900 * ONE_USD, 0));
        ledger.unpark(SOURCE, 3);
        vm.warp(at);
        vm.expectEmit(address(ledger));
        emit ICollateralLedger.Postponed(SOURCE, 3, ParkReason.LIMIT, uint40(START + 58.8 hours));
        ledger.unpark(SOURCE, 3);
        assertEq(uint8(ledger.parkedOf(SOURCE, 3).reason), uint8(ParkReason.LIMIT));
        assertEq(ledger.parkedOf(SOURCE, 3).readyAt, START + 58.8 hours);
        assertEq(ledger.assetOf(USD).parked, 2700 * ONE_USD, "nothing is lost");
    }

    /// @notice What becomes creditable in any window is at most burst + rate · window, however locks arrive.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I10_credit_in_any_window_stays_within_burst_and_rate(uint256 seed) public {
        uint256[] memory at = new uint256[](30);
        uint256[] memory amounts = new uint256[](30);
        for (uint256 i = 0; i < 30; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 4 == 0) vm.warp(vm.getBlockTimestamp() + ((random >> 8) % 3 hours));
            uint128 amount = uint128(1 + ((random >> 64) % (60 * ONE_USD)));
            CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, amount);
            lock(USD, amount, accountOf(alice), 0);
            applyAll();
            ParkedCredit memory parked = ledger.parkedOf(SOURCE, uint96(i + 1));
            assertEq(uint8(parked.reason), uint8(quote.reason), "as said in advance");
            if (quote.reason == ParkReason.CAP) continue;
            amounts[i] = amount;
            at[i] = quote.reason == ParkReason.NONE ? vm.getBlockTimestamp() : parked.readyAt;
            assertEq(at[i], quote.at, "as said in advance");
            // What waits for its line's season has had its place in the bucket already.
            if (quote.reason == ParkReason.SEASON) at[i] = vm.getBlockTimestamp();
        }
        for (uint256 i = 0; i < 30; ++i) {
            for (uint256 j = 0; j < 30; ++j) {
                if (at[i] == 0 || at[j] < at[i]) continue;
                uint256 sum = 0;
                for (uint256 k = 0; k < 30; ++k) {
                    if (at[k] >= at[i] && at[k] <= at[j]) sum += amounts[k];
                }
                // Dates are whole seconds, so a window may hold one more of them.
                assertLe(sum, 250 * ONE_USD + (1000 * ONE_USD * (at[j] - at[i] + 1)) / 1 days, "burst + rate * W");
            }
        }
    }

    // Caps over several assets

    function test_I10_parks_what_does_not_fit_under_the_cap_of_the_source() public {
        _capSource(300e18);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 100 * ONE_ETH + 1, accountOf(alice), 0);
        lock(ETH, 100 * ONE_ETH, accountOf(bob), 0);
        lock(USD, 1, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.CAP));
        assertEq(uint8(ledger.parkedOf(SOURCE, 4).reason), uint8(ParkReason.CAP));
        assertEq(amountOf(bob, ETH), 100 * ONE_ETH);
        assertEq(ledger.limitsOf(USD).sourceTotalWad, 300e18);
        assertEq(ledger.limitsOf(USD).sourceRoom, 0);
        bytes32 limiter = ledger.quoteCredit(accountOf(alice), USD, 1).limiter;
        assertEq(limiter, "source cap");
        vm.expectRevert(abi.encodeWithSelector(ICollateralLedger.CapExceeded.selector, 1, 0));
        ledger.unpark(SOURCE, 4);
        vm.prank(bob);
        ledger.requestRelease(accountOf(bob), ETH, ONE_ETH, bytes32(uint256(uint160(bob))), 0);
        assertEq(ledger.limitsOf(USD).sourceTotalWad, 299e18, "a release makes room");
        assertEq(ledger.limitsOf(USD).sourceRoom, ONE_USD);
        ledger.unpark(SOURCE, 4);
        assertEq(amountOf(bob, USD), 1);
        assertEq(ledger.limitsOf(USD).sourceTotalWad, 299e18 + 1e12);
    }

    function test_I10_parks_what_does_not_fit_under_the_cap_of_the_underlying_over_all_sources() public {
        _listSecond();
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setUnderlyingCap(1, 150e18);
        assertEq(ledger.limitsOf(SECOND_USD).underlyingTotalWad, 100e18, "what there was counts from the start");
        assertEq(ledger.limitsOf(SECOND_USD).underlyingRoom, 50 * ONE_USD);
        assertEq(ledger.limitsOf(ETH).underlyingRoom, type(uint256).max, "no cap");
        append(second, lockEntry(1, 50 * ONE_USD + 1, accountOf(alice), 0));
        append(second, lockEntry(1, 50 * ONE_USD, accountOf(alice), 0));
        _applySecond();
        assertEq(uint8(ledger.parkedOf(SECOND, 1).reason), uint8(ParkReason.CAP));
        assertEq(amountOf(alice, SECOND_USD), 50 * ONE_USD);
        lock(USD, 1, accountOf(alice), 0);
        lock(ETH, ONE_ETH, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.CAP));
        assertEq(amountOf(alice, ETH), ONE_ETH, "another underlying");
        bytes32 limiter = ledger.quoteCredit(accountOf(alice), USD, 1).limiter;
        assertEq(limiter, "underlying cap");
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, bytes32(uint256(uint160(alice))), 0);
        assertEq(ledger.limitsOf(SECOND_USD).underlyingTotalWad, 149e18, "a release makes room");
        assertEq(ledger.limitsOf(SECOND_USD).underlyingRoom, ONE_USD);
    }

    function test_an_asset_listed_under_a_capped_underlying_counts_from_its_listing() public {
        vm.prank(governor);
        ledger.setUnderlyingCap(1, 10e18);
        _listSecond();
        append(second, lockEntry(1, 11 * ONE_USD, accountOf(alice), 0));
        append(second, lockEntry(1, 10 * ONE_USD, accountOf(alice), 0));
        _applySecond();
        assertEq(uint8(ledger.parkedOf(SECOND, 1).reason), uint8(ParkReason.CAP));
        assertEq(ledger.limitsOf(USD).underlyingTotalWad, 10e18);
    }

    function test_a_quote_tells_until_when_credit_is_paused() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 200));
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, 1);
        assertEq(
            abi.encode(quote.reason, quote.limiter, quote.at),
            abi.encode(ParkReason.CAP, bytes32("paused"), START + 200)
        );
        vm.warp(START + 200);
        assertEq(uint8(ledger.quoteCredit(accountOf(alice), USD, 1).reason), uint8(ParkReason.NONE));
    }

    function test_fees_that_are_parked_leave_every_sum() public {
        _capSource(300e18);
        bytes32 slot = keccak256(abi.encode(USD, keccak256(abi.encode(accountOf(relayer), 0))));
        vm.store(address(ledger), slot, bytes32(uint256(type(uint112).max)));
        lock(USD, 100 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, feesAt(1)).reason), uint8(ParkReason.FEE));
        assertEq(ledger.limitsOf(USD).sourceTotalWad, 99e18);
    }

    function test_only_the_governor_raises_limits_and_the_risk_admin_lowers_them() public {
        bytes[3] memory calls = [
            abi.encodeCall(ILedgerDuties.setSourceCap, (SOURCE, 5e18)),
            abi.encodeCall(ILedgerDuties.setUnderlyingCap, (1, 5e18)),
            abi.encodeCall(ILedgerDuties.setFast, (USD, 5))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("riskAdmin"))
            );
            _call(calls[i]);
        }
        vm.startPrank(governor);
        for (uint256 i = 0; i < 3; ++i) {
            _call(calls[i]);
        }
        vm.stopPrank();
        vm.startPrank(riskAdmin);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectPartialRevert(ILedgerTerms.LimitNotLower.selector);
            _call(calls[i]);
        }
        ledger.setSourceCap(SOURCE, 5e18 - 1);
        ledger.setUnderlyingCap(1, 5e18 - 1);
        ledger.setFast(USD, 4);
        vm.stopPrank();
        assertEq(ledger.limitsOf(USD).sourceCapWad, 5e18 - 1);
        assertEq(ledger.limitsOf(USD).underlyingCapWad, 5e18 - 1);
    }

    function test_refuses_limits_that_are_none() public {
        vm.startPrank(governor);
        vm.expectRevert(ILedgerTerms.CapMissing.selector);
        ledger.setSourceCap(SOURCE, 0);
        vm.expectRevert(ILedgerTerms.CapMissing.selector);
        ledger.setUnderlyingCap(1, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.UnderlyingUnknown.selector, 9));
        ledger.setUnderlyingCap(9, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 9));
        ledger.setSourceCap(9, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.FastTooHigh.selector, 2_501, 2_500));
        ledger.setFast(USD, 2_501);
    }

    function _capSource(uint128 capWad) private {
        vm.prank(governor);
        ledger.setSourceCap(SOURCE, capWad);
    }

    function _call(bytes memory call_) private {
        (bool ok, bytes memory answer) = address(ledger).call(call_);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _listSecond() private {
        SourceListing memory terms = sourceListing(SECOND);
        terms.vault = makeAddr("second vault");
        vm.startPrank(governor);
        ledger.listSource(terms);
        ledger.listAsset(assetListing(SECOND, 1, 1, 6));
        vm.stopPrank();
        openJournal(second, terms.vault);
    }

    function _applySecond() private {
        JournalHead memory statement = statementOf(second, tip(second));
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(second, 0, tip(second));
        ledger.applyEntries(SECOND, 0, entries, new uint64[](0), statement, sigs, accountOf(relayer));
    }
}

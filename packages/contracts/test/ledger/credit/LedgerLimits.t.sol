// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {CreditQuote, Line, ParkReason} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice The credit bucket, of a source that needs no witness.
/// @dev Cap of each asset a thousand tokens: burst 250 tokens, a token refills in 86.4 s.
contract LedgerLimitsTest is LedgerFixture {
    // The bucket

    function test_I10_what_the_bucket_does_not_hold_is_credited_and_unseasoned_until_it_does() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        lock(USD, 100 * ONE_USD, accountOf(bob), 3);
        applyAll();
        Line memory line = ledger.lineOf(accountOf(bob), USD);
        assertEq(line.amount, 100 * ONE_USD - 3);
        assertEq(line.unseasoned, 100 * ONE_USD - 3);
        assertEq(line.seasonEnd, START + 8_640, "86.4 s for each");
        assertEq(ledger.lineOf(accountOf(relayer), USD).seasonEnd, START + 8_640, "and for the fee");
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, START + 1 hours);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_I9_an_entry_above_the_burst_waits_longer_and_not_for_ever() public {
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, START + 18 hours);
    }

    /// @notice Under one cap nobody fills it so far: raised caps let in more before what came earlier has seasoned.
    function test_I9_a_bucket_spoken_for_two_days_ahead_gives_no_more_places() public {
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _raise(2_000_000);
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _raise(4_000_000);
        lock(USD, 2000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, START + 42 hours);
        _raise(8_000_000);
        CreditQuote memory quote = ledger.quoteCredit(accountOf(bob), USD, ONE_USD);
        assertEq(uint8(quote.reason), uint8(ParkReason.CAP));
        assertEq(quote.limiter, "bucket");
        assertEq(quote.at, START + 11, "10.8 s, rounded up");
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 4).reason), uint8(ParkReason.CAP));
        vm.warp(START + 10);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, ONE_USD, 0));
        ledger.unpark(SOURCE, 4);
        vm.warp(START + 11);
        ledger.unpark(SOURCE, 4);
        assertEq(ledger.lineOf(accountOf(bob), USD).seasonEnd, START + 42 hours + 11);
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

    function test_only_the_governor_raises_the_fast_limit_and_the_risk_admin_lowers_it() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerTerms.NotAuthorized.selector, address(this), bytes32("riskAdmin"))
        );
        ledger.setFast(USD, 5);
        vm.prank(governor);
        ledger.setFast(USD, 5);
        vm.startPrank(riskAdmin);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.LimitNotLower.selector, 5, 5));
        ledger.setFast(USD, 5);
        ledger.setFast(USD, 4);
        vm.stopPrank();
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.FastTooHigh.selector, 2_501, 2_500));
        ledger.setFast(USD, 2_501);
    }

    function _raise(uint64 capThousandths) private {
        vm.prank(governor);
        ledger.setCap(USD, capThousandths);
    }

    // The bound

    /// @dev Each credit has an account of its own, so that its line says what of it has seasoned when.
    struct Credited {
        uint256 at;
        uint256 amount;
        uint256 unseasoned;
        uint256 seasonEnd;
    }

    /// @notice Of what is credited from any moment on, at most burst + rate · W has seasoned W later, however locks arrive.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I10_what_is_credited_from_any_moment_on_seasons_within_burst_and_rate(uint256 seed) public {
        _requireBound(_attack(seed, 30));
    }

    /// @notice How close an attacker comes who chooses amounts and times.
    function test_I10_an_attack_search_reaches_95_percent_of_that_bound_and_never_passes_it() public {
        uint256 best;
        uint256 snapshot = vm.snapshotState();
        for (uint256 seed = 0; seed < 24; ++seed) {
            uint256 reached = _requireBound(_attack(uint256(keccak256(abi.encode("attack", seed))), 12));
            if (reached > best) best = reached;
            vm.revertToState(snapshot);
        }
        console.log("of the bound, in parts of 10,000:", best);
        assertGe(best, 9_500, "the attack is not idle");
    }

    /// @dev Locks of any size, now and then in a hurry, each for an account of its own.
    function _attack(uint256 seed, uint256 count) private returns (Credited[] memory credits) {
        credits = new Credited[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 4 == 0) vm.warp(vm.getBlockTimestamp() + ((random >> 8) % 3 hours));
            uint128 amount = uint128(1 + ((random >> 64) % ((random >> 200) % 4 == 0 ? 250 * ONE_USD : 60 * ONE_USD)));
            address owner = vm.addr(uint256(keccak256(abi.encode(seed, i, "owner"))));
            CreditQuote memory quote = ledger.quoteCredit(accountOf(owner), USD, amount);
            lock(USD, amount, accountOf(owner), 0);
            applyAll();
            assertEq(uint8(ledger.parkedOf(SOURCE, tip(journal)).reason), uint8(quote.reason), "as said in advance");
            if (quote.reason != ParkReason.NONE) continue;
            Line memory line = ledger.lineOf(accountOf(owner), USD);
            assertEq(line.amount, amount);
            assertEq(line.unseasoned, quote.unseasoned, "as said in advance");
            assertEq(line.seasonEnd, quote.seasonEnd, "as said in advance");
            credits[i] = Credited(vm.getBlockTimestamp(), amount, line.unseasoned, line.seasonEnd);
        }
    }

    /// @dev From each moment at which something was credited to each at which something seasoned. Gives the largest part of the
    ///      bound that was reached an hour or more later, in parts of 10,000.
    function _requireBound(Credited[] memory credits) private pure returns (uint256 reached) {
        for (uint256 i = 0; i < credits.length; ++i) {
            for (uint256 j = i; j < credits.length; ++j) {
                if (credits[i].amount == 0 || credits[j].amount == 0) continue;
                uint256 end = credits[j].unseasoned == 0 ? credits[j].at : credits[j].seasonEnd;
                uint256 sum = 0;
                for (uint256 k = i; k < credits.length && credits[k].at <= end; ++k) {
                    if (credits[k].at < credits[i].at) continue;
                    sum += credits[k].amount - (credits[k].seasonEnd <= end ? 0 : credits[k].unseasoned);
                }
                uint256 bound = 250 * ONE_USD + (1000 * ONE_USD * (end - credits[i].at)) / 1 days;
                assertLe(sum, bound, "burst + rate * W");
                if (end >= credits[i].at + 1 hours && (sum * 10_000) / bound > reached)
                    reached = (sum * 10_000) / bound;
            }
        }
    }
}

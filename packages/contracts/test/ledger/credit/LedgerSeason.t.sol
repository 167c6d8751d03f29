// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {
    CreditLimits,
    CreditQuote,
    Line,
    ParkReason,
    ParkedCredit
} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture, feesAt} from "../LedgerFixture.sol";

/// @notice What exceeds the season level is unseasoned: the cap is 1,000 tokens, so the bucket holds 250, the level is 62.5, and
///         the bucket refills by 1,000 a day.
contract LedgerSeasonTest is LedgerFixture {
    uint128 private constant LEVEL = 62_500_000;

    // The level and the excess

    function test_I16_what_stays_within_the_level_needs_no_season_and_tells_nothing() public {
        lock(USD, LEVEL, accountOf(alice), 0);
        vm.recordLogs();
        applyAll();
        // Enabled, Applied and Refreshed.
        assertEq(vm.getRecordedLogs().length, 3);
        assertEq(ledger.limitsOf(USD).seasonRoom, 0);
        _expectLine(alice, LEVEL, 0, 0);
        _release(alice, LEVEL);
    }

    function test_I16_the_excess_is_unseasoned_for_an_hour_after_the_statement() public {
        assertEq(ledger.limitsOf(USD).seasonRoom, LEVEL);
        lock(USD, 50 * ONE_USD, accountOf(bob), 0);
        lock(USD, LEVEL - 50 * ONE_USD + 7 * ONE_USD, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Unseasoned(accountOf(alice), USD, uint104(7 * ONE_USD), uint32(START + 60 minutes));
        applyAll();
        _expectLine(bob, 50 * ONE_USD, 0, 0);
        uint128 held = LEVEL - 43 * ONE_USD;
        _expectLine(alice, held, 7 * ONE_USD, START + 60 minutes);

        // It counts for maintenance at once, for initial and for leaving not before its end.
        _refuseRelease(alice, held, held - 7 * ONE_USD);
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        assertEq((aI * 10_000) / 7_200, uint256(held - 7 * ONE_USD) * 1e12);
        assertEq((aM * 10_000) / 8_075, uint256(held) * 1e12);
        vm.warp(START + 60 minutes - 1);
        _refuseRelease(alice, held, held - 7 * ONE_USD);
        vm.warp(START + 60 minutes);
        setPrices(1e12, 2000e12);
        (aI, , , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq((aI * 10_000) / 7_200, uint256(held) * 1e12);
        _release(alice, held);
    }

    function test_I16_a_season_lasts_half_an_hour_where_the_statement_is_old() public {
        lock(USD, LEVEL + 5, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        vm.warp(START + 50 minutes);
        post(0, statement);
        _expectLine(alice, LEVEL + 5, 5, START + 80 minutes);
    }

    function test_the_level_comes_back_with_the_bucket() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expectLine(alice, 250 * ONE_USD, 250 * ONE_USD - LEVEL, START + 60 minutes);
        // Three quarters of the burst later the first unit of the level is back.
        vm.warp(START + 4.5 hours);
        assertEq(ledger.limitsOf(USD).seasonRoom, 0);
        vm.warp(START + 4.5 hours + 864);
        assertEq(ledger.limitsOf(USD).seasonRoom, 10 * ONE_USD, "at the rate of the bucket: a hundredth of a day");
        lock(USD, 11 * ONE_USD, accountOf(bob), 0);
        applyAll();
        _expectLine(bob, 11 * ONE_USD, ONE_USD, START + 5.5 hours + 864);
    }

    // Joining

    function test_I16_an_excess_joins_what_is_unseasoned_with_the_later_end() public {
        lock(USD, LEVEL + 32 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        // A sixteenth of 32 is no dust. The bucket has refilled below the level all the same, so all of it is excess.
        lock(USD, 2 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _expectLine(alice, LEVEL + 34 * ONE_USD, 34 * ONE_USD, START + 70 minutes);
        // What has seasoned holds nothing back any more.
        vm.warp(START + 70 minutes);
        lock(USD, 40 * ONE_USD, accountOf(alice), 0);
        applyAll();
        uint256 room = 14_611_111;
        _expectLine(alice, LEVEL + 74 * ONE_USD, 40 * ONE_USD - room, START + 130 minutes);
    }

    function test_I9_dust_is_parked_and_puts_nobodys_end_off() public {
        lock(USD, LEVEL + 32 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        uint128 dust = 2 * ONE_USD - 1;
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, dust);
        assertEq(uint8(quote.reason), uint8(ParkReason.SEASON));
        assertEq(quote.limiter, "season");
        assertEq(quote.at, START + 70 minutes);
        lock(USD, dust, accountOf(alice), 1);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Parked(SOURCE, 2, accountOf(alice), USD, dust - 1, 0, ParkReason.SEASON);
        applyAll();
        _expectLine(alice, LEVEL + 32 * ONE_USD, 32 * ONE_USD, START + 60 minutes);
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, 2);
        assertEq(parked.readyAt, START + 70 minutes, "the later of both ends");
        assertEq(parked.flags, 0);
        assertEq(ledger.assetOf(USD).parked, dust - 1);
        assertEq(amountOf(relayer, USD), 1, "who carried it is paid");
        vm.warp(START + 70 minutes - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 2, START + 70 minutes));
        ledger.unpark(SOURCE, 2);
        // By then the bucket is spoken for again: it has had its place.
        vm.warp(START + 70 minutes);
        lock(USD, 200 * ONE_USD, accountOf(bob), 0);
        applyAll();
        vm.recordLogs();
        vm.prank(relayer);
        ledger.unpark(SOURCE, 2);
        assertEq(vm.getRecordedLogs().length, 1, "seasoned: Unparked alone");
        assertEq(amountOf(alice, USD), LEVEL + 32 * ONE_USD + dust - 1);
        assertEq(amountOf(relayer, USD), 1);
        assertEq(ledger.assetOf(USD).parked, 0);
    }

    function test_I9_an_excess_of_one_unit_is_dust() public {
        lock(USD, LEVEL + 32 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 50 minutes);
        uint128 room = uint128(ledger.limitsOf(USD).seasonRoom);
        assertGt(room, 0);
        lock(USD, room + 1, accountOf(alice), 0);
        applyAll();
        _expectLine(alice, LEVEL + 32 * ONE_USD, 32 * ONE_USD, START + 60 minutes);
        assertEq(uint8(ledger.parkedOf(SOURCE, 2).reason), uint8(ParkReason.SEASON));
    }

    function test_a_quote_tells_what_of_a_credit_would_be_unseasoned() public {
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), USD, LEVEL);
        assertEq(quote.unseasoned + quote.seasonEnd, 0);
        assertEq(quote.at, START);
        quote = ledger.quoteCredit(accountOf(alice), USD, LEVEL + 9);
        assertEq(uint8(quote.reason), uint8(ParkReason.NONE));
        assertEq(quote.unseasoned, 9);
        assertEq(quote.seasonEnd, START + 60 minutes);
        lock(USD, LEVEL + 9, accountOf(alice), 0);
        JournalHead memory statement = statementOf(journal, 1);
        statement.asOf += 120;
        post(0, statement);
        _expectLine(alice, LEVEL + 9, 9, START + 62 minutes);
        quote = ledger.quoteCredit(accountOf(alice), USD, 50);
        assertEq(quote.seasonEnd, START + 62 minutes, "with the later end");
    }

    // Fees

    function test_I16_a_fee_is_unseasoned_first_and_is_credited_once_with_its_season() public {
        lock(USD, LEVEL + 3 * ONE_USD, accountOf(alice), uint96(5 * ONE_USD));
        lock(USD, 4 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Unseasoned(accountOf(alice), USD, uint104(3 * ONE_USD), uint32(START + 60 minutes));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Unseasoned(accountOf(relayer), USD, uint104(4 * ONE_USD), uint32(START + 60 minutes));
        applyAll();
        _expectLine(alice, LEVEL + ONE_USD, 3 * ONE_USD, START + 60 minutes);
        _expectLine(relayer, 6 * ONE_USD, 4 * ONE_USD, START + 60 minutes);
    }

    function test_I9_a_fee_that_is_dust_is_parked_with_a_date() public {
        lock(USD, LEVEL + 32 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        vm.warp(START + 10 minutes);
        lock(USD, 10 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        _expectLine(alice, 9 * ONE_USD, 9 * ONE_USD, START + 70 minutes);
        _expectLine(relayer, LEVEL + 32 * ONE_USD, 32 * ONE_USD, START + 60 minutes);
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, feesAt(2));
        assertEq(uint8(parked.reason), uint8(ParkReason.FEE), "under the last entry that paid into it");
        assertEq(parked.amount, ONE_USD);
        assertEq(parked.flags, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, feesAt(2), START + 70 minutes));
        ledger.unpark(SOURCE, feesAt(2));
        vm.warp(START + 70 minutes);
        ledger.unpark(SOURCE, feesAt(2));
        assertEq(amountOf(relayer, USD), LEVEL + 33 * ONE_USD);
    }

    function test_I9_a_fee_that_needs_no_season_waits_for_nobodys() public {
        lock(USD, LEVEL + 32 * ONE_USD, accountOf(relayer), 0);
        applyAll();
        // The bucket has refilled above the level by then, and the relayer's season runs on.
        vm.warp(START + 50 minutes);
        lock(USD, ONE_USD, accountOf(alice), 9);
        applyAll();
        _expectLine(relayer, LEVEL + 32 * ONE_USD + 9, 32 * ONE_USD, START + 60 minutes);
    }

    // Out of parking

    function test_I16_what_waited_for_room_seasons_from_when_it_was_parked() public {
        lock(USD, 250 * ONE_USD, accountOf(bob), 0);
        applyAll();
        _pause(USD);
        lock(USD, 10 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        vm.warp(START + 864);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Unseasoned(accountOf(alice), USD, uint104(9 * ONE_USD), uint32(START + 62 minutes));
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Unseasoned(accountOf(relayer), USD, uint104(ONE_USD), uint32(START + 62 minutes));
        vm.prank(relayer);
        ledger.unpark(SOURCE, 2);
        _expectLine(alice, 9 * ONE_USD, 9 * ONE_USD, START + 62 minutes);
        _expectLine(relayer, ONE_USD, ONE_USD, START + 62 minutes);
    }

    /// @notice But for what the bucket does not hold: that has the date of its place.
    function test_I10_what_waited_longer_than_its_season_waits_for_the_bucket_alone() public {
        _pause(USD);
        lock(USD, 1000 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 18 hours);
        ledger.unpark(SOURCE, 1);
        _expectLine(alice, 1000 * ONE_USD, 750 * ONE_USD, START + 36 hours);
        _release(alice, 250 * ONE_USD);
    }

    function test_I16_what_leaves_parking_within_the_hour_has_the_excess_of_that_moment() public {
        _pause(USD);
        _pause(ETH);
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        lock(ETH, 100 * ONE_ETH, accountOf(alice), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 1).reason), uint8(ParkReason.CAP));
        vm.warp(START + 62 minutes - 1);
        ledger.unpark(SOURCE, 1);
        _expectLine(alice, 100 * ONE_USD, 100 * ONE_USD - LEVEL, START + 62 minutes);
        vm.warp(START + 62 minutes);
        ledger.unpark(SOURCE, 2);
        Line memory line = ledger.lineOf(accountOf(alice), ETH);
        assertEq(line.amount, 100 * ONE_ETH);
        assertEq(line.seasonEnd, 0, "longer than its season");
    }

    function test_a_credit_that_takes_its_place_in_the_bucket_late_keeps_its_season() public {
        _pause(USD);
        lock(USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 1 hours);
        ledger.unpark(SOURCE, 1);
        _expectLine(alice, 200 * ONE_USD, 200 * ONE_USD - LEVEL, START + 62 minutes);
    }

    function test_I9_a_parked_credit_that_became_dust_waits_for_its_line() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _pause(USD);
        lock(USD, 10 * ONE_USD, accountOf(alice), 0);
        applyAll();
        vm.warp(START + 864);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Postponed(SOURCE, 2, ParkReason.SEASON, uint40(START + 62 minutes));
        ledger.unpark(SOURCE, 2);
        _expectLine(alice, 250 * ONE_USD, 250 * ONE_USD - LEVEL, START + 60 minutes);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 2, START + 62 minutes));
        ledger.unpark(SOURCE, 2);
        vm.warp(START + 62 minutes);
        ledger.unpark(SOURCE, 2);
        assertEq(amountOf(alice, USD), 260 * ONE_USD);
    }

    function test_I9_a_fee_is_no_part_of_what_is_dust_beside_a_line() public {
        lock(USD, 250 * ONE_USD, accountOf(alice), 0);
        applyAll();
        _pause(USD);
        // A sixteenth of the 187.5 that are unseasoned is more than 11, and less than 12.
        lock(USD, 12 * ONE_USD, accountOf(alice), uint96(ONE_USD));
        applyAll();
        vm.warp(START + 1037);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Postponed(SOURCE, 2, ParkReason.SEASON, uint40(START + 62 minutes));
        ledger.unpark(SOURCE, 2);
    }

    // Caps

    /// @notice No order of caps, up or down, gives back a unit of the level.
    function testFuzz_I16_no_sequence_of_caps_fills_the_level(uint256 seed) public {
        lock(USD, uint128(seed % (250 * ONE_USD + 1)), accountOf(alice), 0);
        applyAll();
        uint256 room = ledger.limitsOf(USD).seasonRoom;
        for (uint256 i = 0; i < 12; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            _setCap(uint64(random % 10 ** ((random >> 64) % 12)));
            CreditLimits memory limits = ledger.limitsOf(USD);
            assertLe(limits.seasonRoom, room, "never raised");
            assertLe(limits.seasonRoom, limits.burstUnits / 4 + 1);
            room = limits.seasonRoom;
        }
    }

    // The bound

    /// @notice What is fresh and may leave at once is, in any window W, at most level + rate · W, however locks arrive.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I16_what_needs_no_season_stays_within_level_and_rate(uint256 seed) public {
        uint256[] memory at = new uint256[](30);
        uint256[] memory free = new uint256[](30);
        for (uint256 i = 0; i < 30; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            if (random % 3 == 0) vm.warp(vm.getBlockTimestamp() + ((random >> 8) % 2 hours));
            at[i] = vm.getBlockTimestamp();
            address owner = vm.addr(1 + i);
            uint128 amount = uint128(1 + ((random >> 64) % (40 * ONE_USD)));
            lock(USD, amount, accountOf(owner), (random >> 60) % 2 == 0 ? 0 : uint96(amount / 3));
            uint256 relayed = _freeOf(relayer);
            applyAll();
            free[i] = _freeOf(owner) + _freeOf(relayer) - _min(relayed, _freeOf(relayer));
        }
        for (uint256 i = 0; i < 30; ++i) {
            uint256 sum = 0;
            for (uint256 j = i; j < 30; ++j) {
                sum += free[j];
                assertLe(sum, LEVEL + (1000 * ONE_USD * (at[j] - at[i])) / 1 days + 1, "level + rate * W");
            }
        }
    }

    /// @notice A line never holds more unseasoned than it holds, and all that is unseasoned leaves after its end and no sooner.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I16_unseasoned_units_leave_at_their_end_and_no_sooner(uint256 seed) public {
        for (uint256 i = 0; i < 20; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(vm.getBlockTimestamp() + ((random >> 8) % 40 minutes));
            uint128 amount = uint128(1 + ((random >> 64) % (60 * ONE_USD)));
            lock(
                USD,
                amount,
                accountOf(random % 2 == 0 ? alice : bob),
                (random >> 60) % 2 == 0 ? 0 : uint96(amount / 9)
            );
            applyAll();
            for (uint96 index = 1; index <= tip(journal); ++index) {
                (bool ok, ) = address(ledger).call(abi.encodeCall(ledger.unpark, (SOURCE, index)));
                ok;
            }
            Line memory line = ledger.lineOf(accountOf(alice), USD);
            if (vm.getBlockTimestamp() >= line.seasonEnd) continue;
            assertLe(line.unseasoned, line.amount);
            _refuseRelease(alice, line.amount, line.amount - line.unseasoned);
        }
        Line memory last = ledger.lineOf(accountOf(alice), USD);
        if (last.amount == 0) return;
        if (last.seasonEnd > vm.getBlockTimestamp()) vm.warp(last.seasonEnd);
        _release(alice, last.amount);
    }

    function _freeOf(address owner) private view returns (uint256) {
        Line memory line = ledger.lineOf(accountOf(owner), USD);
        return vm.getBlockTimestamp() < line.seasonEnd ? line.amount - line.unseasoned : line.amount;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    /// @dev Until a second later: what is applied now is parked CAP.
    function _pause(uint16 assetId) private {
        vm.prank(pauser);
        ledger.pause(0, assetId, 2, uint40(vm.getBlockTimestamp() + 1));
    }

    function _setCap(uint64 capThousandths) private {
        vm.prank(governor);
        ledger.setCap(USD, capThousandths);
    }

    function _expectLine(address owner, uint256 amount, uint256 unseasoned, uint256 seasonEnd) private view {
        Line memory line = ledger.lineOf(accountOf(owner), USD);
        assertEq(line.amount, amount, "amount");
        assertEq(line.unseasoned, unseasoned, "unseasoned");
        assertEq(line.seasonEnd, seasonEnd, "seasonEnd");
    }

    function _release(address owner, uint128 amount) private {
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), USD, amount, bytes32(uint256(uint160(owner))), 0);
    }

    function _refuseRelease(address owner, uint128 amount, uint256 seasoned) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, amount, seasoned));
        _release(owner, amount);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, amount, seasoned));
        vm.prank(owner);
        ledger.transfer(accountOf(owner), accountOf(relayer), USD, amount);
    }
}

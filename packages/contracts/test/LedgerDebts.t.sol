// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerGenerations, WriteOff} from "../solidity/interfaces/ILedgerGenerations.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice What an account or fees owe since entries were taken back, and what comes to them before it is shared out.
contract LedgerDebtsTest is ClosingFixture, LedgerReleaseFixture {
    address private carol = makeAddr("carol");

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    function test_a_debt_is_repaid_to_the_last_unit_and_leaves_no_mark() public {
        // A pause that is over leaves its own mark beside that of the debt.
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        vm.warp(START + 1);
        (uint256 before, ) = ledger.termWordsOf(USD);
        _leaveDebt(3);
        _repay(2);
        assertEq(abi.encode(ledger.writeOffOf(USD)), abi.encode(WriteOff(1, uint40(START + 1), 0)));
        assertEq(ledger.debtOf(accountOf(carol), USD), 1);
        assertEq(ledger.lineOf(accountOf(carol), USD).flags, 1);
        _repay(1);
        WriteOff memory none;
        assertEq(abi.encode(ledger.writeOffOf(USD)), abi.encode(none));
        assertEq(ledger.debtOf(accountOf(carol), USD), 0);
        assertEq(ledger.lineOf(accountOf(carol), USD).flags, 0);
        (uint256 afterwards, ) = ledger.termWordsOf(USD);
        assertEq(afterwards, before);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
    }

    function test_what_repays_a_debt_takes_its_place_in_the_bucket() public {
        _leaveDebt(30 * ONE_USD);
        vm.warp(START + 1 days);
        assertEq(ledger.limitsOf(USD).bucketRoom, 4_000 * ONE_USD);
        _repay(30 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, 105 * ONE_USD);
        assertEq(ledger.limitsOf(USD).bucketRoom, 3_970 * ONE_USD);
    }

    function test_I16_of_what_repays_a_debt_only_what_is_left_is_unseasoned() public {
        _leaveDebt(10 * ONE_USD);
        vm.warp(START + 1 days);
        // The whole season level.
        lock(USD, 1_000 * ONE_USD, accountOf(bob), 0);
        lock(USD, 20 * ONE_USD, accountOf(carol), 0);
        applyAll();
        _expectUnseasoned(carol, 10 * ONE_USD, 10 * ONE_USD);
    }

    function test_I16_of_fees_that_repay_what_fees_owed_only_what_is_left_is_unseasoned() public {
        lock(USD, 30 * ONE_USD, accountOf(carol), uint96(2 * ONE_USD));
        applyAll();
        close(3);
        follow(3, 1);
        assertEq(ledger.debtOf(0, USD), 2 * ONE_USD);
        vm.warp(START + 1 days);
        lock(USD, 1_000 * ONE_USD, accountOf(bob), 0);
        lock(USD, 20 * ONE_USD, accountOf(bob), uint96(5 * ONE_USD));
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.Repaid(0, USD, 2 * ONE_USD);
        applyAll();
        _expectUnseasoned(relayer, 5 * ONE_USD, 3 * ONE_USD);
        assertEq(ledger.debtOf(0, USD), 0);
        assertEq(ledger.writeOffOf(USD).owing, 0);
    }

    function test_fees_that_owe_nothing_repay_nothing_of_what_an_account_owes() public {
        _leaveDebt(3);
        lock(USD, ONE_USD, accountOf(bob), 9);
        vm.recordLogs();
        applyAll();
        assertEq(vm.getRecordedLogs().length, 2, "the two events of any batch");
        assertEq(amountOf(relayer, USD), 9);
        assertEq(ledger.writeOffOf(USD).owing, 3);
    }

    /// @dev What Carol has released is taken back from her.
    function _leaveDebt(uint128 amount) private {
        lock(USD, amount, accountOf(carol), 0);
        applyAll();
        release(carol, USD, amount, 0);
        close(3);
        follow(3, 1);
    }

    function _repay(uint128 amount) private {
        lock(USD, amount, accountOf(carol), 0);
        vm.expectEmit(address(ledger));
        emit ILedgerGenerations.Repaid(accountOf(carol), USD, amount);
        applyAll();
        assertEq(amountOf(carol, USD), 0);
    }

    function _expectUnseasoned(address owner, uint256 amount, uint256 unseasoned) private view {
        Line memory line = ledger.lineOf(accountOf(owner), USD);
        assertEq(line.amount, amount);
        assertEq(line.unseasoned, unseasoned);
        assertEq(line.seasonEnd, START + 1 days + 1 hours);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Line} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Grades, IRiskManager} from "../../solidity/interfaces/IRiskManager.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LedgerAuctionFixture} from "./LedgerAuctionFixture.sol";

/// @notice Where a seizure begins and ends to the wad, and what it leaves of a season.
contract LedgerSeizuresTest is LedgerAuctionFixture {
    /// @dev Alice is far below her maintenance grade.
    function setUp() public override {
        super.setUp();
        _nameAuction();
        _openPosition(alice, 28_000e18);
        protocol.place(accountOf(alice), 60_000e18, 50_000e18);
    }

    function test_I5_an_account_that_reaches_its_exit_grade_to_the_wad_is_healthy() public {
        _seize(ONE_ETH);
        (, , uint256 aE, , , , , ) = ledger.marginOf(accountOf(alice));
        protocol.place(accountOf(alice), aE, aE);
        _refuse(ONE_ETH, abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(alice), aE, aE));
        protocol.place(accountOf(alice), aE + 1, aE + 1);
        _seize(ONE_ETH);
    }

    function test_I5_an_account_that_meets_its_maintenance_grade_to_the_wad_lets_no_auction_begin() public {
        (, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(alice));
        protocol.place(accountOf(alice), aM, aM);
        _refuse(ONE_ETH, abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(alice), aM, aM));
        protocol.place(accountOf(alice), aM + 1, aM + 1);
        _seize(ONE_ETH);
    }

    /// @notice A missing price alone does (`test_I5_a_margin_with_a_missing_price_is_unavailable_and_never_0`).
    function test_I5_no_status_of_a_line_with_prices_holds_up_an_auction() public {
        bytes memory grades = abi.encode(Grades(1e18, 1e18, 1e18, 31 & ~uint256(2), START));
        vm.mockCall(address(risk), abi.encodeWithSelector(IRiskManager.pokedMargin.selector), grades);
        _seize(ONE_ETH);
    }

    function test_refuses_to_seize_nothing_or_for_an_account_that_can_hold_no_line_of_the_asset() public {
        _refuse(0, abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 0, 20 * ONE_ETH));
        bytes32 elsewhere = AccountLib.encode(bob, SOURCE + 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AccountRefused.selector, elsewhere));
        vm.prank(auction);
        seizeOne(accountOf(alice), elsewhere, ETH, ONE_ETH);
        // One smallest unit is something.
        _seize(1);
    }

    function test_I16_a_seizure_takes_what_has_seasoned_first_and_the_rest_with_its_end() public virtual {
        uint256 end = vm.getBlockTimestamp() + 60;
        _setLine(accountOf(alice), ETH, uint256(20 * ONE_ETH) | (uint256(8 * ONE_ETH) << 112) | (end << 216));
        vm.recordLogs();
        _seize(10 * ONE_ETH);
        assertEq(vm.getRecordedLogs().length, 2, "Enabled and Transferred: no season moved");
        _expectLine(alice, 10 * ONE_ETH, 8 * ONE_ETH, end);
        _expectLine(bob, 10 * ONE_ETH, 0, 0);
        assertTrue(ledger.lineOf(accountOf(bob), ETH).enabled, "ten tokens enable a line");
        vm.prank(bob);
        ledger.setEnabled(accountOf(bob), ETH, false);
        _seize(5 * ONE_ETH);
        _expectLine(alice, 5 * ONE_ETH, 5 * ONE_ETH, end);
        _expectLine(bob, 15 * ONE_ETH, 3 * ONE_ETH, end);
        assertFalse(ledger.lineOf(accountOf(bob), ETH).enabled, "its owner took it out");
        // The smallest unit keeps its season too.
        _seize(1);
        _expectLine(bob, 15 * ONE_ETH + 1, 3 * ONE_ETH + 1, end);
    }

    function _seize(uint128 amount) private {
        vm.prank(auction);
        seizeOne(accountOf(alice), accountOf(bob), ETH, amount);
    }

    function _refuse(uint128 amount, bytes memory reason) private {
        vm.expectRevert(reason);
        _seize(amount);
    }

    function _expectLine(address owner, uint256 amount, uint256 unseasoned, uint256 seasonEnd) private view {
        Line memory line = ledger.lineOf(accountOf(owner), ETH);
        assertEq(line.amount, amount);
        assertEq(line.unseasoned, unseasoned);
        assertEq(line.seasonEnd, seasonEnd);
    }
}

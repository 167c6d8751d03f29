// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarginClaim, TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {IMarginRequirement} from "../../solidity/interfaces/IMarginRequirement.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin, ILedgerViews} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {AuctionFixture} from "../liquidation/AuctionFixture.sol";
import {FirstProtocol} from "./FirstProtocol.t.sol";

/// @notice The first protocol, whose debts takers of an auction assume.
contract PaidProtocol is FirstProtocol, IMarginClaim {
    // Losses that are still owed: required once, without the margin that a debt needs.
    mapping(bytes32 account => uint256 wad) public lostOf;

    constructor(ILedgerProtocols ledger_) FirstProtocol(ledger_) {}

    function burdenOf(bytes32 account) external view returns (uint256) {
        return debtOf[account] + lostOf[account];
    }

    function takeOver(TakeOver calldata terms) external returns (uint256 lossWad) {
        require(msg.sender == ILedgerViews(address(ledger)).auction(), "not the auction");
        // Rounded down, so that who assumes all of a share leaves no loss.
        uint256 moved = (debtOf[terms.from] * terms.shareWad) / 1e18;
        debtOf[terms.from] -= moved;
        if (terms.assumedWad < moved) lossWad = moved - terms.assumedWad;
        else _clear(terms.from, terms.assumedWad - moved);
        lostOf[terms.from] += lossWad;
        ++nonceOf[terms.from];
        // Tokens of `terms.payer` arrive here, as far as it allows, and the taker owes what they leave. Without tokens it owes all.
        if (terms.assumedWad == 0) return lossWad;
        debtOf[terms.to] += terms.assumedWad;
        ++nonceOf[terms.to];
        // Nobody else asks whether the taker has margin, or ever opted in.
        ledger.gate(terms.to);
    }

    function onAuction(bytes32) external {}

    function repay(bytes32 account, uint256 wad) public override {
        super.repay(account, wad - _clear(account, wad));
    }

    function requirementOf(
        bytes32 account
    ) public view override(FirstProtocol, IMarginRequirement) returns (uint256, uint256, uint64, uint64) {
        (uint256 initial, uint256 maintenance, uint64 nonce, uint64 asOf) = super.requirementOf(account);
        return (initial + lostOf[account], maintenance + lostOf[account], nonce, asOf);
    }

    function _clear(bytes32 account, uint256 wad) private returns (uint256 cleared) {
        cleared = wad < lostOf[account] ? wad : lostOf[account];
        lostOf[account] -= cleared;
    }
}

/// @notice The paid protocol of docs/INTEGRATE.md works with the real auction of a real ledger.
/// @dev Alice owes it 20,000 against the fixture's lines; Bob has 60 ETH, Mallory nothing.
contract PaidProtocolTest is AuctionFixture {
    PaidProtocol private paid;
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        paid = new PaidProtocol(ledger);
        vm.prank(governor);
        ledger.listProtocol(address(paid));
        lender.repay(debtor, DEBT);
        vm.startPrank(alice);
        ledger.optOut(debtor, address(lender));
        ledger.optIn(debtor, address(paid));
        paid.draw(debtor, 20_000e18);
        vm.stopPrank();
        vm.prank(bob);
        ledger.optIn(taker, address(paid));
    }

    function test_no_debt_moves_to_a_stranger_who_has_nothing_and_let_nobody_in() public {
        breach(1_500e12);
        wait_(60);
        bytes32 stranger = accountOf(mallory);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(ILedgerProtocols.NotOptedIn.selector, stranger, paid));
        auction.bid(debtor, address(paid), stranger, all(false), "");
        assertEq(paid.debtOf(debtor), 20_000e18);
    }

    function test_no_debt_moves_to_an_account_whose_margin_does_not_hold_it() public {
        bytes32 isolated = AccountLib.encode(mallory, 0, 1);
        vm.prank(mallory);
        ledger.optIn(isolated, address(paid));
        breach(1_500e12);
        wait_(60);
        vm.prank(mallory);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        auction.bid(debtor, address(paid), isolated, all(true), "");
        assertEq(paid.debtOf(isolated), 0);
    }

    function test_a_taker_with_margin_owes_what_it_assumes() public {
        breach(1_500e12);
        wait_(60);
        (uint256 shareWad, uint256 assumedWad) = _bid();
        assertGt(shareWad, 0);
        assertEq(paid.debtOf(taker), assumedWad);
        assertApproxEqAbs(paid.debtOf(debtor), 20_000e18 - assumedWad, 2);
        assertEq(paid.lostOf(debtor), 0);
        assertFalse(isRunning());
    }

    function test_what_nobody_assumes_is_lost_once_and_stays_owed() public {
        breach(1_000e12);
        wait_(60);
        (, uint256 assumedWad) = _bid();
        uint256 lost = paid.lostOf(debtor);
        assertEq(lost, 20_000e18 - assumedWad);
        assertEq(paid.debtOf(debtor), 0);
        (uint256 initial, uint256 maintenance, , ) = paid.requirementOf(debtor);
        assertEq(initial, lost);
        assertEq(maintenance, lost);
        // A later line is sold for what was lost, and clears it.
        lock(ETH, ONE_ETH, debtor, 0);
        applyAll();
        vm.prank(alice);
        ledger.setEnabled(debtor, ETH, true);
        crash(1_000e12);
        auction.start(debtor);
        wait_(60);
        (, assumedWad) = _bid();
        assertEq(paid.lostOf(debtor), lost - assumedWad);
        paid.repay(debtor, lost);
        assertEq(paid.burdenOf(debtor), 0);
    }

    function test_a_write_off_loses_what_is_owed_and_is_repaid_first() public {
        breach(1_500e12);
        waitSeen(T3);
        auction.writeOff(debtor, address(paid));
        assertEq(paid.lostOf(debtor), 20_000e18);
        assertEq(paid.debtOf(debtor), 0);
        paid.repay(debtor, 5_000e18);
        assertEq(paid.lostOf(debtor), 15_000e18);
        assertEq(paid.burdenOf(debtor), 15_000e18);
    }

    function test_only_the_auction_that_the_ledger_names_moves_a_debt() public {
        TakeOver memory terms = TakeOver(debtor, 0, 1e18, 0, address(0), address(0));
        vm.prank(mallory);
        vm.expectRevert("not the auction");
        paid.takeOver(terms);
        assertEq(paid.debtOf(debtor), 20_000e18);
    }

    function _bid() private returns (uint256 shareWad, uint256 assumedWad) {
        vm.prank(bob);
        (shareWad, assumedWad, , ) = auction.bid(debtor, address(paid), taker, all(false), "");
    }
}

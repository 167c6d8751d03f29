// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice A market that owes more to those who wait than it has, and whose lenders have left.
/// @dev Alice's 21,000 are lost; Carol redeems; the keeper's account keeps half of the receivable as a debt, and half of that is lost too.
contract MarketHoleTest is MarketFixture {
    address private erin = makeAddr("erin");
    bytes32 private kept;

    function setUp() public override {
        super.setUp();
        kept = accountOf(keeper);
        borrow(alice, DEBT);
        fund(keeper, 0, market);
        _loseOf(debtor, 1e18);
        leave(carol);
        uint256 lost = lostOf(debtor);
        lock(ETH, 60 * ONE_ETH, kept, 0);
        applyAll();
        optIn(keeper, market);
        vm.prank(address(auction));
        market.takeOver(TakeOver(debtor, kept, 0.5e18, (lost / 2) * 1e12, address(0), keeper));
        _loseOf(kept, 0.5e18);
        assertLt(books().cash + books().debt, books().uncollected);
        assertLt(market.totalSupply(), 1e12, "a millionth of a dollar's shares at the opening is more");
    }

    /// @dev Next to no shares are there, so none of them is worth too little.
    function test_nobody_who_deposits_fills_what_others_wait_for() public {
        assertEq(market.maxDeposit(erin), 0);
        assertEq(market.maxMint(erin), 0);
    }

    /// @dev Interest of years filled the hole; what is paid then of what made it is the tranche's, and not of a deposit for a moment.
    function test_a_deposit_for_a_moment_gets_nothing_of_what_filled_a_hole() public {
        wait_(40 * 365 days);
        market.accrue();
        assertGt(books().cash + books().debt, books().uncollected);
        uint256 owed = lostOf(kept);
        fund(keeper, 1_000_000e6 + owed, market);
        uint256 before = token.balanceOf(keeper);
        vm.startPrank(keeper);
        market.deposit(1_000_000e6, keeper);
        market.repay(kept, owed);
        market.redeem(market.maxRedeem(keeper), keeper, keeper);
        vm.stopPrank();
        assertGt(before - token.balanceOf(keeper), (owed * 99) / 100, "a receivable is paid by who pays it");
    }

    function _loseOf(bytes32 account, uint256 shareWad) private {
        vm.prank(address(auction));
        market.takeOver(TakeOver(account, 0, shareWad, 0, address(0), address(0)));
    }
}

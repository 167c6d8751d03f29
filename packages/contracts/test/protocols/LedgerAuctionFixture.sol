// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";

/// @notice The fixture of releases, and an auction that may be named: it is one a week later.
abstract contract LedgerAuctionFixture is LedgerReleaseFixture {
    address internal auction = makeAddr("auction");

    function _nameAuction() internal {
        vm.prank(governor);
        ledger.setAuction(auction);
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
    }
}

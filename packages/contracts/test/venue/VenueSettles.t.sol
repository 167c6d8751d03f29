// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {VenueBooks} from "@surety/examples/perps-and-options/solidity/VenueBooks.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {VenueFixture} from "./VenueFixture.sol";

/// @notice A stranger pays out a trader's gains only into what counts at once; the owner wherever they go.
contract VenueSettlesTest is VenueFixture {
    address private stranger = makeAddr("stranger");

    /// @dev Alice has won 2,000 in cash.
    function setUp() public override {
        super.setUp();
        perp(venue, 10e18, 2_000e18);
        priceAt(2_200e12);
        perp(venue, -10e18, 2_200e18);
    }

    function test_anybody_settles_what_counts_at_once() public {
        (uint256 before, ) = maintenanceOf(taker);
        vm.prank(stranger);
        assertEq(settle(venue, taker), 2_000e6);
        (uint256 assets, ) = maintenanceOf(taker);
        assertGt(assets, before);
    }

    function test_only_the_owner_settles_while_credit_is_paused() public {
        vm.prank(pauser);
        ledger.pause(0, LOCAL, 2, uint40(vm.getBlockTimestamp() + 1 days));
        _onlyOwner(ParkReason.CAP);
    }

    function test_only_the_owner_settles_above_the_cap() public {
        vm.prank(riskAdmin);
        ledger.setCap(LOCAL, 1_999_000);
        _onlyOwner(ParkReason.CAP);
    }

    function test_only_the_owner_settles_into_a_line_that_does_not_count() public {
        for (uint16 vaultAsset = 3; vaultAsset < 9; ++vaultAsset) {
            vm.prank(governor);
            ledger.listAsset(assetListing(SOURCE, vaultAsset, 1, 6));
            lock(vaultAsset, 10 * ONE_USD, taker, 0);
        }
        applyAll();
        assertEq(ledger.linesOf(taker).length, 8, "as many as enable themselves");
        _onlyOwner(ParkReason.NONE);
    }

    function test_only_the_owner_settles_dust_beside_what_is_unseasoned() public {
        // More than the bucket holds, a quarter of the cap.
        lockAndCredit(alice, 13_000e6);
        settle(venue, taker);
        perp(venue, 1e18, 2_200e18);
        priceAt(2_210e12);
        perp(venue, -1e18, 2_210e18);
        _onlyOwner(ParkReason.SEASON);
    }

    /// @dev Alice's own lock takes the room below the cap, and what is won would be parked behind it.
    function test_no_stranger_settles_behind_entries_of_others() public {
        vm.prank(riskAdmin);
        ledger.setCap(LOCAL, 3_500_000);
        lockOnly(alice, 2_000e6);
        uint64 from = applied();
        bytes memory pending = entriesOf(locks, 0, 1);
        vm.expectRevert(_refusal(2_000e6));
        vm.prank(stranger);
        venue.settle(taker, from, pending);
        vm.prank(alice);
        venue.settle(taker, from, pending);
        assertEq(amountOf(alice, LOCAL), 2_000e6);
    }

    function test_a_venue_needs_a_token_that_the_ledger_credits() public {
        PlainToken unlisted = new PlainToken("NEW", 6);
        vm.prank(governor);
        own.listAsset(address(unlisted), 6, 0, 1_000_000_000, 1_000_000_000);
        vm.expectRevert(abi.encodeWithSelector(VenueBooks.PartRefused.selector, address(unlisted)));
        new PerpsAndOptions(ILedgerProtocols(address(ledger)), tables, desk, unlisted, termsOf());
    }

    /// @dev It may have a parked credit released, and nothing else pays gains out of the venue.
    function _onlyOwner(ParkReason reason) private {
        uint256 units = venue.payableOf(taker);
        uint64 from = applied();
        uint256 before = amountOf(alice, LOCAL);
        vm.expectRevert(_refusal(units));
        vm.prank(stranger);
        venue.settle(taker, from, "");
        assertEq(venue.payableOf(taker), units);
        vm.prank(alice);
        assertEq(venue.settle(taker, from, ""), units);
        assertTrue(ledger.parkedOf(0, applied()).reason == reason);
        assertEq(amountOf(alice, LOCAL), reason == ParkReason.NONE ? before + units : before);
        if (reason == ParkReason.NONE) return;
        uint96 index = applied();
        vm.warp(vm.getBlockTimestamp() + 1 days);
        vm.prank(alice);
        ledger.releaseParked(0, index, bytes32(uint256(uint160(alice))));
    }

    function _refusal(uint256 units) private view returns (bytes memory) {
        return abi.encodeWithSelector(PerpsAndOptions.CreditWaits.selector, taker, units);
    }
}

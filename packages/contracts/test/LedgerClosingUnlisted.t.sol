// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkReason} from "../solidity/interfaces/ICollateralLedger.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {ClosingFixture} from "./LedgerClosing.t.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice Closing a ledger's replica past refunds of assets that were not listed.
contract LedgerClosingUnlistedTest is ClosingFixture, LedgerReleaseFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override(LedgerFixture, LedgerReleaseFixture) {
        super.setUp();
    }

    function capOfAssets() internal pure override(LedgerFixture, LedgerReleaseFixture) returns (uint64) {
        return super.capOfAssets();
    }

    /// @notice Nothing that somebody locks of an asset that is not listed keeps an edge from being closed.
    function test_I9_an_edge_closes_past_a_refund_of_an_asset_that_is_not_listed() public {
        bytes32 record = _refundUnlisted();
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.NONE));
    }

    function test_I9_an_edge_closes_past_a_refund_of_before_the_listing() public {
        bytes32 record = _refundUnlisted();
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.releasedOf(SOURCE, 1), record);
        assertEq(ledger.writeOffOf(assetId).owing, 0);
    }

    /// @notice One that was released once more leaves no debt of an asset that the ledger does not have.
    function test_a_refund_that_was_released_again_owes_nothing_of_no_asset() public {
        _refundUnlisted();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 5, wordOf(alice));
        close(4);
        stateIs(SourceState.LIVE);
        assertEq(ledger.writeOffOf(0).owing, 0);
        assertEq(ledger.debtOf(accountOf(alice), 0), 0);
    }

    /// @notice Nor does the lock that it was released of, the first time.
    function test_a_lock_that_was_released_of_parking_owes_nothing_of_no_asset() public {
        _refundUnlisted();
        close(3);
        stateIs(SourceState.LIVE);
        assertEq(ledger.writeOffOf(0).owing, 0);
        assertEq(ledger.debtOf(accountOf(alice), 0), 0);
    }

    function _refundUnlisted() private returns (bytes32 record) {
        lock(UNLISTED, 80, accountOf(alice), 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 62 minutes);
        vm.prank(alice);
        ledger.releaseParked(SOURCE, 4, wordOf(alice));
        record = ledger.releasedOf(SOURCE, 1);
        append(journal, Entry(EntryCodec.REFUND, UNLISTED, 80, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.UNLISTED));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {GenerationFixture} from "./GenerationFixture.sol";

/// @notice A vault whose edge from the ledger is closed past scalings that it had replayed, and told the ledger of.
contract GenerationScalingsTest is GenerationFixture {
    uint128 private constant USD_100 = 100 * ONE_USD;

    function setUp() public override {
        super.setUp();
        lockAtVault(alice, USD, USD_100, accountOf(alice), 0);
        applyAll();
        partBack();
        // The false quorum puts one forged release before what the ledger really journals.
        append(back, releaseOf(mallory, USD, ONE_USD, 0));
        replayAtVault(0);
    }

    function test_I1_a_shortage_is_heard_after_a_scaling_that_was_undone() public {
        _lose(USD_100 / 2);
        _report();
        _scale();
        _replay();
        assertEq(origin.assetOf(USD).scalings, 1);
        closeAtVault(0);
        assertEq(origin.assetOf(USD).scalings, 0);
        _report();
        _assertLive();
    }

    function test_I12_a_loss_is_shared_out_once_though_its_scaling_comes_again_before_anybody_reports() public {
        _lose(USD_100 / 2);
        _report();
        _scale();
        _replay();
        closeAtVault(0);
        openAtLedger(0);
        replayAtVault(0);
        _carry();
        assertEq(origin.quarantinedUntil(), 0);
        assertEq(origin.assetOf(USD).scalings, 1);
        assertEq(origin.accounted(USD), tokens[0].balanceOf(address(origin)));
        _assertLive();
        assertEq(linesOf(USD), USD_100 / 2);
        vm.expectRevert();
        origin.report(USD);
    }

    function test_I12_nor_is_it_where_another_loss_is_on_record_by_then() public {
        _lose(USD_100 / 2);
        _report();
        _scale();
        _replay();
        _lose(USD_100 / 8);
        _report();
        closeAtVault(0);
        openAtLedger(0);
        replayAtVault(0);
        _carry();
        _assertLive();
        assertEq(origin.assetOf(USD).deficit, USD_100 / 8, "the other loss is what is left");
        assertEq(origin.accounted(USD), USD_100 / 2);
        _scale();
        _replay();
        assertEq(linesOf(USD), 375e5);
        assertEq(origin.accounted(USD), 375e5);
    }

    function test_I1_scalings_that_come_again_are_told_again_one_by_one() public {
        _loseTwice();
        closeAtVault(0);
        openAtLedger(0);
        (, uint64 told, ) = origin.journalHead();
        replayAtVault(0);
        assertEq(origin.quarantinedUntil(), 0, "the vault");
        assertEq(origin.assetOf(USD).scalings, 2);
        (, uint64 count, ) = origin.journalHead();
        assertEq(count, told + 2);
        // What it said of the first of them, worked out here, and of the second.
        append(journal, Entry(EntryCodec.SHORTFALL, USD, 125e5, 0, bytes32(uint256(50e6) | (uint256(1) << 128)), 0));
        _carry();
        _assertLive();
        assertEq(linesOf(USD), 375e5);
        assertEq(origin.accounted(USD), 375e5);
    }

    function _loseTwice() private {
        for (uint256 i = 0; i < 2; ++i) {
            _lose(i == 0 ? USD_100 / 2 : USD_100 / 8);
            _report();
            _scale();
            _replay();
        }
        assertEq(origin.assetOf(USD).scalings, 2);
    }

    function _lose(uint256 units) private {
        deal(address(tokens[0]), address(origin), tokens[0].balanceOf(address(origin)) - units);
    }

    function _report() private {
        origin.report(USD);
        _carry();
    }

    /// @dev Brings the vault's last entry, a shortfall, to the ledger.
    function _carry() private {
        (uint256 accounted, uint256 deficit) = (origin.accounted(USD), origin.assetOf(USD).deficit);
        bytes32 party = bytes32(accounted | (uint256(origin.assetOf(USD).scalings) << 128));
        append(journal, Entry(EntryCodec.SHORTFALL, USD, uint128(deficit), 0, party, 0));
        (, uint64 count, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(count, head), abi.encode(tip(journal), journal.heads[tip(journal)]));
        applyAll();
    }

    function _scale() private {
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        (uint256 deficit, uint256 accounted, , ) = ledger.impairmentOf(SOURCE, USD);
        uint256 rho = ((accounted - deficit) * 1e18) / accounted;
        ledger.scale(USD);
        Entry memory entry = Entry(EntryCodec.SCALED, USD, uint128(rho), 0, 0, 0);
        append(back, entry);
        append(survivedBack, entry);
    }

    function _replay() private {
        (, uint64 from, , , , ) = origin.replicaState();
        replayAtVault(from);
        _carry();
    }

    function _assertLive() private view {
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE));
    }
}

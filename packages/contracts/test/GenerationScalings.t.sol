// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {GenerationFixture} from "./GenerationFixture.sol";

/// @notice A vault that loses tokens, and a ledger that scales for it.
abstract contract ScalingFixture is GenerationFixture {
    uint128 internal constant USD_100 = 100 * ONE_USD;

    function lose(uint256 units) internal {
        deal(address(tokens[0]), address(origin), tokens[0].balanceOf(address(origin)) - units);
    }

    /// @dev The ledger scales; what attesters sign of it is another matter.
    function scaleAlone() internal returns (Entry memory entry) {
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        (uint256 deficit, uint256 accounted, , ) = ledger.impairmentOf(SOURCE, USD);
        uint256 rho = ((accounted - deficit) * 1e18) / accounted;
        ledger.scale(USD);
        entry = Entry(EntryCodec.SCALED, USD, uint128(rho), 0, 0, 0);
        append(survivedBack, entry);
    }
}

/// @notice A vault whose edge from the ledger is closed past scalings that it had replayed, and told the ledger of.
contract GenerationScalingsTest is ScalingFixture {
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
        lose(USD_100 / 2);
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
        lose(USD_100 / 2);
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
        lose(USD_100 / 2);
        _report();
        _scale();
        _replay();
        lose(USD_100 / 8);
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
            lose(i == 0 ? USD_100 / 2 : USD_100 / 8);
            _report();
            _scale();
            _replay();
        }
        assertEq(origin.assetOf(USD).scalings, 2);
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
        append(back, scaleAlone());
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

/// @notice The same where something was paid past the point, before the scaling.
contract GenerationScalingsPaidTest is ScalingFixture {
    function test_I1_the_ledger_hears_of_nothing_that_is_not_so_when_a_payment_is_settled() public {
        _payAndLose();
        openAtLedger(0);
        replayAtVault(0);
        assertEq(origin.accounted(USD) - tokens[0].balanceOf(address(origin)), 10 * ONE_USD);
        assertEq(origin.assetOf(USD).deficit, 10 * ONE_USD);
        (, uint64 count, ) = origin.journalHead();
        assertEq(count, 2, "a lock and a report");
    }

    function test_I12_a_loss_is_shared_out_once_though_a_payment_is_settled_before_its_scaling() public {
        _payAndLose();
        scaleAlone();
        openAtLedger(0);
        replayAtVault(0);
        assertEq(linesOf(USD), 70 * ONE_USD);
        _tell(0, 70 * ONE_USD, 1);
        assertEq(origin.accounted(USD), 70 * ONE_USD);
        vm.expectRevert();
        origin.report(USD);
    }

    /// @notice What was paid for a release that the ledger never journaled is in the lines that were scaled.
    function test_I12_lines_bear_what_is_missing_where_a_forged_release_was_paid_before_the_scaling() public {
        lockAtVault(alice, USD, 200 * ONE_USD, accountOf(alice), 0);
        applyAll();
        partBack();
        append(back, releaseOf(mallory, USD, USD_100, 0));
        replayAtVault(0);
        _pay(1, 0);
        lose(50 * ONE_USD);
        origin.report(USD);
        _tell(50 * ONE_USD, USD_100, 0);
        append(back, scaleAlone());
        replayAtVault(1);
        _tell(0, 50 * ONE_USD, 1);
        assertEq(linesOf(USD), USD_100);
        closeAtVault(0);
        openAtLedger(0);
        replayAtVault(0);
        _tell(50 * ONE_USD, USD_100, 1);
        append(back, scaleAlone());
        replayAtVault(1);
        assertEq(origin.quarantinedUntil(), 0);
        uint256 held = tokens[0].balanceOf(address(origin));
        assertEq(origin.accounted(USD), held);
        assertEq(linesOf(USD), held);
    }

    /// @dev 100 locked, 20 released and paid behind a forged release, 10 lost and reported, and all but the lock undone.
    function _payAndLose() private {
        lockAtVault(alice, USD, USD_100, accountOf(alice), 0);
        applyAll();
        partBack();
        append(back, releaseOf(mallory, USD, ONE_USD, 0));
        append(back, releaseOf(alice, USD, 20 * ONE_USD, 0));
        releaseAlone(alice, USD, 20 * ONE_USD);
        replayAtVault(0);
        _pay(2, 1);
        lose(10 * ONE_USD);
        origin.report(USD);
        _tell(10 * ONE_USD, 80 * ONE_USD, 0);
        closeAtVault(0);
    }

    function _pay(uint96 seq, uint64 before) private {
        bytes memory packed = entriesOf(back, before, before + 1);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        vm.chainId(ORIGIN);
        origin.pay(seq, packed, relayer);
        vm.chainId(SETTLEMENT);
    }

    /// @dev The vault's last entry, a shortfall, reaches the ledger.
    function _tell(uint256 deficit, uint256 accounted, uint256 scalings) private {
        bytes32 party = bytes32(accounted | (scalings << 128));
        append(journal, Entry(EntryCodec.SHORTFALL, USD, uint128(deficit), 0, party, 0));
        (, uint64 count, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(count, head), abi.encode(tip(journal), journal.heads[tip(journal)]));
        applyAll();
    }
}

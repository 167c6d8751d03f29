// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {RoundTripFixture} from "./RoundTripFixture.sol";

/// @notice A real vault that loses tokens and a real ledger that shares the loss out, with each edge as slow as it may be.
contract RoundTripShortfallTest is RoundTripFixture {
    uint128 private constant LOCKED = 100_000_000;
    uint16 private constant ASSET = 1;

    function setUp() public override {
        super.setUp();
        lockAtVault(alice, ASSET, LOCKED, accountOf(alice), 0);
        applyAll();
    }

    /// @notice A report that the vault makes before it has heard of the scaling neither shares the loss out again nor ends the
    ///         wait for its word; once it has heard, a second loss is shared out as the first was.
    function test_I1_I12_each_loss_is_shared_out_once_however_late_the_vault_hears_of_it() public {
        _lose(LOCKED / 2);
        _report(0);
        _scaleAfterSevenDays(5e17);
        assertEq(amountOf(alice, ASSET), LOCKED / 2);

        // A unit that anybody gives to the vault makes another report of the same loss.
        tokens[0].mint(address(origin), 1);
        _report(0);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        vm.expectRevert();
        ledger.scale(ASSET);
        assertEq(amountOf(alice, ASSET), LOCKED / 2);

        _replay(1);
        _requireCovered();
        _lose(LOCKED / 4);
        _report(1);
        _scaleAfterSevenDays(0);
        _replay(2);
        _requireCovered();
        assertGt(amountOf(alice, ASSET), LOCKED / 4 - 10);
        assertEq(origin.quarantinedUntil(), 0);
    }

    /// @notice A second loss before the vault has heard of the first scaling keeps the asset from counting for anything new.
    function test_I1_a_second_loss_before_the_vault_heard_of_the_first_scaling_impairs_at_once() public {
        _lose(LOCKED / 2);
        _report(0);
        _scaleAfterSevenDays(5e17);
        assertFalse(_isImpaired());
        _lose(LOCKED / 4);
        _report(0);
        assertTrue(_isImpaired());
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.ScalingUnacknowledged.selector, ASSET, 1, 0));
        ledger.scale(ASSET);
    }

    function _lose(uint256 units) private {
        deal(address(tokens[0]), address(origin), tokens[0].balanceOf(address(origin)) - units);
    }

    /// @dev Reports, and carries the report to the ledger; the vault has replayed so many scalings.
    function _report(uint256 scalings) private {
        origin.report(ASSET);
        uint256 accounted = origin.accounted(ASSET);
        uint256 held = tokens[0].balanceOf(address(origin));
        _carry(uint128(accounted - held), accounted, scalings);
    }

    function _carry(uint128 deficit, uint256 accounted, uint256 scalings) private {
        bytes32 party = bytes32(accounted | (scalings << 128));
        append(
            journal,
            Entry({kind: EntryCodec.SHORTFALL, asset: ASSET, amount: deficit, account: 0, party: party, fee: 0})
        );
        (, uint64 count, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(count, head), abi.encode(tip(journal), journal.heads[tip(journal)]));
        applyAll();
    }

    /// @dev Scales by what the ledger makes of the last report; `rho` 0 takes it as it comes.
    function _scaleAfterSevenDays(uint256 rho) private {
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        (uint256 deficit, uint256 accounted, , ) = ledger.impairmentOf(SOURCE, ASSET);
        uint256 expected = ((accounted - deficit) * 1e18) / accounted;
        if (rho != 0) assertEq(expected, rho);
        ledger.scale(ASSET);
        append(
            back,
            Entry({kind: EntryCodec.SCALED, asset: ASSET, amount: uint128(expected), account: 0, party: 0, fee: 0})
        );
        (, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(abi.encode(count, head), abi.encode(tip(back), back.heads[tip(back)]));
    }

    /// @dev Brings the ledger's journal to the vault, and what the vault says of it back to the ledger.
    function _replay(uint256 scalings) private {
        (, uint64 from, , , , ) = origin.replicaState();
        replayAtVault(from);
        (, uint64 count, ) = origin.journalHead();
        assertEq(count, tip(journal) + 1, "the vault answers a scaling");
        uint256 accounted = origin.accounted(ASSET);
        uint256 held = tokens[0].balanceOf(address(origin));
        _carry(held < accounted ? uint128(accounted - held) : 0, accounted, scalings);
    }

    function _requireCovered() private view {
        assertLe(amountOf(alice, ASSET), tokens[0].balanceOf(address(origin)));
    }

    function _isImpaired() private view returns (bool) {
        (uint256 asset, ) = ledger.termWordsOf(ASSET);
        return (asset >> 56) & 4 != 0;
    }
}

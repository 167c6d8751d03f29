// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ParkReason, ParkedCredit} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerFixture, feesAt} from "../LedgerFixture.sol";
import {WitnessFixture} from "../losses/LedgerWitnesses.t.sol";

/// @notice What is parked goes straight back to its vault: not before it would have seasoned, and never to a stranger's hands.
contract LedgerParkedReleaseTest is LedgerFixture {
    uint16 private constant UNLISTED = 3;

    function setUp() public override {
        super.setUp();
        // 1: CAP, 2: all that the bucket holds, 3 and 4: of an asset that is not listed.
        vm.prank(governor);
        ledger.setCap(ETH, 0);
        lock(ETH, 251 * ONE_ETH, accountOf(alice), 1e18);
        lock(USD, 250 * ONE_USD, accountOf(bob), 0);
        lock(UNLISTED, 70, accountOf(alice), 7);
        lock(UNLISTED, 80, accountOf(alice), 0);
        applyAll();
    }

    function test_I9_what_a_cap_keeps_out_goes_back_once_it_would_have_seasoned() public {
        _refuse(alice, 1, alice, abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 1, START + 62 minutes));
        vm.warp(START + 62 minutes - 1);
        _refuse(alice, 1, alice, abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 1, START + 62 minutes));
        vm.warp(START + 62 minutes);
        (bytes32 edge, , ) = ledger.journalHead(SOURCE);
        uint128 whole = 251 * ONE_ETH;
        vm.expectEmit(address(ledger));
        emit IEdge.Journaled(edge, 1, EntryCodec.RELEASE, 2, whole, accountOf(alice), _word(bob));
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.ParkedReleased(SOURCE, 1, accountOf(alice), 2, whole, 1);
        _release(alice, 1, bob);
        assertEq(ledger.parkedOf(SOURCE, 1).amount, 0);
        assertEq(ledger.assetOf(ETH).parked, 0);
        assertEq(ledger.assetOf(ETH).releasedCum, whole);
        assertEq(amountOf(alice, ETH), 0);
        (, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(count, 1);
        Entry memory entry = Entry(EntryCodec.RELEASE, 2, whole, accountOf(alice), _word(bob), 0);
        assertEq(head, EntryCodec.extend(edge, entry), "the fee goes to nobody");
        _refuse(alice, 1, bob, abi.encodeWithSelector(ILedgerAccounts.NotParked.selector, SOURCE, 1));
    }

    function test_I9_what_waits_for_its_line_goes_back_at_its_date() public {
        // Bob's line holds 187.5 unseasoned, so this is dust on it.
        vm.warp(START + 10 minutes);
        lock(USD, ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 5).reason), uint8(ParkReason.SEASON));
        vm.warp(START + 70 minutes - 1);
        _refuse(bob, 5, bob, abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 5, START + 70 minutes));
        vm.warp(START + 70 minutes);
        _release(bob, 5, bob);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(ledger.assetOf(USD).credited, 250 * ONE_USD);
    }

    function test_I9_an_asset_that_is_never_listed_goes_back_and_a_stopped_payment_of_it_returns() public {
        vm.warp(START + 62 minutes);
        _release(alice, 3, alice);
        assertEq(ledger.releasedOf(SOURCE, 1), keccak256(abi.encodePacked(UNLISTED, uint128(70), accountOf(alice))));
        append(journal, Entry(EntryCodec.REFUND, UNLISTED, 70, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE), "it matches what was released");
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, 5);
        assertEq(parked.amount, 70);
        assertEq(uint8(parked.reason), uint8(ParkReason.UNLISTED));
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        // It came back as new, and goes again.
        vm.warp(START + 124 minutes);
        _release(alice, 5, alice);
        // What was parked before the listing was in no sum.
        vm.prank(governor);
        uint16 assetId = ledger.listAsset(assetListing(SOURCE, UNLISTED, 1, 6));
        _release(alice, 4, alice);
        assertEq(ledger.assetOf(assetId).parked, 0);
        assertEq(ledger.assetOf(assetId).releasedCum, 80);
    }

    /// @notice A vault stops by itself what is above its largest payment, so its owner could else carry past every cap what none of
    ///         them let in; and so could a quorum that lies of a refund.
    function test_I10_a_refund_of_it_comes_back_under_every_cap() public {
        vm.warp(START + 62 minutes);
        _release(alice, 1, alice);
        append(journal, Entry(EntryCodec.REFUND, 2, 251 * ONE_ETH, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(amountOf(alice, ETH), 0);
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, 5);
        assertEq(uint8(parked.reason), uint8(ParkReason.CAP));
        assertEq(parked.amount, 251 * ONE_ETH);
        assertEq(ledger.assetOf(ETH).parked, 251 * ONE_ETH);
        assertEq(ledger.releasedOf(SOURCE, 1), 0);
        // It is as new: an hour later it may go again.
        _refuse(alice, 5, alice, abi.encodeWithSelector(ILedgerAccounts.NotReady.selector, 5, START + 124 minutes));
        vm.warp(START + 124 minutes);
        _release(alice, 5, alice);
    }

    function test_only_the_owner_and_its_operators_release_what_is_parked_and_not_to_just_anybody() public {
        vm.warp(START + 62 minutes);
        _refuse(bob, 1, bob, abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, accountOf(alice), 1));
        vm.prank(alice);
        ledger.setOperator(accountOf(alice), bob, 1, uint40(START + 1 days));
        _refuse(bob, 1, bob, abi.encodeWithSelector(ILedgerAccounts.RecipientNotOwner.selector, _word(bob), 0));
        _refuse(alice, 1, vault, abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, _word(vault)));
        _refuse(alice, 1, address(0), abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, bytes32(0)));
        _release(bob, 1, alice);
        _refuse(alice, 9, alice, abi.encodeWithSelector(ILedgerAccounts.NotParked.selector, SOURCE, 9));
    }

    function test_nothing_parked_is_released_in_quarantine() public {
        vm.warp(START + 62 minutes);
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 3 hours));
        bytes memory reason = abi.encodeWithSelector(
            ILedgerCore.SourceNotAccepting.selector,
            SOURCE,
            SourceState.QUARANTINED,
            START + 3 hours
        );
        _refuse(alice, 1, alice, reason);
        vm.warp(START + 3 hours);
        _release(alice, 1, alice);
    }

    function test_a_parked_fee_is_no_lock_of_anybodys() public {
        vm.warp(START + 10 minutes);
        lock(ETH, 200 * ONE_ETH, accountOf(alice), 0);
        applyAll();
        vm.prank(governor);
        ledger.setCap(ETH, 1_000_000);
        lock(ETH, 240 * ONE_ETH, accountOf(relayer), 0);
        lock(ETH, ONE_ETH, accountOf(bob), uint96(ONE_ETH / 2));
        applyAll();
        lock(ETH, ONE_ETH, accountOf(bob), uint96(ONE_ETH / 2));
        applyAll();
        uint96 index = feesAt(tip(journal));
        assertEq(uint8(ledger.parkedOf(SOURCE, index).reason), uint8(ParkReason.FEE));
        vm.warp(START + 1 days);
        bytes memory reason = abi.encodeWithSelector(
            ILedgerAccounts.ParkedReleaseRefused.selector,
            index,
            ParkReason.FEE
        );
        _refuse(relayer, index, relayer, reason);
    }

    /// @notice The vault pays its share of what is there: the release is of whole units, also where nothing is left of them.
    function test_I1_what_is_short_goes_back_in_whole_units() public {
        append(journal, Entry(EntryCodec.SHORTFALL, 2, 3, 0, bytes32(uint256(3)), 0));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(ETH);
        uint128 whole = 251 * ONE_ETH;
        assertEq(ledger.parkedOf(SOURCE, 1).amount, whole);
        _release(alice, 1, alice);
        assertEq(ledger.assetOf(ETH).releasedCum, whole);
        assertEq(ledger.assetOf(ETH).parked, 0);
        assertEq(ledger.releasedOf(SOURCE, 1), keccak256(abi.encodePacked(uint16(2), whole, accountOf(alice))));
    }

    function _release(address by, uint96 index, address to) private {
        vm.prank(by);
        ledger.releaseParked(SOURCE, index, _word(to));
    }

    function _refuse(address by, uint96 index, address to, bytes memory reason) private {
        vm.expectRevert(reason);
        _release(by, index, to);
    }

    function _word(address at) private pure returns (bytes32) {
        return bytes32(uint256(uint160(at)));
    }
}

/// @notice The same where witnesses must confirm.
contract LedgerParkedReleaseWitnessedTest is WitnessFixture {
    function test_I6_what_was_above_the_fast_limit_goes_back_once_it_is_confirmed() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        lock(3, 5, accountOf(alice), 0);
        applyMarked(2);
        vm.warp(START + 2 hours);
        _refuse(1, abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 1, 0, START + 7 days));
        _refuse(2, abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 2, 0, type(uint256).max));
        uint256 snapshot = vm.snapshotState();
        confirmAll();
        _release(1);
        _release(2);
        assertEq(ledger.assetOf(USD).parked, 0);
        // Without a confirmation it opens at its date; what was not listed does not.
        vm.revertToState(snapshot);
        vm.warp(START + 7 days);
        _release(1);
        _refuse(2, abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, 2, 0, type(uint256).max));
    }

    function test_I10_a_refund_above_the_fast_limit_meets_the_cap_once_it_is_confirmed() public {
        lock(USD, FAST + 1, accountOf(alice), 0);
        applyMarked(1);
        confirmAll();
        ledger.unpark(SOURCE, 1);
        vm.warp(START + 2 hours);
        refreshNow();
        vm.startPrank(alice);
        ledger.requestRelease(accountOf(alice), USD, FAST + 1, bytes32(uint256(uint160(alice))), 0);
        vm.stopPrank();
        append(journal, Entry(EntryCodec.REFUND, 1, FAST + 1, accountOf(alice), bytes32(uint256(1)), 0));
        applyMarked(2);
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        uint64 cap = ledger.assetOf(USD).terms.capThousandths;
        vm.prank(governor);
        ledger.setCap(USD, 0);
        confirmAll();
        assertEq(ledger.assetOf(USD).parked, FAST + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.CapExceeded.selector, FAST + 1, 0));
        ledger.unpark(SOURCE, 2);
        vm.prank(governor);
        ledger.setCap(USD, cap);
        vm.warp(vm.getBlockTimestamp() + 6 hours);
        ledger.unpark(SOURCE, 2);
        assertEq(ledger.assetOf(USD).parked, 0);
        assertEq(amountOf(alice, USD), FAST + 1);
    }

    function test_I6_what_a_cap_keeps_out_is_within_the_fast_limit() public {
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 1));
        lock(USD, FAST, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        applyMarked(2);
        assertEq(uint8(reasonAt(1)), uint8(ParkReason.CAP));
        assertEq(uint8(reasonAt(2)), uint8(ParkReason.UNCONFIRMED));
        vm.warp(START + 62 minutes);
        _release(1);
        assertEq(ledger.limitsOf(USD).unconfirmedUnits, FAST, "its part of the limit stays taken");
    }

    function _release(uint96 index) private {
        vm.prank(alice);
        ledger.releaseParked(SOURCE, index, bytes32(uint256(uint160(alice))));
    }

    function _refuse(uint96 index, bytes memory reason) private {
        vm.expectRevert(reason);
        _release(index);
    }
}

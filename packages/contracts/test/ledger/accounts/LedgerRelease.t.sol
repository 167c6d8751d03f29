// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerMargin} from "../../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {Grades, IRiskManager} from "../../../solidity/interfaces/IRiskManager.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";
import {Answer} from "../../protocols/TestProtocol.sol";

/// @notice Who may take collateral out, how much of it, and what the ledger tells the vault.
contract LedgerReleaseTest is LedgerReleaseFixture {
    // Authority

    function test_refuses_a_release_by_anyone_but_the_owner_and_its_operators() public {
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, accountOf(alice), 1));
        vm.prank(bob);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(bob), 0);
        // Alice's address on the chain of source 7 is somebody else.
        bytes32 elsewhere = AccountLib.encode(alice, SOURCE, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, alice, elsewhere, 1));
        vm.prank(alice);
        ledger.requestRelease(elsewhere, USD, ONE_USD, wordOf(alice), 0);
    }

    function test_refuses_operators_and_rights_that_mean_nothing() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.OperatorRefused.selector, address(0)));
        ledger.setOperator(accountOf(alice), address(0), 1, type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.OperatorRefused.selector, alice));
        ledger.setOperator(accountOf(alice), alice, 1, type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightsRefused.selector, 5, 3));
        ledger.setOperator(accountOf(alice), bob, 5, type(uint40).max);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.NotOwner.selector, bob, accountOf(alice)));
        vm.prank(bob);
        ledger.setOperator(accountOf(alice), bob, 1, type(uint40).max);
    }

    function test_an_operator_releases_to_the_owner_without_a_fee_until_its_rights_end() public {
        uint40 expiry = uint40(START + 1 hours);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.OperatorSet(accountOf(alice), bob, 1, expiry);
        vm.prank(alice);
        ledger.setOperator(accountOf(alice), bob, 1, expiry);
        (uint16 rights, uint40 until) = ledger.operatorOf(accountOf(alice), bob);
        assertEq(rights, 1);
        assertEq(until, expiry);

        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientNotOwner.selector, wordOf(bob), 0));
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(bob), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RecipientNotOwner.selector, wordOf(alice), 1));
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 1);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        assertEq(amountOf(alice, USD), 99 * ONE_USD);

        vm.warp(expiry - 1);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        vm.warp(expiry);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, accountOf(alice), 1));
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
        vm.stopPrank();
    }

    function test_an_operator_needs_a_right_of_its_own_for_other_recipients() public {
        vm.startPrank(alice);
        ledger.setOperator(accountOf(alice), bob, 2, type(uint40).max);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, accountOf(alice), 1));
        vm.prank(bob);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(bob), 0);
        vm.prank(alice);
        ledger.setOperator(accountOf(alice), bob, 3, type(uint40).max);
        vm.prank(bob);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(bob), 1);
        vm.prank(alice);
        ledger.setOperator(accountOf(alice), bob, 0, type(uint40).max);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.RightMissing.selector, bob, accountOf(alice), 1));
        vm.prank(bob);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, wordOf(alice), 0);
    }

    // What may be released

    function test_refuses_recipients_that_nobody_could_be() public {
        _expectRelease(
            USD,
            ONE_USD,
            0,
            0,
            abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, bytes32(0))
        );
        bytes32 itself = wordOf(vault);
        _expectRelease(
            USD,
            ONE_USD,
            itself,
            0,
            abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, itself)
        );
        bytes32 dirty = bytes32(uint256(1) << 160) | wordOf(alice);
        _expectRelease(
            USD,
            ONE_USD,
            dirty,
            0,
            abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, dirty)
        );
        bytes32 left = bytes32(bytes20(alice));
        _expectRelease(USD, ONE_USD, left, 0, abi.encodeWithSelector(ILedgerAccounts.RecipientRefused.selector, left));
    }

    function test_refuses_what_is_no_amount_of_the_line() public {
        bytes32 to = wordOf(alice);
        _expectRelease(9, ONE_USD, to, 0, abi.encodeWithSelector(ILedgerTerms.AssetUnknown.selector, 9));
        uint128 more = 100 * ONE_USD + 1;
        bytes memory reason = abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, more, 100 * ONE_USD);
        _expectRelease(USD, more, to, 0, reason);
        reason = abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, ONE_USD - 1, ONE_USD);
        _expectRelease(USD, ONE_USD - 1, to, 0, reason);
        _expectRelease(USD, 0, to, 0, abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, 0, ONE_USD));
        reason = abi.encodeWithSelector(ILedgerAccounts.FeeAboveAmount.selector, ONE_USD + 1, ONE_USD);
        _expectRelease(USD, ONE_USD, to, uint96(ONE_USD + 1), reason);
        // Nothing at all of a line that is empty.
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, 0, ONE_ETH));
        vm.prank(bob);
        ledger.requestRelease(accountOf(bob), ETH, 0, to, 0);
    }

    function test_releases_the_smallest_lock_or_the_whole_line_below_it() public {
        release(alice, USD, ONE_USD, uint96(ONE_USD));
        release(alice, USD, 98 * ONE_USD + ONE_USD / 2, 0);
        assertEq(amountOf(alice, USD), ONE_USD / 2);
        bytes memory reason = abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, ONE_USD / 4, ONE_USD);
        _expectRelease(USD, ONE_USD / 4, wordOf(alice), 0, reason);
        release(alice, USD, ONE_USD / 2, 0);
        assertEq(amountOf(alice, USD), 0);
    }

    function test_refuses_a_release_while_the_source_is_quarantined_or_frozen() public {
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 1 hours));
        _expectRelease(USD, ONE_USD, wordOf(alice), 0, _notAccepting(SourceState.QUARANTINED, uint40(START + 1 hours)));
        vm.warp(START + 1 hours);
        release(alice, USD, ONE_USD, 0);
        for (uint8 state = uint8(SourceState.HALTED); state <= uint8(SourceState.CLOSED); ++state) {
            _setState(state);
            _expectRelease(USD, ONE_USD, wordOf(alice), 0, _notAccepting(SourceState(state), uint40(START + 1 hours)));
        }
        _setState(uint8(SourceState.CONTESTED));
        release(alice, USD, ONE_USD, 0);
    }

    function test_I16_of_a_line_that_is_all_unseasoned_nothing_leaves() public {
        _setLine(accountOf(alice), USD, uint256(ONE_USD) | (uint256(ONE_USD) << 112) | ((START + 1) << 216));
        bytes memory reason = abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, ONE_USD, 0);
        _expectRelease(USD, ONE_USD, wordOf(alice), 0, reason);
    }

    /// @notice Unseasoned units stay until their season ends, whatever is asked for.
    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_I16_unseasoned_units_never_leave(
        uint112 held,
        uint104 unseasoned,
        uint32 wait,
        uint128 amount
    ) public {
        held = uint112(bound(held, 1, 100 * ONE_USD));
        unseasoned = uint104(bound(unseasoned, 0, held));
        amount = uint128(bound(amount, 1, 101 * ONE_USD));
        uint32 seasonEnd = uint32(START + 1 hours);
        _setLine(accountOf(alice), USD, uint256(held) | (uint256(unseasoned) << 112) | (uint256(seasonEnd) << 216));
        vm.warp(START + (wait % 2 hours));
        uint256 free = block.timestamp < seasonEnd ? held - unseasoned : held;
        vm.prank(alice);
        (bool ok, bytes memory answer) = address(ledger).call(_call(USD, amount, wordOf(alice), 0));
        if (amount > free) {
            assertEq(answer, abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, amount, free));
        } else if (amount < ONE_USD && amount != held) {
            assertEq(answer, abi.encodeWithSelector(ILedgerAccounts.ReleaseTooSmall.selector, amount, ONE_USD));
        } else {
            assertTrue(ok);
            assertEq(amountOf(alice, USD), held - amount);
            if (block.timestamp < seasonEnd) {
                assertEq(ledger.lineOf(accountOf(alice), USD).unseasoned, unseasoned);
                if (unseasoned != 0) assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, seasonEnd);
            } else {
                assertEq(ledger.lineOf(accountOf(alice), USD).seasonEnd, seasonEnd, "what has seasoned stays written");
            }
        }
    }

    // What a release does

    function test_a_release_debits_journals_records_and_tells() public {
        (bytes32 edge, uint64 count, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(count, 0);
        assertEq(head, edge);
        vm.expectEmit(address(ledger));
        emit ILedgerAccounts.Released(edge, 1, accountOf(alice), ETH, 2, 3 * ONE_ETH, wordOf(bob), 7);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), ETH, 3 * ONE_ETH, wordOf(bob), 7);
        assertEq(amountOf(alice, ETH), 17 * ONE_ETH);
        assertEq(ledger.assetOf(ETH).credited, 17 * ONE_ETH);
        assertEq(ledger.assetOf(ETH).releasedCum, 3 * ONE_ETH);
        assertEq(ledger.assetOf(USD).releasedCum, 0);
        assertEq(ledger.releasedOf(SOURCE, 1), keccak256(abi.encodePacked(uint16(2), 3 * ONE_ETH, accountOf(alice))));

        release(alice, USD, 5 * ONE_USD, 0);
        Entry memory one = Entry(EntryCodec.RELEASE, 2, 3 * ONE_ETH, accountOf(alice), wordOf(bob), 7);
        Entry memory two = Entry(EntryCodec.RELEASE, 1, 5 * ONE_USD, accountOf(alice), wordOf(alice), 0);
        (, count, head) = ledger.journalHead(SOURCE);
        assertEq(count, 2);
        assertEq(head, EntryCodec.extend(EntryCodec.extend(edge, one), two), "I2");
    }

    function test_a_release_makes_room_under_the_cap() public {
        vm.prank(governor);
        ledger.setCap(USD, 1_000_000);
        fill(USD, 800 * ONE_USD, accountOf(bob));
        lock(USD, 96 * ONE_USD, accountOf(bob), 0);
        applyAll();
        assertEq(ledger.assetOf(USD).credited, 1001 * ONE_USD - ledger.assetOf(USD).parked);
        release(alice, USD, 10 * ONE_USD, 0);
        ledger.unpark(SOURCE, uint96(tip(journal)));
        assertEq(amountOf(bob, USD), 901 * ONE_USD);
    }

    function test_a_line_that_becomes_empty_leaves_its_lane_and_takes_it_again() public {
        assertEq(ledger.linesOf(accountOf(alice)).length, 2);
        vm.expectEmit(address(ledger));
        emit ILedgerCore.Enabled(accountOf(alice), USD, false);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, 100 * ONE_USD, wordOf(alice), 0);
        uint16[] memory left = ledger.linesOf(accountOf(alice));
        assertEq(left.length, 1);
        assertEq(left[0], ETH);
        lock(USD, 20 * ONE_USD, accountOf(alice), 0);
        applyAll();
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
        // A part leaves the line enabled, even one far below what enables a line.
        release(alice, USD, 19 * ONE_USD, 0);
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
    }

    // The margin gate

    function test_I5_releases_up_to_the_initial_margin_and_not_a_unit_more() public {
        // Weights 0.80 · 0.90: 100 tokens count 72, 20 at 2,000 count 28,800.
        _openPosition(alice, 28_872e18 - 36e18);
        uint128 half = 50 * ONE_USD;
        bytes memory reason = abi.encodeWithSelector(
            ILedgerMargin.MarginTooLow.selector,
            accountOf(alice),
            28_836e18 - 72e10,
            28_836e18
        );
        _expectRelease(USD, half + 1, wordOf(alice), 0, reason);
        release(alice, USD, half, 0);
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(alice));
        assertEq(aI, qI);
        reason = abi.encodeWithSelector(
            ILedgerMargin.MarginTooLow.selector,
            accountOf(alice),
            28_836e18 - 0.72e18,
            28_836e18
        );
        _expectRelease(USD, ONE_USD, wordOf(alice), 0, reason);
        assertEq(amountOf(alice, USD), half, "a refused release changes nothing");
        (, uint64 count, ) = ledger.journalHead(SOURCE);
        assertEq(count, 1);
    }

    function test_I5_a_line_ceases_to_count_only_under_the_margin_gate() public {
        _openPosition(alice, 28_801e18);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), 28_800e18, 28_801e18)
        );
        ledger.setEnabled(accountOf(alice), USD, false);
        vm.stopPrank();
        protocol.place(accountOf(alice), 28_800e18, 0);
        vm.prank(alice);
        ledger.setEnabled(accountOf(alice), USD, false);
        // What does not count is released without a margin check.
        release(alice, USD, 100 * ONE_USD, 0);
        _expectRelease(
            ETH,
            20 * ONE_ETH,
            wordOf(alice),
            0,
            abi.encodeWithSelector(ILedgerMargin.MarginTooLow.selector, accountOf(alice), 0, 28_800e18)
        );
    }

    function test_I5_lines_that_do_not_count_leave_whatever_the_protocol_says() public {
        vm.startPrank(bob);
        ledger.optIn(accountOf(bob), address(protocol));
        vm.stopPrank();
        protocol.place(accountOf(bob), 1e30, 1e30);
        release(bob, USD, 5 * ONE_USD, 0);
        protocol.setAnswer(Answer.REVERTS);
        lock(USD, 6 * ONE_USD, accountOf(bob), 0);
        applyAll();
        release(bob, USD, 6 * ONE_USD, 0);
    }

    function test_I5_refuses_while_a_protocol_does_not_answer() public {
        _openPosition(alice, 1e18);
        protocol.setAnswer(Answer.REVERTS);
        bytes memory reason = abi.encodeWithSelector(
            ILedgerMargin.RequirementUnknown.selector,
            accountOf(alice),
            address(protocol)
        );
        _expectRelease(USD, ONE_USD, wordOf(alice), 0, reason);
    }

    function test_I5_refuses_while_the_risk_manager_does_not_answer_and_something_is_required() public {
        _openPosition(alice, 1e18);
        vm.etch(address(risk), hex"5f5ffd");
        bytes memory reason = abi.encodeWithSelector(ILedgerMargin.MarginUnknown.selector, accountOf(alice));
        _expectRelease(USD, ONE_USD, wordOf(alice), 0, reason);
        protocol.place(accountOf(alice), 0, 0);
        release(alice, USD, ONE_USD, 0);
    }

    function test_I5_no_status_of_a_line_with_prices_holds_what_the_margin_covers() public {
        _openPosition(alice, 1e18);
        // Every status that lines with prices have. What that costs them is in the grades already.
        bytes memory grades = abi.encode(Grades(1e18, 1e18, 1e18, 31 & ~uint256(2), START));
        vm.mockCall(address(risk), abi.encodeWithSelector(IRiskManager.pokedMargin.selector), grades);
        release(alice, USD, ONE_USD, 0);
        assertEq(amountOf(alice, USD), 99 * ONE_USD);
    }

    function test_who_requires_nothing_needs_neither_prices_nor_fresh_sources() public {
        vm.warp(START + 30 days);
        vm.etch(address(risk), hex"fe");
        release(alice, USD, 60 * ONE_USD, 0);
        release(alice, ETH, 20 * ONE_ETH, 0);
        assertEq(ledger.linesOf(accountOf(alice)).length, 1);
    }

    /// @notice Releases in any parts take out what went in, and no more.
    function testFuzz_I12_parts_sum_to_what_was_credited(uint256 seed) public {
        uint256 left = 100 * ONE_USD;
        for (uint256 i = 0; left != 0; ++i) {
            uint128 part = uint128(1 + (uint256(keccak256(abi.encode(seed, i))) % left));
            if (part < ONE_USD) part = uint128(left < ONE_USD ? left : ONE_USD);
            release(alice, USD, part, uint96(part / 3));
            left -= part;
            assertEq(amountOf(alice, USD), left);
            assertEq(ledger.assetOf(USD).credited + ledger.assetOf(USD).releasedCum, 105 * ONE_USD);
        }
        _expectRelease(
            USD,
            1,
            wordOf(alice),
            0,
            abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, 1, 0)
        );
    }

    function _expectRelease(
        uint16 assetId,
        uint128 amount,
        bytes32 recipient,
        uint96 fee,
        bytes memory reason
    ) private {
        vm.expectRevert(reason);
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), assetId, amount, recipient, fee);
    }

    function _call(uint16 assetId, uint128 amount, bytes32 to, uint96 fee) private view returns (bytes memory) {
        return abi.encodeCall(ILedgerAccounts.requestRelease, (accountOf(alice), assetId, amount, to, fee));
    }

    function _notAccepting(SourceState state, uint40 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILedgerCore.SourceNotAccepting.selector, SOURCE, state, until);
    }

    /// @dev Writes a source's state, as no act of this version can: `state` is byte 5 of the first word of mapping 8.
    function _setState(uint8 state) private {
        bytes32 slot = keccak256(abi.encode(SOURCE, 8));
        uint256 word = uint256(vm.load(address(ledger), slot));
        vm.store(address(ledger), slot, bytes32((word & ~(uint256(0xff) << 40)) | (uint256(state) << 40)));
        (SourceState seen, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(seen), state);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerLosses, ILedgerRewind} from "../../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {RewindFixture} from "../rewind/LedgerRewindFixture.sol";
import {WitnessFixture} from "./LedgerWitnesses.t.sol";

/// @notice Where two of three witnesses must confirm, an answer to a LOST settles the asset once they have, or seven days later:
///         a forged one would let the first to leave escape the loss.
/// @dev The vault accounts for 50 USD of Alice; the LOST names 30 that the relayer released and never locked.
contract LedgerLossAnswersTest is RewindFixture, WitnessFixture {
    uint128 private constant LOSS = 30 * ONE_USD;

    uint96 private lostSeq;

    function setUp() public override(LedgerFixture, WitnessFixture) {
        super.setUp();
        lock(USD, 50 * ONE_USD, accountOf(alice), 0);
        lock(USD, LOSS, accountOf(relayer), 0);
        applyAll();
        pass(1 hours);
        vm.prank(relayer);
        ledger.requestRelease(accountOf(relayer), USD, LOSS, bytes32(uint256(uint160(relayer))), 0);
        bytes memory tail = rewindTo(1);
        passThreeDays();
        ledger.takeBack(SOURCE, tail);
        ledger.writeOff(SOURCE, USD);
        (, , , , lostSeq) = ledger.coverageOf(SOURCE, USD);
        assertEq(lostSeq, 2);
    }

    function witnessesNeeded() internal pure override(LedgerFixture, WitnessFixture) returns (uint8) {
        return 2;
    }

    function test_I1_an_answer_settles_nothing_before_it_is_confirmed() public {
        uint96 number = _answer(0);
        _expectOpen();
        _expectWaits(number, 1, vm.getBlockTimestamp() + 7 days);
        confirmBy(0, tip(journal));
        _expectWaits(number, 1, vm.getBlockTimestamp() + 7 days);
        confirmBy(1, tip(journal));
        _expectOpen();
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.LossSettled(SOURCE, USD, lostSeq);
        ledger.cover(USD);
        _expectSettled();
    }

    function test_I9_an_answer_that_nobody_confirms_settles_seven_days_later_by_the_sources_own_clock() public {
        uint256 opensAt = vm.getBlockTimestamp() + 7 days;
        uint96 number = _answer(0);
        vm.warp(opensAt - 1);
        refreshNow();
        _expectWaits(number, 1, opensAt);
        // Time alone is not enough: the source must have spoken since.
        vm.warp(opensAt);
        _expectWaits(number, 1, opensAt);
        refreshNow();
        ledger.cover(USD);
        _expectSettled();
    }

    /// @notice The loss is accounted for as soon as that is confirmed; the coverage that it lowers keeps its own date.
    function test_I1_a_confirmed_answer_settles_at_once_and_puts_no_lower_coverage_in_force() public {
        uint256 since = vm.getBlockTimestamp();
        _answer(LOSS);
        confirmAll();
        ledger.cover(USD);
        _expectSettled();
        (uint256 inForceWad, uint256 reportedWad, uint40 told, uint40 coverFrom, ) = ledger.coverageOf(SOURCE, USD);
        assertEq(abi.encode(inForceWad, reportedWad, told), abi.encode(1e18, 0.625e18, since));
        assertEq(coverFrom, since + 7 days);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerLosses.CoverTooEarly.selector, USD, coverFrom, vm.getBlockTimestamp())
        );
        ledger.cover(USD);
    }

    /// @notice A report that witnesses confirmed lends no word to an answer of the same figure.
    function test_I10_an_answer_of_the_figure_that_was_confirmed_waits_for_its_own_confirmation() public {
        _report(LOSS, 0);
        confirmAll();
        uint96 number = _answer(LOSS);
        _expectWaits(number, 2, vm.getBlockTimestamp() + 7 days);
        _expectOpen();
        confirmAll();
        ledger.cover(USD);
        _expectSettled();
    }

    /// @notice A unit that is given to a short vault each day changes the figure and its date, and not those of the answer.
    function test_I9_incident_a_unit_a_day_puts_no_answer_off() public {
        uint256 opensAt = vm.getBlockTimestamp() + 7 days;
        uint96 number = _answer(LOSS);
        for (uint128 day = 1; day <= 7; ++day) {
            _expectWaits(number, 1, opensAt);
            pass(1 days);
            _report(LOSS - day, 0);
        }
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.LossSettled(SOURCE, USD, lostSeq);
        ledger.cover(USD);
        _expectSettled();
        // The figure that was told last waits for its own date.
        (uint256 inForceWad, , , , ) = ledger.coverageOf(SOURCE, USD);
        assertEq(inForceWad, 1e18);
        vm.expectRevert(
            abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, tip(journal), 1, vm.getBlockTimestamp() + 7 days)
        );
        ledger.cover(USD);
    }

    /// @notice An answer that repeats the figure leaves its date alone.
    function test_I9_an_answer_of_the_same_figure_puts_no_cover_off() public {
        _report(LOSS, 0);
        pass(6 days);
        _answer(LOSS);
        pass(1 days);
        ledger.cover(USD);
        _expectOpen();
        (uint256 inForceWad, , , , ) = ledger.coverageOf(SOURCE, USD);
        assertEq(inForceWad, 0.625e18);
    }

    /// @notice A second answer to one LOST, forged or of a vault that was rewound, takes nothing from the first: unwound, it would leave
    ///         the asset unsettled for ever.
    function test_I9_a_second_answer_that_is_unwound_leaves_the_first() public {
        uint256 opensAt = vm.getBlockTimestamp() + 7 days;
        _answer(0);
        pass(1 days);
        uint96 second = _answer(0);
        rewindTo(uint64(second) - 1);
        _expectOpen();
        _report(0, 0);
        vm.warp(opensAt);
        refreshNow();
        ledger.cover(USD);
        _expectSettled();
    }

    /// @notice A later report that is unwound leaves an answer that is due.
    function test_I9_a_report_that_is_unwound_puts_no_answer_off() public {
        uint256 opensAt = vm.getBlockTimestamp() + 7 days;
        _answer(0);
        _report(1, 0);
        rewindTo(tip(journal) - 1);
        _expectOpen();
        vm.warp(opensAt);
        refreshNow();
        ledger.cover(USD);
        _expectSettled();
        // What its vault lacks is not known before it is heard of.
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, USD));
        ledger.cover(USD);
    }

    // Inside

    function _report(uint128 deficit, uint256 answered) private {
        uint256 accounted = 50 * ONE_USD + LOSS;
        append(journal, Entry(EntryCodec.SHORTFALL, USD, deficit, 0, bytes32(accounted | (answered << 128)), 0));
        applyAll();
    }

    /// @dev The vault takes the loss over; gives the answer's own number.
    function _answer(uint128 deficit) private returns (uint96) {
        _report(deficit, lostSeq);
        return tip(journal);
    }

    function _expectWaits(uint96 number, uint64 confirmed, uint256 opensAt) private {
        vm.expectRevert(abi.encodeWithSelector(ILedgerCore.NotConfirmed.selector, number, confirmed, opensAt));
        ledger.cover(USD);
    }

    /// @dev Nothing of the asset leaves.
    function _expectOpen() private {
        (, , , , uint96 open) = ledger.coverageOf(SOURCE, USD);
        assertEq(open, lostSeq);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, USD));
        _release();
    }

    function _expectSettled() private {
        (, , , , uint96 open) = ledger.coverageOf(SOURCE, USD);
        assertEq(open, 0);
        _release();
    }

    function _release() private {
        vm.prank(alice);
        ledger.requestRelease(accountOf(alice), USD, ONE_USD, bytes32(uint256(uint160(alice))), 0);
    }
}

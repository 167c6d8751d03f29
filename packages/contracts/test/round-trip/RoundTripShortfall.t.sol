// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {Vm} from "forge-std/Vm.sol";
import {ILedgerLosses, ILedgerRewind} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {RoundTripRewindFixture} from "./RoundTripRewindFixture.sol";

/// @notice A real vault that loses tokens and a real ledger that mirrors its coverage: lines and payments keep their units.
contract RoundTripShortfallTest is RoundTripRewindFixture {
    uint256 private constant WAD = 1e18;
    uint128 private constant LOCKED = 100_000_000;
    uint16 private constant ASSET = 1;
    /// @dev Units of each of four accounts as entries and acts of the ledger make them, whatever was lost.
    mapping(address owner => uint256) private _expected;
    uint96[] private _open;
    /// @dev Units that the ledger told of as lost and the vault has not taken over.
    uint256 private _lost;

    /// @notice A credit that waits because its asset was impaired when it came.
    struct Parked {
        uint96 index;
        address owner;
        uint256 units;
    }

    Parked[] private _parked;

    function setUp() public override {
        super.setUp();
        lockAtVault(alice, ASSET, LOCKED, accountOf(alice), 0);
        applyAll();
        _expected[alice] = LOCKED;
    }

    /// @notice Half is lost: the vault tells, the ledger covers, a release of units is paid by its share once, and the tokens that
    ///         come back make every unit whole again.
    function test_I1_I12_I17_a_loss_is_borne_once_and_comes_back_to_those_who_are_still_there() public {
        _lose(LOCKED / 2);
        _report();
        (uint256 inForce, uint256 reported, uint40 since, uint40 coverFrom, ) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, reported), abi.encode(WAD, WAD / 2));
        assertEq(coverFrom, since + 7 days);
        assertTrue(_hasFlag(4), "impaired");
        _coverAfterSevenDays(WAD / 2);
        assertFalse(_hasFlag(4));
        assertTrue(_hasFlag(8), "short");
        assertEq(amountOf(alice, ASSET), LOCKED, "lines keep their units");

        // A release of all that counts is of units: a quarter of them is paid by a quarter of what is there, no double haircut.
        _release(alice, LOCKED / 4);
        _replayAndPay();
        assertEq(tokens[0].balanceOf(alice), LOCKED / 8);
        assertEq(origin.accounted(ASSET), amountOf(alice, ASSET));
        assertEq(tokens[0].balanceOf(vault) * 2, origin.accounted(ASSET), "those behind find no less");

        // A fifth of what is missing comes back, then the rest.
        tokens[0].mint(vault, (3 * LOCKED) / 40);
        vm.warp(vm.getBlockTimestamp() + 1 days);
        _report();
        (inForce, , since, , ) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, since), abi.encode((WAD * 6) / 10, 0), "more holds at once");
        deal(address(tokens[0]), vault, origin.accounted(ASSET));
        _report();
        (inForce, , since, , ) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, since), abi.encode(WAD, 0));
        assertFalse(_hasFlag(4) || _hasFlag(8));
        _release(alice, (3 * LOCKED) / 4);
        _replayAndPay();
        assertEq(tokens[0].balanceOf(alice), LOCKED / 8 + (3 * LOCKED) / 4);
        assertEq(origin.accounted(ASSET), 0);
        assertEq(origin.quarantinedUntil(), 0);
    }

    /// @notice A report that comes while another is waited for moves no date if it is worse, and a better one frees the asset.
    function test_I9_a_worse_report_keeps_the_date_at_both_sides_and_a_whole_one_ends_both() public {
        _lose(LOCKED / 4);
        _report();
        (, , uint40 since, , ) = ledger.coverageOf(SOURCE, ASSET);
        vm.warp(vm.getBlockTimestamp() + 6 days);
        _lose(LOCKED / 4);
        _report();
        (, , uint40 still, , ) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(still, since);
        assertEq(origin.assetOf(ASSET).shortSince, since, "the same seconds, as each edge is quick here");
        vm.warp(vm.getBlockTimestamp() + 1 days);
        refreshNow();
        ledger.cover(ASSET);
        (uint256 inForce, , , , ) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(inForce, WAD / 2);
        tokens[0].mint(vault, LOCKED / 2);
        _report();
        assertFalse(_hasFlag(4) || _hasFlag(8));
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.NothingToCover.selector, ASSET));
        ledger.cover(ASSET);
    }

    /// @notice Nothing leaves the ledger's lines while the vault pays its share, and both sides hold the same units throughout.
    function test_I1_releases_before_and_after_a_loss_are_of_the_same_units() public {
        lockAtVault(bob, ASSET, LOCKED, accountOf(bob), 0);
        applyAll();
        _expected[bob] = LOCKED;
        _release(alice, LOCKED / 2);
        _lose(LOCKED);
        _report();
        _coverAfterSevenDays(WAD / 2);
        _release(bob, LOCKED / 2);
        _replayAndPay();
        assertEq(tokens[0].balanceOf(alice), tokens[0].balanceOf(bob), "whoever asked first");
        assertEq(tokens[0].balanceOf(bob), LOCKED / 4);
        _requireUnits();
    }

    /// @notice Units that a quorum forged and that left the ledger's reach are taken over by the vault, and cost each unit alike;
    ///         the answer frees the asset.
    function test_I1_I12_units_that_were_written_off_are_shared_by_all_at_the_vault() public {
        _forgeAndLose(LOCKED / 4);
        uint96 lostSeq = tip(back);
        vm.expectRevert(abi.encodeWithSelector(ILedgerRewind.AssetUnsettled.selector, ASSET));
        this.releaseByOwner(alice, ASSET, 1);
        _replay();
        vm.warp(origin.payment(lostSeq).readyAt);
        bytes memory entry = entriesOf(back, tip(back) - 1, tip(back));
        vm.recordLogs();
        origin.takeLoss(lostSeq, entry);
        _follow();
        // The forger released a quarter, which was paid; all that is left is three quarters for alice's units.
        assertEq(origin.accounted(ASSET), LOCKED);
        applyAll();
        (uint256 inForce, uint256 reported, , , uint96 answered) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, reported, answered), abi.encode(WAD, (WAD * 3) / 4, 0));
        assertFalse(_hasFlag(16), "settled");
        _coverAfterSevenDays((WAD * 3) / 4);
        _release(alice, LOCKED);
        _replayAndPay();
        assertEq(tokens[0].balanceOf(alice), (LOCKED * 3) / 4);
        assertEq(origin.accounted(ASSET), 0);
    }

    function test_I9_a_loss_that_the_guardian_stopped_frees_the_asset_too() public {
        _forgeAndLose(LOCKED / 4);
        (, , , , uint96 lostSeq) = ledger.coverageOf(SOURCE, ASSET);
        _replay();
        bytes memory entry = entriesOf(back, tip(back) - 1, tip(back));
        vm.recordLogs();
        vm.prank(guardian);
        origin.stop(lostSeq, entry, "x");
        _follow();
        applyAll();
        assertFalse(_hasFlag(16));
        (uint256 inForce, uint256 reported, , , uint96 answered) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, reported, answered), abi.encode(WAD, WAD, 0));
        // The last to leave bear what was spent: no more than is there leaves the vault.
        _release(alice, (LOCKED * 3) / 4);
        _replayAndPay();
        assertEq(tokens[0].balanceOf(alice), (LOCKED * 3) / 4);
    }

    /// @notice I1, I12, I17: after any losses, returns, reports, covers, releases, payments, moves and units that were written
    ///         off, once the last report is applied and the vault holds all that is accounted, every unit counts whole, and every
    ///         line is what entries and the ledger's own acts make it.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I12_I17_what_was_lost_leaves_no_trace_once_it_is_back(uint256 seed) public {
        if (seed % 3 == 0) _forgeAndLose(1e6 + ((seed >> 8) % (LOCKED - 1e6)));
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _actSomehow(seed);
            _requireUnits();
        }
        _settleAll();
        deal(address(tokens[0]), vault, origin.accounted(ASSET));
        vm.warp(vm.getBlockTimestamp() + 1 days);
        _report();
        (uint256 inForce, uint256 told, uint40 since, , uint96 lostSeq) = ledger.coverageOf(SOURCE, ASSET);
        assertEq(abi.encode(inForce, told, since, lostSeq), abi.encode(WAD, WAD, 0, 0), "I17");
        assertFalse(_hasFlag(4) || _hasFlag(8) || _hasFlag(16), "I17");
        _unparkAll();
        assertEq(linesOf(ASSET), origin.accounted(ASSET), "I1");
        for (uint256 i = 0; i < 3; ++i) {
            address owner = everybody[i];
            assertEq(amountOf(owner, ASSET), _expected[owner], "I17: every line");
            uint256 before = tokens[0].balanceOf(owner);
            if (_expected[owner] == 0) continue;
            uint128 all = uint128(_expected[owner]);
            _release(owner, all);
            _replayAndPay();
            assertEq(tokens[0].balanceOf(owner) - before, all, "I17: every unit is paid whole");
        }
        assertEq(origin.quarantinedUntil(), 0);
    }

    /// @notice A report, in a call of its own.
    function reportNow() external {
        origin.report(ASSET);
    }

    function _actSomehow(uint256 seed) private {
        (uint256 act, uint256 part) = (seed % 9, seed >> 8);
        uint256 held = tokens[0].balanceOf(vault);
        address owner = everybody[(seed >> 4) % 3];
        if (act == 0) _lose(part % (held / 2 + 1));
        else if (act == 1) tokens[0].mint(vault, part % (LOCKED / 4));
        else if (act == 2) _tryReport();
        else if (act == 3) _tryCover();
        else if (act == 4 && _expected[owner] != 0) _tryRelease(owner, uint128(1 + (part % _expected[owner])));
        else if (act == 5) _tryLock(owner, uint128(1e6 + (part % LOCKED)));
        else if (act == 6) _tryMove(owner, everybody[(seed >> 6) % 3], part);
        else if (act == 7) vm.warp(vm.getBlockTimestamp() + (part % 5 days));
        else {
            _replay();
            _tryPayAll();
            _tryTakeLoss();
        }
    }

    /// @dev Everything that can be done without a token is done: losses are answered, releases are paid.
    function _settleAll() private {
        deal(address(tokens[0]), vault, origin.accounted(ASSET));
        _replay();
        vm.warp(vm.getBlockTimestamp() + 8 days);
        _tryTakeLoss();
        deal(address(tokens[0]), vault, origin.accounted(ASSET));
        _tryPayAll();
        assertEq(_open.length, 0, "nothing keeps a payment");
        _applyNew();
    }

    function _lose(uint256 units) private {
        deal(address(tokens[0]), vault, tokens[0].balanceOf(vault) - units);
    }

    /// @dev Reports, and brings the report to the ledger.
    function _report() private {
        vm.recordLogs();
        origin.report(ASSET);
        _follow();
        applyAll();
    }

    function _tryReport() private {
        vm.recordLogs();
        try this.reportNow() {
            _follow();
            applyAll();
        } catch {}
    }

    function _applyNew() private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count != tip(journal)) applyAll();
    }

    /// @dev Takes down what the vault journaled beside locks.
    function _follow() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IEdge.Journaled.selector || logs[i].emitter != vault) continue;
            (uint8 kind, uint16 asset, uint128 amount, bytes32 party) = abi.decode(
                logs[i].data,
                (uint8, uint16, uint128, bytes32)
            );
            append(journal, Entry(kind, asset, amount, logs[i].topics[3], party, 0));
        }
        (, uint64 count, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(count, head), abi.encode(tip(journal), journal.heads[tip(journal)]));
    }

    function _coverAfterSevenDays(uint256 expected) private {
        (, , , uint40 coverFrom, ) = ledger.coverageOf(SOURCE, ASSET);
        vm.warp(coverFrom - 1);
        refreshNow();
        vm.expectRevert(abi.encodeWithSelector(ILedgerLosses.CoverTooEarly.selector, ASSET, coverFrom, coverFrom - 1));
        ledger.cover(ASSET);
        vm.warp(coverFrom);
        refreshNow();
        vm.expectEmit(address(ledger));
        emit ILedgerLosses.Covered(SOURCE, ASSET, expected);
        ledger.cover(ASSET);
    }

    function _tryCover() private {
        refreshNow();
        try ledger.cover(ASSET) {} catch {}
    }

    function _release(address owner, uint128 amount) private {
        _expected[owner] -= amount;
        releaseReally(owner, ASSET, amount, 0);
        _open.push(uint96(tip(back)));
    }

    function _tryRelease(address owner, uint128 amount) private {
        Entry memory entry = releaseOf(owner, ASSET, amount, 0);
        try this.releaseByOwner(owner, ASSET, amount) {
            _expected[owner] -= amount;
            append(back, entry);
            _open.push(uint96(tip(back)));
        } catch {}
    }

    function _tryLock(address owner, uint128 amount) private {
        tokens[0].mint(owner, amount);
        vm.startPrank(owner);
        tokens[0].approve(vault, amount);
        try origin.lock(ASSET, amount, accountOf(owner), 0, 0, 0) {
            vm.stopPrank();
            lock(ASSET, amount, accountOf(owner), 0);
            applyAll();
            // What an impaired asset does not take is parked for the account, in units too.
            uint96 index = tip(journal);
            if (ledger.parkedOf(SOURCE, index).account == 0) _expected[owner] += amount;
            else _parked.push(Parked(index, owner, amount));
        } catch {
            vm.stopPrank();
        }
    }

    /// @dev Nothing keeps what is parked once the asset is whole again.
    function _unparkAll() private {
        for (; _parked.length != 0; _parked.pop()) {
            Parked memory one = _parked[_parked.length - 1];
            ledger.unpark(SOURCE, one.index);
            _expected[one.owner] += one.units;
        }
    }

    function _tryMove(address from, address to, uint256 part) private {
        if (_expected[from] == 0) return;
        uint128 amount = uint128(1 + (part % _expected[from]));
        vm.prank(from);
        try ledger.transfer(accountOf(from), accountOf(to), ASSET, amount) {
            _expected[from] -= amount;
            _expected[to] += amount;
        } catch {}
    }

    function _replay() private {
        (, uint64 from, , , , ) = origin.replicaState();
        if (from != tip(back)) replayAtVault(from);
    }

    function _replayAndPay() private {
        _replay();
        _tryPayAll();
        assertEq(_open.length, 0);
    }

    function _tryPayAll() private {
        for (uint256 i = _open.length; i != 0; --i) {
            uint96 seq = _open[i - 1];
            try origin.pay(seq, entriesOf(back, uint64(seq) - 1, uint64(seq)), relayer) {
                _open[i - 1] = _open[_open.length - 1];
                _open.pop();
            } catch {}
        }
    }

    function _tryTakeLoss() private {
        (, , , , uint96 lostSeq) = ledger.coverageOf(SOURCE, ASSET);
        if (lostSeq == 0) return;
        bytes memory entry = entriesOf(back, uint64(lostSeq) - 1, uint64(lostSeq));
        vm.recordLogs();
        try origin.takeLoss(lostSeq, entry) {
            _lost = 0;
            _follow();
            applyAll();
        } catch {}
    }

    /// @dev A quorum forges a lock for mallory, who is paid for it; the ledger is rewound, and tells the vault what is missing.
    function _forgeAndLose(uint256 units) private {
        uint64 point = tip(journal);
        Entry memory forged = lockEntry(ASSET, uint128(units), accountOf(mallory), 0);
        forge(forged);
        applyAll();
        releaseReally(mallory, ASSET, uint128(units), 0);
        replayAtVault(0);
        origin.pay(1, packedOf(back, 1), relayer);
        rewindLedger(point);
        passTakeBack();
        ledger.takeBack(SOURCE, EntryCodec.pack(forged));
        writeOff(ASSET);
        assertJournals();
        _lost = units;
    }

    /// @dev I1 in units, over both sides: lines and releases on their way are what is accounted, and what is told as lost.
    function _requireUnits() private view {
        uint256 units = linesOf(ASSET) + ledger.assetOf(ASSET).parked;
        for (uint256 i = 0; i < _open.length; ++i) units += entryOf(back, uint64(_open[i]) - 1).amount;
        assertEq(units, origin.accounted(ASSET) + _lost, "I1");
    }

    function _hasFlag(uint8 flag) private view returns (bool) {
        (uint256 asset, ) = ledger.termWordsOf(ASSET);
        return (asset >> 56) & flag != 0;
    }
}

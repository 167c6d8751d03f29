// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment, PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {RoundTripRewindFixture} from "./RoundTripRewindFixture.sol";

/// @notice I17 over a real vault and a real ledger: rewinds without a cause, entries that members withhold, what is taken back and told as
///         lost, in any order, leave no trace once everything that is true has come again.
contract RoundTripReversibleTest is RoundTripRewindFixture {
    /// @dev Units of each account as the journal's locks and the ledger's own acts make them.
    mapping(address owner => uint256) private _expected;
    mapping(address owner => uint256) private _released;

    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I1_I9_I17_rewinds_leave_no_trace_once_what_is_true_came_again(uint256 seed) public {
        for (uint256 i = 0; i < 3; ++i) _lock(everybody[i], 100 * ONE_USD);
        _apply();
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _actSomehow(seed);
        }
        _settleAll();
        (uint256 orphaned, uint256 missing, uint256 found, uint96 open) = ledger.unsettledOf(SOURCE, USD);
        assertEq(abi.encode(orphaned, missing, found, open), abi.encode(0, 0, 0, 0), "nothing is left open");
        assertEq(linesOf(USD), origin.accounted(USD), "I1");
        assertEq(tokens[0].balanceOf(vault), origin.accounted(USD), "I1: nothing is missing");
        assertEq(origin.owed(USD), 0);
        for (uint256 i = 0; i < everybody.length; ++i) {
            address owner = everybody[i];
            assertEq(amountOf(owner, USD), _expected[owner], "I17: every line");
            assertEq(tokens[0].balanceOf(owner), _released[owner], "I4: every release is paid once");
        }
        assertJournals();
        assertEq(origin.quarantinedUntil(), 0);
    }

    function _actSomehow(uint256 seed) private {
        (uint256 act, uint256 part) = (seed % 9, seed >> 8);
        address owner = everybody[(seed >> 4) % 4];
        if (act == 0) _lock(owner, uint128(1 + (part % 4)) * 25 * ONE_USD);
        else if (act == 1) _apply();
        else if (act == 2) _tryRelease(owner, part);
        else if (act == 3) _tryMove(owner, everybody[(seed >> 6) % 4], part);
        else if (act == 4) rewindLedger(_pointOf(_appliedByLedger(), part));
        else if (act == 5) rewindVault(_pointOf(_appliedByVault(), part));
        else if (act == 6) _takeBackAll();
        else if (act == 7) _tryWriteOff();
        else _replayAndPay();
    }

    function _lock(address owner, uint128 amount) private {
        tokens[0].mint(owner, amount);
        vm.startPrank(owner);
        tokens[0].approve(vault, amount);
        try origin.lock(USD, amount, accountOf(owner), 0, 0, 0) {
            happened(lockEntry(USD, amount, accountOf(owner), 0));
            _expected[owner] += amount;
        } catch {
            // Units are missing: nobody locks into a loss.
            tokens[0].transfer(address(0xdead), amount);
        }
        vm.stopPrank();
    }

    function _apply() private {
        if (_appliedByLedger() != tip(journal)) applyAll();
    }

    function _tryRelease(address owner, uint256 part) private {
        uint256 held = amountOf(owner, USD);
        if (held == 0) return;
        uint128 amount = part % 2 == 0 ? uint128(held) : uint128(1 + ((part >> 1) % held));
        Entry memory entry = releaseOf(owner, USD, amount, 0);
        vm.prank(owner);
        try ledger.requestRelease(accountOf(owner), USD, amount, entry.party, 0) {
            happenedBack(entry);
            _expected[owner] -= amount;
            _released[owner] += amount;
        } catch {}
    }

    function _tryMove(address from, address to, uint256 part) private {
        uint256 held = amountOf(from, USD);
        if (held == 0) return;
        uint128 amount = uint128(1 + (part % held));
        vm.prank(from);
        try ledger.transfer(accountOf(from), accountOf(to), USD, amount) {
            _expected[from] -= amount;
            _expected[to] += amount;
        } catch {}
    }

    /// @dev Members withhold what comes next, and after three days everything that did not come again is taken back.
    function _takeBackAll() private {
        _hearForThreeDays();
        for (uint64 i = 0; i < tip(journal); ++i) {
            bytes memory entry = entriesOf(journal, i, i + 1);
            (uint256 left, ) = ledger.orphansOf(SOURCE, keccak256(entry));
            for (; left != 0; --left) ledger.takeBack(SOURCE, entry);
        }
    }

    function _tryWriteOff() private {
        (uint256 orphaned, uint256 missing, uint256 found, uint96 open) = ledger.unsettledOf(SOURCE, USD);
        if (orphaned != 0 || open != 0 || missing + found == 0) return;
        // What is missing may come again for as long as an orphan.
        if (missing != 0) _hearForThreeDays();
        writeOff(USD);
    }

    function _hearForThreeDays() private {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshAtReplica();
        vm.warp(vm.getBlockTimestamp() + TAKE_BACK_AFTER);
        refreshAtReplica();
    }

    /// @dev The vault replays all, takes over what it was told, and pays in full what it can.
    function _replayAndPay() private {
        uint64 applied = _appliedByVault();
        if (applied != tip(back)) replayAtVault(applied);
        for (uint64 seq = 1; seq <= tip(back); ++seq) {
            Payment memory due = origin.payment(seq);
            if (due.state != PaymentState.QUEUED) continue;
            if (due.readyAt > block.timestamp) vm.warp(due.readyAt);
            bytes memory entry = packedOf(back, seq);
            if (uint8(entry[0]) == EntryCodec.LOST) {
                origin.takeLoss(seq, entry);
                happened(answerOf(USD, seq));
            } else if (tokens[0].balanceOf(vault) >= origin.accounted(USD)) origin.pay(seq, entry, relayer);
        }
    }

    /// @dev Everything that is true comes again, and everything that was told is answered.
    function _settleAll() private {
        for (uint256 i = 0; i < 4; ++i) {
            _apply();
            _replayAndPay();
            _apply();
            _tryWriteOff();
        }
        // Losses come before payments that they made wait.
        _replayAndPay();
        // What came again while the asset was impaired has found no room, and has it now.
        for (uint64 seq = 1; seq <= tip(journal); ++seq) {
            if (ledger.parkedOf(SOURCE, seq).account != 0) ledger.unpark(SOURCE, seq);
        }
    }

    function _pointOf(uint64 applied, uint256 part) private pure returns (uint64) {
        return uint64(part % (uint256(applied) + 1));
    }

    function _appliedByLedger() private view returns (uint64 count) {
        (, count, , , , ) = ledger.replicaOf(SOURCE);
    }

    function _appliedByVault() private view returns (uint64 count) {
        (, count, , , , ) = origin.replicaState();
    }
}

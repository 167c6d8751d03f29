// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {IVaultLosses} from "../../solidity/interfaces/vault/IVaultPayments.sol";
import {Vm} from "forge-std/Vm.sol";
import {PaymentLane} from "../../solidity/libraries/PaymentLanes.sol";
import {Payment, PaymentState, VaultAsset} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {VaultReturnBooks} from "./VaultReturnBooks.sol";
import {Mood, MoodyToken} from "../tokens/MoodyToken.sol";
import {PlainToken} from "../tokens/PlainToken.sol";

/// @notice A ledger, its attesters, relayers that race and payers that race, with books of its own.
abstract contract VaultReturnHandler is VaultReturnBooks {
    /// @notice Journals a release of what is locked and not asked back yet.
    function release(uint256 who, uint256 which, uint128 amount, uint96 fee) external counted("release") {
        uint16 asset = uint16(which % tokens.length) + 1;
        if (unanswered[asset] != 0) return;
        uint256 room = lines[asset] >> (uint256(keccak256(abi.encode(who, amount))) % 5);
        if (room == 0) return;
        amount = uint128(1 + (uint256(keccak256(abi.encode(amount))) % room));
        fee = uint96(fee % (uint256(amount) + 1) & type(uint96).max);
        bytes32 party = bytes32(uint256(uint160(_user(who))));
        if (who % 5 == 0) party = bytes32(uint256(uint160(address(vault))));
        if (who % 5 == 1) party |= bytes32(uint256(1) << (160 + (who % 96)));
        lines[asset] -= amount;
        _append(Entry(EntryCodec.RELEASE, asset, amount, accountOf(_user(who)), party, fee));
        _hit("release");
    }

    /// @notice Journals an entry that no honest ledger does: k dishonest attesters would have to sign it.
    function forge(uint256 which, uint256 how) external counted("forge") {
        // Seldom, since the first that is refused stops the edge for 72 hours.
        if (uint256(keccak256(abi.encode(how))) % 16 != 0) return;
        uint16 asset = uint16(which % tokens.length) + 1;
        Entry memory entry = Entry(EntryCodec.RELEASE, asset, 1, accountOf(_user(which)), accountOf(_user(1)) >> 96, 0);
        if (how % 4 == 0) entry.kind = EntryCodec.LOCK;
        // As much as fits, or one more: stopped, or refused.
        if (how % 4 == 1) entry.amount = uint128(type(uint104).max) + (how % 8 == 1 ? 0 : 1);
        if (how % 4 == 2) entry.asset = 77;
        if (how % 4 == 3) entry.fee = 2;
        // A loss that names an account.
        if (how % 8 == 7) entry.kind = EntryCodec.LOST;
        _append(entry);
        forged[uint64(_entries.length)] = true;
        _hit("forged entry");
    }

    /// @notice Posts some of the journal, from anywhere at or below the replica's count; also what is there already.
    function replay(uint64 from, uint64 to, bool late) external counted("replay") {
        (, uint64 at, , , , ) = vault.replicaState();
        from = uint64(bound(from, 0, at));
        // Mostly everything: the fuzzer prefers small numbers, which would replay nothing new.
        to =
            late
                ? uint64(bound(to, 0, _entries.length))
                : uint64(_entries.length - (to % (_entries.length - at + 1)) / 2);
        JournalHead memory statement = JournalHead({
            edge: heads[0],
            count: to,
            tip: to,
            head: heads[to],
            blockNumber: to,
            blockHash: keccak256(abi.encode(to)),
            asOf: uint64(vm.getBlockTimestamp()),
            epoch: 1
        });
        bytes memory packed;
        for (uint64 i = from; i < to; ++i) {
            packed = bytes.concat(packed, EntryCodec.pack(_entries[i]));
        }
        bytes memory sigs = _sign(statement);
        vm.recordLogs();
        try vault.applyReleases(from, packed, new uint64[](0), statement, sigs) {
            ++replays;
            _hit("replay");
            _follow();
            if (vault.quarantinedUntil() > vm.getBlockTimestamp()) {
                assertEq(++quarantines, 1, "I9: refused entries stop an edge once");
                _hit("quarantine");
            }
        } catch {}
    }

    /// @notice Lets a quarantine lapse, or some of it.
    function lapse(uint40 length) external counted("lapse") {
        if (vault.quarantinedUntil() <= vm.getBlockTimestamp()) return;
        vm.warp(vm.getBlockTimestamp() + bound(length, 1 hours, 72 hours));
        _hit("lapse");
    }

    /// @notice Pays or tries to, whatever the number, also twice.
    function pay(uint256 which, uint256 by) external counted("pay") {
        if (_entries.length == 0) return;
        uint64 seq = _pickIn(which, PaymentState.QUEUED);
        address feeTo = _user(by);
        // Now and then a recipient cannot be paid, or there would be little to claim.
        if (by % 2 == 0) _refuse(seq, true);
        (uint256 held, uint256 sum) = _heldFor(seq);
        try vault.pay(seq, EntryCodec.pack(_entries[seq - 1]), feeTo) {
            _settle(seq, feeTo, held, sum);
        } catch {}
    }

    /// @notice Stops a payment or tries to.
    function stop(uint256 which) external counted("stop") {
        if (_entries.length == 0) return;
        uint64 seq = _pickIn(which, PaymentState.QUEUED);
        // An account's payments are stopped once in seven days, and small ones only while something speaks against the journal.
        if (which % 2 == 0) vm.warp(vm.getBlockTimestamp() + 7 days);
        vm.startPrank(vault.guardian());
        if (which % 4 == 1) try vault.quarantine(uint40(vm.getBlockTimestamp() + 1 hours)) {} catch {}
        // Three times in four one that may be stopped: no loss, which has an act of its own, and none of the small lane.
        for (uint256 i = 0; which % 4 != 0 && i < 16 && !_isStoppable(seq); ++i) {
            seq = _pickIn(uint256(keccak256(abi.encode(which, i))), PaymentState.QUEUED);
        }
        bytes memory packed = EntryCodec.pack(_entries[seq - 1]);
        vm.recordLogs();
        if (_entries[seq - 1].kind == EntryCodec.RELEASE) {
            try vault.stop(seq, packed, "campaign") {
                _follow();
                _hit("stop");
            } catch {}
        }
        vm.stopPrank();
    }

    /// @notice The vault loses some of a token, as a hostile issuer could take it.
    function lose(uint256 which, uint256 part) external counted("lose") {
        // Seldom, since nothing of the asset moves for a while.
        if (uint256(keccak256(abi.encode(part))) % 8 != 0) return;
        uint16 asset = uint16(which % tokens.length) + 1;
        address token = tokens[asset - 1];
        uint256 held = PlainToken(token).balanceOf(address(vault));
        uint256 gone = held / (8 + (part % 64));
        if (gone == 0) return;
        deal(token, address(vault), held - gone);
        lost[asset] += gone;
        _hit("loss");
    }

    /// @notice Reports or tries to.
    function report(uint256 which) external counted("report") {
        uint16 asset = uint16(which % tokens.length) + 1;
        // The next one that lost something, if any did.
        for (uint256 i = 0; i < tokens.length && lost[asset] == 0; ++i) asset = uint16(asset % tokens.length) + 1;
        vm.recordLogs();
        try vault.report(asset) {
            _follow();
            _hit("report");
        } catch {}
    }

    /// @notice Tokens come back, some or all that is missing.
    function returnTokens(uint256 which, uint256 part) external counted("returnTokens") {
        uint16 asset = uint16(which % tokens.length) + 1;
        for (uint256 i = 0; i < tokens.length && _missing(asset) == 0; ++i) asset = uint16(asset % tokens.length) + 1;
        uint256 units = _missing(asset);
        if (units == 0) return;
        if (uint256(keccak256(abi.encode(part))) % 4 == 0) units = 1 + (part % units);
        deal(tokens[asset - 1], address(vault), PlainToken(tokens[asset - 1]).balanceOf(address(vault)) + units);
        given[asset] += units;
        _hit("tokens that came back");
    }

    /// @notice The ledger finds units on its lines for which nothing was ever locked, and tells the vault.
    function writeOff(uint256 which, uint256 part) external counted("writeOff") {
        // Seldom, since nothing of the asset is released before the answer.
        if (uint256(keccak256(abi.encode(part))) % 2 != 0) return;
        uint16 asset = uint16(which % tokens.length) + 1;
        uint256 units = locked[asset] / (4 + (part % 64));
        if (unanswered[asset] != 0 || units == 0) return;
        lines[asset] += units;
        unanswered[asset] = units;
        _append(Entry(EntryCodec.LOST, asset, uint128(units), 0, 0, 0));
        lossSeq[asset] = uint64(_entries.length);
        _hit("loss told");
    }

    /// @notice Takes a loss over, or tries to; half of the time on its date.
    function takeLoss(uint256 which, uint256 random) external counted("takeLoss") {
        uint16 asset = uint16(which % tokens.length) + 1;
        for (uint256 i = 0; i < tokens.length && unanswered[asset] == 0; ++i) {
            asset = uint16(asset % tokens.length) + 1;
        }
        if (unanswered[asset] == 0) return;
        uint64 seq = lossSeq[asset];
        uint256 readyAt = vault.payment(seq).readyAt;
        if (uint256(keccak256(abi.encode(random))) % 2 == 0 && readyAt > vm.getBlockTimestamp()) vm.warp(readyAt);
        vm.recordLogs();
        try vault.takeLoss(seq, EntryCodec.pack(_entries[seq - 1])) {
            _follow();
            assertEq(unanswered[asset], 0, "the answer names the loss");
            _hit("loss taken over");
        } catch {}
    }

    /// @notice The guardian stops a loss that waits.
    function stopLoss(uint256 which, uint256 random) external counted("stopLoss") {
        // Half of them, or none would be taken over.
        if (uint256(keccak256(abi.encode(random))) % 2 != 0) return;
        uint16 asset = uint16(which % tokens.length) + 1;
        for (uint256 i = 0; i < tokens.length && unanswered[asset] == 0; ++i) {
            asset = uint16(asset % tokens.length) + 1;
        }
        if (unanswered[asset] == 0) return;
        bytes memory packed = EntryCodec.pack(_entries[lossSeq[asset] - 1]);
        vm.recordLogs();
        vm.prank(vault.guardian());
        try vault.stop(lossSeq[asset], packed, "campaign") {
            _follow();
            assertEq(unanswered[asset], 0, "the answer names the loss");
            _hit("loss stopped");
        } catch {}
    }

    /// @notice An owner of the vault's chain names an operator.
    function appoint(uint256 who, uint80 sub) external counted("appoint") {
        vm.recordLogs();
        vm.prank(_user(who));
        vault.appoint(sub, _user((who % 5) + 1));
        _follow();
        _hit("appointment");
    }

    /// @notice The guardian quarantines the edge, or tries to.
    function guard(uint40 length) external counted("guard") {
        // Seldom, since nothing is replayed or paid meanwhile.
        if (uint256(keccak256(abi.encode(length))) % 16 != 0) return;
        vm.prank(vault.guardian());
        try vault.quarantine(uint40(vm.getBlockTimestamp() + bound(length, 1, 72 hours))) {
            _hit("guarded");
        } catch {}
    }

    /// @dev Any number, spread evenly; three times in four the next one from there that is in a state, if any of 64 is: else
    ///      few of the tries would find what they are for.
    function _pickIn(uint256 which, PaymentState wanted) internal view returns (uint64 seq) {
        uint256 random = uint256(keccak256(abi.encode(which)));
        uint256 start = random % _entries.length;
        seq = uint64(start) + 1;
        if ((random >> 128) % 4 == 0) return seq;
        for (uint256 i = 0; i < 64 && i < _entries.length; ++i) {
            uint64 next = uint64((start + i) % _entries.length) + 1;
            if (vault.payment(next).state == wanted) return next;
        }
    }

    /// @dev A queued release: of the middle or the large lane, unless the edge is quarantined.
    function _isStoppable(uint64 seq) private view returns (bool) {
        Payment memory due = vault.payment(seq);
        if (due.state != PaymentState.QUEUED || _entries[seq - 1].kind != EntryCodec.RELEASE) return false;
        return (due.flags >> 1) & 3 > uint8(PaymentLane.SMALL) || vault.quarantinedUntil() > vm.getBlockTimestamp();
    }

    /// @dev Has the moody token refuse the recipient of a payment of it, or pay it again.
    function _refuse(uint64 seq, bool on) internal {
        if (_entries[seq - 1].asset != tokens.length) return;
        MoodyToken token = MoodyToken(tokens[tokens.length - 1]);
        if (!on) token.feel(Mood.FINE);
        token.blacklist(address(uint160(uint256(_entries[seq - 1].party))), on);
    }

    /// @dev Books what a successful call did, by the state it left: paid, or found to fail.
    function _settle(uint64 seq, address feeTo, uint256 held, uint256 sum) internal {
        Entry memory entry = _entries[seq - 1];
        PaymentState state = vault.payment(seq).state;
        if (state == PaymentState.CLAIMABLE) {
            ++failures;
            _hit("failing transfer");
            return;
        }
        assertEq(uint8(state), uint8(PaymentState.PAID));
        assertTrue(seen[seq] != PaymentState.PAID, "I4: paid twice");
        assertFalse(forged[seq], "I4: a forged entry was paid");
        assertEq(refunds[seq], 0, "I4: paid and refunded");
        seen[seq] = PaymentState.PAID;
        ++payments;
        _hit("payment");
        uint256 out = held - PlainToken(tokens[entry.asset - 1]).balanceOf(address(vault));
        _requireShare(entry.asset, entry.amount, out, held, sum);
        paid[entry.asset] += out;
        closed[entry.asset] += entry.amount;
        uint256 fee = (uint256(entry.fee) * out) / entry.amount;
        received[address(uint160(uint256(entry.party)))][entry.asset] += out - fee;
        received[feeTo][entry.asset] += fee;
    }

    /// @dev I10, I12: in full while nothing is missing; else the share of what is there, after seven days on record and a report
    ///      of all that is missing. What is there for a unit of those behind does not fall.
    function _requireShare(uint16 asset, uint256 units, uint256 out, uint256 held, uint256 sum) private {
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(kept.accounted, sum - units, "units leave whole");
        if (held >= sum) {
            assertEq(out, units, "I4: in full");
            return;
        }
        assertEq(out, (units * held) / sum, "I12: its share");
        assertTrue(kept.shortSince != 0 && block.timestamp >= kept.shortSince + 7 days, "I10: seven days on record");
        assertGe(held * 1e18, kept.coverage * sum, "I10: a further loss is reported first");
        assertGe((held - out) * sum, held * kept.accounted, "I12: those behind find no less");
        _hit("payment with a loss");
    }

    /// @dev What the vault holds of a payment's token, and what is accounted; 0 where the token does not say.
    function _heldFor(uint64 seq) internal view returns (uint256 held, uint256 sum) {
        uint16 asset = _entries[seq - 1].asset;
        if (asset == 0 || asset > tokens.length) return (0, 0);
        sum = vault.accounted(asset);
        try PlainToken(tokens[asset - 1]).balanceOf(address(vault)) returns (uint256 units) {
            held = units;
        } catch {}
    }

    function _missing(uint16 asset) private view returns (uint256) {
        (uint256 sum, uint256 held) = (vault.accounted(asset), PlainToken(tokens[asset - 1]).balanceOf(address(vault)));
        return held < sum ? sum - held : 0;
    }

    /// @dev Reads what the vault has just told beside locks, as any reader of its logs would, and answers as the ledger.
    function _follow() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IVaultCore.Stopped.selector) {
                uint96 seq = uint96(uint256(logs[i].topics[1]));
                assertEq(stoppedAt[seq], 0, "I4: stopped twice");
                stoppedAt[seq] = vm.getBlockTimestamp();
                (bytes32 reason) = abi.decode(logs[i].data, (bytes32));
                isGivenBack[seq] = reason == "given back";
            } else if (topic == IVaultLosses.LossTaken.selector) {
                (uint256 units, ) = abi.decode(logs[i].data, (uint256, bool));
                taken[uint16(uint256(logs[i].topics[2]))] += units;
            } else if (topic == IVaultCore.Shortfall.selector) {
                (, told[uint16(uint256(logs[i].topics[1]))]) = abi.decode(logs[i].data, (uint256, uint256));
            } else if (topic == IEdge.Journaled.selector) _followEntry(logs[i]);
        }
    }

    /// @dev I4: what comes back was confirmed, or nobody showed anything against it for 30 days; and again after 30 more.
    function _requireRefundDue(uint96 seq) private view {
        if (refunds[seq] != 0) {
            assertGe(vm.getBlockTimestamp(), refundedAt[seq] + 30 days, "I4: refunded again too early");
            return;
        }
        (uint8 m, , , ) = vault.witnessPolicy();
        if (m == 0 || seq <= confirmed || isGivenBack[seq]) return;
        assertGe(vm.getBlockTimestamp(), stoppedAt[seq] + 30 days, "I4: refunded unconfirmed");
    }

    function _followEntry(Vm.Log memory log) private {
        (uint8 kind, uint16 asset, uint128 amount, bytes32 party) = abi.decode(
            log.data,
            (uint8, uint16, uint128, bytes32)
        );
        bytes32 account = log.topics[3];
        _fold(Entry(kind, asset, amount, account, party, 0));
        if (kind == EntryCodec.REFUND) {
            uint96 seq = uint96(uint256(party));
            Entry memory entry = _entries[seq - 1];
            assertEq(abi.encode(asset, amount, account), abi.encode(entry.asset, entry.amount, entry.account), "I4");
            _requireRefundDue(seq);
            // The ledger takes the first; of what was forged it has no record.
            if (++refunds[seq] == 1 && !forged[uint64(seq)]) lines[asset] += amount;
            refundedAt[seq] = vm.getBlockTimestamp();
            _hit("refund");
        } else if (kind == EntryCodec.SHORTFALL) {
            assertEq(uint128(uint256(party)), vault.accounted(asset), "a report tells what is accounted");
            uint256 answered = uint256(party) >> 128;
            if (answered == 0) return;
            assertEq(answered, lossSeq[asset], "an answer names what the ledger told");
            // Of a loss that was stopped, the units are taken from the lines that hold them: no more is backed.
            if (vault.payment(uint96(answered)).state == PaymentState.STOPPED) lines[asset] -= unanswered[asset];
            unanswered[asset] = 0;
        }
    }
}

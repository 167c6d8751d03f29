// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkedCredit} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {Payment, PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {RewindBooks} from "./RewindBooks.sol";

/// @notice A real vault and a real ledger whose quorums lie now and then, or whose chains break, and whose replicas are rewound.
contract RewindHandler is RewindBooks {
    uint16 private constant ASSETS = 2;
    /// @dev The attesters' epoch ends after a year.
    uint256 private constant LAST = START + 300 days;

    function begin() external {
        super.setUp();
    }

    // The edge from the vault

    function doLock(uint256 seed) external counted("doLock") heard("doLock") {
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint128 whole = asset == USD ? ONE_USD : ONE_ETH;
        uint128 amount = whole + uint128((seed >> 8) % (99 * whole));
        address from = everybody[(seed >> 200) % 4];
        uint96 fee = (seed >> 240) % 4 == 0 ? uint96(amount / 50) : 0;
        tokens[asset - 1].mint(from, amount);
        vm.startPrank(from);
        tokens[asset - 1].approve(address(origin), amount);
        try origin.lock(asset, amount, accountOf(from), 0, fee, 0) {
            happened(lockEntry(asset, amount, accountOf(from), fee));
            _hit("lock");
        } catch {
            _hit("lock of a short asset");
        }
        vm.stopPrank();
    }

    /// @notice A quorum signs a lock that the vault never journaled, or has not yet.
    function doForgeLock(uint256 seed) external counted("doForgeLock") {
        if (!parted) _common = tip(journal);
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint128 whole = asset == USD ? ONE_USD : ONE_ETH;
        uint128 amount = (seed >> 4) % 2 == 0 ? whole : 1 + uint128((seed >> 8) % (50 * whole));
        forge(lockEntry(asset, amount, accountOf(everybody[(seed >> 200) % 4]), uint96(amount / 100)));
        _hit("forged lock");
    }

    function doApply() external counted("doApply") heard("doApply") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == tip(journal)) return;
        try this.applyAtLedger() {
            _hit("apply");
        } catch {}
    }

    /// @notice The ledger's replica goes back to a point that both sides have, in steps, with or without a cause.
    function doRewind(uint256 seed) external counted("doRewind") heard("doRewind") {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        uint64 most = parted && _common < applied ? _common : applied;
        uint64 back_ = uint64((seed >> 8) % 5);
        uint64 point = back_ > most ? most : most - back_;
        beginAtLedger(point);
        unwindAtLedger(point, 1 + uint64((seed >> 64) % 7));
        _hit("rewind of the ledger");
    }

    /// @notice Three days after the journal was heard to its tip again, what did not come again is taken back.
    function doTakeBack(uint256 seed) external counted("doTakeBack") heard("doTakeBack") {
        if (_orphans.length == 0 || parted || block.timestamp > LAST) return;
        uint256 at = seed % _orphans.length;
        for (uint256 i = 0; i < _orphans.length && _leftOf(at) == 0; ++i) at = (at + 1) % _orphans.length;
        if (_leftOf(at) == 0) return;
        // Some of it is withheld: the journal seems to end where the replica stands.
        try this.takeBackAfter(_orphans[at]) {} catch {}
    }

    // The edge from the ledger

    function doRelease(uint256 seed) external counted("doRelease") heard("doRelease") {
        uint16 assetId = uint16(seed % ASSETS) + 1;
        address owner = everybody[(seed >> 8) % 5];
        uint256 held = ledger.lineOf(accountOf(owner), assetId).amount;
        if (held == 0) return;
        uint128 amount = uint128((seed >> 16) % 3 == 0 ? held : 1 + ((seed >> 24) % held));
        // Half of them alike, so that one settles another.
        if ((seed >> 18) % 2 == 0 && held > 2 * uint128(assetId == USD ? ONE_USD : ONE_ETH))
            amount = 2 * (assetId == USD ? ONE_USD : ONE_ETH);
        Entry memory entry = releaseOf(owner, assetId, amount, 0);
        vm.prank(owner);
        try ledger.requestRelease(entry.account, assetId, amount, entry.party, 0) {
            happenedBack(entry);
            _hit("release");
        } catch {}
    }

    function doReleaseParked(uint256 seed) external counted("doReleaseParked") heard("doReleaseParked") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == 0) return;
        uint96 index = 1 + uint96(seed % count);
        for (uint256 i = 0; i < count && ledger.parkedOf(SOURCE, index).account == 0; ++i) {
            index = 1 + uint96(((seed % count) + i) % count);
        }
        ParkedCredit memory parked = ledger.parkedOf(SOURCE, index);
        if (parked.account == 0) return;
        address owner = AccountLib.ownerOf(parked.account);
        if (block.timestamp < LAST) vm.warp(vm.getBlockTimestamp() + 1 hours);
        vm.prank(owner);
        try ledger.releaseParked(SOURCE, index, bytes32(uint256(uint160(owner)))) {
            _hit("release of what is parked");
        } catch {}
    }

    /// @notice A quorum signs a release that the ledger never journaled.
    function doForgeRelease(uint256 seed) external counted("doForgeRelease") {
        if (!partedBack) _commonBack = tip(back);
        uint16 assetId = uint16(seed % ASSETS) + 1;
        uint128 whole = assetId == USD ? ONE_USD : ONE_ETH;
        uint128 amount = (seed >> 8) % 2 == 0 ? 2 * whole : 1 + uint128((seed >> 16) % (20 * whole));
        forgeBack(releaseOf(everybody[(seed >> 200) % 4], assetId, amount, 0));
        _hit("forged release");
    }

    function doReplay() external counted("doReplay") heard("doReplay") {
        (, uint64 count, , , , ) = origin.replicaState();
        if (count == tip(back)) return;
        try this.replayAtOrigin(count) {
            for (uint64 i = count; i < tip(back); ++i) _take(i + 1, entriesOf(back, i, i + 1));
            _hit("replay");
        } catch {}
    }

    function doPay(uint256 seed) external counted("doPay") heard("doPay") {
        if (_seqs.length == 0) return;
        uint256 at = seed % _seqs.length;
        for (uint256 i = 0; i < _seqs.length && !_isOpen(_seqs[at]); ++i) at = (at + 1) % _seqs.length;
        uint96 seq = _seqs[at];
        uint256 readyAt = origin.payment(seq).readyAt;
        if (_isOpen(seq) && readyAt > block.timestamp && readyAt < LAST) vm.warp(readyAt);
        try origin.pay(seq, _packed[seq], relayer) {
            _hit("payment");
        } catch {}
    }

    function doStop(uint256 seed) external counted("doStop") heard("doStop") {
        if (_seqs.length == 0) return;
        uint256 at = seed % _seqs.length;
        for (uint256 i = 0; i < _seqs.length && !_waits(_seqs[at]); ++i) at = (at + 1) % _seqs.length;
        uint96 seq = _seqs[at];
        if (!_waits(seq)) return;
        // In a quarantine any may be stopped; the guardian's lasts a second here.
        vm.startPrank(guardian);
        try origin.quarantine(uint40(vm.getBlockTimestamp() + 1)) {} catch {}
        try origin.stop(seq, _packed[seq], "x") {
            _hit("stop");
        } catch {}
        vm.stopPrank();
        vm.warp(vm.getBlockTimestamp() + 1);
    }

    /// @notice The REFUND of a stopped payment is journaled again, a month later.
    function doRefund(uint256 seed) external counted("doRefund") heard("doRefund") {
        if (_seqs.length == 0) return;
        uint96 seq = _seqs[seed % _seqs.length];
        Payment memory stopped = origin.payment(seq);
        if (stopped.state != PaymentState.STOPPED || stopped.readyAt > LAST) return;
        Entry memory entry = this.decode(_packed[seq]);
        if (stopped.readyAt > block.timestamp) vm.warp(stopped.readyAt);
        try origin.refund(seq, entry.asset, entry.amount, entry.account) {
            _hit("refunded again");
        } catch {}
    }

    /// @notice The vault's replica goes back to a point that both sides have, in steps, with or without a cause.
    function doRewindBack(uint256 seed) external counted("doRewindBack") {
        (, uint64 applied, , , , ) = origin.replicaState();
        uint64 most = partedBack && _commonBack < applied ? _commonBack : applied;
        uint64 back_ = uint64((seed >> 8) % 5);
        uint64 point = back_ > most ? most : most - back_;
        uint256[2] memory before = [origin.accounted(USD), origin.accounted(ETH)];
        vm.recordLogs();
        beginAtVault(point);
        unwindAtVault(point, 1 + uint64((seed >> 64) % 7));
        _hear(vm.getRecordedLogs());
        _noteUnwound(USD, before[0]);
        _noteUnwound(ETH, before[1]);
        _hit("rewind of the vault");
    }

    // The rest

    function doWriteOff(uint256 seed) external counted("doWriteOff") heard("doWriteOff") {
        try ledger.writeOff(SOURCE, uint16(seed % ASSETS) + 1) {
            _hit("write off");
        } catch {}
    }

    /// @notice The vault takes a loss over that it replayed.
    function doTakeLoss(uint256 seed) external counted("doTakeLoss") heard("doTakeLoss") {
        if (_seqs.length == 0) return;
        uint256 at = seed % _seqs.length;
        for (uint256 i = 0; i < _seqs.length && !(_isLoss(_seqs[at]) && _waits(_seqs[at])); ++i) {
            at = (at + 1) % _seqs.length;
        }
        uint96 seq = _seqs[at];
        uint256 readyAt = origin.payment(seq).readyAt;
        if (_isLoss(seq) && readyAt > block.timestamp && readyAt < LAST) vm.warp(readyAt);
        try origin.takeLoss(seq, _packed[seq]) {
            _hit("taken over");
        } catch {}
    }

    /// @notice A quorum signs a loss that the ledger never told of.
    function doForgeLoss(uint256 seed) external counted("doForgeLoss") {
        if (!partedBack) _commonBack = tip(back);
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint128 units = uint128(1 + ((seed >> 8) % (100 * (asset == USD ? ONE_USD : ONE_ETH))));
        forgeBack(Entry(EntryCodec.LOST, asset, units, 0, 0, 0));
        _hit("forged loss");
    }

    /// @notice Tokens vanish from the vault.
    function doLose(uint256 seed) external counted("doLose") {
        // Seldom, since nothing of the asset is locked for a while.
        if (uint256(keccak256(abi.encode(seed))) % 2 != 0) return;
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint256 left = this.held(asset);
        if (left == 0 || block.timestamp > LAST) return;
        uint256 units = 1 + ((seed >> 8) % ((left + 3) / 4));
        lost[asset] += units;
        deal(address(tokens[asset - 1]), address(origin), left - units);
        _hit("loss");
    }

    /// @notice Some of what vanished comes back, or all of it.
    function doReturn(uint256 seed) external counted("doReturn") {
        uint16 asset = uint16(seed % ASSETS) + 1;
        if (lost[asset] == 0) asset = 3 - asset;
        if (lost[asset] == 0) return;
        uint256 units = (seed >> 8) % 4 != 0 ? lost[asset] : 1 + ((seed >> 9) % lost[asset]);
        lost[asset] -= units;
        tokens[asset - 1].mint(address(origin), units);
        _hit("return");
    }

    function doReport(uint256 seed) external counted("doReport") heard("doReport") {
        try origin.report(uint16(seed % ASSETS) + 1) {
            _hit("report");
        } catch {}
    }

    /// @notice The ledger puts a coverage in force that it was told of.
    function doCover(uint256 seed) external counted("doCover") heard("doCover") {
        uint16 assetId = uint16(seed % ASSETS) + 1;
        for (uint256 i = 0; i < ASSETS; ++i) {
            (, , uint40 since, , ) = ledger.coverageOf(SOURCE, assetId);
            if (since != 0) break;
            assetId = 3 - assetId;
        }
        // An asset is impaired once the ledger has applied a report, and none of a source whose edge parted is applied.
        if (block.timestamp > LAST || parted) return;
        try this.coverAfter(assetId) {
            _hit("covered");
        } catch {}
    }

    function doMove(uint256 seed) external counted("doMove") {
        uint16 assetId = uint16(seed % ASSETS) + 1;
        address from = everybody[(seed >> 8) % 5];
        // The next one who holds a line.
        for (uint256 i = 1; i < 5 && ledger.lineOf(accountOf(from), assetId).amount == 0; ++i) {
            from = everybody[((seed >> 8) + i) % 5];
        }
        address to = everybody[(seed >> 16) % 5];
        uint256 held = ledger.lineOf(accountOf(from), assetId).amount;
        if (held == 0) return;
        vm.prank(from);
        try ledger.transfer(accountOf(from), accountOf(to), assetId, uint128(1 + ((seed >> 24) % held))) {
            _hit("move");
        } catch {}
    }

    function doCap(uint256 seed) external counted("doCap") {
        vm.prank(governor);
        ledger.setCap(uint16(seed % ASSETS) + 1, (seed >> 8) % 3 == 0 ? 20_000 : capOfAssets());
        _hit("cap");
    }

    function doUnpark(uint256 seed) external counted("doUnpark") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        for (uint64 i = 0; i < count; ++i) {
            uint96 index = 1 + uint96(((seed % count) + i) % count);
            ParkedCredit memory parked = ledger.parkedOf(SOURCE, index);
            if (parked.account == 0) continue;
            // Half of the time on its date: a credit with a place in the schedule waits for days.
            if (seed % 2 == 0 && parked.readyAt > block.timestamp && parked.readyAt < LAST) vm.warp(parked.readyAt);
            if (seed % 2 == 1 && parked.vaultAsset <= ASSETS) {
                vm.prank(governor);
                ledger.setCap(parked.vaultAsset, capOfAssets());
            }
            vm.prank(relayer);
            try ledger.unpark(SOURCE, index) {
                _hit("unpark");
                return;
            } catch {}
        }
    }

    function doWait(uint256 seed) external counted("doWait") {
        if (block.timestamp > LAST) return;
        vm.warp(vm.getBlockTimestamp() + (seed % 30 hours));
        _hit("wait");
    }

    // Calls that may fail as a whole

    function applyAtLedger() external {
        _applyAndNote();
    }

    function replayAtOrigin(uint64 from) external {
        replayAtVault(from);
    }

    function takeBackAfter(bytes calldata entry) external {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshAtReplica();
        vm.warp(vm.getBlockTimestamp() + TAKE_BACK_AFTER);
        refreshAtReplica();
        ledger.takeBack(SOURCE, entry);
    }

    function coverAfter(uint16 assetId) external {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count != tip(journal)) _applyAndNote();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.cover(assetId);
    }

    function _applyAndNote() private {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        applyAll();
        for (uint64 i = count; i < tip(journal); ++i) _applied[i + 1] = entriesOf(journal, i, i + 1);
    }

    function _leftOf(uint256 at) private view returns (uint256 left) {
        (left, ) = ledger.orphansOf(SOURCE, keccak256(_orphans[at]));
    }
}

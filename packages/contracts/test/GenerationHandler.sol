// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParkedCredit} from "../solidity/interfaces/ICollateralLedger.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {GenerationBooks} from "./GenerationBooks.sol";

/// @notice A real vault and a real ledger whose quorums lie now and then, and whose edges then go on as their next generations.
/// @dev While nobody lies, `journal` and `back` are what really happened; once somebody did, `survived` and `survivedBack` are,
///      until the edge is closed at a point before the lie.
contract GenerationHandler is GenerationBooks {
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
            append(parted ? survived : journal, lockEntry(asset, amount, accountOf(from), fee));
            _hit("lock");
        } catch {
            _hit("lock of a short asset");
        }
        vm.stopPrank();
    }

    /// @notice A quorum signs a lock, or a refund, that the vault never journaled.
    function doForgeLock(uint256 seed) external counted("doForgeLock") {
        if (!parted) {
            (parted, _common) = (true, tip(journal));
            part();
        }
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint128 amount = 1 + uint128((seed >> 8) % (50 * (asset == USD ? ONE_USD : ONE_ETH)));
        Entry memory entry = lockEntry(asset, amount, accountOf(everybody[(seed >> 200) % 4]), uint96(amount / 100));
        append(journal, entry);
        _hit("forged lock");
    }

    function doApply(uint256 seed) external counted("doApply") heard("doApply") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == tip(journal)) return;
        seed;
        try this.applyAtLedger() {
            _hit("apply");
        } catch {}
    }

    /// @notice Goes back to a point that both sides have, on both sides, in either order and in steps.
    function doChange(uint256 seed) external counted("doChange") heard("doChange") {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        uint64 most = parted && _common < applied ? _common : applied;
        uint64 point = most - uint64((seed >> 8) % 5 > most ? 0 : (seed >> 8) % 5);
        if (!parted) part();
        bool first = seed % 2 == 0;
        if (first) _openOrigin(point, seed >> 16);
        beginAtLedger(point);
        for (uint64 at = applied; ;) {
            uint64 step = uint64(1 + ((seed >> 64) % 7));
            uint64 to = at > point + step ? at - step : point;
            ledger.continueEdge(SOURCE, journal.heads[to], entriesOf(journal, to, at));
            at = to;
            if (at == point) break;
        }
        if (!first) _openOrigin(point, seed >> 16);
        followOrigin(point, ++_generation);
        parted = false;
        _hit("change of the vault's edge");
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
            append(partedBack ? survivedBack : back, entry);
            _hit("release");
        } catch {}
    }

    function doReleaseParked(uint256 seed) external counted("doReleaseParked") heard("doReleaseParked") {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count == 0) return;
        uint96 index = EdgeLib.sequenceOf(_generation, 1 + uint64(seed % count));
        for (uint256 i = 0; i < count && ledger.parkedOf(SOURCE, index).account == 0; ++i) {
            index = EdgeLib.sequenceOf(_generation, 1 + uint64(((seed % count) + i) % count));
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
        if (!partedBack) {
            (partedBack, _commonBack) = (true, tip(back));
            partBack();
        }
        uint16 assetId = uint16(seed % ASSETS) + 1;
        uint128 whole = assetId == USD ? ONE_USD : ONE_ETH;
        uint128 amount = (seed >> 8) % 2 == 0 ? 2 * whole : 1 + uint128((seed >> 16) % (20 * whole));
        append(back, releaseOf(everybody[(seed >> 200) % 4], assetId, amount, 0));
        _hit("forged release");
    }

    function doReplay() external counted("doReplay") heard("doReplay") {
        (, uint64 count, , , , ) = origin.replicaState();
        if (count == tip(back)) return;
        try this.replayAtOrigin(count) {
            for (uint64 i = count; i < tip(back); ++i) {
                uint96 seq = EdgeLib.sequenceOf(_generationBack, i + 1);
                _packed[seq] = entriesOf(back, i, i + 1);
                _seqs.push(seq);
            }
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

    function doChangeBack(uint256 seed) external counted("doChangeBack") heard("doChangeBack") {
        (, uint64 applied, , , , ) = origin.replicaState();
        uint64 most = partedBack && _commonBack < applied ? _commonBack : applied;
        uint64 point = most - uint64((seed >> 8) % 5 > most ? 0 : (seed >> 8) % 5);
        if (!partedBack) partBack();
        bool first = seed % 2 == 0;
        if (first) _openLedger(point, seed >> 16);
        beginAtVault(point);
        for (uint64 at = applied; ;) {
            uint64 step = uint64(1 + ((seed >> 64) % 7));
            uint64 to = at > point + step ? at - step : point;
            origin.continueEdge(back.heads[to], entriesOf(back, to, at));
            at = to;
            if (at == point) break;
        }
        if (!first) _openLedger(point, seed >> 16);
        _followLedger(point);
        partedBack = false;
        _hit("change of the ledger's edge");
    }

    // The rest

    function doWriteOff(uint256 seed) external counted("doWriteOff") heard("doWriteOff") {
        uint16 assetId = uint16(seed % ASSETS) + 1;
        if (ledger.writeOffOf(assetId).owing == 0 || block.timestamp > LAST) return;
        try this.writeOffAfter(assetId) {
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
        if (!partedBack) {
            (partedBack, _commonBack) = (true, tip(back));
            partBack();
        }
        uint16 asset = uint16(seed % ASSETS) + 1;
        uint128 units = uint128(1 + ((seed >> 8) % (100 * (asset == USD ? ONE_USD : ONE_ETH))));
        append(back, Entry(EntryCodec.LOST, asset, units, 0, 0, 0));
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
            uint96 index = EdgeLib.sequenceOf(_generation, 1 + uint64(((seed % count) + i) % count));
            if (ledger.parkedOf(SOURCE, index).account == 0) continue;
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
        applyAll();
    }

    function replayAtOrigin(uint64 from) external {
        replayAtVault(from);
    }

    function writeOffAfter(uint16 assetId) external {
        vm.warp(vm.getBlockTimestamp() + 1);
        refreshNow();
        if (ledger.writeOffOf(assetId).seenAt == 0) ledger.writeOff(assetId);
        vm.warp(vm.getBlockTimestamp() + 72 hours);
        refreshNow();
        ledger.writeOff(assetId);
    }

    function coverAfter(uint16 assetId) external {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        if (count != tip(journal)) applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.cover(assetId);
    }

    function _openOrigin(uint64 point, uint256 seed) private {
        uint64 end = tip(survived);
        uint64 half = point + uint64(seed % (end - point + 1));
        bytes memory sigs = signAtOrigin(survived.edge, point, survived.heads[point]);
        vm.chainId(ORIGIN);
        if (half != end) origin.markJournal(half, survived.heads[half], entriesOf(survived, half, end));
        vm.prank(governor);
        origin.openGeneration(point, survived.heads[point], 1, sigs, entriesOf(survived, point, half));
        if (half != end) origin.continueGeneration(entriesOf(survived, half, end));
        vm.chainId(SETTLEMENT);
    }

    function _openLedger(uint64 point, uint256 seed) private {
        uint64 end = tip(survivedBack);
        uint64 half = point + uint64(seed % (end - point + 1));
        bytes memory sigs = signPoint(attesters, survivedBack.edge, point, survivedBack.heads[point], 3);
        if (half != end) ledger.markJournal(SOURCE, half, survivedBack.heads[half], entriesOf(survivedBack, half, end));
        vm.prank(governor);
        ledger.openGeneration(SOURCE, point, survivedBack.heads[point], 1, sigs, entriesOf(survivedBack, point, half));
        if (half != end) ledger.continueGeneration(SOURCE, entriesOf(survivedBack, half, end));
    }

    /// @dev Releases that came back are not journaled again, so the journal is read from what the ledger told.
    function _followLedger(uint64 point) private {
        bytes32 edge = EdgeLib.nameOf(
            SETTLEMENT,
            address(ledger),
            ORIGIN,
            vault,
            ++_generationBack,
            survivedBack.heads[point]
        );
        (back.edge, back.packed) = (edge, "");
        delete back.heads;
        back.heads.push(edge);
        _rest = true;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../solidity/interfaces/IAttesterSet.sol";
import {Line} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {SourceState} from "../solidity/libraries/ReplicaLib.sol";
import {JournalHead} from "../solidity/libraries/Statements.sol";
import {LedgerReleaseHandler} from "./LedgerReleaseHandler.sol";
import {TestProtocol} from "./protocols/TestProtocol.sol";

/// @notice The acts of `LedgerReleaseHandler`, and refunds, shortfalls, scalings, halts, transfers and seizures beside them.
/// @dev Keeps every release that was made, so that it knows which refund is a true one and what it is worth after scalings.
contract LedgerDutiesHandler is LedgerReleaseHandler {
    struct Move {
        bytes32 from;
        bytes32 to;
        uint16 assetId;
        uint16 source;
        uint128 amount;
        bool seize;
        bool stranger;
    }

    /// @notice One release, by its number in the journal toward its vault.
    struct Made {
        uint16 assetId;
        uint16 vaultAsset;
        uint64 index;
        uint128 amount;
        bytes32 account;
        bool open;
    }

    /// @notice One scaling, by the number of its SCALED entry.
    struct Scaled {
        uint64 index;
        uint256 rhoWad;
    }

    /// @notice Token units of releases that came back, as they were debited.
    mapping(uint16 assetId => uint256) public refunded;
    /// @notice Token units that scalings took: of lines and parked credits, and of releases that came back.
    mapping(uint16 assetId => uint256) public lost;
    /// @notice Seizures from accounts that were not below their exit grade, and transfers that left one below its initial.
    uint256 public wrongMoves;

    mapping(uint16 source => Made[]) internal made;
    mapping(uint16 assetId => Scaled[]) internal scaled;
    address private auctioneer = makeAddr("auctioneer");
    mapping(uint16 source => bool) private halted;
    mapping(uint16 source => bool) private recovering;

    constructor() {
        vm.prank(governor);
        ledger.setAuction(auctioneer);
        vm.warp(vm.getBlockTimestamp() + 7 days);
        setPrices(1e12, 2000e12);
    }

    // Acts

    /// @notice A vault journals the refund of a release that it stopped; one in six matches nothing.
    function journalRefund(uint256 seed) external counted("journalRefund") {
        uint256 j = seed % 2;
        Made[] storage all = made[j == 0 ? SOURCE : SECOND];
        if (all.length == 0) return;
        Made storage one = all[_refundable(all, seed)];
        Entry memory entry = Entry({
            kind: EntryCodec.REFUND,
            asset: one.vaultAsset,
            amount: one.amount,
            account: one.account,
            party: bytes32(uint256(one.index)),
            fee: 0
        });
        uint256 way = (seed >> 72) % 24;
        if (way == 0) ++entry.amount;
        if (way == 1) entry.account = AccountLib.encode(owners[(seed >> 80) % 4], 0, 7);
        if (way == 2) entry.party = bytes32(uint256(one.index) + all.length + 9);
        if (way == 3) entry.asset = 3 - entry.asset;
        append(journals[j], entry);
        entries[j].push(entry);
        _hit("journal a refund");
    }

    /// @dev Any release; half of the time the first one that is still open, since old ones are from before scalings.
    function _refundable(Made[] storage all, uint256 seed) private view returns (uint256 which) {
        if ((seed >> 200) % 2 == 0) return (seed >> 8) % all.length;
        while (which + 1 < all.length && !all[which].open) ++which;
    }

    /// @notice A vault says what it lacks, or that it lacks nothing any more.
    function journalShortfall(uint256 seed) external counted("journalShortfall") {
        uint256 j = seed % 2;
        uint256 accounted = (seed >> 8) % 1e21;
        uint256 deficit = (seed >> 80) % 3 == 0 ? 0 : (seed >> 96) % (accounted + 1);
        uint16 asset = uint16(1 + ((seed >> 168) % 3));
        // As of now: by the time the ledger applies it, it may have scaled again.
        (, , , uint8 scalings) = ledger.impairmentOf(j == 0 ? SOURCE : SECOND, asset);
        Entry memory entry = Entry({
            kind: EntryCodec.SHORTFALL,
            asset: asset,
            amount: uint128(deficit),
            account: 0,
            party: bytes32(accounted | (uint256(scalings) << 128)),
            fee: 0
        });
        append(journals[j], entry);
        entries[j].push(entry);
        _hit("journal a shortfall");
    }

    /// @notice Anyone shares a loss out, if it is time.
    function scaleOne(uint256 seed) external counted("scaleOne") {
        uint16 assetId = uint16(1 + (seed % ledger.assetCount()));
        uint16 source = ledger.assetOf(assetId).terms.source;
        uint16 vaultAsset = ledger.assetOf(assetId).terms.vaultAsset;
        (uint256 deficit, uint256 accounted, uint40 scaleFrom, ) = ledger.impairmentOf(source, vaultAsset);
        if (scaleFrom != 0 && (seed >> 32) % 2 == 0 && _accepting(source)) _wait(source, scaleFrom);
        (uint256 lines, uint256 parked) = (linesSum(assetId), parkedSum(source, vaultAsset));
        bytes32 others = _digest(_other(source));
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerBadDays.scale, (assetId)));
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
        if (!ok) {
            assertEq(linesSum(assetId) + parkedSum(source, vaultAsset), lines + parked, "I3");
            return;
        }
        uint256 rhoWad = ((accounted - deficit) * 1e18) / accounted;
        scaled[assetId].push(Scaled(++outboundCount[source], rhoWad));
        outbound[source] = EntryCodec.extend(
            outbound[source],
            Entry(EntryCodec.SCALED, vaultAsset, uint128(rhoWad), 0, 0, 0)
        );
        (uint256 linesNow, uint256 parkedNow) = (linesSum(assetId), parkedSum(source, vaultAsset));
        assertLe(linesNow, (lines * rhoWad) / 1e18, "I12: lines are rounded down");
        assertGe(linesNow + 8, (lines * rhoWad) / 1e18, "I12: by less than a unit each");
        assertLe(parkedNow, (parked * rhoWad) / 1e18, "I12: parked credits are rounded down");
        lost[assetId] += lines + parked - linesNow - parkedNow;
        _hit("scale");
        _noteSeasons(true);
        if (scaled[assetId].length > 1) _hit("scale again");
    }

    /// @notice The verifier halts an edge, recovers, or neither, and anyone notes it.
    function haltOrClear(uint256 seed) external counted("haltOrClear") {
        uint16 source = seed % 2 == 0 ? SOURCE : SECOND;
        // Mostly neither, so that a source goes on.
        (halted[source], recovering[source]) = ((seed >> 8) % 6 == 0, (seed >> 16) % 12 == 0);
        (bytes32 mine, bytes32 others) = (_amounts(source), _digest(_other(source)));
        (bytes32 edge, , , , , ) = ledger.replicaOf(source);
        vm.mockCall(
            address(attesters),
            abi.encodeCall(IAttesterSet.haltOf, (edge)),
            abi.encode(halted[source], uint64(0), uint40(0))
        );
        vm.mockCall(address(attesters), abi.encodeCall(IAttesterSet.inRecovery, ()), abi.encode(recovering[source]));
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerBadDays.noteHalt, (source)));
        (SourceState state, , ) = ledger.stateOf(source);
        bool stopped = state == SourceState.HALTED || state == SourceState.RECOVERY;
        assertEq(stopped, halted[source] || recovering[source], "I8: what the verifier says holds");
        assertEq(_amounts(source), mine, "I3: no halt moves an amount");
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
        if (ok) _hit(stopped ? bytes32("halt") : bytes32("resume"));
    }

    /// @dev Lets the account's first protocol require an amount; false if it has none.
    function _claim(bytes32 account, uint256 required) private returns (bool) {
        address[] memory held = ledger.protocolsOf(account);
        if (held.length == 0) return false;
        TestProtocol(held[0]).place(account, required, required);
        return true;
    }

    function _isCovered(bytes32 account) private view returns (bool) {
        (, , uint256 aE, uint256 qE, , , , ) = ledger.marginOf(account);
        return aE >= qE;
    }

    /// @notice An owner, or somebody else, moves a part of a line; or the auction does.
    function moveSome(uint256 seed) external counted("moveSome") {
        Move memory move;
        (move.from, move.assetId) = _line(seed);
        move.source = move.assetId < 3 ? SOURCE : SECOND;
        move.to = _account(seed >> 16);
        Line memory line = ledger.lineOf(move.from, move.assetId);
        move.amount = uint128((seed >> 96) % (uint256(line.amount) + 2));
        move.seize = (seed >> 32) % 3 == 0;
        move.stranger = (seed >> 40) % 8 == 0;
        bool ruined = move.seize && (seed >> 48) % 2 == 0 && _claim(move.from, 1e27);
        bool covered = _isCovered(move.from);
        bool ok = _tryMove(move);
        if (ruined) _claim(move.from, 0);
        if (!ok) return;
        _noteSeasons(move.seize);
        _hit(move.seize ? bytes32("seize") : bytes32("transfer"));
        bool unseasoned = vm.getBlockTimestamp() < line.seasonEnd && move.amount > line.amount - line.unseasoned;
        if (move.stranger || move.from == move.to) ++wrongMoves;
        if (move.seize && covered) ++wrongMoves;
        if (!move.seize && (unseasoned || !_accepting(move.source) || (line.enabled && !_holds(move.from)))) {
            ++wrongMoves;
        }
    }

    /// @dev Whatever comes of it: sums stay, and so does the other source.
    function _tryMove(Move memory move) private returns (bool ok) {
        uint256 sum = linesSum(move.assetId);
        bytes32 others = _digest(_other(move.source));
        bytes memory call_ =
            move.seize
                ? abi.encodeCall(ILedgerBadDays.seize, (move.from, move.to, move.assetId, move.amount))
                : abi.encodeCall(ILedgerBadDays.transfer, (move.from, move.to, move.assetId, move.amount));
        address by = move.seize ? auctioneer : AccountLib.ownerOf(move.from);
        vm.prank(move.stranger ? makeAddr("stranger") : by);
        (ok, ) = address(ledger).call(call_);
        assertEq(linesSum(move.assetId), sum, "I3: a move is of equal size elsewhere");
        assertEq(_digest(_other(move.source)), others, "I13: the other source is untouched");
    }

    // What the invariants read

    /// @notice Whether every release that did not come back still has its record, and no other has one.
    function recordsHold(uint16 source) external view returns (bool) {
        for (uint256 i = 0; i < made[source].length; ++i) {
            Made storage one = made[source][i];
            bytes32 record = keccak256(abi.encodePacked(one.vaultAsset, one.amount, one.account));
            if (ledger.releasedOf(source, one.index) != (one.open ? record : bytes32(0))) return false;
        }
        return true;
    }

    /// @notice How often an asset was scaled.
    function scalingsOf(uint16 assetId) external view returns (uint256) {
        return scaled[assetId].length;
    }

    // Inside

    /// @dev Time passes up to a report's date, and a heartbeat says that the vault has said nothing since.
    function _wait(uint16 source, uint40 until) private {
        if (vm.getBlockTimestamp() < until) {
            vm.warp(until);
            setPrices(1e12, 2000e12);
        }
        (, uint64 count, , , , ) = ledger.replicaOf(source);
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = _statement(source == SOURCE ? 0 : 1, count);
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        ledger.refresh(statements, sigs);
    }

    function _onReleased(uint16 source, uint16 assetId, Entry memory entry) internal override {
        made[source].push(Made(assetId, entry.asset, outboundCount[source], entry.amount, entry.account, true));
    }

    function _onApplied(uint16 source, Entry memory entry) internal override {
        if (entry.kind == EntryCodec.SHORTFALL) return _hit("shortfall");
        for (uint256 i = 0; i < made[source].length; ++i) {
            Made storage one = made[source][i];
            bool same =
                one.open &&
                    uint256(entry.party) == one.index &&
                    entry.asset == one.vaultAsset &&
                    entry.amount == one.amount &&
                    entry.account == one.account;
            if (!same) continue;
            one.open = false;
            uint256 units = one.amount;
            Scaled[] storage all = scaled[one.assetId];
            for (uint256 s = 0; s < all.length; ++s) {
                if (all[s].index > one.index) units = (units * all[s].rhoWad) / 1e18;
            }
            refunded[one.assetId] += one.amount;
            lost[one.assetId] += one.amount - units;
            _hit(units == one.amount ? bytes32("refund") : bytes32("refund scaled"));
            return;
        }
        _hit("quarantine");
    }
}

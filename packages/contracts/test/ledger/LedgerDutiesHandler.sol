// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAttesterSet} from "../../solidity/interfaces/IAttesterSet.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {Line} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {LedgerReleaseHandler} from "./LedgerReleaseHandler.sol";
import {TestProtocol} from "../protocols/TestProtocol.sol";

/// @notice The acts of `LedgerReleaseHandler`, and refunds, shortfalls, covers, halts, transfers and seizures beside them.
/// @dev Keeps every release that was made, so that it knows which refund is a true one; and the coverage of every asset as the
///      rules have it, so that it knows what must be in force and whether `cover` must pass.
contract LedgerDutiesHandler is LedgerReleaseHandler {
    struct Move {
        bytes32 from;
        bytes32 to;
        uint16 assetId;
        uint16 source;
        uint128 amount;
        bool seize;
        bool both;
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

    /// @notice The coverage of one asset by the rules: in force, reported, the first report of less than is in force, and the
    ///         one that first told the reported figure.
    struct Known {
        uint256 inForceWad;
        uint256 reportedWad;
        uint256 since;
        uint256 saidAt;
        uint64 saidIndex;
        bool covered;
    }

    /// @notice Token units of releases that came back, as they were debited.
    mapping(uint16 assetId => uint256) public refunded;
    /// @notice Calls of `cover` that passed too early or failed when it was time.
    uint256 public wrongCovers;
    /// @notice Seizures from accounts that were not below their exit grade, and transfers that left one below its initial.
    uint256 public wrongMoves;

    mapping(uint16 source => Made[]) internal made;
    mapping(uint16 source => mapping(uint16 vaultAsset => Known)) private known;
    address private auctioneer = makeAddr("auctioneer");
    mapping(uint16 source => bool) private halted;
    mapping(uint16 source => bool) private recovering;

    constructor() {
        for (uint16 a = 1; a <= 3; ++a) {
            (known[SOURCE][a].inForceWad, known[SOURCE][a].reportedWad) = (1e18, 1e18);
            (known[SECOND][a].inForceWad, known[SECOND][a].reportedWad) = (1e18, 1e18);
        }
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

    /// @dev Any release; half of the time the first one that is still open.
    function _refundable(Made[] storage all, uint256 seed) private view returns (uint256 which) {
        if ((seed >> 200) % 2 == 0) return (seed >> 8) % all.length;
        while (which + 1 < all.length && !all[which].open) ++which;
    }

    /// @notice A vault reports how much of an asset it has tokens for; some name a LOST that never was.
    function journalShortfall(uint256 seed) external counted("journalShortfall") {
        uint256 j = seed % 2;
        uint256 accounted = (seed >> 8) % 1e21;
        uint256 deficit = (seed >> 80) % 4 == 0 ? 0 : (seed >> 96) % (accounted + 1);
        uint256 answered = (seed >> 200) % 4 == 0 ? uint96(seed >> 128) : 0;
        uint16 asset = uint16(1 + ((seed >> 168) % 3));
        // Half of the time the part that is in force, or a wad beside it.
        if ((seed >> 88) % 2 == 0) {
            accounted = 1e18;
            deficit = 1e18 - known[j == 0 ? SOURCE : SECOND][asset].inForceWad;
            if ((seed >> 89) % 3 == 0 && deficit < accounted) ++deficit;
            if ((seed >> 89) % 3 == 1 && deficit != 0) --deficit;
        }
        Entry memory entry = Entry({
            kind: EntryCodec.SHORTFALL,
            asset: asset,
            amount: uint128(deficit),
            account: 0,
            party: bytes32(accounted | (answered << 128)),
            fee: 0
        });
        append(journals[j], entry);
        entries[j].push(entry);
        _hit("journal a shortfall");
    }

    /// @notice Anyone puts the reported coverage of an asset in force, if it is time; no unit moves by it.
    function coverOne(uint256 seed) external counted("coverOne") {
        uint16 assetId = _impaired(seed);
        uint16 source = ledger.assetOf(assetId).terms.source;
        Known storage told = known[source][ledger.assetOf(assetId).terms.vaultAsset];
        if (told.since != 0 && (seed >> 32) % 2 == 0 && _accepting(source)) {
            _wait(source, ((seed >> 33) % 2 == 0 ? told.since : told.saidAt) + 7 days);
        }
        bytes32 others = _digest(_other(source));
        bytes32 mine = _digest(source);
        bool due = _isDue(source, told);
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerLosses.cover, (assetId)));
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
        assertEq(_digest(source), mine, "I3: no cover moves a unit");
        if (ok != due) ++wrongCovers;
        if (!ok) return;
        _hit(told.covered ? bytes32("cover again") : bytes32("cover"));
        (told.inForceWad, told.since, told.covered) = (told.reportedWad, 0, true);
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
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerLosses.noteHalt, (source)));
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
        move.seize = (seed >> 32) % 3 == 0;
        (move.from, move.assetId) = _movable(seed, move.seize);
        move.source = move.assetId < 3 ? SOURCE : SECOND;
        move.to = _account(seed >> 16);
        Line memory line = ledger.lineOf(move.from, move.assetId);
        move.amount = uint128((seed >> 96) % (uint256(line.amount) + 2));
        move.stranger = (seed >> 40) % 8 == 0;
        Line memory partner = ledger.lineOf(move.from, _partnerOf(move.assetId));
        move.both = move.seize && partner.amount != 0 && (seed >> 56) % 2 == 0;
        bool ruined = move.seize && (seed >> 48) % 2 == 0 && _claim(move.from, 1e27);
        bool covered = _isCovered(move.from);
        bool ok = _tryMove(move);
        if (ruined) _claim(move.from, 0);
        if (!ok) return;
        _noteSeasons(move.seize);
        _hit(move.seize ? bytes32("seize") : bytes32("transfer"));
        if (move.both) _hit("seize two lines");
        bool unseasoned = vm.getBlockTimestamp() < line.seasonEnd && move.amount > line.amount - line.unseasoned;
        if (move.stranger || move.from == move.to) ++wrongMoves;
        if (move.seize && (covered || !line.enabled || (move.both && !partner.enabled))) ++wrongMoves;
        if (!move.seize && (unseasoned || !_accepting(move.source) || (line.enabled && !_holds(move.from)))) {
            ++wrongMoves;
        }
    }

    /// @dev Mostly the next line that something can be taken of: what has seasoned, or all of an account with a protocol.
    function _movable(uint256 seed, bool seize) private view returns (bytes32 account, uint16 assetId) {
        for (uint256 i = 0; i < 32 && (seed >> 52) % 8 != 0; ++i) {
            uint256 at = (seed % 32) + i;
            (account, assetId) = (_account((at % 4) + ((at / 4) << 4)), uint16(1 + ((at / 8) % 4)));
            Line memory line = ledger.lineOf(account, assetId);
            bool waits = vm.getBlockTimestamp() < line.seasonEnd && line.unseasoned >= line.amount;
            bool ready = seize ? line.enabled && ledger.protocolsOf(account).length != 0 : !waits;
            if (line.amount != 0 && ready && _accepting(assetId < 3 ? SOURCE : SECOND)) return (account, assetId);
        }
        return _line(seed);
    }

    /// @dev The other asset of the same source.
    function _partnerOf(uint16 assetId) private pure returns (uint16) {
        return assetId % 2 == 0 ? assetId - 1 : assetId + 1;
    }

    /// @dev What the auction asks for: a part of one line, and perhaps all of its partner.
    function _seizureOf(Move memory move) private view returns (bytes memory) {
        uint256 count = move.both ? 2 : 1;
        (uint16[] memory assetIds, uint128[] memory amounts) = (new uint16[](count), new uint128[](count));
        (assetIds[0], amounts[0]) = (move.assetId, move.amount);
        if (move.both) {
            assetIds[1] = _partnerOf(move.assetId);
            amounts[1] = uint128(ledger.lineOf(move.from, assetIds[1]).amount);
        }
        return abi.encodeCall(ILedgerProtocols.seize, (move.from, move.to, assetIds, amounts));
    }

    /// @dev Whatever comes of it: sums stay, and so does the other source; a call that fails changes nothing at all.
    function _tryMove(Move memory move) private returns (bool ok) {
        uint256 sum = linesSum(move.assetId);
        uint256 partnerSum = linesSum(_partnerOf(move.assetId));
        bytes32 mine = _digest(move.source);
        bytes32 others = _digest(_other(move.source));
        bytes memory call_ =
            move.seize
                ? _seizureOf(move)
                : abi.encodeCall(ILedgerAccounts.transfer, (move.from, move.to, move.assetId, move.amount));
        address by = move.seize ? auctioneer : AccountLib.ownerOf(move.from);
        vm.prank(move.stranger ? makeAddr("stranger") : by);
        (ok, ) = address(ledger).call(call_);
        assertEq(linesSum(move.assetId), sum, "I3: a move is of equal size elsewhere");
        assertEq(linesSum(_partnerOf(move.assetId)), partnerSum, "I3: a move is of equal size elsewhere");
        if (!ok) assertEq(_digest(move.source), mine, "a move is made whole or not at all");
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

    /// @notice Whether the ledger says of an asset's coverage what the rules make of the reports and covers that there were.
    function coverageHolds(uint16 source, uint16 vaultAsset) external view returns (bool) {
        Known storage told = known[source][vaultAsset];
        (uint256 inForceWad, uint256 reportedWad, uint256 since, , ) = ledger.coverageOf(source, vaultAsset);
        if (inForceWad != told.inForceWad || reportedWad != told.reportedWad || since != told.since) return false;
        uint16 assetId = ledger.assetIdOf(source, vaultAsset);
        if (assetId == 0) return true;
        (uint256 word, ) = ledger.termWordsOf(assetId);
        return (word >> 56) & 12 == (since == 0 ? 0 : 4) | (inForceWad == 1e18 ? 0 : 8);
    }

    /// @notice Whether all lines that count in margins count at the coverage in force, rounded against their accounts.
    function wordsHold() external view returns (bool) {
        for (uint256 i = 0; i < 8; ++i) {
            bytes32 account = AccountLib.encode(owners[i / 2], 0, uint80(i % 2));
            (uint16[] memory assetIds, LineWords[] memory words) = ledger.lineWordsOf(account);
            for (uint256 l = 0; l < words.length; ++l) {
                if (!_wordHolds(words[l].line, ledger.lineOf(account, assetIds[l]), assetIds[l])) return false;
            }
        }
        return true;
    }

    // Inside

    function _wordHolds(uint256 word, Line memory line, uint16 assetId) private view returns (bool) {
        uint16 source = ledger.assetOf(assetId).terms.source;
        uint256 coverage = known[source][ledger.assetOf(assetId).terms.vaultAsset].inForceWad;
        uint256 amount = (uint256(line.amount) * coverage) / 1e18;
        uint256 unseasoned = line.unseasoned;
        if (coverage != 1e18) {
            unseasoned = (unseasoned * coverage + 1e18 - 1) / 1e18;
            if (unseasoned > amount) unseasoned = amount;
        }
        return uint112(word) == amount && uint104(word >> 112) == unseasoned && uint32(word >> 216) == line.seasonEnd;
    }

    /// @dev Any listed asset; three of four times the next one from there that is impaired.
    function _impaired(uint256 seed) private view returns (uint16 assetId) {
        uint16 count = ledger.assetCount();
        assetId = uint16(1 + (seed % count));
        if ((seed >> 34) % 4 == 0) return assetId;
        for (uint16 i = 0; i < count; ++i) {
            uint16 next = uint16(1 + (((seed % count) + i) % count));
            uint16 source = ledger.assetOf(next).terms.source;
            if (known[source][ledger.assetOf(next).terms.vaultAsset].since != 0) return next;
        }
    }

    /// @dev Whether `cover` must pass now.
    function _isDue(uint16 source, Known storage told) private view returns (bool) {
        (, , , uint40 asOf, , SourceState state) = ledger.replicaOf(source);
        bool isLess = told.reportedWad < told.inForceWad;
        if (state != SourceState.LIVE || (told.since == 0 && told.reportedWad == told.inForceWad)) return false;
        if (isLess && asOf < told.since + 7 days) return false;
        if (source == SOURCE) return true;
        (uint64 confirmed, ) = ledger.confirmedOf(source);
        return told.saidIndex <= confirmed || asOf >= told.saidAt + 7 days;
    }

    /// @dev Time passes up to a report's date, and a heartbeat says that the vault has said nothing since.
    function _wait(uint16 source, uint256 until) private {
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

    function _onApplied(uint16 source, uint64 index, Entry memory entry) internal override {
        if (entry.kind == EntryCodec.SHORTFALL) return _onReported(source, index, entry);
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
            refunded[one.assetId] += one.amount;
            bool short = known[source][one.vaultAsset].inForceWad != 1e18;
            _hit(short ? bytes32("refund while short") : bytes32("refund"));
            return;
        }
        if (entry.kind == EntryCodec.REFUND) _hit("refund without a record");
        else super._onApplied(source, index, entry);
    }

    /// @dev The rules, once more: less than is in force waits, and no less does too where a witness must confirm it.
    function _onReported(uint16 source, uint64 index, Entry memory entry) private {
        Known storage told = known[source][entry.asset];
        uint256 accounted = uint128(uint256(entry.party));
        uint256 coverage = accounted == 0 ? 1e18 : ((accounted - entry.amount) * 1e18) / accounted;
        if (coverage != told.reportedWad || told.saidIndex == 0) {
            _hit(coverage < told.reportedWad ? bytes32("worse") : bytes32("milder"));
            (told.reportedWad, told.saidAt, told.saidIndex) = (coverage, block.timestamp, index);
        }
        if (coverage >= told.inForceWad) {
            if (source == SECOND) return _hit("better waits");
            if (coverage > told.inForceWad) _hit("raise");
            if (told.since != 0) _hit("clear");
            (told.inForceWad, told.since) = (coverage, 0);
        } else if (told.since == 0) {
            _hit("impair");
            told.since = block.timestamp;
        }
    }
}

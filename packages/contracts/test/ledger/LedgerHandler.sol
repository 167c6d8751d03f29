// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {AssetStatus, ParkReason, SourceListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {TestJournal, feesAt} from "./LedgerFixture.sol";
import {StopGhosts} from "../harness/StopGhosts.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice Everything that may happen to a ledger with two sources, in any order, each act checked where it happens.
/// @dev Source 7 has the fixture's two assets (1, 2) and needs no witness, source 8 two of its own (3, 4) and one of its two
///      witnesses, the second of which lies now and then. Vault asset 3 of either is not listed at first. What vaults locked
///      is kept per asset, so that conservation can be compared at any time.
contract LedgerHandler is StopGhosts {
    uint16 internal constant SECOND = 8;
    uint256 internal constant INTRINSIC = 21_000;

    /// @notice Token units of honest entries applied, by source and vault asset.
    mapping(uint16 source => mapping(uint16 vaultAsset => uint256)) public applied;
    /// @notice Most gas that a batch of at most 64 entries used as a whole transaction.
    uint256 public gasMax;
    /// @notice Batches that took effect below k signatures, in a wrong epoch or over other entries.
    uint256 public forgedEffects;
    /// @notice Batches that took effect a second time.
    uint256 public repeatedEffects;
    /// @notice Token units debited for releases, by asset.
    mapping(uint16 assetId => uint256) public released;
    /// @notice Entries that took what is in use unconfirmed past the fast limit of that moment.
    uint256 public fastExcesses;
    TestWitness[2] private witnesses;
    /// @dev Units of the second source's entries that did not wait for a confirmation, by number.
    mapping(uint256 index => uint256) private fast;
    TestJournal[2] internal journals;
    /// @dev The vaults' own entries, by journal.
    Entry[][2] internal entries;

    constructor() {
        setUp();
        SourceListing memory terms = sourceListing(SECOND);
        terms.vault = makeAddr("second vault");
        (terms.m, terms.development) = (1, false);
        vm.startPrank(governor);
        ledger.listSource(terms);
        ledger.listAsset(assetListing(SECOND, 1, 1, 6));
        ledger.listAsset(assetListing(SECOND, 2, 2, 18));
        for (uint8 i = 0; i < 2; ++i) {
            ledger.setFast(3 + i, 2_500);
            witnesses[i] = new TestWitness();
            ledger.setWitness(SECOND, i, address(witnesses[i]), true);
        }
        vm.stopPrank();
        openJournal(journals[0], vault);
        openJournal(journals[1], terms.vault);
        owners = [alice, bob, relayer, governor];
    }

    // Acts

    /// @notice A vault journals a few locks; one in 100 is nothing that an honest vault could journal.
    function journalLocks(uint256 seed, uint8 count) external counted("journalLocks") {
        uint256 j = seed % 2;
        for (uint256 i = 0; i <= count % 8; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Entry memory entry = _honest(random);
            // Some are dust on the line of the one before.
            if (i != 0 && (random >> 208) % 4 == 0) _toDust(entry, entries[j][entries[j].length - 1]);
            if ((random >> 200) % 100 == 0) entry.kind = EntryCodec.RELEASE;
            append(journals[j], entry);
            entries[j].push(entry);
        }
        _hit("journal");
    }

    /// @notice A relayer posts a batch from anywhere at or below the replica's count to anywhere above it.
    function applyBatch(uint256 seed) external counted("applyBatch") {
        (uint256 j, uint16 source, uint64 count, uint64 last) = _pick(seed);
        if (count == last || !_accepting(source)) return;
        uint64 to = uint64(count + 1 + ((seed >> 8) % (last - count < 64 ? last - count : 64)));
        bytes memory call_ = _honestCall(seed, to);
        bytes32 others = _digest(_other(source));
        uint256[2] memory limits = [ledger.limitsOf(3).fastUnits, ledger.limitsOf(4).fastUnits];
        bool stopped = refused[source] != 0;

        _applyCold(call_);
        for (uint64 i = count; i < to; ++i) {
            Entry memory entry = entries[j][i];
            if (entry.kind == EntryCodec.LOCK) applied[source][entry.asset] += entry.amount;
            else _onApplied(source, i + 1, entry);
            if (source == SECOND) _noteFast(i + 1, entry, limits);
        }
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
        _noteStop(source, stopped);
        _noteSeasons(false);
        _noteDust(source, count, to);

        // I7: the same call again changes nothing.
        _repeat(source, call_);
        _hit("apply");
    }

    /// @dev A batch of the picked source from anywhere at or below its count, for any of the owners.
    function _honestCall(uint256 seed, uint64 to) private view returns (bytes memory) {
        bytes32 feeTo = accountOf(owners[(seed >> 140) % 4]);
        (uint256 j, uint16 source, uint64 count, ) = _pick(seed);
        JournalHead memory statement = _statement(j, to);
        bytes memory sigs = sign(statement);
        return _call(source, j, uint64((seed >> 72) % (count + 1)), statement, sigs, feeTo);
    }

    function _applyCold(bytes memory call_) private {
        vm.cool(address(ledger));
        uint256 before = gasleft();
        (bool ok, ) = address(ledger).call(call_);
        uint256 gas = before - gasleft() + INTRINSIC + 16 * call_.length;
        assertTrue(ok, "an attested batch is applied");
        if (gas > gasMax) gasMax = gas;
    }

    function _repeat(uint16 source, bytes memory call_) private {
        bytes32 mine = _digest(source);
        (bool ok, ) = address(ledger).call(call_);
        if (ok || _digest(source) != mine) ++repeatedEffects;
    }

    /// @notice Somebody posts with too few signatures, an expired epoch, or entries of their own.
    function applyForged(uint256 seed) external counted("applyForged") {
        (uint256 j, uint16 source, uint64 count, uint64 last) = _pick(seed);
        if (count == last || !_accepting(source)) return;
        JournalHead memory statement = _statement(j, last);
        bytes memory sigs = sign(statement);
        bytes memory call_ = _call(source, j, count, statement, sigs, accountOf(alice));
        uint256 way = (seed >> 8) % 3;
        if (way == 0) call_ = _call(source, j, count, statement, signBy(statement, 2), accountOf(alice));
        if (way == 1) {
            statement.epoch = 2;
            call_ = _call(source, j, count, statement, sigs, accountOf(alice));
        }
        if (way == 2) {
            // The last entry's amount, one higher.
            bytes memory forged = entriesOf(journals[j], count, last);
            uint256 digit = forged.length - EntryCodec.LENGTH + 18;
            forged[digit] = bytes1(uint8(forged[digit]) ^ 1);
            call_ = abi.encodeCall(
                ILedgerCore.applyEntries,
                (source, count, forged, new uint64[](0), statement, sigs, accountOf(alice))
            );
        }
        bytes32 mine = _digest(source);
        (bool ok, ) = address(ledger).call(call_);
        if (ok || _digest(source) != mine) ++forgedEffects;
        _hit("forge");
    }

    /// @notice A heartbeat is posted.
    function refreshSource(uint256 seed) external counted("refreshSource") {
        (uint256 j, uint16 source, uint64 count, uint64 last) = _pick(seed);
        if (count != last || !_accepting(source)) return;
        bytes32 before = _amounts(source);
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = _statement(j, last);
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        ledger.refresh(statements, sigs);
        assertEq(_amounts(source), before, "I3: freshness moves no amount");
        _hit("refresh");
    }

    /// @notice A witness of the second source records a head, and somebody confirms it; the second witness may lie.
    function confirmSome(uint256 seed) external counted("confirmSome") {
        (, uint64 count, bytes32 head, , , SourceState state) = ledger.replicaOf(SECOND);
        if (count == 0 || (state != SourceState.LIVE && state != SourceState.CONTESTED)) return;
        uint8 witness = uint8(seed % 2);
        bool lies = witness == 1 && (seed >> 8) % 4 == 0;
        witnesses[witness].record(journals[1].edge, count, lies ? keccak256(abi.encode(seed)) : head);
        bytes32 amounts = _amounts(SECOND);
        (uint64 before, ) = ledger.confirmedOf(SECOND);
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerLosses.confirm, (SECOND, witness, count)));
        (uint64 confirmed, ) = ledger.confirmedOf(SECOND);
        assertGe(confirmed, before, "I6: the confirmed count never falls");
        if (lies) assertEq(confirmed, before, "I6: another head confirms nothing");
        assertEq(_amounts(SECOND), amounts, "I3: no witness moves an amount");
        if (!ok) return;
        if (!lies) return _hit("confirm");
        _hit("conflict");
        // The governor replaces the witness that lied.
        witnesses[1] = new TestWitness();
        vm.prank(governor);
        ledger.setWitness(SECOND, 1, address(witnesses[1]), true);
    }

    /// @notice Somebody unparks a credit.
    function unparkOne(uint256 seed) external counted("unparkOne") {
        (, uint16 source, uint64 count, ) = _pick(seed);
        if (count == 0) return;
        bytes32 others = _digest(_other(source));
        uint96 index = uint96(1 + ((seed >> 8) % count));
        // The next parked one from there, if any.
        for (uint256 i = 0; i < count && ledger.parkedOf(source, index).reason == ParkReason.NONE; ++i) {
            index = uint96(1 + (index % count));
        }
        if (ledger.parkedOf(source, feesAt(index)).reason != ParkReason.NONE) index = feesAt(index);
        vm.prank(owners[(seed >> 72) % 4]);
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerAccounts.unpark, (source, index)));
        if (ok) _hit("unpark");
        _noteSeasons(false);
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
    }

    /// @notice The governor lists what was not, and moves caps up and down.
    function govern(uint256 seed) external counted("govern") {
        uint16 source = seed % 2 == 0 ? SOURCE : SECOND;
        (bytes32 mine, bytes32 others) = (_amounts(source), _digest(_other(source)));
        vm.startPrank(governor);
        if ((seed >> 8) % 8 == 0 && ledger.assetIdOf(source, 3) == 0) {
            ledger.listAsset(assetListing(source, 3, 1, 6));
            _hit("list");
        } else if ((seed >> 8) % 8 == 3) {
            ledger.setFast(uint16(3 + ((seed >> 16) % 2)), uint16((seed >> 32) % 2_501));
        } else {
            uint16 assetId = ledger.assetIdOf(source, uint16(1 + ((seed >> 16) % 2)));
            ledger.setCap(assetId, uint64((seed >> 32) % 2_000_000));
            _hit("cap");
        }
        vm.stopPrank();
        assertEq(_amounts(source), mine, "I3: no listing or cap moves an amount");
        assertEq(_digest(_other(source)), others, "I13: the other source is untouched");
    }

    /// @notice Guardian, pauser and owners act; none of them moves an amount.
    function interfere(uint256 seed) external counted("interfere") {
        uint16 source = seed % 2 == 0 ? SOURCE : SECOND;
        bytes32 amounts = _amounts(source);
        bytes memory call_;
        address by = guardian;
        uint40 until = uint40(block.timestamp + 1 + ((seed >> 16) % 3 days));
        uint16 assetId = uint16(1 + ((seed >> 72) % 4));
        uint256 way = (seed >> 8) % 12;
        if (way == 0) {
            call_ = abi.encodeCall(ILedgerTerms.quarantine, (source, until));
        } else if (way == 1) {
            (by, call_) = (pauser, abi.encodeCall(ILedgerTerms.pause, (source, 0, 2, until)));
        } else if (way == 2) {
            (by, call_) = (pauser, abi.encodeCall(ILedgerTerms.pause, (0, assetId, 2, until)));
        } else if (way == 3) {
            (by, call_) = (governor, abi.encodeCall(ILedgerTerms.unpause, (source, 0)));
        } else if (way == 4) {
            (by, call_) = (governor, abi.encodeCall(ILedgerTerms.unpause, (0, assetId)));
        } else {
            by = owners[(seed >> 80) % 4];
            bool on = (seed >> 96) % 2 == 0;
            call_ = abi.encodeCall(ILedgerAccounts.setEnabled, (accountOf(by), assetId, on));
        }
        vm.prank(by);
        (bool ok, ) = address(ledger).call(call_);
        if (ok) _hit("interfere");
        assertEq(_amounts(source), amounts, "I3: nobody's act moves an amount");
    }

    /// @notice Time passes and prices move.
    function pass(uint256 seed) external counted("pass") {
        // One in three is short beside a season.
        vm.warp(block.timestamp + 1 + (seed % ((seed >> 200) % 3 == 0 ? 20 minutes : 20 hours)));
        setPrices(uint96(9e11 + ((seed >> 64) % 2e11)), uint96(1e15 + ((seed >> 128) % 2e15)));
        _hit("pass");
    }

    // What the invariants read

    function ownerAt(uint256 i) external view returns (address) {
        return owners[i];
    }

    function headAt(uint16 source, uint64 count) external view returns (bytes32) {
        return journals[source == SOURCE ? 0 : 1].heads[count];
    }

    function tipOf(uint16 source) external view returns (uint64) {
        return tip(journals[source == SOURCE ? 0 : 1]);
    }

    // Inside

    /// @dev An entry of another kind than LOCK was applied, by its number: here none of them matches anything.
    function _onApplied(uint16 source, uint64, Entry memory) internal virtual {
        ++refused[source];
    }

    function _pick(uint256 seed) internal view returns (uint256 j, uint16 source, uint64 count, uint64 last) {
        j = seed % 2;
        source = j == 0 ? SOURCE : SECOND;
        (, count, , , , ) = ledger.replicaOf(source);
        last = tip(journals[j]);
    }

    function _other(uint16 source) internal pure returns (uint16) {
        return source == SOURCE ? SECOND : SOURCE;
    }

    function _accepting(uint16 source) internal view returns (bool) {
        (SourceState state, , ) = ledger.stateOf(source);
        (uint8 paused, ) = ledger.pauseOf(source, 0);
        return (state == SourceState.LIVE || state == SourceState.CONTESTED) && paused == 0;
    }

    /// @dev Notes what an entry of the second source took from the fast limit, and whether that was more than there was.
    function _noteFast(uint64 index, Entry memory entry, uint256[2] memory limits) private {
        if (entry.kind != EntryCodec.LOCK || entry.asset > 2 || entry.amount == 0) return;
        ParkReason reason = ledger.parkedOf(SECOND, index).reason;
        if (reason == ParkReason.UNCONFIRMED) return _hit("unconfirmed");
        fast[index] = entry.amount;
        (uint64 confirmed, ) = ledger.confirmedOf(SECOND);
        uint256 sum = 0;
        for (uint256 i = confirmed + 1; i <= index; ++i) {
            if (entries[1][i - 1].asset == entry.asset) sum += fast[i];
        }
        if (sum > limits[entry.asset - 1]) ++fastExcesses;
    }

    function _statement(uint256 j, uint64 count) internal view returns (JournalHead memory statement) {
        statement = statementOf(journals[j], count);
        statement.tip = count;
    }

    function _call(
        uint16 source,
        uint256 j,
        uint64 from,
        JournalHead memory statement,
        bytes memory sigs,
        bytes32 feeTo
    ) private view returns (bytes memory) {
        bytes memory packed = entriesOf(journals[j], from, statement.count);
        return
            abi.encodeCall(ILedgerCore.applyEntries, (source, from, packed, new uint64[](0), statement, sigs, feeTo));
    }

    function _honest(uint256 random) private view returns (Entry memory) {
        uint16 asset = uint16(1 + ((random >> 8) % 3));
        uint256 amount = (random >> 16) % (asset == 2 ? 150 * ONE_ETH : 150 * ONE_USD);
        bytes32 account = AccountLib.encode(owners[(random >> 120) % 4], 0, uint80((random >> 128) % 2));
        uint96 fee = (random >> 140) % 2 == 0 ? 0 : uint96((random >> 144) % (amount + 1));
        return Entry(EntryCodec.LOCK, asset, uint128(amount), account, 0, fee);
    }

    function _toDust(Entry memory entry, Entry storage last) private view {
        (entry.account, entry.asset, entry.amount, entry.fee) = (last.account, last.asset, last.amount / 200, 0);
    }

    /// @dev All amounts of a source: lines, sums, parked credits.
    function _amounts(uint16 source) internal view returns (bytes32 digest) {
        for (uint16 a = 1; a <= 3; ++a) {
            uint16 assetId = ledger.assetIdOf(source, a);
            AssetStatus memory asset;
            // An asset that is not listed has sums of zero, before and after its listing.
            if (assetId != 0) asset = ledger.assetOf(assetId);
            uint256 lines = assetId == 0 ? 0 : linesSum(assetId);
            digest = keccak256(abi.encode(digest, parkedSum(source, a), lines, asset.credited, asset.parked));
        }
    }

    /// @dev Everything of a source.
    function _digest(uint16 source) internal view returns (bytes32 digest) {
        (bytes32 edge, uint64 count, bytes32 head, uint40 asOf, , SourceState state) = ledger.replicaOf(source);
        digest = keccak256(abi.encode(_amounts(source), edge, count, head, asOf, state));
        for (uint16 a = 1; a <= 3; ++a) {
            uint16 assetId = ledger.assetIdOf(source, a);
            if (assetId != 0) digest = keccak256(abi.encode(digest, ledger.assetOf(assetId)));
        }
    }
}

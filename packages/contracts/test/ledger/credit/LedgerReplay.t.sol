// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../LedgerFixture.sol";
import {PlainLedger} from "../../harness/PlainLedger.sol";

/// @notice The fast replay loop does exactly what its plain twin does, however the entries are cut into batches.
contract LedgerReplayTest is LedgerFixture {
    address[3] private owners;
    bytes private plainCode;

    function setUp() public virtual override {
        super.setUp();
        owners = [alice, bob, relayer];
        bytes memory built = abi.encode(initOf(true), ledger.modules());
        PlainLedger plain = PlainLedger(vm.deployCode("PlainLedger.sol:PlainLedger", built));
        plainCode = address(plain).code;
    }

    /// @notice Same storage words, same events, whatever the entries are.
    /// forge-config: ring.fuzz.runs = 96
    function testFuzz_I3_the_fast_loop_writes_what_its_plain_twin_writes(uint256 seed, uint8 length) public {
        _limit(seed);
        // Half of the time with an asset of which a part is missing.
        if ((seed >> 7) % 2 == 0) _coverUsd(seed);
        _appendRandom(seed, 1 + (length % 80));
        uint256 snapshot = vm.snapshotState();
        (bytes32 fastWrites, bytes32 fastLogs, uint256 fastCount) = _applyAndDigest();
        vm.revertToState(snapshot);
        vm.etch(address(ledger), plainCode);
        (bytes32 plainWrites, bytes32 plainLogs, uint256 plainCount) = _applyAndDigest();
        assertEq(fastLogs, plainLogs, "events");
        assertEq(fastWrites, plainWrites, "storage");
        assertEq(fastCount, plainCount, "slots");
        assertGt(fastCount, 3);
    }

    /// @notice However the journal is cut into batches, and however far `from` lies back, the lines are the same.
    /// @dev Below the season level: what a batch takes of the bucket is rounded up once, so cuts may shift a unit of what is above it.
    /// forge-config: ring.fuzz.runs = 64
    function testFuzz_I7_batches_and_known_prefixes_change_nothing(uint256 seed, uint8 length) public {
        _raiseCaps();
        _appendHonest(seed, 2 + (length % 60));
        uint256 snapshot = vm.snapshotState();
        applyAll();
        bytes32 whole = _digestLines();
        vm.revertToState(snapshot);
        uint64 count = 0;
        for (uint256 i = 0; count < tip(journal); ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "cut", i)));
            uint64 next = uint64(count + 1 + (random % (tip(journal) - count)));
            JournalHead memory statement = statementOf(journal, next);
            statement.tip = next;
            post(uint64((random >> 64) % (count + 1)), statement);
            count = next;
        }
        assertEq(_digestLines(), whole);
    }

    /// @notice Dropping, doubling or swapping entries never reaches the attested head.
    function testFuzz_I2_only_the_journals_own_prefix_is_applied(uint256 seed, uint8 length) public {
        uint256 count = 3 + (length % 20);
        _appendHonest(seed, count);
        JournalHead memory statement = statementOf(journal, uint64(count));
        bytes memory sigs = sign(statement);
        bytes memory forged = _disturb(journal.packed, seed, count);
        if (keccak256(forged) == keccak256(journal.packed)) return;
        vm.expectRevert();
        ledger.applyEntries(SOURCE, 0, forged, new uint64[](0), statement, sigs, accountOf(relayer));
        (, uint64 replica, , , , ) = ledger.replicaOf(SOURCE);
        assertEq(replica, 0);
    }

    function test_a_line_at_the_brink_of_enabling_leaves_the_fast_loop_and_returns() public {
        lock(USD, 4 * ONE_USD, accountOf(alice), 0);
        lock(USD, 6 * ONE_USD - 1, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        lock(USD, 1, accountOf(alice), 0);
        vm.expectEmit(address(ledger));
        emit Enabled(accountOf(alice), USD, true);
        applyAll();
        assertEq(amountOf(alice, USD), 10 * ONE_USD + 1);
        assertTrue(ledger.lineOf(accountOf(alice), USD).enabled);
    }

    event Enabled(bytes32 indexed account, uint16 indexed assetId, bool on);

    /// @dev A cap, now and then, as narrow as one entry or as wide as all.
    function _limit(uint256 seed) private {
        vm.startPrank(governor);
        if (seed % 3 == 0) ledger.setCap(USD, uint64(uint256(keccak256(abi.encode(seed, 5))) % 900_000));
        vm.stopPrank();
    }

    /// @dev So high that no season begins, once the buckets have filled.
    function _raiseCaps() private {
        vm.startPrank(governor);
        ledger.setCap(USD, 100_000_000);
        ledger.setCap(ETH, 100_000_000);
        vm.stopPrank();
        vm.warp(vm.getBlockTimestamp() + 6 hours);
    }

    // Generators

    /// @dev A few lines, and a loss of USD that is in force.
    function _coverUsd(uint256 seed) private {
        _appendHonest(~seed, 12);
        uint128 deficit = uint128(1 + ((seed >> 9) % 1e6));
        append(journal, Entry(EntryCodec.SHORTFALL, 1, deficit, 0, bytes32(uint256(2e6)), 0));
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        ledger.cover(USD);
    }

    /// @dev Anything that 95 bytes can say, often enough close to what is plausible.
    function _appendRandom(uint256 seed, uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Entry memory entry = _honest(random);
            uint256 twist = (random >> 200) % 24;
            if (twist == 0) entry.kind = uint8(random >> 208);
            if (twist == 1) entry.asset = uint16(random >> 208) % 5;
            if (twist == 2) entry.amount = uint128(random);
            if (twist == 3) entry.amount = type(uint104).max - uint128(random % 3);
            if (twist == 4) entry.account = AccountLib.encode(alice, uint16(random >> 208), 0);
            if (twist == 5) entry.account = AccountLib.encode(address(0), 0, uint80(random));
            if (twist == 6) entry.fee = uint96(entry.amount + (random % 2));
            if (twist == 7) entry.amount = 0;
            if (twist == 8) entry.amount = uint128(999 * ONE_USD + (random % (2 * ONE_USD)));
            if (twist == 10) entry.amount = uint128(249 * ONE_USD + (random % (2 * ONE_USD)));
            if (twist == 9) entry.fee = uint96(random >> 100);
            entry.party = bytes32(random);
            append(journal, entry);
        }
    }

    function _appendHonest(uint256 seed, uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            append(journal, _honest(uint256(keccak256(abi.encode(seed, i)))));
        }
    }

    function _honest(uint256 random) private view returns (Entry memory) {
        uint16 asset = uint16(1 + ((random >> 8) % 3));
        if (random % 3 != 0) asset = USD;
        uint256 amount = (random >> 16) % (asset == ETH ? 60 * ONE_ETH : 60 * ONE_USD);
        return
            Entry({
                kind: EntryCodec.LOCK,
                asset: asset,
                amount: uint128(amount),
                account: AccountLib.encode(owners[(random >> 120) % 3], 0, uint80((random >> 128) % 2)),
                party: 0,
                fee: (random >> 140) % 2 == 0 ? 0 : uint96((random >> 144) % (amount + 1))
            });
    }

    function _disturb(bytes memory packed, uint256 seed, uint256 count) private pure returns (bytes memory forged) {
        forged = bytes.concat(packed);
        uint256 a = seed % count;
        uint256 b = (seed >> 32) % count;
        if ((seed >> 64) % 3 == 0) {
            forged[seed % forged.length] ^= bytes1(uint8(1 + ((seed >> 72) % 255)));
            return forged;
        }
        bool swap = (seed >> 64) % 3 == 1;
        for (uint256 i = 0; i < EntryCodec.LENGTH; ++i) {
            bytes1 kept = forged[a * EntryCodec.LENGTH + i];
            forged[a * EntryCodec.LENGTH + i] = forged[b * EntryCodec.LENGTH + i];
            if (swap) forged[b * EntryCodec.LENGTH + i] = kept;
        }
    }

    // Digests

    function _applyAndDigest() private returns (bytes32 writes, bytes32 logs, uint256 count) {
        vm.record();
        vm.recordLogs();
        applyAll();
        Vm.Log[] memory recorded = vm.getRecordedLogs();
        (, bytes32[] memory slots) = vm.accesses(address(ledger));
        // An order of writes is no result: sum over slots, each once.
        uint256 sum;
        for (uint256 i = 0; i < slots.length; ++i) {
            bool seen = false;
            for (uint256 j = 0; j < i && !seen; ++j) {
                seen = slots[j] == slots[i];
            }
            bytes32 value = vm.load(address(ledger), slots[i]);
            if (seen || value == 0) continue;
            ++count;
            unchecked {
                sum += uint256(keccak256(abi.encode(slots[i], value)));
            }
        }
        writes = bytes32(sum);
        for (uint256 i = 0; i < recorded.length; ++i) {
            logs = keccak256(abi.encode(logs, recorded[i].topics, recorded[i].data));
        }
    }

    /// @dev All lines, sums and parked credits that honest entries can touch.
    function _digestLines() private view returns (bytes32 digest) {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint80 sub = 0; sub < 2; ++sub) {
                bytes32 account = AccountLib.encode(owners[i], 0, sub);
                digest = keccak256(abi.encode(digest, ledger.lineOf(account, USD), ledger.lineOf(account, ETH)));
            }
        }
        digest = keccak256(abi.encode(digest, ledger.assetOf(USD), ledger.assetOf(ETH)));
        for (uint96 index = 1; index <= tip(journal); ++index) {
            digest = keccak256(abi.encode(digest, ledger.parkedOf(SOURCE, index)));
        }
        (, uint64 count, bytes32 head, , , ) = ledger.replicaOf(SOURCE);
        digest = keccak256(abi.encode(digest, count, head));
    }
}

/// @notice The same for a source that asks for witnesses: what passes the fast limit is parked by both loops alike.
contract LedgerReplayWitnessedTest is LedgerReplayTest {
    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        ledger.setFast(USD, 2_500);
        ledger.setFast(ETH, 1_500);
        vm.stopPrank();
    }

    function witnessesNeeded() internal pure override returns (uint8) {
        return 1;
    }
}

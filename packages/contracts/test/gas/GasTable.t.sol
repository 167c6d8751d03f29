// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {AssetListing, SourceListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {VaultReleaseFixture} from "../vault/VaultReleaseFixture.sol";
import {TestFeed} from "../feeds/TestFeed.sol";

/// @notice What the floors of the gas table are made of: the prices of Prague, cold access, whole transactions.
/// @dev Each row is printed as one line "GAS id gas floor"; `npm run contracts:gas` collects them. A floor holds what no
///      contract with this interface, these storage words and these events could do without: the transaction, its
///      calldata, words read and written, accounts touched, logs, signatures. Code, hashing and memory are above it.
library GasFloor {
    uint256 internal constant TRANSACTION = 21_000;
    /// @dev A cold word read; a cold word written from one non-zero value to another; a cold word that was zero.
    uint256 internal constant READ = 2_100;
    uint256 internal constant WRITE = 5_000;
    uint256 internal constant WRITE_NEW = 22_100;
    uint256 internal constant ACCOUNT = 2_600;
    uint256 internal constant SIGNATURE = 3_000;

    /// @dev 16 gas a byte, 4 for a zero.
    function ofCalldata(bytes memory call_) internal pure returns (uint256 gas) {
        for (uint256 i = 0; i < call_.length; ++i) {
            gas += call_[i] == 0 ? 4 : 16;
        }
    }

    function ofLog(uint256 topics, uint256 words) internal pure returns (uint256) {
        return 375 + 375 * topics + 8 * 32 * words;
    }

    /// @dev A transfer of a plain ERC-20 that was not touched before: its account and two balances.
    function ofTransfer() internal pure returns (uint256) {
        return ACCOUNT + 2 * WRITE + ofLog(3, 1);
    }
}

/// @notice Rows of the vault.
contract GasTableVaultTest is VaultReleaseFixture {
    /// @dev Infinite allowance, memo 0, fee 0, every word non-zero before. Floor: the asset's two words, the journal's two,
    ///      the transfer with its allowance, the event.
    /// forge-config: default.isolate = true
    function test_gas_of_a_lock() public {
        fund(token, alice, 1e18);
        bytes memory call_ = abi.encodeCall(vault.lock, (asset, 123_456_789, accountOf(alice), 0, 0, 0));
        vm.prank(alice, alice);
        (bool ok, ) = address(vault).call(call_);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        assertTrue(ok);
        uint256 words = GasFloor.READ + 3 * GasFloor.WRITE + GasFloor.READ;
        uint256 outside = GasFloor.ofTransfer() + GasFloor.ofLog(4, 4);
        console.log("GAS gas.lock.warm", gas, GasFloor.TRANSACTION + GasFloor.ofCalldata(call_) + words + outside);
    }

    /// @dev With a fee, every balance and counter non-zero before and after. Floor: the payment's word, the asset's word that
    ///      is read and the three that are written, the quarantine's word, both transfers, the event.
    /// forge-config: default.isolate = true
    function test_gas_of_a_payment() public {
        for (uint256 i = 0; i < 3; ++i) {
            release(123 * ONE, bob, 12_345);
        }
        applyAll();
        pay(1);
        bytes memory call_ = abi.encodeCall(vault.pay, (2, entryOf(2), relayer));
        vm.prank(relayer, relayer);
        (bool ok, ) = address(vault).call(call_);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        assertTrue(ok);
        uint256 words = 4 * GasFloor.WRITE + 2 * GasFloor.READ;
        // The second transfer finds account and vault's balance warm.
        uint256 outside = GasFloor.ofTransfer() + GasFloor.WRITE + GasFloor.ofLog(3, 1) + GasFloor.ofLog(3, 1);
        console.log("GAS gas.pay", gas, GasFloor.TRANSACTION + GasFloor.ofCalldata(call_) + words + outside);
    }
}

/// @notice Rows of the ledger: thirteen attesters, nine signatures; memo 0, fee 0.
contract GasTableLedgerTest is LedgerFixture {
    uint16 private constant WIDE_SOURCE = 20;

    function memberCount() internal pure override returns (uint256) {
        return 13;
    }

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        ledger.setCap(USD, type(uint64).max);
        ledger.setCap(ETH, type(uint64).max);
        for (uint16 i = 3; i <= 4; ++i) {
            AssetListing memory terms = assetListing(SOURCE, i, 2, 18);
            terms.capThousandths = type(uint64).max;
            ledger.listAsset(terms);
        }
        vm.stopPrank();
        // A higher cap fills its bucket in six hours.
        vm.warp(START + 6 hours);
        setPrices(1e12, 2000e12);
        lock(USD, 100 * ONE_USD, accountOf(alice), 0);
        for (uint16 i = 2; i <= 4; ++i) {
            lock(i, 2 * ONE_ETH, accountOf(alice), 0);
        }
        _lockAll(0, 400, 1, 20);
        _lockAll(0, 64, 4, 20);
        applyAll();
    }

    /// forge-config: default.isolate = true
    function test_gas_of_400_existing_lines() public {
        _credit("gas.credit.existing.n400.k9", 400, 1, true);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_64_existing_lines() public {
        _credit("gas.credit.existing.n64.k9", 64, 1, true);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_64_existing_lines_of_four_assets() public {
        _credit("gas.credit.existing.n64.k9.assets4", 64, 4, true);
    }

    /// forge-config: default.isolate = true
    function test_gas_of_64_new_lines() public {
        _credit("gas.credit.new.n64", 64, 1, false);
    }

    /// @dev An account of one enabled line and no protocol, part of the line, a later release of its asset. Floor: the code of
    ///      the ledger's acts; words written: line, journal (2), sum of releases; a new record; words read: asset, source
    ///      (2), lanes, price; the risk manager; the event.
    /// forge-config: default.isolate = true
    function test_gas_of_a_release() public {
        bytes32 to = bytes32(uint256(uint160(bob)));
        lock(ETH, 20 * ONE_ETH, accountOf(bob), 0);
        applyAll();
        vm.prank(bob, bob);
        ledger.requestRelease(accountOf(bob), ETH, ONE_ETH, to, 1e15);
        bytes memory call_ = abi.encodeCall(ledger.requestRelease, (accountOf(bob), ETH, 3 * ONE_ETH, to, 1e15));
        vm.prank(bob, bob);
        (bool ok, ) = address(ledger).call(call_);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        assertTrue(ok);
        uint256 words = 4 * GasFloor.WRITE + GasFloor.WRITE_NEW + 5 * GasFloor.READ;
        uint256 outside = 2 * GasFloor.ACCOUNT + GasFloor.ofLog(4, 5);
        console.log("GAS gas.requestRelease", gas, GasFloor.TRANSACTION + GasFloor.ofCalldata(call_) + words + outside);
    }

    /// @dev A call, no transaction. Sixteen lines of four sources with sixteen prices. Floor: words read once each: lanes, line,
    ///      asset and price of every line, one of every source; the risk manager.
    function test_gas_of_a_margin_of_sixteen_lines() public {
        bytes32 account = accountOf(bob);
        uint16 assetId = 4;
        for (uint16 s = 0; s < 4; ++s) {
            _listWide(s);
            for (uint16 a = 1; a <= 4; ++a) {
                _forceLine(account, ++assetId, 123_456_789_012_345_678_901);
            }
        }
        vm.cool(address(ledger));
        vm.cool(address(risk));
        uint256 before = gasleft();
        (uint256 aI, , , , , , uint256 status, ) = ledger.marginOf(account);
        uint256 gas = before - gasleft();
        assertGt(aI, 0);
        assertEq(status, 0);
        console.log("GAS gas.marginOf.lines16", gas, (1 + 3 * 16 + 4) * GasFloor.READ + GasFloor.ACCOUNT);
    }

    /// @dev Floor of a batch: transaction, calldata, one word a line, one ecrecover a signature.
    function _credit(string memory id, uint256 count, uint16 assets, bool existing) private {
        // One token enables no line: new lines are measured, not new accounts that count at once.
        _lockAll(existing ? 0 : 1_000, count, assets, 1);
        JournalHead memory statement = statementOf(journal, tip(journal));
        (, uint64 from, , , , ) = ledger.replicaOf(SOURCE);
        bytes memory entries = entriesOf(journal, from, statement.count);
        bytes memory sigs = sign(statement);
        bytes memory call_ = abi.encodeCall(
            ledger.applyEntries,
            (SOURCE, from, entries, new uint64[](0), statement, sigs, accountOf(relayer))
        );
        vm.prank(relayer, relayer);
        (bool ok, ) = address(ledger).call(call_);
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        assertTrue(ok);
        uint256 words = count * (existing ? GasFloor.WRITE : GasFloor.WRITE_NEW) + 9 * GasFloor.SIGNATURE;
        console.log(string.concat("GAS ", id), gas, GasFloor.TRANSACTION + GasFloor.ofCalldata(call_) + words);
    }

    /// @dev Appends in one piece: entry by entry would copy the journal as often as it has entries.
    function _lockAll(uint256 first, uint256 count, uint16 assets, uint128 tokens) private {
        bytes memory added = new bytes(count * EntryCodec.LENGTH);
        bytes32 head = journal.heads[journal.heads.length - 1];
        for (uint256 i = 0; i < count; ++i) {
            uint16 which = uint16(i % assets) + 1;
            bytes32 account = AccountLib.encode(address(uint160(uint256(keccak256(abi.encode(first + i))))), 0, 0);
            bytes memory one = EntryCodec.pack(
                lockEntry(which, tokens * (which == USD ? ONE_USD : ONE_ETH), account, 0)
            );
            uint256 place = i * EntryCodec.LENGTH;
            assembly ("memory-safe") {
                mcopy(add(add(added, 0x20), place), add(one, 0x20), mload(one))
            }
            head = keccak256(bytes.concat(head, one));
            journal.heads.push(head);
        }
        journal.packed = bytes.concat(journal.packed, added);
    }

    /// @dev A source with four assets, each with its own price, and a fresh statement.
    function _listWide(uint16 s) private {
        SourceListing memory terms = sourceListing(WIDE_SOURCE + s);
        terms.vault = address(uint160(0xabc0 + s));
        vm.startPrank(governor);
        ledger.listSource(terms);
        for (uint16 a = 1; a <= 4; ++a) {
            uint16[] memory slots = new uint16[](1);
            slots[0] = 100 + 4 * s + a;
            TestFeed feed = new TestFeed();
            feed.set(1_999e12, 0, uint40(block.timestamp));
            risk.listUnderlying(slots[0], address(feed), 1 hours);
            risk.poke(slots);
            ledger.listAsset(assetListing(WIDE_SOURCE + s, a, slots[0], 18));
        }
        vm.stopPrank();
        (bytes32 edge, , , , , ) = ledger.replicaOf(WIDE_SOURCE + s);
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = JournalHead(edge, 0, 0, edge, 1, keccak256("b"), uint64(block.timestamp), 1);
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        ledger.refresh(statements, sigs);
    }

    /// @dev Writes a line and enables it: only reading is measured.
    function _forceLine(bytes32 account, uint16 assetId, uint256 amount) private {
        vm.store(address(ledger), keccak256(abi.encode(assetId, keccak256(abi.encode(account, 0)))), bytes32(amount));
        vm.prank(bob);
        ledger.setEnabled(account, assetId, true);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AssetListing, SourceListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {TestFeed} from "../feeds/TestFeed.sol";

/// @notice What batches and the margin view cost, whole transactions with cold storage.
abstract contract LedgerGas is LedgerFixture {
    uint256 private constant INTRINSIC = 21_000;
    uint256 private constant CEILING = 8_000_000;
    uint16 private constant WIDE_SOURCE = 20;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        ledger.setCap(USD, type(uint64).max);
        // Sixty-four assets of one source, each with its own words.
        for (uint16 i = 3; i <= 64; ++i) {
            AssetListing memory terms = assetListing(SOURCE, i, 2, 18);
            terms.capThousandths = type(uint64).max;
            ledger.listAsset(terms);
        }
        vm.stopPrank();
        // A higher cap fills its bucket in six hours.
        vm.warp(START + 6 hours);
        // The relayer's line and sixty-four accounts exist before the measured transactions.
        lock(USD, 100 * ONE_USD, accountOf(alice), uint96(20 * ONE_USD));
        for (uint256 i = 0; i < 64; ++i) {
            lock(USD, 20 * ONE_USD, _account(i), 0);
        }
        applyAll();
    }

    function test_I14_64_existing_lines_in_one_transaction() public {
        for (uint256 i = 0; i < 64; ++i) {
            lock(USD, ONE_USD, _account(i), 0);
        }
        uint256 gas = _measure();
        console.log("64 existing lines, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
        // 1.35 × the floor: transaction, calldata, 5,000 a line, 3,000 a signature.
        assertLe(gas, 620_000);
    }

    function test_I14_64_new_accounts_in_one_transaction() public {
        for (uint256 i = 64; i < 128; ++i) {
            lock(USD, 20 * ONE_USD, _account(i), 0);
        }
        uint256 gas = _measure();
        console.log("64 new enabled lines, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
    }

    function test_I14_64_parked_credits_in_one_transaction() public {
        for (uint16 i = 0; i < 64; ++i) {
            lock(100 + i, type(uint104).max, _account(i), 1);
        }
        uint256 gas = _measure();
        console.log("64 parked credits of 64 assets, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
    }

    function test_I14_64_new_accounts_of_64_assets_with_fees_and_marks_in_one_transaction() public {
        for (uint16 i = 1; i <= 64; ++i) {
            lock(i, 50 * ONE_ETH, _account(200 + i), uint96(20 * ONE_ETH));
        }
        uint256 gas = _measureMarked(_fourMarks());
        console.log("64 new lines of 64 assets with fees, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
    }

    function test_I14_64_unseasoned_credits_of_64_assets_with_fees_and_marks_in_one_transaction() public {
        for (uint16 i = 1; i <= 64; ++i) {
            // The level is 50 whole tokens; both the line and the fee's line are new and partly unseasoned.
            vm.prank(governor);
            ledger.setCap(i, 800_000);
            uint128 whole = i == USD ? ONE_USD : ONE_ETH;
            lock(i, 190 * whole, _account(200 + i), uint96(60 * whole));
        }
        uint256 gas = _measureMarked(_fourMarks());
        console.log("64 unseasoned lines of 64 assets with fees, k =", attesters.k(1), "whole transaction:", gas);
        assertEq(ledger.lineOf(_account(264), 64).unseasoned, 80 * ONE_ETH);
        assertEq(ledger.lineOf(accountOf(relayer), 64).unseasoned, 60 * ONE_ETH);
        assertLe(gas, CEILING);
    }

    function test_I14_64_refused_entries_in_one_transaction() public {
        for (uint256 i = 0; i < 64; ++i) {
            append(journal, Entry(EntryCodec.RELEASE, USD, 1, _account(i), 0, 0));
        }
        uint256 gas = _measure();
        console.log("64 refused entries, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
    }

    function test_I14_64_refunds_without_a_record_in_one_transaction() public {
        for (uint256 i = 0; i < 64; ++i) {
            append(journal, Entry(EntryCodec.REFUND, USD, 1, _account(i), bytes32(i + 1), 0));
        }
        uint256 gas = _measure();
        console.log("64 refunds without a record, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, CEILING);
    }

    function test_one_credit_of_an_existing_line() public {
        lock(USD, ONE_USD, _account(0), 0);
        uint256 gas = _measure();
        console.log("1 existing line, k =", attesters.k(1), "whole transaction:", gas);
        assertLe(gas, 160_000);
    }

    function test_margin_of_sixteen_lines_of_four_sources_costs_at_most_200_000() public {
        bytes32 account = accountOf(bob);
        uint16 assetId = 64;
        for (uint16 s = 0; s < 4; ++s) {
            _listWide(s);
            for (uint16 a = 1; a <= 4; ++a) {
                ++assetId;
                _forceLine(account, assetId, 123_456_789_012_345_678_901);
            }
        }
        vm.cool(address(ledger));
        vm.cool(address(risk));
        uint256 before = gasleft();
        (uint256 aI, , , , uint256 aM, , uint256 status, ) = ledger.marginOf(account);
        uint256 gas = before - gasleft();
        console.log("marginOf, 16 lines of 4 sources and 16 prices:", gas);
        assertGt(aI, 0);
        assertGt(aM, aI);
        assertEq(status, 0);
        assertLe(gas, 200_000);
    }

    /// @dev A source with four assets, each with its own price slot, and a fresh statement.
    function _listWide(uint16 s) private {
        SourceListing memory terms = sourceListing(WIDE_SOURCE + s);
        terms.vault = address(uint160(0xabc0 + s));
        vm.startPrank(governor);
        ledger.listSource(terms);
        for (uint16 a = 1; a <= 4; ++a) {
            uint16 slot = 100 + 4 * s + a;
            TestFeed feed = new TestFeed();
            feed.set(1_999e12, 0, uint40(block.timestamp));
            risk.listUnderlying(slot, address(feed), 1 hours);
            uint16[] memory slots = new uint16[](1);
            slots[0] = slot;
            risk.poke(slots);
            ledger.listAsset(assetListing(WIDE_SOURCE + s, a, slot, 18));
        }
        vm.stopPrank();
        JournalHead[] memory statements = new JournalHead[](1);
        (bytes32 edge, , , , , ) = ledger.replicaOf(WIDE_SOURCE + s);
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

    function _account(uint256 i) private pure returns (bytes32) {
        return AccountLib.encode(address(uint160(0x10000 + i)), 0, 0);
    }

    function _fourMarks() private view returns (uint64[] memory marks) {
        uint64 end = tip(journal);
        marks = new uint64[](4);
        (marks[0], marks[1], marks[2], marks[3]) = (end - 40, end - 30, end - 20, end);
    }

    function _measure() private returns (uint256) {
        return _measureMarked(new uint64[](0));
    }

    /// @dev Intrinsic gas and calldata are added to what the call uses; accounts are cold as in a transaction of its own.
    function _measureMarked(uint64[] memory marks) private returns (uint256 gas) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        JournalHead memory statement = statementOf(journal, tip(journal));
        bytes memory call_ = abi.encodeCall(
            ILedgerCore.applyEntries,
            (
                SOURCE,
                count,
                entriesOf(journal, count, statement.count),
                marks,
                statement,
                sign(statement),
                accountOf(relayer)
            )
        );
        vm.cool(address(ledger));
        vm.cool(address(attesters));
        address target = address(ledger);
        uint256 before = gasleft();
        (bool ok, ) = target.call(call_);
        gas = before - gasleft();
        assertTrue(ok);
        gas += INTRINSIC;
        for (uint256 i = 0; i < call_.length; ++i) {
            gas += call_[i] == 0 ? 4 : 16;
        }
    }
}

/// @notice Four attesters, three signatures.
contract LedgerGasThreeOfFourTest is LedgerGas {}

/// @notice Thirteen attesters, nine signatures.
contract LedgerGasNineOfThirteenTest is LedgerGas {
    function memberCount() internal pure override returns (uint256) {
        return 13;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {PaymentState} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../vault/VaultReleaseFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice What a payment costs as a whole transaction.
contract VaultPayGasTest is VaultReleaseFixture {
    uint256 private constant PAY_GAS_MAX = 90_000;

    /// @dev Plain ERC-20, a fee, every balance and counter non-zero before and after.
    /// forge-config: default.isolate = true
    function test_pay_costs_at_most_90000_gas_as_a_whole_transaction() public {
        for (uint256 i = 0; i < 3; ++i) {
            release(123 * ONE, bob, 12_345);
        }
        applyAll();
        pay(1);
        bytes memory entry = entryOf(2);
        vm.prank(relayer, relayer);
        vault.pay(2, entry, relayer);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        console.log("pay with a fee, whole transaction:", used);
        assertState(2, PaymentState.PAID);
        assertLe(used, PAY_GAS_MAX);
    }

    /// @dev First payment ever, to a recipient and a relayer that hold nothing yet, of the last that is owed.
    /// forge-config: default.isolate = true
    function test_a_first_payment_to_empty_accounts_costs_at_most_160000_gas() public {
        release(123 * ONE, bob, 12_345);
        applyAll();
        bytes memory entry = entryOf(1);
        vm.prank(relayer, relayer);
        vault.pay(1, entry, relayer);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        console.log("first payment, whole transaction:", used);
        assertLe(used, 160_000);
    }
}

/// @notice The worst batches of 64 entries, with the largest set of attesters: 21 signatures of 31.
contract VaultBatchGasTest is VaultReleaseFixture {
    uint256 private constant CEILING = 8_000_000;

    function memberCount() internal pure override returns (uint256) {
        return 31;
    }

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 64; ++i) {
            PlainToken each = new PlainToken("EACH", 18);
            lockFor(list(address(each), 18), each, 1e18);
        }
    }

    /// forge-config: default.isolate = true
    function test_I14_64_first_releases_of_64_assets_to_impossible_recipients_in_one_transaction() public {
        for (uint16 i = 0; i < 64; ++i) {
            append(releaseEntry(asset + 1 + i, 1e18, address(vault), 1e17));
        }
        _measure("64 first releases to impossible recipients");
        assertState(64, PaymentState.CLAIMABLE);
    }

    /// forge-config: default.isolate = true
    function test_I14_64_releases_of_one_asset_in_one_transaction() public {
        for (uint160 i = 0; i < 64; ++i) {
            release(ONE, address(0x10000 + i), 1);
        }
        _measure("64 releases of one asset");
        assertState(64, PaymentState.QUEUED);
    }

    /// forge-config: default.isolate = true
    function test_I14_64_refused_entries_in_one_transaction() public {
        for (uint16 i = 0; i < 64; ++i) {
            Entry memory entry = releaseEntry(asset + 1 + i, 1e18, bob, 0);
            entry.fee = type(uint96).max;
            append(entry);
        }
        _measure("64 refused entries");
        assertState(64, PaymentState.NONE);
    }

    /// @dev Each is above what its asset may pay: a payment's word, and an entry of the vault's own journal.
    /// forge-config: default.isolate = true
    function test_I14_64_refunds_above_the_limit_in_one_transaction() public {
        _limitAll(1);
        for (uint16 i = 0; i < 64; ++i) {
            append(releaseEntry(asset + 1 + i, 1e18, bob, 0));
        }
        _measure("64 refunds above the limit");
        assertState(64, PaymentState.STOPPED);
    }

    /// @dev Each takes the large lane, passes the fast limit and waits, while four witnesses that burn all the gas they are
    ///      given are asked at four marks.
    /// forge-config: default.isolate = true
    function test_I14_64_first_releases_that_wait_for_a_confirmation_in_one_transaction() public {
        _limitAll(15_000);
        _setWitnesses();
        for (uint16 i = 0; i < 64; ++i) {
            append(releaseEntry(asset + 1 + i, 1e18, address(vault), 1e17));
        }
        _measure("64 first releases that wait");
        assertEq(vault.payment(64).flags, 7);
    }

    /// @dev Each takes the large lane within the fast limit: two more words of its asset.
    /// forge-config: default.isolate = true
    function test_I14_64_first_releases_within_the_fast_limit_in_one_transaction() public {
        _limitAll(15_000);
        _setWitnesses();
        vm.startPrank(governor);
        for (uint16 i = 0; i < 64; ++i) {
            vault.setFastLimit(asset + 1 + i, 10_000);
        }
        vm.stopPrank();
        for (uint16 i = 0; i < 64; ++i) {
            append(releaseEntry(asset + 1 + i, 1e18, address(vault), 1e17));
        }
        _measure("64 first releases within the fast limit");
        assertEq(vault.payment(64).flags, 6);
    }

    /// forge-config: default.isolate = true
    function test_I14_64_losses_of_64_assets_in_one_transaction() public {
        _setWitnesses();
        for (uint16 i = 0; i < 64; ++i) {
            append(Entry({kind: EntryCodec.LOST, asset: asset + 1 + i, amount: 3e17, account: 0, party: 0, fee: 0}));
        }
        _measure("64 losses of 64 assets");
        assertEq(uint8(vault.payment(64).state), uint8(PaymentState.QUEUED));
    }

    function _limitAll(uint64 limit) private {
        vm.startPrank(governor);
        for (uint16 i = 0; i < 64; ++i) {
            vault.setLimits(asset + 1 + i, 0, UNBOUNDED, limit);
            vault.setFastLimit(asset + 1 + i, 10);
        }
        vm.stopPrank();
    }

    function _setWitnesses() private {
        vm.startPrank(governor);
        for (uint8 slot = 0; slot < 4; ++slot) {
            TestWitness witness = new TestWitness();
            vault.setWitness(slot, address(witness), true);
            witness.behave(TestWitness.Manner.BURNS_GAS);
        }
        vault.setWitnessPolicy(4);
        vm.stopPrank();
    }

    function _measure(string memory what) private {
        JournalHead memory statement = statementOf(64);
        bytes memory sigs = sign(statement);
        bytes memory entries = entriesOf(0, 64);
        uint64[] memory marks = new uint64[](4);
        (marks[0], marks[1], marks[2], marks[3]) = (10, 20, 30, 64);
        vm.prank(relayer, relayer);
        vault.applyReleases(0, entries, marks, statement, sigs);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        console.log(what, "whole transaction:", used);
        assertLe(used, CEILING);
        assertEq(replicaCount(), 64);
    }
}

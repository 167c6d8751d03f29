// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {ILedgerAccounts} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";

/// @notice What happy paths cost as whole transactions, against what no implementation could do without.
/// @dev Thirteen attesters, nine signatures; 400 lines of one asset exist. The floor of a batch is its transaction, its
///      calldata, 5,000 a line (cold, from one non-zero value to another) and 3,000 a signature.
contract LedgerGasFloorTest is LedgerFixture {
    uint256 private constant INTRINSIC = 21_000;
    uint256 private constant LINES = 400;

    function setUp() public override {
        super.setUp();
        vm.prank(governor);
        ledger.setCap(USD, type(uint64).max);
        // A higher cap fills its bucket in six hours.
        vm.warp(START + 6 hours);
        setPrices(1e12, 2000e12);
        lock(ETH, 20 * ONE_ETH, accountOf(alice), 0);
        _lockEach(LINES, 20 * ONE_USD);
        applyAll();
    }

    function memberCount() internal pure override returns (uint256) {
        return 13;
    }

    function test_64_existing_lines_cost_at_most_1_25_of_the_floor() public {
        _requireWithin(64, 125);
    }

    function test_400_existing_lines_cost_at_most_1_15_of_the_floor() public {
        _requireWithin(400, 115);
    }

    function test_every_contract_of_the_settlement_chain_fits_it() public view {
        address[4] memory others = [address(ledger), address(lens), address(risk), address(attesters)];
        address[] memory modules = ledger.modules();
        for (uint256 i = 0; i < others.length + modules.length; ++i) {
            address part = i < modules.length ? modules[i] : others[i - modules.length];
            assertGt(part.code.length, 0);
            assertLt(part.code.length, 24_576);
        }
    }

    function test_requestRelease_costs_at_most_150_000_gas_as_a_whole_transaction() public {
        bytes memory first = abi.encodeCall(
            ILedgerAccounts.requestRelease,
            (accountOf(alice), ETH, 3 * ONE_ETH, bytes32(uint256(uint160(alice))), 1e15)
        );
        console.log("requestRelease, first of its asset, whole transaction:", _releaseGas(first));
        console.log("requestRelease, part of a line, whole transaction:", _releaseGas(first));
        bytes memory rest = abi.encodeCall(
            ILedgerAccounts.requestRelease,
            (accountOf(alice), ETH, 14 * ONE_ETH, bytes32(uint256(uint160(alice))), 1e15)
        );
        console.log("requestRelease, all of a line, whole transaction:", _releaseGas(rest));
        assertEq(ledger.linesOf(accountOf(alice)).length, 0);
    }

    function test_requestReleaseBySig_costs_at_most_180_000_gas_as_a_whole_transaction() public {
        (address carol, uint256 key) = makeAddrAndKey("carol");
        lock(ETH, 20 * ONE_ETH, accountOf(carol), 0);
        applyAll();
        bytes32 to = bytes32(uint256(uint160(carol)));
        uint40 deadline = uint40(START + 1 days);
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                ledger.domainSeparator(),
                keccak256(
                    abi.encode(
                        keccak256(
                            "Release(bytes32 account,uint16 assetId,uint128 amount,bytes32 recipient,uint96 fee,uint256 nonce,uint40 deadline)"
                        ),
                        accountOf(carol),
                        ETH,
                        3 * ONE_ETH,
                        to,
                        1e15,
                        7,
                        deadline
                    )
                )
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes memory sig = abi.encodePacked(r, s, v);
        bytes memory call_ = abi.encodeCall(
            ILedgerAccounts.requestReleaseBySig,
            (accountOf(carol), ETH, 3 * ONE_ETH, to, 1e15, 7, deadline, sig)
        );
        uint256 gas = _wholeTransaction(relayer, call_);
        console.log("requestReleaseBySig, first nonce of a word, whole transaction:", gas);
        assertLe(gas, 180_000);
    }

    function _releaseGas(bytes memory call_) private returns (uint256 gas) {
        gas = _wholeTransaction(alice, call_);
        assertLe(gas, 150_000);
    }

    function _requireWithin(uint256 count, uint256 percent) private {
        (, uint64 from, , , , ) = ledger.replicaOf(SOURCE);
        _lockEach(count, ONE_USD);
        JournalHead memory statement = statementOf(journal, tip(journal));
        bytes memory call_ = abi.encodeCall(
            ILedgerCore.applyEntries,
            (
                SOURCE,
                from,
                entriesOf(journal, from, statement.count),
                new uint64[](0),
                statement,
                sign(statement),
                accountOf(relayer)
            )
        );
        uint256 floor = INTRINSIC + _calldataGas(call_) + 5_000 * count + 3_000 * attesters.k(1);
        uint256 gas = _wholeTransaction(relayer, call_);
        console.log(count, "existing lines, k = 9, whole transaction:", gas);
        console.log("per mille of the floor:", (gas * 1000) / floor, "floor:", floor);
        assertLe(gas * 100, floor * percent);
    }

    /// @dev As `lock`, but for many accounts at once: appending one by one would copy the journal each time.
    function _lockEach(uint256 count, uint128 amount) private {
        bytes memory packed = new bytes(count * EntryCodec.LENGTH);
        for (uint256 i = 0; i < count; ++i) {
            Entry memory entry = lockEntry(USD, amount, _account(i), 0);
            bytes memory one = EntryCodec.pack(entry);
            for (uint256 b = 0; b < EntryCodec.LENGTH; ++b) {
                packed[i * EntryCodec.LENGTH + b] = one[b];
            }
            journal.heads.push(EntryCodec.extend(journal.heads[journal.heads.length - 1], entry));
        }
        journal.packed = bytes.concat(journal.packed, packed);
    }

    /// @dev Accounts are cold as in a transaction of its own; intrinsic gas and calldata are added to what the call uses.
    function _wholeTransaction(address by, bytes memory call_) private returns (uint256 gas) {
        vm.cool(address(ledger));
        address[] memory modules = ledger.modules();
        for (uint256 i = 0; i < modules.length; ++i) {
            vm.cool(modules[i]);
        }
        vm.cool(address(attesters));
        vm.cool(address(risk));
        address target = address(ledger);
        vm.prank(by);
        uint256 before = gasleft();
        (bool ok, ) = target.call(call_);
        gas = before - gasleft() + INTRINSIC + _calldataGas(call_);
        assertTrue(ok);
    }

    function _calldataGas(bytes memory call_) private pure returns (uint256 gas) {
        for (uint256 i = 0; i < call_.length; ++i) {
            gas += call_[i] == 0 ? 4 : 16;
        }
    }

    function _account(uint256 i) private pure returns (bytes32) {
        return AccountLib.encode(address(uint160(uint256(keccak256(abi.encode("holder", i))))), 0, 0);
    }
}

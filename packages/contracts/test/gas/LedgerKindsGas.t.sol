// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";

/// @notice Invariant I14 for entries other than LOCK, and for margins of assets that are short.
contract LedgerKindsGasTest is LedgerReleaseFixture {
    uint256 private constant CEILING = 8_000_000;

    function test_I14_64_refunds_to_64_emptied_lines_in_one_transaction() public {
        for (uint80 i = 1; i <= 64; ++i) lock(USD, ONE_USD, _account(i), 0);
        applyAll();
        for (uint80 i = 1; i <= 64; ++i) {
            vm.prank(alice);
            ledger.requestRelease(_account(i), USD, ONE_USD, wordOf(alice), 0);
            bytes32 seq = bytes32(uint256(i));
            append(journal, Entry(EntryCodec.REFUND, 1, ONE_USD, _account(i), seq, 0));
        }
        assertLe(_gasOfTheRest(), CEILING);
        for (uint80 i = 1; i <= 64; ++i) assertEq(ledger.lineOf(_account(i), USD).amount, ONE_USD);
    }

    function test_I14_64_shortfalls_of_64_assets_in_one_transaction() public {
        vm.startPrank(governor);
        for (uint16 a = 3; a <= 64; ++a) ledger.listAsset(assetListing(SOURCE, a, 1, 6));
        vm.stopPrank();
        for (uint16 a = 1; a <= 64; ++a) {
            append(journal, Entry(EntryCodec.SHORTFALL, a, 1, 0, bytes32(uint256(2)), 0));
        }
        assertLe(_gasOfTheRest(), CEILING);
        (, uint256 reportedWad, , , ) = ledger.coverageOf(SOURCE, 64);
        assertEq(reportedWad, 0.5e18);
    }

    function test_I14_64_appointments_in_one_transaction() public {
        for (uint80 i = 1; i <= 64; ++i) {
            bytes32 account = AccountLib.encode(alice, SOURCE, i);
            append(journal, Entry(EntryCodec.APPOINT, 0, 0, account, wordOf(bob), 0));
        }
        assertLe(_gasOfTheRest(), CEILING);
        (address operator, , ) = ledger.appointmentOf(AccountLib.encode(alice, SOURCE, 64));
        assertEq(operator, bob);
    }

    /// @notice Each report impairs the asset or clears it, and the last one answers a LOST.
    function test_I14_64_shortfalls_of_one_asset_in_one_transaction() public {
        for (uint256 i = 0; i < 64; ++i) {
            bytes32 party = bytes32(uint256(2) | ((i + 1) << 128));
            append(journal, Entry(EntryCodec.SHORTFALL, 1, uint128(1 - (i % 2)), 0, party, 0));
        }
        assertLe(_gasOfTheRest(), CEILING);
        (, uint256 reportedWad, uint40 since, , ) = ledger.coverageOf(SOURCE, 1);
        assertEq(abi.encode(reportedWad, since), abi.encode(1e18, 0));
    }

    /// @notice Whoever weighs sixteen lines reads what is in force of each asset, and the frozen weight of each.
    function test_I14_the_margin_of_sixteen_lines_that_are_short_and_impaired() public {
        vm.startPrank(governor);
        for (uint16 a = 3; a <= 16; ++a) ledger.listAsset(assetListing(SOURCE, a, 1, 6));
        vm.stopPrank();
        for (uint16 a = 1; a <= 16; ++a) {
            lock(a, a == 2 ? 20 * ONE_ETH : 20 * ONE_USD, accountOf(bob), 0);
            append(journal, Entry(EntryCodec.SHORTFALL, a, 1, 0, bytes32(uint256(2)), 0));
        }
        applyAll();
        vm.startPrank(bob);
        for (uint16 a = 1; a <= 16; ++a) ledger.setEnabled(accountOf(bob), a, true);
        vm.stopPrank();
        uint256 whole = _gasOfMargin();
        vm.warp(START + 7 days);
        refreshNow();
        for (uint16 a = 1; a <= 16; ++a) {
            ledger.cover(a);
            append(journal, Entry(EntryCodec.SHORTFALL, a, 3, 0, bytes32(uint256(4)), 0));
        }
        applyAll();
        setPrices(1e12, 2000e12);
        uint256 short = _gasOfMargin();
        console.log("margin of sixteen lines, impaired; short and impaired:", whole, short);
        assertLe(short, whole + 16 * 1_000, "what is impaired reads its coverage anyway");
        assertLe(short, 1_000_000);
    }

    /// @dev Gas of the margin of Bob, with cold storage.
    function _gasOfMargin() private returns (uint256 used) {
        vm.cool(address(ledger));
        vm.cool(address(risk));
        uint256 before = gasleft();
        (, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(bob));
        used = before - gasleft();
        assertGt(aM, 0);
        assertEq(ledger.linesOf(accountOf(bob)).length, 16);
    }

    function _account(uint80 sub) private view returns (bytes32) {
        return AccountLib.encode(alice, 0, sub);
    }

    /// @dev Gas of the batch that applies what is left, as a whole transaction with cold storage.
    function _gasOfTheRest() private returns (uint256) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint64 last = tip(journal);
        bytes memory call_ = abi.encodeCall(
            ILedgerCore.applyEntries,
            (
                SOURCE,
                count,
                entriesOf(journal, count, last),
                new uint64[](0),
                statementOf(journal, last),
                sign(statementOf(journal, last)),
                accountOf(relayer)
            )
        );
        vm.cool(address(ledger));
        uint256 before = gasleft();
        (bool ok, ) = address(ledger).call(call_);
        uint256 used = before - gasleft();
        assertTrue(ok);
        return used + 21_000 + 16 * call_.length;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICollateralLedger} from "../solidity/interfaces/ICollateralLedger.sol";
import {ILedgerBadDays} from "../solidity/interfaces/ILedgerBadDays.sol";
import {AccountLib} from "../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {LedgerReleaseFixture} from "./LedgerReleaseFixture.sol";

/// @notice Invariant I14 for entries other than LOCK, and for lines that have much to catch up with.
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
        (uint256 deficit, , , ) = ledger.impairmentOf(SOURCE, 64);
        assertEq(deficit, 1);
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

    function test_I14_64_lines_that_lack_127_scalings_in_one_transaction() public {
        for (uint80 i = 1; i <= 64; ++i) lock(USD, ONE_USD, _account(i), 0);
        applyAll();
        uint256 accounted = ledger.assetOf(USD).credited;
        for (uint256 s = 0; s < 127; ++s) {
            append(journal, Entry(EntryCodec.SHORTFALL, 1, 1, 0, bytes32(accounted | (s << 128)), 0));
            applyAll();
            vm.warp(vm.getBlockTimestamp() + 7 days);
            if (vm.getBlockTimestamp() > START + 364 days) {
                // The fixture's attesters sign for a year.
                vm.warp(START + 364 days);
                _ageReport();
            }
            refreshNow();
            ledger.scale(USD);
            accounted = ledger.assetOf(USD).credited;
        }
        append(journal, Entry(EntryCodec.SHORTFALL, 1, 1, 0, bytes32(accounted | (127 << 128)), 0));
        applyAll();
        _ageReport();
        refreshNow();
        vm.expectRevert(abi.encodeWithSelector(ILedgerBadDays.TooManyScalings.selector, USD, 127));
        ledger.scale(USD);
        append(journal, Entry(EntryCodec.SHORTFALL, 1, 0, 0, bytes32(accounted | (127 << 128)), 0));
        applyAll();
        uint256 before = ledger.lineOf(_account(64), USD).amount;
        for (uint80 i = 1; i <= 64; ++i) lock(USD, 1, _account(i), 0);
        assertLe(_gasOfTheRest(), CEILING);
        assertEq(ledger.lineOf(_account(64), USD).amount, before + 1);
        assertEq(ledger.lineOf(_account(64), USD).flags >> 1, 127);
    }

    /// @dev Puts the report's date seven days back: `_impairments` is the mapping whose slot the layout's snapshot names.
    function _ageReport() private {
        bytes32 slot = keccak256(abi.encode(uint16(1), keccak256(abi.encode(SOURCE, _impairmentsSlot()))));
        uint256 word = uint256(vm.load(address(ledger), slot));
        uint256 since = vm.getBlockTimestamp() - 7 days;
        word = (word & ~(uint256(type(uint40).max) << 208)) | (since << 208);
        vm.store(address(ledger), slot, bytes32(word));
    }

    /// @dev Found by what the report left there, so that a field added before it does not matter.
    function _impairmentsSlot() private view returns (uint256 slot) {
        (uint256 deficit, uint256 accounted, , ) = ledger.impairmentOf(SOURCE, 1);
        for (slot = 0; slot < 64; ++slot) {
            uint256 word = uint256(
                vm.load(address(ledger), keccak256(abi.encode(uint16(1), keccak256(abi.encode(SOURCE, slot)))))
            );
            if (uint104(word) == deficit && uint104(word >> 104) == accounted && deficit != 0) return slot;
        }
        revert("no such mapping");
    }

    function _account(uint80 sub) private view returns (bytes32) {
        return AccountLib.encode(alice, 0, sub);
    }

    /// @dev Gas of the batch that applies what is left, as a whole transaction with cold storage.
    function _gasOfTheRest() private returns (uint256) {
        (, uint64 count, , , , ) = ledger.replicaOf(SOURCE);
        uint64 last = tip(journal);
        bytes memory call_ = abi.encodeCall(
            ICollateralLedger.applyEntries,
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

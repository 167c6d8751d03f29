// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpetualBook} from "@surety/examples/perpetual-book/solidity/PerpetualBook.sol";
import {ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {IMarginReports, MarginReport} from "../../solidity/interfaces/IMarginRequirement.sol";
import {Statements} from "../../solidity/edge/Statements.sol";
import {MarginReports} from "../../solidity/reports/MarginReports.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";

/// @notice Alice has 28,872 of initial assets and takes reports at a book of perpetuals.
abstract contract MarginReportFixture is LedgerReleaseFixture {
    uint256 internal constant INFINITE = type(uint128).max;

    MarginReports internal reports;
    PerpetualBook internal book;
    bytes32 internal account;

    function setUp() public virtual override {
        super.setUp();
        vm.roll(1_000);
        reports = new MarginReports(address(attesters));
        book = new PerpetualBook(ILedgerProtocols(address(ledger)), IMarginReports(address(reports)));
        account = accountOf(alice);
        vm.prank(governor);
        ledger.listProtocol(address(book));
        vm.startPrank(alice);
        ledger.optIn(account, address(book));
        book.takeReports(account, true);
        vm.stopPrank();
    }

    /// @dev A report about the position as it is, at the block before this one, that counts as long as a report may.
    function reportAt(uint128 initialWad, uint128 maintenanceWad) internal view returns (MarginReport memory) {
        (uint64 nonce, , ) = book.positionsOf(account);
        uint256 before = vm.getBlockNumber() - 1;
        return
            MarginReport({
                reports: address(reports),
                protocol: address(book),
                account: account,
                positionNonce: nonce,
                blockNumber: uint64(before),
                blockHash: blockhash(before),
                asOf: uint64(vm.getBlockTimestamp() - 12),
                inputsHash: keccak256("inputs"),
                parameterVersion: "shipped-1",
                initialWad: initialWad,
                maintenanceWad: maintenanceWad,
                expiry: uint64(vm.getBlockTimestamp() + 15 minutes),
                epoch: 1
            });
    }

    /// @dev The first members' signatures of a struct hash, under the verifier's domain.
    function signHash(bytes32 structHash, uint256 count) internal view returns (bytes memory sigs) {
        for (uint256 i = 0; i < count; ++i) sigs = bytes.concat(sigs, signOne(structHash, i));
    }

    function signOne(bytes32 structHash, uint256 index) internal view returns (bytes memory) {
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), structHash);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[index], digest);
        return abi.encodePacked(r, s, v);
    }

    function signReport(MarginReport memory report) internal view returns (bytes memory) {
        return signHash(reports.hashOf(report), 3);
    }

    function submit(MarginReport memory report) internal {
        reports.submit(report, signReport(report));
    }

    /// @dev Reports these figures about the position as it is.
    function submitFigures(uint128 initialWad, uint128 maintenanceWad) internal {
        submit(reportAt(initialWad, maintenanceWad));
    }

    function tradeEth(int128 sizeWad) internal {
        vm.prank(alice);
        book.trade(account, ETH, sizeWad);
    }

    /// @dev Time goes on by whole blocks of 12 s; prices are told again.
    function laterBy(uint256 seconds_) internal {
        vm.roll(vm.getBlockNumber() + seconds_ / 12 + 1);
        vm.warp(vm.getBlockTimestamp() + seconds_);
        setPrices(1e12, 2000e12);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../solidity/edge/IEdge.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerLosses} from "../../solidity/interfaces/ledger/ILedgerLosses.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {ParkReason} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LineWords} from "../../solidity/interfaces/IRiskManager.sol";
import {LedgerProtocols} from "../../solidity/ledger/LedgerProtocols.sol";
import {LedgerTerms} from "../../solidity/ledger/LedgerTerms.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {LedgerReleaseFixture} from "../ledger/accounts/LedgerReleaseFixture.sol";
import {TestJournal} from "../ledger/LedgerFixture.sol";

/// @notice What happened elsewhere, tried here against the ledger.
contract LedgerIncidentsTest is LedgerReleaseFixture {
    TestJournal private foreign;

    /// @notice A guardian stops a payment that thieves forged at a vault; the refund of what nobody had released would be
    ///         credit from nothing, so that stopping the theft would carry it out.
    function test_I4_incident_a_guardian_stops_a_forged_payment_and_mints_no_credit() public {
        release(alice, ETH, 5 * ONE_ETH, 0);
        // Never released; released by somebody else; released, but less; released, but of the other asset.
        Entry[4] memory forged = [
            Entry(EntryCodec.REFUND, 2, 1_000 * ONE_ETH, accountOf(bob), bytes32(uint256(7)), 0),
            Entry(EntryCodec.REFUND, 2, 5 * ONE_ETH, accountOf(bob), bytes32(uint256(1)), 0),
            Entry(EntryCodec.REFUND, 2, 6 * ONE_ETH, accountOf(alice), bytes32(uint256(1)), 0),
            Entry(EntryCodec.REFUND, 1, 5 * ONE_ETH, accountOf(alice), bytes32(uint256(1)), 0)
        ];
        for (uint256 i = 0; i < 4; ++i) append(journal, forged[i]);
        // The true one, in the same batch, still comes back.
        append(journal, Entry(EntryCodec.REFUND, 2, 5 * ONE_ETH, accountOf(alice), bytes32(uint256(1)), 0));
        applyAll();
        assertEq(amountOf(bob, ETH), 0);
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(amountOf(alice, ETH), 20 * ONE_ETH);
        // The guardian was right to stop them: that holds up nobody.
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(SourceState.LIVE));
        release(alice, ETH, ONE_ETH, 0);
    }

    /// @notice A borrower sees the price fall and withdraws, or hides, what is about to be seized.
    function test_I5_incident_a_withdrawal_races_a_seizure() public {
        address auction = makeAddr("auction");
        vm.prank(governor);
        ledger.setAuction(auction);
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        _openPosition(alice, 28_000e18);
        vm.warp(vm.getBlockTimestamp() + 1);
        setPrices(1e12, 400e12);

        bytes32 account = accountOf(alice);
        bytes32 puppet = AccountLib.encode(alice, 0, 9);
        vm.startPrank(alice);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        ledger.requestRelease(account, ETH, ONE_ETH, wordOf(alice), 0);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        ledger.transfer(account, puppet, ETH, 20 * ONE_ETH);
        vm.expectPartialRevert(ILedgerMargin.MarginTooLow.selector);
        ledger.setEnabled(account, ETH, false);
        vm.expectPartialRevert(ILedgerProtocols.RequirementLeft.selector);
        ledger.optOut(account, address(protocol));
        vm.stopPrank();
        vm.prank(auction);
        seizeOne(account, accountOf(bob), ETH, 20 * ONE_ETH);
        vm.expectRevert(abi.encodeWithSelector(ILedgerAccounts.AmountUnavailable.selector, ONE_ETH, 0));
        vm.prank(alice);
        ledger.requestRelease(account, ETH, ONE_ETH, wordOf(alice), 0);
        assertEq(amountOf(bob, ETH), 20 * ONE_ETH, "the winner has it at once");
    }

    /// @notice A token made for the purpose was posted as collateral, through a listing nobody checked or a bridge contract of
    ///         the attacker's own.
    function test_I3_incident_a_forged_asset_is_used_as_collateral() public {
        lock(3, 1e30, accountOf(bob), 0);
        applyAll();
        assertEq(uint8(ledger.parkedOf(SOURCE, 4).reason), uint8(ParkReason.UNLISTED));
        vm.expectPartialRevert(ILedgerAccounts.UnparkRefused.selector);
        ledger.unpark(SOURCE, 4);
        (uint256 aI, , , , uint256 aM, , , ) = ledger.marginOf(accountOf(bob));
        assertEq(aI + aM, 0);

        // A vault of the attacker's own has an edge of its own, even if attesters signed for it.
        openJournal(foreign, bob);
        append(foreign, lockEntry(1, 1_000 * ONE_USD, accountOf(bob), 0));
        JournalHead memory statement = statementOf(foreign, 1);
        bytes memory sigs = sign(statement);
        vm.expectRevert(abi.encodeWithSelector(IEdge.EdgeMismatch.selector, foreign.edge, journal.edge));
        ledger.applyEntries(SOURCE, 0, foreign.packed, new uint64[](0), statement, sigs, accountOf(relayer));
        vm.expectRevert(abi.encodeWithSelector(ILedgerTerms.SourceUnknown.selector, 9));
        ledger.applyEntries(9, 0, foreign.packed, new uint64[](0), statement, sigs, accountOf(relayer));
        assertEq(foreign.edge, EdgeLib.nameOf(ORIGIN, bob, block.chainid, address(ledger), 0, 0));
    }

    /// @notice A pool was emptied by gifts and by dust: shares were rounded in favour of whoever split its deposits finely
    ///         enough. An asset that is short is where this ledger rounds.
    function testFuzz_I12_incident_dust_and_gifts_win_nothing_from_a_shortage(uint256 seed) public {
        uint256 parts = 1 + (seed % 12);
        uint256 total;
        bytes32[] memory accounts = new bytes32[](parts);
        for (uint80 i = 0; i < parts; ++i) {
            uint128 dust = uint128(1 + (uint256(keccak256(abi.encode(seed, i))) % 9));
            accounts[i] = AccountLib.encode(bob, 0, 100 + i);
            lock(USD, dust, accounts[i], 0);
            total += dust;
        }
        applyAll();
        uint256 accounted = ledger.assetOf(USD).credited;
        uint256 deficit = 1 + ((seed >> 64) % accounted);
        append(journal, Entry(EntryCodec.SHORTFALL, 1, uint128(deficit), 0, bytes32(accounted), 0));
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        ledger.cover(USD);
        uint256 sum;
        for (uint256 i = 0; i < parts; ++i) sum += _countedOf(accounts[i], bob);
        assertLe(sum * accounted, total * (accounted - deficit), "no better than in proportion");
        sum += _countedOf(accountOf(alice), alice) + _countedOf(accountOf(bob), bob);
        assertLe(sum, accounted - deficit, "no more than is there");
    }

    /// @dev Units of USD as margins count them.
    function _countedOf(bytes32 account, address owner) private returns (uint256) {
        vm.prank(owner);
        ledger.setEnabled(account, USD, true);
        (uint16[] memory assetIds, LineWords[] memory words) = ledger.lineWordsOf(account);
        for (uint256 i = 0; i < words.length; ++i) {
            if (assetIds[i] == USD) return uint112(words[i].line);
        }
        revert("USD does not count");
    }

    /// @notice A contract behind a proxy was initialised a second time, by a stranger who became its owner.
    function test_I3_incident_a_proxy_is_initialised_again() public {
        address[] memory modules = ledger.modules();
        (LedgerProtocols acts, LedgerTerms terms) = (LedgerProtocols(modules[1]), LedgerTerms(modules[2]));
        bytes32 before = _state();
        // What the modules keep when they are called directly is their own, and nobody reads it.
        vm.startPrank(governor);
        acts.setAuction(bob);
        acts.listProtocol(address(protocol));
        terms.listSource(sourceListing(SOURCE));
        vm.stopPrank();
        vm.warp(START + 7 days);
        assertEq(ledger.auction(), address(0));
        assertEq(_state(), before);
        // No name of an initialiser answers, and no slot of a proxy holds anything.
        string[4] memory names = ["initialize()", "init()", "upgradeTo(address)", "upgradeToAndCall(address,bytes)"];
        for (uint256 i = 0; i < 4; ++i) {
            (bool ok, ) = address(ledger).call(
                abi.encodePacked(bytes4(keccak256(bytes(names[i]))), abi.encode(bob, 64, 0))
            );
            assertFalse(ok, names[i]);
        }
        string[2] memory places = ["eip1967.proxy.implementation", "eip1967.proxy.admin"];
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 slot = bytes32(uint256(keccak256(bytes(places[i]))) - 1);
            assertEq(vm.load(address(ledger), slot), 0, places[i]);
        }
    }

    /// @notice An administrator swept "surplus" that belonged to depositors. Here every role does all that it may, and no
    ///         line falls.
    function test_I3_incident_a_role_sweeps_accounted_funds() public {
        bytes32 before = _lines();
        vm.startPrank(governor);
        ledger.setCap(USD, 0);
        ledger.setAuction(governor);
        ledger.releaseFrom(address(protocol));
        vm.stopPrank();
        vm.prank(riskAdmin);
        ledger.setCap(ETH, 0);
        vm.prank(pauser);
        ledger.pause(SOURCE, 0, 2, uint40(START + 72 hours));
        vm.prank(guardian);
        ledger.quarantine(SOURCE, uint40(START + 72 hours));
        assertEq(_lines(), before);
        // A week later the governor is the auction that it named, and still takes nothing: nobody owes anything.
        vm.warp(START + 8 days);
        address[3] memory by = [governor, guardian, pauser];
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 to = accountOf(by[i]);
            (uint16[] memory assetIds, uint128[] memory amounts) = oneLine(ETH, ONE_ETH);
            bytes[4] memory calls = [
                abi.encodeCall(ILedgerProtocols.seize, (accountOf(alice), to, assetIds, amounts)),
                abi.encodeCall(ILedgerAccounts.transfer, (accountOf(alice), to, ETH, ONE_ETH)),
                abi.encodeCall(ILedgerAccounts.requestRelease, (accountOf(alice), ETH, ONE_ETH, wordOf(by[i]), 0)),
                abi.encodeCall(ILedgerLosses.cover, (ETH))
            ];
            for (uint256 c = 0; c < 4; ++c) {
                vm.prank(by[i]);
                (bool ok, ) = address(ledger).call(calls[c]);
                assertFalse(ok);
            }
        }
        assertEq(_lines(), before);
    }

    function _lines() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    ledger.lineOf(accountOf(alice), USD),
                    ledger.lineOf(accountOf(alice), ETH),
                    ledger.lineOf(accountOf(bob), USD),
                    ledger.lineOf(accountOf(bob), ETH)
                )
            );
    }

    function _state() private view returns (bytes32) {
        (, uint64 count, bytes32 head, , , SourceState state) = ledger.replicaOf(SOURCE);
        return
            keccak256(
                abi.encode(_lines(), ledger.assetOf(USD), ledger.assetOf(ETH), count, head, state, ledger.governor())
            );
    }
}

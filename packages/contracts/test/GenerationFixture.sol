// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AttesterSet} from "../solidity/attesters/AttesterSet.sol";
import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {Statements} from "../solidity/libraries/Statements.sol";
import {TestJournal} from "./LedgerFixture.sol";
import {RoundTripFixture} from "./RoundTripFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @notice A real vault and a real ledger whose edges part: attesters sign entries that only one side ever had, and each side
///         is closed and opened at a point.
/// @dev `journal` is what attesters sign of the vault's edge, `back` what they sign of the ledger's. What really happened at
///      the other side is kept in `survived` and `survivedBack` from the moment of the break.
abstract contract GenerationFixture is RoundTripFixture {
    TestJournal internal survived;
    TestJournal internal survivedBack;
    address internal carol = makeAddr("carol");
    address internal mallory = makeAddr("mallory");
    /// @dev Everybody who may hold a line.
    address[5] internal everybody;

    function setUp() public virtual override {
        super.setUp();
        everybody = [alice, bob, carol, mallory, relayer];
    }

    /// @dev So high that no credit of these tests is above the season level.
    function capOfAssets() internal pure virtual override returns (uint64) {
        return 16_000_000;
    }

    // Signing

    function signPoint(
        AttesterSet by,
        bytes32 edge,
        uint64 count,
        bytes32 head,
        uint256 signers
    ) internal view returns (bytes memory sigs) {
        bytes32 structHash = Statements.generationHashOf(edge, count, head, 1);
        bytes32 digest = Statements.digestOf(by.domainSeparator(), structHash);
        for (uint256 i = 0; i < signers; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
    }

    function signAtOrigin(bytes32 edge, uint64 count, bytes32 head) internal returns (bytes memory sigs) {
        vm.chainId(ORIGIN);
        sigs = signPoint(verifier, edge, count, head, 3);
        vm.chainId(SETTLEMENT);
    }

    // The edge from the vault

    /// @dev From now on the vault goes on alone: attesters sign what it never journaled.
    function part() internal {
        survived.edge = journal.edge;
        survived.packed = journal.packed;
        survived.heads = journal.heads;
    }

    /// @dev A lock that happened, after the break.
    function lockReally(address from, uint16 asset, uint128 amount, uint96 fee) internal {
        PlainToken token = tokens[asset - 1];
        token.mint(from, amount);
        vm.startPrank(from);
        token.approve(address(origin), amount);
        origin.lock(asset, amount, accountOf(from), 0, fee, 0);
        vm.stopPrank();
        append(survived, lockEntry(asset, amount, accountOf(from), fee));
    }

    /// @dev Closes the ledger's replica at a count of the prefix and undoes all in one step.
    function closeAtLedger(uint64 count) internal {
        beginAtLedger(count);
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        ledger.continueEdge(SOURCE, journal.heads[count], entriesOf(journal, count, applied));
    }

    function beginAtLedger(uint64 count) internal {
        (, uint64 applied, , , , ) = ledger.replicaOf(SOURCE);
        if (count != applied && count != 0) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, applied));
        }
        bytes memory sigs = signPoint(attesters, journal.edge, count, journal.heads[count], 3);
        vm.prank(governor);
        ledger.closeEdge(SOURCE, count, journal.heads[count], 1, sigs);
    }

    /// @dev Opens the vault's journal after a count of the prefix, and follows it: `journal` is the next generation then.
    function openAtVault(uint64 count) internal {
        bytes memory sigs = signAtOrigin(survived.edge, count, survived.heads[count]);
        bytes memory entries = entriesOf(survived, count, tip(survived));
        vm.chainId(ORIGIN);
        vm.prank(governor);
        origin.openGeneration(count, survived.heads[count], 1, sigs, entries);
        vm.chainId(SETTLEMENT);
        followOrigin(count, 1);
    }

    /// @dev Makes `journal` the next generation, with the surviving entries past a count as its first ones.
    function followOrigin(uint64 count, uint32 generation) internal {
        _startOver(
            journal,
            EdgeLib.nameOf(ORIGIN, vault, SETTLEMENT, address(ledger), generation, survived.heads[count])
        );
        for (uint64 i = count; i < tip(survived); ++i) append(journal, entryOf(survived, i));
        (bytes32 edge, uint64 length, bytes32 head) = origin.journalHead();
        assertEq(abi.encode(edge, length, head), abi.encode(journal.edge, tip(journal), journal.heads[tip(journal)]));
    }

    // The edge from the ledger

    /// @dev A release at the ledger, in attesters' eyes and in truth.
    function releaseReally(
        address owner,
        uint16 assetId,
        uint128 amount,
        uint96 fee
    ) internal returns (Entry memory e) {
        e = releaseOf(owner, assetId, amount, fee);
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), assetId, amount, e.party, fee);
        append(back, e);
    }

    function releaseOf(address owner, uint16 assetId, uint128 amount, uint96 fee) internal view returns (Entry memory) {
        return
            Entry({
                kind: EntryCodec.RELEASE,
                asset: ledger.assetOf(assetId).terms.vaultAsset,
                amount: amount,
                account: accountOf(owner),
                party: bytes32(uint256(uint160(owner))),
                fee: fee
            });
    }

    /// @dev From now on the ledger goes on alone.
    function partBack() internal {
        survivedBack.edge = back.edge;
        survivedBack.packed = back.packed;
        survivedBack.heads = back.heads;
    }

    /// @dev A release that happened, after the break.
    function releaseAlone(address owner, uint16 assetId, uint128 amount) internal {
        Entry memory e = releaseOf(owner, assetId, amount, 0);
        vm.prank(owner);
        ledger.requestRelease(accountOf(owner), assetId, amount, e.party, 0);
        append(survivedBack, e);
    }

    function closeAtVault(uint64 count) internal {
        beginAtVault(count);
        (, uint64 applied, , , , ) = origin.replicaState();
        origin.continueEdge(back.heads[count], entriesOf(back, count, applied));
    }

    function beginAtVault(uint64 count) internal {
        (, uint64 applied, , , , ) = origin.replicaState();
        if (count != applied && count != 0) {
            origin.mark(count, back.heads[count], entriesOf(back, count, applied));
        }
        bytes memory sigs = signAtOrigin(back.edge, count, back.heads[count]);
        vm.chainId(ORIGIN);
        vm.prank(governor);
        origin.closeEdge(count, back.heads[count], 1, sigs);
        vm.chainId(SETTLEMENT);
    }

    function openAtLedger(uint64 count) internal {
        bytes memory sigs = signPoint(attesters, survivedBack.edge, count, survivedBack.heads[count], 3);
        bytes memory entries = entriesOf(survivedBack, count, tip(survivedBack));
        vm.prank(governor);
        ledger.openGeneration(SOURCE, count, survivedBack.heads[count], 1, sigs, entries);
        followLedger(count, 1);
    }

    function followLedger(uint64 count, uint32 generation) internal {
        _startOver(
            back,
            EdgeLib.nameOf(SETTLEMENT, address(ledger), ORIGIN, vault, generation, survivedBack.heads[count])
        );
        for (uint64 i = count; i < tip(survivedBack); ++i) append(back, entryOf(survivedBack, i));
        (bytes32 edge, uint64 length, bytes32 head) = ledger.journalHead(SOURCE);
        assertEq(abi.encode(edge, length, head), abi.encode(back.edge, tip(back), back.heads[tip(back)]));
    }

    // Reading

    function entryOf(TestJournal storage of_, uint64 before) internal view returns (Entry memory) {
        return this.decode(entriesOf(of_, before, before + 1));
    }

    /// @notice Reads one packed entry.
    function decode(bytes calldata packed) external pure returns (Entry memory) {
        return EntryCodec.entryAt(packed, 0);
    }

    /// @dev Lines of everybody, which must be all there are.
    function linesOf(uint16 assetId) internal view returns (uint256 units) {
        for (uint256 i = 0; i < everybody.length; ++i) units += amountOf(everybody[i], assetId);
        assertEq(units, ledger.assetOf(assetId).credited, "I1: the sum of lines");
    }

    /// @dev I1 of the ledger: lines and parked credit, less what is owed, are what is locked and not released.
    function assertHeld(uint16 assetId, uint256 units) internal view {
        uint256 held = linesOf(assetId) + ledger.assetOf(assetId).parked;
        assertEq(held, units + ledger.writeOffOf(assetId).owing, "I1: what lines and parked credit hold");
    }

    function _startOver(TestJournal storage of_, bytes32 edge) private {
        of_.edge = edge;
        of_.packed = "";
        delete of_.heads;
        of_.heads.push(edge);
    }
}

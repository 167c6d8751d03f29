// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice A ledger's replica that goes back to a point of its journal.
/// @dev `journal` is what attesters sign: after a rewind it ends at the point, its heads stay as they are, and its edge is the name
///      that statements carry.
abstract contract RewindFixture is LedgerFixture {
    uint256 internal constant UNSETTLED = 16;

    uint32 internal generation;

    /// @dev What an asset of the vault waits for, as `unsettledOf` gives it.
    struct Left {
        uint256 orphaned;
        uint256 missing;
        uint256 found;
        uint96 lostSeq;
    }

    // Rewinding

    function nameAt(uint32 generation_, bytes32 head) internal view returns (bytes32) {
        return EdgeLib.nameOf(ORIGIN, vault, block.chainid, address(ledger), generation_, head);
    }

    /// @dev The statement of a point, under the name that the replica takes there.
    function pointOf(uint64 count) internal view returns (JournalHead memory point) {
        point = statementOf(journal, count);
        point.edge = nameAt(generation + 1, journal.heads[count]);
    }

    /// @dev Begins to rewind to a count of the journal, which the replica has applied whole.
    function begin(uint64 count) internal {
        if (count != 0 && count != tip(journal)) {
            ledger.mark(SOURCE, count, journal.heads[count], entriesOf(journal, count, tip(journal)));
        }
        JournalHead memory point = pointOf(count);
        bytes memory sigs = sign(point);
        vm.prank(governor);
        ledger.rewind(SOURCE, point, sigs);
    }

    function unwind(uint64 from, uint64 to) internal {
        ledger.unwind(SOURCE, journal.heads[from], entriesOf(journal, from, to));
    }

    /// @dev All in one step; the journal ends at the point then. Gives what was unwound.
    function rewindTo(uint64 count) internal returns (bytes memory tail) {
        tail = entriesOf(journal, count, tip(journal));
        begin(count);
        unwind(count, tip(journal));
        follow(count);
    }

    function follow(uint64 count) internal {
        journal.edge = nameAt(++generation, journal.heads[count]);
        journal.packed = entriesOf(journal, 0, count);
        while (tip(journal) > count) journal.heads.pop();
    }

    /// @dev Appends packed entries to the journal and applies it.
    function comeAgain(bytes memory tail) internal {
        for (uint256 i = 0; i < tail.length / EntryCodec.LENGTH; ++i) append(journal, this.decode(tail, i));
        applyAll();
    }

    /// @notice Reads one of packed entries.
    function decode(bytes calldata packed, uint256 index) external pure returns (Entry memory) {
        return EntryCodec.entryAt(packed, index);
    }

    // Time

    /// @dev The replica is heard of at its tip, and three days of the source's clock pass.
    function passThreeDays() internal {
        refreshNow();
        pass(72 hours);
    }

    /// @dev Time passes, by the source's clock too.
    function pass(uint256 time) internal {
        vm.warp(vm.getBlockTimestamp() + time);
        setPrices(1e12, 2000e12);
        refreshNow();
    }

    // Reading

    function hashOf(Entry memory entry) internal pure returns (bytes32) {
        return keccak256(EntryCodec.pack(entry));
    }

    function leftOf(uint16 vaultAsset) internal view returns (Left memory left) {
        (left.orphaned, left.missing, left.found, left.lostSeq) = ledger.unsettledOf(SOURCE, vaultAsset);
    }

    function expectLeft(uint16 vaultAsset, uint256 orphaned, uint256 missing, uint256 found) internal view {
        Left memory left = leftOf(vaultAsset);
        assertEq(left.orphaned, orphaned, "orphaned");
        assertEq(left.missing, missing, "missing");
        assertEq(left.found, found, "found");
    }

    function expectOrphans(Entry memory entry, uint256 count, uint256 spent) internal view {
        (uint256 orphans, uint256 spentUnits) = ledger.orphansOf(SOURCE, hashOf(entry));
        assertEq(orphans, count, "orphans");
        assertEq(spentUnits, spent, "spent");
    }

    /// @dev Whether what is replayed is compared with orphans.
    function isWatched() internal view returns (bool) {
        (, uint256 source) = ledger.termWordsOf(USD);
        return uint8(source >> 144) & 32 != 0;
    }

    function assetFlags(uint16 assetId) internal view returns (uint256) {
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        return uint8(asset >> 56);
    }

    function stateIs(SourceState expected) internal view {
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        assertEq(uint8(state), uint8(expected), "state");
    }
}

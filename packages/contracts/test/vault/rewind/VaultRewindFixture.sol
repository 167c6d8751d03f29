// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice A vault whose replica of the ledger's journal is rewound. `packed` and `heads` are what attesters signed: after a rewind they
///         are what the replica has left, and a test goes on from there with what the ledger's journal really holds.
abstract contract VaultRewindFixture is VaultReleaseFixture {
    /// @dev Name that statements carry now, and how often the replica was rewound.
    bytes32 private _name;
    uint32 internal generation;

    function setUp() public virtual override {
        super.setUp();
        _name = heads[0];
    }

    function edgeNow() internal view virtual override returns (bytes32) {
        return _name;
    }

    /// @dev Name of the edge after so many rewinds, the last of them to that head.
    function nameOf(uint32 rewinds, bytes32 head) internal view returns (bytes32) {
        return EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), rewinds, head);
    }

    /// @dev Statement of a point: what a rewind to that count is called with.
    function pointOf(uint64 count) internal view returns (JournalHead memory point) {
        point = statementOf(count);
        point.edge = nameOf(generation + 1, heads[count]);
    }

    /// @dev Begins a rewind; the point's head is marked first, as anyone may.
    function begin(uint64 count) internal {
        if (count != 0 && count != tip()) vault.mark(count, heads[count], entriesOf(count, tip()));
        beginAt(pointOf(count));
    }

    function beginAt(JournalHead memory point) internal {
        bytes memory sigs = sign(point);
        vm.prank(governor);
        vault.rewind(point, sigs);
    }

    /// @dev All that is left past a count, in one step, by anyone.
    function unwindTo(uint64 count) internal {
        (, , , uint64 from, ) = vault.rewindOf();
        bytes memory entries = entriesOf(count, from);
        vm.prank(carol);
        vault.unwind(heads[count], entries);
    }

    function rewindTo(uint64 count) internal {
        begin(count);
        unwindTo(count);
        cutTo(count);
    }

    /// @dev After a rewind: nothing is left of what was signed past the point, and statements carry the next name.
    function cutTo(uint64 count) internal {
        _name = nameOf(++generation, heads[count]);
        packed = entriesOf(0, count);
        while (tip() != count) heads.pop();
    }

    /// @dev Releases of one token each are journaled and replayed.
    function replay(uint256 releases) internal {
        for (uint256 i = 0; i < releases; ++i) release(ONE, bob, 0);
        applyAll();
    }

    function assertEdgeState(SourceState expected) internal view {
        (, , , , , SourceState state) = vault.replicaState();
        assertEq(uint8(state), uint8(expected), "state of the edge");
    }

    function hashOf(uint96 seq) internal view returns (bytes32) {
        return keccak256(entryOf(seq));
    }

    function payLate(uint96 seq) internal {
        skip(7 days);
        pay(seq);
    }

    /// @dev One witness stands in a slot, and must confirm.
    function needWitness(uint8 slot) internal returns (TestWitness witness) {
        witness = new TestWitness();
        vm.startPrank(governor);
        vault.setWitness(slot, address(witness), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
    }

    /// @dev A fast limit of a thousand tokens.
    function limitFast() internal {
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        vm.stopPrank();
    }

    function recordHead(TestWitness witness, uint64 count) internal {
        witness.record(heads[0], count, heads[count]);
    }
}

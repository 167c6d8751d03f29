// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EdgeLib} from "../solidity/libraries/EdgeLib.sol";
import {Statements} from "../solidity/libraries/Statements.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";

/// @notice A vault whose replica of the ledger's journal is closed at a point, and goes on as its next generation.
abstract contract VaultGenerationFixture is VaultReleaseFixture {
    /// @dev First entry of the journal that was closed last.
    bytes internal firstEntry;

    function signPoint(
        bytes32 edge,
        uint64 count,
        bytes32 head,
        uint256 signers
    ) internal view returns (bytes memory sigs) {
        bytes32 structHash = Statements.generationHashOf(edge, count, head, 1);
        bytes32 digest = Statements.digestOf(attesters.domainSeparator(), structHash);
        for (uint256 i = 0; i < signers; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            sigs = bytes.concat(sigs, abi.encodePacked(r, s, v));
        }
    }

    function beginClosing(uint64 count) internal {
        if (count != 0 && count != tip()) vault.mark(count, heads[count], entriesOf(count, tip()));
        bytes memory sigs = signPoint(heads[0], count, heads[count], 3);
        vm.prank(governor);
        vault.closeEdge(count, heads[count], 1, sigs);
        if (tip() != 0) firstEntry = entryOf(1);
    }

    /// @dev All that is left past the point, in one step.
    function undoTo(uint64 count) internal {
        vault.continueEdge(heads[count], entriesOf(count, tip()));
    }

    function closeTo(uint64 count) internal {
        beginClosing(count);
        undoTo(count);
    }

    /// @dev The ledger's journal as its next generation, without an entry.
    function follow(uint64 count, uint32 generation) internal {
        bytes32 edge = EdgeLib.nameOf(
            SETTLEMENT_CHAIN,
            ledger,
            block.chainid,
            address(vault),
            generation,
            heads[count]
        );
        assertEq(vault.inboundEdge(), edge);
        packed = "";
        delete heads;
        heads.push(edge);
    }

    function payLate(uint96 seq, bytes memory entry) internal {
        skip(7 days);
        vault.pay(seq, entry, relayer);
    }
}

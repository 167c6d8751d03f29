// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEdge} from "../../../solidity/edge/IEdge.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ExitClaim, IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {TrieProof} from "../../../solidity/proofs/TrieProof.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice An exit while something of an asset is not settled at the ledger since a rewind: all who claim bear it.
contract VaultExitUnsettledTest is VaultExitFixture {
    uint128 private constant FORGED = LOCKED / 4;

    /// @notice A forged lock was credited and its entry unwound: its line claims as any, and nobody's place in the queue matters.
    function test_I1_what_was_not_settled_is_borne_by_all_who_claim() public {
        setLine(accountOf(carol), FORGED);
        _leave(FORGED, 0);
        anchor();
        openLate();
        uint128 bobs = LOCKED - LINE;
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitUnsettled(asset, FORGED);
        expectShortfallOfAll(LOCKED + FORGED);
        uint96 first = this.claimWhole(carol, FORGED);
        uint96 second = claimLine(alice, LINE, alice);
        uint96 third = claimLine(bob, bobs, bob);
        assertBooks(asset, LOCKED + FORGED, LOCKED + FORGED, 0);
        payExit(first, accountOf(carol), FORGED, carol);
        payExit(second, accountOf(alice), LINE, alice);
        payExit(third, accountOf(bob), bobs, bob);
        assertEq(token.balanceOf(carol), (uint256(FORGED) * 4) / 5);
        assertEq(token.balanceOf(alice), (uint256(LINE) * 4) / 5);
        assertEq(token.balanceOf(bob), (uint256(bobs) * 4) / 5);
    }

    /// @notice Credited, spent and taken back: what is missing is on other lines.
    function test_I1_what_is_missing_is_borne_as_what_is_orphaned() public {
        _leave(FORGED, FORGED / 2);
        anchor();
        openLate();
        claimLine(alice, ONE, alice);
        assertEq(vault.accounted(asset), LOCKED + FORGED + FORGED / 2);
    }

    function test_I1_a_lock_that_is_an_orphan_is_claimed_beside_its_line_and_all_bear_it() public {
        (, uint64 count, bytes32 before) = vault.journalHead();
        lockFor(asset, IERC20(address(token)), FORGED);
        bytes memory entry = EntryCodec.pack(releaseEntry(asset, FORGED, alice, 0));
        entry[0] = bytes1(EntryCodec.LOCK);
        for (uint256 i = 51; i < 83; ++i) entry[i] = 0;
        setApplied(count, before, entry);
        // The replica was rewound to before the lock; its credit is on the line still.
        setLine(accountOf(alice), LINE + FORGED);
        _leave(FORGED, 0);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), FORGED, alice);
        vm.prank(alice, alice);
        vault.claimEntry(claim, count + 1, before, entry);
        claimLine(alice, LINE + FORGED, alice);
        claimLine(bob, LOCKED - LINE, bob);
        assertBooks(asset, LOCKED + 2 * FORGED, LOCKED + 2 * FORGED, 0);
    }

    function test_the_first_claim_shows_it_and_no_later_one() public {
        _leave(FORGED, 0);
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(accountOf(alice), ONE, alice);
        claim.unsettledProof = new bytes[](0);
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(claim.account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.expectRevert(abi.encodeWithSelector(TrieProof.NodeMissing.selector, 0));
        vm.prank(alice, alice);
        vault.claimLine(claim, ASSET_ID, line, where);
        vault.endAsset(asset, unsettledProof(asset));
        assertEq(vault.accounted(asset), LOCKED + FORGED);
        vm.prank(alice, alice);
        vault.claimLine(claim, ASSET_ID, line, where);
        assertEq(vault.accounted(asset), LOCKED + FORGED, "once");
    }

    /// @notice The word of another asset, or of another source, tells nothing of this one.
    function test_I4_the_word_of_another_asset_is_not_shown_for_this_one() public {
        _leave(FORGED, 0);
        anchor();
        openLate();
        bytes[] memory another = unsettledProof(asset + 1);
        vm.expectPartialRevert(TrieProof.NodeHashMismatch.selector);
        vault.endAsset(asset, another);
    }

    function test_I1_no_more_is_accounted_than_fits() public {
        _leave(type(uint104).max, type(uint104).max);
        anchor();
        openLate();
        bytes[] memory proof = unsettledProof(asset);
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitUnsettled(asset, type(uint104).max - LOCKED);
        vault.endAsset(asset, proof);
        assertEq(vault.accounted(asset), type(uint104).max);
    }

    function test_where_all_is_settled_nothing_is_told() public {
        chain.set(LedgerSlots.unsettledOf(SOURCE, asset + 1), 77);
        chain.set(LedgerSlots.unsettledOf(SOURCE + 1, asset), 77);
        // Bits above both sums must not matter.
        chain.set(LedgerSlots.unsettledOf(SOURCE, asset), uint256(5) << 208);
        anchor();
        openLate();
        (, uint64 count, ) = vault.journalHead();
        bytes[] memory proof = unsettledProof(asset);
        vm.recordLogs();
        vault.endAsset(asset, proof);
        assertEq(vm.getRecordedLogs().length, 2, "the entry and what it says");
        assertEq(vault.accounted(asset), LOCKED);
        (, uint64 after_, ) = vault.journalHead();
        assertEq(after_, count + 1);
    }

    // What a test expects is one call

    function claimWhole(address owner, uint128 amount) external returns (uint96) {
        return claimLine(owner, amount, owner);
    }

    /// @dev What a rewind of the ledger left open in the block that is built.
    function _leave(uint256 orphaned, uint256 missing) private {
        chain.set(LedgerSlots.unsettledOf(SOURCE, asset), orphaned | (missing << 104));
    }

    /// @dev The next act tells the ledger that nothing is left of so many units.
    function expectShortfallOfAll(uint256 accounted) private {
        (bytes32 edge, uint64 count, ) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IEdge.Journaled(edge, count + 1, EntryCodec.SHORTFALL, asset, uint128(accounted), 0, bytes32(accounted));
    }
}

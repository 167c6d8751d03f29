// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SourceListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {LedgerFixture} from "../LedgerFixture.sol";

/// @notice The flags in the words that risk managers read, each beside others that stay as they are. The first
///         source is one for development, the second is none.
contract LedgerFlagsTest is LedgerFixture {
    uint16 private constant SECOND = 8;
    uint8 private constant ASSET_PAUSED = 1;
    uint8 private constant ASSET_IMPAIRED = 4;
    uint8 private constant SOURCE_DEVELOPMENT = 1;
    uint8 private constant SOURCE_PAUSED = 2;
    uint8 private constant SOURCE_EXTENDED = 4;
    uint8 private constant FALLING = 128;

    /// @dev An asset of the second source.
    uint16 private other;

    function setUp() public override {
        super.setUp();
        vm.startPrank(governor);
        ledger.listSource(_secondListing());
        other = ledger.listAsset(assetListing(SECOND, 1, 2, 6));
        vm.stopPrank();
    }

    function test_a_listing_sets_the_flags_of_its_terms_alone() public {
        assertEq(_assetFlags(USD), 0);
        assertEq(_assetFlags(ETH), 0);
        assertEq(_assetFlags(other), 0);
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT);
        assertEq(_sourceFlags(other), 0);
        (SourceListing memory kept, , ) = ledger.sourceOf(SECOND);
        assertEq(abi.encode(kept), abi.encode(_secondListing()));
        // Vault asset 3 is short already.
        append(journal, Entry(EntryCodec.SHORTFALL, 3, 1, 0, bytes32(uint256(10)), 0));
        applyAll();
        vm.startPrank(governor);
        assertEq(_assetFlags(ledger.listAsset(assetListing(SOURCE, 3, 1, 6))), ASSET_IMPAIRED);
        assertEq(_assetFlags(ledger.listAsset(assetListing(SOURCE, 4, 1, 6))), 0);
    }

    function test_a_pause_is_one_flag_of_its_target_alone_until_it_is_lifted() public {
        uint40 until = uint40(START + 100);
        vm.startPrank(pauser);
        ledger.pause(0, USD, 2, until);
        ledger.pause(SOURCE, 0, 2, until);
        ledger.pause(SECOND, 0, 2, until);
        vm.stopPrank();
        assertEq(_assetFlags(USD), ASSET_PAUSED);
        assertEq(_assetFlags(ETH), 0);
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT | SOURCE_PAUSED);
        assertEq(_sourceFlags(other), SOURCE_PAUSED);
        assertEq(ledger.assetOf(ETH).creditPausedUntil, 0);
        vm.startPrank(governor);
        ledger.unpause(0, USD);
        assertEq(_assetFlags(USD), 0);
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT | SOURCE_PAUSED);
        ledger.unpause(SOURCE, 0);
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT);
        assertEq(_sourceFlags(other), SOURCE_PAUSED);
    }

    function test_a_weight_that_falls_is_one_flag_until_it_is_raised() public {
        vm.startPrank(riskAdmin);
        ledger.setWeights(USD, 8_000, 8_000);
        ledger.setSourceWeights(SOURCE, 9_000, 9_400);
        ledger.setSourceWeights(SECOND, 9_000, 9_400);
        vm.stopPrank();
        assertEq(_assetFlags(USD), FALLING);
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT | FALLING);
        assertEq(_sourceFlags(other), FALLING);
        vm.prank(pauser);
        ledger.pause(0, USD, 2, uint40(START + 100));
        vm.startPrank(governor);
        ledger.setWeights(USD, 8_000, 8_600);
        ledger.setSourceWeights(SOURCE, 9_000, 9_600);
        ledger.setSourceWeights(SECOND, 9_000, 9_600);
        vm.stopPrank();
        assertEq(_assetFlags(USD), ASSET_PAUSED, "a pause goes on under other weights");
        assertEq(_sourceFlags(USD), SOURCE_DEVELOPMENT);
        assertEq(_sourceFlags(other), 0);
    }

    function test_a_quarantine_that_was_extended_is_one_flag() public {
        vm.startPrank(guardian);
        ledger.quarantine(SECOND, uint40(START + 10));
        assertEq(_sourceFlags(other), 0);
        ledger.quarantine(SECOND, uint40(START + 20));
        assertEq(_sourceFlags(other), SOURCE_EXTENDED);
    }

    function _secondListing() private returns (SourceListing memory terms) {
        terms = sourceListing(SECOND);
        (terms.vault, terms.m, terms.development) = (makeAddr("second vault"), 1, false);
    }

    function _assetFlags(uint16 assetId) private view returns (uint8) {
        (uint256 asset, ) = ledger.termWordsOf(assetId);
        return uint8(asset >> 56);
    }

    /// @dev Those of the asset's source.
    function _sourceFlags(uint16 assetId) private view returns (uint8) {
        (, uint256 source) = ledger.termWordsOf(assetId);
        return uint8(source >> 144);
    }
}

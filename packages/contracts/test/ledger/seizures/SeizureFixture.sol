// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILedgerProtocols} from "../../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {AssetListing} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {LedgerAuctionFixture} from "../../protocols/LedgerAuctionFixture.sol";

/// @notice Alice holds sixteen lines that count: 100 USD, 20 ETH, and ten of each of fourteen assets that are priced as ETH.
abstract contract SeizureFixture is LedgerAuctionFixture {
    uint16 internal constant LAST = 16;
    uint128 internal constant TEN = 10e18;

    function setUp() public virtual override {
        super.setUp();
        for (uint16 i = 3; i <= LAST; ++i) {
            AssetListing memory listing = assetListing(SOURCE, i, 2, 18);
            vm.prank(governor);
            ledger.listAsset(listing);
        }
        _nameAuction();
        for (uint16 i = 3; i <= LAST; ++i) lock(i, TEN, accountOf(alice), 0);
        applyAll();
        for (uint16 i = 3; i <= LAST; ++i) {
            vm.prank(alice);
            ledger.setEnabled(accountOf(alice), i, true);
        }
        _openPosition(alice, 28_000e18);
    }

    /// @dev Far below her maintenance grade, whatever her lines are worth.
    function _ruin() internal {
        protocol.place(accountOf(alice), 1e27, 1e27);
    }

    function _seize(uint16[] memory assetIds, uint128[] memory amounts) internal {
        vm.prank(auction);
        ledger.seize(accountOf(alice), accountOf(bob), assetIds, amounts);
    }

    function _refuse(uint16[] memory assetIds, uint128[] memory amounts, bytes memory reason) internal {
        vm.expectRevert(reason);
        _seize(assetIds, amounts);
    }

    function _twoLines(
        uint16 first,
        uint128 firstAmount,
        uint16 second,
        uint128 secondAmount
    ) internal pure returns (uint16[] memory assetIds, uint128[] memory amounts) {
        (assetIds, amounts) = (new uint16[](2), new uint128[](2));
        (assetIds[0], assetIds[1]) = (first, second);
        (amounts[0], amounts[1]) = (firstAmount, secondAmount);
    }

    /// @dev One unit of each of her lines, or all of them.
    function _everyLine(bool whole) internal view returns (uint16[] memory assetIds, uint128[] memory amounts) {
        (assetIds, amounts) = (new uint16[](LAST), new uint128[](LAST));
        for (uint16 i = 0; i < LAST; ++i) {
            assetIds[i] = i + 1;
            amounts[i] = whole ? uint128(amountOf(alice, i + 1)) : 1;
        }
    }

    function _healthy(uint256 assetsWad, uint256 requiredWad) internal view returns (bytes memory) {
        return
            abi.encodeWithSelector(ILedgerProtocols.AccountHealthy.selector, accountOf(alice), assetsWad, requiredWad);
    }
}

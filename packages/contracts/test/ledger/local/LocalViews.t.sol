// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILocalDesk} from "../../../solidity/gateway/ILocalDesk.sol";
import {CreditQuote, Line} from "../../../solidity/interfaces/ledger/LedgerTypes.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {MoodyToken} from "../../tokens/MoodyToken.sol";
import {LocalFixture} from "./LocalFixture.sol";

/// @notice What source 0 answers is what it does.
contract LocalViewsTest is LocalFixture {
    /// @dev A second, and not an hour.
    function test_a_quote_of_source_0_names_the_season_that_the_credit_gets() public {
        CreditQuote memory quote = ledger.quoteCredit(accountOf(alice), LOCAL, 10 * ONE_USD);
        lockAndCredit(alice, 10 * ONE_USD);
        Line memory line = ledger.lineOf(accountOf(alice), LOCAL);
        assertEq(quote.unseasoned, line.unseasoned);
        assertEq(quote.seasonEnd, line.seasonEnd);
    }

    function test_a_release_that_the_token_refuses_is_not_called_paid() public {
        MoodyToken moody = new MoodyToken();
        vm.startPrank(governor);
        own.listAsset(address(moody), 6, 0, 1_000_000_000, 1_000_000_000);
        uint16 assetId = ledger.listAsset(assetListing(0, 2, 1, 6));
        vm.stopPrank();
        (address carol, uint256 key) = makeAddrAndKey("carol");
        moody.mint(carol, 100 * ONE_USD);
        vm.startPrank(carol);
        moody.approve(address(desk), type(uint256).max);
        desk.lockAndCredit(address(moody), 100 * ONE_USD, accountOf(carol), 0, "");
        vm.stopPrank();
        vm.warp(vm.getBlockTimestamp() + 1);
        moody.blacklist(carol, true);
        (ILocalDesk.SignedRelease memory order, bytes memory sig) = signedRelease(carol, key, assetId, 10 * ONE_USD);
        bool paid = desk.releaseAndPay(order, sig, 0, "");
        assertEq(uint8(own.payment(1).state), uint8(PaymentState.CLAIMABLE));
        assertEq(moody.balanceOf(carol), 0);
        assertFalse(paid, "it can be claimed, and is not paid");
    }
}

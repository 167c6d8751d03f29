// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PerpsAndOptions} from "@surety/examples/perps-and-options/solidity/PerpsAndOptions.sol";
import {Quote} from "@surety/examples/perps-and-options/solidity/VenueQuotes.sol";
import {Kind, Position, VenueTerms} from "@surety/examples/perps-and-options/solidity/VenueTypes.sol";
import {OptionTables} from "@surety/requirements/OptionTables.sol";
import {TakeOver} from "../../solidity/interfaces/IMarginClaim.sol";
import {IOutageClock} from "../../solidity/interfaces/IOutageClock.sol";
import {ILedgerMargin} from "../../solidity/interfaces/ledger/ILedgerViews.sol";
import {LiquidationAuction} from "../../solidity/liquidation/LiquidationAuction.sol";
import {LocalFixture} from "../ledger/local/LocalFixture.sol";
import {deployTables} from "../risk/TablesFixture.sol";

/// @notice Two venues on ETH at 2,000 of a real ledger with source 0; Alice has 10,000 USD and 15 ETH on another chain, Bob, the
///         maker, 100 ETH. Each venue holds 30,000 in its fund.
abstract contract VenueFixture is LocalFixture {
    uint256 internal constant WAD = 1e18;
    uint256 internal constant FUND = 30_000e6;

    OptionTables internal tables;
    PerpsAndOptions internal venue;
    PerpsAndOptions internal other;
    LiquidationAuction internal auction;
    bytes32 internal taker;
    bytes32 internal maker;
    uint40 internal quarter;
    uint64 private nonce;

    function setUp() public virtual override {
        super.setUp();
        (taker, maker) = (accountOf(alice), accountOf(bob));
        auction = new LiquidationAuction(ledger, IOutageClock(address(0)));
        vm.prank(governor);
        ledger.setAuction(address(auction));
        lock(USD, 10_000 * ONE_USD, taker, 0);
        lock(ETH, 15 * ONE_ETH, taker, 0);
        lock(ETH, 100 * ONE_ETH, maker, 0);
        applyAll();
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        quarter = uint40(vm.getBlockTimestamp() + 90 days);
        tables = deployTables();
        (venue, other) = (_newVenue(), _newVenue());
    }

    function capOfAssets() internal pure override returns (uint64) {
        return 16_000_000;
    }

    function termsOf() internal pure returns (VenueTerms memory) {
        return VenueTerms(2, 8e17, 4e16, 100_000e18, 8_000, 10_000);
    }

    function _newVenue() private returns (PerpsAndOptions made) {
        // From the artifact, so that it is compiled as for a deployment.
        bytes memory args = abi.encode(ledger, tables, desk, token, termsOf());
        made = PerpsAndOptions(vm.deployCode("PerpsAndOptions.sol:PerpsAndOptions", args));
        vm.prank(governor);
        ledger.listProtocol(address(made));
        vm.prank(alice);
        ledger.optIn(taker, address(made));
        vm.prank(bob);
        ledger.optIn(maker, address(made));
        payIn(made, address(this), 0, FUND);
    }

    function payIn(PerpsAndOptions at, address who, bytes32 account, uint256 units) internal {
        token.mint(who, units);
        vm.startPrank(who);
        token.approve(address(at), units);
        at.pay(account, units);
        vm.stopPrank();
    }

    /// @dev A quote of Bob's for an hour.
    function quoteOf(
        Kind kind,
        uint40 expiry,
        uint88 strikeWad,
        int120 sizeWad,
        uint128 priceWad
    ) internal returns (Quote memory) {
        return
            Quote(maker, kind, expiry, strikeWad, sizeWad, priceWad, ++nonce, uint40(vm.getBlockTimestamp() + 3_600));
    }

    function signedBy(string memory name, PerpsAndOptions at, Quote memory quote) internal returns (bytes memory) {
        (, uint256 key) = makeAddrAndKey(name);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, at.digestOf(quote));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Alice takes all of a quote.
    function take(PerpsAndOptions at, Quote memory quote) internal {
        bytes memory sig = signedBy("bob", at, quote);
        vm.prank(alice);
        at.trade(taker, quote, sig, sizeOf(quote));
    }

    function sizeOf(Quote memory quote) internal pure returns (uint256) {
        return uint256(quote.sizeWad < 0 ? -int256(quote.sizeWad) : int256(quote.sizeWad));
    }

    /// @dev Alice buys perpetuals of Bob, or sells a negative number.
    function perp(PerpsAndOptions at, int120 sizeWad, uint128 priceWad) internal {
        take(at, quoteOf(Kind.PERPETUAL, 0, 0, -sizeWad, priceWad));
    }

    /// @dev Somebody takes units of the venue's own position, which sells them or buys a positive number.
    function takeOwn(
        address who,
        Kind kind,
        uint40 expiry,
        uint88 strikeWad,
        int120 ownWad,
        uint128 priceWad
    ) internal {
        Quote memory quote = quoteOf(kind, expiry, strikeWad, ownWad, priceWad);
        quote.maker = 0;
        vm.prank(who);
        venue.trade(accountOf(who), quote, "", sizeOf(quote));
    }

    function settle(PerpsAndOptions at, bytes32 account) internal returns (uint256) {
        return at.settle(account, applied(), "");
    }

    /// @dev The next block, with another price of ETH.
    function priceAt(uint96 eth) internal {
        vm.warp(vm.getBlockTimestamp() + 12);
        refreshNow();
        setPrices(1e12, eth);
    }

    function maintenanceOf(bytes32 account) internal view returns (uint256 assets, uint256 required) {
        (, , , , assets, required, , ) = ILedgerMargin(address(ledger)).marginOf(account);
    }

    function takeOver(bytes32 to, uint256 shareWad, uint256 assumedWad) internal returns (uint256) {
        vm.prank(address(auction));
        return venue.takeOver(TakeOver(taker, to, shareWad, assumedWad, address(0), address(0)));
    }

    /// @dev What the venue owes and is owed sums to what it holds: tokens = fund + all cash + what is not realised yet.
    function requireWhole(PerpsAndOptions at, uint256 priceWad) internal view {
        int256 sum = at.fundWad();
        bytes32[3] memory accounts = [taker, maker, bytes32(0)];
        for (uint256 i = 0; i < 3; ++i) {
            (int256 cashWad, Position[] memory positions) = at.bookOf(accounts[i]);
            sum += cashWad;
            for (uint256 j = 0; j < positions.length; ++j) {
                if (positions[j].kind > Kind.FUTURE) continue;
                sum += (int256(positions[j].sizeWad) * int256(priceWad)) / int256(WAD) - positions[j].costWad;
            }
        }
        assertApproxEqAbs(sum, int256(token.balanceOf(address(at)) * 1e12), 100, "the venue's sum");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AssetListing, SourceListing} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {IOutageClock} from "../../solidity/interfaces/IOutageClock.sol";
import {LiquidationAuction} from "../../solidity/liquidation/LiquidationAuction.sol";
import {LedgerFixture} from "../ledger/LedgerFixture.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {TestLender} from "./TestLender.sol";

/// @notice Alice owes a lender 21,000 against 900 USD, 10 ETH and four units each of two more assets at the price of ETH; Bob takes.
/// @dev Assets 1 (USD) and 2 (ETH) weigh 76 % at the exit grade, 3 weighs 85.5 %, 4 weighs 47.5 %: 3 is sold first, 4 last. At an
///      ETH of 2,000 her maintenance assets are 28,429 and she must have 22,050; at 1,540 she is at the edge.
abstract contract AuctionFixture is LedgerFixture {
    uint16 internal constant BEST = 3;
    uint16 internal constant WORST = 4;
    uint256 internal constant DEBT = 21_000e6;
    uint256 internal constant T3 = 21_600;

    LiquidationAuction internal auction;
    TestLender internal lender;
    PlainToken internal token;
    address internal keeper = makeAddr("keeper");
    bytes32 internal debtor;
    bytes32 internal taker;

    function setUp() public virtual override {
        super.setUp();
        (debtor, taker) = (accountOf(alice), accountOf(bob));
        auction = new LiquidationAuction(ledger, clock());
        token = new PlainToken("USDX", 6);
        lender = newLender(true);
        vm.startPrank(governor);
        ledger.setAuction(address(auction));
        ledger.listAsset(_listing(BEST, 9_000, 9_200));
        ledger.listAsset(_listing(WORST, 5_000, 6_000));
        vm.stopPrank();
        _fillAccounts();
        vm.warp(START + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        optIn(alice, lender);
        optIn(bob, lender);
        lender.borrow(debtor, DEBT);
    }

    /// @dev What knows of outages of the chain.
    function clock() internal virtual returns (IOutageClock) {
        return IOutageClock(address(0));
    }

    function capOfAssets() internal pure virtual override returns (uint64) {
        return 16_000_000;
    }

    function _fillAccounts() internal virtual {
        lock(USD, 900 * ONE_USD, debtor, 0);
        lock(ETH, 10 * ONE_ETH, debtor, 0);
        lock(BEST, 4 * ONE_ETH, debtor, 0);
        lock(WORST, 4 * ONE_ETH, debtor, 0);
        _enableAll(alice);
        lock(ETH, 60 * ONE_ETH, taker, 0);
        applyAll();
    }

    /// @dev Lines of less than ten tokens do not enable themselves.
    function _enableAll(address owner) internal {
        vm.startPrank(owner);
        for (uint16 id = 1; id <= 4; ++id) ledger.setEnabled(accountOf(owner), id, true);
        vm.stopPrank();
    }

    function _listing(
        uint16 id,
        uint16 initialBp,
        uint16 maintenanceBp
    ) internal pure returns (AssetListing memory one) {
        one = assetListing(SOURCE, id, 2, 18);
        (one.initialBp, one.maintenanceBp) = (initialBp, maintenanceBp);
    }

    function newLender(bool listed) internal returns (TestLender made) {
        made = new TestLender(ledger, token);
        made.setAuction(auction);
        if (!listed) return made;
        vm.prank(governor);
        ledger.listProtocol(address(made));
    }

    function optIn(address owner, TestLender to) internal {
        vm.prank(owner);
        ledger.optIn(accountOf(owner), address(to));
    }

    /// @dev Opens the account of a numbered owner, who owes these units against ten ETH.
    function newBorrower(TestLender at, uint256 number, uint256 units) internal returns (bytes32 account) {
        address owner = address(uint160(0xb000 + number));
        account = accountOf(owner);
        lock(ETH, 10 * ONE_ETH, account, 0);
        applyAll();
        vm.warp(vm.getBlockTimestamp() + 7 days);
        refreshNow();
        setPrices(1e12, 2000e12);
        optIn(owner, at);
        at.borrow(account, units);
    }

    /// @dev Two hours pass, so that the slow price follows at once; sources are fresh again.
    function crash(uint96 eth) internal {
        // The price stands until the slow one has followed.
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(vm.getBlockTimestamp() + 1 hours);
            setPrices(1e12, eth);
        }
        refreshNow();
    }

    /// @dev The account breaches at a price of ETH, and the keeper starts.
    function breach(uint96 eth) internal {
        crash(eth);
        vm.prank(keeper);
        auction.start(debtor);
    }

    function wait_(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    /// @dev Lets the clock run on with witnesses, at prices and sources that stay fresh.
    function waitSeen(uint256 seconds_) internal {
        uint256 end = vm.getBlockTimestamp() + seconds_;
        while (vm.getBlockTimestamp() < end) {
            uint256 left = end - vm.getBlockTimestamp();
            wait_(left < 600 ? left : 600);
            setPrices(1e12, uint96(risk.priceOf(2).price));
            refreshNow();
            auction.touch(debtor);
        }
    }

    /// @dev Bob's tokens pay.
    function fund(address owner, uint256 units, TestLender to) internal {
        token.mint(owner, units);
        vm.prank(owner);
        token.approve(address(to), type(uint256).max);
    }

    function all(bool pays) internal pure returns (BidTerms memory) {
        return BidTerms(1e18, 0, type(int32).min, pays);
    }

    function upTo(uint256 shareWad, bool pays) internal pure returns (BidTerms memory) {
        return BidTerms(uint64(shareWad), 0, type(int32).min, pays);
    }

    function bidOf(address owner, BidTerms memory terms) internal returns (uint256 shareWad, uint256 assumedWad) {
        vm.prank(owner);
        (shareWad, assumedWad, , ) = auction.bid(debtor, address(lender), accountOf(owner), terms, "");
    }

    function refuseBid(address owner, BidTerms memory terms, bytes memory reason) internal {
        vm.expectRevert(reason);
        bidOf(owner, terms);
    }

    /// @dev Lists an asset of another source and writes a line of it for Alice: lines are the ledger's first mapping.
    function holdElsewhere(uint256 units) internal returns (uint16 assetId) {
        SourceListing memory source = sourceListing(SOURCE + 1);
        source.vault = makeAddr("another vault");
        vm.startPrank(governor);
        ledger.listSource(source);
        ledger.listAsset(assetListing(SOURCE + 1, 1, 2, 18));
        vm.stopPrank();
        assetId = 5;
        bytes32 slot = keccak256(abi.encode(assetId, keccak256(abi.encode(debtor, 0))));
        vm.store(address(ledger), slot, bytes32(units));
        vm.prank(alice);
        ledger.setEnabled(debtor, assetId, true);
    }

    function exitOf(bytes32 account) internal view returns (uint256 assets, uint256 required) {
        (, , assets, , , required, , ) = ledger.marginOf(account);
    }

    function maintenanceOf(bytes32 account) internal view returns (uint256 assets, uint256 required) {
        (, , , , assets, required, , ) = ledger.marginOf(account);
    }

    /// @dev What of an account's line of an asset is left.
    function unitsOf(bytes32 account, uint16 assetId) internal view returns (uint256) {
        return ledger.lineOf(account, assetId).amount;
    }

    /// @dev Gross value of all lines of an account at the cached prices, WAD.
    function grossOf(bytes32 account) internal view returns (uint256 grossWad) {
        grossWad = (unitsOf(account, USD) * risk.priceOf(1).price);
        uint256 ofEth = unitsOf(account, ETH) + unitsOf(account, BEST) + unitsOf(account, WORST);
        grossWad += (ofEth * risk.priceOf(2).price) / 1e12;
    }

    function isRunning() internal view returns (bool) {
        return auction.auctionOf(debtor).startedAt != 0;
    }
}

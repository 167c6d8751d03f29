// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BidTerms} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {MarketBooks} from "../../solidity/interfaces/IMarket.sol";
import {Ghosts} from "../harness/Ghosts.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice Does to a market what lenders, debtors, takers and strangers may do, and keeps its own books of it.
/// @dev Each act accrues first, then checks at its end what it may have changed: units beside deposits, payouts and fees, the
///      price of a share, the tranche's part of a loss.
contract MarketHandler is MarketFixture, Ghosts {
    uint256 private constant V = 1e6;
    address[3] public lenders;
    address[2] public debtors;

    /// @dev Units in and out: deposits, interest and fees; payouts.
    uint256 public unitsIn;
    uint256 public unitsOut;
    uint256 public gifts;
    uint256 public lossesBooked;
    uint256 public recovered;
    /// @dev Acts after which a book was wrong, by the number of the invariant.
    mapping(bytes32 rule => uint256) public wrong;

    mapping(address lender => uint256) private askedAt;
    mapping(address lender => uint256) private heldAt;
    uint256 private held;
    uint256 private seenAt;
    bool private holds;
    MarketBooks private was;

    constructor() {
        setUp();
        lenders = [carol, dave, makeAddr("erin")];
        debtors = [alice, makeAddr("frank")];
        fund(debtors[1], 0, market);
        optIn(debtors[1], market);
        lock(ETH, 20 * ONE_ETH, accountOf(debtors[1]), 0);
        applyAll();
        for (uint256 i = 0; i < 3; ++i) {
            fund(lenders[i], 0, market);
            vm.prank(lenders[i]);
            market.approve(address(tranche), type(uint256).max);
        }
        was = market.booksOf();
        (unitsIn, seenAt) = (was.cash, vm.getBlockTimestamp());
    }

    /// @dev Accrues, and compares the books after the act with those before: fees are what an act adds beside what it names.
    modifier booked() {
        _begin();
        _;
        _tick();
        market.accrue();
        was = market.booksOf();
        holds = was.provisions != 0;
        if (was.cash + was.debt + was.writtenOff + unitsOut != unitsIn) ++wrong["L9"];
        if (token.balanceOf(address(market)) != was.cash + gifts) ++wrong["L9"];
        if (lossesBooked != was.writtenOff + recovered) ++wrong["L8"];
        if (market.previewRedeem(1e24) > market.previewMint(1e24)) ++wrong["L9"];
        uint256 units = _whole(was);
        uint256 left = units > was.provisions ? units - was.provisions : 0;
        if (market.previewRedeem(was.shares - was.trancheShares) > left) ++wrong["L9"];
    }

    // Lenders

    function lend(uint256 seed, uint256 units) external counted("lend") booked {
        address who = lenders[seed % 3];
        units = bound(units, 1, 20_000e6);
        if (market.maxDeposit(who) < units) return;
        token.mint(who, units);
        vm.prank(who);
        uint256 shares = market.deposit(units, who);
        unitsIn += units;
        if (market.previewRedeem(shares) > units) ++wrong["L9"];
        _hit(holds ? bytes32("lent while a loss was near") : bytes32("lent"));
        _priceStays();
    }

    function leaveSome(uint256 seed) external counted("leave") booked {
        address who = lenders[seed % 3];
        uint256 shares = (market.balanceOf(who) * (1 + (seed % 4))) / 8;
        uint256 most = market.maxRedeem(who);
        if (shares > most) shares = most;
        if (shares == 0) return;
        vm.prank(who);
        unitsOut += market.redeem(shares, who, who);
        _hit(holds ? bytes32("left while a loss was near") : bytes32("left"));
        _priceStays();
    }

    function give(uint256 units) external counted("give") booked {
        units = bound(units, 1, 1_000_000e6);
        token.mint(address(market), units);
        gifts += units;
        _hit("given");
        _priceStays();
    }

    function joinSome(uint256 seed) external counted("join") booked {
        address who = lenders[seed % 3];
        uint256 shares = market.balanceOf(who) / 40;
        if (shares == 0 || tranche.maxDeposit(who) < shares) return;
        vm.prank(who);
        tranche.deposit(shares, who);
        _hit("joined");
        _priceStays();
    }

    function request(uint256 seed) external counted("request") booked {
        address who = lenders[seed % 3];
        uint256 shares = tranche.balanceOf(who);
        if (shares == 0 || askedAt[who] != 0) return;
        vm.prank(who);
        tranche.requestExit(shares);
        (askedAt[who], heldAt[who]) = (vm.getBlockTimestamp(), held);
        _hit("requested");
    }

    /// @notice Tries to leave, half of the time as soon as the notice is over.
    function exitSome(uint256 seed) external counted("exit") booked {
        address who = lenders[seed % 3];
        if (askedAt[who] == 0) return;
        uint256 from = askedAt[who] + (seed % 8 == 0 ? 30 days : 10 days);
        if (seed % 2 == 0 && vm.getBlockTimestamp() < from) _warp(from);
        _begin();
        uint256 age = vm.getBlockTimestamp() - askedAt[who];
        uint256 until = 14 days + held - heldAt[who];
        if (until > 34 days) until = 34 days;
        bool open = age >= 10 days && age <= until && (!holds || age >= 30 days);
        vm.prank(who);
        try tranche.exit(who) {
            if (!open) ++wrong["L10"];
            _hit(holds ? bytes32("left the tranche after 30 days") : bytes32("left the tranche"));
            askedAt[who] = 0;
        } catch {
            if (open) ++wrong["L10"];
            if (age > until) askedAt[who] = 0;
            _hit(holds ? bytes32("held up") : bytes32("closed"));
        }
        _priceStays();
    }

    /// @notice Somebody has a lender or one of the tranche paid what came back of the last losses.
    function collect(uint256 seed) external counted("collect") booked {
        uint256 count = market.lossCount();
        if (count == 0) return;
        uint256[] memory losses = new uint256[](count < 5 ? count : 5);
        for (uint256 i = 0; i < losses.length; ++i) losses[i] = count - i;
        (uint256 waits, uint256 cash) = (was.uncollected, was.cash);
        address who = lenders[seed % 3];
        uint256 due;
        for (uint256 i = 0; i < losses.length; ++i) due += market.collectableOf(who, losses[i]);
        if (due > waits) ++wrong["L8"];
        if (due > cash) due = cash;
        if (due == 0) return;
        uint256 units = market.collect(who, losses);
        if (units != due) ++wrong["L8"];
        unitsOut += units;
        _hit("collected");
        _priceStays();
    }

    // Debtors

    function borrowSome(uint256 seed) external counted("borrow") booked {
        address who = debtors[seed % 2];
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(who));
        if (aI <= qI) return;
        uint256 units = ((aI - qI) * 10) / 12 / 1e12;
        units = (units * (80 + (seed % 20))) / 100;
        uint256 free = was.cash > was.uncollected ? was.cash - was.uncollected : 0;
        if (units > free) units = free;
        if (units + debtOf(accountOf(who)) < 1_001e6 || units == 0) return;
        borrow(who, units);
        _hit("borrowed");
        _priceStays();
    }

    function repaySome(uint256 seed) external counted("repay") booked {
        bytes32 account = seed % 3 == 2 ? taker : accountOf(debtors[seed % 3]);
        (uint256 debt, uint256 lost, ) = market.positionOf(account);
        if (debt + lost == 0) return;
        bool whole = debt == 0 || seed % 9 == 0;
        uint256 units = whole ? type(uint256).max : 1 + (debt + lost) / (3 + (seed % 20));
        token.mint(alice, debt + lost);
        vm.prank(alice);
        market.repay(account, units);
        uint256 back = units < lost ? units : lost;
        recovered += back;
        _hit(back == 0 ? bytes32("repaid") : bytes32("repaid what was lost"));
        _priceStays();
    }

    function topUp(uint256 seed) external counted("top up") booked {
        address who = debtors[seed % 2];
        // Who has much is never short.
        if (ledger.lineOf(accountOf(who), ETH).amount > 15 * ONE_ETH) return;
        lock(ETH, uint128(1 + (seed % 9)) * ONE_ETH, accountOf(who), 0);
        applyAll();
        vm.prank(who);
        ledger.setEnabled(accountOf(who), ETH, true);
        _hit("topped up");
    }

    // The auction

    function startOne(uint256 seed) external counted("start") booked {
        bytes32 account = accountOf(debtors[seed % 2]);
        try auction.start(account) {
            (, , uint256 provision) = market.positionOf(account);
            _hit(provision == 0 ? bytes32("started") : bytes32("started short"));
        } catch {}
        _priceStays();
    }

    function bidOne(uint256 seed) external counted("bid") booked {
        (bytes32 account, bool runs) = _sold(seed);
        if (!runs) return;
        BidTerms memory terms = BidTerms(
            seed % 3 == 0 ? 1e18 : uint64(0.05e18 + (seed % 0.9e18)),
            0,
            type(int32).min,
            seed % 5 < 3
        );
        token.mint(bob, 30_000e6);
        uint256 lost = lostOf(account);
        (uint256 owed, uint256 takers) = (debtOf(account), debtOf(taker));
        (bool done, uint256 units) = _tryBid(account, terms);
        if (!done) return _priceStays();
        if (debtOf(taker) > takers + units + 1) ++wrong["L11"];
        _judgeMove(account, lost, owed - debtOf(account), units);
    }

    function writeOffOne(uint256 seed) external counted("write off") booked {
        (bytes32 account, bool runs) = _sold(seed);
        if (!runs) return;
        for (uint256 i = 0; i < 7; ++i) {
            _warp(vm.getBlockTimestamp() + (10 minutes << i) / 2);
            try auction.touch(account) {} catch {}
        }
        _begin();
        (uint256 lost, uint256 owed) = (lostOf(account), debtOf(account));
        try auction.writeOff(account, address(market)) {
            _hit(owed == 0 ? bytes32("nothing to write off") : bytes32("written off"));
            _judgeMove(account, lost, owed, 0);
        } catch {
            _priceStays();
        }
    }

    function endOne(uint256 seed) external counted("end") booked {
        try auction.close(accountOf(debtors[seed % 2])) {
            _hit("ended");
        } catch {}
        _priceStays();
    }

    function provide(uint256 seed) external counted("provide") booked {
        (bytes32 account, ) = _sold(seed);
        uint256 before = provisionOf(account);
        market.onAuction(account);
        uint256 provision = provisionOf(account);
        if (auction.auctionOf(account).startedAt == 0 && provision != 0) ++wrong["L9"];
        if (provision != before)
            _hit(provision > before ? bytes32("more is foreseeable") : bytes32("less is foreseeable"));
        _priceStays();
    }

    // Prices and time

    /// @notice By up to 30 %, and now and then by a gap of 55 %; half of the prices stand until the slow one has followed.
    function movePrice(uint256 seed) external counted("move price") booked {
        uint256 price = (uint256(risk.priceOf(2).price) * (seed % 7 == 0 ? 45 : 70 + (seed % 61))) / 100;
        price =
            price < 300e12
                ? 500e12
                : price > 6_000e12
                    ? 4_000e12
                    : price;
        vm.warp(vm.getBlockTimestamp() + 1 hours + (seed % 1 hours));
        setPrices(1e12, uint96(price));
        if (seed % 2 == 0) _warp(vm.getBlockTimestamp() + 1 hours);
        refreshNow();
        _begin();
        _hit("moved");
    }

    function wait(uint256 seed) external counted("wait") booked {
        _warp(vm.getBlockTimestamp() + 1 + (seed % 3 days));
        _begin();
        _hit("waited");
    }

    /// @notice Sum of what all accounts owe, and of what is provided for.
    function sums() external view returns (uint256 debts, uint256 provisions, uint256 lost) {
        bytes32[3] memory accounts = [accountOf(debtors[0]), accountOf(debtors[1]), taker];
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 debt, uint256 writtenOff, uint256 provision) = market.positionOf(accounts[i]);
            (debts, lost, provisions) = (debts + debt, lost + writtenOff, provisions + provision);
        }
    }

    function books_() external view returns (MarketBooks memory) {
        return market.booksOf();
    }

    // Inside

    /// @dev Returns a debtor in an auction, if there is one; rather one with debt.
    function _sold(uint256 seed) private view returns (bytes32 account, bool runs) {
        bytes32 other = accountOf(debtors[1 - (seed % 2)]);
        account = accountOf(debtors[seed % 2]);
        bool othersRuns = auction.auctionOf(other).startedAt != 0;
        runs = auction.auctionOf(account).startedAt != 0;
        if (othersRuns && (!runs || debtOf(account) == 0)) return (other, true);
    }

    /// @dev Returns the units that the taker assumed.
    function _tryBid(bytes32 account, BidTerms memory terms) private returns (bool done, uint256 units) {
        vm.prank(bob);
        bytes memory answer;
        bytes memory call = abi.encodeCall(auction.bid, (account, address(market), taker, terms, ""));
        (done, answer) = address(auction).call(call);
        if (!done) return (false, 0);
        (, uint256 assumedWad) = abi.decode(answer, (uint256, uint256));
        units = (assumedWad + 1e12 - 1) / 1e12;
    }

    /// @dev What a bid or a write-off must have done: losses are what nobody assumed, and the tranche bears them first.
    function _judgeMove(bytes32 account, uint256 lostBefore, uint256 owed, uint256 assumed) private {
        MarketBooks memory now_ = market.booksOf();
        uint256 lost = lostOf(account);
        uint256 wholeBefore = was.cash + was.debt + was.writtenOff;
        uint256 whole = now_.cash + now_.debt + now_.writtenOff;
        if (lost > lostBefore) {
            uint256 loss = lost - lostBefore;
            lossesBooked += loss;
            if (loss + assumed > owed + 2 || loss + assumed + 2 < owed) ++wrong["L8"];
            if (whole != wholeBefore) ++wrong["L9"];
            uint256 units = _whole(was) + 1;
            uint256 burned = (loss * (was.shares + V) + units - 1) / units;
            if (burned > was.trancheShares) burned = was.trancheShares;
            if (now_.trancheShares != was.trancheShares - burned) ++wrong["L8"];
            if (now_.shares != was.shares - burned) ++wrong["L8"];
            if (now_.trancheShares != 0) _priceStays();
            _hit(now_.trancheShares == 0 ? bytes32("lenders lost") : bytes32("the tranche lost"));
            return;
        }
        recovered += lostBefore - lost;
        if (whole < wholeBefore || whole - wholeBefore > owed / 100 + 4) ++wrong["L9"];
        unitsIn += whole - wholeBefore;
        if (assumed != 0) _hit(lost == lostBefore ? bytes32("taken over") : bytes32("a receivable was paid"));
        _priceStays();
    }

    /// @dev No act but a loss beyond the tranche lowers what a share is worth before provisions.
    function _priceStays() private {
        MarketBooks memory now_ = market.booksOf();
        if ((_whole(now_) + 1) * (was.shares + V) < (_whole(was) + 1) * (now_.shares + V)) {
            ++wrong["L8"];
        }
    }

    /// @dev What belongs to the shares.
    function _whole(MarketBooks memory of_) private pure returns (uint256) {
        uint256 units = of_.cash + of_.debt;
        return units > of_.uncollected ? units - of_.uncollected : 0;
    }

    /// @dev Writes interest up to now, so that what the act does stands alone. An act in which time passes calls it again.
    function _begin() private {
        _tick();
        market.accrue();
        MarketBooks memory now_ = market.booksOf();
        unitsIn += now_.debt - was.debt;
        was = now_;
    }

    /// @dev Counts the time in which a loss was foreseeable.
    function _tick() private {
        if (holds) held += vm.getBlockTimestamp() - seenAt;
        seenAt = vm.getBlockTimestamp();
        holds = market.booksOf().provisions != 0;
    }

    /// @dev Time passes; prices and sources stay fresh.
    function _warp(uint256 to) private {
        vm.warp(to);
        setPrices(1e12, uint96(risk.priceOf(2).price));
        refreshNow();
    }
}

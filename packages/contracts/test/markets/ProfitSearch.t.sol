// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BidTerms, ILiquidationAuction, Standing} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {MarketBooks, MarketTerms} from "../../solidity/interfaces/IMarket.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {Line} from "../../solidity/interfaces/ledger/LedgerTypes.sol";
import {Market} from "../../solidity/markets/Market.sol";
import {MarketTranche} from "../../solidity/markets/MarketTranche.sol";
import {GhostWriter, Ghosts} from "../harness/Ghosts.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @notice One owner under four names: three borrow, start auctions of each other and bid, all four lend. It does up to twelve acts in any order,
///         with any move of the price in between, and is judged after each.
/// @dev Nobody else borrows. So what it owns less what it owes, lost debts included, falls with each fee, interest and rounding, and never rises
///      at a price that stands. What it owes beyond its collateral, which it can walk away from, grows by a bid alone, by the discount that
///      anybody is offered and the fee.
contract ProfitSeeker is MarketFixture, Ghosts {
    uint256 private constant CREW = 4;
    uint256 private constant BORROWERS = 3;
    /// @dev A token unit in the scale of `worth`: 10^30 to the dollar, so that units times price are exact.
    uint256 private constant UNIT = 1e24;
    uint256 private constant VIRTUAL_SHARES = 1e6;
    /// @dev What the divisions of one reading cut off, in the scale of `worth`.
    int256 private constant CUT = 2;

    address[CREW] private crew;

    /// @notice What its acts won at prices that stood, 10^30 to the dollar; what rounding of readings allows is taken off.
    int256 public profit;
    /// @notice Acts after which it could walk away from more than a bid's discount and fee explain.
    uint256 public walkedAway;
    /// @notice Bids that gave lines below the price of the moment.
    uint256 public wrongPrices;
    int256 private last;

    constructor() {
        setUp();
        crew = [alice, bob, makeAddr("mallory"), makeAddr("erin")];
        optIn(crew[2], market);
        lock(ETH, 20 * ONE_ETH, accountOf(crew[2]), 0);
        applyAll();
        for (uint256 i = 0; i < CREW; ++i) {
            fund(crew[i], 100_000e6, market);
            vm.prank(crew[i]);
            market.approve(address(tranche), type(uint256).max);
        }
        lend(crew[3], 10_000e6);
        join(crew[3], market.balanceOf(crew[3]) / 2);
        pass(7 days);
        last = worth();
    }

    /// @notice Does the acts of a seed.
    function run(uint256 seed) external {
        uint256 count = 2 + (seed % 11);
        bool hunts = (seed >> 8) % 4 != 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 act = draw % 26;
            // Three of four begin with the three acts after which there is something to bid for.
            if (hunts) act = i < 3 ? _opening(i) : _next(act, draw);
            _do(act, draw >> 8);
        }
    }

    function _opening(uint256 i) private pure returns (uint256) {
        if (i == 0) return 0;
        return i == 1 ? 20 : 9;
    }

    /// @dev Bids more often, pays now and then what is written off, and collects.
    function _next(uint256 act, uint256 draw) private view returns (uint256) {
        MarketBooks memory books_ = market.booksOf();
        uint256 turn = (draw >> 240) % 6;
        if (books_.writtenOff != 0 && turn == 0) return 2;
        if (books_.uncollected != 0 && turn == 1) return 26;
        return turn > 3 ? 12 : act;
    }

    /// @notice What it owns less what it owes, 10^30 to the dollar.
    function worth() public view returns (int256 sum) {
        MarketBooks memory books_ = market.booksOf();
        uint256 price = risk.priceOf(2).price;
        uint256 tokens;
        uint256 shares;
        uint256 junior;
        for (uint256 i = 0; i < CREW; ++i) {
            tokens += token.balanceOf(crew[i]);
            shares += market.balanceOf(crew[i]);
            junior += tranche.balanceOf(crew[i]);
            if (i == BORROWERS) break;
            bytes32 account = accountOf(crew[i]);
            sum += int256(uint256(ledger.lineOf(account, ETH).amount) * price);
            sum -= int256(lostOf(account) * UNIT);
        }
        uint256 scaled = shares * UNIT;
        scaled += Math.mulDiv(junior, (books_.trancheShares + 1) * UNIT, tranche.totalSupply() + VIRTUAL_SHARES);
        scaled = Math.mulDiv(
            scaled,
            Math.saturatingSub(books_.cash + books_.debt, books_.uncollected) + 1,
            books_.shares + VIRTUAL_SHARES
        );
        tokens += _collectable();
        // All debt is its own.
        return sum + int256(tokens * UNIT + scaled) - int256(books_.debt * UNIT);
    }

    // Acts

    function _do(uint256 act, uint256 draw) private {
        if (act < 2) _borrow(draw, act == 0 ? 100 : 50 + ((draw >> 8) % 51));
        else if (act == 2) _repay(draw);
        else if (act == 3) _transfer(draw);
        else if (act < 9) _lend(act, draw);
        else if (act < 20) _auction(act, draw);
        else if (act < 23) _fall(draw, act == 20 ? 25 : 40);
        else if (act == 23) _price(draw, 100 + ((draw >> 16) % 31), 1);
        else if (act < 26) _wait(draw);
        else _collect(draw);
    }

    function _borrow(uint256 draw, uint256 percent) private counted("borrow") {
        address who = crew[draw % BORROWERS];
        (uint256 aI, uint256 qI, , , , , , ) = ledger.marginOf(accountOf(who));
        if (aI <= qI) return;
        uint256 units = ((((aI - qI) * 10) / 12 / 1e12) * percent) / 100;
        MarketBooks memory books_ = market.booksOf();
        uint256 free = Math.saturatingSub(books_.cash, books_.uncollected);
        if (units > free) units = free;
        _try(who, address(market), abi.encodeCall(Market.borrow, (accountOf(who), units, who)), "borrowed");
    }

    function _repay(uint256 draw) private counted("repay") {
        bytes32 account = accountOf(crew[draw % BORROWERS]);
        for (uint256 i = 0; i < BORROWERS && lostOf(account) == 0; ++i) {
            account = accountOf(crew[(draw + i) % BORROWERS]);
        }
        uint256 units = ((debtOf(account) + lostOf(account)) * (1 + ((draw >> 8) % 4))) / 4;
        if (units == 0) return;
        _try(crew[(draw >> 16) % CREW], address(market), abi.encodeCall(Market.repay, (account, units)), "repaid");
    }

    function _transfer(uint256 draw) private counted("transfer") {
        (address from, address to) = (crew[draw % BORROWERS], crew[(draw >> 8) % BORROWERS]);
        uint128 units = uint128((uint256(ledger.lineOf(accountOf(from), ETH).amount) * (1 + ((draw >> 16) % 8))) / 8);
        _try(
            from,
            address(ledger),
            abi.encodeCall(ILedgerAccounts.transfer, (accountOf(from), accountOf(to), ETH, units)),
            "moved a line"
        );
    }

    function _lend(uint256 act, uint256 draw) private counted("lend") {
        address who = crew[draw % CREW];
        uint256 part = 1 + ((draw >> 8) % 4);
        if (act == 4) {
            uint256 units = (draw >> 16) % 2 == 0 ? 1 + ((draw >> 24) % 1e4) : (token.balanceOf(who) * part) / 4;
            _try(who, address(market), abi.encodeCall(market.deposit, (units, who)), "lent");
        } else if (act == 5) {
            uint256 shares = (market.maxRedeem(who) * part) / 4;
            _try(who, address(market), abi.encodeCall(market.redeem, (shares, who, who)), "left");
        } else if (act == 6) {
            uint256 shares = (market.balanceOf(who) * part) / 4;
            _try(who, address(tranche), abi.encodeCall(tranche.deposit, (shares, who)), "joined the tranche");
        } else if (act == 7) {
            _leaveTranche(who, crew[3]);
        } else {
            uint256 units = 1 + ((draw >> 24) % 1_000e6);
            _try(who, address(token), abi.encodeCall(token.transfer, (address(market), units)), "gave");
        }
    }

    function _collect(uint256 draw) private counted("collect") {
        uint256[] memory losses = new uint256[](market.lossCount());
        for (uint256 i = 0; i < losses.length; ++i) losses[i] = i + 1;
        for (uint256 i = 0; i < CREW; ++i) {
            address who = crew[(draw + i) % CREW];
            vm.prank(who);
            (bool done, bytes memory units) = address(market).call(abi.encodeCall(market.collect, (who, losses)));
            if (!done || abi.decode(units, (uint256)) == 0) continue;
            _hit("collected");
            return _judge(true);
        }
    }

    /// @dev One asks, or leaves once its notice is over.
    function _leaveTranche(address one, address other) private {
        (uint256 asked, , , ) = tranche.exitOf(one);
        address who = asked == 0 && tranche.balanceOf(one) == 0 ? other : one;
        (uint256 shares, uint256 from, , ) = tranche.exitOf(who);
        if (shares == 0) {
            bytes memory ask = abi.encodeCall(MarketTranche.requestExit, (tranche.balanceOf(who)));
            return _try(who, address(tranche), ask, "asked to leave the tranche");
        }
        if (vm.getBlockTimestamp() < from) _stand(from);
        _try(who, address(tranche), abi.encodeCall(MarketTranche.exit, (who)), "left the tranche");
    }

    function _auction(uint256 act, uint256 draw) private counted("auction") {
        bytes32 account = _sold(draw);
        address who = crew[(draw >> 8) % CREW];
        if (act < 11) {
            _try(who, address(auction), abi.encodeCall(ILiquidationAuction.start, (account)), "started");
        } else if (act == 11) {
            _try(who, address(auction), abi.encodeCall(ILiquidationAuction.touch, (account)), "touched");
        } else if (act < 16) {
            _bid(account, draw >> 16);
        } else if (act == 16) {
            _try(who, address(auction), abi.encodeCall(ILiquidationAuction.close, (account)), "closed");
        } else if (act == 17) {
            // A loss comes due after six hours of an auction that was watched.
            for (uint256 i = 0; i < 7 && auction.auctionOf(account).startedAt != 0; ++i) {
                _stand(vm.getBlockTimestamp() + (10 minutes << i) / 2);
                bytes memory touch = abi.encodeCall(ILiquidationAuction.touch, (account));
                _try(who, address(auction), touch, "touched");
            }
            bytes memory call_ = abi.encodeCall(ILiquidationAuction.writeOff, (account, address(market)));
            _try(who, address(auction), call_, "written off");
        } else if (act == 18) {
            _try(who, address(market), abi.encodeCall(market.onAuction, (account)), "provided");
        } else {
            who = crew[draw % BORROWERS];
            bool leaves = (draw >> 16) % 2 == 0;
            bytes memory call_ =
                leaves
                    ? abi.encodeCall(ILedgerProtocols.optOut, (accountOf(who), address(market)))
                    : abi.encodeCall(ILedgerProtocols.optIn, (accountOf(who), address(market)));
            _try(who, address(ledger), call_, leaves ? bytes32("opted out") : bytes32("opted in"));
        }
    }

    function _bid(bytes32 account, uint256 draw) private {
        if (auction.auctionOf(account).startedAt == 0) return;
        address who = crew[draw % BORROWERS];
        bytes32 to = accountOf(who);
        BidTerms memory terms = BidTerms(
            (draw >> 8) % 2 == 0 ? 1e18 : uint64(1 + ((draw >> 16) % 1e18)),
            0,
            type(int32).min,
            (draw >> 80) % 2 == 0
        );
        if ((draw >> 88) % 4 == 0) {
            // Somebody else carries out what an account offered.
            Standing memory offer = Standing(0, type(uint96).max, type(uint32).max, 3, type(uint16).max, terms.pays);
            vm.prank(who);
            auction.stand(to, offer);
            who = crew[3];
        }
        (int256 ppm, ) = auction.discountOf(account);
        uint256 before = _shortfall();
        vm.prank(who);
        (bool done, bytes memory answer) = address(auction).call(
            abi.encodeCall(ILiquidationAuction.bid, (account, address(market), to, terms, ""))
        );
        if (!done) return;
        (, uint256 assumedWad, , uint128[] memory amounts) = abi.decode(
            answer,
            (uint256, uint256, uint16[], uint128[])
        );
        _hit(
            who == crew[3]
                ? bytes32("bid by a standing offer")
                : lostOf(account) == 0
                    ? bytes32("bid")
                    : bytes32("bid and lost")
        );
        uint256 gross = amounts.length == 0 ? 0 : uint256(amounts[0]) * risk.priceOf(2).price;
        uint256 assumed = assumedWad * 1e12;
        // To the wei: the auction rounds a line's value down.
        if ((gross / 1e12) * uint256(1e6 - ppm) > assumedWad * 1e6) ++wrongPrices;
        // What the lines were worth more than what was assumed for them, the fee, and a unit for each of three roundings.
        uint256 explained = Math.saturatingSub(gross, assumed) + assumed / 100 + 3 * UNIT;
        if (account != to && _shortfall() > before + explained) ++walkedAway;
        _judge(true);
    }

    // The world

    function _fall(uint256 draw, uint256 most) private counted("fall") {
        _price(draw, 55 + ((draw >> 16) % most), 2);
    }

    /// @dev The price becomes a percentage of itself; the slow one has followed after two hours.
    function _price(uint256 draw, uint256 percent, uint256 hours_) private counted("price") {
        uint256 price = (uint256(risk.priceOf(2).price) * percent) / 100;
        if (price < 100e12 || price > 9_000e12) return;
        price += (draw >> 32) % 1e12;
        for (uint256 i = 0; i < hours_; ++i) {
            _stand(vm.getBlockTimestamp() + 1 hours);
            // A price is taken once it is newer.
            vm.warp(vm.getBlockTimestamp() + 1);
            setPrices(1e12, uint96(price));
            market.accrue();
            last = worth();
        }
        refreshNow();
        _hit("price");
    }

    function _wait(uint256 draw) private counted("wait") {
        _stand(vm.getBlockTimestamp() + 1 + ((draw >> 8) % ((draw & 1) == 0 ? 1 hours : 20 days)));
        _hit("waited");
    }

    /// @dev Time passes at a price that stands.
    function _stand(uint256 to) private {
        vm.warp(to);
        setPrices(1e12, uint96(risk.priceOf(2).price));
        refreshNow();
        market.accrue();
        _judge(true);
    }

    // Judging

    function _try(address who, address target, bytes memory call_, bytes32 path) private {
        uint256 before = _shortfall();
        vm.prank(who);
        (bool done, ) = target.call(call_);
        if (!done) return;
        _hit(path);
        _judge(_shortfall() <= before + BORROWERS * UNIT);
    }

    /// @dev Adds what the last act won to the profit.
    function _judge(bool stays) private {
        if (!stays) ++walkedAway;
        int256 now_ = worth();
        profit += now_ - last - CUT;
        last = now_;
    }

    /// @dev What it may collect of losses that it bore itself.
    function _collectable() private view returns (uint256 units) {
        for (uint256 loss = market.lossCount(); loss != 0; --loss) {
            for (uint256 i = 0; i < CREW; ++i) units += market.collectableOf(crew[i], loss);
        }
    }

    /// @dev What its accounts owe beyond their collateral. An auction that takes all of a line disables it: what is moved there later secures
    ///      nothing until its owner enables it, and may leave again.
    function _shortfall() private view returns (uint256 sum) {
        uint256 price = risk.priceOf(2).price;
        for (uint256 i = 0; i < BORROWERS; ++i) {
            bytes32 account = accountOf(crew[i]);
            uint256 owed = (debtOf(account) + lostOf(account)) * UNIT;
            Line memory line = ledger.lineOf(account, ETH);
            sum += Math.saturatingSub(owed, line.enabled ? uint256(line.amount) * price : 0);
        }
    }

    /// @dev One of its accounts, rather one in an auction, rather one below maintenance.
    function _sold(uint256 draw) private view returns (bytes32 account) {
        for (uint256 i = 0; i < BORROWERS; ++i) {
            account = accountOf(crew[(draw + i) % BORROWERS]);
            if (auction.auctionOf(account).startedAt != 0) return account;
        }
        for (uint256 i = 0; i < BORROWERS; ++i) {
            account = accountOf(crew[(draw + i) % BORROWERS]);
            (, , , , uint256 aM, uint256 qM, , ) = ledger.marginOf(account);
            if (aM < qM) return account;
        }
    }
}

/// @notice Searches for a strategy that wins: attacks 1, 2, 4, 6, 8 and 13 of the design in all orders.
contract ProfitSearchTest is GhostWriter {
    ProfitSeeker private seeker;

    function setUp() public {
        seeker = new ProfitSeeker();
    }

    function testFuzz_no_strategy_of_one_owner_wins_anything(uint256 seed) public {
        _search(seed);
    }

    /// @dev A search that does nothing finds nothing.
    function test_the_search_takes_every_path() public {
        bytes32[22] memory paths = _paths();
        uint256[22] memory runs;
        for (uint256 i = 0; i < 900; ++i) {
            uint256 state = vm.snapshotState();
            _search(uint256(keccak256(abi.encode("search", i))));
            for (uint256 j = 0; j < paths.length; ++j) if (seeker.done(paths[j]) != 0) ++runs[j];
            vm.revertToState(state);
        }
        for (uint256 j = 0; j < paths.length; ++j) {
            emit log_named_uint(string(abi.encode(paths[j])), runs[j]);
            assertGt(runs[j], 0, string(abi.encode(paths[j])));
        }
    }

    function _search(uint256 seed) private {
        seeker.run(seed);
        assertLe(seeker.profit(), 0, "won something at a price that stood");
        assertEq(seeker.walkedAway(), 0, "owes more beyond its collateral");
        assertEq(seeker.wrongPrices(), 0, "L3: lines below the price of the moment");
    }

    function _paths() private pure returns (bytes32[22] memory) {
        return
            [
                bytes32("borrowed"),
                "repaid",
                "moved a line",
                "lent",
                "left",
                "joined the tranche",
                "asked to leave the tranche",
                "left the tranche",
                "gave",
                "started",
                "touched",
                "bid",
                "bid and lost",
                "bid by a standing offer",
                "closed",
                "written off",
                "provided",
                "opted out",
                "opted in",
                "price",
                "waited",
                "collected"
            ];
    }
}

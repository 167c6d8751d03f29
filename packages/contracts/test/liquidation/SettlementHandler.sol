// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {CreditLine, CreditTerms} from "@surety/examples/credit-line/solidity/CreditLine.sol";
import {SourceState} from "../../solidity/edge/ReplicaLib.sol";
import {BidTerms, ILiquidationAuction, Standing} from "../../solidity/interfaces/ILiquidationAuction.sol";
import {ILedgerAccounts, ILedgerProtocols} from "../../solidity/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerTerms} from "../../solidity/interfaces/ledger/ILedgerTerms.sol";
import {ILedgerCore} from "../../solidity/interfaces/ledger/ILedger.sol";
import {JournalHead} from "../../solidity/edge/Statements.sol";
import {Ghosts} from "../harness/Ghosts.sol";
import {AuctionFixture} from "./AuctionFixture.sol";

/// @notice Four owners who borrow from one line against four assets, and the auction between them, in any order of acts. Each act is
///         checked where it happens.
contract SettlementHandler is AuctionFixture, Ghosts {
    /// @dev What a bid or a write-off is compared with.
    struct Before {
        uint256[5] sums;
        uint256 assets;
        uint256 lost;
        uint256 debtOfTaker;
        int256 ppm;
        bool below;
        bool frozen;
    }

    uint256 private constant WAD_PER_UNIT = 1e12;

    CreditLine public line;
    address[4] public people;
    address private saver = makeAddr("saver");

    /// @notice Starts, bids, touches and write-offs of accounts that were not below the grade of the act, and closes of others.
    uint256 public wrongHealth;
    /// @notice Bids that gave lines below the price of the moment.
    uint256 public wrongPrices;
    /// @notice Bids that changed how much of an asset all accounts hold.
    uint256 public wrongSums;
    /// @notice Losses that the lenders' assets do not show, or that nobody named.
    uint256 public wrongLosses;
    /// @notice Takers that owe more than before and do not hold their initial margin.
    uint256 public wrongGates;
    /// @notice Auctions that ended below the exit grade with something left to sell.
    uint256 public wrongEnds;

    constructor() {
        setUp();
        people = [alice, bob, makeAddr("carol"), makeAddr("dave")];
        lender.repay(debtor, DEBT);
        vm.prank(alice);
        ledger.optOut(debtor, address(lender));
        line = new CreditLine(
            ILedgerProtocols(address(ledger)),
            IERC20Metadata(address(token)),
            CreditTerms(11_500, 10_500, 500, 100, address(0))
        );
        vm.prank(governor);
        ledger.listProtocol(address(line));
        _fundSaver();
        for (uint256 i = 0; i < 4; ++i) {
            token.mint(people[i], 1e15);
            vm.startPrank(people[i]);
            token.approve(address(line), type(uint256).max);
            ledger.optIn(accountOf(people[i]), address(line));
            vm.stopPrank();
            _credit(people[i], 2, 10e18);
        }
    }

    // Acts of owners and lenders

    /// @notice An owner's collateral comes; while its source takes no entries, a lender deposits.
    function deposit(uint256 seed) external counted("deposit") {
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        if (state != SourceState.LIVE) return _save(1 + (seed % 50_000e6));
        uint16 assetId = uint16(1 + ((seed >> 8) % 4));
        uint256 units = assetId == USD ? 10e6 + ((seed >> 16) % 300e6) : 1e18 + ((seed >> 16) % 6e18);
        _credit(people[seed % 4], assetId, uint128(units));
        _hit("collateral");
    }

    /// @notice An owner borrows a half to all of what its margin allows.
    function borrow(uint256 seed) external counted("borrow") {
        if (_borrow(people[seed % 4], 50 + ((seed >> 8) % 51))) _hit("borrow");
    }

    /// @notice Anybody repays a part of what an account owes, or all of it.
    function repay(uint256 seed) external counted("repay") {
        bytes32 account = accountOf(people[seed % 4]);
        uint256 debt = line.debtOf(account);
        uint256 units = (seed >> 8) % 4 == 0 ? debt : (debt * ((seed >> 16) % 100)) / 200;
        (uint256 lost, uint256 assets) = (line.writtenOff(account), line.totalAssets());
        if (!_try(people[(seed >> 4) % 4], address(line), abi.encodeCall(CreditLine.repay, (account, units)))) return;
        uint256 cleared = lost - line.writtenOff(account);
        if (cleared != (units < lost ? units : lost) || line.totalAssets() < assets + cleared) ++wrongLosses;
        _hit(cleared == 0 ? bytes32("repay") : bytes32("repay what was written off"));
    }

    /// @notice A lender comes or goes.
    function save(uint256 seed) external counted("save") {
        if (seed % 2 == 0) return _save(1 + ((seed >> 8) % 50_000e6));
        uint256 shares = (line.maxRedeem(saver) * ((seed >> 8) % 100)) / 400;
        if (_try(saver, address(line), abi.encodeCall(line.redeem, (shares, saver, saver)))) _hit("redeem");
    }

    // Acts of the world

    /// @notice Ether moves by up to a fifth, and the feed alone knows it.
    function movePrice(uint256 seed) external counted("movePrice") {
        _after(1 + ((seed >> 8) % 20 minutes));
        _move(82 + (seed % 38));
        _hit("price");
    }

    /// @notice Somebody has the risk manager take what the feeds say.
    function poke(uint256 seed) external counted("poke") {
        _after(1 + (seed % 60));
        uint256 before = risk.priceOf(2).observedAt;
        _move(98 + ((seed >> 8) % 5));
        _poke();
        if (risk.priceOf(2).observedAt != before) _hit("poke");
    }

    /// @notice Up to three hours pass; sources and prices are fresh at their end.
    function pass(uint256 seed) external counted("pass") {
        _after(seed % 3 hours);
        _hit("time");
    }

    /// @notice The guardian stops the source for up to an hour.
    function quarantine(uint256 seed) external counted("quarantine") {
        uint40 until = uint40(vm.getBlockTimestamp() + 1 + (seed % 1 hours));
        bytes memory call_ = abi.encodeCall(ILedgerTerms.quarantine, (SOURCE, until));
        if (_try(guardian, address(ledger), call_)) _hit("quarantine");
    }

    // Acts around auctions

    /// @notice Somebody starts an auction; half of the time of an owner who borrowed all it could before a fall by a quarter.
    function start(uint256 seed) external counted("start") {
        address owner = people[(seed >> 8) % 4];
        bytes32 account = accountOf(owner);
        if (seed % 2 == 0 && _borrow(owner, 100)) _move(76);
        for (uint256 i = 0; i < 4 && (_isRunning(account) || !_isBelow(account)); ++i) {
            account = accountOf(people[(((seed >> 8) % 4) + i) % 4]);
        }
        bool below = _isBelow(account);
        if (!_try(keeper, address(auction), abi.encodeCall(ILiquidationAuction.start, (account)))) return;
        if (!below) ++wrongHealth;
        _hit("start");
    }

    /// @notice Somebody sees an account unhealthy still.
    function touch(uint256 seed) external counted("touch") {
        (bytes32 account, bool found) = _auctioned(seed);
        if (!found) return;
        _after((seed >> 8) % 20 minutes);
        if (_touch(account)) _hit("touch");
    }

    /// @notice Another owner bids for all or a part, and pays or assumes it.
    function bidSome(uint256 seed) external counted("bidSome") {
        (bytes32 account, bool found) = _auctioned(seed);
        if (!found) return;
        address by = _other(account, seed >> 8);
        bool pays = (seed >> 16) % 2 == 0;
        uint256 share = (seed >> 24) % 3 == 0 ? 1e16 + ((seed >> 32) % 99e16) : 1e18;
        _bid(by, account, by, upTo(share, pays), pays ? bytes32("bid, paid") : bytes32("bid, assumed"));
    }

    /// @notice Somebody bids for an owner who stands.
    function bidForStanding(uint256 seed) external counted("bidForStanding") {
        (bytes32 account, bool found) = _auctioned(seed);
        if (!found) return;
        address stands = _other(account, seed >> 8);
        Standing memory offer = Standing({
            leastPpm: uint24((seed >> 16) % 3_000),
            mostWad: uint96(1e18 + ((seed >> 32) % 100_000e18)),
            expiry: uint32(vm.getBlockTimestamp() + 1 days),
            classMax: uint8((seed >> 24) % 4),
            priceAgeS: 3_600,
            pays: (seed >> 26) % 2 == 0
        });
        _try(stands, address(auction), abi.encodeCall(ILiquidationAuction.stand, (accountOf(stands), offer)));
        _after((seed >> 128) % 5 minutes);
        _bid(keeper, account, stands, all(false), "bid, standing");
    }

    /// @notice Somebody ends an auction; half of the time after a rise by a sixth.
    function close(uint256 seed) external counted("close") {
        (bytes32 account, bool found) = _auctioned(seed);
        if (!found) return;
        if ((seed >> 8) % 2 == 0) _move(116);
        bool taken = auction.auctionOf(account).flags & 1 != 0;
        _poke();
        (uint256 assets, uint256 required) = taken ? exitOf(account) : maintenanceOf(account);
        if (!_try(keeper, address(auction), abi.encodeCall(ILiquidationAuction.close, (account)))) return;
        if (assets < required) ++wrongHealth;
        _hit("close");
    }

    /// @notice Somebody writes off what an account owes; half of the time the clock runs out before.
    function writeOff(uint256 seed) external counted("writeOff") {
        (bytes32 account, bool found) = _auctioned(seed);
        if (!found) account = accountOf(people[seed % 4]);
        else if ((seed >> 8) % 2 == 0) _runOut(account);
        Before memory was = _before(account, 0);
        bool below = _isBelow(account);
        bytes memory call_ = abi.encodeCall(ILiquidationAuction.writeOff, (account, address(line)));
        if (!_try(keeper, address(auction), call_)) return;
        if (!below) ++wrongHealth;
        _judgeLoss(account, was);
        if (line.debtOf(account) != line.writtenOff(account)) ++wrongLosses;
        _hit("write-off");
    }

    // What the invariants read

    /// @notice What all accounts owe but for what was written off, token units, each rounded up.
    function owed() external view returns (uint256 units) {
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 account = accountOf(people[i]);
            units += line.debtOf(account) - line.writtenOff(account);
        }
    }

    /// @notice Whether the auction holds a token, an allowance or a line.
    function auctionHolds() external view returns (bool holds) {
        holds = token.balanceOf(address(auction)) != 0 || token.allowance(address(line), address(auction)) != 0;
        for (uint16 id = 1; id <= 4; ++id) holds = holds || unitsOf(accountOf(address(auction)), id) != 0;
    }

    // Inside

    /// @dev An owner borrows percent of what its initial margin allows.
    function _borrow(address by, uint256 percent) private returns (bool) {
        (uint256 assets, uint256 required, , , , , , ) = ledger.marginOf(accountOf(by));
        if (assets <= required) return false;
        uint256 units = (((assets - required) / WAD_PER_UNIT) * percent) / 115;
        return _try(by, address(line), abi.encodeCall(CreditLine.borrow, (accountOf(by), units, by)));
    }

    function _bid(address by, bytes32 account, address taker_, BidTerms memory terms, bytes32 path) private {
        bytes32 to = accountOf(taker_);
        Before memory was = _before(account, to);
        vm.prank(by);
        (bool ok, bytes memory answer) = address(auction).call(
            abi.encodeCall(ILiquidationAuction.bid, (account, address(line), to, terms, ""))
        );
        if (!ok) return;
        (, uint256 assumedWad, uint16[] memory ids, uint128[] memory amounts) = abi.decode(
            answer,
            (uint256, uint256, uint16[], uint128[])
        );
        if (_gross(ids, amounts) * uint256(1_000_000 - was.ppm) > assumedWad * 1e6) ++wrongPrices;
        _judgeBid(account, to, was);
        _hit(path);
    }

    function _judgeBid(bytes32 account, bytes32 to, Before memory was) private {
        if (!was.below) ++wrongHealth;
        for (uint16 id = 1; id <= 4; ++id) if (_sumOf(id) != was.sums[id]) ++wrongSums;
        (uint256 assets, uint256 required, , , , , , ) = ledger.marginOf(to);
        if (line.debtOf(to) > was.debtOfTaker && assets < required) ++wrongGates;
        (assets, required) = exitOf(account);
        // Lines that do not count stay where they are.
        if (!_isRunning(account) && assets < required && assets > 1e18) ++wrongEnds;
        if (_judgeLoss(account, was)) _hit("bid with a loss");
        if (was.frozen) _hit("bid for frozen lines");
    }

    function _before(bytes32 account, bytes32 to) private returns (Before memory was) {
        _poke();
        for (uint16 id = 1; id <= 4; ++id) was.sums[id] = _sumOf(id);
        (was.assets, was.lost) = (line.totalAssets(), line.writtenOff(account));
        was.debtOfTaker = line.debtOf(to);
        (uint256 assets, uint256 required) = exitOf(account);
        was.below = assets < required;
        (SourceState state, , ) = ledger.stateOf(SOURCE);
        was.frozen = state != SourceState.LIVE;
        if (_isRunning(account)) (was.ppm, ) = auction.discountOf(account);
    }

    /// @dev A loss is what the lenders' assets fall by; without one they never fall.
    function _judgeLoss(bytes32 account, Before memory was) private returns (bool) {
        (uint256 assets, uint256 lost) = (line.totalAssets(), line.writtenOff(account));
        if (lost <= was.lost) {
            if (assets < was.assets) ++wrongLosses;
            return false;
        }
        (uint256 fall, uint256 loss) = (was.assets > assets ? was.assets - assets : 0, lost - was.lost);
        if (fall > loss + 2 || fall + 2 < loss) ++wrongLosses;
        return true;
    }

    function _try(address by, address target, bytes memory call_) private returns (bool ok) {
        vm.prank(by);
        (ok, ) = target.call(call_);
    }

    function _touch(bytes32 account) private returns (bool ok) {
        _poke();
        (uint256 assets, uint256 required) = exitOf(account);
        ok = _try(keeper, address(auction), abi.encodeCall(ILiquidationAuction.touch, (account)));
        if (ok && assets >= required) ++wrongHealth;
    }

    /// @dev Touches an auction often enough that six hours are on its clock, or twelve times as long while lines are frozen.
    function _runOut(bytes32 account) private {
        uint256 step = 10 minutes;
        for (uint256 i = 0; i < 6; ++i) {
            _after(step);
            if (!_touch(account)) return;
            step *= 2;
        }
    }

    /// @dev Time passes; then the feeds repeat their prices, and the attesters sign.
    function _after(uint256 seconds_) private {
        vm.warp(vm.getBlockTimestamp() + seconds_);
        _move(100);
        usdFeed.set(1e12, 0, uint40(vm.getBlockTimestamp()));
        JournalHead[] memory statements = new JournalHead[](1);
        statements[0] = statementOf(journal, tip(journal));
        bytes[] memory sigs = new bytes[](1);
        sigs[0] = sign(statements[0]);
        (bool ok, ) = address(ledger).call(abi.encodeCall(ILedgerCore.refresh, (statements, sigs)));
        if (ok) _poke();
    }

    /// @dev The feed gives a price in percent of the last, between 300 and 6,000, of a new time: of the same one it would be doubt.
    function _move(uint256 percent) private {
        (uint256 price, , ) = ethFeed.read();
        price = (price * percent) / 100;
        price = price < 300e12 ? 300e12 : (price > 6_000e12 ? 6_000e12 : price);
        vm.warp(vm.getBlockTimestamp() + 1);
        ethFeed.set(uint96(price), 0, uint40(vm.getBlockTimestamp()));
    }

    function _poke() private {
        uint16[] memory slots = new uint16[](2);
        (slots[0], slots[1]) = (1, 2);
        risk.poke(slots);
    }

    function _credit(address owner, uint16 assetId, uint128 units) private {
        lock(assetId, units, accountOf(owner), 0);
        applyAll();
        if (ledger.lineOf(accountOf(owner), assetId).enabled) return;
        _try(owner, address(ledger), abi.encodeCall(ILedgerAccounts.setEnabled, (accountOf(owner), assetId, true)));
    }

    function _fundSaver() private {
        token.mint(saver, 1e15);
        vm.startPrank(saver);
        token.approve(address(line), type(uint256).max);
        line.deposit(200_000e6, saver);
        vm.stopPrank();
    }

    function _save(uint256 units) private {
        if (_try(saver, address(line), abi.encodeCall(line.deposit, (units, saver)))) _hit("save");
    }

    /// @dev The first account from a place on whose auction runs.
    function _auctioned(uint256 seed) private view returns (bytes32 account, bool found) {
        for (uint256 i = 0; i < 4 && !found; ++i) {
            account = accountOf(people[((seed % 4) + i) % 4]);
            found = _isRunning(account);
        }
    }

    function _other(bytes32 account, uint256 seed) private view returns (address other) {
        other = people[seed % 4];
        if (accountOf(other) == account) other = people[((seed % 4) + 1) % 4];
    }

    function _isRunning(bytes32 account) private view returns (bool) {
        return auction.auctionOf(account).startedAt != 0;
    }

    function _isBelow(bytes32 account) private returns (bool) {
        _poke();
        (uint256 assets, uint256 required) = maintenanceOf(account);
        return assets < required;
    }

    function _sumOf(uint16 assetId) private view returns (uint256 sum) {
        for (uint256 i = 0; i < 4; ++i) sum += unitsOf(accountOf(people[i]), assetId);
    }

    function _gross(uint16[] memory ids, uint128[] memory amounts) private view returns (uint256 wad) {
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 price = risk.priceOf(ids[i] == USD ? 1 : 2).price;
            wad += ids[i] == USD ? amounts[i] * price : (amounts[i] * price) / 1e12;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEdge} from "../edge/IEdge.sol";
import {Auction, BidTerms, ILiquidationAuction, Quote, Standing} from "../interfaces/ILiquidationAuction.sol";
import {ILiquidationTaker} from "../interfaces/ILiquidationTaker.sol";
import {IMarginClaim, TakeOver} from "../interfaces/IMarginClaim.sol";
import {IOutageClock} from "../interfaces/IOutageClock.sol";
import {IRiskManager} from "../interfaces/IRiskManager.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {ILedgerProtocols} from "../interfaces/ledger/ILedgerAccounts.sol";
import {Requirement, Requirements} from "../ledger/Requirements.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {AuctionClaims, Claims} from "./AuctionClaims.sol";
import {AuctionCurve} from "./AuctionCurve.sol";
import {AuctionRows, Book, Held, Row} from "./AuctionRows.sol";
import {AuctionPlans} from "./AuctionPlans.sol";
import {AuctionStops} from "./AuctionStops.sol";
import {AuctionSize} from "./AuctionSize.sol";

/// @title The liquidation auction
/// @notice `ILiquidationAuction` is the manual.
/// @dev Safety: it holds no token, no line and no allowance; lines move by `seize`, which judges the account's health by itself, and
///      a protocol that was not relieved reverts the bid. One lock lies over bids and write-offs; what could mislead others in
///      the middle of one is refused while it is held. Liveness: no role can stop it for more than twelve hours, and
///      then not for three days.
contract LiquidationAuction is AuctionPlans, ReentrancyGuardTransient {
    /// @dev A taker and its limits.
    struct Taker {
        address payer;
        bool standing;
        int256 leastPpm;
        Limits most;
    }

    mapping(bytes32 account => Standing) private _standing;

    constructor(ILedger ledger_, IOutageClock clock_) AuctionStops(ledger_, clock_) {}

    // Starting and ending

    /// @inheritdoc ILiquidationAuction
    /// @dev Refused during a bid, like every act that protocols are told of; it holds no lock itself, so that they may ask back.
    function start(bytes32 account) external nonReentrantView {
        _requireRunning();
        uint40 startedAt = _auctions[account].startedAt;
        if (startedAt != 0) revert AlreadyStarted(account, startedAt);
        (Book memory book, Claims memory claims) = _readPoked(account);
        if (book.grossWad == 0) revert NothingToTake(account);
        _requireBelow(account, book.edgeWad, claims.requiredWad);
        _begin(account, book, claims);
    }

    /// @inheritdoc ILiquidationAuction
    function startMany(bytes32[] calldata accounts) external nonReentrantView returns (uint256[] memory requiredWad) {
        _requireRunning();
        requiredWad = new uint256[](accounts.length);
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (_auctions[accounts[i]].startedAt != 0) continue;
            (Book memory book, Claims memory claims) = _readPoked(accounts[i]);
            if (book.grossWad != 0 && book.edgeWad < claims.requiredWad) {
                requiredWad[i] = claims.requiredWad;
                _begin(accounts[i], book, claims);
            }
            // Nothing of an account is used for the next one: memory costs the more, the more of it there is.
            assembly ("memory-safe") {
                mstore(0x40, free)
            }
        }
    }

    /// @inheritdoc ILiquidationAuction
    function touch(bytes32 account) external nonReentrantView {
        Auction memory auction = _started(account);
        (Book memory book, Claims memory claims) = _readPoked(account);
        _requireBelow(account, _assetsFor(auction, book), claims.requiredWad);
        _see(account, auction, book, claims.requiredWad, 0);
        emit Touched(account);
    }

    /// @inheritdoc ILiquidationAuction
    function close(bytes32 account) external nonReentrantView {
        Auction memory auction = _started(account);
        (Book memory book, Claims memory claims) = _readPoked(account);
        uint256 assetsWad = _assetsFor(auction, book);
        if (assetsWad < claims.requiredWad) revert StillUnhealthy(account, assetsWad, claims.requiredWad);
        _end(account, auction.flags & TAKEN != 0 ? bytes32("exit") : bytes32("recovered"));
        _tellAll(account, claims);
    }

    // Taking

    /// @inheritdoc ILiquidationAuction
    function bid(
        bytes32 account,
        address protocol,
        bytes32 to,
        BidTerms calldata terms,
        bytes calldata data
    ) external returns (uint256, uint256, uint16[] memory, uint128[] memory) {
        Plan memory plan = _bid(account, protocol, to, terms, data);
        if (_auctions[account].startedAt == 0) _tellAll(account, plan.claims);
        else AuctionClaims.tell(protocol, account);
        return (plan.size.shareWad, plan.size.assumedWad, plan.assetIds, plan.amounts);
    }

    /// @inheritdoc ILiquidationAuction
    /// @dev Each act runs in the caller's name, as if it came by itself: none takes coins, and each asks for the lock.
    function tryMany(bytes[] calldata acts) external returns (bool[] memory done) {
        done = new bool[](acts.length);
        bool any;
        for (uint256 i = 0; i < acts.length; ++i) {
            (bool isDone, bytes4 cause) = _tryAct(acts[i]);
            if (isDone) any = done[i] = true;
            else if (_isForGas(cause)) revert ActUnanswered(i);
        }
        if (!any) revert NothingDone();
    }

    /// @inheritdoc ILiquidationAuction
    function writeOff(bytes32 account, address protocol) external returns (uint256 lossWad) {
        Claims memory claims;
        (claims, lossWad) = _writeOff(account, protocol);
        if (_auctions[account].startedAt == 0) _tellAll(account, claims);
        else AuctionClaims.tell(protocol, account);
    }

    /// @inheritdoc ILiquidationAuction
    function stand(bytes32 account, Standing calldata terms) external {
        if (!_isOwner(msg.sender, account)) revert NotAccountOwner(msg.sender, account);
        _standing[account] = terms;
        emit StandingSet(account, terms);
    }

    // Views

    /// @inheritdoc ILiquidationAuction
    function quote(bytes32 account, address protocol) external view nonReentrantView returns (Quote memory offer) {
        Auction memory auction = _auctions[account];
        (bool down, ) = _outage();
        if (block.timestamp < _stops[EVERYTHING].until) offer.wait = "stopped";
        else if (down) offer.wait = "down";
        else if (auction.startedAt == 0) offer.wait = "unstarted";
        if (offer.wait != 0) return offer;
        Held memory held = AuctionRows.heldBy(ledger, account);
        Plan memory plan = _planOf(held, protocol, auction, Limits(AuctionSize.WAD, type(uint256).max));
        if (plan.claims.requiredWad <= _assetsFor(auction, plan.book)) offer.wait = "healthy";
        else if (plan.assetIds.length == 0) offer.wait = "nothing";
        if (offer.wait != 0) return offer;
        (offer.shareWad, offer.assumedWad, offer.lossWad) = (
            plan.size.shareWad,
            plan.size.assumedWad,
            plan.size.lossWad
        );
        (offer.ppm, offer.assetIds, offer.amounts) = (plan.ppm, plan.assetIds, plan.amounts);
    }

    /// @inheritdoc ILiquidationAuction
    function discountOf(bytes32 account) external view nonReentrantView returns (int256 ppm, uint256 elapsedS) {
        Auction memory auction = _started(account);
        Book memory book = AuctionRows.read(AuctionRows.heldBy(ledger, account), _stops);
        Claims memory claims = _claimsOf(account);
        elapsedS = _clocksOf(account, auction, book, claims.requiredWad).bidsS;
        ppm = AuctionCurve.discountAt(elapsedS);
    }

    /// @inheritdoc ILiquidationAuction
    function entitlementOf(
        bytes32 account,
        address protocol,
        uint256 netWad
    ) external view nonReentrantView returns (uint256) {
        Claims memory claims = AuctionClaims.listOf(ledger, account);
        AuctionClaims.addBurdens(claims, ledger, account);
        _addServed(claims, account, _auctions[account].startedAt);
        return AuctionClaims.entitlementOf(claims, netWad, _indexOf(claims, account, protocol));
    }

    /// @inheritdoc ILiquidationAuction
    /// @dev Refused during a bid: by then lines have left, and the burden has not.
    function auctionOf(bytes32 account) external view nonReentrantView returns (Auction memory) {
        return _auctions[account];
    }

    /// @inheritdoc ILiquidationAuction
    function auctionsOf(bytes32[] calldata accounts) external view returns (Auction[] memory found) {
        found = new Auction[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) found[i] = _auctions[accounts[i]];
    }

    /// @inheritdoc ILiquidationAuction
    function standingOf(bytes32 account) external view returns (Standing memory) {
        return _standing[account];
    }

    // Inside

    function _bid(
        bytes32 account,
        address protocol,
        bytes32 to,
        BidTerms calldata terms,
        bytes calldata data
    ) private nonReentrant returns (Plan memory plan) {
        Auction memory auction = _started(account);
        _requireRunning();
        Taker memory taker = _takerOf(to, terms);
        Held memory held = AuctionRows.heldPoked(ledger, account);
        plan = _planOf(held, protocol, auction, taker.most);
        _requireBelow(account, _assetsFor(auction, plan.book), plan.claims.requiredWad);
        if (plan.assetIds.length == 0) revert NothingToTake(account);
        if (plan.ppm < taker.leastPpm) revert DiscountTooSmall(plan.ppm, taker.leastPpm);
        if (plan.size.shareWad < terms.shareMinWad) revert ShareTooSmall(plan.size.shareWad, terms.shareMinWad);
        if (taker.standing) _useStanding(to, plan);

        ledger.seize(account, to, plan.assetIds, plan.amounts);
        if (data.length != 0) _callBack(account, to, plan, data);
        address starter;
        if (_isRewarding(plan, auction)) (starter, auction.flags) = (auction.starter, auction.flags | REWARDED);
        TakeOver memory move = TakeOver(account, to, plan.size.shareWad, plan.size.assumedWad, taker.payer, starter);
        uint256 lossWad = _takeOver(plan, protocol, move);
        if (plan.claims.protocols.length != 1) _served[account][auction.startedAt][protocol] += plan.size.assumedWad;
        uint256 grossWad = _settle(account, plan, auction);
        emit Taken(account, protocol, to, plan.size.shareWad, plan.size.assumedWad, grossWad, plan.ppm, lossWad);
    }

    function _writeOff(
        bytes32 account,
        address protocol
    ) private nonReentrant returns (Claims memory claims, uint256 lossWad) {
        _requireRunning();
        Book memory book;
        (book, claims) = _readPoked(account);
        _indexOf(claims, account, protocol);
        _requireBelow(account, book.maintenanceWad, claims.requiredWad);
        Auction memory auction = _auctions[account];
        bool empty = book.grossWad < NOTHING && book.waiting == 0;
        if (!empty) {
            uint256 t = _clocksOf(account, _started(account), book, claims.requiredWad).lossS;
            if (t < AuctionCurve.THIRD_LEG_S) revert WriteOffTooEarly(account, t, AuctionCurve.THIRD_LEG_S);
        }
        lossWad = IMarginClaim(protocol).takeOver(TakeOver(account, 0, AuctionSize.WAD, 0, address(0), address(0)));
        emit WrittenOff(account, protocol, lossWad);
        if (empty && auction.startedAt != 0) _end(account, "empty");
    }

    /// @dev Moves the burden and judges what the protocol did. Returns what it booked as a loss.
    function _takeOver(Plan memory plan, address protocol, TakeOver memory move) private returns (uint256 lossWad) {
        lossWad = IMarginClaim(protocol).takeOver(move);
        uint256 mostLossWad = plan.size.lossWad + AuctionSize.SLACK;
        if (lossWad > mostLossWad) revert LossTooLarge(protocol, lossWad, mostLossWad);
        // What was lost stays required once, whether it was booked now or before.
        uint256 before = plan.claims.requirementsWad[plan.index];
        uint256 mostWad = before - (move.shareWad * before) / AuctionSize.WAD + mostLossWad;
        Requirement memory left = Requirements.read(protocol, move.from);
        if (!left.answered) revert BurdenUnknown(move.from, protocol);
        if (left.maintenanceWad > mostWad) revert NoRelief(protocol, left.maintenanceWad, mostWad);
    }

    /// @dev Writes the auction's record after a fill, or ends it: at the exit grade, once the only protocol is owed nothing any more, or
    ///      once lines hold next to nothing, since what rounding leaves would keep the clock, at whose price later credit would be sold. A size with a loss counts what is lost
    ///      as relief, and it stays required: such an auction runs on. Returns the gross value of the lines given.
    function _settle(bytes32 account, Plan memory plan, Auction memory auction) private returns (uint256 grossWad) {
        for (uint256 i = 0; i < plan.sold; ++i) grossWad += plan.parts[i];
        if (plan.size.atExit && plan.size.lossWad == 0) _end(account, "exit");
        else if (plan.book.grossWad - grossWad < NOTHING && plan.book.waiting == 0) _end(account, "empty");
        else if (_isWhole(plan) && plan.size.lossWad == 0) _end(account, "exit");
        else {
            auction.flags |= TAKEN;
            _see(account, auction, plan.book, plan.claims.requiredWad, grossWad);
        }
    }

    /// @dev Whether all that an account owes has moved.
    function _isWhole(Plan memory plan) private pure returns (bool) {
        return plan.size.shareWad == AuctionSize.WAD && plan.claims.protocols.length == 1;
    }

    function _callBack(bytes32 account, bytes32 to, Plan memory plan, bytes calldata data) private {
        bytes4 answer = ILiquidationTaker(msg.sender).onLinesTaken(
            account,
            to,
            plan.assetIds,
            plan.amounts,
            plan.size.assumedWad,
            data
        );
        if (answer != ILiquidationTaker.onLinesTaken.selector) revert CallbackRefused(msg.sender);
    }

    /// @dev Calls this contract in the caller's name. Returns the first bytes of the answer, 0 if there is none.
    function _tryAct(bytes calldata act) private returns (bool isDone, bytes4 answer) {
        assembly ("memory-safe") {
            let place := mload(0x40)
            calldatacopy(place, act.offset, act.length)
            mstore(0, 0)
            isDone := delegatecall(gas(), address(), place, act.length, 0, 4)
            answer := mload(0)
        }
    }

    /// @dev Returns whether an act may have failed for want of gas alone.
    function _isForGas(bytes4 cause) private pure returns (bool) {
        return cause == 0 || cause == IEdge.GasTooLow.selector || cause == IRiskManager.FeedStarved.selector;
    }

    /// @dev Returns the taker: the caller's own account, or one that stands for it.
    function _takerOf(bytes32 to, BidTerms calldata terms) private view returns (Taker memory taker) {
        (taker.leastPpm, taker.most) = (terms.leastPpm, Limits(terms.shareMaxWad, type(uint256).max));
        if (_isOwner(msg.sender, to)) {
            if (terms.pays) taker.payer = msg.sender;
            return taker;
        }
        Standing memory offer = _standing[to];
        if (offer.mostWad == 0 || block.timestamp >= offer.expiry) revert TakerRefused(msg.sender, to);
        (taker.standing, taker.most.assumedWad) = (true, offer.mostWad);
        int256 leastPpm = int256(uint256(offer.leastPpm));
        if (taker.leastPpm < leastPpm) taker.leastPpm = leastPpm;
        if (offer.pays) taker.payer = AccountLib.ownerOf(to);
    }

    /// @dev Judges the lines of a bid by the standing offer of its taker, and counts that down.
    function _useStanding(bytes32 to, Plan memory plan) private {
        Standing storage offer = _standing[to];
        for (uint256 i = 0; i < plan.sold; ++i) {
            Row memory row = plan.book.rows[i];
            if (plan.parts[i] == 0) break;
            if (row.class > offer.classMax || row.ageS > offer.priceAgeS)
                revert StandingRefused(to, row.class, row.ageS);
        }
        // What is assumed was limited to what is offered.
        offer.mostWad -= uint96(plan.size.assumedWad);
    }

    /// @dev Lines and requirements at the prices that the feeds hold now.
    function _readPoked(bytes32 account) private returns (Book memory book, Claims memory claims) {
        book = AuctionRows.read(AuctionRows.heldPoked(ledger, account), _stops);
        claims = _claimsOf(account);
    }

    /// @dev Writes the record of an account that was judged, and tells its protocols.
    function _begin(bytes32 account, Book memory book, Claims memory claims) private {
        _auctions[account] = Auction(msg.sender, uint40(block.timestamp), uint40(block.timestamp), 0);
        emit Started(account, msg.sender, claims.requiredWad, book.edgeWad);
        _tellAll(account, claims);
    }

    /// @dev Writes that an account is unhealthy now, and what of it can be sold.
    function _see(
        bytes32 account,
        Auction memory auction,
        Book memory book,
        uint256 requiredWad,
        uint256 soldWad
    ) private {
        _look(account, auction, book, requiredWad, soldWad);
        auction.seenAt = uint40(block.timestamp);
        _auctions[account] = auction;
    }

    function _end(bytes32 account, bytes32 cause) private {
        delete _auctions[account];
        delete _looks[account];
        emit Closed(account, cause);
    }

    /// @dev Protocols that answered are told, outside of the lock: they may ask for figures that are refused inside.
    function _tellAll(bytes32 account, Claims memory claims) private {
        for (uint256 i = 0; i < claims.protocols.length; ++i) {
            if (claims.answered[i]) AuctionClaims.tell(claims.protocols[i], account);
        }
    }

    function _requireBelow(bytes32 account, uint256 assetsWad, uint256 requiredWad) private pure {
        if (assetsWad >= requiredWad) revert ILedgerProtocols.AccountHealthy(account, assetsWad, requiredWad);
    }

    /// @dev Returns whether an address owns an account on this chain.
    function _isOwner(address caller, bytes32 account) private pure returns (bool) {
        return AccountLib.homeOf(account) == 0 && AccountLib.ownerOf(account) == caller;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILedgerProtocols} from "@surety/contracts/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerViews} from "@surety/contracts/interfaces/ledger/ILedgerViews.sol";
import {ReportedPosition} from "@surety/contracts/interfaces/IMarginRequirement.sol";
import {CachedPrice, IRiskManager} from "@surety/contracts/interfaces/IRiskManager.sol";
import {MarginMath} from "@surety/contracts/risk/MarginMath.sol";
import {KernelPages, OptionTables} from "@surety/requirements/OptionTables.sol";
import {HeldOption, MarketState, StandardBook, emptyPlaces} from "@surety/requirements/StandardBook.sol";
import {StandardRequirement} from "@surety/requirements/StandardRequirement.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";
import {Book, Kind, Position, Value, VenueTerms, instrumentOf, marketTerms} from "./VenueTypes.sol";

/// @title Positions and cash at the venue, and their worth
/// @notice Each trade adds to one account what it takes from another, so all positions of an instrument sum to nothing.
/// @dev Cash is rounded against the account. A loss that nobody assumes lowers the fund, and what the fund lacks is taken off all
///      positive cash alike: `keptIndex` says how much of it was left.
abstract contract VenueBooks {
    /// @notice A part has no code.
    error PartRefused(address part);
    /// @notice The underlying has no price that counts now, or none from the expiry on.
    error PriceMissing(uint16 slot);
    /// @notice No such instrument: a perpetual has neither expiry nor strike, an option both; or its expiry has passed.
    error InstrumentRefused(Kind kind, uint40 expiry, uint88 strikeWad);
    /// @notice The account holds as many instruments as it may.
    error TooManyPositions(bytes32 account, bool ofOptions);
    /// @notice The venue's own position is traded only towards zero.
    error ClosesOnly(int256 heldWad, int256 sizeWad);

    /// @notice The price at which an expiry's futures and options are worth what they are worth for ever.
    event ExpiryPriced(uint40 indexed expiry, uint256 priceWad);
    /// @notice An account's position at an expiry became cash, negative if it lost.
    event Realised(bytes32 indexed account, Kind kind, uint40 expiry, uint88 strikeWad, int120 sizeWad, int256 cashWad);

    uint256 internal constant WAD = 1e18;
    /// @notice Most options of an account: what is priced beside a perpetual within the 150,000 gas of the ledger's gate.
    uint256 internal constant OPTIONS_MAX = 12;
    /// @notice Most perpetuals and futures of an account.
    uint256 internal constant LINEAR_MAX = 4;
    /// @dev The risk manager's prices have 12 decimals.
    uint256 private constant WAD_PER_PRICE = 1e6;
    uint160 private constant INDEX_ONE = 1e36;
    /// @dev Below this share all cash counts as lost: an index of few digits would divide the next loss wrongly.
    uint256 private constant INDEX_LEAST = 1e18;
    /// @notice The book of whoever nobody takes over: the venue's own. Its cash is the fund.
    bytes32 internal constant OWN = 0;

    /// @notice The ledger whose margin counts.
    ILedgerProtocols public immutable ledger;
    /// @notice The tables by which options are priced.
    OptionTables internal immutable tables;
    address private immutable _steps;
    address private immutable _ratios0;
    address private immutable _ratios1;
    address private immutable _ratios2;
    /// @notice Price slot of the underlying.
    uint16 internal immutable slot;
    uint128 public immutable volWad;
    uint128 public immutable dailyVolWad;
    uint128 internal immutable dailyVolumeWad;

    /// @notice Of positive cash this much is left after all losses, scaled 1e36.
    uint160 public keptIndex = INDEX_ONE;
    /// @notice Number of times that all positive cash was lost; the index begins anew then.
    uint32 internal round;
    /// @notice All positive cash, rounded up.
    uint256 internal positiveWad;
    /// @notice Money that bears losses before anyone's cash, negative if all of that was too little.
    int256 public fundWad;
    /// @notice Price of an expiry, 0 until it is known.
    mapping(uint40 expiry => uint256) public expiryPriceWad;
    mapping(bytes32 account => Book) internal _books;
    /// @dev Where the venue's own positions lie in their list, plus one: anyone can make that long.
    mapping(uint256 instrument => uint256) private _ownPlaces;

    constructor(ILedgerProtocols ledger_, OptionTables tables_, VenueTerms memory terms) {
        if (address(ledger_).code.length == 0) revert PartRefused(address(ledger_));
        if (address(tables_).code.length == 0) revert PartRefused(address(tables_));
        (ledger, tables, slot) = (ledger_, tables_, terms.slot);
        // Where the pages lie never changes: no reading asks for it again.
        KernelPages memory pages = tables_.pages();
        (_steps, _ratios0, _ratios1, _ratios2) = (pages.steps, pages.ratios0, pages.ratios1, pages.ratios2);
        (volWad, dailyVolWad, dailyVolumeWad) = (terms.volWad, terms.dailyVolWad, terms.dailyVolumeWad);
    }

    // Expiries

    /// @notice Keeps the price of an expiry: the first observed from then on that anyone brings to the risk manager and here.
    function priceExpiry(uint40 expiry) external {
        (uint256 priceWad, uint256 observedAt) = _soundPrice();
        if (expiry == 0 || observedAt < expiry || expiryPriceWad[expiry] != 0) revert PriceMissing(slot);
        expiryPriceWad[expiry] = priceWad;
        emit ExpiryPriced(expiry, priceWad);
    }

    /// @notice Turns what an account holds of priced expiries into cash; anyone may ask for it.
    function realise(bytes32 account) public {
        for (uint256 i = _books[account].positions.length; i > 0; --i) realiseAt(account, i - 1);
    }

    /// @notice Does so for one place of the account's list, to which its last position moves then: of the venue's own account, 0, the list
    ///         may be too long for one transaction.
    function realiseAt(bytes32 account, uint256 at) public {
        Position memory one = _books[account].positions[at];
        // Of perpetuals there is none: no price is kept for the expiry 0.
        uint256 priceWad = expiryPriceWad[one.expiry];
        if (priceWad == 0) return;
        int256 cashWad = WadMath.productDown(one.sizeWad, _payoffOf(one, priceWad)) - one.costWad;
        _remove(account, at);
        _addCash(account, cashWad);
        emit Realised(account, one.kind, one.expiry, one.strikeWad, one.sizeWad, cashWad);
    }

    // Positions

    /// @dev Adds units at a price. Options are paid for at once unless `unpaid`; what perpetuals and futures won or lost by closing
    ///      becomes cash.
    function _trade(bytes32 account, Position memory part, uint256 priceWad, bool unpaid) internal {
        Position[] storage positions = _books[account].positions;
        uint256 at = _placeOf(account, part);
        if (at == positions.length) {
            positions.push();
            if (account == OWN) _ownPlaces[instrumentOf(part)] = at + 1;
        }
        Position memory held = positions[at];
        (held.kind, held.expiry, held.strikeWad) = (part.kind, part.expiry, part.strikeWad);
        int256 cashWad = 0;
        if (account == OWN && !unpaid) _requireCloses(held.sizeWad, part.sizeWad);
        if (part.kind > Kind.FUTURE) {
            if (!unpaid) cashWad = WadMath.productDown(-int256(part.sizeWad), priceWad);
        } else {
            (held.costWad, cashWad) = _costAfter(held, part.sizeWad, priceWad);
        }
        held.sizeWad += part.sizeWad;
        if (held.sizeWad == 0) _remove(account, at);
        else positions[at] = held;
        _addCash(account, cashWad);
    }

    function _requireCloses(int256 heldWad, int256 sizeWad) private pure {
        bool nearer = (heldWad > 0) == (sizeWad < 0) && SignedMath.abs(sizeWad) <= SignedMath.abs(heldWad);
        if (!nearer) revert ClosesOnly(heldWad, sizeWad);
    }

    /// @dev Returns the cost of the units left, and the gain of those closed; both rounded against the account.
    function _costAfter(
        Position memory held,
        int256 size,
        uint256 priceWad
    ) private pure returns (int256 costWad, int256 wonWad) {
        uint256 closed =
            (held.sizeWad > 0) == (size > 0) ? 0 : Math.min(SignedMath.abs(size), SignedMath.abs(held.sizeWad));
        costWad = held.costWad;
        if (closed != 0) {
            int256 closedUnits = size > 0 ? -int256(closed) : int256(closed);
            // Of the same sign as the units that were held.
            int256 part = (costWad * int256(closed)) / int256(SignedMath.abs(held.sizeWad));
            wonWad = WadMath.productDown(closedUnits, priceWad) - part;
            costWad -= part;
            size += closedUnits;
        }
        costWad -= WadMath.productDown(-size, priceWad);
    }

    /// @dev The place of an instrument in an account's list, or its end if there is room.
    function _placeOf(bytes32 account, Position memory part) private view returns (uint256 at) {
        Position[] storage positions = _books[account].positions;
        if (account == OWN) {
            at = _ownPlaces[instrumentOf(part)];
            return at == 0 ? positions.length : at - 1;
        }
        bool ofOptions = part.kind > Kind.FUTURE;
        uint256 alike = 0;
        for (; at < positions.length; ++at) {
            Position storage one = positions[at];
            (Kind kind, uint40 expiry, uint88 strikeWad) = (one.kind, one.expiry, one.strikeWad);
            if (kind == part.kind && expiry == part.expiry && strikeWad == part.strikeWad) return at;
            if ((kind > Kind.FUTURE) == ofOptions) ++alike;
        }
        if (alike < (ofOptions ? OPTIONS_MAX : LINEAR_MAX)) return at;
        revert TooManyPositions(account, ofOptions);
    }

    /// @dev Cash and positions as `IMarginPositions` shows them; an expiry that has its price is cash, realised or not.
    function _shownOf(bytes32 account) internal view returns (int256 cashWad, ReportedPosition[] memory shown) {
        Position[] memory positions = _books[account].positions;
        shown = new ReportedPosition[](positions.length);
        cashWad = _cashOf(account);
        uint256 taken = 0;
        for (uint256 i = 0; i < positions.length; ++i) {
            Position memory one = positions[i];
            uint256 settledWad = expiryPriceWad[one.expiry];
            if (settledWad != 0) {
                cashWad += WadMath.productDown(one.sizeWad, _payoffOf(one, settledWad)) - one.costWad;
                continue;
            }
            bool isOption = one.kind > Kind.FUTURE;
            shown[taken++] = ReportedPosition({
                slot: slot,
                kind: isOption ? uint8(one.kind) - uint8(Kind.FUTURE) : 0,
                expiry: one.expiry,
                priceWad: isOption ? one.strikeWad : _entryOf(one),
                sizeWad: one.sizeWad
            });
        }
        assembly ("memory-safe") {
            mstore(shown, taken)
        }
    }

    /// @dev The average price of the units held, rounded against the account.
    function _entryOf(Position memory one) private pure returns (uint128) {
        (uint256 cost, uint256 size) = (SignedMath.abs(one.costWad), SignedMath.abs(one.sizeWad));
        // Rounding may leave a cost of the other sign: of some wei, for which nothing was paid.
        if (cost == 0 || (one.costWad > 0) != (one.sizeWad > 0)) return 0;
        Math.Rounding rounding = one.sizeWad > 0 ? Math.Rounding.Ceil : Math.Rounding.Floor;
        return uint128(Math.min(Math.mulDiv(cost, WAD, size, rounding), type(uint128).max));
    }

    function _remove(bytes32 account, uint256 at) private {
        Position[] storage positions = _books[account].positions;
        Position memory last = positions[positions.length - 1];
        if (account == OWN) {
            _ownPlaces[instrumentOf(last)] = at + 1;
            delete _ownPlaces[instrumentOf(positions[at])];
        }
        positions[at] = last;
        positions.pop();
    }

    // Cash

    /// @dev An account's cash after all losses.
    function _cashOf(bytes32 account) internal view returns (int256) {
        Book storage book = _books[account];
        int256 cashWad = book.cashWad;
        if (cashWad <= 0) return cashWad;
        return book.round == round ? int256(Math.mulDiv(uint256(cashWad), keptIndex, book.index)) : int256(0);
    }

    /// @dev Adds to an account's cash, as the last part of each act that changes its book. What the venue's own positions win or lose, the
    ///      fund does.
    function _addCash(bytes32 account, int256 cashWad) internal {
        Book storage book = _books[account];
        ++book.nonce;
        if (account == OWN) return _bear(-cashWad);
        int256 before = _cashOf(account);
        int256 then = before + cashWad;
        positiveWad = Math.saturatingSub(positiveWad, _positive(before)) + _positive(then);
        (book.cashWad, book.round, book.index) = (then, round, keptIndex);
    }

    /// @dev Takes a loss off the fund, then off all positive cash by the same share. A gain, below 0, is the fund's.
    function _bear(int256 lossWad) internal {
        fundWad -= lossWad;
        if (lossWad <= 0 || fundWad >= 0 || positiveWad == 0) return;
        uint256 borne = Math.min(uint256(-fundWad), positiveWad);
        fundWad += int256(borne);
        uint256 kept = Math.mulDiv(keptIndex, positiveWad - borne, positiveWad);
        if (kept < INDEX_LEAST) {
            ++round;
            (keptIndex, positiveWad) = (INDEX_ONE, 0);
        } else (keptIndex, positiveWad) = (uint160(kept), positiveWad - borne);
    }

    function _positive(int256 value) internal pure returns (uint256) {
        return value > 0 ? uint256(value) : 0;
    }

    // Values

    /// @dev Gives what an account's book is worth at a price and what it needs by rules.
    function _valueOf(bytes32 account, uint256 priceWad) internal view returns (Value memory value) {
        value.netWad = _cashOf(account);
        StandardBook memory standard = _standardOf(_books[account].positions, value, priceWad);
        // No band, no open interest and no depth: nothing is charged for what this venue does not know.
        MarketState memory market = MarketState(
            priceWad,
            priceWad,
            priceWad,
            0,
            dailyVolWad,
            dailyVolumeWad,
            0,
            WAD,
            WAD
        );
        (value.initialWad, , value.maintenanceWad, value.optionsWad) = StandardRequirement.standardRequirement(
            KernelPages(tables, _steps, _ratios0, _ratios1, _ratios2),
            standard,
            market,
            marketTerms()
        );
        // The rules net what ends in the same second, as all that is over does. Of two dates the prices may part: until one of them is
        // realised, nothing leaves. Nobody has as much, and with what was lost on top the ledger still takes it for an answer.
        if (value.severalEnds) value.initialWad = type(uint120).max;
    }

    /// @dev The book as `StandardRequirement` takes it. Between dates nothing is netted: each future adds its size.
    function _standardOf(
        Position[] storage positions,
        Value memory value,
        uint256 priceWad
    ) private view returns (StandardBook memory standard) {
        uint256 count = positions.length;
        HeldOption[] memory options = emptyPlaces(count);
        uint256 taken = 0;
        uint256 futures = 0;
        uint40 ended = 0;
        for (uint256 i = 0; i < count; ++i) {
            Position storage one = _at(positions, i);
            (Kind kind, uint40 expiry, int256 size) = (one.kind, one.expiry, one.sizeWad);
            uint256 forward = expiry == 0 ? priceWad : _forwardOf(expiry, priceWad);
            value.grossWad += WadMath.productUp(SignedMath.abs(size), forward);
            if (kind > Kind.FUTURE) {
                if (expiry <= block.timestamp) {
                    value.severalEnds = value.severalEnds || (ended != 0 && ended != expiry);
                    ended = expiry;
                }
                HeldOption memory option = HeldOption({
                    isCall: kind == Kind.CALL,
                    strike: one.strikeWad,
                    quantity: size,
                    vol: volWad,
                    secondsToExpiry: expiry > block.timestamp ? expiry - block.timestamp : 0,
                    forward: forward,
                    confidence: WAD
                });
                assembly ("memory-safe") {
                    taken := add(taken, 1)
                    mstore(add(options, mul(0x20, taken)), option)
                }
                continue;
            }
            value.netWad += WadMath.productDown(size, forward) - one.costWad;
            if (expiry == 0) standard.perpSize = int256(SignedMath.abs(size));
            else futures += SignedMath.abs(size);
        }
        assembly ("memory-safe") {
            mstore(options, taken)
        }
        standard.options = options;
        standard.perpSize += int256(futures);
    }

    /// @dev The position at a place below their number, which an index would read again. `Position` fills two slots.
    function _at(Position[] storage positions, uint256 place) private pure returns (Position storage one) {
        assembly ("memory-safe") {
            mstore(0, positions.slot)
            one.slot := add(keccak256(0, 0x20), mul(2, place))
        }
    }

    function _forwardOf(uint40 expiry, uint256 priceWad) internal view returns (uint256) {
        if (expiry > block.timestamp) return priceWad;
        uint256 settled = expiryPriceWad[expiry];
        return settled == 0 ? priceWad : settled;
    }

    /// @dev Takes the price that the feed holds now: nobody chooses between that and the risk manager's last one.
    function _poke() internal {
        uint16[] memory slots = new uint16[](1);
        slots[0] = slot;
        _riskManager().poke(slots);
    }

    /// @dev The risk manager's last price.
    function _lastPrice() internal view returns (uint256) {
        return _cachedPrice().price * WAD_PER_PRICE;
    }

    /// @dev The one that it counts for new debt, and when it was observed.
    function _soundPrice() internal view returns (uint256 priceWad, uint256 observedAt) {
        CachedPrice memory cached = _cachedPrice();
        observedAt = cached.observedAt;
        uint256 ageS = Math.saturatingSub(block.timestamp, observedAt);
        uint256 slow = MarginMath.slowAt(cached.price, cached.ema, ageS);
        bool doubtful = MarginMath.boundsOf(cached.price, slow, cached.confPpm) != 0;
        if (doubtful || cached.failing || ageS > cached.maxAgeS) revert PriceMissing(slot);
        priceWad = cached.price * WAD_PER_PRICE;
    }

    function _cachedPrice() private view returns (CachedPrice memory cached) {
        cached = _riskManager().priceOf(slot);
        if (cached.price == 0) revert PriceMissing(slot);
    }

    function _riskManager() private view returns (IRiskManager) {
        return IRiskManager(ILedgerViews(address(ledger)).riskManager());
    }

    function _payoffOf(Position memory one, uint256 priceWad) private pure returns (uint256) {
        if (one.kind == Kind.CALL) return WadMath.above(priceWad, one.strikeWad);
        return one.kind == Kind.PUT ? WadMath.above(one.strikeWad, priceWad) : priceWad;
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20, IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILocalDesk} from "@surety/contracts/gateway/ILocalDesk.sol";
import {IMarginClaim, TakeOver} from "@surety/contracts/interfaces/IMarginClaim.sol";
import {
    IMarginPositions,
    IMarginRequirement,
    ReportedPosition
} from "@surety/contracts/interfaces/IMarginRequirement.sol";
import {ILedgerProtocols} from "@surety/contracts/interfaces/ledger/ILedgerAccounts.sol";
import {ILedgerViews} from "@surety/contracts/interfaces/ledger/ILedgerViews.sol";
import {Line, SourceListing} from "@surety/contracts/interfaces/ledger/LedgerTypes.sol";
import {IVaultViews} from "@surety/contracts/interfaces/vault/IVault.sol";
import {OptionTables} from "@surety/requirements/OptionTables.sol";
import {WadMath} from "@surety/requirements/WadMath.sol";
import {VenueBooks} from "./VenueBooks.sol";
import {Quote, VenueQuotes} from "./VenueQuotes.sol";
import {Kind, Position, Value, VenueTerms} from "./VenueTypes.sol";

/// @title Perpetuals, futures and European options on one underlying, on unified margin
/// @notice Owners of ledger accounts take quotes that makers sign; gains are paid into source 0, losses are a burden of the account.
/// @dev An example of `IMarginClaim`, not a product: it counts its token at 1.00, marks options at one volatility, has no funding
///      (perpetuals are marked at the risk manager's price, as futures are) and pays nobody for starting an auction. The token must be
///      a plain ERC-20 of 6 to 18 decimals.
///
///        net          = cash + Σ (size · price − cost) of perpetuals and futures
///        requirement  = max(0, standard − net) + written off        standard: `StandardRequirement`, at each grade; initial is at
///                       least one wei while there is a position
///        burden       = max(0, −(net + mark of options)) + premium · Σ |size| · price + written off; at most the requirement for
///                       maintenance, since a taker of more would take lines and relieve nothing
///
///      Safety: a trade changes both positions, near mark, and then passes the ledger's gate for each account that loses by it at mark,
///      needs more or leaves a larger burden. `settle` pays out only what exceeds the account's own requirement here, so that stays
///      as small, and what the venue holds. Liveness: nothing here can be paused; `pay`, `realise` and `settle` ask nobody, and a
///      position is reduced by any quote that its owner takes, unless what is left would need more.
contract PerpsAndOptions is IMarginClaim, IMarginPositions, VenueBooks, VenueQuotes {
    using SafeERC20 for IERC20;

    /// @notice The terms do not lie within their limits.
    error TermsRefused(VenueTerms terms);
    /// @notice The maker's account takes its own quote.
    error OwnQuote(bytes32 account);
    /// @notice The account has nothing that could be paid out or the venue nothing to pay with, or nothing was to be paid in.
    error NothingToMove(bytes32 account);
    /// @notice Only the ledger's auction moves positions.
    error NotAuction(address caller, address auction);
    /// @notice A stranger may not settle: the credit would be parked, its line does not count, or entries of others come before it.
    error CreditWaits(bytes32 account, uint256 units);
    /// @notice More would be assumed than the share of the burden at the price that the feed holds now, or by nobody; both WAD.
    error TakeOverTooLarge(uint256 assumedWad, uint256 mostWad);
    /// @notice The account would win or lose more by the price than that, at mark; nobody wins by closing the venue's own position.
    error PriceRefused(int256 wonWad, uint256 mostWad);

    /// @notice An account took units of a maker's quote, positive if it bought.
    event Traded(
        bytes32 indexed account,
        bytes32 indexed maker,
        Kind kind,
        uint40 expiry,
        uint88 strikeWad,
        int120 sizeWad,
        uint256 priceWad
    );
    /// @notice The venue paid token units into source 0 for an account.
    event Settled(bytes32 indexed account, uint256 units);
    /// @notice Token units were paid in for an account, or into the fund.
    event PaidIn(bytes32 indexed account, address indexed by, uint256 units);
    /// @notice A share of an account's positions moved at mark. WAD.
    /// @param assumedWad what of the account's debt `to` owes now, or its payer paid
    /// @param lossWad what nobody assumed; `from` owes it still
    event TakenOver(bytes32 indexed from, bytes32 indexed to, uint256 shareWad, uint256 assumedWad, uint256 lossWad);

    uint256 private constant BP = 10_000;
    uint256 private constant PPM = 1_000_000;
    uint40 private constant LONGEST = 730 days;
    /// @dev Who loses no more at mark gives nothing away: a millionth, WAD.
    int256 private constant ROUNDING = 1e12;

    /// @notice The token that is paid and owed, counted at 1.00.
    IERC20 public immutable token;
    /// @notice The desk at which tokens become a line of source 0.
    ILocalDesk public immutable desk;
    uint16 public immutable advanceBp;
    uint32 public immutable premiumPpm;
    uint256 private immutable _wadPerUnit;
    /// @dev The token of source 0 at the ledger.
    uint16 private immutable _assetId;

    /// @notice Losses that were booked and are owed still, WAD.
    mapping(bytes32 account => uint256) public writtenOffWad;

    constructor(
        ILedgerProtocols ledger_,
        OptionTables tables_,
        ILocalDesk desk_,
        IERC20Metadata token_,
        VenueTerms memory terms
    ) VenueBooks(ledger_, tables_, terms) {
        bool sound = terms.volWad != 0 && terms.dailyVolumeWad != 0;
        if (!sound || terms.advanceBp > BP || terms.premiumPpm > PPM / 20) revert TermsRefused(terms);
        if (address(desk_).code.length == 0) revert PartRefused(address(desk_));
        uint8 places = token_.decimals();
        if (places < 6 || places > 18) revert PartRefused(address(token_));
        (token, desk, _wadPerUnit) = (token_, desk_, 10 ** (18 - places));
        (advanceBp, premiumPpm) = (terms.advanceBp, terms.premiumPpm);
        // Once, since the code has no room for each time. The desk takes tokens of its caller alone.
        IERC20(token_).forceApprove(address(desk_), type(uint256).max);
        ILedgerViews views = ILedgerViews(address(ledger_));
        (SourceListing memory source, , ) = views.sourceOf(0);
        _assetId = views.assetIdOf(0, IVaultViews(source.vault).indexOf(address(token_)));
        if (_assetId == 0) revert PartRefused(address(token_));
    }

    // Trading

    /// @notice Takes units of a maker's quote; both accounts must have opted in to this contract.
    /// @dev [owner] Reverts with the ledger's reason if either account is below its initial margin and does not better itself, see `_fill`.
    ///      A maker 0 is the venue's own position, which anybody closes unsigned, at the quote's price: mark, or worse for the taker.
    /// @param account see `ILedgerCore`
    /// @param sizeWad units, above 0; the account's side is the other one of the quote's
    function trade(
        bytes32 account,
        Quote calldata quote,
        bytes calldata sig,
        uint256 sizeWad
    ) external onlyOwner(account) {
        if (quote.maker == account) revert OwnQuote(account);
        _poke();
        // Margins are worth nothing at a price that does not count.
        (uint256 markWad, ) = _soundPrice();
        Position memory part = Position(quote.kind, quote.expiry, quote.strikeWad, -_take(quote, sig, sizeWad), 0);
        _requireInstrument(part.kind, part.expiry, part.strikeWad);
        (bytes32 maker, uint256 priceWad) = (quote.maker, quote.priceWad);
        // What is the venue's own is realised for itself: nothing that is over is traded, and nobody weighs it.
        if (maker != OWN) realise(maker);
        realise(account);
        emit Traded(account, maker, part.kind, part.expiry, part.strikeWad, part.sizeWad, priceWad);
        (int256 wonWad, bool more) = _fill(account, part, priceWad, markWad);
        uint256 mostWad = maker == OWN && wonWad > 0 ? 0 : WadMath.productUp(sizeWad, markWad, dailyVolWad);
        if (SignedMath.abs(wonWad) > mostWad) revert PriceRefused(wonWad, mostWad);
        part.sizeWad = -part.sizeWad;
        (, bool makersMore) = _fill(maker, part, priceWad, markWad);
        if (makersMore) ledger.gate(maker);
        if (more) ledger.gate(account);
    }

    // Money

    /// @notice Pays what the account has won beyond its requirement here into source 0, as a line of the account.
    /// @dev [anyone; only the owner while the credit would not count] Of gains that are not realised yet the share `advanceBp`; never more
    ///      than the venue holds. A stranger may be the one who needs it: another venue, or a keeper that would rather sell nothing.
    ///      It can only make gains count at once, and by themselves: beside entries of others nobody could tell. Parked, they count
    ///      neither here nor at the ledger, for hours or until the owner releases them: a way to harm a trader for the gas. The owner
    ///      may want even that, since `releaseParked` is the only way out while the ledger takes no more of the token.
    /// @param from replayed entries of source 0, see `ILocalDesk.lockAndCredit`
    /// @param pending entries that wait in front of this one
    /// @return units token units
    function settle(bytes32 account, uint64 from, bytes calldata pending) external returns (uint256 units) {
        _poke();
        realise(account);
        units = payableOf(account);
        if (units == 0) revert NothingToMove(account);
        _addCash(account, -int256(units * _wadPerUnit));
        emit Settled(account, units);
        uint256 before = _countedOf(account);
        desk.lockAndCredit(address(token), uint128(units), account, from, pending);
        if (_isOwner(account)) return units;
        if (pending.length != 0 || _countedOf(account) < before + units) revert CreditWaits(account, units);
    }

    /// @notice Pays in for an account, first what was written off of it; or into the fund, for the account 0.
    /// @dev [anyone]
    function pay(bytes32 account, uint256 units) external {
        if (units == 0) revert NothingToMove(account);
        token.safeTransferFrom(msg.sender, address(this), units);
        uint256 amountWad = units * _wadPerUnit;
        uint256 cleared = Math.min(amountWad, writtenOffWad[account]);
        _clear(account, cleared);
        _addCash(account, int256(amountWad - cleared));
        emit PaidIn(account, msg.sender, units);
    }

    // Liquidation

    /// @inheritdoc IMarginClaim
    /// @dev [the ledger's auction] At mark: what positions have won or lost until now stays with `from`, and of what it owes then
    ///      `to` assumes the share. Without a taker the positions are the venue's own, and what they lost is a loss; of what they are
    ///      worth the fund keeps the premium that a taker would have had, and all that options are: they were marked at one volatility,
    ///      and whoever bought them below that would have the fund pay the difference.
    ///      What is assumed beyond debt and what was written off is the taker's premium, and nobody pays it. The auction sized it, and
    ///      the lines given for it, by the burden before the taker's callback: a taker that lowered the burden since, by a price or by
    ///      a payment, would keep the difference. So no more than the burden's share of now is taken, and who sees the price change
    ///      bids again. A burden that grew leaves a loss or too little relief, and the auction refuses both.
    function takeOver(TakeOver calldata terms) external returns (uint256 lossWad) {
        address auction = ILedgerViews(address(ledger)).auction();
        if (msg.sender != auction) revert NotAuction(msg.sender, auction);
        _poke();
        uint256 priceWad = _lastPrice();
        // As the auction sized the bid: before what is over becomes cash. With options of two dates no taker would pass the gate.
        uint256 mostWad = Math.mulDiv(_weigh(terms.from, priceWad).burdenWad, terms.shareWad, WAD, Math.Rounding.Ceil);
        realise(terms.from);
        Value memory value = _weigh(terms.from, priceWad);
        int256 optionsWad = (value.optionsWad * int256(terms.shareWad)) / int256(WAD);
        if (terms.to == OWN) {
            mostWad = 0;
            // Options may have been bought so far below their mark; at the mark they would be sold to the fund.
            uint256 bandWad = WadMath.productUp(value.grossWad, dailyVolWad);
            uint256 keptWad = Math.max(_premiumOf(value), Math.min(bandWad, _positive(value.optionsWad)));
            keptWad = Math.min(keptWad, _positive(value.worthWad));
            optionsWad -= int256(Math.mulDiv(keptWad, terms.shareWad, WAD));
        }
        if (terms.assumedWad > mostWad) revert TakeOverTooLarge(terms.assumedWad, mostWad);
        uint256 debtWad = Math.mulDiv(value.owedWad, terms.shareWad, WAD);
        uint256 assumedWad = Math.min(debtWad, terms.assumedWad);
        lossWad = debtWad - assumedWad;
        uint256 cleared = Math.min(
            terms.assumedWad - assumedWad,
            Math.mulDiv(writtenOffWad[terms.from], terms.shareWad, WAD, Math.Rounding.Ceil)
        );
        _clear(terms.from, cleared);
        _moveShare(terms.from, terms.to, terms.shareWad, priceWad);
        _addCash(terms.from, optionsWad + int256(debtWad));
        _addCash(terms.to, -optionsWad - int256(assumedWad + cleared));
        writtenOffWad[terms.from] += lossWad;
        _bear(int256(lossWad));
        _takeIn(terms.to, terms.payer, assumedWad + cleared);
        emit TakenOver(terms.from, terms.to, terms.shareWad, assumedWad + cleared, lossWad);
        if (terms.to != OWN) ledger.gate(terms.to);
    }

    /// @inheritdoc IMarginClaim
    /// @dev Turns expired positions into cash, so that takers get none of them.
    function onAuction(bytes32 account) external {
        realise(account);
    }

    // Views

    /// @inheritdoc IMarginRequirement
    function requirementOf(
        bytes32 account
    ) external view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf) {
        uint256 priceWad = _lastPrice();
        Value memory value = _weigh(account, priceWad);
        return (value.requiredInitialWad, value.requiredWad, _books[account].nonce, uint64(block.timestamp));
    }

    /// @inheritdoc IMarginClaim
    function burdenOf(bytes32 account) external view returns (uint256 burdenWad) {
        uint256 priceWad = _lastPrice();
        return _weigh(account, priceWad).burdenWad;
    }

    /// @notice Gives the token units that `settle` would pay now, if nothing of the account has expired since.
    function payableOf(bytes32 account) public view returns (uint256 units) {
        if (writtenOffWad[account] != 0) return 0;
        (uint256 priceWad, ) = _soundPrice();
        Value memory value = _weigh(account, priceWad);
        int256 cashWad = _cashOf(account);
        int256 unrealised = value.netWad - cashWad;
        int256 most = cashWad + (unrealised > 0 ? (unrealised * int256(uint256(advanceBp))) / int256(BP) : int256(0));
        return
            Math.min(
                _positive(SignedMath.min(-value.needInitialWad, most)) / _wadPerUnit,
                token.balanceOf(address(this))
            );
    }

    /// @inheritdoc IMarginPositions
    /// @dev Written-off debt is owed. An expiry that has its price is cash alone.
    function positionsOf(
        bytes32 account
    ) external view returns (uint64 positionNonce, int256 cashWad, ReportedPosition[] memory positions) {
        (cashWad, positions) = _shownOf(account);
        return (_books[account].nonce, cashWad - int256(writtenOffWad[account]), positions);
    }

    /// @notice Gives what an account holds and its cash after all losses, WAD.
    function bookOf(bytes32 account) external view returns (int256 cashWad, Position[] memory positions) {
        return (_cashOf(account), _books[account].positions);
    }

    // Parts

    /// @dev Token units of source 0 that count in the account's margin.
    function _countedOf(bytes32 account) private view returns (uint256) {
        Line memory line = ILedgerViews(address(ledger)).lineOf(account, _assetId);
        return line.enabled ? line.amount : 0;
    }

    /// @dev Moves a share of each position at mark; only perpetuals and futures turn to cash by it.
    function _moveShare(bytes32 from, bytes32 to, uint256 shareWad, uint256 priceWad) private {
        Position[] memory positions = _books[from].positions;
        for (uint256 i = 0; i < positions.length; ++i) {
            Position memory part = positions[i];
            // No larger than the position, which has 119 bits.
            part.sizeWad = int120((int256(part.sizeWad) * int256(shareWad)) / int256(WAD));
            if (part.sizeWad == 0) continue;
            uint256 markWad = part.expiry == 0 ? priceWad : _forwardOf(part.expiry, priceWad);
            _trade(to, part, markWad, true);
            part.sizeWad = -part.sizeWad;
            _trade(from, part, markWad, true);
        }
    }

    /// @dev Takes tokens that the payer allows for what an account owes.
    function _takeIn(bytes32 account, address payer, uint256 amountWad) private {
        if (payer == address(0)) return;
        uint256 held = Math.min(token.allowance(payer, address(this)), token.balanceOf(payer));
        uint256 units = Math.min(amountWad / _wadPerUnit, held);
        if (units == 0) return;
        token.safeTransferFrom(payer, address(this), units);
        _addCash(account, int256(units * _wadPerUnit));
        emit PaidIn(account, payer, units);
    }

    /// @dev Somebody paid what was written off: it is the fund's.
    function _clear(bytes32 account, uint256 amountWad) private {
        writtenOffWad[account] -= amountWad;
        fundWad += int256(amountWad);
    }

    function _requireInstrument(Kind kind, uint40 expiry, uint88 strikeWad) private view {
        bool dated = expiry > block.timestamp && expiry <= block.timestamp + LONGEST;
        bool sound = kind == Kind.PERPETUAL ? expiry == 0 : dated;
        if (!sound || (kind > Kind.FUTURE) != (strikeWad != 0)) revert InstrumentRefused(kind, expiry, strikeWad);
    }

    /// @dev Adds units to an account at a price; what it won by that at mark, and whether it needs the ledger's gate.
    function _fill(
        bytes32 account,
        Position memory part,
        uint256 priceWad,
        uint256 markWad
    ) private returns (int256 wonWad, bool more) {
        Value memory before = _weigh(account, markWad);
        _trade(account, part, priceWad, false);
        Value memory then = _weigh(account, markWad);
        wonWad = then.worthWad - before.worthWad;
        // Without the gate an account only betters itself. What it gives away at mark, however much less it needs then, is what others are
        // owed: a friend could empty it. A larger burden takes from other protocols what falls to them.
        more =
            wonWad < -ROUNDING ||
            then.burdenWad > before.burdenWad ||
            then.needInitialWad > before.needInitialWad ||
            then.needWad > before.needWad;
    }

    /// @dev Weighs an account: its worth here, what it requires at the ledger and leaves to a taker. Nobody asks that of the venue's own positions,
    ///      of which there may be any number.
    function _weigh(bytes32 account, uint256 priceWad) private view returns (Value memory value) {
        if (account == OWN) return value;
        value = _valueOf(account, priceWad);
        value.worthWad = value.netWad + value.optionsWad;
        value.owedWad = _positive(-value.worthWad);
        (value.needInitialWad, value.needWad) = (
            int256(value.initialWad) - value.netWad,
            int256(value.maintenanceWad) - value.netWad
        );
        uint256 lostWad = writtenOffWad[account];
        value.requiredInitialWad = _positive(value.needInitialWad) + lostWad;
        // Who needs nothing may leave the venue, and takes what its positions lose later from everyone else.
        if (value.requiredInitialWad == 0 && _books[account].positions.length != 0) value.requiredInitialWad = 1;
        uint256 neededWad = _positive(value.needWad);
        value.requiredWad = neededWad + lostWad;
        value.burdenWad = Math.min(value.owedWad + _premiumOf(value), neededWad) + lostWad;
    }

    function _premiumOf(Value memory value) private view returns (uint256) {
        return Math.ceilDiv(value.grossWad * premiumPpm, PPM);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20, IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMarket, MarketBooks, MarketTerms} from "../interfaces/IMarket.sol";
import {IMarketGate} from "../interfaces/IMarketGate.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {HoldersOfRecord} from "./HoldersOfRecord.sol";
import {MarketRate, RateCurve} from "./MarketRate.sol";
import {MarketTranche} from "./MarketTranche.sol";

/// @title The books of a market
/// @notice Cash, debt, interest, provisions and losses, and what each share of them is worth.
abstract contract MarketState is ERC4626, ReentrancyGuardTransient, HoldersOfRecord, IMarket {
    /// @dev Debt of one account; one storage slot. Debt shares stay below 2^148: a million for a unit at the opening, fewer later.
    struct Position {
        uint160 shares;
        uint64 nonce;
    }

    /// @dev Part of an account's debt that is lost, or will be, token units; one storage slot.
    struct Shortfall {
        uint128 writtenOff;
        uint128 provision;
    }

    /// @dev Times in seconds; one storage slot.
    /// @param heldSince from when a loss is foreseeable without a break
    /// @param heldBefore for how long one was before
    struct Times {
        uint40 accruedAt;
        uint40 heldSince;
        uint40 heldBefore;
        uint128 provisions;
    }

    uint256 internal constant BP = 10_000;
    uint256 internal constant WAD = 1e18;
    /// @dev Shares that nobody has, of lenders and of debt: who raises a share's price by a gift loses far more than those who come later.
    uint256 internal constant VIRTUAL_SHARES = 1e6;
    /// @dev A share that is worth less than a millionth of what it was at the opening takes no deposits, and income makes no shares:
    ///      they would grow without end. Where debt was lost that stood for what is uncollected, income first fills that hole.
    uint256 private constant EXHAUSTED_TIMES = 1e12;
    uint256 private constant GATE_GAS = 200_000;

    /// @notice The ledger whose margin counts.
    ILedger public immutable ledger;
    /// @inheritdoc IMarket
    address public immutable tranche;
    uint256 internal immutable _initialBp;
    uint256 internal immutable _maintenanceBp;
    uint256 internal immutable _feeBp;
    uint256 internal immutable _keeperMost;
    uint16 internal immutable _priceSlot;
    uint256 internal immutable _reserveBp;
    uint256 private immutable _rate0;
    uint256 private immutable _rate1;
    uint256 private immutable _rate2;
    uint256 private immutable _kinkBp;
    uint256 internal immutable _debtCap;
    uint256 internal immutable _least;
    address private immutable _gate;
    address internal immutable _exitClaimant;

    uint128 internal _cash;
    uint128 internal _debt;
    Times private _times;
    uint256 internal _debtShares;
    uint256 internal _writtenOff;
    /// @dev Payments of receivables that are not collected yet, in cash or debt, and no lender's; token units. One slot with the next.
    uint128 internal _uncollected;
    /// @dev Losses that were booked.
    uint64 internal _lossCount;
    mapping(bytes32 account => Position) internal _positions;
    mapping(bytes32 account => Shortfall) internal _shortfalls;

    constructor(
        ILedger ledger_,
        IERC20Metadata token,
        MarketTerms memory agreed
    ) ERC4626(token) ERC20(string.concat("Surety market of ", token.symbol()), string.concat("sm", token.symbol())) {
        _requireTerms(agreed);
        if (address(ledger_).code.length == 0) revert PartRefused(address(ledger_));
        if (agreed.gate != address(0) && agreed.gate.code.length == 0) revert PartRefused(agreed.gate);
        ledger = ledger_;
        (_initialBp, _maintenanceBp, _feeBp) = (agreed.initialBp, agreed.maintenanceBp, agreed.feeBp);
        (_keeperMost, _priceSlot, _reserveBp) = (agreed.keeperMost, agreed.priceSlot, agreed.reserveBp);
        (_rate0, _rate1, _rate2, _kinkBp) = (agreed.rate0, agreed.rate1, agreed.rate2, agreed.kinkBp);
        (_debtCap, _least) = (agreed.debtCap, agreed.least);
        (_gate, _exitClaimant) = (agreed.gate, agreed.exitClaimant);
        _times.accruedAt = uint40(block.timestamp);
        tranche = address(new MarketTranche(address(this), token.symbol(), decimals()));
    }

    // Views

    /// @inheritdoc IMarket
    function booksOf() public view returns (MarketBooks memory books) {
        uint256 growth = _growth();
        (books.cash, books.debt) = (_cash, _debt + growth);
        (books.provisions, books.writtenOff) = (_times.provisions, _writtenOff);
        books.uncollected = _uncollected;
        uint256 reserved = _reserveShares(growth);
        books.shares = totalSupply() + reserved;
        books.trancheShares = balanceOf(tranche) + reserved;
    }

    /// @inheritdoc IMarket
    function rateNow() public view returns (uint256) {
        RateCurve memory curve = RateCurve(_rate0, _rate1, _rate2, (_kinkBp * WAD) / BP);
        return MarketRate.yearlyOf(curve, MarketRate.utilisationOf(_debt, _cash));
    }

    /// @inheritdoc IMarket
    function heldSeconds() external view returns (uint256) {
        Times memory times = _times;
        return times.heldBefore + (times.provisions == 0 ? 0 : block.timestamp - times.heldSince);
    }

    /// @inheritdoc IMarket
    function mayLend(address lender) public view returns (bool) {
        return _admits(IMarketGate.mayLend.selector, _wordOf(lender));
    }

    /// @inheritdoc IMarket
    function terms() external view returns (MarketTerms memory) {
        return
            MarketTerms({
                initialBp: uint16(_initialBp),
                maintenanceBp: uint16(_maintenanceBp),
                feeBp: uint16(_feeBp),
                keeperMost: uint96(_keeperMost),
                priceSlot: _priceSlot,
                reserveBp: uint16(_reserveBp),
                rate0: uint64(_rate0),
                rate1: uint64(_rate1),
                rate2: uint64(_rate2),
                kinkBp: uint16(_kinkBp),
                debtCap: uint128(_debtCap),
                least: uint96(_least),
                gate: _gate,
                exitClaimant: _exitClaimant
            });
    }

    /// @notice Returns what belongs to the shares less what is foreseeably lost, token units, rounded down.
    function totalAssets() public view override returns (uint256) {
        MarketBooks memory books = booksOf();
        return _leftOf(books);
    }

    /// @inheritdoc ERC4626
    /// @dev 0 for whom the gate refuses, while a share is worth next to nothing, and while less is there than what is uncollected, since
    ///      a deposit would pay the rest of that.
    function maxDeposit(address receiver) public view override returns (uint256) {
        MarketBooks memory books = booksOf();
        bool closed = books.cash + books.debt < books.uncollected || _isExhausted(_wholeOf(books), books.shares);
        return closed || !mayLend(receiver) ? 0 : type(uint128).max - books.cash;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return previewDeposit(maxDeposit(receiver));
    }

    /// @inheritdoc ERC4626
    /// @dev Limited by cash alone.
    function maxRedeem(address owner) public view override returns (uint256) {
        return Math.min(balanceOf(owner), _convertToShares(_freeCash(), Math.Rounding.Floor));
    }

    /// @inheritdoc ERC4626
    function previewDeposit(uint256 assets) public view override returns (uint256) {
        MarketBooks memory books = booksOf();
        return Math.mulDiv(assets, books.shares + VIRTUAL_SHARES, _wholeOf(books) + 1);
    }

    /// @inheritdoc ERC4626
    function previewMint(uint256 shares) public view override returns (uint256) {
        MarketBooks memory books = booksOf();
        uint256 units = _wholeOf(books) + 1;
        return Math.mulDiv(shares, units, books.shares + VIRTUAL_SHARES, Math.Rounding.Ceil);
    }

    // Lenders' shares

    /// @dev At the price of leaving.
    function _convertToShares(uint256 assets, Math.Rounding rounding) internal view override returns (uint256) {
        MarketBooks memory books = booksOf();
        return Math.mulDiv(assets, _sharesLeftOf(books), _leftOf(books) + 1, rounding);
    }

    /// @dev At the price of leaving.
    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        MarketBooks memory books = booksOf();
        return Math.mulDiv(shares, _leftOf(books) + 1, _sharesLeftOf(books), rounding);
    }

    /// @dev As many decimals more than the asset as `VIRTUAL_SHARES` has.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    /// @dev Shares come only to whom the gate admits. What the market mints, and what comes from the tranche or goes there, is asked for
    ///      elsewhere.
    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0) && from != tranche && to != tranche) {
            _requireAdmitted(IMarketGate.mayLend.selector, _wordOf(to));
        }
        uint256 losses = _lossCount;
        if (losses != 0) {
            // What the tranche bears is its own holders'.
            if (from != tranche) _keepRecord(from, losses, balanceOf(from));
            if (to != tranche) _keepRecord(to, losses, balanceOf(to));
        }
        super._update(from, to, value);
    }

    /// @dev Takes tokens, and counts them.
    function _transferIn(address from, uint256 units) internal override {
        _cash = SafeCast.toUint128(_cash + units);
        _collect(from, units);
    }

    /// @dev Takes tokens that are counted already: exactly those, or none.
    function _collect(address from, uint256 units) internal {
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        SafeERC20.safeTransferFrom(token, from, address(this), units);
        uint256 arrived = token.balanceOf(address(this)) - before;
        if (arrived != units) revert TransferShort(arrived, units);
    }

    function _transferOut(address to, uint256 units) internal override {
        uint256 free = _freeCash();
        if (units > free) revert NotEnoughCash(units, free);
        _payOut(to, units);
    }

    function _payOut(address to, uint256 units) internal {
        _cash -= uint128(units);
        SafeERC20.safeTransfer(IERC20(asset()), to, units);
    }

    // Interest, provisions, losses

    /// @dev Adds interest up to now.
    function _accrue() internal {
        if (block.timestamp == _times.accruedAt) return;
        uint256 growth = _growth();
        uint256 reserved = _reserveShares(growth);
        _times.accruedAt = uint40(block.timestamp);
        if (growth == 0) return;
        // `_growth` keeps the sum below 2^128.
        _debt += uint128(growth);
        _mint(tranche, reserved);
        emit Accrued(growth, reserved);
    }

    /// @dev Sets what is foreseeably lost of an account's debt.
    function _provide(bytes32 account, uint256 units) internal {
        uint256 before = _shortfalls[account].provision;
        if (units == before) return;
        _shortfalls[account].provision = SafeCast.toUint128(units);
        Times memory times = _times;
        uint256 sum = times.provisions - before + units;
        if (times.provisions == 0) times.heldSince = uint40(block.timestamp);
        else if (sum == 0) times.heldBefore += uint40(block.timestamp) - times.heldSince;
        times.provisions = SafeCast.toUint128(sum);
        _times = times;
        emit Provisioned(account, units);
    }

    /// @dev Market shares for income that is in the books already, rounded down; none while a share was worth next to nothing before it.
    function _sharesFor(uint256 units) internal view returns (uint256) {
        uint256 before = Math.saturatingSub(_whole(), units);
        uint256 supply = totalSupply();
        return _isExhausted(before, supply) ? 0 : Math.mulDiv(units, supply + VIRTUAL_SHARES, before + 1);
    }

    /// @dev Units of the debt that shares of it stand for, rounded up; at most all of it.
    function _debtUp(uint256 shares) internal view returns (uint256) {
        return _debtUp(shares, _debt);
    }

    function _debtUp(uint256 shares, uint256 debt) internal view returns (uint256) {
        return Math.min(debt, Math.mulDiv(shares, debt + 1, _debtShares + VIRTUAL_SHARES, Math.Rounding.Ceil));
    }

    /// @dev Interest since the last accrual, token units.
    function _growth() internal view returns (uint256) {
        (uint256 debt, uint256 accruedAt) = (_debt, _times.accruedAt);
        if (debt == 0 || accruedAt == block.timestamp) return 0;
        uint256 growth = MarketRate.growthOf(debt, rateNow(), block.timestamp - accruedAt);
        return Math.min(growth, type(uint128).max - debt);
    }

    // The gate

    function _requireAdmitted(bytes4 question, bytes32 who) internal view {
        if (!_admits(question, who)) revert NotAdmitted(question, who);
    }

    /// @dev Asks the gate, however it behaves: anything but the word 1 refuses.
    function _admits(bytes4 question, bytes32 who) internal view returns (bool admitted) {
        address target = _gate;
        if (target == address(0)) return true;
        bytes memory data = abi.encodeWithSelector(question, who);
        assembly ("memory-safe") {
            mstore(0, 0)
            admitted := staticcall(GATE_GAS, target, add(data, 0x20), mload(data), 0, 0x20)
            admitted := and(and(admitted, eq(returndatasize(), 0x20)), eq(mload(0), 1))
        }
    }

    /// @dev Cash that may be lent or leave: what is uncollected comes before.
    function _freeCash() internal view returns (uint256) {
        return Math.saturatingSub(_cash, _uncollected);
    }

    /// @dev Units of all shares: without what waits for those who bore a loss.
    function _whole() internal view returns (uint256) {
        return Math.saturatingSub(uint256(_cash) + _debt, _uncollected);
    }

    function _wholeOf(MarketBooks memory books) private pure returns (uint256) {
        return Math.saturatingSub(books.cash + books.debt, books.uncollected);
    }

    /// @dev Units that are left once the provisions are lost.
    function _leftOf(MarketBooks memory books) private pure returns (uint256) {
        return Math.saturatingSub(_wholeOf(books), books.provisions);
    }

    /// @dev Shares, with virtual ones, that are left once the tranche has borne the provisions.
    function _sharesLeftOf(MarketBooks memory books) private pure returns (uint256) {
        uint256 shares = books.shares + VIRTUAL_SHARES;
        if (books.provisions == 0) return shares;
        uint256 units = _wholeOf(books);
        uint256 lost = Math.min(books.provisions, units);
        return shares - Math.min(books.trancheShares, Math.mulDiv(lost, shares, units + 1));
    }

    /// @dev Shares that the tranche gets of interest, rounded down.
    function _reserveShares(uint256 growth) private view returns (uint256) {
        uint256 units = (growth * _reserveBp) / BP;
        (uint256 whole, uint256 supply) = (_whole(), totalSupply());
        if (units == 0 || _isExhausted(whole, supply)) return 0;
        return Math.mulDiv(units, supply + VIRTUAL_SHARES, whole + growth + 1 - units);
    }

    /// @dev Whether a share is worth next to nothing.
    function _isExhausted(uint256 units, uint256 shares) private pure returns (bool) {
        return (units + 1) * EXHAUSTED_TIMES < shares + VIRTUAL_SHARES;
    }

    function _wordOf(address who) private pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    function _requireTerms(MarketTerms memory agreed) private pure {
        _atLeast("initialBp", agreed.initialBp, agreed.maintenanceBp);
        _atLeast("maintenanceBp", agreed.maintenanceBp, BP + agreed.feeBp);
        _atLeast("feeBp", agreed.feeBp, 25);
        _atMost("feeBp", agreed.feeBp, 200);
        _atMost("reserveBp", agreed.reserveBp, BP / 2);
        _atMost("rates", uint256(agreed.rate0) + agreed.rate1 + agreed.rate2, 10 * WAD);
        _atLeast("kinkBp", agreed.kinkBp, 1);
        _atMost("kinkBp", agreed.kinkBp, BP - 1);
        _atLeast("debtCap", agreed.debtCap, agreed.least);
    }

    function _atLeast(bytes32 term, uint256 value, uint256 limit) internal pure {
        if (value < limit) revert TermsRefused(term, value, limit);
    }

    function _atMost(bytes32 term, uint256 value, uint256 limit) internal pure {
        if (value > limit) revert TermsRefused(term, value, limit);
    }
}

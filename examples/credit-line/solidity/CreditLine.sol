// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20, IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILedgerMargin, ILedgerViews} from "@surety/contracts/interfaces/ledger/ILedgerViews.sol";
import {ILedgerProtocols} from "@surety/contracts/interfaces/ledger/ILedgerAccounts.sol";
import {IMarginClaim, TakeOver} from "@surety/contracts/interfaces/IMarginClaim.sol";
import {IMarginRequirement} from "@surety/contracts/interfaces/IMarginRequirement.sol";
import {AccountLib} from "@surety/contracts/libraries/AccountLib.sol";

/// @notice On which terms a credit line lends; fixed for ever.
/// @param initialBp initial requirement in basis points of the debt, at least `maintenanceBp`
/// @param maintenanceBp maintenance requirement in basis points of the debt, at least 10,000 + `feeBp`
/// @param interestBp simple interest in basis points a year, at most 10,000
/// @param feeBp what takers of a debt pay to the lenders on top of it, in basis points of the debt
/// @param exitClaimant address on the vaults' chains that claims for the lenders if a vault's attesters are gone
///        (`ILedgerProtocols.setExitShare`), 0 for nobody
struct CreditTerms {
    uint16 initialBp;
    uint16 maintenanceBp;
    uint16 interestBp;
    uint16 feeBp;
    address exitClaimant;
}

/// @title A credit line against collateral on every chain
/// @notice Lenders deposit a stablecoin of this chain; owners of ledger accounts draw it against their unified margin.
/// @dev An example of `IMarginClaim`, not a product: it counts its token at 1.00, keeps no provision for a loss to come, so who
///      redeems before one is booked leaves at the old price, and pays nobody for starting an auction. The token must be a plain
///      ERC-20: no transfer fee, no callback, 6 to 18 decimals, trusted by whoever deposits.
///
///      Lenders' side: ERC-4626. Borrowers' side: debt in shares of a linear index,
///
///        index(t) = 1e18 + 1e18 · interestBp · (t − openedAt) / (10,000 · 365 days)      rounded down
///        debt     = ceil(shares · index / 1e18) + written off
///
///      so interest is simple: it is never charged on interest. Drawn shares round up, repaid shares down, requirements up.
///
///      Liquidation: the ledger's auction moves shares of debt to whoever takes lines for them (`takeOver`). What nobody assumes
///      lowers the price of the lenders' shares at once. The account still owes it, without interest, and a repayment or a taker
///      clears it for whoever lends by then.
///
///      Safety: `borrow` raises the debt first and then passes the ledger's gate, which reads `requirementOf` and refuses the
///      whole call if the account's initial margin does not hold; the tokens leave last. Liveness: nothing here can be
///      paused; `repay` and `deposit` ask nobody, not even the ledger.
contract CreditLine is ERC4626, IMarginClaim {
    using SafeERC20 for IERC20;

    /// @notice The terms do not lie within their limits.
    error TermsRefused(uint16 initialBp, uint16 maintenanceBp, uint16 interestBp, uint16 feeBp);
    /// @notice The ledger has no code, or the token has fewer than 6 or more than 18 decimals.
    error PartRefused(address part);
    /// @notice Only the account's owner on this chain may borrow for it.
    error NotOwner(address caller, bytes32 account);
    /// @notice Nothing to borrow, or nothing to repay.
    error NothingToMove(bytes32 account);
    /// @notice The line holds less than that.
    error NotEnoughCash(uint256 amount, uint256 cash);
    /// @notice Only the ledger's auction moves a debt.
    error NotAuction(address caller, address auction);

    /// @notice An account drew on the line.
    event Borrowed(bytes32 indexed account, address indexed to, uint256 amount, uint256 debt);
    /// @notice Debt of an account was paid back by anyone.
    event Repaid(bytes32 indexed account, address indexed by, uint256 amount, uint256 debt);
    /// @notice A taker assumed debt of an account, or nobody did (`to` is 0). All in token units.
    /// @param assumed what the taker assumed, the lenders' fee included, rounded down
    /// @param paid what of it the payer paid at once; `to` owes the rest
    /// @param loss what the lenders lost; `from` owes it still
    event TakenOver(bytes32 indexed from, bytes32 indexed to, uint256 assumed, uint256 paid, uint256 loss);

    uint256 private constant BP = 10_000;
    uint256 private constant WAD = 1e18;
    uint256 private constant INDEX_ONE = 1e18;

    /// @notice The ledger whose margin counts.
    ILedgerProtocols public immutable ledger;
    uint16 public immutable initialBp;
    uint16 public immutable maintenanceBp;
    uint16 public immutable interestBp;
    uint16 public immutable feeBp;
    /// @notice The account that claims for the lenders on the vaults' chains, see `CreditTerms`.
    address public immutable exitClaimant;
    /// @notice Time in seconds from which the index grows.
    uint40 public immutable openedAt;
    /// @dev 10^(18 − decimals): token units to WAD.
    uint256 private immutable _wadPerUnit;

    /// @notice Shares of the index that all accounts owe together.
    uint256 public totalDebtShares;
    /// @notice Losses of the lenders that an account owes still, token units; they bear no interest.
    mapping(bytes32 account => uint256) public writtenOff;
    mapping(bytes32 account => uint256) private _debtShares;
    mapping(bytes32 account => uint64) private _positionNonces;

    constructor(
        ILedgerProtocols ledger_,
        IERC20Metadata token,
        CreditTerms memory terms
    ) ERC4626(token) ERC20(string.concat("Credit line of ", token.symbol()), string.concat("cl", token.symbol())) {
        bool covers = terms.maintenanceBp >= BP + terms.feeBp && terms.initialBp >= terms.maintenanceBp;
        if (!covers || terms.interestBp > BP) {
            revert TermsRefused(terms.initialBp, terms.maintenanceBp, terms.interestBp, terms.feeBp);
        }
        if (address(ledger_).code.length == 0) revert PartRefused(address(ledger_));
        uint8 places = token.decimals();
        // A unit of fewer decimals is worth more than the auction lets a protocol round.
        if (places < 6 || places > 18) revert PartRefused(address(token));
        ledger = ledger_;
        (initialBp, maintenanceBp, interestBp) = (terms.initialBp, terms.maintenanceBp, terms.interestBp);
        (feeBp, exitClaimant) = (terms.feeBp, terms.exitClaimant);
        openedAt = uint40(block.timestamp);
        _wadPerUnit = 10 ** (18 - places);
    }

    // Borrowers

    /// @notice Draws token units against the account's margin; the account must have opted in to this contract.
    /// @dev [owner] Reverts with the ledger's reason if the initial margin would not hold.
    /// @param account see `ILedgerCore`
    /// @param amount token units, above 0
    /// @param to who takes them, on this chain
    function borrow(bytes32 account, uint256 amount, address to) external {
        if (AccountLib.ownerOf(account) != msg.sender || AccountLib.homeOf(account) != 0) {
            revert NotOwner(msg.sender, account);
        }
        if (amount == 0) revert NothingToMove(account);
        uint256 cash = IERC20(asset()).balanceOf(address(this));
        if (amount > cash) revert NotEnoughCash(amount, cash);
        uint256 shares = Math.mulDiv(amount, INDEX_ONE, index(), Math.Rounding.Ceil);
        _debtShares[account] += shares;
        totalDebtShares += shares;
        ++_positionNonces[account];
        emit Borrowed(account, to, amount, debtOf(account));
        renew(account);
        IERC20(asset()).safeTransfer(to, amount);
    }

    /// @notice Pays debt back, for any account and by anyone, first what was written off; more than the debt is not taken.
    /// @dev Payments of written-off debt are income of whoever holds shares now, a lender of this moment too. `Market` pays those who
    ///      bore the loss.
    /// @param account see `ILedgerCore`
    /// @param amount most token units to take from the caller
    /// @return paid token units taken
    function repay(bytes32 account, uint256 amount) external returns (uint256 paid) {
        uint256 debt = debtOf(account);
        paid = Math.min(amount, debt);
        if (paid == 0) revert NothingToMove(account);
        IERC20(asset()).safeTransferFrom(msg.sender, address(this), paid);
        uint256 cleared = Math.min(paid, writtenOff[account]);
        writtenOff[account] -= cleared;
        uint256 owed = _debtShares[account];
        uint256 shares = paid == debt ? owed : Math.mulDiv(paid - cleared, INDEX_ONE, index());
        _debtShares[account] = owed - shares;
        totalDebtShares -= shares;
        ++_positionNonces[account];
        emit Repaid(account, msg.sender, paid, debtOf(account));
    }

    /// @notice Lets the ledger record anew what this contract reserves, after a repayment, and what of the account's collateral the
    ///         lenders may claim should a vault's attesters be gone; anyone may ask for it.
    function renew(bytes32 account) public {
        ledger.gate(account);
        if (exitClaimant == address(0)) return;
        (uint256 required, , , ) = this.requirementOf(account);
        (, , , , uint256 assets, , , ) = ILedgerMargin(address(ledger)).marginOf(account);
        // Of collateral counted as maintenance counts it: with its haircuts, so the lenders' share is rather too large.
        uint256 share =
            required == 0 ? 0 : (required >= assets ? BP : Math.mulDiv(required, BP, assets, Math.Rounding.Ceil));
        ledger.setExitShare(account, exitClaimant, uint16(share));
    }

    // Liquidation

    /// @inheritdoc IMarginClaim
    /// @dev [the ledger's auction] In shares of the index, rounded so that a covered burden never leaves a loss: what moves rounds
    ///      down, and so does what is assumed for it. What is assumed clears the moved debt first, then the same share of what was
    ///      written off, and the rest is the lenders' fee: all of it raises the price of their shares.
    function takeOver(TakeOver calldata terms) external returns (uint256 lossWad) {
        address auction = ILedgerViews(address(ledger)).auction();
        if (msg.sender != auction) revert NotAuction(msg.sender, auction);
        uint256 rate = index();
        uint256 moved = Math.mulDiv(_debtShares[terms.from], terms.shareWad, WAD);
        uint256 assumed = Math.mulDiv(terms.assumedWad, INDEX_ONE, rate * _wadPerUnit);
        _debtShares[terms.from] -= moved;
        totalDebtShares -= moved;
        uint256 lost = assumed < moved ? Math.mulDiv(moved - assumed, rate, INDEX_ONE, Math.Rounding.Ceil) : 0;
        if (lost != 0) writtenOff[terms.from] += lost;
        else _clear(terms.from, terms.shareWad, Math.mulDiv(assumed - moved, rate, INDEX_ONE));
        ++_positionNonces[terms.from];
        uint256 paid = _assume(terms.to, terms.payer, assumed);
        emit TakenOver(terms.from, terms.to, terms.assumedWad / _wadPerUnit, paid, lost);
        return lost * _wadPerUnit;
    }

    /// @inheritdoc IMarginClaim
    /// @dev Nothing to do: a provision would be written here.
    function onAuction(bytes32) external {}

    /// @dev Clears a share of what was written off, with at most so many units.
    function _clear(bytes32 account, uint256 shareWad, uint256 units) private {
        uint256 lost = writtenOff[account];
        if (lost == 0) return;
        writtenOff[account] = lost - Math.min(Math.mulDiv(lost, shareWad, WAD, Math.Rounding.Ceil), units);
    }

    /// @dev Takes what the payer allows, and puts the rest on the account, under the ledger's gate. Returns the units taken.
    function _assume(bytes32 to, address payer, uint256 shares) private returns (uint256 paid) {
        IERC20 token = IERC20(asset());
        uint256 due = Math.mulDiv(shares, index(), INDEX_ONE, Math.Rounding.Ceil);
        if (payer != address(0)) {
            paid = Math.min(due, Math.min(token.allowance(payer, address(this)), token.balanceOf(payer)));
            if (paid != 0) token.safeTransferFrom(payer, address(this), paid);
        }
        if (paid == due) return paid;
        uint256 rest = shares - Math.mulDiv(paid, INDEX_ONE, index());
        _debtShares[to] += rest;
        totalDebtShares += rest;
        ++_positionNonces[to];
        renew(to);
    }

    // Views

    /// @notice Gives the index by which debt has grown, 1e18 at the opening.
    function index() public view returns (uint256) {
        return INDEX_ONE + (INDEX_ONE * interestBp * (block.timestamp - openedAt)) / (BP * 365 days);
    }

    /// @notice Gives what an account owes now, token units, rounded up.
    function debtOf(bytes32 account) public view returns (uint256) {
        return _growingOf(account) + writtenOff[account];
    }

    /// @inheritdoc IMarginRequirement
    function requirementOf(
        bytes32 account
    ) external view returns (uint256 initialWad, uint256 maintenanceWad, uint64 positionNonce, uint64 asOf) {
        (uint256 growingWad, uint256 lostWad) = (_growingOf(account) * _wadPerUnit, writtenOff[account] * _wadPerUnit);
        initialWad = Math.mulDiv(growingWad, initialBp, BP, Math.Rounding.Ceil) + lostWad;
        maintenanceWad = Math.mulDiv(growingWad, maintenanceBp, BP, Math.Rounding.Ceil) + lostWad;
        return (initialWad, maintenanceWad, _positionNonces[account], uint64(block.timestamp));
    }

    /// @inheritdoc IMarginClaim
    function burdenOf(bytes32 account) external view returns (uint256 burdenWad) {
        uint256 growingWad = _growingOf(account) * _wadPerUnit;
        return Math.mulDiv(growingWad, BP + feeBp, BP, Math.Rounding.Ceil) + writtenOff[account] * _wadPerUnit;
    }

    /// @notice Gives what the lenders own: cash and what borrowers owe beside what was written off, token units, rounded down.
    function totalAssets() public view override returns (uint256) {
        return IERC20(asset()).balanceOf(address(this)) + Math.mulDiv(totalDebtShares, index(), INDEX_ONE);
    }

    /// @inheritdoc ERC4626
    function maxWithdraw(address owner) public view override returns (uint256) {
        return Math.min(super.maxWithdraw(owner), IERC20(asset()).balanceOf(address(this)));
    }

    /// @inheritdoc ERC4626
    function maxRedeem(address owner) public view override returns (uint256) {
        uint256 cash = _convertToShares(IERC20(asset()).balanceOf(address(this)), Math.Rounding.Floor);
        return Math.min(super.maxRedeem(owner), cash);
    }

    /// @dev The debt that bears interest, token units, rounded up.
    function _growingOf(bytes32 account) private view returns (uint256) {
        return Math.mulDiv(_debtShares[account], index(), INDEX_ONE, Math.Rounding.Ceil);
    }

    /// @dev A million shares per token unit: who raises the price of a share by a gift loses far more than lenders who come
    ///      later lose by rounding.
    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }
}

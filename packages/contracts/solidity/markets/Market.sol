// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarket, MarketTerms} from "../interfaces/IMarket.sol";
import {IMarketGate} from "../interfaces/IMarketGate.sol";
import {Grades} from "../interfaces/IRiskManager.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {MarginMath} from "../risk/MarginMath.sol";
import {MarketClaims} from "./MarketClaims.sol";

/// @title A market
/// @notice `IMarket` is the manual.
/// @dev One lock lies over everything that moves units; tokens move last. The tranche is created here, so there is exactly one, and
///      its code is known.
contract Market is MarketClaims {
    /// @dev Status bits of what lowers maintenance.
    uint256 private constant LOWERED =
        MarginMath.STATUS_PRICE_MISSING | MarginMath.STATUS_SOURCE_DARK | MarginMath.STATUS_SOURCE_FROZEN;

    constructor(
        ILedger ledger_,
        IERC20Metadata token,
        MarketTerms memory agreed
    ) MarketClaims(ledger_, token, agreed) {}

    // Borrowers

    /// @inheritdoc IMarket
    function borrow(bytes32 account, uint256 amount, address to) external nonReentrant {
        if (AccountLib.ownerOf(account) != msg.sender || AccountLib.homeOf(account) != 0) {
            revert NotOwner(msg.sender, account);
        }
        if (amount == 0) revert NothingToMove(account);
        _requireAdmitted(IMarketGate.mayOwe.selector, account);
        _accrue();
        _poke();
        uint256 free = _freeCash();
        if (amount > free) revert NotEnoughCash(amount, free);
        _raise(account, amount);
        if (_debt > _debtCap) revert DebtCapExceeded(_debt, _debtCap);
        uint256 debt = _debtUp(_positions[account].shares);
        if (debt < _least) revert DebtTooSmall(debt, _least);
        emit Borrowed(account, to, amount, debt);
        ledger.gate(account);
        _registerShare(account, true);
        _transferOut(to, amount);
    }

    /// @inheritdoc IMarket
    function repay(bytes32 account, uint256 amount) external nonReentrant returns (uint256 paid) {
        _accrue();
        Shortfall memory shortfall = _shortfalls[account];
        uint256 owned = _positions[account].shares;
        uint256 debt = _debtUp(owned);
        uint256 back = Math.min(amount, shortfall.writtenOff);
        uint256 lowered = Math.min(amount - back, debt);
        paid = back + lowered;
        if (paid == 0) revert NothingToMove(account);
        if (back != 0) {
            _writtenOff -= back;
            _shortfalls[account].writtenOff = shortfall.writtenOff - uint128(back);
        }
        uint256 shares = owned;
        if (lowered != debt) {
            shares = Math.min(owned, Math.mulDiv(lowered, _debtShares + VIRTUAL_SHARES, uint256(_debt) + 1));
        }
        _takeDebt(account, shares, lowered);
        uint256 left = _debtUp(owned - shares);
        if (left < shortfall.provision) _provide(account, left);
        emit Repaid(account, msg.sender, paid, left);
        _transferIn(msg.sender, paid);
        _recover(account, back);
    }

    /// @inheritdoc IMarket
    function renew(bytes32 account) external {
        try ledger.gate(account) {
            _registerShare(account, true);
        } catch (bytes memory reason) {
            // Who owes too much for the gate must not keep what falls to the lenders from rising.
            if (_registerShare(account, false)) return;
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    /// @inheritdoc IMarket
    function accrue() external nonReentrant {
        _accrue();
    }

    // Lenders

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256) {
        _accrue();
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256) {
        _accrue();
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner) public override nonReentrant returns (uint256) {
        _accrue();
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override nonReentrant returns (uint256) {
        _accrue();
        return super.redeem(shares, receiver, owner);
    }

    // Inside

    /// @dev Registers what falls to the lenders of collateral as maintenance counts it: with its haircuts, so it is rather too much. Of an account
    ///      that did not pass the gate only while no source is dark or frozen and no price is missing: lines count less then, and the
    ///      owner's part must not be taken for that. Returns false if it did nothing.
    function _registerShare(bytes32 account, bool passed) private returns (bool) {
        if (_exitClaimant == address(0)) return false;
        (Grades memory assets, ) = _assetsOf(account);
        if (!passed && assets.status & LOWERED != 0) return false;
        (, uint256 requiredWad, , ) = requirementOf(account);
        // By one more than there is: of nothing all is due, and to nobody nothing.
        uint256 most = assets.maintenanceWad + 1;
        uint256 share = Math.mulDiv(Math.min(requiredWad, most), BP, most, Math.Rounding.Ceil);
        ledger.setExitShare(account, _exitClaimant, uint16(share));
        return true;
    }
}

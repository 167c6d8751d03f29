// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20, IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BookedLoss, IMarket, MarketTerms} from "../interfaces/IMarket.sol";
import {IMarketTranche} from "../interfaces/IMarketTranche.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {MarketState} from "./MarketState.sol";

/// @title Losses of a market, and who gets what is paid of them later
/// @notice A receivable belongs to those who bore its loss. Were it income of all shares, whoever deposits much for a moment would get
///         nearly all of what it pays for a receivable back.
abstract contract MarketRecoveries is MarketState {
    /// @dev By number, from 1.
    mapping(uint256 loss => BookedLoss) private _losses;
    /// @dev Payments of an account's receivables so far, token units.
    mapping(bytes32 account => uint256) private _recovered;
    mapping(address holder => mapping(uint256 loss => uint256 units)) private _collected;
    /// @dev The part of an account's receivable that those who wait for payments lost, token units. It is paid before the rest.
    mapping(bytes32 account => uint256) private _ofUncollected;

    constructor(ILedger ledger_, IERC20Metadata token, MarketTerms memory agreed) MarketState(ledger_, token, agreed) {}

    // Whoever bore a loss

    /// @inheritdoc IMarket
    function collect(address holder, uint256[] calldata losses) external nonReentrant returns (uint256 units) {
        for (uint256 i = 0; i < losses.length; ++i) {
            uint256 part = Math.min(collectableOf(holder, losses[i]), _cash - units);
            _collected[holder][losses[i]] += part;
            units += part;
        }
        if (units == 0) return 0;
        _uncollected -= SafeCast.toUint128(units);
        emit Collected(holder, units);
        _payOut(holder, units);
    }

    // Views

    /// @inheritdoc IMarket
    function lossCount() external view returns (uint256) {
        return _lossCount;
    }

    /// @inheritdoc IMarket
    function lossOf(uint256 loss) public view returns (BookedLoss memory booked) {
        if (loss == 0 || loss > _lossCount) revert LossUnknown(loss, _lossCount);
        return _losses[loss];
    }

    /// @inheritdoc IMarket
    function collectableOf(address holder, uint256 loss) public view returns (uint256 units) {
        BookedLoss memory booked = lossOf(loss);
        uint256 paid = Math.saturatingSub(_recovered[booked.account], booked.owedBefore);
        uint256 ofLenders = Math.min(paid, booked.lenderUnits);
        if (ofLenders != 0 && booked.shares != 0) units = Math.mulDiv(ofLenders, _heldAt(holder, loss), booked.shares);
        uint256 ofTranche = Math.min(paid - ofLenders, booked.trancheUnits);
        if (ofTranche != 0 && booked.trancheSupply != 0) {
            units += Math.mulDiv(ofTranche, IMarketTranche(tranche).heldAt(holder, loss), booked.trancheSupply);
        }
        return units - _collected[holder][loss];
    }

    // Inside

    /// @dev Burns the tranche's shares for a loss, at the price before it, and writes down who bore it. Call it before the debt falls.
    function _bear(bytes32 account, uint256 units) internal {
        uint256 whole = _whole() + 1;
        uint256 supply = totalSupply() + VIRTUAL_SHARES;
        // Debt can stand for what is uncollected too: more than all shares are worth takes all of them.
        uint256 shares = units < whole ? Math.mulDiv(units, supply, whole, Math.Rounding.Ceil) : supply;
        uint256 burned = Math.min(shares, balanceOf(tranche));
        _burn(tranche, burned);
        uint256 ofTranche = burned == shares ? units : Math.mulDiv(burned, whole, supply);
        uint256 owedBefore = _recovered[account] + _shortfalls[account].writtenOff;
        uint256 ofUncollected = _ofUncollected[account];
        owedBefore -= ofUncollected;
        uint256 ofLenders = units - ofTranche;
        if (units >= whole) {
            // What shares are not worth is lost by whoever waits for a payment.
            _ofUncollected[account] = ofUncollected + units + 1 - whole;
            ofLenders = whole - 1 - ofTranche;
        }
        _losses[++_lossCount] = BookedLoss({
            account: account,
            lenderUnits: SafeCast.toUint128(ofLenders),
            trancheUnits: SafeCast.toUint128(ofTranche),
            owedBefore: owedBefore,
            // A word that stays 0 costs little.
            shares: ofLenders == 0 ? 0 : totalSupply(),
            trancheSupply: ofTranche == 0 ? 0 : IERC20(tranche).totalSupply()
        });
        emit LossBooked(account, units, burned);
    }

    /// @dev Counts what of a receivable was paid. Call it once the units are in the books.
    function _recover(bytes32 account, uint256 units) internal {
        if (units == 0) return;
        emit Recovered(account, units);
        uint256 ofUncollected = _ofUncollected[account];
        if (ofUncollected != 0) {
            // Those who wait have their claims already; what was lost of them is there again.
            uint256 filled = Math.min(units, ofUncollected);
            _ofUncollected[account] = ofUncollected - filled;
            // What income filled before is the tranche's: were it income of all shares, a deposit for a moment would get most of it.
            uint256 missing = Math.saturatingSub(_uncollected + units, uint256(_cash) + _debt);
            if (filled > missing) _mint(tranche, _sharesFor(filled - missing));
            units -= filled;
        }
        _recovered[account] += units;
        _uncollected = SafeCast.toUint128(_uncollected + units);
    }

    function _heldAt(address holder, uint256 loss) private view returns (uint256) {
        // What the tranche bore is its holders'.
        return holder == tranche ? 0 : _recordOf(holder, loss, balanceOf(holder));
    }
}

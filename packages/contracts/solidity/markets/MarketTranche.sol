// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {IMarketGate} from "../interfaces/IMarketGate.sol";
import {ExitRequest, IMarketTranche} from "../interfaces/IMarketTranche.sol";
import {HoldersOfRecord} from "./HoldersOfRecord.sol";

/// @title The junior tranche of a market
/// @notice `IMarketTranche` is the manual. Its market creates it, mints to it and burns from it; it has no other right anywhere.
contract MarketTranche is ERC4626, HoldersOfRecord, IMarketTranche {
    uint256 private constant NOTICE_S = 10 days;
    uint256 private constant WINDOW_S = 4 days;
    /// @dev From then on nothing foreseeable holds up an exit, seconds after the request.
    uint256 private constant HOLD_MOST_S = 30 days;
    uint8 private constant OFFSET = 6;
    /// @dev As at the market: a share worth less than a millionth of what it was at the opening takes no deposits.
    uint256 private constant EXHAUSTED_TIMES = 1e12;

    /// @notice The market whose losses it bears.
    IMarket public immutable market;
    uint8 private immutable _decimals;
    mapping(address owner => ExitRequest) private _requests;

    /// @param market_ may be in its constructor still, so what it cannot answer then is given
    /// @param symbol_ of the market's asset
    /// @param shareDecimals of the market's shares
    constructor(
        address market_,
        string memory symbol_,
        uint8 shareDecimals
    )
        ERC4626(IERC20(market_))
        ERC20(string.concat("Junior tranche of the market of ", symbol_), string.concat("jt", symbol_))
    {
        market = IMarket(market_);
        _decimals = shareDecimals + OFFSET;
    }

    // Owners

    /// @inheritdoc IMarketTranche
    function requestExit(uint256 shares) external {
        uint256 held = balanceOf(msg.sender);
        if (shares == 0 || shares > held) revert SharesLocked(msg.sender, shares, held);
        _requests[msg.sender] = ExitRequest({
            shares: shares,
            requestedAt: uint40(block.timestamp),
            heldBefore: SafeCast.toUint40(market.heldSeconds())
        });
        emit ExitRequested(msg.sender, shares, block.timestamp + NOTICE_S);
    }

    /// @inheritdoc IMarketTranche
    function cancelExit() external {
        uint256 shares = _requests[msg.sender].shares;
        if (shares == 0) revert ExitMissing(msg.sender);
        delete _requests[msg.sender];
        emit ExitCancelled(msg.sender, shares);
    }

    /// @inheritdoc IMarketTranche
    function exit(address to) external returns (uint256) {
        uint256 shares = _requests[msg.sender].shares;
        if (shares == 0) revert ExitMissing(msg.sender);
        (, uint256 from, uint256 until, bool open) = exitOf(msg.sender);
        if (!open) revert ExitClosed(msg.sender, from, until, market.booksOf().provisions);
        return redeem(shares, to, msg.sender);
    }

    // ERC-4626: interest up to now belongs to those who were there

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver) public override returns (uint256) {
        market.accrue();
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override returns (uint256) {
        market.accrue();
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner) public override returns (uint256) {
        market.accrue();
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override returns (uint256) {
        market.accrue();
        return super.redeem(shares, receiver, owner);
    }

    // Views

    /// @inheritdoc IMarketTranche
    function exitOf(address owner) public view returns (uint256 shares, uint256 from, uint256 until, bool open) {
        ExitRequest memory request = _requests[owner];
        if (request.shares == 0) return (0, 0, 0, false);
        shares = request.shares;
        from = request.requestedAt + NOTICE_S;
        uint256 freeFrom = request.requestedAt + HOLD_MOST_S;
        until = Math.min(from + market.heldSeconds() - request.heldBefore, freeFrom) + WINDOW_S;
        if (block.timestamp < from || block.timestamp > until) return (shares, from, until, false);
        open = block.timestamp >= freeFrom || market.booksOf().provisions == 0;
    }

    /// @inheritdoc IMarketTranche
    function heldAt(address holder, uint256 loss) external view returns (uint256) {
        return _recordOf(holder, loss, balanceOf(holder));
    }

    /// @notice Returns the market shares in the tranche, with those that interest up to now gives it.
    function totalAssets() public view override returns (uint256) {
        return market.booksOf().trancheShares;
    }

    /// @inheritdoc ERC4626
    /// @dev 0 for whom the gate refuses, and while a share is worth next to nothing.
    function maxDeposit(address receiver) public view override returns (uint256) {
        bool exhausted = (totalAssets() + 1) * EXHAUSTED_TIMES < totalSupply() + 10 ** OFFSET;
        return exhausted || !market.mayLend(receiver) ? 0 : type(uint160).max;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return previewDeposit(maxDeposit(receiver));
    }

    /// @inheritdoc ERC4626
    /// @dev The requested shares, while they may leave.
    function maxRedeem(address owner) public view override returns (uint256) {
        (uint256 shares, , , bool open) = exitOf(owner);
        return open ? shares : 0;
    }

    /// @inheritdoc ERC4626
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    // Inside

    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        if (receiver != owner) _requireAdmitted(receiver);
        // At most what was requested, by `maxRedeem`.
        uint256 left = _requests[owner].shares - shares;
        if (left == 0) delete _requests[owner];
        else _requests[owner].shares = left;
        super._withdraw(caller, receiver, owner, assets, shares);
        emit Exited(owner, shares, assets);
    }

    /// @dev Locked shares stay; others go only to whom the gate admits.
    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0)) {
            uint256 free = balanceOf(from) - _requests[from].shares;
            if (value > free) revert SharesLocked(from, value, free);
            if (to != address(0)) _requireAdmitted(to);
        }
        uint256 losses = market.lossCount();
        if (losses != 0) {
            _keepRecord(from, losses, balanceOf(from));
            _keepRecord(to, losses, balanceOf(to));
        }
        super._update(from, to, value);
    }

    function _requireAdmitted(address who) private view {
        if (market.mayLend(who)) return;
        revert IMarket.NotAdmitted(IMarketGate.mayLend.selector, bytes32(uint256(uint160(who))));
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return OFFSET;
    }
}

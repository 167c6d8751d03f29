// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice A request to leave the tranche.
/// @param shares tranche shares, locked
/// @param requestedAt block time in seconds, 0 if there is none
/// @param heldBefore `IMarket.heldSeconds` then
struct ExitRequest {
    uint256 shares;
    uint40 requestedAt;
    uint40 heldBefore;
}

/// @title The junior tranche of a market
/// @notice ERC-4626 over the market's own shares. It earns a part of the interest and of the liquidation fees, and bears losses first.
/// @dev Market shares in it may be burned by a loss at any time, those of a request too. Leaving takes a request. With h = seconds
///      since the request in which a loss was foreseeable:
///
///        from   = request + 10 days
///        until  = min(from + 4 days + h, request + 34 days)
///        open   ⇔ from ≤ now ≤ until, and no loss is foreseeable or now ≥ request + 30 days
///
///      `redeem` and `withdraw` work in that window, for what was requested. Nobody can lengthen or shorten any of this. Whoever keeps a tiny
///      account short can hold up an exit for 20 days beyond the ten, no longer.
///
///      Shares come only to whom the market's gate admits; leaving to oneself asks nobody.
interface IMarketTranche {
    /// @notice The owner has fewer free tranche shares than that.
    error SharesLocked(address owner, uint256 shares, uint256 free);
    /// @notice The owner asked for no exit.
    error ExitMissing(address owner);
    /// @notice The exit is not open now, times in seconds.
    /// @param foreseeable token units of losses that hold it up
    error ExitClosed(address owner, uint256 from, uint256 until, uint256 foreseeable);

    /// @notice An owner asked to leave.
    event ExitRequested(address indexed owner, uint256 shares, uint256 from);
    /// @notice An owner withdrew its request, or what was left of it.
    event ExitCancelled(address indexed owner, uint256 shares);
    /// @notice Requested shares left.
    event Exited(address indexed owner, uint256 shares, uint256 marketShares);

    /// @notice Locks shares of the caller until they leave or the request is cancelled; replaces an earlier request and its dates.
    /// @param shares tranche shares, above 0
    function requestExit(uint256 shares) external;

    /// @notice Unlocks the caller's shares.
    function cancelExit() external;

    /// @notice Turns all that the caller requested into market shares.
    /// @param to who gets them
    /// @return marketShares rounded down
    function exit(address to) external returns (uint256 marketShares);

    /// @notice Returns how many tranche shares a holder had when its market booked a loss.
    /// @param loss number, the first is 1
    function heldAt(address holder, uint256 loss) external view returns (uint256 shares);

    /// @notice Returns a request.
    /// @return shares tranche shares, 0 if there is none
    /// @return from first time in seconds at which it may be open
    /// @return until last one, as far as it is known now
    /// @return open whether it is open now
    function exitOf(address owner) external view returns (uint256 shares, uint256 from, uint256 until, bool open);
}

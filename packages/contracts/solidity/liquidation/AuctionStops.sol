// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILiquidationAuction, Stop} from "../interfaces/ILiquidationAuction.sol";
import {IOutageClock} from "../interfaces/IOutageClock.sol";
import {IEdge} from "../edge/IEdge.sol";
import {ILedger} from "../interfaces/ledger/ILedger.sol";
import {ILedgerTerms} from "../interfaces/ledger/ILedgerTerms.sol";

/// @title Stops and outages of auctions
/// @notice Stops by two roles of the ledger, within bounds, and outages of the chain.
abstract contract AuctionStops is ILiquidationAuction {
    /// @notice Slot number of the stop of everything.
    uint16 internal constant EVERYTHING = 0;
    uint256 private constant STOP_MOST_S = 6 hours;
    uint256 private constant REST_S = 72 hours;
    uint256 private constant STREAK_MOST = 2;
    /// @dev Gas that the clock may use.
    uint256 private constant CLOCK_GAS = 100_000;
    uint256 private constant CALL_GAS = 6_000;

    /// @notice The ledger whose accounts are sold.
    ILedger public immutable ledger;
    /// @notice The clock that knows of outages of this chain, 0 for none.
    IOutageClock public immutable clock;

    mapping(uint16 slot => Stop) internal _stops;

    constructor(ILedger ledger_, IOutageClock clock_) {
        if (address(ledger_).code.length == 0) revert LedgerRefused(address(ledger_));
        (ledger, clock) = (ledger_, clock_);
    }

    /// @inheritdoc ILiquidationAuction
    function stop(uint40 until) external {
        if (msg.sender != ledger.pauser()) revert ILedgerTerms.NotAuthorized(msg.sender, "pauser");
        _stop(EVERYTHING, until);
    }

    /// @inheritdoc ILiquidationAuction
    function stopSlot(uint16 slot, uint40 until) external {
        if (msg.sender != ledger.riskAdmin() && msg.sender != ledger.pauser()) {
            revert ILedgerTerms.NotAuthorized(msg.sender, "riskAdmin");
        }
        if (slot == EVERYTHING) revert StopRefused(slot, until, 0);
        _stop(slot, until);
    }

    /// @inheritdoc ILiquidationAuction
    function stopOf(uint16 slot) external view returns (Stop memory) {
        return _stops[slot];
    }

    /// @dev Reverts while everything is stopped or the chain counts as out of order.
    function _requireRunning() internal view {
        uint40 until = _stops[EVERYTHING].until;
        if (block.timestamp < until) revert AuctionsStopped(until);
        (bool down, ) = _outage();
        if (down) revert ChainDown();
    }

    /// @dev From when on the clocks run again, seconds; 0 if nothing ever held them up.
    function _resumedAt() internal view returns (uint256 at) {
        at = _stops[EVERYTHING].until;
        (, uint256 resumesAt) = _outage();
        if (resumesAt > at) at = resumesAt;
    }

    /// @dev Returns the clock's answer; one that fails says that the chain is in order: a dead clock must not stop sales for ever.
    function _outage() internal view returns (bool down, uint256 resumesAt) {
        address target = address(clock);
        if (target == address(0)) return (false, 0);
        uint256 least = CLOCK_GAS + CLOCK_GAS / 63 + CALL_GAS;
        if (gasleft() < least) revert IEdge.GasTooLow(gasleft(), least);
        bytes memory question = abi.encodeCall(IOutageClock.outage, ());
        bool answered;
        uint256 word;
        assembly ("memory-safe") {
            // Beyond the free pointer: two words of scratch, however much the clock returns.
            let answer := mload(0x40)
            answered := staticcall(CLOCK_GAS, target, add(question, 0x20), mload(question), answer, 0x40)
            answered := and(answered, eq(returndatasize(), 0x40))
            word := mload(answer)
            resumesAt := mload(add(answer, 0x20))
        }
        if (!answered || word > 1 || resumesAt > type(uint40).max) return (false, 0);
        down = word == 1;
    }

    function _stop(uint16 slot, uint40 until) private {
        Stop storage stop_ = _stops[slot];
        if (until <= block.timestamp) {
            // Ends a stop that runs; the clocks start at this moment, not at that of the argument.
            if (block.timestamp < stop_.until) stop_.until = uint40(block.timestamp);
            emit Stopped(slot, stop_.until);
            return;
        }
        uint256 latest = block.timestamp + STOP_MOST_S;
        uint8 streak = block.timestamp < stop_.rowUntil ? stop_.streak : 0;
        if (streak == STREAK_MOST) latest = 0;
        if (until > latest) revert StopRefused(slot, until, latest);
        _stops[slot] = Stop(until, streak + 1, uint40(until + REST_S));
        emit Stopped(slot, until);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening, VaultAsset} from "../interfaces/vault/VaultTypes.sol";
import {PaymentLane, PaymentLanes} from "../libraries/PaymentLanes.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Dates of payments, and the fast limit
/// @dev Both are decided once, when a release is replayed, in the journal's order. A later limit does not change
///      existing payments. Safety: dates follow `PaymentLanes`. If witnesses are required, the sum of unconfirmed
///      releases that were replayed within the fast limit stays within the present fast limit; all others wait.
abstract contract VaultDates is VaultBase {
    /// @dev A proven entry counts as confirmed, whatever its number.
    uint64 internal constant PROVEN = type(uint64).max;
    /// @dev A fast limit is counted in basis points of thousandths.
    uint256 private constant FAST_SCALE = 1e7;
    /// @dev Divisor of a fast limit while a witness contradicts the journal.
    uint256 private constant FAST_CONTESTED = 4;

    /// @notice The decision about one payment.
    /// @param lane of the amount
    /// @param tat the lane's limiter after this payment
    /// @param readyAt its date
    /// @param waits it would exceed the fast limit
    /// @param opensAt when it opens without a confirmation, 0 unless it waits
    /// @param base `cumFast` at a confirmed count
    /// @param counted it uses the fast limit
    /// @param noted `base` moves to the noted count, and a new count is noted
    struct Dating {
        PaymentLane lane;
        uint64 tat;
        uint40 readyAt;
        bool waits;
        uint40 opensAt;
        uint112 base;
        bool counted;
        bool noted;
    }

    /// @dev Decides about a release that is being replayed, and uses up its part of the asset's limits.
    function _takeDate(
        VaultAsset storage kept,
        uint96 seq,
        uint64 confirmed,
        uint128 amount
    ) internal returns (PaymentLane lane, uint40 readyAt, bool waits) {
        Dating memory one = _date(kept, uint64(seq), confirmed, amount);
        if (one.lane == PaymentLane.NONE) return (PaymentLane.NONE, one.readyAt, false);
        if (one.lane == PaymentLane.SMALL) kept.tatSmall = one.tat;
        else if (one.lane == PaymentLane.MIDDLE) kept.tatMiddle = one.tat;
        else kept.tatLarge = one.tat;
        if (one.waits) {
            // Later conflicts delay it, like all that waits. Block times are above the 1,785 days of 255 conflicts.
            uint8 conflicts = _conflicts;
            uint256 openAt = one.opensAt - WAIT_S * conflicts;
            // A date beyond the field's end stays at the end for payments behind it. This payment keeps its own date.
            kept.openAt = openAt > type(uint32).max ? type(uint32).max : uint32(openAt);
            kept.openBy = uint32(seq);
            _openings[seq] = Opening({at: one.opensAt, conflicts: conflicts});
        } else if (one.counted) {
            uint112 before = kept.cumFast;
            if (one.noted && before != kept.cumFastOpen) (kept.openCount, kept.cumFastOpen) = (uint64(seq) - 1, before);
            // Sums are compared by their difference, so a wrap does not matter.
            unchecked {
                (kept.cumFast, kept.cumFastBase) = (before + uint112(amount), one.base);
            }
        }
        return (one.lane, one.readyAt, one.waits);
    }

    /// @dev Returns the decision about a release replayed now as the `index`-th entry.
    function _date(
        VaultAsset storage kept,
        uint64 index,
        uint64 confirmed,
        uint128 amount
    ) internal view returns (Dating memory one) {
        uint256 whole = TokenScale.wholeOf(kept.decimals);
        uint64 limit = kept.limit;
        one.lane = PaymentLanes.laneOf(limit, whole, amount);
        if (one.lane == PaymentLane.NONE) {
            // Safety of the cast: block times fit 40 bits for 34,000 years.
            one.readyAt = uint40(block.timestamp);
            if (confirmed != PROVEN) return one;
            // An exit cannot refund to the ledger. An honest release above a limit that was lowered since waits as its
            // parts would.
            one.lane = PaymentLane.LARGE;
        }
        uint64 tat =
            one.lane == PaymentLane.SMALL
                ? kept.tatSmall
                : (one.lane == PaymentLane.MIDDLE ? kept.tatMiddle : kept.tatLarge);
        (one.tat, one.readyAt) = PaymentLanes.schedule(one.lane, limit, whole, amount, tat, block.timestamp);
        if (_witnessesNeeded == 0 || confirmed >= index) return one;

        uint112 sum = kept.cumFast;
        one.base = kept.cumFastBase;
        if (confirmed >= kept.openCount) {
            one.noted = true;
            one.base = confirmed >= index - 1 ? sum : kept.cumFastOpen;
        }
        uint256 scale = _conflicted == 0 ? FAST_SCALE : FAST_SCALE * FAST_CONTESTED;
        // Safety: the limit is below 2^64 · 2^80 · 2^16, amounts and sums are below 2^129, the scale below 2^26, times below 2^42.
        unchecked {
            uint256 fast = uint256(limit) * whole * kept.fastBp;
            one.counted = (uint256(uint112(sum - one.base)) + amount) * scale <= fast;
            if (one.counted) return one;
            one.waits = true;
            uint256 opens = block.timestamp + WAIT_S;
            if (confirmed < _lastWaiting(kept, index)) {
                uint256 last = kept.openAt + WAIT_S * _conflicts;
                if (last > opens) opens = last;
            }
            opens = fast == 0 ? type(uint40).max : opens + (uint256(amount) * scale * 1 days + fast - 1) / fast;
            one.opensAt = opens > type(uint40).max ? type(uint40).max : uint40(opens);
        }
    }

    /// @dev Returns the number of the last payment that waited. If it was more than 2^32 entries ago, a later number;
    ///      then the date only lasts longer.
    function _lastWaiting(VaultAsset storage kept, uint64 index) private view returns (uint64) {
        unchecked {
            return index - uint32(uint32(index) - kept.openBy);
        }
    }
}

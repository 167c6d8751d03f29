// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Payment, VaultAsset} from "../interfaces/vault/VaultTypes.sol";
import {PaymentLane, PaymentLanes} from "../libraries/PaymentLanes.sol";
import {ReplicaLib} from "../edge/ReplicaLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Places in the lanes of payments that will not be made
/// @dev Safety: a place is given back only while all of it is still in its lane, see `PaymentLanes`. A place taken
///      under another limit is not given back: its date no longer tells its position, and the new limit made room by
///      itself.
abstract contract VaultPlaces is VaultBase {
    function _laneOf(Payment memory due) internal pure returns (PaymentLane) {
        return PaymentLane((due.flags >> PAYMENT_LANE_SHIFT) & 3);
    }

    /// @dev Changes the limit. Each lane keeps its units, and places taken under the old limit are no longer given
    ///      back.
    function _rescaleLanes(VaultAsset storage kept, uint64 limit) internal {
        uint64 before = kept.limit;
        if (before == limit || before == 0) return;
        kept.tatSmall = PaymentLanes.rescale(kept.tatSmall, before, limit, block.timestamp);
        kept.tatMiddle = PaymentLanes.rescale(kept.tatMiddle, before, limit, block.timestamp);
        kept.tatLarge = PaymentLanes.rescale(kept.tatLarge, before, limit, block.timestamp);
        kept.datedFrom = ReplicaLib.locate(_inbound()).count;
    }

    /// @dev Gives back the place of a stopped payment, if it is the last of its lane and its date lies ahead.
    function _freeLast(
        VaultAsset storage kept,
        uint96 seq,
        Payment memory due,
        uint128 amount
    ) internal returns (bool freed) {
        PaymentLane lane = _laneOf(due);
        (uint64 tat, uint256 time) = _placeOf(kept, seq, lane, amount);
        freed = PaymentLanes.isLast(lane, due.readyAt, time, tat, block.timestamp);
        if (freed) _takeFrom(kept, lane, tat, time);
    }

    /// @dev Gives back the place of an unwound payment, if the lane is still ahead: all payments behind it were unwound
    ///      before.
    function _freeUnwound(VaultAsset storage kept, uint96 seq, Payment memory due, uint128 amount) internal {
        PaymentLane lane = _laneOf(due);
        if (lane == PaymentLane.NONE) return;
        (uint64 tat, uint256 time) = _placeOf(kept, seq, lane, amount);
        if (PaymentLanes.isAhead(tat, block.timestamp)) _takeFrom(kept, lane, tat, time);
    }

    /// @dev Returns a lane's limiter and an amount's share of it; 0 if the place was taken under another limit.
    function _placeOf(
        VaultAsset storage kept,
        uint96 seq,
        PaymentLane lane,
        uint128 amount
    ) private view returns (uint64 tat, uint256 time) {
        if (seq <= kept.datedFrom) return (0, 0);
        if (lane == PaymentLane.SMALL) tat = kept.tatSmall;
        else tat = lane == PaymentLane.MIDDLE ? kept.tatMiddle : kept.tatLarge;
        time = PaymentLanes.timeOf(lane, kept.limit, TokenScale.wholeOf(kept.decimals), amount);
    }

    /// @dev Safety: the lane holds more than a burst, and a payment takes less.
    function _takeFrom(VaultAsset storage kept, PaymentLane lane, uint64 tat, uint256 time) private {
        uint64 next = tat - uint64(time);
        if (lane == PaymentLane.SMALL) kept.tatSmall = next;
        else if (lane == PaymentLane.MIDDLE) kept.tatMiddle = next;
        else kept.tatLarge = next;
    }
}

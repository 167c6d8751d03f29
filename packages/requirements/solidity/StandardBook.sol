// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How a perpetual's margin grows. Ratios are WAD.
/// @param sizeFactor per √unit of size
/// @param openInterestLower value of all open contracts from which the initial ratio rises, WAD
/// @param openInterestUpper value at which it reaches 1, WAD; equal to the lower one for no scaling
/// @param orderCharge for each open order at every grade, WAD
struct PerpTerms {
    uint256 initialRatio;
    uint256 maintenanceRatio;
    uint256 sizeFactor;
    uint256 openInterestLower;
    uint256 openInterestUpper;
    uint256 orderCharge;
}

/// @notice What options need by rules; shares and factors are WAD.
/// @param maxSpotReq share of spot for a short at the money, initial
/// @param minSpotReq the least share of spot
/// @param mmCallSpotReq share of spot for a short call, maintenance
/// @param mmPutSpotReq share of spot for a short put, maintenance
/// @param mmPutMtmReq share of a short put's mark, maintenance
/// @param imOverMmScale least initial margin of a short put over its maintenance margin
/// @param unpairedInitialScale factor on the forward for each net short call, initial
/// @param unpairedMaintenanceScale the same at maintenance
struct OptionTerms {
    uint256 maxSpotReq;
    uint256 minSpotReq;
    uint256 mmCallSpotReq;
    uint256 mmPutSpotReq;
    uint256 mmPutMtmReq;
    uint256 imOverMmScale;
    uint256 unpairedInitialScale;
    uint256 unpairedMaintenanceScale;
}

/// @notice What a position needs because it cannot be closed at the mark; WAD.
/// @param least share of the value that a position of any size needs
/// @param most the most
/// @param impact times daily volatility times √(position / daily volume)
struct LiquidityTerms {
    uint256 least;
    uint256 most;
    uint256 impact;
}

/// @notice Terms of one underlying's derivatives.
/// @param confidenceThreshold confidence of a feed below which it is charged for, WAD
/// @param confidenceMargin share of the notional at a confidence of 0, WAD
/// @param pegThreshold price of the settlement token below which it is charged for, WAD
/// @param pegFactor factor on what it lacks, WAD
struct MarketTerms {
    PerpTerms perp;
    OptionTerms option;
    LiquidityTerms liquidity;
    uint256 confidenceThreshold;
    uint256 confidenceMargin;
    uint256 pegThreshold;
    uint256 pegFactor;
}

/// @notice What trades on an underlying now; WAD.
/// @param perpPrice mark of the perpetual
/// @param spot mark of the underlying, 0 if there is none: then options need nothing
/// @param debtPrice higher end of the spot's band for the initial grade, 0 where none is known
/// @param openInterest value of all open contracts
/// @param dailyVol volatility of a day
/// @param dailyVolume units traded a day
/// @param depth units within 2% of the price, 0 where it is not known
/// @param confidence of the spot feed, at most 1
/// @param settlementPrice of the token in which it settles
struct MarketState {
    uint256 perpPrice;
    uint256 spot;
    uint256 debtPrice;
    uint256 openInterest;
    uint256 dailyVol;
    uint256 dailyVolume;
    uint256 depth;
    uint256 confidence;
    uint256 settlementPrice;
}

/// @notice An order that rests in the perpetual's market; WAD.
/// @param size units, positive to buy
/// @param price at which it fills
struct RestingOrder {
    int256 size;
    uint256 price;
}

/// @notice An option of an account; WAD.
/// @param isCall a put otherwise
/// @param quantity units, positive if held, negative if written
/// @param vol annual volatility
/// @param secondsToExpiry seconds; options with the same number are of one expiry
/// @param forward of the expiry
/// @param confidence the smaller of the forward's and the volatility's, at most 1
struct HeldOption {
    bool isCall;
    uint256 strike;
    int256 quantity;
    uint256 vol;
    uint256 secondsToExpiry;
    uint256 forward;
    uint256 confidence;
}

/// @notice Gives a list of places for options, each to be written before it is read: `new` would fill every one with zeros.
function emptyPlaces(uint256 count) pure returns (HeldOption[] memory options) {
    assembly ("memory-safe") {
        options := mload(0x40)
        mstore(options, count)
        mstore(0x40, add(options, mul(0x20, add(count, 1))))
    }
}

/// @notice Everything that an account has in one underlying's derivatives.
/// @param perpSize units of the perpetual, WAD, positive long
struct StandardBook {
    int256 perpSize;
    RestingOrder[] orders;
    HeldOption[] options;
}

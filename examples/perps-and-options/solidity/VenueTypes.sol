// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LiquidityTerms, MarketTerms, OptionTerms, PerpTerms} from "@surety/requirements/StandardBook.sol";

/// @notice Instruments on the venue's underlying.
enum Kind {
    PERPETUAL,
    FUTURE,
    CALL,
    PUT
}

/// @notice Holding of an account in one instrument.
/// @param expiry time in seconds, 0 of a perpetual
/// @param strikeWad of an option, else 0
/// @param sizeWad units, positive if held, negative if owed
/// @param costWad of perpetuals and futures: what the units were bought for, negative if sold. Options are paid for at once
struct Position {
    Kind kind;
    uint40 expiry;
    uint88 strikeWad;
    int120 sizeWad;
    int256 costWad;
}

/// @notice An account at the venue.
/// @param round see `VenueBooks.round`, when the cash was last written
/// @param index see `VenueBooks.keptIndex`, then
/// @param cashWad what the venue owes the account, negative if it is the other way round; before the losses since
struct Book {
    uint64 nonce;
    uint32 round;
    uint160 index;
    int256 cashWad;
    Position[] positions;
}

/// @notice Worth of an account's book now, WAD.
/// @param netWad cash and the gains and losses of perpetuals and futures, rounded down
/// @param optionsWad the mark of all options
/// @param grossWad Σ |size| · price, rounded up
/// @param severalEnds options of several dates are over and not realised yet
/// @param initialWad what `StandardRequirement` asks for; what no account has while `severalEnds`
/// @param maintenanceWad likewise
/// @param worthWad net and options
/// @param owedWad what they are below 0
/// @param needInitialWad what is asked for less net, below 0 if there is more
/// @param needWad likewise for maintenance
/// @param requiredInitialWad what the venue requires at the ledger
/// @param requiredWad likewise for maintenance
/// @param burdenWad what somebody assumes who takes all of the book; never above `requiredWad`
struct Value {
    int256 netWad;
    int256 optionsWad;
    uint256 grossWad;
    bool severalEnds;
    uint256 initialWad;
    uint256 maintenanceWad;
    int256 worthWad;
    uint256 owedWad;
    int256 needInitialWad;
    int256 needWad;
    uint256 requiredInitialWad;
    uint256 requiredWad;
    uint256 burdenWad;
}

/// @notice Terms of a venue; none can change.
/// @param slot price slot of the underlying at the ledger's risk manager
/// @param volWad annual volatility at which options are marked
/// @param dailyVolWad volatility of a day, for the cost of closing; no trade is further from mark than this share of the underlying
/// @param dailyVolumeWad units traded a day, for the same
/// @param advanceBp share of unrealised gains that `settle` pays out
/// @param premiumPpm share of the gross notional that takers are paid beside what is owed, if so much is required
struct VenueTerms {
    uint16 slot;
    uint128 volWad;
    uint128 dailyVolWad;
    uint128 dailyVolumeWad;
    uint16 advanceBp;
    uint32 premiumPpm;
}

/// @dev A number for each instrument: strike, expiry and kind beside each other.
function instrumentOf(Position memory one) pure returns (uint256) {
    return (uint256(one.strikeWad) << 48) | (uint256(one.expiry) << 8) | uint256(one.kind);
}

/// @dev The terms of majors that packages/margin ships.
function marketTerms() pure returns (MarketTerms memory terms) {
    terms.perp = PerpTerms(1e17, 5e16, 5e14, 0, 0, 0);
    terms.option = OptionTerms(15e16, 1e17, 75e15, 75e15, 75e15, 105e16, 12e17, 11e17);
    terms.liquidity = LiquidityTerms(1e15, 5e17, 1e18);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice The fall of a maintenance weight; one storage slot.
/// @param fromBp weight at `start` in basis points
/// @param toBp weight from `end` on in basis points, below `fromBp`
/// @param start block time in seconds
/// @param end block time in seconds
/// @param version counts the changes of these weights, from 1
struct Ramp {
    uint16 fromBp;
    uint16 toBp;
    uint40 start;
    uint40 end;
    uint32 version;
}

/// @notice Reasons for which a credit is parked; the numbers are fixed for the whole protocol. LIMIT and SLOTS are never given.
enum ParkReason {
    NONE,
    UNCONFIRMED,
    CAP,
    LIMIT,
    UNLISTED,
    SLOTS,
    SEASON,
    FEE
}

/// @notice Constructor arguments of a ledger; none of them ever changes.
/// @param attesterSet verifier of signed heads on this chain; it is the verifying contract of their EIP-712 domain
/// @param riskManager weighs lines at first; `ILedgerTerms.scheduleRiskManager` schedules another
/// @param governor lists and loosens; a timelock in production
/// @param guardian quarantines
/// @param pauser pauses for a limited time, cannot lift a pause
/// @param riskAdmin may only tighten
/// @param development true only on chains where sources without witnesses (m = 0) may be listed
struct LedgerInit {
    address attesterSet;
    address riskManager;
    address governor;
    address guardian;
    address pauser;
    address riskAdmin;
    bool development;
}

/// @notice Terms on which the governor lists a source.
/// @param source ledger-wide index of (collateral chain, vault): 0 for the vault of this chain, others from 1
/// @param originChainId chain of the vault; this chain for source 0 alone
/// @param vault the vault's address on its chain
/// @param initialBp source weight for grade I in basis points, at most `maintenanceBp`
/// @param maintenanceBp source weight for grades E and M in basis points, at most 10,000
/// @param staleAfterMin age in minutes up to which the source counts in full for grade I
/// @param darkAfterMin age in minutes from which it counts nothing for grade I; above `staleAfterMin`
/// @param floorAfterMin age in minutes from which its maintenance weight falls toward the floor; at least `darkAfterMin`
/// @param m witnesses that must confirm, at most 4; 0 is allowed only with `development`
/// @param development the origin is a development chain
struct SourceListing {
    uint16 source;
    uint64 originChainId;
    address vault;
    uint16 initialBp;
    uint16 maintenanceBp;
    uint16 staleAfterMin;
    uint16 darkAfterMin;
    uint16 floorAfterMin;
    uint8 m;
    bool development;
}

/// @notice Terms on which the governor lists an asset of a source.
/// @param source index of the source
/// @param vaultAsset the asset's index at its vault, from 1
/// @param underlying price slot in the risk manager that values the asset, from 1
/// @param ownPrice price slot of the asset's own feed, 0 for none; the lower of the two prices counts
/// @param decimals of the token, at most 24
/// @param initialBp base weight for grades I and E in basis points, at most `maintenanceBp`
/// @param maintenanceBp base weight for grade M in basis points, at most 10,000
/// @param minMillionths smallest lock in millionths of a whole token, above 0; ten times it enables a line
/// @param capThousandths largest sum of this asset's lines, in thousandths of a whole token
struct AssetListing {
    uint16 source;
    uint16 vaultAsset;
    uint16 underlying;
    uint16 ownPrice;
    uint8 decimals;
    uint16 initialBp;
    uint16 maintenanceBp;
    uint64 minMillionths;
    uint64 capThousandths;
}

/// @notice An asset at the ledger: its terms and its sums.
/// @param credited token units that the lines of this asset sum to
/// @param parked token units parked since the asset was listed
/// @param capUnits the cap in token units, rounded down, never above 2^104 − 1
/// @param enableUnits token units at which a line enables itself: ten times the minimum, rounded up
/// @param releasedCum token units debited for releases so far
/// @param creditPausedUntil block time in seconds until which its entries are parked, 0 for none
struct AssetStatus {
    AssetListing terms;
    uint112 credited;
    uint112 parked;
    uint104 capUnits;
    uint256 enableUnits;
    uint128 releasedCum;
    uint40 creditPausedUntil;
}

/// @notice One (account, asset).
/// @param amount token units
/// @param unseasoned token units of `amount` that do not count for grade I, and cannot leave, before `seasonEnd`
/// @param seasonEnd block time in seconds; after it both fields keep their values, and `unseasoned` may then exceed the
///        amount
/// @param enabled true if the line counts in the account's margin
struct Line {
    uint112 amount;
    uint104 unseasoned;
    uint32 seasonEnd;
    bool enabled;
}

/// @notice An applied credit that has no effect on margin until the reason for parking it is gone.
/// @param account owner of the credit
/// @param amount token units, with the fee
/// @param fee token units of `amount` for the account that unparks it; 0 if the fee was paid first
/// @param vaultAsset the asset's index at its vault
/// @param reason why it is parked
/// @param parkedAt block time of the parking in seconds
/// @param readyAt block time in seconds. SEASON, and FEE parked for its season: when it has seasoned. UNCONFIRMED: when
///        it counts without a confirmation, unless a witness conflicts before. Otherwise 0
/// @param flags bit 1: its asset was not listed; the others are free
struct ParkedCredit {
    bytes32 account;
    uint104 amount;
    uint96 fee;
    uint16 vaultAsset;
    ParkReason reason;
    uint32 parkedAt;
    uint40 readyAt;
    uint8 flags;
}

/// @notice The current limits on the credit of an asset, in token units.
/// @param fastUnits most that may be in use unconfirmed; 2^256 − 1 for a source that needs no witness
/// @param unconfirmedUnits what is in use unconfirmed
/// @param capRoom room under its own cap; 0 while its credit is paused
/// @param burstUnits units in a full bucket: a quarter of the cap
/// @param bucketRoom units in the bucket now; it refills by the cap per day. Credit beyond them is unseasoned until the
///        bucket holds it
/// @param seasonRoom part of `bucketRoom` that needs no season: what may be taken while at most a quarter of the burst
///        is in use
struct CreditLimits {
    uint256 fastUnits;
    uint256 unconfirmedUnits;
    uint256 capRoom;
    uint256 burstUnits;
    uint256 bucketRoom;
    uint256 seasonRoom;
}

/// @notice The treatment of an account's credit if it arrived now.
/// @param reason NONE if it would be credited
/// @param limiter "" or the limit that binds: "fast", "paused", "cap", "bucket" (booked two days ahead) or "season"
/// @param at block time in seconds at which it would pass; 0 if no time is known
/// @param unseasoned token units of it that would be unseasoned on the line, if it is credited
/// @param seasonEnd block time in seconds until which they would be unseasoned; 0 if none would be
struct CreditQuote {
    ParkReason reason;
    bytes32 limiter;
    uint256 at;
    uint256 unseasoned;
    uint256 seasonEnd;
}

/// @notice The ledger's record of one protocol's claim on one account.
/// @param reservedWad its initial requirement when it last passed the gate, WAD; the claim is senior up to this figure
/// @param maintenanceWad its maintenance requirement at that time, WAD; counts while the protocol fails
/// @param positionNonce the position's number at that time
/// @param recordedAt block time of that gate in seconds, 0 before the first one
/// @param noticeAt block time in seconds of the owner's last notice, which lasts 14 days; 0 if a gate ended it, it was
///        refused, or none was given
/// @param observedWad its maintenance requirement as `ILedgerProtocols.observe` last stored it after that gate, WAD, 0
///        if it did not; counts while the protocol fails, if it is the larger
struct ClaimView {
    uint128 reservedWad;
    uint128 maintenanceWad;
    uint64 positionNonce;
    uint32 recordedAt;
    uint32 noticeAt;
    uint128 observedWad;
}

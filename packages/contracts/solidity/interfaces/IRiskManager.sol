// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice One line as the ledger keeps it: three storage words, from the lowest bit.
/// @param line amount u112 (0–111) | unseasoned u104 (112–215) | seasonEnd u32 (216–247) | 8 free bits
/// @param asset source u16 (0–15) | vaultAsset u16 (16–31) | underlying u16 (32–47) | decimals u8 (48–55) | flags u8 (56–63) |
///        baseI u16 bp (64–79) | baseM u16 bp (80–95) | min u64 (96–159) | cap u64 (160–223) | ownPrice u16 (224–239) |
///        fastBp u16 (240–255)
/// @param source asOf u40 (0–39) | state u8 (40–47) | stateUntil u40 (48–87) | wI u16 bp (88–103) | wM u16 bp (104–119) |
///        m u8 (120–127) | witnessMask u16 (128–143) | flags u8 (144–151) | thawedAt u40 (152–191) |
///        staleAfter u16 min (192–207) | darkAfter u16 min (208–223) | floorAfter u16 min (224–239) | frozenM u16 bp (240–255)
struct LineWords {
    uint256 line;
    uint256 asset;
    uint256 source;
}

/// @notice Sums over an account's lines.
/// @param initialWad grade I, WAD
/// @param exitWad grade E, WAD
/// @param maintenanceWad grade M, WAD
/// @param status OR of the lines' status bits
/// @param oldestAsOf lowest `asOf` in seconds over lines with an amount, the block time if there is none
struct Grades {
    uint256 initialWad;
    uint256 exitWad;
    uint256 maintenanceWad;
    uint256 status;
    uint256 oldestAsOf;
}

/// @notice The factors of one line's weight, each an integer of 0 … 1,000,000 (ppm).
struct Factors {
    uint32 baseI;
    uint32 baseM;
    uint32 sourceI;
    uint32 sourceM;
    uint32 freshI;
    uint32 freshM;
    uint32 size;
    uint32 volI;
    uint32 volM;
}

/// @notice The computation of one line's value.
/// @param units token units, `amount`
/// @param unitsInitial token units of `amount` that count for grade I
/// @param price of a whole token at grades E and M, scaled 1e12; 0 if none was ever accepted
/// @param priceInitial the same at grade I; 0 with any status bit of a price
/// @param factors of the weight
/// @param initialWad value at grade I after both minima
/// @param exitWad value at grade E after its minimum
/// @param maintenanceWad value at grade M
/// @param status bits of this line
struct LineMargin {
    uint256 units;
    uint256 unitsInitial;
    uint256 price;
    uint256 priceInitial;
    Factors factors;
    uint256 initialWad;
    uint256 exitWad;
    uint256 maintenanceWad;
    uint256 status;
}

/// @notice The worth of one line to an auction that sells it; all 0 of an empty line.
/// @param grossWad units × price, without weights, WAD, rounded down
/// @param exitWad value at grade E
/// @param maintenanceWad value at grade M
/// @param edgeWad value at grade M at the edge of the price band that favours the account, WAD, rounded up
/// @param class of its sale, see `exitOf`
/// @param ageS age in seconds of the oldest price that values it
struct LineExit {
    uint256 grossWad;
    uint256 exitWad;
    uint256 maintenanceWad;
    uint256 edgeWad;
    uint256 class;
    uint256 ageS;
}

/// @notice One cached price; one storage slot.
/// @param price of a whole token, scaled 1e12
/// @param ema slow price at `observedAt`, scaled 1e12; from there it follows `price`, see `IRiskManager`
/// @param confPpm half-width of the confidence interval, parts per million of the price
/// @param maxAgeS age in seconds up to which the price counts for grade I
/// @param observedAt time in seconds at which the price was observed, 0 if none was accepted yet
/// @param failing the feed gave no acceptable price when it was last asked
struct CachedPrice {
    uint80 price;
    uint80 ema;
    uint24 confPpm;
    uint24 maxAgeS;
    uint32 observedAt;
    bool failing;
}

/// @title The worth of collateral as margin
/// @notice Weighs lines at three grades (I initial, E exit-liquidation, M maintenance) and keeps one price per slot.
/// @dev `RiskManager` only weighs: it holds no funds and changes no line. Everything below is integer arithmetic, and a
///      TypeScript twin gives the same integers. `at` is the block time in seconds; bp × 100 = ppm.
///
///      Freshness of a source, with age = max(0, at − asOf) seconds (asOf may lie up to 120 s ahead), S = 60 · staleAfter,
///      D = 60 · darkAfter, F = 60 · floorAfter seconds, 0 < S < D ≤ F:
///
///        frozen = state is HALTED, RECOVERY or CLOSED, or QUARANTINED with at < stateUntil
///        fresh_I = 0 if frozen; 1,000,000 if age ≤ S; 0 if age ≥ D; else floor(1,000,000 · (D − age) / (D − S))
///        fresh_M = frozenM · 100 if frozen; 1,000,000 if age ≤ F;
///                  else max(500,000, 1,000,000 − ceil(50,000 · (age − F) / 86,400), thawed)
///        frozenM = floor(fresh_M just before the state began / 100), stored by the ledger
///        thawed = 0 if it never was frozen, else frozenM · 100 − ceil(50,000 · (at − its end) / 86,400), at least 0; the
///                  end of the last freeze is stateUntil while the state is QUARANTINED, else thawedAt
///
///      Price of a line at `at`, scaled 1e12, from the cache (nothing is read from a feed here):
///
///        price = min(cached[ownPrice], cached[underlying]), or cached[underlying] alone if ownPrice is 0
///        missing if any of those was never accepted (observedAt 0): the line counts 0 at all grades
///        stale if at − observedAt > maxAgeS for any of those: the line counts 0 at grade I, the last price at E and M
///        (observedAt in the future has age 0; a price exactly maxAgeS old is not stale)
///        uncertain if the confidence of any of those is above 20,000 ppm, diverged if any lies more than 250,000 ppm of its slow
///        price off that: the line counts 0 at grade I, the price at E and M
///        failing if the feed of any of those gave no acceptable price when it was last asked: the line counts 0 at grade I,
///        the last price at E and M
///
///      Price at grade I, one and a half bands below the lower of price and slow price of each slot:
///
///        slow = ema + (cached − ema) · min(age, 3,600) / 3,600, with age = max(0, at − observedAt) and the signed quotient cut toward zero
///        price_I = min over the same slots of max(0, min(cached, slow) − ceil(cached · confPpm · 3 / 2,000,000))
///
///      Value of a line, ppm factors as above, one 512-bit multiplication and one floor per grade:
///
///        unseasoned(at) = unseasoned if at < seasonEnd, else 0
///        base_I = 100 · baseI, base_M = 100 · baseM, source_I = 100 · wI, source_M = 100 · wM; size = vol = 1,000,000
///        raw_I = floor((amount − unseasoned(at)) · price_I · base_I · source_I · fresh_I · size · vol_I / 10^(decimals + 24))
///        raw_E = floor(amount · price · base_I · source_M · fresh_M · 1,000,000 · 1,000,000 / 10^(decimals + 24))
///        raw_M = floor(amount · price · base_M · source_M · fresh_M · 1,000,000 · vol_M / 10^(decimals + 24))
///        value_M = raw_M, value_E = min(raw_E, value_M), value_I = min(raw_I, value_E)
///
///      A_X = Σ value_X over the enabled lines, in WAD (1e18). Lines with amount 0 are skipped: no status, no asOf.
///
///      Status bits, set by lines with an amount: 1 a price is stale, 2 a price is missing, 4 a source is stale (age > S,
///      not frozen), 8 a source is dark (age ≥ D, not frozen; comes with 4), 16 a source is frozen, 64 a price is uncertain, 128 a price has diverged from its slow
///      one, 256 a feed fails.
///      Only the ledger sets 32: the risk manager did not answer, or a price is missing (with 2). All assets are then 0
///      and mean nothing. No listed asset lacks a price: the ledger neither lists an asset (`ILedgerTerms.listAsset`)
///      nor adopts a risk manager (`ILedgerTerms.adopt`) without one.
interface IRiskManager {
    /// @notice The caller is not the governor.
    error NotGovernor(address caller);
    /// @notice The governor is the zero address.
    error GovernorMissing();
    /// @notice The slot is 0, the feed has no code, or the longest age is 0.
    error FeedRefused(uint16 slot, address feed, uint24 maxAgeS);
    /// @notice A feed failed that did not get its 250,000 gas; call again with more.
    error FeedStarved(uint16 slot, uint256 gasLeft, uint256 needed);

    /// @notice A slot got its feed and longest age; the cached price stays until the feed has a newer one.
    event FeedListed(uint16 indexed slot, address feed, uint24 maxAgeS);
    /// @notice A newer price was accepted, or another confidence of the cached one.
    event PricePoked(uint16 indexed slot, uint256 price, uint256 confPpm, uint256 observedAt);
    /// @notice A slot's feed began to fail, or gives an acceptable price again.
    event FeedMarked(uint16 indexed slot, bool failing);
    /// @notice A feed gave no acceptable price; the cached one stays.
    /// @param reason the feed's error selector; or "fail" (call failed, no error), "form" (wrong answer size or range),
    ///        "none" (no feed), as ASCII
    event PokeSkipped(uint16 indexed slot, bytes4 reason);

    /// @notice Returns the sums over lines at this block's time.
    /// @param lines the account's enabled lines
    function margin(LineWords[] calldata lines) external view returns (Grades memory);

    /// @notice Returns how each line's value is computed at this block's time, in the order given.
    function breakdown(LineWords[] calldata lines) external view returns (LineMargin[] memory);

    /// @notice Returns what each line is worth to an auction at this block's time, in the order given.
    /// @dev class: 0 source of this chain, 1 fresh, 2 stale or dark, 3 frozen; 4 while the line waits for a price: one of its
    ///      prices was never accepted, is older than both six hours and its slot allows, uncertain or diverged, or its feed took the
    ///      slot over from another less than half an hour ago. The band is the widest confidence of its prices, and 25 % for a line that waits.
    function exitOf(LineWords[] calldata lines) external view returns (LineExit[] memory);

    /// @notice Returns the factors of a line's weight at a time.
    /// @param asset the asset's word, see `LineWords`
    /// @param source the source's word, see `LineWords`
    /// @param time seconds
    function factors(uint256 asset, uint256 source, uint256 time) external pure returns (Factors memory);

    /// @notice Takes the prices that the feeds hold now, if newer than the cached ones.
    /// @dev Anyone may call it. A feed is skipped with an event if it fails, uses up its gas (250,000 each), answers
    ///      too much or is out of range; it never blocks the others. Its slot is marked as failing until the next
    ///      acceptable answer. An answer that is not newer leaves the price and its time, and its confidence counts, or how far its price
    ///      is from the cached one, whichever is wider: a median is as old as its older source, and the younger one speaks on. A
    ///      feed that is given too little gas is neither skipped nor marked: the call reverts (`FeedStarved`).
    ///      ema: the first price unchanged; later the slow price that the former one had reached at the new observation (`slow` above,
    ///      at = the new observedAt). So a jump moves it only with the time for which it stands, however long the feed was quiet before.
    /// @param slots price slots
    function poke(uint16[] calldata slots) external;

    /// @notice Pokes every price slot that lines with an amount use, and then returns what `margin` returns.
    /// @dev Anyone may call it. The ledger does before it acts on a margin, so that nobody chooses between the cached price
    ///      and the feed's by poking or by not poking.
    /// @param lines the account's enabled lines
    function pokedMargin(LineWords[] calldata lines) external returns (Grades memory);

    /// @notice Pokes every price slot that lines with an amount use, and then returns what `exitOf` returns. Anyone may call it.
    function pokedExitOf(LineWords[] calldata lines) external returns (LineExit[] memory);

    /// @notice Sets a slot's feed and longest age.
    /// @dev [governor] Feeds of assets and feeds of underlyings share one range of slot numbers. Auctions sell nothing at the
    ///      price of a feed that takes a slot over from another for half an hour (`sellsFrom`).
    function listUnderlying(uint16 slot, address feed, uint24 maxAgeS) external;

    /// @notice Returns a slot's cached price.
    function priceOf(uint16 slot) external view returns (CachedPrice memory);

    /// @notice Returns a slot's feed, 0 for none.
    function feedOf(uint16 slot) external view returns (address);

    /// @notice Returns the second from which on auctions sell at the price of a slot; 0 if its first feed still stands.
    function sellsFrom(uint16 slot) external view returns (uint256);
}

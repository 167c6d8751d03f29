// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice One auction; one storage slot.
/// @param starter who recorded the breach
/// @param startedAt block time in seconds, 0 if there is none
/// @param seenAt block time in seconds at which the account was last seen unhealthy
/// @param flags bit 1: something was taken; bit 2: its starter was named to a protocol
struct Auction {
    address starter;
    uint40 startedAt;
    uint40 seenAt;
    uint16 flags;
}

/// @notice On which terms an account takes burdens whenever anybody bids for it; one storage slot.
/// @param leastPpm smallest discount, ppm
/// @param mostWad burden that it takes in all, WAD; counted down, 0 ends it
/// @param expiry first block time in seconds at which it is void
/// @param classMax highest class of line that it takes
/// @param priceAgeS age in seconds up to which it trusts a price
/// @param pays its owner's allowance at the protocol pays
struct Standing {
    uint24 leastPpm;
    uint96 mostWad;
    uint32 expiry;
    uint8 classMax;
    uint16 priceAgeS;
    bool pays;
}

/// @notice A stop of everything, or of one price slot; one storage slot.
/// @param until first block time in seconds at which it is over
/// @param streak stops in a row so far
/// @param rowUntil block time in seconds until which another stop follows in the row
struct Stop {
    uint40 until;
    uint8 streak;
    uint40 rowUntil;
}

/// @notice Terms of a bidder.
/// @param shareMaxWad most of the burden to take, 1e18 is all
/// @param shareMinWad a smaller share is refused
/// @param leastPpm a smaller discount is refused, ppm
/// @param pays pay from the caller's allowance at the protocol
struct BidTerms {
    uint64 shareMaxWad;
    uint64 shareMinWad;
    int32 leastPpm;
    bool pays;
}

/// @notice The outcome of a bid for all now, at the prices that the risk manager holds.
/// @param shareWad part of the burden, 1e18 is all
/// @param assumedWad burden assumed, WAD
/// @param lossWad burden that nobody assumes, WAD
/// @param ppm discount on the gross value
/// @param assetIds lines, in the order in which they are taken
/// @param amounts token units of each
/// @param wait why nobody can bid now: "stopped", "down", "unstarted", "healthy", "nothing"; 0 if somebody can
struct Quote {
    uint256 shareWad;
    uint256 assumedWad;
    uint256 lossWad;
    int256 ppm;
    uint16[] assetIds;
    uint128[] amounts;
    bytes32 wait;
}

/// @title The ledger's liquidation auction
/// @notice Sells lines of an account below its maintenance grade at a price that falls with time: a bid takes a share of what the
///         account owes at one protocol, and for it lines worth that share.
/// @dev The taker assumes the burden on its own ledger account and may pay it off in the same call. Nothing is held here: lines move
///      on the ledger, burdens inside the protocol. No owner and no parameter; a better auction replaces this one behind the ledger's
///      seven days.
///
///      Clock, t in seconds since the start, ahead by 20 for each percent by which maintenance is missed, at most 80; a twelfth of the
///      time while frozen lines alone can be sold. Discount δ in ppm of the gross value, ψ = 1,000,000 − δ:
///
///        δ(t) = −10,000 + floor(30,000 · t / 120)                                 t < 120
///             =  20,000 + floor(100,000 · (t − 120) / 1,680)                      t < 1,800
///             = min(990,000, 120,000 + floor(880,000 · (t − 1,800) / 19,800))     else
///
///      No more than twice the time up to the last witness and ten minutes count as elapsed: see `touch`.
///
///      Classes of lines: 0 source of this chain, 1 fresh, 2 stale or dark, 3 frozen, impaired or unsettled. Classes 0 to 2 are sold
///      together, the lowest class and the smallest haircut first; class 3 only while those that can be sold now hold less than 1 in
///      all, and only if every protocol of the account is listed. A line waits while a price of it is missing, older than six hours and
///      either failing or older than its slot's own limit, wider than 2 %, 25 % off its slow price, of a feed that took over less than
///      30 minutes ago, or stopped.
///
///      A bid takes the least share that brings the account to its exit grade, from lines in that order; `AuctionSize` states the
///      integers, `IMarginClaim` what a protocol does.
///
///      Prices are taken from the feeds before each act. Gas: the ledger and this contract each ask every protocol of the account, with
///      up to 3,900,000 gas, of which an honest one spends a small part.
interface ILiquidationAuction {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice The ledger has no code.
    error LedgerRefused(address ledger);
    /// @notice Nobody started an auction of this account.
    error NotStarted(bytes32 account);
    /// @notice An auction of this account runs already.
    error AlreadyStarted(bytes32 account, uint40 startedAt);
    /// @notice All auctions are stopped until then.
    error AuctionsStopped(uint40 until);
    /// @notice The chain counts as out of order.
    error ChainDown();
    /// @notice Assets at the grade that ends the auction do not cover what is required; both WAD.
    error StillUnhealthy(bytes32 account, uint256 assetsWad, uint256 requiredWad);
    /// @notice No line can be sold now, or nothing of one falls to this protocol.
    error NothingToTake(bytes32 account);
    /// @notice The protocol does not name the account's burden, or what it requires.
    error BurdenUnknown(bytes32 account, address protocol);
    /// @notice The discount is smaller than asked for, both ppm.
    error DiscountTooSmall(int256 ppm, int256 leastPpm);
    /// @notice The share is smaller than asked for, both WAD.
    error ShareTooSmall(uint256 shareWad, uint256 leastWad);
    /// @notice The caller does not own the taker's account on this chain, and that account has no standing offer.
    error TakerRefused(address caller, bytes32 to);
    /// @notice A standing offer takes no such line: its class, or the age of its price in seconds.
    error StandingRefused(bytes32 to, uint256 class, uint256 ageS);
    /// @notice The taker's contract did not answer the callback.
    error CallbackRefused(address taker);
    /// @notice The protocol still requires too much after what was taken, both WAD.
    error NoRelief(address protocol, uint256 requiredWad, uint256 mostWad);
    /// @notice The protocol names a larger loss than the bid leaves, both WAD.
    error LossTooLarge(address protocol, uint256 lossWad, uint256 mostWad);
    /// @notice Lines are left, and time for them, in seconds on the clock.
    error WriteOffTooEarly(bytes32 account, uint256 elapsedS, uint256 neededS);
    /// @notice The account is not the caller's on this chain.
    error NotAccountOwner(address caller, bytes32 account);
    /// @notice Every one of several acts was refused, or there was none.
    error NothingDone();
    /// @notice One of several acts had too little gas, or failed without an error.
    /// @param place of the act, from 0
    error ActUnanswered(uint256 place);
    /// @notice A stop lasts at most six hours, and two follow each other before 72 hours of rest.
    error StopRefused(uint16 slot, uint40 until, uint256 latest);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice An auction began.
    /// @param requiredWad maintenance requirement, WAD
    /// @param assetsWad maintenance assets at the edge of the price bands that favours the account, WAD
    event Started(bytes32 indexed account, address indexed starter, uint256 requiredWad, uint256 assetsWad);
    /// @notice Somebody saw the account unhealthy still.
    event Touched(bytes32 indexed account);
    /// @notice An auction ended.
    /// @param cause "exit", "recovered" or "empty"
    event Closed(bytes32 indexed account, bytes32 cause);
    /// @notice A taker took a share of a burden, and lines for it.
    /// @param grossWad gross value of the lines given, WAD
    /// @param ppm discount on it
    /// @param lossWad what the protocol booked as a loss, WAD
    event Taken(
        bytes32 indexed account,
        address indexed protocol,
        bytes32 indexed to,
        uint256 shareWad,
        uint256 assumedWad,
        uint256 grossWad,
        int256 ppm,
        uint256 lossWad
    );
    /// @notice A protocol booked what nobody assumed.
    event WrittenOff(bytes32 indexed account, address indexed protocol, uint256 lossWad);
    /// @notice An account takes burdens on these terms.
    event StandingSet(bytes32 indexed account, Standing terms);
    /// @notice Nothing is sold until then that this price slot values; slot 0: nothing at all.
    event Stopped(uint16 indexed slot, uint40 until);

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Starts an auction of an account below its maintenance grade.
    /// @dev Every price counts at the edge of its band that favours the account, and one that lines wait for with 25 %.
    function start(bytes32 account) external;

    /// @notice Starts an auction of each account that `start` would take, and leaves the others as they are.
    /// @dev Called without a transaction, this tells a keeper which of many accounts are to be started.
    /// @return requiredWad by account: its maintenance requirement where an auction began, else 0, WAD
    function startMany(bytes32[] calldata accounts) external returns (uint256[] memory requiredWad);

    /// @notice Witnesses that the account is unhealthy still, so that the clock runs on.
    /// @dev The clock goes on from what it shows: beyond ten minutes and twice the time up to the last witness it stood still.
    ///      The clock of bids starts again where more can be sold than at the last look, by more than a tenth, and while maintenance
    ///      holds: nothing is sold at a discount that nobody could have bid before.
    function touch(bytes32 account) external;

    /// @notice Ends an auction of an account at its exit grade or, where nothing was taken, at its maintenance grade.
    function close(bytes32 account) external;

    /// @notice Takes a share of what an account owes at one protocol, and for it lines.
    /// @param account in liquidation
    /// @param protocol one of the account's
    /// @param to taker's account: the caller's on this chain, or one with a standing offer
    /// @param terms see `BidTerms`
    /// @param data not empty: the caller is called back between the lines and the burden, see `ILiquidationTaker`
    /// @return shareWad part of the burden, 1e18 is all
    /// @return assumedWad burden assumed, WAD
    /// @return assetIds lines
    /// @return amounts token units of each
    function bid(
        bytes32 account,
        address protocol,
        bytes32 to,
        BidTerms calldata terms,
        bytes calldata data
    ) external returns (uint256 shareWad, uint256 assumedWad, uint16[] memory assetIds, uint128[] memory amounts);

    /// @notice Does acts of this contract one after the other in the caller's name, and passes over those that it refuses: bids for several
    ///         accounts, or touches.
    /// @dev Reverts where none is done, and where one fails for want of gas: what burns its gas is found by halving the list.
    /// @param acts calldata of a call of this contract each
    /// @return done by act: false where it was refused, which left nothing behind
    function tryMany(bytes[] calldata acts) external returns (bool[] memory done);

    /// @notice Lets a protocol book all that an unhealthy account owes it as a loss; what is owed stays owed.
    /// @dev If its lines are worth less than 1 in all, or the clock has run out: a twelfth of the time while most of the value is frozen
    ///      or waits, whatever else is left; six hours more once that can be sold.
    /// @return lossWad what the protocol booked, WAD
    function writeOff(bytes32 account, address protocol) external returns (uint256 lossWad);

    // ---------------------------------------------------------------------------------------------------------- roles
    /// @notice Offers to take burdens whenever anybody bids for the account.
    /// @dev [owner on this chain] The account must pass the gate of the protocol like any other taker.
    function stand(bytes32 account, Standing calldata terms) external;

    /// @notice Stops starts, bids and write-offs; a time that has come ends a stop.
    /// @dev [the ledger's pauser] At most six hours, twice in a row, then 72 hours of rest. The clocks start again at its end.
    function stop(uint40 until) external;

    /// @notice Stops the sale of lines that a price slot values; a time that has come ends it.
    /// @dev [the ledger's risk admin or pauser] The same bounds.
    function stopSlot(uint16 slot, uint40 until) external;

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Returns what a bid for all would take now. Reverts during a bid.
    function quote(bytes32 account, address protocol) external view returns (Quote memory);

    /// @notice Returns the discount of the moment and what is on the clock. Reverts during a bid, and without an auction.
    /// @return ppm of the gross value, negative above it
    /// @return elapsedS seconds, head start and slow class included
    function discountOf(bytes32 account) external view returns (int256 ppm, uint256 elapsedS);

    /// @notice Returns what of a net value of lines falls to a protocol, WAD. Reverts during a bid.
    function entitlementOf(bytes32 account, address protocol, uint256 netWad) external view returns (uint256 wad);

    /// @notice Returns an account's auction; all fields are 0 if there is none. Reverts during a bid.
    function auctionOf(bytes32 account) external view returns (Auction memory);

    /// @notice Returns the auctions of accounts, in their order; all fields are 0 where there is none.
    function auctionsOf(bytes32[] calldata accounts) external view returns (Auction[] memory);

    /// @notice Returns an account's standing offer.
    function standingOf(bytes32 account) external view returns (Standing memory);

    /// @notice Returns the stop of a price slot; slot 0: of everything.
    function stopOf(uint16 slot) external view returns (Stop memory);
}

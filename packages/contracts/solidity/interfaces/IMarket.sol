// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IMarginClaim} from "./IMarginClaim.sol";

/// @notice On which terms a market lends; fixed for ever.
/// @param initialBp initial requirement in basis points of the debt, at least `maintenanceBp`
/// @param maintenanceBp maintenance requirement in basis points of the debt, at least 10,000 + `feeBp`
/// @param feeBp fee that a taker pays on the debt that it takes over, basis points, 25 … 200
/// @param keeperMost most of that fee that goes to the starter of the auction, token units
/// @param priceSlot price slot of the asset at the ledger's risk manager; 0: a whole token counts 1.00
/// @param reserveBp part of the interest that goes to the tranche, basis points, at most 5,000
/// @param rate0 yearly rate while nothing is lent, WAD
/// @param rate1 added up to the kink, WAD
/// @param rate2 added from the kink to full utilisation, WAD; the three together at most 10e18
/// @param kinkBp utilisation at the kink, basis points, 1 … 9,999
/// @param debtCap most that all accounts may owe after a borrow, token units
/// @param least smallest debt of an account after a borrow, token units; worth at least 1,000
/// @param gate who is admitted, 0: everybody
/// @param exitClaimant address on the vaults' chains that claims for the lenders if a vault's attesters are gone
///        (`ILedgerProtocols.setExitShare`), 0 for nobody
struct MarketTerms {
    uint16 initialBp;
    uint16 maintenanceBp;
    uint16 feeBp;
    uint96 keeperMost;
    uint16 priceSlot;
    uint16 reserveBp;
    uint64 rate0;
    uint64 rate1;
    uint64 rate2;
    uint16 kinkBp;
    uint128 debtCap;
    uint96 least;
    address gate;
    address exitClaimant;
}

/// @notice Books of a market now, with interest up to this second; token units, but for the shares.
/// @param cash what it holds; tokens sent to it without a deposit are not counted
/// @param debt what all accounts owe, without receivables
/// @param provisions foreseeable losses of accounts in an auction
/// @param writtenOff receivables: booked as losses, and owed still
/// @param shares all market shares, with those that interest up to now gives to the tranche
/// @param trancheShares of these, the tranche's
/// @param uncollected paid of receivables and not collected yet; of cash and debt this belongs to no share, and of the cash it
///        comes first
struct MarketBooks {
    uint256 cash;
    uint256 debt;
    uint256 provisions;
    uint256 writtenOff;
    uint256 shares;
    uint256 trancheShares;
    uint256 uncollected;
}

/// @notice A loss, and who bore it; token units, but for the shares. What is above the worth of all shares is borne by those who wait for
///         payments, and is paid before the rest.
/// @param account that owes it still
/// @param lenderUnits what lenders bore, in proportion to their shares
/// @param trancheUnits what the tranche bore
/// @param owedBefore what lenders and tranche ever bore of the account before: that is paid first
/// @param shares all market shares after it, 0 if lenders bore nothing
/// @param trancheSupply all shares of the tranche, 0 if it bore nothing
struct BookedLoss {
    bytes32 account;
    uint128 lenderUnits;
    uint128 trancheUnits;
    uint256 owedBefore;
    uint256 shares;
    uint256 trancheSupply;
}

/// @title A market that lends one asset against the unified margin
/// @notice Lenders deposit by ERC-4626; owners of ledger accounts borrow against all their lines on every chain. A junior tranche of
///         the market's own shares bears losses first.
/// @dev Books in token units, shares with six decimals more. V = 1e6 virtual shares, at one virtual unit.
///
///        rate     see `MarketRate`; growth of the debt rounded down, once in a block
///        debtOf   = ceil(shares · (debt + 1) / (debtShares + V))
///        deposit  at (cash + debt + 1) / (supply + V)
///        redeem   at (cash + debt − P + 1) / (supply − b + V), b = min(tranche's shares, floor(P · (supply + V) / (cash + debt + 1))):
///                 the price at which a lender stands once the provisions P are lost. So leaving before a loss gains nothing, and a
///                 loss that the tranche bears costs no lender anything.
///
///      A loss burns min(tranche's shares, ceil(loss · (supply + V) / (cash + debt + 1))); what is left over lowers the price of all
///      shares. What was lost stays owed without interest, is required and sold for like a debt. Once it is paid it belongs to those
///      who bore it, of an account's losses the oldest first, of one loss the lenders before the tranche: `collect`. Above, cash + debt
///      means without what was paid so and is not collected yet.
///
///      Requirement, p the asset's price: maintenance = ceil(p · (debtOf · maintenanceBp / 1e4 + w)), w what was written off. Initial:
///      the same with `initialBp` and the larger of price and slow price, 1.5 confidence bands up; 2^128 − 1 if the price is stale,
///      its band wider than 2 %, or 25 % off its slow price. Burden = ceil(p · (debtOf · (1e4 + feeBp) / 1e4 + w)).
///
///      Safety: terms are fixed, nobody has a right. `borrow` raises the debt, passes the ledger's gate, and only then pays. The asset
///      must be a plain ERC-20: a transfer that brings less than it names is refused (`TransferShort`). Liveness: nothing can be paused; `repay` and
///      `redeem` ask nobody, not even the ledger.
///
///      The ledger's auction is trusted with who pays for a bid: approve what you mean to pay.
interface IMarket is IMarginClaim {
    // --------------------------------------------------------------------------------------------------------- errors
    /// @notice A term does not lie within its limit.
    error TermsRefused(bytes32 term, uint256 value, uint256 limit);
    /// @notice The ledger or the gate has no code.
    error PartRefused(address part);
    /// @notice Only the account's owner on this chain may borrow for it.
    error NotOwner(address caller, bytes32 account);
    /// @notice Nothing to borrow, or nothing to repay.
    error NothingToMove(bytes32 account);
    /// @notice The market holds less than that beside what is uncollected, token units.
    error NotEnoughCash(uint256 amount, uint256 cash);
    /// @notice All accounts together would owe more than the terms allow, token units.
    error DebtCapExceeded(uint256 debt, uint256 debtCap);
    /// @notice The account would owe less than the terms allow, token units.
    error DebtTooSmall(uint256 debt, uint256 least);
    /// @notice The terms' gate does not admit them.
    /// @param question selector of the function of `IMarketGate`
    error NotAdmitted(bytes4 question, bytes32 who);
    /// @notice A transfer brought less than it named, token units.
    error TransferShort(uint256 arrived, uint256 expected);
    /// @notice Only the ledger's auction may do this.
    error NotAuction(address caller, address auction);
    /// @notice The auction names more than the share of the position is worth, token units; or a share above 1e18.
    error TakeOverTooLarge(uint256 value, uint256 most);

    /// @notice No such loss was booked.
    error LossUnknown(uint256 loss, uint256 count);

    // --------------------------------------------------------------------------------------------------------- events
    /// @notice An account borrowed.
    event Borrowed(bytes32 indexed account, address indexed to, uint256 amount, uint256 debt);
    /// @notice Debt of an account was paid back by anyone.
    /// @param amount token units, with what was written off
    /// @param debt what is left of the debt
    event Repaid(bytes32 indexed account, address indexed by, uint256 amount, uint256 debt);
    /// @notice Interest was added to the debt.
    /// @param growth token units
    /// @param reserveShares market shares that the tranche got of it
    event Accrued(uint256 growth, uint256 reserveShares);
    /// @notice A share of a position left an account in liquidation; token units.
    /// @param owed debt that left
    /// @param paid in tokens
    /// @param kept debt that the taker has now
    /// @param fee part of `paid` and `kept`
    event TakenOver(bytes32 indexed from, bytes32 indexed to, uint256 owed, uint256 paid, uint256 kept, uint256 fee);
    /// @notice A loss was booked. The account owes it still.
    /// @param units token units
    /// @param burned shares of the tranche that bore it; lenders bear what these were not worth
    event LossBooked(bytes32 indexed account, uint256 units, uint256 burned);
    /// @notice Something written off was paid.
    event Recovered(bytes32 indexed account, uint256 units);
    /// @notice A holder that bore losses got payments of them, token units.
    event Collected(address indexed holder, uint256 units);
    /// @notice The foreseeable loss of an account's debt changed, token units.
    event Provisioned(bytes32 indexed account, uint256 units);

    // --------------------------------------------------------------------------------------------------------- anyone
    /// @notice Borrows against the account's margin; the account must have opted in to this market.
    /// @dev [owner] Reverts with the ledger's reason if the initial margin would not hold.
    /// @param account see `ILedgerCore`
    /// @param amount token units, above 0
    /// @param to who takes them, on this chain
    function borrow(bytes32 account, uint256 amount, address to) external;

    /// @notice Pays back for any account: first what was written off, then debt; no more than both is taken.
    /// @param account see `ILedgerCore`
    /// @param amount most token units to take from the caller
    /// @return paid token units taken
    function repay(bytes32 account, uint256 amount) external returns (uint256 paid);

    /// @notice Lets the ledger record again what this market reserves, and what of the account's collateral the lenders may claim
    ///         should a vault's attesters be gone. `borrow` does both.
    /// @dev [anyone] Of an account that the gate refuses, the lenders' share is registered while none of its sources is dark or frozen and no
    ///      price of its lines is missing; else reverts with the gate's reason.
    function renew(bytes32 account) external;

    /// @notice Pays a holder what was paid of the losses that it bore, as a lender or in the tranche, as far as there is cash.
    /// @param holder had shares when they were booked, and may have none now
    /// @param losses numbers, from 1 to `lossCount`
    /// @return units token units, 0 if nothing is left to collect, or no cash
    function collect(address holder, uint256[] calldata losses) external returns (uint256 units);

    /// @notice Adds interest up to this second to the books.
    function accrue() external;

    // ---------------------------------------------------------------------------------------------------------- views
    /// @notice Returns what the market counts now.
    function booksOf() external view returns (MarketBooks memory);

    /// @notice Returns what an account owes, token units.
    /// @return debt with interest up to now, rounded up
    /// @return writtenOff was booked as a loss, without interest
    /// @return provision foreseeable loss, as it was last seen
    function positionOf(bytes32 account) external view returns (uint256 debt, uint256 writtenOff, uint256 provision);

    /// @notice Returns how many losses were booked.
    function lossCount() external view returns (uint256);

    /// @notice Returns a loss.
    /// @param loss number, the first is 1
    function lossOf(uint256 loss) external view returns (BookedLoss memory);

    /// @notice Returns what `collect` would pay a holder of a loss now, token units, rounded down.
    /// @param loss number, the first is 1
    function collectableOf(address holder, uint256 loss) external view returns (uint256 units);

    /// @notice Returns the yearly rate of the moment, WAD, rounded up.
    function rateNow() external view returns (uint256 rateWad);

    /// @notice Returns for how many seconds in all, up to now, a loss was foreseeable.
    function heldSeconds() external view returns (uint256);

    /// @notice Returns whether the terms' gate lets an address get shares.
    function mayLend(address lender) external view returns (bool);

    /// @notice Returns the terms.
    function terms() external view returns (MarketTerms memory);

    /// @notice Returns the junior tranche.
    function tranche() external view returns (address);
}

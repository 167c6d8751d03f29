// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

/// @notice The queue for payments of one size; the numbers are fixed for the whole protocol.
/// @dev NONE: above the largest payment.
enum PaymentLane {
    NONE,
    SMALL,
    MIDDLE,
    LARGE
}

/// @notice Constructor arguments of a vault; none of them ever changes.
/// @param settlementChainId chain of the ledger
/// @param ledger reader of this vault's journal and writer of the journal this vault replays
/// @param source the vault's index at the ledger; 0 if and only if this is the settlement chain
/// @param attesterSet verifier of the ledger's statements on this chain
/// @param governor lists assets, sets limits, lifts pauses; a timelock outside development
/// @param guardian may stop payments
/// @param pauser may pause for a time, cannot lift
/// @param development true on a development chain, where a vault may require no witness
struct VaultInit {
    uint256 settlementChainId;
    address ledger;
    uint16 source;
    address attesterSet;
    address governor;
    address guardian;
    address pauser;
    bool development;
}

/// @notice One token of the vault; fields are grouped by storage slot.
/// @dev A lock reads slots 0 and 1 and writes slot 1, nothing else. Units that were ever locked or taken over as a loss
///      = accounted + paidCum.
/// @param token ERC-20 contract
/// @param decimals of the token, at most 24
/// @param flags tell a lock or payment to read more before it continues. Bit 0: a pause of locking was recorded; bit 1:
///        a pause of paying was recorded; bit 2: a shortage is on record; bit 3: the token's code was noted to differ
///        from the pinned one; bit 7: the exit ended the asset
/// @param min smallest lock in millionths of a whole token
/// @param feeBp smallest fee of a lock in basis points of the smallest lock
/// @param accounted units locked, or taken over as a loss, and not paid; a unit is one token unit while nothing is missing
/// @param cap largest accounted amount, in thousandths of a whole token; locking stops there
/// @param limit payments per day, in thousandths of a whole token; independent of `cap`, never 0
/// @param fastBp fast limit in basis points of `limit`: what may be paid before witnesses confirm it
/// @param paidCum units ever paid
/// @param coverage part of a unit that has tokens, as last reported, WAD, rounded down; 0 before the first report
/// @param shortSince block time in seconds since which a shortage is on record, 0 if none is
/// @param reportedAt block time in seconds of the last report, 0 if there was none
/// @param tatSmall limiter of the small lane, units of 2^-20 s
/// @param tatMiddle limiter of the middle lane, units of 2^-20 s
/// @param tatLarge limiter of the large lane, units of 2^-20 s
/// @param openAt block time in seconds at which the last payment that waits for a confirmation opens without one, less
///        seven days for each conflict so far: a later conflict delays all that wait
/// @param owed units replayed and not paid, at most `accounted`
/// @param openBy low 32 bits of the number of the payment that set `openAt`; once it is confirmed, no payment waits
///        before another
/// @param cumFast token units ever replayed within the fast limit
/// @param cumFastBase value of `cumFast` at a count that witnesses have confirmed
/// @param openCount a count at which `cumFast` was noted; once it is confirmed, the base follows
/// @param datedFrom entries that were replayed before the limit last changed; their places in a lane can no longer be
///        given back
/// @param cumFastOpen value of `cumFast` at `openCount`
struct VaultAsset {
    // slot 0
    address token;
    uint8 decimals;
    uint8 flags;
    uint64 min;
    uint16 feeBp;
    // slot 1
    uint104 accounted;
    uint64 cap;
    uint64 limit;
    uint16 fastBp;
    // slot 2
    uint128 paidCum;
    uint64 coverage;
    uint32 shortSince;
    uint32 reportedAt;
    // slot 3
    uint64 tatSmall;
    uint64 tatMiddle;
    uint64 tatLarge;
    uint32 openAt;
    // slot 4
    uint104 owed;
    uint32 openBy;
    uint112 cumFast;
    // slot 5
    uint112 cumFastBase;
    uint64 openCount;
    uint64 datedFrom;
    // slot 6
    uint112 cumFastOpen;
}

/// @notice The state of a replayed release; the numbers are fixed for the whole protocol.
enum PaymentState {
    NONE,
    QUEUED,
    PAID,
    CLAIMABLE,
    STOPPED,
    VOID
}

/// @notice One replayed release, or one loss that the ledger reported.
/// @param entryHash first 25 bytes of keccak256 of the packed entry; of a stopped release, of keccak256(asset ‖ amount ‖ account)
/// @param readyAt block time in seconds from which anyone may execute it. CLAIMABLE: since which it is claimable.
///        STOPPED: from which its refund may be journaled without a confirmation, or journaled again
/// @param state see `PaymentState`
/// @param flags bit 0: waits for a confirmation; bits 1 and 2: the `PaymentLane` in which it has a place, 0 once a
///        stopped payment's place was given back; bit 3: its REFUND was journaled
struct Payment {
    bytes25 entryHash;
    uint40 readyAt;
    PaymentState state;
    uint8 flags;
}

/// @notice Reasons for which a replayed release became claimable.
/// @dev RECIPIENT: 0, the vault, the token, or more than an address. TRANSFER: the transfer failed or was inexact.
enum ClaimableReason {
    NONE,
    RECIPIENT,
    TRANSFER
}

/// @notice Reasons for which an entry of the ledger's journal has no effect; no honest ledger journals such an entry.
/// @dev KIND: not a kind of the ledger's journal. ASSET: no token has the index. ACCOUNT: it names no owner, or names
///      an account where none belongs. AMOUNT: 0, or more than a vault can account for. FEE: more than the amount, or
///      not 0 where none belongs.
enum ReleaseRefusal {
    NONE,
    KIND,
    ASSET,
    ACCOUNT,
    AMOUNT,
    FEE
}

/// @notice One independent way by which the vault learns heads of the ledger's journal.
/// @param at an `IHeadWitness` of this chain, 0 for none
/// @param conflicts whether it waits for finality, so that a head that differs from the replayed one is a conflict
struct VaultWitness {
    address at;
    bool conflicts;
}

/// @notice When a payment that waits for a confirmation opens without one.
/// @param at block time in seconds, if no witness contradicts the journal after its replay
/// @param conflicts number of witnesses that had contradicted the journal before; each later one adds seven days
struct Opening {
    uint40 at;
    uint8 conflicts;
}

/// @notice The treatment of a release if it were replayed now.
/// @param lane by its amount; NONE: the amount is above `largestUnits`, so the release would be stopped and refunded
/// @param readyAt block time in seconds from which it could be paid, 0 for lane NONE
/// @param waits true if it is beyond the fast limit and would wait for a confirmation as well as its date
/// @param opensAt block time in seconds at which it would open without a confirmation, 0 unless it waits
/// @param largestUnits largest payment in token units
struct PaymentQuote {
    PaymentLane lane;
    uint40 readyAt;
    bool waits;
    uint40 opensAt;
    uint256 largestUnits;
}

/// @notice The pauses of one asset.
/// @param lockUntil first time in seconds at which locking is open again
/// @param lockStreak pauses of locking in a row
/// @param payUntil first time in seconds at which paying is open again
/// @param payStreak pauses of paying in a row
struct PauseWindow {
    uint40 lockUntil;
    uint8 lockStreak;
    uint40 payUntil;
    uint8 payStreak;
}

/// @notice Reasons for which a lock would be refused now.
enum LockRefusal {
    NONE,
    ASSET_UNKNOWN,
    LOCK_PAUSED,
    OWNER_MISSING,
    HOME_NOT_SUPPORTED,
    ASSET_SHORT,
    BELOW_MINIMUM,
    CAP_EXCEEDED,
    ACCOUNTED_TOO_LARGE,
    ASSET_ENDED,
    TOKEN_CODE_CHANGED
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.4;

import {IEdge, JournalHead, SourceState} from "../../edge/IEdge.sol";
import {ClaimableReason, Opening, PaymentQuote, PaymentState, ReleaseRefusal} from "./VaultTypes.sol";

/// @title Replaying the ledger's releases and paying them
/// @notice Replaying only records payments; anyone can then execute them.
/// @dev Safety: an amount leaves the vault only for a replayed RELEASE, and at most once. It goes to the recipient of
///      its entry and, as the fee, to an account that the payer names. What is owed never exceeds what is accounted.
///      Liveness: no entry and no recipient blocks the replay. Replaying, paying, retrying and refreshing are open to
///      anyone. Pauses and quarantines end by themselves.
///
///      Every entry of a batch has exactly one of these effects, tested in this order:
///      1. Refused, see `ReleaseRefusal`: no honest ledger journals this entry. The head advances, `RefusedRelease` is
///         emitted, and nothing else happens. When the batch ends, the edge is quarantined for 72 h, once in a
///         generation. Other entries of the batch have their effects.
///      2. A loss that the vault is to take over (`IVaultLosses.LossQueued`).
///      3. Settled by what was replayed before a rewind: it stays stopped, or is already paid (`IVaultRewind`).
///      4. Stopped (`Queued`, then `Stopped`): a release above 3 / 40 of the limit, which no honest ledger journals
///         under this limit; or above what is accounted and not owed, which nobody can have locked. It comes back by a
///         REFUND once it is confirmed (`IVaultPayments.refund`). But if an exit replays by proof a release above the
///         limit, it is queued in the large lane.
///      5. Claimable: the recipient cannot be paid. It is 0, this vault or the token, or longer than an address.
///      6. Queued: every other release.
///
///      Each release of 5 and 6 has a date, see `PaymentLanes`. Beyond the fast limit it also waits for a confirmation.
///      While the edge is quarantined no batch is taken, and only payments up to the confirmed count are made; without
///      witnesses that is none. The quarantine lapses after 72 h. Then batches are taken again, and everything recorded
///      can be paid.
///
///      Witnesses (`IHeadWitness`): up to four independent ways to learn heads of the ledger's journal. m of them
///      confirm a count by a record that equals the replayed head. A record that differs makes the edge contested: that
///      witness no longer counts, and the fast limit falls to a quarter. A second one quarantines the edge. A confirmed
///      count stays confirmed, except after a rewind.
///      A payment that waits for a confirmation opens without one amount / fast limit days after seven days from its
///      replay, or after the one before it opens if that is later, so they open in order; and seven days later for each
///      witness that has contradicted the journal since.
///
///      A payment moves exactly its amount out of the vault, measured by the vault's balance, or nothing. If a token
///      keeps a part of a transfer, the recipient bears that. A token whose transfers take more or less than asked from
///      the sender (because it adds its fee, or rounds shares) can never be paid and must not be listed. Its wrapped
///      form can.
interface IVaultReleases is IEdge {
    /// @notice The edge takes no statement while it is quarantined.
    error EdgeQuarantined(bytes32 edge, uint40 until);
    /// @notice The edge accepts no statement. Either the exit is open, and its payments cannot be stopped; or a rewind
    ///         runs and has not reached its point.
    error EdgeClosed(bytes32 edge);
    /// @notice The payment is not in the state that the call requires. NONE: no release was replayed under this number.
    error PaymentStateMismatch(uint96 seq, PaymentState state, PaymentState needed);
    /// @notice The bytes are not the entry that was replayed under this number.
    error EntryMismatch(uint96 seq, bytes25 given, bytes25 expected);
    /// @notice The entry is of another kind than the call handles: `IVaultLosses.takeLoss` takes over losses, `pay`
    ///         pays releases.
    error EntryKindMismatch(uint96 seq, uint8 kind, uint8 needed);
    /// @notice The payment can be made only from `readyAt` on.
    error PaymentNotReady(uint96 seq, uint40 readyAt);
    /// @notice The edge is quarantined and the payment is above the confirmed count.
    error PaymentQuarantined(uint96 seq, uint40 until);
    /// @notice The payment is beyond the fast limit and not confirmed. It opens without a confirmation at `opensAt`.
    error PaymentUnconfirmed(uint96 seq, uint256 opensAt);
    /// @notice Paying this asset is paused.
    error PayPaused(uint16 asset, uint40 until);
    /// @notice The account that earns the fee may not be 0, this vault or the token.
    error FeeRecipientRefused(address feeTo);
    /// @notice The transfer to the recipient would succeed, but the one of the fee fails. Name another account, or the
    ///         recipient.
    error FeeTransferFailed(address feeTo, uint96 fee);
    /// @notice The transfer of a claimable payment still fails.
    error TransferFailed(uint96 seq, address recipient);
    /// @notice A transfer did not leave the vault with the expected balance. Reverts only inside the vault.
    error TransferInexact(uint256 held, uint256 expected);

    /// @notice A release was replayed and waits for its date.
    /// @param seq number of the release
    /// @param asset index of the token, from 1
    /// @param account owner ‖ home ‖ sub-account that was debited
    /// @param recipient who is paid: the low 20 bytes of the entry's party
    /// @param amount token units, with the fee
    /// @param readyAt time in seconds
    event Queued(
        uint96 indexed seq,
        uint16 asset,
        bytes32 indexed account,
        address indexed recipient,
        uint128 amount,
        uint40 readyAt
    );
    /// @notice A payment was executed: amount − fee to its recipient, fee to `feeTo`.
    /// @param seq number of the release
    /// @param feeTo account that earned the fee
    /// @param fee token units, part of the release's amount
    event Paid(uint96 indexed seq, address indexed feeTo, uint96 fee);
    /// @notice A payment could not be executed and moved nothing. It stays owed to its recipient.
    /// @dev Follows `Queued` in the same transaction if the recipient cannot be paid.
    /// @param seq number of the release
    /// @param reason why
    event Claimable(uint96 indexed seq, ClaimableReason reason);
    /// @notice A payment waits for a confirmation, and opens without one at `opensAt`. Follows `Queued`.
    /// @param seq number of the release
    /// @param opensAt time in seconds, if no more witnesses contradict the journal
    event Waits(uint96 indexed seq, uint40 opensAt);
    /// @notice A payment was made at the present coverage, `loss` token units below its amount. Emitted before `Paid`.
    /// @param seq number of the release
    /// @param loss token units, rounded up
    event LossBorne(uint96 indexed seq, uint256 loss);
    /// @notice A witness recorded the replayed head.
    /// @param witness slot of the witness, 0 … 3
    /// @param count number of entries
    /// @param confirmed count that enough witnesses have confirmed now
    event Confirmed(uint8 indexed witness, uint64 count, uint64 confirmed);
    /// @notice A witness recorded a head that differs from the attested one, and no longer counts.
    /// @param witness slot of the witness, 0 … 3
    /// @param count number of entries
    /// @param ours head that was replayed, or that attested entries lead to
    /// @param theirs head that the witness recorded
    event Conflict(uint8 indexed witness, uint64 count, bytes32 ours, bytes32 theirs);
    /// @notice Entries from + 1 … to of the ledger's journal were replayed.
    /// @param edge name of the edge
    /// @param from count before
    /// @param to count after
    /// @param head head after
    /// @param by who called
    event Applied(bytes32 indexed edge, uint64 from, uint64 to, bytes32 head, address by);
    /// @notice An entry that no honest ledger journals was refused. It entered the head and had no other effect.
    /// @param seq number of the entry
    /// @param reason why
    event RefusedRelease(uint96 indexed seq, ReleaseRefusal reason);
    /// @notice The edge changed its state.
    /// @param edge name of the edge
    /// @param state see `SourceState`
    /// @param until first time in seconds at which a quarantine has lapsed, 0 for LIVE and CONTESTED
    /// @param cause "refused entry", "a witness", "two witnesses", "guardian", "recovery", "lapsed", "witnesses replaced", "rewinding",
    ///        "rewound" or "exit"
    event EdgeStateChanged(bytes32 indexed edge, SourceState state, uint40 until, bytes32 cause);

    /// @notice Replays entries of the ledger's journal up to an attested count: each release becomes a payment with a date.
    /// @dev Reverts with no effect unless the batch reaches a new attested (count, head). Repeating or racing it
    ///      changes nothing (I7). It earns no fee; `pay` does. About 60,000 gas per release, 100,000 for the first ones
    ///      of an asset. If a witness recorded another head at a mark, the call applies nothing, records the conflict
    ///      and returns.
    /// @param from count before the first entry given; may be below the replica's count, and that prefix is then
    ///        skipped unread
    /// @param entries packed 95-byte entries from + 1 … statement.count
    /// @param marks up to 4 ascending counts in (replica count, statement.count] whose heads are stored for witnesses
    /// @param statement the signed head; its count becomes the replica's
    /// @param sigs at least k signatures of one epoch of this chain's attester set, see `IAttesterSet.verify`
    function applyReleases(
        uint64 from,
        bytes calldata entries,
        uint64[] calldata marks,
        JournalHead calldata statement,
        bytes calldata sigs
    ) external;

    /// @notice Gives entries their effects without a statement, because an exit has proven them. See `IVaultExit`.
    /// @dev [the vault itself]
    /// @param head before the first entry
    /// @param before number of the entry before the first
    /// @param entries packed entries
    /// @return head after the last entry
    /// @return refused true if an entry was refused, see `ReleaseRefusal`
    function replayProven(bytes32 head, uint96 before, bytes calldata entries) external returns (bytes32, bool);

    /// @notice Accepts a newer statement of the replica's present count, as a heartbeat.
    /// @param statement a signed head with count = tip = the replica's count
    /// @param sigs at least k signatures of one epoch, see `IAttesterSet.verify`
    function refresh(JournalHead calldata statement, bytes calldata sigs) external;

    /// @notice Executes a queued payment from its `readyAt` on, in any order: amount − fee to its recipient, fee to `feeTo`.
    /// @dev Open to anyone, once per payment. If the recipient's transfer fails, nothing moves and the payment becomes
    ///      claimable. If only the fee's transfer fails, the call reverts. A transfer always gets the same gas; a call
    ///      with too little reverts with `GasTooLow`. Refused while paying the asset is paused, while the vault holds
    ///      less of it than is accounted, and while the edge is quarantined. If `feeTo` is the recipient, the whole
    ///      amount is one transfer.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    /// @param feeTo who earns the fee; not 0, this vault or the token
    function pay(uint96 seq, bytes calldata entry, address feeTo) external;

    /// @notice Tries a claimable payment again, under the rules of `pay`: amount − fee to its recipient, fee to the caller.
    /// @dev Open to anyone, since a recipient may be unable to call. A recipient that calls receives the whole amount.
    ///      Reverts while the transfer fails.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    function claim(uint96 seq, bytes calldata entry) external;

    /// @notice Moves tokens of a payment, or reverts. [the vault itself]
    /// @dev An external call, so that its revert undoes a transfer that moved another amount.
    /// @param token ERC-20 contract
    /// @param to who receives
    /// @param amount token units
    /// @param heldAfter token units that the vault must hold afterwards
    function transferExactly(address token, address to, uint256 amount, uint256 heldAfter) external;
}

/// @title Acts on a payment other than paying it, and appointments by owners on this chain
/// @dev Available at the vault's own address; errors and events are those of `IVaultCore`. Safety: only `lockExactly`
///      moves tokens. A stopped payment goes back to the account that was debited.
interface IVaultPayments {
    /// @notice Stops a payment. Its amount goes back to the account that was debited, by a REFUND. [guardian]
    /// @dev A payment above the small lane can be stopped once per account in seven days. Any payment can be stopped,
    ///      any number of times, while the edge is contested (for 30 days from the last conflict), quarantined or
    ///      halted. None can be stopped once the exit is open. A stopped payment is never paid. The REFUND is appended
    ///      at once if witnesses have confirmed the release, else by `refund`.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    /// @param reason why, kept in the event
    function stop(uint96 seq, bytes calldata entry, bytes32 reason) external;

    /// @notice Stops a payment that has been claimable for 30 days, and appends its REFUND. Anyone may call it.
    /// @dev For a recipient that cannot be paid: the amount returns to its line, and can be released from there to
    ///      another recipient.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    function giveBack(uint96 seq, bytes calldata entry) external;

    /// @notice Appends the REFUND of a stopped payment. Anyone may call it.
    /// @dev Possible once witnesses have confirmed the release, or 30 days after it was stopped. It can be appended
    ///      again every 30 days, since the ledger may have journaled the release only after it applied the first
    ///      REFUND; the ledger lets only one take effect. Not possible once the exit is open: there a stopped payment
    ///      is claimed (`IVaultExit.claimStopped`).
    /// @param seq number of the release
    /// @param asset the release's asset
    /// @param amount the release's amount
    /// @param account the release's account
    function refund(uint96 seq, uint16 asset, uint128 amount, bytes32 account) external;

    /// @notice Returns how a release would be treated if it were replayed now: the limit that binds, and when it could
    ///         be paid.
    /// @dev Assumes that it is the next entry, that its recipient can be paid, and that the asset is not paused.
    /// @param asset index of the token, from 1
    /// @param amount token units
    function quotePayment(uint16 asset, uint128 amount) external view returns (PaymentQuote memory);

    /// @notice Returns when a payment opens without a confirmation, 0 if it never waited.
    /// @param seq number of the release
    function openingOf(uint96 seq) external view returns (Opening memory);

    /// @notice Returns the time in seconds at which the guardian last used its weekly stop on an account, 0 for never.
    /// @param account owner ‖ home ‖ sub-account
    function stoppedAt(bytes32 account) external view returns (uint40);

    /// @notice Locks a payment's tokens at the successor, or reverts. [the vault itself]
    /// @param token ERC-20 contract
    /// @param amount token units
    /// @param account who is credited: the account that was debited
    /// @param heldAfter token units that the vault must hold afterwards
    function lockExactly(address token, uint256 amount, bytes32 account, uint256 heldAfter) external;

    /// @notice Sets another recipient for a claim whose transfer failed. Only the claimant may call it.
    /// @dev Without it, a token that refuses the recipient would block the claim permanently, since an exit's payments
    ///      can be neither stopped nor given back. Reverts with `ExitNotOwner`, `PaymentStateMismatch`,
    ///      `EntryMismatch`, `ExitPaymentRefused`.
    /// @param seq number of the payment, which is claimable
    /// @param packed the claim's present entry; afterwards it is the same with the new recipient as its party
    /// @param recipient the new recipient: an address, not the vault or its token
    function redirectClaim(uint96 seq, bytes calldata packed, address recipient) external;

    /// @notice Lets an operator of the settlement chain act for the caller's sub-account, whose home is this chain.
    /// @dev Possible once for each account that got a lock since its last appointment. All other appointments share a
    ///      budget of the whole vault, 64 at once and 64 an hour, since each costs the settlement chain more than its
    ///      sender.
    /// @param sub number of the caller's sub-account
    /// @param operator address on the settlement chain, 0 for none
    function appoint(uint80 sub, address operator) external;
}

/// @title Shortages of a vault: reports of a token's coverage, and losses that the ledger reports
/// @dev Available at the vault's own address; other errors and events are those of `IVaultCore`. Safety: no token moves.
///      Reporting and taking over are open to anyone.
interface IVaultLosses {
    /// @notice The ledger reported units on its lines that were never locked or, if `found`, that are backed after all.
    /// @param seq number of the LOST entry
    /// @param asset index of the token, from 1
    /// @param amount units
    /// @param found whether the units are backed after all
    /// @param readyAt time in seconds from which anyone may call `takeLoss`
    /// @param opensAt time in seconds from which `takeLoss` needs no confirmation, 0 if it never needs one
    event LossQueued(
        uint96 indexed seq,
        uint16 indexed asset,
        uint128 amount,
        bool found,
        uint40 readyAt,
        uint40 opensAt
    );
    /// @notice The vault now accounts for `units` more, which have no tokens, or fewer if `found`. Emitted before
    ///         `Shortfall`.
    /// @param seq number of the LOST entry
    /// @param asset index of the token, from 1
    /// @param units at most the entry's amount
    /// @param found whether it now accounts for fewer
    event LossTaken(uint96 indexed seq, uint16 indexed asset, uint256 units, bool found);

    /// @notice Records the backed part of a token's accounted units, its coverage.
    /// @dev Appends a SHORTFALL with the units that have no tokens and the accounted units. While a shortage is on
    ///      record, the asset cannot be locked. While tokens are missing, payments wait for seven days from the first
    ///      report on; then each is paid its share of what is there. A report that nothing is missing ends the
    ///      shortage. Any other report not below the last one is refused for a day (`ReportTooSoon`).
    /// @param asset index of the token, from 1
    function report(uint16 asset) external;

    /// @notice Takes over a loss that the ledger reported, or reverses it if the units were found: the vault accounts
    ///         for that many more, or fewer, units, so that all units of the asset share the loss. Then reports the
    ///         resulting coverage as the answer to the entry. Anyone may call it.
    /// @dev Possible a day after its replay once it is confirmed, or seven days after its replay like a payment above
    ///      the fast limit. The guardian may stop it like any payment; the vault then reports without it.
    /// @param seq number of the entry
    /// @param packed the packed entry
    function takeLoss(uint96 seq, bytes calldata packed) external;

    /// @notice Records a loss that is replayed. [the vault itself]
    /// @param seq number of the entry
    /// @param packed the packed entry
    /// @return refusal why it has no effect, NONE if it has
    function replayLost(uint96 seq, bytes calldata packed) external returns (ReleaseRefusal refusal);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening, PaymentQuote, VaultWitness} from "./VaultTypes.sol";

/// @title Rare acts on a vault: what governor, guardian, pauser and anyone may do beside locking, replaying and paying
/// @notice Answers at the vault's own address; errors and events are those of `ICollateralVault`.
/// @dev Safety: nothing here moves a token or changes what is accounted; a stopped payment goes back to the account that it
///      was debited from. Liveness: pauses and quarantines end by themselves; report, confirm and mark are open to anyone.
interface ICollateralVaultActs {
    /// @notice Lists a token. [governor]
    /// @param token ERC-20 contract; it must state these decimals if it states any, and move nothing to the vault with the gas of a payment
    /// @param decimals at most 24
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0; 3 / 40 of it reach `min`
    /// @return asset the token's index, from 1
    function listAsset(
        address token,
        uint8 decimals,
        uint64 min,
        uint64 cap,
        uint64 limit
    ) external returns (uint16 asset);

    /// @notice Sets the limits of a token, in the units of `listAsset`. [governor]
    /// @param asset index of the token, from 1
    /// @param min smallest lock in millionths of a whole token
    /// @param cap most that may be accounted, in thousandths of a whole token
    /// @param limit payments per day in thousandths of a whole token, not 0
    function setLimits(uint16 asset, uint64 min, uint64 cap, uint64 limit) external;

    /// @notice Pauses acts on one token, or on every token listed now. [pauser]
    /// @dev Ends by itself at `until`, at most 72 h ahead. A pause that begins less than 72 h after the end of the one
    ///      before is in a row with it, and at most two are. With asset 0, tokens whose row is used up and tokens that are
    ///      paused for longer are left as they are.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    /// @param until time in seconds
    function pause(uint8 flags, uint16 asset, uint40 until) external;

    /// @notice Lifts pauses of one token, or of every token. [governor]
    /// @dev Rows of pauses are not forgotten.
    /// @param flags bit 0: lock; bit 3: pay
    /// @param asset index of the token, 0 for all
    function unpause(uint8 flags, uint16 asset) external;

    /// @notice Sets what may be paid of a token before witnesses confirm it. [governor]
    /// @dev Sum of what was replayed and is not confirmed, as a share of the payment limit. While a witness contradicts the
    ///      journal, a quarter of it; while witnesses tell nothing, all of it. Never 0: a payment past it opens after
    ///      amount / fast limit days.
    /// @param asset index of the token, from 1
    /// @param fastBp basis points of the limit, 10 … 10,000; 2,500 when a token is listed
    function setFastLimit(uint16 asset, uint16 fastBp) external;

    /// @notice Sets the smallest fee of a lock of a token. [governor]
    /// @dev An entry cannot be skipped, so a lock without a fee costs whoever applies it more than its sender.
    /// @param asset index of the token, from 1
    /// @param feeBp basis points of the smallest lock, at most 10,000; 0 when a token is listed
    function setLockFee(uint16 asset, uint16 feeBp) external;

    /// @notice Sets or removes the witness of a slot. [governor]
    /// @dev A new one counts again, whatever its predecessor showed, and has confirmed nothing; what was confirmed stays.
    /// @param witness slot, 0 … 3
    /// @param at an `IHeadWitness` of this chain that answers within 27,500 gas, 0 to remove; never below the number that must confirm
    /// @param conflicts it waits for finality, so another head is a conflict
    function setWitness(uint8 witness, address at, bool conflicts) external;

    /// @notice Sets how many witnesses must confirm a count. [governor]
    /// @param m at most the number that is set; 0 only on a development chain
    function setWitnessPolicy(uint8 m) external;

    /// @notice Names the vault that takes this one's place. [governor]
    /// @dev Once. A payment whose recipient is that vault calls its `lock` for the same account and token.
    /// @param next a vault of this chain for the same ledger
    function setSuccessor(address next) external;

    /// @notice Stops a payment: its amount goes back to the account that was debited, by a REFUND. [guardian]
    /// @dev A payment above the small lane, once per account in seven days; any, any number of times, while the edge is
    ///      contested (for 30 days from the last conflict), quarantined or halted; none once the exit is open. A stopped payment is never paid.
    ///      The REFUND is appended at once if witnesses have confirmed the release, else by `refund`.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    /// @param reason why, kept in the event
    function stop(uint96 seq, bytes calldata entry, bytes32 reason) external;

    /// @notice Gives back a payment that has been claimable for 30 days: it is stopped and its REFUND appended. Anyone may.
    /// @dev The way out of a recipient that cannot be paid: the amount returns to its line, from where it can be released to
    ///      another recipient.
    /// @param seq number of the release
    /// @param entry the packed entry that was replayed
    function giveBack(uint96 seq, bytes calldata entry) external;

    /// @notice Appends the REFUND of a stopped payment. Anyone may.
    /// @dev Once witnesses have confirmed the release, or 30 days after it was stopped; then again every 30 days, since the ledger may
    ///      have journaled the release only after it applied the first REFUND. It takes one. None once the exit is open: there a
    ///      stopped payment is claimed (`IVaultExit.claimStopped`).
    /// @param seq number of the release
    /// @param asset the release's asset
    /// @param amount the release's amount
    /// @param account the release's account
    function refund(uint96 seq, uint16 asset, uint128 amount, bytes32 account) external;

    /// @notice Puts the edge into quarantine: no batch, no payment past what witnesses confirmed. [guardian]
    /// @dev Lapses by itself. May be extended once; the next one begins 72 h after the end of the one before.
    /// @param until time in seconds, at most 72 h ahead
    function quarantine(uint40 until) external;

    /// @notice Takes over that the verifier is in recovery: no payment past what witnesses confirmed until it ends.
    /// @dev For 72 h at a time at most, so that a recovery which is withdrawn holds nothing for longer; anyone says it again.
    function noteRecovery() external;

    /// @notice Records which part of the accounted units of a token the vault holds tokens for, its coverage.
    /// @dev Appends SHORTFALL with the units that have none, and those that are accounted. While a shortage is on record nothing of
    ///      the asset is locked; while tokens are missing, payments wait for seven days from the first report on, then each is paid
    ///      its share of what is there. A report that nothing is missing ends the shortage. One that finds no less than the last
    ///      report, and does not end a shortage, is refused for a day (`ReportTooSoon`).
    /// @param asset index of the token, from 1
    function report(uint16 asset) external;

    /// @notice Compares the head at a mark, or the replica's own, with what a witness recorded.
    /// @param witness slot, 0 … 3
    /// @param count number of entries
    function confirm(uint8 witness, uint64 count) external;

    /// @notice Stores the head at a count if the entries lead from it to a stored mark or to the replica's head.
    /// @dev In steps if long: each step's head is a mark for the one before it.
    /// @param count number of entries
    /// @param head head at that count
    /// @param entries packed entries from that count on; none if the count is the replica's
    function mark(uint64 count, bytes32 head, bytes calldata entries) external;

    /// @notice Lets an operator of the settlement chain act for the caller's sub-account, whose home is this chain.
    /// @dev Once for each account that got a lock since its last appointment; beyond that 64 at once and 64 an hour for the
    ///      whole vault, since each costs the settlement chain more than its sender.
    /// @param sub number of the caller's sub-account
    /// @param operator address on the settlement chain, 0 for none
    function appoint(uint80 sub, address operator) external;

    /// @notice Gives what would become of a release that was replayed now: which limit binds, and when it could be paid.
    /// @dev Assumes that it is the next entry, that its recipient can be paid, and that nothing pauses the asset.
    /// @param asset index of the token, from 1
    /// @param amount token units
    function quotePayment(uint16 asset, uint128 amount) external view returns (PaymentQuote memory);

    /// @notice Gives when a payment opens without a confirmation, 0 if it never waited.
    /// @param seq number of the release
    function openingOf(uint96 seq) external view returns (Opening memory);

    /// @notice Gives the witness of a slot, and the highest count that it confirmed.
    /// @param witness slot, 0 … 3
    function witnessOf(uint8 witness) external view returns (VaultWitness memory kept, uint64 confirmed);

    /// @notice Gives the policy and its state.
    /// @return m witnesses that must confirm
    /// @return counting bit per slot: a witness that counts
    /// @return conflicted bit per slot: a witness that showed another head
    /// @return confirmed count that enough of them have confirmed
    function witnessPolicy() external view returns (uint8 m, uint8 counting, uint8 conflicted, uint64 confirmed);

    /// @notice Gives the time in seconds at which the guardian last stopped a payment of an account by word alone, 0 for never.
    /// @param account owner ‖ home ‖ sub-account
    function stoppedAt(bytes32 account) external view returns (uint40);

    /// @notice Gives the vault that takes this one's place, 0 for none.
    function successor() external view returns (address);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening, PaymentQuote} from "./VaultTypes.sol";

/// @title What may be done with a payment beside paying it, and what an owner here may ask of the ledger
/// @dev Answers at the vault's own address; errors and events are those of `ICollateralVault`. Safety: no token moves but by
///      `lockExactly`; a stopped payment goes back to the account that it was debited from.
interface IVaultPayments {
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

    /// @notice Gives what would become of a release that was replayed now: which limit binds, and when it could be paid.
    /// @dev Assumes that it is the next entry, that its recipient can be paid, and that nothing pauses the asset.
    /// @param asset index of the token, from 1
    /// @param amount token units
    function quotePayment(uint16 asset, uint128 amount) external view returns (PaymentQuote memory);

    /// @notice Gives when a payment opens without a confirmation, 0 if it never waited.
    /// @param seq number of the release
    function openingOf(uint96 seq) external view returns (Opening memory);

    /// @notice Gives the time in seconds at which the guardian last stopped a payment of an account by word alone, 0 for never.
    /// @param account owner ‖ home ‖ sub-account
    function stoppedAt(bytes32 account) external view returns (uint40);

    /// @notice Locks tokens of a payment at the successor, or reverts. [the vault itself]
    /// @param token ERC-20 contract
    /// @param amount token units
    /// @param account who is credited: the account that was debited
    /// @param heldAfter token units that the vault must hold afterwards
    function lockExactly(address token, uint256 amount, bytes32 account, uint256 heldAfter) external;

    /// @notice Names another recipient of a claim whose transfer failed. Only who made the claim may.
    /// @dev Else a token that refuses the recipient keeps the claim for good: nothing stops or gives back what an exit pays.
    ///      Reverts with `ExitNotOwner`, `PaymentStateMismatch`, `EntryMismatch`, `ExitPaymentRefused`.
    /// @param seq number of the payment, which is claimable
    /// @param packed the claim's entry as it is now; from then on it is the same with the recipient as its party
    /// @param recipient who is to be paid: an address, not the vault or its token
    function redirectClaim(uint96 seq, bytes calldata packed, address recipient) external;

    /// @notice Lets an operator of the settlement chain act for the caller's sub-account, whose home is this chain.
    /// @dev Once for each account that got a lock since its last appointment; beyond that 64 at once and 64 an hour for the
    ///      whole vault, since each costs the settlement chain more than its sender.
    /// @param sub number of the caller's sub-account
    /// @param operator address on the settlement chain, 0 for none
    function appoint(uint80 sub, address operator) external;
}

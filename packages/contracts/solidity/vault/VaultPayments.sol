// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {IVault} from "../interfaces/IVault.sol";
import {ClaimableReason, Payment, PaymentState, VaultAsset} from "../interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {VaultReleases} from "./VaultReleases.sol";

/// @title Paying what was replayed
/// @dev Payment states: QUEUED → PAID (pay), QUEUED → CLAIMABLE (pay, the transfer failed), CLAIMABLE → PAID (claim),
///      QUEUED → STOPPED (`stop`), CLAIMABLE → STOPPED (`stop`, `giveBack`), any but STOPPED with its REFUND in the journal →
///      VOID (`unwind`).
///      Every effect is written before a token is called; a failed transfer takes them back.
abstract contract VaultPayments is VaultReleases {
    using SafeERC20 for IERC20;

    /// @dev A call gives at most 63 / 64 of what is left; 20,000 more cover the call itself and the writes after it.
    uint256 private constant TRANSFER_GAS_NEEDED = TRANSFER_GAS + TRANSFER_GAS / 63 + 20_000;
    /// @dev What a lock at the successor may use: an approval, a transfer, the lock's own words.
    uint256 private constant LOCK_GAS = 600_000;
    uint256 private constant LOCK_GAS_NEEDED = LOCK_GAS + LOCK_GAS / 63 + 20_000;

    /// @inheritdoc ICollateralVaultReleases
    function pay(uint96 seq, bytes calldata entry, address feeTo) external nonReentrant {
        if (!_execute(seq, entry, feeTo, PaymentState.QUEUED)) {
            Payment storage failed = _payments[seq];
            // The time since when it is claimable; it was due before. Block times fit 40 bits for 34,000 years.
            (failed.state, failed.readyAt) = (PaymentState.CLAIMABLE, uint40(block.timestamp));
            emit Claimable(seq, ClaimableReason.TRANSFER);
        }
    }

    /// @inheritdoc ICollateralVaultReleases
    function claim(uint96 seq, bytes calldata entry) external nonReentrant {
        if (!_execute(seq, entry, msg.sender, PaymentState.CLAIMABLE)) {
            revert TransferFailed(seq, _recipientOf(EntryCodec.entryAt(entry, 0)));
        }
    }

    /// @inheritdoc ICollateralVaultReleases
    function transferExactly(address token, address to, uint256 amount, uint256 heldAfter) external {
        if (msg.sender != address(this)) revert NotAuthorized(msg.sender, address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 held = _heldOf(token);
        if (held != heldAfter) revert TransferInexact(held, heldAfter);
    }

    /// @inheritdoc ICollateralVaultReleases
    function lockExactly(address token, uint256 amount, bytes32 account, uint256 heldAfter) external {
        if (msg.sender != address(this)) revert NotAuthorized(msg.sender, address(this));
        IVault next = IVault(_successor);
        IERC20(token).forceApprove(address(next), amount);
        uint16 asset = next.indexOf(token);
        // A smallest lock pays its fee, which fits a fee's field. Flag 0: who owns the account is not this vault.
        uint128 received = next.lock(asset, uint128(amount), account, 0, uint96(next.lockFeeOf(asset)), 1);
        if (received != amount) revert TransferInexact(received, amount);
        uint256 held = _heldOf(token);
        if (held != heldAfter) revert TransferInexact(held, heldAfter);
    }

    /// @dev Pays, or gives false with nothing moved and nothing written if the recipient's transfer fails.
    function _execute(uint96 seq, bytes calldata packed, address feeTo, PaymentState needed) private returns (bool) {
        _requireDue(seq, packed, needed, EntryCodec.RELEASE);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        VaultAsset storage kept = _assets[entry.asset];
        address token = kept.token;
        if (feeTo == address(0) || feeTo == address(this) || feeTo == token) revert FeeRecipientRefused(feeTo);
        if (!_canReceive(entry.party, token)) return false;

        // At most what is owed, which fits 104 bits.
        uint104 due = uint104(entry.amount);
        (uint256 held, uint256 out) = _requireCovered(kept, entry.asset, token, due);
        _payments[seq].state = PaymentState.PAID;
        _book(kept, due);
        address recipient = _recipientOf(entry);
        // The fee shrinks with its payment.
        uint256 fee = out == due ? entry.fee : (uint256(entry.fee) * out) / due;
        uint256 feePart = feeTo == recipient ? 0 : fee;
        // The fee is at most the amount, and the amount at most what is accounted and held: judged at replay and above.
        held -= out - feePart;
        if (feePart != out && !_send(token, recipient, out - feePart, entry.account, held)) {
            _payments[seq].state = needed;
            _unbook(kept, due);
            return false;
        }
        if (feePart != 0 && !_transfer(token, feeTo, feePart, held - feePart)) {
            revert FeeTransferFailed(feeTo, uint96(fee));
        }
        if (out != due) emit LossBorne(seq, due - out);
        emit Paid(seq, feeTo, uint96(fee));
        return true;
    }

    /// @dev Nothing pauses the asset. While the vault holds all that is accounted, a payment is made in full. Else it waits for
    ///      seven days from the report of the shortage, and for a report of what was lost since then; then it is paid its share of
    ///      what is there. In an asset that the exit ended there is nothing to wait for. Gives what the vault holds, and what of it
    ///      is paid: rounded down, so that those behind find no less.
    function _requireCovered(
        VaultAsset storage kept,
        uint16 asset,
        address token,
        uint256 due
    ) private returns (uint256 held, uint256 out) {
        uint8 hints = kept.flags;
        if (hints & HINT_PAY != 0) {
            uint40 until = _pauses[asset].payUntil;
            if (block.timestamp < until) revert PayPaused(asset, until);
            // The window is over: forgetting the hint spares the next payment the read.
            kept.flags = hints & ~HINT_PAY;
        }
        held = _heldOf(token);
        uint256 sum = kept.accounted;
        if (held >= sum) return (held, due);
        bool waits = hints & HINT_SHORT == 0 || block.timestamp < kept.shortSince + WAIT_S;
        if (hints & HINT_EXIT == 0 && (waits || held * WAD < kept.coverage * sum)) {
            revert AssetShort(asset, sum, held);
        }
        return (held, (due * held) / sum);
    }

    /// @dev Safety: owed ≤ accounted, and amount ≤ owed while its payment is open, so nothing falls below 0.
    function _book(VaultAsset storage kept, uint104 amount) private {
        kept.accounted -= amount;
        kept.paidCum += amount;
        kept.owed -= amount;
    }

    function _unbook(VaultAsset storage kept, uint104 amount) private {
        kept.accounted += amount;
        kept.paidCum -= amount;
        kept.owed += amount;
    }

    /// @dev A transfer, or a lock for the same account if the recipient is the vault that takes this one's place.
    function _send(
        address token,
        address to,
        uint256 amount,
        bytes32 account,
        uint256 heldAfter
    ) private returns (bool) {
        if (to != _successor) return _transfer(token, to, amount, heldAfter);
        uint256 left = gasleft();
        if (left < LOCK_GAS_NEEDED) revert GasTooLow(left, LOCK_GAS_NEEDED);
        try this.lockExactly{gas: LOCK_GAS}(token, amount, account, heldAfter) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Moves exactly the amount, or nothing and gives false. Too little gas is no failure of the token.
    function _transfer(address token, address to, uint256 amount, uint256 heldAfter) private returns (bool) {
        uint256 left = gasleft();
        if (left < TRANSFER_GAS_NEEDED) revert GasTooLow(left, TRANSFER_GAS_NEEDED);
        // A bare catch copies no return data.
        try this.transferExactly{gas: TRANSFER_GAS}(token, to, amount, heldAfter) {
            return true;
        } catch {
            return false;
        }
    }

    function _recipientOf(Entry memory entry) private pure returns (address) {
        return address(uint160(uint256(entry.party)));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVaultReleases} from "../interfaces/ICollateralVaultReleases.sol";
import {ClaimableReason, Payment, PaymentState, VaultAsset} from "../interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../libraries/EntryCodec.sol";
import {ReplicaLib} from "../libraries/ReplicaLib.sol";
import {VaultReleases} from "./VaultReleases.sol";

/// @title Paying what was replayed
/// @dev Payment states: QUEUED → PAID (pay), QUEUED → CLAIMABLE (pay, the transfer failed), CLAIMABLE → PAID (claim).
///      Every effect is written before a token is called; a failed transfer takes them back.
abstract contract VaultPayments is VaultReleases {
    using SafeERC20 for IERC20;

    /// @dev What one transfer may use, with both calls of the token in it. Dear tokens of today stay below 200,000.
    uint256 private constant TRANSFER_GAS = 300_000;
    /// @dev A call gives at most 63 / 64 of what is left; 20,000 more cover the call itself and the writes after it.
    uint256 private constant TRANSFER_GAS_NEEDED = TRANSFER_GAS + TRANSFER_GAS / 63 + 20_000;

    /// @inheritdoc ICollateralVaultReleases
    function pay(uint96 seq, bytes calldata entry, address feeTo) external nonReentrant {
        if (!_execute(seq, entry, feeTo, PaymentState.QUEUED)) {
            _payments[seq].state = PaymentState.CLAIMABLE;
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

    /// @dev Pays, or gives false with nothing moved and nothing written if the recipient's transfer fails.
    function _execute(uint96 seq, bytes calldata packed, address feeTo, PaymentState needed) private returns (bool) {
        _requireDue(seq, packed, needed);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        VaultAsset storage kept = _assets[entry.asset];
        address token = kept.token;
        if (feeTo == address(0) || feeTo == address(this) || feeTo == token) revert FeeRecipientRefused(feeTo);
        if (!_canReceive(entry.party, token)) return false;
        uint256 held = _requireCovered(kept, entry.asset, token);

        _payments[seq].state = PaymentState.PAID;
        _book(kept, entry.amount);
        address recipient = _recipientOf(entry);
        uint256 feePart = feeTo == recipient ? 0 : entry.fee;
        // The fee is at most the amount, and the amount at most what is accounted and held: judged at replay and above.
        held -= entry.amount - feePart;
        if (feePart != entry.amount && !_transfer(token, recipient, entry.amount - feePart, held)) {
            _payments[seq].state = needed;
            _unbook(kept, entry.amount);
            return false;
        }
        if (feePart != 0 && !_transfer(token, feeTo, feePart, held - feePart)) {
            revert FeeTransferFailed(feeTo, entry.fee);
        }
        emit Paid(seq, feeTo, entry.fee);
        return true;
    }

    /// @dev The payment is in the state, its time has come, the bytes are its entry, and no quarantine holds it.
    function _requireDue(uint96 seq, bytes calldata packed, PaymentState needed) private view {
        Payment memory due = _payments[seq];
        if (due.state != needed) revert PaymentStateMismatch(seq, due.state, needed);
        bytes25 given = bytes25(keccak256(packed));
        if (given != due.entryHash) revert EntryMismatch(seq, given, due.entryHash);
        if (block.timestamp < due.readyAt) revert PaymentNotReady(seq, due.readyAt);
        uint40 until = _quarantinedUntil;
        if (block.timestamp < until && uint64(seq) > ReplicaLib.locate(inboundEdge).confirmed) {
            revert PaymentQuarantined(seq, until);
        }
    }

    /// @dev Nothing pauses the asset, and the vault holds what is accounted. Gives what it holds.
    function _requireCovered(VaultAsset storage kept, uint16 asset, address token) private returns (uint256 held) {
        uint8 hints = kept.flags;
        if (hints & HINT_PAY != 0) {
            uint40 until = _pauses[asset].payUntil;
            if (block.timestamp < until) revert PayPaused(asset, until);
            // The window is over: forgetting the hint spares the next payment the read.
            kept.flags = hints & ~HINT_PAY;
        }
        held = _heldOf(token);
        uint256 sum = kept.accounted;
        if (held < sum) revert AssetShort(asset, sum, held);
        if (hints & HINT_SHORT != 0) _revertShort(kept, asset);
    }

    /// @dev Safety: owed ≤ accounted, and amount ≤ owed while its payment is open, so nothing falls below 0.
    function _book(VaultAsset storage kept, uint128 amount) private {
        kept.accounted -= uint104(amount);
        kept.paidCum += amount;
        kept.owed -= amount;
    }

    function _unbook(VaultAsset storage kept, uint128 amount) private {
        kept.accounted += uint104(amount);
        kept.paidCum -= amount;
        kept.owed += amount;
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

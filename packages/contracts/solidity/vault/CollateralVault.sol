// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IVault, IVaultCore} from "../interfaces/vault/IVault.sol";
import {IVaultReleases} from "../interfaces/vault/IVaultPayments.sol";
import {IVaultAdmin} from "../interfaces/vault/IVaultAdmin.sol";
import {ClaimableReason, Payment, PaymentState, VaultAsset, VaultInit} from "../interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../edge/EntryCodec.sol";
import {Modules} from "../libraries/Modules.sol";
import {Journal, JournalLib} from "../edge/JournalLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultReleases} from "./VaultReleases.sol";
import {VaultRoutes} from "./VaultRoutes.sol";

/// @title The vault of one collateral chain: locks, payments, and the calls to its modules
/// @dev Payment states: QUEUED → PAID (pay), QUEUED → CLAIMABLE (pay, the transfer failed), CLAIMABLE → PAID (claim),
///      QUEUED → STOPPED (`stop`), CLAIMABLE → STOPPED (`stop`, `giveBack`), any → VOID (`unwind`), except STOPPED with
///      its REFUND in the journal.
///      Every effect is written before a token is called; a failed transfer undoes them.
contract CollateralVault is VaultReleases {
    using SafeERC20 for IERC20;

    uint8 private constant LOCK_OWNS_ADDRESS = 1;

    /// @dev A call forwards at most 63 / 64 of the remaining gas; 20,000 more cover the call itself and the writes after it.
    uint256 private constant TRANSFER_GAS_NEEDED = TRANSFER_GAS + TRANSFER_GAS / 63 + 20_000;
    /// @dev Gas for a lock at the successor: an approval, a transfer and the lock's own writes.
    uint256 private constant LOCK_GAS = 600_000;
    uint256 private constant LOCK_GAS_NEEDED = LOCK_GAS + LOCK_GAS / 63 + 20_000;

    address private immutable _paymentsModule;
    address private immutable _lossesModule;
    address private immutable _rewindModule;
    address private immutable _witnessesModule;
    address private immutable _exitModule;
    address private immutable _adminModule;
    address private immutable _viewsModule;
    /// @dev Name of the edge to the ledger.
    bytes32 private immutable _outboundName;
    /// @dev First slot of the outbound journal.
    bytes32 private immutable _journalSlot;

    /// @param init constructor arguments of the vault
    /// @param modules_ built with the same `init`, in the order of `VaultRoutes`
    constructor(VaultInit memory init, address[] memory modules_) VaultBase(init) {
        Modules.requireOwn(modules_, VaultRoutes.COUNT, keccak256(abi.encode(init)));
        _paymentsModule = modules_[0];
        _lossesModule = modules_[1];
        _rewindModule = modules_[2];
        _witnessesModule = modules_[3];
        _exitModule = modules_[4];
        _adminModule = modules_[5];
        _viewsModule = modules_[6];
        _outboundName = EdgeLib.nameOf(block.chainid, address(this), init.settlementChainId, init.ledger, 0, 0);
        _journalSlot = JournalLib.slotOf(_outboundName);
        JournalLib.open(_outboundName);
    }

    /// @notice Delegates every other call to the module that declares the function.
    /// @dev Safety: the addresses are immutable, and their code has the same storage layout (compared in the build).
    fallback() external {
        address module = _moduleAt(VaultRoutes.moduleOf(msg.sig));
        if (module == address(0)) revert Modules.FunctionUnknown(msg.sig);
        Modules.pass(module);
    }

    /// @inheritdoc IVaultCore
    function modules() external view returns (address[] memory) {
        address[] memory all = new address[](VaultRoutes.COUNT);
        for (uint256 i = 0; i < all.length; ++i) all[i] = _moduleAt(i + 1);
        return all;
    }

    /// @inheritdoc IVaultCore
    function lock(
        uint16 asset,
        uint128 amount,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external nonReentrant returns (uint128 received) {
        VaultAsset storage kept = _assets[asset];
        (address token, uint256 minUnits, uint256 whole) = _requireLockable(kept, asset, account, fee, flags);
        uint256 heldBefore = _heldOf(token);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        received = _credit(kept, asset, token, heldBefore, minUnits, whole);
        _append(asset, received, account, memo, fee);
    }

    /// @inheritdoc IVaultReleases
    function pay(uint96 seq, bytes calldata entry, address feeTo) external nonReentrant {
        if (!_execute(seq, entry, feeTo, PaymentState.QUEUED)) {
            Payment storage failed = _payments[seq];
            // The time from which it is claimable; it was due before. Block times fit 40 bits for 34,000 years.
            (failed.state, failed.readyAt) = (PaymentState.CLAIMABLE, uint40(block.timestamp));
            emit Claimable(seq, ClaimableReason.TRANSFER);
        }
    }

    /// @inheritdoc IVaultReleases
    function claim(uint96 seq, bytes calldata entry) external nonReentrant {
        if (!_execute(seq, entry, msg.sender, PaymentState.CLAIMABLE)) {
            revert TransferFailed(seq, _recipientOf(EntryCodec.entryAt(entry, 0)));
        }
    }

    /// @inheritdoc IVaultReleases
    function transferExactly(address token, address to, uint256 amount, uint256 heldAfter) external {
        if (msg.sender != address(this)) revert NotAuthorized(msg.sender, address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 held = _heldOf(token);
        if (held != heldAfter) revert TransferInexact(held, heldAfter);
    }

    /// @dev Returns the module by its number in `VaultRoutes`, 0 for none.
    function _moduleAt(uint256 number) private view returns (address) {
        if (number == 1) return _paymentsModule;
        if (number == 2) return _lossesModule;
        if (number == 3) return _rewindModule;
        if (number == 4) return _witnessesModule;
        if (number == 5) return _exitModule;
        if (number == 6) return _adminModule;
        return number == 7 ? _viewsModule : address(0);
    }

    function _outbound() internal view override returns (bytes32 edge) {
        return _outboundName;
    }

    /// @dev Appends the entry of one lock and emits its event.
    function _append(uint16 asset, uint128 received, bytes32 account, bytes32 memo, uint96 fee) private {
        if (fee > received) revert FeeAboveAmount(fee, received);
        Journal storage journal = JournalLib.locateSlot(_journalSlot);
        (uint64 index, ) = JournalLib.append(journal, EntryCodec.LOCK, asset, received, account, memo, fee);
        emit Locked(_outboundName, index, asset, account, received, memo, fee);
    }

    /// @dev Checks everything that can be checked before tokens move. Reads the asset's first slot once.
    function _requireLockable(
        VaultAsset storage kept,
        uint16 asset,
        bytes32 account,
        uint96 fee,
        uint8 flags
    ) private returns (address token, uint256 minUnits, uint256 whole) {
        uint8 hints = kept.flags;
        uint64 min = kept.min;
        uint16 feeBp = kept.feeBp;
        token = kept.token;
        whole = TokenScale.wholeOf(kept.decimals);
        if (token == address(0)) revert AssetUnknown(asset);
        if (hints != 0) _judgeHints(kept, asset, hints);
        minUnits = _minUnits(min, whole);
        if (feeBp != 0) {
            uint256 smallest = _minFee(feeBp, minUnits);
            if (fee < smallest) revert FeeBelowMinimum(fee, smallest);
        }
        if (flags > LOCK_OWNS_ADDRESS) revert LockFlagsUnknown(flags, LOCK_OWNS_ADDRESS);
        address owner = AccountLib.ownerOf(account);
        if (owner == address(0)) revert OwnerMissing(account);
        uint16 home = AccountLib.homeOf(account);
        if (home != 0) {
            if (home != _source) revert HomeNotSupported(home);
            _appointable[account] = true;
        }
        // A transaction's origin holds a key, which is valid on every chain. Only other payers may be contracts.
        if (msg.sender != tx.origin) {
            if (owner == msg.sender && flags == 0 && home != _source && AccountLib.isContract(owner)) {
                revert OwnAddressUnconfirmed(owner);
            }
        }
    }

    /// @dev The rare checks before a lock: a recorded pause, a recorded shortage, changed token code.
    function _judgeHints(VaultAsset storage kept, uint16 asset, uint8 hints) private {
        if (hints & HINT_LOCK != 0) {
            uint40 until = _pauses[asset].lockUntil;
            if (block.timestamp < until) revert LockPaused(asset, until);
            // The pause is over. Clearing the hint saves the next lock the read.
            kept.flags = hints & ~HINT_LOCK;
        }
        if (hints & HINT_EXIT != 0) revert AssetEnded(asset);
        if (hints & HINT_CODE != 0) revert IVaultAdmin.TokenCodeChanged(asset);
        if (hints & HINT_SHORT != 0) revert AssetShort(asset, kept.accounted, _heldOf(kept.token));
    }

    /// @dev Measures the received amount and adds it to the accounts. Makes the checks that need that amount. Reads and writes
    ///      one slot.
    function _credit(
        VaultAsset storage kept,
        uint16 asset,
        address token,
        uint256 heldBefore,
        uint256 minUnits,
        uint256 whole
    ) private returns (uint128) {
        uint256 held = _heldOf(token);
        uint256 word;
        assembly ("memory-safe") {
            word := sload(add(kept.slot, 1))
        }
        // accounted u104 and cap u64 lie at the low end of the slot, see `VaultAsset`.
        uint256 sum = uint104(word);
        uint256 capUnits = TokenScale.thousandthsOfWholeDown(uint64(word >> 104), whole);
        if (heldBefore < sum) revert AssetShort(asset, sum, heldBefore);
        uint256 received;
        assembly ("memory-safe") {
            // The received amount, 0 if the balance fell. sum ≤ heldBefore, so the new sum is at most `held`, whatever
            // a hostile token returns.
            received := mul(sub(held, heldBefore), gt(held, heldBefore))
            sum := add(sum, received)
        }
        if (received < minUnits) revert BelowMinimum(received, minUnits);
        if (sum > ACCOUNTED_MAX) revert AccountedTooLarge(sum, ACCOUNTED_MAX);
        if (sum > capUnits) revert CapExceeded(sum, capUnits);
        assembly ("memory-safe") {
            // The new sum fits its field, so the addition to the word changes no other field.
            sstore(add(kept.slot, 1), add(word, received))
        }
        return uint128(received);
    }

    /// @dev Pays. If the recipient's transfer fails, returns false with nothing moved and nothing written.
    function _execute(uint96 seq, bytes calldata packed, address feeTo, PaymentState needed) private returns (bool) {
        _requireDue(seq, packed, needed, EntryCodec.RELEASE);
        Entry memory entry = EntryCodec.entryAt(packed, 0);
        VaultAsset storage kept = _assets[entry.asset];
        address token = kept.token;
        if (feeTo == address(0) || feeTo == address(this) || feeTo == token) revert FeeRecipientRefused(feeTo);
        if (!_canReceive(entry.party, token)) return false;

        // At most the owed units, which fit 104 bits.
        uint104 due = uint104(entry.amount);
        (uint256 held, uint256 out) = _requireCovered(kept, entry.asset, token, due);
        _payments[seq].state = PaymentState.PAID;
        _book(kept, due);
        address recipient = _recipientOf(entry);
        // The fee shrinks with its payment.
        uint256 fee = out == due ? entry.fee : (uint256(entry.fee) * out) / due;
        uint256 feePart = feeTo == recipient ? 0 : fee;
        // The fee is at most the amount, and the amount at most the accounted and held units, as checked at replay and above.
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

    /// @dev The asset must not be paused. While the vault holds all accounted units, a payment is made in full. Otherwise it
    ///      waits until the report of the shortage is seven days old and any later loss is reported; then it receives its share of
    ///      the tokens. If the exit ended the asset, there is nothing to wait for. Returns the vault's holdings and the amount to
    ///      pay, rounded down, so that later payments find no less.
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
            // The pause is over. Clearing the hint saves the next payment the read.
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

    /// @dev Transfers, or locks for the same account if the recipient is the vault that succeeds this one.
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
        try IVault(address(this)).lockExactly{gas: LOCK_GAS}(token, amount, account, heldAfter) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev Moves exactly the amount, or nothing and returns false. Too little gas is not a failure of the token.
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

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IVaultTokens} from "../interfaces/IVaultTokens.sol";
import {VaultAsset, VaultInit} from "../interfaces/VaultTypes.sol";
import {AccountLib} from "../libraries/AccountLib.sol";
import {EdgeLib} from "../libraries/EdgeLib.sol";
import {EntryCodec} from "../libraries/EntryCodec.sol";
import {Modules} from "../libraries/Modules.sol";
import {Journal, JournalLib} from "../libraries/JournalLib.sol";
import {TokenScale} from "../libraries/TokenScale.sol";
import {VaultBase} from "./VaultBase.sol";
import {VaultPayments} from "./VaultPayments.sol";
import {VaultRoutes} from "./VaultRoutes.sol";

/// @title The vault of one collateral chain
contract CollateralVault is VaultPayments {
    using SafeERC20 for IERC20;

    uint8 private constant LOCK_OWNS_ADDRESS = 1;

    address private immutable _acts;
    address private immutable _exit;
    address private immutable _rewind;
    /// @dev Name of the edge to the ledger.
    bytes32 private immutable _outboundName;
    /// @dev First slot of the outbound journal.
    bytes32 private immutable _journalSlot;

    /// @param init what the vault is built with
    /// @param modules_ built with the same, in the order of `VaultRoutes`
    constructor(VaultInit memory init, address[] memory modules_) VaultBase(init) {
        Modules.requireOwn(modules_, VaultRoutes.COUNT, keccak256(abi.encode(init)));
        (_acts, _exit, _rewind) = (modules_[0], modules_[1], modules_[2]);
        _outboundName = EdgeLib.nameOf(block.chainid, address(this), init.settlementChainId, init.ledger, 0, 0);
        _journalSlot = JournalLib.slotOf(_outboundName);
        JournalLib.open(_outboundName);
    }

    /// @notice Passes every other call on to the module that declares the function, which works on this contract's storage.
    /// @dev Safety: the addresses are fixed for ever and their code has the same storage layout (compared in the build).
    fallback() external {
        uint256 number = VaultRoutes.moduleOf(msg.sig);
        address module = _acts;
        if (number == 2) module = _exit;
        if (number == 3) module = _rewind;
        if (number == 0) revert Modules.FunctionUnknown(msg.sig);
        Modules.pass(module);
    }

    /// @inheritdoc ICollateralVault
    function modules() external view returns (address[] memory) {
        address[] memory all = new address[](VaultRoutes.COUNT);
        (all[0], all[1], all[2]) = (_acts, _exit, _rewind);
        return all;
    }

    /// @inheritdoc ICollateralVault
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

    /// @inheritdoc ICollateralVault
    function outboundEdge() external view returns (bytes32) {
        return _outbound();
    }

    /// @inheritdoc ICollateralVault
    function journalHead() external view returns (bytes32 edge, uint64 count, bytes32 head) {
        Journal storage journal = JournalLib.locateSlot(_journalSlot);
        return (_outboundName, journal.count, journal.head);
    }

    function _outbound() internal view override returns (bytes32 edge) {
        return _outboundName;
    }

    /// @dev The entry and the event of one lock.
    function _append(uint16 asset, uint128 received, bytes32 account, bytes32 memo, uint96 fee) private {
        if (fee > received) revert FeeAboveAmount(fee, received);
        Journal storage journal = JournalLib.locateSlot(_journalSlot);
        (uint64 index, ) = JournalLib.append(journal, EntryCodec.LOCK, asset, received, account, memo, fee);
        emit Locked(_outboundName, index, asset, account, received, memo, fee);
    }

    /// @dev Everything that can be judged before tokens move. Reads the asset's first slot once.
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
        // The origin of a transaction holds a key, which is good on every chain: only other payers may be contracts.
        if (msg.sender != tx.origin) {
            if (owner == msg.sender && flags == 0 && home != _source && AccountLib.isContract(owner)) {
                revert OwnAddressUnconfirmed(owner);
            }
        }
    }

    /// @dev The rare part of what stands before a lock: a pause that was recorded, a shortage on record, other code.
    function _judgeHints(VaultAsset storage kept, uint16 asset, uint8 hints) private {
        if (hints & HINT_LOCK != 0) {
            uint40 until = _pauses[asset].lockUntil;
            if (block.timestamp < until) revert LockPaused(asset, until);
            // The window is over: forgetting the hint spares the next lock the read.
            kept.flags = hints & ~HINT_LOCK;
        }
        if (hints & HINT_EXIT != 0) revert AssetEnded(asset);
        if (hints & HINT_CODE != 0) revert IVaultTokens.TokenCodeChanged(asset);
        if (hints & HINT_SHORT != 0) revert AssetShort(asset, kept.accounted, _heldOf(kept.token));
    }

    /// @dev Measures what came in and accounts it. Checks what can only be judged now. Reads and writes one slot.
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
            // What came in, 0 if the balance fell. sum ≤ heldBefore, so the new sum is at most `held`, whatever a hostile token answers.
            received := mul(sub(held, heldBefore), gt(held, heldBefore))
            sum := add(sum, received)
        }
        if (received < minUnits) revert BelowMinimum(received, minUnits);
        if (sum > ACCOUNTED_MAX) revert AccountedTooLarge(sum, ACCOUNTED_MAX);
        if (sum > capUnits) revert CapExceeded(sum, capUnits);
        assembly ("memory-safe") {
            // The new sum fits its field, so adding to the word changes no other.
            sstore(add(kept.slot, 1), add(word, received))
        }
        return uint128(received);
    }
}

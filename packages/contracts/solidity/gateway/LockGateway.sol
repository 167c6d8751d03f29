// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IVault, IVaultCore} from "../interfaces/vault/IVault.sol";
import {ILockGateway, PermitLock, PermitTransferFrom} from "./ILockGateway.sol";
import {IPermit2} from "./IPermit2.sol";
import {IWrappedNative} from "./IWrappedNative.sol";
import {AccountLib} from "../libraries/AccountLib.sol";

/// @title The gateway of one chain
/// @dev Safety: it locks the amount by which its own balance rose in this call. Calls cannot overlap, so none can use
///      another's tokens.
contract LockGateway is ILockGateway, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev The same on every chain.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);
    bytes32 private constant LOCK_TYPE = keccak256(
        "Lock(address vault,uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8 flags)"
    );
    /// @dev The end of the type that an owner signs; Permit2 puts its own beginning before it.
    string private constant LOCK_WITNESS_TYPE =
        "Lock witness)Lock(address vault,uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8 flags)TokenPermissions(address token,uint256 amount)";

    /// @inheritdoc ILockGateway
    address public immutable wrappedNative;

    /// @param wrappedNative_ token that wraps the native coin, 0 if there is none
    constructor(address wrappedNative_) {
        wrappedNative = wrappedNative_;
    }

    /// @inheritdoc ILockGateway
    function lockNative(
        address vault,
        bytes32 account,
        bytes32 memo,
        uint96 fee,
        uint8 flags
    ) external payable nonReentrant returns (uint128) {
        address token = wrappedNative;
        uint16 asset = token == address(0) ? 0 : IVault(vault).indexOf(token);
        if (asset == 0) revert NativeNotListed(vault, token);
        PermitLock memory order = PermitLock(vault, asset, account, memo, fee, flags);
        _requireConfirmed(order, msg.sender);
        uint256 before = IERC20(token).balanceOf(address(this));
        IWrappedNative(token).deposit{value: msg.value}();
        return _lock(order, token, before, msg.sender);
    }

    /// @inheritdoc ILockGateway
    function lockWithPermit2(
        PermitTransferFrom calldata permit,
        PermitLock calldata bound,
        address owner,
        bytes calldata sig
    ) external nonReentrant returns (uint128) {
        address token = permit.token;
        if (IVault(bound.vault).indexOf(token) != bound.asset) revert PermitTokenMismatch(token, bound.asset);
        _requireConfirmed(bound, owner);
        uint256 before = IERC20(token).balanceOf(address(this));
        PERMIT2.permitWitnessTransferFrom(
            IPermit2.PermitTransferFrom({
                permitted: IPermit2.TokenPermissions({token: token, amount: permit.amount}),
                nonce: permit.nonce,
                deadline: permit.deadline
            }),
            IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: permit.amount}),
            owner,
            keccak256(abi.encode(LOCK_TYPE, bound)),
            LOCK_WITNESS_TYPE,
            sig
        );
        return _lock(bound, token, before, owner);
    }

    /// @dev Locks the amount by which the balance rose. Leaves no tokens and no allowance behind.
    function _lock(
        PermitLock memory order,
        address token,
        uint256 before,
        address payer
    ) private returns (uint128 received) {
        address vault = order.vault;
        uint256 amount = IERC20(token).balanceOf(address(this)) - before;
        IERC20(token).forceApprove(vault, amount);
        received = IVault(vault).lock(
            order.asset,
            SafeCast.toUint128(amount),
            order.account,
            order.memo,
            order.fee,
            order.flags
        );
        if (IERC20(token).allowance(address(this), vault) != 0) IERC20(token).forceApprove(vault, 0);
        uint256 left = IERC20(token).balanceOf(address(this)) - before;
        if (left != 0) IERC20(token).safeTransfer(payer, left);
    }

    /// @dev The vault sees this gateway as the payer, so contracts that lock for themselves must confirm here what they
    ///      would confirm to a vault.
    function _requireConfirmed(PermitLock memory order, address payer) private view {
        address owner = AccountLib.ownerOf(order.account);
        if (owner != payer || order.flags != 0 || payer == tx.origin) return;
        if (!AccountLib.isContract(owner) || AccountLib.homeOf(order.account) == IVault(order.vault).source()) return;
        revert IVaultCore.OwnAddressUnconfirmed(owner);
    }
}

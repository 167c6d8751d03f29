// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../../solidity/interfaces/vault/IVault.sol";
import {ILockGateway, PermitLock, PermitTransferFrom} from "../../solidity/gateway/ILockGateway.sol";
import {AccountLib} from "../../solidity/libraries/AccountLib.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {LockGateway} from "../../solidity/gateway/LockGateway.sol";
import {VaultFixture, deployVault} from "../vault/VaultFixture.sol";
import {Permit2Double, Permit2Wallet} from "./Permit2Double.sol";
import {FeeToken} from "../tokens/FeeToken.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {ReentrantToken} from "../tokens/ReentrantToken.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Locks of tokens that Permit2 hands over. Permit2 itself is a double, see there; what is signed is computed here
///         from the full text of the type, independent of gateway and double.
contract LockGatewayPermit2Test is VaultFixture {
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    string private constant TYPE =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,Lock witness)Lock(address vault,uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8 flags)TokenPermissions(address token,uint256 amount)";

    PlainToken private token;
    uint16 private asset;
    uint256 private key;
    address private signer;

    function setUp() public override {
        super.setUp();
        vm.etch(PERMIT2, address(new Permit2Double()).code);
        token = new PlainToken("PLAIN", 6);
        asset = list(address(token), 6);
        (signer, key) = makeAddrAndKey("signer");
        _fund(token, signer, 1_000);
    }

    // Refusals

    function test_refuses_to_lock_for_anybody_or_anything_that_was_not_signed() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        for (uint256 i = 0; i < 5; ++i) {
            PermitLock memory other = PermitLock(
                bound.vault,
                bound.asset,
                bound.account,
                bound.memo,
                bound.fee,
                bound.flags
            );
            if (i == 0) other.account = accountOf(bob);
            if (i == 1) other.memo = "another";
            if (i == 2) other.fee = 8;
            if (i == 3) other.flags = 1;
            if (i == 4) other.asset = list(address(new PlainToken("OTHER", 6)), 6);
            vm.expectRevert(
                i == 4
                    ? abi.encodeWithSelector(ILockGateway.PermitTokenMismatch.selector, address(token), other.asset)
                    : abi.encodeWithSelector(Permit2Double.InvalidSigner.selector)
            );
            gateway.lockWithPermit2(permit, other, signer, sig);
        }
        assertEq(token.balanceOf(address(vault)), 0);
    }

    function testFuzz_refuses_every_permit_that_differs_from_the_signed_one(uint256 amount, uint256 nonce) public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        amount = _within(amount, 1, 1_000);
        vm.assume(amount != 100 || nonce != permit.nonce);
        permit.amount = amount;
        permit.nonce = nonce;
        vm.expectRevert(Permit2Double.InvalidSigner.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_refuses_another_owner_another_deadline_and_other_signatures() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        _fund(token, bob, 1_000);
        vm.expectRevert(Permit2Double.InvalidSigner.selector);
        gateway.lockWithPermit2(permit, bound, bob, sig);
        permit.deadline += 1;
        vm.expectRevert(Permit2Double.InvalidSigner.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
        permit.deadline -= 1;
        vm.expectRevert(Permit2Double.InvalidSignatureLength.selector);
        gateway.lockWithPermit2(permit, bound, signer, hex"00");
    }

    function test_refuses_a_replay_and_an_expired_permit() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        gateway.lockWithPermit2(permit, bound, signer, sig);
        vm.expectRevert(Permit2Double.InvalidNonce.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
        assertEq(vault.accounted(asset), 100);

        (permit, bound, sig) = _signed(100, 8);
        vm.warp(permit.deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(Permit2Double.SignatureExpired.selector, permit.deadline));
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_a_permit_for_one_vault_is_none_for_another() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        vault = deployVault(initOf());
        list(address(token), 6);
        bound.vault = address(vault);
        vm.expectRevert(Permit2Double.InvalidSigner.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_a_permit_for_one_gateway_is_none_for_another() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        gateway = new LockGateway(address(wrapped));
        vm.expectRevert(Permit2Double.InvalidSigner.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_refuses_on_a_chain_without_permit2() public {
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        vm.etch(PERMIT2, "");
        vm.expectRevert();
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_the_rules_of_a_lock_hold() public {
        vm.prank(governor);
        vault.setLimits(asset, 50, 1_000_000, 1);
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(49, 7);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 49, 50));
        gateway.lockWithPermit2(permit, bound, signer, sig);
        bound.account = 0;
        sig = _sign(permit, bound);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnerMissing.selector, bytes32(0)));
        gateway.lockWithPermit2(permit, bound, signer, sig);
        vm.prank(pauser);
        vault.pause(1, asset, uint40(block.timestamp + 1 hours));
        vm.expectPartialRevert(IVaultCore.LockPaused.selector);
        gateway.lockWithPermit2(permit, bound, signer, sig);
    }

    function test_refuses_a_contract_wallet_that_locks_for_itself_unconfirmed() public {
        Permit2Wallet wallet = new Permit2Wallet();
        token.mint(address(wallet), 100);
        wallet.allow(token, PERMIT2);
        (PermitTransferFrom memory permit, PermitLock memory bound, ) = _signed(100, 7);
        bound.account = accountOf(address(wallet));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnAddressUnconfirmed.selector, address(wallet)));
        gateway.lockWithPermit2(permit, bound, address(wallet), "");
        bound.flags = 1;
        assertEq(gateway.lockWithPermit2(permit, bound, address(wallet), ""), 100);
        // Who lives on the vault's own chain is at home there.
        token.mint(address(wallet), 100);
        (permit.nonce, bound.flags, bound.account) = (8, 0, AccountLib.encode(address(wallet), SOURCE, 0));
        assertEq(gateway.lockWithPermit2(permit, bound, address(wallet), ""), 100);
    }

    function test_refuses_a_call_from_inside() public {
        ReentrantToken hooked = new ReentrantToken();
        asset = list(address(hooked), 18);
        token = hooked;
        _fund(hooked, signer, 1_000);
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        hooked.arm(address(gateway), abi.encodeCall(ILockGateway.lockWithPermit2, (permit, bound, signer, sig)));
        gateway.lockWithPermit2(permit, bound, signer, sig);
        assertEq(bytes4(hooked.callAnswer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    // What it does

    function testFuzz_anyone_may_hand_in_a_signed_lock(uint128 amount, uint96 fee, bytes32 memo, address by) public {
        vm.assume(by != address(vault) && by != address(gateway) && by != PERMIT2);
        amount = uint128(_within(amount, 1, 1_000));
        (PermitTransferFrom memory permit, PermitLock memory bound, ) = _signed(amount, 7);
        (bound.fee, bound.memo) = (uint96(_within(fee, 0, amount)), memo);
        bytes memory sig = _sign(permit, bound);
        vm.expectEmit(address(vault));
        emit IVaultCore.Locked(vault.outboundEdge(), 1, asset, bound.account, amount, memo, bound.fee);
        vm.prank(by);
        assertEq(gateway.lockWithPermit2(permit, bound, signer, sig), amount);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        assertEq(count, 1);
        Entry memory entry = Entry(EntryCodec.LOCK, asset, amount, bound.account, memo, bound.fee);
        assertEq(head, EntryCodec.extend(edge, entry));
        assertEq(vault.accounted(asset), amount);
        assertEq(token.balanceOf(address(vault)), amount);
        assertEq(token.balanceOf(address(gateway)), 0);
        assertEq(token.allowance(address(gateway), address(vault)), 0);
    }

    function test_credits_what_arrived_of_a_token_that_takes_a_fee() public {
        FeeToken keeping = new FeeToken();
        asset = list(address(keeping), 6);
        token = keeping;
        _fund(keeping, signer, 1_000);
        (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) = _signed(100, 7);
        vm.expectEmit(address(vault));
        emit IVaultCore.Locked(vault.outboundEdge(), 1, asset, accountOf(alice), 98, "memo", 1);
        assertEq(gateway.lockWithPermit2(permit, bound, signer, sig), 98);
        assertEq(keeping.balanceOf(address(gateway)), 0);
    }

    /// @dev `bound` by another name, which a local variable has here.
    function _within(uint256 value, uint256 min, uint256 max) private pure returns (uint256) {
        return min + (value % (max - min + 1));
    }

    function _fund(PlainToken of_, address who, uint256 amount) private {
        of_.mint(who, amount);
        vm.prank(who);
        of_.approve(PERMIT2, type(uint256).max);
    }

    function _signed(
        uint256 amount,
        uint256 nonce
    ) private view returns (PermitTransferFrom memory permit, PermitLock memory bound, bytes memory sig) {
        permit = PermitTransferFrom(address(token), amount, nonce, block.timestamp + 1 hours);
        bound = PermitLock(address(vault), asset, accountOf(alice), "memo", 1, 0);
        sig = _sign(permit, bound);
    }

    function _sign(PermitTransferFrom memory permit, PermitLock memory bound) private view returns (bytes memory) {
        bytes32 permitted = keccak256(
            abi.encode(keccak256("TokenPermissions(address token,uint256 amount)"), permit.token, permit.amount)
        );
        bytes32 witness = keccak256(
            abi.encode(
                keccak256("Lock(address vault,uint16 asset,bytes32 account,bytes32 memo,uint96 fee,uint8 flags)"),
                bound.vault,
                bound.asset,
                bound.account,
                bound.memo,
                bound.fee,
                bound.flags
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(keccak256(bytes(TYPE)), permitted, address(gateway), permit.nonce, permit.deadline, witness)
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                PERMIT2
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ExitClaim, IVaultExit} from "../../../solidity/interfaces/vault/IVaultExit.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {LedgerSlots} from "../../../solidity/proofs/LedgerSlots.sol";
import {VaultExitFixture} from "./VaultExitFixture.sol";

/// @notice A claim of the exit whose recipient the token refuses: who made it names another.
contract VaultExitRedirectsTest is VaultExitFixture {
    uint128 private constant AMOUNT = 5 * ONE;
    address private refused = makeAddr("refused");

    function setUp() public override {
        super.setUp();
        vm.mockCallRevert(address(token), abi.encodeCall(IERC20.transfer, (refused, AMOUNT)), "refused");
    }

    function test_I9_a_claim_whose_recipient_the_token_refuses_is_paid_to_another() public {
        uint96 seq = _claimRefused();
        vm.expectEmit(address(vault));
        emit IVaultExit.ExitRedirected(seq, bob);
        vm.prank(alice);
        vault.redirectClaim(seq, exitEntry(accountOf(alice), AMOUNT, refused), bob);
        assertBooks(asset, LOCKED, AMOUNT, 0);
        vault.claim(seq, exitEntry(accountOf(alice), AMOUNT, bob));
        assertEq(token.balanceOf(bob), AMOUNT);
        assertBooks(asset, LOCKED - AMOUNT, 0, AMOUNT);
    }

    function test_a_claim_is_redirected_again_while_it_is_claimable() public {
        uint96 seq = _claimRefused();
        vm.startPrank(alice);
        vault.redirectClaim(seq, exitEntry(accountOf(alice), AMOUNT, refused), carol);
        vault.redirectClaim(seq, exitEntry(accountOf(alice), AMOUNT, carol), bob);
        vm.stopPrank();
        bytes memory former = exitEntry(accountOf(alice), AMOUNT, carol);
        vm.expectPartialRevert(IVaultReleases.EntryMismatch.selector);
        vault.claim(seq, former);
        vault.claim(seq, exitEntry(accountOf(alice), AMOUNT, bob));
        assertEq(token.balanceOf(bob), AMOUNT);
    }

    function test_I9_an_operators_claim_is_redirected_by_the_operator_alone() public {
        bytes32 account = accountOf(alice);
        chain.set(LedgerSlots.operatorOf(account, carol), 3 | ((vm.getBlockTimestamp() + 90 days) << 16));
        anchor();
        openLate();
        ExitClaim memory claim = claimOf(account, AMOUNT, refused);
        claim.operatorProof = chain.prove(LedgerSlots.operatorOf(account, carol));
        bytes[] memory line = chain.prove(LedgerSlots.lineOf(account, ASSET_ID));
        bytes[] memory where = chain.prove(LedgerSlots.assetOf(ASSET_ID));
        vm.prank(carol, carol);
        uint96 seq = vault.claimLine(claim, ASSET_ID, line, where);
        payExit(seq, account, AMOUNT, refused);
        _expectRefusal(alice, seq, bob, abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, alice, account));
        vm.prank(carol);
        vault.redirectClaim(seq, exitEntry(account, AMOUNT, refused), carol);
    }

    function test_nobody_else_redirects_a_claim() public {
        uint96 seq = _claimRefused();
        bytes memory refusal = abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, bob, accountOf(alice));
        _expectRefusal(bob, seq, bob, refusal);
        // Nobody claimed a release.
        refusal = abi.encodeWithSelector(IVaultExit.ExitNotOwner.selector, alice, accountOf(alice));
        _expectRefusal(alice, 1, bob, refusal);
    }

    function test_a_claim_that_is_not_claimable_keeps_its_recipient() public {
        anchor();
        openLate();
        uint96 seq = claimLine(alice, AMOUNT, bob);
        bytes memory packed_ = exitEntry(accountOf(alice), AMOUNT, bob);
        _expectState(seq, packed_, PaymentState.QUEUED);
        payExit(seq, accountOf(alice), AMOUNT, bob);
        _expectState(seq, packed_, PaymentState.PAID);
    }

    function test_other_bytes_and_recipients_that_cannot_be_paid_are_refused() public {
        uint96 seq = _claimRefused();
        bytes memory other = exitEntry(accountOf(alice), AMOUNT + 1, refused);
        bytes25 kept = vault.payment(seq).entryHash;
        vm.expectRevert(
            abi.encodeWithSelector(IVaultReleases.EntryMismatch.selector, seq, bytes25(keccak256(other)), kept)
        );
        vm.prank(alice);
        vault.redirectClaim(seq, other, bob);
        address[3] memory none = [address(0), address(vault), address(token)];
        for (uint256 i = 0; i < 3; ++i) {
            _expectRefusal(
                alice,
                seq,
                none[i],
                abi.encodeWithSelector(IVaultExit.ExitPaymentRefused.selector, AMOUNT, none[i])
            );
        }
    }

    /// @dev A claim of alice that was tried to be paid.
    function _claimRefused() private returns (uint96 seq) {
        anchor();
        openLate();
        seq = claimLine(alice, AMOUNT, refused);
        payExit(seq, accountOf(alice), AMOUNT, refused);
        assertState(seq, PaymentState.CLAIMABLE);
    }

    function _expectState(uint96 seq, bytes memory packed_, PaymentState state) private {
        bytes4 selector = IVaultReleases.PaymentStateMismatch.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, seq, state, PaymentState.CLAIMABLE));
        vm.prank(alice);
        vault.redirectClaim(seq, packed_, carol);
    }

    function _expectRefusal(address by, uint96 seq, address to, bytes memory refusal) private {
        bytes memory packed_ = exitEntry(accountOf(alice), AMOUNT, refused);
        vm.expectRevert(refusal);
        vm.prank(by);
        vault.redirectClaim(seq, packed_, to);
    }
}

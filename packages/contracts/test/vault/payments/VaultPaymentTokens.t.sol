// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {IVaultReleases} from "../../../solidity/interfaces/vault/IVaultPayments.sol";
import {ClaimableReason, PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {JournalHead} from "../../../solidity/edge/Statements.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {FeeToken} from "../../tokens/FeeToken.sol";
import {Mood, MoodyToken} from "../../tokens/MoodyToken.sol";
import {RebasingToken} from "../../tokens/RebasingToken.sol";
import {ReentrantToken} from "../../tokens/ReentrantToken.sol";
import {SilentToken} from "../../tokens/SilentTokens.sol";

/// @notice Payments of tokens that do not behave like most.
contract VaultPaymentTokensTest is VaultReleaseFixture {
    MoodyToken private moody;
    uint16 private moodyAsset;

    function setUp() public override {
        super.setUp();
        moody = new MoodyToken();
        moodyAsset = list(address(moody), 6);
        lockFor(moodyAsset, moody, LOCKED);
    }

    function test_every_failing_transfer_leaves_a_claimable_payment_and_moves_nothing() public {
        Mood[8] memory failing = [
            Mood.ANSWERS_FALSE,
            Mood.REVERTS,
            Mood.BURNS_GAS,
            Mood.REVERTS_WITH_A_BOMB,
            Mood.TAKES_MORE,
            Mood.TAKES_LESS,
            Mood.ONLY_CLAIMS,
            Mood.ANSWERS_FALSE_AND_MOVES
        ];
        for (uint96 seq = 1; seq <= failing.length; ++seq) {
            moody.feel(failing[seq - 1]);
            append(releaseEntry(moodyAsset, ONE, bob, 10));
            applyAll();
            vm.expectEmit(address(vault));
            emit IVaultReleases.Claimable(seq, ClaimableReason.TRANSFER);
            pay(seq);
            assertState(seq, PaymentState.CLAIMABLE);
            assertBooks(moodyAsset, LOCKED, seq * ONE, 0);
            assertEq(moody.balanceOf(address(vault)), LOCKED);
            bytes memory entry = entryOf(seq);
            vm.expectRevert(abi.encodeWithSelector(IVaultReleases.TransferFailed.selector, seq, bob));
            vm.prank(bob);
            vault.claim(seq, entry);
        }
        moody.feel(Mood.FINE);
        for (uint96 seq = 1; seq <= failing.length; ++seq) {
            bytes memory entry = entryOf(seq);
            vm.prank(carol);
            vault.claim(seq, entry);
            assertState(seq, PaymentState.PAID);
        }
        assertEq(moody.balanceOf(bob), 8 * (ONE - 10));
        assertEq(moody.balanceOf(carol), 8 * 10);
        assertBooks(moodyAsset, LOCKED - 8 * ONE, 0, 8 * ONE);
    }

    function test_tokens_that_answer_nothing_or_a_bomb_are_paid() public {
        Mood[2] memory odd = [Mood.ANSWERS_NOTHING, Mood.DEAR];
        for (uint96 seq = 1; seq <= odd.length; ++seq) {
            moody.feel(odd[seq - 1]);
            append(releaseEntry(moodyAsset, ONE, bob, 0));
            applyAll();
            pay(seq);
            assertState(seq, PaymentState.PAID);
        }
        // The bomb's first word is 0, which is an answer of false.
        moody.feel(Mood.ANSWERS_A_BOMB);
        append(releaseEntry(moodyAsset, ONE, bob, 0));
        applyAll();
        pay(3);
        assertState(3, PaymentState.CLAIMABLE);
        assertEq(moody.balanceOf(bob), 2 * ONE);
    }

    function test_a_blacklisted_recipient_waits_and_is_paid_once_it_is_lifted() public {
        append(releaseEntry(moodyAsset, ONE, bob, 0));
        append(releaseEntry(moodyAsset, ONE, carol, 0));
        applyAll();
        moody.blacklist(bob, true);
        pay(1);
        pay(2);
        assertState(1, PaymentState.CLAIMABLE);
        assertState(2, PaymentState.PAID);
        moody.blacklist(bob, false);
        bytes memory entry = entryOf(1);
        vm.prank(bob);
        vault.claim(1, entry);
        assertEq(moody.balanceOf(bob), ONE);
    }

    function test_a_blacklisted_vault_owes_everything_and_leaves_other_assets_alone() public {
        append(releaseEntry(moodyAsset, ONE, bob, 0));
        release(ONE, bob, 0);
        applyAll();
        moody.blacklist(address(vault), true);
        pay(1);
        pay(2);
        assertState(1, PaymentState.CLAIMABLE);
        assertState(2, PaymentState.PAID);
        assertBooks(moodyAsset, LOCKED, ONE, 0);
    }

    function test_a_fee_earner_that_cannot_be_paid_stops_only_its_own_call() public {
        append(releaseEntry(moodyAsset, ONE, bob, 10));
        applyAll();
        moody.blacklist(relayer, true);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultReleases.FeeTransferFailed.selector, relayer, 10));
        vault.pay(1, entry, relayer);
        assertState(1, PaymentState.QUEUED);
        assertEq(moody.balanceOf(bob), 0);
        vault.pay(1, entry, carol);
        assertEq(moody.balanceOf(carol), 10);
    }

    function test_a_payment_that_is_all_fee_moves_only_the_fee() public {
        append(releaseEntry(moodyAsset, 10, bob, 10));
        applyAll();
        moody.blacklist(bob, true);
        pay(1);
        assertState(1, PaymentState.PAID);
        assertEq(moody.balanceOf(relayer), 10);
    }

    function test_a_token_that_hides_the_balance_is_not_paid_until_it_shows_it() public {
        append(releaseEntry(moodyAsset, ONE, bob, 0));
        applyAll();
        moody.feel(Mood.HIDES_BALANCES);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BalanceUnreadable.selector, address(moody)));
        vault.pay(1, entry, relayer);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BalanceUnreadable.selector, address(moody)));
        vm.prank(alice);
        vault.lock(moodyAsset, 1, accountOf(alice), 0, 0, 0);
        moody.feel(Mood.FINE);
        pay(1);
    }

    function testFuzz_what_a_token_keeps_on_the_way_is_the_recipients_loss(uint128 amount) public {
        FeeToken keeping = new FeeToken();
        uint16 which = list(address(keeping), 6);
        lockFor(which, keeping, LOCKED);
        uint256 held = keeping.balanceOf(address(vault));
        amount = uint128(bound(amount, 2, held));
        append(releaseEntry(which, amount, bob, 0));
        applyAll();
        pay(1);
        assertState(1, PaymentState.PAID);
        assertEq(keeping.balanceOf(bob), amount - (uint256(amount) + 99) / 100);
        assertEq(keeping.balanceOf(address(vault)), held - amount);
        assertBooks(which, held - amount, 0, amount);
    }

    function test_a_token_that_shrank_pays_nobody_until_it_is_whole() public {
        RebasingToken shrinking = new RebasingToken();
        uint16 which = list(address(shrinking), 18);
        shrinking.mint(alice, 1_000);
        vm.startPrank(alice);
        shrinking.approve(address(vault), 1_000);
        vault.lock(which, 1_000, accountOf(alice), 0, 0, 0);
        vm.stopPrank();
        append(releaseEntry(which, 400, bob, 0));
        release(ONE, bob, 0);
        applyAll();
        shrinking.rebase(900_000);
        bytes memory entry = entryOf(1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, which, 1_000, 900));
        vault.pay(1, entry, relayer);
        pay(2);
        assertState(1, PaymentState.QUEUED);
        shrinking.rebase(1_000_000);
        pay(1);
        assertEq(shrinking.balanceOf(bob), 400);
    }

    function test_shares_that_round_are_claimable_and_not_paid_short() public {
        RebasingToken growing = new RebasingToken();
        uint16 which = list(address(growing), 18);
        growing.mint(alice, 1_000);
        vm.startPrank(alice);
        growing.approve(address(vault), 1_000);
        vault.lock(which, 1_000, accountOf(alice), 0, 0, 0);
        vm.stopPrank();
        append(releaseEntry(which, 400, bob, 0));
        applyAll();
        // 1,000 shares are 1,300 units; a transfer of 400 moves 307 shares, and 693 shares are 901 units.
        growing.rebase(1_300_400);
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        assertEq(growing.balanceOf(bob), 0);
        assertBooks(which, 1_000, 400, 0);
    }

    function test_a_token_that_answers_nothing_at_all_is_paid() public {
        SilentToken silent = new SilentToken();
        uint16 which = list(address(silent), 18);
        silent.mint(alice, 100);
        vm.startPrank(alice);
        silent.approve(address(vault), 100);
        vault.lock(which, 100, accountOf(alice), 0, 0, 0);
        vm.stopPrank();
        append(releaseEntry(which, 100, bob, 1));
        applyAll();
        pay(1);
        assertEq(silent.balanceOf(bob), 99);
        assertEq(silent.balanceOf(relayer), 1);
    }

    function test_refuses_every_call_from_inside_a_payment() public {
        ReentrantToken hooked = new ReentrantToken();
        uint16 which = list(address(hooked), 18);
        lockFor(which, hooked, LOCKED);
        bytes[5] memory calls = _callsFrom(which);
        for (uint256 i = 0; i < calls.length; ++i) {
            uint96 seq = append(releaseEntry(which, ONE, bob, 10));
            applyAll();
            hooked.arm(address(vault), calls[i]);
            pay(seq);
            assertFalse(hooked.callSucceeded());
            assertEq(bytes4(hooked.callAnswer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            hooked.arm(address(0), "");
            assertState(seq, PaymentState.PAID);
        }
        // The vault's own frame is closed to the token.
        uint96 last = append(releaseEntry(which, ONE, bob, 0));
        applyAll();
        hooked.arm(address(vault), abi.encodeCall(IVaultReleases.transferExactly, (address(hooked), carol, ONE, 0)));
        pay(last);
        assertEq(bytes4(hooked.callAnswer()), IVaultCore.NotAuthorized.selector);
        assertEq(hooked.balanceOf(carol), 0);
    }

    function test_a_gift_in_the_middle_of_a_payment_only_delays_its_own_recipient() public {
        ReentrantToken hooked = new ReentrantToken();
        uint16 which = list(address(hooked), 18);
        lockFor(which, hooked, LOCKED);
        append(releaseEntry(which, ONE, bob, 0));
        applyAll();
        hooked.arm(address(hooked), abi.encodeWithSignature("mint(address,uint256)", address(vault), 3));
        pay(1);
        assertState(1, PaymentState.CLAIMABLE);
        assertEq(hooked.balanceOf(address(vault)), LOCKED);
        hooked.arm(address(0), "");
        bytes memory entry = entryOf(1);
        vault.claim(1, entry);
        assertEq(hooked.balanceOf(bob), ONE);
    }

    /// @dev Every function of the vault that takes the lock; none gets as far as its arguments.
    function _callsFrom(uint16 which) private view returns (bytes[5] memory) {
        JournalHead memory statement = statementOf(tip());
        return
            [
                abi.encodeCall(IVaultReleases.pay, (1, entriesOf(0, 0), bob)),
                abi.encodeCall(IVaultReleases.claim, (1, entriesOf(0, 0))),
                abi.encodeCall(IVaultReleases.refresh, (statement, sign(statement))),
                abi.encodeCall(
                    IVaultReleases.applyReleases,
                    (0, entriesOf(0, 0), new uint64[](0), statement, sign(statement))
                ),
                abi.encodeCall(IVaultCore.lock, (which, 5, accountOf(bob), 0, 0, 0))
            ];
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Payment, PaymentState, VaultAsset} from "../../solidity/interfaces/vault/VaultTypes.sol";
import {Entry, EntryCodec} from "../../solidity/edge/EntryCodec.sol";
import {JournalLib} from "../../solidity/edge/JournalLib.sol";
import {GhostWriter} from "../harness/Ghosts.sol";
import {deployVault} from "./VaultFixture.sol";
import {VaultHandler} from "./VaultHandler.sol";
import {VaultReleaseFixture} from "./VaultReleaseFixture.sol";
import {FeeToken} from "../tokens/FeeToken.sol";
import {MoodyToken} from "../tokens/MoodyToken.sol";
import {PlainToken} from "../tokens/PlainToken.sol";
import {TestWitness} from "../witnesses/TestWitness.sol";

/// @notice I1, I2, I3, I4 and I7 at the vault, over random orders of everything that can be done to it.
contract VaultInvariantsTest is VaultReleaseFixture, GhostWriter {
    VaultHandler private handler;
    address[] private tokens;

    function setUp() public override {
        super.setUp();
        vault = deployVault(initOf());
        tokens.push(address(new PlainToken("SIX", 6)));
        tokens.push(address(new FeeToken()));
        tokens.push(address(wrapped));
        tokens.push(address(new PlainToken("EIGHTEEN", 18)));
        tokens.push(address(new MoodyToken()));
        uint8[5] memory decimals = [6, 6, 18, 18, 6];
        for (uint256 i = 0; i < tokens.length; ++i) {
            vm.prank(governor);
            vault.listAsset(tokens[i], decimals[i], 1_000, 1_000_000_000, 100_000_000_000);
        }
        TestWitness witness = new TestWitness();
        vm.prank(governor);
        vault.setWitness(0, address(witness), true);
        handler = new VaultHandler(vault, gateway, tokens, governor, pauser, keys);
        targetContract(address(handler));
        targetSelector(FuzzSelector({addr: address(handler), selectors: _acts()}));
    }

    /// @dev Every act, and those of the way back several times: each needs some before it, and few runs would come to its end.
    function _acts() private view returns (bytes4[] memory acts) {
        bytes4[27] memory each = [
            handler.release.selector,
            handler.replay.selector,
            handler.pay.selector,
            handler.claim.selector,
            handler.wait.selector,
            handler.lock.selector,
            handler.giveBack.selector,
            handler.lapse.selector,
            handler.report.selector,
            handler.takeLoss.selector,
            handler.refund.selector,
            handler.stop.selector,
            handler.lose.selector,
            handler.writeOff.selector,
            handler.returnTokens.selector,
            handler.stopLoss.selector,
            handler.forge.selector,
            handler.lockNative.selector,
            handler.give.selector,
            handler.limit.selector,
            handler.pause.selector,
            handler.unpause.selector,
            handler.appoint.selector,
            handler.guard.selector,
            handler.ask.selector,
            handler.confirm.selector,
            handler.feel.selector
        ];
        uint8[14] memory times = [4, 5, 5, 2, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2];
        acts = new bytes4[](48);
        uint256 next = 0;
        for (uint256 i = 0; i < each.length; ++i) {
            uint256 often = i < times.length ? times[i] : 1;
            for (uint256 j = 0; j < often; ++j) acts[next++] = each[i];
        }
        assertEq(next, acts.length);
    }

    /// @notice One campaign checks all of them, since each campaign costs seconds.
    function invariant_I1_I2_I3_I4_I7_hold_at_the_vault() public view {
        _I1_accounted_is_what_was_locked_and_not_paid_and_is_held();
        _I2_the_journal_is_the_fold_of_all_that_was_told();
        _I2_I3_the_replica_is_a_prefix_of_the_ledgers_journal();
        _I4_paid_queued_and_claimable_are_the_replayed_releases();
        _I1_lines_and_payments_are_what_is_accounted();
        _I4_everybody_holds_what_was_paid_to_them();
    }

    /// @dev I1: what is accounted is what was locked or taken over as a loss, and not paid, in units; the vault holds what was
    ///      locked and given and neither paid nor lost, in tokens. What is on record is what was told last.
    function _I1_accounted_is_what_was_locked_and_not_paid_and_is_held() private view {
        for (uint16 which = 1; which <= tokens.length; ++which) {
            VaultAsset memory kept = vault.assetOf(which);
            assertEq(kept.accounted, handler.locked(which) + handler.taken(which) - kept.paidCum);
            assertEq(kept.paidCum, handler.closed(which));
            assertLe(kept.owed, kept.accounted);
            assertEq(kept.flags & 4 != 0, kept.shortSince != 0, "a shortage that nobody looks at");
            assertEq(kept.coverage, handler.told(which));
            assertEq(kept.shortSince != 0, kept.reportedAt != 0 && kept.coverage < 1e18);
            uint256 held = handler.locked(which) + handler.given(which) - handler.lost(which) - handler.paid(which);
            assertEq(IERC20(tokens[which - 1]).balanceOf(address(vault)), held);
        }
        assertEq(address(vault).balance, 0);
    }

    /// @dev I2: the journal is the fold of every lock and of every entry that the vault told of, in order, and nothing else.
    function _I2_the_journal_is_the_fold_of_all_that_was_told() private view {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        assertEq(count, handler.count());
        assertEq(head, handler.head());
        assertEq(vm.load(address(vault), JournalLib.slotOf(edge)), handler.head());
    }

    /// @dev I2, I3: the replica stands at a head that the ledger's journal had.
    function _I2_I3_the_replica_is_a_prefix_of_the_ledgers_journal() private view {
        (, uint64 count, bytes32 head, , , ) = vault.replicaState();
        assertLe(count, handler.journaled());
        assertEq(head, handler.heads(count));
    }

    /// @dev I4: each replayed release is exactly one payment, no other entry is any, and what waits is what is owed.
    function _I4_paid_queued_and_claimable_are_the_replayed_releases() private view {
        (, uint64 count, , , , ) = vault.replicaState();
        uint256[6] memory waiting;
        for (uint64 seq = 1; seq <= handler.journaled(); ++seq) {
            PaymentState state = vault.payment(seq).state;
            Entry memory entry = handler.entryAt(seq);
            if (seq > count || handler.forged(seq)) {
                // More than is accounted is stopped, as far as it fits: nothing else is left of what was forged.
                bool isStopped = seq <= count && entry.amount == type(uint104).max;
                assertEq(uint8(state), uint8(isStopped ? PaymentState.STOPPED : PaymentState.NONE));
                continue;
            }
            if (entry.kind != EntryCodec.RELEASE) continue;
            assertEq(state == PaymentState.PAID, handler.seen(seq) == PaymentState.PAID);
            _requireHash(seq, entry, state == PaymentState.STOPPED);
            if (state == PaymentState.QUEUED || state == PaymentState.CLAIMABLE) {
                waiting[entry.asset] += entry.amount;
            } else {
                assertTrue(state == PaymentState.PAID || state == PaymentState.STOPPED);
            }
        }
        for (uint16 which = 1; which <= tokens.length; ++which) assertEq(vault.owed(which), waiting[which]);
    }

    /// @dev A payment is known by its entry, a stopped one by what its refund names; nothing else was refunded.
    function _requireHash(uint64 seq, Entry memory entry, bool isStopped) private view {
        bytes memory known = EntryCodec.pack(entry);
        if (isStopped) known = abi.encodePacked(entry.asset, entry.amount, entry.account);
        Payment memory made = vault.payment(seq);
        assertEq(made.entryHash, bytes25(keccak256(known)));
        assertEq(handler.refunds(seq) != 0, isStopped && made.flags & 8 != 0);
    }

    /// @dev I1 over both sides, to the unit: lines, what is owed, what was stopped and waits for its refund, and what is on its way
    ///      are what is accounted, and what the ledger told of as lost.
    function _I1_lines_and_payments_are_what_is_accounted() private view {
        (, uint64 count, , , , ) = vault.replicaState();
        uint256[6] memory underWay;
        for (uint64 seq = 1; seq <= handler.journaled(); ++seq) {
            Entry memory entry = handler.entryAt(seq);
            if (entry.kind != EntryCodec.RELEASE || handler.forged(seq)) continue;
            bool isStopped = vault.payment(seq).state == PaymentState.STOPPED;
            if (seq > count || (isStopped && handler.refunds(seq) == 0)) underWay[entry.asset] += entry.amount;
        }
        for (uint16 which = 1; which <= tokens.length; ++which) {
            assertEq(
                handler.lines(which) + vault.owed(which) + underWay[which],
                vault.accounted(which) + handler.unanswered(which)
            );
        }
    }

    /// @dev I4, I7: whoever raced, every account holds what it was minted, less what it locked, and what was paid to it.
    function _I4_everybody_holds_what_was_paid_to_them() private view {
        for (uint256 who = 0; who < 5; ++who) {
            address user = handler.userAt(who);
            for (uint16 which = 1; which <= tokens.length; ++which) {
                // What the fee token keeps on the way is nobody's here.
                if (which == 2) continue;
                assertEq(
                    IERC20(tokens[which - 1]).balanceOf(user),
                    handler.minted(user, which) - handler.spent(user, which) + handler.received(user, which)
                );
            }
        }
    }

    /// @notice The run does what it is for: locks were taken, and not only refused.
    function afterInvariant() public {
        uint256 tries = handler.count() + handler.lockRefusals();
        if (tries >= 16) assertGe(handler.count() * 4, tries, "too few locks were taken for the run to mean anything");
        _write(handler, "VaultInvariantsTest");
    }

    /// @notice Shows that no act of the campaign is idle: a plain story through the same handler reaches every effect.
    function test_every_act_of_the_vaults_campaign_takes_effect() public {
        uint256 moody = tokens.length - 1;
        handler.lock(1, moody, 5, "memo", 0, 0);
        handler.release(7, moody, 3, 1);
        handler.release(9, moody, 4, 0);
        handler.replay(0, 0, false);
        handler.replay(0, 0, true);
        assertEq(handler.replays(), 1);
        handler.feel(3);
        for (uint256 which = 0; which < 16; ++which) {
            handler.pay(which, 3);
        }
        assertGt(handler.failures(), 0);
        handler.feel(8);
        for (uint256 which = 0; which < 16; ++which) {
            handler.claim(which, 1);
            handler.pay(which, 3);
        }
        assertEq(handler.retries(), handler.failures());
        assertEq(handler.payments(), 2);
        for (uint256 how = 0; how < 64; ++how) {
            handler.forge(1, how);
        }
        handler.replay(0, 0, false);
        assertEq(handler.quarantines(), 1);
        handler.lapse(72 hours);
        handler.lapse(72 hours);
        invariant_I1_I2_I3_I4_I7_hold_at_the_vault();
    }

    /// @notice The same for what nobody takes, and for what is stopped before a witness confirmed it.
    function test_every_way_back_of_the_vaults_campaign_takes_effect() public {
        handler.lock(1, 0, 5, "memo", 0, 0);
        // To the vault itself: claimable at once.
        handler.release(10, 0, 3, 1);
        handler.replay(0, 0, false);
        for (uint256 random = 0; random < 4; ++random) handler.giveBack(0, random);
        assertEq(handler.done("given back"), 1);
        assertEq(handler.refunds(1), 1);
        handler.ask(1);
        handler.limit(0, 0, 0);
        for (uint128 i = 0; i < 8; ++i) {
            handler.lock(1, 0, i, "memo", 0, 0);
            handler.release(7, 0, i, 1);
        }
        handler.replay(0, 0, false);
        for (uint96 seq = 2; seq <= 9; ++seq) assertEq(handler.refunds(seq), 0, "not confirmed");
        invariant_I1_I2_I3_I4_I7_hold_at_the_vault();
        handler.confirm();
        for (uint256 i = 0; i < 16; ++i) handler.refund(i, i);
        assertGt(handler.done("refund that waited"), 0);
        assertGt(handler.done("refund again"), 0);
        invariant_I1_I2_I3_I4_I7_hold_at_the_vault();
    }

    /// @notice The same for stops, refunds above the limit, losses, and tokens that come back.
    function test_every_bad_day_of_the_vaults_campaign_takes_effect() public {
        uint256 moody = tokens.length - 1;
        for (uint256 i = 0; i < 8; ++i) {
            handler.lock(1, moody, uint128(i), "memo", 0, 0);
            handler.release(7, moody, uint128(i), 1);
        }
        handler.limit(moody, 0, 0);
        handler.replay(0, 0, false);
        for (uint256 which = 0; which < 64; ++which) {
            handler.stop(which);
        }
        uint256 stopped = 0;
        for (uint64 seq = 1; seq <= 8; ++seq) {
            stopped += handler.refunds(seq);
        }
        assertGt(stopped, 1);
        handler.limit(moody, 0, 2);
        handler.release(7, moody, 5, 1);
        handler.replay(0, 0, false);
        for (uint256 part = 0; part < 64; ++part) {
            handler.lose(moody, part);
        }
        handler.report(moody);
        assertLt(handler.told(uint16(tokens.length)), 1e18);
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp(vm.getBlockTimestamp() + 1 days);
        }
        for (uint256 which = 0; which < 64; ++which) {
            handler.pay(which, 3);
        }
        assertGt(handler.done("payment with a loss"), 0);
        handler.appoint(1, 2);
        _requireLossesTakeEffect(moody);
        for (uint256 part = 0; part < 8; ++part) {
            handler.returnTokens(moody, part);
        }
        assertGt(handler.done("tokens that came back"), 0);
        handler.report(moody);
        assertEq(handler.told(uint16(tokens.length)), 1e18);
        for (uint40 length = 0; length < 64; ++length) {
            handler.guard(length);
        }
        assertGt(handler.done("guarded"), 0);
        handler.lapse(72 hours);
        handler.lapse(72 hours);
        invariant_I1_I2_I3_I4_I7_hold_at_the_vault();
    }

    /// @dev The ledger tells of losses until one was taken over and one was stopped.
    function _requireLossesTakeEffect(uint256 which) private {
        for (uint256 part = 0; part < 64 && handler.done("loss taken over") == 0; ++part) {
            handler.writeOff(which, part);
            handler.replay(0, 0, false);
            for (uint256 i = 0; i < 4; ++i) handler.takeLoss(which, i);
        }
        assertGt(handler.taken(uint16(which) + 1), 0);
        for (uint256 part = 0; part < 64 && handler.done("loss stopped") == 0; ++part) {
            handler.writeOff(which, part);
            handler.replay(0, 0, false);
            // A stop of an account without a name holds for the next one of it.
            handler.wait(16);
            handler.stopLoss(which, part);
        }
        assertGt(handler.done("loss stopped"), 0);
    }
}

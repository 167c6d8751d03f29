// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {PaymentState, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {Habit, ZooToken} from "../../tokens/ZooToken.sol";

/// @notice Every habit of the zoo is locked and paid once, beside a plain token of the same vault.
/// @dev What must hold whatever the token does: a lock credits exactly what the balance grew by, or nothing happens; a payment
///      lowers balance and books by exactly its amount, or leaves both and can be claimed, or nothing happens; no call from
///      within a token takes effect; and the plain token beside it is locked and paid as ever (I1, I4, I12, I13).
contract TokenZooTest is VaultReleaseFixture {
    enum Fate {
        REFUSED,
        LOCKED,
        PAID,
        CLAIMABLE
    }

    /// @dev What a lock of 1,000 whole tokens comes to, and a payment of 10 after the habit showed.
    struct Expected {
        Fate lock;
        Fate pay;
    }

    uint256 private constant HABITS = uint256(type(Habit).max) + 1;

    mapping(uint256 habit => Expected) private expected;
    ZooToken private zoo;
    uint16 private zooAsset;
    uint256 private unit;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < HABITS; ++i) {
            expected[i] = Expected(Fate.LOCKED, Fate.PAID);
        }
        _expectLock(Habit.ANSWERS_FALSE_TO_LOCKS, Fate.REFUSED);
        _expectLock(Habit.ANSWERS_TWO, Fate.REFUSED);
        _expectLock(Habit.ONLY_CLAIMS_TO_LOCK, Fate.REFUSED);
        _expectPay(Habit.FEE_ON_TOP, Fate.CLAIMABLE);
        _expectPay(Habit.ANSWERS_FALSE_TO_PAYMENTS, Fate.CLAIMABLE);
        _expectPay(Habit.BLACKLISTS_THE_VAULT, Fate.CLAIMABLE);
        _expectPay(Habit.BLACKLISTS_THE_RECIPIENT, Fate.CLAIMABLE);
        _expectPay(Habit.PAUSES, Fate.CLAIMABLE);
        _expectPay(Habit.BURNS_GAS, Fate.CLAIMABLE);
        _expectPay(Habit.ANSWERS_A_BOMB, Fate.CLAIMABLE);
        _expectPay(Habit.REVERTS_WITH_A_BOMB, Fate.CLAIMABLE);
        _expectPay(Habit.TRANSFERS_MORE, Fate.CLAIMABLE);
        _expectPay(Habit.TRANSFERS_LESS, Fate.CLAIMABLE);
        _expectPay(Habit.ONLY_CLAIMS_TO_PAY, Fate.CLAIMABLE);
        // Less is there than is accounted, or nobody can tell: nothing is paid out of it, and nothing is lost by trying.
        _expectPay(Habit.REBASES_DOWN, Fate.REFUSED);
        _expectPay(Habit.CONFISCATES, Fate.REFUSED);
        _expectPay(Habit.HIDES_BALANCES, Fate.REFUSED);
        _expectPay(Habit.BALANCE_BOMB, Fate.REFUSED);
        _expectPay(Habit.LOSES_ITS_CODE, Fate.REFUSED);
    }

    function test_I1_I4_I12_I13_every_habit_of_the_zoo_is_locked_and_paid_or_refused_whole() public {
        assertGe(HABITS, 20);
        for (uint256 i = 0; i < HABITS; ++i) {
            _enter(Habit(i));
            assertEq(uint8(_lock(1_000 * unit)), uint8(expected[i].lock), string.concat("lock ", vm.toString(i)));
            if (expected[i].lock == Fate.LOCKED) {
                assertEq(uint8(_pay(10 * unit)), uint8(expected[i].pay), string.concat("pay ", vm.toString(i)));
            }
            assertFalse(address(zoo).code.length != 0 && zoo.reentered(), "a call from within the token took effect");
            _requirePlainTokenIsAsEver();
        }
    }

    /// @notice A token for which the largest number means everything cannot make a lock larger than what came in.
    function test_I12_a_lock_of_the_largest_number_credits_what_came_in() public {
        _enter(Habit.MAX_MEANS_ALL);
        zoo.mint(alice, 7 * unit);
        vm.startPrank(alice);
        zoo.approve(address(vault), type(uint256).max);
        try vault.lock(zooAsset, type(uint128).max, accountOf(alice), 0, 0, 0) returns (uint128 received) {
            assertEq(received, 7 * unit);
        } catch {}
        vm.stopPrank();
        assertLe(vault.accounted(zooAsset), zoo.balanceOf(address(vault)));
    }

    function _expectLock(Habit habit, Fate fate) private {
        expected[uint256(habit)].lock = fate;
    }

    function _expectPay(Habit habit, Fate fate) private {
        expected[uint256(habit)].pay = fate;
    }

    function _enter(Habit habit) private {
        uint8[5] memory sizes = [0, 2, 6, 8, 24];
        uint8 decimals = 18;
        if (habit >= Habit.DECIMALS_0 && habit <= Habit.DECIMALS_24) decimals = sizes[uint256(habit) - 1];
        zoo = new ZooToken(habit, decimals);
        unit = 10 ** decimals;
        zooAsset = list(address(zoo), decimals);
    }

    /// @dev Locks, and requires that the books moved by exactly what came in, or not at all.
    function _lock(uint256 amount) private returns (Fate fate) {
        zoo.mint(alice, 2 * amount);
        (, uint64 entries, ) = vault.journalHead();
        uint256 held = zoo.balanceOf(address(vault));
        _arm(abi.encodeCall(vault.lock, (asset, uint128(ONE), accountOf(bob), 0, 0, 0)), false);
        vm.startPrank(alice);
        zoo.approve(address(vault), type(uint256).max);
        try vault.lock(zooAsset, uint128(amount), accountOf(alice), 0, 0, 0) returns (uint128 received) {
            fate = Fate.LOCKED;
            assertEq(zoo.balanceOf(address(vault)) - held, received, "I1: what came in is what is credited");
            assertLe(received, amount, "I12");
            ++entries;
        } catch {
            fate = Fate.REFUSED;
            assertEq(zoo.balanceOf(address(vault)), held, "a refused lock moved tokens");
        }
        vm.stopPrank();
        assertEq(vault.accounted(zooAsset), zoo.balanceOf(address(vault)), "I1");
        (, uint64 after_, ) = vault.journalHead();
        assertEq(after_, entries, "a lock is one entry, a refused one is none");
    }

    /// @dev Replays a release, lets the habit show, pays, and requires that the books moved by exactly the amount, or not at all.
    function _pay(uint256 amount) private returns (Fate fate) {
        uint64 seq = append(releaseEntry(zooAsset, uint128(amount), bob, 0));
        applyAll();
        vm.warp(vault.payment(seq).readyAt);
        bytes memory entry = entryOf(seq);
        _arm(abi.encodeCall(vault.pay, (seq, entry, relayer)), true);
        VaultAsset memory before = vault.assetOf(zooAsset);
        uint256 held = _held();
        if (zoo.habit() == Habit.LOSES_ITS_CODE) vm.etch(address(zoo), "");
        vm.prank(relayer);
        try vault.pay(seq, entry, relayer) {
            fate = vault.payment(seq).state == PaymentState.PAID ? Fate.PAID : Fate.CLAIMABLE;
        } catch {
            fate = Fate.REFUSED;
        }
        VaultAsset memory kept = vault.assetOf(zooAsset);
        uint256 paid = fate == Fate.PAID ? amount : 0;
        assertEq(before.accounted - kept.accounted, paid, "I4: books");
        assertEq(before.owed - kept.owed, paid, "I4: owed");
        if (_readable()) {
            uint256 left = _held();
            // A rebasing token rounds a share away; what left is never more than the amount.
            assertApproxEqAbs(held - left, paid, zoo.habit() == Habit.REBASES_UP ? 1 : 0, "I4: tokens");
        }
        PaymentState state = vault.payment(seq).state;
        if (fate == Fate.REFUSED) assertEq(uint8(state), uint8(PaymentState.QUEUED), "a refused payment waits");
        if (fate == Fate.CLAIMABLE) assertEq(uint8(state), uint8(PaymentState.CLAIMABLE));
    }

    /// @dev From now on the habit shows; what reenters calls the vault with this.
    function _arm(bytes memory call_, bool always) private {
        Habit habit = zoo.habit();
        if (!always && habit != Habit.REENTERS_ON_TRANSFER_FROM) return;
        zoo.turn(habit == Habit.BLACKLISTS_THE_RECIPIENT ? bob : address(vault), address(vault), call_);
    }

    function _readable() private view returns (bool) {
        Habit habit = address(zoo).code.length == 0 ? Habit.LOSES_ITS_CODE : zoo.habit();
        return habit != Habit.HIDES_BALANCES && habit != Habit.BALANCE_BOMB && habit != Habit.LOSES_ITS_CODE;
    }

    function _held() private view returns (uint256) {
        return _readable() ? zoo.balanceOf(address(vault)) : 0;
    }

    /// @dev I13: the plain token of the same vault is locked and paid whatever its neighbour did.
    function _requirePlainTokenIsAsEver() private {
        uint256 accounted = vault.accounted(asset);
        lockFor(asset, IERC20(address(token)), ONE);
        assertEq(vault.accounted(asset), accounted + ONE, "I13: lock");
        uint64 seq = release(ONE, carol, 0);
        applyAll();
        vm.warp(vault.payment(seq).readyAt);
        uint256 before = token.balanceOf(carol);
        pay(seq);
        assertEq(token.balanceOf(carol), before + ONE, "I13: pay");
        assertEq(vault.accounted(asset), accounted, "I13: books");
    }
}

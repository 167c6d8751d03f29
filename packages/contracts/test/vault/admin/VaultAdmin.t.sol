// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {PauseWindow, VaultAsset, VaultInit} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {Modules} from "../../../solidity/libraries/Modules.sol";
import {VaultAdmin} from "../../../solidity/vault/VaultAdmin.sol";
import {VaultRoutes} from "../../../solidity/vault/VaultRoutes.sol";
import {VaultFixture, deployVault, deployVaultModules} from "../VaultFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {SilentToken} from "../../tokens/SilentTokens.sol";

/// @notice What governor and pauser may do, and what nobody may.
contract VaultAdminTest is VaultFixture {
    uint8 private constant LOCK = 1;
    uint8 private constant PAY = 8;

    PlainToken internal token;
    uint16 internal asset;

    function setUp() public override {
        super.setUp();
        token = new PlainToken("SIX", 6);
        asset = list(address(token), 6);
        fund(token, alice, 1e18);
    }

    /// @dev A call of its own, so that a refusal of either contract can be expected.
    function build(VaultInit memory init) external {
        deployVault(init);
    }

    // Refusals at construction

    function test_refuses_to_be_built_without_its_modules_or_with_those_of_another_vault() public {
        VaultInit memory init = initOf();
        bytes32 expected = keccak256(abi.encode(init));
        init.pauser = alice;
        bytes32 seen = keccak256(abi.encode(init));
        address[] memory others = deployVaultModules(init);
        for (uint256 i = 0; i < VaultRoutes.COUNT; ++i) {
            address[] memory named = vault.modules();
            named[i] = alice;
            vm.expectRevert(abi.encodeWithSelector(Modules.ModuleMismatch.selector, alice, bytes32(0), expected));
            this.buildWith(initOf(), named);
            named[i] = others[i];
            vm.expectRevert(abi.encodeWithSelector(Modules.ModuleMismatch.selector, others[i], seen, expected));
            this.buildWith(initOf(), named);
        }
        uint256 few = VaultRoutes.COUNT - 1;
        vm.expectRevert(abi.encodeWithSelector(Modules.ModulesMissing.selector, few, VaultRoutes.COUNT));
        this.buildWith(initOf(), new address[](few));
    }

    function buildWith(VaultInit memory init, address[] memory named) external {
        vm.deployCode("CollateralVault.sol:CollateralVault", abi.encode(init, named));
    }

    function test_a_vault_answers_for_its_modules_on_its_own_storage_alone() public {
        VaultAdmin acts = VaultAdmin(vault.modules()[5]);
        assertEq(acts.initHash(), keccak256(abi.encode(initOf())));
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, asset));
        acts.setLimits(asset, 0, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, alice, governor));
        vm.prank(alice);
        vault.setLimits(asset, 0, 1, 1);
    }

    /// @notice A selector is refused by name, or by the module on whose cell of the table it falls.
    function test_refuses_what_no_module_declares() public {
        uint256 named;
        for (uint32 selector = 1; selector < 2_000; ++selector) {
            (bool ok, bytes memory answer) = address(vault).call(abi.encodePacked(selector));
            assertFalse(ok);
            if (answer.length == 0) continue;
            assertEq(answer, abi.encodeWithSelector(Modules.FunctionUnknown.selector, bytes4(selector)));
            ++named;
        }
        assertGt(named, 900);
    }

    function test_refuses_to_be_built_with_a_missing_field() public {
        VaultInit memory init = initOf();
        init.settlementChainId = 0;
        _expectMissing("settlementChainId");
        this.build(init);
        init = initOf();
        init.ledger = address(0);
        _expectMissing("ledger");
        this.build(init);
        init = initOf();
        init.attesterSet = address(0);
        _expectMissing("attesterSet");
        this.build(init);
        init = initOf();
        init.governor = address(0);
        _expectMissing("governor");
        this.build(init);
        init = initOf();
        init.guardian = address(0);
        _expectMissing("guardian");
        this.build(init);
        init = initOf();
        init.pauser = address(0);
        _expectMissing("pauser");
        this.build(init);
    }

    function test_refuses_source_0_away_from_the_settlement_chain() public {
        VaultInit memory init = initOf();
        init.source = 0;
        _expectSourceMismatch(0, SETTLEMENT_CHAIN);
        this.build(init);
    }

    function test_refuses_another_source_on_the_settlement_chain() public {
        VaultInit memory init = initOf();
        init.settlementChainId = block.chainid;
        _expectSourceMismatch(SOURCE, block.chainid);
        this.build(init);
    }

    // Listing

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_listing_and_limits_from_anyone_but_the_governor(address caller) public {
        vm.assume(caller != governor);
        vm.startPrank(caller);
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, caller, governor);
        vm.expectRevert(refusal);
        vault.listAsset(address(wrapped), 18, 0, 1, 1);
        vm.expectRevert(refusal);
        vault.setLimits(asset, 0, 1, 1);
        vm.expectRevert(refusal);
        vault.unpause(LOCK, asset);
    }

    function test_refuses_a_token_twice() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.TokenListed.selector, address(token), asset));
        list(address(token), 6);
    }

    function test_refuses_a_token_without_code() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.TokenHasNoCode.selector, bob));
        list(bob, 6);
    }

    function test_refuses_more_than_24_decimals() public {
        PlainToken wide = new PlainToken("WIDE", 25);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.DecimalsTooMany.selector, 25, 24));
        list(address(wide), 25);
    }

    function test_refuses_decimals_that_the_token_contradicts() public {
        PlainToken eight = new PlainToken("EIGHT", 8);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.DecimalsMismatch.selector, 6, 8));
        list(address(eight), 6);
    }

    function test_refuses_a_payment_limit_of_nothing() public {
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LimitMissing.selector));
        vault.listAsset(address(wrapped), 18, 0, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LimitMissing.selector));
        vault.setLimits(asset, 0, 1, 0);
    }

    function test_refuses_a_limit_whose_largest_payment_is_below_the_smallest_lock() public {
        // 0.010 token a day: the largest payment is 0.00075.
        vm.startPrank(governor);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LimitBelowMinimum.selector, 750, 1_000));
        vault.setLimits(asset, 1_000, UNBOUNDED, 10);
        vault.setLimits(asset, 750, UNBOUNDED, 10);
    }

    function test_refuses_limits_of_an_unknown_asset() public {
        vm.startPrank(governor);
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 7);
        vm.expectRevert(refusal);
        vault.setLimits(7, 0, 1, 1);
        vm.expectRevert(refusal);
        vault.unpause(LOCK, 7);
        vm.expectRevert(refusal);
        vault.limits(7);
        vm.expectRevert(refusal);
        vault.pauseOf(7);
        vm.expectRevert(refusal);
        vault.accounted(7);
        vm.stopPrank();
        vm.expectRevert(refusal);
        vm.prank(pauser);
        vault.pause(LOCK, 7, uint40(block.timestamp + 1));
    }

    function test_refuses_more_assets_than_one_pause_can_reach() public {
        while (vault.assetCount() < 512) list(address(new SilentToken()), 18);
        address last = address(new SilentToken());
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetsFull.selector, 512, 512));
        list(last, 18);
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.cool(address(vault));
        vm.prank(pauser);
        uint256 before = gasleft();
        vault.pause(LOCK | PAY, 0, until);
        assertLt(before - gasleft(), 16_000_000);
        assertEq(vault.pauseOf(512).payUntil, until);
    }

    function test_lists_a_token_that_states_no_decimals() public {
        address silent = address(new SilentToken());
        vm.expectEmit(address(vault));
        emit IVaultCore.AssetListed(2, silent, 18);
        vm.expectEmit(address(vault));
        emit IVaultCore.LimitsSet(2, 5, 6, 7);
        vm.prank(governor);
        assertEq(vault.listAsset(silent, 18, 5, 6, 7), 2);
        assertEq(vault.indexOf(silent), 2);
        assertEq(vault.assetCount(), 2);
        VaultAsset memory kept = vault.assetOf(2);
        assertEq(abi.encode(kept.token, kept.decimals, kept.min), abi.encode(silent, 18, 5));
        assertEq(abi.encode(kept.cap, kept.limit, kept.accounted, kept.fastBp), abi.encode(6, 7, 0, 2_500));
    }

    function test_limits_are_shown_in_token_units() public {
        PlainToken whole = new PlainToken("WHOLE", 0);
        vm.prank(governor);
        uint16 index = vault.listAsset(address(whole), 0, 1, 1_999, 13_999);
        (uint256 minUnits, uint256 capUnits, uint256 limitUnits) = vault.limits(index);
        assertEq(abi.encode(minUnits, capUnits, limitUnits), abi.encode(1, 1, 13));
        (minUnits, , ) = vault.limits(asset);
        assertEq(minUnits, 1);
    }

    function test_new_limits_hold_at_once_and_take_nothing_back() public {
        vm.prank(alice);
        vault.lock(asset, 50e6, accountOf(alice), 0, 0, 0);
        vm.prank(governor);
        vault.setLimits(asset, 0, 10_000, 1);
        assertEq(vault.accounted(asset), 50e6);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.CapExceeded.selector, 50e6 + 1, 10e6));
        vm.prank(alice);
        vault.lock(asset, 1, accountOf(alice), 0, 0, 0);
    }

    // Pauses

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_a_pause_from_anyone_but_the_pauser(address caller) public {
        vm.assume(caller != pauser);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, caller, pauser));
        vm.prank(caller);
        vault.pause(LOCK, asset, uint40(block.timestamp + 1));
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_to_pause_what_a_vault_does_not_do(uint8 flags) public {
        vm.assume(flags == 0 || flags & ~(LOCK | PAY) != 0);
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.PauseFlagsUnknown.selector, flags, LOCK | PAY);
        vm.expectRevert(refusal);
        _pause(flags, asset, 1 hours);
        vm.expectRevert(refusal);
        vm.prank(governor);
        vault.unpause(flags, asset);
    }

    function test_refuses_a_pause_that_ends_now_or_past_72_hours() public {
        uint256 nowTime = block.timestamp;
        bytes4 selector = IVaultCore.PauseLengthOutOfRange.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, nowTime, nowTime + 1, nowTime + 72 hours));
        _pause(LOCK, asset, 0);
        vm.expectRevert(abi.encodeWithSelector(selector, nowTime + 72 hours + 1, nowTime + 1, nowTime + 72 hours));
        _pause(LOCK, asset, 72 hours + 1);
        _pause(LOCK, asset, 72 hours);
    }

    function test_refuses_to_shorten_a_pause() public {
        _pause(LOCK, asset, 2 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVaultCore.PauseShortened.selector,
                block.timestamp + 1 hours,
                block.timestamp + 2 hours
            )
        );
        _pause(LOCK, asset, 1 hours);
    }

    function test_refuses_a_third_pause_in_a_row() public {
        uint256 start = vm.getBlockTimestamp();
        _pause(LOCK, asset, 72 hours);
        vm.warp(start + 72 hours);
        _pause(LOCK, asset, 72 hours);
        uint256 end = start + 144 hours;
        vm.warp(end);
        bytes memory refusal = abi.encodeWithSelector(
            IVaultCore.PauseStreakExhausted.selector,
            asset,
            2,
            end + 72 hours
        );
        vm.expectRevert(refusal);
        _pause(LOCK, asset, 1 hours);
        _pause(PAY, asset, 1 hours);
        vm.warp(end + 72 hours - 1);
        vm.expectRevert(refusal);
        _pause(LOCK, asset, 1 hours);
        vm.warp(end + 72 hours);
        _pause(LOCK, asset, 1 hours);
        assertEq(vault.pauseOf(asset).lockStreak, 1);
    }

    function test_lifting_a_pause_does_not_forget_the_row() public {
        _pause(LOCK, asset, 1 hours);
        _pause(LOCK, asset, 2 hours);
        vm.expectEmit(address(vault));
        emit IVaultCore.Unpaused(asset, LOCK);
        vm.prank(governor);
        vault.unpause(LOCK, asset);
        vm.prank(alice);
        vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IVaultCore.PauseStreakExhausted.selector, asset, 2, block.timestamp + 72 hours)
        );
        _pause(LOCK, asset, 1 hours);
    }

    function test_a_pause_of_locking_refuses_locks_and_ends_by_itself() public {
        uint40 until = uint40(vm.getBlockTimestamp() + 1 hours);
        vm.expectEmit(address(vault));
        emit IVaultCore.Paused(asset, LOCK, until);
        _pause(LOCK, asset, 1 hours);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LockPaused.selector, asset, until));
        vm.prank(alice);
        vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0);
        vm.warp(until);
        assertEq(vault.assetOf(asset).flags, 1);
        vm.prank(alice);
        vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0);
        assertEq(vault.assetOf(asset).flags, 0);
        assertEq(vault.pauseOf(asset).lockUntil, until);
    }

    function test_the_end_of_one_pause_does_not_end_the_other() public {
        _pause(LOCK, asset, 1 hours);
        _pause(PAY, asset, 2 hours);
        vm.warp(vm.getBlockTimestamp() + 1 hours);
        vm.prank(alice);
        vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0);
        assertEq(vault.assetOf(asset).flags, 2);
    }

    function test_a_pause_of_paying_does_not_stop_locks() public {
        _pause(PAY, asset, 1 hours);
        assertEq(vault.assetOf(asset).flags, 2);
        vm.prank(alice);
        vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0);
        assertEq(vault.assetOf(asset).flags, 2);
        vm.prank(governor);
        vault.unpause(PAY, asset);
        assertEq(vault.assetOf(asset).flags, 0);
        assertEq(vault.pauseOf(asset).payUntil, block.timestamp);
    }

    function test_one_pause_reaches_every_asset_and_passes_over_exhausted_ones() public {
        uint16 second = list(address(wrapped), 18);
        _pause(LOCK, asset, 1 hours);
        _pause(LOCK, asset, 2 hours);
        _pause(PAY, second, 48 hours);
        uint256 nowTime = block.timestamp;
        _pause(LOCK | PAY, 0, 3 hours);
        PauseWindow memory first = vault.pauseOf(asset);
        assertEq(abi.encode(first), abi.encode(nowTime + 2 hours, 2, nowTime + 3 hours, 1));
        PauseWindow memory other = vault.pauseOf(second);
        assertEq(abi.encode(other), abi.encode(nowTime + 3 hours, 1, nowTime + 48 hours, 1));
        vm.prank(governor);
        vault.unpause(LOCK | PAY, 0);
        first = vault.pauseOf(asset);
        assertEq(abi.encode(first), abi.encode(nowTime, 2, nowTime, 1));
        assertEq(vault.assetOf(second).flags, 0);
    }

    function testFuzz_no_order_of_pauses_outlasts_two_in_a_row(uint256 seed) public {
        // Whatever the pauser does, locking opens again for a while at least every 144 hours.
        uint256 nowTime = vm.getBlockTimestamp();
        uint256 closedSince = nowTime;
        for (uint256 i = 0; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            nowTime += seed % 30 hours;
            vm.warp(nowTime);
            if (vault.pauseOf(asset).lockUntil <= nowTime) closedSince = nowTime;
            vm.prank(pauser);
            try vault.pause(LOCK, asset, uint40(nowTime + 1 + ((seed >> 64) % 72 hours))) {} catch {}
            assertLe(vault.pauseOf(asset).lockUntil, closedSince + 144 hours);
        }
    }

    function _pause(uint8 flags, uint16 index, uint256 length) private {
        vm.prank(pauser);
        vault.pause(flags, index, uint40(vm.getBlockTimestamp() + length));
    }

    function _expectMissing(string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.InitFieldMissing.selector, field));
    }

    function _expectSourceMismatch(uint16 source, uint256 settlement) private {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.SourceMismatch.selector, source, block.chainid, settlement));
    }
}

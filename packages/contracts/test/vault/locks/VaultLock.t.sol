// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault, IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {LockRefusal, VaultInit} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {AccountLib} from "../../../solidity/libraries/AccountLib.sol";
import {EdgeLib} from "../../../solidity/edge/EdgeLib.sol";
import {Entry, EntryCodec} from "../../../solidity/edge/EntryCodec.sol";
import {JournalLib} from "../../../solidity/edge/JournalLib.sol";
import {ReplicaLib, SourceState} from "../../../solidity/edge/ReplicaLib.sol";
import {VaultFixture, deployVault} from "../VaultFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice A contract that locks for whoever it is told to.
contract LockingContract {
    function lock(IVault vault, PlainToken token, uint16 asset, bytes32 account, uint8 flags) external {
        token.approve(address(vault), type(uint256).max);
        vault.lock(asset, 1e6, account, 0, 0, flags);
    }
}

/// @notice What a lock refuses, and what it leaves behind.
contract VaultLockTest is VaultFixture {
    PlainToken internal token;
    uint16 internal asset;

    function setUp() public override {
        super.setUp();
        token = new PlainToken("SIX", 6);
        vm.prank(governor);
        asset = vault.listAsset(address(token), 6, 500_000, 1_000_000, 10_000);
        fund(token, alice, 1e18);
    }

    // Refusals

    function test_refuses_an_asset_that_was_never_listed() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 2));
        _lock(2, 1e6, accountOf(alice), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetUnknown.selector, 0));
        _lock(0, 1e6, accountOf(alice), 0, 0);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_an_account_without_an_owner(uint80 sub) public {
        bytes32 account = AccountLib.encode(address(0), 0, sub);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnerMissing.selector, account));
        _lock(asset, 1e6, account, 0, 0);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_an_owner_that_lives_elsewhere(uint16 home) public {
        vm.assume(home != 0 && home != SOURCE);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.HomeNotSupported.selector, home));
        _lock(asset, 1e6, AccountLib.encode(alice, home, 0), 0, 0);
    }

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_refuses_flags_without_a_meaning(uint8 flags) public {
        vm.assume(flags > 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.LockFlagsUnknown.selector, flags, 1));
        _lock(asset, 1e6, accountOf(alice), 0, flags);
    }

    function test_refuses_the_first_flag_without_a_meaning() public {
        for (uint8 flags = 2; flags < 4; ++flags) {
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.LockFlagsUnknown.selector, flags, 1));
            _lock(asset, 1e6, accountOf(alice), 0, flags);
        }
    }

    function test_refuses_a_contract_that_locks_for_itself_unconfirmed() public {
        LockingContract locker = new LockingContract();
        token.mint(address(locker), 3e6);
        bytes32 own = accountOf(address(locker));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnAddressUnconfirmed.selector, address(locker)));
        locker.lock(vault, token, asset, own, 0);
        locker.lock(vault, token, asset, own, 1);
        locker.lock(vault, token, asset, accountOf(bob), 0);
        assertEq(vault.accounted(asset), 2e6);
    }

    function test_takes_a_delegated_key_for_its_own_address() public {
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(token)));
        assertEq(_lock(asset, 1e6, accountOf(alice), 0, 0), 1e6);
        vm.etch(alice, abi.encodePacked(hex"000000", address(token)));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.OwnAddressUnconfirmed.selector, alice));
        _lock(asset, 1e6, accountOf(alice), 0, 0);
        // Whoever signed the transaction holds a key, whatever lies at the address.
        vm.prank(alice, alice);
        assertEq(vault.lock(asset, 1e6, accountOf(alice), 0, 0, 0), 1e6);
    }

    function test_a_contract_needs_no_confirmation_on_the_settlement_chain() public {
        VaultInit memory init = initOf();
        (init.settlementChainId, init.source) = (block.chainid, 0);
        vault = deployVault(init);
        uint16 index = list(address(token), 6);
        LockingContract locker = new LockingContract();
        token.mint(address(locker), 1e6);
        locker.lock(vault, token, index, accountOf(address(locker)), 0);
        assertEq(vault.accounted(index), 1e6);
    }

    function test_refuses_a_fee_above_the_amount() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.FeeAboveAmount.selector, 1e6 + 1, 1e6));
        _lock(asset, 1e6, accountOf(alice), 1e6 + 1, 0);
        assertEq(_lock(asset, 1e6, accountOf(alice), 1e6, 0), 1e6);
    }

    function test_refuses_less_than_the_minimum() public {
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 499_999, 500_000));
        _lock(asset, 499_999, accountOf(alice), 0, 0);
        assertEq(_lock(asset, 500_000, accountOf(alice), 0, 0), 500_000);
    }

    function test_refuses_nothing_even_without_a_minimum() public {
        vm.prank(governor);
        vault.setLimits(asset, 0, 1_000_000, 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BelowMinimum.selector, 0, 1));
        _lock(asset, 0, accountOf(alice), 0, 0);
        assertEq(_lock(asset, 1, accountOf(alice), 0, 0), 1);
    }

    function test_refuses_to_pass_the_cap() public {
        _lock(asset, 600e6, accountOf(alice), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.CapExceeded.selector, 1000e6 + 1, 1000e6));
        _lock(asset, 400e6 + 1, accountOf(alice), 0, 0);
        _lock(asset, 400e6, accountOf(alice), 0, 0);
        assertEq(vault.accounted(asset), 1000e6);
    }

    function test_refuses_to_account_more_than_every_field_holds() public {
        PlainToken wide = new PlainToken("WIDE", 24);
        uint16 widest = list(address(wide), 24);
        fund(wide, alice, type(uint128).max);
        uint256 max = type(uint104).max;
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AccountedTooLarge.selector, max + 1, max));
        _lock(widest, uint128(max + 1), accountOf(alice), 0, 0);
        _lock(widest, uint128(max), accountOf(alice), 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AccountedTooLarge.selector, max + 1, max));
        _lock(widest, 1, accountOf(alice), 0, 0);
        (, uint256 capUnits, ) = vault.limits(widest);
        assertEq(capUnits, max);
    }

    function test_refuses_while_the_vault_holds_less_than_is_accounted() public {
        _lock(asset, 10e6, accountOf(alice), 0, 0);
        deal(address(token), address(vault), 10e6 - 1);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, 10e6, 10e6 - 1));
        _lock(asset, 1e6, accountOf(alice), 0, 0);
    }

    function test_refuses_while_a_shortage_is_on_record() public {
        _lock(asset, 10e6, accountOf(alice), 0, 0);
        deal(address(token), address(vault), 7e6);
        vault.report(asset);
        assertEq(vault.assetOf(asset).flags, 4);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, 10e6, 7e6));
        _lock(asset, 1e6, accountOf(alice), 0, 0);
        // All is there again, which nobody has reported.
        deal(address(token), address(vault), 11e6);
        (LockRefusal refusal, , ) = vault.quoteLock(asset, 1e6, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.ASSET_SHORT));
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.AssetShort.selector, asset, 10e6, 11e6));
        _lock(asset, 1e6, accountOf(alice), 0, 0);
        vault.report(asset);
        (refusal, , ) = vault.quoteLock(asset, 1e6, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.NONE));
        _lock(asset, 1e6, accountOf(alice), 0, 0);
    }

    function test_refuses_plain_native_coin() public {
        (bool sent, ) = address(vault).call{value: 1}("");
        assertFalse(sent);
    }

    // Effects

    function testFuzz_a_lock_is_one_entry_and_one_event(uint128 amount, uint96 fee, bytes32 memo, uint80 sub) public {
        amount = uint128(bound(amount, 500_000, 1000e6));
        fee = uint96(bound(fee, 0, amount));
        bytes32 account = AccountLib.encode(bob, 0, sub);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        vm.expectEmit(address(vault));
        emit IVaultCore.Locked(edge, count + 1, asset, account, amount, memo, fee);
        vm.prank(alice);
        uint128 received = vault.lock(asset, amount, account, memo, fee, 0);

        assertEq(received, amount);
        assertEq(vault.accounted(asset), amount);
        assertEq(token.balanceOf(address(vault)), amount);
        assertEq(token.balanceOf(alice), 1e18 - amount);
        (bytes32 edgeNow, uint64 countNow, bytes32 headNow) = vault.journalHead();
        assertEq(edgeNow, edge);
        assertEq(countNow, count + 1);
        Entry memory entry = Entry(EntryCodec.LOCK, asset, amount, account, memo, fee);
        assertEq(headNow, EntryCodec.extend(head, entry));
    }

    function test_tokens_sent_without_a_lock_are_nobodys() public {
        token.mint(address(vault), 5e6);
        _lock(asset, 1e6, accountOf(alice), 0, 0);
        assertEq(vault.accounted(asset), 1e6);
        assertEq(token.balanceOf(address(vault)), 6e6);
    }

    function test_the_journal_can_be_proven_by_two_slots() public {
        _lock(asset, 1e6, accountOf(alice), 0, 0);
        _lock(asset, 2e6, accountOf(bob), 0, 0);
        bytes32 edge = EdgeLib.nameOf(block.chainid, address(vault), SETTLEMENT_CHAIN, ledger, 0, 0);
        bytes32 base = JournalLib.slotOf(edge);
        bytes32 head = EntryCodec.extend(edge, Entry(1, asset, 1e6, accountOf(alice), 0, 0));
        head = EntryCodec.extend(head, Entry(1, asset, 2e6, accountOf(bob), 0, 0));
        assertEq(vm.load(address(vault), base), head);
        uint256 second = uint256(vm.load(address(vault), bytes32(uint256(base) + 1)));
        assertEq(uint64(second), 2);
        assertEq(second >> 64, block.timestamp);
    }

    function test_both_edges_are_open_from_the_constructor() public view {
        bytes32 outbound = EdgeLib.nameOf(block.chainid, address(vault), SETTLEMENT_CHAIN, ledger, 0, 0);
        bytes32 inbound = EdgeLib.nameOf(SETTLEMENT_CHAIN, ledger, block.chainid, address(vault), 0, 0);
        assertEq(vault.outboundEdge(), outbound);
        assertEq(vault.inboundEdge(), inbound);
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        assertEq(abi.encode(edge, count, head), abi.encode(outbound, 0, outbound));
        (bytes32 from, uint64 applied, bytes32 appliedHead, uint40 asOf, uint40 acceptedAt, SourceState state) = vault
            .replicaState();
        assertEq(abi.encode(from, applied, appliedHead), abi.encode(inbound, 0, inbound));
        assertEq(abi.encode(asOf, acceptedAt, state), abi.encode(0, 0, SourceState.LIVE));
        assertEq(vm.load(address(vault), JournalLib.slotOf(outbound)), outbound);
        assertEq(vm.load(address(vault), ReplicaLib.slotOf(inbound)), inbound);
    }

    function test_shows_what_it_was_built_with() public view {
        assertEq(vault.settlementChainId(), SETTLEMENT_CHAIN);
        assertEq(vault.ledger(), ledger);
        assertEq(vault.source(), SOURCE);
        assertEq(vault.attesterSet(), attesterSet);
        assertTrue(vault.development());
        assertEq(vault.governor(), governor);
        assertEq(vault.guardian(), guardian);
        assertEq(vault.pauser(), pauser);
        assertEq(vault.owed(asset), 0);
    }

    // Quotes

    /// forge-config: ring.fuzz.runs = 10000
    function testFuzz_a_quote_says_what_the_lock_then_does(uint128 amount, address owner, uint8 home) public {
        amount = uint128(bound(amount, 0, 1200e6));
        vm.assume(owner.code.length == 0);
        bytes32 account = AccountLib.encode(owner, home % 5, 0);
        (LockRefusal refusal, uint256 minUnits, uint256 roomUnits) = vault.quoteLock(asset, amount, account);
        assertEq(minUnits, 500_000);
        assertEq(roomUnits, 1000e6);
        vm.prank(alice, alice);
        try vault.lock(asset, amount, account, 0, 0, 0) {
            assertEq(uint8(refusal), uint8(LockRefusal.NONE));
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), _errorOf(refusal));
        }
    }

    function test_a_quote_names_every_reason() public {
        (LockRefusal refusal, uint256 minUnits, uint256 roomUnits) = vault.quoteLock(9, 1e6, accountOf(alice));
        assertEq(abi.encode(refusal, minUnits, roomUnits), abi.encode(LockRefusal.ASSET_UNKNOWN, 0, 0));
        (refusal, , ) = vault.quoteLock(asset, 1e6, 0);
        assertEq(uint8(refusal), uint8(LockRefusal.OWNER_MISSING));
        PlainToken wide = new PlainToken("WIDE", 24);
        uint16 index = list(address(wide), 24);
        (refusal, , ) = vault.quoteLock(index, uint128(type(uint104).max) + 1, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.ACCOUNTED_TOO_LARGE));
        (refusal, , ) = vault.quoteLock(index, type(uint104).max, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.NONE));
        vm.prank(pauser);
        vault.pause(1, asset, uint40(block.timestamp + 1 hours));
        (refusal, , ) = vault.quoteLock(asset, 1e6, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.LOCK_PAUSED));
        _lock(index, 0, accountOf(alice), 0, 0, IVaultCore.BelowMinimum.selector);
        vm.prank(governor);
        vault.setLimits(index, 0, 0, 1);
        (refusal, , roomUnits) = vault.quoteLock(index, 1, accountOf(alice));
        assertEq(uint8(refusal), uint8(LockRefusal.CAP_EXCEEDED));
        assertEq(roomUnits, 0);
    }

    function test_a_quote_tells_the_bounds_to_the_unit() public {
        _lock(asset, 600e6, accountOf(alice), 0, 0);
        (, uint256 minUnits, uint256 roomUnits) = vault.quoteLock(asset, 1, accountOf(alice));
        assertEq(abi.encode(minUnits, roomUnits), abi.encode(500_000, 400e6));
        _assertQuote(499_999, accountOf(alice), LockRefusal.BELOW_MINIMUM);
        _assertQuote(500_000, accountOf(alice), LockRefusal.NONE);
        _assertQuote(400e6, accountOf(alice), LockRefusal.NONE);
        _assertQuote(400e6 + 1, accountOf(alice), LockRefusal.CAP_EXCEEDED);
        _assertQuote(1e6, AccountLib.encode(alice, SOURCE, 0), LockRefusal.NONE);
        _assertQuote(1e6, AccountLib.encode(alice, SOURCE + 1, 0), LockRefusal.HOME_NOT_SUPPORTED);
        uint16 widest = list(address(new PlainToken("WIDE", 24)), 24);
        (, , roomUnits) = vault.quoteLock(widest, 1, accountOf(alice));
        assertEq(roomUnits, type(uint104).max);
    }

    function test_a_quote_knows_when_a_pause_is_over() public {
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.prank(pauser);
        vault.pause(1, asset, until);
        vm.warp(until - 1);
        _assertQuote(1e6, accountOf(alice), LockRefusal.LOCK_PAUSED);
        vm.warp(until);
        assertEq(vault.assetOf(asset).flags, 1, "nobody has locked since");
        _assertQuote(1e6, accountOf(alice), LockRefusal.NONE);
    }

    function _assertQuote(uint128 amount, bytes32 account, LockRefusal expected) private view {
        (LockRefusal refusal, , ) = vault.quoteLock(asset, amount, account);
        assertEq(uint8(refusal), uint8(expected));
    }

    function _errorOf(LockRefusal refusal) private pure returns (bytes4) {
        if (refusal == LockRefusal.OWNER_MISSING) return IVaultCore.OwnerMissing.selector;
        if (refusal == LockRefusal.HOME_NOT_SUPPORTED) return IVaultCore.HomeNotSupported.selector;
        if (refusal == LockRefusal.BELOW_MINIMUM) return IVaultCore.BelowMinimum.selector;
        if (refusal == LockRefusal.CAP_EXCEEDED) return IVaultCore.CapExceeded.selector;
        return 0;
    }

    function _assetsSlot() private pure returns (uint256) {
        return 3;
    }

    function _lock(
        uint16 index,
        uint128 amount,
        bytes32 account,
        uint96 fee,
        uint8 flags
    ) private returns (uint128 received) {
        vm.prank(alice);
        return vault.lock(index, amount, account, 0, fee, flags);
    }

    function _lock(uint16 index, uint128 amount, bytes32 account, uint96 fee, uint8 flags, bytes4 refusal) private {
        vm.expectPartialRevert(refusal);
        vm.prank(alice);
        vault.lock(index, amount, account, 0, fee, flags);
    }
}

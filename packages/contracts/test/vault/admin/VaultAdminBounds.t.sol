// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {PauseWindow} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultFixture} from "../VaultFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice How far governor and pauser may go, to the second and the unit, and what they leave alone.
contract VaultAdminBoundsTest is VaultFixture {
    uint8 private constant LOCK = 1;
    uint8 private constant PAY = 8;

    uint16 private first;
    uint16 private second;

    function setUp() public override {
        super.setUp();
        first = list(address(new PlainToken("SIX", 6)), 6);
        second = list(address(wrapped), 18);
    }

    // Who may, and what

    function test_the_governor_lists_and_lifts_and_the_pauser_pauses() public {
        address token = address(new PlainToken("NEXT", 6));
        uint40 until = uint40(block.timestamp + 1 hours);
        bytes memory refusal = abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, pauser, governor);
        vm.startPrank(pauser);
        vm.expectRevert(refusal);
        vault.listAsset(token, 6, 0, 1, 1);
        vm.expectRevert(refusal);
        vault.unpause(LOCK, first);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.NotAuthorized.selector, governor, pauser));
        vm.prank(governor);
        vault.pause(LOCK, first, until);
    }

    function test_refuses_to_pause_or_lift_nothing_and_what_a_vault_does_not_do() public {
        uint8[3] memory unknown = [0, 2, LOCK | PAY | 2];
        for (uint256 i = 0; i < unknown.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                IVaultCore.PauseFlagsUnknown.selector,
                unknown[i],
                LOCK | PAY
            );
            vm.expectRevert(refusal);
            _pause(unknown[i], first, 1 hours);
            vm.expectRevert(refusal);
            _unpause(unknown[i], first);
        }
    }

    function test_the_fast_limit_goes_from_a_thousandth_to_all_of_the_limit() public {
        uint16[2] memory ends = [uint16(10), 10_000];
        for (uint256 i = 0; i < ends.length; ++i) {
            vm.expectEmit(address(vault));
            emit IVaultCore.FastLimitSet(first, ends[i]);
            vm.prank(governor);
            vault.setFastLimit(first, ends[i]);
            assertEq(vault.assetOf(first).fastBp, ends[i]);
        }
    }

    function test_lists_a_token_whose_answer_is_no_number() public {
        PlainToken token = new PlainToken("SHORT", 6);
        bytes memory question = abi.encodeCall(token.decimals, ());
        vm.mockCall(address(token), question, hex"06");
        assertEq(list(address(token), 18), 3);
        // What comes with a refusal is no answer, however long it is.
        token = new PlainToken("REFUSES", 6);
        vm.mockCallRevert(address(token), question, abi.encode(6));
        assertEq(list(address(token), 18), 4);
    }

    // Pauses

    function test_the_shortest_pause_is_a_second_and_the_same_again_is_the_next_of_the_row() public {
        uint40 until = uint40(block.timestamp + 1);
        _pause(LOCK, first, 1);
        assertEq(abi.encode(vault.pauseOf(first)), abi.encode(until, 1, 0, 0));
        _pause(LOCK, first, 1);
        assertEq(abi.encode(vault.pauseOf(first)), abi.encode(until, 2, 0, 0));
    }

    function test_a_pause_tells_of_what_it_took_and_of_nothing_else() public {
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.expectEmit(address(vault));
        emit IVaultCore.Paused(first, PAY, until);
        _pause(PAY, first, 1 hours);
        vm.expectEmit(address(vault));
        emit IVaultCore.Paused(first, LOCK | PAY, until);
        _pause(LOCK | PAY, first, 1 hours);
        // Locking has one left in its row, paying none.
        vm.expectEmit(address(vault));
        emit IVaultCore.Paused(first, LOCK, until + 1);
        vm.expectEmit(address(vault));
        emit IVaultCore.Paused(second, LOCK | PAY, until + 1);
        _pause(LOCK | PAY, 0, 1 hours + 1);
        assertEq(abi.encode(vault.pauseOf(first)), abi.encode(until + 1, 2, until, 2));
    }

    function test_a_pause_of_all_that_takes_nothing_of_an_asset_does_not_name_it() public {
        uint40 until = uint40(block.timestamp + 2 hours);
        _pause(LOCK | PAY, first, 1 hours);
        _pause(LOCK | PAY, first, 2 hours);
        bytes memory before = abi.encode(vault.pauseOf(first));
        vm.recordLogs();
        _pause(LOCK | PAY, 0, 3 hours);
        assertEq(vm.getRecordedLogs().length, 1, "the other asset alone");
        assertEq(abi.encode(vault.pauseOf(first)), before);
        assertEq(before, abi.encode(until, 2, until, 2));
    }

    /// @dev Development chains count from where they like.
    function test_a_row_of_pauses_is_counted_from_the_first_second_on() public {
        vm.warp(0);
        _pause(LOCK, first, 1);
        _pause(LOCK, first, 2);
        assertEq(vault.pauseOf(first).lockStreak, 2);
    }

    // Lifting

    function test_the_governor_lifts_what_he_names_and_nothing_else() public {
        _pause(LOCK | PAY, 0, 1 hours);
        uint40 start = uint40(block.timestamp);
        vm.expectEmit(address(vault));
        emit IVaultCore.Unpaused(first, PAY);
        _unpause(PAY, first);
        assertEq(abi.encode(vault.pauseOf(first)), abi.encode(start + 1 hours, 1, start, 1));
        assertEq(vault.assetOf(first).flags, 1, "locking is paused on");
        assertEq(vault.assetOf(second).flags, 3, "so is all of the other asset");
        _unpause(LOCK, second);
        assertEq(abi.encode(vault.pauseOf(second)), abi.encode(start, 1, start + 1 hours, 1));
        assertEq(vault.assetOf(second).flags, 2, "paying is paused on");
    }

    function test_a_pause_that_is_over_keeps_its_end_when_it_is_lifted() public {
        _pause(LOCK | PAY, first, 1 hours);
        PauseWindow memory window = vault.pauseOf(first);
        skip(2 hours);
        _unpause(LOCK | PAY, first);
        assertEq(abi.encode(vault.pauseOf(first)), abi.encode(window), "its row ends when it would have");
        assertEq(vault.assetOf(first).flags, 0);
    }

    function _pause(uint8 flags, uint16 asset, uint256 length) private {
        vm.prank(pauser);
        vault.pause(flags, asset, uint40(vm.getBlockTimestamp() + length));
    }

    function _unpause(uint8 flags, uint16 asset) private {
        vm.prank(governor);
        vault.unpause(flags, asset);
    }
}

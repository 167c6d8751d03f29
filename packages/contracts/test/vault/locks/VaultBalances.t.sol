// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVaultCore} from "../../../solidity/interfaces/vault/IVault.sol";
import {PaymentState} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";

/// @notice How a vault asks a token for its balance, and what it makes of answers that are none. The token's code gives way to
///         a few bytes that answer every call alike.
contract VaultBalancesTest is VaultReleaseFixture {
    uint256 private constant WAD = 1e18;
    uint128 private constant UNITS = 100_000;

    bytes private constant ANSWERS_CALL_LENGTH = hex"365f5260205ff3";
    bytes private constant ANSWERS_NOTHING = hex"00";
    bytes private constant ANSWERS_31_BYTES = hex"5f195f52601f5ff3";
    bytes private constant REVERTS_WITH_A_WORD = hex"5f195f5260205ffd";

    function setUp() public override {
        super.setUp();
        token = new PlainToken("FEW", 6);
        asset = list(address(token), 6);
        lockFor(asset, IERC20(address(token)), UNITS);
    }

    function test_asks_with_the_bytes_of_one_address_and_takes_a_word() public {
        vm.etch(address(token), ANSWERS_CALL_LENGTH);
        vm.expectEmit(address(vault));
        emit IVaultCore.Shortfall(asset, UNITS - 36, (36 * WAD) / UNITS);
        vault.report(asset);
        assertEq(vault.assetOf(asset).coverage, (36 * WAD) / UNITS);
    }

    function test_less_than_a_word_is_no_balance_and_neither_is_a_refusal() public {
        bytes[3] memory codes = [ANSWERS_NOTHING, ANSWERS_31_BYTES, REVERTS_WITH_A_WORD];
        for (uint256 i = 0; i < codes.length; ++i) {
            vm.etch(address(token), codes[i]);
            vm.expectRevert(abi.encodeWithSelector(IVaultCore.BalanceUnreadable.selector, address(token)));
            vault.report(asset);
        }
    }

    /// @notice No token keeps the ledger's journal from being replayed: none is asked for its balance.
    function test_I9_a_loss_is_replayed_whatever_the_token_answers() public {
        bytes[3] memory codes = [ANSWERS_NOTHING, ANSWERS_31_BYTES, REVERTS_WITH_A_WORD];
        for (uint256 i = 0; i < codes.length; ++i) {
            vm.etch(address(token), codes[i]);
            uint64 seq = append(lostEntry(UNITS));
            append(releaseEntry(asset, 1, bob, 0));
            applyAll();
            assertState(seq, PaymentState.QUEUED);
            assertState(seq + 1, PaymentState.QUEUED);
        }
    }

    function test_a_loss_waits_until_the_balance_can_be_read() public {
        uint64 seq = append(lostEntry(UNITS));
        applyAll();
        skip(24 hours);
        bytes memory code = address(token).code;
        bytes memory entry = entryOf(seq);
        vm.etch(address(token), REVERTS_WITH_A_WORD);
        vm.expectRevert(abi.encodeWithSelector(IVaultCore.BalanceUnreadable.selector, address(token)));
        vault.takeLoss(seq, entry);
        vm.etch(address(token), code);
        vault.takeLoss(seq, entry);
        assertEq(vault.accounted(asset), 2 * UNITS);
    }
}

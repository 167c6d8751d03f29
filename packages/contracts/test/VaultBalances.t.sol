// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @notice How a vault asks a token for its balance, and what it makes of answers that are none. The token's code gives way to
///         a few bytes that answer every call alike.
contract VaultBalancesTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;
    uint128 private constant UNITS = 100_000;
    uint128 private constant PAID = 1_000;

    bytes private constant ANSWERS_CALL_LENGTH = hex"365f5260205ff3";
    bytes private constant ANSWERS_GAS_LEFT = hex"5a5f5260205ff3";
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
        emit ICollateralVault.Shortfall(asset, UNITS - 36, (36 * WAD) / UNITS);
        vault.report(asset);
        assertEq(vault.assetOf(asset).deficit, UNITS - 36);
    }

    function test_less_than_a_word_is_no_balance_and_neither_is_a_refusal() public {
        bytes[3] memory codes = [ANSWERS_NOTHING, ANSWERS_31_BYTES, REVERTS_WITH_A_WORD];
        for (uint256 i = 0; i < codes.length; ++i) {
            vm.etch(address(token), codes[i]);
            vm.expectRevert(abi.encodeWithSelector(ICollateralVault.BalanceUnreadable.selector, address(token)));
            vault.report(asset);
        }
    }

    /// @notice A replay that looks for what is missing takes no balance for none, asks as a report does, and gives 50,000 gas:
    ///         no token keeps the ledger's journal from being replayed.
    function test_I9_a_replay_asks_for_a_balance_within_50_000_gas_and_takes_no_answer_for_none() public {
        bytes[5] memory codes = [
            ANSWERS_CALL_LENGTH,
            ANSWERS_GAS_LEFT,
            ANSWERS_NOTHING,
            ANSWERS_31_BYTES,
            REVERTS_WITH_A_WORD
        ];
        // To ask for the gas takes 2.
        uint256[5] memory held = [uint256(36), 50_000 - 2, 0, 0, 0];
        _loseAllAfterAPaymentPastThePoint();
        uint256 left = UNITS - PAID;
        for (uint256 i = 0; i < codes.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.etch(address(token), codes[i]);
            vm.expectEmit(address(vault));
            emit ICollateralVault.Shortfall(asset, left - held[i], (held[i] * WAD) / left);
            applyAll();
            assertEq(vault.assetOf(asset).deficit, left - held[i]);
            vm.revertToState(snapshot);
        }
    }

    /// @dev All that is accounted is on record as missing, and the next entry settles a payment: that looks anew.
    function _loseAllAfterAPaymentPastThePoint() private {
        release(PAID, bob, 0);
        applyAll();
        pay(1);
        closeTo(0);
        follow(0, 1);
        deal(address(token), address(vault), 0);
        vault.report(asset);
        assertEq(vault.assetOf(asset).deficit, UNITS);
        release(PAID, bob, 0);
    }
}

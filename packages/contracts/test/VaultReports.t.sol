// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVault} from "../solidity/interfaces/ICollateralVault.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";
import {PlainToken} from "./tokens/PlainToken.sol";

/// @notice Reports at their edges: the last payment, ratios that round, and ratios that come twice.
contract VaultReportsTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;

    function test_a_shortage_that_the_last_payment_bore_is_ended_by_a_report_of_nothing() public {
        release(LOCKED, bob, 0);
        applyAll();
        lose(1);
        vault.report(asset);
        payLate(1, entryOf(1));
        assertBooks(asset, 0, 0, LOCKED);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 0, WAD);
        vault.report(asset);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 0));
        vault.report(asset);
    }

    function test_a_ratio_is_rounded_down() public {
        token = new PlainToken("THREE", 6);
        asset = list(address(token), 6);
        lockFor(asset, IERC20(address(token)), 3);
        lose(1);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Shortfall(asset, 1, (2 * WAD) / 3);
        vault.report(asset);
    }

    /// @dev What was locked since the first time bears the second one too.
    function test_I12_a_ratio_that_comes_in_a_later_shortage_is_of_all_that_is_accounted_then() public {
        for (uint256 i = 0; i < 2; ++i) {
            lose(LOCKED / 2);
            vault.report(asset);
            append(scaledEntry(WAD / 2, 0));
            applyAll();
            assertEq(vault.accounted(asset), LOCKED / 2);
            assertEq(vault.assetOf(asset).deficit, 0);
            lockFor(asset, IERC20(address(token)), LOCKED / 2);
        }
        assertEq(vault.scalingsOf(asset).length, 2);
    }

    function test_I9_nothing_is_told_once_more_where_nothing_is_missing() public {
        (bytes32 edge, uint64 count, bytes32 head) = vault.journalHead();
        bytes memory sigs = signPoint(edge, count, head, 3);
        vm.prank(governor);
        vault.openGeneration(count, head, 1, sigs, "");
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingToReport.selector, asset, 0));
        vault.report(asset);
    }
}

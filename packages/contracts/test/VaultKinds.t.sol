// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICollateralVaultReleases} from "../solidity/interfaces/ICollateralVaultReleases.sol";
import {ReleaseRefusal, Scaling, VaultAsset} from "../solidity/interfaces/VaultTypes.sol";
import {Entry, EntryCodec} from "../solidity/libraries/EntryCodec.sol";
import {VaultGenerationFixture} from "./VaultGenerationFixture.sol";

/// @notice Scalings and reroutes at their bounds: what is refused and why, and what a scaling writes off to the unit.
contract VaultKindsTest is VaultGenerationFixture {
    uint256 private constant WAD = 1e18;

    // What is refused

    function test_I4_a_scaling_names_no_account_and_lines_alone_or_all() public {
        _reportLoss(LOCKED / 4);
        Entry memory entry = scaledEntry((WAD * 3) / 4, 0);
        entry.account = accountOf(alice);
        _expectRefusal(append(entry), ReleaseRefusal.ACCOUNT);
        entry.party = bytes32(uint256(1));
        _expectRefusal(append(entry), ReleaseRefusal.ACCOUNT);
        _expectRefusal(append(scaledEntry((WAD * 3) / 4, 2)), ReleaseRefusal.ACCOUNT);
        applyAll();
        assertEq(vault.scalingsOf(asset).length, 0);
    }

    function test_I4_lines_alone_share_out_something() public {
        _expectRefusal(append(scaledEntry(WAD, 1)), ReleaseRefusal.AMOUNT);
        uint64 least = append(scaledEntry(WAD - 1, 1));
        _expectScaled(least, 1, WAD - 1, false);
        applyAll();
    }

    function test_I4_an_asset_is_scaled_127_times() public {
        for (uint256 i = 0; i < 127; ++i) append(scaledEntry(WAD - 1, 1));
        _expectRefusal(append(scaledEntry(WAD - 1, 1)), ReleaseRefusal.AMOUNT);
        applyAll();
        assertEq(vault.assetOf(asset).scalings, 127);
        assertEq(vault.scalingsOf(asset).length, 127);
    }

    /// @notice The number of a payment has 96 bits, and what is above them is none of it.
    function test_I4_a_reroute_of_no_number_is_refused() public {
        release(ONE, address(0), 0);
        applyAll();
        skip(31 days);
        Entry memory entry = releaseEntry(asset, uint128(1 << 96) + 1, carol, 0);
        entry.kind = EntryCodec.REROUTE;
        _expectRefusal(append(entry), ReleaseRefusal.AMOUNT);
        applyAll();
        assertEq(vault.rerouteOf(1).to, address(0));
    }

    // What a scaling takes

    function test_a_scaling_of_lines_alone_leaves_a_reported_ratio_to_be_answered() public {
        _reportLoss(LOCKED / 4);
        _reportLoss(LOCKED / 4);
        append(scaledEntry((WAD * 3) / 4, 1));
        applyAll();
        assertEq(vault.assetOf(asset).deficit, LOCKED / 2);
        uint64 answer = append(scaledEntry((WAD * 3) / 4, 0));
        _expectScaled(answer, 2, (WAD * 3) / 4, true);
        applyAll();
        assertEq(vault.assetOf(asset).deficit, LOCKED / 4);
    }

    /// @notice What was lost since the report is told by who reports it; until then it is on nobody's record.
    function test_I1_a_scaling_puts_nothing_on_record_that_was_not_reported() public {
        _reportLoss(LOCKED / 4);
        lose(LOCKED / 4);
        append(scaledEntry((WAD * 3) / 4, 0));
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.deficit, kept.deficitAt, kept.flags), abi.encode(0, 0, 0));
        assertEq(kept.accounted, LOCKED - LOCKED / 4);
    }

    function test_a_ratio_of_an_ended_shortage_leaves_the_record_of_the_next_one() public {
        _reportLoss(LOCKED / 4);
        token.mint(address(vault), LOCKED / 4);
        vault.report(asset);
        _reportLoss(LOCKED / 2);
        lose(ONE);
        append(scaledEntry((WAD * 3) / 4, 0));
        applyAll();
        assertEq(vault.assetOf(asset).deficit, LOCKED / 2);
    }

    function test_a_unit_that_is_missing_is_scaled() public {
        _reportLoss(1);
        uint256 rho = ((LOCKED - 1) * WAD) / LOCKED;
        uint64 answer = append(scaledEntry(rho, 0));
        _expectScaled(answer, 1, rho, true);
        applyAll();
        assertEq(vault.accounted(asset), LOCKED - 1);
        assertEq(vault.assetOf(asset).flags, 0);
    }

    function test_a_unit_that_is_left_after_a_scaling_stays_on_record() public {
        _reportLoss(LOCKED / 4);
        _reportLoss(1);
        append(scaledEntry((WAD * 3) / 4, 0));
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.deficit, kept.flags, kept.deficitAt > 0), abi.encode(1, 4, true));
    }

    function test_I1_a_scaling_writes_off_its_ratio_to_the_unit() public {
        uint256 sum = 10e18;
        lockFor(asset, IERC20(address(token)), sum - LOCKED);
        _reportLoss(sum / 4);
        _reportLoss(sum / 4);
        append(scaledEntry((WAD * 3) / 4, 0));
        applyAll();
        assertEq(vault.accounted(asset), (sum * 3) / 4);
        assertEq(vault.assetOf(asset).deficit, sum / 4);
        assertEq(vault.assetOf(asset).writtenOff, sum / 4);
    }

    function test_a_loss_is_noted_in_56_bits_and_rounded_up_above_them() public {
        lockFor(asset, IERC20(address(token)), 10e18);
        uint256 most = type(uint56).max;
        _reportLoss(most);
        append(scaledEntry(_ratioNow(), 0));
        applyAll();
        _reportLoss(most + 2);
        append(scaledEntry(_ratioNow(), 0));
        applyAll();
        Scaling[] memory all = vault.scalingsOf(asset);
        assertEq(abi.encode(all[0].loss, all[0].lossExponent), abi.encode(most, 0));
        assertEq(abi.encode(all[1].loss, all[1].lossExponent), abi.encode(most / 2 + 2, 1));
        assertEq(vault.assetOf(asset).writtenOff, 2 * most + 2);
    }

    /// @notice All that was accounted when a scaling came first has left since: nothing of what is here bore it.
    function test_I1_a_scaling_that_comes_again_takes_nothing_of_what_was_locked_since() public {
        _reportLoss(LOCKED);
        append(scaledEntry(0, 0));
        applyAll();
        assertEq(vault.accounted(asset), 0);
        closeTo(0);
        follow(0, 1);
        token.mint(address(vault), LOCKED);
        lockFor(asset, IERC20(address(token)), LOCKED);
        release(LOCKED, bob, 0);
        applyAll();
        vault.pay((uint96(1) << 64) + 1, entryOf(1), relayer);
        _reportLoss(LOCKED);
        append(scaledEntry(0, 0));
        applyAll();
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.accounted, kept.deficit), abi.encode(LOCKED, LOCKED));
    }

    function _reportLoss(uint256 units) private {
        lose(units);
        vault.report(asset);
    }

    function _ratioNow() private view returns (uint256) {
        VaultAsset memory kept = vault.assetOf(asset);
        return ((uint256(kept.accounted) - kept.deficit) * WAD) / kept.accounted;
    }

    function _expectScaled(uint64 seq, uint8 scalings, uint256 rho, bool payments) private {
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.Scaled(seq, asset, scalings, rho, payments);
    }

    function _expectRefusal(uint64 seq, ReleaseRefusal reason) private {
        vm.expectEmit(address(vault));
        emit ICollateralVaultReleases.RefusedRelease(seq, reason);
    }
}

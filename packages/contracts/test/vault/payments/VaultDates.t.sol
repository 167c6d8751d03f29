// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Opening, VaultAsset} from "../../../solidity/interfaces/vault/VaultTypes.sol";
import {VaultReleaseFixture} from "../VaultReleaseFixture.sol";
import {PlainToken} from "../../tokens/PlainToken.sol";
import {TestWitness} from "../../witnesses/TestWitness.sol";

/// @notice The numbers behind dates and the fast limit, step by step: a limit of 100,000 tokens a day, of which 1,000 may go
///         unconfirmed, and one witness that must confirm.
contract VaultDatesTest is VaultReleaseFixture {
    uint128 private constant FAST = 1_000 * ONE;

    TestWitness private witness;

    function setUp() public override {
        super.setUp();
        witness = new TestWitness();
        vm.startPrank(governor);
        vault.setLimits(asset, 0, UNBOUNDED, 100_000_000);
        vault.setFastLimit(asset, 100);
        vault.setWitness(0, address(witness), true);
        vault.setWitness(1, address(new TestWitness()), true);
        vault.setWitnessPolicy(1);
        vm.stopPrank();
    }

    /// @notice What is in use counts from a count that was confirmed, and only from one.
    function test_I6_the_base_follows_what_was_noted_and_confirmed() public {
        _replay(300, false);
        _assertNumbers(300, 0, 0, 0);
        _replay(300, false);
        _assertNumbers(600, 0, 1, 300);
        _replay(300, false);
        _assertNumbers(900, 0, 1, 300);
        _replay(101, true);
        _assertNumbers(900, 0, 1, 300);
        _replay(100, false);
        _assertNumbers(1_000, 0, 1, 300);
        _confirm(1);
        // The first one alone was confirmed: five less the first are in use.
        _replay(200, false);
        _assertNumbers(1_200, 300, 5, 1_000);
        _replay(101, true);
        _replay(100, false);
        _assertNumbers(1_300, 300, 5, 1_000);
        _confirm(8);
        _replay(1_000, false);
        _assertNumbers(2_300, 1_300, 8, 1_300);
        _confirm(9);
        _replay(400, false);
        _assertNumbers(2_700, 2_300, 9, 2_300);
        // All but the last were confirmed.
        _replay(601, true);
        _replay(600, false);
        _assertNumbers(3_300, 2_300, 11, 2_700);
    }

    function test_nothing_is_counted_where_no_witness_must_confirm() public {
        vm.prank(governor);
        vault.setWitnessPolicy(0);
        _replay(500, false);
        _replay(7_500, false);
        _assertNumbers(0, 0, 0, 0);
    }

    function test_a_wait_begins_anew_once_the_last_one_is_over() public {
        _replay(2_000, true);
        skip(10 days);
        _replay(3_000, true);
        assertEq(vault.openingOf(2).at, vm.getBlockTimestamp() + 10 days);
        // The next one waits behind it.
        _replay(2_000, true);
        assertEq(vault.openingOf(3).at, vm.getBlockTimestamp() + 12 days);
    }

    function test_what_waits_is_dated_less_the_weeks_of_conflicts() public {
        release(ONE, bob, 0);
        _applyMarked();
        witness.record(heads[0], 1, "another");
        vault.confirm(0, 1);
        // A quarter of the limit is left.
        uint256 opensAt = vm.getBlockTimestamp() + 11 days;
        _replay(1_000, true);
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(abi.encode(kept.openAt, kept.openBy), abi.encode(opensAt - 7 days, 2));
        Opening memory opening = vault.openingOf(2);
        assertEq(abi.encode(opening.at, opening.conflicts), abi.encode(opensAt, 1));
        _replay(1_000, true);
        assertEq(vault.openingOf(3).at, opensAt + 4 days);
    }

    /// @notice Nine of a token without decimals take a part of a second more than 5,744,753 of them.
    function test_an_opening_is_rounded_up_to_the_second() public {
        uint16 whole = list(address(new PlainToken("ZERO", 0)), 0);
        vm.startPrank(governor);
        vault.setLimits(whole, 0, UNBOUNDED, 123_053);
        vault.setFastLimit(whole, 11);
        vm.stopPrank();
        assertEq(vault.quotePayment(whole, 9).opensAt, vm.getBlockTimestamp() + 7 days + 5_744_754);
    }

    function test_each_lane_keeps_a_time_of_its_own() public {
        vm.prank(governor);
        vault.setWitnessPolicy(0);
        for (uint256 i = 1; i <= 2; ++i) {
            _replay(500, false);
            _replay(5_000, false);
            _replay(7_500, false);
            VaultAsset memory kept = vault.assetOf(asset);
            assertEq(
                abi.encode(kept.tatSmall, kept.tatMiddle, kept.tatLarge),
                abi.encode(_after(i * 36 minutes), _after(i * 4 hours), _after(i * 216 minutes))
            );
        }
    }

    /// @dev Journals and replays a release of whole tokens, which waits or does not.
    function _replay(uint128 tokens, bool waits) private {
        uint64 seq = release(tokens * ONE, bob, 0);
        applyAll();
        assertEq(vault.payment(seq).flags & 1 == 1, waits);
    }

    function _applyMarked() private {
        uint64[] memory marks = new uint64[](1);
        marks[0] = tip();
        postMarked(replicaCount(), statementOf(tip()), marks);
    }

    function _confirm(uint64 count) private {
        vault.mark(count, heads[count], entriesOf(count, tip()));
        witness.record(heads[0], count, heads[count]);
        vault.confirm(0, count);
    }

    /// @dev In whole tokens, but for the count.
    function _assertNumbers(uint128 sum, uint128 base, uint64 openCount, uint128 noted) private view {
        VaultAsset memory kept = vault.assetOf(asset);
        assertEq(
            abi.encode(kept.cumFast, kept.cumFastBase, kept.openCount, kept.cumFastOpen),
            abi.encode(sum * ONE, base * ONE, openCount, noted * ONE)
        );
    }

    function _after(uint256 time) private view returns (uint256) {
        return (vm.getBlockTimestamp() + time) << 20;
    }
}

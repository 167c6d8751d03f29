// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LedgerCoverageFixture} from "./LedgerCoverageFixture.sol";

/// @notice False reports among true ones: what they leave once the vault has had the last word.
contract LedgerCoverageTest is LedgerCoverageFixture {
    /// @notice While nobody covers, the last true report says it all: whatever was forged in between, the coverage in force, what
    ///         is reported and whether the asset is impaired are as if nothing had been. Only the clock may be another: a forged report
    ///         may have begun it or ended it.
    /// forge-config: ring.fuzz.runs = 96
    function testFuzz_I17_the_last_true_report_has_the_last_word(uint256 seed) public {
        uint256 snapshot = vm.snapshotState();
        _reportSome(seed, false);
        bytes32 expected = _seen();
        vm.revertToState(snapshot);
        _reportSome(seed, true);
        assertEq(_seen(), expected);
        _expectBooks();
    }

    /// @notice With covers among them: what is in force is never below what the vault reports truly, so no false report outlasts
    ///         the next true one; it is below the coverage of without only where somebody covered.
    /// forge-config: ring.fuzz.runs = 96
    function testFuzz_I17_a_true_report_raises_what_a_false_one_put_in_force(uint256 seed) public {
        uint256 steps = 1 + (seed % 8);
        for (uint256 i = 0; i < steps; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Told memory before = toldOf(USD);
            uint128 missing = _missing(random);
            report(missing, ALL);
            applyAll();
            uint256 coverage = ((uint256(ALL) - missing) * WAD) / ALL;
            uint256 inForce = before.inForceWad > coverage ? before.inForceWad : coverage;
            bool less = coverage < before.inForceWad;
            uint256 since = less ? (before.since == 0 ? vm.getBlockTimestamp() : before.since) : 0;
            expectCoverage(inForce, coverage, since);
            if ((random >> 200) % 2 == 0) passWeek();
            if (less && vm.getBlockTimestamp() >= since + 7 days && (random >> 208) % 2 == 0) {
                refreshNow();
                ledger.cover(USD);
                expectCoverage(coverage, coverage, 0);
            }
        }
        // The truth: nothing is missing.
        report(0, ALL);
        applyAll();
        expectCoverage(WAD, WAD, 0);
        assertEq(flagsOf(USD), 0);
        _expectBooks();
    }

    /// @dev True reports in their order, forged ones between and before them; the last one is true.
    function _reportSome(uint256 seed, bool forged) private {
        uint256 count = 1 + (seed % 6);
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(vm.getBlockTimestamp() + (random % 3 days));
            for (uint256 k = 0; forged && k < (random >> 64) % 4; ++k) {
                report(_missing(uint256(keccak256(abi.encode(random, k)))), ALL);
                // In one batch with the true one, or before it.
                if ((random >> (72 + k)) % 2 == 0) applyAll();
            }
            report(_missing(random), ALL);
            applyAll();
        }
    }

    /// @dev Nothing, all, or anything between.
    function _missing(uint256 random) private pure returns (uint128) {
        uint256 way = (random >> 96) % 6;
        if (way < 2) return way == 0 ? 0 : ALL;
        return uint128((random >> 104) % (ALL + 1));
    }

    function _seen() private view returns (bytes32) {
        Told memory told = toldOf(USD);
        return keccak256(abi.encode(told.inForceWad, told.reportedWad, told.since == 0, flagsOf(USD)));
    }

    /// @dev No report and no cover moves a unit.
    function _expectBooks() private view {
        assertEq(amountOf(alice, USD), 100 * ONE_USD);
        assertEq(amountOf(bob, USD), 5 * ONE_USD);
        assertEq(ledger.assetOf(USD).credited, ALL);
    }
}
